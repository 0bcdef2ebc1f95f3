// SPDX-License-Identifier: GPL-3.0-or-later
/* Value lists, the lines around a view, and how styles look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "../../src/ui/style.h"
#include "grid_checks.h"
#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "guichet/ui/choice.h"
#include "guichet/ui/lines.h"

static const struct choice_value values[] = {
	{ "eclairage", "Éclairage public en panne", "Voirie" }, { "reclamation", "Réclamation", NULL }, { "lefevre", "Mme Lefèvre, Odette", "usager" },
	{ "nid-de-poule", "Nid de poule", "Voirie" }, { "depot-sauvage", "Dépôt sauvage", "Nettoyage" }, { "voirie-autre", "Autre, voirie", "Voirie" },
};
enum { VALUES = sizeof values / sizeof *values };

static enum choice_result type(struct choice *c, const char *text)
{
	enum choice_result result = CHOICE_OPEN;

	while (*text) {
		struct key k = { .code = KEYCODE_CHAR };

		text += utf8_decode(text, strlen(text), &k.ch);
		result = choice_key(c, &k);
	}
	return result;
}

static enum choice_result press(struct choice *c, const char *name)
{
	struct key k = key_of(name);

	return choice_key(c, &k);
}

static void filtered(const char *filter, size_t count, const char *first)
{
	struct choice c;

	choice_init(&c, "Motif", values, VALUES, "");
	assert_int_equal(type(&c, filter), CHOICE_OPEN);
	assert_int_equal(c.shown_count, count);
	if (first)
		assert_string_equal(choice_selected(&c)->value, first);
	else
		assert_null(choice_selected(&c));
	choice_done(&c);
}

/* Protects: the filter is blind to accents and case, looks in all that is shown, and puts what begins so first. */
static void filters(void **state)
{
	(void)state;
	filtered("", VALUES, "eclairage");
	filtered("recl", 1, "reclamation");
	filtered("LEFEVRE", 1, "lefevre");
	filtered("lefèvre od", 1, "lefevre");
	filtered("od lef", 1, "lefevre");
	filtered("voirie", 3, "eclairage");
	filtered("nid", 1, "nid-de-poule");
	filtered("poule nid voi", 1, "nid-de-poule");
	filtered("e", VALUES, "eclairage");
	filtered("au", 2, "voirie-autre");
	filtered("zzz", 0, NULL);
	filtered("l'éclairage", 1, "eclairage");
}

/* Protects: Enter chooses what is shown selected, nothing when nothing is; Escape leaves; what stood in the field begins the filter only if it finds something. */
static void chooses(void **state)
{
	struct choice c;
	struct key paste = { .code = KEYCODE_PASTE, .paste = "nid\n", .paste_bytes = 4 };

	(void)state;
	choice_init(&c, "Motif", values, VALUES, "réclam");
	assert_int_equal(c.shown_count, 1);
	assert_int_equal(press(&c, "Enter"), CHOICE_CHOSEN);
	assert_string_equal(choice_selected(&c)->label, "Réclamation");
	type(&c, "zzz");
	assert_int_equal(press(&c, "Enter"), CHOICE_OPEN);
	assert_int_equal(press(&c, "Escape"), CHOICE_LEFT);
	assert_int_equal(press(&c, "F12"), CHOICE_LEFT);
	press(&c, "Ctrl-U");
	press(&c, "Down");
	press(&c, "Down");
	assert_string_equal(choice_selected(&c)->value, "lefevre");
	press(&c, "End");
	press(&c, "Down");
	assert_string_equal(choice_selected(&c)->value, "voirie-autre");
	press(&c, "PageUp");
	press(&c, "Home");
	press(&c, "Up");
	assert_string_equal(choice_selected(&c)->value, "eclairage");
	choice_select(&c, "depot-sauvage");
	assert_string_equal(choice_selected(&c)->value, "depot-sauvage");
	choice_select(&c, "inconnu");
	assert_string_equal(choice_selected(&c)->value, "depot-sauvage");
	assert_int_equal(choice_key(&c, &paste), CHOICE_OPEN);
	assert_string_equal(choice_selected(&c)->value, "nid-de-poule");
	choice_done(&c);
	choice_init(&c, NULL, values, VALUES, "n'existe pas");
	assert_int_equal(c.shown_count, VALUES);
	choice_done(&c);
	choice_init(&c, "Vide", NULL, 0, NULL);
	assert_int_equal(press(&c, "Enter"), CHOICE_OPEN);
	press(&c, "PageDown");
	choice_done(&c);
}

