// SPDX-License-Identifier: GPL-3.0-or-later
/* Addresses and distances: two reports of one hole must meet, two streets must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <math.h>

#include <cmocka.h>

#include "guichet/core/similar.h"

struct pair {
	const char *address, *expected;
};

static void assert_texts(void (*function)(struct text *, const char *), const struct pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct text out = TEXT_INIT;

		function(&out, pairs[i].address);
		if (strcmp(text_str(&out), pairs[i].expected) != 0)
			fail_msg("%s: « %s », expected « %s »", pairs[i].address, text_str(&out), pairs[i].expected);
		text_done(&out);
	}
}

/* Protects the search: whoever types "bd batignolles" finds what was written boulevard, and the other way round. */
static void abbreviations_are_written_out(void **state)
{
	static const struct pair pairs[] = {
		{"88 bd des Batignolles, 75017 PARIS", "88 boulevard des batignolles 75017 paris"},
		{"12, Bd. St-Michel", "12 boulevard saint michel"},
		{"av. du Mal Leclerc", "avenue du marechal leclerc"},
		{"3 r de l'Église", "3 rue de eglise"},
		{"3 bis r. Cardinet", "3 bis rue cardinet"},
		{"5 all des Tilleuls", "5 allee des tilleuls"},
		{"pl Gal de Gaulle", "place general de gaulle"},
		{"rte de Ste-Anne", "route de sainte anne"},
		{"rue du Dr Roux", "rue du docteur roux"},
		{"rés les Lilas", "residence les lilas"},
		{"2 lot. des Pins", "2 lotissement des pins"},
		{"fg St Antoine", "faubourg saint antoine"},
		{"", ""},
		{" , ", ""},
	};

	(void)state;
	assert_texts(address_fold, pairs, sizeof pairs / sizeof *pairs);
}

/* Protects words that only look like abbreviations. */
static void other_words_stay(void **state)
{
	static const struct pair pairs[] = {
		{"bâtiment R", "batiment r"},
		{"mal garé", "mal gare"},
		{"un lot de palettes", "un lot de palettes"},
		{"voiture garée mal", "voiture garee mal"},
		{"rue de la Col", "rue de la col"},
	};

	(void)state;
	assert_texts(address_fold, pairs, sizeof pairs / sizeof *pairs);
}

/* Protects the single word of a search box. */
static void one_word_is_expanded_where_it_is_clear(void **state)
{
	(void)state;
	assert_string_equal(address_expand_word("bd"), "boulevard");
	assert_string_equal(address_expand_word("av"), "avenue");
	assert_string_equal(address_expand_word("pl"), "place");
	assert_string_equal(address_expand_word("rte"), "route");
	assert_string_equal(address_expand_word("imp"), "impasse");
	assert_string_equal(address_expand_word("all"), "allee");
	assert_string_equal(address_expand_word("st"), "saint");
	assert_string_equal(address_expand_word("sq"), "square");
	assert_string_equal(address_expand_word("r"), "rue");
	assert_null(address_expand_word("mal"));
	assert_null(address_expand_word("lot"));
	assert_null(address_expand_word("boulevard"));
	assert_null(address_expand_word(""));
	assert_null(address_expand_word("zz"));
}

/* Protects "same street": one street has one form, in all the ways an address is written. */
static void street_alone(void **state)
{
	static const struct pair pairs[] = {
		{"88 Boulevard des Batignolles, 75017 PARIS", "boulevard batignolles"},
		{"bd des batignolles", "boulevard batignolles"},
		{"88 bis, bd des Batignolles 75017 Paris", "boulevard batignolles"},
		{"22Z Avenue Lamoricière, 75012 PARIS", "avenue lamoriciere"},
		{"12-14 rue de la Paix", "rue paix"},
		{"Résidence Les Lilas, 3 rue des Pins", "rue pins"},
		{"Apt 4, 12 rue de l'Église bât B", "rue eglise"},
		{"place du 8 mai 1945, 86000 Poitiers", "place 8 mai 1945"},
		{"5 rue du 11 Novembre 1918", "rue 11 novembre 1918"},
		{"88 La Canebière, 13001 Marseille", "canebiere"},
		{"3 Grande Rue", "grande rue"},
		{"Grand'Rue", "grand rue"},
		{"devant la mairie, place Leclerc", "place leclerc"},
		{"4 Quai de l'Hôtel de ville, 75004 PARIS", "quai hotel ville"},
		{"2 avenue de la Porte des Lilas", "avenue porte lilas"},
		{"angle rue A / rue B", "rue a"},
		{"à l'angle de la rue A", "rue a"},
		{"au fond de la cour, rue B", "rue b"},
		{"rue Saint-Jean (devant l'école)", "rue saint jean"},
		{"86000 Poitiers", ""},
		{"Poitiers", ""},
		{"", ""},
	};

	(void)state;
	assert_texts(address_street, pairs, sizeof pairs / sizeof *pairs);
}

