// SPDX-License-Identifier: GPL-3.0-or-later
/* From a request's fold to its rows: request, request_text (and its index), todo, and the sums it contributes to. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void row_of_statement(struct store *s, sqlite3_stmt *st, struct request_row *out)
{
	memset(out, 0, sizeof *out);
	out->id = sqlite3_column_int64(st, 0);
	out->op = op_unpack(s, sqlite3_column_int64(st, 1));
	out->reference = sqlite3_column_int64(st, 2);
	out->status = column_str(st, 3);
	out->open = sqlite3_column_int(st, 4) != 0;
	out->nature = column_str(st, 5);
	out->channel = column_str(st, 6);
	out->service = column_str(st, 7);
	out->category = column_str(st, 8);
	out->commune = column_str(st, 9);
	out->assigned = column_str(st, 10);
	out->priority = sqlite3_column_int(st, 11);
	out->danger = sqlite3_column_int(st, 12) != 0;
	out->untold = sqlite3_column_int(st, 13) != 0;
	out->paused = sqlite3_column_int(st, 14) != 0;
	out->received_ms = sqlite3_column_int64(st, 15);
	out->logged_ms = sqlite3_column_int64(st, 16);
	out->updated_ms = sqlite3_column_int64(st, 17);
	out->closed_ms = column_instant(st, 18);
	out->answered_ms = column_instant(st, 19);
	for (int k = 0; k < TARGET_KIND_COUNT; k++)
		out->due[k] = column_instant(st, 20 + k);
	if (out->due[TARGET_ANSWER] == DUE_NONE)
		out->due[TARGET_ANSWER] = NO_INSTANT;
	out->risk_ms = column_instant(st, 25);
	out->promised_ms = column_instant(st, 26);
	out->requester = sqlite3_column_int64(st, 27);
	out->parent = sqlite3_column_int64(st, 28);
	out->source_id = column_str(st, 29);
	out->latitude = column_real(st, 30);
	out->longitude = column_real(st, 31);
	out->subject = column_str(st, 32);
	out->address = column_str(st, 33);
	out->requester_name = column_str(st, 34);
	out->conflict = sqlite3_column_int(st, 35) != 0;
}

/* Where the clock of a request that waits stands still, linked to another one or not; `now` for the others. */
static int64_t clock_of(const struct request *r, int64_t now_ms)
{
	for (size_t i = 0; i < r->pause_count; i++)
		if (r->pauses[i].to_ms == NO_INSTANT)
			return r->pauses[i].from_ms;
	return now_ms;
}

void project_deadlines(const struct request *r, const struct catalogue *c, int64_t now_ms, struct deadlines *out)
{
	/* An import may bring ended requests without the dates they had: today's calendars are not theirs. */
	if (!request_is_open(r) && !r->frozen_due) {
		for (int k = 0; k < TARGET_KIND_COUNT; k++)
			out->due[k] = NO_INSTANT;
		out->half_ms = out->risk_ms = NO_INSTANT;
	} else {
		deadlines_compute(r, c, clock_of(r, now_ms), out, NULL);
	}
}

/* request.paused. A request that was late already when it was made to wait stays late. */
enum { PAUSED_NO, PAUSED_IN_TIME, PAUSED_LATE };

static int64_t paused_of(const struct request *r, const struct request_row *row)
{
	if (r->status != STATUS_WAITING)
		return PAUSED_NO;
	int64_t due = row->due[TARGET_ANSWER];
	return due != NO_INSTANT && due < clock_of(r, due) ? PAUSED_LATE : PAUSED_IN_TIME;
}

