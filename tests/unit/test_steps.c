// SPDX-License-Identifier: GPL-3.0-or-later
/* Steps from a screen: what each action asks, what it refuses and when, several requests at once, taking back. */
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

static void show(struct ui_fixture *f, int64_t reference)
{
	struct view_target t = { .row_id = scene_row(f->desk, reference), .channel = -1 };
	ui_open(f->ui, &view_request, &t);
	ui_screen(f, 24, 80);
}

static size_t op_count(struct ui_fixture *f, int64_t reference)
{
	struct loaded l = scene_load(f->desk, reference);
	size_t n = l.op_count;
	loaded_done(&l);
	return n;
}

/* Protects: a letter that changes a request asks on one line, whose answer is Non by default; only `o` does it. */
static void test_asks_first(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	show(f, s.at_risk);
	static const char *const no[] = { "Enter", "Escape", "F12", "n" };
	for (size_t i = 0; i < 4; i++) {
		ui_press(f, "p");
		ui_must_show(f, "prise en charge ?");
		ui_press(f, no[i]);
		assert_int_equal(scene_status(f->desk, s.at_risk), STATUS_ROUTED);
	}
	ui_keys(f, "p o");
	assert_int_equal(scene_status(f->desk, s.at_risk), STATUS_REVIEW);
	ui_must_show(f, "prise en charge   (u défait)");
}

/* Protects: giving up at any question changes nothing and leaves nothing half asked. */
static void test_given_up(void **state)
{
	static const char *const scripts[] = { "t Escape", "o Escape", "o 'B12' Enter Escape", "o 'B12' Enter 'Régie' Enter Escape", "r Escape", "r Enter Escape", "c Escape",
		"w Escape", "w Enter Escape", "f Escape", "k Escape", "i Enter Escape", "g Escape", "l Escape", "a Escape", "F7 Escape", "k F8", "f Enter", "v Escape", "d Escape", "m Enter" };
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	show(f, s.late);
	size_t before = op_count(f, s.late);
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
		ui_keys(f, scripts[i]);
		if (op_count(f, s.late) != before)
			fail_msg("« %s » changed the request", scripts[i]);
		/* A key of the view works: nothing lies over it. */
		ui_press(f, "e");
		ui_must_show(f, "Pourquoi ces échéances");
		ui_press(f, "Escape");
	}
}

/* Protects: each action's questions reach the step that they are for. */
static void test_each_action(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	show(f, s.late);
	ui_keys(f, "k 'Vu sur place.' F8");
	ui_must_show(f, "note ajoutée");
	ui_keys(f, "i 'tel' Enter 'On arrive jeudi.' C-v");
	ui_must_show(f, "réponse d'attente enregistrée");
	ui_keys(f, "g '30/11/2026' Enter 'météo' Enter 'tel' Enter");
	ui_must_show(f, "engagement noté");
	ui_keys(f, "a Enter");
	ui_must_show(f, "attribuée");
	ui_keys(f, "w 'usager' Enter 'une photo' Enter");
	assert_int_equal(scene_status(f->desk, s.late), STATUS_WAITING);
	ui_keys(f, "w o");
	assert_int_equal(scene_status(f->desk, s.late), STATUS_REVIEW);
	ui_keys(f, "o 'OT-77' Enter 'Régie' Enter '27/11/2026' Enter");
	assert_int_equal(scene_status(f->desk, s.late), STATUS_ORDERED);
	ui_keys(f, "m o");
	ui_must_show(f, "service relancé");
	ui_keys(f, "d o");
	assert_int_equal(scene_status(f->desk, s.late), STATUS_DONE);
	ui_keys(f, "r 'tel' Enter 'Le trou est rebouché.' F8");
	assert_int_equal(scene_status(f->desk, s.late), STATUS_ANSWERED);
	ui_keys(f, "c Enter");
	assert_int_equal(scene_status(f->desk, s.late), STATUS_CLOSED);
	ui_keys(f, "y 'il est revenu' Enter");
	assert_int_equal(scene_status(f->desk, s.late), STATUS_ROUTED);
	ui_keys(f, "t 'nett' Enter");
	assert_int_equal(scene_status(f->desk, s.late), STATUS_ROUTED);
	ui_keys(f, "f 'une affaire de chaussée' Enter");
	assert_int_equal(scene_status(f->desk, s.late), STATUS_NEW);
	ui_keys(f, "v 'ville' Enter 'tel' Enter 'Appelez la mairie.' F8");
	assert_int_equal(scene_status(f->desk, s.late), STATUS_REDIRECTED);
	struct loaded l = scene_load(f->desk, s.late);
	assert_string_equal(l.request.orders[0].number, "OT-77");
	assert_string_equal(l.request.orders[0].contractor, "Régie");
	assert_int_equal(l.request.reminders, 1);
	assert_true(l.request.notice_given);
	assert_int_equal(paris_day(l.request.promises[l.request.promise_count - 1].date_ms), day_from_date(2026, 11, 30));
	loaded_done(&l);
	show(f, s.leak);
	ui_keys(f, "z 'M. Blanc, astreinte' Enter");
	ui_must_not_show(f, "NON TRANSMIS");
}

