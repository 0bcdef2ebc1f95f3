// SPDX-License-Identifier: GPL-3.0-or-later
/* The judge. It reads the server's and the desks' databases with SQL of its own, works out from the operations alone what everybody should see, and compares. It
 * does not know how requests are folded, nor how pages are made: only what PROTOCOL.md says of them.
 */
#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/text.h"
#include "sim.h"

enum { UNDO_DEPTH = 40, KEPT = 2 /* parked: for the server alone, of a request that left */ };

struct entry {
	struct op_id id, subject, undoes;
	int64_t seq, settles;
	bool parked;                 /* and nobody settled it */
	char kind[40];
	unsigned char hash[OP_HASH];
	json_t *facts, *personal, *base;
};
struct journal { struct entry *entries; size_t count, capacity; struct world *world; };

static int by_id(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	return a->id.device != b->id.device ? (a->id.device < b->id.device ? -1 : 1) : a->id.dseq != b->id.dseq ? (a->id.dseq < b->id.dseq ? -1 : 1) : 0;
}

static const struct entry *find(const struct journal *j, struct op_id id)
{
	struct entry key = { .id = id };
	return j->count ? bsearch(&key, j->entries, j->count, sizeof key, by_id) : NULL;
}

static bool same(struct op_id a, struct op_id b)
{
	return a.device == b.device && a.dseq == b.dseq;
}

static struct op_id id_of_text(const char *text)
{
	unsigned device = 0;
	unsigned long long dseq = 0;
	return text && sscanf(text, "%u.%llu", &device, &dseq) == 2 ? (struct op_id){ device, dseq } : (struct op_id){ 0, 0 };
}

/* --- the server's journal --- */

static sqlite3 *open_file(const char *path)
{
	sqlite3 *db;
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		abort();
	return db;
}

static sqlite3_stmt *ask(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st;
	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
		abort();
	}
	return st;
}

static json_t *parse(const unsigned char *text)
{
	return text ? json_loads((const char *)text, 0, NULL) : NULL;
}

static void read_entry(struct journal *j, sqlite3_stmt *st)
{
	GUICHET_GROW(j->entries, j->count, j->capacity);
	struct entry *e = &j->entries[j->count++];
	memset(e, 0, sizeof *e);
	e->seq = sqlite3_column_int64(st, 0);
	e->id = (struct op_id){ (uint32_t)sqlite3_column_int64(st, 1), (uint64_t)sqlite3_column_int64(st, 2) };
	e->subject = (struct op_id){ (uint32_t)sqlite3_column_int64(st, 3), (uint64_t)sqlite3_column_int64(st, 4) };
	snprintf(e->kind, sizeof e->kind, "%s", sqlite3_column_text(st, 5));
	e->facts = parse(sqlite3_column_text(st, 6));
	e->personal = parse(sqlite3_column_text(st, 7));
	e->base = parse(sqlite3_column_text(st, 8));
	if (sqlite3_column_bytes(st, 9) == OP_HASH)
		memcpy(e->hash, sqlite3_column_blob(st, 9), OP_HASH);
	e->parked = sqlite3_column_type(st, 10) != SQLITE_NULL;
	e->settles = sqlite3_column_int64(st, 11);
	if (!strcmp(e->kind, "undo"))
		e->undoes = id_of_text(json_string_value(json_object_get(e->facts, "target")));
	if (e->seq != (int64_t)j->count)
		fail(j->world, "the server's journal has a hole: seq %lld is row %zu", (long long)e->seq, j->count);
}

static void entry_done(struct entry *e)
{
	json_decref(e->facts);
	json_decref(e->personal);
	json_decref(e->base);
}

/* What was parked and settled counts where it was settled: one entry an operation. */
static void settle(struct journal *j)
{
	size_t kept = 0;
	for (size_t i = 0; i < j->count; i++) {
		struct entry *e = &j->entries[i];
		if (e->settles > 0 && e->settles <= (int64_t)j->count) {
			struct entry *was = &j->entries[e->settles - 1];
			was->seq = e->seq;
			was->parked = e->parked;
		}
	}
	for (size_t i = 0; i < j->count; i++) {
		if (j->entries[i].settles > 0)
			entry_done(&j->entries[i]);
		else
			j->entries[kept++] = j->entries[i];
	}
	j->count = kept;
	qsort(j->entries, j->count, sizeof *j->entries, by_id);
}

