// SPDX-License-Identifier: GPL-3.0-or-later
/* What is new in a mail, apart from what its author answers and from the signature. Programs of mail mark history in their own ways: attributions ("Le ... a
 * écrit :"), the headers of the mail before, ">" at each line. Nothing is lost: where it is not clear that something is old, it is new. Knows text alone. */
#include "mime_inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"

enum { LINES_MAX = 20000, ATTRIBUTION_LINES = 4, ATTRIBUTION_BYTES = 400, SIGNATURE_LINES = 20, LINE_LOOKED = 400 };

struct line { const char *s; size_t n; bool blank, quoted, old; };

static bool starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

static bool ends(const char *s, const char *with)
{
	size_t n = strlen(s), m = strlen(with);
	return n >= m && !strcmp(s + n - m, with);
}

/* The line folded (lower case, no accents), one space between words; "" for one that is too long to be a mark. */
static char *folded_line(const struct line *l)
{
	struct text t = TEXT_INIT;
	if (l->n > LINE_LOOKED)
		return guichet_strdup("");
	char *copy = guichet_strndup(l->s, l->n);
	utf8_fold(&t, copy);
	free(copy);
	size_t to = 0;
	for (size_t i = 0; i < t.len; i++) {
		bool space = t.data[i] == ' ' || t.data[i] == '*' || (t.data[i] == '\xC2' && t.data[i + 1] == '\xA0');
		i += t.data[i] == '\xC2' && space;
		if (!space)
			t.data[to++] = t.data[i];
		else if (to && t.data[to - 1] != ' ')
			t.data[to++] = ' ';
	}
	while (to && t.data[to - 1] == ' ')
		to--;
	if (t.data)
		t.data[to] = '\0';
	char *out = text_take(&t);
	return out ? out : guichet_strdup("");
}

/* "Le lun. 3 mars 2026 à 10:12, Jeanne Martin <...> a écrit :", perhaps over a few lines. How many lines it takes; 0 none. */
static size_t attribution(const struct line *lines, size_t count)
{
	static const char *const openings[] = { "le ", "on ", "am ", "el ", "il ", "op ", "em ", "den ", "dne ", "w dniu ", "--- on ", "-- on " };
	static const char *const closings[] = { "a ecrit :", "a ecrit:", "a ecrit", "wrote:", "wrote :", "schrieb:", "escribio:", "ha scritto:", "schreef:",
		"escreveu:", "skrev:", "napisal:", "napisala:" };
	static const char *const middles[] = { " schrieb ", " wrote ", " schreef " };
	struct text joined = TEXT_INIT;
	size_t found = 0;
	for (size_t i = 0; i < count && i < ATTRIBUTION_LINES && !found && !lines[i].blank && !lines[i].quoted; i++) {
		char *folded = folded_line(&lines[i]);
		if (i)
			text_addc(&joined, ' ');
		text_add(&joined, folded);
		free(folded);
		const char *s = text_str(&joined);
		bool opens = false;
		for (size_t k = 0; k < sizeof openings / sizeof *openings; k++)
			opens = opens || starts(s, openings[k]);
		/* Dates in figures come first in some languages: 2013/6/24 NAME <a@b> wrote. */
		bool dated = isdigit((unsigned char)*s) && strchr(s, '<');
		bool named = strchr(s, '@') && strstr(s, " a ecrit");
		if ((!opens && !dated && !named) || joined.len > ATTRIBUTION_BYTES)
			break;
		for (size_t k = 0; k < sizeof closings / sizeof *closings; k++)
			found = ends(s, closings[k]) ? i + 1 : found;
		for (size_t k = 0; k < sizeof middles / sizeof *middles && !found; k++)
			found = strstr(s, middles[k]) && ends(s, ":") && strpbrk(s, "0123456789") ? i + 1 : 0;
	}
	text_done(&joined);
	return found;
}

/* The headers of the mail before, as Outlook and others copy them: two of them at least among the next lines. */
static bool copied_headers(const struct line *lines, size_t count)
{
	static const char *const firsts[] = { "de :", "de:", "from:", "from :", "von:", "expediteur :", "expediteur:" };
	static const char *const others[] = { "envoye :", "envoye:", "date :", "date:", "sent:", "a :", "a:", "to:", "objet :", "objet:", "subject:", "gesendet:", "an:",
		"betreff:", "cc :", "cc:", "envoye le :" };
	size_t seen = 0;
	char *first = folded_line(&lines[0]);
	bool is_first = false;
	for (size_t k = 0; k < sizeof firsts / sizeof *firsts; k++)
		is_first = is_first || starts(first, firsts[k]);
	free(first);
	for (size_t i = 1; is_first && i < count && i < 7; i++) {
		char *folded = folded_line(&lines[i]);
		for (size_t k = 0; k < sizeof others / sizeof *others; k++)
			seen += starts(folded, others[k]);
		free(folded);
	}
	return seen >= 2;
}

static bool is_separator(const char *folded, bool *forwarded)
{
	static const char *const answered[] = { "message d'origine", "message original", "message initial", "original message", "originalnachricht", "mensaje original",
		"messaggio originale", "reponse au message", "message precedent", "ursprungliche nachricht" };
	static const char *const passed_on[] = { "message transfere", "forwarded message", "message transmis", "begin forwarded message", "debut du message transfere",
		"debut du message reexpedie", "message reexpedie", "weitergeleitete nachricht" };
	*forwarded = false;
	const char *s = folded + strspn(folded, "-_= >");
	for (size_t k = 0; k < sizeof passed_on / sizeof *passed_on; k++)
		if (starts(s, passed_on[k]))
			*forwarded = true;
	if (*forwarded)
		return false;
	/* Without its dashes it is a sentence. */
	if (s - folded < 3)
		return false;
	for (size_t k = 0; k < sizeof answered / sizeof *answered; k++)
		if (starts(s, answered[k]))
			return true;
	return false;
}

