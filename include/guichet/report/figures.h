// SPDX-License-Identifier: GPL-3.0-or-later
/* Figures for people: what they are grouped by, what their keys are called, and sheets of them (CSV) to take away.
 * Counts only: no personal data goes in. */
#ifndef GUICHET_REPORT_FIGURES_H
#define GUICHET_REPORT_FIGURES_H

#include "guichet/store/store.h"

enum { SLA_BY_COUNT = SLA_BY_CHANNEL + 1 };

const char *sla_by_code(enum sla_by by);               /* "commune" */
const char *sla_by_label(enum sla_by by);              /* "Commune" */
bool sla_by_parse(const char *s, enum sla_by *out);    /* code or French word */
/* What a key of these figures is called: a service's name...; "-": none of them. Borrowed from the catalogue or
 * `key`. */
const char *figures_name(const struct catalogue *c, enum sla_by by, const char *key);

/* --- A sheet: rows of fields, the first row being the headings. Texts that a spreadsheet would run as formulas are
 * made harmless. --- */
struct sheet { struct text csv, row; bool started; };
void sheet_text(struct sheet *s, const char *value);
void sheet_number(struct sheet *s, int64_t value);
void sheet_real(struct sheet *s, double value, int decimals);   /* NAN: empty */
void sheet_day(struct sheet *s, int32_t day);                    /* 2026-11-24 */
void sheet_end_row(struct sheet *s);
void sheet_done(struct sheet *s);
/* Writes it to a new file. GUICHET_CANT_CREATE when there is one of that name, or none can be made; GUICHET_IO when
 * it could not be written: then none is left behind. */
enum guichet_rc sheet_save(const struct sheet *s, const char *path, struct guichet_err *err);

#endif
