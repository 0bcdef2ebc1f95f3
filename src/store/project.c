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
	out->latitude = request_real(r, FIELD_LATITUDE);
	out->longitude = request_real(r, FIELD_LONGITUDE);
}

/* --- the request's row --- */

/* The first free id of the second of receipt; after 65,535 of them (an import that knows the day only) the next second's. */
static int64_t free_row_id(struct store *s, int64_t received_ms)
{
	int64_t second = received_ms / 1000 > 0 ? received_ms / 1000 : 1;
	for (;; second++) {
		int64_t base = second << 16;
		int64_t last = sql_value(s, base, "SELECT max(id) FROM request WHERE id BETWEEN ?1 AND ?2", "ii", base, base + 65535);
		if (last < base + 65535)
			return last + 1;
	}
}

#define ROW_FORMAT "iiitittttteiiiiiiiIIIIIiIIIzzzeddtee"

static enum guichet_rc write_row(struct store *s, int64_t id, bool is_new, const struct request *r, const struct request_row *w,
	struct guichet_err *err)
{
	static const char insert[] =
		"INSERT INTO request(id, op, reference, status, open, nature, channel, service, category, commune, assigned, priority, danger, "
		"untold, paused, received_ms, logged_ms, updated_ms, closed_ms, answered_ms, due_acknowledge, due_take, due_complete, due_answer, "
		"due_legal, risk_ms, promised_ms, requester, parent, split_of, source_id, latitude, longitude, subject, address, area) "
		"VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,?27,?28,?29,?30,?31,"
		"?32,?33,?34,?35,?36)";
	static const char update[] =
		"UPDATE request SET op=?2, reference=?3, status=?4, open=?5, nature=?6, channel=?7, service=?8, category=?9, commune=?10, "
		"assigned=?11, priority=?12, danger=?13, untold=?14, paused=?15, received_ms=?16, logged_ms=?17, updated_ms=?18, closed_ms=?19, "
		"answered_ms=?20, due_acknowledge=?21, due_take=?22, due_complete=?23, due_answer=?24, due_legal=?25, risk_ms=?26, "
		"promised_ms=?27, requester=?28, parent=?29, split_of=?30, source_id=?31, latitude=?32, longitude=?33, subject=?34, address=?35, "
		"area=?36 WHERE id=?1";
	struct op_id parent = { 0, 0 }, split = { 0, 0 };
	op_id_parse(request_text(r, FIELD_PARENT), &parent);
	op_id_parse(request_text(r, FIELD_SPLIT_OF), &split);
	int64_t answer = w->due[TARGET_ANSWER] == NO_INSTANT ? DUE_NONE : w->due[TARGET_ANSWER];
	return sql_run(s, err, is_new ? insert : update, ROW_FORMAT, id, op_pack(s, w->op), w->reference, w->status, (int64_t)w->open, w->nature,
		w->channel, w->service, w->category, w->commune, w->assigned, (int64_t)w->priority, (int64_t)w->danger, (int64_t)w->untold,
		(int64_t)w->paused, w->received_ms, w->logged_ms, w->updated_ms, w->closed_ms, w->answered_ms, w->due[TARGET_ACKNOWLEDGE],
		w->due[TARGET_TAKE], w->due[TARGET_COMPLETE], answer, w->due[TARGET_LEGAL], w->risk_ms, w->promised_ms, w->requester,
		op_pack(s, parent), op_pack(s, split), w->source_id, w->latitude, w->longitude, w->subject, w->address,
		request_text(r, FIELD_AREA));
}

/* --- search words --- */

static void gather_text(struct store *s, int64_t id, char *words, char *old_words)
{
	for (size_t i = s->text_count; i-- > 0;)
		if (s->texts[i].id == id) {
			free(s->texts[i].words);
			s->texts[i].words = words;
			free(old_words); /* what the index holds is still the first one's old text */
			return;
		}
	GUICHET_GROW(s->texts, s->text_count, s->text_capacity);
	s->texts[s->text_count++] = (struct pending_text){ id, words, old_words };
}

static void project_text(struct store *s, int64_t id, bool is_new, const struct request *r, const struct requester *who)
{
	struct text words = TEXT_INIT;
	char *old = NULL;
	request_words(&words, r, who, s->catalogue);
	if (!is_new) {
		sqlite3_stmt *st = sql_prepare(s, "SELECT words FROM request_text WHERE id = ?1", NULL);
		if (st) {
			sql_bind(st, "i", id);
			if (sql_step(s, st, NULL) == GUICHET_OK)
				old = guichet_strdup(column_str(st, 0));
			sqlite3_reset(st);
		}
	}
	gather_text(s, id, guichet_strdup(text_str(&words)), old);
	text_done(&words);
}

static int by_id(const void *a, const void *b)
{
	int64_t x = ((const struct pending_text *)a)->id, y = ((const struct pending_text *)b)->id;
	return (x > y) - (x < y);
}

