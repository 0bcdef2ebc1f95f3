// SPDX-License-Identifier: GPL-3.0-or-later
/* The Consignes screen: what every desk must know and say, put up and taken down. Must not know how calls join an incident. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/core/reference.h"
#include "guichet/ui/view.h"
#include "short_list.h"

enum { UNTIL_COLS = 16, AREA_COLS = 20, DETAIL_ROWS = 9, LABEL_COLS = 11, USUAL_HOURS = 8 };

enum asked { ASKED_TEXT, ASKED_SAY, ASKED_AREA, ASKED_UNTIL, ASKED_REQUEST, ASKED_COUNT };

struct bulletin_row { int64_t id, request, reference, from_ms, until_ms; struct op_id op; char *text, *say, *area, *actor; };

struct bulletins_view {
	struct view view;
	struct short_list bulletins;
	char *answers[ASKED_COUNT]; int next;          /* a new one whose questions are being asked */
	struct op_id ending;
};

/* --- reading --- */

static void drop_row(void *row)
{
	struct bulletin_row *b = row;
	free(b->text);
	free(b->say);
	free(b->area);
	free(b->actor);
}

static bool add_bulletin(void *context, const struct bulletin *b)
{
	*(struct bulletin_row *)short_list_add(context) = (struct bulletin_row){ b->id, b->request, 0, b->from_ms, b->until_ms, b->op, guichet_strdup(b->text),
		guichet_strdup(b->say), guichet_strdup(b->area), guichet_strdup(b->actor) };
	return true;
}

static bool take_reference(void *context, const struct request_row *row)
{
	*(int64_t *)context = row->reference;
	return false;
}

static void read_bulletins(void *view)
{
	struct bulletins_view *v = view;
	struct guichet_err err = { 0 };
	if (store_list_bulletins(ui_store(v->view.ui), false, add_bulletin, &v->bulletins, &err))
		ui_complain(v->view.ui, &err);
	for (size_t i = 0; i < v->bulletins.count; i++) {
		struct bulletin_row *b = short_list_at(&v->bulletins, i);
		if (b->request)
			store_row(ui_store(v->view.ui), b->request, take_reference, &b->reference, NULL);
	}
}

/* --- drawing --- */

static void until(struct text *out, const struct bulletin_row *b)
{
	if (b->until_ms == NO_INSTANT)
		text_add(out, _("sans fin"));
	else
		instant_show_short(out, b->until_ms);
}

static void draw_row(void *context, const void *row, const struct list_cell *cell)
{
	const struct bulletin_row *b = row;
	struct text when = TEXT_INIT;
	int at = cell->col, end = cell->col + cell->width;
	(void)context;
	until(&when, b);
	grid_text(cell->grid, cell->row, at, UNTIL_COLS, text_str(&when), STYLE_NORMAL, false);
	at += UNTIL_COLS + 2;
	if (cell->width >= 100) {
		grid_text(cell->grid, cell->row, at, AREA_COLS, b->area, STYLE_NORMAL, false);
		at += AREA_COLS + 2;
	}
	grid_text(cell->grid, cell->row, at, end - at, b->text, STYLE_BOLD, false);
	text_done(&when);
}

static int detail_line(struct grid *g, struct rect r, int row, const char *label, const char *text, int most)
{
	if (!text || !*text || row >= r.rows)
		return row;
	grid_text(g, r.row + row, r.col, LABEL_COLS, label, STYLE_LABEL, false);
	most = r.rows - row < most ? r.rows - row : most;
	return row + grid_paragraph(g, (struct rect){ r.row + row, r.col + LABEL_COLS, most, r.cols - LABEL_COLS }, text, STYLE_NORMAL);
}

static void draw_detail(struct grid *g, struct rect r, const void *row_told)
{
	const struct bulletin_row *b = row_told;
	struct text put_up = TEXT_INIT, number = TEXT_INIT;
	char shown[REFERENCE_SHOWN];
	if (!b)
		return;
	text_addf(&put_up, "%s, ", b->actor);
	instant_show_short(&put_up, b->from_ms);
	if (b->reference) {
		reference_show(b->reference, shown);
		text_addf(&number, _("%s : F6 y joint les appels ; Entrée l'ouvre"), shown);
	}
	int row = detail_line(g, r, 0, _("Consigne"), b->text, 3);
	row = detail_line(g, r, row, _("À dire"), b->say, 2);
	row = detail_line(g, r, row, _("Secteur"), b->area, 1);
	row = detail_line(g, r, row, _("Demande"), text_str(&number), 1);
	detail_line(g, r, row, _("Posée par"), text_str(&put_up), 1);
	text_done(&put_up);
	text_done(&number);
}

