// SPDX-License-Identifier: GPL-3.0-or-later
/* The engine of the screens in real pseudo-terminals: what it sends, what it takes in, and that the terminal is given back whatever happens. Drives the sample
 * application that is built beside this program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guichet/base/text.h"
#include "pty.h"

static char sample[4096];
static const char *const utf8[] = { "LC_ALL=C.UTF-8", "NO_COLOR", NULL };

static void start_with(struct pty *p, const char *term, int rows, int cols, const char *const *environment, const char *view)
{
	char *argv[] = { sample, (char *)view, NULL };

	assert_true(pty_start(p, rows, cols, term, environment, argv));
}

static void start(struct pty *p, const char *term, const char *view)
{
	start_with(p, term, 24, 80, utf8, view);
	assert_true(pty_wait(p, "0 touches"));
}

/* The terminal is as it was: screen, modes, cursor, pastes; and nothing was sent that it does not know. */
static void is_given_back(const struct pty *p)
{
	struct termios modes;

	if (p->vt.unknown)
		fail_msg("sent what the terminal does not know: %s", p->vt.unknown_last);
	assert_false(p->vt.alternate);
	assert_true(p->vt.cursor_shown);
	assert_false(p->vt.pastes);
	assert_true(pty_modes(p, &modes));
	assert_true((modes.c_lflag & ICANON) && (modes.c_lflag & ECHO) && (modes.c_lflag & ISIG));
	assert_true((modes.c_iflag & ICRNL) && (modes.c_iflag & IXON) && (modes.c_oflag & OPOST));
}

static void quits(struct pty *p)
{
	pty_type(p, "\x11");
	assert_true(pty_wait_end(p));
	assert_true(WIFEXITED(p->status));
	assert_int_equal(WEXITSTATUS(p->status), 0);
	assert_true(vt_find(&p->vt, "fin 0 signal 0") >= 0);
	is_given_back(p);
	pty_done(p);
}

/* Protects: an ordinary end, on each terminal that agents have. */
static void gives_the_terminal_back(void **state)
{
	static const char *const terms[] = { "xterm-256color", "xterm", "screen-256color", "tmux-256color", "linux", "rxvt-unicode-256color", "vt100", "vt220" };

	(void)state;
	for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
		struct pty p;
		struct termios modes;

		start(&p, terms[i], "styles");
		assert_true(pty_modes(&p, &modes));
		assert_false(modes.c_lflag & (ICANON | ECHO | ISIG));
		assert_false(modes.c_iflag & IXON);
		assert_int_equal(p.vt.pastes, terms[i][0] != 'v');
		quits(&p);
	}
}

/* Protects: a signal to end saves what was typed and gives the terminal back, with an exit status that says so. */
static void ends_on_signals(void **state)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	char path[] = "/tmp/guichet-screen-XXXXXX", words[128], line[64];
	const char *environment[] = { "LC_ALL=C.UTF-8", words, NULL };
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	snprintf(words, sizeof words, "SAMPLE_LAST_WORDS=%s", path);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		struct pty p;
		FILE *file;

		start_with(&p, "xterm-256color", 24, 80, environment, "form");
		assert_true(pty_wait(&p, "0 touches"));
		pty_type(&p, "\t\t\t\tmourir");
		assert_true(pty_wait(&p, "mourir"));
		kill(p.pid, signals[i]);
		assert_true(pty_wait_end(&p));
		assert_true(WIFEXITED(p.status));
		assert_int_equal(WEXITSTATUS(p.status), 1);
		is_given_back(&p);
		file = fopen(path, "re");
		assert_non_null(file);
		assert_non_null(fgets(line, sizeof line, file));
		fclose(file);
		assert_string_equal(line, "1 mourir");
		pty_done(&p);
	}
	unlink(path);
}

