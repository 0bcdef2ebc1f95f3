// SPDX-License-Identifier: GPL-3.0-or-later
/* The application on a terminal: keys from the loop go to ui_key, ui_draw fills the grid that the loop paints. */
#include "guichet/ui/app.h"

#include "guichet/base/i18n.h"
#include "guichet/ui/loop.h"
#include "guichet/ui/screen.h"
#include "ui_inside.h"

struct app { struct ui *ui; struct loop *loop; int timer; };

static void set_timer(struct app *a);

static void tick(void *context)
{
	struct app *a = context;
	ui_tick(a->ui);
	loop_redraw(a->loop);
	set_timer(a);
}

static void set_timer(struct app *a)
{
	int wait = ui_next_tick_ms(a->ui);
	if (a->timer)
		loop_cancel(a->loop, a->timer);
	a->timer = wait >= 0 ? loop_at(a->loop, wait, 0, tick, a) : 0;
}

static void on_key(void *context, const struct key *k)
{
	struct app *a = context;
	ui_key(a->ui, k);
	if (ui_quitting(a->ui))
		loop_quit(a->loop);
	else
		set_timer(a);
}

static void on_draw(void *context, struct grid *g)
{
	struct app *a = context;
	ui_draw(a->ui, g);
}

/* The terminal went, or somebody ended us: what is being typed is kept. */
static void on_ending(void *context, enum loop_end why)
{
	struct app *a = context;
	(void)why;
	ui_keep(a->ui);
}

enum guichet_rc app_run(struct store *s, const struct app_options *o, struct guichet_err *err)
{
	struct app a = { 0 };
	struct screen *screen = NULL;
	struct text warning = TEXT_INIT;
	struct screen_options so = { .in_fd = 0, .out_fd = 1, .no_colour = o->no_colour, .escape_ms = o->escape_ms };
	enum guichet_rc rc = screen_open(&so, &screen, &warning, err);
	if (rc)
		goto out;
	struct loop_client client = { &a, on_key, on_draw, on_ending };
	a.ui = ui_new(s, &o->ui);
	a.loop = loop_new(screen, &client, !o->ui.read_only);
	ui_open(a.ui, o->ui.actor.roles & (ROLE_AGENT | ROLE_SUPERVISOR) ? &view_todo : o->ui.actor.roles & ROLE_SERVICE ? &view_queue : &view_sla, NULL);
	if (o->notice)
		text_addf(&warning, "%s%s", warning.len ? " " : "", o->notice);
	if (warning.len)
		ui_say(a.ui, "%s", text_str(&warning));
	set_timer(&a);
	enum loop_end end = loop_run(a.loop);
	if (end == LOOP_TERMINAL_GONE)
		rc = guichet_err_set(err, GUICHET_IO, _("le terminal a disparu : ce qui était tapé est dans les brouillons"));
	else if (end == LOOP_FAILED)
		rc = guichet_err_set(err, GUICHET_IO, _("le système n'attend plus le terminal : relancez guichet"));
	/* While signals are still held: another one must not leave the terminal as ours. */
	screen_close(&screen);
	loop_free(&a.loop);
	ui_free(&a.ui);
out:
	screen_close(&screen);
	text_done(&warning);
	return rc;
}
