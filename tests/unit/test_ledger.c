// SPDX-License-Identifier: GPL-3.0-or-later
/* The server's journal, on each database: numbers without a gap, nothing twice, nothing refused, and nobody sees more than their services. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "guichet/core/request.h"
#include "guichet/server/ledger.h"
#include "server_fixture.h"

enum { A = 100, B = 200, C = 300 };

static const char *const voirie[] = { "voirie" };

/* --- making operations --- */

static uint8_t salt_number;

static void seal(struct op *op, struct op_id id)
{
	uint8_t salt[OP_SALT] = { ++salt_number };
	op->id = id;
	if (op_id_is_none(op->subject))
		op->subject = id;
	assert_int_equal(op_seal(op, salt, NULL), GUICHET_OK);
}

static void make_create(struct op *op, uint32_t device, uint64_t dseq, const char *service)
{
	op_init(op, OP_CREATE, (struct op_id){ 0, 0 }, "s.martin", 1795000000000);
	op_write_text(op, NULL, FIELD_STATUS, "new");
	op_write_text(op, NULL, FIELD_SERVICE, service);
	op_fact_int(op, "reference", 2000000000 + (int64_t)dseq);
	op_personal_text(op, "subject", "Nid de poule");
	seal(op, (struct op_id){ device, dseq });
}

/* A route by whoever saw `seen` as the last one. */
static void make_route(struct op *op, uint32_t device, uint64_t dseq, struct op_id subject, struct op_id seen, const char *service)
{
	char text[OP_ID_TEXT];
	op_init(op, OP_ROUTE, subject, "s.martin", 1795000001000);
	op_fact_text(op, "service_code", service);
	op_id_format(seen, text);
	op->base = json_pack("{s:[s]}", "service_code", text);
	seal(op, (struct op_id){ device, dseq });
}

static void make_note(struct op *op, uint32_t device, uint64_t dseq, struct op_id subject)
{
	op_init(op, OP_NOTE, subject, "s.martin", 1795000002000);
	op_personal_text(op, "text", "Rappeler Mme Lefèvre");
	seal(op, (struct op_id){ device, dseq });
}

/* --- pushing and pulling --- */

struct pushed { struct push push; struct push_result results[WIRE_PUSH_OPS]; };

/* As a committer does. */
static enum push_verdict push_ops(struct server_fixture *f, struct pushed *p, const struct pusher *who, struct op *ops, size_t count)
{
	struct push *list = &p->push;
	struct ledger_head head;
	p->push = (struct push){ .who = *who, .ops = ops, .count = count, .results = p->results };
	assert_int_equal(db_begin(f->db, &f->err), GUICHET_OK);
	assert_int_equal(ledger_lock(f->db, &list, 1, &head, &f->err), GUICHET_OK);
	assert_int_equal(ledger_check(f->db, &p->push, &f->err), GUICHET_OK);
	assert_int_equal(ledger_write(f->db, &head, &list, 1, 1795000009000, &f->err), GUICHET_OK);
	assert_int_equal(db_commit(f->db, &f->err), GUICHET_OK);
	return p->push.verdict;
}

static struct pusher agent(uint32_t device)
{
	return (struct pusher){ .device = device, .roles = ROLE_AGENT, .scope = { .all = true } };
}

static struct pusher roadman(uint32_t device)
{
	return (struct pusher){ .device = device, .roles = ROLE_SERVICE, .scope = { .services = voirie, .count = 1 } };
}

static void pull_page(struct server_fixture *f, struct pull *p, bool all, const struct wire_cursor *from, size_t limit)
{
	*p = (struct pull){ .scope = { .all = all, .services = voirie, .count = all ? 0 : 1 }, .from = *from, .max_items = limit, .max_bytes = WIRE_PAGE_BYTES };
	assert_int_equal(ledger_pull(f->db, p, &f->err), GUICHET_OK);
}

static const char *what(const struct pull *p, size_t i)
{
	const json_t *item = json_array_get(p->items, i);
	return json_object_get(item, "op") ? "op" : json_object_get(item, "enter") ? "enter" : json_object_get(item, "leave") ? "leave" : "";
}

/* --- tests --- */

static enum guichet_rc put_block(struct server_fixture *f, int64_t first)
{
	return db_run_later(f->db, &f->err, "INSERT INTO serial_block(first, device, lent_ms) VALUES(?1, 1, 0)", "i", first);
}

static int64_t blocks(struct server_fixture *f)
{
	return db_value(f->db, -1, "SELECT count(*) FROM serial_block", "");
}

static struct db_rows *blocks_later(struct server_fixture *f)
{
	return db_query_later(f->db, &f->err, "SELECT count(*) FROM serial_block WHERE first >= ?1", "i", (int64_t)0);
}

/* Protects: what travels later is done in the order in which it was said; a question asked later sees what was written before it, read at once or never; a refusal among
 * them is told at the latest by the commit, with its own name, and nothing of the transaction stays. */
