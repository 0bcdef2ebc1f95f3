// SPDX-License-Identifier: GPL-3.0-or-later
/* What is owed by email is written, sent and put on record. An attempt is on disk before its first byte leaves, and
 * a delivery names its token: whenever the process is killed, a message is neither lost nor sent more than once
 * again, and one that may have gone out twice says so.
 */
#ifndef GUICHET_MAIL_OUTBOX_H
#define GUICHET_MAIL_OUTBOX_H

#include <signal.h>

#include "guichet/core/lifecycle.h"
#include "guichet/mail/server.h"
#include "guichet/store/outbox.h"

/* One process at a time fetches or sends for a store: its lock lies beside it. GUICHET_LOCKED: another does. *fd is
 * closed when done, or with the process. */
enum guichet_rc mail_lock(const char *store, int *fd, struct guichet_err *err);

enum { OUTBOX_PER_DAY = 10 };
struct outbox_options {
	const struct mail_server *server;
	const struct actor *actor;         /* in whose name deliveries are recorded: an agent's role is needed */
	const char *from;                  /* address; NULL: the catalogue's */
	int per_day;                       /* acknowledgements to one address in 24 hours; 0: OUTBOX_PER_DAY */
	const volatile sig_atomic_t *stop; /* not 0: ends after the message under way; may be NULL */
};
struct outbox_report {
	int64_t sent, refused;
	int64_t waiting;                   /* to be tried again later, those of an earlier run included */
	int64_t held;                      /* too many automatic messages to one address */
};
/* What is owed for a minute and longer. GUICHET_OK whatever became of single messages; else the relay fails, or the
 * store: what was sent until then is on record. */
enum guichet_rc outbox_send(struct store *s, const struct outbox_options *o, struct outbox_report *r, struct guichet_err *err);
/* Heads of services whose requests have used 80 or 100 per cent of their time since this machine first looked, in
 * the opening hours of their service; those of one head go in one message. */
enum guichet_rc outbox_alert(struct store *s, const struct outbox_options *o, struct outbox_report *r, struct guichet_err *err);

#endif
