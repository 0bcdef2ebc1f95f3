// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files of the HTTP side share. */
#ifndef GUICHET_SERVER_HTTP_INSIDE_H
#define GUICHET_SERVER_HTTP_INSIDE_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "guichet/server/http.h"

enum { BATCH = 64 /* calls a commit */, POOL = 64 /* idle reading connections */, PACK_FROM = 1024 /* bytes worth compressing */, LANE_MAX = 64 /* calls that wait, a lane */,
	HEADERS_MAX = 8 * 1024, METHOD = 16, PEER = 64, BODIES_MAX = 256 * 1024 * 1024 /* bytes of files on their way in */ };

/* A call on a connection: read, then written, held or answered. */
struct call {
	struct call *next;
	struct MHD_Connection *connection;
	enum { READING, WRITING, HELD, ANSWERED } stage;
	struct api_call api;
	struct text body;
	size_t body_max, counted;        /* counted: what it has of BODIES_MAX */
	bool suspended, refused, unwanted;          /* its body is too long; it was answered before its body came */
	char method[METHOD], peer[PEER], *path;
	int64_t held_until_ms;           /* monotonic */
};

/* What somebody else does with the writing connection. */
struct job { struct job *next; void (*run)(void *context, struct db *write); void *context; bool done, quiet; };

/* What takes long has queues of its own (http_lanes.c). */
enum lane_name { LANE_PASSWORD, LANE_LONG, LANE_FILE, LANES };
enum { LANE_THREADS = 4 /* two of them verify passwords */ };
struct lane { struct call *first, **end; int waiting; pthread_cond_t something; };

struct http {
	struct MHD_Daemon *daemon;
	struct api *api;
	struct db *write;
	struct db_options db_options;
	pthread_mutex_t pool_lock;
	struct db *pool[POOL]; size_t pool_count;
	pthread_mutex_t lock;            /* of what follows */
	pthread_cond_t something;
	struct call *writers, **writers_end, *held;
	struct lane lanes[LANES];
	struct job *jobs;
	pthread_cond_t job_done, sent;
	int under_way;                   /* calls that were suspended, and whose answer is not sent yet */
	int64_t beats_asked, beats_done, next_flush_ms, next_index_ms, written_ms;
	bool flush, index;
	_Atomic size_t bodies;           /* bytes of files on their way in */
	_Atomic bool stopping;
	struct db *files;                /* PostgreSQL: what files are written by */
	pthread_t committer, watcher, threads[LANE_THREADS];
	bool committing, watching; int lane_threads;
	int stop_fd, port;
	struct text cert, key;
};

/* The committer's turn beside calls: what jobs, the watchdog and the flush want. Called with the lock held, which it gives up meanwhile; false: nothing to do. */
bool http_do_aside(struct http *h);
/* http_run for one piece of many: nobody who waits for changes is woken by it. */
bool http_run_quietly(struct http *h, void (*job)(void *context, struct db *write), void *context);

/* --- http_lanes.c --- */
void http_lanes_init(struct http *h);
void http_lanes_done(struct http *h);
bool http_start_lanes(struct http *h);
/* They end what they have. */
void http_stop_lanes(struct http *h);
/* With the lock held, its connection suspended. */
void http_lane_add(struct http *h, enum lane_name name, struct call *c);
bool http_lanes_busy(const struct http *h);   /* with the lock held */

struct db *http_borrow_db(struct http *h);
void http_give_back_db(struct http *h, struct db *db);
void http_wake_held(struct http *h, bool written);
/* With the lock held. */
void http_queue_writer(struct http *h, struct call *c);
/* What a Range header asks of a body of `length` bytes: [*from, *to). A header that is none of ours is as if it were not there. */
enum http_part { HTTP_WHOLE, HTTP_PART, HTTP_NO_SUCH_PART };
enum http_part http_range(const char *header, size_t length, size_t *from, size_t *to);
bool http_etag_in(const char *header, const char *etag);      /* `etag` with its quotes; If-None-Match's list */
enum guichet_rc http_read_pem(const char *path, struct text *out, struct guichet_err *err);

#endif
