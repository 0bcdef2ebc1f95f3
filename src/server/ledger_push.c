// SPDX-License-Identifier: GPL-3.0-or-later
/* Taking operations in: known ones are looked up, fresh ones are judged, numbered and written, all under the head's lock. */
#include "guichet/base/sim_bug.h"
#include "ledger_files.h"
#include "ledger_inside.h"

#include <stdlib.h>
#include <string.h>

/* --- what the server knows already --- */

struct known { uint64_t dseq; int64_t seq; bool parked, same; };

/* The code as a constant: the row that it was read from goes. */
static const char *parked_code(const char *code)
{
	static const char *const codes[] = { "role", "scope", "subject", "aside" };
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (!strcmp(codes[i], code))
			return codes[i];
	return "parked";
}

/* It sends nothing any more: what a restored server lacks of it, and no other desk has, will never come, and must not keep away what others do have. */
static bool is_revoked(struct db *db, int64_t device)
{
	return db_value(db, 0, "SELECT count(*) FROM device WHERE id = ?1 AND revoked_ms IS NOT NULL", "i", device) > 0;
}

/* A run of operations of one device, in rising dseq. */
static enum guichet_rc check_run(struct db *db, struct push *p, size_t from, size_t to, struct guichet_err *err)
{
	int64_t device = p->ops[from].id.device;
	int64_t max = from == 0 ? (int64_t)p->last : db_value(db, -1, "SELECT coalesce(max(dseq), 0) FROM op WHERE device = ?1 AND settles IS NULL", "i", device);
	if (max < 0)
		return guichet_err_set(err, GUICHET_IO, _("la base ne répond pas"));
	size_t at = from;
	bool news = max < (int64_t)p->ops[from].id.dseq;
	/* One that was settled counts, where it was settled. */
	struct db_rows *rows = news ? NULL : db_query(db, err, "SELECT o.dseq, coalesce(s.seq, o.seq), CASE WHEN s.seq IS NULL THEN o.parked END, o.hash FROM op o "
		"LEFT JOIN op s ON s.settles = o.seq WHERE o.device = ?1 AND o.dseq BETWEEN ?2 AND ?3 AND o.settles IS NULL ORDER BY o.dseq", "iii", device,
		(int64_t)p->ops[from].id.dseq, (int64_t)p->ops[to - 1].id.dseq);
	if (!rows && !news)
		return err ? err->code : GUICHET_IO;
	while (p->verdict == PUSH_TAKEN && db_next(rows)) {
		size_t bytes;
		uint64_t dseq = (uint64_t)db_int(rows, 0);
		while (at < to && p->ops[at].id.dseq < dseq)
			at++;
		if (at == to || p->ops[at].id.dseq != dseq)
			continue;
		const void *hash = db_bytes(rows, 3, &bytes);
		if (bytes != OP_HASH || (memcmp(hash, p->ops[at].hash, OP_HASH) != 0 && !SIM_BUG(other_hash_taken))) {
			p->verdict = PUSH_FORKED;
			p->wrong = at;
		}
		p->results[at].seq = db_int(rows, 1) + (SIM_BUG(known_renumbered) ? 1 : 0);
		p->results[at].parked = db_is_null(rows, 2) ? NULL : parked_code(db_str(rows, 2));
	}
	enum guichet_rc rc = db_rows_done(&rows, err);
	uint64_t next = (uint64_t)max + 1;
	for (size_t i = from; !rc && i < to && p->verdict == PUSH_TAKEN; i++) {
		if (p->results[i].seq > 0)
			continue;
		if (p->ops[i].id.dseq != next && !SIM_BUG(gap_taken) && !is_revoked(db, device)) {
			p->verdict = PUSH_GAP;
			p->wrong = i;
			p->expected = next;
		}
		next++;
		p->fresh++;
	}
	return rc;
}

/* A number that no desk was given: the one under which the sender worked alone, before it enrolled. */
static bool is_enrolled(struct db *db, uint32_t device)
{
	return db_value(db, 1, "SELECT count(*) FROM device WHERE id = ?1", "i", (int64_t)device) > 0;
}

