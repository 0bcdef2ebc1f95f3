// SPDX-License-Identifier: GPL-3.0-or-later
/* The life of a request: the table of steps, roles and scope, handing on, waiting. Each refusal has its code and a
 * word that says why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "life.h"

/* --- The table --- */

/* Protects: one request from the call to the end, through every state, by the people whose work it is. */
static void test_whole_life(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_status(&s, ROUTED);
	assert_allowed(&s, &jean, STEP_TAKE, NONE);
	assert_status(&s, REVIEW);
	assert_field(&s, ASSIGNED, "jean");
	assert_allowed(&s, &jean, STEP_ORDER, ARGS(.number = "BC 12", .contractor = "Roux TP", .date_ms = 99));
	assert_allowed(&s, &jean, STEP_ORDER, ARGS(.number = "BC 13"));
	assert_status(&s, ORDERED);
	assert_int_equal(s.r.order_count, 2);
	assert_int_equal(s.r.orders[0].planned_ms, 99);
	assert_allowed(&s, &jean, STEP_DONE, NONE);
	assert_status(&s, DONE);
	assert_allowed(&s, &jean, STEP_ANSWER, ARGS(.draft = true, .text = "Rebouché."));
	assert_status(&s, DONE);
	assert_string_equal(s.r.drafted_answer, "Rebouché.");
	assert_int_equal(s.r.answer_count, 1);
	assert_allowed(&s, &marie, STEP_ANSWER, ARGS(.channel = "téléphone"));
	assert_status(&s, ANSWERED);
	assert_string_equal(request_answer(&s.r)->text, "Rebouché.");
	assert_string_equal(request_answer(&s.r)->author, "jean");
	assert_string_equal(request_answer(&s.r)->channel, "phone");
	assert_null(s.r.drafted_answer);
	assert_allowed(&s, &marie, STEP_CLOSE, NONE);
	assert_status(&s, CLOSED);
	assert_string_equal(s.r.close_reason, "answered");
	assert_false(request_is_open(&s.r));
	life_end(&s);
}

/* Protects the table: from a state that a step is not for, it is refused, names its rule and the state, and writes
 * nothing. */
static void test_states(void **state)
{
	static const struct step_args args = {.text = "x",
		.reason = "usager",
		.channel = "phone",
		.service = "nettoyage",
		.agent = "luc",
		.body = "ville",
		.who = "x",
		.result = "x",
		.field = "priority",
		.value = "1",
		.outcome = "chased",
		.name = "x",
		.sha256 = "0000000000000000000000000000000000000000000000000000000000000000",
		.target = {3, 3}};
	const struct actor all = {
		"all", "All", ROLE_AGENT | ROLE_SERVICE | ROLE_SUPERVISOR, (const char *const[]){"*", NULL}};
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	for (int status = 0; status < STATUS_COUNT; status++) {
		if (status == STATUS_WAITING)
			continue;
		life_put(&s, (enum status)status);
		for (int step = 0; step < STEP_COUNT; step++) {
			const struct step_info *info = step_info((enum step)step);
			struct op op;
			enum guichet_rc rc = lifecycle_step((enum step)step, &s.r, &all, &args, s.catalogue, s.now_ms, &op, &s.err);
			bool by_state =
				rc == REFUSED && strstr(s.err.message, info->rule) && strstr(s.err.message, status_label(s.r.status));

			assert_int_equal(by_state, !(info->from & (1u << status)));
			if (rc == GUICHET_OK && info->to >= 0 && op_text(&op, "status", NULL) && step != STEP_REOPEN)
				assert_string_equal(op_text(&op, "status", ""), status_code((enum status)info->to));
			if (rc == GUICHET_OK)
				op_done(&op);
		}
	}
	life_end(&s);
}

/* Every option that a step takes is in its operation, under the key that journals of other desks use; and nothing
 * else is. */
