// SPDX-License-Identifier: GPL-3.0-or-later
/* Tableau des délais: per service, commune, category, nature or channel, what is open, at risk and overdue now, and how delays were kept in the period. Live: it is
 * read again when the store changes. Enter goes down to the requests behind a row. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "ui_inside.h"

enum { NAME_COLS = 22, NUMBER_COLS = 9, BAR_COLS = 10, DAY_COLS = 9, PERIODS = 4 };

struct sla_line { char *key, *name; struct sla_row row; };
struct sla_view {
	struct view view;
	enum sla_by by;
	size_t period;
	char *service;                                 /* only this one; NULL all */
	struct sla_line *lines; size_t count, capacity;
	size_t selected, top;
	int page;
};

static const struct { int days; const char *label; } periods[PERIODS] = {
	{ 7, N_("7 jours") }, { 30, N_("30 jours") }, { 90, N_("90 jours") }, { 365, N_("un an") },
};
static const struct { const char *value, *label; } groupings[] = {
	[SLA_BY_SERVICE] = { "service", N_("Service") }, [SLA_BY_COMMUNE] = { "commune", N_("Commune") }, [SLA_BY_NATURE] = { "nature", N_("Nature") },
	[SLA_BY_CATEGORY] = { "category", N_("Motif") }, [SLA_BY_CHANNEL] = { "channel", N_("Canal") },
};

/* --- reading --- */

static const char *name_of(const struct catalogue *c, enum sla_by by, const char *key)
{
	enum nature nature;
	enum channel channel;
	if (!*key)
		return _("Toutes");
	if (by == SLA_BY_SERVICE && catalogue_service(c, key))
		return catalogue_service(c, key)->name;
	if (by == SLA_BY_COMMUNE && catalogue_commune(c, key))
		return catalogue_commune(c, key)->name;
	if (by == SLA_BY_CATEGORY && catalogue_category(c, key))
		return catalogue_category(c, key)->name;
	if (by == SLA_BY_NATURE && nature_parse(key, &nature))
		return nature_label(nature);
	if (by == SLA_BY_CHANNEL && channel_parse(key, &channel))
		return channel_label(channel);
	return key;
}

static void forget(struct sla_view *v)
{
	for (size_t i = 0; i < v->count; i++) {
		free(v->lines[i].key);
		free(v->lines[i].name);
	}
	v->count = 0;
}

static bool take_row(void *context, const struct sla_row *r)
{
	struct sla_view *v = context;
	GUICHET_GROW(v->lines, v->count, v->capacity);
	struct sla_line *line = &v->lines[v->count++];
	line->row = *r;
	line->key = guichet_strdup(r->key);
	line->row.key = line->key;
	line->name = guichet_strdup(name_of(store_catalogue(ui_store(v->view.ui)), v->by, r->key));
	return true;
}

static void refresh(struct view *view)
{
	struct sla_view *v = (struct sla_view *)view;
	struct store *s = ui_store(view->ui);
	struct guichet_err err = { 0 };
	char *kept = v->count ? guichet_strdup(v->lines[v->selected].key) : NULL;
	int32_t today = paris_day(store_now(s));
	struct sla_query q = { .by = v->by, .service = v->service, .from_day = today - periods[v->period].days + 1, .to_day = today };
	forget(v);
	if (store_sla(s, &q, take_row, v, &err))
		ui_complain(view->ui, &err);
	if (v->selected >= v->count)
		v->selected = v->count ? v->count - 1 : 0;
	for (size_t i = 0; kept && i < v->count; i++)
		if (!strcmp(v->lines[i].key, kept))
			v->selected = i;
	free(kept);
}

static struct view *open_view(struct ui *ui, const struct view_target *target, struct guichet_err *err)
{
	struct sla_view *v = guichet_alloc(sizeof *v);
	(void)err;
	v->view = (struct view){ &view_sla, ui };
	v->period = 1;
	v->service = target->service ? guichet_strdup(target->service) : NULL;
	refresh(&v->view);
	return &v->view;
}

static void close_view(struct view *view)
{
	struct sla_view *v = (struct sla_view *)view;
	forget(v);
	free(v->lines);
	free(v->service);
	free(v);
}

static void title(struct view *view, struct text *out)
{
	const struct sla_view *v = (const struct sla_view *)view;
	const struct service *service = v->service ? catalogue_service(store_catalogue(ui_store(view->ui)), v->service) : NULL;
	text_addf(out, "%s · %s%s%s", _("Tableau des délais"), _(periods[v->period].label), service ? " · " : "", service ? service->name : "");
}

/* --- drawing --- */

