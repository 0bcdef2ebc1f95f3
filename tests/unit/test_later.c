// SPDX-License-Identifier: GPL-3.0-or-later
/* A key is answered at once, with what it changed; what takes time to find or to send comes after. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "desk_scene.h"
#include "ui_fixture.h"

/* How often "is a key waiting?" is answered no before it is answered yes. */
struct typing { int left; };

static bool waits(void *context)
{
	struct typing *t = context;
	return t->left-- <= 0;
}

static const char *screen(struct ui_fixture *f)
{
	return ui_screen(f, 24, 80);
}

static void press(struct ui_fixture *f, const char *name)
{
	ui_press(f, name);
	screen(f);
}

/* What the cursor stands on, and the text under the list. */
static bool has(struct ui_fixture *f, int from, int to, const char *text)
{
	const char *at = text_str(&f->dump), *found = strstr(at, text);
	int row = 0;
	for (; found && at < found; at++)
		row += *at == '\n';
	return found && row >= from && row < to;
}

enum { TELLS = 16 /* the first row of what tells of the selected one */, LAST = 20 };

static struct ui_fixture *begin(void **state, struct typing *t, const struct view_ops *view)
{
	struct ui_fixture *f = *state;
	struct desk_scene scene;
	desk_scene_make(f->desk, &scene);
	ui_hurry(f->ui, waits, t);
	ui_open(f->ui, view, NULL);
	screen(f);
	return f;
}

/* Protects: while one moves the cursor follows each key, and what tells of the request is drawn once keys rest; any other key brings it at once. */
static void test_moves(void **state)
{
	struct typing never = { INT32_MAX };
	struct ui_fixture *f = begin(state, &never, &view_queue);
	int row = f->grid.cursor_row;
	assert_true(has(f, TELLS, LAST, "Nid de poule devant l'école"));
	press(f, "Down");
	assert_int_equal(f->grid.cursor_row, row + 1);
	assert_true(has(f, TELLS, LAST, "Nid de poule devant l'école"));
	assert_in_range(ui_rest_ms(f->ui), 100, 300);
	press(f, "Down");
	assert_int_equal(f->grid.cursor_row, row + 2);
	ui_rest(f->ui);
	assert_int_equal(ui_rest_ms(f->ui), -1);
	screen(f);
	assert_false(has(f, TELLS, LAST, "Nid de poule devant l'école"));
	press(f, "Up");
	press(f, "Up");
	press(f, "?");
	press(f, "Escape");
	assert_true(has(f, TELLS, LAST, "Nid de poule devant l'école"));
}

/* Protects a slow line: a message that comes or ends while one moves takes nothing else along, what tells of the request is still drawn once keys rest. */
static void test_messages(void **state)
{
	struct typing never = { INT32_MAX };
	struct ui_fixture *f = begin(state, &never, &view_queue);
	ui_say(f->ui, "%s", "un mot");
	press(f, "Down");
	assert_non_null(strstr(text_str(&f->dump), "un mot"));
	assert_true(has(f, TELLS, LAST, "Nid de poule devant l'école"));
	f->desk->now_ms += 60000;
	ui_tick(f->ui);
	screen(f);
	assert_null(strstr(text_str(&f->dump), "un mot"));
	assert_true(has(f, TELLS, LAST, "Nid de poule devant l'école"));
	ui_rest(f->ui);
	screen(f);
	assert_false(has(f, TELLS, LAST, "Nid de poule devant l'école"));
}

/* Protects: a queue's rows show before its figures are counted, which then stand there while they are counted anew. */
static void test_figures_after_the_list(void **state)
{
	struct typing never = { INT32_MAX };
	struct ui_fixture *f = begin(state, &never, &view_queue);
	assert_non_null(strstr(text_str(&f->dump), "Nid de poule devant l'école"));
	assert_null(strstr(text_str(&f->dump), "à risque sur"));
	assert_true(ui_is_unfinished(f->ui));
	ui_finish(f->ui);
	screen(f);
	assert_non_null(strstr(text_str(&f->dump), "à risque sur"));
	assert_false(ui_is_unfinished(f->ui));
	press(f, "C-g");
	assert_non_null(strstr(text_str(&f->dump), "à risque sur"));
	assert_true(ui_is_unfinished(f->ui));
}

/* Protects: pictures, and whoever does not say that keys drive it, are whole. */
static void test_whole_pictures(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene scene;
	desk_scene_make(f->desk, &scene);
	ui_open(f->ui, &view_queue, NULL);
	screen(f);
	press(f, "Down");
	assert_false(has(f, TELLS, LAST, "Nid de poule devant l'école"));
	assert_int_equal(ui_rest_ms(f->ui), -1);
	ui_keys(f, "F3 'lilas'");
	screen(f);
	assert_false(ui_is_unfinished(f->ui));
	assert_non_null(strstr(text_str(&f->dump), "Nid de poule"));
}

/* Protects: what is typed is shown before it is looked for; what was found stays until then. */
static void test_search_after_the_key(void **state)
{
	struct typing never = { INT32_MAX };
	struct ui_fixture *f = begin(state, &never, &view_search);
	ui_type(f, "lilas");
	screen(f);
	assert_non_null(strstr(text_str(&f->dump), "lilas"));
	assert_null(strstr(text_str(&f->dump), "Nid de poule"));
	assert_true(ui_is_unfinished(f->ui));
	ui_finish(f->ui);
	screen(f);
	assert_false(ui_is_unfinished(f->ui));
	assert_non_null(strstr(text_str(&f->dump), "Nid de poule"));
	ui_type(f, " zzz");
	screen(f);
	assert_non_null(strstr(text_str(&f->dump), "Nid de poule"));
	ui_finish(f->ui);
	screen(f);
	assert_null(strstr(text_str(&f->dump), "Nid de poule"));
}

/* Protects: a search is given up when another key comes, and begun anew after it; a key that acts on what is found waits for it. */
static void test_search_given_up(void **state)
{
	struct typing typing = { INT32_MAX };
	struct ui_fixture *f = begin(state, &typing, &view_search);
	int given_up = 0;
	ui_type(f, "rue lil");
	for (int left = 0; left < 1000; left++) {
		screen(f);
		typing.left = left;
		ui_finish(f->ui);
		screen(f);
		if (!ui_is_unfinished(f->ui))
			break;
		assert_null(strstr(text_str(&f->dump), "Nid de poule"));
		given_up++;
	}
	assert_non_null(strstr(text_str(&f->dump), "Nid de poule"));
	/* On a store of a dozen requests it is asked at most now and then. */
	assert_in_range(given_up, 0, 999);
	typing.left = 0;
	ui_type(f, "as");
	screen(f);
	assert_true(ui_is_unfinished(f->ui));
	press(f, "Down");
	assert_non_null(strstr(text_str(&f->dump), "Nid de poule"));
	press(f, "Enter");
	assert_int_equal(ui_top(f->ui)->ops->kind, VIEW_REQUEST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_moves, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_figures_after_the_list, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_messages, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_whole_pictures, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_search_after_the_key, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_search_given_up, ui_fixture_setup, ui_fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
