// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files of the field editor share. */
#ifndef GUICHET_UI_FIELD_INSIDE_H
#define GUICHET_UI_FIELD_INSIDE_H

#include "guichet/ui/field.h"

/* How an edit joins the one before it into one step of undo. */
enum edit_kind { EDIT_WHOLE, EDIT_TYPING, EDIT_ERASING };

/* Replaces bytes [from, to) with `bytes` bytes of valid UTF-8, keeps NFC, records the undo step, puts the cursor behind. False when the result would be over
 * max_bytes: nothing changed. */
bool field_edit(struct field *f, size_t from, size_t to, const char *s, size_t bytes, enum edit_kind kind);
void field_forget(struct field *f);
bool field_undo(struct field *f);
bool field_redo(struct field *f);

/* The row of the layout that holds an offset, and where row `row` begins and ends. The layout is that of the last drawing. */
void field_lay_out(struct field *f, int width, bool ascii);
size_t field_row_of(const struct field *f, size_t offset);
size_t field_row_start(const struct field *f, size_t row);
size_t field_row_end(const struct field *f, size_t row);
/* The column of an offset in its row, and the offset nearest to a column of a row. */
int field_column(const struct field *f, size_t row, size_t offset);
size_t field_at_column(const struct field *f, size_t row, int column);

#endif