static void read_journal(struct journal *j)
{
	sqlite3 *db = open_file(j->world->server_path);
	sqlite3_stmt *st = ask(db, "SELECT seq, device, dseq, subject_device, subject_dseq, kind, facts, personal, base, hash, parked, settles FROM op ORDER BY seq");
	while (sqlite3_step(st) == SQLITE_ROW)
		read_entry(j, st);
	sqlite3_finalize(st);
	st = ask(db, "SELECT seq FROM head");
	if (sqlite3_step(st) == SQLITE_ROW && sqlite3_column_int64(st, 0) != (int64_t)j->count)
		fail(j->world, "the head says %lld, the journal has %zu rows", (long long)sqlite3_column_int64(st, 0), j->count);
	sqlite3_finalize(st);
	sqlite3_close(db);
	settle(j);
}

/* Every desk's operations: all that it said it had recorded, each once, nothing else. */
static void check_whole(const struct journal *j)
{
	for (int i = 0; i < j->world->desk_count; i++) {
		const struct desk *d = &j->world->desks[i];
		uint64_t expected = 1;
		for (size_t k = 0; k < j->count; k++)
			if (j->entries[k].id.device == d->device && j->entries[k].id.dseq != expected++) {
				fail(j->world, "the server lacks or doubles desk %d's operation %llu", i, (unsigned long long)(expected - 1));
				return;
			}
		if (expected - 1 != d->made)
			fail(j->world, "desk %d recorded %llu operations, the server has %llu", i, (unsigned long long)d->made, (unsigned long long)(expected - 1));
	}
}

static void check_references(const struct journal *j)
{
	for (size_t a = 0; a < j->count; a++)
		for (size_t b = a + 1; b < j->count && !strcmp(j->entries[a].kind, "create"); b++)
			if (!strcmp(j->entries[b].kind, "create") && json_integer_value(json_object_get(j->entries[a].facts, "reference")) ==
				json_integer_value(json_object_get(j->entries[b].facts, "reference")))
				fail(j->world, "two requests have the number %lld", (long long)json_integer_value(json_object_get(j->entries[a].facts, "reference")));
}

/* --- what a request is, by rules stated anew --- */

static bool is_undone(const struct journal *j, const struct entry *e, int depth)
{
	if (!strcmp(e->kind, "create") || depth > UNDO_DEPTH)
		return false;
	for (size_t i = 0; i < j->count; i++) {
		const struct entry *u = &j->entries[i];
		if (u->undoes.device && same(u->undoes, e->id) && same(u->subject, e->subject) && !u->parked && !is_undone(j, u, depth + 1))
			return true;
	}
	return false;
}

static bool counts(const struct journal *j, const struct entry *e)
{
	return !e->parked && !is_undone(j, e, 0);
}

static bool names(const struct entry *e, const char *field, struct op_id id)
{
	size_t i;
	json_t *one;
	json_array_foreach(json_object_get(e->base, field), i, one)
		if (same(id_of_text(json_string_value(one)), id))
			return true;
	return false;
}

static const json_t *written(const struct entry *e, const char *field)
{
	const json_t *value = json_object_get(e->facts, field);
	return value ? value : json_object_get(e->personal, field);
}

/* Among the writes that no other counting write names, the one with the highest seq; the create's is the first of all. */
static const json_t *shows(const struct journal *j, struct op_id request, const char *field)
{
	const struct entry *best = NULL;
	for (size_t i = 0; i < j->count; i++) {
		const struct entry *e = &j->entries[i];
		bool create = !strcmp(e->kind, "create");
		if (!same(e->subject, request) || !(create ? written(e, field) != NULL : json_object_get(e->base, field) != NULL) || !counts(j, e))
			continue;
		bool replaced = false;
		for (size_t k = 0; k < j->count && !replaced; k++)
			replaced = same(j->entries[k].subject, request) && strcmp(j->entries[k].kind, "create") && names(&j->entries[k], field, e->id) && counts(j, &j->entries[k]);
		bool best_is_create = best && !strcmp(best->kind, "create");
		if (!replaced && (!best || best_is_create || (!create && e->seq > best->seq)))
			best = e;
	}
	return best ? written(best, field) : NULL;
}

/* --- what a desk has --- */

static bool in_scope(const struct desk *d, const char *service)
{
	if (!strcmp(d->services, "*"))
		return true;
	size_t n = strlen(service);
	for (const char *at = d->services; *at; at += strcspn(at, " ") + (at[strcspn(at, " ")] == ' '))
		if (n > 0 && strcspn(at, " ") == n && !strncmp(at, service, n))
			return true;
	return false;
}

