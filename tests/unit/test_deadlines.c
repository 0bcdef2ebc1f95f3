// SPDX-License-Identifier: GPL-3.0-or-later
/* Due dates of a request: which target, from when, in whose calendar, and what pauses, endings and re-openings do to
 * each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "life.h"

static struct deadlines due_of(const struct life *s)
{
	struct deadlines d;

	deadlines_compute(&s->r, s->catalogue, s->now_ms, &d, NULL);
	return d;
}

#define assert_due(d, kind, when) assert_int_equal((d).due[TARGET_##kind], life_time(when))

/* Protects the journal: targets read back from their writing, and odd writings are skipped rather than misread. */
static void test_targets_text(void **state)
{
	struct target in[TARGET_KIND_COUNT] = {{TARGET_DAYS, 1}, {TARGET_MINUTES, 90}, {TARGET_NONE, 0}, {TARGET_DAYS, 5},
		{TARGET_MONTHS, 2}},
				  out[TARGET_KIND_COUNT];
	struct text text = TEXT_INIT;

	(void)state;
	targets_format(&text, in);
	assert_string_equal(text_str(&text), "acknowledge=1j take=90min answer=5j legal=2mois");
	targets_parse(text_str(&text), out);
	for (int k = 0; k < TARGET_KIND_COUNT; k++)
		assert_true(in[k].unit == out[k].unit && in[k].amount == out[k].amount);
	targets_parse("  take=4h answer= bogus take2=9j answers=3j complete=tomorrow legal", out);
	assert_int_equal(out[TARGET_TAKE].amount, 240);
	assert_int_equal(out[TARGET_ANSWER].unit, TARGET_NONE);
	assert_int_equal(out[TARGET_COMPLETE].unit, TARGET_NONE);
	assert_int_equal(out[TARGET_LEGAL].unit, TARGET_NONE);
	targets_parse(NULL, out);
	assert_int_equal(out[TARGET_TAKE].unit, TARGET_NONE);
	text_done(&text);
}

/* Protects each clock: Tuesday 2026-11-24 10:00, in the service's hours; two calendar months for the legal one. */
static void test_plain(void **state)
{
	struct deadlines d;
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	d = due_of(&s);
	assert_due(d, ACKNOWLEDGE, "2026-11-25 17:30");
	assert_due(d, TAKE, "2026-11-24 15:30");
	assert_due(d, COMPLETE, "2026-12-01 17:30");
	assert_due(d, ANSWER, "2026-12-02 17:30");
	assert_due(d, LEGAL, "2027-01-25 00:00");
	assert_true(d.half_ms > s.now_ms && d.half_ms < d.risk_ms && d.risk_ms < d.due[TARGET_ANSWER]);
	life_end(&s);
}

/* Protects danger: on call day and night, Saturdays too; the answer keeps office hours. A flag on another category
 * is 4 hours at most. */
static void test_danger(void **state)
{
	struct catalogue *c = life_catalogue();
	const struct category *leak = catalogue_category(c, "fuite"), *hole = catalogue_category(c, "nid-de-poule");
	int64_t saturday = life_time("2026-11-28 22:00");
	struct target targets[TARGET_KIND_COUNT];
	struct deadlines d;

	(void)state;
	deadlines_preview(c, leak, leak->service, false, -1, saturday, saturday, &d, NULL);
	assert_due(d, COMPLETE, "2026-11-29 00:00");
	assert_due(d, TAKE, "2026-11-29 02:00");
	assert_due(d, ANSWER, "2026-12-08 17:30");
	deadlines_preview(c, hole, hole->service, true, -1, saturday, saturday, &d, NULL);
	assert_due(d, COMPLETE, "2026-11-29 02:00");
	targets_of(leak, true, -1, targets);
	assert_int_equal(targets[TARGET_COMPLETE].amount, 120);
	assert_ptr_equal(deadlines_calendar(c, catalogue_service(c, "voirie"), true), catalogue_calendar(c, "astreinte"));
	assert_ptr_equal(deadlines_calendar(c, catalogue_service(c, "nettoyage"), true), catalogue_calendar(c, "bureau"));
	catalogue_free(&c);
}

