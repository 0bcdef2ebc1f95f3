// SPDX-License-Identifier: GPL-3.0-or-later
/* The Appel screen writes: a request, one answered at once, a call joined to what is known already, a contact without a request. Each is one transaction, in
 * which the draft goes. Must not draw. */
#include <stdlib.h>
#include <string.h>

#include "call_inside.h"
#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "guichet/core/phone.h"
#include "guichet/core/privacy.h"
#include "guichet/core/reference.h"

enum { PAIRS = 8, SCRIPTS_MAX = 200, RING_BACK_MINUTES = 10 };

const struct call_ending call_endings[] = {
	{ 'r', OUTCOME_INFORMED, N_("renseigné : l'usager a eu son renseignement") },
	{ 't', OUTCOME_TRANSFERRED, N_("transféré à un service ou à un collègue") },
	{ 'o', OUTCOME_REDIRECTED, N_("orienté vers un autre organisme") },
	{ 'f', OUTCOME_WRONG_NUMBER, N_("faux numéro") },
	{ 'c', OUTCOME_HUNG_UP, N_("coupé : l'usager a raccroché") },
	{ 'i', OUTCOME_ABUSIVE, N_("injurieux ou malveillant") },
	{ 0, OUTCOME_INFORMED, NULL },
};

void call_done_free(struct call_done *d)
{
	free(d->heading);
	free(d->say);
	free(d->service);
	free(d->competence);
	free(d->on_call);
	free(d->warning);
	*d = (struct call_done){ 0 };
}

/* --- the call --- */

struct filled { struct call call; const char *pairs[PAIRS][2]; char priority[2]; };

static const char *or_null(const char *s)
{
	return *s ? s : NULL;
}

static void fill_pairs(const struct call_view *v, const char *pairs[PAIRS][2])
{
	static const enum call_field who[] = { CALL_PHONE, CALL_NAME, CALL_EMAIL, CALL_TITLE, CALL_ORGANISATION, CALL_POSTAL, CALL_REPLY_BY };
	size_t n = 0;
	for (size_t i = 0; i < sizeof who / sizeof *who; i++)
		if (*call_text(v, who[i]) && call_shown(v, who[i])) {
			pairs[n][0] = call_fields[who[i]].key;
			pairs[n++][1] = call_text(v, who[i]);
		}
	pairs[n][0] = pairs[n][1] = NULL;
}

/* Everything was checked before. */
static void fill_call(struct call_view *v, struct filled *f)
{
	const struct category *m = call_category(v);
	const struct commune *commune = call_commune(v);
	const struct person *p = call_person(v);
	int64_t at;
	memset(f, 0, sizeof *f);
	fill_pairs(v, f->pairs);
	f->priority[0] = call_text(v, CALL_PRIORITY)[0];
	f->call = (struct call){ .channel = channel_code(v->channel), .category = m ? m->code : NULL, .subject = call_text(v, CALL_SUBJECT),
		.description = or_null(call_text(v, CALL_TEXT)), .nature = or_null(call_text(v, CALL_NATURE)), .priority = f->priority,
		.commune = commune ? commune->code : NULL, .address = or_null(call_text(v, CALL_ADDRESS)),
		.place_detail = or_null(call_text(v, CALL_PLACE_DETAIL)), .requester = f->pairs, .requester_id = p ? p->id : 0, .contact = v->contact,
		.link = v->link };
	f->call.danger = call_danger(v) && !(m && m->danger);
	if (call_danger(v))
		f->call.told = or_null(call_text(v, CALL_TOLD));
	if (v->channel == CHANNEL_POST) {
		f->call.document_date = or_null(call_text(v, CALL_DOCUMENT_DATE));
		f->call.sender_ref = or_null(call_text(v, CALL_SENDER_REF));
	}
	/* Arrived today: now, and not at midnight. */
	if (v->channel != CHANNEL_PHONE && v->channel != CHANNEL_DESK && call_instant(call_text(v, CALL_RECEIVED), &at, NULL) &&
	    (paris_day(at) != paris_day(ui_now(v->view.ui)) || paris_minute(at)))
		f->call.received_ms = at;
	if (call_instant(call_text(v, CALL_CALLBACK), &at, NULL))
		f->call.callback_ms = at;
}

