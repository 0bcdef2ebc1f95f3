// SPDX-License-Identifier: GPL-3.0-or-later
/* The desk's half of the protocol, as a state machine: what to ask next, and what an answer changes. Whatever the server says, nothing that was typed is dropped. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/sim_bug.h"
#include "sync_inside.h"

enum { PUSH_BYTES = 700 * 1024 /* of payload: with escapes and numbers it stays under WIRE_PUSH_BYTES */, BACK_OFF_MAX_S = 300, BACK_OFF_STEPS = 9,
	SLACK_S = 15, OUR_FAULT_S = 30, AGED_AT_ONCE = 40, STUCK_MS = 600 * 1000 };

struct sync *sync_new(struct store *s, const struct sync_options *o)
{
	struct sync *y = guichet_alloc(sizeof *y);
	y->store = s;
	y->options = *o;
	if (y->options.page_items <= 0 || y->options.page_items > WIRE_PAGE_ITEMS)
		y->options.page_items = WIRE_PAGE_ITEMS;
	y->rewinding = replica_is_rewinding(s);
	y->status.retry_ms = y->status.since_ms = y->status.answered_ms = NO_INSTANT;
	return y;
}

static void forget_push(struct sync *y)
{
	for (size_t i = 0; i < y->op_count; i++)
		op_done(&y->ops[i]);
	free(y->ops);
	y->ops = NULL;
	y->op_count = 0;
}

void sync_free(struct sync **sync)
{
	if (!*sync)
		return;
	forget_push(*sync);
	snapshot_close(*sync);
	free(*sync);
	*sync = NULL;
}

void sync_request_done(struct sync_request *r)
{
	text_done(&r->path);
	text_done(&r->body);
}

int64_t sync_time(const struct sync *y)
{
	return y->options.clock.now_ms(y->options.clock.context);
}

struct guichet_clock sync_clock(const struct sync *y)
{
	return y->options.clock;
}

/* --- what is told --- */

/* What is told of both lanes: the worst, for as long as it lasts, whatever the other one does meanwhile. */
static void sum_up(struct sync *y)
{
	static const enum sync_trouble worst[] = { SYNC_REVOKED, SYNC_FORKED, SYNC_OFFLINE, SYNC_SIGN_IN, SYNC_TOO_OLD, SYNC_REFUSED };
	const struct lane *told = NULL;
	int64_t retry = NO_INSTANT;
	for (size_t k = 0; !told && k < sizeof worst / sizeof *worst; k++)
		for (int i = 0; i < SYNC_LANES; i++)
			if (y->lanes[i].trouble == worst[k] && (!told || y->lanes[i].since_ms < told->since_ms))
				told = &y->lanes[i];
	for (int i = 0; told && i < SYNC_LANES; i++)
		if (y->lanes[i].retry_ms > 0 && (retry == NO_INSTANT || y->lanes[i].retry_ms < retry))
			retry = y->lanes[i].retry_ms;
	y->status.trouble = told ? told->trouble : SYNC_FINE;
	y->status.since_ms = told ? told->since_ms : NO_INSTANT;
	y->status.retry_ms = retry;
	snprintf(y->status.detail, sizeof y->status.detail, "%s", told ? told->detail : "");
}

/* --- what to ask --- */

/* The server's policy, or a role that reads nothing: what this desk has can be sent all the same. */
static bool may_not_pull(const struct sync *y)
{
	return y->barred;
}

static void note_barred(struct sync *y, int status)
{
	if (status == 403 || status == 404 || status == 426)
		y->barred = true;
	else if (status == 200 || status == 409)
		y->barred = false;
}

/* Of what others made, erasures among it, a restored server has to say first what it has. */
static void keep_others(struct sync *y)
{
	if (y->rewinding && y->op_count > 0 && !replica_is_own(y->store, y->ops[0].id.device))
		forget_push(y);
}

