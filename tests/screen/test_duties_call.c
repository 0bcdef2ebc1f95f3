// SPDX-License-Identifier: GPL-3.0-or-later
/* What the form of a call owes to whoever types into it, on a real terminal: who calls and what is known already,
 * lists of values, errors, what is read out, drafts at the end of a day, and texts in any writing. */
#include "session.h"

#include <stdio.h>

enum { REQUESTS = 60, FORGOTTEN_MS = 31 * 60000 };

static struct desk base;
static char waiting[16]; /* what the known caller waits for */

/* Protects from asking twice, and from duplicates: the number alone shows who calls and what they wait for; the
 * place shows what a neighbour reported, and one key gives the call to it: no request more, one contact more. */
static void tells_what_is_known(void **state)
{
	struct session s;
	char pairs[24];
	int64_t requests, contacts;

	(void)state;
	session_open(&s, &base, "s.martin");
	session_type(&s, "F2 '0639981234'");
	snprintf(pairs, sizeof pairs, "%.2s %.2s %.2s", waiting + 4, waiting + 6, waiting + 8);
	session_sees(&s, "Mme Odette Lefèvre");
	session_sees(&s, "2 demandes, 1 en cours");
	session_sees(&s, pairs);
	session_sees(&s, "Bac jamais rendu");
	session_type(&s, "Escape F2 '0639985677' Tab Tab 'Trou dangereux' Tab 'nid' Tab 'Verdane' Tab '14 rue des Lilas'");
	session_sees(&s, "DÉJÀ SIGNALÉ");
	session_sees(&s, pairs);
	requests = session_ask(&s, "SELECT count(*) FROM request");
	contacts = session_ask(&s, "SELECT count(*) FROM contact");
	session_type(&s, "F6");
	session_sees(&s, "Appel joint");
	assert_int_equal(session_ask(&s, "SELECT count(*) FROM request"), requests);
	assert_int_equal(session_ask(&s, "SELECT count(*) FROM contact"), contacts + 1);
	session_close(&s);
}

/* Protects who types in capitals and without accents: lists of values and the search find all the same; a choice and
 * a repeated value are what is stored. */
static void finds_without_accents(void **state)
{
	struct session s;

	(void)state;
	session_open(&s, &base, "s.martin");
	session_type(&s, "F3 'LEFEVRE'");
	session_sees(&s, "Trou devant le 12");
	session_type(&s, "Escape F2 '0639985690' Tab 'M. Ba' Tab 'Lampe' Tab F4 'ECLAIRAGE'");
	session_sees(&s, "Éclairage allumé en plein jour");
	session_type(&s, "Enter F4 'verdane'");
	session_sees(&s, "Verdane");
	session_type(&s, "Enter F8");
	session_sees(&s, "Demande enregistrée");
	session_show_newest(&s);
	session_holds(&s, "commune", "verdane");
	session_type(&s, "n '0639985691' Tab Tab 'Autre lampe' Tab F5 Tab F5 F8");
	session_sees(&s, "Demande enregistrée");
	session_show_newest(&s);
	session_holds(&s, "subject", "Autre lampe");
	session_holds(&s, "commune", "verdane");
	assert_int_equal(
		session_ask(
			&s, "SELECT count(DISTINCT category) FROM (SELECT category FROM request ORDER BY rowid DESC LIMIT 2)"),
		1);
	session_close(&s);
}

/* Protects a conversation that jumps about: what is wrong is said beside its field and holds nobody there, a letter
 * goes to any field; what is recorded is read out, and one key opens the next request of the same person, in the
 * same contact. */
static void never_holds_the_cursor(void **state)
{
	struct session s;
	char large[64];
	const char *r;
	int64_t contacts;

	(void)state;
	session_open(&s, &base, "s.martin");
	contacts = session_ask(&s, "SELECT count(*) FROM contact");
	session_type(&s, "F2 '061234' Tab");
	session_is_on(&s, "Nom");
	session_sees(&s, "! numéro de téléphone « 061234 »");
	session_type(&s, "F8");
	session_sees(&s, "! à remplir : la demande");
	assert_int_equal(session_ask(&s, "SELECT count(*) FROM contact"), contacts);
	session_is_on(&s, "Téléphone");
	session_type(&s, "C-s");
	session_sees(&s, "t Téléphone");
	session_type(&s, "o");
	session_is_on(&s, "Objet");
	session_type(&s, "'Trou' C-s t C-u '0639985692'");
	session_is_on(&s, "Téléphone");
	session_type(&s, "F8");
	session_sees(&s, "Demande enregistrée");
	session_show_newest(&s);
	r = script_field(&s.desk, 0, "service_request_id");
	snprintf(large, sizeof large, "%c %c   %c %c   %c %c   %c %c   %c %c", r[0], r[1], r[2], r[3], r[4], r[5], r[6],
		r[7], r[8], r[9]);
	session_sees(&s, large);
	session_type(&s, "Enter 'Et un arbre' F8");
	session_sees(&s, "Demande enregistrée");
	session_show_newest(&s);
	session_holds(&s, "requester.phone", "+33639985692");
	assert_int_equal(session_ask(&s, "SELECT count(*) FROM contact"), contacts + 1);
	session_close(&s);
}

/* Protects the request of a day that ends: signing out asks what becomes of a call that was begun, and why it is
 * thrown away; one that was kept and forgotten shows to somebody else after half an hour. */
