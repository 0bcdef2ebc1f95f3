// SPDX-License-Identifier: GPL-3.0-or-later
/* What the catalogue's own files share: the hash table of codes and names, near codes, and the state of a build.
 * Nothing outside src/core/catalogue_*.c includes this. */
#ifndef GUICHET_CORE_CATALOGUE_INTERNAL_H
#define GUICHET_CORE_CATALOGUE_INTERNAL_H

#include "guichet/base/text.h"
#include "guichet/core/catalogue.h"

/* One letter a kind, as catalogue_near_codes takes them. */
enum section_kind {
	KIND_CALENDAR = 'k',
	KIND_CLOSURE = 'f',
	KIND_SERVICE = 's',
	KIND_BODY = 'o',
	KIND_COMMUNE = 'c',
	KIND_GROUP = 'g',
	KIND_DEFAULTS = 'd',
	KIND_CATEGORY = 'm',
	KIND_SCRIPT = 'x',
	KIND_TEMPLATE = 't',
	KIND_METROPOLE = 'v',
};

enum {
	CATALOGUE_CODE_MAX = 64,
	CATALOGUE_TEXT_MAX = 64 * 1024,
	CATALOGUE_GROUP_LEVELS = 2,
	CATALOGUE_NEAR_HOURS = 168,
	CATALOGUE_RETENTION = 24, /* months; for a catalogue that says nothing */
	CATALOGUE_PRIORITY = 3
};

/* --- catalogue_index.c --- */

struct code_map;
struct code_map *code_map_new(void);
void code_map_free(struct code_map **map);
/* Adds `item` under an exact key (copied). Returns the item that was there already, which stays, or NULL. */
void *code_map_add(struct code_map *map, char kind, const char *key, void *item);
void *code_map_find(const struct code_map *map, char kind, const char *key);
/* A name is kept as its slug; two items that share one make it ambiguous, and it then finds neither. */
void code_map_add_name(struct code_map *map, char kind, const char *name, void *item);
void *code_map_find_name(const struct code_map *map, char kind, const char *name);
/* The code first, then the same in any writing, then a name. */
void *code_map_find_any(const struct code_map *map, char kind, const char *wanted);

enum { NEAR_MAX = 3 };
struct near {
	char *wanted;                /* slug */
	const char *codes[NEAR_MAX]; /* borrowed from near_try's callers, best first */
	int distances[NEAR_MAX];
	size_t count;
};
void near_start(struct near *near, const char *wanted);
/* Considers `code`, which goes by `name` too (may be NULL). */
void near_try(struct near *near, const char *code, const char *name);
/* Adds "vouliez-vous dire a, b ou c ?" when something was near, and ends. */
void near_finish(struct near *near, struct text *out);

/* --- a build --- */

struct section {
	enum section_kind kind;
	const char *name; /* "service:voirie"; borrowed from the parsed file */
	const char *code; /* "voirie"; "" for [metropole] */
	const char *file;
	int line;
	const struct ini_entry *entries;
	size_t entry_count;
	void *item; /* what it fills: a struct service, category, closure_draft... */
	bool used;  /* another section refers to it */
	bool torn;  /* the scanner refused a line of it, so that a key may only seem to be missing */
};

struct text_file {
	const struct catalogue_file *file;
	bool used;
};

/* A closure may concern several calendars, each of which gets a copy. */
struct closure_draft {
	char *calendars;
	int32_t first_day, last_day;
	struct span hours;
	char *name;
};

struct builder {
	struct catalogue *catalogue;
	struct problems *problems;
	bool known; /* a catalogue was built of the same text before */
	const struct catalogue_file **files; /* sorted by name */
	size_t file_count;
	struct ini *inis;
	size_t ini_count;
	struct section *sections;
	size_t section_count, section_capacity;
	struct code_map *codes; /* (kind, code) -> struct section */
	struct text_file *texts;
	size_t text_count;
	struct code_map *text_names; /* ('t', name) -> struct text_file */
	struct category *defaults;   /* only their targets, priority, silence and nearness mean anything */
	size_t defaults_count;
	struct closure_draft *closures;
	size_t closure_count;
};

/* A problem at a section's first line, or at the line of one of its keys when it has that key. */
void builder_complain(struct builder *b, const struct section *s, const char *key, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
const struct ini_entry *section_entry(const struct section *s, const char *key);
/* The section called `code`, marked as used; NULL after a complaint that lists near codes. */
struct section *builder_refer(
	struct builder *b, const struct section *from, const char *key, enum section_kind kind, const char *code);

/* --- catalogue_rules.c: what each kind of section may hold --- */

/* Fills `s->item` from its keys; complains of unknown, missing and bad ones. */
void rules_fill(struct builder *b, struct section *s);
/* The kind that a section's prefix names; false when there is none such. */
bool rules_kind(const char *prefix, size_t bytes, enum section_kind *out);
const char *kind_label(enum section_kind kind); /* "service", "motif"... for messages */
void kind_list(struct text *out);               /* "[metropole] [calendar:code]...", for messages */

/* --- catalogue_values.c: the reading of one value --- */

enum value_type {
	VALUE_TEXT,
	VALUE_PHONE,
	VALUE_EMAIL,
	VALUE_BOOL,
	VALUE_FLAG,
	VALUE_INT,
	VALUE_REAL,
	VALUE_WORD,
	VALUE_NATURE,
	VALUE_TARGET,
	VALUE_RETENTION,
	VALUE_SPANS,
	VALUE_HOURS,
	VALUE_DAY,
	VALUE_POSTCODES,
	VALUE_REFERENCE,
	VALUE_DEFAULTS,
	VALUE_EXCEPTION,   /* key: a beginning, then a commune */
	VALUE_ACKNOWLEDGE, /* key: a beginning, then a channel */
	VALUE_TEXT_FILE,
};
struct rule {
	const char *key;
	enum value_type type;
	size_t offset; /* of the member in the section's item */
	bool required;
	int min, max;             /* numbers; VALUE_SPANS: min is the day of the week */
	enum section_kind refers; /* VALUE_REFERENCE */
	const char *const *words; /* VALUE_WORD: NULL-terminated, in the order of the enum; VALUE_FLAG: false, true */
};
void value_read(struct builder *b, struct section *s, const struct rule *rule, const struct ini_entry *entry);
/* The next item of a comma-separated list, trimmed, into `out`; false at the end. */
bool value_next(const char **list, struct text *out);

/* --- catalogue_check.c: what holds between sections; catalogue_find.c --- */

void check_references(struct builder *b);      /* after all sections are filled */
void catalogue_index_all(struct catalogue *c); /* names and codes, for the look-ups */

#endif
