// SPDX-License-Identifier: GPL-3.0-or-later
/* A new desk, or one that has to begin anew, takes a snapshot: the desk's state machine against the REST interface, on both databases, with a network that tears,
 * repeats and garbles, and a process that is killed. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "guichet/server/api.h"
#include "guichet/store/shadow.h"
#include "guichet/sync/sync.h"
#include "guichet/wire/sync_json.h"
#include "server_fixture.h"
#include "store_fixture.h"

enum { DESKS = 2, TURNS = 3000, DAY_MS = 86400000 };

struct desk { struct store_fixture *f; struct sync *sync; char token[80]; bool enrolled; };
enum weather { FAIR, TORN, REPEATED, GARBLED, CUT };
struct world {
	struct server_fixture *server; struct api *api; struct desk desks[DESKS]; int64_t now_ms;
	enum weather weather; unsigned count, pages;
	char *last; size_t last_bytes;   /* the answer before */
};

struct calling { const char *query; char token[100], value[300]; };

static const char *find_query(void *context, const char *key)
{
	struct calling *c = context;
	size_t length = strlen(key);
	for (const char *at = c->query; at && *at; at += strcspn(at, "&") + (at[strcspn(at, "&")] == '&')) {
		if (strncmp(at, key, length) == 0 && at[length] == '=') {
			snprintf(c->value, sizeof c->value, "%.*s", (int)strcspn(at + length + 1, "&"), at + length + 1);
			return c->value;
		}
	}
	return NULL;
}

static const char *find_header(void *context, const char *name)
{
	struct calling *c = context;
	if (!strcmp(name, "Content-Type"))
		return "application/json";
	return !strcmp(name, "Authorization") ? c->token : NULL;
}

static int ask(struct world *w, const char *token, const char *method, const char *target, const char *body, size_t bytes, struct text *out)
{
	struct calling calling = { 0 };
	char path[300];
	snprintf(path, sizeof path, "%.*s", (int)strcspn(target, "?"), target);
	snprintf(calling.token, sizeof calling.token, "Bearer %s", token);
	calling.query = strchr(target, '?') ? strchr(target, '?') + 1 : "";
	struct api_call call = { .method = method, .path = path, .query = find_query, .header = find_header, .context = &calling, .body = body, .body_bytes = bytes };
	struct api_call *list = &call;
	w->pages += !strcmp(path, "/v1/snapshot");
	enum api_next next = api_begin(w->api, w->server->db, &call);
	if (next == API_WRITE)
		api_write(w->api, w->server->db, &list, 1);
	text_clear(out);
	text_addn(out, text_str(&call.out), call.out.len);
	int status = call.status;
	api_call_done(&call);
	return status;
}

/* What comes of an answer on a bad line, two times in five. */
static int spoil(struct world *w, int status, struct text *body)
{
	char *now = guichet_strndup(text_str(body), body->len);
	size_t bytes = body->len;
	/* Not in step with the lanes, which take turns. */
	bool bad = ++w->count % 5 < 2;
	if (w->weather == CUT) {
		status = 0;
	} else if (bad && w->weather == TORN) {
		/* A proxy that says all is well. */
		text_clear(body);
		text_addn(body, now, bytes / 2);
	} else if (bad && w->weather == REPEATED && w->last) {
		text_clear(body);
		text_addn(body, w->last, w->last_bytes);
	} else if (bad && w->weather == GARBLED && bytes > 0) {
		now[bytes / 3] ^= 0x15;
		text_clear(body);
		text_addn(body, now, bytes);
		now[bytes / 3] ^= 0x15;
	}
	free(w->last);
	w->last = now;
	w->last_bytes = bytes;
	return status;
}

/* *rc: what the store said of the answer. */
static bool turn_anyway(struct world *w, struct desk *d, enum sync_lane lane, enum guichet_rc *rc)
{
	struct sync_request request;
	struct guichet_err err = { 0 };
	struct text body = { .cap = 64 * 1024 * 1024 };
	int64_t wake;
	bool wanted = sync_next(d->sync, lane, &request, &wake);
	if (wanted) {
		int status = ask(w, d->token, request.method, text_str(&request.path), text_str(&request.body), request.body.len, &body);
		status = spoil(w, status, &body);
		const struct sync_response response = { .status = status, .body = text_str(&body), .body_bytes = body.len, .date_ms = NO_INSTANT };
		*rc = sync_answer(d->sync, lane, &response, &err);
	}
	sync_request_done(&request);
	text_done(&body);
	return wanted;
}

static bool turn(struct world *w, struct desk *d, enum sync_lane lane)
{
	enum guichet_rc rc = GUICHET_OK;
	bool wanted = turn_anyway(w, d, lane, &rc);
	assert_int_equal(rc, GUICHET_OK);
	return wanted;
}

/* Until it has nothing more to ask; on a bad line time goes by. */
static void synchronise(struct world *w, int i)
{
	struct desk *d = &w->desks[i];
	sync_poke(d->sync);
	for (int n = 0; n < TURNS; n++) {
		bool any = turn(w, d, SYNC_PUSH);
		any = turn(w, d, SYNC_PULL) || any;
		if (!any && sync_is_done(d->sync))
			return;
		if (!any || w->weather != FAIR)
			w->now_ms += 400 * 1000;
		if (w->weather == CUT && n > 20)
			return;
	}
	struct sync_status st;
	sync_status(d->sync, &st);
	fail_msg("the desk does not come to rest: weather %d, trouble %d %s, filling %d", (int)w->weather, (int)st.trouble, st.detail, st.filling);
}

static int64_t world_now(void *context)
{
	return ((struct world *)context)->now_ms;
}

static void new_sync(struct world *w, int i)
{
	const struct guichet_clock clock = { world_now, w };
	sync_free(&w->desks[i].sync);
	w->desks[i].sync = sync_new(w->desks[i].f->store, &(struct sync_options){ .clock = clock, .random = w->server->random, .page_items = 7 });
}

