// SPDX-License-Identifier: GPL-3.0-or-later
/* What a server that does nothing of ours would cost: bare libmicrohttpd with the same rows and commits on SQLite, and pgbench inserting the same rows. */
#ifndef BENCH_SERVER_FLOOR_H
#define BENCH_SERVER_FLOOR_H

#include <sys/types.h>

/* In a process of its own; it makes the tables of `path`. Its port. */
pid_t server_floor_start(const char *path, int *port);
/* Requests a second by so many clients; 0: there is no pgbench. The tables must be there. */
double server_floor_pgbench(const char *programs, const char *folder, int clients, int seconds);

#endif
