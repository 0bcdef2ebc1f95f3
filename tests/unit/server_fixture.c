// SPDX-License-Identifier: GPL-3.0-or-later
/* A server's database for tests. */
#include "server_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "postgres_fixture.h"

static struct postgres_fixture cluster;
static bool has_cluster;

static int open_on(void **state, const char *sqlite, const char *postgres)
{
	struct server_fixture *f = *state;
	f->seed = 7;
	f->random = random_seeded(&f->seed);
	if (db_open(&(struct db_options){ .sqlite = sqlite, .postgres = postgres }, &f->db, &f->err) || ledger_prepare(f->db, f->random, &f->err)) {
		fprintf(stderr, "%s\n", f->err.message);
		return -1;
	}
	return 0;
}

int server_fixture_sqlite(void **state)
{
	struct server_fixture *f = *state = guichet_alloc(sizeof *f);
	snprintf(f->folder, sizeof f->folder, "/tmp/guichet-server-XXXXXX");
	if (!mkdtemp(f->folder))
		return -1;
	snprintf(f->path, sizeof f->path, "%s/central.db", f->folder);
	return open_on(state, f->path, NULL);
}

int server_fixture_postgres(void **state)
{
	static unsigned number;
	char name[32];
	struct server_fixture *f = *state = guichet_alloc(sizeof *f);
	if (!has_cluster)
		return 0;
	snprintf(name, sizeof name, "test%u", ++number);
	if (!postgres_schema(&cluster, name, f->path, sizeof f->path))
		return -1;
	return open_on(state, NULL, f->path);
}

void server_fixture_needs(struct server_fixture *f)
{
	if (!f->db)
		skip();
}

int server_fixture_group(void **state)
{
	(void)state;
	has_cluster = postgres_start(&cluster);
	if (!has_cluster)
		fprintf(stderr, "skipped: the tests on PostgreSQL\n");
	return 0;
}

int server_fixture_group_done(void **state)
{
	(void)state;
	postgres_stop(&cluster);
	return 0;
}

int server_fixture_done(void **state)
{
	struct server_fixture *f = *state;
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char path[288];
	db_close(&f->db);
	for (int i = 0; i < 3 && f->folder[0]; i++) {
		snprintf(path, sizeof path, "%s%s", f->path, suffixes[i]);
		unlink(path);
	}
	if (f->folder[0])
		rmdir(f->folder);
	free(f);
	return 0;
}
