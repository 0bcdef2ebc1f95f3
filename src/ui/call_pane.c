// SPDX-License-Identifier: GPL-3.0-or-later
/* Who calls, what they wait for, and what stands near the request being typed: looked up when what it depends on has changed, once a paint at most. Must
 * not draw. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "call_inside.h"
#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "guichet/core/phone.h"

enum { OWN_LOOKED = 30, OWN_OPEN_MAX = 6, OWN_ENDED_MAX = 3, WORDS_MIN = 4, NAME_MIN = 3, ALIKE_DAYS = 30 };

/* --- people --- */

static void person_done(struct person *p)
{
	free(p->name);
	free(p->phone);
	free(p->email);
	free(p->title);
	free(p->postal);
}

void call_people_done(struct call_view *v)
{
	for (size_t i = 0; i < v->people_count; i++)
		person_done(&v->people[i]);
	v->people_count = 0;
}

static bool add_person(void *context, const struct requester *r)
{
	struct call_view *v = context;
	const char *name = requester_get(r, "name");
	enum channel by;
	if (v->people_count == PEOPLE_MAX)
		return false;
	v->people[v->people_count++] = (struct person){ .id = r->id, .name = guichet_strdup(*name ? name : requester_get(r, "organisation")),
		.phone = guichet_strdup(requester_get(r, "phone")), .email = guichet_strdup(requester_get(r, "email")),
		.title = guichet_strdup(requester_get(r, "title")), .postal = guichet_strdup(requester_get(r, "postal_address")),
		.reply_by = channel_parse(requester_get(r, "reply_by"), &by) ? (int)by : -1 };
	return true;
}

const struct person *call_person(const struct call_view *v)
{
	const char *name = call_text(v, CALL_NAME);
	for (size_t i = 0; i < v->people_count; i++)
		if (v->people[i].id == v->chosen || (!v->chosen && *name && !utf8_compare_folded(name, v->people[i].name)))
			return &v->people[i];
	return v->people_count == 1 && !*name ? &v->people[0] : NULL;
}

/* The name that this screen wrote goes with the number that it came from. */
static void fill_name(struct call_view *v)
{
	const char *name = call_text(v, CALL_NAME);
	bool ours = v->filled_name && !strcmp(name, v->filled_name);
	if (*name && !ours)
		return;
	free(v->filled_name);
	v->filled_name = v->people_count == 1 ? guichet_strdup(v->people[0].name) : NULL;
	call_put(v, CALL_NAME, v->filled_name ? v->filled_name : "");
}

static void look_up_people(struct call_view *v)
{
	struct text of = TEXT_INIT;
	struct phone phone;
	struct store *s = ui_store(v->view.ui);
	bool number = phone_parse(call_text(v, CALL_PHONE), &phone, NULL) == GUICHET_OK;
	text_addf(&of, "%s|%s", number ? phone.e164 : "", call_text(v, CALL_EMAIL));
	if (v->people_of && !strcmp(v->people_of, text_str(&of))) {
		text_done(&of);
		return;
	}
	free(v->people_of);
	v->people_of = text_take(&of);
	v->namesakes = 0;
	/* Chosen from a list by name: the number that is typed then is this person's new one. */
	if (v->chosen && v->people_count == 1 && v->people[0].id == v->chosen && *call_text(v, CALL_NAME))
		return;
	v->chosen = 0;
	call_people_done(v);
	if (number)
		store_find_requesters_exactly(s, phone.e164, add_person, v);
	if (v->people_count == 0 && strchr(call_text(v, CALL_EMAIL), '@'))
		store_find_requesters_exactly(s, call_text(v, CALL_EMAIL), add_person, v);
	fill_name(v);
}

static bool count_namesake(void *context, const struct requester *r)
{
	(void)r;
	return ++*(size_t *)context < NAMESAKES_MAX;
}

void call_look_up_name(struct call_view *v)
{
	const char *name = call_text(v, CALL_NAME);
	v->namesakes = 0;
	if (strlen(name) >= NAME_MIN && !v->people_count && !*call_text(v, CALL_PHONE) && !*call_text(v, CALL_EMAIL))
		store_find_requesters(ui_store(v->view.ui), name, NAMESAKES_MAX, count_namesake, &v->namesakes, NULL);
}

