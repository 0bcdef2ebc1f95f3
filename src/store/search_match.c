// SPDX-License-Identifier: GPL-3.0-or-later
/* Groups of terms in the index's own language (FTS5 MATCH). Each term is one quoted token of letters and digits, so that
 * nothing typed is syntax.
 *
 * A beginning of up to four letters has an index of its own. For a longer one FTS5 would merge the lists of every
 * word that has it, which costs as much as the commonest of them is common: so the words are read from the vocabulary
 * and asked for one by one. When they are too many, the index is asked for the first four letters and each request's
 * words are looked at. */
#include <string.h>

#include "search_inside.h"

enum {
	INDEXED_CHARACTERS = 4 /* the longest of request_fts's prefixes */,
	EXPANSIONS_MAX = 32,
	SAME_MAX = 32,
	INSTANCES_MAX = 1000
};

static void quote(struct text *out, const char *word, size_t bytes, bool prefix)
{
	if (out->len)
		text_add(out, " OR ");
	text_addc(out, '"');
	text_addn(out, word, bytes);
	text_add(out, prefix ? "\" *" : "\"");
}

/* Bytes of the first `characters` of a word. */
static size_t head_of(const char *word, size_t characters)
{
	size_t n = 0;
	for (; word[n]; n++)
		if (((unsigned char)word[n] & 0xC0) != 0x80 && characters-- == 0)
			break;
	return n;
}

/* The vocabulary from a term on. */
struct walk {
	char term[SEARCH_WORD_BYTES * 2];
	size_t terms, same, instances;
	bool big, done;
};

/* Reads on from w->term until the words that begin with `prefix` are over, are too many, or one is so common that it
 * is jumped over. */
static void walk_on(struct store *s, const struct search_term *prefix, struct walk *w, struct text *out)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT term FROM request_vocab WHERE term >= ?1", NULL);
	char from[sizeof w->term];
	w->done = true;
	if (!st)
		return;
	memcpy(from, w->term, sizeof from);
	sql_bind(st, "t", from);
	while (sql_step(s, st, NULL) == GUICHET_OK) {
		const char *term = column_str(st, 0);
		size_t len = strlen(term);
		if (strncmp(term, prefix->word, prefix->len) || len + 2 > sizeof w->term)
			break;
		w->instances++;
		if (strcmp(w->term, term) || w->terms == 0) {
			memcpy(w->term, term, len + 1);
			w->same = 0;
			if (++w->terms <= EXPANSIONS_MAX)
				quote(out, term, len, false);
		}
		if (++w->same > SAME_MAX || w->instances > INSTANCES_MAX) {
			/* The smallest text after every instance of this term. */
			memcpy(w->term + len, "\x01", 2);
			w->big = true;
			w->done = w->terms > EXPANSIONS_MAX;
			break;
		}
	}
	sqlite3_reset(st);
}

static void add_prefix(struct store *s, struct search_group *g, const struct search_term *t, struct text *out)
{
	size_t head = head_of(t->word, INDEXED_CHARACTERS);
	struct text words = TEXT_INIT;
	struct walk w = {.terms = 0};
	if (head == t->len) {
		quote(out, t->word, t->len, true);
		return;
	}
	memcpy(w.term, t->word, t->len + 1);
	while (!w.done)
		walk_on(s, t, &w, &words);
	if (w.terms == 0) {
		quote(out, t->word, t->len, false);
	} else if (w.terms <= EXPANSIONS_MAX) {
		text_addf(out, "%s%s", out->len ? " OR " : "", text_str(&words));
	} else {
		/* Many rare ones (numbers) are quick to merge; else each request found by the shorter beginning is looked at. */
		g->verify = g->verify || w.big;
		quote(out, t->word, w.big ? head : t->len, true);
	}
	text_done(&words);
}

void search_express(struct store *s, struct search_group *g, bool whole, struct text *out)
{
	struct text terms = TEXT_INIT;
	for (size_t i = 0; i < g->count; i++) {
		const struct search_term *t = &g->terms[i];
		if (t->prefix && !whole)
			add_prefix(s, g, t, &terms);
		else
			quote(&terms, t->word, t->len, false);
	}
	for (size_t i = 0; i < g->piece_count; i++) {
		text_add(&terms, i ? " AND " : " OR (");
		text_addf(&terms, "\"%s\"", g->pieces[i]);
	}
	if (g->piece_count)
		text_addc(&terms, ')');
	text_addf(out, "%s(%s)", out->len ? " AND " : "", text_str(&terms));
	text_done(&terms);
}
