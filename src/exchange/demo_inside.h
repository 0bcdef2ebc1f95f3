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
enum { MINUTE_MS = 60000, HOUR_MS = 3600000, DAY_MS = 86400000 };

/* An incident that others call about while it lasts. */
struct incident { struct op_id op; const struct category *category; struct place place; char subject[DEMO_ADDRESS * 2]; int64_t from_ms, until_ms,
	answered_ms; size_t wanted; };
struct life;
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
	bool may_split;               /* there is room for one more request, its part */
	void (*live)(struct life *l); /* what happens to it once it is recorded; NULL: as chance has it */
	char subject[DEMO_ADDRESS * 2];
};
struct life {
	struct demo *d;
	const struct sketch *k;
	struct op *ops;
	size_t count, capacity;
	struct request r;
	int64_t at_ms;                 /* of the last step */
	bool over;                     /* now is reached */
	bool to_all;                   /* the next answer goes to all who called about it */
	const struct service *part;    /* it was shared with this one, at: */
	int64_t part_ms;
	bool part_lags;                /* whose part is not done yet */
	enum guichet_rc rc;
	struct guichet_err *err;
};
struct lived { struct op_id op; int64_t answered_ms; size_t requests; };  /* answered_ms: NO_INSTANT when it is not; requests: 2 with a part */
/* Makes the request of `sketch` and all that happened to it until now. */
enum guichet_rc life_make(struct demo *d, const struct sketch *sketch, struct lived *out, struct guichet_err *err);
/* True when the step was done. Steps come in order of time: one that would come before the last is put just after it. */
bool life_go(struct life *l, enum step step, const struct actor *a, const struct step_args *args, int64_t at_ms);
void life_take_in(struct life *l, struct op *op);      /* an operation that was made; `op` belongs to the life then */
enum guichet_rc life_keep(struct life *l);              /* writes it into the store */
void life_done(struct life *l);
/* The first moment from `at_ms` on at which somebody is there, and not just as the doors open. */
int64_t life_working(struct life *l, int64_t at_ms);
int64_t life_between(struct life *l, int64_t from_ms, int64_t to_ms, double low, double high);
const struct actor *life_worker(const struct life *l);
const char *life_reply_channel(const struct life *l);
/* By the service itself, or written by it and told by the call centre; then closed. */
bool life_answered(struct life *l, int64_t at_ms);
void life_closed(struct life *l, const struct actor *a, const char *reason, int64_t at_ms);
enum guichet_rc contact_make(struct demo *d, const struct actor *a, enum channel channel, enum outcome outcome, int64_t at_ms,
	const struct person *who, bool outward, struct op_id *id, struct guichet_err *err);

/* --- demo_split.c: a request that two services share --- */
/* Shares it with another service; false where no step follows any more. */
bool split_share(struct life *l);
/* The part of a request that was shared, once it is known how the whole went. */
enum guichet_rc split_part(const struct life *whole);

/* --- demo_papers.c --- */
enum paper { PAPER_LETTER, PAPER_CLAIM, PAPER_PETITION, PAPER_PHOTO, PAPER_COUNT };
struct kept_paper { char sha256[65]; int64_t bytes; };
enum guichet_rc paper_keep(struct demo *d, enum paper paper, struct guichet_err *err);    /* into d->papers */
/* What came with the letter or mail is attached to the request. */
void paper_attach(struct life *l, enum paper paper);

/* --- demo_mails.c: what came by mail, and what came back --- */
enum { MAILS_REQUESTS = 3 };
void mail_wrote_back(struct life *l);                   /* more about the request, which nobody has read */
void mail_not_delivered(struct life *l);                /* it was answered, and the answer came back */
/* The mails of these hours: MAILS_REQUESTS made a request that nobody has sorted, others wait in the quarantine, one a machine wrote. */
enum guichet_rc mails_make(struct demo *d, struct guichet_err *err);

/* --- demo_now.c: what stands on the desk at this moment --- */
/* How many of so many requests these are. */
size_t now_count(size_t requests);
enum guichet_rc now_make(struct demo *d, struct guichet_err *err);

/* --- demo.c --- */
/* An incident that callers join: `wanted` of them, and a bulletin where they are many. */
enum guichet_rc demo_incident(struct demo *d, const struct sketch *sketch, const struct lived *lived, size_t wanted, struct incident **out,
	struct guichet_err *err);
bool demo_may_be_incident(const struct category *category);

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
	struct kept_paper papers[PAPER_COUNT];         /* those in the store */
	struct op_id quoted;                           /* a request that a stranger writes about */
	unsigned mails;                                /* made */
};
const struct actor *demo_agent(size_t i);               /* one of the call centre's */
const struct actor *demo_supervisor(void);
const struct actor *demo_actor_of(const struct service *service); /* who does the work there */

#endif
