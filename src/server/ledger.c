// SPDX-License-Identifier: GPL-3.0-or-later
/* The server's journal: its tables, its head, reading operations and items. */
#include "ledger_inside.h"

#include <stdlib.h>
#include <string.h>

__asm__(".section .rodata\n.global server_migration_001\nserver_migration_001:\n.incbin \"data/server/001.sql\"\n.byte 0\n.previous\n");
extern const char server_migration_001[];

bool scope_has(const struct scope *s, const char *services)
{
	if (s->all)
		return true;
	for (const char *word = services; word && *word;) {
		size_t n = strcspn(word, " ");
		for (size_t i = 0; i < s->count; i++)
			if (strlen(s->services[i]) == n && !strncmp(s->services[i], word, n))
				return true;
		word += n + (word[n] == ' ');
	}
	return false;
}

/* --- tables --- */

enum guichet_rc ledger_make_tables(struct db *db, struct guichet_err *err)
{
	return db_script(db, server_migration_001, err);
}

static enum guichet_rc create(struct db *db, struct guichet_random random, struct guichet_err *err)
{
	uint8_t identity[16], chain[WIRE_CHAIN] = { 0 };
	char text[33];
	random.fill(random.context, identity, sizeof identity);
	wire_hex(identity, sizeof identity, text);
	enum guichet_rc rc = db_begin(db, err);
	if (rc)
		return rc;
	rc = ledger_make_tables(db, err);
	if (!rc)
		rc = db_run(db, err, "INSERT INTO head(one, schema_version, identity, epoch, seq, chain, epoch_seq, epoch_chain, backup_seq, next_serial) "
			"VALUES(1, ?1, ?2, 1, 0, ?3, 0, ?3, 0, ?4)",
			"itbi", (int64_t)LEDGER_SCHEMA, text, (const void *)chain, sizeof chain, (int64_t)SERIALS_FIRST);
	rc = rc ? rc : db_commit(db, err);
	if (rc)
		db_rollback(db);
	return rc;
}

static bool has_tables(struct db *db)
{
	if (db_is_postgres(db))
		return db_value(db, 0, "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'head'", "") > 0;
	return db_value(db, 0, "SELECT count(*) FROM sqlite_master WHERE name = 'head'", "") > 0;
}

enum guichet_rc ledger_prepare(struct db *db, struct guichet_random random, struct guichet_err *err)
{
	if (!has_tables(db)) {
		enum guichet_rc rc = create(db, random, err);
		/* Two guichetd may start on one empty cluster. */
		if (rc && !has_tables(db))
			return rc;
	}
	int64_t schema = db_value(db, 0, "SELECT schema_version FROM head", "");
	if (schema == LEDGER_SCHEMA)
		return GUICHET_OK;
	if (schema > LEDGER_SCHEMA)
		return guichet_err_set(err, GUICHET_DATA, _("cette base vient d'un guichetd plus récent (schéma %lld, celui-ci connaît le %d)"), (long long)schema,
			LEDGER_SCHEMA);
	return guichet_err_set(err, GUICHET_DATA, _("ce n'est pas une base de guichetd"));
}

#define HEAD_COLUMNS "epoch, seq, backup_seq, chain, epoch_seq, epoch_chain"

static enum guichet_rc read_head(struct db_rows *rows, struct ledger_head *out, struct guichet_err *err)
{
	bool any = db_next(rows);
	if (any) {
		size_t bytes;
		out->epoch = db_int(rows, 0);
		out->seq = db_int(rows, 1);
		out->backup_seq = db_int(rows, 2);
		const void *chain = db_bytes(rows, 3, &bytes);
		if (bytes == WIRE_CHAIN)
			memcpy(out->chain, chain, bytes);
		out->epoch_seq = db_int(rows, 4);
		chain = db_bytes(rows, 5, &bytes);
		if (bytes == WIRE_CHAIN)
			memcpy(out->epoch_chain, chain, bytes);
	}
	enum guichet_rc rc = db_rows_done(&rows, err);
	return rc ? rc : any ? GUICHET_OK : guichet_err_set(err, GUICHET_DATA, _("ce n'est pas une base de guichetd"));
}

