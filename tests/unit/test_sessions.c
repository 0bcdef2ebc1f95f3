// SPDX-License-Identifier: GPL-3.0-or-later
/* Signing in, renewing, and being told to wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"

#define PASSWORD "un long mot de passe"
enum { SECOND = 1000, MINUTE = 60 * SECOND };

static char kept[API_PASSWORD_KEPT];
struct pair { char access[64], refresh[96]; };

static void begin(struct api_fixture *f, void **state, const struct api_policy *policy)
{
	server_fixture_needs(*state);
	api_fixture_start(f, *state, policy);
	api_add_desk(f, 10, "desk-one", "agent", "*");
	api_add_desk(f, 11, "desk-two", "agent", "*");
	api_add_account(f, "s.martin", kept, "agent supervisor", "*");
}

static int sign_in(struct api_fixture *f, const char *login, const char *password, struct pair *out)
{
	char body[200];
	snprintf(body, sizeof body, "{\"login\": \"%s\", \"password\": \"%s\"}", login, password);
	api_post(f, "desk-one", "/v1/sessions", body);
	snprintf(out->access, sizeof out->access, "%s", api_said(f, "access"));
	snprintf(out->refresh, sizeof out->refresh, "%s", api_said(f, "refresh"));
	return f->status;
}

static int renew(struct api_fixture *f, const char *desk, const char *refresh, struct pair *out)
{
	char body[200];
	snprintf(body, sizeof body, "{\"refresh\": \"%s\"}", refresh);
	api_post(f, desk, "/v1/sessions/refresh", body);
	snprintf(out->access, sizeof out->access, "%s", api_said(f, "access"));
	snprintf(out->refresh, sizeof out->refresh, "%s", api_said(f, "refresh"));
	return f->status;
}

/* Protects: a token is good for its time, and renewed as long as one works. */
static void access_ends_and_is_renewed(void **state)
{
	struct api_fixture f;
	struct api_policy policy = API_POLICY_INIT;
	struct pair first, second;
	begin(&f, state, &policy);
	assert_int_equal(sign_in(&f, "s.martin", PASSWORD, &first), 200);
	f.now_ms += policy.access_s * SECOND - 1;
	assert_int_equal(api_get(&f, first.access, "/v1/devices/me"), 200);
	f.now_ms += 1;
	assert_int_equal(api_get(&f, first.access, "/v1/devices/me"), 401);
	assert_string_equal(f.type, "token-expired");
	assert_int_equal(renew(&f, "desk-one", first.refresh, &second), 200);
	assert_string_not_equal(second.access, first.access);
	assert_string_not_equal(second.refresh, first.refresh);
	assert_int_equal(api_get(&f, second.access, "/v1/devices/me"), 200);
	/* A week without a password is enough. */
	f.now_ms += (int64_t)8 * 24 * 60 * MINUTE;
	assert_int_equal(renew(&f, "desk-one", second.refresh, &second), 401);
	api_fixture_done(&f);
}

/* Protects: a desk whose answer was lost gets the same one for a minute, however often; later it is somebody who copied the token, and the session ends. */
static void a_refresh_token_is_good_once(void **state)
{
	struct api_fixture f;
	struct api_policy policy = API_POLICY_INIT;
	struct pair first, second, again;
	begin(&f, state, &policy);
	sign_in(&f, "s.martin", PASSWORD, &first);
	assert_int_equal(renew(&f, "desk-one", first.refresh, &second), 200);
	for (int i = 0; i < 2; i++) {
		f.now_ms += policy.refresh_grace_s * SECOND / 2;
		assert_int_equal(renew(&f, "desk-one", first.refresh, &again), 200);
		assert_string_equal(again.access, second.access);
		assert_string_equal(again.refresh, second.refresh);
	}
	f.now_ms += 1;
	assert_int_equal(renew(&f, "desk-one", first.refresh, &again), 401);
	assert_string_equal(f.type, "session-revoked");
	assert_int_equal(api_get(&f, second.access, "/v1/devices/me"), 401);
	assert_string_equal(f.type, "session-revoked");
	assert_int_equal(renew(&f, "desk-one", second.refresh, &again), 401);
	api_fixture_done(&f);
}

