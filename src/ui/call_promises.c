// SPDX-License-Identifier: GPL-3.0-or-later
/* "Vous m'avez promis avant mardi": each promise made on the caller's request that is pointed at, when it was said, and whether it was kept. Must not write to
 * the store. */
#include <stdlib.h>

#include "call_inside.h"
#include "guichet/base/i18n.h"

enum { LONG_COLS = 50 };

void call_promises_done(struct call_view *v)
{
	for (size_t i = 0; i < v->told_count; i++)
		free(v->told[i].by);
	v->told_count = 0;
	v->told_of = 0;
}

static enum promise_fate fate_of(const struct request *r, size_t i, int64_t now)
{
	const struct promise *p = &r->promises[i];
	if (i + 1 < r->promise_count)
		return r->promises[i + 1].told_ms <= p->date_ms ? PROMISE_MOVED : PROMISE_BROKEN;
	if (r->answered_ms != NO_INSTANT)
		return r->answered_ms <= p->date_ms ? PROMISE_KEPT : PROMISE_BROKEN;
	return p->date_ms < now ? PROMISE_BROKEN : PROMISE_RUNNING;
}

void call_promises(struct call_view *v, const struct call_item *item)
{
	struct loaded l;
	int64_t id = item && item->kind == ITEM_OWN ? item->id : 0;
	if (id == v->told_of)
		return;
	call_promises_done(v);
	v->told_of = id;
	if (!id || store_load_id(ui_store(v->view.ui), id, &l, NULL))
		return;
	const struct request *r = &l.request;
	/* The last ones bind. */
	for (size_t i = r->promise_count > TOLD_MAX ? r->promise_count - TOLD_MAX : 0; i < r->promise_count; i++)
		v->told[v->told_count++] = (struct call_told){ r->promises[i].told_ms, r->promises[i].date_ms,
			guichet_strdup(r->promises[i].told_by ? r->promises[i].told_by : ""), fate_of(r, i, ui_now(v->view.ui)) };
	loaded_done(&l);
}

int call_promises_draw(const struct call_view *v, struct grid *g, struct rect r)
{
	static const struct { const char *word; enum style style; } fates[] = { [PROMISE_RUNNING] = { N_("en cours"), STYLE_NORMAL },
		[PROMISE_KEPT] = { N_("tenu"), STYLE_OK }, [PROMISE_BROKEN] = { N_("NON TENU"), STYLE_LATE }, [PROMISE_MOVED] = { N_("remplacé"), STYLE_DIM } };
	int rows = 0;
	for (size_t i = 0; i < v->told_count && rows < r.rows; i++, rows++) {
		const struct call_told *t = &v->told[i];
		struct civil said = paris_civil(t->told_ms);
		struct text line = TEXT_INIT;
		text_addf(&line, r.cols < LONG_COLS ? _("%02d/%02d → ") : _("dit le %02d/%02d"), said.day, said.month);
		if (r.cols >= LONG_COLS)
			text_addf(&line, *t->by ? _(" par %s : ") : "%s : ", t->by);
		call_add_day(&line, t->date_ms);
		text_addf(&line, r.cols < LONG_COLS ? " %s" : ", %s", _(fates[t->fate].word));
		grid_text(g, r.row + rows, r.col, r.cols, text_str(&line), fates[t->fate].style, false);
		text_done(&line);
	}
	return rows;
}
