// SPDX-License-Identifier: GPL-3.0-or-later
/* What an administrator reads and does on the server, on each database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/server/admin_inside.h"
#include "../../src/server/audit.h"
#include "guichet/base/ini.h"
#include "guichet/core/request.h"
#include "server_fixture.h"

static const int64_t MONDAY = 1795003600000; /* 18 November 2026, 12:06:40 UTC */
enum { HOUR = 3600000 };

static int64_t the_time(void *context)
{
	return *(int64_t *)context;
}

/* Runs a command as a server would; what it prints stays in `out`. Words end with NULL. */
static enum guichet_rc run(struct server_fixture *f, int64_t now_ms, struct text *out, const char *const *words)
{
	struct admin a = { .db = f->db, .random = f->random, .clock = { .now_ms = the_time, .context = &now_ms } };
	int count = 0;
	while (words[count])
		count++;
	enum guichet_rc rc = admin_do(&a, (char *const *)(uintptr_t)words, count, &f->err);
	text_done(out);
	*out = a.out;
	return rc;
}

#define RUN(f, now, out, ...) run(f, now, out, (const char *const[]){ __VA_ARGS__, NULL })

static void note(struct server_fixture *f, int64_t at_ms, const char *who, uint32_t device, const char *what, const char *subject)
{
	assert_int_equal(audit_note(f->db, at_ms, f->random, who, device, what, subject, &f->err), GUICHET_OK);
}

static size_t lines(const struct text *t)
{
	size_t n = 0;
	for (const char *at = text_str(t); (at = strchr(at, '\n')); at++)
		n++;
	return n;
}

static void assert_lines(struct server_fixture *f, size_t wanted, const char *option, const char *value)
{
	struct text out = TEXT_INIT;
	assert_int_equal(RUN(f, MONDAY, &out, "audit", option, value), GUICHET_OK);
	if (lines(&out) != wanted)
		fail_msg("%s %s: %s", option, value, text_str(&out));
	text_done(&out);
}

/* Protects: whoever controls finds the lines of one person, one desk, one kind and one stretch of time, the newest first, and no others. */
static void audit_is_read(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct text out = TEXT_INIT;
	note(f, MONDAY, "s.martin", 100, "sign-in", NULL);
	note(f, MONDAY + HOUR, "s.martin", 100, "look", "2000000018");
	note(f, MONDAY + 2 * HOUR, "p.durand", 101, "look", "2000000018");
	assert_int_equal(RUN(f, MONDAY, &out, "audit"), GUICHET_OK);
	assert_string_equal(text_str(&out), "2026-11-18T14:06Z\tp.durand\tposte 101\tlook\t2000000018\n2026-11-18T13:06Z\ts.martin\tposte 100\tlook\t2000000018\n"
		"2026-11-18T12:06Z\ts.martin\tposte 100\tsign-in\t\n");
	assert_lines(f, 2, "--who", "s.martin");
	assert_lines(f, 0, "--who", "s.mart");
	assert_lines(f, 1, "--device", "101");
	assert_lines(f, 1, "--what", "sign-in");
	assert_lines(f, 2, "--from", "2026-11-18T13:06:40Z");
	assert_lines(f, 1, "--to", "2026-11-18T13:06:40Z");
	assert_lines(f, 3, "--to", "2027-01-01");
	assert_int_equal(RUN(f, MONDAY, &out, "audit", "--format", "json", "--limit", "1"), GUICHET_OK);
	json_t *o = json_loads(text_str(&out), 0, NULL);
	assert_string_equal(json_string_value(json_object_get(o, "at")), "2026-11-18T15:06:40+01:00");
	assert_string_equal(json_string_value(json_object_get(o, "subject")), "2000000018");
	assert_int_equal(json_integer_value(json_object_get(o, "device")), 101);
	json_decref(o);
	assert_int_equal(RUN(f, MONDAY, &out, "audit", "--limit", "0"), GUICHET_DATA);
	assert_int_equal(RUN(f, MONDAY, &out, "audit", "--format", "xml"), GUICHET_DATA);
	assert_int_equal(RUN(f, MONDAY, &out, "audit", "--from", "hier"), GUICHET_DATA);
	assert_int_equal(RUN(f, MONDAY, &out, "audit", "--name", "x"), GUICHET_USAGE);
	text_done(&out);
}

