// SPDX-License-Identifier: GPL-3.0-or-later
/* Requests that this desk does not hold, asked of the server by a command, which waits for the answer (sync/transport.h). */
#include "look_up.h"

#include "guichet/store/replica.h"
#include "guichet/sync/transport.h"

enum { WAIT_MS = 200, PAGES = 10 };

bool look_up_may(struct cli *cli)
{
	struct replica_state state;
	return !cli->read_only && replica_state(cli->store, &state, NULL) == GUICHET_OK && state.partial;
}

static enum guichet_rc begin(struct cli *cli, char desk[DESK_WORDS], struct transport **t, struct guichet_err *err)
{
	const struct sync_options o = { .clock = clock_system(), .random = random_system(), .page_items = 1, .desk = desk };
	session_desk_words(cli, desk, DESK_WORDS);
	return transport_new(cli->store, &o, cli->config.server_ca, t, err);
}

static enum guichet_rc wait_for(struct cli *cli, struct transport *t, uint32_t ticket, struct guichet_err *err)
{
	enum look_state state;
	while ((state = transport_looked(t, ticket, err)) == LOOK_BUSY) {
		if (cli->interrupted && *cli->interrupted)
			return guichet_err_set(err, GUICHET_UNAVAILABLE, "%s", _("interrompu"));
		transport_wait(t, WAIT_MS);
		transport_turn_aside(t);
	}
	return state == LOOK_HERE ? GUICHET_OK : err && err->code ? err->code : GUICHET_UNAVAILABLE;
}

enum guichet_rc look_up_request(struct cli *cli, int64_t reference, struct guichet_err *err)
{
	struct transport *t = NULL;
	char desk[DESK_WORDS];
	enum guichet_rc rc = begin(cli, desk, &t, err);
	if (!rc)
		rc = wait_for(cli, t, transport_look(t, reference, cli->actor.login), err);
	transport_free(&t);
	return rc;
}

enum guichet_rc look_up_file(struct cli *cli, const char *sha256, struct guichet_err *err)
{
	struct transport *t = NULL;
	struct fetched file = { 0 };
	char desk[DESK_WORDS];
	if (!replica_is_enrolled(cli->store))
		return guichet_err_set(err, GUICHET_NOT_FOUND, "%s", _("cette pièce n'est plus dans ce dépôt"));
	enum guichet_rc rc = begin(cli, desk, &t, err);
	if (!rc) {
		transport_fetch(t, sha256);
		rc = transport_run(t, NULL, NULL, err);
		transport_fetched(t, &file);
	}
	transport_free(&t);
	if (!rc && file.state != FETCHED_HERE)
		rc = guichet_err_set(err, GUICHET_NOT_FOUND, "%s", *file.why ? file.why : _("cette pièce n'est plus dans ce dépôt"));
	return rc;
}

struct showing { struct cli *cli; bool (*visit)(void *context, const struct request_row *row); void *context; size_t count, limit; };

static bool show(void *context, const struct request_row *row)
{
	struct showing *s = context;
	int64_t here;
	/* What is here was shown already. */
	if (s->count == s->limit || store_find_reference(s->cli->store, row->reference, &here, 1))
		return s->count < s->limit;
	s->count++;
	return s->visit(s->context, row);
}

enum guichet_rc look_up_text(struct cli *cli, const char *typed, size_t limit, bool (*visit)(void *context, const struct request_row *row), void *context, bool *more,
	struct guichet_err *err)
{
	struct transport *t = NULL;
	struct rows_told told = { 0 };
	struct showing s = { cli, visit, context, 0, limit };
	char desk[DESK_WORDS];
	enum guichet_rc rc = begin(cli, desk, &t, err);
	for (int page = 0; page < PAGES && !rc && s.count < limit; page++) {
		uint32_t ticket = rc ? 0 : transport_find(t, typed, told.next, cli->actor.login);
		rc = wait_for(cli, t, ticket, err);
		if (!rc && !transport_rows(t, ticket, show, &s, &told))
			rc = GUICHET_DATA;
		if (told.next == 0)
			break;
	}
	*more = told.next > 0;
	transport_free(&t);
	return rc;
}
