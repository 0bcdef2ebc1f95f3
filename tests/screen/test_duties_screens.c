// SPDX-License-Identifier: GPL-3.0-or-later
/* What every screen owes to whoever works in it, on a real terminal: letters that ask before they change, keys and
 * their twins, a cursor that is where one looks, few bytes, a selection that stays, a bottom line and a status line
 * that tell the truth; and the same work without any screen. */
#include "session.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "guichet/base/utf8.h"
#include "xterm.h"

enum { REQUESTS = 300, KEY_BYTES = 400, REFRESH_MS = 11000, ROWS = 6000 };

static struct desk base;

/* --- Letters ----------------------------------------------------------------------------------------------------- */

/* The first row that is marked as selected, from its mark on. */
static void selected(const struct session *s, char out[81])
{
	int row = vt_find(&s->p.vt, "▸");

	assert_true(row >= 0);
	snprintf(out, 81, "%s", vt_row(&s->p.vt, row));
}

/* Protects requests from a slip: a letter that changes one asks on a line whose answer is Non, a burst of letters is
 * a search and changes nothing, a paste does nothing at all; what was confirmed is taken back by u. */
static void letters_ask(void **state)
{
	static const char ops[] = "SELECT count(*) FROM op", *const refusals[] = {"Enter", "n", "Escape", "F12"};
	struct session s;
	int64_t before;
	char *screen, *after;

	(void)state;
	session_open(&s, &base, "voirie");
	session_sees(&s, "Bannette");
	before = session_ask(&s, ops);
	session_type(&s, "Down Down Down");
	session_is_on(&s, "transmise");
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		session_type(&s, "p");
		session_sees(&s, "(o/N)");
		session_type(&s, refusals[i]);
		session_misses(&s, "(o/N)");
		session_sees(&s, "Bannette");
	}
	screen = vt_dump(&s.p.vt, true);
	session_send(&s, "\033[200~po\r\033[19~\033[201~");
	after = vt_dump(&s.p.vt, true);
	assert_string_equal(after, screen);
	free(screen);
	free(after);
	session_send(&s, "pocd");
	session_sees(&s, "Chercher : pocd");
	assert_int_equal(session_ask(&s, ops), before);
	session_type(&s, "Escape p o");
	assert_int_equal(session_ask(&s, ops), before + 1);
	session_type(&s, "u");
	assert_int_equal(session_ask(&s, ops), before + 2);
	assert_int_equal(session_ask(&s, "SELECT count(*) FROM op WHERE kind = 'undo'"), 1);
	session_close(&s);
}

/* --- Keys -------------------------------------------------------------------------------------------------------- */

/* After a key that does something, or nothing. */
static char *screen_after(const char *before, const char *key, bool acts)
{
	struct session s;
	char *screen, *without;

	session_open(&s, &base, "s.martin");
	session_type(&s, before);
	without = vt_dump(&s.p.vt, true);
	session_type(&s, key);
	screen = vt_dump(&s.p.vt, true);
	if ((strcmp(screen, without) != 0) != acts)
		fail_msg("%s after %s %s", key, before, acts ? "does nothing" : "does something");
	free(without);
	session_close(&s);
	return screen;
}

/* Protects laptops that hide their function keys, and desktops that keep some: each does what its Ctrl key does, F12
 * what Escape does; F10 and F11 do nothing. */
static void keys_have_twins(void **state)
{
	static const char call[] = "F2 '0639981234' Tab Tab 'Un' Tab 'nid' Tab";
	static const struct {
		const char *before, *key, *twin;
	} keys[] = {{"", "F1", "C-e"}, {"", "F2", "C-n"}, {"", "F3", "C-f"}, {call, "F4", "C-l"}, {call, "F6", "C-b"},
		{call, "F7", "C-p"}, {call, "F8", "C-v"}, {call, "F9", "C-o"}, {call, "F12", "C-x"}, {call, "F12", "Escape"},
		{"F2 Tab Tab 'Un' Tab Tab 'Verdane' F8 Enter 'Deux' Tab Tab", "F5", "C-r"}};
	static const char *const none[] = {"F10", "F11"};

	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		char *one = screen_after(keys[i].before, keys[i].key, true),
			 *other = screen_after(keys[i].before, keys[i].twin, true);

		assert_string_equal(one, other);
		free(one);
		free(other);
	}
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		free(screen_after(call, none[i], false));
}

