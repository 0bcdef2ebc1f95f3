// SPDX-License-Identifier: GPL-3.0-or-later
/* What must outlive a restore: who was erased, which epochs there were and which serials they began with. A file beside the database, outside of its backups; a line each, written and synced
 * before the database commits. Holds numbers of operations and no personal data.
 */
#ifndef GUICHET_SERVER_ERASED_H
#define GUICHET_SERVER_ERASED_H

#include "guichet/server/ledger.h"

struct erased_entry { struct op_id id; int64_t at_ms; };
struct erased_file { struct erased_entry *entries; size_t count; int64_t epoch, serial; size_t unreadable; };

/* GUICHET_OK with nothing in it when there is no such file. */
enum guichet_rc erased_read(const char *path, struct erased_file *out, struct guichet_err *err);
void erased_done(struct erased_file *f);
enum guichet_rc erased_add(const char *path, const struct op_id *ids, size_t count, int64_t at_ms, struct guichet_err *err);
/* An epoch begins, and lends serials from this one on: the next restore, of a copy however old, begins beyond. */
enum guichet_rc erased_add_epoch(const char *path, int64_t epoch, int64_t serial, struct guichet_err *err);

/* After a restore, on its database: epoch beyond every one there was, and everybody erased is erased again, also those whom the backup does not hold and a desk will
 * bring back. */
enum guichet_rc erased_replay(const char *path, struct db *db, int64_t now_ms, struct guichet_random random, size_t *replayed, struct guichet_err *err);

#endif
