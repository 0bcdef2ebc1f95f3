// SPDX-License-Identifier: GPL-3.0-or-later
/* The REST interface: its table of routes, who calls, answers, and the shared transaction of those who write. */
#include "api_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/log.h"
#include "guichet/base/sim_bug.h"

static enum guichet_rc write_push(struct api *a, struct db *write, struct api_call *c, struct guichet_err *err);

static bool is_push(const struct api_call *c)
{
	return c->route->write == write_push;
}

enum { ROLES_LOOK = ROLE_AGENT | ROLE_SERVICE | ROLE_SUPERVISOR | ROLE_DPO, ROLES_FOLLOW = ROLE_AGENT | ROLE_SERVICE | ROLE_SUPERVISOR | ROLE_MAILER };

static const struct api_route routes[] = {
	{ "GET", "/healthz", AUTH_NONE, 0, health_begin, NULL, NULL, NULL },
	{ "GET", "/readyz", AUTH_NONE, 0, ready_begin, NULL, NULL, NULL },
	{ "GET", "/metrics", AUTH_LOCAL, ROLE_ADMIN, metrics_begin, NULL, NULL, NULL },
	{ "POST", "/v1/devices", AUTH_NONE, 0, devices_begin_enrol, devices_enrol, NULL, NULL },
	{ "GET", "/v1/devices", AUTH_ACCOUNT, ROLE_ADMIN, devices_list, NULL, NULL, NULL },
	{ "GET", "/v1/devices/me", AUTH_DEVICE, 0, devices_me, NULL, NULL, NULL },
	{ "DELETE", "/v1/devices/{}", AUTH_ACCOUNT, ROLE_ADMIN, devices_begin_revoke, devices_revoke, NULL, NULL },
	{ "POST", "/v1/sessions", AUTH_DEVICE, 0, sessions_begin, sessions_start, sessions_slow, NULL },
	{ "POST", "/v1/sessions/refresh", AUTH_DEVICE, 0, sessions_begin_refresh, sessions_refresh, NULL, NULL },
	{ "POST", "/v1/ops", AUTH_DEVICE, 0, ops_begin, write_push, NULL, NULL },
	{ "GET", "/v1/changes", AUTH_DEVICE, ROLES_FOLLOW, changes_begin, NULL, NULL, NULL },
	{ "GET", "/v1/snapshot", AUTH_DEVICE, ROLES_FOLLOW, snapshot_begin, NULL, NULL, NULL },
	{ "GET", "/v1/requests", AUTH_DEVICE, ROLES_LOOK, requests_begin, lookup_write, NULL, NULL },
	{ "GET", "/v1/requests/{}", AUTH_DEVICE, ROLES_LOOK, request_begin, lookup_write, NULL, NULL },
	{ "PUT", "/v1/blobs/{}", AUTH_DEVICE, ROLES_LOOK | ROLE_MAILER, blob_begin_put, blob_put, NULL, blob_check },
	{ "GET", "/v1/blobs/{}", AUTH_DEVICE, ROLES_LOOK, blob_begin_get, NULL, NULL, blob_get },
	{ "GET", "/v1/catalogue", AUTH_DEVICE, 0, catalogue_get, NULL, NULL, NULL },
};
enum { ROUTES = sizeof routes / sizeof *routes, BODY_SMALL = 64 * 1024 };

struct api *api_new(const struct api_options *o)
{
	struct api *a = guichet_alloc(sizeof *a);
	a->policy = o->policy;
	a->clock = o->clock;
	a->random = o->random;
	a->rates = api_rates_new(o->random);
	a->seen = seen_new();
	return a;
}

void api_free(struct api **a)
{
	if (*a) {
		api_rates_free(&(*a)->rates);
		seen_free(&(*a)->seen);
	}
	free(*a);
	*a = NULL;
}

int64_t api_clock(const struct api *a)
{
	return a->clock.now_ms(a->clock.context);
}

