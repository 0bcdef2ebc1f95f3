// SPDX-License-Identifier: GPL-3.0-or-later
/* What comes from the server into the store: a page in one transaction with the cursor that it moves. Known operations get their seq, new ones are added, and
 * each subject is projected once for what changed in it. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/sim_bug.h"
#include "replica_inside.h"

/* --- a subject that changes --- */

static bool begins_with_create(const struct op *ops, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ops[i].kind == OP_CREATE && (!ops[i].parked || SIM_BUG(parked_counts)))
			return true;
	return false;
}

enum guichet_rc reproject_begin(struct store *s, int64_t subject, struct reprojection *r, struct guichet_err *err)
{
	memset(r, 0, sizeof *r);
	r->subject = subject;
	enum guichet_rc rc = journal_read(s, subject, &r->ops, &r->count, err);
	r->folded = !rc && begins_with_create(r->ops, r->count);
	if (r->folded)
		request_fold(&r->was, r->ops, r->count);
	return rc;
}

/* Its create was parked: there is no such request; its operations stay. */
static enum guichet_rc reproject_none(struct store *s, const struct reprojection *r, struct guichet_err *err)
{
	struct loaded was = { .request = r->was, .row_id = sql_value(s, 0, "SELECT id FROM request WHERE op = ?1", "i", r->subject) };
	return was.row_id ? unproject_request(s, &was, err) : GUICHET_OK;
}

static enum guichet_rc reproject_request(struct store *s, const struct reprojection *r, struct guichet_err *err)
{
	struct loaded now = { 0 };
	enum guichet_rc rc = journal_read(s, r->subject, &now.ops, &now.op_count, err);
	if (rc || !begins_with_create(now.ops, now.op_count)) {
		ops_free(now.ops, now.op_count);
		return rc || !r->folded ? rc : reproject_none(s, r, err);
	}
	request_fold(&now.request, now.ops, now.op_count);
	now.row_id = sql_value(s, 0, "SELECT id FROM request WHERE op = ?1", "i", r->subject);
	rc = project_request(s, &now, now.row_id && r->folded ? &r->was : NULL, err);
	loaded_done(&now);
	return rc;
}

/* Who was merged may follow from the order of what was said on several records. */
static enum guichet_rc reproject_merges(struct store *s, const struct op *ops, size_t count, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	for (size_t i = 0; i < count && !rc; i++)
		if (ops[i].kind == OP_REQUESTER_MERGE || ops[i].kind == OP_REQUESTER_SPLIT)
			rc = project_requester(s, &ops[i], err);
	return rc;
}

/* People, contacts and bulletins: as their operations say, in the order that these have now. */
static enum guichet_rc reproject_other(struct store *s, int64_t subject, struct guichet_err *err)
{
	struct op *ops;
	size_t count;
	enum guichet_rc rc = journal_read(s, subject, &ops, &count, err);
	if (rc || count == 0)
		return rc;
	op_sort(ops, count);
	enum op_subject what = op_subject_of(ops, count);
	if (what == SUBJECT_REQUEST) {
		ops_free(ops, count);
		return GUICHET_OK;
	}
	if (what != SUBJECT_REQUESTER) {
		rc = restore_notice(s, subject, ops, count, err);
	} else {
		const struct op all = { .kind = OP_REQUESTER_EDIT, .subject = ops[0].subject };
		rc = project_requester(s, &all, err);
		rc = rc ? rc : project_merge(s, subject, err);
		rc = rc ? rc : reproject_merges(s, ops, count, err);
	}
	ops_free(ops, count);
	return rc;
}

bool reproject_is_request(struct store *s, const struct reprojection *r)
{
	return r->folded || sql_value(s, 0, "SELECT 1 FROM op WHERE id = ?1 AND kind = 'create'", "i", r->subject);
}

enum guichet_rc reproject_end(struct store *s, struct reprojection *r, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	if (err)
		rc = reproject_is_request(s, r) ? reproject_request(s, r, err) : reproject_other(s, r->subject, err);
	if (r->folded)
		request_done(&r->was);
	ops_free(r->ops, r->count);
	return rc;
}

/* --- one operation --- */

