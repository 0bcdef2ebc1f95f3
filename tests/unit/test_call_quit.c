// SPDX-License-Identifier: GPL-3.0-or-later
/* Signing out with calls that were begun: none is forgotten, each goes somewhere; and what the team sees of those left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "call_scene.h"

static void at_work(struct ui_fixture *f)
{
	ui_fixture_as(f, &fixture_agent, false);
	ui_open(f->ui, &view_todo, NULL);
}

/* Protects the end of a day with nothing begun: quitting asks nothing. */
static void test_nothing_begun(void **state)
{
	struct ui_fixture *f = *state;
	int64_t other = 0;
	at_work(f);
	assert_int_equal(store_put_draft(f->desk->store, &other, NULL, "somebody.else", "{\"subject\":\"Trou\"}", NULL), GUICHET_OK);
	ui_press(f, "C-q");
	assert_true(ui_quitting(f->ui));
	assert_int_equal(call_draft_count(f), 1);
}

/* Protects each draft of who signs out: asked about one by one, kept by Enter, and then the team's. */
static void test_kept(void **state)
{
	struct ui_fixture *f = *state;
	at_work(f);
	ui_keys(f, "n '0644556677' Tab 'Durand' Tab 'Trou' Escape n '0655667788' Tab 'Petit' C-q");
	assert_false(ui_quitting(f->ui));
	ui_must_show(f, "Non enregistré");
	ui_must_show(f, "Durand");
	ui_must_show(f, "l'équipe le voit après 30 minutes");
	ui_golden(f, "call-quit");
	/* Escape: one stays. */
	ui_press(f, "Escape");
	assert_false(ui_quitting(f->ui));
	ui_keys(f, "C-q Enter");
	ui_must_show(f, "Petit");
	assert_false(ui_quitting(f->ui));
	ui_press(f, "Enter");
	assert_true(ui_quitting(f->ui));
	assert_int_equal(call_draft_count(f), 2);
}

/* Protects what is validated at the last moment: its reference is shown before anything else goes on. */
static void test_validated(void **state)
{
	struct ui_fixture *f = *state;
	at_work(f);
	ui_keys(f, "n '0644556677' Tab 'Durand' Tab 'Trou' C-q Down Enter");
	assert_false(ui_quitting(f->ui));
	ui_must_show(f, "Référence");
	assert_int_equal(call_requests(f), 1);
	assert_int_equal(call_draft_count(f), 0);
	/* One that can't be is shown with what is wrong. */
	ui_keys(f, "n '0655667788' Tab 'Petit' Escape Escape C-q Down Enter");
	assert_false(ui_quitting(f->ui));
	ui_must_show(f, "à remplir : la demande en quelques mots");
	ui_must_show(f, "Petit");
	assert_int_equal(call_requests(f), 1);
}

/* Protects the count of calls: what is thrown away leaves its outcome, and the form does not bring it back. */
static void test_discarded(void **state)
{
	struct ui_fixture *f = *state;
	at_work(f);
	ui_keys(f, "n '0644556677' Tab 'Durand' C-q Down Down Enter");
	ui_must_show(f, "Pourquoi jeter");
	ui_keys(f, "'coup' Enter");
	assert_true(ui_quitting(f->ui));
	assert_int_equal(call_draft_count(f), 0);
	char *contact = call_last_contact(f);
	assert_string_equal(contact, "phone hung_up 0");
	free(contact);
}

/* The last screen closed by Escape is an end as well. */
static void test_last_screen(void **state)
{
	struct ui_fixture *f = *state;
	at_work(f);
	ui_keys(f, "n '0644556677' Tab 'Durand' Escape Escape");
	assert_false(ui_quitting(f->ui));
	ui_must_show(f, "Non enregistré");
	ui_press(f, "Enter");
	assert_true(ui_quitting(f->ui));
}

/* Protects what was typed when the process ends by itself: nobody is asked, all is kept. */
static void test_ended_from_outside(void **state)
{
	struct ui_fixture *f = *state;
	at_work(f);
	ui_keys(f, "n '0644556677' Tab 'Durand' Tab 'Trou'");
	ui_fixture_as(f, &fixture_agent, false);
	struct call_draft_rows d = call_drafts(f);
	assert_int_equal(d.count, 1);
	assert_non_null(strstr(d.fields, "Trou"));
	free(d.fields);
}

/* Protects from drafts that nobody remembers: after half an hour they stand on top of everybody's À faire, until they are dealt with. */
static void test_forgotten_shows_to_the_team(void **state)
{
	struct ui_fixture *f = *state;
	int64_t draft = 0;
	at_work(f);
	assert_int_equal(store_put_draft(f->desk->store, &draft, NULL, "somebody.else", "{\"subject\":\"Arbre\"}", NULL), GUICHET_OK);
	f->desk->now_ms += 29 * 60000;
	ui_tick(f->ui);
	ui_must_not_show(f, "oubliée");
	f->desk->now_ms += 2 * 60000;
	ui_tick(f->ui);
	ui_must_show(f, "!! 1 saisie oubliée depuis plus de 30 minutes");
	ui_golden(f, "todo-forgotten");
	ui_keys(f, "D x");
	ui_keys(f, "'essai' Enter Escape");
	ui_must_not_show(f, "oubliée");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, ui_fixture_setup, ui_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_nothing_begun), TEST(test_kept), TEST(test_validated), TEST(test_discarded), TEST(test_last_screen),
		TEST(test_ended_from_outside), TEST(test_forgotten_shows_to_the_team) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
