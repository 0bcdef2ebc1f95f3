// SPDX-License-Identifier: GPL-3.0-or-later
/* A live table of figures: a line for each service (commune, category, nature, channel), then "à qualifier" and all
 * of them; a cell under the cursor, and the requests behind it. What the views of delays and of promises share; each
 * has its columns.
 */
#ifndef GUICHET_UI_FIGURES_TABLE_H
#define GUICHET_UI_FIGURES_TABLE_H

#include "guichet/report/figures.h"
#include "guichet/ui/view.h"

enum { TREND_DAYS = 7 };

struct figures_line {
	enum sla_by by;                                /* of its key: "à qualifier" is a category in every table */
	char *key, *name;                              /* own */
	struct sla_row row;                            /* its key is the one above */
	double received[TREND_DAYS], answered[TREND_DAYS];
};

struct figures_table {
	struct view *view;
	enum sla_by by;
	size_t period;
	char *service;                                 /* only this one; NULL all */
	struct figures_line *lines; size_t count, capacity;
	size_t pinned;                                 /* lines at the end that always show */
	size_t selected, top;
	int cell, cells;                               /* cell under the cursor; how many the last drawing had */
	int page;
	bool frozen;
	int64_t read_ms;
};

void figures_table_by_commune(struct figures_table *t);
/* "NAME · 30 jours · Voirie · FIGÉ à 10:42". */
void figures_table_title(const struct figures_table *t, const char *name, struct text *out);
struct sla_query figures_table_query(const struct figures_table *t);

/* Draws the visible lines by `draw`, and the rules; heads are the caller's, in the two rows above `r`. `cells`: how
 * many cells a line has here; `draw` tells where the selected one stands. */
typedef struct rect figures_draw_line(
	const struct figures_table *t, struct grid *g, int row, int cols, const struct figures_line *line);
void figures_table_draw(struct figures_table *t, struct grid *g, struct rect r, int cells, figures_draw_line *draw);

/* The keys that move over cells, in a table of any kind. */
struct figures_cursor { size_t *row, last_row, page; int *cell, first_cell, last_cell; };
enum view_result figures_cursor_key(const struct figures_cursor *c, const struct key *k);

/* Asks for a file name, which `name` begins, and writes there what `fill` makes. The view holds `e` and `context` as
 * long as it lives; a view without a table may do it too. */
struct figures_export { struct ui *ui; void (*fill)(void *context, struct sheet *out); void *context; };
void figures_export_ask(struct figures_export *e, struct ui *ui, const char *name,
	void (*fill)(void *context, struct sheet *out), void *context);

/* "12 h" up to two days, then "5 j". */
void figures_add_delay(struct text *out, double hours);

/* A view that is such a table. */
struct figures_view {
	struct view view;
	struct figures_table table;
	struct figures_export export;
};

struct view *figures_view_open(struct ui *ui, const struct view_target *target, const struct view_ops *ops);
/* For its view_ops. Refreshing keeps the selection on its line, and does nothing while the table is frozen; time alone makes requests late, so a tick reads again now and
 * then, when this view is the one shown. */
void figures_view_close(struct view *view);
void figures_view_refresh(struct view *view);
enum view_result figures_view_key(struct view *view, const struct key *k);
int figures_view_wait_ms(struct view *view);
void figures_view_tick(struct view *view);
/* Service, period, grouping, freezing; Enter opens what `cells` says for the cell under the cursor; the export is named after `name` and the grouping, and `fill` gets the
 * view. */
enum view_result figures_view_act(struct view *view, enum action a, const enum sla_cell *cells, const char *name,
	void (*fill)(void *context, struct sheet *out));

#endif
