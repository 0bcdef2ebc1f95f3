// SPDX-License-Identifier: GPL-3.0-or-later
/* Random operations, well-formed or not: the fold never fails, does not depend on the order of arrival, and says
 * nothing that contradicts itself. Input: a stream of bytes, each choosing what the next operation is, whom it
 * names, what it writes; then raw JSON for one payload. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/text.h"
#include "guichet/core/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OPS_MAX = 40 };

struct input {
	const uint8_t *data;
	size_t left;
};

static unsigned take(struct input *in, unsigned below)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->data++ % below;
}

static const char *const values[] = {"new", "routed", "review", "ordered", "done", "answered", "closed", "redirected",
	"duplicate", "cancelled", "waiting", "", "voirie", "requester", "1.9", "2.3", "no such thing"};
enum { VALUES = sizeof values / sizeof *values };

static void name_op(struct input *in, char out[OP_ID_TEXT])
{
	op_id_format((struct op_id){1 + take(in, 3), 1 + take(in, OPS_MAX / 2)}, out);
}

/* One register written, over some writes that it may or may not have seen. */
static void write_register(struct input *in, struct op *op)
{
	enum request_field f = (enum request_field)take(in, FIELD_COUNT);
	json_t *seen = json_array();
	char id[OP_ID_TEXT];

	switch (take(in, 4)) {
	case 0:
		op_write_int(op, NULL, f, take(in, 256));
		break;
	case 1:
		op_write_real(op, NULL, f, take(in, 256) / 7.0);
		break;
	default:
		op_write_text(op, NULL, f, values[take(in, VALUES)]);
		break;
	}
	for (unsigned n = take(in, 4); n > 0; n--) {
		name_op(in, id);
		json_array_append_new(seen, json_string(id));
	}
	if (!op->base)
		op->base = json_object();
	json_object_set_new(op->base, request_field_info(f)->key, seen);
}

static void make_op(struct input *in, struct op *op, size_t index)
{
	static const char *const times[] = {"at_ms", "date_ms", "next_ms", "promised", "closed_ms"};
	static const char *const words[] = {"text", "who", "result", "outcome", "reason", "contact", "author"};
	static const char *const flags[] = {"reached", "notice", "clarified"};
	char id[OP_ID_TEXT];

	op_init(op, index == 0 ? OP_CREATE : (enum op_kind)take(in, OP_KIND_COUNT), (struct op_id){1, 1}, "marie",
		(int64_t)index);
	op->id = (struct op_id){1 + (uint32_t)(index % 3), 1 + index / 3};
	op->seq = take(in, 2) ? (int64_t)index + 1 : 0;
	for (unsigned n = take(in, 4); n > 0; n--)
		write_register(in, op);
	if (take(in, 2)) {
		name_op(in, id);
		op_fact_text(op, take(in, 4) ? "target" : "bounced", id);
	}
	op_fact_int(op, times[take(in, 5)], (int64_t)take(in, 256) - 10);
	op_fact_bool(op, flags[take(in, 3)], take(in, 2));
	op_personal_text(op, words[take(in, 7)], values[take(in, VALUES)]);
	if (take(in, 3) == 0)
		json_object_set_new(op->facts, "due", json_pack("{s:i}", "answer", (int)take(in, 256)));
	if (take(in, 8) == 0) {
		json_decref(op->personal);
		op->personal = NULL;
		op->blanked = true;
	}
}

/* --- What must hold --- */

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check(const struct request *r)
{
	bool unordered = r->fields[FIELD_STATUS].count > 1; /* an answer that a close had not seen comes first */

	must((unsigned)r->status < STATUS_COUNT && (unsigned)r->beneath < STATUS_COUNT && r->beneath != STATUS_WAITING);
	must(r->status == r->beneath || (r->status == STATUS_WAITING && r->beneath <= STATUS_DONE));
	must(r->closed_ms == NO_INSTANT || !request_is_open(r));
	must(!r->frozen_due || r->beneath > STATUS_DONE);
	must(r->hops + r->reopened + r->chased + r->reminders + r->notes <= r->op_count);
	for (size_t i = 0; i < r->pause_count; i++) {
		must(r->pauses[i].to_ms != NO_INSTANT ? r->pauses[i].to_ms >= r->pauses[i].from_ms : i + 1 == r->pause_count);
		must(i == 0 || r->pauses[i].from_ms >= r->pauses[i - 1].to_ms);
	}
	for (int f = 0; f < FIELD_COUNT; f++)
		for (size_t i = 1; i < r->fields[f].count; i++)
			must((f == FIELD_STATUS && unordered) || r->fields[f].heads[i].order < r->fields[f].heads[i - 1].order);
	for (size_t i = 0; i < r->op_count; i++)
		must(r->ops[i].kind != OP_CREATE || !request_op_undone(r, i));
}

