// SPDX-License-Identifier: GPL-3.0-or-later
/* Persons, machines and servers told apart: a machine that is answered answers back, and a person taken for one waits for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "guichet/core/reference.h"
#include "guichet/mail/sort.h"

static struct mail m;
static struct mail_sorting s;

static void judge(const char *from, const char *subject, const char *headers, const char *body)
{
	static const char *const ours[] = { "contact@metropole.example", NULL };
	struct text t = TEXT_INIT;
	text_addf(&t, "From: %s\r\nSubject: %s\r\nMessage-ID: <x@y>\r\n%s\r\n%s", from, subject, headers, body);
	assert_int_equal(mail_read(&m, text_str(&t), t.len, NULL), GUICHET_OK);
	mail_judge(&m, ours, &s);
	text_done(&t);
}

static void done(void)
{
	mail_sorting_done(&s);
	mail_done(&m);
}

static void assert_judged(const char *from, const char *subject, const char *headers, enum mail_voice voice, enum mail_why why)
{
	judge(from, subject, headers, "Bonjour,\r\nmerci.\r\n");
	if (s.voice != voice || s.why != why)
		fail_msg("%s / %s / %s: voice %d, why '%s'", from, subject, headers, s.voice, mail_why_code(s.why));
	done();
}

/* Protects people from being taken for machines. */
static void test_persons(void **state)
{
	(void)state;
	const char *jeanne = "Jeanne <jeanne@exemple.example>";
	assert_judged(jeanne, "Absence de ramassage des poubelles", "", MAIL_OF_PERSON, MAIL_WHY_NONE);
	assert_judged(jeanne, "Lumi=C3=A8re : lampadaire", "Auto-Submitted: no\r\n", MAIL_OF_PERSON, MAIL_WHY_NONE);
	assert_judged(jeanne, "Re: votre demande", "In-Reply-To: <a@b>\r\nReturn-Path: <jeanne@exemple.example>\r\nPrecedence: first-class\r\n", MAIL_OF_PERSON, MAIL_WHY_NONE);
	assert_judged(jeanne, "X", "X-Auto-Response-Suppress: none\r\n", MAIL_OF_PERSON, MAIL_WHY_NONE);
	/* A letter of theirs that came back: they write about it. */
	assert_judged(jeanne, "Mon courrier non distribu=C3=A9", "", MAIL_OF_PERSON, MAIL_WHY_NONE);
	/* A form of a web site, which says whom to answer. */
	assert_judged("noreply@formulaire.example", "Signalement", "Reply-To: jeanne@exemple.example\r\n", MAIL_OF_PERSON, MAIL_WHY_NONE);
}

/* Protects against answering machines (RFC 3834). */
static void test_machines(void **state)
{
	(void)state;
	const char *a = "Quelqu'un <a@exemple.example>";
	assert_judged(a, "x", "Auto-Submitted: auto-replied\r\n", MAIL_OF_MACHINE, MAIL_WHY_AUTO_REPLY);
	assert_judged(a, "x", "Auto-Submitted: AUTO-GENERATED; owner-email=\"a\"\r\n", MAIL_OF_MACHINE, MAIL_WHY_AUTO_REPLY);
	assert_judged(a, "x", "Precedence: bulk\r\n", MAIL_OF_MACHINE, MAIL_WHY_LIST);
	assert_judged(a, "x", "Precedence: auto_reply\r\n", MAIL_OF_MACHINE, MAIL_WHY_AUTO_REPLY);
	assert_judged(a, "x", "List-Id: <liste.example>\r\n", MAIL_OF_MACHINE, MAIL_WHY_LIST);
	assert_judged(a, "x", "List-Unsubscribe: <mailto:a@b>\r\n", MAIL_OF_MACHINE, MAIL_WHY_LIST);
	assert_judged(a, "x", "X-Auto-Response-Suppress: All\r\n", MAIL_OF_MACHINE, MAIL_WHY_AUTO_REPLY);
	assert_judged(a, "x", "X-Autoreply: yes\r\n", MAIL_OF_MACHINE, MAIL_WHY_AUTO_REPLY);
	assert_judged(a, "x", "Return-Path: <>\r\n", MAIL_OF_MACHINE, MAIL_WHY_AUTO_REPLY);
	assert_judged(a, "=?utf-8?Q?R=C3=A9ponse_automatique_=3A_cong=C3=A9s?=", "", MAIL_OF_MACHINE, MAIL_WHY_AUTO_REPLY);
	assert_judged(a, "Re: Out of Office", "", MAIL_OF_MACHINE, MAIL_WHY_AUTO_REPLY);
	assert_judged("no-reply@boutique.example", "Votre commande", "", MAIL_OF_MACHINE, MAIL_WHY_AUTO_REPLY);
	assert_judged("MAILER-DAEMON <>", "x", "", MAIL_OF_MACHINE, MAIL_WHY_AUTO_REPLY);
	assert_judged("Contact <CONTACT@metropole.example>", "x", "", MAIL_OF_MACHINE, MAIL_WHY_LOOP);
}

