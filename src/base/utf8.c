// SPDX-License-Identifier: GPL-3.0-or-later
/* UTF-8 at the door and on the screen: checking, normal form, width, hostile text made harmless, cutting to columns.
 * Must not know what the text means (folding for search is in fold.c). */
#include "guichet/base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "guichet/base/i18n.h"

/* Below this code point every text is its own NFC: nothing there combines or decomposes to something else. */
enum { FIRST_UNSTABLE = 0x300 };

size_t utf8_decode(const char *s, size_t left, uint32_t *code_point)
{
	const unsigned char *u = (const unsigned char *)s;
	uint32_t cp, least;
	size_t len, i;

	if (left == 0)
		return 0;
	if (u[0] < 0x80) {
		*code_point = u[0];
		return 1;
	}
	if ((u[0] & 0xE0) == 0xC0) {
		len = 2;
		cp = u[0] & 0x1Fu;
		least = 0x80;
	} else if ((u[0] & 0xF0) == 0xE0) {
		len = 3;
		cp = u[0] & 0x0Fu;
		least = 0x800;
	} else if ((u[0] & 0xF8) == 0xF0) {
		len = 4;
		cp = u[0] & 0x07u;
		least = 0x10000;
	} else {
		return 0;
	}
	if (left < len)
		return 0;
	for (i = 1; i < len; i++) {
		if ((u[i] & 0xC0) != 0x80)
			return 0;
		cp = cp << 6 | (u[i] & 0x3Fu);
	}
	if (cp < least || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
		return 0;
	*code_point = cp;
	return len;
}

/* How many bytes from `s` are ASCII other than NUL, eight at a time. */
static size_t ascii_run(const char *s, size_t bytes)
{
	const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
	size_t at = 0;

	while (bytes - at >= sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, s + at, sizeof word);
		if ((word | (word - ones)) & highs)
			break;
		at += sizeof word;
	}
	while (at < bytes && s[at] > 0)
		at++;
	return at;
}

bool utf8_valid(const char *s, size_t bytes, size_t *bad_at)
{
	size_t at = 0;

	while (at < bytes) {
		uint32_t cp;
		size_t len = ascii_run(s + at, bytes - at);

		if (len == 0)
			len = utf8_decode(s + at, bytes - at, &cp);
		if (len == 0) {
			if (bad_at)
				*bad_at = at;
			return false;
		}
		at += len;
	}
	return true;
}

static bool is_white(uint32_t cp)
{
	switch (cp) {
	case ' ': case '\t': case '\n': case '\v': case '\f': case '\r':
	case 0x85: case 0xA0: case 0x1680: case 0x2028: case 0x2029: case 0x202F: case 0x205F: case 0x3000: case 0xFEFF:
		return true;
	default:
		return cp >= 0x2000 && cp <= 0x200B;
	}
}

/* The bytes of `s` (valid) without outer white space. */
static const char *trimmed(const char *s, size_t *bytes)
{
	size_t left = *bytes;
	uint32_t cp = 0;

	while (left) {
		size_t len = utf8_decode(s, left, &cp);

		if (!is_white(cp))
			break;
		s += len;
		left -= len;
	}
	while (left) {
		size_t last = left - 1;

		while (last > 0 && ((unsigned char)s[last] & 0xC0) == 0x80)
			last--;
		utf8_decode(s + last, left - last, &cp);
		if (!is_white(cp))
			break;
		left = last;
	}
	*bytes = left;
	return s;
}

static char *unix_lines(const char *s, size_t bytes, bool *stable)
{
	char *copy = guichet_strndup(s, bytes);
	size_t from, to = 0;

	*stable = true;
	for (from = 0; from < bytes; from++) {
		char c = copy[from];

		/* Lead bytes up to 0xCB open code points below U+0300. */
		if ((unsigned char)c > 0xCB)
			*stable = false;
		if (c == '\r') {
			if (from + 1 < bytes && copy[from + 1] == '\n')
				continue;
			c = '\n';
		}
		copy[to++] = c;
	}
	copy[to] = '\0';
	return copy;
}

/* Replaces *s (owned, valid, NUL-terminated) with its NFC. */
static void to_nfc(char **s)
{
	utf8proc_uint8_t *nfc = NULL;
	utf8proc_ssize_t len = utf8proc_map((const utf8proc_uint8_t *)*s, 0, &nfc,
		UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE);

	/* The text is valid: what is left to fail is memory. */
	if (len < 0)
		guichet_out_of_memory();
	free(*s);
	*s = (char *)nfc;
}

enum guichet_rc utf8_accept(const char *what, const char *s, size_t bytes, size_t max, char **out,
	struct guichet_err *err)
{
	const char *nul;
	size_t bad = 0;
	char *accepted;
	bool stable;

