// SPDX-License-Identifier: GPL-3.0-or-later
/* Text as troff reads it, and the macros that lay a letter out. Whatever a citizen wrote is printed, never obeyed: every character that could mean something to
 * troff is named instead, and each line begins with one that keeps it from being a request. Plain ASCII comes out, so that no coding is to be guessed (preconv). */
#include <string.h>

#include "guichet/base/ascii.h"
#include "guichet/base/utf8.h"
#include "letter_inside.h"

enum { NO_BREAK_SPACE = 0xA0, NARROW_SPACE = 0x202F, SOFT_HYPHEN = 0xAD, COMBINING_LAST = 0x36F, FORMAT_FIRST = 0x200B,
	FORMAT_LAST = 0x206F, BYTE_ORDER_MARK = 0xFEFF };

/* What the fonts of groff's PDF device hold beside ASCII (font/devpdf): Latin-1, and these. */
static bool has_glyph(uint32_t cp)
{
	static const uint16_t others[] = {0x152, 0x153, 0x160, 0x161, 0x178, 0x17D, 0x17E, 0x141, 0x142, 0x192, 0x2013, 0x2014, 0x2018, 0x2019, 0x201A, 0x201C,
		0x201D, 0x201E, 0x2020, 0x2021, 0x2022, 0x2026, 0x2030, 0x2039, 0x203A, 0x20AC, 0x2122};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (others[i] == cp)
			return true;
	return cp > NO_BREAK_SPACE && cp <= 0xFF && cp != SOFT_HYPHEN;
}

static void add_ascii(struct text *out, char c)
{
	static const struct { char c; const char *name; } names[] = {{'\\', "\\[rs]"}, {'\'', "\\[cq]"}, {'`', "\\[ga]"}, {'^', "\\[ha]"}, {'~', "\\[ti]"},
		{'"', "\\[dq]"}};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (names[i].c == c) {
			text_add(out, names[i].name);
			return;
		}
	}
	text_addc(out, (unsigned char)c < ' ' || c == 0x7F ? ' ' : c);
}

static void add_character(struct text *out, uint32_t cp, char next)
{
	char ascii[ASCII_MAX];
	size_t n;

	if (cp < 0x80) {
		add_ascii(out, (char)cp);
	} else if (cp == NO_BREAK_SPACE || cp == NARROW_SPACE) {
		/* French: a thin one before ; ! ? */
		text_add(out, next && strchr(";!?", next) ? "\\|" : "\\~");
	} else if (has_glyph(cp)) {
		text_addf(out, "\\[u%04X]", (unsigned)cp);
	} else if ((n = ascii_of(cp, ascii)) > 0) {
		for (size_t i = 0; i < n; i++)
			add_ascii(out, ascii[i]);
	} else if (cp > COMBINING_LAST && (cp < FORMAT_FIRST || cp > FORMAT_LAST) && cp != BYTE_ORDER_MARK) {
		/* Of another script: something stood there. */
		text_addc(out, '?');
	}
}

/* A word that no line could hold may be broken where it can: an address on the web, or nonsense. */
static size_t word_at(const char *s, size_t left)
{
	size_t n = 0;

	while (n < left && s[n] != ' ' && s[n] != '\n')
		n++;
	return n;
}

/* Names are not hyphenated: a capital begins them, in ASCII or in Latin-1. */
static bool is_name(const char *s, size_t left)
{
	unsigned char first = (unsigned char)*s, second = left > 1 ? (unsigned char)s[1] : 0;

	return (first >= 'A' && first <= 'Z') || (first == 0xC3 && second >= 0x80 && second <= 0x9E);
}

void groff_add(struct text *out, const char *s, size_t bytes, enum groff_word longest)
{
	size_t in_word = 0, word = 0;

	for (size_t i = 0; i < bytes;) {
		uint32_t cp;
		size_t n = utf8_decode(s + i, bytes - i, &cp);
		if (n == 0) {
			i++;
			continue;
		}
		if (s[i] == ' ') {
			word = in_word = 0;
		} else if (in_word == 0) {
			word = word_at(s + i, bytes - i);
			if (is_name(s + i, bytes - i))
				text_add(out, "\\%");
		}
		add_character(out, cp, i + n < bytes ? s[i + n] : '\0');
		in_word += s[i] != ' ';
		if (word > (size_t)longest && in_word > 0 && (strchr("/-.@?&=_", s[i]) || in_word % (size_t)longest == 0))
			text_add(out, "\\:");
		i += n;
	}
}

