// SPDX-License-Identifier: GPL-3.0-or-later
/* The application: a stack of views, what lies over them, keys to actions. No terminal here: ui_key and ui_draw are all that a terminal needs. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "ui_inside.h"

enum { TICK_MS = 10000, IDLE_MS = 8 /* a key that comes meanwhile waits no longer */, REST_MS = 1000 };

int ui_set_patience(struct ui *ui, int ms)
{
	int before = ui->patience_ms;
	ui->patience_ms = ms;
	store_set_patience(ui->store, ms);
	return before;
}

struct ui *ui_new(struct store *s, const struct ui_options *o)
{
	struct ui *ui = guichet_alloc(sizeof *ui);
	ui->store = s;
	ui->options = *o;
	if (o->keymap)
		ui->keymap = *o->keymap;
	else
		keymap_init(&ui->keymap);
	message_init(&ui->message);
	ui_set_patience(ui, PATIENCE_MS);
	ui->data_version = store_data_version(s);
	memcpy(ui->catalogue, store_catalogue(s)->hash, sizeof ui->catalogue);
	gate_init(ui);
	return ui;
}

void ui_free(struct ui **p)
{
	struct ui *ui = *p;
	if (!ui)
		return;
	*p = NULL;
	while (ui->view_count > 0)
		ui->views[ui->view_count - 1]->ops->close(ui->views[ui->view_count - 1]), ui->view_count--;
	overlay_close(ui);
	stepping_free(ui);
	settle_done(ui);
	call_session_free(&ui->calls);
	files_done(ui);
	message_done(&ui->message);
	command_forget(ui);
	later_done(ui);
	gate_done(ui);
	free(ui);
}

struct store *ui_store(struct ui *ui) { return ui->store; }
const struct actor *ui_actor(struct ui *ui) { return &ui->options.actor; }
const struct privacy_words *ui_privacy(struct ui *ui) { return ui->options.privacy; }
bool ui_read_only(struct ui *ui) { return ui->options.read_only; }
const char *const *ui_call_order(struct ui *ui) { return ui->options.call_order; }
int64_t ui_now(struct ui *ui) { return store_now(ui->store); }
bool ui_quitting(const struct ui *ui) { return ui->quitting; }
struct call_session **ui_calls(struct ui *ui) { return &ui->calls; }

void ui_set_link(struct ui *ui, const struct ui_link *link) { ui->link = link; }
void ui_set_lender(struct ui *ui, const struct ui_lender *lender) { ui->lender = lender; }
const struct ui_link *ui_link(const struct ui *ui) { return ui->link; }

struct view *ui_top(struct ui *ui)
{
	return ui->view_count ? ui->views[ui->view_count - 1] : NULL;
}

/* --- messages --- */

void ui_say(struct ui *ui, const char *format, ...)
{
	struct text t = TEXT_INIT;
	va_list args;
	va_start(args, format);
	text_addv(&t, format, args);
	va_end(args);
	message_say(&ui->message, ui_now(ui), false, text_str(&t));
	text_done(&t);
}

void ui_complain(struct ui *ui, const struct guichet_err *err)
{
	message_say(&ui->message, ui_now(ui), true, err->message);
}

/* --- views --- */

/* An account that only feeds a wall display, or none at all, sees figures and nobody's name. */
static bool may_see(const struct ui *ui, enum view_kind kind)
{
	return kind == VIEW_SLA || kind == VIEW_PROMISES || kind == VIEW_HEAT || kind == VIEW_BULLETINS ||
		(ui->options.actor.roles & (ROLE_AGENT | ROLE_SERVICE | ROLE_SUPERVISOR | ROLE_ADMIN | ROLE_DPO));
}

void ui_unread(struct ui *ui, const struct guichet_err *err)
{
	ui->stale = true;
	ui_complain(ui, err);
}

