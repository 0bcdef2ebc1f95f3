// SPDX-License-Identifier: GPL-3.0-or-later
/* Text cut into cells, and into lines of cells. Shared by the grid and by the field editor, so that both agree on every column. */
#ifndef GUICHET_UI_SHOWN_H
#define GUICHET_UI_SHOWN_H

#include "guichet/ui/grid.h"

struct shown_reader {
	const char *at, *end;
	bool ascii;
	char mark[24];                   /* cells still to come for the character read last: ‹U+202E›, "oe" */
	uint8_t mark_at, mark_bytes;
};

struct shown_cell { char bytes[CELL_BYTES]; uint8_t length, width; /* 1 or 2 */ };

void shown_start(struct shown_reader *r, const char *text, size_t bytes, bool ascii);
/* The next cell; false at the end. When `mark_at == mark_bytes` afterwards, `at` is where the next character begins. */
bool shown_next(struct shown_reader *r, struct shown_cell *out);
int shown_width(const char *text, size_t bytes, bool ascii);
/* How many bytes the first line of `text` takes when wrapped in `columns`: with the blanks that hang at its end and the newline that ends it. 0 only
 * when there is no text. */
size_t shown_wrap(const char *text, size_t bytes, int columns, bool ascii);

/* Puts one cell into a grid; outside it, nothing. In src/ui/grid.c. */
void grid_put(struct grid *g, int row, int col, const struct shown_cell *shown, enum style style);

#endif
