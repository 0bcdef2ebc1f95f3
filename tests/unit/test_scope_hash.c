// SPDX-License-Identifier: GPL-3.0-or-later
/* The scope hash: desks and a server on both databases agree on it over a long life, find what differs, mend it by a
 * snapshot, and are not led in circles by a server that lies. */
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/server/api.h"
#include "guichet/store/shadow.h"
#include "guichet/sync/sync.h"
#include "server_fixture.h"
#include "store_fixture.h"

/* The first is there from the beginning, the second comes later, by a snapshot. */
enum { ALL, LATE, PART, DESKS, TURNS = 3000, SEQS = 16 };
static const int64_t minute_ms = 60000, hour_ms = 3600000, day_ms = 86400000;

struct desk {
	struct store_fixture *f;
	struct sync *sync;
	char token[80];
};
enum server_kind { HONEST, LYING, OLD };
struct world {
	struct server_fixture *server;
	struct api *api;
	struct desk desks[DESKS];
	int64_t now_ms;
	enum server_kind kind;
	unsigned snapshots, compared, turn;
	uint64_t chance;
	void (*meanwhile)(struct world *w); /* done once, when a snapshot is asked for */
};

struct calling {
	const char *query;
	char token[100], value[300];
};

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

static int ask(struct world *w, const char *token, const char *method, const char *target, const struct text *body,
	struct text *out)
{
	struct calling calling = {0};
	char path[300];
	snprintf(path, sizeof path, "%.*s", (int)strcspn(target, "?"), target);
	snprintf(calling.token, sizeof calling.token, "Bearer %s", token);
	calling.query = strchr(target, '?') ? strchr(target, '?') + 1 : "";
	struct api_call call = {.method = method, .path = path, .query = find_query, .header = find_header,
		.context = &calling, .body = body ? text_str(body) : "", .body_bytes = body ? body->len : 0, .peer = "127.0.0.1"};
	struct api_call *list = &call;
	if (api_begin(w->api, w->server->db, &call) == API_WRITE)
		api_write(w->api, w->server->db, &list, 1);
	text_clear(out);
	text_addn(out, text_str(&call.out), call.out.len);
	int status = call.status;
	api_call_done(&call);
	return status;
}

/* An older server knows neither question; a lying one answers it with another hash each time. */
static void bend(struct world *w, struct text *body)
{
	char *digest = strstr(text_str(body), "\"digest\":{"), *hash = digest ? strstr(digest, "\"hash\":\"") : NULL;
	w->compared += hash != NULL;
	if (hash && w->kind == LYING)
		hash[8] = hash[8] == '0' ? '1' : '0';
	else if (digest && w->kind == OLD)
		memcpy(digest, "\"DIGEST\"", 8);
}

static bool turn(struct world *w, struct desk *d, enum sync_lane lane)
{
	struct sync_request request;
	struct guichet_err err = {0};
	struct text body = {.cap = 64 * 1024 * 1024};
	int64_t wake;
	bool wanted = sync_next(d->sync, lane, &request, &wake);
	if (wanted) {
		bool snapshot = strstr(text_str(&request.path), "/v1/snapshot") != NULL;
		w->snapshots += snapshot && !strstr(text_str(&request.path), "&at=");
		int status = ask(w, d->token, request.method, text_str(&request.path), &request.body, &body);
		bend(w, &body);
		const struct sync_response response = {
			.status = status, .body = text_str(&body), .body_bytes = body.len, .date_ms = NO_INSTANT};
		if (sync_answer(d->sync, lane, &response, &err) != GUICHET_OK)
			fail_msg("%s", err.message);
		if (snapshot && w->meanwhile) {
			void (*once)(struct world *) = w->meanwhile;
			w->meanwhile = NULL;
			once(w);
		}
	}
	sync_request_done(&request);
	text_done(&body);
	return wanted;
}

static void synchronise(struct world *w, int i)
{
	struct desk *d = &w->desks[i];
	struct sync_status st;
	sync_poke(d->sync);
	for (int n = 0; n < TURNS; n++) {
		bool any = turn(w, d, SYNC_PUSH);
		any = turn(w, d, SYNC_PULL) || any;
		if (!any && sync_is_done(d->sync))
			return;
	}
	sync_status(d->sync, &st);
	fail_msg("desk %d does not come to rest: trouble %d %s, filling %d", i, (int)st.trouble, st.detail, st.filling);
}

