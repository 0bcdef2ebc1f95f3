// SPDX-License-Identifier: GPL-3.0-or-later
/* A terminal emulator for tests. Must not know who sends. */
#include "vt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "guichet/base/text.h"
#include "guichet/base/utf8.h"

static const struct vt_cell empty = { .bytes = " ", .length = 1, .width = 1, .colour = -1, .ground = -1 };

static struct vt_cell *cell(const struct vt *v, int row, int col)
{
	return &v->cells[(size_t)row * (size_t)v->cols + (size_t)col];
}

static struct vt_cell *new_cells(int rows, int cols)
{
	struct vt_cell *cells = guichet_realloc(NULL, (size_t)rows * (size_t)cols, sizeof *cells);

	for (size_t i = 0; i < (size_t)rows * (size_t)cols; i++)
		cells[i] = empty;
	return cells;
}

void vt_init(struct vt *v, int rows, int cols)
{
	*v = (struct vt){ .rows = rows, .cols = cols, .bottom = rows - 1, .pen = empty, .cursor_shown = true };
	v->cells = new_cells(rows, cols);
	v->other = new_cells(rows, cols);
}

void vt_done(struct vt *v)
{
	free(v->cells);
	free(v->other);
}

static struct vt_cell *moved(const struct vt_cell *old, int rows, int cols, int new_rows, int new_cols)
{
	struct vt_cell *cells = new_cells(new_rows, new_cols);

	for (int row = 0; row < rows && row < new_rows; row++)
		for (int col = 0; col < cols && col < new_cols; col++)
			cells[row * new_cols + col] = old[row * cols + col];
	return cells;
}

static int clamped(int value, int least, int most)
{
	return value < least ? least : value > most ? most : value;
}

void vt_resize(struct vt *v, int rows, int cols)
{
	struct vt_cell *cells = moved(v->cells, v->rows, v->cols, rows, cols), *other = moved(v->other, v->rows, v->cols, rows, cols);

	free(v->cells);
	free(v->other);
	v->cells = cells;
	v->other = other;
	v->rows = rows;
	v->cols = cols;
	v->top = 0;
	v->bottom = rows - 1;
	v->row = clamped(v->row, 0, rows - 1);
	v->col = clamped(v->col, 0, cols - 1);
	v->wrap_next = false;
}

static void unknown(struct vt *v, const char *what, size_t bytes)
{
	v->unknown++;
	snprintf(v->unknown_last, sizeof v->unknown_last, "%.*s", (int)(bytes < 60 ? bytes : 60), what);
	for (char *c = v->unknown_last; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = '^';
}

static void unknown_number(struct vt *v, const char *what, int n)
{
	char words[32];

	snprintf(words, sizeof words, "%s %d", what, n);
	unknown(v, words, strlen(words));
}

/* Erasing leaves the pen's background, as xterm does. */
static void erase(struct vt *v, int row, int from, int to)
{
	struct vt_cell blank = empty;

	blank.ground = v->pen.ground;
	for (int col = from; col < to && col < v->cols; col++)
		*cell(v, row, col) = blank;
}

/* Moves the rows of the region up (positive) or down from `first` on. */
static void scroll(struct vt *v, int first, int by)
{
	int rows = v->bottom - first + 1, count = by < 0 ? -by : by;
	size_t row_bytes = (size_t)v->cols * sizeof *v->cells;

	if (first < v->top || rows <= 0)
		return;
	count = count > rows ? rows : count;
	if (by > 0)
		memmove(cell(v, first, 0), cell(v, first, 0) + (size_t)count * (size_t)v->cols, (size_t)(rows - count) * row_bytes);
	else
		memmove(cell(v, first, 0) + (size_t)count * (size_t)v->cols, cell(v, first, 0), (size_t)(rows - count) * row_bytes);
	for (int i = 0; i < count; i++)
		erase(v, by > 0 ? v->bottom - i : first + i, 0, v->cols);
}

static void line_feed(struct vt *v)
{
	if (v->row == v->bottom)
		scroll(v, v->top, 1);
	else if (v->row < v->rows - 1)
		v->row++;
}

static void move_to(struct vt *v, int row, int col)
{
	v->row = clamped(row, 0, v->rows - 1);
	v->col = clamped(col, 0, v->cols - 1);
	v->wrap_next = false;
}

static int width_of(uint32_t cp)
{
	utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);

	if (category == UTF8PROC_CATEGORY_MC)
		return 1;
	if ((cp >= 0x1160 && cp <= 0x11FF) || (cp >= 0xD7B0 && cp <= 0xD7FF))
		return 0;
	return utf8proc_charwidth((utf8proc_int32_t)cp);
}