/* --- what is said afterwards --- */

static void warn_of(struct call_done *d, const struct logged *l)
{
	struct text t = TEXT_INIT;
	for (size_t i = 0; i < l->warning_count; i++) {
		const struct privacy_finding *f = &l->warnings[i];
		text_addf(&t, "%s%s : « %.*s »", i ? " ; " : "", privacy_kind_label(f->kind), (int)(f->to - f->from), l->warned + f->from);
	}
	d->warning = t.len ? text_take(&t) : NULL;
	text_done(&t);
}

static void tell_logged(struct call_view *v, const struct logged *l, const char *heading)
{
	const struct catalogue *c = store_catalogue(ui_store(v->view.ui));
	const struct service *service = catalogue_service(c, l->service);
	const struct body *body = *l->body ? catalogue_body(c, l->body) : NULL;
	const struct category *m = call_category(v);
	struct call_done *d = &v->done;
	struct text t = TEXT_INIT;
	call_done_free(d);
	d->heading = guichet_strdup(heading);
	d->reference = l->reference;
	d->row_id = l->row_id;
	d->promised_ms = l->promised_ms;
	d->told = v->channel == CHANNEL_PHONE || v->channel == CHANNEL_DESK;
	d->untold = l->danger_untold;
	d->service = guichet_strdup(service ? service->name : l->service);
	d->on_call = *l->on_call ? guichet_strdup(l->on_call) : NULL;
	d->say = guichet_strdup(l->say ? l->say : body && body->say ? body->say : m && m->say ? m->say : "");
	if (body)
		text_addf(&t, "%s%s%s", body->name, body->phone ? ", " : "", body->phone ? body->phone : "");
	d->competence = t.len ? text_take(&t) : NULL;
	text_done(&t);
	warn_of(d, l);
}

static void end_form(struct call_view *v, struct op_id contact)
{
	call_remember(v);
	v->draft = 0;
	v->dirty = v->refused = false;
	v->contact = contact;
	v->mode = MODE_DONE;
	/* What was said of an earlier try is over. */
	ui_say(v->view.ui, "%s", "");
}

/* Nothing was written, nothing is lost. */
static void refuse(struct call_view *v, struct guichet_err *err)
{
	bool store = err->code == GUICHET_LOCKED || err->code == GUICHET_IO || err->code == GUICHET_NO_PERM || err->code == GUICHET_INTERNAL;
	struct guichet_err said = *err;
	if (store)
		guichet_err_set(&said, err->code, _("rien n'est enregistré, la saisie reste ici : %s ; F8 essaie de nouveau"), err->message);
	ui_complain(v->view.ui, &said);
}

/* The draft goes in the same transaction. */
static enum guichet_rc finish(struct call_view *v, enum guichet_rc rc, struct guichet_err *err)
{
	struct store *s = ui_store(v->view.ui);
	/* Not one that somebody else goes on typing in. */
	if (rc == GUICHET_OK && v->draft && store_draft_is(s, v->draft, v->kept))
		rc = store_drop_draft(s, v->draft, err);
	if (rc == GUICHET_OK)
		return store_commit(s, err);
	store_rollback(s);
	return rc;
}

/* What came on paper goes on the request, in the same transaction. */
static enum guichet_rc attach(struct call_view *v, int64_t reference, struct guichet_err *err)
{
	struct desk_file file;
	if (!*call_text(v, CALL_FILE) || !call_shown(v, CALL_FILE))
		return GUICHET_OK;
	enum guichet_rc rc = desk_file_look(call_text(v, CALL_FILE), &file, err);
	if (rc == GUICHET_OK)
		rc = desk_file_is_paper(&file, err);
	if (rc == GUICHET_OK)
		rc = desk_attach(ui_store(v->view.ui), ui_actor(v->view.ui), reference, &file, err);
	desk_file_done(&file);
	return rc;
}

