// SPDX-License-Identifier: GPL-3.0-or-later
/* Public holidays, against an independent list and against dates that everybody can check. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/core/calendar.h"

static int32_t date(int year, int month, int day)
{
	return day_from_date(year, month, day);
}

/* Whether a name of ours and one of the list mean the same holiday; the list words some otherwise. */
static bool same_holiday(const char *ours, const char *theirs)
{
	static const char *const pairs[][2] = {
		{ "Fête du Travail", "Fête du travail" }, { "Victoire de 1945", "Victoire des alliés" },
		{ "Fête nationale", "Fête Nationale" }, { "Armistice de 1918", "Armistice" },
		{ "Vendredi saint", "Vendredi Saint" }, { "Saint-Étienne", "Saint Étienne" },
	};

	if (strcmp(ours, theirs) == 0)
		return true;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		if (strcmp(ours, pairs[i][0]) == 0 && strcmp(theirs, pairs[i][1]) == 0)
			return true;
	return false;
}

static void compare_with_list(const char *file, bool alsace_moselle, int per_year)
{
	const char *shared = getenv("GUICHET_SHARED");
	char path[1024], line[256];
	int32_t day, first = INT32_MAX, last = INT32_MIN;
	int listed = 0, ours = 0, year, month, of_month;
	FILE *f;

	snprintf(path, sizeof path, "%s/data/jours-feries/%s", shared ? shared : "../shared", file);
	f = fopen(path, "r");
	if (!f) {
		print_message("skipped: %s is not there\n", path);
		skip();
	}
	while (fgets(line, sizeof line, f)) {
		char *name = strrchr(line, ',');
		const char *computed;

		if (sscanf(line, "%4d-%2d-%2d,True", &year, &month, &of_month) != 3)
			continue;
		name[strcspn(name, "\r\n")] = '\0';
		day = date(year, month, of_month);
		computed = holiday_name(day, alsace_moselle);
		if (!computed || !same_holiday(computed, name + 1))
			fail_msg("%s: computed %s", line, computed ? computed : "nothing");
		listed++;
		first = date(year, 1, 1) < first ? date(year, 1, 1) : first;
		last = date(year, 12, 31) > last ? date(year, 12, 31) : last;
	}
	fclose(f);
	for (day = first; day <= last; day++)
		ours += holiday_name(day, alsace_moselle) != NULL;
	assert_int_equal(ours, listed);
	assert_true(listed >= 16 * per_year);
}

/* Protects: no holiday missed (Easter Monday, Ascension, Whit Monday), none invented (St Martin), to the day. */
static void test_list(void **state)
{
	(void)state;
	compare_with_list("jours_feries_seuls.csv", false, 11);
}

/* Protects: the two more of Alsace-Moselle, there and only there. */
static void test_list_alsace_moselle(void **state)
{
	(void)state;
	compare_with_list("jours_feries_seuls_alsace_moselle.csv", true, 13);
}

/* Protects: Easter and what moves with it in 2026 and 2027, and the two years in which Ascension meets a fixed holiday. */
static void test_known_dates(void **state)
{
	(void)state;
	assert_int_equal(easter_sunday(2026), date(2026, 4, 5));
	assert_int_equal(easter_sunday(2027), date(2027, 3, 28));
	assert_string_equal(holiday_name(date(2026, 4, 6), false), "Lundi de Pâques");
	assert_string_equal(holiday_name(date(2026, 5, 14), false), "Ascension");
	assert_string_equal(holiday_name(date(2026, 5, 25), false), "Lundi de Pentecôte");
	assert_string_equal(holiday_name(date(2027, 3, 29), false), "Lundi de Pâques");
	assert_string_equal(holiday_name(date(2027, 5, 6), false), "Ascension");
	assert_string_equal(holiday_name(date(2027, 5, 17), false), "Lundi de Pentecôte");
	assert_int_equal(easter_sunday(2008) + 39, date(2008, 5, 1));
	assert_string_equal(holiday_name(date(2008, 5, 1), false), "Fête du Travail");
	assert_int_equal(easter_sunday(2059) + 39, date(2059, 5, 8));
	assert_string_equal(holiday_name(date(2059, 5, 8), false), "Victoire de 1945");
	assert_null(holiday_name(date(2026, 4, 3), false));
	assert_string_equal(holiday_name(date(2026, 4, 3), true), "Vendredi saint");
	assert_null(holiday_name(date(2026, 12, 26), false));
	assert_string_equal(holiday_name(date(2026, 12, 26), true), "Saint-Étienne");
	assert_null(holiday_name(date(2026, 4, 5), true)); /* Easter Sunday is no holiday of its own */
}

/* The Church's own way, by golden number, epact and table of the paschal full moon, as it stands from 1900 to 2199. */
static int32_t slow_easter(int year)
{
	int golden = year % 19 + 1, epact = (11 * golden + 18) % 30;
	int moon = 44 - epact;                     /* day of March of the paschal full moon */
	int32_t day;

	if (moon < 21)
		moon += 30;
	if (epact == 24 || (epact == 25 && golden > 11))
		moon--;
	day = date(year, 3, 1) + moon - 1;
	do
		day++;
	while (day_weekday(day) != 6);
	return day;
}

/* Protects: Easter beyond the list's years, with the exceptions of the tables (1954, 1981, 2049, 2076 are such
 * years). */
static void test_easter_by_epacts(void **state)
{
	(void)state;
	assert_int_equal(easter_sunday(1954), date(1954, 4, 18));
	assert_int_equal(easter_sunday(1981), date(1981, 4, 19));
	assert_int_equal(easter_sunday(2049), date(2049, 4, 18));
	assert_int_equal(easter_sunday(2076), date(2076, 4, 19));
	assert_int_equal(easter_sunday(2285), date(2285, 3, 22)); /* the earliest there is */
	assert_int_equal(easter_sunday(2038), date(2038, 4, 25)); /* and the latest */
	for (int year = 1900; year < 2200; year++)
		if (easter_sunday(year) != slow_easter(year))
			fail_msg("Easter %d: %d, by the tables %d", year, easter_sunday(year), slow_easter(year));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_list_alsace_moselle),
		cmocka_unit_test(test_known_dates),
		cmocka_unit_test(test_easter_by_epacts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