static void combine(struct vt *v, const char *bytes, size_t count)
{
	int col = v->wrap_next ? v->col : v->col - 1;
	struct vt_cell *c;

	if (col < 0)
		return;
	c = cell(v, v->row, col);
	if (c->width == 0 && col > 0)
		c--;
	if (c->length + count <= sizeof c->bytes) {
		memcpy(c->bytes + c->length, bytes, count);
		c->length = (uint8_t)(c->length + count);
	}
}

static void shift_right(struct vt *v, int by)
{
	for (int col = v->cols - 1; col >= v->col + by; col--)
		*cell(v, v->row, col) = *cell(v, v->row, col - by);
}

static void print(struct vt *v, const char *bytes, size_t count, int width)
{
	struct vt_cell *c;

	if (v->wrap_next || v->col + width > v->cols) {
		v->outside++;
		v->col = 0;
		line_feed(v);
		v->wrap_next = false;
	}
	if (v->insert)
		shift_right(v, width);
	c = cell(v, v->row, v->col);
	/* Half a wide character does not stay. */
	if (c->width == 0 && v->col > 0)
		memcpy(c[-1].bytes, " ", c[-1].length = c[-1].width = 1);
	if (v->col + width < v->cols && c[width].width == 0)
		memcpy(c[width].bytes, " ", c[width].length = c[width].width = 1);
	*c = v->pen;
	memcpy(c->bytes, bytes, count);
	c->length = (uint8_t)count;
	c->width = (uint8_t)width;
	if (width == 2 && v->col + 1 < v->cols) {
		c[1] = v->pen;
		c[1].length = c[1].width = 0;
	}
	memcpy(v->last, bytes, count);
	v->last_bytes = count;
	v->col += width;
	if (v->col >= v->cols) {
		v->col = v->cols - 1;
		v->wrap_next = true;
	}
}

/* Marks that turn the text around, in terminals that heed them; and separators of lines. */
static bool is_direction(uint32_t cp)
{
	return cp == 0x061C || cp == 0x200E || cp == 0x200F || (cp >= 0x2028 && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069);
}

static void character(struct vt *v, const char *bytes, size_t count, uint32_t cp)
{
	static const char *const graphics[] = { "◆", "▒", "␉", "␌", "␍", "␊", "°", "±", "␤", "␋", "┘", "┐", "┌", "└", "┼", "⎺", "⎻", "─", "⎼", "⎽",
		"├", "┤", "┴", "┬", "│", "≤", "≥", "π", "≠", "£", "·" };
	int width = width_of(cp);

	if (v->graphics[v->charset] && cp >= 0x60 && cp <= 0x7E)
		print(v, graphics[cp - 0x60], strlen(graphics[cp - 0x60]), 1);
	else if ((cp >= 0x7F && cp < 0xA0) || is_direction(cp))
		unknown(v, bytes, count);
	else if (width == 0)
		combine(v, bytes, count);
	else
		print(v, bytes, count, width > 2 ? 2 : width);
}

static void control(struct vt *v, char c)
{
	switch (c) {
	case '\0':
		break;
	case '\a':
		v->bells++;
		break;
	case '\b':
		move_to(v, v->row, v->col - 1);
		break;
	case '\t':
		move_to(v, v->row, (v->col / 8 + 1) * 8);
		break;
	case '\n': case '\v': case '\f':
		line_feed(v);
		break;
	case '\r':
		move_to(v, v->row, 0);
		break;
	case 0x0E: case 0x0F:
		v->charset = c == 0x0E;
		break;
	default:
		unknown(v, &c, 1);
	}
}

/* --- Sequences --------------------------------------------------------------------------------------------------- */

struct csi { int n[16]; int count; char private, between, final; };

static int number(const struct csi *s, int i, int otherwise)
{
	return i < s->count && s->n[i] > 0 ? s->n[i] : otherwise;
}

static int colour_of(struct vt *v, const struct csi *s, int *i)
{
	if (*i + 2 < s->count && s->n[*i + 1] == 5) {
		*i += 2;
		return s->n[*i];
	}
	unknown(v, "colour", 6);
	*i = s->count;
	return -1;
}

