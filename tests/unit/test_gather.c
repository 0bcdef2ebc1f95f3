// SPDX-License-Identifier: GPL-3.0-or-later
/* The rollback journal, whose writes are gathered: a disk that fails at any one of the calls of a commit loses nothing
 * and leaves a desk that goes on; and a commit needs few calls. Under the store lies a file system that counts, and
 * fails when told to. */
#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#define assert_ok(f, call) \
	do { \
		if ((call) != GUICHET_OK) \
			fail_msg("%s: %s", #call, (f)->err.message); \
	} while (0)
enum { CALLS_MAX = 2000, BIG = 3 << 20 };

/* --- a file system that counts --- */

struct counted {
	sqlite3_file base;
	sqlite3_file *real;
	bool is_journal;
};
static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	int journal_writes, calls, fail_at, code;
	bool goes_on;
} disk;

static struct counted *of(sqlite3_file *file)
{
	return (struct counted *)file;
}
#define REAL(file) of(file)->real->pMethods

/* What this call is to return; SQLITE_OK: do it. */
static int turn(void)
{
	disk.calls++;
	return disk.fail_at && (disk.calls == disk.fail_at || (disk.goes_on && disk.calls > disk.fail_at)) ? disk.code
																									   : SQLITE_OK;
}

static int counted_write(sqlite3_file *file, const void *data, int bytes, sqlite3_int64 offset)
{
	int code = turn();
	disk.journal_writes += of(file)->is_journal;
	/* What fails has written half of it, as a full disk does. */
	int written = REAL(file)->xWrite(of(file)->real, data, code ? bytes / 2 : bytes, offset);
	return code ? code : written;
}

static int counted_sync(sqlite3_file *file, int flags)
{
	int code = turn();
	return code ? code : REAL(file)->xSync(of(file)->real, flags);
}

static int counted_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	int code = turn();
	return code ? code : REAL(file)->xTruncate(of(file)->real, size);
}

static int counted_close(sqlite3_file *file)
{
	return REAL(file)->xClose(of(file)->real);
}
static int counted_read(sqlite3_file *file, void *data, int n, sqlite3_int64 at)
{
	return REAL(file)->xRead(of(file)->real, data, n, at);
}
static int counted_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return REAL(file)->xFileSize(of(file)->real, size);
}
static int counted_lock(sqlite3_file *file, int level)
{
	return REAL(file)->xLock(of(file)->real, level);
}
static int counted_unlock(sqlite3_file *file, int level)
{
	return REAL(file)->xUnlock(of(file)->real, level);
}
static int counted_reserved(sqlite3_file *file, int *out)
{
	return REAL(file)->xCheckReservedLock(of(file)->real, out);
}
static int counted_control(sqlite3_file *file, int op, void *arg)
{
	return REAL(file)->xFileControl(of(file)->real, op, arg);
}
static int counted_sector(sqlite3_file *file)
{
	return REAL(file)->xSectorSize(of(file)->real);
}
static int counted_traits(sqlite3_file *file)
{
	return REAL(file)->xDeviceCharacteristics(of(file)->real);
}

static const sqlite3_io_methods methods = {.iVersion = 1,
	.xClose = counted_close,
	.xRead = counted_read,
	.xWrite = counted_write,
	.xTruncate = counted_truncate,
	.xSync = counted_sync,
	.xFileSize = counted_size,
	.xLock = counted_lock,
	.xUnlock = counted_unlock,
	.xCheckReservedLock = counted_reserved,
	.xFileControl = counted_control,
	.xSectorSize = counted_sector,
	.xDeviceCharacteristics = counted_traits};

static int counted_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	(void)vfs;
	struct counted *c = of(file);
	*c = (struct counted){.real = (sqlite3_file *)(c + 1), .is_journal = (flags & SQLITE_OPEN_MAIN_JOURNAL) != 0};
	int code = disk.real->xOpen(disk.real, name, c->real, flags, out);
	if (c->real->pMethods)
		c->base.pMethods = &methods;
	return code;
}

/* Before the first store is opened: its own file system lies on what is there then. */
static int setup_disk(void **state)
{
	(void)state;
	disk.real = sqlite3_vfs_find(NULL);
	disk.vfs = *disk.real;
	disk.vfs.zName = "compte";
	disk.vfs.szOsFile += (int)sizeof(struct counted);
	disk.vfs.xOpen = counted_open;
	disk.vfs.pNext = NULL;
	return sqlite3_vfs_register(&disk.vfs, 1);
}

static void arm(int fail_at, int code, bool goes_on)
{
	disk.journal_writes = disk.calls = 0;
	disk.fail_at = fail_at;
	disk.code = code;
	disk.goes_on = goes_on;
}

/* --- tests --- */

static void say(void *context, const char *what)
{
	(void)context;
	print_message("%s\n", what);
}

static int64_t count_requests(struct store_fixture *f)
{
	struct verify_report report;
	assert_ok(f, store_verify(f->store, NULL, say, NULL, &report, &f->err));
	assert_int_equal(report.differences, 0);
	return report.requests;
}

static enum guichet_rc try_to_log(struct store_fixture *f, int i)
{
	char name[64];
	struct logged l;
	snprintf(name, sizeof name, "Camille Essai-%c", 'a' + i % 26);
	struct call call = {.channel = "phone",
		.category = "depot",
		.subject = "Gravats devant l'école",
		.commune = "aigues",
		.requester = WHO({"name", name}, {"email", "c@exemple.fr"})};
	enum guichet_rc rc = desk_log(f->store, &fixture_agent, &call, NULL, &l, &f->err);
	logged_done(&l);
	return rc;
}

