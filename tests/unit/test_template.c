// SPDX-License-Identifier: GPL-3.0-or-later
/* Templates: what the check of a catalogue says of them, what they give when filled, which one serves; the ones that ship. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "guichet/core/template.h"
#include "guichet/core/typography.h"
#include "guichet/store/store.h"

static struct message_template parts[] = {{.code = "fin-de-lettre", .name = "Fin", .use = TEMPLATE_PART, .text = "# en-tête\nCordialement,\n{metropole}\n"}};
static struct catalogue with_parts = {.templates = parts, .template_count = 1};

/* --- Checking --- */

struct complaints { int lines[16]; char messages[16][200]; size_t count; };

static void note(void *context, int line, const char *message)
{
	struct complaints *c = context;

	assert_true(c->count < 16);
	c->lines[c->count] = line;
	snprintf(c->messages[c->count++], sizeof c->messages[0], "%s", message);
}

static void expect(const char *text, enum template_use use, int line, const char *words)
{
	struct complaints c = {.count = 0};

	template_check(&with_parts, text, use, note, &c);
	if (c.count != 1)
		print_error("%zu mistakes in: %s (%s)\n", c.count, text, c.count ? c.messages[0] : "");
	assert_int_equal(c.count, 1);
	assert_int_equal(c.lines[0], line);
	if (!strstr(c.messages[0], words))
		print_error("'%s' instead of '%s'\n", c.messages[0], words);
	assert_non_null(strstr(c.messages[0], words));
}

/* Protects: each mistake of a template is told, with its line in the file (header included), before anything is printed with it. */
static void test_mistakes(void **state)
{
	(void)state;
	expect("{reférence}", TEMPLATE_ANSWER, 1, "inconnu");
	expect("# en-tête\n# encore\n\nBonjour,\n{truc}", TEMPLATE_ANSWER, 5, "{truc}");
	expect("a\n{si lieu}\nb", TEMPLATE_ANSWER, 2, "sans {fin}");
	expect("a\n{fin}\n", TEMPLATE_ANSWER, 2, "{fin} de trop");
	expect("a\n\n{sinon}\n", TEMPLATE_ANSWER, 3, "{sinon} sans {si}");
	expect("{si lieu}\nx\n{sinon}\ny\n{sinon}\nz\n{fin}", TEMPLATE_ANSWER, 5, "{sinon} sans {si}");
	expect("{lieu}", TEMPLATE_ANSWER, 1, "peut être vide");
	expect("{si lieu}x{fin}\n{lieu}", TEMPLATE_ANSWER, 2, "peut être vide");
	expect("{si lieu}x{sinon}{lieu}{fin}", TEMPLATE_ANSWER, 1, "peut être vide");
	expect("{si non lieu}{lieu}{fin}", TEMPLATE_ANSWER, 1, "peut être vide");
	expect("{reponse}", TEMPLATE_ACKNOWLEDGE, 1, "n'a pas ce champ");
	expect("{si niveau}x{fin}", TEMPLATE_ANSWER, 1, "n'a pas ce champ");
	expect("{plusieurs}", TEMPLATE_ANSWER, 1, "attendu {si plusieurs}");
	expect("a\n{objet", TEMPLATE_ANSWER, 2, "non fermée");
	expect("a } b", TEMPLATE_ANSWER, 1, "}}");
	expect("{chaque demande}{chaque demande}{fin}{fin}", TEMPLATE_ANSWER, 1, "dans");
	expect("{si lieu}{chaque demande}{lieu}{fin}{fin}", TEMPLATE_ANSWER, 1, "peut être vide");
	expect("{inclure rien}", TEMPLATE_ANSWER, 1, "part");
	expect("{inclure fin-de-lettre}", TEMPLATE_PART, 1, "n'en inclut pas");
	expect("{organisme}", TEMPLATE_PART, 1, "n'a pas ce champ");
	expect("# que l'en-tête\n", TEMPLATE_ANSWER, 2, "en-tête");
}

/* Protects: what is right is not complained of. */
static void test_no_mistake(void **state)
{
	struct complaints c = {.count = 0};

	(void)state;
	assert_int_equal(template_check(&with_parts, "{si lieu}{lieu}{si commune} {commune}{fin} {lieu}{fin}\n{si non lieu}-{sinon}{lieu}{fin} {{ }}\n"
		"{chaque demande}{reference}{si lieu}{lieu}{fin}{fin}{inclure fin-de-lettre}{reponse}", TEMPLATE_ANSWER, note, &c), 0);
	assert_int_equal(c.count, 0);
}

