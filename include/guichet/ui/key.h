// SPDX-License-Identifier: GPL-3.0-or-later
/* Keys as the application knows them, whatever the terminal sent. */
#ifndef GUICHET_UI_KEY_H
#define GUICHET_UI_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guichet/base/text.h"

enum key_code { KEYCODE_NONE, KEYCODE_CHAR, KEYCODE_ENTER, KEYCODE_TAB, KEYCODE_BACKTAB, KEYCODE_ESCAPE, KEYCODE_BACKSPACE, KEYCODE_DELETE, KEYCODE_INSERT,
	KEYCODE_UP, KEYCODE_DOWN, KEYCODE_LEFT, KEYCODE_RIGHT, KEYCODE_HOME, KEYCODE_END, KEYCODE_PAGE_UP, KEYCODE_PAGE_DOWN,
	KEYCODE_F1, KEYCODE_F2, KEYCODE_F3, KEYCODE_F4, KEYCODE_F5, KEYCODE_F6, KEYCODE_F7, KEYCODE_F8, KEYCODE_F9, KEYCODE_F10, KEYCODE_F11, KEYCODE_F12,
	KEYCODE_PASTE, KEYCODE_RESIZE, KEYCODE_CTRL /* with .ch 'a'..'z', '@' (Ctrl-Space), '\\', ']', '^', '_'; never h i j m: these are Backspace, Tab, Enter */ };

struct key {
	enum key_code code;
	uint32_t ch;                     /* KEYCODE_CHAR: code point; KEYCODE_CTRL: the letter */
	bool shift, ctrl;                /* with arrows, Home, End */
	bool burst;                      /* KEYCODE_CHAR that came in one go with another character: typed ahead, or sent by a program; nobody answers
	                                    a question that fast. Counts for nothing in key_equal */
	const char *paste; size_t paste_bytes;   /* KEYCODE_PASTE: raw bytes, perhaps hostile; borrowed until the next key */
	bool paste_cut;                  /* KEYCODE_PASTE: there was more than KEY_PASTE_MAX, which was dropped: to be said */
};

enum { KEY_PASTE_MAX = 4 * 1024 * 1024 };

/* "F2", "Ctrl-F", "Entrée", "Échap", "Maj-Tab", "n": as written in the configuration. French and English names are both taken whatever the
 * language, in any case and with or without accents; "C-f" and "^F" are Ctrl-F, "S-Tab" is Maj-Tab. False when it names no key. */
bool key_parse(const char *name, struct key *out);
/* Adds the name to show, in the language of messages ("Ctrl-F", "Échap" or "Esc"). */
void key_describe(struct text *out, const struct key *k);
/* The same key with the same modifiers; what a paste holds does not count. */
bool key_equal(const struct key *a, const struct key *b);

#endif
