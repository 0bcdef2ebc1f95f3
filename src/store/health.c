// SPDX-License-Identifier: GPL-3.0-or-later
/* A quick look at a store: its schema, its size, its pages. Reads no personal data; the journal is compared with the tables in verify.c. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

#include "guichet/store/health.h"

const char *store_engine_version(void)
{
	return sqlite3_libversion();
}

static enum guichet_rc look_through(struct store *s, struct store_health *out, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s, "PRAGMA quick_check(1)", err);
	if (!st)
		return GUICHET_INTERNAL;
	enum guichet_rc rc = sql_step(s, st, err);
	if (rc == GUICHET_OK && strcmp(column_str(st, 0), "ok"))
		snprintf(out->problem, sizeof out->problem, "%.*s", (int)strcspn(column_str(st, 0), "\n"), column_str(st, 0));
	out->looked = rc == GUICHET_OK;
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

enum guichet_rc store_look(struct store *s, int64_t max_bytes, struct store_health *out, struct guichet_err *err)
{
	memset(out, 0, sizeof *out);
	int64_t page = sql_value(s, -1, "PRAGMA page_size", "");
	out->schema = (int)sql_value(s, 0, "PRAGMA user_version", "");
	out->bytes = page * sql_value(s, 0, "PRAGMA page_count", "");
	out->free_bytes = page * sql_value(s, 0, "PRAGMA freelist_count", "");
	out->newest_ms = sql_value(s, NO_INSTANT, "SELECT wall_ms FROM op ORDER BY id DESC LIMIT 1", "");
	return out->bytes <= max_bytes ? look_through(s, out, err) : GUICHET_OK;
}
