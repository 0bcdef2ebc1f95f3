// SPDX-License-Identifier: GPL-3.0-or-later
/* Steps taken from a screen, on one request or on the marked ones. What an action needs is a row of a table: its questions are asked one after the other, then
 * several requests get a preview (who would be refused, and why), then all goes in one transaction, which `u` takes back whole. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "guichet/core/reference.h"
#include "ui_inside.h"

enum question { ASK_NOTHING, ASK_SERVICE, ASK_BODY, ASK_CHANNEL, ASK_WAIT, ASK_LINE, ASK_TEXT, ASK_DAY, ASK_MOMENT, ASK_REFERENCE, ASK_CLOSE };
enum slot { SLOT_TEXT, SLOT_REASON, SLOT_CHANNEL, SLOT_SERVICE, SLOT_AGENT, SLOT_BODY, SLOT_WHO, SLOT_RESULT, SLOT_NUMBER, SLOT_CONTRACTOR, SLOT_DATE, SLOT_AT,
	SLOT_TARGET, SLOT_COUNT };
enum { QUESTIONS_MAX = 4 };

struct asked { enum question question; enum slot slot; const char *label; bool optional; };

static const struct step_row {
	enum action action;
	enum step step;
	const char *done;                              /* said afterwards */
	struct asked asked[QUESTIONS_MAX];
} rows[] = {
	{ ACTION_TAKE, STEP_TAKE, N_("prise en charge"), { { 0 } } },
	{ ACTION_DONE, STEP_DONE, N_("travaux réalisés"), { { 0 } } },
	{ ACTION_REMIND, STEP_REMIND, N_("service relancé"), { { 0 } } },
	{ ACTION_ROUTE, STEP_ROUTE, N_("transmise"), { { ASK_SERVICE, SLOT_SERVICE, N_("Transmettre à"), false } } },
	{ ACTION_ORDER, STEP_ORDER, N_("travaux commandés"), { { ASK_LINE, SLOT_NUMBER, N_("N° de bon de commande ou d'ordre de travail"), true },
		{ ASK_LINE, SLOT_CONTRACTOR, N_("Entreprise, ou régie"), true }, { ASK_DAY, SLOT_DATE, N_("Date prévue (24/11/2026)"), true } } },
	{ ACTION_ANSWER, STEP_ANSWER, N_("réponse enregistrée"), { { ASK_CHANNEL, SLOT_CHANNEL, N_("Réponse donnée par"), false },
		{ ASK_TEXT, SLOT_TEXT, N_("Réponse dite, envoyée ou postée"), true } } },
	{ ACTION_INFORM, STEP_INFORM, N_("réponse d'attente enregistrée"), { { ASK_CHANNEL, SLOT_CHANNEL, N_("Réponse d'attente par"), false },
		{ ASK_TEXT, SLOT_TEXT, N_("Réponse d'attente (aucun délai ne s'arrête)"), false } } },
	{ ACTION_CLOSE, STEP_CLOSE, N_("clôturée"), { { ASK_CLOSE, SLOT_REASON, N_("Clôture"), true } } },
	{ ACTION_WAIT, STEP_WAIT, N_("mise en attente"), { { ASK_WAIT, SLOT_REASON, N_("En attente de"), false },
		{ ASK_LINE, SLOT_TEXT, N_("Ce qu'on attend"), true } } },
	{ ACTION_REFUSE, STEP_REFUSE, N_("compétence refusée"), { { ASK_LINE, SLOT_REASON, N_("Pourquoi ce n'est pas à ce service"), false } } },
	{ ACTION_REDIRECT, STEP_REDIRECT, N_("réorientée"), { { ASK_BODY, SLOT_BODY, N_("Réorienter vers"), false },
		{ ASK_CHANNEL, SLOT_CHANNEL, N_("Usager prévenu par"), false }, { ASK_TEXT, SLOT_TEXT, N_("Avis donné à l'usager (vide : à donner plus tard)"), true } } },
	{ ACTION_NOTE, STEP_NOTE, N_("note ajoutée"), { { ASK_TEXT, SLOT_TEXT, N_("Note"), false } } },
	{ ACTION_PROMISE, STEP_PROMISE, N_("engagement noté"), { { ASK_DAY, SLOT_DATE, N_("Engagement : au plus tard le (24/11/2026)"), false },
		{ ASK_LINE, SLOT_REASON, N_("Raison"), false }, { ASK_CHANNEL, SLOT_CHANNEL, N_("Dit par"), false } } },
	{ ACTION_LINK, STEP_LINK, N_("rattachée"), { { ASK_REFERENCE, SLOT_TARGET, N_("Rattacher à la demande n°"), false } } },
	{ ACTION_ASSIGN, STEP_ASSIGN, N_("attribuée"), { { ASK_LINE, SLOT_AGENT, N_("Agent"), false } } },
	{ ACTION_TOLD, STEP_DANGER_TOLD, N_("transmission notée"), { { ASK_LINE, SLOT_WHO, N_("Qui a été prévenu"), false } } },
	{ ACTION_REOPEN, STEP_REOPEN, N_("rouverte"), { { ASK_LINE, SLOT_REASON, N_("Pourquoi la rouvrir"), false } } },
	{ ACTION_CALLBACK, STEP_CALLBACK, N_("rappel prévu"), { { ASK_MOMENT, SLOT_AT, N_("Rappeler le (24/11/2026 14:00)"), false } } },
};