static enum guichet_rc log_call(struct call_view *v, const struct call *call, struct logged *l, struct guichet_err *err)
{
	enum guichet_rc rc = desk_log(ui_store(v->view.ui), ui_actor(v->view.ui), call, ui_privacy(v->view.ui), l, err);
	return rc ? rc : attach(v, l->reference, err);
}

/* --- F8 --- */

/* Another body's affair: it goes there in the same breath, and whoever listens has been told so. Somebody who wrote stays to be told. */
static enum guichet_rc pass_on(struct call_view *v, const struct logged *l, struct guichet_err *err)
{
	struct store *s = ui_store(v->view.ui);
	const struct body *body = *l->body ? catalogue_body(store_catalogue(s), l->body) : NULL;
	const struct category *m = call_category(v);
	bool spoken = v->channel == CHANNEL_PHONE || v->channel == CHANNEL_DESK;
	struct step_args args = { .body = l->body };
	if (!body)
		return GUICHET_OK;
	if (spoken) {
		args.channel = channel_code(v->channel);
		args.text = l->say ? l->say : body->say ? body->say : m && m->say ? m->say : body->name;
	}
	return desk_step(s, ui_actor(v->view.ui), l->reference, STEP_REDIRECT, &args, NULL, err);
}

/* A danger that nobody is told of is asked about, once: the same key again records it so, NON TRANSMIS, rather than lose it. */
static bool danger_is_told(struct call_view *v)
{
	if (!call_danger(v) || *call_text(v, CALL_TOLD) || v->danger_asked)
		return true;
	v->danger_asked = true;
	form_set_error(&v->form, "told", _("qui est prévenu ? F8 encore : NON TRANSMIS"));
	form_focus(&v->form, "told");
	ui_say(v->view.ui, "%s", _("rien n'est enregistré : qui est prévenu du danger ? F8 encore : NON TRANSMIS"));
	return false;
}

void call_validate(struct call_view *v)
{
	struct store *s = ui_store(v->view.ui);
	struct guichet_err err = { 0 };
	struct logged l = { 0 };
	struct filled f;
	if (!call_check(v, true) || !danger_is_told(v))
		return;
	call_look_up(v);
	fill_call(v, &f);
	enum guichet_rc rc = store_begin(s, &err);
	if (rc == GUICHET_OK) {
		rc = log_call(v, &f.call, &l, &err);
		if (rc == GUICHET_OK)
			rc = pass_on(v, &l, &err);
		rc = finish(v, rc, &err);
	}
	if (rc == GUICHET_OK) {
		tell_logged(v, &l, f.call.link ? _("Demande enregistrée et rattachée") : *l.body ? _("Demande enregistrée et réorientée") : _("Demande enregistrée"));
		end_form(v, l.contact_op);
	} else {
		refuse(v, &err);
	}
	logged_done(&l);
}

/* --- F9 --- */

