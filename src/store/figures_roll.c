// SPDX-License-Identifier: GPL-3.0-or-later
/* Sums of whole days and whole months, so that figures over ten years cost as many rows as there are months, services and categories, however many
 * requests there were. They are made when idle, from the rows of days, and only of days that are over; writing to a day takes the mark off its sums,
 * and figures.c then reads the rows themselves until they are made again. A store that never idles has right figures too, just slower.
 */
#include "figures_inside.h"

#include <stdlib.h>
#include <string.h>

enum { MONTHS = 10000000, KEY_MAX = 512, DAYS_SUMMED = 400 };

/* --- periods --- */

int64_t figure_month(int32_t day)
{
	int year, month, of_month;
	day_to_date(day, &year, &month, &of_month);
	return MONTHS + (int64_t)year * 12 + month - 1;
}

int32_t month_first_day(int64_t period)
{
	int64_t month = period - MONTHS;
	return day_from_date((int)(month / 12), (int)(month % 12) + 1, 1);
}

int32_t month_last_day(int64_t period)
{
	return month_first_day(period + 1) - 1;
}

bool figures_rolled(struct store *s, int64_t period)
{
	return sql_value(s, 0, "SELECT 1 FROM figure_roll WHERE period = ?1 AND scope = -1", "i", period) != 0;
}

enum guichet_rc figures_roll_one(struct store *s, int64_t period, enum figure_scope scope, const char *part, const char *category, int32_t n[FIGURE_SLOTS],
	struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT counts FROM figure_roll WHERE period = ?1 AND scope = ?2 AND part = ?3 AND by = ?4 AND value = ?5", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "iitit", period, (int64_t)scope, part, (int64_t)SLA_BY_CATEGORY, category);
	enum guichet_rc rc = sql_step(s, st, err);
	if (rc == GUICHET_OK)
		figure_counts_add(sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0), n);
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

enum guichet_rc figures_unroll(struct store *s, int32_t day, struct guichet_err *err)
{
	return sql_run(s, err, "DELETE FROM figure_roll WHERE period IN (?1, ?2) AND scope = -1", "ii", (int64_t)day, figure_month(day));
}

/* --- summing one --- */

struct summing { struct figure_groups groups; bool parts; };

static void add_to(struct summing *sum, enum figure_scope scope, const char *part, enum sla_by by, const struct figure_row *row)
{
	char key[KEY_MAX];
	snprintf(key, sizeof key, "%d\t%s\t%d\t%s", (int)scope, part, (int)by, figure_value(row, by));
	figure_group(&sum->groups, key)->n[row->slot] += row->n;
}

static void add_row(void *context, const struct figure_row *row)
{
	struct summing *sum = context;
	for (int by = SLA_BY_SERVICE; by <= SLA_BY_CHANNEL; by++) {
		add_to(sum, SCOPE_ALL, "", (enum sla_by)by, row);
		if (sum->parts) {
			add_to(sum, SCOPE_SERVICE, row->service, (enum sla_by)by, row);
			add_to(sum, SCOPE_COMMUNE, row->commune, (enum sla_by)by, row);
		}
	}
}

static enum guichet_rc sum_period(struct store *s, int64_t period, struct summing *out, struct guichet_err *err)
{
	bool is_month = period >= MONTHS;
	*out = (struct summing){ .parts = is_month };
	return figures_each(s, NULL, NULL, is_month ? month_first_day(period) : (int32_t)period,
		is_month ? month_last_day(period) : (int32_t)period, add_row, out, err);
}

/* Calls `use` with each group's row: period, scope, part, by, value, counts. */
typedef enum guichet_rc use_sum(struct store *s, int64_t period, int64_t scope, const char *part, int64_t by, const char *value,
	const struct text *counts, void *context, struct guichet_err *err);

static enum guichet_rc each_sum(struct store *s, int64_t period, const struct summing *sum, use_sum *use, void *context, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	struct text counts = TEXT_INIT;
	for (size_t i = 0; i < sum->groups.capacity && rc == GUICHET_OK; i++) {
		const struct figure_group *g = sum->groups.slots[i];
		char key[KEY_MAX];
		if (!g)
			continue;
		text_clear(&counts);
		figure_counts_write(&counts, g->n);
		if (!counts.len)
			continue;
		snprintf(key, sizeof key, "%s", g->key);
		char *part = strchr(key, '\t') + 1, *by = strchr(part, '\t') + 1, *value = strchr(by, '\t') + 1;
		by[-1] = value[-1] = '\0';
		rc = use(s, period, strtol(key, NULL, 10), part, strtol(by, NULL, 10), value, &counts, context, err);
	}
	text_done(&counts);
	return rc;
}