/* Protects: what can't be done now, or by this person, is said before anything is asked; the message names what is needed. */
static void test_refused_at_once(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	show(f, s.closed);
	ui_press(f, "p");
	ui_must_show(f, "seule une demande enregistrée ou transmise se prend en charge");
	ui_press(f, "r");
	ui_must_show(f, "rouvrez-la d'abord");
	ui_fixture_as(f, &fixture_agent, false);
	show(f, s.late);
	ui_press(f, "d");
	ui_must_show(f, "rôle requis");
	ui_fixture_as(f, &road_worker, false);
	show(f, s.at_risk);
	ui_press(f, "p");
	ui_must_show(f, "qui n'est pas le vôtre");
	assert_int_equal(scene_status(f->desk, s.at_risk), STATUS_ROUTED);
}

/* Protects: the bottom line offers what works on this request for this person, and nothing else. */
static void test_offered(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	show(f, s.closed);
	assert_null(strstr(ui_screen(f, 43, 160), "p Prendre"));
	show(f, s.at_risk);
	assert_non_null(strstr(ui_screen(f, 43, 160), "p Prendre"));
	ui_fixture_as(f, &fixture_agent, false);
	show(f, s.late);
	assert_null(strstr(ui_screen(f, 43, 160), "o Commander"));
	ui_fixture_as(f, &road_worker, false);
	show(f, s.late);
	assert_non_null(strstr(ui_screen(f, 43, 160), "o Commander"));
	ui_fixture_as(f, &fixture_chief, true);
	show(f, s.late);
	assert_null(strstr(ui_screen(f, 43, 160), "o Commander"));
}

/* Protects: read-only refuses each of these letters, and undo. */
static void test_read_only(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	size_t before = op_count(f, s.late);
	ui_fixture_as(f, &fixture_chief, true);
	show(f, s.late);
	static const char *const letters[] = { "p", "t", "o", "d", "r", "c", "w", "f", "v", "k", "i", "g", "l", "a", "m", "z", "y", "u", "F6", "F7" };
	for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
		ui_press(f, "Down");
		ui_press(f, letters[i]);
		ui_must_show(f, "lecture seule : rien ne s'enregistre");
		ui_press(f, "o");
	}
	assert_int_equal(op_count(f, s.late), before);
}

