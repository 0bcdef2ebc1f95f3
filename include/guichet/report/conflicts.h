// SPDX-License-Identifier: GPL-3.0-or-later
/* The conflicts of a request in words: what two people wrote in the same field, neither knowing of the other's, and what stood there before. PROTOCOL.md "conflict".
 * Settling one is a `resolve` step (core/lifecycle.h). */
#ifndef GUICHET_REPORT_CONFLICTS_H
#define GUICHET_REPORT_CONFLICTS_H

#include "guichet/core/lifecycle.h"
#include "guichet/store/store.h"

struct conflict_value {
	struct op_id by;                 /* what a `resolve` names to keep it */
	const char *actor;               /* who wrote it; borrowed from the request */
	const char *step;                /* in which step: "transmise au service" */
	int64_t at_ms;
	bool unsent;                     /* here only, so far */
	const json_t *value;             /* as it is kept; borrowed; NULL: erased */
	char *words;
};
struct conflict {
	enum request_field field;
	const char *label;               /* "service" */
	struct conflict_value *values; size_t count;   /* the one that shows first */
	char *before;                    /* what stood there before them; "" nothing, or not known */
	const char *note;                /* what it means, where the field alone does not say it; "" */
};
/* Borrows from `r`, which must live as long. The caller frees with conflicts_free. */
size_t conflicts_of(struct store *s, const struct request *r, struct conflict **out);
void conflicts_free(struct conflict *list, size_t count);
/* "service : Voirie (s.martin, mar. 24/11 10:00) ou Nettoyage (p.durand, mar. 24/11 10:05)" */
void conflict_show(struct text *out, struct store *s, const struct conflict *c);
/* The same for one person: to whoever wrote one of its values, or is of one of two services that have the request. False, with nothing added: it is not their affair. */
bool conflict_tell(struct text *out, const struct conflict *c, const struct actor *who);
/* Each request in conflict that is somebody's affair, the oldest first; the caller frees with conflicts_told_free. */
enum { CONFLICTS_TOLD_MAX = 100 };
struct conflict_told { int64_t row_id, reference; char *words; };
size_t conflicts_told(struct store *s, const struct actor *who, struct conflict_told **out);
void conflicts_told_free(struct conflict_told *list, size_t count);
/* A value of a register as people call it. */
void register_words(struct text *out, struct store *s, enum request_field f, const json_t *value);

/* This request and the one it is linked to are linked to each other. True with that one's row; of the two links the one of the smaller operation stays, so
 * `ours_goes` says whether it is this request that is to be re-opened. */
bool links_crossed(struct store *s, const struct request *r, int64_t *other_row, int64_t *other_reference, bool *ours_goes);

#endif
