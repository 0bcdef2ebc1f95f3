// SPDX-License-Identifier: GPL-3.0-or-later
/* The Appel screen's draft: what is being typed, kept in the store while it is typed, and taken up again. Must not draw. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "call_inside.h"
#include "guichet/base/i18n.h"
#include "ui_inside.h"

void call_changed(struct call_view *v)
{
	int64_t now = ui_now(v->view.ui);
	if (!v->dirty)
		v->dirty_since_ms = now;
	if (!v->started_ms)
		v->started_ms = now;
	v->dirty = true;
}

static char *fields_of(const struct call_view *v)
{
	json_t *o = json_object();
	char id[OP_ID_TEXT];
	for (int f = 0; f < CALL_FIELD_COUNT; f++)
		if (*call_text(v, (enum call_field)f))
			json_object_set_new(o, call_fields[f].key, json_string(call_text(v, (enum call_field)f)));
	if (!op_id_is_none(v->contact)) {
		op_id_format(v->contact, id);
		json_object_set_new(o, "contact", json_string(id));
	}
	if (v->link)
		json_object_set_new(o, "link", json_sprintf("%lld", (long long)v->link));
	if (v->chosen)
		json_object_set_new(o, "requester", json_sprintf("%lld", (long long)v->chosen));
	char *text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(o);
	if (!text)
		guichet_out_of_memory();
	return text;
}

static void know_kept(struct call_view *v, const char *fields)
{
	free(v->kept);
	v->kept = guichet_strdup(fields);
}

bool call_keep(struct call_view *v)
{
	struct ui *ui = v->view.ui;
	struct guichet_err err = { 0 };
	enum guichet_rc rc;
	if (!v->dirty || v->mode == MODE_DONE || ui_read_only(ui))
		return true;
	if (call_is_empty(v)) {
		rc = v->draft ? store_drop_draft(ui_store(ui), v->draft, &err) : GUICHET_OK;
		v->draft = rc ? v->draft : 0;
	} else {
		char *fields = fields_of(v);
		int64_t before = v->draft;
		/* The next field must not wait long for it; there is another try soon. */
		int patience = ui_set_patience(ui, ui->patience_ms < DRAFT_PATIENCE_MS ? ui->patience_ms : DRAFT_PATIENCE_MS);
		rc = store_put_draft(ui_store(ui), &v->draft, v->kept, ui_actor(ui)->login, fields, &err);
		ui_set_patience(ui, patience);
		if (before && v->draft != before)
			ui_say(ui, "%s", _("ce brouillon a été repris, validé ou jeté sur un autre poste : votre saisie est gardée à part"));
		if (rc == GUICHET_OK)
			know_kept(v, fields);
		free(fields);
	}
	v->dirty = rc != GUICHET_OK;
	v->keep_now = false;
	/* Said once; a store that is held makes each try wait, so the next one is not at once. */
	if (rc && !v->refused)
		ui_say(ui, _("brouillon NON gardé (%s) : la saisie reste ici, ne fermez pas ; F8 enregistre dès que le dépôt répond"), err.message);
	v->refused = rc != GUICHET_OK;
	if (rc) {
		v->dirty_since_ms = ui_now(ui);
		v->retry_ms = ui_now(ui) + DRAFT_RETRY_MS;
	} else {
		v->retry_ms = 0;
	}
	return rc == GUICHET_OK;
}

void call_save(struct view *view)
{
	if (view->ops == &view_call)
		call_keep((struct call_view *)view);
}

/* --- taking up again --- */

char *call_draft_text(const char *fields, const char *key)
{
	json_t *o = json_loads(fields, JSON_REJECT_DUPLICATES, NULL);
	const char *text = json_string_value(json_object_get(o, key));
	char *copy = text ? guichet_strdup(text) : NULL;
	json_decref(o);
	return copy;
}

struct wanted { int64_t id, started_ms; char *fields; };

static bool take_draft(void *context, const struct draft *d)
{
	struct wanted *w = context;
	if (d->id != w->id)
		return true;
	w->fields = guichet_strdup(d->fields);
	w->started_ms = d->started_ms;
	return false;
}