static enum guichet_rc write_sum(struct store *s, int64_t period, int64_t scope, const char *part, int64_t by, const char *value,
	const struct text *counts, void *context, struct guichet_err *err)
{
	(void)context;
	return sql_run(s, err, "INSERT INTO figure_roll(period, scope, part, by, value, counts) VALUES(?1, ?2, ?3, ?4, ?5, ?6)", "iititb", period,
		scope, part, by, value, (const void *)counts->data, counts->len);
}

static enum guichet_rc roll(struct store *s, int64_t period, struct guichet_err *err)
{
	struct summing sum;
	enum guichet_rc rc = sum_period(s, period, &sum, err);
	if (rc == GUICHET_OK)
		rc = sql_run(s, err, "DELETE FROM figure_roll WHERE period = ?1", "i", period);
	if (rc == GUICHET_OK)
		rc = each_sum(s, period, &sum, write_sum, NULL, err);
	if (rc == GUICHET_OK)
		rc = sql_run(s, err, "INSERT INTO figure_roll(period, scope, part, by, value, counts) VALUES(?1, -1, '', 0, '', x'')", "i", period);
	figure_groups_done(&sum.groups);
	return rc;
}

/* --- which are due: every month that is over, and every day that is, of the last year --- */

static bool is_day_due(struct store *s, int32_t day, int32_t first, int32_t today)
{
	return day >= first && day >= today - DAYS_SUMMED && day < today && !figures_rolled(s, day);
}

/* What of this month is due, in one transaction; when time is up, what is done of it. */
static enum guichet_rc roll_month(struct store *s, int64_t month, int32_t first, int32_t today, int64_t until_ns, struct guichet_err *err)
{
	int32_t from = month_first_day(month), to = month_last_day(month);
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	for (int32_t day = from; day <= to && rc == GUICHET_OK; day++)
		if (is_day_due(s, day, first, today) && clock_monotonic_ns() < until_ns)
			rc = roll(s, day, err);
	if (rc == GUICHET_OK && clock_monotonic_ns() < until_ns && to < today && !figures_rolled(s, month))
		rc = roll(s, month, err);
	return store_finish(s, rc, err);
}

static bool is_month_due(struct store *s, int64_t month, int32_t first, int32_t today)
{
	int32_t from = month_first_day(month), to = month_last_day(month);
	if (to < today && !figures_rolled(s, month))
		return true;
	for (int32_t day = from; day <= to; day++)
		if (is_day_due(s, day, first, today))
			return true;
	return false;
}

enum guichet_rc figures_roll(struct store *s, int64_t until_ns, struct guichet_err *err)
{
	int64_t *due = NULL;
	size_t count = 0, capacity = 0;
	/* Hundreds of small questions under one lock; then each month is summed under its own. */
	bool reading = sql_begin_reading(s);
	int32_t today = paris_day(store_now(s)), first = figures_first_day(s, today);
	for (int64_t month = figure_month(first); month <= figure_month(today); month++)
		if (is_month_due(s, month, first, today)) {
			GUICHET_GROW(due, count, capacity);
			due[count++] = month;
		}
	sql_end_reading(s, reading);
	enum guichet_rc rc = GUICHET_OK;
	for (size_t i = 0; i < count && rc == GUICHET_OK && clock_monotonic_ns() < until_ns; i++)
		rc = roll_month(s, due[i], first, today, until_ns, err);
	free(due);
	return rc;
}

/* --- checking --- */

struct checking { int64_t found, fits; };

static enum guichet_rc check_sum(struct store *s, int64_t period, int64_t scope, const char *part, int64_t by, const char *value,
	const struct text *counts, void *context, struct guichet_err *err)
{
	struct checking *c = context;
	(void)err;
	c->found++;
	c->fits += sql_value(s, 0,
		"SELECT counts = ?6 FROM figure_roll WHERE period = ?1 AND scope = ?2 AND part = ?3 AND by = ?4 AND value = ?5", "iititb", period, scope,
		part, by, value, (const void *)counts->data, counts->len);
	return GUICHET_OK;
}

enum guichet_rc figures_roll_check(struct store *s, int64_t *differences, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	int64_t period = INT64_MIN;
	*differences = 0;
	while (rc == GUICHET_OK) {
		struct summing sum;
		struct checking c = { 0 };
		int64_t next = sql_value(s, INT64_MIN, "SELECT min(period) FROM figure_roll WHERE period > ?1", "i", period);
		if (next == INT64_MIN)
			break;
		period = next;
		if (!figures_rolled(s, period))
			continue;
		rc = sum_period(s, period, &sum, err);
		if (rc == GUICHET_OK)
			rc = each_sum(s, period, &sum, check_sum, &c, err);
		int64_t rows = sql_value(s, -1, "SELECT count(*) FROM figure_roll WHERE period = ?1 AND scope >= 0", "i", period);
		*differences += c.found != c.fits || rows != c.found;
		figure_groups_done(&sum.groups);
	}
	return rc;
}
