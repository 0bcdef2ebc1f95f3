// SPDX-License-Identifier: GPL-3.0-or-later
/* Letters and photographs kept with a request: what a file is by its content, the path that a person typed or pasted, and a name that is safe to write. */
#ifndef GUICHET_CORE_ATTACHMENT_H
#define GUICHET_CORE_ATTACHMENT_H

#include <stddef.h>

#include "guichet/base/text.h"

enum { ATTACHMENT_HEAD = 1024 };   /* bytes that tell what a file is */

/* "application/pdf", "image/jpeg", "image/png", "image/tiff" by the first bytes of the file, whatever its name says; NULL: something else. */
const char *attachment_type(const void *head, size_t bytes);
/* "PDF", "JPEG"..., or "" for what we do not know. Constant. */
const char *attachment_label(const char *type);

/* The path meant by what was typed, pasted or dropped on the terminal: quotes around it, blanks escaped as a shell wants them, file:// with %20, and ~/ (with
 * `home`; NULL: left as it is). */
void attachment_path(struct text *out, const char *typed, const char *home);
/* The last part of a path. */
const char *attachment_name(const char *path);
/* A name to write a copy under, from one that came from outside: no folder, no sign that a terminal, a shell or a file manager takes for something else, never
 * hidden, never an option, and with the ending of what it is. */
void attachment_safe_name(struct text *out, const char *name, const char *type);

#endif
