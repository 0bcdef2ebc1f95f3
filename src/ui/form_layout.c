// SPDX-License-Identifier: GPL-3.0-or-later
/* Where a form's fields stand, and drawing them there. Must not change a text or the focus. */
#include "form_inside.h"

enum { MARGIN = 2, LABEL_MAX = 24, GAP = 2, TWO_COLUMNS = 110, REMARK_ROWS = 2, TEXT_ROWS = 8 };

static const char *remark_of(const struct form_entry *e)
{
	return e->error ? e->error : e->note;
}

static struct grid ruler(bool ascii)
{
	return (struct grid){ .ascii = ascii };
}

static int label_width(const struct form *f, bool ascii)
{
	struct grid g = ruler(ascii);
	int widest = 0;

	for (size_t i = 0; i < f->count; i++) {
		int width = grid_width(&g, f->entries[i].def.label);

		if (!f->entries[i].hidden && width > widest)
			widest = width;
	}
	return (widest > LABEL_MAX ? LABEL_MAX : widest) + 2;
}

/* Puts one entry into a box of `cols` columns; returns the rows it takes. `text_rows`: the most that a multi-line field may have. */
static int place_entry(struct form_entry *e, int row, int col, int cols, int labels, int text_rows, bool ascii)
{
	struct grid g = ruler(ascii);
	int sign = e->def.flags & FORM_LIST ? 2 : 0, room, width, rows = 1, beside;
	const char *remark = remark_of(e);

	/* In a very narrow window the label gives way. */
	if (labels > cols / 2)
		labels = cols / 2;
	room = cols - MARGIN - labels;
	width = room - sign < 1 ? 1 : room - sign;
	if (e->def.width > 0 && e->def.width < width)
		width = e->def.width;
	if (e->def.flags & FORM_MULTILINE) {
		rows = field_rows(&e->field, width, ascii);
		rows = rows > text_rows ? text_rows : rows;
	}
	e->label = (struct rect){ row, col, 1, MARGIN + labels };
	e->place = (struct rect){ row, col + MARGIN + labels, rows, width };
	e->remark = (struct rect){ row, e->place.col + width + sign + GAP, 0, 0 };
	beside = room - width - sign - GAP;
	if (!remark)
		return rows;
	if (grid_width(&g, remark) + 2 <= beside) {
		e->remark.rows = 1;
		e->remark.cols = beside;
		return rows;
	}
	e->remark = (struct rect){ row + rows, e->place.col, 0, room };
	e->remark.rows = grid_paragraph_rows(&g, room > 3 ? room - 2 : 1, remark);
	if (e->remark.rows > REMARK_ROWS)
		e->remark.rows = REMARK_ROWS;
	return rows + e->remark.rows;
}

static size_t next_shown(const struct form *f, size_t i)
{
	while (i < f->count && f->entries[i].hidden)
		i++;
	return i;
}

static int place_all(struct form *f, int cols, int text_rows, bool ascii)
{
	int row = 0, labels = label_width(f, ascii), half = (cols - GAP) / 2;

	for (size_t i = next_shown(f, 0); i < f->count; i = next_shown(f, i + 1)) {
		size_t next = next_shown(f, i + 1);
		int rows;

		if (cols >= TWO_COLUMNS && next < f->count && (f->entries[i].def.flags & f->entries[next].def.flags & FORM_NARROW)) {
			int other = place_entry(&f->entries[next], row, half + GAP, half, labels, text_rows, ascii);

			rows = place_entry(&f->entries[i], row, 0, half, labels, text_rows, ascii);
			rows = other > rows ? other : rows;
			i = next;
		} else {
			rows = place_entry(&f->entries[i], row, 0, cols, labels, text_rows, ascii);
		}
		row += rows;
	}
	return row;
}

int form_lay_out(struct form *f, int rows, int cols, bool ascii)
{
	int needed = place_all(f, cols, TEXT_ROWS, ascii), text_rows = TEXT_ROWS;

	if (rows <= 0)
		return needed;
	/* Too long: texts give way down to three rows, then the form scrolls. With rows to spare they grow. */
	while (needed > rows && text_rows > 3)
		needed = place_all(f, cols, --text_rows, ascii);
	while (needed < rows && text_rows < rows) {
		int more = place_all(f, cols, text_rows + 1, ascii);

		if (more > rows)
			return place_all(f, cols, text_rows, ascii);
		if (more == needed && text_rows > 2 * TEXT_ROWS)
			return more;
		needed = more;
		text_rows++;
	}
	if (needed > rows && text_rows > rows)
		needed = place_all(f, cols, rows > 1 ? rows - 1 : 1, ascii);
	return needed;
}