/* Protects: page after page gives every line once, however many are of one moment. */
static void audit_is_paged(void **state)
{
	enum { LINES = 25, PAGE = 10 };
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct text out = TEXT_INIT;
	char subject[16], before[32] = "9223372036854775807";
	bool seen[LINES] = { false };
	for (int i = 0; i < LINES; i++) {
		snprintf(subject, sizeof subject, "%d", i);
		note(f, MONDAY, "s.martin", 100, "look", subject);
	}
	size_t count = 0;
	for (int page = 0; page < 3; page++) {
		assert_int_equal(RUN(f, MONDAY, &out, "audit", "--limit", "10", "--before", before), GUICHET_OK);
		for (char *line = out.data, *end; *line && *line != '('; line = end) {
			end = strchr(line, '\n');
			*end++ = '\0';
			int n = (int)strtol(strrchr(line, '\t') + 1, NULL, 10);
			assert_false(seen[n]);
			seen[n] = true;
			count++;
			if (*end == '(')
				snprintf(before, sizeof before, "%lld", strtoll(strstr(end, "--before ") + 9, NULL, 10));
		}
	}
	assert_int_equal(count, LINES);
	text_done(&out);
}

/* "" where the trail is whole, else what is said; its seal. */
static enum guichet_rc check_trail(struct server_fixture *f, const char *seal, char out[80])
{
	struct text said = TEXT_INIT;
	enum guichet_rc rc = seal ? RUN(f, MONDAY, &said, "audit-check", "--seal", seal) : RUN(f, MONDAY, &said, "audit-check");
	const char *at = rc ? NULL : strstr(text_str(&said), "noter ailleurs : ");
	snprintf(out, 80, "%.*s", at ? (int)strcspn(at + 17, "\n") : 0, at ? at + 17 : "");
	text_done(&said);
	return rc;
}

static void assert_broken_by(struct server_fixture *f, const char *line, const char *sql, const char *back)
{
	char seal[80];
	assert_int_equal(db_script(f->db, sql, &f->err), GUICHET_OK);
	assert_int_equal(check_trail(f, NULL, seal), GUICHET_DATA);
	if (!strstr(f->err.message, line))
		fail_msg("%s: %s", sql, f->err.message);
	assert_int_equal(db_script(f->db, back, &f->err), GUICHET_OK);
	assert_int_equal(check_trail(f, NULL, seal), GUICHET_OK);
}

/* Protects: who looked at what can't be changed afterwards without being seen: a line changed, taken out of the middle or from the end, or put in; and the whole written anew,
 * by whoever noted its seal. */
static void trail_is_chained(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	char seal[80], later[80];
	for (int i = 0; i < 6; i++)
		note(f, MONDAY + i, "s.martin", 7, "look", i % 2 ? "2000000070" : NULL);
	assert_int_equal(check_trail(f, NULL, seal), GUICHET_OK);
	assert_int_equal(strncmp(seal, "6:", 2), 0);
	assert_broken_by(f, " ligne 2 ", "UPDATE audit SET who = 'x' WHERE seq = 2", "UPDATE audit SET who = 's.martin' WHERE seq = 2");
	assert_broken_by(f, " ligne 4 ", "UPDATE audit SET subject = NULL WHERE seq = 4", "UPDATE audit SET subject = '2000000070' WHERE seq = 4");
	assert_broken_by(f, " ligne 3 ", "CREATE TABLE kept AS SELECT * FROM audit WHERE seq = 3; DELETE FROM audit WHERE seq = 3",
		"INSERT INTO audit SELECT * FROM kept; DROP TABLE kept");
	assert_broken_by(f, " ligne 6 ", "CREATE TABLE kept AS SELECT * FROM audit WHERE seq = 6; DELETE FROM audit WHERE seq = 6",
		"INSERT INTO audit SELECT * FROM kept; DROP TABLE kept");
	assert_broken_by(f, " ligne 7 ", "INSERT INTO audit SELECT id + 1, at_ms, who, device, what, subject, 7, chain FROM audit WHERE seq = 6", "DELETE FROM audit WHERE seq = 7");
	note(f, MONDAY, "dpo", 7, "look", "1");
	assert_int_equal(check_trail(f, seal, later), GUICHET_OK);
	seal[strlen(seal) - 1] = seal[strlen(seal) - 1] == '0' ? '1' : '0';
	assert_int_equal(check_trail(f, seal, later), GUICHET_DATA);
	assert_int_equal(check_trail(f, "8:0000000000000000000000000000000000000000000000000000000000000000", later), GUICHET_DATA);
	assert_int_equal(check_trail(f, "six", later), GUICHET_DATA);
}

