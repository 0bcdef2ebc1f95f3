// SPDX-License-Identifier: GPL-3.0-or-later
/* Bannette and Échéances: open requests by due date, of one service or of all. The first is a service's queue; the second looks at what is overdue, at risk or
 * due soon, and shows the requests that a figure of another screen counts.
 */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/report/figures.h"
#include "request_list.h"
#include "ui_inside.h"

enum { COUNTED_TABS = 5, BEHIND_MAX = LIST_HELD_MAX, BEHIND_PAGE = 100 /* read at a time: as many as a screen shows, and some */ };

struct queue_view {
	struct view view;
	struct request_list list;
	char *service;                                 /* code; NULL all */
	int64_t open, at_risk, overdue;
	bool counted, due;                             /* these are known; they are to be counted (anew) */
	bool drilled;                                  /* another screen's filter: its dates are not changed here */
	struct behind *behind;                         /* a figure's requests; NULL: by the filter */
};

/* Own copies of what the figure is about. */
struct behind { struct sla_behind of; char *service, *commune, *key; int64_t count; struct sla_place place; };

/* --- what is shown --- */

static const struct { enum list_due due; const char *label; } windows[] = {
	{ LIST_DUE_OVERDUE, N_("En retard") }, { LIST_DUE_RISK, N_("À risque") }, { LIST_DUE_TODAY, N_("D'ici ce soir") }, { LIST_DUE_WEEK, N_("D'ici dimanche") }, { LIST_DUE_ANY, N_("Toutes") },
};

static bool take_figures(void *context, const struct sla_row *r)
{
	struct queue_view *q = context;
	if (!strcmp(r->key, q->service ? q->service : "")) {
		q->open = r->open;
		q->at_risk = r->at_risk;
		q->overdue = r->overdue;
	}
	return true;
}

static void count(struct queue_view *q)
{
	struct store *s = ui_store(q->view.ui);
	int32_t today = paris_day(store_now(s));
	struct sla_query query = { .by = SLA_BY_SERVICE, .service = q->service, .from_day = today, .to_day = today };
	q->open = q->at_risk = q->overdue = 0;
	store_sla(s, &query, take_figures, q, NULL);
	q->counted = true;
	q->due = false;
}

/* --- behind a figure --- */

static const char *cell_label(enum sla_cell cell)
{
	static const char *const labels[] = { [CELL_OPEN] = N_("ouvertes"), [CELL_RISK] = N_("à risque"), [CELL_OVERDUE] = N_("en retard"),
		[CELL_LATE] = N_("hors délai"), [CELL_RECEIVED] = N_("reçues"), [CELL_BROKEN] = N_("engagements non tenus"),
		[CELL_BROKEN_AFTER] = N_("réponses après la date dite"), [CELL_BROKEN_MISSED] = N_("date dite passée, sans réponse"),
		[CELL_OVERTAKEN] = N_("engagements intenables") };
	return _(labels[cell]);
}

/* What is open is a list of its own, of any length; what a period says is read whole. */
static bool is_open_cell(enum sla_cell cell)
{
	return cell <= CELL_OVERDUE;
}

static bool take_count(void *context, const struct sla_row *r)
{
	struct behind *b = context;
	if (!strcmp(r->key, b->key))
		b->count = b->of.cell == CELL_OPEN ? r->open : b->of.cell == CELL_RISK ? r->at_risk : r->overdue;
	return true;
}

/* From where the last page ended. */
static enum guichet_rc read_page(struct queue_view *q, size_t rows, struct guichet_err *err)
{
	static const enum sla_figure figures[] = { [CELL_LATE] = SLA_FIGURE_LATE, [CELL_RECEIVED] = SLA_FIGURE_RECEIVED, [CELL_BROKEN] = SLA_FIGURE_BROKEN,
		[CELL_BROKEN_AFTER] = SLA_FIGURE_BROKEN_AFTER, [CELL_BROKEN_MISSED] = SLA_FIGURE_BROKEN_MISSED, [CELL_OVERTAKEN] = SLA_FIGURE_OVERTAKEN };
	struct behind *b = q->behind;
	rows = rows < BEHIND_MAX - q->list.found_count ? rows : BEHIND_MAX - q->list.found_count;
	return store_sla_requests_from(ui_store(q->view.ui), &b->of.query, b->key, figures[b->of.cell], &b->place, rows, request_list_found_add, &q->list, err);
}

static bool find_more(void *context)
{
	struct queue_view *q = context;
	struct guichet_err err = { 0 };
	size_t before = q->list.found_count;
	if (before >= BEHIND_MAX || q->behind->place.seen >= q->behind->place.total)
		return false;
	if (read_page(q, BEHIND_PAGE, &err))
		ui_complain(q->view.ui, &err);
	return q->list.found_count > before;
}

