// SPDX-License-Identifier: GPL-3.0-or-later
/* A request of an exercise history that two services share: the part is made and worked beside the whole, and gets its one answer and its end, as the
 * desk does it. Knows the whole only once its story is told. */
#include "demo_inside.h"

#include <math.h>
#include <string.h>

static const struct service *other_service(const struct life *l)
{
	static const char *const others[] = {"nettoyage", "voirie", "dechets", "eau-assainissement", "transport"};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		const struct service *s = catalogue_service(l->d->c, others[i]);
		if (s && strcmp(s->code, request_text(&l->r, FIELD_SERVICE)) != 0 && (demo_actor_of(s)->roles & ROLE_SERVICE))
			return s;
	}
	return NULL;
}

bool split_share(struct life *l)
{
	const struct service *to = other_service(l);
	if (!to)
		return true;
	struct step_args args = {.service = to->code, .text = "Une partie du travail est à un autre service."};
	if (!life_go(l, STEP_SPLIT, life_worker(l), &args, l->at_ms + 10 * MINUTE_MS))
		return false;
	l->part = to;
	l->part_ms = l->at_ms;
	return true;
}

static void create_part(struct life *part, const struct life *whole)
{
	static const enum request_field copied[] = {FIELD_SUBJECT, FIELD_DESCRIPTION, FIELD_ADDRESS, FIELD_PLACE_DETAIL};
	const struct request *r = &whole->r;
	char of[OP_ID_TEXT];
	enum nature nature = NATURE_REPORT;
	struct op op;
	nature_parse(request_text(r, FIELD_NATURE), &nature);
	op_id_format(r->id, of);
	struct create_args args = {.channel = whole->k->channel,
		.category = catalogue_category(part->d->c, request_text(r, FIELD_CATEGORY)),
		.commune = whole->k->place.commune,
		.nature = (int)nature,
		.priority = (int)request_int(r, FIELD_PRIORITY, 0),
		.danger = request_int(r, FIELD_DANGER, 0) != 0,
		.received_ms = whole->k->received_ms,
		.logged_ms = whole->part_ms,
		.split_of = of,
		.split_service = whole->part->code,
		.requester = *request_text(r, FIELD_REQUESTER) ? request_text(r, FIELD_REQUESTER) : NULL};
	part->rc = store_next_reference(part->d->s, &args.reference, part->err);
	if (part->rc)
		return;
	op_init(&op, OP_CREATE, (struct op_id){0, 0}, demo_actor_of(catalogue_service(part->d->c, request_text(r, FIELD_SERVICE)))->login,
		whole->part_ms);
	for (size_t i = 0; i < sizeof copied / sizeof *copied; i++)
		if (*request_text(r, copied[i]))
			op_write_text(&op, NULL, copied[i], request_text(r, copied[i]));
	if (!isnan(request_real(r, FIELD_LATITUDE))) {
		op_write_real(&op, NULL, FIELD_LATITUDE, request_real(r, FIELD_LATITUDE));
		op_write_real(&op, NULL, FIELD_LONGITUDE, request_real(r, FIELD_LONGITUDE));
	}
	request_create_op(&args, part->d->c, demo_supervisor(), whole->part_ms, &op);
	life_take_in(part, &op);
}

/* Done before the whole is answered: the answer waits for both. */
static void work(struct life *part, const struct life *whole)
{
	const struct actor *worker = demo_actor_of(whole->part);
	const struct answer *answer = request_answer(&whole->r);
	int64_t until_ms = answer ? whole->r.answered_ms - MINUTE_MS : whole->part_ms + 2 * (int64_t)DAY_MS;
	struct step_args warned = {.who = "astreinte du second service"}, told = {.covered = true}, ended = {.covered = true};
	/* A danger is told to each service that has to know. */
	if (request_danger_untold(&part->r))
		life_go(part, STEP_DANGER_TOLD, worker, &warned, part->at_ms + 2 * MINUTE_MS);
	if (!life_go(part, STEP_TAKE, worker, NULL, life_between(part, whole->part_ms, until_ms, 0.1, 0.4)) || whole->part_lags ||
		!life_go(part, STEP_DONE, worker, NULL, life_between(part, part->at_ms, until_ms, 0.4, 0.9)) || !answer)
		return;
	told.text = answer->text;
	told.channel = answer->channel;
	if (life_go(part, STEP_ANSWER, demo_agent(0), &told, whole->r.answered_ms) && whole->r.closed_ms != NO_INSTANT)
		life_go(part, STEP_CLOSE, demo_agent(0), &ended, whole->r.closed_ms);
}

enum guichet_rc split_part(const struct life *whole)
{
	struct life part = {.d = whole->d, .k = whole->k, .err = whole->err};
	create_part(&part, whole);
	if (part.rc == GUICHET_OK)
		work(&part, whole);
	life_keep(&part);
	life_done(&part);
	return part.rc;
}
