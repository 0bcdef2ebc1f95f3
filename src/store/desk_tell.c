// SPDX-License-Identifier: GPL-3.0-or-later
/* An acknowledgement that somebody told a requester, on the phone or at the counter: noted, so that no letter or mail says it again. */
#include "desk_inside.h"

#include "guichet/core/correspondence.h"
#include "guichet/core/reference.h"

/* What waits to be acknowledged; a request that nobody owed it in writing is told all the same. */
static struct op_id acknowledged_op(const struct request *r)
{
	for (size_t i = 0; i < r->owed_count; i++)
		if (r->owed[i].purpose == PURPOSE_ACKNOWLEDGE)
			return r->owed[i].target;
	return r->id;
}

enum guichet_rc desk_acknowledge(struct store *s, const struct actor *a, int64_t reference, enum channel channel, int64_t at_ms, struct guichet_err *err)
{
	struct delivery_args d = { .purpose = PURPOSE_ACKNOWLEDGE, .state = DELIVERY_TOLD, .channel = channel };
	struct step_args args = { .delivery = &d, .at_ms = at_ms };
	struct loaded l;
	char shown[REFERENCE_SHOWN];
	if (channel != CHANNEL_PHONE && channel != CHANNEL_DESK)
		return guichet_err_set(err, GUICHET_DATA, _("« %s » : un accusé de réception se dit au téléphone ou à l'accueil ; écrit, il part par les lettres ou les courriels"),
			channel_label(channel));
	enum guichet_rc rc = store_load(s, reference, &l, err);
	if (rc)
		return rc;
	reference_show(reference, shown);
	d.target = acknowledged_op(&l.request);
	if (l.request.acknowledged_ms != NO_INSTANT)
		rc = guichet_err_set(err, GUICHET_REFUSED, _("demande %s : il en a déjà été accusé réception"), shown);
	loaded_done(&l);
	return rc ? rc : desk_step(s, a, reference, STEP_DELIVERY, &args, NULL, err);
}
