// SPDX-License-Identifier: GPL-3.0-or-later
/* What must hold between the sections of a catalogue, once each is filled: a promise needs a date, a danger needs a
 * number to ring, nothing lies about unused. A mistake already reported on a value brings no second one here. */
#include "catalogue_internal.h"

#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "guichet/core/template.h"

struct check {
	struct builder *b;
	struct code_map *names; /* of groups' categories, services, communes */
};

static void check_unused(struct check *check, struct section *s)
{
	if (!s->used)
		builder_complain(check->b, s, NULL, _("%s « %s » : rien ne s'en sert ; attendu qu'une autre section le nomme"),
			kind_label(s->kind), s->code);
}

static void check_name_unique(struct check *check, struct section *s, const char *where, const char *name)
{
	struct text key = TEXT_INIT;
	if (!name)
		return;
	text_addf(&key, "%s/", where);
	size_t prefix = key.len;
	utf8_slug(&key, name);
	struct section *first = key.len > prefix ? code_map_add(check->names, (char)s->kind, key.data, s) : NULL;
	if (first)
		builder_complain(check->b, s, "name",
			_("%s « %s » : le nom « %s » est déjà celui de « %s » (%s, ligne %d) ; attendu un autre nom"),
			kind_label(s->kind), s->code, name, first->code, first->file, first->line);
	text_done(&key);
}

static void check_calendar(struct check *check, struct section *s)
{
	static const char *const days[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
	bool opens = s->torn;
	for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++) {
		const struct ini_entry *entry = section_entry(s, days[i]);
		opens = opens || (entry && entry->value[0]);
	}
	if (!opens)
		builder_complain(check->b, s, NULL,
			_("calendrier « %s » : il n'ouvre jamais ; attendu une plage au moins dans la semaine"), s->code);
	check_unused(check, s);
}

static void check_closure(struct check *check, struct section *s)
{
	const struct closure_draft *draft = s->item;
	if (draft->last_day < draft->first_day)
		builder_complain(check->b, s, "to",
			_("fermeture « %s » : elle finit (%s) avant de commencer (%s) ; attendu to après from"), s->code,
			section_entry(s, "to")->value, section_entry(s, "from")->value);
}

static void check_service(struct check *check, struct section *s)
{
	const struct service *service = s->item;
	if (!service->uses_guichet && !section_entry(s, "email") && !s->torn)
		builder_complain(check->b, s, "uses_guichet",
			_("service « %s » : sans guichet il reçoit ses demandes par courriel ; attendu email"), s->code);
	check_name_unique(check, s, "", service->name);
}

static void check_body(struct check *check, struct section *s)
{
	check_name_unique(check, s, "", ((const struct body *)s->item)->name);
}

static void check_commune(struct check *check, struct section *s)
{
	bool latitude = section_entry(s, "latitude"), longitude = section_entry(s, "longitude");
	if (latitude != longitude && !s->torn)
		builder_complain(check->b, s, latitude ? "latitude" : "longitude",
			_("commune « %s » : attendu latitude et longitude ensemble"), s->code);
	check_name_unique(check, s, "", ((const struct commune *)s->item)->name);
}

/* One complaint a cycle, at the member that comes first in the catalogue. */
static bool check_cycle(struct check *check, struct section *s)
{
	const struct category_group *self = s->item, *g = self->parent;
	for (size_t steps = 0; g && g != self; g = g->parent) {
		if (++steps > check->b->catalogue->group_count)
			return true; /* leads into a cycle that it is no part of */
	}
	if (!g)
		return false;
	for (g = self->parent; g != self; g = g->parent) {
		if (g < self)
			return true;
	}
	builder_complain(check->b, s, "parent",
		_("groupe « %s » : il est contenu dans lui-même ; attendu un parent hors de ses propres sous-groupes"),
		s->code);
	return true;
}