/* Protects: abort, a crash and exit() in the middle give the terminal back too, and end as they would have. */
static void survives_crashes(void **state)
{
	static const struct { const char *key; int signal; } crashes[] = { { "a", SIGABRT }, { "s", SIGSEGV }, { "e", 0 } };
	static const char *const environment[] = { "LC_ALL=C.UTF-8", "ASAN_OPTIONS=handle_segv=0:handle_abort=0:detect_leaks=0", NULL };

	(void)state;
	for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) {
		struct pty p;

		start_with(&p, "xterm-256color", 24, 80, environment, "crash");
		assert_true(pty_wait(&p, "0 touches"));
		pty_type(&p, crashes[i].key);
		assert_true(pty_wait_end(&p));
		if (crashes[i].signal)
			assert_true(WIFSIGNALED(p.status) && WTERMSIG(p.status) == crashes[i].signal);
		else
			assert_true(WIFEXITED(p.status) && WEXITSTATUS(p.status) == 3);
		is_given_back(&p);
		pty_done(&p);
	}
}

/* Protects: a terminal that vanishes ends the program, at rest or in the middle of typing, and saves first. */
static void ends_with_its_terminal(void **state)
{
	(void)state;
	for (int typing = 0; typing < 4; typing++) {
		struct pty p;

		start(&p, "xterm-256color", "form");
		if (typing > 0)
			pty_type(&p, typing == 1 ? "a" : typing == 2 ? "abc\033[200~def" : "\033[1;");
		pty_hang_up(&p);
		assert_true(pty_wait_end(&p));
		assert_true(WIFEXITED(p.status));
		assert_in_range(WEXITSTATUS(p.status), 1, 2);
		pty_done(&p);
	}
}

/* Protects: the SIGHUP that comes after the terminal was seen gone does not kill what is being saved. */
static void outlives_a_late_hangup(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++) {
		struct pty p;
		bool over = false;

		start(&p, "xterm-256color", "form");
		pty_type(&p, "abc");
		pty_hang_up(&p);
		for (int sent = 0; sent < 20000 && !over; sent++) {
			siginfo_t info = { 0 };

			kill(p.pid, SIGHUP);
			over = waitid(P_PID, (id_t)p.pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == p.pid;
			if (!over)
				usleep(50);
		}
		assert_true(over);
		assert_true(pty_wait_end(&p));
		assert_true(WIFEXITED(p.status));
		assert_in_range(WEXITSTATUS(p.status), 1, 2);
		pty_done(&p);
	}
}

/* Protects: a terminal that takes nothing in any more (a dead link, a stopped screen) neither blocks keys nor signals. */
static void is_not_held_by_a_deaf_terminal(void **state)
{
	struct pty p;

	(void)state;
	start(&p, "xterm-256color", "list");
	p.deaf = true;
	for (int i = 0; i < 300; i++)
		pty_type(&p, i % 2 ? "\033[6~" : "\033[F\033[H\033[6~\033[6~");
	kill(p.pid, SIGTERM);
	assert_true(pty_wait_end(&p));
	assert_true(WIFEXITED(p.status) && WEXITSTATUS(p.status) == 1);
	pty_done(&p);
}

/* Protects: pictures that a slow terminal missed are skipped, and the last one is right. */
static void shows_the_newest_to_a_slow_terminal(void **state)
{
	struct pty p;

	(void)state;
	start(&p, "xterm-256color", "list");
	p.deaf = true;
	for (int i = 0; i < 200; i++)
		pty_type(&p, "\033[6~\033[5~\033[6~");
	pty_type(&p, "\033[H\033[B");
	p.deaf = false;
	assert_true(pty_wait(&p, "602 touches"));
	assert_true(pty_wait(&p, "▸31 40 00 01 01"));
	quits(&p);
}

