// SPDX-License-Identifier: GPL-3.0-or-later
/* The frame around a view: title, message line, function keys, status bar. */
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "guichet/core/reference.h"
#include "ui_inside.h"

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
