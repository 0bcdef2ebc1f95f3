// SPDX-License-Identifier: GPL-3.0-or-later
/* The application on a terminal: keys from the loop go to ui_key, ui_draw fills the grid that the loop paints. */
#include "guichet/ui/app.h"

#include <stdlib.h>

#include "guichet/base/clock.h"
#include "guichet/base/editor.h"
#include "guichet/base/i18n.h"
#include "guichet/ui/loop.h"
#include "guichet/ui/screen.h"
#include "ui_inside.h"

enum { WATCHED = 8, BACKGROUND_MS = 1000, SHOW_MS = 250 /* what comes page by page is shown no more often */ };
struct app {
	struct ui *ui;
	struct loop *loop;
	int timer;
	const struct app_background *background;
	int background_timer, rest_timer, show_timer;
	int view_fd;                     /* what a view waits for; -1 none */
	enum connection connection;
	int64_t received, shown_ms;
	struct pollfd watched[WATCHED]; size_t watched_count;
	/* The terminal is lent to it; who asked for it is told. */
	struct editor *editor;
	void (*back)(void *of, const char *text, const struct guichet_err *why);
	void *back_of;
};

static void set_timer(struct app *a);
static void background_turn(struct app *a);

static void view_ready(void *context, int fd, short events);

static void watch_view(struct app *a)
{
	int fd = ui_watched(a->ui);
	if (fd == a->view_fd)
		return;
	if (a->view_fd >= 0)
		loop_unwatch(a->loop, a->view_fd);
	a->view_fd = fd;
	if (fd >= 0)
		loop_watch(a->loop, fd, POLLIN, view_ready, a);
}

static void view_ready(void *context, int fd, short events)
{
	struct app *a = context;
	(void)fd;
	(void)events;
	ui_watched_ready(a->ui);
	watch_view(a);
	loop_redraw(a->loop);
}

static void tick(void *context)
{
	struct app *a = context;
	ui_tick(a->ui);
	if (a->background && ui_asks_server(a->ui))
		background_turn(a);
	watch_view(a);
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

/* --- what goes on beside the screens --- */

static void background_ready(void *context, int fd, short events)
{
	(void)fd;
	(void)events;
	background_turn(context);
}

static void background_tick(void *context)
{
	struct app *a = context;
	a->background_timer = 0;
	background_turn(a);
}

/* What came by this very connection tells nobody of itself. */
static void show_received(void *context)
{
	struct app *a = context;
	a->show_timer = 0;
	a->shown_ms = clock_monotonic_ns() / 1000000;
	ui_refresh(a->ui);
	loop_redraw(a->loop);
}

static void background_turn(struct app *a)
{
	const struct app_background *b = a->background;
	enum connection before = a->connection;
	int64_t wait_ms = b->turn(b->context);
	for (size_t i = 0; i < a->watched_count; i++)
		loop_unwatch(a->loop, a->watched[i].fd);
	a->watched_count = b->watch(b->context, a->watched, WATCHED);
	for (size_t i = 0; i < a->watched_count; i++)
		loop_watch(a->loop, a->watched[i].fd, a->watched[i].events, background_ready, a);
	if (a->background_timer)
		loop_cancel(a->loop, a->background_timer);
	/* Somebody may record something at any time: looked at each second. */
	a->background_timer = loop_at(a->loop, wait_ms < 0 || wait_ms > BACKGROUND_MS ? BACKGROUND_MS : wait_ms, 0, background_tick, a);
	int64_t received = 0;
	a->connection = b->connection(b->context, &received);
	ui_set_connection(a->ui, a->connection);
	if (ui_server_turn(a->ui))
		loop_redraw(a->loop);
	if (received != a->received && !a->show_timer) {
		int64_t left = a->shown_ms + SHOW_MS - clock_monotonic_ns() / 1000000;
		a->show_timer = loop_at(a->loop, left > 0 ? left : 0, 0, show_received, a);
	}
	if (a->connection != before)
		loop_redraw(a->loop);
	a->received = received;
}

/* --- the terminal lent to an editor --- */

static void editor_ended(void *context, int fd, short events)
{
	struct app *a = context;
	struct guichet_err err = { 0 };
	char *text = NULL;
	(void)events;
	loop_unwatch(a->loop, fd);
	enum guichet_rc rc = editor_end(&a->editor, &text, &err);
	loop_take_back(a->loop);
	a->back(a->back_of, rc ? NULL : text, &err);
	free(text);
	set_timer(a);
}

static enum guichet_rc lend(void *context, const char *text, void (*back)(void *of, const char *text, const struct guichet_err *why), void *of, struct guichet_err *err)
{
	struct app *a = context;
	loop_lend(a->loop);
	enum guichet_rc rc = editor_start(text, &a->editor, err);
	if (rc) {
		loop_take_back(a->loop);
		return rc;
	}
	a->back = back;
	a->back_of = of;
	loop_watch(a->loop, editor_fd(a->editor), POLLIN, editor_ended, a);
	return GUICHET_OK;
}

static void rest(void *context)
{
	struct app *a = context;
	a->rest_timer = 0;
	ui_rest(a->ui);
	loop_redraw(a->loop);
}

static void on_key(void *context, const struct key *k)
{
	struct app *a = context;
	ui_key(a->ui, k);
	if (a->rest_timer)
		loop_cancel(a->loop, a->rest_timer);
	int rest_ms = ui_rest_ms(a->ui);
	a->rest_timer = rest_ms >= 0 ? loop_at(a->loop, rest_ms, 0, rest, a) : 0;
	/* What a key asked of the server is asked now. */
	if (a->background && ui_asks_server(a->ui))
		background_turn(a);
	watch_view(a);
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

static bool is_unfinished(void *context)
{
	struct app *a = context;
	return ui_is_unfinished(a->ui);
}

static void finish(void *context)
{
	struct app *a = context;
	ui_finish(a->ui);
}

static bool key_waits(void *context)
{
	struct app *a = context;
	return loop_is_asked(a->loop);
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
	struct app a = { .view_fd = -1 };
	struct screen *screen = NULL;
	struct text warning = TEXT_INIT;
	struct screen_options so = { .in_fd = 0, .out_fd = 1, .no_colour = o->no_colour, .escape_ms = o->escape_ms };
	enum guichet_rc rc = screen_open(&so, &screen, &warning, err);
	if (rc)
		goto out;
	struct loop_client client = { &a, on_key, on_draw, on_ending, is_unfinished, finish };
	a.ui = ui_new(s, &o->ui);
	a.loop = loop_new(screen, &client, !o->ui.read_only);
	const struct ui_lender lender = { &a, lend };
	ui_set_lender(a.ui, o->ui.read_only ? NULL : &lender);
	ui_hurry(a.ui, key_waits, &a);
	ui_open_first(a.ui);
	if (o->notice)
		text_addf(&warning, "%s%s", warning.len ? " " : "", o->notice);
	if (warning.len)
		ui_say(a.ui, "%s", text_str(&warning));
	set_timer(&a);
	a.background = o->background;
	if (a.background) {
		ui_set_link(a.ui, &a.background->link);
		a.background->give_way(a.background->context, key_waits, &a);
		/* After the first picture. */
		a.background_timer = loop_at(a.loop, 0, 0, background_tick, &a);
	}
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