void row_of_request(struct store *s, const struct request *r, const struct deadlines *due, struct request_row *out)
{
	const struct promise *promise = request_promise(r);
	struct op_id other;
	memset(out, 0, sizeof *out);
	out->op = r->id;
	out->reference = r->reference;
	out->status = status_code(r->status);
	out->open = request_is_open(r);
	out->nature = request_text(r, FIELD_NATURE);
	out->channel = request_text(r, FIELD_CHANNEL);
	out->service = request_text(r, FIELD_SERVICE);
	out->category = request_text(r, FIELD_CATEGORY);
	out->commune = request_text(r, FIELD_COMMUNE);
	out->assigned = request_text(r, FIELD_ASSIGNED);
	out->subject = request_text(r, FIELD_SUBJECT);
	out->address = request_text(r, FIELD_ADDRESS);
	out->source_id = request_text(r, FIELD_SOURCE_ID);
	out->requester_name = "";
	if (op_id_parse(request_text(r, FIELD_REQUESTER), &other))
		out->requester = op_pack(s, other);
	out->received_ms = request_int(r, FIELD_RECEIVED, 0);
	out->logged_ms = request_int(r, FIELD_LOGGED, out->received_ms);
	out->updated_ms = r->updated_ms;
	out->closed_ms = r->closed_ms;
	out->answered_ms = r->answered_ms;
	memcpy(out->due, due->due, sizeof out->due);
	out->risk_ms = due->risk_ms;
	out->promised_ms = promise ? promise->date_ms : NO_INSTANT;
	out->priority = (int)request_int(r, FIELD_PRIORITY, 3);
	out->danger = request_int(r, FIELD_DANGER, 0) != 0;
	out->untold = request_danger_untold(r);
	out->paused = r->status == STATUS_WAITING;
	out->conflict = request_has_conflict(r);
	out->latitude = request_real(r, FIELD_LATITUDE);
	out->longitude = request_real(r, FIELD_LONGITUDE);
}

/* --- the request's row --- */

/* The first free id of the second of receipt; after 65,535 of them (an import that knows the day only) the next second's. */
static int64_t last_row_id(struct store *s, int64_t base)
{
	return sql_value(s, base, "SELECT max(id) FROM request WHERE id BETWEEN ?1 AND ?2", "ii", base, base + 65535);
}

/* What somebody looks at goes by its row's id: it stays the same when another file takes the store's place. */
static int64_t kept_row_id(struct store *s, struct op_id request)
{
	int64_t id = s->kept ? store_row_of_op(s->kept, request) : 0;
	return id && !sql_value(s, 0, "SELECT 1 FROM request WHERE id = ?1", "i", id) ? id : 0;
}

static int64_t free_row_id(struct store *s, int64_t received_ms)
{
	int64_t second = received_ms / 1000 > 0 ? received_ms / 1000 : 1;
	for (;; second++) {
		int64_t base = second << 16;
		int64_t last = last_row_id(s, base), kept = s->kept ? last_row_id(s->kept, base) : base;
		if (kept > last)
			last = kept;
		if (last < base + 65535)
			return last + 1;
	}
}

#define ROW_FORMAT "iiitittttteiiiiiiiIIIIIiIIIzzzeddteez"

/* The same parameters write a row and compare it. */
static void bind_row(struct store *s, sqlite3_stmt *st, int64_t id, const struct request *r, const struct request_row *w)
{
	struct op_id parent = { 0, 0 }, split = { 0, 0 };
	op_id_parse(request_text(r, FIELD_PARENT), &parent);
	op_id_parse(request_text(r, FIELD_SPLIT_OF), &split);
	int64_t answer = w->due[TARGET_ANSWER] == NO_INSTANT ? DUE_NONE : w->due[TARGET_ANSWER];
	sql_bind(st, ROW_FORMAT, id, op_pack(s, w->op), w->reference, w->status, (int64_t)w->open, w->nature, w->channel, w->service, w->category,
		w->commune, w->assigned, (int64_t)w->priority, (int64_t)w->danger, (int64_t)w->untold, paused_of(r, w), w->received_ms,
		w->logged_ms, w->updated_ms, w->closed_ms, w->answered_ms, w->due[TARGET_ACKNOWLEDGE], w->due[TARGET_TAKE],
		w->due[TARGET_COMPLETE], answer, w->due[TARGET_LEGAL], w->risk_ms, w->promised_ms, w->requester, op_pack(s, parent),
		op_pack(s, split), w->source_id, w->latitude, w->longitude, w->subject, w->address, request_text(r, FIELD_AREA), (int64_t)w->conflict);
}

