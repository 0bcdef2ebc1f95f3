// SPDX-License-Identifier: GPL-3.0-or-later
/* Handing mail to a real relay: what is taken, what is refused and by whose fault, what may be tried again, and what
 * nobody knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "guichet/mail/smtp.h"
#include "mail_fixture.h"

static struct mail_fixture sink;
static struct mail_server relay;

#define US "contact@verte.example"
#define BODY "From: " US "\r\nSubject: Accus\xc3\xa9\r\n\r\n.a dot first\r\n..two\r\nend\r\n"

static int start(void **state)
{
	struct mail_fixture certificates = {0};
	(void)state;
	/* Its certificate is all that is wanted of it. */
	if (!mail_start(&certificates, "dovecot", "imaps.port", NULL)) {
		mail_stop(&certificates);
		return 0;
	}
	mail_folder(&sink);
	mail_share_certificate(&certificates, &sink);
	mail_stop(&certificates);
	if (mail_start(&sink, "sink", "smtps.port", NULL))
		mail_server_at(&sink, "smtps", "", true, &relay);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	mail_server_done(&relay);
	mail_stop(&sink);
	return 0;
}

static enum guichet_rc send_to(
	const struct mail_server *server, const char *from, const char *to, struct smtp_answer *a, struct guichet_err *err)
{
	const struct smtp_message m = {from, to, BODY, strlen(BODY)};
	struct smtp *s;
	*err = (struct guichet_err){0};
	assert_int_equal(smtp_open(server, &s, err), GUICHET_OK);
	enum guichet_rc rc = smtp_send(s, &m, a, err);
	smtp_close(&s);
	return rc;
}

static void need_sink(void)
{
	if (sink.pid <= 0)
		skip();
}

/* Protects: what is sent arrives byte for byte, to the one it is for, over TLS and over STARTTLS; several go over
 * one connection. */
static void test_sent(void **state)
{
	struct guichet_err err = {0};
	struct smtp_answer a;
	struct mail_server starttls;
	struct smtp *s;
	size_t bytes;
	(void)state;
	need_sink();
	const struct smtp_message m = {US, "lea@example.org", BODY, strlen(BODY)};
	assert_int_equal(smtp_open(&relay, &s, &err), GUICHET_OK);
	for (int i = 0; i < 3; i++) {
		if (smtp_send(s, &m, &a, &err))
			fail_msg("%s", err.message);
		assert_int_equal(a.end, SMTP_SENT);
	}
	smtp_close(&s);
	mail_server_at(&sink, "smtp", "", true, &starttls);
	if (send_to(&starttls, US, "lea@example.org", &a, &err))
		fail_msg("%s", err.message);
	assert_int_equal(mail_count(&sink, "sent"), 4);
	char *came = mail_file(&sink, "sent/0004.eml", &bytes);
	assert_string_equal(came, "X-Envelope-From: " US "\r\nX-Envelope-To: lea@example.org\r\n" BODY);
	free(came);
	mail_server_done(&starttls);
}

/* Protects: a recipient that does not exist is told from one that may be tried again, and the relay's words are
 * kept; the next message goes. */
static void test_refused(void **state)
{
	static const struct {
		const char *to;
		enum smtp_end end;
		int code;
		const char *words;
	} cases[] = {
		{"refuse@example.org", SMTP_REFUSED, 550, "nobody of that name"},
		{"full@example.org", SMTP_REFUSED, 552, "mailbox full"},
		{"later@example.org", SMTP_LATER, 451, "not now"},
		{"busy@example.org", SMTP_LATER, 452, "full for now"},
		{"big@example.org", SMTP_REFUSED, 552, "too big"},
		{"lea@example.org", SMTP_SENT, 0, ""},
		{"greylist@example.org", SMTP_LATER, 450, "greylisted"},
		{"greylist@example.org", SMTP_SENT, 0, ""},
	};
	struct guichet_err err = {0};
	struct smtp_answer a;
	struct smtp *s;
	(void)state;
	need_sink();
	assert_int_equal(smtp_open(&relay, &s, &err), GUICHET_OK);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct smtp_message m = {US, cases[i].to, BODY, strlen(BODY)};
		assert_int_equal(smtp_send(s, &m, &a, &err), GUICHET_OK);
		assert_int_equal(a.end, cases[i].end);
		assert_int_equal(a.code, cases[i].code);
		assert_non_null(strstr(a.words, cases[i].words));
	}
	smtp_close(&s);
}

/* Protects: an address cannot bring a second recipient or another command along. */
static void test_hostile_addresses(void **state)
{
	static const char *const bad[] = {
		"", "lea", "@example.org", "lea@", "a@b>\r\nDATA", "a@b,c@d", "a b@c", "<a@b>", "a@b@c.example", "a@b\nRCPT TO:<x@y>"};
	struct guichet_err err;
	struct smtp_answer a;
	(void)state;
	need_sink();
	size_t before = mail_count(&sink, "sent");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(send_to(&relay, US, bad[i], &a, &err), GUICHET_OK);
		assert_int_equal(a.end, SMTP_REFUSED);
		assert_int_equal(send_to(&relay, bad[i], "lea@example.org", &a, &err), GUICHET_CONFIG);
	}
	assert_int_equal(mail_count(&sink, "sent"), before);
}

