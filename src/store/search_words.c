// SPDX-License-Identifier: GPL-3.0-or-later
/* From what was typed into the one search box to groups of terms: numbers run together (phones, references, their
 * ends), words with their plural, their abbreviation written out, their near words. Whatever is typed gives a query.
 * Knows neither the index nor ranking. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/core/phone.h"
#include "guichet/core/reference.h"
#include "guichet/core/similar.h"
#include "search_inside.h"

enum { QUERY_BYTES = 600, FORGIVEN_MIN = 4, PLURAL_MIN = 3, ENDING_MIN = 4, NUMBER_MAX = 32, REFERENCE_DIGITS = 10 };

/* Left out by one person and put in by another: wanted only when nothing else was typed. */
static const char *const little_words[] = {"a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les",
	"sur", "un", "une",
	/* said before a number */
	"numero", "ref", "reference", "tel", "telephone"};

static bool is_little(const char *word)
{
	for (size_t i = 0; i < sizeof little_words / sizeof *little_words; i++)
		if (!strcmp(little_words[i], word))
			return true;
	return false;
}

static size_t count_characters(const char *word)
{
	size_t n = 0;
	for (; *word; word++)
		n += ((unsigned char)*word & 0xC0) != 0x80;
	return n;
}

static void add_term(struct search_group *g, const char *word, bool prefix, enum search_fit fit)
{
	size_t len = strlen(word);
	if (g->count == SEARCH_TERMS_MAX || len == 0 || len >= SEARCH_WORD_BYTES)
		return;
	struct search_term *t = &g->terms[g->count++];
	memcpy(t->word, word, len + 1);
	t->len = len;
	t->prefix = prefix;
	t->fit = fit;
}

static struct search_group *add_group(struct search_query *q)
{
	if (q->count == SEARCH_GROUPS_MAX)
		return NULL;
	struct search_group *g = &q->groups[q->count++];
	memset(g, 0, sizeof *g);
	g->required = true;
	return g;
}

/* --- words --- */

static bool is_letters(const char *word)
{
	for (; *word; word++)
		if (isdigit((unsigned char)*word))
			return false;
	return true;
}

/* The other number of a noun: trous, trou; eau, eaux. */
static void add_plural(struct search_group *g, const char *word)
{
	size_t n = strlen(word);
	char other[SEARCH_WORD_BYTES];
	if (n < PLURAL_MIN || n + 2 > sizeof other || !is_letters(word))
		return;
	memcpy(other, word, n + 1);
	if (word[n - 1] == 's' || word[n - 1] == 'x') {
		other[n - 1] = '\0';
		add_term(g, other, false, FIT_WHOLE);
		return;
	}
	bool takes_x = word[n - 1] == 'u' && strchr("aeo", word[n - 2]);
	other[n + 1] = '\0';
	other[n] = 's';
	add_term(g, other, false, FIT_WHOLE);
	other[n] = 'x';
	if (takes_x)
		add_term(g, other, false, FIT_WHOLE);
}

static void add_word(struct search_query *q, const char *word, bool last)
{
	if (strlen(word) >= SEARCH_WORD_BYTES)
		return;
	struct search_group *g = add_group(q);
	if (!g)
		return;
	size_t characters = count_characters(word);
	const char *full = address_expand_word(word);
	q->characters += characters;
	add_term(g, word, last && characters > 1, FIT_WHOLE);
	if (full)
		add_term(g, full, false, FIT_WHOLE);
	add_plural(g, word);
	/* One letter is the beginning of too many words to look for, and one digit alone is a house number. */
	g->required = characters > 1 ? last || !is_little(word) : full || isdigit((unsigned char)*word);
	g->is_name_like = strlen(word) >= FORGIVEN_MIN && is_letters(word);
}

static void add_words(struct search_query *q, const char *text, size_t bytes, bool last)
{
	struct text folded = TEXT_INIT;
	char *piece = guichet_strndup(text, bytes);
	utf8_fold_words(&folded, piece);
	free(piece);
	char *word = folded.data;
	while (word && *word) {
		char *end = word + strcspn(word, " ");
		bool ends = *end == '\0';
		*end = '\0';
		add_word(q, word, last && ends);
		word = ends ? NULL : end + 1;
	}
	text_done(&folded);
}

void search_forgive(struct store *s, struct search_group *g)
{
	struct near_words near;
	if (!g->is_name_like || g->forgiven)
		return;
	g->forgiven = true;
	near_words_find(s, g->terms[0].word, &near);
	for (size_t i = 0; i < near.count; i++)
		add_term(g, near.words[i], false, FIT_NEAR);
}

/* --- numbers --- */

/* `digits` as a beginning of a token, and as the end of a reference or a phone number, which the index also holds
 * reversed. */
static void add_fragment(struct search_group *g, const char *digits)
{
	char reversed[SEARCH_WORD_BYTES];
	size_t n = strlen(digits);
	if (n + 2 > sizeof reversed)
		return;
	add_term(g, digits, true, FIT_WHOLE);
	for (size_t i = 0; i < n; i++)
		reversed[1 + i] = digits[n - 1 - i];
	reversed[n + 1] = '\0';
	for (int i = 0; i < 2; i++) {
		reversed[0] = "rt"[i];
		add_term(g, reversed, true, FIT_WHOLE);
	}
}

