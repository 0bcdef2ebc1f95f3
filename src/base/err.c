// SPDX-License-Identifier: GPL-3.0-or-later
/* Error messages: one line, cut on a whole character, unable to act on a terminal. Must not know who shows them. */
#include "guichet/base/err.h"

#include <stdio.h>
#include <string.h>

#include "guichet/base/text.h"
#include "guichet/base/utf8.h"

/* Longer than a message may be, so that what vsnprintf cuts is cut again on a whole character. */
enum { RAW_MAX = 4 * GUICHET_ERR_MAX };

static void keep(struct guichet_err *err, const char *raw)
{
	static const char ellipsis[] = "…";
	struct text shown = TEXT_INIT;
	size_t len;

	utf8_show(&shown, raw, false);
	len = shown.len;
	if (len >= sizeof err->message) {
		len = sizeof err->message - sizeof ellipsis;
		while (len > 0 && ((unsigned char)shown.data[len] & 0xC0) == 0x80)
			len--;
		memcpy(err->message + len, ellipsis, sizeof ellipsis);
	} else {
		err->message[len] = '\0';
	}
	if (len)
		memcpy(err->message, shown.data, len);
	text_done(&shown);
}

enum guichet_rc guichet_err_set(struct guichet_err *err, enum guichet_rc code, const char *format, ...)
{
	char raw[RAW_MAX];
	va_list args;

	if (!err)
		return code;
	va_start(args, format);
	if (vsnprintf(raw, sizeof raw, format, args) < 0)
		snprintf(raw, sizeof raw, "%s", format);
	va_end(args);
	err->code = code;
	err->retryable = code == GUICHET_LOCKED || code == GUICHET_UNAVAILABLE;
	keep(err, raw);
	return code;
}

void guichet_err_prefix(struct guichet_err *err, const char *format, ...)
{
	char prefix[GUICHET_ERR_MAX], raw[RAW_MAX];
	va_list args;

	if (!err)
		return;
	va_start(args, format);
	if (vsnprintf(prefix, sizeof prefix, format, args) < 0)
		prefix[0] = '\0';
	va_end(args);
	snprintf(raw, sizeof raw, "%s%s", prefix, err->message);
	keep(err, raw);
}
