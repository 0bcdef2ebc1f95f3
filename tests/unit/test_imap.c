// SPDX-License-Identifier: GPL-3.0-or-later
/* Reading a mailbox: on a real Dovecot, and on a server that misbehaves. What is handed over, what is moved, what is
 * said when something goes wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "guichet/mail/imap.h"
#include "mail_fixture.h"
#include "store_fixture.h"

static struct mail_fixture dovecot;

#define HELLO "From: Lea <lea@example.org>\r\nSubject: Un trou\r\n\r\nBonjour.\r\n"

/* What the taker saw, and what it is to answer. */
struct taken {
	size_t count;
	int64_t bytes;
	bool whole;
	int tries;
	char first[64];
	enum guichet_rc answer;
};

static enum guichet_rc take(void *context, const struct imap_message *m, struct guichet_err *err)
{
	struct taken *t = context;
	t->whole = m->whole;
	t->bytes = m->bytes;
	t->tries = m->tries;
	ssize_t n = read(m->fd, t->first, sizeof t->first - 1);
	assert_true(n >= 0);
	t->first[n] = '\0';
	t->count++;
	return t->answer ? guichet_err_set(err, t->answer, "refused") : GUICHET_OK;
}

static enum guichet_rc fetch(struct store_fixture *s, const struct mail_server *server, int64_t whole_max,
	struct taken *t, struct imap_report *r)
{
	const struct imap_options o = {.server = server, .done_folder = "Traités", .whole_max = whole_max};
	memset(&s->err, 0, sizeof s->err);
	return imap_fetch(s->store, &o, take, t, r, &s->err);
}

static void need_dovecot(void)
{
	if (dovecot.pid <= 0)
		skip();
}

/* --- addresses --- */

/* Protects: the address of the configuration is read as it is meant, and a password in it is neither accepted nor
 * shown. */
static void test_addresses(void **state)
{
	struct mail_server s;
	struct guichet_err err;
	(void)state;
	assert_int_equal(
		mail_server_parse("imaps://contact@verte.fr@mail.verte.fr/Entr%C3%A9e", MAIL_IMAP, &s, &err), GUICHET_OK);
	assert_string_equal(s.user, "contact@verte.fr");
	assert_string_equal(s.host, "mail.verte.fr");
	assert_string_equal(s.folder, "Entrée");
	assert_int_equal(s.port, 993);
	assert_true(s.tls && !s.local);
	mail_server_done(&s);
	assert_int_equal(mail_server_parse("smtp://[::1]:2525", MAIL_SMTP, &s, &err), GUICHET_OK);
	assert_true(!s.tls && s.local && !s.user && s.port == 2525);
	mail_server_done(&s);
	static const char *const wrong[] = {"", "http://a/", "imaps://host/", "imaps://u:secret@host/", "imaps://u@/",
		"imaps://u@ho st/", "imaps://u@host:0/", "imaps://u@host:70000/", "imaps://u%0d%0aX@host/",
		"imaps://u@host/a%0aLOGOUT", "smtps://u@host/x", "imaps://u@host:99999999999999999999/"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		enum mail_protocol p = wrong[i][0] == 's' ? MAIL_SMTP : MAIL_IMAP;
		assert_int_equal(mail_server_parse(wrong[i], p, &s, &err), GUICHET_CONFIG);
		assert_null(strstr(err.message, "secret"));
		mail_server_done(&s);
	}
}

/* Protects: a password that others may read is not taken, and says so. */
static void test_password_rights(void **state)
{
	struct store_fixture *f = *state;
	struct mail_server s;
	char path[160];
	fixture_path(f, "motdepasse", path);
	assert_int_equal(mail_server_parse("imaps://u@host/", MAIL_IMAP, &s, &f->err), GUICHET_OK);
	FILE *out = fopen(path, "w");
	fputs("sésame\nrest\n", out);
	fclose(out);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(mail_server_password(&s, path, &f->err), GUICHET_CONFIG);
	assert_non_null(strstr(f->err.message, "chmod 600"));
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(mail_server_password(&s, path, &f->err), GUICHET_OK);
	assert_string_equal(s.password, "sésame");
	mail_server_done(&s);
}

