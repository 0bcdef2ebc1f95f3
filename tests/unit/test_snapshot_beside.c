// SPDX-License-Identifier: GPL-3.0-or-later
/* A snapshot that is built in a thread beside the screens: what it leaves to the thread that people type to, counted in instructions of SQLite's machine, and that the
 * store can be worked with meanwhile. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "api_fixture.h"
#include "guichet/store/replica.h"
#include "guichet/sync/sync.h"
#include "store_fixture.h"

enum { STEP = 100, PAGE = 30, TURNS = 4000, FEW = 40, MANY = 160 };

/* Of the thread that asks. */
static _Thread_local int64_t instructions;

/* The store that people type to, and what its builder did while it looked at a row of it: nobody can write then. */
static struct { sqlite3 *opened, *typed_to; int indexes, held; } live;

static int look_at_statement(unsigned what, void *context, void *of, void *sql)
{
	(void)context;
	/* Another file took the store's place: it was opened before this one is closed. */
	if (what == SQLITE_TRACE_CLOSE && of == live.typed_to)
		live.typed_to = live.opened;
	if (what == SQLITE_TRACE_CLOSE || !live.typed_to || strncmp(sql, "CREATE INDEX", strlen("CREATE INDEX")) != 0)
		return 0;
	live.indexes++;
	for (sqlite3_stmt *other = sqlite3_next_stmt(live.typed_to, NULL); other; other = sqlite3_next_stmt(live.typed_to, other))
		live.held += sqlite3_stmt_busy(other) != 0;
	return 0;
}

static int count_step(void *context)
{
	(void)context;
	instructions += STEP;
	return 0;
}

static int watch_connection(sqlite3 *db, const char **error, const void *api)
{
	(void)error;
	(void)api;
	sqlite3_progress_handler(db, STEP, count_step, NULL);
	sqlite3_trace_v2(db, SQLITE_TRACE_STMT | SQLITE_TRACE_CLOSE, look_at_statement, NULL);
	live.opened = db;
	return SQLITE_OK;
}

/* --- the thread --- */

struct beside { void (*job)(void *of); void *of; int64_t instructions; int jobs; };

static void start(void *context, void (*job)(void *of), void *of)
{
	struct beside *b = context;
	assert_null(b->job);
	b->job = job;
	b->of = of;
}

static void *run(void *context)
{
	struct beside *b = context;
	instructions = 0;
	b->job(b->of);
	b->instructions += instructions;
	return NULL;
}

/* --- desks --- */

struct desk { struct store_fixture *f; struct sync *sync; const char *token; struct beside beside; int64_t most; int logged; };

static void make_desk(struct api_fixture *api, struct desk *d, uint32_t id, const char *token)
{
	const struct enrolment e = { .url = (char *)(uintptr_t)"test:", .token = (char *)(uintptr_t)token, .role = (char *)(uintptr_t)"agent",
		.services = (char *)(uintptr_t)"*", .name = (char *)(uintptr_t)"poste", .device = id };
	const int64_t serials[] = { (int64_t)id * 100000, (int64_t)id * 100000 + 1000 };
	*d = (struct desk){ .f = fixture_new(false), .token = token };
	d->f->seed += id;
	fixture_reopen(d->f);
	api_add_desk(api, id, token, "agent", "*");
	assert_int_equal(replica_enrol(d->f->store, &e, serials, 2, 1000, NULL), GUICHET_OK);
	d->sync = sync_new(d->f->store, &(struct sync_options){ .clock = clock_fixed(&api->now_ms), .random = random_seeded(&d->f->seed), .page_items = PAGE });
}

static void drop_desk(struct desk *d)
{
	sync_free(&d->sync);
	fixture_free(&d->f);
}

/* While the thread is at work somebody looks for requests and records a call. */
static void work_meanwhile(struct desk *d, struct guichet_err *err)
{
	pthread_t thread;
	struct sync_request request;
	int64_t wake;
	assert_int_equal(pthread_create(&thread, NULL, run, &d->beside), 0);
	assert_false(sync_next(d->sync, SYNC_PULL, &request, &wake));
	if (d->beside.jobs++ % 3 == 1 && d->logged < 6) {
		FIXTURE_LOG(d->f, .category = "depot", .subject = "Pendant ce temps");
		d->logged++;
	}
	pthread_join(thread, NULL);
	d->beside.job = NULL;
	instructions = 0;
	assert_int_equal(sync_worked(d->sync, err), GUICHET_OK);
	d->most = instructions > d->most ? instructions : d->most;
}

static bool is_filling(const struct desk *d)
{
	struct sync_status now;
	sync_status(d->sync, &now);
	return now.filling;
}