enum guichet_rc ledger_check(struct db *db, struct push *p, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	p->verdict = PUSH_TAKEN;
	p->fresh = 0;
	memset(p->results, 0, p->count * sizeof *p->results);
	for (size_t i = 0; i < p->count; i++) {
		/* Asked once for a run of one device. */
		bool foreign = p->ops[i].id.device != p->who.device && !p->who.may_offer && !SIM_BUG(foreign_taken) && is_enrolled(db, p->ops[i].id.device);
		/* The same run may not name an operation twice, nor go back. */
		bool back = i > 0 && p->ops[i].id.device == p->ops[i - 1].id.device && p->ops[i].id.dseq <= p->ops[i - 1].id.dseq;
		if (foreign || back) {
			p->verdict = foreign ? PUSH_FOREIGN : PUSH_GAP;
			p->wrong = i;
			p->expected = p->ops[i].id.dseq;
			return GUICHET_OK;
		}
	}
	for (size_t from = 0, to; from < p->count && !rc && p->verdict == PUSH_TAKEN; from = to) {
		for (to = from + 1; to < p->count && p->ops[to].id.device == p->ops[from].id.device; to++)
			continue;
		rc = check_run(db, p, from, to, err);
	}
	return rc;
}

/* --- what an operation makes of its subject --- */

/* The one that shows first; the other may still object to it. */
static void services_of(const struct request *r, char out[ITEM_SERVICES])
{
	const struct field_state *routes = &r->fields[FIELD_SERVICE];
	size_t length = (size_t)snprintf(out, ITEM_SERVICES, "%s", request_text(r, FIELD_SERVICE));
	for (size_t i = 1; i < routes->count; i++) {
		const char *code = json_string_value(routes->heads[i].value);
		const struct scope told = { .services = &code, .count = 1 };
		size_t n = code ? strlen(code) : 0;
		if (n > 0 && !strchr(code, ' ') && length + 1 + n < ITEM_SERVICES && !scope_has(&told, out))
			length += (size_t)snprintf(out + length, ITEM_SERVICES - length, "%s%s", length ? " " : "", code);
	}
}

static void item_of_request(struct item *item, const struct request *r)
{
	services_of(r, item->service);
	item->requester = (struct op_id){ 0, 0 };
	op_id_parse(request_text(r, FIELD_REQUESTER), &item->requester);
	item->reference = r->reference;
	item->open = request_is_open(r);
	item->closed_ms = item->open ? NO_INSTANT : r->closed_ms != NO_INSTANT ? r->closed_ms : r->answered_ms != NO_INSTANT ? r->answered_ms : r->updated_ms;
}

/* `first`: nothing can have been said of it before. *before: how much was. */
static enum guichet_rc fold_item(struct db *db, struct op *op, bool first, struct item *item, size_t *before, struct guichet_err *err)
{
	struct request r;
	struct op *ops = NULL;
	size_t count = 0;
	if (first) {
		request_fold(&r, op, 1);
		item_of_request(item, &r);
		request_done(&r);
		return GUICHET_OK;
	}
	enum guichet_rc rc = ledger_subject(db, op->subject, INT64_MAX, &ops, &count, err);
	if (rc)
		return rc;
	/* The fold sorts what it is given: a copy, whose payload stays the caller's. */
	struct op *all = guichet_realloc(NULL, count + 1, sizeof *all);
	size_t others = 0;
	/* Not twice the one that is being settled: what undoes it would undo the parked one alone. */
	for (size_t i = 0; i < count; i++)
		if (!op_id_equal(ops[i].id, op->id))
			all[others++] = ops[i];
	*before = others;
	all[others++] = *op;
	request_fold(&r, all, others);
	item_of_request(item, &r);
	request_done(&r);
	free(all);
	ops_done(ops, count);
	return GUICHET_OK;
}

static enum guichet_rc use_blob(struct db *db, const struct op *op, const char *sha256, struct guichet_err *err)
{
	return !sha256 || !*sha256 ? GUICHET_OK : db_run_later(db, err, "INSERT INTO blob_use(sha256, subject_device, subject_dseq) VALUES(?1, ?2, ?3) "
		"ON CONFLICT DO NOTHING", "tii", sha256, (int64_t)op->subject.device, (int64_t)op->subject.dseq);
}