static const struct {
	enum step step;
	const struct actor *who;
	enum status from;
	struct step_args args;
	const char *facts, *personal; /* without registers, at_ms and due */
} payloads[] = {
	{STEP_ROUTE, &marie, STATUS_NEW, {.service = "nettoyage"}, "{}", NULL},
	{STEP_ORDER, &jean, STATUS_REVIEW, {.number = "BC 1", .contractor = "Roux", .date_ms = 9},
		"{\"contractor\":\"Roux\",\"number\":\"BC 1\",\"planned\":9}", NULL},
	{STEP_DONE, &jean, STATUS_REVIEW, {.text = "fait"}, "{}", "{\"text\":\"fait\"}"},
	{STEP_WAIT, &jean, STATUS_REVIEW, {.reason = "tiers", .text = "photo"}, "{}", "{\"text\":\"photo\"}"},
	{STEP_ANSWER, &jean, STATUS_DONE, {.text = "fait", .channel = "courriel"}, "{\"agent_service\":\"voirie\",\"channel\":\"email\"}",
		"{\"agent\":\"Jean Roche\",\"text\":\"fait\"}"},
	{STEP_ANSWER, &jean, STATUS_DONE, {.text = "fait", .draft = true}, "{\"agent_service\":\"voirie\"}", "{\"agent\":\"Jean Roche\",\"text\":\"fait\"}"},
	{STEP_INFORM, &marie, STATUS_NEW, {.text = "en cours", .channel = "phone"}, "{\"agent_service\":\"proximite\",\"channel\":\"phone\"}",
		"{\"agent\":\"Marie Aubert\",\"text\":\"en cours\"}"},
	{STEP_INFORM, &marie, STATUS_REDIRECTED, {.text = "mairie", .channel = "post"},
		"{\"agent_service\":\"proximite\",\"channel\":\"post\",\"notice\":true}", "{\"agent\":\"Marie Aubert\",\"text\":\"mairie\"}"},
	{STEP_PROMISE, &marie, STATUS_NEW,
		{.date_ms = 1900000000000, .at_ms = 5, .contact = "7.8", .channel = "phone", .reason = "pluie"},
		"{\"channel\":\"phone\",\"contact\":\"7.8\",\"date_ms\":1900000000000,\"told_by\":\"marie\",\"told_ms\":5}",
		"{\"reason\":\"pluie\"}"},
	{STEP_CALLBACK, &marie, STATUS_NEW, {.at_ms = 1900000000000, .text = "le soir"}, "{}", "{\"text\":\"le soir\"}"},
	{STEP_CLOSE, &marie, STATUS_NEW, {.reason = "retirée par l'usager", .text = "merci"}, "{\"reason\":\"withdrawn\"}",
		"{\"text\":\"merci\"}"},
	{STEP_CANCEL, &chef, STATUS_NEW, {.reason = "doublon"}, "{}", "{\"reason\":\"doublon\"}"},
	{STEP_REOPEN, &chef, STATUS_CLOSED, {.reason = "erreur"}, "{}", "{\"reason\":\"erreur\"}"},
	{STEP_REDIRECT, &marie, STATUS_NEW,
		{.body = "ville", .text = "mairie", .channel = "phone", .reason = "école", .at_ms = 5},
		"{\"agent_service\":\"proximite\",\"notice\":true,\"notice_channel\":\"phone\",\"transmission\":{\"at_ms\":5,\"body\":\"ville\"}}",
		"{\"agent\":\"Marie Aubert\",\"reason\":\"école\",\"text\":\"mairie\"}"},
	{STEP_REFUSE, &jean, STATUS_ROUTED, {.reason = "dépôt", .service = "nettoyage"}, "{\"suggested\":\"nettoyage\"}",
		"{\"reason\":\"dépôt\"}"},
	{STEP_REMIND, &marie, STATUS_ROUTED, {.text = "urgent"}, "{\"service\":\"voirie\"}", "{\"text\":\"urgent\"}"},
	{STEP_SPLIT, &marie, STATUS_ROUTED, {.service = "nettoyage", .text = "le sable"}, "{\"split\":\"nettoyage\"}",
		"{\"text\":\"le sable\"}"},
	{STEP_ATTACH, &marie, STATUS_NEW,
		{.name = "a.jpg",
			.type = "image/jpeg",
			.bytes = 12,
			.sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
		"{\"bytes\":12,\"sha256\":"
		"\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"type\":\"image/jpeg\"}",
		"{\"name\":\"a.jpg\"}"},
	{STEP_TOUCH, &marie, STATUS_NEW, {.outcome = "chased", .contact = "7.8", .channel = "phone", .text = "encore"},
		"{\"channel\":\"phone\",\"contact\":\"7.8\",\"outcome\":\"chased\"}", "{\"text\":\"encore\"}"},
	{STEP_NOTE, &marie, STATUS_NEW, {.text = "vu"}, "{}", "{\"text\":\"vu\"}"},
};

static void bare(struct op *op)
{
	const char *key;
	json_t *seen;

	json_object_foreach(op->base, key, seen) json_object_del(op->facts, key);
	json_object_del(op->facts, "due");
	json_object_del(op->facts, "at_ms");
}

/* Protects the journal's contract: see `payloads`. */
static void test_payloads(void **state)
{
	static const uint8_t salt[OP_SALT] = {1};

	(void)state;
	for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
		struct life s;
		struct op op;

		life_start(&s, "nid-de-poule", false);
		life_put(&s, payloads[i].from);
		assert_int_equal(lifecycle_step(payloads[i].step, &s.r, payloads[i].who, &payloads[i].args, s.catalogue,
							 s.now_ms, &op, &s.err),
			GUICHET_OK);
		bare(&op);
		assert_int_equal(op_seal(&op, salt, &s.err), GUICHET_OK);
		assert_string_equal(op.facts_text, payloads[i].facts);
		assert_string_equal(op.personal_text ? op.personal_text : "", payloads[i].personal ? payloads[i].personal : "");
		op_done(&op);
		life_end(&s);
	}
}

