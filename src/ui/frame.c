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
	const char *right = store_is_exercise(ui->store) ? _("EXERCICE") : store_catalogue(ui->store)->name;
	if (v)
		v->ops->title(v, &title);
	/* What there is to do is said before whose it is. */
	if (!store_is_exercise(ui->store) && grid_width(g, text_str(&title)) + grid_width(g, right) + 4 > g->cols)
		right = "";
	lines_title(g, 0, text_str(&title), right);
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

struct hints { struct key_hint list[ACTION_COUNT + 1]; struct text names[ACTION_COUNT + 1]; size_t count; };

static void add_hint(struct hints *h, const struct key *k, const char *label, int rank)
{
	h->names[h->count] = (struct text)TEXT_INIT;
	key_describe(&h->names[h->count], k);
	h->list[h->count] = (struct key_hint){ text_str(&h->names[h->count]), label, rank };
	h->count++;
}

/* The first of its keys that is a letter, or that is none. */
static bool key_of_sort(struct ui *ui, enum action a, bool letter, struct key *out)
{
	for (size_t n = 0; keymap_key(&ui->keymap, a, n, out); n++)
		if ((out->code == KEYCODE_CHAR) == letter)
			return true;
	return false;
}

/* After LETTER: what each letter would do. */
static void letter_hints(struct ui *ui, struct view *v, struct hints *h)
{
	struct key k;
	for (int a = 0; a < ACTION_COUNT; a++) {
		const struct action_info *info = action_info((enum action)a);
		if (*info->label && a != ACTION_HELP && works_here(ui, v, (enum action)a) && key_of_sort(ui, (enum action)a, true, &k))
			/* What has no other key first. */
			add_hint(h, &k, _(info->label), 10 - info->rank);
	}
}

static void action_hints(struct ui *ui, struct view *v, bool typing, struct hints *h)
{
	struct key k;
	for (int a = 0; a < ACTION_COUNT; a++) {
		const struct action_info *info = action_info((enum action)a);
		bool is_here = action_opens((enum action)a) == v->ops && a != ACTION_CALL && a != ACTION_SEARCH;
		if (!*info->label || !info->rank || is_here || !works_here(ui, v, (enum action)a))
			continue;
		/* Where a letter is text it is no key. */
		if (typing ? key_of_sort(ui, (enum action)a, false, &k) : (a != ACTION_LETTER && keymap_key(&ui->keymap, (enum action)a, 0, &k)))
			add_hint(h, &k, _(info->label), info->rank);
	}
}

/* What lies over a screen takes every key: only its own work. */
static void overlay_hints(struct ui *ui, struct hints *h)
{
	static const struct key enter = { .code = KEYCODE_ENTER }, escape = { .code = KEYCODE_ESCAPE }, tab = { .code = KEYCODE_TAB }, up = { .code = KEYCODE_UP },
		down = { .code = KEYCODE_DOWN };
	struct key k;
	switch (ui->overlay.kind) {
	case OVERLAY_CONFIRM:
	case OVERLAY_NONE:
		/* The letters stand beside the question. */
		break;
	case OVERLAY_TEXT:
		add_hint(h, &down, _("Suite"), 2);
		add_hint(h, &escape, _("Fermer"), 1);
		return;
	case OVERLAY_WRITE:
		if (keymap_key(&ui->keymap, ACTION_VALIDATE, 0, &k))
			add_hint(h, &k, _("Valider"), 1);
		if (steps_have_words(ui) && keymap_key(&ui->keymap, ACTION_LIST_VALUES, 0, &k))
			add_hint(h, &k, _("Textes types"), 2);
		if (ui->lender && keymap_key(&ui->keymap, ACTION_EDITOR, 0, &k))
			add_hint(h, &k, _("Éditeur"), 3);
		break;
	case OVERLAY_CHOOSE:
		add_hint(h, &down, _("Suivant"), 2);
		add_hint(h, &enter, _("Choisir"), 1);
		break;
	case OVERLAY_COMMAND:
		add_hint(h, &tab, _("Compléter"), 1);
		add_hint(h, &up, _("Précédente"), 2);
		add_hint(h, &enter, _("Faire"), 1);
		break;
	case OVERLAY_ASK:
		add_hint(h, &enter, _("Valider"), 1);
		break;
	}
	add_hint(h, &escape, _("Abandonner"), 1);
}

