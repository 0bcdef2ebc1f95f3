// SPDX-License-Identifier: GPL-3.0-or-later
/* Working time against a slow second opinion that shares no code with it: a table of every minute of some months, with
 * the wall clock from the system's zoneinfo, on which everything is found by walking minute by minute. Calendars,
 * closures, pauses and amounts are random, from a fixed seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "calendar_fixture.h"

enum { WINDOW_DAYS = 84, WINDOW_MINUTES = WINDOW_DAYS * 1440, PAUSES = 4, CASES = 250, ASKED = 12 };

/* Months with something in them: both changes of clock, Easter, the holidays of May, Christmas and New Year. */
static const struct window { int year, month, day; const char *holidays[8]; } windows[] = {
	{ 2027, 2, 20, { "2027-03-29", "2027-05-01", "2027-05-06", "2027-05-08", "2027-05-17" } },
	{ 2026, 4, 1, { "2026-04-06", "2026-05-01", "2026-05-08", "2026-05-14", "2026-05-25" } },
	{ 2026, 10, 10, { "2026-11-01", "2026-11-11", "2026-12-25", "2027-01-01" } },
	{ 2024, 3, 10, { "2024-04-01", "2024-05-01", "2024-05-08", "2024-05-09", "2024-05-20" } },
};

/* One civil day of the window: where its minutes are. */
struct row { int first, end, weekday; bool holiday; int year, month, day; };
struct oracle {
	int64_t start_ms;
	struct row rows[WINDOW_DAYS + 2];
	int row_count;
	int wall[WINDOW_MINUTES];        /* minute of the civil day */
	bool open[WINDOW_MINUTES], paused[WINDOW_MINUTES];
};

static uint64_t seed = 1;

static int pick(int limit)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (int)((seed >> 33) % (uint64_t)limit);
}

static void oracle_start(struct oracle *o, const struct window *w)
{
	struct tm start = { .tm_year = w->year - 1900, .tm_mon = w->month - 1, .tm_mday = w->day, .tm_isdst = -1 };
	time_t first = mktime(&start);

	memset(o, 0, sizeof *o);
	o->start_ms = (int64_t)first * 1000;
	for (int i = 0; i < WINDOW_MINUTES; i++) {
		time_t t = first + (time_t)i * 60;
		struct row *row = &o->rows[o->row_count - (o->row_count > 0)];
		struct tm tm;
		char iso[16];

		localtime_r(&t, &tm);
		o->wall[i] = tm.tm_hour * 60 + tm.tm_min;
		if (o->row_count == 0 || row->day != tm.tm_mday) {
			row = &o->rows[o->row_count++];
			*row = (struct row){ .first = i, .weekday = (tm.tm_wday + 6) % 7, .year = tm.tm_year + 1900,
				.month = tm.tm_mon + 1, .day = tm.tm_mday };
			strftime(iso, sizeof iso, "%Y-%m-%d", &tm);
			for (int h = 0; w->holidays[h]; h++)
				row->holiday |= strcmp(iso, w->holidays[h]) == 0;
		}
		row->end = i + 1;
	}
}

/* The first minute of the day at which the clock shows `minute` or later. */
static int oracle_edge(const struct oracle *o, const struct row *row, int minute)
{
	int i = row->first;

	while (i < row->end && o->wall[i] < minute)
		i++;
	return i;
}

static void oracle_set(struct oracle *o, const struct row *row, int from, int to, bool value)
{
	for (int i = oracle_edge(o, row, from), end = oracle_edge(o, row, to); i < end; i++)
		o->open[i] = value;
}

static void oracle_open(struct oracle *o, const struct calendar *c)
{
	memset(o->open, 0, sizeof o->open);
	for (int r = 0; r < o->row_count; r++) {
		const struct row *row = &o->rows[r];
		int32_t day = date(row->year, row->month, row->day);

		if (row->holiday && !c->works_holidays)
			continue;
		for (int i = 0; i < c->span_count[row->weekday]; i++)
			oracle_set(o, row, c->week[row->weekday][i].from, c->week[row->weekday][i].to, true);
		for (size_t i = 0; i < c->closure_count; i++)
			if (c->closures[i].first_day <= day && day <= c->closures[i].last_day)
				oracle_set(o, row, c->closures[i].from, c->closures[i].to, false);
	}
}

