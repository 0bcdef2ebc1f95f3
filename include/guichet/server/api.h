// SPDX-License-Identifier: GPL-3.0-or-later
/* The REST interface without its transport: a call in, an answer out. PROTOCOL.md "Endpoints". HTTP (server/http.h), the simulator and the fuzzers hand calls
 * to the same code. Must not know sockets, threads nor TLS.
 *
 * Reading is done by whoever has a reading connection, many at a time; writing by one committer, which takes all the calls that wait in one transaction (group
 * commit): nothing is answered before it is on disk. So a call goes api_begin -> (API_SLOW -> api_slow)? -> (API_WRITE -> api_write) or (API_HOLD -> api_resume)*
 * -> answered. What is slow (passwords) keeps neither readers nor the committer from their work: few threads do it, one call each. A file goes API_FILE -> api_file
 * -> (API_STORE -> api_store)*: who writes beside it waits for one piece of it at most.
 */
#ifndef GUICHET_SERVER_API_H
#define GUICHET_SERVER_API_H

#include "guichet/base/text.h"
#include "guichet/server/ledger.h"

enum { API_BODY_MAX = WIRE_PUSH_BYTES, API_BLOB_MAX = 20 * 1024 * 1024, API_WAIT_MAX_S = 55, API_HEADERS = 8 };

struct api;

/* The media type of files: photos and papers, which no coding makes smaller. */
#define API_BYTES "application/octet-stream"

/* What the administrator decides (guichetd.ini). */
struct api_policy {
	bool require_encryption;         /* a desk whose disk is not encrypted may not pull */
	const char *oldest_version;      /* of a desk that may pull (426); NULL: any */
	int access_s, refresh_grace_s;   /* 900, 60 */
	int snapshot_days;               /* closed requests on a desk: 90 */
	int desk_rate, address_rate;     /* calls a minute, 0: unlimited */
	int failure_rate;                /* refused tokens, codes and passwords a minute and address, 0: unlimited */
	int lookup_rate;                 /* look-ups of ended requests a minute, of one desk's one account; 0: unlimited */
	bool log_all;                    /* a line for every call, not for refused ones alone */
	const char *pam_service;         /* NULL: accounts of its own only */
	const char *pam_folder;          /* of its configuration; NULL: the system's */
	bool system_users;               /* a desk lets in whom its system knows and its configuration maps; else everybody signs in */
	int audit_months;                /* that a line of the audit trail is kept: 12 */
	int lock_minutes;                /* a desk that nobody uses asks for the password again; 0: never */
};
#define API_POLICY_INIT { .access_s = 900, .refresh_grace_s = 60, .snapshot_days = 90, .system_users = true, .lock_minutes = 10, .lookup_rate = 30, .audit_months = 12 }

struct api_options { struct api_policy policy; struct guichet_clock clock; struct guichet_random random; };
struct api *api_new(const struct api_options *o);
void api_free(struct api **a);

/* One call. The caller sets the first part (borrowed until the call is answered), zeroes the rest, and frees with api_call_done. */
struct api_call {
	const char *method, *path;       /* "GET", "/v1/changes": decoded, without the query */
	const char *(*query)(void *context, const char *key);      /* a parameter of the query, or NULL */
	const char *(*header)(void *context, const char *name);    /* a header's value, or NULL */
	void *context;
	const char *body; size_t body_bytes;                       /* decompressed */
	const char *peer;                /* address, for rates */

	int status;
	struct text out;                 /* the body */
	const char *type;                /* its media type */
	struct { const char *name; char value[160]; } headers[API_HEADERS]; size_t header_count;

	bool can_wait;                   /* set by a caller that has threads for what takes long: API_LONG and API_FILE may be returned */
	char etag[48];                   /* of a body of which parts may be asked for: whoever sends it adds the coding's name; "" none */

	const struct api_route *route;   /* from here on: private */
	struct identity *who;
	void *state; void (*state_free)(void *state);
	int64_t hold_until_ms;           /* when an API_HOLD is to be resumed at the latest */
	int64_t hold_seq;                /* or as soon as the head is beyond */
	bool waited;                     /* after API_LONG */
	bool admitted;                   /* after api_admit */
	size_t stored;                   /* bytes of the body, after API_STORE */
};
void api_call_done(struct api_call *c);

enum api_next { API_DONE, API_WRITE, API_HOLD, API_SLOW, API_LONG /* api_resume on a thread that may take its time */, API_FILE, API_STORE };
/* Before the body is read, by a caller who has the headers already: false when it is answered, and the body is of no use. */
bool api_admit(struct api *a, struct db *read, struct api_call *c);
/* How long a body it may have. */
size_t api_body_max(const struct api_call *c);
enum api_next api_begin(struct api *a, struct db *read, struct api_call *c);
/* After API_HOLD: something was written, or its time is over. */
enum api_next api_resume(struct api *a, struct db *read, struct api_call *c);
/* After API_SLOW, without a database. Returns API_WRITE, or API_DONE. */
enum api_next api_slow(struct api *a, struct api_call *c);
/* After API_FILE, on a thread that may take its time. Returns API_STORE, or API_DONE. */
enum api_next api_file(struct api *a, struct db *read, struct api_call *c);
/* After API_STORE: writes a piece, in a transaction of its own. Returns API_STORE until the last one. */
enum api_next api_store(struct api *a, struct db *write, struct api_call *c);
/* Somebody who can go no further (no database, the server stops): answered and counted. */
void api_give_up(struct api *a, struct api_call *c, const char *type, const char *detail);
/* Where desks stand and when they were seen is kept in memory, and written now and then; by whoever writes, outside of a transaction. */
bool api_has_seen(struct api *a);
enum guichet_rc api_flush_seen(struct api *a, struct db *write, struct guichet_err *err);
/* Both are of one desk: the committer takes one at a time. */
bool api_same_device(const struct api_call *a, const struct api_call *b);
int64_t api_clock(const struct api *a);
/* Lets go what is old enough, while nobody waits: some of it, in transactions of its own. True: there is more. */
bool api_tidy(struct api *a, struct db *write);
/* Answers all of them, after one commit. A call that cannot be written does not keep the others from it. */
void api_write(struct api *a, struct db *write, struct api_call **calls, size_t count);

/* SHA-256 of a token or an enrolment code, as it is kept. */
void api_token_hash(const char *token, uint8_t out[32]);
/* A password as it is kept (Argon2id, libsodium's form); takes a tenth of a second. */
enum { API_PASSWORD_MIN = 10, API_PASSWORD_MAX = 1024, API_PASSWORD_KEPT = 128 };
enum guichet_rc api_password_keep(const char *password, char out[API_PASSWORD_KEPT], struct guichet_err *err);
/* What routes use: answers. Errors are RFC 9457 problems: `type` is stable ("urn:guichet:gap"), `detail` is for people. */
void api_json(struct api_call *c, int status, json_t *json);       /* takes json over */
void api_problem(struct api_call *c, int status, const char *type, bool retryable, const char *detail);
void api_header(struct api_call *c, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
