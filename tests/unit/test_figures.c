// SPDX-License-Identifier: GPL-3.0-or-later
/* Figures against a plain count over every request: a year and a half of a desk's life, made by chance but always the same. */
#include "store_life.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../../src/store/internal.h"

#define ARGS(...) (&(struct step_args){ __VA_ARGS__ })
#define assert_ok(f, call) \
	do { if ((call) != GUICHET_OK) fail_msg("%s: %s", #call, (f)->err.message); } while (0)
enum { HOUR = 3600 * 1000, DAY = 24 * HOUR, REQUESTS = STORE_LIFE_REQUESTS, ROWS_MAX = 64 };

/* --- the plain count --- */

struct expected { char key[64]; struct sla_row row; double delays[REQUESTS]; size_t delay_count; };
struct plain { struct expected rows[ROWS_MAX]; size_t count; };

static struct expected *row_for(struct plain *p, const char *key)
{
	for (size_t i = 0; i < p->count; i++)
		if (!strcmp(p->rows[i].key, key))
			return &p->rows[i];
	assert_true(p->count < ROWS_MAX);
	struct expected *e = &p->rows[p->count++];
	snprintf(e->key, sizeof e->key, "%s", key);
	e->row.oldest_ms = NO_INSTANT;
	return e;
}

static const char *value_of(const struct request *r, enum sla_by by)
{
	static const enum request_field fields[] = { [SLA_BY_SERVICE] = FIELD_SERVICE, [SLA_BY_COMMUNE] = FIELD_COMMUNE,
		[SLA_BY_NATURE] = FIELD_NATURE, [SLA_BY_CATEGORY] = FIELD_CATEGORY, [SLA_BY_CHANNEL] = FIELD_CHANNEL };
	const char *value = request_text(r, fields[by]);
	return *value ? value : "-";
}

static bool in(const struct sla_query *q, int64_t ms)
{
	int32_t day = paris_day(ms);
	return day >= q->from_day && day <= q->to_day;
}

static void count_open(struct expected *e, const struct request *r, const struct request_row *row, const struct sla_query *q, int64_t now)
{
	const struct promise *p = request_promise(r);
	int64_t due = row->due[TARGET_ANSWER], asked = now;
	for (size_t i = 0; row->paused && i < r->pause_count; i++)
		if (r->pauses[i].to_ms == NO_INSTANT)
			asked = r->pauses[i].from_ms;
	e->row.open++;
	e->row.by_status[r->status]++;
	if (due != NO_INSTANT && due < asked)
		e->row.overdue++;
	else if (!row->paused && row->risk_ms != NO_INSTANT && row->risk_ms <= now)
		e->row.at_risk++;
	if (e->row.oldest_ms == NO_INSTANT || row->received_ms < e->row.oldest_ms)
		e->row.oldest_ms = row->received_ms;
	if (p && r->answered_ms == NO_INSTANT && due_day(p->date_ms) < paris_day(now) && in(q, p->date_ms - 1))
		e->row.promises_broken++, e->row.promises_missed++;
	if (p && r->answered_ms == NO_INSTANT && due != NO_INSTANT && due_day(due) > due_day(p->date_ms))
		e->row.promises_overtaken++;
}

static void count_answered(struct expected *e, const struct request *r, const struct request_row *row, const struct sla_query *q)
{
	const struct promise *p = request_promise(r);
	int64_t due = row->due[TARGET_ANSWER], from = r->clock_start_ms > row->received_ms ? r->clock_start_ms : row->received_ms;
	if (in(q, r->answered_ms)) {
		e->row.answered++;
		e->row.in_time += due == NO_INSTANT || r->answered_ms <= due;
		e->delays[e->delay_count++] = (double)(r->answered_ms - from) / HOUR;
	}
	if (p && paris_day(r->answered_ms) > due_day(p->date_ms) && in(q, p->date_ms))
		e->row.promises_broken++;
}

/* All requests, folded once. */
struct everything { struct loaded loads[REQUESTS + 8]; struct request_row rows[REQUESTS + 8]; size_t count; struct store_fixture *f; };

static bool take_request(void *context, const struct request_row *row)
{
	struct everything *e = context;
	assert_true(e->count < REQUESTS + 8);
	struct loaded *l = &e->loads[e->count];
	assert_ok(e->f, store_load_id(e->f->store, row->id, l, &e->f->err));
	struct request_row *kept = &e->rows[e->count++];
	*kept = *row;
	kept->service = request_text(&l->request, FIELD_SERVICE);
	kept->commune = request_text(&l->request, FIELD_COMMUNE);
	return true;
}

static struct everything *everything_of(struct store_fixture *f, enum list_due due)
{
	struct everything *e = guichet_alloc(sizeof *e);
	struct list_filter all = LIST_FILTER_INIT;
	e->f = f;
	all.all = due == LIST_DUE_ANY;
	all.due = due;
	all.limit = 100000;
	assert_ok(f, store_list(f->store, &all, take_request, e, &f->err));
	return e;
}

static void everything_free(struct everything *e)
{
	for (size_t i = 0; i < e->count; i++)
		loaded_done(&e->loads[i]);
	free(e);
}

static void count_request(struct plain *plain, const struct request *r, const struct request_row *row, const struct sla_query *q, int64_t now)
{
	bool wanted = (!q->service || !strcmp(q->service, row->service)) && (!q->commune || !strcmp(q->commune, row->commune));
	const char *keys[] = { value_of(r, q->by), "" };
	for (int i = 0; i < 2 && wanted; i++) {
		struct expected *e = row_for(plain, keys[i]);
		if (in(q, row->received_ms)) {
			e->row.received++;
			e->row.reopened += r->reopened;
			e->row.refused += r->hops;
			e->row.chased += r->chased;
		}
		if (row->open)
			count_open(e, r, row, q, now);
		else if (in(q, r->closed_ms != NO_INSTANT ? r->closed_ms : r->answered_ms))
			e->row.by_status[r->status]++;
		if (r->answered_ms != NO_INSTANT)
			count_answered(e, r, row, q);
	}
}

static struct plain *plain_count(const struct everything *all, const struct sla_query *q)
{
	struct plain *plain = guichet_alloc(sizeof *plain);
	row_for(plain, "");
	for (size_t i = 0; i < all->count; i++)
		count_request(plain, &all->loads[i].request, &all->rows[i], q, all->f->now_ms);
	return plain;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void assert_delay(double found, struct expected *e, double share)
{
	if (e->delay_count == 0) {
		assert_true(isnan(found));
		return;
	}
	qsort(e->delays, e->delay_count, sizeof *e->delays, by_size);
	double exact = e->delays[(size_t)ceil((double)e->delay_count * share) - 1];
	if (fabs(found - exact) > exact * 0.05 && fabs(found - exact) > 0.1)
		fail_msg("%s: %.3f h, counted %.3f h", e->key, found, exact);
}

/* --- comparing --- */

struct comparing { struct plain *plain; size_t seen; char last[64]; const char *what; };

#define SAME(field) \
	if (r->field != e->row.field) \
		fail_msg("%s, %s: " #field " %lld, counted %lld", c->what, e->key, (long long)r->field, (long long)e->row.field)

static bool compare_row(void *context, const struct sla_row *r)
{
	struct comparing *c = context;
	struct expected *e = row_for(c->plain, r->key);
	/* In order, and all of them together last. */
	if (c->seen > 0 && *r->key)
		assert_true(strcmp(c->last, r->key) < 0);
	assert_true(c->seen == 0 || *c->last);
	snprintf(c->last, sizeof c->last, "%s", r->key);
	c->seen++;
	SAME(open);
	SAME(at_risk);
	SAME(overdue);
	SAME(received);
	SAME(answered);
	SAME(in_time);
	SAME(reopened);
	SAME(refused);
	SAME(chased);
	SAME(promises_broken);
	SAME(promises_missed);
	SAME(promises_overtaken);
	SAME(oldest_ms);
	for (int i = 0; i < STATUS_COUNT; i++)
		SAME(by_status[i]);
	int64_t owed = e->row.answered + e->row.overdue;
	if (owed == 0)
		assert_true(isnan(r->met_share));
	else
		assert_true(fabs(r->met_share - (double)e->row.in_time / (double)owed) < 1e-9);
	assert_delay(r->median_hours, e, 0.5);
	assert_delay(r->p90_hours, e, 0.9);
	return true;
}

static bool has_something(const struct expected *e)
{
	const struct sla_row *r = &e->row;
	int64_t ended = 0;
	for (int i = 0; i < STATUS_COUNT; i++)
		ended += r->by_status[i];
	return r->open || r->received || r->answered || r->promises_broken || ended;
}

static void compare(const struct everything *all, const struct sla_query *q, const char *what)
{
	struct plain *plain = plain_count(all, q);
	size_t expected = 1;
	for (size_t i = 1; i < plain->count; i++)
		expected += has_something(&plain->rows[i]);
	struct comparing c = { .plain = plain, .what = what };
	assert_ok(all->f, store_sla(all->f->store, q, compare_row, &c, &all->f->err));
	assert_string_equal(c.last, "");
	if (c.seen != expected)
		fail_msg("%s: %zu rows, counted %zu", what, c.seen, expected);
	free(plain);
}

static void compare_now(struct store_fixture *f, const struct sla_query *q, const char *what)
{
	struct everything *all = everything_of(f, LIST_DUE_ANY);
	compare(all, q, what);
	everything_free(all);
}

/* --- a category apart --- */

enum { DAYS_MAX = 1200 };
struct kept { bool by_category, found; struct sla_row row; struct sla_day days[DAYS_MAX]; int32_t from; };
static const char unsorted[] = "a-qualifier";

static bool keep_row(void *context, const struct sla_row *r)
{
	struct kept *k = context;
	if (r->by != SLA_BY_CATEGORY || strcmp(r->key, unsorted))
		return true;
	assert_false(k->found);
	k->found = true;
	k->row = *r;
	k->row.key = unsorted;
	return true;
}

static bool keep_day(void *context, const struct sla_day *d)
{
	struct kept *k = context;
	if (d->by != SLA_BY_CATEGORY || strcmp(d->key, unsorted))
		return true;
	k->days[d->day - k->from] = *d;
	k->days[d->day - k->from].key = unsorted;
	return true;
}

static void ask_apart(struct store_fixture *f, const struct sla_query *q, struct kept *out)
{
	memset(out, 0, sizeof *out);
	out->row = (struct sla_row){ .by = SLA_BY_CATEGORY, .key = unsorted, .met_share = (double)NAN, .median_hours = (double)NAN, .p90_hours = (double)NAN,
		.oldest_ms = NO_INSTANT };
	out->from = q->from_day;
	assert_ok(f, store_sla(f->store, q, keep_row, out, &f->err));
	assert_ok(f, store_sla_days(f->store, q, keep_day, out, &f->err));
}

/* The row and the days of a category that is asked for beside another grouping are those of a table by category. */
static int64_t compare_apart(struct store_fixture *f, struct sla_query q, const char *what)
{
	static struct kept alone, beside;
	if (q.by == SLA_BY_CATEGORY || q.to_day - q.from_day >= DAYS_MAX)
		return 0;
	q.apart = unsorted;
	ask_apart(f, &q, &beside);
	q.by = SLA_BY_CATEGORY;
	ask_apart(f, &q, &alone);
	assert_true(beside.found);
	if (beside.row.open != alone.row.open || beside.row.received != alone.row.received || beside.row.answered != alone.row.answered ||
		beside.row.overdue != alone.row.overdue || beside.row.promises_broken != alone.row.promises_broken || beside.row.oldest_ms != alone.row.oldest_ms)
		fail_msg("%s: another row of « %s » apart", what, unsorted);
	assert_memory_equal(beside.days, alone.days, sizeof alone.days);
	return alone.row.received;
}

static void compare_all(struct store_fixture *f, const char *when)
{
	int64_t apart = 0;
	static const struct { const char *service, *commune; } filters[] = {
		{ NULL, NULL }, { "voirie", NULL }, { NULL, "bois" }, { "voirie", "bois" }, { NULL, "" }, { "proximite", "aigues" },
	};
	const int32_t today = paris_day(f->now_ms);
	const struct { int32_t from, to; } periods[] = {
		{ today - 29, today }, { today, today }, { day_from_date(2025, 6, 1), day_from_date(2026, 5, 31) },
		{ day_from_date(2025, 5, 1), today + 20 }, { day_from_date(2026, 2, 10), day_from_date(2026, 2, 20) },
		{ day_from_date(2025, 8, 15), day_from_date(2026, 9, 3) }, { day_from_date(2019, 1, 1), day_from_date(2019, 12, 31) },
	};
	struct everything *all = everything_of(f, LIST_DUE_ANY);
	for (int by = SLA_BY_SERVICE; by <= SLA_BY_CHANNEL; by++)
		for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
			for (size_t j = 0; j < sizeof periods / sizeof *periods; j++) {
				char what[128];
				struct sla_query q = { (enum sla_by)by, filters[i].service, filters[i].commune, periods[j].from, periods[j].to, NULL };
				snprintf(what, sizeof what, "%s: by %d, filter %zu, period %zu", when, by, i, j);
				compare(all, &q, what);
				apart += compare_apart(f, q, what);
			}
	assert_true(apart > 0);
	everything_free(all);
}

static void assert_sums_are_right(struct store_fixture *f)
{
	struct verify_report r;
	assert_ok(f, store_verify(f->store, NULL, NULL, NULL, &r, &f->err));
	assert_int_equal(r.differences, 0);
}

/* Protects: figures are what counting every request by hand gives, by whatever they are asked and filtered, over any period; and they stay so when
 * days and months have been summed, when something of an old month changes afterwards, and when that has been summed again. */
static void test_figures_are_a_plain_count(void **state)
{
	struct store_fixture *f = *state;
	int64_t references[REQUESTS];
	store_life_make(f, references);
	compare_all(f, "days");
	assert_ok(f, store_idle(f->store, 60000, &f->err));
	compare_all(f, "sums");
	assert_sums_are_right(f);
	for (int i = 5; i < REQUESTS; i += 37) {
		store_life_may(f, references[i], STEP_REOPEN, ARGS(.reason = "cela recommence"));
		store_life_may(f, references[i], STEP_EDIT, ARGS(.field = "category", .value = "affaissement"));
		store_life_may(f, references[i + 1], STEP_EDIT, ARGS(.field = "commune", .value = "bois"));
	}
	compare_all(f, "changed");
	assert_sums_are_right(f);
	assert_ok(f, store_idle(f->store, 60000, &f->err));
	compare_all(f, "changed, sums");
	f->now_ms += 3 * (int64_t)DAY;
	compare_all(f, "three days later");
	assert_sums_are_right(f);
}

/* Protects: without a period the last thirty days are meant; an empty store has one row, of zeros. */
static void test_the_period_by_default(void **state)
{
	struct store_fixture *f = *state;
	const int32_t today = paris_day(f->now_ms);
	struct sla_query by_default = { .by = SLA_BY_SERVICE };
	for (int i = 0; i < 2; i++) {
		struct everything *all = everything_of(f, LIST_DUE_ANY);
		struct comparing c = { .what = "by default",
			.plain = plain_count(all, &(struct sla_query){ SLA_BY_SERVICE, NULL, NULL, today - 29, today, NULL }) };
		assert_ok(f, store_sla(f->store, &by_default, compare_row, &c, &f->err));
		assert_int_equal(c.seen, i ? 2 : 1);
		assert_int_equal(row_for(c.plain, "")->row.received, i);
		free(c.plain);
		everything_free(all);
		FIXTURE_LOG(f, .category = "depot", .subject = "Trop vieux", .received_ms = f->now_ms - 30 * (int64_t)DAY);
		FIXTURE_LOG(f, .category = "depot", .subject = "Tout juste", .received_ms = f->now_ms - 29 * (int64_t)DAY);
	}
}

static bool stop_at_once(void *context, const struct sla_row *r)
{
	(void)r;
	++*(int *)context;
	return false;
}

/* Protects: a request that waits is not late while it does, in the figures and in the list; one that was late before it was made to wait stays so. */
static void test_waiting_is_not_late(void **state)
{
	struct store_fixture *f = *state;
	int64_t early = FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "En attente à temps");
	int64_t late = FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "En attente trop tard");
	FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Oubliée");
	fixture_step(f, early, STEP_WAIT, ARGS(.reason = "third-party", .text = "on attend"));
	f->now_ms += 20 * (int64_t)DAY;
	fixture_step(f, late, STEP_WAIT, ARGS(.reason = "third-party", .text = "on attend"));
	f->now_ms += 20 * (int64_t)DAY;
	struct sla_query q = { SLA_BY_SERVICE, NULL, NULL, paris_day(f->now_ms) - 60, paris_day(f->now_ms), NULL };
	struct everything *listed = everything_of(f, LIST_DUE_OVERDUE);
	struct plain *plain = plain_count(listed, &q);
	assert_int_equal(row_for(plain, "")->row.open, 2);
	assert_int_equal(row_for(plain, "")->row.by_status[STATUS_WAITING], 1);
	free(plain);
	everything_free(listed);
	compare_now(f, &q, "waiting");
	fixture_step(f, early, STEP_RESUME, ARGS(.text = NULL));
	f->now_ms += 20 * (int64_t)DAY;
	compare_now(f, &q, "resumed");
	int seen = 0;
	assert_ok(f, store_sla(f->store, &q, stop_at_once, &seen, &f->err));
	assert_int_equal(seen, 1);
}

/* What one question costs, in steps of SQLite's machine: they do not depend on the machine below it. */
static int64_t cost(struct store_fixture *f, const struct sla_query *q)
{
	int64_t steps = 0;
	int seen = 0;
	for (int warm = 0; warm < 2; warm++) {
		steps = 0;
		assert_ok(f, store_sla(f->store, q, stop_at_once, &seen, &f->err));
		for (sqlite3_stmt *st = sqlite3_next_stmt(f->store->db, NULL); st; st = sqlite3_next_stmt(f->store->db, st))
			steps += sqlite3_stmt_status(st, SQLITE_STMTSTATUS_VM_STEP, 1);
	}
	return steps;
}

static void log_and_end(struct store_fixture *f, int count)
{
	int64_t end = f->now_ms;
	for (int i = 0; i < count; i++) {
		f->now_ms = end - (int64_t)(count - i) * 700 * DAY / count;
		if (i % 50 == 0)
			assert_ok(f, store_begin(f->store, &f->err));
		int64_t reference = FIXTURE_LOG(f, .category = "depot", .subject = "Un tas", .commune = i % 2 ? "bois" : "aigues");
		fixture_step(f, reference, STEP_CANCEL, ARGS(.reason = "doublon"));
		if (i % 50 == 49)
			assert_ok(f, store_commit(f->store, &f->err));
	}
	f->now_ms = end + DAY;
	assert_ok(f, store_idle(f->store, 60000, &f->err));
}

/* Protects: figures do not cost more as closed requests pile up, over a month or over two years, of all or of one service. */
static void test_cost_does_not_follow_what_is_closed(void **state)
{
	struct store_fixture *f = *state;
	const int32_t today = paris_day(f->now_ms);
	const struct sla_query queries[] = {
		{ SLA_BY_SERVICE, NULL, NULL, today - 29, today, NULL }, { SLA_BY_SERVICE, NULL, NULL, today - 720, today, NULL },
		{ SLA_BY_CATEGORY, "nettoyage", NULL, today - 720, today, NULL }, { SLA_BY_CHANNEL, NULL, "bois", today - 720, today, NULL },
	};
	int64_t few[4];
	log_and_end(f, 700);
	for (size_t i = 0; i < 4; i++)
		few[i] = cost(f, &queries[i]);
	log_and_end(f, 1400);
	for (size_t i = 0; i < 4; i++) {
		int64_t many = cost(f, &queries[i]);
		assert_true(few[i] > 0);
		if (many * 2 > few[i] * 3)
			fail_msg("question %zu: %lld steps, with three times as many closed %lld", i, (long long)few[i], (long long)many);
	}
}

/* Protects: a category apart is told from the same reading, which costs less than another one by category. */
static void test_cost_of_a_category_apart(void **state)
{
	struct store_fixture *f = *state;
	const int32_t today = paris_day(f->now_ms);
	struct sla_query q = { SLA_BY_SERVICE, NULL, NULL, today - 29, today, NULL };
	log_and_end(f, 700);
	int64_t apart = 0, twice = cost(f, &q);
	q.apart = unsorted;
	apart = cost(f, &q);
	q.by = SLA_BY_CATEGORY;
	twice += cost(f, &q);
	if (apart * 10 > twice * 9)
		fail_msg("%lld steps, two readings are %lld", (long long)apart, (long long)twice);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_figures_are_a_plain_count),
		TEST(test_the_period_by_default),
		TEST(test_waiting_is_not_late),
		TEST(test_cost_does_not_follow_what_is_closed),
		TEST(test_cost_of_a_category_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
