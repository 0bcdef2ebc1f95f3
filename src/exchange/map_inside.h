// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files of the import share: the map, compiled, and the values of a row. */
#ifndef GUICHET_EXCHANGE_MAP_INSIDE_H
#define GUICHET_EXCHANGE_MAP_INSIDE_H

#include "guichet/base/csv.h"
#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/core/request.h"
#include "guichet/exchange/import.h"

/* IMPORT_CODE_MAX: what a request keeps of a code (request_fields.def). */
enum { MAP_NAME_MAX = 40, IMPORT_CODE_MAX = 80, IMPORT_HASH = 32 };

/* What a map may say of a row: a template each, in [fields]. */
enum map_field {
	MAP_SOURCE_ID, MAP_SUBJECT, MAP_DESCRIPTION, MAP_SERVICE, MAP_SERVICE_NAME, MAP_CATEGORY, MAP_CATEGORY_NAME,
		MAP_CATEGORY_PATH,
	MAP_CHANNEL, MAP_NATURE, MAP_STATUS, MAP_PRIORITY, MAP_COMMUNE, MAP_ADDRESS, MAP_PLACE_DETAIL, MAP_ASSET,
		MAP_GROUND, MAP_AREA,
	MAP_LATITUDE, MAP_LONGITUDE, MAP_SENDER_REF, MAP_DOCUMENT_DATE, MAP_RECEIVED, MAP_RECEIVED_MONTH, MAP_RECEIVED_WEEKDAY,
	MAP_RECEIVED_HOUR, MAP_CLOSED, MAP_DUE, MAP_FIELD_COUNT
};
const char *map_field_key(enum map_field f);

/* --- template.c: texts made of columns --- */
enum value_form { FORM_PLAIN, FORM_DICT, FORM_UNTIL, FORM_CELL };
struct part {
	char *text;                /* as it is; NULL for a column */
	size_t column;             /* which of the map's */
	enum value_form form;
	char *argument;            /* of the form; may be NULL */
	int group;                 /* parts of one group are left out when a column among them is empty; 0: none */
};
struct template { struct part *parts; size_t count, capacity; };
struct columns { char **names; size_t count, capacity; };   /* those that a map names, each once */
/* Compiles `source`; adds the columns it names. NULL, or what is wrong (in the language of messages). */
const char *template_parse(const char *source, struct template *out, struct columns *columns);
void template_done(struct template *t);
/* Adds the text of the present record to `out`; positions[c] is where the map's column c stands in the file. */
void template_render(const struct template *t, const struct csv_reader *r, const size_t *positions, struct text *out);

/* --- dates.c --- */
enum date_form { DATE_AUTO, DATE_ISO, DATE_DMY, DATE_MDY };
/* What the slashes of a file's dates tell. */
struct date_evidence { bool first_over_12, second_over_12; };
void date_look(struct date_evidence *e, const char *value);
enum date_form date_decide(const struct date_evidence *e);
/* A date of the source: ISO is always understood; with slashes in the order of `form`; 12-hour times with AM or PM
 * too. */
enum guichet_rc date_read(enum date_form form, const char *what, const char *value, int64_t *ms, struct guichet_err *err);
/* From a month (2022-01), the name of a weekday and an hour: the occurrences of that weekday in the month are gone
 * through by row number. */
enum guichet_rc date_from_month(const char *month, const char *weekday, const char *hour, int64_t row, int64_t *ms,
	struct guichet_err *err);

/* --- memo.c: what was found for a text, so as not to look for it at each row --- */
struct memo { struct memo_entry *slots; size_t count, capacity; };
struct memo_entry { char *key; const void *value; };
bool memo_find(const struct memo *m, const char *key, const void **value);
void memo_put(struct memo *m, const char *key, const void *value);
void memo_done(struct memo *m);

/* --- map.c --- */
/* The source's words (as slugs) and our codes for them. */
struct word_table {
	struct word { char *slug, *code; } *words;
	size_t count, capacity;
	char *fallback;            /* what any other word means; NULL: it is refused, or created, or (enumerations) the usual one */
	bool create;
};
struct import_map {
	char *name;
	char separator;            /* 0: to be detected */
	enum date_form dates;
	struct template fields[MAP_FIELD_COUNT];
	struct columns columns;
	struct word_table services, categories, channels, natures, statuses;
	bool answered;             /* what the source closed was answered there, on its closing date */
	enum close_reason reason;  /* of what it closed */
	uint8_t hash[IMPORT_HASH];
};
bool map_has(const struct import_map *m, enum map_field f);
/* Our code for the source's word, or NULL. */
const char *word_code(const struct word_table *t, const char *word);

/* --- codes.c: services and categories of a row --- */
struct codes {
	struct store *store;
	const struct import_map *map;
	bool dry_run;
	const struct catalogue *catalogue;   /* what the memos point into */
	struct memo services, categories, communes;
};
void codes_done(struct codes *c);
/* Every code that the map's tables name must be known. */
enum guichet_rc codes_check(struct codes *c, struct guichet_err *err);
/* *out is NULL when the map gives no service (or, for a category, none), and in a dry run where one would be
 * created. GUICHET_DATA: `err` says why the row can't be taken; anything else is the store's failure. */
enum guichet_rc codes_service(struct codes *c, const char *word, const char *name, const struct service **out,
	struct guichet_err *err);
struct category_words { const char *word, *name, *path; };   /* "" where the map gives none */
enum guichet_rc codes_category(struct codes *c, const struct category_words *w, const struct service *service,
	const struct category **out, struct guichet_err *err);
const struct commune *codes_commune(struct codes *c, const char *word);   /* NULL: none of ours */

/* --- row.c: from the values of a row to its operation --- */
struct row {
	struct text values[MAP_FIELD_COUNT];
	int64_t number;            /* of the record in its file, from 1 */
	int64_t received_ms, closed_ms, due_ms;
	enum channel channel;
	enum status status;
	int nature, priority;
	struct text source_id;     /* with the map's name before it */
};
struct row_reader {
	struct store *store;
	const struct import_map *map;
	struct codes codes;
	const struct actor *actor;
	enum date_form dates;
	const size_t *positions;
	char file[17];             /* the beginning of the file's hash, in hexadecimal */
	int64_t now_ms;
	struct row row;            /* its texts are used again for each row */
};
void row_reader_done(struct row_reader *r);
/* Renders the row's values and its source id. GUICHET_DATA when it has none. */
enum guichet_rc row_identify(struct row_reader *r, const struct csv_reader *csv, int64_t number, struct guichet_err *err);
/* Checks the row and, unless dry, appends it to the journal, inside a transaction. *stored tells who failed:
 * false, the row can't be taken and nothing was written of it (but perhaps codes); true, the store. */
enum guichet_rc row_take(struct row_reader *r, bool *stored, struct guichet_err *err);

/* --- rejects.c: the rows that can't be taken --- */
struct rejects { char *path; FILE *file; int64_t resume_line; };
/* Rows from `resume_line` on are taken out again: 0 all of them. Makes no file yet. */
enum guichet_rc rejects_open(struct rejects *r, const char *path, const char *folder, int64_t resume_line,
	struct guichet_err *err);
enum guichet_rc rejects_add(struct rejects *r, int64_t line, const char *reason, const char *record, size_t bytes,
	struct guichet_err *err);
enum guichet_rc rejects_flush(struct rejects *r, struct guichet_err *err);
void rejects_close(struct rejects *r);

#endif
