// SPDX-License-Identifier: GPL-3.0-or-later
/* Dates as sources write them: day or month first, told by the file itself or by its map; 12-hour times; or no
 * date at all but a month, a weekday and an hour. A wall time without offset is taken for one in Paris. */
#include "map_inside.h"

#include <stdio.h>
#include <string.h>

enum { DAYS_OF_WEEK = 7, MONTHS = 12, HOURS = 24, NOON = 12 };

struct slashed {
	int first, second, year;
	const char *rest;
};

/* A number of at most `most` digits; moves *at behind it. */
static bool take_number(const char **at, int most, int *out)
{
	int n = 0;
	for (*out = 0; n < most && **at >= '0' && **at <= '9'; n++)
		*out = *out * 10 + (*(*at)++ - '0');
	return n > 0;
}

static bool take_char(const char **at, char wanted)
{
	return **at == wanted && (*at)++;
}

/* "12/25/2013 ..." */
static bool read_slashed(const char *s, struct slashed *out)
{
	const char *at = s;
	if (!take_number(&at, 2, &out->first) || !take_char(&at, '/') || !take_number(&at, 2, &out->second) ||
		!take_char(&at, '/') || !take_number(&at, 4, &out->year))
		return false;
	out->rest = at;
	return true;
}

void date_look(struct date_evidence *e, const char *value)
{
	struct slashed d;
	if (!read_slashed(value, &d))
		return;
	e->first_over_12 |= d.first > MONTHS;
	e->second_over_12 |= d.second > MONTHS;
}

enum date_form date_decide(const struct date_evidence *e)
{
	return e->second_over_12 && !e->first_over_12 ? DATE_MDY : DATE_DMY;
}

/* " 11:58:40 PM": the same time on a clock of 24 hours. False when it is no such time. */
static bool read_half_day(const char *s, int *hour, int *minute, int *second)
{
	*second = 0;
	s += strspn(s, " ");
	if (!take_number(&s, 2, hour) || !take_char(&s, ':') || !take_number(&s, 2, minute))
		return false;
	if (take_char(&s, ':') && !take_number(&s, 2, second))
		return false;
	s += strspn(s, " ");
	bool evening = !strcasecmp(s, "PM");
	if ((!evening && strcasecmp(s, "AM") != 0) || *hour < 1 || *hour > NOON)
		return false;
	*hour = *hour % NOON + (evening ? NOON : 0);
	return true;
}

enum guichet_rc date_read(
	enum date_form form, const char *what, const char *value, int64_t *ms, struct guichet_err *err)
{
	struct slashed d;
	char iso[128];
	int hour, minute, second;
	if (!read_slashed(value, &d))
		return instant_parse(what, value, ms, err);
	int day = form == DATE_MDY ? d.second : d.first, month = form == DATE_MDY ? d.first : d.second;
	if (read_half_day(d.rest, &hour, &minute, &second))
		snprintf(iso, sizeof iso, "%04d-%02d-%02dT%02d:%02d:%02d", d.year, month, day, hour, minute, second);
	else
		snprintf(iso, sizeof iso, "%04d-%02d-%02d%.60s", d.year, month, day, d.rest);
	struct guichet_err why;
	if (instant_parse(what, iso, ms, &why) == GUICHET_OK)
		return GUICHET_OK;
	return guichet_err_set(err, GUICHET_DATA, _("%s : « %.60s » n'est pas une date (lue dans l'ordre %s)"), what, value,
		form == DATE_MDY ? _("mois/jour/année") : _("jour/mois/année"));
}

static int weekday_of(const char *name)
{
	static const char *const names[][DAYS_OF_WEEK] = {
		{"lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"},
		{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"},
	};
	for (size_t language = 0; language < 2; language++)
		for (int i = 0; i < DAYS_OF_WEEK; i++)
			if (!strcasecmp(name, names[language][i]))
				return i;
	return -1;
}

enum guichet_rc date_from_month(
	const char *month, const char *weekday, const char *hour, int64_t row, int64_t *ms, struct guichet_err *err)
{
	const char *at = month;
	int y, m, h = 0, wanted = *weekday ? weekday_of(weekday) : -1;
	if (!take_number(&at, 4, &y) || !take_char(&at, '-') || !take_number(&at, 2, &m) || *at || y < 1970 || y > 9000 ||
		m < 1 || m > MONTHS)
		return guichet_err_set(err, GUICHET_DATA, _("mois « %.40s » : attendu 2022-01"), month);
	if (*weekday && wanted < 0)
		return guichet_err_set(err, GUICHET_DATA, _("jour de la semaine « %.40s » : attendu lundi, mardi..."), weekday);
	at = hour;
	if (*hour && (!take_number(&at, 2, &h) || *at || h >= HOURS))
		return guichet_err_set(err, GUICHET_DATA, _("heure « %.40s » : attendu 0 à 23"), hour);
	int32_t first = day_from_date(y, m, 1),
			next = m == MONTHS ? day_from_date(y + 1, 1, 1) : day_from_date(y, m + 1, 1);
	int step = 1;
	if (wanted >= 0) {
		first += (wanted - day_weekday(first) + DAYS_OF_WEEK) % DAYS_OF_WEEK;
		step = DAYS_OF_WEEK;
	}
	int64_t occurrences = (next - first + step - 1) / step;
	*ms = paris_instant(first + (int32_t)(row % occurrences) * step, h * 60);
	return GUICHET_OK;
}
