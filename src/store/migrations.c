// SPDX-License-Identifier: GPL-3.0-or-later
/* Numbered migrations: data/migrations/NNN.sql brings a store from schema NNN-1 to NNN. They are built in, so that a program never
 * meets another version's files. */
#include "internal.h"

#define MIGRATION(number) \
	__asm__(".section .rodata\n.global migration_" #number "\nmigration_" #number ":\n.incbin \"data/migrations/" #number ".sql\"\n" \
		".byte 0\n.previous\n"); \
	extern const char migration_##number[];

MIGRATION(001)
MIGRATION(002)
MIGRATION(003)

static const char *const migrations[] = { migration_001, migration_002, migration_003 };
_Static_assert(sizeof migrations / sizeof *migrations == STORE_SCHEMA, "one migration a schema version");

enum guichet_rc migrations_run(struct store *s, int from, struct guichet_err *err)
{
	static const char *const versions[] = { "PRAGMA user_version = 1", "PRAGMA user_version = 2", "PRAGMA user_version = 3" };
	enum guichet_rc rc = GUICHET_OK;
	for (int v = from; v < STORE_SCHEMA && rc == GUICHET_OK; v++) {
		if ((rc = sql_exec(s, "BEGIN IMMEDIATE", err)))
			break;
		/* Another guichet may have done it while this one waited. */
		if (sql_value(s, 0, "PRAGMA user_version", "") == v) {
			rc = sql_exec(s, migrations[v], err);
			if (rc == GUICHET_OK)
				rc = sql_exec(s, versions[v], err);
		}
		if (rc == GUICHET_OK)
			rc = sql_exec(s, "COMMIT", err);
		if (rc)
			sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	}
	return rc;
}
