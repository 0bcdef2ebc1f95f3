// SPDX-License-Identifier: GPL-3.0-or-later
/* The server on its socket, with clients that mean no good: many connections at once, slow ones, ones that say nothing; and one that
 * takes a page in parts. MANY_CONNECTIONS=10000 for the long form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "guichet/server/http.h"
#include "server_fixture.h"

enum { MANY = 600, SLOW = 120, LIMIT = 60, SPARE_FILES = 200, PATIENCE_S = 100 };

static const char health[] = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

struct served { struct server_fixture *f; struct http *http; int port; };

static void serve(struct served *s, void **state, int connections)
{
	s->f = *state;
	const struct http_options o = { .db = { .sqlite = s->f->path }, .api = { .policy = API_POLICY_INIT, .clock = clock_system(), .random = random_system() },
		.listen = "127.0.0.1:0", .workers = 4, .connections = connections, .idle_s = 3600 };
	signal(SIGPIPE, SIG_IGN);
	db_close(&s->f->db);
	assert_int_equal(http_start(&o, &s->http, &s->f->err), GUICHET_OK);
	s->port = http_port(s->http);
}

static int reach(int port)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The status of the answer; 0: none. The connection stays. */
static int ask(int fd, const char *words)
{
	char bytes[2048];
	size_t length = strlen(words);
	if (fd < 0 || send(fd, words, length, MSG_NOSIGNAL) != (ssize_t)length)
		return 0;
	ssize_t got = recv(fd, bytes, sizeof bytes - 1, 0);
	bytes[got > 0 ? got : 0] = '\0';
	return got > 12 && !strncmp(bytes, "HTTP/1.1 ", 9) ? (int)strtol(bytes + 9, NULL, 10) : 0;
}

static int health_of(int port)
{
	int fd = reach(port), status = ask(fd, health);
	if (fd >= 0)
		close(fd);
	return status;
}

