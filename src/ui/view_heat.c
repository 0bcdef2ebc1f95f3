// SPDX-License-Identifier: GPL-3.0-or-later
/* Affluence: how many contacts come at each hour, by day of the week, by date or by month. Numbers, and reverse
 * video for the busiest hours, never colour alone. Enter goes down: from a day of the week or a month to its dates,
 * from a date to its contacts.
 */
#include <stdlib.h>
#include <string.h>

#include "figures_table.h"
#include "guichet/base/i18n.h"
#include "guichet/core/reference.h"

enum {
	FIRST_HOUR = 7,
	LAST_HOUR = 20,
	HOURS = LAST_HOUR - FIRST_HOUR + 1,
	PERIODS = 4,
	NAME_COLS = 15,
	TOTAL_COLS = 7,
	HEAD_ROWS = 2,
	FOOT_ROWS = 2,
	CONTACTS_MAX = 500,
	NUMBER_BYTES = 32
};
/* Above these shares of the busiest hour a cell stands out. */
enum { PER_CENT_BUSY = 50, PER_CENT_PEAK = 75 };

enum heat_rows { BY_WEEKDAY, BY_DATE, BY_MONTH, HEAT_ROWS_COUNT };

struct heat_row {
	int32_t first_day;
	int64_t hours[24], total;
};

struct heat_view {
	struct view view;
	enum heat_rows rows;
	size_t period;
	int32_t from, to; /* of what one came down to; 0: the period */
	int weekday;      /* only this one; -1 all */
	struct heat_row *lines;
	size_t count, capacity;
	int64_t most, all;
	size_t selected, top;
	int page, hour; /* hour: the cell under the cursor */
	struct figures_export export;
};

static const struct {
	int days;
	const char *label;
} periods[PERIODS] = {
	{7, N_("7 jours")},
	{28, N_("4 semaines")},
	{91, N_("13 semaines")},
	{364, N_("un an")},
};
static const char *const weekdays[7] = {
	N_("lundi"), N_("mardi"), N_("mercredi"), N_("jeudi"), N_("vendredi"), N_("samedi"), N_("dimanche")};
static const char *const months[12] = {N_("janvier"), N_("février"), N_("mars"), N_("avril"), N_("mai"), N_("juin"),
	N_("juillet"), N_("août"), N_("septembre"), N_("octobre"), N_("novembre"), N_("décembre")};

/* --- reading --- */

static int32_t month_first(int32_t day)
{
	int year, month, of_month;
	day_to_date(day, &year, &month, &of_month);
	return day - of_month + 1;
}

/* The row of a day: made when it is the first of its month, found by its place when days are walked in order. */
static struct heat_row *row_of(struct heat_view *v, int32_t day)
{
	int32_t first = v->rows == BY_MONTH ? month_first(day) : day;
	if (v->rows == BY_WEEKDAY)
		return &v->lines[day_weekday(day)];
	if (v->count == 0 || v->lines[v->count - 1].first_day != first) {
		GUICHET_GROW(v->lines, v->count, v->capacity);
		v->lines[v->count++] = (struct heat_row){.first_day = first};
	}
	return &v->lines[v->count - 1];
}

static bool take_day(void *context, const struct heat_day *d)
{
	struct heat_view *v = context;
	if (v->weekday >= 0 && day_weekday(d->day) != v->weekday)
		return true;
	struct heat_row *row = row_of(v, d->day);
	for (int h = 0; h < 24; h++) {
		row->hours[h] += d->hours[h];
		row->total += d->hours[h];
	}
	return true;
}

static void period_of(const struct heat_view *v, int32_t *from, int32_t *to)
{
	int32_t today = paris_day(ui_now(v->view.ui));
	*to = v->to ? v->to : today;
	*from = v->from ? v->from : v->rows == BY_MONTH ? month_first(today - 334) : today - periods[v->period].days + 1;
}

