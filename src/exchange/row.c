// SPDX-License-Identifier: GPL-3.0-or-later
/* One row of a source: its values checked, then one create operation that carries all that the source tells, the
 * end of the request too. */
#include "map_inside.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"

enum { SOURCE_ID_MAX = 200, PAYLOAD_ROOM = OP_PAYLOAD_MAX - 4096, ESCAPED = 6 };

#define VALUE(r, f) text_str(&(r)->row.values[f])

void row_reader_done(struct row_reader *r)
{
	for (int f = 0; f < MAP_FIELD_COUNT; f++)
		text_done(&r->row.values[f]);
	text_done(&r->row.source_id);
	codes_done(&r->codes);
}

/* --- who it is --- */

enum guichet_rc row_identify(
	struct row_reader *r, const struct csv_reader *csv, int64_t number, struct guichet_err *err)
{
	struct row *row = &r->row;
	row->number = number;
	for (int f = 0; f < MAP_FIELD_COUNT; f++) {
		text_clear(&row->values[f]);
		template_render(&r->map->fields[f], csv, r->positions, &row->values[f]);
	}
	text_clear(&row->source_id);
	if (!map_has(r->map, MAP_SOURCE_ID)) {
		text_addf(&row->source_id, "%s:%s:%lld", r->map->name, r->file, (long long)number);
		return GUICHET_OK;
	}
	if (!*VALUE(r, MAP_SOURCE_ID))
		return guichet_err_set(err, GUICHET_DATA, _("identifiant d'origine vide"));
	text_addf(&row->source_id, "%s:%s", r->map->name, VALUE(r, MAP_SOURCE_ID));
	if (row->source_id.len > SOURCE_ID_MAX)
		return guichet_err_set(
			err, GUICHET_DATA, _("identifiant d'origine trop long (au plus %d octets)"), SOURCE_ID_MAX);
	return GUICHET_OK;
}

/* --- when --- */

static enum guichet_rc read_date(
	struct row_reader *r, enum map_field f, const char *what, int64_t *out, struct guichet_err *err)
{
	*out = NO_INSTANT;
	return *VALUE(r, f) ? date_read(r->dates, what, VALUE(r, f), out, err) : GUICHET_OK;
}

static enum guichet_rc refuse_date(const char *format, int64_t a, int64_t b, struct guichet_err *err)
{
	struct text first = TEXT_INIT, second = TEXT_INIT;
	instant_rfc3339(&first, a);
	instant_rfc3339(&second, b);
	guichet_err_set(err, GUICHET_DATA, format, text_str(&first), text_str(&second));
	text_done(&first);
	text_done(&second);
	return GUICHET_DATA;
}

static enum guichet_rc read_dates(struct row_reader *r, struct guichet_err *err)
{
	struct row *row = &r->row;
	enum guichet_rc rc;
	if (map_has(r->map, MAP_RECEIVED_MONTH))
		rc = date_from_month(VALUE(r, MAP_RECEIVED_MONTH), VALUE(r, MAP_RECEIVED_WEEKDAY), VALUE(r, MAP_RECEIVED_HOUR),
			row->number, &row->received_ms, err);
	else
		rc = read_date(r, MAP_RECEIVED, _("reçue le"), &row->received_ms, err);
	if (rc == GUICHET_OK)
		rc = read_date(r, MAP_CLOSED, _("clôturée le"), &row->closed_ms, err);
	if (rc == GUICHET_OK)
		rc = read_date(r, MAP_DUE, _("échéance"), &row->due_ms, err);
	if (rc)
		return rc;
	if (row->received_ms == NO_INSTANT)
		return guichet_err_set(err, GUICHET_DATA, _("date de réception vide"));
	if (row->received_ms < 0)
		return refuse_date(_("reçue le %s : avant 1970"), row->received_ms, NO_INSTANT, err);
	/* A date without its hour may be today's midnight somewhere else. */
	if (row->received_ms > r->now_ms + MS_PER_DAY)
		return refuse_date(_("reçue le %s : cette date est à venir"), row->received_ms, NO_INSTANT, err);
	if (row->closed_ms != NO_INSTANT && row->closed_ms < row->received_ms)
		return refuse_date(_("clôturée le %s, avant sa réception le %s"), row->closed_ms, row->received_ms, err);
	if (row->closed_ms != NO_INSTANT && row->closed_ms > r->now_ms + MS_PER_DAY)
		return refuse_date(_("clôturée le %s : cette date est à venir"), row->closed_ms, NO_INSTANT, err);
	return GUICHET_OK;
}

