// SPDX-License-Identifier: GPL-3.0-or-later
/* Steps taken from a screen, on one request or on the marked ones: what this actor may not do now is refused before anything is asked; several requests get a
 * preview (who would be refused, and why); then all goes in one transaction, which `u` takes back whole. */
#include "steps_inside.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/core/reference.h"

void stepping_free(struct ui *ui)
{
	struct stepping_screen *x = ui->stepping;
	ui->stepping = NULL;
	if (!x)
		return;
	for (size_t i = 0; i < SLOT_COUNT; i++)
		free(x->values[i]);
	free(x->given);
	free(x->kept);
	free(x);
}

static enum guichet_rc reference_of(struct ui *ui, int64_t row_id, int64_t *reference, struct guichet_err *err)
{
	struct loaded l;
	enum guichet_rc rc = store_load_id(ui->store, row_id, &l, err);
	if (rc)
		return rc;
	*reference = l.request.reference;
	loaded_done(&l);
	return GUICHET_OK;
}

/* --- doing it --- */

static enum guichet_rc step_on(struct ui *ui, const struct stepping_screen *x, int64_t row_id, int64_t *reference, struct guichet_err *err)
{
	struct step_args args;
	enum guichet_rc rc = reference_of(ui, row_id, reference, err);
	if (rc == GUICHET_OK)
		rc = steps_args(ui, x, &args, err);
	if (rc)
		return rc;
	if (x->to_children)
		return desk_answer_children(ui->store, &ui->options.actor, *reference, &args, false, NULL, NULL, err);
	return desk_step(ui->store, &ui->options.actor, *reference, x->row->step, &args, NULL, err);
}

/* What was told can't be untold: then `u` is not offered. */
static bool may_undo(struct ui *ui, int64_t row_id)
{
	int64_t reference;
	const char *label;
	if (reference_of(ui, row_id, &reference, NULL) || store_begin(ui->store, NULL))
		return false;
	bool may = desk_undo(ui->store, &ui->options.actor, reference, &label, NULL) == GUICHET_OK;
	store_rollback(ui->store);
	return may;
}

static enum guichet_rc perform_all(struct ui *ui, int64_t *reference, size_t *done, struct guichet_err *err)
{
	struct stepping_screen *x = ui->stepping;
	int64_t touched[STEP_ROWS_MAX];
	size_t count = 0;
	enum guichet_rc rc = store_begin(ui->store, err);
	if (rc)
		return rc;
	int64_t before = store_last_op(ui->store);
	for (size_t i = 0; i < x->accepted_count && rc == GUICHET_OK; i++)
		rc = step_on(ui, x, x->accepted[i], reference, err);
	if (rc == GUICHET_OK && x->draft)
		rc = store_drop_draft(ui->store, x->draft, err);
	if (rc == GUICHET_OK) {
		count = store_touched(ui->store, before, touched, STEP_ROWS_MAX);
		rc = store_commit(ui->store, err);
	} else {
		store_rollback(ui->store);
	}
	if (rc == GUICHET_OK) {
		memcpy(ui->undo_rows, touched, count * sizeof *touched);
		ui->undo_count = count && may_undo(ui, touched[0]) ? count : 0;
		*done = count;
	}
	return rc;
}

static void perform(void *context)
{
	struct ui *ui = context;
	struct stepping_screen *x = ui->stepping;
	struct guichet_err err = { 0 };
	int64_t reference = 0;
	size_t done = 0;
	if (perform_all(ui, &reference, &done, &err)) {
		ui_refresh(ui);
		ui_complain(ui, &err);
		if (steps_ask_again(ui))
			return;
	} else {
		const char *undo = ui->undo_count ? _("   (u défait)") : "";
		char shown[REFERENCE_SHOWN];
		reference_show(reference, shown);
		if (done == 1)
			ui_say(ui, "%s : %s%s", shown, x->values[SLOT_CHANNEL] && !strcmp(x->values[SLOT_CHANNEL], ANSWER_DRAFTED) ? _("réponse rédigée : un autre agent la dira") : _(x->row->done), undo);
		else
			ui_say(ui, _("%zu demandes : %s%s"), done, _(x->row->done), undo);
	}
	stepping_free(ui);
	ui_refresh(ui);
}