static void sum(struct heat_view *v)
{
	v->most = v->all = 0;
	for (size_t i = 0; i < v->count; i++) {
		v->all += v->lines[i].total;
		for (int h = 0; h < 24; h++)
			v->most = v->lines[i].hours[h] > v->most ? v->lines[i].hours[h] : v->most;
	}
}

/* Dates and months with the last one first. */
static void reverse(struct heat_view *v)
{
	for (size_t i = 0; i < v->count / 2; i++) {
		struct heat_row row = v->lines[i];
		v->lines[i] = v->lines[v->count - 1 - i];
		v->lines[v->count - 1 - i] = row;
	}
}

static void refresh(struct view *view)
{
	struct heat_view *v = (struct heat_view *)view;
	struct guichet_err err = {0};
	int32_t kept = v->selected < v->count ? v->lines[v->selected].first_day : 0, from, to;
	v->count = 0;
	for (int32_t d = 0; v->rows == BY_WEEKDAY && d < 7; d++) {
		GUICHET_GROW(v->lines, v->count, v->capacity);
		v->lines[v->count++] = (struct heat_row){.first_day = d};
	}
	period_of(v, &from, &to);
	if (store_heat(ui_store(view->ui), from, to, take_day, v, &err))
		ui_complain(view->ui, &err);
	if (v->rows != BY_WEEKDAY)
		reverse(v);
	sum(v);
	for (size_t i = 0; i < v->count; i++)
		if (v->lines[i].first_day == kept)
			v->selected = i;
	if (v->selected >= v->count)
		v->selected = v->count ? v->count - 1 : 0;
}

static struct view *open_view(struct ui *ui, const struct view_target *target, struct guichet_err *err)
{
	struct heat_view *v = guichet_alloc(sizeof *v);
	(void)err;
	v->view = (struct view){&view_heat, ui};
	v->period = 1;
	v->weekday = -1;
	v->hour = 9;
	if (target->heat) {
		v->rows = BY_DATE;
		v->from = target->heat->from;
		v->to = target->heat->to;
		v->weekday = target->heat->weekday;
		v->hour = target->heat->hour;
	}
	refresh(&v->view);
	return &v->view;
}

static void close_view(struct view *view)
{
	struct heat_view *v = (struct heat_view *)view;
	free(v->lines);
	free(v);
}

static void add_month(struct text *out, int32_t day)
{
	int year, month, of_month;
	day_to_date(day, &year, &month, &of_month);
	text_addf(out, "%s %d", _(months[month - 1]), year);
}

static void title(struct view *view, struct text *out)
{
	const struct heat_view *v = (const struct heat_view *)view;
	text_addf(out, "%s · ", _("Affluence"));
	if (v->weekday >= 0)
		text_addf(out, "%s, ", _(weekdays[v->weekday]));
	if (v->from && v->weekday < 0)
		add_month(out, v->from);
	else if (v->from)
		text_addf(out, _("%d jours"), (int)(v->to - v->from + 1));
	else
		text_add(out, v->rows == BY_MONTH ? _("12 mois") : _(periods[v->period].label));
	text_addf(out, v->all < 2 ? _(" · %lld contact") : _(" · %lld contacts"), (long long)v->all);
}

/* --- drawing --- */

static void row_name(const struct heat_view *v, const struct heat_row *row, struct text *out)
{
	int year, month, day;
	if (v->rows == BY_WEEKDAY) {
		text_add(out, _(weekdays[row->first_day]));
		return;
	}
	if (v->rows == BY_MONTH) {
		add_month(out, row->first_day);
		return;
	}
	day_to_date(row->first_day, &year, &month, &day);
	text_addf(out, "%.3s. %02d/%02d/%02d", _(weekdays[day_weekday(row->first_day)]), day, month, year % 100);
}

