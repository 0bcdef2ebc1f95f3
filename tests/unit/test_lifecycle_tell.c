// SPDX-License-Identifier: GPL-3.0-or-later
/* The life of a request: what citizens are told and promised, how a request ends, and what can be taken back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "life.h"

/* --- Answers --- */

static void test_answer_needs(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_allowed(&s, &jean, STEP_TAKE, NONE);
	assert_refused(&s, &jean, STEP_ANSWER, ARGS(.channel = "phone"), DATA, "--text");
	assert_refused(&s, &jean, STEP_ANSWER, ARGS(.channel = "phone", .text = " \n\t"), DATA, "--text");
	assert_refused(&s, &jean, STEP_ANSWER, ARGS(.text = "x"), DATA, "canal");
	assert_refused(&s, &jean, STEP_ANSWER, ARGS(.text = "x", .channel = "pigeon"), DATA, "pigeon");
	assert_refused(&s, &jean, STEP_ANSWER, ARGS(.draft = true), DATA, "--text");
	assert_refused(
		&s, &jean, STEP_ANSWER, ARGS(.text = "x", .channel = "phone", .at_ms = s.now_ms - 1), DATA, "réception");
	assert_refused(&s, &jean, STEP_ANSWER, ARGS(.text = "x", .channel = "phone", .unfinished_part = "31 40 03 22 03"),
		REFUSED, "31 40 03 22 03");
	life_end(&s);
}

/* Protects "a step may be skipped where the category says so", and only there. */
static void test_answer_states(void **state)
{
	static const struct {
		enum status status;
		bool allowed;
	} rules[] = {{STATUS_NEW, false}, {STATUS_ROUTED, false}, {STATUS_REVIEW, true}, {STATUS_ORDERED, false},
		{STATUS_DONE, true}, {STATUS_ANSWERED, true}, {STATUS_DUPLICATE, true}};
	const struct step_args answer = {.text = "x", .channel = "email"};

	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		struct life s;

		life_start(&s, "nid-de-poule", false);
		life_put(&s, rules[i].status);
		if (rules[i].allowed)
			assert_allowed(&s, &jean, STEP_ANSWER, &answer);
		else
			assert_refused(&s, &jean, STEP_ANSWER, &answer, REFUSED,
				rules[i].status == STATUS_ORDERED ? "les travaux commandés ne sont pas réalisés"
												  : "« Voirie » doit d'abord");
		life_end(&s);
		life_start(&s, "horaires", false);
		life_put(&s, rules[i].status);
		assert_allowed(&s, &marie, STEP_ANSWER, &answer);
		assert_status(&s, ANSWERED);
		life_end(&s);
	}
}

/* Protects the President's rule: the service writes its technical answer; an agent tells it, whatever the channel. */
static void test_who_writes(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_allowed(&s, &jean, STEP_TAKE, NONE);
	assert_refused(&s, &marie, STEP_ANSWER, ARGS(.text = "x", .channel = "phone"), NO_PERM, "« Voirie »");
	assert_refused(&s, &marie, STEP_ANSWER, ARGS(.text = "x", .draft = true), NO_PERM, "--draft");
	assert_allowed(&s, &jean, STEP_ANSWER, ARGS(.text = "Fait.", .draft = true));
	assert_refused(&s, &marie, STEP_ANSWER, ARGS(.text = "autre chose", .channel = "phone"), NO_PERM, "sans --text");
	assert_allowed(&s, &marie, STEP_ANSWER, ARGS(.channel = "post"));
	life_end(&s);
	life_start(&s, "nid-de-poule", false);
	assert_allowed(&s, &jean, STEP_TAKE, NONE);
	assert_allowed(&s, &chef, STEP_ANSWER, ARGS(.text = "x", .channel = "phone"));
	life_end(&s);
	/* Information is the call centre's to give, at whatever service it lies. */
	life_start(&s, "horaires", false);
	assert_allowed(&s, &marie, STEP_ROUTE, ARGS(.service = "voirie"));
	assert_allowed(&s, &marie, STEP_ANSWER, ARGS(.text = "x", .channel = "phone"));
	life_end(&s);
}

