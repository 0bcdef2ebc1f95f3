// SPDX-License-Identifier: GPL-3.0-or-later
/* The screens while another process puts a new catalogue in force. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "ui_fixture.h"

/* In another process: the fixture's catalogue with a longer answer and another name for the service. */
static void apply_elsewhere(struct store_fixture *f)
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct catalogue_source source = {0};
		struct store_options options = {.clock = clock_fixed(&f->now_ms), .random = random_seeded(&f->seed)};
		struct store *mine = NULL;
		const char *texts[] = {fixture_metropole_ini, fixture_categories_ini}, *names[] = {"metropole.ini", "motifs.ini"};
		for (int i = 0; i < 2; i++) {
			struct text t = TEXT_INIT;
			for (const char *p = texts[i]; *p;) {
				const char *to = NULL;
				size_t n = 0;
				if (!strncmp(p, "answer = 6j", n = 11))
					to = "answer = 9j";
				else if (!strncmp(p, "name = Voirie\ncalendar", n = 22))
					to = "name = Chaussées\ncalendar";
				if (to)
					text_add(&t, to), p += n;
				else
					text_addc(&t, *p++);
			}
			catalogue_source_add(&source, names[i], text_str(&t), t.len);
			text_done(&t);
		}
		/* The parent's connection is not to be closed from here. */
		enum guichet_rc rc = store_open(f->path, &options, &mine, NULL);
		if (rc == GUICHET_OK)
			rc = store_catalogue_apply(mine, &source, NULL, NULL);
		store_close(&mine);
		_exit((int)rc);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Protects who types while an administrator changes the catalogue: the next picture is wholly of the new one, names and dates alike, and one line says
 * so once; what is typed stays. */
static void test_while_one_types(void **state)
{
	struct ui_fixture *f = *state;
	ui_open(f->ui, &view_call, NULL);
	ui_keys(f, "'0612345678' Tab 'Roux'");
	ui_screen(f, 24, 80);
	apply_elsewhere(f->desk);
	assert_int_equal(store_catalogue(f->desk->store)->categories[0]->targets[TARGET_ANSWER].amount, 6);
	ui_tick(f->ui);
	ui_must_show(f, "catalogue");
	ui_must_show(f, "Roux");
	const struct catalogue *c = store_catalogue(f->desk->store);
	assert_int_equal(c->categories[0]->targets[TARGET_ANSWER].amount, 9);
	assert_string_equal(catalogue_service(c, "voirie")->name, "Chaussées");
	f->desk->now_ms += 60000;
	ui_tick(f->ui);
	ui_tick(f->ui);
	ui_must_not_show(f, "catalogue");
}

/* Protects: the same where the screen's own write took the new catalogue already, and where nothing can be written. */
static void test_told_whoever_noticed(void **state)
{
	struct ui_fixture *f = *state;
	ui_open(f->ui, &view_todo, NULL);
	apply_elsewhere(f->desk);
	FIXTURE_LOG(f->desk, .category = "nid-de-poule", .subject = "Trou");
	ui_tick(f->ui);
	ui_must_show(f, "catalogue");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_while_one_types, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_told_whoever_noticed, ui_fixture_setup, ui_fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