enum guichet_rc ledger_head(struct db *db, struct ledger_head *out, struct guichet_err *err)
{
	memset(out, 0, sizeof *out);
	struct db_rows *rows = db_query(db, err, "SELECT " HEAD_COLUMNS " FROM head", "");
	return rows ? read_head(rows, out, err) : err ? err->code : GUICHET_IO;
}

/* Where devices stand, so many at once: those of number 0 are nobody. */
enum { SENDERS = 16 };

static struct db_rows *ask_last(struct db *db, const struct push *const *pushes, size_t count, struct guichet_err *err)
{
	int64_t d[SENDERS] = { 0 };
	for (size_t i = 0; i < count; i++)
		d[i] = pushes[i]->count ? (int64_t)pushes[i]->ops[0].id.device : 0;
	return db_query(db, err, "WITH d(id) AS (VALUES (CAST(?1 AS BIGINT)), (?2), (?3), (?4), (?5), (?6), (?7), (?8), (?9), (?10), (?11), (?12), (?13), (?14), (?15), "
		"(?16)) SELECT id, (SELECT max(o.dseq) FROM op o WHERE o.device = d.id AND o.settles IS NULL) FROM d WHERE id > 0", "iiiiiiiiiiiiiiii", d[0], d[1],
		d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12], d[13], d[14], d[15]);
}

static enum guichet_rc read_last(struct db_rows *rows, struct push **pushes, size_t count, struct guichet_err *err)
{
	while (db_next(rows))
		for (size_t i = 0; i < count; i++)
			if (pushes[i]->count && pushes[i]->ops[0].id.device == (uint32_t)db_int(rows, 0))
				pushes[i]->last = (uint64_t)db_int(rows, 1);
	return db_rows_done(&rows, err);
}

enum guichet_rc ledger_lock(struct db *db, struct push **pushes, size_t count, struct ledger_head *head, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	memset(head, 0, sizeof *head);
	/* SQLite's transaction is a lock already. */
	struct db_rows *heads = db_query_later(db, err, db_is_postgres(db) ? "SELECT " HEAD_COLUMNS " FROM head FOR UPDATE" : "SELECT " HEAD_COLUMNS " FROM head", "");
	struct db_rows *untold = heads ? db_query_later(db, err, "SELECT count(*) FROM erased WHERE seq = 0", "") : NULL;
	if (!untold)
		rc = err->code;
	for (size_t i = 0; i < count && !rc; i += SENDERS) {
		size_t n = count - i < SENDERS ? count - i : SENDERS;
		for (size_t k = i; k < i + n; k++)
			pushes[k]->last = 0;
		struct db_rows *rows = ask_last(db, (const struct push *const *)(pushes + i), n, err);
		rc = rows ? read_last(rows, pushes + i, n, err) : err->code;
	}
	if (untold) {
		head->none_erased = db_next(untold) && db_int(untold, 0) == 0;
		enum guichet_rc end = db_rows_done(&untold, rc ? NULL : err);
		rc = rc ? rc : end;
	}
	if (rc) {
		db_rows_done(&heads, NULL);
		return rc;
	}
	return read_head(heads, head, err);
}

/* --- operations and items --- */

void ops_done(struct op *ops, size_t count)
{
	for (size_t i = 0; i < count; i++)
		op_done(&ops[i]);
	free(ops);
}

enum guichet_rc row_op(struct db_rows *rows, struct op *out, struct guichet_err *err)
{
	struct op_id subject = { (uint32_t)db_int(rows, COLUMN_SUBJECT_DEVICE), (uint64_t)db_int(rows, COLUMN_SUBJECT_DSEQ) };
	size_t bytes;
	op_init(out, OP_KIND_COUNT, subject, db_str(rows, COLUMN_ACTOR), db_int(rows, COLUMN_WALL));
	op_set_kind(out, db_str(rows, COLUMN_KIND));
	out->id = (struct op_id){ (uint32_t)db_int(rows, COLUMN_DEVICE), (uint64_t)db_int(rows, COLUMN_DSEQ) };
	out->seq = db_int(rows, COLUMN_SEQ);
	out->v = (int)db_int(rows, COLUMN_V);
	out->parked = !db_is_null(rows, COLUMN_PARKED);
	if (out->parked)
		snprintf(out->why, sizeof out->why, "%s", db_str(rows, COLUMN_PARKED));
	out->blanked = db_is_null(rows, COLUMN_SALT);
	const void *salt = db_bytes(rows, COLUMN_SALT, &bytes);
	if (bytes == OP_SALT)
		memcpy(out->salt, salt, bytes);
	const void *hash = db_bytes(rows, COLUMN_HASH, &bytes);
	if (bytes == OP_HASH)
		memcpy(out->hash, hash, bytes);
	enum guichet_rc rc = op_load_payload(out, db_str(rows, COLUMN_FACTS), db_str(rows, COLUMN_PERSONAL), db_str(rows, COLUMN_BASE), err);
	if (rc)
		op_done(out);
	return rc;
}

