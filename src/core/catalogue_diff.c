// SPDX-License-Identifier: GPL-3.0-or-later
/* The differences between two catalogues as sentences. Plain members are compared by tables; hours, closures, targets
 * and competence have functions of their own. Does not know files, lines or requests. */
#include "guichet/core/catalogue_diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/text.h"

struct diff {
	void (*each)(void *context, const struct catalogue_change *change);
	void *context;
	size_t count;
	const char *subject, *label, *code; /* what is being compared: "service", "Service", "voirie" */
};

static void tell(struct diff *d, enum change_kind kind, bool moves, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void tell(struct diff *d, enum change_kind kind, bool moves, const char *format, ...)
{
	struct text sentence = TEXT_INIT;
	va_list args;
	text_add(&sentence, d->label);
	if (d->code[0])
		text_addf(&sentence, " %s", d->code);
	va_start(args, format);
	text_addv(&sentence, format, args);
	va_end(args);
	text_addc(&sentence, '.');
	struct catalogue_change change = {kind, d->subject, d->code, text_str(&sentence), moves};
	d->each(d->context, &change);
	d->count++;
	text_done(&sentence);
}

/* --- Plain members --- */

enum member_type {
	MEMBER_TEXT,
	MEMBER_LONG_TEXT,
	MEMBER_BOOL,
	MEMBER_INT,
	MEMBER_REAL,
	MEMBER_CODE,
	MEMBER_NATURE,
	MEMBER_SILENCE,
	MEMBER_BODY_KIND
};
struct member {
	const char *label;
	enum member_type type;
	size_t offset;
	bool moves;
};

#define M(type, member) offsetof(struct type, member)

static const struct member metropole_members[] = {
	{N_("nom"), MEMBER_TEXT, M(catalogue, name), false},
	{N_("adresse"), MEMBER_TEXT, M(catalogue, address), false},
	{N_("téléphone"), MEMBER_TEXT, M(catalogue, phone), false},
	{N_("courriel"), MEMBER_TEXT, M(catalogue, email), false},
	{N_("site"), MEMBER_TEXT, M(catalogue, website), false},
	{N_("lieu des lettres"), MEMBER_TEXT, M(catalogue, city), false},
	{N_("signature des lettres"), MEMBER_LONG_TEXT, M(catalogue, signature), false},
	{N_("courriel du délégué à la protection des données"), MEMBER_TEXT, M(catalogue, dpo_email), false},
	{N_("tribunal"), MEMBER_TEXT, M(catalogue, court), false},
	{N_("calendrier du guichet"), MEMBER_CODE, M(catalogue, calendar), true},
	{N_("service du guichet"), MEMBER_CODE, M(catalogue, desk), true},
	{N_("motif à qualifier"), MEMBER_CODE, M(catalogue, unsorted), false},
};

static const struct member calendar_members[] = {
	{N_("nom"), MEMBER_TEXT, M(calendar, name), false},
	{N_("ouvert les jours fériés"), MEMBER_BOOL, M(calendar, works_holidays), true},
	{N_("jours fériés d'Alsace-Moselle"), MEMBER_BOOL, M(calendar, alsace_moselle), true},
};

static const struct member service_members[] = {
	{N_("nom"), MEMBER_TEXT, M(service, name), false},
	{N_("calendrier"), MEMBER_CODE, M(service, calendar), true},
	{N_("calendrier d'astreinte"), MEMBER_CODE, M(service, on_call_calendar), true},
	{N_("téléphone"), MEMBER_TEXT, M(service, phone), false},
	{N_("courriel"), MEMBER_TEXT, M(service, email), false},
	{N_("adresse"), MEMBER_TEXT, M(service, address), false},
	{N_("téléphone d'astreinte"), MEMBER_TEXT, M(service, on_call_phone), false},
	{N_("responsable"), MEMBER_TEXT, M(service, head), false},
	{N_("courriel du responsable"), MEMBER_TEXT, M(service, head_email), false},
	{N_("utilise guichet"), MEMBER_BOOL, M(service, uses_guichet), false},
	{N_("agents anonymes"), MEMBER_BOOL, M(service, anonymous_agents), false},
};

static const struct member body_members[] = {
	{N_("nom"), MEMBER_TEXT, M(body, name), false},
	{N_("genre"), MEMBER_BODY_KIND, M(body, kind), false},
	{N_("téléphone"), MEMBER_TEXT, M(body, phone), false},
	{N_("courriel"), MEMBER_TEXT, M(body, email), false},
	{N_("adresse"), MEMBER_TEXT, M(body, address), false},
	{N_("horaires"), MEMBER_TEXT, M(body, hours), false},
	{N_("mots des usagers"), MEMBER_LONG_TEXT, M(body, words), false},
	{N_("ce qu'il faut dire"), MEMBER_LONG_TEXT, M(body, say), false},
};

static const struct member commune_members[] = {
	{N_("nom"), MEMBER_TEXT, M(commune, name), false},
	{N_("mairie"), MEMBER_CODE, M(commune, town_hall), false},
	{N_("habitants"), MEMBER_INT, M(commune, inhabitants), false},
	{N_("latitude"), MEMBER_REAL, M(commune, latitude), false},
	{N_("longitude"), MEMBER_REAL, M(commune, longitude), false},
};

static const struct member category_members[] = {
	{N_("place dans l'arbre"), MEMBER_TEXT, M(category, path), false},
	{N_("nature"), MEMBER_NATURE, M(category, nature), false},
	{N_("service compétent"), MEMBER_CODE, M(category, service), true},
	{N_("organisme compétent"), MEMBER_CODE, M(category, body), true},
	{N_("danger"), MEMBER_BOOL, M(category, danger), true},
	{N_("priorité"), MEMBER_INT, M(category, priority), false},
	{N_("sens du silence"), MEMBER_SILENCE, M(category, silence), false},
	{N_("chemin court"), MEMBER_BOOL, M(category, short_path), false},
	{N_("seconde lecture"), MEMBER_BOOL, M(category, second_reading), false},
	{N_("conservation après clôture (mois)"), MEMBER_INT, M(category, retention_months), false},
	{N_("rayon des demandes proches (m)"), MEMBER_INT, M(category, near_metres), false},
	{N_("fenêtre des demandes proches (h)"), MEMBER_INT, M(category, near_hours), false},
	{N_("mots des usagers"), MEMBER_LONG_TEXT, M(category, words), false},
	{N_("ce qu'il faut dire"), MEMBER_LONG_TEXT, M(category, say), false},
};

static const struct member script_members[] = {
	{N_("question"), MEMBER_TEXT, M(script, question), false},
	{N_("mots des usagers"), MEMBER_LONG_TEXT, M(script, words), false},
	{N_("texte"), MEMBER_LONG_TEXT, M(script, text), false},
	{N_("motif"), MEMBER_CODE, M(script, category), false},
};

static const struct member template_members[] = {
	{N_("nom"), MEMBER_TEXT, M(message_template, name), false},
	{N_("objet"), MEMBER_LONG_TEXT, M(message_template, subject), false},
	{N_("texte"), MEMBER_LONG_TEXT, M(message_template, text), false},
	{N_("motif"), MEMBER_CODE, M(message_template, category), false},
	{N_("groupe"), MEMBER_CODE, M(message_template, group), false},
};

static const void *pointer_at(const void *item, size_t offset)
{
	const void *p;
	memcpy(&p, (const char *)item + offset, sizeof(p));
	return p;
}

static int int_at(const void *item, size_t offset)
{
	int value;
	memcpy(&value, (const char *)item + offset, sizeof(value));
	return value;
}

static void show_text(struct text *out, const char *s)
{
	if (s)
		text_addf(out, "« %s »", s);
	else
		text_add(out, _("rien"));
}

/* The member as people read it; equal texts mean an equal member. */
static void show_member(struct text *out, const void *item, const struct member *m)
{
	static const char *const silences[] = {N_("aucun"), N_("acceptation"), N_("refus")};
	static const char *const kinds[] = {N_("mairie"), N_("département"), N_("État"), N_("urgence"), N_("autre")};
	double real;
	const void *to;
	switch (m->type) {
	case MEMBER_TEXT:
	case MEMBER_LONG_TEXT:
		show_text(out, pointer_at(item, m->offset));
		break;
	case MEMBER_BOOL:
		text_add(out, *((const char *)item + m->offset) ? _("oui") : _("non"));
		break;
	case MEMBER_INT:
		text_addf(out, "%d", int_at(item, m->offset));
		break;
	case MEMBER_REAL:
		memcpy(&real, (const char *)item + m->offset, sizeof(real));
		text_addf(out, "%.6f", real);
		break;
	case MEMBER_CODE: /* the code is the first member of whatever is referred to */
		to = pointer_at(item, m->offset);
		text_add(out, to ? pointer_at(to, 0) : _("rien"));
		break;
	case MEMBER_NATURE:
		text_add(out, nature_label((enum nature)int_at(item, m->offset)));
		break;
	case MEMBER_SILENCE:
		text_add(out, _(silences[int_at(item, m->offset)]));
		break;
	case MEMBER_BODY_KIND:
		text_add(out, _(kinds[int_at(item, m->offset)]));
		break;
	}
}

static void compare_members(
	struct diff *d, const struct member *members, size_t count, const void *old, const void *now)
{
	struct text a = TEXT_INIT, b = TEXT_INIT;
	for (size_t i = 0; i < count; i++) {
		text_clear(&a);
		text_clear(&b);
		show_member(&a, old, &members[i]);
		show_member(&b, now, &members[i]);
		if (strcmp(a.data, b.data) == 0)
			continue;
		if (members[i].type == MEMBER_LONG_TEXT)
			tell(d, CHANGE_CHANGED, members[i].moves, _(" : %s : texte modifié"), _(members[i].label));
		else
			tell(d, CHANGE_CHANGED, members[i].moves, _(" : %s : %s -> %s"), _(members[i].label), a.data, b.data);
	}
	text_done(&a);
	text_done(&b);
}

/* --- Calendars --- */

static void show_day(struct text *out, const struct calendar *c, int day)
{
	if (c->span_count[day] == 0)
		text_add(out, _("fermé"));
	for (int i = 0; i < c->span_count[day]; i++) {
		const struct span *s = &c->week[day][i];
		text_addf(out, "%s%02d:%02d-%02d:%02d", i > 0 ? " " : "", s->from / 60, s->from % 60, s->to / 60, s->to % 60);
	}
}

static void show_closure(struct text *out, const struct closure *k)
{
	text_addf(out, "« %s », ", k->name);
	if (k->first_day == k->last_day) {
		text_add(out, _("le "));
		day_show(out, k->first_day);
	} else {
		text_add(out, _("du "));
		day_show(out, k->first_day);
		text_add(out, _(" au "));
		day_show(out, k->last_day);
	}
	if (k->from > 0 || k->to < 1440)
		text_addf(out, _(", de %02d:%02d à %02d:%02d"), k->from / 60, k->from % 60, k->to / 60, k->to % 60);
}

static bool has_closure(const struct calendar *c, const struct closure *k)
{
	for (size_t i = 0; i < c->closure_count; i++) {
		const struct closure *o = &c->closures[i];
		if (o->first_day == k->first_day && o->last_day == k->last_day && o->from == k->from && o->to == k->to &&
			strcmp(o->name, k->name) == 0)
			return true;
	}
	return false;
}

/* Tells the closures of `have` that `lack` has not. */
static void tell_closures(
	struct diff *d, enum change_kind kind, const struct calendar *have, const struct calendar *lack)
{
	struct text shown = TEXT_INIT;
	for (size_t i = 0; i < have->closure_count; i++) {
		if (has_closure(lack, &have->closures[i]))
			continue;
		text_clear(&shown);
		show_closure(&shown, &have->closures[i]);
		tell(d, kind, true,
			kind == CHANGE_ADDED ? _(" : ajout de la fermeture %s") : _(" : suppression de la fermeture %s"),
			shown.data);
	}
	text_done(&shown);
}

static void compare_calendars(struct diff *d, const void *old_item, const void *new_item)
{
	static const char *const days[] = {
		N_("lundi"), N_("mardi"), N_("mercredi"), N_("jeudi"), N_("vendredi"), N_("samedi"), N_("dimanche")};
	const struct calendar *old = old_item, *now = new_item;
	struct text a = TEXT_INIT, b = TEXT_INIT;
	for (int day = 0; day < 7; day++) {
		text_clear(&a);
		text_clear(&b);
		show_day(&a, old, day);
		show_day(&b, now, day);
		if (strcmp(a.data, b.data) != 0)
			tell(d, CHANGE_CHANGED, true, _(" : %s : %s -> %s"), _(days[day]), a.data, b.data);
	}
	text_done(&a);
	text_done(&b);
	tell_closures(d, CHANGE_ADDED, now, old);
	tell_closures(d, CHANGE_REMOVED, old, now);
}

/* --- Categories and communes --- */

static void show_competence(struct text *out, const struct competence *k)
{
	if (k->body)
		text_addf(out, _("organisme %s"), k->body->code);
	else
		text_addf(out, _("service %s"), k->service ? k->service->code : "-");
}

static const struct competence *exception_for(const struct category *m, const char *commune)
{
	for (size_t i = 0; i < m->exception_count; i++) {
		if (strcmp(m->exceptions[i].commune->code, commune) == 0)
			return &m->exceptions[i];
	}
	return NULL;
}

static void tell_exception(struct diff *d, const char *commune, const struct category *old, const struct category *now)
{
	const struct competence *before = exception_for(old, commune), *after = exception_for(now, commune);
	struct text a = TEXT_INIT, b = TEXT_INIT;
	text_add(&a, before ? "" : _("comme ailleurs"));
	text_add(&b, after ? "" : _("comme ailleurs"));
	if (before)
		show_competence(&a, before);
	if (after)
		show_competence(&b, after);
	if (strcmp(a.data, b.data) != 0)
		tell(d, CHANGE_CHANGED, true, _(" : compétence à %s : %s -> %s"), commune, a.data, b.data);
	text_done(&a);
	text_done(&b);
}

/* `channel`: what it is for, "" any. */
static void tell_target(struct diff *d, enum target_kind k, const char *channel, struct target old, struct target now)
{
	struct text a = TEXT_INIT, b = TEXT_INIT;
	if (old.unit == now.unit && old.amount == now.amount)
		return;
	target_show(&a, old);
	target_show(&b, now);
	if (*channel)
		tell(d, CHANGE_CHANGED, true, _(" : %s (%s) : %s -> %s"), target_kind_label(k), channel, text_str(&a), text_str(&b));
	else
		tell(d, CHANGE_CHANGED, true, _(" : %s : %s -> %s"), target_kind_label(k), text_str(&a), text_str(&b));
	text_done(&a);
	text_done(&b);
}

static void compare_categories(struct diff *d, const void *old_item, const void *new_item)
{
	const struct category *old = old_item, *now = new_item;
	for (int k = 0; k < TARGET_KIND_COUNT; k++)
		tell_target(d, (enum target_kind)k, "", old->targets[k], now->targets[k]);
	for (int c = 0; c < CHANNEL_COUNT; c++)
		if (old->acknowledge[c].set || now->acknowledge[c].set)
			tell_target(d, TARGET_ACKNOWLEDGE, channel_label((enum channel)c), category_acknowledge(old, c), category_acknowledge(now, c));
	for (size_t i = 0; i < now->exception_count; i++)
		tell_exception(d, now->exceptions[i].commune->code, old, now);
	for (size_t i = 0; i < old->exception_count; i++) {
		if (!exception_for(now, old->exceptions[i].commune->code))
			tell_exception(d, old->exceptions[i].commune->code, old, now);
	}
}

static void compare_communes(struct diff *d, const void *old_item, const void *new_item)
{
	const struct commune *communes[2] = {old_item, new_item};
	struct text lists[2] = {TEXT_INIT, TEXT_INIT};
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < communes[side]->postcode_count; i++)
			text_addf(&lists[side], "%s%s", i > 0 ? ", " : "", communes[side]->postcodes[i]);
	}
	if (strcmp(text_str(&lists[0]), text_str(&lists[1])) != 0)
		tell(d, CHANGE_CHANGED, false, _(" : codes postaux : %s -> %s"), text_str(&lists[0]), text_str(&lists[1]));
	text_done(&lists[0]);
	text_done(&lists[1]);
}