/* --- Filling --- */

static void fills(const char *text, const struct template_values *v, const char *wanted)
{
	struct text out = TEXT_INIT;
	struct guichet_err err = {0};

	if (template_fill(&with_parts, text, v, &out, &err))
		fail_msg("%s: %s", text, err.message);
	assert_string_equal(text_str(&out), wanted);
	text_done(&out);
}

/* Protects: fields, conditions, loops and parts give what they promise; conditions alone on a line leave no empty line. */
static void test_filled(void **state)
{
	struct template_values each[2] = {{.fields = {0}}}, v = {.fields = {0}};

	(void)state;
	v.fields[TEMPLATE_FIELD_REFERENCE] = "31 40 03 21 06";
	v.fields[TEMPLATE_FIELD_SUBJECT] = "Trou\x1b[2J\nrue {lieu}";
	v.fields[TEMPLATE_FIELD_METROPOLE] = "Métropole VERTE";
	v.fields[TEMPLATE_FIELD_ANSWER] = "Un.\n\n\n\nDeux.  \n";
	fills("N° {reference}", &v, "N°\u00A031\u00A040\u00A003\u00A021\u00A006");
	fills("{objet}.", &v, "Trou [2J rue {lieu}.");
	fills("a\n{si lieu}\n{lieu}\n{sinon}\nsans lieu\n{fin}\nb\n", &v, "a\nsans lieu\nb");
	fills("a\n{si lieu}\n{si commune}\n{commune}\n{fin}\n{lieu}\n{fin}\nb", &v, "a\nb");
	fills("{{{reference}}}", &v, "{31\u00A040\u00A003\u00A021\u00A006}");
	fills("{reponse}\n\n\n{inclure fin-de-lettre}", &v, "Un.\n\nDeux.\n\nCordialement,\nMétropole VERTE");
	each[0].fields[TEMPLATE_FIELD_SUBJECT] = "un";
	each[1].fields[TEMPLATE_FIELD_SUBJECT] = "deux";
	each[1].fields[TEMPLATE_FIELD_PLACE] = "ici";
	v.requests = each;
	v.request_count = 2;
	fills("{chaque demande}\n- {objet}{si lieu} ({lieu}){fin}, {metropole}\n{fin}\nfin", &v, "- un, Métropole VERTE\n- deux (ici), Métropole VERTE\nfin");
}

/* Protects: no hole is ever printed: what a template counts upon and is empty stops it, and nothing comes out. */
static void test_no_hole(void **state)
{
	struct template_values v = {.fields = {0}};
	struct text out = TEXT_INIT;
	struct guichet_err err = {0};

	(void)state;
	v.fields[TEMPLATE_FIELD_SUBJECT] = "";
	text_add(&out, "avant");
	assert_int_equal(template_fill(&with_parts, "Objet : {objet}", &v, &out, &err), GUICHET_DATA);
	assert_non_null(strstr(err.message, "{objet}"));
	assert_int_equal(template_fill(&with_parts, "{si lieu}", &v, &out, &err), GUICHET_CONFIG);
	assert_int_equal(template_fill(&with_parts, "{fin}", &v, &out, &err), GUICHET_CONFIG);
	assert_int_equal(template_fill(&with_parts, "{truc}", &v, &out, &err), GUICHET_CONFIG);
	assert_string_equal(text_str(&out), "avant");
	text_done(&out);
}

/* --- Which one --- */

