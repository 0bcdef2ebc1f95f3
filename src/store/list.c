// SPDX-License-Identifier: GPL-3.0-or-later
/* Pages of requests by key-set: each page starts where the row before it stood in the order, so that a page costs the same wherever it lies.
 *
 * The statement is chosen, not pasted: one literal for each way a list walks an index (all open by due date, a service's, an assignee's; newest
 * first: all, a service's, a category's, a commune's, a requester's, a parent's). What is left of the filter is tested on each row.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define SELECT "SELECT " REQUEST_COLUMNS " FROM request r "
#define JOIN "LEFT JOIN requester q ON q.id = r.requester "
/* ?1 status ?2 service ?3 commune ?4 category ?5 assigned ?6 channel ?7 nature ?8 due before ?9 due from ?10 limit ?11, ?12 key of the row before
 * ?13 open ones only ?14 received from ?15 received before ?16 requester ?17 parent ?18 at risk as of. The sign hides them from the planner: it takes
 * so many conditions for a sign that few rows are left, reads them all and sorts. */
#define REST \
	"+((?1 IS NULL OR r.status = ?1) AND (?2 IS NULL OR r.service = ?2) AND (?3 IS NULL OR r.commune = ?3) AND (?4 IS NULL OR r.category = ?4) " \
	"AND (?5 IS NULL OR r.assigned = ?5) AND (?6 IS NULL OR r.channel = ?6) AND (?7 IS NULL OR r.nature = ?7) " \
	"AND (?8 = 0 OR (r.due_answer < ?8 AND r.paused <> 1)) AND (?9 = 0 OR r.due_answer >= ?9) AND (?13 = 0 OR r.open = 1) " \
	"AND (?14 = 0 OR r.received_ms >= ?14) AND (?15 = 0 OR r.received_ms < ?15) AND (?16 = 0 OR r.requester = ?16) " \
	"AND (?17 = 0 OR r.parent = ?17) AND (?18 = 0 OR (r.risk_ms <= ?18 AND r.due_answer >= ?18 AND r.paused <> 1)))"
#define BY_DUE " AND (r.due_answer, r.id) > (?11, ?12) AND " REST " ORDER BY r.due_answer, r.id LIMIT ?10"
#define NEWEST " AND r.id < ?12 AND " REST " ORDER BY r.id DESC LIMIT ?10"
/* The same orders from the other end. */
#define BY_DUE_BACK " AND (r.due_answer, r.id) < (?11, ?12) AND " REST " ORDER BY r.due_answer DESC, r.id DESC LIMIT ?10"
#define NEWEST_BACK " AND r.id > ?12 AND " REST " ORDER BY r.id LIMIT ?10"

#define WALK(where, order) { SELECT where order, SELECT where order##_BACK }
static const char *const by_due[] = WALK("INDEXED BY request_open_due " JOIN "WHERE r.open = 1", BY_DUE);
static const char *const by_due_service[] = WALK("INDEXED BY request_open_service " JOIN "WHERE r.open = 1 AND r.service = ?2", BY_DUE);
static const char *const by_due_assigned[] = WALK("INDEXED BY request_open_assigned " JOIN
	"WHERE r.open = 1 AND r.assigned IS NOT NULL AND r.assigned = ?5", BY_DUE);
static const char *const newest[] = WALK("NOT INDEXED " JOIN "WHERE 1", NEWEST);
static const char *const newest_service[] = WALK("INDEXED BY request_service " JOIN "WHERE r.service = ?2", NEWEST);
static const char *const newest_category[] = WALK("INDEXED BY request_category " JOIN "WHERE r.category = ?4", NEWEST);
static const char *const newest_commune[] = WALK("INDEXED BY request_commune " JOIN "WHERE r.commune = ?3", NEWEST);
static const char *const newest_requester[] = WALK("INDEXED BY request_requester " JOIN
	"WHERE r.requester IS NOT NULL AND r.requester = ?16", NEWEST);
static const char *const newest_parent[] = WALK("INDEXED BY request_parent " JOIN
	"WHERE r.parent IS NOT NULL AND r.parent = ?17", NEWEST);

/* Whether one row is in the list, wherever it stands. */
static const char one[] = SELECT JOIN "WHERE r.id = ?12 AND " REST " LIMIT ?10";

static const char *const *choose(const struct list_filter *f)
{
	if (f->parent)
		return newest_parent;
	if (f->requester)
		return newest_requester;
	if (f->sort == LIST_BY_DUE)
		return f->assigned ? by_due_assigned : f->service ? by_due_service : by_due;
	if (f->category)
		return newest_category;
	if (f->commune && !f->service)
		return newest_commune;
	return f->service ? newest_service : newest;
}

static void due_window(struct store *s, const struct list_filter *f, int64_t *before, int64_t *from)
{
	int64_t now = store_now(s);
	*before = *from = 0;
	if (f->due == LIST_DUE_OVERDUE) {
		*before = now;
	} else if (f->due == LIST_DUE_TODAY) {
		*before = paris_instant(paris_day(now) + 1, 0);
	} else if (f->due == LIST_DUE_WEEK) {
		*before = paris_instant(paris_day(now) + 7 - day_weekday(paris_day(now)), 0);
	}
}

