// SPDX-License-Identifier: GPL-3.0-or-later
/* How the Appel screen looks: bulletins on top, the form, the pane beside it, what to promise below; and the page that is read out at the end. Must not
 * write to the store. */
#include <stdlib.h>
#include <string.h>

#include "call_inside.h"
#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "guichet/core/phone.h"
#include "guichet/core/privacy.h"
#include "guichet/core/reference.h"

enum { FORM_COLS = 46, PANE_FROM_COLS = 76, BULLETIN_ROWS = 2, TALL_ROWS = 26, UNDER_ROWS = 28, UNDER_PANE_ROWS = 9, LABEL_COLS = 11 };

/* --- bulletins --- */

static int draw_bulletins(struct call_view *v, struct grid *g, struct rect r, const struct call_item *picked)
{
	size_t shown = 0, count = 0;
	for (size_t i = 0; i < v->item_count; i++)
		count += v->items[i].kind == ITEM_BULLETIN;
	for (size_t i = 0; i < v->item_count && shown < BULLETIN_ROWS; i++) {
		const struct call_item *b = &v->items[i];
		struct text line = TEXT_INIT, right = TEXT_INIT;
		int row = r.row + (int)shown;
		if (b->kind != ITEM_BULLETIN || (count > BULLETIN_ROWS && shown == BULLETIN_ROWS - 1 && picked && picked->kind == ITEM_BULLETIN && picked > b))
			continue;
		shown++;
		text_addf(&line, "%s  %s", _("CONSIGNE"), b->head);
		if (*b->tail)
			text_addf(&line, "   « %s »", b->tail);
		if (b == picked)
			text_add(&right, _("F6"));
		if (shown == BULLETIN_ROWS && count > BULLETIN_ROWS)
			text_addf(&right, _("%s+%zu (A)"), right.len ? "  " : "", count - shown);
		int used = right.len ? grid_width(g, text_str(&right)) + 2 : 0;
		grid_clear(g, (struct rect){ row, r.col, 1, r.cols }, STYLE_BULLETIN);
		grid_text(g, row, r.col + 1, r.cols - 2 - used, text_str(&line), STYLE_BULLETIN, false);
		grid_right(g, row, r.col + 1, r.cols - 2, text_str(&right), STYLE_BULLETIN);
		text_done(&line);
		text_done(&right);
	}
	return (int)shown;
}

/* --- the pane --- */

static int draw_item(struct grid *g, struct rect r, const struct call_item *item, bool picked)
{
	int tag = picked ? 3 : 0;
	enum style head = picked ? STYLE_BOLD : item->ended ? STYLE_DIM : STYLE_NORMAL;
	if (r.rows < 2)
		return 0;
	grid_text(g, r.row, r.col, 1, picked ? "▸" : " ", head, false);
	grid_text(g, r.row, r.col + 1, 1, item->ended ? "○" : "●", head, false);
	char shown[REFERENCE_SHOWN];
	struct text line = TEXT_INIT;
	reference_show(item->reference, shown);
	/* Where room is short the number's end tells it. */
	text_addf(&line, "%s%s  %s", r.cols < FORM_COLS ? "…" : "", r.cols < FORM_COLS ? shown + 6 : shown, item->head);
	grid_text(g, r.row, r.col + 3, r.cols - 3 - tag, text_str(&line), head, false);
	text_done(&line);
	if (picked)
		grid_right(g, r.row, r.col + r.cols - 2, 2, "F6", STYLE_KEY);
	grid_text(g, r.row + 1, r.col + 3, r.cols - 3, item->tail, item->style, false);
	return 2;
}

static int draw_items(struct call_view *v, struct grid *g, struct rect r, enum item_kind kind, const struct call_item *picked)
{
	int used = 0, skip = 0, index = 0, room = (r.rows - (kind == ITEM_OWN ? (int)v->told_count : 0)) / 2;
	/* The one that F6 joins is always seen. */
	for (size_t i = 0; i < v->item_count; i++) {
		if (v->items[i].kind != kind)
			continue;
		if (&v->items[i] == picked && index >= room)
			skip = index - room + 1;
		index++;
	}
	index = 0;
	for (size_t i = 0; i < v->item_count; i++) {
		if (v->items[i].kind != kind || index++ < skip)
			continue;
		used += draw_item(g, (struct rect){ r.row + used, r.col, r.rows - used, r.cols }, &v->items[i], &v->items[i] == picked);
		if (kind == ITEM_OWN && &v->items[i] == picked)
			used += call_promises_draw(v, g, (struct rect){ r.row + used, r.col + 3, r.rows - used, r.cols - 3 });
	}
	return used;
}

