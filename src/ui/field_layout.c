// SPDX-License-Identifier: GPL-3.0-or-later
/* Where a field's text stands: rows, columns, scrolling, drawing. Must not change the text. */
#include "field_inside.h"

#include <string.h>

#include "graphemes.h"
#include "shown.h"

void field_lay_out(struct field *f, int width, bool ascii)
{
	const char *s = text_str(&f->text);
	/* The last column is the cursor's. */
	int columns = width > 1 ? width - 1 : 1;
	size_t at = 0;

	if (f->row_count > 0 && f->rows_version == f->version && f->rows_width == width && f->rows_ascii == ascii)
		return;
	f->rows_version = f->version;
	f->rows_width = width;
	f->rows_ascii = ascii;
	f->row_count = 0;
	do {
		GUICHET_GROW(f->rows, f->row_count, f->row_capacity);
		f->rows[f->row_count++] = at;
		at += shown_wrap(s + at, f->text.len - at, columns, ascii);
	} while (at < f->text.len);
	if (f->text.len > 0 && s[f->text.len - 1] == '\n') {
		GUICHET_GROW(f->rows, f->row_count, f->row_capacity);
		f->rows[f->row_count++] = f->text.len;
	}
}

int field_rows(struct field *f, int width, bool ascii)
{
	if (!f->multiline)
		return 1;
	field_lay_out(f, width, ascii);
	return f->row_count > INT32_MAX ? INT32_MAX : (int)f->row_count;
}

size_t field_row_of(const struct field *f, size_t offset)
{
	size_t low = 0, high = f->row_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (f->rows[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

size_t field_row_start(const struct field *f, size_t row)
{
	return f->rows[row];
}

size_t field_row_end(const struct field *f, size_t row)
{
	const char *s = text_str(&f->text);
	size_t end = row + 1 < f->row_count ? f->rows[row + 1] : f->text.len;

	/* Where a row was broken, its end is also the next one's start: the cursor stops before the last character. */
	return row + 1 < f->row_count && end > f->rows[row] ? grapheme_before(s, f->text.len, end) : end;
}

int field_column(const struct field *f, size_t row, size_t offset)
{
	return shown_width(text_str(&f->text) + f->rows[row], offset - f->rows[row], f->ascii);
}

size_t field_at_column(const struct field *f, size_t row, int column)
{
	const char *s = text_str(&f->text);
	size_t at = f->rows[row], end = field_row_end(f, row);
	int width = 0;

	while (at < end) {
		size_t next = grapheme_after(s, f->text.len, at);

		width += shown_width(s + at, next - at, f->ascii);
		if (width > column)
			break;
		at = next;
	}
	return at;
}

struct row_view { struct rect r; int skip; enum style style; };

/* One row of text, its first `skip` columns left out. */
static void draw_row(const struct field *f, struct grid *g, const struct row_view *v, size_t start, size_t end)
{
	const char *s = text_str(&f->text);
	size_t from = f->cursor < f->anchor ? f->cursor : f->anchor, to = f->cursor < f->anchor ? f->anchor : f->cursor;
	struct shown_reader r;
	struct shown_cell cell;
	int col = -v->skip;

	grid_clear(g, (struct rect){ v->r.row, v->r.col, 1, v->r.cols }, v->style);
	shown_start(&r, s + start, end - start, g->ascii);
	while (col < v->r.cols) {
		bool fresh = r.mark_at == r.mark_bytes;
		size_t at = (size_t)(r.at - s) - (fresh ? 0 : 1);

		if (!shown_next(&r, &cell))
			break;
		if (col >= 0 && col + cell.width <= v->r.cols)
			grid_put(g, v->r.row, v->r.col + col, &cell, at >= from && at < to ? STYLE_SELECTION : v->style);
		col += cell.width;
	}
}

static int pulled_into(int scroll, int at, int size, int count)
{
	if (at < scroll)
		scroll = at;
	if (at >= scroll + size)
		scroll = at - size + 1;
	if (scroll > count - size)
		scroll = count - size;
	return scroll < 0 ? 0 : scroll;
}

static void draw_line(struct field *f, struct grid *g, struct row_view v, bool focus)
{
	const char *s = text_str(&f->text);
	int width = shown_width(s, f->text.len, g->ascii);
	int at = shown_width(s, f->cursor, g->ascii);
	const char *more = g->ascii ? "<" : "…";

	if (!focus)
		f->scroll = 0;
	/* What comes just before and after the cursor stays in sight. */
	else if (v.r.cols > 6)
		f->scroll = pulled_into(pulled_into(f->scroll, at + 2 < width ? at + 2 : width, v.r.cols, width + 1), at < 2 ? 0 : at - 2, v.r.cols,
			width + 1);
	else
		f->scroll = pulled_into(f->scroll, at, v.r.cols, width + 1);
	v.skip = f->scroll;
	draw_row(f, g, &v, 0, f->text.len);
	if (f->scroll > 0 && v.r.cols > 2)
		grid_text(g, v.r.row, v.r.col, 1, more, v.style, false);
	if (width - f->scroll > v.r.cols && v.r.cols > 2)
		grid_text(g, v.r.row, v.r.col + v.r.cols - 1, 1, g->ascii ? ">" : more, v.style, false);
	if (focus)
		grid_cursor(g, v.r.row, v.r.col + at - f->scroll);
}

static void draw_rows(struct field *f, struct grid *g, struct row_view v, bool focus)
{
	const char *s = text_str(&f->text);
	int row_count = field_rows(f, v.r.cols, g->ascii), rows = v.r.rows;
	int row = (int)field_row_of(f, f->cursor);

	f->scroll = pulled_into(f->scroll, focus ? row : f->scroll, rows, row_count);
	for (int i = 0; i < rows; i++) {
		struct row_view one = v;
		size_t start = f->text.len, end = f->text.len;

		if (f->scroll + i < row_count) {
			start = f->rows[f->scroll + i];
			end = f->scroll + i + 1 < row_count ? f->rows[f->scroll + i + 1] : f->text.len;
		}
		while (end > start && s[end - 1] == '\n')
			end--;
		one.r.row += i;
		draw_row(f, g, &one, start, end);
	}
	if (focus) {
		int col = field_column(f, (size_t)row, f->cursor);

		/* Blanks hang beyond the side. */
		grid_cursor(g, v.r.row + row - f->scroll, v.r.col + (col < v.r.cols ? col : v.r.cols - 1));
	}
}

void field_draw(struct field *f, struct grid *g, struct rect r, bool focus)
{
	struct row_view v = { r, 0, focus ? STYLE_FIELD_FOCUS : STYLE_FIELD };

	if (r.rows <= 0 || r.cols <= 0)
		return;
	f->width = r.cols;
	f->height = r.rows;
	f->ascii = g->ascii;
	if (f->multiline)
		draw_rows(f, g, v, focus);
	else
		draw_line(f, g, v, focus);
}
