// SPDX-License-Identifier: GPL-3.0-or-later
/* The terminal, through curses: which is given a file in memory instead of the terminal, so that it only computes what to send. Must not know
 * what is drawn. No other file includes curses. */
#include "guichet/ui/screen.h"

#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wchar.h>

#include "guichet/base/clock.h"
#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "guichet/ui/decode.h"
#include "sgr.h"
#include "style.h"
#include "tty.h"
/* Last: it makes macros of everyday words. */
#include <term.h>

enum { LAST_WORDS_MS = 500, READ_AT_ONCE = 1 << 20, ESCAPE_MS = 25, ESCAPE_MS_MAX = 1000, CURSES_COLS_MIN = 2 };

struct screen {
	struct tty tty;
	SCREEN *curses;
	FILE *computed, *nothing;        /* what curses writes; what it would read */
	int computed_fd;
	struct decoder decoder;
	struct grid shown;               /* what the terminal shows, once `out` is sent */
	bool all_unknown;                /* but nothing is known of it */
	struct sgr sgr;
	struct text out; size_t out_sent;
	int rows, cols, colours;
	bool ascii, pastes, gone, away;  /* away: suspended */
	attr_t attributes[STYLE_COUNT];
	short pairs[STYLE_COUNT];
	cchar_t *cells;                  /* one row's worth */
	int64_t bytes_sent;
};

static int64_t now_ms(void)
{
	return clock_monotonic_ns() / 1000000;
}

/* --- What the environment says ----------------------------------------------------------------------------------- */

static const char *from_environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static const char *locale_name(void)
{
	const char *name = from_environment("LC_ALL");

	if (!name)
		name = from_environment("LC_CTYPE");
	if (!name)
		name = from_environment("LANG");
	return name ? name : "C";
}

static bool locale_is_utf8(const char *name)
{
	const char *codeset = strchr(name, '.');

	return codeset && (strncasecmp(codeset + 1, "utf-8", 5) == 0 || strncasecmp(codeset + 1, "utf8", 4) == 0);
}

