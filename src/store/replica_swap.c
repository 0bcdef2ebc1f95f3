// SPDX-License-Identifier: GPL-3.0-or-later
/* A database built beside the store takes its place. The store is locked for everybody while what it alone holds is carried over (operations that were not sent or
 * that the new one has not read yet, drafts, settings, attachments); then one rename decides: before it, the old store is there, after it, the new one. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guichet/base/sim_bug.h"
#include "shadow_inside.h"

enum { PARKED_COLUMN = 12 /* of OP_COLUMNS */ };

/* --- operations --- */

static bool is_here(struct store *s, struct op_id id)
{
	int64_t packed = op_pack(s, id);
	return packed && sql_value(s, 0, "SELECT 1 FROM op WHERE id = ?1", "i", packed);
}

/* Without a word of people where the new store has read, or the snapshot said, that its subject was erased: this desk had not heard of it yet. */
static enum guichet_rc put_op(struct store *to, const struct op *op, struct guichet_err *err)
{
	struct op bare = *op;
	if (op->kind != OP_ERASE && !SIM_BUG(erase_not_pending) && replica_is_erased(to, op->subject)) {
		bare.blanked = true;
		bare.personal = NULL;
		bare.personal_text = NULL;
	}
	return journal_insert(to, &bare, err);
}

/* A run of operations of one subject. */
static enum guichet_rc put_run(struct store *to, const struct op *ops, size_t count, struct guichet_err *err)
{
	struct reprojection r = { 0 };
	enum guichet_rc rc = replica_know_device(to, ops[0].subject.device, err);
	for (size_t i = 0; i < count && !rc; i++)
		rc = replica_know_named(to, &ops[i], err);
	if (!rc)
		rc = reproject_begin(to, op_pack(to, ops[0].subject), &r, err);
	for (size_t i = 0; i < count && !rc; i++)
		if (!is_here(to, ops[i].id))
			rc = put_op(to, &ops[i], err);
	enum guichet_rc end = reproject_end(to, &r, rc ? NULL : err);
	return rc ? rc : end;
}

static enum guichet_rc put_subject(struct store *live, struct store *to, struct op_id subject, struct guichet_err *err)
{
	struct op *ops;
	size_t count;
	enum guichet_rc rc = journal_read(live, op_pack(live, subject), &ops, &count, err);
	if (!rc && count > 0)
		rc = put_run(to, ops, count, err);
	ops_free(ops, count);
	return rc;
}

/* What an operation is about, and the person it names, when the new store lacks them. */
static enum guichet_rc put_around(struct store *live, struct store *to, const struct op *op, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	struct op_id who;
	int64_t request = sql_value(live, 0, "SELECT requester FROM request WHERE op = ?1", "i", op_pack(live, op->subject));
	if (!op_id_equal(op->id, op->subject) && !is_here(to, op->subject) && is_here(live, op->subject)) {
		if (request)
			rc = put_subject(live, to, op_unpack(live, request), err);
		if (!rc)
			rc = put_subject(live, to, op->subject, err);
	}
	if (!rc && op_id_parse(op_text(op, "requester", ""), &who) && !is_here(to, who) && is_here(live, who))
		rc = put_subject(live, to, who, err);
	return rc;
}

/* Own operations that came by a page have their number, whatever was heard of the push; those after them wait. All that waits is among these. */
static enum guichet_rc settle_acked(struct store *to, const struct op *ops, size_t count, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	for (size_t i = 0; i < count && !rc; i++)
		if (ops[i].seq == 0)
			rc = sql_run(to, err, "UPDATE device SET acked = min(acked, ?2 - (no << 40) - 1) WHERE no = ?1 AND EXISTS(SELECT 1 FROM op WHERE id = ?2 AND seq IS NULL)",
				"ii", op_pack(to, ops[i].id) >> 40, op_pack(to, ops[i].id));
	return rc;
}

