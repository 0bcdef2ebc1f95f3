// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files of the replica share. */
#ifndef GUICHET_STORE_REPLICA_INSIDE_H
#define GUICHET_STORE_REPLICA_INSIDE_H

#include "guichet/store/replica.h"
#include "internal.h"

void replica_read_cursor(struct store *s, struct replica_cursor *out);
enum guichet_rc replica_write_cursor(struct store *s, const struct replica_cursor *c, struct guichet_err *err);
/* Gives an operation its seq, by packed id; its device is acknowledged so far. Inside a transaction, like all of these. */
enum guichet_rc replica_mark(struct store *s, int64_t id, int64_t seq, bool parked, const char *why, struct guichet_err *err);
/* The same, and what its subject shows follows. */
enum guichet_rc replica_renumber(struct store *s, int64_t id, int64_t seq, bool parked, const char *why, struct guichet_err *err);

/* Devices that an operation is of, or names, get local numbers. */
enum guichet_rc replica_know_device(struct store *s, uint32_t device, struct guichet_err *err);
enum guichet_rc replica_know_named(struct store *s, const struct op *op, struct guichet_err *err);
/* A subject that the server erased: by the erasure that is here, or by what a store that is being built was told of it while nothing of the subject was here. */
bool replica_is_erased(struct store *s, struct op_id subject);
enum guichet_rc replica_note_erased(struct store *s, struct op_id subject, struct guichet_err *err);
bool replica_sees_all(struct store *s);
bool replica_is_of_request(const char *kind);
/* Settings. */
int64_t replica_number(struct store *s, const char *key, int64_t fallback);
enum guichet_rc replica_set_number(struct store *s, const char *key, int64_t value, struct guichet_err *err);

/* A subject before its operations change, and after. */
struct reprojection { int64_t subject; struct op *ops; size_t count; struct request was; bool folded; };
enum guichet_rc reproject_begin(struct store *s, int64_t subject, struct reprojection *r, struct guichet_err *err);
bool reproject_is_request(struct store *s, const struct reprojection *r);
enum guichet_rc reproject_end(struct store *s, struct reprojection *r, struct guichet_err *err);   /* whatever came of it, frees */

/* Something about this subject was not sent to the server, or not sent again. */
bool replica_waits(struct store *s, int64_t subject);
/* A request that left the desk's scope, and its requester when nothing else here is theirs; as soon as nothing about it waits. */
enum guichet_rc replica_purge(struct store *s, struct op_id id, struct guichet_err *err);
/* It left: it goes as soon as nothing about it waits. */
enum guichet_rc replica_leaves(struct store *s, struct op_id id, struct guichet_err *err);
/* It entered after all; those that left and need not wait any more go. */
enum guichet_rc replica_entered(struct store *s, struct op_id id, struct guichet_err *err);
enum guichet_rc replica_purge_left(struct store *s, struct guichet_err *err);
/* After a rewind: as far as the server's journal goes, this desk does not see that request. */
enum guichet_rc replica_purge_unseen(struct store *s, int64_t subject, struct guichet_err *err);
/* Requests that ended before are not all here (any more). */
enum guichet_rc replica_lets_go(struct store *s, int64_t since_ms, struct guichet_err *err);
/* A backup of the server holds everything up to here: what is kept for the server alone may go. */
enum guichet_rc replica_backed_up(struct store *s, int64_t seq, struct guichet_err *err);

#endif
