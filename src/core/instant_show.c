// SPDX-License-Identifier: GPL-3.0-or-later
/* Dates and times as people read them, and as machines do (RFC 3339). Knows nothing of calendars. */
#include <inttypes.h>

#include "guichet/base/i18n.h"

#include "calendar_inside.h"

/* Dates follow the language of messages, but their order of words is not a matter of translated strings. */
struct words {
	const char *weekdays[7], *weekdays_short[7], *months[12];
	const char *first;   /* of a month */
};

static const struct words french = {
	{ N_("lundi"), N_("mardi"), N_("mercredi"), N_("jeudi"), N_("vendredi"), N_("samedi"), N_("dimanche") },
	{ "lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim." },
	{ "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
		"décembre" },
	"1er",
};

static const struct words english = {
	{ "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" },
	{ "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" },
	{ "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
		"December" },
	"1",
};

static const struct words *words(void)
{
	return i18n_is_french() ? &french : &english;
}

const char *weekday_name(int weekday)
{
	return french.weekdays[weekday];
}

void instant_rfc3339(struct text *out, int64_t ms)
{
	struct civil c = paris_civil(ms);

	if (ms == NO_INSTANT)
		return;
	text_addf(out, "%04d-%02d-%02dT%02d:%02d:%02d+%02d:00", c.year, c.month, c.day, c.hour, c.minute, c.second,
		paris_offset_minutes(ms) / 60);
}

void day_show_part(struct text *out, int32_t day, bool month, bool year)
{
	const struct words *w = words();
	int y, m, d;

	day_to_date(day, &y, &m, &d);
	text_add(out, w->weekdays[day_weekday(day)]);
	text_addc(out, ' ');
	if (d == 1)
		text_add(out, w->first);
	else
		text_addf(out, "%d", d);
	if (month)
		text_addf(out, " %s", w->months[m - 1]);
	if (year)
		text_addf(out, " %d", y);
}

void day_show(struct text *out, int32_t day)
{
	day_show_part(out, day, true, true);
}

void clock_show(struct text *out, int64_t ms)
{
	int minute = paris_minute(ms);

	text_addf(out, "%02d:%02d", minute / 60, minute % 60);
}

void instant_show(struct text *out, int64_t ms)
{
	if (ms == NO_INSTANT) {
		text_add(out, "—");
		return;
	}
	day_show(out, paris_day(ms));
	text_addc(out, ' ');
	clock_show(out, ms);
}

void instant_show_short(struct text *out, int64_t ms)
{
	struct civil c = paris_civil(ms);

	if (ms == NO_INSTANT) {
		text_add(out, "—");
		return;
	}
	text_addf(out, "%s %02d/%02d %02d:%02d", words()->weekdays_short[day_weekday(paris_day(ms))], c.day, c.month, c.hour,
		c.minute);
}

int32_t due_day(int64_t due_ms)
{
	return paris_day(due_ms - 1);
}

void due_show(struct text *out, int64_t due_ms)
{
	if (due_ms == NO_INSTANT || paris_minute(due_ms) != 0) {
		instant_show(out, due_ms);
		return;
	}
	day_show(out, due_day(due_ms));
	text_add(out, " 24:00");
}
