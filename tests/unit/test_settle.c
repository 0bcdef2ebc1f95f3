// SPDX-License-Identifier: GPL-3.0-or-later
/* What logging a call puts off: nobody can tell, whatever happens to a request or a person before and after their turn
 * comes; and what a call that is logged rewrites stays small. */
#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "guichet/base/ini.h"
#include "guichet/base/text.h"

#define ARGS(...) (&(struct step_args){__VA_ARGS__})
#define assert_ok(f, call) \
	do { \
		if ((call) != GUICHET_OK) \
			fail_msg("%s: %s", #call, (f)->err.message); \
	} while (0)
enum { PAGE = 4096, WARM_UP = 60, LOGS = 20, PAGES_MAX = 27, MANY = 400 /* operations */ };

static int64_t number(struct store_fixture *f, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *st;
	assert_int_equal(sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK || sqlite3_step(st) != SQLITE_ROW)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	int64_t value = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return value;
}

/* Subjects whose turn has not come. */
static int64_t waiting(struct store_fixture *f)
{
	return number(f,
		"SELECT count(*) FROM op WHERE subject = id AND kind IN ('create', 'requester-create') "
		"AND id > (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'settled')");
}

static void say(void *context, const char *what)
{
	(void)context;
	print_message("%s\n", what);
}

static void assert_clean_in(struct store *s)
{
	struct verify_report report;
	struct guichet_err err = {0};
	if (store_verify(s, NULL, say, NULL, &report, &err))
		fail_msg("%s", err.message);
	assert_int_equal(report.differences, 0);
}

/* As it stands, by somebody who may not write; then by the store itself, which settles first. */
static void assert_clean(struct store_fixture *f)
{
	struct store *reader = NULL;
	struct store_options options = {.read_only = true, .clock = clock_fixed(&f->now_ms)};
	int64_t before = waiting(f);
	assert_ok(f, store_open(f->path, &options, &reader, &f->err));
	assert_clean_in(reader);
	store_close(&reader);
	assert_int_equal(waiting(f), before);
	assert_clean_in(f->store);
	assert_int_equal(waiting(f), 0);
}

static bool first_row(void *context, const struct request_row *row)
{
	*(int64_t *)context = row->reference;
	return false;
}

static int64_t found(struct store_fixture *f, const char *text)
{
	int64_t reference = 0;
	store_search(f->store, text, NULL, first_row, &reference, NULL);
	return reference;
}

static bool add_name(void *context, const struct requester *r)
{
	text_addf(context, "%s;", requester_get(r, "name"));
	return true;
}

static void assert_named(struct store_fixture *f, const char *text, const char *names)
{
	struct text got = TEXT_INIT;
	store_find_requesters(f->store, text, 10, add_name, &got, NULL);
	assert_string_equal(text_str(&got), names);
	text_done(&got);
}

/* Protects: who just called is found by name at once, whole, by its beginning and one letter off, and so is the
 * request; the same once settled. */
static void test_found_at_once(void **state)
{
	struct store_fixture *f = *state;
	FIXTURE_LOG(f, .category = "depot", .subject = "Gravats");
	assert_clean(f);
	int64_t a = FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Ornière profonde",
		.address = "12 bd des Batignolles",
		.requester = WHO({"name", "Łukasz Wałęsa"}, {"organisation", "Amicale Franklin"}, {"phone", "06 39 98 00 01"}));
	for (int settled = 0; settled < 2; settled++) {
		assert_int_equal(waiting(f), settled ? 0 : 2);
		assert_named(f, "walesa", "Łukasz Wałęsa;");
		assert_named(f, "lukasz wal", "Łukasz Wałęsa;");
		assert_named(f, "franklin", "Łukasz Wałęsa;");
		assert_named(f, "walessa", "Łukasz Wałęsa;");
		assert_named(f, "lukasz martin", "");
		assert_int_equal(found(f, "orniere"), a);
		assert_int_equal(found(f, "walesa batign"), a);
		assert_int_equal(found(f, "batignoles walesa"), a);
		assert_int_equal(found(f, "orniere gravats"), 0);
		assert_clean(f);
	}
}

