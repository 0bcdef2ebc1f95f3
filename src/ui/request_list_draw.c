// SPDX-License-Identifier: GPL-3.0-or-later
/* How a list of requests looks: its columns, and the selected one told in full, beside the list where the screen is wide, below it elsewhere. Must not know where rows come
 * from. */
#include "guichet/base/i18n.h"
#include "guichet/core/reference.h"
#include "guichet/report/words.h"
#include "request_list.h"
#include "ui_inside.h"

enum { PANE_FROM_COLS = 118, PANE_COLS = 46, PANE_LABEL = 15 };
enum { STRIP_ROWS = 4, STRIP_FROM_ROWS = 12 /* below it the list itself needs the room */, ALL_COLUMNS_FROM = 72 };
enum { SIGN_COLS = 3, WHEN_COLS = 10, REFERENCE_COLS = 14, STATE_COLS = 17, KIND_COLS = 20 };

/* --- what a row says --- */

enum style request_urgency(const struct request_row *r, int64_t now_ms, const char **sign, const char **word)
{
	*sign = *word = "";
	if (r->untold) {
		*sign = "!!!";
		*word = _("DANGER NON TRANSMIS");
		return STYLE_DANGER;
	}
	if (!r->open || r->due[TARGET_ANSWER] == NO_INSTANT || r->answered_ms != NO_INSTANT)
		return r->open ? STYLE_NORMAL : STYLE_DIM;
	if (r->paused)
		return STYLE_NORMAL;
	if (now_ms > r->due[TARGET_ANSWER]) {
		*sign = "!!";
		*word = _("EN RETARD");
		return STYLE_LATE;
	}
	if (r->risk_ms != NO_INSTANT && now_ms >= r->risk_ms) {
		*sign = "!";
		*word = _("à risque");
		return STYLE_RISK;
	}
	return STYLE_NORMAL;
}

void request_when(struct text *out, int64_t ms, int64_t now_ms)
{
	if (ms == NO_INSTANT)
		return;
	bool midnight = paris_minute(ms) == 0;
	int64_t shown = midnight ? ms - MS_PER_MINUTE : ms;
	int32_t day = paris_day(shown), today = paris_day(now_ms);
	struct civil c = paris_civil(shown);
	if (day == today || day == today + 1) {
		text_add(out, day == today ? _("auj. ") : _("dem. "));
		text_addf(out, midnight ? "24:00" : "%02d:%02d", c.hour, c.minute);
	} else if (c.year != paris_civil(now_ms).year) {
		text_addf(out, "%02d/%02d/%04d", c.day, c.month, c.year);
	} else {
		struct text t = TEXT_INIT;
		instant_show_short(&t, shown);
		/* Without its " 17:30". */
		text_addn(out, text_str(&t), t.len > 6 ? t.len - 6 : t.len);
		text_done(&t);
	}
}

static const char *short_kind(int kind)
{
	static const char *const names[TODO_KIND_COUNT] = { [TODO_CALLBACK] = N_("à rappeler"), [TODO_PROMISE_MISSED] = N_("engagement manqué"),
		[TODO_PROMISE_OVERTAKEN] = N_("engagement intenable"), [TODO_PROMISE_TODAY] = N_("engagement du jour"),
		[TODO_DANGER_UNTOLD] = N_("DANGER à transmettre"), [TODO_NOTICE] = N_("avis à donner"),
		[TODO_UNREAD] = N_("l'usager a écrit, à lire"), [TODO_UNDELIVERED] = N_("message non distribué"), [TODO_CONFLICT] = N_("conflit à régler (R)"), [TODO_QUALIFY] = N_("à qualifier"), [TODO_REFUSED] = N_("refusée, à orienter") };
	return _(names[kind]);
}

static enum style kind_style(int kind, int64_t at_ms, int64_t now_ms)
{
	if (kind == TODO_DANGER_UNTOLD)
		return STYLE_DANGER;
	if (kind == TODO_PROMISE_MISSED || (kind == TODO_CALLBACK && at_ms < now_ms))
		return STYLE_LATE;
	return kind == TODO_PROMISE_OVERTAKEN || kind == TODO_PROMISE_TODAY ? STYLE_RISK : STYLE_BOLD;
}

/* --- columns --- */

struct pen { struct grid *g; int row, at, end; };

static void put(struct pen *p, int cols, int gap, const char *text, enum style style)
{
	int left = p->end - p->at;
	if (left > 0)
		grid_text(p->g, p->row, p->at, cols < left ? cols : left, text, style, false);
	p->at += cols + gap;
}