static void record_answered(void *context, const char *text)
{
	struct call_view *v = context;
	struct store *s = ui_store(v->view.ui);
	const struct actor *a = ui_actor(v->view.ui);
	struct guichet_err err = { 0 };
	struct logged l = { 0 };
	struct filled f;
	if (!text || !text[strspn(text, " \n\t")]) {
		ui_say(v->view.ui, "%s", _("réponse vide : rien n'est enregistré ; F9 pour l'écrire"));
		return;
	}
	call_look_up(v);
	fill_call(v, &f);
	struct step_args answer = { .text = text, .channel = f.call.channel }, closing = { 0 };
	enum guichet_rc rc = store_begin(s, &err);
	if (rc == GUICHET_OK) {
		rc = log_call(v, &f.call, &l, &err);
		if (rc == GUICHET_OK)
			rc = desk_step(s, a, l.reference, STEP_ANSWER, &answer, NULL, &err);
		if (rc == GUICHET_OK)
			rc = desk_step(s, a, l.reference, STEP_CLOSE, &closing, NULL, &err);
		rc = finish(v, rc, &err);
	}
	if (rc == GUICHET_OK) {
		tell_logged(v, &l, _("Répondue et clôturée"));
		/* The answer was given: no date is owed. */
		v->done.promised_ms = NO_INSTANT;
		free(v->done.say);
		v->done.say = NULL;
		end_form(v, l.contact_op);
	} else {
		refuse(v, &err);
		/* What was said is not typed twice. */
		ui_write(v->view.ui, _("Réponse donnée"), text, record_answered, v);
	}
	logged_done(&l);
}

static void script_chosen(void *context, const char *code)
{
	struct call_view *v = context;
	const struct script *script = *code ? catalogue_script(store_catalogue(ui_store(v->view.ui)), code) : NULL;
	/* Shown whole: the agent reads it out, and keeps what was really said. */
	ui_write(v->view.ui, script ? script->question : _("Réponse donnée"), script ? script->text : "", record_answered, v);
}

/* How many of the words typed the script knows; its category counts most. */
static int fits(const struct call_view *v, const struct script *script, const char *words)
{
	struct text known = TEXT_INIT;
	const struct category *m = call_category(v);
	int score = m && script->category == m ? 100 : 0;
	text_addc(&known, ' ');
	utf8_fold_words(&known, script->question);
	text_addc(&known, ' ');
	utf8_fold_words(&known, script->words ? script->words : "");
	for (const char *word = words; *word;) {
		size_t n = strcspn(word, " ");
		char looked[64];
		snprintf(looked, sizeof looked, " %.*s", (int)n, word);
		if (n >= 3 && strstr(text_str(&known), looked))
			score++;
		word += n + (word[n] == ' ');
	}
	text_done(&known);
	return score;
}

struct ranked { const struct script *script; int score; size_t place; };

static int best_script_first(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return x->place < y->place ? -1 : 1;
}

void call_answered(struct call_view *v)
{
	const struct catalogue *c = store_catalogue(ui_store(v->view.ui));
	struct ranked ranked[SCRIPTS_MAX];
	struct call_values l = { 0 };
	struct text words = TEXT_INIT, typed = TEXT_INIT;
	size_t n = 0;
	bool typed_in = false;
	if (!call_check(v, true) || !danger_is_told(v))
		return;
	text_addf(&typed, "%s %s", call_text(v, CALL_SUBJECT), call_text(v, CALL_TEXT));
	utf8_fold_words(&words, text_str(&typed));
	for (size_t i = 0; i < c->script_count && n < SCRIPTS_MAX; i++, n++)
		ranked[n] = (struct ranked){ &c->scripts[i], fits(v, &c->scripts[i], text_str(&words)), i };
	qsort(ranked, n, sizeof *ranked, best_script_first);
	for (size_t i = 0; i <= n; i++) {
		if (!typed_in && (i == n || ranked[i].score == 0)) {
			values_add(&l, "", _("Écrire la réponse donnée"), "");
			typed_in = true;
		}
		if (i < n)
			values_add(&l, ranked[i].script->code, ranked[i].script->question, ranked[i].script->category ? ranked[i].script->category->name : "");
	}
	if (n == 0)
		script_chosen(v, "");
	else
		ui_choose(v->view.ui, _("Répondu au téléphone : quelle réponse ?"), l.items, l.count, "", script_chosen, v);
	values_done(&l);
	text_done(&typed);
	text_done(&words);
}

/* --- F6 --- */

