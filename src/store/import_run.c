// SPDX-License-Identifier: GPL-3.0-or-later
/* What imports keep in the store beside the requests: how far each came, and which of the source's numbers are here. */
#include "internal.h"

enum guichet_rc store_import_run(struct store *s, const char *key, struct import_run *out, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s,
		"SELECT byte_offset, line, rows_read, taken, known, rejected, finished FROM import_run WHERE file = ?1", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "t", key);
	enum guichet_rc rc = sql_step(s, st, err);
	if (rc)
		return rc;
	*out = (struct import_run){.offset = sqlite3_column_int64(st, 0),
		.line = sqlite3_column_int64(st, 1),
		.read = sqlite3_column_int64(st, 2),
		.taken = sqlite3_column_int64(st, 3),
		.known = sqlite3_column_int64(st, 4),
		.rejected = sqlite3_column_int64(st, 5),
		.finished = sqlite3_column_int(st, 6) != 0};
	sqlite3_reset(st);
	return GUICHET_OK;
}

enum guichet_rc store_save_import_run(
	struct store *s, const char *key, const char *map, const struct import_run *run, struct guichet_err *err)
{
	return sql_run(s, err,
		"INSERT OR REPLACE INTO import_run(file, map, byte_offset, line, rows_read, taken, known, rejected, finished, updated_ms) "
		"VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
		"ttiiiiiiii", key, map, run->offset, run->line, run->read, run->taken, run->known, run->rejected,
		(int64_t)run->finished, store_now(s));
}

int64_t store_row_of_source(struct store *s, const char *source_id)
{
	return sql_value(s, 0, "SELECT id FROM request WHERE source_id = ?1", "t", source_id);
}
