// SPDX-License-Identifier: GPL-3.0-or-later
/* The slip for the archives (bordereau d'élimination): what goes, how much of it, from when to when, and nobody's name. */
#ifndef GUICHET_CORE_SLIP_H
#define GUICHET_CORE_SLIP_H

#include "guichet/core/retention.h"

/* `asked_by`: who answers for data protection; `visa`: the archives' number, NULL while they have not given it. */
struct slip { const struct purge_plan *plan; const char *asked_by, *visa; int64_t now_ms; };
void slip_write(struct text *out, const struct catalogue *c, const struct slip *slip);
/* "Nid de poule", its code where the catalogue has it no more. */
const char *slip_category(const struct catalogue *c, const char *code);
/* A line of a plan: name, retention, how many, from when to when. */
void slip_add_row(struct text *out, const char *name, const struct purge_line *line);
/* "2 ans", "18 mois" */
void slip_add_retention(struct text *out, int months);
/* "du 3 mars 2021 au 4 mai 2023" */
void slip_add_dates(struct text *out, const struct purge_line *line);

#endif
