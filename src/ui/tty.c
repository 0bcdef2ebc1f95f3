// SPDX-License-Identifier: GPL-3.0-or-later
/* The terminal as a device. Must not know what the bytes mean. */
#include "tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "guichet/base/i18n.h"

enum { ROWS_GUESS = 24, COLS_GUESS = 80, PIECE = 1024 };

enum guichet_rc tty_open(struct tty *t, int in, int out, struct guichet_err *err)
{
	char path[64];

	*t = (struct tty){ .in = in, .out = out, .out_now = -1 };
	if (!isatty(in) || !isatty(out))
		return guichet_err_set(err, GUICHET_USAGE, _("%s n'est pas un terminal ; utiliser une sous-commande (guichet help)"),
			isatty(in) ? _("la sortie") : _("l'entrée"));
	if (tcgetattr(in, &t->before) != 0)
		return guichet_err_set(err, GUICHET_IO, _("terminal illisible : %s"), strerror(errno));
	/* Another description of the same terminal: what we ask of it must not outlive us in the shell's. */
	snprintf(path, sizeof path, "/proc/self/fd/%d", out);
	t->out_now = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	return GUICHET_OK;
}

void tty_close(struct tty *t)
{
	tty_cooked(t);
	if (t->out_now >= 0)
		close(t->out_now);
	t->out_now = -1;
}

enum guichet_rc tty_raw(struct tty *t)
{
	struct termios raw = t->before;

	raw.c_iflag &= (tcflag_t) ~(IXON | IXOFF | IXANY | ICRNL | INLCR | IGNCR | ISTRIP | PARMRK | BRKINT);
	raw.c_oflag &= (tcflag_t)~OPOST;
	raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO | ECHONL | ISIG | IEXTEN);
	raw.c_cflag &= (tcflag_t) ~(CSIZE | PARENB);
	raw.c_cflag |= CS8;
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(t->in, TCSANOW, &raw) != 0)
		return GUICHET_IO;
	t->raw = true;
	return GUICHET_OK;
}

void tty_cooked(struct tty *t)
{
	if (t->raw)
		tcsetattr(t->in, TCSANOW, &t->before);
	t->raw = false;
}

void tty_size(const struct tty *t, int *rows, int *cols)
{
	struct winsize size = { 0 };

	if (ioctl(t->out, TIOCGWINSZ, &size) != 0)
		size.ws_row = size.ws_col = 0;
	*rows = size.ws_row ? size.ws_row : ROWS_GUESS;
	*cols = size.ws_col ? size.ws_col : COLS_GUESS;
}

enum tty_io tty_read(const struct tty *t, char *bytes, size_t room, size_t *got)
{
	struct pollfd p = { .fd = t->in, .events = POLLIN };
	ssize_t n;

	*got = 0;
	if (poll(&p, 1, 0) <= 0)
		return TTY_NOTHING;
	/* A terminal that hung up may still hold what was typed before. */
	if (!(p.revents & POLLIN))
		return TTY_GONE;
	n = read(t->in, bytes, room);
	if (n > 0) {
		*got = (size_t)n;
		return TTY_SOME;
	}
	return n < 0 && (errno == EINTR || errno == EAGAIN) ? TTY_NOTHING : TTY_GONE;
}

enum tty_io tty_write(const struct tty *t, const char *bytes, size_t count, size_t *sent)
{
	bool now = t->out_now >= 0;
	struct pollfd p = { .fd = now ? t->out_now : t->out, .events = POLLOUT };
	ssize_t n;

	*sent = 0;
	if (!now) {
		if (poll(&p, 1, 0) <= 0)
			return TTY_NOTHING;
		if (!(p.revents & POLLOUT))
			return TTY_GONE;
	}
	/* Where writing may wait, little at a time. */
	n = write(p.fd, bytes, now || count < PIECE ? count : PIECE);
	if (n >= 0) {
		*sent = (size_t)n;
		return n > 0 ? TTY_SOME : TTY_NOTHING;
	}
	return errno == EINTR || errno == EAGAIN ? TTY_NOTHING : TTY_GONE;
}

void tty_wait_writable(const struct tty *t, int ms)
{
	struct pollfd p = { .fd = t->out_now >= 0 ? t->out_now : t->out, .events = POLLOUT };

	poll(&p, 1, ms);
}

/* --- Whatever happens -------------------------------------------------------------------------------------------- */

static const int crashes[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL };
enum { CRASHES = sizeof crashes / sizeof *crashes };

/* A handler has no other way to know. */
static struct {
	volatile sig_atomic_t armed;
	int in, out;
	struct termios before;
	char bytes[256];
	size_t count;
	struct sigaction handlers[CRASHES];
	bool at_exit;
} emergency;

static void put_back(void)
{
	if (!emergency.armed)
		return;
	emergency.armed = 0;
	if (write(emergency.out, emergency.bytes, emergency.count) < 0)
		emergency.count = 0;
	tcsetattr(emergency.in, TCSANOW, &emergency.before);
}

static void crashed(int number)
{
	put_back();
	/* What would have happened without us happens when this returns. */
	for (int i = 0; i < CRASHES; i++)
		if (crashes[i] == number)
			sigaction(number, &emergency.handlers[i], NULL);
	raise(number);
}

void tty_arm(const struct tty *t, const char *bytes, size_t count)
{
	struct sigaction action = { .sa_handler = crashed };
	bool again = emergency.armed != 0;

	emergency.armed = 0;
	emergency.in = t->in;
	emergency.out = t->out_now >= 0 ? t->out_now : t->out;
	emergency.before = t->before;
	emergency.count = count < sizeof emergency.bytes ? count : sizeof emergency.bytes;
	memcpy(emergency.bytes, bytes, emergency.count);
	emergency.armed = 1;
	if (!emergency.at_exit)
		emergency.at_exit = atexit(put_back) == 0;
	sigemptyset(&action.sa_mask);
	for (int i = 0; i < CRASHES && !again; i++)
		sigaction(crashes[i], &action, &emergency.handlers[i]);
}

void tty_disarm(void)
{
	if (!emergency.armed)
		return;
	emergency.armed = 0;
	for (int i = 0; i < CRASHES; i++)
		sigaction(crashes[i], &emergency.handlers[i], NULL);
}