static void test_second_reading(void **state)
{
	const struct step_args tell = {.channel = "email"};
	struct life s;

	(void)state;
	life_start(&s, "plainte", false);
	assert_allowed(&s, &marie, STEP_TAKE, NONE);
	assert_refused(&s, &marie, STEP_ANSWER, ARGS(.text = "x", .channel = "email"), REFUSED, "relecture");
	assert_allowed(&s, &marie, STEP_ANSWER, ARGS(.text = "Nous regrettons.", .draft = true));
	assert_refused(&s, &marie, STEP_ANSWER, &tell, REFUSED, "un autre agent");
	assert_allowed(&s, &paul, STEP_ANSWER, &tell);
	life_end(&s);
	life_start(&s, "plainte", false);
	assert_allowed(&s, &chef, STEP_TAKE, NONE);
	assert_allowed(&s, &chef, STEP_ANSWER, ARGS(.text = "x", .channel = "email"));
	life_end(&s);
}

/* Protects "written is not told": nobody can be told later who left no name; in the call itself he can. */
static void test_anonymous(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", true);
	life_put(&s, STATUS_DONE);
	assert_refused(&s, &jean, STEP_ANSWER, ARGS(.text = "x", .channel = "phone"), REFUSED, "--reason anonymous");
	assert_refused(&s, &marie, STEP_INFORM, ARGS(.text = "x", .channel = "email"), REFUSED, "anonyme");
	assert_allowed(&s, &marie, STEP_INFORM, ARGS(.text = "x", .channel = "phone"));
	assert_allowed(&s, &marie, STEP_CLOSE, ARGS(.reason = "anonymous"));
	life_end(&s);
	life_start(&s, "horaires", true);
	assert_refused(&s, &marie, STEP_ANSWER, ARGS(.text = "x", .channel = "email"), REFUSED, "anonyme");
	assert_allowed(&s, &marie, STEP_ANSWER, ARGS(.text = "x", .channel = "phone"));
	life_end(&s);
}

/* Protects split requests and incidents: a part is answered through its original, children through their parent, by
 * whoever answers that. */
static void test_covered(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	life_set(&s, FIELD_SPLIT_OF, "7.3");
	life_put(&s, STATUS_DONE);
	assert_refused(&s, &jean, STEP_ANSWER, ARGS(.text = "x", .channel = "email"), REFUSED, "demande d'origine");
	assert_allowed(&s, &luc, STEP_ANSWER, ARGS(.text = "x", .channel = "email", .covered = true));
	assert_true(op_bool(life_last(&s), "covered"));
	assert_refused(&s, &luc, STEP_CLOSE, NONE, NO_PERM, "« Voirie »");
	assert_allowed(&s, &luc, STEP_CLOSE, ARGS(.covered = true));
	life_end(&s);
}

/* Protects rule 2: a holding answer is no answer and stops no clock. */
static void test_inform(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &marie, STEP_INFORM, ARGS(.channel = "phone"), DATA, "--text");
	assert_refused(&s, &marie, STEP_INFORM, ARGS(.text = "x"), DATA, "canal");
	assert_allowed(&s, &marie, STEP_INFORM, ARGS(.text = "C'est en cours.", .channel = "phone"));
	assert_status(&s, ROUTED);
	assert_true(s.r.answered_ms == NO_INSTANT && !s.r.frozen_due && !request_answer(&s.r));
	assert_refused(&s, &marie, STEP_CLOSE, NONE, REFUSED, "sans réponse");
	life_end(&s);
}

/* --- Promises, call-backs, danger --- */

