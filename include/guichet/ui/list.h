// SPDX-License-Identifier: GPL-3.0-or-later
/* A list of rows that come from elsewhere, page by page (key-set paging): only what is near the screen is held.
 *
 * The selection belongs to a row's id, not to its place: list_refresh keeps it on the same record, on the same line of the screen where that
 * can be; when the record has left the list, the row that took its place is selected. Rows are fetched when the list is drawn or moved in.
 */
#ifndef GUICHET_UI_LIST_H
#define GUICHET_UI_LIST_H

#include "guichet/ui/grid.h"
#include "guichet/ui/key.h"

struct list_cell { struct grid *grid; int row, col, width; bool selected, marked; const void *before; /* the row above, shown or not; NULL none */ };

struct list_source {
	void *context;                   /* handed to each function below */
	size_t row_bytes;                /* a row is this many plain bytes, which the list moves about; pointers in it are the source's affair */
	/* Writes to `rows` at most `count` rows that come after `from` (NULL: from the start), or before it when `backward`, nearest first (NULL: from
	 * the end). Fewer than `count` means that there are no more. `from` may have left the list since: what would come after it is meant. */
	size_t (*fetch)(void *context, const void *from, bool backward, size_t count, void *rows);
	bool forward_only;               /* fetch is never asked to go backward: the list then holds all rows from the first, at most LIST_HELD_MAX */
	int64_t (*id)(void *context, const void *row);
	bool (*read)(void *context, int64_t id, void *row);   /* the row as it is now; false when it is no longer in the list. May be NULL */
	void (*release)(void *context, void *row);            /* the list drops its copy. May be NULL */
	int64_t (*total)(void *context);                      /* rows in all; -1 when not known. May be NULL */
	/* Draws one row. A selected one is drawn as any other: the list restyles it afterwards. Marked ones get a sign from the list, left of `col`. */
	void (*draw)(void *context, const void *row, const struct list_cell *cell);
};

enum { LIST_HELD_MAX = 5000 };

struct list {
	struct list_source source;
	char *rows; size_t count, capacity;      /* consecutive ones */
	bool at_start, at_end;                   /* nothing before the first, after the last */
	int64_t first_index;                     /* place of rows[0] in the whole list, as far as known */
	size_t selected, top;                    /* indexes in rows: selection, first on the screen */
	int page;                                /* rows on the screen when last drawn */
	int64_t *marks; size_t mark_count, mark_capacity;   /* ids, sorted */
	int lit;                                 /* columns of the selected row that are drawn as such, its sign included; 0: all */
	bool quiet;                              /* its selection is not what Enter opens: another list's is. No sign stands on it */
	const char *empty;                       /* what to say when there is none; borrowed; NULL: nothing */
};

void list_init(struct list *l, const struct list_source *source);   /* reads nothing yet */
void list_done(struct list *l);
void list_reload(struct list *l);    /* another filter or order: from the start, marks dropped */
void list_refresh(struct list *l);   /* the same list, perhaps changed */
/* Up Down PageUp PageDown Home End. True when the key was the list's, moved or not. */
bool list_key(struct list *l, const struct key *k);
/* Draws in `r` and, when `focus`, puts the cursor on the selected row. */
void list_draw(struct list *l, struct grid *g, struct rect r, bool focus);

const void *list_selected(const struct list *l);   /* NULL when empty; borrowed until the list changes */
int64_t list_selected_id(const struct list *l);    /* 0 when empty */
bool list_select(struct list *l, int64_t id);      /* false when it is not found: the selection stays */
void list_toggle_mark(struct list *l);             /* the selected row; the selection moves to the next */
void list_clear_marks(struct list *l);
bool list_is_marked(const struct list *l, int64_t id);
/* Ids of the marked rows, or of the selected one when none is marked. Returns how many, at most `max`. */
size_t list_chosen(const struct list *l, int64_t *ids, size_t max);
/* "12/497", "12/40+" when there are more than known, "" when empty. */
void list_position(const struct list *l, struct text *out);

#endif