static enum guichet_rc write_row(struct store *s, int64_t id, bool is_new, const struct request *r, const struct request_row *w,
	struct guichet_err *err)
{
	static const char insert[] =
		"INSERT INTO request(id, op, reference, status, open, nature, channel, service, category, commune, assigned, priority, danger, "
		"untold, paused, received_ms, logged_ms, updated_ms, closed_ms, answered_ms, due_acknowledge, due_take, due_complete, due_answer, "
		"due_legal, risk_ms, promised_ms, requester, parent, split_of, source_id, latitude, longitude, subject, address, area, conflict) "
		"VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,?27,?28,?29,?30,?31,"
		"?32,?33,?34,?35,?36,?37)";
	static const char update[] =
		"UPDATE request SET op=?2, reference=?3, status=?4, open=?5, nature=?6, channel=?7, service=?8, category=?9, commune=?10, "
		"assigned=?11, priority=?12, danger=?13, untold=?14, paused=?15, received_ms=?16, logged_ms=?17, updated_ms=?18, closed_ms=?19, "
		"answered_ms=?20, due_acknowledge=?21, due_take=?22, due_complete=?23, due_answer=?24, due_legal=?25, risk_ms=?26, "
		"promised_ms=?27, requester=?28, parent=?29, split_of=?30, source_id=?31, latitude=?32, longitude=?33, subject=?34, address=?35, "
		"area=?36, conflict=?37 WHERE id=?1";
	sqlite3_stmt *st = sql_prepare(s, is_new ? insert : update, err);
	if (!st)
		return GUICHET_INTERNAL;
	bind_row(s, st, id, r, w);
	enum guichet_rc rc = sql_step(s, st, err);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* --- search words --- */

static char *words_kept(struct store *s, int64_t id)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT words FROM request_text WHERE id = ?1", NULL);
	char *words = NULL;
	if (!st)
		return NULL;
	sql_bind(st, "i", id);
	if (sql_step(s, st, NULL) == GUICHET_OK)
		words = guichet_strdup(column_str(st, 0));
	sqlite3_reset(st);
	return words;
}

static struct pending_text *gathered_text(struct store *s, int64_t id)
{
	for (size_t i = s->text_count; i-- > 0;)
		if (s->texts[i].id == id)
			return &s->texts[i];
	return NULL;
}

static void gather_text(struct store *s, int64_t id, bool is_new, char *words, bool indexed)
{
	struct pending_text *t = gathered_text(s, id);
	if (t) {
		/* What the tables hold is still the first one's old text. */
		free(t->words);
		t->words = words;
		return;
	}
	char *old = is_new ? NULL : words_kept(s, id);
	GUICHET_GROW(s->texts, s->text_count, s->text_capacity);
	s->texts[s->text_count++] = (struct pending_text){ id, words, old, indexed && old, indexed };
}

static void project_text(struct store *s, int64_t id, bool is_new, const struct request *r, const struct requester *who)
{
	struct text words = TEXT_INIT;
	request_words(&words, r, who, s->catalogue);
	gather_text(s, id, is_new, guichet_strdup(text_str(&words)), is_settled(s, op_pack(s, r->id)));
	text_done(&words);
}

/* Into the index as they are, or as this transaction makes them. */
static void settle_text(struct store *s, int64_t id)
{
	struct pending_text *t = gathered_text(s, id);
	if (t) {
		t->indexed = true;
		return;
	}
	char *words = words_kept(s, id);
	if (!words)
		return;
	GUICHET_GROW(s->texts, s->text_count, s->text_capacity);
	s->texts[s->text_count++] = (struct pending_text){ id, words, guichet_strdup(words), false, true };
}

static int by_id(const void *a, const void *b)
{
	int64_t x = ((const struct pending_text *)a)->id, y = ((const struct pending_text *)b)->id;
	return (x > y) - (x < y);
}

