// SPDX-License-Identifier: GPL-3.0-or-later
/* What is the same for both databases: parameters, transactions, small questions. */
#include "db_inside.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum guichet_rc db_open(const struct db_options *o, struct db **out, struct guichet_err *err)
{
	*out = NULL;
	return o->postgres ? db_postgres_open(o, out, err) : db_sqlite_open(o, out, err);
}

enum guichet_rc db_check(const struct db_options *o, struct guichet_err *err)
{
	return o->postgres ? db_postgres_check(o, err) : GUICHET_OK;
}

void db_close(struct db **db)
{
	if (*db)
		(*db)->ops->close(*db);
	*db = NULL;
}

bool db_is_postgres(const struct db *db)
{
	return db->ops->is_postgres;
}

enum guichet_rc db_begin(struct db *db, struct guichet_err *err)
{
	return db->ops->begin(db, err);
}

enum guichet_rc db_commit(struct db *db, struct guichet_err *err)
{
	return db->ops->commit(db, err);
}

void db_rollback(struct db *db)
{
	struct guichet_err ignored;
	db->ops->run(db, "ROLLBACK", NULL, 0, &ignored);
}

enum guichet_rc db_savepoint(struct db *db, struct guichet_err *err)
{
	return db->ops->run(db, "SAVEPOINT part", NULL, 0, err);
}

enum guichet_rc db_release(struct db *db, struct guichet_err *err)
{
	return db->ops->run(db, "RELEASE SAVEPOINT part", NULL, 0, err);
}

void db_rollback_to_savepoint(struct db *db)
{
	struct guichet_err ignored;
	db->ops->run(db, "ROLLBACK TO SAVEPOINT part", NULL, 0, &ignored);
	db->ops->run(db, "RELEASE SAVEPOINT part", NULL, 0, &ignored);
}

static int gather(struct db_param *params, const char *types, va_list args)
{
	int n = 0;
	for (; *types && n < DB_PARAMS_MAX; types++, n++) {
		struct db_param *p = &params[n];
		*p = (struct db_param){ .type = DB_NULL };
		switch (*types) {
		case 'i':
		case 'z':
			p->number = va_arg(args, int64_t);
			p->type = *types == 'z' && p->number == 0 ? DB_NULL : DB_INT;
			break;
		case 't':
			p->data = va_arg(args, const char *);
			p->bytes = p->data ? strlen(p->data) : 0;
			p->type = p->data ? DB_TEXT : DB_NULL;
			break;
		case 'b':
			p->data = va_arg(args, const void *);
			p->bytes = va_arg(args, size_t);
			p->type = p->data ? DB_BLOB : DB_NULL;
			break;
		default:
			abort();
		}
	}
	if (*types)
		abort();
	return n;
}

enum guichet_rc db_run(struct db *db, struct guichet_err *err, const char *sql, const char *types, ...)
{
	struct db_param params[DB_PARAMS_MAX];
	va_list args;
	va_start(args, types);
	int n = gather(params, types, args);
	va_end(args);
	return db->ops->run(db, sql, params, n, err);
}

enum guichet_rc db_run_later(struct db *db, struct guichet_err *err, const char *sql, const char *types, ...)
{
	struct db_param params[DB_PARAMS_MAX];
	va_list args;
	va_start(args, types);
	int n = gather(params, types, args);
	va_end(args);
	return db->ops->run_later(db, sql, params, n, err);
}

enum guichet_rc db_script(struct db *db, const char *sql, struct guichet_err *err)
{
	return db->ops->script(db, sql, err);
}

struct db_rows *db_query(struct db *db, struct guichet_err *err, const char *sql, const char *types, ...)
{
	struct db_param params[DB_PARAMS_MAX];
	va_list args;
	va_start(args, types);
	int n = gather(params, types, args);
	va_end(args);
	return db->ops->query(db, sql, params, n, err);
}

struct db_rows *db_query_later(struct db *db, struct guichet_err *err, const char *sql, const char *types, ...)
{
	struct db_param params[DB_PARAMS_MAX];
	va_list args;
	va_start(args, types);
	int n = gather(params, types, args);
	va_end(args);
	return db->ops->query_later(db, sql, params, n, err);
}

bool db_next(struct db_rows *rows)
{
	return rows && rows->db->ops->next(rows);
}

enum guichet_rc db_rows_done(struct db_rows **rows, struct guichet_err *err)
{
	enum guichet_rc rc = *rows ? (*rows)->db->ops->rows_done(*rows, err) : GUICHET_OK;
	*rows = NULL;
	return rc;
}

int64_t db_int(struct db_rows *rows, int column)
{
	return rows->db->ops->number(rows, column);
}

const char *db_str(struct db_rows *rows, int column)
{
	size_t bytes = 0;
	// cppcheck-suppress returnDanglingLifetime // the row's own bytes: `bytes` only takes their count
	return rows->db->ops->bytes(rows, column, &bytes);
}

const void *db_bytes(struct db_rows *rows, int column, size_t *bytes)
{
	return rows->db->ops->bytes(rows, column, bytes);
}

bool db_is_null(struct db_rows *rows, int column)
{
	return rows->db->ops->is_null(rows, column);
}

int64_t db_value(struct db *db, int64_t fallback, const char *sql, const char *types, ...)
{
	struct db_param params[DB_PARAMS_MAX];
	struct guichet_err ignored;
	va_list args;
	va_start(args, types);
	int n = gather(params, types, args);
	va_end(args);
	struct db_rows *rows = db->ops->query(db, sql, params, n, &ignored);
	int64_t value = db_next(rows) && !db_is_null(rows, 0) ? db_int(rows, 0) : fallback;
	db_rows_done(&rows, &ignored);
	return value;
}

int64_t db_changed(const struct db *db)
{
	return db->changed;
}

int64_t db_trips(const struct db *db)
{
	return db->trips;
}

enum guichet_rc db_notify(struct db *db, struct guichet_err *err)
{
	return db->ops->notify(db, err);
}

enum guichet_rc db_listen(struct db *db, struct guichet_err *err)
{
	return db->ops->listen(db, err);
}

int db_notice_fd(const struct db *db)
{
	return db->ops->notice_fd(db);
}

bool db_notices(struct db *db, bool *lost)
{
	return db->ops->notices(db, lost);
}

enum guichet_rc db_backup(struct db *db, const char *path, struct guichet_err *err)
{
	return db->ops->backup(db, path, err);
}
