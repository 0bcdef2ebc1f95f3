// SPDX-License-Identifier: GPL-3.0-or-later
/* What mail servers answer, over a real connection on loopback: the first byte says which (i: a mailbox, s: a relay), then come their answers, each ended by a line "%%":
 * one as somebody connects, one for each line that is said to them; @@ is the tag of what was asked. Reading and sending end, and what they say of it is fit to be
 * shown and kept. */
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guichet/base/text.h"
#include "guichet/base/utf8.h"
#include "guichet/mail/imap.h"
#include "guichet/mail/smtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* PAUSE_MS: who says nothing gets the next answer anyway. */
enum { PAUSE_MS = 3, ASKED = 4096, PATIENCE_S = 2, WHOLE_MAX = 4096 };

static char folder[64];
static struct store *store;
static uint64_t seed = 1;
static int64_t now_ms = 1795000000000;
static int listening = -1, port;

#define check(holds) check_that(holds, #holds)

static void check_that(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

static void check_words(const char *s)
{
	check(utf8_valid(s, strlen(s), NULL));
	for (; *s; s++)
		check((unsigned char)*s >= ' ' && *s != 0x7F);
}

/* --- a store beside which messages are written, and a port --- */

static void put_away(void)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };
	char path[80];
	store_close(&store);
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		snprintf(path, sizeof path, "%s/s.db%s", folder, suffixes[i]);
		unlink(path);
	}
	rmdir(folder);
}