static enum guichet_rc flush_text(struct store *s, const struct pending_text *t, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	bool rebuilt = t->id <= s->rebuilt.texts, gone = !t->words, same = !gone && t->old_words && !strcmp(t->old_words, t->words);
	bool out = t->was_indexed && rebuilt && !same, in = !gone && t->indexed && rebuilt && !(same && t->was_indexed);
	if (out)
		rc = sql_run(s, err, "INSERT INTO request_fts(request_fts, rowid, words) VALUES('delete', ?1, ?2)", "it", t->id, t->old_words);
	if (rc == GUICHET_OK && gone)
		rc = sql_run(s, err, "DELETE FROM request_text WHERE id = ?1", "i", t->id);
	else if (rc == GUICHET_OK && !same)
		rc = sql_run(s, err, "INSERT OR REPLACE INTO request_text(id, words) VALUES(?1, ?2)", "it", t->id, t->words);
	if (rc == GUICHET_OK && in)
		rc = sql_run(s, err, "INSERT INTO request_fts(rowid, words) VALUES(?1, ?2)", "it", t->id, t->words);
	return rc;
}

enum guichet_rc texts_flush(struct store *s, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	if (s->text_count > 1)
		qsort(s->texts, s->text_count, sizeof *s->texts, by_id);
	for (size_t i = 0; i < s->text_count; i++) {
		if (rc == GUICHET_OK)
			rc = flush_text(s, &s->texts[i], err);
		free(s->texts[i].words);
		free(s->texts[i].old_words);
	}
	s->text_count = 0;
	return rc;
}

/* --- what is to be done --- */

struct todo_item { enum todo_kind kind; int64_t at_ms; };

static void todo_open(struct store *s, const struct request *r, const struct request_row *row, struct todo_item *out, size_t *n)
{
	int64_t due = row->due[TARGET_ANSWER];
	if (row->promised_ms != NO_INSTANT && row->answered_ms == NO_INSTANT) {
		out[(*n)++] = (struct todo_item){ TODO_PROMISE_MISSED, row->promised_ms };
		if (due != NO_INSTANT && due_day(due) > due_day(row->promised_ms))
			out[(*n)++] = (struct todo_item){ TODO_PROMISE_OVERTAKEN, row->promised_ms };
	}
	if (r->status == STATUS_REDIRECTED)
		out[(*n)++] = (struct todo_item){ TODO_NOTICE, row->updated_ms };
	if (r->beneath == STATUS_NEW && r->hops > 0)
		out[(*n)++] = (struct todo_item){ TODO_REFUSED, row->updated_ms };
	else if (r->beneath == STATUS_NEW && s->catalogue->unsorted && !strcmp(row->category, s->catalogue->unsorted->code))
		out[(*n)++] = (struct todo_item){ TODO_QUALIFY, row->due[TARGET_TAKE] != NO_INSTANT ? row->due[TARGET_TAKE] : row->received_ms };
}

/* At most one of each kind; returns how many. */
static size_t todo_of(struct store *s, const struct request *r, const struct request_row *row, struct todo_item out[TODO_KIND_COUNT])
{
	size_t n = 0;
	int64_t at = NO_INSTANT;
	for (size_t i = 0; i < r->callback_count; i++)
		if (!r->callbacks[i].done && (at == NO_INSTANT || r->callbacks[i].at_ms < at))
			at = r->callbacks[i].at_ms;
	if (at != NO_INSTANT && (row->open || r->status == STATUS_ANSWERED))
		out[n++] = (struct todo_item){ TODO_CALLBACK, at };
	if (row->untold)
		out[n++] = (struct todo_item){ TODO_DANGER_UNTOLD, row->logged_ms };
	/* Ended or not: whoever wrote what does not show is told. */
	if (r->unread_ms != NO_INSTANT)
		out[n++] = (struct todo_item){ TODO_UNREAD, r->unread_ms };
	if (r->undelivered)
		out[n++] = (struct todo_item){ TODO_UNDELIVERED, row->updated_ms };
	if (row->conflict)
		out[n++] = (struct todo_item){ TODO_CONFLICT, row->updated_ms };
	if (row->open)
		todo_open(s, r, row, out, &n);
	return n;
}

