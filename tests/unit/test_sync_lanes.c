// SPDX-License-Identifier: GPL-3.0-or-later
/* The two lanes of a desk's exchanges, with answers written out: what one is told while the other is under way or has
 * nothing to ask. */
#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/store/replica.h"
#include "guichet/sync/sync.h"
#include "guichet/wire/op_json.h"

enum { MAX = 20 };
static const char chain[] = "00000000000000000000000000000000";
static const char revoked[] = "{\"type\":\"urn:guichet:device-revoked\",\"status\":401,\"detail\":\"révoqué\"}";
static const char unknown[] = "{\"type\":\"urn:guichet:token\",\"status\":401,\"detail\":\"jeton inconnu\"}";
static const char restored[] = "{\"type\":\"urn:guichet:epoch\",\"status\":409,\"detail\":\"restauré\",\"epoch\":2}";

struct scene {
	struct store_fixture *here, *there;
	struct sync *sync;
};

static int64_t now(void *context)
{
	return ((struct store_fixture *)context)->now_ms;
}

static void enrol(struct store_fixture *f, uint32_t device)
{
	const struct enrolment e = {.url = (char *)(uintptr_t) "https://serveur",
		.token = (char *)(uintptr_t) "jeton",
		.role = (char *)(uintptr_t) "agent",
		.services = (char *)(uintptr_t) "*",
		.device = device};
	const int64_t serials[] = {20000000};
	assert_int_equal(replica_enrol(f->store, &e, serials, 1, 1000, &f->err), GUICHET_OK);
}

/* A desk that reads the journal, and another one whose work it is told of. */
static int setup(void **state)
{
	static uint64_t seed = 1;
	struct scene *s = guichet_alloc(sizeof *s);
	const struct replica_cursor at = {.epoch = 1, .seq = 1};
	s->here = fixture_new(false);
	s->there = fixture_new(false);
	s->there->seed += 1000;
	enrol(s->here, 7);
	enrol(s->there, 8);
	struct replica_page page = {.to = at, .end = true};
	assert_int_equal(replica_apply(s->here->store, &page, &s->here->err), GUICHET_OK);
	s->sync = sync_new(s->here->store,
		&(struct sync_options){.clock = {now, s->here}, .random = random_seeded(&seed), .page_items = 100});
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;
	sync_free(&s->sync);
	fixture_free(&s->here);
	fixture_free(&s->there);
	free(s);
	return 0;
}

static int64_t log_a_call(struct store_fixture *f, const char *name)
{
	return FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Demande", .commune = "aigues",
		.requester = WHO({"name", name}, {"phone", "0612345678"}));
}

static size_t read_pending(struct store_fixture *f, struct op **ops)
{
	size_t count;
	assert_int_equal(replica_pending(f->store, NULL, 0, MAX, 1 << 20, ops, &count, &f->err), GUICHET_OK);
	assert_true(count > 0);
	return count;
}

/* --- what is asked and answered --- */

static bool asks(struct scene *s, enum sync_lane lane)
{
	struct sync_request request;
	int64_t wake;
	bool any = sync_next(s->sync, lane, &request, &wake);
	sync_request_done(&request);
	return any;
}

static void answer(struct scene *s, enum sync_lane lane, int status, const char *body)
{
	const struct sync_response r = {
		.status = status, .body = body, .body_bytes = strlen(body), .date_ms = NO_INSTANT};
	assert_int_equal(sync_answer(s->sync, lane, &r, &s->here->err), GUICHET_OK);
}

/* A page that tells what the other desk did. */
static char *page_of(struct store_fixture *f)
{
	struct op *ops;
	size_t count = read_pending(f, &ops);
	char from[60], to[60];
	json_t *items = json_array();
	for (size_t i = 0; i < count; i++) {
		ops[i].seq = 2 + (int64_t)i;
		json_array_append_new(items, json_pack("{s:I, s:o}", "seq", (json_int_t)ops[i].seq, "op", op_json(&ops[i])));
	}
	snprintf(from, sizeof from, "1:1:%s", chain);
	snprintf(to, sizeof to, "1:%zu:%s", count + 1, chain);
	json_t *page = json_pack("{s:s, s:s, s:o, s:b, s:i, s:s, s:s}", "from", from, "to", to, "items", items, "end", 1,
		"backup_seq", 0, "scope", "", "made", "");
	char *text = json_dumps(page, JSON_COMPACT);
	json_decref(page);
	for (size_t i = 0; i < count; i++)
		op_done(&ops[i]);
	free(ops);
	return text;
}

static enum sync_trouble trouble(const struct scene *s)
{
	struct sync_status st;
	sync_status(s->sync, &st);
	return st.trouble;
}

static bool count_row(void *context, const struct request_row *row)
{
	(void)row;
	++*(size_t *)context;
	return true;
}

