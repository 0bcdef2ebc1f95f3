// SPDX-License-Identifier: GPL-3.0-or-later
/* A whole request out of the server's journal, with the person it names. */
#include "ledger_inside.h"

#include <stdlib.h>

static enum guichet_rc add_subject(struct db *db, struct op_id subject, json_t *list, int64_t *last, struct guichet_err *err)
{
	struct op *ops;
	size_t count;
	enum guichet_rc rc = ledger_subject(db, subject, INT64_MAX, &ops, &count, err);
	for (size_t i = 0; !rc && i < count; i++) {
		json_t *one = op_json(&ops[i]);
		if (!one || json_array_append_new(list, one) != 0)
			guichet_out_of_memory();
		*last = ops[i].seq > *last ? ops[i].seq : *last;
	}
	if (!rc)
		ops_done(ops, count);
	return rc;
}

enum guichet_rc ledger_whole(struct db *db, const struct scope *scope, struct op_id subject, json_t **ops, int64_t *last, struct guichet_err *err)
{
	struct item item;
	enum guichet_rc rc = ledger_item(db, subject, &item, err);
	*ops = NULL;
	*last = 0;
	if (!rc && (!item.known || item.subject != SUBJECT_REQUEST || !scope_has(scope, item.service)))
		rc = guichet_err_set(err, GUICHET_NOT_FOUND, _("aucune demande de ce numéro"));
	if (rc)
		return rc;
	json_t *list = json_array();
	if (!op_id_is_none(item.requester))
		rc = add_subject(db, item.requester, list, last, err);
	if (!rc)
		rc = add_subject(db, subject, list, last, err);
	if (rc)
		json_decref(list);
	else
		*ops = list;
	return rc;
}
