// SPDX-License-Identifier: GPL-3.0-or-later
/* The catalogue: what the Métropole is, who does what, how fast, and what to say.
 *
 * Built once from the text of its files (no I/O here: store/catalogue_dir reads a folder, the store keeps each catalogue by its
 * hash), validated whole, then read only. Everything in it is owned by the catalogue and lives as long.
 * Figures are values that the Métropole can change: none is in the code.
 */
#ifndef GUICHET_CORE_CATALOGUE_H
#define GUICHET_CORE_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guichet/base/err.h"
#include "guichet/base/ini.h"
#include "guichet/core/calendar.h"

enum nature { NATURE_REPORT, NATURE_INFORMATION, NATURE_COMPLAINT, NATURE_SUGGESTION, NATURE_OPINION, NATURE_COUNT };
const char *nature_code(enum nature n);    /* report information complaint suggestion opinion */
const char *nature_label(enum nature n);   /* signalement, demande d'information... in the language of messages */
bool nature_parse(const char *s, enum nature *out); /* code or French label, accents and case folded */

enum channel { CHANNEL_PHONE, CHANNEL_EMAIL, CHANNEL_POST, CHANNEL_DESK, CHANNEL_WEB, CHANNEL_COUNT };
const char *channel_code(enum channel c);   /* phone email post desk web */
const char *channel_label(enum channel c);
bool channel_parse(const char *s, enum channel *out);

/* What silence means after two months (CRPA L231-1, L231-4). */
enum silence { SILENCE_NONE, SILENCE_ACCEPTS, SILENCE_REFUSES };

enum target_kind { TARGET_ACKNOWLEDGE, TARGET_TAKE, TARGET_COMPLETE, TARGET_ANSWER, TARGET_LEGAL, TARGET_KIND_COUNT };
const char *target_kind_code(enum target_kind k);  /* acknowledge take complete answer legal */
const char *target_kind_label(enum target_kind k); /* accusé de réception, prise en charge, réalisation, réponse, délai légal */

struct service {
	char *code, *name;
	const struct calendar *calendar;
	const struct calendar *on_call_calendar;
	char *phone, *email, *address;
	char *on_call_phone;               /* shown for a danger */
	char *head, *head_email;           /* named head: reminders at 80 and 100 % */
	bool uses_guichet;                 /* else it gets its requests by email */
	bool anonymous_agents;             /* citizens are not told their names (CRPA L111-2: where somebody's safety asks for it) */
	bool desk;                         /* the Service de Proximité itself: refusals come back here */
	bool imported;                     /* created by an import */
};

/* A body outside the Métropole's remit, or an emergency number. */
enum body_kind { BODY_TOWN, BODY_DEPARTMENT, BODY_STATE, BODY_EMERGENCY, BODY_OTHER };
struct body {
	char *code, *name;
	enum body_kind kind;
	char *phone, *email, *address, *hours;
	char *words;                       /* what citizens say, comma-separated */
	char *say;                         /* what to tell the caller */
};

struct commune {
	char *code, *name;
	char **postcodes;
	size_t postcode_count;
	const struct body *town_hall;      /* NULL: none known */
	int inhabitants;
	double latitude, longitude;        /* of its centre; 0, 0 unknown */
};

/* Who is competent for a category in a commune: exactly one of the two is set. */
struct competence { const struct commune *commune; const struct service *service; const struct body *body; };

struct category {
	char *code, *name;
	char *path;                        /* "Voirie > Chaussée > Nid de poule" */
	const struct category_group *group;
	enum nature nature;
	const struct service *service;     /* default competence; a-qualifier has the desk's when its file names none */
	const struct body *body;           /* set instead of service when it is outside the remit everywhere */
	struct competence *exceptions;     /* per commune */
	size_t exception_count;
	bool danger;
	int priority;                      /* 1 urgent, 2 high, 3 normal, 4 low */
	struct target targets[TARGET_KIND_COUNT];
	struct { bool set; struct target target; } acknowledge[CHANNEL_COUNT];  /* instead of targets[TARGET_ACKNOWLEDGE] for what comes by it */
	enum silence silence;
	int retention_months;              /* after its end; then what it says of people is blanked */
	bool short_path;                   /* new -> answered -> closed (information): steps may be skipped */
	bool second_reading;
	int near_metres, near_hours;       /* similar requests: radius and window; 0: same street, 168 h */
	char *words;                       /* words citizens use, comma-separated, as written */
	char *say;                         /* what to tell the caller */
	bool imported;
};
struct category_group { char *code, *name; const struct category_group *parent; int depth; };

/* Knowledge base: an answer to read out. */
struct script {
	char *code, *question, *words, *text;
	const struct category *category;
};

