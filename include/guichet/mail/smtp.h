// SPDX-License-Identifier: GPL-3.0-or-later
/* Hands one message after the other to the relay, over one connection while it lasts, and says for each what became
 * of it. Knows nothing of requests; what is sent again, and when, is the outbox's to decide.
 */
#ifndef GUICHET_MAIL_SMTP_H
#define GUICHET_MAIL_SMTP_H

#include <stddef.h>

#include "guichet/mail/server.h"

enum smtp_end {
	SMTP_SENT,                         /* the relay answers for it from now on */
	SMTP_REFUSED,                      /* for good (5xx): this recipient, or this message */
	SMTP_LATER,                        /* certainly not sent; may be, later */
	SMTP_UNKNOWN,                      /* all of it was handed over, and no answer came */
};
enum { SMTP_WORDS = 512 };
struct smtp_answer { enum smtp_end end; int code; char words[SMTP_WORDS]; /* the relay's, one line; "" none */ };

/* Lines end in CRLF; leading dots are doubled here. */
struct smtp_message { const char *from, *to; const char *data; size_t bytes; };

struct smtp;
/* `server` is borrowed. Nothing is connected yet. */
enum guichet_rc smtp_open(const struct mail_server *server, struct smtp **out, struct guichet_err *err);
void smtp_close(struct smtp **s);
/* GUICHET_OK: the relay talks, and `out` says what became of the message. Else the relay itself fails (no answer,
 * password, certificate, we may not send): the next message would do no better, and `out` says SMTP_LATER or
 * SMTP_UNKNOWN of this one. An address that can't stand in an envelope is refused at once. */
enum guichet_rc smtp_send(struct smtp *s, const struct smtp_message *m, struct smtp_answer *out, struct guichet_err *err);

#endif
