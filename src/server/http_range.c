// SPDX-License-Identifier: GPL-3.0-or-later
/* Parts of an answer (RFC 9110, 13 and 14): a body that was torn off is taken up where it ended. One range at most; several are answered by the whole. */
#include <stdio.h>
#include <string.h>

#include "http_inside.h"

enum { DIGITS_MAX = 15 };

static const char *read_number(const char *s, size_t *out)
{
	size_t n = strspn(s, "0123456789");
	*out = 0;
	if (n == 0 || n > DIGITS_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++)
		*out = *out * 10 + (size_t)(s[i] - '0');
	return s + n;
}

enum http_part http_range(const char *header, size_t length, size_t *from, size_t *to)
{
	size_t first, last;
	*from = 0;
	*to = length;
	if (!header || strncmp(header, "bytes=", 6) != 0 || strchr(header, ','))
		return HTTP_WHOLE;
	const char *at = header + 6;
	if (*at == '-') {
		at = read_number(at + 1, &last);
		if (!at || *at)
			return HTTP_WHOLE;
		*from = last < length ? length - last : 0;
		return last == 0 || length == 0 ? HTTP_NO_SUCH_PART : HTTP_PART;
	}
	at = read_number(at, &first);
	if (!at || *at++ != '-')
		return HTTP_WHOLE;
	last = length > 0 ? length - 1 : 0;
	if (*at && (!(at = read_number(at, &last)) || *at || last < first))
		return HTTP_WHOLE;
	if (first >= length)
		return HTTP_NO_SUCH_PART;
	*from = first;
	*to = last < length ? last + 1 : length;
	return HTTP_PART;
}

bool http_etag_in(const char *header, const char *etag)
{
	size_t length = strlen(etag);
	if (header && !strcmp(header, "*"))
		return true;
	for (const char *at = header; at && *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ',')) {
		at += strspn(at, " ");
		const char *own = strncmp(at, "W/", 2) ? at : at + 2;
		if (!strncmp(own, etag, length) && strchr(", ", own[length]))
			return true;
	}
	return false;
}
