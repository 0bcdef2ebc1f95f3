// SPDX-License-Identifier: GPL-3.0-or-later
/* See beside.h. Must not know guichet's screens. */
#include "beside.h"

#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "floor.h"
#include "guichet/base/clock.h"
#include "guichet/base/text.h"

enum { ROWS = 24, COLS = 80, PATIENCE_S = 180, SETTLED_LOOKS = 20, LOOK_MS = 50 };

struct rows { sqlite3 *db; sqlite3_stmt *st; };

static bool is_installed(const char *program)
{
	const char *path = getenv("PATH");
	struct text t = TEXT_INIT;
	bool found = false;
	for (const char *p = path ? path : ""; *p && !found; p += strcspn(p, ":"), p += *p == ':') {
		text_clear(&t);
		text_addf(&t, "%.*s/%s", (int)strcspn(p, ":"), p, program);
		found = access(text_str(&t), X_OK) == 0;
	}
	text_done(&t);
	return found;
}

static struct rows open_rows(const char *store)
{
	struct rows r = {floor_open(store, false), NULL};
	r.st = floor_prepare(r.db,
		"SELECT r.received_ms / 1000, coalesce(q.name, 'anonyme'), r.subject, r.reference FROM request r LEFT JOIN requester q ON q.id = r.requester ORDER BY r.id");
	return r;
}

static void close_rows(struct rows *r)
{
	sqlite3_finalize(r->st);
	sqlite3_close(r->db);
}