void api_call_done(struct api_call *c)
{
	if (c->state_free)
		c->state_free(c->state);
	c->state = NULL;
	c->state_free = NULL;
	identity_free(c->who);
	c->who = NULL;
	text_done(&c->out);
}

/* --- routes --- */

/* Both walked part by part; {} takes one that is not empty. */
static bool fits(const char *pattern, const char *path)
{
	while (*pattern) {
		if (!strncmp(pattern, "{}", 2)) {
			size_t part = strcspn(path, "/");
			if (part == 0)
				return false;
			pattern += 2;
			path += part;
		} else if (*pattern++ != *path++) {
			return false;
		}
	}
	return *path == '\0';
}

const struct api_route *api_find_route(const char *method, const char *path, bool *path_known)
{
	*path_known = false;
	for (size_t i = 0; i < ROUTES; i++) {
		if (!fits(routes[i].path, path))
			continue;
		*path_known = true;
		if (!strcmp(routes[i].method, method))
			return &routes[i];
	}
	return NULL;
}

const struct api_route *api_route_at(size_t i)
{
	return i < ROUTES ? &routes[i] : NULL;
}

void api_path_part(const struct api_call *c, int n, char *out, size_t room)
{
	const char *pattern = c->route->path, *path = c->path;
	*out = '\0';
	while (*pattern) {
		if (strncmp(pattern, "{}", 2) != 0) {
			pattern++;
			path++;
			continue;
		}
		size_t part = strcspn(path, "/");
		if (n-- == 0) {
			snprintf(out, room, "%.*s", (int)part, path);
			return;
		}
		pattern += 2;
		path += part;
	}
}

/* --- answers --- */

void api_header(struct api_call *c, const char *name, const char *format, ...)
{
	va_list args;
	if (c->header_count == API_HEADERS)
		return;
	c->headers[c->header_count].name = name;
	va_start(args, format);
	vsnprintf(c->headers[c->header_count++].value, sizeof c->headers[0].value, format, args);
	va_end(args);
}

static int add_bytes(const char *bytes, size_t count, void *context)
{
	text_addn(context, bytes, count);
	return 0;
}

void api_json(struct api_call *c, int status, json_t *json)
{
	text_clear(&c->out);
	c->out.cap = 64 * 1024 * 1024;
	c->status = status;
	c->type = "application/json";
	if (!json || json_dump_callback(json, add_bytes, &c->out, JSON_COMPACT) != 0)
		guichet_out_of_memory();
	json_decref(json);
}

void api_problem(struct api_call *c, int status, const char *type, bool retryable, const char *detail)
{
	char urn[80];
	snprintf(urn, sizeof urn, "urn:guichet:%s", type);
	api_json(c, status, json_pack("{s:s, s:i, s:s, s:b}", "type", urn, "status", status, "detail", detail, "retryable", (int)retryable));
	c->type = "application/problem+json";
}

void api_failed(struct api_call *c, const struct guichet_err *err)
{
	switch (err->code) {
	case GUICHET_NOT_FOUND:
		api_problem(c, 404, "not-found", false, err->message);
		break;
	case GUICHET_DATA:
	case GUICHET_USAGE:
		api_problem(c, 400, "malformed", false, err->message);
		break;
	case GUICHET_REFUSED:
		api_problem(c, 409, "refused", false, err->message);
		break;
	case GUICHET_IO:
		/* Words of the system may name paths: they are for the log. */
		api_problem(c, 507, "storage", true, _("le serveur n'a plus de place, ou son disque ne répond pas : rien n'a été enregistré"));
		break;
	default:
		api_problem(c, 503, "unavailable", true, _("le serveur ne peut répondre pour l'instant"));
		api_header(c, "Retry-After", "5");
	}
}

