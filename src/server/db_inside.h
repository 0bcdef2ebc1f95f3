// SPDX-License-Identifier: GPL-3.0-or-later
/* What the two databases give to db.c. */
#ifndef GUICHET_SERVER_DB_INSIDE_H
#define GUICHET_SERVER_DB_INSIDE_H

#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/server/db.h"

enum { DB_PARAMS_MAX = 32 };

struct db_param {
	enum { DB_NULL, DB_INT, DB_TEXT, DB_BLOB } type;
	int64_t number;
	const void *data;
	size_t bytes;
};

struct db_ops {
	bool is_postgres;
	void (*close)(struct db *db);
	enum guichet_rc (*begin)(struct db *db, struct guichet_err *err);
	enum guichet_rc (*commit)(struct db *db, struct guichet_err *err);
	enum guichet_rc (*script)(struct db *db, const char *sql, struct guichet_err *err);
	enum guichet_rc (*run)(struct db *db, const char *sql, const struct db_param *params, int count, struct guichet_err *err);
	enum guichet_rc (*run_later)(struct db *db, const char *sql, const struct db_param *params, int count, struct guichet_err *err);
	struct db_rows *(*query)(struct db *db, const char *sql, const struct db_param *params, int count, struct guichet_err *err);
	struct db_rows *(*query_later)(struct db *db, const char *sql, const struct db_param *params, int count, struct guichet_err *err);
	bool (*next)(struct db_rows *rows);
	enum guichet_rc (*rows_done)(struct db_rows *rows, struct guichet_err *err);
	bool (*is_null)(struct db_rows *rows, int column);
	int64_t (*number)(struct db_rows *rows, int column);
	const void *(*bytes)(struct db_rows *rows, int column, size_t *bytes);   /* NUL-terminated one byte beyond */
	enum guichet_rc (*notify)(struct db *db, struct guichet_err *err);
	enum guichet_rc (*listen)(struct db *db, struct guichet_err *err);
	int (*notice_fd)(const struct db *db);
	bool (*notices)(struct db *db, bool *lost);
	enum guichet_rc (*backup)(struct db *db, const char *path, struct guichet_err *err);
};

/* First member of each kind. */
struct db { const struct db_ops *ops; int64_t changed, trips; };
struct db_rows { struct db *db; };

enum guichet_rc db_sqlite_open(const struct db_options *o, struct db **out, struct guichet_err *err);
enum guichet_rc db_postgres_check(const struct db_options *o, struct guichet_err *err);
enum guichet_rc db_postgres_open(const struct db_options *o, struct db **out, struct guichet_err *err);

#endif