/* Protects who writes a letter: it is acknowledged within its own delay, a call within the day; `explain` says which it was, and a letter that is
 * sorted later keeps that delay. */
static void test_acknowledgement_by_channel(void **state)
{
	struct text text = TEXT_INIT;
	struct explanation e = {&text};
	struct deadlines d;
	struct life s;

	(void)state;
	life_start(&s, NULL, false);
	const struct category *hole = catalogue_category(s.catalogue, "nid-de-poule");
	deadlines_preview(s.catalogue, hole, hole->service, false, CHANNEL_POST, s.now_ms, s.now_ms, &d, &e);
	assert_due(d, ACKNOWLEDGE, "2026-12-09 00:00");
	assert_due(d, ANSWER, "2026-12-02 17:30");
	assert_non_null(strstr(text_str(&text), "accusé de réception (courrier) : 14 jours calendaires"));
	deadlines_preview(s.catalogue, hole, hole->service, false, CHANNEL_EMAIL, s.now_ms, s.now_ms, &d, NULL);
	assert_due(d, ACKNOWLEDGE, "2026-11-25 17:30");
	struct create_args letter = {.reference = 3140032106, .channel = CHANNEL_POST, .nature = -1, .received_ms = s.now_ms, .logged_ms = s.now_ms};
	op_done(&s.ops[0]);
	s.count = 0;
	life_start_args(&s, &letter);
	assert_due(due_of(&s), ACKNOWLEDGE, "2026-12-09 00:00");
	assert_allowed(&s, &marie, STEP_EDIT, ARGS(.field = "motif", .value = "depot"));
	assert_field(&s, TARGETS, "acknowledge=14jc take=4h complete=2j answer=6j legal=2mois");
	text_clear(&text);
	deadlines_compute(&s.r, s.catalogue, s.now_ms, &d, &e);
	assert_non_null(strstr(text_str(&text), "accusé de réception (courrier) : 14 jours calendaires"));
	text_done(&text);
	life_end(&s);
}

/* Protects the same through a request: its own service and its own danger say whose calendar counts. */
static void test_danger_of_a_request(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "fuite", false);
	s.now_ms = life_time("2026-11-28 22:00");
	assert_allowed(&s, &marie, STEP_EDIT, ARGS(.field = "received", .value = "2026-11-28 22:00"));
	assert_due(due_of(&s), COMPLETE, "2026-11-29 00:00");
	assert_due(due_of(&s), TAKE, "2026-11-29 02:00");
	assert_allowed(&s, &chef, STEP_EDIT, ARGS(.field = "danger", .value = "non"));
	assert_due(due_of(&s), TAKE, "2026-11-30 14:00");
	life_end(&s);
}

/* Protects lists: where nothing says when to answer, nothing is half used or at risk, ended or not. */
static void test_no_answer_due(void **state)
{
	struct deadlines d;
	struct life s;

	(void)state;
	life_start(&s, "horaires", false);
	life_set(&s, FIELD_TARGETS, "take=4h");
	for (int ended = 0; ended < 2; ended++) {
		d = due_of(&s);
		assert_due(d, TAKE, "2026-11-24 15:30");
		assert_true(d.due[TARGET_ANSWER] == NO_INSTANT && d.half_ms == NO_INSTANT && d.risk_ms == NO_INSTANT);
		if (!ended)
			assert_allowed(&s, &marie, STEP_ANSWER, ARGS(.text = "À 8 h 30.", .channel = "phone"));
	}
	life_end(&s);
}

/* Protects: a pause moves take, complete and answer by its working time; never acknowledgement nor the
 * legal clock. */
static void test_pause(void **state)
{
	struct deadlines before, after;
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	before = due_of(&s);
	assert_allowed(&s, &marie, STEP_WAIT, ARGS(.reason = "usager"));
	s.now_ms = life_time("2026-11-26 10:00");
	assert_allowed(&s, &marie, STEP_RESUME, NONE);
	after = due_of(&s);
	assert_due(after, TAKE, "2026-11-26 15:30");
	assert_due(after, COMPLETE, "2026-12-02 17:30");
	assert_due(after, ANSWER, "2026-12-03 17:30");
	assert_int_equal(after.due[TARGET_ACKNOWLEDGE], before.due[TARGET_ACKNOWLEDGE]);
	assert_int_equal(after.due[TARGET_LEGAL], before.due[TARGET_LEGAL]);
	life_end(&s);
}