/* Protects: folders with accents are the same folders for IMAP. */
static void test_folder_names(void **state)
{
	static const char *const names[][2] = {{"Traites", "Traites"}, {"Traités", "Trait&AOk-s"}, {"R&D", "R&-D"},
		{"台北", "&U,BTFw-"}, {"é😀a", "&AOnYPd4A-a"}};
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct text t = TEXT_INIT;
		imap_folder_encode(names[i][0], &t);
		assert_string_equal(text_str(&t), names[i][1]);
		text_done(&t);
	}
}

/* --- on a real server --- */

/* Protects: what came is handed over once, whole, and moved to a folder that was not there; nothing is deleted. */
static void test_reads_and_moves(void **state)
{
	struct store_fixture *f = *state;
	struct mail_server server;
	struct taken t = {0};
	struct imap_report r;
	need_dovecot();
	mail_deliver(&dovecot, "1.a", HELLO);
	mail_deliver(&dovecot, "2.b", HELLO);
	mail_server_at(&dovecot, "imaps", "/INBOX", true, &server);
	enum guichet_rc rc = fetch(f, &server, 0, &t, &r);
	if (rc)
		fail_msg("%s", f->err.message);
	assert_int_equal(t.count, 2);
	assert_int_equal(r.taken, 2);
	assert_int_equal(r.unmoved, 0);
	assert_true(t.whole && t.bytes == (int64_t)strlen(HELLO));
	assert_memory_equal(t.first, HELLO, 40);
	assert_int_equal(mail_count(&dovecot, "mail/agent/.Trait&AOk-s/cur"), 2);
	assert_int_equal(mail_count(&dovecot, "mail/agent/cur") + mail_count(&dovecot, "mail/agent/new"), 0);
	assert_int_equal(fetch(f, &server, 0, &t, &r), GUICHET_OK);
	assert_int_equal(t.count, 2);
	mail_server_done(&server);
}

/* Protects: STARTTLS is taken where it is offered, on this machine too, and its certificate is checked. */
static void test_starttls(void **state)
{
	struct store_fixture *f = *state;
	struct mail_server server;
	struct taken t = {0};
	struct imap_report r;
	need_dovecot();
	mail_deliver(&dovecot, "3.c", HELLO);
	mail_server_at(&dovecot, "imap", "/INBOX", false, &server);
	assert_int_equal(fetch(f, &server, 0, &t, &r), GUICHET_UNAVAILABLE);
	assert_non_null(strstr(f->err.message, "n'est pas sûre"));
	assert_int_equal(t.count, 0);
	mail_server_done(&server);
	mail_server_at(&dovecot, "imap", "/INBOX", true, &server);
	assert_int_equal(fetch(f, &server, 0, &t, &r), GUICHET_OK);
	assert_int_equal(t.count, 1);
	mail_server_done(&server);
}

/* Protects: what the taker could not make durable stays in the mailbox; one that it can't take at all keeps nobody
 * else waiting, and is given up after some tries; a full disk ends the reading and costs no try. */
static void test_not_taken(void **state)
{
	struct store_fixture *f = *state;
	struct mail_server server;
	struct taken t = {.answer = GUICHET_IO};
	struct imap_report r;
	need_dovecot();
	mail_deliver(&dovecot, "4.d", HELLO);
	mail_deliver(&dovecot, "5.e", HELLO);
	mail_server_at(&dovecot, "imaps", "/INBOX", true, &server);
	for (int i = 0; i < IMAP_TRIES + 1; i++)
		assert_int_equal(fetch(f, &server, 0, &t, &r), GUICHET_IO);
	assert_int_equal(t.count, IMAP_TRIES + 1);
	t = (struct taken){.answer = GUICHET_DATA};
	for (int i = 0; i < IMAP_TRIES; i++) {
		assert_int_equal(fetch(f, &server, 0, &t, &r), GUICHET_DATA);
		assert_int_equal(r.failed, 2);
		assert_int_equal(t.tries, i);
	}
	t = (struct taken){0};
	assert_int_equal(fetch(f, &server, 0, &t, &r), GUICHET_DATA);
	assert_int_equal(t.count, 0);
	assert_non_null(strstr(f->err.message, "3 fois"));
	assert_int_equal(mail_count(&dovecot, "mail/agent/cur") + mail_count(&dovecot, "mail/agent/new"), 2);
	unlink(mail_path(&dovecot, "mail/agent/dovecot-uidlist"));
	mail_server_done(&server);
}

