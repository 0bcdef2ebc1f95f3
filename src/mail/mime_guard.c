// SPDX-License-Identifier: GPL-3.0-or-later
/* Looks at the bytes of a mail before a parser does: some mails are built so that each byte costs a hundred in memory, or that time grows with the square of
 * the size. Must not understand more of a mail than lines. */
#include "mime_inside.h"

#include <string.h>
#include <strings.h>

enum {
	DASHED_MAX = 20000,             /* lines that might be a boundary */
	TYPED_MAX = 20000,              /* lines that might open a part in a part */
	ADDRESSES_BYTES = 64 * 1024,    /* of one header that holds addresses */
	HEADER_LINES_MAX = 4000,
	HEADER_BYTES = 64 * 1024,       /* of one header */
	CR_LOOKED = 8192,
};

static bool holds_addresses(const char *line, size_t n)
{
	static const char *const names[] = { "to:", "cc:", "bcc:", "from:", "sender:", "reply-to:", "resent-", "disposition-notification-to:", "references:",
		"in-reply-to:", "content-type:", "content-disposition:" };
	/* Most lines begin otherwise. */
	if (!strchr("tTcCbBfFsSrRdDiI", *line))
		return false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (n >= strlen(names[i]) && !strncasecmp(line, names[i], strlen(names[i])))
			return true;
	return false;
}

static size_t find_start(const char *data, size_t bytes)
{
	size_t at = 0;
	for (int i = 0; i < 16 && at < bytes; i++) {
		const char *end = memchr(data + at, '\n', bytes - at);
		size_t n = end ? (size_t)(end - data) + 1 - at : bytes - at;
		bool blank = n <= 2 && (data[at] == '\n' || data[at] == '\r');
		bool mbox = (n > 5 && !memcmp(data + at, "From ", 5)) || (n > 6 && !memcmp(data + at, ">From ", 6));
		/* Some spools put a byte order mark there. */
		if (!i && bytes >= 3 && !memcmp(data, "\xEF\xBB\xBF", 3)) {
			at += 3;
			continue;
		}
		if (!blank && !mbox)
			break;
		at += n;
	}
	return at;
}

struct lines { size_t dashed, typed, headers, run; bool addresses, in_headers; };

/* True: harmful. */
static bool count_line(struct lines *l, const char *line, size_t n)
{
	bool continued = *line == ' ' || *line == '\t';
	if (!continued) {
		l->addresses = holds_addresses(line, n);
		l->run = 0;
		l->dashed += n > 2 && line[0] == '-' && line[1] == '-';
		l->typed += (*line == 'C' || *line == 'c') && n > 13 && !strncasecmp(line, "content-type:", 13);
	}
	l->run += n;
	if (l->in_headers && (++l->headers > HEADER_LINES_MAX || l->run > HEADER_BYTES))
		return true;
	return l->dashed > DASHED_MAX || l->typed > TYPED_MAX || (l->addresses && l->run > ADDRESSES_BYTES);
}

void mime_guard(const char *data, size_t bytes, struct mime_guard *out)
{
	struct lines l = { .in_headers = true };
	*out = (struct mime_guard){ .skip = find_start(data, bytes), .headers_end = bytes };
	size_t looked = bytes < CR_LOOKED ? bytes : CR_LOOKED;
	if (looked && !memchr(data, '\n', looked) && memchr(data, '\r', looked)) {
		/* How an old Macintosh ended its lines: looked at again once they are mended. */
		out->mend = true;
		out->skip = 0;
		return;
	}
	for (size_t at = out->skip; at < bytes;) {
		const char *end = memchr(data + at, '\n', bytes - at);
		size_t n = end ? (size_t)(end - data) + 1 - at : bytes - at;
		if (l.in_headers && (data[at] == '\n' || (data[at] == '\r' && n == 2))) {
			l.in_headers = false;
			out->headers_end = at;
		}
		if (count_line(&l, data + at, n) || (l.in_headers && at + n - out->skip > MAIL_HEADERS_BYTES)) {
			out->harmful = true;
			if (l.in_headers)
				out->headers_end = at;
			break;
		}
		at += n;
	}
	out->mend = memchr(data + out->skip, '\0', out->headers_end - out->skip) != NULL;
}

char *mime_mend(const char *data, size_t bytes, const struct mime_guard *g)
{
	size_t looked = bytes < CR_LOOKED ? bytes : CR_LOOKED;
	bool only_cr = !memchr(data, '\n', looked) && memchr(data, '\r', looked);
	char *copy = guichet_alloc(bytes - g->skip + 1);
	memcpy(copy, data + g->skip, bytes - g->skip);
	for (size_t i = 0; i < bytes - g->skip; i++) {
		if (only_cr && copy[i] == '\r')
			copy[i] = '\n';
		else if (!only_cr && i + g->skip >= g->headers_end)
			break;
		else if (!copy[i])
			copy[i] = ' ';
	}
	return copy;
}
