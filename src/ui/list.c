// SPDX-License-Identifier: GPL-3.0-or-later
/* A list that holds only the rows near the screen, and keeps its selection on the same record. Must not know what a row is. */
#include "guichet/ui/list.h"

#include <stdlib.h>
#include <string.h>


/* Rows read beyond the screen at a time, and held on both sides of it before the farthest are dropped. */
enum { AHEAD = 50, HELD = 400 };

void list_init(struct list *l, const struct list_source *source)
{
	*l = (struct list){ .source = *source, .at_start = true };
}

static char *row_at(const struct list *l, size_t index)
{
	return l->rows + index * l->source.row_bytes;
}

static void release(struct list *l, size_t from, size_t to)
{
	for (size_t i = from; i < to && l->source.release; i++)
		l->source.release(l->source.context, row_at(l, i));
}

static void forget_rows(struct list *l)
{
	release(l, 0, l->count);
	l->count = l->selected = l->top = 0;
	l->at_start = l->at_end = false;
	l->first_index = 0;
}

void list_done(struct list *l)
{
	forget_rows(l);
	free(l->rows);
	free(l->marks);
	*l = (struct list){ 0 };
}

static void make_room(struct list *l, size_t more)
{
	if (l->count + more <= l->capacity)
		return;
	l->capacity = (l->count + more) * 2;
	l->rows = guichet_realloc(l->rows, l->capacity, l->source.row_bytes);
}

/* Reads rows after the last one held; false when there are none. */
static bool read_after(struct list *l, size_t wanted)
{
	size_t got;

	if (l->at_end || l->count >= LIST_HELD_MAX)
		return false;
	make_room(l, wanted);
	got = l->source.fetch(l->source.context, l->count > 0 ? row_at(l, l->count - 1) : NULL, false, wanted, row_at(l, l->count));
	if (l->count == 0)
		l->at_start = true;
	l->at_end = got < wanted;
	l->count += got;
	return got > 0;
}

/* The rows come nearest first: they are turned round. */
static void turn_round(struct list *l, size_t count)
{
	char *spare = guichet_alloc(l->source.row_bytes);

	for (size_t i = 0; i < count / 2; i++) {
		memcpy(spare, row_at(l, i), l->source.row_bytes);
		memcpy(row_at(l, i), row_at(l, count - 1 - i), l->source.row_bytes);
		memcpy(row_at(l, count - 1 - i), spare, l->source.row_bytes);
	}
	free(spare);
}

/* Reads rows before the first one held (with none held, the last ones of the list). */
static bool read_before(struct list *l, size_t wanted)
{
	size_t got, bytes = l->source.row_bytes;
	char *fresh;

	if (l->at_start || l->source.forward_only)
		return false;
	fresh = guichet_realloc(NULL, wanted, bytes);
	got = l->source.fetch(l->source.context, l->count > 0 ? row_at(l, 0) : NULL, true, wanted, fresh);
	make_room(l, got);
	memmove(row_at(l, got), l->rows, l->count * bytes);
	memcpy(l->rows, fresh, got * bytes);
	free(fresh);
	turn_round(l, got);
	l->at_start = got < wanted;
	l->count += got;
	l->selected += got;
	l->top += got;
	l->first_index -= (int64_t)got;
	if (l->at_start || l->first_index < 0)
		l->first_index = 0;
	return got > 0;
}

/* Drops what lies far from the screen. */
static void trim(struct list *l)
{
	size_t last = l->top + (size_t)l->page + HELD;

	if (l->source.forward_only)
		return;
	if (l->count > last) {
		release(l, last, l->count);
		l->count = last;
		l->at_end = false;
	}
	if (l->top > HELD) {
		size_t drop = l->top - HELD;

		release(l, 0, drop);
		memmove(l->rows, row_at(l, drop), (l->count - drop) * l->source.row_bytes);
		l->count -= drop;
		l->top -= drop;
		l->selected -= drop;
		l->first_index += (int64_t)drop;
		l->at_start = false;
	}
}

