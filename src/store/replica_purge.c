// SPDX-License-Identifier: GPL-3.0-or-later
/* Taking requests out of a desk's store: they left its scope, or the server revoked the desk. What was not sent stays, whatever it is about. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/sim_bug.h"
#include "shadow_inside.h"

/* Own operations outlive their request here: a server restored from a backup asks for them again. parked 2: nobody reads them. */
static enum guichet_rc forget_ops(struct store *s, int64_t subject, struct guichet_err *err)
{
	enum guichet_rc rc = SIM_BUG(leave_forgets_own) ? GUICHET_OK : sql_run(s, err, "UPDATE op SET parked = 2 WHERE (id = ?1 OR (subject = ?1 AND subject <> id)) AND id >> 40 IN (SELECT no FROM device "
		"WHERE own = 1)", "i", subject);
	return rc ? rc : sql_run(s, err, "DELETE FROM op WHERE (id = ?1 OR (subject = ?1 AND subject <> id)) AND parked IS NOT 2", "i", subject);
}

enum guichet_rc replica_backed_up(struct store *s, int64_t seq, struct guichet_err *err)
{
	char *text = store_setting(s, "server-backup");
	int64_t known = text ? strtoll(text, NULL, 10) : 0;
	char now[32];
	free(text);
	if (seq <= known && !SIM_BUG(backup_seq_ignored))
		return GUICHET_OK;
	snprintf(now, sizeof now, "%lld", (long long)seq);
	/* The last number of an identity stays known, without a word of what it was: numbers are never given twice. */
	enum guichet_rc rc = sql_run(s, err, "UPDATE op SET personal = NULL, salt = NULL WHERE parked = 2 AND seq <= ?1 AND id = (SELECT max(l.id) FROM op l WHERE "
		"l.id < ((op.id >> 40) + 1) << 40)", "i", seq);
	if (!rc)
		rc = sql_run(s, err, "DELETE FROM op WHERE parked = 2 AND seq <= ?1 AND id < (SELECT max(l.id) FROM op l WHERE l.id < ((op.id >> 40) + 1) << 40)", "i",
			SIM_BUG(backup_seq_ignored) ? INT64_MAX : seq);
	return rc ? rc : store_set_setting(s, "server-backup", now, err);
}

/* --- what was erased --- */

static void erased_key(struct op_id subject, char out[OP_ID_TEXT + 20])
{
	char id[OP_ID_TEXT];
	op_id_format(subject, id);
	snprintf(out, OP_ID_TEXT + 20, "shadow-erased %s", id);
}

enum guichet_rc replica_note_erased(struct store *s, struct op_id subject, struct guichet_err *err)
{
	char key[OP_ID_TEXT + 20];
	erased_key(subject, key);
	return store_set_setting(s, key, "1", err);
}

bool replica_is_erased(struct store *s, struct op_id subject)
{
	char key[OP_ID_TEXT + 20];
	int64_t id = op_pack(s, subject);
	erased_key(subject, key);
	return sql_value(s, 0, "SELECT 1 FROM meta WHERE key = ?1", "t", key) ||
		(id && sql_value(s, 0, "SELECT 1 FROM op WHERE subject = ?1 AND subject <> id AND kind = 'erase' AND "
			"coalesce(parked, 0) = 0 LIMIT 1", "i", id));
}

/* --- those that left while something about them waits: setting "server-leaving", "7.12 7.15 " --- */

static enum guichet_rc set_leaving(struct store *s, const char *list, struct op_id id, bool leaves, struct guichet_err *err)
{
	char one[OP_ID_TEXT + 1];
	struct text now = TEXT_INIT;
	bool was = false;
	op_id_format(id, one);
	for (const char *at = list; at && *at; at += strcspn(at, " ") + 1) {
		bool same = strcspn(at, " ") == strlen(one) && !strncmp(at, one, strlen(one));
		was = was || same;
		if (!same)
			text_addf(&now, "%.*s ", (int)strcspn(at, " "), at);
	}
	if (leaves)
		text_addf(&now, "%s ", one);
	enum guichet_rc rc = was == leaves ? GUICHET_OK : store_set_setting(s, "server-leaving", text_str(&now), err);
	text_done(&now);
	return rc;
}

