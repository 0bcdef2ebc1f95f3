// SPDX-License-Identifier: GPL-3.0-or-later
/* Requests as JSON. Knows the names of the contract; the server and the command line share it. */
#include "guichet/wire/request_json.h"

#include <math.h>
#include <string.h>

#include "guichet/base/text.h"

static json_t *text_json(const char *s)
{
	return s && *s ? json_string(s) : json_null();
}

static json_t *real_json(double v)
{
	return isnan(v) ? json_null() : json_real(v);
}

static json_t *reference_json(int64_t reference)
{
	char digits[24];
	snprintf(digits, sizeof digits, "%lld", (long long)reference);
	return json_string(digits);
}

json_t *instant_json(int64_t ms)
{
	struct text t = TEXT_INIT;
	if (ms == NO_INSTANT)
		return json_null();
	instant_rfc3339(&t, ms);
	json_t *v = json_string(text_str(&t));
	text_done(&t);
	return v;
}

static json_t *due_json(const int64_t due[TARGET_KIND_COUNT])
{
	json_t *o = json_object();
	for (int k = 0; k < TARGET_KIND_COUNT; k++)
		json_object_set_new(o, target_kind_code((enum target_kind)k), instant_json(due[k]));
	return o;
}

json_t *due_dates_json(const struct deadlines *d)
{
	return due_json(d->due);
}

json_t *row_json(const struct request_row *row, const struct catalogue *c)
{
	const struct service *service = catalogue_service(c, row->service);
	json_t *o = json_object();
	json_object_set_new(o, "service_request_id", reference_json(row->reference));
	json_object_set_new(o, "status", json_string(row->status));
	json_object_set_new(o, "nature", text_json(row->nature));
	json_object_set_new(o, "channel", text_json(row->channel));
	json_object_set_new(o, "service_code", text_json(row->service));
	json_object_set_new(o, "service_name", text_json(service ? service->name : NULL));
	json_object_set_new(o, "category", text_json(row->category));
	json_object_set_new(o, "subject", text_json(row->subject));
	json_object_set_new(o, "priority", json_integer(row->priority));
	json_object_set_new(o, "requested_datetime", instant_json(row->received_ms));
	json_object_set_new(o, "logged_datetime", instant_json(row->logged_ms));
	json_object_set_new(o, "expected_datetime", instant_json(row->due[TARGET_ANSWER]));
	json_object_set_new(o, "due", due_json(row->due));
	json_object_set_new(o, "paused", json_boolean(row->paused));
	json_object_set_new(o, "updated_datetime", instant_json(row->updated_ms));
	json_object_set_new(o, "closed_datetime", instant_json(row->closed_ms));
	json_object_set_new(o, "danger", json_boolean(row->danger));
	json_object_set_new(o, "danger_untold", json_boolean(row->untold));
	json_object_set_new(o, "address_string", text_json(row->address));
	json_object_set_new(o, "commune", text_json(row->commune));
	json_object_set_new(o, "lat", real_json(row->latitude));
	json_object_set_new(o, "long", real_json(row->longitude));
	json_object_set_new(o, "assigned_to", text_json(row->assigned));
	json_object_set_new(o, "requester_name", text_json(row->requester_name));
	json_object_set_new(o, "source_id", text_json(row->source_id));
	return o;
}

json_t *requester_json(const struct requester *r)
{
	json_t *o = json_object();
	char id[OP_ID_TEXT];
	op_id_format(r->op, id);
	json_object_set_new(o, "id", json_string(id));
	for (size_t i = 0; requester_keys[i]; i++)
		json_object_set_new(o, requester_keys[i], !strcmp(requester_keys[i], "confidential")
			? json_boolean(r->confidential) : text_json(requester_get(r, requester_keys[i])));
	return o;
}

static json_t *promise_json(const struct promise *p)
{
	if (!p)
		return json_null();
	json_t *o = json_object();
	json_object_set_new(o, "date", instant_json(p->date_ms));
	json_object_set_new(o, "told_datetime", instant_json(p->told_ms));
	json_object_set_new(o, "by", text_json(p->told_by));
	json_object_set_new(o, "reason", text_json(p->reason));
	return o;
}

