// SPDX-License-Identifier: GPL-3.0-or-later
/* What the two halves of verifying share: subjects one by one (verify.c), tables as a whole (verify_tables.c). */
#ifndef GUICHET_STORE_VERIFY_INSIDE_H
#define GUICHET_STORE_VERIFY_INSIDE_H

#include "internal.h"

struct merge { int64_t op, merged, into, seq; };   /* local ids; into 0: split again; seq INT64_MAX: not numbered */

struct verifying {
	struct store *store;
	struct verify_report *report;
	void (*difference)(void *context, const char *what);
	void *context;
	struct guichet_err *err;
	char subject[128];               /* what is being looked at, as a difference names it */
	struct tallies fresh;            /* sums of all subjects */
	int64_t requester_words, bulletins;
	struct merge *merges; size_t merge_count, merge_capacity;
};
/* Counts one difference and tells it. */
void verify_tell(struct verifying *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Inside a transaction, all subjects having been read in it or since nobody wrote: counts, orphans, sums, merges, blobs, gaps, the file. */
enum guichet_rc verify_tables(struct verifying *v);
/* The full-text index against the words; outside a transaction. */
enum guichet_rc verify_index(struct verifying *v);

#endif
