// SPDX-License-Identifier: GPL-3.0-or-later
/* Taking requests out of a desk's store: they left its scope, or the server revoked the desk. What was not sent stays, whatever it is about. */
#include <stdlib.h>
#include <string.h>

#include "replica_inside.h"

/* Nobody here sees this person any more: no request, no operation that waits. */
static enum guichet_rc purge_requester(struct store *s, int64_t id, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	if (!id || sql_value(s, 0, "SELECT 1 FROM request WHERE requester = ?1 LIMIT 1", "i", id) || replica_waits(s, id))
		return GUICHET_OK;
	rc = unproject_requester(s, id, err);
	return rc ? rc : sql_run(s, err, "DELETE FROM op WHERE id = ?1 OR (subject = ?1 AND subject <> id)", "i", id);
}

bool replica_waits(struct store *s, int64_t subject)
{
	return sql_value(s, 0, "SELECT 1 FROM op o JOIN device d ON d.no = o.id >> 40 WHERE (o.id = ?1 OR o.subject = ?1) AND o.id & 1099511627775 > d.acked "
		"AND d.own = 1 LIMIT 1", "i", subject) != 0;
}

enum guichet_rc replica_purge(struct store *s, struct op_id id, struct guichet_err *err)
{
	int64_t subject = op_pack(s, id), requester;
	struct loaded l = { 0 };
	if (!subject || replica_waits(s, subject))
		return GUICHET_OK;
	enum guichet_rc rc = journal_read(s, subject, &l.ops, &l.op_count, err);
	if (rc || l.op_count == 0)
		return rc;
	request_fold(&l.request, l.ops, l.op_count);
	l.row_id = sql_value(s, 0, "SELECT id FROM request WHERE op = ?1", "i", subject);
	requester = sql_value(s, 0, "SELECT requester FROM request WHERE op = ?1", "i", subject);
	if (l.row_id)
		rc = unproject_request(s, &l, err);
	if (!rc)
		rc = sql_run(s, err, "DELETE FROM op WHERE id = ?1 OR (subject = ?1 AND subject <> id)", "i", subject);
	loaded_done(&l);
	return rc ? rc : purge_requester(s, requester, err);
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
	for (bool done = false; !done && !rc;)
		rc = wipe_some(s, &after, &done, err);
	if (!rc)
		rc = store_set_setting(s, "server-token", "", err);
	return rc ? rc : store_set_setting(s, "erasing", "start", err);
}
