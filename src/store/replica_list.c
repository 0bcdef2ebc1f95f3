// SPDX-License-Identifier: GPL-3.0-or-later
/* What a desk has to do with its server, told for people: what waits to be sent, what was parked; and hashes by which two desks are compared. Must not know how any
 * of it is sent. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "replica_inside.h"

bool replica_is_enrolled(struct store *s)
{
	return sql_value(s, 0, "SELECT 1 FROM meta WHERE key = 'server-url'", "") != 0;
}

/* --- lists --- */

void waiting_ops_free(struct waiting_op *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		op_done(&list[i].op);
		free(list[i].subject);
	}
	free(list);
}

static void name_request(struct store *s, struct waiting_op *w)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT id, reference, subject FROM request WHERE op = ?1", NULL);
	if (st) {
		sql_bind(st, "i", op_pack(s, w->op.subject));
		if (sql_step(s, st, NULL) == GUICHET_OK) {
			w->row_id = sqlite3_column_int64(st, 0);
			w->reference = sqlite3_column_int64(st, 1);
			w->subject = guichet_strdup(column_str(st, 2));
		}
		sqlite3_reset(st);
	}
	if (!w->subject)
		w->subject = guichet_strdup("");
}

/* Supervisors are few, and what they settled leaves with the next exchange. */
static bool is_being_settled(struct store *s, const struct op *op)
{
	char id[OP_ID_TEXT];
	op_id_format(op->id, id);
	return sql_value(s, 0, "SELECT 1 FROM op INDEXED BY op_subject WHERE subject = ?1 AND subject <> id AND kind = 'settle' AND seq IS NULL "
		"AND json_extract(facts, '$.target') = ?2", "it", op_pack(s, op->subject), id) != 0;
}

static enum guichet_rc read_list(struct store *s, const char *sql, size_t max, struct waiting_op **out, size_t *count, struct guichet_err *err)
{
	size_t capacity = 0;
	*out = NULL;
	*count = 0;
	sqlite3_stmt *st = sql_prepare(s, sql, err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "i", (int64_t)max);
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		GUICHET_GROW(*out, *count, capacity);
		struct waiting_op *w = &(*out)[*count];
		memset(w, 0, sizeof *w);
		if ((rc = op_of_statement(s, st, &w->op, err)))
			break;
		++*count;
	}
	sqlite3_reset(st);
	if (rc != GUICHET_NOT_FOUND) {
		waiting_ops_free(*out, *count);
		*out = NULL;
		*count = 0;
		return rc;
	}
	for (size_t i = 0; i < *count; i++) {
		name_request(s, &(*out)[i]);
		(*out)[i].settling = (*out)[i].op.parked && is_being_settled(s, &(*out)[i].op);
	}
	return GUICHET_OK;
}

enum guichet_rc replica_list_pending(struct store *s, size_t max, struct waiting_op **out, size_t *count, struct guichet_err *err)
{
	bool reading = sql_begin_reading(s);
	enum guichet_rc rc = replica_is_enrolled(s) ? read_list(s, "SELECT " OP_COLUMNS " FROM op WHERE id IN (SELECT o.id FROM device d CROSS JOIN op o "
		"ON o.id > (d.no << 40 | d.acked) AND o.id < ((d.no + 1) << 40) ORDER BY d.own DESC, d.no, o.id LIMIT ?1) ORDER BY wall_ms, id", max, out, count, err)
		: GUICHET_OK;
	sql_end_reading(s, reading);
	return rc;
}

enum guichet_rc replica_list_parked(struct store *s, size_t max, struct waiting_op **out, size_t *count, struct guichet_err *err)
{
	bool reading = sql_begin_reading(s);
	enum guichet_rc rc = read_list(s, "SELECT " OP_COLUMNS " FROM op INDEXED BY op_parked WHERE parked = 1 AND why IS NOT 'aside' ORDER BY wall_ms, id LIMIT ?1",
		max, out, count, err);
	sql_end_reading(s, reading);
	return rc;
}

int64_t replica_blobs_waiting(struct store *s)
{
	return sql_value(s, 0, "SELECT count(*) FROM blob WHERE sent = 0", "");
}

size_t replica_crossed_links(struct store *s, int64_t *rows, size_t max)
{
	size_t n = 0;
	sqlite3_stmt *st = sql_prepare(s, "SELECT r.id FROM request r WHERE r.open = 1 AND r.parent IS NOT NULL AND r.status = 'duplicate' AND EXISTS(SELECT 1 FROM request p "
		"WHERE p.op = r.parent AND p.parent = r.op AND p.status = 'duplicate') ORDER BY r.id", NULL);
	while (st && n < max && sql_step(s, st, NULL) == GUICHET_OK)
		rows[n++] = sqlite3_column_int64(st, 0);
	if (st)
		sqlite3_reset(st);
	return n;
}

