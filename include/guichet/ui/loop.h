// SPDX-License-Identifier: GPL-3.0-or-later
/* The event loop: one thread that waits for keys, signals, other descriptors and moments, and paints at most once a turn, after all input was
 * handled. It asks for nothing while nothing happens.
 *
 * How the parts go together (tests/screen/sample.c is a whole program):
 *
 *	i18n_start(lang); screen_open(&options, &screen, &warning, &err); loop = loop_new(screen, &client, may_suspend);
 *	loop_run(loop); screen_close(&screen); loop_free(&loop);
 *
 * client.key hands each key to what lies on top (a question: confirm_key; a value list: choice_key; a form: form_key; a list: list_key) and acts on its result.
 * client.draw draws everything anew into a blank grid, at most once a turn: lines_too_small first, then title, view, message, function keys, status; last what lies
 * over the view. Whatever has the focus sets the grid's cursor. Nobody keeps what was drawn; only what changed is sent. Work that takes long runs in pieces
 * from loop_at(loop, 0, ...); a view that lives (a clock, figures) asks for a paint from a timer with loop_redraw.
 */
#ifndef GUICHET_UI_LOOP_H
#define GUICHET_UI_LOOP_H

#include <poll.h>

#include "guichet/ui/screen.h"

struct loop;

enum loop_end {
	LOOP_QUIT,                       /* loop_quit was called */
	LOOP_SIGNAL,                     /* SIGTERM, SIGINT, SIGQUIT or SIGHUP: loop_signal says which */
	LOOP_TERMINAL_GONE,
	LOOP_FAILED,                     /* the system refused poll or signalfd */
};

struct loop_client {
	void *context;
	/* Each key in order; KEYCODE_RESIZE when the window changed. A paint is due after every key. */
	void (*key)(void *context, const struct key *k);
	/* The grid is blank, of the screen's size, and knows whether it is ASCII. */
	void (*draw)(void *context, struct grid *g);
	/* The loop is about to end for a reason that is not loop_quit: save what was typed. The terminal may be gone. May be NULL. */
	void (*ending)(void *context, enum loop_end why);
	/* True: the last picture lacks what takes time. As soon as nothing else is to be done `finish` is called, and a paint is due. Both may be NULL. */
	bool (*unfinished)(void *context);
	void (*finish)(void *context);
};

/* Blocks the signals above, SIGWINCH, SIGTSTP and SIGCONT from here to loop_free, and reads them itself. `screen` is borrowed. */
struct loop *loop_new(struct screen *screen, const struct loop_client *client, bool may_suspend);
void loop_free(struct loop **l);
enum loop_end loop_run(struct loop *l);
int loop_signal(const struct loop *l);                     /* 0 none */
/* Those below may be called from any callback. */
void loop_quit(struct loop *l);
bool loop_is_asked(const struct loop *l);                  /* a key or a signal waits: whatever takes time had better wait */
void loop_redraw(struct loop *l);                          /* a paint is due at the end of this turn */
/* Calls back in `in_ms` milliseconds and then every `every_ms` (0: once). Returns an id above 0. A period that was missed is not made up for. */
int loop_at(struct loop *l, int64_t in_ms, int64_t every_ms, void (*call)(void *context), void *context);
void loop_cancel(struct loop *l, int id);
/* Another program has the terminal until loop_take_back: nothing is read from it nor painted, all else goes on. Its keys' signals are not ours meanwhile. */
void loop_lend(struct loop *l);
void loop_take_back(struct loop *l);
/* Calls back when poll reports something on `fd`. Watching it again changes the events. */
void loop_watch(struct loop *l, int fd, short events, void (*call)(void *context, int fd, short events), void *context);
void loop_unwatch(struct loop *l, int fd);

#endif
