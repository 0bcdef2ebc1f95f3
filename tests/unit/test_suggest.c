// SPDX-License-Identifier: GPL-3.0-or-later
/* Suggestions on a small catalogue of our own: words, typing errors, competence, what was learned. The figures on
 * real data are in test_suggest_data.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "suggest_memory.h"

static const char catalogue_ini[] =
	"[metropole]\nname = Essai\ncalendar = bureau\ndesk = proximite\nunsorted = a-qualifier\n"
	"[calendar:bureau]\nname = Bureau\nmonday = 08:30-17:30\ntuesday =\nwednesday =\nthursday =\nfriday =\nsaturday =\nsunday =\n"
	"[service:proximite]\nname = Proximité\ncalendar = bureau\nuses_guichet = yes\n"
	"[service:voirie]\nname = Voirie\ncalendar = bureau\nuses_guichet = yes\n"
	"[service:dechets]\nname = Déchets\ncalendar = bureau\nuses_guichet = yes\n"
	"[service:eau]\nname = Eau\ncalendar = bureau\nuses_guichet = yes\n"
	"[service:proprete]\nname = Propreté\ncalendar = bureau\nuses_guichet = yes\n"
	"[body:mairie]\nname = Mairie de Grandville\nkind = town\nwords = état civil, cantine\n"
	"[body:syndicat]\nname = Syndicat d'électricité\nkind = other\n"
	"[commune:grandville]\nname = Grandville\npostcodes = 99100\ntown_hall = mairie\n"
	"[commune:le-bourg]\nname = Le Bourg\npostcodes = 99110\n"
	"[group:rue]\nname = Rue\n"
	"[group:ordures]\nname = Ordures et déchets\n"
	"[group:eau]\nname = Eau\n"
	"[group:ailleurs]\nname = Ailleurs\n"
	"[defaults:signalement]\nanswer = 5j\n"
	"[category:a-qualifier]\nname = À qualifier\ngroup = ailleurs\nnature = report\ndefaults = signalement\nwords = problème\n"
	"[category:nid-de-poule]\nname = Nid de poule\ngroup = rue\nnature = report\nservice = voirie\ndefaults = signalement\n"
	"words = trou dans la chaussée, trou, bitume arraché, goudron défoncé, route abîmée\n"
	"[category:trottoir]\nname = Trottoir dégradé\ngroup = rue\nnature = report\nservice = voirie\ndefaults = signalement\n"
	"words = dalle qui bouge, bordure cassée, trébucher\n"
	"[category:eclairage]\nname = Éclairage en panne\ngroup = rue\nnature = report\nservice = voirie\ndefaults = signalement\n"
	"words = lampadaire, réverbère, candélabre, plus de lumière, éteint\nexcept.le-bourg = body:syndicat\n"
	"[category:bac-non-collecte]\nname = Bac non collecté\ngroup = ordures\nnature = report\nservice = dechets\ndefaults = signalement\n"
	"words = poubelle pas ramassée, éboueurs pas passés, collecte oubliée, poubelle jaune, tri sélectif\n"
	"[category:bac-casse]\nname = Bac cassé\ngroup = ordures\nnature = report\nservice = dechets\ndefaults = signalement\n"
	"words = poubelle cassée, couvercle, roue du bac\n"
	"[category:decheterie]\nname = Horaires des déchèteries\ngroup = ordures\nnature = information\nservice = dechets\n"
	"defaults = signalement\nwords = déchetterie ouverte, apporter des gravats\n"
	"[category:depot-sauvage]\nname = Dépôt sauvage\ngroup = ordures\nnature = report\nservice = proprete\ndefaults = signalement\n"
	"words = encombrants abandonnés, matelas, canapé, gravats jetés, ordures par terre\n"
	"[category:tag]\nname = Tag ou graffiti\ngroup = ordures\nnature = report\nservice = proprete\ndefaults = signalement\n"
	"words = mur tagué, peinture, inscription\n"
	"[category:fuite]\nname = Fuite d'eau\ngroup = eau\nnature = report\nservice = eau\ndefaults = signalement\n"
	"words = canalisation percée, ça coule, inondation\n"
	"[category:manque]\nname = Manque d'eau\ngroup = eau\nnature = report\nservice = eau\ndefaults = signalement\n"
	"words = plus d'eau au robinet, coupure d'eau, pression\n"
	"[category:etat-civil]\nname = État civil\ngroup = ailleurs\nnature = information\nbody = mairie\ndefaults = signalement\n"
	"words = carte d'identité, acte de naissance, passeport, livret de famille\n";

struct fixture { struct catalogue *catalogue; struct suggester *suggester; struct suggest_memory memory; };

static int setup(void **state)
{
	struct fixture *f = guichet_alloc(sizeof(*f));
	struct catalogue_source source = { 0 };
	struct problems problems = { 0 };

	catalogue_source_add(&source, "essai.ini", catalogue_ini, sizeof(catalogue_ini) - 1);
	if (catalogue_build(&source, &f->catalogue, &problems) != GUICHET_OK) {
		for (size_t i = 0; i < problems.count; i++)
			print_error("%s:%d: %s\n", problems.items[i].file, problems.items[i].line, problems.items[i].message);
		return -1;
	}
	problems_done(&problems);
	catalogue_source_done(&source);
	f->suggester = suggester_new(f->catalogue);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	memory_done(&f->memory);
	suggester_free(&f->suggester);
	catalogue_free(&f->catalogue);
	free(f);
	return 0;
}

static struct suggestion first_of(struct fixture *f, const char *text, const char *commune)
{
	struct suggestion found = { 0 };
	struct suggest_counts counts = memory_counts(&f->memory);

	suggest(f->suggester, &counts, text, commune ? catalogue_commune(f->catalogue, commune) : NULL, &found, 1);
	return found;
}

static void expect(struct fixture *f, const char *text, const char *category)
{
	struct suggestion found = first_of(f, text, NULL);

	if (!found.category || strcmp(found.category->code, category) != 0)
		fail_msg("%s: %s, expected %s", text, found.category ? found.category->code : "nothing", category);
}

/* Protects what stores have learned: they keep counts under these very numbers. */
static void test_features_never_change(void **state)
{
	uint64_t features[SUGGEST_FEATURES_MAX];

	(void)state;
	assert_int_equal(suggest_features("Ma poubelle n'a pas été ramassée", features), 3);
	assert_true(features[0] == UINT64_C(0xf6e4d58f1607ec8f));
	assert_true(features[1] == UINT64_C(0x776b1673563a6dcf));
	assert_true(features[2] == UINT64_C(0x41460a2e01c54374));
}