int form_rows(struct form *f, int cols, bool ascii)
{
	return form_lay_out(f, 0, cols, ascii);
}

/* Has the focus, its remark included where both fit, inside the `rows` rows that are seen. */
static void scroll_to_focus(struct form *f, int rows, int needed)
{
	const struct form_entry *e = &f->entries[f->focus];
	int first = e->place.row, last = e->place.row + e->place.rows - 1, with = e->remark.row + e->remark.rows - 1;

	if (e->remark.rows > 0 && with > last && with - first < rows)
		last = with;
	if (last >= f->scroll + rows)
		f->scroll = last - rows + 1;
	if (first < f->scroll)
		f->scroll = first;
	if (f->scroll > needed - rows)
		f->scroll = needed - rows;
	if (f->scroll < 0)
		f->scroll = 0;
}

/* Moves a place from the form's own rows to the grid's; the rows that are cut off at either end are taken off. */
static struct rect on_grid(const struct form *f, struct rect place, struct rect r)
{
	int first = place.row - f->scroll, last = first + place.rows;

	first = first < 0 ? 0 : first;
	last = last > r.rows ? r.rows : last;
	return (struct rect){ r.row + first, r.col + place.col, last > first ? last - first : 0, place.cols };
}

static void draw_remark(const struct form_entry *e, struct grid *g, struct rect r)
{
	enum style style = e->error ? STYLE_ERROR : STYLE_DIM;
	int sign = e->error ? grid_text(g, r.row, r.col, 2, "! ", style, false) : 0;

	if (r.rows > 0)
		grid_paragraph(g, (struct rect){ r.row, r.col + sign, r.rows, r.cols - sign }, remark_of(e), style);
}

static void draw_entry(struct form *f, size_t i, struct grid *g, struct rect r, bool focus)
{
	struct form_entry *e = &f->entries[i];
	struct rect label = on_grid(f, e->label, r), place = on_grid(f, e->place, r), remark = on_grid(f, e->remark, r);
	bool focused = i == f->focus;

	if (label.rows > 0) {
		int used = grid_text(g, label.row, label.col + MARGIN, label.cols - MARGIN - 2, e->def.label, focused ? STYLE_BOLD : STYLE_LABEL, false);

		if (f->jumping && e->letter)
			grid_text(g, label.row, label.col, 1, (char[]){ e->letter, '\0' }, STYLE_KEY, false);
		else if (focused)
			grid_text(g, label.row, label.col, 1, g->ascii ? ">" : "▸", STYLE_BOLD, false);
		if (e->def.flags & FORM_REQUIRED)
			grid_text(g, label.row, label.col + MARGIN + used, 1, "*", STYLE_BOLD, false);
	}
	if (place.rows > 0 && (e->def.flags & FORM_FIXED))
		grid_paragraph(g, place, field_text(&e->field), STYLE_NORMAL);
	else if (place.rows > 0)
		field_draw(&e->field, g, place, focus && focused);
	if (place.rows > 0 && (e->def.flags & FORM_LIST))
		grid_text(g, place.row, place.col + place.cols, 2, g->ascii ? " v" : " ▾", STYLE_DIM, false);
	if (remark.rows > 0)
		draw_remark(e, g, remark);
}

/* In the margin, beside the sign of the focus where that stands there. */
static void draw_more(struct grid *g, int row, int col, bool more, const char *sign)
{
	const struct cell *margin = grid_cell(g, row, col);

	if (more && margin)
		grid_text(g, row, margin->bytes[0] == ' ' ? col : col + 1, 1, sign, STYLE_BOLD, false);
}

void form_draw(struct form *f, struct grid *g, struct rect r, bool focus)
{
	int needed;

	if (f->count == 0 || r.rows <= 0 || r.cols <= 0)
		return;
	needed = form_lay_out(f, r.rows, r.cols, g->ascii);
	scroll_to_focus(f, r.rows, needed);
	for (size_t i = next_shown(f, 0); i < f->count; i = next_shown(f, i + 1))
		draw_entry(f, i, g, r, focus);
	f->more_above = f->scroll > 0;
	f->more_below = f->scroll + r.rows < needed;
	draw_more(g, r.row, r.col, f->more_above, g->ascii ? "^" : "↑");
	draw_more(g, r.row + r.rows - 1, r.col, f->more_below, g->ascii ? "v" : "↓");
}