static bool next_push(struct sync *y, const struct replica_state *state, struct sync_request *out, int64_t *wake_ms)
{
	struct guichet_err err = { 0 };
	*wake_ms = INT64_MAX;
	/* First what the server has: what is left over then is what it lacks. And which journal it is. But nothing waits
	 * until this desk may read. */
	if ((y->rewinding || state->cursor.epoch == 0) && !may_not_pull(y))
		return false;
	forget_push(y);
	y->outdated = false;
	/* What the server lacked may have come from another desk, or it knows meanwhile that it never will. */
	if (y->stuck_count > 0 && (sync_time(y) >= y->stuck_until_ms || y->stuck_until_ms - sync_time(y) > STUCK_MS))
		y->stuck_count = 0;
	if (replica_pending(y->store, y->stuck, y->stuck_count, WIRE_PUSH_OPS, PUSH_BYTES, &y->ops, &y->op_count, &err)) {
		y->op_count = 0;
		*wake_ms = sync_time(y) + 1000;
		return false;
	}
	keep_others(y);
	y->nothing_to_push = y->op_count == 0 && state->blocks_wanted == 0;
	if (y->nothing_to_push) {
		*wake_ms = y->stuck_count > 0 ? y->stuck_until_ms : INT64_MAX;
		return false;
	}
	out->method = "POST";
	text_add(&out->path, "/v1/ops");
	out->body.cap = 4 * WIRE_PUSH_BYTES;
	push_json(&out->body, state->cursor.epoch, state->blocks_wanted, y->ops, y->op_count);
	/* Escapes may swell a body beyond what the server takes: half as many then, one at the least. */
	while (out->body.len > WIRE_PUSH_BYTES && y->op_count > 1) {
		for (size_t half = y->op_count / 2; y->op_count > half;)
			op_done(&y->ops[--y->op_count]);
		text_clear(&out->body);
		push_json(&out->body, state->cursor.epoch, state->blocks_wanted, y->ops, y->op_count);
	}
	out->timeout_s = SYNC_TIMEOUT_S;
	return true;
}

static bool next_pull(struct sync *y, const struct replica_state *state, struct sync_request *out, int64_t *wake_ms)
{
	y->asked = ASKED_CHANGES;
	if (snapshot_wanted(y, state)) {
		bool any = snapshot_next(y, state, out, wake_ms);
		if (any)
			digest_add_path(y, &out->path);
		return any;
	}

	struct wire_cursor at = { .epoch = state->cursor.epoch, .seq = state->cursor.seq };
	char text[WIRE_CURSOR_TEXT];
	/* After trouble an answer at once says that it is over; a long poll would say so when something happens. */
	bool fine = y->lanes[SYNC_PULL].trouble == SYNC_FINE;
	int wait_s = !digest_ask(y, state) && y->status.caught_up && fine ? y->options.wait_s : 0;
	memcpy(at.chain, state->cursor.chain, sizeof at.chain);
	wire_cursor_format(&at, text);
	out->method = "GET";
	text_addf(&out->path, "/v1/changes?after=%s&wait=%d&limit=%d&device=%u", state->cursor.epoch ? text : "", wait_s,
		y->options.page_items, store_device(y->store));
	digest_add_path(y, &out->path);
	out->timeout_s = wait_s + SYNC_TIMEOUT_S + SLACK_S;
	return true;
}

static void show_busy(struct sync *y)
{
	y->status.busy = y->working || y->lanes[SYNC_PUSH].under_way || (y->lanes[SYNC_PULL].under_way && !y->status.caught_up);
}

/* A lane that asks nothing learns nothing: that it had no answer must not hide for ever what the other one is told. */
static void forget_silence(struct sync *y, struct lane *l)
{
	if (l->trouble != SYNC_OFFLINE)
		return;
	l->trouble = SYNC_FINE;
	l->failures = 0;
	l->retry_ms = 0;
	sum_up(y);
}

