// SPDX-License-Identifier: GPL-3.0-or-later
/* See figures_table.h. */
#include "figures_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "ui_inside.h"

enum { PERIODS = 4, LIVE_MS = 30000, RULES = 1 };

static const struct {
	int days;
	const char *label;
} periods[PERIODS] = {
	{7, N_("7 jours")},
	{30, N_("30 jours")},
	{90, N_("90 jours")},
	{365, N_("un an")},
};

static struct figures_table *table_of(struct view *view)
{
	return &((struct figures_view *)view)->table;
}

static struct store *store_of(const struct figures_table *t)
{
	return ui_store(t->view->ui);
}

static const struct catalogue *catalogue_of(const struct figures_table *t)
{
	return store_catalogue(store_of(t));
}

/* --- lines --- */

static void forget(struct figures_table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		free(t->lines[i].key);
		free(t->lines[i].name);
	}
	t->count = t->pinned = 0;
}

static struct figures_line *add_line(struct figures_table *t, enum sla_by by, const char *key, const char *name)
{
	GUICHET_GROW(t->lines, t->count, t->capacity);
	struct figures_line *line = &t->lines[t->count++];
	*line = (struct figures_line){.by = by, .key = guichet_strdup(key), .name = guichet_strdup(name)};
	line->row = (struct sla_row){.key = line->key,
		.met_share = (double)NAN,
		.median_hours = (double)NAN,
		.p90_hours = (double)NAN,
		.oldest_ms = NO_INSTANT};
	return line;
}

static struct figures_line *line_of(struct figures_table *t, enum sla_by by, const char *key)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->lines[i].by == by && !strcmp(t->lines[i].key, key))
			return &t->lines[i];
	return NULL;
}

/* "à qualifier" is a category, and stands by itself whatever the rest is grouped by. */
static bool is_unsorted(const struct figures_table *t, enum sla_by by, const char *key)
{
	const struct category *unsorted = catalogue_of(t)->unsorted;
	return unsorted && by == SLA_BY_CATEGORY && !strcmp(key, unsorted->code);
}

static bool take_row(void *context, const struct sla_row *r)
{
	struct figures_table *t = context;
	struct figures_line *line = line_of(t, r->by, r->key);
	if (!line)
		line = add_line(t, r->by, r->key, *r->key ? figures_name(catalogue_of(t), r->by, r->key) : _("Toutes"));
	line->row = *r;
	line->row.key = line->key;
	return true;
}

static bool take_day(void *context, const struct sla_day *d)
{
	struct figures_table *t = context;
	struct figures_line *line = line_of(t, d->by, d->key);
	int32_t at = d->day - (paris_day(t->read_ms) - TREND_DAYS + 1);
	if (line && at >= 0 && at < TREND_DAYS) {
		line->received[at] = (double)d->received;
		line->answered[at] = (double)d->answered;
	}
	return true;
}

/* A service or a commune of which there is nothing to say has its line too: nothing is an answer. */
static void add_empty(struct figures_table *t)
{
	const struct catalogue *c = catalogue_of(t);
	for (size_t i = 0; t->by == SLA_BY_SERVICE && !t->service && i < c->service_count; i++)
		add_line(t, t->by, c->services[i]->code, c->services[i]->name);
	for (size_t i = 0; t->by == SLA_BY_COMMUNE && i < c->commune_count; i++)
		add_line(t, t->by, c->communes[i].code, c->communes[i].name);
}

static int by_name(const void *a, const void *b)
{
	const struct figures_line *x = a, *y = b;
	/* Those without come last. */
	bool none = !strcmp(x->key, "-"), other_none = !strcmp(y->key, "-");
	int order = none != other_none ? none - other_none : utf8_compare_folded(x->name, y->name);
	return order ? order : strcmp(x->key, y->key);
}

/* Groups by name, then what is pinned. */
static void order(struct figures_table *t)
{
	size_t groups = 0;
	for (size_t i = 0; i < t->count; i++)
		if (*t->lines[i].key && !is_unsorted(t, t->lines[i].by, t->lines[i].key)) {
			struct figures_line line = t->lines[i];
			t->lines[i] = t->lines[groups];
			t->lines[groups++] = line;
		}
	t->pinned = t->count - groups;
	if (groups > 1)
		qsort(t->lines, groups, sizeof *t->lines, by_name);
	/* All of them stand last. */
	for (size_t i = groups; i + 1 < t->count; i++)
		if (!*t->lines[i].key) {
			struct figures_line all = t->lines[i];
			t->lines[i] = t->lines[t->count - 1];
			t->lines[t->count - 1] = all;
		}
}

