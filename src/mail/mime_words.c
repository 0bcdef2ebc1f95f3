// SPDX-License-Identifier: GPL-3.0-or-later
/* Encoded words of headers (RFC 2047) in a form that GMime reads whole: 3.2.8 to 3.2.13 join words in base64 before they undo it, and stop at the padding of the
 * first, so that the end of a subject or of a name is lost. Must not know which header it is. */
#include "mime_inside.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* "=?charset?B?dGV4dA==?=" */
struct word { const char *charset, *text, *end; size_t charset_bytes, text_bytes; };

static bool base64_word_at(const char *s, struct word *w)
{
	if (strncmp(s, "=?", 2) != 0)
		return false;
	w->charset = s + 2;
	w->charset_bytes = strcspn(w->charset, "?= \t\r\n");
	const char *how = w->charset + w->charset_bytes;
	if (w->charset_bytes == 0 || (strncmp(how, "?B?", 3) != 0 && strncmp(how, "?b?", 3) != 0))
		return false;
	w->text = how + 3;
	w->text_bytes = strcspn(w->text, "? \t\r\n");
	w->end = w->text + w->text_bytes + 2;
	return !strncmp(w->text + w->text_bytes, "?=", 2);
}

/* The same in quoted-printable; false: it is no base64. */
static bool add_quoted(struct text *out, const struct word *w)
{
	unsigned char *bytes = guichet_alloc(w->text_bytes + 1);
	size_t count = 0;
	bool good = sodium_base642bin(bytes, w->text_bytes + 1, w->text, w->text_bytes, NULL, &count, NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
	if (good) {
		text_addf(out, "=?%.*s?Q?", (int)w->charset_bytes, w->charset);
		for (size_t i = 0; i < count; i++)
			text_addf(out, "=%02X", bytes[i]);
		text_add(out, "?=");
	}
	free(bytes);
	return good;
}

char *mime_words(char *raw)
{
	struct text out = TEXT_INIT;
	struct word w;
	if (!strstr(raw, "=?="))
		return raw;
	for (const char *s = raw; *s;) {
		if (base64_word_at(s, &w) && add_quoted(&out, &w))
			s = w.end;
		else
			text_addc(&out, *s++);
	}
	free(raw);
	return text_take(&out);
}