/* Minutes of the window to instants; -1 is "not found within the window", about which nothing is claimed. */
static int64_t ms_at(const struct oracle *o, int minute)
{
	return o->start_ms + minute * MS_PER_MINUTE;
}

static int oracle_next(const struct oracle *o, int from)
{
	for (int i = from; i < WINDOW_MINUTES; i++)
		if (o->open[i])
			return i;
	return -1;
}

/* The minute at the end of which `amount` open minutes outside pauses are over. */
static int oracle_forward(const struct oracle *o, int from, int amount)
{
	for (int i = from; i < WINDOW_MINUTES; i++)
		if (o->open[i] && !o->paused[i] && --amount == 0)
			return i + 1;
	return -1;
}

static int oracle_count(const struct oracle *o, int from, int to, bool pauses)
{
	int n = 0;

	for (int i = from; i < to; i++)
		n += o->open[i] && !(pauses && o->paused[i]);
	return n;
}

static int oracle_back(const struct oracle *o, int from, int amount)
{
	for (int i = from - 1; i >= 0; i--)
		if (o->open[i] && --amount == 0)
			return i;
	return -1;
}

static int oracle_days(const struct oracle *o, int from, int amount)
{
	int start = oracle_next(o, from), left = amount;

	if (start < 0)
		return -1;
	for (int r = 0; r < o->row_count; r++) {
		const struct row *row = &o->rows[r];
		int last = row->end - 1;

		if (row->first <= start || row->end == WINDOW_MINUTES)
			continue;
		while (last >= row->first && !o->open[last])
			last--;
		if (last >= row->first && !o->paused[last] && --left == 0)
			return last + 1;
	}
	return -1;
}

/* A minute of the day: often a round one, often in the hour that the clock jumps over or repeats. */
static int random_minute(void)
{
	switch (pick(4)) {
	case 0: return pick(1441);
	case 1: return 100 + pick(100);
	default: return pick(97) * 15;
	}
}

static struct calendar random_calendar(const struct window *w)
{
	struct calendar c = { .works_holidays = pick(4) == 0 };
	int closures = pick(4);

	if (pick(8) == 0)
		c = on_call();
	for (int weekday = 0; weekday < 7 && c.span_count[weekday] == 0; weekday++) {
		int spans = weekday > 4 && pick(3) ? 0 : pick(5), at = 0;

		for (int i = 0; i < spans && at < 1440; i++) {
			int from = at + (pick(3) ? pick(400) : 0), to = from + 1 + (pick(3) ? pick(300) : random_minute());

			to = to > 1440 ? 1440 : to;
			if (from >= to)
				break;
			open_span(&c, weekday, from, to);
			at = to; /* the next may touch it */
		}
	}
	for (int i = 0; i < closures; i++) {
		int32_t first = date(w->year, w->month, w->day) + pick(WINDOW_DAYS);
		int from = pick(3) ? 0 : random_minute(), to = pick(3) ? 1440 : random_minute();

		close_days(&c, first, first + (pick(2) ? 0 : pick(10)), from, to, "fermeture");
	}
	return c;
}

static size_t random_pauses(struct oracle *o, struct pause pauses[PAUSES], int now)
{
	size_t count = (size_t)pick(PAUSES + 1);

	memset(o->paused, 0, sizeof o->paused);
	for (size_t p = 0; p < count; p++) {
		int from = pick(WINDOW_MINUTES / 2), to = from + (pick(2) ? pick(600) : pick(8000));
		bool still = pick(6) == 0;

		pauses[p] = (struct pause){ ms_at(o, from), still ? NO_INSTANT : ms_at(o, to) };
		for (int i = from; i < (still ? now : to); i++)
			o->paused[i] = true;
	}
	return count;
}

static int checked;

static void compare(const struct oracle *o, const char *what, int64_t got, int expected, int from, int amount)
{
	if (expected < 0)
		return;
	checked++;
	if (got != ms_at(o, expected)) {
		struct text a = TEXT_INIT, b = TEXT_INIT, c = TEXT_INIT;

		instant_show(&a, ms_at(o, from));
		instant_show(&b, got);
		instant_show(&c, ms_at(o, expected));
		fail_msg("%s of %d from %s: %s, minute by minute %s", what, amount, text_str(&a), text_str(&b), text_str(&c));
	}
}