static enum guichet_rc note_leaving(struct store *s, struct op_id id, bool leaves, struct guichet_err *err)
{
	char *list = store_setting(s, "server-leaving");
	enum guichet_rc rc = !leaves && (!list || !*list) ? GUICHET_OK : set_leaving(s, list, id, leaves, err);
	free(list);
	return rc;
}

enum guichet_rc replica_leaves(struct store *s, struct op_id id, struct guichet_err *err)
{
	return note_leaving(s, id, true, err);
}

enum guichet_rc replica_entered(struct store *s, struct op_id id, struct guichet_err *err)
{
	return note_leaving(s, id, false, err);
}

enum guichet_rc replica_purge_left(struct store *s, struct guichet_err *err)
{
	char *list = store_setting(s, "server-leaving"), *rest = list;
	enum guichet_rc rc = GUICHET_OK;
	for (char *word; !rc && rest && (word = strsep(&rest, " "));) {
		struct op_id id;
		if (op_id_parse(word, &id))
			rc = replica_purge(s, id, err);
	}
	free(list);
	return rc;
}

/* --- taking away --- */

/* Nobody here sees this person any more: no request, no operation that waits. */
static enum guichet_rc purge_requester(struct store *s, int64_t id, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	if (!id || sql_value(s, 0, "SELECT 1 FROM request WHERE requester = ?1 LIMIT 1", "i", id) || replica_waits(s, id))
		return GUICHET_OK;
	rc = unproject_requester(s, id, err);
	rc = rc ? rc : forget_ops(s, id, err);
	/* Who was merged into this one was so by operations that are gone. */
	for (int64_t merged = 0; !rc && (merged = sql_value(s, 0, "SELECT id FROM requester WHERE merged_into = ?1 AND id > ?2 ORDER BY id LIMIT 1", "ii", id, merged));)
		rc = project_merge(s, merged, err);
	return rc;
}

bool replica_waits(struct store *s, int64_t subject)
{
	return sql_value(s, 0, "SELECT 1 FROM op o JOIN device d ON d.no = o.id >> 40 WHERE o.id = ?1 AND o.id & 1099511627775 > d.acked "
		"UNION ALL SELECT 1 FROM op o INDEXED BY op_subject JOIN device d ON d.no = o.id >> 40 WHERE o.subject = ?1 AND o.subject <> o.id "
		"AND o.id & 1099511627775 > d.acked LIMIT 1", "i", subject) != 0;
}

enum guichet_rc replica_purge(struct store *s, struct op_id id, struct guichet_err *err)
{
	int64_t subject = op_pack(s, id), requester;
	struct loaded l = { 0 };
	bool waits = subject && replica_waits(s, subject) && !SIM_BUG(leave_waiting);
	enum guichet_rc rc = note_leaving(s, id, waits, err);
	if (rc || waits || !subject || SIM_BUG(leave_not_purged))
		return rc;
	rc = journal_read(s, subject, &l.ops, &l.op_count, err);
	if (rc || l.op_count == 0)
		return rc;
	request_fold(&l.request, l.ops, l.op_count);
	l.row_id = sql_value(s, 0, "SELECT id FROM request WHERE op = ?1", "i", subject);
	requester = sql_value(s, 0, "SELECT requester FROM request WHERE op = ?1", "i", subject);
	if (l.row_id)
		rc = unproject_request(s, &l, err);
	if (!rc)
		rc = forget_ops(s, subject, err);
	loaded_done(&l);
	return rc ? rc : purge_requester(s, requester, err);
}

/* --- what ended long ago --- */

enum { DAY_MS = 86400000, SLACK_DAYS = 7 /* so that nobody's request goes while it is spoken of */ };

