// SPDX-License-Identifier: GPL-3.0-or-later
/* Desks and a server in one process: the desk's state machine against the REST interface, without a network between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/server/api.h"
#include "guichet/sync/sync.h"
#include "server_fixture.h"
#include "store_fixture.h"

enum { DESKS = 2, TURNS = 400 };

struct desk { struct store_fixture *f; struct sync *sync; char token[80]; };
struct world { struct server_fixture *server; struct api *api; struct desk desks[DESKS]; int64_t now_ms; bool cut, lies; uint64_t chance; };

/* --- a network that never loses anything --- */

struct calling { const char *query, *token; char value[300]; };

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

/* Status and body of the answer. */
static int ask(struct world *w, const char *token, const char *method, const char *target, const char *body, size_t bytes, struct text *out)
{
	struct calling calling = { 0 };
	char path[300], bearer[100];
	snprintf(path, sizeof path, "%.*s", (int)strcspn(target, "?"), target);
	snprintf(bearer, sizeof bearer, "Bearer %s", token);
	calling.query = strchr(target, '?') ? strchr(target, '?') + 1 : "";
	calling.token = bearer;
	struct api_call call = { .method = method, .path = path, .query = find_query, .header = find_header, .context = &calling, .body = body, .body_bytes = bytes };
	struct api_call *list = &call;
	enum api_next next = api_begin(w->api, w->server->db, &call);
	if (next == API_WRITE)
		api_write(w->api, w->server->db, &list, 1);
	assert_true(next != API_HOLD);
	text_clear(out);
	text_addn(out, text_str(&call.out), call.out.len);
	int status = call.status;
	api_call_done(&call);
	return status;
}

/* --- a server that answers nonsense --- */

enum { CONTAINERS = 600 };

static size_t draw(struct world *w, size_t n)
{
	uint64_t x = w->chance += 0x9E3779B97F4A7C15u;
	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
	x = (x ^ x >> 27) * 0x94D049BB133111EBu;
	return (size_t)((x ^ x >> 31) % n);
}

static void collect(json_t *json, json_t **found, size_t *count)
{
	const char *key;
	json_t *value;
	size_t i;
	if (*count < CONTAINERS && (json_array_size(json) > 0 || json_object_size(json) > 0))
		found[(*count)++] = json;
	json_object_foreach(json, key, value)
		collect(value, found, count);
	json_array_foreach(json, i, value)
		collect(value, found, count);
}

/* A value of another type than the one that is there. What is well formed and wrong is a lie that nobody can see: it is not told here. */
static json_t *misfit_once(struct world *w)
{
	static const json_int_t numbers[] = { 0, -1, 1, INT64_MAX, INT64_MIN, 1ll << 33 };
	static const char *const texts[] = { "", "\n\t", "1:1:00", "0.0", "4294967296.1", "{\"a\":", "\xc3\xa9\xe2\x80\xae", "-1.-1" };
	json_t *deep;
	switch (draw(w, 6)) {
	case 0:
		return json_integer(numbers[draw(w, 6)]);
	case 1:
		return json_string(texts[draw(w, 8)]);
	case 2:
		return json_array();
	case 3:
		return json_object();
	case 4:
		deep = json_null();
		for (int i = 0; i < 40; i++)
			deep = json_pack("[o]", deep);
		return deep;
	default:
		return json_real(1e300);
	}
}

static json_t *misfit(struct world *w, const json_t *was)
{
	json_t *json = misfit_once(w);
	while (json_typeof(json) == json_typeof(was) || (json_is_number(json) && json_is_number(was))) {
		json_decref(json);
		json = misfit_once(w);
	}
	return json;
}

static void spoil(struct world *w, json_t *json)
{
	json_t *found[CONTAINERS];
	size_t count = 0;
	collect(json, found, &count);
	json_t *at = count ? found[draw(w, count)] : NULL;
	if (json_is_array(at)) {
		size_t i = draw(w, json_array_size(at));
		if (draw(w, 2))
			json_array_append(at, json_array_get(at, i));
		else
			json_array_set_new(at, i, misfit(w, json_array_get(at, i)));
	} else if (at) {
		size_t n = draw(w, json_object_size(at));
		void *member = json_object_iter(at);
		while (n-- > 0)
			member = json_object_iter_next(at, member);
		char *key = guichet_strdup(json_object_iter_key(member));
		json_object_set_new(at, key, misfit(w, json_object_get(at, key)));
		free(key);
	}
}

