// SPDX-License-Identifier: GPL-3.0-or-later
/* Runs a program in a pseudo-terminal of its own, types to it, and reads its screen. Nothing here sleeps: every wait is for something to be seen, and fails loudly
 * after PTY_PATIENCE_MS.
 */
#ifndef TESTS_SCREEN_PTY_H
#define TESTS_SCREEN_PTY_H

#include <sys/types.h>
#include <termios.h>

#include "vt.h"

enum { PTY_PATIENCE_MS = 20000 };

struct pty {
	int fd;                              /* our side */
	int program_fd;                      /* its side, kept open to ask about modes; -1 once dropped */
	pid_t pid;
	int status;                          /* from waitpid, once `ended` */
	bool ended;
	bool deaf;                           /* we do not read: the program's output piles up */
	struct vt vt;
};

/* `environment`: NAME=VALUE words that replace or join ours, NULL at the end; NAME alone takes it away. */
bool pty_start(struct pty *p, int rows, int cols, const char *term, const char *const *environment, char *const *argv);
/* Ends the program if need be, and forgets it. */
void pty_done(struct pty *p);
void pty_type(struct pty *p, const char *bytes);                 /* raw: "\033[A" is Up */
void pty_send(struct pty *p, const char *bytes, size_t count);
/* Reads what comes until `text` stands on the screen (pty_gone: no longer stands), or patience ends: false, with the screen on standard error. */
bool pty_wait(struct pty *p, const char *text);
bool pty_wait_gone(struct pty *p, const char *text);
/* Reads once, waiting at most `ms` for something; false when nothing came. */
bool pty_take_in(struct pty *p, int ms);
/* Until nothing has come for `ms`. */
void pty_settle(struct pty *p, int ms);
/* Until the program ended: false when it does not. */
bool pty_wait_end(struct pty *p);
void pty_resize(struct pty *p, int rows, int cols);
void pty_hang_up(struct pty *p);                                 /* the terminal vanishes */
bool pty_modes(const struct pty *p, struct termios *out);
/* Until the terminal is (not) in raw mode. */
bool pty_wait_raw(struct pty *p, bool raw);
/* Processor time that the program used so far. */
int64_t pty_cpu_ms(const struct pty *p);

#endif
