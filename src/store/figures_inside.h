// SPDX-License-Identifier: GPL-3.0-or-later
/* Counts of figures in groups (a service's, a commune's...), and reading them: what figures.c and figures_roll.c share. */
#ifndef GUICHET_STORE_FIGURES_INSIDE_H
#define GUICHET_STORE_FIGURES_INSIDE_H

#include "internal.h"

/* One count for each measure without bins, one for each state of what ended, one for each bin of delay. */
enum { FIGURE_SLOT_ENDED = FIGURE_ENDED, FIGURE_SLOT_DELAY = FIGURE_SLOT_ENDED + STATUS_COUNT, FIGURE_SLOTS = FIGURE_SLOT_DELAY + FIGURE_BINS };

struct figure_group {
	char *key;
	int32_t n[FIGURE_SLOTS];
	/* What is so now; not summed up. */
	int32_t open, at_risk, overdue, missed, overtaken, open_by_status[STATUS_COUNT];
	int64_t oldest_ms;
};
struct figure_groups { struct figure_group **slots; size_t count, capacity; };
struct figure_group *figure_group(struct figure_groups *g, const char *key);   /* made when it is new */
void figure_groups_done(struct figure_groups *g);
/* Where a row of `figure` is counted; -1: nowhere (of a newer guichet). */
int figure_slot(int measure, int bin);

/* Counts as figure_roll holds them. */
void figure_counts_write(struct text *out, const int32_t n[FIGURE_SLOTS]);
void figure_counts_add(const unsigned char *blob, size_t bytes, int32_t n[FIGURE_SLOTS]);

/* A row of `figure`; texts live until the next one. */
struct figure_row { const char *service, *commune, *category, *nature, *channel; int32_t day; int slot; int32_t n; };
const char *figure_value(const struct figure_row *row, enum sla_by by);
/* Every row of these days; `service` and `commune` may be NULL. Costs in proportion to what it visits, and a few look-ups for each pair of them. */
enum guichet_rc figures_each(struct store *s, const char *service, const char *commune, int32_t from_day, int32_t to_day,
	void (*visit)(void *context, const struct figure_row *row), void *context, struct guichet_err *err);

/* The first day that has figures; `today` when none before has. */
int32_t figures_first_day(struct store *s, int32_t today);

/* Periods of figure_roll: a day is its number, months come far behind all days. */
enum figure_scope { SCOPE_DONE = -1, SCOPE_ALL, SCOPE_SERVICE, SCOPE_COMMUNE };
int64_t figure_month(int32_t day);
bool figures_rolled(struct store *s, int64_t period);
/* Adds the counts of one category in this period. */
enum guichet_rc figures_roll_one(struct store *s, int64_t period, enum figure_scope scope, const char *part, const char *category, int32_t n[FIGURE_SLOTS],
	struct guichet_err *err);
int32_t month_first_day(int64_t period);
int32_t month_last_day(int64_t period);

#endif
