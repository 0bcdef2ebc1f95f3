// SPDX-License-Identifier: GPL-3.0-or-later
/* The field editor: what is typed, pasted, erased and taken back, by what a person calls a character; always valid, in NFC and harmless. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "grid_checks.h"
#include "guichet/base/clock.h"
#include "guichet/base/utf8.h"
#include "guichet/ui/field.h"

static void type(struct field *f, const char *text)
{
	while (*text) {
		struct key k = { .code = KEYCODE_CHAR };

		text += utf8_decode(text, strlen(text), &k.ch);
		assert_true(field_key(f, &k));
	}
}

/* Presses keys by name, separated by blanks. */
static void press(struct field *f, const char *names)
{
	char *copy = guichet_strdup(names), *rest = copy, *name;

	while ((name = strsep(&rest, " ")) != NULL) {
		struct key k = key_of(name);

		field_key(f, &k);
	}
	free(copy);
}

static void is_sound(const struct field *f)
{
	const char *s = field_text(f);
	utf8proc_uint8_t *nfc = utf8proc_NFC((const utf8proc_uint8_t *)s);

	assert_true(utf8_valid(s, f->text.len, NULL));
	assert_int_equal(strlen(s), f->text.len);
	assert_string_equal((const char *)nfc, s);
	free(nfc);
	assert_true(f->text.len <= f->max_bytes);
	assert_true(f->cursor <= f->text.len && f->anchor <= f->text.len);
	assert_true(((unsigned char)s[f->cursor] & 0xC0) != 0x80 && ((unsigned char)s[f->anchor] & 0xC0) != 0x80);
}

/* The text with | where the cursor is, and [ where the selection's other end is. */
static void stands(const struct field *f, const char *expected)
{
	struct text t = TEXT_INIT;
	const char *s = field_text(f);

	is_sound(f);
	for (size_t i = 0; i <= f->text.len; i++) {
		if (i == f->anchor && f->anchor != f->cursor)
			text_addc(&t, '[');
		if (i == f->cursor)
			text_addc(&t, '|');
		if (i < f->text.len)
			text_addc(&t, s[i]);
	}
	assert_string_equal(text_str(&t), expected);
	text_done(&t);
}

static struct field *one_line(struct field *f, const char *text)
{
	field_init(f, 200, false);
	field_set(f, text);
	return f;
}

static struct field *several(struct field *f, const char *text)
{
	field_init(f, 2000, true);
	field_set(f, text);
	return f;
}

/* Protects: typing, and an accent typed after its letter (as macOS and some keyboards send it) is one character in NFC. */
static void types_characters(void **state)
{
	struct field f;

	(void)state;
	one_line(&f, "");
	stands(&f, "|");
	type(&f, "Lefe\u0300vre");
	stands(&f, "Lefèvre|");
	press(&f, "Backspace Backspace Backspace Backspace");
	stands(&f, "Lef|");
	/* A mark typed between a letter and what follows. */
	field_set(&f, "ecole");
	press(&f, "Home Right");
	type(&f, "\u0301");
	stands(&f, "é|cole");
	/* Several marks, Hangul by its parts. */
	field_set(&f, "");
	type(&f, "a\u0323\u0302\u1112\u1161\u11AB");
	stands(&f, "ậ한|");
	press(&f, "Backspace Backspace");
	stands(&f, "|");
	field_done(&f);
}

/* Protects: one key moves over or erases one character as a person sees it: flags, families, accents that no single code point has. */
static void moves_by_graphemes(void **state)
{
	static const char *const characters[] = { "x\u0323\u0302", "環", "🇫🇷", "👍🏽", "👩‍👩‍👧", "न\u093F", "❤️" };
	struct field f;

	(void)state;
	one_line(&f, "");
	for (size_t i = 0; i < sizeof characters / sizeof *characters; i++) {
		size_t bytes = strlen(characters[i]);

		field_set(&f, "ab");
		press(&f, "Left");
		type(&f, characters[i]);
		assert_int_equal(f.cursor, 1 + bytes);
		press(&f, "Left");
		assert_int_equal(f.cursor, 1);
		press(&f, "Right");
		assert_int_equal(f.cursor, 1 + bytes);
		press(&f, "Backspace");
		stands(&f, "a|b");
		press(&f, "Ctrl-Z Left Delete");
		stands(&f, "a|b");
	}
	/* Four letters of two flags: two characters. */
	field_set(&f, "🇫🇷🇧🇪");
	press(&f, "Left");
	stands(&f, "🇫🇷|🇧🇪");
	press(&f, "Left Left");
	stands(&f, "|🇫🇷🇧🇪");
	field_done(&f);
}

