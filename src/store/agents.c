// SPDX-License-Identifier: GPL-3.0-or-later
/* Who signs in on this desk, and who works at it now. The verifier is Argon2id as the server makes it; wrong tries are counted for the desk as a whole, so that an
 * unknown login is slowed as a known one is, and so that nobody gets more tries by going through the logins.
 *
 * The session is a setting of the store ("session": login, when it was opened, when it was used last, locked or not): commands and screens of this desk share it.
 */
#include "guichet/store/agents.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum { PASSES = 3, DAY_S = 24 * 3600, USED_EVERY_MS = 15000, AHEAD_MS = DAY_S * 1000 };
static const size_t memory = (size_t)19 * 1024 * 1024; /* with PASSES: above what OWASP asks of Argon2id */

/* --- policy --- */

void agents_policy(struct store *s, struct desk_policy *out)
{
	char *text = store_setting(s, "server-policy");
	int users = 1, minutes = AGENT_LOCK_MINUTES;
	if (text && sscanf(text, "%d %d", &users, &minutes) != 2) {
		users = 0;
		minutes = AGENT_LOCK_MINUTES;
	}
	*out = (struct desk_policy){ .system_users = users != 0, .lock_minutes = minutes < 0 ? 0 : minutes };
	free(text);
}

enum guichet_rc agents_set_policy(struct store *s, const struct desk_policy *p, struct guichet_err *err)
{
	struct desk_policy known;
	char text[40];
	char *before = store_setting(s, "server-policy");
	agents_policy(s, &known);
	bool same = before && known.system_users == p->system_users && known.lock_minutes == p->lock_minutes;
	free(before);
	if (same)
		return GUICHET_OK;
	snprintf(text, sizeof text, "%d %d", p->system_users, p->lock_minutes);
	return store_set_setting(s, "server-policy", text, err);
}

/* --- an account --- */

void agent_done(struct agent *a)
{
	free(a->login);
	free(a->name);
	free(a->roles);
	free(a->services);
	memset(a, 0, sizeof *a);
}

void agent_place_done(struct agent_place *p)
{
	free(p->text);
	memset(p, 0, sizeof *p);
}

void agent_actor(const struct agent *a, struct agent_place *place, struct actor *out)
{
	size_t n = 0;
	agent_place_done(place);
	place->text = guichet_strdup(a->services ? a->services : "");
	char *rest = place->text;
	for (char *word; n < AGENT_SERVICES_MAX && rest && (word = strsep(&rest, " "));)
		if (*word)
			place->list[n++] = word;
	place->list[n] = NULL;
	*out = (struct actor){ .login = a->login, .name = a->name && *a->name ? a->name : a->login, .services = place->list };
	roles_parse(a->roles ? a->roles : "", &out->roles);
}

static enum guichet_rc load_agent(struct store *s, const char *login, struct agent *out, char verifier[crypto_pwhash_STRBYTES], int64_t *online_ms,
	struct guichet_err *err)
{
	memset(out, 0, sizeof *out);
	sqlite3_stmt *st = sql_prepare(s, "SELECT login, name, roles, services, verifier, online_ms FROM agent WHERE login = ?1", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "t", login);
	enum guichet_rc rc = sql_step(s, st, err);
	if (rc == GUICHET_OK) {
		*out = (struct agent){ guichet_strdup(column_str(st, 0)), guichet_strdup(column_str(st, 1)), guichet_strdup(column_str(st, 2)),
			guichet_strdup(column_str(st, 3)) };
		snprintf(verifier, crypto_pwhash_STRBYTES, "%s", column_str(st, 4));
		*online_ms = sqlite3_column_int64(st, 5);
	}
	sqlite3_reset(st);
	return rc;
}

static bool is_fresh(struct store *s, int64_t online_ms)
{
	int64_t age = store_now(s) - online_ms;
	/* A clock that was set back must not make a verifier live for ever. */
	return age > -AHEAD_MS && age <= (int64_t)AGENT_DAYS * DAY_S * 1000;
}

/* --- wrong tries: setting "sign-in-tries", "COUNT AT_MS" --- */

static void read_tries(struct store *s, int64_t *count, int64_t *at_ms)
{
	char *text = store_setting(s, "sign-in-tries"), *at = text;
	*count = at ? strtoll(at, &at, 10) : 0;
	*at_ms = at ? strtoll(at, NULL, 10) : 0;
	free(text);
}

static enum guichet_rc write_tries(struct store *s, int64_t count, struct guichet_err *err)
{
	char text[64];
	int64_t known, at_ms;
	read_tries(s, &known, &at_ms);
	if (count == 0 && known == 0)
		return GUICHET_OK;
	snprintf(text, sizeof text, "%lld %lld", (long long)count, (long long)store_now(s));
	return store_set_setting(s, "sign-in-tries", text, err);
}