/* Protects: what it looks like, in boxes of any size, with a label that citizens wrote; the cursor on the value while one moves, in the filter once one types. */
static void draws_choices(void **state)
{
	struct choice c;
	struct grid g;
	struct choice_value hostile = { "x", "a\033[2J\u202Eb", "c\a" };

	(void)state;
	grid_init(&g, 6, 36);
	choice_init(&c, "Motif", values, VALUES, "voirie");
	press(&c, "Down");
	choice_draw(&c, &g, (struct rect){ 0, 0, 6, 36 });
	grid_shows(&g, "┌─ Motif ──────────────────────────┐\n│Filtre voirie                  3/6│\n│  Éclairage public en panne       │\n"
		"│▸ Nid de poule              Voirie│\n│  Autre, voirie             Voirie│\n└──────────────────────────────────┘");
	assert_int_equal(g.cursor_row, 3);
	assert_int_equal(g.cursor_col, 1);
	type(&c, "zz");
	choice_draw(&c, &g, (struct rect){ 0, 0, 6, 36 });
	assert_int_equal(g.cursor_row, 1);
	assert_int_equal(g.cursor_col, 1 + 7 + 8);
	assert_true(grid_has(&g, "aucune valeur"));
	for (int rows = 0; rows < 8; rows++)
		for (int cols = 0; cols < 40; cols++)
			choice_draw(&c, &g, (struct rect){ 0, 0, rows, cols });
	grid_is_sound(&g);
	choice_done(&c);
	choice_init(&c, "\033]0;x\a", &hostile, 1, "");
	choice_draw(&c, &g, (struct rect){ 0, 0, 6, 36 });
	grid_is_sound(&g);
	choice_done(&c);
	grid_done(&g);
}

/* --- Lines ------------------------------------------------------------------------------------------------------- */

/* Protects: an error stays until a key comes, information goes by itself, and somebody is told when. */
static void messages(void **state)
{
	struct message m;
	struct grid g;

	(void)state;
	grid_init(&g, 1, 30);
	message_init(&m);
	assert_int_equal(message_wait_ms(&m, 0), -1);
	message_draw(&m, &g, 0);
	grid_shows(&g, "");
	message_say(&m, 1000, false, "Enregistrée\a");
	message_draw(&m, &g, 0);
	grid_shows(&g, " Enregistrée␇");
	message_key(&m, 1500);
	assert_int_equal(message_wait_ms(&m, 1500), MESSAGE_MS - 500);
	assert_false(message_expire(&m, 1000 + MESSAGE_MS - 1));
	assert_true(message_expire(&m, 1000 + MESSAGE_MS));
	assert_false(message_expire(&m, 1000 + MESSAGE_MS));
	message_draw(&m, &g, 0);
	grid_shows(&g, "");
	message_say(&m, 1000, true, "Disque plein");
	assert_int_equal(message_wait_ms(&m, 1500), -1);
	assert_false(message_expire(&m, INT64_MAX - 1));
	message_draw(&m, &g, 0);
	grid_shows_styled(&g, "‹error:! Disque plein›");
	message_key(&m, 1500);
	message_draw(&m, &g, 0);
	grid_shows(&g, "");
	message_done(&m);
	grid_done(&g);
}

