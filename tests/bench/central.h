// SPDX-License-Identifier: GPL-3.0-or-later
/* A server's database that holds what an exercise store does. */
#ifndef BENCH_CENTRAL_H
#define BENCH_CENTRAL_H

#include "guichet/server/db.h"

/* Pushes every operation of the store at `from`; how many. Ends the process when it can't. */
int64_t central_fill(const char *from, struct db *db);

#endif
