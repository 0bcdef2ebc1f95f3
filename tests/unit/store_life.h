// SPDX-License-Identifier: GPL-3.0-or-later
/* Eighteen months of a small desk, by reproducible chance: what tests that count hold against a count by hand. */
#ifndef GUICHET_TESTS_STORE_LIFE_H
#define GUICHET_TESTS_STORE_LIFE_H

#include "store_fixture.h"

enum { STORE_LIFE_REQUESTS = 300 };

/* Requests of every category, channel and commune, some with promises, chased, waiting, refused, re-opened; the
 * clock ends a day after the last. */
void store_life_make(struct store_fixture *f, int64_t references[STORE_LIFE_REQUESTS]);
/* Takes the step when the rules allow it. */
void store_life_may(struct store_fixture *f, int64_t reference, enum step step, struct step_args *args);

#endif
