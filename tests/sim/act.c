// SPDX-License-Identifier: GPL-3.0-or-later
/* What people at a simulated desk do, by the same calls as the screens make. Refusals are life: they are counted, and
 * nothing else. */
#include <stdio.h>
#include <string.h>

#include "sim.h"

static const char *const categories[] = {
	"nid-de-poule", "affaissement", "fuite", "depot", "horaires", "plainte", "ecole", "a-qualifier"};
static const char *const services[] = {"voirie", "nettoyage", "proximite"};
static const char *const names[] = {"Durand", "Lefèvre", "Marchand", "Nguyen", "Benali", "Moreau"};
static const char *const phones[] = {
	"0612345678", "0612345679", "0478123456", "0478123457", "0699887766", "0145678901"};

#define PICK(w, list) ((list)[roll((w), sizeof(list) / sizeof *(list))])

/* Mostly what others work on at the same time. */
static int64_t some_reference(struct world *w)
{
	if (w->reference_count == 0)
		return 0;
	size_t recent = w->reference_count < 8 ? w->reference_count : 8;
	return w->references[chance(w, 700) ? w->reference_count - 1 - roll(w, recent) : roll(w, w->reference_count)];
}

static void remember(struct world *w, int64_t reference)
{
	if (w->reference_count == NEWS) {
		memmove(w->references, w->references + 1, (NEWS - 1) * sizeof *w->references);
		w->reference_count--;
	}
	w->references[w->reference_count++] = reference;
}

static void log_call(struct world *w, struct desk *d)
{
	struct guichet_err err = {0};
	struct logged l;
	char subject[60];
	size_t who = roll(w, sizeof names / sizeof *names);
	const char *requester[][2] = {
		{"name", names[who]}, {"phone", phones[chance(w, 800) ? who : roll(w, 6)]}, {NULL, NULL}};
	snprintf(subject, sizeof subject, "Demande %llu", (unsigned long long)roll(w, 1000000));
	struct call c = {.channel = "phone",
		.category = PICK(w, categories),
		.subject = subject,
		.address = "12 rue de la Paix",
		.commune = "aigues",
		.requester = chance(w, 750) ? requester : NULL,
		.description = chance(w, 300) ? "Depuis trois jours" : NULL,
		.link = chance(w, 100) ? some_reference(w) : 0};
	if (desk_log(d->store, &d->actor, &c, NULL, &l, &err)) {
		w->refused++;
		return;
	}
	remember(w, l.reference);
	logged_done(&l);
}

static void edit_requester(struct world *w, struct desk *d, int64_t reference)
{
	struct guichet_err err = {0};
	struct requester r;
	struct loaded l;
	char mail[60];
	if (store_load(d->store, reference, &l, NULL))
		return;
	struct op_id op = {0, 0};
	bool any = op_id_parse(request_text(&l.request, FIELD_REQUESTER), &op);
	loaded_done(&l);
	if (!any || store_requester_of_op(d->store, op, &r, NULL))
		return;
	snprintf(mail, sizeof mail, "a%llu@exemple.fr", (unsigned long long)roll(w, 1000));
	const char *key = chance(w, 500) ? "email" : "name", *value = chance(w, 500) ? mail : PICK(w, names);
	enum guichet_rc rc = requester_set(&r, key, value, &err);
	if (!rc && !(rc = store_begin(d->store, &err))) {
		rc = store_put_requester(d->store, d->actor.login, &r, &err);
		if (rc)
			store_rollback(d->store);
		else
			rc = store_commit(d->store, &err);
	}
	w->refused += rc != GUICHET_OK;
	requester_done(&r);
}

static int64_t requester_of(struct desk *d, int64_t reference)
{
	struct loaded l;
	struct requester r;
	struct op_id op = {0, 0};
	int64_t id = 0;
	if (store_load(d->store, reference, &l, NULL))
		return 0;
	bool any = op_id_parse(request_text(&l.request, FIELD_REQUESTER), &op);
	loaded_done(&l);
	if (any && !store_requester_of_op(d->store, op, &r, NULL)) {
		id = r.id;
		requester_done(&r);
	}
	return id;
}

static void merge(struct world *w, struct desk *d)
{
	/* The same few people, at several desks at once. */
	size_t few = w->reference_count < 4 ? w->reference_count : 4,
		   first = w->reference_count / 8 * 4 % (w->reference_count - few + 1);
	int64_t a = requester_of(d, w->references[first + roll(w, few)]),
			b = requester_of(d, w->references[first + roll(w, few)]);
	if (!a || !b || a == b)
		return;
	enum guichet_rc rc = chance(w, 600) ? store_merge_requesters(d->store, &d->actor, a, b, NULL)
										: store_split_requester(d->store, &d->actor, a, b, NULL);
	w->refused += rc != GUICHET_OK;
}

