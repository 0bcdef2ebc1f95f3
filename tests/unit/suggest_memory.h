// SPDX-License-Identifier: GPL-3.0-or-later
/* What a store would have learned, kept in memory, for the tests of suggest. */
#ifndef TESTS_UNIT_SUGGEST_MEMORY_H
#define TESTS_UNIT_SUGGEST_MEMORY_H

#include "guichet/core/suggest.h"

struct memory_count { uint64_t feature; char *category, *service; int64_t count; };
struct memory_list { struct memory_count *items; size_t count, capacity; bool sorted; };
struct suggest_memory {
	struct memory_list features, totals;
	bool backwards;          /* gives its rows in the opposite order */
	size_t asked, rows;      /* features asked for, rows given for them */
};

void memory_done(struct suggest_memory *m);
/* Learns that `text` went to `service` under `category`. */
void memory_learn(struct suggest_memory *m, const char *text, const char *category, const char *service, int64_t times);
struct suggest_counts memory_counts(struct suggest_memory *m);

#endif
