// SPDX-License-Identifier: GPL-3.0-or-later
/* Two desks and a real server: one works on its screens in a pseudo-terminal, the other by commands. What comes while one looks, what waits while the server is away,
 * and a conflict that both find and one settles. Time is the machine's: each wait is for something to be seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "office.h"

/* `one` is on its screens as s.martin; `two` types commands as p.durand, and supervises as c.lefevre. */
static struct office w;
static struct place one, two;

static int setup(void **state)
{
	static const char ini[] = "may_act = \"*\"\n[account:s.martin]\nname = \"S. Martin\"\nroles = \"agent\"\n[account:p.durand]\nroles = \"agent\"\n"
		"[account:c.lefevre]\nroles = \"supervisor\"";
	(void)state;
	office_open(&w, "");
	office_enrol(&w, &one, "un", "agent", ini);
	office_enrol(&w, &two, "deux", "supervisor", ini);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	office_close(&w);
	return 0;
}

/* The one desk as its user sees it; the reference of a request that both hold. */
static void open_screens(struct pty *p, char reference[16])
{
	char *argv[] = { w.guichet, (char *)(uintptr_t)"--as", (char *)(uintptr_t)"s.martin", NULL }, command[64];
	office_at(&w, &two, "\"$G\" --as p.durand --json log --channel phone --category nid-de-poule --subject 'Trou rue des Lilas' >\"$HOME/logged\" && \"$G\" sync >\"$HOME/synced\" && "
		"sed 's/.*\"service_request_id\": *\"\\([0-9]*\\)\".*/\\1/' \"$HOME/logged\"");
	snprintf(reference, 16, "%.10s", text_str(&w.said));
	office_at(&w, &one, "\"$G\" sync");
	assert_true(pty_start(p, 24, 80, "xterm-256color", one.environment, argv));
	office_sees(p, "en ligne");
	pty_type(p, ":");
	pty_settle(p, 50);
	snprintf(command, sizeof command, "ouvrir %s\r", reference);
	office_types(p, command, "Trou rue des Lilas");
}

/* Protects: what another desk does to the request that one looks at is shown at once, and who did it. */
static void test_shown_while_looking(void **state)
{
	struct pty p;
	char reference[16];
	(void)state;
	open_screens(&p, reference);
	office_at(&w, &two, "\"$G\" --as p.durand edit %s place_detail='devant le 3' && \"$G\" sync", reference);
	office_sees(&p, "vient de changer : p.durand");
	office_sees(&p, "devant le 3");
	pty_done(&p);
}

/* Protects: while the server is away work goes on, is shown as unsent, with the reason; back, one key sends it; what was written on both sides at once is found by both,
 * settled by one choice, and both stores say the same. */
static void test_away_and_back(void **state)
{
	struct pty p;
	char reference[16];
	(void)state;
	open_screens(&p, reference);
	office_stop_server(&w);
	office_types(&p, "t", "Transmettre à");
	pty_type(&p, "nettoyage");
	office_sees(&p, "Nettoyage");
	office_types(&p, "\r", "transmise   1 à envoyer");
	office_sees(&p, "1 à envoyer");
	office_sees(&p, "HORS LIGNE");
	office_types(&p, "Y", "HORS LIGNE, tout est gardé");
	office_sees(&p, "le serveur ne répond pas");
	office_sees(&p, "transmise au service · s.martin");
	office_at(&w, &two, "\"$G\" --as p.durand route %s dechets", reference);
	office_start_server(&w);
	office_types(&p, "s", "en ligne");
	office_sees(&p, "0 à envoyer");
	office_at(&w, &two, "\"$G\" sync && \"$G\" conflicts");
	assert_non_null(strstr(text_str(&w.said), "ou       Nettoyage : s.martin"));
	office_sees(&p, "conflits 1");
	office_sees(&p, "Gestion des déchets (affichée) · p.durand");
	office_types(&p, "R", "quelle valeur garder");
	pty_type(&p, "nettoyage");
	pty_settle(&p, 50);
	office_types(&p, "\r", "garder « Nettoyage »");
	office_types(&p, "o", "conflit réglé");
	if (!pty_wait_gone(&p, "conflits 1"))
		fail_msg("the conflict stays");
	office_sees(&p, "0 à envoyer");
	office_at(&w, &two, "\"$G\" sync && \"$G\" conflicts");
	assert_non_null(strstr(text_str(&w.said), "Aucun conflit"));
	/* Whole once both have read the other's: the screens are closed for it. */
	pty_done(&p);
	office_at(&w, &one, "\"$G\" sync >/dev/null; \"$G\" verify --hash >\"$W/a\"");
	office_at(&w, &two, "\"$G\" sync >/dev/null; \"$G\" verify --hash >\"$W/b\"");
	office_at(&w, &two, "cat \"$W/a\" && cmp \"$W/a\" \"$W/b\"");
	print_message("%s", text_str(&w.said));
}

/* Protects: what ended long ago is found on the server from Recherche, under a heading of its own, and opens when it has come; while nobody answers the screen says that its
 * history is partial. */
static void test_found_there(void **state)
{
	struct pty p;
	char *argv[] = { w.guichet, (char *)(uintptr_t)"--as", (char *)(uintptr_t)"s.martin", NULL };
	(void)state;
	office_at(&w, &two, "printf 'id,status,subject,text,received,closed\\n1,closed,Trous profonds,Un cycliste est tombé,2024-02-01T10:00:00+01:00,2024-02-20T10:00:00+01:00\\n' >\"$W/past.csv\" && "
		"printf '[map]\\nname = past\\nseparator = comma\\ndates = iso\\nanswered = yes\\n[fields]\\nsource_id = {id}\\nsubject = {subject}\\ndescription = {text}\\nstatus = {status}\\n"
		"received = {received}\\nclosed = {closed}\\n' >\"$W/past.ini\" && \"$G\" import --map \"$W/past.ini\" \"$W/past.csv\" && \"$G\" sync");
	/* The server reads words behind its journal. */
	office_at(&w, &one, "\"$G\" sync && n=0; until \"$G\" search cycliste | grep -q Trous || [ $n -ge 100 ]; do sleep 0.3; n=$((n + 1)); done; [ $n -lt 100 ]");
	assert_true(pty_start(&p, 24, 80, "xterm-256color", one.environment, argv));
	office_sees(&p, "en ligne");
	office_types(&p, "/", "Chercher :");
	office_types(&p, "cycliste", "au serveur : 1 demande plus ancienne");
	office_sees(&p, "Trous profonds");
	pty_type(&p, "\t");
	pty_settle(&p, 50);
	office_types(&p, "\r", "Fiche");
	office_sees(&p, "Un cycliste est tombé");
	office_stop_server(&w);
	office_sees(&p, "HORS LIGNE");
	office_types(&p, "/", "Chercher :");
	office_types(&p, "inconnu", "historique partiel : hors ligne");
	pty_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_shown_while_looking, setup, teardown),
		cmocka_unit_test_setup_teardown(test_away_and_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_found_there, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