/* Where the store can't be read the view stays as it is: an empty one would say that there is nothing to do. */
void ui_refresh(struct ui *ui)
{
	struct view *v = ui_top(ui);
	struct guichet_err err = { 0 };
	if (!v || !v->ops->refresh)
		return;
	if (store_readable(ui->store, &err)) {
		ui_unread(ui, &err);
		return;
	}
	ui->stale = false;
	v->ops->refresh(v);
}

void ui_show(struct ui *ui, struct view *v)
{
	size_t i = 0;
	while (i < ui->view_count && ui->views[i] != v)
		i++;
	if (i == ui->view_count)
		return;
	memmove(&ui->views[i], &ui->views[i + 1], (ui->view_count - i - 1) * sizeof *ui->views);
	ui->views[ui->view_count - 1] = v;
	ui_refresh(ui);
}

void ui_open(struct ui *ui, const struct view_ops *ops, const struct view_target *target)
{
	static const struct view_target none = { .channel = -1 };
	struct guichet_err err = { 0 };
	if (!may_see(ui, ops->kind)) {
		ui_say(ui, "%s", _("cet écran montre des données personnelles, que votre rôle ne permet pas de voir"));
		return;
	}
	for (size_t i = 0; !target && i < ui->view_count; i++)
		if (ui->views[i]->ops == ops) {
			ui_show(ui, ui->views[i]);
			return;
		}
	if (ui->view_count == VIEWS_MAX) {
		ui_say(ui, "%s", _("trop d'écrans ouverts : fermez-en (F12)"));
		return;
	}
	/* A call can always be typed. */
	if (ui->view_count && ops->kind != VIEW_CALL && store_readable(ui->store, &err)) {
		ui_complain(ui, &err);
		return;
	}
	struct view *v = ops->open(ui, target ? target : &none, &err);
	if (v)
		ui->views[ui->view_count++] = v;
	else
		ui_complain(ui, &err);
}

/* False when the view stays. */
static bool leave(struct ui *ui)
{
	struct view *v = ui_top(ui);
	if (ui->view_count == 1 && !ui->drafts_settled) {
		ui->quit_past = 0;
		if (!call_may_quit(ui))
			return false;
	}
	if (v->ops->may_leave && !v->ops->may_leave(v))
		return false;
	v->ops->close(v);
	ui->view_count--;
	if (ui->view_count == 0)
		ui->quitting = true;
	else
		ui_refresh(ui);
	return true;
}

void ui_quit(struct ui *ui)
{
	if (!call_may_quit(ui))
		return;
	if (ui->gate.leaving) {
		gate_leave(ui);
		return;
	}
	ui->drafts_settled = true;
	while (ui->view_count > 0 && !ui->quitting && leave(ui))
		;
	ui->drafts_settled = false;
}

/* --- a call that joins the request shown --- */

bool ui_join_call(struct ui *ui, int64_t row_id)
{
	for (size_t i = ui->view_count; i-- > 0;)
		if (ui->views[i]->ops->kind == VIEW_CALL) {
			ui_open(ui, ui->views[i]->ops, NULL);
			ui->joined = row_id;
			ui_act(ui, ACTION_JOIN);
			ui->joined = 0;
			return true;
		}
	return false;
}

int64_t ui_joined(struct ui *ui)
{
	int64_t row = ui->joined;
	ui->joined = 0;
	return row;
}

/* --- actions --- */

static void step_on_selection(struct ui *ui, enum action a)
{
	int64_t ids[STEP_ROWS_MAX];
	struct view *v = ui_top(ui);
	size_t n = v->ops->marked ? v->ops->marked(v, ids, STEP_ROWS_MAX) : 0;
	if (n == 0 && v->ops->selected && (ids[0] = v->ops->selected(v)) != 0)
		n = 1;
	if (n == 0)
		ui_say(ui, "%s", _("aucune demande n'est choisie"));
	else
		ui_step(ui, a, ids, n);
}

/* A wall display sees figures, and nobody's name. */
static bool sees_people(const struct ui *ui)
{
	return (ui->options.actor.roles & (ROLE_AGENT | ROLE_SERVICE | ROLE_SUPERVISOR | ROLE_ADMIN | ROLE_DPO)) != 0;
}

