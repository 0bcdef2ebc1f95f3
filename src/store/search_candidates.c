// SPDX-License-Identifier: GPL-3.0-or-later
/* Which requests are worth weighing, the newest first, for a bounded price. Knows the index's habits; does not rank.
 *
 * Following one list of FTS5 newest-first costs what is taken from it. Following several that seldom meet costs what
 * is passed over, 50 to 100 ns an entry: two words of a fifth of 3.5 million requests each would cost 0.1 s, and FTS5
 * looks at no bound until it finds a match. Hence: the rarest words are asked for together, as many of them as a
 * budget of entries allows, and the common ones are looked for in each request's text. Where that still leaves many,
 * only the newest NEWEST_MAX are looked at: a search for nothing but very common words that seldom meet misses old
 * ones. A service's requests, or open ones, are looked for among the newest SCAN_MAX that fit. */
#include <stdlib.h>
#include <string.h>

#include "search_inside.h"

enum {
	MAIN_MAX = 200,      /* candidates, the newest */
	WHOLE_MAX = 60,      /* beside them: that have the last word whole */
	OPEN_MAX = 60,       /* and open ones, */
	OPEN_SCAN_MAX = 2000,/* among as many of the newest that fit */
	RARE_MAX = 400,      /* as many texts are read rather than ask for more words */
	NEWEST_MAX = 1000,   /* texts read when not every word could be asked for */
	SCAN_MAX = 3000,
	PROBE_MAX = 2000,    /* entries of a word read to know how common it is */
	FEW = 8,             /* hits below which a name is likely to be misspelt */
	BUDGET = 60000,      /* entries passed over, */
	BUDGET_SHARE = 20,   /* and one more for so many requests */
	JUMP = 200,          /* jumping costs as much as passing over so many */
};

/* A required group in the index's language, and in how many requests it stands (estimated above PROBE_MAX). */
struct part {
	struct text all, whole;
	double n;
};
struct plan {
	struct part parts[SEARCH_GROUPS_MAX];
	size_t count;
	int64_t first, last;
	double budget;
	bool verify;
};

/* --- what the index gives --- */

#define MATCHING "SELECT rowid AS id FROM request_fts WHERE request_fts MATCH ?1 ORDER BY rowid DESC LIMIT "
static const char newest[] = MATCHING "min(?2, ?3)";
/* The scan is bounded before the filter sees it. */
static const char filtered[] = "SELECT m.id FROM (" MATCHING "?2) m "
	"WHERE (?4 = 0 OR " SEARCH_OPEN("m.id") ") AND (?5 IS NULL OR " SEARCH_SERVED("m.id", "?5") ") LIMIT ?3";

static bool is_narrow(const struct search *f)
{
	return f->o->open_only || f->o->service;
}

/* `wanted`: to be weighed even when there are enough newer ones. */
struct ask {
	const char *match;
	size_t scan, max;
	bool open_only, wanted;
};

/* Adds up to a->max ids to f->found, as the filter of the search lets them. */
static enum guichet_rc collect(struct search *f, const struct ask *a)
{
	bool plain = !a->open_only && !is_narrow(f), open_only = a->open_only || f->o->open_only;
	sqlite3_stmt *st = sql_prepare(f->s, plain ? newest : filtered, f->err);
	int64_t scan = (int64_t)(plain || a->open_only ? a->scan : SCAN_MAX);
	enum guichet_rc rc;
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, plain ? "tii" : "tiiit", a->match, scan, (int64_t)a->max, (int64_t)open_only, f->o->service);
	while ((rc = sql_step(f->s, st, f->err)) == GUICHET_OK) {
		GUICHET_GROW(f->found, f->count, f->capacity);
		f->found[f->count++] = (struct search_candidate){.id = sqlite3_column_int64(st, 0), .wanted = a->wanted};
	}
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* In how many requests the words of one group stand. */
static double count_hits(struct search *f, const struct plan *plan, const char *match)
{
	sqlite3_stmt *st;
	int64_t id = plan->last;
	int64_t read = 0;
	double n = 0;
	if (search_counts_get(f->s, match, &n))
		return n;
	st = sql_prepare(f->s, newest, NULL);
	if (!st)
		return 0;
	sql_bind(st, "tii", match, (int64_t)PROBE_MAX, (int64_t)PROBE_MAX);
	for (; sql_step(f->s, st, NULL) == GUICHET_OK; read++)
		id = sqlite3_column_int64(st, 0);
	n = (double)read;
	/* As dense among the older ones as among the newest. */
	if (read >= PROBE_MAX)
		n *= ((double)(plan->last - plan->first) + 1) / ((double)(plan->last - id) + 1);
	if (!f->given_up)
		search_counts_keep(f->s, match, n);
	return n;
}

