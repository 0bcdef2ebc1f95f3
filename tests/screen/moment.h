// SPDX-License-Identifier: GPL-3.0-or-later
/* A program that lives in time of ours: moment.so, loaded before everything else, answers its questions about time and ends its waits when we say that so much time
 * has passed. Two things come of it: what happens after two seconds or two hours is tested at once, and "it has done all that it will do for now" is a fact that can
 * be asked, rather than a pause. It can be told that disks are full or may no longer be written to.
 */
#ifndef TESTS_SCREEN_MOMENT_H
#define TESTS_SCREEN_MOMENT_H

#include <stdatomic.h>

#include "pty.h"

/* Shared with the program. */
struct moment_page {
	_Atomic int64_t passed_ms;           /* since it began */
	_Atomic uint64_t turns;              /* waits begun */
	_Atomic int waits;                   /* 0 at work; 1 for something to do; 2 for the terminal to take in what was sent */
	_Atomic int64_t until_ms;            /* of passed_ms, that it waits for; negative: not for time */
	_Atomic int64_t began_ms;            /* UTC */
	_Atomic int refusal;                 /* errno with which files are written to from now on; 0: as ever */
	_Atomic int64_t refused;             /* how often that was */
};

struct moment {
	char path[128];
	char words[2][4200];                 /* NAME=VALUE for pty_start's environment */
	struct moment_page *page;
};

/* Time begins at `began_ms` and stands still. `library` is the path of moment.so. */
bool moment_start(struct moment *m, const char *library, int64_t began_ms);
void moment_done(struct moment *m);
/* Until the program waits and has nothing left to do: keys read, pictures sent and taken in. False when patience ends, or the program did: see p->ended. */
bool moment_settle(struct moment *m, struct pty *p);
/* So much time passes, then it settles. */
bool moment_pass(struct moment *m, struct pty *p, int64_t ms);
/* A signal; waits until it was seen, then settles. */
bool moment_signal(struct moment *m, struct pty *p, int number);
/* Another size of the window, likewise. */
bool moment_resize(struct moment *m, struct pty *p, int rows, int cols);

#endif
