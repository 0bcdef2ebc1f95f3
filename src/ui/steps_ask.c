// SPDX-License-Identifier: GPL-3.0-or-later
/* The questions of a step, one after the other. An answer that can't be right is told so at once, and asked again as it was typed. */
#include "steps_inside.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "guichet/core/reference.h"

enum { AGENTS_MAX = 200, PREVIEW_BYTES = 20000 };
static const char OTHER[] = "?";                       /* a value that no list gives: it is typed */

static const struct { const char *result; bool reached; } results[] = { { N_("joint"), true }, { N_("absent, ne répond pas"), false }, { N_("message laissé"), false },
	{ N_("occupé"), false }, { N_("numéro faux ou non attribué"), false } };

/* --- what was answered --- */

static enum guichet_rc read_value(struct ui *ui, enum slot slot, const char *value, struct step_args *args, struct guichet_err *err)
{
	int32_t day;
	int64_t reference;
	enum guichet_rc rc = GUICHET_OK;
	switch (slot) {
	case SLOT_DATE:
		rc = day_parse(_("date"), value, &day, err);
		args->date_ms = rc ? 0 : paris_instant(day, 1439);
		break;
	case SLOT_AT:
		rc = instant_parse(_("date"), value, &args->at_ms, err);
		break;
	case SLOT_NEXT:
		rc = instant_parse(_("date"), value, &args->date_ms, err);
		break;
	case SLOT_TARGET:
		rc = reference_parse(value, &reference, err);
		if (rc == GUICHET_OK)
			rc = desk_op_of_reference(ui->store, reference, &args->target, err);
		break;
	default:
		break;
	}
	return rc;
}

enum guichet_rc steps_args(struct ui *ui, const struct stepping_screen *x, struct step_args *args, struct guichet_err *err)
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
	args->reached = callback_reached(args->result);
	args->draft = args->channel && strcmp(args->channel, ANSWER_DRAFTED) == 0;
	if (args->draft)
		args->channel = NULL;
	/* A redirection without a notice: the channel was only asked for it. */
	if (x->row->step == STEP_REDIRECT && !args->text)
		args->channel = NULL;
	enum guichet_rc rc = GUICHET_OK;
	for (int slot = 0; slot < SLOT_COUNT && rc == GUICHET_OK; slot++)
		if (x->values[slot])
			rc = read_value(ui, (enum slot)slot, x->values[slot], args, err);
	return rc;
}

static bool is_blank(const char *value)
{
	return !value || !value[strspn(value, " \n\t")];
}

static void answered(void *context, const char *value)
{
	struct ui *ui = context;
	struct stepping_screen *x = ui->stepping;
	const struct asked *q = &x->row->asked[x->next];
	struct step_args checked = { 0 };
	struct guichet_err err = { 0 };
	if (is_blank(value) && !q->optional) {
		ui_say(ui, "%s", _("réponse vide : rien n'a été fait"));
		stepping_free(ui);
		return;
	}
	if (!is_blank(value) && read_value(ui, q->slot, value, &checked, &err)) {
		ui_complain(ui, &err);
		ui_ask(ui, _(q->label), value, answered, ui);
		return;
	}
	free(x->values[q->slot]);
	x->values[q->slot] = is_blank(value) ? NULL : guichet_strdup(value);
	x->next++;
	/* Who was reached is not tried again. */
	if (q->question == ASK_RESULT && callback_reached(value))
		x->next++;
	steps_ask(ui);
}

/* A value of the list, or one to type. */
static void chosen_or_typed(void *context, const char *value)
{
	struct ui *ui = context;
	if (strcmp(value, OTHER))
		answered(context, value);
	else
		ui_ask(ui, _(ui->stepping->row->asked[ui->stepping->next].label), "", answered, ui);
}

/* --- values to choose from --- */

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