static void change_requester(struct world *w, struct desk *d, int64_t reference)
{
	int64_t other = requester_of(d, some_reference(w));
	struct requester r;
	char id[OP_ID_TEXT];
	if (!other || store_requester(d->store, other, &r, NULL))
		return;
	op_id_format(r.op, id);
	requester_done(&r);
	struct step_args args = {.field = "requester", .value = id};
	if (desk_step(d->store, &d->actor, reference, STEP_EDIT, &args, NULL, NULL))
		w->refused++;
}

static void bulletin(struct world *w, struct desk *d)
{
	struct op_id *one = &w->bulletins[roll(w, 4)];
	enum guichet_rc rc = op_id_is_none(*one) || chance(w, 500)
		? desk_bulletin(d->store, &d->actor, "Fuite rue de la Paix", "Les équipes sont sur place", "rue de la Paix",
			  store_now(d->store) + 3600000, chance(w, 500) ? some_reference(w) : 0, one, NULL)
		: desk_bulletin_end(d->store, &d->actor, *one, NULL);
	w->refused += rc != GUICHET_OK;
}

static void contact(struct world *w, struct desk *d)
{
	struct op_id made;
	int64_t reference = some_reference(w);
	struct contact_args args = {.channel = "phone",
		.outcome = "chased",
		.note = "Rappelle",
		.start_ms = store_now(d->store) - 60000,
		.end_ms = store_now(d->store)};
	w->refused += desk_contact(d->store, &d->actor, &args, &reference, reference ? 1 : 0, &made, NULL) != GUICHET_OK;
}

static void step(struct world *w, struct desk *d, int64_t reference)
{
	static const enum step steps[] = {STEP_ROUTE, STEP_ROUTE, STEP_ROUTE, STEP_TAKE, STEP_ASSIGN, STEP_ORDER, STEP_DONE,
		STEP_WAIT, STEP_RESUME, STEP_ANSWER, STEP_INFORM, STEP_PROMISE, STEP_CLOSE, STEP_CANCEL, STEP_REOPEN, STEP_NOTE,
		STEP_NOTE, STEP_NOTE, STEP_EDIT, STEP_EDIT, STEP_EDIT, STEP_EDIT, STEP_REFUSE, STEP_REMIND, STEP_SPLIT,
		STEP_RESOLVE, STEP_DANGER_TOLD, STEP_REDIRECT, STEP_LINK};
	static const char *const fields[] = {"subject", "priority", "address_string", "category", "description"};
	char value[60];
	int64_t made = 0;
	enum step s = PICK(w, steps);
	struct step_args args = {.text = "Bonjour, c'est noté.",
		.reason = s == STEP_WAIT ? "tiers"
			: s == STEP_CLOSE    ? "withdrawn"
								 : "autre service",
		.channel = "phone",
		.service = PICK(w, services),
		.agent = "marie",
		.who = "astreinte",
		.number = "OT-1",
		.contractor = "TP Verte",
		.field = PICK(w, fields),
		.value = value,
		.date_ms = store_now(d->store) + 86400000 * (int64_t)(1 + roll(w, 20)),
		.body = "ville",
		.outcome = "chased"};
	snprintf(value, sizeof value, "Texte %llu", (unsigned long long)roll(w, 100000));
	if (!strcmp(args.field, "priority"))
		snprintf(value, sizeof value, "%d", 1 + (int)roll(w, 4));
	if (!strcmp(args.field, "category"))
		snprintf(value, sizeof value, "%s", PICK(w, categories));
	if (s == STEP_LINK && desk_op_of_reference(d->store, some_reference(w), &args.target, NULL))
		return;
	if (desk_step(d->store, &d->actor, reference, s, &args, &made, NULL))
		w->refused++;
	else if (made)
		remember(w, made);
}

void act(struct world *w, int i)
{
	struct desk *d = &w->desks[i];
	const char *label;
	int64_t reference = some_reference(w);
	uint64_t what = roll(w, 100);
	w->actions++;
	if (what < 25 || !reference)
		log_call(w, d);
	else if (what < 30)
		edit_requester(w, d, reference);
	else if (what < 33)
		merge(w, d);
	else if (what < 36)
		change_requester(w, d, reference);
	else if (what < 38)
		bulletin(w, d);
	else if (what < 41)
		contact(w, d);
	else if (what < 46)
		w->refused += desk_undo(d->store, &d->actor, reference, &label, NULL) != GUICHET_OK;
	else
		step(w, d, reference);
}
