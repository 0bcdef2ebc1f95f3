// SPDX-License-Identifier: GPL-3.0-or-later
/* Time and randomness as arguments: real ones for programs, fake ones for tests and the simulator. */
#ifndef GUICHET_BASE_CLOCK_H
#define GUICHET_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct guichet_clock {
	int64_t (*now_ms)(void *context);  /* UTC milliseconds since 1970 */
	void *context;
};

struct guichet_random {
	void (*fill)(void *context, void *bytes, size_t count);
	void *context;
};

struct guichet_clock clock_system(void);
struct guichet_clock clock_fixed(int64_t *now_ms);   /* reads *now_ms, which stays the caller's */
struct guichet_random random_system(void);           /* libsodium */
struct guichet_random random_seeded(uint64_t *state);/* reproducible, for tests and demos; *state stays the caller's */

int64_t clock_monotonic_ns(void);                    /* for measures only */

#endif
