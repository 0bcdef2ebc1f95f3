// SPDX-License-Identifier: GPL-3.0-or-later
/* guichet's screens in real pseudo-terminals: how they end, windows that change, pastes, hostile text typed and hostile text in the store. Each test has a desk of its
 * own, in time that stands still.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desk.h"

#define EVIL "\033]0;titre\a\033[2J\302\23331m\302\205\342\200\256\342\201\246\342\200\250\177\005\013txt"

static struct desk made;
static const char call[] = "\033OQ0199000102\tMme Valérique Oyatambien\tTrou devant l'école\t\t\t12 sente du Gué\tIl s'agrandit\rchaque nuit.";

static void open_at(struct desk *d, struct pty *p, const char *term, int rows, int cols)
{
	assert_true(desk_open(d, p, term, rows, cols, NULL));
}

static void begin(struct desk *d, struct pty *p)
{
	assert_true(desk_copy(d, &made));
	open_at(d, p, "xterm-256color", 24, 80);
}

static void types(struct desk *d, struct pty *p, const char *bytes)
{
	pty_type(p, bytes);
	assert_true(moment_settle(&d->moment, p));
}

/* It may be the beginning of a sequence: it is one key when nothing follows for a while. */
static void escapes(struct desk *d, struct pty *p)
{
	types(d, p, "\033");
	assert_true(moment_pass(&d->moment, p, 100));
}

static void is_sane(const struct pty *p)
{
	if (p->vt.unknown)
		fail_msg("sent what the terminal does not know: %s", p->vt.unknown_last);
	if (p->vt.outside) {
		char *screen = vt_dump(&p->vt, false);

		fprintf(stderr, "%s", screen);
		free(screen);
		fail_msg("drew outside the screen");
	}
}

static void is_given_back(const struct pty *p)
{
	struct termios modes;

	is_sane(p);
	assert_false(p->vt.alternate);
	assert_true(p->vt.cursor_shown);
	assert_false(p->vt.pastes);
	assert_true(pty_modes(p, &modes));
	assert_true((modes.c_lflag & ICANON) && (modes.c_lflag & ECHO) && (modes.c_lflag & ISIG) && (modes.c_iflag & ICRNL) && (modes.c_oflag & OPOST));
}

static void shows(const struct pty *p, const char *text)
{
	char *screen;

	if (vt_find(&p->vt, text) >= 0)
		return;
	screen = vt_dump(&p->vt, false);
	fprintf(stderr, "%s", screen);
	free(screen);
	fail_msg("'%s' does not stand on the screen", text);
}

/* Ends with its desk; a leak would have ended it otherwise where it is looked for. */
static void quits(struct desk *d, struct pty *p)
{
	pty_type(p, "\x11");
	/* Each call that was begun is asked about; the first answer keeps it. */
	for (int i = 0; i < 3 && moment_settle(&d->moment, p); i++)
		pty_type(p, "\r");
	assert_true(pty_wait_end(p));
	assert_true(WIFEXITED(p->status));
	assert_int_equal(WEXITSTATUS(p->status), 0);
	is_given_back(p);
	pty_done(p);
	desk_done(d);
}

static char *draft_of(const struct desk *d)
{
	return desk_store_text(d->store, "SELECT fields FROM draft");
}

/* --- Beginning and ending ---------------------------------------------------------------------------------------- */

/* Protects: guichet opens on what is to be done, and a tour of all screens and back leaks nothing (where leaks are looked for) and gives the terminal back. */
static void tours_every_screen(void **state)
{
	static const char *const tour[] = { "B", "\033[B", "\r", "h", "e", "\033", "\033", "T", "E", "w", "\033", "S", "G", "j", "\r", "\033", "H", "j", "A", "D", "\033OR", "rue",
		"\033[B", "\r", "\033", "\033", "\033OP", "\033", ":", "aide\r", "\033", "\033OQ", "0612345678\t\t", "\033OS", "\033", "\033OQ", "\033" };
	struct desk d;
	struct pty p;

	(void)state;
	begin(&d, &p);
	shows(&p, "À faire");
	for (size_t i = 0; i < sizeof tour / sizeof *tour; i++) {
		if (*tour[i] == '\033' && !tour[i][1])
			escapes(&d, &p);
		else
			types(&d, &p, tour[i]);
		is_sane(&p);
		assert_false(p.ended);
	}
	quits(&d, &p);
}