static void draw_bulletins(struct view *view, struct grid *g, struct rect r)
{
	struct bulletins_view *v = (struct bulletins_view *)view;
	int at = r.col + 1;
	grid_text(g, r.row, at, UNTIL_COLS, _("Jusqu'à"), STYLE_LABEL, false);
	at += UNTIL_COLS + 2;
	if (r.cols - 2 >= 100) {
		grid_text(g, r.row, at, AREA_COLS, _("Secteur"), STYLE_LABEL, false);
		at += AREA_COLS + 2;
	}
	grid_text(g, r.row, at, r.cols - at, _("Consigne"), STYLE_LABEL, false);
	short_list_draw(&v->bulletins, g, r);
}

/* --- operations --- */

static void refresh_bulletins(struct view *view)
{
	short_list_refresh(&((struct bulletins_view *)view)->bulletins);
}

static void forget_answers(struct bulletins_view *v)
{
	for (int i = 0; i < ASKED_COUNT; i++) {
		free(v->answers[i]);
		v->answers[i] = NULL;
	}
	v->next = 0;
}

static void close_bulletins(struct view *view)
{
	struct bulletins_view *v = (struct bulletins_view *)view;
	forget_answers(v);
	short_list_done(&v->bulletins);
	free(v);
}

static void title_bulletins(struct view *view, struct text *out)
{
	const struct bulletins_view *v = (const struct bulletins_view *)view;
	text_add(out, _("Consignes et alertes"));
	if (v->bulletins.count)
		text_addf(out, " (%zu)", v->bulletins.count);
}

static const char *answer(const struct bulletins_view *v, enum asked a)
{
	return v->answers[a] && *v->answers[a] ? v->answers[a] : NULL;
}

static void ask_next(struct bulletins_view *v);

static void put_up(struct bulletins_view *v)
{
	struct guichet_err err = { 0 };
	struct op_id made;
	int64_t until_ms = 0, reference = 0;
	enum guichet_rc rc = GUICHET_OK;
	if (answer(v, ASKED_REQUEST))
		rc = reference_parse(answer(v, ASKED_REQUEST), &reference, &err);
	if (rc == GUICHET_OK && answer(v, ASKED_UNTIL)) {
		rc = instant_parse(_("fin"), answer(v, ASKED_UNTIL), &until_ms, &err);
		if (rc)
			v->next = ASKED_UNTIL;
	} else if (rc) {
		v->next = ASKED_REQUEST;
	}
	if (rc == GUICHET_OK) {
		rc = desk_bulletin(ui_store(v->view.ui), ui_actor(v->view.ui), answer(v, ASKED_TEXT), answer(v, ASKED_SAY), answer(v, ASKED_AREA), until_ms,
			reference, &made, &err);
		v->next = rc == GUICHET_NOT_FOUND ? ASKED_REQUEST : ASKED_UNTIL;
	}
	if (rc == GUICHET_OK) {
		ui_say(v->view.ui, "%s", _("consigne posée : elle est en haut de chaque appel"));
		forget_answers(v);
		refresh_bulletins(&v->view);
		return;
	}
	ui_complain(v->view.ui, &err);
	/* What was typed stays: the question that went wrong is asked again. */
	if (rc == GUICHET_DATA || rc == GUICHET_NOT_FOUND)
		ask_next(v);
	else
		forget_answers(v);
}

static void answered(void *context, const char *text)
{
	struct bulletins_view *v = context;
	if (v->next == ASKED_TEXT && (!text || !text[strspn(text, " \n\t")])) {
		ui_say(v->view.ui, "%s", _("consigne vide : rien n'est posé"));
		return;
	}
	free(v->answers[v->next]);
	v->answers[v->next] = text ? guichet_strdup(text) : NULL;
	v->next++;
	if (v->next < ASKED_COUNT)
		ask_next(v);
	else
		put_up(v);
}

static void ask_next(struct bulletins_view *v)
{
	static const char *const questions[ASKED_COUNT] = { N_("Ce qui se passe"), N_("À dire à l'usager"), N_("Rues ou secteur (vide : partout)"),
		N_("Jusqu'à (24/11/2026 18:00 ; vide : sans fin)"), N_("Demande à laquelle joindre les appels (n°, ou vide)") };
	const char *before = v->answers[v->next] ? v->answers[v->next] : "";
	ui_ask(v->view.ui, _(questions[v->next]), before, answered, v);
}

