// SPDX-License-Identifier: GPL-3.0-or-later
/* The history of a request in words, for the command line, the screens and what is printed. Codes are shown as people call them. Knows no terminal. */
#include "guichet/report/history.h"

#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/core/reference.h"
#include "guichet/store/replica.h"

void history_when(struct text *out, int64_t ms, int64_t now_ms)
{
	struct civil c = paris_civil(ms);
	if (ms == NO_INSTANT || c.year == paris_civil(now_ms).year)
		instant_show_short(out, ms);
	else
		text_addf(out, "%02d/%02d/%04d %02d:%02d", c.day, c.month, c.year, c.hour, c.minute);
}

static void add(struct text *out, const char *value)
{
	if (value && *value)
		text_addf(out, "%s%s", out->len ? " · " : "", value);
}

static void add_labelled(struct text *out, const char *label, const char *value)
{
	if (value && *value)
		text_addf(out, "%s%s %s", out->len ? " · " : "", label, value);
}

static void add_instant(struct text *out, const char *label, int64_t ms, struct store *s)
{
	struct text t = TEXT_INIT;
	if (ms)
		history_when(&t, ms, store_now(s));
	add_labelled(out, label, text_str(&t));
	text_done(&t);
}

static const char *service_name(const struct catalogue *c, const char *code)
{
	const struct service *service = catalogue_service(c, code);
	return service ? service->name : code;
}

static const char *body_name(const struct catalogue *c, const char *code)
{
	const struct body *b = catalogue_body(c, code);
	return b ? b->name : code;
}

/* What a code that stands under `key` is called. */
static const char *label_of(const struct catalogue *c, const struct op *op, const char *key, const char *value)
{
	enum channel channel;
	enum outcome outcome;
	enum close_reason closed;
	enum wait_reason wait;
	const struct category *m;
	if (!*value)
		return value;
	if ((!strcmp(key, "channel") || !strcmp(key, "notice_channel")) && channel_parse(value, &channel))
		return channel_label(channel);
	if (!strcmp(key, "outcome") && outcome_parse(value, &outcome))
		return outcome_label(outcome);
	if (!strcmp(key, "reason") && op->kind == OP_CLOSE && close_reason_parse(value, &closed))
		return close_reason_label(closed);
	if (!strcmp(key, "wait") && wait_reason_parse(value, &wait))
		return wait_reason_label(wait);
	if (!strcmp(key, "category"))
		return (m = catalogue_category(c, value)) ? m->name : value;
	if (!strcmp(key, "service_code") || !strcmp(key, "service") || !strcmp(key, "suggested") || !strcmp(key, "split"))
		return service_name(c, value);
	return !strcmp(key, "redirected_to") ? body_name(c, value) : value;
}

/* "objet, lieu": the fields that an edit wrote. */
static void add_fields(struct text *out, const struct op *op)
{
	struct text list = TEXT_INIT;
	for (int f = 0; f < FIELD_COUNT; f++) {
		const struct request_field_info *info = request_field_info((enum request_field)f);
		if (info->editable && (json_object_get(op->facts, info->key) || json_object_get(op->personal, info->key)))
			text_addf(&list, "%s%s", list.len ? ", " : "", _(info->label));
	}
	add(out, text_str(&list));
	text_done(&list);
}

static void add_reference(struct text *out, struct store *s, const char *op_id)
{
	struct op_id id;
	struct loaded l = { 0 };
	char shown[REFERENCE_SHOWN];
	if (op_id_parse(op_id, &id) && store_load_op(s, id, &l, NULL) == GUICHET_OK) {
		reference_show(l.request.reference, shown);
		add_labelled(out, _("à"), shown);
	}
	loaded_done(&l);
}

