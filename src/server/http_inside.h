// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files of the HTTP side share. */
#ifndef GUICHET_SERVER_HTTP_INSIDE_H
#define GUICHET_SERVER_HTTP_INSIDE_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "guichet/server/http.h"

enum { BATCH = 64 /* calls a commit */, POOL = 64 /* idle reading connections */, PACK_FROM = 1024 /* bytes worth compressing */, METHOD = 16, PEER = 64 };

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
	_Atomic bool stopping;
	pthread_t committer, watcher;
	bool committing, watching;
	int stop_fd, port;
	struct text cert, key;
};

enum guichet_rc http_read_pem(const char *path, struct text *out, struct guichet_err *err);

#endif