/* Protects replies: our token is found where we wrote it, and nothing else is taken for one. */
static void test_tokens(void **state)
{
	(void)state;
	struct text headers = TEXT_INIT, subject = TEXT_INIT;
	int64_t reference = reference_make(31400032);
	text_addf(&headers, "In-Reply-To: <%lld.K7Q2M9XADE@metropole.example>\r\nReferences: <a@b> <%lld.0000000000@metropole.example>\r\n", (long long)reference, (long long)reference);
	text_addf(&subject, "Re: [%lld-AAAAAAAAA1] [1234567890-K7Q2M9XADE] [%lld-K7Q2M9XADE]", (long long)reference, (long long)reference);
	judge("a@b.example", text_str(&subject), text_str(&headers), "x");
	assert_int_equal(s.token_count, 3);
	assert_string_equal(s.tokens[0].token, "K7Q2M9XADE");
	assert_int_equal(s.tokens[0].reference, reference);
	assert_string_equal(s.tokens[1].token, "0000000000");
	assert_true(s.tokens[2].in_subject);
	done();
	text_done(&headers);
	text_done(&subject);
}

/* Protects answers that did not arrive: whom, for good or not, and which of ours. */
static void test_bounces(void **state)
{
	(void)state;
	struct text body = TEXT_INIT;
	int64_t reference = reference_make(31400032);
	const char *report = "Auto-Submitted: auto-replied\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n";
	text_addf(&body, "--b\r\nContent-Type: text/plain\r\n\r\nD\xE9sol\xE9\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
		"Final-Recipient: rfc822; <jeanne@exemple.example>\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1\r\n  no such \x1b user\r\n\r\n"
		"Final-Recipient: rfc822;paul@exemple.example\r\nAction: delayed\r\nStatus: 4.4.1\r\n"
		"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <%lld.K7Q2M9XADE@metropole.example>\r\n--b--\r\n", (long long)reference);
	judge("MAILER-DAEMON@mx.example", "Undelivered", report, text_str(&body));
	assert_int_equal(s.voice, MAIL_OF_SERVER);
	assert_int_equal(s.failed_count, 2);
	assert_string_equal(s.failed[0].address, "jeanne@exemple.example");
	assert_string_equal(s.failed[0].status, "5.1.1");
	assert_true(s.failed[0].permanent);
	assert_string_equal(s.failed[0].said, "smtp; 550 5.1.1 no such ␛ user");
	assert_true(s.failed[1].delayed && !s.failed[1].permanent);
	assert_int_equal(s.token_count, 1);
	assert_string_equal(s.tokens[0].token, "K7Q2M9XADE");
	done();
	text_done(&body);
	/* It arrived: good news is no bounce. */
	judge("MAILER-DAEMON@mx.example", "Delivered", report, "--b\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\nAction: delivered\r\nStatus: 2.0.0\r\n--b--\r\n");
	assert_int_equal(s.voice, MAIL_OF_MACHINE);
	done();
	/* In a server's own words. */
	judge("Mail Delivery System <mailer-daemon@mx.example>", "failure notice", "", "I'm sorry.\r\n\r\n<jeanne@exemple.example>:\r\nRemote host said: 550 no such user\r\n");
	assert_int_equal(s.voice, MAIL_OF_SERVER);
	assert_string_equal(s.failed[0].address, "jeanne@exemple.example");
	assert_true(s.failed[0].permanent);
	done();
	judge("mailer-daemon@mx.example", "Warning: could not send message for past 4 hours", "", "The message to <jeanne@exemple.example> will be retried.\r\n");
	assert_int_equal(s.voice, MAIL_OF_SERVER);
	assert_true(s.failed[0].delayed && !s.failed[0].permanent);
	done();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_persons), cmocka_unit_test(test_machines), cmocka_unit_test(test_tokens), cmocka_unit_test(test_bounces) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
