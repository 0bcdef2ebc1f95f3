// SPDX-License-Identifier: GPL-3.0-or-later
/* See request_list.h. Reads pages from the store by key; holds what is near the screen, as ui/list does. */
#include "request_list.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "ui_inside.h"

enum { TODO_IDS = 16 /* kinds a request may stand under, in an id */ };

/* --- rows that outlive the store's --- */

static const char **text_of(struct request_row *r, size_t i)
{
	const char **texts[] = { &r->status, &r->nature, &r->channel, &r->service, &r->category, &r->commune, &r->assigned, &r->subject, &r->address,
		&r->source_id, &r->requester_name };
	return i < sizeof texts / sizeof *texts ? texts[i] : NULL;
}

static void item_copy(struct request_item *item, const struct request_row *row)
{
	struct text block = TEXT_INIT;
	*item = (struct request_item){ .row = *row, .at_ms = NO_INSTANT };
	for (size_t i = 0; text_of(&item->row, i); i++) {
		text_add(&block, *text_of(&item->row, i) ? *text_of(&item->row, i) : "");
		text_addc(&block, '\0');
	}
	item->texts = text_take(&block);
	const char *p = item->texts;
	for (size_t i = 0; text_of(&item->row, i); i++, p += strlen(p) + 1)
		*text_of(&item->row, i) = p;
}

static void item_release(void *context, void *row)
{
	(void)context;
	free(((struct request_item *)row)->texts);
}

/* --- pages --- */

struct page { struct request_item *items; size_t count; };

static bool take_row(void *context, const struct request_row *row)
{
	struct page *p = context;
	item_copy(&p->items[p->count++], row);
	return true;
}

static bool take_todo(void *context, const struct todo *t)
{
	struct page *p = context;
	item_copy(&p->items[p->count], &t->row);
	p->items[p->count].at_ms = t->at_ms;
	p->items[p->count++].kind = (int)t->kind;
	return true;
}

/* Most urgent first. */
static const enum todo_kind urgency_order[TODO_KIND_COUNT] = { TODO_DANGER_UNTOLD, TODO_CALLBACK, TODO_PROMISE_MISSED, TODO_PROMISE_TODAY,
	TODO_PROMISE_OVERTAKEN, TODO_UNREAD, TODO_UNDELIVERED, TODO_CONFLICT, TODO_QUALIFY, TODO_REFUSED, TODO_NOTICE };
_Static_assert((int)TODO_KIND_COUNT <= TODO_IDS, "each kind has its number in an id");

static size_t fetch_todo(struct request_list *l, const struct request_item *from, bool backward, size_t count, struct page *p)
{
	int step = backward ? -1 : 1, at = backward ? TODO_KIND_COUNT - 1 : 0;
	struct guichet_err err = { 0 };
	for (int i = 0; from && i < TODO_KIND_COUNT; i++)
		if ((int)urgency_order[i] == from->kind)
			at = i;
	for (; at >= 0 && at < TODO_KIND_COUNT && p->count < count; at += step) {
		struct todo_filter f = { .kind = urgency_order[at], .backward = backward, .limit = count - p->count };
		if (from && from->kind == (int)f.kind) {
			f.after = from->row.id;
			f.after_at_ms = from->at_ms;
		}
		if (store_page_todo(ui_store(l->ui), &f, take_todo, p, &err)) {
			ui_unread(l->ui, &err);
			break;
		}
	}
	return p->count;
}

static size_t fetch_found(struct request_list *l, const struct request_item *from, size_t count, struct page *p)
{
	size_t at = 0;
	while (from && at < l->found_count && l->found[at].row.id != from->row.id)
		at++;
	for (at += from != NULL; p->count < count; at++) {
		if (at >= l->found_count && !(l->find_more && l->find_more(l->find_context)))
			break;
		take_row(p, &l->found[at].row);
	}
	return p->count;
}

static size_t fetch(void *context, const void *from, bool backward, size_t count, void *rows)
{
	struct request_list *l = context;
	const struct request_item *item = from;
	struct page p = { rows, 0 };
	if (l->shape == SHAPE_TODO)
		return fetch_todo(l, item, backward, count, &p);
	if (l->list.source.forward_only)
		return fetch_found(l, item, count, &p);
	struct list_filter f = l->filter;
	f.after = item ? item->row.id : 0;
	f.backward = backward;
	f.limit = count;
	struct guichet_err err = { 0 };
	if (store_list(ui_store(l->ui), &f, take_row, &p, &err))
		ui_unread(l->ui, &err);
	return p.count;
}

static int64_t total_of(void *context)
{
	const struct request_list *l = context;
	return l->find_more ? l->find_total : -1;
}

static int64_t id_of(void *context, const void *row)
{
	const struct request_list *l = context;
	const struct request_item *item = row;
	return l->shape == SHAPE_TODO ? item->row.id * TODO_IDS + item->kind : item->row.id;
}

