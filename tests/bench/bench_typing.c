// SPDX-License-Identifier: GPL-3.0-or-later
/* Keys typed at the screens, in Recherche and in Appel, while the desk synchronises: the time from each key until what it changes stands on the screen of a real
 * terminal. Three desks, one after the other: one that sends what was recorded off line, one that takes in what others did, and a new one that takes a snapshot, while it is
 * built, lent and put in place. Nothing is left out: who waits for the machine waits.
 *
 *	BENCH_REQUESTS="35000"          that the new desk takes
 *	BENCH_TYPING="push pull new"    some of the three alone
 *	BENCH_DIR=FOLDER                where the stores are made
 *
 * GUICHET and its neighbour guichetd are the programs. Exit 1 when a limit was not kept. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "../screen/pty.h"
#include "../screen/xterm.h"
#include "central.h"
#include "guichet/base/clock.h"
#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/server/ledger.h"
#include "measure.h"
#include "programs.h"
#include "stores.h"

enum { SENT = 10000, TAKEN = 20000, CALL_OPS = 3, DEMO_OPS = 4, NEW = 35000, LIMIT_MS = 50, GAP_MS = 30, LOOK_MS = 5, LOST_MS = 20000, END_S = 600, WORST = 5 };

struct late { double ms, at_s; char what[48]; };
struct keys { struct samples all; struct late worst[WORST]; size_t over; double most; int64_t start; };

static void die(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(70);
}

static int64_t now_ns(void)
{
	return clock_monotonic_ns();
}

/* --- one key --- */

static void note(struct keys *k, double ms, const char *what)
{
	struct late l = { .ms = ms, .at_s = (double)(now_ns() - k->start) / 1e9 };
	snprintf(l.what, sizeof l.what, "%s", what);
	samples_put(&k->all, ms, false);
	k->over += ms > LIMIT_MS;
	k->most = ms > k->most ? ms : k->most;
	for (size_t i = 0; i < WORST; i++)
		if (l.ms > k->worst[i].ms) {
			struct late next = k->worst[i];
			k->worst[i] = l;
			l = next;
		}
}

static void let_pass(struct pty *p, int ms)
{
	for (int64_t now, until = now_ns() / 1000000 + ms; (now = now_ns() / 1000000) < until;)
		pty_take_in(p, (int)(until - now));
}

/* Until `sign` stands on the screen. */
static void press(struct pty *p, struct keys *k, const char *bytes, const char *sign)
{
	int64_t from = now_ns();
	pty_type(p, bytes);
	while (vt_find(&p->vt, sign) < 0) {
		pty_take_in(p, LOOK_MS);
		if (now_ns() - from > (int64_t)LOST_MS * 1000000) {
			char *screen = vt_dump(&p->vt, false);
			fprintf(stderr, "bench: « %s » does not come:\n%s\n", sign, screen);
			exit(70);
		}
	}
	note(k, (double)(now_ns() - from) / 1e6, sign);
	/* A typist's pace, never the same: what goes on meanwhile is met at any of its moments. */
	let_pass(p, GAP_MS + (int)(k->all.count * 7 % 23));
}

/* --- a round of keys --- */

struct typed { const char *key, *sign, *text; };
/* The key, what it shows; then letters, each of which stands behind that. */
static const struct typed steps[] = {
	{ "F3", "Chercher :", " garnierlilas" },
	{ "F2", "▸ Téléphone", "  06123456" },
	{ "Tab", "▸ Nom", "        Garnier" },
	{ "Tab", "▸ Objet*", "     Troubeant" },
	{ "Tab", "▸ Motif", "      nid" },
	{ "F12", "Chercher :", "" },
};

static void type_round(struct pty *p, struct keys *k)
{
	for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
		struct text bytes = TEXT_INIT;
		const char *text = steps[s].text;
		size_t blanks = strspn(text, " ");
		xterm_add_key(&bytes, steps[s].key);
		press(p, k, text_str(&bytes), steps[s].sign);
		for (size_t i = blanks; i < strlen(text); i++) {
			const char key[2] = { text[i], '\0' };
			char sign[80];
			snprintf(sign, sizeof sign, "%s%.*s", steps[s].sign, (int)i + 1, text);
			press(p, k, key, sign);
		}
		text_done(&bytes);
	}
}

/* --- how far the desk is --- */

/* Without a lock, which would keep the desk waiting: what is read in the midst of a change may be nonsense, and is read again. */
static bool has_read(const char *home, int64_t seq)
{
	char path[600];
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	int64_t at = 0;
	snprintf(path, sizeof path, "file:%s/guichet/desk.db?immutable=1", home);
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) == SQLITE_OK &&
		sqlite3_prepare_v2(db, "SELECT substr(value, instr(value, ':') + 1) FROM meta WHERE key = 'server-cursor' AND NOT EXISTS(SELECT 1 FROM meta WHERE key = "
			"'server-resync')", -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		at = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return at >= seq;
}