static long peak_kib(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

/* Protects: memory does not follow the size of a message; one over the limit is told by its header, once, and stays
 * where it is. */
static void test_large(void **state)
{
	enum { BYTES = 48 * 1024 * 1024, LIMIT_KIB = 24 * 1024 };
	struct store_fixture *f = *state;
	struct mail_server server;
	struct taken t = {0};
	struct imap_report r;
	need_dovecot();
	mail_server_at(&dovecot, "imaps", "/INBOX", true, &server);
	assert_int_equal(fetch(f, &server, 0, &t, &r), GUICHET_OK);
	mail_deliver_long(&dovecot, "6.f", HELLO, BYTES);
	long before = peak_kib();
	t = (struct taken){0};
	assert_int_equal(fetch(f, &server, 1024 * 1024, &t, &r), GUICHET_OK);
	assert_true(t.count == 1 && !t.whole && t.bytes >= BYTES);
	assert_int_equal(r.left, 1);
	assert_memory_equal(t.first, HELLO, 30);
	assert_int_equal(fetch(f, &server, 1024 * 1024, &t, &r), GUICHET_OK);
	assert_int_equal(t.count, 1);
	/* In another store nobody knows of it: there it is read whole. */
	struct store_fixture *other = fixture_new(false);
	t = (struct taken){0};
	assert_int_equal(fetch(other, &server, 0, &t, &r), GUICHET_OK);
	assert_true(t.count == 1 && t.whole && t.bytes >= BYTES);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what was freed */
	assert_in_range(peak_kib() - before, 0, LIMIT_KIB);
#else
	(void)before;
#endif
	fixture_free(&other);
	mail_server_done(&server);
}

/* Protects: a wrong password and a folder that is not there are said as what they are. */
static void test_refused(void **state)
{
	struct store_fixture *f = *state;
	struct mail_server server;
	struct taken t = {0};
	struct imap_report r;
	need_dovecot();
	mail_server_at(&dovecot, "imaps", "/INBOX", true, &server);
	memcpy(server.password, "wrong!", 6);
	assert_int_equal(fetch(f, &server, 0, &t, &r), GUICHET_CONFIG);
	assert_non_null(strstr(f->err.message, "password_file"));
	assert_null(strstr(f->err.message, "wrong!"));
	mail_server_done(&server);
	mail_server_at(&dovecot, "imaps", "/Ailleurs", true, &server);
	assert_int_equal(fetch(f, &server, 0, &t, &r), GUICHET_CONFIG);
	assert_non_null(strstr(f->err.message, "Ailleurs"));
	mail_server_done(&server);
}

/* Protects: a certificate that has expired is not accepted, and the message says that it has. */
static void test_expired(void **state)
{
	struct store_fixture *f = *state;
	struct mail_fixture old = {0};
	struct mail_server server;
	struct taken t = {0};
	struct imap_report r;
	need_dovecot();
	setenv("EXPIRED", "1", 1);
	bool started = mail_start(&old, "dovecot", "imaps.port", NULL);
	unsetenv("EXPIRED");
	assert_true(started);
	mail_server_at(&old, "imaps", "/INBOX", true, &server);
	assert_int_equal(fetch(f, &server, 0, &t, &r), GUICHET_UNAVAILABLE);
	assert_non_null(strstr(f->err.message, "expired"));
	mail_server_done(&server);
	mail_stop(&old);
}

/* Protects: a server without MOVE is served by COPY and UID EXPUNGE. */
static void test_without_move(void **state)
{
	static const char *const words[] = {"imap_capability = IMAP4rev1 UIDPLUS", NULL};
	struct store_fixture *f = *state;
	struct mail_fixture plain = {0};
	struct mail_server server;
	struct taken t = {0};
	struct imap_report r;
	need_dovecot();
	assert_true(mail_start(&plain, "dovecot", "imaps.port", words));
	mail_deliver(&plain, "1.a", HELLO);
	mail_server_at(&plain, "imaps", "/INBOX", true, &server);
	assert_int_equal(fetch(f, &server, 0, &t, &r), GUICHET_OK);
	assert_int_equal(mail_count(&plain, "mail/agent/.Trait&AOk-s/cur"), 1);
	assert_int_equal(mail_count(&plain, "mail/agent/cur") + mail_count(&plain, "mail/agent/new"), 0);
	mail_server_done(&server);
	mail_stop(&plain);
}

/* --- on a bad one --- */

static enum guichet_rc fetch_badly(
	struct store_fixture *s, const char *how, int visits, struct taken *t, struct imap_report *r, struct text *asked)
{
	const char *const words[] = {how, NULL};
	struct mail_fixture bad = {0};
	struct mail_server server;
	enum guichet_rc rc = GUICHET_OK;
	size_t bytes;
	if (!mail_start(&bad, "bad_imap", "imap.port", words)) {
		mail_stop(&bad);
		skip();
	}
	mail_server_at(&bad, "imap", "/INBOX", false, &server);
	server.patience_s = strcmp(how, "stall") ? 0 : 2;
	for (int i = 0; i < visits; i++)
		rc = fetch(s, &server, strcmp(how, "small") ? 0 : 50000, t, r);
	char *log = mail_file(&bad, "asked", &bytes);
	text_add(asked, log);
	free(log);
	mail_server_done(&server);
	mail_stop(&bad);
	return rc;
}

/* Protects: half a message is none: a line that breaks or falls silent in the middle hands nothing over, and says
 * that the server failed. */
static void test_broken_line(void **state)
{
	static const char *const hows[] = {"drop", "stall"};
	struct store_fixture *f = *state;
	for (size_t i = 0; i < 2; i++) {
		struct taken t = {0};
		struct imap_report r;
		struct text asked = TEXT_INIT;
		assert_int_equal(fetch_badly(f, hows[i], 1, &t, &r, &asked), GUICHET_UNAVAILABLE);
		assert_int_equal(t.count, 0);
		assert_true(f->err.retryable);
		assert_null(strstr(text_str(&asked), "MOVE"));
		text_done(&asked);
	}
}

/* Protects: where there is no room to move it to, a message is not read again at every visit, and the reason is
 * said. */
static void test_no_room(void **state)
{
	struct store_fixture *f = *state;
	struct taken t = {0};
	struct imap_report r;
	struct text asked = TEXT_INIT;
	assert_int_equal(fetch_badly(f, "full", 3, &t, &r, &asked), GUICHET_IO);
	assert_int_equal(t.count, 1);
	assert_int_equal(r.unmoved, 1);
	assert_non_null(strstr(f->err.message, "OVERQUOTA"));
	text_done(&asked);
}

/* Protects: a size that is a lie does not pass the limit; UIDs of another UIDVALIDITY are other messages. */
static void test_lies(void **state)
{
	struct store_fixture *f = *state;
	struct taken t = {0};
	struct imap_report r;
	struct text asked = TEXT_INIT;
	assert_int_equal(fetch_badly(f, "small", 1, &t, &r, &asked), GUICHET_OK);
	assert_true(t.count == 1 && !t.whole);
	t = (struct taken){0};
	assert_int_equal(fetch_badly(f, "moved", 2, &t, &r, &asked), GUICHET_OK);
	assert_int_equal(t.count, 2);
	text_done(&asked);
}

static int start(void **state)
{
	(void)state;
	mail_start(&dovecot, "dovecot", "imaps.port", NULL);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	mail_stop(&dovecot);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test_setup_teardown(test_password_rights, fixture_setup, fixture_teardown),
		cmocka_unit_test(test_folder_names),
		cmocka_unit_test_setup_teardown(test_reads_and_moves, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_starttls, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_large, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_refused, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_expired, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_without_move, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_not_taken, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_broken_line, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_no_room, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_lies, fixture_setup, fixture_teardown),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