static enum guichet_rc flush_text(struct store *s, const struct pending_text *t, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	if (t->old_words && !strcmp(t->old_words, t->words))
		return GUICHET_OK;
	if (t->old_words)
		rc = sql_run(s, err, "INSERT INTO request_fts(request_fts, rowid, words) VALUES('delete', ?1, ?2)", "it", t->id, t->old_words);
	if (rc == GUICHET_OK)
		rc = sql_run(s, err, "INSERT OR REPLACE INTO request_text(id, words) VALUES(?1, ?2)", "it", t->id, t->words);
	if (rc == GUICHET_OK)
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

static enum guichet_rc add_todo(struct store *s, int64_t id, enum todo_kind kind, int64_t at_ms, struct guichet_err *err)
{
	return sql_run(s, err, "INSERT OR REPLACE INTO todo(request, kind, at_ms) VALUES(?1, ?2, ?3)", "iii", id, (int64_t)kind, at_ms);
}

static enum guichet_rc project_todo(struct store *s, int64_t id, bool is_new, const struct request *r, const struct request_row *row,
	struct guichet_err *err)
{
	enum guichet_rc rc = is_new ? GUICHET_OK : sql_run(s, err, "DELETE FROM todo WHERE request = ?1", "i", id);
	int64_t at = NO_INSTANT;
	for (size_t i = 0; i < r->callback_count; i++)
		if (!r->callbacks[i].done && (at == NO_INSTANT || r->callbacks[i].at_ms < at))
			at = r->callbacks[i].at_ms;
	if (rc == GUICHET_OK && at != NO_INSTANT && (row->open || r->status == STATUS_ANSWERED))
		rc = add_todo(s, id, TODO_CALLBACK, at, err);
	if (rc == GUICHET_OK && row->untold)
		rc = add_todo(s, id, TODO_DANGER_UNTOLD, row->logged_ms, err);
	if (rc || !row->open)
		return rc;
	if (row->promised_ms != NO_INSTANT && row->answered_ms == NO_INSTANT) {
		rc = add_todo(s, id, TODO_PROMISE_MISSED, row->promised_ms, err);
		int64_t due = row->due[TARGET_ANSWER];
		if (rc == GUICHET_OK && due != NO_INSTANT && paris_day(due) > paris_day(row->promised_ms))
			rc = add_todo(s, id, TODO_PROMISE_OVERTAKEN, row->promised_ms, err);
	}
	if (rc == GUICHET_OK && r->status == STATUS_REDIRECTED)
		rc = add_todo(s, id, TODO_NOTICE, row->updated_ms, err);
	if (rc == GUICHET_OK && r->beneath == STATUS_NEW && r->hops > 0)
		rc = add_todo(s, id, TODO_REFUSED, row->updated_ms, err);
	else if (rc == GUICHET_OK && r->beneath == STATUS_NEW && s->catalogue->unsorted && !strcmp(row->category, s->catalogue->unsorted->code))
		rc = add_todo(s, id, TODO_QUALIFY, row->due[TARGET_TAKE] != NO_INSTANT ? row->due[TARGET_TAKE] : row->received_ms, err);
	return rc;
}

/* --- which contacts were about it --- */

static enum guichet_rc project_contacts(struct store *s, const struct loaded *l, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	for (size_t i = 0; i < l->op_count && rc == GUICHET_OK; i++) {
		struct op_id contact;
		if (l->ops[i].kind < OP_KIND_COUNT && op_id_parse(op_text(&l->ops[i], "contact", ""), &contact))
			rc = sql_run(s, err, "INSERT OR IGNORE INTO contact_request(contact, request) VALUES(?1, ?2)", "ii", op_pack(s, contact),
				l->row_id);
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

enum guichet_rc project_request(struct store *s, struct loaded *l, const struct request *before, struct guichet_err *err)
{
	struct deadlines due;
	struct request_row row;
	struct requester who;
	const struct request *r = &l->request;
	bool is_new = l->row_id == 0;
	int64_t now = store_now(s);
	deadlines_compute(r, s->catalogue, now, &due, NULL);
	row_of_request(s, r, &due, &row);
	if (is_new)
		l->row_id = free_row_id(s, row.received_ms);
	enum guichet_rc rc = write_row(s, l->row_id, is_new, r, &row, err);
	if (rc)
		return rc;
	load_requester(s, r, &who);
	project_text(s, l->row_id, is_new, r, &who);
	rc = project_todo(s, l->row_id, is_new, r, &row, err);
	if (rc == GUICHET_OK)
		rc = project_contacts(s, l, err);
	if (before) {
		struct deadlines old;
		deadlines_compute(before, s->catalogue, now, &old, NULL);
		tallies_contribute(&s->tallies, before, &old, -1);
	}
	tallies_contribute(&s->tallies, r, &due, 1);
	requester_done(&who);
	return rc;
}

enum guichet_rc project_reload(struct store *s, int64_t row_id, struct guichet_err *err)
{
	struct loaded l;
	enum guichet_rc rc = store_load_id(s, row_id, &l, err);
	if (rc)
		return rc;
	/* The fold is the same, and an open request's sums do not depend on what moved: the calendar or the requester. */
	struct deadlines due;
	struct request_row row;
	struct requester who;
	deadlines_compute(&l.request, s->catalogue, store_now(s), &due, NULL);
	row_of_request(s, &l.request, &due, &row);
	rc = write_row(s, row_id, false, &l.request, &row, err);
	load_requester(s, &l.request, &who);
	project_text(s, row_id, false, &l.request, &who);
	if (rc == GUICHET_OK)
		rc = project_todo(s, row_id, false, &l.request, &row, err);
	requester_done(&who);
	loaded_done(&l);
	return rc;
}
