// SPDX-License-Identifier: GPL-3.0-or-later
/* The Appel screen's lists of values, the best match of what was typed. Must not draw. */
#include <stdlib.h>
#include <string.h>

#include "call_inside.h"
#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "guichet/core/phone.h"
#include "guichet/core/similar.h"

enum { SUGGESTIONS = 8, PEOPLE_LISTED = 40 };

/* A suggestion below this says nothing. */
static const double SURE_ENOUGH = 0.2;

static char *copy(const char *s)
{
	return guichet_strdup(s ? s : "");
}

void values_add(struct call_values *l, const char *value, const char *label, const char *detail)
{
	GUICHET_GROW(l->items, l->count, l->capacity);
	l->items[l->count++] = (struct choice_value){ copy(value), copy(label), copy(detail) };
}

void values_done(struct call_values *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free((char *)(uintptr_t)l->items[i].value);
		free((char *)(uintptr_t)l->items[i].label);
		free((char *)(uintptr_t)l->items[i].detail);
	}
	free(l->items);
	*l = (struct call_values){ 0 };
}

/* --- categories --- */

size_t call_suggest(struct call_view *v, const char *text, struct suggestion *out, size_t max)
{
	struct store *s = ui_store(v->view.ui);
	struct suggest_counts counts = store_suggest_counts(s);
	return suggest(call_suggester(v->view.ui), &counts, text, call_commune(v), out, max);
}

/* What citizens call it stands behind the code, for the filter to find it. */
enum { WORDS_SIGN = '|' };

static void add_category(struct call_view *v, struct call_values *l, const struct category *m, bool words)
{
	struct text detail = TEXT_INIT, value = TEXT_INIT;
	text_add(&value, m->code);
	if (words && m->words)
		text_addf(&value, "%c%s", WORDS_SIGN, m->words);
	struct competence who = catalogue_competence(store_catalogue(ui_store(v->view.ui)), m, call_commune(v));
	text_add(&detail, who.service ? who.service->name : who.body ? who.body->name : "");
	if (who.body)
		text_add(&detail, _(", hors compétence"));
	else if (m->targets[TARGET_ANSWER].unit != TARGET_NONE) {
		text_add(&detail, ", ");
		target_show(&detail, m->targets[TARGET_ANSWER]);
	}
	if (m->danger)
		text_add(&detail, _(", DANGER"));
	values_add(l, text_str(&value), m->name, text_str(&detail));
	text_done(&detail);
	text_done(&value);
}

static void list_categories(struct call_view *v, struct call_values *l, bool citizens_words)
{
	const struct catalogue *c = store_catalogue(ui_store(v->view.ui));
	struct suggestion found[SUGGESTIONS];
	struct text words = TEXT_INIT;
	text_addf(&words, "%s\n%s", call_text(v, CALL_SUBJECT), call_text(v, CALL_TEXT));
	size_t n = call_suggest(v, text_str(&words), found, SUGGESTIONS);
	for (size_t i = 0; i < n; i++)
		add_category(v, l, found[i].category, citizens_words);
	for (size_t i = 0; i < c->category_count; i++) {
		bool there = c->categories[i] == c->unsorted;
		for (size_t k = 0; k < n && !there; k++)
			there = found[k].category == c->categories[i];
		if (!there)
			add_category(v, l, c->categories[i], citizens_words);
	}
	if (c->unsorted)
		add_category(v, l, c->unsorted, citizens_words);
	l->title = n ? _("Motif : d'abord ce que l'objet laisse penser") : _("Motif");
	text_done(&words);
}

/* --- people --- */

static bool list_person(void *context, const struct requester *r)
{
	struct call_values *l = context;
	char id[24], shown[PHONE_MAX + 16] = "";
	const char *name = requester_get(r, "name"), *organisation = requester_get(r, "organisation"), *phone = requester_get(r, "phone");
	struct text detail = TEXT_INIT;
	snprintf(id, sizeof id, "%lld", (long long)r->id);
	if (*phone)
		phone_show(phone, shown);
	text_addf(&detail, "%s%s%s", *name ? organisation : "", *name && *organisation ? ", " : "", *shown ? shown : requester_get(r, "email"));
	values_add(l, id, *name ? name : organisation, text_str(&detail));
	text_done(&detail);
	return true;
}