/* Protects the agent who has ten requests open: a refusal says which one it is about. */
static void test_refusals_name_the_request(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &marie, STEP_RESUME, NONE, REFUSED, "demande 31 40 03 21 06 : ");
	assert_refused(&s, &marie, STEP_TAKE, NONE, NO_PERM, "demande 31 40 03 21 06 : ");
	assert_refused(&s, &marie, STEP_ROUTE, ARGS(.service = "x"), DATA, "service « x »");
	assert_null(strstr(s.err.message, "31 40"));
	life_end(&s);
}

/* Protects roles: nobody acts whose role the table does not name; the refusal names the roles needed. */
static void test_roles(void **state)
{
	struct life s;
	struct op op;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	for (int step = 0; step < STEP_COUNT; step++) {
		assert_int_equal(
			lifecycle_step((enum step)step, &s.r, &borne, NONE, s.catalogue, s.now_ms, &op, &s.err), NO_PERM);
		/* Who answers for data protection orders that a request be kept, and does nothing else. */
		assert_int_equal(
			lifecycle_step((enum step)step, &s.r, &dsi, NONE, s.catalogue, s.now_ms, &op, &s.err), step == STEP_HOLD ? DATA : NO_PERM);
	}
	assert_refused(
		&s, &jean, STEP_ROUTE, ARGS(.service = "nettoyage"), NO_PERM, "rôle requis : agent d'accueil ou superviseur");
	assert_refused(&s, &marie, STEP_REFUSE, ARGS(.reason = "x"), NO_PERM, "rôle requis : agent de service");
	life_end(&s);
}

