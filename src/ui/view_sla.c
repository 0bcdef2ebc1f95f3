// SPDX-License-Identifier: GPL-3.0-or-later
/* Tableau des délais: per service, commune, category, nature or channel, what is open, at risk and overdue now, how
 * delays were kept in the period, and what the last seven days brought. Live; Enter goes down to the requests behind
 * a figure.
 */
#include <math.h>
#include <string.h>

#include "figures_table.h"
#include "guichet/base/i18n.h"

enum { WIDE_FROM = 110, NUMBER_COLS = 9, SHARE_COLS = 7, TREND_COLS = 12, HEAD_ROWS = 2 };

/* The cells that lead to requests, in their order from the left; the last two where there is room. */
static const enum sla_cell cells[] = {CELL_OPEN, CELL_RISK, CELL_OVERDUE, CELL_LATE, CELL_RECEIVED, CELL_BROKEN};
enum { CELLS_NARROW = 4, CELLS_WIDE = 6 };

/* Where each column begins, and how wide it is. */
struct columns {
	bool wide;
	int name, first, share, bar, bar_cols, median, oldest, delay_cols, received, broken, trend, answers;
};

static struct columns columns_for(int cols)
{
	struct columns c = {.wide = cols >= WIDE_FROM};
	c.bar_cols = c.wide ? 10 : 8;
	c.delay_cols = c.wide ? 10 : 7;
	c.name = cols - (c.wide ? 110 : 59);
	c.name = c.name < 10 ? 10 : c.name;
	c.first = 1 + c.name;
	c.share = c.first + 3 * NUMBER_COLS + (c.wide ? 1 : 0);
	c.bar = c.share + SHARE_COLS;
	c.median = c.bar + c.bar_cols;
	c.oldest = c.median + (c.wide ? c.delay_cols - 1 : 0);
	c.received = c.oldest + c.delay_cols;
	c.broken = c.received + NUMBER_COLS;
	c.trend = c.wide ? c.broken + NUMBER_COLS + 2 : c.received + 1;
	c.answers = c.trend + TREND_COLS;
	return c;
}

static struct view *open_view(struct ui *ui, const struct view_target *target, struct guichet_err *err)
{
	(void)err;
	return figures_view_open(ui, target, &view_sla);
}

static void title(struct view *view, struct text *out)
{
	figures_table_title(&((struct figures_view *)view)->table, _("Tableau des délais"), out);
}

/* --- drawing --- */

static void draw_number(struct grid *g, int row, int col, int64_t n, const char *sign, enum style style)
{
	char text[40];
	snprintf(text, sizeof text, "%s%s%lld", sign, *sign ? " " : "", (long long)n);
	grid_right(g, row, col, NUMBER_COLS - 1, text, style);
}

static void draw_share(struct grid *g, int row, const struct columns *c, double share, enum style base)
{
	if (isnan(share)) {
		grid_right(g, row, c->share, SHARE_COLS - 1, "-", STYLE_DIM);
		return;
	}
	char text[16];
	/* Never rounded up to what was not reached. */
	snprintf(text, sizeof text, "%d %%", (int)floor(share * 100));
	grid_right(g, row, c->share, SHARE_COLS - 1, text, base);
	grid_bar(g, row, c->bar, c->bar_cols, share, share < 0.8 ? STYLE_LATE : share < 0.9 ? STYLE_RISK : STYLE_OK);
}

static void draw_delay(struct grid *g, int row, int col, int width, double hours, enum style style)
{
	struct text t = TEXT_INIT;
	figures_add_delay(&t, hours);
	grid_right(g, row, col, width, text_str(&t), style);
	text_done(&t);
}

/* Of the oldest open one; a clock that was set back makes none younger than now. */
static double age_hours(const struct figures_table *t, const struct sla_row *r)
{
	double hours = (double)(t->read_ms - r->oldest_ms) / 3600000.0;
	return r->oldest_ms == NO_INSTANT ? (double)NAN : hours > 0 ? hours : 0;
}

static void draw_wide(
	struct grid *g, int row, const struct columns *c, const struct figures_line *line, enum style base)
{
	const struct sla_row *r = &line->row;
	draw_delay(g, row, c->median, c->delay_cols - 1, r->median_hours, base);
	draw_number(g, row, c->received, r->received, "", base);
	draw_number(g, row, c->broken + 1, r->promises_broken, "", r->promises_broken ? STYLE_LATE : base);
	grid_spark(g, row, c->answers + TREND_COLS - TREND_DAYS - 1, line->answered, TREND_DAYS, STYLE_BAR);
}

static struct rect cell_place(const struct figures_table *t, const struct columns *c, int row)
{
	int col = t->cell < 3 ? c->first + t->cell * NUMBER_COLS
		: t->cell == 3    ? c->share
		: t->cell == 4    ? c->received
						  : c->broken + 1;
	return (struct rect){row, col, 1, t->cell == 3 ? SHARE_COLS - 1 : NUMBER_COLS - 1};
}

