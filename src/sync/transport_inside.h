// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files of the transport share: exchanges with the server, and what goes on aside of the two lanes. */
#ifndef GUICHET_SYNC_TRANSPORT_INSIDE_H
#define GUICHET_SYNC_TRANSPORT_INSIDE_H

#include <jansson.h>

#include "guichet/base/curl_calls.h"
#include "guichet/sync/transport.h"
#include "worker.h"

enum { ANSWER_MAX = 32 * 1024 * 1024, ETAG_MAX = 100 };

struct exchange {
	CURL *easy;
	struct curl_slist *headers;
	struct text in, packed;
	struct sync_request request;
	int64_t date_ms;
	int retry_after_s;
	bool under_way;
	char etag[ETAG_MAX], coding[16];
	int64_t part_from;               /* of a 206 */
};

/* A page of a snapshot that was torn off: its bytes as they came. */
struct torn { struct text bytes; char *path, etag[ETAG_MAX]; };

struct aside;
struct lookup;
struct transport {
	struct store *store;
	struct sync *sync;
	CURLM *multi;                    /* NULL before the first turn, and so are the handles */
	struct exchange lanes[SYNC_LANES];
	struct torn torn;
	struct aside *aside;
	struct lookup *lookup;
	struct worker *worker;           /* NULL: all is done here */
	bool loading;                    /* the library, by it */
	size_t (*after)(struct store *s); int64_t after_received;
	bool (*asked)(void *of); void *asked_of;
	char *url, *token, *ca_file, *desk;
};

/* A request to `url`, with its headers; a body, a method and more headers are the caller's to add. */
void exchange_prepare(struct exchange *x, const char *url, const char *token, const char *desk, const char *ca_file, long timeout_s);
void exchange_add_header(struct exchange *x, const char *name, const char *value);
void exchange_forget(struct exchange *x);

/* aside.c */
void policy_read(const json_t *json, struct desk_policy *out);
enum guichet_rc transport_prepare(struct transport *t, struct guichet_err *err);   /* loads libcurl, once */
struct aside *aside_new(struct transport *t);
void aside_prepare(struct aside *a);
void aside_free(struct aside **a);
/* False: the handle is none of its own. */
bool aside_finish(struct aside *a, CURL *easy, CURLcode code);
/* Starts what is due; ms until something is, -1: when somebody answers. */
int64_t aside_turn(struct aside *a);
bool aside_is_idle(const struct aside *a);
/* Whoever is signed in is renewed as soon as may be. False: that can't be. */
bool aside_renew(struct aside *a);

/* lookup.c */
struct lookup *lookup_new(struct transport *t);
void lookup_prepare(struct lookup *l);
void lookup_free(struct lookup **l);
bool lookup_finish(struct lookup *l, CURL *easy, CURLcode code);
int64_t lookup_turn(struct lookup *l);

#endif
