// SPDX-License-Identifier: GPL-3.0-or-later
/* Does the simulator find what is wrong? Bugs planted in a build for that purpose (guichet/base/sim_bug.h), one after
 * the other. */
#ifndef GUICHET_TESTS_SIM_BUGS_H
#define GUICHET_TESTS_SIM_BUGS_H

#include <stdbool.h>
#include <stdint.h>

/* Prints a table: the bug, the seed that found it, and how. True: all were found. */
bool bugs_find(const char *folder, uint64_t from, uint64_t seeds, int actions);

#endif
