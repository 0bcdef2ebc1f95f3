// SPDX-License-Identifier: GPL-3.0-or-later
/* Settling what desks and the server left to people, on one request: a conflict by keeping one of its values, an objection to a route, an operation in souffrance by who
 * supervises. One list, one choice, one confirmation. Must not know how values are compared: report/conflicts.h says. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/core/reference.h"
#include "guichet/report/conflicts.h"
#include "guichet/report/history.h"
#include "steps_inside.h"

enum { CHOICES_MAX = 64, CHOICE_TEXT = 48 };

/* What a choice is, in its value: "keep 3 7.12" (field, operation), "again 7.12", "apply 7.12", "aside 7.12", "refuse", "reopen 77" (row). */
struct choices { struct choice_value items[CHOICES_MAX]; char *owned[3 * CHOICES_MAX]; size_t count, owned_count; };

void settle_done(struct ui *ui)
{
	free(ui->settle.choice);
	ui->settle.choice = NULL;
}

/* --- what there is to choose --- */

static const char *own(struct choices *c, struct text *t)
{
	return c->owned[c->owned_count++] = text_take(t);
}

static void add_choice(struct choices *c, const char *value, const char *label, const char *note)
{
	struct text t = TEXT_INIT;
	if (c->count == CHOICES_MAX)
		return;
	struct choice_value *v = &c->items[c->count++];
	text_add(&t, value);
	v->value = own(c, &t);
	text_add(&t, label);
	v->label = own(c, &t);
	text_add(&t, note);
	v->detail = own(c, &t);
}

static void choices_free(struct choices *c)
{
	for (size_t i = 0; i < c->owned_count; i++)
		free(c->owned[i]);
	free(c);
}

static void add_conflicts(struct ui *ui, struct choices *c, const struct request *r)
{
	struct conflict *list;
	size_t count = conflicts_of(ui->store, r, &list);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < list[i].count; j++) {
			const struct conflict_value *v = &list[i].values[j];
			struct text label = TEXT_INIT, note = TEXT_INIT;
			char value[CHOICE_TEXT], id[OP_ID_TEXT];
			op_id_format(v->by, id);
			snprintf(value, sizeof value, "keep %d %s", (int)list[i].field, id);
			text_addf(&label, _("%s : %s"), list[i].label, v->words);
			text_addf(&note, "%s, ", v->actor);
			history_when(&note, v->at_ms, store_now(ui->store));
			if (j == 0)
				text_add(&note, _(" · affichée"));
			/* What was erased can't be kept. */
			if (v->value)
				add_choice(c, value, text_str(&label), text_str(&note));
			text_done(&label);
			text_done(&note);
		}
	if (request_in_conflict(r, FIELD_SERVICE) && lifecycle_may(STEP_REFUSE, r, &ui->options.actor, store_catalogue(ui->store), NULL) == GUICHET_OK)
		add_choice(c, "refuse", _("refuser la compétence"), _("la demande revient à l'accueil"));
	conflicts_free(list, count);
}

/* The action by which such a step is taken here. */
static enum action action_of(const struct op *op)
{
	enum action a = op->kind < OP_KIND_COUNT ? action_of_name(op_kind_code(op->kind)) : ACTION_NONE;
	struct request none = { 0 };
	return a != ACTION_NONE && step_row_of(a, &none) ? a : ACTION_NONE;
}

/* Anybody takes the step again as it should have been; who supervises settles it. */
static void add_parked(struct ui *ui, struct choices *c, const struct request *r)
{
	for (size_t i = 0; i < r->op_count; i++) {
		const struct op *op = &r->ops[i];
		char value[CHOICE_TEXT], id[OP_ID_TEXT];
		if (!op->parked || op_is_aside(op))
			continue;
		struct text label = TEXT_INIT, note = TEXT_INIT;
		op_id_format(op->id, id);
		text_addf(&note, "%s, ", op->actor);
		history_when(&note, op->wall_ms, store_now(ui->store));
		text_addf(&note, " · %s", op_parked_label(op));
		const char *kind = op->kind < OP_KIND_COUNT ? op_kind_label(op->kind) : op_kind_text(op);
		const struct { const char *verb, *label; bool may; } ways[] = {
			{ "apply", N_("appliquer : %s"), ui->options.actor.roles & ROLE_SUPERVISOR }, { "aside", N_("mettre de côté : %s"), ui->options.actor.roles & ROLE_SUPERVISOR },
			{ "again", N_("refaire autrement : %s"), action_of(op) != ACTION_NONE } };
		for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
			if (!ways[k].may)
				continue;
			snprintf(value, sizeof value, "%s %s", ways[k].verb, id);
			text_clear(&label);
			const char *format = _(ways[k].label), *at = strstr(format, "%s");
			text_addn(&label, format, at ? (size_t)(at - format) : strlen(format));
			text_add(&label, kind);
			add_choice(c, value, text_str(&label), text_str(&note));
		}
		text_done(&label);
		text_done(&note);
	}
}