static void keep_pieces(struct search_group *g, const char *run, size_t bytes)
{
	for (size_t i = 0; i < bytes && g->piece_count < SEARCH_PIECES_MAX;) {
		size_t n = 0;
		while (i + n < bytes && isdigit((unsigned char)run[i + n]))
			n++;
		if (n > 0 && n < SEARCH_WORD_BYTES) {
			memcpy(g->pieces[g->piece_count], run + i, n);
			g->pieces[g->piece_count++][n] = '\0';
		}
		i += n ? n : 1;
	}
	if (g->piece_count < 2)
		g->piece_count = 0;
}

static void add_number(struct search_query *q, const char *run, size_t bytes, bool last)
{
	char digits[SEARCH_WORD_BYTES], fragment[PHONE_MAX], *written = guichet_strndup(run, bytes);
	struct phone phone;
	int64_t reference;
	size_t n = 0;
	for (size_t i = 0; i < bytes && n < sizeof digits - 1; i++)
		if (isdigit((unsigned char)run[i]))
			digits[n++] = run[i];
	digits[n] = '\0';
	struct search_group *g = n < ENDING_MIN || n > NUMBER_MAX ? NULL : add_group(q);
	if (!g) {
		/* A house number, two short ones, or no number that anybody has: words. */
		add_words(q, run, bytes, last);
		free(written);
		return;
	}
	q->characters += n;
	memcpy(q->digits, digits, n + 1);
	if (n == REFERENCE_DIGITS && q->reference_count < SEARCH_REFERENCES_MAX &&
		reference_parse(digits, &reference, NULL) == GUICHET_OK)
		q->references[q->reference_count++] = reference;
	keep_pieces(g, run, bytes);
	add_fragment(g, digits);
	if (phone_parse(written, &phone, NULL) == GUICHET_OK) {
		size_t count = strlen(phone.reversed);
		for (size_t i = 0; i < count; i++)
			fragment[i] = phone.reversed[count - 1 - i];
		fragment[count] = '\0';
		if (strcmp(fragment, digits))
			add_term(g, fragment, false, FIT_WHOLE);
	} else if (phone_fragment(written, fragment) && strcmp(fragment, digits)) {
		add_fragment(g, fragment);
	}
	free(written);
}

/* --- the whole box --- */

/* What may stand inside a number: what people type or paste between digits. */
static size_t separator(const char *s, size_t left)
{
	uint32_t c;
	size_t bytes = utf8_decode(s, left, &c);
	if (bytes == 0)
		return 0;
	if (c < 0x80)
		return c && strchr(" .-/()_\t", (int)c) ? 1 : 0;
	return c == 0xA0 || c == 0xB7 || (c >= 0x2000 && c <= 0x206F) || c == 0x2212 ? bytes : 0;
}

/* A letter or digit stands at `s`: near enough, since a wrong guess only makes a word of a number. */
static bool is_glue(const char *s, size_t left)
{
	uint32_t c;
	if (utf8_decode(s, left, &c) == 0)
		return false;
	return c < 0x80 ? isalnum((int)c) != 0 : c >= 0xC0 && !(c >= 0x2000 && c <= 0x2BFF);
}

/* Bytes of the number that begins at text[at] ("+33 (0)6 12", "31.40 03"), 0 when none does; letters glued to a digit
 * make it a word. */
static size_t number_at(const char *text, size_t at, size_t bytes)
{
	size_t end = at, i = at + (text[at] == '+'), good = at, digits = 0, before = at;
	while (before > 0 && ((unsigned char)text[--before] & 0xC0) == 0x80)
		;
	if (at > 0 && is_glue(text + before, at - before))
		return 0;
	while (i < bytes) {
		if (isdigit((unsigned char)text[i])) {
			digits++;
			end = ++i;
			continue;
		}
		size_t n = separator(text + i, bytes - i);
		if (n == 0)
			break;
		good = end;
		i += n;
	}
	if (digits == 0)
		return 0;
	if (i == end && end < bytes && is_glue(text + end, bytes - end))
		end = good;
	return end - at;
}

void search_parse(struct search_query *q, const char *text)
{
	size_t bytes = strlen(text), from = 0;
	memset(q, 0, sizeof *q);
	if (bytes > QUERY_BYTES) {
		bytes = QUERY_BYTES;
		while (bytes > 0 && ((unsigned char)text[bytes] & 0xC0) == 0x80)
			bytes--;
	}
	while (bytes > 0 && separator(text + bytes - 1, 1))
		bytes--;
	for (size_t at = 0; at < bytes;) {
		size_t n = isdigit((unsigned char)text[at]) || text[at] == '+' ? number_at(text, at, bytes) : 0;
		if (n == 0) {
			at++;
			continue;
		}
		add_words(q, text + from, at - from, false);
		add_number(q, text + at, n, at + n == bytes);
		at += n;
		from = at;
	}
	if (from < bytes)
		add_words(q, text + from, bytes - from, true);
	q->is_number = q->count == 1 && *q->digits;
	bool any = false;
	for (size_t i = 0; i < q->count; i++)
		any = any || q->groups[i].required;
	for (size_t i = 0; i < q->count && !any; i++)
		q->groups[i].required = q->groups[i].terms[0].prefix || q->groups[i].terms[0].len > 1;
}
