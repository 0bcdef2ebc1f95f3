// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files of the outbox share: one message under way. */
#ifndef GUICHET_MAIL_OUTBOX_INSIDE_H
#define GUICHET_MAIL_OUTBOX_INSIDE_H

#include "guichet/mail/outbox.h"
#include "guichet/mail/smtp.h"
#include "guichet/report/compose.h"

struct sending {
	struct store *store;
	const struct outbox_options *o;
	struct outbox_report *report;
	struct smtp *smtp;                 /* NULL before the first message */
	char *from, *from_name;
	int64_t restored_ms;               /* what is owed since before may have been sent by the store that this one was restored from */
};
enum guichet_rc sending_start(struct sending *x, struct store *s, const struct outbox_options *o, struct outbox_report *r, struct guichet_err *err);
void sending_done(struct sending *x);
/* What has no category yet gets a receipt at once, and its acknowledgement once somebody has read it (CRPA
 * R112-11-1). */
bool sending_is_unread(const struct sending *x, const struct request *r);

/* A message, written. others: references of the other requests that it speaks of. */
struct letter { char *to, *subject, *text; int64_t others[COMPOSE_OTHERS_MAX]; size_t other_count; };
void letter_done(struct letter *l);
/* To whom, and what. GUICHET_NOT_FOUND: there is no address to write to (`err` says whose). */
enum guichet_rc letter_write(struct sending *x, const struct loaded *l, const struct outbox_message *m, struct letter *out, struct guichet_err *err);

/* Puts the attempt on disk. False in *may: it is not its time (or it was given up: `given_up`). */
enum guichet_rc try_begin(struct sending *x, const struct outbox_message *m, int64_t owed_since_ms, struct outbox_try *t, bool *may, bool *given_up,
	struct guichet_err *err);
/* Puts on record what became of it: a delivery on each of its requests, or when to try again. `letter` may be NULL. */
struct ended { const struct outbox_message *m; int64_t reference; const struct letter *letter; const char *to; enum purpose as; };
enum guichet_rc try_end(struct sending *x, const struct ended *e, struct outbox_try *t, const struct smtp_answer *a, struct guichet_err *err);
enum guichet_rc try_transmit(struct sending *x, const struct letter *l, const char *message_id, const char *answered, int automatic, struct smtp_answer *a,
	struct guichet_err *err);

#endif
