// SPDX-License-Identifier: GPL-3.0-or-later
/* The cell grid: what a screen shows, before any terminal. Views draw into it; ui/screen paints it in one go; tests read it as text.
 *
 * A cell holds one spacing character with the marks that combine with it, or is the second half of a wide one. All text is made harmless on
 * its way in, as utf8_show does it: a grid never holds a control, bidi or invisible format character. Texts may be invalid UTF-8 (U+FFFD shows).
 * Widths are the terminal's (wcwidth): measure with grid_width, not with utf8_width, which counts some Indic vowels otherwise.
 * Nothing here fails, and everything outside the grid is cut off: a view may draw without checking its size.
 */
#ifndef GUICHET_UI_GRID_H
#define GUICHET_UI_GRID_H

#include <stdbool.h>
#include <stdint.h>

#include "guichet/base/text.h"

enum { CELL_BYTES = 24, GRID_COLS_MIN = 60, GRID_ROWS_MIN = 18, GRID_SIDE_MAX = 1000 };

/* What a text is, not what colour it has: ui/screen maps styles to colours or to attributes (NO_COLOR, monochrome). Without colour NORMAL, LABEL, OK
 * and BAR look alike: what they say must stand in words or signs. */
enum style { STYLE_NORMAL, STYLE_DIM, STYLE_BOLD, STYLE_TITLE, STYLE_LABEL, STYLE_FIELD, STYLE_FIELD_FOCUS, STYLE_SELECTION, STYLE_MARKED, STYLE_OK,
	STYLE_RISK, STYLE_LATE, STYLE_DANGER, STYLE_KEY, STYLE_BAR, STYLE_STATUS, STYLE_ERROR, STYLE_BULLETIN, STYLE_BIG, STYLE_COUNT };
const char *style_name(enum style style);              /* "normal", "late"...: in dumps */

struct cell { char bytes[CELL_BYTES]; uint8_t length; uint8_t width; /* 0: right half of the one before */ uint8_t style; };

struct rect { int row, col, rows, cols; };

struct grid {
	int rows, cols;
	struct cell *cells;              /* rows * cols */
	int cursor_row, cursor_col;      /* -1: nowhere (never in a finished screen) */
	bool ascii;                      /* everything in ASCII: é is e, … is ..., borders are - | + (C locale, vt100); set it before drawing */
};

void grid_init(struct grid *g, int rows, int cols);   /* blank; sides are clamped to 1..GRID_SIDE_MAX */
void grid_done(struct grid *g);
void grid_resize(struct grid *g, int rows, int cols); /* blank again, no cursor; keeps `ascii` */
void grid_clear(struct grid *g, struct rect r, enum style style);
/* Draws `text` from (row, col), cut to `width` columns with … when it does not fit; fills up to `width` with blanks when `fill`. Outside the grid: nothing. Returns the
 * columns used (by the text, not by the filling). A newline shows as a space. */
int grid_text(struct grid *g, int row, int col, int width, const char *text, enum style style, bool fill);
int grid_right(struct grid *g, int row, int col, int width, const char *text, enum style style);   /* right-aligned */
/* As grid_text with a format; the formatted text is cut at 1,023 bytes. */
int grid_textf(struct grid *g, int row, int col, int width, enum style style, const char *format, ...) __attribute__((format(printf, 6, 7)));
/* Draws a paragraph wrapped at words in `r`; returns the rows it took (where it needs more than it got, the last one holds what
 * fits of the rest, newlines as spaces, and ends with …). */
int grid_paragraph(struct grid *g, struct rect r, const char *text, enum style style);
/* The rows that the paragraph needs in `cols` columns (at least 1). */
int grid_paragraph_rows(const struct grid *g, int cols, const char *text);
/* The columns that the text takes here when nothing is cut. */
int grid_width(const struct grid *g, const char *text);
/* Lines join where they meet: a line whose end lies on another one makes ┬ ┴ ├ ┤ ┼. */
void grid_hline(struct grid *g, int row, int col, int width, enum style style);
void grid_vline(struct grid *g, int row, int col, int height, enum style style);
/* A frame around `r` with a title (may be NULL) on its upper side; the inside is cleared. Returns the inside. */
struct rect grid_frame(struct grid *g, struct rect r, const char *title, enum style style);
/* A share of a bar of `width` columns: "█████░░░" or "#####...". share 0..1 (NAN draws an empty one). A share above 0 shows at least one block, one below 1 at
 * least one gap. */
void grid_bar(struct grid *g, int row, int col, int width, double share, enum style style);
/* Bars of eight heights, one a column, scaled to the greatest: "▁▂▅█". In ASCII: " .:-=+*#". */
void grid_spark(struct grid *g, int row, int col, const double *values, size_t count, enum style style);
/* Gives what already stands in `r` another style: the selected row of a list. */
void grid_restyle(struct grid *g, struct rect r, enum style style);
void grid_cursor(struct grid *g, int row, int col);   /* clamped to the grid */
const struct cell *grid_cell(const struct grid *g, int row, int col);   /* NULL outside */
/* The grid as text, rows joined by '\n', blanks at line ends dropped; with `styles` each run is marked like ‹late:...›. For tests and for `make run` without a terminal. */
void grid_dump(const struct grid *g, struct text *out, bool styles);

#endif
