// SPDX-License-Identifier: GPL-3.0-or-later
/* The event loop. Must not know what keys do nor what is drawn. */
#include "guichet/ui/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "guichet/base/clock.h"

/* However fast input comes, somebody wants to see what it does. */
enum { DRAIN_MS = 100, TERMINAL = 0, SIGNALS, OUTPUT, OTHERS };

struct timer { int id; int64_t at_ms, every_ms; void (*call)(void *context); void *context; };
struct watch { int fd; short events; void (*call)(void *context, int fd, short events); void *context; };

struct loop {
	struct screen *screen;
	struct loop_client client;
	struct grid grid;
	bool may_suspend, quitting, dirty, lent, put_off;
	int signal_fd, signal;
	sigset_t mask_before;
	struct sigaction pipe_before;
	struct timer *timers; size_t timer_count, timer_capacity; int next_id;
	struct watch *watches; size_t watch_count, watch_capacity, first_watch;
	struct pollfd *polled; size_t polled_capacity;
};

static int64_t now_ms(void)
{
	return clock_monotonic_ns() / 1000000;
}

static void signals_of(sigset_t *set)
{
	static const int wanted[] = { SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT };

	sigemptyset(set);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		sigaddset(set, wanted[i]);
}

struct loop *loop_new(struct screen *screen, const struct loop_client *client, bool may_suspend)
{
	struct loop *l = guichet_alloc(sizeof *l);
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t set;
	int rows, cols;

	l->screen = screen;
	l->client = *client;
	l->may_suspend = may_suspend;
	l->dirty = true;
	l->next_id = 1;
	screen_size(screen, &rows, &cols);
	grid_init(&l->grid, rows, cols);
	signals_of(&set);
	sigprocmask(SIG_BLOCK, &set, &l->mask_before);
	l->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	/* A peer that hangs up is an error of the call, not our end. */
	sigemptyset(&ignore.sa_mask);
	sigaction(SIGPIPE, &ignore, &l->pipe_before);
	return l;
}

void loop_free(struct loop **loop)
{
	struct loop *l = *loop;

	if (!l)
		return;
	if (l->signal_fd >= 0)
		close(l->signal_fd);
	sigaction(SIGPIPE, &l->pipe_before, NULL);
	sigprocmask(SIG_SETMASK, &l->mask_before, NULL);
	grid_done(&l->grid);
	free(l->timers);
	free(l->watches);
	free(l->polled);
	free(l);
	*loop = NULL;
}

int loop_signal(const struct loop *l)
{
	return l->signal;
}

void loop_quit(struct loop *l)
{
	l->quitting = true;
}

bool loop_is_asked(const struct loop *l)
{
	struct pollfd asked[] = { { .fd = screen_in_fd(l->screen), .events = POLLIN }, { .fd = l->signal_fd, .events = POLLIN } };

	return poll(asked, 2, 0) > 0;
}

void loop_redraw(struct loop *l)
{
	l->dirty = true;
}

/* --- Timers and descriptors -------------------------------------------------------------------------------------- */

int loop_at(struct loop *l, int64_t in_ms, int64_t every_ms, void (*call)(void *context), void *context)
{
	GUICHET_GROW(l->timers, l->timer_count, l->timer_capacity);
	l->timers[l->timer_count++] = (struct timer){ l->next_id, now_ms() + in_ms, every_ms, call, context };
	return l->next_id++;
}

void loop_cancel(struct loop *l, int id)
{
	for (size_t i = 0; i < l->timer_count; i++) {
		if (l->timers[i].id == id) {
			l->timers[i] = l->timers[--l->timer_count];
			return;
		}
	}
}

void loop_watch(struct loop *l, int fd, short events, void (*call)(void *context, int fd, short events), void *context)
{
	loop_unwatch(l, fd);
	GUICHET_GROW(l->watches, l->watch_count, l->watch_capacity);
	l->watches[l->watch_count++] = (struct watch){ fd, events, call, context };
}

