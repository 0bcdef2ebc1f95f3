// SPDX-License-Identifier: GPL-3.0-or-later
/* Programs that people love, on as many rows with the same words: tig on a history of commits, neomutt on a mailbox. Each only where it is installed. */
#ifndef BENCH_BESIDE_H
#define BENCH_BESIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "gestures.h"

struct beside {
	const char *name, *missing;    /* missing: why there are no figures; NULL: there are */
	double first_ms, first_cpu_ms; /* from exec to the first page */
	double whole_ms;               /* until it had read all and slept */
	double memory_mib;
	struct gesture_costs keys;     /* the caller's: gesture_costs_done */
};

enum { BESIDE_COUNT = 2 };
/* Writes the rows of the store for program `which` into `folder`, measures, removes them. */
void beside_measure(size_t which, const char *folder, const char *store, struct beside *out);
size_t beside_rows(const char *store);     /* requests in a store */
void beside_clear(const char *folder);     /* a folder and all that is in it */

#endif