static void read_behind(struct queue_view *q)
{
	struct behind *b = q->behind;
	struct guichet_err err = { 0 };
	enum guichet_rc rc;
	if (is_open_cell(b->of.cell)) {
		b->count = 0;
		rc = store_sla(ui_store(q->view.ui), &b->of.query, take_count, b, &err);
	} else {
		/* As many as before, so that the selected one is among them. */
		size_t rows = q->list.found_count > BEHIND_PAGE ? q->list.found_count : BEHIND_PAGE;
		request_list_found_clear(&q->list);
		b->place = (struct sla_place){ 0 };
		rc = read_page(q, rows, &err);
		b->count = b->place.total < BEHIND_MAX ? b->place.total : BEHIND_MAX;
		q->list.find_more = find_more;
		q->list.find_context = q;
		q->list.find_total = b->count;
	}
	if (rc)
		ui_complain(q->view.ui, &err);
}

static char *own(const char *text)
{
	return text ? guichet_strdup(text) : NULL;
}

static void keep_behind(struct queue_view *q, const struct sla_behind *of)
{
	struct behind *b = guichet_alloc(sizeof *b);
	*b = (struct behind){ *of, own(of->query.service), own(of->query.commune), guichet_strdup(of->key), 0, { 0 } };
	b->of.query.service = b->service;
	b->of.query.commune = b->commune;
	b->of.key = b->key;
	q->behind = b;
}

/* The same requests as a list that goes on by itself. */
static void filter_behind(const struct behind *b, struct list_filter *f)
{
	enum nature nature;
	enum channel channel;
	enum sla_by by = b->of.query.by;
	const char *key = *b->key ? b->key : NULL;
	f->due = b->of.cell == CELL_OVERDUE ? LIST_DUE_OVERDUE : b->of.cell == CELL_RISK ? LIST_DUE_RISK : LIST_DUE_ANY;
	f->service = key && by == SLA_BY_SERVICE ? key : b->service;
	f->commune = key && by == SLA_BY_COMMUNE ? key : b->commune;
	if (by == SLA_BY_CATEGORY)
		f->category = key;
	if (key && by == SLA_BY_NATURE && nature_parse(key, &nature))
		f->nature = (int)nature;
	if (key && by == SLA_BY_CHANNEL && channel_parse(key, &channel))
		f->channel = (int)channel;
}

static void refresh(struct view *v)
{
	struct queue_view *q = (struct queue_view *)v;
	if (q->behind)
		read_behind(q);
	q->due = true;
	request_list_refresh(&q->list);
}

static void show_filter(struct queue_view *q, const struct list_filter *f)
{
	struct list_filter g = *f;
	g.service = q->service;
	request_list_filter(&q->list, &g);
	q->due = true;
}

/* --- opening --- */

/* A service agent's screen is about his service; the others' about all. */
static const char *own_service(const struct actor *a)
{
	bool beyond = (a->roles & (ROLE_SUPERVISOR | ROLE_AGENT)) != 0;
	return !beyond && a->services && a->services[0] && strcmp(a->services[0], "*") ? a->services[0] : NULL;
}

static struct view *open_queue(struct ui *ui, const struct view_ops *ops, const struct view_target *target, const char *empty, struct guichet_err *err)
{
	const char *code = target->service ? target->service : target->has_filter ? target->filter.service : own_service(ui_actor(ui));
	const struct service *service = code && *code ? catalogue_service(store_catalogue(ui_store(ui)), code) : NULL;
	if (code && *code && !service) {
		guichet_err_set(err, GUICHET_NOT_FOUND, _("service « %s » inconnu : s choisit dans la liste"), code);
		return NULL;
	}
	struct queue_view *q = guichet_alloc(sizeof *q);
	struct list_filter f = LIST_FILTER_INIT;
	q->view = (struct view){ ops, ui };
	q->service = service ? guichet_strdup(service->code) : NULL;
	request_list_init(&q->list, ui, SHAPE_DUE, empty);
	if (target->has_filter) {
		f = target->filter;
		q->drilled = true;
	} else if (ops == &view_deadlines) {
		f.due = LIST_DUE_OVERDUE;
	}
	if (target->commune && *target->commune)
		f.commune = target->commune;
	if (target->category && *target->category)
		f.category = target->category;
	show_filter(q, &f);
	return &q->view;
}