static void lie(struct world *w, int *status, struct text *body)
{
	static const int statuses[] = { 100, 200, 204, 206, 301, 400, 401, 404, 409, 413, 426, 429, 500, 503, 999 };
	static const char *const pages[] = { "<html><body>Portail captif : acceptez les conditions</body></html>", "", "null", "[]", "{}", "{\"items\":[]}", "\xff\xfe\x80" };
	json_t *json = NULL;
	switch (draw(w, 6)) {
	case 0:
		*status = statuses[draw(w, sizeof statuses / sizeof *statuses)];
		return;
	case 1:
		if (body->len > 0)
			body->data[body->len = draw(w, body->len)] = '\0';
		return;
	case 2:
		text_clear(body);
		text_add(body, pages[draw(w, sizeof pages / sizeof *pages)]);
		return;
	default:
		json = json_loadb(text_str(body), body->len, 0, NULL);
		for (size_t n = 1 + draw(w, 3); json && n > 0; n--)
			spoil(w, json);
		char *bytes = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
		if (bytes) {
			text_clear(body);
			text_add(body, bytes);
		}
		free(bytes);
		json_decref(json);
	}
}

/* One lane's request, if it wants one; true when it did. */
static bool turn(struct world *w, struct desk *d, enum sync_lane lane)
{
	struct sync_request request;
	struct guichet_err err = { 0 };
	struct text body = { .cap = 64 * 1024 * 1024 };
	int64_t wake;
	bool wanted = sync_next(d->sync, lane, &request, &wake);
	if (wanted) {
		int status = w->cut ? 0 : ask(w, d->token, request.method, text_str(&request.path), text_str(&request.body), request.body.len, &body);
		if (w->lies && draw(w, 4) > 0)
			lie(w, &status, &body);
		const struct sync_response response = { .status = status, .body = text_str(&body), .body_bytes = body.len, .date_ms = NO_INSTANT };
		/* Whatever was answered: an error is the store's. */
		if (sync_answer(d->sync, lane, &response, &err) != GUICHET_OK)
			fail_msg("%s; the answer was %d %.2000s", err.message, status, text_str(&body));
	}
	sync_request_done(&request);
	text_done(&body);
	return wanted;
}

static void synchronise(struct world *w)
{
	for (int i = 0; i < DESKS; i++)
		sync_poke(w->desks[i].sync);
	for (int n = 0; n < TURNS; n++) {
		bool any = false;
		for (int i = 0; i < DESKS; i++) {
			any = turn(w, &w->desks[i], SYNC_PUSH) || any;
			any = turn(w, &w->desks[i], SYNC_PULL) || any;
		}
		if (!any)
			return;
	}
	fail_msg("the desks do not come to rest");
}

/* --- a world --- */

static int64_t world_now(void *context)
{
	return ((struct world *)context)->now_ms;
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
	json_decref(json);
	text_done(&out);
}

static int world_setup(void **state)
{
	static const char *const services[DESKS] = { "*", "*" };
	struct world *w = *state = guichet_alloc(sizeof *w);
	void *server;
	w->now_ms = 1795340000000;
	if (server_fixture_sqlite(&server))
		return -1;
	w->server = server;
	const struct guichet_clock clock = { world_now, w };
	w->api = api_new(&(struct api_options){ .policy = API_POLICY_INIT, .clock = clock, .random = w->server->random });
	for (int i = 0; i < DESKS; i++) {
		struct desk *d = &w->desks[i];
		d->f = fixture_new(false);
		/* Each store its own number, as real randomness gives. */
		d->f->seed += (uint64_t)i * 1000;
		enrol(w, i, "agent", services[i]);
		d->sync = sync_new(d->f->store, &(struct sync_options){ .clock = clock, .random = w->server->random, .page_items = 7 });
	}
	return 0;
}

