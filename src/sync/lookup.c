// SPDX-License-Identifier: GPL-3.0-or-later
/* Requests that this desk does not hold (any more), asked of the server: one by its reference, or those in which something was said. One question at a time, in whose
 * name it is asked; it waits for a renewal where that account's token has run out. Nothing of what was typed is kept once it is answered. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/wire/op_json.h"
#include "guichet/wire/sync_json.h"
#include "transport_inside.h"

enum { ANSWER_S = 15, TOKEN_SLACK_MS = 5000, LOOK_AGAIN_MS = 200 };

struct lookup {
	struct transport *t;
	struct exchange x;
	enum look_state state;
	uint32_t ticket;
	bool waiting;                    /* for a token */
	int64_t until_ms, reference;     /* 0: what is found by `path` */
	char *path, actor[OP_ACTOR_MAX];
	struct text found;               /* the last answer, while its ticket is good */
	struct guichet_err why;
};

static int64_t now_ms(const struct lookup *l)
{
	struct guichet_clock c = sync_clock(l->t->sync);
	return c.now_ms(c.context);
}

struct lookup *lookup_new(struct transport *t)
{
	struct lookup *l = guichet_alloc(sizeof *l);
	l->t = t;
	l->found.cap = ANSWER_MAX + 1;
	return l;
}

void lookup_prepare(struct lookup *l)
{
	l->x.easy = curl_easy_init();
	if (!l->x.easy)
		guichet_out_of_memory();
}

static void forget(struct lookup *l)
{
	if (l->x.under_way)
		curl_multi_remove_handle(l->t->multi, l->x.easy);
	l->x.under_way = l->waiting = false;
	exchange_forget(&l->x);
	if (l->path)
		sodium_memzero(l->path, strlen(l->path));
	free(l->path);
	l->path = NULL;
}

void lookup_free(struct lookup **lookup)
{
	struct lookup *l = *lookup;
	if (!l)
		return;
	forget(l);
	if (l->t->multi)
		curl_easy_cleanup(l->x.easy);
	text_done(&l->found);
	free(l);
	*lookup = NULL;
}

/* --- asking --- */

static void fail(struct lookup *l, enum guichet_rc rc, const char *why)
{
	forget(l);
	guichet_err_set(&l->why, rc, "%s", why);
	l->state = LOOK_FAILED;
}

static void ask(struct lookup *l, const char *token)
{
	struct text url = TEXT_INIT;
	text_addf(&url, "%s%s", l->t->url, l->path);
	exchange_forget(&l->x);
	l->x.in.cap = ANSWER_MAX + 1;
	exchange_prepare(&l->x, text_str(&url), token, l->t->desk, l->t->ca_file, ANSWER_S);
	if (*l->actor)
		exchange_add_header(&l->x, "Guichet-Agent", l->actor);
	text_done(&url);
	l->x.under_way = true;
	curl_multi_add_handle(l->t->multi, l->x.easy);
}

/* Whoever signed in asks by his own right, which may be narrower than the desk's; else the desk asks, and says for whom. */
static void ask_as_may(struct lookup *l)
{
	struct agent who = { 0 };
	struct agent_held held;
	int64_t now = now_ms(l);
	bool signed_in = agents_session(l->t->store, &who) == DESK_OPEN, holds = signed_in && agents_tokens(l->t->store, who.login, &held);
	l->waiting = false;
	if (!signed_in)
		ask(l, l->t->token);
	else if (holds && held.access_until_ms > now + TOKEN_SLACK_MS && held.access_until_ms - now < (int64_t)86400 * 1000 * 7)
		ask(l, held.access);
	else if (!holds)
		fail(l, GUICHET_NO_PERM, _("le serveur veut savoir qui demande : identifiez-vous à nouveau auprès de lui (guichet sign-in)"));
	else if (now > l->until_ms || !aside_renew(l->t->aside))
		fail(l, GUICHET_UNAVAILABLE, _("historique partiel : le serveur ne répond pas"));
	else
		l->waiting = true;
	if (holds)
		sodium_memzero(&held, sizeof held);
	agent_done(&who);
}

int64_t lookup_turn(struct lookup *l)
{
	if (l->waiting)
		ask_as_may(l);
	return l->waiting ? LOOK_AGAIN_MS : -1;
}