void loop_unwatch(struct loop *l, int fd)
{
	for (size_t i = 0; i < l->watch_count; i++) {
		if (l->watches[i].fd == fd) {
			l->watches[i] = l->watches[--l->watch_count];
			return;
		}
	}
}

/* The earliest that is due, or NULL. Callbacks may add and cancel, so the table is looked at anew each time. */
static struct timer *due_timer(struct loop *l, int64_t now)
{
	struct timer *first = NULL;

	for (size_t i = 0; i < l->timer_count; i++)
		if (l->timers[i].at_ms <= now && (!first || l->timers[i].at_ms < first->at_ms))
			first = &l->timers[i];
	return first;
}

/* Who types waits for one piece of work at the most: what else is due is so at the next turn. True when somebody waits. */
static bool run_timers(struct loop *l)
{
	int64_t now = now_ms();
	struct timer *due;
	bool asked = false;

	while (!l->quitting && !asked && (due = due_timer(l, now)) != NULL) {
		struct timer t = *due;

		if (t.every_ms > 0)
			due->at_ms = now + t.every_ms;
		else
			loop_cancel(l, t.id);
		t.call(t.context);
		asked = loop_is_asked(l);
	}
	return asked;
}

static void run_watch(struct loop *l, const struct pollfd *polled)
{
	for (size_t w = 0; w < l->watch_count; w++) {
		if (l->watches[w].fd == polled->fd) {
			l->watches[w].call(l->watches[w].context, polled->fd, polled->revents);
			break;
		}
	}
}

/* As with timers; it goes on after the one that was last, so that none waits for as long as somebody types. */
static void run_watches(struct loop *l, const struct pollfd *polled, size_t count)
{
	bool asked = false;

	for (size_t i = 0; i < count && !l->quitting && !asked; i++) {
		size_t at = (l->first_watch + i) % count;

		if (!polled[at].revents)
			continue;
		run_watch(l, &polled[at]);
		asked = loop_is_asked(l);
		if (asked)
			l->first_watch = at + 1;
	}
}

/* --- The terminal and signals ------------------------------------------------------------------------------------ */

static void hand_resize(struct loop *l)
{
	const struct key k = { .code = KEYCODE_RESIZE };

	l->dirty = true;
	l->client.key(l->client.context, &k);
}

static void stop(struct loop *l)
{
	if (!l->may_suspend)
		return;
	if (!l->lent)
		screen_suspend(l->screen);
	kill(getpid(), SIGSTOP);
	/* Here again: somebody continued us, and SIGCONT is in the queue. */
}

void loop_lend(struct loop *l)
{
	l->lent = true;
	screen_suspend(l->screen);
}

void loop_take_back(struct loop *l)
{
	l->lent = false;
	screen_resume(l->screen);
	hand_resize(l);
}