enum guichet_rc store_list(struct store *s, const struct list_filter *f, request_visitor *visit, void *context, struct guichet_err *err)
{
	struct list_filter g = *f;
	/* Ended requests have no due date to sort by. */
	bool ended = g.status >= 0 && (g.status == STATUS_CLOSED || g.status == STATUS_CANCELLED || g.status == STATUS_REDIRECTED);
	if (g.commune && !strcmp(g.commune, "-"))
		g.commune = "";
	if (ended || g.all || g.requester || g.parent)
		g.sort = LIST_BY_RECEIVED;
	sqlite3_stmt *st = sql_prepare(s, g.only ? one : choose(&g)[g.backward], err);
	if (!st)
		return GUICHET_INTERNAL;
	bool rising = (g.sort == LIST_BY_DUE) != g.backward;
	int64_t before, from, after_due = rising ? INT64_MIN : INT64_MAX, after_id = after_due;
	due_window(s, &g, &before, &from);
	if (g.after) {
		after_id = g.after;
		after_due = sql_value(s, INT64_MIN, "SELECT due_answer FROM request WHERE id = ?1", "i", g.after);
	}
	if (g.only)
		after_id = g.only;
	bool open_only = !g.all && g.status < 0 && !g.parent;
	int64_t parent = 0;
	if (g.parent)
		parent = sql_value(s, -1, "SELECT op FROM request WHERE id = ?1", "i", g.parent);
	sql_bind(st, "tttttttiiiiiiiiiii", g.status >= 0 ? status_code((enum status)g.status) : NULL, g.service, g.commune, g.category, g.assigned,
		g.channel >= 0 ? channel_code((enum channel)g.channel) : NULL, g.nature >= 0 ? nature_code((enum nature)g.nature) : NULL, before, from,
		(int64_t)(g.limit ? g.limit : 50), after_due, after_id, (int64_t)open_only, g.from_ms, g.to_ms, g.requester, parent,
		g.due == LIST_DUE_RISK ? store_now(s) : 0);
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		struct request_row row;
		row_of_statement(s, st, &row);
		if (!visit(context, &row))
			break;
	}
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

enum guichet_rc store_row(struct store *s, int64_t row_id, request_visitor *visit, void *context, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s, SELECT JOIN "WHERE r.id = ?1", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "i", row_id);
	enum guichet_rc rc = sql_step(s, st, err);
	if (rc == GUICHET_OK) {
		struct request_row row;
		row_of_statement(s, st, &row);
		visit(context, &row);
	}
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? guichet_err_set(err, rc, _("cette demande n'est pas dans ce dépôt")) : rc;
}

/* --- what is to be done --- */

static const struct { const char *code, *label; } todo_kinds[TODO_KIND_COUNT] = {
	[TODO_CALLBACK] = { "callback", N_("rappel à faire") },
	[TODO_PROMISE_MISSED] = { "promise-missed", N_("engagement manqué") },
	[TODO_PROMISE_TODAY] = { "promise-today", N_("engagement à tenir aujourd'hui") },
	[TODO_PROMISE_OVERTAKEN] = { "promise-overtaken", N_("engagement intenable") },
	[TODO_DANGER_UNTOLD] = { "danger", N_("danger NON TRANSMIS") },
	[TODO_NOTICE] = { "notice", N_("avis de réorientation à donner") },
	[TODO_QUALIFY] = { "qualify", N_("à qualifier") },
	[TODO_REFUSED] = { "refused", N_("refusée par un service") },
	[TODO_UNREAD] = { "unread", N_("l'usager a écrit : à lire") },
	[TODO_UNDELIVERED] = { "undelivered", N_("message non distribué") },
	[TODO_CONFLICT] = { "conflict", N_("conflit à régler") },
};

const char *todo_kind_code(enum todo_kind k) { return todo_kinds[k].code; }
const char *todo_kind_label(enum todo_kind k) { return _(todo_kinds[k].label); }

/* Promises stand in the table from when they are made (1), and once more when their target has overtaken them (2). Which are missed, or for today, the clock says:
 * midnight is the end of the day before. Each shows under one kind. */
struct todo_span { int64_t kind, after_ms, until_ms; };

static struct todo_span todo_span(struct store *s, enum todo_kind kind)
{
	int32_t today = paris_day(store_now(s));
	int64_t began_ms = paris_instant(today, 0), ends_ms = paris_instant(today + 1, 0);
	_Static_assert(TODO_PROMISE_MISSED == 1 && TODO_PROMISE_OVERTAKEN == 2 && TODO_DANGER_UNTOLD == 3, "kinds named in statements");
	switch (kind) {
	case TODO_PROMISE_MISSED:
		return (struct todo_span){ TODO_PROMISE_MISSED, INT64_MIN, began_ms };
	case TODO_PROMISE_TODAY:
		return (struct todo_span){ TODO_PROMISE_MISSED, began_ms, ends_ms };
	case TODO_PROMISE_OVERTAKEN:
		return (struct todo_span){ TODO_PROMISE_OVERTAKEN, ends_ms, INT64_MAX };
	default:
		return (struct todo_span){ (int64_t)kind, INT64_MIN, INT64_MAX };
	}
}