static bool begins(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* Terminals older than Unicode, and than private modes that they would show as text. */
static bool is_old(const char *term)
{
	return (begins(term, "vt") && term[2] >= '0' && term[2] <= '9') || begins(term, "ansi") || begins(term, "cons25") || begins(term, "sun")
		|| begins(term, "wy") || begins(term, "dumb");
}

static bool is_known(const char *term)
{
	int status = 0;
	bool known = term && *term && setupterm(term, STDOUT_FILENO, &status) == OK && status == 1;

	if (known)
		del_curterm(cur_term);
	return known;
}

/* A terminal that this machine's terminfo knows, and is as near as can be to the one that is asked for. */
static const char *known_terminal(const char *term, struct text *warning)
{
	static const char *const like_xterm[] = { "xterm", "putty", "kitty", "alacritty", "foot", "wezterm", "ghostty", "konsole", "gnome", "vte", "rxvt",
		"mlterm", "st-", "contour", "iterm", "screen", "tmux" };
	const char *other = "vt100";

	if (is_known(term))
		return term;
	for (size_t i = 0; term && i < sizeof like_xterm / sizeof *like_xterm; i++)
		if (begins(term, like_xterm[i]))
			other = i >= 15 ? "screen" : strstr(term, "256color") || i != 0 ? "xterm-256color" : "xterm";
	if (!is_known(other))
		other = is_known("vt100") ? "vt100" : NULL;
	if (other && warning) {
		if (term && *term)
			text_addf(warning, _("Terminal inconnu : TERM=%s. On fait comme si c'était %s."), term, other);
		else
			text_addf(warning, _("TERM n'est pas défini. On fait comme si c'était %s."), other);
	}
	return other;
}

static int escape_ms(const struct screen_options *o)
{
	const char *value = from_environment("ESCDELAY");
	int ms = o->escape_ms > 0 ? o->escape_ms : value ? (int)strtol(value, NULL, 10) : ESCAPE_MS;

	return ms < 1 ? 1 : ms > ESCAPE_MS_MAX ? ESCAPE_MS_MAX : ms;
}

/* --- Bytes ------------------------------------------------------------------------------------------------------- */

enum guichet_rc screen_flush(struct screen *s)
{
	while (!s->gone && s->out_sent < s->out.len) {
		size_t sent;
		enum tty_io io = tty_write(&s->tty, s->out.data + s->out_sent, s->out.len - s->out_sent, &sent);

		s->out_sent += sent;
		s->bytes_sent += (int64_t)sent;
		if (io == TTY_GONE)
			s->gone = true;
		if (io == TTY_NOTHING)
			break;
	}
	if (s->out_sent == s->out.len || s->gone) {
		text_clear(&s->out);
		s->out_sent = 0;
	}
	return s->gone ? GUICHET_IO : GUICHET_OK;
}

bool screen_is_busy(const struct screen *s)
{
	return s->out_sent < s->out.len;
}

/* Takes what curses computed into `out`. */
static void collect(struct screen *s)
{
	struct text bytes = TEXT_INIT;
	char some[4096];
	off_t at = 0;
	ssize_t got;

	fflush(s->computed);
	while ((got = pread(s->computed_fd, some, sizeof some, at)) > 0) {
		text_addn(&bytes, some, (size_t)got);
		at += got;
	}
	sgr_shorten(&s->sgr, text_str(&bytes), bytes.len, &s->out);
	text_done(&bytes);
	if (at > 0 && (ftruncate(s->computed_fd, 0) != 0 || lseek(s->computed_fd, 0, SEEK_SET) != 0))
		s->gone = true;
}

/* Sends all that waits, to a terminal that may be slow or stuck. */
static void send_last_words(struct screen *s)
{
	int64_t until = now_ms() + LAST_WORDS_MS;

	while (screen_flush(s) == GUICHET_OK && screen_is_busy(s) && now_ms() < until)
		tty_wait_writable(&s->tty, LAST_WORDS_MS / 10);
	text_clear(&s->out);
	s->out_sent = 0;
}

/* A capability's string without its delays. */
static void add_capability(struct text *out, const char *name)
{
	const char *string = tigetstr(name);

	if (!string || string == (char *)-1)
		return;
	while (*string) {
		const char *delay = strstr(string, "$<"), *end = delay ? strchr(delay, '>') : NULL;

		text_addn(out, string, end ? (size_t)(delay - string) : strlen(string));
		string = end ? end + 1 : string + strlen(string);
	}
}

static const char paste_on[] = "\033[?2004h", paste_off[] = "\033[?2004l";

static void set_modes(struct screen *s)
{
	/* The numeric pad types digits, whatever another program left. */
	add_capability(&s->out, "rmkx");
	if (s->pastes)
		text_add(&s->out, paste_on);
}

/* What a crash leaves to be sent. */
static void arm(struct screen *s)
{
	struct text bytes = TEXT_INIT;
	const char *leave = tigetstr("rmcup");

	add_capability(&bytes, "sgr0");
	if (s->colours)
		add_capability(&bytes, "op");
	if (s->pastes)
		text_add(&bytes, paste_off);
	if (leave && leave != (char *)-1)
		add_capability(&bytes, "rmcup");
	else
		text_add(&bytes, "\r\n");
	add_capability(&bytes, "cnorm");
	tty_arm(&s->tty, text_str(&bytes), bytes.len);
	text_done(&bytes);
}

/* --- Opening and closing ----------------------------------------------------------------------------------------- */

static void learn_keys(struct screen *s, const char *term)
{
	static const struct { const char *capability; struct key key; } known[] = {
		{ "khome", { .code = KEYCODE_HOME } }, { "kend", { .code = KEYCODE_END } }, { "kpp", { .code = KEYCODE_PAGE_UP } },
		{ "knp", { .code = KEYCODE_PAGE_DOWN } }, { "kich1", { .code = KEYCODE_INSERT } }, { "kdch1", { .code = KEYCODE_DELETE } },
		{ "kcbt", { .code = KEYCODE_BACKTAB } }, { "kent", { .code = KEYCODE_ENTER } }, { "kbs", { .code = KEYCODE_BACKSPACE } },
		{ "kLFT", { .code = KEYCODE_LEFT, .shift = true } }, { "kRIT", { .code = KEYCODE_RIGHT, .shift = true } },
		{ "kri", { .code = KEYCODE_UP, .shift = true } }, { "kind", { .code = KEYCODE_DOWN, .shift = true } },
		{ "kHOM", { .code = KEYCODE_HOME, .shift = true } }, { "kEND", { .code = KEYCODE_END, .shift = true } },
		{ "kUP5", { .code = KEYCODE_UP, .ctrl = true } }, { "kDN5", { .code = KEYCODE_DOWN, .ctrl = true } },
		{ "kLFT5", { .code = KEYCODE_LEFT, .ctrl = true } }, { "kRIT5", { .code = KEYCODE_RIGHT, .ctrl = true } },
		{ "kcuu1", { .code = KEYCODE_UP } }, { "kcud1", { .code = KEYCODE_DOWN } }, { "kcub1", { .code = KEYCODE_LEFT } },
		{ "kcuf1", { .code = KEYCODE_RIGHT } },
	};
	bool putty = begins(term, "putty");

	s->decoder.application_arrows_are_ctrl = putty;
	s->decoder.sco = begins(term, "sco") || strstr(term, "-sco");
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		const char *bytes = tigetstr(known[i].capability);

		if (bytes && bytes != (char *)-1 && !(putty && begins(known[i].capability, "kcu")))
			decoder_add(&s->decoder, bytes, known[i].key);
	}
	for (int n = 1; n <= 12; n++) {
		char capability[16];
		const char *bytes;

		snprintf(capability, sizeof capability, "kf%d", n);
		bytes = tigetstr(capability);
		if (bytes && bytes != (char *)-1)
			decoder_add(&s->decoder, bytes, (struct key){ .code = (enum key_code)(KEYCODE_F1 + n - 1) });
	}
}