static void set_pen(struct vt *v, const struct csi *s)
{
	for (int i = 0; i < s->count; i++) {
		int n = s->n[i];

		if (n >= 30 && n != 39 && n != 49)
			v->colours++;
		if (n == 39 || n == 49)
			v->colours++;
		if (n == 0)
			v->pen = empty;
		else if (n == 1)
			v->pen.bold = true;
		else if (n == 2)
			v->pen.dim = true;
		else if (n == 4)
			v->pen.underline = true;
		else if (n == 7)
			v->pen.reverse = true;
		else if (n == 22)
			v->pen.bold = v->pen.dim = false;
		else if (n == 24)
			v->pen.underline = false;
		else if (n == 27)
			v->pen.reverse = false;
		else if (n >= 30 && n <= 37)
			v->pen.colour = (int16_t)(n - 30);
		else if (n == 38)
			v->pen.colour = (int16_t)colour_of(v, s, &i);
		else if (n == 39)
			v->pen.colour = -1;
		else if (n >= 40 && n <= 47)
			v->pen.ground = (int16_t)(n - 40);
		else if (n == 48)
			v->pen.ground = (int16_t)colour_of(v, s, &i);
		else if (n == 49)
			v->pen.ground = -1;
		else if (n != 5 && n != 10 && n != 11 && n != 23 && n != 25)
			unknown_number(v, "SGR", n);
	}
}

static void swap_screens(struct vt *v, bool alternate)
{
	struct vt_cell *cells = v->cells;

	if (alternate)
		v->alternate_on++;
	else
		v->alternate_off++;
	if (v->alternate == alternate)
		return;
	v->alternate = alternate;
	v->cells = v->other;
	v->other = cells;
	if (alternate)
		for (int row = 0; row < v->rows; row++)
			erase(v, row, 0, v->cols);
}

static void set_mode(struct vt *v, const struct csi *s, bool on)
{
	for (int i = 0; i < s->count; i++) {
		int n = s->n[i];

		if (s->private == '?' && (n == 1049 || n == 1047 || n == 47)) {
			swap_screens(v, on);
		} else if (s->private == '?' && n == 25) {
			v->cursor_shown = on;
			v->cursor_hidden += !on;
		} else if (s->private == '?' && n == 2004) {
			v->pastes = on;
			*(on ? &v->paste_on : &v->paste_off) += 1;
		} else if (!s->private && n == 4) {
			v->insert = on;
		} else if (!(s->private == '?' && (n == 1 || n == 3 || n == 4 || n == 5 || n == 6 || n == 7 || n == 8 || n == 12 || n == 1048))
			&& !(s->private == '\0' && n == 34)) {
			unknown(v, "mode", 4);
		}
	}
}

static void erase_display(struct vt *v, int how)
{
	for (int row = 0; row < v->rows; row++)
		if ((how == 0 && row > v->row) || (how == 1 && row < v->row) || how >= 2)
			erase(v, row, 0, v->cols);
	if (how < 2)
		erase(v, v->row, how == 0 ? v->col : 0, how == 0 ? v->cols : v->col + 1);
}

static void delete_cells(struct vt *v, int count)
{
	for (int col = v->col; col < v->cols; col++)
		if (col + count < v->cols)
			*cell(v, v->row, col) = *cell(v, v->row, col + count);
		else
			erase(v, v->row, col, col + 1);
}

static bool take_moving(struct vt *v, const struct csi *s)
{
	int n = number(s, 0, 1), rows = s->final == 'd' || s->final == 'H' ? n : 1, cols = s->final == 'G' ? n : s->final == 'H' ? number(s, 1, 1) : 1;

	v->outside += rows > v->rows || cols > v->cols;
	switch (s->final) {
	case 'A':
		move_to(v, v->row - n, v->col);
		return true;
	case 'B': case 'e':
		move_to(v, v->row + n, v->col);
		return true;
	case 'C': case 'a':
		move_to(v, v->row, v->col + n);
		return true;
	case 'D':
		move_to(v, v->row, v->col - n);
		return true;
	case 'E': case 'F':
		move_to(v, v->row + (s->final == 'E' ? n : -n), 0);
		return true;
	case 'G': case '`':
		move_to(v, v->row, n - 1);
		return true;
	case 'd':
		v->placed++;
		move_to(v, n - 1, v->col);
		return true;
	case 'H': case 'f':
		v->placed++;
		move_to(v, n - 1, number(s, 1, 1) - 1);
		return true;
	case 'Z':
		move_to(v, v->row, (v->col - 1) / 8 * 8);
		return true;
	default:
		return false;
	}
}

