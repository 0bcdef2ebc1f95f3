// SPDX-License-Identifier: GPL-3.0-or-later
/* Civil time in Paris, against the system's zoneinfo and against a plain count of days. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "guichet/core/calendar.h"

#define MS_PER_HOUR (60 * MS_PER_MINUTE)

static int64_t utc(int year, int month, int day, int hour, int minute)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute };

	return (int64_t)timegm(&tm) * 1000;
}

/* Protects: dates shown and counted an hour off in summer, or on the wrong day, in any year that guichet may live to
 * see. */
static void test_every_hour_as_zoneinfo(void **state)
{
	int64_t end = utc(2038, 1, 1, 0, 0);
	int changes = 0, before = 60;

	(void)state;
	for (int64_t ms = utc(2000, 1, 1, 0, 0); ms < end; ms += MS_PER_HOUR) {
		time_t t = (time_t)(ms / 1000) + 59;
		struct civil c = paris_civil(ms + 59999);
		struct tm tm;

		localtime_r(&t, &tm);
		assert_int_equal(paris_offset_minutes(ms), tm.tm_gmtoff / 60);
		assert_int_equal(c.year, tm.tm_year + 1900);
		assert_int_equal(c.month, tm.tm_mon + 1);
		assert_int_equal(c.day, tm.tm_mday);
		assert_int_equal(c.hour, tm.tm_hour);
		assert_int_equal(c.minute, tm.tm_min);
		assert_int_equal(c.second, tm.tm_sec);
		assert_int_equal(paris_day(ms), day_from_date(c.year, c.month, c.day));
		assert_int_equal(paris_minute(ms), tm.tm_hour * 60 + tm.tm_min);
		assert_int_equal(day_weekday(paris_day(ms)), (tm.tm_wday + 6) % 7);
		changes += paris_offset_minutes(ms) != before;
		before = paris_offset_minutes(ms);
	}
	/* a system without zoneinfo would take Paris for UTC and find no change at all */
	assert_int_equal(changes, 2 * 38);
}

/* Protects: the exact second of the change of clock. */
static void test_change_to_the_millisecond(void **state)
{
	int64_t spring = utc(2027, 3, 28, 1, 0), autumn = utc(2026, 10, 25, 1, 0);

	(void)state;
	assert_int_equal(paris_offset_minutes(spring - 1), 60);
	assert_int_equal(paris_offset_minutes(spring), 120);
	assert_int_equal(paris_offset_minutes(autumn - 1), 120);
	assert_int_equal(paris_offset_minutes(autumn), 60);
}

/* Protects: every wall minute leads to an instant that shows it again, save in the hour that does not exist. */
static void test_wall_clock_there_and_back(void **state)
{
	static const int years[] = { 2000, 2024, 2026, 2027, 2037 };

	(void)state;
	for (size_t y = 0; y < sizeof years / sizeof years[0]; y++) {
		for (int32_t day = day_from_date(years[y], 1, 1); day <= day_from_date(years[y], 12, 31); day++) {
			for (int minute = 0; minute < 1440; minute += 7) {
				int64_t ms = paris_instant(day, minute);
				bool missing = paris_offset_minutes(ms - MS_PER_HOUR) < paris_offset_minutes(ms) &&
					minute / 60 == 2;

				assert_int_equal(paris_day(ms), day);
				assert_int_equal(paris_minute(ms), missing ? minute + 60 : minute);
			}
			assert_int_equal(paris_instant(day, 1440), paris_instant(day + 1, 0));
		}
	}
}

/* Protects: an agent who types an hour that does not exist, or exists twice, gets what the header says. */
static void test_hours_missing_and_doubled(void **state)
{
	struct civil twice = { 2026, 10, 25, 2, 30, 15 };

	(void)state;
	assert_int_equal(paris_instant(day_from_date(2026, 3, 29), 150), utc(2026, 3, 29, 1, 30)); /* shows 03:30 */
	assert_int_equal(paris_instant(day_from_date(2026, 10, 25), 150), utc(2026, 10, 25, 0, 30));
	assert_int_equal(paris_instant_civil(&twice), utc(2026, 10, 25, 0, 30) + 15000);
	assert_int_equal(paris_instant(day_from_date(2026, 10, 25), 180), utc(2026, 10, 25, 2, 0));
}