static void synchronise_all(struct world *w)
{
	for (int n = 0; n < 2; n++)
		for (int i = 0; i < DESKS; i++)
			if (w->desks[i].sync)
				synchronise(w, i);
}

static void pass(struct world *w, int64_t ms)
{
	w->now_ms += ms;
	for (int i = 0; i < DESKS; i++)
		w->desks[i].f->now_ms = w->now_ms;
}

/* --- a world --- */

static int64_t world_now(void *context)
{
	return ((struct world *)context)->now_ms;
}

static void enrol(struct world *w, int i, const char *role, const char *services)
{
	struct desk *d = &w->desks[i];
	struct text out = TEXT_INIT, body = TEXT_INIT;
	char code[20];
	uint8_t hash[32];
	int64_t serials[4];
	struct guichet_err err = {0};
	snprintf(code, sizeof code, "CODE-%d", i);
	api_token_hash(code, hash);
	assert_int_equal(db_run(w->server->db, &err,
						 "INSERT INTO enrol_code(code, name, role, services, until_ms, uses) VALUES(?1, 'poste', ?2, "
						 "?3, ?4, 1)",
						 "btti", (const void *)hash, sizeof hash, role, services, w->now_ms + 1000),
		GUICHET_OK);
	text_addf(&body, "{\"code\":\"%s\",\"version\":\"0.1\",\"device\":%u}", code, store_device(d->f->store));
	assert_int_equal(ask(w, "", "POST", "/v1/devices", &body, &out), 201);
	json_t *json = json_loads(text_str(&out), 0, NULL);
	snprintf(d->token, sizeof d->token, "%s", json_string_value(json_object_get(json, "token")));
	const struct enrolment e = {.url = (char *)(uintptr_t) "test:", .token = d->token,
		.role = (char *)(uintptr_t)role, .services = (char *)(uintptr_t)services,
		.device = (uint32_t)json_integer_value(json_object_get(json, "device"))};
	size_t n = json_array_size(json_object_get(json, "serials"));
	for (size_t k = 0; k < n && k < 4; k++)
		serials[k] = json_integer_value(json_array_get(json_object_get(json, "serials"), k));
	assert_int_equal(replica_enrol(d->f->store, &e, serials, n, 1000, &err), GUICHET_OK);
	json_decref(json);
	text_done(&out);
	text_done(&body);
	d->sync = sync_new(d->f->store, &(struct sync_options){.clock = {world_now, w}, .random = w->server->random,
										.page_items = 7, .compare_seqs = SEQS});
}

static int world_on(void **state, int (*database)(void **state))
{
	struct world *w = *state = guichet_alloc(sizeof *w);
	void *server;
	if (database(&server))
		return -1;
	w->server = server;
	w->chance = 42;
	if (!w->server->db)
		return 0;
	const struct guichet_clock clock = {world_now, w};
	w->api = api_new(
		&(struct api_options){.policy = API_POLICY_INIT, .clock = clock, .random = w->server->random});
	for (int i = 0; i < DESKS; i++) {
		w->desks[i].f = fixture_new(false);
		w->desks[i].f->seed += (uint64_t)i * 1000;
	}
	w->now_ms = w->desks[0].f->now_ms;
	enrol(w, ALL, "agent", "*");
	enrol(w, PART, "service", "voirie");
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
	free(w);
	return 0;
}

static uint64_t roll(struct world *w, uint64_t below)
{
	uint64_t x = w->chance += 0x9E3779B97F4A7C15u;
	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
	x = (x ^ x >> 27) * 0x94D049BB133111EBu;
	return (x ^ x >> 31) % below;
}

/* --- what the two sides say --- */

static const char *const voirie[] = {"voirie"};

