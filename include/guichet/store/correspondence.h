// SPDX-License-Identifier: GPL-3.0-or-later
/* What goes out and what came in, as every store knows it: messages that are owed or were sent, by request; mails that came, by how they were sorted.
 * Who fetches, sends and prints is elsewhere (mail, report). */
#ifndef GUICHET_STORE_CORRESPONDENCE_H
#define GUICHET_STORE_CORRESPONDENCE_H

#include "guichet/core/correspondence.h"
#include "guichet/store/store.h"

/* --- what goes out --- */

struct outgoing {
	int64_t request, reference;        /* row id; reference */
	struct op_id target;               /* the operation that owes it */
	enum purpose purpose;
	int channel;                       /* enum channel; -1 unknown */
	bool owed;                         /* nothing became of it yet; else: */
	enum delivery_state state;
	int64_t at_ms;                     /* since when it is owed; when that became of it */
	int level;
	const char *token;                 /* "" none; borrowed */
};
typedef bool outgoing_visitor(void *context, const struct outgoing *o);   /* false: stop */
/* What is owed by `channel`, oldest first, since before `until_ms`; after (owed since, row id): where the page before ended, zeroes at first. */
struct owed_filter { enum channel channel; int64_t until_ms, after_ms, after; size_t limit; };
enum guichet_rc store_list_owed(struct store *s, const struct owed_filter *f, outgoing_visitor *visit, void *context, struct guichet_err *err);
int64_t store_count_owed(struct store *s, enum channel channel);
/* What a request owes and what went out of it. */
enum guichet_rc store_list_outgoing(struct store *s, int64_t request, outgoing_visitor *visit, void *context, struct guichet_err *err);
/* What went out in [from_ms, to_ms) in this state by this channel, newest first. Costs what went out by then. */
enum guichet_rc store_list_delivered(struct store *s, enum channel channel, enum delivery_state state, int64_t from_ms, int64_t to_ms, size_t limit,
	outgoing_visitor *visit, void *context, struct guichet_err *err);
/* Under which message a token went out: false when it is none of ours. `token` in `out` is not set. */
bool store_find_token(struct store *s, const char *token, struct outgoing *out);

/* --- mails that came: contacts by email --- */

/* ACCEPTED and DROPPED: what a person made of one that was in quarantine. */
enum mail_sort { MAIL_CREATED, MAIL_THREADED, MAIL_MACHINE, MAIL_BOUNCE, MAIL_QUARANTINED, MAIL_ACCEPTED, MAIL_DROPPED, MAIL_SORT_COUNT };
const char *mail_sort_code(enum mail_sort s);          /* created threaded machine bounce quarantined accepted dropped */
const char *mail_sort_label(enum mail_sort s);         /* language of messages */
bool mail_sort_parse(const char *code, enum mail_sort *out);

/* Its texts are in its operation. */
struct mail_row { int64_t id; struct op_id op; enum mail_sort sort; int64_t at_ms; int64_t request, reference; /* 0 none */ };
typedef bool mail_visitor(void *context, const struct mail_row *m);
/* Of these sorts (a set of 1 << sort), newest first; after (at, id): where the page before ended, zeroes at first. */
struct mail_filter { unsigned sorts; int64_t after_ms, after; size_t limit; };
enum guichet_rc store_list_mail(struct store *s, const struct mail_filter *f, mail_visitor *visit, void *context, struct guichet_err *err);
int64_t store_count_mail(struct store *s, enum mail_sort sort);
enum guichet_rc store_mail(struct store *s, int64_t id, struct mail_row *out, struct guichet_err *err);   /* GUICHET_NOT_FOUND */
/* What it says: its operation, which the caller frees (op_done). GUICHET_NOT_FOUND. */
enum guichet_rc store_mail_op(struct store *s, int64_t id, struct op *out, struct guichet_err *err);
/* How many came of this person in [from_ms, to_ms). */
int64_t store_count_mail_of(struct store *s, int64_t requester, int64_t from_ms, int64_t to_ms);
/* The mail with this `message` (op_kinds.def); 0: it did not come yet. */
int64_t store_mail_of_message(struct store *s, const char *message);

#endif