static struct rect draw_line(
	const struct figures_table *t, struct grid *g, int row, int cols, const struct figures_line *line)
{
	struct columns c = columns_for(cols);
	const struct sla_row *r = &line->row;
	enum style base = *line->key ? STYLE_NORMAL : STYLE_BOLD;
	grid_text(g, row, 1, c.name - 1, line->name, base, false);
	draw_number(g, row, c.first, r->open, "", base);
	draw_number(g, row, c.first + NUMBER_COLS, r->at_risk, r->at_risk * 10 > r->open ? "!" : "",
		r->at_risk ? STYLE_RISK : base);
	draw_number(g, row, c.first + 2 * NUMBER_COLS, r->overdue,
		r->overdue * 5 > r->open ? "!!"
			: r->overdue         ? "!"
								 : "",
		r->overdue ? STYLE_LATE : base);
	draw_share(g, row, &c, r->met_share, base);
	draw_delay(g, row, c.oldest, c.delay_cols, age_hours(t, r), base);
	grid_spark(g, row, c.trend + (c.wide ? TREND_COLS - TREND_DAYS - 1 : 0), line->received, TREND_DAYS, STYLE_BAR);
	if (c.wide)
		draw_wide(g, row, &c, line, base);
	return cell_place(t, &c, row);
}

static void draw_heading(const struct figures_table *t, struct grid *g, int row, int cols)
{
	struct columns c = columns_for(cols);
	static const char *const numbers[] = {N_("ouvertes"), N_("à risque"), N_("en ret.")};
	grid_text(g, row, 1, c.name - 1, sla_by_label(t->by), STYLE_LABEL, false);
	for (int i = 0; i < 3; i++)
		grid_right(g, row, c.first + i * NUMBER_COLS, NUMBER_COLS - 1, _(numbers[i]), STYLE_LABEL);
	grid_text(g, row, c.share + 2, SHARE_COLS + c.bar_cols, _("tenu"), STYLE_LABEL, false);
	grid_right(g, row, c.oldest, c.delay_cols, c.wide ? _("plus anc.") : _("anc."), STYLE_LABEL);
	grid_right(g, row, c.trend, c.wide ? TREND_COLS - 1 : TREND_DAYS, c.wide ? _("reçues 7 j") : _("7 j"), STYLE_LABEL);
	if (!c.wide)
		return;
	grid_right(g, row, c.median, c.delay_cols - 1, _("médiane"), STYLE_LABEL);
	grid_right(g, row, c.received, NUMBER_COLS - 1, _("reçues"), STYLE_LABEL);
	grid_right(g, row, c.broken, NUMBER_COLS, _("non tenus"), STYLE_LABEL);
	grid_right(g, row, c.answers, TREND_COLS - 1, _("répond. 7 j"), STYLE_LABEL);
}

static void draw(struct view *view, struct grid *g, struct rect r)
{
	struct figures_view *v = (struct figures_view *)view;
	draw_heading(&v->table, g, r.row, r.cols);
	grid_hline(g, r.row + 1, 1, r.cols - 2, STYLE_DIM);
	figures_table_draw(&v->table, g, (struct rect){r.row + HEAD_ROWS, 0, r.rows - HEAD_ROWS, r.cols},
		r.cols >= WIDE_FROM ? CELLS_WIDE : CELLS_NARROW, draw_line);
}

/* --- to take away --- */

static void fill_sheet(void *context, struct sheet *out)
{
	static const char *const heads[] = {"key", "name", "open", "at_risk", "overdue", "met_share", "received",
		"answered", "in_time", "median_hours", "p90_hours", "oldest_days", "reopened", "refused", "chased",
		"promises_broken", "from", "to"};
	const struct figures_table *t = &((struct figures_view *)context)->table;
	struct sla_query q = figures_table_query(t);
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		sheet_text(out, heads[i]);
	sheet_end_row(out);
	for (size_t i = 0; i < t->count; i++) {
		const struct sla_row *r = &t->lines[i].row;
		const int64_t numbers[] = {r->open, r->at_risk, r->overdue}, more[] = {r->received, r->answered, r->in_time};
		const int64_t last[] = {r->reopened, r->refused, r->chased, r->promises_broken};
		sheet_text(out, t->lines[i].key);
		sheet_text(out, t->lines[i].name);
		for (size_t n = 0; n < 3; n++)
			sheet_number(out, numbers[n]);
		sheet_real(out, r->met_share, 4);
		for (size_t n = 0; n < 3; n++)
			sheet_number(out, more[n]);
		sheet_real(out, r->median_hours, 1);
		sheet_real(out, r->p90_hours, 1);
		sheet_real(out, age_hours(t, r) / 24, 1);
		for (size_t n = 0; n < 4; n++)
			sheet_number(out, last[n]);
		sheet_day(out, q.from_day);
		sheet_day(out, q.to_day);
		sheet_end_row(out);
	}
}

/* --- keys --- */

static enum view_result act(struct view *view, enum action a)
{
	if (a == ACTION_COMMUNES) {
		figures_table_by_commune(&((struct figures_view *)view)->table);
		return VIEW_DONE;
	}
	return figures_view_act(view, a, cells, _("delais"), fill_sheet);
}

const struct view_ops view_sla = {.kind = VIEW_SLA,
	.open = open_view,
	.close = figures_view_close,
	.title = title,
	.refresh = figures_view_refresh,
	.draw = draw,
	.key = figures_view_key,
	.act = act,
	.wait_ms = figures_view_wait_ms,
	.tick = figures_view_tick};
