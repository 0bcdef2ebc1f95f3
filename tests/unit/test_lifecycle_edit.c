// SPDX-License-Identifier: GPL-3.0-or-later
/* The life of a request: its fields (edit, requalify, resolve), what is added to it, and what a new one gets by
 * itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "life.h"

/* --- Edit and resolve --- */

static void test_edit(void **state)
{
	static const char *const pairs[][2] = {
		{"lieu", "12 rue Haute"}, {"lat", "46,5802"}, {"subject", "Trou devant le 12"}, {NULL, NULL}};
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &marie, STEP_EDIT, ARGS(.field = "couleur", .value = "x"), DATA, "address_string");
	assert_refused(&s, &marie, STEP_EDIT, ARGS(.field = "status", .value = "closed"), REFUSED, "étape");
	assert_refused(&s, &marie, STEP_EDIT, ARGS(.field = "service_code", .value = "eau"), REFUSED, "route");
	assert_refused(&s, &marie, STEP_EDIT, ARGS(.field = "source_id", .value = "x"), REFUSED, "ne se modifie pas");
	assert_refused(
		&s, &marie, STEP_EDIT, ARGS(.field = "subject", .value = "Trou devant le 12"), REFUSED, "rien ne change");
	assert_refused(&s, &marie, STEP_EDIT, ARGS(.field = "area", .value = ""), REFUSED, "rien ne change");
	assert_refused(&s, &marie, STEP_EDIT, ARGS(.field = "subject", .value = " "), DATA, "nécessaire");
	assert_allowed(&s, &marie, STEP_EDIT, ARGS(.prefer_field_list = true, .fields = pairs));
	assert_int_equal(json_object_size(life_last(&s)->base), 2);
	assert_field(&s, ADDRESS, "12 rue Haute");
	assert_true(request_real(&s.r, FIELD_LATITUDE) == 46.5802);
	assert_allowed(&s, &marie, STEP_EDIT, ARGS(.field = "lat", .value = ""));
	assert_true(request_real(&s.r, FIELD_LATITUDE) != request_real(&s.r, FIELD_LATITUDE));
	assert_true(json_is_null(s.r.fields[FIELD_LATITUDE].heads[0].value));
	assert_allowed(&s, &marie, STEP_EDIT, ARGS(.field = "confidential", .value = "oui"));
	assert_allowed(&s, &marie, STEP_EDIT, ARGS(.field = "confidential", .value = ""));
	assert_true(json_is_false(s.r.fields[FIELD_CONFIDENTIAL].heads[0].value));
	life_end(&s);
}

static void test_edit_values(void **state)
{
	static const struct {
		const char *field, *value, *expected;
	} wrong[] = {
		{"priority", "5", "1 urgente"},
		{"danger", "peut-être", "oui ou non"},
		{"lat", "91", "-90 à 90"},
		{"long", "1e3", "-180"},
		{"commune", "bwas", "bois"},
		{"category", "nid de poul", "nid-de-poule"},
		{"nature", "poème", "signalement"},
		{"document_date", "2026-02-30", "2026"},
		{"received", "hier", "hier"},
		{"requester", "Mme Martin", "identifiant"},
		{"received", "2027-01-01", "futur"},
		{"confidential", "ça dépend", "oui ou non"},
		{"address_string", "\xff", "UTF-8"},
	};
	static const struct {
		const char *field, *value;
		enum request_field f;
		const char *text;
		int64_t number;
	} right[] = {
		{"priority", "urgente", FIELD_PRIORITY, NULL, 1},
		{"commune", "73020", FIELD_COMMUNE, "bois", 0},
		{"nature", "réclamation", FIELD_NATURE, "complaint", 0},
		{"document_date", "20/11/2026", FIELD_DOCUMENT_DATE, "2026-11-20", 0},
		{"confidentielle", "Oui", FIELD_CONFIDENTIAL, NULL, 1},
		{"requester", "7.901", FIELD_REQUESTER, "7.901", 0},
		{"asset", "lampadaire 4512", FIELD_ASSET, "lampadaire 4512", 0},
	};
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_refused(
			&s, &marie, STEP_EDIT, ARGS(.field = wrong[i].field, .value = wrong[i].value), DATA, wrong[i].expected);
	for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
		assert_allowed(&s, &marie, STEP_EDIT, ARGS(.field = right[i].field, .value = right[i].value));
		if (right[i].text)
			assert_string_equal(request_text(&s.r, right[i].f), right[i].text);
		else
			assert_int_equal(request_int(&s.r, right[i].f, -1), right[i].number);
	}
	life_end(&s);
}