static void fill(struct call_view *v, json_t *o)
{
	enum channel channel = CHANNEL_PHONE;
	const char *text = json_string_value(json_object_get(o, "channel"));
	if (text && channel_parse(text, &channel))
		call_arrange(v, channel);
	for (int f = CALL_CHANNEL + 1; f < CALL_FIELD_COUNT; f++) {
		text = json_string_value(json_object_get(o, call_fields[f].key));
		form_set(&v->form, call_fields[f].key, text ? text : "");
	}
	text = json_string_value(json_object_get(o, "contact"));
	if (text)
		op_id_parse(text, &v->contact);
	text = json_string_value(json_object_get(o, "link"));
	v->link = text ? strtoll(text, NULL, 10) : 0;
	text = json_string_value(json_object_get(o, "requester"));
	if (text)
		call_choose_person(v, strtoll(text, NULL, 10));
}

bool call_resume(struct call_view *v, int64_t draft, struct guichet_err *err)
{
	struct wanted w = { .id = draft };
	json_error_t bad;
	enum guichet_rc rc = store_list_drafts(ui_store(v->view.ui), take_draft, &w, err);
	json_t *o = w.fields ? json_loads(w.fields, JSON_REJECT_DUPLICATES, &bad) : NULL;
	if (rc == GUICHET_OK && !w.fields)
		rc = guichet_err_set(err, GUICHET_NOT_FOUND, "%s", _("ce brouillon n'est plus là : il a été validé ou jeté entre-temps (Ctrl-G relit la liste)"));
	else if (rc == GUICHET_OK && !json_is_object(o))
		rc = guichet_err_set(err, GUICHET_DATA, _("brouillon illisible : %s"), bad.text);
	if (rc == GUICHET_OK) {
		fill(v, o);
		v->draft = draft;
		know_kept(v, w.fields);
		v->started_ms = w.started_ms;
		v->dirty = false;
		call_notes(v);
	}
	json_decref(o);
	free(w.fields);
	return rc == GUICHET_OK;
}

/* --- throwing away --- */

void call_ask_reason(struct ui *ui, int64_t draft, void (*chosen)(void *context, const char *reason), void *context)
{
	struct call_values l = { 0 };
	/* What was written for a request that is known is no contact. */
	bool call = !step_draft_of(ui, draft);
	for (const struct call_ending *e = call_endings; call && e->letter; e++)
		values_add(&l, outcome_code(e->outcome), _(e->label), _("contact enregistré sans demande"));
	values_add(&l, "", call ? _("saisi deux fois, ou essai") : _("texte abandonné"), _("rien n'est enregistré"));
	ui_choose(ui, _("Pourquoi jeter ce brouillon ?"), l.items, l.count, "", chosen, context);
	values_done(&l);
}

static enum guichet_rc record_end(struct ui *ui, const char *fields, const char *reason, struct guichet_err *err)
{
	struct op_id contact;
	enum channel channel = CHANNEL_PHONE;
	enum guichet_rc rc = GUICHET_OK;
	char *phone = call_draft_text(fields, "phone"), *subject = call_draft_text(fields, "subject"), *typed = call_draft_text(fields, "channel"),
		*earlier = call_draft_text(fields, "contact");
	if (typed)
		channel_parse(typed, &channel);
	struct contact_args args = { .channel = channel_code(channel), .outcome = reason, .number = phone, .note = subject };
	/* A further request of a contact that is recorded already: that one stands for it. */
	if (*reason && !earlier)
		rc = desk_contact(ui_store(ui), ui_actor(ui), &args, NULL, 0, &contact, err);
	free(phone);
	free(subject);
	free(typed);
	free(earlier);
	return rc;
}

enum guichet_rc call_discard(struct ui *ui, int64_t draft, const char *reason, struct guichet_err *err)
{
	struct store *s = ui_store(ui);
	struct wanted w = { .id = draft };
	enum guichet_rc rc = store_list_drafts(s, take_draft, &w, err);
	if (rc == GUICHET_OK && w.fields) {
		rc = store_begin(s, err);
		if (rc == GUICHET_OK) {
			rc = record_end(ui, w.fields, reason, err);
			if (rc == GUICHET_OK)
				rc = store_drop_draft(s, draft, err);
			if (rc == GUICHET_OK)
				rc = store_commit(s, err);
			else
				store_rollback(s);
		}
	}
	free(w.fields);
	if (rc == GUICHET_OK)
		ui_say(ui, "%s", *reason ? _("brouillon jeté ; la suite du contact est enregistrée") : _("brouillon jeté"));
	return rc;
}