/* What the caller said goes on the request that they join. */
static enum guichet_rc note_said(struct call_view *v, int64_t reference, struct guichet_err *err)
{
	struct text said = TEXT_INIT;
	const char *subject = call_text(v, CALL_SUBJECT), *text = call_text(v, CALL_TEXT);
	text_addf(&said, "%s%s%s", subject, *subject && *text ? "\n" : "", text);
	struct step_args note = { .text = text_str(&said) };
	enum guichet_rc rc = said.len ? desk_step(ui_store(v->view.ui), ui_actor(v->view.ui), reference, STEP_NOTE, &note, NULL, err) : GUICHET_OK;
	text_done(&said);
	return rc;
}

static enum guichet_rc join_request(struct call_view *v, const struct call_item *item, enum outcome outcome, struct op_id *contact, struct guichet_err *err)
{
	struct store *s = ui_store(v->view.ui);
	const char *pairs[PAIRS][2];
	fill_pairs(v, pairs);
	struct contact_args args = { .channel = channel_code(v->channel), .outcome = outcome_code(outcome), .requester = pairs,
		.number = or_null(call_text(v, CALL_PHONE)) };
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	rc = desk_contact(s, ui_actor(v->view.ui), &args, &item->reference, item->reference ? 1 : 0, contact, err);
	if (rc == GUICHET_OK && item->reference)
		rc = note_said(v, item->reference, err);
	if (rc == GUICHET_OK && item->reference)
		rc = attach(v, item->reference, err);
	return finish(v, rc, err);
}

static enum guichet_rc join_incident(struct call_view *v, const struct call_item *item, struct logged *l, struct guichet_err *err)
{
	struct store *s = ui_store(v->view.ui);
	struct filled f;
	fill_call(v, &f);
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	rc = desk_join_bulletin(s, ui_actor(v->view.ui), item->bulletin, &f.call, ui_privacy(v->view.ui), l, err);
	return finish(v, rc ? rc : attach(v, l->reference, err), err);
}

static void tell_joined(struct call_view *v, const struct call_item *item, enum outcome outcome)
{
	struct call_done *d = &v->done;
	call_done_free(d);
	d->heading = guichet_strdup(item->kind == ITEM_BULLETIN ? _("Appel noté : consigne dite à l'usager")
		: outcome == OUTCOME_CHASED ? _("Appel joint : l'usager relance") : _("Appel joint à la demande"));
	d->reference = item->reference;
	d->row_id = item->kind == ITEM_BULLETIN ? 0 : item->id;
	d->promised_ms = item->promised_ms;
	d->told = true;
	d->say = guichet_strdup(item->kind == ITEM_NEAR ? "" : item->tail);
}

void call_join(struct call_view *v)
{
	struct guichet_err err = { 0 };
	struct logged l = { 0 };
	struct op_id contact = { 0, 0 };
	enum guichet_rc rc;
	int64_t shown = ui_joined(v->view.ui);
	call_look_up(v);
	if (shown)
		call_pick_row(v, shown);
	const struct call_item *item = call_item(v);
	if (!item) {
		ui_say(v->view.ui, "%s", _("rien à joindre : ni demande de l'usager, ni demande proche, ni consigne"));
		return;
	}
	if (!call_check(v, false))
		return;
	/* Nothing new was said: the caller asks where it stands. */
	bool silent = !*call_text(v, CALL_SUBJECT) && !*call_text(v, CALL_TEXT);
	enum outcome outcome = item->kind == ITEM_BULLETIN ? OUTCOME_INFORMED : item->kind == ITEM_OWN && silent ? OUTCOME_CHASED : OUTCOME_ADDED;
	if (item->kind == ITEM_BULLETIN && item->id) {
		rc = join_incident(v, item, &l, &err);
		contact = l.contact_op;
		if (rc == GUICHET_OK)
			tell_logged(v, &l, _("Appel joint à l'incident : demande rattachée"));
	} else {
		rc = join_request(v, item, outcome, &contact, &err);
		if (rc == GUICHET_OK)
			tell_joined(v, item, outcome);
	}
	if (rc == GUICHET_OK)
		end_form(v, contact);
	else
		refuse(v, &err);
	logged_done(&l);
}

