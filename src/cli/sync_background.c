// SPDX-License-Identifier: GPL-3.0-or-later
/* Synchronising beside the screens: the transport as something that the loop moves on. Few items a page, so that a key never waits long for one to be applied. */
#include "sync_background.h"

#include "uncross.h"

enum { PAGE_ITEMS = 25, WAIT_S = 50 };

static int64_t turn(void *context)
{
	int64_t wait_ms = -1;
	/* A store that is held or full is tried again; the status bar goes on telling what waits. */
	transport_turn(context, &wait_ms, NULL);
	return wait_ms;
}

static size_t watch(void *context, struct pollfd *fds, size_t max)
{
	return transport_fds(context, fds, max);
}

static void give_way(void *context, bool (*asked)(void *of), void *of)
{
	transport_give_way(context, asked, of);
}

static enum connection connection(void *context, int64_t *received)
{
	struct sync_status now;
	sync_status(transport_sync(context), &now);
	*received = now.received;
	if (now.trouble == SYNC_OFFLINE)
		return CONNECTION_OFFLINE;
	if (now.trouble != SYNC_FINE)
		return CONNECTION_TROUBLE;
	return now.online ? CONNECTION_ONLINE : CONNECTION_UNKNOWN;
}

static void status(void *context, struct sync_status *out)
{
	sync_status(transport_sync(context), out);
}

static void now(void *context)
{
	sync_now(transport_sync(context));
}

/* --- what the screens ask of the server --- */

static void start(void *context, const char *login, const char *password)
{
	transport_sign_in(context, login, password);
}

static enum gate_end end(void *context, struct agent *out, struct guichet_err *err)
{
	enum sign_in state = transport_signed_in(context, out, err);
	return state == SIGN_IN_DONE ? GATE_OPEN : state == SIGN_IN_BUSY ? GATE_BUSY : GATE_REFUSED;
}

static void fetch(void *context, const char *sha256)
{
	transport_fetch(context, sha256);
}

static bool fetched(void *context, struct guichet_err *err)
{
	struct fetched f;
	transport_fetched(context, &f);
	if (f.state == FETCHED_FAILED)
		guichet_err_set(err, GUICHET_UNAVAILABLE, "%s", f.why);
	return f.state != FETCHED_NOT_YET;
}

static uint32_t look(void *context, int64_t reference, const char *actor)
{
	return transport_look(context, reference, actor);
}

static uint32_t find(void *context, const char *typed, const char *actor)
{
	return transport_find(context, typed, 0, actor);
}

static enum ui_look looked(void *context, uint32_t ticket, struct guichet_err *err)
{
	static const enum ui_look states[] = { [LOOK_NONE] = UI_LOOK_GONE, [LOOK_BUSY] = UI_LOOK_BUSY, [LOOK_HERE] = UI_LOOK_HERE, [LOOK_FAILED] = UI_LOOK_FAILED };
	return states[transport_looked(context, ticket, err)];
}

static bool rows(void *context, uint32_t ticket, request_visitor *visit, void *visited, struct ui_rows *told)
{
	struct rows_told t;
	bool here = transport_rows(context, ticket, visit, visited, &t);
	*told = (struct ui_rows){ here && t.next > 0, here && t.behind };
	return here;
}

bool sync_background(struct cli *cli, struct transport **transport, struct app_background *out, struct ui_server *server)
{
	char desk[DESK_WORDS];
	const struct sync_options o = { .clock = clock_system(), .random = random_system(), .page_items = PAGE_ITEMS, .wait_s = WAIT_S, .desk = desk };
	session_desk_words(cli, desk, sizeof desk);
	if (transport_new(cli->store, &o, cli->config.server_ca, transport, NULL))
		return false;
	transport_after(*transport, uncross);
	transport_work_beside(*transport);
	*out = (struct app_background){ *transport, turn, watch, give_way, connection, { *transport, status, now } };
	*server = (struct ui_server){ *transport, start, end, fetch, fetched, look, find, looked, rows };
	return true;
}
