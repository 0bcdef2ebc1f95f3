// SPDX-License-Identifier: GPL-3.0-or-later
/* SQLite under the server: WAL, since readers must not wait for the one connection that writes and checkpoints; FULL, since what was acknowledged is on disk. */
#include "db_inside.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SLOTS = 256, BUSY_MS = 5000, BACKUP_PAGES = 256 };

struct sqlite_rows { struct db_rows rows; sqlite3_stmt *st; int rc; };
struct db_sqlite {
	struct db db;
	sqlite3 *handle;
	struct { const char *sql; sqlite3_stmt *st; } slots[SLOTS];
};

static struct db_sqlite *of(struct db *db)
{
	return (struct db_sqlite *)db;
}

static enum guichet_rc failed(struct db_sqlite *d, struct guichet_err *err)
{
	int code = sqlite3_errcode(d->handle) & 0xff, extended = sqlite3_extended_errcode(d->handle);
	switch (code) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return guichet_err_set(err, GUICHET_LOCKED, _("un autre programme tient la base : réessayez"));
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return guichet_err_set(err, GUICHET_DATA, _("la base n'est pas lisible : %s"), sqlite3_errmsg(d->handle));
	case SQLITE_CONSTRAINT:
		if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY)
			return guichet_err_set(err, GUICHET_REFUSED, _("déjà enregistré"));
		break;
	case SQLITE_FULL:
		return guichet_err_set(err, GUICHET_IO, _("le disque est plein : rien n'a été enregistré"));
	default:
		break;
	}
	return guichet_err_set(err, code == SQLITE_ERROR ? GUICHET_INTERNAL : GUICHET_IO, _("base de données : %s"), sqlite3_errmsg(d->handle));
}

static sqlite3_stmt *prepared(struct db_sqlite *d, const char *sql)
{
	size_t at = ((uintptr_t)sql >> 3) % SLOTS;
	for (size_t i = 0; i < SLOTS; i++, at = (at + 1) % SLOTS) {
		if (d->slots[at].sql == sql)
			return d->slots[at].st;
		if (d->slots[at].sql)
			continue;
		if (sqlite3_prepare_v3(d->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &d->slots[at].st, NULL) != SQLITE_OK)
			return NULL;
		d->slots[at].sql = sql;
		return d->slots[at].st;
	}
	abort();
}

/* `keep`: SQLITE_STATIC where the caller's texts outlive the statement's use, else SQLITE_TRANSIENT. */
static sqlite3_stmt *bound(struct db_sqlite *d, const char *sql, const struct db_param *params, int count, sqlite3_destructor_type keep)
{
	sqlite3_stmt *st = prepared(d, sql);
	for (int i = 0; st && i < count; i++) {
		const struct db_param *p = &params[i];
		if (p->type == DB_INT)
			sqlite3_bind_int64(st, i + 1, p->number);
		else if (p->type == DB_TEXT)
			sqlite3_bind_text64(st, i + 1, p->data, p->bytes, keep, SQLITE_UTF8);
		else if (p->type == DB_BLOB)
			sqlite3_bind_blob64(st, i + 1, p->bytes ? p->data : "", p->bytes, keep);
		else
			sqlite3_bind_null(st, i + 1);
	}
	return st;
}

static enum guichet_rc run(struct db *db, const char *sql, const struct db_param *params, int count, struct guichet_err *err)
{
	struct db_sqlite *d = of(db);
	sqlite3_stmt *st = bound(d, sql, params, count, SQLITE_STATIC);
	if (!st)
		return failed(d, err);
	int rc = sqlite3_step(st);
	enum guichet_rc result = rc == SQLITE_DONE || rc == SQLITE_ROW ? GUICHET_OK : failed(d, err);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	db->changed = sqlite3_changes64(d->handle);
	return result;
}

static struct db_rows *query(struct db *db, const char *sql, const struct db_param *params, int count, struct guichet_err *err)
{
	struct db_sqlite *d = of(db);
	sqlite3_stmt *st = bound(d, sql, params, count, SQLITE_TRANSIENT);
	if (!st) {
		failed(d, err);
		return NULL;
	}
	struct sqlite_rows *rows = guichet_alloc(sizeof *rows);
	rows->rows.db = db;
	rows->st = st;
	rows->rc = SQLITE_OK;
	return &rows->rows;
}

static bool next(struct db_rows *r)
{
	struct sqlite_rows *rows = (struct sqlite_rows *)r;
	rows->rc = sqlite3_step(rows->st);
	return rows->rc == SQLITE_ROW;
}

static enum guichet_rc rows_done(struct db_rows *r, struct guichet_err *err)
{
	struct sqlite_rows *rows = (struct sqlite_rows *)r;
	bool fine = rows->rc == SQLITE_OK || rows->rc == SQLITE_ROW || rows->rc == SQLITE_DONE;
	enum guichet_rc rc = fine ? GUICHET_OK : failed(of(r->db), err);
	sqlite3_reset(rows->st);
	sqlite3_clear_bindings(rows->st);
	free(rows);
	return rc;
}

static bool is_null(struct db_rows *r, int column)
{
	return sqlite3_column_type(((struct sqlite_rows *)r)->st, column) == SQLITE_NULL;
}