/* About this request: what it is, what its callers are told, where, until tonight, and itself to join calls to. Enter takes each. */
static void ask_about(struct bulletins_view *v, int64_t row)
{
	struct store *s = ui_store(v->view.ui);
	struct guichet_err err = { 0 };
	struct loaded l;
	struct text until = TEXT_INIT;
	char reference[REFERENCE_SHOWN];
	if (store_load_id(s, row, &l, &err)) {
		ui_complain(v->view.ui, &err);
		return;
	}
	const struct category *m = catalogue_category(store_catalogue(s), request_text(&l.request, FIELD_CATEGORY));
	int64_t ends_ms = ui_now(v->view.ui) + USUAL_HOURS * 60 * MS_PER_MINUTE;
	struct civil at = paris_civil(ends_ms);
	text_addf(&until, "%02d/%02d/%04d %02d:00", at.day, at.month, at.year, at.hour);
	reference_show(l.request.reference, reference);
	const char *before[ASKED_COUNT] = { [ASKED_TEXT] = request_text(&l.request, FIELD_SUBJECT), [ASKED_SAY] = m && m->say ? m->say : "",
		[ASKED_AREA] = request_text(&l.request, FIELD_ADDRESS), [ASKED_UNTIL] = text_str(&until), [ASKED_REQUEST] = reference };
	forget_answers(v);
	for (int i = 0; i < ASKED_COUNT; i++)
		v->answers[i] = guichet_strdup(before[i]);
	ask_next(v);
	text_done(&until);
	loaded_done(&l);
}

static struct view *open_bulletins(struct ui *ui, const struct view_target *target, struct guichet_err *err)
{
	struct bulletins_view *v = guichet_alloc(sizeof *v);
	(void)err;
	v->view = (struct view){ &view_bulletins, ui };
	short_list_init(&v->bulletins, &(struct short_list_source){ .view = v, .row_bytes = sizeof(struct bulletin_row), .read = read_bulletins, .drop = drop_row,
		.draw = draw_row, .tell = draw_detail, .told_rows = DETAIL_ROWS, .least_rows = 13 });
	v->bulletins.list.empty = _(" Aucune consigne en vigueur : C en pose une.");
	if (target->row_id)
		ask_about(v, target->row_id);
	return &v->view;
}

static void end_bulletin(void *context)
{
	struct bulletins_view *v = context;
	struct guichet_err err = { 0 };
	if (desk_bulletin_end(ui_store(v->view.ui), ui_actor(v->view.ui), v->ending, &err))
		ui_complain(v->view.ui, &err);
	else
		ui_say(v->view.ui, "%s", _("consigne levée"));
	refresh_bulletins(&v->view);
}

static enum view_result key_bulletins(struct view *view, const struct key *k)
{
	return list_key(&((struct bulletins_view *)view)->bulletins.list, k) ? VIEW_DONE : VIEW_IGNORED;
}

static enum view_result act_bulletins(struct view *view, enum action a)
{
	struct bulletins_view *v = (struct bulletins_view *)view;
	const struct bulletin_row *b = short_list_selected(&v->bulletins);
	if (a == ACTION_ADD_BULLETIN) {
		forget_answers(v);
		ask_next(v);
	} else if (a != ACTION_OPEN && a != ACTION_DISCARD) {
		return VIEW_IGNORED;
	} else if (!b) {
		ui_say(view->ui, "%s", _("aucune consigne : C en pose une"));
	} else if (a == ACTION_DISCARD) {
		v->ending = b->op;
		ui_confirm(view->ui, end_bulletin, v, _("Lever la consigne « %s » ?"), b->text);
	} else if (b->request) {
		struct view_target target = { .channel = -1, .row_id = b->request, .reference = b->reference };
		ui_open(view->ui, &view_request, &target);
	} else {
		ui_say(view->ui, "%s", _("cette consigne n'est liée à aucune demande"));
	}
	return VIEW_DONE;
}

static bool can_bulletins(struct view *view, enum action a)
{
	return (a != ACTION_OPEN && a != ACTION_DISCARD) || ((struct bulletins_view *)view)->bulletins.count > 0;
}

static int64_t selected_bulletins(struct view *view)
{
	const struct bulletin_row *b = short_list_selected(&((struct bulletins_view *)view)->bulletins);
	return b ? b->request : 0;
}

const struct view_ops view_bulletins = { .kind = VIEW_BULLETINS, .open = open_bulletins, .close = close_bulletins, .title = title_bulletins,
	.refresh = refresh_bulletins, .draw = draw_bulletins, .key = key_bulletins, .act = act_bulletins, .can = can_bulletins, .selected = selected_bulletins };