static bool take_editing(struct vt *v, const struct csi *s)
{
	int n = number(s, 0, 1);

	switch (s->final) {
	case 'J':
		erase_display(v, number(s, 0, 0));
		return true;
	case 'K':
		erase(v, v->row, number(s, 0, 0) == 0 ? v->col : 0, number(s, 0, 0) == 1 ? v->col + 1 : v->cols);
		return true;
	case 'X':
		erase(v, v->row, v->col, v->col + n);
		return true;
	case 'P':
		delete_cells(v, n);
		return true;
	case '@':
		shift_right(v, n);
		erase(v, v->row, v->col, v->col + n);
		return true;
	case 'L': case 'M':
		scroll(v, v->row, s->final == 'M' ? n : -n);
		return true;
	case 'S': case 'T':
		scroll(v, v->top, s->final == 'S' ? n : -n);
		return true;
	case 'b':
		for (int i = 0; i < n && i < 10000; i++)
			print(v, v->last, v->last_bytes, 1);
		return true;
	default:
		return false;
	}
}

static void take_csi(struct vt *v, const char *bytes, size_t count)
{
	struct csi s = { .count = 1, .final = bytes[count - 1] };

	for (size_t i = 2; i + 1 < count; i++) {
		if (bytes[i] >= '0' && bytes[i] <= '9')
			s.n[s.count - 1] = s.n[s.count - 1] % 100000 * 10 + (bytes[i] - '0');
		else if (bytes[i] == ';' && s.count < 16)
			s.count++;
		else if (bytes[i] >= '<' && bytes[i] <= '?')
			s.private = bytes[i];
		else
			s.between = bytes[i];
	}
	if (!s.private && !s.between && (take_moving(v, &s) || take_editing(v, &s)))
		return;
	if (s.final == 'm' && !s.private && !s.between) {
		set_pen(v, &s);
	} else if ((s.final == 'h' || s.final == 'l') && !s.between) {
		set_mode(v, &s, s.final == 'h');
	} else if (s.final == 'r' && !s.private) {
		v->top = number(&s, 0, 1) - 1;
		v->bottom = clamped(number(&s, 1, v->rows) - 1, 0, v->rows - 1);
		move_to(v, 0, 0);
	} else if (!(s.final == 't' && !s.private) && !(s.final == 'p' && s.between == '!') && !(s.final == 'c' && s.private == '?') && s.final != 'q') {
		/* Window titles' stack, soft reset, the Linux console's cursor: nothing to see. */
		unknown(v, bytes, count);
	}
}

static void take_escape(struct vt *v, const char *bytes, size_t count)
{
	switch (bytes[1]) {
	case '7':
		v->saved_row = v->row;
		v->saved_col = v->col;
		break;
	case '8':
		move_to(v, v->saved_row, v->saved_col);
		break;
	case 'D':
		line_feed(v);
		break;
	case 'M':
		if (v->row == v->top)
			scroll(v, v->top, -1);
		else
			move_to(v, v->row - 1, v->col);
		break;
	case '(': case ')':
		v->graphics[bytes[1] == ')'] = bytes[2] == '0';
		break;
	case '=': case '>': case 'H': case 'c': case 'g':
		break;
	case ']':
		/* The palette as it was. */
		if (memcmp(bytes, "\033]R", 3) != 0 && (count < 5 || memcmp(bytes, "\033]104", 5) != 0))
			unknown(v, bytes, count);
		v->colours++;
		break;
	default:
		unknown(v, bytes, count);
	}
}

/* True when `pending`, which begins with Escape, is whole. */
static bool is_whole(const struct vt *v)
{
	char second = v->pending[1], last = v->pending[v->pending_bytes - 1];

	if (v->pending_bytes < 2)
		return false;
	if (second == '[')
		return v->pending_bytes > 2 && last >= '@' && last <= '~';
	/* The Linux console's palette as it was has no end of its own. */
	if (second == ']' && v->pending_bytes == 3 && last == 'R')
		return true;
	if (second == ']' || second == 'P' || second == '_')
		return last == '\a' || (last == '\\' && v->pending[v->pending_bytes - 2] == '\033');
	return second != '(' && second != ')' ? true : v->pending_bytes == 3;
}