static void put_what(struct pen *p, struct ui *ui, const struct request_row *r)
{
	struct text what = TEXT_INIT;
	if (r->conflict)
		text_add(&what, _("CONFLIT · "));
	words_add_row(&what, store_catalogue(ui_store(ui)), r);
	if (p->end > p->at)
		grid_text(p->g, p->row, p->at, p->end - p->at, text_str(&what), r->open ? STYLE_NORMAL : STYLE_DIM, false);
	text_done(&what);
}

void request_list_draw_row(void *context, const void *row, const struct list_cell *cell)
{
	struct request_list *l = context;
	const struct request_item *item = row, *before = cell->before;
	const struct request_row *r = &item->row;
	struct pen p = { cell->grid, cell->row, cell->col + 1, cell->col + cell->width };
	char reference[REFERENCE_SHOWN];
	struct text when = TEXT_INIT;
	enum status status = STATUS_NEW;
	const char *sign, *word;
	int64_t now = ui_now(l->ui);
	enum style style = request_urgency(r, now, &sign, &word);
	bool narrow = cell->width < ALL_COLUMNS_FROM;
	reference_show(r->reference, reference);
	status_parse(r->status, &status);
	if (l->shape == SHAPE_TODO) {
		/* A kind is loud where it begins, and stands on each row for who reads row by row. */
		put(&p, KIND_COLS, 2, short_kind(item->kind), before && item->kind == before->kind ? STYLE_DIM : kind_style(item->kind, item->at_ms, now));
		request_when(&when, item->at_ms, now);
		put(&p, WHEN_COLS, 2, text_str(&when), item->at_ms < now ? STYLE_LATE : STYLE_NORMAL);
		if (!narrow)
			put(&p, REFERENCE_COLS, 2, reference, STYLE_BOLD);
	} else {
		if (l->shape == SHAPE_FOUND) {
			struct civil c = paris_civil(r->received_ms);
			put(&p, SIGN_COLS, 1, sign, style);
			text_addf(&when, "%02d/%02d/%04d", c.day, c.month, c.year);
			put(&p, WHEN_COLS, 2, text_str(&when), STYLE_NORMAL);
		} else {
			/* In one run: each change of style costs as much as the date. */
			text_addf(&when, "%-*s ", SIGN_COLS, sign);
			request_when(&when, r->due[TARGET_ANSWER], now);
			put(&p, SIGN_COLS + 1 + WHEN_COLS, 2, text_str(&when), style);
		}
		put(&p, REFERENCE_COLS, 2, reference, r->open ? STYLE_BOLD : STYLE_DIM);
		if (!narrow)
			put(&p, STATE_COLS, 2, status_label(status), r->open ? STYLE_NORMAL : STYLE_DIM);
	}
	put_what(&p, l->ui, r);
	text_done(&when);
}

/* How many are marked, and where one is in the list. */
static void draw_position(const struct request_list *l, struct grid *g, struct rect r)
{
	struct text t = TEXT_INIT;
	text_add(&t, "  ");
	if (l->list.mark_count)
		text_addf(&t, l->list.mark_count == 1 ? _("%zu marquée") : _("%zu marquées"), l->list.mark_count);
	else
		list_position(&l->list, &t);
	grid_right(g, r.row, r.col + r.cols - grid_width(g, text_str(&t)) - 1, grid_width(g, text_str(&t)), text_str(&t),
		l->list.mark_count ? STYLE_MARKED : STYLE_DIM);
	text_done(&t);
}

static void draw_header(const struct request_list *l, struct grid *g, struct rect r)
{
	struct pen p = { g, r.row, r.col + 2, r.col + r.cols };
	bool narrow = r.cols - 1 < ALL_COLUMNS_FROM;
	grid_clear(g, (struct rect){ r.row, r.col, 1, r.cols }, STYLE_LABEL);
	if (l->shape == SHAPE_TODO) {
		put(&p, KIND_COLS, 2, _("Ce qu'il faut faire"), STYLE_LABEL);
		put(&p, WHEN_COLS, 2, _("Pour"), STYLE_LABEL);
		if (!narrow)
			put(&p, REFERENCE_COLS, 2, _("Numéro"), STYLE_LABEL);
	} else {
		put(&p, SIGN_COLS, 1, "", STYLE_LABEL);
		put(&p, WHEN_COLS + 1, 1, l->shape == SHAPE_FOUND ? _("Reçue le") : _("Échéance"), STYLE_LABEL);
		put(&p, REFERENCE_COLS, 2, _("Numéro"), STYLE_LABEL);
		if (!narrow)
			put(&p, STATE_COLS, 2, _("État"), STYLE_LABEL);
	}
	put(&p, p.end - p.at, 0, _("Objet · lieu"), STYLE_LABEL);
	draw_position(l, g, r);
}