/* --- several at once --- */

static void add_request(struct ui *ui, struct text *out, int64_t row_id)
{
	struct loaded l;
	char shown[REFERENCE_SHOWN];
	if (store_load_id(ui->store, row_id, &l, NULL))
		return;
	reference_show(l.request.reference, shown);
	text_addf(out, "%s  %s\n", shown, request_text(&l.request, FIELD_SUBJECT));
	loaded_done(&l);
}

/* Each request is tried and taken back, so that the preview says just what would happen. */
static size_t preview(struct ui *ui, struct text *changed, struct text *refusals)
{
	struct stepping_screen *x = ui->stepping;
	x->accepted_count = 0;
	for (size_t i = 0; i < x->count; i++) {
		struct guichet_err err = { 0 };
		int64_t reference = 0;
		enum guichet_rc rc = store_begin(ui->store, &err);
		if (rc == GUICHET_OK) {
			rc = step_on(ui, x, x->ids[i], &reference, &err);
			store_rollback(ui->store);
		}
		if (rc == GUICHET_OK) {
			x->accepted[x->accepted_count++] = x->ids[i];
			add_request(ui, changed, x->ids[i]);
		} else {
			text_addf(refusals, "%s\n", err.message);
		}
	}
	return x->count - x->accepted_count;
}

/* "transmise : Voirie": what will be said of them. */
static void add_outcome(struct ui *ui, struct text *out)
{
	const struct stepping_screen *x = ui->stepping;
	const struct catalogue *c = store_catalogue(ui->store);
	const struct service *service = x->values[SLOT_SERVICE] ? catalogue_service(c, x->values[SLOT_SERVICE]) : NULL;
	const struct body *body = x->values[SLOT_BODY] ? catalogue_body(c, x->values[SLOT_BODY]) : NULL;
	const char *to = service ? service->name : body ? body->name : x->values[SLOT_AGENT];
	text_add(out, _(x->row->done));
	if (to)
		text_addf(out, _(" : %s"), to);
}

/* Those that it will be done for stand first, then those that are left, and why. */
static void confirm_several(struct ui *ui, const struct text *changed, const struct text *refusals, size_t refused)
{
	struct stepping_screen *x = ui->stepping;
	struct text outcome = TEXT_INIT, all = TEXT_INIT;
	add_outcome(ui, &outcome);
	text_add(&all, text_str(changed));
	if (refused)
		text_addf(&all, _("\nLaissées comme elles sont :\n%s"), text_str(refusals));
	if (refused)
		ui_confirm_text(ui, perform, ui, text_str(&outcome), text_str(&all), _("%s : le faire pour %zu demandes, en laisser %zu ?"),
			text_str(&outcome), x->accepted_count, refused);
	else
		ui_confirm_text(ui, perform, ui, text_str(&outcome), text_str(&all), _("%zu demandes : %s ?"), x->accepted_count, text_str(&outcome));
	text_done(&outcome);
	text_done(&all);
}

void steps_finish(struct ui *ui)
{
	struct stepping_screen *x = ui->stepping;
	if (x->count == 1) {
		x->accepted[0] = x->ids[0];
		x->accepted_count = 1;
		perform(ui);
		return;
	}
	struct text changed = TEXT_INIT, refusals = TEXT_INIT;
	size_t refused = preview(ui, &changed, &refusals);
	if (x->accepted_count == 0) {
		ui_show_text(ui, _("Aucune de ces demandes ne le permet"), text_str(&refusals));
		stepping_free(ui);
	} else {
		confirm_several(ui, &changed, &refusals, refused);
	}
	text_done(&changed);
	text_done(&refusals);
}

