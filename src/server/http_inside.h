// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files of the HTTP side share. */
#ifndef GUICHET_SERVER_HTTP_INSIDE_H
#define GUICHET_SERVER_HTTP_INSIDE_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "guichet/server/http.h"

enum { BATCH = 64 /* calls a commit */, POOL = 64 /* idle reading connections */, PACK_FROM = 1024 /* bytes worth compressing */, SLOW_THREADS = 2 /* passwords at once */, SLOW_QUEUE = 64, HEADERS_MAX = 8 * 1024, METHOD = 16, PEER = 64 };

/* A call on a connection: read, then written, held or answered. */
struct call {
	struct call *next;
	struct MHD_Connection *connection;
	enum { READING, WRITING, HELD, ANSWERED } stage;
	struct api_call api;
	struct text body;
	bool blob, refused;
	char method[METHOD], peer[PEER], *path;
	int64_t held_until_ms;           /* monotonic */
};

/* What somebody else does with the writing connection. */
struct job { struct job *next; void (*run)(void *context, struct db *write); void *context; bool done; };

struct http {
	struct MHD_Daemon *daemon;
	struct api *api;
	struct db *write;
	struct db_options db_options;
	pthread_mutex_t pool_lock;
	struct db *pool[POOL]; size_t pool_count;
	pthread_mutex_t lock;            /* of what follows */
	pthread_cond_t something;
	struct call *writers, **writers_end, *held, *slow, *longs;
	struct job *jobs;
	pthread_cond_t job_done, slow_something, long_something;
	int64_t beats_asked, beats_done, next_flush_ms, next_index_ms, written_ms;
	bool flush, index;
	_Atomic int slow_waiting;
	_Atomic bool stopping;
	pthread_t committer, watcher, slow_threads[SLOW_THREADS], long_thread;
	bool committing, watching, reading; int slow_count;
	int stop_fd, port;
	struct text cert, key;
};

/* The committer's turn beside calls: what jobs, the watchdog and the flush want. Called with the lock held, which it gives up meanwhile; false: nothing to do. */
bool http_do_aside(struct http *h);
/* Threads that do what is slow, and one that reads what is long. */
bool http_start_slow(struct http *h);
void http_stop_slow(struct http *h);
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
