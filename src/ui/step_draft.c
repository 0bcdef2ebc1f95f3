// SPDX-License-Identifier: GPL-3.0-or-later
/* What is being written for a step on one request (an answer, a note...) is a draft like a call is: kept while it is typed and when it is put aside, listed among the
 * Brouillons, taken up again on the request. Must not know what the steps do. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "call_inside.h"
#include "guichet/base/i18n.h"
#include "guichet/core/reference.h"
#include "steps_inside.h"

/* The field that tells it from a call's draft. */
static const char STEP[] = "step";
/* How many operations the request had when the writing began. */
static const char SEEN[] = "seen";

static bool is_written(const struct ui *ui)
{
	return ui->overlay.kind == OVERLAY_WRITE && ui->stepping && ui->stepping->count == 1 && !ui->options.read_only;
}

void step_draft_typed(struct ui *ui)
{
	if (!is_written(ui))
		return;
	ui->stepping->leaving = false;
	if (!ui->stepping->dirty_since_ms)
		ui->stepping->dirty_since_ms = ui_now(ui);
}

int step_draft_wait_ms(const struct ui *ui)
{
	int64_t left;
	if (!is_written(ui) || !ui->stepping->dirty_since_ms)
		return -1;
	left = ui->stepping->dirty_since_ms + DRAFT_AFTER_MS - store_now(ui->store);
	return left < 0 ? 0 : left > DRAFT_RETRY_MS ? DRAFT_RETRY_MS : (int)left;
}

static char *fields_of(struct ui *ui, const char *text)
{
	struct text subject = TEXT_INIT;
	struct loaded l;
	char shown[REFERENCE_SHOWN] = "", *fields;
	int64_t reference = 0;
	if (store_load_id(ui->store, ui->stepping->ids[0], &l, NULL) == GUICHET_OK) {
		reference = l.request.reference;
		loaded_done(&l);
	}
	reference_show(reference, shown);
	text_addf(&subject, "%s : %s", shown, action_info(ui->stepping->row->action)->help ? _(action_info(ui->stepping->row->action)->help) : "");
	json_t *o = json_pack("{s:s, s:s, s:s, s:o, s:o}", STEP, action_info(ui->stepping->row->action)->name, "subject", text_str(&subject), "text", text, "reference",
		json_sprintf("%lld", (long long)reference), SEEN, json_sprintf("%zu", ui->stepping->seen));
	fields = o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	json_decref(o);
	text_done(&subject);
	if (!fields)
		guichet_out_of_memory();
	return fields;
}

bool step_draft_keep(struct ui *ui)
{
	struct stepping_screen *x = ui->stepping;
	struct guichet_err err = { 0 };
	if (!is_written(ui) || !x->dirty_since_ms)
		return true;
	const char *text = field_text(&ui->overlay.field);
	bool blank = !text[strspn(text, " \n\t")];
	int patience = ui_set_patience(ui, ui->patience_ms < DRAFT_PATIENCE_MS ? ui->patience_ms : DRAFT_PATIENCE_MS);
	char *fields = blank ? NULL : fields_of(ui, text);
	enum guichet_rc rc = GUICHET_OK;
	if (fields)
		rc = store_put_draft(ui->store, &x->draft, x->kept, ui->options.actor.login, fields, &err);
	else if (x->draft)
		rc = store_drop_draft(ui->store, x->draft, &err);
	ui_set_patience(ui, patience);
	if (rc == GUICHET_OK) {
		x->draft = fields ? x->draft : 0;
		x->dirty_since_ms = 0;
		free(x->kept);
		x->kept = fields;
		return true;
	}
	free(fields);
	/* Another try soon. */
	x->dirty_since_ms = ui_now(ui) + DRAFT_RETRY_MS - DRAFT_AFTER_MS;
	ui_say(ui, _("texte NON gardé (%s) : il reste ici ; Échap deux fois l'abandonne"), err.message);
	return false;
}

