// SPDX-License-Identifier: GPL-3.0-or-later
/* What people do at a desk, as keys: each row of the table of costs is a gesture on a screen, and a scene plays some in a row. */
#ifndef BENCH_GESTURES_H
#define BENCH_GESTURES_H

#include "measure.h"
#include "typist.h"

enum { GESTURE_TEXTS = 24, GESTURE_ROWS = 48, GESTURE_BYTES = 400 };

/* What is typed, drawn from the store. */
enum gesture_text { TEXT_PHONE, TEXT_NEW_PHONE, TEXT_NAME, TEXT_ADDRESS, TEXT_REFERENCE, TEXT_SUBJECT, TEXT_KINDS };
struct gesture_texts { char *texts[TEXT_KINDS][GESTURE_TEXTS]; size_t next[TEXT_KINDS]; };
void gesture_texts_read(struct gesture_texts *g, const char *store);
void gesture_texts_done(struct gesture_texts *g);

/* LISTED: a key that moves in a list. WRITES: what it waits for is the disk. RESTS: nobody presses the next one before what the first one chose is told in full. */
enum { GESTURE_LISTED = 1, GESTURE_WRITES = 2, GESTURE_RESTS = 4 };

struct gesture_cost {
	const char *name;
	unsigned flags;
	struct samples wall, cpu, whole;
	size_t keys, silent;                     /* silent: changed nothing on the screen */
	int64_t bytes, bytes_most;
	size_t large;                            /* keys that sent more than GESTURE_BYTES */
	int64_t rest_bytes, rest_most;           /* that followed once keys rested */
	int64_t statements, rows, steps;         /* of all keys */
	int64_t rows_most, steps_most;           /* of one */
	char worst[32];                          /* the key that took most of the processor */
};
struct gesture_costs { struct gesture_cost rows[GESTURE_ROWS]; size_t count; };
void gesture_costs_done(struct gesture_costs *c);

enum gesture_part { GESTURES_THAT_READ, GESTURES_THAT_WRITE };
/* Plays them from the screen that opens first and comes back to it. `share`: of the times that a scene is played, in hundredths (at least once). Says on standard
 * error, and returns false, when a screen was not the one expected. */
bool gestures_play(struct typist *t, enum gesture_part part, int share, struct gesture_texts *texts, struct gesture_costs *out);
/* One gesture on any program. */
void gestures_time(struct typist *t, const char *name, const char *keys, struct gesture_costs *out);

#endif
