// SPDX-License-Identifier: GPL-3.0-or-later
/* A bad line between two programs, for tests: a TCP proxy on loopback that tears connections, holds back and trickles what passes, repeats what was asked, later or
 * beside the first time, swallows answers, puts noise in, and closes one half. What it does to a connection is drawn when that one opens, from a seed. Must not know what
 * passes through it.
 */
#ifndef TESTS_FAULTS_PROXY_H
#define TESTS_FAULTS_PROXY_H

#include <stdatomic.h>
#include <stdint.h>

enum fault { FAULT_NONE, FAULT_TEAR_ASK, FAULT_TEAR_ANSWER, FAULT_SWALLOW, FAULT_DELAY, FAULT_TRICKLE, FAULT_REPEAT, FAULT_NOISE_ASK, FAULT_NOISE_ANSWER,
	FAULT_HALF_CLOSE, FAULT_COUNT };
extern const char *const fault_names[FAULT_COUNT];

/* In memory that both processes share. */
struct proxy_shared {
	_Atomic int to_port;             /* who is behind it now */
	_Atomic int per_mille;           /* how many connections get a fault; 0: a good line */
	_Atomic int64_t counts[FAULT_COUNT];
};

/* Serves on this listening socket until the process is killed. */
_Noreturn void proxy_serve(int listener, struct proxy_shared *shared, uint64_t seed);
/* A listening socket on loopback, with its port. -1: none to be had. */
int proxy_listen(int *port);

#endif
