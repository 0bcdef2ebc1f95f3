// SPDX-License-Identifier: GPL-3.0-or-later
/* The cell grid: every text harmless and in its columns, lines that join, bars that do not lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "grid_checks.h"

static struct grid *fresh(struct grid *g, int rows, int cols, bool ascii)
{
	grid_init(g, rows, cols);
	g->ascii = ascii;
	return g;
}

/* Protects: what one row of `cols` columns shows of a text. */
static void draws(const char *text, int cols, const char *expected)
{
	struct grid g;

	grid_text(fresh(&g, 1, cols, false), 0, 0, cols, text, STYLE_NORMAL, false);
	grid_shows(&g, expected);
	grid_done(&g);
}

static void draws_ascii(const char *text, int cols, const char *expected)
{
	struct grid g;

	grid_text(fresh(&g, 1, cols, true), 0, 0, cols, text, STYLE_NORMAL, false);
	grid_shows(&g, expected);
	grid_done(&g);
}

/* Protects: accents composed or not, wide characters, emoji and flags all keep their columns. */
static void keeps_columns(void **state)
{
	struct grid g;

	(void)state;
	draws("Lefèvre", 10, "Lefèvre");
	draws("Lefe\u0300vre", 10, "Lefe\u0300vre");
	draws("環状線", 6, "環状線");
	draws("❤️ 🎉", 10, "❤ 🎉");
	fresh(&g, 1, 20, false);
	assert_int_equal(grid_text(&g, 0, 0, 20, "Lefe\u0300vre", STYLE_NORMAL, false), 7);
	assert_int_equal(grid_width(&g, "環状線"), 6);
	assert_int_equal(grid_width(&g, "👍🏽"), 2);
	assert_int_equal(grid_width(&g, "🇫🇷"), 2);
	assert_int_equal(grid_width(&g, "각"), 2);
	assert_int_equal(grid_width(&g, "\u1100\u1161\u11A8"), 2);
	assert_int_equal(grid_width(&g, "é\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301"), 1);
	assert_int_equal(grid_width(&g, "\u0301x"), 2);
	grid_clear(&g, (struct rect){ 0, 0, 1, 20 }, STYLE_NORMAL);
	grid_text(&g, 0, 0, 20, "\u0301x", STYLE_NORMAL, false);
	grid_shows(&g, "◌\u0301x");
	grid_done(&g);
}

/* Protects: the … stands where something was cut, never half of a wide character, and only when something was. */
static void cuts_with_an_ellipsis(void **state)
{
	(void)state;
	draws("Saint-Aubin", 11, "Saint-Aubin");
	draws("Saint-Aubin", 10, "Saint-Aub…");
	draws("Saint-Aubin", 1, "…");
	draws("環状線", 5, "環状…");
	draws("環状線", 4, "環…");
	draws("a\u0301\u0301b", 1, "…");
	draws_ascii("Saint-Aubin", 10, "Saint-A...");
	draws_ascii("Saint-Aubin", 3, "Sa~");
}

/* Protects: nothing that citizens write reaches a cell as something that acts: control, bidi, escape, invisible. */
static void shows_hostile_text(void **state)
{
	struct grid g;

	(void)state;
	draws("a\033[2Jb", 20, "a␛[2Jb");
	draws("a\r\nb\tc\a", 20, "a␍ b c␇");
	draws("a\xC2\x9B" "1mb", 20, "a‹U+009B›1mb");
	draws("a\u202Eb", 20, "a‹U+202E›b");
	draws("a\u200Db\uFEFF", 30, "a‹U+200D›b‹U+FEFF›");
	draws("a\xFF\xC3(", 20, "a\uFFFD\uFFFD(");
	draws("\xF0\x9F\x98", 20, "\uFFFD\uFFFD\uFFFD");
	draws("ab\u202E", 8, "ab‹U+20…");
	draws_ascii("a\033[2J\u202Eb\xFF\x7F", 30, "a^[[2J<U+202E>b?^?");
	/* Each byte alone, each pair of a lead byte, in both modes. */
	for (int mode = 0; mode < 2; mode++) {
		for (int first = 1; first < 256; first++) {
			for (int second = 1; second < 256; second += first < 0x80 ? 255 : 1) {
				char bytes[4] = { (char)first, (char)second, 'x', '\0' };

				grid_text(fresh(&g, 1, 12, mode == 1), 0, 0, 12, bytes, STYLE_NORMAL, false);
				grid_is_sound(&g);
				grid_done(&g);
			}
		}
	}
}

