// SPDX-License-Identifier: GPL-3.0-or-later
/* Push and pull over REST. What they mean is the journal's (ledger.h). */
#include "api_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- POST /v1/ops: {"ops": [...], "serials_left": n, "epoch": e} --- */

struct pushing { struct push push; int64_t epoch; int64_t blocks; };

static void pushing_free(void *state)
{
	struct pushing *p = state;
	for (size_t i = 0; i < p->push.count; i++)
		op_done(&p->push.ops[i]);
	free(p->push.ops);
	free(p->push.results);
	free(p);
}

static void who_pushes(struct pusher *to, const struct identity *who)
{
	*to = (struct pusher){ .device = who->device, .account = who->login[0] ? who->login : NULL, .roles = who->roles, .scope = who->scope,
		.accounts = who->accounts };
}

static bool read_ops(struct api_call *c, struct pushing *p, const json_t *body)
{
	const json_t *list = json_object_get(body, "ops");
	struct guichet_err err = { 0 };
	size_t count = json_array_size(list);
	if (!json_is_array(list) || count > WIRE_PUSH_OPS) {
		api_problem(c, 400, "malformed", false, _("« ops » est une liste d'au plus 200 opérations"));
		return false;
	}
	p->push.ops = guichet_realloc(NULL, count + 1, sizeof *p->push.ops);
	p->push.results = guichet_realloc(NULL, count + 1, sizeof *p->push.results);
	for (size_t i = 0; i < count; i++) {
		struct op *op = &p->push.ops[p->push.count];
		if (op_of_json(json_array_get(list, i), op, &err)) {
			api_problem(c, 400, "malformed", false, err.message);
			return false;
		}
		/* Numbers and parking are the server's to give. */
		op->seq = 0;
		op->parked = false;
		p->push.count++;
	}
	return true;
}

enum api_next ops_begin(struct api *a, struct db *read, struct api_call *c)
{
	(void)a;
	(void)read;
	json_t *body = api_body(c);
	if (!body)
		return API_DONE;
	struct pushing *p = guichet_alloc(sizeof *p);
	c->state = p;
	c->state_free = pushing_free;
	p->epoch = json_integer_value(json_object_get(body, "epoch"));
	p->blocks = json_integer_value(json_object_get(body, "blocks"));
	bool fine = read_ops(c, p, body);
	json_decref(body);
	who_pushes(&p->push.who, c->who);
	return fine ? API_WRITE : API_DONE;
}

static void answer_verdict(struct api_call *c, const struct push *p)
{
	char detail[200], id[OP_ID_TEXT];
	op_id_format(p->ops[p->wrong].id, id);
	const char *type = p->verdict == PUSH_GAP ? "gap" : p->verdict == PUSH_FORKED ? "device-forked" : "foreign-device";
	if (p->verdict == PUSH_GAP)
		snprintf(detail, sizeof detail, _("il manque des opérations avant %s : le serveur attend le numéro %llu"), id, (unsigned long long)p->expected);
	else if (p->verdict == PUSH_FORKED)
		snprintf(detail, sizeof detail, _("l'opération %s est déjà connue avec un autre contenu : deux postes ont la même identité"), id);
	else
		snprintf(detail, sizeof detail, _("l'opération %s n'est pas de ce poste"), id);
	json_t *json = json_pack("{s:s+, s:i, s:s, s:b, s:I, s:I}", "type", "urn:guichet:", type, "status", 409, "detail", detail, "retryable", 0, "device",
		(json_int_t)p->ops[p->wrong].id.device, "expected", (json_int_t)p->expected);
	api_json(c, 409, json);
	c->type = "application/problem+json";
}

static void answer_taken(struct api_call *c, const struct pushing *p, int64_t epoch, const int64_t *firsts, size_t lent)
{
	json_t *results = json_array(), *serials = json_array();
	for (size_t i = 0; i < p->push.count; i++) {
		json_t *one = json_pack("{s:I}", "seq", (json_int_t)p->push.results[i].seq);
		if (p->push.results[i].parked)
			json_object_set_new(one, "parked", json_string(p->push.results[i].parked));
		json_array_append_new(results, one);
	}
	for (size_t i = 0; i < lent; i++)
		json_array_append_new(serials, json_integer(firsts[i]));
	api_json(c, 200, json_pack("{s:I, s:o, s:o, s:I}", "epoch", (json_int_t)epoch, "results", results, "serials", serials, "block",
		(json_int_t)SERIALS_BLOCK));
}

enum { BLOCKS_SPARE = 2 };

/* Serials go out with the answer that the desk waits for anyway. */
static enum guichet_rc lend(struct api *a, struct db *write, struct api_call *c, int64_t *firsts, size_t *lent, struct guichet_err *err)
{
	const struct pushing *p = c->state;
	*lent = 0;
	if (p->blocks <= 0)
		return GUICHET_OK;
	return ledger_lend(write, c->who->device, p->blocks > BLOCKS_SPARE ? BLOCKS_SPARE : (size_t)p->blocks, api_clock(a), firsts, lent, err);
}

