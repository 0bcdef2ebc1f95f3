// SPDX-License-Identifier: GPL-3.0-or-later
/* What a template is filled with, from the store and the catalogue. Does not know how templates are written, nor how the text leaves. */
#include "guichet/report/compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "guichet/core/correspondence.h"
#include "guichet/core/phone.h"
#include "guichet/core/reference.h"
#include "guichet/core/typography.h"

_Static_assert((int)TEMPLATE_ACKNOWLEDGE == (int)PURPOSE_ACKNOWLEDGE && (int)TEMPLATE_ANSWER == (int)PURPOSE_ANSWER &&
		(int)TEMPLATE_INFORM == (int)PURPOSE_INFORM && (int)TEMPLATE_NOTICE == (int)PURPOSE_NOTICE && (int)TEMPLATE_FORWARD == (int)PURPOSE_FORWARD &&
		(int)TEMPLATE_REMIND == (int)PURPOSE_REMIND && (int)TEMPLATE_ESCALATE == (int)PURPOSE_ESCALATE && (int)TEMPLATE_DANGER == (int)PURPOSE_DANGER &&
		(int)TEMPLATE_RECEIPT == (int)PURPOSE_COUNT,
	"a purpose is a use");

/* Values, and the texts that were made for them. */
struct values { struct template_values v; char *made[TEMPLATE_FIELD_COUNT]; };

static void values_done(struct values *x)
{
	for (int f = 0; f < TEMPLATE_FIELD_COUNT; f++)
		free(x->made[f]);
}

static void put(struct values *x, enum template_field f, const char *value)
{
	free(x->made[f]);
	x->made[f] = value && *value ? guichet_strdup(value) : NULL;
	x->v.fields[f] = x->made[f];
}

static void put_flag(struct values *x, enum template_field f, bool on)
{
	put(x, f, on ? "1" : NULL);
}

static void put_day(struct values *x, enum template_field f, int32_t day)
{
	struct text t = TEXT_INIT;

	typography_day(&t, day);
	put(x, f, text_str(&t));
	text_done(&t);
}

static void put_instant(struct values *x, enum template_field f, int64_t ms)
{
	if (ms != NO_INSTANT)
		put_day(x, f, paris_day(ms));
}

static void put_due(struct values *x, enum template_field f, int64_t ms)
{
	if (ms != NO_INSTANT)
		put_day(x, f, due_day(ms));
}

/* --- The letter as a whole --- */

static void put_phone(struct values *x, enum template_field f, const char *number)
{
	struct phone phone;
	char shown[PHONE_MAX + 16] = "";

	if (number && phone_parse(number, &phone, NULL) == GUICHET_OK)
		phone_show(phone.e164, shown);
	put(x, f, *shown ? shown : number);
}

static void put_metropole(struct values *x, const struct catalogue *c, int64_t now_ms)
{
	put(x, TEMPLATE_FIELD_METROPOLE, c->name);
	put(x, TEMPLATE_FIELD_METROPOLE_ADDRESS, c->address);
	put_phone(x, TEMPLATE_FIELD_METROPOLE_PHONE, c->phone);
	put(x, TEMPLATE_FIELD_METROPOLE_EMAIL, c->email);
	put(x, TEMPLATE_FIELD_METROPOLE_SITE, c->website);
	put(x, TEMPLATE_FIELD_DESK, c->desk->name);
	put(x, TEMPLATE_FIELD_DPO, c->dpo_email);
	put(x, TEMPLATE_FIELD_COURT, c->court);
	put_instant(x, TEMPLATE_FIELD_DATE, now_ms);
}

static const char *greeting_of(const char *title)
{
	static const char *const men[] = {"m.", "m", "mr", "monsieur"}, *const women[] = {"mme", "mme.", "madame", "mlle", "mademoiselle"};

	for (size_t i = 0; i < sizeof men / sizeof *men; i++)
		if (utf8_compare_folded(title, men[i]) == 0)
			return "Monsieur";
	for (size_t i = 0; i < sizeof women / sizeof *women; i++)
		if (utf8_compare_folded(title, women[i]) == 0)
			return "Madame";
	return "Madame, Monsieur";
}

