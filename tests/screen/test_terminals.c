// SPDX-License-Identifier: GPL-3.0-or-later
/* guichet on the terminals that agents have: what each sends for its keys, even byte by byte; no colour where none is wanted; nothing above ASCII where that would show
 * as rubbish; a terminal that nobody knows; and what a configuration says of all this.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "desk.h"

static struct desk made;

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

static void hides(const struct pty *p, const char *text)
{
	if (vt_find(&p->vt, text) >= 0)
		fail_msg("'%s' stands on the screen", text);
}

static void sends(struct desk *d, struct pty *p, const char *bytes)
{
	pty_type(p, bytes);
	assert_true(moment_settle(&d->moment, p));
}

/* As a slow line brings them: the program comes to rest between any two. */
static void sends_slowly(struct desk *d, struct pty *p, const char *bytes)
{
	for (; *bytes; bytes++) {
		pty_send(p, bytes, 1);
		assert_true(moment_settle(&d->moment, p));
	}
}

static void quits(struct desk *d, struct pty *p)
{
	pty_type(p, "\x11");
	/* Each call that was begun is asked about; the first answer keeps it. */
	for (int i = 0; i < 20 && moment_settle(&d->moment, p); i++)
		pty_type(p, "\r");
	assert_true(pty_wait_end(p));
	assert_true(WIFEXITED(p->status));
	assert_int_equal(WEXITSTATUS(p->status), 0);
	if (p->vt.unknown)
		fail_msg("sent what the terminal does not know: %s", p->vt.unknown_last);
	pty_done(p);
	desk_done(d);
}

static void desk_configure(const struct desk *d, const char *format, ...)
{
	char path[256];
	va_list args;
	FILE *file;

	snprintf(path, sizeof path, "%s/config/guichet/guichet.ini", d->home);
	file = fopen(path, "ae");
	assert_non_null(file);
	va_start(args, format);
	vfprintf(file, format, args);
	va_end(args);
	assert_int_equal(fclose(file), 0);
}

static void begin(struct desk *d, struct pty *p, const char *term, const char *const *words)
{
	assert_true(desk_copy(d, &made));
	for (; words && *words; words++)
		desk_set(d, *words);
	assert_true(desk_open(d, p, term, 24, 80, NULL));
}

/* --- keys --- */

