// SPDX-License-Identifier: GPL-3.0-or-later
/* Signing in at the screens of a desk that follows a real server: a password, a wrong one, the lock, another agent in the place, signing out; with the server, and without
 * it in time that stands still.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "desk.h"
#include "office.h"

#define MARTIN "un long mot de passe"
#define COSTA "un autre mot de passe"
#define F2 "\033OQ"
#define F12 "\033[24~"
#define UP_AND_EMPTY "\033[A\025"
enum { MINUTE_MS = 60 * 1000, LOCK_MS = 10 * MINUTE_MS };

static struct office w;
static struct place desk;

/* Lina Costa signed in here once, so that she can without the server; Nadia Roy never did. */
static int setup(void **state)
{
	(void)state;
	office_open(&w, "system_users = non\nlock_minutes = 10");
	office_at(&w, NULL, "printf '" MARTIN "\\n' | $D --store $W/central.db admin account add s.martin --name 'Sophie Martin' --role agent && "
		"printf '" COSTA "\\n' | $D --store $W/central.db admin account add l.costa --name 'Lina Costa' --role agent && "
		"printf '" COSTA "\\n' | $D --store $W/central.db admin account add n.roy --name 'Nadia Roy' --role agent");
	office_enrol(&w, &desk, "un", "agent", "");
	office_at(&w, &desk, "printf '" COSTA "\\n' | $G sign-in l.costa && printf '" MARTIN "\\n' | $G sign-in s.martin && "
		"$G log --channel phone --category a-qualifier --subject 'Trou rue des Lilas' && $G sync && $G sign-out");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	office_close(&w);
	return 0;
}

static void misses(struct pty *p, const char *text)
{
	char *screen = vt_dump(&p->vt, false);
	if (strstr(screen, text))
		fail_msg("« %s » is on the screen:\n%s", text, screen);
	free(screen);
}

/* What the desk's store says, by another door. */
static void holds(const char *sql, const char *wanted)
{
	char path[256];
	snprintf(path, sizeof path, "%s/data/guichet/desk.db", desk.home);
	char *got = desk_store_text(path, sql);
	assert_non_null(got);
	assert_string_equal(got, wanted);
	free(got);
}

static const char drafts[] = "SELECT group_concat(actor) FROM draft";

static void open_screens(struct pty *p, const char *const *environment)
{
	char *argv[] = { w.guichet, NULL };
	assert_true(pty_start(p, 24, 80, "xterm-256color", environment, argv));
	office_sees(p, "Qui travaille ici ?");
	misses(p, "Lilas");
}

static void begin_call(struct pty *p)
{
	office_types(p, F2, "Téléphone");
	office_types(p, "0612345678\t", "06 12 34 56 78");
}

/* Somebody else in the place of whoever is there: from a list, or in the middle of a call. */
static void take_place(struct pty *p, const char *lock, const char *login_and_password, const char *then)
{
	office_types(p, lock, "travaille ici");
	misses(p, "Lilas");
	misses(p, "06 12 34 56 78");
	pty_type(p, UP_AND_EMPTY);
	office_types(p, login_and_password, then);
}

static void ends(struct pty *p)
{
	pty_type(p, "\021");
	assert_true(pty_wait_end(p));
	pty_done(p);
}

/* Protects: with the server: nothing shows before somebody signed in, a wrong password is said to be one and right after it the right one opens; another agent takes the
 * place and finds the first one's call as that one's draft; signing out asks whoever began a call, and leaves it to the team; no password is ever kept or shown. */
static void with_the_server(void **state)
{
	struct pty p;
	(void)state;
	open_screens(&p, desk.environment);
	office_types(&p, "s.martin\tpas le bon\r", "faux");
	misses(&p, "pas le bon");
	office_types(&p, MARTIN "\r", "Bonjour Sophie Martin");
	office_sees(&p, "Lilas");
	begin_call(&p);
	take_place(&p, "\003L", "l.costa\t" COSTA "\r", "Bonjour Lina Costa");
	office_sees(&p, "À faire");
	misses(&p, "06 12 34 56 78");
	holds(drafts, "s.martin");
	office_types(&p, "D", "Brouillons");
	office_sees(&p, "s.martin");
	/* She began nothing. */
	office_types(&p, "Q", "Qui travaille ici ?");
	misses(&p, "s.martin");
	office_types(&p, "s.martin\t" MARTIN "\r", "Bonjour Sophie Martin");
	office_types(&p, "Q", "Non enregistré");
	office_types(&p, "\r", "Qui travaille ici ?");
	holds(drafts, "s.martin");
	ends(&p);
	office_at(&w, &desk, "! grep -raq -e '" MARTIN "' -e '" COSTA "' -e 'pas le bon' \"$HOME\" \"$W\"/central.db* \"$W/server.err\"");
}

/* Protects: without the server: who signed in here before can, who never did can't and is told why; a desk that nobody touches for the policy's minutes locks itself over a
 * call, which its author finds as it was; another agent takes the place, goes on with that call, and it stays its author's. */
static void without_the_server(void **state)
{
	struct timespec now;
	struct moment m;
	struct pty p;
	const char *environment[PLACE_WORDS + 3];
	(void)state;
	office_stop_server(&w);
	clock_gettime(CLOCK_REALTIME, &now);
	assert_true(moment_start(&m, w.moment, (int64_t)now.tv_sec * 1000));
	memcpy(environment, desk.environment, PLACE_WORDS * sizeof *environment);
	environment[PLACE_WORDS] = m.words[0];
	environment[PLACE_WORDS + 1] = m.words[1];
	environment[PLACE_WORDS + 2] = NULL;
	open_screens(&p, environment);
	office_types(&p, "s.martin\tpas le bon\r", "faux");
	office_types(&p, MARTIN "\r", "Bonjour Sophie Martin");
	office_sees(&p, "HORS LIGNE");
	begin_call(&p);
	assert_true(moment_pass(&m, &p, LOCK_MS - MINUTE_MS));
	misses(&p, "verrouillé");
	assert_true(moment_pass(&m, &p, 2 * MINUTE_MS));
	office_sees(&p, "Poste verrouillé");
	misses(&p, "06 12 34 56 78");
	office_types(&p, COSTA "\r", "faux");
	misses(&p, "06 12 34 56 78");
	office_types(&p, MARTIN "\r", "Bonjour Sophie Martin");
	office_sees(&p, "06 12 34 56 78");
	office_types(&p, F12, "À faire");
	take_place(&p, "L", "n.roy\t" COSTA "\r", "hors ligne : seuls ceux");
	pty_type(&p, UP_AND_EMPTY);
	office_types(&p, "l.costa\t" COSTA "\r", "Bonjour Lina Costa");
	office_types(&p, "D", "Brouillons");
	office_types(&p, "\r", "06 12 34 56 78");
	office_types(&p, "\tDurand", "Durand");
	assert_true(moment_pass(&m, &p, 3000));
	holds(drafts, "s.martin");
	holds("SELECT fields LIKE '%Durand%' FROM draft", "1");
	ends(&p);
	moment_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(with_the_server, setup, teardown),
		cmocka_unit_test_setup_teardown(without_the_server, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
