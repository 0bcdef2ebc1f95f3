// SPDX-License-Identifier: GPL-3.0-or-later
/* Threads for what takes long, each kind with a queue and a limit of its own, so that none of them keeps another from its work, nor the readers, nor the committer:
 * passwords; what new desks read; files that are brought or fetched. Must not know what a call is about. */
#include <stdlib.h>

#include "guichet/base/i18n.h"

#include "http_inside.h"

/* --- queues --- */

void http_lanes_init(struct http *h)
{
	for (int i = 0; i < LANES; i++) {
		h->lanes[i].end = &h->lanes[i].first;
		pthread_cond_init(&h->lanes[i].something, NULL);
	}
}

void http_lanes_done(struct http *h)
{
	for (int i = 0; i < LANES; i++)
		pthread_cond_destroy(&h->lanes[i].something);
}

void http_lane_add(struct http *h, enum lane_name name, struct call *c)
{
	struct lane *lane = &h->lanes[name];
	c->stage = WRITING;
	c->next = NULL;
	*lane->end = c;
	lane->end = &c->next;
	lane->waiting++;
	pthread_cond_signal(&lane->something);
}

bool http_lanes_busy(const struct http *h)
{
	int waiting = 0;
	for (int i = 0; i < LANES; i++)
		waiting += h->lanes[i].waiting;
	return waiting > 0;
}

/* With the lock held. */
static void hand_back(struct http *h, struct lane *lane, struct call *c, enum api_next next)
{
	lane->waiting--;
	if (next == API_WRITE) {
		http_queue_writer(h, c);
	} else {
		c->stage = ANSWERED;
		MHD_resume_connection(c->connection);
		pthread_cond_signal(&h->something);
	}
}

/* Whoever waits longest is next. */
static void work(struct http *h, enum lane_name name, enum api_next (*run)(struct http *h, struct call *c))
{
	struct lane *lane = &h->lanes[name];
	pthread_mutex_lock(&h->lock);
	while (!h->stopping || lane->first) {
		struct call *c = lane->first;
		if (!c) {
			pthread_cond_wait(&lane->something, &h->lock);
			continue;
		}
		lane->first = c->next;
		if (!lane->first)
			lane->end = &lane->first;
		pthread_mutex_unlock(&h->lock);
		enum api_next next = run(h, c);
		pthread_mutex_lock(&h->lock);
		hand_back(h, lane, c, next);
	}
	pthread_mutex_unlock(&h->lock);
}

/* --- passwords --- */

static enum api_next check_password(struct http *h, struct call *c)
{
	return api_slow(h->api, &c->api);
}

static void *do_passwords(void *context)
{
	work(context, LANE_PASSWORD, check_password);
	return NULL;
}

/* --- what new desks read: one at a time --- */

static enum api_next no_database(struct http *h, struct call *c)
{
	api_give_up(h->api, &c->api, "unavailable", _("la base de données ne répond pas"));
	return API_DONE;
}

static enum api_next read_long(struct http *h, struct call *c)
{
	struct db *db = http_borrow_db(h);
	if (!db)
		return no_database(h, c);
	enum api_next next = api_resume(h->api, db, &c->api);
	http_give_back_db(h, db);
	return next;
}

static void *do_long(void *context)
{
	work(context, LANE_LONG, read_long);
	return NULL;
}

/* --- files --- */

struct storing { struct http *h; struct call *c; enum api_next next; };

static void store_piece(void *context, struct db *write)
{
	struct storing *s = context;
	s->next = api_store(s->h->api, write, &s->c->api);
}

/* SQLite has one connection that writes, and it is the committer's: a piece between two commits. PostgreSQL has others. */
static bool next_piece(struct storing *s)
{
	if (s->h->stopping)
		return false;
	if (!s->h->db_options.postgres)
		return http_run_quietly(s->h, store_piece, s);
	if (!s->h->files && db_open(&s->h->db_options, &s->h->files, NULL))
		return false;
	store_piece(s, s->h->files);
	return true;
}

static enum api_next carry_file(struct http *h, struct call *c)
{
	struct storing s = { .h = h, .c = c };
	struct db *db = http_borrow_db(h);
	if (!db)
		return no_database(h, c);
	s.next = api_file(h->api, db, &c->api);
	http_give_back_db(h, db);
	while (s.next == API_STORE)
		if (!next_piece(&s)) {
			if (!h->stopping)
				return no_database(h, c);
			api_give_up(h->api, &c->api, "stopping", _("le serveur s'arrête"));
			return API_DONE;
		}
	return s.next;
}

static void *do_files(void *context)
{
	struct http *h = context;
	work(h, LANE_FILE, carry_file);
	db_close(&h->files);
	return NULL;
}

/* --- starting and stopping --- */

static void *(*const threads[LANE_THREADS])(void *) = { do_passwords, do_passwords, do_long, do_files };

bool http_start_lanes(struct http *h)
{
	while (h->lane_threads < LANE_THREADS && pthread_create(&h->threads[h->lane_threads], NULL, threads[h->lane_threads], h) == 0)
		h->lane_threads++;
	return h->lane_threads == LANE_THREADS;
}

void http_stop_lanes(struct http *h)
{
	pthread_mutex_lock(&h->lock);
	for (int i = 0; i < LANES; i++)
		pthread_cond_broadcast(&h->lanes[i].something);
	pthread_mutex_unlock(&h->lock);
	while (h->lane_threads > 0)
		pthread_join(h->threads[--h->lane_threads], NULL);
}