/* The files that an operation names: an attachment, a letter, the parts of a mail. */
static enum guichet_rc use_blobs(struct db *db, const struct op *op, struct guichet_err *err)
{
	size_t i;
	json_t *part;
	if (op->kind == OP_ATTACH || op->kind == OP_DELIVERY)
		return use_blob(db, op, op_text(op, "sha256", ""), err);
	if (op->kind != OP_MAIL)
		return GUICHET_OK;
	enum guichet_rc rc = GUICHET_OK;
	json_array_foreach(json_object_get(op->facts, "parts"), i, part)
		rc = rc ? rc : use_blob(db, op, json_string_value(json_object_get(part, "sha256")), err);
	json_array_foreach(json_object_get(op->facts, "whole"), i, part)
		rc = rc ? rc : use_blob(db, op, json_string_value(part), err);
	return rc;
}

/* A call or a mail that it came by, or, of a mail, the request that it is about; counted or not. */
static enum guichet_rc use_contact(struct db *db, const struct op *op, struct guichet_err *err)
{
	struct op_id contact = op->subject, request = op->subject;
	bool mail = op->kind == OP_MAIL;
	if (!op_id_parse(op_text(op, mail ? "request" : "contact", ""), mail ? &request : &contact))
		return GUICHET_OK;
	return db_run_later(db, err, "INSERT INTO contact_use(device, dseq, request_device, request_dseq) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING", "iiii",
		(int64_t)contact.device, (int64_t)contact.dseq, (int64_t)request.device, (int64_t)request.dseq);
}

static enum guichet_rc use_pair(struct db *db, bool same, struct op_id a, struct op_id b, struct guichet_err *err)
{
	return db_run_later(db, err, same ? "INSERT INTO person_same(device, dseq, other_device, other_dseq) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"
		: "INSERT INTO contact_person(device, dseq, contact_device, contact_dseq) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING", "iiii", (int64_t)a.device,
		(int64_t)a.dseq, (int64_t)b.device, (int64_t)b.dseq);
}

/* Whom it names without a request: a purge keeps him as long. */
static enum guichet_rc use_person(struct db *db, const struct op *op, struct guichet_err *err)
{
	struct op_id who;
	if ((op->kind == OP_CONTACT || op->kind == OP_MAIL) && op_id_parse(op_text(op, "requester", ""), &who))
		return use_pair(db, false, who, op->subject, err);
	if (op->kind != OP_REQUESTER_MERGE || !op_id_parse(op_text(op, "merged", ""), &who))
		return GUICHET_OK;
	enum guichet_rc rc = use_pair(db, true, who, op->subject, err);
	return rc ? rc : use_pair(db, true, op->subject, who, err);
}

static bool may_move(const struct op *op)
{
	return op->kind == OP_CREATE || op->base || op->kind == OP_UNDO || op->kind == OP_ANSWER || op->kind == OP_NOTE || op->kind == OP_INFORM || op->kind == OP_DELIVERY;
}

static enum guichet_rc write_item(struct db *db, const struct op *op, const struct item *item, int64_t seq, struct guichet_err *err)
{
	return db_run_later(db, err, "INSERT INTO item(device, dseq, subject, service, reference, requester_device, requester_dseq, open, closed_ms, seq, erased) "
		"VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT(device, dseq) DO UPDATE SET service = excluded.service, "
		"requester_device = excluded.requester_device, requester_dseq = excluded.requester_dseq, open = excluded.open, closed_ms = excluded.closed_ms, "
		"seq = excluded.seq", "iiitzzziz" "ii", (int64_t)op->subject.device, (int64_t)op->subject.dseq, (int64_t)item->subject,
		item->subject == SUBJECT_REQUEST ? item->service : NULL, item->reference, (int64_t)item->requester.device, (int64_t)item->requester.dseq,
		(int64_t)item->open, item->closed_ms == NO_INSTANT ? 0 : item->closed_ms, seq, (int64_t)item->erased);
}

