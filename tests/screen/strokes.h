// SPDX-License-Identifier: GPL-3.0-or-later
/* What the typist may do next, drawn by weight from a seed. Must not know the program but by the words that people type into it. */
#ifndef TESTS_SCREEN_STROKES_H
#define TESTS_SCREEN_STROKES_H

#include <stdbool.h>
#include <stdint.h>

#include "guichet/base/text.h"

enum stroke_kind { STROKE_BYTES, STROKE_RESIZE, STROKE_WINCH, STROKE_STOP, STROKE_TIME, STROKE_OTHER, STROKE_DISK, STROKE_LOCK,
	/* It ends and begins again: */
	STROKE_TERM, STROKE_HUP, STROKE_KILL, STROKE_HANG_UP };

struct stroke {
	enum stroke_kind kind;
	struct text bytes; int keys;
	int rows, cols;
	int64_t pass_ms;                     /* afterwards */
	uint64_t number;                     /* of its own, to draw from */
};

struct strokes { uint64_t state; };

void strokes_begin(struct strokes *s, uint64_t seed);
uint64_t strokes_below(struct strokes *s, uint64_t bound);
void strokes_draw(struct strokes *s, struct stroke *out);
/* One line, harmless to show. */
void stroke_describe(const struct stroke *s, char *out, size_t room);

#endif
