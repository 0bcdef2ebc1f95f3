// SPDX-License-Identifier: GPL-3.0-or-later
/* What this machine knows of messages that it is about to send: local, no part of the journal. A row is there from
 * the first attempt until a delivery says what became of the message; it holds no address and no text. Knows nothing
 * of SMTP.
 */
#ifndef GUICHET_STORE_OUTBOX_H
#define GUICHET_STORE_OUTBOX_H

#include "guichet/store/correspondence.h"

struct outbox_message { struct op_id target; enum purpose purpose; int level; };   /* what a delivery will name */
struct outbox_try {
	char token[REPLY_TOKEN_TEXT];      /* the same at every attempt, so that whoever got it twice can tell */
	bool begun;                        /* an attempt began, and how it ended is not known (yet) */
	bool again;                        /* an attempt before this one ended so */
	int tries;
	int code;                          /* the relay's last answer; 0 none */
	int64_t first_ms, next_ms;         /* of the first attempt; not before */
};
/* False: nothing was tried yet. */
bool outbox_get(struct store *s, const struct outbox_message *m, struct outbox_try *out);
enum guichet_rc outbox_put(struct store *s, const struct outbox_message *m, const struct outbox_try *t, struct guichet_err *err);
enum guichet_rc outbox_drop(struct store *s, const struct outbox_message *m, struct guichet_err *err);
/* Messages that were tried and wait, and since when the oldest does (NO_INSTANT: none). */
int64_t outbox_count(struct store *s, int64_t *oldest_ms);

/* Automatic messages to one address in the 24 hours before now; kept as hashes. */
int64_t outbox_automatic_count(struct store *s, const char *address);
enum guichet_rc outbox_automatic_add(struct store *s, const char *address, struct guichet_err *err);

/* The Message-ID (without <>) of the last mail that came about a request and made or joined it; NULL none. The
 * caller frees it. */
char *outbox_mail_answered(struct store *s, int64_t request);

/* Open requests whose answer's working time reached 80 (100) per cent between from_ms and now without an alert to
 * that level since. By service, then by due date. */
enum guichet_rc outbox_list_overrun(struct store *s, int level, int64_t from_ms, size_t limit, request_visitor *visit, void *context, struct guichet_err *err);

#endif
