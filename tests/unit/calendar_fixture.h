// SPDX-License-Identifier: GPL-3.0-or-later
/* Calendars and short writings for the tests of working time. */
#ifndef GUICHET_TESTS_CALENDAR_FIXTURE_H
#define GUICHET_TESTS_CALENDAR_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "guichet/core/calendar.h"

#define MS_PER_HOUR (60 * MS_PER_MINUTE)

static inline int32_t date(int year, int month, int day)
{
	return day_from_date(year, month, day);
}

/* "2026-05-14 10:00", Paris time */
static inline int64_t when(const char *s)
{
	int64_t ms = NO_INSTANT;
	struct guichet_err err;

	if (instant_parse("test", s, &ms, &err) != GUICHET_OK) {
		fprintf(stderr, "%s\n", err.message);
		abort();
	}
	return ms;
}

static inline void open_span(struct calendar *c, int weekday, int from, int to)
{
	c->week[weekday][c->span_count[weekday]++] = (struct span){ from, to };
}

/* Monday to Friday, 08:30-12:00 and 13:30-17:30: 7 h 30 a day. */
static inline struct calendar office(void)
{
	struct calendar c = { 0 };

	for (int weekday = 0; weekday < 5; weekday++) {
		open_span(&c, weekday, 510, 720);
		open_span(&c, weekday, 810, 1050);
	}
	return c;
}

/* Day and night, holidays too. */
static inline struct calendar on_call(void)
{
	struct calendar c = { .works_holidays = true };

	for (int weekday = 0; weekday < 7; weekday++)
		open_span(&c, weekday, 0, 1440);
	return c;
}

static inline void close_days(struct calendar *c, int32_t first, int32_t last, int from, int to, const char *name)
{
	c->closures = guichet_realloc(c->closures, c->closure_count + 1, sizeof *c->closures);
	c->closures[c->closure_count++] = (struct closure){ first, last, from, to, guichet_strdup(name) };
}

#endif
