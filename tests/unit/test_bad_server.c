// SPDX-License-Identifier: GPL-3.0-or-later
/* A desk whose server answers what no server should, on a real socket: bombs in each coding, bodies and headers without
 * end, torn ones, redirections, words that are no HTTP. Nothing that was typed is lost, nothing is taken in, no memory
 * is filled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "guichet/sync/transport.h"
#include "guichet/wire/pack.h"
#include "store_fixture.h"

enum reply { GZIP_BOMB, ZSTD_BOMB, ZSTD_WINDOW, NOT_PACKED, ENDLESS_BODY, ENDLESS_HEADERS, NO_HTTP, NOTHING, DEEP, ELSEWHERE, EMPTY, TORN, PART,
	LATER, NO_TEXT, UPGRADE, ANSWERS };
static const char *const names[ANSWERS] = { "gzip bomb", "zstd bomb", "zstd window of 2 GiB", "not packed", "endless body", "endless headers", "no HTTP",
	"nothing", "deep JSON", "redirection", "empty", "torn", "a part of nothing", "much later", "no text", "upgrade" };
enum { MIB = 1024 * 1024, BOMB_MIB = 1024, GZIP_MIB = 64 /* twice what is taken */, DEPTH = 60000, ASKED_MAX = 50, PEAK_MIB = 600 };

/* What the false server and the test share. */
struct shared { _Atomic int answer, served, elsewhere; };
struct bad { struct store_fixture *f; struct shared *shared; pid_t pid; int port, before /* served */; };

/* --- the false server, in a process of its own --- */