static void who_line(struct call_view *v, struct text *out)
{
	const struct person *p = call_person(v);
	struct phone phone;
	if (p)
		text_addf(out, "%s%s%s", p->title, *p->title ? " " : "", *p->name ? p->name : _("usager sans nom"));
	else if (v->people_count > 1)
		text_addf(out, _("%zu personnes à ce numéro : F4 dans Nom"), v->people_count);
	else if (v->people_count)
		text_addf(out, _("Numéro connu de %s"), v->people[0].name);
	else if (v->namesakes)
		text_addf(out, v->namesakes > 1 ? _("%zu%s connus de ce nom : F4 dans Nom") : _("%zu%s connu de ce nom : F4 dans Nom"), v->namesakes,
			v->namesakes == NAMESAKES_MAX ? "+" : "");
	else if (*call_text(v, CALL_PHONE) && phone_parse(call_text(v, CALL_PHONE), &phone, NULL) == GUICHET_OK)
		text_add(out, _("Nouvel usager"));
}

static void count_line(const struct call_view *v, struct text *out)
{
	bool more = v->own_total >= 30;
	if (v->own_total == 0)
		text_add(out, _("aucune demande"));
	else if (v->own_open == 0)
		text_addf(out, v->own_total == 1 ? _("1 demande, terminée") : _("%lld%s demandes, aucune en cours"), (long long)v->own_total, more ? "+" : "");
	else
		text_addf(out, _("%lld%s demande%s, %lld en cours"), (long long)v->own_total, more ? "+" : "", v->own_total > 1 ? "s" : "", (long long)v->own_open);
	const struct person *p = call_person(v);
	if (p && p->reply_by >= 0)
		text_addf(out, _(", réponse par %s"), channel_label((enum channel)p->reply_by));
}

static int draw_caller(struct call_view *v, struct grid *g, struct rect r, const struct call_item *picked)
{
	struct text who = TEXT_INIT, count = TEXT_INIT;
	who_line(v, &who);
	int row = r.row;
	if (who.len && r.rows > 0) {
		grid_text(g, row++, r.col, r.cols, text_str(&who), STYLE_TITLE, false);
		if (v->people_count && r.rows > 1) {
			count_line(v, &count);
			grid_text(g, row++, r.col, r.cols, text_str(&count), v->own_open ? STYLE_BOLD : STYLE_DIM, false);
		}
		row += draw_items(v, g, (struct rect){ row, r.col, r.row + r.rows - row, r.cols }, ITEM_OWN, picked);
	}
	text_done(&who);
	text_done(&count);
	return row - r.row;
}

static void draw_hints(struct grid *g, struct rect r, bool written, bool first)
{
	static const char *const spoken_first = N_("Le téléphone d'abord : la fiche de l'usager, ses demandes et ce qu'il faut lui dire s'affichent ici."),
		*const written_first = N_("Pièce : le fichier de la lettre ou de la photo (PDF, JPEG, PNG, TIFF), chemin tapé, collé ou glissé ici.");
	static const char *const hints[] = { "", N_("F2      un autre canal"), N_("F7      rappel souhaité"), N_("Ctrl-D  contact sans demande"), N_("Ctrl-S  aller à un champ"),
		N_("Ctrl-↑↓ choisir ce que F6 joint") };
	int row = first ? grid_paragraph(g, r, written ? _(written_first) : _(spoken_first), STYLE_DIM) : 0;
	for (size_t i = 0; i < sizeof hints / sizeof *hints && row < r.rows; i++)
		if (i != 1 || first)
			row += *hints[i] ? grid_paragraph(g, (struct rect){ r.row + row, r.col, r.rows - row, r.cols }, _(hints[i]), STYLE_DIM) : 1;
}

