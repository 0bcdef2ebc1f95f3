// SPDX-License-Identifier: GPL-3.0-or-later
/* People who sign in on this desk (PROTOCOL.md "Identity"): what the server said of their accounts, a verifier of their password for when it can't be asked, and who
 * works here now. A password is never kept: its Argon2id is, and counts for seven days after the server has last taken it. Must not know HTTP.
 */
#ifndef GUICHET_STORE_AGENTS_H
#define GUICHET_STORE_AGENTS_H

#include "guichet/store/store.h"

enum { AGENT_DAYS = 7, AGENT_FREE_TRIES = 5, AGENT_WAIT_MAX_S = 300, AGENT_LOCK_MINUTES = 10, AGENT_SERVICES_MAX = 64, AGENT_PASSWORD_MAX = 1024,
	AGENT_TOKEN_MAX = 128 };

/* What the server's administrator decided for its desks; what is built in until the server has told. */
struct desk_policy { bool system_users; /* whom the system knows and the configuration maps works without a password */ int lock_minutes; /* 0: never */ };
void agents_policy(struct store *s, struct desk_policy *out);
enum guichet_rc agents_set_policy(struct store *s, const struct desk_policy *p, struct guichet_err *err);

/* An account as the server told of it. `services`: "*" or "voirie dechets". */
struct agent { char *login, *name, *roles, *services; };
void agent_done(struct agent *a);
/* As who acts; `out` borrows from `a` and from `place`, which is filled. */
struct agent_place { char *text; const char *list[AGENT_SERVICES_MAX + 1]; };
void agent_place_done(struct agent_place *p);
void agent_actor(const struct agent *a, struct agent_place *place, struct actor *out);

/* The server took this password now: kept as its Argon2id (a tenth of a second). The tokens may be NULL. */
struct agent_tokens { const char *access, *refresh; int64_t access_until_ms; };
enum guichet_rc agents_keep(struct store *s, const struct agent *a, const char *password, const struct agent_tokens *t, struct guichet_err *err);
/* A renewal: other tokens, and what the account is now. */
enum guichet_rc agents_renewed(struct store *s, const struct agent *a, const struct agent_tokens *t, struct guichet_err *err);
/* The tokens of an account, copied. False: none. */
struct agent_held { char access[AGENT_TOKEN_MAX], refresh[AGENT_TOKEN_MAX]; int64_t access_until_ms; };
bool agents_tokens(struct store *s, const char *login, struct agent_held *out);
/* The server ended it: neither tokens nor verifier stay; they have to sign in with the server. */
enum guichet_rc agents_end(struct store *s, const char *login, struct guichet_err *err);

/* Without the server. GUICHET_NO_PERM: wrong, unknown here, or more than seven days ago (the message says the last, once the password is right);
 * GUICHET_LOCKED: tried too often, the message says how long to wait. Counts what was wrong. */
enum guichet_rc agents_check(struct store *s, const char *login, const char *password, struct agent *out, struct guichet_err *err);
/* GUICHET_LOCKED while one must wait before the next try, with the server or without. */
enum guichet_rc agents_may_try(struct store *s, struct guichet_err *err);
/* The server refused a password. Where it is the one that is kept here, it has been changed since: it no longer counts here either. */
enum guichet_rc agents_refused(struct store *s, const char *login, const char *password, struct guichet_err *err);

/* --- Who works here now --- */
enum desk_session { DESK_NOBODY, DESK_LOCKED, DESK_OPEN };
/* *out, unless NULL: who signed in last, and has not left; the caller's. Locked by itself when nobody did anything for the policy's minutes, or the seven days are over. */
enum desk_session agents_session(struct store *s, struct agent *out);
enum guichet_rc agents_open(struct store *s, const char *login, struct guichet_err *err);
enum guichet_rc agents_lock(struct store *s, struct guichet_err *err);
enum guichet_rc agents_leave(struct store *s, struct guichet_err *err);  /* and their tokens go */
void agents_used(struct store *s);                                       /* somebody did something: the lock waits from now on */

#endif