static void list_people(struct call_view *v, struct call_values *l)
{
	struct store *s = ui_store(v->view.ui);
	l->title = _("Qui appelle");
	for (size_t i = 0; i < v->people_count; i++) {
		struct requester r = { 0 };
		if (store_requester(s, v->people[i].id, &r, NULL) == GUICHET_OK)
			list_person(l, &r);
		requester_done(&r);
	}
	if (v->people_count == 0 && strlen(call_text(v, CALL_NAME)) >= 2)
		store_find_requesters(s, call_text(v, CALL_NAME), PEOPLE_LISTED, list_person, l, NULL);
}

/* --- the others --- */

/* Before each street goes the number that stands in the field already. */
struct streets { struct call_values *list; char *number; };

static bool list_street(void *context, const char *street, int64_t seen)
{
	struct streets *x = context;
	struct text value = TEXT_INIT, detail = TEXT_INIT;
	text_addf(&value, "%s%s%s", x->number, *x->number ? " " : "", street);
	text_addf(&detail, seen > 1 ? _("%lld demandes") : _("1 demande"), (long long)seen);
	values_add(x->list, text_str(&value), street, text_str(&detail));
	text_done(&value);
	text_done(&detail);
	return true;
}

static void add_streets(struct call_view *v, const char *typed, struct call_values *l)
{
	const struct commune *commune = call_commune(v);
	const char *address = call_text(v, CALL_ADDRESS);
	size_t n = address_street_at(address);
	while (n && strchr(" ,", address[n - 1]))
		n--;
	struct streets x = { l, guichet_strndup(address, n) };
	store_streets(ui_store(v->view.ui), commune ? commune->code : NULL, typed, list_street, &x, NULL);
	free(x.number);
}

static void list_addresses(struct call_view *v, struct call_values *l)
{
	const char *typed = call_text(v, CALL_ADDRESS);
	call_look_up(v);
	for (size_t i = 0; i < v->item_count; i++) {
		const char *address = v->items[i].address;
		bool there = !address || !*address || v->items[i].kind != ITEM_OWN;
		for (size_t k = 0; k < l->count && !there; k++)
			there = !strcmp(l->items[k].value, address);
		if (!there)
			values_add(l, address, address, v->items[i].head);
	}
	l->title = l->count ? _("Lieux de ses demandes, puis rues connues") : call_commune(v) ? _("Rues connues de la commune") : _("Rues connues");
	add_streets(v, typed + address_street_at(typed), l);
}

void call_streets(struct call_view *v, const char *typed, struct call_values *out)
{
	*out = (struct call_values){ 0 };
	add_streets(v, typed, out);
}

static void list_told(struct call_view *v, struct call_values *l)
{
	const struct catalogue *c = store_catalogue(ui_store(v->view.ui));
	const struct category *m = call_category(v);
	const struct service *first = m ? catalogue_competence(c, m, call_commune(v)).service : NULL;
	l->title = _("Qui a été prévenu");
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < c->service_count; i++) {
			const struct service *s = c->services[i];
			struct text label = TEXT_INIT;
			if (!s->on_call_phone || (s == first) != (pass == 0))
				continue;
			text_addf(&label, _("astreinte %s"), s->name);
			values_add(l, text_str(&label), text_str(&label), s->on_call_phone);
			text_done(&label);
		}
	for (size_t i = 0; i < c->body_count; i++)
		if (c->bodies[i].kind == BODY_EMERGENCY)
			values_add(l, c->bodies[i].name, c->bodies[i].name, c->bodies[i].phone);
}

