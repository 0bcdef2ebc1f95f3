// SPDX-License-Identifier: GPL-3.0-or-later
/* Erasing what an operation says of people, and what a store does when nobody waits: settling what was put off, merging the full-text index, which only
 * then forgets words for good, sums of figures, old backups.
 *
 * An erased operation keeps its facts and its hash; its personal half and the salt that made the hash unguessable are gone.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* Setting: the file still holds erased words. "start"; "merging" while all segments of the index are merged into one; "compact" when the pages remain
 * to be written anew. */
#define ERASING "erasing"
enum { MERGE_PAGES = 100, COMPACT_BYTES_MS = 40000 /* written anew in a millisecond, by a slow disk */ };

/* --- blanking --- */

/* A file goes unless another operation that stands still names it: an attachment, a part of a mail, a letter. */
static enum guichet_rc drop_blob(struct store *s, const char *sha256, struct guichet_err *err)
{
	if (strlen(sha256) != BLOB_NAME - 1 || sql_value(s, 0, "SELECT 1 FROM op INDEXED BY op_files WHERE kind IN ('attach', 'mail', 'delivery') AND salt IS NOT NULL AND instr(facts, ?1) LIMIT 1",
		"t", sha256))
		return GUICHET_OK;
	return sql_run(s, err, "DELETE FROM blob WHERE sha256 = ?1", "t", sha256);
}

void op_files_each(const struct op *op, void (*each)(void *context, const char *sha256), void *context)
{
	size_t i;
	json_t *part;
	if ((op->kind == OP_ATTACH || op->kind == OP_DELIVERY) && *op_text(op, "sha256", ""))
		each(context, op_text(op, "sha256", ""));
	if (op->kind != OP_MAIL)
		return;
	json_array_foreach(json_object_get(op->facts, "parts"), i, part) {
		const char *sha256 = json_string_value(json_object_get(part, "sha256"));
		if (sha256)
			each(context, sha256);
	}
	json_array_foreach(json_object_get(op->facts, "whole"), i, part)
		if (json_string_value(part))
			each(context, json_string_value(part));
}

struct dropping { struct store *s; enum guichet_rc rc; struct guichet_err *err; };

static void drop_named(void *context, const char *sha256)
{
	struct dropping *d = context;
	d->rc = d->rc ? d->rc : drop_blob(d->s, sha256, d->err);
}

/* Every file that a blanked operation named. */
static enum guichet_rc drop_blobs(struct store *s, const struct op *op, struct guichet_err *err)
{
	struct dropping d = { s, GUICHET_OK, err };
	op_files_each(op, drop_named, &d);
	return d.rc;
}

static enum guichet_rc project_blanked_request(struct store *s, int64_t subject, struct op *before, size_t before_count, struct guichet_err *err)
{
	struct loaded now = { 0 };
	struct request was;
	enum guichet_rc rc = journal_read(s, subject, &now.ops, &now.op_count, err);
	if (rc)
		return rc;
	request_fold(&was, before, before_count);
	request_fold(&now.request, now.ops, now.op_count);
	now.row_id = sql_value(s, 0, "SELECT id FROM request WHERE op = ?1", "i", subject);
	/* Operations of a request whose create did not come yet show nothing. */
	if (!op_id_is_none(now.request.id))
		rc = project_request(s, &now, now.row_id ? &was : NULL, err);
	request_done(&was);
	loaded_done(&now);
	return rc;
}

static enum guichet_rc project_blanked(struct store *s, const struct op *op, struct op *before, size_t before_count, struct guichet_err *err)
{
	switch (op_kind_subject(op->kind)) {
	case SUBJECT_REQUEST:
		return project_blanked_request(s, op_pack(s, op->subject), before, before_count, err);
	case SUBJECT_REQUESTER:
		return project_requester(s, op, err);
	case SUBJECT_CONTACT:
		return project_contact(s, op, err);
	case SUBJECT_BULLETIN:
		break; /* says nothing of people */
	}
	return GUICHET_OK;
}

static enum guichet_rc blank(struct store *s, struct op *before, size_t count, size_t index, struct guichet_err *err)
{
	struct op *op = &before[index], blanked;
	enum guichet_rc rc = sql_run(s, err, "UPDATE op SET personal = NULL, salt = NULL WHERE id = ?1", "i", op_pack(s, op->id));
	if (rc == GUICHET_OK)
		rc = store_set_setting(s, ERASING, "start", err);
	if (rc == GUICHET_OK)
		rc = drop_blobs(s, op, err);
	if (rc)
		return rc;
	op_init(&blanked, op->kind, op->subject, op->actor, op->wall_ms);
	blanked.id = op->id;
	blanked.blanked = true;
	rc = op_load_payload(&blanked, op->facts_text, NULL, op->base_text, err);
	if (rc == GUICHET_OK)
		rc = project_blanked(s, &blanked, before, count, err);
	op_done(&blanked);
	return rc;
}

