// SPDX-License-Identifier: GPL-3.0-or-later
/* The technical log: one line an event, to a file descriptor that main chose (none by default). Never personal data: callers
 * pass codes, counts and references, not texts. */
#ifndef GUICHET_BASE_LOG_H
#define GUICHET_BASE_LOG_H

void log_start(int fd);
void log_event(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