static void put_code_point(char *out, uint32_t cp)
{
	memcpy(out, (char[]){ (char)(0xF0 | cp >> 18), (char)(0x80 | (cp >> 12 & 63)), (char)(0x80 | (cp >> 6 & 63)), (char)(0x80 | (cp & 63)), 0 }, 5);
	if (cp < 0x10000)
		memcpy(out, (char[]){ (char)(0xE0 | cp >> 12), (char)(0x80 | (cp >> 6 & 63)), (char)(0x80 | (cp & 63)), 0 }, 4);
	if (cp < 0x800)
		memcpy(out, (char[]){ (char)(0xC0 | cp >> 6), (char)(0x80 | (cp & 63)), 0 }, 3);
}

/* Protects: every code point of Unicode, alone and before a letter, leaves the grid sound and the letter in its place. */
static void takes_every_code_point(void **state)
{
	struct grid g, a;

	(void)state;
	fresh(&g, 1, 16, false);
	fresh(&a, 1, 16, true);
	for (uint32_t cp = 0x80; cp < 0x110000; cp += cp < 0x30000 || cp >= 0xE0000 ? 1 : 251) {
		char text[8] = "";

		put_code_point(text, cp);
		memcpy(text + strlen(text), "z", 2);
		grid_clear(&g, (struct rect){ 0, 0, 1, 16 }, STYLE_NORMAL);
		assert_int_equal(grid_text(&g, 0, 0, 16, text, STYLE_NORMAL, false), grid_width(&g, text));
		assert_string_equal(grid_cell(&g, 0, grid_width(&g, text) - 1)->bytes, "z");
		grid_clear(&a, (struct rect){ 0, 0, 1, 16 }, STYLE_NORMAL);
		grid_text(&a, 0, 0, 16, text, STYLE_NORMAL, false);
		if (cp % 7 == 0 || cp < 0x3000) {
			grid_is_sound(&g);
			grid_is_sound(&a);
		}
	}
	grid_done(&g);
	grid_done(&a);
}

/* Protects: what falls outside is cut off on each side, half a wide character too, and nothing else is touched. */
static void clips(void **state)
{
	struct grid g;

	(void)state;
	fresh(&g, 2, 6, false);
	grid_text(&g, -1, 0, 6, "non", STYLE_NORMAL, false);
	grid_text(&g, 2, 0, 6, "non", STYLE_NORMAL, false);
	grid_text(&g, 0, 6, 6, "non", STYLE_NORMAL, false);
	grid_text(&g, 0, -2, 20, "..abcdefghi", STYLE_NORMAL, false);
	grid_text(&g, 1, 5, 2, "環", STYLE_NORMAL, false);
	grid_shows(&g, "abcde…\n     …");
	grid_text(&g, 1, -1, 4, "環x", STYLE_NORMAL, false);
	row_shows(&g, 1, " x   …");
	grid_clear(&g, (struct rect){ -5, -5, INT32_MAX, INT32_MAX }, STYLE_NORMAL);
	grid_text(&g, 0, 0, 6, "環状線", STYLE_NORMAL, false);
	/* On the right half of one, the left half of the next. */
	grid_text(&g, 0, 1, 2, "ab", STYLE_NORMAL, false);
	grid_shows(&g, " ab 線");
	grid_restyle(&g, (struct rect){ 0, -3, 9, 400 }, STYLE_LATE);
	grid_hline(&g, 0, -3, 2000, STYLE_NORMAL);
	grid_vline(&g, -3, 2, 2000, STYLE_NORMAL);
	grid_bar(&g, 1, -3, 2000, 0.5, STYLE_NORMAL);
	grid_cursor(&g, 50, -50);
	assert_int_equal(g.cursor_row, 1);
	assert_int_equal(g.cursor_col, 0);
	grid_is_sound(&g);
	grid_resize(&g, 1, 1);
	grid_text(&g, 0, 0, 1, "環", STYLE_NORMAL, false);
	grid_frame(&g, (struct rect){ 0, 0, 1, 1 }, "x", STYLE_NORMAL);
	grid_paragraph(&g, (struct rect){ 0, 0, 1, 1 }, "abc def", STYLE_NORMAL);
	grid_is_sound(&g);
	grid_resize(&g, -5, 0);
	assert_int_equal(g.rows * g.cols, 1);
	grid_done(&g);
}