/* Four columns at most: "1,2k". */
static void number(char text[NUMBER_BYTES], int64_t n)
{
	if (n < 1000)
		snprintf(text, NUMBER_BYTES, "%lld", (long long)n);
	else if (n < 10000)
		snprintf(text, NUMBER_BYTES, "%lld,%lldk", (long long)(n / 1000), (long long)(n % 1000 / 100));
	else
		snprintf(text, NUMBER_BYTES, "%lldk", (long long)(n / 1000));
}

/* Hours without a call fade; busy ones are bold, the busiest in reverse video. */
static void draw_hour(const struct heat_view *v, struct grid *g, struct rect cell, int64_t n, bool here)
{
	char text[NUMBER_BYTES];
	enum style style = n == 0                ? STYLE_DIM
		: n * 100 >= v->most * PER_CENT_PEAK ? STYLE_STATUS
		: n * 100 >= v->most * PER_CENT_BUSY ? STYLE_BOLD
											 : STYLE_NORMAL;
	number(text, n);
	if (n == 0)
		snprintf(text, sizeof text, "%s", g->ascii ? "." : "·");
	int width = grid_width(g, text), col = cell.col + cell.cols - 1 - width;
	grid_text(g, cell.row, col, width, text, style, false);
	if (!here)
		return;
	grid_text(g, cell.row, col - 1, 1, "[", STYLE_BOLD, false);
	grid_text(g, cell.row, col + width, 1, "]", STYLE_BOLD, false);
	grid_cursor(g, cell.row, col);
}

static void draw_row(const struct heat_view *v, struct grid *g, int at, int width, size_t index)
{
	const struct heat_row *row = &v->lines[index];
	struct text name = TEXT_INIT;
	char text[NUMBER_BYTES];
	row_name(v, row, &name);
	bool here = index == v->selected;
	grid_text(g, at, 0, 1, here ? ">" : " ", STYLE_BOLD, false);
	grid_text(g, at, 1, NAME_COLS - 1, text_str(&name), here ? STYLE_BOLD : STYLE_NORMAL, false);
	for (int h = FIRST_HOUR; h <= LAST_HOUR; h++)
		draw_hour(v, g, (struct rect){at, NAME_COLS + (h - FIRST_HOUR) * width, 1, width}, row->hours[h],
			here && h == v->hour);
	number(text, row->total);
	grid_right(g, at, NAME_COLS + HOURS * width, TOTAL_COLS - 1, text, STYLE_BOLD);
	text_done(&name);
}

static void draw(struct view *view, struct grid *g, struct rect r)
{
	struct heat_view *v = (struct heat_view *)view;
	int width = (r.cols - NAME_COLS - TOTAL_COLS) / HOURS;
	char text[NUMBER_BYTES];
	width = width < 3 ? 3 : width > 7 ? 7 : width;
	for (int h = FIRST_HOUR; h <= LAST_HOUR; h++) {
		snprintf(text, sizeof text, _("%dh"), h);
		grid_right(g, r.row, NAME_COLS + (h - FIRST_HOUR) * width, width - 1, text, STYLE_LABEL);
	}
	grid_right(g, r.row, NAME_COLS + HOURS * width, TOTAL_COLS - 1, _("total"), STYLE_LABEL);
	grid_hline(g, r.row + 1, 1, r.cols - 2, STYLE_DIM);
	v->page = r.rows - HEAD_ROWS - FOOT_ROWS;
	v->page = v->page < 1 ? 1 : v->page;
	if (v->selected < v->top)
		v->top = v->selected;
	if (v->selected >= v->top + (size_t)v->page)
		v->top = v->selected - (size_t)v->page + 1;
	if (v->top + (size_t)v->page > v->count)
		v->top = v->count > (size_t)v->page ? v->count - (size_t)v->page : 0;
	int at = r.row + HEAD_ROWS;
	for (size_t i = v->top; i < v->count && i < v->top + (size_t)v->page; i++)
		draw_row(v, g, at++, width, i);
	if (!v->count) {
		grid_text(g, at++, 1, r.cols - 2, _("aucun contact dans cette période"), STYLE_DIM, false);
		grid_cursor(g, at - 1, 1);
	}
	/* A sample of what it speaks of. */
	int col = 1 + grid_text(g, at + 1, 1, 12, " 12 ", STYLE_STATUS, false);
	col += 1 +
		grid_text(
			g, at + 1, col + 1, r.cols - col - 1,
			/* xgettext:no-c-format */ _("au moins 75 % de l'heure la plus chargée,"), STYLE_DIM, false);
	col += 1 + grid_text(g, at + 1, col + 1, 4, "12", STYLE_BOLD, false);
	grid_text(g, at + 1, col + 1, r.cols - col - 1, _("au moins 50 %."), STYLE_DIM, false);
	if (at + 2 < r.row + r.rows)
		grid_text(g, at + 2, 1, r.cols - 2, _("Les totaux comptent aussi le soir et la nuit."), STYLE_DIM, false);
}