/* Kept for the server alone (parked 2): nobody reads it, nothing shows it. */
static enum guichet_rc blank_kept(struct store *s, struct op_id id, struct guichet_err *err)
{
	int64_t packed = op_pack(s, id);
	char name[OP_ID_TEXT];
	op_id_format(id, name);
	if (!packed || !sql_value(s, 0, "SELECT 1 FROM op WHERE id = ?1 AND parked = 2", "i", packed))
		return guichet_err_set(err, GUICHET_NOT_FOUND, _("l'opération %s n'est pas dans ce dépôt"), name);
	return sql_run(s, err, "UPDATE op SET personal = NULL, salt = NULL WHERE id = ?1", "i", packed);
}

enum guichet_rc store_blank(struct store *s, struct op_id id, struct guichet_err *err)
{
	struct op *ops = NULL;
	size_t count = 0, at = 0;
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	int64_t subject = sql_value(s, 0, "SELECT subject FROM op WHERE id = ?1", "i", op_pack(s, id));
	rc = journal_read(s, subject, &ops, &count, err);
	while (at < count && !op_id_equal(ops[at].id, id))
		at++;
	if (rc == GUICHET_OK && at == count)
		rc = blank_kept(s, id, err);
	else if (rc == GUICHET_OK && !ops[at].blanked)
		rc = blank(s, ops, count, at, err);
	rc = store_finish(s, rc, err);
	ops_free(ops, count);
	return rc;
}

/* --- the index --- */

enum guichet_rc store_index_check(struct store *s, struct guichet_err *err)
{
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	rc = settle_all(s, err);
	if (rc == GUICHET_OK)
		rc = texts_flush(s, err);
	/* Rank 1: against the words, not only within itself. */
	if (rc == GUICHET_OK)
		rc = sql_run(s, err, "INSERT INTO request_fts(request_fts, rank) VALUES('integrity-check', 1)", "");
	if (rc == GUICHET_DATA)
		guichet_err_set(err, rc, _("l'index de recherche ne dit pas ce que disent les mots de recherche"));
	return store_finish(s, rc, err);
}

/* One step of merging, in a transaction of its own. *more: there is some left. */
static enum guichet_rc merge_step(struct store *s, bool *more, struct guichet_err *err)
{
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	char *erasing = store_setting(s, ERASING);
	/* A negative number takes all segments, however few, into one: none of the old ones is left to hold what was erased. */
	bool starts = erasing && !strcmp(erasing, "start");
	int changes = sqlite3_total_changes(s->db);
	rc = sql_run(s, err, "INSERT INTO request_fts(request_fts, rank) VALUES('merge', ?1)", "i", (int64_t)(starts ? -MERGE_PAGES : MERGE_PAGES));
	*more = sqlite3_total_changes(s->db) - changes >= 2;
	if (rc == GUICHET_OK && starts)
		rc = store_set_setting(s, ERASING, "merging", err);
	else if (rc == GUICHET_OK && erasing && !strcmp(erasing, "merging") && !*more)
		rc = store_set_setting(s, ERASING, "compact", err);
	*more = *more || starts;
	free(erasing);
	return store_finish(s, rc, err);
}

/* SQLite clears what is deleted, but not what it leaves in the gap of a page whose rows it moved elsewhere: pieces of words stay there. Only writing
 * all pages anew is sure. That takes as long as the file is big, so it waits for a budget that is (an erasure, the nightly tick), and for everybody
 * to be out: should it fail, there is a next time. */
static void compact(struct store *s, int64_t until_ns)
{
	char *erasing = store_setting(s, ERASING);
	bool due = erasing && !strcmp(erasing, "compact");
	free(erasing);
	if (!due)
		return;
	int64_t bytes = sql_value(s, 0, "PRAGMA page_count", "") * sql_value(s, 0, "PRAGMA page_size", "");
	if (bytes / COMPACT_BYTES_MS > (until_ns - clock_monotonic_ns()) / 1000000)
		return;
	/* Not in memory, where neither all of the pages nor a second store belong. */
	if (sqlite3_exec(s->db, "PRAGMA temp_store = FILE; PRAGMA cache_spill = ON; VACUUM", NULL, NULL, NULL) == SQLITE_OK)
		sql_run(s, NULL, "DELETE FROM meta WHERE key = '" ERASING "' AND value = 'compact'", "");
	sqlite3_exec(s->db, "PRAGMA cache_spill = OFF; PRAGMA temp_store = MEMORY", NULL, NULL, NULL);
}

enum guichet_rc store_idle(struct store *s, int budget_ms, struct guichet_err *err)
{
	int64_t until = clock_monotonic_ns() + (int64_t)budget_ms * 1000000;
	bool more = true;
	if (s->read_only || s->depth > 0)
		return GUICHET_OK;
	if (s->idle_changes == sqlite3_total_changes64(s->db)) {
		compact(s, until);
		return GUICHET_OK;
	}
	store_drop_old_backups(s);
	/* The sums first: they are what a small budget can finish, and what the figures of a supervisor's screen wait for. */
	enum guichet_rc rc = figures_roll(s, until, err);
	if (rc == GUICHET_OK)
		rc = settle_idle(s, until, err);
	while (more && rc == GUICHET_OK && clock_monotonic_ns() < until)
		rc = merge_step(s, &more, err);
	if (!more && rc == GUICHET_OK) {
		compact(s, until);
		s->idle_changes = sqlite3_total_changes64(s->db); /* nothing to do until something is written here */
	}
	return rc;
}