/* --- the selected one in full --- */

static void pane_dates(struct facts *f, const struct request_row *r, int64_t now)
{
	struct text t = TEXT_INIT;
	const char *sign, *word;
	enum style style = request_urgency(r, now, &sign, &word);
	instant_show_short(&t, r->received_ms);
	facts_add(f, STYLE_NORMAL, _("Reçue le"), text_str(&t));
	for (int k = 0; r->open && k < TARGET_KIND_COUNT; k++) {
		text_clear(&t);
		if (r->due[k] == NO_INSTANT || k == TARGET_ACKNOWLEDGE || k == TARGET_LEGAL)
			continue;
		due_show(&t, r->due[k]);
		if (k == TARGET_ANSWER && *word && !r->untold)
			text_addf(&t, "  %s %s", sign, word);
		facts_add(f, k == TARGET_ANSWER && !r->untold ? style : STYLE_NORMAL, target_kind_label((enum target_kind)k), text_str(&t));
	}
	text_clear(&t);
	if (r->promised_ms != NO_INSTANT) {
		day_show(&t, due_day(r->promised_ms));
		facts_add(f, STYLE_NORMAL, _("Engagement"), text_str(&t));
	}
	text_done(&t);
}

static void pane_fill(struct request_list *l, const struct request_row *r)
{
	const struct catalogue *c = store_catalogue(ui_store(l->ui));
	const struct service *service = catalogue_service(c, r->service);
	const struct category *category = catalogue_category(c, r->category);
	const struct commune *commune = catalogue_commune(c, r->commune);
	struct facts *f = &l->pane;
	char reference[REFERENCE_SHOWN];
	enum status status = STATUS_NEW;
	enum channel channel;
	struct text t = TEXT_INIT;
	facts_clear(f);
	reference_show(r->reference, reference);
	status_parse(r->status, &status);
	facts_add(f, STYLE_BIG, NULL, reference);
	facts_add(f, STYLE_BOLD, NULL, r->subject);
	facts_blank(f);
	if (r->untold)
		facts_add(f, STYLE_DANGER, NULL, _("!!! DANGER NON TRANSMIS : z dit qui a été prévenu"));
	facts_add(f, STYLE_NORMAL, _("État"), status_label(status));
	facts_add(f, STYLE_NORMAL, _("Service"), service ? service->name : r->service);
	facts_add(f, STYLE_NORMAL, _("Agent"), r->assigned);
	facts_add(f, STYLE_NORMAL, _("Motif"), category ? category->path : r->category);
	text_addf(&t, "%s%s%s", r->address, *r->address && commune ? ", " : "", commune ? commune->name : "");
	facts_add(f, STYLE_NORMAL, _("Lieu"), text_str(&t));
	facts_add(f, STYLE_NORMAL, _("Usager"), *r->requester_name ? r->requester_name : _("anonyme"));
	if (channel_parse(r->channel, &channel))
		facts_add(f, STYLE_NORMAL, _("Canal"), channel_label(channel));
	facts_blank(f);
	pane_dates(f, r, ui_now(l->ui));
	if (r->paused)
		facts_add(f, STYLE_NORMAL, NULL, _("En attente : les délais du service sont suspendus."));
	text_done(&t);
}

static void add_part(struct text *out, const char *part)
{
	if (part && *part)
		text_addf(out, "%s%s", out->len ? " · " : "", part);
}

static void strip_place(const struct request_list *l, struct text *out, const struct request_row *r)
{
	const struct commune *commune = catalogue_commune(store_catalogue(ui_store(l->ui)), r->commune);
	enum channel channel;
	text_addf(out, "%s%s%s", r->address, *r->address && commune ? ", " : "", commune ? commune->name : "");
	add_part(out, *r->requester_name ? r->requester_name : _("anonyme"));
	if (channel_parse(r->channel, &channel))
		add_part(out, channel_label(channel));
}

/* How urgent it is: `out` begins with it. */
static enum style strip_urgency(const struct request_list *l, struct text *out, const struct request_row *r)
{
	const char *sign, *word;
	enum style style = request_urgency(r, ui_now(l->ui), &sign, &word);
	bool owed = r->open && r->due[TARGET_ANSWER] != NO_INSTANT && r->answered_ms == NO_INSTANT;
	if (r->untold)
		text_add(out, _("!!! DANGER NON TRANSMIS : z dit qui a été prévenu"));
	else if (owed && *word)
		text_addf(out, "%s %s", sign, word);
	return style;
}

