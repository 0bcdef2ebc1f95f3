// SPDX-License-Identifier: GPL-3.0-or-later
/* A snapshot in the pull's lane: its pages, then the changes since, then it takes the store's place. A desk that has nothing yet works as soon as it has what is
 * open. One that has more to send than the server had to say reads the journal instead. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "sync_inside.h"

enum { OWN_MAX = 5000, LOCKED_MS = 1000, BROKEN_MS = 5000 };

bool snapshot_wanted(const struct sync *y, const struct replica_state *state)
{
	if (y->rewinding || y->options.no_snapshot)
		return false;
	/* All of it would be written anew. */
	return state->resync || (state->cursor.epoch == 0 && state->pending < OWN_MAX);
}

/* What the server lacks is offered first, as long as it takes it. */
static bool offers_first(const struct sync *y, const struct replica_state *state)
{
	return !y->shadow && state->cursor.epoch != 0 && state->pending > 0 && !y->nothing_to_push && y->lanes[SYNC_PUSH].failures == 0;
}

static void show_progress(struct sync *y)
{
	y->status.filling = y->shadow != NULL;
	if (!y->shadow)
		return;
	y->status.filled = shadow_state(y->shadow)->done;
	y->status.to_fill = shadow_state(y->shadow)->total;
}

static void begin_anew(struct sync *y, bool drop)
{
	if (drop)
		shadow_drop(&y->shadow);
	else
		shadow_close(&y->shadow);
	y->finished = false;
	show_progress(y);
}

static enum guichet_rc take_up(struct sync *y, int64_t *wake_ms)
{
	struct guichet_err err = { 0 };
	if (y->shadow)
		return GUICHET_OK;
	enum guichet_rc rc = shadow_open(y->store, &y->shadow, &err);
	y->finished = false;
	if (rc)
		*wake_ms = sync_time(y) + (rc == GUICHET_LOCKED ? LOCKED_MS : BROKEN_MS);
	return rc;
}

static void add_cursor(struct text *out, const struct replica_cursor *c)
{
	struct wire_cursor at = { .epoch = c->epoch, .seq = c->seq };
	char text[WIRE_CURSOR_TEXT];
	memcpy(at.chain, c->chain, sizeof at.chain);
	wire_cursor_format(&at, text);
	text_add(out, text);
}

bool snapshot_next(struct sync *y, const struct replica_state *state, struct sync_request *out, int64_t *wake_ms)
{
	y->status.caught_up = false;
	if (offers_first(y, state) || take_up(y, wake_ms))
		return false;
	const struct shadow_state *s = shadow_state(y->shadow);
	if (s->complete && !y->finished) {
		struct guichet_err err = { 0 };
		y->finished = shadow_finish(y->shadow, &err) == GUICHET_OK;
		if (!y->finished) {
			begin_anew(y, false);
			*wake_ms = sync_time(y) + BROKEN_MS;
			return false;
		}
	}
	out->method = "GET";
	out->timeout_s = SYNC_TIMEOUT_S;
	if (y->finished) {
		struct replica_state there;
		if (replica_state(shadow_store(y->shadow), &there, NULL))
			return false;
		y->asked = ASKED_CATCH_UP;
		text_add(&out->path, "/v1/changes?after=");
		add_cursor(&out->path, &there.cursor);
		text_addf(&out->path, "&wait=0&limit=%d&device=%u", y->options.page_items, store_device(y->store));
	} else {
		y->asked = ASKED_SNAPSHOT;
		text_addf(&out->path, "/v1/snapshot?limit=%d&device=%u", y->options.page_items, store_device(y->store));
		if (s->begun) {
			text_add(&out->path, "&at=");
			add_cursor(&out->path, &s->at);
			text_addf(&out->path, "&after=%s", s->next);
		}
	}
	show_progress(y);
	return true;
}

/* --- answers --- */

/* What the store said of it: DATA is the server's fault, and anything else the disk's. */
static enum guichet_rc failed(struct sync *y, enum guichet_rc rc, const struct guichet_err *why, struct guichet_err *err)
{
	struct lane *l = &y->lanes[SYNC_PULL];
	begin_anew(y, rc == GUICHET_DATA);
	if (rc == GUICHET_DATA) {
		sync_trouble(y, l, SYNC_REFUSED, why->message, 0);
		return GUICHET_OK;
	}
	sync_back_off(y, l, 0);
	if (err)
		*err = *why;
	return rc;
}

/* A new desk works from here on, while the rest comes. */
static enum guichet_rc lend(struct sync *y, struct guichet_err *err)
{
	struct replica_state state;
	if (!shadow_state(y->shadow)->works || replica_state(y->store, &state, NULL) || state.cursor.epoch != 0)
		return GUICHET_OK;
	return shadow_lend(y->shadow, err);
}