static void choose_close(struct ui *ui, const struct asked *q)
{
	struct choice_value items[CLOSE_REASON_COUNT];
	struct loaded l;
	bool was_answered = false, anonymous = false;
	size_t n = 0;
	if (store_load_id(ui->store, ui->stepping->ids[0], &l, NULL) == GUICHET_OK) {
		was_answered = l.request.status == STATUS_ANSWERED;
		anonymous = request_is_anonymous(&l.request);
		loaded_done(&l);
	}
	/* The likely one first: Enter takes it. */
	if (was_answered)
		items[n++] = (struct choice_value){ "", close_reason_label(CLOSE_ANSWERED), _("la réponse a été donnée") };
	else if (anonymous)
		items[n++] = (struct choice_value){ close_reason_code(CLOSE_ANONYMOUS), close_reason_label(CLOSE_ANONYMOUS), _("sans réponse") };
	for (int i = CLOSE_ANSWERED; i < CLOSE_REASON_COUNT; i++) {
		if ((i == CLOSE_ANSWERED && was_answered) || (i == CLOSE_ANONYMOUS && !was_answered && anonymous))
			continue;
		items[n++] = (struct choice_value){ i == CLOSE_ANSWERED ? "" : close_reason_code((enum close_reason)i), close_reason_label((enum close_reason)i),
			i == CLOSE_ANSWERED ? _("la réponse a été donnée") : _("sans réponse") };
	}
	ui_choose(ui, _(q->label), items, n, "", answered, ui);
}

/* Second reading: who writes the answer does not tell it. */
static bool wants_draft_first(struct ui *ui)
{
	struct loaded l;
	if (ui->stepping->row->step != STEP_ANSWER || store_load_id(ui->store, ui->stepping->ids[0], &l, NULL))
		return false;
	const struct category *category = catalogue_category(store_catalogue(ui->store), request_text(&l.request, FIELD_CATEGORY));
	bool wants = category && category->second_reading && !l.request.drafted_answer;
	loaded_done(&l);
	return wants;
}

static void choose_from_enum(struct ui *ui, const struct asked *q)
{
	struct choice_value items[CHANNEL_COUNT + WAIT_REASON_COUNT + sizeof results / sizeof *results + 2];
	size_t n = 0;
	bool answer = q->question == ASK_CHANNEL && ui->stepping->row->step == STEP_ANSWER, first = answer && wants_draft_first(ui);
	const struct choice_value drafted = { ANSWER_DRAFTED, _("rédigée seulement"), _("un autre agent la relit et la dit") };
	if (first)
		items[n++] = drafted;
	for (int i = 0; q->question == ASK_CHANNEL && i < CHANNEL_COUNT; i++)
		items[n++] = (struct choice_value){ channel_code((enum channel)i), channel_label((enum channel)i), "" };
	if (answer && !first)
		items[n++] = drafted;
	for (int i = 0; q->question == ASK_WAIT && i < WAIT_REASON_COUNT; i++)
		items[n++] = (struct choice_value){ wait_reason_code((enum wait_reason)i), wait_reason_label((enum wait_reason)i), "" };
	for (size_t i = 0; q->question == ASK_RESULT && i < sizeof results / sizeof *results; i++)
		items[n++] = (struct choice_value){ _(results[i].result), _(results[i].result), results[i].reached ? _("le rappel est fait") : _("à réessayer") };
	if (q->question == ASK_RESULT)
		items[n++] = (struct choice_value){ OTHER, _("autre : à écrire"), _("à réessayer") };
	ui_choose(ui, _(q->label), items, n, "", q->question == ASK_RESULT ? chosen_or_typed : answered, ui);
}

struct agents { struct choice_value items[AGENTS_MAX + 2]; char *owned[AGENTS_MAX]; size_t count, owned_count; const char *self; };