/* When, then who has it. What the row itself shows is not sent a second time: on a slow line each move pays for it. */
static void strip_rest(const struct request_list *l, struct text *out, const struct request_item *item, bool narrow)
{
	const struct request_row *r = &item->row;
	const struct service *service = catalogue_service(store_catalogue(ui_store(l->ui)), r->service);
	enum status status = STATUS_NEW;
	bool owed = r->open && r->due[TARGET_ANSWER] != NO_INSTANT && r->answered_ms == NO_INSTANT, promised = r->promised_ms != NO_INSTANT;
	int64_t at = promised ? r->promised_ms : r->due[TARGET_ANSWER];
	bool in_row = l->shape == SHAPE_TODO ? at == item->at_ms : l->shape == SHAPE_DUE && !promised;
	status_parse(r->status, &status);
	if (owed && !r->untold && !in_row) {
		text_add(out, promised ? _("promis : ") : _("réponse due : "));
		request_when(out, at, ui_now(l->ui));
	}
	add_part(out, service ? service->name : r->service);
	if (narrow || l->shape == SHAPE_TODO)
		add_part(out, status_label(status));
	add_part(out, r->assigned);
}

/* Where there is no room beside the list: the selected one under it, in three lines. */
static void draw_strip(struct request_list *l, struct grid *g, struct rect r)
{
	const struct request_row *row = request_list_row(l);
	struct text place = TEXT_INIT, urgency = TEXT_INIT, rest = TEXT_INIT;
	char reference[REFERENCE_SHOWN];
	bool narrow = r.cols - 1 < ALL_COLUMNS_FROM;
	int at = r.col + 1;
	grid_hline(g, r.row, r.col, r.cols, STYLE_DIM);
	ui_draw_later(l->ui, (struct rect){ r.row + 1, r.col, STRIP_ROWS - 1, r.cols });
	if (!row)
		return;
	strip_place(l, &place, row);
	enum style style = strip_urgency(l, &urgency, row);
	strip_rest(l, &rest, list_selected(&l->list), narrow);
	reference_show(row->reference, reference);
	if (narrow)
		at += grid_text(g, r.row + 1, at, r.cols - 1, reference, STYLE_BIG, false) + 2;
	grid_text(g, r.row + 1, at, r.col + r.cols - at, row->subject, STYLE_BOLD, false);
	grid_text(g, r.row + 2, r.col + 1, r.cols - 1, text_str(&place), STYLE_NORMAL, false);
	at = r.col + 1 + grid_text(g, r.row + 3, r.col + 1, r.cols - 1, text_str(&urgency), style, false);
	at += urgency.len ? grid_text(g, r.row + 3, at, r.col + r.cols - at, " · ", STYLE_NORMAL, false) : 0;
	grid_text(g, r.row + 3, at, r.col + r.cols - at, text_str(&rest), STYLE_NORMAL, false);
	text_done(&place);
	text_done(&urgency);
	text_done(&rest);
}

static void draw_pane(struct request_list *l, struct grid *g, struct rect r)
{
	const struct request_row *row = request_list_row(l);
	grid_vline(g, r.row - 1, r.col - 2, r.rows + 1, STYLE_DIM);
	/* Its first row stands beside the list's head. */
	ui_draw_later(l->ui, (struct rect){ r.row, r.col, 1, r.cols });
	ui_draw_later_beside(l->ui, (struct rect){ r.row + 1, r.col, r.rows - 1, r.cols }, l->list.first_index + (int64_t)l->list.top);
	if (!row)
		return;
	if (l->pane_of != row->id)
		pane_fill(l, row);
	l->pane_of = row->id;
	facts_draw(&l->pane, g, r, PANE_LABEL + 1, 0);
}

void request_list_draw(struct request_list *l, struct grid *g, struct rect r, bool focus)
{
	bool wide = r.cols >= PANE_FROM_COLS, strip = !wide && r.rows >= STRIP_FROM_ROWS;
	struct rect left = r;
	if (wide)
		left.cols -= PANE_COLS + 2;
	if (strip)
		left.rows -= STRIP_ROWS;
	struct rect head = left;
	left.row++;
	left.rows--;
	/* As far as the date: a bar over the whole row sends both rows whole at each move. */
	l->list.lit = 2 + (l->shape == SHAPE_TODO ? KIND_COLS + 2 : SIGN_COLS + 1) + WHEN_COLS;
	list_draw(&l->list, g, left, focus);
	draw_header(l, g, head);
	if (wide)
		draw_pane(l, g, (struct rect){ r.row, r.col + r.cols - PANE_COLS, r.rows, PANE_COLS });
	else if (strip && request_list_row(l))
		draw_strip(l, g, (struct rect){ r.row + r.rows - STRIP_ROWS, r.col, STRIP_ROWS, r.cols });
}
