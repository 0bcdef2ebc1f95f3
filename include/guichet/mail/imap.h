// SPDX-License-Identifier: GPL-3.0-or-later
/* Reads a mailbox: each message is streamed to a file without a name beside the store, handed over, and moved to
 * another folder of the mailbox once the taker says that the store has it. Never deleted. Memory does not depend on
 * a message's size. Knows nothing of what is in a message. A message may be handed over twice: when the process ends
 * between the taker's commit and ours. The taker knows it by its content.
 */
#ifndef GUICHET_MAIL_IMAP_H
#define GUICHET_MAIL_IMAP_H

#include <signal.h>

#include "guichet/mail/server.h"
#include "guichet/store/mailbox.h"

struct imap_message {
	uint32_t validity, uid;
	int64_t bytes;                     /* of the whole message, as the server says */
	int fd;                            /* readable from its beginning; the caller's again when the taker returns */
	bool whole;                        /* false: over `whole_max`, the header alone is there, and the message stays in the mailbox */
	int tries;                         /* how often reading it began before, and never ended: the process was killed, or died of it */
};
/* GUICHET_OK: durable, and may be moved. GUICHET_DATA, GUICHET_REFUSED, GUICHET_INTERNAL: this one can't be taken;
 * it stays in the mailbox, and the others are read. All else (locked, full disk): the reading ends here. */
typedef enum guichet_rc imap_taker(void *context, const struct imap_message *m, struct guichet_err *err);

enum { IMAP_WHOLE_MAX = 150 * 1024 * 1024, IMAP_TRIES = 3 };
struct imap_options {
	const struct mail_server *server;
	const char *done_folder;           /* created when it is not there */
	int64_t whole_max;                 /* bytes; 0: IMAP_WHOLE_MAX */
	const volatile sig_atomic_t *stop; /* not 0: ends after the message under way; may be NULL */
};
struct imap_report {
	int64_t taken;                     /* handed over, and taken */
	int64_t left;                      /* too large: recorded, and still there */
	int64_t failed;                    /* could not be taken; `err` has the last reason */
	int64_t unmoved;                   /* taken, but still where they were */
};
/* Everything that is there now. GUICHET_OK: all of it was taken and moved, or left as it should; else what went
 * wrong first, after what could be done was: GUICHET_UNAVAILABLE (no answer, line broken, certificate),
 * GUICHET_CONFIG (password, folder), GUICHET_IO (disk or mailbox full). `report` in any case. */
enum guichet_rc imap_fetch(struct store *s, const struct imap_options *o, imap_taker *take, void *context, struct imap_report *report, struct guichet_err *err);
/* A folder's name as IMAP4rev1 writes it (modified UTF-7, RFC 3501, 5.1.3). */
void imap_folder_encode(const char *name, struct text *out);

#endif