/* Protects: the trail is personal data too, of those who work: what is older than it may be goes, from its beginning; what is left is a chain, and it says what went. */
static void trail_ages(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	char seal[80], later[80];
	bool more;
	for (int i = 0; i < 5; i++)
		note(f, MONDAY + i * (int64_t)HOUR, "s.martin", 7, "look", NULL);
	assert_int_equal(check_trail(f, NULL, seal), GUICHET_OK);
	assert_false(audit_has_aged(f->db, MONDAY));
	assert_true(audit_has_aged(f->db, MONDAY + 3 * (int64_t)HOUR));
	assert_int_equal(audit_age(f->db, MONDAY + 9 * (int64_t)HOUR, MONDAY + 3 * (int64_t)HOUR, f->random, &more, &f->err), GUICHET_OK);
	assert_false(more);
	assert_int_equal(db_value(f->db, -1, "SELECT count(*) FROM audit WHERE who = 's.martin'", ""), 2);
	assert_lines(f, 1, "--what", "audit-aged");
	assert_int_equal(db_value(f->db, -1, "SELECT count(*) FROM audit WHERE what = 'audit-aged' AND subject = '1-3'", ""), 1);
	assert_int_equal(check_trail(f, seal, later), GUICHET_OK);
	assert_broken_by(f, " ligne 4 ", "UPDATE audit SET device = 8 WHERE seq = 4", "UPDATE audit SET device = 7 WHERE seq = 4");
	assert_int_equal(audit_age(f->db, MONDAY + 10 * (int64_t)HOUR, MONDAY + 99 * (int64_t)HOUR, f->random, &more, &f->err), GUICHET_OK);
	assert_int_equal(db_value(f->db, -1, "SELECT count(*) FROM audit", ""), 1);
	assert_int_equal(check_trail(f, NULL, later), GUICHET_OK);
}

/* Protects: what an administrator changes is in the trail, under which number and nobody's name; what he only looks at is not. */
static void administrators_are_noted(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct text out = TEXT_INIT;
	assert_int_equal(db_run(f->db, &f->err, "INSERT INTO device(id, token, name, role, services, enrolled_ms, seen_ms, version, encrypted, cursor_seq, "
		"scope_version, retired) VALUES(?1, ?2, 'a', 'agent', '*', 0, 0, '', 0, 0, 1, 0)", "ib", (int64_t)100, (const void *)"token", (size_t)5), GUICHET_OK);
	assert_int_equal(RUN(f, MONDAY, &out, "enrol-code", "--role", "agent", "--name", "Accueil Zyxw"), GUICHET_OK);
	assert_int_equal(RUN(f, MONDAY + HOUR, &out, "revoke", "100"), GUICHET_OK);
	assert_int_equal(RUN(f, MONDAY + HOUR, &out, "devices"), GUICHET_OK);
	assert_int_equal(RUN(f, MONDAY + HOUR, &out, "account", "list"), GUICHET_OK);
	assert_int_equal(RUN(f, MONDAY + HOUR, &out, "erase", "20000000"), GUICHET_DATA);
	assert_int_equal(RUN(f, MONDAY + HOUR, &out, "audit", "--who", "guichetd"), GUICHET_OK);
	assert_string_equal(text_str(&out), "2026-11-18T13:06Z\tguichetd\t\trevoke\t100\n2026-11-18T12:06Z\tguichetd\t\tenrol-code\t\n");
	text_done(&out);
}

/* --- retention --- */

enum { DESK = 100, PERSON_OLD = 1, OLD, PERSON_BOTH, OLD_OF_BOTH, OPEN_OF_BOTH, RECENT, HELD, CALL, LONE_CALL, NOTE_OF_CALL, HOLD_ORDER, PERSON_NEVER, PERSON_CALLED, CALL_RECENT, PERSON_SHOWN,
	MERGE, OPS };

static void seal(struct op *op, uint64_t dseq, uint64_t subject)
{
	uint8_t salt[OP_SALT] = { (uint8_t)dseq, 1 };
	op->id = (struct op_id){ DESK, dseq };
	op->subject = (struct op_id){ DESK, subject };
	assert_int_equal(op_seal(op, salt, NULL), GUICHET_OK);
}

