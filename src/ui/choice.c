// SPDX-License-Identifier: GPL-3.0-or-later
/* A value list that narrows as one types. Must not know what the values are for. */
#include "guichet/ui/choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"

enum { FILTER_BYTES = 200, VALUES_MAX = 2000 };

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

/* How well a folded word is found: 0 not at all, 1 inside a word, 2 at the start of a word, 3 at the very start. */
static int found_how(const char *text, const char *word, size_t bytes)
{
	int best = 0;

	for (const char *at = text; (at = strstr(at, word)) != NULL; at++) {
		int how = at == text ? 3 : at[-1] == ' ' ? 2 : 1;

		if (how > best)
			best = how;
		if (best >= 2 || bytes == 0)
			break;
	}
	return best;
}

/* Every word must be found; the least well found decides. */
static int rank_of(const char *folded, const char *filter)
{
	int least = 3;

	while (*filter) {
		char word[FILTER_BYTES];
		size_t bytes = strcspn(filter, " ");
		int how;

		snprintf(word, sizeof word, "%.*s", (int)bytes, filter);
		how = found_how(folded, word, bytes);
		if (how == 0)
			return 0;
		/* Only the first word can be at the start. */
		if (how < least)
			least = how;
		filter += bytes + (filter[bytes] == ' ');
	}
	return least;
}

/* What passes the filter: at the start of the label first, then of a word, then anywhere; each in the order given. */
static void narrow(struct choice *c)
{
	struct text filter = TEXT_INIT;

	utf8_fold_words(&filter, field_text(&c->filter));
	c->shown_count = 0;
	for (int rank = 3; rank > 0; rank--)
		for (size_t i = 0; i < c->count; i++)
			if (rank_of(c->folded[i], text_str(&filter)) == rank)
				c->shown[c->shown_count++] = i;
	c->selected = c->top = 0;
	text_done(&filter);
}

static void put_value(struct choice *c, const struct choice_value *value)
{
	struct text folded = TEXT_INIT;

	c->values[c->count] = (struct choice_value){ guichet_strdup(or_empty(value->value)), guichet_strdup(or_empty(value->label)),
		value->detail ? guichet_strdup(value->detail) : NULL };
	utf8_fold_words(&folded, or_empty(value->label));
	text_addc(&folded, ' ');
	utf8_fold_words(&folded, or_empty(value->detail));
	text_addc(&folded, ' ');
	utf8_fold_words(&folded, or_empty(value->value));
	c->folded[c->count++] = text_take(&folded);
}

static void make_room(struct choice *c, size_t count)
{
	if (count <= c->room)
		return;
	c->room = count;
	c->values = guichet_realloc(c->values, count, sizeof *c->values);
	c->folded = guichet_realloc(c->folded, count, sizeof *c->folded);
	c->shown = guichet_realloc(c->shown, count, sizeof *c->shown);
}

void choice_init(struct choice *c, const char *title, const struct choice_value *values, size_t count, const char *initial_filter)
{
	*c = (struct choice){ .title = guichet_strdup(or_empty(title)), .page = 1 };
	make_room(c, count + 1);
	for (size_t i = 0; i < count; i++)
		put_value(c, &values[i]);
	field_init(&c->filter, FILTER_BYTES - 1, false);
	field_set(&c->filter, or_empty(initial_filter));
	narrow(c);
	/* What stood in a field need not be among the values: then all of them are offered. */
	if (c->shown_count == 0) {
		field_set(&c->filter, "");
		narrow(c);
	}
}

void choice_add(struct choice *c, const struct choice_value *values, size_t count)
{
	size_t held = c->count;

	make_room(c, held + count + 1);
	for (size_t i = 0; i < count && c->count < VALUES_MAX; i++) {
		bool there = false;
		for (size_t k = 0; k < held && !there; k++)
			there = strcmp(c->values[k].value, or_empty(values[i].value)) == 0;
		if (!there)
			put_value(c, &values[i]);
	}
	if (c->count > held)
		narrow(c);
}

void choice_done(struct choice *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free((char *)c->values[i].value);
		free((char *)c->values[i].label);
		free((char *)c->values[i].detail);
		free(c->folded[i]);
	}
	free(c->values);
	free(c->folded);
	free(c->shown);
	free(c->title);
	field_done(&c->filter);
	*c = (struct choice){ 0 };
}

const struct choice_value *choice_selected(const struct choice *c)
{
	return c->selected < c->shown_count ? &c->values[c->shown[c->selected]] : NULL;
}