/* Protects learning from how a text is written: accents, case, articles, plural, order, repetition. */
static void test_features_of_same_meaning(void **state)
{
	static const char *const same[] = {
		"lampadaires éteints", "LAMPADAIRE ETEINT", "l'éteint lampadaire", "Lampadaire, lampadaire éteint !",
	};
	uint64_t features[SUGGEST_FEATURES_MAX], others[SUGGEST_FEATURES_MAX];

	(void)state;
	assert_int_equal(suggest_features(same[0], features), 3);
	for (size_t i = 1; i < sizeof(same) / sizeof(*same); i++) {
		assert_int_equal(suggest_features(same[i], others), 3);
		assert_true(others[2] == features[2]);
	}
}

/* Protects the cost of learning, and from texts that say nothing or too much. */
static void test_features_are_few(void **state)
{
	uint64_t features[SUGGEST_FEATURES_MAX];
	struct text huge = TEXT_INIT;
	size_t count;

	(void)state;
	assert_int_equal(suggest_features("", features), 0);
	assert_int_equal(suggest_features("il y a 12 chez moi, et pas plus !", features), 0);
	while (huge.len < 10 * 1024 * 1024)
		text_addf(&huge, "mot%zu é%zuœ ", huge.len, huge.len);
	count = suggest_features(text_str(&huge), features);
	assert_in_range(count, 2, SUGGEST_FEATURES_MAX);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			assert_true(features[i] != features[j]);
	text_done(&huge);
}

/* Protects an agent's first minute, when nothing has been learned: what callers say finds its category by the
 * catalogue's words. */
static void test_words_of_callers(void **state)
{
	struct fixture *f = *state;

	expect(f, "y a un gros trou dans la rue", "nid-de-poule");
	expect(f, "ma poubelle jaune a pas été ramassée", "bac-non-collecte");
	expect(f, "les éboueurs ne sont pas passés hier", "bac-non-collecte");
	expect(f, "le lampadaire devant chez moi marche plus", "eclairage");
	expect(f, "le couvercle de ma poubelle est cassé", "bac-casse");
	expect(f, "la déchèterie est ouverte quand ?", "decheterie");
	expect(f, "quelqu'un a jeté un canapé au bout du chemin", "depot-sauvage");
	expect(f, "ils ont tagué ma façade", "tag");
	expect(f, "plus d'eau au robinet depuis ce matin", "manque");
	expect(f, "une canalisation a percé, ça coule partout", "fuite");
	expect(f, "je voudrais refaire mon passeport", "etat-civil");
}

/* Protects a caller's words from a typist's fingers: each long word of the catalogue, with each letter wrong,
 * missing or swapped with the next, still finds its category. */
