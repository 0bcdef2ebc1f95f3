// SPDX-License-Identifier: GPL-3.0-or-later
/* A request: what the fold of its operations says it is now.
 *
 * Registers (request_fields.def) show, among the writes that no other write names as base, the one that comes last
 * in seq. Events (promises, call-backs, pauses, answers, orders, notes, attachments) are lists that
 * only grow. An undone operation is skipped, and what it had replaced shows again. The fold never fails: unknown
 * kinds and odd payloads are skipped. */
#ifndef GUICHET_CORE_REQUEST_H
#define GUICHET_CORE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guichet/core/calendar.h"
#include "guichet/core/catalogue.h"
#include "guichet/core/correspondence.h"
#include "guichet/core/op.h"

/* In order; then the side states. WAITING is shown while a pause is open, over the state beneath. */
enum status { STATUS_NEW, STATUS_ROUTED, STATUS_REVIEW, STATUS_ORDERED, STATUS_DONE, STATUS_ANSWERED, STATUS_CLOSED,
	STATUS_WAITING, STATUS_REDIRECTED, STATUS_DUPLICATE, STATUS_CANCELLED, STATUS_COUNT };
const char *status_code(enum status s);
const char *status_label(enum status s);               /* language of messages */
bool status_parse(const char *s, enum status *out);    /* code or French label, folded */

enum outcome { OUTCOME_CREATED, OUTCOME_ADDED, OUTCOME_CHASED, OUTCOME_INFORMED, OUTCOME_REDIRECTED, OUTCOME_TRANSFERRED,
	OUTCOME_WRONG_NUMBER, OUTCOME_ABUSIVE, OUTCOME_HUNG_UP, OUTCOME_COUNT };
const char *outcome_code(enum outcome o);
const char *outcome_label(enum outcome o);
bool outcome_parse(const char *s, enum outcome *out);

enum close_reason { CLOSE_ANSWERED, CLOSE_ANONYMOUS, CLOSE_ABUSIVE, CLOSE_WITHDRAWN, CLOSE_UNWANTED, CLOSE_UNREACHABLE,
	CLOSE_DUPLICATE, CLOSE_REASON_COUNT };
const char *close_reason_code(enum close_reason r);
const char *close_reason_label(enum close_reason r);
bool close_reason_parse(const char *s, enum close_reason *out);

enum wait_reason { WAIT_REQUESTER, WAIT_THIRD_PARTY, WAIT_REASON_COUNT };  /* usager, tiers */
bool wait_reason_parse(const char *s, enum wait_reason *out);
const char *wait_reason_code(enum wait_reason r);
const char *wait_reason_label(enum wait_reason r);

enum field_half { FACT, PERSONAL };
enum field_type { FIELD_TYPE_TEXT, FIELD_TYPE_CODE, FIELD_TYPE_INT, FIELD_TYPE_INSTANT, FIELD_TYPE_BOOL, FIELD_TYPE_REAL };
enum request_field {
#define REQUEST_FIELD(id, key, half, type, max, editable, label) FIELD_##id,
#include "guichet/core/request_fields.def"
#undef REQUEST_FIELD
	FIELD_COUNT
};
struct request_field_info { const char *key, *label; enum field_half half; enum field_type type; size_t max_bytes; bool editable; };
const struct request_field_info *request_field_info(enum request_field f);
bool request_field_parse(const char *key, enum request_field *out);   /* key or French label, folded */

struct field_write { struct op_id by; int64_t order; json_t *value; };   /* value borrowed from its operation; NULL: blanked */
struct field_state { struct field_write *heads; size_t count; };         /* heads[0] shows; more than one: a conflict if values differ */

struct promise { struct op_id by; int64_t date_ms; int64_t told_ms; const char *told_by; const char *reason; };
struct callback { struct op_id by; int64_t at_ms; bool done; unsigned attempts; int64_t first_try_ms, last_try_ms; const char *last_result; };
struct answer { struct op_id by; const char *author, *channel, *text; int64_t at_ms; bool told; bool bounced; };
struct work_order { struct op_id by; const char *number, *contractor; int64_t planned_ms; };
struct attachment { struct op_id by; const char *name, *type, *sha256; int64_t bytes; };
struct danger_notice { struct op_id by; const char *who; int64_t at_ms; };

struct request {
	struct op_id id;                   /* of its create operation; none: nothing folded */
	int64_t reference;
	enum status status;                /* WAITING while paused */
	enum status beneath;               /* the state under a pause; equal to status otherwise */
	struct field_state fields[FIELD_COUNT];
	struct promise *promises; size_t promise_count;       /* the last one binds */
	struct callback *callbacks; size_t callback_count;
	struct answer *answers; size_t answer_count;          /* told ones count; the last told one is the answer */
	const char *drafted_answer;        /* text of a written answer that nobody has told yet; NULL none */
	const char *drafted_by;            /* who wrote it; NULL none */
	struct pause *pauses; size_t pause_count;
	struct work_order *orders; size_t order_count;
	struct attachment *attachments; size_t attachment_count;
	struct danger_notice *dangers_told; size_t danger_told_count;
	struct delivery *deliveries; size_t delivery_count;
	struct owed *owed; size_t owed_count; /* what was not sent, printed or told yet */
	int64_t acknowledged_ms;           /* NO_INSTANT: not yet */
	int64_t unread_ms;                 /* since when something that came waits to be read: any step of a person ends that; NO_INSTANT: nothing does */
	bool undelivered;                  /* a message did not reach anybody, and nothing was told since */
	unsigned hops;                     /* refusals of competence */
	unsigned reopened, chased, reminders, notes, contacts;
	bool notice_given;                 /* of a redirection, to the requester (CRPA L114-2) */
	bool clarified;                    /* a supervisor decided after the second refusal */
	const char *close_reason;          /* NULL while not closed */
	int64_t answered_ms;               /* when the first told answer since the last re-opening was given; NO_INSTANT none */
	int64_t closed_ms;                 /* NO_INSTANT while open */
	int64_t updated_ms;
	int64_t clock_start_ms;            /* where targets count from: reception, or the last re-opening */
	json_t *frozen_due;                /* due dates as they stood at the end; NULL while they move; borrowed */
	bool review_mark;                  /* an answer that the closer had not seen, or a concurrent close */
	const struct op *ops; size_t op_count; /* borrowed from request_fold's caller, in fold order */
	struct field_write *writes;        /* private: what the fields' heads point into */
	bool *undone;                      /* private: one an operation; NULL when nothing was undone */
	size_t answer_epoch;               /* private: answers before the last re-opening */
};