static void enrol(struct world *w, int i, const char *role, const char *services)
{
	struct desk *d = &w->desks[i];
	struct text out = TEXT_INIT;
	char body[200];
	int64_t serials[4];
	uint8_t hash[32];
	struct guichet_err err = { 0 };
	snprintf(body, sizeof body, "CODE-%d", i);
	api_token_hash(body, hash);
	assert_int_equal(db_run(w->server->db, &err, "INSERT INTO enrol_code(code, name, role, services, until_ms, uses) VALUES(?1, 'poste', ?2, ?3, ?4, 1)", "btti",
		(const void *)hash, sizeof hash, role, services, w->now_ms + 1000), GUICHET_OK);
	snprintf(body, sizeof body, "{\"code\":\"CODE-%d\",\"version\":\"0.1\",\"device\":%u}", i, store_device(d->f->store));
	assert_int_equal(ask(w, "", "POST", "/v1/devices", body, strlen(body), &out), 201);
	json_t *json = json_loads(text_str(&out), 0, NULL);
	snprintf(d->token, sizeof d->token, "%s", json_string_value(json_object_get(json, "token")));
	const struct enrolment e = { .url = (char *)(uintptr_t)"test:", .token = d->token, .role = (char *)(uintptr_t)role, .services = (char *)(uintptr_t)services,
		.device = (uint32_t)json_integer_value(json_object_get(json, "device")) };
	size_t n = json_array_size(json_object_get(json, "serials"));
	for (size_t k = 0; k < n && k < 4; k++)
		serials[k] = json_integer_value(json_array_get(json_object_get(json, "serials"), k));
	assert_int_equal(replica_enrol(d->f->store, &e, serials, n, 1000, &err), GUICHET_OK);
	d->enrolled = true;
	json_decref(json);
	text_done(&out);
	new_sync(w, i);
}

/* Desk 0 has read nothing and is enrolled; desk 1 comes later. */
static int world_on(void **state, int (*database)(void **state))
{
	struct world *w = *state = guichet_alloc(sizeof *w);
	void *server;
	if (database(&server))
		return -1;
	w->server = server;
	if (!w->server->db)
		return 0;
	const struct guichet_clock clock = { world_now, w };
	w->api = api_new(&(struct api_options){ .policy = API_POLICY_INIT, .clock = clock, .random = w->server->random });
	for (int i = 0; i < DESKS; i++) {
		w->desks[i].f = fixture_new(false);
		w->desks[i].f->seed += (uint64_t)i * 1000;
	}
	w->now_ms = w->desks[0].f->now_ms;
	enrol(w, 0, "agent", "*");
	return 0;
}

static int world_sqlite(void **state)
{
	return world_on(state, server_fixture_sqlite);
}

static int world_postgres(void **state)
{
	return world_on(state, server_fixture_postgres);
}

static int world_teardown(void **state)
{
	struct world *w = *state;
	void *server = w->server;
	for (int i = 0; i < DESKS; i++) {
		sync_free(&w->desks[i].sync);
		if (w->desks[i].f)
			fixture_free(&w->desks[i].f);
	}
	api_free(&w->api);
	server_fixture_done(&server);
	free(w->last);
	free(w);
	return 0;
}

/* --- what a desk shows --- */

static bool add_row(void *context, const struct request_row *row)
{
	text_addf(context, "%lld %s %s %s %s\n", (long long)row->reference, row->status, row->service, row->subject, row->requester_name);
	return true;
}

