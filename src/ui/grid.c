// SPDX-License-Identifier: GPL-3.0-or-later
/* The cell grid: texts, lines and bars put into cells, and cells read back as text. Must not know any terminal. */
#include "guichet/ui/grid.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shown.h"

static const struct cell blank = { " ", 1, 1, STYLE_NORMAL };

const char *style_name(enum style style)
{
	static const char *const names[STYLE_COUNT] = { "normal", "dim", "bold", "title", "label", "field", "focus", "selection", "marked", "ok", "risk",
		"late", "danger", "key", "bar", "status", "error", "bulletin", "big" };

	return style < STYLE_COUNT ? names[style] : "?";
}

static int clamp(int value, int least, int most)
{
	return value < least ? least : value > most ? most : value;
}

void grid_init(struct grid *g, int rows, int cols)
{
	*g = (struct grid){ 0 };
	grid_resize(g, rows, cols);
}

void grid_done(struct grid *g)
{
	free(g->cells);
	*g = (struct grid){ .cursor_row = -1, .cursor_col = -1 };
}

void grid_resize(struct grid *g, int rows, int cols)
{
	g->rows = clamp(rows, 1, GRID_SIDE_MAX);
	g->cols = clamp(cols, 1, GRID_SIDE_MAX);
	g->cells = guichet_realloc(g->cells, (size_t)g->rows * (size_t)g->cols, sizeof *g->cells);
	g->cursor_row = g->cursor_col = -1;
	grid_clear(g, (struct rect){ 0, 0, g->rows, g->cols }, STYLE_NORMAL);
}

static struct cell *cell_at(const struct grid *g, int row, int col)
{
	return &g->cells[(size_t)row * (size_t)g->cols + (size_t)col];
}

const struct cell *grid_cell(const struct grid *g, int row, int col)
{
	return row < 0 || row >= g->rows || col < 0 || col >= g->cols ? NULL : cell_at(g, row, col);
}

static struct rect inside(const struct grid *g, struct rect r)
{
	int64_t bottom = (int64_t)r.row + r.rows, right = (int64_t)r.col + r.cols;
	struct rect cut = { clamp(r.row, 0, g->rows), clamp(r.col, 0, g->cols), 0, 0 };

	cut.rows = bottom > cut.row ? (int)(bottom < g->rows ? bottom : g->rows) - cut.row : 0;
	cut.cols = right > cut.col ? (int)(right < g->cols ? right : g->cols) - cut.col : 0;
	return cut;
}

static void make_blank(struct cell *c)
{
	uint8_t style = c->style;

	*c = blank;
	c->style = style;
}

/* Half a wide character left alone becomes a blank. */
static void free_halves(const struct grid *g, int row, int col, int width)
{
	struct cell *first = cell_at(g, row, col);

	if (first->width == 0 && col > 0)
		make_blank(&first[-1]);
	if (col + width < g->cols && first[width].width == 0)
		make_blank(&first[width]);
}

void grid_clear(struct grid *g, struct rect r, enum style style)
{
	struct cell cell = blank;
	bool whole;

	r = inside(g, r);
	if (r.cols <= 0)
		return;
	cell.style = (uint8_t)style;
	whole = r.cols == g->cols;
	for (int row = r.row; row < r.row + r.rows; row++) {
		if (!whole)
			free_halves(g, row, r.col, r.cols);
		for (int col = r.col; col < r.col + r.cols; col++)
			*cell_at(g, row, col) = cell;
	}
}

static void put_cell(struct grid *g, int row, int col, const struct shown_cell *shown, enum style style)
{
	struct cell *to = cell_at(g, row, col);

	free_halves(g, row, col, shown->width);
	memset(to, 0, sizeof *to);
	memcpy(to->bytes, shown->bytes, shown->length);
	to->length = shown->length;
	to->width = shown->width;
	to->style = (uint8_t)style;
	if (shown->width == 2) {
		memset(to + 1, 0, sizeof *to);
		to[1].style = (uint8_t)style;
	}
}

void grid_put(struct grid *g, int row, int col, const struct shown_cell *shown, enum style style)
{
	if (row >= 0 && row < g->rows && col >= 0 && col + shown->width <= g->cols)
		put_cell(g, row, col, shown, style);
}

/* One cell of a character given as text; "" or what does not fit draws nothing. */
static void put_sign(struct grid *g, int row, int col, const char *sign, enum style style)
{
	struct shown_cell cell = { .length = (uint8_t)strlen(sign), .width = 1 };

	if (row < 0 || row >= g->rows || col < 0 || col >= g->cols)
		return;
	memcpy(cell.bytes, sign, cell.length);
	put_cell(g, row, col, &cell, style);
}

