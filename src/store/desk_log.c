// SPDX-License-Identifier: GPL-3.0-or-later
/* Logging a call, mail, letter or visit: who, on which contact, which request; one transaction. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/core/phone.h"
#include "guichet/core/privacy.h"
#include "guichet/core/reference.h"
#include "desk_inside.h"

enum { WARNINGS_MAX = 32, FUTURE_TOLERANCE_MS = 5 * 60 * 1000 };

void logged_done(struct logged *l)
{
	free(l->warnings);
	free(l->warned);
	free(l->say);
	memset(l, 0, sizeof *l);
}

static const char *value_of(const char *(*pairs)[2], const char *key)
{
	for (size_t i = 0; pairs && pairs[i][0]; i++)
		if (!strcmp(pairs[i][0], key) && pairs[i][1])
			return pairs[i][1];
	return "";
}

/* --- who --- */

struct candidates { const char *name; int64_t named, nameless, other; };

static bool weigh_candidate(void *context, const struct requester *r)
{
	struct candidates *c = context;
	const char *name = requester_get(r, "name");
	if (*c->name && !*name && !*requester_get(r, "organisation"))
		c->nameless = c->nameless ? c->nameless : r->id;
	else if (!*c->name || !utf8_compare_folded(name, c->name))
		c->named = c->named ? c->named : r->id;
	else
		c->other = r->id;
	return true;
}

/* The record of this person: by phone, then by email, when the name fits or none was given. 0: a new one. */
static int64_t known_requester(struct store *s, const char *(*pairs)[2])
{
	static const char *const keys[] = { "phone", "email" };
	struct candidates c = { .name = value_of(pairs, "name") };
	for (size_t i = 0; i < 2; i++) {
		const char *value = value_of(pairs, keys[i]);
		if (*value)
			store_find_requesters_exactly(s, value, weigh_candidate, &c);
		if (c.named)
			return c.named;
	}
	return c.nameless;
}

/* "durand" typed in haste does not replace "Durand". */
static bool same_name(const struct requester *r, const char *key, const char *value)
{
	return (!strcmp(key, "name") || !strcmp(key, "organisation")) && !utf8_compare_folded(requester_get(r, key), value);
}

enum guichet_rc desk_requester(struct store *s, const struct actor *a, const char *(*pairs)[2], int64_t known, int64_t *id, struct guichet_err *err)
{
	struct requester r = { 0 };
	enum guichet_rc rc = GUICHET_OK;
	bool any = false;
	*id = known;
	for (size_t i = 0; pairs && pairs[i][0]; i++)
		any = any || (pairs[i][1] && *pairs[i][1]);
	if (!any)
		return GUICHET_OK;
	if (!known)
		known = known_requester(s, pairs);
	if (known)
		rc = store_requester(s, known, &r, err);
	for (size_t i = 0; rc == GUICHET_OK && pairs[i][0]; i++)
		if (pairs[i][1] && *pairs[i][1] && !same_name(&r, pairs[i][0], pairs[i][1]))
			rc = requester_set(&r, pairs[i][0], pairs[i][1], err);
	if (rc == GUICHET_OK)
		rc = store_put_requester(s, a->login, &r, err);
	*id = r.id;
	requester_done(&r);
	return rc;
}

/* --- on which contact --- */

enum guichet_rc desk_check_contact(struct store *s, struct op_id contact, struct guichet_err *err)
{
	char id[OP_ID_TEXT];
	if (sql_value(s, 0, "SELECT 1 FROM contact WHERE id = ?1", "i", op_pack(s, contact)))
		return GUICHET_OK;
	op_id_format(contact, id);
	return guichet_err_set(err, GUICHET_NOT_FOUND, _("le contact %s n'est pas dans ce dépôt"), id);
}

enum guichet_rc desk_contact_row(struct store *s, struct op_id contact, int64_t *row, struct guichet_err *err)
{
	*row = op_pack(s, contact);
	return desk_check_contact(s, contact, err);
}

