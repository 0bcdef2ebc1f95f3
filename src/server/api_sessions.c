// SPDX-License-Identifier: GPL-3.0-or-later
/* People who sign in on a desk: PROTOCOL.md "Identity". An access token lives some minutes; a refresh token is good once, and for a minute more for a desk whose
 * answer was lost: it gets the same pair again, since new tokens are made from the old one and a secret of the session. Any other use of an old one is
 * somebody who copied it: the whole session ends.
 *
 * Passwords are verified beside readers and committer (API_SLOW). Must not know HTTP.
 */
#include "api_inside.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "guichet/base/log.h"

enum { FAMILY = 16, SECRET = 32, REFRESH_TEXT = 96, SESSION_DAYS = 7, FREE_FAILURES = 5, DELAY_MAX_S = 300, PASSES = 3 };
static const size_t memory = (size_t)19 * 1024 * 1024; /* with PASSES: above what OWASP asks of Argon2id, and two at once fit in a small machine */

enum guichet_rc api_password_keep(const char *password, char out[API_PASSWORD_KEPT], struct guichet_err *err)
{
	_Static_assert(API_PASSWORD_KEPT >= crypto_pwhash_STRBYTES, "room for libsodium's form");
	size_t length = strlen(password);
	if (length < API_PASSWORD_MIN || length > API_PASSWORD_MAX)
		return guichet_err_set(err, GUICHET_DATA, _("un mot de passe a de %d à %d octets"), API_PASSWORD_MIN, API_PASSWORD_MAX);
	return crypto_pwhash_str(out, password, length, PASSES, memory) == 0 ? GUICHET_OK
		: guichet_err_set(err, GUICHET_UNAVAILABLE, _("pas assez de mémoire pour protéger le mot de passe"));
}

/* --- POST /v1/sessions: {"login", "password"} --- */

struct signing { char login[OP_ACTOR_MAX], kept[API_PASSWORD_KEPT]; char *password; bool right, by_system; };

static void signing_free(void *state)
{
	struct signing *s = state;
	if (s->password)
		sodium_memzero(s->password, strlen(s->password));
	free(s->password);
	free(s);
}

/* Seconds before this account may be tried again. */
static int64_t delay_s(int64_t failed, int64_t failed_ms, int64_t now_ms)
{
	if (failed < FREE_FAILURES)
		return 0;
	int64_t shift = failed - FREE_FAILURES, wait = shift < 9 ? (int64_t)1 << shift : DELAY_MAX_S;
	int64_t left = failed_ms + (wait < DELAY_MAX_S ? wait : DELAY_MAX_S) * 1000 - now_ms;
	return left <= 0 ? 0 : left > DELAY_MAX_S * 1000 ? DELAY_MAX_S : (left + 999) / 1000;
}

static void wait_first(struct api_call *c, int64_t seconds)
{
	api_problem(c, 429, "attempts", true, _("trop d'essais sur ce compte : attendez avant le prochain"));
	api_header(c, "Retry-After", "%lld", (long long)seconds);
}

static struct signing *read_signing(struct api_call *c)
{
	json_t *body = api_body(c);
	if (!body)
		return NULL;
	const char *login = json_string_value(json_object_get(body, "login")), *password = json_string_value(json_object_get(body, "password"));
	struct signing *s = NULL;
	if (login && *login && strlen(login) < sizeof s->login && password && strlen(password) <= API_PASSWORD_MAX) {
		s = guichet_alloc(sizeof *s);
		snprintf(s->login, sizeof s->login, "%s", login);
		s->password = guichet_strdup(password);
	} else {
		api_problem(c, 422, "sign-in", false, _("un identifiant et un mot de passe sont attendus"));
	}
	json_decref(body);
	return s;
}

/* --- logins that nobody has: as slow as accounts, so that nobody learns which are which --- */

/* What was typed may be a password in the wrong place: only this much of a hash is kept, which tells nothing. */
static int64_t bucket_of(const char *login)
{
	uint8_t hash[TOKEN_HASH];
	api_token_hash(login, hash);
	return (int64_t)hash[0] << 8 | hash[1];
}