static bool put(int fd, const void *bytes, size_t count)
{
	for (const char *at = bytes; count > 0;) {
		ssize_t sent = send(fd, at, count, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		at += sent;
		count -= (size_t)sent;
	}
	return true;
}

static void say(int fd, const char *words)
{
	put(fd, words, strlen(words));
}

/* Reads a call; true when it is for the address that the redirection names. */
static bool hear(int fd)
{
	char bytes[64 * 1024];
	size_t length = 0;
	const struct timeval patience = { .tv_sec = 20 };
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	bytes[0] = '\0';
	while (length < sizeof bytes - 1 && !strstr(bytes, "\r\n\r\n")) {
		ssize_t got = recv(fd, bytes + length, sizeof bytes - 1 - length, 0);
		if (got <= 0)
			break;
		length += (size_t)got;
		bytes[length] = '\0';
	}
	return strstr(bytes, "/elsewhere") != NULL;
}

static void send_zstd(int fd, uint8_t window)
{
	const uint8_t head[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, window };
	const uint32_t rle = 1u << 1 | (128u * 1024) << 3;
	const uint8_t block[] = { (uint8_t)rle, (uint8_t)(rle >> 8), (uint8_t)(rle >> 16), ' ' };
	say(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: zstd\r\nConnection: close\r\n\r\n");
	put(fd, head, sizeof head);
	for (int i = 0; i < BOMB_MIB * 8 && put(fd, block, sizeof block); i++)
		continue;
}

static void send_gzip(int fd)
{
	struct text nothing = { .cap = (size_t)2 * GZIP_MIB * MIB }, packed = TEXT_INIT;
	char *zeros = calloc(1, MIB);
	say(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n");
	for (int i = 0; zeros && i < GZIP_MIB; i++)
		text_addn(&nothing, zeros, MIB);
	wire_pack(WIRE_GZIP, text_str(&nothing), nothing.len, &packed);
	put(fd, text_str(&packed), packed.len);
	text_done(&nothing);
	text_done(&packed);
	free(zeros);
}

static void send_endless(int fd, const char *piece)
{
	struct text many = TEXT_INIT;
	while (many.len < 64 * 1024)
		text_add(&many, piece);
	while (put(fd, text_str(&many), many.len))
		continue;
	text_done(&many);
}

static void send_deep(int fd)
{
	char deep[DEPTH];
	memset(deep, '[', sizeof deep);
	say(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"items\":");
	put(fd, deep, sizeof deep);
}

static void send_answer(int fd, enum reply answer, int port)
{
	static const char *const words[ANSWERS] = {
		[NOT_PACKED] = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", [NO_HTTP] = "220 mail.exemple.fr ESMTP\r\n",
		[EMPTY] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", [TORN] = "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{\"items\":[",
		[PART] = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 900000000-900000001/900000002\r\nETag: \"x\"\r\nContent-Length: 2\r\n\r\n{}",
		[LATER] = "HTTP/1.1 503 x\r\nRetry-After: 99999999999999999999\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n",
		[NO_TEXT] = "HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"items\":[\"\xff\xfe\"]} ",
		[UPGRADE] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\nPRI * HTTP/2.0\r\n\r\n",
	};
	char line[200];
	if (words[answer])
		say(fd, words[answer]);
	switch (answer) {
	case GZIP_BOMB:
		send_gzip(fd);
		break;
	case ZSTD_BOMB:
		send_zstd(fd, 0x38);
		break;
	case ZSTD_WINDOW:
		send_zstd(fd, 0xa8);
		break;
	case ENDLESS_BODY:
		say(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
		send_endless(fd, "{\"items\":[]} ");
		break;
	case ENDLESS_HEADERS:
		say(fd, "HTTP/1.1 200 OK\r\n");
		send_endless(fd, "X-More: and more\r\n");
		break;
	case DEEP:
		send_deep(fd);
		break;
	case ELSEWHERE:
		snprintf(line, sizeof line, "HTTP/1.1 307 x\r\nLocation: http://127.0.0.1:%d/elsewhere\r\nContent-Length: 0\r\n\r\n", port);
		say(fd, line);
		break;
	default:
		break;
	}
}

static _Noreturn void serve(int listener, struct shared *shared, int port)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		if (fd < 0)
			continue;
		if (hear(fd))
			shared->elsewhere++;
		shared->served++;
		send_answer(fd, (enum reply)shared->answer, port);
		shutdown(fd, SHUT_WR);
		close(fd);
	}
}

/* --- the desk --- */

static int bad_setup(void **state)
{
	struct bad *b = *state = guichet_alloc(sizeof *b);
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof a;
	char url[64];
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	b->shared = mmap(NULL, sizeof *b->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (b->shared == MAP_FAILED || listener < 0 || bind(listener, (struct sockaddr *)&a, sizeof a) || listen(listener, 16)
		|| getsockname(listener, (struct sockaddr *)&a, &length))
		return -1;
	b->port = ntohs(a.sin_port);
	b->pid = fork();
	if (b->pid == 0)
		serve(listener, b->shared, b->port);
	close(listener);
	b->f = fixture_new(false);
	snprintf(url, sizeof url, "http://127.0.0.1:%d", b->port);
	const struct enrolment e = { .url = url, .token = (char *)(uintptr_t)"gd1_secret", .role = (char *)(uintptr_t)"agent",
		.services = (char *)(uintptr_t)"*", .device = 7 };
	return replica_enrol(b->f->store, &e, (const int64_t[]){ 20000 }, 1, 100, NULL) == GUICHET_OK ? 0 : -1;
}

static int bad_teardown(void **state)
{
	struct bad *b = *state;
	kill(b->pid, SIGKILL);
	waitpid(b->pid, NULL, 0);
	munmap(b->shared, sizeof *b->shared);
	fixture_free(&b->f);
	free(b);
	return 0;
}

/* A desk that would ask again at once, for ever, is stopped. It ends by itself otherwise, however slow all this is. */
static bool not_for_ever(void *context, const struct sync_status *now)
{
	const struct bad *b = context;
	(void)now;
	return b->shared->served - b->before < ASKED_MAX;
}

static void print_difference(void *context, const char *what)
{
	(void)context;
	fprintf(stderr, "difference: %s\n", what);
}

static long peak_mib(void)
{
	char line[200];
	long kib = 0;
	FILE *f = fopen("/proc/self/status", "r");
	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, "VmHWM:", 6))
			kib = strtol(line + 6, NULL, 10);
	if (f)
		fclose(f);
	return kib / 1024;
}

/* Asks for changes, or for all of it anew. */
static void ask(struct bad *b, enum reply answer, bool anew)
{
	struct transport *t;
	struct guichet_err err = { 0 };
	struct replica_state before, after;
	struct verify_report report;
	uint64_t seed = 5;
	b->before = b->shared->served;
	b->shared->answer = (int)answer;
	if (anew)
		replica_want_resync(b->f->store, "test", NULL);
	assert_int_equal(replica_state(b->f->store, &before, NULL), GUICHET_OK);
	assert_true(before.pending > 0);
	const struct sync_options o = { .clock = clock_system(), .random = random_seeded(&seed), .page_items = 100 };
	assert_int_equal(transport_new(b->f->store, &o, NULL, &t, &err), GUICHET_OK);
	if (transport_run(t, not_for_ever, b, &err) == GUICHET_OK)
		fail_msg("%s%s: all is well", names[answer], anew ? ", anew" : "");
	transport_free(&t);
	assert_in_range(b->shared->served - b->before, 1, ASKED_MAX - 1);
	assert_int_equal(b->shared->elsewhere, 0);
	assert_int_equal(replica_state(b->f->store, &after, NULL), GUICHET_OK);
	assert_int_equal(after.pending, before.pending);
	assert_int_equal(store_verify(b->f->store, NULL, print_difference, NULL, &report, NULL), GUICHET_OK);
	assert_int_equal(report.differences, 0);
}

/* Protects: whoever sits at the server's address, what waits on the desk waits, its tables say what its journal says, its words go nowhere else, and its memory is not
 * theirs to fill. */
static void nothing_comes_of_it(void **state)
{
	struct bad *b = *state;
	for (int i = 0; i < 3; i++)
		FIXTURE_LOG(b->f, .category = "nid-de-poule", .subject = "Trou");
	long before = peak_mib();
	for (int anew = 0; anew < 2; anew++)
		for (int answer = 0; answer < ANSWERS; answer++)
			ask(b, (enum reply)answer, anew);
	assert_in_range(peak_mib() - before, 0, PEAK_MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_comes_of_it, bad_setup, bad_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
