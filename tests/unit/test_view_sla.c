// SPDX-License-Identifier: GPL-3.0-or-later
/* The tables of delays and of promises: lines, cells, what lies behind them, what is taken away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "desk_scene.h"
#include "guichet/report/figures.h"
#include "store_life.h"
#include "ui_fixture.h"

enum { DAY = 24 * 3600 * 1000 };

/* A week before the scene, so that trends have days and promises have been broken. */
static void make_desk(struct ui_fixture *f, struct desk_scene *s)
{
	desk_scene_make(f->desk, s);
	f->desk->now_ms = paris_instant(day_from_date(2026, 11, 24), 10 * 60);
}

static int64_t selected(struct ui_fixture *f)
{
	return ui_top(f->ui)->ops->selected(ui_top(f->ui));
}

/* Protects: the screens as supervisors know them. */
static void test_screens(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	make_desk(f, &s);
	ui_open(f->ui, &view_sla, NULL);
	ui_golden(f, "sla");
	ui_keys(f, "M Down Right Right");
	ui_golden(f, "sla-communes");
	ui_press(f, "Enter");
	ui_golden(f, "sla-behind");
	ui_open(f->ui, &view_promises, NULL);
	ui_golden(f, "promises");
}

/* Protects: an elected official asks how many requests of his commune are late, and hears it after at most three
 * keys: from any screen, from a form that is being typed in too; a commune of which there is nothing has its line. */
static void test_three_keys(void **state)
{
	static const struct view_ops *const from[] = {&view_todo, &view_queue, &view_search, &view_deadlines, &view_heat,
		&view_bulletins, &view_drafts, &view_sla, &view_promises, &view_call};
	struct ui_fixture *f = *state;
	struct desk_scene s;
	make_desk(f, &s);
	for (size_t i = 0; i < sizeof from / sizeof *from; i++) {
		int keys = 0;
		ui_open(f->ui, from[i], NULL);
		ui_screen(f, 24, 80);
		if (ui_top(f->ui)->ops->typing && ui_top(f->ui)->ops->typing(ui_top(f->ui)))
			ui_press(f, "C-c"), keys++;
		ui_press(f, "M"), keys++;
		ui_must_show(f, "Aigues-sur-Verte");
		ui_must_show(f, "Bois-Joli");
		assert_ptr_equal(ui_top(f->ui)->ops, &view_sla);
		const char *line = strstr(ui_screen(f, 24, 80), "Bois-Joli");
		assert_non_null(line);
		assert_memory_equal(line, "Bois-Joli                   2        0     !! 1", 47);
		assert_true(keys <= 3);
	}
}

/* --- behind the figures --- */

static size_t rows_listed(struct ui_fixture *f)
{
	size_t n = 0;
	ui_screen(f, 24, 80);
	ui_press(f, "Home");
	for (int64_t before = 0; selected(f) && selected(f) != before && n < 400;
		 ui_press(f, "Down"), ui_screen(f, 24, 80)) {
		before = selected(f);
		n++;
	}
	return n;
}

/* The number at the end of the title that Enter opened: "... : 12". */
static long title_count(struct ui_fixture *f)
{
	struct text title = TEXT_INIT;
	ui_top(f->ui)->ops->title(ui_top(f->ui), &title);
	const char *colon = strrchr(text_str(&title), ':');
	long n = colon ? strtol(colon + 1, NULL, 10) : -1;
	text_done(&title);
	return n;
}

/* The numbers of a line as the screen shows them, words and signs left out. */
static size_t figures_of_line(const char *line, long out[8])
{
	size_t n = 0;
	const char *end = line + strcspn(line, "\n");
	while (line < end && n < 8) {
		size_t word = strcspn(line, " \n");
		if (word > 0 && strspn(line, "0123456789") == word)
			out[n++] = strtol(line, NULL, 10);
		line += word + strspn(line + word, " ");
	}
	return n;
}

static const char *selected_line(struct ui_fixture *f)
{
	const char *dump = ui_screen(f, 43, 132), *at = strstr(dump, "\n>");
	assert_non_null(at);
	return at + 2;
}

/* Every cell of every line: Enter, count, come back to the same cell. `places`: which number of the line the cell
 * shows; -1: a share, the title says it. */
