// SPDX-License-Identifier: GPL-3.0-or-later
/* Who may ask for what: every endpoint, for every kind of caller and scope, on each database. Prints the table that it
 * checks, 100 columns wide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/server/api_inside.h"
#include "api_fixture.h"
#include "guichet/core/reference.h"
#include "guichet/core/request.h"

#define PASSWORD "un long mot de passe"
#define OTHER_HASH "0000000000000000000000000000000000000000000000000000000000000000"
#define X_HASH "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" /* of "x" */
#define PHOTO "aaaabbbbccccddddeeeeffff0000111122223333444455556666777788889999"

/* Callers, in the order of the table's columns. The request that is asked for is with voirie. */
enum who { NOBODY, STRANGER, REVOKED, AGENT, VOIRIE, DECHETS, KIOSK, A_SUPERVISOR, A_SERVICE, A_DPO, A_ADMIN, HALL_ADMIN, EXPIRED, CLOSED, MAILER, CALLERS };
static const char *const names[CALLERS] = {
	"nobody: no token", "a token of another server", "a desk that was revoked", "desk, role agent, all services",
	"desk, role service: voirie", "desk, role service: dechets, propre",
	"desk, role kiosk, all services", "account, role supervisor, on the desk d", "account, role service: dechets, on d",
	"account, role dpo, on d", "account, role admin, on d", "account, roles admin and agent, on g", "a supervisor whose access has expired",
	"a supervisor whose account was closed", "the machine with the mail, role mailer",
};
static const struct { enum who who; const char *login, *roles, *services, *desk; } accounts[] = {
	{ A_SUPERVISOR, "superviseur", "supervisor", "*", "desk-agent" },
	{ A_SERVICE, "technicien", "service", "dechets", "desk-agent" },
	{ A_DPO, "dpo", "dpo", "*", "desk-agent" },
	{ A_ADMIN, "admin", "admin", "*", "desk-agent" },
	{ HALL_ADMIN, "admin2", "admin agent", "*", "desk-kiosk" },
	{ EXPIRED, "lent", "supervisor admin", "*", "desk-agent" },
	{ CLOSED, "parti", "supervisor admin", "*", "desk-agent" },
};
enum { ACCOUNTS = sizeof accounts / sizeof *accounts };

#define CODE "AAAA-BBBB-CCCC-DDDD"
#define EMPTY -200                   /* 200 with nothing of the request in it */
#define REQUEST "2000000030"

