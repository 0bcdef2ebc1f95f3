// SPDX-License-Identifier: GPL-3.0-or-later
/* What the calendar's files share among themselves: opening hours as instants, pauses in order, and the teller of a due
 * date. Nothing outside src/core includes it.
 */
#ifndef GUICHET_CORE_CALENDAR_INSIDE_H
#define GUICHET_CORE_CALENDAR_INSIDE_H

#include "guichet/core/calendar.h"

enum {
	DAY_FIRST = -719162,          /* 0001-01-01: what is earlier is taken as that day */
	DAY_LAST = 2932896,           /* 9999-12-31: what is later is taken as that day */
	SEARCH_DAYS = 3 * 366,        /* a calendar closed for so long is taken as never open */
	DAY_SPANS_MAX = CALENDAR_SPANS_MAX * 2,
};

/* --- paris.c --- */
int64_t instant_clamp(int64_t ms);
int month_length(int year, int month);
/* True on the two days of the year that don't last 24 hours. */
bool paris_changes(int32_t day);
/* The first moment of the day at which the clock shows `minute` or later: unlike paris_instant it never goes
 * backwards, so opening hours stay in order on the nights when the clock is moved. */
int64_t paris_edge(int32_t day, int minute);

/* --- instant_parse.c --- */
int quoted_bytes(const char *s);             /* how much of a wrong value to quote: never half a character */

/* --- instant_show.c --- */
const char *weekday_name(int weekday);       /* French, N_() */
void day_show_part(struct text *out, int32_t day, bool month, bool year); /* "mardi 26 [mai] [2026]" */
void clock_show(struct text *out, int64_t ms);                            /* "17:30" */

/* --- calendar.c --- */
struct interval { int64_t from, to; };

enum day_kind { DAY_OPEN, DAY_HOLIDAY, DAY_CLOSURE, DAY_WEEKLY };
struct day_state {
	enum day_kind kind;   /* why it is wholly closed; DAY_OPEN when it is not */
	const char *name;     /* of that reason, French; borrowed */
};
int calendar_day_opening(const struct calendar *c, int32_t day, struct span out[DAY_SPANS_MAX], struct day_state *state);
/* The same as instants: sorted, disjoint, none of them empty. */
int calendar_day_intervals(const struct calendar *c, int32_t day, struct interval out[DAY_SPANS_MAX],
	struct day_state *state);

/* --- due_story.c: the steps of a computation as sentences; every call is free when no explanation is wanted --- */
enum story_run { RUN_NONE, RUN_CLOSED, RUN_COUNTED };
struct due_story {
	struct explanation *wanted;   /* NULL: tells nothing */
	struct target target;
	int64_t used, total;          /* milliseconds, or days */
	enum story_run run;           /* the consecutive days not yet told */
	struct day_state state;
	int32_t first, last;
	int64_t amount;
	int32_t remarked;
	int steps;
};
void story_start(struct due_story *s, struct explanation *e, struct target t, int64_t from_ms);
void story_move(struct due_story *s, const struct calendar *c, int64_t from_ms, int64_t start_ms);
void story_closed(struct due_story *s, int32_t day, const struct day_state *state);
/* `amount`: milliseconds or days, as the target. */
void story_counted(struct due_story *s, const struct calendar *c, int32_t day, int64_t amount);
void story_clock_change(struct due_story *s, int32_t day);
void story_pause(struct due_story *s, const struct interval *pause, bool still, int64_t lost);
void story_say(struct due_story *s, const char *line);
void story_end(struct due_story *s, const struct calendar *c, int64_t due_ms);

#endif
