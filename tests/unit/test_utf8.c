// SPDX-License-Identifier: GPL-3.0-or-later
/* UTF-8: what is let in, what is shown, what is the same when folded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"

/* Protects: exactly the byte sequences of RFC 3629 are valid, and the first wrong byte is named. */
static void knows_what_is_valid(void **state)
{
	static const struct { const char *bytes; size_t len, bad_at; } wrong[] = {
		{ "ab\x80", 3, 2 }, { "\xC0\x80", 2, 0 }, { "\xC1\xBF", 2, 0 }, { "\xE0\x9F\xBF", 3, 0 },
		{ "\xF0\x8F\xBF\xBF", 4, 0 }, { "\xED\xA0\x80", 3, 0 }, { "\xED\xBF\xBF", 3, 0 }, { "\xF4\x90\x80\x80", 4, 0 },
		{ "\xF8\x88\x80\x80\x80", 5, 0 }, { "\xFF", 1, 0 }, { "abcdefgh\xC3", 9, 8 }, { "\xE2\x82", 2, 0 }, { "\xC3" "A", 2, 0 },
		{ "12345678é\xE9", 11, 10 },
	};
	static const char right[] = "a\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF";
	uint32_t cp = 0;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		size_t bad_at = 99;

		assert_false(utf8_valid(wrong[i].bytes, wrong[i].len, &bad_at));
		assert_int_equal(bad_at, wrong[i].bad_at);
	}
	assert_true(utf8_valid(right, sizeof right - 1, NULL));
	assert_true(utf8_valid("", 0, NULL));
	assert_int_equal(utf8_decode("\xF4\x8F\xBF\xBF", 4, &cp), 4);
	assert_int_equal(cp, 0x10FFFF);
	assert_int_equal(utf8_decode("é", 1, &cp), 0);
	assert_int_equal(utf8_decode("é", 0, &cp), 0);
}

static void accepted(const char *s, const char *expected)
{
	struct guichet_err err = { 0 };
	char *out = NULL;

	assert_int_equal(utf8_accept("objet", s, strlen(s), 100, &out, &err), GUICHET_OK);
	assert_string_equal(out, expected);
	free(out);
}

/* Protects: a text that comes in is NFC, with \n lines and no outer blanks, and inner ones untouched. */
static void accepts_at_the_door(void **state)
{
	(void)state;
	accepted("", "");
	accepted(" \t\r\n", "");
	accepted("e\xCC\x81te\xCC\x81", "été");
	accepted("  a  b\r\nc\rd\n\ne \xC2\xA0\xE2\x80\xAF", "a  b\nc\nd\n\ne");
	accepted("\xEF\xBB\xBFtexte", "texte");
	accepted("12 °C à l'Hôtel-Dieu", "12 °C à l'Hôtel-Dieu");
	accepted("\xE2\x84\xAB", "Å"); /* the angstrom sign has another canonical form */
}

/* Protects: NUL, bytes that are no UTF-8 and texts too long are refused with what and where; so is one that grows in NFC. */
static void refuses_at_the_door(void **state)
{
	struct guichet_err err = { 0 };
	char *out = NULL;

	(void)state;
	assert_int_equal(utf8_accept("objet", "ab\0c", 4, 100, &out, &err), GUICHET_DATA);
	assert_null(out);
	assert_non_null(strstr(err.message, "objet"));
	assert_non_null(strstr(err.message, "nul à l'octet 3"));
	assert_int_equal(utf8_accept("objet", "ab\xE9", 3, 100, &out, &err), GUICHET_DATA);
	assert_non_null(strstr(err.message, "0xE9 à la position 3"));
	assert_int_equal(utf8_accept("objet", "abcd", 4, 3, &out, &err), GUICHET_DATA);
	assert_non_null(strstr(err.message, "au plus 3"));
	assert_int_equal(utf8_accept("objet", "abc", 3, 3, &out, &err), GUICHET_OK);
	free(out);
	/* U+1D160 is 4 bytes and its NFC 12. */
	assert_int_equal(utf8_accept("objet", "\xF0\x9D\x85\xA0", 4, 8, &out, &err), GUICHET_DATA);
	assert_null(out);
}

