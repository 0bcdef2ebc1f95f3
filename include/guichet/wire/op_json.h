// SPDX-License-Identifier: GPL-3.0-or-later
/* Operations as JSON, between desks and the server. Payload halves and base travel as the texts that were hashed, so that what arrives is checked byte for
 * byte; nothing is re-encoded on the way. An operation whose kind is unknown here is carried with its kind's own code.
 *
 * {"id": "7.12", "subject": "7.12", "kind": "create", "v": 1, "actor": "s.martin", "wall_ms": 1795000000000, "facts": "{...}", "personal": "{...}",
 *  "base": "{...}", "salt": "<32 hex>", "hash": "<64 hex>", "seq": 42, "parked": "role"}; personal and salt are absent from a blanked one, seq from one that
 * the server has not numbered.
 */
#ifndef GUICHET_WIRE_OP_JSON_H
#define GUICHET_WIRE_OP_JSON_H

#include <jansson.h>

#include "guichet/core/op.h"

/* PROTOCOL: an operation is at most 64 KiB; with JSON's escapes and both halves, this much on the wire. */
enum { WIRE_PUSH_OPS = 200, WIRE_PUSH_BYTES = 1024 * 1024, WIRE_PAGE_ITEMS = 500, WIRE_PAGE_BYTES = 2 * 1024 * 1024, WIRE_JSON_DEPTH = 16 };

/* A new reference; `op` must be sealed or loaded. */
json_t *op_json(const struct op *op);
/* Reads one (op_done when GUICHET_OK). GUICHET_DATA, in words, when a member is missing, of another type, too long, no id, not an object, or the hash does not
 * fit what it hashes. */
enum guichet_rc op_of_json(const json_t *json, struct op *out, struct guichet_err *err);

/* JSON from outside: one value, no duplicates, at most `max` bytes and WIRE_JSON_DEPTH levels. NULL with `err` when it is not that. */
json_t *wire_parse(const char *bytes, size_t count, size_t max, struct guichet_err *err);

void wire_hex(const uint8_t *bytes, size_t count, char *out);              /* 2 * count + 1 */
bool wire_unhex(const char *hex, uint8_t *out, size_t count);             /* exactly count bytes, lower case */

/* EPOCH:SEQ:HASH, where a desk or a page stands. {0, 0}: at the very beginning. */
enum { WIRE_CHAIN = 16, WIRE_CURSOR_TEXT = 80 };
struct wire_cursor { int64_t epoch, seq; uint8_t chain[WIRE_CHAIN]; };
void wire_cursor_format(const struct wire_cursor *c, char out[WIRE_CURSOR_TEXT]);
bool wire_cursor_parse(const char *text, struct wire_cursor *out);
/* The chain after an operation: BLAKE2b-128 over the chain before, its id and its hash. */
void wire_chain(uint8_t chain[WIRE_CHAIN], struct op_id id, const uint8_t hash[OP_HASH]);

#endif
