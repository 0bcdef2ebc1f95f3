// SPDX-License-Identifier: GPL-3.0-or-later
/* What lies over a view for a moment: a question, a line or a text to type, a value list, a text to read. One at a time; its end calls back. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "ui_inside.h"

enum { LINE_BYTES = 2000, TEXT_BYTES = 40000, BOX_COLS = 100, WRITE_ROWS = 14 };

void overlay_close(struct ui *ui)
{
	struct overlay *o = &ui->overlay;
	switch (o->kind) {
	case OVERLAY_CONFIRM:
		confirm_done(&o->confirm);
		text_done(&o->text);
		break;
	case OVERLAY_ASK:
	case OVERLAY_WRITE:
	case OVERLAY_COMMAND:
		field_done(&o->field);
		break;
	case OVERLAY_CHOOSE:
		choice_done(&o->choice);
		break;
	case OVERLAY_TEXT:
		text_done(&o->text);
		break;
	case OVERLAY_NONE:
		break;
	}
	free(o->title);
	free(o->rows_of);
	memset(o, 0, sizeof *o);
}

static struct overlay *overlay_start(struct ui *ui, enum overlay_kind kind, const char *title)
{
	overlay_close(ui);
	ui->overlay.kind = kind;
	ui->overlay.title = guichet_strdup(title);
	return &ui->overlay;
}

void ui_confirm(struct ui *ui, void (*yes)(void *context), void *context, const char *question, ...)
{
	struct text t = TEXT_INIT;
	va_list args;
	va_start(args, question);
	text_addv(&t, question, args);
	va_end(args);
	struct overlay *o = overlay_start(ui, OVERLAY_CONFIRM, "");
	confirm_init(&o->confirm, text_str(&t));
	o->yes = yes;
	o->context = context;
	text_done(&t);
}

void ui_confirm_text(struct ui *ui, void (*yes)(void *context), void *context, const char *title, const char *text, const char *question, ...)
{
	struct text t = TEXT_INIT;
	va_list args;
	va_start(args, question);
	text_addv(&t, question, args);
	va_end(args);
	struct overlay *o = overlay_start(ui, OVERLAY_CONFIRM, title);
	confirm_init(&o->confirm, text_str(&t));
	text_add(&o->text, text);
	o->yes = yes;
	o->context = context;
	text_done(&t);
}

static void start_field(struct ui *ui, enum overlay_kind kind, const char *title, const char *initial, size_t bytes,
	void (*answer)(void *context, const char *text), void *context)
{
	struct overlay *o = overlay_start(ui, kind, title);
	field_init(&o->field, bytes, kind == OVERLAY_WRITE);
	field_set(&o->field, initial);
	o->answer = answer;
	o->context = context;
}

void ui_ask(struct ui *ui, const char *label, const char *initial, void (*answer)(void *context, const char *text), void *context)
{
	start_field(ui, OVERLAY_ASK, label, initial, LINE_BYTES, answer, context);
}

static void command_answered(void *context, const char *text)
{
	command_enter(context, text);
}

void overlay_command(struct ui *ui)
{
	start_field(ui, OVERLAY_COMMAND, ":", "", LINE_BYTES, command_answered, ui);
}

void ui_write(struct ui *ui, const char *title, const char *initial, void (*answer)(void *context, const char *text), void *context)
{
	start_field(ui, OVERLAY_WRITE, title, initial, TEXT_BYTES, answer, context);
}

void ui_choose(struct ui *ui, const char *title, const struct choice_value *items, size_t count, const char *initial_filter,
	void (*chosen)(void *context, const char *value), void *context)
{
	struct overlay *o = overlay_start(ui, OVERLAY_CHOOSE, title);
	choice_init(&o->choice, title, items, count, initial_filter);
	o->answer = chosen;
	o->context = context;
}

void ui_choose_from_more(struct ui *ui, void (*find)(void *context, const char *filter))
{
	if (ui->overlay.kind == OVERLAY_CHOOSE)
		ui->overlay.find = find;
}

void ui_choose_add(struct ui *ui, const struct choice_value *items, size_t count)
{
	if (ui->overlay.kind == OVERLAY_CHOOSE)
		choice_add(&ui->overlay.choice, items, count);
}

void ui_show_text(struct ui *ui, const char *title, const char *text)
{
	struct overlay *o = overlay_start(ui, OVERLAY_TEXT, title);
	text_add(&o->text, text);
}

/* --- keys --- */

/* Ends the overlay, then calls back: the answer may open the next one. */
static void end_with(struct ui *ui, const char *value)
{
	void (*answer)(void *context, const char *text) = ui->overlay.answer;
	void (*left)(void *context) = ui->overlay.left;
	void *context = ui->overlay.context;
	char *copy = value ? guichet_strdup(value) : NULL;
	overlay_close(ui);
	if (copy)
		answer(context, copy);
	else if (left)
		left(context);
	else
		stepping_free(ui); /* given up: nothing was done */
	free(copy);
}

