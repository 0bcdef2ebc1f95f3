// SPDX-License-Identifier: GPL-3.0-or-later
/* The search box over a real store: what agents type, in any writing, finds what was recorded; what they type by
 * accident harms nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "guichet/core/reference.h"
#include "store_fixture.h"

enum { FOUND_MAX = 64 };

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

static enum guichet_rc search_with(
	struct store_fixture *f, const char *text, const struct search_options *o, struct found *found)
{
	*found = (struct found){.count = 0};
	return store_search(f->store, text, o, keep, found, &f->err);
}

/* Where `reference` stands in what `text` finds, from 0; -1: not found. */
static int place_of(struct store_fixture *f, const char *text, int64_t reference)
{
	struct found found;
	enum guichet_rc rc = search_with(f, text, NULL, &found);
	if (rc != GUICHET_OK && rc != GUICHET_NOT_FOUND && rc != GUICHET_DATA)
		fail_msg("« %s »: %d %s", text, rc, f->err.message);
	for (size_t i = 0; i < found.count; i++)
		if (found.references[i] == reference)
			return (int)i;
	return -1;
}

static void assert_finds(struct store_fixture *f, const char *text, int64_t reference)
{
	if (place_of(f, text, reference) < 0)
		fail_msg("« %s » does not find it: %s", text, f->err.message);
}

static void assert_misses(struct store_fixture *f, const char *text, int64_t reference)
{
	if (place_of(f, text, reference) >= 0)
		fail_msg("« %s » finds it", text);
}

/* Protects: accents, case and letters that Unicode does not decompose do not matter, on either side. */
static void test_letters(void **state)
{
	struct store_fixture *f = *state;
	int64_t walesa =
		FIXTURE_LOG(f, .subject = "Arrêt de cœur du feu rouge", .requester = WHO({"name", "Łukasz Wałęsa"}));
	int64_t plain = FIXTURE_LOG(f, .subject = "coeur de ville", .requester = WHO({"name", "Lukasz Walesa"}));
	static const char *const queries[] = {
		"walesa lukasz coeur", "Wałęsa Łukasz cœur", "WALESA LUKASZ CŒUR", "wałesa LUKASZ"};
	for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
		assert_finds(f, queries[i], walesa);
		assert_finds(f, queries[i], plain);
	}
	assert_misses(f, "walesa lukasz poubelle", walesa);
	int64_t strasse = FIXTURE_LOG(f, .subject = "Chaussée", .requester = WHO({"name", "Søren Đoković-Weiß"}));
	assert_finds(f, "soren dokovic weiss", strasse);
	assert_finds(f, "Đoković", strasse);
}

/* Protects: every word must be there; only the last is a beginning; little words and single letters never stand in
 * the way. */
static void test_words(void **state)
{
	struct store_fixture *f = *state;
	int64_t a = FIXTURE_LOG(
		f, .subject = "Nids-de-poule devant l'école", .description = "Les trous s'agrandissent, odeur d'ordures");
	assert_finds(f, "nid de poule", a);
	assert_finds(f, "nids poules", a);
	assert_finds(f, "trou", a);
	assert_finds(f, "poule agrand", a);
	assert_misses(f, "agrand poule", a);
	assert_misses(f, "nid de canard", a);
	assert_finds(f, "l'école", a);
	assert_finds(f, "l’ecole", a);
	assert_finds(f, "d'ordures", a);
	assert_finds(f, "ordures d", a);
	assert_finds(f, "odeur des ordures", a);
	assert_finds(f, "de", FIXTURE_LOG(f, .subject = "Demande de bac"));
	int64_t water = FIXTURE_LOG(f, .subject = "Coupure", .description = "plus d'eau depuis hier, deux tuyaux percés");
	assert_finds(f, "l'eau", water);
	assert_finds(f, "eaux tuyau", water);
}

