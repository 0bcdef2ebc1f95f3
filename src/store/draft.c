// SPDX-License-Identifier: GPL-3.0-or-later
/* Drafts: what is being typed, kept while it is typed, so that a killed terminal loses nothing. Not part of the journal: a draft is no request yet. */
#include "internal.h"

bool store_draft_is(struct store *s, int64_t id, const char *was)
{
	return sql_value(s, 0, "SELECT 1 FROM draft WHERE id = ?1 AND (?2 IS NULL OR fields = ?2)", "it", id, was) != 0;
}

enum guichet_rc store_put_draft(struct store *s, int64_t *id, const char *was, const char *actor, const char *fields, struct guichet_err *err)
{
	int64_t now = store_now(s), kept = *id;
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	/* Dropped or changed elsewhere while somebody went on typing: kept anew rather than nowhere, or over what another typed. */
	if (kept && !store_draft_is(s, kept, was))
		kept = 0;
	if (kept)
		rc = sql_run(s, err, "UPDATE draft SET fields = ?2, updated_ms = ?3 WHERE id = ?1", "iti", kept, fields, now);
	else
		rc = sql_run(s, err, "INSERT INTO draft(actor, fields, started_ms, updated_ms) VALUES(?1, ?2, ?3, ?3)", "tti", actor, fields, now);
	if (rc == GUICHET_OK && !kept)
		kept = sqlite3_last_insert_rowid(s->db);
	if (rc == GUICHET_OK)
		rc = store_commit(s, err);
	else
		store_rollback(s);
	if (rc == GUICHET_OK)
		*id = kept;
	return rc;
}

enum guichet_rc store_drop_draft(struct store *s, int64_t id, struct guichet_err *err)
{
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	rc = sql_run(s, err, "DELETE FROM draft WHERE id = ?1", "i", id);
	if (rc == GUICHET_OK)
		return store_commit(s, err);
	store_rollback(s);
	return rc;
}

enum guichet_rc store_list_drafts(struct store *s, bool (*visit)(void *context, const struct draft *d), void *context, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT id, actor, fields, started_ms, updated_ms FROM draft ORDER BY started_ms, id", err);
	if (!st)
		return GUICHET_INTERNAL;
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		struct draft d = { sqlite3_column_int64(st, 0), column_str(st, 1), column_str(st, 2), sqlite3_column_int64(st, 3),
			sqlite3_column_int64(st, 4) };
		if (!visit(context, &d))
			break;
	}
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

int64_t store_count_drafts(struct store *s, int64_t before_ms, int64_t *oldest_ms)
{
	int64_t n = 0;
	sqlite3_stmt *st = sql_prepare(s, "SELECT count(*), min(started_ms) FROM draft WHERE started_ms < ?1", NULL);
	*oldest_ms = NO_INSTANT;
	if (!st)
		return 0;
	sql_bind(st, "i", before_ms);
	if (sql_step(s, st, NULL) == GUICHET_OK) {
		n = sqlite3_column_int64(st, 0);
		*oldest_ms = column_instant(st, 1);
		sqlite3_reset(st);
	}
	return n;
}

int64_t store_changes(struct store *s)
{
	return sqlite3_total_changes64(s->db);
}

int64_t store_data_version(struct store *s)
{
	store_follow_file(s, NULL);
	int64_t version = sql_value(s, 0, "PRAGMA data_version", "");
	return version ? s->file_changes + version : 0;
}

enum guichet_rc store_readable(struct store *s, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT 1 FROM meta", err);
	if (!st)
		return GUICHET_INTERNAL;
	enum guichet_rc rc = sql_step(s, st, err);
	sqlite3_reset(st);
	return rc;
}

void store_set_patience(struct store *s, int ms)
{
	sqlite3_busy_timeout(s->db, ms);
}