/* One after the other, every call that a commit makes fails, once or from then on. The request is there when the desk
 * was told so, and is not when it was told that it is not. (Where the last call of all fails, after the journal was
 * emptied, SQLite has committed, and may say either.) */
static void fail_everywhere(struct store_fixture *f, int code, bool goes_on)
{
	int64_t requests = count_requests(f);
	int refused = 0;
	for (int at = 1; at < CALLS_MAX; at++) {
		arm(at, code, goes_on);
		enum guichet_rc rc = try_to_log(f, at);
		int calls = disk.calls;
		arm(0, SQLITE_OK, false);
		if (at % 2)
			fixture_reopen(f);
		int64_t now = count_requests(f);
		if (rc == GUICHET_OK)
			assert_int_equal(now, requests + 1);
		else if (at < calls - 1)
			assert_int_equal(now, requests);
		refused += rc != GUICHET_OK;
		requests = now;
		if (rc == GUICHET_OK && calls < at)
			break;
	}
	assert_true(refused > 10);
	assert_ok(f, try_to_log(f, 0));
	assert_int_equal(count_requests(f), requests + 1);
}

/* Protects: no request is lost, and none is half there, when the disk fails once, or is full from some moment on. */
static void test_a_disk_that_fails(void **state)
{
	fail_everywhere(*state, SQLITE_IOERR_WRITE, false);
}

static void test_a_disk_that_is_full(void **state)
{
	fail_everywhere(*state, SQLITE_FULL, true);
}

/* Protects: a transaction too big to be gathered is taken back as any other, on purpose or because the disk fails. */
static void test_a_big_one_taken_back(void **state)
{
	struct store_fixture *f = *state;
	char *data = guichet_alloc(BIG), *kept, sha256[65];
	size_t bytes;
	struct loaded l;
	for (size_t i = 0; i < BIG; i++)
		data[i] = (char)(i * i >> 7);
	assert_ok(f, store_put_blob(f->store, data, BIG, sha256, &f->err));
	int64_t reference = FIXTURE_LOG(f, .category = "depot", .subject = "Gravats");
	fixture_step(f, reference, STEP_ATTACH,
		&(struct step_args){.name = "photo.jpg", .type = "image/jpeg", .sha256 = sha256, .bytes = BIG});
	assert_ok(f, store_load(f->store, reference, &l, &f->err));
	for (int round = 0; round < 4; round++) {
		/* Erasing it rewrites all its pages: more than are kept in memory. */
		assert_ok(f, store_begin(f->store, &f->err));
		arm(round == 1 ? 5 : round == 2 ? 200 : 0, SQLITE_FULL, true);
		enum guichet_rc rc = store_blank(f->store, l.ops[l.op_count - 1].id, &f->err);
		if (round == 0 || rc)
			store_rollback(f->store);
		else
			rc = store_commit(f->store, &f->err);
		assert_true(round == 0 || disk.calls > 5);
		arm(0, SQLITE_OK, false);
		assert_int_equal(rc, round % 3 ? GUICHET_IO : GUICHET_OK);
		rc = store_get_blob(f->store, sha256, &kept, &bytes, &f->err);
		assert_int_equal(rc, round < 3 ? GUICHET_OK : GUICHET_NOT_FOUND);
		if (round < 3)
			assert_memory_equal(kept, data, BIG);
		free(kept);
		assert_int_equal(count_requests(f), 1);
	}
	loaded_done(&l);
	free(data);
}

/* Protects: three calls to the system for each page of the journal are one for all of them. */
static void test_calls_of_a_commit(void **state)
{
	struct store_fixture *f = *state;
	for (int i = 0; i < 20; i++)
		assert_ok(f, try_to_log(f, i));
	arm(0, SQLITE_OK, false);
	assert_ok(f, try_to_log(f, 3));
	assert_true(disk.calls > 10);
	assert_in_range(disk.journal_writes, 2, 6);
}

/* Protects: a store that never waits for the disk, killed in a transaction whose pages are in the file already, is taken back whole by the next opening: what
 * takes it back was in its own file before them. */
static void test_unsynced(void **state)
{
	struct store_fixture *f = *state;
	const struct store_options o = {.clock = clock_fixed(&f->now_ms), .random = random_seeded(&f->seed), .unsynced = true};
	struct store *s = NULL;
	store_close(&f->store);
	assert_ok(f, store_open(f->path, &o, &s, &f->err));
	arm(0, SQLITE_OK, false);
	assert_ok(f, store_begin(s, &f->err));
	assert_ok(f, store_set_setting(s, "essai", "1", &f->err));
	assert_true(disk.journal_writes > 1);
	assert_ok(f, store_commit(s, &f->err));
	store_close(&s);
	fixture_reopen(f);
	arm(0, SQLITE_OK, false);
	assert_ok(f, store_begin(f->store, &f->err));
	assert_ok(f, store_set_setting(f->store, "essai", "2", &f->err));
	assert_int_equal(disk.journal_writes, 0);
	assert_ok(f, store_commit(f->store, &f->err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_disk_that_fails),
		TEST(test_a_disk_that_is_full),
		TEST(test_a_big_one_taken_back),
		TEST(test_calls_of_a_commit),
		TEST(test_unsynced),
	};
	return cmocka_run_group_tests(tests, setup_disk, NULL);
}