static enum guichet_rc wait_of_nobody(struct api *a, struct db *db, const char *login, int64_t *wait, struct guichet_err *err)
{
	struct db_rows *rows = db_query(db, err, "SELECT failed, failed_ms FROM attempt WHERE bucket = ?1", "i", bucket_of(login));
	if (rows && db_next(rows))
		*wait = delay_s(db_int(rows, 0), db_int(rows, 1), api_clock(a));
	return rows ? db_rows_done(&rows, err) : err->code;
}

enum api_next sessions_begin(struct api *a, struct db *read, struct api_call *c)
{
	struct guichet_err err = { 0 };
	struct signing *s = read_signing(c);
	if (!s)
		return API_DONE;
	c->state = s;
	c->state_free = signing_free;
	int64_t wait = 0;
	bool known = false;
	struct db_rows *rows = db_query(read, &err, "SELECT password, failed, failed_ms FROM account WHERE login = ?1 AND disabled = 0", "t", s->login);
	if (rows && db_next(rows)) {
		const char *kept = db_str(rows, 0);
		known = true;
		s->by_system = !kept && a->policy.pam_service;
		snprintf(s->kept, sizeof s->kept, "%s", kept ? kept : "");
		wait = delay_s(db_int(rows, 1), db_int(rows, 2), api_clock(a));
	}
	if (!rows || db_rows_done(&rows, &err) || (!known && wait_of_nobody(a, read, s->login, &wait, &err))) {
		api_failed(c, &err);
		return API_DONE;
	}
	if (wait == 0)
		return API_SLOW;
	wait_first(c, wait);
	return API_DONE;
}

static char nobody[crypto_pwhash_STRBYTES];

static void make_nobody(void)
{
	if (crypto_pwhash_str(nobody, "", 0, PASSES, memory) != 0)
		nobody[0] = '\0';
}

/* An account that does not exist takes as long as one that does. */
enum api_next sessions_slow(struct api *a, struct api_call *c)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct signing *s = c->state;
	pthread_once(&once, make_nobody);
	if (s->by_system)
		s->right = api_pam_check(&a->policy, s->login, s->password);
	bool known = s->kept[0] != '\0';
	bool fits = crypto_pwhash_str_verify(known ? s->kept : nobody, s->password, strlen(s->password)) == 0;
	s->right = s->by_system ? s->right : known && fits;
	sodium_memzero(s->password, strlen(s->password));
	return API_WRITE;
}

/* --- tokens of a session --- */

struct tokens { char access[TOKEN_TEXT], refresh[REFRESH_TEXT]; };

