// SPDX-License-Identifier: GPL-3.0-or-later
/* Boundaries of graphemes (Unicode annex 29, by utf8proc) and of words. Must not know fields or cells. */
#include "graphemes.h"

#include <utf8proc.h>

#include "guichet/base/utf8.h"

static size_t read_at(const char *s, size_t bytes, size_t at, utf8proc_int32_t *cp)
{
	uint32_t code = 0xFFFD;
	size_t taken = utf8_decode(s + at, bytes - at, &code);

	*cp = (utf8proc_int32_t)code;
	return taken > 0 ? taken : 1;
}

static size_t previous_character(const char *s, size_t at)
{
	do
		at--;
	while (at > 0 && ((unsigned char)s[at] & 0xC0) == 0x80);
	return at;
}

size_t grapheme_after(const char *s, size_t bytes, size_t at)
{
	utf8proc_int32_t before, next, state = 0;

	if (at >= bytes)
		return bytes;
	at += read_at(s, bytes, at, &before);
	while (at < bytes) {
		size_t taken;

		/* Nothing in ASCII joins what is before it. */
		if ((unsigned char)s[at] < 0x80)
			return at;
		taken = read_at(s, bytes, at, &next);
		if (utf8proc_grapheme_break_stateful(before, next, &state))
			return at;
		before = next;
		at += taken;
	}
	return bytes;
}

enum { ZERO_WIDTH_JOINER = 0x200D };

/* A boundary at or before `at`, found by looking at pairs of characters: when a pair breaks whatever came before it. After a joiner that can't be told. */
static size_t safe_start(const char *s, size_t bytes, size_t at)
{
	utf8proc_int32_t here, before;

	while (at > 0) {
		size_t previous = previous_character(s, at);

		if (at >= bytes || (unsigned char)s[at] < 0x80)
			return at;
		read_at(s, bytes, at, &here);
		read_at(s, bytes, previous, &before);
		if (before != ZERO_WIDTH_JOINER && utf8proc_grapheme_break(before, here))
			return at;
		at = previous;
	}
	return 0;
}

size_t grapheme_before(const char *s, size_t bytes, size_t at)
{
	size_t start, next;

	if (at == 0)
		return 0;
	start = safe_start(s, bytes, previous_character(s, at));
	while ((next = grapheme_after(s, bytes, start)) < at)
		start = next;
	return start;
}

size_t grapheme_boundary(const char *s, size_t bytes, size_t at)
{
	size_t start;

	if (at >= bytes)
		return bytes;
	while (at > 0 && ((unsigned char)s[at] & 0xC0) == 0x80)
		at--;
	start = safe_start(s, bytes, at);
	while (start < at)
		start = grapheme_after(s, bytes, start);
	return start;
}

static bool in_word(const char *s, size_t bytes, size_t at)
{
	utf8proc_int32_t cp;

	read_at(s, bytes, at, &cp);
	switch (utf8proc_category(cp)) {
	case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LL: case UTF8PROC_CATEGORY_LT: case UTF8PROC_CATEGORY_LM: case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_MN: case UTF8PROC_CATEGORY_MC: case UTF8PROC_CATEGORY_ME: case UTF8PROC_CATEGORY_ND: case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return true;
	default:
		return false;
	}
}

size_t word_after(const char *s, size_t bytes, size_t at)
{
	while (at < bytes && !in_word(s, bytes, at))
		at = grapheme_after(s, bytes, at);
	while (at < bytes && in_word(s, bytes, at))
		at = grapheme_after(s, bytes, at);
	return at;
}

size_t word_before(const char *s, size_t bytes, size_t at)
{
	while (at > 0) {
		size_t before = grapheme_before(s, bytes, at);

		if (in_word(s, bytes, before))
			break;
		at = before;
	}
	while (at > 0) {
		size_t before = grapheme_before(s, bytes, at);

		if (!in_word(s, bytes, before))
			break;
		at = before;
	}
	return at;
}
