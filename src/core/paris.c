// SPDX-License-Identifier: GPL-3.0-or-later
/* Civil time in Europe/Paris: days, dates, and the summer time of directive 2000/84/CE, without libc's zones, which are
 * files and therefore I/O. Knows nothing of opening hours nor of texts.
 *
 * The rule of the directive (in force in this form since 1996) is applied to all years; nothing that guichet keeps is
 * older.
 */
#include "calendar_inside.h"

enum { STANDARD = 60, SUMMER = 120, DAYS_TO_1970 = 719468 /* from 0000-03-01 */ };

#define MS_PER_HOUR (60 * MS_PER_MINUTE)

int64_t instant_clamp(int64_t ms)
{
	const int64_t first = DAY_FIRST * MS_PER_DAY, last = (DAY_LAST + 1) * MS_PER_DAY - 1;

	return ms < first ? first : ms > last ? last : ms;
}

static int32_t day_clamp(int32_t day)
{
	return day < DAY_FIRST ? DAY_FIRST : day > DAY_LAST ? DAY_LAST : day;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	int64_t q = a / b;

	return a % b < 0 ? q - 1 : q;
}

/* Years are counted from March, so that the leap day is the last of its year. */
static int32_t days_before_year(int32_t y)
{
	return 365 * y + y / 4 - y / 100 + y / 400;
}

int32_t day_from_date(int year, int month, int day)
{
	int32_t y = month <= 2 ? year - 1 : year;
	int32_t m = month <= 2 ? month + 9 : month - 3;

	return days_before_year(y) + (153 * m + 2) / 5 + day - 1 - DAYS_TO_1970;
}

void day_to_date(int32_t day, int *year, int *month, int *day_of_month)
{
	int32_t since = day_clamp(day) + DAYS_TO_1970;
	int32_t y = (int32_t)(((int64_t)since * 400 + 600) / 146097);
	int32_t rest = since - days_before_year(y), m;

	/* 146,097 days are 400 years; a year begins up to one day and a half before its average day, hence 600, and
	 * so the guess is right or, at the end of February, one too many */
	if (rest < 0)
		rest = since - days_before_year(--y);
	m = (5 * rest + 2) / 153;
	*day_of_month = rest - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = m < 10 ? y : y + 1;
}

int day_weekday(int32_t day)
{
	int w = (int)(((int64_t)day + 3) % 7); /* 1970-01-01 was a Thursday */

	return w < 0 ? w + 7 : w;
}

int month_length(int year, int month)
{
	if (month == 2)
		return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* March and October both have 31 days. */
static int32_t last_sunday(int year, int month)
{
	int32_t last = day_from_date(year, month, 31);

	return last - (day_weekday(last) + 1) % 7;
}

/* The offset at `ms`, a clamped instant; civil time and UTC never differ by a month on the days that matter. */
int paris_offset_minutes(int64_t utc_ms)
{
	int64_t ms = instant_clamp(utc_ms), change;
	int year, month, day;

	day_to_date((int32_t)floor_div(ms, MS_PER_DAY), &year, &month, &day);
	if (month > 3 && month < 10)
		return SUMMER;
	if (month < 3 || month > 10)
		return STANDARD;
	change = last_sunday(year, month) * MS_PER_DAY + MS_PER_HOUR;
	return (ms >= change) == (month == 3) ? SUMMER : STANDARD;
}

static int64_t paris_wall(int64_t utc_ms)
{
	return instant_clamp(utc_ms) + paris_offset_minutes(utc_ms) * MS_PER_MINUTE;
}

int32_t paris_day(int64_t utc_ms)
{
	return (int32_t)floor_div(paris_wall(utc_ms), MS_PER_DAY);
}

int paris_minute(int64_t utc_ms)
{
	int64_t wall = paris_wall(utc_ms);

	return (int)((wall - floor_div(wall, MS_PER_DAY) * MS_PER_DAY) / MS_PER_MINUTE);
}

struct civil paris_civil(int64_t utc_ms)
{
	int64_t wall = paris_wall(utc_ms), day = floor_div(wall, MS_PER_DAY);
	int second = (int)((wall - day * MS_PER_DAY) / 1000);
	struct civil c = { .hour = second / 3600, .minute = second / 60 % 60, .second = second % 60 };

	day_to_date((int32_t)day, &c.year, &c.month, &c.day);
	return c;
}

bool paris_changes(int32_t day)
{
	int year, month, of_month;

	if (day_weekday(day) != 6)
		return false;
	day_to_date(day, &year, &month, &of_month);
	return (month == 3 || month == 10) && of_month > 24;
}

/* `wall` is the Paris wall clock read as if it were UTC. */
static int64_t from_wall(int64_t wall)
{
	int64_t summer = wall - SUMMER * MS_PER_MINUTE;

	/* Summer first: where both fit (October) it is the earlier one; where neither does (March) standard time
	 * gives the clock already moved. */
	return paris_offset_minutes(summer) == SUMMER ? summer : wall - STANDARD * MS_PER_MINUTE;
}

int64_t paris_instant(int32_t day, int minute)
{
	return from_wall(day_clamp(day) * MS_PER_DAY + minute * MS_PER_MINUTE);
}

int64_t paris_instant_civil(const struct civil *c)
{
	int64_t seconds = (int64_t)c->hour * 3600 + c->minute * 60 + c->second;

	return from_wall(day_clamp(day_from_date(c->year, c->month, c->day)) * MS_PER_DAY + seconds * 1000);
}

int64_t paris_edge(int32_t day, int minute)
{
	int64_t ms = paris_instant(day, minute);

	/* in the hour that does not exist: the moment of the change */
	if (minute > 120 && minute < 180 && paris_changes(day) && paris_minute(ms) != minute)
		return paris_instant(day, 180);
	return ms;
}

int64_t instant_add_months(int64_t ms, int months)
{
	struct civil c = paris_civil(ms);
	int64_t sub_second = instant_clamp(ms) - floor_div(instant_clamp(ms), 1000) * 1000;
	int64_t n = (int64_t)c.year * 12 + c.month - 1 + months;
	int length;

	if (n < 12)
		n = 12;
	if (n > 9999 * 12 + 11)
		n = 9999 * 12 + 11;
	c.year = (int)(n / 12);
	c.month = (int)(n % 12) + 1;
	length = month_length(c.year, c.month);
	if (c.day > length)
		c.day = length;
	return paris_instant_civil(&c) + sub_second;
}
