// SPDX-License-Identifier: GPL-3.0-or-later
/* Synchronising beside the screens, over a real socket, while somebody types all the time: what one turn of the loop does,
 * counted in pieces of work, never in time. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/sync/worker.h"
#include "api_fixture.h"
#include "guichet/server/http.h"
#include "guichet/store/replica.h"
#include "guichet/sync/transport.h"
#include "store_fixture.h"

enum { DESK = 7, CALLS = 30, PAGE = 5, TURNS = 100000, WAIT_MS = 20 };

static const char token[API_DESK_TOKEN + 1] = "0123456789012345678901234567890123456789012345678901234567890123";

struct typing { bool types; int asked; };

static bool is_typing(void *of)
{
	struct typing *t = of;
	t->asked++;
	return t->types;
}

static struct http *serve(struct server_fixture *f, int64_t *now_ms)
{
	struct http *http = NULL;
	struct api_fixture api = { .server = f };
	const struct http_options o = { .db = { .sqlite = f->path },
		.api = { .policy = API_POLICY_INIT, .clock = clock_fixed(now_ms), .random = random_system() }, .listen = "127.0.0.1:0",
		.workers = 2 };
	signal(SIGPIPE, SIG_IGN);
	api_add_desk(&api, DESK, token, "agent", "*");
	db_close(&f->db);
	assert_int_equal(http_start(&o, &http, &f->err), GUICHET_OK);
	return http;
}

/* A desk that has work to send. */
static struct store_fixture *make_desk(int port)
{
	char url[64];
	const int64_t serials[] = { 700000, 701000 };
	struct store_fixture *f = fixture_new(false);
	snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
	const struct enrolment e = { .url = url, .token = (char *)(uintptr_t)token, .role = (char *)(uintptr_t)"agent",
		.services = (char *)(uintptr_t)"*", .name = (char *)(uintptr_t)"poste", .device = DESK };
	assert_int_equal(replica_enrol(f->store, &e, serials, 2, 1000, NULL), GUICHET_OK);
	for (int i = 0; i < CALLS; i++)
		FIXTURE_LOG(f, .category = "depot", .subject = "Encombrants");
	return f;
}

/* Until all is sent and read; how many turns did something. */
static int synchronise(struct transport *t, struct typing *typing, int most)
{
	int worked = 0;
	for (int i = 0; i < TURNS && !sync_is_done(transport_sync(t)); i++) {
		int64_t wait_ms;
		typing->asked = 0;
		assert_int_equal(transport_turn(t, &wait_ms, NULL), GUICHET_OK);
		assert_in_range(typing->asked, 0, most);
		worked += typing->asked > 0;
		/* What was left is not waited for. */
		if (typing->types && typing->asked > 0)
			assert_int_equal(wait_ms, 0);
		transport_wait(t, wait_ms < 0 || wait_ms > WAIT_MS ? WAIT_MS : wait_ms);
	}
	return worked;
}

static void check(void **state, bool types)
{
	struct server_fixture *server = *state;
	struct typing typing = { .types = types };
	struct transport *t = NULL;
	struct sync_status now;
	struct replica_state here;
	int64_t now_ms = 1795510800000;
	struct http *http = serve(server, &now_ms);
	struct store_fixture *f = make_desk(http_port(http));
	const struct sync_options o = { .clock = clock_fixed(&f->now_ms), .random = random_seeded(&f->seed), .page_items = PAGE };
	now_ms = f->now_ms;
	assert_int_equal(transport_new(f->store, &o, NULL, &t, NULL), GUICHET_OK);
	transport_give_way(t, is_typing, &typing);
	int worked = synchronise(t, &typing, types ? 1 : TURNS);
	sync_status(transport_sync(t), &now);
	assert_int_equal(replica_state(f->store, &here, NULL), GUICHET_OK);
	assert_true(sync_is_done(transport_sync(t)));
	assert_true(here.pending == 0 && here.unseen == 0 && here.cursor.seq >= CALLS);
	/* An answer and a request of its own for each page. */
	if (types)
		assert_true(worked >= 2 * now.pages);
	transport_free(&t);
	fixture_free(&f);
	http_stop(&http);
}

/* Protects: while a key waits a turn takes one answer in or makes one request up, and no more; and though a key waits at every
 * turn, all is sent and read in the end. */
static void test_typing(void **state)
{
	check(state, true);
}

/* Protects: nobody types, and nothing is put off. */
static void test_nobody_types(void **state)
{
	check(state, false);
}

static int priority(void)
{
	return getpriority(PRIO_PROCESS, (id_t)gettid());
}

static void note_priority(void *of)
{
	*(int *)of = priority();
}

/* Protects: where there is one processor for both, it is the screens' before it is that of work done beside them. */
static void test_worker_is_nice(void **state)
{
	enum { NICEST = 19 };
	int own = priority(), there = own;
	struct worker *w = worker_new();
	(void)state;
	assert_non_null(w);
	worker_start(w, note_priority, &there);
	worker_wait(w);
	assert_true(worker_has_ended(w));
	assert_true(there > own || own == NICEST);
	assert_int_equal(priority(), own);
	worker_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_worker_is_nice),
		cmocka_unit_test_setup_teardown(test_typing, server_fixture_sqlite, server_fixture_done),
		cmocka_unit_test_setup_teardown(test_nobody_types, server_fixture_sqlite, server_fixture_done),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
