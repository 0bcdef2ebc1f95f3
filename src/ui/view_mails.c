// SPDX-License-Identifier: GPL-3.0-or-later
/* The Courriels screen: what came by mail, newest first, with the category that its words speak for beside it: one key accepts it, or takes a mail out of the
 * quarantine. Must not know how mails are read or sent. */
#include <stdlib.h>
#include <string.h>

#include "call_inside.h"
#include "guichet/base/i18n.h"
#include "guichet/core/reference.h"
#include "guichet/core/suggest.h"
#include "guichet/store/correspondence.h"
#include "guichet/ui/list.h"
#include "ui_inside.h"

enum { WHEN_COLS = 16, FROM_COLS = 20, SORT_COLS = 24, TOLD_ROWS = 10, LEAST_ROWS = 16, LABEL_COLS = 10, WIDE = 100 };

struct mail_line { int64_t id, at_ms, request, reference; enum mail_sort sort; bool unsorted; int status; char *from, *subject; };

/* What is told of the selected one. */
struct told { int64_t id; char *from, *subject, *text, *folded, *why; const struct category *category; const struct commune *commune; };

struct mails_view {
	struct view view;
	struct list list;
	struct told told;
	int64_t quarantined;
	bool machines;                                 /* those too */
	int64_t asked;                                 /* the mail that a question is about */
};

static const unsigned people = 1U << MAIL_CREATED | 1U << MAIL_THREADED | 1U << MAIL_QUARANTINED | 1U << MAIL_BOUNCE | 1U << MAIL_ACCEPTED;
static const unsigned machines = 1U << MAIL_MACHINE | 1U << MAIL_DROPPED;

/* --- reading --- */

static void release(void *context, void *row)
{
	struct mail_line *m = row;
	(void)context;
	free(m->from);
	free(m->subject);
}

struct reading { struct mails_view *v; struct mail_line *rows; size_t count; };

static bool take_row(void *context, const struct mail_row *m)
{
	struct reading *r = context;
	r->rows[r->count++] = (struct mail_line){ .id = m->id, .at_ms = m->at_ms, .request = m->request, .reference = m->reference, .sort = m->sort, .status = -1 };
	return true;
}

struct looked_up { const struct category *unsorted; struct mail_line *line; };

static bool look_at_request(void *context, const struct request_row *row)
{
	const struct looked_up *l = context;
	enum status status;
	if (status_parse(row->status, &status))
		l->line->status = (int)status;
	l->line->unsorted = row->open && l->unsorted && !strcmp(row->category, l->unsorted->code);
	return false;
}

/* The sender's name, or his address. */
static char *sender_of(const struct op *op)
{
	const char *name = op_text(op, "from_name", ""), *from = op_text(op, "from", "");
	return guichet_strdup(*name ? name : *from ? from : op->blanked ? _("(effacé)") : _("(sans expéditeur)"));
}

static char *subject_of(const struct op *op)
{
	const char *subject = op_text(op, "subject", "");
	return guichet_strdup(*subject ? subject : op->blanked ? _("(effacé)") : _("(sans objet)"));
}

static size_t fetch(void *context, const void *from, bool backward, size_t count, void *rows)
{
	struct mails_view *v = context;
	const struct mail_line *after = from;
	struct reading r = { .v = v, .rows = rows };
	struct store *s = ui_store(v->view.ui);
	struct guichet_err err = { 0 };
	const struct mail_filter f = { .sorts = v->machines ? people | machines : people, .after_ms = after ? after->at_ms : 0, .after = after ? after->id : 0,
		.limit = count };
	(void)backward;
	if (store_list_mail(s, &f, take_row, &r, &err))
		ui_unread(v->view.ui, &err);
	for (size_t i = 0; i < r.count; i++) {
		struct op op = { 0 };
		if (store_mail_op(s, r.rows[i].id, &op, NULL) == GUICHET_OK) {
			r.rows[i].from = sender_of(&op);
			r.rows[i].subject = subject_of(&op);
		}
		op_done(&op);
		if (r.rows[i].request)
			store_row(s, r.rows[i].request, look_at_request, &(struct looked_up){ store_catalogue(s)->unsorted, &r.rows[i] }, NULL);
	}
	return r.count;
}

static int64_t id_of(void *context, const void *row)
{
	(void)context;
	return ((const struct mail_line *)row)->id;
}

/* --- what is told of one --- */