/* Every window, each side by itself; how many operations they hold together. */
static int64_t agree(struct world *w, int i)
{
	const struct scope scope = i == PART ? (struct scope){.services = voirie, .count = 1} : (struct scope){.all = true};
	struct store *s = w->desks[i].f->store;
	struct replica_state here;
	struct guichet_err err = {0};
	int64_t operations = 0;
	assert_int_equal(replica_state(s, &here, NULL), GUICHET_OK);
	assert_int_equal(here.pending + here.unseen, 0);
	for (int64_t from = 0; from < here.cursor.seq; from += SEQS) {
		const struct digest_window win = {from, from + SEQS, replica_digest_since(s)};
		struct digest there, mine;
		assert_int_equal(ledger_digest(w->server->db, &scope, &win, &there, &err), GUICHET_OK);
		assert_int_equal(replica_digest(s, &win, &mine, &err), GUICHET_OK);
		if (!digest_equal(&there, &mine))
			fail_msg("desk %d, window %lld: %lld operations here, %lld there", i, (long long)from,
				(long long)mine.operations, (long long)there.operations);
		operations += mine.operations;
	}
	return operations;
}

static int64_t any_request(struct world *w, int i)
{
	sqlite3 *db;
	sqlite3_stmt *st;
	int64_t reference = 0;
	assert_int_equal(sqlite3_open(w->desks[i].f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
						 "SELECT reference FROM request WHERE open = 1 ORDER BY id LIMIT 1 OFFSET ?1 % (SELECT "
						 "max(1, count(*)) FROM request WHERE open = 1)",
						 -1, &st, NULL),
		SQLITE_OK);
	sqlite3_bind_int64(st, 1, (int64_t)roll(w, 1000));
	if (sqlite3_step(st) == SQLITE_ROW)
		reference = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return reference;
}

