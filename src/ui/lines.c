// SPDX-License-Identifier: GPL-3.0-or-later
/* The lines around a view: messages, questions, progress, status, function keys. Must not know what the view shows. */
#include "guichet/ui/lines.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"

enum { MESSAGE_ROWS = 3 };

static struct rect whole_row(const struct grid *g, int row)
{
	return (struct rect){ row, 0, 1, g->cols };
}

/* --- Message line ------------------------------------------------------------------------------------------------ */

void message_init(struct message *m)
{
	*m = (struct message){ 0 };
}

void message_done(struct message *m)
{
	text_done(&m->text);
}

void message_say(struct message *m, int64_t now_ms, bool error, const char *text)
{
	text_clear(&m->text);
	text_add(&m->text, text);
	m->error = error;
	m->until_ms = !*text ? 0 : error ? INT64_MAX : now_ms + MESSAGE_MS;
}

void message_key(struct message *m, int64_t now_ms)
{
	(void)now_ms;
	if (m->error)
		m->until_ms = 0;
}

bool message_expire(struct message *m, int64_t now_ms)
{
	if (m->until_ms == 0 || now_ms < m->until_ms)
		return false;
	m->until_ms = 0;
	return true;
}

int message_wait_ms(const struct message *m, int64_t now_ms)
{
	if (m->until_ms == 0 || m->until_ms == INT64_MAX)
		return -1;
	return m->until_ms <= now_ms ? 0 : m->until_ms - now_ms > MESSAGE_MS ? MESSAGE_MS : (int)(m->until_ms - now_ms);
}

/* What to do often stands at its end: long ones take rows above. */
int message_rows(const struct message *m, const struct grid *g)
{
	int rows = m->until_ms ? grid_paragraph_rows(g, g->cols - (m->error ? 2 : 1), text_str(&m->text)) : 1;

	return rows < 1 ? 1 : rows > MESSAGE_ROWS ? MESSAGE_ROWS : rows;
}

void message_draw(const struct message *m, struct grid *g, int row)
{
	int margin = m->error ? 2 : 1, rows = message_rows(m, g);

	for (int i = 0; i < rows; i++)
		grid_clear(g, whole_row(g, row - i), STYLE_NORMAL);
	if (m->until_ms == 0)
		return;
	if (m->error)
		grid_text(g, row - rows + 1, 0, 2, "! ", STYLE_ERROR, false);
	grid_paragraph(g, (struct rect){ row - rows + 1, margin, rows, g->cols - margin }, text_str(&m->text), m->error ? STYLE_ERROR : STYLE_NORMAL);
}

/* --- Question ---------------------------------------------------------------------------------------------------- */

void confirm_init(struct confirm *c, const char *question)
{
	c->question = guichet_strdup(question);
}

void confirm_done(struct confirm *c)
{
	free(c->question);
	c->question = NULL;
}

/* tr: the letter of "Oui", then that of "Non"; the second is the default. */
#define YES_NO N_("on")

enum confirm_result confirm_key(struct confirm *c, const struct key *k)
{
	const char *letters = _(YES_NO);
	uint32_t lower = k->ch >= 'A' && k->ch <= 'Z' ? k->ch + 32 : k->ch;

	(void)c;
	if (k->code == KEYCODE_ENTER || k->code == KEYCODE_ESCAPE || k->code == KEYCODE_F12)
		return CONFIRM_NO;
	/* A burst was typed before the question was read. */
	if (k->code != KEYCODE_CHAR || k->burst)
		return CONFIRM_OPEN;
	return lower == (unsigned char)letters[0] ? CONFIRM_YES : lower == (unsigned char)letters[1] ? CONFIRM_NO : CONFIRM_OPEN;
}

void confirm_draw(const struct confirm *c, struct grid *g, int row)
{
	const char *letters = _(YES_NO);
	struct text line = TEXT_INIT;
	int rows, at;

	text_addf(&line, "%s (%c/%c) ", c->question, letters[0], letters[1] - 'a' + 'A');
	/* The cursor stands behind it. */
	rows = grid_paragraph_rows(g, g->cols - 3, text_str(&line));
	if (rows > 3)
		rows = 3;
	for (int i = 0; i < rows; i++)
		grid_clear(g, whole_row(g, row - i), STYLE_BOLD);
	grid_paragraph(g, (struct rect){ row - rows + 1, 1, rows, g->cols - 3 }, text_str(&line), STYLE_BOLD);
	for (at = g->cols - 1; at > 1 && (!grid_cell(g, row, at - 1) || grid_cell(g, row, at - 1)->bytes[0] == ' '); at--)
		continue;
	grid_cursor(g, row, at + 1);
	text_done(&line);
}

/* --- Other lines ------------------------------------------------------------------------------------------------- */

static int hint_width(const struct grid *g, const struct key_hint *h)
{
	return grid_width(g, h->key) + grid_width(g, h->label) + (*h->key && *h->label ? 1 : 0);
}

static int draw_hint(struct grid *g, int row, int col, const struct key_hint *h)
{
	int used = grid_text(g, row, col, g->cols - col, h->key, STYLE_KEY, false);

	if (*h->key && *h->label)
		used++;
	return used + grid_text(g, row, col + used, g->cols - col - used, h->label, STYLE_BAR, false);
}

