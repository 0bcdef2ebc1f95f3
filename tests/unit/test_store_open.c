// SPDX-License-Identifier: GPL-3.0-or-later
/* Opening what may be no store, or one that is in use, read-only, on a full disk, or was left by a killed guichet: a clear word, the right code, and
 * nothing lost. */
#include "store_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "guichet/base/text.h"

#define ARGS(...) (&(struct step_args){ __VA_ARGS__ })
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

static enum guichet_rc open_at(struct store_fixture *f, const char *path)
{
	struct store *s;
	struct store_options options = options_of(f);
	enum guichet_rc rc = store_open(path, &options, &s, &f->err);
	if (rc == GUICHET_OK)
		store_close(&s);
	else
		assert_null(s);
	return rc;
}

static void write_file(const char *path, const void *data, size_t bytes)
{
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, bytes, file), bytes);
	assert_int_equal(fclose(file), 0);
}

static int64_t log_one(struct store_fixture *f)
{
	return FIXTURE_LOG(f, .category = "depot", .subject = "Gravats");
}

static enum guichet_rc try_log(struct store_fixture *f, const char *subject, int64_t *reference)
{
	struct call call = { .channel = "phone", .category = "depot", .subject = subject };
	struct logged l;
	enum guichet_rc rc = desk_log(f->store, &fixture_agent, &call, NULL, &l, &f->err);
	if (reference)
		*reference = l.reference;
	logged_done(&l);
	return rc;
}

static void assert_clean(struct store_fixture *f, int64_t requests)
{
	struct verify_report r;
	assert_ok(f, store_verify(f->store, NULL, NULL, NULL, &r, &f->err));
	assert_int_equal(r.differences, 0);
	if (requests >= 0)
		assert_int_equal(r.requests, requests);
}