static void forgets_no_draft(void **state)
{
	static const char cut[] = "SELECT count(*) FROM contact WHERE outcome = 'hung_up'";
	struct session s;
	int64_t before;

	(void)state;
	session_open(&s, &base, "s.martin");
	before = session_ask(&s, cut);
	session_type(&s, "F2 '0639985693' Tab 'Mme Roy' C-q");
	session_sees(&s, "Non enregistré");
	session_type(&s, "Down Down Enter");
	session_sees(&s, "Pourquoi jeter");
	assert_int_equal(session_ask(&s, "SELECT count(*) FROM draft"), 1);
	session_type(&s, "Escape");
	assert_false(s.p.ended);
	session_type(&s, "C-q");
	pty_type(&s.p, "\r");
	assert_true(pty_wait_end(&s.p));
	pty_done(&s.p);
	session_open_at(&s, "a.benali", 24, 80);
	session_misses(&s, "oubliée");
	session_pass(&s, FORGOTTEN_MS);
	session_sees(&s, "!! 1 saisie oubliée depuis plus de 30 minutes");
	session_type(&s, "D");
	session_sees(&s, "06 39 98 56 93");
	session_type(&s, "x 'coup' Enter");
	assert_int_equal(session_ask(&s, "SELECT count(*) FROM draft"), 0);
	assert_int_equal(session_ask(&s, cut), before + 1);
	session_close(&s);
}

/* Protects the citizen from an answer that says nothing: F9 asks for it, and neither nothing nor blanks are one. */
static void answers_with_words(void **state)
{
	struct session s;
	int64_t requests;

	(void)state;
	session_open(&s, &base, "s.martin");
	requests = session_ask(&s, "SELECT count(*) FROM request");
	session_type(&s, "F2 '0639985694' Tab Tab 'Heures de la déchèterie' Tab 'Jours et horaires de collecte' Tab F9");
	for (int blank = 0; blank < 2; blank++) {
		session_send(&s, "ecrire\r");
		session_sees(&s, "Réponse donnée");
		session_type(&s, blank ? "'  ' Enter ' ' F8" : "F8");
		session_sees(&s, "réponse vide : rien n'est enregistré");
		assert_int_equal(session_ask(&s, "SELECT count(*) FROM request"), requests);
		session_type(&s, "F9");
	}
	session_send(&s, "ecrire\r");
	session_type(&s, "'De 9 h à 18 h.' F8");
	session_sees(&s, "Répondue et clôturée");
	assert_int_equal(session_ask(&s, "SELECT count(*) FROM request"), requests + 1);
	session_close(&s);
}

/* Protects names from other keyboards: an accent typed after its letter is stored with it; wide characters, and the
 * mark of one that would turn the line around, take the columns that they show in: the line between form and caller
 * stays straight. */
static void keeps_columns_in_any_writing(void **state)
{
	struct session s;
	int col = -1, rows = 0;

	(void)state;
	session_open(&s, &base, "s.martin");
	session_type(&s,
		"F2 '0639985695' Tab 'Mme Rene\xCC\x81"
		"e Nguye\xCC\x82\xCC\x83n' Tab '東京 \xF0\x9F\x9A\xB2 cafe\xCC\x81 \xE2\x80\xAErtl' Tab Tab Tab '東京東京東京' Tab");
	session_sees(&s, "Renée Nguyễn");
	session_sees(&s, "東京 🚲 café");
	for (int row = 0; row < s.p.vt.rows; row++)
		for (int c = 0; c < s.p.vt.cols; c++)
			if (!strncmp(s.p.vt.cells[row * s.p.vt.cols + c].bytes, "│", 3) &&
				s.p.vt.cells[row * s.p.vt.cols + c].length == 3) {
				assert_true(col < 0 || c == col);
				col = c;
				rows++;
			}
	assert_true(rows >= 10);
	assert_int_equal(s.p.vt.outside, 0);
	session_type(&s, "F8");
	session_sees(&s, "Demande enregistrée");
	session_show_newest(&s);
	session_holds(&s, "requester.name", "Renée Nguyễn");
	assert_null(strstr(text_str(&s.desk.said), "e\xCC\x81"));
	session_close(&s);
}

static int make_desk(void **state)
{
	char ended[16];

	(void)state;
	if (!desk_make(&base, REQUESTS) || !desk_know_caller(&base, "s.martin", waiting))
		return 1;
	if (DESK_RUN(&base, "--json", "--as", "s.martin", "log", "--channel", "phone", "--category", "bac-casse",
			"--subject", "Bac jamais rendu", "--phone", "06 39 98 12 34"))
		return 1;
	snprintf(ended, sizeof ended, "%s", script_field(&base, 0, "service_request_id"));
	if (DESK_RUN(&base, "take", ended) ||
		DESK_RUN(&base, "answer", ended, "--channel", "phone", "--text", "Rendu hier") ||
		DESK_RUN(&base, "close", ended))
		return 1;
	return 0;
}

static int end_desk(void **state)
{
	(void)state;
	desk_done(&base);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_is_known),
		cmocka_unit_test(finds_without_accents),
		cmocka_unit_test(never_holds_the_cursor),
		cmocka_unit_test(forgets_no_draft),
		cmocka_unit_test(answers_with_words),
		cmocka_unit_test(keeps_columns_in_any_writing),
	};

	return cmocka_run_group_tests_name("duties of the call", tests, make_desk, end_desk);
}
