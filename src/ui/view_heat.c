// SPDX-License-Identifier: GPL-3.0-or-later
/* Affluence: how many contacts come at each hour of each day of the week, as numbers and bars, never by colour alone. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "ui_inside.h"

enum { FIRST_HOUR = 7, LAST_HOUR = 20, PERIODS = 4, DAY_COLS = 12 };

struct heat_view {
	struct view view;
	size_t period;
	struct heat heat;
	int64_t most, all;
};

static const struct { int days; const char *label; } periods[PERIODS] = {
	{ 7, N_("7 jours") }, { 28, N_("4 semaines") }, { 91, N_("13 semaines") }, { 364, N_("un an") },
};
static const char *const days[7] = { N_("lundi"), N_("mardi"), N_("mercredi"), N_("jeudi"), N_("vendredi"), N_("samedi"), N_("dimanche") };

static void refresh(struct view *view)
{
	struct heat_view *v = (struct heat_view *)view;
	struct store *s = ui_store(view->ui);
	struct guichet_err err = { 0 };
	int32_t today = paris_day(store_now(s));
	if (store_heat(s, paris_instant(today - periods[v->period].days + 1, 0), paris_instant(today + 1, 0), &v->heat, &err))
		ui_complain(view->ui, &err);
	v->most = v->all = 0;
	for (int d = 0; d < 7; d++)
		for (int h = 0; h < 24; h++) {
			v->all += v->heat.contacts[d][h];
			v->most = v->heat.contacts[d][h] > v->most ? v->heat.contacts[d][h] : v->most;
		}
}

static struct view *open_view(struct ui *ui, const struct view_target *target, struct guichet_err *err)
{
	struct heat_view *v = guichet_alloc(sizeof *v);
	(void)target;
	(void)err;
	v->view = (struct view){ &view_heat, ui };
	v->period = 1;
	refresh(&v->view);
	return &v->view;
}

static void close_view(struct view *view)
{
	free(view);
}

static void title(struct view *view, struct text *out)
{
	const struct heat_view *v = (const struct heat_view *)view;
	text_addf(out, "%s · %s · ", _("Affluence"), _(periods[v->period].label));
	text_addf(out, _("%lld contacts"), (long long)v->all);
}

/* Quiet hours fade, busy ones are marked by sign and style: the number itself always stands. */
static void draw_hour(const struct heat_view *v, struct grid *g, int row, int col, int width, int64_t n)
{
	char text[32];
	enum style style = n == 0 ? STYLE_DIM : n * 4 >= v->most * 3 ? STYLE_LATE : n * 2 >= v->most ? STYLE_RISK : STYLE_NORMAL;
	snprintf(text, sizeof text, "%lld%s", (long long)n, n && n * 4 >= v->most * 3 ? "!" : " ");
	grid_right(g, row, col, width, text, style);
}

static void draw(struct view *view, struct grid *g, struct rect r)
{
	const struct heat_view *v = (const struct heat_view *)view;
	int width = (r.cols - DAY_COLS - 8) / (LAST_HOUR - FIRST_HOUR + 1);
	char text[32];
	for (int h = FIRST_HOUR; h <= LAST_HOUR; h++) {
		snprintf(text, sizeof text, _("%dh"), h);
		grid_right(g, r.row, DAY_COLS + (h - FIRST_HOUR) * width, width, text, STYLE_LABEL);
	}
	grid_right(g, r.row, r.cols - 8, 7, _("total"), STYLE_LABEL);
	grid_hline(g, r.row + 1, 1, r.cols - 2, STYLE_DIM);
	for (int d = 0; d < 7; d++) {
		int row = r.row + 2 + d;
		int64_t total = 0;
		grid_text(g, row, 1, DAY_COLS, _(days[d]), STYLE_NORMAL, false);
		for (int h = 0; h < 24; h++) {
			total += v->heat.contacts[d][h];
			if (h >= FIRST_HOUR && h <= LAST_HOUR)
				draw_hour(v, g, row, DAY_COLS + (h - FIRST_HOUR) * width, width, v->heat.contacts[d][h]);
		}
		snprintf(text, sizeof text, "%lld", (long long)total);
		grid_right(g, row, r.cols - 8, 7, text, STYLE_BOLD);
	}
	grid_text(g, r.row + 10, 1, r.cols - 2, _("! : au moins trois quarts de l'heure la plus chargée. Les totaux comptent aussi la nuit."), STYLE_DIM, false);
	grid_cursor(g, r.row + 2, 1);
}

static enum view_result key(struct view *view, const struct key *k)
{
	(void)view;
	(void)k;
	return VIEW_IGNORED;
}

static enum view_result act(struct view *view, enum action a)
{
	struct heat_view *v = (struct heat_view *)view;
	if (a != ACTION_PERIOD)
		return VIEW_IGNORED;
	v->period = (v->period + 1) % PERIODS;
	return VIEW_RELOAD;
}

const struct view_ops view_heat = { .kind = VIEW_HEAT, .open = open_view, .close = close_view, .title = title, .refresh = refresh, .draw = draw, .key = key,
	.act = act };