/* Protects who says what: technical staff correct the place and the urgency, not what the citizen asked. */
static void test_edit_roles(void **state)
{
	static const char *const denied[][2] = {{"category", "depot"}, {"nature", "avis"}, {"requester", "7.1"},
		{"received", "2026-11-20"}, {"subject", "x"}, {"confidential", "oui"}};
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	for (size_t i = 0; i < sizeof denied / sizeof *denied; i++)
		assert_refused(&s, &jean, STEP_EDIT, ARGS(.field = denied[i][0], .value = denied[i][1]), NO_PERM, "accueil");
	assert_allowed(&s, &jean, STEP_EDIT, ARGS(.field = "address_string", .value = "12 rue Haute"));
	assert_allowed(&s, &jean, STEP_EDIT, ARGS(.field = "priority", .value = "2"));
	assert_allowed(&s, &jean, STEP_EDIT, ARGS(.field = "danger", .value = "oui"));
	assert_refused(&s, &jean, STEP_EDIT, ARGS(.field = "danger", .value = "non"), NO_PERM, "seul un superviseur");
	assert_refused(&s, &marie, STEP_EDIT, ARGS(.field = "danger", .value = "non"), NO_PERM, "seul un superviseur");
	assert_allowed(&s, &chef, STEP_EDIT, ARGS(.field = "danger", .value = "non"));
	life_end(&s);
}

/* Protects "any agent may flag a danger in any category": urgent at once, within 4 hours, NON TRANSMIS. */
static void test_danger_flagged_later(void **state)
{
	struct target targets[TARGET_KIND_COUNT];
	struct life s;

	(void)state;
	life_start(&s, "depot", false);
	assert_allowed(&s, &paul, STEP_EDIT, ARGS(.field = "danger", .value = "oui"));
	assert_int_equal(request_int(&s.r, FIELD_PRIORITY, 0), 1);
	targets_parse(request_text(&s.r, FIELD_TARGETS), targets);
	assert_true(targets[TARGET_COMPLETE].unit == TARGET_MINUTES && targets[TARGET_COMPLETE].amount == 240);
	assert_true(request_danger_untold(&s.r));
	life_end(&s);
}

/* Protects requalification: targets, nature, priority and service follow the new category, where they were the old
 * one's. */
static void test_requalify(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, NULL, false);
	assert_field(&s, CATEGORY, "a-qualifier");
	assert_field(&s, SERVICE, "proximite");
	assert_status(&s, NEW);
	assert_allowed(&s, &marie, STEP_EDIT, ARGS(.field = "motif", .value = "depot"));
	assert_field(&s, SERVICE, "nettoyage");
	assert_status(&s, ROUTED);
	assert_field(&s, TARGETS, "acknowledge=1j take=4h complete=2j answer=6j legal=2mois");
	assert_int_equal(request_int(&s.r, FIELD_PRIORITY, 0), 4);
	assert_allowed(&s, &luc, STEP_TAKE, NONE);
	/* Competence depends on the commune, also on one corrected in the same breath. */
	assert_allowed(&s, &marie, STEP_EDIT,
		ARGS(.prefer_field_list = true,
			.fields = (const char *const[][2]){{"category", "fuite"}, {"commune", "bois"}, {NULL, NULL}}));
	assert_field(&s, SERVICE, "voirie");
	assert_status(&s, ROUTED);
	assert_field(&s, ASSIGNED, "");
	assert_true(request_danger_untold(&s.r));
	assert_int_equal(request_int(&s.r, FIELD_PRIORITY, 0), 1);
	/* A danger stays one until a supervisor says otherwise. */
	assert_allowed(&s, &marie, STEP_EDIT, ARGS(.field = "category", .value = "depot"));
	assert_true(request_int(&s.r, FIELD_DANGER, 0));
	assert_field(&s, SERVICE, "voirie");
	life_end(&s);
}

