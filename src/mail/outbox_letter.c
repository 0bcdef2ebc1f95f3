// SPDX-License-Identifier: GPL-3.0-or-later
/* To whom a message goes, and what it says: the catalogue's template. Must not know how it is sent. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "outbox_inside.h"

static const struct op *target_of(const struct loaded *l, const struct outbox_message *m)
{
	for (size_t i = 0; i < l->op_count; i++)
		if (op_id_equal(l->ops[i].id, m->target))
			return &l->ops[i];
	return NULL;
}

/* As he is known now, under the record that he was merged into. */
static char *address_of_requester(struct store *s, const struct request *r)
{
	struct requester who, kept;
	struct op_id id;
	char *address = NULL;
	if (!op_id_parse(request_text(r, FIELD_REQUESTER), &id) || store_requester_of_op(s, id, &who, NULL))
		return NULL;
	if (who.merged_into && store_requester(s, who.merged_into, &kept, NULL) == GUICHET_OK) {
		requester_done(&who);
		who = kept;
	}
	if (*requester_get(&who, "email"))
		address = guichet_strdup(requester_get(&who, "email"));
	requester_done(&who);
	return address;
}

/* The service that the operation handed the request to or reminded, whoever has it now. */
static const struct service *service_of(struct store *s, const struct loaded *l, const struct outbox_message *m)
{
	const struct op *op = target_of(l, m);
	const char *code = op ? op_text(op, "service_code", op_text(op, "service", "")) : "";
	return catalogue_service(store_catalogue(s), *code ? code : request_text(&l->request, FIELD_SERVICE));
}

static char *address_for(
	struct store *s, const struct loaded *l, const struct outbox_message *m, struct guichet_err *err)
{
	if (purpose_is_to_citizen(m->purpose)) {
		char *address = address_of_requester(s, &l->request);
		if (!address)
			guichet_err_set(err, GUICHET_NOT_FOUND, "%s", _("l'usager n'a plus d'adresse électronique"));
		return address;
	}
	const struct service *service = service_of(s, l, m);
	const char *address = service ? purpose_address(m->purpose, service) : NULL;
	if (!address || !*address)
		guichet_err_set(err, GUICHET_NOT_FOUND, _("le service « %s » n'a pas d'adresse électronique dans le catalogue"),
			service ? service->name : "");
	return address && *address ? guichet_strdup(address) : NULL;
}

enum guichet_rc letter_write(struct sending *x, const struct loaded *l, const struct outbox_message *m,
	struct letter *out, struct guichet_err *err)
{
	struct compose_args a = {
		.use = (enum template_use)m->purpose, .channel = CHANNEL_EMAIL, .target = m->target, .level = m->level};
	struct composed composed = {0};
	*out = (struct letter){.to = address_for(x->store, l, m, err)};
	if (!out->to)
		return GUICHET_NOT_FOUND;
	if (m->purpose == PURPOSE_ACKNOWLEDGE && !sending_is_unread(x, &l->request))
		out->other_count = compose_others(x->store, l, CHANNEL_EMAIL, out->others);
	a.others = out->others;
	a.other_count = out->other_count;
	enum guichet_rc rc = compose_message(x->store, l, &a, &composed, err);
	if (!rc) {
		out->subject = guichet_strdup(composed.subject);
		out->text = guichet_strdup(composed.text);
	}
	composed_done(&composed);
	return rc == GUICHET_NOT_FOUND ? GUICHET_INTERNAL : rc;
}