void groff_define(struct text *out, const char *name, const char *value)
{
	text_addf(out, ".ds %s \"", name);
	if (value && *value)
		groff_add(out, value, strlen(value), WORD_IN_LINE);
	text_addc(out, '\n');
}

void groff_add_body(struct text *out, const char *s, size_t bytes)
{
	bool gap = false;

	for (size_t i = 0; i < bytes;) {
		const char *end = memchr(s + i, '\n', bytes - i);
		size_t n = end ? (size_t)(end - s) - i : bytes - i;
		if (n == 0) {
			gap = true;
		} else {
			if (gap)
				text_add(out, ".GAP\n");
			gap = false;
			text_add(out, ".br\n\\&");
			groff_add(out, s + i, n, WORD_IN_LINE);
			text_addc(out, '\n');
		}
		i += n + 1;
	}
	text_add(out, ".br\n");
}

/* Positions are those of the sheet. Registers: exercise (EXERCICE on each page), total (pages of this letter; 0 while they are counted). Strings: reference, place,
 * address lines. FOOT and HEAD are sprung at the ends of pages; LETTER begins a letter on a page of its own numbered 1, and LAST ends it. */
const char letter_macros[] =
	".po 2c\n"
	".ll 17c\n"
	".pl 29.7c\n"
	".fam H\n"
	".ps 10.5\n"
	".vs 14p\n"
	".ss 12 0\n"
	".ad l\n"
	".hy 12\n"
	".hlm 2\n"
	".nr total 0\n"
	".ds reference \"\n"
	".de GAP\n"
	".\tsp 5p\n"
	".\tne 2\n"
	"..\n"
	".de HEAD\n"
	".\tev head\n"
	".\tpo 2c\n"
	".\tll 17c\n"
	".\tfam H\n"
	".\tnh\n"
	".\tif \\\\n[exercise] \\{\\\n"
	".\t\tsp |0.9c\n"
	".\t\tps 12\n"
	".\t\tce 1\n"
	"\\\\f[HB]EXERCICE : courrier sans valeur\\\\fP\n"
	".\t\tbr\n"
	".\t\\}\n"
	".\tev\n"
	".\tif \\\\n%>1 'sp |2.5c\n"
	".\tns\n"
	"..\n"
	".de FOOT\n"
	".\tev foot\n"
	".\tpo 2c\n"
	".\tll 17c\n"
	".\tfam H\n"
	".\tps 8.5\n"
	".\tnh\n"
	".\tsp |28.3c\n"
	".\tce 1\n"
	".\tie \\\\n[total] \\\\*[reference]page \\\\n%/\\\\n[total]\n"
	".\tel \\\\*[reference]page \\\\n%\n"
	".\tbr\n"
	".\tev\n"
	"'\tbp\n"
	"..\n"
	".wh 0 HEAD\n"
	".wh 27.4c FOOT\n"
	".nr letters 0\n"
	".de LETTER\n"
	".\tbr\n"
	".\tif \\\\n[letters] \\{\\\n"
	".\t\tpn 1\n"
	".\t\tbp\n"
	".\t\\}\n"
	".\tnr letters +1\n"
	".\tnr total \\\\$1\n"
	".\trs\n"
	"..\n"
	".de LAST\n"
	".\tbr\n"
	".\ttm guichet:letter \\\\n[letters] \\\\n%\n"
	"..\n"
	/* A column: where it begins (from the top), its left edge, its width. */
	".de COLUMN\n"
	".\tbr\n"
	".\tsp |\\\\$1\n"
	".\tin \\\\$2\n"
	".\tll (\\\\$2 + \\\\$3)\n"
	".\tnh\n"
	"..\n"
	".de WHOLE\n"
	".\tbr\n"
	".\tin 0\n"
	".\tll 17c\n"
	".\thy 12\n"
	"..\n";
