// SPDX-License-Identifier: GPL-3.0-or-later
/* From the text of its files to a catalogue: parse, collect sections, create an item for each, fill them in the order
 * in which they depend on each other, check what holds between them. Every mistake is reported; a catalogue comes out
 * only if there was none. Does not know which keys a section may hold (catalogue_rules.c), nor where files come from. */
#include "catalogue_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"

enum { MINUTES_PER_DAY = 1440, KIND_LETTERS = 'z' + 1 };

/* Each kind refers only to kinds before it, save for what is a mere pointer. */
static const enum section_kind fill_order[] = {KIND_CALENDAR, KIND_CLOSURE, KIND_SERVICE, KIND_BODY, KIND_COMMUNE,
	KIND_GROUP, KIND_DEFAULTS, KIND_CATEGORY, KIND_SCRIPT, KIND_TEMPLATE, KIND_METROPOLE};

const struct ini_entry *section_entry(const struct section *s, const char *key)
{
	for (size_t i = 0; i < s->entry_count; i++) {
		if (strcmp(s->entries[i].key, key) == 0)
			return &s->entries[i];
	}
	return NULL;
}

void builder_complain(struct builder *b, const struct section *s, const char *key, const char *format, ...)
{
	const struct ini_entry *entry = key ? section_entry(s, key) : NULL;
	struct text message = TEXT_INIT;
	va_list args;
	va_start(args, format);
	text_addv(&message, format, args);
	va_end(args);
	problems_add(b->problems, s->file, entry ? entry->line : s->line, "%s", text_str(&message));
	text_done(&message);
}

struct section *builder_refer(
	struct builder *b, const struct section *from, const char *key, enum section_kind kind, const char *code)
{
	struct section *to = code_map_find(b->codes, (char)kind, code);
	if (to) {
		/* A closure alone gives a calendar no use. */
		to->used = to->used || from->kind != KIND_CLOSURE;
		return to;
	}
	struct near near;
	struct text hint = TEXT_INIT;
	near_start(&near, code);
	for (size_t i = 0; i < b->section_count; i++) {
		const struct ini_entry *name = b->sections[i].kind == kind ? section_entry(&b->sections[i], "name") : NULL;
		if (b->sections[i].kind == kind)
			near_try(&near, b->sections[i].code, name ? name->value : NULL);
	}
	near_finish(&near, &hint);
	if (hint.len == 0)
		text_addf(&hint, _("attendu le code d'une section de ce genre"));
	builder_complain(b, from, key, _("%s : %s « %s » : code inconnu ; %s"), key, kind_label(kind), code, hint.data);
	text_done(&hint);
	return NULL;
}

/* --- Files --- */

static int compare_files(const void *a, const void *b)
{
	const struct catalogue_file *const *fa = a, *const *fb = b;
	return strcmp((*fa)->name, (*fb)->name);
}

static bool is_ini(const struct catalogue_file *f)
{
	size_t length = strlen(f->name);
	return length > 4 && strcmp(f->name + length - 4, ".ini") == 0;
}

static void sort_files(struct builder *b, const struct catalogue_source *source)
{
	b->files = guichet_alloc((source->count + 1) * sizeof(*b->files));
	b->texts = guichet_alloc((source->count + 1) * sizeof(*b->texts));
	b->inis = guichet_alloc((source->count + 1) * sizeof(*b->inis));
	b->text_names = code_map_new();
	for (size_t i = 0; i < source->count; i++)
		b->files[b->file_count++] = &source->files[i];
	qsort(b->files, b->file_count, sizeof(*b->files), compare_files);
	for (size_t i = 0; i < b->file_count; i++) {
		if (i > 0 && strcmp(b->files[i - 1]->name, b->files[i]->name) == 0)
			problems_add(b->problems, b->files[i]->name, 0, _("fichier donné deux fois : attendu une seule"));
		if (is_ini(b->files[i]))
			continue;
		b->texts[b->text_count].file = b->files[i];
		code_map_add(b->text_names, 't', b->files[i]->name, &b->texts[b->text_count]);
		b->text_count++;
	}
}

/* --- Sections --- */

