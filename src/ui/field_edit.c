// SPDX-License-Identifier: GPL-3.0-or-later
/* Changes of a field's text: every one goes through field_edit, which keeps the text NFC and remembers how to take it back. Must not know keys or cells. */
#include "field_inside.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "graphemes.h"

enum { UNDO_STEPS = 500, UNDO_BYTES = 4 * 1024 * 1024 };

/* At `at`, `removed` stood; `added` stands there now. */
struct field_undo {
	size_t at, removed_bytes, added_bytes;
	char *removed, *added;
	size_t cursor_before, anchor_before, cursor_after;
	enum edit_kind kind;
};

static void step_done(struct field_undo *u)
{
	free(u->removed);
	free(u->added);
}

void field_forget(struct field *f)
{
	for (size_t i = 0; i < f->undo_count; i++)
		step_done(&f->undo[i]);
	f->undo_count = f->undo_at = 0;
}

/* Changes the text itself, and nothing else. */
static void splice(struct field *f, size_t at, size_t removed, const char *s, size_t bytes)
{
	struct text *t = &f->text;
	size_t tail = t->len - at - removed;

	/* Room is made at the end first; what fills it is moved over. */
	if (bytes > removed)
		text_addn(t, s, bytes - removed);
	if (t->data) {
		memmove(t->data + at + bytes, t->data + at + removed, tail);
		if (bytes > 0)
			memcpy(t->data + at, s, bytes);
		t->len = at + bytes + tail;
		t->data[t->len] = '\0';
	}
	f->version++;
}

static char *copy_of(const char *s, size_t bytes)
{
	char *copy = guichet_alloc(bytes + 1);

	if (bytes > 0)
		memcpy(copy, s, bytes);
	return copy;
}

/* Erasing goes on, in either direction. */
static bool join_erasing(struct field_undo *last, const struct field_undo *edit)
{
	bool behind = edit->at == last->at;
	const struct field_undo *first = behind ? last : edit, *second = behind ? edit : last;
	char *both;

	if (edit->added_bytes || last->added_bytes || (!behind && edit->at + edit->removed_bytes != last->at))
		return false;
	both = guichet_alloc(last->removed_bytes + edit->removed_bytes + 1);
	memcpy(both, first->removed, first->removed_bytes);
	memcpy(both + first->removed_bytes, second->removed, second->removed_bytes);
	free(last->removed);
	last->removed = both;
	last->removed_bytes += edit->removed_bytes;
	last->at = edit->at;
	return true;
}

static bool is_gap(char c)
{
	return c == ' ' || c == '\n';
}

/* Typing goes on inside what was typed: an accent may change the letter before it. A new word is a new step. */
static bool join_typing(struct field_undo *last, const struct field_undo *edit)
{
	size_t offset, tail;

	if (edit->at < last->at || edit->at - last->at + edit->removed_bytes > last->added_bytes || edit->added_bytes == 0
		|| (last->added_bytes > 0 && is_gap(last->added[last->added_bytes - 1]) && !is_gap(edit->added[0])))
		return false;
	offset = edit->at - last->at;
	tail = last->added_bytes - offset - edit->removed_bytes;
	last->added = guichet_realloc(last->added, offset + edit->added_bytes + tail + 1, 1);
	memmove(last->added + offset + edit->added_bytes, last->added + offset + edit->removed_bytes, tail);
	memcpy(last->added + offset, edit->added, edit->added_bytes);
	last->added_bytes = offset + edit->added_bytes + tail;
	return true;
}

/* Joins an edit to the step before it when both are one act. */
static bool join_step(struct field *f, const struct field_undo *edit)
{
	struct field_undo *last = f->undo_at > 0 ? &f->undo[f->undo_at - 1] : NULL;

	if (!last || f->undo_at != f->undo_count || last->kind != edit->kind || edit->kind == EDIT_WHOLE
		|| last->cursor_after != edit->cursor_before || edit->cursor_before != edit->anchor_before)
		return false;
	if (!(edit->kind == EDIT_ERASING ? join_erasing(last, edit) : join_typing(last, edit)))
		return false;
	last->cursor_after = edit->cursor_after;
	return true;
}

static void remember(struct field *f, const struct field_undo *edit)
{
	struct field_undo *kept;
	size_t held = 0, first;

	while (f->undo_count > f->undo_at)
		step_done(&f->undo[--f->undo_count]);
	if (join_step(f, edit))
		return;
	GUICHET_GROW(f->undo, f->undo_count, f->undo_capacity);
	kept = &f->undo[f->undo_count++];
	*kept = *edit;
	kept->removed = copy_of(edit->removed, edit->removed_bytes);
	kept->added = copy_of(edit->added, edit->added_bytes);
	/* The oldest go first; the last one is always kept. */
	for (first = f->undo_count; first > 0 && f->undo_count - first < UNDO_STEPS; first--) {
		held += f->undo[first - 1].removed_bytes + f->undo[first - 1].added_bytes;
		if (held > UNDO_BYTES && first < f->undo_count)
			break;
	}
	for (size_t i = 0; i < first; i++)
		step_done(&f->undo[i]);
	memmove(f->undo, f->undo + first, (f->undo_count - first) * sizeof *f->undo);
	f->undo_count -= first;
	f->undo_at = f->undo_count;
}