void choice_select(struct choice *c, const char *value)
{
	for (size_t i = 0; i < c->shown_count; i++)
		if (strcmp(c->values[c->shown[i]].value, value) == 0)
			c->selected = i;
}

static void move(struct choice *c, int64_t rows)
{
	int64_t at = (int64_t)c->selected + rows;

	if (at >= (int64_t)c->shown_count)
		at = (int64_t)c->shown_count - 1;
	c->selected = at > 0 ? (size_t)at : 0;
}

static bool move_key(struct choice *c, const struct key *k)
{
	int page = c->page > 1 ? c->page - 1 : 1;

	switch (k->code) {
	case KEYCODE_UP:
		move(c, -1);
		return true;
	case KEYCODE_DOWN: case KEYCODE_TAB:
		move(c, 1);
		return true;
	case KEYCODE_BACKTAB:
		move(c, -1);
		return true;
	case KEYCODE_PAGE_UP:
		move(c, -page);
		return true;
	case KEYCODE_PAGE_DOWN:
		move(c, page);
		return true;
	case KEYCODE_HOME:
		move(c, INT32_MIN);
		return true;
	case KEYCODE_END:
		move(c, INT32_MAX);
		return true;
	default:
		return false;
	}
}

enum choice_result choice_key(struct choice *c, const struct key *k)
{
	uint32_t version = c->filter.version;

	if (k->code == KEYCODE_ESCAPE || k->code == KEYCODE_F12)
		return CHOICE_LEFT;
	if (k->code == KEYCODE_ENTER)
		return choice_selected(c) ? CHOICE_CHOSEN : CHOICE_OPEN;
	c->moving = move_key(c, k);
	if (!c->moving)
		field_key(&c->filter, k);
	if (c->filter.version != version)
		narrow(c);
	return CHOICE_OPEN;
}

int choice_rows(const struct choice *c)
{
	return c->count > 100 ? 103 : (int)c->count + 3;
}

static void draw_value(const struct choice *c, struct grid *g, struct rect r, size_t index)
{
	const struct choice_value *v = &c->values[c->shown[index]];
	int used = grid_text(g, r.row, r.col + 2, r.cols - 2, v->label, STYLE_NORMAL, false), room = r.cols - 2 - used - 2;

	if (v->detail && *v->detail && room > 8)
		grid_right(g, r.row, r.col + 2 + used + 2, room, v->detail, STYLE_DIM);
	if (index == c->selected) {
		grid_text(g, r.row, r.col, 1, g->ascii ? ">" : "▸", STYLE_NORMAL, false);
		grid_restyle(g, r, STYLE_SELECTION);
	}
}

void choice_draw(struct choice *c, struct grid *g, struct rect r)
{
	struct rect in = grid_frame(g, r, c->title, STYLE_NORMAL);
	int label = grid_width(g, _("Filtre")) + 1;
	char count[64];
	int width;

	if (in.rows < 1 || in.cols < 1)
		return;
	snprintf(count, sizeof count, "%zu/%zu", c->shown_count, c->count);
	width = grid_width(g, count) + 2;
	if (in.cols < label + width + 4)
		label = width = 0;
	grid_text(g, in.row, in.col, label, _("Filtre"), STYLE_LABEL, false);
	if (width)
		grid_right(g, in.row, in.col + in.cols - width, width, count, STYLE_DIM);
	field_draw(&c->filter, g, (struct rect){ in.row, in.col + label, 1, in.cols - label - width }, true);
	c->page = in.rows > 1 ? in.rows - 1 : 1;
	if (c->selected < c->top)
		c->top = c->selected;
	if (c->selected >= c->top + (size_t)c->page)
		c->top = c->selected - (size_t)c->page + 1;
	/* Who moves is told by the terminal's cursor where to; who types sees it in the text. */
	if (c->moving && c->shown_count > 0 && in.rows > 1)
		grid_cursor(g, in.row + 1 + (int)(c->selected - c->top), in.col);
	for (int i = 0; i < in.rows - 1 && c->top + (size_t)i < c->shown_count; i++)
		draw_value(c, g, (struct rect){ in.row + 1 + i, in.col, 1, in.cols }, c->top + (size_t)i);
	if (c->shown_count == 0 && in.rows > 1)
		grid_text(g, in.row + 1, in.col + 2, in.cols - 2, _("aucune valeur : effacer une partie du filtre"), STYLE_DIM, false);
}
