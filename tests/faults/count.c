// SPDX-License-Identifier: GPL-3.0-or-later
/* Counting after the faults (count.h). */
#include "count.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HASH = 32 };

struct row { int64_t device, dseq, seq; uint8_t hash[HASH]; };
struct rows { struct row *items; size_t count, capacity; };

bool count_lost(struct db *db, struct desk *desks, int count)
{
	for (int i = 0; i < count; i++) {
		int64_t device = 0, acked = desk_acked(&desks[i], &device);
		int64_t held = db_value(db, -1, "SELECT coalesce(max(dseq), 0) FROM op WHERE device = ?1 AND settles IS NULL", "i", device);
		if (acked < 0 || held < 0)
			return false;
		if (acked > held)
			desks[i].lost += acked - held;
		desks[i].acked_seen = acked;
	}
	return true;
}

/* --- marks --- */

static bool find_mark(const char *personal, const char *before, struct desk *desks, int count)
{
	const char *at = personal ? strstr(personal, before) : NULL;
	if (!at)
		return false;
	char *end;
	long desk = strtol(at + strlen(before), &end, 10);
	long n = *end == '-' ? strtol(end + 1, NULL, 10) : -1;
	if (desk < 0 || desk >= count || n < 0 || (size_t)n >= desks[desk].count)
		return false;
	desks[desk].commands[n].found++;
	return true;
}

static void count_marks(struct desk *desks, int count, struct counted *out)
{
	for (int i = 0; i < count; i++)
		for (size_t n = 0; n < desks[i].count; n++) {
			const struct command *c = &desks[i].commands[n];
			out->acknowledged += c->acknowledged ? c->operations : 0;
			out->missing += c->acknowledged && c->found == 0 ? c->operations : 0;
			out->doubled += c->found > 1 ? c->operations : 0;
		}
}

/* --- references --- */

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

/* One reference for two requests counts as doubled; one that was said and is not there as missing. */
static void count_references(int64_t *held, size_t count, const struct desk *desks, int desk_count, struct counted *out)
{
	qsort(held, count, sizeof *held, by_number);
	for (size_t i = 1; i < count; i++)
		out->doubled += held[i] == held[i - 1];
	for (int i = 0; i < desk_count; i++)
		for (size_t n = 0; n < desks[i].reference_count; n++)
			if (!count || !bsearch(&desks[i].references[n], held, count, sizeof *held, by_number))
				out->missing++;
}

static int64_t reference_in(const char *facts)
{
	const char *at = facts ? strstr(facts, "\"reference\":") : NULL;
	return at ? strtoll(at + strlen("\"reference\":"), NULL, 10) : 0;
}

/* --- rows --- */

static int by_id(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	return x->device != y->device ? (x->device < y->device ? -1 : 1) : x->dseq < y->dseq ? -1 : x->dseq > y->dseq;
}

static bool read_server(struct db *db, struct desk *desks, int count, struct rows *rows, struct counted *out)
{
	struct guichet_err err = { 0 };
	int64_t *references = NULL;
	size_t reference_count = 0, capacity = 0;
	struct db_rows *r = db_query(db, &err, "SELECT device, dseq, seq, hash, kind, facts, personal, parked FROM op ORDER BY seq", "");
	while (r && db_next(r)) {
		size_t bytes;
		GUICHET_GROW(rows->items, rows->count, rows->capacity);
		struct row *row = &rows->items[rows->count++];
		*row = (struct row){ .device = db_int(r, 0), .dseq = db_int(r, 1), .seq = db_int(r, 2) };
		const void *hash = db_bytes(r, 3, &bytes);
		if (bytes == HASH)
			memcpy(row->hash, hash, HASH);
		const char *kind = db_str(r, 4);
		bool create = !strcmp(kind, "create");
		if (create)
			find_mark(db_str(r, 6), "\"subject\":\"marque ", desks, count);
		else if (!strcmp(kind, "note"))
			find_mark(db_str(r, 6), "\"text\":\"marque ", desks, count);
		int64_t reference = create ? reference_in(db_str(r, 5)) : 0;
		if (reference) {
			GUICHET_GROW(references, reference_count, capacity);
			references[reference_count++] = reference;
		}
		out->parked += !db_is_null(r, 7);
		out->gaps += row->seq != (int64_t)rows->count;
	}
	bool fine = r && db_rows_done(&r, &err) == GUICHET_OK;
	if (!fine)
		fprintf(stderr, "the server's journal can't be read: %s\n", err.message);
	count_references(references, reference_count, desks, count, out);
	free(references);
	return fine;
}

static bool is_equal(const struct desk *d, const struct rows *rows)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	size_t n = 0;
	bool equal = sqlite3_open_v2(d->store, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK && sqlite3_prepare_v2(db, "SELECT d.id, o.id & 1099511627775, o.seq, "
		"o.hash FROM op o JOIN device d ON d.no = o.id >> 40 ORDER BY o.seq", -1, &st, NULL) == SQLITE_OK;
	while (equal && sqlite3_step(st) == SQLITE_ROW) {
		const struct row *row = n < rows->count ? &rows->items[n] : NULL;
		equal = row && sqlite3_column_int64(st, 0) == row->device && sqlite3_column_int64(st, 1) == row->dseq && sqlite3_column_int64(st, 2) == row->seq
			&& sqlite3_column_bytes(st, 3) == HASH && !memcmp(sqlite3_column_blob(st, 3), row->hash, HASH);
		n++;
	}
	sqlite3_finalize(st);
	sqlite3_close(db);
	if (!equal || n != rows->count)
		fprintf(stderr, "desk %d: its journal leaves the server's at row %zu of %zu\n", d->number, n, rows->count);
	return equal && n == rows->count;
}

bool count_all(struct db *db, struct desk *desks, int count, struct counted *out)
{
	struct rows rows = { 0 };
	*out = (struct counted){ 0 };
	bool fine = read_server(db, desks, count, &rows, out);
	out->operations = (int64_t)rows.count;
	count_marks(desks, count, out);
	for (int i = 0; i < count && fine; i++) {
		char *const verify[] = { (char *)(uintptr_t)desks[i].guichet, (char *)(uintptr_t)"verify", NULL };
		out->desks_equal += is_equal(&desks[i], &rows);
		out->desks_verified += child_run(desks[i].home, verify, NULL, 0) == 0;
	}
	if (rows.count)
		qsort(rows.items, rows.count, sizeof *rows.items, by_id);
	for (size_t i = 0; i < rows.count; i++) {
		bool first = i == 0 || rows.items[i - 1].device != rows.items[i].device;
		int64_t wanted = first ? 1 : rows.items[i - 1].dseq + 1;
		out->doubled += !first && rows.items[i].dseq == rows.items[i - 1].dseq;
		out->gaps += rows.items[i].dseq != wanted;
	}
	free(rows.items);
	return fine;
}
