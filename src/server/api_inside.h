// SPDX-License-Identifier: GPL-3.0-or-later
/* What the routes of the REST interface share. */
#ifndef GUICHET_SERVER_API_INSIDE_H
#define GUICHET_SERVER_API_INSIDE_H

#include "guichet/base/i18n.h"
#include "guichet/server/api.h"

enum { TOKEN_BYTES = 32, TOKEN_HASH = 32, TOKEN_TEXT = 64, NAME_MAX_BYTES = 200, SERVICES_MAX = 64 };

/* Who calls: the desk, and the account that signed in on it. The pull scope is the device's; an account narrows it. */
struct identity {
	uint32_t device;
	char role[16];                   /* the desk's */
	char login[OP_ACTOR_MAX];        /* "" when nobody signed in */
	unsigned roles;                  /* the account's, or the desk's */
	struct scope scope;
	const char *services[SERVICES_MAX];
	char *services_text;             /* what they point into */
};

enum auth { AUTH_NONE, AUTH_DEVICE /* a desk, or an account on one */, AUTH_ACCOUNT };

struct api_route {
	const char *method, *path;       /* {} stands for one part of the path */
	enum auth auth;
	unsigned roles;                  /* 0: any */
	enum api_next (*begin)(struct api *a, struct db *read, struct api_call *c);    /* API_DONE when answered */
	/* Inside the shared transaction; `c` is answered at the end. Returns GUICHET_OK when what it wrote may be committed; otherwise the others go on
	 * without it. */
	enum guichet_rc (*write)(struct api *a, struct db *write, struct api_call *c, struct guichet_err *err);
};

struct api {
	struct api_policy policy;
	struct guichet_clock clock;
	struct guichet_random random;
	struct rates *rates;
	struct api_counts { _Atomic int64_t calls, pushed, pulled, refused, parked, held; } counts;
};

const struct api_route *api_find_route(const char *method, const char *path, bool *path_known);
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
bool api_roles_parse(const char *list, unsigned *roles);

/* --- routes --- */
/* api_devices.c */
enum api_next devices_begin_enrol(struct api *a, struct db *read, struct api_call *c);
enum guichet_rc devices_enrol(struct api *a, struct db *write, struct api_call *c, struct guichet_err *err);
enum api_next devices_me(struct api *a, struct db *read, struct api_call *c);
/* api_sync.c */
enum api_next ops_begin(struct api *a, struct db *read, struct api_call *c);
enum guichet_rc ops_write(struct api *a, struct db *write, struct api_call **calls, size_t count, struct guichet_err *err); /* those that push, together */
enum api_next changes_begin(struct api *a, struct db *read, struct api_call *c);
/* api_health.c */
enum api_next health_begin(struct api *a, struct db *read, struct api_call *c);
enum api_next ready_begin(struct api *a, struct db *read, struct api_call *c);

#endif