/* Protects: stopped by a signal it leaves the terminal usable, continued it draws all again; in a kiosk it does not stop. */
static void stops_and_goes_on(void **state)
{
	static const char *const kiosk[] = { "LC_ALL=C.UTF-8", "SAMPLE_NO_SUSPEND=1", NULL };
	struct pty p;
	int status;

	(void)state;
	start(&p, "xterm-256color", "list");
	pty_type(&p, "\033[B");
	assert_true(pty_wait(&p, "1 touches"));
	kill(p.pid, SIGTSTP);
	assert_int_equal(waitpid(p.pid, &status, WUNTRACED), p.pid);
	assert_true(WIFSTOPPED(status));
	pty_settle(&p, 20);
	is_given_back(&p);
	pty_resize(&p, 30, 90);
	kill(p.pid, SIGCONT);
	assert_true(pty_wait(&p, "90 x 30"));
	assert_true(pty_wait(&p, "▸31 40 00 01 01"));
	assert_true(p.vt.alternate && p.vt.pastes);
	/* Stopped without a word. */
	kill(p.pid, SIGSTOP);
	assert_int_equal(waitpid(p.pid, &status, WUNTRACED), p.pid);
	vt_feed(&p.vt, "\033[2J", 4);
	kill(p.pid, SIGCONT);
	assert_true(pty_wait(&p, "▸31 40 00 01 01"));
	quits(&p);
	start_with(&p, "xterm-256color", 24, 80, kiosk, "list");
	assert_true(pty_wait(&p, "0 touches"));
	kill(p.pid, SIGTSTP);
	pty_type(&p, "\033[B");
	assert_true(pty_wait(&p, "1 touches"));
	quits(&p);
}

/* Protects: colours by default; none at all, not one sequence, with NO_COLOR or when the configuration says so. */
static void colours_when_wanted(void **state)
{
	static const char *const no_color[] = { "LC_ALL=C.UTF-8", "NO_COLOR=1", NULL }, *const empty[] = { "LC_ALL=C.UTF-8", "NO_COLOR=", NULL };
	char *configured[] = { sample, "styles", "no-colour", NULL };
	struct pty p;

	(void)state;
	start(&p, "xterm-256color", "styles");
	assert_true(p.vt.colours > 0);
	quits(&p);
	start_with(&p, "xterm-256color", 24, 80, empty, "styles");
	assert_true(pty_wait(&p, "0 touches"));
	assert_true(p.vt.colours > 0);
	quits(&p);
	start(&p, "vt100", "styles");
	quits(&p);
	for (int i = 0; i < 2; i++) {
		if (i == 0)
			start_with(&p, "xterm-256color", 24, 80, no_color, "styles");
		else
			assert_true(pty_start(&p, 24, 80, "xterm-256color", utf8, configured));
		assert_true(pty_wait(&p, "0 touches"));
		pty_type(&p, "\033[B");
		assert_true(pty_wait(&p, "1 touches"));
		pty_type(&p, "\x11");
		assert_true(pty_wait_end(&p));
		assert_int_equal(p.vt.colours, 0);
		is_given_back(&p);
		pty_done(&p);
	}
}

