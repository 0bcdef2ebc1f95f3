// SPDX-License-Identifier: GPL-3.0-or-later
/* What curses computed, said in fewer bytes: it ends every run of cells with a change of character set that was never left, and sets colour, attributes and their
 * end each by a sequence of its own. A third of what a key sends on a slow line was that. */
#ifndef GUICHET_UI_SGR_H
#define GUICHET_UI_SGR_H

#include <stdbool.h>

#include "guichet/base/text.h"

/* What the terminal is known to be at: neither when it may have been used by others. */
struct sgr { bool plain /* no attribute */, letters /* not the set for drawing lines */; };

/* Adds `bytes` to `out`, whole sequences only. */
void sgr_shorten(struct sgr *s, const char *bytes, size_t count, struct text *out);

#endif
