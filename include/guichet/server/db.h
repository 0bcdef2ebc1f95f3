// SPDX-License-Identifier: GPL-3.0-or-later
/* A database under the server: SQLite or PostgreSQL, behind the few calls that both can do alike. SQL is written once, with numbered parameters (?1) and
 * what the two dialects share (ON CONFLICT, RETURNING); columns are BIGINT, TEXT or BLOB. Must not know what the tables mean.
 *
 * A connection is used by one thread at a time. `sql` must be a literal: statements are prepared once, by its address.
 */
#ifndef GUICHET_SERVER_DB_H
#define GUICHET_SERVER_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guichet/base/err.h"

struct db;
struct db_rows;

struct db_options {
	const char *sqlite;      /* path of a file; or */
	const char *postgres;    /* libpq connection string; several hosts are tried, the one that can be written is taken */
	bool read_only;
	int busy_ms;             /* SQLite: how long to wait for another process; 0: 5000 */
};

/* Once, before the first thread and the first connection of a program that has many: SQLite does not count its memory under a lock that all of them share. */
void db_start(void);
/* What can be told of the options without a database (GUICHET_CONFIG). */
enum guichet_rc db_check(const struct db_options *o, struct guichet_err *err);
/* GUICHET_DATA: not a database; GUICHET_UNAVAILABLE (retryable): nobody answers; GUICHET_IO. Creates a SQLite file that does not exist, for its owner alone. */
enum guichet_rc db_open(const struct db_options *o, struct db **out, struct guichet_err *err);
void db_close(struct db **db);
bool db_is_postgres(const struct db *db);

/* A writing transaction; SQLite's is IMMEDIATE. */
enum guichet_rc db_begin(struct db *db, struct guichet_err *err);
/* GUICHET_UNAVAILABLE: the connection was lost, so that nobody knows whether it was committed; ask again by operation id (libpq). */
enum guichet_rc db_commit(struct db *db, struct guichet_err *err);
void db_rollback(struct db *db);
/* One part of a transaction that may be taken back alone. They do not nest. */
enum guichet_rc db_savepoint(struct db *db, struct guichet_err *err);
enum guichet_rc db_release(struct db *db, struct guichet_err *err);
void db_rollback_to_savepoint(struct db *db);

/* Parameters by `types`: i int64_t; z int64_t, 0 is NULL; t const char *, NULL is NULL; b const void * and size_t, a NULL pointer is NULL.
 * Errors: GUICHET_LOCKED, GUICHET_UNAVAILABLE, GUICHET_IO (full disk too), GUICHET_REFUSED for a unique constraint. */
enum guichet_rc db_run(struct db *db, struct guichet_err *err, const char *sql, const char *types, ...);
/* The same, in a transaction, for what nobody asks of how many rows it changed: it may travel with what follows, and its error is then met there, at the latest at the
 * commit. */
enum guichet_rc db_run_later(struct db *db, struct guichet_err *err, const char *sql, const char *types, ...);
/* Several statements at once, without parameters: migrations. BLOB is written BYTEA for PostgreSQL. */
enum guichet_rc db_script(struct db *db, const char *sql, struct guichet_err *err);
/* Rows; NULL with `err` filled when it fails. Each is read with db_next until it returns false; then db_rows_done, which tells an error met on the way. */
struct db_rows *db_query(struct db *db, struct guichet_err *err, const char *sql, const char *types, ...);
/* The same, in a transaction: it may travel with what follows, and an error of it, or of what travels beside it, may first be told by db_rows_done. */
struct db_rows *db_query_later(struct db *db, struct guichet_err *err, const char *sql, const char *types, ...);
bool db_next(struct db_rows *rows);
enum guichet_rc db_rows_done(struct db_rows **rows, struct guichet_err *err);
int64_t db_int(struct db_rows *rows, int column);                    /* 0 for NULL */
const char *db_str(struct db_rows *rows, int column);                /* NULL for NULL; until the next db_next */
const void *db_bytes(struct db_rows *rows, int column, size_t *bytes);
bool db_is_null(struct db_rows *rows, int column);
/* The first column of the first row; `fallback` when there is none, or it failed. */
int64_t db_value(struct db *db, int64_t fallback, const char *sql, const char *types, ...);
/* How many rows the last db_run changed. */
int64_t db_changed(const struct db *db);
/* How often another process was waited for: what a transaction costs beside the disk. SQLite: never. */
int64_t db_trips(const struct db *db);

/* Waking those who wait for changes, also in other processes on the same PostgreSQL (NOTIFY, inside the transaction; SQLite: nothing). */
enum guichet_rc db_notify(struct db *db, struct guichet_err *err);
enum guichet_rc db_listen(struct db *db, struct guichet_err *err);
/* A descriptor to poll for notices, -1 for SQLite; db_notices takes them in and says whether there were any. False with *lost when the connection is gone. */
int db_notice_fd(const struct db *db);
bool db_notices(struct db *db, bool *lost);

/* SQLite: a copy while others write. GUICHET_REFUSED on PostgreSQL (pg_basebackup does that). */
enum guichet_rc db_backup(struct db *db, const char *path, struct guichet_err *err);

#endif