static struct view *open_behind(struct ui *ui, const struct sla_behind *of)
{
	struct queue_view *q = guichet_alloc(sizeof *q);
	struct list_filter f = LIST_FILTER_INIT;
	q->view = (struct view){ &view_deadlines, ui };
	q->drilled = true;
	keep_behind(q, of);
	request_list_init(&q->list, ui, is_open_cell(of->cell) ? SHAPE_DUE : SHAPE_FOUND, _("Aucune demande derrière ce chiffre."));
	if (is_open_cell(of->cell)) {
		filter_behind(q->behind, &f);
		request_list_filter(&q->list, &f);
	}
	read_behind(q);
	return &q->view;
}

static struct view *open_service_queue(struct ui *ui, const struct view_target *target, struct guichet_err *err)
{
	return open_queue(ui, &view_queue, target, _("Aucune demande en cours dans cette bannette.\ns : choisir un autre service"), err);
}

static struct view *open_deadlines(struct ui *ui, const struct view_target *target, struct guichet_err *err)
{
	if (target->behind)
		return open_behind(ui, target->behind);
	return open_queue(ui, &view_deadlines, target, _("Aucune demande.\nj : changer de période   s : choisir le service"), err);
}

static void close_queue(struct view *v)
{
	struct queue_view *q = (struct queue_view *)v;
	request_list_done(&q->list);
	if (q->behind) {
		free(q->behind->service);
		free(q->behind->commune);
		free(q->behind->key);
		free(q->behind);
	}
	free(q->service);
	free(q);
}

/* --- drawing --- */

static const char *service_name(struct queue_view *q)
{
	const struct service *s = q->service ? catalogue_service(store_catalogue(ui_store(q->view.ui)), q->service) : NULL;
	return s ? s->name : _("tous services");
}

static void behind_title(const struct queue_view *q, struct text *out)
{
	const struct catalogue *c = store_catalogue(ui_store(q->view.ui));
	const struct behind *b = q->behind;
	const struct service *service = b->service ? catalogue_service(c, b->service) : NULL;
	text_addf(out, "%s%s%s", *b->key ? figures_name(c, b->of.query.by, b->key) : service ? service->name : _("Toutes"), *b->key && service ? " · " : "",
		*b->key && service ? service->name : "");
	text_addf(out, " · %s : %lld", cell_label(b->of.cell), (long long)b->count);
	if (b->count == BEHIND_MAX)
		text_add(out, _(" (les plus récentes)"));
}

static void title(struct view *v, struct text *out)
{
	struct queue_view *q = (struct queue_view *)v;
	if (q->behind) {
		behind_title(q, out);
		return;
	}
	text_addf(out, "%s · %s  ", v->ops == &view_queue ? _("Bannette") : _("Échéances"), service_name(q));
	/* The list comes first: these figures take longer to count than the list to read. */
	if (q->due && !ui_postpone(v->ui))
		count(q);
	if (!q->counted)
		return;
	text_addf(out, _("!! %lld en retard, ! %lld à risque sur %lld"), (long long)q->overdue, (long long)q->at_risk, (long long)q->open);
}

/* What the list is narrowed to, in words. */
static void add_narrowed(struct queue_view *q, struct text *out)
{
	const struct catalogue *c = store_catalogue(ui_store(q->view.ui));
	const struct list_filter *f = &q->list.filter;
	const struct commune *commune = f->commune ? catalogue_commune(c, f->commune) : NULL;
	const struct category *category = f->category ? catalogue_category(c, f->category) : NULL;
	const char *parts[] = { commune ? commune->name : f->commune, category ? category->name : f->category, f->assigned,
		f->status >= 0 ? status_label((enum status)f->status) : NULL, f->channel >= 0 ? channel_label((enum channel)f->channel) : NULL,
		f->nature >= 0 ? nature_label((enum nature)f->nature) : NULL };
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (parts[i] && *parts[i])
			text_addf(out, "%s%s", out->len ? " · " : "", parts[i]);
	if (f->from_ms || f->to_ms) {
		struct text from = TEXT_INIT, to = TEXT_INIT;
		day_show(&from, paris_day(f->from_ms));
		day_show(&to, f->to_ms ? paris_day(f->to_ms - 1) : paris_day(ui_now(q->view.ui)));
		text_addf(out, _("%sreçues du %s au %s"), out->len ? " · " : "", text_str(&from), text_str(&to));
		text_done(&from);
		text_done(&to);
	}
}