static int by_line(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_lines(struct text *t)
{
	char *copy = guichet_strdup(text_str(t)), *lines[400];
	size_t n = 0;
	for (char *at = copy; *at && n < 400; at += strlen(at) + 1) {
		lines[n++] = at;
		at[strcspn(at, "\n")] = '\0';
	}
	qsort(lines, n, sizeof *lines, by_line);
	text_clear(t);
	for (size_t i = 0; i < n; i++)
		text_addf(t, "%s\n", lines[i]);
	free(copy);
}

static void show(struct store *s, struct text *out)
{
	struct list_filter f = LIST_FILTER_INIT;
	f.all = true;
	f.sort = LIST_BY_RECEIVED;
	f.limit = 400;
	text_clear(out);
	assert_int_equal(store_list(s, &f, add_row, out, NULL), GUICHET_OK);
	sort_lines(out);
}

static void both_show_the_same(struct world *w)
{
	struct text a = TEXT_INIT, b = TEXT_INIT;
	show(w->desks[0].f->store, &a);
	show(w->desks[1].f->store, &b);
	assert_string_equal(text_str(&a), text_str(&b));
	assert_true(a.len > 0);
	text_done(&a);
	text_done(&b);
}

static void print_difference(void *context, const char *what)
{
	(void)context;
	fprintf(stderr, "difference: %s\n", what);
}

static void is_consistent(struct store *s)
{
	struct verify_report report;
	assert_int_equal(store_verify(s, NULL, print_difference, NULL, &report, NULL), GUICHET_OK);
	assert_int_equal(report.differences, 0);
}

static int64_t count_all(struct store *s)
{
	struct text t = TEXT_INIT;
	int64_t n = 0;
	show(s, &t);
	for (const char *at = text_str(&t); *at; at++)
		n += *at == '\n';
	text_done(&t);
	return n;
}

/* People, requests of two services, one that is closed. */
static void make_history(struct world *w, int count)
{
	struct store_fixture *f = w->desks[0].f;
	for (int i = 0; i < count; i++) {
		int64_t reference = FIXTURE_LOG(f, .category = i % 3 ? "nid-de-poule" : "depot", .subject = "Nid de poule",
			.requester = WHO({ "name", i % 2 ? "Lefèvre" : "Durand" }, { "phone", i % 2 ? "0612345678" : "0498765432" }));
		if (i % 5 == 0)
			fixture_step(f, reference, STEP_CANCEL, &(struct step_args){ .reason = "doublon" });
	}
	synchronise(w, 0);
}

static void needs(struct world *w)
{
	server_fixture_needs(w->server);
}

/* As a command does, for a request that is on the server only. */
static void look_up(struct world *w, int i, int64_t reference)
{
	struct text body = { .cap = 64 * 1024 * 1024 };
	struct replica_page found;
	struct guichet_err err = { 0 };
	char target[64];
	snprintf(target, sizeof target, "/v1/requests/%lld", (long long)reference);
	assert_int_equal(ask(w, w->desks[i].token, "GET", target, "", 0, &body), 200);
	assert_int_equal(found_read(text_str(&body), body.len, &found, &err), GUICHET_OK);
	assert_int_equal(replica_take_in(w->desks[i].f->store, found.items, found.count, &err), GUICHET_OK);
	page_done(&found);
	text_done(&body);
}

/* --- tests --- */

/* Protects: a new desk gets all of it by a snapshot in small pages, and goes on with what happens afterwards. */
static void new_desk(void **state)
{
	struct world *w = *state;
	needs(w);
	make_history(w, 40);
	enrol(w, 1, "agent", "*");
	w->pages = 0;
	synchronise(w, 1);
	assert_true(w->pages > 5);
	both_show_the_same(w);
	make_history(w, 5);
	synchronise(w, 1);
	both_show_the_same(w);
	is_consistent(w->desks[1].f->store);
	is_consistent(w->desks[0].f->store);
}

/* Protects: a desk that works and sends while its snapshot is being built stays who it is: what it sent comes back to the snapshot, which did not make it. */
static void works_meanwhile(void **state)
{
	struct world *w = *state;
	needs(w);
	make_history(w, 40);
	enrol(w, 1, "agent", "*");
	uint32_t device = store_device(w->desks[1].f->store);
	turn(w, &w->desks[1], SYNC_PULL);
	FIXTURE_LOG(w->desks[1].f, .category = "nid-de-poule", .subject = "Entre-temps");
	synchronise(w, 1);
	synchronise(w, 0);
	assert_int_equal(store_device(w->desks[1].f->store), device);
	both_show_the_same(w);
	is_consistent(w->desks[1].f->store);
}

static void copy_file(const char *from, const char *to)
{
	char block[4096];
	size_t n;
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	assert_non_null(in);
	assert_non_null(out);
	while ((n = fread(block, 1, sizeof block, in)) > 0)
		assert_int_equal(fwrite(block, 1, n, out), n);
	fclose(in);
	assert_int_equal(fclose(out), 0);
}

/* An old copy of desk 1's disk goes on with what its number gave already. */
static void begin_as_a_copy(struct world *w, const char *role, const char *services)
{
	struct store_fixture *f;
	char saved[160];
	make_history(w, 10);
	enrol(w, 1, role, services);
	f = w->desks[1].f;
	uint32_t device = store_device(f->store);
	fixture_path(f, "copie.db", saved);
	copy_file(f->path, saved);
	FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Écrit avant la copie");
	synchronise(w, 1);
	sync_free(&w->desks[1].sync);
	store_close(&f->store);
	copy_file(saved, f->path);
	fixture_reopen(f);
	new_sync(w, 1);
	synchronise(w, 1);
	assert_int_not_equal(store_device(f->store), device);
	FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Écrit sur la copie");
	synchronise(w, 1);
	synchronise(w, 0);
	is_consistent(f->store);
	assert_int_equal(count_all(w->desks[0].f->store), 12);
}

/* Protects: an old copy of a desk's disk that begins with a snapshot learns from the server that its number was gone on with, and takes another one: no number is
 * given twice, and nothing that was typed on either is lost. */
static void a_copy_begins_with_a_snapshot(void **state)
{
	struct world *w = *state;
	needs(w);
	begin_as_a_copy(w, "agent", "*");
	both_show_the_same(w);
}

/* Protects: so does the copy of a desk that is not told of what it gave to others. */
static void a_narrow_copy_begins_with_a_snapshot(void **state)
{
	struct world *w = *state;
	needs(w);
	begin_as_a_copy(w, "agent service", "proximite");
}

/* A request that named somebody else for a while, whom desk 1 knows alone. */
static void takes_the_person_back(struct world *w, const char *role, const char *services)
{
	struct store_fixture *f = w->desks[0].f;
	const char *label;
	struct loaded l;
	int64_t other = FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "La sienne",
		.requester = WHO({ "name", "Lefèvre" }, { "phone", "0612345678" }));
	int64_t reference = FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Laquelle",
		.requester = WHO({ "name", "Durand" }, { "phone", "0498765432" }));
	assert_int_equal(store_load(f->store, other, &l, NULL), GUICHET_OK);
	fixture_step(f, reference, STEP_EDIT,
		&(struct step_args){ .field = "requester", .value = request_text(&l.request, FIELD_REQUESTER) });
	loaded_done(&l);
	synchronise(w, 0);
	enrol(w, 1, role, services);
	synchronise(w, 1);
	both_show_the_same(w);
	assert_int_equal(desk_undo(f->store, &fixture_chief, reference, &label, &f->err), GUICHET_OK);
	synchronise(w, 0);
	synchronise(w, 1);
	both_show_the_same(w);
	is_consistent(w->desks[1].f->store);
}

/* Protects: who is named again because somebody takes back what he did is known where the request is seen. */
static void undone_person(void **state)
{
	struct world *w = *state;
	needs(w);
	takes_the_person_back(w, "agent", "*");
}

static void undone_person_narrow(void **state)
{
	struct world *w = *state;
	needs(w);
	takes_the_person_back(w, "service", "voirie");
}

/* As if the server had parked them when they came. */
static void park_all(struct world *w, struct store *s, const struct op *ops, size_t count)
{
	struct replica_ack acks[8] = { 0 };
	struct guichet_err err = { 0 };
	assert_true(count > 1 && count <= 8);
	for (size_t i = 0; i < count; i++) {
		int64_t device = ops[i].id.device, dseq = (int64_t)ops[i].id.dseq;
		acks[i] = (struct replica_ack){ .id = ops[i].id, .parked = true, .why = "role",
			.seq = db_value(w->server->db, 0, "SELECT seq FROM op WHERE device = ?1 AND dseq = ?2", "ii", device, dseq) };
		assert_int_equal(db_run(w->server->db, &err, "UPDATE op SET parked = 'role', was = NULL, now = NULL "
			"WHERE device = ?1 AND dseq = ?2", "ii", device, dseq), GUICHET_OK);
		assert_int_equal(db_run(w->server->db, &err, "DELETE FROM item WHERE device = ?1 AND dseq = ?2", "ii",
			device, dseq), GUICHET_OK);
	}
	assert_int_equal(replica_acknowledge(s, acks, count, &err), GUICHET_OK);
}

/* A call of desk 1, which sees one service, with all that it makes parked. */
static void log_and_park(struct world *w, const char *category, struct op **ops, size_t *count)
{
	struct store_fixture *f = w->desks[1].f;
	make_history(w, 5);
	enrol(w, 1, "service", "voirie");
	synchronise(w, 1);
	FIXTURE_LOG(f, .category = category, .subject = "Trou", .requester = WHO({ "name", "Berthier" }, { "phone", "0699887766" }));
	assert_int_equal(replica_pending(f->store, NULL, 0, 8, 1 << 20, ops, count, &f->err), GUICHET_OK);
	synchronise(w, 1);
	park_all(w, f->store, *ops, *count);
}

