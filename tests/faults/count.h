// SPDX-License-Identifier: GPL-3.0-or-later
/* What is in the server's journal and in each desk's, against what was acknowledged: counted apart from the code that keeps them, row by row. */
#ifndef TESTS_FAULTS_COUNT_H
#define TESTS_FAULTS_COUNT_H

#include "desks.h"
#include "guichet/server/db.h"

struct counted {
	int64_t operations;              /* in the server's journal */
	int64_t acknowledged, missing, doubled;
	int64_t gaps;                    /* in seq, or in a device's own numbers */
	int64_t parked;
	int desks_equal;                 /* whose journal is the server's, row by row */
	int desks_verified;              /* whose tables are what their journal says */
};

/* For each desk: what the server acknowledged to it and no longer has, added to desk.lost. Whoever serves is down. */
bool count_lost(struct db *db, struct desk *desks, int count);
bool count_all(struct db *db, struct desk *desks, int count, struct counted *out);

#endif