static bool is_figures(enum action a)
{
	return a == ACTION_HELP || a == ACTION_QUIT || a == ACTION_CANCEL || a == ACTION_COMMAND || a == ACTION_LETTER || a == ACTION_SLA || a == ACTION_HEAT || a == ACTION_BY ||
		a == ACTION_LOCK || a == ACTION_SIGN_OUT || a == ACTION_PERIOD || a == ACTION_SERVICE || a == ACTION_REFRESH || a == ACTION_PROMISES || a == ACTION_COMMUNES || a == ACTION_FREEZE;
}

const struct view_ops *action_opens(enum action a)
{
	static const struct { enum action action; const struct view_ops *ops; } screens[] = {
		{ ACTION_CALL, &view_call }, { ACTION_SEARCH, &view_search }, { ACTION_TODO, &view_todo }, { ACTION_QUEUE, &view_queue },
		{ ACTION_DRAFTS, &view_drafts }, { ACTION_BULLETINS, &view_bulletins }, { ACTION_SLA, &view_sla },
		{ ACTION_DEADLINES, &view_deadlines }, { ACTION_HEAT, &view_heat }, { ACTION_PROMISES, &view_promises },
		{ ACTION_COMMUNES, &view_sla }, { ACTION_SYNC, &view_sync }, { ACTION_MAILS, &view_mails }, { ACTION_LETTERS, &view_letters },
	};
	for (size_t i = 0; i < sizeof screens / sizeof *screens; i++)
		if (screens[i].action == a)
			return screens[i].ops;
	return NULL;
}

static void bulletin_on_selection(struct ui *ui)
{
	struct view *v = ui_top(ui);
	struct view_target target = { .channel = -1, .row_id = v->ops->selected ? v->ops->selected(v) : 0 };
	if (target.row_id)
		ui_open(ui, &view_bulletins, &target);
	else
		ui_say(ui, "%s", _("aucune demande n'est choisie"));
}

static bool act_everywhere(struct ui *ui, enum action a)
{
	const struct view_ops *screen = action_opens(a);
	if (screen) {
		ui_open(ui, screen, NULL);
		/* One that was open already begins anew: what is typed replaces what was sought. */
		if ((a == ACTION_SEARCH || a == ACTION_COMMUNES) && ui_top(ui)->ops == screen)
			screen->act(ui_top(ui), a);
		/* The last call is over: the key begins the next one, wherever it is pressed. */
		if (a == ACTION_CALL && ui_top(ui)->ops == screen && !screen->typing(ui_top(ui)))
			screen->act(ui_top(ui), a);
		return true;
	}
	switch (a) {
	case ACTION_HELP:
		keys_help(ui);
		return true;
	case ACTION_LOCK:
		gate_lock(ui);
		return true;
	case ACTION_SIGN_OUT:
		gate_sign_out(ui);
		return true;
	case ACTION_QUIT:
		ui->quit_past = 0;
		ui->gate.leaving = false;
		ui_quit(ui);
		return true;
	case ACTION_CANCEL:
		leave(ui);
		return true;
	case ACTION_COMMAND:
		command_open(ui);
		return true;
	case ACTION_LETTER:
		ui->letter = true;
		return true;
	case ACTION_UNDO:
		ui_undo(ui);
		return true;
	case ACTION_REFRESH:
		ui_refresh(ui);
		return true;
	case ACTION_SETTLE:
		settle_ask(ui, ui_top(ui)->ops->selected ? ui_top(ui)->ops->selected(ui_top(ui)) : 0);
		return true;
	case ACTION_ADD_BULLETIN:
		bulletin_on_selection(ui);
		return true;
	default:
		return false;
	}
}

static void take_result(struct ui *ui, enum view_result r)
{
	if (r == VIEW_RELOAD && ui_top(ui))
		ui_refresh(ui);
	else if (r == VIEW_LEAVE)
		leave(ui);
}