static void what_travels_later(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	for (int turn = 0; turn < 2; turn++) { /* the second time every statement is known */
		int64_t base = 10 * turn;
		assert_int_equal(db_begin(f->db, &f->err), GUICHET_OK);
		assert_int_equal(put_block(f, base + 1), GUICHET_OK);
		assert_int_equal(put_block(f, base + 2), GUICHET_OK);
		struct db_rows *rows = blocks_later(f);
		assert_true(db_next(rows));
		assert_int_equal(db_int(rows, 0), 2 * turn + 2);
		assert_int_equal(db_rows_done(&rows, &f->err), GUICHET_OK);
		rows = blocks_later(f);
		assert_int_equal(db_rows_done(&rows, &f->err), GUICHET_OK);
		assert_int_equal(db_commit(f->db, &f->err), GUICHET_OK);
		assert_int_equal(blocks(f), 2 * turn + 2);

		assert_int_equal(db_begin(f->db, &f->err), GUICHET_OK);
		enum guichet_rc rc = put_block(f, base + 3);
		rc = rc ? rc : put_block(f, base + 1);
		rc = rc ? rc : put_block(f, base + 4);
		rc = rc ? rc : db_commit(f->db, &f->err);
		assert_int_equal(rc, GUICHET_REFUSED);
		db_rollback(f->db);
		assert_int_equal(blocks(f), 2 * turn + 2);
	}
	/* Far more than travel at once. */
	assert_int_equal(db_begin(f->db, &f->err), GUICHET_OK);
	for (int64_t i = 0; i < 1000; i++)
		assert_int_equal(put_block(f, 100 + i), GUICHET_OK);
	assert_int_equal(db_commit(f->db, &f->err), GUICHET_OK);
	assert_int_equal(blocks(f), 1004);
}

/* Protects: however many desks' pushes go into one commit, the database is waited for twice: where everybody stands; and what is written, with the commit. */
static void few_trips(void **state)
{
	enum { DESKS = 16, TURNS = 2 /* the first prepares the statements */ };
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	static struct op ops[DESKS][2];
	static struct pushed p[DESKS];
	struct push *list[DESKS];
	struct ledger_head head;
	for (uint64_t turn = 0; turn < TURNS; turn++) {
		for (uint32_t i = 0; i < DESKS; i++) {
			make_create(&ops[i][0], A + i, 2 * turn + 1, "voirie");
			make_create(&ops[i][1], A + i, 2 * turn + 2, "voirie");
			p[i].push = (struct push){ .who = agent(A + i), .ops = ops[i], .count = 2, .results = p[i].results };
			list[i] = &p[i].push;
		}
		int64_t before = db_trips(f->db);
		assert_int_equal(db_begin(f->db, &f->err), GUICHET_OK);
		assert_int_equal(ledger_lock(f->db, list, DESKS, &head, &f->err), GUICHET_OK);
		for (int i = 0; i < DESKS; i++)
			assert_int_equal(ledger_check(f->db, list[i], &f->err), GUICHET_OK);
		assert_int_equal(ledger_write(f->db, &head, list, DESKS, 1795000009000, &f->err), GUICHET_OK);
		assert_int_equal(db_commit(f->db, &f->err), GUICHET_OK);
		if (turn > 0)
			assert_int_equal(db_trips(f->db) - before, 2);
		for (int i = 0; i < DESKS; i++) {
			assert_int_equal(p[i].results[1].seq, 2 * DESKS * (int)turn + 2 * i + 2);
			op_done(&ops[i][0]);
			op_done(&ops[i][1]);
		}
	}
}

/* Protects: a push whose answer was lost is answered the same when it comes again, and nothing is written twice. */
static void same_push_same_answer(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct op ops[3];
	struct pushed p;
	struct pusher who = agent(A);
	struct ledger_head head;
	make_create(&ops[0], A, 1, "voirie");
	make_note(&ops[1], A, 2, ops[0].id);
	make_note(&ops[2], A, 3, ops[0].id);
	assert_int_equal(push_ops(f, &p, &who, ops, 2), PUSH_TAKEN);
	assert_int_equal(p.results[0].seq, 1);
	assert_int_equal(p.results[1].seq, 2);
	/* The second, again, with one more. */
	assert_int_equal(push_ops(f, &p, &who, ops + 1, 2), PUSH_TAKEN);
	assert_int_equal(p.results[0].seq, 2);
	assert_int_equal(p.results[1].seq, 3);
	assert_int_equal(p.push.fresh, 1);
	assert_int_equal(ledger_head(f->db, &head, &f->err), GUICHET_OK);
	assert_int_equal(head.seq, 3);
	for (int i = 0; i < 3; i++)
		op_done(&ops[i]);
}

