// SPDX-License-Identifier: GPL-3.0-or-later
/* Two requests linked to each other, by people who did not know of each other: the link of the smaller operation stays, and the desk on which the other one was made takes
 * it back in its author's name. One desk does so, and only once both links have come from the server: so nobody has to ask another. */
#include "uncross.h"

#include <string.h>

#include "guichet/report/conflicts.h"
#include "guichet/store/replica.h"

enum { CROSSED_MAX = 50 };

static const struct op *link_made(const struct request *r)
{
	const struct field_state *parent = &r->fields[FIELD_PARENT];
	for (size_t i = 0; parent->count > 0 && i < r->op_count; i++)
		if (op_id_equal(r->ops[i].id, parent->heads[0].by))
			return &r->ops[i];
	return NULL;
}

/* Nothing came after it from the same hand: what stood before stands again. Else the request is open again. */
static enum guichet_rc take_back(struct store *s, const struct request *r, const struct op *link, struct guichet_err *err)
{
	const struct actor author = { .login = link->actor, .name = link->actor, .roles = ROLE_AGENT };
	struct step_args undo = { 0 }, reopen = { .reason = _("rattachements croisés : l'autre reste") };
	const struct op *last = NULL;
	for (size_t i = 0; i < r->op_count; i++)
		if (!strcmp(r->ops[i].actor, link->actor))
			last = &r->ops[i];
	if (last == link && desk_step(s, &author, r->reference, STEP_UNDO, &undo, NULL, NULL) == GUICHET_OK)
		return GUICHET_OK;
	return desk_step(s, &author, r->reference, STEP_REOPEN, &reopen, NULL, err);
}

size_t uncross(struct store *s)
{
	int64_t rows[CROSSED_MAX], other_row, other;
	size_t count = replica_crossed_links(s, rows, CROSSED_MAX), done = 0;
	for (size_t i = 0; i < count; i++) {
		struct loaded l;
		bool goes = false;
		if (store_load_id(s, rows[i], &l, NULL) == GUICHET_OK && links_crossed(s, &l.request, &other_row, &other, &goes) && goes) {
			const struct op *link = link_made(&l.request);
			bool ours = link && link->seq > 0 && !link->parked && link->id.device == store_device(s);
			done += ours && take_back(s, &l.request, link, NULL) == GUICHET_OK;
		}
		loaded_done(&l);
	}
	return done;
}