/* A call-back that is due is answered by its result; a waiting request is resumed: the same key, the other half. */
static const struct step_row callback_tried = { ACTION_CALLBACK, STEP_CALLBACK_TRIED, N_("rappel noté"),
	{ { ASK_LINE, SLOT_RESULT, N_("Résultat du rappel (joint, absent, message...)"), false } } };
static const struct step_row resume = { ACTION_WAIT, STEP_RESUME, N_("reprise"), { { 0 } } };

struct stepping_screen {
	const struct step_row *row;
	int64_t ids[STEP_ROWS_MAX]; size_t count;
	int64_t accepted[STEP_ROWS_MAX]; size_t accepted_count;
	char *values[SLOT_COUNT];
	size_t next;                                   /* question to ask */
};

void stepping_free(struct ui *ui)
{
	struct stepping_screen *x = ui->stepping;
	ui->stepping = NULL;
	if (!x)
		return;
	for (size_t i = 0; i < SLOT_COUNT; i++)
		free(x->values[i]);
	free(x);
}

static void ask_next(struct ui *ui);

static void answered(void *context, const char *value)
{
	struct ui *ui = context;
	struct stepping_screen *x = ui->stepping;
	const struct asked *q = &x->row->asked[x->next];
	if ((!value || !value[strspn(value, " \n\t")]) && !q->optional) {
		ui_say(ui, "%s", _("réponse vide : rien n'a été fait"));
		stepping_free(ui);
		return;
	}
	free(x->values[q->slot]);
	x->values[q->slot] = value && *value ? guichet_strdup(value) : NULL;
	x->next++;
	ask_next(ui);
}

/* --- the arguments of the step --- */

static enum guichet_rc fill_args(struct ui *ui, const struct stepping_screen *x, struct step_args *args, struct guichet_err *err)
{
	memset(args, 0, sizeof *args);
	args->text = x->values[SLOT_TEXT];
	args->reason = x->values[SLOT_REASON];
	args->channel = x->values[SLOT_CHANNEL];
	args->service = x->values[SLOT_SERVICE];
	args->agent = x->values[SLOT_AGENT];
	args->body = x->values[SLOT_BODY];
	args->who = x->values[SLOT_WHO];
	args->result = x->values[SLOT_RESULT];
	args->number = x->values[SLOT_NUMBER];
	args->contractor = x->values[SLOT_CONTRACTOR];
	/* A redirection without a notice: the channel was only asked for it. */
	if (x->row->step == STEP_REDIRECT && !args->text)
		args->channel = NULL;
	if (args->result)
		args->reached = !utf8_compare_folded(args->result, "joint") || !utf8_compare_folded(args->result, "jointe");
	enum guichet_rc rc = GUICHET_OK;
	if (x->values[SLOT_DATE]) {
		int32_t day;
		rc = day_parse(_("date"), x->values[SLOT_DATE], &day, err);
		args->date_ms = rc ? 0 : paris_instant(day, 1439);
	}
	if (rc == GUICHET_OK && x->values[SLOT_AT])
		rc = instant_parse(_("date"), x->values[SLOT_AT], &args->at_ms, err);
	if (rc == GUICHET_OK && x->values[SLOT_TARGET]) {
		int64_t reference;
		rc = reference_parse(x->values[SLOT_TARGET], &reference, err);
		if (rc == GUICHET_OK)
			rc = desk_op_of_reference(ui->store, reference, &args->target, err);
	}
	return rc;
}

static enum guichet_rc step_row_id(struct ui *ui, int64_t row_id, const struct stepping_screen *x, int64_t *reference, struct guichet_err *err)
{
	struct loaded l;
	struct step_args args;
	enum guichet_rc rc = store_load_id(ui->store, row_id, &l, err);
	if (rc)
		return rc;
	*reference = l.request.reference;
	loaded_done(&l);
	rc = fill_args(ui, x, &args, err);
	return rc ? rc : desk_step(ui->store, &ui->options.actor, *reference, x->row->step, &args, NULL, err);
}