/* Protects: what the server parked and nobody settled yet, a person among it, goes along into a store that is built
 * anew, and its tables say so. */
static void parked_work_is_kept(void **state)
{
	struct world *w = *state;
	needs(w);
	struct replica_state before, after;
	struct op *ops;
	size_t count;
	struct store_fixture *f = w->desks[1].f;
	log_and_park(w, "nid-de-poule", &ops, &count);
	ops_done(ops, count);
	assert_int_equal(replica_state(f->store, &before, NULL), GUICHET_OK);
	assert_true(before.parked > 1);
	is_consistent(f->store);
	/* In a backup as well: what this desk need not keep for the server, its author still looks after. */
	assert_int_equal(db_run(w->server->db, NULL, "UPDATE head SET backup_seq = seq", ""), GUICHET_OK);
	synchronise(w, 1);
	replica_want_resync(f->store, "test", NULL);
	synchronise(w, 1);
	assert_int_equal(replica_state(f->store, &after, NULL), GUICHET_OK);
	assert_false(after.resync);
	assert_int_equal(after.parked, before.parked);
	is_consistent(f->store);
}

/* Protects: what was parked, and settled while the desk was away, is no longer shown as waiting by a store that is built anew, also where nothing of it is seen any more. */
static void settled_while_away(void **state)
{
	struct world *w = *state;
	needs(w);
	struct replica_state after;
	struct op *ops;
	size_t count;
	struct store_fixture *f = w->desks[1].f;
	log_and_park(w, "depot", &ops, &count);
	assert_int_equal(replica_state(f->store, &after, NULL), GUICHET_OK);
	assert_int_equal(after.parked, count);
	for (size_t i = 0; i < count; i++) {
		int64_t settled, seq = db_value(w->server->db, 0, "SELECT seq FROM op WHERE device = ?1 AND dseq = ?2", "ii", (int64_t)ops[i].id.device, (int64_t)ops[i].id.dseq);
		assert_int_equal(ledger_settle(w->server->db, seq, store_now(f->store), &settled, NULL), GUICHET_OK);
	}
	ops_done(ops, count);
	replica_want_resync(f->store, "test", NULL);
	synchronise(w, 1);
	assert_int_equal(replica_state(f->store, &after, NULL), GUICHET_OK);
	assert_false(after.resync);
	assert_int_equal(after.parked, 0);
	assert_int_equal(after.pending, 0);
	is_consistent(f->store);
}

/* A snapshot from the server in the place of the desk's store; what waits is not sent before. */
static void build_anew(struct world *w, int desk)
{
	struct store_fixture *f = w->desks[desk].f;
	struct shadow *h;
	struct guichet_err err = { 0 };
	struct text body = { .cap = 64 * 1024 * 1024 };
	assert_int_equal(shadow_open(f->store, &h, &err), GUICHET_OK);
	while (!shadow_state(h)->complete) {
		struct shadow_page page;
		struct text target = TEXT_INIT;
		char chain[33];
		text_add(&target, "/v1/snapshot?limit=9");
		for (int i = 0; i < 16; i++)
			snprintf(chain + 2 * i, 3, "%02x", shadow_state(h)->at.chain[i]);
		if (shadow_state(h)->begun)
			text_addf(&target, "&at=%lld:%lld:%s&after=%s", (long long)shadow_state(h)->at.epoch, (long long)shadow_state(h)->at.seq, chain, shadow_state(h)->next);
		assert_int_equal(ask(w, w->desks[desk].token, "GET", text_str(&target), "", 0, &body), 200);
		assert_int_equal(shadow_page_read(text_str(&body), body.len, &page, &err), GUICHET_OK);
		assert_int_equal(shadow_add(h, &page, &err), GUICHET_OK);
		shadow_page_done(&page);
		text_done(&target);
	}
	assert_int_equal(shadow_finish(h, &err), GUICHET_OK);
	assert_int_equal(shadow_swap(&h, f->store, &err), GUICHET_OK);
	assert_null(h);
	text_done(&body);
}

/* Protects: what waits about somebody who was erased meanwhile goes into a store that is built anew without a word of
 * him. */
static void erased_while_it_waits(void **state)
{
	struct world *w = *state;
	needs(w);
	struct op *ops;
	size_t count;
	struct op_id id;
	make_history(w, 5);
	enrol(w, 1, "agent", "*");
	synchronise(w, 1);
	struct store_fixture *f = w->desks[1].f;
	int64_t known = FIXTURE_LOG(f, .category = "depot", .subject = "Vélo");
	synchronise(w, 1);
	fixture_step(f, known, STEP_NOTE, &(struct step_args){ .text = "C'est Mme Berthier" });
	assert_int_equal(desk_op_of_reference(f->store, known, &id, &f->err), GUICHET_OK);
	assert_int_equal(ledger_erase(w->server->db, id, "dpo", w->now_ms, w->server->random, &f->err), GUICHET_OK);
	build_anew(w, 1);
	assert_int_equal(replica_pending(f->store, NULL, 0, 8, 1 << 20, &ops, &count, &f->err), GUICHET_OK);
	assert_int_equal(count, 1);
	assert_true(ops[0].blanked);
	assert_null(ops[0].personal_text);
	ops_done(ops, count);
	is_consistent(f->store);
	synchronise(w, 1);
	is_consistent(f->store);
}

/* --- what was erased --- */

static void erase_there(struct world *w, struct op_id id)
{
	struct guichet_err err = { 0 };
	assert_int_equal(db_begin(w->server->db, &err), GUICHET_OK);
	if (ledger_erase(w->server->db, id, "guichetd", w->now_ms, w->server->random, &err) != GUICHET_OK)
		fail_msg("%s", err.message);
	assert_int_equal(db_commit(w->server->db, &err), GUICHET_OK);
}

