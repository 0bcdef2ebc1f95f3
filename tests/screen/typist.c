// SPDX-License-Identifier: GPL-3.0-or-later
/* Types at the screens like somebody in a hurry, a cat, and somebody who means harm: typist [-seed N] [-strokes N] [-minutes N] [-stop N] [-v]
 *
 * Each seed is a session on a copy of one exercise store: a terminal, a size, a role, then strokes drawn by weight: words, keys, pastes, hostile bytes, resizes,
 * signals, time that passes, another guichet that writes. After each stroke the program must have come to rest, the cursor must be inside, nothing unknown
 * sent, and now and then the screen must equal one that is drawn afresh, and À faire must still be reached by keys. At the end the terminal is given back, the
 * store is verified, and the sanitizers have found nothing.
 * Seeds follow each other until the minutes are over (0: one seed). A failure prints the seed, the stroke and the last ones; -seed N -stop STROKE -v
 * shows how it came to be. Time stands still but where a stroke says so: the same seed types the same.
 */
#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desk.h"
#include "guichet/base/clock.h"
#include "strokes.h"

enum { REMEMBERED = 30, HOME_TRIES = 8, STROKE_SHOWN = 160, REST_MS = 150 };

struct typist {
	struct desk desk;
	struct pty p;
	struct strokes strokes;
	uint64_t seed;
	long stroke, last;
	bool loud, styles, open;
	const char *term, *arguments[4];
	int64_t drawn_ms;                    /* it drew last then, or later */
	sqlite3 *locker;                     /* another process that holds the store: NULL */
	char past[REMEMBERED][STROKE_SHOWN];
};

static long keys_typed, strokes_made, restarts;

/* --- Saying what went wrong -------------------------------------------------------------------------------------- */

static void show_screen(const struct typist *t)
{
	char *screen = vt_dump(&t->p.vt, t->styles);

	fprintf(stderr, "%d x %d, cursor %d %d:\n%s\n", t->p.vt.cols, t->p.vt.rows, t->p.vt.row, t->p.vt.col, screen);
	free(screen);
}

/* What the sanitizers wrote, if anything. */
static bool show_reports(const struct typist *t)
{
	char pattern[256], line[4096];
	glob_t found;
	bool any;

	snprintf(pattern, sizeof pattern, "%s/asan*", t->desk.home);
	any = glob(pattern, 0, NULL, &found) == 0;
	for (size_t i = 0; any && i < found.gl_pathc; i++) {
		FILE *file = fopen(found.gl_pathv[i], "re");

		for (int n = 0; file && n < 60 && fgets(line, sizeof line, file); n++)
			fputs(line, stderr);
		if (file)
			fclose(file);
	}
	globfree(&found);
	return any;
}

static bool wrong(const struct typist *t, const char *what, const char *more)
{
	fprintf(stderr, "typist: seed %llu, stroke %ld: %s%s%s\n%s, guichet %s %s %s\n", (unsigned long long)t->seed, t->stroke, what, more ? ": " : "", more ? more : "",
		t->term, t->arguments[0] ? t->arguments[0] : "", t->arguments[0] && t->arguments[1] ? t->arguments[1] : "", t->desk.home);
	for (long i = t->stroke > REMEMBERED ? t->stroke - REMEMBERED + 1 : 1; i <= t->stroke; i++)
		fprintf(stderr, "  %ld %s\n", i, t->past[i % REMEMBERED]);
	show_screen(t);
	show_reports(t);
	return false;
}

/* --- Looking ----------------------------------------------------------------------------------------------------- */

static bool is_sane(struct typist *t)
{
	const struct vt *v = &t->p.vt;

	if (v->unknown)
		return wrong(t, "sent what the terminal does not know", v->unknown_last);
	if (v->outside)
		return wrong(t, "drew outside the screen", NULL);
	if ((!v->alternate && strchr("xst", *t->term)) || v->insert || (v->rows >= 5 && !v->cursor_shown))
		return wrong(t, "the terminal is not in the state of a program that runs", NULL);
	return true;
}

/* What tells of the chosen request is drawn once keys rest. */
static bool let_rest(struct typist *t)
{
	struct moment_page *page = t->desk.moment.page;
	int64_t left = page->until_ms - page->passed_ms, bytes = t->p.vt.bytes;

	if (left <= 0 || left > REST_MS)
		return true;
	if (!moment_pass(&t->desk.moment, &t->p, left))
		return false;
	if (t->p.vt.bytes != bytes)
		t->drawn_ms = page->passed_ms;
	return true;
}