/* Protects: a signal to end, or a terminal that vanishes, at any key of a form: all that was typed is in the draft, and the terminal is given back. */
static void keeps_what_was_typed_when_it_ends(void **state)
{
	enum { POINTS = 9 };
	static const int signals[] = { SIGTERM, SIGHUP, 0, SIGINT };

	(void)state;
	for (int i = 0; i < POINTS; i++) {
		size_t typed = 4 + (sizeof call - 5) * (size_t)i / (POINTS - 1);
		char part[sizeof call], *draft;
		int number = signals[i % 4];
		struct desk d;
		struct pty p;

		memcpy(part, call, typed);
		part[typed] = '\0';
		begin(&d, &p);
		types(&d, &p, part);
		if (number)
			kill(p.pid, number);
		else
			pty_hang_up(&p);
		assert_true(pty_wait_end(&p));
		assert_true(WIFEXITED(p.status));
		if (number)
			is_given_back(&p);
		draft = draft_of(&d);
		assert_non_null(draft);
		assert_non_null(strstr(draft, typed < 14 ? "\"phone\":\"0" : "\"phone\":\"01 99 00 01 02\""));
		if (i == POINTS - 1)
			assert_non_null(strstr(draft, "Il s'agrandit\\nchaque nuit."));
		if (i == POINTS / 2)
			assert_non_null(strstr(draft, "\"subject\":\"Trou"));
		free(draft);
		pty_done(&p);
		desk_done(&d);
	}
}

/* Protects: a terminal that takes nothing in any more does not keep guichet from ending, nor from keeping the draft. */
static void ends_on_a_deaf_terminal(void **state)
{
	struct desk d;
	struct pty p;
	char *draft;

	(void)state;
	begin(&d, &p);
	types(&d, &p, call);
	p.deaf = true;
	for (int i = 0; i < 300; i++)
		pty_type(&p, i % 2 ? "\x14" : "\033OQ");
	kill(p.pid, SIGTERM);
	for (int i = 0; i < PTY_PATIENCE_MS / 5 && waitpid(p.pid, &p.status, WNOHANG) != p.pid; i++) {
		/* Its own patience with the terminal passes. */
		d.moment.page->passed_ms += 20;
		poll(NULL, 0, 5);
		p.ended = i == PTY_PATIENCE_MS / 5 - 1;
	}
	assert_false(p.ended);
	p.ended = true;
	assert_true(WIFEXITED(p.status));
	draft = draft_of(&d);
	assert_non_null(draft);
	assert_non_null(strstr(draft, "chaque nuit."));
	free(draft);
	pty_done(&p);
	desk_done(&d);
}

/* --- Windows ----------------------------------------------------------------------------------------------------- */

/* The same as a fresh start of that size, after the same keys. */
static void is_as_fresh(const struct pty *p, const struct desk *d, const char *keys)
{
	struct desk other;
	struct pty fresh;

	assert_true(desk_copy(&other, &made));
	other.moment.page->passed_ms = d->moment.page->passed_ms;
	open_at(&other, &fresh, "xterm-256color", p->vt.rows, p->vt.cols);
	types(&other, &fresh, keys);
	for (int i = 0; i < p->vt.rows * p->vt.cols; i++) {
		if (!vt_looks_same(&p->vt.cells[i], &fresh.vt.cells[i])) {
			fprintf(stderr, "%s\n%s\n", vt_dump(&p->vt, true), vt_dump(&fresh.vt, true));
			fail_msg("after %s differs at %d %d", keys, i / p->vt.cols, i % p->vt.cols);
		}
	}
	assert_int_equal(p->vt.row, fresh.vt.row);
	assert_int_equal(p->vt.col, fresh.vt.col);
	pty_done(&fresh);
	desk_done(&other);
}

/* Protects: a window that changes in the middle of a field shows what a fresh start of that size would show, the cursor where it was in the text; what is
 * too small says so and loses nothing. */
static void follows_the_window(void **state)
{
	static const int sizes[][2] = { { 18, 60 }, { 1, 1 }, { 50, 132 }, { 5, 20 }, { 24, 80 } };
	static const char *const places[] = { "\033OQ0199000102\tMme Oyatambien\tTrou devant l'école\033[D\033[D", "B\033[B\033[B", "S", ":del" };
	struct desk d;
	struct pty p;

	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		begin(&d, &p);
		types(&d, &p, places[i]);
		for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
			assert_true(moment_resize(&d.moment, &p, sizes[s][0], sizes[s][1]));
			p.vt.outside = 0;
			if (sizes[s][1] < 60) {
				shows(&p, sizes[s][1] > 1 ? "Fenêtre" : "…");
				continue;
			}
			is_as_fresh(&p, &d, places[i]);
		}
		is_sane(&p);
		if (places[i][0] == ':')
			escapes(&d, &p);
		quits(&d, &p);
	}
}