/* Protects scope: technical staff touch the requests of their own services only. */
static void test_scope(void **state)
{
	const struct actor everywhere = {"zoe", "Zoé", ROLE_SERVICE, (const char *const[]){"*", NULL}};
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &luc, STEP_NOTE, ARGS(.text = "vu"), NO_PERM, "« Voirie »");
	assert_refused(&s, &luc, STEP_TAKE, NONE, NO_PERM, "agent de service");
	assert_allowed(&s, &everywhere, STEP_NOTE, ARGS(.text = "vu"));
	assert_true(actor_serves(&jean, "voirie"));
	assert_false(actor_serves(&jean, "nettoyage"));
	assert_false(actor_serves(&marie, "voirie"));
	life_end(&s);
}

/* Protects from times that can't be: nothing is recorded as done in the future. */
static void test_future(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &marie, STEP_NOTE, ARGS(.text = "x", .at_ms = s.now_ms + 1), DATA, "futur");
	assert_allowed(&s, &marie, STEP_NOTE, ARGS(.text = "x", .at_ms = s.now_ms - 1));
	life_end(&s);
}

/* Protects command line and documents: roles read back, the table prints one line a step. */
static void test_names(void **state)
{
	struct text text = TEXT_INIT;
	size_t lines = 0;
	enum role role;

	(void)state;
	assert_true(role_parse("superviseur", &role) && role == ROLE_SUPERVISOR);
	assert_true(role_parse("AGENT D'ACCUEIL", &role) && role == ROLE_AGENT);
	assert_true(role_parse("kiosk", &role) && role == ROLE_KIOSK);
	assert_false(role_parse("maire", &role));
	lifecycle_print(&text);
	for (const char *c = text_str(&text); *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, STEP_COUNT);
	assert_non_null(strstr(text_str(&text), "order : review, ordered -> ordered ; agent de service ou superviseur ;"));
	text_done(&text);
}

/* --- Handing on --- */

static void test_route(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &marie, STEP_ROUTE, ARGS(.service = "voirie"), REFUSED, "déjà au service « Voirie »");
	assert_refused(&s, &marie, STEP_ROUTE, ARGS(.service = "netoyage"), DATA, "nettoyage");
	assert_refused(&s, &marie, STEP_ROUTE, NONE, DATA, "service");
	assert_allowed(&s, &jean, STEP_TAKE, NONE);
	assert_allowed(&s, &marie, STEP_ROUTE, ARGS(.service = "Nettoyage"));
	assert_status(&s, ROUTED);
	assert_field(&s, SERVICE, "nettoyage");
	assert_field(&s, ASSIGNED, "");
	assert_allowed(&s, &marie, STEP_ROUTE, ARGS(.service = "proximite"));
	assert_status(&s, NEW);
	life_end(&s);
}

/* Protects a refusal of competence: back to the desk, clock running; after the second refusal a supervisor decides,
 * once. */
static void test_ping_pong(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &jean, STEP_REFUSE, NONE, DATA, "motif");
	assert_refused(&s, &jean, STEP_REFUSE, ARGS(.reason = "x", .service = "mairie"), DATA, "mairie");
	assert_allowed(&s, &jean, STEP_REFUSE, ARGS(.reason = "C'est un dépôt", .service = "nettoyage"));
	assert_status(&s, NEW);
	assert_field(&s, SERVICE, "proximite");
	assert_string_equal(op_text(life_last(&s), "suggested", ""), "nettoyage");
	assert_int_equal(s.r.pause_count, 0);
	assert_allowed(&s, &marie, STEP_ROUTE, ARGS(.service = "nettoyage"));
	assert_allowed(&s, &luc, STEP_REFUSE, ARGS(.reason = "C'est la chaussée"));
	assert_int_equal(s.r.hops, 2);
	assert_refused(&s, &marie, STEP_ROUTE, ARGS(.service = "voirie"), NO_PERM, "un superviseur décide");
	assert_allowed(&s, &chef, STEP_ROUTE, ARGS(.service = "voirie"));
	assert_true(s.r.clarified);
	assert_allowed(&s, &marie, STEP_ROUTE, ARGS(.service = "nettoyage"));
	assert_allowed(&s, &luc, STEP_REFUSE, ARGS(.reason = "non"));
	assert_refused(&s, &marie, STEP_ROUTE, ARGS(.service = "voirie"), NO_PERM, "3 fois");
	life_end(&s);
}

