// SPDX-License-Identifier: GPL-3.0-or-later
/* The judge. It reads the server's and the desks' databases with SQL of its own, works out from the operations alone
 * what everybody should see, and compares. It does not know how requests are folded, nor how pages are made: only
 * what the protocol says of them.
 */
#include "oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/text.h"

enum { UNDO_DEPTH = 40, WRITERS = 400 };

const char *const judged_fields[JUDGED_FIELDS] = {"service_code", "category", "priority", "subject", "description",
	"address_string", "assigned_to", "requester", "parent"};

static int compare_ids(struct op_id a, struct op_id b)
{
	return a.device != b.device ? (a.device < b.device ? -1 : 1) : a.dseq != b.dseq ? (a.dseq < b.dseq ? -1 : 1) : 0;
}

static int by_id(const void *left, const void *right)
{
	return compare_ids(((const struct entry *)left)->id, ((const struct entry *)right)->id);
}

static int by_subject(const void *left, const void *right)
{
	const struct entry *a = *(struct entry *const *)left, *b = *(struct entry *const *)right;
	int order = compare_ids(a->subject, b->subject);
	return order ? order : a->seq < b->seq ? -1 : a->seq > b->seq;
}

const struct entry *journal_find(const struct journal *j, struct op_id id)
{
	struct entry key = {.id = id};
	return j->count ? bsearch(&key, j->entries, j->count, sizeof key, by_id) : NULL;
}

bool same_id(struct op_id a, struct op_id b)
{
	return a.device == b.device && a.dseq == b.dseq;
}

struct op_id id_of_text(const char *text)
{
	unsigned device = 0;
	unsigned long long dseq = 0;
	return text && sscanf(text, "%u.%llu", &device, &dseq) == 2 ? (struct op_id){device, dseq} : (struct op_id){0, 0};
}

/* --- the server's journal --- */

sqlite3 *judge_open(const char *path)
{
	sqlite3 *db;
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "sim") != SQLITE_OK)
		abort();
	return db;
}

sqlite3_stmt *judge_ask(sqlite3 *db, const char *sql)
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
	e->id = (struct op_id){(uint32_t)sqlite3_column_int64(st, 1), (uint64_t)sqlite3_column_int64(st, 2)};
	e->subject = (struct op_id){(uint32_t)sqlite3_column_int64(st, 3), (uint64_t)sqlite3_column_int64(st, 4)};
	snprintf(e->kind, sizeof e->kind, "%s", sqlite3_column_text(st, 5));
	e->facts = parse(sqlite3_column_text(st, 6));
	e->personal = parse(sqlite3_column_text(st, 7));
	e->base = parse(sqlite3_column_text(st, 8));
	if (sqlite3_column_bytes(st, 9) == OP_HASH)
		memcpy(e->hash, sqlite3_column_blob(st, 9), OP_HASH);
	e->parked = sqlite3_column_type(st, 10) != SQLITE_NULL;
	e->settles = sqlite3_column_int64(st, 11);
	e->creates = !strcmp(e->kind, "create");
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
		const struct entry *e = &j->entries[i];
		if (e->settles <= 0 || e->settles > (int64_t)j->count)
			continue;
		struct entry *was = &j->entries[e->settles - 1];
		was->seq = e->seq;
		was->parked = e->parked;
		was->settled = true;
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
	sqlite3 *db = judge_open(j->world->server_path);
	sqlite3_stmt *st = judge_ask(db,
		"SELECT seq, device, dseq, subject_device, subject_dseq, kind, facts, personal, base, hash, parked, "
		"settles FROM op "
		"ORDER BY seq");
	while (sqlite3_step(st) == SQLITE_ROW)
		read_entry(j, st);
	sqlite3_finalize(st);
	st = judge_ask(db, "SELECT seq FROM head");
	if (sqlite3_step(st) == SQLITE_ROW && sqlite3_column_int64(st, 0) != (int64_t)j->count)
		fail(
			j->world, "the head says %lld, the journal has %zu rows", (long long)sqlite3_column_int64(st, 0), j->count);
	sqlite3_finalize(st);
	sqlite3_close(db);
	settle(j);
}

/* --- nothing lost, nothing twice --- */

static bool was_revoked(const struct world *w, uint32_t device)
{
	for (int i = 0; i < w->desk_count; i++)
		if (w->desks[i].revoked && w->desks[i].device == device)
			return true;
	return false;
}

/* Every identity's operations: all that was said to be recorded, each once, nothing else, no hole; but what a server lost
 * that was restored, and a desk alone had that was revoked since, nobody can bring back. */
