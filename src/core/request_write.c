// SPDX-License-Identifier: GPL-3.0-or-later
/* Writing registers: into an operation being made, from typed values or from what a person or a file wrote. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/sim_bug.h"
#include "guichet/base/utf8.h"
#include "request_inside.h"

static void write_base(struct op *op, const struct request *r, enum request_field f)
{
	const struct field_state *s = &r->fields[f];
	json_t *seen = json_array();
	char id[OP_ID_TEXT];

	if (!op->base)
		op->base = json_object();
	if (!seen || !op->base)
		abort();
	for (size_t i = 0; i < s->count; i++) {
		if (SIM_BUG(base_forgets_pending) && r->ops[s->heads[i].order].seq == 0)
			continue;
		op_id_format(s->heads[i].by, id);
		json_array_append_new(seen, json_string(id));
	}
	json_object_set_new(op->base, request_field_info(f)->key, seen);
}

void op_write_value(struct op *op, const struct request *r, enum request_field f, json_t *value)
{
	const struct request_field_info *info = request_field_info(f);

	op_set(op, info->half == PERSONAL, info->key, value);
	if (r)
		write_base(op, r, f);
}

void op_write_text(struct op *op, const struct request *r, enum request_field f, const char *value)
{
	op_write_value(op, r, f, json_string(value ? value : ""));
}

void op_write_int(struct op *op, const struct request *r, enum request_field f, int64_t value)
{
	op_write_value(
		op, r, f, request_field_info(f)->type == FIELD_TYPE_BOOL ? json_boolean(value != 0) : json_integer(value));
}

void op_write_real(struct op *op, const struct request *r, enum request_field f, double value)
{
	/* Seven decimals of a degree are a centimetre, and come back the same from their text (op_seal). */
	op_write_value(op, r, f, isfinite(value) ? json_real(round(value * 1e7) / 1e7) : json_null());
}

void op_unwrite(struct op *op, enum request_field f)
{
	const struct request_field_info *info = request_field_info(f);

	json_object_del(info->half == PERSONAL ? op->personal : op->facts, info->key);
	json_object_del(op->base, info->key);
	if (op->base && json_object_size(op->base) == 0) {
		json_decref(op->base);
		op->base = NULL;
	}
	if (op->personal && json_object_size(op->personal) == 0) {
		json_decref(op->personal);
		op->personal = NULL;
	}
}

/* --- Values as people write them --- */

struct reading {
	struct op *op;
	const struct request *r;
	enum request_field f;
	const struct catalogue *catalogue;
	const char *label;
	struct guichet_err *err;
};

static enum guichet_rc bad(const struct reading *in, const char *value, const char *expected)
{
	return guichet_err_set(
		in->err, GUICHET_DATA, _("%s : « %s » n'est pas valable (attendu : %s)"), in->label, value, expected);
}

/* An unknown code, with the near ones. */
static enum guichet_rc unknown(const struct reading *in, const char *value, char kind)
{
	struct text near = TEXT_INIT;
	enum guichet_rc rc;

	catalogue_near_codes(in->catalogue, kind, value, &near);
	rc = guichet_err_set(in->err, GUICHET_DATA, _("%s : « %s » est inconnu%s%s"), in->label, value,
		near.len ? " ; " : "", text_str(&near));
	text_done(&near);
	return rc;
}

static enum guichet_rc put(const struct reading *in, const char *code)
{
	op_write_text(in->op, in->r, in->f, code);
	return GUICHET_OK;
}

static enum guichet_rc read_catalogue_code(const struct reading *in, const char *value)
{
	const struct category *category;
	const struct commune *commune;
	const struct service *service;
	const struct body *body;

	switch (in->f) {
	case FIELD_CATEGORY:
		category = catalogue_category(in->catalogue, value);
		return category ? put(in, category->code) : unknown(in, value, 'm');
	case FIELD_COMMUNE:
		commune = catalogue_commune(in->catalogue, value);
		return commune ? put(in, commune->code) : unknown(in, value, 'c');
	case FIELD_SERVICE:
		service = catalogue_service(in->catalogue, value);
		return service ? put(in, service->code) : unknown(in, value, 's');
	default:
		body = catalogue_body(in->catalogue, value);
		return body ? put(in, body->code) : unknown(in, value, 'o');
	}
}

static enum guichet_rc read_day(const struct reading *in, const char *value)
{
	int year, month, day;
	int32_t number;
	struct text out = TEXT_INIT;
	enum guichet_rc rc = day_parse(in->label, value, &number, in->err);

	if (rc != GUICHET_OK)
		return rc;
	day_to_date(number, &year, &month, &day);
	text_addf(&out, "%04d-%02d-%02d", year, month, day);
	put(in, text_str(&out));
	text_done(&out);
	return GUICHET_OK;
}

static enum guichet_rc read_plain(const struct reading *in, const char *value)
{
	char *text;
	enum guichet_rc rc =
		utf8_accept(in->label, value, strlen(value), request_field_info(in->f)->max_bytes, &text, in->err);

	if (rc != GUICHET_OK)
		return rc;
	put(in, text);
	free(text);
	return GUICHET_OK;
}

static enum guichet_rc read_code(const struct reading *in, const char *value)
{
	enum nature nature;
	enum status status;
	enum channel channel;
	enum wait_reason wait;
	struct op_id id;