/* Protects the house number, with its repetition, and from taking another number for it. */
static void house_numbers(void **state)
{
	static const struct pair pairs[] = {
		{"88 Boulevard des Batignolles, 75017 PARIS", "88"},
		{"22Z Avenue Lamoricière", "22z"},
		{"22 bis rue Cardinet", "22bis"},
		{"22bis rue Cardinet", "22bis"},
		{"22 B rue Cardinet", "22b"},
		{"12 ter, rue de la Paix", "12ter"},
		{"12-14 rue de la Paix", "12"},
		{"n° 7 rue Haute", "7"},
		{"Apt 4, 12 rue X", "12"},
		{"88 La Canebière", "88"},
		{"12bis-14 r. de la Paix", "12bis"},
		{"rue du 8 mai 1945", ""},
		{"place du 11 Novembre", ""},
		{"86000 Poitiers", ""},
		{"86000 rue Haute", ""},
		{"Apt 4, rue X", ""},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		char number[ADDRESS_NUMBER_MAX];
		bool found = address_number(pairs[i].address, number);

		if (strcmp(number, pairs[i].expected) != 0)
			fail_msg("%s: « %s », expected « %s »", pairs[i].address, number, pairs[i].expected);
		assert_int_equal(found, pairs[i].expected[0] != '\0');
	}
}

/* Protects a text that holds something already, and endless input. */
static void added_to_what_is_there(void **state)
{
	struct text out = TEXT_INIT, endless = TEXT_INIT;
	char number[ADDRESS_NUMBER_MAX];

	(void)state;
	text_add(&out, "avant ");
	address_street(&out, "3 r de la Paix");
	assert_string_equal(text_str(&out), "avant rue paix");
	for (int i = 0; i < 10000; i++)
		text_add(&endless, "12 rue bis, ");
	text_clear(&out);
	address_fold(&out, text_str(&endless));
	address_street(&out, text_str(&endless));
	assert_true(address_number(text_str(&endless), number));
	text_done(&endless);
	text_done(&out);
}

/* Protects the radius of similar requests: known distances, and values that are none. */
static void distances(void **state)
{
	(void)state;
	assert_true(fabs(distance_metres(48.8566, 2.3522, 48.8566, 2.3522)) < 1e-6);
	/* Paris - Poitiers, about 294 km; one thousandth of a degree of latitude, 111.2 m. */
	assert_true(fabs(distance_metres(48.8566, 2.3522, 46.5802, 0.3404) - 294000) < 2000);
	assert_true(fabs(distance_metres(46.58, 0.34, 46.581, 0.34) - 111.2) < 0.1);
	assert_true(fabs(distance_metres(0, 179.9995, 0, -179.9995) - 111.2) < 0.1);
	assert_true(fabs(distance_metres(0, 0, 0, 180) - 20015115) < 100);
	assert_true(isnan(distance_metres(91, 0, 0, 0)));
	assert_true(isnan(distance_metres(0, NAN, 0, 0)));
	assert_true(isnan(distance_metres(NAN, 0, 0, 0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(abbreviations_are_written_out),
		cmocka_unit_test(other_words_stay),
		cmocka_unit_test(one_word_is_expanded_where_it_is_clear),
		cmocka_unit_test(street_alone),
		cmocka_unit_test(house_numbers),
		cmocka_unit_test(added_to_what_is_there),
		cmocka_unit_test(distances),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