static uint32_t begin(struct lookup *l, const char *actor)
{
	l->ticket++;
	l->state = LOOK_BUSY;
	l->why = (struct guichet_err){ 0 };
	text_done(&l->found);
	l->found.cap = ANSWER_MAX + 1;
	snprintf(l->actor, sizeof l->actor, "%s", actor && !strpbrk(actor, "\r\n") ? actor : "");
	l->until_ms = now_ms(l) + ANSWER_S * 1000;
	if (transport_prepare(l->t, &l->why))
		l->state = LOOK_FAILED;
	else
		ask_as_may(l);
	return l->ticket;
}

uint32_t transport_look(struct transport *t, int64_t reference, const char *actor)
{
	struct text path = TEXT_INIT;
	forget(t->lookup);
	text_addf(&path, "/v1/requests/%lld", (long long)reference);
	t->lookup->path = text_take(&path);
	t->lookup->reference = reference;
	return begin(t->lookup, actor);
}

uint32_t transport_find(struct transport *t, const char *typed, int64_t before, const char *actor)
{
	static const char hex[] = "0123456789ABCDEF";
	struct text path = TEXT_INIT;
	forget(t->lookup);
	text_add(&path, "/v1/requests?q=");
	for (const unsigned char *p = (const unsigned char *)typed; *p && path.len < 2000; p++) {
		bool plain = (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z');
		const char escaped[3] = { '%', hex[*p >> 4], hex[*p & 15] };
		text_addn(&path, plain ? (const char *)p : escaped, plain ? 1 : 3);
	}
	if (before > 0)
		text_addf(&path, "&before=%lld", (long long)before);
	t->lookup->path = text_take(&path);
	t->lookup->reference = 0;
	return begin(t->lookup, actor);
}

/* --- answers --- */

static enum guichet_rc take_request(struct lookup *l, const struct exchange *x)
{
	struct replica_page page;
	enum guichet_rc rc = found_read(text_str(&x->in), x->in.len, &page, &l->why);
	if (rc)
		return rc;
	rc = replica_take_in(l->t->store, page.items, page.count, &l->why);
	page_done(&page);
	return rc;
}

static bool any_row(void *context, const struct request_row *row)
{
	(void)row;
	++*(size_t *)context;
	return true;
}

/* Read once to know that it can be: whoever shows it reads it again. */
static enum guichet_rc take_rows(struct lookup *l, const struct exchange *x)
{
	struct rows_told told;
	size_t n = 0;
	enum guichet_rc rc = rows_read(text_str(&x->in), x->in.len, any_row, &n, &told, &l->why);
	if (!rc)
		text_addn(&l->found, text_str(&x->in), x->in.len);
	return rc;
}

static enum guichet_rc refused(struct lookup *l, const struct exchange *x, int status)
{
	struct problem_read p;
	if (status == 0)
		return guichet_err_set(&l->why, GUICHET_UNAVAILABLE, _("historique partiel : le serveur ne répond pas"));
	problem_parse(text_str(&x->in), x->in.len, &p);
	if (status == 404)
		return guichet_err_set(&l->why, GUICHET_NOT_FOUND, "%s", l->reference ? _("aucune demande de ce numéro, ni ici ni sur le serveur")
			: _("votre rôle ne permet pas de chercher au serveur"));
	return guichet_err_set(&l->why, status == 401 ? GUICHET_NO_PERM : status == 422 ? GUICHET_DATA : GUICHET_UNAVAILABLE,
		_("historique partiel : le serveur a répondu : %s"), p.detail[0] ? p.detail : "?");
}

bool lookup_finish(struct lookup *l, CURL *easy, CURLcode code)
{
	long status = 0;
	if (easy != l->x.easy)
		return false;
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_multi_remove_handle(l->t->multi, easy);
	l->x.under_way = false;
	enum guichet_rc rc = code != CURLE_OK || status != 200 ? refused(l, &l->x, code == CURLE_OK ? (int)status : 0)
		: l->reference ? take_request(l, &l->x) : take_rows(l, &l->x);
	l->state = rc ? LOOK_FAILED : LOOK_HERE;
	forget(l);
	return true;
}

enum look_state transport_looked(struct transport *t, uint32_t ticket, struct guichet_err *err)
{
	struct lookup *l = t->lookup;
	if (ticket != l->ticket)
		return LOOK_NONE;
	if (l->state == LOOK_FAILED && err)
		*err = l->why;
	return l->state;
}

bool transport_rows(struct transport *t, uint32_t ticket, bool (*visit)(void *context, const struct request_row *row), void *context, struct rows_told *told)
{
	struct lookup *l = t->lookup;
	return ticket == l->ticket && l->state == LOOK_HERE && l->found.len > 0
		&& rows_read(text_str(&l->found), l->found.len, visit, context, told, NULL) == GUICHET_OK;
}
