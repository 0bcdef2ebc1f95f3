// SPDX-License-Identifier: GPL-3.0-or-later
/* Calls as agents type them, on the real screens in a real terminal: the keys that are not text are counted, and what the store then holds is asked of the command
 * line.
 */
#include "session.h"

enum { REQUESTS = 300, KNOWN_MOST = 8, NEW_MOST = 12, FIND_MOST = 8, WRAP_UP_MOST = 4 };

static const char known_call[] = "F2 '0639981234' Tab 'Sac poubelle éventré au pied des arbres' Tab F4 Enter 'Verdane' Tab '3 rue de Metz' F8";
static const char new_call[] = "F2 '0639985678' Tab 'Mme Lefèvre' Tab 'Nid de poule profond devant le portail de l’immeuble, côté pair' Tab F4 Enter 'Verdane' Tab "
	"'8 rue des Lilas' F8";

static struct desk base;
static char past[16];                              /* the reference of a request of the known caller */

static void count(const char *what, const struct script_keys *keys, int most)
{
	print_message("%s: %d structural keys of at most %d, %d of text\n", what, keys->structural, most, keys->text);
	assert_true(keys->structural <= most);
}

/* Protects: somebody who has called before is logged while they talk, in eight keys that are not text; what is stored is what was said. */
static void test_known_caller(void **state)
{
	struct session s;
	struct script_keys keys = { 0 };

	(void)state;
	session_open(&s, &base, "s.martin");
	assert_true(script_type(&s.desk, &s.p, known_call, &keys));
	session_sees(&s, "Demande enregistrée");
	session_sees(&s, "réponse au plus tard le vendredi 27 novembre 2026");
	count("known caller", &keys, KNOWN_MOST);
	session_show_newest(&s);
	session_holds(&s, "subject", "Sac poubelle éventré au pied des arbres");
	session_holds(&s, "category", "depot-sauvage");
	session_holds(&s, "service_code", "nettoyage");
	session_holds(&s, "commune", "verdane");
	session_holds(&s, "address_string", "3 rue de Metz");
	session_holds(&s, "channel", "phone");
	session_holds(&s, "status", "routed");
	session_holds(&s, "requester.name", "Odette Lefèvre");
	/* The same person, not a namesake. */
	assert_int_equal(DESK_RUN(&s.desk, "--json", "requester", "show", "0639981234"), 0);
	assert_null(strchr(strchr(text_str(&s.desk.said), '\n') + 1, '\n'));
	session_close(&s);
}

/* Protects: a first call takes twelve keys, and makes a file of the person. */
static void test_new_caller(void **state)
{
	struct session s;
	struct script_keys keys = { 0 };

	(void)state;
	session_open(&s, &base, "s.martin");
	assert_true(script_type(&s.desk, &s.p, new_call, &keys));
	session_sees(&s, "Demande enregistrée");
	count("new caller", &keys, NEW_MOST);
	session_show_newest(&s);
	session_holds(&s, "subject", "Nid de poule profond devant le portail de l’immeuble, côté pair");
	session_holds(&s, "category", "nid-de-poule");
	session_holds(&s, "address_string", "8 rue des Lilas");
	session_holds(&s, "requester.phone", "+33639985678");
	session_holds(&s, "requester.title", "Mme");
	session_holds(&s, "requester.name", "Lefèvre");
	session_close(&s);
}

/* Protects: a request is found by the end of its number in eight keys, digits and all. */
static void test_past_request(void **state)
{
	struct session s;
	struct script_keys keys = { 0 };
	char script[32], heading[40];

	(void)state;
	session_open(&s, &base, "s.martin");
	snprintf(script, sizeof script, "F3 '%s' Enter", past + strlen(past) - 6);
	assert_true(script_type(&s.desk, &s.p, script, &keys));
	snprintf(heading, sizeof heading, "Fiche   %.2s %.2s %.2s %.2s %.2s", past, past + 2, past + 4, past + 6, past + 8);
	session_sees(&s, heading);
	print_message("past request: %d keys in all of at most %d\n", keys.structural + keys.text, FIND_MOST);
	assert_true(keys.structural + keys.text <= FIND_MOST);
	session_close(&s);
}

/* Protects: once the caller has said what it is about, four keys end it. */
static void test_wrap_up(void **state)
{
	struct session s;
	struct script_keys keys = { 0 };

	(void)state;
	session_open(&s, &base, "s.martin");
	assert_true(script_type(&s.desk, &s.p, "F2 '0639981234' Tab 'Lampadaire éteint'", NULL));
	assert_true(script_type(&s.desk, &s.p, "Tab F4 Enter F8", &keys));
	session_sees(&s, "Demande enregistrée");
	count("wrap up and validate", &keys, WRAP_UP_MOST);
	session_show_newest(&s);
	session_holds(&s, "category", "lampadaire-eteint");
	session_close(&s);
}

/* Protects: what is typed ahead of the screen is never lost nor taken for something else: the same keys in one write make the same record, history included. */
static void test_burst(void **state)
{
	static const char *const calls[] = { known_call, new_call };

	(void)state;
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		struct session slow, fast;

		session_open(&slow, &base, "s.martin");
		session_open(&fast, &base, "s.martin");
		assert_true(script_type(&slow.desk, &slow.p, calls[i], NULL));
		assert_true(script_burst(&fast.desk, &fast.p, calls[i]));
		session_sees(&fast, "Demande enregistrée");
		session_show_newest(&slow);
		session_show_newest(&fast);
		assert_string_equal(text_str(&fast.desk.said), text_str(&slow.desk.said));
		session_close(&slow);
		session_close(&fast);
	}
}

static int make_desk(void **state)
{
	(void)state;
	return desk_make(&base, REQUESTS) && desk_know_caller(&base, "s.martin", past) ? 0 : 1;
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
		cmocka_unit_test(test_known_caller),
		cmocka_unit_test(test_new_caller),
		cmocka_unit_test(test_past_request),
		cmocka_unit_test(test_wrap_up),
		cmocka_unit_test(test_burst),
	};

	return cmocka_run_group_tests_name("calls", tests, make_desk, end_desk);
}
