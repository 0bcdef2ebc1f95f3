// SPDX-License-Identifier: GPL-3.0-or-later
/* The desk's state machine (sync/sync.h) over HTTPS, with libcurl's multi handle: an event loop calls it when its descriptors are ready, and nothing ever waits; a
 * command calls transport_run. Only https, and http to the loopback; TLS 1.2 at least; certificates and host names are checked.
 */
#ifndef GUICHET_SYNC_TRANSPORT_H
#define GUICHET_SYNC_TRANSPORT_H

#include <poll.h>

#include "guichet/sync/sync.h"

struct transport;

/* GUICHET_NOT_FOUND: the desk is not enrolled; GUICHET_CONFIG: an URL that is not allowed. `ca_file`: PEM of the authority of one's own, or NULL. */
enum guichet_rc transport_new(struct store *s, const struct sync_options *o, const char *ca_file, struct transport **out, struct guichet_err *err);
void transport_free(struct transport **t);
struct sync *transport_sync(struct transport *t);

/* Starts what is wanted, moves what is under way. Returns the milliseconds after which it wants to be called at the latest (-1: when something is ready). An error is the
 * store's. */
enum guichet_rc transport_turn(struct transport *t, int64_t *wait_ms, struct guichet_err *err);
/* What a loop has to watch for it between two turns: how many, at most `max`. */
size_t transport_fds(struct transport *t, struct pollfd *fds, size_t max);
/* Waits for that long at most, or until a descriptor is ready. */
void transport_wait(struct transport *t, int64_t wait_ms);
/* Until everything is pushed and pulled, or the server can't be reached (GUICHET_UNAVAILABLE); `each` is called at every turn, false stops. */
enum guichet_rc transport_run(struct transport *t, bool (*each)(void *context, const struct sync_status *now), void *context, struct guichet_err *err);
/* True when somebody answers there. */
bool transport_probe(const char *url, const char *ca_file);

/* Enrols this store: POST /v1/devices. GUICHET_REFUSED with the server's words; GUICHET_UNAVAILABLE. */
enum guichet_rc transport_enrol(struct store *s, const char *url, const char *code, const char *version, bool encrypted, const char *ca_file,
	struct guichet_err *err);

#endif
