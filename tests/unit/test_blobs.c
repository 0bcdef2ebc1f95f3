// SPDX-License-Identifier: GPL-3.0-or-later
/* Files on the server, on its socket: what is brought is given back, and nobody's push waits for it. What a push may have to wait for is counted: the bytes
 * between two moments at which SQLite has all of them on the disk; on PostgreSQL, whether a push passes a file that cannot be written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>
#include <sqlite3.h>

#include "guichet/base/text.h"
#include "guichet/server/http.h"
#include "server_fixture.h"
#include "../../src/server/ledger_files.h"

enum { PATIENCE_S = 100, LOOKS = 10000, LOOK_MS = 10, HASH_TEXT = 65, RUSH_MAX = 64 /* calls of a kind that may wait */, RUSH = RUSH_MAX + 6, PUSHES = 40, LARGE = API_BLOB_MAX,
	BETWEEN_SYNCS_MAX = 6 * 1024 * 1024 /* a piece, and a checkpoint of SQLite's usual thousand pages */ };

#define PUSH "{\"ops\": [], \"blocks\": 1}"

struct served { struct server_fixture *f; struct http *http; int port; };

static void add_desk(struct db *db, int64_t id, const char *token)
{
	uint8_t hash[32];
	api_token_hash(token, hash);
	assert_int_equal(db_run(db, NULL, "INSERT INTO device(id, token, name, role, services, enrolled_ms, seen_ms, version, encrypted, cursor_seq, scope_version, "
		"retired) VALUES(?1, ?2, 'n', 'agent', '*', 0, 0, '1', 1, 0, 1, 0)", "ib", id, (const void *)hash, sizeof hash), GUICHET_OK);
}

static void serve(struct served *s, void **state)
{
	s->f = *state;
	server_fixture_needs(s->f);
	bool postgres = db_is_postgres(s->f->db);
	const struct http_options o = { .db = { .sqlite = postgres ? NULL : s->f->path, .postgres = postgres ? s->f->path : NULL },
		.api = { .policy = API_POLICY_INIT, .clock = clock_system(), .random = random_system() }, .listen = "127.0.0.1:0", .workers = 4, .idle_s = 3600 };
	signal(SIGPIPE, SIG_IGN);
	add_desk(s->f->db, 7, "one-desk");
	add_desk(s->f->db, 8, "other-desk");
	if (!postgres)
		db_close(&s->f->db);
	assert_int_equal(http_start(&o, &s->http, &s->f->err), GUICHET_OK);
	s->port = http_port(s->http);
}

/* --- a client --- */

/* Sends a call on a connection of its own; its answer is taken later. */
static int send_call(int port, const char *method, const char *path, const char *token, const void *body, size_t bytes)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port) };
	struct text head = TEXT_INIT;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	text_addf(&head, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nAccept-Encoding: zstd\r\n"
		"Content-Length: %zu\r\n\r\n", method, path, token, bytes);
	assert_int_equal(send(fd, head.data, head.len, MSG_NOSIGNAL), head.len);
	for (size_t done = 0; done < bytes;) {
		ssize_t n = send(fd, (const char *)body + done, bytes - done, MSG_NOSIGNAL);
		assert_true(n > 0);
		done += (size_t)n;
	}
	text_done(&head);
	return fd;
}

/* Its status, and its body where that is wanted. */
static int take_answer(int fd, struct text *out)
{
	struct text all = TEXT_INIT;
	char bytes[65536];
	ssize_t got;
	while ((got = recv(fd, bytes, sizeof bytes, 0)) > 0)
		text_addn(&all, bytes, (size_t)got);
	close(fd);
	const char *body = strstr(text_str(&all), "\r\n\r\n");
	int status = body && !strncmp(text_str(&all), "HTTP/1.1 ", 9) ? (int)strtol(text_str(&all) + 9, NULL, 10) : 0;
	if (out && body)
		text_addn(out, body + 4, all.len - (size_t)(body + 4 - text_str(&all)));
	text_done(&all);
	return status;
}

static int call(int port, const char *method, const char *path, const char *token, const void *body, size_t bytes)
{
	return take_answer(send_call(port, method, path, token, body, bytes), NULL);
}

static int push(int port, const char *token)
{
	return call(port, "POST", "/v1/ops", token, PUSH, sizeof PUSH - 1);
}

