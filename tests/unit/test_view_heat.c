// SPDX-License-Identifier: GPL-3.0-or-later
/* Affluence: hours by weekday, date and month, and the contacts behind a number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "desk_scene.h"
#include "ui_fixture.h"

/* Some weeks of calls, always the same: mornings of Mondays busiest, nobody on Sundays but one, one at night. Ends
 * at the scene's hour. */
static void make_calls(struct ui_fixture *f)
{
	struct store_fixture *d = f->desk;
	for (int day = 0; day < 40; day++) {
		int32_t of = day_from_date(2026, 10, 16) + day;
		int weekday = day_weekday(of), calls = weekday == 6 ? 0 : weekday == 0 ? 9 : 3;
		for (int i = 0; i < calls; i++) {
			d->now_ms = paris_instant(of, (8 + (i * i) % 9) * 60 + i);
			if (d->now_ms < paris_instant(day_from_date(2026, 11, 24), 10 * 60))
				FIXTURE_LOG(d, .category = "depot", .subject = "Un tas",
					.requester = WHO({"name", "Lefèvre"}, {"phone", "0612345678"}));
		}
	}
	d->now_ms = paris_instant(day_from_date(2026, 11, 22), 22 * 60 + 5);
	FIXTURE_LOG(d, .category = "fuite", .subject = "La nuit", .commune = "aigues");
	d->now_ms = paris_instant(day_from_date(2026, 11, 24), 10 * 60);
}

/* Protects: the screens as supervisors know them, without colour or lines too. */
static void test_screens(void **state)
{
	struct ui_fixture *f = *state;
	make_calls(f);
	ui_open(f->ui, &view_heat, NULL);
	ui_golden(f, "heat");
	ui_keys(f, "G Down Down Left");
	ui_golden(f, "heat-dates");
	ui_keys(f, "G Enter");
	ui_golden(f, "heat-month");
	f->grid.ascii = true;
	for (const char *p = ui_screen(f, 24, 80); *p; p++)
		assert_true((unsigned char)*p < 0x80);
	assert_non_null(strstr(text_str(&f->dump), "total"));
}

static long number_under_cursor(struct ui_fixture *f)
{
	const char *line = strstr(ui_screen(f, 24, 80), "\n>"), *cell = line ? strchr(line, '[') : NULL;
	assert_non_null(cell);
	return strtol(cell + 1, NULL, 10);
}

static const struct cell *cell_under_cursor(struct ui_fixture *f)
{
	ui_screen(f, 24, 80);
	return grid_cell(&f->grid, f->grid.cursor_row, f->grid.cursor_col);
}

/* Protects: the busiest hours stand out by reverse video, which needs no colour; hours without a call are dimmed,
 * and still say so. */
static void test_without_colour(void **state)
{
	struct ui_fixture *f = *state;
	make_calls(f);
	ui_open(f->ui, &view_heat, NULL);
	ui_keys(f, "Left Left Left");
	assert_int_equal(cell_under_cursor(f)->style, STYLE_DIM);
	ui_keys(f, "Right");
	assert_true(number_under_cursor(f) > 4);
	assert_int_equal(cell_under_cursor(f)->style, STYLE_STATUS);
}

/* The dates below a weekday add up to its number; so do the contacts of a date. */
static long sum_of_rows(struct ui_fixture *f)
{
	long sum = 0;
	char name[16] = "", last[16] = "none";
	ui_press(f, "Home");
	while (strcmp(name, last) != 0) {
		const char *line = strstr(ui_screen(f, 24, 80), "\n>");
		snprintf(last, sizeof last, "%s", name);
		snprintf(name, sizeof name, "%.13s", line + 2);
		if (strcmp(name, last) != 0) {
			const char *dot = strstr(line, "[\u00b7]"), *end = strchr(line + 1, '\n');
			sum += dot && dot < end ? 0 : number_under_cursor(f);
		}
		ui_press(f, "Down");
	}
	return sum;
}

/* Protects: a number leads to the dates that make it up, a date's number to its contacts, and a contact to its
 * request; each step back is one key. */
static void test_down(void **state)
{
	struct ui_fixture *f = *state;
	make_calls(f);
	ui_open(f->ui, &view_heat, NULL);
	long mondays = number_under_cursor(f);
	assert_true(mondays > 1);
	ui_press(f, "Enter");
	ui_must_show(f, "Affluence · lundi, 28 jours");
	ui_must_show(f, "lun. 23/11/26");
	ui_must_not_show(f, "mar. 17/11/26");
	assert_int_equal(sum_of_rows(f), mondays);
	ui_press(f, "Home");
	long one = number_under_cursor(f);
	ui_press(f, "Enter");
	char head[64];
	snprintf(head, sizeof head, "lundi 23 novembre 2026, de 9 h à 10 h : %ld contact", one);
	ui_must_show(f, head);
	ui_must_show(f, "téléphone · ");
	/* References, nobody's name. */
	ui_must_not_show(f, "Lefèvre");
	ui_press(f, "Enter");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_request);
	ui_must_show(f, "Un tas");
	ui_press(f, "Escape");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_heat);
	ui_press(f, "j");
	ui_must_show(f, "F12 revient au tableau");
	ui_press(f, "Escape");
	ui_must_show(f, "Affluence · 4 semaines");
	/* A month holds all its dates. */
	ui_keys(f, "G G");
	ui_must_show(f, "Affluence · 12 mois");
	ui_keys(f, "Home");
	long november = number_under_cursor(f);
	ui_press(f, "Enter");
	ui_must_show(f, "Affluence · novembre 2026");
	assert_int_equal(sum_of_rows(f), november);
	ui_keys(f, "Escape Escape");
}

/* Protects: an hour without a contact says so instead of an empty list; a period without one too. */
static void test_nothing(void **state)
{
	struct ui_fixture *f = *state;
	ui_open(f->ui, &view_heat, NULL);
	ui_must_show(f, "0 contact");
	ui_must_not_show(f, "0 contacts");
	ui_keys(f, "G");
	ui_must_show(f, "aucun contact dans cette période");
	ui_keys(f, "Enter Down Right");
	make_calls(f);
	ui_press(f, "C-g");
	ui_keys(f, "Home Right Right Right Right Right Right Enter");
	ui_must_show(f, "aucun contact à cette heure");
}

/* Protects: what is shown goes to a file, all 24 hours of it. */
static void test_export(void **state)
{
	struct ui_fixture *f = *state;
	char path[160], line[400];
	make_calls(f);
	fixture_path(f->desk, "affluence.csv", path);
	ui_open(f->ui, &view_heat, NULL);
	ui_keys(f, "G X C-a");
	ui_type(f, path);
	ui_press(f, "Enter");
	FILE *in = fopen(path, "r");
	assert_non_null(in);
	assert_non_null(fgets(line, sizeof line, in));
	assert_memory_equal(line, "date,h00,h01,", 13);
	assert_non_null(strstr(line, ",h23,total\n"));
	bool night = false;
	while (fgets(line, sizeof line, in))
		night = night || !strcmp(line, "2026-11-22,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,0,1\n");
	assert_true(night);
	fclose(in);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_screens, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_without_colour, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_down, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_nothing, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_export, ui_fixture_setup, ui_fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
