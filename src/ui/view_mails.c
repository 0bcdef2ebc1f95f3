// SPDX-License-Identifier: GPL-3.0-or-later
/* The Courriels screen: what came by mail, newest first, with the category that its words speak for beside it.
 * What is made of one is in mails_sort.c. Must not know how mails are read or sent. */
#include <stdlib.h>
#include <string.h>

#include "call_inside.h"
#include "guichet/base/i18n.h"
#include "guichet/core/reference.h"
#include "guichet/core/suggest.h"
#include "guichet/report/mail_words.h"
#include "mails_inside.h"

enum {
	WHEN_COLS = 16,
	FROM_COLS = 20,
	SORT_COLS = 24,
	TOLD_ROWS = 10,
	LEAST_ROWS = 16,
	LABEL_COLS = 10,
	WIDE = 100,
	TOLD_BYTES = 6000
};

static const unsigned people =
	1U << MAIL_CREATED | 1U << MAIL_THREADED | 1U << MAIL_QUARANTINED | 1U << MAIL_BOUNCE | 1U << MAIL_ACCEPTED;
static const unsigned machines = 1U << MAIL_MACHINE | 1U << MAIL_DROPPED;

/* --- reading --- */

struct reading {
	struct mail_line *rows;
	size_t count;
};

static bool take_row(void *context, const struct mail_row *m)
{
	struct reading *r = context;
	r->rows[r->count++] = (struct mail_line){
		.id = m->id, .at_ms = m->at_ms, .request = m->request, .reference = m->reference, .sort = m->sort
	};
	return true;
}

static size_t fetch(void *context, const void *from, bool backward, size_t count, void *rows)
{
	struct mails_view *v = context;
	const struct mail_line *after = from;
	struct reading r = { .rows = rows };
	struct guichet_err err = { 0 };
	const struct mail_filter f = { .sorts = v->machines ? people | machines : people,
		.after_ms = after ? after->at_ms : 0,
		.after = after ? after->id : 0,
		.limit = count };
	(void)backward;
	if (store_list_mail(ui_store(v->view.ui), &f, take_row, &r, &err))
		ui_unread(v->view.ui, &err);
	return r.count;
}

static int64_t id_of(void *context, const void *row)
{
	(void)context;
	return ((const struct mail_line *)row)->id;
}

struct looked_up {
	const struct category *unsorted;
	struct mail_known *known;
};

static bool look_at_request(void *context, const struct request_row *row)
{
	const struct looked_up *l = context;
	enum status status = STATUS_NEW;
	if (status_parse(row->status, &status))
		l->known->status = (int)status;
	/* Linked to another, it goes where that one goes. */
	l->known->open = row->open && status != STATUS_DUPLICATE;
	l->known->unsorted = l->known->open && l->unsorted && !strcmp(row->category, l->unsorted->code);
	return false;
}

static void forget_known(struct mail_known *k)
{
	free(k->from);
	free(k->subject);
	*k = (struct mail_known){ .status = -1 };
}

const struct mail_known *mails_known(struct mails_view *v, const struct mail_line *m)
{
	struct mail_known *k = &v->known[(uint64_t)m->id % MAILS_KNOWN];
	struct store *s = ui_store(v->view.ui);
	struct op op = { 0 };
	int64_t at_ms;
	if (k->id == m->id)
		return k;
	forget_known(k);
	k->id = m->id;
	if (store_mail_op(s, m->id, &op, NULL) == GUICHET_OK) {
		k->from = mail_sender(&op);
		k->subject = mail_subject(&op);
	}
	op_done(&op);
	if (m->request)
		store_row(s, m->request, look_at_request, &(struct looked_up){ store_catalogue(s)->unsorted, k }, NULL);
	k->unread = m->sort == MAIL_THREADED && store_todo_at(s, m->request, TODO_UNREAD, &at_ms);
	return k;
}

/* --- what is told of one --- */

static void forget(struct mail_told *t)
{
	free(t->from);
	free(t->subject);
	free(t->files);
	free(t->text);
	free(t->address);
	*t = (struct mail_told){ 0 };
}

bool mail_told_has(const struct mail_told *t, const struct category *c)
{
	for (size_t i = 0; i < t->likely_count; i++)
		if (t->likely[i] == c)
			return true;
	return false;
}

static void suggest_for(struct mails_view *v, const struct mail_line *m, const struct op *op)
{
	struct store *s = ui_store(v->view.ui);
	struct suggest_counts counts = store_suggest_counts(s);
	struct suggestion found[MAILS_SUGGESTED];
	struct mail_told *t = &v->told;
	struct text words = TEXT_INIT;
	if (!mails_known(v, m)->unsorted && m->sort != MAIL_QUARANTINED)
		return;
	text_addf(&words, "%s\n%s", op_text(op, "subject", ""), op_text(op, "text", ""));
	t->commune = suggest_commune(store_catalogue(s), text_str(&words));
	size_t count = suggest(call_suggester(v->view.ui), &counts, text_str(&words), t->commune, found, MAILS_SUGGESTED);
	for (size_t i = 0; i < count; i++)
		if (!mail_told_has(t, found[i].category))
			t->likely[t->likely_count++] = found[i].category;
	t->category = t->likely_count ? t->likely[0] : NULL;
	text_done(&words);
}