/* Protects: words are letters and digits in any script; moving and erasing by them. */
static void moves_by_words(void **state)
{
	struct field f;

	(void)state;
	one_line(&f, "12, rue de l'Église  haute");
	press(&f, "Ctrl-Left");
	stands(&f, "12, rue de l'Église  |haute");
	press(&f, "Ctrl-Left Ctrl-Left");
	stands(&f, "12, rue de |l'Église  haute");
	press(&f, "Ctrl-Right Ctrl-Right");
	stands(&f, "12, rue de l'Église|  haute");
	press(&f, "Ctrl-W");
	stands(&f, "12, rue de l'|  haute");
	press(&f, "Home Ctrl-Right Ctrl-K");
	stands(&f, "12|");
	press(&f, "Ctrl-Z Ctrl-U");
	stands(&f, "|, rue de l'  haute");
	press(&f, "Ctrl-Suppr");
	stands(&f, "| de l'  haute");
	press(&f, "Home Backspace Left End Delete Right");
	stands(&f, " de l'  haute|");
	field_done(&f);
}

/* Protects: a selection grows with Shift, gives way to what is typed or pasted, and moving leaves it. */
static void selects(void **state)
{
	struct field f;

	(void)state;
	one_line(&f, "rue des Lilas");
	press(&f, "Home Ctrl-Maj-Right");
	stands(&f, "[rue| des Lilas");
	type(&f, "A");
	stands(&f, "A| des Lilas");
	press(&f, "Ctrl-Z");
	stands(&f, "[rue| des Lilas");
	press(&f, "Maj-Left Right");
	stands(&f, "ru|e des Lilas");
	press(&f, "Ctrl-A Backspace");
	stands(&f, "|");
	press(&f, "Ctrl-Z Maj-Home Left");
	stands(&f, "|rue des Lilas");
	press(&f, "Maj-End");
	field_paste(&f, "Pré", 4);
	stands(&f, "Pré|");
	field_done(&f);
}

/* Protects: undo takes back by words and acts, redo gives back, a new edit forgets what was undone; places of the cursor come back too. */
static void undoes(void **state)
{
	struct field f;

	(void)state;
	one_line(&f, "");
	press(&f, "Ctrl-Z Ctrl-Y");
	type(&f, "un deux e\u0301te\u0301");
	press(&f, "Ctrl-Z");
	stands(&f, "un deux |");
	press(&f, "Ctrl-Z");
	stands(&f, "un |");
	press(&f, "Ctrl-Y Ctrl-Y Ctrl-Y Ctrl-Y");
	stands(&f, "un deux été|");
	press(&f, "Backspace Backspace Backspace Backspace Ctrl-Z");
	stands(&f, "un deux été|");
	press(&f, "Home Delete Delete Ctrl-Z");
	stands(&f, "|un deux été");
	press(&f, "Ctrl-Z Ctrl-Z");
	type(&f, "x");
	press(&f, "Ctrl-Y");
	stands(&f, "un x|");
	field_replace(&f, "Réclamation");
	stands(&f, "Réclamation|");
	press(&f, "Ctrl-Z");
	stands(&f, "un x|");
	field_set(&f, "neuf");
	press(&f, "Ctrl-Z");
	stands(&f, "neuf|");
	field_done(&f);
}

/* Protects: a paste is text and one step: newlines by the kind of field, no control character, no broken UTF-8, NFC across its ends. */
static void pastes(void **state)
{
	static const char dirty[] = "a\r\nb\tc\0d\033[2J\x7F\xC2\x9B\xFF\xC3z\xEF\xBB\xBF\u2028e\n\n";
	struct field f;

	(void)state;
	one_line(&f, "<>");
	press(&f, "Left");
	field_paste(&f, dirty, sizeof dirty - 1);
	stands(&f, "<a b cd[2J\uFFFD\uFFFDz e|>");
	press(&f, "Ctrl-Z");
	stands(&f, "<|>");
	field_done(&f);
	several(&f, "<>");
	press(&f, "Left");
	field_paste(&f, dirty, sizeof dirty - 1);
	stands(&f, "<a\nb cd[2J\uFFFD\uFFFDz\ne\n\n|>");
	field_set(&f, "e");
	field_paste(&f, "\u0301e\u0301", 5);
	stands(&f, "éé|");
	/* What citizens write backwards stays, and shows as a mark. */
	field_set(&f, "a\u202Eb");
	assert_int_equal(f.text.len, 5);
	field_done(&f);
}

