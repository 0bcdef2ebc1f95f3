// SPDX-License-Identifier: GPL-3.0-or-later
/* Bodies compressed for bad lines: zstd (RFC 8878) and gzip (RFC 1952). What comes in is bounded before it is unpacked whole. */
#ifndef GUICHET_WIRE_PACK_H
#define GUICHET_WIRE_PACK_H

#include "guichet/base/err.h"
#include "guichet/base/text.h"

enum wire_coding { WIRE_PLAIN, WIRE_GZIP, WIRE_ZSTD };

/* From a Content-Encoding header; false: a coding that we do not know. NULL and "identity" are plain. */
bool wire_coding_parse(const char *header, enum wire_coding *out);
/* The best that an Accept-Encoding header allows. */
enum wire_coding wire_coding_choose(const char *accept);
const char *wire_coding_name(enum wire_coding c);           /* NULL for plain */

/* GUICHET_DATA: damaged; GUICHET_REFUSED: more than `max` bytes unpacked (a bomb costs no more than that). */
enum guichet_rc wire_unpack(enum wire_coding c, const char *bytes, size_t count, size_t max, struct text *out, struct guichet_err *err);
void wire_pack(enum wire_coding c, const char *bytes, size_t count, struct text *out);

#endif