static void test_one_wrong_letter(void **state)
{
	static const char *const words[][2] = {
		{ "lampadaire", "eclairage" }, { "trottoir", "trottoir" }, { "candelabre", "eclairage" },
		{ "canalisation", "fuite" },
		{ "passeport", "etat-civil" }, { "eboueurs", "bac-non-collecte" }, { "matelas", "depot-sauvage" },
		{ "goudron", "nid-de-poule" },
	};
	struct fixture *f = *state;

	for (size_t w = 0; w < sizeof(words) / sizeof(*words); w++) {
		size_t len = strlen(words[w][0]);

		for (size_t at = 0; at < len; at++) {
			char typed[32];

			memcpy(typed, words[w][0], len + 1);
			typed[at] = 'k';
			expect(f, typed, words[w][1]);
			memcpy(typed + at, words[w][0] + at + 1, len - at);
			expect(f, typed, words[w][1]);
			memcpy(typed, words[w][0], len + 1);
			if (at + 1 < len) {
				typed[at] = words[w][0][at + 1];
				typed[at + 1] = words[w][0][at];
				expect(f, typed, words[w][1]);
			}
		}
	}
}

/* Protects the redirection of what is not ours: the body comes with the category, and the service is empty. */
static void test_out_of_remit(void **state)
{
	struct suggestion found = first_of(*state, "il me faut un acte de naissance", NULL);

	assert_string_equal(found.category->code, "etat-civil");
	assert_null(found.service);
	assert_string_equal(found.body->code, "mairie");
	/* The body's own words lead there too. */
	assert_string_equal(first_of(*state, "la cantine", NULL).category->code, "etat-civil");
}

/* Protects competence per commune: the catalogue's rule holds, whatever other communes' requests have taught. */
static void test_commune_decides(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(first_of(f, "lampadaire éteint", "grandville").service->code, "voirie");
	assert_string_equal(first_of(f, "lampadaire éteint", "le-bourg").body->code, "syndicat");
	memory_learn(&f->memory, "lampadaire éteint", "eclairage", "voirie", 5000);
	assert_string_equal(first_of(f, "lampadaire éteint", "le-bourg").body->code, "syndicat");
	assert_string_equal(first_of(f, "lampadaire éteint", "99100").service->code, "voirie");
	memory_learn(&f->memory, "lampadaire éteint", "eclairage", "proprete", 50000);
	assert_string_equal(first_of(f, "lampadaire éteint", NULL).service->code, "voirie");
}

/* Protects the catalogue from a handful of requests that went elsewhere, and the desk's habits from a catalogue that
 * is wrong. */
static void test_learned_and_catalogue_blend(void **state)
{
	struct fixture *f = *state;
	const char *text = "un gros trou près de la fontaine";

	memory_learn(&f->memory, "trou", "fuite", "eau", 2);
	expect(f, text, "nid-de-poule");
	expect(f, "ma poubelle jaune a pas été ramassée", "bac-non-collecte");
	memory_learn(&f->memory, text, "fuite", "eau", 200);
	expect(f, text, "fuite");
	/* What was learned of one thing leaves the others where they were. */
	expect(f, "le lampadaire est éteint", "eclairage");
	expect(f, "ma poubelle jaune a pas été ramassée", "bac-non-collecte");
	/* A word that the catalogue does not know is learned. */
	memory_learn(&f->memory, "la borne escamotable est bloquée", "trottoir", "voirie", 5);
	expect(f, "borne escamotable", "trottoir");
}

/* Protects the right service when an import brings many categories that share one: no single stranger goes before
 * them. */
static void test_service_shared_by_many(void **state)
{
	static const char *const kinds[] = { "banc", "barrière", "potelet", "abri", "jardinière", "kiosque" };
	struct fixture *f = *state;
	struct suggestion found;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct text code = TEXT_INIT, text = TEXT_INIT;

		text_addf(&code, "mobilier-%zu", i);
		text_addf(&text, "Mobilier urbain %s endommagé", kinds[i]);
		catalogue_add_category(f->catalogue, text_str(&code), text_str(&text), NULL,
			catalogue_service(f->catalogue, "proprete"));
		memory_learn(&f->memory, text_str(&text), text_str(&code), "proprete", 20);
		text_done(&code);
		text_done(&text);
	}
	catalogue_add_category(f->catalogue, "autre", "Mobilier urbain", NULL, catalogue_service(f->catalogue, "eau"));
	memory_learn(&f->memory, "Mobilier de jardin", "autre", "eau", 30);
	suggester_free(&f->suggester);
	f->suggester = suggester_new(f->catalogue);
	found = first_of(f, "mobilier endommagé", NULL);
	assert_string_equal(found.service->code, "proprete");
	found = first_of(f, "mobilier urbain potelet endommagé", NULL);
	assert_string_equal(found.category->code, "mobilier-2");
}