/* Protects: a street is found however its kind is written, on either side; and by its number. */
static void test_streets(void **state)
{
	struct store_fixture *f = *state;
	int64_t full = FIXTURE_LOG(f, .subject = "Lampadaire", .address = "88 Boulevard des Batignolles");
	int64_t brief = FIXTURE_LOG(f, .subject = "Banc", .address = "90, bd. Batignolles");
	static const char *const queries[] = {"bd batignolles", "boulevard batignolles", "bld des Batignolles",
		"BOULEVARD DES BATIG", "batignolles bd", "batignoles", "batignolels"};
	for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
		assert_finds(f, queries[i], full);
		assert_finds(f, queries[i], brief);
	}
	assert_finds(f, "88 bd batignolles", full);
	assert_misses(f, "88 bd batignolles", brief);
	assert_misses(f, "av batignolles", full);
	int64_t between = FIXTURE_LOG(f, .subject = "Haie", .address = "12-14 rue Hoche");
	assert_finds(f, "12-14 rue hoche", between);
	assert_finds(f, "12 rue hoche", between);
	assert_finds(f, "rue hoche 14", between);
	assert_misses(f, "13 rue hoche", between);
	assert_finds(f, "12 r hoche", between);
	assert_misses(f, "12 av hoche", between);
	int64_t saint = FIXTURE_LOG(f, .subject = "Eau", .address = "3 place Saint-Étienne");
	assert_finds(f, "pl st etienne", saint);
}

/* Protects: one letter wrong, missing, too many or swapped is forgiven in names and streets, and ranks after what was
 * spelled right; two are not. */
static void test_one_letter(void **state)
{
	struct store_fixture *f = *state;
	int64_t lefevre = FIXTURE_LOG(f, .subject = "Benne", .requester = WHO({"name", "Hélène Lefèvre"}));
	int64_t lefebvre = FIXTURE_LOG(f, .subject = "Benne", .requester = WHO({"name", "Guy Lefebvre"}));
	static const char *const queries[] = {"lefevre", "Lefèvre", "lefevr", "lefebre", "lefvere", "lefeuvre", "lefefre"};
	for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
		assert_finds(f, queries[i], lefevre);
	assert_finds(f, "lefevre benne", lefebvre);
	assert_finds(f, "lefebre", lefebvre);
	assert_int_equal(place_of(f, "lefevre", lefevre), 0);
	assert_int_equal(place_of(f, "lefevre", lefebvre), 1);
	assert_int_equal(place_of(f, "lefebvre", lefebvre), 0);
	assert_misses(f, "lafavre", lefevre);
	assert_misses(f, "benme", lefevre); /* a subject is no name */
	/* A word with enough hits of its own is still forgiven when the words together find nothing. */
	for (int i = 0; i < 12; i++)
		FIXTURE_LOG(f, .subject = "Tri", .requester = WHO({"name", "Paul Martel"}));
	int64_t martin = FIXTURE_LOG(f, .subject = "Grille", .requester = WHO({"name", "Zoé Martez"}));
	assert_finds(f, "martel grille", martin);
	assert_misses(f, "martel", martin);
}

/* Protects: a name with a hyphen or an apostrophe is found with and without. */
static void test_joined_names(void **state)
{
	struct store_fixture *f = *state;
	int64_t a = FIXTURE_LOG(f, .subject = "Bruit", .requester = WHO({"name", "Jean-Pierre D’Alembert-O'Brien"}));
	assert_finds(f, "jean pierre", a);
	assert_finds(f, "Jean-Pierre d'Alembert", a);
	assert_finds(f, "alembert brien", a);
	assert_finds(f, "O'Brien", a);
}