/* --- what sort --- */

static enum guichet_rc unknown_word(const char *what, const char *word, struct guichet_err *err)
{
	return guichet_err_set(
		err, GUICHET_DATA, _("%s « %.100s » : absent du plan, qui n'a pas de « default »"), what, word);
}

static enum guichet_rc read_sorts(struct row_reader *r, struct guichet_err *err)
{
	struct row *row = &r->row;
	const struct import_map *m = r->map;
	enum nature nature = NATURE_REPORT;
	const char *channel = word_code(&m->channels, VALUE(r, MAP_CHANNEL));
	const char *nature_word = word_code(&m->natures, VALUE(r, MAP_NATURE));
	const char *status = word_code(&m->statuses, VALUE(r, MAP_STATUS));
	row->channel = CHANNEL_WEB;
	row->status = row->closed_ms != NO_INSTANT ? STATUS_CLOSED : STATUS_ROUTED;
	row->nature = -1;
	row->priority = 0;
	if (!channel_parse(channel ? channel : VALUE(r, MAP_CHANNEL), &row->channel) && map_has(m, MAP_CHANNEL))
		return unknown_word(_("canal"), VALUE(r, MAP_CHANNEL), err);
	if (nature_parse(nature_word ? nature_word : VALUE(r, MAP_NATURE), &nature))
		row->nature = (int)nature;
	else if (*VALUE(r, MAP_NATURE))
		return unknown_word(_("nature"), VALUE(r, MAP_NATURE), err);
	if (!status_parse(status ? status : VALUE(r, MAP_STATUS), &row->status) && *VALUE(r, MAP_STATUS))
		return unknown_word(_("état"), VALUE(r, MAP_STATUS), err);
	if (row->status > STATUS_CLOSED && row->status != STATUS_CANCELLED)
		return guichet_err_set(err, GUICHET_DATA, _("état « %s » : une demande ne peut être importée dans cet état"),
			VALUE(r, MAP_STATUS));
	const char *priority = VALUE(r, MAP_PRIORITY);
	if (*priority && (priority[0] < '1' || priority[0] > '4' || priority[1]))
		return guichet_err_set(err, GUICHET_DATA, _("priorité « %.40s » : attendu 1 (urgente) à 4 (basse)"), priority);
	if (*priority)
		row->priority = priority[0] - '0';
	return GUICHET_OK;
}

/* --- the texts --- */

/* More than it takes as JSON. */
static size_t json_room(const json_t *object)
{
	const char *key;
	json_t *value;
	size_t room = 0;
	json_object_foreach((json_t *)object, key, value)
	{
		const char *s = json_string_value(value);
		room += strlen(key) + 32;
		for (; s && *s; s++)
			room += (unsigned char)*s < ' ' ? ESCAPED : *s == '"' || *s == '\\' ? 2 : 1;
	}
	return room;
}

static enum guichet_rc write_texts(struct row_reader *r, struct op *op, struct guichet_err *err)
{
	static const struct {
		enum map_field from;
		enum request_field to;
	} fields[] = {
		{MAP_SUBJECT, FIELD_SUBJECT},
		{MAP_DESCRIPTION, FIELD_DESCRIPTION},
		{MAP_ADDRESS, FIELD_ADDRESS},
		{MAP_PLACE_DETAIL, FIELD_PLACE_DETAIL},
		{MAP_ASSET, FIELD_ASSET},
		{MAP_GROUND, FIELD_GROUND},
		{MAP_AREA, FIELD_AREA},
		{MAP_LATITUDE, FIELD_LATITUDE},
		{MAP_LONGITUDE, FIELD_LONGITUDE},
		{MAP_SENDER_REF, FIELD_SENDER_REF},
		{MAP_DOCUMENT_DATE, FIELD_DOCUMENT_DATE},
	};
	const struct catalogue *c = store_catalogue(r->store);
	if (!*VALUE(r, MAP_SUBJECT))
		return guichet_err_set(err, GUICHET_DATA, _("objet vide"));
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		const char *value = VALUE(r, fields[i].from);
		enum guichet_rc rc = *value ? op_write_parsed(op, NULL, fields[i].to, value, c, err) : GUICHET_OK;
		if (rc)
			return rc;
	}
	if (json_room(op->personal) + json_room(op->facts) > PAYLOAD_ROOM)
		return guichet_err_set(err, GUICHET_DATA, _("textes trop longs : au plus %d octets en tout"), PAYLOAD_ROOM);
	return GUICHET_OK;
}

