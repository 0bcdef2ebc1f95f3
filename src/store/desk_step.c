// SPDX-License-Identifier: GPL-3.0-or-later
/* Steps of a request's life over the store: what the lifecycle wants to know of other requests is looked up here, and what follows a step is done in
 * the same transaction. */
#include "desk_inside.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/core/reference.h"

enum { PARTS_MAX = 16, CHILDREN_PAGE = 10000 };

enum guichet_rc desk_op_of_reference(struct store *s, int64_t reference, struct op_id *out, struct guichet_err *err)
{
	struct loaded l;
	enum guichet_rc rc = store_load(s, reference, &l, err);
	if (rc == GUICHET_OK)
		*out = l.request.id;
	loaded_done(&l);
	return rc;
}

/* References of the parts that a request was split into. */
static size_t parts_of(struct store *s, const struct request *r, int64_t *references, size_t max)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT reference FROM request WHERE split_of = ?1 ORDER BY id", NULL);
	size_t n = 0;
	if (!st)
		return 0;
	sql_bind(st, "i", op_pack(s, r->id));
	while (n < max && sql_step(s, st, NULL) == GUICHET_OK)
		references[n++] = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return n;
}

/* The parent's answer went to all its children. */
static bool answered_to_all(const struct request *parent)
{
	for (size_t i = 0; i < parent->op_count; i++)
		if (parent->ops[i].kind == OP_ANSWER && op_bool(&parent->ops[i], "children") && !request_op_undone(parent, i))
			return request_answer(parent) != NULL;
	return false;
}

static void look_up_parent(struct store *s, const struct request *r, struct step_args *args)
{
	struct op_id parent;
	struct loaded l;
	if (!op_id_parse(request_text(r, FIELD_PARENT), &parent) || store_load_op(s, parent, &l, NULL))
		return;
	args->parent_answered_all = answered_to_all(&l.request);
	loaded_done(&l);
}

static void look_up_link(struct store *s, const struct request *r, struct step_args *args)
{
	struct loaded l;
	args->has_children = sql_value(s, 0, "SELECT 1 FROM request WHERE parent = ?1 LIMIT 1", "i", op_pack(s, r->id)) != 0;
	if (store_load_op(s, args->target, &l, NULL))
		return;
	args->parent_is_child = l.request.status == STATUS_DUPLICATE;
	loaded_done(&l);
}

void desk_look_up_parts(struct store *s, const struct request *r, struct step_args *args, char *shown)
{
	int64_t parts[PARTS_MAX];
	size_t n = parts_of(s, r, parts, PARTS_MAX);
	for (size_t i = 0; i < n && !args->unfinished_part; i++) {
		struct loaded l;
		if (store_load(s, parts[i], &l, NULL))
			continue;
		if (request_is_open(&l.request) && l.request.status != STATUS_DONE && l.request.status != STATUS_ANSWERED) {
			reference_show(parts[i], shown);
			args->unfinished_part = shown;
		}
		loaded_done(&l);
	}
}

void desk_look_up_addresses(struct store *s, const struct request *r, struct step_args *args)
{
	struct requester who;
	struct op_id id;
	args->has_email = args->has_postal = false;
	if (!op_id_parse(request_text(r, FIELD_REQUESTER), &id) || store_requester_of_op(s, id, &who, NULL))
		return;
	args->has_email = *requester_get(&who, "email") != '\0';
	args->has_postal = *requester_get(&who, "postal_address") != '\0';
	requester_done(&who);
}

/* --- what follows --- */

static enum guichet_rc make_part(struct store *s, const struct actor *a, const struct request *r, const char *service, int64_t *made,
	struct guichet_err *err)
{
	static const enum request_field copied[] = { FIELD_SUBJECT, FIELD_DESCRIPTION, FIELD_ADDRESS, FIELD_PLACE_DETAIL, FIELD_ASSET, FIELD_GROUND,
		FIELD_LATITUDE, FIELD_LONGITUDE };
	struct op op;
	char of[OP_ID_TEXT];
	enum nature nature = NATURE_REPORT;
	enum channel channel = CHANNEL_PHONE;
	nature_parse(request_text(r, FIELD_NATURE), &nature);
	channel_parse(request_text(r, FIELD_CHANNEL), &channel);
	op_id_format(r->id, of);
	struct create_args c = { .channel = channel, .category = catalogue_category(s->catalogue, request_text(r, FIELD_CATEGORY)),
		.commune = catalogue_commune(s->catalogue, request_text(r, FIELD_COMMUNE)), .nature = (int)nature,
		.priority = (int)request_int(r, FIELD_PRIORITY, 0), .danger = request_int(r, FIELD_DANGER, 0) != 0,
		.received_ms = request_int(r, FIELD_RECEIVED, 0), .logged_ms = store_now(s), .live = true, .split_of = of, .split_service = service,
		.requester = *request_text(r, FIELD_REQUESTER) ? request_text(r, FIELD_REQUESTER) : NULL };
	enum guichet_rc rc = store_next_reference(s, &c.reference, err);
	if (rc)
		return rc;
	op_init(&op, OP_CREATE, (struct op_id){ 0, 0 }, a->login, store_now(s));
	for (size_t i = 0; i < sizeof copied / sizeof *copied; i++)
		if (request_field_info(copied[i])->type == FIELD_TYPE_REAL ? r->fields[copied[i]].count > 0 : *request_text(r, copied[i]) != '\0') {
			if (request_field_info(copied[i])->type == FIELD_TYPE_REAL)
				op_write_real(&op, NULL, copied[i], request_real(r, copied[i]));
			else
				op_write_text(&op, NULL, copied[i], request_text(r, copied[i]));
		}
	request_create_op(&c, s->catalogue, a, store_now(s), &op);
	rc = store_append(s, &op, err);
	op_done(&op);
	if (made)
		*made = c.reference;
	return rc;
}

