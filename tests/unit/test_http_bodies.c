// SPDX-License-Identifier: GPL-3.0-or-later
/* Bodies that mean no good, on the server's socket: bombs in each coding, damaged ones, unknown codings, ones that are
 * longer than they may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "guichet/server/http.h"
#include "guichet/wire/pack.h"
#include "server_fixture.h"

enum { PATIENCE_S = 100, MIB = 1024 * 1024, BOMB_MIB = 512 };

struct served { struct server_fixture *f; struct http *http; int port; };

static void serve(struct served *s, void **state)
{
	uint8_t hash[32];
	s->f = *state;
	const struct http_options o = { .db = { .sqlite = s->f->path }, .listen = "127.0.0.1:0", .workers = 4, .idle_s = 3600,
		.api = { .policy = API_POLICY_INIT, .clock = clock_system(), .random = random_system() } };
	signal(SIGPIPE, SIG_IGN);
	api_token_hash("a-desk", hash);
	assert_int_equal(db_run(s->f->db, NULL, "INSERT INTO device(id, token, name, role, services, enrolled_ms, seen_ms, version, encrypted, "
		"cursor_seq, scope_version, retired) VALUES(7, ?1, 'n', 'agent', '*', 0, 0, '1', 1, 0, 1, 0)", "b", (const void *)hash, sizeof hash),
		GUICHET_OK);
	db_close(&s->f->db);
	assert_int_equal(http_start(&o, &s->http, &s->f->err), GUICHET_OK);
	s->port = http_port(s->http);
}

static int reach(int port)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	const struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	assert_int_equal(connect(fd, (const struct sockaddr *)&a, sizeof a), 0);
	return fd;
}

/* What was sent may be refused before its end. */
static void put(int fd, const char *bytes, size_t count)
{
	while (count > 0) {
		ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
		if (sent <= 0)
			return;
		bytes += sent;
		count -= (size_t)sent;
	}
}

static int status_of(int fd, char *type, size_t room)
{
	char bytes[4096] = "";
	size_t length = 0;
	for (ssize_t got; length < sizeof bytes - 1 && (got = recv(fd, bytes + length, sizeof bytes - 1 - length, 0)) > 0; length += (size_t)got)
		bytes[length + (size_t)got] = '\0';
	const char *at = strstr(bytes, "urn:guichet:");
	snprintf(type, room, "%.*s", at ? (int)strcspn(at + 12, "\"") : 0, at ? at + 12 : "");
	return strncmp(bytes, "HTTP/1.1 ", 9) ? 0 : (int)strtol(bytes + 9, NULL, 10);
}

static void begin(int fd, const char *token, const char *coding, size_t length)
{
	struct text head = TEXT_INIT;
	text_addf(&head, "POST /v1/ops HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n", token);
	if (coding)
		text_addf(&head, "Content-Encoding: %s\r\n", coding);
	text_addf(&head, "Content-Length: %zu\r\n\r\n", length);
	put(fd, text_str(&head), head.len);
	text_done(&head);
}

/* Expects this status and type for this body. */
static void push(const struct served *s, const char *coding, const struct text *body, int status, const char *type)
{
	char said[40];
	int fd = reach(s->port);
	begin(fd, "a-desk", coding, body->len);
	put(fd, text_str(body), body->len);
	int got = status_of(fd, said, sizeof said);
	close(fd);
	if (got != status || strcmp(said, type) != 0)
		fail_msg("%s, %zu bytes: %d %s instead of %d %s", coding ? coding : "plain", body->len, got, said, status, type);
}

/* The most memory that this process ever had, in MiB. */
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

/* --- bombs --- */

/* A gzip body of so many MiB of nothing: one piece, which stands by itself, again and again. */
static void gzip_bomb(struct text *out, int mib)
{
	z_stream z = { 0 };
	char *nothing = calloc(1, MIB), *piece = malloc(MIB);
	assert_true(nothing && piece);
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	out->cap = (size_t)64 * MIB;
	for (int i = 0; i < 2; i++) {
		z.next_in = (Bytef *)nothing;
		z.avail_in = MIB;
		z.next_out = (Bytef *)piece;
		z.avail_out = MIB;
		assert_int_equal(deflate(&z, Z_FULL_FLUSH), Z_OK);
		/* The first one has the header, the second one is like all that follow. */
		for (int n = 0; n < (i == 0 ? 1 : mib - 1); n++)
			text_addn(out, piece, MIB - z.avail_out);
	}
	deflateEnd(&z);
	free(nothing);
	free(piece);
}

