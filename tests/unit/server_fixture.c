// SPDX-License-Identifier: GPL-3.0-or-later
/* A server's database for tests. */
#include "server_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "guichet/base/text.h"

int server_fixture_sqlite(void **state)
{
	struct server_fixture *f = guichet_alloc(sizeof *f);
	snprintf(f->folder, sizeof f->folder, "/tmp/guichet-server-XXXXXX");
	if (!mkdtemp(f->folder))
		return -1;
	snprintf(f->path, sizeof f->path, "%s/central.db", f->folder);
	f->seed = 7;
	f->random = random_seeded(&f->seed);
	if (db_open(&(struct db_options){ .sqlite = f->path }, &f->db, &f->err) || ledger_prepare(f->db, f->random, &f->err)) {
		fprintf(stderr, "%s\n", f->err.message);
		return -1;
	}
	*state = f;
	return 0;
}

int server_fixture_done(void **state)
{
	struct server_fixture *f = *state;
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char path[128];
	db_close(&f->db);
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s%s", f->path, suffixes[i]);
		unlink(path);
	}
	rmdir(f->folder);
	free(f);
	return 0;
}