/* In a process of its own, which has its own files: so many connections, each answered once and then left open. How many were; it waits until it is killed. */
static pid_t crowd(int port, int count, int *answered)
{
	int out[2];
	assert_int_equal(pipe(out), 0);
	pid_t pid = fork();
	if (pid == 0) {
		int fine = 0;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (int i = 0; i < count; i++)
			fine += ask(reach(port), health) == 200;
		if (write(out[1], &fine, sizeof fine) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	close(out[1]);
	assert_int_equal(read(out[0], answered, sizeof *answered), sizeof *answered);
	close(out[0]);
	return pid;
}

static void disperse(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Protects: desks by the thousand, each with its connection, and one more is served like the first. */
static void many_connections(void **state)
{
	struct served s;
	struct rlimit files;
	int answered, wanted = getenv("MANY_CONNECTIONS") ? (int)strtol(getenv("MANY_CONNECTIONS"), NULL, 10) : MANY;
	getrlimit(RLIMIT_NOFILE, &files);
	rlim_t needed = (rlim_t)wanted + SPARE_FILES;
	if (files.rlim_cur < needed && setrlimit(RLIMIT_NOFILE, &(struct rlimit){ needed, files.rlim_max }) != 0) {
		fprintf(stderr, "skipped: this machine allows %lu open files\n", (unsigned long)files.rlim_max);
		skip();
	}
	serve(&s, state, wanted + SPARE_FILES);
	pid_t pid = crowd(s.port, wanted, &answered);
	assert_int_equal(answered, wanted);
	assert_int_equal(health_of(s.port), 200);
	disperse(pid);
	assert_int_equal(health_of(s.port), 200);
	http_stop(&s.http);
}

/* Protects: at its limit whoever comes waits, and is served when there is room. */
static void at_its_limit(void **state)
{
	struct served s;
	int answered;
	serve(&s, state, LIMIT);
	pid_t pid = crowd(s.port, LIMIT, &answered);
	assert_int_equal(answered, LIMIT);
	int fd = reach(s.port);
	assert_int_equal(send(fd, health, sizeof health - 1, MSG_NOSIGNAL), sizeof health - 1);
	disperse(pid);
	assert_int_equal(ask(fd, ""), 200);
	close(fd);
	assert_int_equal(health_of(s.port), 200);
	http_stop(&s.http);
}

/* Protects: whoever sends a byte and waits holds a connection, and nobody up. */
static void slow_clients(void **state)
{
	static const char *const beginnings[] = { "", "G", "POST /v1/ops HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{",
		"GET /healthz HTTP/1.1\r\nX-Long: ", "\x16\x03\x01", "POST /v1/ops HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{" };
	struct served s;
	int fds[SLOW];
	serve(&s, state, 4096);
	for (int i = 0; i < SLOW; i++) {
		const char *words = beginnings[i % 6];
		fds[i] = reach(s.port);
		assert_true(fds[i] >= 0);
		assert_int_equal(send(fds[i], words, strlen(words), MSG_NOSIGNAL), strlen(words));
	}
	for (int i = 0; i < 20; i++)
		assert_int_equal(health_of(s.port), 200);
	for (int i = 0; i < SLOW; i += 2)
		close(fds[i]);
	assert_int_equal(health_of(s.port), 200);
	/* It stops although they are still there. */
	http_stop(&s.http);
	for (int i = 1; i < SLOW; i += 2)
		close(fds[i]);
}

/* --- parts of an answer --- */

struct got_back { int status; char range[80], etag[80]; char *body; size_t bytes; };

static void take_header(const char *head, const char *name, char *out, size_t room)
{
	const char *at = strstr(head, name);
	snprintf(out, room, "%.*s", at ? (int)strcspn(at + strlen(name), "\r") : 0, at ? at + strlen(name) : "");
}

/* GET with these headers, on a connection of its own. */
static void get(int port, const char *path, const char *headers, struct got_back *a)
{
	struct text words = TEXT_INIT, all = TEXT_INIT;
	char bytes[4096];
	ssize_t got;
	int fd = reach(port);
	text_addf(&words, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer a-desk\r\n%s\r\n", path, headers);
	assert_int_equal(send(fd, words.data, words.len, MSG_NOSIGNAL), words.len);
	while ((got = recv(fd, bytes, sizeof bytes, 0)) > 0)
		text_addn(&all, bytes, (size_t)got);
	close(fd);
	char *body = strstr(text_str(&all), "\r\n\r\n");
	assert_non_null(body);
	*body = '\0';
	a->status = (int)strtol(all.data + 9, NULL, 10);
	take_header(all.data, "Content-Range: ", a->range, sizeof a->range);
	take_header(all.data, "ETag: ", a->etag, sizeof a->etag);
	a->bytes = all.len - (size_t)(body + 4 - all.data);
	a->body = guichet_strndup(body + 4, a->bytes);
	text_done(&words);
	text_done(&all);
}

/* Protects: a page of a snapshot that was torn off is taken up where it ended, and put together it is the page; one that is another by now comes whole, and what lies beyond
 * its end is refused. */
static void parts_of_a_snapshot(void **state)
{
	static const char snapshot[] = "/v1/snapshot?at=1:0:00000000000000000000000000000000";
	struct served s;
	struct got_back whole, first, rest, other;
	struct server_fixture *f = *state;
	uint8_t hash[32];
	char headers[200], range[80];
	api_token_hash("a-desk", hash);
	assert_int_equal(db_run(f->db, NULL, "INSERT INTO device(id, token, name, role, services, enrolled_ms, seen_ms, version, encrypted, cursor_seq, scope_version, "
		"retired) VALUES(7, ?1, 'n', 'agent', '*', 0, 0, '1', 1, 0, 1, 0)", "b", (const void *)hash, sizeof hash), GUICHET_OK);
	serve(&s, state, 60);
	get(s.port, snapshot, "", &whole);
	assert_int_equal(whole.status, 200);
	assert_true(whole.etag[0] && whole.bytes > 60);
	get(s.port, snapshot, "Range: bytes=0-39\r\n", &first);
	assert_int_equal(first.status, 206);
	snprintf(range, sizeof range, "bytes 0-39/%zu", whole.bytes);
	assert_string_equal(first.range, range);
	assert_int_equal(first.bytes, 40);
	snprintf(headers, sizeof headers, "Range: bytes=40-\r\nIf-Range: %s\r\n", first.etag);
	get(s.port, snapshot, headers, &rest);
	assert_int_equal(rest.status, 206);
	assert_string_equal(rest.etag, whole.etag);
	assert_int_equal(first.bytes + rest.bytes, whole.bytes);
	assert_memory_equal(first.body, whole.body, first.bytes);
	assert_memory_equal(rest.body, whole.body + first.bytes, rest.bytes);
	get(s.port, snapshot, "Range: bytes=40-\r\nIf-Range: \"another\"\r\n", &other);
	assert_int_equal(other.status, 200);
	assert_int_equal(other.bytes, whole.bytes);
	free(other.body);
	snprintf(headers, sizeof headers, "Range: bytes=%zu-\r\n", whole.bytes);
	get(s.port, snapshot, headers, &other);
	assert_int_equal(other.status, 416);
	snprintf(range, sizeof range, "bytes */%zu", whole.bytes);
	assert_string_equal(other.range, range);
	free(other.body);
	snprintf(headers, sizeof headers, "If-None-Match: %s\r\n", whole.etag);
	get(s.port, snapshot, headers, &other);
	assert_int_equal(other.status, 304);
	assert_int_equal(other.bytes, 0);
	free(other.body);
	free(whole.body);
	free(first.body);
	free(rest.body);
	http_stop(&s.http);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(many_connections, server_fixture_sqlite, server_fixture_done),
		cmocka_unit_test_setup_teardown(at_its_limit, server_fixture_sqlite, server_fixture_done),
		cmocka_unit_test_setup_teardown(slow_clients, server_fixture_sqlite, server_fixture_done),
		cmocka_unit_test_setup_teardown(parts_of_a_snapshot, server_fixture_sqlite, server_fixture_done),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
