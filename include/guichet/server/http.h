// SPDX-License-Identifier: GPL-3.0-or-later
/* The server on a socket: libmicrohttpd in front of the REST interface (server/api.h), one committer behind it, and those who wait for changes in between.
 *
 * Workers read, each with a connection of the pool; the committer alone writes, and takes all the calls that wait in one commit. A long poll holds a suspended
 * connection and no thread.
 */
#ifndef GUICHET_SERVER_HTTP_H
#define GUICHET_SERVER_HTTP_H

#include "guichet/server/api.h"

struct http;

struct http_options {
	struct db_options db;
	struct api_options api;
	const char *listen;              /* "HOST:PORT", "[::1]:8080"; port 0: any free one. Plain HTTP is for loopback only (GUICHET_CONFIG) */
	const char *tls_cert, *tls_key;  /* PEM files; both or none */
	int workers;                     /* 0: twice the processors, at least 4 */
	int connections;                 /* at most; 0: 4096 */
	int idle_s;                      /* a client that sends nothing; 0: 60 */
};

/* What can be told of the options before anything is started (GUICHET_CONFIG). */
enum guichet_rc http_check(const struct http_options *o, struct guichet_err *err);
/* Prepares the database, opens the socket, starts serving. */
enum guichet_rc http_start(const struct http_options *o, struct http **out, struct guichet_err *err);
int http_port(const struct http *h);
struct api *http_api(struct http *h);
/* Runs a job with the connection that writes, between two commits, and waits for it: there is no other on SQLite. False: it stops, and the job did not run. */
bool http_run(struct http *h, void (*job)(void *context, struct db *write), void *context);
/* Asks the committer for a sign of life; true when it gave the one that was asked for before. */
bool http_is_alive(struct http *h);
/* Takes no more calls, answers those that it has, commits what it acknowledged, ends. */
void http_stop(struct http **h);

#endif