static int64_t number(struct db_rows *r, int column)
{
	return sqlite3_column_int64(((struct sqlite_rows *)r)->st, column);
}

static const void *bytes_of(struct db_rows *r, int column, size_t *bytes)
{
	sqlite3_stmt *st = ((struct sqlite_rows *)r)->st;
	int type = sqlite3_column_type(st, column);
	*bytes = 0;
	if (type == SQLITE_NULL)
		return NULL;
	const void *data = type == SQLITE_BLOB ? sqlite3_column_blob(st, column) : (const void *)sqlite3_column_text(st, column);
	*bytes = (size_t)sqlite3_column_bytes(st, column);
	return data ? data : "";
}

/* A key that is an INTEGER is the row's place itself: no second tree beside the table. */
static char *translated(const char *sql)
{
	static const char key[] = "BIGINT PRIMARY KEY", own[] = "INTEGER PRIMARY KEY";
	struct text t = TEXT_INIT;
	for (const char *next; (next = strstr(sql, key)) != NULL; sql = next + sizeof key - 1) {
		text_addn(&t, sql, (size_t)(next - sql));
		text_add(&t, own);
	}
	text_add(&t, sql);
	return text_take(&t);
}

static enum guichet_rc script(struct db *db, const char *sql, struct guichet_err *err)
{
	struct db_sqlite *d = of(db);
	char *text = translated(sql);
	enum guichet_rc rc = sqlite3_exec(d->handle, text, NULL, NULL, NULL) == SQLITE_OK ? GUICHET_OK : failed(d, err);
	free(text);
	return rc;
}

static enum guichet_rc begin(struct db *db, struct guichet_err *err)
{
	return run(db, "BEGIN IMMEDIATE", NULL, 0, err);
}

static enum guichet_rc commit(struct db *db, struct guichet_err *err)
{
	return run(db, "COMMIT", NULL, 0, err);
}

static enum guichet_rc nothing(struct db *db, struct guichet_err *err)
{
	(void)db;
	(void)err;
	return GUICHET_OK;
}

static int no_fd(const struct db *db)
{
	(void)db;
	return -1;
}

static bool no_notices(struct db *db, bool *lost)
{
	(void)db;
	*lost = false;
	return false;
}

static enum guichet_rc backup(struct db *db, const char *path, struct guichet_err *err)
{
	struct db_sqlite *d = of(db);
	sqlite3 *to = NULL;
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return guichet_err_set(err, GUICHET_CANT_CREATE, _("%s existe déjà, ou ne peut être créé"), path);
	close(fd);
	enum guichet_rc rc = GUICHET_OK;
	if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		rc = guichet_err_set(err, GUICHET_CANT_CREATE, "%s : %s", path, sqlite3_errmsg(to));
	sqlite3_backup *b = rc ? NULL : sqlite3_backup_init(to, "main", d->handle, "main");
	int step = b ? SQLITE_OK : SQLITE_ERROR;
	while (b && (step == SQLITE_OK || step == SQLITE_BUSY || step == SQLITE_LOCKED)) {
		step = sqlite3_backup_step(b, BACKUP_PAGES);
		if (step == SQLITE_BUSY || step == SQLITE_LOCKED)
			sqlite3_sleep(20);
	}
	if (b)
		sqlite3_backup_finish(b);
	if (!rc && step != SQLITE_DONE)
		rc = guichet_err_set(err, GUICHET_IO, _("la copie n'a pas abouti : %s"), sqlite3_errmsg(to));
	sqlite3_close(to);
	if (rc)
		unlink(path);
	return rc;
}

static void close_sqlite(struct db *db)
{
	struct db_sqlite *d = of(db);
	for (size_t i = 0; i < SLOTS; i++)
		sqlite3_finalize(d->slots[i].st);
	sqlite3_close(d->handle);
	free(d);
}

static const struct db_ops ops = { false, close_sqlite, begin, commit, script, run, run, query, query, next, rows_done, is_null, number, bytes_of, nothing, nothing,
	no_fd, no_notices, backup };

void db_start(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

enum guichet_rc db_sqlite_open(const struct db_options *o, struct db **out, struct guichet_err *err)
{
	struct db_sqlite *d = guichet_alloc(sizeof *d);
	enum guichet_rc rc = GUICHET_OK;
	d->db.ops = &ops;
	/* SQLite would make it readable by the group. */
	int fd = o->read_only ? -1 : open(o->sqlite, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	if (sqlite3_open_v2(o->sqlite, &d->handle, o->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		rc = guichet_err_set(err, GUICHET_CANT_CREATE, "%s : %s", o->sqlite, sqlite3_errmsg(d->handle));
	if (!rc) {
		sqlite3_extended_result_codes(d->handle, 1);
		sqlite3_busy_timeout(d->handle, o->busy_ms ? o->busy_ms : BUSY_MS);
		rc = script(&d->db, o->read_only ? "PRAGMA query_only = 1" : "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
			" PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF", err);
	}
	if (rc)
		close_sqlite(&d->db);
	else
		*out = &d->db;
	return rc;
}