static void walk(struct ui_fixture *f, const struct view_ops *ops, const int *places, int cells)
{
	char name[64] = "", last[64] = "none";
	ui_press(f, "Home");
	for (int i = 0; i < cells; i++)
		ui_press(f, "Left");
	for (; strcmp(name, last) != 0; ui_press(f, "Down")) {
		snprintf(last, sizeof last, "%s", name);
		for (int cell = 0; cell < cells; cell++) {
			long numbers[8];
			size_t n = figures_of_line(selected_line(f), numbers);
			ui_press(f, "Enter");
			assert_ptr_equal(ui_top(f->ui)->ops, &view_deadlines);
			long said = title_count(f);
			assert_int_equal((long)rows_listed(f), said);
			if (places[cell] >= 0) {
				assert_true((size_t)places[cell] < n);
				assert_int_equal(numbers[places[cell]], said);
			}
			ui_press(f, "Escape");
			assert_ptr_equal(ui_top(f->ui)->ops, ops);
			ui_press(f, "Right");
		}
		for (int i = 0; i < cells; i++)
			ui_press(f, "Left");
		snprintf(name, sizeof name, "%.40s", selected_line(f));
	}
}

/* Protects: Enter on a figure opens exactly the requests that it counts, whatever the table is grouped by, and comes
 * back to it. */
static void test_behind(void **state)
{
	static const int delays[] = {0, 1, 2, -1, -1, -1}, promises[] = {0, 1, 2, 3};
	struct ui_fixture *f = *state;
	int64_t references[STORE_LIFE_REQUESTS];
	struct desk_scene s;
	store_life_make(f->desk, references);
	make_desk(f, &s);
	ui_open(f->ui, &view_sla, NULL);
	for (int by = 0; by < SLA_BY_COUNT; by++, ui_press(f, "G"))
		walk(f, &view_sla, delays, 6);
	ui_press(f, "N");
	ui_keys(f, "j j");
	walk(f, &view_promises, promises, 4);
}

/* Protects: what a service alone has lies behind its own figures. */
static void test_one_service(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	make_desk(f, &s);
	ui_open(f->ui, &view_sla, NULL);
	ui_keys(f, "s 'voirie' Enter");
	ui_must_show(f, "30 jours · Voirie");
	ui_must_not_show(f, "Nettoyage");
	ui_keys(f, "G Home Enter");
	ui_must_show(f, "Aigues-sur-Verte · Voirie · ouvertes : 2");
	assert_int_equal(rows_listed(f), 2);
	/* There is nothing to choose in the list of a figure. */
	ui_keys(f, "s");
	ui_must_show(f, "F12 revient au tableau");
}

/* --- live --- */

/* Protects: figures follow what others write and what time does, the cursor staying where it is; frozen, they stand
 * still and say since when; freed, they are of the present again. */
static void test_live(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	make_desk(f, &s);
	ui_open(f->ui, &view_sla, NULL);
	ui_screen(f, 24, 80);
	ui_keys(f, "Down Down Right");
	assert_non_null(strstr(ui_screen(f, 24, 80), ">Voirie                      3"));
	FIXTURE_LOG(f->desk, .category = "affaissement", .subject = "Affaissement", .commune = "bois");
	f->desk->now_ms += 31000;
	ui_tick(f->ui);
	assert_non_null(strstr(ui_screen(f, 24, 80), ">Voirie                      4"));
	ui_press(f, "F");
	ui_must_show(f, "FIGÉ à 10:00");
	FIXTURE_LOG(f->desk, .category = "affaissement", .subject = "Un autre", .commune = "bois");
	f->desk->now_ms += 120000;
	ui_tick(f->ui);
	assert_non_null(strstr(ui_screen(f, 24, 80), ">Voirie                      4"));
	ui_press(f, "F");
	ui_must_not_show(f, "FIGÉ");
	assert_non_null(strstr(ui_screen(f, 24, 80), ">Voirie                      5"));
	/* Time alone makes late what nobody touched. */
	f->desk->now_ms += 30 * (int64_t)DAY;
	ui_tick(f->ui);
	assert_non_null(strstr(ui_screen(f, 24, 80), ">Voirie                      5        0     !! 5"));
}

/* --- away with them --- */

static char *read_all(const char *path)
{
	struct text t = TEXT_INIT;
	char block[4096];
	size_t n;
	FILE *in = fopen(path, "r");
	if (!in)
		return NULL;
	while ((n = fread(block, 1, sizeof block, in)) > 0)
		text_addn(&t, block, n);
	fclose(in);
	return text_take(&t);
}

static void give_name(struct ui_fixture *f, const char *path)
{
	ui_keys(f, "C-a");
	ui_type(f, path);
	ui_press(f, "Enter");
}