void compose_requester(struct store *s, const struct request *r, struct requester *out)
{
	enum { MERGES_MAX = 32 };
	struct op_id id;
	struct requester kept;

	*out = (struct requester){0};
	if (!op_id_parse(request_text(r, FIELD_REQUESTER), &id) || store_requester_of_op(s, id, out, NULL))
		return;
	for (int i = 0; i < MERGES_MAX && out->merged_into && store_requester(s, out->merged_into, &kept, NULL) == GUICHET_OK; i++) {
		requester_done(out);
		*out = kept;
	}
}

static void put_requester(struct values *x, struct store *s, const struct request *r)
{
	struct requester who;
	struct text name = TEXT_INIT;

	compose_requester(s, r, &who);
	if (*requester_get(&who, "name"))
		text_addf(&name, "%s%s%s", requester_get(&who, "title"), *requester_get(&who, "title") ? " " : "", requester_get(&who, "name"));
	else
		text_add(&name, requester_get(&who, "organisation"));
	put(x, TEMPLATE_FIELD_REQUESTER, text_str(&name));
	put(x, TEMPLATE_FIELD_GREETING, greeting_of(requester_get(&who, "title")));
	put_phone(x, TEMPLATE_FIELD_REQUESTER_PHONE, who.phone);
	put(x, TEMPLATE_FIELD_REQUESTER_EMAIL, who.email);
	put(x, TEMPLATE_FIELD_REQUESTER_ADDRESS, who.postal_address);
	text_done(&name);
	requester_done(&who);
}

static const struct op *op_of(const struct request *r, struct op_id id)
{
	for (size_t i = 0; i < r->op_count; i++)
		if (op_id_equal(r->ops[i].id, id))
			return &r->ops[i];
	return NULL;
}

static const struct service *service_of_actor(const struct catalogue *c, const struct actor *a)
{
	const struct service *s = a->services && a->services[0] && strcmp(a->services[0], "*") != 0 ? catalogue_service(c, a->services[0]) : NULL;

	return s ? s : c->desk;
}

const char *compose_agent(const struct catalogue *c, const struct actor *a, const struct op *target, const struct service **service)
{
	const char *name = target ? op_text(target, "agent", NULL) : NULL;
	const struct service *whose = name ? catalogue_service(c, op_text(target, "agent_service", "")) : a ? service_of_actor(c, a) : NULL;

	if (!name && a && a->name && *a->name && (!target || strcmp(target->actor, a->login) == 0))
		name = a->name;
	whose = whose ? whose : c->desk;
	if (!name || whose->anonymous_agents)
		return NULL;
	if (service)
		*service = whose;
	return name;
}

static void put_agent(struct values *x, const struct catalogue *c, const struct compose_args *a, const struct op *target)
{
	const struct service *service;
	const char *name = compose_agent(c, a->actor, target, &service);

	put(x, TEMPLATE_FIELD_AGENT, name);
	if (name)
		put(x, TEMPLATE_FIELD_AGENT_SERVICE, service->name);
}

static void put_words(struct values *x, const struct compose_args *a, const struct op *target)
{
	const char *words = a->text ? a->text : target ? op_text(target, "text", "") : "";
	enum template_field f = a->use == TEMPLATE_ANSWER || a->use == TEMPLATE_INFORM || a->use == TEMPLATE_NOTICE ? TEMPLATE_FIELD_ANSWER : TEMPLATE_FIELD_WORDS;

	put(x, f, words);
}

static void put_body(struct values *x, const struct catalogue *c, const struct request *r)
{
	const struct body *body = catalogue_body(c, request_text(r, FIELD_BODY));

	if (!body)
		return;
	put(x, TEMPLATE_FIELD_BODY, body->name);
	put(x, TEMPLATE_FIELD_BODY_ADDRESS, body->address);
	put_phone(x, TEMPLATE_FIELD_BODY_PHONE, body->phone);
	put(x, TEMPLATE_FIELD_BODY_EMAIL, body->email);
	for (size_t i = 0; i < r->op_count; i++) {
		const json_t *sent = r->ops[i].kind == OP_REDIRECT && !request_op_undone(r, i) ? json_object_get(r->ops[i].facts, "transmission") : NULL;
		if (json_is_integer(json_object_get(sent, "at_ms")))
			put_instant(x, TEMPLATE_FIELD_SENT_ON, json_integer_value(json_object_get(sent, "at_ms")));
	}
}