void call_choose_person(struct call_view *v, int64_t id)
{
	struct requester r = { 0 };
	char shown[PHONE_MAX + 16];
	if (store_requester(ui_store(v->view.ui), id, &r, NULL))
		return;
	call_people_done(v);
	add_person(v, &r);
	requester_done(&r);
	v->chosen = id;
	call_put(v, CALL_NAME, v->people[0].name);
	if (!*call_text(v, CALL_PHONE) && *v->people[0].phone) {
		phone_show(v->people[0].phone, shown);
		call_put(v, CALL_PHONE, shown);
	}
	look_up_people(v);
}

/* --- items --- */

static void items_done(struct call_view *v)
{
	for (size_t i = 0; i < v->item_count; i++) {
		free(v->items[i].head);
		free(v->items[i].tail);
		free(v->items[i].address);
	}
	v->item_count = 0;
	v->own_total = v->own_open = 0;
}

void call_forget(struct call_view *v)
{
	call_people_done(v);
	items_done(v);
	call_promises_done(v);
	free(v->people_of);
	free(v->items_of);
	free(v->alike_of);
	v->people_of = v->items_of = v->alike_of = NULL;
	v->namesakes = 0;
}

void call_add_day(struct text *out, int64_t ms)
{
	struct text day = TEXT_INIT;
	instant_show_short(&day, paris_instant(due_day(ms), 12 * 60));
	const char *shown = text_str(&day), *space = strrchr(shown, ' ');
	text_addn(out, shown, space ? (size_t)(space - shown) : strlen(shown));
	text_done(&day);
}

static struct call_item *add_item(struct call_view *v, enum item_kind kind, const struct request_row *r)
{
	const struct category *m = catalogue_category(store_catalogue(ui_store(v->view.ui)), r->category);
	struct text head = TEXT_INIT;
	if (v->item_count == ITEMS_MAX)
		return NULL;
	struct call_item *item = &v->items[v->item_count++];
	text_add(&head, kind == ITEM_OWN && *r->subject ? r->subject : m ? m->name : r->subject);
	*item = (struct call_item){ .kind = kind, .id = r->id, .reference = r->reference, .head = text_take(&head), .address = guichet_strdup(r->address),
		.promised_ms = r->promised_ms, .answer_ms = r->due[TARGET_ANSWER], .open = r->open, .ended = !r->open };
	return item;
}

/* Where it stands, for the agent to say. */
static void tell_state(struct call_view *v, struct call_item *item, const struct request_row *r)
{
	struct text tail = TEXT_INIT;
	enum status status = STATUS_NEW;
	int64_t now = ui_now(v->view.ui), promised = r->promised_ms, at = promised != NO_INSTANT ? promised : r->due[TARGET_ANSWER];
	status_parse(r->status, &status);
	item->style = STYLE_NORMAL;
	if (r->untold) {
		text_add(&tail, _("DANGER NON TRANSMIS"));
		item->style = STYLE_DANGER;
	} else if (r->open && at != NO_INSTANT && r->answered_ms == NO_INSTANT) {
		bool late = now > at;
		text_addf(&tail, "%s%s, %s ", late ? _("EN RETARD, ") : "", status_label(status), promised != NO_INSTANT ? _("promis") : _("dû"));
		call_add_day(&tail, at);
		item->style = late ? STYLE_LATE : STYLE_NORMAL;
	} else {
		text_addf(&tail, "%s, ", status_label(status));
		call_add_day(&tail, r->closed_ms != NO_INSTANT ? r->closed_ms : r->updated_ms);
		item->style = r->open ? STYLE_NORMAL : STYLE_DIM;
	}
	item->tail = text_take(&tail);
}

struct own { struct call_view *v; bool open; size_t taken; };