/* Protects: a window of one column on each terminal: curses drew its last cell from memory that is not its own. */
static void takes_one_column(void **state)
{
	static const char *const terms[] = { "xterm-256color", "screen-256color", "tmux-256color", "linux", "rxvt-unicode-256color" };
	static const int sizes[][2] = { { 1, 1 }, { 24, 80 }, { 30, 1 }, { 1, 1 }, { 2, 2 }, { 1, 1 } };

	(void)state;
	for (size_t t = 0; t < sizeof terms / sizeof *terms; t++) {
		struct desk d;
		struct pty p;

		assert_true(desk_copy(&d, &made));
		open_at(&d, &p, terms[t], 24, 80);
		types(&d, &p, "\033OQ\t\tTrou");
		for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
			assert_true(moment_resize(&d.moment, &p, sizes[s][0], sizes[s][1]));
			p.vt.outside = 0;
			if (sizes[s][1] == 1)
				shows(&p, sizes[s][0] == 1 ? "…" : "F");
			is_sane(&p);
		}
		assert_true(moment_resize(&d.moment, &p, 24, 80));
		p.vt.outside = 0;
		shows(&p, "Trou");
		quits(&d, &p);
	}
}

/* Protects: an error stays on the screen, and a jump to a field goes on, when only the window changes. */
static void a_window_is_no_key(void **state)
{
	struct desk d;
	struct pty p;

	(void)state;
	begin(&d, &p);
	types(&d, &p, "\033OQ\x13");
	shows(&p, "t Téléphone");
	assert_true(moment_resize(&d.moment, &p, 30, 100));
	shows(&p, "t Téléphone");
	types(&d, &p, "\x0E");
	escapes(&d, &p);
	types(&d, &p, "\033OQ\t\t");
	d.moment.page->refusal = 28 /* ENOSPC */;
	types(&d, &p, "Trou\033[19~");
	shows(&p, "libérez de");
	assert_true(moment_resize(&d.moment, &p, 24, 130));
	shows(&p, "libérez de");
	d.moment.page->refusal = 0;
	quits(&d, &p);
}

/* --- What is typed and pasted ------------------------------------------------------------------------------------ */

static void paste(struct desk *d, struct pty *p, const char *bytes, size_t count)
{
	pty_type(p, "\033[200~");
	pty_send(p, bytes, count);
	pty_type(p, "\033[201~");
	assert_true(moment_settle(&d->moment, p));
}

/* Protects: a megabyte pasted into a field stops at what the field holds, and says so; into a list, or on a question, it does nothing; nothing in it is a key. */
static void takes_a_megabyte(void **state)
{
	enum { MEGABYTE = 1 << 20 };
	char *big = guichet_alloc(MEGABYTE), *before, *after, *draft;
	struct desk d;
	struct pty p;

	(void)state;
	for (size_t i = 0; i < MEGABYTE; i++)
		big[i] = "un mot\r"[i % 7];
	memcpy(big + 100, "\x11\033[19~o\r\x03", 9);
	begin(&d, &p);
	types(&d, &p, "B");
	before = vt_dump(&p.vt, true);
	paste(&d, &p, big, MEGABYTE);
	after = vt_dump(&p.vt, true);
	assert_string_equal(before, after);
	free(before);
	free(after);
	types(&d, &p, "\033OQ");
	for (int field = 0; field < 24; field++) {
		paste(&d, &p, big, MEGABYTE);
		shows(&p, "texte trop long pour ce champ");
		types(&d, &p, "\t");
		is_sane(&p);
		assert_false(p.ended);
	}
	assert_true(moment_pass(&d.moment, &p, 2500));
	draft = draft_of(&d);
	assert_non_null(draft);
	assert_in_range(strlen(draft), 40000, 60000);
	free(draft);
	free(big);
	quits(&d, &p);
}

