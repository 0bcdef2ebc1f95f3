// SPDX-License-Identifier: GPL-3.0-or-later
/* Due dates: targets counted on a calendar, pauses left out, and the moments at which a share of the time is used. What
 * is counted here is told by due_story.c. Knows nothing of requests.
 */
#include <stdlib.h>

#include "guichet/base/i18n.h"

#include "calendar_inside.h"

enum { HORIZON_DAYS = 36525, FEW_PAUSES = 8 };

/* Pauses in order, none empty, none touching the next. */
struct pauses {
	struct interval few[FEW_PAUSES];
	struct interval *items;
	size_t count;
	int64_t still_to;    /* the end given to a pause that still runs; NO_INSTANT: none does */
};

/* One walk along the calendar. */
struct walk {
	const struct calendar *calendar;
	const struct pauses *pauses;
	struct due_story *story;
	int64_t start;
	size_t next;         /* the first pause not yet behind */
	size_t told;         /* pauses already told */
};

static int compare_intervals(const void *a, const void *b)
{
	const struct interval *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

static void pauses_init(struct pauses *p, const struct pause *given, size_t count, int64_t now_ms)
{
	bool sorted = true;
	size_t n = 0, merged = 0;

	p->items = count > FEW_PAUSES ? guichet_alloc(count * sizeof *p->items) : p->few;
	p->still_to = NO_INSTANT;
	for (size_t i = 0; i < count; i++) {
		bool still = given[i].to_ms == NO_INSTANT;
		struct interval pause = { given[i].from_ms, still ? now_ms : given[i].to_ms };

		if (pause.to <= pause.from)
			continue;
		if (still)
			p->still_to = now_ms;
		if (n > 0 && pause.from < p->items[n - 1].from)
			sorted = false;
		p->items[n++] = pause;
	}
	if (!sorted)
		qsort(p->items, n, sizeof *p->items, compare_intervals);
	for (size_t i = 0; i < n; i++) {
		struct interval *last = merged > 0 ? &p->items[merged - 1] : NULL;

		if (last && p->items[i].from <= last->to) {
			if (p->items[i].to > last->to)
				last->to = p->items[i].to;
		} else {
			p->items[merged++] = p->items[i];
		}
	}
	p->count = merged;
}

static void pauses_done(struct pauses *p)
{
	if (p->items != p->few)
		free(p->items);
}

/* A day is lost when its closing falls inside the pause; a pause that begins at closing time takes nothing from that
 * day. */
static bool loses_day(const struct interval *pause, int64_t closing)
{
	return pause->from < closing && closing <= pause->to;
}

static int64_t lost_days(const struct calendar *c, const struct interval *pause, int32_t after)
{
	int32_t day = paris_day(pause->from), last = paris_day(pause->to);
	int64_t lost = 0;

	for (day = day > after ? day : after + 1; day <= last; day++) {
		struct interval open[DAY_SPANS_MAX];
		struct day_state state;
		int count = calendar_day_intervals(c, day, open, &state);

		lost += count > 0 && loses_day(pause, open[count - 1].to);
	}
	return lost;
}

/* Tells the pauses that have begun by `ms`, each once. */
static void tell_pauses(struct walk *w, int64_t ms)
{
	const struct pauses *p = w->pauses;

	if (!w->story->wanted)
		return;
	for (; w->told < p->count && p->items[w->told].from <= ms; w->told++) {
		const struct interval *pause = &p->items[w->told];
		int64_t from = pause->from > w->start ? pause->from : w->start;
		int64_t lost;

		if (pause->to <= w->start)
			continue;
		if (w->story->target.unit == TARGET_DAYS)
			lost = lost_days(w->calendar, pause, paris_day(w->start) - (w->story->target.amount == 0));
		else
			lost = calendar_between(w->calendar, from, pause->to);
		story_pause(w->story, pause, pause->to == p->still_to, lost);
	}
}

static void tell_closed(struct walk *w, int32_t day, const struct day_state *state)
{
	int64_t from, to;

	if (!w->story->wanted)
		return;
	from = paris_instant(day, 0);
	to = paris_instant(day, 1440);
	tell_pauses(w, from);
	/* inside a pause only what is out of the ordinary is worth a line */
	for (size_t i = 0; i < w->pauses->count; i++)
		if (state->kind == DAY_WEEKLY && w->pauses->items[i].from <= from && to <= w->pauses->items[i].to)
			return;
	story_closed(w->story, day, state);
}

/* Counts what is open of one interval. Returns the instant at which nothing is left, or NO_INSTANT. */
static int64_t walk_interval(struct walk *w, int32_t day, struct interval open, int64_t *left)
{
	const struct pauses *p = w->pauses;
	int64_t at = open.from > w->start ? open.from : w->start;
	int64_t change = day * MS_PER_DAY + 60 * MS_PER_MINUTE;

	while (at < open.to) {
		int64_t stop = open.to, piece;

		tell_pauses(w, at);
		while (w->next < p->count && p->items[w->next].to <= at)
			w->next++;
		if (w->next < p->count && p->items[w->next].from <= at) {
			at = p->items[w->next].to;
			continue;
		}
		if (w->next < p->count && p->items[w->next].from < stop)
			stop = p->items[w->next].from;
		piece = stop - at < *left ? stop - at : *left;
		*left -= piece;
		if (w->story->wanted) {
			if (paris_changes(day) && at < change && change < at + piece)
				story_clock_change(w->story, day);
			story_counted(w->story, w->calendar, day, piece);
		}
		if (*left == 0)
			return at + piece;
		at = stop;
	}
	return NO_INSTANT;
}

static int64_t walk_time(struct walk *w, int64_t left)
{
	int32_t first = paris_day(w->start), closed_until = first + SEARCH_DAYS;

	for (int32_t day = first; day <= first + HORIZON_DAYS && day <= closed_until && day < DAY_LAST; day++) {
		struct interval open[DAY_SPANS_MAX];
		struct day_state state;
		int count = calendar_day_intervals(w->calendar, day, open, &state);

		if (count == 0)
			tell_closed(w, day, &state);
		else
			closed_until = day + SEARCH_DAYS;
		for (int i = 0; i < count; i++) {
			int64_t end = walk_interval(w, day, open[i], &left);

			if (end != NO_INSTANT)
				return end;
		}
	}
	return NO_INSTANT;
}

/* `amount` 0: the first open day itself. */
static int64_t walk_days(struct walk *w, int amount)
{
	const struct pauses *p = w->pauses;
	int32_t start = paris_day(w->start), first = amount > 0 ? start + 1 : start, closed_until = first + SEARCH_DAYS;
	int left = amount > 0 ? amount : 1;

	for (int32_t day = first; day <= first + HORIZON_DAYS && day <= closed_until && day < DAY_LAST; day++) {
		struct interval open[DAY_SPANS_MAX];
		struct day_state state;
		int count = calendar_day_intervals(w->calendar, day, open, &state);
		int64_t closing;

		if (count == 0) {
			tell_closed(w, day, &state);
			continue;
		}
		closed_until = day + SEARCH_DAYS;
		closing = open[count - 1].to;
		tell_pauses(w, closing - 1);
		while (w->next < p->count && p->items[w->next].to < closing)
			w->next++;
		if (w->next < p->count && loses_day(&p->items[w->next], closing))
			continue;
		story_counted(w->story, w->calendar, day, 1);
		if (--left == 0)
			return closing;
	}
	return NO_INSTANT;
}

static int64_t due_working(struct walk *w, struct target t, int64_t from_ms)
{
	struct due_story *story = w->story;

	w->start = w->calendar ? calendar_next_open(w->calendar, from_ms) : NO_INSTANT;
	if (w->start == NO_INSTANT) {
		story_say(story, _("le calendrier n'ouvre pas dans les trois ans"));
		return NO_INSTANT;
	}
	story_move(story, w->calendar, from_ms, w->start);
	if (t.unit == TARGET_DAYS) {
		if (story->wanted && t.amount > 0) {
			struct text line = TEXT_INIT;

			day_show(&line, paris_day(w->start));
			text_add(&line, _(" : jour de départ, non compté"));
			story_say(story, text_str(&line));
			text_done(&line);
		}
		return walk_days(w, t.amount);
	}
	return t.amount > 0 ? walk_time(w, t.amount * MS_PER_MINUTE) : w->start;
}

static int64_t due_civil(struct due_story *story, struct target t, int64_t from_ms)
{
	struct civil from = paris_civil(from_ms), to;
	int32_t day = paris_day(from_ms);

	if (t.unit == TARGET_CALENDAR_DAYS) {
		story_say(story, _("samedis, dimanches et jours fériés comptés"));
		return t.amount < DAY_LAST - day ? paris_instant(day + t.amount, 1440) : NO_INSTANT;
	}
	if (t.amount > (9998 - from.year) * 12)
		return NO_INSTANT;
	day = paris_day(instant_add_months(paris_instant(day, 0), t.amount));
	day_to_date(day, &to.year, &to.month, &to.day);
	story_say(story, _("de date à date, tous les jours comptés"));
	if (to.day != from.day)
		story_say(story, _("ce mois n'a pas ce quantième : dernier jour du mois"));
	return paris_instant(day, 1440);
}

int64_t due_compute(const struct calendar *c, struct target t, int64_t from_ms, const struct pause *pauses,
	size_t pause_count, int64_t now_ms, struct explanation *e)
{
	struct due_story story = { 0 };
	struct pauses ordered;
	struct walk walk = { .calendar = c, .pauses = &ordered, .story = &story };
	int64_t due;

	if (t.unit == TARGET_NONE)
		return NO_INSTANT;
	if (t.amount < 0)
		t.amount = 0;
	story_start(&story, e, t, from_ms);
	pauses_init(&ordered, pauses, pause_count, now_ms);
	if (t.unit == TARGET_MINUTES || t.unit == TARGET_DAYS) {
		due = due_working(&walk, t, from_ms);
	} else {
		due = due_civil(&story, t, from_ms);
		if (ordered.count > 0)
			story_say(&story, _("les pauses ne suspendent pas ce délai"));
	}
	story_end(&story, c, due);
	pauses_done(&ordered);
	return due;
}

static int64_t working_total(const struct calendar *c, int64_t from_ms, int64_t due_ms, const struct pauses *p)
{
	int64_t total = calendar_between(c, from_ms, due_ms);

	for (size_t i = 0; i < p->count; i++)
		total -= calendar_between(c, p->items[i].from > from_ms ? p->items[i].from : from_ms,
			p->items[i].to < due_ms ? p->items[i].to : due_ms);
	return total;
}

int64_t due_threshold(const struct calendar *c, int64_t from_ms, int64_t due_ms, int percent, const struct pause *pauses,
	size_t pause_count, int64_t now_ms)
{
	struct due_story silent = { 0 };
	struct pauses ordered;
	struct walk walk = { .calendar = c, .pauses = &ordered, .story = &silent, .start = from_ms };
	int64_t share = percent < 0 ? 0 : percent > 1000 ? 1000 : percent;
	int64_t total, at;

	if (due_ms == NO_INSTANT || from_ms == NO_INSTANT || due_ms <= from_ms || share == 100)
		return due_ms;
	if (!c)
		return from_ms + (due_ms - from_ms) / 100 * share + (due_ms - from_ms) % 100 * share / 100;
	pauses_init(&ordered, pauses, pause_count, now_ms);
	total = working_total(c, from_ms, due_ms, &ordered);
	if (total == 0)
		at = due_ms;
	else if (total * share / 100 == 0)
		at = calendar_next_open(c, from_ms);
	else
		at = walk_time(&walk, total * share / 100);
	pauses_done(&ordered);
	return at;
}
