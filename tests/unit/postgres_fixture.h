// SPDX-License-Identifier: GPL-3.0-or-later
/* A PostgreSQL cluster for tests: made in a folder of its own, reached by a socket there, stopped and removed at the end. */
#ifndef GUICHET_TESTS_POSTGRES_FIXTURE_H
#define GUICHET_TESTS_POSTGRES_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>

struct postgres_fixture { char folder[64], programs[64]; bool running; unsigned uid, gid; };

/* False, with the reason on standard error, where there is no PostgreSQL or it does not start. Root starts it as another user. */
bool postgres_start(struct postgres_fixture *p);
/* A connection string to an empty schema of that name, made now. */
bool postgres_schema(struct postgres_fixture *p, const char *name, char *conninfo, size_t room);
void postgres_stop(struct postgres_fixture *p);

#endif
