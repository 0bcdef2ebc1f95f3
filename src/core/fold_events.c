// SPDX-License-Identifier: GPL-3.0-or-later
/* The events of a request: what was told, promised, tried, paused, ordered, attached. Lists that only grow, in fold
 * order. */
#include <string.h>

#include "guichet/base/text.h"
#include "request_inside.h"

struct fold {
	struct request *r;
	bool ended;              /* since the last re-opening */
	const struct op *ending; /* the last close, cancel or redirect since then */
	size_t promises, callbacks, answers, pauses, orders, attachments, dangers, deliveries, owed; /* capacities */
};

int64_t op_at(const struct op *op)
{
	return op_int(op, "at_ms", op->wall_ms);
}

static struct op_id op_target(const struct op *op, const char *key)
{
	struct op_id id = {0, 0};

	op_id_parse(op_text(op, key, ""), &id);
	return id;
}

/* --- Pauses --- */

static void pause_end(struct fold *f, int64_t at_ms)
{
	struct pause *last = f->r->pause_count > 0 ? &f->r->pauses[f->r->pause_count - 1] : NULL;

	if (last && last->to_ms == NO_INSTANT)
		last->to_ms = at_ms > last->from_ms ? at_ms : last->from_ms;
}

static void fold_wait(struct fold *f, const struct op *op)
{
	struct request *r = f->r;
	bool open = r->pause_count > 0 && r->pauses[r->pause_count - 1].to_ms == NO_INSTANT;
	int64_t from_ms = op_at(op);

	if (open || f->ended)
		return;
	if (r->pause_count > 0 && from_ms < r->pauses[r->pause_count - 1].to_ms)
		from_ms = r->pauses[r->pause_count - 1].to_ms;
	GUICHET_GROW(r->pauses, r->pause_count, f->pauses);
	r->pauses[r->pause_count++] = (struct pause){from_ms, NO_INSTANT};
}

static void fold_resume(struct fold *f, const struct op *op)
{
	pause_end(f, op_at(op));
}

/* --- Endings and re-openings --- */

static void fold_ending(struct fold *f, const struct op *op)
{
	pause_end(f, op_at(op));
	f->ended = true;
	if (!f->r->frozen_due) {
		json_t *due = json_object_get(op->facts, "due");
		f->r->frozen_due = json_is_object(due) ? due : NULL;
	}
}

static void answered(struct request *r, int64_t at_ms)
{
	if (r->answered_ms == NO_INSTANT)
		r->answered_ms = at_ms;
}

static void fold_close(struct fold *f, const struct op *op)
{
	f->ending = op;
	f->r->undelivered = false;
	fold_ending(f, op);
}

static void fold_redirect(struct fold *f, const struct op *op)
{
	fold_close(f, op);
	if (op_bool(op, "notice")) {
		f->r->notice_given = true;
		answered(f->r, op_at(op));
	}
}

static void fold_reopen(struct fold *f, const struct op *op)
{
	struct request *r = f->r;

	f->ended = false;
	f->ending = NULL;
	r->reopened++;
	r->frozen_due = NULL;
	r->answered_ms = NO_INSTANT;
	r->clock_start_ms = op_at(op);
	r->notice_given = false;
	r->answer_epoch = r->answer_count;
}

/* --- What was said --- */

static void answer_add(struct fold *f, const struct op *op, bool told)
{
	struct request *r = f->r;

	GUICHET_GROW(r->answers, r->answer_count, f->answers);
	r->answers[r->answer_count++] = (struct answer){.by = op->id,
		.author = op_text(op, "author", op->actor),
		.channel = op_text(op, "channel", ""),
		.text = op_text(op, "text", ""),
		.at_ms = op_at(op),
		.told = told};
}

static bool says_bounced(const struct op *op, struct op_id answer)
{
	enum delivery_state state;

	if (op->kind == OP_NOTE)
		return op_text(op, "bounced", NULL) && op_id_equal(op_target(op, "bounced"), answer);
	return op->kind == OP_DELIVERY && delivery_state_parse(op_text(op, "state", ""), &state) && delivery_state_failed(state) &&
		op_id_equal(op_target(op, "target"), answer);
}

/* An answer that came back was not told: looked up beforehand, since answering ends and bouncing
 * un-ends. */
