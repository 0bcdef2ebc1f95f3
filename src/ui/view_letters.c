// SPDX-License-Identifier: GPL-3.0-or-later
/* The Courriers du jour screen: what is to be printed and posted, oldest first, and what was printed today. Must not know how a letter is made. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guichet/base/i18n.h"
#include "guichet/core/calendar.h"
#include "guichet/core/reference.h"
#include "guichet/report/mailroom.h"
#include "guichet/store/correspondence.h"
#include "short_list.h"
#include "ui_inside.h"

enum { SINCE_COLS = 16, PURPOSE_COLS = 22, WHO_COLS = 28, TOLD_ROWS = 8, LEAST_ROWS = 15, SHOWN_MAX = 1000, LABEL_COLS = 10, WIDE = 100 };

struct letter_row { int64_t id, request, reference, at_ms; enum purpose purpose; bool owed; char *name, *address, *subject; };

/* What is being printed: `path` into this file, else by this printer. */
struct printing { struct mailroom m; struct mailroom_job *job; char *path, *printer; };

struct letters_view {
	struct view view;
	struct short_list letters;
	size_t owed;
	struct printing printing;
};

/* --- reading --- */

static void drop_row(void *row)
{
	struct letter_row *l = row;
	free(l->name);
	free(l->address);
	free(l->subject);
}

static bool take_subject(void *context, const struct request_row *row)
{
	struct letter_row *l = context;
	l->subject = guichet_strdup(row->subject);
	l->name = guichet_strdup(row->requester_name);
	return false;
}

static bool take_letter(void *context, const struct outgoing *o)
{
	struct letters_view *v = context;
	struct store *s = ui_store(v->view.ui);
	struct letter_row *l = short_list_add(&v->letters);
	struct loaded whole = { 0 };
	struct requester who;
	struct op_id id;
	*l = (struct letter_row){ .id = (int64_t)v->letters.count, .request = o->request, .reference = o->reference, .at_ms = o->at_ms, .purpose = o->purpose, .owed = o->owed };
	v->owed += o->owed;
	store_row(s, o->request, take_subject, l, NULL);
	if (store_load_id(s, o->request, &whole, NULL) == GUICHET_OK && op_id_parse(request_text(&whole.request, FIELD_REQUESTER), &id) &&
		store_requester_of_op(s, id, &who, NULL) == GUICHET_OK) {
		l->address = guichet_strdup(requester_get(&who, "postal_address"));
		requester_done(&who);
	}
	loaded_done(&whole);
	return true;
}

static void read_letters(void *view)
{
	struct letters_view *v = view;
	struct store *s = ui_store(v->view.ui);
	struct guichet_err err = { 0 };
	int64_t today = paris_instant(paris_day(ui_now(v->view.ui)), 0);
	v->owed = 0;
	enum guichet_rc rc = store_list_owed(s, &(struct owed_filter){ .channel = CHANNEL_POST, .until_ms = INT64_MAX, .limit = SHOWN_MAX }, take_letter, v, &err);
	if (rc == GUICHET_OK)
		rc = store_list_delivered(s, CHANNEL_POST, DELIVERY_PRINTED, today, INT64_MAX, SHOWN_MAX, take_letter, v, &err);
	if (rc)
		ui_unread(v->view.ui, &err);
}

/* --- drawing --- */

