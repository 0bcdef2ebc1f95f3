// SPDX-License-Identifier: GPL-3.0-or-later
/* What logging a call leaves for later, since nobody waits for it: the full-text index, the words of names and streets,
 * learned routing. Each of them rewrites pages all over the file, and a commit costs what it rewrites.
 *
 * Meta's "settled" is an operation: what this desk's subjects up to it add to these tables is there, what its later
 * ones add is not yet; other desks' subjects, which come by hundreds, are added as they come. So a subject is added
 * once, whatever happens to it before and after, by the rule that is_settled() states; nothing is queued that could be
 * lost. Who reads these tables looks at the few subjects that wait, too: nobody can tell the difference. They are
 * settled when idle, or by the commit that makes them too many; an import or a rebuilding, which write so much that
 * each page is shared by many requests, settles as it goes.
 */
#include "internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
	IDLE_MIN = 30,
	WAITING_MAX = 300 /* operations, a call logged being two or three */,
	STEP = 16 /* subjects in one idle transaction */
};

struct waiting_range settle_range(struct store *s)
{
	int64_t after = s->depth > 0
		? s->settled
		: sql_value(s, 0, "SELECT CAST(value AS INTEGER) FROM meta WHERE key = '" SETTLED_MARK "'", "");
	return (struct waiting_range){after, after | DSEQ_MASK};
}

/* The last operation of the same device as `id`. */
static int64_t last_op(struct store *s, int64_t id)
{
	return sql_value(s, id, "SELECT max(id) FROM op WHERE id BETWEEN ?1 AND ?2", "ii", id & ~DSEQ_MASK, id | DSEQ_MASK);
}

/* *id 0: none waits. */
static enum guichet_rc next_waiting(
	struct store *s, int64_t after, int64_t *id, bool *is_request, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s,
		"SELECT id, kind = 'create' FROM op WHERE id > ?1 AND id <= ?2 AND subject = id "
		"AND kind IN ('create', 'requester-create') ORDER BY id LIMIT 1",
		err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "ii", after, after | DSEQ_MASK);
	enum guichet_rc rc = sql_step(s, st, err);
	*id = rc == GUICHET_OK ? sqlite3_column_int64(st, 0) : 0;
	*is_request = rc == GUICHET_OK && sqlite3_column_int(st, 1);
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* --- settling --- */

static enum guichet_rc settle_some(struct store *s, int most, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	for (int n = 0; n < most && rc == GUICHET_OK; n++) {
		int64_t id;
		bool is_request;
		if ((rc = next_waiting(s, s->settled, &id, &is_request, err)))
			break;
		if (!id) {
			s->settled = last_op(s, s->settled);
			break;
		}
		rc = is_request ? settle_request(s, id, err) : settle_requester(s, id, err);
		/* One that does not read is told by verify, and hides no other. */
		if (rc == GUICHET_DATA)
			rc = GUICHET_OK;
		s->settled = id;
	}
	return rc;
}

enum guichet_rc settle_all(struct store *s, struct guichet_err *err)
{
	if (s->settled == INT64_MAX)
		return GUICHET_OK;
	enum guichet_rc rc = settle_some(s, INT_MAX, err);
	s->settled = INT64_MAX;
	return rc;
}

enum guichet_rc settle_commit(struct store *s, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	char value[32];
	int64_t own = s->device_no << DSEQ_BITS, appended = own | (int64_t)(s->next_dseq - 1);
	bool elsewhere =
		s->settled >> DSEQ_BITS != s->device_no; /* what waits was written under an identity that the desk had before */
	if (s->next_dseq != s->first_dseq && (elsewhere || s->settled < appended - WAITING_MAX))
		rc = settle_all(s, err);
	if (s->settled == INT64_MAX)
		s->settled = last_op(s, own);
	if (rc || s->settled == s->settled_before)
		return rc;
	snprintf(value, sizeof value, "%lld", (long long)s->settled);
	return store_set_setting(s, SETTLED_MARK, value, err);
}

enum guichet_rc settle_idle(struct store *s, int64_t until_ns, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	bool reading = sql_begin_reading(s);
	int64_t settled = settle_range(s).after;
	bool more = last_op(s, settled) - settled >= IDLE_MIN;
	sql_end_reading(s, reading);
	while (more && rc == GUICHET_OK && clock_monotonic_ns() < until_ns) {
		if ((rc = store_begin(s, err)))
			return rc;
		rc = settle_some(s, STEP, err);
		more = s->settled < last_op(s, s->settled);
		rc = store_finish(s, rc, err);
	}
	return rc;
}

/* --- what waits, for who reads the tables --- */

static void add_waiting(struct store *s, int64_t id, bool is_request, struct tallies *out)
{
	struct op *ops;
	size_t count;
	if (journal_read(s, id, &ops, &count, NULL))
		return;
	if (is_request) {
		struct request r;
		request_fold(&r, ops, count);
		tallies_learn(out, &r, s->catalogue, 1);
		request_done(&r);
	} else {
		struct requester who;
		fold_requester(&who, ops, count);
		tallies_contribute_requester(out, &who, 1);
		requester_done(&who);
	}
	ops_free(ops, count);
}

const struct tallies *settle_waiting(struct store *s)
{
	struct waiting *w = &s->waiting;
	bool reading = sql_begin_reading(s), is_request;
	int64_t mark = settle_range(s).after;
	struct waiting now = {.mark = mark,
		.last = last_op(s, mark),
		.changes = sqlite3_total_changes64(s->db),
		.version = sql_value(s, 0, "PRAGMA data_version", "")};
	if (now.mark != w->mark || now.last != w->last || now.changes != w->changes || now.version != w->version) {
		tallies_done(&w->sums);
		*w = now;
		for (int64_t id = now.mark; next_waiting(s, id, &id, &is_request, NULL) == GUICHET_OK && id;)
			add_waiting(s, id, is_request, &w->sums);
	}
	sql_end_reading(s, reading);
	return &w->sums;
}
