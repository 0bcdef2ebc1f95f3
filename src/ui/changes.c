// SPDX-License-Identifier: GPL-3.0-or-later
/* What others did to a request while somebody looks at it or writes about it: named, so that nobody answers what is no longer so. Must not change anything. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "ui_inside.h"

enum { NAMED = 3 };

void seen_done(struct seen *seen)
{
	free(seen->ids);
	*seen = (struct seen){ 0 };
}

void seen_take(struct seen *seen, const struct request *r)
{
	seen_done(seen);
	seen->ids = guichet_alloc((r->op_count + 1) * sizeof *seen->ids);
	for (size_t i = 0; i < r->op_count; i++)
		seen->ids[seen->count++] = r->ops[i].id;
}

static bool is_seen(const struct seen *seen, struct op_id id)
{
	for (size_t i = 0; i < seen->count; i++)
		if (op_id_equal(seen->ids[i], id))
			return true;
	return false;
}

bool seen_changes(struct ui *ui, const struct seen *seen, const struct request *r, struct text *out)
{
	size_t news = 0;
	for (size_t i = 0; i < r->op_count; i++) {
		const struct op *op = &r->ops[i];
		/* What was done here by who sits here needs no telling. */
		bool ours = op->id.device == store_device(ui->store) && !strcmp(op->actor, ui->options.actor.login);
		if (ours || is_seen(seen, op->id))
			continue;
		if (news++ < NAMED)
			text_addf(out, "%s%s : %s", news > 1 ? " ; " : "", op->actor, op->kind < OP_KIND_COUNT ? op_kind_label(op->kind) : _("opération d'un guichet plus récent"));
	}
	if (news > NAMED)
		text_addf(out, _(" ; et %zu autres"), news - NAMED);
	return news > 0;
}