static void days_text(struct text *out, double hours)
{
	if (isnan(hours))
		return;
	if (hours < 48)
		text_addf(out, _("%.0f h"), hours);
	else
		text_addf(out, _("%.0f j"), hours / 24);
}

static void draw_number(struct grid *g, int row, int *col, int64_t n, const char *sign, enum style style)
{
	char text[40];
	snprintf(text, sizeof text, "%s%s%lld", sign, *sign ? " " : "", (long long)n);
	grid_right(g, row, *col, NUMBER_COLS - 1, text, style);
	*col += NUMBER_COLS;
}

static void draw_line(const struct sla_view *v, struct grid *g, int row, int cols, const struct sla_line *line)
{
	const struct sla_row *r = &line->row;
	int name = cols >= 110 ? NAME_COLS + 20 : NAME_COLS, col = 1;
	struct text t = TEXT_INIT;
	int64_t now = ui_now(v->view.ui);
	enum style base = *line->key ? STYLE_NORMAL : STYLE_BOLD;
	grid_text(g, row, col, name, line->name, base, false);
	col += name + 1;
	draw_number(g, row, &col, r->open, "", base);
	draw_number(g, row, &col, r->at_risk, r->at_risk > r->open / 10 && r->at_risk ? "!" : "", r->at_risk ? STYLE_RISK : base);
	draw_number(g, row, &col, r->overdue, r->overdue > r->open / 5 && r->overdue ? "!!" : "", r->overdue ? STYLE_LATE : base);
	if (!isnan(r->met_share)) {
		text_addf(&t, "%3.0f %%", r->met_share * 100);
		grid_text(g, row, col + 1, 6, text_str(&t), base, false);
		grid_bar(g, row, col + 7, BAR_COLS, r->met_share, r->met_share < 0.8 ? STYLE_LATE : r->met_share < 0.9 ? STYLE_RISK : STYLE_OK);
	}
	col += 8 + BAR_COLS;
	text_clear(&t);
	days_text(&t, r->median_hours);
	grid_right(g, row, col, DAY_COLS - 1, text_str(&t), base);
	text_clear(&t);
	if (r->oldest_ms != NO_INSTANT)
		days_text(&t, (double)(now - r->oldest_ms) / 3600000.0);
	grid_right(g, row, col + DAY_COLS, DAY_COLS - 1, text_str(&t), base);
	if (cols >= 110) {
		draw_number(g, row, (int[]){ col + 2 * DAY_COLS }, r->received, "", base);
		draw_number(g, row, (int[]){ col + 2 * DAY_COLS + NUMBER_COLS }, r->promises_broken, "", r->promises_broken ? STYLE_LATE : base);
	}
	text_done(&t);
}

static void draw_heading(const struct sla_view *v, struct grid *g, int row, int cols)
{
	int name = cols >= 110 ? NAME_COLS + 20 : NAME_COLS, col = 2 + name;
	static const char *const numbers[] = { N_("ouvertes"), N_("à risque"), N_("en ret.") };
	grid_text(g, row, 1, name, _(groupings[v->by].label), STYLE_LABEL, false);
	for (size_t i = 0; i < 3; i++, col += NUMBER_COLS)
		grid_right(g, row, col, NUMBER_COLS - 1, _(numbers[i]), STYLE_LABEL);
	grid_text(g, row, col + 1, 17, _("tenu"), STYLE_LABEL, false);
	col += 8 + BAR_COLS;
	grid_right(g, row, col, DAY_COLS - 1, _("médiane"), STYLE_LABEL);
	grid_right(g, row, col + DAY_COLS, DAY_COLS - 1, _("anc."), STYLE_LABEL);
	if (cols >= 110) {
		grid_right(g, row, col + 2 * DAY_COLS, NUMBER_COLS - 1, _("reçues"), STYLE_LABEL);
		grid_right(g, row, col + 2 * DAY_COLS + NUMBER_COLS, NUMBER_COLS + 2, _("promesses"), STYLE_LABEL);
	}
	grid_hline(g, row + 1, 1, cols - 2, STYLE_DIM);
}

static void draw(struct view *view, struct grid *g, struct rect r)
{
	struct sla_view *v = (struct sla_view *)view;
	draw_heading(v, g, r.row, r.cols);
	v->page = r.rows - 3 > 1 ? r.rows - 3 : 1;
	if (v->selected < v->top)
		v->top = v->selected;
	if (v->selected >= v->top + (size_t)v->page)
		v->top = v->selected - (size_t)v->page + 1;
	for (size_t i = 0; i < (size_t)v->page && v->top + i < v->count; i++) {
		int row = r.row + 2 + (int)i;
		draw_line(v, g, row, r.cols, &v->lines[v->top + i]);
		if (v->top + i == v->selected) {
			grid_restyle(g, (struct rect){ row, 0, 1, r.cols }, STYLE_SELECTION);
			grid_text(g, row, 0, 1, ">", STYLE_SELECTION, false);
			grid_cursor(g, row, 1);
		}
	}
	if (!v->count)
		grid_text(g, r.row + 2, 1, r.cols - 2, _("aucune demande dans cette période"), STYLE_DIM, false);
}

