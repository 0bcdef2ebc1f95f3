// SPDX-License-Identifier: GPL-3.0-or-later
/* What an xterm sends for a key that has a name (ui/key.h). */
#ifndef TESTS_SCREEN_XTERM_H
#define TESTS_SCREEN_XTERM_H

#include <stdbool.h>

#include "guichet/base/text.h"

/* Adds the bytes of "F2", "Escape", "C-f", "S-Up", "n"... False when no key is called so. */
bool xterm_add_key(struct text *out, const char *name);

#endif
