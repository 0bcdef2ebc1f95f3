// SPDX-License-Identifier: GPL-3.0-or-later
/* Names of keys, to show and to read. Must not know what terminals send. */
#include "guichet/ui/key.h"

#include <string.h>
#include <utf8proc.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"

/* The first name of a code is shown, translated; the others are read too. */
static const struct { enum key_code code; const char *name; } names[] = {
	{ KEYCODE_ENTER, N_("Entrée") }, { KEYCODE_ENTER, "Enter" }, { KEYCODE_ENTER, "Return" },
	{ KEYCODE_TAB, N_("Tab") },
	{ KEYCODE_BACKTAB, N_("Maj-Tab") }, { KEYCODE_BACKTAB, "S-Tab" }, { KEYCODE_BACKTAB, "Shift-Tab" },
	{ KEYCODE_ESCAPE, N_("Échap") }, { KEYCODE_ESCAPE, "Esc" }, { KEYCODE_ESCAPE, "Escape" },
	{ KEYCODE_BACKSPACE, N_("Retour arrière") }, { KEYCODE_BACKSPACE, "Backspace" },
	{ KEYCODE_DELETE, N_("Suppr") }, { KEYCODE_DELETE, "Delete" }, { KEYCODE_DELETE, "Del" },
	{ KEYCODE_INSERT, N_("Inser") }, { KEYCODE_INSERT, "Insert" }, { KEYCODE_INSERT, "Ins" },
	{ KEYCODE_UP, N_("Haut") }, { KEYCODE_UP, "Up" }, { KEYCODE_DOWN, N_("Bas") }, { KEYCODE_DOWN, "Down" },
	{ KEYCODE_LEFT, N_("Gauche") }, { KEYCODE_LEFT, "Left" }, { KEYCODE_RIGHT, N_("Droite") }, { KEYCODE_RIGHT, "Right" },
	{ KEYCODE_HOME, N_("Début") }, { KEYCODE_HOME, "Home" }, { KEYCODE_END, N_("Fin") }, { KEYCODE_END, "End" },
	{ KEYCODE_PAGE_UP, N_("Pg.préc") }, { KEYCODE_PAGE_UP, "PageUp" }, { KEYCODE_PAGE_UP, "PgUp" },
	{ KEYCODE_PAGE_DOWN, N_("Pg.suiv") }, { KEYCODE_PAGE_DOWN, "PageDown" }, { KEYCODE_PAGE_DOWN, "PgDn" },
};

/* Takes a prefix off a folded name. */
static bool take(const char **name, const char *prefix)
{
	size_t len = strlen(prefix);

	/* A name that is no more than the prefix is not a modifier. */
	if (strncmp(*name, prefix, len) != 0 || (*name)[len] == '\0')
		return false;
	*name += len;
	return true;
}

static bool parse_function_key(const char *name, struct key *out)
{
	int number = 0;

	if (name[0] != 'f' || name[1] < '1' || name[1] > '9')
		return false;
	for (name++; *name >= '0' && *name <= '9' && number <= 12; name++)
		number = number * 10 + (*name - '0');
	if (*name || number > 12)
		return false;
	out->code = (enum key_code)(KEYCODE_F1 + number - 1);
	return true;
}

static bool parse_name(const char *folded, struct key *out)
{
	struct text one = TEXT_INIT;
	bool found = false;

	for (size_t i = 0; i < sizeof names / sizeof *names && !found; i++) {
		const char *forms[2] = { names[i].name, _(names[i].name) };

		for (int f = 0; f < 2 && !found; f++) {
			text_clear(&one);
			utf8_fold(&one, forms[f]);
			found = strcmp(text_str(&one), folded) == 0;
		}
		if (found)
			out->code = names[i].code;
	}
	text_done(&one);
	return found;
}

static bool parse_ctrl(const char *folded, struct key *out)
{
	char c = folded[0];

	if (c == '\0' || folded[1] != '\0' || !((c >= 'a' && c <= 'z') || strchr("@\\]^_", c)) || strchr("hijm", c))
		return false;
	*out = (struct key){ .code = KEYCODE_CTRL, .ch = (uint32_t)c };
	return true;
}

static bool is_space(const char *folded)
{
	return strcmp(folded, "espace") == 0 || strcmp(folded, "space") == 0;
}

static bool parse_folded(const char *folded, struct key *out)
{
	bool ctrl = false, shift = false;

	if (take(&folded, "^"))
		return parse_ctrl(folded, out);
	if (parse_name(folded, out))
		return true;
	if (take(&folded, "ctrl-") || take(&folded, "c-"))
		ctrl = true;
	if (take(&folded, "maj-") || take(&folded, "shift-") || take(&folded, "s-"))
		shift = true;
	/* Terminals send the same for both. */
	if (ctrl && !shift && is_space(folded))
		folded = "@";
	if (ctrl && !shift && parse_ctrl(folded, out))
		return true;
	if (!parse_function_key(folded, out) && !((ctrl || shift) && parse_name(folded, out)))
		return false;
	out->ctrl = ctrl;
	out->shift = shift;
	return true;
}

bool key_parse(const char *name, struct key *out)
{
	struct text folded = TEXT_INIT;
	uint32_t cp = 0;
	size_t bytes = strlen(name), one = utf8_decode(name, bytes, &cp);
	bool found;

	*out = (struct key){ 0 };
	if (one > 0 && one == bytes && cp >= ' ' && cp != 0x7F) {
		*out = (struct key){ .code = KEYCODE_CHAR, .ch = cp };
		return true;
	}
	utf8_fold(&folded, name);
	if (is_space(text_str(&folded))) {
		*out = (struct key){ .code = KEYCODE_CHAR, .ch = ' ' };
		found = true;
	} else {
		found = parse_folded(text_str(&folded), out);
	}
	text_done(&folded);
	if (!found)
		*out = (struct key){ 0 };
	return found;
}

static void add_character(struct text *out, uint32_t cp)
{
	char bytes[5];

	bytes[utf8proc_encode_char((utf8proc_int32_t)cp, (utf8proc_uint8_t *)bytes)] = '\0';
	utf8_show(out, bytes, false);
}

void key_describe(struct text *out, const struct key *k)
{
	if (k->code == KEYCODE_CHAR) {
		if (k->ch == ' ')
			text_add(out, _("Espace"));
		else
			add_character(out, k->ch);
		return;
	}
	if (k->code == KEYCODE_CTRL) {
		text_add(out, "Ctrl-");
		if (k->ch == '@')
			text_add(out, _("Espace"));
		else
			add_character(out, k->ch >= 'a' && k->ch <= 'z' ? k->ch - 'a' + 'A' : k->ch);
		return;
	}
	if (k->ctrl)
		text_add(out, "Ctrl-");
	if (k->shift)
		text_add(out, _("Maj-"));
	if (k->code >= KEYCODE_F1 && k->code <= KEYCODE_F12) {
		text_addf(out, "F%d", (int)(k->code - KEYCODE_F1) + 1);
		return;
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (names[i].code == k->code) {
			text_add(out, _(names[i].name));
			return;
		}
	}
}

bool key_equal(const struct key *a, const struct key *b)
{
	if (a->code != b->code || a->shift != b->shift || a->ctrl != b->ctrl)
		return false;
	return (a->code != KEYCODE_CHAR && a->code != KEYCODE_CTRL) || a->ch == b->ch;
}
