// SPDX-License-Identifier: GPL-3.0-or-later
/* A PostgreSQL cluster for tests: made in a folder of its own, reached by a socket there, a child of the test that stops and removes it at the end. */
#ifndef GUICHET_TESTS_POSTGRES_FIXTURE_H
#define GUICHET_TESTS_POSTGRES_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>

struct postgres_fixture {
	char folder[64], programs[64];
	bool running, durable;
	unsigned uid, gid;
	int pid;
};

/* False, with the reason on standard error, where there is no PostgreSQL or it does not start. Root starts it as another user. */
bool postgres_start(struct postgres_fixture *p);
/* One that may be killed: what it committed is on disk. */
bool postgres_start_durable(struct postgres_fixture *p);
/* A connection string to an empty schema of that name, made now. */
bool postgres_schema(struct postgres_fixture *p, const char *name, char *conninfo, size_t room);
void postgres_stop(struct postgres_fixture *p);

/* SIGKILL to every process of it. */
void postgres_kill(struct postgres_fixture *p);
/* Starts it on what it left. */
bool postgres_again(struct postgres_fixture *p);
/* A copy of `primary` that follows it (into the folder that `p` had before, if any), and without which nothing is committed there from now on. */
bool postgres_follow(struct postgres_fixture *p, struct postgres_fixture *primary);
bool postgres_promote(struct postgres_fixture *p);

#endif
