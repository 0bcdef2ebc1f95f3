// SPDX-License-Identifier: GPL-3.0-or-later
/* Mails into the store: what each becomes, once, and nothing lost. */
#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "guichet/mail/ingest.h"

#define FROM "From: Jeanne Martin <jeanne@exemple.example>\r\n"
#define TOKEN "K7Q2M9XADE"

static struct mail_taken taken;

static enum guichet_rc ingest_bytes(struct store_fixture *f, const char *data, size_t bytes)
{
	struct mail_taker taker = { .actor = &fixture_agent };
	mail_taken_done(&taken);
	return mail_ingest(f->store, &taker, data, bytes, &taken, &f->err);
}

static void ingest(struct store_fixture *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void ingest(struct store_fixture *f, const char *format, ...)
{
	struct text t = TEXT_INIT;
	va_list args;
	va_start(args, format);
	text_addv(&t, format, args);
	va_end(args);
	if (ingest_bytes(f, text_str(&t), t.len) != GUICHET_OK)
		fail_msg("%s", f->err.message);
	text_done(&t);
}

static void assert_action(const char *action, const char *why)
{
	assert_string_equal(mail_taken_code(&taken), action);
	assert_string_equal(mail_why_code(taken.why), why);
}

static void assert_verified(struct store_fixture *f)
{
	struct verify_report report;
	assert_int_equal(store_verify(f->store, NULL, NULL, NULL, &report, &f->err), GUICHET_OK);
	assert_int_equal(report.differences, 0);
}

static void load(struct store_fixture *f, int64_t reference, struct loaded *l)
{
	if (store_load(f->store, reference, l, &f->err) != GUICHET_OK)
		fail_msg("%s", f->err.message);
}

/* An answer that went out to Jeanne under TOKEN. */
static void answer(struct store_fixture *f, int64_t reference)
{
	struct loaded l;
	load(f, reference, &l);
	struct op_id create = l.request.id;
	loaded_done(&l);
	struct delivery_args d = { .target = create, .purpose = PURPOSE_ACKNOWLEDGE, .state = DELIVERY_SENT, .channel = CHANNEL_EMAIL, .token = TOKEN,
		.to = "jeanne@exemple.example" };
	struct step_args args = { .delivery = &d };
	if (desk_step(f->store, &fixture_chief, reference, STEP_DELIVERY, &args, NULL, &f->err) != GUICHET_OK)
		fail_msg("%s", f->err.message);
}

/* Protects the commonest mail: a request with its writer, its words, its files, from when it came; and the same mail again, which is known. */
static void test_request(void **state)
{
	struct store_fixture *f = *state;
	const char *mail = "Received: from a by b; Mon, 23 Nov 2026 18:00:00 +0100\r\n" FROM "Subject: Re: Trou rue des Lilas\r\nMessage-ID: <1@a>\r\n"
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nUn trou.\r\n-- \r\nJeanne\r\n--b\r\nContent-Type: application/octet-stream; name=trou.png\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--b--\r\n";
	struct loaded l;
	struct op op;
	char *data;
	size_t bytes;
	ingest(f, "%s", mail);
	assert_action("created", "");
	load(f, taken.reference, &l);
	assert_string_equal(request_text(&l.request, FIELD_SUBJECT), "Trou rue des Lilas");
	assert_string_equal(request_text(&l.request, FIELD_DESCRIPTION), "Un trou.");
	assert_string_equal(request_text(&l.request, FIELD_CHANNEL), "email");
	assert_string_equal(request_text(&l.request, FIELD_CATEGORY), "a-qualifier");
	/* Tuesday morning is now; it came on Monday evening. */
	assert_int_equal(request_int(&l.request, FIELD_RECEIVED, 0), f->now_ms - 16 * 3600000);
	assert_int_equal(l.request.attachment_count, 1);
	assert_string_equal(l.request.attachments[0].name, "trou.png");
	assert_string_equal(l.request.attachments[0].type, "image/png");
	assert_int_equal(store_get_blob(f->store, l.request.attachments[0].sha256, &data, &bytes, &f->err), GUICHET_OK);
	assert_int_equal(bytes, 8);
	free(data);
	struct mail_row row;
	int64_t id = store_mail_of_message(f->store, op_text(&l.ops[0], "none", "")), reference = taken.reference;
	assert_int_equal(id, 0);
	loaded_done(&l);
	assert_int_equal(desk_contact_row(f->store, taken.op, &id, &f->err), GUICHET_OK);
	assert_int_equal(store_mail(f->store, id, &row, &f->err), GUICHET_OK);
	assert_int_equal(row.reference, reference);
	assert_int_equal(row.sort, MAIL_CREATED);
	assert_int_equal(store_mail_op(f->store, id, &op, &f->err), GUICHET_OK);
	assert_string_equal(op_text(&op, "folded", ""), "-- \nJeanne");
	op_done(&op);
	int64_t before = store_last_op(f->store);
	ingest(f, "%s", mail);
	assert_action("known", "");
	assert_int_equal(taken.reference, reference);
	assert_int_equal(store_last_op(f->store), before);
	/* Another mail under the same Message-ID is no double: some programs have but one. */
	ingest(f, "%s", FROM "Subject: Autre chose\r\nMessage-ID: <1@a>\r\n\r\nUne fuite.");
	assert_action("created", "");
	ingest(f, "%s", FROM "Subject: Autre chose\r\nMessage-ID: <1@a>\r\n\r\nUne fuite.");
	assert_action("known", "");
	assert_verified(f);
}

/* Protects a request from strangers, and its requester from being taken for one. */
static void test_reply(void **state)
{
	struct store_fixture *f = *state;
	struct loaded l;
	ingest(f, "%s", FROM "Subject: Trou\r\nMessage-ID: <1@a>\r\n\r\nUn trou.");
	int64_t reference = taken.reference, id;
	struct logged logged;
	answer(f, reference);
	ingest(f, FROM "Subject: Re: Trou\r\nMessage-ID: <2@a>\r\nReferences: <%lld." TOKEN "@m>\r\n\r\nAu 12.\r\n", (long long)reference);
	assert_action("threaded", "");
	assert_int_equal(taken.reference, reference);
	/* By the subject alone. */
	ingest(f, FROM "Subject: [%lld-" TOKEN "] Trou\r\nMessage-ID: <3@a>\r\n\r\nEt au 14.\r\n", (long long)reference);
	assert_action("threaded", "");
	/* A token that we never gave: a request of its own, which says what it quotes. */
	ingest(f, FROM "Subject: [%lld-0000000000] Trou\r\nMessage-ID: <4@a>\r\n\r\nEt au 16.\r\n", (long long)reference);
	assert_action("created", "");
	assert_true(taken.reference != reference);
	load(f, taken.reference, &l);
	assert_int_equal(l.request.notes, 1);
	loaded_done(&l);
	/* A stranger who has seen our message. */
	ingest(f, "From: x@ailleurs.example\r\nSubject: [%lld-" TOKEN "]\r\nMessage-ID: <5@a>\r\n\r\nAnnulez tout.\r\n", (long long)reference);
	assert_action("quarantined", "sender");
	load(f, reference, &l);
	assert_int_equal(l.request.contacts, 3);
	loaded_done(&l);
	/* Until an agent answers for them. */
	assert_int_equal(desk_contact_row(f->store, taken.op, &id, &f->err), GUICHET_OK);
	assert_int_equal(desk_accept_mail(f->store, &fixture_agent, id, NULL, &logged, &f->err), GUICHET_OK);
	assert_int_equal(logged.reference, reference);
	logged_done(&logged);
	assert_int_equal(desk_accept_mail(f->store, &fixture_agent, id, NULL, &logged, &f->err), GUICHET_REFUSED);
	logged_done(&logged);
	assert_verified(f);
}

/* Protects from loops and noise: recorded, no request, and nothing owed to anybody. */
static void test_machines(void **state)
{
	struct store_fixture *f = *state;
	store_catalogue(f->store)->sends_email = true;
	ingest(f, "%s", FROM "Subject: x\r\nMessage-ID: <1@a>\r\nAuto-Submitted: auto-replied\r\n\r\nAbsente.");
	assert_action("machine", "auto-reply");
	assert_int_equal(taken.reference, 0);
	ingest(f, "%s", FROM "Subject: x\r\nMessage-ID: <2@a>\r\nList-Id: <l>\r\n\r\nLettre.");
	assert_action("machine", "list");
	assert_int_equal(store_count_owed(f->store, CHANNEL_EMAIL), 0);
	assert_int_equal(store_count_mail(f->store, MAIL_MACHINE), 2);
	/* A person, after all. */
	int64_t id;
	struct logged logged;
	assert_int_equal(desk_contact_row(f->store, taken.op, &id, &f->err), GUICHET_OK);
	assert_int_equal(desk_accept_mail(f->store, &fixture_agent, id, NULL, &logged, &f->err), GUICHET_OK);
	assert_true(logged.reference != 0);
	logged_done(&logged);
	assert_verified(f);
}

/* Protects the last guard: two machines that know nothing of RFC 3834 stop after ten, and what came is there. */
static void test_rate(void **state)
{
	struct store_fixture *f = *state;
	store_catalogue(f->store)->sends_email = true;
	for (int i = 0; i < MAIL_PER_DAY + 3; i++) {
		ingest(f, FROM "Subject: x\r\nMessage-ID: <%d@a>\r\n\r\nBonjour.", i);
		assert_action(i < MAIL_PER_DAY ? "created" : "quarantined", i < MAIL_PER_DAY ? "" : "rate");
	}
	assert_int_equal(store_count_owed(f->store, CHANNEL_EMAIL), MAIL_PER_DAY);
	/* Another day. */
	f->now_ms += 2 * (int64_t)86400000;
	ingest(f, "%s", FROM "Subject: x\r\nMessage-ID: <autre@a>\r\n\r\nBonjour.");
	assert_action("created", "");
	assert_verified(f);
}

static void bounce(struct store_fixture *f, int64_t reference, const char *id, const char *action, const char *status)
{
	ingest(f, "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx\r\nSubject: Undelivered\r\nMessage-ID: <%s>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
		"--b\r\n\r\nEh non.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; jeanne@exemple.example\r\nAction: %s\r\nStatus: %s\r\n"
		"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <%lld." TOKEN "@m>\r\n\r\nx\r\n--b--\r\n", id, action, status, (long long)reference);
}

/* Protects a citizen who was never reached: the bounce undoes what was sent, once; one that is only late does not. */
static void test_bounce(void **state)
{
	struct store_fixture *f = *state;
	struct loaded l;
	ingest(f, "%s", FROM "Subject: Trou\r\nMessage-ID: <1@a>\r\n\r\nUn trou.");
	int64_t reference = taken.reference;
	answer(f, reference);
	bounce(f, reference, "b0@mx", "delayed", "4.4.1");
	assert_action("bounce", "");
	load(f, reference, &l);
	assert_false(l.request.undelivered);
	loaded_done(&l);
	bounce(f, reference, "b1@mx", "failed", "5.1.1");
	assert_action("bounce", "");
	assert_int_equal(taken.reference, reference);
	bounce(f, reference, "b2@mx", "failed", "5.1.1");
	load(f, reference, &l);
	assert_true(l.request.undelivered);
	assert_int_equal(l.request.delivery_count, 2);
	assert_int_equal(l.request.deliveries[1].state, DELIVERY_BOUNCED);
	loaded_done(&l);
	assert_verified(f);
}

/* Protects what can't be read: kept byte for byte where agents see it. */
static void test_whole(void **state)
{
	struct store_fixture *f = *state;
	size_t bytes = MAIL_BYTES_MAX + MAIL_PIECE + 12345, at = 0;
	char *large = guichet_alloc(bytes), *piece;
	struct op op;
	int64_t id;
	struct logged logged;
	memset(large, 'x', bytes);
	memcpy(large, FROM "Subject: gros\r\nMessage-ID: <g@a>\r\n\r\n", sizeof FROM - 1 + 37);
	for (size_t i = 1000; i < bytes; i += 997)
		large[i] = (char)(i >> 4);
	assert_int_equal(ingest_bytes(f, large, bytes), GUICHET_OK);
	assert_action("quarantined", "too-large");
	assert_string_equal(taken.subject, "gros");
	assert_int_equal(desk_contact_row(f->store, taken.op, &id, &f->err), GUICHET_OK);
	assert_int_equal(store_mail_op(f->store, id, &op, &f->err), GUICHET_OK);
	size_t i;
	json_t *name;
	json_array_foreach(json_object_get(op.facts, "whole"), i, name) {
		size_t n;
		assert_int_equal(store_get_blob(f->store, json_string_value(name), &piece, &n, &f->err), GUICHET_OK);
		assert_true(n <= MAIL_PIECE && at + n <= bytes);
		assert_memory_equal(piece, large + at, n);
		at += n;
		free(piece);
	}
	assert_int_equal(at, bytes);
	op_done(&op);
	assert_int_equal(ingest_bytes(f, large, bytes), GUICHET_OK);
	assert_action("known", "");
	free(large);
	ingest(f, "%s", "pas un courriel");
	assert_action("quarantined", "unreadable");
	ingest(f, "%s", "From: personne\r\nSubject: x\r\nMessage-ID: <p@a>\r\n\r\nBonjour");
	assert_action("quarantined", "unreadable");
	assert_int_equal(desk_contact_row(f->store, taken.op, &id, &f->err), GUICHET_OK);
	/* Whoever wrote can't be answered by mail: a request all the same, if an agent says so. */
	assert_int_equal(desk_accept_mail(f->store, &fixture_agent, id, NULL, &logged, &f->err), GUICHET_OK);
	logged_done(&logged);
	assert_int_equal(store_count_mail(f->store, MAIL_QUARANTINED), 2);
	assert_verified(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(test_request, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_reply, fixture_setup, fixture_teardown), cmocka_unit_test_setup_teardown(test_machines, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_rate, fixture_setup, fixture_teardown), cmocka_unit_test_setup_teardown(test_bounce, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_whole, fixture_setup, fixture_teardown) };
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	mail_taken_done(&taken);
	return failed;
}