static void prepare(void)
{
	struct catalogue_source source = { 0 };
	struct guichet_err err = { 0 };
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof at;
	char path[80];
	if (store)
		return;
	snprintf(folder, sizeof folder, "%s/guichet-fuzz-XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	check(mkdtemp(folder) != NULL);
	snprintf(path, sizeof path, "%s/s.db", folder);
	const struct store_options o = { .clock = clock_fixed(&now_ms), .random = random_seeded(&seed) };
	if (catalogue_read_folder("data/catalogue", &source, &err) || store_create(path, &source, true, &o, &err) || store_open(path, &o, &store, &err)) {
		fprintf(stderr, "%s\n", err.message);
		abort();
	}
	catalogue_source_done(&source);
	atexit(put_away);
	listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	check(listening >= 0 && !bind(listening, (struct sockaddr *)&at, sizeof at) && !listen(listening, 4) &&
		!getsockname(listening, (struct sockaddr *)&at, &size));
	port = ntohs(at.sin_port);
}

/* --- the server --- */

struct answers { const char *at, *end; int stop[2]; };

/* The next answer into `out`; false: there is none. */
static bool next_answer(struct answers *s, const char *tag, struct text *out)
{
	text_clear(out);
	if (s->at == s->end)
		return false;
	const char *mark = memmem(s->at, (size_t)(s->end - s->at), "%%\n", 3), *stop = mark ? mark : s->end;
	for (; s->at < stop; s->at++) {
		if (stop - s->at >= 2 && !memcmp(s->at, "@@", 2)) {
			text_add(out, tag);
			s->at++;
		} else {
			text_addc(out, *s->at);
		}
	}
	s->at += mark ? 3 : 0;
	return true;
}

static bool stopped(struct answers *s, int fd, int ms)
{
	struct pollfd fds[] = { { s->stop[0], POLLIN, 0 }, { fd, POLLIN, 0 } };
	poll(fds, 2, ms);
	return fds[0].revents != 0;
}

/* One line, or what came until it paused. False: the line is cut. */
static bool listen_to(struct answers *s, int fd, bool message, char asked[ASKED])
{
	size_t n = 0;
	for (;;) {
		char c;
		struct pollfd one = { fd, POLLIN, 0 };
		if (poll(&one, 1, 0) == 0 && (stopped(s, fd, PAUSE_MS) || poll(&one, 1, 0) == 0))
			break;
		if (recv(fd, &c, 1, 0) != 1)
			return false;
		if (n < ASKED - 1)
			asked[n++] = c;
		asked[n] = '\0';
		if (c == '\n' && (!message || (n >= 5 && !memcmp(asked + n - 5, "\r\n.\r\n", 5)) || n == ASKED - 1))
			break;
	}
	asked[n] = '\0';
	return true;
}

static void serve(struct answers *s, int fd)
{
	char asked[ASKED] = "", tag[32] = "*";
	struct text answer = TEXT_INIT;
	while (next_answer(s, tag, &answer)) {
		if (answer.len && send(fd, answer.data, answer.len, MSG_NOSIGNAL) < 0)
			break;
		if (!listen_to(s, fd, !strncmp(text_str(&answer), "354", 3), asked))
			break;
		snprintf(tag, sizeof tag, "%.*s", (int)strcspn(asked, " \r\n"), asked);
	}
	text_done(&answer);
}

static void *serve_all(void *context)
{
	struct answers *s = context;
	while (!stopped(s, listening, -1)) {
		int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		serve(s, fd);
		close(fd);
	}
	return NULL;
}

/* --- who asks --- */

static enum guichet_rc take(void *context, const struct imap_message *m, struct guichet_err *err)
{
	char bytes[WHOLE_MAX + 1] = "";
	size_t *taken = context;
	ssize_t n = read(m->fd, bytes, sizeof bytes);
	++*taken;
	check(n >= 0 && n <= WHOLE_MAX && (!m->whole || n == m->bytes) && m->uid > 0);
	return bytes[0] == 'D' ? guichet_err_set(err, GUICHET_DATA, "%s", "D") : bytes[0] == 'L' ? guichet_err_set(err, GUICHET_LOCKED, "%s", "L") : GUICHET_OK;
}

static void read_mailbox(const struct mail_server *server)
{
	const struct imap_options o = { .server = server, .done_folder = "Traités", .whole_max = WHOLE_MAX };
	struct imap_report r;
	struct guichet_err err = { 0 };
	size_t taken = 0;
	char *name = mail_server_name(server);
	/* Nothing is known of what another input said. */
	check(mailbox_open(store, name, 1, NULL) == GUICHET_OK && mailbox_open(store, name, 2, NULL) == GUICHET_OK);
	imap_fetch(store, &o, take, &taken, &r, &err);
	check_words(err.message);
	check(r.taken + r.left <= (int64_t)taken && r.unmoved <= r.taken);
	free(name);
}

static void send_message(const struct mail_server *server)
{
	const struct smtp_message m = { "contact@verte.example", "lea@example.org", "Subject: x\r\n\r\n.x\r\n", 18 };
	struct smtp_answer a;
	struct smtp *smtp;
	struct guichet_err err = { 0 };
	check(smtp_open(server, &smtp, &err) == GUICHET_OK);
	for (int i = 0; i < 2; i++) {
		enum guichet_rc rc = smtp_send(smtp, &m, &a, &err);
		check_words(err.message);
		check_words(a.words);
		check(a.code == 0 || (a.code >= 400 && a.code < 600));
		check(rc == GUICHET_OK || a.end == SMTP_LATER || a.end == SMTP_UNKNOWN);
	}
	smtp_close(&smtp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mail_server server;
	char url[80];
	pthread_t thread;
	if (size < 1)
		return 0;
	prepare();
	struct answers script = { (const char *)data + 1, (const char *)data + size, { -1, -1 } };
	bool mailbox = data[0] == 'i';
	snprintf(url, sizeof url, mailbox ? "imap://agent@127.0.0.1:%d/" : "smtp://127.0.0.1:%d", port);
	check(mail_server_parse(url, mailbox ? MAIL_IMAP : MAIL_SMTP, &server, NULL) == GUICHET_OK);
	server.password = guichet_strdup(mailbox ? "x" : "");
	server.patience_s = PATIENCE_S;
	check(pipe(script.stop) == 0);
	check(pthread_create(&thread, NULL, serve_all, &script) == 0);
	if (mailbox)
		read_mailbox(&server);
	else
		send_message(&server);
	close(script.stop[1]);
	pthread_join(thread, NULL);
	close(script.stop[0]);
	mail_server_done(&server);
	return 0;
}
