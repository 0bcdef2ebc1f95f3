// SPDX-License-Identifier: GPL-3.0-or-later
/* Requests like the one being logged, over a real store: near by or in the same street, of the same kind, lately;
 * incidents by their area. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store_fixture.h"

enum { FOUND_MAX = 16 };
#define DAY_MS ((int64_t)86400000)

struct found {
	int64_t references[FOUND_MAX];
	size_t count, stop_at;
};

static bool keep(void *context, const struct request_row *row)
{
	struct found *f = context;
	if (f->count < FOUND_MAX)
		f->references[f->count++] = row->reference;
	return f->count != f->stop_at;
}

static struct similar_query query_of(struct store_fixture *f, const char *category, const char *address)
{
	const struct catalogue *c = store_catalogue(f->store);
	return (struct similar_query){.category = catalogue_category(c, category),
		.commune = catalogue_commune(c, "aigues"),
		.address = address,
		.latitude = (double)NAN,
		.longitude = (double)NAN,
		.received_ms = f->now_ms,
		.limit = 10};
}

static struct found similar(struct store_fixture *f, const struct similar_query *q)
{
	struct found found = {.count = 0};
	assert_int_equal(store_similar(f->store, q, keep, &found, &f->err), GUICHET_OK);
	return found;
}

static bool holds(const struct found *f, int64_t reference)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->references[i] == reference)
			return true;
	return false;
}

/* Protects: with coordinates on both sides metres decide, the nearest first, whatever the streets are called. */
static void test_metres(void **state)
{
	struct store_fixture *f = *state;
	int64_t far = FIXTURE_LOG(f, .subject = "Trou", .category = "nid-de-poule", .commune = "aigues",
		.address = "1 rue Hoche", .latitude = "45.2510", .longitude = "-5.5");
	int64_t close = FIXTURE_LOG(f, .subject = "Trou", .category = "nid-de-poule", .commune = "aigues",
		.address = "9 place Kléber", .latitude = "45.25005", .longitude = "-5.5");
	int64_t nearer = FIXTURE_LOG(f, .subject = "Trou", .category = "nid-de-poule", .commune = "aigues",
		.latitude = "45.25", .longitude = "-5.5");
	struct similar_query q = query_of(f, "nid-de-poule", "1 rue Hoche");
	q.latitude = 45.25;
	q.longitude = -5.5;
	struct found found = similar(f, &q);
	assert_int_equal(found.count, 2);
	assert_int_equal(found.references[0], nearer);
	assert_int_equal(found.references[1], close);
	assert_false(holds(&found, far));
}

/* Protects: without coordinates the same street of the same commune decides, in any writing, whatever the number;
 * another commune's is not it. */
static void test_street(void **state)
{
	struct store_fixture *f = *state;
	int64_t same = FIXTURE_LOG(
		f, .subject = "Sacs", .category = "depot", .commune = "aigues", .address = "12 bis, bd. des Batignolles");
	FIXTURE_LOG(
		f, .subject = "Sacs", .category = "depot", .commune = "bois", .address = "12 boulevard des Batignolles");
	FIXTURE_LOG(f, .subject = "Sacs", .category = "depot", .commune = "aigues", .address = "12 avenue des Batignolles");
	FIXTURE_LOG(f, .subject = "Sacs", .category = "depot", .commune = "aigues");
	struct similar_query q = query_of(f, "depot", "88 Boulevard des Batignolles, 73010 Aigues");
	struct found found = similar(f, &q);
	assert_int_equal(found.count, 1);
	assert_int_equal(found.references[0], same);
	q.address = NULL;
	assert_int_equal(similar(f, &q).count, 0);
	q.address = "boulevard des Batignolles";
	q.commune = NULL;
	assert_int_equal(similar(f, &q).count, 2);
}

/* Protects: the category's window; its group's other categories come after it; other groups do not come. */
static void test_window_and_group(void **state)
{
	struct store_fixture *f = *state;
	static const char street[] = "4 rue Hoche";
	FIXTURE_LOG(f, .subject = "Trou", .category = "nid-de-poule", .address = street);
	f->now_ms += 40 * DAY_MS;
	int64_t other = FIXTURE_LOG(f, .subject = "Creux", .category = "affaissement", .address = street);
	f->now_ms += DAY_MS;
	FIXTURE_LOG(f, .subject = "Sacs", .category = "depot", .address = street);
	f->now_ms -= 12 * DAY_MS;
	int64_t same = FIXTURE_LOG(f, .subject = "Trou", .category = "nid-de-poule", .address = street);
	f->now_ms += 12 * DAY_MS;
	struct similar_query q = query_of(f, "nid-de-poule", "7 rue Hoche");
	q.commune = NULL;
	struct found found = similar(f, &q);
	assert_int_equal(found.count, 2);
	assert_int_equal(found.references[0], same);
	assert_int_equal(found.references[1], other);
}

