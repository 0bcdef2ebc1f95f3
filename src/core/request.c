// SPDX-License-Identifier: GPL-3.0-or-later
/* The fold: from the operations of one request to what it is now. Here order, undoing and registers; events are in
 * fold_events.c.
 *
 * Must not depend on the order in which operations came, nor fail on what a payload holds: other desks and older
 * journals wrote them. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/sim_bug.h"
#include "guichet/base/text.h"
#include "request_inside.h"

/* --- Order --- */

/* The create, then what the server has numbered, then what it has not seen. */
static int op_order(const void *left, const void *right)
{
	const struct op *a = left, *b = right;
	bool a_create = a->kind == OP_CREATE, b_create = b->kind == OP_CREATE;

	if (a_create != b_create)
		return a_create ? -1 : 1;
	if ((a->seq > 0) != (b->seq > 0))
		return a->seq > 0 ? -1 : 1;
	if (SIM_BUG(clock_decides) && a->seq > 0 && a->wall_ms != b->wall_ms)
		return a->wall_ms < b->wall_ms ? -1 : 1;
	if (a->seq > 0 && a->seq != b->seq)
		return a->seq < b->seq ? -1 : 1;
	return op_id_compare(a->id, b->id);
}

void op_sort(struct op *ops, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (op_order(&ops[i - 1], &ops[i]) > 0) {
			qsort(ops, count, sizeof *ops, op_order);
			return;
		}
	}
}

/* --- Undoing --- */

struct undo {
	size_t target;
	unsigned undoers;
	bool resolved;
}; /* target: count when there is none */

static size_t op_find(const struct op *ops, size_t count, struct op_id id)
{
	size_t i = 0;

	while (i < count && !op_id_equal(ops[i].id, id))
		i++;
	return i;
}

/* Follows a chain of undos from one that nobody undid: it counts, so its target does not, so that one's target
 * counts again... */
static void undo_follow(const struct op *ops, size_t count, struct undo *undos, bool *undone, size_t i)
{
	while (i < count && !undos[i].resolved && undos[i].undoers == 0 && ops[i].kind == OP_UNDO) {
		size_t target = undos[i].target;

		undos[i].resolved = true;
		if (target == count)
			return;
		if (!undone[i])
			undone[target] = true;
		undos[target].undoers--;
		i = target;
	}
}

/* Which operations were undone, whatever the order of arrival; NULL when none can be. Undos that undo each other in
 * a ring count for nothing. */
static bool *undone_find(const struct op *ops, size_t count)
{
	struct undo *undos = NULL;
	bool *undone = NULL;

	for (size_t i = 0; i < count; i++) {
		struct op_id id;

		if (ops[i].kind != OP_UNDO || ops[i].parked)
			continue;
		if (!undos) {
			undos = guichet_alloc(count * sizeof *undos);
			undone = guichet_alloc(count * sizeof *undone);
		}
		undos[i].target = count;
		if (!op_id_parse(op_text(&ops[i], "target", ""), &id))
			continue;
		undos[i].target = op_find(ops, count, id);
		if (undos[i].target < count && ops[undos[i].target].kind == OP_CREATE)
			undos[i].target = count;
		if (undos[i].target < count)
			undos[undos[i].target].undoers++;
	}
	for (size_t i = 0; undos && i < count; i++)
		undo_follow(ops, count, undos, undone, i);
	free(undos);
	return undone;
}

bool request_op_undone(const struct request *r, size_t index)
{
	return (r->ops[index].parked && !SIM_BUG(parked_counts)) || (r->undone && r->undone[index]);
}

/* --- Registers --- */

struct write {
	enum request_field field;
	size_t op;
	json_t *value;
};
struct named {
	enum request_field field;
	struct op_id id;
};

enum { FEW = 64 };
struct gathered {
	struct write few[FEW], *writes; /* the create alone needs no memory */
	size_t count, capacity;
	struct named *named;
	size_t named_count, named_capacity;
};

static void gather_write(struct gathered *g, enum request_field field, size_t op, json_t *value)
{
	if (g->count == g->capacity) {
		struct write *more = guichet_realloc(g->writes == g->few ? NULL : g->writes, g->capacity * 2, sizeof *more);
		if (g->writes == g->few)
			memcpy(more, g->few, sizeof g->few);
		g->writes = more;
		g->capacity *= 2;
	}
	g->writes[g->count++] = (struct write){field, op, value};
}

json_t *op_written(const struct op *op, enum request_field f)
{
	const struct request_field_info *info = request_field_info(f);

	return json_object_get(info->half == FACT ? op->facts : op->personal, info->key);
}

static void gather_create(struct gathered *g, const struct op *op)
{
	for (int f = 0; f < FIELD_COUNT; f++) {
		json_t *value = op_written(op, (enum request_field)f);
		if (value)
			gather_write(g, (enum request_field)f, 0, value);
	}
}

