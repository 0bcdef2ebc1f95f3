// SPDX-License-Identifier: GPL-3.0-or-later
/* A form: its fields, the focus among them, what keys do. Must not know where anything is drawn, nor what a field means. */
#include "guichet/ui/form.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"

void form_init(struct form *f, const struct form_field *fields, size_t count)
{
	*f = (struct form){ .count = count };
	f->entries = guichet_alloc((count + 1) * sizeof *f->entries);
	for (size_t i = 0; i < count; i++) {
		f->entries[i].def = fields[i];
		field_init(&f->entries[i].field, fields[i].max_bytes, (fields[i].flags & FORM_MULTILINE) != 0);
	}
	while (f->focus < count && (fields[f->focus].flags & FORM_FIXED))
		f->focus++;
	if (f->focus == count)
		f->focus = 0;
	f->left = f->focus;
}

void form_done(struct form *f)
{
	for (size_t i = 0; i < f->count; i++) {
		field_done(&f->entries[i].field);
		free(f->entries[i].error);
		free(f->entries[i].note);
	}
	free(f->entries);
	*f = (struct form){ 0 };
}

size_t form_index(const struct form *f, const char *key)
{
	size_t i = 0;

	while (i < f->count && strcmp(f->entries[i].def.key, key) != 0)
		i++;
	return i;
}

static struct form_entry *entry(struct form *f, const char *key)
{
	size_t i = form_index(f, key);

	return i < f->count ? &f->entries[i] : NULL;
}

const char *form_text(const struct form *f, const char *key)
{
	size_t i = form_index(f, key);

	return i < f->count ? field_text(&f->entries[i].field) : "";
}

void form_set(struct form *f, const char *key, const char *text)
{
	struct form_entry *e = entry(f, key);

	if (e)
		field_set(&e->field, text);
}

void form_replace(struct form *f, const char *key, const char *text)
{
	struct form_entry *e = entry(f, key);

	if (e)
		field_replace(&e->field, text);
}

static void set_remark(char **remark, const char *text)
{
	char *copy = text && *text ? guichet_strdup(text) : NULL;

	free(*remark);
	*remark = copy;
}

void form_set_error(struct form *f, const char *key, const char *message)
{
	struct form_entry *e = entry(f, key);

	if (e)
		set_remark(&e->error, message);
}

void form_set_note(struct form *f, const char *key, const char *note)
{
	struct form_entry *e = entry(f, key);

	if (e)
		set_remark(&e->note, note);
}

/* --- Focus ------------------------------------------------------------------------------------------------------- */

static bool can_focus(const struct form_entry *e)
{
	return !e->hidden && !(e->def.flags & FORM_FIXED);
}

static void focus_on(struct form *f, size_t i)
{
	static const struct key all = { .code = KEYCODE_CTRL, .ch = 'a' };
	struct form_entry *e = &f->entries[i];

	if (i == f->focus)
		return;
	f->left = f->focus;
	f->focus = i;
	if (e->def.flags & FORM_ONE_OF)
		field_key(&e->field, &all);
}

/* The next entry that can have the focus, or the one before; f->count when there is none. */
static size_t neighbour(const struct form *f, bool forward)
{
	size_t i = f->focus;

	while (forward ? i + 1 < f->count : i > 0) {
		i = forward ? i + 1 : i - 1;
		if (can_focus(&f->entries[i]))
			return i;
	}
	return f->count;
}

bool form_focus(struct form *f, const char *key)
{
	size_t i = form_index(f, key);

	if (i == f->count || !can_focus(&f->entries[i]))
		return false;
	focus_on(f, i);
	return true;
}

const char *form_focused(const struct form *f)
{
	return f->focus < f->count ? f->entries[f->focus].def.key : "";
}

struct field *form_focused_field(struct form *f)
{
	return f->focus < f->count ? &f->entries[f->focus].field : NULL;
}

bool form_focus_error(struct form *f)
{
	for (size_t i = 0; i < f->count; i++) {
		if (f->entries[i].error && can_focus(&f->entries[i])) {
			focus_on(f, i);
			return true;
		}
	}
	return false;
}

void form_hide(struct form *f, const char *key, bool hidden)
{
	struct form_entry *e = entry(f, key);
	size_t next;

	if (!e)
		return;
	e->hidden = hidden;
	/* The focus is never where nobody sees it. */
	if (f->count == 0 || can_focus(&f->entries[f->focus]))
		return;
	next = neighbour(f, true);
	if (next == f->count)
		next = neighbour(f, false);
	if (next < f->count)
		focus_on(f, next);
}

/* --- Jumping ----------------------------------------------------------------------------------------------------- */

static char free_letter(const char *label, const bool taken[26])
{
	struct text folded = TEXT_INIT;
	char letter = 0;

	utf8_fold(&folded, label);
	for (const char *c = text_str(&folded); *c && !letter; c++)
		if (*c >= 'a' && *c <= 'z' && !taken[*c - 'a'])
			letter = *c;
	text_done(&folded);
	for (char c = 'a'; c <= 'z' && !letter; c++)
		if (!taken[c - 'a'])
			letter = c;
	return letter;
}

void form_jump(struct form *f)
{
	bool taken[26] = { false };

	f->jumping = true;
	for (size_t i = 0; i < f->count; i++) {
		struct form_entry *e = &f->entries[i];

		e->letter = can_focus(e) ? free_letter(e->def.label, taken) : 0;
		if (e->letter)
			taken[e->letter - 'a'] = true;
	}
}

static enum form_result jump_key(struct form *f, const struct key *k)
{
	uint32_t letter = k->ch >= 'A' && k->ch <= 'Z' ? k->ch + 32 : k->ch;

	f->jumping = false;
	for (size_t i = 0; i < f->count && k->code == KEYCODE_CHAR; i++) {
		if (f->entries[i].letter && (uint32_t)f->entries[i].letter == letter) {
			bool moved = i != f->focus;

			focus_on(f, i);
			return moved ? FORM_MOVED : FORM_USED;
		}
	}
	return FORM_USED;
}

/* --- Keys -------------------------------------------------------------------------------------------------------- */

static enum form_result move(struct form *f, bool forward)
{
	size_t next = neighbour(f, forward);

	if (next == f->count)
		return forward ? FORM_END : FORM_USED;
	focus_on(f, next);
	return FORM_MOVED;
}

enum form_result form_key(struct form *f, const struct key *k)
{
	struct field *field = form_focused_field(f);
	uint32_t version;

	if (!field)
		return FORM_IGNORED;
	if (f->jumping)
		return jump_key(f, k);
	version = field->version;
	if (can_focus(&f->entries[f->focus]) && field_key(field, k))
		return field->version != version ? FORM_CHANGED : FORM_USED;
	if (k->ctrl || (k->shift && k->code != KEYCODE_BACKTAB))
		return FORM_IGNORED;
	switch (k->code) {
	case KEYCODE_TAB: case KEYCODE_ENTER: case KEYCODE_DOWN:
		return move(f, true);
	case KEYCODE_BACKTAB: case KEYCODE_UP:
		return move(f, false);
	default:
		return FORM_IGNORED;
	}
}
