// SPDX-License-Identifier: GPL-3.0-or-later
/* À faire: what nobody may forget stands there, in the order of its urgency, and leaves when it is done. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "desk_scene.h"
#include "ui_fixture.h"

/* Protects: the screen as agents know it, at both sizes, with the cursor on the first line. */
static void test_screen(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	ui_open(f->ui, &view_todo, NULL);
	ui_golden(f, "todo");
}

/* Protects: an empty list says what to do instead. */
static void test_empty(void **state)
{
	struct ui_fixture *f = *state;
	ui_open(f->ui, &view_todo, NULL);
	ui_golden(f, "todo-empty");
}

/* Protects: kinds stand together, the danger first, whatever their dates; the counters follow what is done, and the selection stays on its record. */
static void test_follows(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	ui_open(f->ui, &view_todo, NULL);
	ui_screen(f, 24, 80);
	assert_int_equal(view_todo.selected(ui_top(f->ui)), scene_row(f->desk, s.leak));
	ui_must_show(f, "DANGER 1");
	ui_press(f, "Down");
	assert_int_equal(view_todo.selected(ui_top(f->ui)), scene_row(f->desk, s.callback));
	/* Somebody else tells the on-call service. */
	fixture_step(f->desk, s.leak, STEP_DANGER_TOLD, &(struct step_args){ .who = "astreinte" });
	ui_press(f, "C-g");
	ui_must_not_show(f, "DANGER 1");
	assert_int_equal(view_todo.selected(ui_top(f->ui)), scene_row(f->desk, s.callback));
}

/* Protects: pages join without a gap or a double, both ways, over kinds. */
static void test_pages(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	for (int i = 0; i < 150; i++)
		FIXTURE_LOG(f->desk, .subject = "À trier");
	ui_open(f->ui, &view_todo, NULL);
	ui_screen(f, 24, 80);
	int64_t counts[TODO_KIND_COUNT], all = 0, seen = 1, before = view_todo.selected(ui_top(f->ui));
	store_count_todo(f->desk->store, counts);
	for (int k = 0; k < TODO_KIND_COUNT; k++)
		all += counts[k];
	for (;;) {
		ui_press(f, "Down");
		int64_t now = view_todo.selected(ui_top(f->ui));
		if (now == before)
			break;
		before = now;
		seen++;
	}
	assert_int_equal(seen, all);
	ui_keys(f, "Home End");
	assert_int_equal(view_todo.selected(ui_top(f->ui)), before);
	for (seen = 1;; seen++) {
		ui_press(f, "Up");
		if (view_todo.selected(ui_top(f->ui)) == before)
			break;
		before = view_todo.selected(ui_top(f->ui));
	}
	assert_int_equal(seen, all);
	assert_int_equal(before, scene_row(f->desk, s.leak));
}

/* Protects: Enter opens the request that the line is about. */
static void test_opens(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	ui_open(f->ui, &view_todo, NULL);
	ui_screen(f, 24, 80);
	ui_keys(f, "Down Enter");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_request);
	assert_int_equal(view_request.selected(ui_top(f->ui)), scene_row(f->desk, s.callback));
	ui_press(f, "Escape");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_todo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_screen, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_empty, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_follows, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_pages, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_opens, ui_fixture_setup, ui_fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