/* Protects: a hole in a desk's numbers, another content under a known number, and another desk's operations are told, and leave no trace. */
static void holes_and_forks(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct op first, third, other, alone;
	struct pushed p;
	struct pusher who = agent(A);
	struct ledger_head head;
	make_create(&first, A, 1, "voirie");
	make_note(&third, A, 3, first.id);
	make_create(&other, A, 1, "dechets");
	make_create(&alone, 300, 1, "voirie");
	assert_int_equal(push_ops(f, &p, &who, &first, 1), PUSH_TAKEN);
	assert_int_equal(push_ops(f, &p, &who, &third, 1), PUSH_GAP);
	assert_int_equal(p.push.expected, 2);
	assert_int_equal(push_ops(f, &p, &who, &other, 1), PUSH_FORKED);
	/* A is somebody; 300 is what a desk called itself before it enrolled. */
	assert_int_equal(db_run(f->db, &f->err, "INSERT INTO device(id, token, name, role, services, enrolled_ms, seen_ms, version, encrypted, cursor_seq, "
		"scope_version, retired) VALUES(?1, ?2, 'a', 'agent', '*', 0, 0, '', 0, 0, 1, 0)", "ib", (int64_t)A, (const void *)"token", (size_t)5), GUICHET_OK);
	who.device = B;
	assert_int_equal(push_ops(f, &p, &who, &first, 1), PUSH_FOREIGN);
	assert_int_equal(push_ops(f, &p, &who, &alone, 1), PUSH_TAKEN);
	assert_int_equal(ledger_head(f->db, &head, &f->err), GUICHET_OK);
	assert_int_equal(head.seq, 2);
	op_done(&alone);
	op_done(&first);
	op_done(&third);
	op_done(&other);
}

/* Protects: an operation that may not count is stored and parked, never refused; settled, it counts from then on. */
static void parked_then_settled(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct op create, note, orphan;
	struct pushed p;
	struct pusher a = agent(A), b = roadman(B);
	struct pull page;
	const struct wire_cursor start = { 0 };
	int64_t settled = 0;
	make_create(&create, A, 1, "dechets");
	make_note(&note, B, 1, create.id);
	make_note(&orphan, B, 2, (struct op_id){ 77, 7 });
	push_ops(f, &p, &a, &create, 1);
	assert_int_equal(push_ops(f, &p, &b, &note, 1), PUSH_TAKEN);
	assert_string_equal(p.results[0].parked, "scope");
	assert_int_equal(push_ops(f, &p, &b, &orphan, 1), PUSH_TAKEN);
	assert_string_equal(p.results[0].parked, "subject");
	assert_int_equal(db_begin(f->db, &f->err), GUICHET_OK);
	assert_int_equal(ledger_settle(f->db, 2, 1795000010000, &settled, &f->err), GUICHET_OK);
	assert_int_equal(ledger_settle(f->db, 2, 1795000010000, &settled, &f->err), GUICHET_REFUSED);
	assert_int_equal(db_commit(f->db, &f->err), GUICHET_OK);
	pull_page(f, &page, true, &start, 10);
	assert_int_equal(json_array_size(page.items), 4);
	const json_t *again = json_object_get(json_array_get(page.items, 3), "op");
	assert_string_equal(json_string_value(json_object_get(again, "id")), "200.1");
	assert_null(json_object_get(again, "parked"));
	assert_int_equal(json_integer_value(json_object_get(again, "seq")), 4);
	json_decref(page.items);
	op_done(&create);
	op_done(&note);
	op_done(&orphan);
}

static void make_settle(struct op *op, uint64_t dseq, struct op_id subject, struct op_id target, bool aside)
{
	char text[OP_ID_TEXT];
	op_init(op, OP_SETTLE, subject, "c.lefevre", 1795000004000);
	op_id_format(target, text);
	op_fact_text(op, "target", text);
	op_fact_bool(op, "aside", aside);
	op_personal_text(op, "reason", "vu avec le service");
	seal(op, (struct op_id){ A, dseq });
}

/* Protects: a supervisor's desk settles what was parked by an operation of its own: applied, or set aside for good; nobody else's does, nothing is settled twice,
 * and one that is sent again is answered as before. */
static void settled_by_operations(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct op ops[6];
	struct pushed p;
	struct pusher a = agent(A), b = roadman(B), supervisor = agent(A);
	struct ledger_head head;
	supervisor.roles = ROLE_SUPERVISOR;
	make_create(&ops[0], A, 1, "dechets");
	make_note(&ops[1], B, 1, ops[0].id);
	make_note(&ops[2], B, 2, ops[0].id);
	make_settle(&ops[3], 2, ops[0].id, ops[1].id, false);
	make_settle(&ops[4], 3, ops[0].id, ops[1].id, false);
	make_settle(&ops[5], 4, ops[0].id, ops[2].id, true);
	push_ops(f, &p, &a, &ops[0], 1);
	push_ops(f, &p, &b, &ops[1], 2);
	assert_string_equal(p.results[1].parked, "scope");
	/* An agent's is parked itself. */
	assert_int_equal(push_ops(f, &p, &a, &ops[3], 1), PUSH_TAKEN);
	assert_string_equal(p.results[0].parked, "role");
	assert_int_equal(ledger_head(f->db, &head, &f->err), GUICHET_OK);
	assert_int_equal(head.seq, 4);
	assert_int_equal(push_ops(f, &p, &supervisor, &ops[4], 2), PUSH_TAKEN);
	assert_null(p.results[0].parked);
	assert_int_equal(ledger_head(f->db, &head, &f->err), GUICHET_OK);
	assert_int_equal(head.seq, 8);
	assert_int_equal(db_value(f->db, -1, "SELECT count(*) FROM op WHERE settles = 2 AND parked IS NULL", ""), 1);
	assert_int_equal(db_value(f->db, -1, "SELECT count(*) FROM op WHERE settles = 3 AND parked = 'aside'", ""), 1);
	assert_int_equal(push_ops(f, &p, &supervisor, &ops[4], 2), PUSH_TAKEN);
	assert_int_equal(p.results[0].seq, 5);
	assert_int_equal(ledger_head(f->db, &head, &f->err), GUICHET_OK);
	assert_int_equal(head.seq, 8);
	for (int i = 0; i < 6; i++)
		op_done(&ops[i]);
}