bool ui_may(struct ui *ui, enum action a)
{
	if ((action_info(a)->needs & NEED_WRITE) && ui->options.read_only) {
		ui_say(ui, "%s", _("lecture seule : rien ne s'enregistre"));
		return false;
	}
	if (!sees_people(ui) && !is_figures(a)) {
		ui_say(ui, "%s", _("ce compte ne voit que des chiffres"));
		return false;
	}
	return true;
}

void ui_act(struct ui *ui, enum action a)
{
	struct view *v = ui_top(ui);
	const struct action_info *info = action_info(a);
	if (!v || !(info->where & (1u << v->ops->kind)) || !ui_may(ui, a))
		return;
	enum view_result r = v->ops->act ? v->ops->act(v, a) : VIEW_IGNORED;
	if (r != VIEW_IGNORED)
		take_result(ui, r);
	else if (!act_everywhere(ui, a) && ((info->needs & NEED_SELECTION) || (a == ACTION_CALLBACK && v->ops->selected)))
		step_on_selection(ui, a);
}

/* Letters that come faster than anybody presses keys are text, whatever they would do one by one: they are looked for. */
static void burst(struct ui *ui, const struct key *k)
{
	struct view *v = ui_top(ui);
	static const struct view_target fresh = { .channel = -1, .text = "" };
	if (v->ops->kind != VIEW_SEARCH)
		ui_open(ui, &view_search, &fresh);
	if (ui_top(ui)->ops->kind == VIEW_SEARCH)
		take_result(ui, ui_top(ui)->ops->key(ui_top(ui), k));
}

/* After LETTER: true when the key was the letter. Any other key is what it always is. */
static bool letter_key(struct ui *ui, const struct key *k)
{
	enum action a;
	if (!ui->letter || k->code == KEYCODE_RESIZE)
		return false;
	ui->letter = false;
	if (k->code != KEYCODE_CHAR)
		return k->code == KEYCODE_ESCAPE;
	a = keymap_action(&ui->keymap, ui_top(ui)->ops->kind, k);
	if (a != ACTION_NONE)
		ui_act(ui, a);
	else
		ui_say(ui, "%s", _("cette lettre ne fait rien sur cet écran : F1 montre celles qui servent"));
	return true;
}

static void handle_key(struct ui *ui, const struct key *k)
{
	struct view *v = ui_top(ui);
	if (gate_key(ui, k))
		return;
	ui->key_ms = ui_now(ui);
	message_key(&ui->message, ui->key_ms);
	if (overlay_key(ui, k) || !v || letter_key(ui, k))
		return;
	bool typing = v->ops->typing && v->ops->typing(v);
	if (!typing && k->code == KEYCODE_CHAR && k->burst && k->ch != ' ') {
		burst(ui, k);
		return;
	}
	enum action a = typing && k->code == KEYCODE_CHAR ? ACTION_NONE : keymap_action(&ui->keymap, v->ops->kind, k);
	/* What is typed belongs to the view first, but for the keys that are actions and no text. */
	if (a == ACTION_NONE || (typing && k->code == KEYCODE_CTRL)) {
		enum view_result r = v->ops->key(v, k);
		if (r != VIEW_IGNORED) {
			take_result(ui, r);
			return;
		}
	}
	if (a != ACTION_NONE)
		ui_act(ui, a);
}

void ui_key(struct ui *ui, const struct key *k)
{
	/* Nobody pressed anything: the next picture is all that is due. */
	if (k->code != KEYCODE_RESIZE)
		handle_key(ui, k);
	later_key(ui, k);
}

/* --- drawing and time --- */

void ui_draw(struct ui *ui, struct grid *g)
{
	grid_clear(g, (struct rect){ 0, 0, g->rows, g->cols }, STYLE_NORMAL);
	if (lines_too_small(g))
		return;
	if (gate_draw(ui, g))
		return;
	struct view *v = ui_top(ui);
	later_begin(ui);
	grid_cursor(g, 0, 0);
	/* Here already, so that what a view draws up to it joins it. */
	grid_hline(g, 1, 0, g->cols, STYLE_DIM);
	if (v)
		v->ops->draw(v, g, frame_body(g));
	frame_draw(ui, g);
	overlay_draw(ui, g);
	later_end(ui, g);
}