/* A file of that size that no zip makes small, and its address. */
static char *make_file(size_t bytes, char path[HASH_TEXT + 16])
{
	static const uint8_t seed[randombytes_SEEDBYTES] = { 1 };
	uint8_t hash[crypto_hash_sha256_BYTES];
	char hex[HASH_TEXT], *data = guichet_alloc(bytes + 1);
	randombytes_buf_deterministic(data, bytes, seed);
	crypto_hash_sha256(hash, (const unsigned char *)data, bytes);
	sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
	snprintf(path, HASH_TEXT + 16, "/v1/blobs/%s", hex);
	return data;
}

/* --- what SQLite has on its way to the disk --- */

struct counted { sqlite3_file base; sqlite3_file *real; };
static _Atomic int64_t unsynced, most_unsynced, written;
static sqlite3_vfs *real_vfs;

static sqlite3_file *real_of(sqlite3_file *f) { return ((struct counted *)f)->real; }

static int count_write(sqlite3_file *f, const void *bytes, int count, sqlite3_int64 at)
{
	int64_t now = atomic_fetch_add(&unsynced, count) + count;
	atomic_fetch_add(&written, count);
	if (now > most_unsynced)
		most_unsynced = now;
	return real_of(f)->pMethods->xWrite(real_of(f), bytes, count, at);
}

static int count_sync(sqlite3_file *f, int flags)
{
	unsynced = 0;
	return real_of(f)->pMethods->xSync(real_of(f), flags);
}

static int pass_close(sqlite3_file *f) { return real_of(f)->pMethods->xClose(real_of(f)); }
static int pass_read(sqlite3_file *f, void *b, int n, sqlite3_int64 at) { return real_of(f)->pMethods->xRead(real_of(f), b, n, at); }
static int pass_truncate(sqlite3_file *f, sqlite3_int64 n) { return real_of(f)->pMethods->xTruncate(real_of(f), n); }
static int pass_size(sqlite3_file *f, sqlite3_int64 *n) { return real_of(f)->pMethods->xFileSize(real_of(f), n); }
static int pass_lock(sqlite3_file *f, int how) { return real_of(f)->pMethods->xLock(real_of(f), how); }
static int pass_unlock(sqlite3_file *f, int how) { return real_of(f)->pMethods->xUnlock(real_of(f), how); }
static int pass_reserved(sqlite3_file *f, int *out) { return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out); }
static int pass_control(sqlite3_file *f, int op, void *arg) { return real_of(f)->pMethods->xFileControl(real_of(f), op, arg); }
static int pass_sector(sqlite3_file *f) { return real_of(f)->pMethods->xSectorSize(real_of(f)); }
static int pass_traits(sqlite3_file *f) { return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f)); }
static int pass_map(sqlite3_file *f, int n, int size, int extend, void volatile **out) { return real_of(f)->pMethods->xShmMap(real_of(f), n, size, extend, out); }
static int pass_shm_lock(sqlite3_file *f, int from, int n, int flags) { return real_of(f)->pMethods->xShmLock(real_of(f), from, n, flags); }
static void pass_barrier(sqlite3_file *f) { real_of(f)->pMethods->xShmBarrier(real_of(f)); }
static int pass_unmap(sqlite3_file *f, int del) { return real_of(f)->pMethods->xShmUnmap(real_of(f), del); }

static const sqlite3_io_methods counting_io = { 2, pass_close, pass_read, count_write, pass_truncate, count_sync, pass_size, pass_lock, pass_unlock, pass_reserved,
	pass_control, pass_sector, pass_traits, pass_map, pass_shm_lock, pass_barrier, pass_unmap, NULL, NULL };

static int count_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	struct counted *c = (struct counted *)f;
	(void)vfs;
	c->real = (sqlite3_file *)(c + 1);
	int rc = real_vfs->xOpen(real_vfs, name, c->real, flags, out);
	c->base.pMethods = rc == SQLITE_OK ? &counting_io : NULL;
	return rc;
}

static void start_counting(sqlite3_vfs *vfs)
{
	real_vfs = sqlite3_vfs_find(NULL);
	*vfs = *real_vfs;
	vfs->zName = "counting";
	vfs->szOsFile = (int)sizeof(struct counted) + real_vfs->szOsFile;
	vfs->xOpen = count_open;
	unsynced = most_unsynced = written = 0;
	assert_int_equal(sqlite3_vfs_register(vfs, 1), SQLITE_OK);
}