/* Protects: in a C locale, in one that is not UTF-8 and on a vt100 nothing above ASCII is sent, and borders are - | +; UTF-8 elsewhere. */
static void speaks_ascii_where_it_must(void **state)
{
	static const struct { const char *term, *locale; bool ascii; } where[] = {
		{ "xterm-256color", "LC_ALL=C", true }, { "xterm-256color", "LC_ALL=POSIX", true }, { "vt100", "LC_ALL=C.UTF-8", true },
		{ "xterm-256color", "LC_ALL=fr_FR.ISO-8859-1", true }, { "xterm-256color", "LC_ALL=fr_FR.UTF-8", false }, { "xterm-256color", "LC_ALL=fr_FR.utf8", false },
		{ "linux", "LC_ALL=C.UTF-8", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof where / sizeof *where; i++) {
		const char *environment[] = { where[i].locale, "LANGUAGE=fr", NULL };
		struct pty p;

		start_with(&p, where[i].term, 24, 80, environment, "choice");
		assert_true(pty_wait(&p, "0 touches"));
		pty_type(&p, "recl");
		assert_true(pty_wait(&p, where[i].ascii ? "> Reclamation" : "▸ Réclamation"));
		assert_true(vt_find(&p.vt, where[i].ascii ? "+- Choix ---" : "┌─ Choix ───") > 0);
		assert_int_equal(p.vt.high_bytes == 0, where[i].ascii);
		pty_type(&p, "\x11");
		assert_true(pty_wait_end(&p));
		is_given_back(&p);
		pty_done(&p);
		start_with(&p, where[i].term, 24, 80, environment, "keys");
		assert_true(pty_wait(&p, where[i].ascii ? "Ete a OEuilly : 12 EUR \" a dire \" ..." : "Été à Œuilly : 12 € « à dire » …"));
		pty_done(&p);
	}
}

/* Protects: an unknown TERM is replaced, with a warning on the screen; one that can't place the cursor is refused before anything is sent. */
static void falls_back(void **state)
{
	static const struct { const char *term, *other; } unknown[] = { { "nonesuch", "vt100" }, { "", "vt100" }, { "putty-256color", "xterm-256color" },
		{ "xterm-ghostty", "xterm" }, { "alacritty", "xterm-256color" }, { "screen.nonesuch", "screen" } };

	(void)state;
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
		struct pty p;
		char sign[64];

		start_with(&p, unknown[i].term, 24, 80, utf8, "keys");
		assert_true(pty_wait(&p, "0 touches"));
		snprintf(sign, sizeof sign, "%s.", unknown[i].other);
		if (i < 2)
			assert_true(vt_find(&p.vt, sign) > 0 && vt_find(&p.vt, i ? "TERM n'est pas" : "TERM=nonesuch") > 0);
		quits(&p);
	}
	for (int i = 0; i < 1; i++) {
		struct pty p;

		start_with(&p, "dumb", 24, 80, utf8, "keys");
		assert_true(pty_wait_end(&p));
		assert_int_equal(WEXITSTATUS(p.status), 69);
		assert_true(vt_find(&p.vt, "--line") >= 0);
		is_given_back(&p);
		assert_int_equal(p.vt.paste_on, 0);
		pty_done(&p);
	}
}

/* Protects: Escape acts although nothing follows it; Ctrl-S freezes nothing; Ctrl-C, Ctrl-Z and Ctrl-\ are keys. */
static void takes_special_keys(void **state)
{
	struct pty p;

	(void)state;
	start(&p, "xterm-256color", "keys");
	pty_type(&p, "\033");
	assert_true(pty_wait(&p, "Échap"));
	pty_type(&p, "\x13\x03\x1A\x1C\033[15~é");
	assert_true(pty_wait(&p, "Ctrl-S Ctrl-C Ctrl-Z Ctrl-\\ F5 é"));
	quits(&p);
	start(&p, "linux", "keys");
	pty_type(&p, "\033[[A\033[25~\033[1~\033\t");
	assert_true(pty_wait(&p, "F1 Maj-F1 Début Maj-Tab"));
	quits(&p);
	start(&p, "putty", "keys");
	pty_type(&p, "\033OA\033[11~");
	assert_true(pty_wait(&p, "Ctrl-Haut F1"));
	quits(&p);
	start(&p, "putty-sco", "keys");
	pty_type(&p, "\033[M\033[X\033[G\033[B");
	assert_true(pty_wait(&p, "F1 F12 Pg.suiv Bas"));
	quits(&p);
}

static char *screen_of(struct pty *p)
{
	return vt_dump(&p->vt, true);
}

/* Protects: a form sent in one burst, before the program has even started, gives the same as typed key by key, and is not painted key by key. */
static void loses_no_key(void **state)
{
	static const char typed[] = "0612345678\tMme Lef\xC3\xA8vre\tSaint-Aubin\r\tSac poubelle \xC3\xA9ventr\xC3\xA9\033[D\033[D\033[D\033[D!\tLe sac\rest l\xC3\xA0.\033[Z\033[H>";
	struct pty slow, burst;
	char *one, *other;
	int keys = 0;

	(void)state;
	start(&slow, "xterm-256color", "form");
	for (const char *c = typed; *c; ) {
		char counted[32];
		size_t bytes = *c == '\033' ? 3 : (unsigned char)*c >= 0xC0 ? 2 : 1;

		pty_send(&slow, c, bytes);
		c += bytes;
		snprintf(counted, sizeof counted, " %d touches", ++keys);
		assert_true(pty_wait(&slow, counted));
	}
	one = screen_of(&slow);
	start_with(&burst, "xterm-256color", 24, 80, utf8, "form");
	pty_type(&burst, typed);
	{
		char counted[32];

		snprintf(counted, sizeof counted, " %d touches", keys);
		assert_true(pty_wait(&burst, counted));
	}
	pty_settle(&burst, 50);
	pty_settle(&slow, 50);
	other = screen_of(&burst);
	assert_string_equal(one, other);
	assert_true(burst.vt.bytes < slow.vt.bytes / 2);
	free(one);
	free(other);
	quits(&slow);
	quits(&burst);
}

