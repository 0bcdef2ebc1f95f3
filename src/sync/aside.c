// SPDX-License-Identifier: GPL-3.0-or-later
/* What goes on aside of pushing and pulling, one errand at a time: what the administrator decided, the renewal of whoever is signed in, the catalogue, attachments up and
 * down; and, beside these, somebody who signs in and must not wait for them. Each is taken up again after a failure; nothing that waits is ever dropped by one.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/wire/op_json.h"
#include "guichet/wire/sync_json.h"
#include "transport_inside.h"

enum { SMALL = 64 * 1024, ERRAND_S = 30, ENTRY_S = 15, BLOB_S = 3600, SLOW_BYTES = 64, SLOW_S = 60, EVERY_MS = 3600 * 1000, LOOK_MS = 10000, RENEW_BEFORE_MS = 60000,
	BACK_OFF_MAX_S = 300, BACK_OFF_STEPS = 9, BLOB_HEX = 64, BODY_MAX = 6 * (OP_ACTOR_MAX + AGENT_PASSWORD_MAX) + 64 };

enum errand { ERRAND_NONE, ERRAND_POLICY, ERRAND_RENEW, ERRAND_CATALOGUE, ERRAND_PUT, ERRAND_GET };

struct aside {
	struct transport *t;
	struct exchange errand, entry;
	enum errand now;
	unsigned failures; int64_t retry_ms;
	int64_t policy_ms, catalogue_ms, renew_ms;      /* when each is due */
	bool moving;                                    /* a catalogue is in force, and dates are still to follow it */
	char wanted[BLOB_HEX + 1], blob[BLOB_HEX + 1];  /* asked for by somebody; under way */
	char *upload; size_t upload_bytes;
	struct fetched fetched;
	char renewing[OP_ACTOR_MAX];
	char *body;                                     /* of the errand, where it has one */
	enum sign_in state;
	char login[OP_ACTOR_MAX], *password, *secret;   /* the last: the body of the sign-in */
	struct agent who; struct guichet_err why;
};

static int64_t now_ms(const struct aside *a)
{
	struct guichet_clock c = sync_clock(a->t->sync);
	return c.now_ms(c.context);
}

struct aside *aside_new(struct transport *t)
{
	struct aside *a = guichet_alloc(sizeof *a);
	char *moving = store_setting(t->store, "catalogue-moving");
	a->t = t;
	a->moving = moving != NULL;
	free(moving);
	return a;
}

void aside_prepare(struct aside *a)
{
	a->errand.easy = curl_easy_init();
	a->entry.easy = curl_easy_init();
	if (!a->errand.easy || !a->entry.easy)
		guichet_out_of_memory();
}

static void forget_secrets(struct aside *a)
{
	if (a->password)
		sodium_memzero(a->password, strlen(a->password));
	if (a->secret)
		sodium_memzero(a->secret, BODY_MAX);
	free(a->password);
	free(a->secret);
	a->password = a->secret = NULL;
}

static void forget_errand(struct aside *a)
{
	exchange_forget(&a->errand);
	if (a->body)
		sodium_memzero(a->body, strlen(a->body));
	free(a->body);
	free(a->upload);
	a->body = a->upload = NULL;
	a->now = ERRAND_NONE;
}

void aside_free(struct aside **aside)
{
	struct aside *a = *aside;
	if (!a)
		return;
	if (a->errand.under_way)
		curl_multi_remove_handle(a->t->multi, a->errand.easy);
	if (a->entry.under_way)
		curl_multi_remove_handle(a->t->multi, a->entry.easy);
	if (a->t->multi) {
		curl_easy_cleanup(a->errand.easy);
		curl_easy_cleanup(a->entry.easy);
	}
	forget_errand(a);
	exchange_forget(&a->entry);
	forget_secrets(a);
	agent_done(&a->who);
	free(a);
	*aside = NULL;
}

/* --- asking --- */

