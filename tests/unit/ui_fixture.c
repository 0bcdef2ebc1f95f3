// SPDX-License-Identifier: GPL-3.0-or-later
/* See ui_fixture.h. */
#include "ui_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/base/utf8.h"

static void start(struct ui_fixture *f, const struct actor *actor, bool read_only)
{
	struct ui_options o = { .actor = *actor, .read_only = read_only };
	f->ui = ui_new(f->desk->store, &o);
}

int ui_fixture_setup(void **state)
{
	struct ui_fixture *f = guichet_alloc(sizeof *f);
	f->desk = fixture_new(false);
	grid_init(&f->grid, 24, 80);
	start(f, &fixture_chief, false);
	*state = f;
	return 0;
}

int ui_fixture_teardown(void **state)
{
	struct ui_fixture *f = *state;
	ui_free(&f->ui);
	grid_done(&f->grid);
	text_done(&f->dump);
	fixture_free(&f->desk);
	free(f);
	return 0;
}

void ui_fixture_as(struct ui_fixture *f, const struct actor *actor, bool read_only)
{
	ui_free(&f->ui);
	start(f, actor, read_only);
}

/* --- keys --- */

/* What the loop does once the keys that came are painted. */
static void take_turn(struct ui_fixture *f)
{
	struct view *v = ui_top(f->ui);
	if (v && v->ops->wait_ms && v->ops->wait_ms(v) == 0)
		v->ops->tick(v);
}

void ui_press(struct ui_fixture *f, const char *name)
{
	struct key k;
	if (!key_parse(name, &k))
		fail_msg("no key is called %s", name);
	ui_key(f->ui, &k);
	take_turn(f);
}

static void type(struct ui_fixture *f, const char *text, size_t bytes, bool burst)
{
	for (size_t at = 0; at < bytes;) {
		struct key k = { .code = KEYCODE_CHAR, .burst = burst };
		size_t n = utf8_decode(text + at, bytes - at, &k.ch);
		if (n == 0)
			fail_msg("not UTF-8: %s", text);
		at += n;
		ui_key(f->ui, &k);
		if (!burst || at == bytes)
			take_turn(f);
	}
}

void ui_type(struct ui_fixture *f, const char *text)
{
	type(f, text, strlen(text), false);
}

void ui_type_burst(struct ui_fixture *f, const char *text)
{
	type(f, text, strlen(text), true);
}

void ui_keys(struct ui_fixture *f, const char *script)
{
	char name[32];
	for (;;) {
		script += strspn(script, " ");
		if (!*script)
			return;
		if (*script == '\'') {
			size_t n = strcspn(++script, "'");
			type(f, script, n, false);
			script += n + (script[n] == '\'');
			continue;
		}
		size_t n = strcspn(script, " ");
		snprintf(name, sizeof name, "%.*s", (int)n, script);
		ui_press(f, name);
		script += n;
	}
}

/* --- screens --- */

const char *ui_screen(struct ui_fixture *f, int rows, int cols)
{
	grid_resize(&f->grid, rows, cols);
	ui_draw(f->ui, &f->grid);
	text_clear(&f->dump);
	grid_dump(&f->grid, &f->dump, false);
	return text_str(&f->dump);
}

void ui_must_show(struct ui_fixture *f, const char *text)
{
	if (!strstr(ui_screen(f, 24, 80), text) && !strstr(ui_screen(f, 43, 132), text))
		fail_msg("« %s » is not shown:\n%s", text, ui_screen(f, 24, 80));
}

void ui_must_not_show(struct ui_fixture *f, const char *text)
{
	if (strstr(ui_screen(f, 24, 80), text) || strstr(ui_screen(f, 43, 132), text))
		fail_msg("« %s » is shown:\n%s", text, ui_screen(f, 24, 80));
}

static char *read_all(const char *path)
{
	FILE *in = fopen(path, "r");
	struct text t = TEXT_INIT;
	char block[4096];
	size_t n;
	if (!in)
		return NULL;
	while ((n = fread(block, 1, sizeof block, in)) > 0)
		text_addn(&t, block, n);
	fclose(in);
	return text_take(&t);
}

static void compare(struct ui_fixture *f, const char *name, int rows, int cols)
{
	char path[200];
	const char *update = getenv("GUICHET_UPDATE_GOLDEN"), *shown = ui_screen(f, rows, cols);
	snprintf(path, sizeof path, "tests/fixtures/screens/%s-%dx%d.txt", name, cols, rows);
	assert_true(f->grid.cursor_row >= 0 && f->grid.cursor_row < rows && f->grid.cursor_col >= 0 && f->grid.cursor_col < cols);
	if (update && *update == '1') {
		FILE *out = fopen(path, "w");
		if (!out)
			fail_msg("%s cannot be written", path);
		fprintf(out, "%s\n", shown);
		fclose(out);
		return;
	}
	char *golden = read_all(path);
	if (!golden)
		fail_msg("%s is missing: GUICHET_UPDATE_GOLDEN=1 writes it", path);
	size_t n = strlen(golden);
	if (n && golden[n - 1] == '\n')
		golden[n - 1] = '\0';
	if (strcmp(golden, shown))
		fail_msg("%s differs (GUICHET_UPDATE_GOLDEN=1 writes it anew); shown:\n%s", path, shown);
	free(golden);
}

void ui_golden(struct ui_fixture *f, const char *name)
{
	compare(f, name, 24, 80);
	compare(f, name, 43, 132);
}