/* Protects an imported category whose requests went to two services: the commoner one first, the other within three. */
static void test_two_services_of_one_category(void **state)
{
	struct fixture *f = *state;
	struct suggestion found[3];
	struct suggest_counts counts = memory_counts(&f->memory);
	const struct service *eau;

	catalogue_add_category(f->catalogue, "graffitis", "Graffitis sur façade", "Propreté > Graffitis sur façade",
		catalogue_service(f->catalogue, "eau"));
	memory_learn(&f->memory, "Propreté Graffitis sur façade", "graffitis", "eau", 4);
	memory_learn(&f->memory, "Propreté Graffitis sur façade", "graffitis", "proprete", 300);
	suggester_free(&f->suggester);
	f->suggester = suggester_new(f->catalogue);
	assert_true(suggest(f->suggester, &counts, "Propreté Graffitis sur façade", NULL, found, 3) == 3);
	assert_string_equal(found[0].service->code, "proprete");
	eau = catalogue_service(f->catalogue, "eau");
	assert_true(found[1].service == eau || found[2].service == eau);
	/* Words that one of the two alone has had tell them apart. */
	memory_learn(&f->memory, "Graffitis sur façade du réservoir", "graffitis", "eau", 10);
	assert_string_equal(first_of(f, "graffitis façade réservoir", NULL).service->code, "eau");
}

/* Protects from noise: no suggestion out of nothing, "à qualifier" is none, and what a catalogue no longer holds is
 * left out. */
static void test_nothing_to_say(void **state)
{
	static const char *const texts[] = { "", "   ", "bonjour madame", "12 345", "xyzzy", "problème", "\xE2\x80\xA6 !!" };
	struct fixture *f = *state;

	memory_learn(&f->memory, "xyzzy", "motif-disparu", "voirie", 10);
	memory_learn(&f->memory, "xyzzy", "trottoir", "service-disparu", 10);
	memory_learn(&f->memory, "xyzzy", "a-qualifier", "proximite", 10);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (first_of(f, texts[i], NULL).category)
			fail_msg("« %s »: %s", texts[i], first_of(f, texts[i], NULL).category->code);
	}
	assert_int_equal(suggest(f->suggester, NULL, "lampadaire", NULL, NULL, 0), 0);
}

/* Protects what is shown: shares in descending order that sum to at most 1, pairs told once. */
static void test_shares(void **state)
{
	struct fixture *f = *state;
	struct suggestion found[64];
	struct suggest_counts counts = memory_counts(&f->memory);
	double sum = 0;
	size_t n;

	memory_learn(&f->memory, "trou sur le trottoir", "trottoir", "proprete", 3);
	n = suggest(f->suggester, &counts, "un trou dans le trottoir, l'eau coule, poubelle cassée", NULL, found, 64);
	assert_in_range(n, 4, 64);
	for (size_t i = 0; i < n; i++) {
		assert_true(found[i].score > 0 && (i == 0 || found[i].score <= found[i - 1].score));
		sum += found[i].score;
		for (size_t j = 0; j < i; j++)
			assert_false(found[i].category == found[j].category && found[i].service == found[j].service &&
				found[i].body == found[j].body);
	}
	assert_true(sum > 0.999 && sum < 1.001);
}

/* Protects determinism: the order in which a store gives its counts shows nowhere, not in the last bit. */
static void test_order_of_counts(void **state)
{
	static const char *const texts[] = { "trou dans la rue", "poubelle cassée près du lampadaire", "eau" };
	struct fixture *f = *state;
	struct suggestion one[20], two[20];
	struct suggest_counts counts = memory_counts(&f->memory);

	memory_learn(&f->memory, "trou dans la rue", "nid-de-poule", "voirie", 7);
	memory_learn(&f->memory, "trou dans la rue", "trottoir", "proprete", 7);
	memory_learn(&f->memory, "poubelle renversée dans la rue", "depot-sauvage", "proprete", 3);
	memory_learn(&f->memory, "poubelle renversée dans la rue", "depot-sauvage", "dechets", 3);
	memory_learn(&f->memory, "eau sale", "manque", "eau", 11);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		size_t n;

		memset(one, 0, sizeof(one));
		memset(two, 0, sizeof(two));
		f->memory.backwards = false;
		n = suggest(f->suggester, &counts, texts[i], NULL, one, 20);
		f->memory.backwards = true;
		assert_int_equal(suggest(f->suggester, &counts, texts[i], NULL, two, 20), n);
		assert_memory_equal(one, two, sizeof(one));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_features_never_change),
		cmocka_unit_test(test_features_of_same_meaning),
		cmocka_unit_test(test_features_are_few),
		cmocka_unit_test_setup_teardown(test_words_of_callers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_wrong_letter, setup, teardown),
		cmocka_unit_test_setup_teardown(test_out_of_remit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_commune_decides, setup, teardown),
		cmocka_unit_test_setup_teardown(test_learned_and_catalogue_blend, setup, teardown),
		cmocka_unit_test_setup_teardown(test_service_shared_by_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_services_of_one_category, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_to_say, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shares, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order_of_counts, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
