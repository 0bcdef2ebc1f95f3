// SPDX-License-Identifier: GPL-3.0-or-later
/* See short_list.h. */
#include "short_list.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/text.h"
#include "guichet/ui/view.h"

void *short_list_at(const struct short_list *l, size_t i)
{
	return l->rows + i * l->source.row_bytes;
}

void *short_list_add(struct short_list *l)
{
	if (l->count == l->capacity) {
		l->capacity = l->capacity ? 2 * l->capacity : 16;
		l->rows = guichet_realloc(l->rows, l->capacity, l->source.row_bytes);
	}
	return memset(short_list_at(l, l->count++), 0, l->source.row_bytes);
}

static void drop_all(struct short_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		l->source.drop(short_list_at(l, i));
	l->count = 0;
}

/* The list holds pointers to the rows: these change only together with it. */
static size_t fetch(void *context, const void *from, bool backward, size_t count, void *rows)
{
	struct short_list *l = context;
	const char **out = rows;
	size_t i = from ? (size_t)(*(const char *const *)from - l->rows) / l->source.row_bytes + 1 : 0, n = 0;
	(void)backward;
	while (i < l->count && n < count)
		out[n++] = short_list_at(l, i++);
	return n;
}

static int64_t row_id(void *context, const void *row)
{
	int64_t id;
	(void)context;
	memcpy(&id, *(const char *const *)row, sizeof id);
	return id;
}

static void draw_row(void *context, const void *row, const struct list_cell *cell)
{
	const struct short_list *l = context;
	l->source.draw(l->source.view, *(const void *const *)row, cell);
}

void short_list_init(struct short_list *l, const struct short_list_source *source)
{
	*l = (struct short_list){ .source = *source };
	list_init(&l->list, &(struct list_source){ .context = l, .row_bytes = sizeof(char *), .fetch = fetch, .forward_only = true, .id = row_id, .draw = draw_row });
	l->source.read(l->source.view);
}

void short_list_done(struct short_list *l)
{
	list_done(&l->list);
	drop_all(l);
	free(l->rows);
	l->rows = NULL;
}

void short_list_refresh(struct short_list *l)
{
	int64_t kept = list_selected_id(&l->list);
	drop_all(l);
	l->source.read(l->source.view);
	list_reload(&l->list);
	list_select(&l->list, kept);
}

const void *short_list_selected(const struct short_list *l)
{
	const void *row = list_selected(&l->list);
	return row ? *(const void *const *)row : NULL;
}

void short_list_draw(struct short_list *l, struct grid *g, struct rect r)
{
	int told = r.rows >= l->source.least_rows ? l->source.told_rows : 0, line = r.row + r.rows - told;
	list_draw(&l->list, g, (struct rect){ r.row + 1, r.col, r.rows - 1 - told, r.cols }, true);
	if (!told)
		return;
	grid_hline(g, line, r.col, r.cols, STYLE_DIM);
	ui_draw_later(((struct view *)l->source.view)->ui, (struct rect){ line + 1, r.col, told - 1, r.cols });
	l->source.tell(g, (struct rect){ line + 1, r.col + 2, told - 1, r.cols - 4 }, short_list_selected(l));
}
