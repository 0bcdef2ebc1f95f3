// SPDX-License-Identifier: GPL-3.0-or-later
/* Reading dates and times as people and machines write them. Strict: a date that does not exist is an error that says
 * why, never another date. Knows nothing of today: there is no "tomorrow" and no two-digit year.
 */
#include <string.h>

#include "guichet/base/i18n.h"

#include "calendar_inside.h"

enum { YEAR_MIN = 1900, YEAR_MAX = 9998, QUOTED_MAX = 60 };

struct parser {
	const char *at;
	struct civil c;
	bool has_time, has_offset;
	int offset_minutes;
};

enum verdict { READ, NOT_A_DATE, NO_SUCH_YEAR, NO_SUCH_MONTH, NO_SUCH_DAY, NO_SUCH_TIME };

static bool is_digit(char ch)
{
	return ch >= '0' && ch <= '9';
}

static bool is_space(char ch)
{
	return ch == ' ' || ch == '\t';
}

/* Reads a number of `least` to `most` digits. */
static bool take_number(struct parser *p, int least, int most, int *out)
{
	int n = 0, value = 0;

	while (n < most && is_digit(p->at[n]))
		value = value * 10 + (p->at[n++] - '0');
	if (n < least || is_digit(p->at[n]))
		return false;
	p->at += n;
	*out = value;
	return true;
}

static bool take_char(struct parser *p, char wanted)
{
	if (*p->at != wanted)
		return false;
	p->at++;
	return true;
}

static void skip_spaces(struct parser *p)
{
	while (is_space(*p->at))
		p->at++;
}

static bool take_date(struct parser *p)
{
	if (strspn(p->at, "0123456789") == 4)
		return take_number(p, 4, 4, &p->c.year) && take_char(p, '-') && take_number(p, 2, 2, &p->c.month) &&
			take_char(p, '-') && take_number(p, 2, 2, &p->c.day);
	return take_number(p, 1, 2, &p->c.day) && take_char(p, '/') && take_number(p, 1, 2, &p->c.month) &&
		take_char(p, '/') && take_number(p, 4, 4, &p->c.year);
}

/* "10:00", "10:00:30", "10:00:30.123456", "10h30", "10h" */
static bool take_time(struct parser *p)
{
	if (!take_number(p, 1, 2, &p->c.hour))
		return false;
	if (take_char(p, 'h'))
		return !is_digit(*p->at) || take_number(p, 2, 2, &p->c.minute);
	if (!take_char(p, ':') || !take_number(p, 2, 2, &p->c.minute))
		return false;
	if (!take_char(p, ':'))
		return true;
	if (!take_number(p, 2, 2, &p->c.second))
		return false;
	if (!take_char(p, '.'))
		return true;
	if (!is_digit(*p->at))
		return false;
	p->at += strspn(p->at, "0123456789");
	return true;
}

/* "Z", "+02:00", "+0200", "+02" */
static bool take_offset(struct parser *p)
{
	int hours, minutes = 0, sign = *p->at == '-' ? -1 : 1;

	p->has_offset = true;
	if (take_char(p, 'Z') || take_char(p, 'z'))
		return true;
	if (!take_char(p, '+') && !take_char(p, '-'))
		return false;
	if (strspn(p->at, "0123456789") == 4) {
		int both = 0;

		take_number(p, 4, 4, &both);
		hours = both / 100;
		minutes = both % 100;
	} else if (!take_number(p, 2, 2, &hours) || (take_char(p, ':') && !take_number(p, 2, 2, &minutes))) {
		return false;
	}
	p->offset_minutes = sign * (hours * 60 + minutes);
	return hours < 24 && minutes < 60;
}

static enum verdict check(const struct parser *p)
{
	const struct civil *c = &p->c;

