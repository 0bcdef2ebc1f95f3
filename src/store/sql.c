// SPDX-License-Identifier: GPL-3.0-or-later
/* Statements over SQLite: prepared once, bound by a format, stepped with our error codes. Knows no table. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

enum { SLOTS_MIN = 256 };

/* A disk that the system set to read-only (as it does when it begins to fail) is an error of any kind to SQLite. */
static bool is_read_only_disk(const char *path)
{
	struct statvfs disk;
	return statvfs(path, &disk) == 0 && (disk.f_flag & ST_RDONLY);
}

enum guichet_rc sql_error(sqlite3 *db, const char *path, struct guichet_err *err)
{
	int code = db ? sqlite3_errcode(db) : SQLITE_NOMEM;
	if (((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN) && is_read_only_disk(path))
		code = SQLITE_READONLY;
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return guichet_err_set(err, GUICHET_LOCKED,
			_("le dépôt %s est occupé par un autre guichet : réessayez dans un instant"), path);
	case SQLITE_FULL:
		return guichet_err_set(err, GUICHET_IO,
			_("le disque de %s est plein : libérez de la place, rien n'a été enregistré"), path);
	case SQLITE_READONLY:
		if (code == SQLITE_READONLY_DBMOVED)
			return guichet_err_set(err, GUICHET_LOCKED, _("le dépôt %s vient d'être remplacé (restauration) : rouvrez-le"), path);
		return guichet_err_set(err, GUICHET_NO_PERM,
			_("le dépôt %s est en lecture seule : vérifiez les droits du fichier et de son dossier"), path);
	case SQLITE_NOTADB:
		return guichet_err_set(err, GUICHET_DATA, _("%s n'est pas un dépôt guichet"), path);
	case SQLITE_CORRUPT:
		return guichet_err_set(err, GUICHET_DATA,
			_("le dépôt %s est abîmé (%s) : restaurez une sauvegarde (guichet restore)"), path, sqlite3_errmsg(db));
	case SQLITE_CANTOPEN:
		return guichet_err_set(err, GUICHET_IO, _("impossible d'ouvrir %s : vérifiez le chemin et les droits"), path);
	case SQLITE_CONSTRAINT:
	case SQLITE_ERROR:
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
		return guichet_err_set(err, GUICHET_INTERNAL, _("erreur interne du dépôt %s : %s"), path, sqlite3_errmsg(db));
	default:
		return guichet_err_set(err, GUICHET_IO, _("erreur d'entrée-sortie sur %s : %s"), path, sqlite3_errmsg(db));
	}
}

static size_t slot_of(const struct store *s, const char *sql)
{
	size_t at = ((uintptr_t)sql >> 3) * 0x9E3779B97F4A7C15u >> 20;
	size_t mask = s->statement_slots - 1;
	for (at &= mask; s->statements[at].sql && s->statements[at].sql != sql; at = (at + 1) & mask)
		;
	return at;
}

static void grow_slots(struct store *s)
{
	struct statement *old = s->statements;
	size_t slots = s->statement_slots;
	s->statement_slots = slots ? slots * 2 : SLOTS_MIN;
	s->statements = guichet_alloc(s->statement_slots * sizeof *s->statements);
	for (size_t i = 0; i < slots; i++)
		if (old[i].sql)
			s->statements[slot_of(s, old[i].sql)] = old[i];
	free(old);
}

sqlite3_stmt *sql_prepare(struct store *s, const char *sql, struct guichet_err *err)
{
	if (s->statement_count * 2 >= s->statement_slots)
		grow_slots(s);
	struct statement *slot = &s->statements[slot_of(s, sql)];
	if (!slot->sql) {
		sqlite3_stmt *st = NULL;
		if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) != SQLITE_OK) {
			sql_error(s->db, s->path, err);
			return NULL;
		}
		slot->sql = sql;
		slot->st = st;
		s->statement_count++;
	}
	/* A look-up inside the visitor of the same look-up gets a fresh start: callers never nest the same statement. */
	sqlite3_reset(slot->st);
	return slot->st;
}

