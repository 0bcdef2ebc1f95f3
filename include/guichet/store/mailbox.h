// SPDX-License-Identifier: GPL-3.0-or-later
/* What this machine knows of the mailbox that it reads: local, no part of the journal. Only messages that are still
 * in the mailbox have a row, by UID, as long as the server's UIDVALIDITY stays what it was (RFC 9051, 2.3.1.1).
 * Knows nothing of IMAP.
 */
#ifndef GUICHET_STORE_MAILBOX_H
#define GUICHET_STORE_MAILBOX_H

#include "guichet/store/store.h"

enum mailbox_state {
	MAILBOX_NEW,                       /* nothing is known of it */
	MAILBOX_READING,                   /* reading began `tries` times, and never ended */
	MAILBOX_STORED,                    /* the store has it: it has only to be moved */
	MAILBOX_LEFT,                      /* stays where it is, and was recorded so */
};
struct mailbox_message { enum mailbox_state state; int tries; };

/* What was known under another UIDVALIDITY is forgotten. `box` names the mailbox. Each of these has a transaction of
 * its own, or the caller's. */
enum guichet_rc mailbox_open(struct store *s, const char *box, uint32_t validity, struct guichet_err *err);
void mailbox_get(struct store *s, const char *box, uint32_t uid, struct mailbox_message *out);
enum guichet_rc mailbox_put(struct store *s, const char *box, uint32_t validity, uint32_t uid, const struct mailbox_message *m, struct guichet_err *err);
enum guichet_rc mailbox_forget(struct store *s, const char *box, uint32_t uid, struct guichet_err *err);

#endif