/* Protects: only the letter for Oui says yes, Enter and Escape say no, and what was typed ahead or pasted says nothing. */
static void confirms(void **state)
{
	static const struct { const char *key; enum confirm_result result; } answers[] = {
		{ "o", CONFIRM_YES }, { "O", CONFIRM_YES }, { "n", CONFIRM_NO }, { "N", CONFIRM_NO }, { "Enter", CONFIRM_NO }, { "Escape", CONFIRM_NO },
		{ "F12", CONFIRM_NO }, { "y", CONFIRM_OPEN }, { "Space", CONFIRM_OPEN }, { "Tab", CONFIRM_OPEN }, { "F8", CONFIRM_OPEN }, { "Ctrl-O", CONFIRM_OPEN },
	};
	struct confirm c;
	struct grid g;
	struct key burst = { .code = KEYCODE_CHAR, .ch = 'o', .burst = true }, paste = { .code = KEYCODE_PASTE, .paste = "o", .paste_bytes = 1, .ch = 'o' };

	(void)state;
	confirm_init(&c, "Clore 3 demandes ?");
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct key k = key_of(answers[i].key);

		assert_int_equal(confirm_key(&c, &k), answers[i].result);
	}
	assert_int_equal(confirm_key(&c, &burst), CONFIRM_OPEN);
	assert_int_equal(confirm_key(&c, &paste), CONFIRM_OPEN);
	grid_init(&g, 4, 30);
	confirm_draw(&c, &g, 3);
	grid_shows(&g, "\n\n\n Clore 3 demandes ? (o/N)");
	assert_int_equal(g.cursor_row, 3);
	assert_int_equal(g.cursor_col, 26);
	confirm_done(&c);
	confirm_init(&c, "Rattacher 31 40 03 21 06 à la consigne « fuite rue des Lilas » ?");
	grid_clear(&g, (struct rect){ 0, 0, 4, 30 }, STYLE_NORMAL);
	confirm_draw(&c, &g, 3);
	grid_shows(&g, "\n Rattacher 31 40 03 21 06 à\n la consigne « fuite rue des\n Lilas » ? (o/N)");
	for (int cols = 1; cols < 30; cols++) {
		grid_resize(&g, 2, cols);
		confirm_draw(&c, &g, 1);
		grid_is_sound(&g);
		assert_true(g.cursor_row >= 0);
	}
	confirm_done(&c);
	grid_done(&g);
}

/* Protects: the most useful keys stay where not all fit, and a sign says that there are more; the status keeps its right side, and a warning is told by more than a place. */
static void fills_lines(void **state)
{
	static const struct key_hint hints[] = { { "F1", "Aide", HINT_IF_ALL }, { "F4", "Liste", 4 }, { "F8", "Valider", 1 }, { "F12", "Retour", 2 } };
	static const char *const parts[] = { "s.martin agent", "!HORS LIGNE", "", "4 à envoyer", "dernière synchro 09:12" };
	struct grid g;

	(void)state;
	grid_init(&g, 1, 60);
	lines_keys(&g, 0, hints, 4, "?");
	grid_shows(&g, " F1 Aide  F4 Liste  F8 Valider  F12 Retour");
	grid_resize(&g, 1, 28);
	lines_keys(&g, 0, hints, 4, "?");
	grid_shows(&g, " F8 Valider  F12 Retour  ? +");
	/* Room for all but one blank less. */
	grid_resize(&g, 1, 42);
	lines_keys(&g, 0, hints, 4, "?");
	grid_shows(&g, " F1 Aide  F4 Liste  F8 Valider  F12 Retour");
	grid_resize(&g, 1, 41);
	lines_keys(&g, 0, hints, 4, "?");
	grid_shows(&g, " F4 Liste  F8 Valider  F12 Retour  ? +");
	grid_resize(&g, 1, 60);
	lines_status(&g, 0, parts, 5, "10:47");
	grid_shows_styled(&g, "‹status: s.martin agent  ›‹danger:HORS LIGNE›‹status:  4 à envoyer              10:47 ›");
	grid_resize(&g, 1, 80);
	lines_status(&g, 0, parts, 5, "10:47");
	grid_shows(&g, " s.martin agent  HORS LIGNE  4 à envoyer  dernière synchro 09:12          10:47");
	lines_progress(&g, 0, "Import", 1200, 35000);
	grid_shows(&g, " Import  █░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  1\u202f200 / 35\u202f000  3\u202f%");
	lines_progress(&g, 0, "Import", 35000, 0);
	grid_shows(&g, " Import  35\u202f000");
	lines_title(&g, 0, "Appel", "réf. 31 40 03 21 06");
	grid_shows(&g, " Appel                                                      réf. 31 40 03 21 06");
	lines_banner(&g, 0, "EXERCICE");
	grid_shows(&g, "                                    EXERCICE");
	for (int cols = 1; cols < 80; cols++) {
		grid_resize(&g, 1, cols);
		lines_keys(&g, 0, hints, 4, "?");
		lines_status(&g, 0, parts, 5, "10:47");
		lines_progress(&g, 0, "Import", 1200, 35000);
		lines_title(&g, 0, "Appel", "réf. 31 40 03 21 06");
		lines_banner(&g, 0, "EXERCICE");
		grid_is_sound(&g);
	}
	lines_keys(&g, 0, hints, 0, "?");
	grid_done(&g);
}