static void mix(uint64_t *digest, uint64_t value)
{
	*digest = (*digest ^ value) * 1099511628211u;
}

static uint64_t digest_of(const struct request *r)
{
	uint64_t digest = 14695981039346656037u;

	for (int f = 0; f < FIELD_COUNT; f++) {
		mix(&digest, r->fields[f].count);
		for (size_t i = 0; i < r->fields[f].count; i++)
			mix(&digest, r->fields[f].heads[i].by.device * 1000 + r->fields[f].heads[i].by.dseq);
	}
	mix(&digest,
		(uint64_t)r->status << 32 | (uint64_t)r->beneath << 16 | r->review_mark << 2 | r->notice_given << 1 |
			r->clarified);
	mix(&digest, (uint64_t)r->answered_ms);
	mix(&digest, (uint64_t)r->closed_ms);
	mix(&digest, (uint64_t)r->updated_ms);
	mix(&digest, (uint64_t)r->clock_start_ms);
	mix(&digest, (uint64_t)json_integer_value(json_object_get(r->frozen_due, "answer")));
	for (size_t i = 0; i < r->promise_count; i++)
		mix(&digest, (uint64_t)r->promises[i].date_ms);
	for (size_t i = 0; i < r->pause_count; i++)
		mix(&digest, (uint64_t)r->pauses[i].to_ms);
	for (size_t i = 0; i < r->callback_count; i++)
		mix(&digest, (uint64_t)r->callbacks[i].at_ms << 8 | r->callbacks[i].attempts << 1 | r->callbacks[i].done);
	for (size_t i = 0; i < r->answer_count; i++)
		mix(&digest, r->answers[i].by.dseq << 2 | r->answers[i].told << 1 | r->answers[i].bounced);
	mix(&digest, r->hops << 16 | r->reopened << 8 | r->notes);
	return digest;
}

/* Ask everything that readers ask. */
static void read_all(const struct request *r)
{
	for (int f = 0; f < FIELD_COUNT; f++) {
		request_text(r, (enum request_field)f);
		request_int(r, (enum request_field)f, 0);
		request_real(r, (enum request_field)f);
		request_in_conflict(r, (enum request_field)f);
	}
	request_promise(r);
	request_answer(r);
	request_danger_untold(r);
}

static void shuffle(struct input *in, struct op *ops, size_t count)
{
	for (size_t i = count - 1; i > 0; i--) {
		size_t other = in->left ? take(in, (unsigned)i + 1) : i / 2;
		struct op swap = ops[i];
		ops[i] = ops[other];
		ops[other] = swap;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	size_t count = 1 + take(&in, OPS_MAX), raw;
	struct op ops[OPS_MAX + 1];
	struct request r;
	uint64_t first;
	char *text;

	for (size_t i = 0; i < count; i++)
		make_op(&in, &ops[i], i);
	raw = take(&in, (unsigned)count);
	text = guichet_strndup((const char *)in.data, in.left);
	if (op_load_payload(&ops[raw], text, NULL, NULL, NULL) != GUICHET_OK)
		op_load_payload(&ops[raw], "{}", NULL, NULL, NULL);
	free(text);
	request_fold(&r, ops, count);
	check(&r);
	read_all(&r);
	first = digest_of(&r);
	request_done(&r);
	shuffle(&in, ops, count);
	request_fold(&r, ops, count);
	must(digest_of(&r) == first);
	request_done(&r);
	for (size_t i = 0; i < count; i++)
		op_done(&ops[i]);
	return 0;
}