/* Protects: nothing goes over the limit, a paste is cut between characters and says so, and the field says nothing when all fits. */
static void keeps_its_limit(void **state)
{
	struct field f;
	struct key paste = { .code = KEYCODE_PASTE, .paste = "x", .paste_bytes = 1, .paste_cut = true };

	(void)state;
	field_init(&f, 10, false);
	type(&f, "12345678é");
	assert_false(f.pasted_too_much);
	type(&f, "9");
	stands(&f, "12345678é|");
	assert_true(f.pasted_too_much);
	field_set(&f, "");
	assert_false(f.pasted_too_much);
	field_paste(&f, "abcdefg環x", 11);
	stands(&f, "abcdefg環|");
	assert_true(f.pasted_too_much);
	field_set(&f, "abcdefgh");
	field_paste(&f, "環", 3);
	stands(&f, "abcdefgh|");
	press(&f, "Ctrl-A");
	field_paste(&f, "0123456789", 10);
	stands(&f, "0123456789|");
	assert_false(f.pasted_too_much);
	field_set(&f, "");
	assert_true(field_key(&f, &paste));
	assert_true(f.pasted_too_much);
	/* Three code points in NFC for one that is not. */
	field_set(&f, "");
	field_paste(&f, "\U0001D160\U0001D160", 8);
	is_sound(&f);
	field_done(&f);
}

/* Protects: up, down, home, end and pages follow the rows as they are seen, and leave the field at its ends. */
static void moves_by_rows(void **state)
{
	struct field f;
	struct grid g;
	struct key up = { .code = KEYCODE_UP }, down = { .code = KEYCODE_DOWN };

	(void)state;
	several(&f, "Le sac est là depuis lundi.\n\nFin");
	grid_init(&g, 3, 13);
	field_draw(&f, &g, (struct rect){ 0, 0, 3, 13 }, true);
	grid_shows(&g, "lundi.\n\nFin");
	assert_int_equal(g.cursor_row, 2);
	assert_int_equal(g.cursor_col, 3);
	assert_int_equal(field_rows(&f, 13, false), 5);
	press(&f, "Up Up");
	stands(&f, "Le sac est là depuis lun|di.\n\nFin");
	press(&f, "End Up");
	stands(&f, "Le sac est là dep|uis lundi.\n\nFin");
	/* Through an empty row, back to the same column. */
	press(&f, "Down Down Down");
	stands(&f, "Le sac est là depuis lundi.\n\nFin|");
	assert_false(field_key(&f, &down));
	press(&f, "Pg.préc Home");
	stands(&f, "Le sac est là depuis |lundi.\n\nFin");
	press(&f, "Ctrl-Home");
	assert_false(field_key(&f, &up));
	press(&f, "Maj-Down End Enter");
	stands(&f, "Le sac est là depuis\n| lundi.\n\nFin");
	field_done(&f);
	one_line(&f, "a");
	assert_false(field_key(&f, &up));
	assert_false(field_key(&f, &down));
	field_done(&f);
	grid_done(&g);
}

/* Protects: a long one-line text scrolls so that the cursor and its neighbours are seen, and shows on which side more is. */
static void scrolls_sideways(void **state)
{
	struct field f;
	struct grid g;
	struct rect r = { 0, 2, 1, 10 };

	(void)state;
	one_line(&f, "0123456789abcdef");
	grid_init(&g, 1, 14);
	field_draw(&f, &g, r, true);
	grid_shows(&g, "  …89abcdef");
	assert_int_equal(g.cursor_col, 2 + 9);
	press(&f, "Home");
	field_draw(&f, &g, r, true);
	grid_shows(&g, "  012345678…");
	assert_int_equal(g.cursor_col, 2);
	press(&f, "Right Right Right Right Right Right Right Right Right Right Right Right");
	field_draw(&f, &g, r, true);
	assert_true(g.cursor_col > 2 && g.cursor_col < 11);
	assert_true(grid_has(&g, "bc"));
	field_draw(&f, &g, r, false);
	grid_shows(&g, "  012345678…");
	/* Too narrow for signs. */
	field_draw(&f, &g, (struct rect){ 0, 0, 1, 1 }, true);
	grid_is_sound(&g);
	field_draw(&f, &g, (struct rect){ 0, 0, 0, 0 }, true);
	field_done(&f);
	grid_done(&g);
}

/* Protects: wide characters, marks of hostile text and the selection take the columns that the cursor counts with, in ASCII too. */
static void draws_in_columns(void **state)
{
	struct field f;
	struct grid g;
	struct rect r = { 0, 0, 1, 30 };

	(void)state;
	one_line(&f, "環e\u0301\u202Ex");
	for (int ascii = 0; ascii < 2; ascii++) {
		grid_init(&g, 1, 30);
		g.ascii = ascii;
		field_draw(&f, &g, r, true);
		grid_shows(&g, ascii ? "??e<U+202E>x" : "環é‹U+202E›x");
		assert_int_equal(g.cursor_col, 12);
		grid_done(&g);
	}
	press(&f, "Maj-Left");
	grid_init(&g, 1, 14);
	field_draw(&f, &g, (struct rect){ 0, 0, 1, 14 }, true);
	grid_shows_styled(&g, "‹focus:環é‹U+202E››‹selection:x›‹focus:  ›");
	field_draw(&f, &g, (struct rect){ 0, 0, 1, 14 }, false);
	assert_true(grid_has(&g, "環"));
	grid_done(&g);
	field_done(&f);
}