/* Protects: a narrow scope gets the whole request when it comes to it, its operations while it is there, and a word when it leaves; nothing else. */
static void enters_and_leaves(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	static const char *const expected[] = { "enter", "op", "leave" };
	struct op ops[6];
	struct pushed p;
	struct pusher who = agent(A);
	struct pull page;
	struct wire_cursor at = { 0 };
	size_t seen = 0;
	make_create(&ops[0], A, 1, "dechets");
	make_note(&ops[1], A, 2, ops[0].id);
	make_route(&ops[2], A, 3, ops[0].id, ops[0].id, "voirie");
	make_note(&ops[3], A, 4, ops[0].id);
	make_route(&ops[4], A, 5, ops[0].id, ops[2].id, "dechets");
	make_note(&ops[5], A, 6, ops[0].id);
	push_ops(f, &p, &who, ops, 6);
	/* One item a page: a page ends anywhere. */
	do {
		pull_page(f, &page, false, &at, 1);
		assert_int_equal(page.verdict, PULL_FINE);
		assert_true(page.to.seq > at.seq || page.end);
		for (size_t i = 0; i < json_array_size(page.items); i++) {
			assert_true(seen < 3);
			assert_string_equal(what(&page, i), expected[seen++]);
			const json_t *entering = json_object_get(json_array_get(page.items, i), "ops");
			if (entering)
				assert_int_equal(json_array_size(entering), 3);
		}
		at = page.to;
		json_decref(page.items);
	} while (!page.end);
	assert_int_equal(seen, 3);
	assert_int_equal(at.seq, 6);
	for (int i = 0; i < 6; i++)
		op_done(&ops[i]);
}

/* Protects: a server that was restored is recognised by its epoch, and one that lost its end by the chain. */
static void another_journal(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct op create, note;
	struct pushed p;
	struct pusher who = agent(A);
	struct pull page;
	struct wire_cursor at = { 0 };
	make_create(&create, A, 1, "voirie");
	make_note(&note, A, 2, create.id);
	push_ops(f, &p, &who, &create, 1);
	push_ops(f, &p, &who, &note, 1);
	pull_page(f, &page, true, &at, 10);
	at = page.to;
	json_decref(page.items);
	at.chain[0] ^= 1;
	pull_page(f, &page, true, &at, 10);
	assert_int_equal(page.verdict, PULL_CHAIN);
	json_decref(page.items);
	at.chain[0] ^= 1;
	at.seq = 9;
	pull_page(f, &page, true, &at, 10);
	assert_int_equal(page.verdict, PULL_CHAIN);
	json_decref(page.items);
	assert_int_equal(ledger_restored(f->db, &f->err), GUICHET_OK);
	at.seq = 2;
	pull_page(f, &page, true, &at, 10);
	assert_int_equal(page.verdict, PULL_EPOCH);
	json_decref(page.items);
	op_done(&create);
	op_done(&note);
}

/* Protects: what was erased has no personal half left, whatever comes later about it; its facts stay; every desk is told. */
static void erased_for_good(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct op create, note;
	struct pushed p;
	struct pusher who = agent(A);
	struct pull page;
	const struct wire_cursor start = { 0 };
	make_create(&create, A, 1, "voirie");
	make_note(&note, A, 2, create.id);
	push_ops(f, &p, &who, &create, 1);
	assert_int_equal(db_begin(f->db, &f->err), GUICHET_OK);
	assert_int_equal(ledger_erase(f->db, create.id, "dpo", 1795000020000, f->random, &f->err), GUICHET_OK);
	assert_int_equal(db_commit(f->db, &f->err), GUICHET_OK);
	push_ops(f, &p, &who, &note, 1);
	pull_page(f, &page, true, &start, 10);
	assert_int_equal(json_array_size(page.items), 3);
	for (size_t i = 0; i < 3; i += 2) {
		const json_t *op = json_object_get(json_array_get(page.items, i), "op");
		assert_null(json_object_get(op, "personal"));
		assert_null(json_object_get(op, "salt"));
		assert_non_null(json_object_get(op, "facts"));
	}
	assert_string_equal(json_string_value(json_object_get(json_object_get(json_array_get(page.items, 1), "op"), "kind")), "erase");
	json_decref(page.items);
	op_done(&create);
	op_done(&note);
}