static bool code_is_good(const char *code)
{
	if (!code[0] || strlen(code) > CATALOGUE_CODE_MAX || code[strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-")])
		return false;
	return code[0] != '-' && code[strlen(code) - 1] != '-' && !strstr(code, "--");
}

static void add_section(struct builder *b, const struct ini *ini, size_t index)
{
	const char *name = ini->sections[index], *colon = strchr(name, ':');
	struct section s = {
		.name = name, .code = colon ? colon + 1 : "", .file = ini->file, .line = ini->section_lines[index]};
	if (!rules_kind(name, colon ? (size_t)(colon - name) : strlen(name), &s.kind)) {
		struct text kinds = TEXT_INIT;
		kind_list(&kinds);
		problems_add(b->problems, s.file, s.line, _("section [%s] inconnue : attendu %s"), name, text_str(&kinds));
		text_done(&kinds);
		return;
	}
	bool alone = s.kind == KIND_METROPOLE;
	if (alone ? colon != NULL : !code_is_good(s.code))
		problems_add(b->problems, s.file, s.line,
			alone ? _("section [%s] : attendu [metropole]")
				  : _("section [%s] : attendu un code de lettres sans accent, chiffres et tirets, comme nid-de-poule"),
			name);
	GUICHET_GROW(b->sections, b->section_count, b->section_capacity);
	b->sections[b->section_count++] = s;
}

/* Entries come in the order of the file; those of a section that was not taken are skipped. */
static void share_entries(struct builder *b, const struct ini *ini, size_t first_section)
{
	size_t at = first_section;
	for (size_t e = 0, end; e < ini->count; e = end) {
		const char *name = ini->entries[e].section;
		for (end = e + 1; end < ini->count && strcmp(ini->entries[end].section, name) == 0;)
			end++;
		while (at < b->section_count && b->sections[at].line <= ini->entries[e].line)
			at++;
		if (at == first_section)
			continue;
		struct section *s = &b->sections[at - 1];
		if (!s->entries && strcmp(s->name, name) == 0) {
			s->entries = &ini->entries[e];
			s->entry_count = end - e;
		}
	}
}

static void parse_file(struct builder *b, const struct catalogue_file *f, bool known)
{
	struct ini *ini = &b->inis[b->ini_count++];
	size_t first_problem = b->problems->count, first_section = b->section_count;
	(known ? ini_parse_again : ini_parse)(f->name, f->data, f->bytes, ini, b->problems);
	size_t scanned = b->problems->count;
	for (size_t i = 0; i < ini->section_count; i++)
		add_section(b, ini, i);
	share_entries(b, ini, first_section);
	for (size_t p = first_problem; p < scanned; p++) {
		int line = b->problems->items[p].line;
		for (size_t i = first_section; i < b->section_count; i++) {
			bool before_next = i + 1 == b->section_count || line < b->sections[i + 1].line;
			if (line == 0 || (line >= b->sections[i].line && before_next))
				b->sections[i].torn = true;
		}
	}
}

static void index_sections(struct builder *b)
{
	b->codes = code_map_new();
	for (size_t i = 0; i < b->section_count; i++) {
		struct section *s = &b->sections[i], *first = code_map_add(b->codes, (char)s->kind, s->code, s);
		if (first && first->file != s->file) /* in one file the scanner has seen it */
			problems_add(b->problems, s->file, s->line,
				_("%s « %s » déjà dans %s, ligne %d : attendu un code par section"), kind_label(s->kind), s->code,
				first->file, first->line);
	}
}

/* --- Items --- */

static void *new_service(struct catalogue *c, const char *code)
{
	struct service *s = guichet_alloc(sizeof(*s));
	s->code = guichet_strdup(code);
	s->uses_guichet = true;
	GUICHET_GROW(c->services, c->service_count, c->service_capacity);
	return c->services[c->service_count++] = s;
}

static void *new_category(struct catalogue *c, const char *code)
{
	struct category *m = guichet_alloc(sizeof(*m));
	m->code = guichet_strdup(code);
	m->priority = CATALOGUE_PRIORITY;
	m->near_hours = CATALOGUE_NEAR_HOURS;
	m->retention_months = CATALOGUE_RETENTION;
	GUICHET_GROW(c->categories, c->category_count, c->category_capacity);
	return c->categories[c->category_count++] = m;
}

#define NEW_ITEM(array, count, code_) ((array)[count].code = guichet_strdup(code_), &(array)[(count)++])

static void *new_item(struct builder *b, const struct section *s)
{
	struct catalogue *c = b->catalogue;
	switch (s->kind) {
	case KIND_CALENDAR:
		return NEW_ITEM(c->calendars, c->calendar_count, s->code);
	case KIND_SERVICE:
		return new_service(c, s->code);
	case KIND_BODY:
		return NEW_ITEM(c->bodies, c->body_count, s->code);
	case KIND_COMMUNE:
		return NEW_ITEM(c->communes, c->commune_count, s->code);
	case KIND_GROUP:
		return NEW_ITEM(c->groups, c->group_count, s->code);
	case KIND_CATEGORY:
		return new_category(c, s->code);
	case KIND_SCRIPT:
		return NEW_ITEM(c->scripts, c->script_count, s->code);
	case KIND_TEMPLATE:
		return NEW_ITEM(c->templates, c->template_count, s->code);
	case KIND_CLOSURE:
		b->closures[b->closure_count] = (struct closure_draft){.first_day = INT32_MIN, .last_day = INT32_MAX};
		return &b->closures[b->closure_count++];
	case KIND_DEFAULTS:
		b->defaults[b->defaults_count] =
			(struct category){.priority = CATALOGUE_PRIORITY, .near_hours = CATALOGUE_NEAR_HOURS, .retention_months = CATALOGUE_RETENTION};
		return &b->defaults[b->defaults_count++];
	case KIND_METROPOLE:
		break;
	}
	return c;
}

static void create_items(struct builder *b)
{
	struct catalogue *c = b->catalogue;
	size_t counts[KIND_LETTERS] = {0};
	for (size_t i = 0; i < b->section_count; i++)
		counts[b->sections[i].kind]++;
	c->calendars = guichet_alloc((counts[KIND_CALENDAR] + 1) * sizeof(*c->calendars));
	c->bodies = guichet_alloc((counts[KIND_BODY] + 1) * sizeof(*c->bodies));
	c->communes = guichet_alloc((counts[KIND_COMMUNE] + 1) * sizeof(*c->communes));
	c->groups = guichet_alloc((counts[KIND_GROUP] + 1) * sizeof(*c->groups));
	c->scripts = guichet_alloc((counts[KIND_SCRIPT] + 1) * sizeof(*c->scripts));
	c->templates = guichet_alloc((counts[KIND_TEMPLATE] + 1) * sizeof(*c->templates));
	b->closures = guichet_alloc((counts[KIND_CLOSURE] + 1) * sizeof(*b->closures));
	b->defaults = guichet_alloc((counts[KIND_DEFAULTS] + 1) * sizeof(*b->defaults));
	for (size_t i = 0; i < b->section_count; i++)
		b->sections[i].item = new_item(b, &b->sections[i]);
}

static void inherit_defaults(struct builder *b, struct section *s)
{
	const struct ini_entry *entry = section_entry(s, "defaults");
	struct section *from = entry ? builder_refer(b, s, "defaults", KIND_DEFAULTS, entry->value) : NULL;
	if (!from)
		return;
	const struct category *values = from->item;
	struct category *m = s->item;
	memcpy(m->targets, values->targets, sizeof(m->targets));
	memcpy(m->acknowledge, values->acknowledge, sizeof(m->acknowledge));
	m->silence = values->silence;
	m->priority = values->priority;
	m->near_metres = values->near_metres;
	m->near_hours = values->near_hours;
	m->retention_months = values->retention_months;
}

static void add_closure(struct calendar *c, const struct closure_draft *draft)
{
	c->closures = guichet_realloc(c->closures, c->closure_count + 1, sizeof(*c->closures));
	c->closures[c->closure_count++] = (struct closure){.first_day = draft->first_day,
		.last_day = draft->last_day,
		.from = draft->hours.from,
		.to = draft->hours.to > 0 ? draft->hours.to : MINUTES_PER_DAY,
		.name = guichet_strdup(draft->name ? draft->name : "")};
}

static int compare_closures(const void *a, const void *b)
{
	const struct closure *ca = a, *cb = b;
	if (ca->first_day != cb->first_day)
		return ca->first_day < cb->first_day ? -1 : 1;
	return ca->from != cb->from ? (ca->from > cb->from) - (ca->from < cb->from) : strcmp(ca->name, cb->name);
}

static void share_closure(struct builder *b, struct section *s)
{
	struct closure_draft *draft = s->item;
	struct text code = TEXT_INIT;
	if (draft->calendars && strcmp(draft->calendars, "all") == 0) {
		for (size_t i = 0; i < b->catalogue->calendar_count; i++)
			add_closure(&b->catalogue->calendars[i], draft);
	} else if (draft->calendars) {
		for (const char *list = draft->calendars; value_next(&list, &code);) {
			struct section *to = builder_refer(b, s, "calendars", KIND_CALENDAR, text_str(&code));
			if (to)
				add_closure(to->item, draft);
		}
	}
	text_done(&code);
}

static void fill_items(struct builder *b)
{
	for (size_t k = 0; k < sizeof(fill_order) / sizeof(*fill_order); k++) {
		for (size_t i = 0; i < b->section_count; i++) {
			struct section *s = &b->sections[i];
			if (s->kind != fill_order[k])
				continue;
			if (s->kind == KIND_CATEGORY)
				inherit_defaults(b, s);
			rules_fill(b, s);
			if (s->kind == KIND_CLOSURE)
				share_closure(b, s);
		}
	}
	for (size_t i = 0; i < b->catalogue->calendar_count; i++) {
		struct calendar *c = &b->catalogue->calendars[i];
		if (c->closure_count > 1)
			qsort(c->closures, c->closure_count, sizeof(*c->closures), compare_closures);
	}
}

/* --- What follows from the rest, once all is right --- */

static void add_group_path(struct text *out, const struct category_group *g)
{
	if (!g)
		return;
	add_group_path(out, g->parent);
	text_addf(out, "%s > ", g->name);
}

static void finish(struct catalogue *c)
{
	struct text path = TEXT_INIT;
	for (size_t i = 0; i < c->group_count; i++) {
		for (const struct category_group *g = c->groups[i].parent; g; g = g->parent)
			c->groups[i].depth++;
	}
	for (size_t i = 0; i < c->service_count; i++)
		c->services[i]->desk = c->services[i] == c->desk;
	for (size_t i = 0; i < c->category_count; i++) {
		struct category *m = c->categories[i];
		text_clear(&path);
		add_group_path(&path, m->group);
		text_add(&path, m->name);
		m->path = guichet_strdup(path.data);
		if (m == c->unsorted && !m->service && !m->body)
			m->service = c->desk;
	}
	text_done(&path);
	catalogue_index_all(c);
}

static int compare_problems(const void *a, const void *b)
{
	const struct problem *pa = a, *pb = b;
	int order = strcmp(pa->file ? pa->file : "", pb->file ? pb->file : "");
	if (order == 0)
		order = (pa->line > pb->line) - (pa->line < pb->line);
	return order ? order : strcmp(pa->message, pb->message);
}

static void builder_done(struct builder *b)
{
	for (size_t i = 0; i < b->ini_count; i++)
		ini_done(&b->inis[i]);
	for (size_t i = 0; i < b->closure_count; i++) {
		free(b->closures[i].calendars);
		free(b->closures[i].name);
	}
	code_map_free(&b->codes);
	code_map_free(&b->text_names);
	free(b->closures);
	free(b->defaults);
	free(b->sections);
	free(b->inis);
	free(b->texts);
	free(b->files);
	catalogue_free(&b->catalogue);
}

enum guichet_rc catalogue_build(
	const struct catalogue_source *source, struct catalogue **out, struct problems *problems)
{
	struct builder b = {.catalogue = guichet_alloc(sizeof(struct catalogue)), .problems = problems, .known = source->known};
	size_t before = problems->count;
	*out = NULL;
	sort_files(&b, source);
	for (size_t i = 0; i < b.file_count; i++) {
		if (is_ini(b.files[i]))
			parse_file(&b, b.files[i], source->known);
	}
	index_sections(&b);
	create_items(&b);
	fill_items(&b);
	check_references(&b);
	enum guichet_rc rc = problems->count == before ? GUICHET_OK : GUICHET_CONFIG;
	if (rc == GUICHET_OK) {
		finish(b.catalogue);
		catalogue_source_hash(source, b.catalogue->hash);
		*out = b.catalogue;
		b.catalogue = NULL;
	} else {
		qsort(problems->items + before, problems->count - before, sizeof(*problems->items), compare_problems);
	}
	builder_done(&b);
	return rc;
}