/* As much as a screen can show: the rest is read with a key. */
static char *beginning(const char *text)
{
	size_t n = strlen(text);
	if (n > TOLD_BYTES)
		for (n = TOLD_BYTES; n && ((unsigned char)text[n] & 0xC0) == 0x80; n--)
			;
	return guichet_strndup(text, n);
}

static void tell(struct mails_view *v, const struct mail_line *m)
{
	struct op op = { 0 };
	struct text line = TEXT_INIT;
	struct mail_told *t = &v->told;
	if (t->id == m->id)
		return;
	forget(t);
	if (store_mail_op(ui_store(v->view.ui), m->id, &op, NULL) == GUICHET_OK) {
		t->id = m->id;
		text_add(&line, op_text(&op, "from_name", ""));
		text_addf(&line, line.len ? " <%s>, " : "%s, ", op_text(&op, "from", "?"));
		instant_show_short(&line, m->at_ms);
		t->from = guichet_strdup(text_str(&line));
		t->address = guichet_strdup(op_text(&op, "from", ""));
		t->subject = mail_subject(&op);
		text_clear(&line);
		mail_files(&line, &op);
		t->files = guichet_strdup(text_str(&line));
		t->text = beginning(op_text(&op, "text", ""));
		t->folded = *op_text(&op, "folded", "") != '\0';
		snprintf(t->code, sizeof t->code, "%s", op_text(&op, "why", ""));
		t->why = mail_reason(t->code);
		suggest_for(v, m, &op);
	}
	op_done(&op);
	text_done(&line);
}

/* --- drawing --- */

static const char *state_of(const struct mail_line *m, const struct mail_known *k, enum style *style)
{
	bool waits = k->unsorted || k->unread;
	*style = m->sort == MAIL_QUARANTINED || m->sort == MAIL_BOUNCE ? STYLE_LATE : waits ? STYLE_RISK : STYLE_NORMAL;
	if (k->unread)
		return _("suite d'une demande, à lire");
	if (m->sort == MAIL_CREATED && k->status >= 0)
		return k->unsorted ? _("à qualifier") : status_label((enum status)k->status);
	return mail_sort_label(m->sort);
}

static void draw_row(void *context, const void *row, const struct list_cell *cell)
{
	const struct mail_line *m = row;
	const struct mail_known *k = mails_known(context, m);
	struct text when = TEXT_INIT;
	char shown[REFERENCE_SHOWN] = "";
	int at = cell->col, end = cell->col + cell->width;
	enum style style;
	const char *state = state_of(m, k, &style);
	instant_show_short(&when, m->at_ms);
	grid_text(cell->grid, cell->row, at, 2, m->sort == MAIL_QUARANTINED ? "!!"
			: k->unsorted ? "?"
			: k->unread   ? "!"
						  : "", style, false);
	at += 3;
	grid_text(cell->grid, cell->row, at, WHEN_COLS, text_str(&when), STYLE_NORMAL, false);
	at += WHEN_COLS + 1;
	grid_text(cell->grid, cell->row, at, FROM_COLS, k->from ? k->from : "", STYLE_BOLD, false);
	at += FROM_COLS + 1;
	if (cell->width >= WIDE) {
		if (m->reference)
			reference_show(m->reference, shown);
		grid_text(cell->grid, cell->row, end - SORT_COLS, SORT_COLS, state, style, false);
		grid_text(
			cell->grid, cell->row, end - SORT_COLS - REFERENCE_SHOWN - 1, REFERENCE_SHOWN, shown, STYLE_NORMAL, false);
		end -= SORT_COLS + REFERENCE_SHOWN + 2;
	}
	grid_text(cell->grid, cell->row, at, end - at, k->subject ? k->subject : "", STYLE_NORMAL, false);
	text_done(&when);
}

/* A line of the head, of `most` rows; what is one's own to write is cut, what we say is not. */
static int told_line(
	struct grid *g, struct rect r, int row, int most, const char *label, const char *text, enum style style)
{
	if (!text || !*text || row >= r.rows)
		return row;
	int cols = r.cols - LABEL_COLS, rows = most > 1 ? grid_paragraph_rows(g, cols, text) : 1, left = r.rows - row;
	rows = rows > most ? most : rows;
	grid_text(g, r.row + row, r.col, LABEL_COLS, label, STYLE_LABEL, false);
	return row +
		grid_paragraph(
			g, (struct rect){ r.row + row, r.col + LABEL_COLS, rows < left ? rows : left, cols }, text, style);
}

