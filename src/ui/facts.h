// SPDX-License-Identifier: GPL-3.0-or-later
/* What is known of something, one labelled paragraph after another: made once, drawn at any width, scrolled. Must not know what it tells of. */
#ifndef GUICHET_UI_FACTS_H
#define GUICHET_UI_FACTS_H

#include "guichet/ui/grid.h"

struct fact { char *label, *text; enum style style; };   /* label NULL: over the whole width; text "": a blank row */
struct facts { struct fact *items; size_t count, capacity; };

void facts_clear(struct facts *f);
void facts_done(struct facts *f);
void facts_add(struct facts *f, enum style style, const char *label, const char *text);    /* copies; nothing when text is NULL or "" */
void facts_heading(struct facts *f, const char *text);                                    /* after a blank row, unless it is the first */
void facts_blank(struct facts *f);
void facts_cut(struct facts *f, size_t count);                                            /* drops what comes after the first `count` */
/* Draws from row `scroll` on. What is cut on top or below goes over the rows around `r`, which the caller draws afterwards. Returns the rows in all. */
int facts_draw(const struct facts *f, struct grid *g, struct rect r, int label_cols, int scroll);

#endif