bool sync_next(struct sync *y, enum sync_lane lane, struct sync_request *out, int64_t *wake_ms)
{
	struct replica_state state;
	struct lane *l = &y->lanes[lane];
	int64_t now = sync_time(y);
	memset(out, 0, sizeof *out);
	*wake_ms = INT64_MAX;
	if (l->under_way || (y->working && lane == SYNC_PULL) || y->status.trouble == SYNC_REVOKED || y->status.trouble == SYNC_FORKED)
		return false;
	/* A clock that was set back must not silence a desk for a year. */
	if (l->retry_ms > now && l->retry_ms - now <= BACK_OFF_MAX_S * 2000) {
		*wake_ms = l->retry_ms;
		return false;
	}
	if (replica_state(y->store, &state, NULL) || !state.enrolled) {
		*wake_ms = now + 1000;
		return false;
	}
	/* Without a long poll one look is enough until somebody asks again, or what was pushed comes back: a push that is tried again and again asks for no looks. */
	if (lane == SYNC_PULL && y->status.caught_up && y->options.wait_s == 0)
		return false;
	l->under_way = lane == SYNC_PUSH ? next_push(y, &state, out, wake_ms) : next_pull(y, &state, out, wake_ms);
	if (!l->under_way && lane == SYNC_PUSH)
		forget_silence(y, l);
	show_busy(y);
	return l->under_way;
}

void sync_poke(struct sync *y)
{
	y->nothing_to_push = false;
	/* Without a long poll this is how somebody asks to look again. */
	if (y->options.wait_s == 0)
		y->status.caught_up = false;
}

void sync_now(struct sync *y)
{
	for (int i = 0; i < SYNC_LANES; i++)
		y->lanes[i].retry_ms = 0;
	sync_poke(y);
}

/* --- answers --- */

/* Uniform between 0 and min(300, 2^n) seconds, so that fifty desks do not come back at once. */
void sync_back_off(struct sync *y, struct lane *l, int at_least_s)
{
	uint32_t random = 0;
	y->options.random.fill(y->options.random.context, &random, sizeof random);
	unsigned n = l->failures < BACK_OFF_STEPS ? ++l->failures : l->failures;
	int64_t most = (int64_t)1000 << n;
	if (most > BACK_OFF_MAX_S * 1000)
		most = BACK_OFF_MAX_S * 1000;
	l->retry_ms = sync_time(y) + (int64_t)at_least_s * 1000 + (int64_t)((uint64_t)random * (uint64_t)most >> 32);
	sum_up(y);
}

void sync_trouble(struct sync *y, struct lane *l, enum sync_trouble what, const char *detail, int at_least_s)
{
	if (l->trouble != what)
		l->since_ms = sync_time(y);
	l->trouble = what;
	snprintf(l->detail, sizeof l->detail, "%s", detail);
	sync_back_off(y, l, at_least_s);
}

void sync_fine(struct sync *y, struct lane *l)
{
	l->failures = 0;
	l->retry_ms = 0;
	l->trouble = l->trouble == SYNC_FORKED || l->trouble == SYNC_REVOKED ? l->trouble : SYNC_FINE;
	y->status.online = true;
	sum_up(y);
}

static enum guichet_rc rewind_to(struct sync *y, const struct problem_read *p, struct guichet_err *err)
{
	enum guichet_rc rc = replica_rewind(y->store, p->epoch, p->has_common ? &p->common : NULL, err);
	if (!rc)
		y->rewinding = true;
	y->outdated = true;
	y->restored = false;
	y->status.caught_up = false;
	return rc;
}

static enum guichet_rc answer_push(struct sync *y, const struct sync_response *r, struct guichet_err *err)
{
	struct push_answer a;
	struct guichet_err why = { 0 };
	struct lane *l = &y->lanes[SYNC_PUSH];
	if (push_answer_read(r->body, r->body_bytes, y->ops, y->op_count, &a, &why)) {
		sync_trouble(y, l, SYNC_REFUSED, why.message, 0);
		return GUICHET_OK;
	}
	struct replica_state state;
	bool known = replica_state(y->store, &state, NULL) == GUICHET_OK;
	/* It may not read yet: its numbers are of the journal that the server has now, and it begins with a snapshot when it may. */
	if (known && !y->rewinding && state.cursor.epoch == 0 && may_not_pull(y) && replica_begin(y->store, a.epoch, &why) == GUICHET_OK)
		state.cursor.epoch = a.epoch;
	/* Numbers of a journal that this desk no longer reads, or does not yet: sent again, they are answered again. */
	if (!SIM_BUG(ack_of_other_journal) && (y->outdated || !known || state.cursor.epoch != a.epoch)) {
		push_answer_done(&a);
		return GUICHET_OK;
	}
	enum guichet_rc rc = replica_acknowledge(y->store, a.acks, a.count, err);
	if (!rc && a.serial_count > 0)
		rc = replica_add_serials(y->store, a.serials, a.serial_count, a.block, err);
	if (!rc) {
		y->status.sent += (int64_t)a.count;
		sync_fine(y, l);
		/* What was acknowledged comes back by the other lane. */
		y->status.caught_up = y->status.caught_up && a.count == 0;
	} else {
		sync_back_off(y, l, 0);
	}
	push_answer_done(&a);
	return rc;
}