/* Protects: a paragraph breaks at words and newlines, a long word where it must, no line begins with the blank that broke it, and
 * an unbreakable blank (before ? in French) does not break. */
static void wraps(void **state)
{
	struct grid g;

	(void)state;
	fresh(&g, 4, 12, false);
	assert_int_equal(grid_paragraph(&g, (struct rect){ 0, 0, 4, 12 }, "Le sac est là depuis lundi.\n\nFin", STYLE_NORMAL), 4);
	grid_shows(&g, "Le sac est\nlà depuis\nlundi.\n Fin");
	grid_clear(&g, (struct rect){ 0, 0, 4, 12 }, STYLE_NORMAL);
	assert_int_equal(grid_paragraph(&g, (struct rect){ 0, 0, 4, 12 }, "anticonstitutionnellement oui", STYLE_NORMAL), 3);
	grid_shows(&g, "anticonstitu\ntionnellemen\nt oui");
	grid_clear(&g, (struct rect){ 0, 0, 4, 12 }, STYLE_NORMAL);
	grid_paragraph(&g, (struct rect){ 0, 0, 4, 6 }, "et oui\u00A0?", STYLE_NORMAL);
	grid_shows(&g, "et\noui\u00A0?");
	grid_clear(&g, (struct rect){ 0, 0, 4, 12 }, STYLE_NORMAL);
	assert_int_equal(grid_paragraph(&g, (struct rect){ 0, 0, 2, 12 }, "Saint-Aubin-le-Vert et encore un mot", STYLE_NORMAL), 2);
	grid_shows(&g, "Saint-Aubin-\nle-Vert et …");
	assert_int_equal(grid_paragraph_rows(&g, 12, "Saint-Aubin-le-Vert et encore un mot"), 4);
	grid_clear(&g, (struct rect){ 0, 0, 4, 12 }, STYLE_NORMAL);
	/* Neither « nor what ends a French sentence stands alone. */
	grid_paragraph(&g, (struct rect){ 0, 0, 4, 12 }, "il dit : « oui bon » et allongés ?", STYLE_NORMAL);
	grid_shows(&g, "il dit :\n« oui bon »\net\nallongés ?");
	assert_int_equal(grid_paragraph_rows(&g, 12, ""), 1);
	assert_int_equal(grid_paragraph_rows(&g, 1, "環状"), 2);
	grid_done(&g);
}

