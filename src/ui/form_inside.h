// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files of the form share. */
#ifndef GUICHET_UI_FORM_INSIDE_H
#define GUICHET_UI_FORM_INSIDE_H

#include "guichet/ui/form.h"

/* Gives every shown entry its places in `cols` columns, with multi-line fields growing until `rows` rows are full (0: no limit but their own).
 * Returns the rows in all. */
int form_lay_out(struct form *f, int rows, int cols, bool ascii);

#endif