static void derive(const uint8_t secret[FAMILY], const char *what, const char *from, char *out, size_t room)
{
	uint8_t key[crypto_generichash_KEYBYTES] = { 0 }, bytes[SECRET];
	crypto_generichash_state st;
	memcpy(key, secret, FAMILY);
	crypto_generichash_init(&st, key, sizeof key, sizeof bytes);
	crypto_generichash_update(&st, (const unsigned char *)what, strlen(what) + 1);
	crypto_generichash_update(&st, (const unsigned char *)from, strlen(from));
	crypto_generichash_final(&st, bytes, sizeof bytes);
	sodium_bin2base64(out, room, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(bytes, sizeof bytes);
	sodium_memzero(key, sizeof key);
}

/* `family`: 16 bytes that its refresh tokens name, and 16 that never leave the database. The same `from` gives the same pair. */
static void make_tokens(const uint8_t family[2 * FAMILY], const char *from, struct tokens *out)
{
	char name[32];
	sodium_bin2base64(name, sizeof name, family, FAMILY, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	int n = snprintf(out->refresh, sizeof out->refresh, "%s%s.", TOKEN_REFRESH, name);
	derive(family + FAMILY, "refresh", from, out->refresh + n, sizeof out->refresh - (size_t)n);
	n = snprintf(out->access, sizeof out->access, "%s", TOKEN_ACCESS);
	derive(family + FAMILY, "access", from, out->access + n, sizeof out->access - (size_t)n);
}

static void answer_tokens(struct api_call *c, const struct tokens *t, const char *login, const char *name, const char *roles, const char *services,
	int64_t left_ms)
{
	api_json(c, 200, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "access", t->access, "refresh", t->refresh, "login", login, "name", name, "roles",
		roles, "services", services, "expires_in", (json_int_t)(left_ms / 1000)));
}

static void refused(struct api_call *c, const char *type, const char *detail)
{
	api_problem(c, 401, type, false, detail);
	api_header(c, "WWW-Authenticate", "Bearer");
}

/* What this account is, for what it makes on this desk from now on. */
static enum guichet_rc know_on_desk(struct api *a, struct db *write, struct api_call *c, const char *login, const char *roles, const char *services,
	struct guichet_err *err)
{
	return db_run(write, err, "INSERT INTO device_account(device, login, roles, services, signed_ms) VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(device, login) "
		"DO UPDATE SET roles = excluded.roles, services = excluded.services, signed_ms = excluded.signed_ms", "ittti", (int64_t)c->who->device, login, roles,
		services, api_clock(a));
}

static enum guichet_rc new_session(struct api *a, struct db *write, struct api_call *c, const char *login, const char *name, const char *roles,
	const char *services, struct guichet_err *err)
{
	uint8_t family[2 * FAMILY], access[TOKEN_HASH], refresh[TOKEN_HASH];
	char seed[TOKEN_TEXT];
	struct tokens t = { 0 };
	int64_t now = api_clock(a);
	a->random.fill(a->random.context, family, sizeof family);
	api_token_new(a, "", seed);
	make_tokens(family, seed, &t);
	api_token_hash(t.access, access);
	api_token_hash(t.refresh, refresh);
	enum guichet_rc rc = db_run(write, err, "INSERT INTO session(family, login, device, access, access_until_ms, refresh, refresh_before, refreshed_ms, started_ms, "
		"revoked) VALUES(?1, ?2, ?3, ?4, ?5, ?6, NULL, ?7, ?7, 0)", "btibibi", (const void *)family, sizeof family, login, (int64_t)c->who->device,
		(const void *)access, sizeof access, now + (int64_t)a->policy.access_s * 1000, (const void *)refresh, sizeof refresh, now);
	if (!rc)
		rc = db_run(write, err, "DELETE FROM session WHERE started_ms < ?1", "i", now - (int64_t)2 * SESSION_DAYS * 24 * 3600 * 1000);
	if (!rc)
		rc = know_on_desk(a, write, c, login, roles, services, err);
	if (!rc)
		rc = api_audit(a, write, login, c->who->device, "sign-in", NULL, err);
	if (!rc)
		answer_tokens(c, &t, login, name, roles, services, (int64_t)a->policy.access_s * 1000);
	a->counts.signed_in += rc == GUICHET_OK;
	sodium_memzero(&t, sizeof t);
	sodium_memzero(seed, sizeof seed);
	return rc;
}

static enum guichet_rc failed_attempt(struct api *a, struct db *write, struct api_call *c, struct guichet_err *err)
{
	const struct signing *s = c->state;
	enum guichet_rc rc = db_run(write, err, "UPDATE account SET failed = failed + 1, failed_ms = ?2 WHERE login = ?1 AND disabled = 0", "ti", s->login,
		api_clock(a));
	if (!rc && db_changed(write) == 0)
		rc = db_run(write, err, "INSERT INTO attempt(bucket, failed, failed_ms) VALUES(?1, 1, ?2) ON CONFLICT(bucket) DO UPDATE SET "
			"failed = attempt.failed + 1, failed_ms = excluded.failed_ms", "ii", bucket_of(s->login), api_clock(a));
	if (!rc)
		refused(c, "credentials", _("identifiant ou mot de passe faux"));
	return rc;
}

/* Attempts that were verified side by side are judged one after the other here: nobody gets more of them by hurrying. */
enum guichet_rc sessions_start(struct api *a, struct db *write, struct api_call *c, struct guichet_err *err)
{
	const struct signing *s = c->state;
	char *name = NULL, *roles = NULL, *services = NULL;
	bool right = s->right, known = false;
	int64_t wait = 0;
	struct db_rows *rows = db_query(write, err, "SELECT name, roles, services, failed, failed_ms, password FROM account WHERE login = ?1 AND disabled = 0",
		"t", s->login);
	if (!rows)
		return err->code;
	if (db_next(rows)) {
		known = true;
		name = guichet_strdup(db_str(rows, 0));
		roles = guichet_strdup(db_str(rows, 1));
		services = guichet_strdup(db_str(rows, 2));
		wait = delay_s(db_int(rows, 3), db_int(rows, 4), api_clock(a));
		/* Changed since it was verified. */
		right = right && (s->by_system ? db_is_null(rows, 5) : !db_is_null(rows, 5) && !strcmp(db_str(rows, 5), s->kept));
	}
	enum guichet_rc rc = db_rows_done(&rows, err);
	right = right && known;
	if (!rc && !known)
		rc = wait_of_nobody(a, write, s->login, &wait, err);
	if (!rc && wait > 0)
		wait_first(c, wait);
	else if (!rc && !right)
		rc = failed_attempt(a, write, c, err);
	else if (!rc)
		rc = db_run(write, err, "UPDATE account SET failed = 0 WHERE login = ?1 AND failed <> 0", "t", s->login);
	if (!rc && wait == 0 && right)
		rc = new_session(a, write, c, s->login, name, roles, services, err);
	free(name);
	free(roles);
	free(services);
	return rc;
}

/* --- POST /v1/sessions/refresh: {"refresh"} --- */

struct refreshing { char token[REFRESH_TEXT]; };

static void refreshing_free(void *state)
{
	sodium_memzero(state, sizeof(struct refreshing));
	free(state);
}

enum api_next sessions_begin_refresh(struct api *a, struct db *read, struct api_call *c)
{
	(void)a;
	(void)read;
	json_t *body = api_body(c);
	if (!body)
		return API_DONE;
	const char *token = json_string_value(json_object_get(body, "refresh"));
	bool fine = token && strlen(token) < REFRESH_TEXT && !strncmp(token, TOKEN_REFRESH, strlen(TOKEN_REFRESH));
	if (fine) {
		struct refreshing *r = guichet_alloc(sizeof *r);
		snprintf(r->token, sizeof r->token, "%s", token);
		c->state = r;
		c->state_free = refreshing_free;
	} else {
		refused(c, "token", _("ce n'est pas un jeton de renouvellement"));
	}
	json_decref(body);
	return fine ? API_WRITE : API_DONE;
}

struct session {
	bool known, revoked, disabled;
	uint8_t family[2 * FAMILY], refresh[TOKEN_HASH], before[TOKEN_HASH];
	uint32_t device;
	int64_t until_ms, refreshed_ms, started_ms;
	char *login, *name, *roles, *services;
};

static void copy_bytes(struct db_rows *rows, int column, uint8_t *out, size_t count)
{
	size_t bytes;
	const void *data = db_bytes(rows, column, &bytes);
	memset(out, 0, count);
	if (bytes == count)
		memcpy(out, data, count);
}

/* The session that a refresh token names. */
static enum guichet_rc load_session(struct db *write, const char *token, struct session *s, struct guichet_err *err)
{
	uint8_t from[2 * FAMILY] = { 0 }, to[2 * FAMILY];
	const char *name = token + strlen(TOKEN_REFRESH), *dot = strchr(name, '.');
	size_t bytes = 0;
	memset(s, 0, sizeof *s);
	if (!dot || sodium_base642bin(from, FAMILY, name, (size_t)(dot - name), NULL, &bytes, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0
		|| bytes != FAMILY)
		return GUICHET_OK;
	memset(to, 0xff, sizeof to);
	memcpy(to, from, FAMILY);
	struct db_rows *rows = db_query(write, err, "SELECT s.family, s.refresh, s.refresh_before, s.device, s.access_until_ms, s.refreshed_ms, s.started_ms, "
		"s.revoked, a.disabled, a.login, a.name, a.roles, a.services FROM session s JOIN account a ON a.login = s.login WHERE s.family BETWEEN ?1 AND ?2",
		"bb", (const void *)from, sizeof from, (const void *)to, sizeof to);
	if (!rows)
		return err->code;
	if (db_next(rows)) {
		s->known = true;
		copy_bytes(rows, 0, s->family, sizeof s->family);
		copy_bytes(rows, 1, s->refresh, sizeof s->refresh);
		copy_bytes(rows, 2, s->before, sizeof s->before);
		s->device = (uint32_t)db_int(rows, 3);
		s->until_ms = db_int(rows, 4);
		s->refreshed_ms = db_int(rows, 5);
		s->started_ms = db_int(rows, 6);
		s->revoked = db_int(rows, 7) != 0;
		s->disabled = db_int(rows, 8) != 0;
		s->login = guichet_strdup(db_str(rows, 9));
		s->name = guichet_strdup(db_str(rows, 10));
		s->roles = guichet_strdup(db_str(rows, 11));
		s->services = guichet_strdup(db_str(rows, 12));
	}
	return db_rows_done(&rows, err);
}

static void session_done(struct session *s)
{
	free(s->login);
	free(s->name);
	free(s->roles);
	free(s->services);
	sodium_memzero(s, sizeof *s);
}

static enum guichet_rc rotate(struct api *a, struct db *write, struct session *s, const uint8_t hash[TOKEN_HASH], const struct tokens *t, struct guichet_err *err)
{
	uint8_t access[TOKEN_HASH], refresh[TOKEN_HASH];
	int64_t now = api_clock(a);
	api_token_hash(t->access, access);
	api_token_hash(t->refresh, refresh);
	s->until_ms = now + (int64_t)a->policy.access_s * 1000;
	return db_run(write, err, "UPDATE session SET access = ?2, access_until_ms = ?3, refresh = ?4, refresh_before = ?5, refreshed_ms = ?6 WHERE family = ?1",
		"bbibbi", (const void *)s->family, sizeof s->family, (const void *)access, sizeof access, s->until_ms, (const void *)refresh, sizeof refresh,
		(const void *)hash, (size_t)TOKEN_HASH, now);
}

static enum guichet_rc end_session(struct api *a, struct db *write, struct api_call *c, const struct session *s, struct guichet_err *err)
{
	enum guichet_rc rc = db_run(write, err, "UPDATE session SET revoked = 1 WHERE family = ?1", "b", (const void *)s->family, sizeof s->family);
	if (!rc)
		rc = api_audit(a, write, s->login, c->who->device, "token-reuse", NULL, err);
	log_event("session ended reason=reuse device=%u", (unsigned)c->who->device);
	if (!rc)
		refused(c, "session-revoked", _("ce jeton a déjà servi : la session est fermée, identifiez-vous à nouveau"));
	return rc;
}

enum guichet_rc sessions_refresh(struct api *a, struct db *write, struct api_call *c, struct guichet_err *err)
{
	const struct refreshing *r = c->state;
	struct session s;
	struct tokens t = { 0 };
	uint8_t hash[TOKEN_HASH];
	int64_t now = api_clock(a);
	api_token_hash(r->token, hash);
	enum guichet_rc rc = load_session(write, r->token, &s, err);
	make_tokens(s.family, r->token, &t);
	bool current = s.known && sodium_memcmp(hash, s.refresh, sizeof hash) == 0, before = s.known && sodium_memcmp(hash, s.before, sizeof hash) == 0;
	if (rc) {
		/* answered by whoever called */
	} else if (!s.known) {
		refused(c, "token", _("jeton inconnu : identifiez-vous"));
	} else if (s.revoked || s.disabled || now - s.started_ms > (int64_t)SESSION_DAYS * 24 * 3600 * 1000) {
		refused(c, "session-revoked", _("cette session est fermée : identifiez-vous à nouveau"));
	} else if (s.device == c->who->device && current) {
		rc = rotate(a, write, &s, hash, &t, err);
		if (!rc)
			rc = know_on_desk(a, write, c, s.login, s.roles, s.services, err);
		if (!rc)
			answer_tokens(c, &t, s.login, s.name, s.roles, s.services, s.until_ms - now);
	} else if (s.device == c->who->device && before && now - s.refreshed_ms <= (int64_t)a->policy.refresh_grace_s * 1000) {
		answer_tokens(c, &t, s.login, s.name, s.roles, s.services, s.until_ms - now);
	} else {
		rc = end_session(a, write, c, &s, err);
	}
	session_done(&s);
	sodium_memzero(&t, sizeof t);
	return rc;
}
