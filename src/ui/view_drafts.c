// SPDX-License-Identifier: GPL-3.0-or-later
/* The Brouillons screen: what somebody began to type and did not validate, everybody's, oldest first. A forgotten draft is a lost request: those older than
 * half an hour are marked. Must not know how a call form works: it opens it. */
#include <stdlib.h>
#include <string.h>

#include "call_inside.h"
#include "guichet/base/i18n.h"
#include "mails_inside.h"
#include "short_list.h"
#include "ui_inside.h"

enum { OLD_MS = 30 * 60 * 1000, WHO_COLS = 12, WHEN_COLS = 16, AGE_COLS = 10, PHONE_COLS = 15, DETAIL_ROWS = 7 };

struct draft_row { int64_t id, started_ms, updated_ms; char *actor, *fields, *phone, *name, *subject; };

struct drafts_view {
	struct view view;
	struct short_list drafts;
	int64_t discarded;                             /* whose reason is being asked */
	int64_t quarantined;                           /* mails: nobody's either, until somebody sorts them */
};

/* --- reading --- */

static void drop_row(void *row)
{
	struct draft_row *d = row;
	free(d->actor);
	free(d->fields);
	free(d->phone);
	free(d->name);
	free(d->subject);
}

static bool add_draft(void *context, const struct draft *d)
{
	*(struct draft_row *)short_list_add(context) = (struct draft_row){ d->id, d->started_ms, d->updated_ms, guichet_strdup(d->actor), guichet_strdup(d->fields),
		call_draft_text(d->fields, "phone"), call_draft_text(d->fields, "name"), call_draft_text(d->fields, "subject") };
	return true;
}

static void read_drafts(void *view)
{
	struct drafts_view *v = view;
	struct guichet_err err = { 0 };
	v->quarantined = store_count_mail(ui_store(v->view.ui), MAIL_QUARANTINED);
	if (store_list_drafts(ui_store(v->view.ui), add_draft, &v->drafts, &err))
		ui_complain(v->view.ui, &err);
}

/* --- drawing --- */

static bool is_old(const struct drafts_view *v, const struct draft_row *d)
{
	return ui_now(v->view.ui) - d->started_ms >= OLD_MS;
}

static void add_age(struct text *out, int64_t ms)
{
	int64_t minutes = ms / 60000;
	if (minutes < 1)
		text_add(out, _("< 1 min"));
	else if (minutes < 60)
		text_addf(out, _("%lld min"), (long long)minutes);
	else if (minutes < 48 * 60)
		text_addf(out, _("%lld h %02lld"), (long long)(minutes / 60), (long long)(minutes % 60));
	else
		text_addf(out, _("%lld jours"), (long long)(minutes / 60 / 24));
}

static const char *or_dash(const char *s)
{
	return s && *s ? s : "-";
}

static void draw_row(void *context, const void *row, const struct list_cell *cell)
{
	const struct drafts_view *v = context;
	const struct draft_row *d = row;
	struct text when = TEXT_INIT, age = TEXT_INIT;
	bool old = is_old(v, d);
	int at = cell->col, end = cell->col + cell->width;
	instant_show_short(&when, d->started_ms);
	add_age(&age, ui_now(v->view.ui) - d->started_ms);
	grid_text(cell->grid, cell->row, at, 2, old ? "!!" : "", STYLE_LATE, false);
	at += 3;
	grid_text(cell->grid, cell->row, at, WHO_COLS, d->actor, STYLE_BOLD, false);
	at += WHO_COLS + 1;
	grid_text(cell->grid, cell->row, at, WHEN_COLS, text_str(&when), STYLE_NORMAL, false);
	at += WHEN_COLS + 1;
	grid_right(cell->grid, cell->row, at, AGE_COLS, text_str(&age), old ? STYLE_LATE : STYLE_NORMAL);
	at += AGE_COLS + 2;
	if (cell->width >= 100) {
		grid_text(cell->grid, cell->row, at, PHONE_COLS + 8, or_dash(d->name && *d->name ? d->name : d->phone), STYLE_NORMAL, false);
		at += PHONE_COLS + 10;
	}
	const char *what = d->subject && *d->subject ? d->subject : d->name && *d->name ? d->name : or_dash(d->phone);
	grid_text(cell->grid, cell->row, at, end - at, what, STYLE_NORMAL, false);
	text_done(&when);
	text_done(&age);
}

static void draw_detail(struct grid *g, struct rect r, const void *row_told)
{
	const struct draft_row *d = row_told;
	static const enum call_field shown[] = { CALL_NAME, CALL_PHONE, CALL_SUBJECT, CALL_CATEGORY, CALL_ADDRESS, CALL_TEXT };
	int row = 0;
	for (size_t i = 0; d && i < sizeof shown / sizeof *shown && row < r.rows; i++) {
		char *text = call_draft_text(d->fields, call_fields[shown[i]].key);
		if (text && *text) {
			grid_text(g, r.row + row, r.col, 11, _(call_fields[shown[i]].label), STYLE_LABEL, false);
			grid_text(g, r.row + row++, r.col + 12, r.cols - 12, text, STYLE_NORMAL, false);
		}
		free(text);
	}
}