static void feed_byte(struct vt *v, char c)
{
	unsigned char u = (unsigned char)c;

	v->bytes++;
	if (u > 0x7E)
		v->high_bytes++;
	if (v->pending_bytes == 0 && u < ' ' && u != '\033') {
		control(v, c);
		return;
	}
	if (v->pending_bytes == 0 && u < 0x7F && u >= ' ') {
		character(v, &c, 1, u);
		return;
	}
	v->pending[v->pending_bytes++] = c;
	if (v->pending[0] == '\033') {
		if (is_whole(v)) {
			if (v->pending[1] == '[')
				take_csi(v, v->pending, v->pending_bytes);
			else
				take_escape(v, v->pending, v->pending_bytes);
			v->pending_bytes = 0;
		} else if (v->pending_bytes == sizeof v->pending) {
			unknown(v, v->pending, v->pending_bytes);
			v->pending_bytes = 0;
		}
	} else {
		uint32_t cp;

		if (utf8_decode(v->pending, v->pending_bytes, &cp) > 0)
			character(v, v->pending, v->pending_bytes, cp);
		else if (v->pending_bytes < 4)
			return;
		else
			unknown(v, v->pending, v->pending_bytes);
		v->pending_bytes = 0;
	}
}

void vt_feed(struct vt *v, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		feed_byte(v, bytes[i]);
}

/* --- Reading it -------------------------------------------------------------------------------------------------- */

static int used_cols(const struct vt *v, int row, bool styles)
{
	int cols = v->cols;

	while (cols > 0) {
		const struct vt_cell *c = cell(v, row, cols - 1);

		if (c->length != 1 || c->bytes[0] != ' ' || (styles && (c->reverse || c->underline)))
			break;
		cols--;
	}
	return cols;
}

static void add_row(const struct vt *v, int row, bool styles, struct text *out)
{
	int cols = used_cols(v, row, styles);
	struct vt_cell pen = empty;

	for (int col = 0; col < cols; col++) {
		const struct vt_cell *c = cell(v, row, col);
		bool was = pen.bold || pen.dim || pen.underline || pen.reverse || pen.colour >= 0;
		bool is = c->bold || c->dim || c->underline || c->reverse || c->colour >= 0;

		if (styles && (c->bold != pen.bold || c->dim != pen.dim || c->underline != pen.underline || c->reverse != pen.reverse
			|| c->colour != pen.colour)) {
			if (was)
				text_add(out, "›");
			if (is)
				text_addf(out, "‹%s%s%s%s", c->bold ? "b" : "", c->dim ? "d" : "", c->underline ? "u" : "", c->reverse ? "r" : "");
			if (is && c->colour >= 0)
				text_addf(out, "c%d", c->colour);
			if (is)
				text_add(out, ":");
			pen = *c;
		}
		text_addn(out, c->bytes, c->length);
	}
	if (styles && (pen.bold || pen.dim || pen.underline || pen.reverse || pen.colour >= 0))
		text_add(out, "›");
}

const char *vt_row(const struct vt *v, int row)
{
	static struct text line;

	text_clear(&line);
	add_row(v, row, false, &line);
	return text_str(&line);
}

char *vt_dump(const struct vt *v, bool styles)
{
	struct text all = TEXT_INIT;

	for (int row = 0; row < v->rows; row++) {
		add_row(v, row, styles, &all);
		text_addc(&all, '\n');
	}
	return text_take(&all);
}

int vt_find(const struct vt *v, const char *text)
{
	for (int row = 0; row < v->rows; row++)
		if (strstr(vt_row(v, row), text))
			return row;
	return -1;
}

bool vt_looks_same(const struct vt_cell *a, const struct vt_cell *b)
{
	bool blank = a->length == 1 && a->bytes[0] == ' ', bare = blank && !a->underline && !a->reverse;

	if (a->length != b->length || memcmp(a->bytes, b->bytes, a->length) != 0 || a->underline != b->underline || a->reverse != b->reverse || a->ground != b->ground)
		return false;
	return bare || (a->colour == b->colour && (blank || (a->bold == b->bold && a->dim == b->dim)));
}
