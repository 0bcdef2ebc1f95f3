// SPDX-License-Identifier: GPL-3.0-or-later
/* Fiche: one request whole: facts, dates, what was told, and its journal (beside them where the screen is wide). */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/core/reference.h"
#include "guichet/report/mail_words.h"
#include "request_facts.h"
#include "request_list.h"
#include "ui_inside.h"

enum { LABEL_COLS = 17, JOURNAL_LABEL = 17, WIDE_COLS = 118, HEAD_ROWS = 4 };

struct request_view {
	struct view view;
	int64_t row_id;
	struct loaded loaded;
	struct facts facts, journal, brief;
	bool enrolled;                                 /* somebody else is to know of it */
	struct seen seen;                              /* its operations as they were last shown */
	bool full;                                     /* the whole journal; where the screen is wide it is there already, and then stands alone */
	int scroll, rows, page;                        /* as last drawn */
};

/* --- what is shown --- */

static bool load(struct request_view *v, struct guichet_err *err)
{
	struct store *s = ui_store(v->view.ui);
	loaded_done(&v->loaded);
	v->loaded = (struct loaded){ 0 };
	facts_clear(&v->facts);
	facts_clear(&v->journal);
	facts_clear(&v->brief);
	if (store_load_id(s, v->row_id, &v->loaded, err)) {
		v->loaded = (struct loaded){ 0 };
		return false;
	}
	v->enrolled = replica_is_enrolled(s);
	request_facts(&v->facts, s, &v->loaded);
	request_journal(&v->journal, s, &v->loaded, true);
	request_journal(&v->brief, s, &v->loaded, false);
	return true;
}

static void refresh(struct view *view)
{
	struct request_view *v = (struct request_view *)view;
	struct guichet_err err = { 0 };
	struct text news = TEXT_INIT;
	if (!load(v, &err)) {
		ui_complain(view->ui, &err);
		return;
	}
	/* Another desk, or another guichet here: who reads, or writes an answer, must know. */
	if (seen_changes(view->ui, &v->seen, &v->loaded.request, &news))
		ui_say(view->ui, view->ui->stepping ? _("cette demande vient de changer, ce que vous écrivez est intact : %s") : _("cette demande vient de changer : %s"),
			text_str(&news));
	seen_take(&v->seen, &v->loaded.request);
	text_done(&news);
}

static struct view *open_request(struct ui *ui, const struct view_target *target, struct guichet_err *err)
{
	int64_t row = target->row_id;
	if (!row && target->reference && !store_find_reference(ui_store(ui), target->reference, &row, 1)) {
		guichet_err_set(err, GUICHET_NOT_FOUND, _("aucune demande ne porte ce numéro : F3 cherche par nom, téléphone ou rue"));
		return NULL;
	}
	struct request_view *v = guichet_alloc(sizeof *v);
	v->view = (struct view){ &view_request, ui };
	v->row_id = row;
	if (load(v, err)) {
		seen_take(&v->seen, &v->loaded.request);
		return &v->view;
	}
	free(v);
	return NULL;
}

static void close_request(struct view *view)
{
	struct request_view *v = (struct request_view *)view;
	loaded_done(&v->loaded);
	facts_done(&v->facts);
	facts_done(&v->journal);
	facts_done(&v->brief);
	seen_done(&v->seen);
	free(v);
}

static void title(struct view *view, struct text *out)
{
	struct request_view *v = (struct request_view *)view;
	char reference[REFERENCE_SHOWN];
	reference_show(v->loaded.request.reference, reference);
	text_addf(out, _("Fiche   %s"), reference);
}

/* --- drawing --- */

/* Steps that nobody else knows of yet. */
static size_t count_unsent(const struct request_view *v)
{
	const struct request *r = &v->loaded.request;
	size_t unsent = 0;
	for (size_t i = 0; v->enrolled && i < r->op_count; i++)
		unsent += r->ops[i].seq == 0;
	return unsent;
}

static void add_state(struct request_view *v, struct text *out, enum style *style)
{
	const struct request *r = &v->loaded.request;
	struct deadlines due;
	const char *mark;
	enum wait_reason why;
	enum close_reason closed;
	text_add(out, status_label(r->status));
	if (r->status == STATUS_WAITING && wait_reason_parse(request_text(r, FIELD_WAIT), &why))
		text_addf(out, " (%s)", wait_reason_label(why));
	if (r->close_reason && close_reason_parse(r->close_reason, &closed))
		text_addf(out, " (%s)", close_reason_label(closed));
	deadlines_compute(r, store_catalogue(ui_store(v->view.ui)), ui_now(v->view.ui), &due, NULL);
	*style = STYLE_BOLD;
	if (request_danger_untold(r)) {
		text_add(out, _("   !!! DANGER NON TRANSMIS"));
		*style = STYLE_DANGER;
	} else if (request_has_conflict(r)) {
		text_add(out, _("   CONFLIT (R règle)"));
		*style = STYLE_LATE;
	} else if (due.due[TARGET_ANSWER] != NO_INSTANT && request_is_open(r) && r->answered_ms == NO_INSTANT) {
		*style = due_mark(r, TARGET_ANSWER, &due, ui_now(v->view.ui), &mark);
		if (*mark)
			text_addf(out, "   %s", mark);
	}
	size_t unsent = count_unsent(v);
	if (unsent)
		text_addf(out, _("   %zu à envoyer"), unsent);
}

