// SPDX-License-Identifier: GPL-3.0-or-later
/* Privacy warnings: what must alarm does, with its place in the text; what agents write all day does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/base/ini.h"
#include "guichet/base/text.h"
#include "guichet/core/privacy.h"

enum { LIST_MAX = 1 << 20, TEXT_MAX = 64 << 20, FOUND_MAX = 16 };

static struct privacy_words *shipped;

static struct privacy_words *load(const char *list, struct problems *problems)
{
	struct privacy_words *words;

	privacy_words_load("mots.txt", list, strlen(list), &words, problems);
	return words;
}

static int load_shipped(void **state)
{
	struct problems problems = {0};
	struct guichet_err err = {0};
	char *data;
	size_t bytes;

	(void)state;
	if (file_read("data/privacy/mots.txt", LIST_MAX, &data, &bytes, &err) != GUICHET_OK)
		return -1;
	privacy_words_load("mots.txt", data, bytes, &shipped, &problems);
	for (size_t i = 0; i < problems.count; i++)
		fprintf(stderr, "mots.txt:%d: %s\n", problems.items[i].line, problems.items[i].message);
	free(data);
	return problems.count == 0 ? 0 : -1;
}

static int free_shipped(void **state)
{
	(void)state;
	privacy_words_free(&shipped);
	return 0;
}

/* One finding, of this kind, over exactly these words. */
static void assert_alarm(const struct privacy_words *words, const char *text, enum privacy_kind kind, const char *over)
{
	struct privacy_finding found[FOUND_MAX];
	size_t count = privacy_check(words, text, found, FOUND_MAX);

	if (count != 1)
		fail_msg("%zu findings in: %s", count, text);
	assert_string_equal(privacy_kind_code(found[0].kind), privacy_kind_code(kind));
	assert_int_equal(found[0].to - found[0].from, strlen(over));
	assert_memory_equal(text + found[0].from, over, strlen(over));
	assert_true(strlen(found[0].reason) > 0);
}

static void assert_silent(const struct privacy_words *words, const char *text)
{
	struct privacy_finding found[FOUND_MAX];

	if (privacy_check(words, text, found, FOUND_MAX) > 0)
		fail_msg("« %.*s » alarms in: %s", (int)(found[0].to - found[0].from), text + found[0].from, text);
}

/* Protects the social-security number: key, Corsica, spaces of all kinds; article 30 forbids it in free text. */
static void social_security_numbers(void **state)
{
	(void)state;
	assert_alarm(NULL, "sécu 185057800608491.", PRIVACY_NIR, "185057800608491");
	assert_alarm(NULL, "n° 1 85 05 78 006 084 91", PRIVACY_NIR, "1 85 05 78 006 084 91");
	assert_alarm(NULL, "1850578006084 91", PRIVACY_NIR, "1850578006084 91");
	assert_alarm(NULL, "1.85.05.78.006.084.91", PRIVACY_NIR, "1.85.05.78.006.084.91");
	assert_alarm(NULL,
		"1\xC2\xA0"
		"85\xE2\x80\xAF"
		"05 78 006 084 91",
		PRIVACY_NIR,
		"1\xC2\xA0"
		"85\xE2\x80\xAF"
		"05 78 006 084 91");
	assert_alarm(NULL, "2 85 05 2A 006 084 82", PRIVACY_NIR, "2 85 05 2A 006 084 82");
	assert_alarm(NULL, "285052b00608412", PRIVACY_NIR, "285052b00608412");
	assert_silent(NULL, "185057800608490");
	assert_silent(NULL, "2 85 05 2C 006 084 82");
	assert_silent(NULL, "1850578006084919");
	assert_silent(NULL, "A185057800608491");
}

/* Protects bank cards: Luhn, known first digits, the usual groups. */
static void bank_cards(void **state)
{
	(void)state;
	assert_alarm(NULL, "carte 4970101234567893 merci", PRIVACY_CARD, "4970101234567893");
	assert_alarm(NULL, "4970 1012 3456 7893 exp 12/27", PRIVACY_CARD, "4970 1012 3456 7893");
	assert_alarm(NULL, "4970-1012-3456-7893", PRIVACY_CARD, "4970-1012-3456-7893");
	assert_alarm(NULL, "49 70 10 12 34 56 78 93", PRIVACY_CARD, "49 70 10 12 34 56 78 93");
	assert_alarm(NULL, "amex 3782 822463 10005", PRIVACY_CARD, "3782 822463 10005");
	assert_alarm(NULL, "5105105105105100", PRIVACY_CARD, "5105105105105100");
	assert_alarm(NULL, "2221000000000009", PRIVACY_CARD, "2221000000000009");
	assert_alarm(NULL, "4000000000000000006", PRIVACY_CARD, "4000000000000000006");
	assert_silent(NULL, "4970101234567890");
	assert_silent(NULL, "9970101234567898");
	assert_silent(NULL, "497 010 123 456 7893");
}