/* What leaves a screen leaves what lies over it too, but for letters, which are text there. */
static bool is_escape(const struct ui *ui, const struct key *k)
{
	return k->code == KEYCODE_ESCAPE || k->code == KEYCODE_F12 || (k->code != KEYCODE_CHAR && keymap_has(&ui->keymap, ACTION_CANCEL, k));
}

static bool scroll_key(struct overlay *o, const struct key *k)
{
	if (k->code == KEYCODE_UP)
		o->scroll--;
	else if (k->code == KEYCODE_DOWN)
		o->scroll++;
	else if (k->code == KEYCODE_PAGE_UP)
		o->scroll -= o->page;
	else if (k->code == KEYCODE_PAGE_DOWN)
		o->scroll += o->page;
	else if (k->code == KEYCODE_HOME)
		o->scroll = 0;
	else if (k->code == KEYCODE_END)
		o->scroll = o->rows;
	else
		return false;
	return true;
}

static void confirm_overlay_key(struct ui *ui, const struct key *k)
{
	if (ui->overlay.text.len && scroll_key(&ui->overlay, k))
		return;
	enum confirm_result r = confirm_key(&ui->overlay.confirm, k);
	if (r == CONFIRM_OPEN)
		return;
	void (*yes)(void *context) = ui->overlay.yes;
	void *context = ui->overlay.context;
	overlay_close(ui);
	if (r == CONFIRM_YES)
		yes(context);
	else
		stepping_free(ui);
}

static void field_overlay_key(struct ui *ui, const struct key *k)
{
	struct overlay *o = &ui->overlay;
	bool validates = o->kind == OVERLAY_WRITE ? keymap_has(&ui->keymap, ACTION_VALIDATE, k) : k->code == KEYCODE_ENTER;
	if (is_escape(ui, k)) {
		if (step_draft_put_aside(ui))
			end_with(ui, NULL);
	} else if (validates) {
		end_with(ui, field_text(&o->field));
	} else if (o->kind == OVERLAY_WRITE && keymap_has(&ui->keymap, ACTION_LIST_VALUES, k) && ui->stepping) {
		steps_choose_words(ui);
	} else if (o->kind == OVERLAY_WRITE && k->code != KEYCODE_CHAR && keymap_has(&ui->keymap, ACTION_EDITOR, k)) {
		steps_edit(ui);
	} else if (o->kind == OVERLAY_COMMAND) {
		command_key(ui, k);
	} else {
		field_key(&o->field, k);
		step_draft_typed(ui);
	}
}

static void choice_overlay_key(struct ui *ui, const struct key *k)
{
	uint32_t version = ui->overlay.choice.filter.version;
	enum choice_result r = choice_key(&ui->overlay.choice, k);
	if (r == CHOICE_OPEN && ui->overlay.find && ui->overlay.choice.filter.version != version)
		ui->overlay.find(ui->overlay.context, field_text(&ui->overlay.choice.filter));
	if (r == CHOICE_CHOSEN)
		end_with(ui, choice_selected(&ui->overlay.choice)->value);
	else if (r == CHOICE_LEFT)
		end_with(ui, NULL);
}

static void text_overlay_key(struct ui *ui, const struct key *k)
{
	if (!scroll_key(&ui->overlay, k))
		overlay_close(ui);
}

bool overlay_key(struct ui *ui, const struct key *key)
{
	static const struct key escape = { .code = KEYCODE_ESCAPE };
	const struct key *k = is_escape(ui, key) ? &escape : key;
	switch (ui->overlay.kind) {
	case OVERLAY_NONE:
		return false;
	case OVERLAY_CONFIRM:
		confirm_overlay_key(ui, k);
		break;
	case OVERLAY_ASK:
	case OVERLAY_WRITE:
	case OVERLAY_COMMAND:
		field_overlay_key(ui, k);
		break;
	case OVERLAY_CHOOSE:
		choice_overlay_key(ui, k);
		break;
	case OVERLAY_TEXT:
		text_overlay_key(ui, k);
		break;
	}
	return true;
}

/* --- drawing --- */

/* What was wrong with the answer before stays above the line. */
static void draw_ask(struct ui *ui, struct grid *g)
{
	struct overlay *o = &ui->overlay;
	int row = g->rows - 3, col = 1;
	if (ui->message.text.len && ui->message.until_ms)
		message_draw(&ui->message, g, row - 1);
	grid_clear(g, (struct rect){ row, 0, 1, g->cols }, STYLE_NORMAL);
	col += grid_text(g, row, col, g->cols / 2, o->title, STYLE_LABEL, false) + 1;
	field_draw(&o->field, g, (struct rect){ row, col, 1, g->cols - col - 1 }, true);
}

static void draw_write(struct ui *ui, struct grid *g)
{
	struct overlay *o = &ui->overlay;
	struct text keys = TEXT_INIT;
	struct key validates;
	struct rect box = lines_box((struct rect){ 2, 1, g->rows - 5, g->cols - 2 }, WRITE_ROWS, BOX_COLS);
	struct rect inside = grid_frame(g, box, o->title, STYLE_TITLE);
	if (keymap_key(&ui->keymap, ACTION_VALIDATE, 0, &validates))
		key_describe(&keys, &validates);
	text_addf(&keys, " %s", ui->stepping ? _("Valider   Échap Mettre de côté") : _("Valider   Échap Abandonner"));
	grid_text(g, inside.row + inside.rows - 1, inside.col, inside.cols, text_str(&keys), STYLE_DIM, true);
	text_done(&keys);
	inside.rows--;
	field_draw(&o->field, g, inside, true);
}