/* --- keys --- */

static enum view_result key(struct view *view, const struct key *k)
{
	struct sla_view *v = (struct sla_view *)view;
	size_t page = (size_t)v->page, last = v->count ? v->count - 1 : 0;
	switch (k->code) {
	case KEYCODE_UP:
		v->selected -= v->selected > 0;
		return VIEW_DONE;
	case KEYCODE_DOWN:
		v->selected += v->selected < last;
		return VIEW_DONE;
	case KEYCODE_PAGE_UP:
		v->selected = v->selected > page ? v->selected - page : 0;
		return VIEW_DONE;
	case KEYCODE_PAGE_DOWN:
		v->selected = v->selected + page < last ? v->selected + page : last;
		return VIEW_DONE;
	case KEYCODE_HOME:
		v->selected = 0;
		return VIEW_DONE;
	case KEYCODE_END:
		v->selected = last;
		return VIEW_DONE;
	default:
		return VIEW_IGNORED;
	}
}

static void grouped(void *context, const char *value)
{
	struct sla_view *v = context;
	for (size_t i = 0; i < sizeof groupings / sizeof *groupings; i++)
		if (!strcmp(groupings[i].value, value))
			v->by = (enum sla_by)i;
	v->selected = v->top = 0;
	refresh(&v->view);
}

static void choose_grouping(struct sla_view *v)
{
	struct choice_value values[sizeof groupings / sizeof *groupings];
	for (size_t i = 0; i < sizeof groupings / sizeof *groupings; i++)
		values[i] = (struct choice_value){ groupings[i].value, _(groupings[i].label), "" };
	ui_choose(v->view.ui, _("Grouper par"), values, sizeof values / sizeof *values, "", grouped, v);
}

static void service_chosen(void *context, const char *value)
{
	struct sla_view *v = context;
	free(v->service);
	v->service = *value ? guichet_strdup(value) : NULL;
	refresh(&v->view);
}

static void choose_service(struct sla_view *v)
{
	const struct catalogue *c = store_catalogue(ui_store(v->view.ui));
	struct choice_value *values = guichet_alloc((c->service_count + 1) * sizeof *values);
	values[0] = (struct choice_value){ "", _("Tous les services"), "" };
	for (size_t i = 0; i < c->service_count; i++)
		values[i + 1] = (struct choice_value){ c->services[i]->code, c->services[i]->name, "" };
	ui_choose(v->view.ui, _("Service"), values, c->service_count + 1, "", service_chosen, v);
	free(values);
}

/* The requests behind the row: open ones, most urgent first. */
static void drill_down(struct sla_view *v)
{
	if (!v->count)
		return;
	const char *key = v->lines[v->selected].key;
	struct view_target target = { .channel = -1, .has_filter = true, .filter = LIST_FILTER_INIT };
	enum nature nature;
	enum channel channel;
	target.filter.service = v->service;
	if (*key && v->by == SLA_BY_SERVICE)
		target.filter.service = key;
	else if (*key && v->by == SLA_BY_COMMUNE)
		target.filter.commune = key;
	else if (*key && v->by == SLA_BY_CATEGORY)
		target.filter.category = key;
	else if (v->by == SLA_BY_NATURE && nature_parse(key, &nature))
		target.filter.nature = (int)nature;
	else if (v->by == SLA_BY_CHANNEL && channel_parse(key, &channel))
		target.filter.channel = (int)channel;
	ui_open(v->view.ui, &view_deadlines, &target);
}

static enum view_result act(struct view *view, enum action a)
{
	struct sla_view *v = (struct sla_view *)view;
	switch (a) {
	case ACTION_OPEN:
		drill_down(v);
		return VIEW_DONE;
	case ACTION_BY:
		choose_grouping(v);
		return VIEW_DONE;
	case ACTION_SERVICE:
		choose_service(v);
		return VIEW_DONE;
	case ACTION_PERIOD:
		v->period = (v->period + 1) % PERIODS;
		return VIEW_RELOAD;
	default:
		return VIEW_IGNORED;
	}
}

const struct view_ops view_sla = { .kind = VIEW_SLA, .open = open_view, .close = close_view, .title = title, .refresh = refresh, .draw = draw, .key = key,
	.act = act };