/* Protects: a token of two renewals ago ends the session even within the minute; so does another desk's; a made-up one ends nothing. */
static void copied_tokens(void **state)
{
	struct api_fixture f;
	struct api_policy policy = API_POLICY_INIT;
	struct pair first, second, third;
	begin(&f, state, &policy);
	sign_in(&f, "s.martin", PASSWORD, &first);
	assert_int_equal(renew(&f, "desk-one", "gr1_AAAAAAAAAAAAAAAAAAAAAA.x", &third), 401);
	assert_int_equal(renew(&f, "desk-one", "gr1_", &third), 401);
	assert_int_equal(renew(&f, "desk-one", "gr1_!.!", &third), 401);
	assert_int_equal(api_get(&f, first.access, "/v1/devices/me"), 200);
	renew(&f, "desk-one", first.refresh, &second);
	renew(&f, "desk-one", second.refresh, &third);
	assert_int_equal(api_get(&f, third.access, "/v1/devices/me"), 200);
	assert_int_equal(renew(&f, "desk-one", first.refresh, &second), 401);
	assert_int_equal(api_get(&f, third.access, "/v1/devices/me"), 401);
	sign_in(&f, "s.martin", PASSWORD, &first);
	assert_int_equal(renew(&f, "desk-two", first.refresh, &second), 401);
	assert_int_equal(api_get(&f, first.access, "/v1/devices/me"), 401);
	api_fixture_done(&f);
}

/* Protects: a revoked desk and a closed account are shut out at once, with tokens that were good. */
static void revoked_at_once(void **state)
{
	struct api_fixture f;
	struct api_policy policy = API_POLICY_INIT;
	struct pair pair;
	begin(&f, state, &policy);
	sign_in(&f, "s.martin", PASSWORD, &pair);
	db_run(f.server->db, NULL, "UPDATE account SET disabled = 1", "");
	assert_int_equal(api_get(&f, pair.access, "/v1/devices/me"), 401);
	assert_int_equal(renew(&f, "desk-one", pair.refresh, &pair), 401);
	assert_int_equal(sign_in(&f, "s.martin", PASSWORD, &pair), 401);
	db_run(f.server->db, NULL, "UPDATE account SET disabled = 0", "");
	sign_in(&f, "s.martin", PASSWORD, &pair);
	db_run(f.server->db, NULL, "UPDATE device SET revoked_ms = 1 WHERE id = 10", "");
	assert_int_equal(api_get(&f, pair.access, "/v1/devices/me"), 401);
	assert_string_equal(f.type, "device-revoked");
	assert_int_equal(renew(&f, "desk-one", pair.refresh, &pair), 401);
	assert_string_equal(f.type, "device-revoked");
	api_fixture_done(&f);
}

/* Protects: whoever guesses passwords waits longer and longer, also with the right one; an unknown account answers as a known one does. */
static void guessing_takes_its_time(void **state)
{
	struct api_fixture f;
	struct api_policy policy = API_POLICY_INIT;
	struct pair pair;
	begin(&f, state, &policy);
	assert_int_equal(sign_in(&f, "personne", PASSWORD, &pair), 401);
	json_t *unknown = json_incref(f.json);
	assert_int_equal(sign_in(&f, "s.martin", "faux", &pair), 401);
	assert_true(json_equal(unknown, f.json));
	json_decref(unknown);
	for (int i = 0; i < 4; i++)
		assert_int_equal(sign_in(&f, "s.martin", "faux", &pair), 401);
	assert_int_equal(sign_in(&f, "s.martin", PASSWORD, &pair), 429);
	assert_string_equal(f.retry_after, "1");
	f.now_ms += SECOND;
	assert_int_equal(sign_in(&f, "s.martin", "faux", &pair), 401);
	assert_int_equal(sign_in(&f, "s.martin", PASSWORD, &pair), 429);
	assert_string_equal(f.retry_after, "2");
	f.now_ms += 2 * SECOND;
	assert_int_equal(sign_in(&f, "s.martin", PASSWORD, &pair), 200);
	assert_int_equal(sign_in(&f, "s.martin", "faux", &pair), 401);
	assert_int_equal(sign_in(&f, "s.martin", PASSWORD, &pair), 200);
	api_fixture_done(&f);
}

