// SPDX-License-Identifier: GPL-3.0-or-later
/* Exercise histories: a demonstration must never touch a real store, never name a number that rings somewhere, and obey every rule that it is there
 * to show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "guichet/exchange/demo.h"
#include "guichet/store/correspondence.h"
#include "store_fixture.h"

enum { REQUESTS = 700 };

static void print_difference(void *context, const char *what)
{
	(void)context;
	print_message("%s\n", what);
}

/* Protects: an exercise is never mixed into a store that people work with. */
static void a_real_store_is_refused(void **state)
{
	struct store_fixture *f = fixture_new(false);
	(void)state;
	assert_int_equal(demo_fill(f->store, 10, NULL, &f->err), GUICHET_REFUSED);
	assert_non_null(strstr(f->err.message, "exercice"));
	fixture_free(&f);
}

struct seen {
	size_t rows, open, late, in_state[STATUS_COUNT], by_channel[CHANNEL_COUNT];
	int64_t last_ms, oldest_ms;
	struct text subjects;
};

static bool see(void *context, const struct request_row *row)
{
	struct seen *s = context;
	enum status status = STATUS_NEW;
	enum channel channel = CHANNEL_PHONE;
	assert_true(status_parse(row->status, &status));
	assert_true(channel_parse(row->channel, &channel));
	s->rows++;
	s->open += row->open;
	s->in_state[status]++;
	s->by_channel[channel]++;
	s->last_ms = row->received_ms > s->last_ms ? row->received_ms : s->last_ms;
	s->oldest_ms = !s->oldest_ms || row->received_ms < s->oldest_ms ? row->received_ms : s->oldest_ms;
	text_addf(&s->subjects, "%s|%s|%lld|%s\n", row->subject, row->address, (long long)row->received_ms, row->status);
	return true;
}

static void see_all(struct store_fixture *f, struct seen *out)
{
	struct list_filter all = LIST_FILTER_INIT;
	all.all = true;
	all.sort = LIST_BY_RECEIVED;
	all.limit = 100000;
	*out = (struct seen){0};
	assert_int_equal(store_list(f->store, &all, see, out, &f->err), GUICHET_OK);
}

/* Protects: the asked number of requests, none of them in the future, and the steps of the rules: the tables that are projected whole from a history are
 * those that the journal gives. */
static void a_history_is_whole_and_verifies(void **state)
{
	struct store_fixture *f = fixture_new(true);
	struct seen seen;
	struct verify_report report;
	(void)state;
	assert_int_equal(demo_fill(f->store, REQUESTS, NULL, &f->err), GUICHET_OK);
	see_all(f, &seen);
	assert_int_equal(seen.rows, REQUESTS);
	assert_true(seen.last_ms <= f->now_ms);
	assert_true(seen.oldest_ms < f->now_ms - 300 * MS_PER_DAY);
	assert_true(seen.in_state[STATUS_CLOSED] > REQUESTS / 2);
	assert_true(seen.open > 0 && seen.open < REQUESTS / 5);
	assert_true(seen.by_channel[CHANNEL_PHONE] > REQUESTS / 2 && seen.by_channel[CHANNEL_POST] > 0 &&
		seen.by_channel[CHANNEL_WEB] > 0);
	assert_int_equal(store_verify(f->store, NULL, print_difference, NULL, &report, &f->err), GUICHET_OK);
	assert_int_equal(report.differences, 0);
	assert_int_equal(report.requests, REQUESTS);
	text_done(&seen.subjects);
	fixture_free(&f);
}

/* Protects: the same exercise at the same moment, so that a training and a bug report can be repeated. */
static void the_same_moment_gives_the_same_history(void **state)
{
	struct store_fixture *f = fixture_new(true), *g = fixture_new(true);
	struct seen one, other;
	(void)state;
	g->seed = f->seed + 1;
	assert_int_equal(demo_fill(f->store, 150, NULL, &f->err), GUICHET_OK);
	assert_int_equal(demo_fill(g->store, 150, NULL, &g->err), GUICHET_OK);
	see_all(f, &one);
	see_all(g, &other);
	assert_string_equal(text_str(&one.subjects), text_str(&other.subjects));
	text_done(&one.subjects);
	text_done(&other.subjects);
	fixture_free(&f);
	fixture_free(&g);
}

struct desk_now { size_t todo[TODO_KIND_COUNT], bulletins, joined, parts, lagging, scans, missing, reopened, told, waiting; struct store_fixture *f; };

static bool count_todo(void *context, const struct todo *t)
{
	struct desk_now *n = context;
	n->todo[t->kind]++;
	return true;
}

static bool count_bulletin(void *context, const struct bulletin *b)
{
	struct desk_now *n = context;
	struct list_filter children = LIST_FILTER_INIT;
	struct seen seen = {0};
	n->bulletins += b->until_ms > n->f->now_ms;
	children.all = true;
	children.parent = b->request;
	assert_int_equal(store_list(n->f->store, &children, see, &seen, NULL), GUICHET_OK);
	n->joined += seen.rows;
	text_done(&seen.subjects);
	return true;
}

