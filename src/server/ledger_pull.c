// SPDX-License-Identifier: GPL-3.0-or-later
/* What a desk has not read yet, as its scope sees it: visible before and after an operation, it is an operation; becoming visible, the whole request enters;
 * stopping to be, it leaves. */
#include "guichet/base/sim_bug.h"
#include "ledger_inside.h"

#include <stdlib.h>
#include <string.h>

enum { LOOKED_AT = 5000 /* rows a page, however few of them are visible */, ITEM_MARGIN = 200 };

/* --- where the desk stands --- */

enum guichet_rc ledger_check_cursor(struct db *db, struct pull *p, const struct ledger_head *head, struct guichet_err *err)
{
	size_t bytes;
	p->verdict = PULL_FINE;
	if (p->from.epoch == 0 && p->from.seq == 0)
		p->from.epoch = head->epoch;
	if (p->from.epoch != head->epoch) {
		p->verdict = PULL_EPOCH;
		return GUICHET_OK;
	}
	if (p->from.seq == 0)
		return GUICHET_OK;
	struct db_rows *rows = db_query(db, err, "SELECT chain FROM op WHERE seq = ?1", "i", p->from.seq);
	if (!rows)
		return err ? err->code : GUICHET_IO;
	p->verdict = PULL_CHAIN;
	if (db_next(rows)) {
		const void *chain = db_bytes(rows, 0, &bytes);
		if (bytes == WIRE_CHAIN && memcmp(chain, p->from.chain, WIRE_CHAIN) == 0)
			p->verdict = PULL_FINE;
	}
	return db_rows_done(&rows, err);
}

void ledger_made(struct db *db, uint32_t device, char out[OP_ID_TEXT])
{
	int64_t last = db_value(db, 0, "SELECT coalesce(max(dseq), 0) FROM op WHERE device = ?1 AND settles IS NULL", "i", (int64_t)device);
	out[0] = '\0';
	if (last > 0)
		op_id_format((struct op_id){ device, (uint64_t)last }, out);
}

/* --- items --- */

struct page { struct db *db; struct pull *p; size_t bytes; bool full; };

static size_t weight(const struct op *op)
{
	return strlen(op->facts_text) + (op->personal_text ? strlen(op->personal_text) : 0) + (op->base_text ? strlen(op->base_text) : 0) + ITEM_MARGIN;
}

static void append(json_t *array, json_t *value)
{
	if (!value || json_array_append_new(array, value) != 0)
		guichet_out_of_memory();
}

static void set(json_t *object, const char *key, json_t *value)
{
	if (!value || json_object_set_new(object, key, value) != 0)
		guichet_out_of_memory();
}

static json_t *item_new(int64_t seq)
{
	json_t *item = json_object();
	set(item, "seq", json_integer(seq));
	return item;
}

static void set_subject(json_t *item, const char *key, struct op_id id)
{
	char text[OP_ID_TEXT];
	op_id_format(id, text);
	set(item, key, json_string(text));
}

/* Adds the operations of a subject up to `seq`. */
static enum guichet_rc add_subject(struct page *page, json_t *ops, struct op_id subject, int64_t seq, struct guichet_err *err)
{
	struct op *all;
	size_t count;
	enum guichet_rc rc = ledger_subject(page->db, subject, seq, &all, &count, err);
	for (size_t i = 0; !rc && i < count; i++) {
		page->bytes += weight(&all[i]);
		append(ops, op_json(&all[i]));
	}
	if (!rc)
		ops_done(all, count);
	return rc;
}

/* A narrow scope holds the people of its requests alone: whoever a request names comes along. */
static enum guichet_rc add_requester(struct page *page, json_t *ops, struct op_id request, int64_t seq, struct guichet_err *err)
{
	struct item item;
	enum guichet_rc rc = ledger_item(page->db, request, &item, err);
	if (!rc && !op_id_is_none(item.requester))
		rc = add_subject(page, ops, item.requester, seq, err);
	return rc;
}

static enum guichet_rc enter(struct page *page, const struct op *op, struct guichet_err *err)
{
	json_t *item = item_new(op->seq), *ops = json_array();
	set_subject(item, "enter", op->subject);
	enum guichet_rc rc = SIM_BUG(person_left_behind) ? GUICHET_OK : add_requester(page, ops, op->subject, op->seq, err);
	if (!rc)
		rc = add_subject(page, ops, op->subject, op->seq, err);
	set(item, "ops", ops);
	append(page->p->items, item);
	return rc;
}

static enum guichet_rc pass(struct page *page, const struct op *op, bool with_requester, struct guichet_err *err)
{
	json_t *item = item_new(op->seq);
	enum guichet_rc rc = GUICHET_OK;
	page->bytes += weight(op);
	set(item, "op", op_json(op));
	if (with_requester) {
		json_t *ops = json_array();
		rc = add_requester(page, ops, op->subject, op->seq, err);
		set(item, "with", ops);
	}
	append(page->p->items, item);
	return rc;
}