static void forget(struct told *t)
{
	free(t->from);
	free(t->subject);
	free(t->text);
	free(t->folded);
	free(t->why);
	*t = (struct told){ 0 };
}

static const char *reason_of(const char *why)
{
	static const struct { const char *code, *label; } reasons[] = {
		{ "list", N_("liste de diffusion") }, { "auto-reply", N_("réponse automatique") }, { "loop", N_("écrit par guichet") },
		{ "sender", N_("cite une de nos références, mais vient de quelqu'un d'autre") }, { "too-large", N_("plus de 20 Mo : gardé entier") },
		{ "too-many", N_("trop de pièces jointes : gardé entier") }, { "unreadable", N_("illisible : gardé entier") },
		{ "rate", N_("trop de messages de cette adresse aujourd'hui") },
	};
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (!strcmp(reasons[i].code, why))
			return _(reasons[i].label);
	return why;
}

static void suggest_for(struct mails_view *v, const struct mail_line *m, const struct op *op)
{
	struct store *s = ui_store(v->view.ui);
	struct suggest_counts counts = store_suggest_counts(s);
	struct suggestion best;
	struct text words = TEXT_INIT;
	if (!m->unsorted && m->sort != MAIL_QUARANTINED)
		return;
	text_addf(&words, "%s\n%s", op_text(op, "subject", ""), op_text(op, "text", ""));
	v->told.commune = suggest_commune(store_catalogue(s), text_str(&words));
	if (suggest(call_suggester(v->view.ui), &counts, text_str(&words), v->told.commune, &best, 1) > 0)
		v->told.category = best.category;
	text_done(&words);
}

static void tell(struct mails_view *v, const struct mail_line *m)
{
	struct op op = { 0 };
	struct text who = TEXT_INIT;
	if (v->told.id == m->id)
		return;
	forget(&v->told);
	if (store_mail_op(ui_store(v->view.ui), m->id, &op, NULL) == GUICHET_OK) {
		v->told.id = m->id;
		text_add(&who, op_text(&op, "from_name", ""));
		text_addf(&who, who.len ? " <%s>, " : "%s, ", op_text(&op, "from", "?"));
		instant_show_short(&who, m->at_ms);
		v->told.from = text_take(&who);
		v->told.subject = subject_of(&op);
		v->told.text = guichet_strdup(op_text(&op, "text", ""));
		v->told.folded = guichet_strdup(op_text(&op, "folded", ""));
		v->told.why = guichet_strdup(reason_of(op_text(&op, "why", "")));
		suggest_for(v, m, &op);
	}
	op_done(&op);
	text_done(&who);
}

/* --- drawing --- */

static const char *state_of(const struct mail_line *m, enum style *style)
{
	*style = m->sort == MAIL_QUARANTINED || m->sort == MAIL_BOUNCE ? STYLE_LATE : m->unsorted ? STYLE_RISK : STYLE_NORMAL;
	if (m->sort == MAIL_CREATED && m->status >= 0)
		return m->unsorted ? _("à qualifier") : status_label((enum status)m->status);
	return mail_sort_label(m->sort);
}

static void draw_row(void *context, const void *row, const struct list_cell *cell)
{
	const struct mail_line *m = row;
	struct text when = TEXT_INIT;
	char shown[REFERENCE_SHOWN] = "";
	int at = cell->col, end = cell->col + cell->width;
	enum style style;
	const char *state = state_of(m, &style);
	(void)context;
	instant_show_short(&when, m->at_ms);
	grid_text(cell->grid, cell->row, at, 2, m->sort == MAIL_QUARANTINED ? "!!" : m->unsorted ? "?" : "", style, false);
	at += 3;
	grid_text(cell->grid, cell->row, at, WHEN_COLS, text_str(&when), STYLE_NORMAL, false);
	at += WHEN_COLS + 1;
	grid_text(cell->grid, cell->row, at, FROM_COLS, m->from ? m->from : "", STYLE_BOLD, false);
	at += FROM_COLS + 1;
	if (cell->width >= WIDE) {
		if (m->reference)
			reference_show(m->reference, shown);
		grid_text(cell->grid, cell->row, end - SORT_COLS, SORT_COLS, state, style, false);
		grid_text(cell->grid, cell->row, end - SORT_COLS - REFERENCE_SHOWN - 1, REFERENCE_SHOWN, shown, STYLE_NORMAL, false);
		end -= SORT_COLS + REFERENCE_SHOWN + 2;
	}
	grid_text(cell->grid, cell->row, at, end - at, m->subject ? m->subject : "", STYLE_NORMAL, false);
	text_done(&when);
}