/* "réponse, non distribuée" */
static void add_delivery(struct text *out, const struct op *op)
{
	enum purpose purpose;
	enum delivery_state state;
	if (purpose_parse(op_text(op, "purpose", ""), &purpose))
		add(out, purpose_label(purpose));
	if (delivery_state_parse(op_text(op, "state", ""), &state))
		add(out, delivery_state_label(state));
	add(out, op_text(op, "to", ""));
	if (op_bool(op, "again"))
		add(out, _("peut-être partie deux fois"));
}

/* What the operation holds, after its name. */
static void describe(struct text *out, struct store *s, const struct op *op)
{
	static const struct { const char *key, *label; } keys[] = {
		{ "channel", NULL }, { "category", NULL }, { "service_code", NULL }, { "wait", NULL }, { "number", NULL }, { "contractor", NULL },
		{ "assigned_to", NULL }, { "outcome", NULL }, { "redirected_to", NULL }, { "notice_channel", N_("usager prévenu par") },
		{ "split", N_("partagée avec") }, { "suggested", N_("proposé :") }, { "who", NULL }, { "result", NULL }, { "reason", NULL },
		{ "visa", N_("visa") }, { "name", NULL }, { "text", NULL },
	};
	const struct catalogue *c = store_catalogue(s);
	if (op->kind == OP_PROMISE && op_int(op, "date_ms", 0)) {
		struct text day = TEXT_INIT;
		day_show(&day, due_day(op_int(op, "date_ms", 0)));
		add_labelled(out, _("au plus tard le"), text_str(&day));
		text_done(&day);
	}
	if (op->kind == OP_EDIT || op->kind == OP_RESOLVE)
		add_fields(out, op);
	if (op->kind == OP_HOLD)
		add(out, op_bool(op, "hold") ? _("ordonnée") : _("levée"));
	if (op->kind == OP_SETTLE)
		add(out, op_bool(op, "aside") ? _("mise de côté") : _("appliquée"));
	if (op->kind == OP_DELIVERY)
		add_delivery(out, op);
	if (op->kind == OP_LINK)
		add_reference(out, s, op_text(op, "parent", ""));
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const char *value = label_of(c, op, keys[i].key, op_text(op, keys[i].key, ""));
		bool named = op->kind == OP_EDIT && (!strcmp(keys[i].key, "service_code") || !strcmp(keys[i].key, "channel"));
		if (!named && keys[i].label)
			add_labelled(out, _(keys[i].label), value);
		else if (!named)
			add(out, value);
	}
	if (op_int(op, "planned", 0)) {
		struct text day = TEXT_INIT;
		day_show(&day, paris_day(op_int(op, "planned", 0)));
		add_labelled(out, _("prévus le"), text_str(&day));
		text_done(&day);
	}
	add_instant(out, _("prochain essai"), op_int(op, "next_ms", 0), s);
	if (op->kind == OP_CALLBACK)
		add_instant(out, _("prévu"), op_int(op, "at_ms", 0), s);
	else if (op_int(op, "at_ms", op->wall_ms) / MS_PER_MINUTE != op->wall_ms / MS_PER_MINUTE)
		add_instant(out, _("fait"), op_int(op, "at_ms", 0), s);
	if (op->blanked)
		add(out, _("(contenu effacé)"));
}

void history_describe(struct text *out, struct store *s, const struct request *r, size_t index)
{
	const struct op *op = &r->ops[index];
	struct text details = TEXT_INIT;
	text_add(out, op->kind < OP_KIND_COUNT ? op_kind_label(op->kind) : _("opération d'un guichet plus récent"));
	if (op_is_aside(op))
		text_add(out, _(" (mise de côté)"));
	else if (op->parked)
		text_addf(out, _(" (EN SOUFFRANCE : %s)"), op_parked_label(op));
	else if (request_op_undone(r, index))
		text_add(out, _(" (défaite)"));
	if (op->seq == 0 && replica_is_enrolled(s))
		text_add(out, _(" (à envoyer)"));
	if (op->kind < OP_KIND_COUNT)
		describe(&details, s, op);
	if (details.len)
		text_addf(out, _(" : %s"), text_str(&details));
	text_done(&details);
}