static void prepare(struct aside *a, struct exchange *x, const char *path, long timeout_s)
{
	struct text url = TEXT_INIT;
	text_addf(&url, "%s%s", a->t->url, path);
	exchange_forget(x);
	x->in.cap = ANSWER_MAX + 1;
	exchange_prepare(x, text_str(&url), a->t->token, a->t->desk, a->t->ca_file, timeout_s);
	text_done(&url);
}

/* The body stays the caller's until it is answered. */
static void set_bytes(struct exchange *x, const char *type, const char *bytes, size_t count)
{
	exchange_add_header(x, "Content-Type", type);
	exchange_add_header(x, "Expect", "");
	curl_easy_setopt(x->easy, CURLOPT_POST, 1L);
	curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)count);
	curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, bytes);
}

static void begin(struct aside *a, struct exchange *x)
{
	x->under_way = true;
	curl_multi_add_handle(a->t->multi, x->easy);
}

static void start_errand(struct aside *a, enum errand what)
{
	a->now = what;
	begin(a, &a->errand);
}

static bool ask_policy(struct aside *a, int64_t now)
{
	if (now < a->policy_ms && a->policy_ms - now <= EVERY_MS)
		return false;
	prepare(a, &a->errand, "/v1/devices/me", ERRAND_S);
	start_errand(a, ERRAND_POLICY);
	return true;
}

/* Who works here is renewed: so one learns of an account that was closed. */
static bool ask_renewal(struct aside *a, int64_t now)
{
	struct agent who;
	struct agent_held held;
	if (now < a->renew_ms && a->renew_ms - now <= LOOK_MS)
		return false;
	a->renew_ms = now + LOOK_MS;
	bool due = agents_session(a->t->store, &who) == DESK_OPEN && agents_tokens(a->t->store, who.login, &held) && held.access_until_ms - now < RENEW_BEFORE_MS;
	if (due) {
		json_t *json = json_pack("{s:s}", "refresh", held.refresh);
		snprintf(a->renewing, sizeof a->renewing, "%s", who.login);
		a->body = json_dumps(json, JSON_COMPACT);
		json_decref(json);
		prepare(a, &a->errand, "/v1/sessions/refresh", ERRAND_S);
		set_bytes(&a->errand, "application/json", a->body, strlen(a->body));
		start_errand(a, ERRAND_RENEW);
	}
	sodium_memzero(&held, sizeof held);
	agent_done(&who);
	return due;
}

bool aside_renew(struct aside *a)
{
	if (a->errand.under_way)
		return true;
	a->renew_ms = 0;
	return ask_renewal(a, now_ms(a));
}

static bool ask_catalogue(struct aside *a, int64_t now)
{
	if (now < a->catalogue_ms && a->catalogue_ms - now <= EVERY_MS)
		return false;
	char *known = store_setting(a->t->store, "server-catalogue");
	prepare(a, &a->errand, "/v1/catalogue", ERRAND_S);
	if (known && *known)
		exchange_add_header(&a->errand, "If-None-Match", known);
	free(known);
	start_errand(a, ERRAND_CATALOGUE);
	return true;
}

static void set_slow(struct exchange *x)
{
	curl_easy_setopt(x->easy, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES);
	curl_easy_setopt(x->easy, CURLOPT_LOW_SPEED_TIME, (long)SLOW_S);
}