static int told_line(struct grid *g, struct rect r, int row, const char *label, const char *text, enum style style)
{
	if (!text || !*text || row >= r.rows)
		return row;
	grid_text(g, r.row + row, r.col, LABEL_COLS, label, STYLE_LABEL, false);
	return row + grid_paragraph(g, (struct rect){ r.row + row, r.col + LABEL_COLS, row + 1 < r.rows ? 1 : r.rows - row, r.cols - LABEL_COLS }, text, style);
}

static void add_proposal(struct text *out, const struct mails_view *v)
{
	const struct catalogue *c = store_catalogue(ui_store(v->view.ui));
	const struct told *t = &v->told;
	if (!t->category)
		return;
	struct competence who = catalogue_competence(c, t->category, t->commune);
	text_addf(out, "%s → %s", t->category->name, who.service ? who.service->name : who.body ? who.body->name : "");
	if (t->commune)
		text_addf(out, ", %s", t->commune->name);
}

static void draw_told(struct mails_view *v, struct grid *g, struct rect r, const struct mail_line *m)
{
	struct text proposal = TEXT_INIT, state = TEXT_INIT;
	char shown[REFERENCE_SHOWN];
	enum style style;
	tell(v, m);
	text_add(&state, state_of(m, &style));
	if (*v->told.why)
		text_addf(&state, " : %s", v->told.why);
	if (m->reference) {
		reference_show(m->reference, shown);
		text_addf(&state, _(", demande %s (Entrée)"), shown);
	}
	add_proposal(&proposal, v);
	int row = told_line(g, r, 0, _("De"), v->told.from, STYLE_NORMAL);
	row = told_line(g, r, row, _("Objet"), v->told.subject, STYLE_BOLD);
	row = told_line(g, r, row, _("État"), text_str(&state), style);
	if (m->sort == MAIL_QUARANTINED)
		row = told_line(g, r, row, _("F8"), _("en fait une demande ; x l'écarte"), STYLE_RISK);
	else if (m->unsorted && proposal.len)
		row = told_line(g, r, row, _("F8"), text_str(&proposal), STYLE_RISK);
	else if (m->unsorted)
		row = told_line(g, r, row, _("F4"), _("choisit le motif : rien n'est reconnu dans ce texte"), STYLE_RISK);
	if (row < r.rows)
		grid_paragraph(g, (struct rect){ r.row + row, r.col, r.rows - row, r.cols }, v->told.text ? v->told.text : "", STYLE_NORMAL);
	text_done(&proposal);
	text_done(&state);
}

static void draw_heading(struct grid *g, struct rect r)
{
	int at = r.col + 4, end = r.col + r.cols - 1;
	grid_text(g, r.row, at, WHEN_COLS, _("Reçu"), STYLE_LABEL, false);
	at += WHEN_COLS + 1;
	grid_text(g, r.row, at, FROM_COLS, _("De"), STYLE_LABEL, false);
	at += FROM_COLS + 1;
	if (r.cols - 2 >= WIDE) {
		grid_text(g, r.row, end - SORT_COLS, SORT_COLS, _("État"), STYLE_LABEL, false);
		grid_text(g, r.row, end - SORT_COLS - REFERENCE_SHOWN - 1, REFERENCE_SHOWN, _("Référence"), STYLE_LABEL, false);
		end -= SORT_COLS + REFERENCE_SHOWN + 2;
	}
	grid_text(g, r.row, at, end - at, _("Objet"), STYLE_LABEL, false);
}

static void draw_mails(struct view *view, struct grid *g, struct rect r)
{
	struct mails_view *v = (struct mails_view *)view;
	int told = r.rows >= LEAST_ROWS ? TOLD_ROWS + (r.rows - LEAST_ROWS) / 3 : 0, line = r.row + r.rows - told;
	draw_heading(g, r);
	list_draw(&v->list, g, (struct rect){ r.row + 1, r.col, r.rows - 1 - told, r.cols }, true);
	const struct mail_line *m = list_selected(&v->list);
	if (!told)
		return;
	grid_hline(g, line, r.col, r.cols, STYLE_DIM);
	ui_draw_later(view->ui, (struct rect){ line + 1, r.col, told - 1, r.cols });
	if (m && (v->told.id == m->id || !ui_postpone(view->ui)))
		draw_told(v, g, (struct rect){ line + 1, r.col + 2, told - 1, r.cols - 4 }, m);
}

