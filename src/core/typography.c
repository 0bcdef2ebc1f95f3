// SPDX-License-Identifier: GPL-3.0-or-later
/* French typography: no-break spaces where a line must not break, typographic apostrophes, dates in words. Knows nothing of requests. */
#include "guichet/core/typography.h"

#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/core/calendar.h"

#define NO_BREAK "\xC2\xA0"
static const char opening[] = "«", closing[] = "»", euro[] = "€", number[] = "°", apostrophe[] = "’";

static bool starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static bool ends(const char *from, const char *at, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(at - from) >= n && memcmp(at - n, with, n) == 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The character that begins at `s`: of those that are not ASCII, Latin-1's signs (C2) and general punctuation (E2) are no letters; é, ç, œ are. */
static bool is_letter(const char *s)
{
	unsigned char c = (unsigned char)*s;

	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= 0xC3 && c != 0xE2);
}

static bool letter_before(const char *from, const char *at)
{
	if (at == from)
		return false;
	do
		at--;
	while (at > from && ((unsigned char)*at & 0xC0) == 0x80);
	return is_letter(at);
}

/* Whether the blank at `at` is one where a line must not break. */
static bool binds(const char *from, const char *at)
{
	const char *next = at + 1;

	if (at == from || at[-1] == ' ' || at[-1] == '\n' || *next == ' ')
		return false;
	/* A smiley is no punctuation: what follows it is a blank, an end, or a closing mark. */
	if (*next && strchr(";:!?%", *next) && (!next[1] || strchr(" \n!?).,;", next[1]) || starts(next + 1, closing) || starts(next + 1, NO_BREAK)))
		return true;
	return starts(next, closing) || starts(next, euro) || ends(from, at, opening) || (ends(from, at, number) && at - from > 2 && (at[-3] == 'n' || at[-3] == 'N')) || (is_digit(at[-1]) && is_digit(*next));
}

void typography_french(struct text *out, const char *s)
{
	for (const char *at = s; *at; at++) {
		if (*at == ' ' && binds(s, at))
			text_add(out, NO_BREAK);
		else if (*at == '\'' && letter_before(s, at) && is_letter(at + 1))
			text_add(out, apostrophe);
		else
			text_addc(out, *at);
	}
}

void typography_day(struct text *out, int32_t day)
{
	static const char *const weekdays[] = {"lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"};
	static const char *const months[] = {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
		"décembre"};
	int year, month, number_of_day;

	day_to_date(day, &year, &month, &number_of_day);
	text_addf(out, "%s %d%s" NO_BREAK "%s %d", weekdays[day_weekday(day)], number_of_day, number_of_day == 1 ? "er" : "", months[month - 1], year);
}