/* Protects: a megabyte pasted is taken whole, wrapped, drawn, edited and taken back. */
static void takes_a_megabyte(void **state)
{
	enum { MEGABYTE = 1024 * 1024 };
	char *big = guichet_alloc(MEGABYTE + 1);
	struct field f;
	struct grid g;

	(void)state;
	for (int i = 0; i < MEGABYTE; i++)
		big[i] = i % 61 == 60 ? '\n' : i % 7 == 6 ? ' ' : 'x';
	field_init(&f, 2 * MEGABYTE, true);
	field_paste(&f, big, MEGABYTE);
	assert_int_equal(f.text.len, MEGABYTE);
	assert_false(f.pasted_too_much);
	grid_init(&g, 24, 80);
	field_draw(&f, &g, (struct rect){ 0, 0, 24, 80 }, true);
	grid_is_sound(&g);
	assert_int_equal(field_rows(&f, 80, false), MEGABYTE / 61 + 1);
	press(&f, "Ctrl-Home é Ctrl-End Up Pg.préc Delete");
	field_draw(&f, &g, (struct rect){ 0, 0, 24, 80 }, true);
	assert_int_equal(f.text.len, MEGABYTE + 1);
	is_sound(&f);
	press(&f, "Ctrl-Z Ctrl-Z Ctrl-Z");
	assert_int_equal(f.text.len, 0);
	press(&f, "Ctrl-Y");
	assert_int_equal(f.text.len, MEGABYTE);
	field_done(&f);
	grid_done(&g);
	free(big);
}

/* Protects: any keys and pastes leave the text valid, in NFC, within its limit, its drawing sound; and undoing all of it gives back the start. */
static void survives_noise(void **state)
{
	static const char *const pieces[] = { "e", "\u0301", "環", "🇫", "🇷", "\u200D", "👩", "\u1112", "\u1161", " ", "-", "\u202E", "\u0323", "न", "\u093F", "ß" };
	static const enum key_code codes[] = { KEYCODE_LEFT, KEYCODE_RIGHT, KEYCODE_HOME, KEYCODE_END, KEYCODE_UP, KEYCODE_DOWN, KEYCODE_BACKSPACE,
		KEYCODE_DELETE, KEYCODE_ENTER, KEYCODE_PAGE_UP, KEYCODE_PAGE_DOWN };
	uint64_t seed = 3;
	struct guichet_random random = random_seeded(&seed);
	struct field f;
	struct grid g;

	(void)state;
	grid_init(&g, 4, 11);
	for (int round = 0; round < 300; round++) {
		field_init(&f, 60 + (size_t)round, round % 2);
		field_set(&f, "départ");
		for (int step = 0; step < 60; step++) {
			unsigned char n[8];
			struct key k = { 0 };

			random.fill(random.context, n, sizeof n);
			if (n[0] % 8 < 4) {
				type(&f, pieces[n[1] % (sizeof pieces / sizeof *pieces)]);
			} else if (n[0] % 8 < 6) {
				k = (struct key){ .code = codes[n[1] % (sizeof codes / sizeof *codes)], .shift = n[2] % 4 == 0, .ctrl = n[3] % 4 == 0 };
				field_key(&f, &k);
			} else if (n[0] % 8 == 6) {
				k = (struct key){ .code = KEYCODE_CTRL, .ch = (uint32_t)"akuwyz"[n[1] % 6] };
				field_key(&f, &k);
			} else {
				field_paste(&f, (const char *)n, sizeof n);
			}
			is_sound(&f);
			g.ascii = step % 3 == 0;
			grid_clear(&g, (struct rect){ 0, 0, 4, 11 }, STYLE_NORMAL);
			field_draw(&f, &g, (struct rect){ 0, 0, round % 2 ? 4 : 1, 11 }, true);
			grid_is_sound(&g);
		}
		for (int i = 0; i < 100; i++)
			press(&f, "Ctrl-Z");
		assert_string_equal(field_text(&f), "départ");
		field_done(&f);
	}
	grid_done(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_characters), cmocka_unit_test(moves_by_graphemes), cmocka_unit_test(moves_by_words), cmocka_unit_test(selects),
		cmocka_unit_test(undoes), cmocka_unit_test(pastes), cmocka_unit_test(keeps_its_limit), cmocka_unit_test(moves_by_rows),
		cmocka_unit_test(scrolls_sideways), cmocka_unit_test(draws_in_columns), cmocka_unit_test(takes_a_megabyte), cmocka_unit_test(survives_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