static void bind_list(sqlite3_stmt *st, const char *format, va_list args)
{
	for (int i = 1; *format; format++, i++) {
		switch (*format) {
		case 'i':
			sqlite3_bind_int64(st, i, va_arg(args, int64_t));
			break;
		case 'I': {
			int64_t v = va_arg(args, int64_t);
			v == NO_INSTANT ? sqlite3_bind_null(st, i) : sqlite3_bind_int64(st, i, v);
			break;
		}
		case 'z': {
			int64_t v = va_arg(args, int64_t);
			v == 0 ? sqlite3_bind_null(st, i) : sqlite3_bind_int64(st, i, v);
			break;
		}
		case 't':
		case 'e': {
			const char *v = va_arg(args, const char *);
			if (!v || (*format == 'e' && !*v))
				sqlite3_bind_null(st, i);
			else
				sqlite3_bind_text(st, i, v, -1, SQLITE_STATIC);
			break;
		}
		case 'd': {
			double v = va_arg(args, double);
			isnan(v) ? sqlite3_bind_null(st, i) : sqlite3_bind_double(st, i, v);
			break;
		}
		case 'b': {
			const void *v = va_arg(args, const void *);
			size_t n = va_arg(args, size_t);
			v ? sqlite3_bind_blob64(st, i, v, n, SQLITE_STATIC) : sqlite3_bind_null(st, i);
			break;
		}
		default:
			abort();
		}
	}
}

void sql_bind(sqlite3_stmt *st, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	bind_list(st, format, args);
	va_end(args);
}

bool sql_begin_reading(struct store *s)
{
	return sqlite3_get_autocommit(s->db) && sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK;
}

void sql_end_reading(struct store *s, bool reading)
{
	if (reading)
		sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
}

enum guichet_rc sql_step(struct store *s, sqlite3_stmt *st, struct guichet_err *err)
{
	int code = sqlite3_step(st);
	if (code == SQLITE_ROW)
		return GUICHET_OK;
	if (code == SQLITE_DONE) {
		sqlite3_reset(st);
		return GUICHET_NOT_FOUND;
	}
	enum guichet_rc rc = sql_error(s->db, s->path, err);
	sqlite3_reset(st);
	return rc;
}

enum guichet_rc sql_run(struct store *s, struct guichet_err *err, const char *sql, const char *format, ...)
{
	sqlite3_stmt *st = sql_prepare(s, sql, err);
	if (!st)
		return err ? err->code : GUICHET_INTERNAL;
	va_list args;
	va_start(args, format);
	bind_list(st, format, args);
	va_end(args);
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK)
		;
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

int64_t sql_value(struct store *s, int64_t fallback, const char *sql, const char *format, ...)
{
	sqlite3_stmt *st = sql_prepare(s, sql, &s->why);
	if (!st) {
		s->doomed = true;
		return fallback;
	}
	va_list args;
	va_start(args, format);
	bind_list(st, format, args);
	va_end(args);
	int64_t value = fallback;
	int code = sqlite3_step(st);
	if (code == SQLITE_ROW && sqlite3_column_type(st, 0) != SQLITE_NULL)
		value = sqlite3_column_int64(st, 0);
	/* What was not read must not be written upon. */
	if (code != SQLITE_ROW && code != SQLITE_DONE) {
		s->doomed = true;
		sql_error(s->db, s->path, &s->why);
	}
	sqlite3_reset(st);
	return value;
}

enum guichet_rc sql_exec(struct store *s, const char *script, struct guichet_err *err)
{
	if (sqlite3_exec(s->db, script, NULL, NULL, NULL) == SQLITE_OK)
		return GUICHET_OK;
	return sql_error(s->db, s->path, err);
}

const char *column_str(sqlite3_stmt *st, int i)
{
	const unsigned char *v = sqlite3_column_text(st, i);
	return v ? (const char *)v : "";
}

int64_t column_instant(sqlite3_stmt *st, int i)
{
	return sqlite3_column_type(st, i) == SQLITE_NULL ? NO_INSTANT : sqlite3_column_int64(st, i);
}

double column_real(sqlite3_stmt *st, int i)
{
	return sqlite3_column_type(st, i) == SQLITE_NULL ? (double)NAN : sqlite3_column_double(st, i);
}
