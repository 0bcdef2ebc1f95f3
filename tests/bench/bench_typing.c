// SPDX-License-Identifier: GPL-3.0-or-later
/* Keys typed at the screens, in Recherche and in Appel, calls recorded too, while the desk synchronises: the time from
 * each key until what it changes stands on the screen of a real terminal. Three times: desks that send what was recorded
 * off line, one that takes in what others did, and a new one that takes a snapshot, while it is built, lent and put in
 * place. Nothing is left out: who waits for the machine waits, and a key that was due while another was waited for has
 * waited since then. The floor is the same typing at the same program once there is nothing left to synchronise.
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

enum { SENT = 10000, TAKEN = 20000, CALL_OPS = 3, DEMO_OPS = 4, NEW = 35000, LIMIT_MS = 50, GAP_MS = 60, GAP_SPREAD = 47, LOOK_MS = 5,
	LOST_MS = 20000, END_S = 600, WORST = 5,
	SENDING = 6 /* desks, as each is done soon */, FLOOR_KEYS = 600 };

struct late { double ms, at_s; char what[48]; };
struct keys { struct samples all; struct late worst[WORST]; size_t over; double most, seconds; };
/* At one program: keys during the sync, and after it. */
struct typing {
	struct pty pty;
	const char *home;
	int64_t seq, start_ns, due_ns;
	bool synced;
	struct keys *during, *after;
	unsigned calls;
};

static void die(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(70);
}