/* --- doing it --- */

static void perform(void *context)
{
	struct ui *ui = context;
	struct stepping_screen *x = ui->stepping;
	struct guichet_err err = { 0 };
	int64_t reference = 0;
	enum guichet_rc rc = store_begin(ui->store, &err);
	if (rc == GUICHET_OK) {
		for (size_t i = 0; i < x->accepted_count && rc == GUICHET_OK; i++)
			rc = step_row_id(ui, x->accepted[i], x, &reference, &err);
		if (rc == GUICHET_OK)
			rc = store_commit(ui->store, &err);
		else
			store_rollback(ui->store);
	}
	if (rc) {
		ui_complain(ui, &err);
	} else {
		char shown[REFERENCE_SHOWN];
		reference_show(reference, shown);
		memcpy(ui->undo_rows, x->accepted, x->accepted_count * sizeof *x->accepted);
		ui->undo_count = x->accepted_count;
		if (x->accepted_count == 1)
			ui_say(ui, _("%s : %s   (u défait)"), shown, _(x->row->done));
		else
			ui_say(ui, _("%zu demandes : %s   (u défait)"), x->accepted_count, _(x->row->done));
	}
	stepping_free(ui);
	if (ui_top(ui) && ui_top(ui)->ops->refresh)
		ui_top(ui)->ops->refresh(ui_top(ui));
}

/* Each request is tried and taken back, so that the preview says just what would happen. */
static void preview(struct ui *ui, struct text *out)
{
	struct stepping_screen *x = ui->stepping;
	size_t refused = 0;
	x->accepted_count = 0;
	for (size_t i = 0; i < x->count; i++) {
		struct guichet_err err = { 0 };
		int64_t reference = 0;
		char shown[REFERENCE_SHOWN];
		enum guichet_rc rc = store_begin(ui->store, &err);
		if (rc == GUICHET_OK) {
			rc = step_row_id(ui, x->ids[i], x, &reference, &err);
			store_rollback(ui->store);
		}
		reference_show(reference, shown);
		if (rc == GUICHET_OK) {
			x->accepted[x->accepted_count++] = x->ids[i];
		} else {
			refused++;
			text_addf(out, "%s : %s\n", shown, err.message);
		}
	}
	if (refused)
		text_addf(out, _("%zu refusées, %zu faisables\n"), refused, x->accepted_count);
}

static void finish(struct ui *ui)
{
	struct stepping_screen *x = ui->stepping;
	if (x->count == 1) {
		x->accepted[0] = x->ids[0];
		x->accepted_count = 1;
		perform(ui);
		return;
	}
	struct text lines = TEXT_INIT;
	preview(ui, &lines);
	if (x->accepted_count == 0) {
		ui_show_text(ui, _("Rien n'est faisable"), text_str(&lines));
		stepping_free(ui);
	} else if (lines.len) {
		ui_confirm(ui, perform, ui, _("%zu demandes seront faites, %zu refusées (%s). Continuer ?"), x->accepted_count, x->count - x->accepted_count,
			_(x->row->done));
	} else {
		ui_confirm(ui, perform, ui, _("%zu demandes : %s ?"), x->accepted_count, _(x->row->done));
	}
	text_done(&lines);
}

/* --- the questions --- */

static void choose_from_catalogue(struct ui *ui, const struct asked *q)
{
	const struct catalogue *c = store_catalogue(ui->store);
	size_t n = q->question == ASK_SERVICE ? c->service_count : c->body_count;
	struct choice_value *items = guichet_alloc((n + 1) * sizeof *items);
	for (size_t i = 0; i < n; i++) {
		if (q->question == ASK_SERVICE)
			items[i] = (struct choice_value){ c->services[i]->code, c->services[i]->name, "" };
		else
			items[i] = (struct choice_value){ c->bodies[i].code, c->bodies[i].name, c->bodies[i].phone ? c->bodies[i].phone : "" };
	}
	ui_choose(ui, _(q->label), items, n, "", answered, ui);
	free(items);
}