/* Marks those that fit in `room` columns, by rank, of ranks below `ranks`; true when that is all of them. */
static bool choose_hints(const struct grid *g, const struct key_hint *hints, size_t count, int ranks, int room, bool *chosen)
{
	bool all = true;

	memset(chosen, 0, count * sizeof *chosen);
	for (size_t turn = 0; turn < count; turn++) {
		size_t best = count;

		for (size_t i = 0; i < count; i++)
			if (!chosen[i] && hints[i].rank < ranks && (best == count || hints[i].rank < hints[best].rank) && hint_width(g, &hints[i]) + 2 <= room)
				best = i;
		if (best == count) {
			all = false;
			break;
		}
		chosen[best] = true;
		room -= hint_width(g, &hints[best]) + 2;
	}
	return all;
}

void lines_keys(struct grid *g, int row, const struct key_hint *hints, size_t count, const char *more)
{
	struct key_hint others = { .key = more, .label = "+" };
	bool *chosen = guichet_alloc(count + 1), all;
	int col = 1;

	grid_clear(g, whole_row(g, row), STYLE_BAR);
	/* Two blanks stand between them, none behind the last. */
	all = choose_hints(g, hints, count, HINT_IF_ALL + 1, g->cols + 1, chosen);
	if (!all)
		choose_hints(g, hints, count, HINT_IF_ALL, g->cols - hint_width(g, &others) - 1, chosen);
	for (size_t i = 0; i < count; i++)
		if (chosen[i])
			col += draw_hint(g, row, col, &hints[i]) + 2;
	if (!all)
		draw_hint(g, row, col, &others);
	free(chosen);
}

void lines_status(struct grid *g, int row, const char *const *parts, size_t count, const char *right)
{
	int end = g->cols - grid_width(g, right) - 1, col = 1;

	grid_clear(g, whole_row(g, row), STYLE_STATUS);
	for (size_t i = 0; i < count; i++) {
		bool warning = parts[i][0] == '!';
		const char *part = parts[i] + (warning ? 1 : 0);

		if (!*part)
			continue;
		if (col + grid_width(g, part) + 1 > end)
			break;
		col += grid_text(g, row, col, end - col, part, warning ? STYLE_DANGER : STYLE_STATUS, false) + 2;
	}
	grid_text(g, row, end < 0 ? 0 : end, g->cols, right, STYLE_STATUS, false);
}

/* 35 000, grouped as French does it; the blank never breaks. */
static void add_count(struct text *out, int64_t n)
{
	char digits[32];
	int len = snprintf(digits, sizeof digits, "%lld", (long long)n);

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-')
			text_add(out, "\u202f");
		text_addc(out, digits[i]);
	}
}

void lines_progress(struct grid *g, int row, const char *label, int64_t done, int64_t total)
{
	struct text figures = TEXT_INIT;
	double share = total > 0 ? (double)done / (double)total : NAN;
	int used, width;

	grid_clear(g, whole_row(g, row), STYLE_NORMAL);
	add_count(&figures, done);
	if (total > 0) {
		text_add(&figures, " / ");
		add_count(&figures, total);
		text_addf(&figures, "  %d\u202f%%", (int)(share * 100));
	}
	used = grid_text(g, row, 1, g->cols / 2, label, STYLE_BOLD, false) + 3;
	width = g->cols - used - grid_width(g, text_str(&figures)) - 3;
	if (width > 40)
		width = 40;
	if (total > 0 && width >= 5) {
		grid_bar(g, row, used, width, share, STYLE_OK);
		used += width + 2;
	}
	grid_text(g, row, used, g->cols - used, text_str(&figures), STYLE_NORMAL, false);
	text_done(&figures);
}

void lines_title(struct grid *g, int row, const char *left, const char *right)
{
	int width = grid_width(g, right);

	grid_clear(g, whole_row(g, row), STYLE_TITLE);
	if (width > g->cols / 2)
		width = g->cols / 2;
	grid_text(g, row, 1, g->cols - width - 4, left, STYLE_TITLE, false);
	grid_text(g, row, g->cols - width - 1, width, right, STYLE_TITLE, false);
}

void lines_banner(struct grid *g, int row, const char *text)
{
	int width = grid_width(g, text);

	grid_clear(g, whole_row(g, row), STYLE_BULLETIN);
	grid_text(g, row, width < g->cols ? (g->cols - width) / 2 : 0, g->cols, text, STYLE_BULLETIN, false);
}

bool lines_too_small(struct grid *g)
{
	struct text line = TEXT_INIT;

	if (g->cols >= GRID_COLS_MIN && g->rows >= GRID_ROWS_MIN)
		return false;
	grid_clear(g, (struct rect){ 0, 0, g->rows, g->cols }, STYLE_NORMAL);
	text_addf(&line, _("Fenêtre trop petite : %d × %d. Il faut au moins %d × %d. Rien n'est perdu."), g->cols, g->rows, GRID_COLS_MIN,
		GRID_ROWS_MIN);
	grid_paragraph(g, (struct rect){ 0, 0, g->rows, g->cols }, text_str(&line), STYLE_NORMAL);
	grid_cursor(g, 0, 0);
	text_done(&line);
	return true;
}

struct rect lines_box(struct rect r, int rows, int cols)
{
	if (rows > r.rows)
		rows = r.rows;
	if (cols > r.cols)
		cols = r.cols;
	return (struct rect){ r.row + (r.rows - rows) / 2, r.col + (r.cols - cols) / 2, rows, cols };
}