static void raw(const char *path, const char *sql)
{
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* Protects: whatever file is given as a store, it is not touched, and the message says what it is and what to do. */
static void test_what_is_no_store(void **state)
{
	struct store_fixture *f = *state;
	char path[160], missing[160];
	fixture_path(f, "autre.db", path);
	fixture_path(f, "absent.db", missing);
	assert_refused(f, open_at(f, missing), GUICHET_NO_INPUT, "guichet init");
	assert_refused(f, open_at(f, f->folder), GUICHET_DATA, "n'est pas un dépôt");
	assert_refused(f, open_at(f, "/dev/zero"), GUICHET_DATA, "n'est pas un dépôt");
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused(f, open_at(f, path), GUICHET_DATA, "n'est pas un dépôt");
	unlink(path);
	write_file(path, "", 0);
	assert_refused(f, open_at(f, path), GUICHET_DATA, "n'est pas un dépôt");
	write_file(path, "numero;canal;nature\n1;téléphone;signalement\n", 46);
	assert_refused(f, open_at(f, path), GUICHET_DATA, "n'est pas un dépôt");
	unlink(path);
	raw(path, "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
	assert_refused(f, open_at(f, path), GUICHET_DATA, "n'est pas un dépôt");
	/* A creation that was killed between its two halves. */
	raw(path, "PRAGMA application_id = 1196771651");
	assert_refused(f, open_at(f, path), GUICHET_DATA, "interrompue");
}

/* Protects: a store of a newer guichet is left alone, with a word that says so; nothing of it changes. */
static void test_a_newer_store(void **state)
{
	struct store_fixture *f = *state;
	char word[32];
	store_close(&f->store);
	snprintf(word, sizeof word, "PRAGMA user_version = %d", STORE_SCHEMA + 1);
	raw(f->path, word);
	assert_refused(f, open_at(f, f->path), GUICHET_DATA, "plus récent");
	snprintf(word, sizeof word, "PRAGMA user_version = %d", STORE_SCHEMA);
	raw(f->path, word);
	assert_ok(f, open_at(f, f->path));
}

/* Protects: a truncated store is told as such at every length, and never opened as if it were whole. */
static void test_a_truncated_store(void **state)
{
	struct store_fixture *f = *state;
	struct stat st;
	log_one(f);
	store_close(&f->store);
	assert_int_equal(stat(f->path, &st), 0);
	for (long keep = st.st_size - 1; keep > 16; keep = keep * 2 / 3) {
		assert_int_equal(truncate(f->path, keep), 0);
		assert_refused(f, open_at(f, f->path), GUICHET_DATA, "tronqué");
	}
}

/* Protects: pages of noise are told as damage, with what to do, whether it is opening or working that meets them. */
static void test_a_damaged_store(void **state)
{
	struct store_fixture *f = *state;
	struct stat st;
	char noise[4096];
	log_one(f);
	store_close(&f->store);
	assert_int_equal(stat(f->path, &st), 0);
	memset(noise, 0xa5, sizeof noise);
	FILE *file = fopen(f->path, "r+b");
	for (long page = 1; page < st.st_size / 4096; page++) {
		fseek(file, page * 4096, SEEK_SET);
		fwrite(noise, 1, sizeof noise, file);
	}
	fclose(file);
	assert_refused(f, open_at(f, f->path), GUICHET_DATA, "restaurez");
}

/* Protects: a store is created once, for its owner alone, and a creation that can't be leaves nothing. */
static void test_creating(void **state)
{
	struct store_fixture *f = *state;
	struct store_options options = options_of(f);
	struct catalogue_source source, empty = { 0 };
	struct stat st;
	char path[160];
	fixture_path(f, "neuf.db", path);
	fixture_catalogue(&source);
	assert_refused(f, store_create(f->path, &source, false, &options, &f->err), GUICHET_CANT_CREATE, "existe déjà");
	assert_refused(f, store_create("/nonexistent/neuf.db", &source, false, &options, &f->err), GUICHET_CANT_CREATE, "/nonexistent");
	assert_int_equal(store_create(path, &empty, false, &options, &f->err), GUICHET_CONFIG);
	assert_int_equal(stat(path, &st), -1);
	umask(0);
	assert_ok(f, store_create(path, &source, true, &options, &f->err));
	umask(022);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	catalogue_source_done(&source);
	log_one(f);
	assert_clean(f, 1);
}

/* Protects: --read-only refuses what the user would write, and nothing else: reading works, and so does putting right what a killed guichet left. */
static void test_read_only(void **state)
{
	struct store_fixture *f = *state;
	struct store_options options = options_of(f);
	struct loaded l;
	int64_t reference = log_one(f);
	store_close(&f->store);
	options.read_only = true;
	assert_ok(f, store_open(f->path, &options, &f->store, &f->err));
	assert_ok(f, store_load(f->store, reference, &l, &f->err));
	loaded_done(&l);
	assert_refused(f, try_log(f, "Non", NULL), GUICHET_NO_PERM, "lecture seule");
	assert_refused(f, store_rebuild(f->store, NULL, &f->err), GUICHET_NO_PERM, "lecture seule");
	assert_ok(f, store_idle(f->store, 100, &f->err));
	assert_clean(f, 1);
}

/* In a child that is nobody: exits with what `work` returns. */
static int as_nobody(struct store_fixture *f, int (*work)(struct store_fixture *f))
{
	int status;
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
			_exit(99);
		_exit(work(f));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int work_on_a_file_of_others(struct store_fixture *f)
{
	struct store_options options = options_of(f);
	struct store *s;
	struct call call = { .channel = "phone", .category = "depot", .subject = "Non" };
	struct logged l;
	struct list_filter filter = LIST_FILTER_INIT;
	if (store_open(f->path, &options, &s, &f->err))
		return 90;
	if (store_list(s, &filter, NULL, NULL, &f->err))
		return 91;
	enum guichet_rc rc = desk_log(s, &fixture_agent, &call, NULL, &l, &f->err);
	logged_done(&l);
	store_close(&s);
	return strstr(f->err.message, "lecture seule") ? (int)rc : 92;
}

static int open_unreadable(struct store_fixture *f)
{
	enum guichet_rc rc = open_at(f, f->path);
	return strstr(f->err.message, f->path) ? (int)rc : 92;
}

/* Protects: a file that this user may only read can be read, and says that it can't be written; one that they may not read says so. */
static void test_a_file_of_others(void **state)
{
	struct store_fixture *f = *state;
	store_close(&f->store);
	assert_int_equal(chmod(f->folder, 0755), 0);
	assert_int_equal(chmod(f->path, 0444), 0);
	assert_int_equal(as_nobody(f, work_on_a_file_of_others), GUICHET_NO_PERM);
	assert_int_equal(chmod(f->path, 0000), 0);
	assert_int_equal(as_nobody(f, open_unreadable), GUICHET_NO_PERM);
	assert_int_equal(chmod(f->path, 0600), 0);
}

/* Protects: where another guichet holds the store, opening and working wait, then say so and that it may be tried again; afterwards all goes on. */
static void test_locked_by_another(void **state)
{
	struct store_fixture *f = *state;
	struct store_options options = options_of(f);
	sqlite3 *db;
	store_close(&f->store);
	assert_ok(f, store_open(f->path, &options, &f->store, &f->err));
	log_one(f);
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	assert_refused(f, open_at(f, f->path), GUICHET_LOCKED, "occupé");
	assert_true(f->err.retryable);
	assert_refused(f, try_log(f, "Non", NULL), GUICHET_LOCKED, "occupé");
	assert_true(f->err.retryable);
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	/* A reader does not keep others from beginning, but from ending: nothing of it may stay. */
	assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT * FROM op", NULL, NULL, NULL), SQLITE_OK);
	assert_refused(f, try_log(f, "Non plus", NULL), GUICHET_LOCKED, "occupé");
	sqlite3_close(db);
	log_one(f);
	assert_clean(f, 2);
}

/* --- several at once, and killed --- */

enum { AT_ONCE = 3, EACH = 40 };

/* Logs and takes steps until it is killed or done; each reference goes down the pipe once it is acknowledged. */
static void work_for(struct store_fixture *f, int fd, unsigned seed, int count)
{
	/* How long one waits for another is not what is tested: a disk may be slow. */
	struct store_options options = { .clock = clock_fixed(&f->now_ms), .busy_ms = 60000 };
	uint64_t state = seed;
	options.random = random_seeded(&state);
	if (store_open(f->path, &options, &f->store, &f->err))
		_exit(1);
	for (int i = 0; i < count; i++) {
		int64_t reference;
		struct call call = { .channel = "phone", .category = "depot", .subject = "Gravats", .address = "3 rue Paradis",
			.requester = WHO({ "name", "Zoé Ferrand" }, { "phone", "0143336666" }) };
		struct logged l;
		if (desk_log(f->store, &fixture_agent, &call, NULL, &l, &f->err))
			_exit(2);
		reference = l.reference;
		logged_done(&l);
		if (write(fd, &reference, sizeof reference) != sizeof reference)
			_exit(3);
		if (i % 3 == 0 && desk_step(f->store, &fixture_chief, reference, STEP_NOTE, ARGS(.text = "vu"), NULL, &f->err))
			_exit(4);
	}
	store_close(&f->store);
	_exit(0);
}

static pid_t start_worker(struct store_fixture *f, unsigned seed, int count, int *fd)
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(ends[0]);
		work_for(f, ends[1], seed, count);
	}
	close(ends[1]);
	*fd = ends[0];
	return pid;
}

/* Protects: several guichets on one store at once: every call is recorded once, with a number of its own, and the tables agree with the journal. */
static void test_several_at_once(void **state)
{
	struct store_fixture *f = *state;
	int fds[AT_ONCE], status;
	pid_t pids[AT_ONCE];
	int64_t reference, ids[2];
	store_close(&f->store);
	for (unsigned i = 0; i < AT_ONCE; i++)
		pids[i] = start_worker(f, 100 + i, EACH, &fds[i]);
	int64_t seen[AT_ONCE * EACH];
	size_t n = 0;
	for (int i = 0; i < AT_ONCE; i++) {
		while (read(fds[i], &reference, sizeof reference) == sizeof reference)
			seen[n++] = reference;
		close(fds[i]);
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	assert_int_equal(n, AT_ONCE * EACH);
	fixture_reopen(f);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(store_find_reference(f->store, seen[i], ids, 2), 1);
	assert_clean(f, AT_ONCE * EACH);
}

/* Protects: no request is ever lost: killed at any moment, a guichet loses nothing that it acknowledged, and leaves a store that is whole. */
static void test_killed_in_the_middle(void **state)
{
	enum { ROUNDS = 12 };
	struct store_fixture *f = *state;
	int64_t acknowledged[2000], ids[2];
	size_t n = 0;
	store_close(&f->store);
	for (unsigned round = 0; round < ROUNDS; round++) {
		int fd, status;
		pid_t pid = start_worker(f, 1000 + round, 1000, &fd);
		/* After a few calls, and each time somewhere else within the next one. */
		for (unsigned i = 0; i < 2 + round % 5; i++)
			assert_int_equal(read(fd, &acknowledged[n++], sizeof *acknowledged), sizeof *acknowledged);
		usleep(round * 400);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		while (read(fd, &acknowledged[n], sizeof *acknowledged) == sizeof *acknowledged)
			n++;
		close(fd);
	}
	fixture_reopen(f);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(store_find_reference(f->store, acknowledged[i], ids, 2), 1);
	assert_clean(f, -1);
	struct verify_report r;
	assert_ok(f, store_verify(f->store, NULL, NULL, NULL, &r, &f->err));
	/* At most the one in hand at each kill was recorded without being acknowledged. */
	assert_true(r.requests >= (int64_t)n && r.requests <= (int64_t)n + ROUNDS);
}

/* --- a full disk --- */

/* Logs until it can't; the failure must be told as one of the disk. Returns how many it logged. */
static int log_until_full(struct store_fixture *f, const char *word)
{
	char *big = guichet_alloc(3001);
	memset(big, 'a', 3000);
	enum guichet_rc rc = GUICHET_OK;
	int n = 0;
	for (; rc == GUICHET_OK && n < 5000; n += rc == GUICHET_OK) {
		struct call call = { .channel = "phone", .category = "depot", .subject = "Gravats", .description = big };
		struct logged l;
		rc = desk_log(f->store, &fixture_agent, &call, NULL, &l, &f->err);
		logged_done(&l);
	}
	free(big);
	assert_int_equal(rc, GUICHET_IO);
	if (!strstr(f->err.message, word))
		fail_msg("« %s » does not say « %s »", f->err.message, word);
	return n;
}

/* Protects: where the disk takes no more, the call in hand is refused with that word, what was acknowledged stays, and work goes on when there is
 * room again. A limit on the file's size fails a write as a full disk does. */
static void test_a_file_that_can_not_grow(void **state)
{
	struct store_fixture *f = *state;
	struct stat st;
	struct rlimit before, low;
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	low = before;
	low.rlim_cur = (rlim_t)st.st_size + 200 * 1024;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	int n = log_until_full(f, f->path);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_true(n > 0);
	assert_clean(f, n);
	log_one(f);
	fixture_reopen(f);
	assert_clean(f, n + 1);
}

/* Protects: the same on a disk that is really full. */
static void test_a_full_disk(void **state)
{
	struct store_fixture *f = *state, *small = f;
	char folder[160], path[200];
	struct store_options options = options_of(f);
	struct catalogue_source source;
	fixture_path(f, "disque", folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	if (mount("tmpfs", folder, "tmpfs", 0, "size=1m")) {
		rmdir(folder);
		print_message("no right to mount a small disk: %s\n", strerror(errno));
		skip();
	}
	snprintf(path, sizeof path, "%s/desk.db", folder);
	fixture_catalogue(&source);
	store_close(&small->store);
	assert_ok(f, store_create(path, &source, false, &options, &f->err));
	catalogue_source_done(&source);
	assert_ok(f, store_open(path, &options, &f->store, &f->err));
	int n = log_until_full(f, "plein");
	assert_true(n > 0);
	assert_clean(f, n);
	assert_int_equal(mount("tmpfs", folder, "tmpfs", MS_REMOUNT, "size=4m"), 0);
	log_one(f);
	assert_clean(f, n + 1);
	store_close(&f->store);
	assert_int_equal(umount(folder), 0);
	rmdir(folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_no_store),
		TEST(test_a_newer_store),
		TEST(test_a_truncated_store),
		TEST(test_a_damaged_store),
		TEST(test_creating),
		TEST(test_read_only),
		TEST(test_a_file_of_others),
		TEST(test_locked_by_another),
		TEST(test_several_at_once),
		TEST(test_killed_in_the_middle),
		TEST(test_a_file_that_can_not_grow),
		TEST(test_a_full_disk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