/* The window in brackets and bold, for who sees no colour. */
static void draw_windows(struct queue_view *q, struct grid *g, struct rect r)
{
	struct text narrowed = TEXT_INIT;
	int at = r.col + 1;
	for (size_t i = 0; i < COUNTED_TABS && !(q->drilled && q->list.filter.sort != LIST_BY_DUE); i++) {
		bool here = windows[i].due == q->list.filter.due;
		at += grid_textf(g, r.row, at, r.cols - at, here ? STYLE_BOLD : STYLE_DIM, here ? "[%s]" : " %s ", _(windows[i].label)) + 1;
	}
	add_narrowed(q, &narrowed);
	if (narrowed.len && at < r.cols)
		grid_text(g, r.row, at + 1, r.cols - at - 1, text_str(&narrowed), STYLE_TITLE, false);
	text_done(&narrowed);
}

static void draw(struct view *v, struct grid *g, struct rect r)
{
	struct queue_view *q = (struct queue_view *)v;
	if (v->ops == &view_deadlines && !q->behind) {
		draw_windows(q, g, r);
		r.row++;
		r.rows--;
		grid_hline(g, r.row, r.col, r.cols, STYLE_DIM);
		r.row++;
		r.rows--;
	}
	request_list_draw(&q->list, g, r, true);
}

/* --- keys --- */

static void service_chosen(void *context, const char *code)
{
	struct queue_view *q = context;
	struct list_filter f = q->list.filter;
	free(q->service);
	q->service = *code ? guichet_strdup(code) : NULL;
	q->counted = false;
	show_filter(q, &f);
}

/* All, then the actor's own, then the others. */
static void choose_service(struct queue_view *q)
{
	struct ui *ui = q->view.ui;
	const struct catalogue *c = store_catalogue(ui_store(ui));
	struct choice_value *items = guichet_alloc((c->service_count + 1) * sizeof *items);
	size_t n = 0;
	items[n++] = (struct choice_value){ "", _("tous les services"), "" };
	for (int own = 1; own >= 0; own--)
		for (size_t i = 0; i < c->service_count; i++) {
			const struct service *s = c->services[i];
			if (actor_serves(ui_actor(ui), s->code) == (own != 0))
				items[n++] = (struct choice_value){ s->code, s->name, own ? _("le mien") : "" };
		}
	ui_choose(ui, _("Service"), items, n, "", service_chosen, q);
	if (q->service)
		choice_select(&ui->overlay.choice, q->service);
	free(items);
}

static void move_window(struct queue_view *q, int by)
{
	struct list_filter f = q->list.filter;
	int at = 0;
	if (q->behind || f.sort != LIST_BY_DUE) {
		ui_say(q->view.ui, "%s", _("ces demandes sont celles d'un chiffre : F12 revient au tableau"));
		return;
	}
	for (int i = 0; i < COUNTED_TABS; i++)
		if (windows[i].due == f.due)
			at = i;
	f.due = windows[(at + by + COUNTED_TABS) % COUNTED_TABS].due;
	show_filter(q, &f);
}

static enum view_result key(struct view *v, const struct key *k)
{
	struct queue_view *q = (struct queue_view *)v;
	if (v->ops == &view_deadlines && !k->ctrl && !k->shift && (k->code == KEYCODE_LEFT || k->code == KEYCODE_RIGHT)) {
		move_window(q, k->code == KEYCODE_LEFT ? -1 : 1);
		return VIEW_DONE;
	}
	return list_key(&q->list.list, k) ? VIEW_DONE : VIEW_IGNORED;
}

static enum view_result act(struct view *v, enum action a)
{
	struct queue_view *q = (struct queue_view *)v;
	if (a == ACTION_SERVICE && q->behind)
		move_window(q, 0);
	else if (a == ACTION_SERVICE)
		choose_service(q);
	else if (a == ACTION_PERIOD)
		move_window(q, 1);
	else
		return request_list_act(&q->list, a);
	return VIEW_DONE;
}

static bool can(struct view *v, enum action a)
{
	return request_list_can(&((struct queue_view *)v)->list, a);
}

static int64_t selected(struct view *v)
{
	return request_list_selected(&((struct queue_view *)v)->list);
}

static size_t marked(struct view *v, int64_t *ids, size_t max)
{
	return request_list_marked(&((struct queue_view *)v)->list, ids, max);
}

const struct view_ops view_queue = { .kind = VIEW_QUEUE, .open = open_service_queue, .close = close_queue, .title = title, .refresh = refresh, .draw = draw, .key = key,
	.act = act, .can = can, .selected = selected, .marked = marked };
const struct view_ops view_deadlines = { .kind = VIEW_DEADLINES, .open = open_deadlines, .close = close_queue, .title = title, .refresh = refresh, .draw = draw, .key = key,
	.act = act, .can = can, .selected = selected, .marked = marked };