static void type_evil(struct desk *d, struct pty *p)
{
	static const char *const raw[] = { "\xC3", "\xFF\xFE", "\xED\xA0\x80", "\xC0\x80", "\302\23331m", "\302\205", "\342\200\256rtl", "\342\201\246\342\201\251", "\033]0;t\a", "\033P1\033\\",
		"\xEF\xBB\xBF", "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9", "e\xCC\x81\xCC\x82", "\xE4\xB8\xAD" };

	for (size_t i = 0; i < sizeof raw / sizeof *raw; i++)
		pty_type(p, raw[i]);
	assert_true(moment_pass(&d->moment, p, 400));
	paste(d, p, EVIL "\0" "caf\xE9\r\n\t\b", sizeof EVIL + 8);
	is_sane(p);
	assert_false(p->ended);
}

/* Protects: what is no text, and text that acts on terminals, typed and pasted into every field of a call on each channel. */
static void takes_hostile_bytes_in_a_call(void **state)
{
	static const char *const channels[] = { "", "\033[Zcourriel\t", "\033[Zcourrier\t", "\033[Zaccueil\t" };
	struct desk d;
	struct pty p;

	(void)state;
	for (size_t c = 0; c < sizeof channels / sizeof *channels; c++) {
		begin(&d, &p);
		types(&d, &p, "\033OQ");
		types(&d, &p, channels[c]);
		for (int field = 0; field < 24; field++) {
			type_evil(&d, &p);
			types(&d, &p, "\t");
		}
		types(&d, &p, "\033[19~");
		is_sane(&p);
		types(&d, &p, "\033[20~");
		is_sane(&p);
		while (vt_find(&p.vt, "À faire") < 0)
			escapes(&d, &p);
		types(&d, &p, "D");
		is_sane(&p);
		quits(&d, &p);
	}
}

/* Protects: the same in what each step asks, in the search, in the command line and in the filters of lists. */
static void takes_hostile_bytes_in_questions(void **state)
{
	static const char letters[] = "torcwfvkigalmzybh:";
	struct desk d;
	struct pty p;

	(void)state;
	begin(&d, &p);
	types(&d, &p, "\033OR");
	type_evil(&d, &p);
	escapes(&d, &p);
	for (const char *l = letters; *l; l++) {
		char letter[2] = { *l, '\0' };

		types(&d, &p, "\x14");
		types(&d, &p, "B");
		types(&d, &p, "\r");
		shows(&p, "F12");
		types(&d, &p, letter);
		for (int question = 0; question < 3; question++) {
			type_evil(&d, &p);
			types(&d, &p, "\033[19~");
			types(&d, &p, "\r");
			is_sane(&p);
		}
		/* Out of whatever is still asked; À faire is under it all. */
		while (vt_find(&p.vt, "Fiche") < 0 && vt_find(&p.vt, "Bannette") < 0 && vt_find(&p.vt, "À faire") < 0)
			escapes(&d, &p);
	}
	quits(&d, &p);
}

/* --- What is in the store ---------------------------------------------------------------------------------------- */

static void run_sql(const char *store, const char *sql)
{
	sqlite3 *db = NULL;
	char *error = NULL;

	assert_int_equal(sqlite3_open(store, &db), SQLITE_OK);
	sqlite3_exec(db, sql, NULL, NULL, &error);
	if (error)
		fail_msg("%s: %s", sql, error);
	sqlite3_close(db);
}

/* By the doors that there are, then by none: every text that screens show, with escapes, what is no UTF-8, and a NUL in the middle. */
static void fill_with_evil(struct desk *d)
{
	static const char *const updates[] = { "UPDATE request SET subject = subject || CAST(X'1B5D303B740700C3289BC29B1B5B324AE280AE7F' AS TEXT), address = CAST(X'1B5B33316D00C285E280AE' AS TEXT)",
		"UPDATE requester SET name = CAST(X'1B5B324A4D6D65C29BE280AE00' AS TEXT) || coalesce(name, ''), organisation = CAST(X'0E0F1B63' AS TEXT)",
		"UPDATE bulletin SET text = text || CAST(X'1B5D303B7407C29B' AS TEXT)", "UPDATE contact SET note = CAST(X'1B5B324AC3' AS TEXT)",
		"INSERT INTO draft(actor, fields, started_ms, updated_ms) VALUES(CAST(X'1B5B324A' AS TEXT), '{\"subject\":\"a\\u001b[2J\\u009b\\u202e\",\"name\":\"\\u0007\"}', 1, 1)" };
	char reference[16];

	assert_int_equal(DESK_RUN(d, "--json", "log", "--channel", "phone", "--category", "nid-de-poule", "--subject", "Sujet " EVIL, "--text", "Texte " EVIL, "--name",
		"Nom " EVIL, "--organisation", "Org " EVIL, "--address", "Rue " EVIL, "--place-detail", "Lieu " EVIL, "--commune", "verdane", "--phone", "0199000102"), 0);
	snprintf(reference, sizeof reference, "%.10s", strstr(text_str(&d->said), "_id\":\"") + 6);
	assert_int_equal(DESK_RUN(d, "note", reference, "Note " EVIL), 0);
	assert_int_equal(DESK_RUN(d, "bulletin", "add", "Consigne " EVIL, "--say", "Dire " EVIL, "--area", "Aire " EVIL), 0);
	assert_int_equal(DESK_RUN(d, "inform", reference, "--channel", "phone", "--text", "Attente " EVIL), 0);
	for (size_t i = 0; i < sizeof updates / sizeof *updates; i++)
		run_sql(d->store, updates[i]);
}