static void draw_row(void *context, const void *row, const struct list_cell *cell)
{
	const struct letter_row *l = row;
	struct text when = TEXT_INIT;
	char shown[REFERENCE_SHOWN];
	int at = cell->col, end = cell->col + cell->width;
	enum style style = l->owed ? STYLE_NORMAL : STYLE_DIM;
	(void)context;
	instant_show_short(&when, l->at_ms);
	reference_show(l->reference, shown);
	grid_text(cell->grid, cell->row, at, SINCE_COLS, text_str(&when), style, false);
	at += SINCE_COLS + 1;
	grid_text(cell->grid, cell->row, at, PURPOSE_COLS, l->owed ? purpose_label(l->purpose) : _("imprimé"), l->owed ? STYLE_BOLD : style, false);
	at += PURPOSE_COLS + 1;
	grid_text(cell->grid, cell->row, at, REFERENCE_SHOWN, shown, style, false);
	at += REFERENCE_SHOWN + 1;
	if (cell->width >= WIDE) {
		grid_text(cell->grid, cell->row, at, WHO_COLS, l->name ? l->name : "", style, false);
		at += WHO_COLS + 1;
		grid_text(cell->grid, cell->row, at, end - at, l->subject ? l->subject : "", style, false);
	} else {
		grid_text(cell->grid, cell->row, at, end - at, l->name && *l->name ? l->name : l->subject ? l->subject : "", style, false);
	}
	text_done(&when);
}

static int told_line(struct grid *g, struct rect r, int row, const char *label, const char *text)
{
	if (!text || !*text || row >= r.rows)
		return row;
	grid_text(g, r.row + row, r.col, LABEL_COLS, label, STYLE_LABEL, false);
	return row + grid_paragraph(g, (struct rect){ r.row + row, r.col + LABEL_COLS, r.rows - row, r.cols - LABEL_COLS }, text, STYLE_NORMAL);
}

static void draw_told(struct grid *g, struct rect r, const void *row)
{
	const struct letter_row *l = row;
	if (!l)
		return;
	int at = told_line(g, r, 0, _("Pour"), l->name);
	at = told_line(g, r, at, _("Adresse"), l->address);
	at = told_line(g, r, at, _("Demande"), l->subject);
	told_line(g, r, at, _("Lettre"), purpose_label(l->purpose));
}

static void draw_letters(struct view *view, struct grid *g, struct rect r)
{
	struct letters_view *v = (struct letters_view *)view;
	int at = r.col + 1;
	grid_text(g, r.row, at, SINCE_COLS, _("Depuis"), STYLE_LABEL, false);
	at += SINCE_COLS + 1;
	grid_text(g, r.row, at, PURPOSE_COLS, _("Lettre"), STYLE_LABEL, false);
	at += PURPOSE_COLS + 1;
	grid_text(g, r.row, at, REFERENCE_SHOWN, _("Référence"), STYLE_LABEL, false);
	at += REFERENCE_SHOWN + 1;
	grid_text(g, r.row, at, WHO_COLS, _("Usager"), STYLE_LABEL, false);
	if (r.cols - 2 >= WIDE)
		grid_text(g, r.row, at + WHO_COLS + 1, r.cols - at - WHO_COLS - 2, _("Objet"), STYLE_LABEL, false);
	short_list_draw(&v->letters, g, r);
}

/* --- operations --- */

static void forget_printing(struct letters_view *v);

static void refresh_letters(struct view *view)
{
	short_list_refresh(&((struct letters_view *)view)->letters);
}

static struct view *open_letters(struct ui *ui, const struct view_target *target, struct guichet_err *err)
{
	struct letters_view *v = guichet_alloc(sizeof *v);
	(void)target;
	(void)err;
	v->view = (struct view){ &view_letters, ui };
	short_list_init(&v->letters, &(struct short_list_source){ .view = v, .row_bytes = sizeof(struct letter_row), .read = read_letters, .drop = drop_row,
		.draw = draw_row, .tell = draw_told, .told_rows = TOLD_ROWS, .least_rows = LEAST_ROWS });
	v->letters.list.empty = store_catalogue(ui_store(ui))->sends_letters ? _(" Aucune lettre à imprimer, aucune imprimée aujourd'hui.")
		: _(" guichet n'imprime pas de lettres ici (catalogue : sends_letters).");
	return &v->view;
}

static void close_letters(struct view *view)
{
	struct letters_view *v = (struct letters_view *)view;
	forget_printing(v);
	short_list_done(&v->letters);
	free(v);
}

