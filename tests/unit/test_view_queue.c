// SPDX-License-Identifier: GPL-3.0-or-later
/* Bannette and Échéances: open requests by due date, of one service or of all, marked and paged through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "desk_scene.h"
#include "ui_fixture.h"

static const char *const roads[] = { "voirie", NULL };
static const struct actor road_worker = { .login = "paul", .name = "Paul", .roles = ROLE_SERVICE, .services = roads };

static int64_t selected(struct ui_fixture *f)
{
	return ui_top(f->ui)->ops->selected(ui_top(f->ui));
}

/* Protects: the screens as agents know them. */
static void test_screens(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	ui_open(f->ui, &view_queue, NULL);
	ui_golden(f, "queue");
	ui_open(f->ui, &view_deadlines, NULL);
	ui_golden(f, "deadlines");
}

/* Protects: a service agent sees his own queue first; `s` lists it first and shows all or another's; what was chosen stands in the title. */
static void test_service(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	ui_fixture_as(f, &road_worker, false);
	ui_open(f->ui, &view_queue, NULL);
	ui_must_show(f, "Bannette · Voirie");
	ui_must_show(f, "Nid de poule");
	ui_must_not_show(f, "Dépôt de pneus");
	ui_press(f, "s");
	ui_must_show(f, "le mien");
	ui_keys(f, "'nett' Enter");
	ui_must_show(f, "Bannette · Nettoyage");
	ui_must_show(f, "Dépôt de pneus");
	ui_must_not_show(f, "Nid de poule");
	ui_keys(f, "s 'tous' Enter");
	ui_must_show(f, "Nid de poule");
	ui_must_show(f, "Dépôt de pneus");
	/* Escape leaves the choice as it was. */
	ui_keys(f, "s 'voirie' Escape");
	ui_must_show(f, "tous services");
}

/* Protects: the most urgent first; the window and its words follow j and the arrows. */
static void test_windows(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	ui_open(f->ui, &view_deadlines, NULL);
	ui_must_show(f, "[En retard]");
	assert_int_equal(selected(f), scene_row(f->desk, s.late));
	ui_must_not_show(f, "Fuite d'eau");
	/* What is at risk and not late yet. */
	ui_press(f, "j");
	ui_must_show(f, "[À risque]");
	assert_int_equal(selected(f), scene_row(f->desk, s.at_risk));
	ui_must_show(f, "1/1");
	ui_press(f, "j");
	ui_must_show(f, "[D'ici ce soir]");
	ui_keys(f, "Right Right");
	ui_must_show(f, "[Toutes]");
	ui_must_show(f, "Fuite d'eau");
	ui_press(f, "Right");
	ui_must_show(f, "[En retard]");
	ui_press(f, "Left");
	ui_must_show(f, "[Toutes]");
}

/* Protects: what another screen asks to see behind a figure is what shows, and is said in words. */
static void test_drilled(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	char commune[] = "bois";
	struct view_target t = { .channel = -1, .has_filter = true, .filter = LIST_FILTER_INIT };
	desk_scene_make(f->desk, &s);
	t.filter.commune = commune;
	t.filter.service = "voirie";
	ui_open(f->ui, &view_deadlines, &t);
	/* The filter's texts are the caller's only until the view is open. */
	memset(commune, 'x', 4);
	ui_must_show(f, "Bois-Joli");
	ui_must_show(f, "Chaussée défoncée");
	ui_must_not_show(f, "Nid de poule");
	ui_press(f, "C-g");
	ui_must_show(f, "Chaussée défoncée");
	struct view_target all = { .channel = -1, .has_filter = true, .filter = LIST_FILTER_INIT };
	all.filter.all = true;
	all.filter.sort = LIST_BY_RECEIVED;
	all.filter.service = "proximite";
	ui_open(f->ui, &view_deadlines, &all);
	ui_must_show(f, "Horaires de la déchetterie");
	ui_must_show(f, "clôturée");
}

/* Protects: a list of many pages goes down and up over the same requests, ends included, and a refresh in the middle keeps the selection. */
static void test_pages(void **state)
{
	struct ui_fixture *f = *state;
	int64_t rows[301], before;
	size_t n = 0;
	for (int i = 0; i < 300; i++) {
		f->desk->now_ms += 60000;
		FIXTURE_LOG(f->desk, .category = i % 3 ? "nid-de-poule" : "plainte", .subject = "Trou");
	}
	ui_open(f->ui, &view_queue, NULL);
	ui_screen(f, 24, 80);
	for (before = 0; selected(f) != before && n < 301; ui_press(f, "Down"))
		rows[n++] = before = selected(f);
	assert_int_equal(n, 300);
	ui_keys(f, "Home End");
	assert_int_equal(selected(f), rows[299]);
	while (n-- > 0) {
		assert_int_equal(selected(f), rows[n]);
		if (n == 150) {
			ui_press(f, "C-g");
			assert_int_equal(selected(f), rows[n]);
		}
		ui_press(f, "Up");
	}
}

