// SPDX-License-Identifier: GPL-3.0-or-later
/* The application without a terminal, over a store of store_fixture.h: keys go in by name, screens come out as text. */
#ifndef GUICHET_TESTS_UI_FIXTURE_H
#define GUICHET_TESTS_UI_FIXTURE_H

#include "guichet/ui/view.h"
#include "store_fixture.h"

struct ui_fixture {
	struct store_fixture *desk;
	struct ui *ui;
	struct grid grid;
	struct text dump;
};

/* For cmocka: *state gets the fixture, whose actor has every role. */
int ui_fixture_setup(void **state);
int ui_fixture_teardown(void **state);
/* The same store, another actor, or read-only. */
void ui_fixture_as(struct ui_fixture *f, const struct actor *actor, bool read_only);

/* One key by name ("F2", "Entrée", "Down", "p"), as key_parse reads it. */
void ui_press(struct ui_fixture *f, const char *name);
/* Names and texts one after the other: "F3 'lilas' Down Enter". A text in quotes is typed character by character. */
void ui_keys(struct ui_fixture *f, const char *script);
void ui_type(struct ui_fixture *f, const char *text);
/* The same as one burst. */
void ui_type_burst(struct ui_fixture *f, const char *text);

/* The screen as text; borrowed until the next call. */
const char *ui_screen(struct ui_fixture *f, int rows, int cols);
/* Fails, with the screen, unless its 24x80 (or 43x132) text holds this. */
void ui_must_show(struct ui_fixture *f, const char *text);
void ui_must_not_show(struct ui_fixture *f, const char *text);
/* Compares with tests/fixtures/screens/<name>-80x24.txt and -132x43.txt; writes them when GUICHET_UPDATE_GOLDEN=1. Checks that the cursor stands in the screen. */
void ui_golden(struct ui_fixture *f, const char *name);

#endif