/* A text that goes out (core/template.h). */
enum template_use { TEMPLATE_ACKNOWLEDGE, TEMPLATE_ANSWER, TEMPLATE_INFORM, TEMPLATE_NOTICE, TEMPLATE_FORWARD, TEMPLATE_REMIND, TEMPLATE_ESCALATE,
	TEMPLATE_DANGER,                   /* up to here as enum purpose (core/correspondence.h) */
	TEMPLATE_RECEIPT,                  /* accusé d'enregistrement: before anybody has read it */
	TEMPLATE_WORDS,                    /* what an agent begins with who writes an answer */
	TEMPLATE_PART,                     /* included by others */
	TEMPLATE_USE_COUNT };
enum template_channel { TEMPLATE_ANY, TEMPLATE_EMAIL, TEMPLATE_POST, TEMPLATE_CHANNEL_COUNT };
struct message_template {
	char *code, *name;
	enum template_use use;
	enum template_channel channel;
	const struct category *category;   /* for this one alone; NULL: any */
	const struct category_group *group;
	char *subject, *text;              /* subject NULL: a part's */
};

struct catalogue {
	char *name;                        /* "Métropole VERTE" */
	char *address, *phone, *email, *website;
	bool sends_email, sends_letters;   /* guichet itself sends what is answered by email; prints what is answered by post */
	char *city;                        /* where letters are dated; NULL none */
	char *signature;                   /* who signs letters, and under what title; NULL none */
	char *dpo_email;                   /* the data-protection officer; NULL none */
	char *court;                       /* where implicit refusals are appealed; NULL none */
	uint8_t hash[32];                  /* catalogue_source_hash of what it was built from */
	struct calendar *calendars; size_t calendar_count;
	struct service **services; size_t service_count;       /* one allocation each: an import adds some, and pointers stay */
	struct body *bodies; size_t body_count;
	struct commune *communes; size_t commune_count;
	struct category_group *groups; size_t group_count;
	struct category **categories; size_t category_count;   /* the same */
	struct script *scripts; size_t script_count;
	struct message_template *templates; size_t template_count;
	const struct calendar *calendar;   /* the desk's */
	const struct service *desk;        /* the Service de Proximité */
	const struct category *unsorted;   /* a-qualifier */
	size_t service_capacity, category_capacity;
	struct code_map *index;            /* private: see src/core/catalogue_internal.h */
};

struct catalogue_file { char *name; char *data; size_t bytes; };  /* name: path below the catalogue's folder, with '/' */
/* `known`: a catalogue was built of it before, without a mistake, as of what a store holds. */
struct catalogue_source { struct catalogue_file *files; size_t count, capacity; bool known; };
void catalogue_source_add(struct catalogue_source *s, const char *name, const char *data, size_t bytes); /* copies */
void catalogue_source_done(struct catalogue_source *s);
/* One text that holds all the files, for the store and the server; and back. Order of files does not matter. */
void catalogue_source_pack(const struct catalogue_source *s, struct text *out);
enum guichet_rc catalogue_source_unpack(const char *data, size_t bytes, struct catalogue_source *out, struct guichet_err *err);

/* BLAKE2b of what catalogue_source_pack would give: the same files in any order have the same hash. */
void catalogue_source_hash(const struct catalogue_source *s, uint8_t out[32]);

/* Builds a catalogue. All mistakes go to `problems` (file, line, what was expected); GUICHET_CONFIG and *out NULL if any. */
enum guichet_rc catalogue_build(const struct catalogue_source *source, struct catalogue **out, struct problems *problems);
void catalogue_free(struct catalogue **c);

/* Services and categories that an import creates (kept in the store, added again at each opening). Idempotent by code; returns the
 * existing one when there is one. Pointers got earlier from the catalogue stay valid. */
const struct service *catalogue_add_service(struct catalogue *c, const char *code, const char *name);
const struct category *catalogue_add_category(struct catalogue *c, const char *code, const char *name, const char *path,
	const struct service *service);   /* path NULL: its name */

/* Look-ups by code or by name, case, accents and punctuation folded (a category by its path too); NULL when unknown or when
 * several bear that name or postcode: catalogue_near_codes then lists them. O(1). */
const struct service *catalogue_service(const struct catalogue *c, const char *code);
const struct category *catalogue_category(const struct catalogue *c, const char *code);
const struct commune *catalogue_commune(const struct catalogue *c, const char *code_name_or_postcode);
const struct body *catalogue_body(const struct catalogue *c, const char *code);
const struct calendar *catalogue_calendar(const struct catalogue *c, const char *code);
const struct script *catalogue_script(const struct catalogue *c, const char *code);
/* Unknown code: adds to `out` up to three near ones ("vouliez-vous dire nid-de-poule ?"); adds nothing if none is near.
 * Kinds: service, category (motif), commune, body (organisme), calendar. */
void catalogue_near_codes(const struct catalogue *c, char kind /* 's' 'm' 'c' 'o' 'k' */, const char *code, struct text *out);

/* The delay of the acknowledgement of what comes by `channel` (-1: not known). */
struct target category_acknowledge(const struct category *category, int channel);
/* Who is competent for `category` in `commune` (NULL: unknown). */
struct competence catalogue_competence(const struct catalogue *c, const struct category *category, const struct commune *commune);

#endif