static void set_colours(struct screen *s, bool wanted)
{
	if (wanted && has_colors() && start_color() == OK && use_default_colors() == OK)
		s->colours = COLORS >= 256 ? 256 : COLORS >= 16 ? 16 : COLORS >= 8 ? 8 : 0;
	for (int i = 0; i < STYLE_COUNT; i++) {
		struct look look = style_look((enum style)i);
		short colour = s->colours >= 256 ? look.colour : look.few;

		s->attributes[i] = (look.attributes & LOOK_BOLD ? WA_BOLD : 0) | (look.attributes & LOOK_DIM ? WA_DIM : 0)
			| (look.attributes & LOOK_UNDERLINE ? WA_UNDERLINE : 0) | (look.attributes & LOOK_REVERSE ? WA_REVERSE : 0);
		s->pairs[i] = 0;
		if (s->colours > 0 && colour >= 0 && init_pair((short)(i + 1), colour, -1) == OK)
			s->pairs[i] = (short)(i + 1);
	}
}

/* curses takes some signals for itself where nobody else has: they stay as they were. */
static SCREEN *new_terminal(const char *term, FILE *out, FILE *in)
{
	static const int taken[] = { SIGINT, SIGTERM, SIGTSTP, SIGWINCH };
	struct sigaction before[4];
	SCREEN *curses;

	for (int i = 0; i < 4; i++)
		sigaction(taken[i], NULL, &before[i]);
	/* The size is ours to ask for. */
	unsetenv("LINES");
	unsetenv("COLUMNS");
	curses = newterm(term, out, in);
	for (int i = 0; i < 4; i++)
		sigaction(taken[i], &before[i], NULL);
	return curses;
}

/* Of a single column curses draws the last cell with what lies before it in memory: it never sees one. */
static void resize_curses(const struct screen *s)
{
	resize_term(s->rows, s->cols < CURSES_COLS_MIN ? CURSES_COLS_MIN : s->cols);
}

static enum guichet_rc start_curses(struct screen *s, const char *term, bool colour, struct guichet_err *err)
{
	s->computed_fd = memfd_create("guichet", MFD_CLOEXEC);
	s->computed = s->computed_fd >= 0 ? fdopen(s->computed_fd, "w+") : NULL;
	s->nothing = fopen("/dev/null", "re");
	if (!s->computed || !s->nothing)
		return guichet_err_set(err, GUICHET_IO, _("terminal : %s"), strerror(errno));
	s->curses = new_terminal(term, s->computed, s->nothing);
	if (!s->curses || !tigetstr("cup") || tigetstr("cup") == (char *)-1)
		return guichet_err_set(err, GUICHET_UNAVAILABLE,
			_("TERM=%s : ce terminal ne sait pas placer le curseur ; utiliser guichet shell, ou guichet --line"), term);
	/* Never stop in the middle of a picture to look for keys: those are not curses' to see. */
	typeahead(-1);
	nonl();
	leaveok(stdscr, FALSE);
	scrollok(stdscr, FALSE);
	/* Lists that move by a row are moved by the terminal. */
	idlok(stdscr, TRUE);
	tty_size(&s->tty, &s->rows, &s->cols);
	resize_curses(s);
	set_colours(s, colour);
	return GUICHET_OK;
}

enum guichet_rc screen_open(const struct screen_options *o, struct screen **out, struct text *warning, struct guichet_err *err)
{
	struct screen *s = guichet_alloc(sizeof *s);
	const char *asked = o->term ? o->term : getenv("TERM"), *term, *locale = locale_name();
	enum guichet_rc rc;

