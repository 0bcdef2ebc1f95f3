// SPDX-License-Identifier: GPL-3.0-or-later
/* Time and randomness: the real ones, and ones that a test or the simulator steers. The only place of base that asks the
 * system for either. */
#include "guichet/base/clock.h"

#include <sodium.h>
#include <stdlib.h>
#include <time.h>

static int64_t system_now(void *context)
{
	struct timespec now;

	(void)context;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t fixed_now(void *context)
{
	return *(const int64_t *)context;
}

struct guichet_clock clock_system(void)
{
	return (struct guichet_clock){ system_now, NULL };
}

struct guichet_clock clock_fixed(int64_t *now_ms)
{
	return (struct guichet_clock){ fixed_now, now_ms };
}

int64_t clock_monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void system_fill(void *context, void *bytes, size_t count)
{
	(void)context;
	randombytes_buf(bytes, count);
}

struct guichet_random random_system(void)
{
	/* Ids and tokens must never come from anything weaker: no way on without it. */
	if (sodium_init() < 0)
		abort();
	return (struct guichet_random){ system_fill, NULL };
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t next_seeded(uint64_t *state)
{
	uint64_t z = *state += 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

static void seeded_fill(void *context, void *bytes, size_t count)
{
	unsigned char *to = bytes;
	uint64_t word = 0;

	/* Byte by byte from the low end, so that every machine draws the same. */
	for (size_t i = 0; i < count; i++) {
		if (i % 8 == 0)
			word = next_seeded(context);
		to[i] = (unsigned char)(word >> i % 8 * 8);
	}
}

struct guichet_random random_seeded(uint64_t *state)
{
	return (struct guichet_random){ seeded_fill, state };
}