static void test_requalify_keeps(void **state)
{
	struct life s;

	(void)state;
	/* A nature and a priority that an agent chose are kept. */
	life_start(&s, "nid-de-poule", false);
	assert_allowed(&s, &marie, STEP_EDIT,
		ARGS(.prefer_field_list = true,
			.fields = (const char *const[][2]){{"nature", "réclamation"}, {"priority", "2"}, {NULL, NULL}}));
	assert_allowed(&s, &marie, STEP_EDIT, ARGS(.field = "category", .value = "horaires"));
	assert_field(&s, NATURE, "complaint");
	assert_int_equal(request_int(&s.r, FIELD_PRIORITY, 0), 2);
	life_end(&s);
	/* But a danger is urgent whatever was chosen before; and a nature that nobody chose follows. */
	life_start(&s, "nid-de-poule", false);
	assert_allowed(&s, &marie, STEP_EDIT, ARGS(.field = "priority", .value = "2"));
	assert_allowed(&s, &marie, STEP_EDIT, ARGS(.field = "category", .value = "fuite"));
	assert_int_equal(request_int(&s.r, FIELD_PRIORITY, 0), 1);
	assert_allowed(&s, &marie, STEP_EDIT, ARGS(.field = "category", .value = "horaires"));
	assert_field(&s, NATURE, "information");
	life_end(&s);
	/* Once work is ordered, the service keeps the request. */
	life_start(&s, "nid-de-poule", false);
	life_put(&s, STATUS_ORDERED);
	assert_allowed(&s, &marie, STEP_EDIT, ARGS(.field = "category", .value = "depot"));
	assert_field(&s, SERVICE, "voirie");
	assert_status(&s, ORDERED);
	life_end(&s);
	/* Out of remit: back to the desk, with the body that it should go to. */
	life_start(&s, "nid-de-poule", false);
	assert_allowed(&s, &marie, STEP_EDIT, ARGS(.field = "category", .value = "ecole"));
	assert_field(&s, SERVICE, "proximite");
	assert_status(&s, NEW);
	assert_string_equal(op_text(life_last(&s), "remit", ""), "ville");
	life_end(&s);
}

static void conflict(struct life *s, enum request_field f, const char *one, const char *other)
{
	struct op ops[2];

	for (int i = 0; i < 2; i++) {
		op_init(&ops[i], OP_EDIT, s->r.id, i ? "paul" : "marie", s->now_ms);
		op_write_text(&ops[i], &s->r, f, i ? other : one);
	}
	life_append(s, &ops[0]);
	life_append(s, &ops[1]);
}

static void test_resolve(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &marie, STEP_RESOLVE, ARGS(.field = "lieu", .value = "x"), REFUSED, "pas en conflit");
	assert_refused(&s, &marie, STEP_RESOLVE, ARGS(.field = "couleur", .value = "x"), DATA, "couleur");
	conflict(&s, FIELD_ADDRESS, "rue A", "rue B");
	assert_field(&s, ADDRESS, "rue B");
	assert_allowed(&s, &marie, STEP_RESOLVE, ARGS(.field = "lieu", .value = "rue A"));
	assert_field(&s, ADDRESS, "rue A");
	assert_false(request_in_conflict(&s.r, FIELD_ADDRESS));
	conflict(&s, FIELD_ADDRESS, "rue A", "rue B");
	assert_allowed(&s, &marie, STEP_RESOLVE, ARGS(.field = "lieu", .value = "rue C"));
	conflict(&s, FIELD_STATUS, "review", "ordered");
	assert_refused(&s, &marie, STEP_RESOLVE, ARGS(.field = "état", .value = "clôturée"), REFUSED, "en conflit");
	assert_allowed(&s, &marie, STEP_RESOLVE, ARGS(.field = "état", .value = "en instruction"));
	assert_status(&s, REVIEW);
	conflict(&s, FIELD_SERVICE, "proximite", "nettoyage");
	assert_refused(&s, &marie, STEP_RESOLVE, ARGS(.field = "service", .value = "netoyage"), DATA, "nettoyage");
	assert_refused(&s, &marie, STEP_RESOLVE, ARGS(.field = "service", .value = "voirie"), REFUSED, "en conflit");
	assert_allowed(&s, &marie, STEP_RESOLVE, ARGS(.field = "service", .value = "Service de Proximité"));
	assert_field(&s, SERVICE, "proximite");
	/* Two categories, two sets of targets: settling the first settles the second. */
	conflict(&s, FIELD_CATEGORY, "depot", "fuite");
	assert_allowed(&s, &marie, STEP_RESOLVE, ARGS(.field = "motif", .value = "depot"));
	assert_non_null(strstr(request_text(&s.r, FIELD_TARGETS), "complete=2j"));
	life_end(&s);
}

/* --- Additions --- */