struct sla_query figures_table_query(const struct figures_table *t)
{
	int32_t today = paris_day(t->read_ms);
	return (struct sla_query){
		.by = t->by, .service = t->service, .from_day = today - periods[t->period].days + 1, .to_day = today};
}

static void read_lines(struct figures_table *t)
{
	const struct category *unsorted = catalogue_of(t)->unsorted;
	struct guichet_err err = {0};
	forget(t);
	t->read_ms = ui_now(t->view->ui);
	struct sla_query q = figures_table_query(t), week = q;
	add_empty(t);
	if (unsorted)
		q.apart = week.apart = add_line(t, SLA_BY_CATEGORY, unsorted->code, unsorted->name)->key;
	week.from_day = q.to_day - TREND_DAYS + 1;
	if (store_sla(store_of(t), &q, take_row, t, &err) || store_sla_days(store_of(t), &week, take_day, t, &err))
		ui_complain(t->view->ui, &err);
	order(t);
}

static void read_keeping(struct figures_table *t)
{
	char *key = t->selected < t->count ? guichet_strdup(t->lines[t->selected].key) : NULL;
	enum sla_by by = t->selected < t->count ? t->lines[t->selected].by : t->by;
	read_lines(t);
	const struct figures_line *kept = key ? line_of(t, by, key) : NULL;
	if (kept)
		t->selected = (size_t)(kept - t->lines);
	else if (t->selected >= t->count)
		t->selected = t->count ? t->count - 1 : 0;
	free(key);
}

/* --- drawing --- */

void figures_table_title(const struct figures_table *t, const char *name, struct text *out)
{
	const struct service *service = t->service ? catalogue_service(catalogue_of(t), t->service) : NULL;
	text_addf(
		out, "%s · %s%s%s", name, _(periods[t->period].label), service ? " · " : "", service ? service->name : "");
	if (t->frozen) {
		struct civil c = paris_civil(t->read_ms);
		text_addf(out, " · ");
		text_addf(out, _("FIGÉ à %02d:%02d"), c.hour, c.minute);
	}
}

static void draw_one(struct figures_table *t, struct grid *g, int row, int cols, size_t index, figures_draw_line *draw)
{
	struct rect cell = draw(t, g, row, cols, &t->lines[index]);
	if (index != t->selected)
		return;
	grid_text(g, row, 0, 1, ">", STYLE_BOLD, false);
	grid_restyle(g, cell, STYLE_SELECTION);
	grid_cursor(g, row, cell.col + cell.cols - 1);
}

/* Where there is room: how one comes to the requests, and to the tables beside this one. */
static void draw_hints(const struct figures_table *t, struct grid *g, int row, struct rect r)
{
	static const struct {
		enum action action;
		const char *what;
	} beside[] = {{ACTION_COMMUNES, N_("par commune")}, {ACTION_PROMISES, N_("engagements non tenus")},
		{ACTION_SLA, N_("délais")}};
	struct text line = TEXT_INIT;
	struct key k;
	if (row < r.row + r.rows)
		grid_text(g, row, 1, r.cols - 2,
			g->ascii ? _("<- -> : chiffre   Entrée : les demandes qu'il compte")
					 : _("← → : chiffre   Entrée : les demandes qu'il compte"),
			STYLE_DIM, false);
	for (size_t i = 0; i < sizeof beside / sizeof *beside; i++)
		if (keymap_key(&t->view->ui->keymap, beside[i].action, 0, &k)) {
			text_add(&line, line.len ? "   " : "");
			key_describe(&line, &k);
			text_addf(&line, _(" : %s"), _(beside[i].what));
		}
	if (row + 1 < r.row + r.rows)
		grid_text(g, row + 1, 1, r.cols - 2, text_str(&line), STYLE_DIM, false);
	text_done(&line);
}

