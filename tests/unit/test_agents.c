// SPDX-License-Identifier: GPL-3.0-or-later
/* People who sign in on a desk: passwords checked without the server, tries that are slowed, the session and its lock, in time that stands still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/store/agents.h"
#include "store_fixture.h"

#define PASSWORD "un long mot de passe"
enum { MINUTE = 60 * 1000 };
static const int64_t day = (int64_t)24 * 60 * MINUTE;

static const struct agent martin = { (char *)(uintptr_t)"s.martin", (char *)(uintptr_t)"Sophie Martin", (char *)(uintptr_t)"agent supervisor",
	(char *)(uintptr_t)"voirie dechets" };
static const struct agent roche = { (char *)(uintptr_t)"p.roche", (char *)(uintptr_t)"Paul Roche", (char *)(uintptr_t)"service", (char *)(uintptr_t)"voirie" };
static const struct agent_tokens tokens = { "ga1_access", "gr1_refresh", 1 };

static enum guichet_rc check(struct store_fixture *f, const char *login, const char *password)
{
	struct agent who;
	enum guichet_rc rc = agents_check(f->store, login, password, &who, &f->err);
	assert_true(rc == GUICHET_OK ? !strcmp(who.login, login) : who.login == NULL);
	agent_done(&who);
	return rc;
}

/* Protects: the password that the server took opens the desk without it, for seven days, and no other does. */
static void seven_days(void **state)
{
	struct store_fixture *f = *state;
	assert_int_equal(agents_keep(f->store, &martin, PASSWORD, &tokens, &f->err), GUICHET_OK);
	assert_int_equal(check(f, "s.martin", PASSWORD), GUICHET_OK);
	assert_int_equal(check(f, "s.martin", PASSWORD "!"), GUICHET_NO_PERM);
	assert_int_equal(check(f, "p.roche", PASSWORD), GUICHET_NO_PERM);
	f->now_ms += 7 * day;
	assert_int_equal(check(f, "s.martin", PASSWORD), GUICHET_OK);
	f->now_ms += 1;
	assert_int_equal(check(f, "s.martin", PASSWORD), GUICHET_NO_PERM);
	/* A clock that is set back does not bring it back for ever. */
	f->now_ms -= 9 * day;
	assert_int_equal(check(f, "s.martin", PASSWORD), GUICHET_NO_PERM);
	assert_int_equal(agents_keep(f->store, &martin, PASSWORD, NULL, &f->err), GUICHET_OK);
	assert_int_equal(check(f, "s.martin", PASSWORD), GUICHET_OK);
}

/* Protects: whoever guesses waits longer and longer, with the right one too, whatever the login; waiting is enough. */
static void guessing_is_slow(void **state)
{
	struct store_fixture *f = *state;
	assert_int_equal(agents_keep(f->store, &martin, PASSWORD, NULL, &f->err), GUICHET_OK);
	for (int i = 0; i < AGENT_FREE_TRIES; i++)
		assert_int_equal(check(f, i % 2 ? "s.martin" : "personne", "faux"), GUICHET_NO_PERM);
	for (int64_t wait = 1; wait <= 4; wait *= 2) {
		assert_int_equal(check(f, "s.martin", PASSWORD), GUICHET_LOCKED);
		f->now_ms += wait * 1000 - 1;
		assert_int_equal(check(f, "s.martin", PASSWORD), GUICHET_LOCKED);
		f->now_ms += 1;
		assert_int_equal(check(f, "s.martin", "faux"), GUICHET_NO_PERM);
	}
	for (int i = 0; i < 20; i++) {
		f->now_ms += AGENT_WAIT_MAX_S * 1000;
		assert_int_equal(check(f, "s.martin", "faux"), GUICHET_NO_PERM);
	}
	/* Never more than five minutes, a clock set back included. */
	f->now_ms -= day;
	assert_int_equal(agents_may_try(f->store, &f->err), GUICHET_LOCKED);
	assert_non_null(strstr(f->err.message, "300"));
	f->now_ms += day + AGENT_WAIT_MAX_S * 1000;
	assert_int_equal(check(f, "s.martin", PASSWORD), GUICHET_OK);
	assert_int_equal(check(f, "s.martin", "faux"), GUICHET_NO_PERM);
	assert_int_equal(agents_may_try(f->store, &f->err), GUICHET_OK);
}