struct sum {
	char *key;
	int64_t n;
};
static void add_count(void *context, const char *category, const char *service, int64_t count)
{
	struct sum *sum = context;
	if (!strcmp(category, sum->key) && !strcmp(service, "voirie"))
		sum->n += count;
}

static int64_t learned(struct store_fixture *f, char *category, const char *word)
{
	uint64_t features[SUGGEST_FEATURES_MAX];
	struct suggest_counts counts = store_suggest_counts(f->store);
	struct sum sum = {category, 0};
	if (!word) {
		counts.totals(counts.context, add_count, &sum);
		return sum.n;
	}
	assert_true(suggest_features(word, features) > 0);
	counts.feature(counts.context, features[0], add_count, &sum);
	return sum.n;
}

/* Protects: routing learns from the call that was just logged, and from what it became, once and not twice. */
static void test_learned_at_once(void **state)
{
	struct store_fixture *f = *state;
	for (int i = 0; i < 3; i++)
		FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Ornière");
	assert_clean(f);
	int64_t a = FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Ornière encore");
	assert_int_equal(waiting(f), 1);
	assert_int_equal(learned(f, "nid-de-poule", NULL), 4);
	assert_int_equal(learned(f, "nid-de-poule", "ornière"), 4);
	fixture_step(f, a, STEP_CANCEL, ARGS(.reason = "erreur"));
	assert_int_equal(learned(f, "nid-de-poule", NULL), 3);
	assert_clean(f);
	assert_int_equal(learned(f, "nid-de-poule", NULL), 3);
	assert_int_equal(learned(f, "nid-de-poule", "ornière"), 3);
}

static void blank_first(struct store_fixture *f, int64_t reference)
{
	struct op_id id;
	assert_ok(f, desk_op_of_reference(f->store, reference, &id, &f->err));
	assert_ok(f, store_blank(f->store, id, &f->err));
}

static void rename_caller(struct store_fixture *f, int64_t reference, const char *name)
{
	struct loaded l;
	struct op_id id;
	struct requester who;
	assert_ok(f, store_load(f->store, reference, &l, &f->err));
	assert_true(op_id_parse(request_text(&l.request, FIELD_REQUESTER), &id));
	assert_ok(f, store_requester_of_op(f->store, id, &who, &f->err));
	assert_ok(f, requester_set(&who, "name", name, &f->err));
	assert_ok(f, store_begin(f->store, &f->err));
	assert_ok(f, store_put_requester(f->store, "marie", &who, &f->err));
	assert_ok(f, store_commit(f->store, &f->err));
	requester_done(&who);
	loaded_done(&l);
}

/* Protects: what is done to a request or a person while they wait (steps, a new name, erasure), in the same transaction
 * or in another, is what comes of them; and the same after their turn. */
static void test_changed_while_waiting(void **state)
{
	struct store_fixture *f = *state;
	for (int settled = 0; settled < 2; settled++) {
		int64_t a = FIXTURE_LOG(f, .category = "depot", .subject = "Gravats", .told = "astreinte", .danger = true,
			.requester = WHO({"name", "Zoé Ferrand"}, {"email", settled ? "a@exemple.fr" : "b@exemple.fr"}));
		int64_t b =
			FIXTURE_LOG(f, .category = "depot", .subject = "Qwxsujet", .requester = WHO({"name", "Jean Zyxwnom"}));
		if (settled)
			assert_clean(f);
		fixture_step(f, a, STEP_TAKE, ARGS(.text = NULL));
		rename_caller(f, a, "Zoé Legrand");
		blank_first(f, b);
		assert_named(f, settled ? "legrand zoe" : "legrand", settled ? "Zoé Legrand;Zoé Legrand;" : "Zoé Legrand;");
		assert_named(f, "ferrand", "");
		assert_int_equal(found(f, "legrand gravats"), a);
		assert_int_equal(found(f, "ferrand gravats"), 0);
		assert_int_equal(found(f, "qwxsujet"), 0);
		assert_clean(f);
	}
	/* Many in one transaction, and changed in it. */
	assert_ok(f, store_begin(f->store, &f->err));
	for (int i = 0; i < MANY / 3; i++) {
		int64_t c = FIXTURE_LOG(f, .category = "depot", .subject = "Pneus",
			.requester = WHO({"name", "Ali Benna"}, {"email", "c@exemple.fr"}));
		if (i % 10 == 0)
			rename_caller(f, c, i % 20 ? "Ali Benna" : "Ali Bennani");
	}
	assert_ok(f, store_commit(f->store, &f->err));
	assert_clean(f);
}

