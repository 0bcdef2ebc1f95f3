// SPDX-License-Identifier: GPL-3.0-or-later
/* When the application does what nobody waits for: after the picture, and not while keys come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ui_fixture.h"

static bool count_draft(void *context, const struct draft *d)
{
	(void)d;
	++*(int *)context;
	return true;
}

static int drafts(struct ui_fixture *f)
{
	int n = 0;
	assert_int_equal(store_list_drafts(f->desk->store, count_draft, &n, NULL), GUICHET_OK);
	return n;
}

/* One key, and no turn of the loop after it. */
static void press_only(struct ui_fixture *f, const char *name)
{
	struct key k;
	assert_true(key_parse(name, &k));
	ui_key(f->ui, &k);
}

/* Protects: between two fields nobody waits for the disk; the draft is kept at the next turn of the loop all the same. */
static void test_draft_after_the_picture(void **state)
{
	struct ui_fixture *f = *state;
	ui_open(f->ui, &view_call, NULL);
	ui_type(f, "0644556677");
	assert_int_equal(drafts(f), 0);
	press_only(f, "Tab");
	assert_int_equal(drafts(f), 0);
	assert_int_equal(ui_next_tick_ms(f->ui), 0);
	ui_tick(f->ui);
	assert_int_equal(drafts(f), 1);
	/* What is typed on is kept within two seconds, with no field left. */
	press_only(f, "D");
	assert_in_range(ui_next_tick_ms(f->ui), 1, 2000);
	f->desk->now_ms += 2000;
	press_only(f, "u");
	assert_int_equal(ui_next_tick_ms(f->ui), 0);
}

/* Protects: work that can wait is not begun within a second of a key, nor forgotten: the loop is woken for it when keys rest. */
static void test_rest(void **state)
{
	struct ui_fixture *f = *state;
	ui_open(f->ui, &view_todo, NULL);
	ui_tick(f->ui);
	assert_in_range(ui_next_tick_ms(f->ui), 1001, 10000);
	press_only(f, "Down");
	ui_tick(f->ui);
	assert_in_range(ui_next_tick_ms(f->ui), 1, 1000);
	f->desk->now_ms += 600;
	press_only(f, "Up");
	f->desk->now_ms += 600;
	ui_tick(f->ui);
	assert_in_range(ui_next_tick_ms(f->ui), 1, 400);
	f->desk->now_ms += 400;
	ui_tick(f->ui);
	assert_in_range(ui_next_tick_ms(f->ui), 1001, 10000);
	/* A clock that was set back is no key. */
	press_only(f, "Down");
	f->desk->now_ms -= 3600000;
	ui_tick(f->ui);
	assert_in_range(ui_next_tick_ms(f->ui), 1001, 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_draft_after_the_picture, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_rest, ui_fixture_setup, ui_fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
