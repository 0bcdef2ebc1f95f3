// SPDX-License-Identifier: GPL-3.0-or-later
/* The Appel screen: titles and addresses taken apart, so that nobody has to type into three fields what is said or pasted in one go. Must not know the form. */
#include <string.h>
#include <strings.h>

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

/* --- a message pasted whole --- */

enum header { HEADER_NONE, HEADER_SENDER, HEADER_SUBJECT, HEADER_OTHER };

/* As mail programs write them above what they show, in French and English. */
static const struct { const char *name; enum header what; } headers[] = {
	{ "de", HEADER_SENDER }, { "from", HEADER_SENDER }, { "expéditeur", HEADER_SENDER }, { "objet", HEADER_SUBJECT }, { "sujet", HEADER_SUBJECT },
	{ "subject", HEADER_SUBJECT }, { "date", HEADER_OTHER }, { "envoyé", HEADER_OTHER }, { "envoyé le", HEADER_OTHER }, { "sent", HEADER_OTHER }, { "à", HEADER_OTHER },
	{ "À", HEADER_OTHER }, { "a", HEADER_OTHER }, { "to", HEADER_OTHER }, { "pour", HEADER_OTHER }, { "cc", HEADER_OTHER }, { "copie à", HEADER_OTHER },
	{ "répondre à", HEADER_OTHER }, { "reply-to", HEADER_OTHER }, { "pièces jointes", HEADER_OTHER }, { "importance", HEADER_OTHER },
};

/* Spaces, those of typography too. */
static const char *skip_blanks(const char *s, const char *end)
{
	while (s < end)
		if (*s == ' ' || *s == '\t' || *s == '\r')
			s++;
		else if (end - s >= 2 && !memcmp(s, "\u00A0", 2))
			s += 2;
		else if (end - s >= 3 && !memcmp(s, "\u202F", 3))
			s += 3;
		else
			break;
	return s;
}

/* Where the value of a header begins; what it is. */
static const char *header_value(const char *line, const char *end, enum header *what)
{
	*what = HEADER_NONE;
	line = skip_blanks(line, end);
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		size_t n = strlen(headers[i].name);
		if ((size_t)(end - line) <= n || strncasecmp(line, headers[i].name, n))
			continue;
		const char *colon = skip_blanks(line + n, end);
		if (colon == end || *colon != ':')
			continue;
		*what = headers[i].what;
		return skip_blanks(colon + 1, end);
	}
	return NULL;
}

bool call_split_message(const char *pasted, size_t bytes, struct text *sender, struct text *subject, struct text *body)
{
	const char *end = pasted + bytes, *next = pasted;
	bool begun = false;
	for (const char *line = pasted; line < end; line = next) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		/* Terminals paste a line's end as Enter sends it. */
		const char *enter = memchr(line, '\r', (size_t)((stop ? stop : end) - line));
		stop = enter ? enter : stop ? stop : end;
		next = stop + (stop < end) + (stop + 1 < end && stop[0] == '\r' && stop[1] == '\n');
		enum header what;
		const char *value = header_value(line, stop, &what);
		bool blank = skip_blanks(line, stop) == stop, rule = stop - line > 2 && !memcmp(line, "--", 2);
		if (what == HEADER_SENDER && !sender->len)
			text_addn(sender, value, (size_t)(stop - value));
		else if (what == HEADER_SUBJECT && !subject->len)
			text_addn(subject, value, (size_t)(stop - value));
		else if (what == HEADER_NONE && begun)
			next = blank ? next : line;
		begun = begun || what != HEADER_NONE;
		if (what == HEADER_NONE && (begun || (!blank && !rule)))
			break;
	}
	while (next < end && (*next == '\n' || *next == '\r'))
		next++;
	text_addn(body, next, (size_t)(end - next));
	return sender->len && subject->len && body->len;
}