/* Protects: a value that can't be right is told at once and asked again as it was typed; the right one then goes through. */
static void test_wrong_values(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	show(f, s.late);
	ui_keys(f, "g '31/02/2027' Enter");
	ui_must_show(f, "31/02/2027");
	ui_must_show(f, "Promis au plus tard le");
	ui_keys(f, "C-u '03/12/2026' Enter 'travaux' Enter 'tel' Enter");
	ui_must_show(f, "engagement noté");
	ui_keys(f, "l '12 34 56 78' Enter");
	ui_must_show(f, "Rattacher à la demande n°");
	ui_keys(f, "Escape");
	ui_keys(f, "F7 '01/01/2020' Enter");
	ui_must_show(f, "un rappel se prévoit à un moment à venir");
	assert_int_equal(scene_status(f->desk, s.late), STATUS_REVIEW);
}

/* Protects: a call-back that is due is answered by its result; who was not reached gets a next date, who was is not asked for one. */
static void test_callback(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	show(f, s.callback);
	ui_keys(f, "F7");
	ui_must_show(f, "le rappel est fait");
	ui_keys(f, "'absent' Enter '25/11/2026 14:00' Enter");
	ui_must_show(f, "rappel noté");
	ui_must_show(f, "essais : 1");
	struct loaded l = scene_load(f->desk, s.callback);
	assert_false(l.request.callbacks[0].done);
	assert_int_equal(l.request.callbacks[0].at_ms, paris_instant(day_from_date(2026, 11, 25), 14 * 60));
	loaded_done(&l);
	ui_keys(f, "F7 'autre' Enter 'sa fille a décroché' Enter Enter");
	ui_keys(f, "F7 'joint' Enter");
	l = scene_load(f->desk, s.callback);
	assert_true(l.request.callbacks[0].done);
	assert_int_equal(l.request.callbacks[0].attempts, 2);
	loaded_done(&l);
}

/* Protects: several at once: who would be refused and why is shown first; the others go in one step, which u takes back whole. */
static void test_bulk(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	ui_open(f->ui, &view_queue, NULL);
	ui_screen(f, 24, 80);
	/* The first is in hand already. */
	ui_keys(f, "Space Space Space p");
	ui_must_show(f, "le faire pour 2 demandes, en laisser 1");
	ui_must_show(f, "se prend en charge");
	ui_golden(f, "steps-bulk");
	ui_press(f, "Enter");
	assert_int_equal(scene_status(f->desk, s.promised), STATUS_ROUTED);
	ui_keys(f, "p o");
	ui_must_show(f, "2 demandes : prise en charge");
	assert_int_equal(scene_status(f->desk, s.promised), STATUS_REVIEW);
	assert_int_equal(scene_status(f->desk, s.at_risk), STATUS_REVIEW);
	ui_press(f, "u");
	ui_must_show(f, "(2 demandes)");
	assert_int_equal(scene_status(f->desk, s.promised), STATUS_ROUTED);
	assert_int_equal(scene_status(f->desk, s.at_risk), STATUS_ROUTED);
	assert_int_equal(scene_status(f->desk, s.late), STATUS_REVIEW);
}

/* Protects: where none of them may, they are listed with their reasons and nothing is done. */
static void test_bulk_all_refused(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	ui_fixture_as(f, &fixture_agent, false);
	ui_open(f->ui, &view_queue, NULL);
	ui_screen(f, 24, 80);
	ui_keys(f, "Space Space d");
	ui_must_show(f, "Aucune de ces demandes ne le permet");
	ui_press(f, "Escape");
	assert_int_equal(scene_status(f->desk, s.late), STATUS_REVIEW);
}