/* Protects: whom a restored server learns of again by a desk, and the register says to be erased, is blanked there, and every desk is told anew, once. */
static void erased_and_brought_back(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct op create, note;
	struct pushed p;
	struct pusher who = agent(A);
	struct pull page;
	const struct wire_cursor start = { 0 };
	make_create(&create, A, 1, "dechets");
	make_note(&note, A, 2, create.id);
	assert_int_equal(db_run(f->db, &f->err, "INSERT INTO erased(device, dseq, seq, at_ms) VALUES(?1, 1, 0, 5)", "i", (int64_t)A), GUICHET_OK);
	push_ops(f, &p, &who, &create, 1);
	push_ops(f, &p, &who, &note, 1);
	pull_page(f, &page, true, &start, 10);
	assert_int_equal(json_array_size(page.items), 3);
	for (size_t i = 0; i < 3; i += 2)
		assert_null(json_object_get(json_object_get(json_array_get(page.items, i), "op"), "personal"));
	assert_string_equal(json_string_value(json_object_get(json_object_get(json_array_get(page.items, 1), "op"), "kind")), "erase");
	json_decref(page.items);
	/* A desk that does not see it may hold what it wrote of it all the same. */
	pull_page(f, &page, false, &start, 10);
	assert_int_equal(json_array_size(page.items), 1);
	assert_string_equal(what(&page, 0), "op");
	json_decref(page.items);
	op_done(&create);
	op_done(&note);
}

/* Protects: what a revoked desk had sent to a server that was restored since, and nobody has, keeps nothing away of it that other desks bring back, in whatever order. */
static void hole_of_a_revoked_desk(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct op first, third, fifth;
	struct pushed p;
	struct pusher other = agent(B);
	other.may_offer = true;
	make_create(&first, A, 1, "voirie");
	make_note(&third, A, 3, first.id);
	make_note(&fifth, A, 5, first.id);
	assert_int_equal(db_run(f->db, &f->err, "INSERT INTO device(id, token, name, role, services, enrolled_ms, seen_ms, version, encrypted, cursor_seq, "
		"scope_version, retired) VALUES(?1, ?2, 'a', 'agent', '*', 0, 0, '', 0, 0, 1, 0)", "ib", (int64_t)A, (const void *)"token", (size_t)5), GUICHET_OK);
	assert_int_equal(push_ops(f, &p, &other, &first, 1), PUSH_TAKEN);
	assert_int_equal(push_ops(f, &p, &other, &fifth, 1), PUSH_GAP);
	assert_int_equal(db_run(f->db, &f->err, "UPDATE device SET revoked_ms = 1 WHERE id = ?1", "i", (int64_t)A), GUICHET_OK);
	assert_int_equal(push_ops(f, &p, &other, &fifth, 1), PUSH_TAKEN);
	assert_int_equal(push_ops(f, &p, &other, &third, 1), PUSH_TAKEN);
	assert_int_equal(push_ops(f, &p, &other, &fifth, 1), PUSH_TAKEN);
	assert_int_equal(p.results[0].seq, 2);
	op_done(&first);
	op_done(&third);
	op_done(&fifth);
}

/* Protects: after a restore a request may come back after what was said of it, which somebody settled meanwhile: it is with whom it was routed to, and nobody else sees
 * it. */
static void created_after_it_was_routed(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct op create, route;
	struct pushed p;
	struct pusher one = agent(A), other = agent(B);
	struct pull page;
	int64_t settled;
	const struct wire_cursor start = { 0 };
	one.may_offer = other.may_offer = true;
	make_create(&create, A, 1, "voirie");
	make_route(&route, B, 1, create.id, create.id, "dechets");
	push_ops(f, &p, &other, &route, 1);
	assert_string_equal(p.results[0].parked, "subject");
	assert_int_equal(db_begin(f->db, &f->err), GUICHET_OK);
	assert_int_equal(ledger_settle(f->db, 1, 1795000020000, &settled, &f->err), GUICHET_OK);
	assert_int_equal(db_commit(f->db, &f->err), GUICHET_OK);
	push_ops(f, &p, &one, &create, 1);
	assert_null(p.results[0].parked);
	pull_page(f, &page, false, &start, 10);
	assert_int_equal(json_array_size(page.items), 0);
	json_decref(page.items);
	/* Whoever sees everything may have begun with a snapshot in between, which did not know what the route was about. */
	pull_page(f, &page, true, &start, 10);
	assert_string_equal(what(&page, 2), "enter");
	assert_int_equal(json_array_size(json_object_get(json_array_get(page.items, 2), "ops")), 2);
	json_decref(page.items);
	op_done(&create);
	op_done(&route);
}

