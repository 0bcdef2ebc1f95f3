// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files that put mails into the store share. */
#ifndef GUICHET_MAIL_INGEST_INSIDE_H
#define GUICHET_MAIL_INGEST_INSIDE_H

#include "guichet/mail/ingest.h"

enum { WHOLE_PIECES_MAX = MAIL_WHOLE_MAX / MAIL_PIECE + 1, SHA256_TEXT = 65 };

/* The pieces in which a mail is kept whole, by name. */
struct whole { char pieces[WHOLE_PIECES_MAX][SHA256_TEXT]; size_t count; };

/* Puts one piece into the store. */
enum guichet_rc whole_add(struct store *s, struct whole *w, const char *data, size_t bytes, struct guichet_err *err);

/* A mail that was read, in one transaction. `data`: its bytes, NULL where `whole` holds them or nobody does. */
enum guichet_rc take_mail(struct store *s, const struct mail_taker *t, struct mail *m, const char *data, struct whole *whole, struct mail_taken *out, struct guichet_err *err);

/* --- ingest_op.c: a mail as an operation --- */
struct kept { char sha256[SHA256_TEXT]; const char *type; int64_t bytes; };    /* a part that is in the store */
/* `out` is initialised; op_done. `kept`: its parts, as many as m->part_count; NULL none. */
void mail_op_write(struct op *out, const struct actor *a, const struct mail *m, int64_t received_ms, int64_t now_ms, const struct kept *kept, const struct whole *whole);
void mail_op_sort(struct op *op, enum mail_sort sort, enum mail_why why, struct op_id request);
/* A subject for a request: the mail's, else its first words. The caller frees it. */
char *mail_request_subject(const char *subject, const char *text);
/* On a request, the files of a mail that are worth a line of their own: not the little pictures of a signature. */
enum guichet_rc mail_attach(struct store *s, const struct actor *a, int64_t reference, const struct op *mail, struct guichet_err *err);
/* A citizen's words on their request. */
enum guichet_rc mail_touch(struct store *s, const struct actor *a, int64_t reference, const struct op *mail, struct guichet_err *err);
/* The request that a mail makes, the mail itself written with it. */
enum guichet_rc mail_make_request(struct store *s, const struct actor *a, struct op *mail, const char *from, const char *name, int64_t *reference, struct guichet_err *err);

#endif