static bool ask_blob(struct aside *a)
{
	struct text path = TEXT_INIT;
	struct guichet_err err = { 0 };
	bool down = a->wanted[0] != '\0';
	if (down)
		snprintf(a->blob, sizeof a->blob, "%s", a->wanted);
	else if (!store_unsent_blob(a->t->store, a->blob))
		return false;
	text_addf(&path, "/v1/blobs/%s", a->blob);
	if (down) {
		a->wanted[0] = '\0';
		prepare(a, &a->errand, text_str(&path), BLOB_S);
	} else if (store_get_blob(a->t->store, a->blob, &a->upload, &a->upload_bytes, &err)) {
		/* Damaged here: sending it would only be refused. A store that is held is asked again. */
		if (err.code == GUICHET_DATA)
			store_blob_sent(a->t->store, a->blob, BLOB_REFUSED, NULL);
		text_done(&path);
		return false;
	} else {
		prepare(a, &a->errand, text_str(&path), BLOB_S);
		set_bytes(&a->errand, "application/octet-stream", a->upload, a->upload_bytes);
		curl_easy_setopt(a->errand.easy, CURLOPT_CUSTOMREQUEST, "PUT");
	}
	set_slow(&a->errand);
	start_errand(a, down ? ERRAND_GET : ERRAND_PUT);
	text_done(&path);
	return true;
}

/* What was typed goes first on a bad line: attachments follow once it is sent. */
static bool may_carry(const struct aside *a)
{
	struct sync_status now;
	sync_status(a->t->sync, &now);
	return a->wanted[0] || sync_is_done(a->t->sync) || (now.online && now.caught_up);
}

int64_t aside_turn(struct aside *a)
{
	int64_t now = now_ms(a);
	struct guichet_err err = { 0 };
	if (a->errand.under_way)
		return -1;
	if (a->moving) {
		bool done = false;
		if (store_catalogue_move(a->t->store, &done, &err))
			return LOOK_MS;
		a->moving = !done;
		return 0;
	}
	if (a->retry_ms > now && a->retry_ms - now <= (int64_t)2 * BACK_OFF_MAX_S * 1000)
		return a->retry_ms - now;
	if (ask_policy(a, now) || ask_renewal(a, now) || ask_catalogue(a, now) || (may_carry(a) && ask_blob(a)))
		return 0;
	return LOOK_MS;
}

bool aside_is_idle(const struct aside *a)
{
	char none[BLOB_HEX + 1];
	int64_t now = now_ms(a);
	if (a->errand.under_way || a->moving)
		return false;
	return a->retry_ms > now || (!a->wanted[0] && a->policy_ms > now && a->catalogue_ms > now && !store_unsent_blob(a->t->store, none));
}

/* --- answers --- */

static void failed(struct aside *a, int at_least_s)
{
	struct guichet_random random = random_system();
	uint32_t part = 0;
	random.fill(random.context, &part, sizeof part);
	unsigned n = a->failures < BACK_OFF_STEPS ? ++a->failures : a->failures;
	int64_t most = n < BACK_OFF_STEPS ? (int64_t)1000 << n : BACK_OFF_MAX_S * 1000;
	a->retry_ms = now_ms(a) + (int64_t)at_least_s * 1000 + 1000 + (int64_t)((uint64_t)part * (uint64_t)most >> 32);
}

void policy_read(const json_t *json, struct desk_policy *out)
{
	const json_t *users = json_object_get(json, "system_users"), *lock = json_object_get(json, "lock_minutes");
	*out = (struct desk_policy){ .system_users = true, .lock_minutes = AGENT_LOCK_MINUTES };
	if (json_is_boolean(users))
		out->system_users = json_is_true(users);
	if (json_is_integer(lock) && json_integer_value(lock) >= 0 && json_integer_value(lock) <= 1440)
		out->lock_minutes = (int)json_integer_value(lock);
}

static void take_policy(struct aside *a, const struct exchange *x)
{
	struct desk_policy policy;
	json_t *json = wire_parse(text_str(&x->in), x->in.len, SMALL, NULL);
	const json_t *told = json_object_get(json, "policy");
	a->policy_ms = now_ms(a) + EVERY_MS;
	if (json_is_object(told)) {
		policy_read(told, &policy);
		agents_set_policy(a->t->store, &policy, NULL);
	}
	json_decref(json);
}

