// SPDX-License-Identifier: GPL-3.0-or-later
/* What the routes of the REST interface share. */
#ifndef GUICHET_SERVER_API_INSIDE_H
#define GUICHET_SERVER_API_INSIDE_H

#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/server/api.h"

enum { TOKEN_BYTES = 32, TOKEN_HASH = 32, TOKEN_TEXT = 64, NAME_MAX_BYTES = 200, SERVICES_MAX = 64 };

#define TOKEN_ACCESS "ga1_"
#define TOKEN_REFRESH "gr1_"

/* Who calls: the desk, and the account that signed in on it. The pull scope is the device's; an account narrows it. */
struct identity {
	uint32_t device;
	char role[16];                   /* the desk's */
	char login[OP_ACTOR_MAX];        /* "" when nobody signed in */
	unsigned roles;                  /* the account's, or the desk's */
	char version[24]; bool encrypted;/* the desk's */
	bool accounts;                   /* somebody has signed in on it, ever */
	struct scope scope;
	const char *services[SERVICES_MAX];
	char *services_text;             /* what they point into */
};

enum auth { AUTH_NONE, AUTH_DEVICE /* a desk, or an account on one */, AUTH_ACCOUNT, AUTH_LOCAL /* this machine, or an account */ };

struct api_route {
	const char *method, *path;       /* {} stands for one part of the path */
	enum auth auth;
	unsigned roles;                  /* 0: any */
	enum api_next (*begin)(struct api *a, struct db *read, struct api_call *c);    /* API_DONE when answered */
	/* Inside the shared transaction; `c` is answered at the end. Returns GUICHET_OK when what it wrote may be committed; otherwise the others go on
	 * without it. */
	enum guichet_rc (*write)(struct api *a, struct db *write, struct api_call *c, struct guichet_err *err);
	enum api_next (*slow)(struct api *a, struct api_call *c);
	enum api_next (*file)(struct api *a, struct db *read, struct api_call *c);
};

struct api {
	struct api_policy policy;
	struct guichet_clock clock;
	struct guichet_random random;
	struct rates *rates;
	struct seen *seen;
	struct api_counts { _Atomic int64_t calls, pushed, pulled, refused, parked, held, statuses[6], signed_in, differing; } counts;
};

const struct api_route *api_find_route(const char *method, const char *path, bool *path_known);
const struct api_route *api_route_at(size_t i);    /* each of the table; NULL beyond its end */
/* The n-th {} of the route's path, in the call's; "" when there is none. Copied into `out`. */
void api_path_part(const struct api_call *c, int n, char *out, size_t room);
/* The body as a JSON object, or NULL with the call answered. */
json_t *api_body(struct api_call *c);
void api_failed(struct api_call *c, const struct guichet_err *err);  /* what a database's or a check's error answers */
/* A new token: `prefix` and 43 characters. */
void api_token_new(struct api *a, const char *prefix, char out[TOKEN_TEXT]);
/* Fills c->who from its bearer token. False with the call answered (401). */
bool api_authenticate(struct api *a, struct db *read, struct api_call *c);
void identity_free(struct identity *who);
/* True when what this desk is lets it pull (policy); false with the call answered. */
bool api_may_pull(struct api *a, struct api_call *c);
/* A line for those who control who looked at what (audit.c). Inside a transaction. */
enum guichet_rc api_audit(struct api *a, struct db *write, const char *who, uint32_t device, const char *what, const char *subject, struct guichet_err *err);
enum guichet_rc audit_note(struct db *db, int64_t now_ms, struct guichet_random random, const char *who, uint32_t device, const char *what, const char *subject,
	struct guichet_err *err);

/* --- rates, and where desks stand (api_rates.c) --- */
struct rates *api_rates_new(struct guichet_random random);
void api_rates_free(struct rates **r);
/* False with *retry_s when this key has used up its calls of the minute. `cost` 0 only looks. */
bool api_rates_take(struct rates *r, char kind, const char *key, int a_minute, int cost, int64_t now_ms, int *retry_s);
struct seen *seen_new(void);
void seen_free(struct seen **s);
void seen_note(struct api *a, uint32_t device, int64_t seq);
void seen_desk(struct api *a, uint32_t device, const char *version, bool encrypted);  /* what it says of itself has changed */
/* A desk says that it held something else than it should ("differs=FROM"): counted, and noted with the desk. */
void api_note_differs(struct api *a, struct api_call *c);
/* The address that rates are about: the proxy's word where the proxy is this machine. */
const char *api_address(const struct api_call *c);
bool api_is_local(const struct api_call *c);  /* asked on this machine, by no proxy */

