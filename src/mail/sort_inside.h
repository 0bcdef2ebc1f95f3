// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files that sort mails share. */
#ifndef GUICHET_MAIL_SORT_INSIDE_H
#define GUICHET_MAIL_SORT_INSIDE_H

#include "guichet/mail/sort.h"

char *sort_folded(const char *s);                       /* lower case, no accents; the caller frees it */
bool sort_begins(const char *s, const char *const *with);
bool sort_holds(const char *s, const char *const *words);
void sort_id_token(struct mail_sorting *out, const char *id, size_t n);
bool sort_from_daemon(const struct mail *m);

/* sort_bounce.c: whether a server says that it could not deliver; then whom it could not reach, and the tokens of what came back. */
bool sort_bounce(struct mail *m, struct mail_sorting *out);

#endif
