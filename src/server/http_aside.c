// SPDX-License-Identifier: GPL-3.0-or-later
/* What the server does beside calls: jobs on the writing connection (an administrator's), signs of life, words behind the journal, and the threads that verify passwords, so that neither
 * readers nor the committer wait for one. */
#include <stdlib.h>

#include "guichet/base/clock.h"
#include "guichet/base/i18n.h"

#include "http_inside.h"

enum { INDEX_OPS = 100 /* at a time: a few milliseconds in which nobody's push is written */, INDEX_OPS_BUSY = 10, BUSY_MS = 100, INDEX_BUSY_MS = 250 };

/* What ended requests are found by follows the journal while nobody waits. Without the lock. */
static bool index_some(struct db *write, int max)
{
	bool more = false;
	if (!ledger_words_behind(write) || db_begin(write, NULL))
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
		bool more = index_some(h->write, busy ? INDEX_OPS_BUSY : INDEX_OPS);
		pthread_mutex_lock(&h->lock);
		h->index = more && !busy;
		h->next_index_ms = more ? now + INDEX_BUSY_MS : h->next_index_ms;
		return true;
	}
	bool flush = h->flush || job;
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
	if (job)
		http_wake_held(h, true);
	pthread_mutex_lock(&h->lock);
	if (job) {
		job->done = true;
		pthread_cond_broadcast(&h->job_done);
	}
	return true;
}

bool http_run(struct http *h, void (*run)(void *context, struct db *write), void *context)
{
	struct job job = { .run = run, .context = context };
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

bool http_is_alive(struct http *h)
{
	pthread_mutex_lock(&h->lock);
	bool alive = h->beats_done == h->beats_asked;
	h->beats_asked++;
	pthread_cond_signal(&h->something);
	pthread_mutex_unlock(&h->lock);
	return alive;
}

/* --- what is slow --- */

/* The one that waits longest is at the end. */
static struct call *take_oldest(struct call **list)
{
	while (*list && (*list)->next)
		list = &(*list)->next;
	struct call *c = *list;
	*list = NULL;
	return c;
}

/* With the lock held. */
static void hand_back(struct http *h, struct call *c, enum api_next next)
{
	h->slow_waiting--;
	if (next == API_WRITE) {
		http_queue_writer(h, c);
	} else {
		c->stage = ANSWERED;
		MHD_resume_connection(c->connection);
		pthread_cond_signal(&h->something);
	}
}

static void *do_slow(void *context)
{
	struct http *h = context;
	pthread_mutex_lock(&h->lock);
	while (!h->stopping || h->slow) {
		struct call *c = take_oldest(&h->slow);
		if (!c) {
			pthread_cond_wait(&h->slow_something, &h->lock);
			continue;
		}
		pthread_mutex_unlock(&h->lock);
		enum api_next next = api_slow(h->api, &c->api);
		pthread_mutex_lock(&h->lock);
		hand_back(h, c, next);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

/* One at a time: those who read much wait for each other, and nobody for them. */
static void *do_long(void *context)
{
	struct http *h = context;
	pthread_mutex_lock(&h->lock);
	while (!h->stopping || h->longs) {
		struct call *c = take_oldest(&h->longs);
		if (!c) {
			pthread_cond_wait(&h->long_something, &h->lock);
			continue;
		}
		pthread_mutex_unlock(&h->lock);
		struct db *db = http_borrow_db(h);
		enum api_next next = API_DONE;
		if (db)
			next = api_resume(h->api, db, &c->api);
		else
			api_problem(&c->api, 503, "unavailable", true, _("la base de données ne répond pas"));
		if (db)
			http_give_back_db(h, db);
		pthread_mutex_lock(&h->lock);
		hand_back(h, c, next);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

bool http_start_slow(struct http *h)
{
	h->reading = pthread_create(&h->long_thread, NULL, do_long, h) == 0;
	while (h->slow_count < SLOW_THREADS && pthread_create(&h->slow_threads[h->slow_count], NULL, do_slow, h) == 0)
		h->slow_count++;
	return h->slow_count > 0 && h->reading;
}

void http_stop_slow(struct http *h)
{
	pthread_mutex_lock(&h->lock);
	pthread_cond_broadcast(&h->slow_something);
	pthread_cond_broadcast(&h->long_something);
	pthread_mutex_unlock(&h->lock);
	if (h->reading)
		pthread_join(h->long_thread, NULL);
	h->reading = false;
	while (h->slow_count > 0)
		pthread_join(h->slow_threads[--h->slow_count], NULL);
}