/* Protects: a megabyte pasted is one key, and arrives whole; what looks like keys in it is text; more than the cap is dropped, and said. */
static void takes_big_pastes(void **state)
{
	enum { MEGABYTE = 1024 * 1024 };
	char *big = guichet_alloc(5 * MEGABYTE);
	struct pty p;

	(void)state;
	memset(big, 'x', 5 * MEGABYTE);
	memcpy(big + 1000, "\033[A\x11\r\033OP", 8);
	start(&p, "xterm-256color", "keys");
	pty_type(&p, "\033[200~");
	pty_send(&p, big, MEGABYTE);
	pty_type(&p, "\033[201~z");
	assert_true(pty_wait(&p, "<collé 1048576> z"));
	pty_type(&p, "\033[200~");
	pty_send(&p, big, 5 * MEGABYTE - 1);
	pty_type(&p, "\033[201~");
	assert_true(pty_wait(&p, "<collé 4194304 coupé>"));
	assert_true(pty_wait(&p, " 3 touches"));
	quits(&p);
	free(big);
}

/* Protects: a window made smaller, larger, tiny and back shows what a fresh start of that size shows. */
static void follows_the_window(void **state)
{
	static const int sizes[][2] = { { 18, 60 }, { 50, 132 }, { 5, 20 }, { 1, 1 }, { 24, 80 }, { 2, 200 }, { 24, 80 } };
	static const char *const views[] = { "form", "list", "choice", "keys" };

	(void)state;
	for (size_t v = 0; v < sizeof views / sizeof *views; v++) {
		struct pty p, fresh;
		char *one, *other, size[32];

		start(&p, "xterm-256color", views[v]);
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
			pty_resize(&p, sizes[i][0], sizes[i][1]);
			snprintf(size, sizeof size, "%d x %d", sizes[i][1], sizes[i][0]);
			assert_true(pty_wait(&p, sizes[i][0] >= 18 ? size : sizes[i][0] == 1 ? "…" : "Fenêtre"));
		}
		pty_settle(&p, 100);
		start(&fresh, "xterm-256color", views[v]);
		pty_settle(&fresh, 100);
		one = screen_of(&p);
		other = screen_of(&fresh);
		assert_string_equal(one, other);
		assert_int_equal(p.vt.row, fresh.vt.row);
		assert_int_equal(p.vt.col, fresh.vt.col);
		free(one);
		free(other);
		quits(&p);
		quits(&fresh);
	}
}

/* Protects: a key in a list costs at most 400 bytes on each terminal, at 80 columns and at 132, whether the list scrolls or not. */
static void sends_few_bytes(void **state)
{
	static const struct { const char *term; int rows, cols; } where[] = { { "xterm-256color", 24, 80 }, { "screen-256color", 24, 80 }, { "vt100", 24, 80 },
		{ "linux", 24, 80 }, { "xterm-256color", 43, 132 } };

	(void)state;
	for (size_t i = 0; i < sizeof where / sizeof *where; i++) {
		struct pty p;

		start_with(&p, where[i].term, where[i].rows, where[i].cols, utf8, "list");
		assert_true(pty_wait(&p, "0 touches"));
		pty_settle(&p, 50);
		for (int key = 1; key <= 60; key++) {
			int64_t before = p.vt.bytes;
			char counted[32];

			pty_type(&p, key < 50 ? "\033[B" : "\033[A");
			snprintf(counted, sizeof counted, " %d touches", key);
			assert_true(pty_wait(&p, counted));
			/* Long enough for a slow machine: the end of what one key sent must not count for the next. */
			pty_settle(&p, 40);
			assert_in_range(p.vt.bytes - before, 1, 400);
		}
		quits(&p);
	}
}

