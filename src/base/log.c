// SPDX-License-Identifier: GPL-3.0-or-later
/* The technical log: one line an event, written in one go. Must not know any personal data: callers pass codes, counts and
 * references. */
#include "guichet/base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "guichet/base/text.h"
#include "guichet/base/utf8.h"

enum { LINE_MAX_BYTES = 2048 };

static atomic_int log_fd = -1;

void log_start(int fd)
{
	atomic_store(&log_fd, fd);
}

void log_event(const char *format, ...)
{
	int fd = atomic_load(&log_fd);
	struct text line = { .cap = 4 * LINE_MAX_BYTES };
	char raw[LINE_MAX_BYTES];
	struct timespec now;
	struct tm utc;
	va_list args;

	if (fd < 0)
		return;
	va_start(args, format);
	if (vsnprintf(raw, sizeof raw, format, args) < 0)
		raw[0] = '\0';
	va_end(args);
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	text_addf(&line, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ ", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
		utc.tm_hour, utc.tm_min, utc.tm_sec, now.tv_nsec / 1000000);
	utf8_show(&line, raw, false);
	text_addc(&line, '\n');
	/* A log that can't be written must not stop the desk. */
	if (write(fd, line.data, line.len) < 0)
		(void)fd;
	text_done(&line);
}
