// SPDX-License-Identifier: GPL-3.0-or-later
/* What the committer does beside calls: jobs on the writing connection (an administrator's, a piece of somebody's file), signs of life, words behind the journal. */
#include <stdlib.h>

#include "guichet/base/clock.h"
#include "guichet/base/i18n.h"

#include "http_inside.h"

enum { INDEX_OPS = 100 /* at a time: a few milliseconds in which nobody's push is written */, INDEX_OPS_BUSY = 10, BUSY_MS = 100, INDEX_BUSY_MS = 250 };

/* What ended requests are found by follows the journal while nobody waits, and what is old enough goes. Without the lock. */
static bool index_some(struct http *h, int max)
{
	struct db *write = h->write;
	bool more = false;
	if (!ledger_words_behind(write))
		return api_tidy(h->api, write);
	if (db_begin(write, NULL))
		return false;
	if (ledger_index_words(write, max, &more, NULL) == GUICHET_OK && db_commit(write, NULL) == GUICHET_OK)
		return more;
	db_rollback(write);
	return false;
}

bool http_do_aside(struct http *h)
{
	struct job *job = h->jobs;
	h->beats_done = h->beats_asked;
	if (!job && !h->flush && h->index && !h->writers) {
		/* Between two pushes of one who sends without a pause there is always a moment in which nobody waits, and it is the next push that would. */
		int64_t now = clock_monotonic_ns() / 1000000;
		bool busy = now - h->written_ms < BUSY_MS;
		pthread_mutex_unlock(&h->lock);
		bool more = index_some(h, busy ? INDEX_OPS_BUSY : INDEX_OPS);
		pthread_mutex_lock(&h->lock);
		h->index = more && !busy;
		h->next_index_ms = more ? now + INDEX_BUSY_MS : h->next_index_ms;
		return true;
	}
	bool told = job && !job->quiet, flush = h->flush || told;
	if (!job && !flush)
		return false;
	if (job)
		h->jobs = job->next;
	h->flush = false;
	pthread_mutex_unlock(&h->lock);
	/* An administrator sees where desks stand now. What can't be written now is asked for again by the desk's next call. */
	if (flush)
		api_flush_seen(h->api, h->write, NULL);
	if (job)
		job->run(job->context, h->write);
	if (told)
		http_wake_held(h, true);
	pthread_mutex_lock(&h->lock);
	if (job) {
		job->done = true;
		pthread_cond_broadcast(&h->job_done);
	}
	return true;
}

static bool run_job(struct http *h, struct job job)
{
	pthread_mutex_lock(&h->lock);
	if (h->stopping) {
		pthread_mutex_unlock(&h->lock);
		return false;
	}
	struct job **at = &h->jobs;
	while (*at)
		at = &(*at)->next;
	*at = &job;
	pthread_cond_signal(&h->something);
	while (!job.done)
		pthread_cond_wait(&h->job_done, &h->lock);
	pthread_mutex_unlock(&h->lock);
	return true;
}

bool http_run(struct http *h, void (*run)(void *context, struct db *write), void *context)
{
	return run_job(h, (struct job){ .run = run, .context = context });
}

bool http_run_quietly(struct http *h, void (*run)(void *context, struct db *write), void *context)
{
	return run_job(h, (struct job){ .run = run, .context = context, .quiet = true });
}

bool http_is_alive(struct http *h)
{
	pthread_mutex_lock(&h->lock);
	bool alive = h->beats_done == h->beats_asked;
	h->beats_asked++;
	pthread_cond_signal(&h->something);
	pthread_mutex_unlock(&h->lock);
	return alive;
}
