// SPDX-License-Identifier: GPL-3.0-or-later
/* Private to privacy: the kinds as the word list names them. */
#ifndef GUICHET_SRC_CORE_PRIVACY_KINDS_H
#define GUICHET_SRC_CORE_PRIVACY_KINDS_H

#include <stdbool.h>

#include "guichet/core/privacy.h"

/* A code ("health") or the list's French key ("sante"), as utf8_slug writes it. Only kinds that words can raise. */
bool privacy_kind_parse(const char *slug, enum privacy_kind *out);

#endif