/* Protects: figures go to a file that did not exist, under the name asked for; a name that is taken is refused and
 * can be mended; no name and Escape write nothing; a kiosk writes nothing whatever; nobody's name is in it. */
static void test_export(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	char path[160], other[160];
	struct stat info;
	make_desk(f, &s);
	fixture_path(f->desk, "delais.csv", path);
	fixture_path(f->desk, "autres.csv", other);
	ui_open(f->ui, &view_sla, NULL);
	ui_press(f, "X");
	ui_must_show(f, "delais-service-2026-11-24.csv");
	ui_press(f, "Escape");
	ui_press(f, "X");
	give_name(f, "   ");
	ui_must_show(f, "aucun nom de fichier");
	ui_press(f, "X");
	give_name(f, path);
	ui_must_show(f, "chiffres écrits dans");
	char *csv = read_all(path);
	assert_non_null(csv);
	assert_non_null(strstr(csv, "key,name,open,at_risk,overdue,met_share,"));
	assert_non_null(strstr(csv, "\nvoirie,Voirie,3,0,2,"));
	assert_non_null(strstr(csv, ",2026-10-26,2026-11-24\n"));
	assert_null(strstr(csv, "Lefèvre"));
	ui_press(f, "X");
	give_name(f, path);
	ui_must_show(f, "existe déjà");
	char *again = read_all(path);
	assert_string_equal(csv, again);
	give_name(f, other);
	ui_must_show(f, "chiffres écrits dans");
	free(again);
	free(csv);
	unlink(path);
	unlink(other);
	ui_press(f, "N");
	ui_press(f, "X");
	give_name(f, path);
	csv = read_all(path);
	assert_non_null(strstr(csv, "\nvoirie,Voirie,2,0,2,0,"));
	free(csv);
	unlink(path);
	ui_fixture_as(f, &fixture_chief, true);
	ui_open(f->ui, &view_sla, NULL);
	ui_press(f, "X");
	ui_must_show(f, "lecture seule");
	give_name(f, path);
	assert_int_equal(stat(path, &info), -1);
}

/* Protects: a text that a spreadsheet would run is written as text; a link laid in the way is not followed; what
 * could not be written leaves nothing behind. */
static void test_sheet(void **state)
{
	struct ui_fixture *f = *state;
	struct sheet sheet = {0};
	struct guichet_err err = {0};
	char path[160], target[160];
	struct stat info;
	sheet_text(&sheet, "=cmd|' /C calc'!A0");
	sheet_text(&sheet, "deux, \"trois\"");
	sheet_number(&sheet, -4);
	sheet_real(&sheet, 0.5, 2);
	sheet_real(&sheet, (double)__builtin_nanf(""), 2);
	sheet_day(&sheet, day_from_date(2026, 1, 9));
	sheet_end_row(&sheet);
	assert_string_equal(text_str(&sheet.csv), "\"'=cmd|' /C calc'!A0\",\"deux, \"\"trois\"\"\",-4,0.50,,2026-01-09\n");
	fixture_path(f->desk, "lien.csv", path);
	fixture_path(f->desk, "cible.csv", target);
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(sheet_save(&sheet, path, &err), GUICHET_CANT_CREATE);
	assert_int_equal(stat(target, &info), -1);
	unlink(path);
	assert_int_equal(sheet_save(&sheet, "/dev/full/x.csv", &err), GUICHET_CANT_CREATE);
	assert_int_equal(sheet_save(&sheet, f->desk->folder, &err), GUICHET_CANT_CREATE);
	sheet_done(&sheet);
}

/* Protects: an account that only feeds a wall display sees all figures, and not the requests behind them; it writes
 * no file. */
static void test_wall(void **state)
{
	static const struct actor wall = {.login = "mur", .name = "Mur", .roles = ROLE_KIOSK};
	struct ui_fixture *f = *state;
	struct desk_scene s;
	make_desk(f, &s);
	ui_fixture_as(f, &wall, true);
	ui_open(f->ui, &view_sla, NULL);
	ui_screen(f, 24, 80);
	ui_keys(f, "G j F F M");
	ui_must_show(f, "Aigues-sur-Verte");
	ui_press(f, "Enter");
	ui_must_show(f, "ne voit que des chiffres");
	ui_press(f, "N");
	ui_must_show(f, "Engagements non tenus");
	ui_keys(f, "Enter X");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_promises);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_screens, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_three_keys, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_behind, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_one_service, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_live, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_export, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_sheet, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_wall, ui_fixture_setup, ui_fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
