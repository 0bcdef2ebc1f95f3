// SPDX-License-Identifier: GPL-3.0-or-later
/* The whole life of a request, by keys alone, from the call to the close: screens, steps and store together. */
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

static const char *const roads[] = { "voirie", NULL };
static const struct actor road_worker = { .login = "paul", .name = "Paul", .roles = ROLE_SERVICE, .services = roads };

static bool keep_reference(void *context, const struct request_row *row)
{
	*(int64_t *)context = row->reference;
	return false;
}

static int64_t newest(struct ui_fixture *f)
{
	struct list_filter filter = LIST_FILTER_INIT;
	int64_t reference = 0;
	filter.all = true;
	filter.sort = LIST_BY_RECEIVED;
	filter.limit = 1;
	assert_int_equal(store_list(f->desk->store, &filter, keep_reference, &reference, NULL), GUICHET_OK);
	return reference;
}

static void later(struct ui_fixture *f, int hours)
{
	f->desk->now_ms += (int64_t)hours * 60 * MS_PER_MINUTE;
}

/* Protects: an agent logs a call, the service works it, the agent tells the answer, the citizen comes back, all of it found by what each knows; at the end the
 * record holds every step in order, under the name of who took it. */
static void test_life(void **state)
{
	static const struct { const char *actor; enum op_kind kind; } story[] = { { "marie", OP_CREATE }, { "paul", OP_TAKE }, { "paul", OP_ORDER }, { "marie", OP_TOUCH },
		{ "paul", OP_DONE }, { "paul", OP_ANSWER }, { "marie", OP_CALLBACK }, { "marie", OP_CALLBACK_TRIED }, { "marie", OP_CLOSE }, { "marie", OP_REOPEN },
		{ "paul", OP_TAKE }, { "paul", OP_UNDO }, { "paul", OP_TAKE }, { "paul", OP_ANSWER }, { "marie", OP_CLOSE } };
	struct ui_fixture *f = *state;
	/* The call. */
	ui_fixture_as(f, &fixture_agent, false);
	ui_open(f->ui, &view_todo, NULL);
	ui_screen(f, 24, 80);
	ui_keys(f, "F2 '0644556677' Tab 'Durand' Tab 'Trou dangereux' Tab 'nid' Tab 'aigues' Tab '8 rue des Lilas' F8");
	int64_t reference = newest(f);
	assert_int_equal(scene_status(f->desk, reference), STATUS_ROUTED);
	/* The service takes it from its queue and orders the work. */
	later(f, 2);
	ui_fixture_as(f, &road_worker, false);
	ui_open(f->ui, &view_queue, NULL);
	ui_must_show(f, "Trou dangereux");
	ui_keys(f, "p o o 'OT-12' Enter 'Régie' Enter '26/11/2026' Enter");
	assert_int_equal(scene_status(f->desk, reference), STATUS_ORDERED);
	/* The citizen calls again: found by his number, the call is joined. */
	later(f, 24);
	ui_fixture_as(f, &fixture_agent, false);
	ui_open(f->ui, &view_todo, NULL);
	ui_keys(f, "F3 '06 44 55' Enter");
	ui_must_show(f, "Trou dangereux");
	ui_must_show(f, "OT-12");
	ui_keys(f, "F6 'relance' Enter");
	/* The work is done and the answer given. */
	later(f, 24);
	ui_fixture_as(f, &road_worker, false);
	ui_open(f->ui, &view_queue, NULL);
	ui_screen(f, 24, 80);
	ui_keys(f, "d o r 'tel' Enter 'Le trou est rebouché.' F8");
	assert_int_equal(scene_status(f->desk, reference), STATUS_ANSWERED);
	/* He wishes to be called back about it; then it is closed. */
	later(f, 1);
	ui_fixture_as(f, &fixture_agent, false);
	ui_open(f->ui, &view_search, NULL);
	ui_keys(f, "'durand' Enter");
	ui_keys(f, "F7 '27/11/2026 09:00' Enter");
	f->desk->now_ms = paris_instant(day_from_date(2026, 11, 27), 9 * 60 + 5);
	ui_open(f->ui, &view_todo, NULL);
	ui_must_show(f, "à rappeler");
	ui_keys(f, "F7 'joint' Enter");
	ui_must_not_show(f, "à rappeler");
	ui_keys(f, "F3 'durand' Enter c Enter");
	assert_int_equal(scene_status(f->desk, reference), STATUS_CLOSED);
	/* The hole is back: reopened, taken, taken back, taken again, answered, closed. */
	later(f, 5);
	ui_keys(f, "y 'le trou est revenu' Enter");
	ui_fixture_as(f, &road_worker, false);
	ui_open(f->ui, &view_queue, NULL);
	ui_screen(f, 24, 80);
	ui_keys(f, "p o u");
	assert_int_equal(scene_status(f->desk, reference), STATUS_ROUTED);
	ui_keys(f, "p o r 'tel' Enter 'Reprise en enrobé.' F8");
	ui_fixture_as(f, &fixture_agent, false);
	ui_open(f->ui, &view_search, NULL);
	ui_keys(f, "'lilas' Enter c Enter");
	assert_int_equal(scene_status(f->desk, reference), STATUS_CLOSED);
	ui_golden(f, "life");
	struct loaded l = scene_load(f->desk, reference);
	for (size_t i = 0; i < l.op_count && i < sizeof story / sizeof *story; i++) {
		assert_string_equal(l.request.ops[i].actor, story[i].actor);
		assert_int_equal(l.request.ops[i].kind, story[i].kind);
	}
	assert_int_equal(l.op_count, sizeof story / sizeof *story);
	assert_int_equal(l.request.chased, 1);
	assert_int_equal(l.request.reopened, 1);
	loaded_done(&l);
}

/* Protects: F6 on a request that was looked up during a call gives the call to it and shows the call again. */
static void test_join_during_call(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	ui_open(f->ui, &view_todo, NULL);
	ui_screen(f, 24, 80);
	ui_keys(f, "F2 '0699887711' Tab 'Perrin' Tab F3 'pneus' Enter F6");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_call);
	struct loaded l = scene_load(f->desk, s.at_risk);
	assert_int_equal(l.request.contacts, 2);
	loaded_done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_life, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_join_during_call, ui_fixture_setup, ui_fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