static void check_whole(const struct journal *j)
{
	struct world *w = j->world;
	uint64_t got[RECORDED_MAX] = {0};
	for (size_t k = 0; k < j->count; k++) {
		const struct entry *e = &j->entries[k];
		bool first = k == 0 || j->entries[k - 1].id.device != e->id.device;
		uint64_t next = first ? 1 : j->entries[k - 1].id.dseq + 1;
		if (w->faults.restores > 0 && was_revoked(w, e->id.device) ? e->id.dseq < next : e->id.dseq != next) {
			fail(w, "the server lacks or doubles an operation of %u before %llu", e->id.device,
				(unsigned long long)e->id.dseq);
			return;
		}
		for (size_t i = 0; i < w->recorded_count; i++)
			if (w->recorded[i].device == e->id.device)
				got[i] = e->id.dseq;
	}
	for (size_t i = 0; i < w->recorded_count; i++)
		if (w->recorded[i].excused ? false : got[i] != w->recorded[i].made)
			fail(w, "%llu operations of %u were recorded, the server has %llu", (unsigned long long)w->recorded[i].made,
				w->recorded[i].device, (unsigned long long)got[i]);
}

static int by_number(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
	return (a > b) - (a < b);
}

/* Numbers that the server lent. Desks that worked alone before they were enrolled may have given the same. */
static void check_references(const struct journal *j)
{
	int64_t *numbers = guichet_alloc((j->count + 1) * sizeof *numbers);
	size_t n = 0;
	for (size_t i = 0; i < j->count; i++) {
		int64_t number = json_integer_value(json_object_get(j->entries[i].facts, "reference"));
		if (j->entries[i].creates && number / 100 >= SERIALS_FIRST)
			numbers[n++] = number;
	}
	qsort(numbers, n, sizeof *numbers, by_number);
	for (size_t i = 1; i < n; i++)
		if (numbers[i] == numbers[i - 1])
			fail(j->world, "two requests have the number %lld", (long long)numbers[i]);
	free(numbers);
}

/* An erasure that the administrator was told to be done: nothing is left on the server. */
static void check_erased(const struct journal *j)
{
	sqlite3 *db = judge_open(j->world->server_path);
	sqlite3_stmt *st = judge_ask(db,
		"SELECT device, dseq, kind FROM op WHERE subject_device = ?1 AND subject_dseq = ?2 AND kind <> 'erase' "
		"AND (personal IS NOT NULL OR salt IS NOT NULL)");
	for (size_t i = 0; i < j->world->erased_count; i++) {
		struct op_id id = j->world->erased[i];
		sqlite3_bind_int64(st, 1, id.device);
		sqlite3_bind_int64(st, 2, (int64_t)id.dseq);
		if (sqlite3_step(st) == SQLITE_ROW)
			fail(j->world, "%u.%llu was erased, and the server still holds what %lld.%lld (%s) said of it", id.device,
				(unsigned long long)id.dseq, (long long)sqlite3_column_int64(st, 0),
				(long long)sqlite3_column_int64(st, 1), sqlite3_column_text(st, 2));
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
	sqlite3_close(db);
}

/* --- what a request is, by rules stated anew --- */

static bool is_undone(const struct shown *r, const struct entry *e, int depth)
{
	if (e->creates || depth > UNDO_DEPTH)
		return false;
	for (size_t i = 0; i < r->count; i++) {
		const struct entry *u = r->about[i];
		if (u->undoes.device && same_id(u->undoes, e->id) && !u->parked && !is_undone(r, u, depth + 1))
			return true;
	}
	return false;
}

static bool names(const struct entry *e, const char *field, struct op_id id)
{
	size_t i;
	json_t *one;
	json_array_foreach(
		json_object_get(e->base, field), i, one) if (same_id(id_of_text(json_string_value(one)), id)) return true;
	return false;
}

static const json_t *written(const struct entry *e, const char *field)
{
	const json_t *value = json_object_get(e->facts, field);
	return value ? value : json_object_get(e->personal, field);
}

static bool is_replaced(struct entry *const *writers, size_t count, const struct entry *e, const char *field)
{
	for (size_t k = 0; k < count; k++)
		if (!writers[k]->creates && names(writers[k], field, e->id))
			return true;
	return false;
}

static void value_text(const json_t *value, char out[VALUE_BYTES])
{
	if (json_is_integer(value))
		snprintf(out, VALUE_BYTES, "%lld", (long long)json_integer_value(value));
	else
		snprintf(out, VALUE_BYTES, "%s", json_is_string(value) ? json_string_value(value) : "");
}

/* Through whatever it names: also what does not count. */
static bool knows(const struct shown *r, const struct entry *e, const char *field, struct op_id id, int depth)
{
	if (depth > UNDO_DEPTH)
		return true;
	if (names(e, field, id))
		return true;
	for (size_t i = 0; i < r->count; i++)
		if (names(e, field, r->about[i]->id) && knows(r, r->about[i], field, id, depth + 1))
			return true;
	return false;
}

static bool was_parked(const struct world *w, struct op_id id)
{
	for (size_t i = 0; i < w->parked_count; i++)
		if (same_id(w->parked[i], id))
			return true;
	return false;
}

/* Whoever writes a field has seen what the same desk wrote before, sent or not. */
static void check_own(
	const struct journal *j, const struct shown *r, struct entry *const *heads, size_t count, const char *field)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->about[i]->undoes.device)
			return;
	for (size_t a = 0; a < count; a++)
		for (size_t b = 0; b < count; b++)
			if (heads[a]->id.device == heads[b]->id.device && heads[a]->id.dseq < heads[b]->id.dseq &&
				!heads[a]->settled && !heads[b]->settled && !recorded_of(j->world, heads[a]->id.device)->excused &&
				!was_parked(j->world, heads[a]->id) && !knows(r, heads[b], field, heads[a]->id, 0))
				fail(j->world, "%u.%llu writes %s and does not know what the same desk wrote as %llu",
					heads[b]->id.device, (unsigned long long)heads[b]->id.dseq, field,
					(unsigned long long)heads[a]->id.dseq);
}