static void shown(const char *s, bool multiline, const char *expected)
{
	struct text out = TEXT_INIT;

	utf8_show(&out, s, multiline);
	assert_string_equal(text_str(&out), expected);
	if (!multiline)
		assert_int_equal(utf8_width(s), utf8_width(text_str(&out)));
	text_done(&out);
}

/* Protects: no text can move the cursor, turn the direction of writing or hide characters; ordinary French is untouched. */
static void shows_hostile_text_safely(void **state)
{
	(void)state;
	shown("Rue de l’Église, n° 12 — 5 €", false, "Rue de l’Église, n° 12 — 5 €");
	shown("\x1B[2J\x07\x7F", false, "␛[2J␇␡");
	shown("a\tb\nc", false, "a b c");
	shown("a\tb\nc\r\nd", true, "a b\nc␍\nd");
	shown("\xC2\x9B" "31m", false, "‹U+009B›31m");
	shown("a\xE2\x80\xAE" "b\xE2\x81\xA6", false, "a‹U+202E›b‹U+2066›");
	shown("\xE2\x80\x8B\xC2\xAD\xEF\xBB\xBF", false, "‹U+200B›‹U+00AD›‹U+FEFF›");
	shown("\xE2\x80\xA8", true, "‹U+2028›");
	shown("\xF3\xA0\x81\xA1", false, "‹U+E0061›");
	shown("a\xFF\xC3", false, "a\xEF\xBF\xBD\xEF\xBF\xBD");
	shown("e\xCC\x81", false, "e\xCC\x81");
}

/* Protects: columns are those of a terminal: 2 for wide characters, 0 for combining ones, marks as they are drawn. */
static void counts_columns(void **state)
{
	(void)state;
	assert_int_equal(utf8_width(""), 0);
	assert_int_equal(utf8_width("cœur été"), 8);
	assert_int_equal(utf8_width("e\xCC\x81\xCC\xA3"), 1);
	assert_int_equal(utf8_width("漢字"), 4);
	assert_int_equal(utf8_width("\x1B\t"), 2);
	assert_int_equal(utf8_width("\xE2\x80\xAE"), 8);
}

static void fitted(const char *s, int columns, bool pad, const char *expected)
{
	struct text out = TEXT_INIT;

	text_add(&out, "|");
	utf8_fit(&out, s, columns, pad);
	assert_string_equal(out.data + 1, expected);
	text_done(&out);
}

/* Protects: a cell is filled to its width and never past it, and no letter loses its accent to a cut. */
static void fits_into_columns(void **state)
{
	(void)state;
	fitted("abc", 3, true, "abc");
	fitted("abc", 5, true, "abc  ");
	fitted("abc", 5, false, "abc");
	fitted("abcd", 3, true, "ab…");
	fitted("abcd", 1, true, "…");
	fitted("abcd", 0, true, "");
	fitted("abcd", -1, true, "");
	fitted("", 2, true, "  ");
	fitted("e\xCC\x81" "e\xCC\x81" "e\xCC\x81", 2, true, "e\xCC\x81…");
	fitted("e\xCC\x81", 1, true, "e\xCC\x81");
	fitted("漢字漢", 4, true, "漢… ");
	fitted("漢字漢", 5, true, "漢字…");
	fitted("漢", 1, true, "…");
	fitted("a\nb\x1B" "cd", 5, true, "a b␛…");
	fitted("ab\xE2\x80\xAE" "c", 9, true, "ab…      ");
}

static void folded(const char *s, const char *plain, const char *words, const char *slug)
{
	struct text out = TEXT_INIT;

	utf8_fold(&out, s);
	assert_string_equal(text_str(&out), plain);
	text_clear(&out);
	utf8_fold_words(&out, s);
	assert_string_equal(text_str(&out), words);
	text_clear(&out);
	utf8_slug(&out, s);
	assert_string_equal(text_str(&out), slug);
	text_done(&out);
}

