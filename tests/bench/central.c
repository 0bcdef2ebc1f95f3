// SPDX-License-Identifier: GPL-3.0-or-later
/* See central.h. Must not know what is measured. */
#include "central.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "floor.h"
#include "guichet/server/ledger.h"
#include "guichet/store/store.h"

enum { BATCH = 200 };

static void die(const char *what, const struct guichet_err *err)
{
	fprintf(stderr, "bench: %s: %s\n", what, err ? err->message : "");
	exit(70);
}

static void read_op(sqlite3_stmt *st, uint32_t device, struct op *out)
{
	const int64_t mask = ((int64_t)1 << 40) - 1;
	struct guichet_err err = {0};
	op_init(out, OP_KIND_COUNT, (struct op_id){device, (uint64_t)(sqlite3_column_int64(st, 1) & mask)}, (const char *)sqlite3_column_text(st, 4),
		sqlite3_column_int64(st, 5));
	op_set_kind(out, (const char *)sqlite3_column_text(st, 2));
	out->id = (struct op_id){device, (uint64_t)(sqlite3_column_int64(st, 0) & mask)};
	out->v = sqlite3_column_int(st, 3);
	if (op_load_payload(out, (const char *)sqlite3_column_text(st, 6), (const char *)sqlite3_column_text(st, 7), (const char *)sqlite3_column_text(st, 8), &err))
		die("op", &err);
	memcpy(out->salt, sqlite3_column_blob(st, 9), OP_SALT);
	memcpy(out->hash, sqlite3_column_blob(st, 10), OP_HASH);
}

static void push(struct db *db, struct op *ops, size_t count, uint32_t device)
{
	struct push_result results[BATCH];
	struct push p = {.who = {.device = device, .roles = ~0u, .scope = {.all = true}}, .ops = ops, .count = count, .results = results}, *list = &p;
	struct ledger_head head;
	struct guichet_err err = {0};
	if (db_begin(db, &err) || ledger_lock(db, &list, 1, &head, &err) || ledger_check(db, &p, &err) ||
		ledger_write(db, &head, &list, 1, ops[0].wall_ms, &err) || db_commit(db, &err))
		die("push", &err);
	if (p.verdict != PUSH_TAKEN)
		die("push", NULL);
	for (size_t i = 0; i < count; i++)
		op_done(&ops[i]);
}

int64_t central_fill(const char *from, struct db *db)
{
	struct guichet_err err = {0};
	struct op ops[BATCH];
	struct store *s = NULL;
	size_t count = 0;
	int64_t all = 0;
	if (store_open(from, NULL, &s, &err))
		die(from, &err);
	uint32_t device = store_device(s);
	store_close(&s);
	db_script(db, "PRAGMA synchronous = OFF; PRAGMA cache_size = -200000", &err);
	sqlite3 *raw = floor_open(from, false);
	sqlite3_stmt *st = floor_prepare(raw, "SELECT id, subject, kind, v, actor, wall_ms, facts, personal, base, salt, hash FROM op ORDER BY id");
	while (sqlite3_step(st) == SQLITE_ROW) {
		read_op(st, device, &ops[count++]);
		all++;
		if (count == BATCH) {
			push(db, ops, count, device);
			count = 0;
		}
	}
	if (count > 0)
		push(db, ops, count, device);
	sqlite3_finalize(st);
	sqlite3_close(raw);
	db_script(db, "PRAGMA wal_checkpoint(TRUNCATE)", &err);
	return all;
}
