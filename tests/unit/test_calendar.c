// SPDX-License-Identifier: GPL-3.0-or-later
/* Opening hours and working time on calendars that can be checked by hand. Numbers "GLPI #..." are complaints about
 * other systems that must not come up here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "calendar_fixture.h"

static void assert_day(const struct calendar *c, int32_t day, const char *expected, const char *expected_why)
{
	struct span spans[CALENDAR_SPANS_MAX * 2];
	const char *why = "unset";
	char shown[256] = "";
	size_t used = 0;
	int count = calendar_day_spans(c, day, spans, &why);

	for (int i = 0; i < count; i++)
		used += (size_t)snprintf(shown + used, sizeof shown - used, "%s%d-%d", i ? " " : "", spans[i].from, spans[i].to);
	assert_string_equal(shown, expected);
	if (expected_why)
		assert_string_equal(why, expected_why);
	else
		assert_null(why);
	assert_int_equal(calendar_day_spans(c, day, spans, NULL), count);
}

/* Protects: what `calendar` prints: opening hours of a day, and why it is closed. */
static void test_day_spans(void **state)
{
	struct calendar c = office(), alsace = office(), always = on_call();

	(void)state;
	alsace.alsace_moselle = true;
	close_days(&c, date(2026, 5, 15), date(2026, 5, 15), 0, 1440, "pont de l'Ascension");
	close_days(&c, date(2026, 12, 24), date(2026, 12, 24), 720, 1440, "veille de Noël");
	close_days(&c, date(2026, 6, 1), date(2026, 6, 2), 600, 630, "exercice d'évacuation");
	close_days(&c, date(2026, 6, 2), date(2026, 6, 2), 0, 600, "panne");
	close_days(&c, date(2026, 6, 2), date(2026, 6, 2), 630, 1200, "panne encore");
	close_days(&c, date(2026, 8, 3), date(2026, 8, 16), 0, 1440, "fermeture d'été");
	assert_day(&c, date(2026, 5, 13), "510-720 810-1050", NULL);
	assert_day(&c, date(2026, 5, 14), "", "Ascension");
	assert_day(&c, date(2026, 5, 15), "", "pont de l'Ascension");
	assert_day(&c, date(2026, 5, 17), "", "dimanche");
	assert_day(&c, date(2026, 12, 24), "510-720", NULL);
	assert_day(&c, date(2026, 6, 1), "510-600 630-720 810-1050", NULL);
	assert_day(&c, date(2026, 6, 2), "", "panne encore");
	assert_day(&c, date(2026, 8, 8), "", "fermeture d'été");
	assert_day(&c, date(2026, 8, 15), "", "Assomption");
	assert_day(&c, date(2026, 4, 3), "510-720 810-1050", NULL);
	assert_day(&alsace, date(2026, 4, 3), "", "Vendredi saint");
	assert_day(&always, date(2026, 12, 25), "0-1440", NULL);
	calendar_done(&c);
	assert_int_equal(c.closure_count, 0);
}

/* Protects: no overflow when somebody writes more holes than a day can hold. */
static void test_many_holes(void **state)
{
	struct calendar c = on_call();
	struct span spans[CALENDAR_SPANS_MAX * 2];
	int count;

	(void)state;
	for (int i = 0; i < 60; i++)
		close_days(&c, date(2026, 6, 1), date(2026, 6, 1), 10 + 20 * i, 20 + 20 * i, "trou");
	count = calendar_day_spans(&c, date(2026, 6, 1), spans, NULL);
	assert_in_range(count, 1, CALENDAR_SPANS_MAX * 2);
	for (int i = 0; i < count; i++) {
		assert_true(spans[i].from < spans[i].to);
		assert_true(i == 0 || spans[i - 1].to < spans[i].from);
	}
	calendar_done(&c);
}