/* Protects: search and codes: what people type without accents, ligatures or articles finds what was written with them. */
static void folds_for_search(void **state)
{
	(void)state;
	folded("", "", "", "");
	folded("Propreté", "proprete", "proprete", "proprete");
	folded("Wałęsa Łukasz, cœur Æ STRAẞE", "walesa lukasz, coeur ae strasse", "walesa lukasz coeur ae strasse",
		"walesa-lukasz-coeur-ae-strasse");
	folded("Ø đ Đ ð Þ ı İ ﬁn", "o d d d th i i fin", "o d d d th i i fin", "o-d-d-d-th-i-i-fin");
	folded("L’eau d'Alésia", "l'eau d'alesia", "eau alesia", "l-eau-d-alesia");
	folded("jusqu'à Quoiqu'il qu’un", "jusqu'a quoiqu'il qu'un", "a il un", "jusqu-a-quoiqu-il-qu-un");
	folded("aujourd'hui presqu'île", "aujourd'hui presqu'ile", "aujourd hui presqu ile", "aujourd-hui-presqu-ile");
	folded("d'l'eau", "d'l'eau", "eau", "d-l-eau");
	folded("plan l 'eau' bât. C'", "plan l 'eau' bat. c'", "plan l eau bat c", "plan-l-eau-bat-c");
	folded(" -- [] Tri / N°12 -- ", " -- [] tri / n°12 -- ", "tri n 12", "tri-n-12");
	folded("5² ½", "52 1\xE2\x81\x84" "2", "52 1 2", "52-1-2");
	folded("한국 ΣΑΣ", "한국 σασ", "한국 σασ", "한국-σασ");
	/* A letter far above must not be taken for two. */
	folded("\xF0\x90\x81\x81", "\xF0\x90\x81\x81", "\xF0\x90\x81\x81", "\xF0\x90\x81\x81");
}

/* Protects: appending to a text that holds something already never touches or joins it. */
static void folding_appends(void **state)
{
	struct text out = TEXT_INIT;

	(void)state;
	text_add(&out, "l");
	utf8_fold_words(&out, "'Eau");
	text_add(&out, "|");
	utf8_slug(&out, "-É-");
	assert_string_equal(out.data, "leau|e");
	text_done(&out);
}

/* Protects: sorted lists: accents and case make no difference, a prefix comes first. */
static void compares_folded(void **state)
{
	(void)state;
	assert_int_equal(utf8_compare_folded("Église", "EGLISE"), 0);
	assert_int_equal(utf8_compare_folded("cœur", "COEUR"), 0);
	assert_true(utf8_compare_folded("Écluse", "eglise") < 0);
	assert_true(utf8_compare_folded("égout", "Eglise") > 0);
	assert_true(utf8_compare_folded("rue", "rues") < 0);
	assert_true(utf8_compare_folded("z", "é") > 0);
	assert_true(utf8_compare_folded("", "a") < 0);
}

/* Protects: French whatever the locale, English only when it is asked for, by option first. */
static void chooses_the_language(void **state)
{
	static const struct { const char *lang, *language, *all; int french; } cases[] = {
		{ "fr", "en", "en_US.UTF-8", 1 }, { "en", "fr", "fr_FR.UTF-8", 0 }, { NULL, NULL, "C", 1 }, { NULL, NULL, "POSIX", 1 },
		{ NULL, NULL, "en_GB.UTF-8", 0 }, { NULL, NULL, "de_DE.UTF-8", 1 }, { NULL, "de:en:fr", "fr_FR", 0 },
		{ NULL, "en", "C", 0 }, { NULL, "de", "en_US", 0 }, { "", "", "fr_FR@euro", 1 }, { NULL, NULL, "eng", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsetenv("LANGUAGE");
		if (cases[i].language)
			setenv("LANGUAGE", cases[i].language, 1);
		setenv("LC_ALL", cases[i].all, 1);
		i18n_start(cases[i].lang);
		assert_int_equal(i18n_is_french(), cases[i].french);
	}
	i18n_start("fr");
	assert_string_equal(_("message sans traduction"), "message sans traduction");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_what_is_valid),
		cmocka_unit_test(accepts_at_the_door),
		cmocka_unit_test(refuses_at_the_door),
		cmocka_unit_test(shows_hostile_text_safely),
		cmocka_unit_test(counts_columns),
		cmocka_unit_test(fits_into_columns),
		cmocka_unit_test(folds_for_search),
		cmocka_unit_test(folding_appends),
		cmocka_unit_test(compares_folded),
		cmocka_unit_test(chooses_the_language),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
