// SPDX-License-Identifier: GPL-3.0-or-later
/* The terminal as a device: its modes, its size, bytes to it and from it, and putting it back whatever happens. Knows no capability. */
#ifndef GUICHET_UI_TTY_H
#define GUICHET_UI_TTY_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include "guichet/base/err.h"

struct tty {
	int in, out;
	int out_now;                     /* the same terminal opened so that writing never waits; -1: it could not be */
	struct termios before;
	bool raw;
};

/* GUICHET_USAGE when one of them is no terminal. Changes nothing yet. */
enum guichet_rc tty_open(struct tty *t, int in, int out, struct guichet_err *err);
void tty_close(struct tty *t);
/* Bytes as they come, no signal keys, no flow control, no translation; what was typed before is kept. */
enum guichet_rc tty_raw(struct tty *t);
void tty_cooked(struct tty *t);
void tty_size(const struct tty *t, int *rows, int *cols);

enum tty_io { TTY_SOME, TTY_NOTHING /* not now */, TTY_GONE };
enum tty_io tty_read(const struct tty *t, char *bytes, size_t room, size_t *got);
enum tty_io tty_write(const struct tty *t, const char *bytes, size_t count, size_t *sent);
/* Waits until it takes bytes, at most that long. */
void tty_wait_writable(const struct tty *t, int ms);

/* From now on a crash, an abort or an exit sends `bytes` and puts the modes back. The bytes are copied. One terminal at a time. */
void tty_arm(const struct tty *t, const char *bytes, size_t count);
void tty_disarm(void);

#endif
