// SPDX-License-Identifier: GPL-3.0-or-later
/* What stands for a character where only ASCII can be shown: signs from a table, letters without their marks. */
#include "guichet/base/ascii.h"

#include <string.h>
#include <utf8proc.h>

enum { PARTS_MAX = ASCII_MAX, FRACTION = 0x2044 };

static const char *sign_of(uint32_t cp)
{
	static const struct { uint32_t cp; const char *ascii; } signs[] = {
		{ 0xA0, " " }, { 0xA7, "par." }, { 0xAB, "\"" }, { 0xB0, "o" }, { 0xB7, "." }, { 0xBB, "\"" }, { 0xC6, "AE" }, { 0xD7, "x" },
		{ 0xDF, "ss" }, { 0xE6, "ae" }, { 0x152, "OE" }, { 0x153, "oe" }, { 0x2010, "-" }, { 0x2011, "-" }, { 0x2012, "-" },
		{ 0x2013, "-" }, { 0x2014, "-" }, { 0x2015, "-" }, { 0x2018, "'" }, { 0x2019, "'" }, { 0x201A, "," }, { 0x201C, "\"" },
		{ 0x201D, "\"" }, { 0x201E, "\"" }, { 0x2022, "*" }, { 0x2026, "..." }, { 0x202F, " " }, { 0x2039, "<" }, { 0x203A, ">" },
		{ FRACTION, "/" }, { 0x20AC, "EUR" }, { 0x2190, "<-" }, { 0x2191, "^" }, { 0x2192, "->" }, { 0x2193, "v" }, { 0x2212, "-" },
		{ 0x2260, "!=" }, { 0x2264, "<=" }, { 0x2265, ">=" }, { 0x2500, "-" }, { 0x2502, "|" }, { 0x2588, "#" }, { 0x2591, "." },
		{ 0x25A0, "#" }, { 0x25B2, "^" }, { 0x25B6, ">" }, { 0x25B8, ">" }, { 0x25BC, "v" }, { 0x25C0, "<" }, { 0x25CB, "o" },
		{ 0x25CF, "*" }, { 0x26A0, "!" }, { 0x2713, "v" }, { 0x2717, "x" },
	};

	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (signs[i].cp == cp)
			return signs[i].ascii;
	return NULL;
}

size_t ascii_of(uint32_t cp, char out[ASCII_MAX])
{
	const char *sign = sign_of(cp);
	utf8proc_int32_t parts[PARTS_MAX];
	utf8proc_ssize_t count;
	size_t n = 0;
	int boundary = 0;

	if (sign) {
		n = strlen(sign);
		memcpy(out, sign, n);
		return n;
	}
	/* ␛ and its like: the caret form that terminals print. */
	if (cp >= 0x2400 && cp <= 0x2421) {
		out[0] = '^';
		out[1] = cp == 0x2421 ? '?' : (char)(cp - 0x2400 + '@');
		return 2;
	}
	count = utf8proc_decompose_char((utf8proc_int32_t)cp, parts, PARTS_MAX, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_STRIPMARK, &boundary);
	for (utf8proc_ssize_t i = 0; i < count && i < PARTS_MAX; i++)
		if ((parts[i] >= ' ' && parts[i] < 0x7F) || parts[i] == FRACTION)
			out[n++] = parts[i] == FRACTION ? '/' : (char)parts[i];
	return n;
}