/* Protects: a window below 60 x 18 says so in words, down to one cell; at 60 x 18 the view is drawn. */
static void says_too_small(void **state)
{
	struct grid g;

	(void)state;
	grid_init(&g, 18, 60);
	assert_false(lines_too_small(&g));
	grid_resize(&g, 18, 59);
	assert_true(lines_too_small(&g));
	assert_true(grid_has(&g, "59 × 18"));
	for (int rows = 1; rows < 18; rows++) {
		grid_resize(&g, rows, rows * 4);
		assert_true(lines_too_small(&g));
		grid_is_sound(&g);
		assert_int_equal(g.cursor_row, 0);
	}
	assert_int_equal(lines_box((struct rect){ 1, 0, 20, 80 }, 6, 40).row, 8);
	assert_int_equal(lines_box((struct rect){ 1, 0, 20, 80 }, 60, 400).cols, 80);
	grid_done(&g);
}

/* --- Styles ------------------------------------------------------------------------------------------------------ */

static double light(double part)
{
	part /= 255;
	return part <= 0.03928 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4);
}

/* Relative luminance of one of the 256 colours (WCAG 2.1). */
static double luminance(int colour)
{
	static const double levels[] = { 0, 95, 135, 175, 215, 255 };
	int cube = colour - 16;

	assert_in_range(colour, 16, 231);
	return 0.2126 * light(levels[cube / 36]) + 0.7152 * light(levels[cube / 6 % 6]) + 0.0722 * light(levels[cube % 6]);
}

/* Protects: every colour reads on white and on black; and without colour no two states that matter look alike unless a sign tells them. */
static void styles_are_told_apart(void **state)
{
	static const enum style apart[] = { STYLE_NORMAL, STYLE_DIM, STYLE_BOLD, STYLE_FIELD, STYLE_FIELD_FOCUS, STYLE_SELECTION, STYLE_DANGER };

	(void)state;
	for (int i = 0; i < STYLE_COUNT; i++) {
		struct look look = style_look((enum style)i);

		if (look.colour >= 0) {
			double l = luminance(look.colour);

			assert_true(1.05 / (l + 0.05) >= 4);
			assert_true((l + 0.05) / 0.05 >= 4);
		}
		/* Of the eight colours only these stand out from both backgrounds. */
		assert_true(look.few == -1 || look.few == 1 || look.few == 5);
	}
	for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(style_look(apart[i]).attributes, style_look(apart[j]).attributes);
	assert_int_not_equal(style_look(STYLE_RISK).attributes, style_look(STYLE_OK).attributes);
	assert_int_not_equal(style_look(STYLE_LATE).attributes, style_look(STYLE_RISK).attributes);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(filters), cmocka_unit_test(chooses), cmocka_unit_test(draws_choices), cmocka_unit_test(messages),
		cmocka_unit_test(confirms), cmocka_unit_test(fills_lines), cmocka_unit_test(says_too_small), cmocka_unit_test(styles_are_told_apart) };

	i18n_start("fr");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