static void test_promise(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &marie, STEP_PROMISE, NONE, DATA, "--date");
	assert_refused(&s, &marie, STEP_PROMISE, ARGS(.date_ms = s.now_ms), REFUSED, "à venir");
	assert_allowed(&s, &marie, STEP_PROMISE, ARGS(.date_ms = s.now_ms + MS_PER_DAY, .at_ms = s.now_ms - 5));
	assert_int_equal(request_promise(&s.r)->date_ms, s.now_ms + MS_PER_DAY);
	assert_int_equal(request_promise(&s.r)->told_ms, s.now_ms - 5);
	assert_string_equal(request_promise(&s.r)->told_by, "marie");
	assert_refused(
		&s, &paul, STEP_PROMISE, ARGS(.date_ms = s.now_ms + 2 * MS_PER_DAY, .channel = "phone"), REFUSED, "--reason");
	assert_refused(
		&s, &paul, STEP_PROMISE, ARGS(.date_ms = s.now_ms + 2 * MS_PER_DAY, .reason = "pluie"), REFUSED, "contact");
	assert_refused(&s, &paul, STEP_PROMISE,
		ARGS(.date_ms = s.now_ms + 2 * MS_PER_DAY, .reason = "pluie", .channel = "x"), DATA, "« x »");
	assert_allowed(
		&s, &paul, STEP_PROMISE, ARGS(.date_ms = s.now_ms + 2 * MS_PER_DAY, .reason = "pluie", .channel = "phone"));
	assert_allowed(
		&s, &paul, STEP_PROMISE, ARGS(.date_ms = s.now_ms + 3 * MS_PER_DAY, .reason = "pluie", .contact = "7.80"));
	assert_string_equal(request_promise(&s.r)->reason, "pluie");
	assert_int_equal(s.r.promise_count, 3);
	life_end(&s);
}

static void test_callbacks(void **state)
{
	struct op_id first, second;
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &marie, STEP_CALLBACK_TRIED, ARGS(.result = "absent"), REFUSED, "callback --at");
	assert_refused(&s, &marie, STEP_CALLBACK, NONE, DATA, "--at");
	assert_refused(&s, &marie, STEP_CALLBACK, ARGS(.at_ms = s.now_ms), REFUSED, "à venir");
	assert_allowed(&s, &marie, STEP_CALLBACK, ARGS(.at_ms = s.now_ms + 200));
	first = life_last(&s)->id;
	assert_allowed(&s, &marie, STEP_CALLBACK, ARGS(.at_ms = s.now_ms + 100));
	second = life_last(&s)->id;
	assert_int_equal(s.r.callbacks[1].at_ms, s.now_ms + 100);
	assert_refused(&s, &marie, STEP_CALLBACK_TRIED, NONE, DATA, "--result");
	assert_refused(
		&s, &marie, STEP_CALLBACK_TRIED, ARGS(.result = "absent", .date_ms = s.now_ms - 1), REFUSED, "à venir");
	assert_refused(&s, &paul, STEP_CALLBACK_TRIED, ARGS(.result = "prévenu", .reached = true, .date_ms = s.now_ms + 900), REFUSED, "joint");
	/* The one due first is meant, unless one is named. */
	assert_allowed(&s, &paul, STEP_CALLBACK_TRIED, ARGS(.result = "prévenu", .reached = true));
	assert_true(s.r.callbacks[1].done && !s.r.callbacks[0].done);
	assert_refused(&s, &paul, STEP_CALLBACK_TRIED, ARGS(.result = "x", .target = second), REFUSED, "aucun rappel");
	assert_allowed(
		&s, &paul, STEP_CALLBACK_TRIED, ARGS(.result = "absent", .target = first, .date_ms = s.now_ms + 900));
	assert_int_equal(s.r.callbacks[0].attempts, 1);
	assert_int_equal(s.r.callbacks[0].at_ms, s.now_ms + 900);
	life_end(&s);
}

/* Protects the red line: a danger stays NON TRANSMIS, and can be neither closed nor cancelled, until somebody was
 * told. */
