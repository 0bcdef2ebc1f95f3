// SPDX-License-Identifier: GPL-3.0-or-later
/* How each style looks: attributes, and a colour where there are some. */
#ifndef GUICHET_UI_STYLE_H
#define GUICHET_UI_STYLE_H

#include "guichet/ui/grid.h"

enum look_attribute { LOOK_BOLD = 1, LOOK_DIM = 2, LOOK_UNDERLINE = 4, LOOK_REVERSE = 8 };

struct look {
	unsigned attributes;
	short colour;                    /* of the 256; -1: the terminal's own */
	short few;                       /* of the 8; -1: the terminal's own */
};

/* Backgrounds are always the terminal's, reverse video apart: each colour reads on light and on dark. */
struct look style_look(enum style style);

#endif
