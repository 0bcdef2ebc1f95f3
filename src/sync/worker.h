// SPDX-License-Identifier: GPL-3.0-or-later
/* One thread for one job at a time, whose end is told by a descriptor. */
#ifndef GUICHET_SYNC_WORKER_H
#define GUICHET_SYNC_WORKER_H

#include <stdbool.h>

struct worker;
/* NULL: the system gives none. */
struct worker *worker_new(void);
/* The job has to have ended: see worker_wait. */
void worker_free(struct worker **w);
/* For struct sync_beside. Where no thread is to be had the job is done before this returns. */
void worker_start(void *worker, void (*job)(void *of), void *of);
/* Readable once the job has ended. */
int worker_fd(const struct worker *w);
/* True once for each job. */
bool worker_has_ended(struct worker *w);
/* Until it has; worker_has_ended tells it then. */
void worker_wait(struct worker *w);

#endif