/* Draws the cells of `text`; those left of the grid are passed over. `width` reaches at most to its right side. */
static int draw_cells(struct grid *g, int row, int col, int width, const char *text, size_t bytes, enum style style)
{
	const char *more = !g->ascii ? "…" : width >= 6 ? "..." : width >= 2 ? "~" : "";
	int more_width = !g->ascii ? 1 : (int)strlen(more);
	struct shown_reader r;
	struct shown_cell cell;
	int used = 0, safe = 0;

	shown_start(&r, text, bytes, g->ascii);
	while (shown_next(&r, &cell)) {
		if (used + cell.width > width) {
			grid_clear(g, (struct rect){ row, col + safe, 1, used - safe }, style);
			for (int i = 0; i < more_width; i++)
				put_sign(g, row, col + safe + i, g->ascii ? (char[]){ more[i], '\0' } : more, style);
			return safe + more_width;
		}
		if (col + used >= 0)
			put_cell(g, row, col + used, &cell, style);
		else if (col + used + cell.width > 0)
			put_sign(g, row, 0, " ", style);
		used += cell.width;
		if (used + more_width <= width)
			safe = used;
	}
	return used;
}

static int draw_text(struct grid *g, int row, int col, int width, const char *text, size_t bytes, enum style style, bool fill)
{
	int used;

	if (row < 0 || row >= g->rows || col >= g->cols || width <= 0)
		return 0;
	if (width > g->cols - col)
		width = g->cols - col;
	used = draw_cells(g, row, col, width, text, bytes, style);
	if (fill && used < width)
		grid_clear(g, (struct rect){ row, col + used, 1, width - used }, style);
	return used;
}

int grid_text(struct grid *g, int row, int col, int width, const char *text, enum style style, bool fill)
{
	return draw_text(g, row, col, width, text, strlen(text), style, fill);
}

int grid_right(struct grid *g, int row, int col, int width, const char *text, enum style style)
{
	int wanted = grid_width(g, text);
	int gap = wanted < width ? width - wanted : 0;

	return grid_text(g, row, col + gap, width - gap, text, style, false);
}

int grid_textf(struct grid *g, int row, int col, int width, enum style style, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	return grid_text(g, row, col, width, text, style, false);
}

/* A line without the blanks and the newline at its end. */
static size_t line_content(const char *text, size_t bytes)
{
	while (bytes > 0 && (text[bytes - 1] == ' ' || text[bytes - 1] == '\n'))
		bytes--;
	return bytes;
}

int grid_paragraph(struct grid *g, struct rect r, const char *text, enum style style)
{
	size_t left = strlen(text);
	int row = 0;

	while (left > 0 && row < r.rows) {
		size_t line = shown_wrap(text, left, r.cols, g->ascii);
		size_t drawn = line_content(text, line);

		/* The last row is given all that is left: what does not fit is what makes the … */
		if (row == r.rows - 1)
			drawn = line_content(text, left);
		draw_text(g, r.row + row, r.col, r.cols, text, drawn, style, false);
		text += line;
		left -= line;
		row++;
	}
	return row;
}

int grid_paragraph_rows(const struct grid *g, int cols, const char *text)
{
	size_t left = strlen(text);
	int rows = 0;

	while (left > 0) {
		size_t line = shown_wrap(text, left, cols, g->ascii);

		text += line;
		left -= line;
		rows++;
	}
	return rows > 0 ? rows : 1;
}

int grid_width(const struct grid *g, const char *text)
{
	return shown_width(text, strlen(text), g->ascii);
}

/* --- Lines ------------------------------------------------------------------------------------------------------- */

enum { UP = 1, DOWN = 2, LEFT = 4, RIGHT = 8 };

static const char *const joints[16] = { "", "│", "│", "│", "─", "┘", "┐", "┤", "─", "└", "┌", "├", "─", "┴", "┬", "┼" };

/* Which ways the line that stands in a cell goes: 0 when it is none. */
static unsigned ways_of(const struct grid *g, const struct cell *c)
{
	if (g->ascii)
		return c->length != 1 ? 0 : c->bytes[0] == '-' ? LEFT | RIGHT : c->bytes[0] == '|' ? UP | DOWN : c->bytes[0] == '+' ? 15 : 0;
	if (c->length != 3)
		return 0;
	for (unsigned ways = 15; ways > 2; ways--)
		if (memcmp(joints[ways], c->bytes, 3) == 0)
			return ways == (LEFT | RIGHT) || ways == RIGHT ? LEFT | RIGHT : ways;
	return 0;
}

static void draw_way(struct grid *g, int row, int col, unsigned ways, unsigned end_ways, enum style style)
{
	const struct cell *c = grid_cell(g, row, col);
	unsigned there, joined;

	if (!c)
		return;
	there = ways_of(g, c);
	joined = there ? there | end_ways : ways;
	if (!g->ascii)
		put_sign(g, row, col, joints[joined], style);
	else
		put_sign(g, row, col, joined == (LEFT | RIGHT) ? "-" : joined == (UP | DOWN) ? "|" : "+", style);
}

