// SPDX-License-Identifier: GPL-3.0-or-later
/* See write.h. Must not know whom it is for. */
#include "guichet/mail/write.h"

#include <stdio.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/core/calendar.h"

/* WORD_BYTES: of an encoded word before base64, so that it stays within 75 (RFC 2047, 2). WIDTH: columns of a flowed
 * line. */
enum { HEADER_COLUMNS = 76, WORD_BYTES = 42, WIDTH = 72, QUOTED_COLUMNS = 76 };

static const char base64_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* --- headers --- */

/* One line, valid, with nothing in it that controls. */
static void clean(struct text *out, const char *s)
{
	size_t left = strlen(s), n;
	for (uint32_t c; left > 0; s += n, left -= n) {
		n = utf8_decode(s, left, &c);
		if (n && c >= ' ' && c != 0x7f && !(c >= 0x80 && c < 0xa0) && c != 0x2028 && c != 0x2029)
			text_addn(out, s, n);
		else
			text_addc(out, ' ');
		n = n ? n : 1;
	}
}

static bool is_plain(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s >= 0x7f || (unsigned char)*s < ' ')
			return false;
	return true;
}

static void add_base64(struct text *out, const unsigned char *s, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += 3) {
		size_t n = bytes - i < 3 ? bytes - i : 3;
		uint32_t v = (uint32_t)s[i] << 16 | (n > 1 ? (uint32_t)s[i + 1] << 8 : 0) | (n > 2 ? s[i + 2] : 0);
		for (size_t k = 0; k < 4; k++)
			text_addc(out, k <= n ? base64_letters[v >> (18 - 6 * k) & 63] : '=');
	}
}

/* Whole characters, as many as an encoded word may hold. */
static size_t word_bytes(const char *s)
{
	size_t taken = 0, n;
	for (uint32_t c; s[taken] && (n = utf8_decode(s + taken, strlen(s + taken), &c)) > 0 && taken + n <= WORD_BYTES;)
		taken += n;
	return taken ? taken : 1;
}

static void add_encoded(struct text *out, const char *s)
{
	while (*s) {
		size_t n = word_bytes(s);
		text_add(out, "=?UTF-8?B?");
		add_base64(out, (const unsigned char *)s, n);
		text_add(out, "?=");
		s += n;
		if (*s)
			text_add(out, "\r\n ");
	}
}

/* Folded at its blanks. */
static void add_folded(struct text *out, const char *s, size_t column)
{
	while (*s) {
		size_t n = strcspn(s + 1, " ") + 1;
		if (column + n > HEADER_COLUMNS && *s == ' ') {
			text_add(out, "\r\n");
			column = 0;
		}
		text_addn(out, s, n);
		column += n;
		s += n;
	}
}

static void add_unstructured(struct text *out, const char *name, const char *value)
{
	struct text line = TEXT_INIT;
	clean(&line, value);
	text_addf(out, "%s: ", name);
	if (is_plain(text_str(&line)) && !strstr(text_str(&line), "=?"))
		add_folded(out, text_str(&line), strlen(name) + 2);
	else
		add_encoded(out, text_str(&line));
	text_add(out, "\r\n");
	text_done(&line);
}

static void add_from(struct text *out, const char *name, const char *address)
{
	struct text line = TEXT_INIT;
	clean(&line, name);
	text_add(out, "From: ");
	if (line.len > 0 && is_plain(text_str(&line)) && !strpbrk(text_str(&line), "\"\\"))
		text_addf(out, "\"%s\" ", text_str(&line));
	else if (line.len > 0) {
		add_encoded(out, text_str(&line));
		text_add(out, "\r\n ");
	}
	text_clear(&line);
	clean(&line, address);
	text_addf(out, "<%s>\r\n", text_str(&line));
	text_done(&line);
}

/* Ids in <>; what cannot be one is left out: it was written by a stranger. */
static void add_ids(struct text *out, const char *name, const char *ids)
{
	size_t column = strlen(name) + 1, count = 0;
	for (const char *p = ids ? ids : ""; *p;) {
		p += strspn(p, " ");
		size_t n = strcspn(p, " ");
		bool good = n > 2 && n < 250 && memchr(p, '@', n);
		for (size_t i = 0; i < n; i++)
			good &= (unsigned char)p[i] > ' ' && (unsigned char)p[i] < 0x7f && !strchr("<>\"", p[i]);
		if (good) {
			if (count++ == 0)
				text_addf(out, "%s:", name);
			text_addf(out, "%s <%.*s>", column + n + 3 > HEADER_COLUMNS && column > strlen(name) + 1 ? "\r\n" : "",
				(int)n, p);
			column += n + 3;
			if (column > HEADER_COLUMNS)
				column = n + 3;
		}
		p += n;
	}
	if (count)
		text_add(out, "\r\n");
}