/* --- what was just logged, and is not in the index yet: a few requests, each of which is looked at --- */

static size_t count_waiting(struct search *f, const struct search_group *g)
{
	struct waiting_range waiting = settle_range(f->s);
	sqlite3_stmt *st = sql_prepare(f->s,
		"SELECT t.words FROM request r JOIN request_text t ON t.id = r.id WHERE r.op > ?1 AND r.op <= ?2", NULL);
	size_t n = 0;
	if (!st)
		return 0;
	sql_bind(st, "ii", waiting.after, waiting.last);
	while (sql_step(f->s, st, NULL) == GUICHET_OK)
		n += search_fits(g, column_str(st, 0));
	return n;
}

static enum guichet_rc collect_waiting(struct search *f)
{
	struct waiting_range waiting = settle_range(f->s);
	sqlite3_stmt *st = sql_prepare(f->s,
		"SELECT id FROM request WHERE op > ?1 AND op <= ?2 AND (?3 = 0 OR open = 1) AND (?4 IS NULL OR service = ?4) ORDER BY op DESC",
		f->err);
	enum guichet_rc rc;
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "iiit", waiting.after, waiting.last, (int64_t)f->o->open_only, f->o->service);
	while ((rc = sql_step(f->s, st, f->err)) == GUICHET_OK) {
		GUICHET_GROW(f->found, f->count, f->capacity);
		f->found[f->count++] = (struct search_candidate){.id = sqlite3_column_int64(st, 0), .wanted = true};
	}
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* --- the plan --- */

/* How many requests the index holds: the first number of FTS5's averages record. */
static double count_rows(struct search *f)
{
	sqlite3_stmt *st = sql_prepare(f->s, "SELECT block FROM request_fts_data WHERE id = 1", NULL);
	uint64_t rows = 0;
	if (!st || sql_step(f->s, st, NULL) != GUICHET_OK)
		return 0;
	const unsigned char *block = sqlite3_column_blob(st, 0);
	for (int i = 0, bytes = sqlite3_column_bytes(st, 0); i < bytes && i < 8; i++) {
		rows = rows << 7 | (block[i] & 0x7F);
		if (!(block[i] & 0x80))
			break;
	}
	sqlite3_reset(st);
	return (double)rows;
}

static int rarest_first(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	return (x->n > y->n) - (x->n < y->n);
}

static void make_plan(struct search *f, bool forgive, struct plan *plan)
{
	memset(plan, 0, sizeof *plan);
	search_counts_follow(f->s);
	plan->first = sql_value(f->s, 0, "SELECT min(id) FROM request", "");
	plan->last = sql_value(f->s, 0, "SELECT max(id) FROM request", "");
	/* A larger store is given more time, or a whole address would not be found in it. */
	plan->budget = BUDGET + count_rows(f) / BUDGET_SHARE;
	for (size_t i = 0; i < f->q.count; i++) {
		struct search_group *g = &f->q.groups[i];
		if (!g->required)
			continue;
		struct part *p = &plan->parts[plan->count++];
		search_express(f->s, g, false, &p->all);
		p->n = count_hits(f, plan, text_str(&p->all));
		if (g->is_name_like && !g->forgiven && (forgive || (p->n < FEW && p->n + (double)count_waiting(f, g) < FEW))) {
			search_forgive(f->s, g);
			text_clear(&p->all);
			search_express(f->s, g, false, &p->all);
			p->n = count_hits(f, plan, text_str(&p->all));
		}
		search_express(f->s, g, true, &p->whole);
		plan->verify = plan->verify || g->verify;
	}
	if (plan->count > 1)
		qsort(plan->parts, plan->count, sizeof *plan->parts, rarest_first);
}