/* Protects: lines that meet join, in the box characters and in ASCII. */
static void joins_lines(void **state)
{
	struct grid g;

	(void)state;
	for (int ascii = 0; ascii < 2; ascii++) {
		fresh(&g, 5, 7, ascii);
		grid_hline(&g, 0, 0, 7, STYLE_NORMAL);
		grid_hline(&g, 4, 0, 7, STYLE_NORMAL);
		grid_vline(&g, 0, 3, 5, STYLE_NORMAL);
		grid_hline(&g, 2, 3, 4, STYLE_NORMAL);
		grid_vline(&g, 0, 5, 5, STYLE_NORMAL);
		grid_shows(&g, ascii ? "---+-+-\n   | |\n   +-+-\n   | |\n---+-+-" : "───┬─┬─\n   │ │\n   ├─┼─\n   │ │\n───┴─┴─");
		grid_done(&g);
		fresh(&g, 3, 12, ascii);
		assert_int_equal(grid_frame(&g, (struct rect){ 0, 0, 3, 12 }, "Été", STYLE_NORMAL).cols, 10);
		grid_shows(&g, ascii ? "+- Ete ----+\n|          |\n+----------+" : "┌─ Été ────┐\n│          │\n└──────────┘");
		grid_done(&g);
	}
}

/* Protects: 100 % only when all is done, something when anything is, nothing for a share that is not known. */
static void draws_bars(void **state)
{
	static const struct { double share; const char *bar, *ascii; } bars[] = {
		{ 0, "░░░░░", "....." }, { 0.001, "█░░░░", "#...." }, { 0.5, "███░░", "###.." }, { 0.999, "████░", "####." }, { 1, "█████", "#####" },
		{ 7, "█████", "#####" }, { -1, "░░░░░", "....." }, { NAN, "░░░░░", "....." },
	};
	static const double trend[] = { 0, 1, 7, NAN };
	struct grid g;

	(void)state;
	for (size_t i = 0; i < sizeof bars / sizeof *bars; i++) {
		for (int ascii = 0; ascii < 2; ascii++) {
			grid_bar(fresh(&g, 1, 5, ascii), 0, 0, 5, bars[i].share, STYLE_NORMAL);
			grid_shows(&g, ascii ? bars[i].ascii : bars[i].bar);
			grid_done(&g);
		}
	}
	grid_spark(fresh(&g, 1, 5, false), 0, 0, trend, 4, STYLE_NORMAL);
	grid_shows(&g, "▁▂█▁");
	grid_done(&g);
}

/* Protects: right alignment, filling, formats, and runs of styles in dumps. */
static void dumps_styles(void **state)
{
	struct grid g;

	(void)state;
	fresh(&g, 2, 12, false);
	grid_text(&g, 0, 0, 5, "ab", STYLE_LATE, true);
	grid_right(&g, 0, 6, 6, "é9", STYLE_NORMAL);
	grid_textf(&g, 1, 0, 12, STYLE_OK, "%d %s", 12, "ouvertes");
	grid_restyle(&g, (struct rect){ 1, 3, 1, 9 }, STYLE_SELECTION);
	grid_shows_styled(&g, "‹late:ab   ›     é9\n‹ok:12 ›‹selection:ouvertes ›");
	for (int i = 0; i < STYLE_COUNT; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(style_name((enum style)i), style_name((enum style)j));
	grid_done(&g);
}

/* Protects: a text in ASCII loses its accents, not its letters. */
static void speaks_ascii(void **state)
{
	(void)state;
	draws_ascii("Éléonore Lefèvre-Œuvrard, 12\u202F€ à Saint-Ouën…", 60, "Eleonore Lefevre-OEuvrard, 12 EUR a Saint-Ouen...");
	draws_ascii("« oui » – l’élu → ● ½ Кот", 60, "\" oui \" - l'elu -> * 1/2 ???");
	draws_ascii("e\u0301 環", 10, "e ??");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_columns), cmocka_unit_test(cuts_with_an_ellipsis), cmocka_unit_test(shows_hostile_text),
		cmocka_unit_test(takes_every_code_point), cmocka_unit_test(clips), cmocka_unit_test(wraps), cmocka_unit_test(joins_lines),
		cmocka_unit_test(draws_bars), cmocka_unit_test(dumps_styles), cmocka_unit_test(speaks_ascii),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