static void test_danger(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "fuite", false);
	assert_true(request_danger_untold(&s.r));
	assert_int_equal(request_int(&s.r, FIELD_PRIORITY, 0), 1);
	assert_refused(&s, &marie, STEP_CLOSE, ARGS(.reason = "withdrawn"), REFUSED, "NON TRANSMIS");
	assert_refused(&s, &chef, STEP_CANCEL, ARGS(.reason = "erreur"), REFUSED, "NON TRANSMIS");
	assert_refused(&s, &marie, STEP_DANGER_TOLD, NONE, DATA, "qui");
	assert_allowed(&s, &marie, STEP_DANGER_TOLD, ARGS(.who = "astreinte voirie", .at_ms = s.now_ms - 60000));
	assert_false(request_danger_untold(&s.r));
	assert_int_equal(s.r.dangers_told[0].at_ms, s.now_ms - 60000);
	assert_allowed(&s, &marie, STEP_CLOSE, ARGS(.reason = "withdrawn"));
	life_end(&s);
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &marie, STEP_DANGER_TOLD, ARGS(.who = "x"), REFUSED, "danger=oui");
	life_end(&s);
}

/* --- Ends --- */

static void test_close(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(
		&s, &marie, STEP_CLOSE, NONE, REFUSED, "une demande ne se clôt pas sans réponse dite, envoyée ou postée");
	assert_refused(&s, &marie, STEP_CLOSE, ARGS(.reason = "answered"), REFUSED, "sans réponse");
	assert_refused(&s, &marie, STEP_CLOSE, ARGS(.reason = "lassitude"), DATA, "lassitude");
	assert_refused(&s, &marie, STEP_CLOSE, ARGS(.reason = "anonymous"), REFUSED, "l'usager est connu");
	assert_refused(&s, &marie, STEP_CLOSE, ARGS(.reason = "duplicate"), REFUSED, "rattachée à aucune");
	assert_refused(&s, &marie, STEP_CLOSE, ARGS(.reason = "abusive", .unfinished_part = "31"), REFUSED, "31");
	life_put(&s, STATUS_ANSWERED);
	assert_refused(&s, &marie, STEP_CLOSE, NONE, REFUSED, "sans réponse");
	life_put(&s, STATUS_DUPLICATE);
	assert_refused(&s, &marie, STEP_CLOSE, ARGS(.reason = "duplicate"), REFUSED, "répondue à tous");
	assert_allowed(&s, &marie, STEP_CLOSE, ARGS(.reason = "duplicate", .parent_answered_all = true));
	assert_string_equal(s.r.close_reason, "duplicate");
	assert_refused(&s, &marie, STEP_CLOSE, ARGS(.reason = "abusive"), REFUSED, "déjà terminée");
	life_end(&s);
}

/* Protects "3 attempts over 2 days": neither fewer, nor all on one day, nor when the person was reached. */
static void test_unreachable(void **state)
{
	const struct step_args absent = {.result = "absent"}, close = {.reason = "unreachable"};
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &marie, STEP_CLOSE, &close, REFUSED, "3 rappels");
	assert_allowed(&s, &marie, STEP_CALLBACK, ARGS(.at_ms = s.now_ms + 1));
	for (int i = 0; i < 3; i++) {
		s.now_ms += MS_PER_MINUTE * 60;
		assert_allowed(&s, &marie, STEP_CALLBACK_TRIED, &absent);
		assert_refused(&s, &marie, STEP_CLOSE, &close, REFUSED, "2 jours");
	}
	s.now_ms += MS_PER_DAY;
	assert_allowed(&s, &marie, STEP_CALLBACK_TRIED, &absent);
	assert_allowed(&s, &marie, STEP_CLOSE, &close);
	life_end(&s);
	life_start(&s, "nid-de-poule", false);
	assert_allowed(&s, &marie, STEP_CALLBACK, ARGS(.at_ms = s.now_ms + 1));
	for (int i = 0; i < 3; i++) {
		s.now_ms += MS_PER_DAY;
		assert_allowed(&s, &marie, STEP_CALLBACK_TRIED, i < 2 ? &absent : ARGS(.result = "prévenu", .reached = true));
	}
	assert_refused(&s, &marie, STEP_CLOSE, &close, REFUSED, "3 rappels");
	life_end(&s);
}

/* Protects against quiet disappearance: an agent cancels what he has just entered himself; the rest is a
 * supervisor's. */
