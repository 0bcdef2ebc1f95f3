// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files of the Appel screen share: its fields, its state, who calls and what stands near by. */
#ifndef GUICHET_UI_CALL_INSIDE_H
#define GUICHET_UI_CALL_INSIDE_H

#include "guichet/ui/form.h"
#include "guichet/ui/view.h"

enum call_field { CALL_CHANNEL, CALL_PHONE, CALL_NAME, CALL_EMAIL, CALL_RECEIVED, CALL_DOCUMENT_DATE, CALL_SENDER_REF, CALL_FILE, CALL_SUBJECT, CALL_CATEGORY,
	CALL_COMMUNE, CALL_ADDRESS, CALL_TEXT, CALL_PLACE_DETAIL, CALL_NATURE, CALL_PRIORITY, CALL_DANGER, CALL_TOLD, CALL_CALLBACK, CALL_TITLE,
	CALL_ORGANISATION, CALL_REPLY_BY, CALL_POSTAL, CALL_FIELD_COUNT };

enum call_mode { MODE_FORM, MODE_OUTCOME /* a letter says what came of the contact */, MODE_DONE /* reference and promise to read out */ };

enum { PEOPLE_MAX = 8, ITEMS_MAX = 24, NEAR_MAX = 4, ALIKE_MAX = 8, TOLD_MAX = 3, NAMESAKES_MAX = 20, DRAFT_AFTER_MS = 2000, DRAFT_RETRY_MS = 5000, DRAFT_PATIENCE_MS = 250, WIDE_COLS = 110 };

struct person { int64_t id; char *name, *phone, *email, *title, *postal; int reply_by; /* enum channel; -1: not said */ };

/* What F6 can join the call to. */
enum item_kind { ITEM_BULLETIN, ITEM_OWN, ITEM_NEAR };
struct call_item {
	enum item_kind kind;
	int64_t id, reference;                         /* row of the request (0: a bulletin without one); its reference */
	struct op_id bulletin;
	char *head, *tail;                             /* first and second line */
	char *address;
	int64_t promised_ms, answer_ms;
	bool open, ended;
	enum style style;                              /* of the second line */
};

/* A promise made on the caller's request that is pointed at. */
enum promise_fate { PROMISE_RUNNING, PROMISE_KEPT, PROMISE_BROKEN, PROMISE_MOVED /* another was made in time */ };
struct call_told { int64_t told_ms, date_ms; char *by; enum promise_fate fate; };

/* What to read out when it is recorded. */
struct call_done {
	char *heading, *say, *service, *competence, *on_call;
	int64_t reference, row_id, promised_ms;
	bool told;                                     /* the date is said (phone, desk) rather than written later */
	bool untold;                                   /* danger: NON TRANSMIS */
	char *warning;                                 /* privacy; NULL none */
};

struct call_view {
	struct view view;
	struct form form;
	enum call_mode mode;
	enum channel channel;                          /* that the form is arranged for */
	struct op_id contact;                          /* next request of the same contact; none: a new one */
	int64_t link;                                  /* reference of the request to join; 0 none */
	/* who calls */
	struct person people[PEOPLE_MAX]; size_t people_count;
	size_t namesakes;                              /* known by the name alone, that was typed with no number */
	char *people_of;                               /* the number and address that they were looked up by */
	char *filled_name;                             /* what this screen wrote into the name */
	int64_t chosen;                                /* requester chosen from a list; 0 none */
	/* what can be joined */
	struct call_item items[ITEMS_MAX]; size_t item_count;
	char *items_of;                                /* what they were looked up by */
	char *alike_of; int64_t alike[ALIKE_MAX]; size_t alike_count;   /* open requests whose words are those of this subject */
	int64_t own_total, own_open;
	enum item_kind picked_kind; int64_t picked;    /* moved to by hand: row id; 0 none */
	struct call_told told[TOLD_MAX]; size_t told_count; int64_t told_of;   /* of which row */
	/* the draft */
	char *kept;                                    /* its fields as this screen read or kept them last */
	int64_t draft, started_ms, dirty_since_ms, retry_ms;
	bool dirty, refused;
	bool keep_now;                                 /* a field was left: kept as soon as that is painted */
	int cols;                                      /* of the screen when last drawn */
	bool abandoned;                                /* leave without keeping */
	bool danger_asked;                             /* who was told of the danger, before it was to be recorded */
	size_t recalled;                               /* F5: which of the values typed before stands in the field, from 1; 0: none */
	struct call_done done;
};

