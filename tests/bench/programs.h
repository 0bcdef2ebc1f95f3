// SPDX-License-Identifier: GPL-3.0-or-later
/* The programs themselves, for benches: guichetd on loopback, desks with homes of their own. GUICHET is the desk's program, guichetd its neighbour. What does not work ends
 * the bench. */
#ifndef BENCH_PROGRAMS_H
#define BENCH_PROGRAMS_H

#include <sys/types.h>

struct server { pid_t pid; int port; };
/* On a store of SQLite's or of PostgreSQL's; `config`: its file of settings, or NULL; `port` 0: any. */
struct server programs_start_server(const char *sqlite, const char *postgres, const char *config, int port);
void programs_stop_server(struct server *s);

/* A command of the desk at `home`; its exit status. */
int programs_run(const char *home, const char *input, const char *command);
/* Makes a store in `home` and enrols it with the server, whose store is `central`. */
void programs_make_desk(const char *central, int port, const char *home);
/* Calls for `guichet shell`: a person, a contact and a request each. */
void programs_write_calls(const char *path, int first, int count);

#endif