/* Has the rows for a screen that shows the selection, and puts `top` so that it does. */
static void settle(struct list *l)
{
	size_t page = (size_t)l->page;

	while ((l->count == 0 || l->count < l->top + page) && read_after(l, page + AHEAD))
		continue;
	if (l->selected >= l->count)
		l->selected = l->count > 0 ? l->count - 1 : 0;
	if (l->top > l->selected)
		l->top = l->selected;
	/* Not yet drawn: there is no screen to bring it into. */
	if (page > 0 && l->selected >= l->top + page)
		l->top = l->selected - page + 1;
	/* No empty rows below while there is something above. */
	while (l->top + page > l->count && l->top == 0 && read_before(l, page + AHEAD))
		continue;
	if (l->top + page > l->count)
		l->top = l->count > page ? l->count - page : 0;
	while (l->count < l->top + page && read_after(l, page + AHEAD))
		continue;
	trim(l);
}

void list_reload(struct list *l)
{
	forget_rows(l);
	l->mark_count = 0;
	settle(l);
}

/* --- Refreshing -------------------------------------------------------------------------------------------------- */

static bool find_held(const struct list *l, int64_t id, size_t *index)
{
	for (size_t i = 0; i < l->count; i++) {
		if (l->source.id(l->source.context, row_at(l, i)) == id) {
			*index = i;
			return true;
		}
	}
	return false;
}

/* Marks on records that left the list are no one's wish any more. */
static void check_marks(struct list *l)
{
	char *row;
	size_t kept = 0, index;

	if (!l->source.read || l->mark_count == 0)
		return;
	row = guichet_alloc(l->source.row_bytes);
	for (size_t i = 0; i < l->mark_count; i++) {
		bool there = find_held(l, l->marks[i], &index);

		if (!there && l->source.read(l->source.context, l->marks[i], row)) {
			there = true;
			if (l->source.release)
				l->source.release(l->source.context, row);
		}
		if (there)
			l->marks[kept++] = l->marks[i];
	}
	l->mark_count = kept;
	free(row);
}

/* From the first row on: as many as were held, and on until the selected record is found again. */
static void refresh_forward(struct list *l, int64_t id, size_t line)
{
	size_t wanted = l->selected + (size_t)l->page + 1, index = l->selected;
	char *row = guichet_alloc(l->source.row_bytes);
	bool there;

	forget_rows(l);
	while (l->count < wanted && read_after(l, wanted - l->count + AHEAD))
		continue;
	if (!find_held(l, id, &index) && l->source.read && l->source.read(l->source.context, id, row)) {
		if (l->source.release)
			l->source.release(l->source.context, row);
		do
			there = find_held(l, id, &index);
		while (!there && read_after(l, (size_t)l->page + HELD));
	}
	free(row);
	l->selected = index < l->count ? index : l->count > 0 ? l->count - 1 : 0;
	l->top = l->selected > line ? l->selected - line : 0;
}

/* Around the selected row as it is now; or around the place where it was. */
static void refresh_around(struct list *l, int64_t id, size_t line)
{
	size_t bytes = l->source.row_bytes;
	char *row = guichet_alloc(bytes), *old = guichet_alloc(bytes);
	int64_t index = l->first_index + (int64_t)l->selected;
	bool there = l->source.read && l->source.read(l->source.context, id, row);
	size_t wanted = (size_t)l->page + AHEAD, got;

	/* The old row must outlive the others: its key says where to go on. */
	memcpy(old, row_at(l, l->selected), bytes);
	release(l, 0, l->selected);
	release(l, l->selected + 1, l->count);
	l->count = l->selected = l->top = 0;
	l->at_start = l->at_end = false;
	make_room(l, wanted + 1);
	if (there) {
		memcpy(row_at(l, l->count++), row, bytes);
		read_after(l, wanted);
	} else {
		got = l->source.fetch(l->source.context, old, false, wanted, l->rows);
		l->count = got;
		l->at_end = got < wanted;
	}
	if (l->source.release)
		l->source.release(l->source.context, old);
	l->first_index = index;
	read_before(l, line + AHEAD);
	if (l->selected >= l->count && l->count > 0)
		l->selected = l->count - 1;
	l->top = l->selected > line ? l->selected - line : 0;
	free(row);
	free(old);
}

