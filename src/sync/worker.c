// SPDX-License-Identifier: GPL-3.0-or-later
/* See worker.h. Must not know what is done. */
#include "worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "guichet/base/text.h"

enum { NICER = 10 };

struct worker { pthread_t thread; bool threaded, busy; int fd; void (*job)(void *of); void *of; };

struct worker *worker_new(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0)
		return NULL;
	struct worker *w = guichet_alloc(sizeof *w);
	w->fd = fd;
	return w;
}

void worker_free(struct worker **worker)
{
	if (!*worker)
		return;
	close((*worker)->fd);
	free(*worker);
	*worker = NULL;
}

/* Somebody waits for the screens, and nobody for this: where there is one processor for both it is theirs. A thread has a
 * priority of its own on Linux. */
static void give_way(void)
{
	id_t own = (id_t)gettid();
	setpriority(PRIO_PROCESS, own, getpriority(PRIO_PROCESS, own) + NICER);
}

static void *do_job(struct worker *w)
{
	const uint64_t one = 1;
	w->job(w->of);
	/* It can't be full: one job is one. */
	return write(w->fd, &one, sizeof one) == (ssize_t)sizeof one ? w : NULL;
}

static void *work(void *context)
{
	give_way();
	return do_job(context);
}

void worker_start(void *worker, void (*job)(void *of), void *of)
{
	struct worker *w = worker;
	sigset_t all, before;
	w->job = job;
	w->of = of;
	w->busy = true;
	/* Signals are for who reads them. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	w->threaded = pthread_create(&w->thread, NULL, work, w) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!w->threaded)
		do_job(w);
}

int worker_fd(const struct worker *w)
{
	return w->fd;
}

static void join(struct worker *w)
{
	if (w->threaded)
		pthread_join(w->thread, NULL);
	w->threaded = false;
}

bool worker_has_ended(struct worker *w)
{
	uint64_t ended = 0;
	if (!w->busy || read(w->fd, &ended, sizeof ended) != (ssize_t)sizeof ended)
		return false;
	join(w);
	w->busy = false;
	return true;
}

void worker_wait(struct worker *w)
{
	if (w->busy)
		join(w);
}
