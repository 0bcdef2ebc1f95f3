// SPDX-License-Identifier: GPL-3.0-or-later
/* The journal: transactions, appending an operation with its projections, reading a subject's operations back. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/core/reference.h"

int64_t op_pack(struct store *s, struct op_id id)
{
	if (op_id_is_none(id))
		return 0;
	for (size_t i = 0; i < s->device_count; i++)
		if (s->devices[i].id == id.device)
			return s->devices[i].no << DSEQ_BITS | (int64_t)id.dseq;
	return 0;
}

struct op_id op_unpack(struct store *s, int64_t packed)
{
	struct op_id id = { 0, 0 };
	int64_t no = packed >> DSEQ_BITS;
	for (size_t i = 0; i < s->device_count; i++)
		if (s->devices[i].no == no) {
			id.device = s->devices[i].id;
			id.dseq = (uint64_t)(packed & DSEQ_MASK);
		}
	return id;
}

/* --- transactions --- */

struct settings_now { uint32_t device; bool is_backup; char catalogue[65]; };

static enum guichet_rc read_settings(struct store *s, struct settings_now *out, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT key, value FROM meta", err);
	if (!st)
		return GUICHET_INTERNAL;
	*out = (struct settings_now){ 0 };
	s->settled = 0;
	s->rebuilt = (struct rebuilt){ INT64_MAX, INT64_MAX, INT64_MAX };
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		const char *key = column_str(st, 0), *value = column_str(st, 1);
		if (!strcmp(key, "device"))
			out->device = (uint32_t)strtoul(value, NULL, 10);
		else if (!strcmp(key, BACKUP_MARK))
			out->is_backup = true;
		else if (!strcmp(key, "catalogue"))
			snprintf(out->catalogue, sizeof out->catalogue, "%s", value);
		else if (!strcmp(key, REBUILD_MARK))
			rebuild_read_mark(value, &s->rebuilt);
		else if (!strcmp(key, SETTLED_MARK))
			s->settled = strtoll(value, NULL, 10);
	}
	s->settled_before = s->settled;
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* A copy that goes on by itself must not number as the original does, which goes on too. */
static enum guichet_rc take_identity(struct store *s, struct guichet_err *err)
{
	s->renamed = true;
	enum guichet_rc rc = store_new_identity(s, err);
	if (rc == GUICHET_OK)
		rc = sql_run(s, err, "DELETE FROM meta WHERE key = '" BACKUP_MARK "'", "");
	return rc == GUICHET_OK ? store_load_devices(s, err) : rc;
}

/* Loads the catalogue of this name, a hash, unless it is the one at hand. */
static enum guichet_rc load_if_other(struct store *s, const char *name, struct guichet_err *err)
{
	int64_t local = sql_value(s, 0, "SELECT count(*) FROM local_code", "");
	char mine[65] = "";
	for (int i = 0; s->catalogue && i < 32; i++)
		snprintf(mine + 2 * i, 3, "%02x", s->catalogue->hash[i]);
	return strcmp(name, mine) || local != s->local_codes ? store_load_catalogue(s, err) : GUICHET_OK;
}

/* Another guichet may have written since: identity, next dseq and the catalogue in force are read anew. */
static enum guichet_rc refresh(struct store *s, struct guichet_err *err)
{
	struct settings_now now;
	enum guichet_rc rc = read_settings(s, &now, err);
	if (rc == GUICHET_OK && now.is_backup)
		rc = take_identity(s, err);
	else if (rc == GUICHET_OK && now.device != s->device)
		rc = store_load_devices(s, err);
	if (rc)
		return rc;
	int64_t last = sql_value(s, 0, "SELECT max(id) FROM op WHERE id BETWEEN ?1 AND ?2", "ii", s->device_no << DSEQ_BITS,
		s->device_no << DSEQ_BITS | DSEQ_MASK);
	/* What was sent may have left since: its numbers stay given. */
	int64_t acked = sql_value(s, 0, "SELECT acked FROM device WHERE no = ?1", "i", s->device_no);
	s->next_dseq = s->first_dseq = (uint64_t)((last & DSEQ_MASK) > acked ? last & DSEQ_MASK : acked) + 1;
	return load_if_other(s, now.catalogue, err);
}