static bool look_into(void *context, const struct request_row *row)
{
	struct desk_now *n = context;
	struct loaded l;
	assert_int_equal(store_load_id(n->f->store, row->id, &l, NULL), GUICHET_OK);
	const struct request *r = &l.request;
	bool part = *request_text(r, FIELD_SPLIT_OF) != '\0';
	n->parts += part;
	n->lagging += part && request_is_open(r);
	n->scans += r->attachment_count;
	n->reopened += r->reopened && request_is_open(r);
	n->told += r->danger_told_count > 0 && row->received_ms > n->f->now_ms - MS_PER_DAY;
	n->waiting += r->status == STATUS_WAITING;
	for (size_t i = 0; i < r->attachment_count; i++) {
		char *data;
		size_t bytes;
		n->missing += store_get_blob(n->f->store, r->attachments[i].sha256, &data, &bytes, NULL) || (int64_t)bytes != r->attachments[i].bytes;
		free(data);
	}
	loaded_done(&l);
	return true;
}

/* Protects a demonstration from an empty screen: whatever chance made of the years, each thing that a screen shows stands there at its moment, by day and
 * by night. */
static void there_is_something_to_show(void **state)
{
	(void)state;
	for (int night = 0; night < 2; night++) {
		struct store_fixture *f = fixture_new(true);
		struct desk_now n = {.f = f};
		struct verify_report report;
		struct list_filter all = LIST_FILTER_INIT;
		f->now_ms += night * 13 * (int64_t)3600000;
		assert_int_equal(demo_fill(f->store, 200, NULL, &f->err), GUICHET_OK);
		assert_int_equal(store_list_todo(f->store, 10000, count_todo, &n, &f->err), GUICHET_OK);
		for (int k = 0; k < TODO_KIND_COUNT; k++)
			/* What two desks wrote without knowing of each other is nothing that one desk alone can show. */
			if (k != TODO_CONFLICT && n.todo[k] == 0)
				fail_msg("nothing to do: %s", todo_kind_code((enum todo_kind)k));
		assert_in_range(store_count_mail(f->store, MAIL_CREATED), 2, 9);
		assert_in_range(store_count_mail(f->store, MAIL_QUARANTINED), 1, 5);
		assert_int_equal(store_count_mail(f->store, MAIL_THREADED), 1);
		assert_int_equal(store_count_mail(f->store, MAIL_BOUNCE), 1);
		/* It is an exercise: nothing waits to be sent or printed. */
		assert_int_equal(store_count_owed(f->store, CHANNEL_EMAIL) + store_count_owed(f->store, CHANNEL_POST), 0);
		assert_int_equal(store_list_bulletins(f->store, false, count_bulletin, &n, &f->err), GUICHET_OK);
		assert_true(n.bulletins > 0 && n.joined >= 5);
		all.all = true;
		all.sort = LIST_BY_RECEIVED;
		all.limit = 1000;
		assert_int_equal(store_list(f->store, &all, look_into, &n, &f->err), GUICHET_OK);
		assert_true(n.parts > 0 && n.lagging > 0 && n.reopened > 0 && n.told > 0 && n.waiting > 0);
		assert_true(n.scans > 0 && n.missing == 0);
		assert_int_equal(store_verify(f->store, NULL, print_difference, NULL, &report, &f->err), GUICHET_OK);
		assert_int_equal(report.differences, 0);
		assert_int_equal(report.requests, 200);
		fixture_free(&f);
	}
}

static bool is_fiction(const char *phone)
{
	static const char *const kept[] = {"+3319900", "+3326191", "+3335301", "+3346571", "+3353649", "+3363998"};
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (!strncmp(phone, kept[i], 8) && strlen(phone) == 12)
			return true;
	return false;
}

static bool check_person(void *context, const struct requester *r)
{
	const char *phone = requester_get(r, "phone"), *email = requester_get(r, "email");
	++*(size_t *)context;
	if (*phone && !is_fiction(phone))
		fail_msg("%s may ring somewhere", phone);
	if (*email && strcmp(email + strlen(email) - strlen(".example"), ".example"))
		fail_msg("%s may be somebody's", email);
	return true;
}

/* Protects: nobody is called or written to by mistake from an exercise. */
static void nobody_can_be_reached(void **state)
{
	struct store_fixture *f = fixture_new(true);
	static const char *const letters[] = {"m", "d", "l", "b", "r", "s"};
	size_t people = 0;
	(void)state;
	assert_int_equal(demo_fill(f->store, 300, NULL, &f->err), GUICHET_OK);
	for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
		store_find_requesters(f->store, letters[i], 200, check_person, &people, NULL);
	assert_true(people > 50);
	fixture_free(&f);
}

static bool stop_soon(void *context, int64_t done, int64_t total)
{
	(void)context;
	return done < total / 2;
}

/* Protects: what an interrupted exercise leaves behind can be worked with. */
static void an_interruption_leaves_a_sound_store(void **state)
{
	struct store_fixture *f = fixture_new(true);
	struct progress p = {stop_soon, NULL};
	struct verify_report report;
	(void)state;
	assert_int_not_equal(demo_fill(f->store, REQUESTS, &p, &f->err), GUICHET_OK);
	assert_int_equal(store_verify(f->store, NULL, print_difference, NULL, &report, &f->err), GUICHET_OK);
	assert_int_equal(report.differences, 0);
	assert_true(report.requests >= REQUESTS / 2 && report.requests < REQUESTS);
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_real_store_is_refused),
		cmocka_unit_test(a_history_is_whole_and_verifies),
		cmocka_unit_test(there_is_something_to_show),
		cmocka_unit_test(the_same_moment_gives_the_same_history),
		cmocka_unit_test(nobody_can_be_reached),
		cmocka_unit_test(an_interruption_leaves_a_sound_store),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
