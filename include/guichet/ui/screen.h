// SPDX-License-Identifier: GPL-3.0-or-later
/* The terminal: keys in, grids out. Its .c file is the only one that touches curses.
 *
 * curses only computes what to send. We set the terminal's modes, read its bytes and decode them (ui/decode), and write what curses computed without ever waiting
 * for a slow terminal: while it still takes in the last picture no new one is made, and then only the newest.
 * One screen at a time. Whatever ends the process (return, exit, abort, a crash, a signal) the terminal is put back as it was.
 */
#ifndef GUICHET_UI_SCREEN_H
#define GUICHET_UI_SCREEN_H

#include "guichet/base/err.h"
#include "guichet/ui/grid.h"
#include "guichet/ui/key.h"

struct screen;

struct screen_options {
	int in_fd, out_fd;               /* 0 and 1 */
	const char *term;                /* NULL: TERM */
	bool no_colour;                  /* `color = no`; NO_COLOR (not empty) says the same */
	bool ascii;                      /* ASCII even where UTF-8 would do */
	int escape_ms;                   /* how long a lone Escape waits for what may follow; 0: ESCDELAY, or 25 */
};

/* Takes the terminal over. `warning` gets a line for the user when TERM is not known and another is assumed. GUICHET_USAGE: not a terminal; GUICHET_UNAVAILABLE: nothing
 * can be drawn on it (TERM=dumb); GUICHET_IO. i18n_start must have run: curses needs a UTF-8 locale; whether the terminal itself takes UTF-8
 * is read from LC_ALL, LC_CTYPE and LANG. */
enum guichet_rc screen_open(const struct screen_options *o, struct screen **out, struct text *warning, struct guichet_err *err);
void screen_close(struct screen **s);

/* ASCII only: a C locale, one that is not UTF-8, a vt100. Copy it to grid.ascii before drawing. */
bool screen_is_ascii(const struct screen *s);
int screen_colours(const struct screen *s);                /* 0 none, else 8, 16 or 256 */
void screen_size(const struct screen *s, int *rows, int *cols);
/* Asks the terminal for its size; true when it changed. What is drawn next is sent whole. */
bool screen_resized(struct screen *s);

/* Shows the grid, whose size must be the screen's. Sends only what differs from what is shown. GUICHET_IO: the terminal is gone. */
enum guichet_rc screen_paint(struct screen *s, const struct grid *g);
void screen_forget(struct screen *s);                      /* something else wrote on the terminal: the next paint sends everything */
void screen_bell(struct screen *s);
bool screen_is_busy(const struct screen *s);               /* bytes wait to be sent: poll for writing, then screen_flush */
enum guichet_rc screen_flush(struct screen *s);

int screen_in_fd(const struct screen *s);
int screen_out_fd(const struct screen *s);
/* Takes in all that was typed. GUICHET_IO: the terminal is gone. */
enum guichet_rc screen_read_keys(struct screen *s);
bool screen_next_key(struct screen *s, struct key *out);   /* a paste is borrowed until the next call */
int screen_key_wait_ms(const struct screen *s);            /* until what was typed last means something without a successor; -1: nothing waits */

void screen_suspend(struct screen *s);                     /* puts the terminal back: before stopping, or before another program uses it */
void screen_resume(struct screen *s);
int64_t screen_bytes_sent(const struct screen *s);

#endif
