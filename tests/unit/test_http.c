// SPDX-License-Identifier: GPL-3.0-or-later
/* The server on its socket, with clients that mean no good: many connections at once, slow ones, ones that say nothing. MANY_CONNECTIONS=10000 for the long form. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(many_connections, server_fixture_sqlite, server_fixture_done),
		cmocka_unit_test_setup_teardown(at_its_limit, server_fixture_sqlite, server_fixture_done),
		cmocka_unit_test_setup_teardown(slow_clients, server_fixture_sqlite, server_fixture_done),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
