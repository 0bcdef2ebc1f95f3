// SPDX-License-Identifier: GPL-3.0-or-later
/* A store of an earlier schema, as the guichet of its day left it (tests/fixtures/schema-1.sql, written by that
 * guichet), comes to the present one: nothing is lost, everything agrees with the journal, and it is kept as it was
 * beside. */
#include "store_fixture.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "guichet/base/ini.h"
#include "guichet/base/text.h"

#define assert_ok(f, call) \
	do { \
		if ((call) != GUICHET_OK) \
			fail_msg("%s: %s", #call, (f)->err.message); \
	} while (0)

static struct store_options options_of(struct store_fixture *f)
{
	return (struct store_options){.clock = clock_fixed(&f->now_ms), .random = random_seeded(&f->seed)};
}

/* In the place of the fixture's own store. */
static void make_schema_1(struct store_fixture *f)
{
	char *sql, *message = NULL;
	size_t bytes;
	sqlite3 *db;
	store_close(&f->store);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(file_read("tests/fixtures/schema-1.sql", 1 << 20, &sql, &bytes, NULL), GUICHET_OK);
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s", message);
	sqlite3_close(db);
	free(sql);
	f->now_ms += 5 * (int64_t)86400000;
}

static int64_t number(const char *path, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *st;
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK || sqlite3_step(st) != SQLITE_ROW)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	int64_t value = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return value;
}

static void say(void *context, const char *what)
{
	(void)context;
	print_message("%s\n", what);
}

static struct verify_report assert_clean(struct store_fixture *f)
{
	struct verify_report report;
	assert_ok(f, store_verify(f->store, NULL, say, NULL, &report, &f->err));
	assert_int_equal(report.differences, 0);
	return report;
}

static bool count_row(void *context, const struct request_row *row)
{
	(void)row;
	++*(int *)context;
	return true;
}

static int found(struct store_fixture *f, const char *text)
{
	int n = 0;
	store_search(f->store, text, NULL, count_row, &n, NULL);
	return n;
}

/* Protects: what a desk recorded before an update is all there after it, found and counted as before, and the desk goes
 * on. */
static void test_a_desk_of_schema_1(void **state)
{
	struct store_fixture *f = *state;
	struct store_options options = options_of(f);
	make_schema_1(f);
	int64_t ops = number(f->path, "SELECT count(*) FROM op"),
			hashes = number(f->path, "SELECT count(DISTINCT hash) FROM op");
	assert_int_equal(number(f->path, "PRAGMA user_version"), 1);
	assert_int_equal(ops, 32);
	assert_ok(f, store_open(f->path, &options, &f->store, &f->err));
	assert_int_equal(number(f->path, "PRAGMA user_version"), STORE_SCHEMA);
	assert_int_equal(number(f->path, "SELECT count(*) FROM op"), ops);
	assert_int_equal(number(f->path, "SELECT count(DISTINCT hash) FROM op"), hashes);
	struct verify_report r = assert_clean(f);
	assert_int_equal(r.operations, ops);
	assert_int_equal(r.requests, 7);
	assert_int_equal(r.requesters, 3);
	assert_int_equal(found(f, "walesa poule"), 1);
	assert_int_equal(found(f, "geiser"), 0);
	assert_int_equal(found(f, "geyser"), 2); /* and who joined it */
	FIXTURE_LOG(f, .category = "depot", .subject = "Gravats",
		.requester = WHO({"name", "Zoé Ferrand"}, {"phone", "06 39 98 00 09"}));
	assert_int_equal(found(f, "ferrand gravats"), 1);
	assert_clean(f);
	fixture_reopen(f);
	assert_ok(f, store_idle(f->store, 10000, &f->err));
	assert_ok(f, store_rebuild(f->store, NULL, &f->err));
	assert_clean(f);
}

/* Protects: an update may be gone back on for a week; after that the copy goes, since it holds what may have been
 * erased. */
static void test_the_copy_beside(void **state)
{
	struct store_fixture *f = *state;
	struct store_options options = options_of(f);
	struct timespec times[2] = {{0}};
	char copy[160];
	make_schema_1(f);
	fixture_path(f, "desk.db.avant-v2", copy);
	assert_ok(f, store_open(f->path, &options, &f->store, &f->err));
	assert_int_equal(number(copy, "PRAGMA user_version"), 1);
	assert_int_equal(number(copy, "SELECT count(*) FROM op"), 32);
	assert_int_equal(number(copy, "SELECT count(*) FROM pragma_quick_check WHERE quick_check <> 'ok'"), 0);
	times[0].tv_sec = times[1].tv_sec = (time_t)(f->now_ms / 1000 - 6 * 86400);
	assert_int_equal(utimensat(AT_FDCWD, copy, times, 0), 0);
	fixture_reopen(f);
	assert_int_equal(access(copy, F_OK), 0);
	f->now_ms += 2 * (int64_t)86400000;
	fixture_reopen(f);
	assert_int_equal(access(copy, F_OK), -1);
}

/* Protects: who may only read changes nothing, not even the schema, and is told what to do; a backup of before is
 * restored as today's. */
static void test_reading_and_restoring(void **state)
{
	struct store_fixture *f = *state;
	struct store_options options = options_of(f), reading = options_of(f);
	char backup[160];
	make_schema_1(f);
	reading.read_only = true;
	assert_int_equal(store_open(f->path, &reading, &f->store, &f->err), GUICHET_NO_PERM);
	assert_non_null(strstr(f->err.message, "--read-only"));
	assert_int_equal(number(f->path, "PRAGMA user_version"), 1);
	fixture_path(f, "sauvegarde.db", backup);
	assert_int_equal(rename(f->path, backup), 0);
	assert_ok(f, store_restore(backup, f->path, &options, &f->err));
	assert_int_equal(number(backup, "PRAGMA user_version"), 1);
	assert_ok(f, store_open(f->path, &options, &f->store, &f->err));
	assert_clean(f);
	int64_t reference = FIXTURE_LOG(f, .category = "depot", .subject = "Gravats");
	assert_true(reference > 0);
	assert_clean(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_desk_of_schema_1),
		TEST(test_the_copy_beside),
		TEST(test_reading_and_restoring),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