enum guichet_rc desk_new_contact(struct store *s, const struct actor *a, const struct contact_args *c, int64_t requester, struct op_id *id,
	struct guichet_err *err)
{
	struct op op;
	char who[OP_ID_TEXT];
	op_init(&op, OP_CONTACT, (struct op_id){ 0, 0 }, a->login, store_now(s));
	op_fact_text(&op, "channel", c->channel);
	op_fact_text(&op, "outcome", c->outcome);
	op_fact_int(&op, "start_ms", c->start_ms ? c->start_ms : store_now(s));
	if (c->end_ms)
		op_fact_int(&op, "end_ms", c->end_ms);
	if (c->outward)
		op_fact_bool(&op, "outward", true);
	if (requester) {
		op_id_format(op_unpack(s, requester), who);
		op_fact_text(&op, "requester", who);
	}
	op_personal_if(&op, "number", c->number);
	op_personal_if(&op, "note", c->note);
	enum guichet_rc rc = store_append(s, &op, err);
	*id = op.id;
	op_done(&op);
	return rc;
}

/* The request that a mail makes is written right after it. */
static enum guichet_rc append_mail(struct store *s, struct op *mail, int64_t requester, struct guichet_err *err)
{
	char id[OP_ID_TEXT];
	if (requester) {
		op_id_format(op_unpack(s, requester), id);
		op_fact_text(mail, "requester", id);
	}
	op_id_format((struct op_id){ s->device, s->next_dseq + 1 }, id);
	op_fact_text(mail, "request", id);
	return store_append(s, mail, err);
}

static enum guichet_rc check_mail_request(struct store *s, const struct op *mail, int64_t row_id, struct guichet_err *err)
{
	struct op_id named;
	if (op_id_parse(op_text(mail, "request", ""), &named) && store_row_of_op(s, named) == row_id)
		return GUICHET_OK;
	return guichet_err_set(err, GUICHET_INTERNAL, "%s", _("le courriel ne désigne pas sa demande : rien n'a été enregistré"));
}

/* --- the request --- */

static enum guichet_rc check_received(struct store *s, const struct call *call, int64_t *received, struct guichet_err *err)
{
	int64_t now = store_now(s);
	*received = call->received_ms ? call->received_ms : now;
	if (*received >= 0 && *received <= now + FUTURE_TOLERANCE_MS)
		return GUICHET_OK;
	struct text shown = TEXT_INIT;
	instant_show(&shown, *received);
	guichet_err_set(err, GUICHET_DATA, *received < 0 ? _("reçue le %s : date antérieure à 1970") : _("reçue le %s : cette date est à venir"),
		text_str(&shown));
	text_done(&shown);
	return GUICHET_DATA;
}

static enum guichet_rc check_codes(struct store *s, const struct call *call, struct create_args *c, struct guichet_err *err)
{
	enum nature nature;
	struct text near = TEXT_INIT;
	enum guichet_rc rc = GUICHET_OK;
	c->nature = -1;
	if (!call->channel || !channel_parse(call->channel, &c->channel))
		return guichet_err_set(err, GUICHET_DATA, _("canal « %s » inconnu : attendu téléphone, courriel, courrier, accueil ou site"),
			call->channel ? call->channel : "");
	if (call->category && *call->category && !(c->category = catalogue_category(s->catalogue, call->category))) {
		catalogue_near_codes(s->catalogue, 'm', call->category, &near);
		rc = guichet_err_set(err, GUICHET_DATA, _("motif « %s » inconnu%s%s ; sans motif, la demande part « à qualifier »"), call->category,
			near.len ? " : " : "", text_str(&near));
	} else if (call->commune && *call->commune && !(c->commune = catalogue_commune(s->catalogue, call->commune))) {
		catalogue_near_codes(s->catalogue, 'c', call->commune, &near);
		rc = guichet_err_set(err, GUICHET_DATA, _("commune « %s » inconnue%s%s"), call->commune, near.len ? " : " : "", text_str(&near));
	} else if (call->nature && *call->nature) {
		if (nature_parse(call->nature, &nature))
			c->nature = (int)nature;
		else
			rc = guichet_err_set(err, GUICHET_DATA,
				_("nature « %s » inconnue : attendu signalement, demande d'information, réclamation, suggestion ou avis"), call->nature);
	}
	text_done(&near);
	if (rc == GUICHET_OK && call->priority && *call->priority) {
		if (call->priority[0] < '1' || call->priority[0] > '4' || call->priority[1])
			return guichet_err_set(err, GUICHET_DATA, _("priorité « %s » : attendu 1 (urgente) à 4 (basse)"), call->priority);
		c->priority = call->priority[0] - '0';
	}
	return rc;
}

