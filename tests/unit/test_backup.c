// SPDX-License-Identifier: GPL-3.0-or-later
/* Backup and restore: what is copied is whole, nothing is overwritten, the work goes on meanwhile, and no reference is ever given twice. */
#include "store_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../../src/store/internal.h"
#include "guichet/base/text.h"

#define assert_ok(f, call) \
	do { if ((call) != GUICHET_OK) fail_msg("%s: %s", #call, (f)->err.message); } while (0)
/* The code, and a word that the message must hold. */
#define assert_refused(f, call, rc, word) \
	do { \
		assert_int_equal(call, rc); \
		if (!strstr((f)->err.message, word)) \
			fail_msg("« %s » does not say « %s »", (f)->err.message, word); \
	} while (0)

static struct store_options options_of(struct store_fixture *f)
{
	return (struct store_options){ .clock = clock_fixed(&f->now_ms), .random = random_seeded(&f->seed), .busy_ms = 50 };
}

static void write_file(const char *path, const void *data, size_t bytes)
{
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, bytes, file), bytes);
	assert_int_equal(fclose(file), 0);
}

static bool exists(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

static int64_t log_one(struct store_fixture *f)
{
	return FIXTURE_LOG(f, .category = "depot", .subject = "Gravats");
}

static bool count_row(void *context, const struct request_row *row)
{
	(void)row;
	++*(int *)context;
	return true;
}

static int requests_of(struct store *s)
{
	struct list_filter all = LIST_FILTER_INIT;
	int n = 0;
	all.all = true;
	all.limit = 100000;
	assert_int_equal(store_list(s, &all, count_row, &n, NULL), GUICHET_OK);
	return n;
}

static void assert_clean(struct store *s)
{
	struct verify_report r;
	struct guichet_err err;
	if (store_verify(s, NULL, NULL, NULL, &r, &err))
		fail_msg("%s", err.message);
	assert_int_equal(r.differences, 0);
}

/* Protects: a backup is a whole store that nobody else can read, and leaves nothing beside it. */
static void test_backup_is_a_whole_store(void **state)
{
	struct store_fixture *f = *state;
	char copy[160], partial[176];
	struct stat st;
	struct store *s;
	for (int i = 0; i < 5; i++)
		log_one(f);
	fixture_path(f, "copie.db", copy);
	snprintf(partial, sizeof partial, "%s.partiel", copy);
	umask(0);
	assert_ok(f, store_backup(f->store, copy, NULL, &f->err));
	umask(022);
	assert_int_equal(stat(copy, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_false(exists(partial));
	struct store_options options = options_of(f);
	assert_ok(f, store_open(copy, &options, &s, &f->err));
	assert_int_equal(requests_of(s), 5);
	assert_clean(s);
	store_close(&s);
}

/* Protects: no backup ever costs another file, and one that can't be made says why and leaves nothing. */
static void test_backup_never_overwrites(void **state)
{
	struct store_fixture *f = *state;
	char copy[160], link[160];
	fixture_path(f, "copie.db", copy);
	fixture_path(f, "lien.db", link);
	write_file(copy, "à moi", 6);
	assert_refused(f, store_backup(f->store, copy, NULL, &f->err), GUICHET_CANT_CREATE, "existe déjà");
	struct stat st;
	assert_int_equal(stat(copy, &st), 0);
	assert_int_equal(st.st_size, 6);
	/* A name that leads nowhere is a name all the same. */
	assert_int_equal(symlink("/nonexistent/cible", link), 0);
	assert_refused(f, store_backup(f->store, link, NULL, &f->err), GUICHET_CANT_CREATE, "existe déjà");
	assert_refused(f, store_backup(f->store, f->path, NULL, &f->err), GUICHET_CANT_CREATE, "existe déjà");
	assert_refused(f, store_backup(f->store, "/nonexistent/copie.db", NULL, &f->err), GUICHET_CANT_CREATE, "/nonexistent/copie.db");
}

static bool stop_now(void *context, int64_t done, int64_t total)
{
	assert_true(done <= total);
	++*(int *)context;
	return false;
}

/* Protects: a backup stopped half way, or killed, leaves no file under its name, and can be made again. */
static void test_backup_interrupted(void **state)
{
	struct store_fixture *f = *state;
	char copy[160], partial[176];
	int ticks = 0;
	char *big = guichet_alloc(3 * 1024 * 1024), sha256[65];
	assert_ok(f, store_put_blob(f->store, big, 3 * 1024 * 1024, sha256, &f->err));
	free(big);
	fixture_path(f, "copie.db", copy);
	snprintf(partial, sizeof partial, "%s.partiel", copy);
	assert_refused(f, store_backup(f->store, copy, &(struct progress){ stop_now, &ticks }, &f->err), GUICHET_IO, "interrompu");
	assert_int_equal(ticks, 1);
	assert_true(f->err.retryable);
	assert_false(exists(copy));
	assert_false(exists(partial));
	/* What a killed one left behind is taken over; what another is writing is not. */
	write_file(partial, "des restes", 10);
	int other = open(partial, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(other, LOCK_EX), 0);
	assert_refused(f, store_backup(f->store, copy, NULL, &f->err), GUICHET_LOCKED, "en cours");
	close(other);
	assert_ok(f, store_backup(f->store, copy, NULL, &f->err));
	assert_false(exists(partial));
}

struct writing { struct store_fixture *f; struct store *other; int ticks; };

static bool write_meanwhile(void *context, int64_t done, int64_t total)
{
	struct writing *w = context;
	struct call call = { .channel = "phone", .category = "depot", .subject = "Pendant la sauvegarde" };
	struct logged l;
	(void)done;
	(void)total;
	w->ticks++;
	assert_ok(w->f, desk_log(w->other, &fixture_agent, &call, NULL, &l, &w->f->err));
	logged_done(&l);
	return true;
}

/* Protects: the desk goes on working while its store is copied, the copy ends however busy the desk is, and what it holds is one moment. */
static void test_backup_while_another_writes(void **state)
{
	struct store_fixture *f = *state;
	struct store_options options = options_of(f);
	struct writing w = { .f = f };
	char copy[160], sha256[65], *big = guichet_alloc(5 * 1024 * 1024);
	assert_ok(f, store_put_blob(f->store, big, 5 * 1024 * 1024, sha256, &f->err));
	free(big);
	assert_ok(f, store_open(f->path, &options, &w.other, &f->err));
	fixture_path(f, "copie.db", copy);
	assert_ok(f, store_backup(f->store, copy, &(struct progress){ write_meanwhile, &w }, &f->err));
	assert_true(w.ticks > 0);
	assert_int_equal(requests_of(w.other), w.ticks);
	store_close(&w.other);
	struct store *s;
	assert_ok(f, store_open(copy, &options, &s, &f->err));
	assert_clean(s);
	assert_true(requests_of(s) <= w.ticks);
	store_close(&s);
}

/* --- restoring --- */

static int64_t serial_of(int64_t reference) { return reference / 100; }

/* Protects: after a backup the original goes on counting, the restored store counts elsewhere, and whoever opens the backup
 * itself counts elsewhere again: no reference and no operation's number is given twice. */
static void test_no_reference_twice(void **state)
{
	struct store_fixture *f = *state;
	struct store_options options = options_of(f);
	char copy[160], place[160];
	int64_t given[60];
	size_t n = 0;
	struct store *stores[3] = { 0 };
	fixture_path(f, "copie.db", copy);
	fixture_path(f, "ailleurs.db", place);
	for (int i = 0; i < 5; i++)
		given[n++] = log_one(f);
	assert_ok(f, store_backup(f->store, copy, NULL, &f->err));
	assert_ok(f, store_restore(copy, place, &options, &f->err));
	stores[0] = f->store;
	assert_ok(f, store_open(place, &options, &stores[1], &f->err));
	assert_ok(f, store_open(copy, &options, &stores[2], &f->err));
	for (int i = 0; i < 45; i++) {
		f->store = stores[i % 3];
		given[n++] = log_one(f);
	}
	f->store = stores[0];
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			assert_true(given[i] != given[j]);
	/* Far enough away that the original can count on for years. */
	for (size_t i = 5; i < n; i++)
		for (size_t j = 5; j < i; j++)
			if (i % 3 != j % 3)
				assert_true(llabs(serial_of(given[i]) - serial_of(given[j])) > 100000);
	assert_true(store_device(stores[0]) != store_device(stores[1]) && store_device(stores[1]) != store_device(stores[2]) &&
		store_device(stores[0]) != store_device(stores[2]));
	for (int i = 0; i < 3; i++)
		assert_clean(stores[i]);
	assert_int_equal(requests_of(stores[1]), 20);
	store_close(&stores[1]);
	store_close(&stores[2]);
}

/* Protects: two desks that have the same copy open agree on its new identity, and one that was refused its write has none that nobody else knows. */
static void test_a_copy_takes_one_identity(void **state)
{
	struct store_fixture *f = *state;
	struct store_options options = options_of(f);
	char copy[160];
	struct store *a, *b, *own = f->store;
	fixture_path(f, "copie.db", copy);
	log_one(f);
	assert_ok(f, store_backup(f->store, copy, NULL, &f->err));
	assert_ok(f, store_open(copy, &options, &a, &f->err));
	assert_ok(f, store_open(copy, &options, &b, &f->err));
	assert_int_equal(store_device(a), store_device(own));
	assert_ok(f, store_begin(a, &f->err));
	assert_true(store_device(a) != store_device(own));
	store_rollback(a);
	assert_int_equal(store_device(a), store_device(own));
	f->store = b;
	log_one(f);
	uint32_t device = store_device(b);
	assert_true(device != store_device(own));
	f->store = a;
	log_one(f);
	assert_int_equal(store_device(a), device);
	f->store = own;
	assert_clean(a);
	assert_int_equal(requests_of(b), 3);
	store_close(&a);
	store_close(&b);
}

/* Protects: a copy takes another identity also when the server gave this desk, or others, numbers from the upper half. */
static void test_identity_above_high_numbers(void **state)
{
	struct store_fixture *f = *state;
	const uint32_t given = 4000000000u, others = UINT32_MAX - 2;
	for (int i = 0; i < 3; i++) {
		assert_ok(f, sql_exec(f->store, i == 0 ? "INSERT INTO device(no, id, own) VALUES(50, 4294967293, 0)" : i == 1 ?
			"INSERT INTO device(no, id, own) VALUES(60, 4000000000, 1)" : "SELECT 1", &f->err));
		assert_ok(f, store_set_setting(f->store, BACKUP_MARK, "copie", &f->err));
		uint32_t before = store_device(f->store);
		log_one(f);
		uint32_t now = store_device(f->store);
		assert_true(now != before && now != others && now != given && now > before);
		assert_true(i == 0 || now > given);
	}
	assert_clean(f->store);
}

/* Protects: restoring brings back what the backup holds, keeps the store that it replaces, each time under another name, and is whole at once. */
static void test_restore_keeps_what_it_replaces(void **state)
{
	struct store_fixture *f = *state;
	struct store_options options = options_of(f);
	char copy[160], kept[192], again[192];
	struct stat st;
	log_one(f);
	fixture_path(f, "copie.db", copy);
	assert_ok(f, store_backup(f->store, copy, NULL, &f->err));
	int64_t lost = log_one(f);
	store_close(&f->store);
	assert_ok(f, store_restore(copy, f->path, &options, &f->err));
	assert_ok(f, store_open(f->path, &options, &f->store, &f->err));
	assert_int_equal(requests_of(f->store), 1);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	int64_t ids[2];
	assert_int_equal(store_find_reference(f->store, lost, ids, 2), 0);
	log_one(f);
	log_one(f);
	assert_clean(f->store);
	store_close(&f->store);
	assert_ok(f, store_restore(copy, f->path, &options, &f->err));
	snprintf(kept, sizeof kept, "%s.avant-restauration", f->path);
	snprintf(again, sizeof again, "%s.avant-restauration-2", f->path);
	struct store *s;
	assert_ok(f, store_open(kept, &options, &s, &f->err));
	assert_int_equal(requests_of(s), 2);
	assert_int_equal(store_find_reference(s, lost, ids, 2), 1);
	store_close(&s);
	assert_ok(f, store_open(again, &options, &s, &f->err));
	assert_int_equal(requests_of(s), 3);
	store_close(&s);
	assert_ok(f, store_open(f->path, &options, &f->store, &f->err));
	assert_int_equal(requests_of(f->store), 1);
	for (const char *const *side = (const char *const[]){ ".partiel", ".partiel-journal", NULL }; *side; side++) {
		snprintf(kept, sizeof kept, "%s%s", f->path, *side);
		assert_false(exists(kept));
	}
}

/* Protects: a desk that still has the replaced store open is told so at its next write: nothing goes into a file that nobody will look at. */
static void test_a_desk_left_open_is_told(void **state)
{
	struct store_fixture *f = *state;
	struct store_options options = options_of(f);
	char copy[160];
	log_one(f);
	fixture_path(f, "copie.db", copy);
	assert_ok(f, store_backup(f->store, copy, NULL, &f->err));
	struct store *open = f->store;
	f->store = NULL;
	assert_ok(f, store_restore(copy, f->path, &options, &f->err));
	struct call call = { .channel = "phone", .category = "depot", .subject = "Trop tard" };
	struct logged l;
	assert_refused(f, desk_log(open, &fixture_agent, &call, NULL, &l, &f->err), GUICHET_LOCKED, "remplacé");
	logged_done(&l);
	store_close(&open);
	assert_ok(f, store_open(f->path, &options, &f->store, &f->err));
	assert_int_equal(requests_of(f->store), 1);
	assert_clean(f->store);
}

static void copy_file(const char *from, const char *to, long bytes)
{
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	assert_true(in && out);
	for (int c; bytes-- != 0 && (c = getc(in)) != EOF;)
		putc(c, out);
	fclose(in);
	fclose(out);
}

/* Protects: what is no backup, or a damaged one, never takes a store's place; the word says which, and the store is as it was. */
static void test_bad_backups_are_refused(void **state)
{
	struct store_fixture *f = *state;
	struct store_options options = options_of(f);
	char copy[160], bad[160], kept[192];
	log_one(f);
	fixture_path(f, "copie.db", copy);
	fixture_path(f, "mauvaise.db", bad);
	snprintf(kept, sizeof kept, "%s.avant-restauration", f->path);
	assert_ok(f, store_backup(f->store, copy, NULL, &f->err));
	assert_refused(f, store_restore(bad, f->path, &options, &f->err), GUICHET_NO_INPUT, "aucune sauvegarde");
	write_file(bad, "ceci n'est pas une base de données, mais un texte assez long pour en avoir l'air", 80);
	assert_refused(f, store_restore(bad, f->path, &options, &f->err), GUICHET_DATA, "n'est pas un dépôt");
	write_file(bad, "", 0);
	assert_refused(f, store_restore(bad, f->path, &options, &f->err), GUICHET_DATA, "n'est pas un dépôt");
	assert_refused(f, store_restore(f->folder, f->path, &options, &f->err), GUICHET_DATA, "n'est pas un dépôt");
	assert_refused(f, store_restore(f->path, f->path, &options, &f->err), GUICHET_REFUSED, "lui-même");
	assert_refused(f, store_restore(copy, f->folder, &options, &f->err), GUICHET_CANT_CREATE, "ordinaire");
	copy_file(copy, bad, 20000);
	assert_refused(f, store_restore(bad, f->path, &options, &f->err), GUICHET_DATA, "tronqué");
	/* A page of noise in the middle: only reading all of it tells. */
	copy_file(copy, bad, -1);
	FILE *file = fopen(bad, "r+b");
	fseek(file, 4096 * 5, SEEK_SET);
	for (int i = 0; i < 4096; i++)
		putc(0xa5, file);
	fclose(file);
	assert_int_equal(store_restore(bad, f->path, &options, &f->err), GUICHET_DATA);
	assert_false(exists(kept));
	assert_int_equal(requests_of(f->store), 1);
	assert_clean(f->store);
}

/* A journal as a killed guichet leaves it, that would put the store back to what it is now. */
static void save_hot_journal(struct store_fixture *f, const char *to)
{
	char journal[160], sha256[65], *big = guichet_alloc(1024 * 1024);
	struct stat st;
	sqlite3 *db;
	assert_ok(f, store_put_blob(f->store, big, 1024 * 1024, sha256, &f->err));
	free(big);
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA cache_size = 1; BEGIN; UPDATE blob SET data = randomblob(1000000); UPDATE op SET actor = 'x'",
		NULL, NULL, NULL), SQLITE_OK);
	fixture_path(f, "desk.db-journal", journal);
	assert_int_equal(stat(journal, &st), 0);
	assert_true(st.st_size > 100000);
	copy_file(journal, to, -1);
	sqlite3_close(db);
}

/* Protects: restoring is what one does when the store is damaged: it is replaced, and kept; its journal, or one that was left of a store that is gone,
 * is never played back into the new one. */
static void test_restore_over_a_damaged_store(void **state)
{
	struct store_fixture *f = *state;
	struct store_options options = options_of(f);
	char copy[160], journal[160], hot[160], kept[192];
	struct stat st;
	log_one(f);
	fixture_path(f, "desk.db-journal", journal);
	fixture_path(f, "chaud", hot);
	save_hot_journal(f, hot);
	for (int i = 0; i < 20; i++)
		log_one(f);
	fixture_path(f, "copie.db", copy);
	assert_ok(f, store_backup(f->store, copy, NULL, &f->err));
	store_close(&f->store);
	write_file(f->path, "plus rien de lisible ici, et certainement pas une base de données, hélas, hélas, hélas, hélas", 90);
	copy_file(hot, journal, -1);
	assert_ok(f, store_restore(copy, f->path, &options, &f->err));
	assert_ok(f, store_open(f->path, &options, &f->store, &f->err));
	assert_int_equal(requests_of(f->store), 21);
	assert_clean(f->store);
	snprintf(kept, sizeof kept, "%s.avant-restauration", f->path);
	assert_int_equal(stat(kept, &st), 0);
	/* And where only a journal was left of it. */
	store_close(&f->store);
	assert_int_equal(unlink(f->path), 0);
	copy_file(hot, journal, -1);
	assert_ok(f, store_restore(copy, f->path, &options, &f->err));
	assert_ok(f, store_open(f->path, &options, &f->store, &f->err));
	assert_int_equal(requests_of(f->store), 21);
	assert_clean(f->store);
}

/* Protects: a store that is being written to is not replaced under the hand that writes. */
static void test_restore_waits_for_a_writer(void **state)
{
	struct store_fixture *f = *state;
	struct store_options options = options_of(f);
	char copy[160];
	fixture_path(f, "copie.db", copy);
	log_one(f);
	assert_ok(f, store_backup(f->store, copy, NULL, &f->err));
	assert_ok(f, store_begin(f->store, &f->err));
	assert_refused(f, store_restore(copy, f->path, &options, &f->err), GUICHET_LOCKED, "occupé");
	store_rollback(f->store);
	assert_clean(f->store);
}

/* Protects: a disk that fills up while a copy is made is told as such, and leaves neither half a copy nor a store less. The limit on a file's size
 * fails a write as a full disk does. */
static void test_full_disk(void **state)
{
	struct store_fixture *f = *state;
	char copy[160], place[160], sha256[65], *big = guichet_alloc(4 * 1024 * 1024);
	assert_ok(f, store_put_blob(f->store, big, 4 * 1024 * 1024, sha256, &f->err));
	free(big);
	fixture_path(f, "copie.db", copy);
	fixture_path(f, "ailleurs.db", place);
	struct rlimit before, low = { .rlim_cur = 1024 * 1024 };
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	low.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	enum guichet_rc rc = store_backup(f->store, copy, NULL, &f->err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(rc, GUICHET_IO);
	assert_false(exists(copy));
	assert_ok(f, store_backup(f->store, copy, NULL, &f->err));
	struct store_options options = options_of(f);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	rc = store_restore(copy, place, &options, &f->err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(rc, GUICHET_IO);
	assert_false(exists(place));
	assert_clean(f->store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_backup_is_a_whole_store),
		TEST(test_backup_never_overwrites),
		TEST(test_backup_interrupted),
		TEST(test_backup_while_another_writes),
		TEST(test_no_reference_twice),
		TEST(test_a_copy_takes_one_identity), TEST(test_identity_above_high_numbers),
		TEST(test_restore_keeps_what_it_replaces),
		TEST(test_a_desk_left_open_is_told),
		TEST(test_bad_backups_are_refused),
		TEST(test_restore_over_a_damaged_store),
		TEST(test_restore_waits_for_a_writer),
		TEST(test_full_disk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