/* Protects: what citizens wrote, and whatever else got into the store, acts on no terminal in any screen. */
static void shows_hostile_text_harmless(void **state)
{
	static const char *const terms[] = { "xterm-256color", "linux", "vt100" }, *const tour[] = { "B", "\r", "h", "e", "\033", "E", "\r", "\033", "S", "H", "A", "\r", "\033", "D", "\r",
		"\033", "T", "\033OR", "sujet", "\r", "h", "\033", "\033OQ", "0199000102\t", "\033OS", "\033", "\t\tsujet\t", "\033OS", "\033", "\033[17~", "\033", "\033" };
	struct desk d;
	struct pty p;

	(void)state;
	assert_true(desk_copy(&d, &made));
	fill_with_evil(&d);
	for (size_t t = 0; t < sizeof terms / sizeof *terms; t++) {
		open_at(&d, &p, terms[t], t ? 24 : 50, t ? 80 : 132);
		for (size_t i = 0; i < sizeof tour / sizeof *tour; i++) {
			if (*tour[i] == '\033' && !tour[i][1])
				escapes(&d, &p);
			else
				types(&d, &p, tour[i]);
			if (p.vt.unknown || p.vt.outside)
				fail_msg("%s after %s: %s", terms[t], tour[i], p.vt.unknown_last);
		}
		pty_done(&p);
	}
	desk_done(&d);
}

/* Protects: answers of the knowledge base, which are files that somebody edits: as harmless on the screen as anything else. */
static void shows_hostile_answers_harmless(void **state)
{
	char folder[256], path[320];
	struct desk d;
	struct pty p;
	FILE *file;
	int status;
	pid_t pid;

	(void)state;
	assert_true(desk_copy(&d, &made));
	snprintf(folder, sizeof folder, "%s/catalogue", d.home);
	pid = fork();
	if (pid == 0) {
		execlp("cp", "cp", "-r", "data/catalogue", folder, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	snprintf(path, sizeof path, "%s/scripts/bac-commande.txt", folder);
	file = fopen(path, "ae");
	assert_non_null(file);
	assert_true(fputs("Hostile " EVIL "\n", file) >= 0);
	fclose(file);
	assert_int_equal(DESK_RUN(&d, "catalogue", "apply", folder), 0);
	open_at(&d, &p, "xterm-256color", 43, 132);
	types(&d, &p, "\033OQ\t\tUn bac plus grand\t\033[20~");
	types(&d, &p, "avoir un bac\r");
	shows(&p, "Hostile");
	is_sane(&p);
	escapes(&d, &p);
	quits(&d, &p);
}

static int set_up(void **state)
{
	(void)state;
	return desk_make(&made, 150) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	desk_done(&made);
	return 0;
}

/* With `tour` the first alone: where sanitizers make the rest slow, it finds what leaks. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tour[] = { cmocka_unit_test(tours_every_screen) };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tours_every_screen), cmocka_unit_test(keeps_what_was_typed_when_it_ends), cmocka_unit_test(ends_on_a_deaf_terminal),
		cmocka_unit_test(follows_the_window), cmocka_unit_test(takes_one_column), cmocka_unit_test(a_window_is_no_key), cmocka_unit_test(takes_a_megabyte),
		cmocka_unit_test(takes_hostile_bytes_in_a_call), cmocka_unit_test(takes_hostile_bytes_in_questions), cmocka_unit_test(shows_hostile_text_harmless),
		cmocka_unit_test(shows_hostile_answers_harmless),
	};

	if (argc > 1 && strcmp(argv[1], "tour") == 0)
		return cmocka_run_group_tests(tour, set_up, tear_down);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
