// SPDX-License-Identifier: GPL-3.0-or-later
/* A request in a line, for the command line and the screens. Knows no terminal: the line is as long as it is. */
#include "guichet/report/words.h"

#include "guichet/core/reference.h"

void words_add_row(struct text *out, const struct catalogue *c, const struct request_row *row)
{
	const struct commune *commune = catalogue_commune(c, row->commune);
	text_add(out, row->subject);
	if (*row->address)
		text_addf(out, " · %s", row->address);
	if (commune)
		text_addf(out, " · %s", commune->name);
	if (*row->requester_name)
		text_addf(out, " · %s", row->requester_name);
}

bool words_add_other(struct text *out, struct store *s, const char *op_text)
{
	struct op_id id;
	struct loaded l = { 0 };
	char shown[REFERENCE_SHOWN];
	bool found = op_id_parse(op_text, &id) && store_load_op(s, id, &l, NULL) == GUICHET_OK;
	if (found) {
		reference_show(l.request.reference, shown);
		text_addf(out, "%s, %s : %s", shown, status_label(l.request.status), request_text(&l.request, FIELD_SUBJECT));
	}
	loaded_done(&l);
	return found;
}