/* {"access", "refresh", "login", "name", "roles", "services", "expires_in"}; `json` keeps what `out` and `tokens` borrow or own. */
static bool read_session(const struct aside *a, const json_t *json, struct agent *out, struct agent_tokens *tokens)
{
	static const char *const keys[] = { "login", "name", "roles", "services", "access", "refresh" };
	const char *values[sizeof keys / sizeof *keys];
	unsigned roles;
	json_int_t left = json_integer_value(json_object_get(json, "expires_in"));
	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		values[i] = json_string_value(json_object_get(json, keys[i]));
		if (!values[i] || strlen(values[i]) > 1000)
			return false;
	}
	if (!*values[0] || strlen(values[0]) >= OP_ACTOR_MAX || strpbrk(values[0], " \t\n") || !roles_parse(values[2], &roles) || strlen(values[4]) >= AGENT_TOKEN_MAX
		|| strlen(values[5]) >= AGENT_TOKEN_MAX || left < 0 || left > 7 * 86400)
		return false;
	*out = (struct agent){ guichet_strdup(values[0]), guichet_strdup(values[1]), guichet_strdup(values[2]), guichet_strdup(values[3]) };
	*tokens = (struct agent_tokens){ .access = values[4], .refresh = values[5], .access_until_ms = now_ms(a) + left * 1000 };
	return true;
}

static void take_renewal(struct aside *a, const struct exchange *x, int status)
{
	struct agent who;
	struct agent_tokens tokens;
	struct problem_read p;
	if (status == 401) {
		problem_parse(text_str(&x->in), x->in.len, &p);
		/* A revoked desk is told by the lanes. */
		if (strcmp(p.type, "device-revoked") != 0)
			agents_end(a->t->store, a->renewing, NULL);
		return;
	}
	json_t *json = wire_parse(text_str(&x->in), x->in.len, SMALL, NULL);
	if (json && read_session(a, json, &who, &tokens) && !strcmp(who.login, a->renewing))
		agents_renewed(a->t->store, &who, &tokens, NULL);
	if (json)
		agent_done(&who);
	json_decref(json);
}

/* As `catalogue check` and `catalogue apply` would; one with a mistake changes nothing, and is said. */
static enum guichet_rc take_catalogue(struct aside *a, const struct exchange *x, struct guichet_err *err)
{
	struct catalogue_source source = { 0 };
	struct catalogue *built = NULL;
	struct problems problems = { 0 };
	enum guichet_rc rc = catalogue_source_unpack(text_str(&x->in), x->in.len, &source, err);
	if (!rc && catalogue_build(&source, &built, &problems)) {
		const struct problem *p = problems.count ? &problems.items[0] : NULL;
		rc = guichet_err_set(err, GUICHET_DATA, _("%s:%d : %s"), p && p->file ? p->file : "", p ? p->line : 0, p ? p->message : "");
	}
	if (!rc)
		rc = store_catalogue_put(a->t->store, &source, err);
	catalogue_free(&built);
	problems_done(&problems);
	catalogue_source_done(&source);
	if (rc && rc != GUICHET_DATA)
		return rc;
	a->moving = rc == GUICHET_OK;
	store_set_setting(a->t->store, "server-catalogue-refused", rc ? err->message : "", NULL);
	return store_set_setting(a->t->store, "server-catalogue", x->etag, NULL);
}

static void take_blob(struct aside *a, struct exchange *x, int status)
{
	struct guichet_err err = { 0 };
	struct problem_read p;
	snprintf(a->fetched.sha256, sizeof a->fetched.sha256, "%s", a->blob);
	a->fetched.state = FETCHED_HERE;
	if (status == 200 && store_take_blob(a->t->store, a->blob, text_str(&x->in), x->in.len, &err) == GUICHET_OK)
		return;
	a->fetched.state = FETCHED_FAILED;
	if (status != 200)
		problem_parse(text_str(&x->in), x->in.len, &p);
	snprintf(a->fetched.why, sizeof a->fetched.why, "%s", status == 200 ? err.message : status == 404 ? _("le serveur n'a pas (encore) cette pièce : son poste ne l'a "
		"peut-être pas envoyée") : status == 0 ? _("le serveur ne répond pas") : p.detail);
}

