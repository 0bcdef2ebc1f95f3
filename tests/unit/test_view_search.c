// SPDX-License-Identifier: GPL-3.0-or-later
/* Recherche: results as one types, the box and the list share the keys without a letter acting by mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "desk_scene.h"
#include "guichet/core/reference.h"
#include "ui_fixture.h"

/* Protects: the screen, before anything is typed, with results, and when nothing is found. */
static void test_screens(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	ui_open(f->ui, &view_search, NULL);
	ui_golden(f, "search-empty");
	ui_type(f, "gravats");
	ui_golden(f, "search");
	ui_keys(f, "C-u 'zzzz'");
	ui_golden(f, "search-nothing");
}

/* Protects: from the second character on; a name without its accents, a phone as spelled out, the last digits of a reference. */
static void test_finds(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	char reference[REFERENCE_SHOWN], last[8];
	desk_scene_make(f->desk, &s);
	ui_open(f->ui, &view_search, NULL);
	ui_type(f, "l");
	ui_must_not_show(f, "Nid de poule");
	ui_type(f, "efevre");
	ui_must_show(f, "1 demande trouvée");
	ui_must_show(f, "Nid de poule devant l'école");
	ui_keys(f, "C-u '06 12 34 56'");
	ui_must_show(f, "Nid de poule devant l'école");
	reference_show(s.at_risk, reference);
	snprintf(last, sizeof last, "%.5s", reference + strlen(reference) - 5);
	ui_press(f, "C-u");
	ui_type(f, last);
	ui_must_show(f, "Dépôt de pneus");
}

/* Protects: in the box every letter is text; Down enters the list, where letters act; Up comes back; Enter opens the best one from the box. */
static void test_focus(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	ui_open(f->ui, &view_search, NULL);
	ui_type(f, "nt/:?fuite ");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_search);
	ui_keys(f, "C-u 'fuite' Down");
	assert_false(view_search.typing(ui_top(f->ui)));
	ui_screen(f, 24, 80);
	assert_true(f->grid.cursor_row > 3);
	ui_press(f, "Up");
	assert_true(view_search.typing(ui_top(f->ui)));
	ui_screen(f, 24, 80);
	assert_int_equal(f->grid.cursor_row, 2);
	ui_press(f, "Enter");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_request);
	assert_int_equal(view_request.selected(ui_top(f->ui)), scene_row(f->desk, s.leak));
	/* Back where it was left. */
	ui_press(f, "Escape");
	ui_must_show(f, "1 demande trouvée");
}

/* Protects: a search that was left open begins anew when it is asked for again: what is typed replaces what was sought. */
static void test_again(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	ui_open(f->ui, &view_todo, NULL);
	ui_keys(f, "F3 'pneus' Enter F3 'fuite' Enter");
	assert_int_equal(view_request.selected(ui_top(f->ui)), scene_row(f->desk, s.leak));
	ui_keys(f, "F3 F3 'gravats'");
	ui_must_show(f, "4 demandes trouvées");
}

/* Protects: what is sent in one go, Enter included, finds what slow typing finds, although nothing was drawn between. */
static void test_in_one_go(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	ui_open(f->ui, &view_todo, NULL);
	ui_screen(f, 24, 80);
	ui_press(f, "F3");
	ui_type_burst(f, "pneus");
	ui_press(f, "Enter");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_request);
	assert_int_equal(view_request.selected(ui_top(f->ui)), scene_row(f->desk, s.at_risk));
}

/* Protects: a step from the results; the list follows what was done; Enter on nothing says what to do. */
static void test_steps(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	ui_open(f->ui, &view_search, NULL);
	ui_keys(f, "'zzzz' Enter");
	ui_must_show(f, "aucune demande pour « zzzz »");
	ui_keys(f, "C-u 'pneus' Down p o");
	assert_int_equal(scene_status(f->desk, s.at_risk), STATUS_REVIEW);
	ui_must_show(f, "en instruction");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_screens, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_finds, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_focus, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_again, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_in_one_go, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_steps, ui_fixture_setup, ui_fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