static enum guichet_rc project_todo(struct store *s, int64_t id, bool is_new, const struct request *r, const struct request_row *row,
	struct guichet_err *err)
{
	struct todo_item items[TODO_KIND_COUNT];
	enum guichet_rc rc = is_new ? GUICHET_OK : sql_run(s, err, "DELETE FROM todo WHERE request = ?1", "i", id);
	size_t n = todo_of(s, r, row, items);
	for (size_t i = 0; i < n && rc == GUICHET_OK; i++)
		rc = sql_run(s, err, "INSERT OR REPLACE INTO todo(request, kind, at_ms) VALUES(?1, ?2, ?3)", "iii", id, (int64_t)items[i].kind,
			items[i].at_ms);
	return rc;
}

/* --- which contacts were about it --- */

/* The contact that an operation names, packed; 0: none. */
static int64_t contact_of(struct store *s, const struct op *op)
{
	struct op_id contact;
	return op->kind < OP_KIND_COUNT && op_id_parse(op_text(op, "contact", ""), &contact) ? op_pack(s, contact) : 0;
}

static enum guichet_rc project_contacts(struct store *s, const struct loaded *l, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	for (size_t i = 0; i < l->op_count && rc == GUICHET_OK; i++) {
		int64_t contact = contact_of(s, &l->ops[i]);
		if (contact)
			rc = sql_run(s, err, "INSERT OR IGNORE INTO contact_request(contact, request) VALUES(?1, ?2)", "ii", contact, l->row_id);
	}
	return rc;
}

/* --- all of it --- */

static void load_requester(struct store *s, const struct request *r, struct requester *out)
{
	struct op_id id;
	memset(out, 0, sizeof *out);
	if (op_id_parse(request_text(r, FIELD_REQUESTER), &id))
		store_requester_of_op(s, id, out, NULL);
}

/* The answer's due date that the sums counted a row by. */
static int64_t counted_due(struct store *s, int64_t row_id)
{
	int64_t due = sql_value(s, DUE_NONE, "SELECT due_answer FROM request WHERE id = ?1", "i", row_id);
	return due == DUE_NONE ? NO_INSTANT : due;
}

enum guichet_rc project_request(struct store *s, struct loaded *l, const struct request *before, struct guichet_err *err)
{
	struct deadlines due;
	struct request_row row;
	struct requester who;
	const struct request *r = &l->request;
	int64_t subject = op_pack(s, r->id);
	bool is_new = l->row_id == 0, counted = subject <= s->rebuilt.requests, learned = counted && is_settled(s, subject);
	project_deadlines(r, s->catalogue, store_now(s), &due);
	row_of_request(s, r, &due, &row);
	if (is_new && !(l->row_id = kept_row_id(s, r->id)))
		l->row_id = free_row_id(s, row.received_ms);
	int64_t due_before = before ? counted_due(s, l->row_id) : NO_INSTANT;
	enum guichet_rc rc = write_row(s, l->row_id, is_new, r, &row, err);
	if (rc)
		return rc;
	load_requester(s, r, &who);
	project_text(s, l->row_id, is_new, r, &who);
	rc = project_todo(s, l->row_id, is_new, r, &row, err);
	if (rc == GUICHET_OK)
		rc = project_outgoing(s, l->row_id, is_new, r, err);
	if (rc == GUICHET_OK)
		rc = project_contacts(s, l, err);
	if (before && counted)
		tallies_count(&s->tallies, before, due_before, -1);
	if (counted)
		tallies_count(&s->tallies, r, due.due[TARGET_ANSWER], 1);
	if (before && learned)
		tallies_learn(&s->tallies, before, s->catalogue, -1);
	if (learned)
		tallies_learn(&s->tallies, r, s->catalogue, 1);
	requester_done(&who);
	return rc;
}

