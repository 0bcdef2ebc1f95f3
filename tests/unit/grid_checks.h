// SPDX-License-Identifier: GPL-3.0-or-later
/* What every test that draws asks of a grid. */
#ifndef TESTS_UNIT_GRID_CHECKS_H
#define TESTS_UNIT_GRID_CHECKS_H

#include "guichet/ui/grid.h"
#include "guichet/ui/key.h"

/* Fails unless each cell is one harmless character with its marks, as wide as it says, and each row adds up to the grid's columns. */
void grid_is_sound(const struct grid *g);
/* Fails unless the grid's text is this; rows joined by \n, empty ones at the end left out. */
void grid_shows(const struct grid *g, const char *expected);
void grid_shows_styled(const struct grid *g, const char *expected);
/* Fails unless row `row` is this. */
void row_shows(const struct grid *g, int row, const char *expected);
struct key key_of(const char *name);             /* "F2", "Ctrl-Z", "é" */
bool grid_has(const struct grid *g, const char *text);

#endif
