// SPDX-License-Identifier: GPL-3.0-or-later
/* Requests that desks do not hold any more: one by its reference, several by what was said in them. Scoped as everything is, and noted for those who control: nothing is answered
 * before the note is on disk. */
#include "api_inside.h"

#include <stdio.h>
#include <stdlib.h>

#include "guichet/base/utf8.h"
#include "guichet/core/reference.h"

enum { FOUND_MAX = 20, DAY_MS = 86400000, WHO = OP_ACTOR_MAX + 8 };

/* What is to be noted: which references were shown, and who asked. */
struct looked { char who[WHO]; const char *what; int64_t *references; size_t count; };

static void looked_free(void *state)
{
	struct looked *l = state;
	free(l->references);
	free(l);
}

/* The account whose token it is; else whom the desk names, which is its word alone. */
static void name_caller(const struct api_call *c, char out[WHO])
{
	const char *said = c->header(c->context, "Guichet-Agent");
	size_t n = said ? strlen(said) : 0;
	bool plain = n > 0 && n < OP_ACTOR_MAX && utf8_valid(said, n, NULL) && !strpbrk(said, "\r\n\t");
	if (c->who->login[0])
		snprintf(out, WHO, "%s", c->who->login);
	else
		snprintf(out, WHO, plain ? "poste:%s" : "%s", plain ? said : "");
}

static struct looked *remember(struct api_call *c, const char *what)
{
	struct looked *l = guichet_alloc(sizeof *l);
	name_caller(c, l->who);
	l->what = what;
	c->state = l;
	c->state_free = looked_free;
	return l;
}

static void remember_reference(struct looked *l, int64_t reference)
{
	l->references = guichet_realloc(l->references, l->count + 1, sizeof *l->references);
	l->references[l->count++] = reference;
}

/* A desk that may not receive may not look either; and nobody walks through the whole city's past. */
static bool may_look(struct api *a, struct api_call *c)
{
	char key[OP_ACTOR_MAX + 16];
	int retry;
	if (!api_may_pull(a, c))
		return false;
	snprintf(key, sizeof key, "%u %s", (unsigned)c->who->device, c->who->login);
	if (api_rates_take(a->rates, 'l', key, a->policy.lookup_rate, 1, api_clock(a), &retry))
		return true;
	api_problem(c, 429, "rate", true, _("trop de recherches au serveur : attendez un peu"));
	api_header(c, "Retry-After", "%d", retry);
	return false;
}

static bool read_reference(const char *text, int64_t *out)
{
	struct guichet_err ignored;
	return text && reference_parse(text, out, &ignored) == GUICHET_OK;
}

/* {"seq", "enter": subject, "ops": [...]}: the form in which a desk takes one in. */
static enum guichet_rc add_found(struct db *read, struct api_call *c, json_t *items, struct op_id id, int64_t *seq, struct guichet_err *err)
{
	char subject[OP_ID_TEXT];
	json_t *ops = NULL;
	enum guichet_rc rc = ledger_whole(read, &c->who->scope, id, &ops, seq, err);
	if (rc)
		return rc;
	op_id_format(id, subject);
	json_array_append_new(items, json_pack("{s:I, s:s, s:o}", "seq", (json_int_t)*seq, "enter", subject, "ops", ops));
	return GUICHET_OK;
}

/* Adds what this reference names and this caller may see. */
static enum guichet_rc find(struct db *read, struct api_call *c, int64_t reference, json_t *items, int64_t *seq, struct guichet_err *err)
{
	struct op_id ids[FOUND_MAX];
	enum guichet_rc rc = GUICHET_OK;
	size_t count = ledger_find_reference(read, &c->who->scope, reference, ids, FOUND_MAX);
	*seq = 0;
	for (size_t i = 0; i < count && !rc; i++) {
		int64_t last = 0;
		rc = add_found(read, c, items, ids[i], &last, err);
		*seq = last > *seq ? last : *seq;
	}
	return rc;
}