static void test_cancel(void **state)
{
	const struct step_args cancel = {.reason = "saisie deux fois"};
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &marie, STEP_CANCEL, NONE, DATA, "motif");
	assert_refused(&s, &paul, STEP_CANCEL, &cancel, NO_PERM, "superviseur");
	assert_allowed(&s, &jean, STEP_TAKE, NONE);
	assert_refused(&s, &marie, STEP_CANCEL, &cancel, NO_PERM, "le service s'en occupe");
	assert_allowed(&s, &chef, STEP_CANCEL, &cancel);
	assert_status(&s, CANCELLED);
	life_end(&s);
	life_start(&s, "nid-de-poule", false);
	assert_allowed(&s, &marie, STEP_CANCEL, &cancel);
	assert_false(request_is_open(&s.r));
	life_end(&s);
}

static void test_reopen(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "horaires", false);
	assert_allowed(&s, &marie, STEP_ANSWER, ARGS(.text = "x", .channel = "phone"));
	assert_allowed(&s, &marie, STEP_CLOSE, NONE);
	assert_refused(&s, &marie, STEP_REOPEN, NONE, DATA, "motif");
	s.now_ms += MS_PER_DAY;
	assert_allowed(&s, &marie, STEP_REOPEN, ARGS(.reason = "c'était faux"));
	assert_status(&s, NEW);
	assert_int_equal(s.r.reopened, 1);
	assert_int_equal(s.r.clock_start_ms, s.now_ms);
	assert_refused(&s, &marie, STEP_CLOSE, NONE, REFUSED, "sans réponse");
	assert_refused(&s, &marie, STEP_REOPEN, ARGS(.reason = "x"), REFUSED, "encore en cours");
	/* Somebody else put it to wait while it was being closed: opened again, it waits for nobody. */
	assert_allowed(&s, &chef, STEP_CLOSE, ARGS(.reason = "unwanted"));
	life_set(&s, FIELD_WAIT, "requester");
	assert_allowed(&s, &marie, STEP_REOPEN, ARGS(.reason = "x"));
	assert_status(&s, NEW);
	life_end(&s);
}

/* Protects CRPA L114-2: transmission and notice both recorded; open until the notice is given. */
static void test_redirect(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "ecole", false);
	assert_refused(&s, &marie, STEP_REDIRECT, NONE, DATA, "--to");
	assert_refused(&s, &marie, STEP_REDIRECT, ARGS(.body = "prefecture"), DATA, "prefecture");
	assert_refused(&s, &marie, STEP_REDIRECT, ARGS(.body = "ville", .text = "x"), DATA, "canal");
	assert_allowed(&s, &marie, STEP_REDIRECT, ARGS(.body = "Ville centre", .channel = "email", .reason = "école"));
	assert_status(&s, REDIRECTED);
	assert_field(&s, BODY, "ville");
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(life_last(&s)->facts, "transmission"), "channel")), "email");
	assert_true(request_is_open(&s.r) && !s.r.notice_given);
	assert_allowed(&s, &marie, STEP_INFORM, ARGS(.text = "Voyez la mairie.", .channel = "phone"));
	assert_false(request_is_open(&s.r));
	assert_true(s.r.notice_given && s.r.answered_ms == s.now_ms);
	assert_allowed(&s, &marie, STEP_REOPEN, ARGS(.reason = "refus de la mairie"));
	assert_field(&s, BODY, "");
	assert_false(s.r.notice_given);
	assert_allowed(&s, &marie, STEP_REDIRECT, ARGS(.body = "ville", .channel = "phone", .text = "Voyez la mairie."));
	assert_true(s.r.notice_given && !request_is_open(&s.r) && s.r.answered_ms == s.now_ms);
	assert_string_equal(op_text(life_last(&s), "notice_channel", ""), "phone");
	life_end(&s);
	life_start(&s, "ecole", true);
	assert_allowed(&s, &marie, STEP_REDIRECT, ARGS(.body = "ville"));
	assert_false(request_is_open(&s.r));
	life_end(&s);
}