static void add_date(struct text *out, int64_t ms)
{
	static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	static const char *const months[] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct civil c = paris_civil(ms);
	int offset = paris_offset_minutes(ms);
	text_addf(out, "Date: %s, %d %s %04d %02d:%02d:%02d +%02d%02d\r\n", days[day_weekday(paris_day(ms))], c.day,
		months[c.month - 1], c.year, c.hour, c.minute, c.second, offset / 60, offset % 60);
}

/* --- the text --- */

/* One line in quoted-printable, its CRLF included. */
static void add_quoted(struct text *out, const char *s, size_t bytes)
{
	size_t column = 0;
	for (size_t i = 0; i < bytes; i++) {
		unsigned char c = (unsigned char)s[i];
		bool last = i + 1 == bytes, plain = (c > ' ' && c < 0x7f && c != '=') || (c == ' ' && !last);
		/* A dot that stands alone, and "From " at the beginning, are what old relays stumble over. */
		if (column == 0 && ((c == '.' && bytes == 1) || (c == 'F' && bytes >= 5 && !strncmp(s, "From ", 5))))
			plain = false;
		size_t width = plain ? 1 : 3;
		if (column + width > QUOTED_COLUMNS - (last ? 0 : 1)) {
			text_add(out, "=\r\n");
			column = 0;
		}
		if (plain)
			text_addc(out, (char)c);
		else
			text_addf(out, "=%02X", c);
		column += width;
	}
	text_add(out, "\r\n");
}

/* A line that goes on (ends in a blank) or not, stuffed where a reader would take its beginning for a quotation (RFC
 * 3676, 4.4). */
static void add_line(struct text *out, const char *s, size_t bytes, bool goes_on)
{
	struct text line = TEXT_INIT;
	if (bytes > 0 && (*s == ' ' || *s == '>'))
		text_addc(&line, ' ');
	text_addn(&line, s, bytes);
	if (goes_on)
		text_addc(&line, ' ');
	add_quoted(out, text_str(&line), line.len);
	text_done(&line);
}

/* The bytes of the first line of a paragraph: up to the last blank within the width; a word that is longer stays
 * whole. */
static size_t first_line(const char *s, size_t bytes)
{
	size_t columns = 0, fits = 0, n;
	for (size_t i = 0; i < bytes; i += n) {
		uint32_t c;
		n = utf8_decode(s + i, bytes - i, &c);
		n = n ? n : 1;
		if (s[i] == ' ' && i > 0 && s[i - 1] != ' ' && (columns < WIDTH || !fits))
			fits = i;
		if (columns >= WIDTH && fits)
			return fits;
		columns++;
	}
	return bytes;
}

static void add_paragraph(struct text *out, const char *s, size_t bytes)
{
	/* The mark of a signature ends in a blank, and is no line that goes on. */
	if (bytes == 3 && !strncmp(s, "-- ", 3)) {
		add_quoted(out, s, bytes);
		return;
	}
	while (bytes > 0 && s[bytes - 1] == ' ')
		bytes--;
	do {
		size_t n = first_line(s, bytes), blanks = strspn(s + n, " ");
		bool goes_on = n + blanks < bytes;
		add_line(out, s, n, goes_on);
		n = goes_on ? n + blanks : bytes;
		s += n;
		bytes -= n;
	} while (bytes > 0);
}

void mail_write(const struct mail_out *m, struct text *out)
{
	add_date(out, m->date_ms);
	add_from(out, m->from_name, m->from);
	struct text to = TEXT_INIT;
	clean(&to, m->to);
	text_addf(out, "To: <%s>\r\n", text_str(&to));
	text_done(&to);
	add_unstructured(out, "Subject", m->subject);
	add_ids(out, "Message-ID", m->message_id);
	add_ids(out, "In-Reply-To", m->in_reply_to);
	add_ids(out, "References", m->references);
	if (m->automatic != MAIL_BY_HAND)
		text_addf(out, "Auto-Submitted: %s\r\nX-Auto-Response-Suppress: All\r\n",
			m->automatic == MAIL_AUTO_REPLIED ? "auto-replied" : "auto-generated");
	text_add(out,
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8; format=flowed\r\nContent-Transfer-Encoding: quoted-printable\r\n"
		"Content-Language: fr\r\n\r\n");
	for (const char *p = m->text; *p;) {
		size_t n = strcspn(p, "\n");
		add_paragraph(out, p, n);
		p += n + (p[n] == '\n');
	}
}
