// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files that make an exercise history share: chance, the request being sketched, the people already known. */
#ifndef GUICHET_DEMO_INSIDE_H
#define GUICHET_DEMO_INSIDE_H

#include "guichet/core/phone.h"
#include "guichet/exchange/demo.h"

enum { DEMO_PEOPLE_MAX = 200000, DEMO_INCIDENTS_MAX = 16, DEMO_ADDRESS = 160 };

/* --- demo_rates.c: chance, and when and about what people call --- */
struct chance { uint64_t state; };
uint64_t chance_next(struct chance *c);
size_t chance_below(struct chance *c, size_t n);
double chance_unit(struct chance *c);                   /* [0, 1) */
bool chance_is(struct chance *c, double probability);
double chance_exponential(struct chance *c, double mean);

struct rates;
struct rates *rates_new(const struct catalogue *c);
void rates_free(struct rates **r);
/* How busy a day is, in no particular unit. */
double rates_day(const struct rates *r, const struct catalogue *c, int32_t day, struct chance *noise);
int rates_minute(const struct rates *r, int weekday, struct chance *c);
enum channel rates_channel(const struct rates *r, int weekday, int hour, struct chance *c);
const struct category *rates_category(const struct rates *r, int month, struct chance *c);
const struct commune *rates_commune(const struct rates *r, struct chance *c);
/* How much of a day like this one is over at this minute, 0 to 1. */
double rates_elapsed(const struct rates *r, int weekday, int minute);

/* --- demo_people.c --- */
struct person { struct op_id id; uint16_t phone; bool has_phone, has_email, has_address, organisation; };
struct people { struct person *list; size_t count, capacity; uint64_t seen; };

struct demo;
/* Somebody who calls by this channel: known or new; no id when anonymous. */
enum guichet_rc people_pick(struct demo *d, enum channel channel, const char *actor, int64_t at_ms, bool named, struct person *out,
	struct guichet_err *err);
void phone_of_index(uint16_t index, char out[PHONE_MAX]); /* numbers kept for fiction by ARCEP */
const char *street_pick(struct chance *c);

/* --- demo_text.c --- */
struct phrases;                                         /* the catalogue's words, category by category */
struct phrases *phrases_new(const struct catalogue *c);
void phrases_free(struct phrases **p);
struct place { const struct commune *commune; bool known; char address[DEMO_ADDRESS]; const char *detail; double latitude, longitude; };
void place_pick(struct place *out, const struct commune *commune, const struct category *category, struct chance *c);
void subject_write(struct text *out, const struct phrases *p, const struct category *category, const struct place *place, struct chance *c);
void description_write(struct text *out, const struct phrases *p, const struct category *category, const struct place *place, bool letter,
	struct chance *c);
const char *answer_text(enum nature nature, struct chance *c);
const char *refusal_text(struct chance *c);
const char *note_text(struct chance *c);

/* --- demo_life.c --- */
/* An incident that others call about while it lasts. */
struct incident { struct op_id op; const struct category *category; struct place place; char subject[DEMO_ADDRESS * 2]; int64_t from_ms, until_ms,
	answered_ms; size_t wanted; };
struct sketch {
	int64_t received_ms, logged_ms;
	enum channel channel;
	const struct category *category;
	struct place place;
	struct person who;
	struct op_id contact;
	const struct actor *agent;
	struct incident *parent;      /* NULL: stands alone */
	bool incident;                /* others will call about it */
	char subject[DEMO_ADDRESS * 2];
};
/* Makes the request of `sketch` and all that happened to it until now. *made: its create operation; *answered_ms NO_INSTANT when it is not. */
enum guichet_rc life_make(struct demo *d, const struct sketch *sketch, struct op_id *made, int64_t *answered_ms, struct guichet_err *err);
enum guichet_rc contact_make(struct demo *d, const struct actor *a, enum channel channel, enum outcome outcome, int64_t at_ms,
	const struct person *who, bool outward, struct op_id *id, struct guichet_err *err);

struct demo {
	struct store *s;
	struct catalogue *c;
	struct chance chance;
	int64_t now_ms;
	struct rates *rates;
	struct phrases *phrases;
	struct people people;
	struct incident incidents[DEMO_INCIDENTS_MAX]; /* a ring */
	size_t incident_next;
};
const struct actor *demo_agent(size_t i);               /* one of the call centre's */
const struct actor *demo_supervisor(void);
const struct actor *demo_actor_of(const struct service *service); /* who does the work there */

#endif