static int world_teardown(void **state)
{
	struct world *w = *state;
	void *server = w->server;
	for (int i = 0; i < DESKS; i++) {
		sync_free(&w->desks[i].sync);
		fixture_free(&w->desks[i].f);
	}
	api_free(&w->api);
	server_fixture_done(&server);
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

/* Rows of the same second stand in the order in which each desk got them: in order of their words here. */
static void sort_lines(struct text *t)
{
	char *copy = guichet_strdup(text_str(t)), *lines[200];
	size_t n = 0;
	for (char *at = copy; *at && n < 200; at += strlen(at) + 1) {
		lines[n++] = at;
		at[strcspn(at, "\n")] = '\0';
	}
	qsort(lines, n, sizeof *lines, by_line);
	text_clear(t);
	for (size_t i = 0; i < n; i++)
		text_addf(t, "%s\n", lines[i]);
	free(copy);
}

static void show(struct desk *d, struct text *out)
{
	struct list_filter f = LIST_FILTER_INIT;
	f.all = true;
	f.sort = LIST_BY_RECEIVED;
	text_clear(out);
	assert_int_equal(store_list(d->f->store, &f, add_row, out, NULL), GUICHET_OK);
	sort_lines(out);
}

static void both_show_the_same(struct world *w)
{
	struct text a = TEXT_INIT, b = TEXT_INIT;
	show(&w->desks[0], &a);
	show(&w->desks[1], &b);
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

static void is_consistent(struct desk *d)
{
	struct verify_report report;
	assert_int_equal(store_verify(d->f->store, NULL, print_difference, NULL, &report, NULL), GUICHET_OK);
	assert_int_equal(report.differences, 0);
}

/* --- tests --- */

/* Protects: what one desk logs another sees, with its person; both journals fold to the same, and verify says so. */
static void two_desks_agree(void **state)
{
	struct world *w = *state;
	struct replica_state there;
	for (int i = 0; i < 12; i++) {
		struct store_fixture *f = w->desks[i % DESKS].f;
		FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Nid de poule", .requester = WHO({ "name", i % 2 ? "Lefèvre" : "Durand" }, { "phone", "0612345678" }));
	}
	synchronise(w);
	synchronise(w);
	both_show_the_same(w);
	for (int i = 0; i < DESKS; i++) {
		is_consistent(&w->desks[i]);
		assert_int_equal(replica_state(w->desks[i].f->store, &there, NULL), GUICHET_OK);
		assert_int_equal(there.pending, 0);
		assert_int_equal(there.unseen, 0);
	}
}

/* The request that this lane wants now is asked for this long; nothing is answered yet. -1: it wants none. */
static int wait_of(struct sync *y, struct text *path)
{
	struct sync_request request;
	int64_t wake;
	int wait = -1;
	text_clear(path);
	if (sync_next(y, SYNC_PULL, &request, &wake)) {
		text_add(path, text_str(&request.path));
		const char *at = strstr(text_str(path), "wait=");
		wait = at ? (int)strtol(at + 5, NULL, 10) : -1;
	}
	sync_request_done(&request);
	return wait;
}

static void answer(struct world *w, struct desk *d, struct sync *y, const char *path)
{
	struct guichet_err err = { 0 };
	struct text body = { .cap = 64 * 1024 * 1024 };
	int status = w->cut ? 0 : ask(w, d->token, "GET", path, "", 0, &body);
	const struct sync_response response = { .status = status, .body = text_str(&body), .body_bytes = body.len, .date_ms = NO_INSTANT };
	assert_int_equal(sync_answer(y, SYNC_PULL, &response, &err), GUICHET_OK);
	text_done(&body);
}

/* Protects: the server is back, and the desk says so at once, also when nothing has happened meanwhile that a long poll would tell of. */
static void back_at_once(void **state)
{
	struct world *w = *state;
	struct desk *d = &w->desks[0];
	struct sync_status now;
	struct text path = TEXT_INIT;
	synchronise(w);
	struct sync *y = sync_new(d->f->store, &(struct sync_options){ .clock = sync_clock(d->sync), .random = w->server->random, .page_items = 7, .wait_s = 50 });
	assert_int_equal(wait_of(y, &path), 0);
	answer(w, d, y, text_str(&path));
	assert_int_equal(wait_of(y, &path), 50);
	w->cut = true;
	answer(w, d, y, text_str(&path));
	sync_status(y, &now);
	assert_int_equal(now.trouble, SYNC_OFFLINE);
	w->cut = false;
	sync_now(y);
	assert_int_equal(wait_of(y, &path), 0);
	answer(w, d, y, text_str(&path));
	sync_status(y, &now);
	assert_int_equal(now.trouble, SYNC_FINE);
	assert_int_equal(wait_of(y, &path), 50);
	sync_free(&y);
	text_done(&path);
}

static void told(struct sync *y, enum sync_lane lane, int status, const char *body)
{
	const struct sync_response response = { .status = status, .body = body, .body_bytes = strlen(body), .date_ms = NO_INSTANT };
	assert_int_equal(sync_answer(y, lane, &response, NULL), GUICHET_OK);
}

static bool asks(struct sync *y, enum sync_lane lane)
{
	struct sync_request request;
	int64_t wake;
	bool any = sync_next(y, lane, &request, &wake);
	sync_request_done(&request);
	return any;
}

/* Protects: a restored server that no longer knows a desk says so, and the agent reads it: what a push that got no answer said before is over when nothing is pushed any more. */
static void unknown_and_not_off_line(void **state)
{
	struct world *w = *state;
	struct desk *d = &w->desks[0];
	struct sync_status now;
	synchronise(w);
	FIXTURE_LOG(d->f, .category = "nid-de-poule", .subject = "Trou");
	struct sync *y = sync_new(d->f->store, &(struct sync_options){ .clock = sync_clock(d->sync), .random = w->server->random, .page_items = 7, .wait_s = 50 });
	assert_true(asks(y, SYNC_PUSH));
	assert_true(asks(y, SYNC_PULL));
	told(y, SYNC_PULL, 409, "{\"type\":\"urn:guichet:epoch\",\"status\":409,\"detail\":\"restauré\",\"epoch\":9,\"common\":\"9:0:00000000000000000000000000000000\"}");
	told(y, SYNC_PUSH, 0, "");
	assert_true(asks(y, SYNC_PULL));
	told(y, SYNC_PULL, 401, "{\"type\":\"urn:guichet:token\",\"status\":401,\"detail\":\"jeton inconnu\"}");
	w->now_ms += 3600 * 1000;
	assert_false(asks(y, SYNC_PUSH));
	sync_status(y, &now);
	assert_int_equal(now.trouble, SYNC_SIGN_IN);
	assert_string_equal(now.detail, "jeton inconnu");
	sync_free(&y);
}

/* Protects: two desks that route the same request offline show the later one, and both know of the conflict. */
static void conflicting_routes(void **state)
{
	struct world *w = *state;
	int64_t reference = FIXTURE_LOG(w->desks[0].f, .category = "nid-de-poule", .subject = "Trou");
	synchronise(w);
	synchronise(w);
	w->cut = true;
	fixture_step(w->desks[0].f, reference, STEP_ROUTE, &(struct step_args){ .service = "nettoyage" });
	fixture_step(w->desks[1].f, reference, STEP_ROUTE, &(struct step_args){ .service = "proximite" });
	synchronise(w);
	w->cut = false;
	w->now_ms += 3600 * 1000;
	/* The first to come back has not seen what the second brings. */
	synchronise(w);
	synchronise(w);
	both_show_the_same(w);
	for (int i = 0; i < DESKS; i++) {
		struct loaded l;
		assert_int_equal(store_load(w->desks[i].f->store, reference, &l, NULL), GUICHET_OK);
		assert_true(request_in_conflict(&l.request, FIELD_SERVICE));
		loaded_done(&l);
		is_consistent(&w->desks[i]);
	}
}

/* Protects: whatever a server answers, what was typed is there, tables and journal agree, and with a good server all is well again. */
static void nonsense_harms_nothing(void **state)
{
	enum { LIVES = 6, CALLS = 5, ANSWERS = 120 };
	struct world *w = *state;
	int64_t references[LIVES * CALLS];
	size_t n = 0;
	for (int life = 0; life < LIVES; life++) {
		w->lies = true;
		w->chance = (uint64_t)life * 7919 + 1;
		for (int i = 0; i < CALLS; i++)
			references[n++] = FIXTURE_LOG(w->desks[i % DESKS].f, .category = "nid-de-poule", .subject = "Trou");
		for (int i = 0; i < ANSWERS; i++) {
			w->now_ms += 700 * 1000;
			for (int d = 0; d < DESKS; d++) {
				sync_poke(w->desks[d].sync);
				turn(w, &w->desks[d], SYNC_PUSH);
				turn(w, &w->desks[d], SYNC_PULL);
			}
		}
		for (int d = 0; d < DESKS; d++)
			is_consistent(&w->desks[d]);
		w->lies = false;
		for (int i = 0; i < 4; i++) {
			w->now_ms += 3600 * 1000;
			synchronise(w);
		}
		both_show_the_same(w);
		for (int d = 0; d < DESKS; d++) {
			struct replica_state state_now;
			is_consistent(&w->desks[d]);
			assert_int_equal(replica_state(w->desks[d].f->store, &state_now, NULL), GUICHET_OK);
			assert_int_equal(state_now.pending, 0);
			for (size_t i = 0; i < n; i++) {
				struct loaded l;
				assert_int_equal(store_load(w->desks[d].f->store, references[i], &l, NULL), GUICHET_OK);
				loaded_done(&l);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(two_desks_agree, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(back_at_once, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(unknown_and_not_off_line, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(conflicting_routes, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(nonsense_harms_nothing, world_setup, world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