/* --- to take away --- */

static void fill_sheet(void *context, struct sheet *out)
{
	const struct heat_view *v = context;
	char head[16];
	struct text name = TEXT_INIT;
	sheet_text(out, v->rows == BY_WEEKDAY ? "weekday" : v->rows == BY_DATE ? "date" : "month");
	for (int h = 0; h < 24; h++) {
		snprintf(head, sizeof head, "h%02d", h);
		sheet_text(out, head);
	}
	sheet_text(out, "total");
	sheet_end_row(out);
	for (size_t i = 0; i < v->count; i++) {
		text_clear(&name);
		row_name(v, &v->lines[i], &name);
		if (v->rows == BY_WEEKDAY)
			sheet_text(out, text_str(&name));
		else
			sheet_day(out, v->lines[i].first_day);
		for (int h = 0; h < 24; h++)
			sheet_number(out, v->lines[i].hours[h]);
		sheet_number(out, v->lines[i].total);
		sheet_end_row(out);
	}
	text_done(&name);
}

/* --- going down --- */

struct contact_item {
	char *label;
	int64_t reference;
};
struct contacts {
	struct contact_item items[CONTACTS_MAX];
	size_t count;
};

static bool take_contact(void *context, const struct contact *c)
{
	struct contacts *all = context;
	struct text label = TEXT_INIT;
	struct civil at = paris_civil(c->start_ms);
	enum channel channel;
	enum outcome outcome;
	char reference[REFERENCE_SHOWN];
	text_addf(&label, "%02d:%02d  %s", at.hour, at.minute,
		channel_parse(c->channel, &channel) ? channel_label(channel) : c->channel);
	text_addf(&label, " · %s", outcome_parse(c->outcome, &outcome) ? outcome_label(outcome) : c->outcome);
	for (size_t i = 0; i < c->reference_count; i++) {
		reference_show(c->references[i], reference);
		text_addf(&label, " · %s", reference);
	}
	all->items[all->count++] = (struct contact_item){text_take(&label), c->reference_count ? c->references[0] : 0};
	return all->count < CONTACTS_MAX;
}

static void contact_chosen(void *context, const char *value)
{
	struct heat_view *v = context;
	struct view_target target = {.channel = -1};
	int64_t reference = strtoll(value, NULL, 10);
	if (reference && store_find_reference(ui_store(v->view.ui), reference, &target.row_id, 1))
		ui_open(v->view.ui, &view_request, &target);
	else
		ui_say(v->view.ui, "%s", _("ce contact n'a donné lieu à aucune demande"));
}