static void confirmed(void *context)
{
	steps_ask(context);
}

void ui_step(struct ui *ui, enum action a, const int64_t *row_ids, size_t count)
{
	ui_step_given(ui, a, row_ids, count, NULL);
}

void ui_step_given(struct ui *ui, enum action a, const int64_t *row_ids, size_t count, const char *given)
{
	struct guichet_err err = { 0 };
	struct loaded l = { 0 };
	char shown[REFERENCE_SHOWN] = "";
	if (!count)
		return;
	if (store_load_id(ui->store, row_ids[0], &l, &err)) {
		ui_complain(ui, &err);
		return;
	}
	const struct step_row *row = step_row_of(a, &l.request);
	bool refused = row && count == 1 && lifecycle_may(row->step, &l.request, &ui->options.actor, store_catalogue(ui->store), &err) != GUICHET_OK;
	reference_show(l.request.reference, shown);
	size_t seen = l.request.op_count;
	loaded_done(&l);
	if (refused)
		ui_complain(ui, &err);
	if (!row || refused)
		return;
	stepping_free(ui);
	ui->stepping = guichet_alloc(sizeof *ui->stepping);
	ui->stepping->row = row;
	ui->stepping->seen = seen;
	ui->stepping->given = given && *given ? guichet_strdup(given) : NULL;
	ui->stepping->count = count < STEP_ROWS_MAX ? count : STEP_ROWS_MAX;
	memcpy(ui->stepping->ids, row_ids, ui->stepping->count * sizeof *row_ids);
	/* A letter that changes a request asks on one line first (a slip of the hand changes nothing). */
	if (row->asked[0].question == ASK_NOTHING && count == 1)
		ui_confirm(ui, confirmed, ui, _("%s : %s ?"), shown, _(row->done));
	else
		steps_ask(ui);
}

/* --- undo --- */

static enum guichet_rc undo_all(struct ui *ui, const char **label, struct guichet_err *err)
{
	enum guichet_rc rc = store_begin(ui->store, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < ui->undo_count && rc == GUICHET_OK; i++) {
		int64_t reference;
		rc = reference_of(ui, ui->undo_rows[i], &reference, err);
		if (rc == GUICHET_OK)
			rc = desk_undo(ui->store, &ui->options.actor, reference, label, err);
	}
	if (rc == GUICHET_OK)
		return store_commit(ui->store, err);
	store_rollback(ui->store);
	return rc;
}

void ui_may_undo(struct ui *ui, int64_t row_id)
{
	ui->undo_rows[0] = row_id;
	ui->undo_count = 1;
}

static void undo_confirmed(void *context)
{
	struct ui *ui = context;
	struct guichet_err err = { 0 };
	const char *label = "";
	if (!ui->undo_count)
		ui->undo_count = 1;
	if (undo_all(ui, &label, &err))
		ui_complain(ui, &err);
	else if (ui->undo_count == 1)
		ui_say(ui, _("défait : %s"), label);
	else
		ui_say(ui, _("défait : %s (%zu demandes)"), label, ui->undo_count);
	ui->undo_count = 0;
	ui_refresh(ui);
}

void ui_undo(struct ui *ui)
{
	struct view *v = ui_top(ui);
	int64_t row = v && v->ops->selected ? v->ops->selected(v) : 0, reference;
	char shown[REFERENCE_SHOWN];
	if (ui->undo_count) {
		undo_confirmed(ui);
		return;
	}
	/* Nothing was done on this screen since it was opened: perhaps before, on the request that is shown. */
	if (!row || reference_of(ui, row, &reference, NULL)) {
		ui_say(ui, "%s", _("rien à défaire"));
		return;
	}
	reference_show(reference, shown);
	ui->undo_rows[0] = row;
	ui_confirm(ui, undo_confirmed, ui, _("%s : défaire votre dernière étape ?"), shown);
}