static void title_letters(struct view *view, struct text *out)
{
	const struct letters_view *v = (const struct letters_view *)view;
	text_add(out, _("Courriers du jour"));
	if (v->owed)
		text_addf(out, _("   à imprimer : %zu"), v->owed);
	if (v->letters.count > v->owed)
		text_addf(out, _("   imprimés aujourd'hui : %zu"), v->letters.count - v->owed);
}

static enum view_result key_letters(struct view *view, const struct key *k)
{
	return list_key(&((struct letters_view *)view)->letters.list, k) ? VIEW_DONE : VIEW_IGNORED;
}

static const struct letter_row *chosen(struct letters_view *v)
{
	/* Keys may come before anything was drawn: the first row is meant. */
	if (!list_selected_id(&v->letters.list) && v->letters.count)
		list_select(&v->letters.list, 1);
	return short_list_selected(&v->letters);
}

/* --- printing: all that can go, in one file or to the printer, behind its slip; what can't stays to be done, and says why --- */

/* Nothing was recorded before its end, so that nothing is to be taken back. */
static void forget_printing(struct letters_view *v)
{
	mailroom_job_free(&v->printing.job);
	mailroom_done(&v->printing.m);
	free(v->printing.path);
	free(v->printing.printer);
	v->printing = (struct printing){ 0 };
}

static void say_printed(struct letters_view *v)
{
	const struct mailroom *m = &v->printing.m;
	const char *problem = NULL;
	char shown[REFERENCE_SHOWN] = "";
	size_t ready = mailroom_ready(m);
	for (size_t i = 0; i < m->count && !problem; i++)
		if ((problem = m->list[i].problem))
			reference_show(m->list[i].reference, shown);
	if (problem && !ready)
		ui_say(v->view.ui, _("rien n'est imprimé ; %s : %s"), shown, problem);
	else if (problem)
		ui_say(v->view.ui, _("lettres imprimées : %zu sur %zu ; %s : %s"), ready, m->count, shown, problem);
	else if (v->printing.path)
		ui_say(v->view.ui, _("lettres imprimées : %zu, dans %s"), ready, v->printing.path);
	else
		ui_say(v->view.ui, _("lettres imprimées : %zu, à l'imprimante"), ready);
}

static void say_progress(struct letters_view *v)
{
	size_t of, done = mailroom_job_done(v->printing.job, &of);
	ui_say(v->view.ui, _("impression de %zu lettre(s) : %zu %% (Ctrl-C l'arrête)"), mailroom_ready(&v->printing.m), of ? done * 100 / of : 0);
}

static void tick_letters(struct view *view)
{
	struct letters_view *v = (struct letters_view *)view;
	struct printing *p = &v->printing;
	struct letter_pdf batch = { 0 };
	struct guichet_err err = { 0 };
	enum mailroom_turn turn = p->job ? mailroom_job_turn(p->job, &batch, &err) : MAILROOM_BUSY;
	if (!p->job)
		return;
	if (turn == MAILROOM_BUSY) {
		say_progress(v);
		return;
	}
	enum guichet_rc rc = turn == MAILROOM_MADE ? GUICHET_OK : err.code;
	if (rc == GUICHET_OK && p->path)
		rc = letter_pdf_save(&batch, p->path, &err);
	if (rc == GUICHET_OK)
		rc = mailroom_record(ui_store(view->ui), ui_actor(view->ui), &p->m, &err);
	letter_pdf_done(&batch);
	if (rc)
		ui_complain(view->ui, &err);
	else
		say_printed(v);
	forget_printing(v);
	refresh_letters(view);
}

static int watched_letters(struct view *view)
{
	const struct letters_view *v = (const struct letters_view *)view;
	return v->printing.job ? mailroom_job_fd(v->printing.job) : -1;
}

static bool may_leave_letters(struct view *view)
{
	const struct letters_view *v = (const struct letters_view *)view;
	if (v->printing.job)
		ui_say(view->ui, "%s", _("impression en cours : attendez-la, ou arrêtez-la (Ctrl-C)"));
	return !v->printing.job;
}