/* Sorts in the order of the fold: the create, then by seq, then those that have none by id. The same on every desk. */
void op_sort(struct op *ops, size_t count);
/* Folds the operations of one request, in any order (they are sorted in place: the create first, then by seq,
 * unacknowledged ones last by id). `out` borrows from `ops`, which must stay unchanged as long. request_done frees
 * what the fold itself made. */
void request_fold(struct request *out, struct op *ops, size_t count);
void request_done(struct request *r);
/* True when ops[index] was undone or is parked, and so counts for nothing. */
bool request_op_undone(const struct request *r, size_t index);

const char *request_text(const struct request *r, enum request_field f);            /* "" when unset; borrowed */
int64_t request_int(const struct request *r, enum request_field f, int64_t fallback); /* INT, INSTANT, BOOL */
double request_real(const struct request *r, enum request_field f);                 /* NAN when unset */
bool request_in_conflict(const struct request *r, enum request_field f);
bool request_has_conflict(const struct request *r);    /* in any field */

/* Not ended: something is still owed (a redirected request until its notice is given; a linked one until answered). */
bool request_is_open(const struct request *r);
bool request_is_anonymous(const struct request *r);
/* Under a legal hold: its personal data outlives its retention. Where two wrote of it, neither knowing of the other's, the one that keeps counts. */
bool request_is_held(const struct request *r);
/* A danger that nobody was told of yet: NON TRANSMIS. */
bool request_danger_untold(const struct request *r);
const struct promise *request_promise(const struct request *r);  /* the last, or NULL */
const struct answer *request_answer(const struct request *r);    /* the last told and not bounced since the last re-opening, or NULL */

/* Sets a register in an operation being made, and names in `base` the writes that `r` shows for it (r may be NULL
 * for a create). */
void op_write_text(struct op *op, const struct request *r, enum request_field f, const char *value);
void op_write_int(struct op *op, const struct request *r, enum request_field f, int64_t value);
void op_write_real(struct op *op, const struct request *r, enum request_field f, double value);
/* Takes such a write back. */
void op_unwrite(struct op *op, enum request_field f);
/* Reads a value for field `f` as typed by a person or a file: checks codes with the catalogue, dates, sizes, UTF-8;
 * then writes it. */
enum guichet_rc op_write_parsed(struct op *op, const struct request *r, enum request_field f, const char *value,
	const struct catalogue *catalogue, struct guichet_err *err);

/* --- Due dates --- */
struct deadlines {
	int64_t due[TARGET_KIND_COUNT];    /* NO_INSTANT: none */
	int64_t half_ms, risk_ms;          /* 50 % and 80 % of the answer's working time; 100 % is due[TARGET_ANSWER] */
};
/* Targets as an operation carries them: "acknowledge=1j take=4h complete=5j answer=5j legal=2mois". */
void targets_format(struct text *out, const struct target targets[TARGET_KIND_COUNT]);
void targets_parse(const char *s, struct target out[TARGET_KIND_COUNT]);
/* A category's targets for what comes by `channel` (-1: not known); a danger flagged on another category has its completion within 4 hours of the on-call
 * calendar. */
void targets_of(const struct category *m, bool danger, int channel, struct target out[TARGET_KIND_COUNT]);
/* From the request's targets, pauses and clock start, with today's calendars; frozen ones where it has ended. A
 * pause moves take, complete and answer, never acknowledge or legal (CRPA art. L231-1: no pause is ours to give). `e` (may be NULL) gets a heading
 * and the steps for each date. */
void deadlines_compute(const struct request *r, const struct catalogue *c, int64_t now_ms, struct deadlines *out, struct explanation *e);
/* A line of that explanation at which the story of a date begins: "réponse : 5 jours ouvrés, ...". */
bool deadlines_is_heading(const char *line);
const struct calendar *deadlines_calendar(const struct catalogue *c, const struct service *s, bool danger);
/* The due dates that a request would get (command `due`). channel: -1 when it is not known yet. */
void deadlines_preview(const struct catalogue *c, const struct category *m, const struct service *s, bool danger, int channel, int64_t received_ms,
	int64_t now_ms, struct deadlines *out, struct explanation *e);
/* The dates as an ending operation carries them ("due"): read back as request.frozen_due. */
json_t *deadlines_json(const struct deadlines *d);

#endif