enum guichet_rc replica_know_device(struct store *s, uint32_t device, struct guichet_err *err)
{
	if (op_pack(s, (struct op_id){ device, 1 }))
		return GUICHET_OK;
	enum guichet_rc rc = sql_run(s, err, "INSERT INTO device(no, id, own) SELECT coalesce(max(no), 0) + 1, ?1, 0 FROM device", "i", (int64_t)device);
	/* Memory must not keep what a rollback takes away. */
	s->renamed = true;
	return rc ? rc : store_load_devices(s, err);
}

/* Ids in a payload become local numbers too: of devices that have not said anything here yet. */
enum guichet_rc replica_know_named(struct store *s, const struct op *op, struct guichet_err *err)
{
	static const char *const keys[] = { "requester", "request", "parent", "split_of", "merged", "contact", "target" };
	enum guichet_rc rc = replica_know_device(s, op->id.device, err);
	for (size_t i = 0; i < sizeof keys / sizeof *keys && !rc && !SIM_BUG(named_unknown); i++) {
		struct op_id id;
		if (op_id_parse(op_text(op, keys[i], ""), &id) && !op_id_is_none(id))
			rc = replica_know_device(s, id.device, err);
	}
	return rc;
}

enum known { UNKNOWN, SAME, BLANKED_THERE, BLANKED_HERE, OTHER };

static enum known find_known(struct store *s, const struct op *op, int64_t id)
{
	enum known known = UNKNOWN;
	sqlite3_stmt *st = sql_prepare(s, "SELECT hash, salt IS NULL, parked FROM op WHERE id = ?1", NULL);
	sql_bind(st, "i", id);
	if (sql_step(s, st, NULL) == GUICHET_OK) {
		bool same = sqlite3_column_bytes(st, 0) == OP_HASH && memcmp(sqlite3_column_blob(st, 0), op->hash, OP_HASH) == 0;
		bool blank = sqlite3_column_int(st, 1) != 0;
		/* Kept for its number alone (replica_backed_up): not because somebody was erased. */
		bool number = sqlite3_column_int(st, 2) == 2;
		known = !same ? OTHER : op->blanked && !blank ? BLANKED_THERE : !op->blanked && blank && number ? BLANKED_HERE : SAME;
	}
	sqlite3_reset(st);
	return known;
}

static enum guichet_rc contradicts(const struct op *op, struct guichet_err *err)
{
	char id[OP_ID_TEXT];
	op_id_format(op->id, id);
	return guichet_err_set(err, GUICHET_DATA, _("l'opération %s n'est pas la même ici et sur le serveur : deux postes ont la même identité"), id);
}

/* Before its subject's reprojection begins: blanking projects by itself, and what it takes away from sums and words must not be taken away twice. */
static enum guichet_rc blank_known(struct store *s, const struct op *op, struct guichet_err *err)
{
	return op->blanked && find_known(s, op, op_pack(s, op->id)) == BLANKED_THERE ? store_blank(s, op->id, err) : GUICHET_OK;
}

static enum guichet_rc add_op(struct store *s, const struct op *op, struct guichet_err *err)
{
	int64_t id = op_pack(s, op->id);
	if (SIM_BUG(unknown_kind_dropped) && op->kind == OP_KIND_COUNT)
		return GUICHET_OK;
	enum known known = find_known(s, op, id);
	switch (known) {
	case OTHER:
		return SIM_BUG(contradiction_taken) ? replica_mark(s, id, op->seq, op->parked, op->why, err) : contradicts(op, err);
	case BLANKED_THERE: /* blank_known was here first */
	case SAME:
		return SIM_BUG(settled_keeps_seq) && sql_value(s, 0, "SELECT seq FROM op WHERE id = ?1", "i", id) ? GUICHET_OK
			: replica_mark(s, id, op->seq, op->parked, op->why, err);
	case BLANKED_HERE: /* it comes back whole */
	case UNKNOWN:
		break;
	}
	enum guichet_rc rc = known == BLANKED_HERE ? sql_run(s, err, "DELETE FROM op WHERE id = ?1", "i", id) : GUICHET_OK;
	if (!rc)
		rc = journal_insert(s, op, err);
	if (!rc)
		rc = sql_run(s, err, "UPDATE device SET acked = max(acked, ?2) WHERE no = ?1 AND NOT EXISTS(SELECT 1 FROM op o WHERE o.id > (no << 40 | acked) AND "
			"o.id < ?3 AND o.seq IS NULL)", "iii", id >> 40, (int64_t)op->id.dseq, id);
	return rc;
}

