// SPDX-License-Identifier: GPL-3.0-or-later
/* Bare SQLite, as a store sets it up: what the store's own figures are compared with. */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <sqlite3.h>

#include "measure.h"

sqlite3 *floor_open(const char *path, bool fresh);        /* the store's pragmas; ends the program when it can't */
void floor_run(sqlite3 *db, const char *sql);
sqlite3_stmt *floor_prepare(sqlite3 *db, const char *sql);
/* Steps to the end and reads every column. Returns the rows. */
size_t floor_read(sqlite3_stmt *st);
/* One row of `bytes` bytes and its durable commit. */
void floor_insert_one(sqlite3 *db, size_t bytes, struct samples *out);
/* All the rows of the store `from` into a fresh file with the same tables and indexes, 200 requests a transaction. */
void floor_bulk(const char *from, const char *to, struct samples *out);

#endif
