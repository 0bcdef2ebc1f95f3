// SPDX-License-Identifier: GPL-3.0-or-later
/* Where one signs in on a desk that follows a server: at the start, after a while without a key, and when another agent takes the place. It lies over everything:
 * nothing of a citizen's shows behind it, what was being typed stays where it was, and is given up as a draft of its author's only when somebody else signs in.
 * A password is asked about without anybody waiting; it is wiped once that was answered. Must not know HTTP.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "call_inside.h"
#include "guichet/base/i18n.h"
#include "ui_inside.h"

enum { BOX_ROWS = 9, BOX_COLS = 66, LABEL_COLS = 14, LOGIN_BYTES = OP_ACTOR_MAX - 1 };

static bool is_used(const struct ui *ui)
{
	return ui->options.server != NULL;
}

static bool is_required(struct ui *ui)
{
	struct desk_policy policy;
	agents_policy(ui->store, &policy);
	return !policy.system_users;
}

/* --- who works here --- */

static void set_agent(struct ui *ui, const struct agent *a)
{
	struct gate *g = &ui->gate;
	agent_done(&g->agent);
	g->agent = (struct agent){ guichet_strdup(a->login), guichet_strdup(a->name), guichet_strdup(a->roles), guichet_strdup(a->services) };
	agent_actor(&g->agent, &g->place, &ui->options.actor);
}

static void set_nobody(struct ui *ui)
{
	agent_done(&ui->gate.agent);
	ui->options.actor = ui->gate.system;
}

static void forget_secret(struct ui *ui)
{
	sodium_memzero(ui->gate.secret, AGENT_PASSWORD_MAX + 1);
	ui->gate.length = 0;
}

static void shut(struct ui *ui, const char *login)
{
	struct gate *g = &ui->gate;
	g->closed = true;
	forget_secret(ui);
	/* The last picture was of somebody's work. */
	later_done(ui);
	field_set(&g->login, login ? login : "");
	g->focus = login && *login ? GATE_SECRET : GATE_LOGIN;
	text_clear(&g->why);
}

void gate_init(struct ui *ui)
{
	static const struct actor nobody = { .login = "", .name = "" };
	struct gate *g = &ui->gate;
	struct agent last;
	field_init(&g->login, LOGIN_BYTES, false);
	g->secret = guichet_alloc(AGENT_PASSWORD_MAX + 1);
	g->used_ms = ui_now(ui);
	g->system = ui->options.agent ? nobody : ui->options.actor;
	if (!is_used(ui))
		return;
	if (ui->options.agent) {
		set_agent(ui, ui->options.agent);
	} else if (is_required(ui)) {
		agents_session(ui->store, &last);
		set_nobody(ui);
		shut(ui, last.login);
		agent_done(&last);
	}
}

void gate_done(struct ui *ui)
{
	struct gate *g = &ui->gate;
	forget_secret(ui);
	free(g->secret);
	field_done(&g->login);
	text_done(&g->why);
	agent_done(&g->agent);
	agent_place_done(&g->place);
}

void ui_open_first(struct ui *ui)
{
	unsigned roles = ui->options.actor.roles;
	if (!ui->gate.closed)
		ui_open(ui, roles & (ROLE_AGENT | ROLE_SUPERVISOR) ? &view_todo : roles & ROLE_SERVICE ? &view_queue : &view_sla, NULL);
}

/* --- closing --- */

static void close_for_idleness(struct ui *ui)
{
	ui_keep(ui);
	agents_lock(ui->store, NULL);
	shut(ui, ui->gate.agent.login);
}

void gate_lock(struct ui *ui)
{
	if (!is_used(ui)) {
		ui_say(ui, "%s", _("poste seul : personne ne s'y identifie, c'est le système qui verrouille"));
		return;
	}
	if (ui->gate.agent.login)
		close_for_idleness(ui);
	else
		shut(ui, "");
}

static bool is_idle(struct ui *ui)
{
	struct desk_policy policy;
	int64_t idle = ui_now(ui) - ui->gate.used_ms;
	if (!ui->gate.agent.login || ui->gate.closed)
		return false;
	agents_policy(ui->store, &policy);
	return policy.lock_minutes > 0 && idle >= (int64_t)policy.lock_minutes * 60000;
}

