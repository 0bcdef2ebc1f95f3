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
struct mailroom { struct mailroom_letter *list; size_t count, capacity; };
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
/* They are on paper, or safe in a file: keeps each PDF and records its delivery; one that was taken back or printed by another meanwhile is left as it is. In one
 * transaction. */
enum guichet_rc mailroom_record(struct store *s, const struct actor *a, const struct mailroom *m, struct guichet_err *err);
/* What was printed in [from_ms, to_ms), or for one request (row; 0: all), the PDFs as they were then. A PDF that is not in this store is a problem of its letter. */
enum guichet_rc mailroom_printed(struct store *s, int64_t row, int64_t from_ms, int64_t to_ms, struct mailroom *out, struct guichet_err *err);

#endif
