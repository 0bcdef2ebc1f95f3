// SPDX-License-Identifier: GPL-3.0-or-later
/* The judge at a desk: what it holds, what it shows, and that it shows what the others do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/text.h"
#include "oracle.h"

enum { KEPT = 2 /* parked: for the server alone, of a request that left */ };

struct held {
	struct op_id *ids;
	size_t count, capacity;
};

static int compare_held(const void *left, const void *right)
{
	return op_id_compare(*(const struct op_id *)left, *(const struct op_id *)right);
}

static bool holds(const struct held *h, struct op_id id)
{
	return h->count > 0 && bsearch(&id, h->ids, h->count, sizeof id, compare_held);
}

static void hold(struct held *h, struct op_id id)
{
	GUICHET_GROW(h->ids, h->count, h->capacity);
	h->ids[h->count++] = id;
}

static void hold_all(struct held *h, sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st = judge_ask(db, sql);
	while (sqlite3_step(st) == SQLITE_ROW)
		hold(h, (struct op_id){(uint32_t)sqlite3_column_int64(st, 0), (uint64_t)sqlite3_column_int64(st, 1)});
	sqlite3_finalize(st);
	if (h->count > 1)
		qsort(h->ids, h->count, sizeof *h->ids, compare_held);
}

/* One of them at least. */
static bool in_scope(const struct desk *d, const char *services)
{
	if (!strcmp(d->services, "*"))
		return true;
	for (const char *one = services; *one; one += strcspn(one, " ") + (one[strcspn(one, " ")] == ' ')) {
		size_t n = strcspn(one, " ");
		for (const char *at = d->services; *at; at += strcspn(at, " ") + (at[strcspn(at, " ")] == ' '))
			if (n > 0 && strcspn(at, " ") == n && !strncmp(at, one, n))
				return true;
	}
	return false;
}

static bool sees_all(const struct desk *d)
{
	return !strcmp(d->services, "*");
}

/* One that began with a snapshot holds what is open or recent, and of people whom that names. */
static bool holds_all(const struct desk *d)
{
	char *days = store_setting(d->store, "server-days");
	free(days);
	return sees_all(d) && !days;
}

static const char *value_of(const struct shown *r, const char *field)
{
	for (int f = 0; f < JUDGED_FIELDS; f++)
		if (!strcmp(judged_fields[f], field))
			return r->values[f];
	return "";
}

/* --- operations --- */

static void check_operation(const struct journal *j, int i, sqlite3_stmt *st)
{
	struct op_id id = {(uint32_t)sqlite3_column_int64(st, 0), (uint64_t)sqlite3_column_int64(st, 1)};
	int64_t seq = sqlite3_column_int64(st, 2), parked = sqlite3_column_int64(st, 3);
	const struct entry *e = journal_find(j, id);
	if (!e)
		fail(j->world, "desk %d has operation %u.%llu, which the server does not have", i, id.device,
			(unsigned long long)id.dseq);
	else if (sqlite3_column_bytes(st, 4) != OP_HASH || memcmp(sqlite3_column_blob(st, 4), e->hash, OP_HASH) != 0)
		fail(j->world, "operation %u.%llu is another one on desk %d", id.device, (unsigned long long)id.dseq, i);
	else if (seq != e->seq && parked != KEPT)
		fail(j->world, "desk %d has operation %u.%llu (%s) at seq %lld, the server at %lld", i, id.device,
			(unsigned long long)id.dseq, e->kind, (long long)seq, (long long)e->seq);
	else if (parked != KEPT && (parked == 1) != e->parked)
		fail(j->world, "operation %u.%llu (%s) is parked on %s only", id.device, (unsigned long long)id.dseq, e->kind,
			e->parked ? "the server" : "the desk");
}

