// SPDX-License-Identifier: GPL-3.0-or-later
/* The desk's state machine (sync/sync.h) over HTTPS, with libcurl's multi handle: an event loop calls it when its descriptors are ready, and nothing ever waits; a
 * command calls transport_run. Only https, and http to the loopback; TLS 1.2 at least; certificates and host names are checked.
 */
#ifndef GUICHET_SYNC_TRANSPORT_H
#define GUICHET_SYNC_TRANSPORT_H

#include <poll.h>

#include "guichet/store/agents.h"
#include "guichet/sync/sync.h"
#include "guichet/wire/sync_json.h"

struct transport;

/* GUICHET_NOT_FOUND: the desk is not enrolled; GUICHET_CONFIG: an URL that is not allowed. `ca_file`: PEM of the authority of one's own, or NULL. */
enum guichet_rc transport_new(struct store *s, const struct sync_options *o, const char *ca_file, struct transport **out, struct guichet_err *err);
void transport_free(struct transport **t);
struct sync *transport_sync(struct transport *t);
/* For who must not wait: what takes long is done in a thread. */
void transport_work_beside(struct transport *t);

/* Starts what is wanted, moves what is under way. Returns the milliseconds after which it wants to be called at the latest (-1: when something is ready). An error is the
 * store's. */
enum guichet_rc transport_turn(struct transport *t, int64_t *wait_ms, struct guichet_err *err);
/* For who must not wait: a turn during which `asked` becomes true ends after the piece of work under way (an answer
 * taken in, a request made up), and wants another one at once. Each turn does one piece at the least. */
void transport_give_way(struct transport *t, bool (*asked)(void *of), void *of);
/* What a loop has to watch for it between two turns: how many, at most `max`. */
size_t transport_fds(struct transport *t, struct pollfd *fds, size_t max);
/* Waits for that long at most, or until a descriptor is ready. */
void transport_wait(struct transport *t, int64_t wait_ms);
/* Until everything is pushed and pulled, or the server can't be reached (GUICHET_UNAVAILABLE); `each` is called at every turn, false stops. */
enum guichet_rc transport_run(struct transport *t, bool (*each)(void *context, const struct sync_status *now), void *context, struct guichet_err *err);
/* Called each time that something came and nothing more waits there; returns how many operations it recorded. */
void transport_after(struct transport *t, size_t (*after)(struct store *s));
/* True when somebody answers there. */
bool transport_probe(const char *url, const char *ca_file);

/* --- Aside of the lanes: policy, renewals, the catalogue and attachments go by themselves with the turns --- */
/* Signing in, with the server or, where nobody answers, with what is known here (store/agents.h). Both texts are copied, and wiped when it is over. It opens the desk's
 * session. */
enum sign_in { SIGN_IN_NONE, SIGN_IN_BUSY, SIGN_IN_DONE, SIGN_IN_FAILED };
void transport_sign_in(struct transport *t, const char *login, const char *password);
/* DONE (with who it is, the caller's) and FAILED (with why) are told once. */
enum sign_in transport_signed_in(struct transport *t, struct agent *out, struct guichet_err *err);
/* A turn for that alone. */
void transport_turn_aside(struct transport *t);
/* An attachment that somebody wants to see and that is not here: it comes with the next turns. */
struct fetched { enum { FETCHED_NOT_YET, FETCHED_HERE, FETCHED_FAILED } state; char sha256[65], why[GUICHET_ERR_MAX]; };
void transport_fetch(struct transport *t, const char *sha256);
void transport_fetched(struct transport *t, struct fetched *out);  /* told once */
/* Nothing of all this is due or under way. */
bool transport_is_idle(struct transport *t);

/* --- Requests that this desk does not hold (any more): noted on the server, under who asks --- */
/* One question at a time: a new one is asked in the place of the one before, whose ticket is then good for nothing. `actor`: who works here, where nobody signed in;
 * NULL: nobody. */
uint32_t transport_look(struct transport *t, int64_t reference, const char *actor);       /* HERE: it is in the store, for a while */
uint32_t transport_find(struct transport *t, const char *typed, int64_t before, const char *actor);   /* HERE: transport_rows; `before`: the `next` of a page, or 0 */
enum look_state { LOOK_NONE /* no such ticket (any more) */, LOOK_BUSY, LOOK_HERE, LOOK_FAILED };
/* GUICHET_NOT_FOUND: nor does the server, or it is not for who asks; GUICHET_UNAVAILABLE; GUICHET_NO_PERM: to sign in; GUICHET_DATA: nothing to look for. */
enum look_state transport_looked(struct transport *t, uint32_t ticket, struct guichet_err *err);
bool transport_rows(struct transport *t, uint32_t ticket, bool (*visit)(void *context, const struct request_row *row), void *context, struct rows_told *told);

/* Enrols this store: POST /v1/devices. GUICHET_REFUSED with the server's words; GUICHET_UNAVAILABLE. */
enum guichet_rc transport_enrol(struct store *s, const char *url, const char *code, const char *version, bool encrypted, const char *ca_file,
	struct guichet_err *err);

#endif