static void blank(struct op *op)
{
	free(op->personal_text);
	op->personal_text = NULL;
	json_decref(op->personal);
	op->personal = NULL;
	op->blanked = true;
}

enum guichet_rc ledger_insert(struct db *db, const struct op *op, const struct inserted *i, struct guichet_err *err)
{
	return db_run_later(db, err, "INSERT INTO op(seq, device, dseq, subject_device, subject_dseq, kind, v, actor, wall_ms, recv_ms, pushed_by, account, facts, "
		"personal, base, salt, hash, chain, parked, was, now, settles, late) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, "
		"?18, ?19, ?20, ?21, ?22, ?23)", "iiiiitit" "iiittttbbbtttzi", op->seq, (int64_t)op->id.device, (int64_t)op->id.dseq, (int64_t)op->subject.device,
		(int64_t)op->subject.dseq, op_kind_text(op), (int64_t)op->v, op->actor, op->wall_ms, i->recv_ms, (int64_t)i->pushed_by, i->account,
		op->facts_text, op->personal_text, op->base_text, op->blanked ? NULL : (const void *)op->salt, (size_t)OP_SALT, (const void *)op->hash,
		(size_t)OP_HASH, (const void *)i->chain, (size_t)WIRE_CHAIN, i->parked, i->was, i->now, i->settles, (int64_t)i->late);
}

/* Writes one that has its seq, and what it makes of its subject. */
static bool same_item(const struct item *a, const struct item *b)
{
	return !strcmp(a->service, b->service) && op_id_equal(a->requester, b->requester) && a->reference == b->reference && a->open == b->open
		&& a->closed_ms == b->closed_ms;
}

enum guichet_rc ledger_take(struct db *db, const struct pusher *sender, const struct judge *j, struct op *op, struct inserted *i, struct guichet_err *err)
{
	struct item before = { 0 }, after;
	/* What a new operation creates is not there before it. */
	bool begins = judge_creates(op) && op_id_equal(op->id, op->subject) && !i->settles;
	enum guichet_rc rc = begins ? GUICHET_OK : ledger_item(db, op->subject, &before, err);
	if (rc)
		return rc;
	/* Erased before this database ever held it: a restored one, to which desks bring back what it lacks. */
	if (!before.known && !i->none_erased && ledger_is_erased(db, op->subject))
		before.erased = true;
	after = before;
	if (!i->settles)
		i->parked = judge_why_parked(j, sender, op, &before);
	op->parked = i->parked != NULL;
	if (before.erased && !SIM_BUG(erase_not_later))
		blank(op);
	bool request = before.known ? before.subject == SUBJECT_REQUEST : op->kind == OP_CREATE;
	if (!before.known)
		after = (struct item){ .subject = op_kind_subject(op->kind), .closed_ms = NO_INSTANT, .open = true, .erased = before.erased };
	bool moves = !i->parked && op->kind != OP_KIND_COUNT && (request ? may_move(op) : judge_creates(op));
	/* After a restore it may come after what was said of it, and that may have been settled. */
	size_t said = 0;
	if (moves && request)
		rc = fold_item(db, op, begins && op->kind == OP_CREATE && !sender->may_offer, &after, &said, err);
	i->was = request && before.known ? before.service : NULL;
	i->now = request && (before.known || moves) ? after.service : NULL;
	/* Who began with a snapshot has nothing yet of what was said of it. */
	i->late = request && (before.known ? !before.open : said > 0);
	if (!rc)
		rc = ledger_insert(db, op, i, err);
	if (!rc && moves && (!before.known || !same_item(&before, &after)))
		rc = write_item(db, op, &after, op->seq, err);
	if (!rc && !i->parked)
		rc = use_blobs(db, op, err);
	/* A file that came before what says whose it is. */
	if (!rc && before.erased && (op->kind == OP_ATTACH || op->kind == OP_DELIVERY || op->kind == OP_MAIL))
		rc = ledger_loosen_files(db, op->subject, err);
	if (!rc)
		rc = use_contact(db, op, err);
	if (!rc)
		rc = use_person(db, op, err);
	/* They pointed into the items above. */
	i->was = i->now = NULL;
	return rc;
}

