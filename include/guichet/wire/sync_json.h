// SPDX-License-Identifier: GPL-3.0-or-later
/* Pushes and pages of changes as JSON, for the desk's side. */
#ifndef GUICHET_WIRE_SYNC_JSON_H
#define GUICHET_WIRE_SYNC_JSON_H

#include "guichet/store/shadow.h"
#include "guichet/wire/op_json.h"

/* {"epoch": e, "blocks": n, "ops": [...]} */
void push_json(struct text *out, int64_t epoch, size_t blocks, const struct op *ops, size_t count);

/* The answer to a push of `count` operations: {"epoch", "results": [{"seq", "parked"?}], "serials": [...], "block"}. GUICHET_DATA when it is not that, or speaks of
 * another number of operations. */
struct push_answer { int64_t epoch; struct replica_ack *acks; size_t count; int64_t serials[8]; size_t serial_count; int block; };
enum guichet_rc push_answer_read(const char *body, size_t bytes, const struct op *ops, size_t count, struct push_answer *out, struct guichet_err *err);
void push_answer_done(struct push_answer *a);

/* A page of changes. GUICHET_DATA when anything in it is not what it has to be: nothing of it is applied then. */
enum guichet_rc page_read(const char *body, size_t bytes, struct replica_page *out, struct guichet_err *err);
void page_done(struct replica_page *p);

/* A page of a snapshot; likewise. */
enum guichet_rc shadow_page_read(const char *body, size_t bytes, struct shadow_page *out, struct guichet_err *err);
void shadow_page_done(struct shadow_page *p);

/* What the server says of a request that was looked up: {"items": [...]}, into out->items alone. page_done frees it. */
enum guichet_rc found_read(const char *body, size_t bytes, struct replica_page *out, struct guichet_err *err);

/* The rows that a search on the server gave, in order, until `visit` says no; texts are borrowed meanwhile. Their ids are below 0: none is of the store. */
struct rows_told { int64_t next; /* where to go on, 0: that is all */ bool behind; /* what was written lately is not found yet */ };
enum guichet_rc rows_read(const char *body, size_t bytes, bool (*visit)(void *context, const struct request_row *row), void *context, struct rows_told *told,
	struct guichet_err *err);

/* A problem (RFC 9457): its type after "urn:guichet:", "" when it is none. */
struct problem_read { char type[40], detail[200]; int64_t epoch, expected; uint32_t device; bool has_common; struct replica_cursor common; };
void problem_parse(const char *body, size_t bytes, struct problem_read *out);

#endif