/* Protects: a desk that sees a part learns that what it wrote was settled, although the server does not have what it was about. */
static void settled_without_its_subject(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct op note;
	struct pushed p;
	struct pusher who = roadman(B);
	struct pull page = { .scope = { .services = voirie, .count = 1 }, .device = B, .max_items = 10, .max_bytes = WIRE_PAGE_BYTES };
	int64_t settled;
	make_note(&note, B, 1, (struct op_id){ A, 7 });
	push_ops(f, &p, &who, &note, 1);
	assert_string_equal(p.results[0].parked, "subject");
	assert_int_equal(db_begin(f->db, &f->err), GUICHET_OK);
	assert_int_equal(ledger_settle(f->db, 1, 1795000020000, &settled, &f->err), GUICHET_OK);
	assert_int_equal(db_commit(f->db, &f->err), GUICHET_OK);
	assert_int_equal(ledger_pull(f->db, &page, &f->err), GUICHET_OK);
	assert_int_equal(json_array_size(page.items), 2);
	const json_t *op = json_object_get(json_array_get(page.items, 1), "op");
	assert_int_equal(json_integer_value(json_object_get(op, "seq")), settled);
	assert_null(json_object_get(op, "parked"));
	json_decref(page.items);
	op_done(&note);
}

/* Protects: what was said of a person whom a restored server does not have, and came with a request to a desk that sees a part, is told to that desk when it is settled. */
static void settled_without_its_person(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct op create, merge;
	struct pushed p;
	struct pusher who = agent(A);
	struct pull page;
	struct wire_cursor at = { 0 };
	int64_t settled;
	op_init(&merge, OP_REQUESTER_MERGE, (struct op_id){ B, 7 }, "s.martin", 1795000001000);
	op_fact_text(&merge, "merged", "100.90");
	seal(&merge, (struct op_id){ A, 1 });
	op_init(&create, OP_CREATE, (struct op_id){ 0, 0 }, "s.martin", 1795000000000);
	op_write_text(&create, NULL, FIELD_STATUS, "new");
	op_write_text(&create, NULL, FIELD_SERVICE, "voirie");
	char text[OP_ID_TEXT];
	op_id_format(merge.subject, text);
	op_write_text(&create, NULL, FIELD_REQUESTER, text);
	op_fact_int(&create, "reference", 2000000001);
	op_personal_text(&create, "subject", "Nid de poule");
	seal(&create, (struct op_id){ A, 2 });
	push_ops(f, &p, &who, &merge, 1);
	assert_string_equal(p.results[0].parked, "subject");
	push_ops(f, &p, &who, &create, 1);
	pull_page(f, &page, false, &at, 10);
	assert_int_equal(json_array_size(json_object_get(json_array_get(page.items, 0), "ops")), 2);
	at = page.to;
	json_decref(page.items);
	assert_int_equal(db_begin(f->db, &f->err), GUICHET_OK);
	assert_int_equal(ledger_settle(f->db, 1, 1795000020000, &settled, &f->err), GUICHET_OK);
	assert_int_equal(db_commit(f->db, &f->err), GUICHET_OK);
	pull_page(f, &page, false, &at, 10);
	assert_int_equal(json_array_size(page.items), 1);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(json_array_get(page.items, 0), "op"), "seq")), settled);
	json_decref(page.items);
	op_done(&create);
	op_done(&merge);
}

/* Protects: what is said of a bulletin that comes back after it, as it may after a restore, reaches every desk once it is
 * settled. */
static void a_bulletin_after_its_end(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct op end;
	struct pushed p;
	struct pusher who = agent(A);
	struct pull page = { .scope = { .services = voirie, .count = 1 }, .device = B, .max_items = 10, .max_bytes = WIRE_PAGE_BYTES };
	int64_t settled;
	op_init(&end, OP_BULLETIN_END, (struct op_id){ C, 7 }, "c.morel", 1795000001000);
	seal(&end, (struct op_id){ A, 1 });
	push_ops(f, &p, &who, &end, 1);
	assert_string_equal(p.results[0].parked, "subject");
	assert_int_equal(db_begin(f->db, &f->err), GUICHET_OK);
	assert_int_equal(ledger_settle(f->db, 1, 1795000020000, &settled, &f->err), GUICHET_OK);
	assert_int_equal(db_commit(f->db, &f->err), GUICHET_OK);
	assert_int_equal(ledger_pull(f->db, &page, &f->err), GUICHET_OK);
	assert_int_equal(json_array_size(page.items), 1);
	const json_t *op = json_object_get(json_array_get(page.items, 0), "op");
	assert_int_equal(json_integer_value(json_object_get(op, "seq")), settled);
	json_decref(page.items);
	op_done(&end);
}

