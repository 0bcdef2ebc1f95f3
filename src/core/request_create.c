// SPDX-License-Identifier: GPL-3.0-or-later
/* What a new request gets by itself: who is competent, how fast, how urgent, and the date that the caller is told. */
#include "lifecycle_inside.h"

static const struct service *service_of(const struct create_args *args, const struct catalogue *c,
	const struct category *category, const struct body **body)
{
	const char *given = args->split_service ? args->split_service : args->source_service;
	const struct service *service = given ? catalogue_service(c, given) : NULL;
	struct competence competence;

	*body = NULL;
	if (service)
		return service;
	competence = catalogue_competence(c, category, args->commune);
	*body = competence.body;
	return competence.service ? competence.service : c->desk;
}

static void write_if(struct op *op, enum request_field f, const char *value)
{
	if (value && *value)
		op_write_text(op, NULL, f, value);
}

static void write_targets(struct op *op, const struct category *category, bool danger, enum channel channel)
{
	struct target targets[TARGET_KIND_COUNT];
	struct text text = TEXT_INIT;

	targets_of(category, danger, (int)channel, targets);
	targets_format(&text, targets);
	op_write_text(op, NULL, FIELD_TARGETS, text_str(&text));
	text_done(&text);
}

void request_create_op(
	const struct create_args *args, const struct catalogue *c, const struct actor *a, int64_t now_ms, struct op *out)
{
	const struct category *category = args->category ? args->category : c->unsorted;
	const struct body *body;
	const struct service *service = service_of(args, c, category, &body);
	bool danger = args->danger || category->danger;
	enum nature nature =
		args->nature >= 0 && args->nature < NATURE_COUNT ? (enum nature)args->nature : category->nature;
	int priority = args->priority > 0 ? args->priority : danger && !category->danger ? 1 : category->priority;

	(void)a; /* the operation names its author already */
	op_fact_int(out, "reference", args->reference);
	if (!op_written(out, FIELD_STATUS))
		op_write_text(out, NULL, FIELD_STATUS, status_code(service->desk ? STATUS_NEW : STATUS_ROUTED));
	op_write_text(out, NULL, FIELD_NATURE, nature_code(nature));
	op_write_text(out, NULL, FIELD_CHANNEL, channel_code(args->channel));
	op_write_text(out, NULL, FIELD_CATEGORY, category->code);
	op_write_text(out, NULL, FIELD_SERVICE, service->code);
	if (args->commune)
		op_write_text(out, NULL, FIELD_COMMUNE, args->commune->code);
	op_write_int(out, NULL, FIELD_PRIORITY, priority);
	if (danger)
		op_write_int(out, NULL, FIELD_DANGER, 1);
	op_write_int(out, NULL, FIELD_RECEIVED, args->received_ms);
	op_write_int(out, NULL, FIELD_LOGGED, args->logged_ms);
	write_targets(out, category, danger, args->channel);
	write_if(out, FIELD_SPLIT_OF, args->split_of);
	write_if(out, FIELD_REQUESTER, args->requester);
	write_if(out, FIELD_SOURCE_ID, args->source_id);
	op_fact_if(out, "contact", args->contact);
	if (args->acknowledge)
		op_owe(out, PURPOSE_ACKNOWLEDGE, args->channel == CHANNEL_POST ? CHANNEL_POST : CHANNEL_EMAIL);
	if (args->live && c->sends_email && !service->uses_guichet && service->email)
		op_owe(out, PURPOSE_FORWARD, CHANNEL_EMAIL);
	if (args->live && c->sends_email && danger && service->head_email)
		op_owe(out, PURPOSE_DANGER, CHANNEL_EMAIL);
	if (body)
		op_fact_text(out, "remit", body->code);
	if (args->promise_told && !body) {
		struct deadlines due;
		deadlines_preview(c, category, service, danger, (int)args->channel, args->received_ms, now_ms, &due, NULL);
		if (due.due[TARGET_ANSWER] != NO_INSTANT)
			op_fact_int(out, "promised", due.due[TARGET_ANSWER]);
	}
}
