// SPDX-License-Identifier: GPL-3.0-or-later
/* Conflicts in words. Knows no terminal, and settles nothing. */
#include "guichet/report/conflicts.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/core/reference.h"
#include "guichet/report/history.h"
#include "guichet/report/words.h"
#include "guichet/store/replica.h"

/* --- values --- */

static const char *code_words(const struct catalogue *c, enum request_field f, const char *code)
{
	enum status status;
	enum nature nature;
	enum channel channel;
	enum wait_reason wait;
	const struct category *category = f == FIELD_CATEGORY ? catalogue_category(c, code) : NULL;
	const struct service *service = f == FIELD_SERVICE ? catalogue_service(c, code) : NULL;
	const struct commune *commune = f == FIELD_COMMUNE ? catalogue_commune(c, code) : NULL;
	const struct body *body = f == FIELD_BODY ? catalogue_body(c, code) : NULL;
	if (f == FIELD_STATUS && status_parse(code, &status))
		return status_label(status);
	if (f == FIELD_NATURE && nature_parse(code, &nature))
		return nature_label(nature);
	if (f == FIELD_CHANNEL && channel_parse(code, &channel))
		return channel_label(channel);
	if (f == FIELD_WAIT && wait_reason_parse(code, &wait))
		return wait_reason_label(wait);
	return category ? category->path : service ? service->name : commune ? commune->name : body ? body->name : code;
}

static void person_words(struct text *out, struct store *s, const char *op)
{
	struct op_id id;
	struct requester who = { 0 };
	if (op_id_parse(op, &id) && store_requester_of_op(s, id, &who, NULL) == GUICHET_OK)
		text_add(out, *requester_get(&who, "name") ? requester_get(&who, "name") : requester_get(&who, "organisation"));
	requester_done(&who);
}

static void number_words(struct text *out, enum request_field f, const json_t *value)
{
	if (json_is_real(value))
		text_addf(out, "%.7g", json_real_value(value));
	else if (request_field_info(f)->type == FIELD_TYPE_INSTANT)
		instant_show(out, json_integer_value(value));
	else
		text_addf(out, "%lld", (long long)json_integer_value(value));
}

void register_words(struct text *out, struct store *s, enum request_field f, const json_t *value)
{
	const char *text = json_string_value(value);
	size_t before = out->len;
	if (json_is_boolean(value))
		text_add(out, json_is_true(value) ? _("oui") : _("non"));
	else if (json_is_number(value))
		number_words(out, f, value);
	else if (text && f == FIELD_REQUESTER)
		person_words(out, s, text);
	else if (text && (f == FIELD_PARENT || f == FIELD_SPLIT_OF))
		words_add_other(out, s, text);
	else if (text)
		text_add(out, code_words(store_catalogue(s), f, text));
	if (out->len == before)
		text_add(out, value ? _("(vide)") : _("(contenu effacé)"));
}

/* --- conflicts --- */

static const struct op *find_op(const struct request *r, struct op_id id)
{
	for (size_t i = 0; i < r->op_count; i++)
		if (op_id_equal(r->ops[i].id, id))
			return &r->ops[i];
	return NULL;
}

static const json_t *written(const struct op *op, enum request_field f)
{
	const struct request_field_info *info = request_field_info(f);
	return op ? json_object_get(info->half == FACT ? op->facts : op->personal, info->key) : NULL;
}

/* What the last of them replaced, when each of them saw it. */
static char *words_before(struct store *s, const struct request *r, enum request_field f)
{
	struct text out = TEXT_INIT;
	struct op_id id = { 0, 0 };
	const struct op *op = find_op(r, r->fields[f].heads[0].by);
	const json_t *seen = op ? json_object_get(op->base, request_field_info(f)->key) : NULL;
	if (op_id_parse(json_string_value(json_array_get(seen, json_array_size(seen) ? json_array_size(seen) - 1 : 0)), &id)) {
		const json_t *value = written(find_op(r, id), f);
		if (value)
			register_words(&out, s, f, value);
	}
	return text_take(&out);
}