/* Protects: no block of serials is lent twice, after a restore neither. */
static void serials_once(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	int64_t firsts[5], more[1];
	size_t count = 0;
	assert_int_equal(db_begin(f->db, &f->err), GUICHET_OK);
	assert_int_equal(ledger_lend(f->db, A, 5, 1, firsts, &count, &f->err), GUICHET_OK);
	assert_int_equal(db_commit(f->db, &f->err), GUICHET_OK);
	assert_int_equal(count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(firsts[i], SERIALS_FIRST + (int64_t)i * SERIALS_BLOCK);
	assert_int_equal(ledger_restored(f->db, &f->err), GUICHET_OK);
	assert_int_equal(db_begin(f->db, &f->err), GUICHET_OK);
	assert_int_equal(ledger_lend(f->db, B, 1, 2, more, &count, &f->err), GUICHET_OK);
	assert_int_equal(db_commit(f->db, &f->err), GUICHET_OK);
	assert_true(more[0] >= firsts[4] + 2 * SERIALS_BLOCK);
}

/* --- whose role counts --- */

static void add_device(struct server_fixture *f, uint32_t id, const char *role, const char *services)
{
	const uint8_t token[32] = { (uint8_t)id };
	assert_int_equal(db_run(f->db, &f->err, "INSERT INTO device(id, token, name, role, services, enrolled_ms, seen_ms, version, encrypted, cursor_seq, scope_version, "
		"retired) VALUES(?1, ?2, 'poste', ?3, ?4, 0, 0, '0.1.0', 0, 0, 1, 0)", "ibtt", (int64_t)id, (const void *)token, sizeof token, role, services), GUICHET_OK);
}

static void signed_in(struct server_fixture *f, uint32_t device, const char *login, const char *roles, const char *services)
{
	assert_int_equal(db_run(f->db, &f->err, "INSERT INTO device_account(device, login, roles, services, signed_ms) VALUES(?1, ?2, ?3, ?4, 1)", "ittt",
		(int64_t)device, login, roles, services), GUICHET_OK);
}

/* Pushes an order of works, which agents may not give, by this author; why it was parked, "" when it counts. */
static const char *ordered(struct server_fixture *f, const struct pusher *who, uint32_t device, uint64_t dseq, struct op_id subject, const char *author)
{
	static struct pushed p;
	struct op op;
	op_init(&op, OP_ORDER, subject, author, 1795000003000);
	op_fact_text(&op, "contractor", "régie");
	seal(&op, (struct op_id){ device, dseq });
	assert_int_equal(push_ops(f, &p, who, &op, 1), PUSH_TAKEN);
	op_done(&op);
	return p.results[0].parked ? p.results[0].parked : "";
}

/* Protects: an operation is judged by what its author was on the desk that made it, not by who sends it nor by who is signed in by then; a desk speaks only for those who
 * signed in on it; what comes back by another desk after a restore counts as it did, if that desk could see it. */
static void judged_by_its_author(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct pushed p;
	struct op op;
	struct pusher one = agent(A), other = agent(B), hall = { .device = 300, .roles = ROLE_KIOSK, .scope = { .all = true }, .accounts = true };
	add_device(f, A, "agent", "*");
	add_device(f, B, "service", "dechets");
	add_device(f, 300, "kiosk", "*");
	signed_in(f, A, "v.roche", "service", "voirie");
	signed_in(f, A, "d.morel", "service", "dechets");
	signed_in(f, 300, "s.chef", "supervisor", "*");
	one.accounts = true;
	make_create(&op, A, 1, "voirie");
	struct op_id subject = op.id;
	push_ops(f, &p, &one, &op, 1);
	op_done(&op);
	assert_null(p.results[0].parked);
	assert_string_equal(ordered(f, &one, A, 2, subject, "v.roche"), "");
	assert_string_equal(ordered(f, &one, A, 3, subject, "d.morel"), "scope");
	/* Never signed in there: the desk's own role. */
	assert_string_equal(ordered(f, &one, A, 4, subject, "s.martin"), "role");
	assert_string_equal(ordered(f, &hall, 300, 1, subject, "s.chef"), "role");
	/* Brought back by another: no less than its author was, nor more. */
	other.may_offer = true;
	assert_string_equal(ordered(f, &other, A, 5, subject, "v.roche"), "");
	other.roles = ROLE_SUPERVISOR;
	assert_string_equal(ordered(f, &other, A, 6, subject, "s.martin"), "role");
	assert_string_equal(ordered(f, &other, A, 7, subject, "d.morel"), "scope");
	other.roles = ROLE_SERVICE;
	other.scope = (struct scope){ .services = voirie, .count = 1 };
	assert_string_equal(ordered(f, &other, A, 8, subject, "v.roche"), "");
	/* It can't have seen that one. */
	static const char *const elsewhere[] = { "dechets" };
	other.scope = (struct scope){ .services = elsewhere, .count = 1 };
	assert_string_equal(ordered(f, &other, A, 9, subject, "v.roche"), "scope");
	/* A person is of no service: the requests that it does see would have nobody. */
	struct op who;
	op_init(&who, OP_REQUESTER_CREATE, (struct op_id){ 0, 0 }, "v.roche", 1795000000000);
	op_personal_text(&who, "name", "Lefèvre");
	seal(&who, (struct op_id){ A, 10 });
	assert_int_equal(push_ops(f, &p, &other, &who, 1), PUSH_TAKEN);
	assert_null(p.results[0].parked);
	op_done(&who);
}

/* Protects: handed to two services at once by people who did not know of each other, a request is with both until it is settled: the first one is told, may object, and what
 * it says counts; then it leaves. */
static void two_routes_are_seen_by_both(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct op ops[2], other, refuse;
	struct pushed p;
	struct pull page;
	struct pusher first = agent(A), second = agent(B), road = roadman(C);
	struct wire_cursor at;
	char one[OP_ID_TEXT], two[OP_ID_TEXT];
	make_create(&ops[0], A, 1, "proximite");
	make_route(&ops[1], A, 2, ops[0].id, ops[0].id, "voirie");
	make_route(&other, B, 1, ops[0].id, ops[0].id, "dechets");
	assert_int_equal(push_ops(f, &p, &first, ops, 2), PUSH_TAKEN);
	pull_page(f, &page, false, &(struct wire_cursor){ 0 }, 100);
	assert_string_equal(what(&page, 0), "enter");
	at = page.to;
	json_decref(page.items);
	assert_int_equal(push_ops(f, &p, &second, &other, 1), PUSH_TAKEN);
	/* The later one shows; whoever has the earlier one is told of it, and keeps the request. */
	pull_page(f, &page, false, &at, 100);
	assert_int_equal(json_array_size(page.items), 1);
	assert_string_equal(what(&page, 0), "op");
	at = page.to;
	json_decref(page.items);
	static const char *const dechets[] = { "dechets" };
	struct pull theirs = { .scope = { .services = dechets, .count = 1 }, .max_items = 10, .max_bytes = WIRE_PAGE_BYTES };
	assert_int_equal(ledger_pull(f->db, &theirs, &f->err), GUICHET_OK);
	assert_string_equal(what(&theirs, 0), "enter");
	json_decref(theirs.items);
	/* A new desk of either gets it too. */
	struct snapshot s = { .scope = page.scope, .max_subjects = 10, .max_bytes = WIRE_PAGE_BYTES };
	while (!s.done)
		assert_int_equal(ledger_snapshot(f->db, &s, &f->err), GUICHET_OK);
	assert_true(s.subjects.len > 0);
	text_done(&s.subjects);
	/* The first one objects. */
	op_init(&refuse, OP_REFUSE, ops[0].id, "v.roche", 1795000003000);
	op_fact_text(&refuse, "service_code", "proximite");
	op_personal_text(&refuse, "reason", "pas à nous non plus");
	op_id_format(ops[1].id, one);
	op_id_format(other.id, two);
	refuse.base = json_pack("{s:[s,s]}", "service_code", one, two);
	seal(&refuse, (struct op_id){ C, 1 });
	assert_int_equal(push_ops(f, &p, &road, &refuse, 1), PUSH_TAKEN);
	assert_null(p.results[0].parked);
	pull_page(f, &page, false, &at, 100);
	assert_string_equal(what(&page, 0), "leave");
	json_decref(page.items);
	op_done(&ops[0]);
	op_done(&ops[1]);
	op_done(&other);
	op_done(&refuse);
}

int main(void)
{
#define ON(test, database) { #test " on " #database, test, server_fixture_##database, server_fixture_done, NULL }
	const struct CMUnitTest tests[] = {
		ON(what_travels_later, sqlite), ON(what_travels_later, postgres),
		ON(few_trips, postgres),
		ON(same_push_same_answer, sqlite), ON(same_push_same_answer, postgres),
		ON(holes_and_forks, sqlite), ON(holes_and_forks, postgres),
		ON(hole_of_a_revoked_desk, sqlite), ON(hole_of_a_revoked_desk, postgres),
		ON(parked_then_settled, sqlite), ON(parked_then_settled, postgres),
		ON(settled_by_operations, sqlite), ON(settled_by_operations, postgres),
		ON(enters_and_leaves, sqlite), ON(enters_and_leaves, postgres),
		ON(another_journal, sqlite), ON(another_journal, postgres),
		ON(erased_for_good, sqlite), ON(erased_for_good, postgres),
		ON(erased_and_brought_back, sqlite), ON(erased_and_brought_back, postgres),
		ON(created_after_it_was_routed, sqlite), ON(created_after_it_was_routed, postgres),
		ON(settled_without_its_person, sqlite), ON(settled_without_its_person, postgres),
		ON(settled_without_its_subject, sqlite), ON(settled_without_its_subject, postgres),
		ON(a_bulletin_after_its_end, sqlite), ON(a_bulletin_after_its_end, postgres),
		ON(two_routes_are_seen_by_both, sqlite), ON(two_routes_are_seen_by_both, postgres),
		ON(serials_once, sqlite), ON(serials_once, postgres),
		ON(judged_by_its_author, sqlite), ON(judged_by_its_author, postgres),
	};
	return cmocka_run_group_tests(tests, server_fixture_group, server_fixture_group_done);
}