static void add_proposal(struct text *out, const struct mails_view *v)
{
	const struct catalogue *c = store_catalogue(ui_store(v->view.ui));
	const struct mail_told *t = &v->told;
	if (!t->category)
		return;
	struct competence who = catalogue_competence(c, t->category, t->commune);
	text_addf(out, "%s → %s", t->category->name, who.service ? who.service->name : who.body ? who.body->name : "");
	if (t->commune)
		text_addf(out, ", %s", t->commune->name);
}

static void add_state(struct text *out, const struct mails_view *v, const struct mail_line *m, const char *state)
{
	char shown[REFERENCE_SHOWN];
	text_add(out, state);
	if (*v->told.why)
		text_addf(out, " : %s", v->told.why);
	if (m->reference) {
		reference_show(m->reference, shown);
		text_addf(out, _(", demande %s (Entrée)"), shown);
	}
}

/* What one key makes of it. */
static int draw_offer(struct mails_view *v, struct grid *g, struct rect r, int row, const struct mail_line *m)
{
	struct text proposal = TEXT_INIT;
	bool unsorted = mails_known(v, m)->unsorted;
	add_proposal(&proposal, v);
	const char *key = unsorted && !proposal.len ? _("F4") : _("F8"), *offer = NULL;
	if (m->sort == MAIL_QUARANTINED)
		offer = m->reference ? _("le joint à cette demande ; F6 à une autre ; x l'écarte")
							 : _("en fait une demande ; F6 le joint à une autre ; x l'écarte");
	else if (unsorted && proposal.len)
		text_add(&proposal, _("   (F4 corrige, F6 joint à une autre)"));
	else if (unsorted)
		offer = _("choisit le motif : rien n'est reconnu dans ce texte");
	if (offer || unsorted)
		row = told_line(g, r, row, 2, key, offer ? offer : text_str(&proposal), STYLE_RISK);
	text_done(&proposal);
	return row;
}

static void draw_told(struct mails_view *v, struct grid *g, struct rect r, const struct mail_line *m)
{
	struct text state = TEXT_INIT;
	enum style style;
	tell(v, m);
	if (v->told.id != m->id)
		return;
	add_state(&state, v, m, state_of(m, mails_known(v, m), &style));
	int row = told_line(g, r, 0, 1, _("De"), v->told.from, STYLE_NORMAL);
	row = told_line(g, r, row, 1, _("Objet"), v->told.subject, STYLE_BOLD);
	row = told_line(g, r, row, 2, _("État"), text_str(&state), style);
	row = draw_offer(v, g, r, row, m);
	row = told_line(g, r, row, 3, _("Pièces"), v->told.files, STYLE_NORMAL);
	text_done(&state);
	if (row >= r.rows)
		return;
	struct rect body = { r.row + row, r.col, r.rows - row, r.cols };
	int rows = grid_paragraph_rows(g, body.cols, v->told.text);
	grid_paragraph(g, body, v->told.text, STYLE_NORMAL);
	if (rows > body.rows || v->told.folded)
		grid_right(g, body.row + body.rows - 1, body.col, body.cols,
			rows > body.rows ? _(" V : la suite") : _(" V : ce qui est replié"), STYLE_DIM);
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
	/* As far as the date: a bar over the whole row sends both rows whole at each move. */
	v->list.lit = 4 + WHEN_COLS;
	list_draw(&v->list, g, (struct rect){ r.row + 1, r.col, r.rows - 1 - told, r.cols }, true);
	const struct mail_line *m = list_selected(&v->list);
	if (!told)
		return;
	grid_hline(g, line, r.col, r.cols, STYLE_DIM);
	ui_draw_later(view->ui, (struct rect){ line + 1, r.col, told - 1, r.cols });
	if (m && (v->told.id == m->id || !ui_postpone(view->ui)))
		draw_told(v, g, (struct rect){ line + 1, r.col + 2, told - 1, r.cols - 4 }, m);
}

void mails_draw_waiting(struct grid *g, struct rect *r, int64_t quarantined)
{
	struct text line = TEXT_INIT;
	if (quarantined <= 0 || r->rows <= 4)
		return;
	text_addf(&line,
		quarantined > 1 ? _("!! %lld courriels en quarantaine : I (Courriels) les montre")
						: _("!! %lld courriel en quarantaine : I (Courriels) le montre"),
		(long long)quarantined);
	grid_text(g, r->row, r->col + 1, r->cols - 2, text_str(&line), STYLE_LATE, false);
	r->row++;
	r->rows--;
	text_done(&line);
}

/* --- operations --- */