enum guichet_rc unproject_request(struct store *s, const struct loaded *l, struct guichet_err *err)
{
	int64_t subject = op_pack(s, l->request.id);
	bool counted = subject <= s->rebuilt.requests;
	if (counted)
		tallies_count(&s->tallies, &l->request, counted_due(s, l->row_id), -1);
	if (counted && is_settled(s, subject))
		tallies_learn(&s->tallies, &l->request, s->catalogue, -1);
	gather_text(s, l->row_id, false, NULL, is_settled(s, subject));
	enum guichet_rc rc = sql_run(s, err, "DELETE FROM request WHERE id = ?1", "i", l->row_id);
	if (rc == GUICHET_OK)
		rc = sql_run(s, err, "DELETE FROM todo WHERE request = ?1", "i", l->row_id);
	if (rc == GUICHET_OK)
		rc = sql_run(s, err, "DELETE FROM outgoing WHERE request = ?1", "i", l->row_id);
	return rc == GUICHET_OK ? sql_run(s, err, "DELETE FROM contact_request WHERE request = ?1", "i", l->row_id) : rc;
}

enum guichet_rc settle_request(struct store *s, int64_t subject, struct guichet_err *err)
{
	struct loaded l = { .row_id = sql_value(s, 0, "SELECT id FROM request WHERE op = ?1", "i", subject) };
	enum guichet_rc rc = journal_read(s, subject, &l.ops, &l.op_count, err);
	if (rc)
		return rc;
	request_fold(&l.request, l.ops, l.op_count);
	if (l.row_id && subject <= s->rebuilt.requests)
		tallies_learn(&s->tallies, &l.request, s->catalogue, 1);
	if (l.row_id)
		settle_text(s, l.row_id);
	loaded_done(&l);
	return GUICHET_OK;
}

static void note_difference(void *context, const char *what)
{
	bool *moved = context;
	*moved = *moved || !strncmp(what, "due_", 4) || !strcmp(what, "risk_ms");
}

static enum guichet_rc compare_row(struct store *s, int64_t id, const struct request *r, const struct request_row *w, project_differs *differs,
	void *context, struct guichet_err *err);

enum guichet_rc project_reload(struct store *s, int64_t row_id, bool *moved, struct guichet_err *err)
{
	struct loaded l;
	struct deadlines due;
	struct request_row row;
	struct requester who;
	bool differs = false;
	enum guichet_rc rc = store_load_id(s, row_id, &l, err);
	if (rc)
		return rc;
	const struct request *r = &l.request;
	project_deadlines(r, s->catalogue, store_now(s), &due);
	row_of_request(s, r, &due, &row);
	if (moved)
		rc = compare_row(s, row_id, r, &row, note_difference, &differs, err);
	if (op_pack(s, r->id) <= s->rebuilt.requests) {
		/* The fold is the same, so nothing else changes; but whether an answer was in time may have. */
		tallies_count(&s->tallies, r, counted_due(s, row_id), -1);
		tallies_count(&s->tallies, r, due.due[TARGET_ANSWER], 1);
	}
	if (rc == GUICHET_OK)
		rc = write_row(s, row_id, false, r, &row, err);
	load_requester(s, r, &who);
	project_text(s, row_id, false, r, &who);
	if (rc == GUICHET_OK)
		rc = project_todo(s, row_id, false, r, &row, err);
	if (moved)
		*moved = differs;
	requester_done(&who);
	loaded_done(&l);
	return rc;
}

/* --- comparing --- */

enum guichet_rc columns_compare(struct store *s, sqlite3_stmt *st, project_differs *differs, void *context, struct guichet_err *err)
{
	enum guichet_rc rc = sql_step(s, st, err);
	if (rc == GUICHET_NOT_FOUND) {
		differs(context, N_("absente"));
		return GUICHET_OK;
	}
	if (rc)
		return rc;
	for (int i = 0; i < sqlite3_column_count(st); i++)
		if (!sqlite3_column_int(st, i))
			differs(context, sqlite3_column_name(st, i));
	sqlite3_reset(st);
	return GUICHET_OK;
}