static bool is_bounced(const struct request *r, struct op_id answer)
{
	for (size_t i = 0; i < r->op_count; i++)
		if (!request_op_undone(r, i) && says_bounced(&r->ops[i], answer))
			return true;
	return false;
}

static void fold_answer(struct fold *f, const struct op *op)
{
	struct request *r = f->r;

	answer_add(f, op, true);
	r->undelivered = false;
	pause_end(f, op_at(op));
	r->drafted_answer = r->drafted_by = NULL;
	if (is_bounced(r, op->id)) {
		r->answers[r->answer_count - 1].bounced = true;
		return;
	}
	fold_ending(f, op);
	answered(r, op_at(op));
	if (r->beneath == STATUS_REDIRECTED)
		r->notice_given = true;
}

static void fold_draft(struct fold *f, const struct op *op)
{
	const char *text = op_text(op, "text", "");

	answer_add(f, op, false);
	f->r->drafted_answer = *text ? text : NULL;
	f->r->drafted_by = *text ? op->actor : NULL;
}

static void fold_inform(struct fold *f, const struct op *op)
{
	f->r->undelivered = false;
	if (!op_bool(op, "notice"))
		return;
	f->r->notice_given = true;
	answered(f->r, op_at(op));
}

static void promise_add(struct fold *f, const struct op *op, int64_t date_ms)
{
	struct request *r = f->r;

	GUICHET_GROW(r->promises, r->promise_count, f->promises);
	r->promises[r->promise_count++] = (struct promise){.by = op->id,
		.date_ms = date_ms,
		.told_ms = op_int(op, "told_ms", op_at(op)),
		.told_by = op_text(op, "told_by", op->actor),
		.reason = op_text(op, "reason", "")};
}

static void fold_promise(struct fold *f, const struct op *op)
{
	int64_t date_ms = op_int(op, "date_ms", NO_INSTANT);

	if (date_ms != NO_INSTANT)
		promise_add(f, op, date_ms);
}

static void fold_callback(struct fold *f, const struct op *op)
{
	struct request *r = f->r;

	GUICHET_GROW(r->callbacks, r->callback_count, f->callbacks);
	r->callbacks[r->callback_count++] = (struct callback){
		.by = op->id, .at_ms = op_at(op), .first_try_ms = NO_INSTANT, .last_try_ms = NO_INSTANT, .last_result = ""};
}

static void fold_callback_tried(struct fold *f, const struct op *op)
{
	struct op_id target = op_target(op, "target");
	int64_t at_ms = op_at(op);

	for (size_t i = 0; i < f->r->callback_count; i++) {
		struct callback *c = &f->r->callbacks[i];
		if (!op_id_equal(c->by, target))
			continue;
		c->last_result = op_text(op, "result", "");
		if (op_bool(op, "reached")) {
			c->done = true;
			f->r->undelivered = false;
			return;
		}
		c->attempts++;
		if (c->first_try_ms == NO_INSTANT || at_ms < c->first_try_ms)
			c->first_try_ms = at_ms;
		if (c->last_try_ms == NO_INSTANT || at_ms > c->last_try_ms)
			c->last_try_ms = at_ms;
		c->at_ms = op_int(op, "next_ms", c->at_ms);
	}
}

static void fold_danger_told(struct fold *f, const struct op *op)
{
	struct request *r = f->r;

	GUICHET_GROW(r->dangers_told, r->danger_told_count, f->dangers);
	r->dangers_told[r->danger_told_count++] = (struct danger_notice){op->id, op_text(op, "who", ""), op_at(op)};
}

/* --- The rest --- */

/* An import may bring requests that ended elsewhere long ago. */
static void fold_created_ended(struct fold *f, const struct op *op)
{
	struct request *r = f->r;
	enum status status;

	r->answered_ms = op_int(op, "answered_ms", NO_INSTANT);
	if (!status_parse(json_string_value(op_written(op, FIELD_STATUS)), &status) || status < STATUS_ANSWERED)
		return;
	if (status == STATUS_ANSWERED)
		answered(r, op_at(op));
	else
		f->ending = op;
	f->ended = true;
	r->frozen_due = json_object_get(op->facts, "due");
}