/* What is shown is what a fresh picture shows. */
static bool is_fresh(struct typist *t)
{
	struct vt *v = &t->p.vt;
	size_t count = (size_t)v->rows * (size_t)v->cols, i = 0;
	struct vt_cell *before;
	char *picture;
	int row, col;
	bool drawn, same, timely;

	if (!let_rest(t))
		return wrong(t, "does not come to rest", NULL);
	before = guichet_realloc(NULL, count, sizeof *before);
	picture = vt_dump(v, true);
	row = v->row;
	col = v->col;
	memcpy(before, v->cells, count * sizeof *before);
	for (size_t c = 0; c < count; c++)
		v->cells[c].bytes[0] = '#';
	drawn = moment_signal(&t->desk.moment, &t->p, SIGCONT);
	/* Time passed since it drew: clocks move, and what is due is late. */
	timely = t->drawn_ms == t->desk.moment.page->passed_ms;
	while (i < count && vt_looks_same(&before[i], &v->cells[i]))
		i++;
	same = !timely || (i == count && row == v->row && col == v->col);
	t->styles = drawn && !same;
	if (t->styles)
		fprintf(stderr, "cursor %d %d, differs at %d %d:\n%s\n", row, col, (int)i / v->cols, (int)i % v->cols, picture);
	free(picture);
	free(before);
	if (!drawn)
		return wrong(t, "does not draw again", NULL);
	return same || wrong(t, "a fresh picture is another", NULL);
}

static void let_write(struct typist *t)
{
	t->desk.moment.page->refusal = 0;
	sqlite3_close(t->locker);
	t->locker = NULL;
}

/* --- Coming and going -------------------------------------------------------------------------------------------- */

static bool start(struct typist *t, int rows, int cols)
{
	if (!desk_open(&t->desk, &t->p, t->term, rows, cols, t->arguments))
		return wrong(t, "does not start", NULL);
	t->open = true;
	return is_sane(t);
}

static bool is_given_back(struct typist *t)
{
	struct termios modes;

	if (t->p.vt.unknown)
		return wrong(t, "sent at its end what the terminal does not know", t->p.vt.unknown_last);
	if (t->p.vt.alternate || !t->p.vt.cursor_shown || t->p.vt.pastes)
		return wrong(t, "the screen is not given back", NULL);
	if (!pty_modes(&t->p, &modes) || !(modes.c_lflag & ICANON) || !(modes.c_lflag & ECHO) || !(modes.c_iflag & ICRNL))
		return wrong(t, "the terminal's modes are not given back", NULL);
	return true;
}

/* It ended: as it should? `killed`: as nobody can help. */
static bool ended_well(struct typist *t, bool killed, bool hung_up)
{
	bool fine = true;

	if (!pty_wait_end(&t->p))
		return wrong(t, "does not end", NULL);
	if (show_reports(t))
		return wrong(t, "the sanitizers found something", NULL);
	if (!killed && !WIFEXITED(t->p.status))
		return wrong(t, "died", strsignal(WTERMSIG(t->p.status)));
	if (!killed && WEXITSTATUS(t->p.status) > (hung_up ? 74 : 1))
		fine = wrong(t, "ended badly", NULL);
	if (fine && !killed && !hung_up)
		fine = is_given_back(t);
	pty_done(&t->p);
	t->open = false;
	return fine;
}

static bool end_by(struct typist *t, enum stroke_kind how)
{
	static const int signals[] = { [STROKE_TERM] = SIGTERM, [STROKE_HUP] = SIGHUP, [STROKE_KILL] = SIGKILL };

	if (how == STROKE_HANG_UP)
		pty_hang_up(&t->p);
	else
		kill(t->p.pid, signals[how]);
	return ended_well(t, how == STROKE_KILL, how == STROKE_HANG_UP);
}

static bool come_back(struct typist *t)
{
	let_write(t);
	restarts++;
	return start(t, 24, 80);
}

/* --- Making a stroke --------------------------------------------------------------------------------------------- */

static bool stop_and_go_on(struct typist *t)
{
	int64_t until = clock_monotonic_ns() / 1000000 + PTY_PATIENCE_MS;
	int status;

	kill(t->p.pid, SIGTSTP);
	while (waitpid(t->p.pid, &status, WNOHANG | WUNTRACED) != t->p.pid) {
		pty_settle(&t->p, 1);
		if (clock_monotonic_ns() / 1000000 > until)
			return wrong(t, "does not stop", NULL);
	}
	if (!WIFSTOPPED(status)) {
		t->p.ended = true;
		t->p.status = status;
		return wrong(t, "ended instead of stopping", NULL);
	}
	pty_settle(&t->p, 0);
	if (!is_given_back(t))
		return false;
	return moment_signal(&t->desk.moment, &t->p, SIGCONT);
}

static bool reads_only(const struct typist *t)
{
	return t->arguments[0] && strcmp(t->arguments[0], "--read-only") == 0;
}