static void stop_printing(struct letters_view *v)
{
	forget_printing(v);
	ui_say(v->view.ui, "%s", _("impression arrêtée : rien n'est noté comme imprimé"));
}

static enum guichet_rc start_printing(struct letters_view *v, struct guichet_err *err)
{
	struct store *s = ui_store(v->view.ui);
	struct printing *p = &v->printing;
	enum guichet_rc rc = GUICHET_OK;
	if (p->path && access(p->path, F_OK) == 0)
		rc = guichet_err_set(err, GUICHET_CANT_CREATE, _("%s existe déjà : donnez un autre nom"), p->path);
	if (rc == GUICHET_OK)
		rc = mailroom_gather(s, ui_actor(v->view.ui), &(struct mailroom_wish){ 0 }, &p->m, err);
	if (rc == GUICHET_OK && mailroom_ready(&p->m) > 0 && !(p->job = mailroom_job_start(s, &p->m, p->printer, err)))
		rc = err->code;
	return rc;
}

static void where_given(void *context, const char *typed)
{
	struct letters_view *v = context;
	struct guichet_err err = { 0 };
	const char *name = typed + strspn(typed, " ");
	if (!*name) {
		ui_say(v->view.ui, "%s", _("rien n'est imprimé : aucun nom de fichier"));
		return;
	}
	if (v->printing.job)
		return;
	if (paper_printer(name))
		v->printing.printer = guichet_strdup(paper_printer(name));
	else
		v->printing.path = paper_path(name);
	if (start_printing(v, &err)) {
		ui_complain(v->view.ui, &err);
		forget_printing(v);
	} else if (v->printing.job) {
		say_progress(v);
	} else {
		say_printed(v);
		forget_printing(v);
	}
}

static void ask_name(struct letters_view *v)
{
	struct civil c = paris_civil(ui_now(v->view.ui));
	struct text proposed = TEXT_INIT;
	if (v->printing.job) {
		say_progress(v);
		return;
	}
	if (v->owed == 0) {
		ui_say(v->view.ui, "%s", _("aucune lettre à imprimer"));
		return;
	}
	text_addf(&proposed, "courriers-%04d-%02d-%02d.pdf", c.year, c.month, c.day);
	ui_ask(v->view.ui, _("Imprimer dans le fichier (lp : à l'imprimante)"), text_str(&proposed), where_given, v);
	text_done(&proposed);
}

static enum view_result act_letters(struct view *view, enum action a)
{
	const struct letter_row *l;
	struct letters_view *v = (struct letters_view *)view;
	/* Its first key is Ctrl-C. */
	if (a == ACTION_LETTER && v->printing.job) {
		stop_printing(v);
		return VIEW_DONE;
	}
	if (a == ACTION_VALIDATE) {
		ask_name(v);
		return VIEW_DONE;
	}
	if (a == ACTION_PAPER) {
		if ((l = chosen(v)))
			paper_choose(view->ui, l->request);
		return VIEW_DONE;
	}
	if (a != ACTION_OPEN)
		return VIEW_IGNORED;
	if ((l = chosen(v)))
		ui_open(view->ui, &view_request, &(struct view_target){ .channel = -1, .row_id = l->request });
	else
		ui_say(view->ui, "%s", _("aucune lettre"));
	return VIEW_DONE;
}

static int64_t selected_letter(struct view *view)
{
	const struct letter_row *l = short_list_selected(&((struct letters_view *)view)->letters);
	return l ? l->request : 0;
}

const struct view_ops view_letters = { .kind = VIEW_LETTERS, .open = open_letters, .close = close_letters, .title = title_letters, .refresh = refresh_letters,
	.draw = draw_letters, .key = key_letters, .act = act_letters, .selected = selected_letter, .may_leave = may_leave_letters, .tick = tick_letters,
	.watched = watched_letters };