static void check_operations(const struct journal *j, int i, sqlite3 *db, struct held *ops)
{
	sqlite3_stmt *st = judge_ask(db,
		"SELECT d.id, o.id & 1099511627775, o.seq, coalesce(o.parked, 0), o.hash FROM op o JOIN device d ON d.no "
		"= o.id >> 40 "
		"ORDER BY d.id, 2");
	while (sqlite3_step(st) == SQLITE_ROW && !j->world->failed) {
		check_operation(j, i, st);
		hold(ops, (struct op_id){(uint32_t)sqlite3_column_int64(st, 0), (uint64_t)sqlite3_column_int64(st, 1)});
	}
	sqlite3_finalize(st);
	if (holds_all(&j->world->desks[i]) && ops->count != j->count)
		fail(j->world, "desk %d sees everything and has %zu operations of %zu", i, ops->count, j->count);
}

static void check_blanked(const struct journal *j, int i, sqlite3 *db)
{
	sqlite3_stmt *st = judge_ask(db,
		"SELECT o.kind FROM op o JOIN device s ON s.no = o.subject >> 40 WHERE s.id = ?1 AND o.subject & "
		"1099511627775 = ?2 "
		"AND o.kind <> 'erase' AND (o.personal IS NOT NULL OR o.salt IS NOT NULL)");
	for (size_t k = 0; k < j->world->erased_count; k++) {
		struct op_id id = j->world->erased[k];
		sqlite3_bind_int64(st, 1, id.device);
		sqlite3_bind_int64(st, 2, (int64_t)id.dseq);
		if (sqlite3_step(st) == SQLITE_ROW)
			fail(j->world, "%u.%llu was erased, and desk %d still holds what a %s said of it", id.device,
				(unsigned long long)id.dseq, i, sqlite3_column_text(st, 0));
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
}

static void check_merges(const struct journal *j, int i, sqlite3 *db)
{
	sqlite3_stmt *st = judge_ask(db,
		"SELECT d.id, r.id & 1099511627775, m.id, r.merged_into & 1099511627775 FROM requester r JOIN device d ON "
		"d.no = r.id >> 40 "
		"LEFT JOIN device m ON m.no = r.merged_into >> 40");
	while (sqlite3_step(st) == SQLITE_ROW) {
		struct op_id who = {(uint32_t)sqlite3_column_int64(st, 0), (uint64_t)sqlite3_column_int64(st, 1)};
		struct op_id here = {(uint32_t)sqlite3_column_int64(st, 2), (uint64_t)sqlite3_column_int64(st, 3)},
					 there = journal_merged_into(j, who);
		if (!same_id(here, there))
			fail(j->world, "desk %d has %u.%llu merged into %u.%llu, the operations say %u.%llu", i, who.device,
				(unsigned long long)who.dseq, here.device, (unsigned long long)here.dseq, there.device,
				(unsigned long long)there.dseq);
	}
	sqlite3_finalize(st);
}

/* --- what it shows --- */

static void check_fields(const struct journal *j, int i, const struct shown *r, const struct request *here)
{
	char value[VALUE_BYTES];
	for (int k = 0; k < JUDGED_FIELDS; k++) {
		enum request_field f = FIELD_COUNT;
		request_field_parse(judged_fields[k], &f);
		if (f == FIELD_PRIORITY)
			snprintf(value, sizeof value, "%lld", (long long)request_int(here, f, 0));
		else
			snprintf(value, sizeof value, "%s", request_text(here, f));
		if (strcmp(r->values[k], value) != 0 && !(f == FIELD_PRIORITY && !*r->values[k]))
			fail(j->world, "desk %d shows %s of %u.%llu as '%s', the operations say '%s'", i, judged_fields[k],
				r->create->id.device, (unsigned long long)r->create->id.dseq, value, r->values[k]);
	}
}

static bool row_text(void *context, const struct request_row *r)
{
	text_addf(context, "%lld %s %s %s %s %s %s %s %s %s %s p%d %d%d%d%d due", (long long)r->reference, r->status,
		r->nature, r->channel, r->service, r->category, r->commune, r->assigned, r->subject, r->address,
		r->requester_name, r->priority, r->open, r->danger, r->untold, r->paused);
	for (int k = 0; k < TARGET_KIND_COUNT; k++)
		text_addf(context, " %lld", (long long)r->due[k]);
	text_addf(
		context, " %lld %lld %lld\n", (long long)r->updated_ms, (long long)r->closed_ms, (long long)r->answered_ms);
	return true;
}

/* All that a desk says of a request. */
static void describe(struct desk *d, const struct loaded *l, struct text *out)
{
	struct requester who;
	struct op_id person;
	const struct request *r = &l->request;
	store_row(d->store, l->row_id, row_text, out, NULL);
	for (int f = 0; f < FIELD_COUNT; f++)
		if (r->fields[f].count > 0)
			text_addf(out, "%s=%s/%zu\n", request_field_info((enum request_field)f)->key,
				request_text(r, (enum request_field)f), r->fields[f].count);
	text_addf(out, "%zu operations, %u notes, %u hops, %zu answers, %zu pauses, %zu promises, review %d\n", l->op_count,
		r->notes, r->hops, r->answer_count, r->pause_count, r->promise_count, r->review_mark);
	if (op_id_parse(request_text(r, FIELD_REQUESTER), &person) &&
		!store_requester_of_op(d->store, person, &who, NULL)) {
		for (const char *const *key = requester_keys; *key; key++)
			text_addf(out, "%s:%s\n", *key, requester_get(&who, *key));
		requester_done(&who);
	}
}

/* As the first desk that has it describes it. */
static void check_same(const struct journal *j, int i, struct shown *r, const char *here)
{
	const char *x = here, *y = r->described, *line = here;
	if (!r->described) {
		r->described = guichet_strdup(here);
		return;
	}
	if (!strcmp(here, r->described))
		return;
	for (; *x && *x == *y; x++, y++)
		line = *x == '\n' ? x + 1 : line;
	y -= x - line;
	fail(j->world, "desk %d and one before it show %u.%llu otherwise: '%.*s' / '%.*s'", i, r->create->id.device,
		(unsigned long long)r->create->id.dseq, (int)strcspn(line, "\n"), line, (int)strcspn(y, "\n"), y);
}

static void check_request(struct journal *j, int i, struct shown *r, const struct held *ops)
{
	struct desk *d = &j->world->desks[i];
	struct op_id id = r->create->id, person = id_of_text(value_of(r, "requester"));
	struct loaded l;
	struct text text = TEXT_INIT;
	for (size_t n = 0; n < r->count; n++)
		if (!holds(ops, r->about[n]->id))
			fail(j->world, "desk %d lacks operation %u.%llu (%s%s) of a request that it sees", i,
				r->about[n]->id.device, (unsigned long long)r->about[n]->id.dseq, r->about[n]->kind,
				r->about[n]->parked ? ", parked" : "");
	if (person.device && journal_find(j, person) && !holds(ops, person))
		fail(j->world, "desk %d does not know %u.%llu, whose request %u.%llu it sees", i, person.device,
			(unsigned long long)person.dseq, id.device, (unsigned long long)id.dseq);
	if (store_load_op(d->store, id, &l, NULL)) {
		fail(j->world, "desk %d can't load %u.%llu", i, id.device, (unsigned long long)id.dseq);
		return;
	}
	check_fields(j, i, r, &l.request);
	describe(d, &l, &text);
	check_same(j, i, r, text_str(&text));
	text_done(&text);
	loaded_done(&l);
}

static bool is_made(const struct journal *j, struct op_id id)
{
	for (size_t k = 0; k < j->request_count; k++)
		if (same_id(j->requests[k].create->id, id))
			return true;
	return false;
}

static void name_strange(const struct journal *j, int i, const struct held *requests)
{
	for (size_t n = 0; n < requests->count; n++) {
		struct op_id id = requests->ids[n];
		const struct entry *e = journal_find(j, id);
		if (!is_made(j, id))
			fail(j->world, "desk %d has request %u.%llu, which the operations do not make: the server %s it", i, id.device,
				(unsigned long long)id.dseq, !e ? "lacks" : e->parked ? "parked" : "has");
	}
}

static void check_requests(struct journal *j, int i, const struct held *ops, const struct held *requests)
{
	const struct desk *d = &j->world->desks[i];
	size_t seen = 0;
	for (size_t k = 0; k < j->request_count && !j->world->failed; k++) {
		struct shown *r = &j->requests[k];
		const char *service = r->services;
		bool expected = in_scope(d, service), here = holds(requests, r->create->id);
		seen += here;
		if (expected != here)
			fail(j->world, "desk %d (%s) %s request %u.%llu of %s", i, d->services, here ? "keeps" : "lacks",
				r->create->id.device, (unsigned long long)r->create->id.dseq, service);
		else if (expected)
			check_request(j, i, r, ops);
	}
	if (!j->world->failed && seen != requests->count)
		name_strange(j, i, requests);
}

static void note_difference(void *context, const char *what)
{
	snprintf(context, 300, "%s", what);
}

static void check_verify(const struct journal *j, int i)
{
	struct verify_report report;
	struct guichet_err err = {0};
	char first[300] = "";
	enum guichet_rc rc = store_verify(j->world->desks[i].store, NULL, note_difference, first, &report, &err);
	if (rc)
		fail(j->world, "verify of desk %d: %s", i, err.message);
	else if (report.differences > 0)
		fail(j->world, "verify of desk %d tells %lld differences: %s", i, (long long)report.differences, first);
}

static const char requests_sql[] =
	"SELECT d.id, r.op & 1099511627775 FROM request r JOIN device d ON d.no = r.op >> 40";

void judge_desk(struct journal *j, int i)
{
	struct held ops = {0}, requests = {0};
	sqlite3 *db = judge_open(j->world->desks[i].path);
	check_operations(j, i, db, &ops);
	hold_all(&requests, db, requests_sql);
	check_requests(j, i, &ops, &requests);
	if (j->world->erased_count > 0)
		check_blanked(j, i, db);
	if (holds_all(&j->world->desks[i]))
		check_merges(j, i, db);
	sqlite3_close(db);
	free(ops.ids);
	free(requests.ids);
	if (!j->world->failed)
		check_verify(j, i);
}

/* Told that it is revoked, a desk keeps what it has not sent, and nothing else. */
void judge_revoked(const struct journal *j, int i)
{
	struct sync_status st;
	sync_status(j->world->desks[i].sync, &st);
	if (st.trouble != SYNC_REVOKED)
		return;
	sqlite3 *db = judge_open(j->world->desks[i].path);
	sqlite3_stmt *rows = judge_ask(db,
		"SELECT count(*) FROM request r WHERE NOT EXISTS(SELECT 1 FROM op o JOIN device d ON d.no = o.id >> 40 "
		"WHERE (o.id = r.op OR o.subject = r.op) AND o.id & 1099511627775 > d.acked)");
	if (sqlite3_step(rows) == SQLITE_ROW && sqlite3_column_int64(rows, 0) > 0)
		fail(j->world, "desk %d was revoked and keeps %lld requests that it had sent", i,
			(long long)sqlite3_column_int64(rows, 0));
	sqlite3_finalize(rows);
	sqlite3_close(db);
}

void judge_erased(struct world *w, int i)
{
	struct desk *d = &w->desks[i];
	for (size_t k = 0; k < w->erased_count && !w->failed; k++) {
		enum desk_erasure state;
		if (d->erased_seen >> k & 1 || (state = desk_erasure(d, w->erased[k])) == NOT_HEARD)
			continue;
		d->erased_seen |= 1u << k;
		if (state == SOME_LEFT)
			fail(w, "desk %d read that %u.%llu is erased, and keeps something of it", i, w->erased[k].device,
				(unsigned long long)w->erased[k].dseq);
	}
}
