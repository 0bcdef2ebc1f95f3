// SPDX-License-Identifier: GPL-3.0-or-later
/* Rebuilding every projection from the journal, in batches, while others go on working. Rows are rewritten in place and keep their ids.
 *
 * Meta's "rebuild" says how far it has come: "<phase> <position> <1: the index is filled anew>". Every transaction reads it when it begins
 * (journal.c): what lies beyond the position adds nothing to the sums and the index, since its turn comes. A rebuilding that was interrupted goes on
 * where it stood; two at once help each other.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum phase { PHASE_DRAIN, PHASE_ORPHANS, PHASE_REQUESTERS, PHASE_SUBJECTS, PHASE_MERGES, PHASE_TEXTS, PHASE_DONE };
enum { DRAINED = 5000 };

struct rebuilding { struct store *s; enum phase phase; int64_t position, operations; bool refill; struct guichet_err *err; };

/* --- where it stands --- */

static enum phase parse_mark(const char *value, int64_t *position, bool *refill)
{
	char *end;
	long phase = strtol(value, &end, 10);
	*position = strtoll(end, &end, 10);
	*refill = strtol(end, NULL, 10) != 0;
	return phase >= 0 && phase < PHASE_DONE ? (enum phase)phase : PHASE_DRAIN;
}

void rebuild_read_mark(const char *value, struct rebuilt *out)
{
	int64_t position;
	bool refill;
	enum phase phase = parse_mark(value, &position, &refill);
	out->requesters = phase < PHASE_REQUESTERS ? 0 : phase == PHASE_REQUESTERS ? position : INT64_MAX;
	out->requests = phase < PHASE_SUBJECTS ? 0 : phase == PHASE_SUBJECTS ? position : INT64_MAX;
	out->texts = !refill ? INT64_MAX : phase < PHASE_TEXTS ? 0 : position;
}

static enum guichet_rc write_mark(struct rebuilding *b)
{
	char value[64];
	if (b->phase == PHASE_DONE)
		return sql_run(b->s, b->err, "DELETE FROM meta WHERE key = '" REBUILD_MARK "'", "");
	snprintf(value, sizeof value, "%d %lld %d", (int)b->phase, (long long)b->position, (int)b->refill);
	return store_set_setting(b->s, REBUILD_MARK, value, b->err);
}

static void next_phase(struct rebuilding *b)
{
	b->phase++;
	b->position = 0;
}

/* --- the sums go first --- */

static enum guichet_rc drain(struct rebuilding *b)
{
#define DELETE(table, key) "DELETE FROM " table " WHERE (" key ") IN (SELECT " key " FROM " table " LIMIT ?1)"
	static const char *const deletes[] = {
		DELETE("figure", "service, commune, day, measure, category, nature, channel, bin"),
		DELETE("figure_roll", "period, scope, part, by, value"),
		DELETE("learn", "feature, category, service"),
		DELETE("name_near", "variant, word"),
		DELETE("name_word", "word"),
		DELETE("requester_word", "word, requester"),
	};
#undef DELETE
	for (size_t i = 0; i < sizeof deletes / sizeof *deletes; i++) {
		enum guichet_rc rc = sql_run(b->s, b->err, deletes[i], "i", (int64_t)DRAINED);
		if (rc || sqlite3_changes(b->s->db) > 0)
			return rc;
	}
	next_phase(b);
	return GUICHET_OK;
}

/* --- rows that the journal does not know --- */

static enum guichet_rc drop_words(struct rebuilding *b, int64_t id)
{
	enum guichet_rc rc = GUICHET_OK;
	if (!b->refill)
		rc = sql_run(b->s, b->err,
			"INSERT INTO request_fts(request_fts, rowid, words) SELECT 'delete', id, words FROM request_text WHERE id = ?1", "i", id);
	return rc == GUICHET_OK ? sql_run(b->s, b->err, "DELETE FROM request_text WHERE id = ?1", "i", id) : rc;
}

