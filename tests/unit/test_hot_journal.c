// SPDX-License-Identifier: GPL-3.0-or-later
/* Protects the store of a desk that was killed in the middle of a commit: it is opened as it stood before, never called
 * truncated. And a store that really is truncated is not opened for having been killed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "store_fixture.h"

static void copy(const char *from, const char *to)
{
	char chunk[4096];
	size_t n;
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");

	assert_non_null(in);
	assert_non_null(out);
	while ((n = fread(chunk, 1, sizeof chunk, in)) > 0)
		assert_int_equal(fwrite(chunk, 1, n, out), n);
	fclose(in);
	assert_int_equal(fclose(out), 0);
}

/* As a kill between the first page and the last would leave it: the journal is there, page 1 counts pages that the file has not. */
static void kill_in_commit(struct store_fixture *f, const char *path)
{
	static const unsigned char pages[4] = { 0, 15, 0, 0 };
	char journal[200], mine[200];
	sqlite3 *db = NULL;

	store_close(&f->store);
	snprintf(mine, sizeof mine, "%s-journal", f->path);
	snprintf(journal, sizeof journal, "%s-journal", path);
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	/* A cache of a few pages writes them, and so the journal, before the end. */
	assert_int_equal(sqlite3_exec(db, "PRAGMA journal_mode = TRUNCATE; PRAGMA cache_size = 10; PRAGMA cache_spill = 10; BEGIN;"
		"INSERT INTO blob(sha256, bytes, data) SELECT 'b' || value, 4000, randomblob(4000) FROM "
		"(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 200) SELECT value FROM n);"
		"UPDATE meta SET value = value || 'x'", NULL, NULL, NULL), SQLITE_OK);
	copy(f->path, path);
	copy(mine, journal);
	sqlite3_close(db);
	FILE *file = fopen(path, "r+b");
	assert_non_null(file);
	assert_int_equal(fseek(file, 28, SEEK_SET), 0);
	assert_int_equal(fwrite(pages, 1, sizeof pages, file), sizeof pages);
	assert_int_equal(fclose(file), 0);
}

static void killed_in_commit(void **state)
{
	struct store_fixture *f = *state;
	char path[160];
	struct store *s = NULL;
	int64_t reference = FIXTURE_LOG(f, .category = "depot", .subject = "Sacs");
	int64_t row;

	fixture_path(f, "tue.db", path);
	kill_in_commit(f, path);
	if (store_open(path, NULL, &s, &f->err) != GUICHET_OK)
		fail_msg("%s", f->err.message);
	assert_int_equal(store_find_reference(s, reference, &row, 1), 1);
	store_close(&s);
	fixture_reopen(f);
}

static void truncated(void **state)
{
	struct store_fixture *f = *state;
	char path[160], journal[200];
	struct store *s = NULL;

	fixture_path(f, "coupe.db", path);
	snprintf(journal, sizeof journal, "%s-journal", path);
	kill_in_commit(f, path);
	assert_int_equal(truncate(journal, 0), 0);
	assert_int_equal(store_open(path, NULL, &s, &f->err), GUICHET_DATA);
	assert_non_null(strstr(f->err.message, "tronqué"));
	/* A journal that restores nothing does not make it whole. */
	FILE *file = fopen(journal, "wb");
	assert_non_null(file);
	fputs("rien", file);
	fclose(file);
	assert_int_equal(store_open(path, NULL, &s, &f->err), GUICHET_DATA);
	assert_null(s);
	fixture_reopen(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(killed_in_commit, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(truncated, fixture_setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
