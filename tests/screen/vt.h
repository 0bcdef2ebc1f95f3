// SPDX-License-Identifier: GPL-3.0-or-later
/* A terminal emulator for tests: takes what a program sends and keeps what a person would see, with the styles, and what was sent that should not be. Knows the
 * sequences that xterm-256color, screen, tmux, linux and vt100 have in terminfo; anything else is counted as unknown.
 */
#ifndef TESTS_SCREEN_VT_H
#define TESTS_SCREEN_VT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VT_CELL = 32 };

struct vt_cell { char bytes[VT_CELL]; uint8_t length, width; bool bold, dim, underline, reverse; int16_t colour, ground; /* -1: the terminal's own */ };

struct vt {
	int rows, cols;
	struct vt_cell *cells, *other;       /* the screen in use, and the one that waits (alternate or main) */
	struct vt_cell pen;
	int row, col, saved_row, saved_col;
	int top, bottom;                     /* scrolling region */
	bool wrap_next, alternate, cursor_shown, pastes, origin, insert;
	bool graphics[2]; int charset;       /* DEC line drawing in G0, G1 */
	char last[VT_CELL]; size_t last_bytes;
	char pending[256]; size_t pending_bytes;
	/* What a test asks about. */
	int64_t bytes, bells;
	int64_t colours;                     /* sequences that set a colour */
	int64_t high_bytes;                  /* bytes above 0x7E */
	int64_t unknown; char unknown_last[64];
	int64_t outside;                     /* characters past the end of a row, and moves to where there is no cell */
	int64_t placed;                      /* moves to a row by its number */
	int64_t alternate_on, alternate_off, paste_on, paste_off, cursor_hidden;
};

void vt_init(struct vt *v, int rows, int cols);
void vt_done(struct vt *v);
void vt_resize(struct vt *v, int rows, int cols);
void vt_feed(struct vt *v, const char *bytes, size_t count);
/* A row as text, blanks at its end dropped, in a buffer that the next call reuses. */
const char *vt_row(const struct vt *v, int row);
/* All rows joined by newlines; the caller frees it. With `styles` runs are marked: ‹b:bold› ‹d› ‹u› ‹r› and c31: for colour 31. */
char *vt_dump(const struct vt *v, bool styles);
/* To a person: a blank is as good bold as not. */
bool vt_looks_same(const struct vt_cell *a, const struct vt_cell *b);
/* The first row that holds the text, or -1. */
int vt_find(const struct vt *v, const char *text);

#endif
