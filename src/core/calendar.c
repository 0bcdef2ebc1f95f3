// SPDX-License-Identifier: GPL-3.0-or-later
/* Business calendars: when a service is open, and working time measured forwards and backwards. Everything is built on
 * one thing: the open intervals of one civil day as instants. Knows nothing of targets nor of texts shown.
 */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"

#include "calendar_inside.h"

enum { DAY_END = 1440 };

void calendar_done(struct calendar *c)
{
	free(c->code);
	free(c->name);
	for (size_t i = 0; i < c->closure_count; i++)
		free(c->closures[i].name);
	free(c->closures);
	memset(c, 0, sizeof *c);
}

/* Takes [from, to) out of sorted spans, in place. A piece beyond DAY_SPANS_MAX is dropped: more than eight holes in
 * a day are no opening hours. Returns the new count. */
static int spans_remove(struct span spans[DAY_SPANS_MAX], int count, int from, int to)
{
	struct span kept[DAY_SPANS_MAX] = { { 0, 0 } };
	int n = 0;

	for (int i = 0; i < count; i++) {
		struct span before = { spans[i].from, spans[i].to < from ? spans[i].to : from };
		struct span after = { spans[i].from > to ? spans[i].from : to, spans[i].to };

		if (before.from < before.to && n < DAY_SPANS_MAX)
			kept[n++] = before;
		if (after.from < after.to && n < DAY_SPANS_MAX)
			kept[n++] = after;
	}
	memcpy(spans, kept, (size_t)n * sizeof *spans);
	return n;
}

static bool closure_covers(const struct closure *closure, int32_t day)
{
	return closure->first_day <= day && day <= closure->last_day && closure->from < closure->to;
}

int calendar_day_opening(const struct calendar *c, int32_t day, struct span out[DAY_SPANS_MAX], struct day_state *state)
{
	int weekday = day_weekday(day), count = c->span_count[weekday];
	const char *holiday = c->works_holidays ? NULL : holiday_name(day, c->alsace_moselle);
	bool opens = count > 0;

	*state = (struct day_state){ DAY_OPEN, NULL };
	if (holiday) {
		*state = (struct day_state){ DAY_HOLIDAY, holiday };
		return 0;
	}
	memcpy(out, c->week[weekday], (size_t)count * sizeof *out);
	for (size_t i = 0; i < c->closure_count; i++) {
		const struct closure *closure = &c->closures[i];
		bool whole = closure->from <= 0 && closure->to >= DAY_END;

		if (!closure_covers(closure, day))
			continue;
		/* a part of a day that is closed anyway explains nothing */
		if (whole || (opens && count > 0))
			state->name = closure->name ? closure->name : N_("fermeture");
		count = spans_remove(out, count, closure->from, closure->to);
		if (whole)
			break;
	}
	if (count > 0)
		*state = (struct day_state){ DAY_OPEN, NULL };
	else if (state->name)
		state->kind = DAY_CLOSURE;
	else
		*state = (struct day_state){ DAY_WEEKLY, weekday_name(weekday) };
	return count;
}

int calendar_day_spans(const struct calendar *c, int32_t day, struct span out[CALENDAR_SPANS_MAX * 2], const char **why)
{
	struct day_state state;
	int count = calendar_day_opening(c, day, out, &state);

	if (why)
		*why = state.name;
	return count;
}

int calendar_day_intervals(const struct calendar *c, int32_t day, struct interval out[DAY_SPANS_MAX],
	struct day_state *state)
{
	struct span spans[DAY_SPANS_MAX];
	int count = calendar_day_opening(c, day, spans, state), n = 0;

	if (count <= 0)
		return 0;
	if (!paris_changes(day)) {
		int64_t midnight = paris_instant(day, 0);

		for (int i = 0; i < count; i++)
			out[i] = (struct interval){ midnight + spans[i].from * MS_PER_MINUTE,
				midnight + spans[i].to * MS_PER_MINUTE };
		return count;
	}
	for (int i = 0; i < count; i++) {
		struct interval open = { paris_edge(day, spans[i].from), paris_edge(day, spans[i].to) };

		if (open.from < open.to)
			out[n++] = open;
	}
	return n;
}

static bool never_opens(const struct calendar *c)
{
	for (int i = 0; i < 7; i++)
		if (c->span_count[i] > 0)
			return false;
	return true;
}

bool calendar_is_open(const struct calendar *c, int64_t ms)
{
	struct interval open[DAY_SPANS_MAX];
	struct day_state state;
	int count = calendar_day_intervals(c, paris_day(ms), open, &state);

	for (int i = 0; i < count; i++)
		if (open[i].from <= ms && ms < open[i].to)
			return true;
	return false;
}

int64_t calendar_next_open(const struct calendar *c, int64_t ms)
{
	int32_t first = paris_day(ms);

	if (never_opens(c))
		return NO_INSTANT;
	for (int32_t day = first; day <= first + SEARCH_DAYS && day <= DAY_LAST; day++) {
		struct interval open[DAY_SPANS_MAX];
		struct day_state state;
		int count = calendar_day_intervals(c, day, open, &state);

		for (int i = 0; i < count; i++)
			if (ms < open[i].to)
				return ms > open[i].from ? ms : open[i].from;
	}
	return NO_INSTANT;
}

int64_t calendar_between(const struct calendar *c, int64_t from_ms, int64_t to_ms)
{
	int64_t sum = 0;
	int32_t last;

	if (to_ms <= from_ms || never_opens(c))
		return 0;
	last = paris_day(to_ms - 1);
	for (int32_t day = paris_day(from_ms); day <= last; day++) {
		struct interval open[DAY_SPANS_MAX];
		struct day_state state;
		int count = calendar_day_intervals(c, day, open, &state);

		for (int i = 0; i < count; i++) {
			int64_t from = open[i].from > from_ms ? open[i].from : from_ms;
			int64_t to = open[i].to < to_ms ? open[i].to : to_ms;

			if (from < to)
				sum += to - from;
		}
	}
	return sum;
}

int64_t calendar_back(const struct calendar *c, int64_t ms, int64_t working_ms)
{
	int64_t left = working_ms;
	int32_t day = paris_day(ms), closed_until = day - SEARCH_DAYS;

	if (left <= 0)
		return ms;
	if (never_opens(c))
		return NO_INSTANT;
	for (; day >= closed_until && day >= DAY_FIRST; day--) {
		struct interval open[DAY_SPANS_MAX];
		struct day_state state;
		int count = calendar_day_intervals(c, day, open, &state);

		for (int i = count - 1; i >= 0; i--) {
			int64_t to = open[i].to < ms ? open[i].to : ms;

			if (to <= open[i].from)
				continue;
			if (left <= to - open[i].from)
				return to - left;
			left -= to - open[i].from;
			closed_until = day - SEARCH_DAYS;
		}
	}
	return NO_INSTANT;
}