static void check_operations(const struct journal *j, int i, sqlite3 *db)
{
	int64_t here = 0;
	sqlite3_stmt *st = ask(db, "SELECT d.id, o.id & 1099511627775, o.seq, coalesce(o.parked, 0), o.hash FROM op o JOIN device d ON d.no = o.id >> 40");
	while (sqlite3_step(st) == SQLITE_ROW && !j->world->failed) {
		struct op_id id = { (uint32_t)sqlite3_column_int64(st, 0), (uint64_t)sqlite3_column_int64(st, 1) };
		const struct entry *e = find(j, id);
		here++;
		if (!e)
			fail(j->world, "desk %d has operation %u.%llu, which the server does not have", i, id.device, (unsigned long long)id.dseq);
		else if (sqlite3_column_bytes(st, 4) != OP_HASH || memcmp(sqlite3_column_blob(st, 4), e->hash, OP_HASH) != 0)
			fail(j->world, "operation %u.%llu is another one on desk %d", id.device, (unsigned long long)id.dseq, i);
		else if (sqlite3_column_int64(st, 2) != e->seq)
			fail(j->world, "desk %d has operation %u.%llu (%s) at seq %lld, the server at %lld", i, id.device, (unsigned long long)id.dseq, e->kind,
				(long long)sqlite3_column_int64(st, 2), (long long)e->seq);
		else if (sqlite3_column_int64(st, 3) != KEPT && (sqlite3_column_int64(st, 3) == 1) != e->parked)
			fail(j->world, "operation %u.%llu (%s) is parked on %s only", id.device, (unsigned long long)id.dseq, e->kind, e->parked ? "the server" : "the desk");
	}
	sqlite3_finalize(st);
	/* A desk that began with a snapshot was not told of what stands in no request. */
	st = ask(db, "SELECT 1 FROM meta WHERE key = 'server-days'");
	bool partial = sqlite3_step(st) == SQLITE_ROW;
	sqlite3_finalize(st);
	if (!partial && !strcmp(j->world->desks[i].services, "*") && here != (int64_t)j->count)
		fail(j->world, "desk %d sees everything and has %lld operations of %zu", i, (long long)here, j->count);
}

static bool row_is_here(sqlite3 *db, const char *sql, struct op_id id)
{
	sqlite3_stmt *st = ask(db, sql);
	sqlite3_bind_int64(st, 1, id.device);
	sqlite3_bind_int64(st, 2, (int64_t)id.dseq);
	bool here = sqlite3_step(st) == SQLITE_ROW;
	sqlite3_finalize(st);
	return here;
}

static const char *const fields[] = { "service_code", "category", "priority", "subject", "description", "address_string", "assigned_to", "requester", "parent" };

static void value_text(const json_t *value, char out[200])
{
	if (json_is_integer(value))
		snprintf(out, 200, "%lld", (long long)json_integer_value(value));
	else
		snprintf(out, 200, "%s", json_is_string(value) ? json_string_value(value) : "");
}

static void check_fields(const struct journal *j, int i, struct op_id request)
{
	struct loaded l;
	char there[200], here[200];
	if (store_load_op(j->world->desks[i].store, request, &l, NULL)) {
		fail(j->world, "desk %d can't load %u.%llu", i, request.device, (unsigned long long)request.dseq);
		return;
	}
	for (size_t k = 0; k < sizeof fields / sizeof *fields; k++) {
		enum request_field f = FIELD_COUNT;
		request_field_parse(fields[k], &f);
		value_text(shows(j, request, fields[k]), there);
		if (f == FIELD_PRIORITY)
			snprintf(here, sizeof here, "%lld", (long long)request_int(&l.request, f, 0));
		else
			snprintf(here, sizeof here, "%s", request_text(&l.request, f));
		if (strcmp(there, here) != 0 && !(f == FIELD_PRIORITY && !*there))
			fail(j->world, "desk %d shows %s of %u.%llu as '%s', the operations say '%s'", i, fields[k], request.device, (unsigned long long)request.dseq, here, there);
	}
	loaded_done(&l);
}

static bool row_text(void *context, const struct request_row *r)
{
	text_addf(context, "%lld %s %s %s %s %s %s %s %s %s %s p%d %d%d%d%d due", (long long)r->reference, r->status, r->nature, r->channel, r->service, r->category, r->commune,
		r->assigned, r->subject, r->address, r->requester_name, r->priority, r->open, r->danger, r->untold, r->paused);
	for (int k = 0; k < TARGET_KIND_COUNT; k++)
		text_addf(context, " %lld", (long long)r->due[k]);
	text_addf(context, " %lld %lld %lld\n", (long long)r->updated_ms, (long long)r->closed_ms, (long long)r->answered_ms);
	return true;
}

