// SPDX-License-Identifier: GPL-3.0-or-later
/* Files kept with a request. Must not open any: bytes and names are given. */
#include "guichet/core/attachment.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "guichet/base/utf8.h"

enum { NAME_MAX_BYTES = 100 };

static const struct { const char *type, *label, *extension; } kinds[] = {
	{ "application/pdf", "PDF", ".pdf" }, { "image/jpeg", "JPEG", ".jpg" }, { "image/png", "PNG", ".png" }, { "image/tiff", "TIFF", ".tif" },
};

static bool begins(const void *head, size_t bytes, const char *mark, size_t length)
{
	return bytes >= length && !memcmp(head, mark, length);
}

const char *attachment_type(const void *head, size_t bytes)
{
	const char *p = head;
	static const char png[] = "\x89PNG\r\n\x1a\n", little[] = "II*", big[] = "MM\0*", little_64[] = "II+", big_64[] = "MM\0+";
	if (bytes > ATTACHMENT_HEAD)
		bytes = ATTACHMENT_HEAD;
	if (begins(p, bytes, png, 8))
		return "image/png";
	if (begins(p, bytes, "\xff\xd8\xff", 3))
		return "image/jpeg";
	/* The NUL that ends these literals is part of the mark. */
	if (begins(p, bytes, little, 4) || begins(p, bytes, big, 4) || begins(p, bytes, little_64, 4) || begins(p, bytes, big_64, 4))
		return "image/tiff";
	/* Some scanners put a few bytes before it, and readers take that (ISO 32000-1, annex H). */
	for (size_t i = 0; i + 5 <= bytes; i++)
		if (!memcmp(p + i, "%PDF-", 5))
			return "application/pdf";
	return NULL;
}

const char *attachment_label(const char *type)
{
	for (size_t i = 0; type && i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(kinds[i].type, type))
			return kinds[i].label;
	return "";
}

/* --- paths --- */

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void add_address(struct text *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int high = s[i] == '%' && i + 2 < n ? hex(s[i + 1]) : -1, low = high >= 0 ? hex(s[i + 2]) : -1;
		if (low >= 0 && (high || low)) {
			text_addc(out, (char)(high * 16 + low));
			i += 2;
		} else {
			text_addc(out, s[i]);
		}
	}
}

/* As a shell reads it outside quotes. */
static void add_escaped(struct text *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		i += s[i] == '\\' && i + 1 < n;
		text_addc(out, s[i]);
	}
}

void attachment_path(struct text *out, const char *typed, const char *home)
{
	typed += strspn(typed, " \n\t");
	size_t n = strlen(typed);
	while (n && strchr(" \n\t", typed[n - 1]))
		n--;
	bool quoted = n >= 2 && (typed[0] == '\'' || typed[0] == '"') && typed[n - 1] == typed[0];
	if (quoted) {
		typed++;
		n -= 2;
	}
	if (n >= 7 && !strncmp(typed, "file://", 7)) {
		/* file://host/path: ours, or nobody's. */
		const char *path = memchr(typed + 7, '/', n - 7);
		if (path)
			add_address(out, path, n - (size_t)(path - typed));
		return;
	}
	if (!quoted && home && n >= 2 && typed[0] == '~' && typed[1] == '/') {
		text_add(out, home);
		typed++;
		n--;
	}
	if (quoted)
		text_addn(out, typed, n);
	else
		add_escaped(out, typed, n);
}

const char *attachment_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* --- names --- */

static bool is_plain(uint32_t c)
{
	static const char refused[] = "/\\:*?\"<>|'`$&;!#~%{}[]()^=,";
	/* Letters of all scripts, but no control, format or private sign: utf8_show would not leave those as they are. */
	return c > ' ' && c != 0x7f && (c >= 0x80 || !strchr(refused, (int)c));
}

static void add_plain(struct text *out, const char *name)
{
	struct text shown = TEXT_INIT;
	utf8_show(&shown, name, false);
	const char *p = text_str(&shown);
	for (size_t left = shown.len, n; left; p += n, left -= n) {
		uint32_t c = 0;
		n = utf8_decode(p, left, &c);
		n = n ? n : 1;
		if (out->len + n > NAME_MAX_BYTES)
			break;
		if (is_plain(c))
			text_addn(out, p, n);
		else if (out->len && out->data[out->len - 1] != '_')
			text_addc(out, '_');
	}
	text_done(&shown);
}

void attachment_safe_name(struct text *out, const char *name, const char *type)
{
	struct text plain = TEXT_INIT;
	const char *extension = ".bin";
	for (size_t i = 0; type && i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(kinds[i].type, type))
			extension = kinds[i].extension;
	add_plain(&plain, attachment_name(name));
	const char *from = text_str(&plain);
	from += strspn(from, ".-_");
	size_t n = strlen(from);
	/* Its own ending goes: "facture.pdf.exe" is no PDF because it says so. */
	const char *dot = strrchr(from, '.');
	if (dot && from + n - dot <= 6)
		n = (size_t)(dot - from);
	while (n && strchr("._-", from[n - 1]))
		n--;
	if (n)
		text_addn(out, from, n);
	else
		text_add(out, "piece");
	text_add(out, extension);
	text_done(&plain);
}
