// SPDX-License-Identifier: GPL-3.0-or-later
/* The field editor: one line or several, by graphemes (utf8proc), NFC kept. No terminal here.
 */
#ifndef GUICHET_UI_FIELD_H
#define GUICHET_UI_FIELD_H

#include "guichet/ui/grid.h"
#include "guichet/ui/key.h"

struct field_undo;

struct field {
	struct text text;                /* valid UTF-8, NFC, no control character but '\n' when multiline; read it with field_text */
	size_t cursor;                   /* byte offset, on a grapheme boundary */
	size_t anchor;                   /* other end of the selection; == cursor: none */
	size_t max_bytes;
	bool multiline;
	int scroll;                      /* columns (one line) or rows (several) scrolled away */
	int wish_col;                    /* column that up and down aim at; -1: the cursor's */
	struct field_undo *undo; size_t undo_count, undo_at, undo_capacity;
	bool pasted_too_much;            /* the last paste or character did not fit in max_bytes: said by the form */
	uint32_t version;                /* grows with each change of the text: "has it changed since?" */
	/* How it was laid out last: up, down and pages follow what is seen. */
	int width, height; bool ascii;
	size_t *rows; size_t row_count, row_capacity; uint32_t rows_version; int rows_width; bool rows_ascii;
};

/* `max_bytes` 0: TEXT_DEFAULT_CAP. */
void field_init(struct field *f, size_t max_bytes, bool multiline);
void field_done(struct field *f);
/* Forgets the undo history; the cursor goes to the end. The text is cleaned as a paste is. */
void field_set(struct field *f, const char *text);
/* As field_set, but one step that undo takes back: a value repeated or chosen from a list. */
void field_replace(struct field *f, const char *text);
const char *field_text(const struct field *f);   /* "" when empty; borrowed until the next change */
bool field_is_empty(const struct field *f);
/* Types, moves, deletes, selects, undoes. True when the key was the field's. Keys: characters, Left Right Home End, Ctrl-Left/Right (words), Shift with
 * these (selection), Backspace Delete, Ctrl-W Ctrl-U Ctrl-K, Ctrl-Z undo, Ctrl-Y redo, Ctrl-A all, pastes. When multiline also Enter, Up and Down
 * (false on the first and last row, so that a form moves on) and pages. */
bool field_key(struct field *f, const struct key *k);
/* Pasted text: one undo step; newlines become spaces in a one-line field; invalid UTF-8 becomes U+FFFD, control characters are dropped. */
void field_paste(struct field *f, const char *bytes, size_t count);
/* Rows that the text takes in `width` columns (1 when not multiline; the cursor's row after a last newline counts). */
int field_rows(struct field *f, int width, bool ascii);
/* Draws in `r` and, when `focus`, puts the grid's cursor. What is scrolled away on a side of a one-line field shows as a … there. */
void field_draw(struct field *f, struct grid *g, struct rect r, bool focus);

#endif
