// SPDX-License-Identifier: GPL-3.0-or-later
/* A mail into the store: durable in one transaction, once whatever happens, as a request, as a part of one, or where agents see that it is neither. Whoever
 * brings a mail (a mailbox, a pipe, a file) may let its own copy go when mail_intake_end says GUICHET_OK, and not before. Sends nothing. */
#ifndef GUICHET_MAIL_INGEST_H
#define GUICHET_MAIL_INGEST_H

#include "guichet/core/lifecycle.h"
#include "guichet/mail/mime.h"
#include "guichet/mail/sort.h"
#include "guichet/store/correspondence.h"

enum {
	MAIL_PER_DAY = 10,                              /* of one address, that make something or are answered */
	MAIL_PIECE = 8 * 1024 * 1024,                   /* a mail kept whole is kept in pieces of this size */
	MAIL_WHOLE_MAX = 150 * 1024 * 1024,             /* a larger one stays where it is */
};

struct mail_taker {
	const struct actor *actor;                      /* in whose name: an agent's role is needed */
	const char *const *ours;                        /* addresses that we write from, NULL at the end; NULL: the catalogue's */
	int64_t received_ms;                            /* when it reached the mailbox; 0: as the last server wrote, else now */
	size_t per_day;                                 /* 0: MAIL_PER_DAY */
};

/* What became of it. Texts are owned; mail_taken_done. */
struct mail_taken {
	bool known;                                     /* it came before: nothing was written, `sort` is what it was then */
	enum mail_sort sort;
	enum mail_why why;
	struct op_id op;                                /* the mail's operation (the former one's when known) */
	int64_t reference;                              /* the request it made, joined, or whose message bounced; 0 none */
	char *from, *subject, *text;
	struct mail_taken_part { char *name, *type; int64_t bytes; } *parts; size_t part_count;
	int64_t bytes;
};
void mail_taken_done(struct mail_taken *t);
const char *mail_taken_code(const struct mail_taken *t);       /* created threaded machine bounce known quarantined */

/* A mail as it comes in, piece by piece: at most MAIL_BYTES_MAX of it are held, what is larger goes to the store as it comes (GUICHET_DATA over
 * MAIL_WHOLE_MAX). Each call is a transaction of its own; nothing is on record before mail_intake_end. */
struct mail_intake;
struct mail_intake *mail_intake_new(struct store *s, const struct mail_taker *t);       /* both stay the caller's */
enum guichet_rc mail_intake_add(struct mail_intake *in, const void *data, size_t bytes, struct guichet_err *err);
enum guichet_rc mail_intake_end(struct mail_intake *in, struct mail_taken *out, struct guichet_err *err);
void mail_intake_free(struct mail_intake **in);

/* All of it at once, and from a file, pipe or socket to its end. */
enum guichet_rc mail_ingest(struct store *s, const struct mail_taker *t, const void *data, size_t bytes, struct mail_taken *out, struct guichet_err *err);
enum guichet_rc mail_ingest_fd(struct store *s, const struct mail_taker *t, int fd, struct mail_taken *out, struct guichet_err *err);
/* On record though it was never read: over MAIL_WHOLE_MAX. `headers`: what could be had of them. */
enum guichet_rc mail_ingest_notice(struct store *s, const struct mail_taker *t, const void *headers, size_t bytes, int64_t whole, struct mail_taken *out,
	struct guichet_err *err);

#endif
