// SPDX-License-Identifier: GPL-3.0-or-later
/* Bare SQLite: one prepared statement, no journal of operations, no folding, no checks. */
#include "floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guichet/base/clock.h"
#include "guichet/base/text.h"

enum { BATCH = 200, TABLES_MAX = 40 };

static void must(sqlite3 *db, bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, db ? sqlite3_errmsg(db) : "");
	exit(70);
}

void floor_run(sqlite3 *db, const char *sql)
{
	must(db, sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, sql);
}

sqlite3 *floor_open(const char *path, bool fresh)
{
	sqlite3 *db = NULL;
	if (fresh)
		unlink(path);
	must(db, sqlite3_open(path, &db) == SQLITE_OK, path);
	floor_run(db,
		"PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = EXTRA; PRAGMA secure_delete = ON; PRAGMA cache_spill = OFF;"
		"PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;");
	return db;
}

sqlite3_stmt *floor_prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st = NULL;
	must(db, sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) == SQLITE_OK, sql);
	return st;
}

size_t floor_read(sqlite3_stmt *st)
{
	size_t rows = 0;
	volatile size_t bytes = 0;
	while (sqlite3_step(st) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(st); i++)
			bytes += sqlite3_column_text(st, i) ? (size_t)sqlite3_column_bytes(st, i) : 0;
		rows++;
	}
	sqlite3_reset(st);
	(void)bytes;
	return rows;
}

void floor_insert_one(sqlite3 *db, size_t bytes, struct samples *out)
{
	static sqlite3_stmt *st;
	static sqlite3 *of;
	char *payload = guichet_alloc(bytes + 1);
	if (of != db) {
		sqlite3_finalize(st);
		floor_run(db, "CREATE TABLE IF NOT EXISTS row(id INTEGER PRIMARY KEY, payload TEXT NOT NULL)");
		st = floor_prepare(db, "INSERT INTO row(payload) VALUES(?1)");
		of = db;
	}
	memset(payload, 'x', bytes);
	sqlite3_bind_text(st, 1, payload, (int)bytes, SQLITE_STATIC);
	int64_t from = measure_start();
	must(db, sqlite3_step(st) == SQLITE_DONE, "insert");
	samples_add(out, from);
	sqlite3_reset(st);
	free(payload);
}

/* --- bulk --- */

struct copy {
	sqlite3_stmt *read, *write;
	int64_t left, share;
};

/* A table's name can't be bound. */
static sqlite3_stmt *prepare_of(sqlite3 *db, const char *before, const char *table, const char *after, int marks)
{
	sqlite3_str *sql = sqlite3_str_new(db);
	sqlite3_str_appendf(sql, "%s \"%w\"%s", before, table, after);
	for (int i = 0; i < marks; i++)
		sqlite3_str_appendall(sql, i + 1 < marks ? "?," : "?)");
	char *text = sqlite3_str_finish(sql);
	sqlite3_stmt *st = floor_prepare(db, text);
	sqlite3_free(text);
	return st;
}

static int64_t count_rows(sqlite3 *db, const char *table)
{
	sqlite3_stmt *st = prepare_of(db, "SELECT count(*) FROM", table, "", 0);
	sqlite3_step(st);
	int64_t n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return n;
}

/* The index of words is fed as the store feeds it; a table of ordinary rows is read in the order of its key. */
static void copy_start(struct copy *c, sqlite3 *from, sqlite3 *to, const char *table, int64_t transactions)
{
	bool words = !strcmp(table, "request_fts");
	c->read = words ? floor_prepare(from, "SELECT id, words FROM request_text ORDER BY id")
					: prepare_of(from, "SELECT * FROM", table, "", 0);
	c->write = prepare_of(
		to, "INSERT INTO", table, words ? "(rowid, words) VALUES(" : " VALUES(", sqlite3_column_count(c->read));
	c->left = count_rows(from, words ? "request_text" : table);
	c->share = (c->left + transactions - 1) / transactions;
}

/* Returns the time that reading took, which is none of the floor's. */
static int64_t copy_some(struct copy *c, sqlite3 *to)
{
	int64_t reading = 0;
	for (int64_t n = 0; n < c->share && c->left > 0; n++, c->left--) {
		int64_t from = clock_monotonic_ns();
		must(to, sqlite3_step(c->read) == SQLITE_ROW, "read");
		reading += clock_monotonic_ns() - from;
		for (int i = 0; i < sqlite3_column_count(c->read); i++)
			sqlite3_bind_value(c->write, i + 1, sqlite3_column_value(c->read, i));
		must(to, sqlite3_step(c->write) == SQLITE_DONE, "bulk insert");
		sqlite3_reset(c->write);
	}
	return reading;
}

static void copy_schema(sqlite3 *from, sqlite3 *to)
{
	sqlite3_stmt *st = floor_prepare(from,
		"SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' "
		"AND name NOT LIKE 'request_fts_%' ORDER BY type DESC");
	while (sqlite3_step(st) == SQLITE_ROW)
		floor_run(to, (const char *)sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
}

void floor_bulk(const char *from_path, const char *to_path, struct samples *out)
{
	sqlite3 *from = floor_open(from_path, false), *to = floor_open(to_path, true);
	struct copy copies[TABLES_MAX];
	size_t count = 0;
	int64_t transactions = (count_rows(from, "request") + BATCH - 1) / BATCH;
	copy_schema(from, to);
	sqlite3_stmt *st = floor_prepare(from,
		"SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
		"AND name NOT LIKE 'request_fts_%' AND (sql NOT LIKE 'CREATE VIRTUAL%' OR name = 'request_fts')");
	while (sqlite3_step(st) == SQLITE_ROW && count < TABLES_MAX)
		copy_start(&copies[count++], from, to, (const char *)sqlite3_column_text(st, 0), transactions);
	sqlite3_finalize(st);
	int64_t start = measure_start();
	for (int64_t t = 0; t < transactions; t++) {
		floor_run(to, "BEGIN IMMEDIATE");
		for (size_t i = 0; i < count; i++)
			start += copy_some(&copies[i], to);
		floor_run(to, "COMMIT");
	}
	samples_add(out, start);
	for (size_t i = 0; i < count; i++) {
		sqlite3_finalize(copies[i].read);
		sqlite3_finalize(copies[i].write);
	}
	sqlite3_close(from);
	sqlite3_close(to);
}
