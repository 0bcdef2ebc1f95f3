// SPDX-License-Identifier: GPL-3.0-or-later
/* Forms: the focus and its order, reflowing, errors in words, texts that grow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "grid_checks.h"
#include "guichet/base/utf8.h"
#include "guichet/ui/form.h"

static const struct form_field fields[] = {
	{ "phone", "Téléphone", 40, 18, FORM_REQUIRED }, { "name", "Nom", 100, 30, FORM_NARROW }, { "commune", "Commune", 60, 20, FORM_NARROW | FORM_LIST },
	{ "reference", "Référence", 20, 0, FORM_FIXED }, { "subject", "Objet", 200, 0, FORM_REQUIRED }, { "text", "Texte", 4000, 0, FORM_MULTILINE },
};
enum { FIELDS = sizeof fields / sizeof *fields };

static enum form_result press(struct form *f, const char *name)
{
	struct key k = key_of(name);

	return form_key(f, &k);
}

static enum form_result type(struct form *f, const char *text)
{
	enum form_result result = FORM_IGNORED;

	while (*text) {
		struct key k = { .code = KEYCODE_CHAR };

		text += utf8_decode(text, strlen(text), &k.ch);
		result = form_key(f, &k);
	}
	return result;
}

static void shows(struct form *f, struct grid *g, const char *expected)
{
	grid_clear(g, (struct rect){ 0, 0, g->rows, g->cols }, STYLE_NORMAL);
	form_draw(f, g, (struct rect){ 0, 0, g->rows, g->cols }, true);
	grid_shows(g, expected);
}

/* Protects: Tab, Enter and the arrows go from field to field in order, over those that are fixed or hidden, and stop at the ends. */
static void moves_in_order(void **state)
{
	struct form f;

	(void)state;
	form_init(&f, fields, FIELDS);
	assert_string_equal(form_focused(&f), "phone");
	assert_int_equal(press(&f, "S-Tab"), FORM_USED);
	assert_int_equal(type(&f, "06"), FORM_CHANGED);
	assert_int_equal(press(&f, "Enter"), FORM_MOVED);
	assert_int_equal(f.left, 0);
	assert_string_equal(form_focused(&f), "name");
	assert_int_equal(press(&f, "Left"), FORM_USED);
	assert_int_equal(press(&f, "Tab"), FORM_MOVED);
	assert_int_equal(press(&f, "Down"), FORM_MOVED);
	assert_string_equal(form_focused(&f), "subject");
	assert_int_equal(press(&f, "Up"), FORM_MOVED);
	assert_string_equal(form_focused(&f), "commune");
	assert_int_equal(press(&f, "F4"), FORM_IGNORED);
	assert_int_equal(press(&f, "Ctrl-L"), FORM_IGNORED);
	assert_true(form_focus(&f, "text"));
	assert_int_equal(type(&f, "a"), FORM_CHANGED);
	assert_int_equal(press(&f, "Enter"), FORM_CHANGED);
	assert_int_equal(press(&f, "Tab"), FORM_END);
	assert_string_equal(form_focused(&f), "text");
	assert_string_equal(form_text(&f, "text"), "a\n");
	assert_false(form_focus(&f, "reference"));
	assert_false(form_focus(&f, "inconnu"));
	form_hide(&f, "commune", true);
	assert_false(form_focus(&f, "commune"));
	form_focus(&f, "name");
	press(&f, "Tab");
	assert_string_equal(form_focused(&f), "subject");
	form_hide(&f, "subject", true);
	assert_string_equal(form_focused(&f), "text");
	form_hide(&f, "text", true);
	assert_string_equal(form_focused(&f), "name");
	form_done(&f);
}