static void list_enum(enum call_field f, struct call_values *l)
{
	static const char *const priorities[] = { N_("1 urgente"), N_("2 haute"), N_("3 normale"), N_("4 basse") };
	l->title = _(call_fields[f].label);
	for (int i = 0; f == CALL_CHANNEL && i < CHANNEL_COUNT; i++)
		values_add(l, channel_label((enum channel)i), channel_label((enum channel)i), "");
	for (int i = 0; f == CALL_NATURE && i < NATURE_COUNT; i++)
		values_add(l, nature_label((enum nature)i), nature_label((enum nature)i), "");
	for (size_t i = 0; f == CALL_TITLE && call_title(i); i++)
		values_add(l, call_title(i), call_title(i), "");
	/* Nobody is answered through the web site. */
	for (int i = 0; f == CALL_REPLY_BY && i < CHANNEL_WEB; i++)
		values_add(l, channel_label((enum channel)i), channel_label((enum channel)i), "");
	for (int i = 0; f == CALL_PRIORITY && i < 4; i++)
		values_add(l, _(priorities[i]), _(priorities[i]), "");
	if (f == CALL_DANGER) {
		values_add(l, _("oui"), _("oui"), _("l'astreinte est à prévenir"));
		values_add(l, _("non"), _("non"), "");
	}
}

void call_values(struct call_view *v, enum call_field f, bool citizens_words, struct call_values *out)
{
	const struct catalogue *c = store_catalogue(ui_store(v->view.ui));
	*out = (struct call_values){ .title = _(call_fields[f].label) };
	switch (f) {
	case CALL_CATEGORY:
		list_categories(v, out, citizens_words);
		break;
	case CALL_COMMUNE:
		for (size_t i = 0; i < c->commune_count; i++)
			values_add(out, c->communes[i].code, c->communes[i].name, c->communes[i].postcode_count ? c->communes[i].postcodes[0] : "");
		break;
	case CALL_NAME:
		list_people(v, out);
		break;
	case CALL_ADDRESS:
		list_addresses(v, out);
		break;
	case CALL_TOLD:
		list_told(v, out);
		break;
	default:
		list_enum(f, out);
	}
}

char *call_value_text(struct call_view *v, enum call_field f, const char *value)
{
	const struct catalogue *c = store_catalogue(ui_store(v->view.ui));
	char code[200];
	snprintf(code, sizeof code, "%.*s", (int)strcspn(value, "|"), value);
	const struct category *m = f == CALL_CATEGORY ? catalogue_category(c, code) : NULL;
	const struct commune *commune = f == CALL_COMMUNE ? catalogue_commune(c, value) : NULL;
	/* A name that two categories bear is given with its path. */
	if (m)
		return copy(catalogue_category(c, m->name) == m ? m->name : m->path && catalogue_category(c, m->path) == m ? m->path : m->code);
	if (commune)
		return copy(catalogue_commune(c, commune->name) == commune ? commune->name : commune->code);
	return copy(value);
}

static bool is_value(struct call_view *v, enum call_field f, const char *typed, char **text)
{
	static const char digits[] = "1234";
	enum channel channel;
	enum nature nature;
	*text = NULL;
	if (f == CALL_CATEGORY && catalogue_category(store_catalogue(ui_store(v->view.ui)), typed))
		*text = call_value_text(v, f, typed);
	else if (f == CALL_COMMUNE && catalogue_commune(store_catalogue(ui_store(v->view.ui)), typed))
		*text = call_value_text(v, f, typed);
	else if ((f == CALL_CHANNEL || f == CALL_REPLY_BY) && channel_parse(typed, &channel))
		*text = copy(channel_label(channel));
	else if (f == CALL_NATURE && nature_parse(typed, &nature))
		*text = copy(nature_label(nature));
	else if (f == CALL_PRIORITY && strchr(digits, typed[0]) && typed[1] == ' ')
		*text = copy(typed);
	return *text != NULL;
}

char *call_best(struct call_view *v, enum call_field f, const char *typed)
{
	struct call_values l;
	struct choice c;
	struct suggestion first;
	char *text;
	if (is_value(v, f, typed, &text))
		return text;
	call_values(v, f, false, &l);
	choice_init(&c, "", l.items, l.count, typed);
	/* The list gives its filter up where nothing passes it. */
	if (!field_is_empty(&c.filter) && choice_selected(&c))
		text = call_value_text(v, f, choice_selected(&c)->value);
	else if (f == CALL_CATEGORY && call_suggest(v, typed, &first, 1) && first.score >= SURE_ENOUGH)
		text = call_value_text(v, f, first.category->code);
	choice_done(&c);
	values_done(&l);
	return text;
}
