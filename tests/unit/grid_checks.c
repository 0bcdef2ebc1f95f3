// SPDX-License-Identifier: GPL-3.0-or-later
/* What every test that draws asks of a grid. Must not know what was drawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <utf8proc.h>

#include "grid_checks.h"
#include "guichet/base/utf8.h"

static void character_is_sound(const struct cell *c, uint32_t cp, bool ascii)
{
	utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);

	assert_true(category != UTF8PROC_CATEGORY_CC && category != UTF8PROC_CATEGORY_CF && category != UTF8PROC_CATEGORY_CS
		&& category != UTF8PROC_CATEGORY_CO && category != UTF8PROC_CATEGORY_CN && category != UTF8PROC_CATEGORY_ZL
		&& category != UTF8PROC_CATEGORY_ZP);
	assert_true(!ascii || cp < 0x7F);
	assert_in_range(c->width, 1, 2);
}

void grid_is_sound(const struct grid *g)
{
	for (int row = 0; row < g->rows; row++) {
		int columns = 0;

		for (int col = 0; col < g->cols; col++) {
			const struct cell *c = grid_cell(g, row, col);
			size_t at = 0;
			uint32_t cp;

			columns += c->width;
			if (c->width == 0) {
				assert_int_equal(grid_cell(g, row, col - 1)->width, 2);
				assert_int_equal(c->length, 0);
				continue;
			}
			assert_in_range(c->length, 1, CELL_BYTES);
			for (; at < c->length; ) {
				size_t taken = utf8_decode(c->bytes + at, c->length - at, &cp);

				assert_true(taken > 0);
				character_is_sound(c, cp, g->ascii);
				at += taken;
			}
		}
		assert_int_equal(columns, g->cols);
	}
	if (g->cursor_row >= 0) {
		assert_in_range(g->cursor_row, 0, g->rows - 1);
		assert_in_range(g->cursor_col, 0, g->cols - 1);
	}
}

static void shows(const struct grid *g, const char *expected, bool styles)
{
	struct text all = TEXT_INIT;

	grid_is_sound(g);
	grid_dump(g, &all, styles);
	while (all.len > 0 && all.data[all.len - 1] == '\n')
		all.data[--all.len] = '\0';
	assert_string_equal(text_str(&all), expected);
	text_done(&all);
}

void grid_shows(const struct grid *g, const char *expected)
{
	shows(g, expected, false);
}

void grid_shows_styled(const struct grid *g, const char *expected)
{
	shows(g, expected, true);
}

void row_shows(const struct grid *g, int row, const char *expected)
{
	struct grid one = { .rows = 1, .cols = g->cols, .cells = g->cells + (size_t)row * (size_t)g->cols, .cursor_row = -1, .ascii = g->ascii };

	grid_shows(&one, expected);
}

bool grid_has(const struct grid *g, const char *text)
{
	struct text all = TEXT_INIT;
	bool found;

	grid_dump(g, &all, false);
	found = strstr(text_str(&all), text) != NULL;
	text_done(&all);
	return found;
}

struct key key_of(const char *name)
{
	struct key k;

	assert_true(key_parse(name, &k));
	return k;
}