static void test_desk_does_not_refuse(void **state)
{
	const struct actor desk = {"lea", "Léa", ROLE_SERVICE, (const char *const[]){"proximite", NULL}};
	struct life s;

	(void)state;
	life_start(&s, "plainte", false);
	life_put(&s, STATUS_REVIEW);
	assert_refused(&s, &desk, STEP_REFUSE, ARGS(.reason = "x"), REFUSED, "route");
	life_end(&s);
}

static void test_take(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &marie, STEP_TAKE, NONE, NO_PERM, "« Voirie »");
	assert_allowed(&s, &chef, STEP_TAKE, NONE);
	assert_field(&s, ASSIGNED, "chef");
	life_end(&s);
	life_start(&s, "plainte", false);
	assert_allowed(&s, &marie, STEP_ASSIGN, ARGS(.agent = "paul"));
	assert_allowed(&s, &marie, STEP_TAKE, NONE);
	assert_field(&s, ASSIGNED, "paul");
	life_end(&s);
}

static void test_assign(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &jean, STEP_ASSIGN, NONE, DATA, "agent");
	assert_allowed(&s, &jean, STEP_ASSIGN, ARGS(.agent = "jean"));
	assert_refused(&s, &jean, STEP_ASSIGN, ARGS(.agent = "jean"), REFUSED, "déjà attribuée à jean");
	life_end(&s);
}

/* Protects own crews: work without an order is reported done all the same; not before it was taken in hand. */
static void test_done_without_order(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &jean, STEP_DONE, NONE, REFUSED, "prise en charge");
	assert_allowed(&s, &jean, STEP_TAKE, NONE);
	assert_allowed(&s, &jean, STEP_DONE, ARGS(.text = "par la régie"));
	assert_status(&s, DONE);
	life_end(&s);
}

static void test_remind(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_allowed(&s, &marie, STEP_REMIND, NONE);
	assert_int_equal(s.r.reminders, 1);
	life_end(&s);
	life_start(&s, "plainte", false);
	life_put(&s, STATUS_REVIEW);
	assert_refused(&s, &marie, STEP_REMIND, NONE, REFUSED, "pas de service à relancer");
	life_end(&s);
}

static void test_split(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &marie, STEP_SPLIT, ARGS(.service = "voirie"), REFUSED, "déjà au service");
	assert_allowed(&s, &marie, STEP_SPLIT, ARGS(.service = "nettoyage"));
	assert_int_equal(life_last(&s)->kind, OP_NOTE);
	assert_string_equal(op_text(life_last(&s), "split", ""), "nettoyage");
	assert_status(&s, ROUTED);
	assert_refused(&s, &marie, STEP_UNDO, NONE, REFUSED, "partage");
	life_set(&s, FIELD_SPLIT_OF, "7.3");
	assert_refused(&s, &marie, STEP_SPLIT, ARGS(.service = "nettoyage"), REFUSED, "partie");
	life_end(&s);
}

