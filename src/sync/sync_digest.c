// SPDX-License-Identifier: GPL-3.0-or-later
/* The scope hash in the pull's lane (core/digest.h): asked for with a look that does not wait, compared when that look
 * was the last one, asked for once more before it counts, told to the server, and mended by a snapshot. Must not know
 * what is hashed. */
#include "sync_inside.h"

enum { EVERY_MS = 600 * 1000, GAP = 10 /* a look that came to nothing is taken again after a tenth of that */ };

static int64_t every_ms(const struct sync *y)
{
	return y->options.compare_ms > 0 ? y->options.compare_ms : EVERY_MS;
}

static int64_t window_seqs(const struct sync *y)
{
	return y->options.compare_seqs > 0 && y->options.compare_seqs < DIGEST_SEQS ? y->options.compare_seqs : DIGEST_SEQS;
}

bool digest_ask(struct sync *y, const struct replica_state *state)
{
	struct digest_asked *a = &y->digest;
	int64_t now = sync_time(y);
	bool gap = now < a->not_before_ms && a->not_before_ms - now <= every_ms(y);
	a->asked = a->doubts > 0 ||
		(!gap && replica_digest_due(y->store, state, window_seqs(y), every_ms(y), now, &a->window));
	return a->asked;
}

void digest_add_path(struct sync *y, struct text *path)
{
	struct digest_asked *a = &y->digest;
	if (y->asked == ASKED_CHANGES && a->asked)
		text_addf(path, "&digest=%lld:%lld&since=%lld", (long long)a->window.from, (long long)a->window.to,
			(long long)a->window.since_ms);
	a->telling = a->tell;
	if (a->tell)
		text_addf(path, "&differs=%lld", (long long)a->window.from);
}

void digest_told(struct sync *y)
{
	y->digest.tell = y->digest.tell && !y->digest.telling;
}

static bool is_of(const struct digest_window *a, const struct digest_window *b)
{
	return a->from == b->from && a->to == b->to && a->since_ms == b->since_ms;
}

enum guichet_rc digest_look(struct sync *y, const struct replica_page *page, struct guichet_err *err)
{
	struct digest_asked *a = &y->digest;
	enum replica_compared what;
	if (!a->asked || !page->end)
		return GUICHET_OK;
	a->asked = false;
	const struct digest *said = page->compares && is_of(&page->window, &a->window) ? &page->digest : NULL;
	enum guichet_rc rc =
		replica_digest_compare(y->store, &page->to, &a->window, said, window_seqs(y), sync_time(y), &what, err);
	if (rc || what == REPLICA_NOT_NOW)
		a->not_before_ms = sync_time(y) + every_ms(y) / GAP;
	y->status.compared += !rc && said && what != REPLICA_NOT_NOW;
	a->doubts = !rc && what == REPLICA_DIFFERS ? a->doubts + 1 : 0;
	if (a->doubts == 0)
		return rc;
	/* Whoever looks once looks again. */
	y->status.caught_up = false;
	if (a->doubts == 1)
		return GUICHET_OK;
	a->doubts = 0;
	a->tell = true;
	y->status.differing++;
	return replica_digest_differs(y->store, &a->window, window_seqs(y), sync_time(y), err);
}
