// SPDX-License-Identifier: GPL-3.0-or-later
/* Fiche: all that is known of a request, its dates with words beside colours, its journal; it scrolls and can be acted on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "desk_scene.h"
#include "ui_fixture.h"

static void open_row(struct ui_fixture *f, int64_t reference)
{
	struct view_target t = { .row_id = scene_row(f->desk, reference), .channel = -1 };
	ui_open(f->ui, &view_request, &t);
}

/* Protects: the screen, of a late request and of a danger that nobody was told of. */
static void test_screens(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	open_row(f, s.late);
	ui_golden(f, "request");
	ui_keys(f, "e");
	ui_golden(f, "request-explain");
	ui_keys(f, "Escape End");
	ui_golden(f, "request-end");
	open_row(f, s.leak);
	ui_golden(f, "request-danger");
	open_row(f, s.incident);
	ui_golden(f, "request-incident");
}

/* Protects: what an agent needs to read out stands there, in words: the phone in pairs, the delay, the broken promise, the call-back due, the answer given. */
static void test_says(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	open_row(f, s.late);
	ui_must_show(f, "06 12 34 56 78");
	ui_must_show(f, "!! EN RETARD");
	open_row(f, s.promised);
	ui_must_show(f, "!! NON TENU");
	open_row(f, s.callback);
	ui_must_show(f, "!! À RAPPELER depuis mar. 24/11 09:30");
	open_row(f, s.closed);
	ui_must_show(f, "Ouverte de 9 h à 18 h.");
	open_row(f, s.incident);
	ui_must_show(f, "3 demandes");
	open_row(f, s.children[0]);
	ui_must_show(f, "Rattachée à");
}

/* Protects: the journal shows who did what and when, short at first, all of it with h; each end of the screen is reached. */
static void test_journal(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	for (int i = 0; i < 30; i++)
		fixture_step(f->desk, s.late, STEP_NOTE, &(struct step_args){ .text = i ? "Encore une note." : "La toute première note." });
	open_row(f, s.late);
	ui_screen(f, 24, 80);
	ui_press(f, "End");
	ui_must_show(f, "chef · note");
	assert_null(strstr(ui_screen(f, 24, 80), "La toute première note."));
	ui_press(f, "h");
	ui_screen(f, 24, 80);
	ui_press(f, "End");
	assert_non_null(strstr(ui_screen(f, 24, 80), "Encore une note."));
	ui_press(f, "Home");
	assert_non_null(strstr(ui_screen(f, 24, 80), "Texte"));
	bool seen = false;
	for (int i = 0; i < 100 && !seen; i++) {
		seen = strstr(ui_screen(f, 24, 80), "La toute première note.") != NULL;
		ui_press(f, "Down");
	}
	assert_true(seen);
}

/* Protects: where the journal stands beside the facts already, h gives it the whole width, and gives the facts back. */
static void test_journal_of_a_wide_screen(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	open_row(f, s.late);
	char *both = guichet_strdup(ui_screen(f, 43, 132));
	assert_non_null(strstr(both, "06 12 34 56 78"));
	ui_press(f, "h");
	assert_null(strstr(ui_screen(f, 43, 132), "06 12 34 56 78"));
	assert_non_null(strstr(ui_screen(f, 43, 132), "enregistrée"));
	ui_press(f, "h");
	assert_string_equal(ui_screen(f, 43, 132), both);
	free(both);
}

/* Protects: scrolling never goes over the frame or the request's own head, at any size that is drawn. */
static void test_scrolling_keeps_the_head(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	struct text once = TEXT_INIT;
	desk_scene_make(f->desk, &s);
	for (int i = 0; i < 60; i++)
		text_add(&once, "Un texte très long qui prend beaucoup de lignes sur la fiche. ");
	fixture_step(f->desk, s.late, STEP_EDIT, &(struct step_args){ .field = "description", .value = text_str(&once) });
	text_done(&once);
	open_row(f, s.late);
	for (int i = 0; i < 60; i++) {
		const char *screen = ui_screen(f, 18, 60);
		assert_int_equal(strncmp(screen, " Fiche", 6), 0);
		assert_non_null(strstr(screen, "en instruction"));
		assert_non_null(strstr(screen, "F12 Retour"));
		ui_press(f, "Down");
	}
}

/* Protects: an unknown number is said, and no screen opens. */
static void test_unknown(void **state)
{
	struct ui_fixture *f = *state;
	struct view_target t = { .reference = 12345674, .channel = -1 };
	ui_open(f->ui, &view_todo, NULL);
	ui_open(f->ui, &view_request, &t);
	assert_ptr_equal(ui_top(f->ui)->ops, &view_todo);
	ui_must_show(f, "aucune demande ne porte ce numéro");
}

/* Protects: F6 without a call being typed notes that the citizen called about this one. */
static void test_join(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	open_row(f, s.late);
	ui_keys(f, "F6 'relance' Enter");
	ui_must_show(f, "appel joint à cette demande");
	struct loaded l = scene_load(f->desk, s.late);
	assert_int_equal(l.request.chased, 1);
	loaded_done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_screens, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_says, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_journal, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_journal_of_a_wide_screen, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_scrolling_keeps_the_head, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_unknown, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_join, ui_fixture_setup, ui_fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
