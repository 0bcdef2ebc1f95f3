// SPDX-License-Identifier: GPL-3.0-or-later
/* What lies behind figures: their requests, their days, and the hours of contacts; held against the figures and
 * against each request by itself. */
#include "store_life.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../../src/store/internal.h"

#define ARGS(...) (&(struct step_args){__VA_ARGS__})
#define assert_ok(f, call) \
	do { \
		if ((call) != GUICHET_OK) \
			fail_msg("%s: %s", #call, (f)->err.message); \
	} while (0)
enum { DAY = 24 * 3600 * 1000, KEYS = 16, FOUND_MAX = 1000 };

struct figures {
	struct sla_row rows[KEYS];
	char keys[KEYS][64];
	size_t count;
};

static bool keep_row(void *context, const struct sla_row *r)
{
	struct figures *all = context;
	assert_true(all->count < KEYS);
	all->rows[all->count] = *r;
	snprintf(all->keys[all->count], sizeof all->keys[0], "%s", r->key);
	all->rows[all->count].key = all->keys[all->count];
	all->count++;
	return true;
}

static void ask(struct store_fixture *f, const struct sla_query *q, struct figures *all)
{
	all->count = 0;
	assert_ok(f, store_sla(f->store, q, keep_row, all, &f->err));
}

/* --- requests --- */

struct found {
	struct store_fixture *f;
	const struct sla_query *q;
	const char *key;
	enum sla_figure figure;
	int64_t ids[FOUND_MAX];
	size_t count;
};

static const char *value_of(const struct request_row *r, enum sla_by by)
{
	const char *const values[] = {[SLA_BY_SERVICE] = r->service,
		[SLA_BY_COMMUNE] = r->commune,
		[SLA_BY_NATURE] = r->nature,
		[SLA_BY_CATEGORY] = r->category,
		[SLA_BY_CHANNEL] = r->channel};
	return values[by] && *values[by] ? values[by] : "-";
}

static bool in(const struct sla_query *q, int64_t ms)
{
	int32_t day = paris_day(ms);
	return ms != NO_INSTANT && day >= q->from_day && day <= q->to_day;
}

/* Why it is behind the figure, by its own folded life. */
static bool belongs(const struct found *all, const struct request_row *r)
{
	struct loaded l;
	assert_ok(all->f, store_load_id(all->f->store, r->id, &l, &all->f->err));
	const struct promise *p = request_promise(&l.request);
	int64_t due = r->due[TARGET_ANSWER], now = all->f->now_ms, answered = l.request.answered_ms;
	bool yes = false;
	if (all->figure == SLA_FIGURE_RECEIVED)
		yes = in(all->q, r->received_ms);
	else if (all->figure == SLA_FIGURE_LATE)
		yes = due != NO_INSTANT && (request_is_open(&l.request) ? due < now : in(all->q, answered) && answered > due);
	else if (all->figure == SLA_FIGURE_OVERTAKEN)
		yes = p && request_is_open(&l.request) && answered == NO_INSTANT && due_day(due) > due_day(p->date_ms);
	else if (p && answered != NO_INSTANT)
		yes = all->figure != SLA_FIGURE_BROKEN_MISSED && in(all->q, p->date_ms) &&
			paris_day(answered) > due_day(p->date_ms);
	else if (p)
		yes = all->figure != SLA_FIGURE_BROKEN_AFTER && request_is_open(&l.request) && in(all->q, p->date_ms - 1) &&
			due_day(p->date_ms) < paris_day(now);
	loaded_done(&l);
	return yes;
}

static bool take_found(void *context, const struct request_row *r)
{
	struct found *all = context;
	assert_true(all->count < FOUND_MAX);
	for (size_t i = 0; i < all->count; i++)
		assert_true(all->ids[i] > r->id);
	all->ids[all->count++] = r->id;
	if (*all->key)
		assert_string_equal(value_of(r, all->q->by), all->key);
	if (all->q->service)
		assert_string_equal(r->service, all->q->service);
	if (all->q->commune)
		assert_string_equal(r->commune, all->q->commune);
	assert_true(belongs(all, r));
	return true;
}

static void assert_behind(struct store_fixture *f, const struct sla_query *q, const struct sla_row *r)
{
	const int64_t wanted[] = {[SLA_FIGURE_LATE] = r->answered - r->in_time + r->overdue,
		[SLA_FIGURE_RECEIVED] = r->received,
		[SLA_FIGURE_BROKEN] = r->promises_broken,
		[SLA_FIGURE_BROKEN_AFTER] = r->promises_broken - r->promises_missed,
		[SLA_FIGURE_BROKEN_MISSED] = r->promises_missed,
		[SLA_FIGURE_OVERTAKEN] = r->promises_overtaken};
	for (int figure = SLA_FIGURE_LATE; figure <= SLA_FIGURE_OVERTAKEN; figure++) {
		struct found all = {.f = f, .q = q, .key = r->key, .figure = (enum sla_figure)figure};
		assert_ok(
			f, store_sla_requests(f->store, q, r->key, (enum sla_figure)figure, FOUND_MAX, take_found, &all, &f->err));
		if ((int64_t)all.count != wanted[figure])
			fail_msg("figure %d of %s by %d: %lld, behind it %zu", figure, r->key, (int)q->by,
				(long long)wanted[figure], all.count);
	}
}

static bool count_row(void *context, const struct request_row *r)
{
	(void)r;
	++*(int64_t *)context;
	return true;
}

static int64_t listed(struct store_fixture *f, const struct sla_query *q, const char *key, enum list_due due)
{
	struct list_filter filter = LIST_FILTER_INIT;
	enum nature nature;
	enum channel channel;
	int64_t n = 0;
	filter.due = due;
	filter.limit = FOUND_MAX;
	filter.service = q->by == SLA_BY_SERVICE && *key ? key : q->service;
	filter.commune = q->by == SLA_BY_COMMUNE && *key ? key : q->commune;
	filter.category = q->by == SLA_BY_CATEGORY && *key ? key : NULL;
	if (q->by == SLA_BY_NATURE && nature_parse(key, &nature))
		filter.nature = (int)nature;
	if (q->by == SLA_BY_CHANNEL && channel_parse(key, &channel))
		filter.channel = (int)channel;
	assert_ok(f, store_list(f->store, &filter, count_row, &n, &f->err));
	return n;
}

static void assert_all_behind(struct store_fixture *f)
{
	static const struct {
		const char *service, *commune;
	} filters[] = {{NULL, NULL}, {"voirie", NULL}, {NULL, "bois"}, {"proximite", "aigues"}};
	int32_t today = paris_day(f->now_ms);
	const struct {
		int32_t from, to;
	} periods[] = {{today - 29, today}, {today - 364, today}, {today - 300, today - 100}, {today, today}};
	for (int by = SLA_BY_SERVICE; by <= SLA_BY_CHANNEL; by++)
		for (size_t i = 0; i < 4; i++)
			for (size_t j = 0; j < 4; j++) {
				struct sla_query q = {
					(enum sla_by)by, filters[i].service, filters[i].commune, periods[j].from, periods[j].to, NULL};
				struct figures all;
				ask(f, &q, &all);
				for (size_t n = 0; n < all.count; n++) {
					const struct sla_row *r = &all.rows[n];
					assert_behind(f, &q, r);
					if (j > 0)
						continue;
					assert_int_equal(listed(f, &q, r->key, LIST_DUE_ANY), r->open);
					assert_int_equal(listed(f, &q, r->key, LIST_DUE_RISK), r->at_risk);
					assert_int_equal(listed(f, &q, r->key, LIST_DUE_OVERDUE), r->overdue);
				}
			}
}

/* Protects: behind every figure stand as many requests as it says, each once, and each for a reason that its own
 * life gives; today and at any other hour. */
static void test_behind(void **state)
{
	struct store_fixture *f = *state;
	int64_t references[STORE_LIFE_REQUESTS];
	store_life_make(f, references);
	/* Something fresh, at risk, late or waiting. */
	for (int i = 0; i < 12; i++) {
		int64_t one = FIXTURE_LOG(
			f, .category = i % 2 ? "depot" : "nid-de-poule", .commune = i % 3 ? "bois" : NULL, .subject = "Un tas");
		if (i % 4 == 0)
			store_life_may(f, one, STEP_WAIT, ARGS(.reason = "third-party", .text = "on attend"));
		if (i % 4 == 1)
			store_life_may(f, one, STEP_PROMISE,
				ARGS(.date_ms = paris_instant(paris_day(f->now_ms) + 2, 0), .channel = "phone", .reason = "retard"));
		f->now_ms += DAY;
	}
	assert_all_behind(f);
	assert_ok(f, store_idle(f->store, 60000, &f->err));
	f->now_ms += DAY / 3;
	assert_all_behind(f);
	struct sla_query year = {.from_day = paris_day(f->now_ms) - 364, .to_day = paris_day(f->now_ms)};
	struct found all = {.f = f, .q = &year, .key = "", .figure = SLA_FIGURE_RECEIVED};
	assert_ok(f, store_sla_requests(f->store, &year, "", SLA_FIGURE_RECEIVED, 7, take_found, &all, &f->err));
	assert_int_equal(all.count, 7);
}

/* --- days --- */

struct days {
	struct store_fixture *f;
	struct sla_query q;
	int32_t of;
	size_t seen;
	int64_t received, answered, in_time;
	char last[64];
};

static bool compare_day(void *context, const struct sla_day *d)
{
	struct days *days = context;
	struct sla_query one = days->q;
	one.from_day = one.to_day = d->day;
	struct figures all;
	ask(days->f, &one, &all);
	const struct sla_row *r = NULL;
	for (size_t i = 0; i < all.count; i++)
		if (!strcmp(all.keys[i], d->key))
			r = &all.rows[i];
	assert_non_null(r);
	assert_int_equal(d->received, r->received);
	assert_int_equal(d->answered, r->answered);
	assert_int_equal(d->in_time, r->in_time);
	assert_true(d->day >= days->q.from_day && d->day <= days->q.to_day);
	assert_true(!*d->key || strcmp(days->last, d->key) < 0 || (!strcmp(days->last, d->key) && d->day > days->of));
	if (!*d->key) {
		days->received += d->received;
		days->answered += d->answered;
		days->in_time += d->in_time;
	}
	snprintf(days->last, sizeof days->last, "%s", d->key);
	days->of = d->day;
	days->seen++;
	return true;
}

static void assert_days(struct store_fixture *f)
{
	static const struct {
		const char *service, *commune;
	} filters[] = {{NULL, NULL}, {"voirie", NULL}, {NULL, "bois"}, {"voirie", "bois"}};
	int32_t today = paris_day(f->now_ms);
	for (int by = SLA_BY_SERVICE; by <= SLA_BY_CHANNEL; by++)
		for (size_t i = 0; i < 4; i++) {
			struct days days = {
				.f = f, .q = {.by = (enum sla_by)by, .service = filters[i].service, .commune = filters[i].commune, .from_day = today - 40,
					.to_day = today}};
			assert_ok(f, store_sla_days(f->store, &days.q, compare_day, &days, &f->err));
			struct figures all;
			ask(f, &days.q, &all);
			const struct sla_row *total = &all.rows[all.count - 1];
			assert_int_equal(days.received, total->received);
			assert_int_equal(days.answered, total->answered);
			assert_int_equal(days.in_time, total->in_time);
			assert_true(days.seen > 0);
		}
}

/* Protects: a trend's days are what each day alone gives, and add up to their period; before and after days have
 * been summed. */
static void test_days(void **state)
{
	struct store_fixture *f = *state;
	int64_t references[STORE_LIFE_REQUESTS];
	store_life_make(f, references);
	assert_days(f);
	assert_ok(f, store_idle(f->store, 60000, &f->err));
	assert_days(f);
	FIXTURE_LOG(f, .category = "depot", .subject = "Hier", .received_ms = f->now_ms - DAY);
	FIXTURE_LOG(f, .category = "depot", .subject = "Maintenant");
	assert_days(f);
}

static bool count_day(void *context, const struct sla_day *d)
{
	(void)d;
	++*(int *)context;
	return true;
}

/* In steps of SQLite's machine: they do not depend on the machine below it. */
static int64_t cost_of_days(struct store_fixture *f, const struct sla_query *q)
{
	int64_t steps = 0;
	int seen = 0;
	for (int warm = 0; warm < 2; warm++) {
		steps = 0;
		assert_ok(f, store_sla_days(f->store, q, count_day, &seen, &f->err));
		for (sqlite3_stmt *st = sqlite3_next_stmt(f->store->db, NULL); st; st = sqlite3_next_stmt(f->store->db, st))
			steps += sqlite3_stmt_status(st, SQLITE_STMTSTATUS_VM_STEP, 1);
	}
	assert_true(seen > 0);
	return steps;
}

static void log_and_end(struct store_fixture *f, int count)
{
	int64_t end = f->now_ms;
	for (int i = 0; i < count; i++) {
		f->now_ms = end - (int64_t)(count - i) * 700 * DAY / count;
		int64_t reference =
			FIXTURE_LOG(f, .category = "depot", .subject = "Un tas", .commune = i % 2 ? "bois" : "aigues");
		fixture_step(f, reference, STEP_CANCEL, ARGS(.reason = "doublon"));
	}
	f->now_ms = end + DAY;
	assert_ok(f, store_idle(f->store, 60000, &f->err));
}

/* Protects: a live trend of the last days costs no more as closed requests pile up. */
static void test_days_cost(void **state)
{
	struct store_fixture *f = *state;
	int32_t today = paris_day(f->now_ms);
	struct sla_query q = {SLA_BY_SERVICE, NULL, NULL, today - 7, today + 2, NULL};
	assert_ok(f, store_begin(f->store, &f->err));
	log_and_end(f, 150);
	assert_ok(f, store_commit(f->store, &f->err));
	assert_ok(f, store_idle(f->store, 60000, &f->err));
	int64_t few = cost_of_days(f, &q);
	assert_ok(f, store_begin(f->store, &f->err));
	log_and_end(f, 600);
	assert_ok(f, store_commit(f->store, &f->err));
	assert_ok(f, store_idle(f->store, 60000, &f->err));
	int64_t many = cost_of_days(f, &q);
	if (many > few * 2)
		fail_msg("%lld steps, with five times as many closed %lld", (long long)few, (long long)many);
}

/* --- hours of contacts --- */

struct hours {
	int64_t n[40][24];
	int32_t from, last;
	int64_t all;
	int stop;
};

static bool take_hours(void *context, const struct heat_day *d)
{
	struct hours *h = context;
	assert_true(d->day > h->last);
	h->last = d->day;
	for (int hour = 0; hour < 24; hour++) {
		h->n[d->day - h->from][hour] += d->hours[hour];
		h->all += d->hours[hour];
	}
	return h->stop == 0 || --h->stop > 0;
}

static bool take_away(void *context, const struct contact *c)
{
	struct hours *h = context;
	h->n[paris_day(c->start_ms) - h->from][paris_minute(c->start_ms) / 60]--;
	return true;
}

/* Protects: the hours of contacts are those in which they began in Paris, days in order, over the change of clocks
 * too. */
static void test_heat(void **state)
{
	struct store_fixture *f = *state;
	struct hours h = {.from = day_from_date(2026, 10, 10)};
	for (int i = 0; i < 200; i++) {
		f->now_ms = paris_instant(h.from, 0) + (int64_t)i * 39 * DAY / 200;
		FIXTURE_LOG(f, .category = "depot", .subject = "Un tas");
	}
	assert_ok(f, store_heat(f->store, h.from, h.from + 39, take_hours, &h, &f->err));
	assert_int_equal(h.all, 200);
	struct contact_filter all = {.channel = -1, .outcome = -1, .limit = 1000};
	assert_ok(f, store_list_contacts(f->store, &all, take_away, &h, &f->err));
	for (int day = 0; day < 40; day++)
		for (int hour = 0; hour < 24; hour++)
			assert_int_equal(h.n[day][hour], 0);
	struct hours part = {.from = h.from};
	assert_ok(f, store_heat(f->store, h.from + 3, h.from + 3, take_hours, &part, &f->err));
	assert_true(part.all > 0 && part.last == h.from + 3);
	struct hours two = {.from = h.from, .stop = 2};
	assert_ok(f, store_heat(f->store, h.from, h.from + 39, take_hours, &two, &f->err));
	assert_int_equal(two.last, h.from + 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(test_behind), TEST(test_days), TEST(test_days_cost), TEST(test_heat)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