/* --- how it ended --- */

/* A request that ended elsewhere keeps the dates of its end; ours would move with each catalogue. A source that
 * tells no closing date gives none of an answer: such a request counts in no delay, and as ended on the day it
 * came. */
static void write_end(
	struct row_reader *r, const struct category *category, const struct service *service, struct op *op)
{
	struct row *row = &r->row;
	const struct catalogue *c = store_catalogue(r->store);
	struct deadlines due;
	int64_t end = row->closed_ms != NO_INSTANT ? row->closed_ms : row->received_ms;
	if (row->status < STATUS_ANSWERED)
		return;
	deadlines_preview(c, category, service, false, (int)row->channel, row->received_ms, r->now_ms, &due, NULL);
	if (row->due_ms != NO_INSTANT)
		due.due[TARGET_COMPLETE] = due.due[TARGET_ANSWER] = row->due_ms;
	if (row->due_ms != NO_INSTANT)
		due.half_ms = due.risk_ms = NO_INSTANT;
	json_object_set_new(op->facts, "due", deadlines_json(&due));
	if (row->status == STATUS_ANSWERED ||
		(row->status == STATUS_CLOSED && r->map->answered && row->closed_ms != NO_INSTANT))
		op_fact_int(op, "answered_ms", end);
	if (row->status == STATUS_ANSWERED)
		return;
	op_fact_int(op, "closed_ms", end);
	if (row->status == STATUS_CLOSED)
		op_fact_text(op, "reason", close_reason_code(r->map->reason));
	/* Whoever had to be told of the danger was told there. */
	op_unwrite(op, FIELD_DANGER);
}

/* --- all of it --- */

static enum guichet_rc append(struct row_reader *r, const struct category *category, const struct service *service,
	struct op *op, struct guichet_err *err)
{
	struct row *row = &r->row;
	const struct catalogue *c = store_catalogue(r->store);
	struct create_args args = {.channel = row->channel,
		.category = category,
		.commune = codes_commune(&r->codes, VALUE(r, MAP_COMMUNE)),
		.nature = row->nature,
		.priority = row->priority,
		.received_ms = row->received_ms,
		.logged_ms = r->now_ms,
		.source_id = text_str(&row->source_id),
		.source_service = service ? service->code : NULL};
	enum guichet_rc rc = store_next_reference(r->store, &args.reference, err);
	if (rc)
		return rc;
	/* "Handed over" is what a request with a service is by itself: what is with the desk was handed to nobody. */
	if (row->status != STATUS_ROUTED)
		op_write_text(op, NULL, FIELD_STATUS, status_code(row->status));
	request_create_op(&args, c, r->actor, r->now_ms, op);
	if (!service)
		service = catalogue_service(c, op_text(op, "service_code", ""));
	write_end(r, category ? category : c->unsorted, service, op);
	op->id = store_take_id(r->store);
	return store_append_history(r->store, op, 1, NULL, err);
}

enum guichet_rc row_take(struct row_reader *r, bool *stored, struct guichet_err *err)
{
	const struct service *service = NULL;
	const struct category *category = NULL;
	struct op op;
	*stored = false;
	op_init(&op, OP_CREATE, (struct op_id){0, 0}, r->actor->login, r->now_ms);
	enum guichet_rc rc = read_dates(r, err);
	if (rc == GUICHET_OK)
		rc = read_sorts(r, err);
	if (rc == GUICHET_OK)
		rc = write_texts(r, &op, err);
	if (rc == GUICHET_OK)
		rc = codes_service(&r->codes, VALUE(r, MAP_SERVICE), VALUE(r, MAP_SERVICE_NAME), &service, err);
	if (rc == GUICHET_OK)
		rc = codes_category(&r->codes,
			&(struct category_words){VALUE(r, MAP_CATEGORY), VALUE(r, MAP_CATEGORY_NAME), VALUE(r, MAP_CATEGORY_PATH)},
			service, &category, err);
	if (rc) {
		*stored = rc != GUICHET_DATA;
	} else if (!r->codes.dry_run) {
		*stored = true;
		rc = append(r, category, service, &op, err);
	}
	op_done(&op);
	return rc;
}