/* Protects: marks stay on their requests over a refresh and go with those that leave the list. */
static void test_marks(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	int64_t ids[8];
	desk_scene_make(f->desk, &s);
	ui_open(f->ui, &view_queue, NULL);
	ui_screen(f, 24, 80);
	assert_int_equal(view_queue.marked(ui_top(f->ui), ids, 8), 0);
	ui_keys(f, "Space Space");
	assert_int_equal(view_queue.marked(ui_top(f->ui), ids, 8), 2);
	ui_must_show(f, "2 marquées");
	fixture_step(f->desk, s.late, STEP_ANSWER, &(struct step_args){ .channel = "phone", .text = "Rebouché." });
	fixture_step(f->desk, s.late, STEP_CLOSE, &(struct step_args){ 0 });
	ui_press(f, "C-g");
	assert_int_equal(view_queue.marked(ui_top(f->ui), ids, 8), 1);
	assert_int_equal(ids[0], scene_row(f->desk, s.promised));
}

/* Protects: a burst of letters is text: it opens the search with them, and none of them acts. */
static void test_burst(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	ui_open(f->ui, &view_queue, NULL);
	ui_screen(f, 24, 80);
	ui_type_burst(f, "pneus dépôt");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_search);
	ui_must_show(f, "pneus dépôt");
	ui_must_show(f, "8 rue du Lavoir");
	assert_int_equal(scene_status(f->desk, s.late), STATUS_REVIEW);
}

/* Protects: an account without a role, or one that only feeds a wall display, sees nobody's name: not by a key, nor by a burst, nor by a figure. */
static void test_nobodys_name(void **state)
{
	static const struct actor wall = { .login = "mur", .name = "Mur", .roles = ROLE_KIOSK };
	static const struct view_ops *const views[] = { &view_todo, &view_queue, &view_deadlines, &view_search };
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	struct view_target t = { .row_id = scene_row(f->desk, s.late), .channel = -1 };
	ui_fixture_as(f, &wall, true);
	ui_open(f->ui, &view_sla, NULL);
	for (size_t i = 0; i < 4; i++)
		ui_open(f->ui, views[i], NULL);
	ui_open(f->ui, &view_request, &t);
	ui_keys(f, "F3 T B E / F2 n D");
	ui_type_burst(f, "lefevre");
	ui_must_not_show(f, "Lefèvre");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_sla);
	ui_fixture_as(f, &fixture_agent, true);
	ui_open(f->ui, &view_search, NULL);
	ui_type(f, "lefevre");
	ui_must_show(f, "Lefèvre");
}

/* Protects: what citizens and colleagues wrote can't act on the terminal, whatever screen it stands on; nor in ASCII. */
static void test_hostile(void **state)
{
	static const char evil[] = "\033]0;pwn\007\033[2Jx\302\233" "31m\342\200\256abc\001";
	struct ui_fixture *f = *state;
	int64_t row;
	fixture_log(f->desk, &(struct call){ .category = "fuite", .subject = evil, .description = evil, .address = evil, .place_detail = evil, .danger = true,
		.commune = "aigues", .requester = WHO({ "name", evil }, { "organisation", evil }, { "needs", evil }) }, &row);
	struct view_target t = { .row_id = row, .channel = -1 };
	ui_open(f->ui, &view_queue, NULL);
	ui_open(f->ui, &view_todo, NULL);
	ui_open(f->ui, &view_request, &t);
	for (int i = 0; i < 3; i++, ui_press(f, "Escape"))
		for (int ascii = 0; ascii < 2; ascii++) {
			f->grid.ascii = ascii;
			for (const char *p = ui_screen(f, 43, 132); *p; p++)
				if ((unsigned char)*p < ' ' && *p != '\n')
					fail_msg("byte %d on the screen", *p);
			assert_null(strstr(text_str(&f->dump), "\342\200\256"));
			assert_null(strstr(text_str(&f->dump), "\302\233"));
			for (const char *p = text_str(&f->dump); ascii && *p; p++)
				assert_true((unsigned char)*p < 0x80);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_screens, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_service, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_windows, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_drilled, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_pages, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_marks, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_nobodys_name, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_hostile, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_burst, ui_fixture_setup, ui_fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
