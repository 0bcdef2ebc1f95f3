// SPDX-License-Identifier: GPL-3.0-or-later
/* What goes out, composed with the catalogue that ships: what the law asks an acknowledgement to say, by each channel and for each meaning of silence; answers, waiting
 * answers, redirections; the letters of the day and their record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "guichet/report/compose.h"
#include "guichet/report/mailroom.h"
#include "guichet/store/correspondence.h"
#include "store_fixture.h"

/* --- A store with the catalogue that ships, whose guichet sends everything --- */

static void shipped(struct catalogue_source *out)
{
	static const char off[] = "sends_email = no", on[] = "sends_email = yes";

	assert_int_equal(catalogue_read_folder("data/catalogue", out, NULL), GUICHET_OK);
	for (size_t i = 0; i < out->count; i++) {
		struct catalogue_file *f = &out->files[i];
		char *at = strcmp(f->name, "metropole.ini") == 0 ? strstr(f->data, off) : NULL;
		if (!at)
			continue;
		struct text edited = TEXT_INIT;
		text_addn(&edited, f->data, (size_t)(at - f->data));
		text_add(&edited, on);
		text_add(&edited, at + strlen(off));
		free(f->data);
		f->bytes = edited.len;
		f->data = text_take(&edited);
	}
}

static int setup(void **state)
{
	struct store_fixture *f;
	struct catalogue_source source;

	if (fixture_setup(state))
		return 1;
	f = *state;
	shipped(&source);
	int64_t moved;
	enum guichet_rc rc = store_catalogue_apply(f->store, &source, &moved, &f->err);
	catalogue_source_done(&source);
	if (rc)
		print_error("%s\n", f->err.message);
	return rc ? 1 : 0;
}

static void load(struct store_fixture *f, int64_t reference, struct loaded *l)
{
	if (store_load(f->store, reference, l, &f->err))
		fail_msg("%s", f->err.message);
}

static char *composed_text(struct store_fixture *f, int64_t reference, const struct compose_args *args, const char *template_code)
{
	struct loaded l;
	struct composed m;

	load(f, reference, &l);
	if (compose_message(f->store, &l, args, &m, &f->err))
		fail_msg("%s", f->err.message);
	assert_string_equal(m.template_used->code, template_code);
	struct text all = TEXT_INIT;
	text_addf(&all, "%s\n%s", m.subject, m.text);
	/* No-break spaces as plain ones: what is looked for is words. */
	struct text plain = TEXT_INIT;
	for (const char *s = text_str(&all); *s; s++) {
		if ((unsigned char)s[0] == 0xC2 && (unsigned char)s[1] == 0xA0) {
			text_addc(&plain, ' ');
			s++;
		} else {
			text_addc(&plain, *s);
		}
	}
	text_done(&all);
	composed_done(&m);
	loaded_done(&l);
	return text_take(&plain);
}