static void test_link(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &marie, STEP_LINK, NONE, DATA, "principale");
	assert_refused(&s, &marie, STEP_LINK, ARGS(.target = s.r.id), REFUSED, "elle-même");
	assert_refused(
		&s, &marie, STEP_LINK, ARGS(.target = {7, 50}, .parent_is_child = true), REFUSED, "rattachée à une autre");
	assert_refused(
		&s, &marie, STEP_LINK, ARGS(.target = {7, 50}, .has_children = true), REFUSED, "lui sont rattachées");
	assert_allowed(&s, &marie, STEP_WAIT, ARGS(.reason = "tiers"));
	assert_allowed(&s, &marie, STEP_LINK, ARGS(.target = {7, 50}));
	assert_status(&s, DUPLICATE);
	assert_field(&s, PARENT, "7.50");
	assert_true(s.r.pauses[0].to_ms != NO_INSTANT);
	assert_true(request_is_open(&s.r));
	assert_allowed(&s, &marie, STEP_REOPEN, ARGS(.reason = "autre trou"));
	assert_field(&s, PARENT, "");
	assert_field(&s, WAIT, "");
	assert_status(&s, ROUTED);
	life_end(&s);
}

/* --- Waiting --- */

/* Protects the clocks: waiting needs a reason, shows over the state, blocks the steps that need someone, ends at a
 * time that makes sense. */
static void test_wait(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &marie, STEP_RESUME, NONE, REFUSED, "pas en attente");
	assert_refused(&s, &marie, STEP_WAIT, NONE, DATA, "usager ou tiers");
	assert_refused(&s, &marie, STEP_WAIT, ARGS(.reason = "vacances"), DATA, "vacances");
	assert_allowed(&s, &marie, STEP_WAIT, ARGS(.reason = "usager", .text = "photo demandée"));
	assert_status(&s, WAITING);
	assert_int_equal(s.r.beneath, STATUS_ROUTED);
	assert_refused(&s, &jean, STEP_TAKE, NONE, REFUSED, "en attente (usager) : reprenez-la");
	assert_refused(&s, &marie, STEP_WAIT, ARGS(.reason = "tiers"), REFUSED, "reprenez-la");
	s.now_ms += MS_PER_DAY;
	assert_refused(&s, &marie, STEP_RESUME, ARGS(.at_ms = s.now_ms - 2 * MS_PER_DAY), DATA, "précéder");
	assert_allowed(&s, &marie, STEP_RESUME, NONE);
	assert_status(&s, ROUTED);
	assert_int_equal(s.r.pauses[0].to_ms, s.now_ms);
	life_end(&s);
}

/* Protects figures: an ending step ends an open pause at its time, whichever it is. */
static void test_endings_end_a_pause(void **state)
{
	static const struct {
		enum step step;
		const struct actor *who;
		struct step_args args;
		enum status to;
	} endings[] = {
		{STEP_ANSWER, &chef, {.text = "x", .channel = "email"}, STATUS_ANSWERED},
		{STEP_CLOSE, &marie, {.reason = "withdrawn"}, STATUS_CLOSED},
		{STEP_CANCEL, &chef, {.reason = "erreur"}, STATUS_CANCELLED},
		{STEP_REDIRECT, &marie, {.body = "ville"}, STATUS_REDIRECTED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		struct life s;
		int64_t answer_due;

		life_start(&s, "nid-de-poule", false);
		assert_allowed(&s, &jean, STEP_TAKE, NONE);
		assert_allowed(&s, &jean, STEP_WAIT, ARGS(.reason = "tiers"));
		s.now_ms += MS_PER_DAY;
		assert_allowed(&s, endings[i].who, endings[i].step, &endings[i].args);
		assert_int_equal(s.r.status, endings[i].to);
		assert_int_equal(s.r.pauses[0].to_ms, s.now_ms);
		answer_due = json_integer_value(json_object_get(s.r.frozen_due, "answer"));
		assert_int_equal(answer_due, life_time("2026-12-02 17:30"));
		assert_field(&s, WAIT, "");
		life_end(&s);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_life),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_payloads),
		cmocka_unit_test(test_refusals_name_the_request),
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_scope),
		cmocka_unit_test(test_future),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_route),
		cmocka_unit_test(test_ping_pong),
		cmocka_unit_test(test_desk_does_not_refuse),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_assign),
		cmocka_unit_test(test_done_without_order),
		cmocka_unit_test(test_remind),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_endings_end_a_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