json_t *api_body(struct api_call *c)
{
	struct guichet_err err = { 0 };
	const char *type = c->header(c->context, "Content-Type");
	if (!type || strncmp(type, "application/json", 16) != 0) {
		api_problem(c, 415, "media-type", false, _("le corps doit être du JSON (Content-Type: application/json)"));
		return NULL;
	}
	if (c->body_bytes > API_BODY_MAX) {
		api_problem(c, 413, "too-large", false, _("le corps dépasse 1 Mio"));
		return NULL;
	}
	json_t *json = wire_parse(c->body ? c->body : "", c->body_bytes, API_BODY_MAX, &err);
	if (json_is_object(json))
		return json;
	json_decref(json);
	api_problem(c, 400, "malformed", false, err.code ? err.message : _("un objet JSON est attendu"));
	return NULL;
}

/* --- a call --- */

static bool may_call(struct api_call *c)
{
	if ((c->route->auth == AUTH_ACCOUNT || c->route->auth == AUTH_LOCAL) && !c->who->login[0]) {
		api_problem(c, 401, "sign-in", false, _("identifiez-vous d'abord"));
		return false;
	}
	if (c->route->roles && !(c->who->roles & c->route->roles)) {
		/* What is out of one's reach does not exist. */
		api_problem(c, 404, "not-found", false, _("rien à cette adresse"));
		return false;
	}
	return true;
}

/* Every answer passes here once: counted, said in the log when it is a refusal. No address, no name, no reference: the route's pattern stands for the path. */
static void answered(struct api *a, struct api_call *c)
{
	int retry;
	unsigned group = (unsigned)c->status / 100;
	if (group < 6)
		a->counts.statuses[group]++;
	if (c->status >= 400)
		a->counts.refused++;
	if (c->status == 401)
		api_rates_take(a->rates, 'f', api_address(c), a->policy.failure_rate, 1, api_clock(a), &retry);
	if (c->status >= 400 || a->policy.log_all)
		log_event("call method=%s route=%s status=%d device=%u bytes=%zu", c->route ? c->route->method : "?", c->route ? c->route->path : "?", c->status,
			c->who ? (unsigned)c->who->device : 0, c->out.len);
}

static bool too_many(struct api_call *c, int retry_s)
{
	api_problem(c, 429, "rate", true, _("trop d'appels : attendez un peu"));
	api_header(c, "Retry-After", "%d", retry_s);
	return false;
}

/* Health must be seen by whoever watches, however often. */
static bool within_rates(struct api *a, struct api_call *c)
{
	int retry;
	const char *address = api_address(c);
	if (c->route->auth == AUTH_NONE && c->route->roles == 0 && !c->route->write)
		return true;
	if (!api_rates_take(a->rates, 'a', address, a->policy.address_rate, 1, api_clock(a), &retry))
		return too_many(c, retry);
	/* Whoever guesses waits, before anything is looked up. */
	if (!api_rates_take(a->rates, 'f', address, a->policy.failure_rate, 0, api_clock(a), &retry))
		return too_many(c, retry);
	return true;
}

static bool desk_within_rate(struct api *a, struct api_call *c)
{
	char key[16];
	int retry;
	snprintf(key, sizeof key, "%u", (unsigned)c->who->device);
	return api_rates_take(a->rates, 'd', key, a->policy.desk_rate, 1, api_clock(a), &retry) || too_many(c, retry);
}

static bool admitted(struct api *a, struct db *read, struct api_call *c)
{
	if (!within_rates(a, c))
		return false;
	if (c->route->auth == AUTH_NONE || (c->route->auth == AUTH_LOCAL && api_is_local(c)))
		return true;
	return api_authenticate(a, read, c) && may_call(c) && desk_within_rate(a, c);
}

bool api_admit(struct api *a, struct db *read, struct api_call *c)
{
	bool path_known;
	a->counts.calls++;
	c->route = api_find_route(c->method, c->path, &path_known);
	if (!c->route)
		api_problem(c, path_known ? 405 : 404, path_known ? "method" : "not-found", false, _("rien à cette adresse"));
	else
		c->admitted = admitted(a, read, c);
	if (!c->admitted)
		answered(a, c);
	return c->admitted;
}

