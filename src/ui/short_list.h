// SPDX-License-Identifier: GPL-3.0-or-later
/* A list that is read whole each time, since it is never long, over the selected row told at length. A row is the view's own structure; it begins with its
 * id, an int64_t. */
#ifndef GUICHET_UI_SHORT_LIST_H
#define GUICHET_UI_SHORT_LIST_H

#include "guichet/ui/list.h"

struct short_list_source {
	void *view;                      /* handed to read and draw */
	size_t row_bytes;
	void (*read)(void *view);        /* calls short_list_add for each row */
	void (*drop)(void *row);         /* frees what a row owns */
	void (*draw)(void *view, const void *row, const struct list_cell *cell);
	void (*tell)(struct grid *g, struct rect r, const void *row);   /* below the list; NULL: nothing is selected */
	int told_rows, least_rows;       /* told on so many, its line included, where there are so many in all */
};
struct short_list {
	struct list list;
	struct short_list_source source;
	char *rows; size_t count, capacity;
};

void short_list_init(struct short_list *l, const struct short_list_source *source);   /* reads */
void short_list_done(struct short_list *l);
void short_list_refresh(struct short_list *l);                       /* reads anew; the selection stays */
void *short_list_add(struct short_list *l);                          /* a row of zeroes, in `read`; until the next one is added */
void *short_list_at(const struct short_list *l, size_t i);
const void *short_list_selected(const struct short_list *l);         /* NULL when empty */
/* Below a first row of titles, which the view draws. */
void short_list_draw(struct short_list *l, struct grid *g, struct rect r);

#endif