static void fold_create(struct fold *f, const struct op *op)
{
	struct request *r = f->r;
	int64_t promised = op_int(op, "promised", NO_INSTANT);

	r->reference = op_int(op, "reference", 0);
	r->clock_start_ms = request_int(r, FIELD_RECEIVED, op->wall_ms);
	if (promised != NO_INSTANT)
		promise_add(f, op, promised);
	if (*op_text(op, "contact", ""))
		r->contacts++;
	/* Said there and then, with the reference and the date. */
	if (promised != NO_INSTANT)
		r->acknowledged_ms = op->wall_ms;
	fold_created_ended(f, op);
}

static void fold_route(struct fold *f, const struct op *op)
{
	f->r->clarified |= op_bool(op, "clarified");
}

static void fold_refuse(struct fold *f, const struct op *op)
{
	(void)op;
	f->r->hops++;
	f->r->clarified = false;
}

static void fold_order(struct fold *f, const struct op *op)
{
	struct request *r = f->r;

	GUICHET_GROW(r->orders, r->order_count, f->orders);
	r->orders[r->order_count++] = (struct work_order){
		op->id, op_text(op, "number", ""), op_text(op, "contractor", ""), op_int(op, "planned", NO_INSTANT)};
}

static void fold_note(struct fold *f, const struct op *op)
{
	if (*op_text(op, "text", "") || op->blanked)
		f->r->notes++;
}

static void fold_remind(struct fold *f, const struct op *op)
{
	(void)op;
	f->r->reminders++;
}

static void fold_attach(struct fold *f, const struct op *op)
{
	struct request *r = f->r;

	GUICHET_GROW(r->attachments, r->attachment_count, f->attachments);
	r->attachments[r->attachment_count++] = (struct attachment){
		op->id, op_text(op, "name", ""), op_text(op, "type", ""), op_text(op, "sha256", ""), op_int(op, "bytes", 0)};
}

static void fold_touch(struct fold *f, const struct op *op)
{
	f->r->contacts++;
	if (op_bool(op, "unread") && f->r->unread_ms == NO_INSTANT)
		f->r->unread_ms = op_at(op);
	if (strcmp(op_text(op, "outcome", ""), outcome_code(OUTCOME_CHASED)) == 0)
		f->r->chased++;
}

/* --- What went out --- */

static void fold_delivery(struct fold *f, const struct op *op)
{
	struct request *r = f->r;
	enum channel channel;
	struct delivery d = {.by = op->id, .target = op_target(op, "target"), .channel = -1, .at_ms = op_at(op), .level = (int)op_int(op, "level", 0),
		.again = op_bool(op, "again"), .token = op_text(op, "token", ""), .to = op_text(op, "to", ""), .text = op_text(op, "text", ""),
		.sha256 = op_text(op, "sha256", "")};

	if (!purpose_parse(op_text(op, "purpose", ""), &d.purpose) || !delivery_state_parse(op_text(op, "state", ""), &d.state))
		return;
	if (channel_parse(op_text(op, "channel", ""), &channel))
		d.channel = (int)channel;
	GUICHET_GROW(r->deliveries, r->delivery_count, f->deliveries);
	r->deliveries[r->delivery_count++] = d;
	if (purpose_is_to_citizen(d.purpose))
		r->undelivered = delivery_state_failed(d.state);
	if (d.purpose != PURPOSE_ACKNOWLEDGE)
		return;
	if (delivery_state_failed(d.state))
		r->acknowledged_ms = NO_INSTANT;
	else if (r->acknowledged_ms == NO_INSTANT)
		r->acknowledged_ms = d.at_ms;
}

static bool was_delivered(const struct request *r, struct op_id target, enum purpose p)
{
	for (size_t i = 0; i < r->delivery_count; i++)
		if (r->deliveries[i].purpose == p && op_id_equal(r->deliveries[i].target, target))
			return true;
	return false;
}

/* What was said of it since, or erased, is owed no more. */
static void fold_owed(struct fold *f, const struct op *op)
{
	struct request *r = f->r;

	for (int p = 0; p < PURPOSE_COUNT && *op_text(op, "send", ""); p++) {
		enum channel channel;
		if (op->blanked || !op_owes(op, (enum purpose)p, &channel) || was_delivered(r, op->id, (enum purpose)p) ||
			(p == PURPOSE_ACKNOWLEDGE && r->acknowledged_ms != NO_INSTANT))
			continue;
		GUICHET_GROW(r->owed, r->owed_count, f->owed);
		r->owed[r->owed_count++] = (struct owed){op->id, (enum purpose)p, channel, op->wall_ms};
	}
}