/* Protects: values by key, unknown keys harmless, and a value put by the program taken back by one undo. */
static void holds_values(void **state)
{
	struct form f;

	(void)state;
	form_init(&f, fields, FIELDS);
	form_set(&f, "commune", "Brévilly");
	form_replace(&f, "commune", "Saint-Aubin");
	form_set(&f, "inconnu", "x");
	form_replace(&f, "inconnu", "x");
	form_set_error(&f, "inconnu", "x");
	form_set_note(&f, "inconnu", "x");
	form_hide(&f, "inconnu", true);
	assert_string_equal(form_text(&f, "commune"), "Saint-Aubin");
	assert_string_equal(form_text(&f, "inconnu"), "");
	assert_int_equal(form_index(&f, "inconnu"), FIELDS);
	form_focus(&f, "commune");
	press(&f, "Ctrl-Z");
	assert_string_equal(form_text(&f, "commune"), "Brévilly");
	form_done(&f);
	form_init(&f, NULL, 0);
	assert_string_equal(form_focused(&f), "");
	assert_null(form_focused_field(&f));
	assert_int_equal(press(&f, "Tab"), FORM_IGNORED);
	assert_false(form_focus_error(&f));
	form_done(&f);
}

/* Protects: one column, what must be filled marked, lists marked, the error in words beside the field where it fits and below where not. */
static void shows_errors_in_words(void **state)
{
	struct form f;
	struct grid g;

	(void)state;
	grid_init(&g, 9, 60);
	form_init(&f, fields, FIELDS);
	form_set(&f, "phone", "06 12");
	form_set(&f, "reference", "31 40 03 21 06");
	form_set_note(&f, "commune", "→ Nettoyage");
	form_set_error(&f, "phone", "numéro trop court");
	form_set_error(&f, "subject", "à remplir : en quelques mots, de quoi s'agit-il ?");
	shows(&f, &g, "▸ Téléphone* 06 12               ! numéro trop court\n  Nom\n  Commune                         ▾  → Nettoyage\n"
		"  Référence  31 40 03 21 06\n  Objet*\n             ! à remplir : en quelques mots, de quoi s'agit-\n               il ?\n  Texte");
	assert_int_equal(g.cursor_row, 0);
	assert_int_equal(g.cursor_col, 13 + 5);
	/* It never holds the cursor. */
	assert_int_equal(press(&f, "Tab"), FORM_MOVED);
	assert_true(form_focus_error(&f));
	assert_string_equal(form_focused(&f), "phone");
	form_set_error(&f, "phone", NULL);
	form_set_error(&f, "commune", "inconnue");
	assert_true(form_focus_error(&f));
	assert_string_equal(form_focused(&f), "commune");
	form_set_error(&f, "commune", "");
	form_set_error(&f, "subject", NULL);
	assert_false(form_focus_error(&f));
	shows(&f, &g, "  Téléphone* 06 12\n  Nom\n▸ Commune                         ▾  → Nettoyage\n  Référence  31 40 03 21 06\n  Objet*\n  Texte");
	form_done(&f);
	grid_done(&g);
}

/* Protects: in a wide window narrow fields stand side by side, in a narrower one below each other, with the same order and text. */
static void reflows(void **state)
{
	static const int sizes[][2] = { { 18, 60 }, { 24, 80 }, { 50, 132 }, { 5, 20 }, { 1, 1 }, { 18, 60 } };
	struct form f;
	struct grid g;

	(void)state;
	grid_init(&g, 5, 112);
	form_init(&f, fields, FIELDS);
	form_set(&f, "name", "Mme Lefèvre");
	form_set(&f, "commune", "Saint-Aubin");
	form_focus(&f, "commune");
	shows(&f, &g, "  Téléphone*\n  Nom        Mme Lefèvre                                 ▸ Commune    Saint-Aubin          ▾\n  Référence\n  Objet*\n  Texte");
	assert_int_equal(g.cursor_row, 1);
	form_hide(&f, "name", true);
	shows(&f, &g, "  Téléphone*\n▸ Commune    Saint-Aubin          ▾\n  Référence\n  Objet*\n  Texte");
	form_hide(&f, "name", false);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		grid_resize(&g, sizes[i][0], sizes[i][1]);
		form_draw(&f, &g, (struct rect){ 0, 0, g.rows, g.cols }, true);
		grid_is_sound(&g);
		assert_true(g.cursor_row >= 0);
	}
	form_done(&f);
	grid_done(&g);
}

