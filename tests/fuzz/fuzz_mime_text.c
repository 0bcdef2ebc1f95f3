// SPDX-License-Identifier: GPL-3.0-or-later
/* What becomes of a mail's text once its parts are known, each step by itself. The first byte says which: a charset's name, a line end and bytes in it; a page of HTML;
 * lines that were broken to fit; history and signature under what is new. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "../../src/mail/mime_inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_text(const struct text *t)
{
	check(strlen(text_str(t)) == t->len && utf8_valid(text_str(t), t->len, NULL));
}

static void convert(const char *s, size_t bytes)
{
	struct text out = TEXT_INIT;
	size_t n = 0;
	while (n < bytes && s[n] != '\n')
		n++;
	char *charset = guichet_strndup(s, n);
	mime_to_utf8(&out, s + n + (n < bytes), bytes - n - (n < bytes), charset);
	check_text(&out);
	free(charset);
	text_done(&out);
}

/* Bytes that are no space, of which none may be lost. */
static size_t ink(const char *s)
{
	size_t n = 0;
	for (; *s; s++)
		n += (unsigned char)*s > ' ';
	return n;
}

static void fold(const char *s, size_t bytes)
{
	char *clean = mime_clean(s, bytes, MIME_TEXT_BYTES, true), *fresh, *folded;
	mime_fold(clean, &fresh, &folded);
	check(utf8_valid(fresh, strlen(fresh), NULL) && utf8_valid(folded, strlen(folded), NULL));
	check(ink(fresh) + ink(folded) >= ink(clean));
	check(*fresh || !ink(clean));
	free(clean);
	free(fresh);
	free(folded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text in = TEXT_INIT, out = TEXT_INIT;
	char charset[64];
	if (size < 1)
		return 0;
	const char *s = (const char *)data + 1;
	mime_to_utf8(&in, s, size - 1, NULL);
	check_text(&in);
	switch (data[0]) {
	case 'c':
		convert(s, size - 1);
		break;
	case 'h':
		mime_html_charset(s, size - 1, charset, sizeof charset);
		mime_html(&out, text_str(&in), in.len);
		check_text(&out);
		break;
	case 'f':
		fold(s, size - 1);
		break;
	default:
		mime_unflow(&out, text_str(&in), data[0] == 'd');
		mime_tidy(&out);
		check_text(&out);
	}
	text_done(&in);
	text_done(&out);
	return 0;
}