/* --- writing a batch --- */

/* Locks the head until the commit, and moves it on. */
enum guichet_rc ledger_advance(struct db *db, int64_t count, int64_t *first, uint8_t chain[WIRE_CHAIN], struct guichet_err *err)
{
	size_t bytes = 0;
	struct db_rows *rows = db_query(db, err, "UPDATE head SET seq = seq + ?1 WHERE one = 1 RETURNING seq, chain", "i", count);
	if (!rows)
		return err ? err->code : GUICHET_IO;
	if (db_next(rows)) {
		*first = db_int(rows, 0) - count + 1;
		const void *last = db_bytes(rows, 1, &bytes);
		if (bytes == WIRE_CHAIN)
			memcpy(chain, last, bytes);
		/* SQLite changes rows as they are read. */
		while (db_next(rows))
			continue;
	}
	enum guichet_rc rc = db_rows_done(&rows, err);
	return rc ? rc : bytes == WIRE_CHAIN ? GUICHET_OK : guichet_err_set(err, GUICHET_DATA, _("ce n'est pas une base de guichetd"));
}

enum guichet_rc ledger_set_chain(struct db *db, const uint8_t chain[WIRE_CHAIN], struct guichet_err *err)
{
	return db_run_later(db, err, "UPDATE head SET chain = ?1", "b", (const void *)chain, (size_t)WIRE_CHAIN);
}

/* After all of the batch has its numbers: what supervisors settled takes numbers of its own. */
static enum guichet_rc settle_asked(struct db *db, struct push **pushes, size_t count, int64_t first, int64_t recv_ms, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	for (size_t i = 0; i < count; i++) {
		const struct push *p = pushes[i];
		for (size_t n = 0; n < p->count && !rc && p->verdict == PUSH_TAKEN; n++)
			if (p->ops[n].kind == OP_SETTLE && p->results[n].seq >= first && !p->results[n].parked)
				rc = ledger_settle_as_asked(db, &p->ops[n], recv_ms, err);
	}
	return rc;
}

enum guichet_rc ledger_write(struct db *db, const struct ledger_head *head, struct push **pushes, size_t count, int64_t recv_ms, struct guichet_err *err)
{
	uint8_t chain[WIRE_CHAIN];
	int64_t fresh = 0;
	struct judge judge = { 0 };
	enum guichet_rc rc = GUICHET_OK;
	memcpy(chain, head->chain, WIRE_CHAIN);
	for (size_t i = 0; i < count; i++)
		fresh += pushes[i]->verdict == PUSH_TAKEN ? (int64_t)pushes[i]->fresh : 0;
	if (fresh == 0)
		return GUICHET_OK;
	int64_t first = head->seq + 1 + (SIM_BUG(seq_skips) && fresh > 2), seq = first;
	for (size_t i = 0; i < count && !rc; i++) {
		struct push *p = pushes[i];
		for (size_t n = 0; n < p->count && !rc && p->verdict == PUSH_TAKEN; n++) {
			if (p->results[n].seq > 0)
				continue;
			struct inserted in = { .recv_ms = recv_ms, .pushed_by = p->who.device, .account = p->who.account, .none_erased = head->none_erased };
			p->ops[n].seq = seq++;
			wire_chain(chain, p->ops[n].id, p->ops[n].hash);
			memcpy(in.chain, chain, WIRE_CHAIN);
			rc = judge_find(&judge, db, &p->who, &p->ops[n], err);
			if (!rc)
				rc = ledger_take(db, &p->who, &judge, &p->ops[n], &in, err);
			p->results[n] = (struct push_result){ p->ops[n].seq, in.parked };
		}
	}
	judge_done(&judge);
	if (!rc)
		rc = db_run_later(db, err, "UPDATE head SET seq = ?1, chain = ?2 WHERE one = 1", "ib", seq - 1, (const void *)chain, (size_t)WIRE_CHAIN);
	if (!rc)
		rc = settle_asked(db, pushes, count, first, recv_ms, err);
	if (!rc && !head->none_erased)
		rc = ledger_erase_brought_back(db, recv_ms, err);
	return rc ? rc : db_notify(db, err);
}