static bool type_until(const char *home, int64_t seq, size_t size, const char *what)
{
	struct text words[5] = { TEXT_INIT, TEXT_INIT, TEXT_INIT, TEXT_INIT, TEXT_INIT };
	static const char *const names[] = { "HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "LC_ALL" };
	const char *environment[6] = { NULL };
	char *const argv[] = { (char *)(uintptr_t)getenv("GUICHET"), NULL };
	struct keys k = { 0 };
	struct pty p;
	for (size_t i = 0; i < 5; i++) {
		text_addf(&words[i], "%s=%s", names[i], i < 4 ? home : "C.UTF-8");
		environment[i] = text_str(&words[i]);
	}
	k.start = now_ns();
	if (!pty_start(&p, 24, 80, "xterm-256color", environment, argv) || !pty_wait(&p, "À faire"))
		die("no screen");
	while (!has_read(home, seq)) {
		type_round(&p, &k);
		if (now_ns() - k.start > (int64_t)END_S * 1000000000)
			die("it does not end");
	}
	double seconds = (double)(now_ns() - k.start) / 1e9;
	pty_done(&p);
	bool kept = measure_report(size, what, &k.all, NULL, LIMIT_P99_MS, LIMIT_MS);
	printf("%9s  %.1f s; most %.1f ms; %zu of %zu keys over %d ms; the slowest:", "", seconds, k.most, k.over, k.all.count, LIMIT_MS);
	for (size_t i = 0; i < WORST && k.worst[i].ms > 0; i++)
		printf(" %.0f (%.1f s, %s)", k.worst[i].ms, k.worst[i].at_s, k.worst[i].what);
	putchar('\n');
	fflush(stdout);
	samples_done(&k.all);
	for (size_t i = 0; i < 5; i++)
		text_done(&words[i]);
	return kept;
}

/* --- the server --- */

static struct db *open_central(const char *path)
{
	struct guichet_err err = { 0 };
	struct db *db = NULL;
	if (db_open(&(struct db_options){ .sqlite = path }, &db, &err) || ledger_prepare(db, random_system(), &err))
		die(err.message);
	return db;
}

/* Whatever the history is, all of it is the desk's. */
static void write_settings(const char *path)
{
	FILE *f = fopen(path, "w");
	if (!f || fputs("[policy]\nsnapshot_days = 3660\n", f) < 0 || fclose(f))
		die("no file");
}

static int64_t fill(const char *folder, struct db *db, size_t requests)
{
	struct text path = TEXT_INIT;
	text_addf(&path, "%s/full.db", folder);
	stores_make(text_str(&path), requests);
	int64_t operations = central_fill(text_str(&path), db);
	stores_drop(text_str(&path));
	text_done(&path);
	return operations;
}

struct place { char central[512], settings[512], home[512]; };

static void find_place(struct place *p, const char *folder, const char *name)
{
	snprintf(p->central, sizeof p->central, "%s/%s.db", folder, name);
	snprintf(p->settings, sizeof p->settings, "%s/%s.ini", folder, name);
	snprintf(p->home, sizeof p->home, "%s/%s", folder, name);
	mkdir(p->home, 0700);
	write_settings(p->settings);
}

/* --- the three --- */

static bool measure_push(const char *folder)
{
	struct place at;
	char calls[512];
	find_place(&at, folder, "push");
	snprintf(calls, sizeof calls, "%s/calls", folder);
	struct db *db = open_central(at.central);
	db_close(&db);
	struct server s = programs_start_server(at.central, NULL, at.settings, 0);
	programs_make_desk(at.central, s.port, at.home);
	programs_write_calls(calls, 0, SENT / CALL_OPS + 1);
	if (programs_run(at.home, "/dev/null", "sync") || programs_run(at.home, calls, "shell"))
		die("the desk can't be made");
	bool kept = type_until(at.home, SENT, SENT, "a key while a day's work is sent");
	programs_stop_server(&s);
	return kept;
}

static bool measure_pull(const char *folder)
{
	struct place at;
	find_place(&at, folder, "pull");
	struct db *db = open_central(at.central);
	fill(folder, db, 100);
	db_close(&db);
	struct server s = programs_start_server(at.central, NULL, at.settings, 0);
	programs_make_desk(at.central, s.port, at.home);
	if (programs_run(at.home, "/dev/null", "sync"))
		die("the desk can't be made");
	programs_stop_server(&s);
	db = open_central(at.central);
	int64_t operations = 0;
	while (operations < TAKEN)
		operations += fill(folder, db, (size_t)(TAKEN - operations) / DEMO_OPS + 1);
	db_close(&db);
	s = programs_start_server(at.central, NULL, at.settings, s.port);
	bool kept = type_until(at.home, operations, (size_t)operations, "a key while others' work comes");
	programs_stop_server(&s);
	return kept;
}

static bool measure_new(const char *folder, size_t requests)
{
	struct place at;
	find_place(&at, folder, "new");
	struct db *db = open_central(at.central);
	int64_t operations = fill(folder, db, requests);
	db_close(&db);
	struct server s = programs_start_server(at.central, NULL, at.settings, 0);
	programs_make_desk(at.central, s.port, at.home);
	bool kept = type_until(at.home, operations, requests, "a key while a new desk is filled");
	programs_stop_server(&s);
	return kept;
}

static bool is_wanted(const char *name)
{
	const char *wanted = getenv("BENCH_TYPING");
	return !wanted || !*wanted || strstr(wanted, name);
}

int main(void)
{
	const char *said = getenv("BENCH_REQUESTS");
	size_t requests = said && *said ? strtoul(said, NULL, 10) : NEW;
	i18n_start("fr");
	signal(SIGPIPE, SIG_IGN);
	/* From the top of the tree, wherever it was built. */
	char *data = realpath("data", NULL);
	if (data)
		setenv("GUICHET_DATADIR", data, 0);
	free(data);
	char *folder = stores_folder();
	measure_heading();
	bool kept = !is_wanted("push") || measure_push(folder);
	kept = (!is_wanted("pull") || measure_pull(folder)) && kept;
	kept = (!is_wanted("new") || measure_new(folder, requests)) && kept;
	pid_t pid = fork();
	if (pid == 0) {
		execlp("rm", "rm", "-rf", folder, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
	free(folder);
	return !kept;
}
