// SPDX-License-Identifier: GPL-3.0-or-later
/* Desks of a run of faults: each a home with a store, a process that logs and one that synchronises, and what was acknowledged to whoever typed.
 *
 * Every command carries a mark of its own ("marque 3-17"), by which it is found again. A command counts as acknowledged when its process said so.
 */
#ifndef TESTS_FAULTS_DESKS_H
#define TESTS_FAULTS_DESKS_H

#include <stddef.h>
#include <stdint.h>

#include "children.h"

struct command { bool acknowledged; int operations; int found; };
struct desk {
	int number;
	char home[128], store[192];
	const char *guichet;
	struct child writer, syncer;
	bool busy;                       /* a command waits for its answer */
	struct command *commands; size_t count, capacity;
	int64_t *references; size_t reference_count, reference_capacity;
	int64_t acknowledged;            /* operations, as commands told */
	int64_t next_sync_ms;
	int failed;                      /* commands that were refused */
	int64_t lost, acked_seen;        /* see desk_acked */
};

bool desk_make(struct desk *d, const char *folder, int number, const char *guichet);
bool desk_enrol(struct desk *d, const char *url, const char *code);
void desk_done(struct desk *d);
/* Types the next command when the last one was answered, starts what has ended. `all`: every desk, for references to write notes to. */
void desk_work(struct desk *d, struct desk *all, int count, uint64_t *chance, bool log_more);
/* Takes in what its processes said. */
void desk_hear(struct desk *d);
/* Up to which own operation the server's answer was read and kept; its number there in *device. */
int64_t desk_acked(struct desk *d, int64_t *device);
/* `guichet sync` on a good line until nothing waits. */
bool desk_settle(struct desk *d);

uint64_t faults_drawn(uint64_t *chance);
int64_t faults_now_ms(void);

#endif