void step_draft_tick(struct ui *ui)
{
	if (step_draft_wait_ms(ui) == 0)
		step_draft_keep(ui);
}

bool step_draft_put_aside(struct ui *ui)
{
	if (!is_written(ui))
		return true;
	bool leaving = ui->stepping->leaving;
	ui->stepping->leaving = true;
	if (!step_draft_keep(ui))
		return leaving;
	if (ui->stepping->draft)
		ui_say(ui, "%s", _("texte mis de côté : D (Brouillons) le reprend"));
	return true;
}

void ui_keep(struct ui *ui)
{
	for (size_t i = 0; i < ui->view_count; i++)
		call_save(ui->views[i]);
	step_draft_keep(ui);
}

/* --- taking up again --- */

/* What was written is as it was; the request may not be. */
static void say_changes(struct ui *ui, int64_t row_id, size_t seen)
{
	struct loaded l = { 0 };
	if (seen && store_load_id(ui->store, row_id, &l, NULL) == GUICHET_OK && l.request.op_count > seen) {
		const struct op *last = &l.request.ops[l.request.op_count - 1];
		ui_say(ui, _("texte repris intact ; depuis, la demande a changé (%zu étapes), en dernier %s : %s"), l.request.op_count - seen, last->actor,
			last->kind < OP_KIND_COUNT ? op_kind_label(last->kind) : op_kind_text(last));
	}
	loaded_done(&l);
}

/* False: it is of no step. */
static bool resume(struct ui *ui, int64_t draft, const char *fields)
{
	char *step = call_draft_text(fields, STEP), *reference = call_draft_text(fields, "reference"), *text = call_draft_text(fields, "text"), *seen = call_draft_text(fields, SEEN);
	enum action a = step ? action_of_name(step) : ACTION_NONE;
	struct view_target target = { .channel = -1 };
	bool found = reference && store_find_reference(ui->store, strtoll(reference, NULL, 10), &target.row_id, 1) > 0;
	if (a != ACTION_NONE && found) {
		ui_open(ui, &view_request, &target);
		ui_step(ui, a, &target.row_id, 1);
	} else if (a != ACTION_NONE) {
		ui_say(ui, _("« %s » : cette demande n'est plus là"), reference ? reference : "");
	}
	/* Refused by now: the text stays among the drafts. */
	if (a != ACTION_NONE && found && ui->stepping) {
		struct stepping_screen *x = ui->stepping;
		x->draft = draft;
		free(x->kept);
		x->kept = guichet_strdup(fields);
		free(x->values[SLOT_TEXT]);
		x->values[SLOT_TEXT] = guichet_strdup(text ? text : "");
		if (ui->overlay.kind == OVERLAY_WRITE)
			field_set(&ui->overlay.field, x->values[SLOT_TEXT]);
		x->seen = seen ? strtoul(seen, NULL, 10) : 0;
		say_changes(ui, target.row_id, x->seen);
	}
	free(seen);
	free(step);
	free(reference);
	free(text);
	return a != ACTION_NONE;
}

struct sought { int64_t id; char *fields; };

static bool seek(void *context, const struct draft *d)
{
	struct sought *s = context;
	if (d->id == s->id)
		s->fields = guichet_strdup(d->fields);
	return !s->fields;
}

bool step_draft_of(struct ui *ui, int64_t draft)
{
	struct sought s = { .id = draft };
	store_list_drafts(ui->store, seek, &s, NULL);
	char *step = s.fields ? call_draft_text(s.fields, STEP) : NULL;
	bool of_step = step != NULL;
	free(step);
	free(s.fields);
	return of_step;
}

void draft_open(struct ui *ui, int64_t draft)
{
	struct view_target target = { .channel = -1, .draft = draft };
	struct sought s = { .id = draft };
	store_list_drafts(ui->store, seek, &s, NULL);
	if (!s.fields || !resume(ui, draft, s.fields))
		ui_open(ui, &view_call, &target);
	free(s.fields);
}
