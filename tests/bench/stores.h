// SPDX-License-Identifier: GPL-3.0-or-later
/* Exercise stores of any size, and how one bench leaves its own to the next (BENCH_KEEP). */
#ifndef BENCH_STORES_H
#define BENCH_STORES_H

#include "guichet/store/store.h"

/* A store with the default catalogue and nothing in it. Ends the process when it can't. */
void stores_make_empty(const char *path);
/* With a history of `requests`. Returns the seconds that it took. */
double stores_make(const char *path, size_t requests);
/* A store and what stands beside it. */
void stores_drop(const char *path);
void stores_forget_cached(const char *path);             /* the next reading comes from the disk */
void stores_read_once(const char *path);                 /* the next reading comes from memory, as far as there is room */
/* A new folder in BENCH_DIR (/var/tmp); the caller frees the name. */
char *stores_folder(void);
/* Where a bench leaves its store of so many requests to the next: the caller frees it. NULL: BENCH_KEEP is not set. */
char *stores_kept(size_t requests);

#endif