/* --- what is done with one --- */

static const struct mail_line *chosen(struct mails_view *v)
{
	/* Keys may come before anything was drawn: the first row is meant. */
	if (!list_selected(&v->list))
		list_refresh(&v->list);
	const struct mail_line *m = list_selected(&v->list);
	if (m)
		tell(v, m);
	return m;
}

static void refresh_mails(struct view *view)
{
	struct mails_view *v = (struct mails_view *)view;
	v->quarantined = store_count_mail(ui_store(view->ui), MAIL_QUARANTINED);
	forget(&v->told);
	list_refresh(&v->list);
}

/* To the next one: mails are sorted one after the other. */
static void go_on(struct mails_view *v)
{
	struct key down = { .code = KEYCODE_DOWN };
	refresh_mails(&v->view);
	list_key(&v->list, &down);
}

static void accept(struct mails_view *v, int64_t mail)
{
	struct ui *ui = v->view.ui;
	struct logged logged;
	struct guichet_err err = { 0 };
	char shown[REFERENCE_SHOWN];
	if (desk_accept_mail(ui_store(ui), ui_actor(ui), mail, ui_privacy(ui), &logged, &err)) {
		ui_complain(ui, &err);
	} else {
		reference_show(logged.reference, shown);
		ui_say(ui, _("sorti de quarantaine : demande %s, à qualifier"), shown);
	}
	logged_done(&logged);
	go_on(v);
}

/* The category and the commune, as an edit: the request goes where it is at home. */
static void qualify(struct mails_view *v, int64_t reference, const char *category, const char *commune)
{
	struct ui *ui = v->view.ui;
	struct guichet_err err = { 0 };
	struct loaded l = { 0 };
	const char *const fields[][2] = { { "category", category }, { commune ? "commune" : NULL, commune }, { NULL, NULL } };
	struct step_args args = { .fields = fields, .prefer_field_list = true };
	enum guichet_rc rc = desk_step(ui_store(ui), ui_actor(ui), reference, STEP_EDIT, &args, NULL, &err);
	if (rc == GUICHET_OK)
		rc = store_load(ui_store(ui), reference, &l, &err);
	if (rc) {
		ui_complain(ui, &err);
	} else {
		const struct service *service = catalogue_service(store_catalogue(ui_store(ui)), request_text(&l.request, FIELD_SERVICE));
		const struct category *now = catalogue_category(store_catalogue(ui_store(ui)), category);
		char shown[REFERENCE_SHOWN];
		reference_show(reference, shown);
		ui_say(ui, _("%s : %s, chez %s"), shown, now ? now->name : category, service ? service->name : "?");
	}
	loaded_done(&l);
	go_on(v);
}

static void validate(struct mails_view *v)
{
	const struct mail_line *m = chosen(v);
	if (!m)
		ui_say(v->view.ui, "%s", _("aucun courriel"));
	else if (m->sort == MAIL_QUARANTINED)
		accept(v, m->id);
	else if (m->unsorted && v->told.category)
		qualify(v, m->reference, v->told.category->code, v->told.commune ? v->told.commune->code : NULL);
	else
		ui_say(v->view.ui, "%s", m->unsorted ? _("rien n'est reconnu dans ce texte : F4 choisit le motif") : _("ce courriel est trié ; Entrée ouvre sa demande"));
}

static void category_chosen(void *context, const char *code)
{
	struct mails_view *v = context;
	struct mail_row row;
	if (store_mail(ui_store(v->view.ui), v->asked, &row, NULL) == GUICHET_OK && row.reference)
		qualify(v, row.reference, code, v->told.commune ? v->told.commune->code : NULL);
}

static void ask_category(struct mails_view *v)
{
	const struct catalogue *c = store_catalogue(ui_store(v->view.ui));
	const struct mail_line *m = chosen(v);
	if (!m || !m->unsorted) {
		ui_say(v->view.ui, "%s", _("le motif se choisit sur une demande à qualifier"));
		return;
	}
	struct choice_value *items = guichet_alloc((c->category_count + 1) * sizeof *items);
	size_t n = 0;
	if (v->told.category)
		items[n++] = (struct choice_value){ v->told.category->code, v->told.category->name, _("proposé") };
	for (size_t i = 0; i < c->category_count; i++) {
		struct competence who = catalogue_competence(c, c->categories[i], v->told.commune);
		if (c->categories[i] != v->told.category && c->categories[i] != c->unsorted)
			items[n++] = (struct choice_value){ c->categories[i]->code, c->categories[i]->name, who.service ? who.service->name : who.body ? who.body->name : "" };
	}
	v->asked = m->id;
	ui_choose(v->view.ui, _("Motif"), items, n, NULL, category_chosen, v);
	free(items);
}

