// SPDX-License-Identifier: GPL-3.0-or-later
/* How each style looks. Must not know how a terminal is told.
 *
 * The colours are of middling lightness, so that they stand out from white and from black alike, and differ for the colour-blind too (blue,
 * crimson, ochre and a bluish green). Of the eight old colours only red and magenta do that.
 */
#include "style.h"

enum { OWN = -1, RED = 1, MAGENTA = 5, BLUE_256 = 27, TEAL_256 = 30, OCHRE_256 = 130, CRIMSON_256 = 161 };

struct look style_look(enum style style)
{
	static const struct look looks[STYLE_COUNT] = {
		[STYLE_NORMAL] = { 0, OWN, OWN },
		[STYLE_DIM] = { LOOK_DIM, OWN, OWN },
		[STYLE_BOLD] = { LOOK_BOLD, OWN, OWN },
		[STYLE_TITLE] = { LOOK_BOLD, BLUE_256, OWN },
		[STYLE_LABEL] = { 0, BLUE_256, OWN },
		[STYLE_FIELD] = { LOOK_UNDERLINE, OWN, OWN },
		[STYLE_FIELD_FOCUS] = { LOOK_UNDERLINE | LOOK_BOLD, OWN, OWN },
		[STYLE_SELECTION] = { LOOK_REVERSE, OWN, OWN },
		[STYLE_MARKED] = { LOOK_BOLD, BLUE_256, MAGENTA },
		[STYLE_OK] = { 0, TEAL_256, OWN },
		[STYLE_RISK] = { LOOK_BOLD, OCHRE_256, MAGENTA },
		[STYLE_LATE] = { LOOK_BOLD | LOOK_UNDERLINE, CRIMSON_256, RED },
		[STYLE_DANGER] = { LOOK_BOLD | LOOK_REVERSE, CRIMSON_256, RED },
		[STYLE_KEY] = { LOOK_REVERSE, BLUE_256, OWN },
		[STYLE_BAR] = { 0, OWN, OWN },
		[STYLE_STATUS] = { LOOK_REVERSE, OWN, OWN },
		[STYLE_ERROR] = { LOOK_BOLD, CRIMSON_256, RED },
		[STYLE_BULLETIN] = { LOOK_BOLD | LOOK_REVERSE, OCHRE_256, MAGENTA },
		[STYLE_BIG] = { LOOK_BOLD, OWN, OWN },
	};

	return looks[style < STYLE_COUNT ? style : STYLE_NORMAL];
}