/* Whose it was, is no longer said: the person may have other requests, and stay. */
static void fold_purge(struct fold *f, const struct op *op)
{
	struct field_state *s = &f->r->fields[FIELD_REQUESTER];
	size_t kept = 0;

	(void)op;
	for (size_t i = 0; i < s->count; i++)
		if (!f->r->ops[s->heads[i].order].blanked)
			s->heads[kept++] = s->heads[i];
	s->count = kept;
}

/* A server's purge travels as an erasure. */
static bool is_purge(const struct op *op)
{
	return op->kind == OP_PURGE || (op->kind == OP_ERASE && op_int(op, "retention", 0) > 0);
}

static void fold_erase(struct fold *f, const struct op *op)
{
	if (is_purge(op))
		fold_purge(f, op);
}

static void (*const handlers[OP_KIND_COUNT])(struct fold *f, const struct op *op) = {
	[OP_CREATE] = fold_create,
	[OP_ROUTE] = fold_route,
	[OP_ORDER] = fold_order,
	[OP_WAIT] = fold_wait,
	[OP_RESUME] = fold_resume,
	[OP_ANSWER] = fold_answer,
	[OP_DRAFT_ANSWER] = fold_draft,
	[OP_INFORM] = fold_inform,
	[OP_PROMISE] = fold_promise,
	[OP_CALLBACK] = fold_callback,
	[OP_CALLBACK_TRIED] = fold_callback_tried,
	[OP_DANGER_TOLD] = fold_danger_told,
	[OP_CLOSE] = fold_close,
	[OP_CANCEL] = fold_close,
	[OP_REOPEN] = fold_reopen,
	[OP_NOTE] = fold_note,
	[OP_LINK] = fold_resume,
	[OP_REDIRECT] = fold_redirect,
	[OP_REFUSE] = fold_refuse,
	[OP_REMIND] = fold_remind,
	[OP_ATTACH] = fold_attach,
	[OP_TOUCH] = fold_touch,
	[OP_DELIVERY] = fold_delivery,
	[OP_PURGE] = fold_purge,
	[OP_ERASE] = fold_erase,
};

/* An ending that lost against a concurrent step ended nothing: dates move on. */
static void fold_end_state(struct fold *f)
{
	struct request *r = f->r;
	const struct op *end = f->ending;

	if (r->beneath <= STATUS_DONE)
		r->frozen_due = NULL;
	if (r->beneath < STATUS_CLOSED || r->beneath == STATUS_DUPLICATE || request_is_open(r))
		return;
	if (!end)
		end = &r->ops[r->fields[FIELD_STATUS].heads[0].order];
	r->closed_ms = op_int(end, "closed_ms", op_at(end));
	if (r->status == STATUS_REDIRECTED && r->answered_ms != NO_INSTANT)
		r->closed_ms = r->answered_ms;
	if (r->status == STATUS_CLOSED)
		r->close_reason = end->kind == OP_CLOSE || end->kind == OP_CREATE
			? op_text(end, "reason", close_reason_code(CLOSE_ANSWERED))
			: close_reason_code(CLOSE_ANSWERED);
}

/* What nobody need have read the request for. */
static bool comes_by_itself(enum op_kind kind)
{
	return kind == OP_TOUCH || kind == OP_ATTACH || kind == OP_DELIVERY;
}

void fold_events(struct request *r)
{
	struct fold f = {.r = r};

	r->acknowledged_ms = r->unread_ms = NO_INSTANT;
	for (size_t i = 0; i < r->op_count; i++) {
		const struct op *op = &r->ops[i];

		if (!is_purge(op))
			r->updated_ms = op->wall_ms;
		if (request_op_undone(r, i) || (unsigned)op->kind >= OP_KIND_COUNT)
			continue;
		if (!comes_by_itself(op->kind))
			r->unread_ms = NO_INSTANT;
		if (!handlers[op->kind])
			continue;
		if (op->kind == OP_CREATE && i > 0)
			continue;
		handlers[op->kind](&f, op);
	}
	for (size_t i = 0; i < r->op_count; i++)
		if (!request_op_undone(r, i))
			fold_owed(&f, &r->ops[i]);
	fold_end_state(&f);
}