/* --- hashes --- */

struct subjects { struct op_id *ids; size_t count, capacity; };

static int by_id(const void *a, const void *b)
{
	return op_id_compare(*(const struct op_id *)a, *(const struct op_id *)b);
}

/* Numbers of devices are each store's own: in the order of what they stand for. */
static enum guichet_rc read_ids(struct store *s, const char *sql, struct subjects *out, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s, sql, err);
	enum guichet_rc rc = st ? GUICHET_OK : GUICHET_INTERNAL;
	while (!rc && (rc = sql_step(s, st, err)) == GUICHET_OK) {
		GUICHET_GROW(out->ids, out->count, out->capacity);
		out->ids[out->count++] = op_unpack(s, sqlite3_column_int64(st, 0));
	}
	if (st)
		sqlite3_reset(st);
	if (out->count > 1)
		qsort(out->ids, out->count, sizeof *out->ids, by_id);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

static void add_text(crypto_generichash_state *h, const char *text)
{
	crypto_generichash_update(h, (const unsigned char *)text, strlen(text) + 1);
}

static void add_number(crypto_generichash_state *h, int64_t n)
{
	char text[32];
	snprintf(text, sizeof text, "%lld", (long long)n);
	add_text(h, text);
}

static void add_id(crypto_generichash_state *h, struct op_id id)
{
	char text[OP_ID_TEXT];
	op_id_format(id, text);
	add_text(h, text);
}

static void add_op(crypto_generichash_state *h, const struct op *op)
{
	add_id(h, op->id);
	add_number(h, op->seq);
	add_number(h, op->parked);
	add_number(h, op->blanked);
	crypto_generichash_update(h, op->hash, sizeof op->hash);
}

/* Every value that is there, the one that shows first: so a conflict counts too. */
static void add_shown(crypto_generichash_state *h, const struct request *r)
{
	add_id(h, r->id);
	add_number(h, r->reference);
	add_number(h, r->status);
	for (int f = 0; f < FIELD_COUNT; f++) {
		const struct field_state *state = &r->fields[f];
		for (size_t i = 0; i < state->count; i++) {
			char *value = state->heads[i].value ? json_dumps(state->heads[i].value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS) : NULL;
			add_number(h, f);
			add_id(h, state->heads[i].by);
			add_text(h, value ? value : "");
			free(value);
		}
	}
	add_number(h, (int64_t)r->answer_count);
	add_number(h, (int64_t)r->promise_count);
	add_number(h, r->answered_ms);
	add_number(h, r->closed_ms);
	add_number(h, r->review_mark);
}

static enum guichet_rc add_subject(struct store *s, struct op_id id, crypto_generichash_state *journal, crypto_generichash_state *state,
	struct replica_hash *out, struct guichet_err *err)
{
	struct op *ops;
	size_t count;
	struct request r;
	enum guichet_rc rc = journal_read(s, op_pack(s, id), &ops, &count, err);
	if (rc)
		return rc;
	op_sort(ops, count);
	for (size_t i = 0; i < count; i++)
		add_op(journal, &ops[i]);
	out->operations += (int64_t)count;
	if (count > 0 && ops[0].kind == OP_CREATE) {
		request_fold(&r, ops, count);
		add_shown(state, &r);
		out->requests++;
		request_done(&r);
	}
	ops_free(ops, count);
	return GUICHET_OK;
}

enum guichet_rc replica_hash(struct store *s, struct replica_hash *out, struct guichet_err *err)
{
	struct subjects subjects = { 0 };
	crypto_generichash_state journal, state;
	memset(out, 0, sizeof *out);
	if (sodium_init() < 0)
		return guichet_err_set(err, GUICHET_INTERNAL, "libsodium");
	crypto_generichash_init(&journal, NULL, 0, sizeof out->journal);
	crypto_generichash_init(&state, NULL, 0, sizeof out->state);
	bool reading = sql_begin_reading(s);
	enum guichet_rc rc = read_ids(s, "SELECT DISTINCT subject FROM op WHERE parked IS NOT 2", &subjects, err);
	for (size_t i = 0; i < subjects.count && !rc; i++)
		rc = add_subject(s, subjects.ids[i], &journal, &state, out, err);
	sql_end_reading(s, reading);
	crypto_generichash_final(&journal, out->journal, sizeof out->journal);
	crypto_generichash_final(&state, out->state, sizeof out->state);
	free(subjects.ids);
	return rc;
}