static void make_person(struct op *op, uint64_t dseq, const char *name)
{
	op_init(op, OP_REQUESTER_CREATE, (struct op_id){ 0, 0 }, "s.martin", MONDAY);
	op_personal_text(op, "name", name);
	seal(op, dseq, dseq);
}

static void make_request(struct op *op, uint64_t dseq, uint64_t person, const char *status, int64_t at_ms)
{
	char who[OP_ID_TEXT];
	op_init(op, OP_CREATE, (struct op_id){ 0, 0 }, "s.martin", at_ms);
	op_write_text(op, NULL, FIELD_STATUS, status);
	op_write_text(op, NULL, FIELD_SERVICE, "voirie");
	op_write_text(op, NULL, FIELD_CATEGORY, "nid-de-poule");
	op_id_format((struct op_id){ DESK, person }, who);
	if (person)
		op_write_text(op, NULL, FIELD_REQUESTER, who);
	op_fact_int(op, "reference", 2000000000 + (int64_t)dseq);
	op_personal_text(op, "subject", "Zyxw");
	seal(op, dseq, dseq);
}

static void make_call(struct op *op, uint64_t dseq)
{
	op_init(op, OP_CONTACT, (struct op_id){ 0, 0 }, "s.martin", MONDAY);
	op_fact_text(op, "channel", "phone");
	op_personal_text(op, "note", "Zyxw a rappelé");
	seal(op, dseq, dseq);
}

/* A year's work: who asked, what ended, what did not, a call about one of them and one about nothing, an order to keep. */
static void push_a_year(struct server_fixture *f)
{
	struct op ops[OPS - 1];
	struct push_result results[OPS - 1];
	struct ledger_head head;
	struct request held;
	char who[OP_ID_TEXT];
	make_person(&ops[PERSON_OLD - 1], PERSON_OLD, "Jeanne Zyxw");
	make_request(&ops[OLD - 1], OLD, PERSON_OLD, "closed", MONDAY);
	make_person(&ops[PERSON_BOTH - 1], PERSON_BOTH, "Luc Zyxw");
	make_request(&ops[OLD_OF_BOTH - 1], OLD_OF_BOTH, PERSON_BOTH, "closed", MONDAY);
	make_request(&ops[OPEN_OF_BOTH - 1], OPEN_OF_BOTH, PERSON_BOTH, "new", MONDAY);
	make_request(&ops[RECENT - 1], RECENT, 0, "closed", instant_add_months(MONDAY, 12));
	make_request(&ops[HELD - 1], HELD, 0, "closed", MONDAY);
	make_call(&ops[CALL - 1], CALL);
	make_call(&ops[LONE_CALL - 1], LONE_CALL);
	op_init(&ops[NOTE_OF_CALL - 1], OP_NOTE, (struct op_id){ 0, 0 }, "s.martin", MONDAY);
	op_fact_text(&ops[NOTE_OF_CALL - 1], "contact", "100.8");
	seal(&ops[NOTE_OF_CALL - 1], NOTE_OF_CALL, OLD);
	op_init(&ops[HOLD_ORDER - 1], OP_HOLD, (struct op_id){ 0, 0 }, "dpo", MONDAY);
	request_fold(&held, &ops[HELD - 1], 1);
	op_write_int(&ops[HOLD_ORDER - 1], &held, FIELD_HOLD, 1);
	request_done(&held);
	seal(&ops[HOLD_ORDER - 1], HOLD_ORDER, HELD);
	/* Nobody ever asked for these; one was called lately, one stands for somebody who has a request. */
	make_person(&ops[PERSON_NEVER - 1], PERSON_NEVER, "Paul Wvut");
	make_person(&ops[PERSON_CALLED - 1], PERSON_CALLED, "Anne Wvut");
	op_init(&ops[CALL_RECENT - 1], OP_CONTACT, (struct op_id){ 0, 0 }, "s.martin", instant_add_months(MONDAY, 12));
	op_id_format((struct op_id){ DESK, PERSON_CALLED }, who);
	op_fact_text(&ops[CALL_RECENT - 1], "requester", who);
	seal(&ops[CALL_RECENT - 1], CALL_RECENT, CALL_RECENT);
	make_person(&ops[PERSON_SHOWN - 1], PERSON_SHOWN, "Luc Wvut");
	op_init(&ops[MERGE - 1], OP_REQUESTER_MERGE, (struct op_id){ 0, 0 }, "s.martin", MONDAY);
	op_id_format((struct op_id){ DESK, PERSON_BOTH }, who);
	op_fact_text(&ops[MERGE - 1], "merged", who);
	seal(&ops[MERGE - 1], MERGE, PERSON_SHOWN);
	struct push p = { .who = { .device = DESK, .roles = ~0u, .scope = { .all = true } }, .ops = ops, .count = OPS - 1, .results = results };
	struct push *list = &p;
	assert_int_equal(db_begin(f->db, &f->err), GUICHET_OK);
	assert_int_equal(ledger_lock(f->db, &list, 1, &head, &f->err), GUICHET_OK);
	assert_int_equal(ledger_check(f->db, &p, &f->err), GUICHET_OK);
	assert_int_equal(ledger_write(f->db, &head, &list, 1, MONDAY, &f->err), GUICHET_OK);
	assert_int_equal(db_commit(f->db, &f->err), GUICHET_OK);
	for (int i = 0; i < OPS - 1; i++) {
		assert_null(results[i].parked);
		op_done(&ops[i]);
	}
}