/* Protects: at rest nothing is sent and no processor time is used. */
static void rests(void **state)
{
	struct pty p;
	int64_t bytes, cpu;

	(void)state;
	start(&p, "xterm-256color", "form");
	pty_settle(&p, 300);
	bytes = p.vt.bytes;
	cpu = pty_cpu_ms(&p);
	pty_settle(&p, 1200);
	assert_int_equal(p.vt.bytes, bytes);
	assert_in_range(pty_cpu_ms(&p) - cpu, 0, 10);
	quits(&p);
}

/* Protects: the terminal's cursor, which screen readers follow, is on the selected row and in the focused field. */
static void puts_the_cursor_on_the_focus(void **state)
{
	struct pty p;

	(void)state;
	start(&p, "xterm-256color", "list");
	pty_type(&p, "\033[B\033[B\033[B");
	assert_true(pty_wait(&p, "▸31 40 00 03 03"));
	pty_settle(&p, 30);
	assert_int_equal(p.vt.row, vt_find(&p.vt, "▸31 40 00 03 03"));
	assert_true(p.vt.cursor_shown);
	quits(&p);
	start(&p, "xterm-256color", "form");
	pty_type(&p, "\t\t\tL\xC3\xA0");
	assert_true(pty_wait(&p, "Là"));
	pty_settle(&p, 30);
	assert_int_equal(p.vt.row, vt_find(&p.vt, "▸ Objet"));
	assert_int_equal(p.vt.col, 13 + 2);
	quits(&p);
}

/* Protects: the question before an act is No by default, and a burst does not answer it. */
static void asks_first(void **state)
{
	struct pty p;

	(void)state;
	start(&p, "xterm-256color", "list");
	pty_type(&p, "\033[21~");
	assert_true(pty_wait(&p, "Quitter ? (o/N)"));
	pty_type(&p, "\r");
	assert_true(pty_wait_gone(&p, "Quitter ? (o/N)"));
	pty_type(&p, "\033[21~");
	assert_true(pty_wait(&p, "Quitter ? (o/N)"));
	pty_type(&p, "oui");
	pty_type(&p, "n");
	pty_type(&p, "\033[21~");
	assert_true(pty_wait(&p, "Quitter ? (o/N)"));
	pty_type(&p, "o");
	assert_true(pty_wait_end(&p));
	is_given_back(&p);
	pty_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_terminal_back), cmocka_unit_test(ends_on_signals), cmocka_unit_test(survives_crashes),
		cmocka_unit_test(ends_with_its_terminal), cmocka_unit_test(outlives_a_late_hangup),
		cmocka_unit_test(is_not_held_by_a_deaf_terminal), cmocka_unit_test(shows_the_newest_to_a_slow_terminal),
		cmocka_unit_test(stops_and_goes_on), cmocka_unit_test(colours_when_wanted), cmocka_unit_test(speaks_ascii_where_it_must),
		cmocka_unit_test(falls_back), cmocka_unit_test(takes_special_keys), cmocka_unit_test(loses_no_key), cmocka_unit_test(takes_big_pastes),
		cmocka_unit_test(follows_the_window), cmocka_unit_test(sends_few_bytes), cmocka_unit_test(rests),
		cmocka_unit_test(puts_the_cursor_on_the_focus), cmocka_unit_test(asks_first),
	};
	ssize_t length = readlink("/proc/self/exe", sample, sizeof sample - 16);
	char *name;

	sample[length > 0 ? length : 0] = '\0';
	name = strrchr(sample, '/');
	memcpy(name ? name + 1 : sample, "sample", 7);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