	*out = NULL;
	s->computed_fd = -1;
	decoder_init(&s->decoder);
	grid_init(&s->shown, 1, 1);
	rc = tty_open(&s->tty, o->in_fd, o->out_fd, err);
	if (rc != GUICHET_OK)
		goto out;
	term = known_terminal(asked, warning);
	if (!term) {
		rc = guichet_err_set(err, GUICHET_UNAVAILABLE, _("TERM=%s : terminal inconnu, et vt100 aussi ; installer ncurses-base"), asked ? asked : "");
		goto out;
	}
	s->ascii = o->ascii || is_old(term) || !locale_is_utf8(locale);
	s->pastes = !is_old(term);
	s->decoder.escape_ms = escape_ms(o);
	s->decoder.latin1 = !locale_is_utf8(locale) && strcmp(locale, "C") != 0 && strcmp(locale, "POSIX") != 0;
	rc = start_curses(s, term, !o->no_colour && !from_environment("NO_COLOR"), err);
	if (rc != GUICHET_OK)
		goto out;
	learn_keys(s, asked ? asked : term);
	grid_resize(&s->shown, s->rows, s->cols);
	s->all_unknown = true;
	s->cells = guichet_realloc(NULL, (size_t)GRID_SIDE_MAX + 1, sizeof *s->cells);
	arm(s);
	rc = tty_raw(&s->tty);
	if (rc != GUICHET_OK) {
		guichet_err_set(err, rc, _("terminal : %s"), strerror(errno));
		goto out;
	}
	set_modes(s);
	collect(s);
out:
	if (rc == GUICHET_OK)
		*out = s;
	else
		screen_close(&s);
	return rc;
}

void screen_suspend(struct screen *s)
{
	if (s->away)
		return;
	s->away = true;
	if (s->pastes)
		text_add(&s->out, paste_off);
	endwin();
	collect(s);
	send_last_words(s);
	tty_cooked(&s->tty);
	tty_disarm();
}

void screen_resume(struct screen *s)
{
	s->away = false;
	arm(s);
	if (tty_raw(&s->tty) != GUICHET_OK && errno == EIO)
		s->gone = true;
	set_modes(s);
	screen_resized(s);
	screen_forget(s);
}

void screen_close(struct screen **screen)
{
	struct screen *s = *screen;

	if (!s)
		return;
	if (s->curses) {
		if (s->tty.raw)
			screen_suspend(s);
		delscreen(s->curses);
	}
	tty_disarm();
	tty_close(&s->tty);
	if (s->computed)
		fclose(s->computed);
	else if (s->computed_fd >= 0)
		close(s->computed_fd);
	if (s->nothing)
		fclose(s->nothing);
	decoder_done(&s->decoder);
	grid_done(&s->shown);
	text_done(&s->out);
	free(s->cells);
	free(s);
	*screen = NULL;
}

/* --- Painting ---------------------------------------------------------------------------------------------------- */

bool screen_is_ascii(const struct screen *s)
{
	return s->ascii;
}

int screen_colours(const struct screen *s)
{
	return s->colours;
}

void screen_size(const struct screen *s, int *rows, int *cols)
{
	*rows = s->rows;
	*cols = s->cols;
}

void screen_forget(struct screen *s)
{
	s->all_unknown = true;
	s->sgr = (struct sgr){ .plain = false };
}

bool screen_resized(struct screen *s)
{
	int rows, cols;

	tty_size(&s->tty, &rows, &cols);
	rows = rows > GRID_SIDE_MAX ? GRID_SIDE_MAX : rows;
	cols = cols > GRID_SIDE_MAX ? GRID_SIDE_MAX : cols;
	if (rows == s->rows && cols == s->cols)
		return false;
	s->rows = rows;
	s->cols = cols;
	resize_curses(s);
	grid_resize(&s->shown, rows, cols);
	screen_forget(s);
	return true;
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
	return a->length == b->length && a->width == b->width && a->style == b->style && memcmp(a->bytes, b->bytes, a->length) == 0;
}

/* A cell as curses wants it. A character of which libc thinks otherwise than we do would shift the line: ? and a blank stand for it. */
static int put_cell(const struct screen *s, const struct cell *c, cchar_t *to)
{
	attr_t attributes = s->attributes[c->style];
	short pair = s->pairs[c->style];
	wchar_t characters[CCHARW_MAX + 1];
	int count = 0;

	for (size_t at = 0; at < c->length && count < CCHARW_MAX;) {
		uint32_t cp = '?';
		size_t taken = utf8_decode(c->bytes + at, c->length - at, &cp);
		int width = cp < 0x7F ? 1 : wcwidth((wchar_t)cp);

		at += taken > 0 ? taken : 1;
		if (count == 0 && width != c->width)
			break;
		if (count == 0 || width == 0)
			characters[count++] = (wchar_t)cp;
	}
	if (count == 0)
		characters[count++] = L'?';
	characters[count] = L'\0';
	setcchar(to, characters, attributes, pair, NULL);
	if (c->width == 2 && wcwidth(characters[0]) != 2) {
		setcchar(to + 1, L" ", attributes, pair, NULL);
		return 2;
	}
	return 1;
}

