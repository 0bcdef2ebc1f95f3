// SPDX-License-Identifier: GPL-3.0-or-later
/* The Appel screen's fields: which ones a channel has, in which order, and what must be right in each. Must not draw, nor write to the store. */
#include <stdlib.h>
#include <string.h>

#include "call_inside.h"
#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "guichet/core/attachment.h"
#include "guichet/core/phone.h"

const struct form_field call_fields[CALL_FIELD_COUNT] = {
	[CALL_CHANNEL] = { "channel", N_("Canal"), 40, 12, FORM_LIST | FORM_ONE_OF | FORM_NARROW },
	[CALL_PHONE] = { "phone", N_("Téléphone"), 60, 20, FORM_NARROW },
	[CALL_NAME] = { "name", N_("Nom"), 200, 0, FORM_LIST },
	[CALL_EMAIL] = { "email", N_("Courriel"), 200, 0, 0 },
	[CALL_RECEIVED] = { "received", N_("Arrivé le"), 40, 18, FORM_NARROW },
	[CALL_DOCUMENT_DATE] = { "document_date", N_("Daté du"), 40, 18, FORM_NARROW },
	[CALL_SENDER_REF] = { "sender_ref", N_("Leur réf."), 100, 0, 0 },
	[CALL_FILE] = { "file", N_("Pièce"), 1000, 0, 0 },
	[CALL_SUBJECT] = { "subject", N_("Objet"), 400, 0, FORM_REQUIRED },
	[CALL_CATEGORY] = { "category", N_("Motif"), 200, 0, FORM_LIST | FORM_ONE_OF },
	[CALL_COMMUNE] = { "commune", N_("Commune"), 200, 0, FORM_LIST | FORM_ONE_OF },
	[CALL_ADDRESS] = { "address", N_("Lieu"), 400, 0, FORM_LIST },
	[CALL_TEXT] = { "text", N_("Texte"), 40000, 0, FORM_MULTILINE },
	[CALL_PLACE_DETAIL] = { "place_detail", N_("Précision"), 400, 0, 0 },
	[CALL_NATURE] = { "nature", N_("Nature"), 60, 22, FORM_LIST | FORM_ONE_OF | FORM_NARROW },
	[CALL_PRIORITY] = { "priority", N_("Priorité"), 20, 12, FORM_LIST | FORM_ONE_OF | FORM_NARROW },
	[CALL_DANGER] = { "danger", N_("Danger"), 20, 6, FORM_LIST | FORM_ONE_OF | FORM_NARROW },
	[CALL_TOLD] = { "told", N_("Prévenu"), 200, 0, FORM_LIST },
	[CALL_CALLBACK] = { "callback", N_("Rappel le"), 40, 18, FORM_NARROW },
	[CALL_TITLE] = { "title", N_("Civilité"), 60, 12, FORM_LIST | FORM_NARROW },
	[CALL_ORGANISATION] = { "organisation", N_("Organisme"), 200, 0, 0 },
	[CALL_REPLY_BY] = { "reply_by", N_("Réponse"), 40, 12, FORM_LIST | FORM_ONE_OF | FORM_NARROW },
	[CALL_POSTAL] = { "postal_address", N_("Adresse"), 400, 0, 0 },
};

/* While somebody talks: who, what, where, then the rest. What was written is read first, and says what it is about. Who was told of a danger comes last and shows with a
 * danger only: whoever types ahead finds each other field where it always is. */
#define SPOKEN "subject category commune address text place_detail nature priority danger callback title organisation email reply_by postal_address"
#define WRITTEN "subject text category commune address place_detail"
#define LAST "nature priority danger callback"
static const char *const orders[CHANNEL_COUNT] = {
	[CHANNEL_PHONE] = "channel phone name " SPOKEN " told",
	[CHANNEL_DESK] = "channel phone name " SPOKEN " file told",
	[CHANNEL_EMAIL] = "channel email name received " WRITTEN " file phone title organisation reply_by postal_address " LAST " told",
	[CHANNEL_WEB] = "channel email name received " WRITTEN " file phone title organisation reply_by postal_address " LAST " told",
	[CHANNEL_POST] = "channel received document_date sender_ref file name organisation postal_address " WRITTEN " phone email title reply_by " LAST " told",
};

const char *call_text(const struct call_view *v, enum call_field f)
{
	return form_text(&v->form, call_fields[f].key);
}

static enum call_field field_of_key(const char *key)
{
	int f = 0;
	while (f < CALL_FIELD_COUNT && strcmp(call_fields[f].key, key))
		f++;
	return (enum call_field)f;
}

enum call_field call_focus(const struct call_view *v)
{
	return field_of_key(form_focused(&v->form));
}

bool call_shown(const struct call_view *v, enum call_field f)
{
	size_t i = form_index(&v->form, call_fields[f].key);
	return i < v->form.count && !v->form.entries[i].hidden;
}