enum guichet_rc store_follow_catalogue(struct store *s, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	if (s->depth > 0)
		return GUICHET_OK;
	char *name = store_setting(s, "catalogue");
	if (name)
		rc = load_if_other(s, name, err);
	free(name);
	return rc;
}

/* Between the look at the file and the lock another may take its place: SQLite would tell it at the first write only. */
static enum guichet_rc begin_writing(struct store *s, struct guichet_err *err)
{
	enum { TRIES = 3 };
	enum guichet_rc rc = GUICHET_OK;
	s->depth--;
	for (int i = 0; i < TRIES && !rc; i++) {
		rc = store_follow_file(s, err);
		if (!rc)
			rc = sql_exec(s, "BEGIN IMMEDIATE", err);
		if (rc || !store_was_replaced(s))
			break;
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
		if (i + 1 == TRIES)
			rc = guichet_err_set(err, GUICHET_LOCKED, _("le dépôt %s vient d'être remplacé : réessayez dans un instant"), s->path);
	}
	s->depth++;
	return rc;
}

enum guichet_rc store_begin(struct store *s, struct guichet_err *err)
{
	if (s->read_only)
		return guichet_err_set(err, GUICHET_NO_PERM, _("lecture seule (--read-only) : rien ne s'enregistre"));
	if (s->depth++ > 0)
		return GUICHET_OK;
	s->doomed = false;
	s->why.code = GUICHET_OK;
	enum guichet_rc rc = begin_writing(s, err);
	if (rc == GUICHET_OK && (rc = refresh(s, err)))
		store_rollback(s);
	else if (rc)
		s->depth = 0;
	return rc;
}

static void forget_gathered(struct store *s)
{
	tallies_done(&s->tallies);
	for (size_t i = 0; i < s->text_count; i++) {
		free(s->texts[i].words);
		free(s->texts[i].old_words);
	}
	s->text_count = 0;
}

void store_rollback(struct store *s)
{
	if (s->depth == 0)
		return;
	s->doomed = true;
	if (--s->depth > 0)
		return;
	forget_gathered(s);
	sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	/* Memory follows; should that fail, the next transaction reads both anew. */
	if (s->renamed && store_load_devices(s, NULL))
		s->device = 0;
	if (s->catalogue_touched && store_load_catalogue(s, NULL))
		s->local_codes = -1;
	s->renamed = s->catalogue_touched = false;
}

static enum guichet_rc what_failed(struct store *s, struct guichet_err *err)
{
	if (s->why.code == GUICHET_OK)
		return guichet_err_set(err, GUICHET_INTERNAL, _("une étape a échoué : rien n'a été enregistré"));
	if (err)
		*err = s->why;
	return s->why.code;
}

enum guichet_rc store_commit(struct store *s, struct guichet_err *err)
{
	if (s->depth > 1 && !s->doomed) {
		s->depth--;
		return GUICHET_OK;
	}
	enum guichet_rc rc = s->doomed ? what_failed(s, err) : GUICHET_OK;
	if (rc == GUICHET_OK)
		rc = settle_commit(s, err);
	if (rc == GUICHET_OK)
		rc = texts_flush(s, err);
	if (rc == GUICHET_OK)
		rc = tallies_flush(s, &s->tallies, err);
	if (rc == GUICHET_OK)
		rc = sql_exec(s, "COMMIT", err);
	if (rc) {
		store_rollback(s);
		return rc;
	}
	s->depth = 0;
	s->renamed = s->catalogue_touched = false;
	return GUICHET_OK;
}

enum guichet_rc store_finish(struct store *s, enum guichet_rc rc, struct guichet_err *err)
{
	if (rc == GUICHET_OK)
		return store_commit(s, err);
	store_rollback(s);
	return rc;
}

