// SPDX-License-Identifier: GPL-3.0-or-later
/* Types to the screens one key at a time and says what each key cost until its picture was sent. Two ways: "outside", a program in a pseudo-terminal, as a person
 * has it; "inside", the same views, loop's work and curses in this process, where what the store does can be counted.
 *
 * Scripts are words between blanks: a key by its name (ui/key.h), NAME*N N times, 'text' each character in turn.
 */
#ifndef BENCH_TYPIST_H
#define BENCH_TYPIST_H

#include <time.h>

#include "../screen/pty.h"
#include "guichet/ui/view.h"

struct painted {
	double wall_ms;          /* from the key to the last byte of its picture */
	double cpu_ms;           /* of the program's, until then */
	double whole_ms;         /* from the key until all that it looked for is shown */
	double waited_ms;        /* of whole_ms: somebody else had the processor */
	int64_t bytes;           /* to the terminal, until then; 0: nothing changed on it */
	int64_t rest_bytes;      /* and what follows when no other key comes; outside: where that is waited for */
	int64_t statements, rows, steps;   /* inside and counting: SQL statements, rows that they gave, steps of SQLite's machine */
};

struct typist {
	struct pty pty;          /* inside: only its terminal's two ends and the emulator */
	clockid_t clock;         /* processor time of the program */
	struct screen *screen;   /* inside; NULL outside */
	struct store *store; struct ui *ui; struct grid grid;
	bool rests;              /* outside: after each key, until what follows is there */
	void (*each)(void *context, const char *key, const struct painted *p); void *context;   /* told of each key; NULL nobody */
};

/* Runs a program. False when it can't be. */
bool typist_outside(struct typist *t, int rows, int cols, const char *const *environment, char *const *argv);
/* Opens a store. `count`: also what SQLite does (which costs time). Ends the process when it can't. */
void typist_inside(struct typist *t, int rows, int cols, const char *store, const struct actor *actor, bool count);
void typist_done(struct typist *t);
/* False when a word of the script is no key. */
bool typist_play(struct typist *t, const char *script);
/* Each character of a text that may hold anything. */
void typist_type(struct typist *t, const char *text);
bool typist_shows(struct typist *t, const char *text);
/* Outside: until it stands on the screen and the program sleeps. */
bool typist_wait(struct typist *t, const char *text);
/* Inside: what happens each ten seconds with nobody there. */
void typist_tick(struct typist *t, struct painted *out);
double typist_cpu_ms(const struct typist *t);
/* A number of /proc/PID/status, as "VmHWM" in KiB; -1 none. */
long typist_status(const struct typist *t, const char *name);

#endif