/* Operations about somebody of whom something is still said, in the file itself. */
static int count_said(struct store_fixture *f, struct op_id subject)
{
	sqlite3 *db;
	sqlite3_stmt *st;
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM op o JOIN device d ON d.no = o.subject >> 40 WHERE d.id = ?1 AND o.subject & 1099511627775 = ?2 AND "
		"o.kind <> 'erase' AND (o.personal IS NOT NULL OR o.salt IS NOT NULL)", -1, &st, NULL), SQLITE_OK);
	sqlite3_bind_int64(st, 1, subject.device);
	sqlite3_bind_int64(st, 2, (int64_t)subject.dseq);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	int count = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return count;
}

/* Protects: what a desk wrote and keeps for the server, of requests that it does not see any more, is blanked with them and their people, also when they were erased
 * while it was away and its store is built anew: the snapshot says what was. */
static void erased_while_away(void **state)
{
	struct world *w = *state;
	needs(w);
	struct op *ops;
	size_t count;
	make_history(w, 5);
	enrol(w, 1, "service", "voirie");
	struct store_fixture *f = w->desks[1].f;
	synchronise(w, 1);
	FIXTURE_LOG(f, .category = "depot", .subject = "Matelas", .requester = WHO({ "name", "Berthier" }, { "phone", "0699887766" }));
	assert_int_equal(replica_pending(f->store, NULL, 0, 8, 1 << 20, &ops, &count, &f->err), GUICHET_OK);
	synchronise(w, 1);
	for (size_t i = 0; i < count; i++) {
		if (ops[i].kind != OP_CREATE && ops[i].kind != OP_REQUESTER_CREATE)
			continue;
		assert_int_equal(count_said(f, ops[i].subject), 1);
		erase_there(w, ops[i].subject);
	}
	replica_want_resync(f->store, "test", NULL);
	synchronise(w, 1);
	for (size_t i = 0; i < count; i++) {
		if (ops[i].kind != OP_CREATE && ops[i].kind != OP_REQUESTER_CREATE)
			continue;
		assert_true(replica_holds(f->store, ops[i].id));
		assert_int_equal(count_said(f, ops[i].subject), 0);
	}
	ops_done(ops, count);
	is_consistent(f->store);
}

/* Protects: a revoked desk that can't wipe its store at the first try, because somebody writes or the disk is full, goes
 * on trying until all of it is gone. */
static void revoked_while_somebody_writes(void **state)
{
	struct world *w = *state;
	needs(w);
	struct sync_status st;
	struct guichet_err err = { 0 };
	enum guichet_rc rc = GUICHET_OK;
	make_history(w, 5);
	enrol(w, 1, "agent", "*");
	synchronise(w, 1);
	struct store_fixture *f = w->desks[1].f;
	struct store *other;
	assert_true(count_all(f->store) > 0);
	assert_int_equal(db_run(w->server->db, &err, "UPDATE device SET revoked_ms = 1 WHERE id = ?1", "i",
		(int64_t)store_device(f->store)), GUICHET_OK);
	assert_int_equal(store_open(f->path, &(struct store_options){ .clock = { world_now, w },
		.random = w->server->random, .busy_ms = 1 }, &other, &err), GUICHET_OK);
	assert_int_equal(store_begin(other, &err), GUICHET_OK);
	sync_poke(w->desks[1].sync);
	assert_true(turn_anyway(w, &w->desks[1], SYNC_PULL, &rc));
	assert_int_not_equal(rc, GUICHET_OK);
	sync_status(w->desks[1].sync, &st);
	assert_int_not_equal(st.trouble, SYNC_REVOKED);
	store_rollback(other);
	store_close(&other);
	w->now_ms += 400 * 1000;
	turn(w, &w->desks[1], SYNC_PULL);
	sync_status(w->desks[1].sync, &st);
	assert_int_equal(st.trouble, SYNC_REVOKED);
	assert_int_equal(count_all(f->store), 0);
}

/* Protects: what ended long ago stays on the server, and verify finds nothing wrong with that; what is done to it later brings it back whole. */
static void old_ones_stay_away(void **state)
{
	struct world *w = *state;
	needs(w);
	struct store_fixture *f = w->desks[0].f;
	int64_t old = FIXTURE_LOG(f, .category = "depot", .subject = "Vieux matelas", .requester = WHO({ "name", "Berthier" }));
	fixture_step(f, old, STEP_CANCEL, &(struct step_args){ .reason = "doublon" });
	w->now_ms = f->now_ms = f->now_ms + 100 * (int64_t)DAY_MS;
	make_history(w, 6);
	enrol(w, 1, "agent", "*");
	w->desks[1].f->now_ms = w->now_ms;
	synchronise(w, 1);
	assert_int_equal(count_all(w->desks[1].f->store), 6);
	is_consistent(w->desks[1].f->store);
	/* It left desk 0 as well: whoever has something to say of it asks for it. */
	look_up(w, 0, old);
	fixture_step(f, old, STEP_NOTE, &(struct step_args){ .text = "Revenu" });
	synchronise(w, 0);
	synchronise(w, 1);
	both_show_the_same(w);
	is_consistent(w->desks[1].f->store);
}

/* Protects: pages that are torn, repeated or garbled change nothing, and are asked for again. */
static void bad_lines(void **state)
{
	struct world *w = *state;
	needs(w);
	static const enum weather weathers[] = { TORN, REPEATED, GARBLED };
	make_history(w, 30);
	enrol(w, 1, "agent", "*");
	for (size_t i = 0; i < 3; i++) {
		w->weather = weathers[i];
		replica_want_resync(w->desks[1].f->store, "test", NULL);
		synchronise(w, 1);
		w->weather = FAIR;
		synchronise(w, 1);
		both_show_the_same(w);
		is_consistent(w->desks[1].f->store);
	}
}

