// SPDX-License-Identifier: GPL-3.0-or-later
/* What people at a desk do, each as one transaction over the store: log a call, take a step, answer an incident's children, record a contact, put up a
 * bulletin. The command line and the screens both work through this; it prints nothing.
 */
#ifndef GUICHET_STORE_DESK_H
#define GUICHET_STORE_DESK_H

#include "guichet/store/store.h"

/* A call, mail, letter or visit that makes a request. Texts are as typed: they are checked here. NULL or "": not given. */
struct call {
	const char *channel;           /* code or label; required */
	const char *category;          /* code; none: a-qualifier */
	const char *subject;           /* required */
	const char *description;
	const char *nature, *priority, *commune, *address, *place_detail, *asset, *ground, *area, *latitude, *longitude, *sender_ref;
	const char *document_date;
	const char *confidential;      /* "1" */
	int64_t received_ms;           /* 0: now; refused when in the future, or before 1970 */
	bool danger;
	const char *told;              /* danger: who was told, at once */
	int64_t told_ms;               /* 0: now */
	int64_t callback_ms;           /* 0: none */
	const char *(*requester)[2];   /* pairs key, value (requester_keys), NULL key ends; NULL or empty: anonymous */
	int64_t requester_id;          /* a known one; 0: found by phone or email and name, or made */
	struct op *mail;               /* the contact, a mail: an OP_MAIL that lacks but its requester and request; written here. NULL: none */
	struct op_id contact;          /* goes on an existing contact (next request of the same letter); none: a new one */
	int64_t link;                  /* reference of the parent to join; 0: none */
	const char *source_id;         /* an origin's own number: refused (GUICHET_REFUSED) when already known */
};
struct logged {
	int64_t row_id, reference, requester;
	struct op_id contact_op;
	int64_t promised_ms;           /* NO_INSTANT: none was told */
	char service[81];              /* code */
	struct privacy_finding *warnings; size_t warning_count;   /* in `warned`; owned */
	char *say;                     /* what its bulletin says to callers; owned; NULL none */
	char *warned;                  /* the text that the offsets are in; owned */
	bool joined;                   /* to a bulletin's incident */
	bool danger_untold;
	char on_call[32];              /* number to call for a danger; "" none */
	char body[81];                 /* competent body out of the remit; "" none */
};
void logged_done(struct logged *l);
struct privacy_words;
enum guichet_rc desk_log(struct store *s, const struct actor *a, const struct call *call, const struct privacy_words *privacy,
	struct logged *out, struct guichet_err *err);

/* An acknowledgement that was told, on the phone or at the desk: what was owed in writing is owed no more. at_ms: when; 0: now. GUICHET_REFUSED: it had one already. */
enum guichet_rc desk_acknowledge(struct store *s, const struct actor *a, int64_t reference, enum channel channel, int64_t at_ms, struct guichet_err *err);

/* The create operation of the request with this reference (GUICHET_NOT_FOUND, GUICHET_REFUSED when two have it). */
enum guichet_rc desk_op_of_reference(struct store *s, int64_t reference, struct op_id *out, struct guichet_err *err);

enum guichet_rc desk_check_contact(struct store *s, struct op_id contact, struct guichet_err *err);   /* GUICHET_NOT_FOUND */
enum guichet_rc desk_contact_row(struct store *s, struct op_id contact, int64_t *row, struct guichet_err *err); /* its id in lists, to page */

/* A file to attach, by what a person typed, pasted or dropped (core/attachment): there, ordinary, not empty and not over STORE_BLOB_MAX; what it is by its
 * content, NULL when that is none of the kinds that letters and photographs are kept as. desk_file_done in any case. Messages do not name the file. */
struct desk_file { char *path; const char *type; int64_t bytes; };
enum guichet_rc desk_file_look(const char *typed, struct desk_file *out, struct guichet_err *err);
enum guichet_rc desk_file_is_paper(const struct desk_file *f, struct guichet_err *err);   /* PDF, JPEG, PNG or TIFF, else GUICHET_DATA */
void desk_file_done(struct desk_file *f);
/* Copies it into the store and puts it on the request. The same content on several requests is kept once. */
enum guichet_rc desk_attach(struct store *s, const struct actor *a, int64_t reference, const struct desk_file *f, struct guichet_err *err);

/* One step of a request's life. Looks up what lifecycle_step wants to know of other requests, appends, and does what follows: a split makes its part
 * (*made gets its reference), an answer also goes to the parts, a close to the parts and to the linked requests that were answered. `made` may be NULL. */
enum guichet_rc desk_step(struct store *s, const struct actor *a, int64_t reference, enum step step, struct step_args *args,
	int64_t *made, struct guichet_err *err);

/* Answers a parent and its open children in one transaction. Each child is answered by the channel that its requester asked for, or `args->channel`;
 * anonymous ones are closed without. With `preview` nothing is written; `visit` (may be NULL) says who gets what, the parent first. */
struct child_answer { int64_t reference; const char *requester_name, *channel; bool anonymous, answered, parent; };
enum guichet_rc desk_answer_children(struct store *s, const struct actor *a, int64_t reference, struct step_args *args, bool preview,
	bool (*visit)(void *context, const struct child_answer *c), void *context, struct guichet_err *err);

/* A contact with no new request: what came of it, and the requests it was about (may be none). */
struct contact_args { const char *channel, *outcome, *note; const char *(*requester)[2]; int64_t start_ms, end_ms; bool outward; const char *number; };
enum guichet_rc desk_contact(struct store *s, const struct actor *a, const struct contact_args *args, const int64_t *references, size_t count,
	struct op_id *contact, struct guichet_err *err);

enum guichet_rc desk_bulletin(struct store *s, const struct actor *a, const char *text, const char *say, const char *area, int64_t until_ms,
	int64_t reference, struct op_id *bulletin, struct guichet_err *err);
enum guichet_rc desk_bulletin_end(struct store *s, const struct actor *a, struct op_id bulletin, struct guichet_err *err);
/* A call about a bulletin's incident: a request of the caller, linked to the parent, in one go; anonymous allowed (`call` may give just a phone or
 * nothing but the channel; subject, category, place come from the parent). The bulletin must have a request. */
enum guichet_rc desk_join_bulletin(struct store *s, const struct actor *a, struct op_id bulletin, struct call *call,
	const struct privacy_words *privacy, struct logged *out, struct guichet_err *err);

/* A mail out of the quarantine, by its id in lists: as a new request of its sender, with its files; into the request of this row, with them; or put aside, with a
 * reason. GUICHET_REFUSED when it is not in quarantine (any more). */
enum guichet_rc desk_accept_mail(struct store *s, const struct actor *a, int64_t mail, const struct privacy_words *privacy, struct logged *out,
	struct guichet_err *err);
enum guichet_rc desk_join_mail(struct store *s, const struct actor *a, int64_t mail, int64_t row, struct logged *out, struct guichet_err *err);
enum guichet_rc desk_drop_mail(struct store *s, const struct actor *a, int64_t mail, const char *reason, struct guichet_err *err);

/* Undoes the actor's last step on a request, by an operation that names it. *label gets what was undone (constant). */
enum guichet_rc desk_undo(struct store *s, const struct actor *a, int64_t reference, const char **label, struct guichet_err *err);

#endif