/* Operations that were not acknowledged, or that the new store's cursor has not passed. */
static enum guichet_rc put_pending(struct store *live, struct store *to, struct guichet_err *err)
{
	struct replica_cursor at;
	struct op *ops = NULL;
	size_t count = 0, capacity = 0;
	replica_read_cursor(to, &at);
	sqlite3_stmt *st = sql_prepare(live, "SELECT " OP_COLUMNS " FROM op WHERE id IN (SELECT id FROM op INDEXED BY op_seq WHERE seq > ?1 UNION ALL SELECT o.id FROM device d "
		"CROSS JOIN op o ON o.id > (d.no << 40 | d.acked) AND o.id < ((d.no + 1) << 40) WHERE o.seq IS NULL) AND parked IS NOT 2 ORDER BY id", err);
	enum guichet_rc rc = st ? GUICHET_OK : GUICHET_INTERNAL;
	if (st)
		sql_bind(st, "i", at.seq);
	while (!rc && (rc = sql_step(live, st, err)) == GUICHET_OK) {
		GUICHET_GROW(ops, count, capacity);
		rc = op_of_statement(live, st, &ops[count], err);
		count += rc == GUICHET_OK;
	}
	if (st)
		sqlite3_reset(st);
	rc = rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
	for (size_t i = 0; i < count && !rc; i++)
		if (!is_here(to, ops[i].id)) {
			rc = put_around(live, to, &ops[i], err);
			rc = rc ? rc : put_run(to, &ops[i], 1, err);
		}
	for (size_t i = 0; i < count && !rc; i++)
		if (i == 0 || !op_id_equal(ops[i].subject, ops[i - 1].subject))
			rc = replica_purge_unseen(to, op_pack(to, ops[i].subject), err);
	if (!rc)
		rc = settle_acked(to, ops, count, err);
	ops_free(ops, count);
	return rc;
}

/* One that the server parked still waits to be settled: who was made by it is in the tables meanwhile. It may have been settled since, and nothing of its subject is told
 * to this desk: without its number it is sent again, and answered with what became of it. */
static enum guichet_rc put_parked(struct store *to, const struct op *op, struct guichet_err *err)
{
	struct op asked = *op;
	/* It stands where it will stand: what was said last is told of a request, parked or not. */
	if (strcmp(op->why, "aside") != 0)
		asked.seq = 0;
	return put_run(to, &asked, 1, err);
}