static void drop(void *context, const char *reason)
{
	struct mails_view *v = context;
	struct guichet_err err = { 0 };
	if (desk_drop_mail(ui_store(v->view.ui), ui_actor(v->view.ui), v->asked, reason, &err))
		ui_complain(v->view.ui, &err);
	else
		ui_say(v->view.ui, "%s", _("courriel écarté"));
	refresh_mails(&v->view);
}

static void open_one(struct mails_view *v)
{
	const struct mail_line *m = chosen(v);
	struct text whole = TEXT_INIT;
	if (m && m->request) {
		ui_open(v->view.ui, &view_request, &(struct view_target){ .channel = -1, .row_id = m->request });
	} else if (m) {
		text_addf(&whole, "%s\n%s\n\n%s", v->told.from, v->told.subject, v->told.text);
		if (*v->told.folded)
			text_addf(&whole, "\n\n%s\n%s", _("— ce qui était cité :"), v->told.folded);
		ui_show_text(v->view.ui, _("Courriel"), text_str(&whole));
	}
	text_done(&whole);
}

static enum view_result act_mails(struct view *view, enum action a)
{
	struct mails_view *v = (struct mails_view *)view;
	const struct mail_line *m;
	switch (a) {
	case ACTION_VALIDATE:
		validate(v);
		return VIEW_DONE;
	case ACTION_LIST_VALUES:
		ask_category(v);
		return VIEW_DONE;
	case ACTION_OPEN:
		open_one(v);
		return VIEW_DONE;
	case ACTION_BY:
		v->machines = !v->machines;
		list_reload(&v->list);
		return VIEW_DONE;
	case ACTION_DISCARD:
		m = chosen(v);
		if (m && m->sort == MAIL_QUARANTINED) {
			v->asked = m->id;
			ui_ask(view->ui, _("Écarter ce courriel, motif"), "", drop, v);
		} else {
			ui_say(view->ui, "%s", _("seul un courriel en quarantaine s'écarte : annulez une demande par sa fiche"));
		}
		return VIEW_DONE;
	default:
		return VIEW_IGNORED;
	}
}

/* --- operations --- */

static struct view *open_mails(struct ui *ui, const struct view_target *target, struct guichet_err *err)
{
	struct mails_view *v = guichet_alloc(sizeof *v);
	(void)target;
	(void)err;
	v->view = (struct view){ &view_mails, ui };
	list_init(&v->list, &(struct list_source){ .context = v, .row_bytes = sizeof(struct mail_line), .fetch = fetch, .forward_only = true, .id = id_of, .release = release,
		.draw = draw_row });
	v->list.empty = _(" Aucun courriel.");
	v->quarantined = store_count_mail(ui_store(ui), MAIL_QUARANTINED);
	return &v->view;
}

static void close_mails(struct view *view)
{
	struct mails_view *v = (struct mails_view *)view;
	list_done(&v->list);
	forget(&v->told);
	free(v);
}

static void title_mails(struct view *view, struct text *out)
{
	const struct mails_view *v = (const struct mails_view *)view;
	text_add(out, v->machines ? _("Courriels, les automatiques aussi") : _("Courriels"));
	if (v->quarantined)
		text_addf(out, _("   !! %lld en quarantaine"), (long long)v->quarantined);
}

static enum view_result key_mails(struct view *view, const struct key *k)
{
	return list_key(&((struct mails_view *)view)->list, k) ? VIEW_DONE : VIEW_IGNORED;
}

static int64_t selected_mail(struct view *view)
{
	const struct mail_line *m = list_selected(&((struct mails_view *)view)->list);
	return m ? m->request : 0;
}

const struct view_ops view_mails = { .kind = VIEW_MAILS, .open = open_mails, .close = close_mails, .title = title_mails, .refresh = refresh_mails, .draw = draw_mails,
	.key = key_mails, .act = act_mails, .selected = selected_mail };
