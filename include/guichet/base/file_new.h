// SPDX-License-Identifier: GPL-3.0-or-later
/* A file that is not there yet: all of it, on the disk, or nothing. */
#ifndef GUICHET_BASE_FILE_NEW_H
#define GUICHET_BASE_FILE_NEW_H

#include <stdbool.h>

#include "guichet/base/err.h"
#include "guichet/base/text.h"

/* GUICHET_CANT_CREATE: it is there already, or can't be made. */
enum guichet_rc file_write_new(const char *path, const struct text *t, struct guichet_err *err);
/* All of these bytes, however many a write takes; false: errno says why. */
bool file_write_all(int fd, const void *data, size_t bytes);

#endif