/* Protects: a category's own text before its group's, a group's before the general one, a channel's own before one for any. */
static void test_chosen(void **state)
{
	struct category_group top = {.code = "voirie"}, below = {.code = "chaussee", .parent = &top};
	struct category hole = {.code = "nid-de-poule", .group = &below}, other = {.code = "autre"};
	struct message_template t[] = {
		{.code = "general", .use = TEMPLATE_ANSWER}, {.code = "general-post", .use = TEMPLATE_ANSWER, .channel = TEMPLATE_POST},
		{.code = "voirie", .use = TEMPLATE_ANSWER, .group = &top}, {.code = "chaussee", .use = TEMPLATE_ANSWER, .group = &below},
		{.code = "trou-mail", .use = TEMPLATE_ANSWER, .category = &hole, .channel = TEMPLATE_EMAIL}, {.code = "attente", .use = TEMPLATE_INFORM},
	};
	struct catalogue c = {.templates = t, .template_count = sizeof t / sizeof *t};

	(void)state;
	assert_string_equal(template_choose(&c, TEMPLATE_ANSWER, TEMPLATE_EMAIL, &hole)->code, "trou-mail");
	assert_string_equal(template_choose(&c, TEMPLATE_ANSWER, TEMPLATE_POST, &hole)->code, "chaussee");
	assert_string_equal(template_choose(&c, TEMPLATE_ANSWER, TEMPLATE_POST, &other)->code, "general-post");
	assert_string_equal(template_choose(&c, TEMPLATE_ANSWER, TEMPLATE_EMAIL, NULL)->code, "general");
	hole.group = &top;
	assert_string_equal(template_choose(&c, TEMPLATE_ANSWER, TEMPLATE_POST, &hole)->code, "voirie");
	assert_null(template_choose(&c, TEMPLATE_DANGER, TEMPLATE_EMAIL, &hole));
}

/* --- Typography --- */

static void is_set(const char *s, const char *wanted)
{
	struct text once = TEXT_INIT, twice = TEXT_INIT;

	typography_french(&once, s);
	assert_string_equal(text_str(&once), wanted);
	typography_french(&twice, text_str(&once));
	assert_string_equal(text_str(&twice), wanted);
	text_done(&once);
	text_done(&twice);
}

/* Protects: French typography: no-break spaces where a line must not break, and nothing else moved; done twice it changes nothing. */
static void test_typography(void **state)
{
	struct text day = TEXT_INIT;

	(void)state;
	is_set("Quand ? « Demain ! » : 80 % de 1 200 €", "Quand\u00A0? «\u00A0Demain\u00A0!\u00A0»\u00A0: 80\u00A0% de 1\u00A0200\u00A0€");
	is_set("l'été, aujourd'hui", "l’été, aujourd’hui");
	is_set("https://a.example/?x='y' 06 12", "https://a.example/?x='y' 06\u00A012");
	is_set("a ;-) :/", "a ;-) :/");
	is_set("« a' » d'\u00e9t\u00e9 \u00e0' \u00a7", "\u00ab\u00A0a'\u00A0\u00bb d\u2019\u00e9t\u00e9 \u00e0' \u00a7");
	is_set("n° 12, le 3", "n°\u00A012, le 3");
	is_set("deux  ! lignes\n ! ", "deux  ! lignes\n ! ");
	typography_day(&day, day_from_date(2026, 12, 1));
	assert_string_equal(text_str(&day), "mardi 1er\u00A0décembre 2026");
	text_done(&day);
}

/* --- What ships --- */

static void shipped(struct catalogue **c)
{
	struct catalogue_source source = {0};
	struct problems problems = {0};

	assert_int_equal(catalogue_read_folder("data/catalogue", &source, NULL), GUICHET_OK);
	assert_int_equal(catalogue_build(&source, c, &problems), GUICHET_OK);
	catalogue_source_done(&source);
	problems_done(&problems);
}

/* Protects: every message that guichet owes has its text in the catalogue that ships, by each channel that it goes by; each says where it comes from, that the
 * lawyers and the data-protection officer have the last word, and, to citizens, what becomes of their data. */
static void test_shipped(void **state)
{
	struct catalogue *c;

	(void)state;
	shipped(&c);
	for (int use = 0; use < TEMPLATE_PART; use++) {
		assert_non_null(template_choose(c, (enum template_use)use, TEMPLATE_EMAIL, NULL));
		if (use <= TEMPLATE_NOTICE || use == TEMPLATE_RECEIPT) {
			const struct message_template *t = template_choose(c, (enum template_use)use, TEMPLATE_POST, NULL);
			assert_non_null(t);
			assert_non_null(strstr(t->text, "{inclure donnees}"));
		}
	}
	for (size_t i = 0; i < c->template_count; i++) {
		assert_non_null(strstr(c->templates[i].text, "# Source") ? c->templates[i].text : strstr(c->templates[i].text, "(CRPA"));
		assert_non_null(strstr(c->templates[i].text, "ont le dernier mot"));
	}
	catalogue_free(&c);
}

