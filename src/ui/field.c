// SPDX-License-Identifier: GPL-3.0-or-later
/* The field editor: what each key does to a text, and what a text must look like before it enters. Must not know any terminal. */
#include "guichet/ui/field.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "field_inside.h"
#include "graphemes.h"
#include "guichet/base/utf8.h"

void field_init(struct field *f, size_t max_bytes, bool multiline)
{
	*f = (struct field){ .max_bytes = max_bytes ? max_bytes : TEXT_DEFAULT_CAP, .multiline = multiline, .wish_col = -1 };
	f->text.cap = f->max_bytes;
}

void field_done(struct field *f)
{
	field_forget(f);
	free(f->undo);
	free(f->rows);
	text_done(&f->text);
	*f = (struct field){ .wish_col = -1 };
}

const char *field_text(const struct field *f)
{
	return text_str(&f->text);
}

bool field_is_empty(const struct field *f)
{
	return f->text.len == 0;
}

/* --- What may enter ---------------------------------------------------------------------------------------------- */

/* One character on its way in: false when it is dropped. */
static bool clean_character(uint32_t *cp, bool multiline)
{
	if (*cp == '\r' || *cp == 0x2028 || *cp == 0x2029 || *cp == 0x85)
		*cp = '\n';
	if (*cp == '\t' || (*cp == '\n' && !multiline))
		*cp = ' ';
	return *cp == '\n' || (*cp >= ' ' && *cp != 0x7F && !(*cp >= 0x80 && *cp < 0xA0) && *cp != 0xFEFF);
}

static void clean(struct text *out, const char *bytes, size_t count, bool multiline)
{
	/* The line end that comes with a copied line is no space. */
	while (!multiline && count > 0 && (bytes[count - 1] == '\n' || bytes[count - 1] == '\r'))
		count--;
	for (size_t at = 0; at < count;) {
		char encoded[4];
		uint32_t cp = 0xFFFD;
		size_t taken = utf8_decode(bytes + at, count - at, &cp);

		if (taken == 0) {
			taken = 1;
			cp = 0xFFFD;
		}
		if (cp == '\r' && at + 1 < count && bytes[at + 1] == '\n')
			taken = 2;
		at += taken;
		if (clean_character(&cp, multiline))
			text_addn(out, encoded, (size_t)utf8proc_encode_char((utf8proc_int32_t)cp, (utf8proc_uint8_t *)encoded));
	}
}

static void selected(const struct field *f, size_t *from, size_t *to)
{
	*from = f->cursor < f->anchor ? f->cursor : f->anchor;
	*to = f->cursor < f->anchor ? f->anchor : f->cursor;
}

/* Puts cleaned text in the place of [from, to), as much of it as fits. */
static void enter(struct field *f, size_t from, size_t to, const struct text *t)
{
	size_t room = f->max_bytes - (f->text.len - (to - from)), bytes = t->len;
	const char *s = text_str(t);

	f->pasted_too_much = t->overflow;
	for (;;) {
		if (bytes > room) {
			bytes = grapheme_boundary(s, t->len, room);
			if (bytes > room)
				bytes = grapheme_before(s, t->len, bytes);
			f->pasted_too_much = true;
		}
		if (field_edit(f, from, to, s, bytes, EDIT_WHOLE))
			return;
		/* Some characters are longer in NFC. */
		f->pasted_too_much = true;
		if (bytes == 0)
			return;
		room = bytes > 64 ? bytes - bytes / 8 : bytes - 1;
	}
}

void field_paste(struct field *f, const char *bytes, size_t count)
{
	struct text t = TEXT_INIT;
	size_t from, to;

	clean(&t, bytes, count, f->multiline);
	selected(f, &from, &to);
	enter(f, from, to, &t);
	text_done(&t);
}

void field_replace(struct field *f, const char *text)
{
	struct text t = TEXT_INIT;

	clean(&t, text, strlen(text), f->multiline);
	enter(f, 0, f->text.len, &t);
	text_done(&t);
	f->cursor = f->anchor = f->text.len;
}

void field_set(struct field *f, const char *text)
{
	field_replace(f, text);
	field_forget(f);
	f->scroll = 0;
	f->pasted_too_much = false;
}

static void type(struct field *f, uint32_t cp)
{
	char encoded[4];
	size_t from, to, bytes;

	selected(f, &from, &to);
	if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF) || !clean_character(&cp, f->multiline))
		return;
	bytes = (size_t)utf8proc_encode_char((utf8proc_int32_t)cp, (utf8proc_uint8_t *)encoded);
	f->pasted_too_much = !field_edit(f, from, to, encoded, bytes, from == to ? EDIT_TYPING : EDIT_WHOLE);
}

/* --- Moving ------------------------------------------------------------------------------------------------------ */

static void move_to(struct field *f, size_t at, bool select)
{
	f->cursor = at;
	if (!select)
		f->anchor = at;
	f->wish_col = -1;
}

static size_t line_start(const struct field *f)
{
	size_t at = f->cursor;

	while (at > 0 && f->text.data[at - 1] != '\n')
		at--;
	return at;
}