static enum guichet_rc answer_push(struct api *a, struct db *write, struct api_call *c, const struct ledger_head *head, struct guichet_err *err)
{
	const struct pushing *p = c->state;
	int64_t firsts[BLOCKS_SPARE];
	size_t lent;
	if (p->push.verdict != PUSH_TAKEN) {
		answer_verdict(c, &p->push);
		return GUICHET_OK;
	}
	enum guichet_rc rc = lend(a, write, c, firsts, &lent, err);
	if (rc)
		return rc;
	a->counts.pushed += (int64_t)p->push.fresh;
	for (size_t i = 0; i < p->push.count; i++)
		a->counts.parked += p->push.results[i].parked != NULL;
	answer_taken(c, p, head->epoch, firsts, lent);
	return GUICHET_OK;
}

/* The answer to a desk whose journal is no longer this one. A desk that missed no epoch is told up to where it still is. */
void api_answer_epoch(struct api_call *c, const char *type, int64_t known_epoch, const struct ledger_head *head)
{
	struct wire_cursor common = { .epoch = head->epoch, .seq = head->epoch_seq };
	char text[WIRE_CURSOR_TEXT], urn[40];
	snprintf(urn, sizeof urn, "urn:guichet:%s", type);
	memcpy(common.chain, head->epoch_chain, sizeof common.chain);
	wire_cursor_format(&common, text);
	json_t *json = json_pack("{s:s, s:i, s:s, s:b, s:I}", "type", urn, "status", 409, "detail",
		_("ce n'est plus le journal que ce poste lisait : le serveur a été restauré"), "retryable", 1, "epoch", (json_int_t)head->epoch);
	if (known_epoch == head->epoch - 1)
		json_object_set_new(json, "common", json_string(text));
	api_json(c, 409, json);
	c->type = "application/problem+json";
}

/* A desk that speaks of another epoch first learns of the restore: its operations are offered again then. */
static bool is_of_epoch(struct api_call *c, const struct ledger_head *head)
{
	const struct pushing *p = c->state;
	if (p->epoch == 0 || p->epoch == head->epoch)
		return true;
	api_answer_epoch(c, "epoch", p->epoch, head);
	return false;
}

/* Those of this epoch, checked; how many. Calls and their pushes stay side by side. */
static size_t check_each(struct db *write, const struct ledger_head *head, struct api_call **calls, struct push **pushes, size_t count, enum guichet_rc *rc,
	struct guichet_err *err)
{
	size_t n = 0;
	for (size_t i = 0; i < count && !*rc; i++) {
		if (!is_of_epoch(calls[i], head))
			continue;
		calls[n] = calls[i];
		pushes[n] = pushes[i];
		/* After a restore desks bring back what others had pushed; one that may not pull has nothing of others. */
		pushes[n]->who.may_offer = head->epoch > 1 && calls[n]->who->roles & (ROLE_AGENT | ROLE_SERVICE | ROLE_SUPERVISOR | ROLE_MAILER);
		*rc = ledger_check(write, pushes[n++], err);
	}
	return n;
}

enum guichet_rc ops_write(struct api *a, struct db *write, struct api_call **calls, size_t count, struct guichet_err *err)
{
	struct push **pushes = guichet_alloc((count + 1) * sizeof *pushes);
	struct api_call **mine = guichet_alloc((count + 1) * sizeof *mine);
	struct ledger_head head = { 0 };
	size_t n = 0;
	for (size_t i = 0; i < count; i++)
		if (calls[i]->route->begin == ops_begin) {
			mine[n] = calls[i];
			pushes[n++] = &((struct pushing *)calls[i]->state)->push;
		}
	enum guichet_rc rc = n > 0 ? ledger_lock(write, pushes, n, &head, err) : GUICHET_OK;
	n = check_each(write, &head, mine, pushes, n, &rc, err);
	if (!rc)
		rc = ledger_write(write, &head, pushes, n, api_clock(a), err);
	for (size_t i = 0; i < n && !rc; i++)
		rc = answer_push(a, write, mine[i], &head, err);
	free(pushes);
	free(mine);
	return rc;
}

/* --- GET /v1/changes?after=EPOCH:SEQ:HASH&wait=50&limit=N&device=ID --- */

static int64_t number_of(struct api_call *c, const char *key, int64_t fallback, int64_t max)
{
	const char *text = c->query(c->context, key);
	if (!text || !*text)
		return fallback;
	char *end;
	long long n = strtoll(text, &end, 10);
	return *end || n < 0 ? fallback : n > max ? max : n;
}