/* Protects who can't see the cell that is lit: wherever the focus is, the terminal's cursor is on its row. */
static void cursor_is_on_the_focus(void **state)
{
	static const struct {
		const char *who, *keys, *mark;
	} where[] = {{"s.martin", "Down", "▸"}, {"s.martin", "B Down Down", "▸"}, {"s.martin", "E j Down", "▸"},
		{"s.martin", "A", "▸"}, {"s.martin", "/ 'lilas' Down Down", "▸"}, {"s.martin", "/ 'lil'", "Chercher : lil"},
		{"s.martin", "F2 Tab Tab 'x'", "▸ Objet"}, {"s.martin", "F2 Tab 'Roy' Escape D", "▸"},
		{"s.martin", "F2 Tab Tab Tab F4 Down Down", "▸"}, {"s.martin", "F2 Tab Tab Tab F4 'nid'", "Filtre nid"},
		{"s.martin", ": 'aff'", "aff"}, {"s.martin", "? 'aff'", "Filtre aff"},
		{"voirie", "Down Down Down p", "(o/N)"}, {"voirie", "k 'vu'", "vu"}, {"c.lefevre", "S Down Down", ">"},
		{"c.lefevre", "M Down", ">"}, {"c.lefevre", "H Down", ">"}};

	(void)state;
	for (size_t i = 0; i < sizeof where / sizeof *where; i++) {
		struct session s;

		session_open(&s, &base, where[i].who);
		session_type(&s, where[i].keys);
		session_is_on(&s, where[i].mark);
		session_close(&s);
	}
}

/* --- Slow lines and others' work --------------------------------------------------------------------------------- */

/* Protects desks behind a slow line: a key that moves costs 400 bytes at most, at both sizes, whether the list
 * scrolls or not; where what is selected is told below or beside, with its text, what 9,600 baud carry in a second,
 * or in two where the window is wide. */
static void moving_is_cheap(void **state)
{
	static const struct {
		const char *keys;
		int most[2];
	} lists[] = {{"E j", {KEY_BYTES, KEY_BYTES}}, {"S", {KEY_BYTES, KEY_BYTES}}, {"M", {KEY_BYTES, KEY_BYTES}},
		{"T", {960, 1920}}, {"B", {960, 1920}}, {"F3 'rue' Down", {960, 1920}}};
	static const int sizes[2][2] = {{24, 80}, {43, 132}};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof lists / sizeof *lists; i++) {
		struct session s;

		assert_true(desk_copy(&s.desk, &base));
		session_open_at(&s, "c.lefevre", sizes[i % 2][0], sizes[i % 2][1]);
		session_type(&s, lists[i / 2].keys);
		for (int key = 0; key < 40; key++) {
			int64_t before = s.p.vt.bytes, most = lists[i / 2].most[i % 2];

			session_send(&s, key < 35 ? "\033[B" : "\033[A");
			if (s.p.vt.bytes - before > most)
				fail_msg("%s, %d columns, key %d: %lld bytes", lists[i / 2].keys, sizes[i % 2][1], key,
					(long long)(s.p.vt.bytes - before));
		}
		session_close(&s);
	}
}

/* Protects whoever is about to press a letter: what others record comes without a key, and the selection stays on
 * its request. */
static void selection_stays(void **state)
{
	struct session s;
	char before[81], after[81];

	(void)state;
	session_open(&s, &base, "voirie");
	session_type(&s, "Down Down");
	selected(&s, before);
	assert_int_equal(DESK_RUN(&s.desk, "--as", "s.martin", "log", "--channel", "phone", "--category", "nid-de-poule",
						 "--danger", "--subject", "Trou béant"),
		0);
	session_misses(&s, "Trou béant");
	session_pass(&s, REFRESH_MS);
	session_sees(&s, "Trou béant");
	selected(&s, after);
	assert_string_equal(after, before);
	session_close(&s);
}

/* --- What the lines say ------------------------------------------------------------------------------------------ */

/* Protects from believing that a colleague sees what is still here: who, role, clock, and how many operations wait,
 * always; more after each that is recorded. */
