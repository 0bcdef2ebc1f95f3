// SPDX-License-Identifier: GPL-3.0-or-later
/* Streets out of addresses, and the streets that a store knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/core/similar.h"
#include "store_fixture.h"

/* Protects the street as people read it: without its number, however that is written, nor the town behind it. */
static void test_street_shown(void **state)
{
	(void)state;
	static const struct { const char *address, *street; } cases[] = {
		{ "12 rue des Lilas", "rue des Lilas" }, { "12 bis, rue des Lilas, 35000 Aigues", "rue des Lilas" }, { "12bis rue des Lilas 35000 Aigues", "rue des Lilas" },
		{ "12-14 rue des Lilas", "rue des Lilas" }, { "12/14 quai Nord", "quai Nord" }, { "12 B rue A. Briand", "rue A. Briand" },
		{ "88 Boulevard des Batignolles, 75017 PARIS", "Boulevard des Batignolles" }, { "place du 8 Mai 1945", "place du 8 Mai 1945" },
		{ "rue du Port - face au n° 3", "rue du Port" }, { "rue Saint-Jean", "rue Saint-Jean" }, { "45 route de 35137 Bédée", "route de" },
		{ "12", "" }, { "12 b", "" }, { "", "" }, { "  ,", "" }, { "35000 Aigues", "" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct text t = TEXT_INIT;
		address_street_shown(&t, cases[i].address);
		assert_string_equal(text_str(&t), cases[i].street);
		text_done(&t);
	}
	assert_int_equal(address_street_at("12 bis rue"), 7);
	assert_int_equal(address_street_at("rue"), 0);
	assert_int_equal(address_street_at("12 li"), 3);
}

static bool add(void *context, const char *street, int64_t seen)
{
	text_addf(context, "%s %lld|", street, (long long)seen);
	return true;
}

static void streets_are(struct store_fixture *f, const char *commune, const char *typed, const char *expected)
{
	struct text t = TEXT_INIT;
	assert_int_equal(store_streets(f->store, commune, typed, add, &t, NULL), GUICHET_OK);
	assert_string_equal(text_str(&t), expected);
	text_done(&t);
}

/* Protects the list: each street once, in order, of this commune alone; typed without accents, in any order of words, abbreviated or not. */
static void test_store_streets(void **state)
{
	struct store_fixture *f = *state;
	static const char *const addresses[] = { "3 rue des Lilas", "avenue de l'Écluse", "12 RUE DES LILAS, 35000 AIGUES", "bd Émile Zola", "", "5 rue du Lilas blanc" };
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		f->now_ms += 60000;
		FIXTURE_LOG(f, .subject = "Trou", .category = "nid-de-poule", .commune = "aigues", .address = addresses[i]);
	}
	FIXTURE_LOG(f, .subject = "Lilas", .category = "nid-de-poule", .commune = "bois", .address = "rue Lointaine");
	streets_are(f, "aigues", "", "avenue de l'Écluse 1|bd Émile Zola 1|rue des Lilas 2|rue du Lilas blanc 1|");
	streets_are(f, "aigues", "ecl", "avenue de l'Écluse 1|");
	streets_are(f, "aigues", "zola boulevard", "bd Émile Zola 1|");
	streets_are(f, "bois", "lil", "");
	streets_are(f, "bois", "", "rue Lointaine 1|");
	streets_are(f, "nulle-part", "", "");
	streets_are(f, "aigues", "\"; * NEAR(", "");
}

/* Protects what is old: a street that no request of late was about is found by what is typed of it, in its own commune. */
static void test_old_street(void **state)
{
	struct store_fixture *f = *state;
	static const struct call old = { .subject = "Trou", .category = "nid-de-poule", .commune = "aigues", .address = "1 chemin de la Vieille Forge" };
	fixture_log(f, &old, NULL);
	for (int batch = 0; batch < 8; batch++) {
		assert_int_equal(store_begin(f->store, NULL), GUICHET_OK);
		for (int i = 0; i < STORE_BATCH; i++) {
			f->now_ms += 1000;
			FIXTURE_LOG(f, .subject = "Forge", .category = "depot", .commune = "aigues", .address = "2 rue Neuve");
		}
		assert_int_equal(store_commit(f->store, NULL), GUICHET_OK);
	}
	streets_are(f, "aigues", "", "rue Neuve 1500|");
	streets_are(f, "aigues", "chemin forg", "chemin de la Vieille Forge 1|");
	streets_are(f, "bois", "forge", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_street_shown), cmocka_unit_test_setup_teardown(test_store_streets, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_old_street, fixture_setup, fixture_teardown) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