static void draw_pane(struct call_view *v, struct grid *g, struct rect r, const struct call_item *picked)
{
	int near = 0, own = 0;
	for (size_t i = 0; i < v->item_count; i++) {
		near += v->items[i].kind == ITEM_NEAR;
		own += v->items[i].kind == ITEM_OWN;
	}
	bool somebody = v->people_count || v->namesakes || *call_text(v, CALL_PHONE), written = call_shown(v, CALL_FILE) && v->channel != CHANNEL_DESK;
	if (!near && !somebody) {
		draw_hints(g, r, written, true);
		return;
	}
	int wants_near = near ? 2 + 2 * near : 0, wants_own = somebody ? 2 + 2 * own + (int)v->told_count : 0;
	if (wants_near + wants_own > r.rows) {
		int half = r.rows / 2;
		wants_near = r.rows - wants_own > half ? r.rows - wants_own : wants_near < half ? wants_near : half;
	}
	int used = draw_caller(v, g, (struct rect){ r.row, r.col, r.rows - wants_near, r.cols }, picked);
	if (!near && !own)
		draw_hints(g, (struct rect){ r.row + used, r.col, r.rows - used, r.cols }, written, false);
	if (!near)
		return;
	if (used) {
		grid_hline(g, r.row + used, r.col - 2, r.cols + 2, STYLE_DIM);
		used++;
	}
	grid_text(g, r.row + used, r.col, r.cols, r.cols < FORM_COLS ? _("DÉJÀ SIGNALÉ") : _("DÉJÀ SIGNALÉ, proche ou semblable"), STYLE_LABEL, false);
	used++;
	draw_items(v, g, (struct rect){ r.row + used, r.col, r.rows - used, r.cols }, ITEM_NEAR, picked);
}

/* --- what to promise --- */

static bool privacy_line(struct call_view *v, struct text *out)
{
	struct text all = TEXT_INIT;
	struct privacy_finding f;
	text_addf(&all, "%s\n%s", call_text(v, CALL_SUBJECT), call_text(v, CALL_TEXT));
	bool found = privacy_check(ui_privacy(v->view.ui), text_str(&all), &f, 1) > 0;
	if (found)
		text_addf(out, _("! %s : « %.*s ». À retirer, sauf si la demande ne peut s'en passer."), privacy_kind_label(f.kind), (int)(f.to - f.from),
			text_str(&all) + f.from);
	text_done(&all);
	return found;
}

static void promise_line(struct call_view *v, const struct category *m, struct competence who, struct text *out)
{
	const struct catalogue *c = store_catalogue(ui_store(v->view.ui));
	struct deadlines due;
	int64_t now = ui_now(v->view.ui), received;
	if (!call_instant(call_text(v, CALL_RECEIVED), &received, NULL) || received > now)
		received = now;
	if (who.body) {
		text_addf(out, _("aucune : %s%s%s, hors compétence"), who.body->name, who.body->phone ? ", " : "", who.body->phone ? who.body->phone : "");
		return;
	}
	deadlines_preview(c, m, who.service ? who.service : c->desk, call_danger(v), (int)v->channel, received, now, &due, NULL);
	if (due.due[TARGET_ANSWER] == NO_INSTANT)
		return;
	text_add(out, _("réponse au plus tard le "));
	day_show(out, due_day(due.due[TARGET_ANSWER]));
}

/* Its rows: a line, the promise, what to say, and where there is cause the danger and the privacy warning. */
static int draw_foot(struct call_view *v, struct grid *g, struct rect r)
{
	const struct catalogue *c = store_catalogue(ui_store(v->view.ui));
	const struct category *m = call_category(v);
	bool tall = r.rows >= TALL_ROWS, danger = call_danger(v);
	struct text privacy = TEXT_INIT, promise = TEXT_INIT, alarm = TEXT_INIT, say = TEXT_INIT;
	bool warned = privacy_line(v, &privacy);
	int rows = 3 + warned + danger + (tall ? 1 : 0), row = r.row + r.rows - rows;
	grid_hline(g, row, r.col, r.cols, STYLE_DIM);
	if (warned)
		grid_text(g, ++row, r.col + 1, r.cols - 2, text_str(&privacy), STYLE_RISK, false);
	const struct category *used = m ? m : *call_text(v, CALL_SUBJECT) && !*call_text(v, CALL_CATEGORY) ? c->unsorted : NULL;
	struct competence who = { 0 };
	if (used) {
		who = catalogue_competence(c, used, call_commune(v));
		promise_line(v, used, who, &promise);
		if (!m)
			text_add(&promise, _("  (à qualifier)"));
		const char *words = who.body && who.body->say ? who.body->say : used->say;
		if (words && *words)
			text_addf(&say, "« %s »", words);
	}
	if (danger) {
		const char *number = who.service && who.service->on_call_phone ? who.service->on_call_phone : NULL;
		text_addf(&alarm, *call_text(v, CALL_TOLD) ? _("DANGER  astreinte %s : prévenue, %s") : _("DANGER  appelez l'astreinte %s, puis F8 : qui est prévenu ?"),
			number ? number : _("(numéro non renseigné)"), call_text(v, CALL_TOLD));
		grid_text(g, ++row, r.col, r.cols, "", STYLE_DANGER, true);
		grid_text(g, row, r.col + 1, r.cols - 2, text_str(&alarm), STYLE_DANGER, false);
	}
	grid_text(g, ++row, r.col + 1, LABEL_COLS, _("Promesse"), STYLE_LABEL, false);
	if (!used)
		text_add(&promise, *call_text(v, CALL_SUBJECT) ? _("dès que le motif est choisi") : _("dès que l'objet est dit"));
	grid_text(g, row, r.col + 1 + LABEL_COLS, r.cols - LABEL_COLS - 2, text_str(&promise), used ? STYLE_BOLD : STYLE_DIM, false);
	grid_text(g, ++row, r.col + 1, LABEL_COLS, _("À dire"), STYLE_LABEL, false);
	grid_paragraph(g, (struct rect){ row, r.col + 1 + LABEL_COLS, tall ? 2 : 1, r.cols - LABEL_COLS - 2 }, text_str(&say), STYLE_NORMAL);
	text_done(&privacy);
	text_done(&promise);
	text_done(&alarm);
	text_done(&say);
	return rows;
}