	*out = NULL;
	if (bytes > max)
		return guichet_err_set(err, GUICHET_DATA, _("%s : trop long, %zu octets (au plus %zu)"), what, bytes, max);
	nul = bytes ? memchr(s, '\0', bytes) : NULL;
	if (nul)
		return guichet_err_set(err, GUICHET_DATA, _("%s : caractère nul à l'octet %zu, à retirer"), what,
			(size_t)(nul - s) + 1);
	if (!utf8_valid(s, bytes, &bad))
		return guichet_err_set(err, GUICHET_DATA,
			_("%s : octet 0x%02X à la position %zu, ce n'est pas de l'UTF-8 ; convertir le texte en UTF-8"), what,
			(unsigned)(unsigned char)s[bad], bad + 1);
	s = trimmed(s, &bytes);
	accepted = unix_lines(s, bytes, &stable);
	if (!stable)
		to_nfc(&accepted);
	/* A few characters are longer in NFC. */
	if (strlen(accepted) > max) {
		size_t len = strlen(accepted);

		free(accepted);
		return guichet_err_set(err, GUICHET_DATA, _("%s : trop long, %zu octets (au plus %zu)"), what, len, max);
	}
	*out = accepted;
	return GUICHET_OK;
}

static size_t encode(uint32_t cp, char out[5])
{
	size_t len = (size_t)utf8proc_encode_char((utf8proc_int32_t)cp, (utf8proc_uint8_t *)out);

	out[len] = '\0';
	return len;
}

/* Characters that draw nothing, or whose effect or width a terminal does not tell. */
static bool is_hidden(uint32_t cp)
{
	switch (utf8proc_category((utf8proc_int32_t)cp)) {
	case UTF8PROC_CATEGORY_CC: case UTF8PROC_CATEGORY_CF: case UTF8PROC_CATEGORY_CS: case UTF8PROC_CATEGORY_CO:
	case UTF8PROC_CATEGORY_CN: case UTF8PROC_CATEGORY_ZL: case UTF8PROC_CATEGORY_ZP:
		return true;
	default:
		/* Fillers and joiners that Unicode counts as letters or marks. */
		return cp == 0x34F || cp == 0x115F || cp == 0x1160 || cp == 0x3164 || cp == 0xFFA0 || cp == 0x17B4
			|| cp == 0x17B5 || (cp >= 0x180B && cp <= 0x180F);
	}
}

/* One shown unit: what stands on the screen for the next character of a text. */
struct shown {
	char text[16];    /* "‹U+10FFFF›" is 14 bytes */
	size_t bytes;
	int columns;
	uint32_t cp;      /* for grapheme breaks: of what is drawn */
};

/* Reads one character of `s` (NUL-terminated, not empty, perhaps invalid) and returns how many bytes it took. */
static size_t show_next(const char *s, bool multiline, struct shown *out)
{
	uint32_t cp = 0;
	size_t taken;

	if (*s >= ' ' && *s < 0x7F) {
		*out = (struct shown){ { *s, '\0' }, 1, 1, (uint32_t)*s };
		return 1;
	}
	taken = utf8_decode(s, strnlen(s, 4), &cp);
	out->columns = 1;
	if (taken == 0) {
		taken = 1;
		cp = 0xFFFD;
	} else if (cp == '\n' && multiline) {
		out->columns = 0;
	} else if (cp == '\n' || cp == '\t') {
		cp = ' ';
	} else if (cp < ' ') {
		cp += 0x2400;
	} else if (cp == 0x7F) {
		cp = 0x2421;
	} else if (is_hidden(cp)) {
		struct text mark = TEXT_INIT;

		text_addf(&mark, "‹U+%04X›", (unsigned)cp);
		out->bytes = mark.len;
		memcpy(out->text, mark.data, mark.len + 1);
		out->columns = (int)mark.len - 4;
		out->cp = 0x2039;
		text_done(&mark);
		return taken;
	} else {
		out->columns = utf8proc_charwidth((utf8proc_int32_t)cp);
	}
	out->cp = cp;
	out->bytes = encode(cp, out->text);
	return taken;
}

int utf8_width(const char *s)
{
	int64_t width = 0;

	while (*s) {
		struct shown unit;

		s += show_next(s, false, &unit);
		width += unit.columns;
	}
	return width > INT32_MAX ? INT32_MAX : (int)width;
}

void utf8_show(struct text *out, const char *s, bool multiline)
{
	while (*s) {
		struct shown unit;

		s += show_next(s, multiline, &unit);
		text_addn(out, unit.text, unit.bytes);
	}
}

void utf8_fit(struct text *out, const char *s, int columns, bool pad)
{
	size_t start = out->len, safe = start;
	int width = 0, safe_width = 0;
	utf8proc_int32_t before = 0, state = 0;

	if (columns <= 0)
		return;
	while (*s && width <= columns) {
		struct shown unit;

		s += show_next(s, false, &unit);
		/* A whole grapheme stands before this one: a cut may go there if the ellipsis still fits. */
		if ((out->len == start || utf8proc_grapheme_break_stateful(before, (utf8proc_int32_t)unit.cp, &state))
		    && width < columns) {
			safe = out->len;
			safe_width = width;
		}
		before = (utf8proc_int32_t)unit.cp;
		width += unit.columns;
		text_addn(out, unit.text, unit.bytes);
	}
	if (width > columns && out->data) {
		out->len = safe;
		out->data[safe] = '\0';
		text_add(out, "…");
		width = safe_width + 1;
	}
	for (; pad && width < columns; width++)
		text_addc(out, ' ');
}
