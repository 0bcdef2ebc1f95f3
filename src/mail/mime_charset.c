// SPDX-License-Identifier: GPL-3.0-or-later
/* Bytes in any charset, or in none that they say, to clean UTF-8. Knows nothing of mails. */
#include "mime_inside.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#include "guichet/base/utf8.h"

enum { NAME_MAX_BYTES = 40, MARKS_MAX = 20 /* on one letter */, REPLACEMENT = 0xFFFD };

/* What Windows-1252 has where ISO 8859-1 has controls; 0: nothing. */
static const uint16_t windows[32] = { 0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
	0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178 };

/* Names that mails use and iconv does not know, or takes too narrowly. "": to be guessed; "1252": Windows-1252, as every reader of mail takes it. */
static const char *const aliases[][2] = {
	{ "us-ascii", "" }, { "ascii", "" }, { "ansi_x3.4-1968", "" }, { "unknown-8bit", "" }, { "x-unknown", "" }, { "unknown", "" }, { "default", "" },
	{ "default_charset", "" }, { "_iso-8859-1", "1252" }, { "8bit", "" }, { "binary", "" }, { "none", "" }, { "utf-8", "utf-8" }, { "utf8", "utf-8" },
	{ "utf-8.", "utf-8" }, { "unicode-1-1-utf-8", "utf-8" }, { "iso-8859-1", "1252" }, { "iso8859-1", "1252" }, { "iso_8859-1", "1252" }, { "latin1", "1252" },
	{ "latin-1", "1252" }, { "windows-1252", "1252" }, { "cp1252", "1252" }, { "cp-1252", "1252" }, { "x-ansi", "1252" }, { "ansi", "1252" },
	{ "unicode-1-1-utf-7", "UTF-7" }, { "ks_c_5601-1987", "CP949" }, { "ks_c_5601", "CP949" }, { "euc-kr", "CP949" }, { "gb2312", "GB18030" },
	{ "gbk", "GB18030" }, { "x-gbk", "GB18030" }, { "shift_jis", "CP932" }, { "shift-jis", "CP932" }, { "x-sjis", "CP932" }, { "sjis", "CP932" },
	{ "iso-8859-8-i", "ISO-8859-8" }, { "iso-8859-6-i", "ISO-8859-6" }, { "cp-850", "CP850" }, { "x-mac-roman", "MACINTOSH" }, { "macroman", "MACINTOSH" },
	{ "cp-1251", "CP1251" }, { "iso-2022-jp", "ISO-2022-JP-3" }, { "big5", "BIG5-HKSCS" },
};

static void add_point(struct text *out, uint32_t cp)
{
	utf8proc_uint8_t bytes[4];
	if (!cp)
		return;
	text_addn(out, (const char *)bytes, (size_t)utf8proc_encode_char((utf8proc_int32_t)cp, bytes));
}

static void add_windows(struct text *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c < 0x80)
			add_point(out, c);
		else
			add_point(out, c >= 0xA0 ? c : windows[c - 0x80] ? windows[c - 0x80] : REPLACEMENT);
	}
}

/* Valid UTF-8 as it is. A few wrong bytes among right ones (a text that was cut) are replaced; else it is no UTF-8. */
static bool add_utf8(struct text *out, const char *s, size_t n, bool said)
{
	size_t right = 0, wrong = 0, start = out->len, from = 0;
	for (size_t i = 0; i < n;) {
		uint32_t cp;
		size_t len = utf8_decode(s + i, n - i, &cp);
		if (len && cp) {
			right += len > 1;
			i += len;
			continue;
		}
		text_addn(out, s + from, i - from);
		if (!len) {
			wrong++;
			add_point(out, REPLACEMENT);
		}
		from = ++i;
	}
	text_addn(out, s + from, n - from);
	if (!wrong || (said ? right >= wrong : right > 4 * wrong))
		return true;
	out->len = start;
	if (out->data)
		out->data[start] = '\0';
	return false;
}

/* False: nothing is known by this name, or half of it made no sense; `out` is as it was. */
static bool add_converted(struct text *out, const char *s, size_t n, const char *charset)
{
	char buffer[4096], *in = (char *)(uintptr_t)s;
	size_t left = n, start = out->len, wrong = 0;
	iconv_t cd = iconv_open("UTF-8", charset);
	if (cd == (iconv_t)-1)
		return false;
	for (bool more = true; more;) {
		char *to = buffer;
		size_t room = sizeof buffer;
		size_t done = left ? iconv(cd, &in, &left, &to, &room) : iconv(cd, NULL, NULL, &to, &room);
		more = left || done == (size_t)-1;
		/* Some charsets give a NUL. */
		for (const char *p = buffer; p < to; p++)
			if (*p)
				text_addc(out, *p);
		if (done != (size_t)-1 || errno == E2BIG)
			continue;
		if (!left)
			break;
		/* Wrong, or cut short at the end. */
		wrong++;
		add_point(out, REPLACEMENT);
		in++;
		left--;
	}
	iconv_close(cd);
	if (wrong > 3 && wrong > n / 10) {
		out->len = start;
		out->data[start] = '\0';
		return false;
	}
	return true;
}