static bool is_rule(const struct line *l)
{
	size_t n = 0;
	while (n < l->n && (l->s[n] == '_' || l->s[n] == '-'))
		n++;
	return n >= 8 && n == l->n;
}

static bool is_device_signature(const char *folded)
{
	static const char *const marks[] = { "envoye de mon ", "envoye depuis mon ", "envoye depuis ", "envoye a partir de ", "envoye a partir d'", "sent from my ",
		"sent from mail for windows", "get outlook for ", "obtenir outlook pour ", "telecharger outlook pour ", "telechargez outlook pour ", "provenance : courrier pour windows",
		"von meinem ", "gesendet von " };
	for (size_t k = 0; k < sizeof marks / sizeof *marks; k++)
		if (starts(folded, marks[k]))
			return strlen(folded) < 90;
	return false;
}

static size_t next_written(const struct line *lines, size_t count, size_t from)
{
	while (from < count && lines[from].blank)
		from++;
	return from;
}

static void mark(struct line *lines, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		lines[i].old = true;
}

/* Where the history begins that goes on to the end; `count` when none does. */
static size_t find_history(const struct line *lines, size_t count)
{
	bool forwarded = false;
	for (size_t i = 0; i < count; i++) {
		if (lines[i].blank || lines[i].quoted)
			continue;
		char *folded = folded_line(&lines[i]);
		bool separator = is_separator(folded, &forwarded);
		free(folded);
		/* What was passed on is what they write about. */
		if (forwarded)
			return count;
		size_t after = is_rule(&lines[i]) ? next_written(lines, count, i + 1) : i;
		if (separator || (after < count && copied_headers(lines + after, count - after)))
			return i;
		size_t took = attribution(lines + i, count - i);
		if (!took)
			continue;
		/* All that follows is theirs, unless answers stand between the quotations. */
		size_t next = next_written(lines, count, i + took);
		if (next >= count || !lines[next].quoted)
			return i;
		while (next < count && (lines[next].quoted || lines[next].blank))
			next++;
		if (next >= count)
			return i;
		i += took - 1;
	}
	/* A block of ">" at the end needs no words before it. */
	size_t end = count;
	while (end && lines[end - 1].blank)
		end--;
	size_t from = end;
	while (from && (lines[from - 1].quoted || lines[from - 1].blank))
		from--;
	return from < end && next_written(lines, count, from) < end ? from : count;
}

/* One quotation on top, then the answer to it. */
static void mark_top(struct line *lines, size_t count)
{
	size_t first = next_written(lines, count, 0);
	size_t took = first < count ? attribution(lines + first, count - first) : 0;
	size_t from = next_written(lines, count, first + took), to = from;
	while (to < count && (lines[to].quoted || lines[to].blank))
		to++;
	if (from >= count || !lines[from].quoted || next_written(lines, count, to) >= count)
		return;
	for (size_t i = to; i < count; i++)
		if (lines[i].quoted && !lines[i].old)
			return;
	mark(lines, first, to);
}

static void mark_signature(struct line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (lines[i].old || lines[i].blank || lines[i].quoted)
			continue;
		bool dashes = (lines[i].n == 3 && !memcmp(lines[i].s, "-- ", 3)) || (lines[i].n == 2 && !memcmp(lines[i].s, "--", 2));
		char *folded = dashes ? NULL : folded_line(&lines[i]);
		bool device = folded && is_device_signature(folded);
		free(folded);
		size_t end = i;
		while (end < count && !lines[end].old)
			end++;
		if (dashes && end - i <= SIGNATURE_LINES) {
			mark(lines, i, end);
			return;
		}
		if (device) {
			mark(lines, i, i + 1);
		}
	}
}

static char *gather(const struct line *lines, size_t count, bool old)
{
	struct text t = TEXT_INIT;
	for (size_t i = 0; i < count; i++)
		if (lines[i].old == old || (old && lines[i].blank && i && lines[i - 1].old)) {
			text_addn(&t, lines[i].s, lines[i].n);
			text_addc(&t, '\n');
		}
	mime_tidy(&t);
	while (t.len && t.data[t.len - 1] == '\n')
		t.data[--t.len] = '\0';
	char *out = text_take(&t);
	return out ? out : guichet_strdup("");
}

void mime_fold(const char *text, char **fresh, char **folded)
{
	struct line *lines = NULL;
	size_t count = 0, capacity = 0;
	for (const char *s = text; *s && count < LINES_MAX;) {
		/* The last line takes what is left, so that nothing is lost. */
		const char *end = count + 1 < LINES_MAX ? strchr(s, '\n') : NULL;
		size_t n = end ? (size_t)(end - s) : strlen(s);
		GUICHET_GROW(lines, count, capacity);
		lines[count++] = (struct line){ .s = s, .n = n, .blank = strspn(s, " \t") >= n, .quoted = n && *s == '>' };
		s += n + (end != NULL);
	}
	mark(lines, find_history(lines, count), count);
	mark_top(lines, count);
	mark_signature(lines, count);
	*fresh = gather(lines, count, false);
	*folded = gather(lines, count, true);
	if (!**fresh) {
		free(*fresh);
		*fresh = guichet_strdup(text);
		**folded = '\0';
	}
	free(lines);
}