struct office { struct server_fixture *f; int64_t now_ms; char folder[64], slip[96], erased[96]; struct text out; };

/* The whole command, as in a shell. */
static enum guichet_rc purge(struct office *o, const char *const *words)
{
	struct daemon_options options = { .http.db = { .sqlite = o->f->folder[0] ? o->f->path : NULL, .postgres = o->f->folder[0] ? NULL : o->f->path } };
	struct admin a = { .random = o->f->random, .clock = { .now_ms = the_time, .context = &o->now_ms }, .erased = o->erased,
		.words = (char *const *)(uintptr_t)words };
	while (words[a.count])
		a.count++;
	enum guichet_rc rc = admin_purge(&options, &a, &o->f->err);
	text_done(&o->out);
	o->out = a.out;
	return rc;
}

#define PURGE(o, ...) purge(o, (const char *const[]){ __VA_ARGS__, NULL })

static void open_office(struct office *o, struct server_fixture *f)
{
	struct text out = TEXT_INIT;
	*o = (struct office){ .f = f, .now_ms = instant_add_months(MONDAY, 24) + 1 };
	snprintf(o->folder, sizeof o->folder, "/tmp/guichet-purge-XXXXXX");
	assert_non_null(mkdtemp(o->folder));
	snprintf(o->slip, sizeof o->slip, "%s/slip", o->folder);
	snprintf(o->erased, sizeof o->erased, "%s/erased", o->folder);
	assert_int_equal(RUN(f, MONDAY, &out, "catalogue", "data/catalogue"), GUICHET_OK);
	text_done(&out);
	push_a_year(f);
}

static void close_office(struct office *o)
{
	char path[300];
	snprintf(path, sizeof path, "%s.lock", o->f->path);
	if (o->f->folder[0])
		unlink(path);
	unlink(o->slip);
	unlink(o->erased);
	rmdir(o->folder);
	text_done(&o->out);
}

static int64_t count(struct server_fixture *f, const char *sql)
{
	return db_value(f->db, -1, sql, "");
}

/* Who is blanked, as "2 4 ": dseq of items. */
static void assert_gone(struct server_fixture *f, const char *wanted)
{
	struct text t = TEXT_INIT;
	struct db_rows *rows = db_query(f->db, &f->err, "SELECT dseq FROM item WHERE erased = 1 ORDER BY dseq", "");
	while (db_next(rows))
		text_addf(&t, "%d ", (int)db_int(rows, 0));
	assert_int_equal(db_rows_done(&rows, &f->err), GUICHET_OK);
	assert_string_equal(text_str(&t), wanted);
	text_done(&t);
}

/* Who asked is no longer said by it, also where he is still known for another one; what it was about stays. */
static void assert_nobodys(struct server_fixture *f, uint64_t dseq)
{
	static const struct scope all = { .all = true };
	struct op *ops;
	size_t count_ops;
	struct request r;
	assert_int_equal(ledger_request(f->db, &all, (struct op_id){ DESK, dseq }, &ops, &count_ops, &f->err), GUICHET_OK);
	request_fold(&r, ops, count_ops);
	assert_true(request_is_anonymous(&r));
	assert_string_equal(request_text(&r, FIELD_CATEGORY), "nid-de-poule");
	assert_int_equal(r.updated_ms, MONDAY);
	request_done(&r);
	ops_done(ops, count_ops);
}