static enum guichet_rc blank_what_is_kept(struct store *s, int64_t subject, struct guichet_err *err)
{
	enum guichet_rc rc = sql_run(s, err, "UPDATE op SET personal = NULL, salt = NULL WHERE (id = ?1 OR (subject = ?1 AND subject <> id)) AND parked = 2", "i", subject);
	return rc ? rc : store_set_setting(s, "erasing", "start", err);
}

/* The server blanked a subject: so does the desk, its pending operations and those that it keeps for the server included. */
static enum guichet_rc erase_subject(struct store *s, int64_t subject, struct guichet_err *err)
{
	struct op *ops;
	size_t count;
	enum guichet_rc rc = journal_read(s, subject, &ops, &count, err);
	for (size_t i = 0; i < count && !rc; i++)
		if (!ops[i].blanked && ops[i].kind != OP_ERASE && !(SIM_BUG(erase_not_pending) && ops[i].seq == 0))
			rc = store_blank(s, ops[i].id, err);
	ops_free(ops, count);
	return rc ? rc : blank_what_is_kept(s, subject, err);
}

/* --- a subject's operations together --- */

static bool waits_here(struct store *s, struct op_id id)
{
	int64_t packed = op_pack(s, id);
	return packed && sql_value(s, 0, "SELECT 1 FROM op WHERE id = ?1 AND parked = 1", "i", packed);
}

/* A desk holds what is open or recent, and all bulletins: what is said of anything else is not for it, but for what became of an own operation that was parked. */
static bool is_elsewhere(struct store *s, const struct op *ops, size_t count)
{
	if (replica_number(s, "server-days", 0) == 0 || (op_pack(s, ops[0].subject) && sql_value(s, 0, "SELECT 1 FROM op WHERE id = ?1", "i", op_pack(s, ops[0].subject))))
		return false;
	for (size_t i = 0; i < count; i++)
		/* One that was parked because its request was not known yet waits for it here too. */
		if (op_id_equal(ops[i].id, ops[i].subject) || (ops[i].parked && op_kind_subject(ops[i].kind) == SUBJECT_REQUEST) ||
			op_kind_subject(ops[i].kind) == SUBJECT_BULLETIN || waits_here(s, ops[i].id))
			return false;
	return true;
}

/* Own operations come back by the page as the answer to their push left them: there is nothing to project again. */
static bool all_as_here(struct store *s, const struct op *ops, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int64_t id = op_pack(s, ops[i].id);
		if (!id || ops[i].kind == OP_ERASE || !sql_value(s, 0, "SELECT 1 FROM op WHERE id = ?1 AND seq = ?2 AND coalesce(parked, 0) = ?3 AND (salt IS NULL OR NOT ?4) AND hash = ?5", "iiiib",
			id, ops[i].seq, (int64_t)ops[i].parked, (int64_t)ops[i].blanked, (const void *)ops[i].hash, (size_t)OP_HASH))
			return false;
	}
	return true;
}

static enum guichet_rc add_run(struct store *s, const struct op *ops, size_t count, bool is_for_us, struct guichet_err *err)
{
	struct reprojection r = { 0 };
	if (all_as_here(s, ops, count) || (!is_for_us && is_elsewhere(s, ops, count)))
		return GUICHET_OK;
	enum guichet_rc rc = replica_know_device(s, ops[0].subject.device, err);
	int64_t subject = op_pack(s, ops[0].subject);
	for (size_t i = 0; i < count && !rc; i++)
		rc = replica_know_named(s, &ops[i], err);
	for (size_t i = 0; i < count && !rc; i++)
		rc = blank_known(s, &ops[i], err);
	if (!rc)
		rc = reproject_begin(s, subject, &r, err);
	for (size_t i = 0; i < count && !rc; i++)
		rc = add_op(s, &ops[i], err);
	enum guichet_rc end = reproject_end(s, &r, rc ? NULL : err);
	rc = rc ? rc : end;
	for (size_t i = 0; i < count && !rc; i++)
		if (ops[i].kind == OP_ERASE && !ops[i].parked)
			rc = erase_subject(s, subject, err);
	return rc;
}