void mime_to_utf8(struct text *out, const char *s, size_t bytes, const char *charset)
{
	char name[NAME_MAX_BYTES + 1] = "";
	const char *known = "";
	size_t n = 0;
	for (const char *p = charset ? charset : ""; *p && n < NAME_MAX_BYTES; p++)
		if (isalnum((unsigned char)*p) || strchr("-_.:", *p))
			name[n++] = *p;
	name[n] = '\0';
	known = name;
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
		if (!strcasecmp(name, aliases[i][0]))
			known = aliases[i][1];
	if (!strcmp(known, "1252")) {
		/* Said by many that write UTF-8: more than one letter of it is no chance. */
		if (utf8_valid(s, bytes, NULL) && add_utf8(out, s, bytes, true))
			return;
		add_windows(out, s, bytes);
		return;
	}
	bool said = !strcmp(known, "utf-8");
	if (*known && !said && add_converted(out, s, bytes, known))
		return;
	if (!add_utf8(out, s, bytes, said))
		add_windows(out, s, bytes);
}

size_t mime_whole(const char *s, size_t bytes)
{
	while (bytes && ((unsigned char)s[bytes] & 0xC0) == 0x80)
		bytes--;
	return bytes;
}

/* Draw nothing, and mean little in a mail: padding of newsletters, hints where to break a word, joiners. */
static bool is_padding(uint32_t cp)
{
	return cp == 0xAD || cp == 0x34F || cp == 0x61C || (cp >= 0x200B && cp <= 0x200F) || cp == 0x2060 || cp == 0xFEFF || (cp >= 0xE0000 && cp <= 0xE0FFF);
}

/* Normal form takes time with the square of the marks on one letter. */
static void strip(struct text *out, const char *s, size_t n, bool multiline)
{
	size_t marks = 0, from = 0;
	for (size_t i = 0; i < n;) {
		uint32_t cp = (unsigned char)s[i];
		size_t len = 1;
		bool drop = false;
		if (cp >= 0x80) {
			len = utf8_decode(s + i, n - i, &cp);
			utf8proc_category_t category = cp < 0x300 ? UTF8PROC_CATEGORY_LU : utf8proc_category((utf8proc_int32_t)cp);
			marks = category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC || category == UTF8PROC_CATEGORY_ME ? marks + 1 : 0;
			drop = marks > MARKS_MAX || is_padding(cp);
		} else {
			marks = 0;
			drop = !multiline && (cp == '\r' || cp == '\n');
		}
		if (drop) {
			text_addn(out, s + from, i - from);
			from = i + len;
			if (cp == '\n')
				text_addc(out, ' ');
		}
		i += len;
	}
	text_addn(out, s + from, n - from);
}

char *mime_clean(const char *s, size_t bytes, size_t max, bool multiline)
{
	struct text utf8 = TEXT_INIT, stripped = TEXT_INIT, shown = TEXT_INIT;
	char *clean = NULL;
	mime_to_utf8(&utf8, s, bytes, NULL);
	strip(&stripped, text_str(&utf8), utf8.len, multiline);
	if (multiline) {
		/* Line ends before marks: a CR is none. */
		size_t to = 0;
		for (size_t i = 0; i < stripped.len; i++)
			if (stripped.data[i] != '\r')
				stripped.data[to++] = stripped.data[i];
			else if (i + 1 == stripped.len || stripped.data[i + 1] != '\n')
				stripped.data[to++] = '\n';
		if (stripped.data)
			stripped.data[stripped.len = to] = '\0';
	}
	utf8_show(&shown, text_str(&stripped), multiline);
	utf8_accept("", text_str(&shown), shown.len, SIZE_MAX, &clean, NULL);
	if (!clean)
		clean = guichet_strdup("");
	if (!multiline) {
		/* Folding left blanks. */
		char *to = clean;
		for (const char *from = clean; *from; from++)
			if (*from != ' ' || (to > clean && to[-1] != ' '))
				*to++ = *from;
		*to = '\0';
	}
	if (strlen(clean) > max)
		clean[mime_whole(clean, max)] = '\0';
	text_done(&utf8);
	text_done(&stripped);
	text_done(&shown);
	return clean;
}