static size_t find_old(struct store *s, int64_t before_ms, int64_t *ops, size_t max)
{
	size_t n = 0;
	sqlite3_stmt *st = sql_prepare(s, "SELECT op FROM request WHERE open = 0 AND coalesce(closed_ms, answered_ms, updated_ms) < ?1 ORDER BY id LIMIT ?2", NULL);
	if (!st)
		return 0;
	sql_bind(st, "ii", before_ms, (int64_t)max);
	while (n < max && sql_step(s, st, NULL) == GUICHET_OK)
		ops[n++] = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return n;
}

enum guichet_rc replica_age(struct store *s, int64_t now_ms, int max, struct guichet_err *err)
{
	int64_t ops[100], days = replica_number(s, "server-days", 0), today = now_ms / DAY_MS;
	size_t most = max > 0 && max < 100 ? (size_t)max : 100, kept = 0;
	if (days == 0 || replica_number(s, "server-aged", 0) >= today)
		return GUICHET_OK;
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	rc = settle_all(s, err);
	int64_t before_ms = now_ms - (days + SLACK_DAYS) * DAY_MS;
	size_t n = find_old(s, before_ms, ops, most);
	if (!rc && n > 0)
		rc = replica_lets_go(s, before_ms, err);
	for (size_t i = 0; i < n && !rc; i++) {
		bool waits = replica_waits(s, ops[i]);
		kept += waits;
		rc = waits ? GUICHET_OK : replica_purge(s, op_unpack(s, ops[i]), err);
	}
	if (!rc && (n < most || kept == n))
		rc = replica_set_number(s, "server-aged", today, err);
	return store_finish(s, rc, err);
}

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);
	for (const char *at = list; *at; at += strcspn(at, " ") + (at[strcspn(at, " ")] == ' '))
		if (strcspn(at, " ") == n && !strncmp(at, word, n))
			return true;
	return false;
}

enum guichet_rc replica_purge_unseen(struct store *s, int64_t subject, struct guichet_err *err)
{
	struct op *ops;
	size_t count, numbered = 0;
	struct request r;
	char *services = store_setting(s, "server-services");
	enum guichet_rc rc = journal_read(s, subject, &ops, &count, err);
	for (size_t i = 0; i < count && !rc; i++) {
		struct op one = ops[i];
		if (one.seq > 0) {
			ops[i] = ops[numbered];
			ops[numbered++] = one;
		}
	}
	bool request = !rc && count > 0 && op_subject_of(ops, count) == SUBJECT_REQUEST;
	if (request && services && strcmp(services, "*") != 0) {
		request_fold(&r, ops, numbered);
		if (op_id_is_none(r.id) || !has_word(services, request_text(&r, FIELD_SERVICE)))
			rc = replica_purge(s, op_unpack(s, subject), err);
		request_done(&r);
	}
	if (!rc || count > 0)
		ops_free(ops, count);
	free(services);
	return rc;
}

/* A batch of requests that were sent whole; *done when none is left. */
static enum guichet_rc wipe_some(struct store *s, int64_t *after, bool *done, struct guichet_err *err)
{
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	*done = false;
	for (int i = 0; i < STORE_BATCH && !rc && !*done; i++) {
		int64_t op = sql_value(s, 0, "SELECT op FROM request WHERE id > ?1 ORDER BY id LIMIT 1", "i", *after);
		*after = sql_value(s, INT64_MAX, "SELECT id FROM request WHERE id > ?1 ORDER BY id LIMIT 1", "i", *after);
		*done = op == 0;
		if (op)
			rc = replica_purge(s, op_unpack(s, op), err);
	}
	return store_finish(s, rc, err);
}

enum guichet_rc replica_wipe(struct store *s, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	int64_t after = 0;
	for (bool done = SIM_BUG(wipe_keeps); !done && !rc;)
		rc = wipe_some(s, &after, &done, err);
	shadow_discard(s);
	/* This desk will never be asked again. */
	if (!rc)
		rc = sql_run(s, err, "DELETE FROM op WHERE parked = 2", "");
	if (!rc)
		rc = sql_run(s, err, "DELETE FROM agent", "");
	if (!rc)
		rc = store_set_setting(s, "erasing", "start", err);
	/* Last: without it nobody would be told again. */
	return rc ? rc : store_set_setting(s, "server-token", "", err);
}