static bool turn(struct api_fixture *api, struct desk *d, enum sync_lane lane)
{
	struct sync_request request;
	struct guichet_err err = { 0 };
	bool filling = is_filling(d);
	int64_t wake;
	instructions = 0;
	bool wanted = sync_next(d->sync, lane, &request, &wake);
	if (wanted) {
		int64_t asked = instructions;
		int status = api_send(api, &(struct api_sent){ .token = d->token, .method = request.method, .path = text_str(&request.path), .body = text_str(&request.body) });
		char *body = api->json ? json_dumps(api->json, JSON_COMPACT) : guichet_strdup("");
		instructions = asked;
		const struct sync_response response = { .status = status, .body = body, .body_bytes = strlen(body), .date_ms = NO_INSTANT };
		assert_int_equal(sync_answer(d->sync, lane, &response, &err), GUICHET_OK);
		free(body);
	}
	/* What is pulled once it is filled is another matter. */
	if (lane == SYNC_PULL && (filling || is_filling(d)))
		d->most = instructions > d->most ? instructions : d->most;
	sync_request_done(&request);
	if (!sync_is_working(d->sync))
		return wanted;
	work_meanwhile(d, &err);
	return true;
}

static void synchronise(struct api_fixture *api, struct desk *d)
{
	sync_poke(d->sync);
	for (int n = 0; n < TURNS; n++) {
		bool any = turn(api, d, SYNC_PUSH);
		any = turn(api, d, SYNC_PULL) || any;
		if (!any && sync_is_done(d->sync))
			return;
		api->now_ms += any ? 0 : 400 * 1000;
	}
	fail_msg("the desk does not come to rest");
}

static void make_history(struct desk *d, int count)
{
	for (int i = 0; i < count; i++)
		FIXTURE_LOG(d->f, .category = i % 3 ? "nid-de-poule" : "depot", .subject = "Nid de poule", .requester = WHO({ "name", i % 2 ? "Lefèvre" : "Durand" },
			{ "phone", i % 2 ? "0612345678" : "0498765432" }));
}

static void both_see_the_same(struct desk *a, struct desk *b)
{
	struct replica_hash x, y;
	assert_int_equal(replica_hash(a->f->store, &x, NULL), GUICHET_OK);
	assert_int_equal(replica_hash(b->f->store, &y, NULL), GUICHET_OK);
	assert_int_equal(x.requests, y.requests);
	assert_memory_equal(x.journal, y.journal, sizeof x.journal);
	assert_memory_equal(x.state, y.state, sizeof x.state);
}

/* A new desk, filled beside. */
static void fill(struct api_fixture *api, struct desk *first, struct desk *fresh, uint32_t id, const char *token)
{
	struct verify_report report;
	make_desk(api, fresh, id, token);
	sync_work_beside(fresh->sync, &(struct sync_beside){ &fresh->beside, start, PAGE });
	synchronise(api, fresh);
	synchronise(api, first);
	synchronise(api, fresh);
	assert_true(fresh->logged > 0);
	both_see_the_same(first, fresh);
	assert_int_equal(store_verify(fresh->f->store, NULL, NULL, NULL, &report, NULL), GUICHET_OK);
	assert_int_equal(report.differences, 0);
}

/* Protects: whoever types while a new desk is filled waits for no more of it when there is more of it; what a thread builds, with calls recorded meanwhile, is the same as
 * what others have. */
static void test_filled_beside(void **state)
{
	void *server;
	struct api_fixture api;
	struct desk first, small, large;
	(void)state;
	assert_int_equal(server_fixture_sqlite(&server), 0);
	api_fixture_start(&api, server, &(struct api_policy)API_POLICY_INIT);
	sqlite3_auto_extension((void (*)(void))watch_connection);
	make_desk(&api, &first, 101, "gd1_first");
	make_history(&first, FEW);
	synchronise(&api, &first);
	fill(&api, &first, &small, 102, "gd1_small");
	make_history(&first, MANY - FEW);
	synchronise(&api, &first);
	fill(&api, &first, &large, 103, "gd1_large");
	assert_true(large.beside.instructions > 2 * small.beside.instructions);
	if (large.most > small.most * 5 / 4 + 1000)
		fail_msg("%lld instructions at once, and %lld for a quarter of it", (long long)large.most, (long long)small.most);
	sqlite3_cancel_auto_extension((void (*)(void))watch_connection);
	drop_desk(&first);
	drop_desk(&small);
	drop_desk(&large);
	api_fixture_done(&api);
	server_fixture_done(&server);
}

/* Protects: indexes take as long as a store is large, and a call can be recorded while they are made. All in one thread, where
 * it can be looked at. */
static void test_indexes_hold_nothing(void **state)
{
	void *server;
	struct api_fixture api;
	struct desk first, fresh;
	(void)state;
	assert_int_equal(server_fixture_sqlite(&server), 0);
	api_fixture_start(&api, server, &(struct api_policy)API_POLICY_INIT);
	make_desk(&api, &first, 101, "gd1_first");
	make_history(&first, FEW);
	synchronise(&api, &first);
	sqlite3_auto_extension((void (*)(void))watch_connection);
	make_desk(&api, &fresh, 102, "gd1_fresh");
	live.typed_to = live.opened;
	synchronise(&api, &fresh);
	live.typed_to = NULL;
	sqlite3_cancel_auto_extension((void (*)(void))watch_connection);
	both_see_the_same(&first, &fresh);
	assert_true(live.indexes > 0);
	assert_int_equal(live.held, 0);
	drop_desk(&first);
	drop_desk(&fresh);
	api_fixture_done(&api);
	server_fixture_done(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_filled_beside), cmocka_unit_test(test_indexes_hold_nothing) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
