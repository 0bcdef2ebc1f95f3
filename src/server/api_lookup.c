// SPDX-License-Identifier: GPL-3.0-or-later
/* One request, asked for by its reference: for desks that do not hold it any more. Scoped as everything is, and noted for those who control: nothing is answered
 * before the note is on disk. */
#include "api_inside.h"

#include <stdio.h>
#include <stdlib.h>

#include "guichet/core/reference.h"

enum { FOUND_MAX = 20 };

struct looked { char subject[REFERENCE_SHOWN]; };

static bool read_reference(const char *text, int64_t *out)
{
	struct guichet_err ignored;
	return text && reference_parse(text, out, &ignored) == GUICHET_OK;
}

static void remember(struct api_call *c, int64_t reference)
{
	struct looked *l = guichet_alloc(sizeof *l);
	snprintf(l->subject, sizeof l->subject, "%lld", (long long)reference);
	c->state = l;
	c->state_free = free;
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
	json_t *items = json_array();
	(void)a;
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
	remember(c, reference);
	return API_WRITE;
}

/* By its reference only: texts are searched on desks, which have an index of words; here it would be a walk over every operation there ever was. */
enum api_next requests_begin(struct api *a, struct db *read, struct api_call *c)
{
	struct guichet_err err = { 0 };
	const char *q = c->query(c->context, "q");
	int64_t reference, seq;
	(void)a;
	if (!read_reference(q, &reference)) {
		api_problem(c, 422, "query", false, _("« q » est une référence entière : le serveur ne cherche ni noms ni mots"));
		return API_DONE;
	}
	json_t *items = json_array();
	if (find(read, c, reference, items, &seq, &err)) {
		json_decref(items);
		api_failed(c, &err);
		return API_DONE;
	}
	api_json(c, 200, json_pack("{s:o}", "items", items));
	remember(c, reference);
	return API_WRITE;
}

enum guichet_rc lookup_write(struct api *a, struct db *write, struct api_call *c, struct guichet_err *err)
{
	const struct looked *l = c->state;
	return api_audit(a, write, c->who->login, c->who->device, "look", l->subject, err);
}