void grid_hline(struct grid *g, int row, int col, int width, enum style style)
{
	for (int i = col < 0 ? -col : 0; i < width && col + i < g->cols; i++)
		draw_way(g, row, col + i, LEFT | RIGHT, width == 1 ? LEFT | RIGHT : i == 0 ? RIGHT : i == width - 1 ? LEFT : LEFT | RIGHT, style);
}

void grid_vline(struct grid *g, int row, int col, int height, enum style style)
{
	for (int i = row < 0 ? -row : 0; i < height && row + i < g->rows; i++)
		draw_way(g, row + i, col, UP | DOWN, height == 1 ? UP | DOWN : i == 0 ? DOWN : i == height - 1 ? UP : UP | DOWN, style);
}

struct rect grid_frame(struct grid *g, struct rect r, const char *title, enum style style)
{
	struct rect in = { r.row + 1, r.col + 1, r.rows > 2 ? r.rows - 2 : 0, r.cols > 2 ? r.cols - 2 : 0 };
	static const unsigned corners[4] = { DOWN | RIGHT, DOWN | LEFT, UP | RIGHT, UP | LEFT };

	if (r.rows < 2 || r.cols < 2)
		return in;
	grid_clear(g, r, STYLE_NORMAL);
	grid_hline(g, r.row, r.col + 1, r.cols - 2, style);
	grid_hline(g, r.row + r.rows - 1, r.col + 1, r.cols - 2, style);
	grid_vline(g, r.row + 1, r.col, r.rows - 2, style);
	grid_vline(g, r.row + 1, r.col + r.cols - 1, r.rows - 2, style);
	for (int i = 0; i < 4; i++)
		put_sign(g, r.row + (i / 2 ? r.rows - 1 : 0), r.col + (i % 2 ? r.cols - 1 : 0), g->ascii ? "+" : joints[corners[i]], style);
	if (title && *title && r.cols > 6) {
		int used = grid_text(g, r.row, r.col + 3, r.cols - 6, title, STYLE_TITLE, false);

		put_sign(g, r.row, r.col + 2, " ", style);
		put_sign(g, r.row, r.col + 3 + used, " ", style);
	}
	return in;
}

/* --- Figures ----------------------------------------------------------------------------------------------------- */

void grid_bar(struct grid *g, int row, int col, int width, double share, enum style style)
{
	int filled;

	if (isnan(share) || share < 0)
		share = 0;
	if (share > 1)
		share = 1;
	filled = (int)lround(share * width);
	if (share > 0 && filled == 0)
		filled = 1;
	if (share < 1 && filled == width)
		filled = width - 1;
	for (int i = 0; i < width; i++)
		put_sign(g, row, col + i, i < filled ? (g->ascii ? "#" : "█") : (g->ascii ? "." : "░"), style);
}

void grid_spark(struct grid *g, int row, int col, const double *values, size_t count, enum style style)
{
	static const char *const blocks[8] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const signs[8] = { " ", ".", ":", "-", "=", "+", "*", "#" };
	double greatest = 0;

	for (size_t i = 0; i < count; i++)
		if (values[i] > greatest)
			greatest = values[i];
	for (size_t i = 0; i < count && i < GRID_SIDE_MAX; i++) {
		int level = greatest > 0 && values[i] > 0 ? (int)lround(values[i] / greatest * 7) : 0;

		put_sign(g, row, col + (int)i, g->ascii ? signs[level] : blocks[level], style);
	}
}

void grid_restyle(struct grid *g, struct rect r, enum style style)
{
	r = inside(g, r);
	for (int row = r.row; row < r.row + r.rows; row++)
		for (int col = r.col; col < r.col + r.cols; col++)
			cell_at(g, row, col)->style = (uint8_t)style;
}

void grid_cursor(struct grid *g, int row, int col)
{
	g->cursor_row = clamp(row, 0, g->rows - 1);
	g->cursor_col = clamp(col, 0, g->cols - 1);
}

/* --- As text ----------------------------------------------------------------------------------------------------- */

static bool is_blank(const struct cell *c)
{
	return c->length == 1 && c->bytes[0] == ' ';
}

static void dump_row(const struct cell *cells, int cols, struct text *out, bool styles)
{
	uint8_t style = STYLE_NORMAL;

	while (cols > 0 && is_blank(&cells[cols - 1]) && (!styles || cells[cols - 1].style == STYLE_NORMAL))
		cols--;
	for (int col = 0; col < cols; col++) {
		const struct cell *c = &cells[col];

		if (styles && c->style != style) {
			if (style != STYLE_NORMAL)
				text_add(out, "›");
			if (c->style != STYLE_NORMAL)
				text_addf(out, "‹%s:", style_name(c->style));
			style = c->style;
		}
		text_addn(out, c->bytes, c->length);
	}
	if (style != STYLE_NORMAL)
		text_add(out, "›");
}

void grid_dump(const struct grid *g, struct text *out, bool styles)
{
	for (int row = 0; row < g->rows; row++) {
		if (row > 0)
			text_addc(out, '\n');
		dump_row(cell_at(g, row, 0), g->cols, out, styles);
	}
}