/* 401 for whoever is nobody here; 404 for what is out of reach, whether it exists or not. */
static const struct row { const char *method, *path, *body; int expected[CALLERS]; } rows[] = {
	/*                                              -    ?  revo agent voir dech kios supe serv  dpo admi hall expi clos mail */
	{ "GET", "/healthz", NULL,                   { 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200 } },
	{ "GET", "/readyz", NULL,                    { 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200 } },
	{ "GET", "/metrics", NULL,                   { 401, 401, 401, 401, 401, 401, 401, 404, 404, 404, 200, 404, 401, 401, 401 } },
	{ "POST", "/v1/devices", "{\"code\": \"" CODE "\", \"version\": \"1\"}",
	                                             { 201, 201, 201, 201, 201, 201, 201, 201, 201, 201, 201, 201, 201, 201, 201 } },
	{ "POST", "/v1/devices (wrong code)", "{\"code\": \"X\", \"version\": \"1\"}",
	                                             { 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401 } },
	{ "GET", "/v1/devices", NULL,                { 401, 401, 401, 401, 401, 401, 401, 404, 404, 404, 200, 404, 401, 401, 401 } },
	{ "DELETE", "/v1/devices/999 (none)", NULL,  { 401, 401, 401, 401, 401, 401, 401, 404, 404, 404, 404, 404, 401, 401, 401 } },
	{ "DELETE", "/v1/devices/50", NULL,          { 401, 401, 401, 401, 401, 401, 401, 404, 404, 404, 204, 404, 401, 401, 401 } },
	{ "GET", "/v1/devices/me", NULL,             { 401, 401, 401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 401, 401, 200 } },
	{ "POST", "/v1/sessions (no words)", "{}",   { 401, 401, 401, 422, 422, 422, 422, 422, 422, 422, 422, 422, 401, 401, 422 } },
	{ "POST", "/v1/sessions/refresh (none)", "{}", { 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401 } },
	{ "POST", "/v1/ops", "{\"ops\": []}",        { 401, 401, 401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 401, 401, 200 } },
	{ "GET", "/v1/changes", NULL,                { 401, 401, 401, 200, 200, EMPTY, 404, 200, EMPTY, 404, 404, 404, 401, 401, 200 } },
	{ "GET", "/v1/snapshot", NULL,               { 401, 401, 401, 200, 200, EMPTY, 404, 200, EMPTY, 404, 404, 404, 401, 401, 200 } },
	{ "GET", "/v1/requests/" REQUEST, NULL,      { 401, 401, 401, 200, 200, 404, 404, 200, 404, 200, 404, 404, 401, 401, 404 } },
	{ "GET", "/v1/requests/2000000127 (none)", NULL, { 401, 401, 401, 404, 404, 404, 404, 404, 404, 404, 404, 404, 401, 401, 404 } },
	{ "GET", "/v1/requests?q=" REQUEST, NULL,    { 401, 401, 401, 200, 200, EMPTY, 404, 200, EMPTY, 200, 404, 404, 401, 401, 404 } },
	{ "GET", "/v1/blobs/" PHOTO, NULL,           { 401, 401, 401, 200, 200, 404, 404, 200, 404, 200, 404, 404, 401, 401, 404 } },
	{ "PUT", "/v1/blobs/" OTHER_HASH, "x",       { 401, 401, 401, 422, 422, 422, 404, 422, 422, 422, 404, 404, 401, 401, 422 } },
	{ "PUT", "/v1/blobs/" X_HASH, "x",           { 401, 401, 401, 201, 201, 201, 404, 201, 201, 201, 404, 404, 401, 401, 201 } },
	{ "GET", "/v1/catalogue", NULL,              { 401, 401, 401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 401, 401, 200 } },
	{ "GET", "/v1/nothing", NULL,                { 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
	{ "PATCH", "/v1/ops", NULL,                  { 405, 405, 405, 405, 405, 405, 405, 405, 405, 405, 405, 405, 405, 405, 405 } },
};
enum { ROWS = sizeof rows / sizeof *rows };

static char kept[API_PASSWORD_KEPT];

/* --- a server with one request, for voirie, and its photo --- */

static void add_request(struct api_fixture *f)
{
	struct op op;
	struct op_id id = { 10, 1 };
	op_init(&op, OP_CREATE, id, "s.martin", f->now_ms);
	op.id = id;
	op_write_text(&op, NULL, FIELD_STATUS, "new");
	op_write_text(&op, NULL, FIELD_SERVICE, "voirie");
	op_fact_int(&op, "reference", reference_make(20000000));
	assert_int_equal(api_push(f, "desk-agent", &op), 200);
	op_init(&op, OP_ATTACH, id, "s.martin", f->now_ms);
	op.id = (struct op_id){ 10, 2 };
	op_fact_text(&op, "sha256", PHOTO);
	assert_int_equal(api_push(f, "desk-agent", &op), 200);
	assert_int_equal(db_run(f->server->db, NULL, "INSERT INTO blob_store(sha256, bytes, device) VALUES(?1, 1, 77)", "t", PHOTO), GUICHET_OK);
	assert_int_equal(db_run(f->server->db, NULL, "INSERT INTO blob_part(sha256, n, data) VALUES(?1, 0, ?2)", "tb", PHOTO, (const void *)"x", (size_t)1), GUICHET_OK);
	assert_int_equal(db_run(f->server->db, NULL, "INSERT INTO catalogue(hash, applied_ms, packed) VALUES('h', 1, ?1)", "b", (const void *)"x", (size_t)1),
		GUICHET_OK);
}

static char *sign_in(struct api_fixture *f, const char *desk, const char *login)
{
	char body[200];
	snprintf(body, sizeof body, "{\"login\": \"%s\", \"password\": \"" PASSWORD "\"}", login);
	assert_int_equal(api_post(f, desk, "/v1/sessions", body), 200);
	return guichet_strdup(api_said(f, "access"));
}

static void add_callers(struct api_fixture *f, char *tokens[CALLERS])
{
	static const struct { enum who who; const char *token, *role, *services; } desks[] = {
		{ AGENT, "desk-agent", "agent", "*" }, { VOIRIE, "desk-voirie", "service", "voirie" }, { DECHETS, "desk-dechets", "service", "dechets propre" },
		{ KIOSK, "desk-kiosk", "kiosk", "*" }, { REVOKED, "desk-revoked", "agent", "*" },
		{ MAILER, "desk-mailer", "mailer", "*" },
	};
	memset(tokens, 0, CALLERS * sizeof *tokens);
	tokens[STRANGER] = guichet_strdup("ga1_of-another-server");
	for (uint32_t i = 0; i < sizeof desks / sizeof *desks; i++) {
		api_add_desk(f, 10 + i, desks[i].token, desks[i].role, desks[i].services);
		tokens[desks[i].who] = guichet_strdup(desks[i].token);
	}
	db_run(f->server->db, NULL, "UPDATE device SET revoked_ms = 1 WHERE id = 14", "");
	for (size_t i = 0; i < ACCOUNTS; i++) {
		api_add_account(f, accounts[i].login, kept, accounts[i].roles, accounts[i].services);
		tokens[accounts[i].who] = sign_in(f, accounts[i].desk, accounts[i].login);
	}
	db_run(f->server->db, NULL, "UPDATE session SET access_until_ms = 5 WHERE login = 'lent'", "");
	db_run(f->server->db, NULL, "UPDATE account SET disabled = 1 WHERE login = 'parti'", "");
}

/* --- tests --- */

/* Who stands in which column, two side by side. */
static void print_callers(struct api_fixture *f)
{
	enum { HALF = (CALLERS + 1) / 2 };
	printf("Who may ask the server for what, on %s. The request %s and its photo are with the service voirie.\n",
		db_is_postgres(f->server->db) ? "PostgreSQL" : "SQLite", REQUEST);
	for (int i = 0; i < HALF; i++) {
		printf("  %c  %-44s", 'a' + i, names[i]);
		if (i + HALF < CALLERS)
			printf("%c  %s", 'a' + i + HALF, names[i + HALF]);
		printf("\n");
	}
	printf("  200- : answered, without anything of the request; 401: who are you; 404: not for you, or not there, and\n"
		"  nobody is told which; 403 is never answered; 422: heard, and no use; an empty push stands for a push\n");
	printf("%-38s", "");
	for (int who = 0; who < CALLERS; who++)
		printf("%2c  ", 'a' + who);
	printf("\n");
}

/* The status, as in the table: EMPTY when nothing of the request is in a list that is answered. */
static int ask(struct api_fixture *f, const struct row *row, const char *token)
{
	char path[200];
	snprintf(path, sizeof path, "%.*s", (int)strcspn(row->path, " "), row->path);
	int status = api_send(f, &(struct api_sent){ .token = token, .method = row->method, .path = path, .body = row->body });
	bool list = strstr(path, "/changes") || strstr(path, "/snapshot") || strstr(path, "?q=");
	char *said = status == 200 && list ? json_dumps(f->json, JSON_COMPACT) : NULL;
	if (said && !strstr(said, REQUEST))
		status = EMPTY;
	free(said);
	return status;
}

/* What one call uses up or leaves is put back before the next: a desk to be revoked, a code to enrol with, no file. */
static void put_back(struct api_fixture *f)
{
	uint8_t hash[32];
	api_token_hash(CODE, hash);
	db_run(f->server->db, NULL, "DELETE FROM device WHERE id = 50 OR name = 'neuf'", "");
	db_run(f->server->db, NULL, "DELETE FROM blob_store WHERE sha256 = ?1", "t", X_HASH);
	db_run(f->server->db, NULL, "DELETE FROM enrol_code", "");
	db_run(f->server->db, NULL, "INSERT INTO enrol_code(code, name, role, services, until_ms, uses) VALUES(?1, 'neuf', 'agent', '*', ?2, 1)", "bi",
		(const void *)hash, sizeof hash, INT64_MAX);
	api_add_desk(f, 50, "desk-50", "agent", "*");
}

/* Protects: nobody reaches what their role and services do not open, and is not told that it exists. */
static void every_endpoint_for_everybody(void **state)
{
	struct api_fixture f;
	char *tokens[CALLERS];
	int wrong = 0;
	server_fixture_needs(*state);
	api_fixture_start(&f, *state, &(struct api_policy)API_POLICY_INIT);
	add_callers(&f, tokens);
	add_request(&f);
	print_callers(&f);
	for (size_t i = 0; i < ROWS; i++) {
		printf("%-7s%-30.30s ", rows[i].method, rows[i].path);
		for (int who = 0; who < CALLERS; who++) {
			put_back(&f);
			int status = ask(&f, &rows[i], tokens[who]);
			printf("%3d%c", abs(status), status != rows[i].expected[who] ? '!' : status == EMPTY ? '-' : ' ');
			wrong += status != rows[i].expected[who];
		}
		printf("\n");
	}
	for (int who = 0; who < CALLERS; who++)
		free(tokens[who]);
	api_fixture_done(&f);
	assert_int_equal(wrong, 0);
}

/* Protects: an endpoint that is added gets its row in the table above. */
static void no_endpoint_is_left_out(void **state)
{
	const struct api_route *route;
	(void)state;
	for (size_t at = 0; (route = api_route_at(at)) != NULL; at++) {
		bool any = false;
		for (size_t i = 0; i < ROWS && !any; i++) {
			char path[120];
			bool path_known;
			snprintf(path, sizeof path, "%.*s", (int)strcspn(rows[i].path, "? "), rows[i].path);
			any = api_find_route(rows[i].method, path, &path_known) == route;
		}
		if (!any)
			fail_msg("%s %s has no row", route->method, route->path);
	}
}

/* Whose number the caller's operations bear. */
static uint32_t desk_of(enum who who)
{
	return who == VOIRIE ? 11 : who == DECHETS ? 12 : who == KIOSK || who == HALL_ADMIN ? 13 : who == MAILER ? 15 : 10;
}

/* "-" refused, "parked", "counts". */
static const char *settle_as(struct api_fixture *f, enum who who, const char *token, struct op_id target)
{
	struct op op;
	char text[OP_ID_TEXT];
	uint32_t desk = desk_of(who);
	const char *actor = "x";
	for (size_t i = 0; i < ACCOUNTS; i++)
		if (accounts[i].who == who)
			actor = accounts[i].login;
	op_init(&op, OP_SETTLE, (struct op_id){ 10, 1 }, actor, f->now_ms);
	op.id = (struct op_id){ desk, (uint64_t)db_value(f->server->db, 0, "SELECT coalesce(max(dseq), 0) + 1 FROM op WHERE device = ?1 AND settles IS NULL", "i",
		(int64_t)desk) };
	op_id_format(target, text);
	op_fact_text(&op, "target", text);
	op_fact_bool(&op, "aside", true);
	int status = api_push(f, token, &op);
	const json_t *result = json_array_get(json_object_get(f->json, "results"), 0);
	return status != 200 ? "-" : json_object_get(result, "parked") ? "parked" : "counts";
}

/* Protects: whoever may push may ask for what was parked to be settled, and only who supervises is heard; the others' wish is parked itself. */
static void who_settles(void **state)
{
	static const char *const expected[CALLERS] = { "-", "-", "-", "parked", "parked", "parked", "parked", "counts", "parked", "parked", "parked", "parked", "-", "-", "parked" };
	struct api_fixture f;
	char *tokens[CALLERS];
	struct op op;
	int wrong = 0;
	server_fixture_needs(*state);
	api_fixture_start(&f, *state, &(struct api_policy)API_POLICY_INIT);
	add_callers(&f, tokens);
	add_request(&f);
	op_init(&op, OP_NOTE, (struct op_id){ 10, 1 }, "dechets", f.now_ms);
	op.id = (struct op_id){ 12, 1 };
	assert_int_equal(api_push(&f, tokens[DECHETS], &op), 200);
	printf("An operation that settles what was parked: counts (+), is parked itself (p), is refused (-)\n%-38s", "POST   /v1/ops (settle)");
	for (int who = 0; who < CALLERS; who++) {
		const char *said = settle_as(&f, (enum who)who, tokens[who], (struct op_id){ 12, 1 });
		bool settled = db_value(f.server->db, 0, "SELECT count(*) FROM op WHERE parked = 'aside'", "") > 0;
		bool right = !strcmp(said, expected[who]) && settled == (who >= A_SUPERVISOR);
		printf("%3c%c", *said == 'c' ? '+' : *said, right ? ' ' : '!');
		wrong += !right;
	}
	printf("\n");
	for (int who = 0; who < CALLERS; who++)
		free(tokens[who]);
	api_fixture_done(&f);
	assert_int_equal(wrong, 0);
}

/* "counts" or "parked", as the server takes one operation from the machine that carries the mail. */
static const char *write_as_mailer(struct api_fixture *f, enum op_kind kind, const char *channel, const char *actor)
{
	struct op op;
	const uint64_t next = (uint64_t)db_value(f->server->db, 0, "SELECT coalesce(max(dseq), 0) + 1 FROM op WHERE device = 15", "");
	const struct op_id id = { 15, next }, request = { 10, 1 };
	bool creates = kind == OP_CREATE || kind == OP_REQUESTER_CREATE || kind == OP_CONTACT || kind == OP_MAIL || kind == OP_BULLETIN;
	op_init(&op, kind, creates ? id : request, actor, f->now_ms);
	op.id = id;
	if (kind == OP_CREATE) {
		op_write_text(&op, NULL, FIELD_CHANNEL, channel);
		op_write_text(&op, NULL, FIELD_SERVICE, "voirie");
	}
	assert_int_equal(api_push(f, "desk-mailer", &op), 200);
	bool parked = json_object_get(json_array_get(json_object_get(f->json, "results"), 0), "parked") != NULL;
	return parked ? "parked" : "counts";
}

/* Protects: the machine that carries the mail records mails, what they make and what became of what was sent, and nothing else; a supervisor who
 * signs in on it can do nothing at all. */
static void what_a_mailer_writes(void **state)
{
	static const unsigned of_mail[] = { OP_MAIL, OP_CREATE, OP_REQUESTER_CREATE, OP_TOUCH, OP_NOTE, OP_ATTACH, OP_DELIVERY };
	struct api_fixture f;
	char *tokens[CALLERS];
	int wrong = 0;
	server_fixture_needs(*state);
	api_fixture_start(&f, *state, &(struct api_policy)API_POLICY_INIT);
	add_callers(&f, tokens);
	add_request(&f);
	free(sign_in(&f, "desk-mailer", "superviseur"));
	printf("Operations of the machine with the mail (o) that count; all others are parked:");
	for (int kind = 0; kind < OP_KIND_COUNT; kind++) {
		bool may = false;
		for (size_t i = 0; i < sizeof of_mail / sizeof *of_mail; i++)
			may = may || of_mail[i] == (unsigned)kind;
		/* Whose subject is no request: parked for that alone. */
		if (kind == OP_REQUESTER_EDIT)
			continue;
		const char *said = write_as_mailer(&f, (enum op_kind)kind, "email", "courrier");
		bool right = !strcmp(said, may ? "counts" : "parked") && !strcmp(write_as_mailer(&f, (enum op_kind)kind, "email", "superviseur"), "parked");
		if (!right || *said == 'c')
			printf(" %s%s", op_kind_code((enum op_kind)kind), right ? "" : "!");
		wrong += !right;
	}
	printf("\n");
	assert_string_equal(write_as_mailer(&f, OP_CREATE, "phone", "courrier"), "parked");
	assert_int_equal(api_get(&f, "desk-mailer", "/v1/changes"), 200);
	for (int who = 0; who < CALLERS; who++)
		free(tokens[who]);
	api_fixture_done(&f);
	assert_int_equal(wrong, 0);
}

/* Protects: a reference of another service and one that nobody has are answered alike, to the letter. */
static void foreign_is_as_unknown(void **state)
{
	struct api_fixture f;
	char *tokens[CALLERS];
	server_fixture_needs(*state);
	api_fixture_start(&f, *state, &(struct api_policy)API_POLICY_INIT);
	add_callers(&f, tokens);
	add_request(&f);
	assert_int_equal(api_get(&f, tokens[DECHETS], "/v1/requests/" REQUEST), 404);
	json_t *foreign = json_incref(f.json);
	assert_int_equal(api_get(&f, tokens[DECHETS], "/v1/requests/2000000127"), 404);
	assert_true(json_equal(foreign, f.json));
	json_decref(foreign);
	assert_int_equal(api_get(&f, tokens[DECHETS], "/v1/requests?q=" REQUEST), 200);
	assert_int_equal(json_array_size(json_object_get(f.json, "found")), 0);
	/* And what was looked at is noted: two looks of others, none of these two that saw nothing by its number. */
	assert_int_equal(api_get(&f, tokens[VOIRIE], "/v1/requests/" REQUEST), 200);
	assert_int_equal(db_value(f.server->db, -1, "SELECT count(*) FROM audit WHERE what = 'look' AND device = 11 AND subject = '2000000030'", ""), 1);
	for (int who = 0; who < CALLERS; who++)
		free(tokens[who]);
	api_fixture_done(&f);
}

/* Protects: an account sees what both it and its desk may see. */
static void an_account_narrows_its_desk(void **state)
{
	struct api_fixture f;
	server_fixture_needs(*state);
	api_fixture_start(&f, *state, &(struct api_policy)API_POLICY_INIT);
	api_add_desk(&f, 10, "desk-agent", "agent", "*");
	api_add_desk(&f, 11, "desk-two", "service", "voirie dechets");
	add_request(&f);
	static const struct { const char *login, *services, *desk; int expected; } cases[] = {
		{ "un", "voirie", "desk-agent", 200 }, { "deux", "voirie eau", "desk-two", 200 }, { "trois", "eau", "desk-two", 404 },
		{ "quatre", "dechets", "desk-agent", 404 }, { "cinq", "*", "desk-two", 200 }, { "six", "eau*", "desk-agent", 404 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		api_add_account(&f, cases[i].login, kept, "service", cases[i].services);
		char *token = sign_in(&f, cases[i].desk, cases[i].login);
		assert_int_equal(api_get(&f, token, "/v1/requests/" REQUEST), cases[i].expected);
		printf("%s  %-11s on a desk of %-14s %d\n", i ? "" : "GET /v1/requests/" REQUEST " by an account of these services\n", cases[i].services,
			!strcmp(cases[i].desk, "desk-agent") ? "all services" : "voirie dechets", cases[i].expected);
		free(token);
	}
	api_fixture_done(&f);
}

/* Protects: a desk that is too old, or whose disk is open where the administrator forbids it, gets nothing, and can still hand in what it has. */
static void policy_stops_the_pull_alone(void **state)
{
	struct api_fixture f;
	struct api_policy policy = API_POLICY_INIT;
	server_fixture_needs(*state);
	policy.oldest_version = "0.2";
	api_fixture_start(&f, *state, &policy);
	api_add_desk(&f, 10, "desk-agent", "agent", "*");
	assert_int_equal(api_get(&f, "desk-agent", "/v1/changes"), 426);
	add_request(&f);
	db_run(f.server->db, NULL, "UPDATE device SET version = '0.10.1'", "");
	assert_int_equal(api_get(&f, "desk-agent", "/v1/changes"), 200);
	api_fixture_done(&f);
	policy = (struct api_policy)API_POLICY_INIT;
	policy.require_encryption = true;
	api_fixture_start(&f, *state, &policy);
	assert_int_equal(api_get(&f, "desk-agent", "/v1/changes"), 426);
	/* Nor by the other door. */
	assert_int_equal(api_get(&f, "desk-agent", "/v1/requests/" REQUEST), 426);
	assert_int_equal(api_get(&f, "desk-agent", "/v1/requests?q=lilas"), 426);
	assert_int_equal(api_post(&f, "desk-agent", "/v1/ops", "{\"ops\": []}"), 200);
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
		ON(every_endpoint_for_everybody, sqlite), ON(every_endpoint_for_everybody, postgres),
		ON(who_settles, sqlite), ON(who_settles, postgres), ON(what_a_mailer_writes, sqlite), ON(what_a_mailer_writes, postgres),
		ON(foreign_is_as_unknown, sqlite), ON(foreign_is_as_unknown, postgres),
		ON(an_account_narrows_its_desk, sqlite), ON(an_account_narrows_its_desk, postgres),
		ON(policy_stops_the_pull_alone, sqlite), cmocka_unit_test(no_endpoint_is_left_out),
	};
	return cmocka_run_group_tests(tests, start, server_fixture_group_done);
}