static void status_tells_what_waits(void **state)
{
	struct session s;
	char words[64];
	sqlite3 *db = NULL;

	(void)state;
	assert_true(desk_copy(&s.desk, &base));
	assert_int_equal(sqlite3_open(s.desk.store, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db,
			"INSERT OR REPLACE INTO meta(key, value) VALUES('server-url', 'http://127.0.0.1:1'), ('server-token', 'x');"
			"UPDATE device SET acked = coalesce((SELECT max(o.id) & ((1 << 40) - 1) FROM op o WHERE o.id >> 40 = device.no), 0)",
			NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	session_open_at(&s, "s.martin", 24, 80);
	/* What speaks to the server is loaded beside the screens, in the machine's own time. */
	for (int n = 0; n < 500 && !strstr(vt_row(&s.p.vt, s.p.vt.rows - 1), "HORS LIGNE"); n++) {
		usleep(20000);
		session_pass(&s, 100);
	}
	for (int i = 0; i < 3; i++) {
		const char *status = vt_row(&s.p.vt, s.p.vt.rows - 1);
		int64_t waiting = session_ask(&s,
			"SELECT sum((SELECT count(*) FROM op o WHERE o.id > (d.no << 40 | d.acked) AND o.id < ((d.no + 1) << 40))) FROM device d");

		snprintf(words, sizeof words, "HORS LIGNE  %lld à envoyer", (long long)waiting);
		assert_true(i == 0 ? waiting == 0 : waiting > 0);
		if (!strstr(status, "Sophie Martin") || !strstr(status, "agent") || !strstr(status, words) ||
			!strstr(status, "24/11 10:"))
			fail_msg("« %s » does not say « %s »", status, words);
		session_type(&s, i ? "n Tab Tab 'Encore un' F8" : "n Tab Tab 'Trou' F8");
		session_sees(&s, "Demande enregistrée");
		session_pass(&s, 1500);
	}
	session_close(&s);
}

/* One hint of the bottom line is pressed: something must happen. */
static void press_hint(const char *who, const char *keys, const char *name)
{
	struct session s;
	char *before, *after;
	struct text bytes = TEXT_INIT;

	session_open(&s, &base, who);
	session_type(&s, keys);
	if (!xterm_add_key(&bytes, name))
		fail_msg("no key is called %s", name);
	before = vt_dump(&s.p.vt, true);
	pty_send(&s.p, text_str(&bytes), bytes.len);
	assert_true(moment_settle(&s.desk.moment, &s.p) || s.p.ended);
	after = vt_dump(&s.p.vt, true);
	if (!s.p.ended && !strcmp(before, after))
		fail_msg("%s, %s: %s does nothing:\n%s", who, keys, name, after);
	text_done(&bytes);
	free(before);
	free(after);
	session_close(&s);
}

/* Protects from keys that are offered and do nothing: each one of a bottom line works there, and what only works
 * elsewhere is not offered. */
static void bottom_line_is_true(void **state)
{
	static const struct {
		const char *who, *keys, *never;
	} where[] = {{"s.martin", "", "Valider"}, {"s.martin", "F2 Tab Tab 'x'", "Prendre"}, {"c.lefevre", "S", "Prendre"},
		{"s.martin", "/ 'lilas' Down", "Valider"}};

	(void)state;
	for (size_t i = 0; i < sizeof where / sizeof *where; i++) {
		struct session s;
		char line[400], *at = line, *part;
		int hints = 0;

		session_open(&s, &base, where[i].who);
		session_type(&s, where[i].keys);
		snprintf(line, sizeof line, "%s", vt_row(&s.p.vt, s.p.vt.rows - 2));
		session_close(&s);
		assert_null(strstr(line, where[i].never));
		/* "F2 Appel  F3 Chercher  ? +" */
		while ((part = strstr(at, "  "))) {
			char name[40];

			at += strspn(at, " ");
			snprintf(name, sizeof name, "%.*s", (int)strcspn(at, " "), at);
			press_hint(where[i].who, where[i].keys, name);
			hints++;
			at = strstr(at, "  ");
			at = at ? at + 2 : part + 2;
			if (!strstr(at, "  "))
				break;
		}
		assert_true(hints >= 4);
	}
}

/* Protects who does not know a key yet: the help narrows as one types and does what is chosen; a command is
 * completed, and does the same. */
static void help_and_commands_lead_there(void **state)
{
	struct session s;

	(void)state;
	session_open(&s, &base, "c.lefevre");
	session_type(&s, "?");
	session_sees(&s, "cherche partout");
	session_sees(&s, "nouvel appel");
	session_type(&s, "'AFFLU'");
	session_sees(&s, "affluence par jour");
	session_misses(&s, "nouvel appel");
	session_type(&s, "Enter");
	session_sees(&s, "Affluence ·");
	session_type(&s, ": 'eche' Tab");
	session_sees(&s, "echeances");
	session_type(&s, "Enter");
	session_sees(&s, "Échéances");
	session_close(&s);
}

/* --- Without screens, and long work ------------------------------------------------------------------------------ */

/* Protects who hears the terminal rather than sees it: the line mode, however it is asked for, never places the
 * cursor; it completes, and remembers its commands. */
static void line_mode_places_nothing(void **state)
{
	static const struct {
		const char *word, *argument;
	} ways[] = {{"ACCESSIBLE=1", NULL}, {NULL, "--line"}, {NULL, "shell"}};

	(void)state;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		struct desk d;
		struct pty p;

		assert_true(desk_copy(&d, &base));
		if (ways[i].word)
			desk_set(&d, ways[i].word);
		d.environment[d.count] = NULL;
		assert_true(pty_start(
			&p, 24, 80, "xterm-256color", d.environment, (char *[]){d.guichet, (char *)ways[i].argument, NULL}));
		assert_true(pty_wait(&p, "guichet>"));
		pty_type(&p, "cata\tche\t");
		assert_true(pty_wait(&p, "guichet> catalogue check"));
		pty_type(&p, "\x15sla\r");
		assert_true(pty_wait(&p, "Voirie"));
		pty_type(&p, "\x10");
		assert_true(pty_wait(&p, "guichet> sla"));
		pty_type(&p, "\x15quit\r");
		assert_true(pty_wait_end(&p));
		assert_true(WIFEXITED(p.status) && WEXITSTATUS(p.status) == 0);
		assert_int_equal(p.vt.placed, 0);
		assert_int_equal(p.vt.alternate_on, 0);
		pty_done(&p);
		desk_done(&d);
	}
}

static void write_rows(const char *path)
{
	FILE *out = fopen(path, "we");

	assert_non_null(out);
	fputs("id,motif,recue\n", out);
	for (int i = 0; i < ROWS; i++)
		fprintf(out, "R%d,Trou,2026-10-01\n", i);
	assert_int_equal(fclose(out), 0);
}

/* Protects who started what takes an hour: it shows how far it is, Ctrl-C ends it with how to go on, and going on
 * takes each row once. */
static void long_work_goes_on(void **state)
{
	struct session s = {.p = {.fd = -1}};
	char path[200];
	int64_t before, part;

	(void)state;
	assert_true(desk_copy(&s.desk, &base));
	before = session_ask(&s, "SELECT count(*) FROM request");
	snprintf(path, sizeof path, "%s/rows.csv", s.desk.home);
	write_rows(path);
	s.desk.environment[s.desk.count] = NULL;
	assert_true(pty_start(&s.p, 24, 80, "xterm-256color", s.desk.environment,
		(char *[]){s.desk.guichet, "import", "--map", "tests/fixtures/csv/court.ini", path, NULL}));
	assert_true(pty_wait(&s.p, " %"));
	pty_type(&s.p, "\x03");
	assert_true(pty_wait_end(&s.p));
	assert_true(WIFEXITED(s.p.status) && WEXITSTATUS(s.p.status) == 75);
	session_sees(&s, "relancez la même commande");
	pty_done(&s.p);
	part = session_ask(&s, "SELECT count(*) FROM request") - before;
	assert_in_range(part, 0, ROWS - 1);
	assert_int_equal(DESK_RUN(&s.desk, "import", "--map", "tests/fixtures/csv/court.ini", path), 0);
	assert_int_equal(session_ask(&s, "SELECT count(*) FROM request") - before, ROWS);
	desk_done(&s.desk);
}

static int make_desk(void **state)
{
	(void)state;
	return desk_make(&base, REQUESTS) && desk_know_caller(&base, "s.martin", NULL) ? 0 : 1;
}

static int end_desk(void **state)
{
	(void)state;
	desk_done(&base);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_ask),
		cmocka_unit_test(keys_have_twins),
		cmocka_unit_test(cursor_is_on_the_focus),
		cmocka_unit_test(moving_is_cheap),
		cmocka_unit_test(selection_stays),
		cmocka_unit_test(status_tells_what_waits),
		cmocka_unit_test(bottom_line_is_true),
		cmocka_unit_test(help_and_commands_lead_there),
		cmocka_unit_test(line_mode_places_nothing),
		cmocka_unit_test(long_work_goes_on),
	};

	return cmocka_run_group_tests_name("duties of the screens", tests, make_desk, end_desk);
}
