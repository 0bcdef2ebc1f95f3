// SPDX-License-Identifier: GPL-3.0-or-later
/* The processes of a run of faults: started, read line by line, killed. All are children of this one, which ends them when it goes. */
#ifndef TESTS_FAULTS_CHILDREN_H
#define TESTS_FAULTS_CHILDREN_H

#include <stdbool.h>
#include <sys/types.h>

#include "guichet/base/text.h"

struct child {
	pid_t pid;                       /* 0: none */
	int in, out;                     /* our ends; -1: none */
	struct text partial;             /* a line that is not whole yet */
};

enum { CHILD_IN = 1, CHILD_OUT = 2, CHILD_MIXED = 4 /* what it complains of comes among what it prints */ };

/* `home`: its HOME, with the folders of a desk in it. What it prints otherwise goes to the file home/log. */
bool child_start(struct child *c, const char *home, int pipes, char *const *argv);
/* The next whole line that has come, without its end, or NULL; reads what there is without waiting. The caller frees it. */
char *child_line(struct child *c);
/* Waits for a line that holds `text`; NULL when the process ends, or none comes in a minute. */
char *child_wait_line(struct child *c, const char *text);
bool child_ended(struct child *c, int *status);      /* true once it has ended, or there is none */
int child_wait(struct child *c);                     /* its exit status; 128 + n when a signal ended it */
void child_kill(struct child *c);
/* Runs it to its end. Its exit status; its first line of output in `line` when that is given. */
int child_run(const char *home, char *const *argv, char *line, size_t room);

#endif