void call_put(struct call_view *v, enum call_field f, const char *text)
{
	if (!strcmp(call_text(v, f), text))
		return;
	form_replace(&v->form, call_fields[f].key, text);
	call_changed(v);
}

/* --- arranging --- */

/* Letters and mails follow what lies on the desk; while somebody talks, a desk may have its own order. */
static const char *const *own_order(struct ui *ui, enum channel channel)
{
	return channel == CHANNEL_PHONE || channel == CHANNEL_DESK ? ui_call_order(ui) : NULL;
}

static size_t take_field(const char *key, bool taken[CALL_FIELD_COUNT], enum call_field out[CALL_FIELD_COUNT], size_t n)
{
	enum call_field f = field_of_key(key);
	if (f == CALL_FIELD_COUNT || taken[f])
		return n;
	taken[f] = true;
	out[n] = f;
	return n + 1;
}

/* The fields in the order of this channel, then those that it does not have. Returns how many it has. Nothing that an order of one's own forgot is lost. */
static size_t order_of(struct ui *ui, enum channel channel, enum call_field out[CALL_FIELD_COUNT])
{
	bool taken[CALL_FIELD_COUNT] = { false };
	size_t n = 0, shown;
	char key[40];
	n = take_field("channel", taken, out, n);
	for (const char *const *mine = own_order(ui, channel); mine && *mine; mine++)
		n = take_field(*mine, taken, out, n);
	for (const char *order = orders[channel]; *order; order += strspn(order, " ")) {
		size_t length = strcspn(order, " ");
		snprintf(key, sizeof key, "%.*s", (int)length, order);
		n = take_field(key, taken, out, n);
		order += length;
	}
	shown = n;
	for (int f = 0; f < CALL_FIELD_COUNT; f++)
		if (!taken[f])
			out[n++] = (enum call_field)f;
	return shown;
}

bool call_has_field(const char *name)
{
	return field_of_key(name) < CALL_FIELD_COUNT;
}

void call_field_names(struct text *out)
{
	for (int f = 0; f < CALL_FIELD_COUNT; f++)
		text_addf(out, "%s%s", f ? ", " : "", call_fields[f].key);
}

void call_arrange(struct call_view *v, enum channel channel)
{
	enum call_field order[CALL_FIELD_COUNT];
	struct form_field fields[CALL_FIELD_COUNT];
	char *texts[CALL_FIELD_COUNT];
	size_t shown = order_of(v->view.ui, channel, order);
	enum call_field focus = v->form.count ? call_focus(v) : CALL_FIELD_COUNT;
	for (int f = 0; f < CALL_FIELD_COUNT; f++) {
		texts[f] = guichet_strdup(call_text(v, (enum call_field)f));
		fields[f] = call_fields[order[f]];
		fields[f].label = _(fields[f].label);
	}
	form_done(&v->form);
	form_init(&v->form, fields, CALL_FIELD_COUNT);
	for (size_t i = 0; i < CALL_FIELD_COUNT; i++) {
		form_set(&v->form, call_fields[i].key, texts[i]);
		free(texts[i]);
	}
	for (size_t i = shown; i < CALL_FIELD_COUNT; i++)
		form_hide(&v->form, call_fields[order[i]].key, true);
	v->channel = channel;
	form_set(&v->form, "channel", channel_label(channel));
	if (focus == CALL_FIELD_COUNT || !form_focus(&v->form, call_fields[focus].key))
		form_focus(&v->form, call_fields[shown > 1 ? order[1] : order[0]].key);
	v->form.left = v->form.focus;
	call_notes(v);
}

void call_clear(struct call_view *v, bool same_contact)
{
	for (int f = 0; f < CALL_FIELD_COUNT; f++) {
		/* The same person, the same letter: its scan goes with each request that it makes. */
		bool who = f == CALL_CHANNEL || f == CALL_PHONE || f == CALL_NAME || f == CALL_EMAIL || f == CALL_RECEIVED || f == CALL_DOCUMENT_DATE ||
			f == CALL_SENDER_REF || f == CALL_FILE || f == CALL_TITLE || f == CALL_ORGANISATION || f == CALL_REPLY_BY || f == CALL_POSTAL;
		form_set_error(&v->form, call_fields[f].key, NULL);
		if (!same_contact || !who)
			form_set(&v->form, call_fields[f].key, "");
	}
	v->link = 0;
	v->picked = 0;
	v->draft = v->started_ms = 0;
	v->dirty = v->refused = v->danger_asked = false;
	if (!same_contact) {
		v->contact = (struct op_id){ 0, 0 };
		v->chosen = 0;
		free(v->filled_name);
		v->filled_name = NULL;
		call_arrange(v, v->channel);
	}
	enum call_field order[CALL_FIELD_COUNT];
	order_of(v->view.ui, v->channel, order);
	/* Behind the channel, which is mostly right. */
	enum call_field first = same_contact ? CALL_SUBJECT : order[1];
	form_focus(&v->form, call_fields[first].key);
	call_forget(v);
	call_notes(v);
}