enum guichet_rc store_list_todo(struct store *s, size_t limit, bool (*visit)(void *context, const struct todo *t), void *context,
	struct guichet_err *err)
{
	/* Dangers first, then by date. */
	static const char sql[] = "SELECT " REQUEST_COLUMNS ", t.kind, t.at_ms FROM todo t JOIN request r ON r.id = t.request "
		"LEFT JOIN requester q ON q.id = r.requester WHERE (t.kind <> 1 OR t.at_ms <= ?1) AND (t.kind <> 2 OR t.at_ms > ?1) "
		"ORDER BY t.kind <> 3, t.at_ms LIMIT ?2";
	struct todo_span today = todo_span(s, TODO_PROMISE_TODAY);
	sqlite3_stmt *st = sql_prepare(s, sql, err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "ii", today.until_ms, (int64_t)(limit ? limit : 50));
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		struct todo t;
		row_of_statement(s, st, &t.row);
		int kind = sqlite3_column_int(st, REQUEST_COLUMN_COUNT);
		t.kind = kind >= 0 && kind < TODO_KIND_COUNT ? (enum todo_kind)kind : TODO_CALLBACK;
		t.at_ms = sqlite3_column_int64(st, REQUEST_COLUMN_COUNT + 1);
		if (t.kind == TODO_PROMISE_MISSED && t.at_ms > today.after_ms)
			t.kind = TODO_PROMISE_TODAY;
		if (!visit(context, &t))
			break;
	}
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* The index todo_at holds all three columns, so that a kind is walked, or counted, without touching the table. */
enum guichet_rc store_page_todo(struct store *s, const struct todo_filter *f, bool (*visit)(void *context, const struct todo *t), void *context,
	struct guichet_err *err)
{
#define PAGE(compare, order) "SELECT " REQUEST_COLUMNS ", t.at_ms FROM todo t INDEXED BY todo_at CROSS JOIN request r ON r.id = t.request " JOIN \
	"WHERE t.kind = ?1 AND (t.at_ms, t.request) " compare " (?2, ?3) AND t.at_ms > ?4 AND t.at_ms <= ?5 ORDER BY " order " LIMIT ?6"
	static const char *const pages[] = { PAGE(">", "t.at_ms, t.request"), PAGE("<", "t.at_ms DESC, t.request DESC") };
#undef PAGE
	struct todo_span span = todo_span(s, f->kind);
	sqlite3_stmt *st = sql_prepare(s, pages[f->backward], err);
	int64_t end = f->backward ? INT64_MAX : INT64_MIN;
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "iiiiii", span.kind, f->after ? f->after_at_ms : end, f->after ? f->after : end, span.after_ms, span.until_ms,
		(int64_t)(f->limit ? f->limit : 50));
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		struct todo t = { .kind = f->kind };
		row_of_statement(s, st, &t.row);
		t.at_ms = sqlite3_column_int64(st, REQUEST_COLUMN_COUNT);
		if (!visit(context, &t))
			break;
	}
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

void store_count_todo(struct store *s, int64_t counts[TODO_KIND_COUNT])
{
	for (int k = 0; k < TODO_KIND_COUNT; k++) {
		struct todo_span span = todo_span(s, (enum todo_kind)k);
		counts[k] = sql_value(s, 0, "SELECT count(*) FROM todo INDEXED BY todo_at WHERE kind = ?1 AND at_ms > ?2 AND at_ms <= ?3", "iii", span.kind,
			span.after_ms, span.until_ms);
	}
}

bool store_todo_at(struct store *s, int64_t row_id, enum todo_kind kind, int64_t *at_ms)
{
	struct todo_span span = todo_span(s, kind);
	*at_ms = sql_value(s, NO_INSTANT, "SELECT at_ms FROM todo WHERE request = ?1 AND kind = ?2 AND at_ms > ?3 AND at_ms <= ?4", "iiii", row_id, span.kind,
		span.after_ms, span.until_ms);
	return *at_ms != NO_INSTANT;
}

void store_list_assigned(struct store *s, size_t limit, void (*visit)(void *context, const char *login), void *context)
{
	/* Jumps from one name to the next in the index. */
	sqlite3_stmt *st = sql_prepare(s, "SELECT assigned FROM request INDEXED BY request_open_assigned "
		"WHERE open = 1 AND assigned IS NOT NULL AND assigned > ?1 ORDER BY assigned LIMIT 1", NULL);
	char *last = guichet_strdup("");
	for (size_t i = 0; st && i < limit; i++) {
		sql_bind(st, "t", last);
		if (sql_step(s, st, NULL) != GUICHET_OK)
			break;
		char *next = guichet_strdup(column_str(st, 0));
		sqlite3_reset(st);
		free(last);
		last = next;
		visit(context, last);
	}
	free(last);
}
