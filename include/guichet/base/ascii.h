// SPDX-License-Identifier: GPL-3.0-or-later
/* What stands for a character where only ASCII can be shown. */
#ifndef GUICHET_BASE_ASCII_H
#define GUICHET_BASE_ASCII_H

#include <stddef.h>
#include <stdint.h>

enum { ASCII_MAX = 8 };

/* Writes the printable ASCII characters that stand for one that is not ASCII: é -> e, œ -> oe, « -> ", ␛ -> ^[. Returns how many: 0 when nothing looks like
 * it (a combining mark, a character of another script). No NUL is added. */
size_t ascii_of(uint32_t code_point, char out[ASCII_MAX]);

#endif