/* False: to be tried again. */
static bool errand_answered(struct aside *a, struct exchange *x, int status)
{
	struct guichet_err err = { 0 };
	switch (a->now) {
	case ERRAND_POLICY:
		if (status == 200)
			take_policy(a, x);
		return status == 200;
	case ERRAND_RENEW:
		if (status == 200 || status == 401)
			take_renewal(a, x, status);
		return status == 200 || status == 401;
	case ERRAND_CATALOGUE:
		if (status == 200 && take_catalogue(a, x, &err))
			return false;
		/* 404: this server has none yet. */
		if (status == 200 || status == 304 || status == 404)
			a->catalogue_ms = now_ms(a) + EVERY_MS;
		return status == 200 || status == 304 || status == 404;
	case ERRAND_PUT:
		if (status == 201)
			return store_blob_sent(a->t->store, a->blob, BLOB_SENT, NULL) == GUICHET_OK;
		/* Never dropped: it stays here, and is told of. */
		if (status == 413 || status == 422 || status == 404)
			return store_blob_sent(a->t->store, a->blob, BLOB_REFUSED, NULL) == GUICHET_OK;
		return false;
	case ERRAND_GET:
		/* Somebody waits for it: told at once, and asked again when he asks. */
		take_blob(a, x, status);
		return true;
	case ERRAND_NONE:
		break;
	}
	return true;
}

/* --- signing in --- */

/* JSON by hand: a library's copies could not be wiped. */
static size_t add_json_text(char *out, size_t at, const char *text)
{
	static const char hex[] = "0123456789abcdef", escape[4] = { '\\', 'u', '0', '0' };
	out[at++] = '"';
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p < 0x20 || *p == '"' || *p == '\\') {
			memcpy(out + at, escape, sizeof escape);
			out[at + 4] = hex[*p >> 4];
			out[at + 5] = hex[*p & 15];
			at += 6;
		} else {
			out[at++] = (char)*p;
		}
	}
	out[at++] = '"';
	return at;
}

void transport_sign_in(struct transport *t, const char *login, const char *password)
{
	struct aside *a = t->aside;
	if (a->entry.under_way)
		curl_multi_remove_handle(t->multi, a->entry.easy);
	a->entry.under_way = false;
	forget_secrets(a);
	agent_done(&a->who);
	a->why = (struct guichet_err){ 0 };
	a->state = SIGN_IN_FAILED;
	if (agents_may_try(t->store, &a->why))
		return;
	if (!*login || strlen(login) >= sizeof a->login || strlen(password) > AGENT_PASSWORD_MAX) {
		guichet_err_set(&a->why, GUICHET_NO_PERM, "%s", _("identifiant ou mot de passe faux"));
		return;
	}
	snprintf(a->login, sizeof a->login, "%s", login);
	if (transport_prepare(t, &a->why)) {
		if (agents_check(t->store, login, password, &a->who, &a->why) == GUICHET_OK && agents_open(t->store, login, &a->why) == GUICHET_OK)
			a->state = SIGN_IN_DONE;
		return;
	}
	a->password = guichet_strdup(password);
	a->secret = guichet_alloc(BODY_MAX);
	memcpy(a->secret, "{\"login\":", 9);
	size_t at = add_json_text(a->secret, 9, login);
	memcpy(a->secret + at, ",\"password\":", 12);
	at = add_json_text(a->secret, at + 12, password);
	a->secret[at++] = '}';
	prepare(a, &a->entry, "/v1/sessions", ENTRY_S);
	set_bytes(&a->entry, "application/json", a->secret, at);
	a->state = SIGN_IN_BUSY;
	begin(a, &a->entry);
}