/* Everything of whoever was here goes from the screens; what was typed is a draft of his. False: it could not be kept, and stays. */
static bool clear_desk(struct ui *ui)
{
	bool kept = step_draft_keep(ui);
	for (size_t i = 0; i < ui->view_count; i++)
		if (ui->views[i]->ops == &view_call)
			kept = call_keep((struct call_view *)ui->views[i]) && kept;
	if (!kept)
		return false;
	overlay_close(ui);
	stepping_free(ui);
	while (ui->view_count > 0) {
		struct view *v = ui->views[--ui->view_count];
		v->ops->close(v);
	}
	call_session_free(&ui->calls);
	files_done(ui);
	command_forget(ui);
	message_done(&ui->message);
	message_init(&ui->message);
	ui->undo_count = 0;
	ui->joined = 0;
	ui->letter = false;
	return true;
}

void gate_sign_out(struct ui *ui)
{
	if (!ui->gate.agent.login) {
		ui_say(ui, "%s", _("personne ne s'est identifié ici : L (verrouiller) change d'agent"));
		return;
	}
	ui->quit_past = 0;
	ui->gate.leaving = true;
	ui_quit(ui);
}

void gate_leave(struct ui *ui)
{
	struct guichet_err err = { 0 };
	ui->gate.leaving = false;
	if (!clear_desk(ui)) {
		ui_say(ui, "%s", _("un brouillon n'a pas pu être gardé : la session reste ouverte"));
		return;
	}
	if (agents_leave(ui->store, &err))
		ui_complain(ui, &err);
	set_nobody(ui);
	if (is_required(ui))
		shut(ui, "");
	else
		ui_open_first(ui);
}

/* --- opening --- */

static void refuse(struct ui *ui, const char *why)
{
	text_clear(&ui->gate.why);
	text_add(&ui->gate.why, why);
}

static void let_in(struct ui *ui, const struct agent *who)
{
	struct gate *g = &ui->gate;
	bool same = g->agent.login && !strcmp(g->agent.login, who->login);
	if (!same && !clear_desk(ui)) {
		refuse(ui, _("un brouillon de l'agent précédent n'a pas pu être gardé : la place ne change pas"));
		return;
	}
	set_agent(ui, who);
	g->closed = false;
	g->used_ms = ui_now(ui);
	text_clear(&g->why);
	if (same)
		ui_refresh(ui);
	else
		ui_open_first(ui);
	ui_say(ui, _("Bonjour %s"), ui->options.actor.name);
}

static bool take_answer(struct ui *ui)
{
	struct agent who;
	struct guichet_err err = { 0 };
	enum gate_end end = ui->options.server->end(ui->options.server->context, &who, &err);
	if (end == GATE_BUSY)
		return false;
	ui->gate.busy = false;
	if (end == GATE_OPEN)
		let_in(ui, &who);
	else
		refuse(ui, err.message);
	agent_done(&who);
	return true;
}

static void ask(struct ui *ui)
{
	struct gate *g = &ui->gate;
	if (field_is_empty(&g->login)) {
		g->focus = GATE_LOGIN;
		return;
	}
	if (g->length == 0 || g->busy)
		return;
	text_clear(&g->why);
	g->busy = true;
	ui->options.server->start(ui->options.server->context, field_text(&g->login), g->secret);
	forget_secret(ui);
	take_answer(ui);
}

bool ui_asks_server(const struct ui *ui)
{
	return ui->gate.busy || ui->gate.fetching || look_is_busy(ui);
}

bool gate_fetch(struct ui *ui, const char *sha256)
{
	if (!is_used(ui) || !ui->options.server->fetch)
		return false;
	ui->options.server->fetch(ui->options.server->context, sha256);
	ui->gate.fetching = true;
	return true;
}

bool ui_server_turn(struct ui *ui)
{
	struct guichet_err err = { 0 };
	bool changed = ui->gate.busy && take_answer(ui);
	changed = look_turn(ui) || changed;
	if (!ui->gate.fetching || !ui->options.server->fetched(ui->options.server->context, &err))
		return changed;
	ui->gate.fetching = false;
	if (err.code)
		ui_complain(ui, &err);
	else
		ui_say(ui, "%s", _("la pièce est arrivée : P l'ouvre"));
	return true;
}