/* --- the letters of an outcome --- */

static void draw_outcomes(struct grid *g, struct rect r)
{
	int count = 0, row = 0;
	while (call_endings[count].letter)
		count++;
	struct rect box = { r.row + (r.rows - count - 4) / 2, r.col + (r.cols - 60) / 2, count + 4, 60 };
	struct rect in = grid_frame(g, box, _("Terminer sans demande : une lettre"), STYLE_TITLE);
	for (; call_endings[row].letter; row++) {
		char letter[2] = { call_endings[row].letter, '\0' };
		grid_text(g, in.row + row, in.col + 2, 1, letter, STYLE_KEY, false);
		grid_text(g, in.row + row, in.col + 5, in.cols - 6, _(call_endings[row].label), STYLE_NORMAL, false);
	}
	grid_text(g, in.row + row + 1, in.col + 2, in.cols - 3, _("Entrée ou Échap : retour à la saisie"), STYLE_DIM, false);
	grid_cursor(g, in.row, in.col + 2);
}

/* --- the page that is read out --- */

/* 31 40 03 21 06 -> "3 1   4 0   0 3   2 1   0 6" */
static void add_spaced(struct text *out, int64_t reference)
{
	char shown[REFERENCE_SHOWN];
	reference_show(reference, shown);
	for (const char *c = shown; *c; c++)
		text_addf(out, *c == ' ' ? " %c" : "%c ", *c);
}

static int done_line(struct grid *g, struct rect r, int row, const char *label, const char *text, enum style style)
{
	if (!text || !*text || row >= r.rows)
		return row;
	grid_text(g, r.row + row, r.col, LABEL_COLS, label, STYLE_LABEL, false);
	return row + grid_paragraph(g, (struct rect){ r.row + row, r.col + LABEL_COLS, r.rows - row < 3 ? r.rows - row : 3, r.cols - LABEL_COLS }, text, style);
}

static int draw_others(struct call_view *v, struct grid *g, struct rect r, int row)
{
	bool said = false;
	for (size_t i = 0; i < v->item_count && row + 2 < r.rows; i++) {
		const struct call_item *item = &v->items[i];
		if (item->kind != ITEM_OWN || item->ended || item->reference == v->done.reference)
			continue;
		if (!said)
			grid_text(g, r.row + row++, r.col, r.cols, _("Cet usager attend aussi"), STYLE_LABEL, false);
		said = true;
		row += draw_item(g, (struct rect){ r.row + row, r.col, 2, r.cols }, item, false);
	}
	return row;
}