static enum guichet_rc compare_row(struct store *s, int64_t id, const struct request *r, const struct request_row *w, project_differs *differs,
	void *context, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s,
		"SELECT op IS ?2 AS op, reference IS ?3 AS reference, status IS ?4 AS status, open IS ?5 AS open, nature IS ?6 AS nature, "
		"channel IS ?7 AS channel, service IS ?8 AS service, category IS ?9 AS category, commune IS ?10 AS commune, "
		"assigned IS ?11 AS assigned, priority IS ?12 AS priority, danger IS ?13 AS danger, untold IS ?14 AS untold, "
		"paused IS ?15 AS paused, received_ms IS ?16 AS received_ms, logged_ms IS ?17 AS logged_ms, updated_ms IS ?18 AS updated_ms, "
		"closed_ms IS ?19 AS closed_ms, answered_ms IS ?20 AS answered_ms, due_acknowledge IS ?21 AS due_acknowledge, "
		"due_take IS ?22 AS due_take, due_complete IS ?23 AS due_complete, due_answer IS ?24 AS due_answer, due_legal IS ?25 AS due_legal, "
		"risk_ms IS ?26 AS risk_ms, promised_ms IS ?27 AS promised_ms, requester IS ?28 AS requester, parent IS ?29 AS parent, "
		"split_of IS ?30 AS split_of, source_id IS ?31 AS source_id, latitude IS ?32 AS latitude, longitude IS ?33 AS longitude, "
		"subject IS ?34 AS subject, address IS ?35 AS address, area IS ?36 AS area, conflict IS ?37 AS conflict FROM request WHERE id = ?1", err);
	if (!st)
		return GUICHET_INTERNAL;
	bind_row(s, st, id, r, w);
	return columns_compare(s, st, differs, context, err);
}

static void compare_words(struct store *s, int64_t id, const struct request *r, project_differs *differs, void *context)
{
	struct requester who;
	struct text words = TEXT_INIT;
	load_requester(s, r, &who);
	request_words(&words, r, &who, s->catalogue);
	if (!sql_value(s, 0, "SELECT words = ?2 FROM request_text WHERE id = ?1", "it", id, text_str(&words)))
		differs(context, N_("mots de recherche"));
	text_done(&words);
	requester_done(&who);
}

static void compare_todo(struct store *s, int64_t id, const struct request *r, const struct request_row *row, project_differs *differs,
	void *context)
{
	struct todo_item items[TODO_KIND_COUNT];
	size_t n = todo_of(s, r, row, items);
	bool same = sql_value(s, -1, "SELECT count(*) FROM todo WHERE request = ?1", "i", id) == (int64_t)n;
	for (size_t i = 0; i < n && same; i++)
		same = sql_value(s, 0, "SELECT at_ms = ?3 FROM todo WHERE request = ?1 AND kind = ?2", "iii", id, (int64_t)items[i].kind,
			items[i].at_ms) != 0;
	if (!same)
		differs(context, N_("à faire"));
}

static void compare_contacts(struct store *s, const struct loaded *l, project_differs *differs, void *context)
{
	int64_t found = 0, seen = 0;
	for (size_t i = 0; i < l->op_count && found == seen; i++) {
		int64_t contact = contact_of(s, &l->ops[i]);
		bool again = contact == 0;
		for (size_t j = 0; j < i && !again; j++)
			again = contact_of(s, &l->ops[j]) == contact;
		if (again)
			continue;
		seen++;
		found += sql_value(s, 0, "SELECT 1 FROM contact_request WHERE contact = ?1 AND request = ?2", "ii", contact, l->row_id);
	}
	if (found != seen || sql_value(s, -1, "SELECT count(*) FROM contact_request WHERE request = ?1", "i", l->row_id) != seen)
		differs(context, N_("contacts"));
}

enum guichet_rc project_compare(struct store *s, const struct loaded *l, project_differs *differs, void *context, struct guichet_err *err)
{
	struct deadlines due;
	struct request_row row;
	const struct request *r = &l->request;
	if (!l->row_id) {
		differs(context, N_("absente"));
		return GUICHET_OK;
	}
	project_deadlines(r, s->catalogue, store_now(s), &due);
	row_of_request(s, r, &due, &row);
	enum guichet_rc rc = compare_row(s, l->row_id, r, &row, differs, context, err);
	compare_words(s, l->row_id, r, differs, context);
	compare_todo(s, l->row_id, r, &row, differs, context);
	compare_outgoing(s, l->row_id, r, differs, context);
	compare_contacts(s, l, differs, context);
	return rc;
}
