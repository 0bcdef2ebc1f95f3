// SPDX-License-Identifier: GPL-3.0-or-later
/* A disk in memory under everything that SQLite writes in this process: it fills up, loses what was not synced when
 * the power goes, tears it, keeps parts of it in another order, and answers nothing any more to a process that was
 * killed. Knows nothing of what is written.
 */
#ifndef GUICHET_TESTS_SIM_DISK_H
#define GUICHET_TESTS_SIM_DISK_H

#include <stdbool.h>
#include <stdint.h>

enum { DISK_PATH = 200 };
enum disk_fault {
	DISK_FINE,
	DISK_FULL /* writes fail, and can be taken back */,
	DISK_DEAD /* nothing is written any more: the process was killed */
};

/* Becomes SQLite's default; before any database is opened. */
void disk_init(void);
/* From here on SQLite's own random numbers are these. */
void disk_seed(uint64_t seed);
/* After `writes` more ones; the fault lasts until disk_heal. */
void disk_break(enum disk_fault how, unsigned writes);
bool disk_heal(void); /* true: the fault came into effect */
/* The power went: of what was written to these files (path, and what SQLite has beside it) and not synced, each piece
 * is there, or in part, or not, as `state` decides. Nobody may have them open. Returns how many pieces were lost. */
unsigned disk_lose_unsynced(const char *path, uint64_t *state);

/* With what SQLite has beside it. `to` must not be open. */
void disk_copy(const char *from, const char *to);
void disk_remove(const char *path);
/* store_open looks at a file itself before SQLite does: what it looks at is put in the real one. */
void disk_show(const char *path);
/* Whether these bytes stand anywhere in the file or beside it. */
bool disk_holds(const char *path, const char *bytes);
/* Every machine was started anew: what a process left that did not wait for the disk is not to be trusted. */
void disk_boot(void);

#endif
