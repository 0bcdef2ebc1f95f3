// SPDX-License-Identifier: GPL-3.0-or-later
/* The audit trail's chain: checking it, and letting go what is old enough. */
#ifndef GUICHET_SERVER_AUDIT_H
#define GUICHET_SERVER_AUDIT_H

#include "guichet/base/clock.h"
#include "guichet/server/db.h"

enum { AUDIT_HASH = 32, AUDIT_CHANCE_BITS = 21 };

/* A line's number and hash, to be noted elsewhere. */
struct audit_seal { int64_t seq; uint8_t hash[AUDIT_HASH]; };
/* `broken`: the number of the first line that is not what it was, 0 none; up to there, or to its end, the chain goes from `first` to `last`. */
struct audit_report { int64_t first, broken; struct audit_seal last; enum { AUDIT_UNSEALED /* no seal was given, or its line has aged */, AUDIT_SEALED, AUDIT_OTHER } sealed; };
enum guichet_rc audit_check(struct db *db, const struct audit_seal *seal, struct audit_report *out, struct guichet_err *err);

/* A line of guichetd's own, in a transaction of its own; audit_note (api_inside.h) is inside the caller's. */
enum guichet_rc audit_note_alone(struct db *db, int64_t now_ms, struct guichet_random random, const char *what, const char *subject, struct guichet_err *err);

/* The oldest lines go, a thousand at most, in a transaction of its own, and a line says so. */
bool audit_has_aged(struct db *db, int64_t before_ms);
enum guichet_rc audit_age(struct db *db, int64_t now_ms, int64_t before_ms, struct guichet_random random, bool *more, struct guichet_err *err);

#endif