/* Protects: what waits is bounded where nobody ever idles (searching looks at each of them), and idle work clears
 * it. */
static void test_never_too_many(void **state)
{
	struct store_fixture *f = *state;
	int64_t most = 0;
	for (int i = 0; i < MANY; i++) {
		FIXTURE_LOG(f, .category = "depot", .subject = "Gravats numéro",
			.requester = WHO({"name", "Ali Benna"}, {"email", "c@exemple.fr"}));
		int64_t n = i % 10 ? 0 : waiting(f);
		most = n > most ? n : most;
	}
	assert_in_range(most, 50, 300);
	while (waiting(f) < 40)
		FIXTURE_LOG(f, .category = "depot", .subject = "Gravats numéro");
	assert_ok(f, store_idle(f->store, 10000, &f->err));
	assert_int_equal(waiting(f), 0);
	assert_clean(f);
}

/* Protects: two guichets on one store, each settling what the other logged, count everything once. */
static void test_two_at_work(void **state)
{
	struct store_fixture *f = *state;
	struct store_options options = {.clock = clock_fixed(&f->now_ms), .random = random_seeded(&f->seed)};
	struct store *mine = f->store, *other = NULL;
	assert_ok(f, store_open(f->path, &options, &other, &f->err));
	for (int i = 0; i < 60; i++) {
		f->store = i % 3 ? other : mine;
		FIXTURE_LOG(f, .category = i % 2 ? "depot" : "nid-de-poule", .subject = "Ornière et gravats",
			.requester = WHO({"name", "Ali Benna"}, {"email", "c@exemple.fr"}));
		if (i % 7 == 0)
			assert_ok(f, store_idle(i % 2 ? mine : other, 10000, &f->err));
		if (i % 20 == 0)
			assert_named(f, "bena", "Ali Benna;");
		assert_int_equal(learned(f, "nid-de-poule", NULL), i / 2 + 1);
	}
	f->store = mine;
	store_close(&other);
	assert_clean(f);
}

/* Protects: what waits in a copy, which takes another identity when it is written to, is found there and added once;
 * the copy puts off its own. */
static void test_a_copy_with_some_waiting(void **state)
{
	struct store_fixture *f = *state;
	char copy[160], path[sizeof f->path];
	FIXTURE_LOG(f, .category = "depot", .subject = "Gravats");
	int64_t a =
		FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Ornière", .requester = WHO({"name", "Ali Benna"}));
	assert_int_equal(waiting(f), 2);
	fixture_path(f, "copie.db", copy);
	assert_ok(f, store_backup(f->store, copy, NULL, &f->err));
	memcpy(path, f->path, sizeof path);
	memcpy(f->path, copy, sizeof path);
	fixture_reopen(f);
	uint32_t device = store_device(f->store);
	assert_named(f, "benna", "Ali Benna;");
	assert_int_equal(found(f, "benna orniere"), a);
	/* The first one settles what was written under the other identity. */
	FIXTURE_LOG(f, .category = "depot", .subject = "Pneus");
	assert_int_not_equal(store_device(f->store), device);
	assert_int_equal(waiting(f), 0);
	int64_t b =
		FIXTURE_LOG(f, .category = "depot", .subject = "Pneus encore", .requester = WHO({"name", "Zoé Ferrand"}));
	assert_int_equal(waiting(f), 2);
	assert_int_equal(found(f, "ferrand pneus"), b);
	assert_int_equal(found(f, "benna orniere"), a);
	assert_int_equal(learned(f, "nid-de-poule", NULL), 1);
	assert_clean(f);
	memcpy(f->path, path, sizeof path);
	fixture_reopen(f);
	assert_clean(f);
}