/* Protects: a reference is found whole in any writing, by its beginning and by its end; filters do not hide it. */
static void test_references(void **state)
{
	struct store_fixture *f = *state;
	int64_t a = FIXTURE_LOG(f, .subject = "Un"),
			b = FIXTURE_LOG(f, .subject = "Deux", .requester = WHO({"phone", "06 12 34 56 78"}));
	char digits[24], query[64];
	struct found found;
	snprintf(digits, sizeof digits, "%lld", (long long)a);
	static const char *const writings[] = {"%.2s %.2s %.2s %.2s %.2s", "%.2s.%.2s-%.2s %.2s/%.2s",
		"n°%.2s%.2s%.2s%.2s%.2s", "réf. %.2s %.2s %.2s %.2s %.2s ?", " %.2s\u00a0%.2s\u202f%.2s %.2s %.2s "};
	for (size_t i = 0; i < sizeof writings / sizeof *writings; i++) {
		snprintf(query, sizeof query, writings[i], digits, digits + 2, digits + 4, digits + 6, digits + 8);
		assert_int_equal(
			search_with(f, query, &(struct search_options){.service = "nettoyage", .open_only = true}, &found),
			GUICHET_OK);
		assert_int_equal(found.count, 1);
		assert_int_equal(found.references[0], a);
	}
	assert_finds(f, digits + 4, a);
	assert_finds(f, digits + 6, a);
	snprintf(query, sizeof query, "%.2s %.2s %.2s", digits + 4, digits + 6, digits + 8);
	assert_finds(f, query, a);
	assert_misses(f, query, b);
	snprintf(query, sizeof query, "%.2s %.2s %.2s", digits, digits + 2, digits + 4);
	assert_finds(f, query, a);
	snprintf(query, sizeof query, "%.7s", digits);
	assert_finds(f, query, a);
}

/* Protects: ten digits that are no reference are told which swaps would make one; not when they are a phone number or
 * find something, and a right one that is unknown is simply not found. */
static void test_wrong_reference(void **state)
{
	struct store_fixture *f = *state;
	struct found found;
	FIXTURE_LOG(f, .subject = "Un");
	assert_int_equal(search_with(f, "31 40 03 21 60", NULL, &found), GUICHET_DATA);
	assert_non_null(strstr(f->err.message, "31 40 03 21 06"));
	assert_int_equal(search_with(f, "31 40 03 21 06", NULL, &found), GUICHET_NOT_FOUND);
	assert_int_equal(search_with(f, "06 98 76 54 32", NULL, &found), GUICHET_NOT_FOUND);
	assert_int_equal(search_with(f, "31 40 03 21", NULL, &found), GUICHET_NOT_FOUND);
	int64_t meter = FIXTURE_LOG(f, .subject = "Compteur 3140032160");
	assert_finds(f, "3140032160", meter);
}

/* Protects: a phone number is found in any writing, whole, by its end, its beginning and a piece of it in pairs; with
 * a name beside it too. */
static void test_phones(void **state)
{
	struct store_fixture *f = *state;
	int64_t a = FIXTURE_LOG(f, .subject = "Bac", .requester = WHO({"name", "Inès Morel"}, {"phone", "06 12 34 56 78"}));
	int64_t b = FIXTURE_LOG(f, .subject = "Bac", .requester = WHO({"phone", "+32 2 123 45 67"}));
	static const char *const queries[] = {"0612345678", "06 12 34 56 78", "06.12.34.56.78", "+33 6 12 34 56 78",
		"0033612345678", "+33 (0)6 12 34 56 78", "06-12-34-56-78", "345678", "56 78", "06 12 3", "0612", "+33 6 12",
		"34 56", "morel 56 78", "06 12 34 morel", "tél. 06 12 34 56 78"};
	for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
		assert_finds(f, queries[i], a);
		assert_misses(f, queries[i], b);
	}
	assert_misses(f, "06 12 34 56 79", a);
	assert_misses(f, "dupont 06 12 34", a);
	assert_finds(f, "+32 2 123 45 67", b);
	assert_finds(f, "0032 2 123 45 67", b);
	assert_finds(f, "123 45 67", b);
}