/* --- All of a kind --- */

static size_t calendar_count(const struct catalogue *c)
{
	return c->calendar_count;
}
static const void *calendar_at(const struct catalogue *c, size_t i)
{
	return &c->calendars[i];
}
static size_t service_count(const struct catalogue *c)
{
	return c->service_count;
}
static const void *service_at(const struct catalogue *c, size_t i)
{
	return c->services[i]->imported ? NULL : c->services[i];
}
static size_t body_count(const struct catalogue *c)
{
	return c->body_count;
}
static const void *body_at(const struct catalogue *c, size_t i)
{
	return &c->bodies[i];
}
static size_t commune_count(const struct catalogue *c)
{
	return c->commune_count;
}
static const void *commune_at(const struct catalogue *c, size_t i)
{
	return &c->communes[i];
}
static size_t category_count(const struct catalogue *c)
{
	return c->category_count;
}
static const void *category_at(const struct catalogue *c, size_t i)
{
	return c->categories[i]->imported ? NULL : c->categories[i];
}
static size_t script_count(const struct catalogue *c)
{
	return c->script_count;
}
static const void *script_at(const struct catalogue *c, size_t i)
{
	return &c->scripts[i];
}

static size_t template_count(const struct catalogue *c)
{
	return c->template_count;
}
static const void *template_at(const struct catalogue *c, size_t i)
{
	return &c->templates[i];
}