/* Protects: whoever pushes while a file of 20 MiB is stored. SQLite has one transaction at a time: none may hold more of the file than a piece. */
static void a_large_file_is_written_in_pieces(void **state)
{
	struct served s;
	sqlite3_vfs vfs;
	char path[HASH_TEXT + 16], *file = make_file(LARGE, path);
	start_counting(&vfs);
	serve(&s, state);
	most_unsynced = written = 0;
	assert_int_equal(call(s.port, "PUT", path, "one-desk", file, LARGE), 201);
	assert_true(written > LARGE);
	assert_in_range(most_unsynced, 1, BETWEEN_SYNCS_MAX);
	http_stop(&s.http);
	sqlite3_vfs_unregister(&vfs);
	free(file);
}

/* Protects: a push beside a file that takes long, on PostgreSQL: what it is written by is no connection, no thread and no lock that a push needs. */
static void a_push_passes_a_file(void **state)
{
	struct served s;
	char path[HASH_TEXT + 16], *file = make_file(100000, path);
	serve(&s, state);
	struct db *db = s.f->db;
	assert_int_equal(db_begin(db, &s.f->err), GUICHET_OK);
	assert_int_equal(db_run(db, &s.f->err, "LOCK TABLE blob_store, blob_part IN EXCLUSIVE MODE", ""), GUICHET_OK);
	int fd = send_call(s.port, "PUT", path, "one-desk", file, 100000);
	bool waits = false;
	for (int i = 0; i < LOOKS && !waits; i++) {
		waits = db_value(db, 0, "SELECT count(*) FROM pg_locks WHERE NOT granted", "") > 0;
		if (!waits)
			poll(NULL, 0, LOOK_MS);
	}
	assert_true(waits);
	for (int i = 0; i < 10; i++)
		assert_int_equal(push(s.port, "other-desk"), 200);
	assert_int_equal(push(s.port, "one-desk"), 200);
	assert_int_equal(db_value(db, 0, "SELECT count(*) FROM pg_locks WHERE NOT granted", ""), 1);
	assert_int_equal(db_commit(db, &s.f->err), GUICHET_OK);
	assert_int_equal(take_answer(fd, NULL), 201);
	http_stop(&s.http);
	free(file);
}

