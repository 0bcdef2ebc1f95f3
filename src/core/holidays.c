// SPDX-License-Identifier: GPL-3.0-or-later
/* French public holidays, computed: code du travail L3133-1, and L3134-13 for Alsace-Moselle. A list would be wrong one
 * day (feeds that add St Martin, lists that forget Easter Monday). Knows nothing of opening hours.
 */
#include "guichet/base/i18n.h"
#include "guichet/core/calendar.h"

enum { GOOD_FRIDAY = -2, EASTER_MONDAY = 1, ASCENSION = 39, WHIT_MONDAY = 50 }; /* days after Easter Sunday */

static const struct { int month, day; bool alsace_moselle; const char *name; } fixed[] = {
	{ 1, 1, false, N_("Jour de l'an") },
	{ 5, 1, false, N_("Fête du Travail") },
	{ 5, 8, false, N_("Victoire de 1945") },
	{ 7, 14, false, N_("Fête nationale") },
	{ 8, 15, false, N_("Assomption") },
	{ 11, 1, false, N_("Toussaint") },
	{ 11, 11, false, N_("Armistice de 1918") },
	{ 12, 25, false, N_("Noël") },
	{ 12, 26, true, N_("Saint-Étienne") },
};

/* The Sunday after the ecclesiastical full moon that falls on or next after 21 March. */
int32_t easter_sunday(int year)
{
	int golden = year % 19, century = year / 100;
	int leap_dropped = century - century / 4;           /* sun: leap days that the Julian calendar would have had */
	int moon_drift = (8 * century + 13) / 25;           /* moon: 8 days in 25 centuries */
	int epact = (19 * golden + leap_dropped - moon_drift + 15) % 30;
	int32_t moon;

	/* The epacts that would repeat within one 19-year cycle, or pass 18 April, are set one day earlier. */
	if (epact == 29 || (epact == 28 && golden > 10))
		epact--;
	moon = day_from_date(year, 3, 21) + epact;
	return moon + 7 - (day_weekday(moon) + 1) % 7;
}

static const char *movable_name(int32_t after_easter, bool alsace_moselle)
{
	switch (after_easter) {
	case GOOD_FRIDAY: return alsace_moselle ? N_("Vendredi saint") : NULL;
	case EASTER_MONDAY: return N_("Lundi de Pâques");
	case ASCENSION: return N_("Ascension");
	case WHIT_MONDAY: return N_("Lundi de Pentecôte");
	default: return NULL;
	}
}

const char *holiday_name(int32_t day, bool alsace_moselle)
{
	int year, month, of_month;

	day_to_date(day, &year, &month, &of_month);
	for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
		if (fixed[i].month == month && fixed[i].day == of_month && (alsace_moselle || !fixed[i].alsace_moselle))
			return fixed[i].name;
	/* 20 March to 14 June: spares the computus on most days */
	if (month < 3 || month > 6)
		return NULL;
	return movable_name(day - easter_sunday(year), alsace_moselle);
}