/* Of an erased subject that is not here, what this desk keeps for the server is blanked as well; the erasure itself has nothing to stand beside. */
static enum guichet_rc erase_kept(struct store *s, struct op_id id, bool *elsewhere, struct guichet_err *err)
{
	int64_t subject = op_pack(s, id);
	*elsewhere = !sql_value(s, 0, "SELECT 1 FROM op WHERE (id = ?1 OR (subject = ?1 AND subject <> id)) AND parked IS NOT 2 LIMIT 1", "i", subject);
	/* What is kept comes along at the end of the building. */
	enum guichet_rc rc = *elsewhere && s->is_shadow ? replica_note_erased(s, id, err) : GUICHET_OK;
	if (rc || !subject || !*elsewhere)
		return rc;
	return blank_what_is_kept(s, subject, err);
}

/* is_for_us: of a request that this desk sees, or of its person. */
static enum guichet_rc add_ops(struct store *s, const struct op *ops, size_t count, bool is_for_us, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	for (size_t from = 0, to; from < count && !rc; from = to) {
		for (to = from + 1; to < count && op_id_equal(ops[to].subject, ops[from].subject); to++)
			continue;
		bool elsewhere = false;
		if (ops[from].kind == OP_ERASE)
			rc = erase_kept(s, ops[from].subject, &elsewhere, err);
		if (!rc && !elsewhere)
			rc = add_run(s, ops + from, to - from, is_for_us, err);
	}
	return rc;
}

enum guichet_rc replica_renumber(struct store *s, int64_t id, int64_t seq, bool parked, const char *why, struct guichet_err *err)
{
	struct reprojection r;
	int64_t subject = sql_value(s, 0, "SELECT subject FROM op WHERE id = ?1", "i", id);
	if (!subject)
		return GUICHET_OK;
	enum guichet_rc rc = reproject_begin(s, subject, &r, err);
	if (!rc)
		rc = replica_mark(s, id, seq, parked, why, err);
	enum guichet_rc end = reproject_end(s, &r, rc ? NULL : err);
	return rc ? rc : end;
}

/* --- pages --- */

/* What this desk says of an erased subject after the erasure was read, the server blanks; a desk that stops seeing it keeps it no better. */
static enum guichet_rc leave_item(struct store *s, const struct replica_item *item, struct guichet_err *err)
{
	int64_t subject = op_pack(s, item->subject);
	enum guichet_rc rc = replica_set_number(s, "server-left", item->seq, err);
	bool erased = item->erased || replica_is_erased(s, item->subject);
	if (!rc && erased && s->is_shadow)
		rc = replica_note_erased(s, item->subject, err);
	if (!rc && erased)
		rc = erase_subject(s, subject, err);
	if (!rc)
		rc = replica_purge(s, item->subject, err);
	/* What purging keeps for the server. */
	return rc || !erased ? rc : blank_what_is_kept(s, subject, err);
}

static enum guichet_rc apply_item(struct store *s, const struct replica_item *item, struct guichet_err *err)
{
	enum guichet_rc rc = all_as_here(s, item->with, item->with_count) ? GUICHET_OK : add_ops(s, item->with, item->with_count, true, err);
	if (rc)
		return rc;
	if (item->kind == REPLICA_ENTER)
		rc = replica_entered(s, item->subject, err);
	if (rc)
		return rc;
	return item->kind == REPLICA_LEAVE ? leave_item(s, item, err)
		: add_ops(s, item->ops, item->count, item->kind == REPLICA_ENTER, err);
}

static bool same_cursor(const struct replica_cursor *a, const struct replica_cursor *b)
{
	return a->epoch == b->epoch && a->seq == b->seq && memcmp(a->chain, b->chain, sizeof a->chain) == 0;
}

/* A run of `op` items about one subject is one change of it. */
static size_t same_subject(const struct replica_page *page, size_t from)
{
	size_t to = from + 1;
	if (page->items[from].kind != REPLICA_OP || page->items[from].with_count > 0)
		return to;
	while (to < page->count && page->items[to].kind == REPLICA_OP && page->items[to].with_count == 0 &&
		op_id_equal(page->items[to].ops->subject, page->items[from].ops->subject))
		to++;
	return to;
}

