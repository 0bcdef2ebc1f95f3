// SPDX-License-Identifier: GPL-3.0-or-later
/* What a picture may lack while keys come. Each key is answered by what it changed where one looks: the selection, the text typed. What tells more of it (the
 * request beside a list, the keys that work on it) is drawn once keys rest, as each move would send it anew over a slow line; what is looked for as one types is
 * looked for once no key waits. Must not know what views show.
 */
#include <stdlib.h>
#include <string.h>

#include "ui_inside.h"

enum { REST_MS = 150 };

void ui_hurry(struct ui *ui, bool (*waiting)(void *context), void *context)
{
	ui->later.waiting = waiting;
	ui->later.context = context;
}

/* --- looked for later --- */

bool ui_postpone(struct ui *ui)
{
	struct later *l = &ui->later;
	if (!l->waiting || l->settling)
		return false;
	l->postponed = true;
	return true;
}

bool ui_gives_up(void *context)
{
	struct ui *ui = context;
	struct later *l = &ui->later;
	if (!l->settling || !l->waiting(l->context))
		return false;
	l->settling = false;
	l->postponed = true;
	return true;
}

bool ui_is_unfinished(const struct ui *ui)
{
	return ui->later.postponed;
}

void ui_finish(struct ui *ui)
{
	ui->later.postponed = false;
	ui->later.settling = true;
}

/* --- drawn later --- */

void ui_draw_later_beside(struct ui *ui, struct rect part, int64_t top)
{
	struct later *l = &ui->later;
	if (l->waiting && l->part_count < LATER_PARTS)
		l->parts[l->part_count++] = (struct later_part){ part, top };
}

void ui_draw_later(struct ui *ui, struct rect part)
{
	ui_draw_later_beside(ui, part, NO_TOP);
}

/* A key that moves the selection, and nothing else. */
static bool is_move(struct ui *ui, const struct key *k)
{
	const struct view *v = ui_top(ui);
	if (!v || ui->overlay.kind != OVERLAY_NONE || k->ctrl || k->shift)
		return false;
	switch (k->code) {
	case KEYCODE_UP:
	case KEYCODE_DOWN:
	case KEYCODE_PAGE_UP:
	case KEYCODE_PAGE_DOWN:
	case KEYCODE_HOME:
	case KEYCODE_END:
		return true;
	default:
		return keymap_action(&ui->keymap, v->ops->kind, k) == ACTION_MARK;
	}
}

void later_key(struct ui *ui, const struct key *k)
{
	ui->later.moving = ui->later.waiting && is_move(ui, k);
}

int ui_rest_ms(const struct ui *ui)
{
	return ui->later.moving ? REST_MS : -1;
}

void ui_rest(struct ui *ui)
{
	ui->later.moving = false;
}

void later_begin(struct ui *ui)
{
	ui->later.part_count = 0;
}

/* The same screen in the same places, with nothing over it, then and now. */
static bool is_same_scene(const struct ui *ui, const struct scene *a, const struct scene *b)
{
	bool same = ui->later.cells && a->view == b->view && !a->covered && !b->covered && a->rows == b->rows && a->cols == b->cols && a->part_count == b->part_count;
	for (size_t i = 0; same && i < a->part_count; i++)
		same = !memcmp(&a->parts[i].at, &b->parts[i].at, sizeof a->parts[i].at);
	return same;
}

static bool is_message(const struct scene *s, int row)
{
	return row >= s->message_from && row < s->message_to;
}

/* Puts back what stood in a part, or as far as the list has moved under it; not where a message lies over it, or lay: one that ends while somebody moves takes
 * nothing else along. */
static void put_back(const struct ui *ui, struct grid *g, const struct later_part *then, const struct later_part *now, const struct scene *scene)
{
	struct rect r = now->at;
	int64_t moved = then->top == NO_TOP || now->top == NO_TOP ? 0 : now->top - then->top;
	if (moved <= -r.rows || moved >= r.rows)
		moved = 0;
	for (int row = 0; row < r.rows; row++) {
		struct cell *to = &g->cells[(size_t)(r.row + row) * (size_t)g->cols + (size_t)r.col];
		int64_t from = row + moved;
		if (is_message(scene, r.row + row) || is_message(&ui->later.shown, r.row + (int)from))
			continue;
		if (from >= 0 && from < r.rows)
			memcpy(to, &ui->later.cells[(size_t)(r.row + from) * (size_t)g->cols + (size_t)r.col], (size_t)r.cols * sizeof *to);
		else
			grid_clear(g, (struct rect){ r.row + row, r.col, 1, r.cols }, STYLE_NORMAL);
	}
}

void later_end(struct ui *ui, struct grid *g)
{
	struct later *l = &ui->later;
	struct scene now = { .view = ui_top(ui), .covered = ui->overlay.kind != OVERLAY_NONE, .rows = g->rows, .cols = g->cols, .part_count = l->part_count };
	size_t count = (size_t)g->rows * (size_t)g->cols;
	l->settling = false;
	if (!l->waiting)
		return;
	now.message_to = g->rows - 2;
	now.message_from = now.message_to - message_rows(&ui->message, g);
	memcpy(now.parts, l->parts, l->part_count * sizeof *l->parts);
	for (size_t i = 0; l->moving && is_same_scene(ui, &l->shown, &now) && i < now.part_count; i++)
		put_back(ui, g, &l->shown.parts[i], &now.parts[i], &now);
	if (!l->cells || l->shown.rows != g->rows || l->shown.cols != g->cols)
		l->cells = guichet_realloc(l->cells, count, sizeof *l->cells);
	memcpy(l->cells, g->cells, count * sizeof *l->cells);
	l->shown = now;
}

void later_done(struct ui *ui)
{
	free(ui->later.cells);
	ui->later.cells = NULL;
}