/* All that a desk says of a request. */
static void describe(struct desk *d, struct op_id request, struct text *out)
{
	struct loaded l;
	struct requester who;
	struct op_id person;
	text_clear(out);
	if (store_load_op(d->store, request, &l, NULL))
		return;
	store_row(d->store, l.row_id, row_text, out, NULL);
	for (int f = 0; f < FIELD_COUNT; f++)
		text_addf(out, "%s=%s/%zu\n", request_field_info((enum request_field)f)->key, request_text(&l.request, (enum request_field)f), l.request.fields[f].count);
	text_addf(out, "%zu operations, %u notes, %u hops, %zu answers, %zu pauses, %zu promises, review %d\n", l.op_count, l.request.notes, l.request.hops, l.request.answer_count,
		l.request.pause_count, l.request.promise_count, l.request.review_mark);
	if (op_id_parse(request_text(&l.request, FIELD_REQUESTER), &person) && !store_requester_of_op(d->store, person, &who, NULL)) {
		for (const char *const *key = requester_keys; *key; key++)
			text_addf(out, "%s:%s\n", *key, requester_get(&who, *key));
		requester_done(&who);
	}
	loaded_done(&l);
}

static void check_same(const struct journal *j, int i, struct op_id request)
{
	struct text a = TEXT_INIT, b = TEXT_INIT;
	describe(&j->world->desks[0], request, &a);
	describe(&j->world->desks[i], request, &b);
	if (strcmp(text_str(&a), text_str(&b)) != 0) {
		const char *x = text_str(&a), *y = text_str(&b), *line = x;
		for (; *x && *x == *y; x++, y++)
			line = *x == '\n' ? x + 1 : line;
		y -= x - line;
		fail(j->world, "desks 0 and %d show %u.%llu otherwise: '%.*s' / '%.*s'", i, request.device, (unsigned long long)request.dseq, (int)strcspn(line, "\n"), line,
			(int)strcspn(y, "\n"), y);
	}
	text_done(&a);
	text_done(&b);
}

static void check_desk(const struct journal *j, int i)
{
	static const char request_sql[] = "SELECT 1 FROM request r JOIN device d ON d.no = r.op >> 40 WHERE d.id = ?1 AND r.op & 1099511627775 = ?2";
	static const char op_sql[] = "SELECT 1 FROM op o JOIN device d ON d.no = o.id >> 40 WHERE d.id = ?1 AND o.id & 1099511627775 = ?2";
	struct desk *d = &j->world->desks[i];
	char service[200], person[200];
	sqlite3 *db = open_file(d->path);
	check_operations(j, i, db);
	for (size_t k = 0; k < j->count && !j->world->failed; k++) {
		const struct entry *e = &j->entries[k];
		if (strcmp(e->kind, "create") != 0 || e->parked)
			continue;
		value_text(shows(j, e->id, "service_code"), service);
		bool expected = in_scope(d, service), here = row_is_here(db, request_sql, e->id);
		if (expected != here)
			fail(j->world, "desk %d (%s) %s request %u.%llu of %s", i, d->services, here ? "keeps" : "lacks", e->id.device, (unsigned long long)e->id.dseq, service);
		if (!expected || j->world->failed)
			continue;
		for (size_t n = 0; n < j->count && !j->world->failed; n++)
			if (same(j->entries[n].subject, e->id) && !row_is_here(db, op_sql, j->entries[n].id))
				fail(j->world, "desk %d lacks operation %u.%llu (%s%s) of a request that it sees", i, j->entries[n].id.device, (unsigned long long)j->entries[n].id.dseq,
					j->entries[n].kind, j->entries[n].parked ? ", parked" : "");
		value_text(shows(j, e->id, "requester"), person);
		if (*person && find(j, id_of_text(person)) && !row_is_here(db, op_sql, id_of_text(person)))
			fail(j->world, "desk %d does not know %s, whose request %u.%llu it sees", i, person, e->id.device, (unsigned long long)e->id.dseq);
		check_fields(j, i, e->id);
		if (i > 0)
			check_same(j, i, e->id);
	}
	sqlite3_close(db);
}

static void note_difference(void *context, const char *what)
{
	snprintf(context, 300, "%s", what);
}

static void check_verify(const struct journal *j, int i)
{
	struct verify_report report;
	struct guichet_err err = { 0 };
	char first[300] = "";
	enum guichet_rc rc = store_verify(j->world->desks[i].store, NULL, note_difference, first, &report, &err);
	if (rc)
		fail(j->world, "verify of desk %d: %s", i, err.message);
	else if (report.differences > 0)
		fail(j->world, "verify of desk %d tells %lld differences: %s", i, (long long)report.differences, first);
}

void judge(struct world *w, int64_t *operations)
{
	struct journal j = { .world = w };
	read_journal(&j);
	*operations = (int64_t)j.count;
	check_whole(&j);
	check_references(&j);
	for (int i = 0; i < w->desk_count && !w->failed; i++) {
		check_desk(&j, i);
		if (!w->failed)
			check_verify(&j, i);
	}
	for (size_t i = 0; i < j.count; i++)
		entry_done(&j.entries[i]);
	free(j.entries);
}