/* Protects: a desk goes on putting off when others' operations, whose numbers are higher, have come into its store. */
static void test_beside_other_desks(void **state)
{
	struct store_fixture *f = *state;
	sqlite3 *db;
	FIXTURE_LOG(f, .category = "depot", .subject = "Gravats");
	assert_clean(f);
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db,
			"INSERT INTO device(no, id) VALUES(9, 99); INSERT INTO op(id, subject, kind, v, actor, wall_ms, facts, hash) "
			"SELECT (9 << 40) + 1, (9 << 40) + 1, kind, v, actor, wall_ms, facts, hash FROM op WHERE kind = 'contact'",
			NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	fixture_reopen(f);
	int64_t a =
		FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Ornière", .requester = WHO({"name", "Ali Benna"}));
	assert_int_equal(waiting(f), 2);
	assert_named(f, "benna", "Ali Benna;");
	assert_int_equal(found(f, "benna orniere"), a);
	for (int i = 0; i < 20; i++)
		FIXTURE_LOG(f, .category = "depot", .subject = "Gravats");
	assert_ok(f, store_idle(f->store, 10000, &f->err));
	assert_int_equal(waiting(f), 0);
	assert_named(f, "benna", "Ali Benna;");
}

/* Protects: a search of what was just logged ranks and filters as any other. */
static void test_waiting_in_searches(void **state)
{
	struct store_fixture *f = *state;
	int64_t old = FIXTURE_LOG(f, .category = "depot", .subject = "Gravats");
	assert_clean(f);
	int64_t ended = FIXTURE_LOG(f, .category = "horaires", .subject = "Gravats acceptés quand ?");
	fixture_step(f, ended, STEP_CANCEL, ARGS(.reason = "erreur"));
	assert_int_equal(found(f, "gravats"), old);
	int64_t fresh = FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Gravats");
	for (int settled = 0; settled < 2; settled++) {
		int64_t reference = 0;
		assert_int_equal(found(f, "gravats"), fresh);
		assert_ok(f,
			store_search(
				f->store, "gravats", &(struct search_options){.service = "nettoyage"}, first_row, &reference, &f->err));
		assert_int_equal(reference, old);
		assert_int_equal(
			store_search(f->store, "accepte", &(struct search_options){.open_only = true}, first_row, &reference, NULL),
			GUICHET_NOT_FOUND);
		assert_int_equal(found(f, "accepte"), ended);
		assert_clean(f);
	}
}

/* Protects: what a call costs when its commit must be on the disk: the pages it rewrites, each of which is written
 * three times. */
static void test_pages_of_a_call(void **state)
{
	struct store_fixture *f = *state;
	char phone[32], name[64], address[64];
	char *before = NULL, *after;
	size_t bytes = 0, now, changed = 0;
	for (int i = 0; i < WARM_UP + LOGS; i++) {
		snprintf(phone, sizeof phone, "06399800%02d", i);
		snprintf(name, sizeof name, "Camille Essai-%c%c", 'a' + i % 26, 'a' + i / 26);
		snprintf(address, sizeof address, "%d rue des Tilleuls", i);
		FIXTURE_LOG(f, .category = i % 2 ? "depot" : "nid-de-poule", .subject = "Trou dans la chaussée devant l'école",
			.commune = "aigues", .address = address, .description = "Une ornière profonde que les vélos ne voient pas.",
			.requester = WHO({"name", name}, {"phone", phone}));
		if (i < WARM_UP - 1)
			continue;
		assert_int_equal(file_read(f->path, 1 << 28, &after, &now, NULL), GUICHET_OK);
		for (size_t at = 0; before && at < now; at += PAGE)
			changed += at >= bytes || memcmp(before + at, after + at, PAGE) != 0;
		free(before);
		before = after;
		bytes = now;
	}
	free(before);
	assert_in_range(changed, LOGS * 10, LOGS * PAGES_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_found_at_once),
		TEST(test_learned_at_once),
		TEST(test_changed_while_waiting),
		TEST(test_never_too_many),
		TEST(test_two_at_work),
		TEST(test_a_copy_with_some_waiting),
		TEST(test_beside_other_desks),
		TEST(test_waiting_in_searches),
		TEST(test_pages_of_a_call),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