static json_t *answer_json(const struct answer *a)
{
	if (!a)
		return json_null();
	json_t *o = json_object();
	json_object_set_new(o, "channel", text_json(a->channel));
	json_object_set_new(o, "text", text_json(a->text));
	json_object_set_new(o, "author", text_json(a->author));
	json_object_set_new(o, "datetime", instant_json(a->at_ms));
	return o;
}

/* An operation as history shows it: what was written, not how it was hashed. */
static json_t *history_json(const struct op *op)
{
	json_t *o = json_object();
	char id[OP_ID_TEXT];
	op_id_format(op->id, id);
	json_object_set_new(o, "op", json_string(id));
	json_object_set_new(o, "kind", json_string(op_kind_code(op->kind)));
	json_object_set_new(o, "datetime", instant_json(op->wall_ms));
	json_object_set_new(o, "actor", json_string(op->actor));
	json_object_set_new(o, "blanked", json_boolean(op->blanked));
	json_object_set(o, "facts", op->facts);
	json_object_set_new(o, "personal", op->personal ? json_incref(op->personal) : json_null());
	return o;
}

static bool add_contact(void *context, const struct contact *c)
{
	json_t *o = json_object();
	char id[OP_ID_TEXT];
	op_id_format(c->op, id);
	json_object_set_new(o, "id", json_string(id));
	json_object_set_new(o, "channel", json_string(c->channel));
	json_object_set_new(o, "outcome", json_string(c->outcome));
	json_object_set_new(o, "start_datetime", instant_json(c->start_ms));
	json_object_set_new(o, "by", json_string(c->actor));
	json_array_append_new(context, o);
	return true;
}