	if (c->year < YEAR_MIN || c->year > YEAR_MAX)
		return NO_SUCH_YEAR;
	if (c->month < 1 || c->month > 12)
		return NO_SUCH_MONTH;
	if (c->day < 1 || c->day > month_length(c->year, c->month))
		return NO_SUCH_DAY;
	/* 24:00 is the end of the day; a leap second (RFC 3339) is the second after */
	if (c->hour > 24 || c->minute > 59 || c->second > 60 || (c->second == 60 && c->minute != 59) ||
		(c->hour == 24 && (c->minute > 0 || c->second > 0)))
		return NO_SUCH_TIME;
	return READ;
}

static enum verdict read_all(struct parser *p)
{
	skip_spaces(p);
	if (!take_date(p))
		return NOT_A_DATE;
	if (*p->at == 'T' || *p->at == 't' || (is_space(*p->at) && is_digit(p->at[strspn(p->at, " \t")]))) {
		p->at++;
		skip_spaces(p);
		p->has_time = true;
		if (!take_time(p))
			return NOT_A_DATE;
		if (*p->at && !is_space(*p->at) && !take_offset(p))
			return NOT_A_DATE;
	}
	skip_spaces(p);
	return *p->at ? NOT_A_DATE : check(p);
}

int quoted_bytes(const char *s)
{
	size_t n = strnlen(s, QUOTED_MAX);

	while (n > 0 && ((unsigned char)s[n] & 0xC0) == 0x80)
		n--;
	return (int)n;
}

static enum guichet_rc refuse(struct guichet_err *err, enum verdict why, const char *what, const char *s,
	const struct civil *c, const char *expected)
{
	int n = quoted_bytes(s);

	switch (why) {
	case NO_SUCH_YEAR:
		return guichet_err_set(err, GUICHET_DATA, _("%s : « %.*s » : année %d hors limites (%d à %d)"),
			what, n, s, c->year, YEAR_MIN, YEAR_MAX);
	case NO_SUCH_MONTH:
		return guichet_err_set(err, GUICHET_DATA,
			_("%s : « %.*s » : il n'y a pas de mois %d (jour et mois inversés ?)"), what, n, s, c->month);
	case NO_SUCH_DAY:
		return guichet_err_set(err, GUICHET_DATA,
			_("%s : « %.*s » : il n'y a pas de %d dans le mois %02d/%d (%d jours)"),
			what, n, s, c->day, c->month, c->year, month_length(c->year, c->month));
	case NO_SUCH_TIME:
		return guichet_err_set(err, GUICHET_DATA, _("%s : « %.*s » : l'heure va de 00:00 à 24:00"), what, n, s);
	default:
		return guichet_err_set(err, GUICHET_DATA, _("%s : « %.*s » n'est pas une date ; attendu : %s"),
			what, n, s, expected);
	}
}

enum guichet_rc instant_parse(const char *what, const char *s, int64_t *out, struct guichet_err *err)
{
	struct parser p = { .at = s ? s : "" };
	enum verdict verdict = read_all(&p);

	if (verdict != READ)
		return refuse(err, verdict, what, s ? s : "", &p.c,
			_("2026-05-14, 2026-05-14T10:00, 2026-05-14T10:00:00+02:00 ou 14/05/2026 10:00"));
	if (p.has_offset)
		*out = day_from_date(p.c.year, p.c.month, p.c.day) * MS_PER_DAY + p.c.second * 1000 +
			(p.c.hour * 60 + p.c.minute - p.offset_minutes) * MS_PER_MINUTE;
	else
		*out = paris_instant_civil(&p.c);
	return GUICHET_OK;
}

enum guichet_rc day_parse(const char *what, const char *s, int32_t *out, struct guichet_err *err)
{
	struct parser p = { .at = s ? s : "" };
	enum verdict verdict = read_all(&p);

	if (verdict == READ && p.has_time)
		verdict = NOT_A_DATE;
	if (verdict != READ)
		return refuse(err, verdict, what, s ? s : "", &p.c, _("2026-05-14 ou 14/05/2026"));
	*out = day_from_date(p.c.year, p.c.month, p.c.day);
	return GUICHET_OK;
}