static const char *note_of(const struct request *r, enum request_field f)
{
	bool answered = false, closed = false;
	for (size_t i = 0; i < r->fields[f].count; i++) {
		const char *code = json_string_value(r->fields[f].heads[i].value);
		answered = answered || (code && !strcmp(code, status_code(STATUS_ANSWERED)));
		closed = closed || (code && !strcmp(code, status_code(STATUS_CLOSED)));
	}
	if (f == FIELD_STATUS && answered && closed)
		return _("une réponse que la clôture n'avait pas vue");
	if (f == FIELD_STATUS && r->review_mark)
		return _("terminée d'un côté, continuée de l'autre");
	return f == FIELD_SERVICE ? _("deux transmissions : chaque service peut la refuser") : "";
}

static void add_value(struct store *s, const struct request *r, struct conflict *c, const struct field_write *w, bool enrolled)
{
	struct text words = TEXT_INIT;
	const struct op *op = find_op(r, w->by);
	register_words(&words, s, c->field, w->value);
	c->values[c->count++] = (struct conflict_value){ .by = w->by, .actor = op ? op->actor : "?", .step = op ? op_kind_label(op->kind) : "",
		.at_ms = op ? op->wall_ms : NO_INSTANT, .unsent = enrolled && op && op->seq == 0, .value = w->value, .words = text_take(&words) };
}

size_t conflicts_of(struct store *s, const struct request *r, struct conflict **out)
{
	size_t count = 0, capacity = 0;
	bool enrolled = replica_is_enrolled(s);
	*out = NULL;
	for (int f = 0; f < FIELD_COUNT; f++) {
		const struct field_state *state = &r->fields[f];
		if (!request_in_conflict(r, (enum request_field)f))
			continue;
		GUICHET_GROW(*out, count, capacity);
		struct conflict *c = &(*out)[count++];
		*c = (struct conflict){ .field = (enum request_field)f, .label = _(request_field_info((enum request_field)f)->label),
			.values = guichet_alloc(state->count * sizeof *c->values), .before = words_before(s, r, (enum request_field)f),
			.note = note_of(r, (enum request_field)f) };
		for (size_t i = 0; i < state->count; i++) {
			bool again = false;
			for (size_t j = 0; j < i && !again; j++)
				again = state->heads[i].value && state->heads[j].value && json_equal(state->heads[i].value, state->heads[j].value);
			if (!again)
				add_value(s, r, c, &state->heads[i], enrolled);
		}
	}
	return count;
}

void conflicts_free(struct conflict *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < list[i].count; j++)
			free(list[i].values[j].words);
		free(list[i].values);
		free(list[i].before);
	}
	free(list);
}

void conflict_show(struct text *out, struct store *s, const struct conflict *c)
{
	text_addf(out, _("%s : "), c->label);
	for (size_t i = 0; i < c->count; i++) {
		struct text when = TEXT_INIT;
		history_when(&when, c->values[i].at_ms, store_now(s));
		text_addf(out, "%s%s (%s, %s)", i ? _(" ou ") : "", c->values[i].words, c->values[i].actor, text_str(&when));
		text_done(&when);
	}
}

/* --- crossed links --- */

static struct op_id link_of(const struct request *r)
{
	return r->fields[FIELD_PARENT].count ? r->fields[FIELD_PARENT].heads[0].by : (struct op_id){ 0, 0 };
}

bool links_crossed(struct store *s, const struct request *r, int64_t *other_row, int64_t *other_reference, bool *ours_goes)
{
	struct loaded other = { 0 };
	struct op_id parent, back;
	if (!op_id_parse(request_text(r, FIELD_PARENT), &parent) || store_load_op(s, parent, &other, NULL))
		return false;
	bool crossed = op_id_parse(request_text(&other.request, FIELD_PARENT), &back) && op_id_equal(back, r->id);
	if (crossed) {
		*other_row = other.row_id;
		*other_reference = other.request.reference;
		*ours_goes = op_id_compare(link_of(&other.request), link_of(r)) < 0;
	}
	loaded_done(&other);
	return crossed;
}