/* Protects: opening is half-open: open at 08:30, closed at 12:00 sharp (osTicket #6847: lunch breaks). */
static void test_is_open(void **state)
{
	struct calendar c = office();

	(void)state;
	assert_false(calendar_is_open(&c, when("2026-05-26 08:30") - 1));
	assert_true(calendar_is_open(&c, when("2026-05-26 08:30")));
	assert_true(calendar_is_open(&c, when("2026-05-26 12:00") - 1));
	assert_false(calendar_is_open(&c, when("2026-05-26 12:00")));
	assert_true(calendar_is_open(&c, when("2026-05-26 13:30")));
	assert_false(calendar_is_open(&c, when("2026-05-26 17:30")));
	assert_false(calendar_is_open(&c, when("2026-05-25 10:00"))); /* Whit Monday */
	assert_false(calendar_is_open(&c, when("2026-05-24 10:00")));
	assert_false(calendar_is_open(&c, NO_INSTANT));
}

/* Protects: where counting starts, and that a calendar that never opens ends in a clear "never", not in an endless
 * walk. */
static void test_next_open(void **state)
{
	struct calendar c = office(), never = { 0 }, shut = office();

	(void)state;
	assert_int_equal(calendar_next_open(&c, when("2026-05-26 17:30")), when("2026-05-27 08:30"));
	assert_int_equal(calendar_next_open(&c, when("2026-05-26 12:15")), when("2026-05-26 13:30"));
	assert_int_equal(calendar_next_open(&c, when("2026-05-26 10:00") + 1), when("2026-05-26 10:00") + 1);
	assert_int_equal(calendar_next_open(&c, when("2027-03-26 17:30")), when("2027-03-30 08:30"));
	assert_int_equal(calendar_next_open(&never, when("2026-05-26 10:00")), NO_INSTANT);
	close_days(&shut, date(2026, 1, 1), date(2031, 1, 1), 0, 1440, "travaux");
	assert_int_equal(calendar_next_open(&shut, when("2026-05-26 10:00")), NO_INSTANT);
	assert_int_equal(calendar_next_open(&shut, when("2030-05-26 10:00")), when("2031-01-02 08:30"));
	assert_int_equal(calendar_between(&never, when("2026-01-01"), when("2030-01-01")), 0);
	assert_int_equal(calendar_back(&never, when("2026-05-26 10:00"), 1), NO_INSTANT);
	assert_int_equal(calendar_back(&shut, when("2030-05-26 10:00"), 1), NO_INSTANT);
	calendar_done(&shut);
}

/* Protects: time measured over nights, weekends, lunch, holidays and half-days (Frappe #2212). */
static void test_between(void **state)
{
	struct calendar c = office();

	(void)state;
	assert_int_equal(calendar_between(&c, when("2026-05-26 11:00"), when("2026-05-26 14:00")), 90 * MS_PER_MINUTE);
	assert_int_equal(calendar_between(&c, when("2026-05-22 17:00"), when("2026-05-26 09:00")), MS_PER_HOUR);
	assert_int_equal(calendar_between(&c, when("2026-05-26"), when("2026-05-27")), 450 * MS_PER_MINUTE);
	assert_int_equal(calendar_between(&c, when("2026-05-26 10:00"), when("2026-05-26 10:00") + 1), 1);
	assert_int_equal(calendar_between(&c, when("2026-05-26 10:00"), when("2026-05-26 10:00")), 0);
	assert_int_equal(calendar_between(&c, when("2026-05-27 10:00"), when("2026-05-26 10:00")), 0);
	close_days(&c, date(2026, 12, 24), date(2026, 12, 24), 720, 1440, "veille de Noël");
	assert_int_equal(calendar_between(&c, when("2026-12-24"), when("2026-12-28")), 210 * MS_PER_MINUTE);
	calendar_done(&c);
}

/* Protects: no minute lost at midnight on a 24/7 calendar (Zammad #3180), and real hours on the nights of the
 * change. */