static enum guichet_rc drop_orphans(struct rebuilding *b)
{
	static const char *const deletes[] = {
		"DELETE FROM todo WHERE request NOT IN (SELECT id FROM request)",
		"DELETE FROM contact_request WHERE request NOT IN (SELECT id FROM request)",
		"DELETE FROM requester WHERE NOT EXISTS (SELECT 1 FROM op WHERE op.id = requester.id AND op.kind = 'requester-create')",
		"DELETE FROM contact WHERE NOT EXISTS (SELECT 1 FROM op WHERE op.id = contact.id AND op.kind IN ('contact', 'mail'))",
		"DELETE FROM mail WHERE NOT EXISTS (SELECT 1 FROM op WHERE op.id = mail.id AND op.kind = 'mail')",
		"DELETE FROM outgoing WHERE request NOT IN (SELECT id FROM request)",
		"DELETE FROM bulletin WHERE NOT EXISTS (SELECT 1 FROM op WHERE op.id = bulletin.id AND op.kind = 'bulletin')",
	};
	enum guichet_rc rc = sql_run(b->s, b->err,
		"DELETE FROM request WHERE NOT EXISTS (SELECT 1 FROM op WHERE op.id = request.op AND op.kind = 'create' AND coalesce(op.parked, 0) = 0)", "");
	int64_t id = INT64_MIN;
	while (rc == GUICHET_OK && (id = sql_value(b->s, INT64_MIN,
			"SELECT id FROM request_text WHERE id > ?1 AND id NOT IN (SELECT id FROM request) ORDER BY id LIMIT 1", "i", id)) != INT64_MIN)
		rc = drop_words(b, id);
	for (size_t i = 0; i < sizeof deletes / sizeof *deletes && rc == GUICHET_OK; i++)
		rc = sql_run(b->s, b->err, deletes[i], "");
	next_phase(b);
	return rc;
}

/* --- subjects --- */

static enum guichet_rc rebuild_request(struct rebuilding *b, int64_t subject, struct op *ops, size_t count)
{
	struct loaded l = { .ops = ops, .op_count = count };
	enum guichet_rc rc = GUICHET_OK;
	request_fold(&l.request, l.ops, l.op_count);
	if (!op_id_is_none(l.request.id)) {
		l.row_id = sql_value(b->s, 0, "SELECT id FROM request WHERE op = ?1", "i", subject);
		rc = sql_run(b->s, b->err, "DELETE FROM contact_request WHERE request = ?1", "i", l.row_id);
		if (rc == GUICHET_OK)
			rc = project_request(b->s, &l, NULL, b->err);
	}
	request_done(&l.request);
	return rc;
}

static enum guichet_rc rebuild_subject(struct rebuilding *b, int64_t subject)
{
	struct op *ops;
	size_t count;
	enum guichet_rc rc = journal_read(b->s, subject, &ops, &count, b->err);
	/* One that does not read is told by verify, and hides no other. */
	if (rc == GUICHET_DATA || count == 0)
		return rc == GUICHET_DATA ? GUICHET_OK : rc;
	b->operations += (int64_t)count;
	switch (op_subject_of(ops, count)) {
	case SUBJECT_REQUEST:
		rc = rebuild_request(b, subject, ops, count);
		break;
	case SUBJECT_REQUESTER:
		break;
	case SUBJECT_CONTACT:
		op_sort(ops, count);
		if (op_of_subject(ops, count))
			rc = project_contact(b->s, op_of_subject(ops, count), b->err);
		break;
	case SUBJECT_BULLETIN:
		for (size_t i = 0; i < count && rc == GUICHET_OK; i++)
			rc = project_bulletin(b->s, &ops[i], b->err);
		break;
	}
	ops_free(ops, count);
	return rc;
}

static enum guichet_rc rebuild_subjects(struct rebuilding *b)
{
	enum guichet_rc rc = GUICHET_OK;
	for (int i = 0; i < STORE_BATCH && rc == GUICHET_OK; i++) {
		int64_t subject = journal_next_subject(b->s, b->position);
		if (!subject) {
			next_phase(b);
			return GUICHET_OK;
		}
		b->position = b->s->rebuilt.requests = subject;
		rc = rebuild_subject(b, subject);
	}
	return rc;
}

/* Before the requests, whose words hold their names. */
static enum guichet_rc rebuild_requesters(struct rebuilding *b)
{
	enum guichet_rc rc = GUICHET_OK;
	for (int i = 0; i < STORE_BATCH && rc == GUICHET_OK; i++) {
		int64_t subject = sql_value(b->s, 0, "SELECT id FROM op WHERE id > ?1 AND kind = 'requester-create' ORDER BY id LIMIT 1", "i",
			b->position);
		if (!subject) {
			next_phase(b);
			return GUICHET_OK;
		}
		b->position = subject;
		b->operations++;
		rc = restore_requester(b->s, subject, b->err);
		if (rc == GUICHET_DATA)
			rc = GUICHET_OK;
	}
	return rc;
}