/* Among the writes that no other counting write names, the one with the highest seq; the create's is the first of
 * all. */
static void show_field(const struct journal *j, struct shown *r, int field)
{
	const char *name = judged_fields[field];
	struct entry *writers[WRITERS], *heads[WRITERS];
	const struct entry *best = NULL;
	size_t n = 0, left = 0;
	for (size_t i = 0; i < r->count && n < WRITERS; i++) {
		struct entry *e = r->about[i];
		if (e->counts && (e->creates ? written(e, name) != NULL : json_object_get(e->base, name) != NULL))
			writers[n++] = e;
	}
	for (size_t i = 0; i < n; i++) {
		const struct entry *e = writers[i];
		if (is_replaced(writers, n, e, name))
			continue;
		heads[left++] = writers[i];
		if (!best || best->creates || (!e->creates && e->seq > best->seq))
			best = e;
	}
	check_own(j, r, heads, left, name);
	r->services[0] = field == 0 ? '\0' : r->services[0];
	for (size_t i = 0, at = 0; field == 0 && i < left && at < VALUE_BYTES; i++) {
		char one[VALUE_BYTES];
		value_text(written(heads[i], name), one);
		at += (size_t)snprintf(r->services + at, VALUE_BYTES - at, "%s ", one);
	}
	value_text(best ? written(best, name) : NULL, r->values[field]);
}

static void show_request(const struct journal *j, struct shown *r)
{
	for (size_t i = 0; i < r->count; i++)
		r->about[i]->counts = !r->about[i]->parked && !is_undone(r, r->about[i], 0);
	for (int f = 0; f < JUDGED_FIELDS; f++)
		show_field(j, r, f);
}

static void show_requests(struct journal *j)
{
	j->by_subject = guichet_alloc((j->count + 1) * sizeof *j->by_subject);
	j->requests = guichet_alloc((j->count + 1) * sizeof *j->requests);
	for (size_t i = 0; i < j->count; i++)
		j->by_subject[i] = &j->entries[i];
	qsort(j->by_subject, j->count, sizeof *j->by_subject, by_subject);
	for (size_t from = 0, to; from < j->count; from = to) {
		struct shown r = {.about = j->by_subject + from};
		for (to = from; to < j->count && same_id(j->by_subject[to]->subject, r.about[0]->subject); to++)
			if (j->by_subject[to]->creates && same_id(j->by_subject[to]->id, j->by_subject[to]->subject) &&
				!j->by_subject[to]->parked)
				r.create = j->by_subject[to];
		r.count = to - from;
		if (!r.create)
			continue;
		show_request(j, &r);
		j->requests[j->request_count++] = r;
	}
}

struct op_id journal_merged_into(const struct journal *j, struct op_id who)
{
	const struct entry *last = NULL;
	char text[OP_ID_TEXT];
	op_id_format(who, text);
	for (size_t i = 0; i < j->count; i++) {
		const struct entry *e = &j->entries[i];
		if (e->parked || strncmp(e->kind, "requester-", 10) != 0 ||
			(strcmp(e->kind, "requester-merge") != 0 && strcmp(e->kind, "requester-split") != 0))
			continue;
		const char *merged = json_string_value(json_object_get(e->facts, "merged"));
		if (merged && !strcmp(merged, text) && (!last || e->seq > last->seq))
			last = e;
	}
	return last && !strcmp(last->kind, "requester-merge") ? last->subject : (struct op_id){0, 0};
}

/* --- the judgement --- */

void judge(struct world *w, int64_t *operations)
{
	struct journal j = {.world = w};
	read_journal(&j);
	*operations = (int64_t)j.count;
	for (size_t i = 0; i < j.count; i++)
		w->faults.parked += j.entries[i].parked || j.entries[i].settled;
	/* One that was stopped keeps what it has not sent. */
	for (int i = 0; i < w->desk_count; i++)
		if (desk_is_out(&w->desks[i]))
			desk_excuse(w, i);
	check_whole(&j);
	check_references(&j);
	if (w->erased_count > 0)
		check_erased(&j);
	show_requests(&j);
	for (int i = 0; i < w->desk_count && !w->failed; i++) {
		server_grants(w, &w->desks[i]);
		if (w->desks[i].revoked)
			judge_revoked(&j, i);
		else if (!desk_is_out(&w->desks[i]))
			judge_desk(&j, i);
	}
	for (size_t i = 0; i < j.request_count; i++)
		free(j.requests[i].described);
	for (size_t i = 0; i < j.count; i++)
		entry_done(&j.entries[i]);
	free(j.entries);
	free(j.by_subject);
	free(j.requests);
}
