// SPDX-License-Identifier: GPL-3.0-or-later
/* Engagements non tenus: per service (commune, category...), how many dates told to citizens passed in the period
 * without an answer on the day, which of them still have none, and which will not be kept. Enter goes down to the
 * requests.
 */
#include "figures_table.h"
#include "guichet/base/i18n.h"

enum { WIDE_FROM = 110, COLUMN_COLS = 14, BAR_GAP = 2, HEAD_ROWS = 2, COLUMNS = 4 };

static const enum sla_cell cells[COLUMNS] = {CELL_BROKEN, CELL_BROKEN_AFTER, CELL_BROKEN_MISSED, CELL_OVERTAKEN};
static const char *const heads[COLUMNS] = {
	N_("non tenus"), N_("réponse tardive"), N_("sans réponse"), N_("intenables")};

static struct view *open_view(struct ui *ui, const struct view_target *target, struct guichet_err *err)
{
	(void)err;
	return figures_view_open(ui, target, &view_promises);
}

static void title(struct view *view, struct text *out)
{
	figures_table_title(&((struct figures_view *)view)->table, _("Engagements non tenus"), out);
}

/* --- drawing --- */

static int column_width(int cols)
{
	return cols >= WIDE_FROM ? COLUMN_COLS + 2 : COLUMN_COLS - (cols < 80 ? 2 : 0);
}

static int name_width(int cols)
{
	int width = cols - COLUMNS * column_width(cols) - (cols >= WIDE_FROM ? 28 : 3);
	return width < 10 ? 10 : width;
}

static int64_t value_of(const struct sla_row *r, int column)
{
	const int64_t values[COLUMNS] = {
		r->promises_broken, r->promises_broken - r->promises_missed, r->promises_missed, r->promises_overtaken};
	return values[column];
}

/* The greatest among the groups: bars compare with it. */
static int64_t greatest(const struct figures_table *t)
{
	int64_t most = 0;
	for (size_t i = 0; i < t->count - t->pinned; i++)
		most = t->lines[i].row.promises_broken > most ? t->lines[i].row.promises_broken : most;
	return most;
}

static struct rect draw_line(
	const struct figures_table *t, struct grid *g, int row, int cols, const struct figures_line *line)
{
	int width = column_width(cols), first = 1 + name_width(cols);
	enum style base = *line->key ? STYLE_NORMAL : STYLE_BOLD;
	char text[32];
	grid_text(g, row, 1, first - 2, line->name, base, false);
	for (int i = 0; i < COLUMNS; i++) {
		int64_t n = value_of(&line->row, i);
		bool owed = i >= 2 && n > 0;
		snprintf(text, sizeof text, "%s%lld", owed ? i == 2 ? "!! " : "! " : "", (long long)n);
		grid_right(g, row, first + i * width, width - 1, text,
			owed    ? i == 2 ? STYLE_LATE : STYLE_RISK
				: n ? base
					: STYLE_DIM);
	}
	if (cols >= WIDE_FROM && *line->key && line->by == t->by && line->row.promises_broken)
		grid_bar(g, row, first + COLUMNS * width + BAR_GAP, 22, (double)line->row.promises_broken / (double)greatest(t),
			STYLE_BAR);
	return (struct rect){row, first + t->cell * width + 1, 1, width - 2};
}

static void draw(struct view *view, struct grid *g, struct rect r)
{
	struct figures_view *v = (struct figures_view *)view;
	int width = column_width(r.cols), first = 1 + name_width(r.cols);
	grid_text(g, r.row, 1, first - 2, sla_by_label(v->table.by), STYLE_LABEL, false);
	for (int i = 0; i < COLUMNS; i++)
		grid_right(g, r.row, first + i * width, width - 1, i == 1 && width < 16 ? _("rép. tardive") : _(heads[i]),
			STYLE_LABEL);
	grid_hline(g, r.row + 1, 1, r.cols - 2, STYLE_DIM);
	figures_table_draw(
		&v->table, g, (struct rect){r.row + HEAD_ROWS, 0, r.rows - HEAD_ROWS, r.cols}, COLUMNS, draw_line);
}

/* --- to take away --- */

static void fill_sheet(void *context, struct sheet *out)
{
	static const char *const names[] = {
		"key", "name", "promises_broken", "answered_after", "without_answer", "overtaken_now", "from", "to"};
	const struct figures_table *t = &((struct figures_view *)context)->table;
	struct sla_query q = figures_table_query(t);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		sheet_text(out, names[i]);
	sheet_end_row(out);
	for (size_t i = 0; i < t->count; i++) {
		sheet_text(out, t->lines[i].key);
		sheet_text(out, t->lines[i].name);
		for (int n = 0; n < COLUMNS; n++)
			sheet_number(out, value_of(&t->lines[i].row, n));
		sheet_day(out, q.from_day);
		sheet_day(out, q.to_day);
		sheet_end_row(out);
	}
}

/* --- keys --- */

static enum view_result act(struct view *view, enum action a)
{
	return figures_view_act(view, a, cells, _("engagements"), fill_sheet);
}

const struct view_ops view_promises = {.kind = VIEW_PROMISES,
	.open = open_view,
	.close = figures_view_close,
	.title = title,
	.refresh = figures_view_refresh,
	.draw = draw,
	.key = figures_view_key,
	.act = act,
	.wait_ms = figures_view_wait_ms,
	.tick = figures_view_tick};