static enum guichet_rc write_fields(struct store *s, const struct call *call, struct op *op, struct guichet_err *err)
{
	const struct { enum request_field field; const char *value; } fields[] = {
		{ FIELD_SUBJECT, call->subject }, { FIELD_DESCRIPTION, call->description }, { FIELD_ADDRESS, call->address },
		{ FIELD_PLACE_DETAIL, call->place_detail }, { FIELD_ASSET, call->asset }, { FIELD_GROUND, call->ground },
		{ FIELD_AREA, call->area }, { FIELD_LATITUDE, call->latitude }, { FIELD_LONGITUDE, call->longitude },
		{ FIELD_SENDER_REF, call->sender_ref }, { FIELD_DOCUMENT_DATE, call->document_date }, { FIELD_CONFIDENTIAL, call->confidential },
	};
	enum guichet_rc rc = GUICHET_OK;
	for (size_t i = 0; i < sizeof fields / sizeof *fields && rc == GUICHET_OK; i++)
		if (fields[i].value && *fields[i].value)
			rc = op_write_parsed(op, NULL, fields[i].field, fields[i].value, s->catalogue, err);
	if (rc == GUICHET_OK && !*op_text(op, "subject", ""))
		rc = guichet_err_set(err, GUICHET_DATA, _("l'objet de la demande est vide : dites-la en quelques mots (--subject)"));
	return rc;
}

static enum guichet_rc create_request(struct store *s, const struct actor *a, const struct call *call, struct create_args *c, struct logged *out,
	struct guichet_err *err)
{
	struct op op;
	char contact[OP_ID_TEXT], requester[OP_ID_TEXT];
	op_init(&op, OP_CREATE, (struct op_id){ 0, 0 }, a->login, store_now(s));
	enum guichet_rc rc = write_fields(s, call, &op, err);
	if (rc == GUICHET_OK)
		rc = store_next_reference(s, &c->reference, err);
	if (rc == GUICHET_OK) {
		op_id_format(out->contact_op, contact);
		c->contact = contact;
		if (out->requester) {
			op_id_format(op_unpack(s, out->requester), requester);
			c->requester = requester;
		}
		request_create_op(c, s->catalogue, a, store_now(s), &op);
		rc = store_append(s, &op, err);
	}
	if (rc == GUICHET_OK) {
		out->reference = c->reference;
		out->row_id = store_row_of_op(s, op.id);
	}
	op_done(&op);
	/* What they pointed to ends here. */
	c->contact = c->requester = NULL;
	return rc;
}

/* --- what goes with it --- */

/* What the on-call team was told of an incident holds for the calls that join it, unless this caller says that there is danger. */
static enum guichet_rc join_parent(struct store *s, const struct actor *a, const struct call *call, int64_t reference, struct guichet_err *err)
{
	struct loaded parent = { 0 };
	struct step_args link = { 0 };
	enum guichet_rc rc = store_load(s, call->link, &parent, err);
	if (rc == GUICHET_OK) {
		link.target = parent.request.id;
		rc = desk_step(s, a, reference, STEP_LINK, &link, NULL, err);
	}
	if (rc == GUICHET_OK && !call->danger && !(call->told && *call->told) && parent.request.danger_told_count) {
		struct loaded l = { 0 };
		const struct danger_notice *notice = &parent.request.dangers_told[parent.request.danger_told_count - 1];
		struct step_args told = { .who = notice->who };
		rc = store_load(s, reference, &l, err);
		if (rc == GUICHET_OK && request_danger_untold(&l.request) && told.who)
			rc = desk_step(s, a, reference, STEP_DANGER_TOLD, &told, NULL, err);
		loaded_done(&l);
	}
	loaded_done(&parent);
	return rc;
}

static enum guichet_rc follow_up(struct store *s, const struct actor *a, const struct call *call, struct logged *out, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	if (call->told && *call->told) {
		struct step_args args = { .who = call->told, .at_ms = call->told_ms };
		rc = desk_step(s, a, out->reference, STEP_DANGER_TOLD, &args, NULL, err);
	}
	if (rc == GUICHET_OK && call->callback_ms) {
		struct step_args args = { .at_ms = call->callback_ms };
		rc = desk_step(s, a, out->reference, STEP_CALLBACK, &args, NULL, err);
	}
	if (rc == GUICHET_OK && call->link)
		rc = join_parent(s, a, call, out->reference, err);
	return rc;
}