/* --- Each request --- */

static const char *by_channel(enum channel channel)
{
	static const char *const words[CHANNEL_COUNT] = {[CHANNEL_PHONE] = "par téléphone", [CHANNEL_EMAIL] = "par courriel", [CHANNEL_POST] = "par courrier",
		[CHANNEL_DESK] = "à l'accueil", [CHANNEL_WEB] = "par le site internet"};

	return words[channel];
}

static void put_service(struct values *x, const struct catalogue *c, const struct service *s)
{
	put(x, TEMPLATE_FIELD_SERVICE, s->name);
	put(x, TEMPLATE_FIELD_SERVICE_ADDRESS, s->address ? s->address : c->address);
	put_phone(x, TEMPLATE_FIELD_SERVICE_PHONE, s->phone ? s->phone : c->phone);
	put(x, TEMPLATE_FIELD_SERVICE_EMAIL, s->email ? s->email : c->email);
	put(x, TEMPLATE_FIELD_HEAD, s->head);
}

static void put_dates(struct values *x, const struct catalogue *c, const struct request *r, const struct category *category, int64_t now_ms)
{
	struct deadlines due;
	const struct promise *promise = request_promise(r);
	int32_t day;

	deadlines_compute(r, c, now_ms, &due, NULL);
	put_instant(x, TEMPLATE_FIELD_RECEIVED, request_int(r, FIELD_RECEIVED, NO_INSTANT));
	put_due(x, TEMPLATE_FIELD_ANSWER_DUE, due.due[TARGET_ANSWER]);
	put_due(x, TEMPLATE_FIELD_COMPLETE_DUE, due.due[TARGET_COMPLETE]);
	put_due(x, TEMPLATE_FIELD_LEGAL_DUE, due.due[TARGET_LEGAL]);
	put_flag(x, TEMPLATE_FIELD_ACCEPTS, category && category->silence == SILENCE_ACCEPTS);
	put_flag(x, TEMPLATE_FIELD_REFUSES, category && category->silence == SILENCE_REFUSES);
	put_flag(x, TEMPLATE_FIELD_OVER, due.due[TARGET_ANSWER] != NO_INSTANT && due.due[TARGET_ANSWER] <= now_ms);
	if (promise)
		put_due(x, TEMPLATE_FIELD_PROMISED, promise->date_ms);
	if (*request_text(r, FIELD_DOCUMENT_DATE) && day_parse("", request_text(r, FIELD_DOCUMENT_DATE), &day, NULL) == GUICHET_OK)
		put_day(x, TEMPLATE_FIELD_DOCUMENT_DATE, day);
}

static void put_request(struct values *x, const struct catalogue *c, const struct request *r, int64_t now_ms)
{
	const struct category *category = catalogue_category(c, request_text(r, FIELD_CATEGORY));
	const struct service *service = catalogue_service(c, request_text(r, FIELD_SERVICE));
	const struct commune *commune = catalogue_commune(c, request_text(r, FIELD_COMMUNE));
	char reference[REFERENCE_SHOWN];
	enum channel channel;

	reference_show(r->reference, reference);
	put(x, TEMPLATE_FIELD_REFERENCE, reference);
	put(x, TEMPLATE_FIELD_CATEGORY, category ? category->name : request_text(r, FIELD_CATEGORY));
	put(x, TEMPLATE_FIELD_SUBJECT, *request_text(r, FIELD_SUBJECT) ? request_text(r, FIELD_SUBJECT) : x->v.fields[TEMPLATE_FIELD_CATEGORY]);
	put(x, TEMPLATE_FIELD_CHANNEL, channel_parse(request_text(r, FIELD_CHANNEL), &channel) ? by_channel(channel) : NULL);
	put_service(x, c, service ? service : c->desk);
	put(x, TEMPLATE_FIELD_PLACE, request_text(r, FIELD_ADDRESS));
	put(x, TEMPLATE_FIELD_COMMUNE, commune ? commune->name : NULL);
	put(x, TEMPLATE_FIELD_SENDER_REF, request_text(r, FIELD_SENDER_REF));
	put(x, TEMPLATE_FIELD_DESCRIPTION, request_text(r, FIELD_DESCRIPTION));
	put_flag(x, TEMPLATE_FIELD_DANGER, request_int(r, FIELD_DANGER, 0) != 0);
	put_dates(x, c, r, category, now_ms);
}