/* How many of these have their answer by now. */
static int answered(const int *fds, int count_)
{
	struct pollfd p[RUSH];
	for (int i = 0; i < count_; i++)
		p[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	return poll(p, (nfds_t)count_, LOOK_MS);
}

/* Protects: the morning on which every desk is new: they take their snapshots, so many that some are told to come again, and people sign in beside them. */
static void sign_ins_have_their_own_place(void **state)
{
	static const char words[] = "{\"login\": \"j.dupont\", \"password\": \"n'importe quoi\"}", snapshot[] = "/v1/snapshot?at=1:0:00000000000000000000000000000000";
	struct served s;
	int fds[RUSH], taken = 0;
	serve(&s, state);
	struct db *db = s.f->db;
	assert_int_equal(db_begin(db, &s.f->err), GUICHET_OK);
	assert_int_equal(db_run(db, &s.f->err, "LOCK TABLE item IN ACCESS EXCLUSIVE MODE", ""), GUICHET_OK);
	for (int i = 0; i < RUSH; i++)
		fds[i] = send_call(s.port, "GET", snapshot, "one-desk", NULL, 0);
	for (int i = 0; i < LOOKS && answered(fds, RUSH) < RUSH - RUSH_MAX; i++)
		continue;
	assert_int_equal(answered(fds, RUSH), RUSH - RUSH_MAX);
	assert_int_equal(call(s.port, "POST", "/v1/sessions", "other-desk", words, sizeof words - 1), 401);
	assert_int_equal(db_commit(db, &s.f->err), GUICHET_OK);
	for (int i = 0; i < RUSH; i++)
		taken += take_answer(fds[i], NULL) == 200;
	assert_int_equal(taken, RUSH_MAX);
	http_stop(&s.http);
}

static void *stop_it(void *context)
{
	struct served *s = context;
	http_stop(&s->http);
	return NULL;
}

/* Protects: desks that push in the moment in which the server is stopped: what was committed is answered, before the connection goes. */
static void stopped_in_a_push(void **state)
{
	struct served s;
	pthread_t stopper;
	char token[24];
	int fds[PUSHES], taken = 0;
	serve(&s, state);
	struct db *db = s.f->db;
	for (int i = 0; i < PUSHES; i++) {
		snprintf(token, sizeof token, "desk-%d", i);
		add_desk(db, 100 + i, token);
	}
	assert_int_equal(db_begin(db, &s.f->err), GUICHET_OK);
	assert_int_equal(db_run(db, &s.f->err, "LOCK TABLE head IN EXCLUSIVE MODE", ""), GUICHET_OK);
	for (int i = 0; i < PUSHES; i++) {
		snprintf(token, sizeof token, "desk-%d", i);
		fds[i] = send_call(s.port, "POST", "/v1/ops", token, PUSH, sizeof PUSH - 1);
	}
	for (int i = 0; i < LOOKS && db_value(db, 0, "SELECT count(*) FROM pg_locks WHERE NOT granted", "") == 0; i++)
		poll(NULL, 0, LOOK_MS);
	assert_int_equal(pthread_create(&stopper, NULL, stop_it, &s), 0);
	assert_int_equal(db_commit(db, &s.f->err), GUICHET_OK);
	assert_int_equal(pthread_join(stopper, NULL), 0);
	for (int i = 0; i < PUSHES; i++)
		taken += take_answer(fds[i], NULL) == 200;
	assert_true(taken > 0);
	assert_int_equal(db_value(db, -1, "SELECT count(*) FROM serial_block", ""), taken);
}

/* Protects: a file is given back as it was brought, whatever its size is beside a piece's; brought twice it is there once. */
static void given_back(void **state)
{
	static const size_t sizes[] = { 0, 1, 262143, 262144, 262145, 700000 };
	struct served s;
	serve(&s, state);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct text back = TEXT_INIT;
		char path[HASH_TEXT + 16], *file = make_file(sizes[i], path);
		assert_int_equal(call(s.port, "PUT", path, "one-desk", file, sizes[i]), 201);
		assert_int_equal(call(s.port, "PUT", path, "one-desk", file, sizes[i]), 201);
		assert_int_equal(take_answer(send_call(s.port, "GET", path, "one-desk", NULL, 0), &back), 200);
		assert_int_equal(back.len, sizes[i]);
		if (sizes[i] > 0)
			assert_memory_equal(back.data, file, sizes[i]);
		assert_int_equal(call(s.port, "GET", path, "other-desk", NULL, 0), 404);
		path[12] = path[12] == '0' ? '1' : '0';
		assert_int_equal(call(s.port, "PUT", path, "one-desk", file, sizes[i]), 422);
		assert_int_equal(call(s.port, "GET", path, "one-desk", NULL, 0), 404);
		text_done(&back);
		free(file);
	}
	http_stop(&s.http);
}

/* --- what becomes of them --- */

static int64_t count(struct server_fixture *f, const char *sql)
{
	struct db_rows *rows = db_query(f->db, &f->err, sql, "");
	assert_true(db_next(rows));
	int64_t n = db_int(rows, 0);
	db_rows_done(&rows, NULL);
	return n;
}

/* A request, and this file attached to it. */
static void attach(struct server_fixture *f, int64_t dseq, const char *sha256)
{
	assert_int_equal(db_run(f->db, &f->err, "INSERT INTO item(device, dseq, subject, service, reference, open, seq, erased) VALUES(9, ?1, 0, 'voirie', ?1, 1, 1, 0)", "i",
		dseq), GUICHET_OK);
	assert_int_equal(db_run(f->db, &f->err, "INSERT INTO blob_use(sha256, subject_device, subject_dseq) VALUES(?1, 9, ?2)", "ti", sha256, dseq), GUICHET_OK);
}

/* So many pieces of one, and then its end. */
static enum guichet_rc bring(struct server_fixture *f, const char *sha256, int pieces, int64_t now_ms)
{
	for (int n = 0; n < pieces; n++)
		assert_int_equal(ledger_file_piece(f->db, sha256, n, "photo", 5, now_ms, &f->err), GUICHET_OK);
	return ledger_file_end(f->db, sha256, (int64_t)5 * pieces, 7, &f->err);
}