static void add_agent(void *context, const char *login)
{
	struct agents *a = context;
	if (!strcmp(login, a->self) || a->owned_count == AGENTS_MAX)
		return;
	a->owned[a->owned_count] = guichet_strdup(login);
	a->items[a->count++] = (struct choice_value){ a->owned[a->owned_count], a->owned[a->owned_count], "" };
	a->owned_count++;
}

/* Myself, those who have requests now, or anybody by login. */
static void choose_agent(struct ui *ui, const struct asked *q)
{
	struct agents *a = guichet_alloc(sizeof *a);
	a->self = ui->options.actor.login;
	a->items[a->count++] = (struct choice_value){ a->self, ui->options.actor.name ? ui->options.actor.name : a->self, _("moi") };
	store_list_assigned(ui->store, AGENTS_MAX, add_agent, a);
	a->items[a->count++] = (struct choice_value){ OTHER, _("un autre agent : son identifiant"), "" };
	ui_choose(ui, _(q->label), a->items, a->count, "", chosen_or_typed, ui);
	for (size_t i = 0; i < a->owned_count; i++)
		free(a->owned[i]);
	free(a);
}

/* --- an answer for those who are linked to it too --- */

struct told { struct text lines; size_t people, anonymous, before; };

static bool tell_child(void *context, const struct child_answer *c)
{
	struct told *t = context;
	char shown[REFERENCE_SHOWN];
	enum channel channel;
	reference_show(c->reference, shown);
	const char *by = c->channel && channel_parse(c->channel, &channel) ? channel_label(channel) : "?";
	if (c->parent)
		text_addf(&t->lines, _("%s  cette demande, par %s\n"), shown, by);
	else if (c->answered)
		t->before++;
	else if (c->anonymous)
		t->anonymous++, text_addf(&t->lines, _("%s  anonyme : clôturée sans réponse\n"), shown);
	else
		t->people++, text_addf(&t->lines, _("%s  %s, par %s\n"), shown, *c->requester_name ? c->requester_name : _("usager sans nom"), by);
	return t->lines.len < PREVIEW_BYTES;
}

static enum guichet_rc preview_children(struct ui *ui, struct told *t, struct guichet_err *err)
{
	struct step_args args;
	struct loaded l = { 0 };
	enum guichet_rc rc = steps_args(ui, ui->stepping, &args, err);
	if (rc == GUICHET_OK)
		rc = store_load_id(ui->store, ui->stepping->ids[0], &l, err);
	if (rc == GUICHET_OK)
		rc = desk_answer_children(ui->store, &ui->options.actor, l.request.reference, &args, true, tell_child, t, err);
	loaded_done(&l);
	return rc;
}

static void children_confirmed(void *context)
{
	struct ui *ui = context;
	ui->stepping->to_children = true;
	ui->stepping->next++;
	steps_ask(ui);
}

static void whom_chosen(void *context, const char *value)
{
	struct ui *ui = context;
	struct told t = { 0 };
	struct guichet_err err = { 0 };
	if (!*value) {
		ui->stepping->next++;
		steps_ask(ui);
		return;
	}
	if (preview_children(ui, &t, &err)) {
		ui_complain(ui, &err);
		stepping_free(ui);
	} else {
		ui_confirm_text(ui, children_confirmed, ui, _("Qui reçoit cette réponse"), text_str(&t.lines),
			_("Réponses : %zu, anonymes closes sans réponse : %zu. Continuer ?"), t.people + 1, t.anonymous);
	}
	text_done(&t.lines);
}

/* Asks only where there is somebody else to answer. */
static void ask_children(struct ui *ui, const struct asked *q)
{
	struct told t = { 0 };
	struct text all = TEXT_INIT;
	const char *by = ui->stepping->values[SLOT_CHANNEL];
	bool told = !by || strcmp(by, ANSWER_DRAFTED) != 0;
	bool others = told && ui->stepping->count == 1 && preview_children(ui, &t, NULL) == GUICHET_OK && t.people + t.anonymous > 0;
	text_done(&t.lines);
	if (!others) {
		ui->stepping->next++;
		steps_ask(ui);
		return;
	}
	text_addf(&all, _("à cette demande et aux %zu qui lui sont rattachées"), t.people + t.anonymous);
	struct choice_value items[] = { { "all", text_str(&all), _("la liste est montrée d'abord") }, { "", _("à cette demande seulement"), "" } };
	ui_choose(ui, _(q->label), items, 2, "", whom_chosen, ui);
	text_done(&all);
}

