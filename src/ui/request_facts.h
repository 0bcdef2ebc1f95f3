// SPDX-License-Identifier: GPL-3.0-or-later
/* A request told in words for a screen: what it is, who asked, when it is due, what was answered, and its journal. Draws nothing. */
#ifndef GUICHET_UI_REQUEST_FACTS_H
#define GUICHET_UI_REQUEST_FACTS_H

#include "facts.h"
#include "guichet/store/store.h"

void request_facts(struct facts *f, struct store *s, const struct loaded *l);
/* Who, what and when; `full`: all of it, else the last JOURNAL_BRIEF entries, with how many there are. */
enum { JOURNAL_BRIEF = 4 };
void request_journal(struct facts *f, struct store *s, const struct loaded *l, bool full);
/* "réponse au plus tard ..., !! EN RETARD": sign and word of a due date; "" when it stands well. */
enum style due_mark(const struct request *r, enum target_kind k, const struct deadlines *due, int64_t now_ms, const char **mark);

/* One line: what was promised, or is owed, or was answered. */
enum style request_standing(struct text *out, struct store *s, const struct request *r);

#endif