/* Own operations on what this desk does not hold any more: a server restored from a backup asks for them again; and what was parked, however old. */
static enum guichet_rc put_kept(struct store *live, struct store *to, struct guichet_err *err)
{
	struct op op;
	int64_t backup = replica_number(live, "server-backup", 0);
	sqlite3_stmt *st = sql_prepare(live, "SELECT " OP_COLUMNS " FROM op WHERE id IN (SELECT o.id FROM device d CROSS JOIN op o ON o.id > (d.no << 40) AND o.id < ((d.no + 1) << 40) "
		"WHERE d.own = 1) AND (seq > ?1 OR parked = 1)", err);
	enum guichet_rc rc = st ? GUICHET_OK : GUICHET_INTERNAL;
	if (st)
		sql_bind(st, "i", backup);
	while (!rc && (rc = sql_step(live, st, err)) == GUICHET_OK) {
		if ((rc = op_of_statement(live, st, &op, err)))
			break;
		bool waits = sqlite3_column_int(st, PARKED_COLUMN) == 1;
		if (waits && !is_here(to, op.id)) {
			rc = put_parked(to, &op, err);
		} else if (!is_here(to, op.id)) {
			rc = replica_know_device(to, op.subject.device, err);
			rc = rc ? rc : put_op(to, &op, err);
			rc = rc ? rc : sql_run(to, err, "UPDATE op SET parked = 2 WHERE id = ?1", "i", op_pack(to, op.id));
		}
		op_done(&op);
	}
	if (st)
		sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* --- everything else that is this desk's alone --- */

static enum guichet_rc put_devices(struct store *live, struct store *to, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	for (size_t i = 0; i < live->device_count && !rc; i++)
		rc = replica_know_device(to, live->devices[i].id, err);
	if (!rc)
		rc = shadow_copy(live, to, "SELECT id, own, acked FROM device WHERE own = 1", "UPDATE device SET own = ?2, acked = max(acked, ?3) WHERE id = ?1", err);
	return rc;
}

static enum guichet_rc put_tables(struct store *live, struct store *to, struct guichet_err *err)
{
	static const char *const copies[][2] = {
		{ "SELECT key, value FROM meta WHERE key NOT IN ('settled', 'rebuild', 'erasing', 'device', 'server-cursor', 'server-services', 'server-scope', 'server-days', "
			"'server-since', "
			"'server-leaving', 'server-backup', 'server-resync', 'server-rewinding', 'server-aged') AND key NOT LIKE 'shadow-%'",
			"INSERT INTO meta(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value" },
		{ "SELECT hash, applied_ms, packed FROM catalogue", "INSERT OR REPLACE INTO catalogue(hash, applied_ms, packed) VALUES(?1, ?2, ?3)" },
		{ "SELECT kind, code, name, path, service FROM local_code", "INSERT OR REPLACE INTO local_code(kind, code, name, path, service) VALUES(?1, ?2, ?3, ?4, ?5)" },
		{ "SELECT id, actor, fields, started_ms, updated_ms FROM draft", "INSERT INTO draft(id, actor, fields, started_ms, updated_ms) VALUES(?1, ?2, ?3, ?4, ?5)" },
		{ "SELECT seq FROM sqlite_sequence WHERE name = 'draft'", "UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = 'draft'" },
		{ "SELECT file, map, byte_offset, line, rows_read, taken, known, rejected, finished, updated_ms FROM import_run", "INSERT OR REPLACE INTO import_run(file, map, "
			"byte_offset, line, rows_read, taken, known, rejected, finished, updated_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)" },
		{ "SELECT login, name, roles, services, verifier, online_ms, refresh, access, access_until_ms FROM agent", "INSERT OR REPLACE INTO agent(login, name, roles, "
			"services, verifier, online_ms, refresh, access, access_until_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)" },
		{ "SELECT box, uid, validity, state, tries FROM mailbox", "INSERT INTO mailbox(box, uid, validity, state, tries) VALUES(?1, ?2, ?3, ?4, ?5)" },
		{ "SELECT target, purpose, level, token, begun, again, tries, code, first_ms, next_ms FROM outbox", "INSERT INTO outbox(target, purpose, level, token, begun, "
			"again, tries, code, first_ms, next_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)" },
		{ "SELECT address, at_ms FROM outbox_automatic", "INSERT INTO outbox_automatic(address, at_ms) VALUES(?1, ?2)" },
	};
	enum guichet_rc rc = GUICHET_OK;
	for (size_t i = 0; i < sizeof copies / sizeof *copies && !rc; i++)
		rc = shadow_copy(live, to, copies[i][0], copies[i][1], err);
	return rc;
}

static enum guichet_rc copy_blob(struct store *live, struct store *to, const char *sha256, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(live, "SELECT bytes, data, sent FROM blob WHERE sha256 = ?1", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "t", sha256);
	enum guichet_rc rc = sql_step(live, st, err);
	if (!rc)
		rc = sql_run(to, err, "INSERT INTO blob(sha256, bytes, data, sent) VALUES(?1, ?2, ?3, ?4)", "tibi", sha256, sqlite3_column_int64(st, 0),
			sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1), sqlite3_column_int64(st, 2));
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

#define NAMED_BY "FROM op INDEXED BY op_files WHERE kind IN ('attach', 'mail', 'delivery') AND instr(facts, ?1)"

/* An operation that says something names it; or the server has not got it yet, and what it is of was not erased. */
static bool blob_stands(struct store *to, const char *sha256, bool sent)
{
	bool named = sql_value(to, 0, "SELECT 1 " NAMED_BY " AND salt IS NOT NULL LIMIT 1", "t", sha256) != 0;
	if (named || sent)
		return named;
	int64_t subject = sql_value(to, 0, "SELECT subject " NAMED_BY " LIMIT 1", "t", sha256);
	return !subject || !replica_is_erased(to, op_unpack(to, subject));
}

/* What was copied before and has been erased since must not come back. */
static enum guichet_rc drop_erased_blobs(struct store *live, struct store *to, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(to, "SELECT sha256, sent FROM blob", err);
	enum guichet_rc rc = st ? GUICHET_OK : GUICHET_INTERNAL;
	while (!rc && (rc = sql_step(to, st, err)) == GUICHET_OK)
		/* One that the server has was dropped with what named it. */
		if ((sqlite3_column_int(st, 1) == 0 && !blob_stands(to, column_str(st, 0), false)) ||
			!sql_value(live, 0, "SELECT 1 FROM blob WHERE sha256 = ?1", "t", column_str(st, 0)))
			rc = sql_run(to, err, "DELETE FROM blob WHERE sha256 = ?1", "t", column_str(st, 0));
	if (st)
		sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

struct blob_there { char sha256[BLOB_NAME]; bool unsent; };

static enum guichet_rc list_blobs(struct store *live, struct blob_there **list, size_t *count, struct guichet_err *err)
{
	size_t capacity = 0;
	sqlite3_stmt *st = sql_prepare(live, "SELECT sha256, sent FROM blob", err);
	enum guichet_rc rc = st ? GUICHET_OK : GUICHET_INTERNAL;
	while (!rc && (rc = sql_step(live, st, err)) == GUICHET_OK) {
		GUICHET_GROW(*list, *count, capacity);
		struct blob_there *b = &(*list)[(*count)++];
		snprintf(b->sha256, sizeof b->sha256, "%s", column_str(st, 0));
		b->unsent = sqlite3_column_int(st, 1) == 0;
	}
	if (st)
		sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* Listed first: nobody can write to the store while a row of it is looked at, and all of them may take long. */
enum guichet_rc shadow_copy_blobs(struct store *live, struct store *to, struct guichet_err *err)
{
	struct blob_there *list = NULL;
	size_t count = 0;
	enum guichet_rc rc = drop_erased_blobs(live, to, err);
	if (!rc)
		rc = list_blobs(live, &list, &count, err);
	for (size_t i = 0; i < count && !rc; i++) {
		const char *sha256 = list[i].sha256;
		/* Its bytes are looked at when it goes along. */
		if (!sql_value(to, 0, "SELECT 1 FROM blob WHERE sha256 = ?1", "t", sha256) && blob_stands(to, sha256, !list[i].unsent))
			rc = copy_blob(live, to, sha256, err);
	}
	free(list);
	return rc;
}

/* In one transaction, which waits for the disk: so does all that was written before it. */
static enum guichet_rc carry(struct store *live, struct store *to, bool filling, struct guichet_err *err)
{
	to->kept = live;
	enum guichet_rc rc = sql_exec(to, "PRAGMA synchronous = EXTRA", err);
	if (!rc)
		rc = store_begin(to, err);
	if (rc)
		return rc;
	rc = settle_all(to, err);
	if (!rc)
		rc = put_devices(live, to, err);
	if (!rc)
		rc = put_pending(live, to, err);
	if (!rc)
		rc = put_kept(live, to, err);
	if (!rc)
		rc = put_tables(live, to, err);
	if (!rc)
		rc = shadow_copy_blobs(live, to, err);
	if (!rc)
		rc = sql_run(to, err, "DELETE FROM meta WHERE key LIKE 'shadow-%'", "");
	if (!rc && filling)
		rc = store_set_setting(to, "server-resync", "fill", err);
	return store_finish(to, rc, err);
}

/* --- the swap --- */

/* `to` is closed before it takes the place: its file must be whole by itself. */
static enum guichet_rc put_in_place(struct store *live, struct store **to, bool filling, struct guichet_err *err)
{
	struct text journal = TEXT_INIT;
	char *path = guichet_strdup((*to)->path);
	enum guichet_rc rc = live->depth > 0 ? guichet_err_set(err, GUICHET_LOCKED, _("le dépôt %s est en train d'écrire : réessayez dans un instant"), live->path) : GUICHET_OK;
	if (!rc)
		rc = store_follow_file(live, err);
	if (!rc)
		rc = sql_exec(live, "BEGIN EXCLUSIVE", err);
	if (rc)
		goto out;
	rc = store_load_devices(live, err);
	if (!rc)
		rc = carry(live, *to, filling, err);
	store_close(to);
	text_addf(&journal, "%s-journal", path);
	if (!rc)
		unlink(text_str(&journal));
	if (!rc && rename(path, live->path))
		rc = guichet_err_set(err, GUICHET_IO, _("impossible de mettre %s en place : %s"), path, strerror(errno));
	if (!rc)
		store_sync_folder_of(live->path);
	/* Of the file that has gone, or of the one that stays: nothing was written in it. */
	sqlite3_exec(live->db, "ROLLBACK", NULL, NULL, NULL);
	if (!rc)
		rc = store_follow_file(live, err);
out:
	text_done(&journal);
	free(path);
	return rc;
}

enum guichet_rc shadow_swap(struct shadow **shadow, struct store *live, struct guichet_err *err)
{
	struct shadow *h = *shadow;
	struct guichet_err own = { 0 };
	bool held = h->store != NULL;
	if (!h->state.complete)
		return guichet_err_set(err, GUICHET_REFUSED, _("cette page est d'un autre instantané"));
	err = err ? err : &own;
	enum guichet_rc rc = put_in_place(live, &h->store, false, err);
	/* Locked before anything was begun: it is there for the next time. */
	if (!rc || (held && !h->store))
		shadow_close(shadow);
	return rc;
}

static enum guichet_rc copy_file(struct store *from, const char *path, struct guichet_err *err)
{
	sqlite3 *to = NULL;
	enum guichet_rc rc = GUICHET_OK;
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	if (fd < 0 || sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
		sqlite3_exec(to, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF", NULL, NULL, NULL) != SQLITE_OK)
		rc = guichet_err_set(err, GUICHET_IO, _("impossible d'écrire %s : %s"), path, strerror(errno));
	sqlite3_backup *b = rc ? NULL : sqlite3_backup_init(to, "main", from->db, "main");
	if (!rc && (!b || sqlite3_backup_step(b, -1) != SQLITE_DONE))
		rc = sql_error(to, path, err);
	if (b)
		sqlite3_backup_finish(b);
	sqlite3_close(to);
	return rc;
}

void shadow_drop_loan(struct shadow *h)
{
	char *path = h->loan ? guichet_strdup(h->loan->path) : NULL;
	store_close(&h->loan);
	if (path)
		shadow_remove(path);
	free(path);
}

enum guichet_rc shadow_make_loan(struct shadow *h, struct guichet_err *err)
{
	struct text path = TEXT_INIT;
	struct store_options o = { .clock = h->live->clock, .random = h->live->random, .unsynced = true };
	text_addf(&path, "%s-ouvert", h->path);
	shadow_drop_loan(h);
	shadow_remove(text_str(&path));
	enum guichet_rc rc = copy_file(h->store, text_str(&path), err);
	if (!rc)
		rc = store_open(text_str(&path), &o, &h->loan, err);
	if (!rc)
		rc = sql_exec(h->loan, "PRAGMA synchronous = OFF", err);
	if (!rc)
		rc = shadow_index(h->live, h->loan, err);
	if (!rc)
		rc = shadow_round_off(h->loan, err);
	if (!rc)
		rc = shadow_put_on_disk(h->loan, err);
	if (!rc)
		h->loan->file = 0;
	else
		shadow_drop_loan(h);
	if (rc)
		shadow_remove(text_str(&path));
	text_done(&path);
	return rc;
}

enum guichet_rc shadow_lend(struct shadow *h, struct store *live, struct guichet_err *err)
{
	enum guichet_rc rc = h->loan ? GUICHET_OK : shadow_make_loan(h, err);
	char *path = rc ? NULL : guichet_strdup(h->loan->path);
	if (!rc)
		rc = put_in_place(live, &h->loan, true, err);
	/* In the store's place there is nothing left under this name. */
	shadow_drop_loan(h);
	if (rc && path)
		shadow_remove(path);
	free(path);
	return rc;
}

enum guichet_rc replica_want_resync(struct store *s, const char *why, struct guichet_err *err)
{
	char *now = store_setting(s, "server-resync");
	enum guichet_rc rc = now ? GUICHET_OK : store_set_setting(s, "server-resync", why, err);
	free(now);
	return rc;
}