static void test_additions(void **state)
{
	struct life s;

	(void)state;
	life_start(&s, "nid-de-poule", false);
	assert_refused(&s, &marie, STEP_NOTE, ARGS(.text = "  "), DATA, "note");
	assert_allowed(&s, &marie, STEP_NOTE, ARGS(.text = "rappelé"));
	assert_int_equal(s.r.notes, 1);
	assert_refused(&s, &marie, STEP_ATTACH, ARGS(.sha256 = "00"), DATA, "nom");
	assert_refused(&s, &marie, STEP_ATTACH, ARGS(.name = "a.jpg", .sha256 = "00"), DATA, "a.jpg");
	assert_allowed(&s, &marie, STEP_ATTACH,
		ARGS(.name = "a.jpg", .type = "image/jpeg", .bytes = 12,
			.sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"));
	assert_int_equal(s.r.attachments[0].bytes, 12);
	assert_refused(&s, &marie, STEP_TOUCH, NONE, DATA, "qualification");
	assert_refused(&s, &marie, STEP_TOUCH, ARGS(.outcome = "bavardage"), DATA, "bavardage");
	assert_allowed(&s, &marie, STEP_TOUCH, ARGS(.outcome = "chased", .contact = "7.81", .channel = "phone"));
	assert_allowed(&s, &marie, STEP_TOUCH, ARGS(.outcome = "added"));
	assert_allowed(&s, &marie, STEP_TOUCH, ARGS(.outcome = "added"));
	assert_refused(&s, &marie, STEP_TOUCH, ARGS(.outcome = "added", .channel = "pigeon"), DATA, "pigeon");
	assert_int_equal(s.r.contacts, 3);
	assert_int_equal(s.r.chased, 1);
	life_end(&s);
}

/* --- Creation --- */

static void start_with(struct life *s, struct create_args *args, const char *category, const char *commune)
{
	memset(s, 0, sizeof *s);
	s->catalogue = life_catalogue();
	s->now_ms = life_time("2026-11-24 10:00");
	args->reference = 3140032106;
	args->received_ms = args->logged_ms = s->now_ms;
	args->category = catalogue_category(s->catalogue, category);
	args->commune = commune ? catalogue_commune(s->catalogue, commune) : NULL;
	life_start_args(s, args);
}

/* Protects what is computed at the call: competence by commune, nature, targets, priority, and the promise that the
 * caller hears. */
static void test_create(void **state)
{
	struct life s;

	(void)state;
	start_with(&s, &(struct create_args){.nature = -1, .promise_told = true, .contact = "7.50"}, "depot", NULL);
	assert_int_equal(s.r.reference, 3140032106);
	assert_field(&s, SERVICE, "nettoyage");
	assert_field(&s, CHANNEL, "phone");
	assert_field(&s, NATURE, "report");
	assert_status(&s, ROUTED);
	assert_int_equal(request_promise(&s.r)->date_ms, life_time("2026-12-02 17:30"));
	assert_string_equal(request_promise(&s.r)->told_by, "marie");
	assert_int_equal(s.r.contacts, 1);
	assert_int_equal(request_int(&s.r, FIELD_DANGER, -1), -1);
	life_end(&s);
	start_with(
		&s, &(struct create_args){.nature = NATURE_COMPLAINT, .priority = 2, .channel = CHANNEL_POST}, "depot", "bois");
	assert_field(&s, SERVICE, "voirie");
	assert_field(&s, NATURE, "complaint");
	assert_int_equal(request_int(&s.r, FIELD_PRIORITY, 0), 2);
	assert_field(&s, COMMUNE, "bois");
	assert_int_equal(request_int(&s.r, FIELD_LOGGED, 0), s.now_ms);
	assert_int_equal(request_int(&s.r, FIELD_RECEIVED, 0), s.now_ms);
	assert_null(request_promise(&s.r));
	life_end(&s);
	start_with(&s, &(struct create_args){.nature = -1, .danger = true}, "depot", NULL);
	assert_int_equal(request_int(&s.r, FIELD_PRIORITY, 0), 1);
	assert_non_null(strstr(request_text(&s.r, FIELD_TARGETS), "complete=4h"));
	assert_true(request_danger_untold(&s.r));
	life_end(&s);
}

/* Protects those who can't be helped here: out of remit goes to the desk, says to whom, and promises nothing. */
static void test_create_elsewhere(void **state)
{
	struct life s;

	(void)state;
	start_with(&s, &(struct create_args){.nature = -1, .promise_told = true}, "ecole", NULL);
	assert_field(&s, SERVICE, "proximite");
	assert_status(&s, NEW);
	assert_string_equal(op_text(&s.ops[0], "remit", ""), "ville");
	assert_null(request_promise(&s.r));
	life_end(&s);
	start_with(
		&s, &(struct create_args){.nature = -1, .split_of = "7.3", .split_service = "nettoyage"}, "nid-de-poule", NULL);
	assert_field(&s, SERVICE, "nettoyage");
	assert_field(&s, SPLIT_OF, "7.3");
	life_end(&s);
	start_with(&s, &(struct create_args){.nature = -1, .source_id = "dmr:12", .source_service = "nettoyage"},
		"nid-de-poule", NULL);
	assert_field(&s, SERVICE, "nettoyage");
	assert_field(&s, SOURCE_ID, "dmr:12");
	life_end(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edit),
		cmocka_unit_test(test_edit_values),
		cmocka_unit_test(test_edit_roles),
		cmocka_unit_test(test_danger_flagged_later),
		cmocka_unit_test(test_requalify),
		cmocka_unit_test(test_requalify_keeps),
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_additions),
		cmocka_unit_test(test_create),
		cmocka_unit_test(test_create_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