static enum guichet_rc caught_up(struct sync *y, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	struct replica_state state;
	y->status.caught_up = true;
	if (y->rewinding) {
		rc = replica_caught_up(y->store, err);
		y->rewinding = rc != GUICHET_OK;
		y->nothing_to_push = false;
	}
	if (rc || replica_state(y->store, &state, NULL))
		return rc;
	if (snapshot_wanted(y, &state))
		y->status.caught_up = false;
	else if (state.pending == 0)
		rc = replica_set_synced(y->store, sync_time(y), err);
	if (!rc && state.partial)
		rc = replica_age(y->store, sync_time(y) + (state.offset_ms == NO_INSTANT ? 0 : state.offset_ms), AGED_AT_ONCE, err);
	return rc;
}

static enum guichet_rc answer_pull(struct sync *y, const struct sync_response *r, struct guichet_err *err)
{
	struct replica_page page;
	struct guichet_err why = { 0 };
	struct lane *l = &y->lanes[SYNC_PULL];
	if (page_read(r->body, r->body_bytes, &page, &why)) {
		sync_trouble(y, l, SYNC_REFUSED, why.message, 0);
		return GUICHET_OK;
	}
	enum guichet_rc rc = replica_apply(y->store, &page, &why);
	if (rc == GUICHET_OK)
		rc = snapshot_look(y, &page, &why);
	if (rc == GUICHET_OK) {
		y->status.pages++;
		y->restored = false;
		y->status.received += (int64_t)page.count;
		if (page.count > 0)
			y->stuck_count = 0;
		sync_fine(y, l);
		if (page.end)
			rc = caught_up(y, err);
		else
			y->status.caught_up = false;
		rc = rc ? rc : digest_look(y, &page, err);
	} else if (rc == GUICHET_DATA) {
		sync_trouble(y, l, SYNC_REFUSED, why.message, 0);
		rc = GUICHET_OK;
	} else if (rc == GUICHET_REFUSED) {
		/* A page for another cursor (asked before a rewind): asked anew. */
		rc = GUICHET_OK;
	} else {
		sync_back_off(y, l, 0);
		if (err)
			*err = why;
	}
	page_done(&page);
	return rc;
}

/* For a while: what others made, or this desk under another number, keeps nothing else waiting. */
static void set_aside(struct sync *y, uint32_t device)
{
	if (y->stuck_count == 0)
		y->stuck_until_ms = sync_time(y) + STUCK_MS;
	if (y->stuck_count < SYNC_STUCK_MAX)
		y->stuck[y->stuck_count++] = device;
}

/* The server lacks operations before those that it was sent: they are sent again, where this desk has them. */
static enum guichet_rc fill_gap(struct sync *y, uint64_t expected, struct guichet_err *err)
{
	uint32_t device = y->ops[0].id.device;
	bool here = y->ops[0].id.dseq > expected && replica_holds(y->store, (struct op_id){ device, expected });
	if (here)
		return replica_unacknowledge(y->store, device, expected, err);
	set_aside(y, device);
	return GUICHET_OK;
}