static void check_group(struct check *check, struct section *s)
{
	const struct category_group *self = s->item;
	check_unused(check, s);
	check_name_unique(check, s, self->parent ? self->parent->code : "", self->name);
	if (check_cycle(check, s))
		return;
	int levels = 0;
	for (const struct category_group *g = self; g; g = g->parent)
		levels++;
	if (levels > CATALOGUE_GROUP_LEVELS)
		builder_complain(check->b, s, "parent", _("groupe « %s » au niveau %d : attendu %d niveaux de groupes au plus"),
			s->code, levels, CATALOGUE_GROUP_LEVELS);
}

/* --- Categories --- */

/* Whether a target is set to nothing or not at all; false when its value is a mistake that was reported, or may be. */
static bool target_missing(struct check *check, const struct section *s, const char *key)
{
	const struct ini_entry *entry = section_entry(s, key), *defaults = section_entry(s, "defaults");
	struct target target;
	if (!entry && defaults) {
		const struct section *from = code_map_find(check->b->codes, KIND_DEFAULTS, defaults->value);
		if (!from || from->torn)
			return false;
		entry = section_entry(from, key);
	}
	if (s->torn)
		return false;
	return !entry || (target_parse(entry->value, &target, NULL) == GUICHET_OK && target.unit == TARGET_NONE);
}

static void check_targets(struct check *check, struct section *s)
{
	const struct category *m = s->item;
	if (target_missing(check, s, "answer"))
		builder_complain(check->b, s, "answer",
			_("motif « %s » : il manque un délai de réponse ; attendu answer = 5j par exemple, ou defaults"), s->code);
	if (m->silence != SILENCE_NONE && target_missing(check, s, "legal"))
		builder_complain(check->b, s, "silence",
			_("motif « %s » : le silence n'a de sens qu'après un délai légal ; attendu legal = 2mois"), s->code);
}

/* Whoever may have to come at night must be reachable, and be counted on a calendar that runs at night. */
static void check_danger_of(
	struct check *check, struct section *s, const struct service *service, const struct body *body)
{
	const struct section *to = NULL;
	if (service)
		to = code_map_find(check->b->codes, KIND_SERVICE, service->code);
	else if (body)
		to = code_map_find(check->b->codes, KIND_BODY, body->code);
	if (!to || to->torn)
		return;
	if (body && !section_entry(to, "phone"))
		builder_complain(check->b, s, "danger",
			_("motif « %s » : un danger sans téléphone dans [body:%s] ; attendu phone"), s->code, to->code);
	if (service && !section_entry(to, "on_call_phone"))
		builder_complain(check->b, s, "danger",
			_("motif « %s » : un danger sans téléphone d'astreinte dans [service:%s] ; attendu on_call_phone"), s->code,
			to->code);
	if (service && !section_entry(to, "on_call_calendar"))
		builder_complain(check->b, s, "danger",
			_("motif « %s » : un danger sans calendrier d'astreinte dans [service:%s] ; attendu on_call_calendar"),
			s->code, to->code);
}

static void check_danger(struct check *check, struct section *s)
{
	const struct category *m = s->item;
	if (!m->danger)
		return;
	check_danger_of(check, s, m->service, m->body);
	for (size_t i = 0; i < m->exception_count; i++) {
		const struct competence *e = &m->exceptions[i];
		bool said = e->service == m->service && e->body == m->body;
		for (size_t j = 0; j < i; j++)
			said = said || (e->service == m->exceptions[j].service && e->body == m->exceptions[j].body);
		if (!said)
			check_danger_of(check, s, e->service, e->body);
	}
}

static void check_category(struct check *check, struct section *s)
{
	const struct category *m = s->item;
	bool service = section_entry(s, "service"), body = section_entry(s, "body");
	if (service && body)
		builder_complain(
			check->b, s, "body", _("motif « %s » : service et body à la fois ; attendu l'un des deux"), s->code);
	/* The desk answers for what nobody has sorted. */
	if (!service && !body && !s->torn && m != check->b->catalogue->unsorted)
		builder_complain(check->b, s, NULL,
			_("motif « %s » : personne n'est compétent ; attendu service = CODE ou body = CODE"), s->code);
	if (m->group)
		check_name_unique(check, s, m->group->code, m->name);
	check_targets(check, s);
	check_danger(check, s);
}