/* Protects: an agent is offered the texts of the category first, then the general ones, and none of another category; what such a text leaves to be completed is found,
 * whatever stands around it. */
static void test_texts_to_begin_with(void **state)
{
	const struct message_template *words[3];
	struct catalogue *c;
	size_t bytes = 0;

	(void)state;
	shipped(&c);
	assert_int_equal(template_words(c, catalogue_category(c, "nid-de-poule"), words, 3), 3);
	assert_string_equal(words[0]->code, "texte-trou-rebouche");
	assert_null(words[1]->category);
	assert_null(words[2]->category);
	assert_int_equal(template_words(c, catalogue_category(c, "nid-de-poule"), words, 1), 1);
	assert_string_equal(words[0]->code, "texte-trou-rebouche");
	assert_int_equal(template_words(c, NULL, words, 3), 2);
	const char *blank = template_blank("Fait le [\u00e0 compl\u00e9ter\u00a0: date].", &bytes);
	assert_non_null(blank);
	assert_memory_equal(blank, "[\u00e0 compl\u00e9ter\u00a0: date]", bytes);
	assert_int_equal(blank[bytes], '.');
	assert_non_null(template_blank("[\u00e0 compl\u00e9ter\nsuite]", &bytes));
	assert_int_equal(bytes, strlen("[\u00e0 compl\u00e9ter"));
	assert_null(template_blank("[sic] \u00e0 compl\u00e9ter", &bytes));
	assert_null(template_blank(NULL, &bytes));
	catalogue_free(&c);
}

static struct template_values everything(bool may_miss)
{
	struct template_values v = {.fields = {0}};

	for (unsigned f = 0; f < TEMPLATE_FIELD_COUNT; f++)
		v.fields[f] = template_field_name((enum template_field)f);
	static const enum template_field optional[] = {TEMPLATE_FIELD_METROPOLE_ADDRESS, TEMPLATE_FIELD_METROPOLE_PHONE, TEMPLATE_FIELD_METROPOLE_SITE,
		TEMPLATE_FIELD_DPO, TEMPLATE_FIELD_COURT, TEMPLATE_FIELD_REQUESTER, TEMPLATE_FIELD_AGENT, TEMPLATE_FIELD_SERVICE_ADDRESS, TEMPLATE_FIELD_SERVICE_PHONE,
		TEMPLATE_FIELD_SERVICE_EMAIL, TEMPLATE_FIELD_PLACE, TEMPLATE_FIELD_COMMUNE, TEMPLATE_FIELD_ANSWER_DUE, TEMPLATE_FIELD_PROMISED,
		TEMPLATE_FIELD_LEGAL_DUE, TEMPLATE_FIELD_MISSING, TEMPLATE_FIELD_MISSING_BY, TEMPLATE_FIELD_DOCUMENT_DATE};
	for (size_t i = 0; may_miss && i < sizeof optional / sizeof *optional; i++)
		v.fields[optional[i]] = NULL;
	return v;
}

/* Protects: the texts that ship come out whole with every field and with none of those that may be absent: no brace, no hole, no doubled blank line. */
static void test_shipped_filled(void **state)
{
	struct catalogue *c;

	(void)state;
	shipped(&c);
	for (int bare = 0; bare < 2; bare++) {
		struct template_values v = everything(bare);
		for (size_t i = 0; i < c->template_count; i++) {
			struct text out = TEXT_INIT;
			struct guichet_err err = {0};
			if (c->templates[i].subject && template_fill(c, c->templates[i].subject, &v, &out, &err))
				fail_msg("%s: %s", c->templates[i].code, err.message);
			text_addc(&out, '\n');
			if (template_fill(c, c->templates[i].text, &v, &out, &err))
				fail_msg("%s: %s", c->templates[i].code, err.message);
			assert_null(strpbrk(text_str(&out), "{}"));
			assert_null(strstr(text_str(&out), "\n\n\n"));
			assert_null(strstr(text_str(&out), " ,"));
			assert_null(strstr(text_str(&out), "()"));
			text_done(&out);
		}
	}
	catalogue_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_no_mistake),
		cmocka_unit_test(test_filled),
		cmocka_unit_test(test_no_hole),
		cmocka_unit_test(test_chosen),
		cmocka_unit_test(test_typography),
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_shipped_filled),
		cmocka_unit_test(test_texts_to_begin_with),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
