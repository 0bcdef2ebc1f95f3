// SPDX-License-Identifier: GPL-3.0-or-later
/* A server's database for tests, empty, in a folder of its own. */
#ifndef GUICHET_TESTS_SERVER_FIXTURE_H
#define GUICHET_TESTS_SERVER_FIXTURE_H

#include "guichet/server/ledger.h"

struct server_fixture {
	struct db *db;
	char folder[64], path[96];
	struct guichet_random random;
	uint64_t seed;
	struct guichet_err err;
};

/* For cmocka: *state gets the fixture. */
int server_fixture_sqlite(void **state);
int server_fixture_done(void **state);

#endif
