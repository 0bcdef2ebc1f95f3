// SPDX-License-Identifier: GPL-3.0-or-later
/* The requests behind a figure of a period. No index says when a request was answered or promised: those asked for
 * are looked for from the newest down, and the figure itself says how many there are, so that the search ends at the
 * last of them.
 */
#include "figures_inside.h"

#include <string.h>

#define FROM "SELECT " REQUEST_COLUMNS " FROM request r NOT INDEXED LEFT JOIN requester q ON q.id = r.requester WHERE "
/* ?1 from ?2 to (instants) ?3 now ?4 service ?5 commune ?6 value, of what ?7 says ?8 the newest row that may be
 * meant */
#define OF_ROW \
	"(?4 IS NULL OR r.service = ?4) AND (?5 IS NULL OR r.commune = ?5) AND (?6 IS NULL OR ?6 = " \
	"CASE ?7 WHEN 0 THEN r.service WHEN 1 THEN r.commune WHEN 2 THEN r.nature WHEN 3 THEN r.category " \
	"ELSE r.channel END) " \
	"AND r.id < ?8 ORDER BY r.id DESC"
_Static_assert(SLA_BY_SERVICE == 0 && SLA_BY_COMMUNE == 1 && SLA_BY_NATURE == 2 && SLA_BY_CATEGORY == 3,
	"named in the statements");

/* What is late now and what was answered late: no request is both. */
static const char late[] =
	FROM "((r.open = 1 AND r.due_answer < ?3 AND r.paused <> 1) OR "
		 "(r.answered_ms >= ?1 AND r.answered_ms < ?2 AND r.answered_ms > r.due_answer)) AND " OF_ROW;
static const char received[] = FROM "r.received_ms >= ?1 AND r.received_ms < ?2 AND " OF_ROW;
/* By the promise's date; a row that was not answered is behind the figure from the day after, and until midnight is
 * the day before (see figures.c). */
#define AFTER "(r.answered_ms IS NOT NULL AND r.promised_ms >= ?1 AND r.promised_ms < ?2)"
#define MISSED "(r.answered_ms IS NULL AND r.open = 1 AND r.promised_ms > ?1 AND r.promised_ms <= min(?2, ?3))"
static const char broken[] = FROM "(" AFTER " OR " MISSED ") AND " OF_ROW;
static const char after[] = FROM AFTER " AND " OF_ROW;
static const char missed[] = FROM "r.id IN (SELECT request FROM todo WHERE kind = 1) AND " MISSED " AND " OF_ROW;
static const char overtaken[] = FROM "r.id IN (SELECT request FROM todo WHERE kind = 2) AND " OF_ROW;
_Static_assert(TODO_PROMISE_MISSED == 1 && TODO_PROMISE_OVERTAKEN == 2, "kinds named in the statements");

struct behind {
	const struct sla_query *q;
	const char *key;
	enum sla_figure figure;
	struct sla_row row;
};

static bool keep_row(void *context, const struct sla_row *r)
{
	struct behind *b = context;
	if (!strcmp(r->key, b->key))
		b->row = *r;
	return true;
}

static int64_t wanted(const struct behind *b)
{
	const struct sla_row *r = &b->row;
	switch (b->figure) {
	case SLA_FIGURE_LATE:
		return r->answered - r->in_time + r->overdue;
	case SLA_FIGURE_RECEIVED:
		return r->received;
	case SLA_FIGURE_BROKEN:
		return r->promises_broken;
	case SLA_FIGURE_BROKEN_AFTER:
		return r->promises_broken - r->promises_missed;
	case SLA_FIGURE_BROKEN_MISSED:
		return r->promises_missed;
	case SLA_FIGURE_OVERTAKEN:
		return r->promises_overtaken;
	}
	return 0;
}

/* A promise is broken by an answer after its day, or by none. */
static bool is_behind(const struct behind *b, const struct request_row *r)
{
	bool of_promises = b->figure == SLA_FIGURE_BROKEN || b->figure == SLA_FIGURE_BROKEN_AFTER;
	return !of_promises || r->answered_ms == NO_INSTANT || paris_day(r->answered_ms) > due_day(r->promised_ms);
}

static sqlite3_stmt *statement(struct store *s, enum sla_figure figure, struct guichet_err *err)
{
	static const char *const statements[] = {[SLA_FIGURE_LATE] = late,
		[SLA_FIGURE_RECEIVED] = received,
		[SLA_FIGURE_BROKEN] = broken,
		[SLA_FIGURE_BROKEN_AFTER] = after,
		[SLA_FIGURE_BROKEN_MISSED] = missed,
		[SLA_FIGURE_OVERTAKEN] = overtaken};
	return sql_prepare(s, statements[figure], err);
}

enum guichet_rc store_sla_requests(struct store *s, const struct sla_query *q, const char *key, enum sla_figure figure,
	size_t limit, request_visitor *visit, void *context, struct guichet_err *err)
{
	struct sla_place start = {0};
	return store_sla_requests_from(s, q, key, figure, &start, limit, visit, context, err);
}

enum guichet_rc store_sla_requests_from(struct store *s, const struct sla_query *q, const char *key, enum sla_figure figure,
	struct sla_place *place, size_t limit, request_visitor *visit, void *context, struct guichet_err *err)
{
	struct behind b = {.q = q, .key = key, .figure = figure};
	enum guichet_rc rc = store_sla(s, q, keep_row, &b, err);
	if (rc)
		return rc;
	place->total = wanted(&b);
	int64_t left = place->total - place->seen, to = paris_instant(q->to_day + 1, 0), today = paris_instant(paris_day(store_now(s)), 0);
	left = left < (int64_t)limit ? left : (int64_t)limit;
	sqlite3_stmt *st = statement(s, figure, err);
	if (!st)
		return GUICHET_INTERNAL;
	/* Ids grow with the second of receipt; what is late now may have come after the period. */
	int64_t newest = figure == SLA_FIGURE_LATE || figure == SLA_FIGURE_OVERTAKEN ? INT64_MAX : (to / 1000 + 1) << 16;
	newest = place->row ? place->row : newest;
	sql_bind(st, "iiitttii", paris_instant(q->from_day, 0), to, figure == SLA_FIGURE_LATE ? store_now(s) : today,
		q->service, q->commune,
		!*key                  ? NULL
			: strcmp(key, "-") ? key
							   : "",
		(int64_t)q->by, newest);
	while (left > 0 && (rc = sql_step(s, st, err)) == GUICHET_OK) {
		struct request_row row;
		row_of_statement(s, st, &row);
		if (!is_behind(&b, &row))
			continue;
		left--;
		place->row = row.id;
		place->seen++;
		if (!visit(context, &row))
			break;
	}
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}