/* Protects figures of the past: what has ended keeps its dates whatever calendars become; re-opening counts anew,
 * the legal clock does not. */
static void test_frozen_then_reopened(void **state)
{
	struct deadlines ended, later;
	struct calendar *office;
	struct life s;

	(void)state;
	life_start(&s, "horaires", false);
	assert_allowed(&s, &marie, STEP_ANSWER, ARGS(.text = "À 8 h 30.", .channel = "phone"));
	ended = due_of(&s);
	assert_due(ended, ANSWER, "2026-12-02 17:30");
	office = (struct calendar *)s.catalogue->calendar;
	office->span_count[0] = 0; /* closed on Mondays from now on */
	assert_true(ended.half_ms != NO_INSTANT && ended.risk_ms > ended.half_ms);
	later = due_of(&s);
	assert_memory_equal(&ended, &later, sizeof ended);
	s.now_ms = life_time("2026-12-07 10:00");
	assert_allowed(&s, &marie, STEP_REOPEN, ARGS(.reason = "mauvais horaires"));
	later = due_of(&s);
	assert_due(later, ANSWER, "2026-12-17 17:30");
	assert_due(later, LEGAL, "2027-01-25 00:00");
	assert_due(later, ACKNOWLEDGE, "2026-11-25 17:30");
	life_end(&s);
}

/* Protects what a corrected date of receipt means: a letter counts from its arrival. */
static void test_received_edited(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_allowed(&s, &marie, STEP_EDIT, ARGS(.field = "received", .value = "2026-11-20 16:30"));
	assert_due(due_of(&s), TAKE, "2026-11-23 11:30");
	life_end(&s);
}

/* Protects `explain`: each date has its heading, with the target, the calendar, and steps under it; frozen ones say
 * so. */
static void test_explained(void **state)
{
	struct text lines = TEXT_INIT;
	struct explanation e = {&lines};
	struct deadlines d;
	struct life s;

	(void)state;
	life_start(&s, "horaires", false);
	deadlines_compute(&s.r, s.catalogue, s.now_ms, &d, &e);
	assert_non_null(strstr(text_str(&lines), "réponse : 6 jours ouvrés, calendrier « Bureaux »"));
	assert_non_null(strstr(text_str(&lines), "délai légal : 2 mois\n"));
	assert_allowed(&s, &marie, STEP_ANSWER, ARGS(.text = "À 8 h 30.", .channel = "phone"));
	text_clear(&lines);
	deadlines_compute(&s.r, s.catalogue, s.now_ms, &d, &e);
	assert_non_null(strstr(text_str(&lines), "réponse : mercredi 2 décembre 2026 17:30, figée"));
	text_done(&lines);
	life_end(&s);
}

/* Protects the fold's readers: a service or targets that no longer make sense give dates in the desk's calendar, or
 * none; never a crash. */
static void test_unknown_service(void **state)
{
	struct deadlines d;
	struct life s;
	struct op op;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	op_init(&op, OP_EDIT, s.r.id, "chef", s.now_ms);
	op_write_text(&op, &s.r, FIELD_SERVICE, "abolished");
	op_write_text(&op, &s.r, FIELD_TARGETS, "answer=2j");
	life_append(&s, &op);
	d = due_of(&s);
	assert_due(d, ANSWER, "2026-11-26 17:30");
	assert_true(d.half_ms != NO_INSTANT);
	assert_true(d.due[TARGET_LEGAL] == NO_INSTANT && d.due[TARGET_TAKE] == NO_INSTANT);
	life_end(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets_text),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_danger),
		cmocka_unit_test(test_danger_of_a_request),
		cmocka_unit_test(test_no_answer_due),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_frozen_then_reopened),
		cmocka_unit_test(test_received_edited),
		cmocka_unit_test(test_explained),
		cmocka_unit_test(test_acknowledgement_by_channel),
		cmocka_unit_test(test_unknown_service),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