/* The one answer, or the close, of a request that was split reaches its parts. */
static enum guichet_rc follow_parts(struct store *s, const struct actor *a, const struct request *r, enum step step, const struct step_args *args,
	struct guichet_err *err)
{
	int64_t parts[PARTS_MAX];
	size_t n = parts_of(s, r, parts, PARTS_MAX);
	enum guichet_rc rc = GUICHET_OK;
	for (size_t i = 0; i < n && rc == GUICHET_OK; i++) {
		struct loaded l;
		if ((rc = store_load(s, parts[i], &l, err)))
			break;
		bool wants = step == STEP_ANSWER ? request_is_open(&l.request) && l.request.status != STATUS_ANSWERED
						 : l.request.status == STATUS_ANSWERED;
		loaded_done(&l);
		struct step_args part = *args;
		part.covered = true;
		part.has_children = false;
		part.unfinished_part = NULL;
		if (wants)
			rc = desk_step(s, a, parts[i], step, &part, NULL, err);
	}
	return rc;
}

/* Closing an incident closes what was linked to it and got its answer. */
static enum guichet_rc close_children(struct store *s, const struct actor *a, const struct request *r, struct guichet_err *err)
{
	int64_t *children = NULL;
	size_t count = 0, capacity = 0;
	enum guichet_rc rc = GUICHET_OK;
	sqlite3_stmt *st = sql_prepare(s, "SELECT reference FROM request WHERE parent = ?1 AND status = ?2 ORDER BY id", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "it", op_pack(s, r->id), status_code(STATUS_ANSWERED));
	while (sql_step(s, st, NULL) == GUICHET_OK) {
		GUICHET_GROW(children, count, capacity);
		children[count++] = sqlite3_column_int64(st, 0);
	}
	sqlite3_reset(st);
	for (size_t i = 0; i < count && rc == GUICHET_OK; i++) {
		struct step_args args = { .covered = true };
		rc = desk_step(s, a, children[i], STEP_CLOSE, &args, NULL, err);
	}
	free(children);
	return rc;
}

static enum guichet_rc step_inside(struct store *s, const struct actor *a, const struct loaded *l, enum step step, struct step_args *args,
	int64_t *made, struct guichet_err *err)
{
	struct op op;
	char shown[REFERENCE_SHOWN];
	const struct request *r = &l->request;
	if (step == STEP_LINK)
		look_up_link(s, r, args);
	if (step == STEP_CLOSE)
		look_up_parent(s, r, args);
	if ((step == STEP_ANSWER && !args->draft) || step == STEP_CLOSE)
		desk_look_up_parts(s, r, args, shown);
	desk_look_up_addresses(s, r, args);
	enum guichet_rc rc = lifecycle_step(step, r, a, args, s->catalogue, store_now(s), &op, err);
	args->unfinished_part = NULL; /* it pointed into `shown` */
	if (rc)
		return rc;
	/* The answer of an incident, given to all who are linked to it. */
	if (step == STEP_ANSWER && args->has_children)
		op_fact_bool(&op, "children", true);
	rc = store_append(s, &op, err);
	op_done(&op);
	if (rc == GUICHET_OK && step == STEP_SPLIT)
		rc = make_part(s, a, r, args->service, made, err);
	if (rc == GUICHET_OK && ((step == STEP_ANSWER && !args->draft) || step == STEP_CLOSE))
		rc = follow_parts(s, a, r, step, args, err);
	if (rc == GUICHET_OK && step == STEP_CLOSE)
		rc = close_children(s, a, r, err);
	return rc;
}

enum guichet_rc desk_step(struct store *s, const struct actor *a, int64_t reference, enum step step, struct step_args *args, int64_t *made,
	struct guichet_err *err)
{
	struct loaded l = { 0 };
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	rc = store_load(s, reference, &l, err);
	if (rc == GUICHET_OK)
		rc = step_inside(s, a, &l, step, args, made, err);
	loaded_done(&l);
	if (rc == GUICHET_OK)
		return store_commit(s, err);
	store_rollback(s);
	return rc;
}

static const char *label_of_undone(const struct request *r)
{
	struct op_id target;
	const struct op *undo = &r->ops[r->op_count - 1];
	if (op_id_parse(op_text(undo, "target", ""), &target))
		for (size_t i = 0; i < r->op_count; i++)
			if (op_id_equal(r->ops[i].id, target))
				return op_kind_label(r->ops[i].kind);
	return "";
}

enum guichet_rc desk_undo(struct store *s, const struct actor *a, int64_t reference, const char **label, struct guichet_err *err)
{
	struct loaded l = { 0 };
	struct step_args args = { 0 };
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	rc = store_load(s, reference, &l, err);
	/* Which operation that is, and whether it may be undone, is the lifecycle's to say: the undo names it. */
	if (rc == GUICHET_OK)
		rc = step_inside(s, a, &l, STEP_UNDO, &args, NULL, err);
	loaded_done(&l);
	if (rc == GUICHET_OK && (rc = store_load(s, reference, &l, err)) == GUICHET_OK)
		*label = label_of_undone(&l.request);
	loaded_done(&l);
	if (rc == GUICHET_OK)
		return store_commit(s, err);
	store_rollback(s);
	return rc;
}
