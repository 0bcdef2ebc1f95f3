// SPDX-License-Identifier: GPL-3.0-or-later
/* See xterm.h. Must not know who types. */
#include "xterm.h"

#include "guichet/ui/key.h"

bool xterm_add_key(struct text *out, const char *name)
{
	static const struct { enum key_code code; const char *before, *after; } sequences[] = {
		{ KEYCODE_UP, "\033[", "A" }, { KEYCODE_DOWN, "\033[", "B" }, { KEYCODE_RIGHT, "\033[", "C" }, { KEYCODE_LEFT, "\033[", "D" },
		{ KEYCODE_HOME, "\033[", "H" }, { KEYCODE_END, "\033[", "F" }, { KEYCODE_INSERT, "\033[2", "~" }, { KEYCODE_DELETE, "\033[3", "~" },
		{ KEYCODE_PAGE_UP, "\033[5", "~" }, { KEYCODE_PAGE_DOWN, "\033[6", "~" }, { KEYCODE_F1, "\033[11", "~" }, { KEYCODE_F2, "\033[12", "~" },
		{ KEYCODE_F3, "\033[13", "~" }, { KEYCODE_F4, "\033[14", "~" }, { KEYCODE_F5, "\033[15", "~" }, { KEYCODE_F6, "\033[17", "~" },
		{ KEYCODE_F7, "\033[18", "~" }, { KEYCODE_F8, "\033[19", "~" }, { KEYCODE_F9, "\033[20", "~" }, { KEYCODE_F10, "\033[21", "~" },
		{ KEYCODE_F11, "\033[23", "~" }, { KEYCODE_F12, "\033[24", "~" }, { KEYCODE_BACKTAB, "\033[", "Z" }, { KEYCODE_ENTER, "\r", "" },
		{ KEYCODE_TAB, "\t", "" }, { KEYCODE_ESCAPE, "\033", "" }, { KEYCODE_BACKSPACE, "\x7F", "" },
	};
	struct key k;

	if (!key_parse(name, &k))
		return false;
	if (k.code == KEYCODE_CHAR) {
		text_add(out, k.ch == ' ' ? " " : name);
		return true;
	}
	if (k.code == KEYCODE_CTRL) {
		text_addc(out, (char)(k.ch & 0x1F));
		return true;
	}
	for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++) {
		if (sequences[i].code != k.code)
			continue;
		text_add(out, sequences[i].before);
		if (k.shift || k.ctrl)
			text_addf(out, "%s;%d", sequences[i].before[2] ? "" : "1", 1 + k.shift + 4 * k.ctrl);
		text_add(out, sequences[i].after);
		return true;
	}
	return false;
}