/* Linked to each other: the later of the two links goes, by re-opening the request that it was made on. */
static void add_crossed(struct ui *ui, struct choices *c, const struct loaded *l)
{
	int64_t other_row, other;
	bool ours;
	char shown[REFERENCE_SHOWN], value[CHOICE_TEXT];
	struct text label = TEXT_INIT, note = TEXT_INIT;
	if (!links_crossed(ui->store, &l->request, &other_row, &other, &ours))
		return;
	reference_show(ours ? l->request.reference : other, shown);
	snprintf(value, sizeof value, "reopen %lld", (long long)(ours ? l->row_id : other_row));
	text_addf(&label, _("rouvrir %s"), shown);
	reference_show(ours ? other : l->request.reference, shown);
	text_addf(&note, _("%s lui reste rattachée"), shown);
	add_choice(c, value, text_str(&label), text_str(&note));
	text_done(&label);
	text_done(&note);
}

/* --- doing it --- */

static enum guichet_rc read_choice(const char *choice, enum step *step, enum request_field *field, struct step_args *args)
{
	int f = 0;
	*step = STEP_SETTLE;
	if (!strncmp(choice, "keep ", 5)) {
		char *at;
		f = (int)strtol(choice + 5, &at, 10);
		*step = STEP_RESOLVE;
		*field = (enum request_field)(f >= 0 && f < FIELD_COUNT ? f : 0);
		args->field = request_field_info(*field)->key;
		return op_id_parse(at + (*at == ' '), &args->target) ? GUICHET_OK : GUICHET_INTERNAL;
	}
	args->aside = !strncmp(choice, "aside ", 6);
	return op_id_parse(choice + 6, &args->target) ? GUICHET_OK : GUICHET_INTERNAL;
}

static bool is_settled(struct ui *ui, int64_t row_id)
{
	struct loaded l = { 0 };
	bool settled = store_load_id(ui->store, row_id, &l, NULL) || !request_has_conflict(&l.request);
	loaded_done(&l);
	return settled;
}

static void settled(struct ui *ui, enum step step, const char *shown, bool aside)
{
	if (step == STEP_RESOLVE) {
		ui->undo_rows[0] = ui->settle.row_id;
		ui->undo_count = 1;
		ui_say(ui, _("%s : conflit réglé   (u défait)"), shown);
	} else {
		ui_say(ui, aside ? _("%s : mise de côté ; le serveur l'apprend au prochain échange") : _("%s : appliquée au prochain échange avec le serveur"), shown);
	}
	ui_refresh(ui);
	/* One after the other: what is left is asked at once. */
	if (step == STEP_RESOLVE && !is_settled(ui, ui->settle.row_id))
		settle_ask(ui, ui->settle.row_id);
}

static void perform(struct ui *ui, const char *reason)
{
	struct step_args args = { .reason = reason };
	enum step step;
	enum request_field field;
	struct loaded l = { 0 };
	struct guichet_err err = { 0 };
	char shown[REFERENCE_SHOWN] = "";
	enum guichet_rc rc = read_choice(ui->settle.choice, &step, &field, &args);
	if (!rc)
		rc = store_load_id(ui->store, ui->settle.row_id, &l, &err);
	if (!rc) {
		reference_show(l.request.reference, shown);
		rc = desk_step(ui->store, &ui->options.actor, l.request.reference, step, &args, NULL, &err);
	}
	loaded_done(&l);
	if (rc) {
		ui_refresh(ui);
		ui_complain(ui, &err);
		return;
	}
	settled(ui, step, shown, args.aside);
}

