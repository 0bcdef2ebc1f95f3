// SPDX-License-Identifier: GPL-3.0-or-later
/* Calls as agents type them, on the real screens in a real terminal: the keys that are not text are counted, and what the store then holds is asked of the command
 * line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

enum { REQUESTS = 300, KNOWN_MOST = 8, NEW_MOST = 12, FIND_MOST = 8, WRAP_UP_MOST = 4 };

static const char known_call[] = "F2 '0639981234' Tab 'Sac poubelle éventré au pied des arbres' Tab F4 Enter 'Verdane' Tab '3 rue de Metz' F8";
static const char new_call[] = "F2 '0639985678' Tab 'Mme Lefèvre' Tab 'Nid de poule profond devant le portail de l’immeuble, côté pair' Tab F4 Enter 'Verdane' Tab "
	"'8 rue des Lilas' F8";

static struct desk base;
static char past[16];                              /* the reference of a request of the known caller */

struct session { struct desk desk; struct pty p; };

static void open_session(struct session *s)
{
	static const char *const arguments[] = { "--as", "s.martin", NULL };

	assert_true(desk_copy(&s->desk, &base));
	assert_true(desk_open(&s->desk, &s->p, "xterm-256color", 24, 80, arguments));
}

static void close_session(struct session *s)
{
	pty_done(&s->p);
	desk_done(&s->desk);
}

static void must_see(const struct session *s, const char *text)
{
	char *screen = vt_dump(&s->p.vt, false);

	if (!strstr(screen, text))
		fail_msg("« %s » is not on the screen:\n%s", text, screen);
	free(screen);
}

static void is(const struct desk *d, const char *name, const char *wanted)
{
	const char *got = script_field(d, 0, name);

	if (strcmp(got, wanted) != 0)
		fail_msg("%s is « %s » and not « %s » in %s", name, got, wanted, text_str(&d->said));
}

/* The whole record of the newest request, with its history. */
static void show_newest(struct desk *d)
{
	char reference[16];

	assert_int_equal(DESK_RUN(d, "--json", "list", "--all", "--sort", "received", "--limit", "1"), 0);
	snprintf(reference, sizeof reference, "%s", script_field(d, 0, "service_request_id"));
	assert_int_equal(DESK_RUN(d, "--json", "show", reference, "--history"), 0);
}

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
	open_session(&s);
	assert_true(script_type(&s.desk, &s.p, known_call, &keys));
	must_see(&s, "Demande enregistrée");
	must_see(&s, "réponse au plus tard le vendredi 27 novembre 2026");
	count("known caller", &keys, KNOWN_MOST);
	show_newest(&s.desk);
	is(&s.desk, "subject", "Sac poubelle éventré au pied des arbres");
	is(&s.desk, "category", "depot-sauvage");
	is(&s.desk, "service_code", "nettoyage");
	is(&s.desk, "commune", "verdane");
	is(&s.desk, "address_string", "3 rue de Metz");
	is(&s.desk, "channel", "phone");
	is(&s.desk, "status", "routed");
	is(&s.desk, "requester.name", "Odette Lefèvre");
	/* The same person, not a namesake. */
	assert_int_equal(DESK_RUN(&s.desk, "--json", "requester", "show", "0639981234"), 0);
	assert_null(strchr(strchr(text_str(&s.desk.said), '\n') + 1, '\n'));
	close_session(&s);
}

/* Protects: a first call takes twelve keys, and makes a file of the person. */
static void test_new_caller(void **state)
{
	struct session s;
	struct script_keys keys = { 0 };

	(void)state;
	open_session(&s);
	assert_true(script_type(&s.desk, &s.p, new_call, &keys));
	must_see(&s, "Demande enregistrée");
	count("new caller", &keys, NEW_MOST);
	show_newest(&s.desk);
	is(&s.desk, "subject", "Nid de poule profond devant le portail de l’immeuble, côté pair");
	is(&s.desk, "category", "nid-de-poule");
	is(&s.desk, "address_string", "8 rue des Lilas");
	is(&s.desk, "requester.phone", "+33639985678");
	is(&s.desk, "requester.title", "Mme");
	is(&s.desk, "requester.name", "Lefèvre");
	close_session(&s);
}

/* Protects: a request is found by the end of its number in eight keys, digits and all. */
static void test_past_request(void **state)
{
	struct session s;
	struct script_keys keys = { 0 };
	char script[32], heading[40];

	(void)state;
	open_session(&s);
	snprintf(script, sizeof script, "F3 '%s' Enter", past + strlen(past) - 6);
	assert_true(script_type(&s.desk, &s.p, script, &keys));
	snprintf(heading, sizeof heading, "Fiche   %.2s %.2s %.2s %.2s %.2s", past, past + 2, past + 4, past + 6, past + 8);
	must_see(&s, heading);
	print_message("past request: %d keys in all of at most %d\n", keys.structural + keys.text, FIND_MOST);
	assert_true(keys.structural + keys.text <= FIND_MOST);
	close_session(&s);
}

/* Protects: once the caller has said what it is about, four keys end it. */
static void test_wrap_up(void **state)
{
	struct session s;
	struct script_keys keys = { 0 };

	(void)state;
	open_session(&s);
	assert_true(script_type(&s.desk, &s.p, "F2 '0639981234' Tab 'Lampadaire éteint'", NULL));
	assert_true(script_type(&s.desk, &s.p, "Tab F4 Enter F8", &keys));
	must_see(&s, "Demande enregistrée");
	count("wrap up and validate", &keys, WRAP_UP_MOST);
	show_newest(&s.desk);
	is(&s.desk, "category", "lampadaire-eteint");
	close_session(&s);
}

/* Protects: what is typed ahead of the screen is never lost nor taken for something else: the same keys in one write make the same record, history included. */
static void test_burst(void **state)
{
	static const char *const calls[] = { known_call, new_call };

	(void)state;
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		struct session slow, fast;

		open_session(&slow);
		open_session(&fast);
		assert_true(script_type(&slow.desk, &slow.p, calls[i], NULL));
		assert_true(script_burst(&fast.desk, &fast.p, calls[i]));
		must_see(&fast, "Demande enregistrée");
		show_newest(&slow.desk);
		show_newest(&fast.desk);
		assert_string_equal(text_str(&fast.desk.said), text_str(&slow.desk.said));
		close_session(&slow);
		close_session(&fast);
	}
}

static int make_desk(void **state)
{
	(void)state;
	if (!desk_make(&base, REQUESTS) || DESK_RUN(&base, "--json", "--as", "s.martin", "log", "--channel", "phone", "--category", "nid-de-poule", "--subject",
		"Trou devant le 12", "--title", "Mme", "--name", "Odette Lefèvre", "--phone", "06 39 98 12 34", "--commune", "Verdane", "--address", "12 rue des Lilas"))
		return 1;
	snprintf(past, sizeof past, "%s", script_field(&base, 0, "service_request_id"));
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
		cmocka_unit_test(test_known_caller),
		cmocka_unit_test(test_new_caller),
		cmocka_unit_test(test_past_request),
		cmocka_unit_test(test_wrap_up),
		cmocka_unit_test(test_burst),
	};

	return cmocka_run_group_tests_name("calls", tests, make_desk, end_desk);
}