static void gather_base(struct gathered *g, const struct op *op, size_t index)
{
	const char *key;
	json_t *seen, *item;
	size_t i;

	json_object_foreach(op->base, key, seen)
	{
		enum request_field f;

		if (!request_field_key(key, &f))
			continue;
		gather_write(g, f, index, op_written(op, f));
		json_array_foreach(seen, i, item)
		{
			struct named n = {.field = f};
			if (!op_id_parse(json_string_value(item), &n.id) || op_id_equal(n.id, op->id))
				continue;
			GUICHET_GROW(g->named, g->named_count, g->named_capacity);
			g->named[g->named_count++] = n;
		}
	}
}

static int named_order(const void *left, const void *right)
{
	const struct named *a = left, *b = right;

	if (a->field != b->field)
		return a->field < b->field ? -1 : 1;
	return op_id_compare(a->id, b->id);
}

static bool is_named(const struct gathered *g, enum request_field field, struct op_id id)
{
	struct named key = {field, id};

	return g->named_count > 0 && bsearch(&key, g->named, g->named_count, sizeof key, named_order);
}

static void fold_registers(struct request *r)
{
	struct gathered g = {.count = 0, .capacity = FEW};
	struct field_write *block;
	size_t kept = 0;

	g.writes = g.few;
	gather_create(&g, &r->ops[0]);
	for (size_t i = 1; i < r->op_count; i++)
		if (r->ops[i].base && !request_op_undone(r, i) && r->ops[i].kind != OP_CREATE)
			gather_base(&g, &r->ops[i], i);
	if (g.named_count > 1)
		qsort(g.named, g.named_count, sizeof *g.named, named_order);
	for (size_t i = 0; i < g.count; i++) {
		if (is_named(&g, g.writes[i].field, r->ops[g.writes[i].op].id))
			continue;
		r->fields[g.writes[i].field].count++;
		g.writes[kept++] = g.writes[i];
	}
	r->writes = block = kept > 0 ? guichet_realloc(NULL, kept, sizeof *block) : NULL;
	for (int f = 0; f < FIELD_COUNT; f++) {
		struct field_state *s = &r->fields[f];
		if (s->count == 0)
			continue;
		s->heads = block;
		block += s->count;
		s->count = 0;
	}
	for (size_t i = kept; i-- > 0;) {
		struct field_state *s = &r->fields[g.writes[i].field];
		s->heads[s->count++] =
			(struct field_write){r->ops[g.writes[i].op].id, (int64_t)g.writes[i].op, g.writes[i].value};
	}
	if (g.writes != g.few)
		free(g.writes);
	free(g.named);
}

/* --- Status --- */

static struct field_write *status_head(struct field_state *s, enum status wanted)
{
	for (size_t i = 0; i < s->count; i++) {
		const char *code = json_string_value(s->heads[i].value);
		if (code && strcmp(code, status_code(wanted)) == 0)
			return &s->heads[i];
	}
	return NULL;
}

static bool status_ends(enum status s)
{
	return s == STATUS_CLOSED || s == STATUS_CANCELLED || s == STATUS_REDIRECTED;
}

/* An answer that the one who closed had not seen keeps the request answered, for a second look; any
 * other ending that met a step of somebody else shows by seq, with a mark. */
static void fold_status(struct request *r)
{
	struct field_state *s = &r->fields[FIELD_STATUS];
	struct field_write *answered = s->count > 1 ? status_head(s, STATUS_ANSWERED) : NULL;
	const char *code;

	if (answered && status_head(s, STATUS_CLOSED)) {
		struct field_write head = *answered;
		memmove(s->heads + 1, s->heads, (size_t)(answered - s->heads) * sizeof head);
		s->heads[0] = head;
	}
	if (request_in_conflict(r, FIELD_STATUS))
		for (int i = 0; i < STATUS_COUNT; i++)
			r->review_mark |= status_ends((enum status)i) && status_head(s, (enum status)i);
	code = request_text(r, FIELD_STATUS);
	if (!status_parse(code, &r->beneath) || r->beneath == STATUS_WAITING)
		r->beneath = STATUS_NEW;
	r->status = r->beneath;
	if (r->beneath <= STATUS_DONE && *request_text(r, FIELD_WAIT))
		r->status = STATUS_WAITING;
}

/* --- The whole --- */

void request_fold(struct request *out, struct op *ops, size_t count)
{
	memset(out, 0, sizeof *out);
	out->answered_ms = out->closed_ms = out->updated_ms = out->clock_start_ms = NO_INSTANT;
	op_sort(ops, count);
	out->ops = ops;
	out->op_count = count;
	/* Parked, it made nothing. */
	if (count == 0 || ops[0].kind != OP_CREATE || (ops[0].parked && !SIM_BUG(parked_counts)))
		return;
	out->id = ops[0].id;
	out->undone = undone_find(ops, count);
	fold_registers(out);
	fold_status(out);
	fold_events(out);
}

void request_done(struct request *r)
{
	free(r->writes);
	free(r->undone);
	free(r->promises);
	free(r->callbacks);
	free(r->answers);
	free(r->pauses);
	free(r->orders);
	free(r->attachments);
	free(r->dangers_told);
	free(r->deliveries);
	free(r->owed);
	memset(r, 0, sizeof *r);
}
