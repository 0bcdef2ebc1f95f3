// SPDX-License-Identifier: GPL-3.0-or-later
/* A value list with a live filter: what is typed narrows it, blind to accents and case; Enter chooses, Escape leaves. All values are held: for hundreds, not for
 * thousands of them.
 */
#ifndef GUICHET_UI_CHOICE_H
#define GUICHET_UI_CHOICE_H

#include "guichet/ui/field.h"
#include "guichet/ui/grid.h"
#include "guichet/ui/key.h"

struct choice_value { const char *value, *label, *detail; };   /* detail may be NULL; value is what the program knows it by */

struct choice {
	char *title;
	struct choice_value *values; size_t count, room; /* own copies */
	char **folded;                                 /* what the filter looks in: label, detail and value, folded */
	size_t *shown; size_t shown_count;             /* those that pass, best first */
	size_t selected, top;                          /* in `shown` */
	bool moving;                                   /* the last key went from value to value */
	int page;
	struct field filter;
};

/* Values and texts are copied. Every word of the filter must be found, at the start of a word first: "recl" finds Réclamation. */
void choice_init(struct choice *c, const char *title, const struct choice_value *values, size_t count, const char *initial_filter);
/* More of them, found by what was typed: those that are not there yet are put behind, as long as there are not too many. */
void choice_add(struct choice *c, const struct choice_value *values, size_t count);
void choice_done(struct choice *c);
enum choice_result { CHOICE_OPEN, CHOICE_CHOSEN, CHOICE_LEFT };
/* Takes every key. CHOSEN only when a value is there to choose. */
enum choice_result choice_key(struct choice *c, const struct key *k);
const struct choice_value *choice_selected(const struct choice *c);   /* NULL when nothing passes the filter */
void choice_select(struct choice *c, const char *value);              /* the present value, when it passes */
/* The rows it would like, frame included. */
int choice_rows(const struct choice *c);
/* A frame that fills `r` (at least 4 rows and 20 columns to be of use), the cursor on the filter; on the value while one moves among them. */
void choice_draw(struct choice *c, struct grid *g, struct rect r);

#endif
