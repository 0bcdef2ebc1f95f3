// SPDX-License-Identifier: GPL-3.0-or-later
/* The lines around a view: messages, questions, progress, status, function keys. Drawn into the grid; nothing here knows a terminal or a clock: times are arguments,
 * in milliseconds of any one clock.
 */
#ifndef GUICHET_UI_LINES_H
#define GUICHET_UI_LINES_H

#include "guichet/ui/grid.h"
#include "guichet/ui/key.h"

/* --- Message line: an error stays until the next key (the application calls message_key), information for MESSAGE_MS. --- */
enum { MESSAGE_MS = 8000 };
struct message { struct text text; bool error; int64_t until_ms; /* 0: none is shown */ };
void message_init(struct message *m);
void message_done(struct message *m);
void message_say(struct message *m, int64_t now_ms, bool error, const char *text);
void message_key(struct message *m, int64_t now_ms);                  /* a key came: an error shown has been read */
bool message_expire(struct message *m, int64_t now_ms);               /* true when something must be redrawn */
int message_wait_ms(const struct message *m, int64_t now_ms);         /* until it expires; -1 never */
int message_rows(const struct message *m, const struct grid *g);      /* that it takes, the last one always being its own; at least 1 */
void message_draw(const struct message *m, struct grid *g, int row);  /* clears the row */

/* --- A question on one line, whose answer is Non unless the letter for Oui is typed. o/n in French, y/n in English. --- */
struct confirm { char *question; };
enum confirm_result { CONFIRM_OPEN, CONFIRM_YES, CONFIRM_NO };
void confirm_init(struct confirm *c, const char *question);
void confirm_done(struct confirm *c);
/* Enter, Escape, F12 and the letter for Non are No; keys of a burst, pastes and all others leave it open. */
enum confirm_result confirm_key(struct confirm *c, const struct key *k);
/* "Clore 3 demandes ? (o/N)" with the cursor behind. Takes as many rows, from `row` upwards, as the question needs, at most 3. */
void confirm_draw(const struct confirm *c, struct grid *g, int row);

/* --- Other lines; each fills its row. --- */
struct key_hint { const char *key, *label; int rank; };               /* "F2", "Appel"; rank: who stays where not all fit, the lowest first */
enum { HINT_IF_ALL = 9 };                                             /* the rank of one that `more` can stand for */
/* In their order, those that fit. Where that is not all, `more` (the key that shows the others) stands at the end with a +. */
void lines_keys(struct grid *g, int row, const struct key_hint *hints, size_t count, const char *more);
/* The parts from the left, two blanks apart, dropped from the last one where they do not fit; `right` always stands. A part starting with "!" is a warning (drawn without it). */
void lines_status(struct grid *g, int row, const char *const *parts, size_t count, const char *right);
/* "Import  ████░░░░  1 200 / 35 000  3 %"; a total of 0: not known. */
void lines_progress(struct grid *g, int row, const char *label, int64_t done, int64_t total);
void lines_title(struct grid *g, int row, const char *left, const char *right);
void lines_banner(struct grid *g, int row, const char *text);         /* EXERCICE, an alert */
/* In a window below GRID_COLS_MIN x GRID_ROWS_MIN: draws only a word about it and returns true; the view is not drawn then, and loses nothing. */
bool lines_too_small(struct grid *g);
/* The place for something that lies over `r`: centred, at most that many rows and columns. */
struct rect lines_box(struct rect r, int rows, int cols);

#endif