/* --- Undo --- */

static void test_undo(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &paul, STEP_UNDO, NONE, REFUSED, "rien à annuler");
	assert_refused(&s, &marie, STEP_UNDO, NONE, REFUSED, "cancel");
	assert_allowed(&s, &marie, STEP_ROUTE, ARGS(.service = "nettoyage"));
	assert_allowed(&s, &luc, STEP_NOTE, ARGS(.text = "vu"));
	assert_allowed(&s, &marie, STEP_UNDO, NONE);
	assert_field(&s, SERVICE, "voirie");
	assert_refused(&s, &marie, STEP_UNDO, NONE, REFUSED, "refaites l'étape");
	assert_allowed(&s, &marie, STEP_ROUTE, ARGS(.service = "nettoyage"));
	assert_refused(&s, &marie, STEP_UNDO, ARGS(.target = s.r.id), REFUSED, "dernière étape");
	assert_allowed(&s, &luc, STEP_TAKE, NONE);
	assert_refused(&s, &marie, STEP_UNDO, NONE, REFUSED, "(luc)");
	assert_allowed(&s, &luc, STEP_UNDO, NONE);
	assert_allowed(&s, &marie, STEP_UNDO, NONE);
	assert_field(&s, SERVICE, "voirie");
	life_end(&s);
}

/* Protects the citizen: what he was told is not taken back in silence. */
static void test_undo_of_what_was_said(void **state)
{
	static const struct {
		enum step step;
		struct step_args args;
	} said[] = {
		{STEP_INFORM, {.text = "x", .channel = "phone"}},
		{STEP_PROMISE, {.date_ms = INT64_C(1900000000000)}},
		{STEP_DANGER_TOLD, {.who = "x"}},
		{STEP_CALLBACK_TRIED, {.result = "x", .reached = true}},
		{STEP_REDIRECT, {.body = "ville", .text = "x", .channel = "phone"}},
	};
	struct life s;

	(void)state;
	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		life_start(&s, "fuite", false);
		assert_allowed(&s, &paul, STEP_CALLBACK, ARGS(.at_ms = s.now_ms + 1));
		assert_allowed(&s, &marie, said[i].step, &said[i].args);
		assert_refused(&s, &marie, STEP_UNDO, NONE, REFUSED, "a été dit");
		if (said[i].step == STEP_CALLBACK_TRIED)
			assert_refused(&s, &paul, STEP_UNDO, NONE, REFUSED, "(marie)");
		life_end(&s);
	}
	life_start(&s, "horaires", false);
	assert_allowed(&s, &marie, STEP_ANSWER, ARGS(.text = "x", .channel = "phone"));
	assert_refused(&s, &marie, STEP_UNDO, NONE, REFUSED, "a été dit");
	life_end(&s);
}

/* Protects an author whose step took the request out of his hands: he may take it back. */
static void test_undo_of_a_refusal(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_allowed(&s, &jean, STEP_REFUSE, ARGS(.reason = "pas nous"));
	assert_refused(&s, &jean, STEP_NOTE, ARGS(.text = "x"), NO_PERM, "pas le vôtre");
	assert_allowed(&s, &jean, STEP_UNDO, NONE);
	assert_field(&s, SERVICE, "voirie");
	assert_status(&s, ROUTED);
	assert_int_equal(s.r.hops, 0);
	life_end(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer_needs),
		cmocka_unit_test(test_answer_states),
		cmocka_unit_test(test_who_writes),
		cmocka_unit_test(test_second_reading),
		cmocka_unit_test(test_anonymous),
		cmocka_unit_test(test_covered),
		cmocka_unit_test(test_inform),
		cmocka_unit_test(test_promise),
		cmocka_unit_test(test_callbacks),
		cmocka_unit_test(test_danger),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_reopen),
		cmocka_unit_test(test_redirect),
		cmocka_unit_test(test_undo),
		cmocka_unit_test(test_undo_of_what_was_said),
		cmocka_unit_test(test_undo_of_a_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