enum guichet_rc ledger_subject(struct db *db, struct op_id subject, int64_t up_to, struct op **ops, size_t *count, struct guichet_err *err)
{
	size_t capacity = 0;
	*ops = NULL;
	*count = 0;
	struct db_rows *rows = db_query(db, err, "SELECT " OP_COLUMNS " FROM op o WHERE o.subject_device = ?1 AND o.subject_dseq = ?2 AND o.seq <= ?3 "
		"AND (o.parked IS NULL OR NOT EXISTS(SELECT 1 FROM op s WHERE s.settles = o.seq AND s.seq <= ?3)) ORDER BY o.seq", "iii",
		(int64_t)subject.device, (int64_t)subject.dseq, up_to);
	if (!rows)
		return err ? err->code : GUICHET_IO;
	enum guichet_rc rc = GUICHET_OK;
	while (!rc && db_next(rows)) {
		GUICHET_GROW(*ops, *count, capacity);
		rc = row_op(rows, &(*ops)[*count], err);
		*count += rc == GUICHET_OK;
	}
	enum guichet_rc end = db_rows_done(&rows, rc ? NULL : err);
	rc = rc ? rc : end;
	if (rc) {
		ops_done(*ops, *count);
		*ops = NULL;
		*count = 0;
	}
	return rc;
}

enum guichet_rc ledger_item(struct db *db, struct op_id id, struct item *out, struct guichet_err *err)
{
	memset(out, 0, sizeof *out);
	struct db_rows *rows = db_query(db, err, "SELECT subject, service, reference, requester_device, requester_dseq, open, closed_ms, erased FROM item "
		"WHERE device = ?1 AND dseq = ?2", "ii", (int64_t)id.device, (int64_t)id.dseq);
	if (!rows)
		return err ? err->code : GUICHET_IO;
	if (db_next(rows)) {
		out->known = true;
		out->subject = (enum op_subject)db_int(rows, 0);
		if (!db_is_null(rows, 1))
			snprintf(out->service, sizeof out->service, "%s", db_str(rows, 1));
		out->reference = db_int(rows, 2);
		out->requester = (struct op_id){ (uint32_t)db_int(rows, 3), (uint64_t)db_int(rows, 4) };
		out->open = db_int(rows, 5) != 0;
		out->closed_ms = db_is_null(rows, 6) ? NO_INSTANT : db_int(rows, 6);
		out->erased = db_int(rows, 7) != 0;
	}
	return db_rows_done(&rows, err);
}

enum guichet_rc ledger_request(struct db *db, const struct scope *scope, struct op_id subject, struct op **ops, size_t *count, struct guichet_err *err)
{
	struct item item;
	enum guichet_rc rc = ledger_item(db, subject, &item, err);
	*ops = NULL;
	*count = 0;
	if (!rc && (!item.known || item.subject != SUBJECT_REQUEST || !scope_has(scope, item.service)))
		rc = guichet_err_set(err, GUICHET_NOT_FOUND, _("aucune demande de ce numéro"));
	return rc ? rc : ledger_subject(db, subject, INT64_MAX, ops, count, err);
}

size_t ledger_find_reference(struct db *db, const struct scope *scope, int64_t reference, struct op_id *ids, size_t max)
{
	size_t n = 0;
	struct db_rows *rows = db_query(db, NULL, "SELECT device, dseq, service FROM item WHERE reference = ?1 ORDER BY seq", "i", reference);
	while (rows && n < max && db_next(rows))
		if (scope_has(scope, db_str(rows, 2)))
			ids[n++] = (struct op_id){ (uint32_t)db_int(rows, 0), (uint64_t)db_int(rows, 1) };
	db_rows_done(&rows, NULL);
	return n;
}
