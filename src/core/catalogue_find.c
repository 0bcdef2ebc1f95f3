// SPDX-License-Identifier: GPL-3.0-or-later
/* Asking a built catalogue: look-ups, near codes, competence; and what an import adds to it. Does not know files. */
#include "catalogue_internal.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"

enum { POSTCODE_DIGITS = 5 };

static void index_service(struct catalogue *c, struct service *s)
{
	const struct service *other = s->imported ? code_map_find_name(c->index, KIND_SERVICE, s->name) : NULL;
	code_map_add(c->index, KIND_SERVICE, s->code, s);
	/* An import must not make the catalogue's own names ambiguous. */
	if (!other || other->imported)
		code_map_add_name(c->index, KIND_SERVICE, s->name, s);
}

static void index_category_name(struct catalogue *c, struct category *m, const char *name)
{
	const struct category *other = m->imported ? code_map_find_name(c->index, KIND_CATEGORY, name) : NULL;
	if (!other || other->imported)
		code_map_add_name(c->index, KIND_CATEGORY, name, m);
}

static void index_category(struct catalogue *c, struct category *m)
{
	code_map_add(c->index, KIND_CATEGORY, m->code, m);
	index_category_name(c, m, m->name);
	index_category_name(c, m, m->path);
}

void catalogue_index_all(struct catalogue *c)
{
	c->index = code_map_new();
	for (size_t i = 0; i < c->service_count; i++)
		index_service(c, c->services[i]);
	for (size_t i = 0; i < c->category_count; i++)
		index_category(c, c->categories[i]);
	for (size_t i = 0; i < c->body_count; i++) {
		code_map_add(c->index, KIND_BODY, c->bodies[i].code, &c->bodies[i]);
		code_map_add_name(c->index, KIND_BODY, c->bodies[i].name, &c->bodies[i]);
	}
	for (size_t i = 0; i < c->calendar_count; i++) {
		code_map_add(c->index, KIND_CALENDAR, c->calendars[i].code, &c->calendars[i]);
		code_map_add_name(c->index, KIND_CALENDAR, c->calendars[i].name, &c->calendars[i]);
	}
	for (size_t i = 0; i < c->commune_count; i++) {
		struct commune *m = &c->communes[i];
		code_map_add(c->index, KIND_COMMUNE, m->code, m);
		code_map_add_name(c->index, KIND_COMMUNE, m->name, m);
		for (size_t p = 0; p < m->postcode_count; p++)
			code_map_add_name(c->index, KIND_COMMUNE, m->postcodes[p], m);
	}
	for (size_t i = 0; i < c->script_count; i++)
		code_map_add(c->index, KIND_SCRIPT, c->scripts[i].code, &c->scripts[i]);
}

const struct service *catalogue_service(const struct catalogue *c, const char *code)
{
	return code_map_find_any(c->index, KIND_SERVICE, code);
}

const struct category *catalogue_category(const struct catalogue *c, const char *code)
{
	return code_map_find_any(c->index, KIND_CATEGORY, code);
}

/* "ST-MARTIN", "Ste Foy": how envelopes and other people's files write them. False when there is nothing to expand. */
static bool expand_saints(struct text *out, const char *name)
{
	struct text slug = TEXT_INIT;
	bool expanded = false;
	utf8_slug(&slug, name);
	for (const char *p = text_str(&slug); *p;) {
		size_t letters = strcspn(p, "-");
		bool st = letters == 2 && strncmp(p, "st", letters) == 0, ste = letters == 3 && strncmp(p, "ste", letters) == 0;
		text_add(out, out->len > 0 ? "-" : "");
		if (st || ste)
			text_add(out, st ? "saint" : "sainte");
		else
			text_addn(out, p, letters);
		expanded = expanded || st || ste;
		p += letters + (p[letters] == '-');
	}
	text_done(&slug);
	return expanded;
}

const struct commune *catalogue_commune(const struct catalogue *c, const char *code_name_or_postcode)
{
	const struct commune *found = code_map_find_any(c->index, KIND_COMMUNE, code_name_or_postcode);
	struct text full = TEXT_INIT;
	if (!found && expand_saints(&full, code_name_or_postcode))
		found = code_map_find_any(c->index, KIND_COMMUNE, full.data);
	text_done(&full);
	return found;
}

const struct body *catalogue_body(const struct catalogue *c, const char *code)
{
	return code_map_find_any(c->index, KIND_BODY, code);
}

const struct calendar *catalogue_calendar(const struct catalogue *c, const char *code)
{
	return code_map_find_any(c->index, KIND_CALENDAR, code);
}