/* Protects: a password that was changed with the server, or an account that it closed, opens nothing here any more. */
static void the_server_has_the_last_word(void **state)
{
	struct store_fixture *f = *state;
	struct agent_held held;
	agents_keep(f->store, &martin, PASSWORD, &tokens, &f->err);
	agents_keep(f->store, &roche, PASSWORD "2", &tokens, &f->err);
	assert_int_equal(agents_refused(f->store, "s.martin", "autre chose", &f->err), GUICHET_OK);
	assert_int_equal(check(f, "s.martin", PASSWORD), GUICHET_OK);
	assert_int_equal(agents_refused(f->store, "s.martin", PASSWORD, &f->err), GUICHET_OK);
	assert_int_equal(check(f, "s.martin", PASSWORD), GUICHET_NO_PERM);
	assert_true(agents_tokens(f->store, "p.roche", &held));
	assert_string_equal(held.refresh, "gr1_refresh");
	assert_int_equal(agents_end(f->store, "p.roche", &f->err), GUICHET_OK);
	assert_false(agents_tokens(f->store, "p.roche", &held));
	assert_int_equal(check(f, "p.roche", PASSWORD "2"), GUICHET_NO_PERM);
}

/* Protects: a desk that nobody uses locks itself, one that is used does not; the place is one agent's at a time. */
static void the_place(void **state)
{
	struct store_fixture *f = *state;
	struct agent who;
	struct agent_held held;
	const struct desk_policy policy = { .system_users = false, .lock_minutes = 3 };
	assert_int_equal(agents_set_policy(f->store, &policy, &f->err), GUICHET_OK);
	agents_keep(f->store, &martin, PASSWORD, &tokens, &f->err);
	agents_keep(f->store, &roche, PASSWORD, &tokens, &f->err);
	assert_int_equal(agents_session(f->store, NULL), DESK_NOBODY);
	assert_int_equal(agents_open(f->store, "s.martin", &f->err), GUICHET_OK);
	for (int i = 0; i < 10; i++) {
		f->now_ms += 2 * MINUTE;
		assert_int_equal(agents_session(f->store, NULL), DESK_OPEN);
		agents_used(f->store);
	}
	f->now_ms += 3 * MINUTE;
	assert_int_equal(agents_session(f->store, &who), DESK_LOCKED);
	assert_string_equal(who.login, "s.martin");
	agent_done(&who);
	/* Only the password opens it again. */
	agents_used(f->store);
	f->now_ms += 1;
	assert_int_equal(agents_lock(f->store, &f->err), GUICHET_OK);
	agents_used(f->store);
	assert_int_equal(agents_session(f->store, NULL), DESK_LOCKED);
	assert_int_equal(agents_open(f->store, "p.roche", &f->err), GUICHET_OK);
	assert_int_equal(agents_session(f->store, &who), DESK_OPEN);
	assert_string_equal(who.login, "p.roche");
	agent_done(&who);
	assert_false(agents_tokens(f->store, "s.martin", &held));
	assert_true(agents_tokens(f->store, "p.roche", &held));
	assert_int_equal(agents_leave(f->store, &f->err), GUICHET_OK);
	assert_int_equal(agents_session(f->store, NULL), DESK_NOBODY);
	assert_false(agents_tokens(f->store, "p.roche", &held));
	/* Ended by the server while open. */
	agents_open(f->store, "p.roche", &f->err);
	agents_end(f->store, "p.roche", &f->err);
	assert_int_equal(agents_session(f->store, NULL), DESK_LOCKED);
}

/* Protects: who acts is what the server said, role by role and service by service. */
static void who_acts(void **state)
{
	struct agent_place place = { 0 };
	struct actor a;
	(void)state;
	agent_actor(&martin, &place, &a);
	assert_string_equal(a.login, "s.martin");
	assert_string_equal(a.name, "Sophie Martin");
	assert_int_equal(a.roles, ROLE_AGENT | ROLE_SUPERVISOR);
	assert_string_equal(a.services[0], "voirie");
	assert_string_equal(a.services[1], "dechets");
	assert_null(a.services[2]);
	agent_actor(&roche, &place, &a);
	assert_int_equal(a.roles, ROLE_SERVICE);
	assert_null(a.services[1]);
	agent_place_done(&place);
}

/* Protects: what nobody told is the safe side, and what can't be read asks for a password. */
static void policies(void **state)
{
	struct store_fixture *f = *state;
	struct desk_policy p;
	agents_policy(f->store, &p);
	assert_true(p.system_users);
	store_set_setting(f->store, "server-policy", "n'importe quoi", &f->err);
	agents_policy(f->store, &p);
	assert_false(p.system_users);
	assert_int_equal(p.lock_minutes, AGENT_LOCK_MINUTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(seven_days, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(guessing_is_slow, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(the_server_has_the_last_word, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(the_place, fixture_setup, fixture_teardown),
		cmocka_unit_test(who_acts),
		cmocka_unit_test_setup_teardown(policies, fixture_setup, fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
