// SPDX-License-Identifier: GPL-3.0-or-later
/* The one search box: a whole reference gives that request; else candidates from the full-text index, the newest first and never more than a few
 * hundred, ranked: exact before forgiven, open before ended, whole words before beginnings, name, subject and place before the description, newest
 * first. The same query on the same store gives the same rows in the same order.
 *
 * What bounds the work, whatever is typed and however large the store: MAIN_MAX + EXACT_MAX + OPEN_MAX candidates are read; words that are each in
 * more than RARE_MAX requests are looked for among the newest RARE_MAX of the rarest one; a service's or open requests are looked for among the
 * newest SCAN_MAX that fit the words. */
#include "search_inside.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/core/phone.h"
#include "guichet/core/reference.h"

enum { MAIN_MAX = 300, EXACT_MAX = 100, OPEN_MAX = 100, VERIFIED_MAX = 1000, OPEN_SCAN_MAX = 2000, SCAN_MAX = 5000, RARE_MAX = 10000,
	PROBE_MAX = 200, FEW = 8, LIMIT_DEFAULT = 50, CHARACTERS_MIN = 2, QUOTED_COLUMNS = 60 };

struct candidate { int64_t id; bool open, forgiven; int fit, head; };

struct search {
	struct store *s;
	const struct search_options *o;
	struct search_query q;
	struct text all, whole;        /* MATCH expressions; `whole`: the last word as a whole word, "" when that makes no difference */
	bool verify;
	int64_t since;                 /* first row id looked at */
	struct candidate *found;
	size_t count, capacity;
	struct guichet_err *err;
};

/* --- candidates --- */

static enum guichet_rc collect(struct search *f, const char *sql, const char *match, size_t scan, size_t max, bool open_only)
{
	sqlite3_stmt *st = sql_prepare(f->s, sql, f->err);
	enum guichet_rc rc;
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "tiiiit", match, f->since, (int64_t)scan, (int64_t)max, (int64_t)open_only, f->o->service);
	while ((rc = sql_step(f->s, st, f->err)) == GUICHET_OK) {
		GUICHET_GROW(f->found, f->count, f->capacity);
		f->found[f->count++] = (struct candidate){ .id = sqlite3_column_int64(st, 0) };
	}
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

#define MATCHING "SELECT rowid AS id FROM request_fts WHERE request_fts MATCH ?1 AND rowid >= ?2 ORDER BY rowid DESC LIMIT "
static const char newest[] = MATCHING "min(?3, ?4)";
/* The scan is bounded before the filter sees it. */
static const char filtered[] = "SELECT m.id FROM (" MATCHING "?3) m CROSS JOIN request r ON r.id = m.id "
	"WHERE (?5 = 0 OR r.open = 1) AND (?6 IS NULL OR r.service = ?6) LIMIT ?4";

static enum guichet_rc collect_all(struct search *f)
{
	bool narrow = f->o->open_only || f->o->service;
	size_t most = f->verify ? VERIFIED_MAX : MAIN_MAX;
	enum guichet_rc rc = narrow ? collect(f, filtered, text_str(&f->all), SCAN_MAX, most, f->o->open_only)
				    : collect(f, newest, text_str(&f->all), most, most, false);
	if (rc == GUICHET_OK && f->whole.len)
		rc = narrow ? collect(f, filtered, text_str(&f->whole), SCAN_MAX, EXACT_MAX, f->o->open_only)
			    : collect(f, newest, text_str(&f->whole), EXACT_MAX, EXACT_MAX, false);
	/* Open ones older than the newest candidates; there are none when those were all. */
	if (rc == GUICHET_OK && !f->o->open_only && f->count >= most)
		rc = collect(f, filtered, text_str(&f->all), OPEN_SCAN_MAX, OPEN_MAX, true);
	return rc;
}

/* --- from groups to expressions --- */

/* How many requests have the words of one group, up to PROBE_MAX; *oldest gets the last one's id. */
static size_t probe(struct search *f, const char *match, int64_t *oldest)
{
	sqlite3_stmt *st = sql_prepare(f->s, newest, NULL);
	size_t n = 0;
	*oldest = INT64_MIN;
	if (!st)
		return 0;
	sql_bind(st, "tiii", match, INT64_MIN, (int64_t)PROBE_MAX, (int64_t)PROBE_MAX);
	for (; sql_step(f->s, st, NULL) == GUICHET_OK; n++)
		*oldest = sqlite3_column_int64(st, 0);
	return n;
}

/* Words that are all common and seldom meet would be followed through the whole index: only the newest of the rarest one are. */
static void bound_scan(struct search *f, const char *rarest)
{
	sqlite3_stmt *st = sql_prepare(f->s,
		"SELECT rowid FROM request_fts WHERE request_fts MATCH ?1 ORDER BY rowid DESC LIMIT 1 OFFSET ?2", NULL);
	if (!st)
		return;
	sql_bind(st, "ti", rarest, (int64_t)RARE_MAX);
	if (sql_step(f->s, st, NULL) == GUICHET_OK)
		f->since = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
}

