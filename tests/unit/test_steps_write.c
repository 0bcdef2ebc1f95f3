// SPDX-License-Identifier: GPL-3.0-or-later
/* Writing an answer on a screen: the catalogue's texts to begin with, one's own editor, an answer that one agent writes and another one reads and tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "desk_scene.h"
#include "ui_fixture.h"

static const char *const roads[] = { "voirie", NULL };
static const struct actor worker = { .login = "p.durand", .name = "Paule Durand", .roles = ROLE_SERVICE, .services = roads };
static const struct actor colleague = { .login = "r.petit", .name = "Rose Petit", .roles = ROLE_SERVICE, .services = roads };

/* A request of this category, taken, on the screen of this agent. */
static int64_t begin(struct ui_fixture *f, const struct actor *who, const char *category)
{
	struct store_fixture *d = f->desk;
	struct catalogue_source source = { 0 };
	int64_t moved;
	if (catalogue_read_folder("data/catalogue", &source, &d->err) || store_catalogue_apply(d->store, &source, &moved, &d->err))
		fail_msg("%s", d->err.message);
	catalogue_source_done(&source);
	int64_t reference = FIXTURE_LOG(d, .channel = "phone", .category = category, .subject = "Trou devant le 4", .address = "rue des Lilas",
		.requester = WHO({"name", "Odette Lefèvre"}, {"phone", "0465711234"}));
	fixture_step(d, reference, STEP_TAKE, &(struct step_args){ 0 });
	ui_fixture_as(f, who, false);
	struct view_target t = { .row_id = scene_row(d, reference), .channel = -1 };
	ui_open(f->ui, &view_request, &t);
	ui_screen(f, 24, 80);
	return reference;
}

/* Protects: F4 offers the texts of this category, fills their fields, keeps what was typed whether one is chosen or not; what they leave to be completed is not told, and
 * the text stays to be completed. */
static void test_texts(void **state)
{
	struct ui_fixture *f = *state;
	int64_t reference = begin(f, &worker, "nid-de-poule");
	ui_keys(f, "r 'tel' Enter 'Bonjour,' F4");
	ui_must_show(f, "Trou rebouché");
	ui_must_show(f, "Décision défavorable");
	ui_must_not_show(f, "Éclairage réparé");
	ui_press(f, "Escape");
	ui_must_show(f, "Bonjour,");
	ui_keys(f, "F4 'trou' Enter");
	ui_must_show(f, "Bonjour,");
	ui_must_show(f, "sur place (rue des Lilas)");
	ui_press(f, "F8");
	ui_must_show(f, "complétez-le ou retirez-le");
	ui_must_show(f, "sur place (rue des Lilas)");
	assert_int_equal(scene_status(f->desk, reference), STATUS_REVIEW);
	ui_keys(f, "C-a 'Rebouché hier.' F8");
	assert_int_equal(scene_status(f->desk, reference), STATUS_ANSWERED);
}

struct lent { char *text; void (*back)(void *of, const char *text, const struct guichet_err *why); void *of; };

static enum guichet_rc lend(void *context, const char *text, void (*back)(void *of, const char *text, const struct guichet_err *why), void *of, struct guichet_err *err)
{
	struct lent *l = context;
	(void)err;
	free(l->text);
	*l = (struct lent){ guichet_strdup(text), back, of };
	return GUICHET_OK;
}

/* Protects: Ctrl-R hands what was typed to the editor and takes back what was written; what was given up leaves the text as it was; without a terminal there is no editor. */
static void test_editor(void **state)
{
	struct ui_fixture *f = *state;
	struct lent lent = { 0 };
	const struct ui_lender lender = { &lent, lend };
	struct guichet_err why = { .message = "abandonné" };
	int64_t reference = begin(f, &worker, "nid-de-poule");
	ui_keys(f, "r 'tel' Enter 'Bon' C-r");
	ui_must_show(f, "pas d'éditeur ici");
	ui_set_lender(f->ui, &lender);
	ui_keys(f, "'jour' C-r");
	assert_string_equal(lent.text, "Bonjour");
	lent.back(lent.of, NULL, &why);
	ui_must_show(f, "abandonné");
	ui_must_show(f, "Bonjour");
	ui_press(f, "C-r");
	lent.back(lent.of, "Bonjour Madame,\nle trou est rebouché.", NULL);
	ui_must_show(f, "le trou est rebouché.");
	ui_press(f, "F8");
	assert_int_equal(scene_status(f->desk, reference), STATUS_ANSWERED);
	struct loaded l = scene_load(f->desk, reference);
	assert_string_equal(l.request.answers[0].text, "Bonjour Madame,\nle trou est rebouché.");
	loaded_done(&l);
	free(lent.text);
}

static const char *read_again(struct ui_fixture *f)
{
	const struct catalogue *c = store_catalogue(f->desk->store);
	for (size_t i = 0; i < c->category_count; i++)
		if (c->categories[i]->second_reading && c->categories[i]->service && strcmp(c->categories[i]->service->code, "voirie") == 0)
			return c->categories[i]->code;
	return NULL;
}

/* Protects: where a second reading is asked for, writing without telling comes first; the reader sees the text, tells it as it stands, and can't tell another one. */
static void test_second_reading(void **state)
{
	struct ui_fixture *f = *state;
	begin(f, &worker, "nid-de-poule");
	int64_t reference = begin(f, &worker, read_again(f));
	ui_keys(f, "r Enter 'Votre assureur est saisi.' F8");
	ui_must_show(f, "réponse rédigée");
	assert_int_equal(scene_status(f->desk, reference), STATUS_REVIEW);
	ui_keys(f, "r 'tel' Enter F8");
	ui_must_show(f, "un autre agent doit la dire");
	ui_keys(f, "Escape");
	ui_fixture_as(f, &colleague, false);
	struct view_target t = { .row_id = scene_row(f->desk, reference), .channel = -1 };
	ui_open(f->ui, &view_request, &t);
	ui_keys(f, "r 'tel' Enter");
	ui_must_show(f, "Votre assureur est saisi.");
	ui_keys(f, "End ' Enfin presque.' F8");
	ui_must_show(f, "un autre agent le relira");
	assert_int_equal(scene_status(f->desk, reference), STATUS_REVIEW);
	ui_keys(f, "C-a 'Votre assureur est saisi.' F8");
	assert_int_equal(scene_status(f->desk, reference), STATUS_ANSWERED);
	struct loaded l = scene_load(f->desk, reference);
	const struct op *told = &l.ops[l.op_count - 1];
	assert_string_equal(told->actor, "r.petit");
	assert_string_equal(op_text(told, "author", ""), "p.durand");
	assert_string_equal(op_text(told, "agent", ""), "Paule Durand");
	loaded_done(&l);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ui_fixture_setup, ui_fixture_teardown)
	const struct CMUnitTest tests[] = { TEST(test_texts), TEST(test_editor), TEST(test_second_reading) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
