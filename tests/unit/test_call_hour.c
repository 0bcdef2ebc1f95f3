// SPDX-License-Identifier: GPL-3.0-or-later
/* An agent's hard hour, call by call, with the keys that are not text counted: what is recorded, and what it costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "call_scene.h"

static void contact_is(struct ui_fixture *f, const char *expected)
{
	char *contact = call_last_contact(f);
	assert_string_equal(contact, expected);
	free(contact);
}

static struct loaded newest_loaded(struct ui_fixture *f)
{
	struct loaded l;
	assert_int_equal(store_load_id(f->desk->store, call_newest(f).id, &l, NULL), GUICHET_OK);
	return l;
}

/* Protects the statistics of calls from costing time: a wrong number and a call that is passed on, two keys each, form open. */
static void test_no_request(void **state)
{
	struct ui_fixture *f = *state;
	call_open(f);
	assert_int_equal(call_play(f, "'0699887766' C-d f", false), 2);
	contact_is(f, "phone wrong_number 0");
	assert_int_equal(call_play(f, "C-d t", false), 2);
	contact_is(f, "phone transferred 0");
	assert_int_equal(call_requests(f), 0);
	assert_int_equal(call_draft_count(f), 0);
}

/* Protects the request of somebody whose line drops: what was said is recorded, and they are rung back; nothing said is only a call that was cut. */
static void test_dropped(void **state)
{
	struct ui_fixture *f = *state;
	call_open(f);
	assert_int_equal(call_play(f, "'0699887766' Tab 'Le Go' C-d c", false), 3);
	contact_is(f, "phone hung_up 0");
	assert_int_equal(call_requests(f), 0);
	assert_int_equal(call_play(f, "'0699887766' Tab 'Le Goff' Tab 'Le trottoir s est affaissé' C-d c", false), 4);
	ui_must_show(f, "enregistrer la demande, rappel à faire");
	ui_golden(f, "call-cut-off");
	ui_press(f, "Enter");
	ui_must_show(f, "Référence");
	struct loaded l = newest_loaded(f);
	assert_int_equal(l.request.callback_count, 1);
	assert_int_equal(l.request.callbacks[0].at_ms, f->desk->now_ms + 10 * 60000);
	loaded_done(&l);
	/* Or not. */
	ui_keys(f, "n Tab 'Anonyme' Tab 'Trou' C-d c Down Enter");
	contact_is(f, "phone hung_up 0");
	assert_int_equal(call_requests(f), 1);
}

/* Protects "vous m'avez promis avant mardi": number, promise in sight, two keys with F2 note the call; what they add is one field. */
static void test_rings_about_a_promise(void **state)
{
	struct ui_fixture *f = *state;
	call_lefevre(f);
	f->desk->now_ms += 10 * 24 * 3600000LL;
	call_open(f);
	ui_type(f, "0612345678");
	ui_must_show(f, "mer. 02/12 NON TENU");
	ui_must_show(f, "EN RETARD");
	ui_press(f, "F6");
	contact_is(f, "phone chased 1");
	ui_must_show(f, "l'usager relance");
	ui_must_show(f, "mercredi 2 décembre 2026");
	assert_int_equal(call_requests(f), 1);
}

/* Protects a name spelled out by somebody whose number does not show: those known by it are told of, and one key lists them. */
static void test_spelled(void **state)
{
	struct ui_fixture *f = *state;
	call_lefevre(f);
	call_open(f);
	ui_keys(f, "Tab 'lefevre' Tab");
	ui_must_show(f, "1 connu de ce nom");
	ui_keys(f, "S-Tab F4");
	ui_must_show(f, "06 12 34 56 78");
	ui_press(f, "Enter");
	ui_must_show(f, "1 demande, 1 en cours");
	ui_must_show(f, "▸ Objet");
}

/* Protects those who do not give their name: joined to what a neighbour reported, without a file of them. */
static void test_anonymous_joins(void **state)
{
	struct ui_fixture *f = *state;
	call_lefevre(f);
	call_open(f);
	int keys = call_play(f, "Tab Tab 'Trou' Tab 'nid' Tab 'aigues' Tab '8 rue des Lilas' F6", false);
	assert_int_equal(keys, 6);
	contact_is(f, "phone added 1");
	assert_int_equal(call_requests(f), 1);
}

/* Protects from a danger that nobody is told of: flagged on any category it shows whom to call, and stays NON TRANSMIS until somebody is noted. */
static void test_danger_by_hand(void **state)
{
	struct ui_fixture *f = *state;
	call_open(f);
	ui_keys(f, "'0644556677' Tab Tab 'Plaque ouverte sur la chaussée' Tab 'nid' Tab C-s d 'oui' Tab");
	ui_must_show(f, "DANGER");
	ui_must_show(f, "01 23 45 67 80");
	ui_keys(f, "F8 F8");
	ui_must_show(f, "DANGER NON TRANSMIS");
	struct loaded l = newest_loaded(f);
	assert_true(request_danger_untold(&l.request));
	loaded_done(&l);
	ui_keys(f, "z 'M. Roux' Enter");
	ui_must_not_show(f, "NON TRANSMIS");
	l = newest_loaded(f);
	assert_false(request_danger_untold(&l.request));
	assert_string_equal(l.request.dangers_told[0].who, "M. Roux");
	loaded_done(&l);
	/* Told while it is typed: no alarm afterwards. */
	ui_keys(f, "n '0644556677' Tab Tab 'Fuite' Tab 'fui' Tab F8 'astreinte' F8");
	ui_must_not_show(f, "NON TRANSMIS");
}

/* Protects the citizen from an answer that says nothing: blanks and empty lines are none. */
static void test_empty_answer(void **state)
{
	struct ui_fixture *f = *state;
	call_open(f);
	ui_keys(f, "'0644556677' Tab Tab 'Heures' Tab 'hor' Tab F9 ' ' Enter ' ' F8");
	ui_must_show(f, "réponse vide");
	assert_int_equal(call_requests(f), 0);
	assert_int_equal(call_draft_count(f), 1);
	ui_must_show(f, "Heures");
}

/* Protects who opens the post: the same key goes on to the next channel while nothing is typed, and never once something is. */
static void test_next_channel(void **state)
{
	struct ui_fixture *f = *state;
	call_open(f);
	ui_press(f, "F2");
	ui_must_show(f, "▸ Courriel");
	ui_press(f, "F2");
	ui_must_show(f, "▸ Arrivé le");
	ui_keys(f, "F2 F2");
	ui_must_show(f, "▸ Téléphone");
	ui_keys(f, "'06' F2");
	ui_must_show(f, "mise de côté");
	ui_must_show(f, "▸ Téléphone");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, ui_fixture_setup, ui_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_no_request), TEST(test_dropped), TEST(test_rings_about_a_promise), TEST(test_spelled), TEST(test_anonymous_joins),
		TEST(test_danger_by_hand), TEST(test_empty_answer), TEST(test_next_channel) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
