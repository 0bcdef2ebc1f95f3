// SPDX-License-Identifier: GPL-3.0-or-later
/* A snapshot in the pull's lane: its pages, then the changes since, then it takes the store's place. A desk that has nothing yet works as soon as it has what is
 * open. One that has more to send than the server had to say reads the journal instead. What takes long goes in steps, in another thread where there is one; what
 * touches the store that people look at is done in theirs. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "sync_inside.h"

enum { OWN_MAX = 5000, LOCKED_MS = 1000, BROKEN_MS = 5000, BODY_MAX = 64 * 1024 * 1024 };

bool snapshot_wanted(const struct sync *y, const struct replica_state *state)
{
	if (y->rewinding || y->restored)
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

static void page_forget(struct building *b)
{
	if (b->what == BUILD_ADD && !b->unreadable)
		shadow_page_done(&b->page);
	b->page = (struct shadow_page){ .subjects = NULL };
}

void snapshot_close(struct sync *y)
{
	/* Ended, and nobody was told. */
	if (y->working) {
		y->shadow = y->step.shadow;
		page_forget(&y->step);
	}
	if (y->working && y->drops)
		shadow_drop(&y->shadow);
	y->working = y->drops = false;
	shadow_close(&y->shadow);
	store_close(&y->own);
	text_done(&y->body);
}

void snapshot_drop(struct sync *y)
{
	y->drops = y->working;
	if (!y->working)
		shadow_drop(&y->shadow);
}

static void begin_anew(struct sync *y, bool drop)
{
	if (drop)
		shadow_drop(&y->shadow);
	snapshot_close(y);
	y->finished = false;
	show_progress(y);
}

/* --- steps of the building --- */

static void add_page(struct building *b)
{
	b->unreadable = shadow_page_read(b->body, b->body_bytes, &b->page, &b->why) != GUICHET_OK;
	if (b->unreadable)
		return;
	b->rc = shadow_add(b->shadow, &b->page, &b->why);
	if (!b->rc && b->lends && shadow_state(b->shadow)->works && !shadow_state(b->shadow)->complete)
		b->rc = shadow_make_loan(b->shadow, &b->why);
	else
		b->lends = false;
}

static void build(void *of)
{
	struct building *b = of;
	switch (b->what) {
	case BUILD_OPEN:
		b->rc = shadow_open(b->store, &b->shadow, &b->why);
		break;
	case BUILD_ADD:
		add_page(b);
		break;
	case BUILD_FINISH:
		b->rc = shadow_finish(b->shadow, &b->why);
		break;
	}
}

static enum guichet_rc do_step(struct sync *y, const struct building *step, struct guichet_err *err)
{
	y->step = *step;
	y->step.store = y->own ? y->own : y->store;
	y->step.shadow = y->shadow;
	y->working = true;
	if (y->beside.start) {
		y->beside.start(y->beside.context, build, &y->step);
		return GUICHET_OK;
	}
	build(&y->step);
	return snapshot_built(y, err);
}

static void pause_for(struct sync *y, int ms)
{
	y->lanes[SYNC_PULL].retry_ms = sync_time(y) + ms;
}

static void take_up(struct sync *y)
{
	const struct store_options o = { .clock = y->options.clock };
	y->finished = false;
	/* Here and not in the thread: see shadow_open. */
	if (y->beside.start && !y->own && store_open(store_path(y->store), &o, &y->own, NULL))
		pause_for(y, BROKEN_MS);
	else
		do_step(y, &(struct building){ .what = BUILD_OPEN }, NULL);
}

