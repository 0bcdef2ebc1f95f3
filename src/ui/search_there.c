// SPDX-License-Identifier: GPL-3.0-or-later
/* See search_there.h. */
#include "search_there.h"

#include <string.h>

#include "guichet/base/i18n.h"
#include "ui_inside.h"

enum { CHARACTERS_MIN = 3, PAUSE_MS = 700, HEADING = 1, ROWS_MIN = 4 /* column titles and a few rows */ };

void there_init(struct search_there *t, struct ui *ui)
{
	*t = (struct search_there){ .ui = ui, .ask_at_ms = NO_INSTANT };
	request_list_init(&t->list, ui, SHAPE_FOUND, NULL);
}

void there_done(struct search_there *t)
{
	request_list_done(&t->list);
}

static size_t characters(const char *s)
{
	size_t n = 0;
	for (; *s; s++)
		n += (*s & 0xc0) != 0x80 && *s != ' ';
	return n;
}

void there_forget(struct search_there *t, const char *typed, size_t count)
{
	bool enough = characters(typed) >= CHARACTERS_MIN;
	t->state = THERE_NOTHING;
	t->ticket = 0;
	t->more = false;
	t->partial = enough && look_is_partial(t->ui);
	t->ask_at_ms = t->partial && count == 0 && look_may(t->ui) ? ui_now(t->ui) + PAUSE_MS : NO_INSTANT;
	request_list_found_clear(&t->list);
	list_reload(&t->list.list);
}

bool there_ask(struct search_there *t, const char *typed)
{
	t->ask_at_ms = NO_INSTANT;
	if (!t->partial || !look_may(t->ui)) {
		ui_say(t->ui, "%s", t->partial ? _("historique partiel : hors ligne, les demandes plus anciennes ne se cherchent pas")
			: _("ce poste a tout ce que le serveur lui donnerait"));
		return false;
	}
	t->ticket = look_find(t->ui, typed);
	t->state = THERE_ASKED;
	return true;
}

int there_wait_ms(const struct search_there *t)
{
	if (t->ask_at_ms == NO_INSTANT)
		return -1;
	int64_t left = t->ask_at_ms - ui_now(t->ui);
	return left < 0 ? 0 : left > PAUSE_MS ? PAUSE_MS : (int)left;
}

void there_tick(struct search_there *t, const char *typed)
{
	if (t->ask_at_ms != NO_INSTANT && there_wait_ms(t) == 0)
		there_ask(t, typed);
}

static bool add_row(void *context, const struct request_row *row)
{
	struct search_there *t = context;
	int64_t here;
	return store_find_reference(ui_store(t->ui), row->reference, &here, 1) > 0 || request_list_found_add(&t->list, row);
}

bool there_answered(struct search_there *t)
{
	struct guichet_err err = { 0 };
	struct ui_rows told;
	if (t->state != THERE_ASKED)
		return false;
	enum ui_look state = look_found(t->ui, t->ticket, add_row, t, &told, &err);
	if (state == UI_LOOK_BUSY)
		return false;
	t->state = state == UI_LOOK_HERE ? THERE_FOUND : state == UI_LOOK_FAILED ? THERE_FAILED : THERE_NOTHING;
	t->more = told.more;
	t->behind = told.behind;
	snprintf(t->why, sizeof t->why, "%s", err.message);
	list_reload(&t->list.list);
	return true;
}

void there_refresh(struct search_there *t)
{
	struct request_found before = request_list_found_take(&t->list);
	for (size_t i = 0; i < before.count; i++)
		add_row(t, &before.items[i].row);
	request_list_found_drop(&before);
	list_reload(&t->list.list);
}

bool there_has_rows(const struct search_there *t)
{
	return t->list.found_count > 0;
}

void there_open(struct search_there *t)
{
	const struct request_row *row = request_list_row(&t->list);
	if (row)
		look_up(t->ui, row->reference);
}

/* --- drawing --- */

static void heading(const struct search_there *t, struct text *out)
{
	struct key k;
	switch (t->state) {
	case THERE_ASKED:
		text_add(out, _("au serveur : recherche…"));
		break;
	case THERE_FAILED:
		text_addf(out, _("au serveur : %s"), t->why);
		break;
	case THERE_FOUND:
		if (t->list.found_count == 0)
			text_add(out, t->behind ? _("au serveur : rien de plus, mais il lit encore son journal : réessayez") : _("au serveur : rien de plus"));
		else
			text_addf(out, t->list.found_count > 1 ? _("au serveur : %zu demandes plus anciennes") : _("au serveur : %zu demande plus ancienne"),
				t->list.found_count);
		if (t->more)
			text_add(out, _(" ; précisez pour en voir d'autres"));
		break;
	case THERE_NOTHING:
		text_add(out, _("historique partiel"));
		if (!look_may(t->ui)) {
			text_add(out, _(" : hors ligne, les demandes plus anciennes ne se cherchent pas"));
		} else if (keymap_key(&t->ui->keymap, ACTION_ELSEWHERE, 0, &k)) {
			text_add(out, " : ");
			key_describe(out, &k);
			text_add(out, _(" cherche les demandes plus anciennes au serveur"));
		}
		break;
	}
}

int there_height(const struct search_there *t, int rows, bool alone)
{
	int wanted = HEADING + ((int)t->list.found_count ? 1 + (int)t->list.found_count : 0), most = alone ? rows : rows / 2;
	if (!t->partial)
		return 0;
	if (t->list.found_count && most < HEADING + ROWS_MIN)
		most = rows < HEADING + ROWS_MIN ? rows : HEADING + ROWS_MIN;
	return alone && t->list.found_count ? rows : wanted < most ? wanted : most;
}

void there_draw(struct search_there *t, struct grid *g, struct rect r, bool focus)
{
	struct text line = TEXT_INIT;
	if (t->list.found_count && r.rows > HEADING)
		request_list_draw(&t->list, g, (struct rect){ r.row + HEADING, r.col, r.rows - HEADING, r.cols }, focus);
	grid_hline(g, r.row, r.col, r.cols, STYLE_DIM);
	text_addc(&line, ' ');
	heading(t, &line);
	text_addc(&line, ' ');
	grid_text(g, r.row, r.col + 3, r.cols - 3, text_str(&line), t->state == THERE_FAILED ? STYLE_LATE : STYLE_LABEL, false);
	text_done(&line);
}
