// SPDX-License-Identifier: GPL-3.0-or-later
/* The street as it was written, out of an address: for people to read and choose, where address_street is for comparing. Must not know any gazetteer. */
#include <string.h>

#include "guichet/core/similar.h"

enum { NUMBER_DIGITS_MAX = 4, POSTCODE_DIGITS = 5 };

static size_t digits_at(const char *s)
{
	return strspn(s, "0123456789");
}

/* "bis", "ter", "b": after a number. */
static size_t repetition_at(const char *s)
{
	static const char *const words[] = { "bis", "ter", "quater", "quinquies" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t n = strlen(words[i]);
		if (!strncasecmp(s, words[i], n) && (!s[n] || strchr(" ,", s[n])))
			return n;
	}
	return ((*s | 0x20) >= 'a' && (*s | 0x20) <= 'z') && (!s[1] || strchr(" ,", s[1])) ? 1 : 0;
}

size_t address_street_at(const char *address)
{
	size_t i = strspn(address, " ,"), n = digits_at(address + i);
	if (n == 0 || n > NUMBER_DIGITS_MAX)
		return i;
	i += n;
	/* "12-14", "12/14 bis" */
	while (address[i] && strchr("-/", address[i]) && digits_at(address + i + 1)) {
		i++;
		i += digits_at(address + i);
	}
	i += repetition_at(address + i);
	size_t next = i + strspn(address + i, " ,");
	size_t more = repetition_at(address + next);
	/* "12 B" and nothing behind it yet is a number as well. */
	if (more && next > i)
		next += more;
	return next + strspn(address + next, " ,");
}

void address_street_shown(struct text *out, const char *address)
{
	const char *s = address + address_street_at(address);
	size_t n = 0;
	while (s[n] && !strchr(",;(\n", s[n])) {
		/* A postcode ends it, as does a dash between blanks. */
		if ((n == 0 || s[n - 1] == ' ') && (digits_at(s + n) == POSTCODE_DIGITS || !strncmp(s + n, "- ", 2)))
			break;
		n++;
	}
	while (n && s[n - 1] == ' ')
		n--;
	text_addn(out, s, n);
}
