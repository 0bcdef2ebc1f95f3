// SPDX-License-Identifier: GPL-3.0-or-later
/* Names of keys: what the configuration may say, and that what is shown can be typed back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "grid_checks.h"
#include "guichet/base/i18n.h"

static void names(const char *written, enum key_code code, uint32_t ch, bool shift, bool ctrl)
{
	struct key k;

	assert_true(key_parse(written, &k));
	assert_int_equal(k.code, code);
	assert_int_equal(k.ch, ch);
	assert_int_equal(k.shift, shift);
	assert_int_equal(k.ctrl, ctrl);
}

/* Protects: French and English names in any case, accents or not; the three ways to write Ctrl. */
static void reads_names(void **state)
{
	(void)state;
	names("F2", KEYCODE_F2, 0, false, false);
	names("f12", KEYCODE_F12, 0, false, false);
	names("Maj-F3", KEYCODE_F3, 0, true, false);
	names("C-f", KEYCODE_CTRL, 'f', false, false);
	names("Ctrl-F", KEYCODE_CTRL, 'f', false, false);
	names("^F", KEYCODE_CTRL, 'f', false, false);
	names("Ctrl-_", KEYCODE_CTRL, '_', false, false);
	names("Ctrl-Espace", KEYCODE_CTRL, '@', false, false);
	names("C-@", KEYCODE_CTRL, '@', false, false);
	names("Échap", KEYCODE_ESCAPE, 0, false, false);
	names("ECHAP", KEYCODE_ESCAPE, 0, false, false);
	names("Escape", KEYCODE_ESCAPE, 0, false, false);
	names("Entrée", KEYCODE_ENTER, 0, false, false);
	names("Enter", KEYCODE_ENTER, 0, false, false);
	names("Espace", KEYCODE_CHAR, ' ', false, false);
	names("Space", KEYCODE_CHAR, ' ', false, false);
	names("Maj-Tab", KEYCODE_BACKTAB, 0, false, false);
	names("s-tab", KEYCODE_BACKTAB, 0, false, false);
	names("Ctrl-Maj-Gauche", KEYCODE_LEFT, 0, true, true);
	names("Pg.préc", KEYCODE_PAGE_UP, 0, false, false);
	names("n", KEYCODE_CHAR, 'n', false, false);
	names("N", KEYCODE_CHAR, 'N', false, false);
	names("é", KEYCODE_CHAR, 0xE9, false, false);
	names("?", KEYCODE_CHAR, '?', false, false);
	names("^", KEYCODE_CHAR, '^', false, false);
	names("-", KEYCODE_CHAR, '-', false, false);
}

/* Protects: what names no key is refused, Ctrl letters that terminals send for Tab, Enter and Backspace among them. */
static void refuses_others(void **state)
{
	static const char *const wrong[] = { "", "F0", "F13", "F1x", "Ctrl-", "Ctrl-h", "C-i", "^m", "^J", "Ctrl-ab", "Entre", "nn", "\033", "\x7F",
		"Maj-n", "\xFF", "C-C-f", "F99999999999" };
	struct key k;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_false(key_parse(wrong[i], &k));
		assert_int_equal(k.code, KEYCODE_NONE);
	}
}

static void round_trip(struct key k)
{
	struct text name = TEXT_INIT;
	struct key again;

	key_describe(&name, &k);
	assert_true(name.len > 0);
	assert_true(key_parse(text_str(&name), &again));
	assert_true(key_equal(&k, &again));
	text_done(&name);
}

/* Protects: every key that has a name is read back from it, in both languages. */
static void shows_what_it_reads(void **state)
{
	(void)state;
	for (int language = 0; language < 2; language++) {
		i18n_start(language ? "en" : "fr");
		for (int code = KEYCODE_ENTER; code <= KEYCODE_F12; code++)
			for (int modifiers = 0; modifiers < 4; modifiers++)
				if (code > KEYCODE_BACKTAB || modifiers == 0)
					round_trip((struct key){ .code = (enum key_code)code, .shift = modifiers & 1, .ctrl = modifiers & 2 });
		for (const char *c = "abcdefgklnopqrstuvwxyz@\\]^_"; *c; c++)
			round_trip((struct key){ .code = KEYCODE_CTRL, .ch = (uint32_t)*c });
		for (uint32_t ch = ' '; ch < 0x250; ch++)
			if (ch < 0x7F || (ch > 0xA0 && ch != 0xAD))
				round_trip((struct key){ .code = KEYCODE_CHAR, .ch = ch });
	}
	i18n_start("fr");
}

/* Protects: names shown to a person, and none that could act on the terminal. */
static void shows_names(void **state)
{
	static const struct { struct key key; const char *name; } shown[] = {
		{ { .code = KEYCODE_ESCAPE }, "Échap" }, { { .code = KEYCODE_CTRL, .ch = 'f' }, "Ctrl-F" }, { { .code = KEYCODE_CHAR, .ch = ' ' }, "Espace" },
		{ { .code = KEYCODE_F8, .shift = true }, "Maj-F8" }, { { .code = KEYCODE_CHAR, .ch = 0x202E }, "‹U+202E›" },
		{ { .code = KEYCODE_CHAR, .ch = 0x1F389 }, "🎉" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
		struct text name = TEXT_INIT;

		key_describe(&name, &shown[i].key);
		assert_string_equal(text_str(&name), shown[i].name);
		text_done(&name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(reads_names), cmocka_unit_test(refuses_others), cmocka_unit_test(shows_what_it_reads),
		cmocka_unit_test(shows_names) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