enum guichet_rc store_interrupted(struct guichet_err *err)
{
	guichet_err_set(err, GUICHET_IO, _("interrompu : relancez la commande pour continuer"));
	if (err)
		err->retryable = true;
	return GUICHET_IO;
}

bool progress_tick(const struct progress *p, int64_t done, int64_t total)
{
	return !p || !p->tick || p->tick(p->context, done, total);
}

/* --- reading --- */

enum guichet_rc op_of_statement(struct store *s, sqlite3_stmt *st, struct op *op, struct guichet_err *err)
{
	op_init(op, OP_KIND_COUNT, op_unpack(s, sqlite3_column_int64(st, 1)), column_str(st, 5), sqlite3_column_int64(st, 6));
	op_set_kind(op, column_str(st, 3));
	op->id = op_unpack(s, sqlite3_column_int64(st, 0));
	op->seq = sqlite3_column_int64(st, 2);
	op->v = sqlite3_column_int(st, 4);
	op->parked = sqlite3_column_int(st, 12) != 0;
	if (op->parked)
		snprintf(op->why, sizeof op->why, "%s", column_str(st, 13));
	op->blanked = sqlite3_column_type(st, 10) == SQLITE_NULL;
	if (sqlite3_column_bytes(st, 10) == OP_SALT)
		memcpy(op->salt, sqlite3_column_blob(st, 10), OP_SALT);
	if (sqlite3_column_bytes(st, 11) == OP_HASH)
		memcpy(op->hash, sqlite3_column_blob(st, 11), OP_HASH);
	enum guichet_rc rc = op_load_payload(op, column_str(st, 7), (const char *)sqlite3_column_text(st, 8),
		(const char *)sqlite3_column_text(st, 9), err);
	if (rc)
		op_done(op);
	return rc;
}

void ops_free(struct op *ops, size_t count)
{
	for (size_t i = 0; i < count; i++)
		op_done(&ops[i]);
	free(ops);
}

int64_t journal_next_subject(struct store *s, int64_t after)
{
	int64_t first = sql_value(s, 0, "SELECT id FROM op WHERE id > ?1 AND subject = id AND parked IS NOT 2 ORDER BY id LIMIT 1", "i", after);
	/* One whose first operation is not there would be missed: the others name it. */
	int64_t named = sql_value(s, 0, "SELECT subject FROM op INDEXED BY op_subject WHERE subject > ?1 AND subject <> id AND parked IS NOT 2 ORDER BY subject "
		"LIMIT 1", "i", after);
	return !first || (named && named < first) ? named : first;
}

enum guichet_rc journal_read(struct store *s, int64_t subject, struct op **ops, size_t *count, struct guichet_err *err)
{
	*ops = NULL;
	*count = 0;
	size_t capacity = 0;
	sqlite3_stmt *st = sql_prepare(s,
		"SELECT " OP_COLUMNS " FROM op WHERE id = ?1 AND subject = ?1 AND parked IS NOT 2 UNION ALL "
		"SELECT " OP_COLUMNS " FROM op INDEXED BY op_subject WHERE subject = ?1 AND subject <> id AND parked IS NOT 2 ORDER BY id", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "i", subject);
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		GUICHET_GROW(*ops, *count, capacity);
		if ((rc = op_of_statement(s, st, &(*ops)[*count], err)))
			break;
		++*count;
	}
	sqlite3_reset(st);
	if (rc == GUICHET_NOT_FOUND)
		return GUICHET_OK;
	ops_free(*ops, *count);
	*ops = NULL;
	*count = 0;
	return rc;
}

void loaded_done(struct loaded *l)
{
	request_done(&l->request);
	ops_free(l->ops, l->op_count);
	memset(l, 0, sizeof *l);
}

