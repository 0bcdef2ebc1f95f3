// SPDX-License-Identifier: GPL-3.0-or-later
/* The cell grid: what a screen shows, before any terminal. Views draw into it; ui/screen paints it in one go; tests read it as text.
 *
 * A cell holds one grapheme (its bytes) or is the second half of a wide one. All text passes utf8_show on its way in: a grid never holds a control byte.
 */
#ifndef GUICHET_UI_GRID_H
#define GUICHET_UI_GRID_H

#include <stdbool.h>
#include <stdint.h>

#include "guichet/base/text.h"

enum { CELL_BYTES = 24, GRID_COLS_MIN = 60, GRID_ROWS_MIN = 18 };

/* What a text is, not what colour it has: ui/screen maps styles to colours or to attributes (NO_COLOR, monochrome). */
enum style { STYLE_NORMAL, STYLE_DIM, STYLE_BOLD, STYLE_TITLE, STYLE_LABEL, STYLE_FIELD, STYLE_FIELD_FOCUS, STYLE_SELECTION, STYLE_MARKED, STYLE_OK,
	STYLE_RISK, STYLE_LATE, STYLE_DANGER, STYLE_KEY, STYLE_BAR, STYLE_STATUS, STYLE_ERROR, STYLE_BULLETIN, STYLE_BIG, STYLE_COUNT };

struct cell { char bytes[CELL_BYTES]; uint8_t length; uint8_t width; /* 0: right half of the one before */ uint8_t style; };

struct rect { int row, col, rows, cols; };

struct grid {
	int rows, cols;
	struct cell *cells;
	int cursor_row, cursor_col;      /* -1: nowhere (never in a finished screen) */
	bool ascii;                      /* borders and bars in ASCII (C locale, vt100) */
};

void grid_init(struct grid *g, int rows, int cols);   /* blank */
void grid_done(struct grid *g);
void grid_resize(struct grid *g, int rows, int cols); /* blank again */
void grid_clear(struct grid *g, struct rect r, enum style style);
/* Draws `text` from (row, col), cut to `width` columns with … when it does not fit; fills up to `width` with blanks when `fill`. Outside the grid: nothing. Returns the
 * columns used. */
int grid_text(struct grid *g, int row, int col, int width, const char *text, enum style style, bool fill);
int grid_right(struct grid *g, int row, int col, int width, const char *text, enum style style);   /* right-aligned */
/* Draws a paragraph wrapped at words in `r`; returns the rows it took (it may need more than it got: then the last ends with …). */
int grid_paragraph(struct grid *g, struct rect r, const char *text, enum style style);
void grid_hline(struct grid *g, int row, int col, int width, enum style style);
void grid_vline(struct grid *g, int row, int col, int height, enum style style);
/* A share of a bar of `width` columns: "█████░░░" or "#####...". share 0..1. */
void grid_bar(struct grid *g, int row, int col, int width, double share, enum style style);
void grid_cursor(struct grid *g, int row, int col);
/* The grid as text, rows joined by '\n', blanks at line ends dropped; with `styles` each run is marked like ‹late:...›. For tests and for `make run` without a terminal. */
void grid_dump(const struct grid *g, struct text *out, bool styles);

#endif