static void test_day_and_night(void **state)
{
	struct calendar c = on_call();

	(void)state;
	assert_int_equal(calendar_between(&c, when("2026-05-14 23:00"), when("2026-05-15 01:00")), 2 * MS_PER_HOUR);
	assert_true(calendar_is_open(&c, when("2026-05-15") - 1));
	assert_true(calendar_is_open(&c, when("2026-05-15")));
	assert_int_equal(calendar_next_open(&c, when("2026-05-14 24:00")), when("2026-05-15"));
	assert_int_equal(calendar_between(&c, when("2026-03-29"), when("2026-03-30")), 23 * MS_PER_HOUR);
	assert_int_equal(calendar_between(&c, when("2026-10-25"), when("2026-10-26")), 25 * MS_PER_HOUR);
	assert_int_equal(calendar_between(&c, when("2020-01-01"), when("2030-01-01")), when("2030-01-01") - when("2020-01-01"));
	assert_int_equal(calendar_back(&c, when("2026-05-15 00:30"), MS_PER_HOUR), when("2026-05-14 23:30"));
	assert_int_equal(calendar_back(&c, when("2026-10-25 04:00"), 4 * MS_PER_HOUR), when("2026-10-25 01:00"));
	assert_int_equal(calendar_back(&c, when("2026-03-29 04:00"), 4 * MS_PER_HOUR), when("2026-03-28 23:00"));
}

/* Protects: spans that end or begin inside the hour that is moved stay in order, none of them negative or counted
 * twice. */
static void test_spans_inside_the_change(void **state)
{
	struct calendar c = { .works_holidays = true };

	(void)state;
	open_span(&c, 6, 60, 150);   /* 01:00-02:30 */
	open_span(&c, 6, 150, 170);  /* 02:30-02:50 */
	open_span(&c, 6, 170, 240);  /* 02:50-04:00 */
	assert_int_equal(calendar_between(&c, when("2026-03-29"), when("2026-03-30")), 2 * MS_PER_HOUR);
	assert_int_equal(calendar_between(&c, when("2026-10-25"), when("2026-10-26")), 4 * MS_PER_HOUR);
	assert_true(calendar_is_open(&c, when("2026-03-29T03:10")));
	/* on the common Sunday: three hours */
	assert_int_equal(calendar_between(&c, when("2026-04-05"), when("2026-04-06")), 3 * MS_PER_HOUR);
}

/* Protects: "one hour before" is an hour in which somebody is there (GLPI #22678, Zammad #4432: reminders at
 * midnight). */
static void test_back(void **state)
{
	struct calendar c = office();

	(void)state;
	assert_int_equal(calendar_back(&c, when("2026-05-27 09:00"), MS_PER_HOUR), when("2026-05-26 17:00"));
	assert_int_equal(calendar_back(&c, when("2026-05-26 08:30"), MS_PER_HOUR), when("2026-05-22 16:30")); /* Whit Monday */
	assert_int_equal(calendar_back(&c, when("2026-05-26 14:00"), MS_PER_HOUR), when("2026-05-26 11:30"));
	assert_int_equal(calendar_back(&c, when("2026-05-26 09:30"), MS_PER_HOUR), when("2026-05-26 08:30"));
	assert_int_equal(calendar_back(&c, when("2026-05-27"), MS_PER_HOUR), when("2026-05-26 16:30"));
	assert_int_equal(calendar_back(&c, when("2026-05-26 03:00"), 0), when("2026-05-26 03:00"));
	assert_int_equal(calendar_back(&c, when("2026-05-26 03:00"), INT64_MAX), NO_INSTANT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_day_spans),
		cmocka_unit_test(test_many_holes),
		cmocka_unit_test(test_is_open),
		cmocka_unit_test(test_next_open),
		cmocka_unit_test(test_between),
		cmocka_unit_test(test_day_and_night),
		cmocka_unit_test(test_spans_inside_the_change),
		cmocka_unit_test(test_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
