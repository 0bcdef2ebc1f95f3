// SPDX-License-Identifier: GPL-3.0-or-later
/* French typography of what citizens read, and French dates whatever language the agent works in. Knows nothing of requests. */
#ifndef GUICHET_CORE_TYPOGRAPHY_H
#define GUICHET_CORE_TYPOGRAPHY_H

#include <stdint.h>

#include "guichet/base/text.h"

/* Adds `s`: a blank before ; : ! ? » % €, after «, between digits (06 12 34) and after n° becomes a no-break space (U+00A0), an apostrophe between letters
 * the typographic one. Adds and drops no blank, and leaves addresses alone (they hold none). Doing it twice changes nothing. */
void typography_french(struct text *out, const char *s);

/* "mardi 1er décembre 2026", a no-break space between day and month. */
void typography_day(struct text *out, int32_t day);

#endif