/* Protects: the function keys of each terminal, its arrows, and how it erases, in the screens themselves and byte by byte. */
static void keys_of_each_terminal(void **state)
{
	static const struct { const char *term, *f1, *f2, *f3, *leave, *down, *erase; } terminals[] = {
		{ "xterm-256color", "\033OP", "\033OQ", "\033OR", "\033[24~", "\033[B", "\x7F" },
		{ "screen-256color", "\033OP", "\033OQ", "\033OR", "\033[24~", "\033[B", "\x7F" },
		{ "tmux-256color", "\033OP", "\033OQ", "\033OR", "\033[24~", "\033[B", "\x7F" },
		/* PuTTY calls itself xterm, and sends its own keys, or the Linux console's. */
		{ "xterm-256color", "\033[11~", "\033[12~", "\033[13~", "\033[24~", "\033[B", "\x7F" },
		{ "xterm", "\033[[A", "\033[[B", "\033[[C", "\033[24~", "\033[B", "\x7F" },
		{ "putty-256color", "\033[11~", "\033[12~", "\033[13~", "\033[24~", "\033[B", "\x7F" },
		{ "rxvt-unicode-256color", "\033[11~", "\033[12~", "\033[13~", "\033[24~", "\033[B", "\x7F" },
		{ "linux", "\033[[A", "\033[[B", "\033[[C", "\033[24~", "\033[B", "\x7F" },
		/* No F12 there: its Ctrl twin. */
		{ "vt100", "\033OP", "\033OQ", "\033OR", "\x18", "\033OB", "\b" },
		{ "vt220", "\033OP", "\033OQ", "\033OR", "\033[24~", "\033[B", "\x7F" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof terminals / sizeof *terminals; i++) {
		struct desk d;
		struct pty p;

		begin(&d, &p, terminals[i].term, NULL);
		sends_slowly(&d, &p, terminals[i].f1);
		shows(&p, "Touches de cet");
		sends_slowly(&d, &p, terminals[i].leave);
		hides(&p, "Touches de cet");
		sends_slowly(&d, &p, terminals[i].f2);
		sends_slowly(&d, &p, "0612x");
		sends_slowly(&d, &p, terminals[i].erase);
		sends_slowly(&d, &p, "345679");
		sends_slowly(&d, &p, terminals[i].down);
		shows(&p, "06 12 34 56 79");
		sends_slowly(&d, &p, terminals[i].leave);
		sends_slowly(&d, &p, terminals[i].f3);
		shows(&p, "Chercher :");
		quits(&d, &p);
	}
}

/* Protects: who has no function keys, no Alt and no digits at hand: Ctrl keys alone reach every screen, and the help, from inside a text. */
static void works_without_function_keys(void **state)
{
	static const struct { const char *letter, *shown; } screens[] = { { "T", "À faire" }, { "B", "Bannette" }, { "D", "Brouillons" }, { "A", "Consignes" },
		{ "S", "Tableau des délais" }, { "E", "Échéances" }, { "H", "Affluence" }, { "/", "Recherche" } };
	struct desk d;
	struct pty p;

	(void)state;
	begin(&d, &p, "linux", NULL);
	sends(&d, &p, "\x0E");
	sends(&d, &p, "\tLilas");
	for (size_t i = 0; i < sizeof screens / sizeof *screens; i++) {
		sends(&d, &p, "\x03");
		sends(&d, &p, screens[i].letter);
		assert_int_equal(strncmp(vt_row(&p.vt, 0) + 1, screens[i].shown, strlen(screens[i].shown)), 0);
		sends(&d, &p, "\x0E");
		shows(&p, "Lilas");
	}
	sends(&d, &p, "\x05");
	shows(&p, "Touches de cet");
	sends(&d, &p, "\x18");
	/* Typed together: the letter still acts. */
	sends(&d, &p, "\x03S");
	shows(&p, "Tableau des délais");
	quits(&d, &p);
}

/* --- colours and characters --- */

/* Every screen once, with what may lie over it. */
static void walks(struct desk *d, struct pty *p)
{
	static const char *const steps[] = { "?", "\x18", "\x0E", "0612345678\tDurand\tTrou\tnid\t", "\x0C", "\x18", "\x03S", "E", "j", "\r", "h", "e", "\x18", "H", "A", "D", "B", ":", "re\t", "\x18",
		"/", "lilas\t" };

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		sends(d, p, steps[i]);
}

/* Protects: colours where the terminal has them; not one sequence of colour on any screen with NO_COLOR or `color = no`, nor on a terminal without; states have words. */
static void colours_when_wanted(void **state)
{
	static const char *const none[] = { NULL }, *const no_color[] = { "NO_COLOR=1", NULL };
	static const struct { const char *term; const char *const *words; const char *configured; bool colours; } cases[] = {
		{ "xterm-256color", none, NULL, true }, { "linux", none, NULL, true }, { "xterm-256color", no_color, NULL, false },
		{ "xterm-256color", none, "color = no", false }, { "xterm-256color", no_color, "color = yes", false }, { "vt100", none, NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct desk d;
		struct pty p;

		assert_true(desk_copy(&d, &made));
		for (const char *const *w = cases[i].words; *w; w++)
			desk_set(&d, *w);
		if (cases[i].configured)
			desk_configure(&d, "[screen]\n%s\n", cases[i].configured);
		assert_true(desk_open(&d, &p, cases[i].term, 24, 80, NULL));
		sends(&d, &p, "E");
		shows(&p, "en retard");
		walks(&d, &p);
		assert_int_equal(p.vt.colours > 0, cases[i].colours);
		quits(&d, &p);
	}
}

/* Protects: where the locale or the terminal knows no Unicode, no screen sends a byte above ASCII, and borders are - | and +. */
static void speaks_ascii_where_it_must(void **state)
{
	static const struct { const char *term, *locale; bool ascii; } where[] = {
		{ "xterm-256color", "LC_ALL=C", true }, { "linux", "LC_ALL=POSIX", true }, { "vt100", "LC_ALL=C.UTF-8", true }, { "vt220", "LC_ALL=C", true },
		{ "xterm-256color", "LC_ALL=C.UTF-8", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof where / sizeof *where; i++) {
		const char *words[] = { where[i].locale, "LANGUAGE=fr", NULL };
		struct desk d;
		struct pty p;

		begin(&d, &p, where[i].term, words);
		walks(&d, &p);
		sends(&d, &p, "\x05");
		shows(&p, where[i].ascii ? "+- Touches de cet ecran" : "┌─ Touches de cet écran");
		assert_int_equal(p.vt.high_bytes == 0, where[i].ascii);
		sends(&d, &p, "\x18");
		quits(&d, &p);
	}
}

/* Protects: a terminal that this machine does not know is taken for one that it does, with a word about it, and works; one that can't place the cursor gets the line
 * mode. */
static void falls_back(void **state)
{
	static const struct { const char *term, *said; } unknown[] = { { "nonesuch", "comme si c'etait vt100" }, { "xterm-nonesuch-256color", "xterm-256color." },
		{ "screen.nonesuch", "comme si c'était screen" } };

	(void)state;
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
		struct desk d;
		struct pty p;

		begin(&d, &p, unknown[i].term, NULL);
		shows(&p, unknown[i].said);
		sends(&d, &p, "\033OQ");
		shows(&p, i == 0 ? "Telephone" : "Téléphone");
		quits(&d, &p);
	}
	struct desk d;
	struct pty p;

	assert_true(desk_copy(&d, &made));
	d.environment[d.count] = NULL;
	assert_true(pty_start(&p, 24, 80, "dumb", d.environment, (char *[]){ d.guichet, NULL }));
	assert_true(pty_wait(&p, "guichet>"));
	assert_int_equal(p.vt.alternate_on, 0);
	pty_type(&p, "quit\r");
	assert_true(pty_wait_end(&p));
	pty_done(&p);
	desk_done(&d);
}

/* --- the configuration --- */

/* Protects: how long Escape waits is what the configuration says, and what ESCDELAY says over it; at once where nothing is said. */
static void waits_after_escape_as_told(void **state)
{
	static const char *const delay[] = { "ESCDELAY=100", NULL };
	static const struct { const char *configured; const char *const *words; int ms; } cases[] = {
		{ NULL, NULL, 25 }, { "escape_ms = 400", NULL, 400 }, { "escape_ms = 400", delay, 100 } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct desk d;
		struct pty p;

		assert_true(desk_copy(&d, &made));
		if (cases[i].configured)
			desk_configure(&d, "[screen]\n%s\n", cases[i].configured);
		for (const char *const *w = cases[i].words; w && *w; w++)
			desk_set(&d, *w);
		assert_true(desk_open(&d, &p, "xterm-256color", 24, 80, NULL));
		sends(&d, &p, "?");
		sends(&d, &p, "\033");
		assert_true(moment_pass(&d.moment, &p, cases[i].ms - 5));
		shows(&p, "Touches de cet");
		assert_true(moment_pass(&d.moment, &p, 10));
		hides(&p, "Touches de cet");
		quits(&d, &p);
	}
}

/* Protects: keys of the configuration act on a terminal, and a slip in them is told there while the keys that ship go on. */
static void takes_configured_keys(void **state)
{
	struct desk d;
	struct pty p;

	(void)state;
	assert_true(desk_copy(&d, &made));
	desk_configure(&d, "[keys]\nheat = Maj-F4\nsla = F99\n[call]\norder = subject phone\n");
	assert_true(desk_open(&d, &p, "xterm-256color", 24, 80, NULL));
	shows(&p, "F99");
	sends(&d, &p, "\033[1;2S");
	shows(&p, "Affluence");
	sends(&d, &p, "S");
	shows(&p, "Tableau des délais");
	sends(&d, &p, "n");
	sends(&d, &p, "Trou\t0612345678\t");
	shows(&p, "06 12 34 56 78");
	assert_true(vt_find(&p.vt, "Trou") < vt_find(&p.vt, "06 12 34 56 78"));
	quits(&d, &p);
}

static int make(void **state)
{
	(void)state;
	return desk_make(&made, 150) ? 0 : 1;
}

static int unmake(void **state)
{
	(void)state;
	desk_done(&made);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_each_terminal), cmocka_unit_test(works_without_function_keys), cmocka_unit_test(colours_when_wanted),
		cmocka_unit_test(speaks_ascii_where_it_must), cmocka_unit_test(falls_back), cmocka_unit_test(waits_after_escape_as_told),
		cmocka_unit_test(takes_configured_keys),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