static int slow_month_length(int y, int m)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 29 : lengths[m - 1];
}

/* Protects: the arithmetic of dates, on each of the 3.6 million days that it claims to know. */
static void test_every_day_of_ten_thousand_years(void **state)
{
	int y = 1, m = 1, d = 1;
	int32_t day = day_from_date(1, 1, 1), last = day_from_date(9999, 12, 31);

	(void)state;
	assert_int_equal(day_from_date(1970, 1, 1), 0);
	assert_int_equal(last - day, 3652058);
	for (; day <= last; day++) {
		int year, month, of_month;

		day_to_date(day, &year, &month, &of_month);
		if (year != y || month != m || of_month != d || day_from_date(y, m, d) != day)
			fail_msg("day %d is %d-%d-%d, not %d-%d-%d", day, y, m, d, year, month, of_month);
		if (++d > slow_month_length(y, m)) {
			d = 1;
			if (++m > 12) {
				m = 1;
				y++;
			}
		}
	}
}

/* Protects: a damaged store's absurd instants must not overflow anything (the sanitizers watch). */
static void test_absurd_instants(void **state)
{
	static const int64_t absurd[] = { INT64_MIN, INT64_MIN + 1, INT64_MAX, INT64_MAX - 1, -62135596800001, 253402300800000 };

	(void)state;
	for (size_t i = 0; i < sizeof absurd / sizeof absurd[0]; i++) {
		struct civil c = paris_civil(absurd[i]);

		assert_in_range(c.month, 1, 12);
		assert_in_range(c.day, 1, 31);
		assert_in_range(paris_minute(absurd[i]), 0, 1439);
		assert_int_equal(paris_day(absurd[i]) < 0, absurd[i] < 0);
	}
	assert_int_equal(paris_instant(INT32_MAX, 0), paris_instant(day_from_date(9999, 12, 31), 0));
	assert_int_equal(paris_instant(INT32_MIN, 0), paris_instant(day_from_date(1, 1, 1), 0));
}

static int64_t at(int year, int month, int day, int minute)
{
	return paris_instant(day_from_date(year, month, day), minute);
}

/* Protects: the legal clock, which runs date to date (CRPA L231-1), with the wall time kept across the change of
 * clock. */
static void test_months(void **state)
{
	(void)state;
	assert_int_equal(instant_add_months(at(2026, 12, 31, 600), 2), at(2027, 2, 28, 600));
	assert_int_equal(instant_add_months(at(2027, 12, 31, 600), 2), at(2028, 2, 29, 600));
	assert_int_equal(instant_add_months(at(2026, 2, 15, 615), 2), at(2026, 4, 15, 615));
	assert_int_equal(instant_add_months(at(2026, 8, 30, 0) + 1234, 6), at(2027, 2, 28, 0) + 1234);
	assert_int_equal(instant_add_months(at(2026, 3, 31, 600), -1), at(2026, 2, 28, 600));
	assert_int_equal(instant_add_months(at(2026, 1, 31, 600), -14), at(2024, 11, 30, 600));
	assert_int_equal(instant_add_months(at(2026, 1, 31, 600), 0), at(2026, 1, 31, 600));
	assert_true(instant_add_months(at(2026, 1, 31, 600), INT32_MAX) > at(9998, 1, 1, 0));
	assert_true(instant_add_months(at(2026, 1, 31, 600), INT32_MIN) < at(2, 2, 1, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_hour_as_zoneinfo),
		cmocka_unit_test(test_change_to_the_millisecond),
		cmocka_unit_test(test_wall_clock_there_and_back),
		cmocka_unit_test(test_hours_missing_and_doubled),
		cmocka_unit_test(test_every_day_of_ten_thousand_years),
		cmocka_unit_test(test_absurd_instants),
		cmocka_unit_test(test_months),
	};

	setenv("TZ", "Europe/Paris", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
