// SPDX-License-Identifier: GPL-3.0-or-later
/* Service-level figures: what is open now, from the index of open requests; what was received, answered, promised in a period, from sums by day.
 *
 * What a call costs: the open requests, once; then for the period one row a whole month and group, one a whole day and group at both its ends, and
 * the rows of the days that have no sum yet (today's, always). So ten years cost some 120 small rows for each service, whatever was closed in them.
 * Filtered by a service or a commune, the days at both ends are read in full, those of that service or commune alone; filtered by both, all of the
 * period is, which then concerns few requests.
 */
#include "figures_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DAYS_DEFAULT = 30 };
static const char no_value[] = "-";   /* "" stands for all */

struct asking { struct store *s; const struct sla_query *q; int32_t from, to; struct figure_groups groups; struct figure_group *apart; struct guichet_err *err; };

static struct figure_group *group_of(struct asking *a, const char *value)
{
	return figure_group(&a->groups, *value ? value : no_value);
}

/* --- the period --- */

static void add_row(void *context, const struct figure_row *row)
{
	struct asking *a = context;
	group_of(a, figure_value(row, a->q->by))->n[row->slot] += row->n;
	if (a->apart && !strcmp(row->category, a->q->apart))
		a->apart->n[row->slot] += row->n;
}

static enum guichet_rc add_days(struct asking *a, int32_t from, int32_t to)
{
	if (from > to)
		return GUICHET_OK;
	return figures_each(a->s, a->q->service, a->q->commune, from, to, add_row, a, a->err);
}

static enum guichet_rc add_sum(struct asking *a, int64_t period)
{
	enum figure_scope scope = a->q->service ? SCOPE_SERVICE : a->q->commune ? SCOPE_COMMUNE : SCOPE_ALL;
	const char *part = a->q->service ? a->q->service : a->q->commune ? a->q->commune : "";
	sqlite3_stmt *st = sql_prepare(a->s,
		"SELECT value, counts FROM figure_roll WHERE period = ?1 AND scope = ?2 AND part = ?3 AND by = ?4", a->err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "iiti", period, (int64_t)scope, part, (int64_t)a->q->by);
	enum guichet_rc rc;
	while ((rc = sql_step(a->s, st, a->err)) == GUICHET_OK)
		figure_counts_add(sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1), group_of(a, column_str(st, 0))->n);
	if (rc == GUICHET_NOT_FOUND && a->apart)
		rc = figures_roll_one(a->s, period, scope, part, a->q->apart, a->apart->n, a->err);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* The longest sum that begins on this day and ends in the period; its last day, or the day before when there is none. */
static int32_t sum_at(struct asking *a, int32_t day, int64_t *period)
{
	int64_t month = figure_month(day);
	if (a->q->service && a->q->commune)
		return day - 1;
	*period = month;
	if (day == month_first_day(month) && month_last_day(month) <= a->to && figures_rolled(a->s, month))
		return month_last_day(month);
	*period = day;
	return !a->q->service && !a->q->commune && figures_rolled(a->s, day) ? day : day - 1;
}

static enum guichet_rc add_period(struct asking *a)
{
	enum guichet_rc rc = GUICHET_OK;
	int32_t unread = a->from;
	for (int32_t day = unread; day <= a->to && rc == GUICHET_OK;) {
		int64_t period = day;
		int32_t last = sum_at(a, day, &period);
		if (last >= day) {
			rc = add_days(a, unread, day - 1);
			if (rc == GUICHET_OK)
				rc = add_sum(a, period);
			unread = last + 1;
		}
		day = last >= day ? last + 1 : day + 1;
	}
	return rc == GUICHET_OK ? add_days(a, unread, a->to) : rc;
}

/* --- now --- */

static const char *value_at(sqlite3_stmt *st, enum sla_by by)
{
	static const int columns[] = { [SLA_BY_SERVICE] = 0, [SLA_BY_COMMUNE] = 1, [SLA_BY_NATURE] = 2, [SLA_BY_CATEGORY] = 3, [SLA_BY_CHANNEL] = 4 };
	return column_str(st, columns[by]);
}