static json_t *orders_json(const struct request *r)
{
	json_t *list = json_array();
	for (size_t i = 0; i < r->order_count; i++) {
		json_t *o = json_object();
		json_object_set_new(o, "number", text_json(r->orders[i].number));
		json_object_set_new(o, "contractor", text_json(r->orders[i].contractor));
		json_object_set_new(o, "planned_datetime", instant_json(r->orders[i].planned_ms));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *callbacks_json(const struct request *r)
{
	json_t *list = json_array();
	for (size_t i = 0; i < r->callback_count; i++) {
		json_t *o = json_object();
		json_object_set_new(o, "at", instant_json(r->callbacks[i].at_ms));
		json_object_set_new(o, "done", json_boolean(r->callbacks[i].done));
		json_object_set_new(o, "attempts", json_integer(r->callbacks[i].attempts));
		json_object_set_new(o, "result", text_json(r->callbacks[i].last_result));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *attachments_json(const struct request *r)
{
	json_t *list = json_array();
	for (size_t i = 0; i < r->attachment_count; i++) {
		json_t *o = json_object();
		json_object_set_new(o, "name", text_json(r->attachments[i].name));
		json_object_set_new(o, "type", text_json(r->attachments[i].type));
		json_object_set_new(o, "bytes", json_integer(r->attachments[i].bytes));
		json_object_set_new(o, "sha256", text_json(r->attachments[i].sha256));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *dangers_json(const struct request *r)
{
	json_t *list = json_array();
	for (size_t i = 0; i < r->danger_told_count; i++) {
		json_t *o = json_object();
		json_object_set_new(o, "who", text_json(r->dangers_told[i].who));
		json_object_set_new(o, "datetime", instant_json(r->dangers_told[i].at_ms));
		json_array_append_new(list, o);
	}
	return list;
}

static void set_requester(struct store *s, const struct request *r, json_t *o)
{
	struct op_id id;
	struct requester who = { 0 };
	if (op_id_parse(request_text(r, FIELD_REQUESTER), &id) && store_requester_of_op(s, id, &who, NULL) == GUICHET_OK)
		json_object_set_new(o, "requester", requester_json(&who));
	else
		json_object_set_new(o, "requester", json_null());
	requester_done(&who);
}

static void set_other(struct store *s, const struct request *r, enum request_field f, json_t *o)
{
	struct op_id id;
	struct loaded l = { 0 };
	if (op_id_parse(request_text(r, f), &id) && store_load_op(s, id, &l, NULL) == GUICHET_OK)
		json_object_set_new(o, request_field_info(f)->key, reference_json(l.request.reference));
	else
		json_object_set_new(o, request_field_info(f)->key, json_null());
	loaded_done(&l);
}

json_t *request_json(struct store *s, const struct loaded *l, bool history)
{
	const struct request *r = &l->request;
	const struct service *service = catalogue_service(store_catalogue(s), request_text(r, FIELD_SERVICE));
	struct deadlines due;
	deadlines_compute(r, store_catalogue(s), store_now(s), &due, NULL);
	json_t *o = json_object(), *contacts = json_array();
	json_object_set_new(o, "service_request_id", reference_json(r->reference));
	json_object_set_new(o, "status", json_string(status_code(r->status)));
	for (int f = 0; f < FIELD_COUNT; f++) {
		enum request_field field = (enum request_field)f;
		const struct request_field_info *info = request_field_info(field);
		switch (info->type) {
		case FIELD_TYPE_INT:
			json_object_set_new(o, info->key, json_integer(request_int(r, field, 0)));
			break;
		case FIELD_TYPE_BOOL:
			json_object_set_new(o, info->key, json_boolean(request_int(r, field, 0) != 0));
			break;
		case FIELD_TYPE_REAL:
			json_object_set_new(o, info->key, real_json(request_real(r, field)));
			break;
		case FIELD_TYPE_INSTANT:
			break;
		default:
			if (field != FIELD_STATUS && field != FIELD_REQUESTER && field != FIELD_PARENT && field != FIELD_SPLIT_OF)
				json_object_set_new(o, info->key, text_json(request_text(r, field)));
		}
	}
	json_object_set_new(o, "service_name", text_json(service ? service->name : NULL));
	json_object_set_new(o, "requested_datetime", instant_json(request_int(r, FIELD_RECEIVED, NO_INSTANT)));
	json_object_set_new(o, "logged_datetime", instant_json(request_int(r, FIELD_LOGGED, NO_INSTANT)));
	json_object_set_new(o, "expected_datetime", instant_json(due.due[TARGET_ANSWER]));
	json_object_set_new(o, "due", due_json(due.due));
	json_object_set_new(o, "paused", json_boolean(r->status == STATUS_WAITING));
	json_object_set_new(o, "updated_datetime", instant_json(r->updated_ms));
	json_object_set_new(o, "closed_datetime", instant_json(r->closed_ms));
	json_object_set_new(o, "close_reason", text_json(r->close_reason));
	json_object_set_new(o, "promised", promise_json(request_promise(r)));
	json_object_set_new(o, "answer", answer_json(request_answer(r)));
	json_object_set_new(o, "danger_untold", json_boolean(request_danger_untold(r)));
	json_object_set_new(o, "danger_told", dangers_json(r));
	set_requester(s, r, o);
	set_other(s, r, FIELD_PARENT, o);
	set_other(s, r, FIELD_SPLIT_OF, o);
	struct contact_filter f = { .channel = -1, .outcome = -1, .request = l->row_id, .limit = 1000 };
	store_list_contacts(s, &f, add_contact, contacts, NULL);
	json_object_set_new(o, "contacts", contacts);
	json_object_set_new(o, "orders", orders_json(r));
	json_object_set_new(o, "callbacks", callbacks_json(r));
	json_object_set_new(o, "attachments", attachments_json(r));
	json_object_set_new(o, "reopened", json_integer(r->reopened));
	json_object_set_new(o, "hops", json_integer(r->hops));
	json_object_set_new(o, "chased", json_integer(r->chased));
	if (history) {
		json_t *list = json_array();
		for (size_t i = 0; i < r->op_count; i++)
			json_array_append_new(list, history_json(&r->ops[i]));
		json_object_set_new(o, "history", list);
	}
	return o;
}
