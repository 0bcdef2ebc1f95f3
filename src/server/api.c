// SPDX-License-Identifier: GPL-3.0-or-later
/* The REST interface: its table of routes, who calls, answers, and the shared transaction of those who write. */
#include "api_inside.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum guichet_rc write_push(struct api *a, struct db *write, struct api_call *c, struct guichet_err *err);

static const struct api_route routes[] = {
	{ "GET", "/healthz", AUTH_NONE, 0, health_begin, NULL },
	{ "GET", "/readyz", AUTH_NONE, 0, ready_begin, NULL },
	{ "POST", "/v1/devices", AUTH_NONE, 0, devices_begin_enrol, devices_enrol },
	{ "GET", "/v1/devices/me", AUTH_DEVICE, 0, devices_me, NULL },
	{ "POST", "/v1/ops", AUTH_DEVICE, 0, ops_begin, write_push },
	{ "GET", "/v1/changes", AUTH_DEVICE, ROLE_AGENT | ROLE_SERVICE | ROLE_SUPERVISOR, changes_begin, NULL },
};
enum { ROUTES = sizeof routes / sizeof *routes };

struct api *api_new(const struct api_options *o)
{
	struct api *a = guichet_alloc(sizeof *a);
	a->policy = o->policy;
	a->clock = o->clock;
	a->random = o->random;
	return a;
}

void api_free(struct api **a)
{
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
	if (json && json_is_object(json))
		return json;
	json_decref(json);
	api_problem(c, 400, "malformed", false, err.code ? err.message : _("un objet JSON est attendu"));
	return NULL;
}

/* --- a call --- */

static bool may_call(struct api_call *c)
{
	if (c->route->auth == AUTH_ACCOUNT && !c->who->login[0]) {
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

enum api_next api_begin(struct api *a, struct db *read, struct api_call *c)
{
	bool path_known;
	a->counts.calls++;
	c->route = api_find_route(c->method, c->path, &path_known);
	if (!c->route) {
		api_problem(c, path_known ? 405 : 404, path_known ? "method" : "not-found", false, _("rien à cette adresse"));
		return API_DONE;
	}
	if (c->route->auth != AUTH_NONE && (!api_authenticate(a, read, c) || !may_call(c)))
		return API_DONE;
	return c->route->begin(a, read, c);
}

enum api_next api_resume(struct api *a, struct db *read, struct api_call *c)
{
	return c->route->begin(a, read, c);
}

/* --- writing --- */

static bool is_push(const struct api_call *c)
{
	return c->route->write == write_push;
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
	enum guichet_rc rc = c->route->write(a, write, c, &err);
	if (rc == GUICHET_OK && !(rc = db_release(write, &err)))
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

void api_write(struct api *a, struct db *write, struct api_call **calls, size_t count)
{
	struct guichet_err err = { 0 };
	if (count == 0 || write_all(a, write, calls, count, &err) == GUICHET_OK)
		return;
	/* Together it failed: whoever is the cause fails alone. A connection lost at the commit is asked again by operation id. */
	for (size_t i = 0; i < count; i++) {
		struct guichet_err own = { 0 };
		if (write_all(a, write, &calls[i], 1, &own) != GUICHET_OK)
			api_failed(calls[i], &own);
	}
}
