// SPDX-License-Identifier: GPL-3.0-or-later
/* The one search box: a whole reference gives that request; else candidates from the full-text index
 * (search_candidates.c), never more than a few hundred, ranked: exact before forgiven, open before ended, whole words
 * before beginnings, name, subject and place before the description, newest first. The same query on the same store
 * gives the same rows in the same order. */
#include "search_inside.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/core/phone.h"
#include "guichet/core/reference.h"

enum { LIMIT_DEFAULT = 50, CHARACTERS_MIN = 2, QUOTED_COLUMNS = 60, ASKED_EVERY = 1000 /* instructions of SQLite's */ };

/* --- ranking --- */

static enum search_fit fit_of(const struct search_group *g, const char *token, size_t len)
{
	enum search_fit best = FIT_NONE;
	for (size_t i = 0; i < g->count; i++) {
		const struct search_term *t = &g->terms[i];
		if (t->len > len || t->word[0] != token[0] || (t->len < len && !t->prefix) || memcmp(t->word, token, t->len))
			continue;
		enum search_fit fit = t->len == len ? t->fit : FIT_PREFIX;
		if (fit > best)
			best = fit;
	}
	return best;
}

bool search_fits(const struct search_group *g, const char *words)
{
	for (const char *p = words; *p;) {
		size_t n = strcspn(p, " ");
		if (n > 0 && fit_of(g, p, n) > FIT_NONE)
			return true;
		p += n + (p[n] == ' ');
	}
	return false;
}

/* The typed pieces of a number: bit i for the i-th. */
static unsigned piece_of(const struct search_group *g, const char *token, size_t len)
{
	unsigned pieces = 0;
	for (size_t i = 0; i < g->piece_count; i++)
		if (!strncmp(g->pieces[i], token, len) && !g->pieces[i][len])
			pieces |= 1u << i;
	return pieces;
}

/* Weighs a request by its words; false when a wanted one is not there. */
static bool weigh(const struct search_query *q, const char *words, struct search_candidate *c)
{
	enum search_fit fit[SEARCH_GROUPS_MAX] = {FIT_NONE};
	bool head[SEARCH_GROUPS_MAX] = {false}, in_head = true;
	unsigned pieces[SEARCH_GROUPS_MAX] = {0};
	for (const char *p = words; *p;) {
		size_t n = strcspn(p, " ");
		/* A stroke stands before the description. */
		in_head = in_head && !(n == 1 && *p == '|');
		for (size_t i = 0; i < q->count && n > 0; i++) {
			enum search_fit now = fit_of(&q->groups[i], p, n);
			head[i] = head[i] || (now > FIT_NONE && in_head);
			fit[i] = now > fit[i] ? now : fit[i];
			pieces[i] |= piece_of(&q->groups[i], p, n);
		}
		p += n + (p[n] == ' ');
	}
	for (size_t i = 0; i < q->count; i++) {
		const struct search_group *g = &q->groups[i];
		if (fit[i] == FIT_NONE && g->piece_count && pieces[i] == (1u << g->piece_count) - 1)
			fit[i] = FIT_PREFIX;
		if (fit[i] == FIT_NONE && g->required)
			return false;
		c->forgiven = c->forgiven || fit[i] == FIT_NEAR;
		c->fit += (int)fit[i];
		c->head += head[i];
	}
	return true;
}

static int best_first(const void *a, const void *b)
{
	const struct search_candidate *x = a, *y = b;
	if (x->forgiven != y->forgiven)
		return x->forgiven ? 1 : -1;
	if (x->open != y->open)
		return x->open ? -1 : 1;
	if (x->fit != y->fit)
		return x->fit > y->fit ? -1 : 1;
	if (x->head != y->head)
		return x->head > y->head ? -1 : 1;
	return x->id < y->id ? 1 : x->id > y->id ? -1 : 0;
}

static int newest_first(const void *a, const void *b)
{
	const struct search_candidate *x = a, *y = b;
	if (x->id != y->id)
		return x->id < y->id ? 1 : -1;
	return y->wanted - x->wanted;
}

static enum guichet_rc rank(struct search *f)
{
	sqlite3_stmt *st = sql_prepare(f->s, "SELECT " SEARCH_OPEN("?1") ", words FROM request_text WHERE id = ?1", f->err);
	size_t kept = 0;
	int64_t before = INT64_MIN;
	if (!st)
		return GUICHET_INTERNAL;
	if (f->count > 1)
		qsort(f->found, f->count, sizeof *f->found, newest_first);
	for (size_t i = 0; i < f->count; i++) {
		struct search_candidate c = f->found[i];
		if ((i > 0 && c.id == before) || (kept >= f->enough && !c.wanted))
			continue;
		before = c.id;
		sql_bind(st, "i", c.id);
		enum guichet_rc rc = sql_step(f->s, st, f->err);
		if (rc > GUICHET_NOT_FOUND)
			return rc;
		if (rc == GUICHET_OK) {
			c.open = sqlite3_column_int(st, 0) != 0;
			if (weigh(&f->q, column_str(st, 1), &c))
				f->found[kept++] = c;
		}
		sqlite3_reset(st);
	}
	f->count = kept;
	if (kept > 1)
		qsort(f->found, kept, sizeof *f->found, best_first);
	return GUICHET_OK;
}

