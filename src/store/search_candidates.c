// SPDX-License-Identifier: GPL-3.0-or-later
/* Which requests are worth weighing, the newest first, for a bounded price. Knows the index's habits; does not rank.
 *
 * Following one list of FTS5 newest-first costs what is taken from it. Following several that seldom meet costs what is passed over: about 40 ns an
 * entry, so that two words of a fifth of 3.5 million requests each would cost 50 ms. Hence: the rarest words are asked for together, as many of
 * them as make the result small; the common ones are then looked for in each request's text. Where even that would pass over too much, only the newest
 * requests are searched, as many as BUDGET entries cover: a search for nothing but very common words that seldom meet misses old ones.
 * A service's requests, or open ones, are looked for among the newest SCAN_MAX that fit the words. */
#include <stdlib.h>
#include <string.h>

#include "search_inside.h"

enum { MAIN_MAX = 200, WHOLE_MAX = 60, OPEN_MAX = 60, VERIFIED_MAX = 400, OPEN_SCAN_MAX = 2000, SCAN_MAX = 3000, PROBE_MAX = 2000, FEW = 8,
	BUDGET = 80000 /* entries passed over */, JUMP = 200 /* entries that jumping over any number of them costs */ };

/* A required group in the index's language, and in how many requests it stands (estimated above PROBE_MAX). */
struct part { struct text all, whole; double n; };
struct plan { struct part parts[SEARCH_GROUPS_MAX]; size_t count; int64_t first, last; bool verify; };

/* --- what the index gives --- */

#define MATCHING "SELECT rowid AS id FROM request_fts WHERE request_fts MATCH ?1 AND rowid >= ?2 ORDER BY rowid DESC LIMIT "
static const char newest[] = MATCHING "min(?3, ?4)";
/* The scan is bounded before the filter sees it. */
static const char filtered[] = "SELECT m.id FROM (" MATCHING "?3) m WHERE (?5 = 0 OR " SEARCH_OPEN("m.id") ") AND (?6 IS NULL OR EXISTS "
	"(SELECT 1 FROM request v INDEXED BY request_service WHERE v.service = ?6 AND v.id = m.id)) LIMIT ?4";

struct ask { const char *match; int64_t since; size_t scan, max; bool open_only; };

/* Adds up to a->max ids to f->found. */
static enum guichet_rc collect(struct search *f, const struct ask *a)
{
	bool plain = !a->open_only && !f->o->service;
	sqlite3_stmt *st = sql_prepare(f->s, plain ? newest : filtered, f->err);
	enum guichet_rc rc;
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, plain ? "tiii" : "tiiiit", a->match, a->since, (int64_t)a->scan, (int64_t)a->max, (int64_t)a->open_only, f->o->service);
	while ((rc = sql_step(f->s, st, f->err)) == GUICHET_OK) {
		GUICHET_GROW(f->found, f->count, f->capacity);
		f->found[f->count++] = (struct search_candidate){ .id = sqlite3_column_int64(st, 0) };
	}
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* In how many requests the words of one group stand. */
static double count_hits(struct search *f, const struct plan *plan, const char *match)
{
	sqlite3_stmt *st = sql_prepare(f->s, newest, NULL);
	int64_t id = plan->last;
	size_t n = 0;
	if (!st)
		return 0;
	sql_bind(st, "tiii", match, INT64_MIN, (int64_t)PROBE_MAX, (int64_t)PROBE_MAX);
	for (; sql_step(f->s, st, NULL) == GUICHET_OK; n++)
		id = sqlite3_column_int64(st, 0);
	if (n < PROBE_MAX)
		return (double)n;
	/* As dense among the older ones as among the newest. */
	return (double)n * ((double)(plan->last - plan->first) + 1) / ((double)(plan->last - id) + 1);
}

/* --- the plan --- */

static int rarest_first(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	return (x->n > y->n) - (x->n < y->n);
}

static void make_plan(struct search *f, bool forgive, struct plan *plan)
{
	memset(plan, 0, sizeof *plan);
	plan->first = sql_value(f->s, 0, "SELECT min(id) FROM request", "");
	plan->last = sql_value(f->s, 0, "SELECT max(id) FROM request", "");
	for (size_t i = 0; i < f->q.count; i++) {
		struct search_group *g = &f->q.groups[i];
		if (!g->required)
			continue;
		struct part *p = &plan->parts[plan->count++];
		search_express(f->s, g, false, &p->all);
		p->n = count_hits(f, plan, text_str(&p->all));
		if (g->is_name_like && !g->forgiven && (forgive || p->n < FEW)) {
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

/* Tries to have a small set of requests that holds all the answers. True when it has: the other words are looked for in their texts. */
static bool collect_rare(struct search *f, const struct plan *plan, enum guichet_rc *rc)
{
	struct text match = TEXT_INIT;
	bool have = false;
	for (size_t k = 1; k < plan->count && !have && *rc == GUICHET_OK && price(plan, k) <= BUDGET; k++) {
		/* The first alone was counted already. */
		if (k == 1 && plan->parts[0].n >= VERIFIED_MAX)
			continue;
		join(plan, k, false, &match);
		f->count = 0;
		*rc = collect(f, &(struct ask){ text_str(&match), INT64_MIN, VERIFIED_MAX, VERIFIED_MAX, false });
		have = f->count < VERIFIED_MAX;
	}
	text_done(&match);
	return have;
}

static enum guichet_rc collect_common(struct search *f, const struct plan *plan)
{
	struct text match = TEXT_INIT, whole = TEXT_INIT;
	bool narrow = f->o->open_only || f->o->service;
	size_t most = plan->verify ? VERIFIED_MAX : MAIN_MAX;
	double cost = price(plan, plan->count);
	struct ask ask = { .since = INT64_MIN, .scan = narrow ? SCAN_MAX : most, .max = most, .open_only = f->o->open_only };
	if (cost > BUDGET)
		ask.since = plan->last - (int64_t)((double)(plan->last - plan->first) * BUDGET / cost);
	join(plan, plan->count, false, &match);
	join(plan, plan->count, true, &whole);
	ask.match = text_str(&match);
	f->count = 0;
	enum guichet_rc rc = collect(f, &ask);
	/* When that was all, there is no more to have. Else ones that fit better but are older: the last word whole, and open ones. */
	bool more = f->count >= most || (narrow && f->count > 0);
	ask.max = WHOLE_MAX;
	if (rc == GUICHET_OK && more && strcmp(text_str(&match), text_str(&whole))) {
		ask.match = text_str(&whole);
		ask.scan = narrow ? SCAN_MAX : WHOLE_MAX;
		rc = collect(f, &ask);
	}
	if (rc == GUICHET_OK && more && !ask.open_only) {
		ask = (struct ask){ text_str(&match), ask.since, OPEN_SCAN_MAX, OPEN_MAX, true };
		rc = collect(f, &ask);
	}
	text_done(&match);
	text_done(&whole);
	return rc;
}

enum guichet_rc search_collect(struct search *f, bool forgive)
{
	struct plan plan;
	enum guichet_rc rc = GUICHET_OK;
	make_plan(f, forgive, &plan);
	if (plan.count > 0 && !collect_rare(f, &plan, &rc) && rc == GUICHET_OK)
		rc = collect_common(f, &plan);
	plan_done(&plan);
	return rc;
}