int ui_next_tick_ms(struct ui *ui)
{
	int64_t left = ui->ticked_ms + TICK_MS - ui_now(ui);
	for (size_t i = 0; i < ui->view_count; i++) {
		const struct view *v = ui->views[i];
		int wait = v->ops->wait_ms ? v->ops->wait_ms(ui->views[i]) : -1;
		left = wait >= 0 && wait < left ? wait : left;
	}
	if (ui->idle_due && left > ui->key_ms + REST_MS - ui_now(ui))
		left = ui->key_ms + REST_MS - ui_now(ui);
	int wait = step_draft_wait_ms(ui);
	left = wait >= 0 && wait < left ? wait : left;
	left = left < ui->unread_until_ms - ui_now(ui) ? ui->unread_until_ms - ui_now(ui) : left;
	return left < 0 ? 0 : left > TICK_MS ? TICK_MS : (int)left;
}

static struct view *watching_view(struct ui *ui)
{
	for (size_t i = 0; i < ui->view_count; i++)
		if (ui->views[i]->ops->watched && ui->views[i]->ops->watched(ui->views[i]) >= 0)
			return ui->views[i];
	return NULL;
}

int ui_watched(struct ui *ui)
{
	struct view *v = watching_view(ui);
	return v ? v->ops->watched(v) : -1;
}

void ui_watched_ready(struct ui *ui)
{
	struct view *v = watching_view(ui);
	if (v)
		v->ops->tick(v);
}

/* Another guichet may have put another one in force; a write of ours has taken it already then. */
static void follow_catalogue(struct ui *ui, bool read)
{
	struct guichet_err err = { 0 };
	if (read && store_follow_catalogue(ui->store, &err))
		ui_complain(ui, &err);
	const struct catalogue *c = store_catalogue(ui->store);
	if (!memcmp(ui->catalogue, c->hash, sizeof ui->catalogue))
		return;
	memcpy(ui->catalogue, c->hash, sizeof ui->catalogue);
	ui_say(ui, "%s", _("un nouveau catalogue est en vigueur : services, motifs et délais sont les siens"));
}

/* Work that can wait waits for a pause between keys: who types would wait for it. */
static void idle(struct ui *ui)
{
	int64_t rested = ui_now(ui) - ui->key_ms;
	ui->idle_due = ui->key_ms && rested >= 0 && rested < REST_MS;
	if (ui->idle_due)
		return;
	store_idle(ui->store, IDLE_MS, NULL);
	call_prepare(ui);
}

void ui_tick(struct ui *ui)
{
	/* Nobody asked for this: keys must not wait for it while another process holds the store. */
	int before = ui_set_patience(ui, TICK_PATIENCE_MS);
	int64_t version = store_data_version(ui->store);
	/* Or what goes on beside the screens has taken the server's. */
	if (version)
		follow_catalogue(ui, version != ui->data_version);
	ui->ticked_ms = ui_now(ui);
	message_expire(&ui->message, ui->ticked_ms);
	if (version)
		idle(ui);
	step_draft_tick(ui);
	gate_tick(ui);
	for (size_t i = 0; i < ui->view_count; i++)
		if (ui->views[i]->ops->tick && (version || ui->views[i]->ops->kind == VIEW_CALL))
			ui->views[i]->ops->tick(ui->views[i]);
	/* Another guichet wrote: live views follow, the selection stays. */
	if (version && (version != ui->data_version || ui->stale)) {
		ui->data_version = version;
		ui_refresh(ui);
	}
	/* What could not be read is not asked for again at once. */
	ui->unread_until_ms = version ? 0 : ui_now(ui) + UNREAD_MS;
	ui_set_patience(ui, before);
}