	switch (in->f) {
	case FIELD_CATEGORY:
	case FIELD_COMMUNE:
	case FIELD_SERVICE:
	case FIELD_BODY:
		return read_catalogue_code(in, value);
	case FIELD_NATURE:
		return nature_parse(value, &nature)
			? put(in, nature_code(nature))
			: bad(in, value, _("signalement, information, réclamation, suggestion ou avis"));
	case FIELD_STATUS:
		return status_parse(value, &status) ? put(in, status_code(status)) : bad(in, value, _("un état de demande"));
	case FIELD_CHANNEL:
		return channel_parse(value, &channel) ? put(in, channel_code(channel))
											  : bad(in, value, _("téléphone, courriel, courrier, accueil ou site"));
	case FIELD_WAIT:
		return wait_reason_parse(value, &wait) ? put(in, wait_reason_code(wait)) : bad(in, value, _("usager ou tiers"));
	case FIELD_DOCUMENT_DATE:
		return read_day(in, value);
	case FIELD_REQUESTER:
	case FIELD_PARENT:
	case FIELD_SPLIT_OF:
		return op_id_parse(value, &id) ? put(in, value) : bad(in, value, _("un identifiant d'opération"));
	default:
		return read_plain(in, value);
	}
}

static enum guichet_rc read_int(const struct reading *in, const char *value)
{
	static const char *const words[] = {N_("urgente"), N_("haute"), N_("normale"), N_("basse")};

	for (int i = 0; i < 4; i++) {
		if ((value[0] == '1' + i && !value[1]) || utf8_compare_folded(value, words[i]) == 0 ||
			utf8_compare_folded(value, _(words[i])) == 0) {
			op_write_int(in->op, in->r, in->f, i + 1);
			return GUICHET_OK;
		}
	}
	return bad(in, value, _("1 urgente, 2 haute, 3 normale ou 4 basse"));
}

static enum guichet_rc read_bool(const struct reading *in, const char *value)
{
	static const char *const yes[] = {"oui", "yes", "true", "1", "o", "y"};
	static const char *const no[] = {"non", "no", "false", "0", "n"};

	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
		if (utf8_compare_folded(value, yes[i]) == 0) {
			op_write_int(in->op, in->r, in->f, 1);
			return GUICHET_OK;
		}
	}
	for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
		if (utf8_compare_folded(value, no[i]) == 0) {
			op_write_int(in->op, in->r, in->f, 0);
			return GUICHET_OK;
		}
	}
	return bad(in, value, _("oui ou non"));
}

/* Degrees, with a point or a comma, whatever the locale. */
static bool degrees_parse(const char *s, double *out)
{
	bool negative = *s == '-';
	int64_t n = 0, scale = 1;
	int digits = 0;

	s += *s == '-' || *s == '+';
	for (; *s >= '0' && *s <= '9' && digits < 4; s++, digits++)
		n = n * 10 + (*s - '0');
	if (digits == 0 || digits == 4)
		return false;
	if (*s == '.' || *s == ',') {
		for (s++; *s >= '0' && *s <= '9'; s++) {
			if (scale < INT64_C(1000000000000)) {
				n = n * 10 + (*s - '0');
				scale *= 10;
			}
		}
	}
	*out = (negative ? -1.0 : 1.0) * (double)n / (double)scale;
	return !*s;
}

static enum guichet_rc read_real(const struct reading *in, const char *value)
{
	double limit = in->f == FIELD_LATITUDE ? 90 : 180, degrees;

	if (!degrees_parse(value, &degrees) || fabs(degrees) > limit)
		return bad(in, value,
			in->f == FIELD_LATITUDE ? _("des degrés de -90 à 90, par exemple 46,5802")
									: _("des degrés de -180 à 180, par exemple 0,3404"));
	op_write_real(in->op, in->r, in->f, degrees);
	return GUICHET_OK;
}

static enum guichet_rc clear(const struct reading *in)
{
	const struct request_field_info *info = request_field_info(in->f);

	switch (in->f) {
	case FIELD_STATUS:
	case FIELD_NATURE:
	case FIELD_CHANNEL:
	case FIELD_CATEGORY:
	case FIELD_SERVICE:
	case FIELD_PRIORITY:
	case FIELD_RECEIVED:
	case FIELD_LOGGED:
	case FIELD_DANGER:
	case FIELD_SUBJECT:
		return guichet_err_set(in->err, GUICHET_DATA, _("%s : une valeur est nécessaire"), in->label);
	default:
		break;
	}
	if (info->type == FIELD_TYPE_REAL)
		op_write_real(in->op, in->r, in->f, NAN);
	else if (info->type == FIELD_TYPE_BOOL)
		op_write_int(in->op, in->r, in->f, 0);
	else
		put(in, "");
	return GUICHET_OK;
}

enum guichet_rc op_write_parsed(struct op *op, const struct request *r, enum request_field f, const char *value,
	const struct catalogue *catalogue, struct guichet_err *err)
{
	const struct request_field_info *info = request_field_info(f);
	struct reading in = {op, r, f, catalogue, _(info->label), err};
	enum guichet_rc rc = GUICHET_OK;
	int64_t ms;
	char *text;

	rc = utf8_accept(in.label, value ? value : "", value ? strlen(value) : 0,
		info->type == FIELD_TYPE_TEXT ? info->max_bytes : 400, &text, err);
	if (rc != GUICHET_OK)
		return rc;
	if (!*text) {
		rc = clear(&in);
		goto out;
	}
	switch (info->type) {
	case FIELD_TYPE_TEXT:
		put(&in, text);
		break;
	case FIELD_TYPE_CODE:
		rc = read_code(&in, text);
		break;
	case FIELD_TYPE_INT:
		rc = read_int(&in, text);
		break;
	case FIELD_TYPE_BOOL:
		rc = read_bool(&in, text);
		break;
	case FIELD_TYPE_REAL:
		rc = read_real(&in, text);
		break;
	case FIELD_TYPE_INSTANT:
		rc = instant_parse(in.label, text, &ms, err);
		if (rc == GUICHET_OK)
			op_write_int(op, r, f, ms);
		break;
	}
out:
	free(text);
	return rc;
}