static void draw_drafts(struct view *view, struct grid *g, struct rect r)
{
	struct drafts_view *v = (struct drafts_view *)view;
	int at = r.col + 1;
	mails_draw_waiting(g, &r, v->quarantined);
	grid_text(g, r.row, at + 3, WHO_COLS, _("Qui"), STYLE_LABEL, false);
	grid_text(g, r.row, at + 3 + WHO_COLS + 1, WHEN_COLS, _("Depuis"), STYLE_LABEL, false);
	grid_right(g, r.row, at + 3 + WHO_COLS + 1 + WHEN_COLS + 1, AGE_COLS, _("Âge"), STYLE_LABEL);
	at += 3 + WHO_COLS + 1 + WHEN_COLS + 1 + AGE_COLS + 2;
	if (r.cols - 2 >= 100) {
		grid_text(g, r.row, at, PHONE_COLS, _("Usager"), STYLE_LABEL, false);
		at += PHONE_COLS + 10;
	}
	grid_text(g, r.row, at, r.cols - at, _("Objet"), STYLE_LABEL, false);
	short_list_draw(&v->drafts, g, r);
}

/* --- operations --- */

static void refresh_drafts(struct view *view)
{
	short_list_refresh(&((struct drafts_view *)view)->drafts);
}

static struct view *open_drafts(struct ui *ui, const struct view_target *target, struct guichet_err *err)
{
	struct drafts_view *v = guichet_alloc(sizeof *v);
	(void)target;
	(void)err;
	v->view = (struct view){ &view_drafts, ui };
	short_list_init(&v->drafts, &(struct short_list_source){ .view = v, .row_bytes = sizeof(struct draft_row), .read = read_drafts, .drop = drop_row,
		.draw = draw_row, .tell = draw_detail, .told_rows = DETAIL_ROWS, .least_rows = 14 });
	v->drafts.list.empty = _(" Aucun brouillon : tout ce qui a été saisi est enregistré.");
	return &v->view;
}

static void close_drafts(struct view *view)
{
	struct drafts_view *v = (struct drafts_view *)view;
	short_list_done(&v->drafts);
	free(v);
}

static void title_drafts(struct view *view, struct text *out)
{
	const struct drafts_view *v = (const struct drafts_view *)view;
	size_t old = 0;
	for (size_t i = 0; i < v->drafts.count; i++)
		old += is_old(v, short_list_at(&v->drafts, i));
	text_add(out, _("Brouillons"));
	if (v->drafts.count)
		text_addf(out, " (%zu)", v->drafts.count);
	if (old)
		text_addf(out, _("   !! %zu de plus de 30 minutes"), old);
}

static void discard(void *context, const char *reason)
{
	struct drafts_view *v = context;
	struct guichet_err err = { 0 };
	if (call_discard(v->view.ui, v->discarded, reason, &err))
		ui_complain(v->view.ui, &err);
	refresh_drafts(&v->view);
}

static enum view_result key_drafts(struct view *view, const struct key *k)
{
	return list_key(&((struct drafts_view *)view)->drafts.list, k) ? VIEW_DONE : VIEW_IGNORED;
}

static enum view_result act_drafts(struct view *view, enum action a)
{
	struct drafts_view *v = (struct drafts_view *)view;
	if (a != ACTION_OPEN && a != ACTION_DISCARD)
		return VIEW_IGNORED;
	/* Keys may come before anything was drawn: the first one is meant. */
	if (!list_selected_id(&v->drafts.list) && v->drafts.count)
		list_select(&v->drafts.list, ((const struct draft_row *)short_list_at(&v->drafts, 0))->id);
	int64_t id = list_selected_id(&v->drafts.list);
	if (!id) {
		ui_say(view->ui, "%s", _("aucun brouillon"));
	} else if (a == ACTION_DISCARD) {
		v->discarded = id;
		call_ask_reason(view->ui, id, discard, v);
	} else {
		draft_open(view->ui, id);
	}
	return VIEW_DONE;
}

static bool can_drafts(struct view *view, enum action a)
{
	return (a != ACTION_OPEN && a != ACTION_DISCARD) || ((struct drafts_view *)view)->drafts.count > 0;
}

const struct view_ops view_drafts = { .kind = VIEW_DRAFTS, .open = open_drafts, .close = close_drafts, .title = title_drafts, .refresh = refresh_drafts,
	.draw = draw_drafts, .key = key_drafts, .act = act_drafts, .can = can_drafts };