/* --- Several in one --- */

static enum guichet_rc put_others(struct store *s, const struct compose_args *a, struct values *list, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;

	for (size_t i = 0; i < a->other_count && !rc; i++) {
		struct loaded other;
		rc = store_load(s, a->others[i], &other, err);
		if (rc)
			break;
		put_request(&list[i + 1], store_catalogue(s), &other.request, store_now(s));
		loaded_done(&other);
	}
	return rc;
}

struct companions { struct op_id contact; int64_t own; int64_t *references; size_t count; };

static bool note_companions(void *context, const struct contact *c)
{
	struct companions *found = context;

	if (!op_id_equal(c->op, found->contact))
		return true;
	for (size_t i = 0; i < c->reference_count && found->count < COMPOSE_OTHERS_MAX; i++)
		if (c->references[i] != found->own)
			found->references[found->count++] = c->references[i];
	return false;
}

static bool owes_acknowledgement(const struct request *r, enum channel channel)
{
	for (size_t i = 0; i < r->owed_count; i++)
		if (r->owed[i].purpose == PURPOSE_ACKNOWLEDGE && r->owed[i].channel == channel)
			return true;
	return false;
}

/* The same record, or one made anew for the same name at the same addresses. */
static bool same_sender(struct store *s, const struct request *a, const struct request *b)
{
	static const char *const keys[] = {"name", "organisation", "postal_address", "email"};
	struct requester one = {0}, two = {0};
	struct op_id first, second;
	bool known = op_id_parse(request_text(a, FIELD_REQUESTER), &first) && op_id_parse(request_text(b, FIELD_REQUESTER), &second);
	bool same = known && op_id_equal(first, second);

	if (known && !same && !store_requester_of_op(s, first, &one, NULL) && !store_requester_of_op(s, second, &two, NULL)) {
		same = true;
		for (size_t i = 0; i < sizeof keys / sizeof *keys && same; i++)
			same = strcmp(requester_get(&one, keys[i]), requester_get(&two, keys[i])) == 0;
	}
	requester_done(&one);
	requester_done(&two);
	return same;
}

size_t compose_others(struct store *s, const struct loaded *l, enum channel channel, int64_t references[COMPOSE_OTHERS_MAX])
{
	struct companions found = {.own = l->request.reference, .references = references};
	struct contact_filter filter = {.channel = -1, .outcome = -1, .request = l->row_id, .limit = COMPOSE_OTHERS_MAX};
	size_t kept = 0;

	if (l->op_count == 0 || !op_id_parse(op_text(&l->ops[0], "contact", ""), &found.contact) ||
		store_list_contacts(s, &filter, note_companions, &found, NULL))
		return 0;
	for (size_t i = 0; i < found.count; i++) {
		struct loaded other;
		if (store_load(s, references[i], &other, NULL))
			continue;
		if (owes_acknowledgement(&other.request, channel) && same_sender(s, &l->request, &other.request))
			references[kept++] = references[i];
		loaded_done(&other);
	}
	return kept;
}

/* --- All of it --- */

static enum guichet_rc choose(const struct catalogue *c, const struct request *r, struct compose_args *a, const struct message_template **out,
	struct guichet_err *err)
{
	const struct category *category = catalogue_category(c, request_text(r, FIELD_CATEGORY));
	enum template_channel channel = a->channel == CHANNEL_POST ? TEMPLATE_POST : TEMPLATE_EMAIL;