void gate_tick(struct ui *ui)
{
	struct gate *g = &ui->gate;
	struct agent who;
	if (!g->agent.login || g->closed)
		return;
	if (is_idle(ui)) {
		close_for_idleness(ui);
		return;
	}
	if (g->used)
		agents_used(ui->store);
	g->used = false;
	/* Locked by a command, another agent's by now, or ended by the server. A store that can't be read just now says nothing. */
	if (store_readable(ui->store, NULL) != GUICHET_OK)
		return;
	enum desk_session now = agents_session(ui->store, &who);
	if (now != DESK_OPEN || strcmp(who.login, g->agent.login) != 0) {
		ui_keep(ui);
		shut(ui, g->agent.login);
		refuse(ui, now == DESK_LOCKED ? _("session verrouillée, ou fermée par le serveur : identifiez-vous") : _("un autre agent s'est identifié sur ce poste"));
	}
	agent_done(&who);
}

/* --- keys --- */

static void add_secret(struct gate *g, const char *bytes, size_t count)
{
	while (count > 0 && (bytes[count - 1] == '\n' || bytes[count - 1] == '\r'))
		count--;
	for (size_t i = 0; i < count; i++)
		if ((unsigned char)bytes[i] < 0x20 || bytes[i] == 0x7f)
			return;
	if (g->length + count > AGENT_PASSWORD_MAX)
		return;
	memcpy(g->secret + g->length, bytes, count);
	g->length += count;
}

static void secret_key(struct ui *ui, const struct key *k)
{
	struct gate *g = &ui->gate;
	char one[8];
	if (k->code == KEYCODE_CHAR && k->ch >= ' ') {
		add_secret(g, one, (size_t)utf8proc_encode_char((utf8proc_int32_t)k->ch, (utf8proc_uint8_t *)one));
	} else if (k->code == KEYCODE_PASTE) {
		add_secret(g, k->paste, k->paste_bytes);
	} else if (k->code == KEYCODE_BACKSPACE && g->length > 0) {
		do
			g->length--;
		while (g->length > 0 && ((unsigned char)g->secret[g->length] & 0xc0) == 0x80);
		sodium_memzero(g->secret + g->length, AGENT_PASSWORD_MAX + 1 - g->length);
	} else if (k->code == KEYCODE_CTRL && k->ch == 'u') {
		forget_secret(ui);
	}
}

static void gate_typed(struct ui *ui, const struct key *k)
{
	struct gate *g = &ui->gate;
	bool leaves = k->code == KEYCODE_ESCAPE || k->code == KEYCODE_F12;
	if (keymap_has(&ui->keymap, ACTION_QUIT, k)) {
		/* What was typed has been kept as it was closed. */
		ui->quitting = true;
	} else if (leaves && !g->agent.login && ui->view_count > 0) {
		/* Whom the system knows has only looked. */
		g->closed = g->busy = false;
		forget_secret(ui);
	} else if (leaves) {
		forget_secret(ui);
	} else if (g->busy) {
		/* Keys wait for nobody: what comes before the answer is no password. */
	} else if (k->code == KEYCODE_ENTER && g->focus == GATE_SECRET) {
		ask(ui);
	} else if (k->code == KEYCODE_ENTER || k->code == KEYCODE_TAB || k->code == KEYCODE_BACKTAB || k->code == KEYCODE_UP || k->code == KEYCODE_DOWN) {
		g->focus = g->focus == GATE_LOGIN ? GATE_SECRET : GATE_LOGIN;
	} else if (g->focus == GATE_LOGIN) {
		field_key(&g->login, k);
	} else {
		secret_key(ui, k);
	}
}

bool gate_key(struct ui *ui, const struct key *k)
{
	struct gate *g = &ui->gate;
	if (!is_used(ui))
		return false;
	/* The key that comes after a long while is nobody's yet. */
	if (is_idle(ui)) {
		close_for_idleness(ui);
		return true;
	}
	g->used_ms = ui_now(ui);
	g->used = true;
	if (!g->closed)
		return false;
	gate_typed(ui, k);
	return true;
}

/* --- drawing --- */