/* "FROM:TO", of what this desk has read. */
static bool read_window(struct api_call *c, const struct pull *p, struct digest_window *w)
{
	const char *text = c->query(c->context, "digest");
	char *end;
	if (!text || *text < '0' || *text > '9')
		return false;
	w->from = strtoll(text, &end, 10);
	if (*end != ':' || end[1] < '0' || end[1] > '9')
		return false;
	w->to = strtoll(end + 1, &end, 10);
	if (*end || w->from >= w->to || w->to - w->from > DIGEST_SEQS || w->to > p->to.seq)
		return false;
	w->since_ms = number_of(c, "since", 1, INT64_MAX);
	return true;
}

/* What the desk should hold then. It is of one moment: said when nothing was written while it was looked up. */
static enum guichet_rc add_digest(struct db *read, struct api_call *c, const struct pull *p, json_t **out,
	struct guichet_err *err)
{
	struct digest_window w;
	struct digest d;
	struct ledger_head now = {0};
	char hex[2 * DIGEST_BYTES + 1];
	*out = NULL;
	if (!p->end || !read_window(c, p, &w))
		return GUICHET_OK;
	enum guichet_rc rc = ledger_digest(read, &c->who->scope, &w, &d, err);
	if (!rc)
		rc = ledger_head(read, &now, err);
	if (rc || now.seq != p->to.seq || now.epoch != p->to.epoch)
		return rc;
	wire_hex(d.hash, sizeof d.hash, hex);
	*out = json_pack("{s:I, s:I, s:I, s:I, s:s}", "from", (json_int_t)w.from, "to", (json_int_t)w.to, "since",
		(json_int_t)w.since_ms, "operations", (json_int_t)d.operations, "hash", hex);
	return GUICHET_OK;
}

void api_made(struct api_call *c, struct db *read, char out[OP_ID_TEXT])
{
	int64_t device = number_of(c, "device", 0, UINT32_MAX);
	out[0] = '\0';
	if (device > 0)
		ledger_made(read, (uint32_t)device, out);
}

static void answer_changes(struct api *a, struct db *read, struct api_call *c, struct pull *p,
	const struct ledger_head *head, json_t *digest)
{
	char made[OP_ID_TEXT];
	char from[WIRE_CURSOR_TEXT], to[WIRE_CURSOR_TEXT], scope[SCOPE_TAG];
	wire_cursor_format(&p->from, from);
	wire_cursor_format(&p->to, to);
	a->counts.pulled += (int64_t)json_array_size(p->items);
	api_scope_tag(a, c->who, scope);
	api_made(c, read, made);
	api_json(c, 200, json_pack("{s:s, s:s, s:O, s:b, s:I, s:s, s:s, s:o*}", "from", from, "to", to, "items", p->items,
		"end", (int)p->end, "backup_seq", (json_int_t)head->backup_seq, "scope", scope, "made", made, "digest", digest));
}

enum api_next changes_begin(struct api *a, struct db *read, struct api_call *c)
{
	struct guichet_err err = { 0 };
	struct ledger_head head;
	struct pull p = { .scope = c->who->scope, .device = c->who->device, .max_items = (size_t)number_of(c, "limit", WIRE_PAGE_ITEMS, WIRE_PAGE_ITEMS), .max_bytes = WIRE_PAGE_BYTES };
	const char *after = c->query(c->context, "after");
	if (after && *after && !wire_cursor_parse(after, &p.from)) {
		api_problem(c, 400, "cursor", false, _("« after » n'est pas un curseur (ÉPOQUE:SÉQUENCE:EMPREINTE)"));
		return API_DONE;
	}
	const char *window = c->query(c->context, "digest");
	bool compares = window && *window;
	if (!api_may_pull(a, c))
		return API_DONE;
	if (!c->hold_until_ms)
		api_note_differs(a, c);
	if (p.max_items == 0)
		p.max_items = 1;
	enum guichet_rc rc = ledger_pull(read, &p, &err);
	if (!rc)
		rc = ledger_head(read, &head, &err);
	int64_t now = api_clock(a);
	/* It asks for what comes after what it has applied. */
	if (!rc && p.verdict == PULL_FINE && !c->hold_until_ms)
		seen_note(a, c->who->device, p.from.seq);
	if (!c->hold_until_ms)
		c->hold_until_ms = now + number_of(c, "wait", 0, API_WAIT_MAX_S) * 1000;
	json_t *digest = NULL;
	if (!rc && p.verdict == PULL_FINE)
		rc = add_digest(read, c, &p, &digest, &err);
	bool nothing = !rc && p.verdict == PULL_FINE && json_array_size(p.items) == 0 && p.end && !compares;
	bool wait = nothing && now < c->hold_until_ms;
	if (wait)
		c->hold_seq = p.to.seq;
	else if (rc)
		api_failed(c, &err);
	else if (p.verdict != PULL_FINE)
		api_answer_epoch(c, p.verdict == PULL_EPOCH ? "epoch" : "chain", p.verdict == PULL_EPOCH ? p.from.epoch : 0, &head);
	else
		answer_changes(a, read, c, &p, &head, digest);
	json_decref(p.items);
	return wait ? API_HOLD : API_DONE;
}
