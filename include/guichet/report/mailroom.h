// SPDX-License-Identifier: GPL-3.0-or-later
/* The letters of the day: what is owed by post, composed, laid out, and recorded as printed; and what was printed, again, byte for byte. Writes no file: the PDFs are
 * handed over, and recorded once they are safe. */
#ifndef GUICHET_REPORT_MAILROOM_H
#define GUICHET_REPORT_MAILROOM_H

#include "guichet/core/correspondence.h"
#include "guichet/report/letter.h"
#include "guichet/store/store.h"

struct mailroom_letter {
	int64_t row, reference;            /* of the request, or the first of those that it is about */
	struct op_id target;               /* the operation that owes it */
	enum purpose purpose;
	int64_t *others; size_t other_count; /* references of the other requests of one acknowledgement */
	struct letter_address to;
	char *subject, *text;              /* composed; NULL of one that was printed */
	char *service, *agent, *their_reference; /* NULL none */
	int32_t day;
	char *problem;                     /* why it can't go, in the language of messages; NULL: nothing. It stays owed. */
	struct letter_pdf pdf;             /* none yet: mailroom_make */
};
struct mailroom { struct mailroom_letter *list; size_t count, capacity; int32_t day; /* of its slip */ };
void mailroom_done(struct mailroom *m);
size_t mailroom_ready(const struct mailroom *m);   /* those without a problem */

/* What is wanted. All zeroes: everything that is owed. */
struct mailroom_wish {
	int64_t row;                       /* of this request alone; 0: of all */
	const char *template_code;         /* instead of the catalogue's choice, for what it is meant for; NULL */
	const char *missing;               /* of one request: what it lacks (CRPA L114-5), for its acknowledgement or its waiting answer; NULL */
	int32_t missing_by_day;            /* until when; 0: not said */
};
/* What is owed by post, oldest first, composed; at most LETTERS_MAX. `a`: who is at work. Nothing is written. */
enum guichet_rc mailroom_gather(struct store *s, const struct actor *a, const struct mailroom_wish *wish, struct mailroom *out, struct guichet_err *err);
/* A letter that nobody owes, to whoever asked: by this template, with these words (NULL: none). Not to be recorded. */
enum guichet_rc mailroom_free_letter(struct store *s, const struct actor *a, const struct mailroom_wish *wish, const char *words, struct mailroom *out,
	struct guichet_err *err);
/* Their PDFs. */
enum guichet_rc mailroom_make(struct store *s, struct mailroom *m, struct guichet_err *err);
/* All of them in one, behind a slip. */
enum guichet_rc mailroom_batch(struct store *s, const struct mailroom *m, struct letter_pdf *out, struct guichet_err *err);
/* Both in a process of its own, for who may not wait: nothing is recorded, whatever ends it. `m` and the catalogue are borrowed until mailroom_job_free, which may be
 * called at any time. `printer`: the batch is handed to lp there, once it is made (letter_pdf_print); NULL: it is not. NULL when it can't be started. */
struct mailroom_job;
enum mailroom_turn { MAILROOM_BUSY, MAILROOM_MADE, MAILROOM_FAILED };
struct mailroom_job *mailroom_job_start(struct store *s, struct mailroom *m, const char *printer, struct guichet_err *err);
int mailroom_job_fd(const struct mailroom_job *j);     /* to be read as soon as it can be: mailroom_job_turn; -1: it is over */
/* MADE: `m` has its PDFs and `batch` is the caller's; FAILED: `err` says why. Never waits. */
enum mailroom_turn mailroom_job_turn(struct mailroom_job *j, struct letter_pdf *batch, struct guichet_err *err);
size_t mailroom_job_done(const struct mailroom_job *j, size_t *of);   /* steps; 0 of 0: it begins */
void mailroom_job_free(struct mailroom_job **j);
/* They are on paper, or safe in a file: keeps each PDF and records its delivery; one that was taken back or printed by another meanwhile is left as it is, and has a
 * `problem` from then on. In one transaction. */
enum guichet_rc mailroom_record(struct store *s, const struct actor *a, struct mailroom *m, struct guichet_err *err);
/* What was printed in [from_ms, to_ms), or for one request (row; 0: all), the PDFs as they were then. A PDF that is not in this store is a problem of its letter. */
enum guichet_rc mailroom_printed(struct store *s, int64_t row, int64_t from_ms, int64_t to_ms, struct mailroom *out, struct guichet_err *err);

#endif