/* `forgive`: near words for every name-like word, rather than for those with few hits. */
static void express(struct search *f, bool forgive)
{
	struct text rarest = TEXT_INIT;
	int64_t rarest_span = INT64_MAX, oldest;
	size_t required = 0;
	bool all_common = true;
	text_clear(&f->all);
	text_clear(&f->whole);
	f->verify = false;
	f->since = INT64_MIN;
	for (size_t i = 0; i < f->q.count; i++) {
		struct search_group *g = &f->q.groups[i];
		struct text one = TEXT_INIT;
		if (!g->required)
			continue;
		required++;
		search_express(f->s, g, false, &one);
		size_t hits = probe(f, text_str(&one), &oldest);
		if (g->is_name_like && !g->forgiven && (forgive || hits < FEW)) {
			search_forgive(f->s, g);
			text_clear(&one);
			search_express(f->s, g, false, &one);
			hits = probe(f, text_str(&one), &oldest);
		}
		all_common = all_common && hits == PROBE_MAX;
		if (oldest < rarest_span) {
			rarest_span = oldest;
			text_clear(&rarest);
			text_add(&rarest, text_str(&one));
		}
		text_addf(&f->all, "%s%s", f->all.len ? " AND " : "", text_str(&one));
		search_express(f->s, g, true, &f->whole);
		f->verify = f->verify || g->verify;
		text_done(&one);
	}
	if (required > 1 && all_common)
		bound_scan(f, text_str(&rarest));
	if (!strcmp(text_str(&f->all), text_str(&f->whole)))
		text_clear(&f->whole);
	text_done(&rarest);
}

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
static bool weigh(const struct search_query *q, const char *words, struct candidate *c)
{
	enum search_fit fit[SEARCH_GROUPS_MAX] = { FIT_NONE };
	bool head[SEARCH_GROUPS_MAX] = { false }, in_head = true;
	unsigned pieces[SEARCH_GROUPS_MAX] = { 0 };
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
	const struct candidate *x = a, *y = b;
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
	const struct candidate *x = a, *y = b;
	return x->id < y->id ? 1 : x->id > y->id ? -1 : 0;
}

static enum guichet_rc rank(struct search *f)
{
	sqlite3_stmt *st = sql_prepare(f->s, "SELECT r.open, t.words FROM request r JOIN request_text t ON t.id = r.id WHERE r.id = ?1", f->err);
	size_t kept = 0;
	int64_t before = INT64_MIN;
	if (!st)
		return GUICHET_INTERNAL;
	if (f->count > 1)
		qsort(f->found, f->count, sizeof *f->found, newest_first);
	for (size_t i = 0; i < f->count; i++) {
		struct candidate c = f->found[i];
		if (i > 0 && c.id == before)
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
		"SELECT " REQUEST_COLUMNS " FROM request r LEFT JOIN requester q ON q.id = r.requester WHERE r.id = ?1", f->err);
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
			f->found[f->count++] = (struct candidate){ .id = ids[k] };
		}
	}
}

/* Nothing was found: a number that looks like a reference but is none is told what may be wrong with it. */
static enum guichet_rc nothing(const struct search *f, const char *text)
{
	struct text shown = TEXT_INIT;
	struct phone phone;
	int64_t reference;
	if (f->q.is_number && strlen(f->q.digits) == 10 && phone_parse(f->q.digits, &phone, NULL)
		&& reference_parse(f->q.digits, &reference, f->err))
		return GUICHET_DATA;
	utf8_fit(&shown, text, QUOTED_COLUMNS, false);
	enum guichet_rc rc = guichet_err_set(f->err, GUICHET_NOT_FOUND,
		f->q.characters >= CHARACTERS_MIN ? _("aucune demande pour « %s »")
						  : _("« %s » : donnez au moins deux lettres ou chiffres à chercher"), text_str(&shown));
	text_done(&shown);
	return rc;
}

static enum guichet_rc search_words(struct search *f)
{
	enum guichet_rc rc = GUICHET_OK;
	for (int pass = 0; pass < 2 && rc == GUICHET_OK && f->count == 0; pass++) {
		express(f, pass > 0);
		if (f->all.len == 0)
			break;
		rc = collect_all(f);
		if (rc == GUICHET_OK)
			rc = rank(f);
	}
	return rc;
}

enum guichet_rc store_search(struct store *s, const char *text, const struct search_options *o, request_visitor *visit, void *context,
	struct guichet_err *err)
{
	static const struct search_options any = { 0 };
	struct search *f = guichet_alloc(sizeof *f);
	enum guichet_rc rc = GUICHET_OK;
	f->s = s;
	f->o = o ? o : &any;
	f->err = err;
	search_parse(&f->q, text);
	take_references(f);
	if (f->count == 0 && f->q.characters >= CHARACTERS_MIN)
		rc = search_words(f);
	if (rc == GUICHET_OK)
		rc = f->count ? show(f, f->o->limit ? f->o->limit : LIMIT_DEFAULT, visit, context) : nothing(f, text);
	text_done(&f->all);
	text_done(&f->whole);
	free(f->found);
	free(f);
	return rc;
}