static void erase(struct server_fixture *f, uint64_t dseq)
{
	assert_int_equal(db_begin(f->db, &f->err), GUICHET_OK);
	assert_int_equal(ledger_erase(f->db, (struct op_id){ 9, dseq }, "dpo", 1000, f->random, &f->err), GUICHET_OK);
	assert_int_equal(db_commit(f->db, &f->err), GUICHET_OK);
}

/* Protects: what was attached to an erased request: nobody finds it from then on, and its pieces go; a file that another request has too stays until that one is erased. */
static void erased_with_its_requests(void **state)
{
	struct server_fixture *f = *state;
	bool more = true;
	server_fixture_needs(f);
	attach(f, 1, "shared");
	attach(f, 2, "shared");
	attach(f, 3, "other");
	assert_int_equal(bring(f, "shared", FILE_PIECES_AT_ONCE + 3, 500), GUICHET_OK);
	assert_int_equal(bring(f, "other", 2, 500), GUICHET_OK);
	erase(f, 1);
	assert_int_equal(count(f, "SELECT count(*) FROM blob_store"), 2);
	assert_false(ledger_has_loose(f->db, 1));
	erase(f, 2);
	assert_int_equal(count(f, "SELECT count(*) FROM blob_store"), 1);
	assert_true(ledger_has_loose(f->db, 1));
	assert_int_equal(ledger_drop_loose(f->db, 1, &more, &f->err), GUICHET_OK);
	assert_true(more);
	assert_int_equal(count(f, "SELECT count(*) FROM blob_part"), 5);
	assert_int_equal(ledger_drop_loose(f->db, 1, &more, &f->err), GUICHET_OK);
	assert_false(more);
	assert_int_equal(count(f, "SELECT count(*) FROM blob_part"), 2);
	assert_false(ledger_has_loose(f->db, INT64_MAX));
}

/* Protects: a photo that a desk brings after its request was erased, the desk having been away: it is not kept. */
static void brought_after_the_erasure(void **state)
{
	struct server_fixture *f = *state;
	bool more;
	server_fixture_needs(f);
	attach(f, 1, "late");
	erase(f, 1);
	assert_int_equal(bring(f, "late", 2, 2000), GUICHET_OK);
	assert_int_equal(count(f, "SELECT count(*) FROM blob_store"), 0);
	assert_int_equal(ledger_drop_loose(f->db, 1, &more, &f->err), GUICHET_OK);
	assert_int_equal(count(f, "SELECT count(*) FROM blob_part"), 0);
}

/* Protects: a file whose end never came leaves nothing, and what an erasure took away beside it is never told to be there. */
static void begun_and_left(void **state)
{
	struct server_fixture *f = *state;
	bool more;
	server_fixture_needs(f);
	assert_int_equal(ledger_file_piece(f->db, "left", 0, "photo", 5, 1000, &f->err), GUICHET_OK);
	assert_int_equal(ledger_drop_loose(f->db, 1000, &more, &f->err), GUICHET_OK);
	assert_int_equal(count(f, "SELECT count(*) FROM blob_part"), 1);
	assert_int_equal(ledger_drop_loose(f->db, 1001, &more, &f->err), GUICHET_OK);
	assert_int_equal(count(f, "SELECT count(*) FROM blob_part"), 0);
	assert_int_equal(ledger_file_end(f->db, "left", 5, 7, &f->err), GUICHET_LOCKED);
	assert_int_equal(count(f, "SELECT count(*) FROM blob_store"), 0);
	assert_int_equal(bring(f, "left", 1, 3000), GUICHET_OK);
	assert_int_equal(count(f, "SELECT count(*) FROM blob_store"), 1);
	assert_false(ledger_has_loose(f->db, INT64_MAX));
}

#define ON(test, where) cmocka_unit_test_setup_teardown(test, server_fixture_##where, server_fixture_done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(given_back, sqlite),
		ON(given_back, postgres),
		ON(erased_with_its_requests, sqlite), ON(erased_with_its_requests, postgres),
		ON(brought_after_the_erasure, sqlite), ON(brought_after_the_erasure, postgres),
		ON(begun_and_left, sqlite), ON(begun_and_left, postgres),
		ON(stopped_in_a_push, postgres), ON(a_push_passes_a_file, postgres), ON(sign_ins_have_their_own_place, postgres),
		ON(a_large_file_is_written_in_pieces, sqlite),
	};
	return cmocka_run_group_tests(tests, server_fixture_group, server_fixture_group_done);
}