/* Only the keys that work here, the most useful ones where there is no room for all. */
static void draw_keys(struct ui *ui, struct grid *g)
{
	struct view *v = ui_top(ui);
	struct hints h = { .count = 0 };
	struct text name = TEXT_INIT;
	struct key k;
	bool typing = v && v->ops->typing && v->ops->typing(v);
	if (ui->overlay.kind != OVERLAY_NONE)
		overlay_hints(ui, &h);
	else if (v && ui->letter)
		letter_hints(ui, v, &h);
	else if (v)
		action_hints(ui, v, typing, &h);
	if (v && ui->overlay.kind == OVERLAY_NONE && (key_of_sort(ui, ACTION_HELP, !typing && !ui->letter, &k) || keymap_key(&ui->keymap, ACTION_HELP, 0, &k)))
		key_describe(&name, &k);
	lines_keys(g, g->rows - 2, h.list, h.count, text_str(&name));
	ui_draw_later(ui, (struct rect){ g->rows - 2, 0, 1, g->cols });
	for (size_t i = 0; i < h.count; i++)
		text_done(&h.names[i]);
	text_done(&name);
}

void ui_set_connection(struct ui *ui, enum connection c)
{
	if (ui->connection != c)
		ui->replica_ms = 0;
	ui->connection = c;
}

enum { REPLICA_FRESH_MS = 1000 };

/* What waits to be sent is always said, and nothing unsent is shown as sent. */
static void connection_words(struct ui *ui, bool briefly, struct text *out)
{
	static const char *const words[] = { N_("enrôlé"), N_("HORS LIGNE"), N_("en ligne"), N_("SERVEUR : REFUS") };
	struct text when = TEXT_INIT;
	const struct replica_state *r = &ui->replica;
	int64_t now = ui_now(ui);
	int64_t changes = store_changes(ui->store);
	if (!ui->replica_ms || now < ui->replica_ms || now - ui->replica_ms >= REPLICA_FRESH_MS || changes != ui->replica_changes) {
		/* A store that another holds neither makes each picture wait nor an enrolled desk look alone. */
		int before = ui_set_patience(ui, TICK_PATIENCE_MS);
		if (store_readable(ui->store, NULL) == GUICHET_OK)
			replica_state(ui->store, &ui->replica, NULL);
		ui->replica_ms = now;
		ui->replica_changes = changes;
		ui_set_patience(ui, before);
	}
	if (!r->enrolled) {
		text_add(out, briefly ? _("poste seul") : _("poste seul : tout est enregistré ici"));
		return;
	}
	text_add(out, _(words[ui->connection]));
	text_addf(out, _("  %lld à envoyer"), (long long)r->pending);
	if (r->resync)
		text_add(out, briefly ? _("  historique…") : _("  réception de l'historique"));
	if (r->parked > 0)
		text_addf(out, _("  %lld en souffrance"), (long long)r->parked);
	if (!briefly && r->last_sync_ms != NO_INSTANT) {
		instant_show_short(&when, r->last_sync_ms);
		text_addf(out, _("  synchro %s"), text_str(&when));
	}
	text_done(&when);
}

void frame_status(struct ui *ui, struct grid *g)
{
	struct text clock = TEXT_INIT, connection = TEXT_INIT;
	const char *role = "";
	for (unsigned r = 1; r <= ROLE_MAILER && !*role; r <<= 1)
		if (ui->options.actor.roles & r)
			role = role_label((enum role)r);
	if (ui->options.read_only)
		text_add(&connection, _("lecture seule"));
	else
		connection_words(ui, false, &connection);
	const char *parts[] = { ui->options.actor.name, role, text_str(&connection) };
	instant_show_short(&clock, ui_now(ui));
	/* How it is connected is said before all else, in fewer words if need be. */
	if (!ui->options.read_only && grid_width(g, parts[0]) + grid_width(g, role) + grid_width(g, parts[2]) + grid_width(g, text_str(&clock)) + 7 > g->cols) {
		text_clear(&connection);
		connection_words(ui, true, &connection);
		parts[2] = text_str(&connection);
	}
	if (grid_width(g, parts[0]) + grid_width(g, role) + grid_width(g, parts[2]) + grid_width(g, text_str(&clock)) + 7 > g->cols)
		parts[1] = "";
	lines_status(g, g->rows - 1, parts, sizeof parts / sizeof *parts, text_str(&clock));
	text_done(&clock);
	text_done(&connection);
}

void frame_draw(struct ui *ui, struct grid *g)
{
	draw_title(ui, g);
	message_draw(&ui->message, g, g->rows - 3);
	draw_keys(ui, g);
	frame_status(ui, g);
}