/* Protects: what was not sent, drafts and settings outlive a store that is built anew; row ids stay what they were. */
static void own_work_is_kept(void **state)
{
	struct world *w = *state;
	needs(w);
	struct text before = TEXT_INIT, after = TEXT_INIT;
	struct replica_state there;
	int64_t draft = 0, row, again[1];
	make_history(w, 12);
	enrol(w, 1, "agent", "*");
	synchronise(w, 1);
	struct store_fixture *f = w->desks[1].f;
	int64_t known = FIXTURE_LOG(f, .category = "depot", .subject = "Vélo");
	synchronise(w, 1);
	struct call call = { .category = "depot", .subject = "Jamais envoyé", .requester = WHO({ "name", "Nouveau" }) };
	w->weather = CUT;
	int64_t fresh = fixture_log(f, &call, &row);
	fixture_step(f, known, STEP_NOTE, &(struct step_args){ .text = "Pas encore envoyé" });
	assert_int_equal(store_put_draft(f->store, &draft, NULL, "paul", "{\"subject\":\"en cours\"}", NULL), GUICHET_OK);
	replica_state(f->store, &there, NULL);
	int64_t pending = there.pending;
	assert_true(pending >= 3);
	show(f->store, &before);
	/* The server takes nothing, but gives. */
	replica_want_resync(f->store, "test", NULL);
	build_anew(w, 1);
	replica_state(f->store, &there, NULL);
	assert_int_equal(there.pending, pending);
	assert_false(there.resync);
	show(f->store, &after);
	assert_string_equal(text_str(&before), text_str(&after));
	assert_int_equal(store_find_reference(f->store, fresh, again, 1), 1);
	assert_int_equal(again[0], row);
	assert_true(store_draft_is(f->store, draft, "{\"subject\":\"en cours\"}"));
	is_consistent(f->store);
	w->weather = FAIR;
	new_sync(w, 1);
	synchronise(w, 1);
	synchronise(w, 0);
	both_show_the_same(w);
	text_done(&before);
	text_done(&after);
}

/* Protects: a desk whose grants change holds what they give, and nothing else, and loses nothing that it had not sent. */
static void grants_change(void **state)
{
	struct world *w = *state;
	needs(w);
	struct replica_state there;
	make_history(w, 24);
	enrol(w, 1, "agent", "*");
	synchronise(w, 1);
	assert_int_equal(count_all(w->desks[1].f->store), 24);
	assert_int_equal(db_run(w->server->db, &w->server->err, "UPDATE device SET services = 'nettoyage' WHERE id <> ?1", "i", (int64_t)store_device(w->desks[0].f->store)), GUICHET_OK);
	synchronise(w, 1);
	assert_int_equal(count_all(w->desks[1].f->store), 8);
	is_consistent(w->desks[1].f->store);
	assert_int_equal(replica_state(w->desks[1].f->store, &there, NULL), GUICHET_OK);
	assert_false(there.resync);
}

/* The server as it was before anybody sent anything. */
static void restore_nothing(struct world *w)
{
	static const char *const lost[] = { "DELETE FROM op", "DELETE FROM item", "DELETE FROM word", "UPDATE word_head SET seq = 0" };
	const uint8_t none[WIRE_CHAIN] = { 0 };
	struct guichet_err *err = &w->server->err;
	for (size_t i = 0; i < sizeof lost / sizeof *lost; i++)
		assert_int_equal(db_run(w->server->db, err, lost[i], ""), GUICHET_OK);
	assert_int_equal(db_run(w->server->db, err, "UPDATE head SET seq = 0, chain = ?1", "b", none, WIRE_CHAIN), GUICHET_OK);
	assert_int_equal(ledger_restored(w->server->db, err), GUICHET_OK);
}

/* Protects: a desk that is to be filled anew, and finds a server that was restored meanwhile, offers what that lost before it takes the server's word for anything. */
static void filled_from_a_restored_server(void **state)
{
	struct world *w = *state;
	needs(w);
	make_history(w, 5);
	enrol(w, 1, "agent", "*");
	synchronise(w, 1);
	FIXTURE_LOG(w->desks[1].f, .category = "nid-de-poule", .subject = "Avant");
	synchronise(w, 1);
	int64_t known = count_all(w->desks[1].f->store);
	restore_nothing(w);
	assert_int_equal(replica_want_resync(w->desks[1].f->store, "test", NULL), GUICHET_OK);
	synchronise(w, 1);
	assert_int_equal(count_all(w->desks[1].f->store), known);
	FIXTURE_LOG(w->desks[1].f, .category = "depot", .subject = "Après");
	synchronise(w, 1);
	synchronise(w, 0);
	synchronise(w, 1);
	both_show_the_same(w);
	is_consistent(w->desks[1].f->store);
}

static bool keep_reference(void *context, const struct request_row *row)
{
	int64_t *list = context;
	list[++list[0]] = row->reference;
	return list[0] < 19;
}

/* What a swap uses up. */
static const char *shadow_file(const struct store_fixture *f)
{
	static char path[160];
	snprintf(path, sizeof path, "%s.neuf", f->path);
	return path;
}

/* Protects: what ended longer ago than the window leaves the desk, but not with something unsent; what is looked up on the server comes back whole. */
static void old_ones_leave(void **state)
{
	struct world *w = *state;
	needs(w);
	struct guichet_err err = { 0 };
	make_history(w, 10);
	enrol(w, 1, "agent", "*");
	synchronise(w, 1);
	struct store_fixture *f = w->desks[1].f;
	struct list_filter cancelled = LIST_FILTER_INIT;
	int64_t references[20] = { 0 };
	cancelled.all = true;
	cancelled.status = STATUS_CANCELLED;
	assert_int_equal(store_list(f->store, &cancelled, keep_reference, references, NULL), GUICHET_OK);
	assert_int_equal(references[0], 2);
	w->now_ms = f->now_ms = f->now_ms + 120 * (int64_t)DAY_MS;
	w->weather = CUT;
	fixture_step(f, references[1], STEP_NOTE, &(struct step_args){ .text = "Pas encore envoyé" });
	assert_int_equal(replica_age(f->store, w->now_ms, 100, &err), GUICHET_OK);
	assert_int_equal(count_all(f->store), 9);
	assert_int_equal(store_find_reference(f->store, references[2], references, 1), 0);
	is_consistent(f->store);
	w->weather = FAIR;
	look_up(w, 1, references[2]);
	assert_int_equal(store_find_reference(f->store, references[2], references, 1), 1);
	is_consistent(f->store);
}

static void set_policy(struct world *w, const struct api_policy *policy)
{
	const struct guichet_clock clock = { world_now, w };
	api_free(&w->api);
	w->api = api_new(&(struct api_options){ .policy = *policy, .clock = clock, .random = w->server->random });
}

/* Protects: a desk that the server's policy keeps from receiving hands in what it has all the same, also one that has never received; all the while it says the same of
 * itself, since the same moment; once it may receive it takes everything, and nothing is there twice. */
