// SPDX-License-Identifier: GPL-3.0-or-later
/* À faire: what nobody may forget, the team's and mine, grouped by kind, most urgent first. */
#include <stdlib.h>

#include "guichet/base/i18n.h"
#include "guichet/core/reference.h"
#include "guichet/report/conflicts.h"
#include "guichet/store/correspondence.h"
#include "guichet/store/replica.h"
#include "mails_inside.h"
#include "request_list.h"

enum { FORGOTTEN_MS = 30 * 60 * 1000, KINDS_SHOWN = 5, CROSSED_MAX = 50 };

struct todo_view {
	struct view view;
	struct request_list list;
	int64_t counts[TODO_KIND_COUNT];
	size_t drafts;
	int64_t forgotten, oldest_ms;                  /* drafts begun long ago, by anybody */
	int64_t parked;                                /* operations in souffrance */
	int64_t quarantined;                           /* mails that nobody sorted */
	size_t crossed;                                /* requests linked to each other */
	struct conflict_told *told; size_t told_count; /* conflicts that are the affair of who works here */
};

static bool count_draft(void *context, const struct draft *d)
{
	size_t *count = context;
	(void)d;
	++*count;
	return true;
}

static void count_forgotten(struct view *v)
{
	struct todo_view *t = (struct todo_view *)v;
	t->forgotten = store_count_drafts(ui_store(v->ui), ui_now(v->ui) - FORGOTTEN_MS, &t->oldest_ms);
}

static void refresh(struct view *v)
{
	struct todo_view *t = (struct todo_view *)v;
	struct replica_state state;
	int64_t crossed[CROSSED_MAX];
	bool enrolled = replica_state(ui_store(v->ui), &state, NULL) == GUICHET_OK && state.enrolled;
	t->parked = enrolled ? state.parked : 0;
	t->crossed = enrolled ? replica_crossed_links(ui_store(v->ui), crossed, CROSSED_MAX) : 0;
	t->quarantined = store_count_mail(ui_store(v->ui), MAIL_QUARANTINED);
	store_count_todo(ui_store(v->ui), t->counts);
	conflicts_told_free(t->told, t->told_count);
	t->told = NULL;
	t->told_count = t->counts[TODO_CONFLICT] ? conflicts_told(ui_store(v->ui), ui_actor(v->ui), &t->told) : 0;
	t->drafts = 0;
	store_list_drafts(ui_store(v->ui), count_draft, &t->drafts, NULL);
	count_forgotten(v);
	request_list_refresh(&t->list);
}

static struct view *open_todo(struct ui *ui, const struct view_target *target, struct guichet_err *err)
{
	(void)target;
	(void)err;
	struct todo_view *t = guichet_alloc(sizeof *t);
	t->view = (struct view){ &view_todo, ui };
	request_list_init(&t->list, ui, SHAPE_TODO, _("Rien à faire : aucun rappel, aucun engagement manqué, rien à qualifier.\nn : nouvel appel   B : bannette   / : chercher"));
	refresh(&t->view);
	/* Whatever ended the last session, what was being typed is not forgotten. */
	if (t->drafts && !ui_read_only(ui))
		ui_say(ui, _("saisies inachevées : %zu ; D (Brouillons) les montre et les reprend"), t->drafts);
	return &t->view;
}

static void close_todo(struct view *v)
{
	struct todo_view *t = (struct todo_view *)v;
	request_list_done(&t->list);
	conflicts_told_free(t->told, t->told_count);
	free(t);
}

/* Only what there is: a zero is no news. Where there is too much for a line the least urgent kinds are counted together. */
static void title(struct view *v, struct text *out)
{
	static const struct { enum todo_kind kind; const char *label; } parts[] = {
		{ TODO_DANGER_UNTOLD, N_("DANGER") }, { TODO_CALLBACK, N_("rappels") }, { TODO_PROMISE_MISSED, N_("manqués") },
		{ TODO_PROMISE_TODAY, N_("du jour") }, { TODO_PROMISE_OVERTAKEN, N_("intenables") }, { TODO_UNREAD, N_("à lire") },
		{ TODO_UNDELIVERED, N_("non distribués") }, { TODO_CONFLICT, N_("conflits") }, { TODO_QUALIFY, N_("à qualifier") },
		{ TODO_REFUSED, N_("refus") }, { TODO_NOTICE, N_("à aviser") },
	};
	struct todo_view *t = (struct todo_view *)v;
	int kinds = t->drafts != 0, shown = 0;
	int64_t others = 0;
	for (int k = 0; k < TODO_KIND_COUNT; k++)
		kinds += t->counts[k] != 0;
	text_add(out, _("À faire"));
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		int64_t count = t->counts[parts[i].kind];
		if (count && (kinds <= KINDS_SHOWN || shown < KINDS_SHOWN - 1 - (t->drafts != 0)))
			text_addf(out, "  %s %lld", _(parts[i].label), (long long)count), shown++;
		else
			others += count;
	}
	if (others)
		text_addf(out, _("  autres %lld"), (long long)others);
	if (t->drafts)
		text_addf(out, _("  brouillons %zu"), t->drafts);
}

