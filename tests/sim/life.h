// SPDX-License-Identifier: GPL-3.0-or-later
/* A life from its beginning to the judgement, and what many of them add up to. */
#ifndef GUICHET_TESTS_SIM_LIFE_H
#define GUICHET_TESTS_SIM_LIFE_H

#include "sim.h"

struct totals {
	int64_t seeds, operations, actions, failed;
	struct faults faults;
	char why[600]; /* the last that is not right */
};
/* False, and said: something is not right. */
bool life_live(const char *folder, uint64_t seed, int actions, struct totals *t);

#endif