static void harm(struct world *w, int i, const char *sql)
{
	sqlite3 *db;
	assert_int_equal(sqlite3_open(w->desks[i].f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_true(sqlite3_total_changes(db) > 0);
	sqlite3_close(db);
}

static int64_t look(struct world *w, int i, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *st;
	assert_int_equal(sqlite3_open(w->desks[i].f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	int64_t value = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : -1;
	sqlite3_finalize(st);
	sqlite3_close(db);
	return value;
}

static struct op_id subject_of(struct world *w, int i, int64_t reference)
{
	struct loaded l;
	assert_int_equal(store_load(w->desks[i].f->store, reference, &l, NULL), GUICHET_OK);
	struct op_id id = l.request.id;
	loaded_done(&l);
	return id;
}

static void erase(struct world *w, struct op_id id)
{
	struct guichet_err err = {0};
	assert_int_equal(db_begin(w->server->db, &err), GUICHET_OK);
	assert_int_equal(
		ledger_erase(w->server->db, id, "dpo", w->now_ms, w->server->random, &err), GUICHET_OK);
	assert_int_equal(db_commit(w->server->db, &err), GUICHET_OK);
}

static void log_one(struct world *w, int i)
{
	static const char *const names[] = {"Lefèvre", "Durand", "Berthier"};
	static const char *const phones[] = {"0612345678", "0498765432", "0477889911"};
	size_t who = roll(w, 3);
	FIXTURE_LOG(w->desks[i].f, .category = roll(w, 3) ? "nid-de-poule" : "depot", .subject = "Nid de poule",
		.requester = WHO({"name", names[who]}, {"phone", phones[who]}));
}

/* To whom it is not. */
static void route(struct world *w, int i, int64_t reference)
{
	struct loaded l;
	assert_int_equal(store_load(w->desks[i].f->store, reference, &l, NULL), GUICHET_OK);
	bool there = !strcmp(request_text(&l.request, FIELD_SERVICE), "voirie");
	loaded_done(&l);
	fixture_step(w->desks[i].f, reference, STEP_ROUTE, &(struct step_args){.service = there ? "nettoyage" : "voirie"});
}

/* One thing that happens to a request. */
static void live(struct world *w)
{
	int i = roll(w, 4) ? ALL : LATE;
	if (!w->desks[i].sync)
		i = ALL;
	struct store_fixture *f = w->desks[i].f;
	int64_t reference = any_request(w, i);
	uint64_t what = roll(w, 12);
	if (what < 5 || !reference)
		log_one(w, i);
	else if (what == 5)
		route(w, i, reference);
	else if (what == 6)
		fixture_step(f, reference, STEP_CANCEL, &(struct step_args){.reason = "doublon"});
	else if (what == 7)
		erase(w, subject_of(w, i, reference));
	else if (what == 8)
		pass(w, 20 * day_ms);
	else
		fixture_step(f, reference, STEP_NOTE, &(struct step_args){.text = "Vu sur place"});
}

/* --- tests --- */

/* Protects: whatever way operations came (pages, snapshot, own pushes), and whatever happened to them since (erased,
 * another service's, ended long ago and let go), a desk's hash is the server's: no false alarm. */
static void equal_over_a_life(void **state)
{
	struct world *w = *state;
	server_fixture_needs(w->server);
	int64_t most = 0;
	for (int n = 0; n < 160; n++) {
		live(w);
		if (n == 60)
			enrol(w, LATE, "agent", "*");
		if (roll(w, 3))
			continue;
		synchronise_all(w);
		for (int i = 0; i < DESKS; i++) {
			int64_t held = w->desks[i].sync ? agree(w, i) : 0;
			most = held > most ? held : most;
		}
		pass(w, 11 * minute_ms);
	}
	struct sync_status st;
	for (int i = 0; i < DESKS; i++) {
		sync_status(w->desks[i].sync, &st);
		assert_true(st.compared > 5);
		assert_int_equal(st.differing, 0);
	}
	assert_true(most > 100);
}

static void begin(struct world *w)
{
	server_fixture_needs(w->server);
	for (int i = 0; i < 30; i++)
		log_one(w, ALL);
	enrol(w, LATE, "agent", "*");
	synchronise_all(w);
	w->snapshots = 0;
}

/* Each window has its turn. */
static void compare_all(struct world *w, int i)
{
	for (int n = 0; n < 12; n++) {
		pass(w, 11 * minute_ms);
		synchronise(w, i);
	}
}

static int64_t reported(struct world *w, int i)
{
	struct guichet_err err = {0};
	struct text out = {.cap = 1 << 20};
	assert_int_equal(api_flush_seen(w->api, w->server->db, &err), GUICHET_OK);
	assert_int_equal(ask(w, "", "GET", "/metrics", NULL, &out), 200);
	const char *line = strstr(text_str(&out), "\nguichetd_scope_mismatches_total ");
	assert_non_null(line);
	long long total = strtoll(strchr(line, ' '), NULL, 10);
	int64_t noted = db_value(w->server->db, -1, "SELECT differs FROM device WHERE id = ?1", "i",
		(int64_t)store_device(w->desks[i].f->store));
	text_done(&out);
	assert_int_equal(total, noted);
	return noted;
}

static void type_meanwhile(struct world *w)
{
	FIXTURE_LOG(w->desks[LATE].f, .category = "nid-de-poule", .subject = "Entre-temps");
}

static void is_mended(struct world *w, int i)
{
	int64_t since;
	compare_all(w, i);
	assert_false(replica_digest_wrong(w->desks[i].f->store, &since));
	agree(w, i);
	assert_int_equal(w->snapshots, 1);
	assert_int_equal(reported(w, i), 1);
	struct verify_report report;
	assert_int_equal(store_verify(w->desks[i].f->store, NULL, NULL, NULL, &report, NULL), GUICHET_OK);
	assert_int_equal(report.differences, 0);
}

/* Protects: an operation that a desk lost is found and brought back; what is typed meanwhile is kept and sent; the
 * server knows. */
static void missing_one_is_mended(void **state)
{
	struct world *w = *state;
	begin(w);
	int64_t before = look(w, LATE, "SELECT count(*) FROM op");
	harm(w, LATE, "DELETE FROM op WHERE kind = 'create' AND seq = (SELECT min(seq) FROM op WHERE kind = 'create')");
	w->meanwhile = type_meanwhile;
	is_mended(w, LATE);
	assert_int_equal(look(w, LATE, "SELECT count(*) FROM op"), before + 2);
	assert_int_equal(look(w, LATE, "SELECT count(*) FROM request WHERE subject = 'Entre-temps'"), 1);
	synchronise(w, ALL);
	assert_int_equal(look(w, ALL, "SELECT count(*) FROM request WHERE subject = 'Entre-temps'"), 1);
}

/* Protects: so is one whose text is not what it was, though its hash stands beside it. */
static void changed_one_is_mended(void **state)
{
	struct world *w = *state;
	begin(w);
	harm(w, LATE, "UPDATE op SET personal = replace(personal, 'Nid', 'Nib') WHERE seq = (SELECT min(seq) FROM op WHERE "
				  "kind = 'create')");
	is_mended(w, LATE);
	assert_int_equal(look(w, LATE, "SELECT count(*) FROM op WHERE personal LIKE '%Nib de%'"), 0);
}

/* Protects: what a desk holds and should not (it was never told that it left) goes. */
static void kept_one_goes(void **state)
{
	struct world *w = *state;
	struct guichet_err err = {0};
	begin(w);
	int64_t before = look(w, PART, "SELECT count(*) FROM request");
	assert_true(before > 1);
	assert_int_equal(db_run(w->server->db, &err,
						 "UPDATE item SET service = 'nettoyage' WHERE subject = 0 AND service = 'voirie' AND seq = "
						 "(SELECT min(seq) FROM item WHERE subject = 0 AND service = 'voirie')",
						 ""),
		GUICHET_OK);
	is_mended(w, PART);
	assert_int_equal(look(w, PART, "SELECT count(*) FROM request"), before - 1);
}

/* Protects: a server whose hashes are nonsense costs a desk one snapshot, then one after an hour, two, four: never a
 * loop; and once it is right again, so is the desk. */
static void liar_leads_nobody_in_circles(void **state)
{
	struct world *w = *state;
	int64_t since;
	begin(w);
	w->kind = LYING;
	for (int n = 0; n < 3 * 24 * 2; n++) {
		pass(w, hour_ms / 2);
		synchronise(w, LATE);
	}
	assert_true(replica_digest_wrong(w->desks[LATE].f->store, &since));
	assert_true(w->compared > 100);
	assert_in_range(w->snapshots, 4, 8);
	w->kind = HONEST;
	w->snapshots = 0;
	compare_all(w, LATE);
	assert_false(replica_digest_wrong(w->desks[LATE].f->store, &since));
	assert_int_equal(w->snapshots, 0);
	agree(w, LATE);
}

/* Protects: with a server that does not know the question a desk works as ever, and asks seldom. */
static void older_server(void **state)
{
	struct world *w = *state;
	int64_t since;
	begin(w);
	w->kind = OLD;
	w->compared = 0;
	for (int n = 0; n < 60; n++) {
		pass(w, minute_ms);
		synchronise(w, LATE);
	}
	assert_in_range(w->compared, 1, 8);
	assert_int_equal(w->snapshots, 0);
	assert_false(replica_digest_wrong(w->desks[LATE].f->store, &since));
	log_one(w, LATE);
	synchronise_all(w);
	agree(w, ALL);
}

/* Protects: a desk that does not ask is told nothing new, and no question makes the server look through more than a
 * window. */
static void questions_are_checked(void **state)
{
	static const char *const bad[] = {"", "&digest=", "&digest=x", "&digest=0", "&digest=0:", "&digest=-1:5",
		"&digest=5:5", "&digest=0:999999", "&digest=0:1001", "&digest=0:5x", "&digest=99999999999999999999:5"};
	struct world *w = *state;
	struct text out = {.cap = 1 << 20}, target = TEXT_INIT;
	begin(w);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		text_clear(&target);
		text_addf(&target, "/v1/changes?wait=0%s", bad[i]);
		assert_int_equal(ask(w, w->desks[ALL].token, "GET", text_str(&target), NULL, &out), 200);
		assert_non_null(strstr(text_str(&out), "\"end\":true"));
		assert_null(strstr(text_str(&out), "\"digest\""));
	}
	assert_int_equal(ask(w, w->desks[ALL].token, "GET", "/v1/changes?wait=50&digest=0:8", NULL, &out), 200);
	assert_non_null(strstr(text_str(&out), "\"digest\""));
	text_done(&out);
	text_done(&target);
}

int main(void)
{
#define ON(test, database) {#test " on " #database, test, world_##database, world_teardown, NULL}
	const struct CMUnitTest tests[] = {
		ON(equal_over_a_life, sqlite),
		ON(equal_over_a_life, postgres),
		ON(missing_one_is_mended, sqlite),
		ON(missing_one_is_mended, postgres),
		ON(changed_one_is_mended, sqlite),
		ON(kept_one_goes, sqlite),
		ON(kept_one_goes, postgres),
		ON(liar_leads_nobody_in_circles, sqlite),
		ON(older_server, sqlite),
		ON(questions_are_checked, sqlite),
		ON(questions_are_checked, postgres),
	};
	return cmocka_run_group_tests(tests, server_fixture_group, server_fixture_group_done);
}