bool call_is_empty(const struct call_view *v)
{
	for (int f = CALL_CHANNEL + 1; f < CALL_FIELD_COUNT; f++)
		if (*call_text(v, (enum call_field)f))
			return false;
	return true;
}

/* --- what the texts mean --- */

const struct category *call_category(const struct call_view *v)
{
	const char *text = call_text(v, CALL_CATEGORY);
	return *text ? catalogue_category(store_catalogue(ui_store(v->view.ui)), text) : NULL;
}

const struct commune *call_commune(const struct call_view *v)
{
	const char *text = call_text(v, CALL_COMMUNE);
	return *text ? catalogue_commune(store_catalogue(ui_store(v->view.ui)), text) : NULL;
}

static bool says_yes(const char *text)
{
	return !utf8_compare_folded(text, _("oui")) || !strcmp(text, "1");
}

bool call_danger(const struct call_view *v)
{
	const struct category *m = call_category(v);
	return says_yes(call_text(v, CALL_DANGER)) || (m && m->danger);
}

bool call_instant(const char *text, int64_t *out, struct guichet_err *err)
{
	return instant_parse(_("date"), text, out, err) == GUICHET_OK;
}

/* How they want their answer says what must be known of them. */
static void note_reply(struct call_view *v)
{
	const struct person *p = call_person(v);
	enum channel by;
	const char *missing = NULL;
	if (!channel_parse(call_text(v, CALL_REPLY_BY), &by))
		by = CHANNEL_DESK;
	if (by == CHANNEL_POST && !*call_text(v, CALL_POSTAL) && !(p && *p->postal))
		missing = _("adresse à demander");
	else if (by == CHANNEL_EMAIL && !*call_text(v, CALL_EMAIL) && !(p && *p->email))
		missing = _("courriel à demander");
	else if (by == CHANNEL_PHONE && !*call_text(v, CALL_PHONE) && !(p && *p->phone))
		missing = _("téléphone à demander");
	form_set_note(&v->form, "reply_by", missing);
}

/* What the file is, so that one sees that it was found. */
static void note_file(struct call_view *v)
{
	struct desk_file file = { 0 };
	struct text note = TEXT_INIT;
	if (*call_text(v, CALL_FILE) && call_shown(v, CALL_FILE) && desk_file_look(call_text(v, CALL_FILE), &file, NULL) == GUICHET_OK && file.type)
		text_addf(&note, _("%s, %lld Ko"), attachment_label(file.type), (long long)(file.bytes + 1023) / 1024);
	desk_file_done(&file);
	form_set_note(&v->form, "file", text_str(&note));
	text_done(&note);
}

void call_notes(struct call_view *v)
{
	const struct category *m = call_category(v);
	struct text note = TEXT_INIT;
	if (m) {
		struct competence who = catalogue_competence(store_catalogue(ui_store(v->view.ui)), m, call_commune(v));
		text_addf(&note, "→ %s", who.service ? who.service->name : who.body ? who.body->name : "");
		if (who.body)
			text_add(&note, _(", hors compétence"));
		else if (m->targets[TARGET_ANSWER].unit != TARGET_NONE) {
			text_add(&note, ", ");
			target_show(&note, m->targets[TARGET_ANSWER]);
		}
	} else if (!*call_text(v, CALL_CATEGORY) && call_focus(v) == CALL_CATEGORY && *call_text(v, CALL_SUBJECT)) {
		struct suggestion first;
		if (call_suggest(v, call_text(v, CALL_SUBJECT), &first, 1))
			text_addf(&note, _("F4 propose : %s"), first.category->name);
	}
	form_set_note(&v->form, "category", text_str(&note));
	text_done(&note);
	form_hide(&v->form, "told", !call_danger(v));
	v->danger_asked = v->danger_asked && call_danger(v);
	note_reply(v);
}

/* --- checking --- */

static bool has_list(enum call_field f)
{
	return f == CALL_CHANNEL || f == CALL_CATEGORY || f == CALL_COMMUNE || f == CALL_NATURE || f == CALL_PRIORITY || f == CALL_DANGER ||
		f == CALL_REPLY_BY;
}