/* Protects: an ended one is shown too, after the open ones; the one being logged is not like itself; a limit and a
 * visitor's stop are kept to. */
static void test_states(void **state)
{
	struct store_fixture *f = *state;
	int64_t row, mine;
	int64_t open = FIXTURE_LOG(f, .subject = "Trou", .category = "nid-de-poule", .address = "1 rue Hoche");
	int64_t ended = FIXTURE_LOG(f, .subject = "Trou", .category = "nid-de-poule", .address = "1 rue Hoche");
	fixture_step(f, ended, STEP_CANCEL, &(struct step_args){.reason = "erreur de saisie"});
	mine =
		fixture_log(f, &(struct call){.subject = "Trou", .category = "nid-de-poule", .address = "1 rue Hoche"}, &row);
	struct similar_query q = query_of(f, "nid-de-poule", "1 rue Hoche");
	q.commune = NULL;
	q.except_row = row;
	struct found found = similar(f, &q);
	assert_int_equal(found.count, 2);
	assert_int_equal(found.references[0], open);
	assert_int_equal(found.references[1], ended);
	assert_false(holds(&found, mine));
	q.limit = 1;
	assert_int_equal(similar(f, &q).count, 1);
	q.limit = 10;
	found = (struct found){.stop_at = 1};
	assert_int_equal(store_similar(f->store, &q, keep, &found, &f->err), GUICHET_OK);
	assert_int_equal(found.count, 1);
}

/* Protects: an incident and the calls linked to it are one: the parent is shown, to be joined. */
static void test_parent(void **state)
{
	struct store_fixture *f = *state;
	int64_t parent = FIXTURE_LOG(f, .subject = "Trou", .category = "nid-de-poule", .address = "1 rue Hoche");
	FIXTURE_LOG(f, .subject = "Trou", .category = "nid-de-poule", .address = "3 rue Hoche", .link = parent);
	FIXTURE_LOG(f, .subject = "Trou", .category = "nid-de-poule", .address = "5 rue Hoche", .link = parent);
	struct similar_query q = query_of(f, "nid-de-poule", "7 rue Hoche");
	q.commune = NULL;
	struct found found = similar(f, &q);
	assert_int_equal(found.count, 1);
	assert_int_equal(found.references[0], parent);
}

/* Protects: an open incident whose area names the street comes first, whatever its category and however old; an ended
 * one does not. */
static void test_area(void **state)
{
	struct store_fixture *f = *state;
	int64_t burst = FIXTURE_LOG(f, .subject = "Conduite rompue", .category = "fuite", .commune = "aigues",
		.address = "1 place Kléber", .area = "place Kléber, rue Hoche, bd Voltaire", .told = "astreinte");
	int64_t over = FIXTURE_LOG(f, .subject = "Travaux", .category = "depot", .commune = "aigues", .area = "rue Hoche");
	fixture_step(f, over, STEP_CANCEL, &(struct step_args){.reason = "erreur de saisie"});
	f->now_ms += 60 * DAY_MS;
	int64_t hole = FIXTURE_LOG(
		f, .subject = "Trou", .category = "nid-de-poule", .commune = "aigues", .address = "2 boulevard Voltaire");
	struct similar_query q = query_of(f, "nid-de-poule", "12 Boulevard Voltaire");
	struct found found = similar(f, &q);
	assert_int_equal(found.count, 2);
	assert_int_equal(found.references[0], burst);
	assert_int_equal(found.references[1], hole);
	q.address = "9 rue Hoche";
	found = similar(f, &q);
	assert_int_equal(found.count, 1);
	assert_int_equal(found.references[0], burst);
}

/* Protects: a call that nobody could place yet asks without a category, or with the one for such calls, and harms
 * nothing. */
static void test_unplaced(void **state)
{
	struct store_fixture *f = *state;
	FIXTURE_LOG(f, .subject = "Quelque chose", .address = "1 rue Hoche");
	struct similar_query q = query_of(f, "a-qualifier", "1 rue Hoche");
	q.commune = NULL;
	assert_int_equal(similar(f, &q).count, 1);
	q.category = NULL;
	assert_int_equal(similar(f, &q).count, 0);
	q.address = "\xff";
	assert_int_equal(similar(f, &q).count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_metres),
		TEST(test_street),
		TEST(test_window_and_group),
		TEST(test_states),
		TEST(test_parent),
		TEST(test_area),
		TEST(test_unplaced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