enum api_next request_begin(struct api *a, struct db *read, struct api_call *c)
{
	struct guichet_err err = { 0 };
	char text[32], etag[48];
	int64_t reference, seq = 0;
	if (!may_look(a, c))
		return API_DONE;
	json_t *items = json_array();
	api_path_part(c, 0, text, sizeof text);
	enum guichet_rc rc = read_reference(text, &reference) ? find(read, c, reference, items, &seq, &err) : GUICHET_NOT_FOUND;
	const char *known = c->header(c->context, "If-None-Match");
	bool found = !rc && json_array_size(items) > 0;
	/* Who may see what changes with the scope, and a reference alone tells no version: the last operation does. */
	snprintf(etag, sizeof etag, "\"%lld-%zu\"", (long long)seq, found ? json_array_size(items) : 0);
	if (rc && rc != GUICHET_NOT_FOUND)
		api_failed(c, &err);
	else if (!found)
		api_problem(c, 404, "not-found", false, _("aucune demande de ce numéro"));
	else if (known && !strcmp(known, etag))
		c->status = 304;
	else
		api_json(c, 200, json_pack("{s:I, s:O}", "reference", (json_int_t)reference, "items", items));
	if (found)
		api_header(c, "ETag", "%s", etag);
	json_decref(items);
	if (c->status != 200)
		return API_DONE;
	remember_reference(remember(c, "look"), reference);
	return API_WRITE;
}

/* --- GET /v1/requests?q=TEXT&before=SEQ: what ended before the days that desks hold --- */

static int64_t before_of(struct api_call *c)
{
	const char *text = c->query(c->context, "before");
	char *end;
	long long n = text ? strtoll(text, &end, 10) : 0;
	return text && *text && !*end && n > 0 ? n : 0;
}

static void answer_found(struct db *read, struct api_call *c, const struct seek *s, bool behind)
{
	struct guichet_err err = { 0 };
	json_t *rows = json_array();
	struct looked *l = remember(c, "find");
	enum guichet_rc rc = GUICHET_OK;
	for (size_t i = 0; i < s->count && !rc; i++) {
		json_t *row = NULL;
		rc = ledger_row(read, s->ids[i], &row, &err);
		if (!rc)
			remember_reference(l, json_integer_value(json_object_get(row, "reference")));
		json_array_append_new(rows, row);
	}
	if (rc)
		api_failed(c, &err);
	else
		api_json(c, 200, json_pack("{s:O, s:I, s:b}", "found", rows, "next", (json_int_t)s->next, "behind", (int)behind));
	json_decref(rows);
}

enum api_next requests_begin(struct api *a, struct db *read, struct api_call *c)
{
	struct guichet_err err = { 0 };
	const char *q = c->query(c->context, "q");
	if (!c->waited && !may_look(a, c))
		return API_DONE;
	if (!q || strlen(q) > SEEK_TEXT_MAX || !utf8_valid(q, strlen(q), NULL)) {
		api_problem(c, 422, "query", false, _("« q » dit ce qu'on cherche : un nom, un téléphone, un numéro de demande ou des mots"));
		return API_DONE;
	}
	/* Whoever pushes must not find a worker reading for somebody else. */
	if (c->can_wait && !c->waited) {
		c->waited = true;
		return API_LONG;
	}
	struct seek s = { .scope = c->who->scope, .text = q, .before_seq = before_of(c), .ended_before_ms = api_clock(a) - (int64_t)a->policy.snapshot_days * DAY_MS };
	enum guichet_rc rc = ledger_seek(read, &s, &err);
	if (rc == GUICHET_USAGE)
		api_problem(c, 422, "query", false, err.message);
	else if (rc)
		api_failed(c, &err);
	else
		answer_found(read, c, &s, ledger_words_behind(read));
	return c->status == 200 ? API_WRITE : API_DONE;
}

/* A search that showed nothing is noted as well: with no reference, and never with what was typed, which names people. */
enum guichet_rc lookup_write(struct api *a, struct db *write, struct api_call *c, struct guichet_err *err)
{
	const struct looked *l = c->state;
	char subject[24];
	enum guichet_rc rc = l->count ? GUICHET_OK : api_audit(a, write, l->who, c->who->device, l->what, NULL, err);
	for (size_t i = 0; i < l->count && !rc; i++) {
		snprintf(subject, sizeof subject, "%lld", (long long)l->references[i]);
		rc = api_audit(a, write, l->who, c->who->device, l->what, subject, err);
	}
	return rc;
}