enum guichet_rc agents_may_try(struct store *s, struct guichet_err *err)
{
	int64_t count, at_ms;
	read_tries(s, &count, &at_ms);
	if (count < AGENT_FREE_TRIES)
		return GUICHET_OK;
	int64_t over = count - AGENT_FREE_TRIES, wait = over < 9 ? (int64_t)1 << over : AGENT_WAIT_MAX_S;
	wait = (wait < AGENT_WAIT_MAX_S ? wait : AGENT_WAIT_MAX_S) * 1000;
	int64_t left = at_ms + wait - store_now(s);
	left = left > wait ? wait : left;
	if (left <= 0)
		return GUICHET_OK;
	return guichet_err_set(err, GUICHET_LOCKED, _("trop d'essais : attendez %lld s avant le prochain"), (long long)(left + 999) / 1000);
}

static enum guichet_rc count_wrong(struct store *s, struct guichet_err *err)
{
	int64_t count, at_ms;
	read_tries(s, &count, &at_ms);
	return write_tries(s, count + 1, err);
}

/* --- with the server --- */

static enum guichet_rc write_agent(struct store *s, const struct agent *a, const char *verifier, const struct agent_tokens *t, struct guichet_err *err)
{
	return sql_run(s, err, "INSERT INTO agent(login, name, roles, services, verifier, online_ms, refresh, access, access_until_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, "
		"?7, ?8, ?9) ON CONFLICT(login) DO UPDATE SET name = excluded.name, roles = excluded.roles, services = excluded.services, verifier = excluded.verifier, "
		"online_ms = excluded.online_ms, refresh = excluded.refresh, access = excluded.access, access_until_ms = excluded.access_until_ms", "tttttitti", a->login,
		a->name, a->roles, a->services, verifier, store_now(s), t ? t->refresh : NULL, t ? t->access : NULL, t ? t->access_until_ms : (int64_t)0);
}

enum guichet_rc agents_keep(struct store *s, const struct agent *a, const char *password, const struct agent_tokens *t, struct guichet_err *err)
{
	char verifier[crypto_pwhash_STRBYTES];
	if (crypto_pwhash_str(verifier, password, strlen(password), PASSES, memory) != 0)
		return guichet_err_set(err, GUICHET_UNAVAILABLE, "%s", _("pas assez de mémoire pour protéger le mot de passe"));
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	rc = write_agent(s, a, verifier, t, err);
	if (!rc)
		rc = write_tries(s, 0, err);
	return store_finish(s, rc, err);
}

enum guichet_rc agents_renewed(struct store *s, const struct agent *a, const struct agent_tokens *t, struct guichet_err *err)
{
	return sql_run(s, err, "UPDATE agent SET name = ?2, roles = ?3, services = ?4, refresh = ?5, access = ?6, access_until_ms = ?7 WHERE login = ?1", "ttttt" "ti",
		a->login, a->name, a->roles, a->services, t->refresh, t->access, t->access_until_ms);
}

bool agents_tokens(struct store *s, const char *login, struct agent_held *out)
{
	memset(out, 0, sizeof *out);
	sqlite3_stmt *st = sql_prepare(s, "SELECT access, refresh, access_until_ms FROM agent WHERE login = ?1 AND refresh IS NOT NULL", NULL);
	if (!st)
		return false;
	sql_bind(st, "t", login);
	bool found = sql_step(s, st, NULL) == GUICHET_OK;
	if (found) {
		snprintf(out->access, sizeof out->access, "%s", column_str(st, 0));
		snprintf(out->refresh, sizeof out->refresh, "%s", column_str(st, 1));
		out->access_until_ms = sqlite3_column_int64(st, 2);
	}
	sqlite3_reset(st);
	return found;
}

enum guichet_rc agents_end(struct store *s, const char *login, struct guichet_err *err)
{
	return sql_run(s, err, "UPDATE agent SET verifier = NULL, refresh = NULL, access = NULL WHERE login = ?1", "t", login);
}

/* --- without it --- */

/* An agent whom nobody knows here takes as long as one who is known. */
static bool is_right(const char *verifier, const char *password)
{
	char nobody[crypto_pwhash_STRBYTES];
	if (*verifier)
		return crypto_pwhash_str_verify(verifier, password, strlen(password)) == 0;
	if (crypto_pwhash_str(nobody, password, strlen(password), PASSES, memory) != 0)
		return false;
	return false;
}