/* Protects: an incident's answer goes to those who are linked to it once their list was seen, each in the way that reaches them. */
static void test_children(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	show(f, s.incident);
	ui_keys(f, "p o r 'tel' Enter 'Tout est ramassé.' F8");
	ui_must_show(f, "à cette demande et aux 3 qui lui sont rattachées");
	ui_press(f, "Enter");
	ui_must_show(f, "Petit, par courriel");
	ui_must_show(f, "anonyme : clôturée sans réponse");
	ui_golden(f, "steps-children");
	ui_press(f, "o");
	ui_must_show(f, "4 demandes : réponse enregistrée");
	assert_int_equal(scene_status(f->desk, s.incident), STATUS_ANSWERED);
	assert_int_equal(scene_status(f->desk, s.children[0]), STATUS_ANSWERED);
	assert_int_equal(scene_status(f->desk, s.children[1]), STATUS_ANSWERED);
	assert_int_equal(scene_status(f->desk, s.children[2]), STATUS_CLOSED);
	/* What was told can't be untold, and u is not offered. */
	ui_must_not_show(f, "u défait");
	ui_keys(f, "u o");
	ui_must_show(f, "cela ne s'annule plus");
	assert_int_equal(scene_status(f->desk, s.incident), STATUS_ANSWERED);
}

/* Protects: the answer may be for this one alone. */
static void test_not_the_children(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	show(f, s.incident);
	ui_keys(f, "p o");
	ui_keys(f, "r 'tel' Enter 'Ramassé chez vous.' F8 'seulement' Enter");
	assert_int_equal(scene_status(f->desk, s.incident), STATUS_ANSWERED);
	assert_int_equal(scene_status(f->desk, s.children[0]), STATUS_DUPLICATE);
}

/* Protects: closing an incident closes what was answered with it, and u opens all of it again. */
static void test_undo_what_followed(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	show(f, s.incident);
	ui_keys(f, "p o r 'tel' Enter 'Tout est ramassé.' F8 Enter o c Enter");
	assert_int_equal(scene_status(f->desk, s.children[0]), STATUS_CLOSED);
	ui_press(f, "u");
	assert_int_equal(scene_status(f->desk, s.incident), STATUS_ANSWERED);
	assert_int_equal(scene_status(f->desk, s.children[0]), STATUS_ANSWERED);
}

/* Protects: u takes back only what this person did last; once more asks before it goes further back, and what somebody else did since is not touched. */
static void test_undo(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	show(f, s.unsorted);
	ui_press(f, "u");
	ui_must_show(f, "défaire votre dernière étape ?");
	ui_press(f, "Enter");
	ui_keys(f, "t 'voirie' Enter");
	assert_int_equal(scene_status(f->desk, s.unsorted), STATUS_ROUTED);
	ui_press(f, "u");
	assert_int_equal(scene_status(f->desk, s.unsorted), STATUS_NEW);
	ui_keys(f, "t 'voirie' Enter");
	struct step_args none = { 0 };
	assert_int_equal(desk_step(f->desk->store, &road_worker, s.unsorted, STEP_TAKE, &none, NULL, &f->desk->err), GUICHET_OK);
	ui_press(f, "u");
	assert_int_equal(scene_status(f->desk, s.unsorted), STATUS_REVIEW);
}

/* Protects: what another guichet did while the questions were being asked is not overwritten: the step is refused and said. */
static void test_changed_meanwhile(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	show(f, s.late);
	ui_keys(f, "o 'OT-1' Enter 'Régie' Enter");
	fixture_step(f->desk, s.late, STEP_ANSWER, &(struct step_args){ .channel = "phone", .text = "Rebouché hier." });
	size_t before = op_count(f, s.late);
	ui_press(f, "Enter");
	ui_must_show(f, "les travaux se commandent après la prise en charge");
	assert_int_equal(op_count(f, s.late), before);
	assert_int_equal(scene_status(f->desk, s.late), STATUS_ANSWERED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ui_fixture_setup, ui_fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_asks_first), TEST(test_given_up), TEST(test_each_action), TEST(test_refused_at_once), TEST(test_offered), TEST(test_read_only),
		TEST(test_wrong_values), TEST(test_callback), TEST(test_bulk), TEST(test_bulk_all_refused), TEST(test_children), TEST(test_not_the_children), TEST(test_undo_what_followed),
		TEST(test_undo), TEST(test_changed_meanwhile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