/* What somebody else wrote over one's own, before what is the team's. */
static int draw_told(const struct todo_view *t, struct grid *g, struct rect r)
{
	char shown[REFERENCE_SHOWN];
	struct text line = TEXT_INIT;
	reference_show(t->told[0].reference, shown);
	text_addf(&line, _("!! À vous : %s, %s"), shown, t->told[0].words);
	if (t->told_count > 1)
		text_addf(&line, _(" (et %zu autres : Y)"), t->told_count - 1);
	else
		text_add(&line, _(" (R règle)"));
	int rows = grid_paragraph(g, (struct rect){ r.row, r.col + 1, 3, r.cols - 2 }, text_str(&line), STYLE_LATE);
	text_done(&line);
	return rows > 3 ? 3 : rows;
}

static void draw(struct view *v, struct grid *g, struct rect r)
{
	struct todo_view *t = (struct todo_view *)v;
	struct text line = TEXT_INIT;
	/* A forgotten draft is a lost request: it stands above all else, for the whole team. */
	if (t->forgotten > 0 && r.rows > 4) {
		text_addf(&line, t->forgotten > 1 ? _("!! %lld saisies oubliées depuis plus de 30 minutes (D), la plus ancienne : ") : _("!! %lld saisie oubliée depuis plus de 30 minutes (D) : "),
			(long long)t->forgotten);
		instant_show_short(&line, t->oldest_ms);
		grid_text(g, r.row, r.col + 1, r.cols - 2, text_str(&line), STYLE_LATE, false);
		r.row++;
		r.rows--;
	}
	if (t->crossed > 0 && r.rows > 4) {
		text_clear(&line);
		text_addf(&line, _("!! %zu demandes rattachées l'une à l'autre : Y (Synchro) les démêle"), t->crossed);
		grid_text(g, r.row, r.col + 1, r.cols - 2, text_str(&line), STYLE_LATE, false);
		r.row++;
		r.rows--;
	}
	if (t->parked > 0 && r.rows > 4) {
		text_clear(&line);
		text_addf(&line, t->parked > 1 ? _("!! %lld étapes en souffrance : le serveur ne les a pas appliquées (Y, Synchro, dit pourquoi)")
			: _("!! %lld étape en souffrance : le serveur ne l'a pas appliquée (Y, Synchro, dit pourquoi)"), (long long)t->parked);
		grid_text(g, r.row, r.col + 1, r.cols - 2, text_str(&line), STYLE_LATE, false);
		r.row++;
		r.rows--;
	}
	mails_draw_waiting(g, &r, t->quarantined);
	if (t->told_count > 0 && r.rows > 8) {
		int rows = draw_told(t, g, r);
		r.row += rows;
		r.rows -= rows;
	}
	text_done(&line);
	request_list_draw(&t->list, g, r, true);
}

static enum view_result key(struct view *v, const struct key *k)
{
	return list_key(&((struct todo_view *)v)->list.list, k) ? VIEW_DONE : VIEW_IGNORED;
}

static enum view_result act(struct view *v, enum action a)
{
	return request_list_act(&((struct todo_view *)v)->list, a);
}

static bool can(struct view *v, enum action a)
{
	return request_list_can(&((struct todo_view *)v)->list, a);
}

static int64_t selected(struct view *v)
{
	return request_list_selected(&((struct todo_view *)v)->list);
}

static size_t marked(struct view *v, int64_t *ids, size_t max)
{
	return request_list_marked(&((struct todo_view *)v)->list, ids, max);
}

const struct view_ops view_todo = { .kind = VIEW_TODO, .open = open_todo, .close = close_todo, .title = title, .refresh = refresh, .draw = draw, .key = key, .act = act,
	.can = can, .selected = selected, .marked = marked, .tick = count_forgotten };
