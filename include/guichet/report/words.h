// SPDX-License-Identifier: GPL-3.0-or-later
/* A request in a line, as the command line and the screens show it. */
#ifndef GUICHET_REPORT_WORDS_H
#define GUICHET_REPORT_WORDS_H

#include "guichet/store/store.h"

/* What, where and who: "Nid de poule · rue des Lilas · Verdane · Odette Lefèvre". */
void words_add_row(struct text *out, const struct catalogue *c, const struct request_row *row);
/* Another one that a request names by its create operation: "31 40 03 21 06, transmise : Nid de poule". False when it names none. */
bool words_add_other(struct text *out, struct store *s, const char *op_text);

#endif