static bool add_own(void *context, const struct request_row *r)
{
	struct own *x = context;
	size_t max = x->open ? OWN_OPEN_MAX : OWN_ENDED_MAX;
	if (x->open) {
		x->v->own_total++;
		x->v->own_open += r->open;
	}
	if (r->open == x->open && x->taken < max) {
		struct call_item *item = add_item(x->v, ITEM_OWN, r);
		x->taken++;
		if (item)
			tell_state(x->v, item, r);
	}
	return true;
}

static void look_up_own(struct call_view *v, int64_t requester)
{
	struct list_filter f = LIST_FILTER_INIT;
	f.requester = requester;
	f.all = true;
	f.sort = LIST_BY_RECEIVED;
	f.limit = OWN_LOOKED;
	for (int open = 1; requester && open >= 0; open--) {
		struct own x = { v, open != 0, 0 };
		store_list(ui_store(v->view.ui), &f, add_own, &x, NULL);
	}
}

static bool add_near(void *context, const struct request_row *r)
{
	struct call_view *v = context;
	size_t near = 0;
	for (size_t i = 0; i < v->item_count; i++) {
		if (v->items[i].kind != ITEM_BULLETIN && v->items[i].id == r->id)
			return true;
		near += v->items[i].kind == ITEM_NEAR;
	}
	if (near == NEAR_MAX)
		return false;
	if (!r->open || r->reference == v->link)
		return true;
	struct call_item *item = add_item(v, ITEM_NEAR, r);
	struct text tail = TEXT_INIT;
	if (!item)
		return false;
	call_add_day(&tail, r->received_ms);
	text_addf(&tail, ", %s", *r->address ? r->address : r->subject);
	item->tail = text_take(&tail);
	item->style = STYLE_NORMAL;
	return true;
}

/* What speaks of the same, lately, and not elsewhere. */
static bool add_alike(void *context, const struct request_row *r)
{
	struct call_view *v = context;
	const struct commune *commune = call_commune(v);
	bool elsewhere = commune && *r->commune && strcmp(commune->code, r->commune) != 0;
	return elsewhere || ui_now(v->view.ui) - r->received_ms > ALIKE_DAYS * MS_PER_DAY || add_near(context, r);
}

static bool keep_alike(void *context, const struct request_row *r)
{
	struct call_view *v = context;
	v->alike[v->alike_count++] = r->id;
	return v->alike_count < ALIKE_MAX;
}

struct alike_rows { struct call_view *v; bool more; };

static bool show_alike(void *context, const struct request_row *r)
{
	struct alike_rows *x = context;
	return x->more = add_alike(x->v, r);
}

/* Looked for when the subject changes; while the rest is typed their rows are read again, which costs a hundredth of that. */
static void look_up_alike(struct call_view *v, const char *subject)
{
	struct search_options o = { .limit = ALIKE_MAX, .open_only = true };
	struct alike_rows x = { v, true };
	if (!v->alike_of || strcmp(v->alike_of, subject) != 0) {
		free(v->alike_of);
		v->alike_of = guichet_strdup(subject);
		v->alike_count = 0;
		store_search(ui_store(v->view.ui), subject, &o, keep_alike, v, NULL);
	}
	for (size_t i = 0; i < v->alike_count && x.more; i++)
		store_row(ui_store(v->view.ui), v->alike[i], show_alike, &x, NULL);
}

/* In the same street or near by; then what speaks of the same. */
static void look_up_near(struct call_view *v)
{
	struct store *s = ui_store(v->view.ui);
	struct suggestion first;
	const char *subject = call_text(v, CALL_SUBJECT), *address = call_text(v, CALL_ADDRESS);
	struct similar_query q = { .category = call_category(v), .commune = call_commune(v), .address = address, .latitude = NAN, .longitude = NAN,
		.received_ms = ui_now(v->view.ui), .limit = NEAR_MAX };
	if (!q.category && *address && *subject && call_suggest(v, subject, &first, 1))
		q.category = first.category;
	if (*address)
		store_similar(s, &q, add_near, v, NULL);
	if (strlen(subject) >= WORDS_MIN)
		look_up_alike(v, subject);
}

