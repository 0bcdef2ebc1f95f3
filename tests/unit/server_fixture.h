// SPDX-License-Identifier: GPL-3.0-or-later
/* A server's database for tests, empty, in a folder of its own. */
#ifndef GUICHET_TESTS_SERVER_FIXTURE_H
#define GUICHET_TESTS_SERVER_FIXTURE_H

#include "guichet/server/ledger.h"

struct server_fixture {
	struct db *db;                   /* NULL: the database can't be had here */
	char folder[64], path[256];      /* of the file, or the connection string */
	struct guichet_random random;
	uint64_t seed;
	struct guichet_err err;
};

/* For cmocka: *state gets the fixture. */
int server_fixture_sqlite(void **state);
int server_fixture_postgres(void **state);
/* Ends the test as skipped where its database can't be had. */
void server_fixture_needs(struct server_fixture *f);
/* Starts and stops PostgreSQL for the whole program. */
int server_fixture_group(void **state);
int server_fixture_group_done(void **state);
int server_fixture_done(void **state);

#endif