/* Protects: what ended longer ago than its category keeps it goes with its calls and with who asked, unless he has another request; what is open, recent or held stays.
 * Nothing goes before the slip is written; the trail, the register and the journal say that it went, the facts stay. */
static void purged_when_it_is_time(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct office o;
	char *slip = NULL;
	size_t bytes;
	open_office(&o, f);
	o.now_ms -= 2;
	assert_int_equal(PURGE(&o, "--dry-run"), GUICHET_OK);
	assert_non_null(strstr(text_str(&o.out), "dépassé sa durée"));
	o.now_ms += 2;
	assert_int_equal(PURGE(&o, "--dry-run"), GUICHET_OK);
	assert_int_equal(PURGE(&o, "--yes"), GUICHET_USAGE);
	assert_int_equal(PURGE(&o, "-o", o.slip, "--visa", "AD 7", "--at", "2099-01-01", "--yes"), GUICHET_DATA);
	assert_int_equal(PURGE(&o, "-o", "/nowhere/slip", "--visa", "AD 7", "--yes"), GUICHET_CANT_CREATE);
	assert_gone(f, "");
	assert_int_equal(count(f, "SELECT count(*) FROM purge_order"), 0);
	int64_t journal = count(f, "SELECT max(seq) FROM op");
	assert_int_equal(PURGE(&o, "-o", o.slip, "--visa", "AD 7", "--yes"), GUICHET_OK);
	assert_gone(f, "1 2 4 8 9 12 ");
	assert_nobodys(f, OLD_OF_BOTH);
	assert_int_equal(count(f, "SELECT max(seq) FROM op"), journal + 6);
	assert_int_equal(count(f, "SELECT count(*) FROM op WHERE kind = 'erase' AND facts LIKE '%AD 7%' AND facts LIKE '%retention%'"), 6);
	assert_int_equal(count(f, "SELECT count(*) FROM op WHERE personal LIKE '%Zyxw%' AND dseq IN (1, 2, 4, 8, 9)"), 0);
	assert_int_equal(count(f, "SELECT count(*) FROM op WHERE facts LIKE '%nid-de-poule%' AND dseq IN (2, 4)"), 2);
	assert_int_equal(count(f, "SELECT count(*) FROM op WHERE personal LIKE '%Zyxw%'"), 4);
	assert_int_equal(count(f, "SELECT count(*) FROM audit WHERE what IN ('purge', 'purge-begun') AND subject = 'AD 7'"), 2);
	assert_int_equal(count(f, "SELECT count(*) FROM purge_order"), 0);
	assert_int_equal(file_read(o.slip, 1 << 20, &slip, &bytes, &f->err), GUICHET_OK);
	assert_non_null(strstr(slip, "AD 7"));
	assert_non_null(strstr(slip, "Nid de poule"));
	assert_null(strstr(slip, "Zyxw"));
	free(slip);
	assert_int_equal(file_read(o.erased, 1 << 20, &slip, &bytes, &f->err), GUICHET_OK);
	assert_non_null(strstr(slip, "erase 100.2 "));
	free(slip);
	assert_int_equal(PURGE(&o, "-o", o.slip, "--visa", "AD 8", "--yes"), GUICHET_OK);
	assert_non_null(strstr(text_str(&o.out), "dépassé sa durée"));
	close_office(&o);
}

/* Protects: a purge that was stopped after its order, or after a page, is what the same command goes on with, under the first visa, and only that. */
static void purge_goes_on(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct office o;
	struct text out = TEXT_INIT;
	char at[24];
	open_office(&o, f);
	snprintf(at, sizeof at, "%lld", (long long)o.now_ms);
	assert_int_equal(RUN(f, o.now_ms, &out, "purge-step", "page", "0", "0.0"), GUICHET_USAGE); /* no order */
	assert_int_equal(RUN(f, o.now_ms, &out, "purge-step", "begin", at, "AD 7", "2"), GUICHET_OK);
	assert_int_equal(RUN(f, o.now_ms, &out, "purge-step", "begin", at, "AD 8", "2"), GUICHET_REFUSED);
	o.now_ms += HOUR;
	assert_int_equal(PURGE(&o, "-o", o.slip, "--visa", "AD 8", "--yes"), GUICHET_USAGE);
	assert_gone(f, "");
	assert_int_equal(PURGE(&o, "--yes"), GUICHET_OK);
	assert_gone(f, "1 2 4 8 9 12 ");
	assert_int_equal(count(f, "SELECT count(*) FROM op WHERE kind = 'erase' AND facts LIKE '%AD 7%'"), 6);
	assert_int_equal(count(f, "SELECT count(*) FROM purge_order"), 0);
	assert_int_equal(access(o.slip, F_OK), -1);
	text_done(&out);
	close_office(&o);
}