/* --- routes --- */
/* api_devices.c */
enum api_next devices_begin_enrol(struct api *a, struct db *read, struct api_call *c);
enum guichet_rc devices_enrol(struct api *a, struct db *write, struct api_call *c, struct guichet_err *err);
enum api_next devices_me(struct api *a, struct db *read, struct api_call *c);
enum api_next devices_list(struct api *a, struct db *read, struct api_call *c);
enum api_next devices_begin_revoke(struct api *a, struct db *read, struct api_call *c);
enum guichet_rc devices_revoke(struct api *a, struct db *write, struct api_call *c, struct guichet_err *err);
int64_t devices_mailer(struct db *db);   /* the machine that carries the mail: there is one at most; 0 none */
/* GUICHET_NOT_FOUND: no such desk, or revoked already. */
enum guichet_rc device_revoke(struct db *write, int64_t id, int64_t now_ms, struct guichet_err *err);
/* api_sessions.c */
enum api_next sessions_begin(struct api *a, struct db *read, struct api_call *c);
enum api_next sessions_slow(struct api *a, struct api_call *c);
enum guichet_rc sessions_start(struct api *a, struct db *write, struct api_call *c, struct guichet_err *err);
enum api_next sessions_begin_refresh(struct api *a, struct db *read, struct api_call *c);
enum guichet_rc sessions_refresh(struct api *a, struct db *write, struct api_call *c, struct guichet_err *err);
/* api_snapshot.c */
enum api_next snapshot_begin(struct api *a, struct db *read, struct api_call *c);
enum { SCOPE_TAG = 17 };
void api_scope_tag(const struct api *a, const struct identity *who, char out[SCOPE_TAG]);   /* changes with what a desk may see */
void api_answer_epoch(struct api_call *c, const char *type, int64_t known_epoch, const struct ledger_head *head);
/* pam.c: asks the system whether this is the password of that account, in another process. May take as long as a directory takes to answer. */
bool api_pam_check(const struct api_policy *policy, const char *login, const char *password);
/* api_lookup.c */
enum api_next request_begin(struct api *a, struct db *read, struct api_call *c);
enum api_next requests_begin(struct api *a, struct db *read, struct api_call *c);
enum guichet_rc lookup_write(struct api *a, struct db *write, struct api_call *c, struct guichet_err *err);
/* api_blobs.c */
enum api_next blob_begin_put(struct api *a, struct db *read, struct api_call *c);
enum api_next blob_check(struct api *a, struct db *read, struct api_call *c);
/* All of it in one transaction, for a caller that has nobody who would wait. */
enum guichet_rc blob_put(struct api *a, struct db *write, struct api_call *c, struct guichet_err *err);
/* The next piece of it; *whole: it was the last. Inside a transaction. GUICHET_LOCKED: somebody took its pieces away meanwhile, and it is to be brought again. */
enum guichet_rc blob_piece(struct api *a, struct db *write, struct api_call *c, bool *whole, struct guichet_err *err);
enum api_next blob_begin_get(struct api *a, struct db *read, struct api_call *c);
enum api_next blob_get(struct api *a, struct db *read, struct api_call *c);
enum api_next catalogue_get(struct api *a, struct db *read, struct api_call *c);
/* api_sync.c */
void api_made(struct api_call *c, struct db *read, char out[OP_ID_TEXT]);   /* under the number that the desk says it has now */
enum api_next ops_begin(struct api *a, struct db *read, struct api_call *c);
enum guichet_rc ops_write(struct api *a, struct db *write, struct api_call **calls, size_t count, struct guichet_err *err); /* those that push, together */
enum api_next changes_begin(struct api *a, struct db *read, struct api_call *c);
/* api_health.c */
enum api_next health_begin(struct api *a, struct db *read, struct api_call *c);
enum api_next ready_begin(struct api *a, struct db *read, struct api_call *c);
enum api_next metrics_begin(struct api *a, struct db *read, struct api_call *c);

#endif
