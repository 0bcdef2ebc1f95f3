// SPDX-License-Identifier: GPL-3.0-or-later
/* A desk for tests: guichet itself, in a folder of its own with an exercise store, in time that stands still (moment.h). The screens run in a pseudo-terminal, commands
 * beside them as another process.
 */
#ifndef TESTS_SCREEN_DESK_H
#define TESTS_SCREEN_DESK_H

#include "guichet/base/text.h"
#include "moment.h"

enum { DESK_ARGS = 32 };

struct desk {
	char home[128], store[256];
	char guichet[4096];
	struct moment moment;
	char words[8][256];
	const char *environment[24]; size_t count;
	struct text said;                    /* by the last command, on both of its outputs */
};

/* guichet is the one that was built with this test. Time is Tuesday 24 November 2026, 10:47 in Paris. */
bool desk_make(struct desk *d, int requests);
/* Odette Lefèvre has called from 06 39 98 12 34, about a hole in front of 12 rue des Lilas in Verdane; `reference`, unless NULL, is her request's. */
bool desk_know_caller(struct desk *d, const char *login, char reference[16]);
/* As `from` is now: its store, another folder, the same time. */
bool desk_copy(struct desk *d, const struct desk *from);
void desk_done(struct desk *d);
void desk_set(struct desk *d, const char *word);          /* NAME=VALUE, or NAME to take it away; borrowed */
/* The screens; the arguments end with NULL. False when they do not open. */
bool desk_open(struct desk *d, struct pty *p, const char *term, int rows, int cols, const char *const *arguments);
/* A command in another process; its exit status, or -1. What it said is in `said`. */
int desk_run(struct desk *d, const char *const *arguments);
/* The first column of the first row that a statement on a store gives, by another door: to be freed. NULL when there is none. */
char *desk_store_text(const char *store, const char *sql);
int64_t desk_store_number(const char *store, const char *sql);          /* INT64_MIN when there is none */
#define DESK_RUN(d, ...) desk_run(d, (const char *const[]){ __VA_ARGS__, NULL })

#endif