static enum guichet_rc load_subject(struct store *s, int64_t row_id, int64_t subject, struct loaded *out, struct guichet_err *err)
{
	memset(out, 0, sizeof *out);
	out->row_id = row_id;
	enum guichet_rc rc = journal_read(s, subject, &out->ops, &out->op_count, err);
	if (rc == GUICHET_OK)
		request_fold(&out->request, out->ops, out->op_count);
	return rc;
}

enum guichet_rc store_load_id(struct store *s, int64_t row_id, struct loaded *out, struct guichet_err *err)
{
	memset(out, 0, sizeof *out);
	int64_t subject = sql_value(s, 0, "SELECT op FROM request WHERE id = ?1", "i", row_id);
	if (!subject)
		return guichet_err_set(err, GUICHET_NOT_FOUND, _("cette demande n'est pas dans ce dépôt"));
	return load_subject(s, row_id, subject, out, err);
}

enum guichet_rc store_load_op(struct store *s, struct op_id create, struct loaded *out, struct guichet_err *err)
{
	memset(out, 0, sizeof *out);
	int64_t row = store_row_of_op(s, create);
	return store_load_id(s, row, out, err);
}

int64_t store_row_of_op(struct store *s, struct op_id create)
{
	int64_t packed = op_pack(s, create);
	return packed ? sql_value(s, 0, "SELECT id FROM request WHERE op = ?1", "i", packed) : 0;
}

size_t store_find_reference(struct store *s, int64_t reference, int64_t *ids, size_t max)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT id FROM request WHERE reference = ?1 ORDER BY id", NULL);
	size_t n = 0;
	if (!st)
		return 0;
	sql_bind(st, "i", reference);
	while (n < max && sql_step(s, st, NULL) == GUICHET_OK)
		ids[n++] = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return n;
}

enum guichet_rc store_load(struct store *s, int64_t reference, struct loaded *out, struct guichet_err *err)
{
	int64_t ids[2];
	char shown[REFERENCE_SHOWN];
	memset(out, 0, sizeof *out);
	size_t n = store_find_reference(s, reference, ids, 2);
	reference_show(reference, shown);
	if (n == 0)
		return guichet_err_set(err, GUICHET_NOT_FOUND, _("aucune demande %s dans ce dépôt : relisez le numéro, ou cherchez par nom ou téléphone"),
			shown);
	if (n > 1)
		return guichet_err_set(err, GUICHET_REFUSED, _("deux demandes portent le numéro %s (deux postes l'ont donné) : %s"), shown,
			_("ouvrez celle qu'il faut depuis une liste"));
	return store_load_id(s, ids[0], out, err);
}

/* --- appending --- */

enum guichet_rc journal_insert(struct store *s, const struct op *op, struct guichet_err *err)
{
	return sql_run(s, err,
		"INSERT INTO op(id, subject, seq, kind, v, actor, wall_ms, facts, personal, base, salt, hash, parked, why) "
		"VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)", "iiztititttbbze",
		op_pack(s, op->id), op_pack(s, op->subject), op->seq, op_kind_text(op), (int64_t)op->v, op->actor, op->wall_ms, op->facts_text,
		op->personal_text, op->base_text, op->blanked ? NULL : (const void *)op->salt, (size_t)OP_SALT, (const void *)op->hash, (size_t)OP_HASH,
		(int64_t)op->parked, op->why);
}

/* A request that exists: what it was before tells what to take away from the sums. */
static enum guichet_rc project_changed(struct store *s, const struct op *op, struct guichet_err *err)
{
	struct loaded now = { 0 }, was = { 0 };
	enum guichet_rc rc = journal_read(s, op_pack(s, op->subject), &now.ops, &now.op_count, err);
	if (rc)
		return rc;
	was.ops = guichet_alloc((now.op_count + 1) * sizeof *was.ops);
	for (size_t i = 0; i < now.op_count; i++)
		if (!op_id_equal(now.ops[i].id, op->id))
			was.ops[was.op_count++] = now.ops[i];
	request_fold(&was.request, was.ops, was.op_count);
	request_fold(&now.request, now.ops, now.op_count);
	now.row_id = store_row_of_op(s, op->subject);
	rc = project_request(s, &now, &was.request, err);
	request_done(&was.request);
	free(was.ops);
	loaded_done(&now);
	return rc;
}