static bool read_again(void *context, int64_t id, void *row)
{
	struct request_list *l = context;
	struct request_item *item = row;
	struct page p = { item, 0 };
	if (l->shape == SHAPE_TODO) {
		enum todo_kind kind = (enum todo_kind)(id % TODO_IDS);
		int64_t at;
		if (!store_todo_at(ui_store(l->ui), id / TODO_IDS, kind, &at) || store_row(ui_store(l->ui), id / TODO_IDS, take_row, &p, NULL) || !p.count)
			return false;
		item->kind = (int)kind;
		item->at_ms = at;
		return true;
	}
	struct list_filter f = l->filter;
	f.only = id;
	f.limit = 1;
	store_list(ui_store(l->ui), &f, take_row, &p, NULL);
	return p.count > 0;
}

/* --- the list as views use it --- */

void request_list_init(struct request_list *l, struct ui *ui, enum request_shape shape, const char *empty)
{
	*l = (struct request_list){ .ui = ui, .shape = shape, .filter = LIST_FILTER_INIT };
	struct list_source source = { .context = l, .row_bytes = sizeof(struct request_item), .fetch = fetch, .id = id_of, .read = read_again, .total = total_of,
		.release = item_release, .draw = request_list_draw_row, .forward_only = shape == SHAPE_FOUND };
	list_init(&l->list, &source);
	l->list.empty = empty;
}

void request_list_found_clear(struct request_list *l)
{
	for (size_t i = 0; i < l->found_count; i++)
		free(l->found[i].texts);
	l->found_count = 0;
	l->pane_of = 0;
}

struct request_found request_list_found_take(struct request_list *l)
{
	struct request_found before = { l->found, l->found_count, l->found_capacity };
	l->found = NULL;
	l->found_count = l->found_capacity = 0;
	return before;
}

void request_list_found_drop(struct request_found *before)
{
	for (size_t i = 0; i < before->count; i++)
		free(before->items[i].texts);
	free(before->items);
	*before = (struct request_found){ 0 };
}

void request_list_found_put(struct request_list *l, struct request_found *before)
{
	struct request_found now = request_list_found_take(l);
	request_list_found_drop(&now);
	l->found = before->items;
	l->found_count = before->count;
	l->found_capacity = before->capacity;
	*before = (struct request_found){ 0 };
}

bool request_list_found_add(void *context, const struct request_row *row)
{
	struct request_list *l = context;
	GUICHET_GROW(l->found, l->found_count, l->found_capacity);
	item_copy(&l->found[l->found_count++], row);
	return true;
}

void request_list_done(struct request_list *l)
{
	request_list_found_clear(l);
	free(l->found);
	list_done(&l->list);
	facts_done(&l->pane);
	free(l->service);
	free(l->commune);
	free(l->category);
	free(l->assigned);
}

static void keep(char **kept, const char **text)
{
	char *copy = *text ? guichet_strdup(*text) : NULL;
	free(*kept);
	*text = *kept = copy;
}

void request_list_filter(struct request_list *l, const struct list_filter *f)
{
	struct list_filter copy = *f;
	keep(&l->service, &copy.service);
	keep(&l->commune, &copy.commune);
	keep(&l->category, &copy.category);
	keep(&l->assigned, &copy.assigned);
	l->filter = copy;
	l->shape = copy.sort == LIST_BY_DUE ? SHAPE_DUE : SHAPE_FOUND;
	l->pane_of = 0;
	list_reload(&l->list);
}

void request_list_refresh(struct request_list *l)
{
	l->pane_of = 0;
	list_refresh(&l->list);
}

const struct request_row *request_list_row(const struct request_list *l)
{
	const struct request_item *item = list_selected(&l->list);
	return item ? &item->row : NULL;
}

int64_t request_list_selected(const struct request_list *l)
{
	const struct request_row *row = request_list_row(l);
	return row ? row->id : 0;
}

size_t request_list_marked(const struct request_list *l, int64_t *ids, size_t max)
{
	size_t n = l->list.mark_count ? list_chosen(&l->list, ids, max) : 0, kept = 0;
	if (l->shape != SHAPE_TODO)
		return n;
	/* What is marked under two kinds is one request. */
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || ids[kept - 1] != ids[i] / TODO_IDS)
			ids[kept++] = ids[i] / TODO_IDS;
	return kept;
}

enum view_result request_list_act(struct request_list *l, enum action a)
{
	int64_t id = request_list_selected(l);
	if (a == ACTION_MARK) {
		list_toggle_mark(&l->list);
		return VIEW_DONE;
	}
	if (a != ACTION_OPEN && a != ACTION_EXPLAIN)
		return VIEW_IGNORED;
	if (!id) {
		ui_say(l->ui, "%s", _("aucune demande n'est choisie"));
	} else if (a == ACTION_EXPLAIN) {
		request_explain(l->ui, id);
	} else {
		struct view_target t = { .row_id = id, .channel = -1 };
		ui_open(l->ui, &view_request, &t);
	}
	return VIEW_DONE;
}

bool request_list_can(struct request_list *l, enum action a)
{
	const struct request_row *row = request_list_row(l);
	/* Works, but is too rare for the bottom line. */
	if (a == ACTION_ADD_BULLETIN)
		return false;
	if (!(action_info(a)->needs & NEED_SELECTION))
		return true;
	if (a == ACTION_SETTLE)
		return row && row->conflict;
	return row && steps_can(l->ui, a, row->status, row->service);
}