enum guichet_rc agents_check(struct store *s, const char *login, const char *password, struct agent *out, struct guichet_err *err)
{
	char verifier[crypto_pwhash_STRBYTES] = "";
	int64_t online_ms = 0;
	memset(out, 0, sizeof *out);
	enum guichet_rc rc = agents_may_try(s, err);
	if (rc)
		return rc;
	rc = load_agent(s, login, out, verifier, &online_ms, err);
	if (rc && rc != GUICHET_NOT_FOUND)
		return rc;
	bool right = is_right(verifier, password);
	if (right && is_fresh(s, online_ms))
		return write_tries(s, 0, err);
	agent_done(out);
	if (right)
		return guichet_err_set(err, GUICHET_NO_PERM, _("plus de %d jours sans vous être identifié auprès du serveur : il faut être en ligne"), AGENT_DAYS);
	rc = count_wrong(s, err);
	return rc ? rc : guichet_err_set(err, GUICHET_NO_PERM, "%s", _("identifiant ou mot de passe faux (hors ligne : seuls ceux qui se sont identifiés ici en ligne "
		"depuis 7 jours)"));
}

enum guichet_rc agents_refused(struct store *s, const char *login, const char *password, struct guichet_err *err)
{
	char verifier[crypto_pwhash_STRBYTES] = "";
	int64_t online_ms = 0;
	struct agent known;
	enum guichet_rc rc = load_agent(s, login, &known, verifier, &online_ms, err);
	if (rc == GUICHET_OK && *verifier && is_right(verifier, password))
		rc = agents_end(s, login, err);
	agent_done(&known);
	if (rc == GUICHET_OK || rc == GUICHET_NOT_FOUND)
		rc = count_wrong(s, err);
	return rc;
}

/* --- who works here: setting "session", "OPENED_MS USED_MS LOCKED LOGIN" --- */

struct session { int64_t opened_ms, used_ms; int locked; char login[OP_ACTOR_MAX]; };

static bool read_session(struct store *s, struct session *out)
{
	char *text = store_setting(s, "session"), *at = text;
	memset(out, 0, sizeof *out);
	if (text && *text) {
		out->opened_ms = strtoll(at, &at, 10);
		out->used_ms = strtoll(at, &at, 10);
		out->locked = (int)strtol(at, &at, 10);
		snprintf(out->login, sizeof out->login, "%s", *at == ' ' ? at + 1 : "");
	}
	free(text);
	return out->login[0] != '\0';
}

static enum guichet_rc write_session(struct store *s, const struct session *now, struct guichet_err *err)
{
	struct text text = TEXT_INIT;
	if (now)
		text_addf(&text, "%lld %lld %d %s", (long long)now->opened_ms, (long long)now->used_ms, now->locked, now->login);
	enum guichet_rc rc = store_set_setting(s, "session", text_str(&text), err);
	text_done(&text);
	return rc;
}

static bool is_idle(struct store *s, const struct session *now)
{
	struct desk_policy policy;
	agents_policy(s, &policy);
	int64_t idle = store_now(s) - now->used_ms, most = (int64_t)policy.lock_minutes * 60000;
	return policy.lock_minutes > 0 && (idle >= most || idle < -AHEAD_MS);
}

enum desk_session agents_session(struct store *s, struct agent *out)
{
	struct session now;
	struct agent who;
	char verifier[crypto_pwhash_STRBYTES];
	int64_t online_ms = 0;
	if (out)
		memset(out, 0, sizeof *out);
	if (!read_session(s, &now) || load_agent(s, now.login, &who, verifier, &online_ms, NULL))
		return DESK_NOBODY;
	/* Ended by the server: nothing is left to sign in with. */
	bool locked = now.locked || !*verifier || !is_fresh(s, online_ms) || is_idle(s, &now);
	if (out)
		*out = who;
	else
		agent_done(&who);
	return locked ? DESK_LOCKED : DESK_OPEN;
}

enum guichet_rc agents_open(struct store *s, const char *login, struct guichet_err *err)
{
	struct session now = { .opened_ms = store_now(s), .used_ms = store_now(s) }, before;
	snprintf(now.login, sizeof now.login, "%s", login);
	enum guichet_rc rc = GUICHET_OK;
	/* Whose place it was has left. */
	if (read_session(s, &before) && strcmp(before.login, login) != 0)
		rc = agents_leave(s, err);
	return rc ? rc : write_session(s, &now, err);
}

enum guichet_rc agents_lock(struct store *s, struct guichet_err *err)
{
	struct session now;
	if (!read_session(s, &now) || now.locked)
		return GUICHET_OK;
	now.locked = 1;
	return write_session(s, &now, err);
}

enum guichet_rc agents_leave(struct store *s, struct guichet_err *err)
{
	struct session now;
	if (!read_session(s, &now))
		return GUICHET_OK;
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	rc = sql_run(s, err, "UPDATE agent SET refresh = NULL, access = NULL WHERE login = ?1", "t", now.login);
	if (!rc)
		rc = write_session(s, NULL, err);
	return store_finish(s, rc, err);
}

void agents_used(struct store *s)
{
	struct session now;
	int64_t at = store_now(s);
	if (!read_session(s, &now) || now.locked || (at - now.used_ms >= 0 && at - now.used_ms < USED_EVERY_MS))
		return;
	now.used_ms = at;
	write_session(s, &now, NULL);
}