static void choose_from_enum(struct ui *ui, const struct asked *q)
{
	struct choice_value items[CLOSE_REASON_COUNT + CHANNEL_COUNT];
	size_t n = 0;
	if (q->question == ASK_CHANNEL)
		for (int i = 0; i < CHANNEL_COUNT; i++)
			items[n++] = (struct choice_value){ channel_code((enum channel)i), channel_label((enum channel)i), "" };
	if (q->question == ASK_WAIT)
		for (int i = 0; i < WAIT_REASON_COUNT; i++)
			items[n++] = (struct choice_value){ wait_reason_code((enum wait_reason)i), wait_reason_label((enum wait_reason)i), "" };
	if (q->question == ASK_CLOSE) {
		items[n++] = (struct choice_value){ "", _("répondue"), _("la réponse a été donnée") };
		for (int i = CLOSE_ANSWERED + 1; i < CLOSE_REASON_COUNT; i++)
			items[n++] = (struct choice_value){ close_reason_code((enum close_reason)i), close_reason_label((enum close_reason)i), _("sans réponse") };
	}
	ui_choose(ui, _(q->label), items, n, "", answered, ui);
}

static void ask_next(struct ui *ui)
{
	struct stepping_screen *x = ui->stepping;
	if (x->next >= QUESTIONS_MAX || x->row->asked[x->next].question == ASK_NOTHING) {
		finish(ui);
		return;
	}
	const struct asked *q = &x->row->asked[x->next];
	switch (q->question) {
	case ASK_SERVICE:
	case ASK_BODY:
		choose_from_catalogue(ui, q);
		break;
	case ASK_CHANNEL:
	case ASK_WAIT:
	case ASK_CLOSE:
		choose_from_enum(ui, q);
		break;
	case ASK_TEXT:
		ui_write(ui, _(q->label), "", answered, ui);
		break;
	default:
		ui_ask(ui, _(q->label), "", answered, ui);
	}
}

static void confirmed(void *context)
{
	ask_next(context);
}

static const struct step_row *row_of(struct ui *ui, enum action a, int64_t first)
{
	struct loaded l;
	bool waiting = false, callback = false;
	if ((a == ACTION_WAIT || a == ACTION_CALLBACK) && store_load_id(ui->store, first, &l, NULL) == GUICHET_OK) {
		waiting = l.request.status == STATUS_WAITING;
		for (size_t i = 0; i < l.request.callback_count; i++)
			callback = callback || !l.request.callbacks[i].done;
		loaded_done(&l);
	}
	if (a == ACTION_WAIT && waiting)
		return &resume;
	if (a == ACTION_CALLBACK && callback)
		return &callback_tried;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].action == a)
			return &rows[i];
	return NULL;
}

void ui_step(struct ui *ui, enum action a, const int64_t *row_ids, size_t count)
{
	const struct step_row *row = count ? row_of(ui, a, row_ids[0]) : NULL;
	if (!row)
		return;
	stepping_free(ui);
	ui->stepping = guichet_alloc(sizeof *ui->stepping);
	ui->stepping->row = row;
	ui->stepping->count = count < STEP_ROWS_MAX ? count : STEP_ROWS_MAX;
	memcpy(ui->stepping->ids, row_ids, ui->stepping->count * sizeof *row_ids);
	/* A letter that changes a request asks on one line first (UX: a slip of the hand changes nothing). */
	if (row->asked[0].question == ASK_NOTHING && count == 1) {
		struct loaded l;
		char shown[REFERENCE_SHOWN] = "";
		if (store_load_id(ui->store, row_ids[0], &l, NULL) == GUICHET_OK) {
			reference_show(l.request.reference, shown);
			loaded_done(&l);
		}
		ui_confirm(ui, confirmed, ui, _("%s : %s ?"), shown, _(row->done));
		return;
	}
	ask_next(ui);
}

void ui_undo(struct ui *ui)
{
	struct guichet_err err = { 0 };
	const char *label = "";
	if (!ui->undo_count) {
		ui_say(ui, "%s", _("rien à défaire"));
		return;
	}
	enum guichet_rc rc = store_begin(ui->store, &err);
	if (rc == GUICHET_OK) {
		for (size_t i = 0; i < ui->undo_count && rc == GUICHET_OK; i++) {
			struct loaded l;
			rc = store_load_id(ui->store, ui->undo_rows[i], &l, &err);
			int64_t reference = rc ? 0 : l.request.reference;
			if (rc == GUICHET_OK)
				loaded_done(&l);
			if (rc == GUICHET_OK)
				rc = desk_undo(ui->store, &ui->options.actor, reference, &label, &err);
		}
		if (rc == GUICHET_OK)
			rc = store_commit(ui->store, &err);
		else
			store_rollback(ui->store);
	}
	if (rc) {
		ui_complain(ui, &err);
		return;
	}
	ui_say(ui, _("défait : %s"), label);
	ui->undo_count = 0;
	if (ui_top(ui) && ui_top(ui)->ops->refresh)
		ui_top(ui)->ops->refresh(ui_top(ui));
}