static int64_t now_ns(void)
{
	return clock_monotonic_ns();
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

/* --- one key --- */

static void note(struct typing *t, double ms, const char *what)
{
	struct keys *k = t->synced ? t->after : t->during;
	struct late l = { .ms = ms, .at_s = (double)(t->due_ns - t->start_ns) / 1e9 };
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

/* Until the next key is due: faster than anybody types, and never the same, so that what goes on meanwhile is met at any of its
 * moments. One that is late does not put off those after it. */
static void let_pass(struct typing *t)
{
	t->due_ns += (int64_t)(GAP_MS + (int)((t->during->all.count + t->after->all.count) * 7 % GAP_SPREAD)) * 1000000;
	for (int64_t now; (now = now_ns()) < t->due_ns;)
		pty_take_in(&t->pty, (int)((t->due_ns - now) / 1000000) + 1);
}

/* Until `sign` stands on the screen. */
static void press(struct typing *t, const char *bytes, const char *sign)
{
	int64_t typed = now_ns();
	pty_type(&t->pty, bytes);
	while (vt_find(&t->pty.vt, sign) < 0) {
		pty_take_in(&t->pty, LOOK_MS);
		if (now_ns() - typed > (int64_t)LOST_MS * 1000000) {
			char *screen = vt_dump(&t->pty.vt, false);
			fprintf(stderr, "bench: « %s » does not come:\n%s\n", sign, screen);
			exit(70);
		}
	}
	note(t, (double)(now_ns() - t->due_ns) / 1e6, sign);
	if (!t->synced && has_read(t->home, t->seq)) {
		t->synced = true;
		t->during->seconds += (double)(now_ns() - t->start_ns) / 1e9;
	}
	let_pass(t);
}

/* --- a round of keys --- */

/* The key, what it shows; then letters, each of which stands behind that. */
static const struct typed { const char *key, *sign, *text; } steps[] = {
	{ "F3", "Chercher :", " garnierlilas" },
	{ "F2", "▸ Téléphone", NULL /* another caller each time */ },
	{ "Tab", "▸ Nom", "        Garnier" },
	{ "Tab", "▸ Objet*", "     Troubeant" },
	{ "Tab", "▸ Motif", "      nid" },
	{ "Tab", "▸ Commune", "    verd" },
	{ "Tab", "▸ Lieu", "       12rue" },
	{ "F8", "Demande enregistrée", "" },
	{ "F12", "Chercher :", "" },
};

static void type_round(struct typing *t)
{
	char phone[32];
	snprintf(phone, sizeof phone, "  06%08u", t->calls++ * 7919 + 12345678);
	for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
		struct text bytes = TEXT_INIT;
		const char *text = steps[s].text ? steps[s].text : phone;
		size_t blanks = strspn(text, " ");
		xterm_add_key(&bytes, steps[s].key);
		press(t, text_str(&bytes), steps[s].sign);
		for (size_t i = blanks; i < strlen(text); i++) {
			const char key[2] = { text[i], '\0' };
			char sign[80];
			snprintf(sign, sizeof sign, "%s%.*s", steps[s].sign, (int)i + 1, text);
			press(t, key, sign);
		}
		text_done(&bytes);
	}
}

/* --- a desk --- */

static void type_until(const char *home, int64_t seq, struct keys *during, struct keys *after)
{
	struct text words[5] = { TEXT_INIT, TEXT_INIT, TEXT_INIT, TEXT_INIT, TEXT_INIT };
	static const char *const names[] = { "HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "LC_ALL" };
	const char *environment[6] = { NULL };
	char *const argv[] = { (char *)(uintptr_t)getenv("GUICHET"), NULL };
	struct typing t = { .home = home, .seq = seq, .during = during, .after = after };
	size_t before = during->all.count, floor = after->all.count;
	for (size_t i = 0; i < 5; i++) {
		text_addf(&words[i], "%s=%s", names[i], i < 4 ? home : "C.UTF-8");
		environment[i] = text_str(&words[i]);
	}
	t.start_ns = now_ns();
	if (!pty_start(&t.pty, 24, 80, "xterm-256color", environment, argv) || !pty_wait(&t.pty, "À faire"))
		die("no screen");
	t.due_ns = now_ns();
	while (!t.synced || (after->all.count < floor + FLOOR_KEYS && after->all.count - floor < during->all.count - before)) {
		type_round(&t);
		if (now_ns() - t.start_ns > (int64_t)END_S * 1000000000)
			die("it does not end");
	}
	pty_done(&t.pty);
	for (size_t i = 0; i < 5; i++)
		text_done(&words[i]);
}

static bool report(size_t size, const char *what, struct keys *during, struct keys *after)
{
	bool kept = measure_report(size, what, &during->all, &after->all, LIMIT_P99_MS, LIMIT_MS);
	double floor = samples_quantile(&after->all, 0.99);
	printf("%9s  %.1f s; most %.1f ms; %zu of %zu keys over %d ms; the slowest:", "", during->seconds, during->most,
		during->over, during->all.count, LIMIT_MS);
	for (size_t i = 0; i < WORST && during->worst[i].ms > 0; i++)
		printf(" %.0f (%.1f s, %s)", during->worst[i].ms, during->worst[i].at_s, during->worst[i].what);
	printf("\n%9s  floor, the same keys once nothing was left to synchronise: p99 %.1f ms, most %.1f, %zu of %zu over %d; "
		"p99 is %.2f times its\n", "", floor, after->most, after->over, after->all.count, LIMIT_MS,
		floor > 0 ? samples_quantile(&during->all, 0.99) / floor : 0);
	fflush(stdout);
	samples_done(&during->all);
	samples_done(&after->all);
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
	struct keys during = { 0 }, after = { 0 };
	char calls[512], name[16];
	snprintf(calls, sizeof calls, "%s/calls", folder);
	programs_write_calls(calls, 0, SENT / CALL_OPS + 1);
	for (int i = 0; i < SENDING; i++) {
		struct place at;
		snprintf(name, sizeof name, "push%d", i);
		find_place(&at, folder, name);
		struct db *db = open_central(at.central);
		db_close(&db);
		struct server s = programs_start_server(at.central, NULL, at.settings, 0);
		programs_make_desk(at.central, s.port, at.home);
		if (programs_run(at.home, "/dev/null", "sync") || programs_run(at.home, calls, "shell"))
			die("the desk can't be made");
		type_until(at.home, SENT, &during, &after);
		programs_stop_server(&s);
	}
	return report(SENT, "a key while a day's work is sent", &during, &after);
}

static bool measure_pull(const char *folder)
{
	struct keys during = { 0 }, after = { 0 };
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
	type_until(at.home, operations, &during, &after);
	programs_stop_server(&s);
	return report((size_t)operations, "a key while others' work comes", &during, &after);
}

static bool measure_new(const char *folder, size_t requests)
{
	struct keys during = { 0 }, after = { 0 };
	struct place at;
	find_place(&at, folder, "new");
	struct db *db = open_central(at.central);
	int64_t operations = fill(folder, db, requests);
	db_close(&db);
	struct server s = programs_start_server(at.central, NULL, at.settings, 0);
	programs_make_desk(at.central, s.port, at.home);
	type_until(at.home, operations, &during, &after);
	programs_stop_server(&s);
	return report(requests, "a key while a new desk is filled", &during, &after);
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