/* --- Templates --- */

struct template_complaint { struct builder *b; const char *file; const struct section *s; };

static void complain_of_text(void *context, int line, const char *message)
{
	const struct template_complaint *t = context;
	problems_add(t->b->problems, t->file, line, _("modèle « %s » : %s"), t->s->code, message);
}

static void complain_of_subject(void *context, int line, const char *message)
{
	const struct template_complaint *t = context;
	(void)line;
	builder_complain(t->b, t->s, "subject", _("modèle « %s » : %s"), t->s->code, message);
}

/* Two for the same messages: which one would serve? */
static void check_template_alone(struct check *check, struct section *s)
{
	const struct message_template *t = s->item;
	const struct catalogue *c = check->b->catalogue;
	for (size_t i = 0; t->use != TEMPLATE_PART && t->use != TEMPLATE_WORDS && c->templates + i < t; i++) {
		const struct message_template *other = &c->templates[i];
		if (other->use == t->use && other->channel == t->channel && other->category == t->category && other->group == t->group)
			builder_complain(check->b, s, NULL, _("modèle « %s » : il sert aux mêmes messages que « %s » ; attendu un autre canal, motif ou groupe"), s->code,
				other->code);
	}
}

static void check_template(struct check *check, struct section *s)
{
	const struct message_template *t = s->item;
	const struct ini_entry *file = section_entry(s, "text_file");
	struct template_complaint place = {check->b, file ? file->value : s->file, s};
	if (check->b->known || s->torn)
		return;
	check_template_alone(check, s);
	if (t->category && t->group)
		builder_complain(check->b, s, "group", _("modèle « %s » : category et group à la fois ; attendu l'un des deux"), s->code);
	bool within = t->use == TEMPLATE_PART || t->use == TEMPLATE_WORDS;
	if (!t->subject && !within)
		builder_complain(check->b, s, NULL, _("[%s] : il manque %s"), s->name, "subject");
	if (t->subject && within)
		builder_complain(check->b, s, "subject", _("modèle « %s » : une partie ou un texte type n'a pas d'objet"), s->code);
	else if (t->subject)
		template_check(check->b->catalogue, t->subject, t->use, complain_of_subject, &place);
	if (t->text)
		template_check(check->b->catalogue, t->text, t->use, complain_of_text, &place);
}

static void check_texts(struct check *check)
{
	struct builder *b = check->b;
	for (size_t i = 0; i < b->text_count; i++) {
		if (!b->texts[i].used)
			problems_add(b->problems, b->texts[i].file->name, 0,
				_("rien ne se sert de ce fichier ; attendu text_file = %s dans une section [script:code] ou [template:code]"),
				b->texts[i].file->name);
	}
}

void check_references(struct builder *b)
{
	static const struct {
		enum section_kind kind;
		void (*run)(struct check *, struct section *);
	} checks[] = {
		{KIND_CALENDAR, check_calendar},
		{KIND_CLOSURE, check_closure},
		{KIND_SERVICE, check_service},
		{KIND_BODY, check_body},
		{KIND_COMMUNE, check_commune},
		{KIND_GROUP, check_group},
		{KIND_DEFAULTS, check_unused},
		{KIND_CATEGORY, check_category},
		{KIND_TEMPLATE, check_template},
	};
	struct check check = {.b = b, .names = code_map_new()};
	for (size_t i = 0; i < b->section_count; i++) {
		for (size_t k = 0; k < sizeof(checks) / sizeof(*checks); k++) {
			if (checks[k].kind == b->sections[i].kind)
				checks[k].run(&check, &b->sections[i]);
		}
	}
	check_texts(&check);
	if (!code_map_find(b->codes, KIND_METROPOLE, ""))
		problems_add(
			b->problems, "catalogue", 0, _("il manque la section [metropole] : attendu dans un des fichiers .ini"));
	code_map_free(&check.names);
}