size_t api_body_max(const struct api_call *c)
{
	return !c->route || !c->route->write ? BODY_SMALL : c->route->file ? API_BLOB_MAX : is_push(c) ? API_BODY_MAX : BODY_SMALL;
}

enum api_next api_begin(struct api *a, struct db *read, struct api_call *c)
{
	if (!c->admitted && !api_admit(a, read, c))
		return API_DONE;
	enum api_next next = c->route->begin(a, read, c);
	if (next == API_DONE)
		answered(a, c);
	return next;
}

enum api_next api_resume(struct api *a, struct db *read, struct api_call *c)
{
	enum api_next next = c->route->begin(a, read, c);
	if (next == API_DONE)
		answered(a, c);
	return next;
}

enum api_next api_slow(struct api *a, struct api_call *c)
{
	enum api_next next = c->route->slow(a, c);
	if (next == API_DONE)
		answered(a, c);
	return next;
}

enum api_next api_file(struct api *a, struct db *read, struct api_call *c)
{
	enum api_next next = c->route->file(a, read, c);
	if (next == API_DONE)
		answered(a, c);
	return next;
}

void api_give_up(struct api *a, struct api_call *c, const char *type, const char *detail)
{
	api_problem(c, 503, type, true, detail);
	api_header(c, "Retry-After", "5");
	answered(a, c);
}

/* --- writing --- */

enum api_next api_store(struct api *a, struct db *write, struct api_call *c)
{
	struct guichet_err err = { 0 };
	bool whole = false;
	enum guichet_rc rc = db_begin(write, &err);
	if (!rc) {
		rc = blob_piece(a, write, c, &whole, &err);
		rc = rc ? rc : db_commit(write, &err);
		if (rc)
			db_rollback(write);
	}
	if (rc)
		api_failed(c, &err);
	if (!rc && !whole)
		return API_STORE;
	answered(a, c);
	return API_DONE;
}

static enum guichet_rc write_push(struct api *a, struct db *write, struct api_call *c, struct guichet_err *err)
{
	(void)a;
	(void)write;
	(void)c;
	(void)err;
	return GUICHET_INTERNAL; /* pushes are written together: ops_write */
}

static void write_part(struct api *a, struct db *write, struct api_call *c)
{
	struct guichet_err err = { 0 };
	if (db_savepoint(write, &err)) {
		api_failed(c, &err);
		return;
	}
	if (c->route->write(a, write, c, &err) == GUICHET_OK && db_release(write, &err) == GUICHET_OK)
		return;
	db_rollback_to_savepoint(write);
	if (err.code)
		api_failed(c, &err);
}

static enum guichet_rc write_all(struct api *a, struct db *write, struct api_call **calls, size_t count, struct guichet_err *err)
{
	enum guichet_rc rc = db_begin(write, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < count; i++)
		if (!is_push(calls[i]))
			write_part(a, write, calls[i]);
	rc = ops_write(a, write, calls, count, err);
	if (!rc)
		rc = db_commit(write, err);
	if (rc)
		db_rollback(write);
	return rc;
}

bool api_same_device(const struct api_call *a, const struct api_call *b)
{
	return a->who && b->who && a->who->device == b->who->device;
}

static void write_each(struct api *a, struct db *write, struct api_call **calls, size_t count)
{
	struct guichet_err err = { 0 };
	if (write_all(a, write, calls, count, &err) == GUICHET_OK || SIM_BUG(answered_uncommitted))
		return;
	/* Together it failed: whoever is the cause fails alone. A connection lost at the commit is asked again by operation id. */
	for (size_t i = 0; i < count; i++) {
		struct guichet_err own = { 0 };
		if (write_all(a, write, &calls[i], 1, &own) != GUICHET_OK)
			api_failed(calls[i], &own);
	}
}

void api_write(struct api *a, struct db *write, struct api_call **calls, size_t count)
{
	if (count == 0)
		return;
	write_each(a, write, calls, count);
	for (size_t i = 0; i < count; i++)
		answered(a, calls[i]);
}