static enum guichet_rc refused(struct sync *y, enum sync_lane lane, const struct sync_response *r, struct guichet_err *err)
{
	struct problem_read p;
	struct lane *l = &y->lanes[lane];
	problem_parse(r->body, r->body_bytes, &p);
	bool other = !strcmp(p.type, "epoch") || !strcmp(p.type, "chain");
	if (other && lane == SYNC_PULL && snapshot_outdated(y))
		return GUICHET_OK;
	if (other)
		return rewind_to(y, &p, err);
	if (!strcmp(p.type, "gap") && lane == SYNC_PUSH && p.expected > 0 && y->op_count > 0)
		return fill_gap(y, (uint64_t)p.expected, err);
	if (!strcmp(p.type, "device-revoked")) {
		snapshot_drop(y);
		enum guichet_rc rc = replica_wipe(y->store, err);
		/* Not over before all of it is gone: the disk was full, somebody wrote. The server says it again when it is asked. */
		sync_trouble(y, l, rc ? SYNC_REFUSED : SYNC_REVOKED, p.detail, 0);
		return rc;
	}
	bool foreign = !strcmp(p.type, "foreign-device") && lane == SYNC_PUSH && y->op_count > 0;
	if (foreign && y->ops[0].id.device != store_device(y->store))
		set_aside(y, y->ops[0].id.device);
	if (!strcmp(p.type, "device-forked"))
		sync_trouble(y, l, SYNC_FORKED, p.detail, 0);
	else if (r->status == 401)
		sync_trouble(y, l, SYNC_SIGN_IN, p.detail, r->retry_after_s);
	else if (r->status == 426)
		sync_trouble(y, l, SYNC_TOO_OLD, p.detail, r->retry_after_s);
	else if (r->status == 429 || r->status >= 500)
		sync_trouble(y, l, SYNC_OFFLINE, p.detail[0] ? p.detail : _("le serveur est occupé"), r->retry_after_s);
	else
		sync_trouble(y, l, SYNC_REFUSED, p.detail[0] ? p.detail : _("le serveur a refusé"), OUR_FAULT_S);
	return GUICHET_OK;
}

enum guichet_rc sync_answer(struct sync *y, enum sync_lane lane, const struct sync_response *r, struct guichet_err *err)
{
	enum guichet_rc rc;
	struct lane *l = &y->lanes[lane];
	l->under_way = false;
	if (r->status > 0)
		y->status.answered_ms = sync_time(y);
	if (lane == SYNC_PULL)
		note_barred(y, r->status);
	if (r->date_ms != NO_INSTANT && r->status > 0)
		replica_set_offset(y->store, r->date_ms - sync_time(y), NULL);
	if (r->status == 0) {
		y->status.online = false;
		sync_trouble(y, l, SYNC_OFFLINE, _("le serveur ne répond pas"), 0);
		rc = GUICHET_OK;
	} else if (y->status.trouble == SYNC_REVOKED && (lane == SYNC_PULL || r->status != 200)) {
		/* Said before: what was taken away does not come back. What it took of this desk's it has. */
		rc = GUICHET_OK;
	} else if (r->status == 200) {
		if (lane == SYNC_PULL)
			digest_told(y);
		rc = lane == SYNC_PUSH ? answer_push(y, r, err) : y->asked == ASKED_CHANGES ? answer_pull(y, r, err) : snapshot_answer(y, r, err);
	} else {
		y->status.online = r->status < 500;
		rc = refused(y, lane, r, err);
	}
	show_busy(y);
	return rc;
}

void sync_work_beside(struct sync *y, const struct sync_beside *beside)
{
	y->beside = *beside;
}

bool sync_is_working(const struct sync *y)
{
	return y->working;
}

enum guichet_rc sync_worked(struct sync *y, struct guichet_err *err)
{
	enum guichet_rc rc = y->working ? snapshot_built(y, err) : GUICHET_OK;
	show_busy(y);
	return rc;
}

void sync_interrupt(struct sync *y)
{
	if (y->working && y->shadow)
		shadow_interrupt(y->shadow);
}

void sync_status(const struct sync *y, struct sync_status *out)
{
	*out = y->status;
}

bool sync_has_pushed(const struct sync *y)
{
	return y->nothing_to_push && !y->lanes[SYNC_PUSH].under_way;
}

bool sync_sends_on(const struct sync *y)
{
	return may_not_pull(y) && y->lanes[SYNC_PUSH].trouble == SYNC_FINE && !sync_has_pushed(y);
}

bool sync_is_done(const struct sync *y)
{
	return y->status.caught_up && y->nothing_to_push && !y->lanes[SYNC_PUSH].under_way;
}