/* The same step with what was written in it, to be changed; the one in souffrance stays until somebody settles it. */
static void take_again(struct ui *ui, struct op_id id)
{
	struct loaded l = { 0 };
	if (store_load_id(ui->store, ui->settle.row_id, &l, NULL))
		return;
	for (size_t i = 0; i < l.request.op_count; i++) {
		const struct op *op = &l.request.ops[i];
		if (!op_id_equal(op->id, id))
			continue;
		ui_step(ui, action_of(op), &ui->settle.row_id, 1);
		if (ui->overlay.kind == OVERLAY_WRITE)
			field_set(&ui->overlay.field, op_text(op, "text", ""));
	}
	loaded_done(&l);
}

static void confirmed(void *context)
{
	perform(context, NULL);
}

static void reasoned(void *context, const char *reason)
{
	struct ui *ui = context;
	if (reason[strspn(reason, " \t")])
		perform(ui, reason);
	else
		ui_say(ui, "%s", _("réponse vide : rien n'a été fait"));
}

/* All of what one field is about, so that nobody keeps a value unseen. */
static void confirm_value(struct ui *ui, enum request_field field, struct op_id by)
{
	struct loaded l = { 0 };
	struct conflict *list;
	struct text about = TEXT_INIT, kept = TEXT_INIT;
	if (store_load_id(ui->store, ui->settle.row_id, &l, NULL))
		return;
	size_t count = conflicts_of(ui->store, &l.request, &list);
	for (size_t i = 0; i < count; i++) {
		if (list[i].field != field)
			continue;
		for (size_t j = 0; j < list[i].count; j++) {
			const struct conflict_value *v = &list[i].values[j];
			struct text when = TEXT_INIT;
			history_when(&when, v->at_ms, store_now(ui->store));
			text_addf(&about, _("%s\n   écrit par %s, %s (%s)%s\n"), v->words, v->actor, text_str(&when), v->step, v->unsent ? _(", à envoyer") : "");
			if (op_id_equal(v->by, by))
				text_add(&kept, v->words);
			text_done(&when);
		}
		if (*list[i].before)
			text_addf(&about, _("\nAvant : %s\n"), list[i].before);
		if (*list[i].note)
			text_addf(&about, "%s\n", list[i].note);
		ui_confirm_text(ui, confirmed, ui, list[i].label, text_str(&about), _("%s : garder « %s » ?"), list[i].label, text_str(&kept));
	}
	conflicts_free(list, count);
	loaded_done(&l);
	text_done(&about);
	text_done(&kept);
}

static void chosen(void *context, const char *value)
{
	struct ui *ui = context;
	struct step_args args = { 0 };
	enum step step;
	enum request_field field;
	free(ui->settle.choice);
	ui->settle.choice = guichet_strdup(value);
	if (!strcmp(value, "refuse"))
		ui_step(ui, ACTION_REFUSE, &ui->settle.row_id, 1);
	else if (!strncmp(value, "reopen ", 7))
		ui_step(ui, ACTION_REOPEN, &(int64_t){ strtoll(value + 7, NULL, 10) }, 1);
	else if (read_choice(ui->settle.choice, &step, &field, &args))
		return;
	else if (!strncmp(value, "again ", 6))
		take_again(ui, args.target);
	else if (step == STEP_RESOLVE)
		confirm_value(ui, field, args.target);
	else if (args.aside)
		ui_ask(ui, _("Pourquoi elle est mise de côté"), "", reasoned, ui);
	else
		ui_confirm(ui, confirmed, ui, "%s", _("Appliquer cette opération, pour tous les postes ?"));
}

void settle_ask(struct ui *ui, int64_t row_id)
{
	struct loaded l = { 0 };
	struct guichet_err err = { 0 };
	struct text title = TEXT_INIT;
	char shown[REFERENCE_SHOWN];
	if (!row_id) {
		ui_say(ui, "%s", _("aucune demande n'est choisie"));
		return;
	}
	if (store_load_id(ui->store, row_id, &l, &err)) {
		ui_complain(ui, &err);
		return;
	}
	struct choices *c = guichet_alloc(sizeof *c);
	ui->settle.row_id = row_id;
	add_conflicts(ui, c, &l.request);
	add_crossed(ui, c, &l);
	add_parked(ui, c, &l.request);
	reference_show(l.request.reference, shown);
	text_addf(&title, _("Régler %s : quelle valeur garder ?"), shown);
	if (c->count)
		ui_choose(ui, text_str(&title), c->items, c->count, "", chosen, ui);
	else
		ui_say(ui, _("%s : aucun conflit, rien en souffrance"), shown);
	text_done(&title);
	choices_free(c);
	loaded_done(&l);
}