/* call_form.c: fields and values */
extern const struct form_field call_fields[CALL_FIELD_COUNT];
const char *call_text(const struct call_view *v, enum call_field f);
enum call_field call_focus(const struct call_view *v);                 /* CALL_FIELD_COUNT: none */
bool call_shown(const struct call_view *v, enum call_field f);         /* this channel has it */
void call_put(struct call_view *v, enum call_field f, const char *text);
void call_arrange(struct call_view *v, enum channel channel);          /* the form in the order of a channel; texts and focus stay */
void call_clear(struct call_view *v, bool same_contact);               /* an empty form */
bool call_is_empty(const struct call_view *v);
void call_settle(struct call_view *v, enum call_field f);              /* what was typed of a value becomes the value; else its error is shown */
void call_notes(struct call_view *v);                                  /* remarks and fields that depend on others */
bool call_check(struct call_view *v, bool subject_needed);             /* errors beside their fields; false: there are some */
bool call_danger(const struct call_view *v);
const struct category *call_category(const struct call_view *v);       /* NULL: none, or not known */
const struct commune *call_commune(const struct call_view *v);
bool call_instant(const char *text, int64_t *out, struct guichet_err *err);

/* call_sender.c: who wrote or called, out of what was typed or pasted */
bool call_split_title(const char *typed, struct text *title, struct text *name);   /* "Mme Lefèvre": "Mme", "Lefèvre"; false: no title */
bool call_split_sender(const char *typed, struct text *name, struct text *email);  /* "Paul Durand <p@exemple.fr>", "mailto:..."; false: as it should be */
/* A message with the lines that mail programs put above it: who sent it, its subject and its text, bytes as they were; false: it is none, and they hold anything. */
bool call_split_message(const char *pasted, size_t bytes, struct text *sender, struct text *subject, struct text *body);
const char *call_title(size_t i);                                      /* as it is written; NULL after the last */

/* call_session.c: what calls leave behind while the application runs */
const struct suggester *call_suggester(struct ui *ui);
void call_remember(struct call_view *v);                               /* recorded: its values are offered again */
void call_repeat(struct call_view *v, enum call_field f);              /* F5: the value before, and the one before that */

/* call_values.c: lists of values */
struct call_values { struct choice_value *items; size_t count, capacity; const char *title; };
void values_add(struct call_values *l, const char *value, const char *label, const char *detail);
void values_done(struct call_values *l);
/* The streets that fit what is typed in the list: more of them than it began with. */
void call_streets(struct call_view *v, const char *typed, struct call_values *out);
void call_values(struct call_view *v, enum call_field f, bool citizens_words, struct call_values *out);
char *call_best(struct call_view *v, enum call_field f, const char *typed);    /* canonical text of the best match; NULL none; owned */
char *call_value_text(struct call_view *v, enum call_field f, const char *value);  /* what stands in the field for a value of its list; owned */
size_t call_suggest(struct call_view *v, const char *text, struct suggestion *out, size_t max);

/* call_pane.c: who calls, what stands near by */
void call_look_up(struct call_view *v);                                /* people and items, where what they depend on changed */
void call_look_up_name(struct call_view *v);                           /* no number: who is known by this name */
void call_forget(struct call_view *v);                                 /* look up everything anew */
void call_people_done(struct call_view *v);
const struct person *call_person(const struct call_view *v);           /* who calls; NULL unknown */
void call_choose_person(struct call_view *v, int64_t id);
const struct call_item *call_item(struct call_view *v);                /* what F6 joins; NULL nothing */
void call_pick(struct call_view *v, int by);
void call_pick_row(struct call_view *v, int64_t row_id);               /* a request shown on another screen */
void call_add_day(struct text *out, int64_t ms);                       /* "mar. 24/11", of a due instant */

/* call_promises.c */
void call_promises(struct call_view *v, const struct call_item *item);   /* looks up those of this one, when it is another */
int call_promises_draw(const struct call_view *v, struct grid *g, struct rect r);  /* rows used */
void call_promises_done(struct call_view *v);

/* call_draw.c */
void call_draw(struct view *view, struct grid *g, struct rect r);

/* call_record.c */
void call_validate(struct call_view *v);
void call_answered(struct call_view *v);
void call_join(struct call_view *v);
bool call_outcome(struct call_view *v, uint32_t letter);               /* false: no such letter */
struct call_ending { char letter; enum outcome outcome; const char *label; };
extern const struct call_ending call_endings[];                        /* ends with a letter 0 */
void call_done_free(struct call_done *d);
void call_done_refresh(struct call_view *v);

/* call_draft.c */
void call_changed(struct call_view *v);
bool call_keep(struct call_view *v);                                   /* false: the store refused */
bool call_resume(struct call_view *v, int64_t draft, struct guichet_err *err);
/* Why it goes: what came of the contact is recorded, unless nothing did (""). Says so. */
enum guichet_rc call_discard(struct ui *ui, int64_t draft, const char *reason, struct guichet_err *err);
void call_ask_reason(struct ui *ui, int64_t draft, void (*chosen)(void *context, const char *reason), void *context);
char *call_draft_text(const char *fields, const char *key);            /* one text of a draft; NULL none; owned */

#endif
