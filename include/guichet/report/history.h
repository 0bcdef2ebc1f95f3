// SPDX-License-Identifier: GPL-3.0-or-later
/* The history of a request in words: what was done, after who did it and when. */
#ifndef GUICHET_REPORT_HISTORY_H
#define GUICHET_REPORT_HISTORY_H

#include "guichet/store/store.h"

/* "mar. 24/11 10:00", with the year instead of the weekday when it is another one than now's. */
void history_when(struct text *out, int64_t ms, int64_t now_ms);
/* What operation `index` of the fold did: its name, whether it was undone, and what it says. Several lines where somebody wrote several. */
void history_describe(struct text *out, struct store *s, const struct request *r, size_t index);

#endif