	if (a->template_code) {
		*out = catalogue_template(c, a->template_code);
		if (!*out || (*out)->use == TEMPLATE_PART)
			return guichet_err_set(err, GUICHET_DATA, _("modèle « %s » : le catalogue n'en a pas de ce code"), a->template_code);
		a->use = (*out)->use;
		return GUICHET_OK;
	}
	/* Nobody has read it yet: which service, which delay, what silence means can't be said. */
	if (a->use == TEMPLATE_ACKNOWLEDGE && (!category || category == c->unsorted))
		a->use = TEMPLATE_RECEIPT;
	*out = template_choose(c, a->use, channel, category);
	if (!*out)
		return guichet_err_set(err, GUICHET_CONFIG, _("le catalogue n'a pas de modèle pour ce message (purpose = %s, channel = %s) : ajoutez-le, puis « guichet catalogue apply »"),
			template_use_code(a->use), channel == TEMPLATE_POST ? "post" : "email");
	return GUICHET_OK;
}

static enum guichet_rc write_out(const struct catalogue *c, const struct message_template *t, const struct template_values *v, struct composed *out,
	struct guichet_err *err)
{
	struct text subject = TEXT_INIT, text = TEXT_INIT;
	enum guichet_rc rc = template_fill(c, t->subject ? t->subject : "", v, &subject, err);

	if (!rc)
		rc = template_fill(c, t->text, v, &text, err);
	if (rc) {
		guichet_err_prefix(err, _("modèle « %s » : "), t->code);
		text_done(&subject);
		text_done(&text);
		return rc;
	}
	text_add(&subject, "");
	text_add(&text, "");
	*out = (struct composed){.subject = text_take(&subject), .text = text_take(&text), .template_used = t};
	return GUICHET_OK;
}

enum guichet_rc compose_message(struct store *s, const struct loaded *l, const struct compose_args *args, struct composed *out, struct guichet_err *err)
{
	struct catalogue *c = store_catalogue(s);
	const struct request *r = &l->request;
	const struct op *target = op_of(r, args->target);
	struct compose_args a = *args;
	const struct message_template *t = NULL;
	struct values *list = guichet_alloc((a.other_count + 1) * sizeof *list), x = {.made = {0}};
	struct template_values *requests = guichet_alloc((a.other_count + 1) * sizeof *requests);
	char level[16] = "", several[16];

	*out = (struct composed){0};
	enum guichet_rc rc = choose(c, r, &a, &t, err);
	if (rc)
		goto out;
	put_metropole(&x, c, store_now(s));
	put_requester(&x, s, r);
	put_agent(&x, c, &a, target);
	put_words(&x, &a, target);
	put_body(&x, c, r);
	put_request(&x, c, r, store_now(s));
	put_request(&list[0], c, r, store_now(s));
	put_flag(&x, TEMPLATE_FIELD_SEVERAL, a.other_count > 0);
	snprintf(several, sizeof several, "%zu", a.other_count + 1);
	put(&x, TEMPLATE_FIELD_COUNT_OF, several);
	put_flag(&x, TEMPLATE_FIELD_BY_EMAIL, a.channel != CHANNEL_POST);
	for (int i = 0; i < 2; i++) {
		struct values *each = i ? &list[0] : &x;
		put(each, TEMPLATE_FIELD_MISSING, a.missing);
		if (a.missing && a.missing_by_day)
			put_day(each, TEMPLATE_FIELD_MISSING_BY, a.missing_by_day);
	}
	if (a.level > 0 && a.level < 1000) {
		snprintf(level, sizeof level, "%d", a.level);
		put(&x, TEMPLATE_FIELD_LEVEL, level);
		put_flag(&x, TEMPLATE_FIELD_OVER, a.level >= 100);
	}
	rc = put_others(s, &a, list, err);
	for (size_t i = 0; i <= a.other_count; i++)
		requests[i] = list[i].v;
	x.v.requests = requests;
	x.v.request_count = a.other_count + 1;
	if (!rc)
		rc = write_out(c, t, &x.v, out, err);
out:
	for (size_t i = 0; i <= a.other_count; i++)
		values_done(&list[i]);
	values_done(&x);
	free(list);
	free(requests);
	return rc;
}

void composed_done(struct composed *m)
{
	free(m->subject);
	free(m->text);
	*m = (struct composed){0};
}