/* --- a contact without a request --- */

static void end_contact(struct call_view *v, enum outcome outcome)
{
	struct guichet_err err = { 0 };
	struct op_id contact;
	const char *pairs[PAIRS][2];
	struct text note = TEXT_INIT;
	fill_pairs(v, pairs);
	/* A wrong number or somebody who hung up leaves no file of a person. */
	if (outcome == OUTCOME_WRONG_NUMBER || outcome == OUTCOME_HUNG_UP)
		pairs[0][0] = NULL;
	text_addf(&note, "%s%s%s", call_text(v, CALL_SUBJECT), *call_text(v, CALL_TEXT) ? "\n" : "", call_text(v, CALL_TEXT));
	struct contact_args args = { .channel = channel_code(v->channel), .outcome = outcome_code(outcome), .requester = pairs,
		.number = or_null(call_text(v, CALL_PHONE)), .note = or_null(text_str(&note)) };
	enum guichet_rc rc = store_begin(ui_store(v->view.ui), &err);
	if (rc == GUICHET_OK)
		rc = finish(v, desk_contact(ui_store(v->view.ui), ui_actor(v->view.ui), &args, NULL, 0, &contact, &err), &err);
	text_done(&note);
	if (rc) {
		refuse(v, &err);
		return;
	}
	call_clear(v, false);
	ui_say(v->view.ui, _("contact enregistré sans demande : %s"), outcome_label(outcome));
}

/* The line dropped, but what they want was said: a request all the same, and somebody to ring back. */
static void cut_off(void *context, const char *what)
{
	struct call_view *v = context;
	struct text at = TEXT_INIT;
	struct phone phone;
	if (!*what) {
		end_contact(v, OUTCOME_HUNG_UP);
		return;
	}
	if (!*call_text(v, CALL_CALLBACK) && phone_parse(call_text(v, CALL_PHONE), &phone, NULL) == GUICHET_OK) {
		struct civil soon = paris_civil(ui_now(v->view.ui) + RING_BACK_MINUTES * MS_PER_MINUTE);
		text_addf(&at, "%02d/%02d/%04d %02d:%02d", soon.day, soon.month, soon.year, soon.hour, soon.minute);
		call_put(v, CALL_CALLBACK, text_str(&at));
	}
	text_done(&at);
	call_validate(v);
}

static void ask_cut_off(struct call_view *v)
{
	struct phone phone;
	bool number = phone_parse(call_text(v, CALL_PHONE), &phone, NULL) == GUICHET_OK;
	const struct choice_value items[] = { { "request", number ? _("enregistrer la demande, rappel à faire") : _("enregistrer la demande"), call_text(v, CALL_PHONE) },
		{ "", _("noter l'appel coupé, sans demande"), "" } };
	ui_choose(v->view.ui, _("Coupé, mais l'objet est dit"), items, sizeof items / sizeof *items, "", cut_off, v);
}

bool call_outcome(struct call_view *v, uint32_t letter)
{
	const struct call_ending *e = call_endings;
	while (e->letter && (uint32_t)e->letter != (letter | 0x20))
		e++;
	if (!e->letter)
		return false;
	v->mode = MODE_FORM;
	if (e->outcome == OUTCOME_HUNG_UP && *call_text(v, CALL_SUBJECT))
		ask_cut_off(v);
	else
		end_contact(v, e->outcome);
	return true;
}

/* A step was taken from the last page: has somebody been told of the danger? */
void call_done_refresh(struct call_view *v)
{
	struct loaded l;
	if (v->mode != MODE_DONE || !v->done.row_id || store_load_id(ui_store(v->view.ui), v->done.row_id, &l, NULL))
		return;
	v->done.untold = request_danger_untold(&l.request);
	loaded_done(&l);
}
