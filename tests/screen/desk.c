// SPDX-License-Identifier: GPL-3.0-or-later
/* See desk.h. */
#include "desk.h"

#include <fcntl.h>
#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "script.h"

static const int64_t began_ms = 1795513620000;             /* 2026-11-24T10:47+01:00 */

static void beside(char *path, size_t room, const char *name)
{
	ssize_t length = readlink("/proc/self/exe", path, room - 32);
	char *slash;

	path[length > 0 ? length : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash)
		snprintf(slash + 1, room - (size_t)(slash + 1 - path), "%s", name);
}

void desk_set(struct desk *d, const char *word)
{
	if (d->count + 1 < sizeof d->environment / sizeof *d->environment)
		d->environment[d->count++] = word;
}

static bool prepare(struct desk *d, int64_t passed_ms)
{
	static const char *const always[] = { "LC_ALL=C.UTF-8", "TZ=XXX-13", "LANGUAGE", "LANG", "NO_COLOR", "ESCDELAY", "GUICHET_NOW", "ACCESSIBLE" };
	char library[4096], *top = getcwd(NULL, 0);

	*d = (struct desk){ .home = "/tmp/guichet-desk-XXXXXX" };
	if (!mkdtemp(d->home))
		return false;
	beside(d->guichet, sizeof d->guichet, "../guichet");
	beside(library, sizeof library, "moment.so");
	if (!moment_start(&d->moment, library, began_ms))
		return false;
	d->moment.page->passed_ms = passed_ms;
	snprintf(d->store, sizeof d->store, "%s/data/guichet/desk.db", d->home);
	snprintf(d->words[0], sizeof d->words[0], "HOME=%s", d->home);
	snprintf(d->words[1], sizeof d->words[1], "XDG_DATA_HOME=%s/data", d->home);
	snprintf(d->words[2], sizeof d->words[2], "XDG_CONFIG_HOME=%s/config", d->home);
	snprintf(d->words[3], sizeof d->words[3], "XDG_STATE_HOME=%s/state", d->home);
	/* Loaded before the sanitizers' own library, which is then told not to mind; what they find goes to files. */
	snprintf(d->words[4], sizeof d->words[4], "ASAN_OPTIONS=verify_asan_link_order=0:detect_stack_use_after_return=1:log_path=%s/asan", d->home);
	snprintf(d->words[5], sizeof d->words[5], "UBSAN_OPTIONS=print_stacktrace=1:log_path=%s/asan", d->home);
	snprintf(d->words[6], sizeof d->words[6], "GUICHET_DATADIR=%s/data", top ? top : ".");
	free(top);
	for (int i = 0; i < 7; i++)
		desk_set(d, d->words[i]);
	desk_set(d, d->moment.words[0]);
	desk_set(d, d->moment.words[1]);
	for (size_t i = 0; i < sizeof always / sizeof *always; i++)
		desk_set(d, always[i]);
	return true;
}

bool desk_make(struct desk *d, int requests)
{
	char count[16];

	snprintf(count, sizeof count, "%d", requests);
	if (prepare(d, 0) && DESK_RUN(d, "init", "--demo", "--requests", count) == 0 && access(d->store, R_OK | W_OK) == 0)
		return true;
	fprintf(stderr, "no desk: %s\n", text_str(&d->said));
	return false;
}

bool desk_know_caller(struct desk *d, const char *login, char reference[16])
{
	if (DESK_RUN(d, "--json", "--as", login, "log", "--channel", "phone", "--category", "nid-de-poule", "--subject", "Trou devant le 12", "--title", "Mme", "--name",
		"Odette Lefèvre", "--phone", "06 39 98 12 34", "--commune", "Verdane", "--address", "12 rue des Lilas"))
		return false;
	if (reference)
		snprintf(reference, 16, "%s", script_field(d, 0, "service_request_id"));
	return true;
}

char *desk_store_text(const char *store, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = NULL;
	char *found = NULL;

	if (sqlite3_open(store, &db) == SQLITE_OK && sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW
		&& sqlite3_column_text(statement, 0))
		found = guichet_strdup((const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return found;
}

int64_t desk_store_number(const char *store, const char *sql)
{
	char *found = desk_store_text(store, sql);
	int64_t n = found ? strtoll(found, NULL, 10) : INT64_MIN;

	free(found);
	return n;
}

/* The configuration names the folder: names of the same length. */
static void rename_home(char *bytes, size_t count, const char *from, const char *to)
{
	size_t length = strlen(from);

	for (size_t at = 0; at + length <= count; at++)
		if (memcmp(bytes + at, from, length) == 0)
			memcpy(bytes + at, to, length);
}

static bool copy_file(const struct desk *from, struct desk *to, const char *name, bool renames)
{
	char path[256], other[256], bytes[65536];
	int in, out;
	ssize_t got = -1;

	snprintf(path, sizeof path, "%s/%s", from->home, name);
	snprintf(other, sizeof other, "%s/%s", to->home, name);
	in = open(path, O_RDONLY | O_CLOEXEC);
	out = open(other, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	while (in >= 0 && out >= 0 && (got = read(in, bytes, sizeof bytes)) > 0) {
		if (renames)
			rename_home(bytes, (size_t)got, from->home, to->home);
		if (write(out, bytes, (size_t)got) != got)
			break;
	}
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return got == 0;
}

bool desk_copy(struct desk *d, const struct desk *from)
{
	static const char *const folders[] = { "data", "data/guichet", "config", "config/guichet", "state" };
	char path[256];

	if (!prepare(d, from->moment.page->passed_ms))
		return false;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		snprintf(path, sizeof path, "%s/%s", d->home, folders[i]);
		mkdir(path, 0700);
	}
	return copy_file(from, d, "data/guichet/desk.db", false) && copy_file(from, d, "config/guichet/guichet.ini", true);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void desk_done(struct desk *d)
{
	moment_done(&d->moment);
	text_done(&d->said);
	nftw(d->home, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static void fill_arguments(struct desk *d, char **argv, const char *const *arguments)
{
	size_t n = 0;

	argv[n++] = d->guichet;
	for (; arguments && *arguments && n < DESK_ARGS - 1; arguments++)
		argv[n++] = (char *)*arguments;
	argv[n] = NULL;
}

bool desk_open(struct desk *d, struct pty *p, const char *term, int rows, int cols, const char *const *arguments)
{
	char *argv[DESK_ARGS];

	fill_arguments(d, argv, arguments);
	d->moment.page->waits = 0;
	d->environment[d->count] = NULL;
	return pty_start(p, rows, cols, term, d->environment, argv) && moment_settle(&d->moment, p);
}

static void become(struct desk *d, char **argv, int out)
{
	int nothing = open("/dev/null", O_RDONLY);

	dup2(nothing, 0);
	dup2(out, 1);
	dup2(out, 2);
	for (size_t i = 0; i < d->count; i++) {
		const char *equals = strchr(d->environment[i], '=');

		if (equals)
			putenv((char *)d->environment[i]);
		else
			unsetenv(d->environment[i]);
	}
	execv(argv[0], argv);
	_exit(127);
}

int desk_run(struct desk *d, const char *const *arguments)
{
	char *argv[DESK_ARGS], bytes[4096];
	int fds[2], status;
	ssize_t got;
	pid_t pid;

	fill_arguments(d, argv, arguments);
	text_clear(&d->said);
	if (pipe2(fds, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid == 0)
		become(d, argv, fds[1]);
	close(fds[1]);
	while ((got = read(fds[0], bytes, sizeof bytes)) > 0)
		text_addn(&d->said, bytes, (size_t)got);
	close(fds[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
