// SPDX-License-Identifier: GPL-3.0-or-later
/* Operations: the append-only truth. Everything else is a fold of them.
 *
 * A payload has two halves: `facts` (codes, dates, states: kept for statistics) and `personal` (texts, names,
 * numbers: can be blanked). `base` maps each field that the operation writes to the writes of it that the author saw
 * and that no other write named ([] when there was none). Only the create writes fields without naming them there.
 * So a blanked operation still tells which fields it wrote. Values are jansson objects; the texts that were hashed
 * are kept beside them, so that a stored operation is checked as it was made, byte for byte. */
#ifndef GUICHET_CORE_OP_H
#define GUICHET_CORE_OP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guichet/base/err.h"

struct op_id { uint32_t device; uint64_t dseq; };      /* dseq from 1, no gaps; {0, 0}: none */

enum { OP_ID_TEXT = 34, OP_KIND_TEXT = 40, OP_ACTOR_MAX = 64, OP_SALT = 16, OP_HASH = 32, OP_SCHEMA = 1, OP_PAYLOAD_MAX = 64 * 1024,
	OP_WHY_TEXT = 12 };

bool op_id_equal(struct op_id a, struct op_id b);
bool op_id_is_none(struct op_id id);
int op_id_compare(struct op_id a, struct op_id b);
void op_id_format(struct op_id id, char out[OP_ID_TEXT]);  /* "device.dseq" */
bool op_id_parse(const char *s, struct op_id *out);

/* What an operation is about. */
enum op_subject { SUBJECT_REQUEST, SUBJECT_REQUESTER, SUBJECT_CONTACT, SUBJECT_BULLETIN };

/* Kinds: src/core/op_kinds.def (code, subject, label). */
enum op_kind {
#define OP_KIND(id, code, subject, label) OP_##id,
#include "guichet/core/op_kinds.def"
#undef OP_KIND
	OP_KIND_COUNT
};
const char *op_kind_code(enum op_kind k);
const char *op_kind_label(enum op_kind k);             /* shown in a history; language of messages */
enum op_subject op_kind_subject(enum op_kind k);
bool op_kind_parse(const char *code, enum op_kind *out);
struct op;
const char *op_kind_text(const struct op *op);         /* its code, of a kind unknown here too */
/* Sets the kind by its code, whether known here or not. */
void op_set_kind(struct op *op, const char *code);

struct op {
	struct op_id id, subject;
	enum op_kind kind;                 /* OP_KIND_COUNT: from a newer guichet, carried and never folded */
	char other_kind[OP_KIND_TEXT];     /* its code then */
	int v;                             /* schema */
	char actor[OP_ACTOR_MAX];
	int64_t wall_ms;                   /* the author's clock: shown, never decides */
	int64_t seq;                       /* given by the server; 0: not acknowledged */
	json_t *facts;                     /* object, owned */
	json_t *personal;                  /* object, owned; NULL: none, or blanked */
	json_t *base;                      /* object, owned; NULL: none */
	char *facts_text, *personal_text, *base_text; /* as hashed and stored; owned; NULL before op_seal */
	bool blanked;                      /* personal and salt are gone for good; the hash stands unchecked */
	bool parked;                       /* the server took it, and nobody folds it until it is settled */
	char why[OP_WHY_TEXT];             /* why it was parked, the server's code: "role", "scope", "subject"; "aside": a supervisor set it aside */
	bool spoiled;                      /* a text given to it was no UTF-8: op_seal refuses it */
	uint8_t salt[OP_SALT], hash[OP_HASH];
};

/* What the operations of one subject are about, in whatever order: by the one that made it, else by any that is of one thing only (an erasure is of
 * anything, and may come first from a server that was restored). SUBJECT_REQUEST when none says. */
enum op_subject op_subject_of(const struct op *ops, size_t count);

/* Why it is parked, in words; "" when it is not. */
const char *op_parked_label(const struct op *op);
bool op_is_aside(const struct op *op);

void op_init(struct op *op, enum op_kind kind, struct op_id subject, const char *actor, int64_t wall_ms);
void op_done(struct op *op);

/* Payload writing. NULL or "" texts are not written by the _if forms. */
void op_fact_text(struct op *op, const char *key, const char *value);
void op_fact_int(struct op *op, const char *key, int64_t value);
void op_fact_bool(struct op *op, const char *key, bool value);
void op_personal_text(struct op *op, const char *key, const char *value);
void op_fact_if(struct op *op, const char *key, const char *value);
void op_personal_if(struct op *op, const char *key, const char *value);
/* Payload reading; the fallback when absent or of another type. Looks in facts, then in personal. Borrowed. */
const char *op_text(const struct op *op, const char *key, const char *fallback);
int64_t op_int(const struct op *op, const char *key, int64_t fallback);
bool op_bool(const struct op *op, const char *key);

/* Dumps the payload in canonical form (compact, sorted keys) and hashes it over `salt` (BLAKE2b-256, libsodium),
 * together with v, kind, actor, wall_ms and base; not the ids. GUICHET_DATA when the payload is over OP_PAYLOAD_MAX
 * (facts + personal) or a text was no UTF-8. */
enum guichet_rc op_seal(struct op *op, const uint8_t salt[OP_SALT], struct guichet_err *err);
/* Fills an operation from its stored texts (copied; `personal` or `base` may be NULL). GUICHET_DATA when one is not
 * a JSON object. */
enum guichet_rc op_load_payload(struct op *op, const char *facts, const char *personal, const char *base, struct guichet_err *err);
/* True when the hash fits the texts, or the operation is blanked. */
bool op_is_intact(const struct op *op);

#endif