/* Ends its process, as a power cut does, when so many random numbers have been asked for: each erasure and each line of the trail asks for some. */
struct cut { struct guichet_random random; int left; };

static void fill_or_die(void *context, void *out, size_t bytes)
{
	struct cut *c = context;
	if (c->left-- == 0)
		raise(SIGKILL);
	c->random.fill(c->random.context, out, bytes);
}

/* The whole command in a process of its own. True: it was killed on its way. */
static bool purge_is_cut(struct office *o, int after)
{
	bool begun = count(o->f, "SELECT count(*) FROM purge_order") > 0;
	fflush(stdout);
	/* Its slip may be there already, without an order: nothing goes by it. */
	if (!begun)
		unlink(o->slip);
	pid_t pid = fork();
	if (pid == 0) {
		struct cut c = { random_seeded(&o->f->seed), after };
		o->f->random = (struct guichet_random){ fill_or_die, &c };
		_exit((begun ? PURGE(o, "--yes") : PURGE(o, "-o", o->slip, "--visa", "AD 7", "--yes")) != GUICHET_OK);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFSIGNALED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	return WIFSIGNALED(status);
}

/* Protects: a purge that is killed in the middle of a page leaves that page as it was, and asked for again it takes all the rest: nobody half gone, nobody forgotten, and who
 * went is in the register that outlives a restore. */
static void purge_killed_in_a_page(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct office o;
	char *erased = NULL;
	size_t bytes;
	int kills = 0;
	open_office(&o, f);
	/* The line of the trail that it began with; then each of six erasures; then the line of its end. */
	for (int after = 0; purge_is_cut(&o, after); after++) {
		kills++;
		int64_t gone = count(f, "SELECT count(*) FROM item WHERE erased = 1");
		assert_int_equal(count(f, "SELECT count(*) FROM op WHERE kind = 'erase'"), gone);
		assert_int_equal(count(f, "SELECT count(*) FROM erased WHERE seq > 0"), gone);
		assert_int_equal(count(f, "SELECT count(*) FROM op o JOIN item i ON i.device = o.subject_device AND i.dseq = o.subject_dseq WHERE i.erased = 1 AND "
			"o.personal IS NOT NULL AND o.kind <> 'erase'"), 0);
	}
	assert_in_range(kills, 4, 40);
	assert_gone(f, "1 2 4 8 9 12 ");
	assert_int_equal(count(f, "SELECT count(*) FROM op WHERE kind = 'erase' AND facts LIKE '%AD 7%'"), 6);
	assert_int_equal(count(f, "SELECT count(*) FROM purge_order"), 0);
	assert_int_equal(count(f, "SELECT count(*) FROM audit WHERE what = 'purge-begun'"), 1);
	assert_int_equal(file_read(o.erased, 1 << 20, &erased, &bytes, &f->err), GUICHET_OK);
	for (int i = 0; i < 6; i++) {
		static const char *const names[] = { "100.1 ", "100.2 ", "100.4 ", "100.8 ", "100.9 ", "100.12 " };
		assert_non_null(strstr(erased, names[i]));
	}
	free(erased);
	close_office(&o);
}

int main(void)
{
#define ON(test, database) { #test " on " #database, test, server_fixture_##database, server_fixture_done, NULL }
	const struct CMUnitTest tests[] = {
		ON(audit_is_read, sqlite), ON(audit_is_read, postgres),
		ON(audit_is_paged, sqlite), ON(audit_is_paged, postgres),
		ON(trail_is_chained, sqlite), ON(trail_is_chained, postgres),
		ON(trail_ages, sqlite), ON(trail_ages, postgres),
		ON(administrators_are_noted, sqlite), ON(administrators_are_noted, postgres),
		ON(purged_when_it_is_time, sqlite), ON(purged_when_it_is_time, postgres),
		ON(purge_goes_on, sqlite), ON(purge_goes_on, postgres),
		ON(purge_killed_in_a_page, sqlite), ON(purge_killed_in_a_page, postgres),
	};
	return cmocka_run_group_tests(tests, server_fixture_group, server_fixture_group_done);
}