/* How many rows its lines take: found once, as a mail may have thousands. */
static void measure_text(struct overlay *o, const struct grid *g, int cols)
{
	size_t lines = 1, n, i = 0;
	if (o->rows_cols == cols)
		return;
	for (const char *p = text_str(&o->text); *p; p++)
		lines += *p == '\n';
	o->rows_of = guichet_realloc(o->rows_of, lines, sizeof *o->rows_of);
	o->rows = 0;
	o->rows_cols = cols;
	for (const char *p = text_str(&o->text); *p; p += n + (p[n] == '\n'), i++) {
		n = strcspn(p, "\n");
		char *one = guichet_strndup(p, n);
		int rows = n ? grid_paragraph_rows(g, cols, one) : 1;
		o->rows_of[i] = rows < GRID_SIDE_MAX ? rows : GRID_SIDE_MAX;
		o->rows += o->rows_of[i];
		free(one);
	}
}

/* One line of the text, wrapped to `rows`, of which the first comes to `row` of `in`, above it or below its end too. */
static void draw_line(struct grid *g, struct rect in, int row, int rows, const char *line)
{
	struct grid whole;
	if (row >= 0 && row + rows <= in.rows) {
		grid_paragraph(g, (struct rect){ in.row + row, in.col, rows, in.cols }, line, STYLE_NORMAL);
		return;
	}
	grid_init(&whole, rows, in.cols);
	whole.ascii = g->ascii;
	grid_paragraph(&whole, (struct rect){ 0, 0, rows, in.cols }, line, STYLE_NORMAL);
	for (int i = row < 0 ? -row : 0; i < rows && row + i < in.rows; i++)
		memcpy(&g->cells[(size_t)(in.row + row + i) * (size_t)g->cols + (size_t)in.col], &whole.cells[(size_t)i * (size_t)whole.cols],
			(size_t)in.cols * sizeof *g->cells);
	grid_done(&whole);
}

/* Each line wrapped; scrolled by rows, so that a paragraph longer than the screen is read to its end. */
static void draw_lines(struct overlay *o, struct grid *g, struct rect in)
{
	size_t n, i = 0;
	int row = 0, last = o->rows > in.rows ? o->rows - in.rows : 0;
	o->page = in.rows > 1 ? in.rows - 1 : 1;
	o->scroll = o->scroll > last ? last : o->scroll < 0 ? 0 : o->scroll;
	for (const char *p = text_str(&o->text); *p && row < o->scroll + in.rows; p += n + (p[n] == '\n'), row += o->rows_of[i++]) {
		n = strcspn(p, "\n");
		if (!n || row + o->rows_of[i] <= o->scroll)
			continue;
		char *one = guichet_strndup(p, n);
		draw_line(g, in, row - o->scroll, o->rows_of[i], one);
		free(one);
	}
	if (o->scroll > 0)
		grid_right(g, in.row, in.col, in.cols, g->ascii ? " ^" : " ↑", STYLE_DIM);
	if (o->scroll < last)
		grid_right(g, in.row + in.rows - 1, in.col, in.cols, g->ascii ? " v" : " ↓", STYLE_DIM);
}

/* As tall as the text, as far as the screen goes. */
static void draw_text(struct overlay *o, struct grid *g)
{
	struct rect all = { 2, 1, g->rows - 5, g->cols - 2 };
	int cols = all.cols < BOX_COLS ? all.cols : BOX_COLS;
	measure_text(o, g, cols - 4);
	struct rect in = grid_frame(g, lines_box(all, o->rows + 2, cols), o->title, STYLE_TITLE);
	in.col++;
	in.cols -= 2;
	draw_lines(o, g, in);
	grid_cursor(g, in.row, in.col);
}

void overlay_draw(struct ui *ui, struct grid *g)
{
	struct overlay *o = &ui->overlay;
	switch (o->kind) {
	case OVERLAY_NONE:
		break;
	case OVERLAY_CONFIRM:
		if (o->text.len)
			draw_text(o, g);
		confirm_draw(&o->confirm, g, g->rows - 3);
		break;
	case OVERLAY_COMMAND:
		command_draw(ui, g);
		draw_ask(ui, g);
		break;
	case OVERLAY_ASK:
		draw_ask(ui, g);
		break;
	case OVERLAY_WRITE:
		draw_write(ui, g);
		break;
	case OVERLAY_CHOOSE:
		choice_draw(&o->choice, g, lines_box((struct rect){ 2, 1, g->rows - 5, g->cols - 2 }, choice_rows(&o->choice), BOX_COLS));
		break;
	case OVERLAY_TEXT:
		draw_text(o, g);
		break;
	}
}
