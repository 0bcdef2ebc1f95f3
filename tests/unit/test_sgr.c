// SPDX-License-Identifier: GPL-3.0-or-later
/* What is sent to the terminal, in fewer bytes. tests/screen holds that it shows the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/ui/sgr.h"

#define E "\033"

static void must_become(struct sgr s, const char *before, const char *after)
{
	struct text out = TEXT_INIT;
	sgr_shorten(&s, before, strlen(before), &out);
	assert_string_equal(text_str(&out), after);
	text_done(&out);
}

/* Protects: attributes in a row become one, an end before another beginning goes, and nothing else is lost. */
static void test_shorter(void **state)
{
	const struct sgr unknown = { false, false }, known = { true, true }, lit = { false, true };
	(void)state;
	must_become(known, E "[0;1;4m" E "[38;5;161mx", E "[1;4;38;5;161mx");
	must_become(lit, E "[39m" E "(B" E "[mx", E "[mx");
	must_become(lit, E "[0;1mx", E "[0;1mx");
	must_become(known, E "[mx", "x");
	must_become(known, E "[1mx" E "[m" E "[7my" E "[mz", E "[1mx" E "[0;7my" E "[mz");
	must_become(known, E "[1mx" E "[mx" E "[7my", E "[1mx" E "[mx" E "[7my");
	/* Colour on top of what there is keeps it. */
	must_become(lit, E "[31mx", E "[31mx");
	/* The first time nothing is known of the terminal. */
	must_become(unknown, E "(B" E "[mx" E "(B" E "[my", E "(B" E "[mxy");
}

/* Protects: moves pass, writing and erasing do not: an erased cell takes the colour in force. */
static void test_order(void **state)
{
	const struct sgr known = { true, true };
	(void)state;
	must_become(known, E "[7mx" E "[m\r" E "[5d" E "[1my", E "[7mx\r" E "[5d" E "[0;1my");
	must_become(known, E "[44mx" E "[m" E "[K", E "[44mx" E "[m" E "[K");
	must_become(known, E "[7mx" E "[m" E "[3;9r\n", E "[7mx" E "[m" E "[3;9r\n");
	must_become(known, E "[7mx" E "[m", E "[7mx" E "[m");
}

/* Protects: lines drawn by another character set, titles, modes and cut sequences come through as they are. */
static void test_other_sequences(void **state)
{
	const struct sgr known = { true, true };
	static const char *const same[] = { E "(0lqqk" E "(B", "\016lqqk\017", E "[?2004h", E "[?25l" E "[4;16r", E "]0;title\007", E "[", E, E "[1;2", "",
		"texte accentué\r\n" };
	struct text many = TEXT_INIT;
	(void)state;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		must_become(known, same[i], same[i]);
	/* More numbers than anybody sends. */
	text_add(&many, E "[");
	for (int i = 0; i < 60; i++)
		text_add(&many, "1;");
	text_add(&many, "1mx");
	must_become(known, text_str(&many), text_str(&many));
	text_done(&many);
}

/* Protects: what is known lasts from one picture to the next, and ends where another set of characters begins. */
static void test_state(void **state)
{
	struct sgr s = { false, false };
	struct text out = TEXT_INIT;
	(void)state;
	sgr_shorten(&s, "\017x", 2, &out);
	assert_true(s.letters && !s.plain);
	sgr_shorten(&s, E "[m\017y", 5, &out);
	assert_true(s.letters && s.plain);
	sgr_shorten(&s, E "(0q", 4, &out);
	assert_false(s.letters);
	sgr_shorten(&s, E "(Bz", 4, &out);
	assert_string_equal(text_str(&out), "\017x" E "[my" E "(0q" E "(Bz");
	text_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shorter),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_other_sequences),
		cmocka_unit_test(test_state),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