/* Protects: nothing typed is ever syntax, too long or too odd: it finds something or nothing, and says so. */
static void test_odd_input(void **state)
{
	struct store_fixture *f = *state;
	struct found found;
	int64_t a = FIXTURE_LOG(f, .subject = "Near or and not: un AND deux", .description = "三 汉字 words");
	static const char *const odd[] = {"AND OR NEAR( * ^ \" :", "AND", "NOT", "\"", "\"\"\"", "words : words",
		"{words}: a", "*", "^deux", "-deux", "a*b", "NEAR(un deux, 3)", "(((((", "deux)", "+", "+33",
		"'; DROP TABLE request; --", "%", "\xff\xfe", "un\xc3", "\\", "\x01\x02", "+ + + 1 + + 2",
		"00000000000000000000000000000000000000", "汉字", "🚲🚲", "é", "1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6"};
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		enum guichet_rc rc = search_with(f, odd[i], NULL, &found);
		if (rc != GUICHET_OK && rc != GUICHET_NOT_FOUND)
			fail_msg("« %s »: %d %s", odd[i], rc, f->err.message);
	}
	assert_finds(f, "AND OR NEAR( * ^ \" :", a);
	assert_finds(f, "NOT un", a);
	assert_finds(f, "汉字", a);
	assert_int_equal(search_with(f, "🚲", NULL, &found), GUICHET_NOT_FOUND);
	assert_int_equal(search_with(f, "", NULL, &found), GUICHET_NOT_FOUND);
	assert_int_equal(search_with(f, "n", NULL, &found), GUICHET_NOT_FOUND);
	assert_non_null(strstr(f->err.message, "deux"));
	assert_int_equal(search_with(f, "zzz", NULL, &found), GUICHET_NOT_FOUND);
	assert_non_null(strstr(f->err.message, "zzz"));
	struct text big = TEXT_INIT;
	while (big.len < 10 * 1024)
		text_add(&big, "deux ");
	assert_finds(f, text_str(&big), a);
	text_clear(&big);
	while (big.len < 10 * 1024)
		text_add(&big, "0123456789abcdefé");
	assert_misses(f, text_str(&big), a);
	text_clear(&big);
	while (big.len < 10 * 1024)
		text_add(&big, "12 ");
	assert_misses(f, text_str(&big), a);
	text_done(&big);
}

/* Protects: open ones first, then the whole word before a beginning, name and subject before the description, the
 * newest first. */
static void test_ranking(void **state)
{
	struct store_fixture *f = *state;
	int64_t in_text = FIXTURE_LOG(f, .subject = "Bac", .description = "près du port");
	int64_t in_subject = FIXTURE_LOG(f, .subject = "Le port"), older = FIXTURE_LOG(f, .subject = "Port de commerce");
	f->now_ms += 3600000;
	int64_t begins = FIXTURE_LOG(f, .subject = "Porte cassée");
	int64_t ended = FIXTURE_LOG(f, .subject = "Port");
	fixture_step(f, ended, STEP_CANCEL, &(struct step_args){.reason = "erreur de saisie"});
	assert_int_equal(place_of(f, "port", older), 0);
	assert_int_equal(place_of(f, "port", in_subject), 1);
	assert_int_equal(place_of(f, "port", in_text), 2);
	assert_int_equal(place_of(f, "port", begins), 3);
	assert_int_equal(place_of(f, "port", ended), 4);
}

/* Protects: an open request, and the whole word, are found however many newer matches there are. */
static void test_older_ones(void **state)
{
	struct store_fixture *f = *state;
	struct found found;
	int64_t open = FIXTURE_LOG(f, .subject = "Grillage tordu"), whole = FIXTURE_LOG(f, .subject = "Gril");
	fixture_step(f, whole, STEP_CANCEL, &(struct step_args){.reason = "erreur de saisie"});
	store_begin(f->store, NULL);
	for (int i = 0; i < 260; i++) {
		int64_t r = FIXTURE_LOG(f, .subject = "Grillage");
		fixture_step(f, r, STEP_CANCEL, &(struct step_args){.reason = "erreur de saisie"});
	}
	store_commit(f->store, NULL);
	assert_int_equal(place_of(f, "gril", open), 0);
	assert_int_equal(place_of(f, "gril", whole), 1);
	assert_int_equal(search_with(f, "gril", &(struct search_options){.limit = 5}, &found), GUICHET_OK);
	assert_int_equal(found.count, 5);
	assert_int_equal(place_of(f, "grillage tordu", open), 0);
	found = (struct found){.stop_at = 3};
	assert_int_equal(store_search(f->store, "gril", NULL, keep, &found, &f->err), GUICHET_OK);
	assert_int_equal(found.count, 3);
}