/* A copy of a disk goes on under another number, and begins its snapshot anew. */
static enum guichet_rc compare_subjects(struct sync *y, const struct shadow_page *page, bool *changed,
	struct guichet_err *err)
{
	struct replica_told *told = guichet_alloc((page->count + 1) * sizeof *told);
	for (size_t i = 0; i < page->count; i++)
		told[i] = (struct replica_told){ page->subjects[i].ops, page->subjects[i].count };
	enum guichet_rc rc = replica_compare_identity(y->store, page->made, told, page->count, changed, err);
	free(told);
	return rc;
}

static enum guichet_rc compare_items(struct sync *y, const struct replica_page *page, bool *changed,
	struct guichet_err *err)
{
	struct replica_told *told = guichet_alloc((page->count + 1) * sizeof *told);
	for (size_t i = 0; i < page->count; i++)
		told[i] = (struct replica_told){ page->items[i].ops, page->items[i].count };
	enum guichet_rc rc = replica_compare_identity(y->store, page->made, told, page->count, changed, err);
	free(told);
	return rc;
}

static enum guichet_rc answer_page(struct sync *y, const struct sync_response *r, struct guichet_err *err)
{
	struct shadow_page page;
	struct guichet_err why = { 0 };
	if (shadow_page_read(r->body, r->body_bytes, &page, &why)) {
		/* What came before it was right: it is asked for again. */
		sync_trouble(y, &y->lanes[SYNC_PULL], SYNC_REFUSED, why.message, 0);
		return GUICHET_OK;
	}
	bool changed = false;
	enum guichet_rc rc = compare_subjects(y, &page, &changed, &why);
	if (!rc && !changed)
		rc = shadow_add(y->shadow, &page, &why);
	y->status.pages += rc == GUICHET_OK && !changed;
	y->status.received += rc == GUICHET_OK && !changed ? (int64_t)page.count : 0;
	shadow_page_done(&page);
	if (rc == GUICHET_REFUSED || (!rc && changed)) {
		/* The grants changed while it was read. */
		begin_anew(y, true);
		return GUICHET_OK;
	}
	if (!rc && !shadow_state(y->shadow)->complete)
		rc = lend(y, &why);
	if (rc)
		return failed(y, rc, &why, err);
	sync_fine(y, &y->lanes[SYNC_PULL]);
	show_progress(y);
	return GUICHET_OK;
}

static enum guichet_rc answer_catch_up(struct sync *y, const struct sync_response *r, struct guichet_err *err)
{
	struct replica_page page;
	struct guichet_err why = { 0 };
	if (page_read(r->body, r->body_bytes, &page, &why)) {
		sync_trouble(y, &y->lanes[SYNC_PULL], SYNC_REFUSED, why.message, 0);
		return GUICHET_OK;
	}
	bool end = page.end, changed = false;
	enum guichet_rc rc = compare_items(y, &page, &changed, &why);
	if (!rc && changed) {
		page_done(&page);
		begin_anew(y, true);
		return GUICHET_OK;
	}
	if (!rc)
		rc = replica_apply(shadow_store(y->shadow), &page, &why);
	page_done(&page);
	if (!rc && end) {
		rc = shadow_swap(&y->shadow, &why);
		y->nothing_to_push = false;
		y->finished = y->shadow != NULL;
		if (rc == GUICHET_LOCKED) {
			sync_back_off(y, &y->lanes[SYNC_PULL], 0);
			return GUICHET_OK;
		}
	}
	if (rc == GUICHET_REFUSED)
		return GUICHET_OK;
	if (rc)
		return failed(y, rc, &why, err);
	sync_fine(y, &y->lanes[SYNC_PULL]);
	show_progress(y);
	return GUICHET_OK;
}

enum guichet_rc snapshot_answer(struct sync *y, const struct sync_response *r, struct guichet_err *err)
{
	/* An answer to what was asked before something else came between. */
	if (!y->shadow || (y->asked == ASKED_CATCH_UP) != y->finished)
		return GUICHET_OK;
	return y->asked == ASKED_SNAPSHOT ? answer_page(y, r, err) : answer_catch_up(y, r, err);
}

bool snapshot_outdated(struct sync *y)
{
	struct replica_state state;
	if (y->asked == ASKED_CHANGES)
		return false;
	begin_anew(y, true);
	/* The store's own journal may be another one too: then what the server lost is offered first. */
	return replica_state(y->store, &state, NULL) != GUICHET_OK || state.cursor.epoch == 0;
}

enum guichet_rc snapshot_look(struct sync *y, const struct replica_page *page, struct guichet_err *err)
{
	if (!page->scope[0])
		return GUICHET_OK;
	char *known = store_setting(y->store, "server-scope");
	enum guichet_rc rc = GUICHET_OK;
	if (!known)
		rc = store_set_setting(y->store, "server-scope", page->scope, err);
	else if (strcmp(known, page->scope) != 0)
		rc = replica_want_resync(y->store, "scope", err);
	free(known);
	return rc;
}