/* The contacts of one hour; Enter on one opens its request. */
static void show_contacts(struct heat_view *v, int32_t day)
{
	struct contacts *all = guichet_alloc(sizeof *all);
	struct choice_value *values = guichet_alloc(CONTACTS_MAX * sizeof *values);
	char(*codes)[24] = guichet_alloc(CONTACTS_MAX * sizeof *codes);
	struct contact_filter f = {.channel = -1,
		.outcome = -1,
		.from_ms = paris_instant(day, v->hour * 60),
		.to_ms = paris_instant(day, (v->hour + 1) * 60),
		.limit = CONTACTS_MAX};
	struct guichet_err err = {0};
	struct text head = TEXT_INIT;
	if (store_list_contacts(ui_store(v->view.ui), &f, take_contact, all, &err))
		ui_complain(v->view.ui, &err);
	for (size_t i = 0; i < all->count; i++) {
		snprintf(codes[i], sizeof codes[i], "%lld", (long long)all->items[i].reference);
		values[i] = (struct choice_value){codes[i], all->items[i].label, ""};
	}
	day_show(&head, day);
	text_addf(&head, all->count < 2 ? _(", de %d h à %d h : %zu contact") : _(", de %d h à %d h : %zu contacts"),
		v->hour, v->hour + 1, all->count);
	if (all->count)
		ui_choose(v->view.ui, text_str(&head), values, all->count, "", contact_chosen, v);
	else
		ui_say(v->view.ui, "%s", _("aucun contact à cette heure"));
	for (size_t i = 0; i < all->count; i++)
		free(all->items[i].label);
	text_done(&head);
	free(codes);
	free(values);
	free(all);
}

static void go_down(struct heat_view *v)
{
	if (v->selected >= v->count)
		return;
	const struct heat_row *row = &v->lines[v->selected];
	struct heat_dates dates = {.weekday = v->weekday, .hour = v->hour};
	struct view_target target = {.channel = -1, .heat = &dates};
	if (v->rows == BY_DATE) {
		show_contacts(v, row->first_day);
		return;
	}
	period_of(v, &dates.from, &dates.to);
	if (v->rows == BY_WEEKDAY) {
		dates.weekday = row->first_day;
	} else {
		dates.from = row->first_day;
		dates.to = month_first(row->first_day + 31) - 1;
	}
	ui_open(v->view.ui, &view_heat, &target);
}

/* --- keys --- */

static enum view_result key(struct view *view, const struct key *k)
{
	struct heat_view *v = (struct heat_view *)view;
	const struct figures_cursor cursor = {.row = &v->selected,
		.last_row = v->count ? v->count - 1 : 0,
		.page = (size_t)(v->page > 1 ? v->page : 1),
		.cell = &v->hour,
		.first_cell = FIRST_HOUR,
		.last_cell = LAST_HOUR};
	return figures_cursor_key(&cursor, k);
}

static enum view_result act(struct view *view, enum action a)
{
	struct heat_view *v = (struct heat_view *)view;
	switch (a) {
	case ACTION_OPEN:
		go_down(v);
		return VIEW_DONE;
	case ACTION_EXPORT:
		figures_export_ask(&v->export, view->ui, _("affluence"), fill_sheet, v);
		return VIEW_DONE;
	case ACTION_PERIOD:
		if (v->from || v->rows == BY_MONTH)
			ui_say(view->ui, "%s",
				v->from ? _("ces dates sont celles d'un chiffre : F12 revient au tableau")
						: _("par mois, ce sont toujours les douze derniers"));
		else
			v->period = (v->period + 1) % PERIODS;
		return VIEW_RELOAD;
	case ACTION_BY:
		if (v->from)
			return VIEW_DONE;
		v->rows = (enum heat_rows)((v->rows + 1) % HEAT_ROWS_COUNT);
		v->selected = v->top = 0;
		v->count = 0;
		return VIEW_RELOAD;
	default:
		return VIEW_IGNORED;
	}
}

const struct view_ops view_heat = {.kind = VIEW_HEAT,
	.open = open_view,
	.close = close_view,
	.title = title,
	.refresh = refresh,
	.draw = draw,
	.key = key,
	.act = act};