static enum guichet_rc project(struct store *s, struct op *op, struct guichet_err *err)
{
	switch (op_kind_subject(op->kind)) {
	case SUBJECT_REQUEST:
		if (op->kind == OP_CREATE) {
			struct loaded l = { .ops = op, .op_count = 1 };
			request_fold(&l.request, l.ops, 1);
			enum guichet_rc rc = project_request(s, &l, NULL, err);
			request_done(&l.request);
			return rc;
		}
		return project_changed(s, op, err);
	case SUBJECT_REQUESTER:
		return project_requester(s, op, err);
	case SUBJECT_CONTACT:
		return project_contact(s, op, err);
	case SUBJECT_BULLETIN:
		return project_bulletin(s, op, err);
	}
	return GUICHET_OK;
}

static enum guichet_rc seal_and_insert(struct store *s, struct op *op, struct guichet_err *err)
{
	uint8_t salt[OP_SALT];
	s->random.fill(s->random.context, salt, sizeof salt);
	enum guichet_rc rc = op_seal(op, salt, err);
	return rc == GUICHET_OK ? journal_insert(s, op, err) : rc;
}

struct op_id store_take_id(struct store *s)
{
	return (struct op_id){ s->device, s->next_dseq++ };
}

enum guichet_rc store_append_history(struct store *s, struct op *ops, size_t count, int64_t *row_id, struct guichet_err *err)
{
	struct loaded l = { .ops = ops, .op_count = count };
	enum guichet_rc rc = s->depth == 0 || s->doomed ? guichet_err_set(err, GUICHET_INTERNAL, _("une opération s'enregistre dans une transaction"))
							: settle_all(s, err);
	for (size_t i = 0; i < count && rc == GUICHET_OK; i++) {
		ops[i].subject = ops[0].id;
		rc = seal_and_insert(s, &ops[i], err);
	}
	if (rc == GUICHET_OK) {
		request_fold(&l.request, ops, count);
		rc = project_request(s, &l, NULL, err);
		request_done(&l.request);
	}
	if (row_id)
		*row_id = l.row_id;
	if (rc)
		s->doomed = true;
	return rc;
}

enum guichet_rc store_append(struct store *s, struct op *op, struct guichet_err *err)
{
	if (s->depth == 0 || s->doomed)
		return guichet_err_set(err, GUICHET_INTERNAL, _("une opération s'enregistre dans une transaction"));
	op->id = store_take_id(s);
	if (op_id_is_none(op->subject))
		op->subject = op->id;
	enum guichet_rc rc = seal_and_insert(s, op, err);
	if (rc == GUICHET_OK)
		rc = project(s, op, err);
	if (rc)
		s->doomed = true;
	return rc;
}

int64_t store_last_op(struct store *s)
{
	int64_t first = op_pack(s, (struct op_id){ store_device(s), 0 });
	return sql_value(s, first, "SELECT max(id) FROM op WHERE id >= ?1 AND id < ?2", "ii", first, first + ((int64_t)1 << DSEQ_BITS));
}

size_t store_touched(struct store *s, int64_t after_op, int64_t *ids, size_t max)
{
	int64_t end = op_pack(s, (struct op_id){ store_device(s), 0 }) + ((int64_t)1 << DSEQ_BITS);
	sqlite3_stmt *st = sql_prepare(s, "SELECT r.id FROM op o JOIN request r ON r.op = o.subject WHERE o.id > ?1 AND o.id < ?2 "
		"GROUP BY r.id ORDER BY max(o.id) DESC LIMIT ?3", NULL);
	size_t n = 0;
	if (!st)
		return 0;
	sql_bind(st, "iii", after_op, end, (int64_t)max);
	while (n < max && sql_step(s, st, NULL) == GUICHET_OK)
		ids[n++] = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return n;
}
