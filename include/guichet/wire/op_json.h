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

#include "guichet/base/text.h"
#include "guichet/core/op.h"

/* PROTOCOL: an operation is at most 64 KiB; with JSON's escapes and both halves, this much on the wire. */
enum { WIRE_PUSH_OPS = 200, WIRE_PUSH_BYTES = 1024 * 1024, WIRE_PAGE_ITEMS = 500, WIRE_PAGE_BYTES = 2 * 1024 * 1024, WIRE_JSON_DEPTH = 16 };

/* A new reference; `op` must be sealed or loaded. */
json_t *op_json(const struct op *op);
/* Reads one (op_done when GUICHET_OK). GUICHET_DATA, in words, when a member is missing, of another type, too long, no id, not an object, or the hash does not
 * fit what it hashes. */
enum guichet_rc op_of_json(const json_t *json, struct op *out, struct guichet_err *err);

/* The members of an operation, before any of them is believed. */
enum op_member { OP_MEMBER_ID, OP_MEMBER_SUBJECT, OP_MEMBER_KIND, OP_MEMBER_ACTOR, OP_MEMBER_FACTS, OP_MEMBER_PERSONAL, OP_MEMBER_BASE, OP_MEMBER_SALT,
	OP_MEMBER_HASH, OP_MEMBER_PARKED, OP_MEMBER_V, OP_MEMBER_WALL, OP_MEMBER_SEQ, OP_MEMBERS, OP_MEMBER_TEXTS = OP_MEMBER_V };
struct op_words {
	struct { bool there; const char *text; size_t bytes; } texts[OP_MEMBER_TEXTS];   /* text NULL: it is none, or holds a NUL */
	struct { bool there, whole; int64_t value; } numbers[OP_MEMBERS - OP_MEMBER_TEXTS];
	bool parked;                       /* told by `true` instead of a word */
};
extern const char *const op_member_names[OP_MEMBERS];
/* The same checks as op_of_json's. */
enum guichet_rc op_of_words(const struct op_words *w, struct op *out, struct guichet_err *err);

/* A list of operations in the one form in which guichetd writes them: no white space, each member once, texts with no other escapes than it makes. Takes them from *at on
 * without a tree in between, and puts *at behind. False: it is of another form or not sound, and op_of_json has to say which; nothing is kept then. `scratch` is the
 * caller's, for as many lists as it likes. */
bool ops_scan(const char **at, const char *end, struct text *scratch, struct op **ops, size_t *count);

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