static bool is_apart(const struct asking *a, sqlite3_stmt *st)
{
	return a->apart && !strcmp(value_at(st, SLA_BY_CATEGORY), a->q->apart);
}

static void count_open(struct figure_group *g, sqlite3_stmt *st, int64_t now)
{
	enum status status;
	bool waits = sqlite3_column_int(st, 6) == 1;
	int64_t due = sqlite3_column_int64(st, 7), risk = column_instant(st, 8), received = sqlite3_column_int64(st, 9);
	g->open++;
	if (status_parse(column_str(st, 5), &status))
		g->open_by_status[status]++;
	if (!waits && due < now)
		g->overdue++;
	else if (!waits && risk != NO_INSTANT && risk <= now)
		g->at_risk++;
	if (g->oldest_ms == NO_INSTANT || received < g->oldest_ms)
		g->oldest_ms = received;
}

static enum guichet_rc add_open(struct asking *a)
{
	int64_t now = store_now(a->s);
	sqlite3_stmt *st = sql_prepare(a->s,
		"SELECT service, commune, nature, category, channel, status, paused, due_answer, risk_ms, received_ms FROM request "
		"INDEXED BY request_open_service WHERE open = 1 AND (?1 IS NULL OR service = ?1) AND (?2 IS NULL OR commune = ?2)", a->err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "tt", a->q->service, a->q->commune);
	enum guichet_rc rc;
	while ((rc = sql_step(a->s, st, a->err)) == GUICHET_OK) {
		count_open(group_of(a, value_at(st, a->q->by)), st, now);
		if (is_apart(a, st))
			count_open(a->apart, st, now);
	}
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

static void count_promise(struct figure_group *g, sqlite3_stmt *st)
{
	if (sqlite3_column_int(st, 5) == TODO_PROMISE_MISSED)
		g->missed++;
	else
		g->overtaken++;
}

/* Promises that are past and not kept, of the period (those answered late are in the sums), and those that cannot be kept any more. */
static enum guichet_rc add_promises(struct asking *a)
{
	int32_t today = paris_day(store_now(a->s));
	_Static_assert(TODO_PROMISE_MISSED == 1 && TODO_PROMISE_OVERTAKEN == 2, "the kinds named in the statement");
	/* A promise until midnight is one of the day before. */
	sqlite3_stmt *st = sql_prepare(a->s,
		"SELECT r.service, r.commune, r.nature, r.category, r.channel, t.kind FROM todo t INDEXED BY todo_at JOIN request r ON r.id = t.request "
		"WHERE ((t.kind = 1 AND t.at_ms > ?1 AND t.at_ms <= ?2) OR t.kind = 2) AND (?3 IS NULL OR r.service = ?3) "
		"AND (?4 IS NULL OR r.commune = ?4)", a->err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "iitt", paris_instant(a->from, 0), paris_instant(a->to < today ? a->to + 1 : today, 0), a->q->service, a->q->commune);
	enum guichet_rc rc;
	while ((rc = sql_step(a->s, st, a->err)) == GUICHET_OK) {
		count_promise(group_of(a, value_at(st, a->q->by)), st);
		if (is_apart(a, st))
			count_promise(a->apart, st);
	}
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* --- telling --- */

/* The delay that `share` of the answers did not exceed. */
static double delay_at(const int32_t n[FIGURE_SLOTS], int64_t answered, double share)
{
	int64_t wanted = (int64_t)ceil((double)answered * share), seen = 0;
	for (int bin = 0; bin < FIGURE_BINS; bin++) {
		seen += n[FIGURE_SLOT_DELAY + bin];
		if (seen >= wanted && seen > 0)
			return figure_bin_hours(bin);
	}
	return (double)NAN;
}

static void fill(const struct figure_group *g, enum sla_by by, struct sla_row *out)
{
	memset(out, 0, sizeof *out);
	out->by = by;
	out->key = g->key;
	for (int i = 0; i < STATUS_COUNT; i++)
		out->by_status[i] = g->open_by_status[i] + g->n[FIGURE_SLOT_ENDED + i];
	for (int i = 0; i < FIGURE_BINS; i++)
		out->answered += g->n[FIGURE_SLOT_DELAY + i];
	out->open = g->open;
	out->at_risk = g->at_risk;
	out->overdue = g->overdue;
	out->received = g->n[FIGURE_RECEIVED];
	out->in_time = g->n[FIGURE_IN_TIME];
	out->reopened = g->n[FIGURE_REOPENED];
	out->refused = g->n[FIGURE_REFUSED];
	out->chased = g->n[FIGURE_CHASED];
	out->promises_missed = g->missed;
	out->promises_broken = g->n[FIGURE_BROKEN] + g->missed;
	out->promises_overtaken = g->overtaken;
	int64_t owed = out->answered + out->overdue;
	out->met_share = owed > 0 ? (double)out->in_time / (double)owed : (double)NAN;
	out->median_hours = delay_at(g->n, out->answered, 0.5);
	out->p90_hours = delay_at(g->n, out->answered, 0.9);
	out->oldest_ms = g->oldest_ms;
}

static void add_group(struct figure_group *all, const struct figure_group *g)
{
	for (int i = 0; i < FIGURE_SLOTS; i++)
		all->n[i] += g->n[i];
	for (int i = 0; i < STATUS_COUNT; i++)
		all->open_by_status[i] += g->open_by_status[i];
	all->open += g->open;
	all->at_risk += g->at_risk;
	all->overdue += g->overdue;
	all->missed += g->missed;
	all->overtaken += g->overtaken;
	if (g->oldest_ms != NO_INSTANT && (all->oldest_ms == NO_INSTANT || g->oldest_ms < all->oldest_ms))
		all->oldest_ms = g->oldest_ms;
}

static int by_key(const void *a, const void *b)
{
	return strcmp((*(const struct figure_group *const *)a)->key, (*(const struct figure_group *const *)b)->key);
}

static void tell(const struct asking *a, bool (*visit)(void *context, const struct sla_row *r), void *context)
{
	const struct figure_groups *groups = &a->groups;
	struct figure_group all = { .key = (char[]){ "" }, .oldest_ms = NO_INSTANT };
	struct figure_group **sorted = guichet_alloc((groups->count + 1) * sizeof *sorted);
	struct sla_row row;
	size_t n = 0;
	bool go_on = true;
	for (size_t i = 0; i < groups->capacity; i++)
		if (groups->slots[i])
			sorted[n++] = groups->slots[i];
	qsort(sorted, n, sizeof(struct figure_group *), by_key);
	for (size_t i = 0; i < n && go_on; i++) {
		add_group(&all, sorted[i]);
		fill(sorted[i], a->q->by, &row);
		go_on = visit(context, &row);
	}
	free(sorted);
	fill(&all, a->q->by, &row);
	go_on = go_on && visit(context, &row);
	if (!go_on || !a->apart)
		return;
	fill(a->apart, SLA_BY_CATEGORY, &row);
	visit(context, &row);
}

enum guichet_rc store_sla(struct store *s, const struct sla_query *q, bool (*visit)(void *context, const struct sla_row *r), void *context,
	struct guichet_err *err)
{
	int32_t today = paris_day(store_now(s));
	struct figure_group apart = { .key = (char *)(uintptr_t)q->apart, .oldest_ms = NO_INSTANT };
	struct asking a = { .s = s, .q = q, .from = q->from_day, .to = q->to_day, .err = err };
	if (q->apart && q->by != SLA_BY_CATEGORY)
		a.apart = &apart;
	if (a.from == 0 && a.to == 0) {
		a.from = today - DAYS_DEFAULT + 1;
		a.to = today;
	}
	/* Sums, rows and what is open as they stand at one moment. */
	bool own = sqlite3_get_autocommit(s->db) != 0;
	enum guichet_rc rc = own ? sql_exec(s, "BEGIN", err) : GUICHET_OK;
	if (rc)
		return rc;
	rc = add_period(&a);
	if (rc == GUICHET_OK)
		rc = add_open(&a);
	if (rc == GUICHET_OK)
		rc = add_promises(&a);
	if (own)
		sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
	if (rc == GUICHET_OK)
		tell(&a, visit, context);
	figure_groups_done(&a.groups);
	return rc;
}
