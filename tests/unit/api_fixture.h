// SPDX-License-Identifier: GPL-3.0-or-later
/* The REST interface without a socket, for tests: a call goes through the stages that it goes through in the server. */
#ifndef GUICHET_TESTS_API_FIXTURE_H
#define GUICHET_TESTS_API_FIXTURE_H

#include "guichet/server/api.h"
#include "server_fixture.h"

struct api_fixture {
	struct server_fixture *server;
	struct api *api;
	int64_t now_ms;
	/* The last answer. */
	int status;
	json_t *json;                    /* NULL: none, or no JSON */
	char type[40];                   /* of a problem, after "urn:guichet:" */
	char etag[80], retry_after[16];
};

enum { API_DESK_TOKEN = 64 };

void api_fixture_start(struct api_fixture *f, struct server_fixture *server, const struct api_policy *policy);
void api_fixture_done(struct api_fixture *f);

struct api_sent { const char *token, *method, *path /* with its query */, *body, *if_none_match, *real_ip, *peer, *agent; bool binary; };
/* Returns the status. */
int api_send(struct api_fixture *f, const struct api_sent *sent);
int api_get(struct api_fixture *f, const char *token, const char *path);
int api_post(struct api_fixture *f, const char *token, const char *path, const char *body);
/* Seals an operation, sends it, and is done with it. Returns the status. */
int api_push(struct api_fixture *f, const char *token, struct op *op);
const char *api_said(const struct api_fixture *f, const char *key);    /* a text of the answer, "" when absent */

/* A desk with this token; an account with this password's kept form. */
void api_add_desk(struct api_fixture *f, uint32_t id, const char *token, const char *role, const char *services);
void api_add_account(struct api_fixture *f, const char *login, const char *kept, const char *roles, const char *services);

#endif