size_t beside_rows(const char *store)
{
	sqlite3 *db = floor_open(store, false);
	sqlite3_stmt *st = floor_prepare(db, "SELECT count(*) FROM request");
	size_t n = sqlite3_step(st) == SQLITE_ROW ? (size_t)sqlite3_column_int64(st, 0) : 0;
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

static int drop_one(const char *path, const struct stat *s, int type, struct FTW *at)
{
	(void)s;
	(void)type;
	(void)at;
	return remove(path);
}

void beside_clear(const char *folder)
{
	nftw(folder, drop_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Runs a program to its end, its input from a file. */
static bool run(char *const *argv, const char *input)
{
	extern char **environ;
	posix_spawn_file_actions_t files;
	pid_t pid;
	int status = -1;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, input, O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, argv[0], &files, NULL, argv, environ) == 0)
		waitpid(pid, &status, 0);
	posix_spawn_file_actions_destroy(&files);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* --- tig: a request is a commit --- */

static bool make_history(const char *folder, const char *store)
{
	struct text input = TEXT_INIT;
	char *init[] = {"git", "init", "-q", "-b", "main", (char *)(uintptr_t)folder, NULL};
	char *fill[] = {"git", "-C", (char *)(uintptr_t)folder, "fast-import", "--quiet", NULL};
	text_addf(&input, "%s.stream", folder);
	struct rows r = open_rows(store);
	FILE *f = fopen(text_str(&input), "w");
	for (size_t n = 1; f && sqlite3_step(r.st) == SQLITE_ROW; n++) {
		const char *subject = (const char *)sqlite3_column_text(r.st, 2);
		fprintf(f, "commit refs/heads/main\nmark :%zu\ncommitter %s <x@y.invalid> %lld +0100\ndata %zu\n%s\n", n, sqlite3_column_text(r.st, 1),
			(long long)sqlite3_column_int64(r.st, 0), strlen(subject), subject);
	}
	close_rows(&r);
	bool good = f && !fclose(f) && run(init, "/dev/null") && run(fill, text_str(&input));
	unlink(text_str(&input));
	text_done(&input);
	return good;
}

/* --- neomutt: a request is a message --- */

static bool make_mailbox(const char *folder, const char *store)
{
	struct text path = TEXT_INIT;
	if (mkdir(folder, 0700))
		return false;
	text_addf(&path, "%s/mbox", folder);
	struct rows r = open_rows(store);
	FILE *f = fopen(text_str(&path), "w");
	while (f && sqlite3_step(r.st) == SQLITE_ROW) {
		time_t at = (time_t)sqlite3_column_int64(r.st, 0);
		char date[64], from[64];
		strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", gmtime(&at));
		strftime(from, sizeof from, "%a %b %e %H:%M:%S %Y", gmtime(&at));
		fprintf(f, "From x@y.invalid %s\nFrom: %s <x@y.invalid>\nTo: guichet@y.invalid\nSubject: %s\nDate: %s\nMessage-ID: <%lld@y.invalid>\n\n%s\n\n", from,
			sqlite3_column_text(r.st, 1), sqlite3_column_text(r.st, 2), date, (long long)sqlite3_column_int64(r.st, 3), sqlite3_column_text(r.st, 2));
	}
	close_rows(&r);
	bool good = f && !fclose(f);
	text_clear(&path);
	text_addf(&path, "%s/muttrc", folder);
	f = fopen(text_str(&path), "w");
	if (f)
		fprintf(f, "set folder=\"%s\"\nset sleep_time=0\nset confirmappend=no\nset mark_old=no\nset sort=date\nset mail_check=3600\nset timeout=3600\n"
			"set record=\"\"\nset move=no\nset delete=no\nset quit=yes\n", folder);
	good = good && f && !fclose(f);
	text_done(&path);
	return good;
}

/* --- measuring --- */

static const struct { const char *name; bool (*make)(const char *folder, const char *store); const char *sign; } programs[BESIDE_COUNT] = {
	{"tig", make_history, "[main]"},
	{"neomutt", make_mailbox, "NeoMutt"},
};

/* Until it has slept for a second: it has read what it wanted. */
static double until_settled(struct typist *t, int64_t from)
{
	double cpu = typist_cpu_ms(t), last = (double)(clock_monotonic_ns() - from) / 1e6;
	for (int quiet = 0; quiet < SETTLED_LOOKS && clock_monotonic_ns() - from < PATIENCE_S * 1000000000LL; quiet++) {
		bool came = pty_take_in(&t->pty, LOOK_MS);
		double now = typist_cpu_ms(t);
		/* A second hand is no work. */
		if (now - cpu > 1 || (came && quiet == 0)) {
			quiet = 0;
			last = (double)(clock_monotonic_ns() - from) / 1e6;
		}
		cpu = now;
	}
	return last;
}

static void measure(size_t which, const char *folder, struct beside *out)
{
	struct typist t;
	struct text a = TEXT_INIT, b = TEXT_INIT;
	static const char *const environment[] = {"LC_ALL=C.UTF-8", "ESCDELAY=25", NULL};
	char *tig[] = {"tig", "-C", (char *)(uintptr_t)folder, NULL};
	text_addf(&a, "%s/muttrc", folder);
	text_addf(&b, "%s/mbox", folder);
	char *neomutt[] = {"neomutt", "-n", "-F", (char *)(uintptr_t)text_str(&a), "-R", "-f", (char *)(uintptr_t)text_str(&b), NULL};
	int64_t from = clock_monotonic_ns();
	if (typist_outside(&t, ROWS, COLS, environment, which == 0 ? tig : neomutt)) {
		/* The bar below comes with the rows. */
		while (clock_monotonic_ns() - from < PATIENCE_S * 1000000000LL && (!typist_shows(&t, programs[which].sign) || !*vt_row(&t.pty.vt, 3)))
			pty_take_in(&t.pty, LOOK_MS);
		out->first_ms = (double)(clock_monotonic_ns() - from) / 1e6;
		out->first_cpu_ms = typist_cpu_ms(&t);
		out->whole_ms = until_settled(&t, from);
		gestures_time(&t, "a row down, up", "Down*40 Up*20", &out->keys);
		gestures_time(&t, "a page", "PageDown*12 PageUp*12", &out->keys);
		out->memory_mib = (double)typist_status(&t, "VmHWM") / 1024;
	} else {
		out->missing = "it could not be started";
	}
	typist_done(&t);
	text_done(&a);
	text_done(&b);
}

void beside_measure(size_t which, const char *folder, const char *store, struct beside *out)
{
	struct text own = TEXT_INIT;
	*out = (struct beside){.name = programs[which].name};
	text_addf(&own, "%s/%s", folder, programs[which].name);
	if (!is_installed(programs[which].name) || (which == 0 && !is_installed("git")))
		out->missing = "it is not installed";
	else if (!programs[which].make(text_str(&own), store))
		out->missing = "its rows could not be made";
	else
		measure(which, text_str(&own), out);
	beside_clear(text_str(&own));
	text_done(&own);
}