static const struct kind {
	const char *subject, *label;
	size_t (*count)(const struct catalogue *c);
	const void *(*at)(
		const struct catalogue *c, size_t i); /* NULL: not to be compared; begins with its code, then its name */
	const struct member *members;
	size_t member_count;
	void (*compare)(struct diff *d, const void *old, const void *now); /* what the members do not tell; may be NULL */
	bool moves;                                                        /* one more or one less may move dates */
} kinds[] = {
#define MEMBERS(table) table, sizeof(table) / sizeof(*(table))
	{"calendar", N_("Calendrier"), calendar_count, calendar_at, MEMBERS(calendar_members), compare_calendars, true},
	{"service", N_("Service"), service_count, service_at, MEMBERS(service_members), NULL, false},
	{"body", N_("Organisme extérieur"), body_count, body_at, MEMBERS(body_members), NULL, false},
	{"commune", N_("Commune"), commune_count, commune_at, MEMBERS(commune_members), compare_communes, false},
	{"category", N_("Motif"), category_count, category_at, MEMBERS(category_members), compare_categories, true},
	{"script", N_("Fiche"), script_count, script_at, MEMBERS(script_members), NULL, false},
	{"template", N_("Modèle"), template_count, template_at, MEMBERS(template_members), NULL, false},
#undef MEMBERS
};