/* Protects: a text grows with what is typed, gives way when there is no room, and the field in focus is always seen, with its cursor in it. */
static void grows_and_scrolls(void **state)
{
	struct form f;
	struct grid g;

	(void)state;
	grid_init(&g, 20, 60);
	form_init(&f, fields, FIELDS);
	assert_int_equal(form_rows(&f, 60, false), 6);
	form_set(&f, "text", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12");
	form_focus(&f, "text");
	form_draw(&f, &g, (struct rect){ 0, 0, 20, 60 }, true);
	assert_true(grid_has(&g, "Texte      1\n"));
	assert_int_equal(g.cursor_row, 5 + 11);
	assert_false(f.more_above || f.more_below);
	grid_resize(&g, 6, 60);
	shows(&f, &g, "↑ Commune                         ▾\n  Référence\n  Objet*\n▸ Texte      10\n             11\n             12");
	assert_int_equal(g.cursor_row, 5);
	form_focus(&f, "phone");
	form_draw(&f, &g, (struct rect){ 0, 0, 6, 60 }, true);
	assert_int_equal(g.cursor_row, 0);
	assert_true(f.more_below && !f.more_above);
	for (int rows = 1; rows < 20; rows++) {
		for (size_t i = 0; i < FIELDS; i++) {
			grid_resize(&g, rows, 60);
			if (!form_focus(&f, fields[i].key))
				continue;
			form_draw(&f, &g, (struct rect){ 0, 0, rows, 60 }, true);
			grid_is_sound(&g);
			assert_in_range(g.cursor_row, 0, rows - 1);
		}
	}
	form_done(&f);
	grid_done(&g);
}

/* Protects: each field has a letter of its own to jump by; a key that is no such letter only ends jumping, and is not typed. */
static void jumps(void **state)
{
	static const struct form_field many[] = { { "a", "Nom", 10, 0, 0 }, { "b", "Numéro", 10, 0, 0 }, { "c", "Nu", 10, 0, 0 }, { "d", "Nu", 10, 0, 0 },
		{ "e", "Fixe", 10, 0, FORM_FIXED } };
	struct form f;
	struct grid g;

	(void)state;
	grid_init(&g, 5, 40);
	form_init(&f, many, 5);
	form_jump(&f);
	shows(&f, &g, "n Nom\nu Numéro\na Nu\nb Nu\n  Fixe");
	assert_int_equal(press(&f, "B"), FORM_MOVED);
	assert_string_equal(form_focused(&f), "d");
	assert_int_equal(type(&f, "u"), FORM_CHANGED);
	form_jump(&f);
	assert_int_equal(press(&f, "b"), FORM_USED);
	form_jump(&f);
	assert_int_equal(press(&f, "z"), FORM_USED);
	form_jump(&f);
	assert_int_equal(press(&f, "Escape"), FORM_USED);
	assert_string_equal(form_text(&f, "d"), "u");
	shows(&f, &g, "  Nom\n  Numéro\n  Nu\n▸ Nu      u\n  Fixe");
	form_done(&f);
	grid_done(&g);
}

/* Protects whoever corrects a value: in a field that takes one of a list, what is typed stands in place of what stood there; elsewhere it is added. */
static void replaces_one_of_a_list(void **state)
{
	static const struct form_field two[] = { { "name", "Nom", 100, 30, FORM_LIST }, { "channel", "Canal", 60, 20, FORM_LIST | FORM_ONE_OF } };
	struct form f;

	(void)state;
	form_init(&f, two, 2);
	form_set(&f, "channel", "téléphone");
	form_set(&f, "name", "Le");
	press(&f, "Tab");
	type(&f, "courrier");
	assert_string_equal(form_text(&f, "channel"), "courrier");
	press(&f, "S-Tab");
	press(&f, "End");
	type(&f, " Goff");
	assert_string_equal(form_text(&f, "name"), "Le Goff");
	form_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(moves_in_order), cmocka_unit_test(replaces_one_of_a_list), cmocka_unit_test(holds_values), cmocka_unit_test(shows_errors_in_words),
		cmocka_unit_test(reflows), cmocka_unit_test(grows_and_scrolls), cmocka_unit_test(jumps) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