static void ask_calendar(const struct oracle *o, const struct calendar *c)
{
	int from = pick(WINDOW_MINUTES), to = pick(WINDOW_MINUTES), amount = 1 + (pick(2) ? pick(300) : pick(5000));

	compare(o, "next open", calendar_next_open(c, ms_at(o, from)), oracle_next(o, from), from, 0);
	compare(o, "back", calendar_back(c, ms_at(o, from), amount * MS_PER_MINUTE), oracle_back(o, from, amount), from, amount);
	assert_int_equal(calendar_is_open(c, ms_at(o, from)), o->open[from]);
	assert_int_equal(calendar_is_open(c, ms_at(o, from) + 59999), o->open[from]);
	assert_int_equal(calendar_between(c, ms_at(o, from), ms_at(o, to)), oracle_count(o, from, to, false) * MS_PER_MINUTE);
}

/* The same with words: explaining must not change a result, and the words end with it. */
static int64_t compute(const struct calendar *c, struct target t, int64_t from_ms, const struct pause *pauses, size_t count,
	int64_t now)
{
	struct text lines = TEXT_INIT;
	struct explanation e = { &lines };
	int64_t due = due_compute(c, t, from_ms, pauses, count, now, NULL);

	assert_int_equal(due_compute(c, t, from_ms, pauses, count, now, &e), due);
	assert_non_null(strstr(text_str(&lines), due == NO_INSTANT ? "\npas d'échéance\n" : "\néchéance : "));
	text_done(&lines);
	return due;
}

static void ask_due(struct oracle *o, const struct calendar *c)
{
	struct pause pauses[PAUSES];
	int now = pick(WINDOW_MINUTES), from = pick(WINDOW_MINUTES * 2 / 3), days = 1 + pick(20);
	int amount = 1 + (pick(2) ? pick(300) : pick(8000)), percent = 1 + pick(99), due, total;
	size_t count = random_pauses(o, pauses, now);
	struct target minutes = { TARGET_MINUTES, amount }, working_days = { TARGET_DAYS, days };

	due = oracle_forward(o, from, amount);
	compare(o, "due minutes", compute(c, minutes, ms_at(o, from), pauses, count, ms_at(o, now)), due, from, amount);
	compare(o, "due days", compute(c, working_days, ms_at(o, from), pauses, count, ms_at(o, now)),
		oracle_days(o, from, days), from, days);
	if (due < 0)
		return;
	total = oracle_count(o, from, due, true);
	assert_int_equal(total, amount);
	/* whole minutes only, for the oracle knows no shorter time */
	if (total * percent % 100 == 0)
		compare(o, "threshold", due_threshold(c, ms_at(o, from), ms_at(o, due), percent, pauses, count, ms_at(o, now)),
			oracle_forward(o, from, total * percent / 100), from, percent);
	compare(o, "half", due_threshold(c, ms_at(o, from), ms_at(o, due), 50, pauses, count, ms_at(o, now)),
		total % 2 ? -1 : oracle_forward(o, from, total / 2), from, 50);
}

/* Protects: every figure that a citizen or a supervisor is told, in the corners nobody thinks of. */
static void test_against_minutes(void **state)
{
	struct oracle *o = guichet_alloc(sizeof *o);

	(void)state;
	for (size_t w = 0; w < sizeof windows / sizeof windows[0]; w++) {
		oracle_start(o, &windows[w]);
		assert_in_range(o->row_count, WINDOW_DAYS, WINDOW_DAYS + 1);
		for (int i = 0; i < CASES; i++) {
			struct calendar c = random_calendar(&windows[w]);

			oracle_open(o, &c);
			for (int j = 0; j < ASKED; j++) {
				ask_calendar(o, &c);
				ask_due(o, &c);
			}
			calendar_done(&c);
		}
	}
	/* most questions have their answer within the window; if not, the test has lost its teeth */
	assert_true(checked > 4 * CASES * ASKED * 3);
	free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_minutes),
	};

	setenv("TZ", "Europe/Paris", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