static bool add_bulletin(void *context, const struct bulletin *b)
{
	struct call_view *v = context;
	struct text head = TEXT_INIT;
	if (v->item_count == ITEMS_MAX / 2)
		return false;
	text_addf(&head, "%s%s%s", b->text, *b->area ? " · " : "", b->area);
	v->items[v->item_count++] = (struct call_item){ .kind = ITEM_BULLETIN, .id = b->request, .bulletin = b->op, .head = text_take(&head),
		.tail = guichet_strdup(b->say), .promised_ms = NO_INSTANT, .answer_ms = NO_INSTANT, .open = true };
	return true;
}

void call_look_up(struct call_view *v)
{
	struct text of = TEXT_INIT;
	look_up_people(v);
	const struct person *p = call_person(v);
	int64_t requester = p ? p->id : v->people_count ? v->people[0].id : 0;
	text_addf(&of, "%lld|%s|%s|%s|%s", (long long)requester, call_text(v, CALL_SUBJECT), call_text(v, CALL_CATEGORY), call_text(v, CALL_COMMUNE),
		call_text(v, CALL_ADDRESS));
	if (v->items_of && !strcmp(v->items_of, text_str(&of))) {
		text_done(&of);
		return;
	}
	free(v->items_of);
	v->items_of = text_take(&of);
	items_done(v);
	call_promises_done(v);
	store_list_bulletins(ui_store(v->view.ui), false, add_bulletin, v, NULL);
	look_up_own(v, requester);
	look_up_near(v);
}

/* --- which one F6 joins --- */

static bool is_picked(const struct call_view *v, const struct call_item *item)
{
	return v->picked && item->kind == v->picked_kind && (item->kind == ITEM_BULLETIN ? (int64_t)item->bulletin.dseq : item->id) == v->picked;
}

static size_t item_index(const struct call_view *v)
{
	static const enum item_kind order[] = { ITEM_NEAR, ITEM_OWN, ITEM_BULLETIN };
	for (size_t i = 0; i < v->item_count; i++)
		if (is_picked(v, &v->items[i]))
			return i;
	/* What was typed points at a neighbour; else the caller rings about what they wait for; else about what everybody rings about. */
	for (size_t k = 0; k < sizeof order / sizeof *order; k++)
		for (size_t i = 0; i < v->item_count; i++)
			if (v->items[i].kind == order[k] && !v->items[i].ended)
				return i;
	return v->item_count;
}

const struct call_item *call_item(struct call_view *v)
{
	size_t i = item_index(v);
	return i < v->item_count ? &v->items[i] : NULL;
}

void call_pick(struct call_view *v, int by)
{
	call_look_up(v);
	size_t i = item_index(v);
	if (v->item_count == 0)
		return;
	if (i == v->item_count)
		i = 0;
	else if (by < 0)
		i = i ? i - 1 : v->item_count - 1;
	else
		i = (i + 1) % v->item_count;
	v->picked_kind = v->items[i].kind;
	v->picked = v->items[i].kind == ITEM_BULLETIN ? (int64_t)v->items[i].bulletin.dseq : v->items[i].id;
}

struct sought { struct call_view *v; int64_t requester; };

static bool add_sought(void *context, const struct request_row *r)
{
	struct sought *x = context;
	struct call_view *v = x->v;
	if (v->item_count == ITEMS_MAX) {
		struct call_item *last = &v->items[--v->item_count];
		free(last->head);
		free(last->tail);
		free(last->address);
	}
	struct call_item *item = add_item(v, x->requester && r->requester == x->requester ? ITEM_OWN : ITEM_NEAR, r);
	tell_state(v, item, r);
	return false;
}

void call_pick_row(struct call_view *v, int64_t row_id)
{
	const struct person *p = call_person(v);
	struct sought x = { v, p ? p->id : 0 };
	size_t i = 0;
	while (i < v->item_count && (v->items[i].kind == ITEM_BULLETIN || v->items[i].id != row_id))
		i++;
	if (i == v->item_count)
		store_row(ui_store(v->view.ui), row_id, add_sought, &x, NULL);
	for (i = 0; i < v->item_count; i++)
		if (v->items[i].kind != ITEM_BULLETIN && v->items[i].id == row_id)
			v->picked_kind = v->items[i].kind;
	v->picked = row_id;
}