/* Protects accounts: any common country, with or without spaces, either case. */
static void bank_accounts(void **state)
{
	(void)state;
	assert_alarm(NULL, "FR76 3000 6000 0112 3456 7890 189 merci", PRIVACY_IBAN, "FR76 3000 6000 0112 3456 7890 189");
	assert_alarm(NULL, "(fr7630006000011234567890189)", PRIVACY_IBAN, "fr7630006000011234567890189");
	assert_alarm(NULL, "FR 76 30006 00001 12345678901 89", PRIVACY_IBAN, "FR 76 30006 00001 12345678901 89");
	assert_alarm(NULL, "BE68 5390 0754 7034", PRIVACY_IBAN, "BE68 5390 0754 7034");
	assert_alarm(NULL, "DE89370400440532013000", PRIVACY_IBAN, "DE89370400440532013000");
	assert_alarm(NULL, "GB29 NWBK 6016 1331 9268 19", PRIVACY_IBAN, "GB29 NWBK 6016 1331 9268 19");
	assert_silent(NULL, "FR76 3000 6000 0112 3456 7890 188");
	assert_silent(NULL, "de 12 rue de la Paix, du 14 au 16");
}

/* Protects the desk from noise: the numbers that it handles all day. */
static void everyday_numbers_are_silent(void **state)
{
	static const char *const texts[] = {
		"06 12 34 56 78 ou 01 23 45 67 89",
		"06 12 34 56 78 06 98 76 54 32 01 23 45 67 89 05 49 00 00 00",
		"+33612345678",
		"référence 31 40 03 21 06",
		"SIRET 732 829 320 00074",
		"SIRET 73282932000074",
		"le 14/05/2026 à 10:00",
		"2026-05-14 10 00 00",
		"2.317755937076498, 48.88157653749296",
		"{'coordinates': [2.34910774244972, 48.894493102109976]}",
		"BC 4500012345",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_silent(shipped, texts[i]);
}

/* Protects each kind of sensitive data, in the writing of a desk: capitals, accents, typographic apostrophes. */
static void sensitive_words_alarm(void **state)
{
	(void)state;
	assert_alarm(shipped, "il y a un malade au troisième", PRIVACY_HEALTH, "malade");
	assert_alarm(shipped, "Sa mère a un CANCER", PRIVACY_HEALTH, "CANCER");
	assert_alarm(shipped, "je suis diabetique", PRIVACY_HEALTH, "diabetique");
	assert_alarm(shipped, "un drogué dort là", PRIVACY_HEALTH, "drogué");
	assert_alarm(shipped, "dans le parc les drogués traînent", PRIVACY_HEALTH, "drogués");
	assert_alarm(shipped, "converti à l\xE2\x80\x99islam", PRIVACY_RELIGION, "converti à l\xE2\x80\x99islam");
	assert_alarm(shipped, "c'est l\xE2\x80\x99imam", PRIVACY_RELIGION, "imam");
	assert_alarm(shipped, "le voisin est juif", PRIVACY_RELIGION, "juif");
	assert_alarm(shipped, "il vote Le Pen", PRIVACY_POLITICS, "vote Le Pen");
	assert_alarm(shipped, "délégué  syndical", PRIVACY_UNION, "délégué  syndical");
	assert_alarm(shipped, "elle est lesbienne", PRIVACY_SEX_LIFE, "lesbienne");
	assert_alarm(shipped, "un Arabe, je crois", PRIVACY_ORIGIN, "Arabe");
	assert_alarm(shipped, "il sort de prison", PRIVACY_OFFENCE, "sort de prison");
	assert_alarm(shipped, "QUEL CONNARD !", PRIVACY_INSULT, "CONNARD");
	assert_alarm(shipped, "enculé\xF0\x9F\x98\xA1", PRIVACY_INSULT, "enculé");
	assert_alarm(shipped, "il habite à côté du malade", PRIVACY_HEALTH, "malade");
}

/* Protects the agents' trust in the warning: streets, places, things and homographs. */
static void everyday_words_are_silent(void **state)
{
	static const char *const texts[] = {
		"rue de l'Hôpital",
		"place de l'Église",
		"syndicat de copropriété",
		"syndicat des eaux",
		"avenue du Général de Gaulle",
		"rue des Juifs",
		"RUE DES JUIFS",
		"12 bis r. de la Juiverie, rue aux Juifs",
		"place de la Mosquée",
		"place de la mosquée",
		"centre de santé",
		"bd. des Arabes",
		"rue Francisque Gay",
		"Mme Chrétien et M. Gay",
		"école juive, lycée catholique",
		"arbre malade devant le 12",
		"une place handicapé occupée",
		"trafic de drogue",
		"type de demande",
		"on m'a volé mon bac",
		"tags nazis sur le mur",
		"affiches du parti communiste",
		"frelons asiatiques",
		"aire d'accueil des gens du voyage",
		"concert, conseil, contre, cône, confort, concession",
		"le conteneur est à côté du bac",
		"porte condamnée",
		"bruit sourd la nuit",
		"enceinte de l'école",
		"le fossé a été curé",
		"l'entreprise opère du lundi au vendredi",
		"se réfugie sous le porche",
		"Maladie ou insectes - Arbre",
		"dépression dans la chaussée",
		"sac noir éventré",
		"il ne parle pas français",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_silent(shipped, texts[i]);
}

/* Protects the limits of those contexts: a street's name ends where the sentence goes on. */
static void contexts_end(void **state)
{
	(void)state;
	assert_alarm(shipped, "rue de la Mosquée, un malade crie", PRIVACY_HEALTH, "malade");
	assert_alarm(shipped, "dans la rue un malade crie", PRIVACY_HEALTH, "malade");
	assert_alarm(shipped, "place de l'Église. Malade depuis lundi", PRIVACY_HEALTH, "Malade");
	assert_alarm(shipped, "dans cette rue connard", PRIVACY_INSULT, "connard");
	assert_alarm(shipped, "Mme est malade", PRIVACY_HEALTH, "malade");
	assert_alarm(shipped, "arbre malade, voisin malade", PRIVACY_HEALTH, "malade");
}

/* Protects the order and the bounds that a screen relies on to underline words. */
static void findings_are_ordered_and_capped(void **state)
{
	static const char text[] = "malade, arabe, connard, 185057800608491, cancer";
	static const enum privacy_kind kinds[] = {
		PRIVACY_HEALTH, PRIVACY_ORIGIN, PRIVACY_INSULT, PRIVACY_NIR, PRIVACY_HEALTH};
	struct privacy_finding found[FOUND_MAX];

	(void)state;
	assert_int_equal(privacy_check(shipped, text, found, FOUND_MAX), 5);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(found[i].kind, kinds[i]);
		assert_true(i == 0 || found[i].from >= found[i - 1].to);
	}
	assert_int_equal(privacy_check(shipped, text, found, 2), 2);
	assert_int_equal(privacy_check(shipped, text, found, 0), 0);
	assert_int_equal(privacy_check(shipped, "", found, FOUND_MAX), 0);
}

/* Protects against text that is no UTF-8 and words of any length: no crash, and what stands around them is found. */
static void hostile_text(void **state)
{
	struct text long_word = TEXT_INIT;
	struct privacy_finding found[FOUND_MAX];

	(void)state;
	for (int i = 0; i < 100000; i++)
		text_add(&long_word, "é");
	text_add(&long_word, " malade \xFF\xFE\xC3");
	assert_int_equal(privacy_check(shipped, text_str(&long_word), found, FOUND_MAX), 1);
	assert_int_equal(found[0].from, 200001);
	text_done(&long_word);
	assert_alarm(shipped, "\xFFmalade\xC3", PRIVACY_HEALTH, "malade");
	/* Accents as combining marks, which a text from outside may still hold. */
	assert_alarm(shipped, "il est drogue\xCC\x81 et sorti; diabe\xCC\x81tique", PRIVACY_HEALTH, "diabe\xCC\x81tique");
}

/* Protects the administrator who edits the list: every mistake with its line, and the rest still works. */
static void mistakes_in_the_list_are_told(void **state)
{
	static const char list[] = "sante: grippe\n"
							   "santé: rhume\n"         /* an accent in the kind is no mistake */
							   "sans deux-points\n"     /* 3 */
							   "inconnu: mot\n"         /* 4 */
							   "sante: toux,, fievre\n" /* 5 */
							   "injure: un deux trois quatre cinq six sept huit neuf\n" /* 6 */
							   "religion: Grippe\n"                                     /* 7: already line 1 */
							   "sante: \xFF\n"                                          /* 8 */
							   "lieu: =impasse\n" /* 9: accents can only count for an alarm */
							   "# sante: commentaire\n"
							   "health: angine # English kinds are fine\r\n";
	static const int lines[] = {3, 4, 5, 6, 7, 8, 9};
	struct problems problems = {0};
	struct privacy_words *words = load(list, &problems);

	(void)state;
	assert_int_equal(problems.count, sizeof lines / sizeof *lines);
	for (size_t i = 0; i < problems.count; i++) {
		assert_int_equal(problems.items[i].line, lines[i]);
		assert_string_equal(problems.items[i].file, "mots.txt");
	}
	assert_alarm(words, "grippe", PRIVACY_HEALTH, "grippe");
	assert_alarm(words, "rhume", PRIVACY_HEALTH, "rhume");
	assert_alarm(words, "angine", PRIVACY_HEALTH, "angine");
	assert_alarm(words, "une Fièvre", PRIVACY_HEALTH, "Fièvre");
	assert_silent(words, "commentaire");
	privacy_words_free(&words);
	assert_null(words);
	problems_done(&problems);
}

/* Protects the rule of the longest expression, and of an exception that covers only part of an alarm. */
static void longest_expression_wins(void **state)
{
	struct problems problems = {0};
	struct privacy_words *words =
		load("sante: malade, malade du coeur\ninjure: grand malade\nsauf: arbre malade\n", &problems);

	(void)state;
	assert_int_equal(problems.count, 0);
	assert_alarm(words, "malade du cœur fragile", PRIVACY_HEALTH, "malade du cœur");
	assert_alarm(words, "malade du soir", PRIVACY_HEALTH, "malade");
	assert_alarm(words, "un grand malade", PRIVACY_INSULT, "grand malade");
	assert_silent(words, "un arbre malade");
	assert_alarm(words, "un arbre malade du coeur", PRIVACY_HEALTH, "malade du coeur");
	assert_alarm(words, "arbre. malade", PRIVACY_HEALTH, "malade");
	privacy_words_free(&words);
	problems_done(&problems);
}

/* Protects names that leave the program: JSON reads the codes, people the labels. */
static void kinds_have_names(void **state)
{
	(void)state;
	for (int i = 0; i < PRIVACY_KIND_COUNT; i++) {
		assert_true(strlen(privacy_kind_label((enum privacy_kind)i)) > 0);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(privacy_kind_code((enum privacy_kind)i), privacy_kind_code((enum privacy_kind)j));
	}
	assert_string_equal(privacy_kind_code(PRIVACY_SEX_LIFE), "sex_life");
	assert_string_equal(privacy_kind_label(PRIVACY_NIR), "numéro de sécurité sociale");
}

static size_t alarmed_lines(char *data, size_t *lines)
{
	size_t alarmed = 0;

	for (char *line = data; *line != '\0';) {
		char *end = line + strcspn(line, "\n");
		bool last = *end == '\0';
		struct privacy_finding found;

		*end = '\0';
		alarmed += privacy_check(shipped, line, &found, 1);
		(*lines)++;
		line = last ? end : end + 1;
	}
	return alarmed;
}

/* Protects the promise made to agents: real reports raise next to no alarm. Whole rows are checked, coordinates and
 * all, which asks for more than type, sub-type and address would. */
static void real_reports_are_silent(void **state)
{
	static const char *const files[] = {"dmr_snapshot_2024-11-20_1a82200.csv", "dmr_snapshot_2024-12-01_e52145e.csv"};
	const char *shared = getenv("GUICHET_SHARED");
	size_t lines = 0, alarmed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct text path = TEXT_INIT;
		struct guichet_err err = {0};
		char *data;
		size_t bytes;
		enum guichet_rc rc;

		text_addf(&path, "%s/data/paris-dmr/%s", shared != NULL ? shared : "../shared", files[i]);
		rc = file_read(text_str(&path), TEXT_MAX, &data, &bytes, &err);
		text_done(&path);
		if (rc == GUICHET_NO_INPUT) {
			print_message("skipped: no Paris data\n");
			skip();
		}
		assert_int_equal(rc, GUICHET_OK);
		alarmed += alarmed_lines(data, &lines);
		free(data);
	}
	assert_true(lines > 20000);
	/* 1 % is the limit that was promised; today it is none, and more than 10 would be a change for the worse. */
	assert_in_range(alarmed, 0, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(social_security_numbers),
		cmocka_unit_test(bank_cards),
		cmocka_unit_test(bank_accounts),
		cmocka_unit_test(everyday_numbers_are_silent),
		cmocka_unit_test(sensitive_words_alarm),
		cmocka_unit_test(everyday_words_are_silent),
		cmocka_unit_test(contexts_end),
		cmocka_unit_test(findings_are_ordered_and_capped),
		cmocka_unit_test(hostile_text),
		cmocka_unit_test(mistakes_in_the_list_are_told),
		cmocka_unit_test(longest_expression_wins),
		cmocka_unit_test(kinds_have_names),
		cmocka_unit_test(real_reports_are_silent),
	};

	return cmocka_run_group_tests(tests, load_shipped, free_shipped);
}
