// SPDX-License-Identifier: GPL-3.0-or-later
/* The server's side of a run of faults: guichetd on SQLite, or several on PostgreSQL with nginx before them and a standby behind; started, killed, looked into. */
#ifndef TESTS_FAULTS_BACKEND_H
#define TESTS_FAULTS_BACKEND_H

#include "../unit/postgres_fixture.h"
#include "children.h"
#include "guichet/server/db.h"
#include "proxy.h"

enum backend_kind { BACKEND_SQLITE, BACKEND_POSTGRES, BACKEND_CLUSTER };
enum { SERVERS_MAX = 4 };

struct backend {
	enum backend_kind kind;
	const char *guichetd;
	char folder[128], sqlite[192], postgres[512];
	struct child servers[SERVERS_MAX];
	int ports[SERVERS_MAX];
	int count;                       /* guichetd processes */
	struct postgres_fixture clusters[2];
	int primary;                     /* which of them is written to */
	struct child nginx;
	int nginx_port;
	struct proxy_shared *line;       /* told where the server is */
};

/* NULL, or why this kind can't be had here. Starts it all. */
const char *backend_start(struct backend *b, enum backend_kind kind, const char *folder, const char *guichetd, int servers, struct proxy_shared *line);
void backend_stop(struct backend *b);
bool backend_start_server(struct backend *b, int n);
void backend_kill_server(struct backend *b, int n);
void backend_kill_database(struct backend *b);
/* The primary again, or the standby in its place, followed by a new one. */
bool backend_revive_database(struct backend *b);
bool backend_enrol_code(struct backend *b, const char *name, char *code, size_t room);
struct db *backend_open(struct backend *b);

#endif