void figures_table_draw(struct figures_table *t, struct grid *g, struct rect r, int cells, figures_draw_line *draw)
{
	size_t groups = t->count - t->pinned;
	int row = r.row + r.rows - (int)t->pinned;
	t->cells = cells;
	if (t->cell >= cells)
		t->cell = cells - 1;
	t->page = r.rows - (int)t->pinned - RULES;
	t->page = t->page < 1 ? 1 : t->page;
	if (groups < (size_t)t->page)
		row = r.row + (int)groups + RULES;
	if (t->selected < groups && t->selected < t->top)
		t->top = t->selected;
	if (t->selected < groups && t->selected >= t->top + (size_t)t->page)
		t->top = t->selected - (size_t)t->page + 1;
	if (t->top + (size_t)t->page > groups)
		t->top = groups > (size_t)t->page ? groups - (size_t)t->page : 0;
	for (size_t i = t->top; i < groups && i < t->top + (size_t)t->page; i++)
		draw_one(t, g, r.row + (int)(i - t->top), r.cols, i, draw);
	grid_hline(g, row - RULES, 1, r.cols - 2, STYLE_DIM);
	if (t->top + (size_t)t->page < groups)
		grid_textf(g, row - RULES, 3, r.cols - 4, STYLE_DIM, _(" encore %zu, page suivante "),
			groups - t->top - (size_t)t->page);
	for (size_t i = groups; i < t->count; i++)
		draw_one(t, g, row + (int)(i - groups), r.cols, i, draw);
	draw_hints(t, g, row + (int)t->pinned + 1, r);
}

void figures_add_delay(struct text *out, double hours)
{
	if (!isnan(hours))
		text_addf(out, hours < 48 ? _("%.0f h") : _("%.0f j"), hours < 48 ? hours : hours / 24);
}

/* --- keys --- */

static size_t page_down(const struct figures_table *t)
{
	size_t groups = t->count - t->pinned, next = t->top + (size_t)t->page;
	/* The last page first, then what is pinned. */
	if (t->selected + 1 < groups && next < groups)
		return next + (size_t)t->page <= groups ? next : groups - 1;
	return t->count ? t->count - 1 : 0;
}

enum view_result figures_cursor_key(const struct figures_cursor *c, const struct key *k)
{
	size_t *row = c->row;
	if (k->ctrl || k->shift)
		return VIEW_IGNORED;
	switch (k->code) {
	case KEYCODE_UP:
		*row -= *row > 0;
		return VIEW_DONE;
	case KEYCODE_DOWN:
		*row += *row < c->last_row;
		return VIEW_DONE;
	case KEYCODE_LEFT:
		*c->cell -= *c->cell > c->first_cell;
		return VIEW_DONE;
	case KEYCODE_RIGHT:
		*c->cell += *c->cell < c->last_cell;
		return VIEW_DONE;
	case KEYCODE_PAGE_UP:
		*row = *row > c->page ? *row - c->page : 0;
		return VIEW_DONE;
	case KEYCODE_PAGE_DOWN:
		*row = *row + c->page < c->last_row ? *row + c->page : c->last_row;
		return VIEW_DONE;
	case KEYCODE_HOME:
		*row = 0;
		return VIEW_DONE;
	case KEYCODE_END:
		*row = c->last_row;
		return VIEW_DONE;
	default:
		return VIEW_IGNORED;
	}
}

enum view_result figures_view_key(struct view *view, const struct key *k)
{
	struct figures_table *t = table_of(view);
	const struct figures_cursor cursor = {
		.row = &t->selected, .last_row = t->count ? t->count - 1 : 0, .page = (size_t)t->page, .cell = &t->cell, .last_cell = t->cells - 1};
	if (k->code != KEYCODE_PAGE_DOWN || k->ctrl || k->shift)
		return figures_cursor_key(&cursor, k);
	t->selected = page_down(t);
	return VIEW_DONE;
}

static void service_chosen(void *context, const char *value)
{
	struct figures_table *t = context;
	free(t->service);
	t->service = *value ? guichet_strdup(value) : NULL;
	read_keeping(t);
}

static void choose_service(struct figures_table *t)
{
	const struct catalogue *c = catalogue_of(t);
	struct choice_value *values = guichet_alloc((c->service_count + 1) * sizeof *values);
	values[0] = (struct choice_value){"", _("Tous les services"), ""};
	for (size_t i = 0; i < c->service_count; i++)
		values[i + 1] = (struct choice_value){c->services[i]->code, c->services[i]->name, ""};
	ui_choose(t->view->ui, _("Service"), values, c->service_count + 1, "", service_chosen, t);
	free(values);
}

