// SPDX-License-Identifier: GPL-3.0-or-later
/* Characters that HTML writes by name or number: &eacute; &#233; &#xE9;. */
#ifndef GUICHET_MAIL_MIME_ENTITIES_H
#define GUICHET_MAIL_MIME_ENTITIES_H

#include <stddef.h>
#include <stdint.h>

/* Reads the one at `s`, which is a '&': how many bytes it takes, 0 when it is none. */
size_t entity_read(const char *s, size_t left, char utf8[5]);

#endif