static char *nfc_of(const char *s, size_t bytes, size_t *out_bytes)
{
	utf8proc_uint8_t *nfc = NULL;
	utf8proc_ssize_t len = utf8proc_map((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)bytes, &nfc, UTF8PROC_STABLE | UTF8PROC_COMPOSE);

	/* The text is valid: what is left to fail is memory. */
	if (len < 0)
		guichet_out_of_memory();
	*out_bytes = (size_t)len;
	return (char *)nfc;
}

static bool is_stable(const char *s, size_t bytes)
{
	/* Lead bytes up to 0xCB open code points below U+0300, which neither combine nor change. */
	for (size_t i = 0; i < bytes; i++)
		if ((unsigned char)s[i] > 0xCB)
			return false;
	return true;
}

/* `s` put between what stands before and after it, in NFC. *head gets the bytes up to the end of `s`. */
static char *between(const char *before, size_t before_bytes, const char *s, size_t bytes, const char *after, size_t after_bytes,
	size_t *head, size_t *total)
{
	size_t joined_bytes = before_bytes + bytes + after_bytes;
	char *joined = guichet_alloc(joined_bytes + 1), *nfc;

	memcpy(joined, before, before_bytes);
	if (bytes > 0)
		memcpy(joined + before_bytes, s, bytes);
	memcpy(joined + before_bytes + bytes, after, after_bytes);
	*head = before_bytes + bytes;
	*total = joined_bytes;
	if (is_stable(joined, joined_bytes))
		return joined;
	nfc = nfc_of(joined, before_bytes + bytes, head);
	free(nfc);
	nfc = nfc_of(joined, joined_bytes, total);
	free(joined);
	return nfc;
}

/* Puts `bytes` bytes in the place of [start, end), recording what really differs. */
static void change(struct field *f, size_t start, size_t end, char *s, size_t bytes, size_t cursor, enum edit_kind kind)
{
	const char *old = text_str(&f->text);
	struct field_undo edit = { .cursor_before = f->cursor, .anchor_before = f->anchor, .kind = kind };
	size_t same = 0;

	while (same < bytes && start + same < end && s[same] == old[start + same])
		same++;
	while (end > start + same && bytes > same && old[end - 1] == s[bytes - 1]) {
		end--;
		bytes--;
	}
	edit.at = start + same;
	edit.removed_bytes = end - edit.at;
	edit.removed = copy_of(old + edit.at, edit.removed_bytes);
	edit.added = s + same;
	edit.added_bytes = bytes - same;
	splice(f, edit.at, edit.removed_bytes, edit.added, edit.added_bytes);
	f->cursor = f->anchor = edit.cursor_after = grapheme_boundary(text_str(&f->text), f->text.len, cursor);
	remember(f, &edit);
	free(edit.removed);
}

bool field_edit(struct field *f, size_t from, size_t to, const char *s, size_t bytes, enum edit_kind kind)
{
	const char *old = text_str(&f->text);
	/* What may combine with what is put there: the graphemes on both sides. */
	size_t start = grapheme_before(old, f->text.len, from), end = grapheme_after(old, f->text.len, to);
	size_t head = 0, total = 0;
	char *joined = between(old + start, from - start, s, bytes, old + to, end - to, &head, &total);
	bool fits = f->text.len - (end - start) + total <= f->max_bytes;

	if (fits && total == end - start && memcmp(joined, old + start, total) == 0)
		f->cursor = f->anchor = grapheme_boundary(old, f->text.len, start + head);
	else if (fits)
		change(f, start, end, joined, total, start + head, kind);
	free(joined);
	f->wish_col = -1;
	return fits;
}

bool field_undo(struct field *f)
{
	struct field_undo *u;

	if (f->undo_at == 0)
		return false;
	u = &f->undo[--f->undo_at];
	splice(f, u->at, u->added_bytes, u->removed, u->removed_bytes);
	f->cursor = u->cursor_before;
	f->anchor = u->anchor_before;
	f->wish_col = -1;
	return true;
}

bool field_redo(struct field *f)
{
	struct field_undo *u;

	if (f->undo_at == f->undo_count)
		return false;
	u = &f->undo[f->undo_at++];
	splice(f, u->at, u->removed_bytes, u->added, u->added_bytes);
	f->cursor = f->anchor = u->cursor_after;
	f->wish_col = -1;
	return true;
}