const struct mail_line *mails_chosen(struct mails_view *v)
{
	/* Keys may come before anything was drawn: the first row is meant. */
	if (!list_selected(&v->list))
		list_refresh(&v->list);
	const struct mail_line *m = list_selected(&v->list);
	if (m)
		tell(v, m);
	return m && v->told.id == m->id ? m : NULL;
}

void mails_refresh(struct mails_view *v)
{
	v->quarantined = store_count_mail(ui_store(v->view.ui), MAIL_QUARANTINED);
	forget(&v->told);
	for (size_t i = 0; i < MAILS_KNOWN; i++)
		forget_known(&v->known[i]);
	list_refresh(&v->list);
}

void mails_go_on(struct mails_view *v)
{
	static const struct key down = { .code = KEYCODE_DOWN };
	mails_refresh(v);
	list_key(&v->list, &down);
}

static void refresh_mails(struct view *view)
{
	mails_refresh((struct mails_view *)view);
}

static void read_whole(struct mails_view *v)
{
	const struct mail_line *m = mails_chosen(v);
	struct op op = { 0 };
	struct text whole = TEXT_INIT;
	if (m && store_mail_op(ui_store(v->view.ui), m->id, &op, NULL) == GUICHET_OK) {
		mail_whole(&whole, &op);
		ui_show_text(v->view.ui, _("Courriel"), text_str(&whole));
	}
	op_done(&op);
	text_done(&whole);
}

static void open_one(struct mails_view *v)
{
	const struct mail_line *m = mails_chosen(v);
	if (m && m->request)
		ui_open(v->view.ui, &view_request, &(struct view_target){ .channel = -1, .row_id = m->request });
	else
		read_whole(v);
}

static void show_files(struct mails_view *v)
{
	const struct mail_line *m = mails_chosen(v);
	struct loaded l;
	if (!m || !m->request || m->sort == MAIL_QUARANTINED) {
		ui_say(v->view.ui, "%s", _("les pièces s'ouvrent sur une demande : F8 ou F6 d'abord"));
	} else if (store_load_id(ui_store(v->view.ui), m->request, &l, NULL) == GUICHET_OK) {
		files_choose(v->view.ui, m->request, &l.request);
		loaded_done(&l);
	}
}

static enum view_result act_mails(struct view *view, enum action a)
{
	struct mails_view *v = (struct mails_view *)view;
	switch (a) {
	case ACTION_VALIDATE:
		mails_validate(v);
		return VIEW_DONE;
	case ACTION_LIST_VALUES:
		mails_ask_category(v);
		return VIEW_DONE;
	case ACTION_JOIN:
		mails_ask_request(v);
		return VIEW_DONE;
	case ACTION_DISCARD:
		mails_ask_reason(v);
		return VIEW_DONE;
	case ACTION_OPEN:
		open_one(v);
		return VIEW_DONE;
	case ACTION_READ:
		read_whole(v);
		return VIEW_DONE;
	case ACTION_FILES:
		show_files(v);
		return VIEW_DONE;
	case ACTION_BY:
		v->machines = !v->machines;
		list_reload(&v->list);
		return VIEW_DONE;
	default:
		return VIEW_IGNORED;
	}
}

/* The bottom line holds what this mail is in need of. */
static bool can_mails(struct view *view, enum action a)
{
	struct mails_view *v = (struct mails_view *)view;
	const struct mail_line *m = list_selected(&v->list);
	bool quarantined = m && m->sort == MAIL_QUARANTINED, unsorted = m && mails_known(v, m)->unsorted;
	switch (a) {
	case ACTION_VALIDATE:
		return quarantined || unsorted;
	case ACTION_LIST_VALUES:
		return unsorted;
	case ACTION_JOIN:
		return quarantined || (m && mails_known(v, m)->open);
	case ACTION_DISCARD:
		return quarantined;
	case ACTION_FILES:
		return m && m->request && !quarantined && v->told.id == m->id && *v->told.files;
	case ACTION_OPEN:
	case ACTION_READ:
		return m != NULL;
	default:
		return true;
	}
}

static struct view *open_mails(struct ui *ui, const struct view_target *target, struct guichet_err *err)
{
	struct mails_view *v = guichet_alloc(sizeof *v);
	(void)target;
	(void)err;
	v->view = (struct view){ &view_mails, ui };
	list_init(&v->list,
		&(struct list_source){ .context = v,
			.row_bytes = sizeof(struct mail_line),
			.fetch = fetch,
			.forward_only = true,
			.id = id_of,
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
	for (size_t i = 0; i < MAILS_KNOWN; i++)
		forget_known(&v->known[i]);
	free(v->category);
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

const struct view_ops view_mails = { .kind = VIEW_MAILS,
	.open = open_mails,
	.close = close_mails,
	.title = title_mails,
	.refresh = refresh_mails,
	.draw = draw_mails,
	.key = key_mails,
	.act = act_mails,
	.can = can_mails,
	.selected = selected_mail };