/* A zstd frame (RFC 8878) of blocks that each say "128 KiB of nothing" in four bytes; `window` is the byte that says how much the reader has to keep. */
static void zstd_bomb(struct text *out, int mib, uint8_t window)
{
	const uint8_t head[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, window };
	const uint32_t rle = 1u << 1 | (128u * 1024) << 3;
	out->cap = (size_t)64 * MIB;
	text_addn(out, (const char *)head, sizeof head);
	for (int i = 0; i < mib * 8; i++) {
		const uint8_t block[] = { (uint8_t)rle, (uint8_t)(rle >> 8), (uint8_t)(rle >> 16), 0 };
		text_addn(out, (const char *)block, sizeof block);
	}
}

/* Protects: half a gigabyte that comes as some kilobytes costs what a push may cost, in either coding, and the next call is served. */
static void bombs(void **state)
{
	struct served s;
	struct text gzip = TEXT_INIT, zstd = TEXT_INIT, wide = TEXT_INIT, fine = TEXT_INIT, packed = TEXT_INIT;
	serve(&s, state);
	gzip_bomb(&gzip, BOMB_MIB);
	zstd_bomb(&zstd, 4 * BOMB_MIB, 0x38 /* 128 KiB */);
	zstd_bomb(&wide, 4 * BOMB_MIB, 0xa8 /* 2 GiB */);
	text_add(&fine, "{\"ops\":[]}");
	long before = peak_mib();
	for (int i = 0; i < 8; i++) {
		push(&s, "gzip", &gzip, 413, "too-large");
		push(&s, "zstd", &zstd, 413, "too-large");
		push(&s, "zstd", &wide, 400, "malformed");
	}
	assert_in_range(peak_mib() - before, 0, 450);
	for (int coding = WIRE_GZIP; coding <= WIRE_ZSTD; coding++) {
		wire_pack((enum wire_coding)coding, text_str(&fine), fine.len, &packed);
		push(&s, wire_coding_name((enum wire_coding)coding), &packed, 200, "");
		text_done(&packed);
	}
	push(&s, NULL, &fine, 200, "");
	http_stop(&s.http);
	text_done(&gzip);
	text_done(&zstd);
	text_done(&wide);
	text_done(&fine);
}

/* Protects: what is no body in the coding that it claims, and a coding that nobody agreed on, are told as such. */
static void damaged(void **state)
{
	struct served s;
	struct text fine = TEXT_INIT, packed = TEXT_INIT;
	serve(&s, state);
	text_add(&fine, "{\"ops\":[]}");
	for (int coding = WIRE_GZIP; coding <= WIRE_ZSTD; coding++) {
		const char *name = wire_coding_name((enum wire_coding)coding);
		push(&s, name, &fine, 400, "malformed");
		wire_pack((enum wire_coding)coding, text_str(&fine), fine.len, &packed);
		packed.len -= 3;
		push(&s, name, &packed, 400, "malformed");
		text_done(&packed);
	}
	push(&s, "br", &fine, 415, "coding");
	push(&s, "deflate", &fine, 415, "coding");
	push(&s, "gzip, gzip", &fine, 415, "coding");
	push(&s, "identity", &fine, 200, "");
	http_stop(&s.http);
	text_done(&fine);
}

/* Protects: a push that is longer than a push may be is refused as such, packed or not; a bomb of somebody whom nobody knows is not even unpacked. */
static void too_long(void **state)
{
	struct served s;
	struct text body = TEXT_INIT, bomb = TEXT_INIT;
	char type[40], *bytes = calloc(1, MIB);
	serve(&s, state);
	body.cap = (size_t)8 * MIB;
	assert_non_null(bytes);
	for (int i = 0; i < 3; i++)
		text_addn(&body, bytes, MIB);
	push(&s, NULL, &body, 413, "too-large");
	push(&s, "zstd", &body, 413, "too-large");
	zstd_bomb(&bomb, BOMB_MIB, 0x38);
	int fd = reach(s.port);
	begin(fd, "a-stranger", "zstd", bomb.len);
	put(fd, text_str(&bomb), bomb.len);
	assert_int_equal(status_of(fd, type, sizeof type), 401);
	close(fd);
	http_stop(&s.http);
	free(bytes);
	text_done(&body);
	text_done(&bomb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bombs, server_fixture_sqlite, server_fixture_done),
		cmocka_unit_test_setup_teardown(damaged, server_fixture_sqlite, server_fixture_done),
		cmocka_unit_test_setup_teardown(too_long, server_fixture_sqlite, server_fixture_done),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
