// SPDX-License-Identifier: GPL-3.0-or-later
/* The Appel screen: titles and addresses taken apart, so that nobody has to type into three fields what is said or pasted in one go. Must not know the form. */
#include <string.h>

#include "call_inside.h"
#include "guichet/base/utf8.h"

/* As said or written, folded, and as it is kept. The State gave "Mlle" up in 2012 (circular no 5575/SG of 21 February 2012). */
static const struct { const char *said, *kept; } titles[] = {
	{ "mme", "Mme" }, { "m", "M." }, { "mme et m", "Mme et M." }, { "m et mme", "Mme et M." }, { "madame", "Mme" }, { "monsieur", "M." }, { "mr", "M." },
	{ "mlle", "Mme" }, { "mademoiselle", "Mme" }, { "dr", "Dr" }, { "docteur", "Dr" }, { "me", "Me" }, { "maitre", "Me" },
};

const char *call_title(size_t i)
{
	static const char *const kept[] = { "Mme", "M.", "Mme et M.", "Dr", "Me" };
	return i < sizeof kept / sizeof *kept ? kept[i] : NULL;
}

/* The title that these first bytes are; NULL none. */
static const char *title_of(const char *s, size_t n)
{
	struct text part = TEXT_INIT, folded = TEXT_INIT;
	const char *kept = NULL;
	text_addn(&part, s, n);
	utf8_fold_words(&folded, text_str(&part));
	for (size_t i = 0; i < sizeof titles / sizeof *titles && !kept; i++)
		if (!strcmp(titles[i].said, text_str(&folded)))
			kept = titles[i].kept;
	text_done(&part);
	text_done(&folded);
	return kept;
}

bool call_split_title(const char *typed, struct text *title, struct text *name)
{
	const char *rest = NULL, *kept = NULL, *p = typed + strspn(typed, " ");
	/* The longest that is one, of at most three words, with a name behind it. */
	for (int words = 0; words < 3 && *p; words++) {
		p += strcspn(p, " ");
		const char *next = p + strspn(p, " "), *found = title_of(typed, (size_t)(p - typed));
		if (found && *next) {
			kept = found;
			rest = next;
		}
		p = next;
	}
	if (!kept)
		return false;
	text_add(title, kept);
	text_add(name, rest);
	return true;
}

static void add_trimmed(struct text *out, const char *s, size_t n)
{
	while (n && strchr(" \"'", *s))
		s++, n--;
	while (n && strchr(" \"'", s[n - 1]))
		n--;
	text_addn(out, s, n);
}

bool call_split_sender(const char *typed, struct text *name, struct text *email)
{
	const char *open = strchr(typed, '<'), *close = open ? strchr(open, '>') : NULL;
	if (close && memchr(open, '@', (size_t)(close - open))) {
		add_trimmed(name, typed, (size_t)(open - typed));
		add_trimmed(email, open + 1, (size_t)(close - open - 1));
		return true;
	}
	if (strncmp(typed, "mailto:", 7))
		return false;
	add_trimmed(email, typed + 7, strcspn(typed + 7, "?"));
	return true;
}