static enum guichet_rc entered(struct aside *a, struct exchange *x)
{
	struct agent_tokens tokens;
	json_t *json = wire_parse(text_str(&x->in), x->in.len, SMALL, &a->why);
	enum guichet_rc rc = json ? GUICHET_OK : GUICHET_DATA;
	if (!rc && (!read_session(a, json, &a->who, &tokens) || strcmp(a->who.login, a->login) != 0))
		rc = guichet_err_set(&a->why, GUICHET_DATA, _("le serveur a répondu autre chose que ce qui est convenu (%s)"), "sessions");
	if (!rc)
		rc = agents_keep(a->t->store, &a->who, a->password, &tokens, &a->why);
	json_decref(json);
	return rc;
}

static void entry_answered(struct aside *a, struct exchange *x, int status)
{
	struct problem_read p;
	enum guichet_rc rc;
	problem_parse(text_str(&x->in), x->in.len, &p);
	if (status == 200) {
		rc = entered(a, x);
	} else if (status == 0 || status >= 500) {
		/* Nobody there to ask: what is known here counts. */
		rc = agents_check(a->t->store, a->login, a->password, &a->who, &a->why);
	} else {
		if (status == 401 && !strcmp(p.type, "credentials"))
			agents_refused(a->t->store, a->login, a->password, NULL);
		rc = guichet_err_set(&a->why, status == 429 ? GUICHET_LOCKED : GUICHET_NO_PERM, "%s", p.detail[0] ? p.detail : _("le serveur a refusé"));
		if (status == 429 && x->retry_after_s > 0)
			rc = guichet_err_set(&a->why, GUICHET_LOCKED, _("trop d'essais : attendez %lld s avant le prochain"), (long long)x->retry_after_s);
	}
	if (!rc)
		rc = agents_open(a->t->store, a->who.login, &a->why);
	if (rc)
		agent_done(&a->who);
	a->state = rc ? SIGN_IN_FAILED : SIGN_IN_DONE;
	if (x->in.data)
		sodium_memzero(x->in.data, x->in.len);
	exchange_forget(x);
	forget_secrets(a);
}

enum sign_in transport_signed_in(struct transport *t, struct agent *out, struct guichet_err *err)
{
	struct aside *a = t->aside;
	enum sign_in state = a->state;
	memset(out, 0, sizeof *out);
	if (state == SIGN_IN_DONE) {
		*out = a->who;
		memset(&a->who, 0, sizeof a->who);
	} else if (state == SIGN_IN_FAILED && err) {
		*err = a->why;
	}
	if (state != SIGN_IN_BUSY)
		a->state = SIGN_IN_NONE;
	return state;
}

bool aside_finish(struct aside *a, CURL *easy, CURLcode code)
{
	struct exchange *x = easy == a->errand.easy ? &a->errand : easy == a->entry.easy ? &a->entry : NULL;
	long status = 0;
	if (!x)
		return false;
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_multi_remove_handle(a->t->multi, easy);
	x->under_way = false;
	/* An answer that was cut off is none. */
	int told = code == CURLE_OK ? (int)status : 0, retry_s = x->retry_after_s;
	if (x == &a->entry) {
		entry_answered(a, x, told);
		return true;
	}
	if (errand_answered(a, x, told)) {
		a->failures = 0;
		a->retry_ms = 0;
	} else {
		failed(a, retry_s);
	}
	forget_errand(a);
	return true;
}

/* --- attachments that somebody wants to see --- */

void transport_fetch(struct transport *t, const char *sha256)
{
	struct aside *a = t->aside;
	if (strlen(sha256) != BLOB_HEX || strspn(sha256, "0123456789abcdef") != BLOB_HEX)
		return;
	snprintf(a->wanted, sizeof a->wanted, "%s", sha256);
	a->fetched.state = FETCHED_NOT_YET;
	a->retry_ms = 0;
}

void transport_fetched(struct transport *t, struct fetched *out)
{
	*out = t->aside->fetched;
	if (out->state != FETCHED_NOT_YET)
		t->aside->fetched.state = FETCHED_NOT_YET;
}

bool transport_is_idle(struct transport *t)
{
	return aside_is_idle(t->aside);
}