/* Protects: a login that nobody has, and one that is closed, wait as an account does: the answers tell nothing of who works here. */
static void nobody_waits_as_somebody(void **state)
{
	static const char *const logins[] = { "s.martin", "personne", "parti" };
	struct api_fixture f;
	struct api_policy policy = API_POLICY_INIT;
	struct pair pair;
	begin(&f, state, &policy);
	api_add_account(&f, "parti", kept, "agent", "*");
	db_run(f.server->db, NULL, "UPDATE account SET disabled = 1 WHERE login = 'parti'", "");
	for (int i = 0; i < 9; i++) {
		int status = 0;
		char retry_after[16] = "";
		for (size_t n = 0; n < 3; n++) {
			int got = sign_in(&f, logins[n], "faux", &pair);
			if (n > 0) {
				assert_int_equal(got, status);
				assert_string_equal(f.retry_after, retry_after);
			}
			status = got;
			snprintf(retry_after, sizeof retry_after, "%s", f.retry_after);
		}
		if (i <= 5)
			assert_int_equal(status, i < 5 ? 401 : 429);
		f.now_ms += i < 5 ? 0 : i % 2 ? 500 : 10 * SECOND;
	}
	assert_int_equal(db_value(f.server->db, -1, "SELECT count(*) FROM attempt", ""), 2);
	api_fixture_done(&f);
}

/* Protects: one desk that calls without end, one address, and one that guesses tokens are told to wait; the others are not, and neither is health. */
static void rates(void **state)
{
	struct api_fixture f;
	struct api_policy policy = API_POLICY_INIT;
	policy.desk_rate = 3;
	begin(&f, state, &policy);
	for (int i = 0; i < 3; i++)
		assert_int_equal(api_get(&f, "desk-one", "/v1/devices/me"), 200);
	assert_int_equal(api_get(&f, "desk-one", "/v1/devices/me"), 429);
	assert_string_equal(f.type, "rate");
	assert_true(atoi(f.retry_after) >= 1 && atoi(f.retry_after) <= 60);
	assert_int_equal(api_get(&f, "desk-two", "/v1/devices/me"), 200);
	f.now_ms += atoi(f.retry_after) * SECOND;
	f.now_ms += MINUTE / 3;
	assert_int_equal(api_get(&f, "desk-one", "/v1/devices/me"), 200);
	api_fixture_done(&f);
	policy = (struct api_policy)API_POLICY_INIT;
	policy.failure_rate = 3;
	api_fixture_start(&f, *state, &policy);
	for (int i = 0; i < 3; i++)
		assert_int_equal(api_get(&f, "wrong", "/v1/devices/me"), 401);
	assert_int_equal(api_get(&f, "wrong", "/v1/devices/me"), 429);
	assert_int_equal(api_post(&f, NULL, "/v1/devices", "{\"code\": \"X\", \"version\": \"1\"}"), 429);
	assert_int_equal(api_get(&f, NULL, "/healthz"), 200);
	/* Through a proxy on this machine, each by its own address; nobody else may say whose word it brings. */
	struct api_sent sent = { .token = "wrong", .method = "GET", .path = "/v1/devices/me", .peer = "127.0.0.1", .real_ip = "198.51.100.7" };
	assert_int_equal(api_send(&f, &sent), 401);
	sent.peer = NULL;
	assert_int_equal(api_send(&f, &sent), 429);
	api_fixture_done(&f);
}

static int start(void **state)
{
	return api_password_keep(PASSWORD, kept, NULL) == GUICHET_OK ? server_fixture_group(state) : -1;
}

int main(void)
{
#define ON(test, database) { #test " on " #database, test, server_fixture_##database, server_fixture_done, NULL }
	const struct CMUnitTest tests[] = {
		ON(access_ends_and_is_renewed, sqlite), ON(access_ends_and_is_renewed, postgres),
		ON(a_refresh_token_is_good_once, sqlite), ON(a_refresh_token_is_good_once, postgres),
		ON(copied_tokens, sqlite), ON(copied_tokens, postgres),
		ON(revoked_at_once, sqlite), ON(revoked_at_once, postgres),
		ON(guessing_takes_its_time, sqlite), ON(guessing_takes_its_time, postgres),
		ON(nobody_waits_as_somebody, sqlite), ON(nobody_waits_as_somebody, postgres),
		ON(rates, sqlite),
	};
	return cmocka_run_group_tests(tests, start, server_fixture_group_done);
}