static const enum sla_by next_grouping[SLA_BY_COUNT] = {
	[SLA_BY_SERVICE] = SLA_BY_COMMUNE,
	[SLA_BY_COMMUNE] = SLA_BY_CATEGORY,
	[SLA_BY_CATEGORY] = SLA_BY_NATURE,
	[SLA_BY_NATURE] = SLA_BY_CHANNEL,
	[SLA_BY_CHANNEL] = SLA_BY_SERVICE,
};

static void group_by(struct figures_table *t, enum sla_by by)
{
	t->by = by;
	t->selected = t->top = 0;
	read_lines(t);
}

void figures_table_by_commune(struct figures_table *t)
{
	free(t->service);
	t->service = NULL;
	group_by(t, SLA_BY_COMMUNE);
}

/* The line's key, when it is not of the table's grouping, or all of them. */
static void open_behind(struct figures_table *t, enum sla_cell cell)
{
	if (t->selected >= t->count)
		return;
	const struct figures_line *line = &t->lines[t->selected];
	struct sla_behind behind = {.query = figures_table_query(t), .key = line->key, .cell = cell};
	struct view_target target = {.channel = -1, .behind = &behind};
	behind.query.by = line->by;
	ui_open(t->view->ui, &view_deadlines, &target);
}

static void toggle_frozen(struct figures_table *t)
{
	t->frozen = !t->frozen;
	if (!t->frozen)
		read_keeping(t);
	ui_say(t->view->ui, "%s",
		t->frozen ? _("chiffres figés : la même touche les libère") : _("chiffres à jour, et de nouveau suivis"));
}

static enum view_result table_act(struct figures_table *t, enum action a, const enum sla_cell *cells)
{
	switch (a) {
	case ACTION_OPEN:
		open_behind(t, cells[t->cell]);
		break;
	case ACTION_BY:
		group_by(t, next_grouping[t->by]);
		break;
	case ACTION_SERVICE:
		choose_service(t);
		break;
	case ACTION_PERIOD:
		t->period = (t->period + 1) % PERIODS;
		read_keeping(t);
		break;
	case ACTION_FREEZE:
		toggle_frozen(t);
		break;
	case ACTION_REFRESH:
		read_keeping(t);
		break;
	default:
		return VIEW_IGNORED;
	}
	return VIEW_DONE;
}

/* --- a view of it --- */

struct view *figures_view_open(struct ui *ui, const struct view_target *target, const struct view_ops *ops)
{
	struct figures_view *v = guichet_alloc(sizeof *v);
	v->view = (struct view){ops, ui};
	v->table = (struct figures_table){.view = &v->view, .period = 1, .cells = 1};
	v->table.service = target->service && *target->service ? guichet_strdup(target->service) : NULL;
	read_lines(&v->table);
	return &v->view;
}

void figures_view_close(struct view *view)
{
	struct figures_table *t = table_of(view);
	forget(t);
	free(t->lines);
	free(t->service);
	free(view);
}

void figures_view_refresh(struct view *view)
{
	if (!table_of(view)->frozen)
		read_keeping(table_of(view));
}

int figures_view_wait_ms(struct view *view)
{
	const struct figures_table *t = table_of(view);
	int64_t left = t->read_ms + LIVE_MS - ui_now(view->ui);
	if (t->frozen || ui_top(view->ui) != view)
		return -1;
	return left <= 0 ? 0 : left < LIVE_MS ? (int)left : LIVE_MS;
}

void figures_view_tick(struct view *view)
{
	if (figures_view_wait_ms(view) == 0)
		read_keeping(table_of(view));
}

enum view_result figures_view_act(struct view *view, enum action a, const enum sla_cell *cells, const char *name,
	void (*fill)(void *context, struct sheet *out))
{
	struct figures_view *v = (struct figures_view *)view;
	struct text file = TEXT_INIT;
	if (a != ACTION_EXPORT)
		return table_act(&v->table, a, cells);
	text_addf(&file, "%s-%s", name, sla_by_code(v->table.by));
	figures_export_ask(&v->export, view->ui, text_str(&file), fill, v);
	text_done(&file);
	return VIEW_DONE;
}