static void says(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strstr(text, words[i]))
			fail_msg("'%s' is not in:\n%s", words[i], text);
	assert_null(strpbrk(text, "{}"));
}
#define SAYS(text, ...) \
	says((text), (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

#define BY_POST "post"
static int64_t letter_from(struct store_fixture *f, const char *name, const char *category, const char *subject)
{
	return FIXTURE_LOG(f, .channel = BY_POST, .category = category, .subject = subject, .document_date = "2026-11-20",
		.requester = WHO({"title", "M."}, {"name", name}, {"postal_address", "1 rue Haute, 99000 Verdane"}, {"email", "a@b.example"}));
}

/* A category of the catalogue whose silence means this. */
static const char *category_whose(struct store_fixture *f, enum silence silence)
{
	const struct catalogue *c = store_catalogue(f->store);

	for (size_t i = 0; i < c->category_count; i++)
		if (c->categories[i]->silence == silence && c->categories[i]->service && !c->categories[i]->danger && c->categories[i] != c->unsorted)
			return c->categories[i]->code;
	return NULL;
}

/* --- Tests --- */

/* Protects: CRPA R112-5: an acknowledgement on paper says when the request came, which service has it and how to reach it, the date and the meaning of silence, and the
 * ways and times of appeal. */
static void test_refusal_on_paper(void **state)
{
	struct store_fixture *f = *state;
	int64_t reference = letter_from(f, "Paul Ndiaye", category_whose(f, SILENCE_REFUSES), "Trou");
	char *text = composed_text(f, reference, &(struct compose_args){.use = TEMPLATE_ACKNOWLEDGE, .channel = CHANNEL_POST}, "accuse-courrier");

	SAYS(text, "Monsieur,", "vendredi 20 novembre 2026", "Date de réception : mardi 24 novembre 2026", "Service chargé du dossier : ", "Adresse : ", "Téléphone : ",
		"au plus tard le dimanche 24 janvier 2027", "réputée rejetée", "deux mois", "recours gracieux", "tribunal administratif de Verdane", "L114-5", "dpo@", "CNIL");
	assert_null(strstr(text, "réputée acceptée"));
	free(text);
}

/* Protects: CRPA R112-11-1: the electronic one says it too; where silence accepts, the right to a certificate (L232-3) instead of appeals. */
static void test_acceptance_by_email(void **state)
{
	struct store_fixture *f = *state;
	const char *category = category_whose(f, SILENCE_ACCEPTS);

	if (!category) {
		print_message("skipped: no category of the catalogue is accepted by silence\n");
		skip();
	}
	int64_t reference = letter_from(f, "Anne Ker", category, "Autorisation");
	char *text = composed_text(f, reference, &(struct compose_args){.use = TEMPLATE_ACKNOWLEDGE, .channel = CHANNEL_EMAIL}, "accuse-courriel");
	SAYS(text, "Date de réception : mardi 24 novembre 2026", "réputée acceptée", "sous réserve que votre demande soit complète", "L232-3", "Service de Proximité, Métropole VERTE");
	assert_null(strstr(text, "rejet"));
	free(text);
	/* L114-5: what is missing, until when, and that the delay has not begun. */
	text = composed_text(f, reference, &(struct compose_args){.use = TEMPLATE_ACKNOWLEDGE, .channel = CHANNEL_EMAIL, .missing = "un plan\nune date",
		.missing_by_day = day_from_date(2026, 12, 1)}, "accuse-courriel");
	SAYS(text, "un plan\nune date", "au plus tard le mardi 1er décembre 2026", "ne commencera qu’à la réception");
	assert_null(strstr(text, "décision expresse au plus tard"));
	free(text);
}

/* Protects: before anybody has read a mail its receipt says no more than is known; several requests of one letter are in one acknowledgement, each with its own dates. */
static void test_receipt_and_several(void **state)
{
	struct store_fixture *f = *state;
	int64_t unsorted = FIXTURE_LOG(f, .channel = "email", .subject = "Bonjour", .requester = WHO({"name", "Ida Blanc"}, {"email", "ida@b.example"}));
	char *text = composed_text(f, unsorted, &(struct compose_args){.use = TEMPLATE_ACKNOWLEDGE, .channel = CHANNEL_EMAIL}, "enregistrement");

	SAYS(text, "Madame, Monsieur,", "enregistré sous le numéro", "mardi 24 novembre 2026", "accusé de réception", "sept jours");
	assert_null(strstr(text, "réputée"));
	free(text);
	int64_t one = letter_from(f, "Paul Ndiaye", category_whose(f, SILENCE_REFUSES), "Trou"), two = letter_from(f, "Paul Ndiaye", "a-qualifier", "Autre chose");
	text = composed_text(f, one, &(struct compose_args){.use = TEMPLATE_ACKNOWLEDGE, .channel = CHANNEL_POST, .others = &two, .other_count = 1}, "accuse-courrier");
	SAYS(text, "plusieurs demandes", " : Trou\n", " : Autre chose\n", "Accusé de réception de vos demandes");
	free(text);
}

/* Protects: an answer bears the agent's words as they stand, and his name when he is the one at work; what is said of a redirection names the body (L114-2). */
static void test_answers(void **state)
{
	struct store_fixture *f = *state;
	int64_t reference = letter_from(f, "Paul Ndiaye", category_whose(f, SILENCE_REFUSES), "Trou {objet}");
	struct loaded l;

	fixture_step(f, reference, STEP_TAKE, &(struct step_args){.text = NULL});
	fixture_step(f, reference, STEP_INFORM, &(struct step_args){.text = "Une entreprise est choisie : {reference} !", .channel = "post"});
	load(f, reference, &l);
	struct compose_args args = {.use = TEMPLATE_INFORM, .channel = CHANNEL_POST, .target = l.ops[l.op_count - 1].id, .actor = &fixture_chief};
	loaded_done(&l);
	struct composed m;
	load(f, reference, &l);
	assert_int_equal(compose_message(f->store, &l, &args, &m, &f->err), GUICHET_OK);
	assert_non_null(strstr(m.text, "Une entreprise est choisie\u00A0: {reference}\u00A0!"));
	assert_non_null(strstr(m.text, "Trou {objet}"));
	composed_done(&m);
	/* An answer without words is no answer. */
	args.use = TEMPLATE_ANSWER;
	args.target = (struct op_id){0};
	assert_int_equal(compose_message(f->store, &l, &args, &m, &f->err), GUICHET_DATA);
	assert_non_null(strstr(f->err.message, "{reponse}"));
	loaded_done(&l);
	char *text = composed_text(f, reference, &(struct compose_args){.use = TEMPLATE_FORWARD, .channel = CHANNEL_EMAIL}, "transmission");
	free(text);
}

/* Protects: the letters of the day: what is owed becomes a PDF, its record ends what was owed, and the kept PDF is the same; a letter that can't go stays owed and keeps
 * no other from going. */
static void test_mailroom(void **state)
{
	struct store_fixture *f = *state;
	int64_t good = letter_from(f, "Paul Ndiaye", category_whose(f, SILENCE_REFUSES), "Trou");
	struct mailroom m, again;
	struct loaded l;

	FIXTURE_LOG(f, .channel = BY_POST, .category = category_whose(f, SILENCE_REFUSES), .subject = "Sans adresse",
		.requester = WHO({"name", "Jean Dupuis"}, {"postal_address", "nulle part"}));
	assert_int_equal(store_count_owed(f->store, CHANNEL_POST), 2);
	assert_int_equal(mailroom_gather(f->store, &fixture_chief, &(struct mailroom_wish){0}, &m, &f->err), GUICHET_OK);
	assert_int_equal(m.count, 2);
	assert_int_equal(mailroom_ready(&m), 1);
	assert_string_equal(m.list[0].to.lines[1], "1 RUE HAUTE");
	if (mailroom_make(f->store, &m, &f->err) == GUICHET_UNAVAILABLE) {
		print_message("skipped: %s\n", f->err.message);
		mailroom_done(&m);
		skip();
	}
	assert_int_equal(mailroom_record(f->store, &fixture_chief, &m, &f->err), GUICHET_OK);
	assert_int_equal(mailroom_record(f->store, &fixture_chief, &m, &f->err), GUICHET_OK);
	assert_int_equal(store_count_owed(f->store, CHANNEL_POST), 1);
	load(f, good, &l);
	assert_int_equal(l.request.delivery_count, 1);
	assert_int_equal(l.request.acknowledged_ms, f->now_ms);
	assert_int_equal(mailroom_printed(f->store, l.row_id, 0, 0, &again, &f->err), GUICHET_OK);
	assert_int_equal(again.count, 1);
	assert_int_equal(again.list[0].pdf.pages, 1);
	assert_int_equal(again.list[0].pdf.bytes, m.list[0].pdf.bytes);
	assert_memory_equal(again.list[0].pdf.data, m.list[0].pdf.data, m.list[0].pdf.bytes);
	mailroom_done(&again);
	assert_int_equal(mailroom_printed(f->store, 0, f->now_ms, f->now_ms + 1, &again, &f->err), GUICHET_OK);
	assert_int_equal(again.count, 1);
	mailroom_done(&again);
	loaded_done(&l);
	mailroom_done(&m);
}

/* Another catalogue: what answers say is worded otherwise. */
static void reword(struct store_fixture *f)
{
	struct catalogue_source source;
	int64_t moved;

	shipped(&source);
	for (size_t i = 0; i < source.count; i++) {
		char *at = strstr(source.files[i].name, "modeles/") ? strstr(source.files[i].data, "Nous vous prions") : NULL;
		if (at)
			memcpy(at, "Nous te prions  ", strlen("Nous vous prions"));
	}
	if (store_catalogue_apply(f->store, &source, &moved, &f->err))
		fail_msg("%s", f->err.message);
	catalogue_source_done(&source);
}

/* Protects: what was printed comes out again byte for byte, the whole batch of the day behind its slip too: another day, under another catalogue, in another language and
 * with other settings of groff's. */
static void test_again(void **state)
{
	static const char *const settings[][2] = {{"LC_ALL", "fr_FR.UTF-8"}, {"LANGUAGE", "en"}, {"TZ", "Asia/Tokyo"}, {"GROFF_TYPESETTER", "utf8"},
		{"GROFF_TMAC_PATH", "/nonexistent"}, {"GROFF_FONT_PATH", "/nonexistent"}};
	struct store_fixture *f = *state;
	struct mailroom m, again;
	struct letter_pdf batch, batch_again;

	for (int i = 0; i < 3; i++)
		letter_from(f, i == 1 ? "Paul Ndiaye" : "Ida Blanc", category_whose(f, SILENCE_REFUSES), i ? "Trou" : "Lampe");
	assert_int_equal(mailroom_gather(f->store, &fixture_chief, &(struct mailroom_wish){0}, &m, &f->err), GUICHET_OK);
	if (mailroom_make(f->store, &m, &f->err) == GUICHET_UNAVAILABLE) {
		print_message("skipped: %s\n", f->err.message);
		mailroom_done(&m);
		skip();
	}
	assert_int_equal(mailroom_batch(f->store, &m, &batch, &f->err), GUICHET_OK);
	assert_int_equal(mailroom_record(f->store, &fixture_chief, &m, &f->err), GUICHET_OK);
	int64_t then = f->now_ms;
	f->now_ms += INT64_C(40) * 24 * 3600000;
	reword(f);
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		setenv(settings[i][0], settings[i][1], 1);
	assert_int_equal(mailroom_printed(f->store, 0, then, then + 1, &again, &f->err), GUICHET_OK);
	assert_int_equal(again.count, m.count);
	for (size_t i = 0; i < m.count; i++) {
		assert_int_equal(again.list[i].pdf.bytes, m.list[i].pdf.bytes);
		assert_memory_equal(again.list[i].pdf.data, m.list[i].pdf.data, m.list[i].pdf.bytes);
	}
	assert_int_equal(mailroom_batch(f->store, &again, &batch_again, &f->err), GUICHET_OK);
	assert_int_equal(batch_again.bytes, batch.bytes);
	assert_memory_equal(batch_again.data, batch.data, batch.bytes);
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		unsetenv(settings[i][0]);
	letter_pdf_done(&batch);
	letter_pdf_done(&batch_again);
	mailroom_done(&again);
	mailroom_done(&m);
}

static void step_as(struct store_fixture *f, const struct actor *who, int64_t reference, enum step step, const struct step_args *with)
{
	struct step_args args = *with;

	if (desk_step(f->store, who, reference, step, &args, NULL, &f->err))
		fail_msg("%s: %s", who->login, f->err.message);
}

/* Whom the letters of the day name, printed by somebody else: "" nobody. */
static void names(struct store_fixture *f, int64_t reference, const char *wanted)
{
	static const struct actor clerk = {"courrier", "Clara Poste", ROLE_AGENT, NULL};
	struct mailroom m;
	const struct mailroom_letter *found = NULL;

	if (mailroom_gather(f->store, &clerk, &(struct mailroom_wish){0}, &m, &f->err))
		fail_msg("%s", f->err.message);
	for (size_t i = 0; i < m.count; i++)
		if (m.list[i].reference == reference)
			found = &m.list[i];
	assert_non_null(found);
	assert_string_equal(found->agent ? found->agent : "", wanted);
	assert_null(found->problem);
	mailroom_done(&m);
}

/* Protects: CRPA L111-2: a letter names whoever wrote the answer, whoever told it and whoever prints it, to each of those who get it; nobody where the catalogue keeps
 * that service's names from citizens. */
static void test_whose_words(void **state)
{
	static const char *const at_roads[] = {"voirie", NULL};
	static const struct actor writer = {"p.durand", "Paule Durand", ROLE_SERVICE, at_roads}, teller = {"s.martin", "Serge Martin", ROLE_AGENT, NULL};
	struct store_fixture *f = *state;
	int64_t asked[3];
	struct loaded l;

	for (int i = 0; i < 3; i++)
		asked[i] = FIXTURE_LOG(f, .channel = "phone", .category = "nid-de-poule", .subject = "Trou",
			.requester = WHO({"name", i ? "Ida Blanc" : "Paul Ndiaye"}, {"postal_address", "1 rue Haute, 99000 Verdane"}));
	struct step_args link = {0};
	assert_int_equal(desk_op_of_reference(f->store, asked[0], &link.target, &f->err), GUICHET_OK);
	step_as(f, &teller, asked[1], STEP_LINK, &link);
	step_as(f, &writer, asked[0], STEP_TAKE, &(struct step_args){0});
	step_as(f, &writer, asked[0], STEP_ANSWER, &(struct step_args){.text = "Rebouché.", .draft = true});
	f->now_ms += 60000;
	struct step_args told = {.channel = "post"};
	if (desk_answer_children(f->store, &teller, asked[0], &told, false, NULL, NULL, &f->err))
		fail_msg("%s", f->err.message);
	names(f, asked[0], "Paule Durand");
	names(f, asked[1], "Paule Durand");
	step_as(f, &writer, asked[2], STEP_TAKE, &(struct step_args){0});
	step_as(f, &teller, asked[2], STEP_INFORM, &(struct step_args){.text = "Bientôt.", .channel = "post"});
	names(f, asked[2], "Serge Martin");
	/* By mail too. */
	load(f, asked[1], &l);
	struct compose_args args = {.use = TEMPLATE_ANSWER, .channel = CHANNEL_EMAIL, .target = l.ops[l.op_count - 1].id};
	loaded_done(&l);
	char *text = composed_text(f, asked[1], &args, "reponse");
	SAYS(text, "Paule Durand, Voirie");
	free(text);
	for (size_t i = 0; i < store_catalogue(f->store)->service_count; i++)
		store_catalogue(f->store)->services[i]->anonymous_agents = true;
	names(f, asked[0], "");
	step_as(f, &writer, asked[2], STEP_ANSWER, &(struct step_args){.text = "Fait.", .channel = "post"});
	load(f, asked[2], &l);
	assert_null(op_text(&l.ops[l.op_count - 1], "agent", NULL));
	loaded_done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whose_words, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_again, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_refusal_on_paper, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_acceptance_by_email, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_receipt_and_several, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_answers, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_mailroom, setup, fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