/* Protects: a message that was handed over whole and not answered for is neither sent nor not sent. */
static void test_unknown_end(void **state)
{
	struct guichet_err err;
	struct smtp_answer a;
	(void)state;
	need_sink();
	assert_int_equal(send_to(&relay, US, "dumb@example.org", &a, &err), GUICHET_UNAVAILABLE);
	assert_int_equal(a.end, SMTP_UNKNOWN);
}

/* Protects: a line that breaks before all of a message was handed over sent nothing, and that is known. */
static void test_broken_line(void **state)
{
	enum { LARGE = 16 * 1024 * 1024 };
	struct guichet_err err = {0};
	struct smtp_answer a;
	struct smtp *s;
	(void)state;
	need_sink();
	size_t before = mail_count(&sink, "sent");
	char *large = malloc(LARGE);
	assert_non_null(large);
	for (size_t i = 0; i < LARGE; i += 64)
		memcpy(large + i, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n", 64);
	const struct smtp_message m = {US, "cut@example.org", large, LARGE};
	assert_int_equal(smtp_open(&relay, &s, &err), GUICHET_OK);
	assert_int_equal(smtp_send(s, &m, &a, &err), GUICHET_UNAVAILABLE);
	assert_int_equal(a.end, SMTP_LATER);
	const struct smtp_message next = {US, "lea@example.org", BODY, strlen(BODY)};
	assert_int_equal(smtp_send(s, &next, &a, &err), GUICHET_OK);
	assert_int_equal(a.end, SMTP_SENT);
	assert_int_equal(mail_count(&sink, "sent"), before + 1);
	smtp_close(&s);
	free(large);
}

/* Protects: nothing is sent over a line whose certificate has expired, and the message says that it has. */
static void test_expired(void **state)
{
	struct mail_fixture certificates = {0}, old = {0};
	struct mail_server server;
	struct guichet_err err;
	struct smtp_answer a;
	(void)state;
	need_sink();
	setenv("EXPIRED", "1", 1);
	bool started = mail_start(&certificates, "dovecot", "imaps.port", NULL);
	unsetenv("EXPIRED");
	assert_true(started);
	mail_folder(&old);
	mail_share_certificate(&certificates, &old);
	mail_stop(&certificates);
	assert_true(mail_start(&old, "sink", "smtps.port", NULL));
	mail_server_at(&old, "smtps", "", true, &server);
	assert_int_equal(send_to(&server, US, "lea@example.org", &a, &err), GUICHET_UNAVAILABLE);
	assert_int_equal(a.end, SMTP_LATER);
	assert_non_null(strstr(err.message, "expired"));
	assert_int_equal(mail_count(&old, "sent"), 0);
	mail_server_done(&server);
	mail_stop(&old);
}

/* Protects: what is the relay's doing, or our own, is nobody's refusal of an answer. */
static void test_not_the_recipient(void **state)
{
	struct guichet_err err;
	struct smtp_answer a;
	struct mail_server other;
	(void)state;
	need_sink();
	assert_int_equal(send_to(&relay, "stranger@verte.example", "lea@example.org", &a, &err), GUICHET_CONFIG);
	assert_int_equal(a.end, SMTP_LATER);
	assert_non_null(strstr(err.message, "not you"));
	FILE *closed = fopen(mail_path(&sink, "closed"), "w");
	fclose(closed);
	assert_int_equal(send_to(&relay, US, "lea@example.org", &a, &err), GUICHET_UNAVAILABLE);
	assert_int_equal(a.end, SMTP_LATER);
	unlink(mail_path(&sink, "closed"));
	mail_server_at(&sink, "smtps", "", true, &other);
	memcpy(other.password, "wrong!", 6);
	assert_int_equal(send_to(&other, US, "lea@example.org", &a, &err), GUICHET_CONFIG);
	assert_int_equal(a.end, SMTP_LATER);
	assert_non_null(strstr(err.message, "password_file"));
	mail_server_done(&other);
	mail_server_at(&sink, "smtps", "", false, &other);
	assert_int_equal(send_to(&other, US, "lea@example.org", &a, &err), GUICHET_UNAVAILABLE);
	assert_non_null(strstr(err.message, "n'est pas sûre"));
	mail_server_done(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sent),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_hostile_addresses),
		cmocka_unit_test(test_unknown_end),
		cmocka_unit_test(test_broken_line),
		cmocka_unit_test(test_expired),
		cmocka_unit_test(test_not_the_recipient),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
