// SPDX-License-Identifier: GPL-3.0-or-later
/* Figures day by day, for trends: a summed day costs one small row for each group, another the rows of that day
 * alone. */
#include "figures_inside.h"

#include <stdlib.h>
#include <string.h>

struct series {
	char *key;
	struct sla_day *days;
};
struct daily {
	struct store *s;
	const struct sla_query *q;
	int32_t from, to;
	struct series *series;
	size_t count, capacity;
	struct sla_day *apart; /* NULL: none is asked for */
};

/* Where the key is, or would be, in order. */
static size_t place_of(const struct daily *d, const char *key, bool *found)
{
	size_t low = 0, high = d->count;
	*found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(d->series[middle].key, key);
		*found = *found || order == 0;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct sla_day *day_of(struct daily *d, const char *value, int32_t day)
{
	const char *key = *value ? value : "-";
	bool found;
	size_t at = place_of(d, key, &found);
	if (!found) {
		struct series new = {
			guichet_strdup(key), guichet_alloc((size_t)(d->to - d->from + 1) * sizeof(struct sla_day))};
		GUICHET_GROW(d->series, d->count, d->capacity);
		memmove(&d->series[at + 1], &d->series[at], (d->count - at) * sizeof *d->series);
		d->series[at] = new;
		d->count++;
	}
	return &d->series[at].days[day - d->from];
}

static void count_slot(struct sla_day *day, int slot, int32_t n)
{
	if (slot == FIGURE_RECEIVED)
		day->received += n;
	else if (slot == FIGURE_IN_TIME)
		day->in_time += n;
	else if (slot >= FIGURE_SLOT_DELAY)
		day->answered += n;
}

static void add_row(void *context, const struct figure_row *row)
{
	struct daily *d = context;
	count_slot(day_of(d, figure_value(row, d->q->by), row->day), row->slot, row->n);
	if (d->apart && !strcmp(row->category, d->q->apart))
		count_slot(&d->apart[row->day - d->from], row->slot, row->n);
}

static void count_all(struct sla_day *day, const int32_t n[FIGURE_SLOTS])
{
	for (int slot = 0; slot < FIGURE_SLOTS; slot++)
		count_slot(day, slot, n[slot]);
}

static enum guichet_rc add_sum(struct daily *d, int32_t day, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(
		d->s, "SELECT value, counts FROM figure_roll WHERE period = ?1 AND scope = 0 AND part = '' AND by = ?2", err);
	_Static_assert(SCOPE_ALL == 0, "the scope named in the statement");
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "ii", (int64_t)day, (int64_t)d->q->by);
	enum guichet_rc rc;
	while ((rc = sql_step(d->s, st, err)) == GUICHET_OK) {
		int32_t n[FIGURE_SLOTS] = {0};
		figure_counts_add(sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1), n);
		count_all(day_of(d, column_str(st, 0), day), n);
	}
	if (rc == GUICHET_NOT_FOUND && d->apart) {
		int32_t n[FIGURE_SLOTS] = {0};
		rc = figures_roll_one(d->s, day, SCOPE_ALL, "", d->q->apart, n, err);
		count_all(&d->apart[day - d->from], n);
	}
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

static enum guichet_rc gather(struct daily *d, struct guichet_err *err)
{
	bool filtered = d->q->service || d->q->commune;
	enum guichet_rc rc = GUICHET_OK;
	int32_t unread = d->from;
	for (int32_t day = d->from; !filtered && day <= d->to && rc == GUICHET_OK; day++) {
		if (!figures_rolled(d->s, day))
			continue;
		if (unread < day)
			rc = figures_each(d->s, NULL, NULL, unread, day - 1, add_row, d, err);
		if (rc == GUICHET_OK)
			rc = add_sum(d, day, err);
		unread = day + 1;
	}
	if (rc == GUICHET_OK && unread <= d->to)
		rc = figures_each(d->s, d->q->service, d->q->commune, unread, d->to, add_row, d, err);
	return rc;
}

typedef bool visit_day(void *context, const struct sla_day *day);

/* Those of one key that have something. False: no more is wanted. */
static bool tell_series(const struct daily *d, struct sla_day *days, enum sla_by by, const char *key, visit_day *visit, void *context)
{
	bool go_on = true;
	for (int32_t n = 0; n <= d->to - d->from && go_on; n++) {
		if (!days[n].received && !days[n].answered && !days[n].in_time)
			continue;
		days[n].by = by;
		days[n].key = key;
		days[n].day = d->from + n;
		go_on = visit(context, &days[n]);
	}
	return go_on;
}

static void tell(const struct daily *d, visit_day *visit, void *context)
{
	struct sla_day *all = guichet_alloc((size_t)(d->to - d->from + 1) * sizeof *all);
	bool go_on = true;
	for (size_t i = 0; i < d->count && go_on; i++) {
		for (int32_t n = 0; n <= d->to - d->from; n++) {
			all[n].received += d->series[i].days[n].received;
			all[n].answered += d->series[i].days[n].answered;
			all[n].in_time += d->series[i].days[n].in_time;
		}
		go_on = tell_series(d, d->series[i].days, d->q->by, d->series[i].key, visit, context);
	}
	go_on = go_on && tell_series(d, all, d->q->by, "", visit, context);
	if (go_on && d->apart)
		tell_series(d, d->apart, SLA_BY_CATEGORY, d->q->apart, visit, context);
	free(all);
}

enum guichet_rc store_sla_days(struct store *s, const struct sla_query *q,
	bool (*visit)(void *context, const struct sla_day *d), void *context, struct guichet_err *err)
{
	struct daily d = {.s = s, .q = q, .from = q->from_day, .to = q->to_day};
	if (d.from > d.to)
		return GUICHET_OK;
	if (q->apart && q->by != SLA_BY_CATEGORY)
		d.apart = guichet_alloc((size_t)(d.to - d.from + 1) * sizeof *d.apart);
	bool reading = sql_begin_reading(s);
	enum guichet_rc rc = gather(&d, err);
	sql_end_reading(s, reading);
	if (rc == GUICHET_OK)
		tell(&d, visit, context);
	for (size_t i = 0; i < d.count; i++) {
		free(d.series[i].key);
		free(d.series[i].days);
	}
	free(d.series);
	free(d.apart);
	return rc;
}