/* Code and name (or question) are the first two members of every kind. */
#define CODE_AND(type, name) \
	_Static_assert(offsetof(struct type, code) == 0 && offsetof(struct type, name) == sizeof(char *), #type)
CODE_AND(calendar, name);
CODE_AND(service, name);
CODE_AND(body, name);
CODE_AND(commune, name);
CODE_AND(category, name);
CODE_AND(script, question);
CODE_AND(message_template, name);
CODE_AND(category_group, name);

static const char *name_of(const void *item)
{
	return pointer_at(item, sizeof(char *));
}

static int compare_codes(const void *a, const void *b)
{
	const void *const *ia = a, *const *ib = b;
	return strcmp(pointer_at(*ia, 0), pointer_at(*ib, 0));
}

struct item_list {
	const void **items;
	size_t count;
}; /* sorted by code */

static struct item_list list_sorted(const struct catalogue *c, const struct kind *k)
{
	struct item_list list = {guichet_alloc((k->count(c) + 1) * sizeof(*list.items)), 0};
	for (size_t i = 0; i < k->count(c); i++) {
		if (k->at(c, i))
			list.items[list.count++] = k->at(c, i);
	}
	qsort(list.items, list.count, sizeof(*list.items), compare_codes);
	return list;
}

static const void *list_find(const struct item_list *list, const void *item)
{
	const void **found = bsearch(&item, list->items, list->count, sizeof(*list->items), compare_codes);
	return found ? *found : NULL;
}

static void compare_kind(struct diff *d, const struct kind *k, const struct catalogue *old, const struct catalogue *now)
{
	struct item_list before = list_sorted(old, k), after = list_sorted(now, k);
	d->subject = k->subject;
	d->label = _(k->label);
	for (size_t i = 0; i < k->count(now); i++) {
		const void *item = k->at(now, i), *was = item ? list_find(&before, item) : NULL;
		if (!item)
			continue;
		d->code = pointer_at(item, 0);
		if (!was) {
			tell(d, CHANGE_ADDED, k->moves, _(" : ajout de « %s »"), name_of(item));
			continue;
		}
		compare_members(d, k->members, k->member_count, was, item);
		if (k->compare)
			k->compare(d, was, item);
	}
	for (size_t i = 0; i < k->count(old); i++) {
		const void *item = k->at(old, i);
		if (!item || list_find(&after, item))
			continue;
		d->code = pointer_at(item, 0);
		tell(d, CHANGE_REMOVED, k->moves, _(" : suppression de « %s »"), name_of(item));
	}
	free(before.items);
	free(after.items);
}

size_t catalogue_diff(const struct catalogue *old, const struct catalogue *new_,
	void (*each)(void *context, const struct catalogue_change *change), void *context)
{
	struct diff d = {.each = each, .context = context};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		compare_kind(&d, &kinds[i], old, new_);
	d.subject = "metropole";
	d.label = _("Métropole");
	d.code = "";
	compare_members(&d, metropole_members, sizeof(metropole_members) / sizeof(*metropole_members), old, new_);
	return d.count;
}