static bool paint_row(struct screen *s, const struct grid *g, int row)
{
	const struct cell *fresh = &g->cells[(size_t)row * (size_t)g->cols];
	struct cell *shown = &s->shown.cells[(size_t)row * (size_t)g->cols];
	int first = 0, last = g->cols - 1, count = 0;

	if (!s->all_unknown) {
		while (first <= last && same_cell(&fresh[first], &shown[first]))
			first++;
		while (last >= first && same_cell(&fresh[last], &shown[last]))
			last--;
		if (first > last)
			return false;
		/* Whole characters. */
		while (first > 0 && (fresh[first].width == 0 || shown[first].width == 0))
			first--;
		while (last + 1 < g->cols && (fresh[last + 1].width == 0 || shown[last + 1].width == 0))
			last++;
	}
	for (int col = first; col <= last; col++)
		if (fresh[col].width > 0)
			count += put_cell(s, &fresh[col], &s->cells[count]);
	mvadd_wchnstr(row, first, s->cells, count);
	memcpy(shown + first, fresh + first, (size_t)(last - first + 1) * sizeof *fresh);
	return true;
}

/* A window of one column: curses makes it blank, and the first cell is set by hand. */
static void paint_column(struct screen *s, const struct grid *g)
{
	erase();
	clearok(curscr, TRUE);
	move(0, 0);
	refresh();
	collect(s);
	if (g->cells[0].width == 1)
		text_addn(&s->out, g->cells[0].bytes, g->cells[0].length);
	screen_forget(s);
}

enum guichet_rc screen_paint(struct screen *s, const struct grid *g)
{
	bool changed = s->all_unknown || g->cursor_row != s->shown.cursor_row || g->cursor_col != s->shown.cursor_col;

	if (s->gone)
		return GUICHET_IO;
	if (g->rows != s->rows || g->cols != s->cols || s->away)
		return GUICHET_OK;
	if (g->cols < CURSES_COLS_MIN) {
		paint_column(s, g);
		return screen_flush(s);
	}
	for (int row = 0; row < g->rows; row++)
		changed = paint_row(s, g, row) || changed;
	if (!changed)
		return GUICHET_OK;
	if (s->all_unknown)
		clearok(curscr, TRUE);
	s->all_unknown = false;
	s->shown.cursor_row = g->cursor_row;
	s->shown.cursor_col = g->cursor_col;
	curs_set(g->cursor_row >= 0 ? 1 : 0);
	move(g->cursor_row >= 0 ? g->cursor_row : g->rows - 1, g->cursor_row >= 0 ? g->cursor_col : g->cols - 1);
	refresh();
	collect(s);
	return screen_flush(s);
}

void screen_bell(struct screen *s)
{
	if (s->gone || s->away)
		return;
	text_addc(&s->out, '\a');
	screen_flush(s);
}

/* --- Keys -------------------------------------------------------------------------------------------------------- */

int screen_in_fd(const struct screen *s)
{
	return s->tty.in;
}

int screen_out_fd(const struct screen *s)
{
	return s->tty.out_now >= 0 ? s->tty.out_now : s->tty.out;
}

enum guichet_rc screen_read_keys(struct screen *s)
{
	char bytes[4096];
	size_t got, total = 0;
	enum tty_io io;

	while (total < READ_AT_ONCE && (io = tty_read(&s->tty, bytes, sizeof bytes, &got)) != TTY_NOTHING) {
		if (io == TTY_GONE) {
			s->gone = true;
			return GUICHET_IO;
		}
		decoder_feed(&s->decoder, bytes, got, now_ms());
		total += got;
	}
	return GUICHET_OK;
}

bool screen_next_key(struct screen *s, struct key *out)
{
	decoder_expire(&s->decoder, now_ms());
	return decoder_next(&s->decoder, out);
}

int screen_key_wait_ms(const struct screen *s)
{
	return decoder_wait_ms(&s->decoder, now_ms());
}

int64_t screen_bytes_sent(const struct screen *s)
{
	return s->bytes_sent;
}