static void plan_done(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		text_done(&plan->parts[i].all);
		text_done(&plan->parts[i].whole);
	}
}

/* The `count` rarest parts together. */
static void join(const struct plan *plan, size_t count, bool whole, struct text *out)
{
	text_clear(out);
	for (size_t i = 0; i < count; i++)
		text_addf(out, "%s%s", i ? " AND " : "", text_str(whole ? &plan->parts[i].whole : &plan->parts[i].all));
}

/* Entries passed over when the `count` rarest parts seldom meet. */
static double price(const struct plan *plan, size_t count)
{
	double sum = 0, most = plan->parts[0].n * JUMP;
	for (size_t i = 0; i < count && count > 1; i++)
		sum += plan->parts[i].n < most ? plan->parts[i].n : most;
	return sum;
}

/* Tries to have a small set of requests that holds all the answers. True when it has: the other words are looked for
 * in their texts. */
static bool collect_rare(struct search *f, const struct plan *plan, enum guichet_rc *rc)
{
	struct text match = TEXT_INIT;
	bool have = false;
	for (size_t k = 1; k < plan->count && !have && *rc == GUICHET_OK && price(plan, k) <= plan->budget; k++) {
		/* The first alone was counted already. */
		if (k == 1 && plan->parts[0].n >= RARE_MAX)
			continue;
		join(plan, k, false, &match);
		f->count = 0;
		*rc = collect(f, &(struct ask){text_str(&match), RARE_MAX, RARE_MAX, false, false});
		have = f->count < RARE_MAX && (!is_narrow(f) || plan->parts[0].n < SCAN_MAX);
	}
	text_done(&match);
	return have;
}

static enum guichet_rc collect_newest(struct search *f, const struct plan *plan)
{
	struct text match = TEXT_INIT, whole = TEXT_INIT;
	size_t count = plan->count;
	while (count > 1 && price(plan, count) > plan->budget)
		count--;
	/* Some words are left to be looked for in the texts: not all that is found will do. */
	bool rough = plan->verify || count < plan->count;
	size_t most = rough ? NEWEST_MAX : MAIN_MAX;
	join(plan, count, false, &match);
	join(plan, count, true, &whole);
	f->count = 0;
	f->enough = MAIN_MAX;
	enum guichet_rc rc = collect(f, &(struct ask){text_str(&match), most, most, false, false});
	/* When that was all, there is no more to have. Else ones that fit better but are older: the last word whole, and
	 * open ones. */
	bool more = f->count >= most || (is_narrow(f) && f->count > 0);
	if (rc == GUICHET_OK && more && strcmp(text_str(&match), text_str(&whole)))
		rc = collect(f, &(struct ask){text_str(&whole), WHOLE_MAX, WHOLE_MAX, false, true});
	if (rc == GUICHET_OK && more && !f->o->open_only)
		rc = collect(f, &(struct ask){text_str(&match), OPEN_SCAN_MAX, rough ? MAIN_MAX : OPEN_MAX, true, true});
	text_done(&match);
	text_done(&whole);
	return rc;
}

enum guichet_rc search_collect(struct search *f, bool forgive)
{
	struct plan plan;
	enum guichet_rc rc = GUICHET_OK;
	f->enough = SIZE_MAX;
	make_plan(f, forgive, &plan);
	if (plan.count > 0 && !collect_rare(f, &plan, &rc) && rc == GUICHET_OK)
		rc = collect_newest(f, &plan);
	if (rc == GUICHET_OK && plan.count > 0)
		rc = collect_waiting(f);
	plan_done(&plan);
	return rc;
}
