// SPDX-License-Identifier: GPL-3.0-or-later
/* The REST interface without a socket. */
#include "api_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct sending { const struct api_sent *sent; char path[512], authorization[160]; json_t *query; };

static const char *query_of(void *context, const char *key)
{
	struct sending *s = context;
	return json_string_value(json_object_get(s->query, key));
}

static const char *header_of(void *context, const char *name)
{
	struct sending *s = context;
	if (!strcmp(name, "Authorization"))
		return s->sent->token ? s->authorization : NULL;
	if (!strcmp(name, "Content-Type"))
		return s->sent->body ? s->sent->binary ? "application/octet-stream" : "application/json" : NULL;
	if (!strcmp(name, "If-None-Match"))
		return s->sent->if_none_match;
	if (!strcmp(name, "Guichet-Agent"))
		return s->sent->agent;
	return !strcmp(name, "X-Real-IP") ? s->sent->real_ip : NULL;
}

/* "/path?a=b&c=d" */
static void split_path(struct sending *s)
{
	snprintf(s->path, sizeof s->path, "%s", s->sent->path);
	char *at = strchr(s->path, '?');
	s->query = json_object();
	if (at)
		*at++ = '\0';
	for (char *save = NULL, *pair = at ? strtok_r(at, "&", &save) : NULL; pair; pair = strtok_r(NULL, "&", &save)) {
		char *value = strchr(pair, '=');
		if (value)
			*value++ = '\0';
		json_object_set_new(s->query, pair, json_string(value ? value : ""));
	}
}

static void keep_answer(struct api_fixture *f, const struct api_call *c)
{
	json_decref(f->json);
	f->status = c->status;
	f->json = c->type && strstr(c->type, "json") ? json_loadb(text_str(&c->out), c->out.len, 0, NULL) : NULL;
	f->etag[0] = f->retry_after[0] = '\0';
	const char *type = json_string_value(json_object_get(f->json, "type"));
	snprintf(f->type, sizeof f->type, "%s", type && !strncmp(type, "urn:guichet:", 12) ? type + 12 : "");
	for (size_t i = 0; i < c->header_count; i++) {
		if (!strcmp(c->headers[i].name, "ETag"))
			snprintf(f->etag, sizeof f->etag, "%s", c->headers[i].value);
		if (!strcmp(c->headers[i].name, "Retry-After"))
			snprintf(f->retry_after, sizeof f->retry_after, "%.15s", c->headers[i].value);
	}
}

int api_send(struct api_fixture *f, const struct api_sent *sent)
{
	struct sending s = { .sent = sent };
	split_path(&s);
	if (sent->token)
		snprintf(s.authorization, sizeof s.authorization, "Bearer %s", sent->token);
	struct api_call c = { .method = sent->method, .path = s.path, .query = query_of, .header = header_of, .context = &s, .body = sent->body,
		.body_bytes = sent->body ? strlen(sent->body) : 0, .peer = sent->peer ? sent->peer : "192.0.2.1" };
	struct api_call *list = &c;
	enum api_next next = api_begin(f->api, f->server->db, &c);
	if (next == API_SLOW)
		next = api_slow(f->api, &c);
	if (next == API_WRITE)
		api_write(f->api, f->server->db, &list, 1);
	assert_int_not_equal(next, API_HOLD);
	assert_in_range(c.status, 200, 599);
	keep_answer(f, &c);
	api_call_done(&c);
	json_decref(s.query);
	return f->status;
}

int api_get(struct api_fixture *f, const char *token, const char *path)
{
	return api_send(f, &(struct api_sent){ .token = token, .method = "GET", .path = path });
}

int api_post(struct api_fixture *f, const char *token, const char *path, const char *body)
{
	return api_send(f, &(struct api_sent){ .token = token, .method = "POST", .path = path, .body = body });
}

int api_push(struct api_fixture *f, const char *token, struct op *op)
{
	uint8_t salt[OP_SALT] = { (uint8_t)op->id.dseq, (uint8_t)op->id.device };
	assert_int_equal(op_seal(op, salt, NULL), GUICHET_OK);
	json_t *json = json_pack("{s:[o]}", "ops", op_json(op));
	char *body = json_dumps(json, JSON_COMPACT);
	int status = api_post(f, token, "/v1/ops", body);
	free(body);
	json_decref(json);
	op_done(op);
	return status;
}

const char *api_said(const struct api_fixture *f, const char *key)
{
	const char *text = json_string_value(json_object_get(f->json, key));
	return text ? text : "";
}

void api_fixture_start(struct api_fixture *f, struct server_fixture *server, const struct api_policy *policy)
{
	*f = (struct api_fixture){ .server = server, .now_ms = 1795000000000 };
	f->api = api_new(&(struct api_options){ .policy = *policy, .clock = clock_fixed(&f->now_ms), .random = server->random });
}

void api_fixture_done(struct api_fixture *f)
{
	json_decref(f->json);
	f->json = NULL;
	api_free(&f->api);
}

void api_add_desk(struct api_fixture *f, uint32_t id, const char *token, const char *role, const char *services)
{
	uint8_t hash[32];
	api_token_hash(token, hash);
	assert_int_equal(db_run(f->server->db, &f->server->err, "INSERT INTO device(id, token, name, role, services, enrolled_ms, seen_ms, version, encrypted, "
		"cursor_seq, scope_version, retired) VALUES(?1, ?2, ?3, ?4, ?5, 0, 0, '0.1.0', 0, 0, 1, 0)", "ibttt", (int64_t)id, (const void *)hash, sizeof hash, role,
		role, services), GUICHET_OK);
}

void api_add_account(struct api_fixture *f, const char *login, const char *kept, const char *roles, const char *services)
{
	assert_int_equal(db_run(f->server->db, &f->server->err, "INSERT INTO account(login, name, password, roles, services, disabled, failed, failed_ms) "
		"VALUES(?1, ?1, ?2, ?3, ?4, 0, 0, 0)", "tttt", login, kept, roles, services), GUICHET_OK);
}