static enum guichet_rc rebuild_merges(struct rebuilding *b)
{
	enum guichet_rc rc = GUICHET_OK;
	if (b->position == 0)
		rc = sql_run(b->s, b->err, "UPDATE requester SET merged_into = NULL WHERE merged_into IS NOT NULL", "");
	for (int i = 0; i < STORE_BATCH && rc == GUICHET_OK; i++) {
		struct op *ops;
		size_t count;
		int64_t id = sql_value(b->s, 0,
			"SELECT id FROM op WHERE id > ?1 AND kind IN ('requester-merge', 'requester-split') ORDER BY id LIMIT 1", "i", b->position);
		if (!id) {
			next_phase(b);
			return GUICHET_OK;
		}
		b->position = id;
		rc = journal_read(b->s, sql_value(b->s, 0, "SELECT subject FROM op WHERE id = ?1", "i", id), &ops, &count, b->err);
		for (size_t j = 0; j < count && rc == GUICHET_OK; j++)
			if (op_pack(b->s, ops[j].id) == id)
				rc = project_requester(b->s, &ops[j], b->err);
		ops_free(ops, count);
		if (rc == GUICHET_DATA)
			rc = GUICHET_OK;
	}
	return rc;
}

/* --- the index, when it had to be emptied --- */

static enum guichet_rc rebuild_texts(struct rebuilding *b)
{
	enum guichet_rc rc = GUICHET_OK;
	struct waiting_range waiting = settle_range(b->s);
	for (int i = 0; i < STORE_BATCH && rc == GUICHET_OK && b->refill; i++) {
		int64_t id = sql_value(b->s, INT64_MIN, "SELECT id FROM request_text WHERE id > ?1 ORDER BY id LIMIT 1", "i", b->position);
		if (id == INT64_MIN) {
			next_phase(b);
			return GUICHET_OK;
		}
		b->position = id;
		rc = sql_run(b->s, b->err, "INSERT INTO request_fts(rowid, words) SELECT t.id, t.words FROM request_text t "
			"JOIN request r ON r.id = t.id WHERE t.id = ?1 AND NOT (r.op > ?2 AND r.op <= ?3)", "iii", id, waiting.after, waiting.last);
	}
	if (!b->refill)
		next_phase(b);
	return rc;
}

/* --- all of it --- */

static enum guichet_rc (*const phases[PHASE_DONE])(struct rebuilding *b) = {
	[PHASE_DRAIN] = drain, [PHASE_ORPHANS] = drop_orphans, [PHASE_REQUESTERS] = rebuild_requesters, [PHASE_SUBJECTS] = rebuild_subjects,
	[PHASE_MERGES] = rebuild_merges, [PHASE_TEXTS] = rebuild_texts,
};

static enum guichet_rc start(struct rebuilding *b)
{
	enum guichet_rc rc = store_index_check(b->s, b->err);
	b->refill = rc == GUICHET_DATA;
	if (rc && rc != GUICHET_DATA)
		return rc;
	if ((rc = store_begin(b->s, b->err)))
		return rc;
	if (b->refill) {
		/* Nothing waits: all of it is written anew. */
		rc = sql_run(b->s, b->err, "INSERT INTO request_fts(request_fts) VALUES('delete-all')", "");
		b->s->settled = INT64_MAX;
	} else {
		rc = settle_all(b->s, b->err);
	}
	if (rc == GUICHET_OK)
		rc = write_mark(b);
	return store_finish(b->s, rc, b->err);
}

/* One transaction. Where it stands is read in it: another may be helping. */
static enum guichet_rc step(struct rebuilding *b)
{
	enum guichet_rc rc = store_begin(b->s, b->err);
	if (rc)
		return rc;
	char *mark = store_setting(b->s, REBUILD_MARK);
	if (mark) {
		b->phase = parse_mark(mark, &b->position, &b->refill);
		rc = phases[b->phase](b);
		if (rc == GUICHET_OK)
			rc = write_mark(b);
	} else {
		b->phase = PHASE_DONE;
	}
	free(mark);
	return store_finish(b->s, rc, b->err);
}

enum guichet_rc store_rebuild(struct store *s, const struct progress *p, struct guichet_err *err)
{
	struct rebuilding b = { .s = s, .err = err };
	enum guichet_rc rc = GUICHET_OK;
	char *unfinished = store_setting(s, REBUILD_MARK);
	if (s->read_only)
		rc = guichet_err_set(err, GUICHET_NO_PERM, _("lecture seule (--read-only) : rien ne s'enregistre"));
	else if (!unfinished)
		rc = start(&b);
	free(unfinished);
	int64_t total = sql_value(s, 0, "SELECT count(*) FROM op", "");
	while (rc == GUICHET_OK && b.phase != PHASE_DONE) {
		rc = step(&b);
		if (rc == GUICHET_OK && b.phase != PHASE_DONE && !progress_tick(p, b.operations < total ? b.operations : total, total))
			rc = store_interrupted(err);
	}
	return rc;
}
