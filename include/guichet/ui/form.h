// SPDX-License-Identifier: GPL-3.0-or-later
/* A form: labelled fields in one or two columns, in the order given, with the error of each in words beside it. The cursor is never held
 * in a field for being wrong: checking is the view's, which says what it found with form_set_error.
 */
#ifndef GUICHET_UI_FORM_H
#define GUICHET_UI_FORM_H

#include "guichet/ui/field.h"
#include "guichet/ui/grid.h"
#include "guichet/ui/key.h"

enum form_flag { FORM_REQUIRED = 1 /* marked with a * */, FORM_MULTILINE = 2 /* grows with its text */, FORM_LIST = 4 /* F4 has values: marked */,
	FORM_FIXED = 8 /* shown, not edited, passed over */, FORM_NARROW = 16 /* two of these may stand side by side when there is room */,
	FORM_ONE_OF = 32 /* one value of the list and nothing else: what is typed replaces it */ };

struct form_field {
	const char *key;                 /* "phone": for the program */
	const char *label;               /* shown; translated by the caller; borrowed */
	size_t max_bytes;
	int width;                       /* columns it would like; 0: all there are */
	unsigned flags;                  /* enum form_flag */
};

struct form_entry {
	struct form_field def;
	struct field field;
	char *error, *note;              /* own copies; NULL none */
	bool hidden;
	/* When last laid out, from the form's own top and left: the field proper, its label, its remark (0 rows: none). */
	struct rect place, label, remark;
	char letter;                     /* to jump to it; 0 none */
};

struct form {
	struct form_entry *entries; size_t count;
	size_t focus;
	size_t left;                     /* the entry that the focus left last */
	int scroll;                      /* rows */
	bool jumping;
	bool more_above, more_below;     /* when last drawn */
};

void form_init(struct form *f, const struct form_field *fields, size_t count);   /* copies the definitions, not their texts; the focus is on the first */
void form_done(struct form *f);

enum form_result {
	FORM_IGNORED,                    /* not the form's key */
	FORM_USED,                       /* only the cursor or the selection moved */
	FORM_CHANGED,                    /* the text of the field in focus changed */
	FORM_MOVED,                      /* the focus moved on from entry `left`: the moment to check that one */
	FORM_END,                        /* Enter or Tab on the last field: nothing moved */
};
/* Fields' own keys, then Tab, Shift-Tab, Up, Down, Enter (next field; a new line in a multi-line one, where Tab goes on), and letters while jumping. */
enum form_result form_key(struct form *f, const struct key *k);
/* Draws what fits of it, scrolled so that the field in focus is seen, with the cursor there when `focus`. Two columns when `r` is at least 110 wide. */
void form_draw(struct form *f, struct grid *g, struct rect r, bool focus);
/* The rows it would take in `cols` columns. */
int form_rows(struct form *f, int cols, bool ascii);

size_t form_index(const struct form *f, const char *key);      /* f->count when there is none */
const char *form_text(const struct form *f, const char *key);  /* "" when there is none */
void form_set(struct form *f, const char *key, const char *text);      /* forgets the field's undo history */
void form_replace(struct form *f, const char *key, const char *text);  /* one step that undo takes back */
/* In words, beside the field; NULL takes it away. An unknown key does nothing. */
void form_set_error(struct form *f, const char *key, const char *message);
/* A remark beside the field ("→ Nettoyage"); an error hides it. */
void form_set_note(struct form *f, const char *key, const char *note);
void form_hide(struct form *f, const char *key, bool hidden);   /* fields of another channel; a hidden field keeps its text */
bool form_focus(struct form *f, const char *key);               /* false when it can't have the focus */
const char *form_focused(const struct form *f);                 /* its key; "" in an empty form */
struct field *form_focused_field(struct form *f);               /* NULL in an empty form */
/* The first shown field with an error gets the focus. False when there is none. */
bool form_focus_error(struct form *f);
/* Jumping: each label shows a letter, and the next key goes to the field with that letter. Another key ends it. */
void form_jump(struct form *f);

#endif