static void draw_done(struct call_view *v, struct grid *g, struct rect r)
{
	const struct call_done *d = &v->done;
	struct text number = TEXT_INIT, promise = TEXT_INIT, alarm = TEXT_INIT;
	struct rect in = { r.row + 1, r.col + 4, r.rows - 3, r.cols - 8 };
	int row = 0;
	grid_text(g, in.row + row, in.col, in.cols, d->heading, STYLE_OK, false);
	row += 2;
	if (d->untold) {
		text_addf(&alarm, _(" DANGER NON TRANSMIS  astreinte %s ; z note qui est prévenu"), d->on_call ? d->on_call : "");
		grid_text(g, in.row + row, in.col, in.cols, text_str(&alarm), STYLE_DANGER, true);
		row += 2;
	}
	if (d->reference) {
		add_spaced(&number, d->reference);
		grid_text(g, in.row + row, in.col, LABEL_COLS, _("Référence"), STYLE_LABEL, false);
		grid_text(g, in.row + row, in.col + LABEL_COLS, in.cols - LABEL_COLS, text_str(&number), STYLE_BIG, false);
	}
	grid_cursor(g, in.row + row, in.col + (d->reference ? LABEL_COLS : 0));
	row += d->reference ? 2 : 0;
	if (d->promised_ms != NO_INSTANT) {
		text_add(&promise, d->told ? _("réponse au plus tard le ") : _("à écrire : réponse au plus tard le "));
		day_show(&promise, due_day(d->promised_ms));
		row = done_line(g, in, row, _("Promesse"), text_str(&promise), STYLE_BIG) + 1;
	}
	if (d->say && *d->say)
		row = done_line(g, in, row, _("À dire"), d->say, STYLE_NORMAL) + 1;
	if (d->competence)
		row = done_line(g, in, row, _("Réorientée"), d->competence, STYLE_BOLD);
	else
		row = done_line(g, in, row, _("Service"), d->service, STYLE_NORMAL);
	row = done_line(g, in, row, _("Attention"), d->warning, STYLE_RISK);
	draw_others(v, g, (struct rect){ in.row, in.col, in.rows - 1, in.cols }, row + 1);
	bool written = v->channel != CHANNEL_PHONE && v->channel != CHANNEL_DESK;
	grid_text(g, r.row + r.rows - 1, in.col, in.cols, !written ? _("Entrée  autre demande du même contact      n  nouvel appel")
		: v->channel == CHANNEL_POST ? _("Entrée  autre demande du contact   F5  autre courrier   n  nouvel appel")
		: _("Entrée  autre demande du contact   F5  autre courriel   n  nouvel appel"), STYLE_BOLD, false);
	text_done(&number);
	text_done(&promise);
	text_done(&alarm);
}

/* --- the whole --- */

/* The caller in a word, where there is no room for the pane. */
static void draw_narrow(struct call_view *v, struct grid *g, struct rect r)
{
	struct text line = TEXT_INIT;
	who_line(v, &line);
	if (line.len && v->people_count) {
		text_add(&line, " : ");
		count_line(v, &line);
	}
	grid_text(g, r.row, r.col + 2, r.cols - 2, text_str(&line), STYLE_TITLE, false);
	text_done(&line);
}

void call_draw(struct view *view, struct grid *g, struct rect r)
{
	struct call_view *v = (struct call_view *)view;
	v->cols = r.cols;
	if (v->mode == MODE_DONE) {
		draw_done(v, g, r);
		return;
	}
	call_look_up(v);
	const struct call_item *picked = call_item(v);
	call_promises(v, picked);
	int top = draw_bulletins(v, g, r, picked), foot = draw_foot(v, g, r), cols = r.cols;
	struct rect middle = { r.row + top, r.col, r.rows - top - foot, r.cols };
	if (r.cols >= PANE_FROM_COLS) {
		cols = r.cols >= WIDE_COLS ? r.cols * 55 / 100 : FORM_COLS;
		grid_vline(g, top ? middle.row : middle.row - 1, r.col + cols, middle.rows + 1 + !top, STYLE_DIM);
		draw_pane(v, g, (struct rect){ middle.row, r.col + cols + 2, middle.rows, r.cols - cols - 3 }, picked);
	} else if (r.rows >= UNDER_ROWS) {
		middle.rows -= UNDER_PANE_ROWS + 1;
		grid_hline(g, middle.row + middle.rows, r.col, r.cols, STYLE_DIM);
		draw_pane(v, g, (struct rect){ middle.row + middle.rows + 1, r.col + 2, UNDER_PANE_ROWS, r.cols - 4 }, picked);
	} else {
		draw_narrow(v, g, middle);
		middle.row++;
		middle.rows--;
	}
	form_draw(&v->form, g, (struct rect){ middle.row, middle.col, middle.rows, cols }, v->mode == MODE_FORM);
	if (v->mode == MODE_OUTCOME)
		draw_outcomes(g, r);
}