static enum guichet_rc apply_items(struct store *s, const struct replica_page *page, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	struct op *run = guichet_realloc(NULL, page->count + 1, sizeof *run);
	for (size_t from = 0, to; from < page->count - (SIM_BUG(page_last_item) && page->count > 3) && !rc; from = to) {
		to = same_subject(page, from);
		for (size_t i = from; i < to && to - from > 1; i++)
			run[i - from] = *page->items[i].ops;
		rc = to - from > 1 ? add_ops(s, run, to - from, false, err) : apply_item(s, &page->items[from], err);
	}
	free(run);
	return rc;
}

static bool is_told(const struct replica_page *page, int64_t seq, struct op_id subject)
{
	for (size_t i = 0; i < page->count; i++)
		if (page->items[i].seq == seq || (page->items[i].kind == REPLICA_ENTER && op_id_equal(page->items[i].subject, subject)))
			return true;
	return false;
}

/* Whoever sees a part is told each number of what it sees. What it sent and was answered for, and is not told of, others had brought, and it does not see it; nor does it
 * see what it is told of without its create, that somebody settled. */
static enum guichet_rc leave_untold(struct store *s, const struct replica_page *page, struct guichet_err *err)
{
	if (replica_sees_all(s) || SIM_BUG(own_unseen_untold))
		return GUICHET_OK;
	sqlite3_stmt *st = sql_prepare(s, "SELECT o.seq, o.subject, o.kind, EXISTS(SELECT 1 FROM op c WHERE c.id = o.subject) FROM op o WHERE o.seq > ?1 AND o.seq <= ?2 "
		"AND coalesce(o.parked, 0) = 0", err);
	enum guichet_rc rc = st ? GUICHET_OK : GUICHET_INTERNAL;
	if (st)
		sql_bind(st, "ii", page->from.seq, page->to.seq);
	while (!rc && (rc = sql_step(s, st, err)) == GUICHET_OK) {
		struct op_id subject = op_unpack(s, sqlite3_column_int64(st, 1));
		bool created = sqlite3_column_int(st, 3) != 0;
		if (replica_is_of_request(column_str(st, 2)) && (!created || !is_told(page, sqlite3_column_int64(st, 0), subject)))
			rc = replica_leaves(s, subject, err);
	}
	if (st)
		sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* The server has operations of this very identity which this store never made: its disk is an old copy, or one of two. What comes next is numbered as another desk's,
 * in operations and in references. */
static bool made_elsewhere(const struct store *s, struct op_id made)
{
	return made.device == s->device && made.dseq >= s->first_dseq;
}

static bool went_back(const struct store *s, const struct replica_page *page)
{
	bool other = made_elsewhere(s, page->made);
	for (size_t i = 0; i < page->count && !other; i++)
		for (size_t k = 0; k < page->items[i].count && !other; k++)
			other = made_elsewhere(s, page->items[i].ops[k].id);
	return other && !SIM_BUG(copy_goes_on);
}

static enum guichet_rc take_other_identity(struct store *s, struct guichet_err *err)
{
	s->renamed = true;
	enum guichet_rc rc = store_new_identity(s, err);
	return rc ? rc : store_load_devices(s, err);
}

/* What it made and the server has is the same. */
bool replica_is_own(struct store *s, uint32_t device)
{
	return device == s->device || sql_value(s, 0, "SELECT 1 FROM device WHERE id = ?1 AND own = 1", "i", (int64_t)device) != 0;
}

/* The identities that this desk has or had, for a whole page: few, and asked for at each of its subjects. */
struct identities { uint32_t *ids; size_t count, capacity; };

static enum guichet_rc read_identities(struct store *s, struct identities *out, struct guichet_err *err)
{
	*out = (struct identities){ .ids = NULL };
	sqlite3_stmt *st = sql_prepare(s, "SELECT id FROM device WHERE own = 1", err);
	enum guichet_rc rc = st ? GUICHET_OK : GUICHET_INTERNAL;
	GUICHET_GROW(out->ids, out->count, out->capacity);
	out->ids[out->count++] = s->device;
	while (!rc && (rc = sql_step(s, st, err)) == GUICHET_OK) {
		GUICHET_GROW(out->ids, out->count, out->capacity);
		out->ids[out->count++] = (uint32_t)sqlite3_column_int64(st, 0);
	}
	if (st)
		sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

static bool is_among(const struct identities *own, uint32_t device)
{
	for (size_t i = 0; i < own->count; i++)
		if (own->ids[i] == device)
			return true;
	return false;
}

/* *other: one is not known that has this number, or a higher one. */
static enum guichet_rc compare_own(struct store *s, const struct identities *own, const struct replica_told *told, uint64_t from, bool *other,
	struct guichet_err *err)
{
	for (size_t i = 0; i < told->count; i++) {
		const struct op *op = &told->ops[i];
		if (!is_among(own, op->id.device))
			continue;
		enum known known = find_known(s, op, op_pack(s, op->id));
		if (known == OTHER)
			return contradicts(op, err);
		*other = *other || (known == UNKNOWN && op->id.device == s->device && op->id.dseq >= from);
	}
	return GUICHET_OK;
}

/* Nothing of it asks for the lock that somebody who types waits for. */
static bool all_made_here(struct store *s, const struct identities *own, struct op_id made, const struct replica_told *told, size_t count)
{
	bool other = false;
	int64_t id = op_pack(s, made);
	if (made.device == s->device && !sql_value(s, 0, "SELECT 1 FROM op WHERE id = ?1", "i", id))
		return false;
	for (size_t i = 0; i < count; i++)
		if (compare_own(s, own, &told[i], 0, &other, NULL) || other)
			return false;
	return true;
}

enum guichet_rc replica_compare_identity(struct store *s, struct op_id made, const struct replica_told *told, size_t count,
	bool *changed, struct guichet_err *err)
{
	struct identities own;
	*changed = false;
	enum guichet_rc rc = read_identities(s, &own, err);
	if (rc || all_made_here(s, &own, made, told, count))
		goto out;
	if ((rc = store_begin(s, err)))
		goto out;
	*changed = made_elsewhere(s, made);
	for (size_t i = 0; i < count && !rc; i++)
		rc = compare_own(s, &own, &told[i], s->first_dseq, changed, err);
	*changed = *changed && !SIM_BUG(copy_goes_on);
	if (!rc && *changed)
		rc = take_other_identity(s, err);
	rc = store_finish(s, rc, err);
out:
	free(own.ids);
	return rc;
}

enum guichet_rc replica_apply(struct store *s, const struct replica_page *page, struct guichet_err *err)
{
	struct replica_cursor here;
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	replica_read_cursor(s, &here);
	bool fresh = here.epoch == 0 && here.seq == 0 && page->from.seq == 0;
	if (!fresh && !same_cursor(&here, &page->from))
		rc = guichet_err_set(err, GUICHET_REFUSED, _("cette page suit un autre curseur que celui du poste"));
	if (SIM_BUG(cursor_first) && !rc && !(rc = replica_write_cursor(s, &page->to, err)) && !(rc = store_commit(s, err)))
		rc = store_begin(s, err);
	/* Hundreds of subjects share the pages that a call alone leaves for later. */
	if (!rc && page->count > 1)
		rc = settle_all(s, err);
	if (!rc)
		rc = apply_items(s, page, err);
	if (!rc)
		rc = leave_untold(s, page, err);
	if (!rc && !s->is_shadow && went_back(s, page))
		rc = take_other_identity(s, err);
	if (!rc)
		rc = replica_purge_left(s, err);
	if (!rc)
		rc = replica_backed_up(s, page->backup_seq, err);
	if (!rc && !same_cursor(&here, &page->to))
		rc = replica_write_cursor(s, &page->to, err);
	return store_finish(s, rc, err);
}

enum guichet_rc replica_take_in(struct store *s, const struct replica_item *items, size_t count, struct guichet_err *err)
{
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	rc = settle_all(s, err);
	for (size_t i = 0; i < count && !rc; i++)
		rc = items[i].kind == REPLICA_ENTER ? apply_item(s, &items[i], err) : GUICHET_OK;
	return store_finish(s, rc, err);
}
