// SPDX-License-Identifier: GPL-3.0-or-later
/* Standard output and standard error as the locale can show them: streams over the descriptors. Must not know what is printed. */
#include "guichet/base/output.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guichet/base/ascii.h"
#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/base/utf8.h"

enum { CHARACTER_BYTES = 4, ELLIPSIS = 0x2026 };

/* A process has one of each, as it has one locale. */
struct stream { int fd; char begun[CHARACTER_BYTES]; size_t begun_bytes; };   /* begun: of a character whose rest is still to come */
static struct stream streams[2] = { { .fd = STDOUT_FILENO }, { .fd = STDERR_FILENO } };
static bool ascii, raw;

static void add_character(struct text *out, uint32_t cp, const char *bytes, size_t count)
{
	char shown[ASCII_MAX], one[CHARACTER_BYTES + 1] = "";
	size_t n = ascii_of(cp, shown);

	/* In one column, as where columns were counted. */
	if (cp == ELLIPSIS)
		n = 1;
	if (n > 0) {
		text_addn(out, shown, n);
		return;
	}
	memcpy(one, bytes, count);
	for (int i = utf8_width(one); i > 0; i--)
		text_addc(out, '?');
}

/* How many bytes a character that begins so has; 1 when none begins so. */
static size_t length_of(char first)
{
	unsigned char c = (unsigned char)first;

	return c >= 0xF0 && c < 0xF8 ? 4 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xC0 && c < 0xE0 ? 2 : 1;
}

/* Gives back how many bytes at the end are the beginning of a character. */
static size_t add_ascii(struct text *out, const char *bytes, size_t count)
{
	size_t at = 0;

	while (at < count) {
		uint32_t cp;
		size_t taken = utf8_decode(bytes + at, count - at, &cp);

		if (taken == 0 && length_of(bytes[at]) > count - at)
			return count - at;
		if (taken < 2)
			text_addc(out, taken ? bytes[at] : '?');
		else
			add_character(out, cp, bytes + at, taken);
		at += taken ? taken : 1;
	}
	return 0;
}

static bool write_all(int fd, const char *bytes, size_t count)
{
	while (count > 0) {
		ssize_t n = write(fd, bytes, count);

		if (n < 0 && errno != EINTR)
			return false;
		bytes += n > 0 ? n : 0;
		count -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

static ssize_t write_stream(void *cookie, const char *bytes, size_t count)
{
	struct stream *s = cookie;
	struct text all = { .cap = SIZE_MAX }, shown = { .cap = SIZE_MAX };
	bool written;

	if (raw && s->fd == STDOUT_FILENO)
		return write_all(s->fd, bytes, count) ? (ssize_t)count : 0;
	text_addn(&all, s->begun, s->begun_bytes);
	text_addn(&all, bytes, count);
	s->begun_bytes = add_ascii(&shown, text_str(&all), all.len);
	memcpy(s->begun, text_str(&all) + all.len - s->begun_bytes, s->begun_bytes);
	written = write_all(s->fd, text_str(&shown), shown.len);
	text_done(&all);
	text_done(&shown);
	return written ? (ssize_t)count : 0;
}

static void open_stream(struct stream *s, FILE **stream, int mode)
{
	FILE *f = fopencookie(s, "w", (cookie_io_functions_t){ .write = write_stream });

	if (f)
		setvbuf(f, NULL, mode, BUFSIZ);
	else
		guichet_out_of_memory();
	fflush(*stream);
	*stream = f;
}

void output_start(void)
{
	if (ascii || i18n_is_utf8())
		return;
	ascii = true;
	open_stream(&streams[0], &stdout, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF);
	open_stream(&streams[1], &stderr, _IONBF);
}

bool output_as_is(bool as_is)
{
	bool before = raw;

	if (ascii && raw != as_is)
		fflush(stdout);
	raw = as_is;
	return before;
}