static bool names_it(const struct choice *c, const char *given)
{
	const struct choice_value *v = choice_selected(c);
	return v && (!utf8_compare_folded(v->value, given) || !utf8_compare_folded(v->label, given));
}

/* What was given with the command: the answer, or where a list stands open, what is looked for in it, and taken when that is its name. */
static void answer_given(struct ui *ui, char *given)
{
	if (ui->overlay.kind == OVERLAY_CHOOSE) {
		const struct key paste = { .code = KEYCODE_PASTE, .paste = given, .paste_bytes = strlen(given) }, enter = { .code = KEYCODE_ENTER };
		overlay_key(ui, &paste);
		if (names_it(&ui->overlay.choice, given))
			overlay_key(ui, &enter);
	} else if (ui->overlay.kind == OVERLAY_ASK || ui->overlay.kind == OVERLAY_WRITE) {
		overlay_close(ui);
		answered(ui, given);
	}
	free(given);
}

/* What stands there when the writing begins: the answer that was drafted, to be read again. */
static void write_text(struct ui *ui, const struct asked *q)
{
	struct stepping_screen *x = ui->stepping;
	struct loaded l = { 0 };
	const char *text = x->values[q->slot] ? x->values[q->slot] : "";
	if (!x->values[q->slot] && x->row->step == STEP_ANSWER && x->count == 1 && store_load_id(ui->store, x->ids[0], &l, NULL) == GUICHET_OK && l.request.drafted_answer)
		text = l.request.drafted_answer;
	ui_write(ui, _(q->label), text, answered, ui);
	loaded_done(&l);
	steps_find_words(ui);
}

static void ask(struct ui *ui, const struct asked *q)
{
	const char *written = ui->stepping->values[q->slot] ? ui->stepping->values[q->slot] : "";
	switch (q->question) {
	case ASK_SERVICE:
	case ASK_BODY:
		choose_from_catalogue(ui, q);
		break;
	case ASK_CHANNEL:
	case ASK_WAIT:
	case ASK_RESULT:
		choose_from_enum(ui, q);
		break;
	case ASK_CLOSE:
		choose_close(ui, q);
		break;
	case ASK_AGENT:
		choose_agent(ui, q);
		break;
	case ASK_CHILDREN:
		ask_children(ui, q);
		break;
	case ASK_TEXT:
		write_text(ui, q);
		break;
	default:
		ui_ask(ui, _(q->label), written, answered, ui);
	}
}

void steps_ask(struct ui *ui)
{
	struct stepping_screen *x = ui->stepping;
	char *given = x->given;
	if (x->next >= QUESTIONS_MAX || x->row->asked[x->next].question == ASK_NOTHING) {
		steps_finish(ui);
		return;
	}
	x->given = NULL;
	ask(ui, &x->row->asked[x->next]);
	if (given)
		answer_given(ui, given);
}

bool steps_ask_again(struct ui *ui)
{
	struct stepping_screen *x = ui->stepping;
	for (size_t i = QUESTIONS_MAX; i-- > 0;) {
		const struct asked *q = &x->row->asked[i];
		bool typed = q->question == ASK_TEXT || q->question == ASK_LINE || q->question == ASK_DAY || q->question == ASK_MOMENT || q->question == ASK_REFERENCE;
		if (!typed || !x->values[q->slot])
			continue;
		x->next = i;
		x->to_children = false;
		steps_ask(ui);
		step_draft_typed(ui);
		return true;
	}
	return false;
}