static void other_guichet(struct typist *t, const struct stroke *s)
{
	char reference[16] = "";
	const char *at;

	DESK_RUN(&t->desk, "--json", "list", "--limit", "40");
	at = text_str(&t->desk.said);
	for (uint64_t i = s->number % 40; at && i > 0; i--)
		at = strchr(at, '\n') ? strchr(at, '\n') + 1 : at;
	at = at ? strstr(at, "\"service_request_id\":") : NULL;
	at = at ? at + strcspn(at, "0123456789") : "";
	snprintf(reference, sizeof reference, "%.*s", (int)strspn(at, "0123456789"), at);
	switch (s->number % 5) {
	case 0:
		DESK_RUN(&t->desk, "note", reference, "Vu sur place par un autre poste.");
		break;
	case 1:
		DESK_RUN(&t->desk, "take", reference);
		break;
	case 2:
		DESK_RUN(&t->desk, "answer", reference, "--channel", "phone", "--text", "Dit par un autre poste.");
		break;
	case 3:
		DESK_RUN(&t->desk, "bulletin", "add", "Coupure d'eau \033[2J\302\233m rue des Lilas", "--say", "Retour \342\200\256 à 18 h");
		break;
	default:
		DESK_RUN(&t->desk, "log", "--channel", "phone", "--category", "nid-de-poule", "--subject", "Trou \033]0;x\a \302\205 \342\200\256", "--name", "L\033[31mo",
			"--phone", "0612345678");
	}
}

static void change_refusal(struct typist *t, const struct stroke *s)
{
	static const int refusals[] = { ENOSPC, EROFS, EIO };

	t->desk.moment.page->refusal = t->desk.moment.page->refusal ? 0 : refusals[s->number % 3];
}

static void change_lock(struct typist *t)
{
	if (t->locker) {
		let_write(t);
	} else {
		sqlite3_open(t->desk.store, &t->locker);
		sqlite3_exec(t->locker, "BEGIN EXCLUSIVE", NULL, NULL, NULL);
	}
}

/* Some end the session: then it begins again. */
static bool make(struct typist *t, const struct stroke *s)
{
	struct moment *m = &t->desk.moment;
	bool fine = true;

	switch (s->kind) {
	case STROKE_BYTES:
		pty_send(&t->p, s->bytes.data ? s->bytes.data : "", s->bytes.len);
		fine = moment_settle(m, &t->p);
		break;
	case STROKE_RESIZE:
		fine = moment_resize(m, &t->p, s->rows, s->cols);
		/* It drew for the old size at first. */
		t->p.vt.outside = 0;
		break;
	case STROKE_WINCH:
		fine = moment_signal(m, &t->p, SIGWINCH);
		break;
	case STROKE_STOP:
		fine = reads_only(t) || stop_and_go_on(t);
		break;
	case STROKE_TIME:
		break;
	case STROKE_OTHER:
		let_write(t);
		other_guichet(t, s);
		break;
	case STROKE_DISK:
		change_refusal(t, s);
		break;
	case STROKE_LOCK:
		change_lock(t);
		break;
	default:
		let_write(t);
		return end_by(t, s->kind) && come_back(t);
	}
	if (fine && s->pass_ms)
		fine = moment_pass(m, &t->p, s->pass_ms);
	if (!fine && t->p.ended)
		return ended_well(t, false, false) && come_back(t);
	return fine || wrong(t, "does not come to rest", NULL);
}

/* --- À faire from anywhere --------------------------------------------------------------------------------------- */

static const char *home_title(const struct typist *t)
{
	return t->arguments[0] && strcmp(t->arguments[0], "--as") == 0 && strcmp(t->arguments[1], "ecran") == 0 ? "délais" : "À faire";
}

static bool gets_home(struct typist *t)
{
	const char *title = strcmp(t->term, "vt100") == 0 ? "A faire" : home_title(t);
	bool wall = strcmp(home_title(t), "délais") == 0;

	if (wall && strcmp(t->term, "vt100") == 0)
		title = "delais";
	if (!moment_resize(&t->desk.moment, &t->p, 24, 80))
		return wrong(t, "does not take the window's size", NULL);
	t->p.vt.outside = 0;
	let_write(t);
	/* Whatever was begun: a paste, a sequence. */
	pty_type(&t->p, "\033[201~");
	for (int i = 0; i < HOME_TRIES; i++) {
		pty_type(&t->p, wall ? "S" : "\x14");
		if (!moment_settle(&t->desk.moment, &t->p))
			return (t->p.ended && ended_well(t, false, false) && come_back(t)) || wrong(t, "does not answer", NULL);
		if (strstr(vt_row(&t->p.vt, 0), title))
			return is_fresh(t);
		pty_type(&t->p, "\033");
		if (!moment_settle(&t->desk.moment, &t->p) || !moment_pass(&t->desk.moment, &t->p, 100))
			return (t->p.ended && ended_well(t, false, false) && come_back(t)) || wrong(t, "does not answer", NULL);
	}
	return wrong(t, "no way back to", title);
}