static void draw_secret(const struct ui *ui, struct grid *g, int row, int col, int cols)
{
	struct text marks = TEXT_INIT;
	int n = 0;
	for (size_t i = 0; i < ui->gate.length; i++)
		n += ((unsigned char)ui->gate.secret[i] & 0xc0) != 0x80;
	for (int i = 0; i < n && i < cols - 1; i++)
		text_add(&marks, g->ascii ? "*" : "•");
	bool focus = ui->gate.focus == GATE_SECRET;
	grid_text(g, row, col, cols, text_str(&marks), focus ? STYLE_FIELD_FOCUS : STYLE_FIELD, true);
	if (focus)
		grid_cursor(g, row, col + (n < cols - 1 ? n : cols - 1));
	text_done(&marks);
}

static void draw_keys(struct ui *ui, struct grid *g)
{
	static const struct key enter = { .code = KEYCODE_ENTER }, tab = { .code = KEYCODE_TAB }, escape = { .code = KEYCODE_ESCAPE };
	struct key quit;
	struct text names[4] = { TEXT_INIT, TEXT_INIT, TEXT_INIT, TEXT_INIT };
	struct key_hint hints[4];
	size_t n = 0;
	key_describe(&names[n], &enter);
	hints[n] = (struct key_hint){ text_str(&names[n]), _("Ouvrir"), 1 };
	key_describe(&names[++n], &tab);
	hints[n] = (struct key_hint){ text_str(&names[n]), _("Autre champ"), 2 };
	if (!ui->gate.agent.login && ui->view_count > 0) {
		key_describe(&names[++n], &escape);
		hints[n] = (struct key_hint){ text_str(&names[n]), _("Abandonner"), 2 };
	}
	if (keymap_key(&ui->keymap, ACTION_QUIT, 0, &quit)) {
		key_describe(&names[++n], &quit);
		hints[n] = (struct key_hint){ text_str(&names[n]), _("Quitter"), 3 };
	}
	lines_keys(g, g->rows - 2, hints, n + 1, "");
	for (size_t i = 0; i < 4; i++)
		text_done(&names[i]);
}

static void draw_words(struct ui *ui, struct grid *g, struct rect in)
{
	const struct gate *gate = &ui->gate;
	struct text who = TEXT_INIT;
	if (gate->agent.login)
		text_addf(&who, _("%s (%s) travaille ici."), ui->options.actor.name, gate->agent.login);
	else
		text_add(&who, _("Qui travaille ici ?"));
	grid_text(g, in.row, in.col, in.cols, text_str(&who), STYLE_BOLD, false);
	text_done(&who);
	if (gate->busy)
		grid_text(g, in.row + 5, in.col, in.cols, _("vérification…"), STYLE_NORMAL, false);
	else if (gate->why.len)
		grid_paragraph(g, (struct rect){ in.row + 5, in.col, 2, in.cols }, text_str(&gate->why), STYLE_ERROR);
	else if (gate->agent.login)
		grid_paragraph(g, (struct rect){ in.row + 5, in.col, 2, in.cols },
			_("Un autre agent s'identifie ici aussi : ce qui est en cours reste en brouillon, au nom de qui l'a commencé."), STYLE_DIM);
}

bool gate_draw(struct ui *ui, struct grid *g)
{
	struct gate *gate = &ui->gate;
	if (!gate->closed)
		return false;
	lines_title(g, 0, gate->agent.login ? _("Poste verrouillé") : _("Identification"), store_is_exercise(ui->store) ? _("EXERCICE") : store_catalogue(ui->store)->name);
	grid_hline(g, 1, 0, g->cols, STYLE_DIM);
	struct rect in = grid_frame(g, lines_box((struct rect){ 2, 1, g->rows - 5, g->cols - 2 }, BOX_ROWS, BOX_COLS), NULL, STYLE_TITLE);
	in.col++;
	in.cols -= 2;
	draw_words(ui, g, in);
	grid_text(g, in.row + 2, in.col, LABEL_COLS, _("Identifiant"), STYLE_LABEL, false);
	grid_text(g, in.row + 3, in.col, LABEL_COLS, _("Mot de passe"), STYLE_LABEL, false);
	draw_secret(ui, g, in.row + 3, in.col + LABEL_COLS, in.cols - LABEL_COLS);
	field_draw(&gate->login, g, (struct rect){ in.row + 2, in.col + LABEL_COLS, 1, in.cols - LABEL_COLS }, gate->focus == GATE_LOGIN);
	draw_keys(ui, g);
	frame_status(ui, g);
	return true;
}