/* Seen by a narrow scope: somebody whose request it sees. */
static bool sees_requester(struct page *page, struct op_id requester)
{
	bool sees = false;
	struct db_rows *rows = db_query(page->db, NULL, "SELECT DISTINCT service FROM item WHERE requester_device = ?1 AND requester_dseq = ?2", "ii",
		(int64_t)requester.device, (int64_t)requester.dseq);
	while (rows && !sees && db_next(rows))
		sees = scope_has(&page->p->scope, db_str(rows, 0));
	db_rows_done(&rows, NULL);
	return sees;
}

/* Somebody else may be named from here on: again, when it takes back what was done. */
static bool may_name(const struct op *op)
{
	return op->kind == OP_CREATE || op->kind == OP_UNDO || (op->base && json_object_get(op->base, "requester"));
}

/* Whoever sees everything holds of it what is open or recent: what may be about something older brings it along. */
static enum guichet_rc add_wide(struct page *page, const struct op *op, bool late, struct guichet_err *err)
{
	if (late)
		return enter(page, op, err);
	return pass(page, op, may_name(op), err);
}

/* What was settled of something that this server does not have, beside whoever wrote it: of a bulletin, which may yet be brought back, everybody; of a person those who
 * were given it with a request of that person. */
static bool is_for_others(struct page *page, const struct op *op)
{
	return !op->parked && (op->kind == OP_BULLETIN_END || (op_kind_subject(op->kind) == SUBJECT_REQUESTER && sees_requester(page, op->subject)));
}

static enum guichet_rc add_narrow(struct page *page, const struct op *op, bool own, bool late, const char *was, const char *now, struct guichet_err *err)
{
	const struct scope *scope = &page->p->scope;
	if (now) {
		bool before = was && scope_has(scope, was), after = scope_has(scope, now);
		if ((before || SIM_BUG(enter_alone)) && after && !late)
			return pass(page, op, may_name(op), err);
		if (after && !SIM_BUG(enter_alone))
			return enter(page, op, err);
		/* An erasure reaches every desk: one that wrote something of it, under whatever number, may still keep it for the server. */
		if (op->kind == OP_ERASE)
			return pass(page, op, false, err);
		if ((before && !SIM_BUG(leave_untold)) || (own && !SIM_BUG(own_unseen_untold))) {
			json_t *item = item_new(op->seq);
			set_subject(item, "leave", op->subject);
			/* Written without knowing, or brought back after a restore: the operation itself is blanked here alone. */
			if (op->blanked && ledger_is_erased(page->db, op->subject))
				set(item, "erased", json_true());
			append(page->p->items, item);
		}
		return GUICHET_OK;
	}
	struct item item;
	enum guichet_rc rc = ledger_item(page->db, op->subject, &item, err);
	if (rc)
		return rc;
	if (!item.known)
		return own || is_for_others(page, op) ? pass(page, op, false, err) : GUICHET_OK;
	if (item.subject == SUBJECT_BULLETIN || (item.subject == SUBJECT_REQUESTER && sees_requester(page, op->subject)) ||
		op->kind == OP_ERASE)
		return pass(page, op, false, err);
	return GUICHET_OK;
}

static enum guichet_rc add_row(struct page *page, struct db_rows *rows, struct wire_cursor *to, struct guichet_err *err)
{
	struct op op;
	enum guichet_rc rc = row_op(rows, &op, err);
	if (rc)
		return rc;
	size_t bytes;
	const void *chain = db_bytes(rows, COLUMN_NOW + 1, &bytes);
	bool own = op.id.device == page->p->device || db_int(rows, COLUMN_NOW + 2) == page->p->device;
	bool late = db_int(rows, COLUMN_NOW + 3) != 0;
	rc = page->p->scope.all ? add_wide(page, &op, late, err) : add_narrow(page, &op, own, late, db_str(rows, COLUMN_WAS), db_str(rows, COLUMN_NOW), err);
	to->seq = op.seq;
	if (bytes == WIRE_CHAIN)
		memcpy(to->chain, chain, WIRE_CHAIN);
	op_done(&op);
	page->full = json_array_size(page->p->items) >= page->p->max_items || page->bytes >= page->p->max_bytes;
	return rc;
}

enum guichet_rc ledger_pull(struct db *db, struct pull *p, struct guichet_err *err)
{
	struct ledger_head head;
	struct page page = { .db = db, .p = p };
	enum guichet_rc rc = ledger_head(db, &head, err);
	if (!rc)
		rc = ledger_check_cursor(db, p, &head, err);
	p->items = json_array();
	p->to = p->from;
	p->end = true;
	if (rc || p->verdict != PULL_FINE)
		return rc;
	struct db_rows *rows = db_query(db, err, "SELECT " OP_COLUMNS ", o.chain, o.pushed_by, o.late FROM op o WHERE o.seq > ?1 AND o.seq <= ?2 ORDER BY o.seq LIMIT ?3", "iii",
		p->from.seq, head.seq, p->scope.all ? (int64_t)p->max_items : (int64_t)LOOKED_AT);
	if (!rows)
		return err ? err->code : GUICHET_IO;
	while (!rc && !page.full && db_next(rows))
		rc = add_row(&page, rows, &p->to, err);
	enum guichet_rc end = db_rows_done(&rows, rc ? NULL : err);
	p->end = p->to.seq == head.seq;
	return rc ? rc : end;
}
