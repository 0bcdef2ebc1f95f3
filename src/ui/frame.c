// SPDX-License-Identifier: GPL-3.0-or-later
/* The frame around a view: title, message line, function keys, status bar; and a request as a line of a list. */
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "guichet/core/reference.h"
#include "ui_inside.h"

enum { REFERENCE_COLS = 14, STATE_COLS = 15, SIGN_COLS = 3, DUE_COLS = 16, SERVICE_COLS = 12 };

struct rect frame_body(const struct grid *g)
{
	return (struct rect){ 2, 0, g->rows - 5, g->cols };
}

static void draw_title(struct ui *ui, struct grid *g)
{
	struct text title = TEXT_INIT;
	struct view *v = ui_top(ui);
	if (v)
		v->ops->title(v, &title);
	lines_title(g, 0, text_str(&title), store_is_exercise(ui->store) ? _("EXERCICE") : store_catalogue(ui->store)->name);
	grid_hline(g, 1, 0, g->cols, STYLE_DIM);
	text_done(&title);
}

static bool works_here(struct ui *ui, struct view *v, enum action a)
{
	const struct action_info *info = action_info(a);
	if (!(info->where & (1u << v->ops->kind)) || ((info->needs & NEED_WRITE) && ui->options.read_only))
		return false;
	return !v->ops->can || v->ops->can(v, a);
}

/* Only the keys that work here, as many as fit. */
static void draw_keys(struct ui *ui, struct grid *g)
{
	struct view *v = ui_top(ui);
	struct key_hint hints[ACTION_COUNT];
	struct text names[ACTION_COUNT];
	size_t n = 0;
	memset(names, 0, sizeof names);
	for (int a = 0; v && a < ACTION_COUNT; a++) {
		const struct action_info *info = action_info((enum action)a);
		struct key k;
		if (!*info->label || !works_here(ui, v, (enum action)a) || !action_key(ui, (enum action)a, 0, &k))
			continue;
		key_describe(&names[n], &k);
		hints[n] = (struct key_hint){ text_str(&names[n]), _(info->label) };
		n++;
	}
	lines_keys(g, g->rows - 2, hints, n);
	for (size_t i = 0; i < n; i++)
		text_done(&names[i]);
}

static void draw_status(struct ui *ui, struct grid *g)
{
	struct text clock = TEXT_INIT;
	const char *role = "";
	for (unsigned r = 1; r <= ROLE_KIOSK && !*role; r <<= 1)
		if (ui->options.actor.roles & r)
			role = role_label((enum role)r);
	const char *parts[] = { ui->options.actor.name, role, ui->options.read_only ? _("lecture seule") : _("poste seul : tout est enregistré ici") };
	instant_show_short(&clock, ui_now(ui));
	lines_status(g, g->rows - 1, parts, sizeof parts / sizeof *parts, text_str(&clock));
	text_done(&clock);
}

void frame_draw(struct ui *ui, struct grid *g)
{
	draw_title(ui, g);
	message_draw(&ui->message, g, g->rows - 3);
	draw_keys(ui, g);
	draw_status(ui, g);
}

/* --- a request on a line --- */

static enum style urgency(struct ui *ui, const struct request_row *r, const char **sign)
{
	int64_t now = ui_now(ui);
	*sign = "";
	if (r->untold) {
		*sign = "!!!";
		return STYLE_DANGER;
	}
	if (!r->open || r->due[TARGET_ANSWER] == NO_INSTANT)
		return STYLE_DIM;
	if (now > r->due[TARGET_ANSWER]) {
		*sign = "!!";
		return STYLE_LATE;
	}
	if (r->risk_ms != NO_INSTANT && now >= r->risk_ms) {
		*sign = "!";
		return STYLE_RISK;
	}
	return STYLE_NORMAL;
}

void ui_draw_row(struct ui *ui, struct grid *g, int row, int col, int width, const struct request_row *r, bool selected, bool marked)
{
	const struct catalogue *c = store_catalogue(ui->store);
	const struct service *service = catalogue_service(c, r->service);
	char reference[REFERENCE_SHOWN];
	enum status status = STATUS_NEW;
	const char *sign;
	struct text due = TEXT_INIT, what = TEXT_INIT;
	enum style late = urgency(ui, r, &sign), base = selected ? STYLE_SELECTION : marked ? STYLE_MARKED : STYLE_NORMAL;
	status_parse(r->status, &status);
	reference_show(r->reference, reference);
	grid_clear(g, (struct rect){ row, col, 1, width }, base);
	int at = col, end = col + width;
	grid_text(g, row, at, 2, marked ? "*" : selected ? ">" : " ", base, true);
	at += 2;
	grid_text(g, row, at, REFERENCE_COLS, reference, base, false);
	at += REFERENCE_COLS + 1;
	grid_text(g, row, at, SIGN_COLS, sign, selected ? base : late, false);
	at += SIGN_COLS + 1;
	if (r->open && r->due[TARGET_ANSWER] != NO_INSTANT)
		instant_show_short(&due, r->due[TARGET_ANSWER]);
	grid_text(g, row, at, DUE_COLS, text_str(&due), selected ? base : late, false);
	at += DUE_COLS + 1;
	grid_text(g, row, at, STATE_COLS, status_label(status), base, false);
	at += STATE_COLS + 1;
	if (width >= 110) {
		grid_text(g, row, at, SERVICE_COLS, service ? service->name : r->service, base, false);
		at += SERVICE_COLS + 1;
	}
	text_add(&what, r->subject);
	if (*r->address)
		text_addf(&what, " · %s", r->address);
	if (width >= 110 && *r->requester_name)
		text_addf(&what, " · %s", r->requester_name);
	if (at < end)
		grid_text(g, row, at, end - at, text_str(&what), base, false);
	text_done(&due);
	text_done(&what);
}
