// SPDX-License-Identifier: GPL-3.0-or-later
/* The life of a request: one table of steps (lifecycle.def), who may do each, from which states, and the rule that
 * refuses.
 *
 * lifecycle_step() checks a step against the folded request and builds its operation; it knows nothing of the store.
 * The server will run the same check when it decides whether an operation is parked. */
#ifndef GUICHET_CORE_LIFECYCLE_H
#define GUICHET_CORE_LIFECYCLE_H

#include <stdbool.h>
#include <stdint.h>

#include "guichet/core/correspondence.h"
#include "guichet/core/request.h"

/* ROLE_MAILER is a machine's: it records the mails that came and what became of those that went, and does nothing else. */
enum role { ROLE_AGENT = 1, ROLE_SERVICE = 2, ROLE_SUPERVISOR = 4, ROLE_ADMIN = 8, ROLE_DPO = 16, ROLE_KIOSK = 32, ROLE_MAILER = 64 };
const char *role_label(enum role r);
const char *role_words(const char *code);             /* the label of a code; of another version's the code itself */
bool role_parse(const char *s, enum role *out);       /* agent service supervisor admin dpo kiosk mailer, or French */
bool roles_parse(const char *list, unsigned *out);    /* several, apart by blanks or commas; false, and those before it, at one that is none */

/* Who acts. The caller owns the strings. */
struct actor {
	const char *login;
	const char *name;              /* as shown to colleagues and citizens */
	unsigned roles;                /* set of enum role */
	const char *const *services;   /* codes, for ROLE_SERVICE; NULL-terminated; "*" means all */
};
bool actor_serves(const struct actor *a, const char *service_code);

enum step {
#define STEP(id, code, from, to, roles, rule) STEP_##id,
#include "guichet/core/lifecycle.def"
#undef STEP
	STEP_COUNT
};

struct step_info { const char *code; unsigned from; int to; unsigned roles; const char *rule; };
const struct step_info *step_info(enum step s);
/* Roles that may make operations of this kind; 0: nobody but the server. */
unsigned lifecycle_roles_of(enum op_kind k);
/* The table as text, for documents and tests: one line a step. */
void lifecycle_print(struct text *out);

/* What the steps take; unused ones stay zero. Texts are checked UTF-8 in NFC. */
struct step_args {
	const char *text;              /* answer, inform, note, wait; redirect: the notice that the requester was given, by `channel` */
	const char *reason;            /* code or words, as the step asks */
	const char *channel;           /* code or label; redirect without text: by what the request went to the body */
	const char *service;           /* route, split, refuse --suggest */
	const char *agent;             /* assign: login */
	const char *body;              /* redirect */
	const char *who;               /* danger told: who was told */
	const char *result;            /* call-back: what came of it */
	const char *number, *contractor;
	const char *field, *value;     /* edit, resolve */
	const char *contact;           /* op id text of the contact in which it was said */
	const char *outcome;           /* touch: contact outcome code */
	struct op_id target;           /* link: the parent; undo, settle: the operation; call-back tried: which call-back; resolve: whose value is kept */
	int64_t at_ms;                 /* when it happened, told or is to happen; 0: now */
	int64_t date_ms;               /* promise, order --planned, call-back tried: when to try again */
	bool draft;                    /* answer: written, not told */
	const struct op *draft_told;   /* answer: the draft that `text` is, where it is another request's; NULL: none */
	bool aside;                    /* settle: set aside, with a reason, instead of applied */
	bool ends;                     /* hold: it is lifted */
	bool reached;                  /* call-back: the person was reached */
	bool unread;                   /* touch: what came was read by nobody yet */
	bool covered;                  /* answer, close: what a parent or an original request was given reaches this one */
	bool prefer_field_list;        /* edit: `fields` is used instead of field/value */
	const char *const (*fields)[2];/* edit: pairs key, value; NULL key ends */
	const char *name, *type, *sha256; int64_t bytes;      /* attach */
	const struct delivery_args *delivery;                 /* delivery */
	/* Facts about other requests, which the caller looks up. */
	bool has_email, has_postal;    /* the requester can be written to: answer, inform, redirect */
	bool parent_answered_all;      /* the parent was answered, and to this child */
	bool parent_is_child;          /* link: the parent itself is linked to another */
	bool has_children;             /* link: this one is a parent already; answer: it goes to those linked to it too */
	const char *unfinished_part;   /* answer, close: shown reference of a part (split) that is not done; NULL none */
};

/* Checks and builds. `out` is initialised here and belongs to the caller when GUICHET_OK is returned (op_done).
 * Errors: GUICHET_REFUSED naming the rule, GUICHET_NO_PERM naming the role needed, GUICHET_DATA, all in French. */
enum guichet_rc lifecycle_step(enum step s, const struct request *r, const struct actor *a, const struct step_args *args,
	const struct catalogue *c, int64_t now_ms, struct op *out, struct guichet_err *err);

/* The operation that holds the drafted answer; NULL: none is drafted. */
const struct op *request_draft(const struct request *r);

/* What came of a call-back, in people's words: the first one says whether the person was reached ("joint", "Jointe, dit merci", "reached"). */
bool callback_reached(const char *result);

/* What can be told before anything is asked: this actor, this service, this state. The step may still be refused for what it is given. */
enum guichet_rc lifecycle_may(enum step s, const struct request *r, const struct actor *a, const struct catalogue *c, struct guichet_err *err);

/* A new request: `out` (already op_init'ed as an OP_CREATE, other fields written by op_write_* with no request) gets
 * what is computed: competence, service, nature, targets, priority, status (unless written already: an import's),
 * promise. `promise_told`: it is told at once (phone, desk). */
struct create_args {
	int64_t reference;
	enum channel channel;
	const struct category *category;   /* NULL: a-qualifier */
	const struct commune *commune;     /* NULL: unknown */
	int nature;                        /* enum nature, or -1: the category's */
	int priority;                      /* 0: the category's */
	bool danger;                       /* or the category's */
	int64_t received_ms, logged_ms;
	const char *contact, *requester;   /* op id texts or NULL */
	const char *split_of, *split_service; /* a part made by split; the service it goes to */
	const char *source_id, *source_service; /* an import's */
	bool promise_told;
	bool live;                         /* taken now, not an import nor an exercise: services are told of it, where guichet sends */
	bool acknowledge;                  /* its requester is owed a written acknowledgement, by post for what came by post, else by email */
};
void request_create_op(const struct create_args *args, const struct catalogue *c, const struct actor *a, int64_t now_ms, struct op *out);

#endif