/* --- Sessions ---------------------------------------------------------------------------------------------------- */

static bool make_strokes(struct typist *t)
{
	struct stroke s = { 0 };
	bool fine = true;

	for (t->stroke = 1; fine && t->stroke <= t->last; t->stroke++) {
		int64_t began = t->desk.moment.page->passed_ms, bytes = t->p.vt.bytes;

		strokes_draw(&t->strokes, &s);
		stroke_describe(&s, t->past[t->stroke % REMEMBERED], STROKE_SHOWN);
		if (t->loud)
			fprintf(stderr, "%ld %s\n", t->stroke, t->past[t->stroke % REMEMBERED]);
		keys_typed += s.keys;
		strokes_made++;
		fine = make(t, &s) && is_sane(t);
		if (t->p.vt.bytes != bytes)
			t->drawn_ms = began;
		if (fine && s.kind <= STROKE_TIME && s.number % 3 == 0)
			fine = is_fresh(t);
		if (fine && t->stroke % 100 == 0)
			fine = gets_home(t);
		if (t->loud && fine && t->stroke + 5 > t->last)
			show_screen(t);
	}
	text_done(&s.bytes);
	return fine;
}

static bool run(struct typist *t, const struct desk *made)
{
	static const char *const terms[] = { "xterm-256color", "xterm-256color", "xterm-256color", "screen-256color", "tmux-256color", "linux", "vt100" };
	static const char *const roles[][3] = { { NULL }, { NULL }, { NULL }, { NULL }, { "--as", "s.martin", NULL }, { "--as", "voirie", NULL },
		{ "--as", "c.lefevre", NULL }, { "--as", "ecran", NULL }, { "--read-only", NULL } };
	static const int sizes[][2] = { { 24, 80 }, { 24, 80 }, { 43, 132 }, { 18, 60 } };
	bool fine;
	size_t size;

	strokes_begin(&t->strokes, t->seed);
	t->term = terms[strokes_below(&t->strokes, sizeof terms / sizeof *terms)];
	memcpy(t->arguments, roles[strokes_below(&t->strokes, sizeof roles / sizeof *roles)], sizeof roles[0]);
	size = strokes_below(&t->strokes, 4);
	if (!desk_copy(&t->desk, made))
		return wrong(t, "no desk", NULL);
	if (strokes_below(&t->strokes, 4) == 0)
		desk_set(&t->desk, "NO_COLOR=1");
	t->stroke = 0;
	fine = start(t, sizes[size][0], sizes[size][1]) && make_strokes(t);
	let_write(t);
	if (fine)
		fine = end_by(t, strokes_below(&t->strokes, 2) ? STROKE_TERM : STROKE_HUP);
	if (fine && DESK_RUN(&t->desk, "verify") != 0)
		fine = wrong(t, "the store is not what its journal says", text_str(&t->desk.said));
	if (fine && show_reports(t))
		fine = wrong(t, "the sanitizers found something in a command", NULL);
	if (t->open)
		pty_done(&t->p);
	desk_done(&t->desk);
	return fine;
}

int main(int argc, char **argv)
{
	struct typist t = { .seed = 1, .last = 1000 };
	double minutes = 0;
	struct desk made;
	int64_t began = clock_monotonic_ns();
	long seeds = 0;
	bool fine = true;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-v") == 0)
			t.loud = true;
		else if (i + 1 < argc && strcmp(argv[i], "-seed") == 0)
			t.seed = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && (strcmp(argv[i], "-strokes") == 0 || strcmp(argv[i], "-stop") == 0))
			t.last = strtol(argv[++i], NULL, 10);
		else if (i + 1 < argc && strcmp(argv[i], "-minutes") == 0)
			minutes = strtod(argv[++i], NULL);
		else
			return fprintf(stderr, "usage: typist [-seed N] [-strokes N] [-minutes N] [-stop N] [-v]\n"), 64;
	}
	fine = desk_make(&made, 150);
	while (fine && (seeds == 0 || (double)(clock_monotonic_ns() - began) / 6e10 < minutes)) {
		fine = run(&t, &made);
		seeds += fine;
		t.seed += fine;
	}
	desk_done(&made);
	printf("typist: %ld seeds, %ld strokes, %ld keys, %ld restarts, %.1f minutes%s\n", seeds, strokes_made, keys_typed, restarts,
		(double)(clock_monotonic_ns() - began) / 6e10, fine ? "" : "; FAILED");
	return fine ? 0 : 1;
}
