// SPDX-License-Identifier: GPL-3.0-or-later
/* Lists of requests: pages from the store or rows found by a search, drawn in columns, with the selected one told in full on the right where the screen is wide. What
 * the views À faire, Bannette, Échéances and Recherche share.
 */
#ifndef GUICHET_UI_REQUEST_LIST_H
#define GUICHET_UI_REQUEST_LIST_H

#include "facts.h"
#include "guichet/ui/list.h"
#include "guichet/ui/view.h"

enum request_shape { SHAPE_DUE, SHAPE_TODO, SHAPE_FOUND };

/* A row that outlives the store's: its texts are in one block. */
struct request_item { struct request_row row; char *texts; int64_t at_ms; int kind; };   /* kind: enum todo_kind, of SHAPE_TODO */

struct request_list {
	struct ui *ui;
	enum request_shape shape;
	struct list list;
	struct list_filter filter;
	char *service, *commune, *category, *assigned;   /* what the filter points to */
	struct request_item *found; size_t found_count, found_capacity;
	bool (*find_more)(void *context); void *find_context;   /* adds to what was found, false when that is all; NULL: it is */
	int64_t find_total;
	struct facts pane; int64_t pane_of;             /* the selected row in full, made when the selection moves; of which row */
};

void request_list_init(struct request_list *l, struct ui *ui, enum request_shape shape, const char *empty);
void request_list_done(struct request_list *l);
/* Copies the filter and reads from the start. The shape follows the order: by due date, or as found. */
void request_list_filter(struct request_list *l, const struct list_filter *f);
/* SHAPE_FOUND with rows handed in: clear, add (a visitor for store_search; context is the list), show. */
void request_list_found_clear(struct request_list *l);
bool request_list_found_add(void *context, const struct request_row *row);
/* What was found before, to be put back where a search is given up; else to be dropped. */
struct request_found { struct request_item *items; size_t count, capacity; };
struct request_found request_list_found_take(struct request_list *l);
void request_list_found_put(struct request_list *l, struct request_found *before);
void request_list_found_drop(struct request_found *before);
void request_list_refresh(struct request_list *l);
void request_list_draw(struct request_list *l, struct grid *g, struct rect r, bool focus);
void request_list_draw_row(void *context, const void *row, const struct list_cell *cell);   /* for its list; context: the request_list */
const struct request_row *request_list_row(const struct request_list *l);   /* the selected one; NULL when empty; borrowed */
int64_t request_list_selected(const struct request_list *l);
size_t request_list_marked(const struct request_list *l, int64_t *ids, size_t max);   /* 0 when none is marked */
/* Enter, Espace, `e`; VIEW_IGNORED for all others. */
enum view_result request_list_act(struct request_list *l, enum action a);
bool request_list_can(struct request_list *l, enum action a);

/* Danger not told of, late, at risk: a sign, its word, its style. Nothing: "", "". */
enum style request_urgency(const struct request_row *r, int64_t now_ms, const char **sign, const char **word);
/* "auj. 17:30", "dem. 12:00", "mar. 24/11", "24/11/2027": ten columns. A midnight is the end of the day before. */
void request_when(struct text *out, int64_t ms, int64_t now_ms);
/* Why these due dates: a box over the view. */
void request_explain(struct ui *ui, int64_t row_id);

#endif