static void sends_and_may_not_receive(void **state)
{
	struct world *w = *state;
	needs(w);
	struct api_policy policy = API_POLICY_INIT;
	struct sync_status st;
	struct replica_state at;
	int64_t since = NO_INSTANT;
	make_history(w, 4);
	enrol(w, 1, "agent", "*");
	policy.require_encryption = true;
	set_policy(w, &policy);
	struct desk *d = &w->desks[1];
	for (int round = 0; round < 6; round++) {
		FIXTURE_LOG(d->f, .category = "depot", .subject = "Écrit sans rien recevoir");
		sync_now(d->sync);
		for (int n = 0; n < 40; n++) {
			bool push = turn(w, d, SYNC_PUSH);
			turn(w, d, SYNC_PULL);
			sync_status(d->sync, &st);
			/* Whichever of the two lanes was answered last. */
			assert_int_equal(st.trouble, n || round ? SYNC_TOO_OLD : st.trouble);
			if (n == 0 && round == 0)
				since = st.since_ms;
			assert_int_equal(st.since_ms, since);
			w->now_ms += push ? 0 : 20000;
		}
		assert_int_equal(replica_state(d->f->store, &at, NULL), GUICHET_OK);
		assert_int_equal(at.pending, 0);
	}
	struct ledger_head before, after;
	assert_int_equal(ledger_head(w->server->db, &before, NULL), GUICHET_OK);
	assert_int_equal(count_all(d->f->store), 6);
	policy.require_encryption = false;
	set_policy(w, &policy);
	sync_now(d->sync);
	synchronise(w, 1);
	sync_status(d->sync, &st);
	assert_int_equal(st.trouble, SYNC_FINE);
	assert_int_equal(st.since_ms, NO_INSTANT);
	synchronise(w, 0);
	both_show_the_same(w);
	assert_int_equal(count_all(d->f->store), 10);
	is_consistent(d->f->store);
	/* Nothing was sent twice. */
	assert_int_equal(ledger_head(w->server->db, &after, NULL), GUICHET_OK);
	assert_int_equal(after.seq, before.seq);
}

static void forbid_reading(struct world *w, bool by_role, bool forbid)
{
	struct api_policy policy = API_POLICY_INIT;
	policy.require_encryption = forbid;
	if (!by_role)
		set_policy(w, &policy);
	else
		assert_int_equal(db_run(w->server->db, &w->server->err, "UPDATE device SET role = ?2 WHERE id = ?1", "it",
			(int64_t)store_device(w->desks[1].f->store), forbid ? "dpo" : "agent"), GUICHET_OK);
}

static int64_t count_sent(struct world *w, int64_t device)
{
	return db_value(w->server->db, 0, "SELECT count(*) FROM op WHERE device = ?1", "i", device);
}

/* A desk that may not read, behind a server that was restored: everything that it made is there, once. */
static void sends_unread(struct world *w, bool by_role)
{
	struct replica_state at;
	make_history(w, 4);
	enrol(w, 1, "agent", "*");
	synchronise(w, 1);
	struct desk *d = &w->desks[1];
	FIXTURE_LOG(d->f, .category = "depot", .subject = "Perdu par le serveur");
	synchronise(w, 1);
	forbid_reading(w, by_role, true);
	restore_nothing(w);
	FIXTURE_LOG(d->f, .category = "depot", .subject = "Écrit sans rien recevoir");
	int64_t device = (int64_t)store_device(d->f->store), made = store_last_op(d->f->store) & (((int64_t)1 << 40) - 1);
	sync_now(d->sync);
	for (int n = 0; n < 40; n++) {
		bool push = turn(w, d, SYNC_PUSH);
		turn(w, d, SYNC_PULL);
		w->now_ms += push ? 0 : 20000;
	}
	assert_int_equal(count_sent(w, device), made);
	/* Nor does it send them for ever. */
	assert_false(turn(w, d, SYNC_PUSH));
	forbid_reading(w, by_role, false);
	sync_now(d->sync);
	synchronise(w, 1);
	synchronise(w, 0);
	synchronise(w, 1);
	assert_int_equal(replica_state(d->f->store, &at, NULL), GUICHET_OK);
	assert_int_equal(at.pending, 0);
	assert_int_equal(count_sent(w, device), made);
	both_show_the_same(w);
	is_consistent(d->f->store);
}

/* Protects: what a desk recorded does not wait until it may read again: neither what a restored server lost, nor what
 * was written since. */
static void sends_to_a_restored_server(void **state)
{
	struct world *w = *state;
	needs(w);
	sends_unread(w, false);
	assert_int_equal(count_all(w->desks[1].f->store), 6);
}

/* Protects: nor when it is its role that lets it read nothing. */
static void sends_without_a_role(void **state)
{
	struct world *w = *state;
	needs(w);
	sends_unread(w, true);
}

/* --- killed --- */

static void take_whole(struct world *w, struct shadow *h)
{
	struct text body = { .cap = 64 * 1024 * 1024 };
	struct shadow_page page;
	struct guichet_err err = { 0 };
	assert_int_equal(ask(w, w->desks[1].token, "GET", "/v1/snapshot", "", 0, &body), 200);
	assert_int_equal(shadow_page_read(text_str(&body), body.len, &page, &err), GUICHET_OK);
	assert_true(page.next[0] == '\0');
	assert_int_equal(shadow_add(h, &page, &err), GUICHET_OK);
	shadow_page_done(&page);
	text_done(&body);
}

enum { BEGUN_ANEW = 4 };

/* In a process of its own, which is ended after so many microseconds; 0: never. True when it came to its end. */
static bool swap_in_child(struct world *w, const char *path, int64_t after_us)
{
	int status = 0;
	struct store_options o = { .clock = clock_fixed(&w->now_ms), .random = random_seeded(&w->desks[1].f->seed) };
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct store *s = NULL;
		struct shadow *h = NULL;
		struct itimerval timer = { .it_value = { after_us / 1000000, after_us % 1000000 } };
		if (store_open(path, &o, &s, NULL) || shadow_open(s, &h, NULL))
			_exit(2);
		/* Ended between its last commit and the rename: it is made anew. */
		if (!shadow_state(h)->complete)
			_exit(BEGUN_ANEW);
		setitimer(ITIMER_REAL, &timer, NULL);
		if (shadow_finish(h, NULL) || shadow_swap(&h, s, NULL))
			_exit(3);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	/* SIGALRM ends it as SIGKILL would: nobody catches it. */
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == BEGUN_ANEW);
	return !WIFSIGNALED(status) && WEXITSTATUS(status) == 0;
}