const struct script *catalogue_script(const struct catalogue *c, const char *code)
{
	return code_map_find_any(c->index, KIND_SCRIPT, code);
}

/* A postcode that several communes share finds none of them: they are what is near it, and nothing else is. */
static bool near_postcode(const struct catalogue *c, const char *wanted, struct near *near)
{
	if (strlen(wanted) != POSTCODE_DIGITS || strspn(wanted, "0123456789") != POSTCODE_DIGITS)
		return false;
	for (size_t i = 0; i < c->commune_count; i++) {
		for (size_t p = 0; p < c->communes[i].postcode_count; p++) {
			if (strcmp(c->communes[i].postcodes[p], wanted) == 0)
				near_try(near, c->communes[i].code, wanted);
		}
	}
	return true;
}

static void near_communes(const struct catalogue *c, const char *wanted, struct near *near)
{
	if (near_postcode(c, wanted, near))
		return;
	for (size_t i = 0; i < c->commune_count; i++)
		near_try(near, c->communes[i].code, c->communes[i].name);
}

void catalogue_near_codes(const struct catalogue *c, char kind, const char *code, struct text *out)
{
	struct near near;
	near_start(&near, code);
	for (size_t i = 0; kind == KIND_SERVICE && i < c->service_count; i++)
		near_try(&near, c->services[i]->code, c->services[i]->name);
	for (size_t i = 0; kind == KIND_CATEGORY && i < c->category_count; i++)
		near_try(&near, c->categories[i]->code, c->categories[i]->name);
	for (size_t i = 0; kind == KIND_BODY && i < c->body_count; i++)
		near_try(&near, c->bodies[i].code, c->bodies[i].name);
	for (size_t i = 0; kind == KIND_CALENDAR && i < c->calendar_count; i++)
		near_try(&near, c->calendars[i].code, c->calendars[i].name);
	if (kind == KIND_COMMUNE)
		near_communes(c, code, &near);
	near_finish(&near, out);
}

struct competence catalogue_competence(
	const struct catalogue *c, const struct category *category, const struct commune *commune)
{
	struct competence found = {.commune = commune};
	for (size_t i = 0; category && commune && i < category->exception_count; i++) {
		if (category->exceptions[i].commune == commune)
			return category->exceptions[i];
	}
	if (category) {
		found.service = category->service;
		found.body = category->body;
	}
	if (!found.service && !found.body)
		found.service = c->desk;
	return found;
}

const struct service *catalogue_add_service(struct catalogue *c, const char *code, const char *name)
{
	struct service *s = code_map_find(c->index, KIND_SERVICE, code);
	if (s)
		return s;
	s = guichet_alloc(sizeof(*s));
	s->code = guichet_strdup(code);
	s->name = guichet_strdup(name ? name : code);
	s->calendar = c->calendar;
	s->uses_guichet = true;
	s->imported = true;
	GUICHET_GROW(c->services, c->service_count, c->service_capacity);
	c->services[c->service_count++] = s;
	index_service(c, s);
	return s;
}

const struct category *catalogue_add_category(
	struct catalogue *c, const char *code, const char *name, const char *path, const struct service *service)
{
	struct category *m = code_map_find(c->index, KIND_CATEGORY, code);
	if (m)
		return m;
	m = guichet_alloc(sizeof(*m));
	m->code = guichet_strdup(code);
	m->name = guichet_strdup(name ? name : code);
	m->path = guichet_strdup(path ? path : m->name);
	m->nature = NATURE_REPORT;
	m->service = service ? service : c->desk;
	m->priority = CATALOGUE_PRIORITY;
	m->near_hours = CATALOGUE_NEAR_HOURS;
	/* Every request has dates: those of a request that nobody has qualified hold for one whose category nobody has
	 * described. */
	memcpy(m->targets, c->unsorted->targets, sizeof(m->targets));
	memcpy(m->acknowledge, c->unsorted->acknowledge, sizeof(m->acknowledge));
	m->silence = c->unsorted->silence;
	m->retention_months = c->unsorted->retention_months;
	m->imported = true;
	GUICHET_GROW(c->categories, c->category_count, c->category_capacity);
	c->categories[c->category_count++] = m;
	index_category(c, m);
	return m;
}

struct target category_acknowledge(const struct category *category, int channel)
{
	bool own = channel >= 0 && channel < CHANNEL_COUNT && category->acknowledge[channel].set;
	return own ? category->acknowledge[channel].target : category->targets[TARGET_ACKNOWLEDGE];
}