/* Drawn last: what scrolls goes over it. */
static void draw_head(struct request_view *v, struct grid *g, struct rect r)
{
	struct text state = TEXT_INIT;
	char reference[REFERENCE_SHOWN];
	enum style style = STYLE_BOLD;
	add_state(v, &state, &style);
	reference_show(v->loaded.request.reference, reference);
	grid_clear(g, (struct rect){ r.row, r.col, HEAD_ROWS, r.cols }, STYLE_NORMAL);
	int at = r.col + 1 + grid_text(g, r.row, r.col + 1, r.cols - 2, reference, STYLE_BIG, false) + 3;
	if (at < r.cols)
		grid_text(g, r.row, at, r.cols - at, text_str(&state), style, false);
	grid_text(g, r.row + 1, r.col + 1, r.cols - 2, request_text(&v->loaded.request, FIELD_SUBJECT), STYLE_BOLD, false);
	text_clear(&state);
	style = request_standing(&state, ui_store(v->view.ui), &v->loaded.request);
	grid_text(g, r.row + 2, r.col + 1, r.cols - 2, text_str(&state), style, false);
	grid_hline(g, r.row + 3, r.col, r.cols, STYLE_DIM);
	text_done(&state);
}

static void draw_more(const struct request_view *v, struct grid *g, struct rect body)
{
	if (v->scroll > 0)
		grid_right(g, body.row, body.col, body.cols, g->ascii ? "^" : "↑", STYLE_DIM);
	if (v->scroll + body.rows < v->rows)
		grid_right(g, body.row + body.rows - 1, body.col, body.cols, g->ascii ? "v" : "↓", STYLE_DIM);
}

static int draw_at(struct request_view *v, struct grid *g, struct rect body, bool wide)
{
	if (wide && v->full)
		return facts_draw(&v->journal, g, (struct rect){ body.row, body.col + 1, body.rows, body.cols - 2 }, JOURNAL_LABEL, v->scroll);
	int left = wide ? body.cols * 55 / 100 : body.cols;
	int rows = facts_draw(&v->facts, g, (struct rect){ body.row, body.col + 1, body.rows, left - 2 }, LABEL_COLS, v->scroll);
	if (!wide)
		return rows + facts_draw(v->full ? &v->journal : &v->brief, g, (struct rect){ body.row, body.col + 1, body.rows, left - 2 }, LABEL_COLS, v->scroll - rows - 1) + 1;
	int right = facts_draw(&v->journal, g, (struct rect){ body.row, body.col + left + 2, body.rows, body.cols - left - 3 }, JOURNAL_LABEL, v->scroll);
	return right > rows ? right : rows;
}

static void draw(struct view *view, struct grid *g, struct rect r)
{
	struct request_view *v = (struct request_view *)view;
	struct rect body = { r.row + HEAD_ROWS, r.col, r.rows - HEAD_ROWS, r.cols };
	bool wide = r.cols >= WIDE_COLS;
	v->page = body.rows > 1 ? body.rows - 1 : 1;
	v->rows = draw_at(v, g, body, wide);
	/* The end of the text, or a taller screen: drawn again from where it stops. */
	int last = v->rows > body.rows ? v->rows - body.rows : 0;
	if (v->scroll > last) {
		v->scroll = last;
		grid_clear(g, body, STYLE_NORMAL);
		draw_at(v, g, body, wide);
	}
	draw_head(v, g, r);
	if (wide && !v->full)
		grid_vline(g, body.row - 1, body.col + body.cols * 55 / 100, body.rows + 1, STYLE_DIM);
	draw_more(v, g, body);
	grid_cursor(g, body.row, body.col);
}

/* --- keys --- */

static enum view_result key(struct view *view, const struct key *k)
{
	struct request_view *v = (struct request_view *)view;
	int by = k->code == KEYCODE_UP ? -1 : k->code == KEYCODE_DOWN ? 1 : k->code == KEYCODE_PAGE_UP ? -v->page : k->code == KEYCODE_PAGE_DOWN ? v->page :
		k->code == KEYCODE_HOME ? -v->scroll : k->code == KEYCODE_END ? v->rows : 0;
	if (!by && k->code != KEYCODE_HOME)
		return VIEW_IGNORED;
	v->scroll += by;
	if (v->scroll < 0)
		v->scroll = 0;
	if (v->scroll > v->rows)
		v->scroll = v->rows;
	return VIEW_DONE;
}

static void set_out(struct text *out, const char *lines)
{
	for (const char *p = lines; *p;) {
		size_t n = strcspn(p, "\n");
		bool heading = deadlines_is_heading(p);
		text_add(out, heading ? (out->len ? "\n" : "") : "   ");
		/* What stands in quotes stays on one line with them. */
		for (size_t i = 0; i < n; i++)
			if (p[i] == ' ' && ((i >= 2 && !strncmp(p + i - 2, "«", 2)) || (i + 2 < n && !strncmp(p + i + 1, "»", 2))))
				text_add(out, "\u00a0");
			else
				text_addc(out, p[i]);
		text_addc(out, '\n');
		p += n + (p[n] == '\n');
	}
}