static size_t requests(struct store_fixture *f)
{
	struct list_filter filter = LIST_FILTER_INIT;
	size_t n = 0;
	filter.all = true;
	filter.limit = MAX;
	assert_int_equal(store_list(f->store, &filter, count_row, &n, NULL), GUICHET_OK);
	return n;
}

/* --- tests --- */

/* Protects: what the server answered before it revoked a desk, and what comes after that is said, brings nothing back. */
static void revoked_while_a_page_travels(void **state)
{
	struct scene *s = *state;
	log_a_call(s->here, "Durand");
	log_a_call(s->there, "Lefèvre");
	char *page = page_of(s->there);
	assert_true(asks(s, SYNC_PULL));
	assert_true(asks(s, SYNC_PUSH));
	answer(s, SYNC_PUSH, 401, revoked);
	assert_int_equal(trouble(s), SYNC_REVOKED);
	assert_int_equal(requests(s->here), 1);
	answer(s, SYNC_PULL, 200, page);
	assert_int_equal(trouble(s), SYNC_REVOKED);
	assert_int_equal(requests(s->here), 1);
	free(page);
}

/* Protects: that page is read by a desk that is not revoked (the test before tells something). */
static void read_while_a_push_travels(void **state)
{
	struct scene *s = *state;
	log_a_call(s->here, "Durand");
	log_a_call(s->there, "Lefèvre");
	char *page = page_of(s->there);
	assert_true(asks(s, SYNC_PULL));
	assert_true(asks(s, SYNC_PUSH));
	answer(s, SYNC_PUSH, 503, "{}");
	answer(s, SYNC_PULL, 200, page);
	assert_int_equal(requests(s->here), 2);
	free(page);
}

/* Protects: what the server took before it revoked the desk goes as well, when its answer comes after that is said. */
static void revoked_while_a_push_travels(void **state)
{
	struct scene *s = *state;
	struct text body = TEXT_INIT;
	struct op *ops;
	log_a_call(s->here, "Durand");
	size_t count = read_pending(s->here, &ops);
	assert_true(asks(s, SYNC_PULL));
	assert_true(asks(s, SYNC_PUSH));
	answer(s, SYNC_PULL, 401, revoked);
	assert_int_equal(requests(s->here), 1);
	text_add(&body, "{\"epoch\":1,\"results\":[");
	for (size_t i = 0; i < count; i++)
		text_addf(&body, "%s{\"seq\":%zu}", i ? "," : "", i + 2);
	text_add(&body, "],\"serials\":[],\"block\":1000}");
	answer(s, SYNC_PUSH, 200, text_str(&body));
	assert_int_equal(trouble(s), SYNC_REVOKED);
	assert_int_equal(requests(s->here), 0);
	text_done(&body);
	for (size_t i = 0; i < count; i++)
		op_done(&ops[i]);
	free(ops);
}

/* Protects: a desk that a restored server does not know says so, whatever became of a push that it no longer wants: that
 * nobody answered once would hide for ever that it has to be enrolled again. */
static void a_push_that_is_over_hides_nothing(void **state)
{
	struct scene *s = *state;
	log_a_call(s->here, "Durand");
	assert_true(asks(s, SYNC_PUSH));
	assert_true(asks(s, SYNC_PULL));
	answer(s, SYNC_PUSH, 0, "");
	assert_int_equal(trouble(s), SYNC_OFFLINE);
	answer(s, SYNC_PULL, 409, restored);
	assert_true(asks(s, SYNC_PULL));
	answer(s, SYNC_PULL, 401, unknown);
	s->here->now_ms += 400 * 1000;
	assert_false(asks(s, SYNC_PUSH));
	assert_int_equal(trouble(s), SYNC_SIGN_IN);
}

/* Protects: a push that is still wanted and that nobody answers is said, whatever the other lane does. */
static void a_push_that_is_wanted_is_told(void **state)
{
	struct scene *s = *state;
	log_a_call(s->here, "Durand");
	log_a_call(s->there, "Lefèvre");
	char *page = page_of(s->there);
	assert_true(asks(s, SYNC_PUSH));
	assert_true(asks(s, SYNC_PULL));
	answer(s, SYNC_PUSH, 0, "");
	answer(s, SYNC_PULL, 200, page);
	assert_int_equal(trouble(s), SYNC_OFFLINE);
	s->here->now_ms += 400 * 1000;
	assert_true(asks(s, SYNC_PUSH));
	assert_int_equal(trouble(s), SYNC_OFFLINE);
	free(page);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(revoked_while_a_page_travels),
		TEST(read_while_a_push_travels),
		TEST(revoked_while_a_push_travels),
		TEST(a_push_that_is_over_hides_nothing),
		TEST(a_push_that_is_wanted_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