static void read_signals(struct loop *l)
{
	struct signalfd_siginfo info;

	while (read(l->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
		bool keys = info.ssi_signo == SIGINT || info.ssi_signo == SIGQUIT || info.ssi_signo == SIGWINCH || info.ssi_signo == SIGCONT;
		if (l->lent && keys)
			continue;
		switch (info.ssi_signo) {
		case SIGWINCH:
			if (screen_resized(l->screen))
				hand_resize(l);
			break;
		case SIGTSTP:
			stop(l);
			break;
		case SIGCONT:
			screen_resume(l->screen);
			hand_resize(l);
			break;
		default:
			l->signal = (int)info.ssi_signo;
		}
	}
}

/* All the keys that came, and those that came while they were handled. False when the terminal is gone. */
static bool handle_keys(struct loop *l)
{
	int64_t until = now_ms() + DRAIN_MS;
	bool there = true;
	struct key k;

	do {
		bool any = false;

		there = screen_read_keys(l->screen) == GUICHET_OK;
		while (!l->quitting && screen_next_key(l->screen, &k)) {
			any = l->dirty = true;
			l->client.key(l->client.context, &k);
		}
		if (!any)
			break;
	} while (there && !l->quitting && now_ms() < until);
	return there;
}

static bool paint(struct loop *l)
{
	int rows, cols;

	if (screen_flush(l->screen) != GUICHET_OK)
		return false;
	/* Still at the last picture: the next one can wait. */
	if (!l->dirty || screen_is_busy(l->screen))
		return true;
	l->dirty = false;
	screen_size(l->screen, &rows, &cols);
	grid_resize(&l->grid, rows, cols);
	l->grid.ascii = screen_is_ascii(l->screen);
	l->client.draw(l->client.context, &l->grid);
	return screen_paint(l->screen, &l->grid) == GUICHET_OK;
}

/* --- Turns ------------------------------------------------------------------------------------------------------- */

static int wait_ms(const struct loop *l)
{
	int64_t now = now_ms(), wait = screen_key_wait_ms(l->screen);

	for (size_t i = 0; i < l->timer_count; i++) {
		int64_t left = l->timers[i].at_ms - now;

		left = left < 0 ? 0 : left;
		if (wait < 0 || left < wait)
			wait = left;
	}
	return wait > INT32_MAX ? INT32_MAX : (int)wait;
}

static size_t prepare_poll(struct loop *l)
{
	size_t count = OTHERS + l->watch_count;

	if (count > l->polled_capacity) {
		l->polled_capacity = count * 2;
		l->polled = guichet_realloc(l->polled, l->polled_capacity, sizeof *l->polled);
	}
	l->polled[TERMINAL] = (struct pollfd){ .fd = l->lent ? -1 : screen_in_fd(l->screen), .events = POLLIN };
	l->polled[SIGNALS] = (struct pollfd){ .fd = l->signal_fd, .events = POLLIN };
	l->polled[OUTPUT] = (struct pollfd){ .fd = screen_is_busy(l->screen) && !l->lent ? screen_out_fd(l->screen) : -1, .events = POLLOUT };
	for (size_t i = 0; i < l->watch_count; i++)
		l->polled[OTHERS + i] = (struct pollfd){ .fd = l->watches[i].fd, .events = l->watches[i].events };
	return count;
}

static enum loop_end end(struct loop *l, enum loop_end why)
{
	/* A terminal that goes may be seen gone before its SIGHUP comes: what is saved after this must not die of it. */
	if (why != LOOP_QUIT)
		signal(SIGHUP, SIG_IGN);
	if (why != LOOP_QUIT && l->client.ending)
		l->client.ending(l->client.context, why);
	return why;
}

enum loop_end loop_run(struct loop *l)
{
	if (l->signal_fd < 0)
		return end(l, LOOP_FAILED);
	for (;;) {
		size_t count;
		bool there, unfinished;
		int found;

		read_signals(l);
		if (l->signal)
			return end(l, LOOP_SIGNAL);
		there = l->lent || handle_keys(l);
		if (l->quitting)
			return end(l, LOOP_QUIT);
		if (!there || (!l->lent && !paint(l)))
			return end(l, LOOP_TERMINAL_GONE);
		count = prepare_poll(l);
		unfinished = !l->lent && l->client.unfinished && !screen_is_busy(l->screen) && l->client.unfinished(l->client.context);
		found = poll(l->polled, (nfds_t)count, unfinished ? 0 : wait_ms(l));
		if (found < 0 && errno != EINTR)
			return end(l, LOOP_FAILED);
		/* What somebody looks for goes before what goes on beside. */
		if (unfinished && !l->polled[TERMINAL].revents && !l->polled[SIGNALS].revents) {
			l->client.finish(l->client.context);
			l->dirty = true;
			continue;
		}
		/* Not put off twice. */
		l->put_off = run_timers(l) && !l->put_off;
		if (!l->put_off)
			run_watches(l, l->polled + OTHERS, count - OTHERS);
		if (l->quitting)
			return end(l, LOOP_QUIT);
	}
}
