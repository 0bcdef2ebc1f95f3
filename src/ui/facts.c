// SPDX-License-Identifier: GPL-3.0-or-later
/* See facts.h. */
#include "facts.h"

#include <stdlib.h>

void facts_cut(struct facts *f, size_t count)
{
	while (f->count > count) {
		f->count--;
		free(f->items[f->count].label);
		free(f->items[f->count].text);
	}
}

void facts_clear(struct facts *f)
{
	facts_cut(f, 0);
}

void facts_done(struct facts *f)
{
	facts_clear(f);
	free(f->items);
	*f = (struct facts){ 0 };
}

static void put(struct facts *f, enum style style, const char *label, const char *text)
{
	GUICHET_GROW(f->items, f->count, f->capacity);
	f->items[f->count++] = (struct fact){ label ? guichet_strdup(label) : NULL, guichet_strdup(text), style };
}

void facts_add(struct facts *f, enum style style, const char *label, const char *text)
{
	if (text && *text)
		put(f, style, label, text);
}

void facts_blank(struct facts *f)
{
	put(f, STYLE_NORMAL, NULL, "");
}

void facts_heading(struct facts *f, const char *text)
{
	if (f->count)
		facts_blank(f);
	put(f, STYLE_TITLE, NULL, text);
}

int facts_draw(const struct facts *f, struct grid *g, struct rect r, int label_cols, int scroll)
{
	int at = 0;
	for (size_t i = 0; i < f->count; i++) {
		const struct fact *one = &f->items[i];
		int left = one->label ? label_cols : 0, cols = r.cols - left, row = r.row + at - scroll;
		int rows = cols > 0 && *one->text ? grid_paragraph_rows(g, cols, one->text) : 1;
		if (row + rows > r.row && row < r.row + r.rows && cols > 0) {
			if (one->label)
				grid_text(g, row, r.col, left - 1, one->label, STYLE_LABEL, false);
			grid_paragraph(g, (struct rect){ row, r.col + left, rows, cols }, one->text, one->style);
		}
		at += rows;
	}
	return at;
}
