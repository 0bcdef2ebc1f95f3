// SPDX-License-Identifier: GPL-3.0-or-later
/* The field editor: one line or several, by graphemes (utf8proc), NFC kept. No terminal here.
 */
#ifndef GUICHET_UI_FIELD_H
#define GUICHET_UI_FIELD_H

#include "guichet/ui/grid.h"
#include "guichet/ui/key.h"

struct field {
	struct text text;                /* valid UTF-8, NFC */
	size_t cursor;                   /* byte offset, on a grapheme boundary */
	size_t anchor;                   /* other end of the selection; == cursor: none */
	size_t max_bytes;
	bool multiline;
	int scroll;                      /* columns (one line) or rows (several) scrolled away */
	int wish_col;                    /* column that up and down aim at; -1: the cursor's */
	struct field_undo *undo; size_t undo_count, undo_at;
	bool pasted_too_much;            /* the last paste was cut at max_bytes: said by the form */
};

void field_init(struct field *f, size_t max_bytes, bool multiline);
void field_done(struct field *f);
void field_set(struct field *f, const char *text);   /* forgets the undo history; cursor at the end */
const char *field_text(const struct field *f);
/* Types, moves, deletes, selects, undoes. True when the key was the field's. Keys: characters, Left Right Up Down Home End, Ctrl-Left/Right (words), Shift with
 * these (selection), Backspace Delete, Ctrl-W Ctrl-U Ctrl-K, Ctrl-Z undo, Ctrl-Y redo, Ctrl-A all; Enter only when multiline. */
bool field_key(struct field *f, const struct key *k);
/* Pasted text: one undo step; newlines become spaces in a one-line field; invalid UTF-8 becomes U+FFFD, control characters are dropped. */
void field_paste(struct field *f, const char *bytes, size_t count);
/* Draws in `r` and, when `focus`, puts the grid's cursor. */
void field_draw(struct field *f, struct grid *g, struct rect r, bool focus);

#endif