static void tell_result(struct store *s, struct logged *out)
{
	struct loaded l;
	if (store_load_id(s, out->row_id, &l, NULL))
		return;
	const struct promise *promise = request_promise(&l.request);
	const struct service *service = catalogue_service(s->catalogue, request_text(&l.request, FIELD_SERVICE));
	const struct category *category = catalogue_category(s->catalogue, request_text(&l.request, FIELD_CATEGORY));
	out->promised_ms = promise ? promise->date_ms : NO_INSTANT;
	snprintf(out->service, sizeof out->service, "%s", request_text(&l.request, FIELD_SERVICE));
	out->danger_untold = request_danger_untold(&l.request);
	if (request_int(&l.request, FIELD_DANGER, 0) && service && service->on_call_phone)
		snprintf(out->on_call, sizeof out->on_call, "%s", service->on_call_phone);
	if (category) {
		struct competence who = catalogue_competence(s->catalogue, category,
			catalogue_commune(s->catalogue, request_text(&l.request, FIELD_COMMUNE)));
		if (who.body)
			snprintf(out->body, sizeof out->body, "%s", who.body->code);
	}
	loaded_done(&l);
}

static void warn(const struct privacy_words *words, const struct call *call, struct logged *out)
{
	struct text all = TEXT_INIT;
	text_addf(&all, "%s\n%s", call->subject ? call->subject : "", call->description ? call->description : "");
	out->warnings = guichet_alloc(WARNINGS_MAX * sizeof *out->warnings);
	out->warning_count = privacy_check(words, text_str(&all), out->warnings, WARNINGS_MAX);
	out->warned = text_take(&all);
}

/* In writing, of what came in writing, to somebody who can be written to (CRPA L112-3). */
static bool owes_acknowledgement(struct store *s, enum channel by, int64_t requester)
{
	struct requester who;
	bool post = by == CHANNEL_POST, owes;
	if (by == CHANNEL_PHONE || by == CHANNEL_DESK || !(post ? s->catalogue->sends_letters : s->catalogue->sends_email) || requester == 0 ||
		store_requester(s, requester, &who, NULL))
		return false;
	owes = *requester_get(&who, post ? "postal_address" : "email") != '\0';
	requester_done(&who);
	return owes;
}

enum guichet_rc desk_log(struct store *s, const struct actor *a, const struct call *call, const struct privacy_words *privacy,
	struct logged *out, struct guichet_err *err)
{
	struct create_args c = { 0 };
	memset(out, 0, sizeof *out);
	out->promised_ms = NO_INSTANT;
	if (!(a->roles & (ROLE_AGENT | ROLE_SERVICE | ROLE_SUPERVISOR)) && !(call->mail && a->roles & ROLE_MAILER))
		return guichet_err_set(err, GUICHET_NO_PERM,
			_("rôle requis pour enregistrer une demande : agent d'accueil, agent de service ou superviseur"));
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	rc = check_codes(s, call, &c, err);
	if (rc == GUICHET_OK)
		rc = check_received(s, call, &c.received_ms, err);
	if (rc == GUICHET_OK)
		rc = desk_requester(s, a, call->requester, call->requester_id, &out->requester, err);
	out->contact_op = call->contact;
	if (rc == GUICHET_OK && call->mail) {
		rc = append_mail(s, call->mail, out->requester, err);
		out->contact_op = call->mail->id;
	} else if (rc == GUICHET_OK && op_id_is_none(call->contact)) {
		struct contact_args contact = { .channel = channel_code(c.channel), .outcome = outcome_code(OUTCOME_CREATED),
			.start_ms = c.received_ms, .number = value_of(call->requester, "phone") };
		rc = desk_new_contact(s, a, &contact, out->requester, &out->contact_op, err);
	} else if (rc == GUICHET_OK) {
		rc = desk_check_contact(s, call->contact, err);
	}
	c.logged_ms = store_now(s);
	c.danger = call->danger;
	c.source_id = call->source_id;
	c.live = true;
	if (rc == GUICHET_OK)
		c.acknowledge = owes_acknowledgement(s, c.channel, out->requester);
	/* On the phone and at the counter the date is said there and then; by mail and post the acknowledgement will say it. */
	c.promise_told = c.channel == CHANNEL_PHONE || c.channel == CHANNEL_DESK;
	if (rc == GUICHET_OK)
		rc = create_request(s, a, call, &c, out, err);
	if (rc == GUICHET_OK && call->mail)
		rc = check_mail_request(s, call->mail, out->row_id, err);
	if (rc == GUICHET_OK)
		rc = follow_up(s, a, call, out, err);
	if (rc == GUICHET_OK)
		tell_result(s, out);
	rc = store_finish(s, rc, err);
	if (rc == GUICHET_OK)
		warn(privacy, call, out);
	return rc;
}
