// SPDX-License-Identifier: GPL-3.0-or-later
/* What a mail is, in words, for a screen or a line: who wrote, about what, with which files, all of it. Draws
 * nothing; must not know where it is shown. */
#ifndef GUICHET_REPORT_MAIL_WORDS_H
#define GUICHET_REPORT_MAIL_WORDS_H

#include "guichet/store/store.h"

char *mail_sender(const struct op *mail);              /* name, or address; owned */
char *mail_subject(const struct op *mail);             /* owned */
const char *mail_reason(const char *why);              /* why it stands where it does, by its code; "" none */
/* "photo.jpg (JPEG, 120 Ko) · ..."; the little pictures of a signature are left out. A file whose name says
 * another kind than its bytes is told as that. */
void mail_files(struct text *out, const struct op *mail);
/* Head, files, text, then what was folded away: to be read. */
void mail_whole(struct text *out, const struct op *mail);
/* All that came by mail about a request, oldest first; false: nothing did. */
bool mail_correspondence(struct text *out, struct store *s, const struct request *r);

#endif