void request_explain(struct ui *ui, int64_t row_id)
{
	struct loaded l;
	struct deadlines due;
	struct text lines = TEXT_INIT, shown = TEXT_INIT;
	struct explanation e = { &lines };
	struct guichet_err err = { 0 };
	if (store_load_id(ui_store(ui), row_id, &l, &err)) {
		ui_complain(ui, &err);
		return;
	}
	deadlines_compute(&l.request, store_catalogue(ui_store(ui)), ui_now(ui), &due, &e);
	set_out(&shown, text_str(&lines));
	ui_show_text(ui, _("Pourquoi ces échéances"), shown.len ? text_str(&shown) : _("Cette demande n'a pas de délai."));
	text_done(&shown);
	text_done(&lines);
	loaded_done(&l);
}

static void outcome_chosen(void *context, const char *code)
{
	struct request_view *v = context;
	struct ui *ui = v->view.ui;
	struct contact_args args = { .channel = channel_code(CHANNEL_PHONE), .outcome = code };
	struct op_id contact;
	struct guichet_err err = { 0 };
	if (desk_contact(ui_store(ui), ui_actor(ui), &args, &v->loaded.request.reference, 1, &contact, &err)) {
		ui_complain(ui, &err);
		return;
	}
	ui_say(ui, "%s", _("appel joint à cette demande"));
	refresh(&v->view);
}

/* A call that is being typed joins this request; else the call is only noted, with what came of it. */
static void join(struct request_view *v)
{
	static const enum outcome outcomes[] = { OUTCOME_CHASED, OUTCOME_ADDED, OUTCOME_INFORMED };
	struct ui *ui = v->view.ui;
	struct choice_value items[sizeof outcomes / sizeof *outcomes];
	if (ui_join_call(ui, v->row_id))
		return;
	for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
		items[i] = (struct choice_value){ outcome_code(outcomes[i]), outcome_label(outcomes[i]), "" };
	ui_choose(ui, _("L'usager appelle pour"), items, sizeof outcomes / sizeof *outcomes, "", outcome_chosen, v);
}

/* As they came, what was folded away too. */
static void read_mails(struct request_view *v)
{
	struct text all = TEXT_INIT;
	if (mail_correspondence(&all, ui_store(v->view.ui), &v->loaded.request))
		ui_show_text(v->view.ui, _("Courriels reçus"), text_str(&all));
	else
		ui_say(v->view.ui, "%s", _("aucun courriel n'est venu sur cette demande"));
	text_done(&all);
}

static bool came_by_mail(const struct request *r)
{
	enum channel channel;
	for (size_t i = 0; i < r->op_count; i++)
		if (r->ops[i].kind == OP_TOUCH && !strcmp(op_text(&r->ops[i], "channel", ""), channel_code(CHANNEL_EMAIL)))
			return true;
	return channel_parse(request_text(r, FIELD_CHANNEL), &channel) && channel == CHANNEL_EMAIL;
}

static enum view_result act(struct view *view, enum action a)
{
	struct request_view *v = (struct request_view *)view;
	switch (a) {
	case ACTION_HISTORY:
		v->full = !v->full;
		return VIEW_DONE;
	case ACTION_EXPLAIN:
		request_explain(view->ui, v->row_id);
		return VIEW_DONE;
	case ACTION_FILES:
		files_choose(view->ui, v->row_id, &v->loaded.request);
		return VIEW_DONE;
	case ACTION_PAPER:
		paper_choose(view->ui, v->row_id);
		return VIEW_DONE;
	case ACTION_JOIN:
		join(v);
		return VIEW_DONE;
	case ACTION_READ:
		read_mails(v);
		return VIEW_DONE;
	default:
		return VIEW_IGNORED;
	}
}

static bool has_parked(const struct request *r)
{
	for (size_t i = 0; i < r->op_count; i++)
		if (r->ops[i].parked && !op_is_aside(&r->ops[i]))
			return true;
	return false;
}

static bool can(struct view *view, enum action a)
{
	struct request_view *v = (struct request_view *)view;
	if (a == ACTION_ADD_BULLETIN || a == ACTION_LIST_VALUES)
		return false;
	if (a == ACTION_READ)
		return came_by_mail(&v->loaded.request);
	if (a == ACTION_SETTLE)
		return request_has_conflict(&v->loaded.request) || has_parked(&v->loaded.request);
	if (!(action_info(a)->needs & NEED_SELECTION))
		return true;
	return steps_can(view->ui, a, status_code(v->loaded.request.status), request_text(&v->loaded.request, FIELD_SERVICE));
}

static int64_t selected(struct view *view)
{
	return ((struct request_view *)view)->row_id;
}

const struct view_ops view_request = { .kind = VIEW_REQUEST, .open = open_request, .close = close_request, .title = title, .refresh = refresh, .draw = draw, .key = key,
	.act = act, .can = can, .selected = selected };
