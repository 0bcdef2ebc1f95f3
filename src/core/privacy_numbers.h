// SPDX-License-Identifier: GPL-3.0-or-later
/* Private to privacy: numbers that give themselves away by their own check digits. */
#ifndef GUICHET_SRC_CORE_PRIVACY_NUMBERS_H
#define GUICHET_SRC_CORE_PRIVACY_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>

#include "guichet/core/privacy.h"

/* Does a social-security, card or bank-account number begin at the word that starts at byte `from`? */
bool privacy_number_at(const char *text, size_t bytes, size_t from, enum privacy_kind *kind, size_t *to);

#endif