static size_t line_end(const struct field *f)
{
	size_t at = f->cursor;

	while (at < f->text.len && f->text.data[at] != '\n')
		at++;
	return at;
}

/* By `rows` rows up (negative) or down. False when there is no row that way. */
static bool move_rows(struct field *f, int64_t rows, bool select)
{
	size_t row;
	int64_t target;
	int wish;

	field_lay_out(f, f->width > 0 ? f->width : INT32_MAX, f->ascii);
	row = field_row_of(f, f->cursor);
	target = (int64_t)row + rows;
	if ((rows < 0 && row == 0) || (rows > 0 && row + 1 == f->row_count)) {
		if (select)
			move_to(f, rows < 0 ? 0 : f->text.len, true);
		return select;
	}
	if (target < 0)
		target = 0;
	if (target >= (int64_t)f->row_count)
		target = (int64_t)f->row_count - 1;
	wish = f->wish_col >= 0 ? f->wish_col : field_column(f, row, f->cursor);
	move_to(f, field_at_column(f, (size_t)target, wish), select);
	f->wish_col = wish;
	return true;
}

static void move_home_end(struct field *f, const struct key *k)
{
	bool end = k->code == KEYCODE_END;

	if (!f->multiline || k->ctrl) {
		move_to(f, end ? f->text.len : 0, k->shift);
	} else {
		size_t row;

		field_lay_out(f, f->width > 0 ? f->width : INT32_MAX, f->ascii);
		row = field_row_of(f, f->cursor);
		move_to(f, end ? field_row_end(f, row) : field_row_start(f, row), k->shift);
	}
}

static void move_sideways(struct field *f, const struct key *k)
{
	const char *s = field_text(f);
	size_t len = f->text.len, from, to;

	selected(f, &from, &to);
	/* Out of a selection, to its side. */
	if (from != to && !k->shift && !k->ctrl)
		move_to(f, k->code == KEYCODE_LEFT ? from : to, false);
	else if (k->code == KEYCODE_LEFT)
		move_to(f, k->ctrl ? word_before(s, len, f->cursor) : grapheme_before(s, len, f->cursor), k->shift);
	else
		move_to(f, k->ctrl ? word_after(s, len, f->cursor) : grapheme_after(s, len, f->cursor), k->shift);
}

/* --- Keys -------------------------------------------------------------------------------------------------------- */

/* Erases the selection, or else what lies between the cursor and `at`. */
static void erase(struct field *f, size_t at)
{
	size_t from, to;

	selected(f, &from, &to);
	if (from == to) {
		from = at < f->cursor ? at : f->cursor;
		to = at < f->cursor ? f->cursor : at;
	}
	if (from != to)
		field_edit(f, from, to, "", 0, EDIT_ERASING);
}

static bool ctrl_key(struct field *f, uint32_t ch)
{
	const char *s = field_text(f);

	switch (ch) {
	case 'a':
		f->anchor = 0;
		f->cursor = f->text.len;
		return true;
	case 'k':
		erase(f, line_end(f));
		return true;
	case 'u':
		erase(f, line_start(f));
		return true;
	case 'w':
		erase(f, word_before(s, f->text.len, f->cursor));
		return true;
	case 'y':
		field_redo(f);
		return true;
	case 'z':
		field_undo(f);
		return true;
	default:
		return false;
	}
}

static bool rows_key(struct field *f, const struct key *k)
{
	int page = f->height > 1 ? f->height - 1 : 1;

	if (!f->multiline)
		return false;
	switch (k->code) {
	case KEYCODE_UP:
		return !k->ctrl && move_rows(f, -1, k->shift);
	case KEYCODE_DOWN:
		return !k->ctrl && move_rows(f, 1, k->shift);
	case KEYCODE_PAGE_UP:
		return move_rows(f, -page, k->shift);
	case KEYCODE_PAGE_DOWN:
		return move_rows(f, page, k->shift);
	default:
		type(f, '\n');
		return true;
	}
}

bool field_key(struct field *f, const struct key *k)
{
	const char *s = field_text(f);

	switch (k->code) {
	case KEYCODE_CHAR:
		type(f, k->ch);
		return true;
	case KEYCODE_PASTE:
		field_paste(f, k->paste, k->paste_bytes);
		f->pasted_too_much |= k->paste_cut;
		return true;
	case KEYCODE_LEFT: case KEYCODE_RIGHT:
		move_sideways(f, k);
		return true;
	case KEYCODE_HOME: case KEYCODE_END:
		move_home_end(f, k);
		return true;
	case KEYCODE_BACKSPACE:
		erase(f, grapheme_before(s, f->text.len, f->cursor));
		return true;
	case KEYCODE_DELETE:
		erase(f, k->ctrl ? word_after(s, f->text.len, f->cursor) : grapheme_after(s, f->text.len, f->cursor));
		return true;
	case KEYCODE_CTRL:
		return ctrl_key(f, k->ch);
	case KEYCODE_UP: case KEYCODE_DOWN: case KEYCODE_PAGE_UP: case KEYCODE_PAGE_DOWN: case KEYCODE_ENTER:
		return rows_key(f, k);
	default:
		return false;
	}
}