/* --- the answer --- */

static enum guichet_rc show(struct search *f, size_t limit, request_visitor *visit, void *context)
{
	sqlite3_stmt *st = sql_prepare(f->s,
		"SELECT " REQUEST_COLUMNS " FROM request r LEFT JOIN requester q ON q.id = r.requester WHERE r.id = ?1",
		f->err);
	enum guichet_rc rc = GUICHET_OK;
	bool go_on = true;
	if (!st)
		return GUICHET_INTERNAL;
	for (size_t i = 0; i < f->count && i < limit && go_on; i++) {
		struct request_row row;
		sql_bind(st, "i", f->found[i].id);
		rc = sql_step(f->s, st, f->err);
		if (rc == GUICHET_OK) {
			row_of_statement(f->s, st, &row);
			go_on = visit(context, &row);
		} else if (rc != GUICHET_NOT_FOUND) {
			return rc;
		}
		sqlite3_reset(st);
	}
	return GUICHET_OK;
}

static void take_references(struct search *f)
{
	int64_t ids[SEARCH_REFERENCES_MAX];
	for (size_t i = 0; i < f->q.reference_count; i++) {
		size_t n = store_find_reference(f->s, f->q.references[i], ids, SEARCH_REFERENCES_MAX);
		for (size_t k = 0; k < n; k++) {
			GUICHET_GROW(f->found, f->count, f->capacity);
			f->found[f->count++] = (struct search_candidate){.id = ids[k]};
		}
	}
}

/* Nothing was found: a number that looks like a reference but is none is told what may be wrong with it. */
static enum guichet_rc nothing(const struct search *f, const char *text)
{
	struct text shown = TEXT_INIT;
	struct phone phone;
	int64_t reference;
	if (f->q.is_number && strlen(f->q.digits) == 10 && phone_parse(f->q.digits, &phone, NULL) &&
		reference_parse(f->q.digits, &reference, f->err))
		return GUICHET_DATA;
	utf8_fit(&shown, text, QUOTED_COLUMNS, false);
	enum guichet_rc rc = guichet_err_set(f->err, GUICHET_NOT_FOUND,
		f->q.characters >= CHARACTERS_MIN ? _("aucune demande pour « %s »")
										  : _("« %s » : donnez au moins deux lettres ou chiffres à chercher"),
		text_str(&shown));
	text_done(&shown);
	return rc;
}

static int is_given_up(void *context)
{
	struct search *f = context;
	f->given_up = f->given_up || f->o->give_up(f->o->context);
	return f->given_up;
}

/* Whoever searches is asked now and then whether to go on. */
static void ask(struct search *f, bool now)
{
	if (f->o->give_up)
		sqlite3_progress_handler(f->s->db, now ? ASKED_EVERY : 0, now ? is_given_up : NULL, f);
}

static enum guichet_rc find(struct search *f)
{
	enum guichet_rc rc = GUICHET_OK;
	bool reading = sql_begin_reading(f->s); /* half of the time was locking */
	ask(f, true);
	for (int pass = 0; pass < 2 && rc == GUICHET_OK && f->count == 0; pass++) {
		rc = search_collect(f, pass > 0);
		if (rc == GUICHET_OK)
			rc = rank(f);
	}
	ask(f, false);
	sql_end_reading(f->s, reading);
	return rc;
}

enum guichet_rc store_search(struct store *s, const char *text, const struct search_options *o, request_visitor *visit,
	void *context, struct guichet_err *err)
{
	static const struct search_options any = {0};
	struct search *f = guichet_alloc(sizeof *f);
	enum guichet_rc rc = GUICHET_OK;
	f->s = s;
	f->o = o ? o : &any;
	f->err = err;
	search_parse(&f->q, text);
	take_references(f);
	if (f->count == 0 && f->q.characters >= CHARACTERS_MIN)
		rc = find(f);
	if (f->given_up)
		rc = GUICHET_LOCKED;
	if (rc == GUICHET_OK)
		rc = f->count ? show(f, f->o->limit ? f->o->limit : LIMIT_DEFAULT, visit, context) : nothing(f, text);
	free(f->found);
	free(f);
	return rc;
}