/* True when there is something to ask. */
static bool is_ready(struct sync *y)
{
	if (!y->shadow)
		take_up(y);
	if (!y->working && y->shadow && shadow_state(y->shadow)->complete && !y->finished)
		do_step(y, &(struct building){ .what = BUILD_FINISH }, NULL);
	return !y->working && y->shadow && (y->finished || !shadow_state(y->shadow)->complete);
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
	if (offers_first(y, state))
		return false;
	if (!is_ready(y)) {
		*wake_ms = y->working ? INT64_MAX : y->lanes[SYNC_PULL].retry_ms;
		return false;
	}
	const struct shadow_state *s = shadow_state(y->shadow);
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
		text_addf(&out->path, "/v1/snapshot?limit=%d&device=%u", y->beside.start ? y->beside.page_items : y->options.page_items, store_device(y->store));
		int64_t told = shadow_told(y->shadow);
		if (told >= 0)
			text_addf(&out->path, "&told=%lld", (long long)told);
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

static bool is_new(const struct sync *y)
{
	struct replica_state state;
	return replica_state(y->store, &state, NULL) == GUICHET_OK && state.cursor.epoch == 0;
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
	struct building step = { .what = BUILD_ADD, .body = r->body, .body_bytes = r->body_bytes, .lends = is_new(y) };
	/* The answer is gone when it is read. */
	if (y->beside.start) {
		y->body.cap = BODY_MAX;
		text_clear(&y->body);
		text_addn(&y->body, r->body, r->body_bytes);
		step.body = text_str(&y->body);
	}
	return do_step(y, &step, err);
}

static bool is_of_another_journal(const struct sync *y, const struct shadow_page *page)
{
	struct replica_state state;
	return replica_state(y->store, &state, NULL) == GUICHET_OK && state.cursor.epoch != 0 && state.cursor.epoch != page->at.epoch;
}

static enum guichet_rc added_page(struct sync *y, struct guichet_err *err)
{
	struct building *b = &y->step;
	if (b->unreadable) {
		/* What came before it was right: it is asked for again. */
		sync_trouble(y, &y->lanes[SYNC_PULL], SYNC_REFUSED, b->why.message, 0);
		return GUICHET_OK;
	}
	bool changed = false;
	if (is_of_another_journal(y, &b->page)) {
		/* What the server lost is offered first. */
		y->restored = true;
		begin_anew(y, true);
		sync_back_off(y, &y->lanes[SYNC_PULL], 0);
		return GUICHET_OK;
	}
	if (!b->rc)
		b->rc = compare_subjects(y, &b->page, &changed, &b->why);
	if (b->rc == GUICHET_REFUSED || (!b->rc && changed)) {
		/* The grants changed while it was read. */
		begin_anew(y, true);
		return GUICHET_OK;
	}
	y->status.pages += b->rc == GUICHET_OK;
	y->status.received += b->rc == GUICHET_OK ? (int64_t)b->page.count : 0;
	/* A new desk works from here on, while the rest comes. */
	if (!b->rc && b->lends && is_new(y))
		b->rc = shadow_lend(y->shadow, y->store, &b->why);
	if (b->rc)
		return failed(y, b->rc, &b->why, err);
	sync_fine(y, &y->lanes[SYNC_PULL]);
	show_progress(y);
	return GUICHET_OK;
}

enum guichet_rc snapshot_built(struct sync *y, struct guichet_err *err)
{
	struct building *b = &y->step;
	enum guichet_rc rc;
	y->working = false;
	y->shadow = b->shadow;
	if (y->drops) {
		y->drops = false;
		page_forget(b);
		begin_anew(y, true);
		return GUICHET_OK;
	}
	switch (b->what) {
	case BUILD_OPEN:
		if (b->rc)
			pause_for(y, b->rc == GUICHET_LOCKED ? LOCKED_MS : BROKEN_MS);
		return GUICHET_OK;
	case BUILD_ADD:
		rc = added_page(y, err);
		page_forget(b);
		return rc;
	case BUILD_FINISH:
		y->finished = b->rc == GUICHET_OK;
		if (b->rc) {
			begin_anew(y, false);
			pause_for(y, BROKEN_MS);
		}
		return GUICHET_OK;
	}
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
		rc = shadow_swap(&y->shadow, y->store, &why);
		y->nothing_to_push = false;
		y->finished = y->shadow != NULL;
		if (!y->shadow)
			store_close(&y->own);
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