void list_refresh(struct list *l)
{
	size_t line = l->selected - l->top;

	if (l->count == 0) {
		forget_rows(l);
	} else {
		int64_t id = list_selected_id(l);

		if (l->source.forward_only)
			refresh_forward(l, id, line);
		else
			refresh_around(l, id, line);
	}
	settle(l);
	check_marks(l);
}

bool list_select(struct list *l, int64_t id)
{
	size_t index = 0, selected = l->selected, top = l->top;
	char *row;
	bool there = find_held(l, id, &index);

	if (!there && l->source.forward_only)
		while (read_after(l, (size_t)l->page + HELD) && !(there = find_held(l, id, &index)))
			continue;
	if (there) {
		l->selected = index;
		settle(l);
		return true;
	}
	l->selected = selected;
	l->top = top;
	if (l->source.forward_only || !l->source.read)
		return false;
	row = guichet_alloc(l->source.row_bytes);
	if (l->source.read(l->source.context, id, row)) {
		forget_rows(l);
		make_room(l, 1);
		memcpy(row_at(l, l->count++), row, l->source.row_bytes);
		read_before(l, (size_t)l->page + AHEAD);
		l->top = l->selected > (size_t)l->page / 2 ? l->selected - (size_t)l->page / 2 : 0;
		settle(l);
		there = true;
	}
	free(row);
	return there;
}

/* --- Moving ------------------------------------------------------------------------------------------------------ */

static void move_down(struct list *l, size_t rows)
{
	while (l->selected + rows >= l->count && read_after(l, rows + AHEAD))
		continue;
	l->selected = l->selected + rows < l->count ? l->selected + rows : l->count > 0 ? l->count - 1 : 0;
}

static void move_up(struct list *l, size_t rows)
{
	while (l->selected < rows && read_before(l, rows + AHEAD))
		continue;
	l->selected = l->selected > rows ? l->selected - rows : 0;
}

static void move_home(struct list *l)
{
	if (!l->at_start)
		forget_rows(l);
	l->selected = l->top = 0;
}

static void move_end(struct list *l)
{
	if (!l->at_end && !l->source.forward_only) {
		int64_t total = l->source.total ? l->source.total(l->source.context) : -1;

		forget_rows(l);
		l->at_end = true;
		read_before(l, (size_t)l->page + AHEAD);
		l->first_index = total > (int64_t)l->count ? total - (int64_t)l->count : 0;
	}
	while (read_after(l, (size_t)l->page + HELD))
		continue;
	l->selected = l->count > 0 ? l->count - 1 : 0;
}

bool list_key(struct list *l, const struct key *k)
{
	size_t page = l->page > 1 ? (size_t)l->page - 1 : 1;

	if (k->ctrl || k->shift)
		return false;
	switch (k->code) {
	case KEYCODE_UP:
		move_up(l, 1);
		break;
	case KEYCODE_DOWN:
		move_down(l, 1);
		break;
	case KEYCODE_PAGE_UP:
		move_up(l, page);
		l->top = l->top > page ? l->top - page : 0;
		break;
	case KEYCODE_PAGE_DOWN:
		move_down(l, page);
		l->top += page;
		break;
	case KEYCODE_HOME:
		move_home(l);
		break;
	case KEYCODE_END:
		move_end(l);
		break;
	default:
		return false;
	}
	settle(l);
	return true;
}

/* --- What is shown ----------------------------------------------------------------------------------------------- */