/* Protects: a service's search shows its own requests only, and open ones only when asked; both at once. */
static void test_filters(void **state)
{
	struct store_fixture *f = *state;
	struct found found;
	int64_t road = FIXTURE_LOG(f, .subject = "Tas de sable", .category = "nid-de-poule");
	int64_t clean = FIXTURE_LOG(f, .subject = "Tas de sable", .category = "depot");
	int64_t ended = FIXTURE_LOG(f, .subject = "Tas de sable", .category = "depot");
	fixture_step(f, ended, STEP_CANCEL, &(struct step_args){.reason = "erreur de saisie"});
	assert_int_equal(search_with(f, "sable", NULL, &found), GUICHET_OK);
	assert_int_equal(found.count, 3);
	assert_int_equal(search_with(f, "tas sable", &(struct search_options){.service = "voirie"}, &found), GUICHET_OK);
	assert_int_equal(found.count, 1);
	assert_int_equal(found.references[0], road);
	assert_int_equal(
		search_with(f, "sabl", &(struct search_options){.service = "nettoyage", .open_only = true}, &found),
		GUICHET_OK);
	assert_int_equal(found.count, 1);
	assert_int_equal(found.references[0], clean);
	assert_int_equal(
		search_with(f, "sable", &(struct search_options){.service = "proximite"}, &found), GUICHET_NOT_FOUND);
}

/* Protects: long beginnings are found whether few or many words have them. */
static void test_long_beginnings(void **state)
{
	struct store_fixture *f = *state;
	char subject[40];
	store_begin(f->store, NULL);
	int64_t first = FIXTURE_LOG(f, .subject = "dossier abcdef0000 eclairagiste");
	for (int i = 1; i < 45; i++) {
		snprintf(subject, sizeof subject, "dossier abcdef%04d eclairage", i);
		FIXTURE_LOG(f, .subject = subject);
	}
	store_commit(f->store, NULL);
	assert_finds(f, "eclairag", first);
	assert_finds(f, "eclairagi", first);
	assert_finds(f, "abcdef0", first);
	assert_finds(f, "abcdef0000", first);
	assert_int_equal(place_of(f, "abcdef0000", first), 0);
	assert_finds(f, "dossier abcdef", first);
	assert_misses(f, "eclairagistes du", first);
}

/* Protects: an edit is found by its new words and no more by its old ones, and what is undone likewise. */
static void test_after_edit(void **state)
{
	struct store_fixture *f = *state;
	int64_t a = FIXTURE_LOG(f, .subject = "Chat perdu", .address = "2 rue Lamartine");
	fixture_step(f, a, STEP_EDIT, &(struct step_args){.field = "subject", .value = "Girafe perdue"});
	assert_finds(f, "girafe", a);
	assert_misses(f, "chat", a);
	fixture_step(f, a, STEP_EDIT, &(struct step_args){.field = "address_string", .value = "2 rue Verlaine"});
	assert_finds(f, "verlaime", a);
	assert_misses(f, "lamartime", a);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_letters),
		TEST(test_words),
		TEST(test_streets),
		TEST(test_one_letter),
		TEST(test_joined_names),
		TEST(test_references),
		TEST(test_wrong_reference),
		TEST(test_phones),
		TEST(test_odd_input),
		TEST(test_ranking),
		TEST(test_older_ones),
		TEST(test_filters),
		TEST(test_long_beginnings),
		TEST(test_after_edit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