/* A letter is written before it arrives. */
static enum guichet_rc check_date(struct call_view *v, enum call_field f, const char *text, struct guichet_err *err)
{
	int64_t at, arrived, now = ui_now(v->view.ui);
	enum guichet_rc rc = instant_parse(_(call_fields[f].label), text, &at, err);
	if (rc)
		return rc;
	if (f == CALL_CALLBACK)
		return at > now ? GUICHET_OK : guichet_err_set(err, GUICHET_DATA, "%s", _("cette date est passée"));
	if (at > now)
		return guichet_err_set(err, GUICHET_DATA, "%s", _("cette date est à venir"));
	if (f == CALL_DOCUMENT_DATE && call_instant(call_text(v, CALL_RECEIVED), &arrived, NULL) && paris_day(at) > paris_day(arrived))
		return guichet_err_set(err, GUICHET_DATA, "%s", _("daté d'après son arrivée"));
	return GUICHET_OK;
}

static enum guichet_rc check_file(const char *text, struct guichet_err *err)
{
	struct desk_file file;
	enum guichet_rc rc = desk_file_look(text, &file, err);
	if (rc == GUICHET_OK)
		rc = desk_file_is_paper(&file, err);
	desk_file_done(&file);
	return rc;
}

static enum guichet_rc check_text(struct call_view *v, enum call_field f, const char *text, struct guichet_err *err)
{
	struct phone phone;
	struct requester r = { 0 };
	enum guichet_rc rc = GUICHET_OK;
	switch (f) {
	case CALL_PHONE:
		return phone_parse(text, &phone, err);
	case CALL_EMAIL:
		rc = requester_set(&r, "email", text, err);
		requester_done(&r);
		return rc;
	case CALL_RECEIVED:
	case CALL_DOCUMENT_DATE:
	case CALL_CALLBACK:
		return check_date(v, f, text, err);
	case CALL_FILE:
		return check_file(text, err);
	default:
		return rc;
	}
}

/* "Mme Lefèvre" is a title and a name; "Paul Durand <p@exemple.fr>" a name and an address. */
static void split(struct call_view *v, enum call_field f)
{
	struct text title = TEXT_INIT, rest = TEXT_INIT;
	if (f == CALL_NAME && call_split_title(call_text(v, f), &title, &rest)) {
		call_put(v, CALL_TITLE, text_str(&title));
		call_put(v, CALL_NAME, text_str(&rest));
	} else if (f == CALL_EMAIL && call_split_sender(call_text(v, f), &title, &rest)) {
		if (title.len && !*call_text(v, CALL_NAME)) {
			call_put(v, CALL_NAME, text_str(&title));
			split(v, CALL_NAME);
		}
		call_put(v, CALL_EMAIL, text_str(&rest));
	} else if (f == CALL_ADDRESS && *call_text(v, f) == ' ') {
		text_add(&rest, call_text(v, f) + strspn(call_text(v, f), " "));
		call_put(v, f, text_str(&rest));
	}
	text_done(&title);
	text_done(&rest);
}

void call_settle(struct call_view *v, enum call_field f)
{
	struct guichet_err err = { 0 };
	struct phone phone;
	if (f >= CALL_FIELD_COUNT)
		return;
	split(v, f);
	if (f == CALL_FILE)
		form_set_note(&v->form, "file", NULL);
	const char *text = call_text(v, f);
	form_set_error(&v->form, call_fields[f].key, NULL);
	if (!*text)
		return;
	if (has_list(f)) {
		char *best = call_best(v, f, text);
		if (best)
			call_put(v, f, best);
		else
			form_set_error(&v->form, call_fields[f].key, _("inconnu : F4 montre la liste"));
		free(best);
	} else if (check_text(v, f, text, &err)) {
		form_set_error(&v->form, call_fields[f].key, err.message);
	} else if (f == CALL_FILE) {
		note_file(v);
	} else if (f == CALL_PHONE && phone_parse(text, &phone, NULL) == GUICHET_OK) {
		char shown[PHONE_MAX + 16];
		/* In pairs, to be read back to the caller. */
		phone_show(phone.e164, shown);
		call_put(v, f, shown);
	}
	enum channel channel;
	if (f == CALL_CHANNEL && channel_parse(call_text(v, f), &channel) && channel != v->channel)
		call_arrange(v, channel);
	call_notes(v);
}

bool call_check(struct call_view *v, bool subject_needed)
{
	bool good = true;
	for (int f = 0; f < CALL_FIELD_COUNT; f++)
		call_settle(v, (enum call_field)f);
	if (!*call_text(v, CALL_CHANNEL))
		call_put(v, CALL_CHANNEL, channel_label(v->channel));
	if (subject_needed && !call_text(v, CALL_SUBJECT)[strspn(call_text(v, CALL_SUBJECT), " ")])
		form_set_error(&v->form, "subject", _("à remplir : la demande en quelques mots"));
	for (size_t i = 0; i < v->form.count; i++)
		good = good && (!v->form.entries[i].error || v->form.entries[i].hidden);
	if (!good) {
		form_focus_error(&v->form);
		ui_say(v->view.ui, "%s", _("rien n'est enregistré : corrigez ce qui est marqué d'un !, puis F8"));
	}
	return good;
}