/* What stands left of a row: that it is marked, that there is more that way, or that it is the one. */
static const char *sign_of(const struct list *l, size_t index, bool first, bool last, bool marked, bool ascii)
{
	if (marked)
		return "*";
	if (first && (index > 0 || !l->at_start))
		return ascii ? "^" : "↑";
	if (last && (index + 1 < l->count || !l->at_end))
		return ascii ? "v" : "↓";
	if (index == l->selected && !l->quiet)
		return ascii ? ">" : "▸";
	return " ";
}

void list_draw(struct list *l, struct grid *g, struct rect r, bool focus)
{
	if (r.rows <= 0 || r.cols <= 0)
		return;
	l->page = r.rows;
	settle(l);
	if (l->count == 0) {
		if (l->empty)
			grid_paragraph(g, r, l->empty, STYLE_DIM);
		if (focus)
			grid_cursor(g, r.row, r.col);
		return;
	}
	for (int i = 0; i < r.rows && l->top + (size_t)i < l->count; i++) {
		size_t index = l->top + (size_t)i;
		const void *row = row_at(l, index);
		bool selected = index == l->selected, marked = list_is_marked(l, l->source.id(l->source.context, row));
		struct list_cell cell = { g, r.row + i, r.col + 1, r.cols - 1, selected, marked, index > 0 ? row_at(l, index - 1) : NULL };

		grid_text(g, r.row + i, r.col, 1, sign_of(l, index, i == 0, i == r.rows - 1, marked, g->ascii),
			marked ? STYLE_MARKED : STYLE_NORMAL, true);
		l->source.draw(l->source.context, row, &cell);
		if (selected && focus)
			grid_restyle(g, (struct rect){ r.row + i, r.col, 1, l->lit && l->lit < r.cols ? l->lit : r.cols }, STYLE_SELECTION);
		if (selected && focus)
			grid_cursor(g, r.row + i, r.col);
	}
}

const void *list_selected(const struct list *l)
{
	return l->count > 0 ? row_at(l, l->selected) : NULL;
}

int64_t list_selected_id(const struct list *l)
{
	return l->count > 0 ? l->source.id(l->source.context, row_at(l, l->selected)) : 0;
}

void list_position(const struct list *l, struct text *out)
{
	int64_t at = l->first_index + (int64_t)l->selected + 1, known = l->first_index + (int64_t)l->count;
	int64_t total = l->at_end ? known : l->source.total ? l->source.total(l->source.context) : -1;

	if (l->count == 0)
		return;
	if (total >= at)
		text_addf(out, "%lld/%lld", (long long)at, (long long)total);
	else
		text_addf(out, "%lld/%lld+", (long long)at, (long long)known);
}

/* --- Marks ------------------------------------------------------------------------------------------------------- */

static size_t mark_place(const struct list *l, int64_t id)
{
	size_t low = 0, high = l->mark_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->marks[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool list_is_marked(const struct list *l, int64_t id)
{
	size_t at = mark_place(l, id);

	return at < l->mark_count && l->marks[at] == id;
}

void list_toggle_mark(struct list *l)
{
	int64_t id = list_selected_id(l);
	size_t at = mark_place(l, id);

	if (l->count == 0)
		return;
	if (list_is_marked(l, id)) {
		memmove(l->marks + at, l->marks + at + 1, (l->mark_count - at - 1) * sizeof *l->marks);
		l->mark_count--;
	} else {
		GUICHET_GROW(l->marks, l->mark_count, l->mark_capacity);
		memmove(l->marks + at + 1, l->marks + at, (l->mark_count - at) * sizeof *l->marks);
		l->marks[at] = id;
		l->mark_count++;
	}
	move_down(l, 1);
	settle(l);
}

void list_clear_marks(struct list *l)
{
	l->mark_count = 0;
}

size_t list_chosen(const struct list *l, int64_t *ids, size_t max)
{
	size_t count = l->mark_count < max ? l->mark_count : max;

	if (l->mark_count == 0 && l->count > 0 && max > 0) {
		ids[0] = list_selected_id(l);
		return 1;
	}
	if (count > 0)
		memcpy(ids, l->marks, count * sizeof *ids);
	return count;
}