/* Protects: killed at any instant of the swap there is the old store or the new one, with what was not sent and what was being typed; and it is gone on with. */
static void killed_while_swapping(void **state)
{
	struct world *w = *state;
	needs(w);
	struct text before = TEXT_INIT, after = TEXT_INIT;
	struct guichet_err err = { 0 };
	int64_t draft = 0;
	bool whole = false;
	make_history(w, 12);
	enrol(w, 1, "agent", "*");
	synchronise(w, 1);
	struct store_fixture *f = w->desks[1].f;
	w->weather = CUT;
	FIXTURE_LOG(f, .category = "depot", .subject = "Jamais envoyé");
	assert_int_equal(store_put_draft(f->store, &draft, NULL, "paul", "{\"subject\":\"en cours\"}", NULL), GUICHET_OK);
	show(f->store, &before);
	struct shadow *h;
	assert_int_equal(shadow_open(f->store, &h, &err), GUICHET_OK);
	take_whole(w, h);
	shadow_close(&h);
	sync_free(&w->desks[1].sync);
	for (int64_t us = 200; !whole; us += 200 + us / 5) {
		struct replica_state there;
		whole = swap_in_child(w, f->path, us < 400000 ? us : 0);
		fixture_reopen(f);
		show(f->store, &after);
		assert_string_equal(text_str(&before), text_str(&after));
		assert_true(store_draft_is(f->store, draft, "{\"subject\":\"en cours\"}"));
		assert_int_equal(replica_state(f->store, &there, NULL), GUICHET_OK);
		assert_int_equal(there.pending, 2);
		if (access(shadow_file(f), F_OK) != 0)
			break;
		assert_int_equal(shadow_open(f->store, &h, &err), GUICHET_OK);
		if (!shadow_state(h)->complete)
			take_whole(w, h);
		shadow_close(&h);
	}
	is_consistent(f->store);
	w->weather = FAIR;
	new_sync(w, 1);
	synchronise(w, 1);
	synchronise(w, 0);
	both_show_the_same(w);
	text_done(&before);
	text_done(&after);
}

/* Protects: what the server writes of operations is read without a tree of JSON (a reader that refused it would only be slow), and says the same as by the other reader. */
static void two_readers(void **state)
{
	struct world *w = *state;
	struct text body = { .cap = 64 * 1024 * 1024 }, scratch = TEXT_INIT;
	struct shadow_page quick, slow;
	size_t subjects = 0;
	needs(w);
	make_history(w, 20);
	FIXTURE_LOG(w->desks[0].f, .category = "nid-de-poule", .subject = "Des \"guillemets\", \\ et \xf0\x9f\x9a\xa7\ten une ligne", .requester = WHO({ "name", "Ÿ" }));
	synchronise(w, 0);
	assert_int_equal(ask(w, w->desks[0].token, "GET", "/v1/snapshot", "", 0, &body), 200);
	const char *at = strstr(text_str(&body), "\"subjects\":["), *end = text_str(&body) + body.len;
	assert_non_null(at);
	for (at += strlen("\"subjects\":["); *at == '['; at += *at == ',') {
		struct op *ops;
		size_t count;
		assert_true(ops_scan(&at, end, &scratch, &ops, &count));
		ops_done(ops, count);
		subjects++;
	}
	assert_string_equal(at, "]}");
	assert_int_equal(shadow_page_read(text_str(&body), body.len, &quick, NULL), GUICHET_OK);
	text_addc(&body, ' ');
	assert_int_equal(shadow_page_read(text_str(&body), body.len, &slow, NULL), GUICHET_OK);
	assert_int_equal(quick.count, subjects);
	assert_int_equal(slow.count, subjects);
	for (size_t i = 0; i < subjects; i++) {
		assert_int_equal(quick.subjects[i].count, slow.subjects[i].count);
		for (size_t n = 0; n < quick.subjects[i].count; n++)
			assert_memory_equal(quick.subjects[i].ops[n].hash, slow.subjects[i].ops[n].hash, OP_HASH);
	}
	shadow_page_done(&quick);
	shadow_page_done(&slow);
	text_done(&body);
	text_done(&scratch);
}

int main(void)
{
#define ON(test, database) { #test " on " #database, test, world_##database, world_teardown, NULL }
	const struct CMUnitTest tests[] = {
		ON(new_desk, sqlite), ON(new_desk, postgres),
		ON(works_meanwhile, sqlite), ON(works_meanwhile, postgres),
		ON(a_copy_begins_with_a_snapshot, sqlite), ON(a_copy_begins_with_a_snapshot, postgres),
		ON(a_narrow_copy_begins_with_a_snapshot, sqlite), ON(a_narrow_copy_begins_with_a_snapshot, postgres),
		ON(undone_person, sqlite), ON(undone_person_narrow, sqlite), ON(undone_person_narrow, postgres),
		ON(parked_work_is_kept, sqlite), ON(parked_work_is_kept, postgres),
		ON(settled_while_away, sqlite), ON(settled_while_away, postgres), ON(erased_while_it_waits, sqlite),
		ON(erased_while_away, sqlite), ON(erased_while_away, postgres),
		ON(revoked_while_somebody_writes, sqlite),
		ON(old_ones_stay_away, sqlite), ON(old_ones_stay_away, postgres),
		ON(bad_lines, sqlite), ON(bad_lines, postgres),
		ON(own_work_is_kept, sqlite), ON(own_work_is_kept, postgres),
		ON(grants_change, sqlite), ON(grants_change, postgres),
		ON(filled_from_a_restored_server, sqlite), ON(filled_from_a_restored_server, postgres),
		ON(old_ones_leave, sqlite), ON(old_ones_leave, postgres),
		ON(sends_and_may_not_receive, sqlite), ON(sends_and_may_not_receive, postgres),
		ON(sends_to_a_restored_server, sqlite), ON(sends_to_a_restored_server, postgres),
		ON(sends_without_a_role, sqlite), ON(sends_without_a_role, postgres),
		ON(killed_while_swapping, sqlite), ON(two_readers, sqlite),
	};
	return cmocka_run_group_tests(tests, server_fixture_group, server_fixture_group_done);
}
