// SPDX-License-Identifier: GPL-3.0-or-later
/* A program in a pseudo-terminal, for tests. Must not know which program. */
#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guichet/base/clock.h"

static int64_t now_ms(void)
{
	return clock_monotonic_ns() / 1000000;
}

static void become(const char *term, const char *const *environment, char *const *argv, const char *terminal)
{
	int fd;

	setsid();
	fd = open(terminal, O_RDWR);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) != 0)
		_exit(126);
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	setenv("TERM", term, 1);
	for (; environment && *environment; environment++) {
		char *word = strdup(*environment), *equals = word ? strchr(word, '=') : NULL;

		if (equals)
			*equals = '\0';
		if (equals)
			setenv(word, equals + 1, 1);
		else if (word)
			unsetenv(word);
	}
	execvp(argv[0], argv);
	_exit(127);
}

bool pty_start(struct pty *p, int rows, int cols, const char *term, const char *const *environment, char *const *argv)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols };
	char name[128];

	*p = (struct pty){ .fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), .program_fd = -1 };
	vt_init(&p->vt, rows, cols);
	if (p->fd < 0 || grantpt(p->fd) != 0 || unlockpt(p->fd) != 0 || ptsname_r(p->fd, name, sizeof name) != 0)
		return false;
	ioctl(p->fd, TIOCSWINSZ, &size);
	p->program_fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	p->pid = fork();
	if (p->pid == 0)
		become(term, environment, argv, name);
	return p->pid > 0;
}

bool pty_take_in(struct pty *p, int ms)
{
	struct pollfd poller = { .fd = p->fd, .events = POLLIN };
	char bytes[65536];
	ssize_t got;

	if (p->fd < 0 || p->deaf) {
		poll(NULL, 0, ms);
		return false;
	}
	if (poll(&poller, 1, ms) <= 0 || !(poller.revents & POLLIN))
		return false;
	got = read(p->fd, bytes, sizeof bytes);
	if (got > 0)
		vt_feed(&p->vt, bytes, (size_t)got);
	return got > 0;
}

static bool has_ended(struct pty *p)
{
	if (!p->ended && waitpid(p->pid, &p->status, WNOHANG) == p->pid)
		p->ended = true;
	return p->ended;
}

void pty_send(struct pty *p, const char *bytes, size_t count)
{
	int64_t until = now_ms() + PTY_PATIENCE_MS;

	fcntl(p->fd, F_SETFL, fcntl(p->fd, F_GETFL) | O_NONBLOCK);
	while (count > 0 && now_ms() < until) {
		ssize_t sent = write(p->fd, bytes, count);

		if (sent > 0) {
			bytes += sent;
			count -= (size_t)sent;
		} else if (errno != EAGAIN && errno != EINTR) {
			break;
		}
		/* A program that is busy drawing does not read. */
		while (pty_take_in(p, 0))
			continue;
	}
	fcntl(p->fd, F_SETFL, fcntl(p->fd, F_GETFL) & ~O_NONBLOCK);
}

void pty_type(struct pty *p, const char *bytes)
{
	pty_send(p, bytes, strlen(bytes));
}

static bool wait_for(struct pty *p, const char *text, bool there)
{
	int64_t until = now_ms() + PTY_PATIENCE_MS;
	char *screen;

	while ((vt_find(&p->vt, text) >= 0) != there) {
		if (!pty_take_in(p, 50) && (now_ms() > until || (has_ended(p) && !pty_take_in(p, 50)))) {
			if ((vt_find(&p->vt, text) >= 0) == there)
				return true;
			screen = vt_dump(&p->vt, false);
			fprintf(stderr, "waited for '%s' to %s; the screen:\n%s\n", text, there ? "show" : "go", screen);
			free(screen);
			return false;
		}
	}
	return true;
}

bool pty_wait(struct pty *p, const char *text)
{
	return wait_for(p, text, true);
}

bool pty_wait_gone(struct pty *p, const char *text)
{
	return wait_for(p, text, false);
}

void pty_settle(struct pty *p, int ms)
{
	while (pty_take_in(p, ms))
		continue;
}

bool pty_wait_end(struct pty *p)
{
	int64_t until = now_ms() + PTY_PATIENCE_MS;

	while (!has_ended(p)) {
		pty_take_in(p, 20);
		if (now_ms() > until)
			return false;
	}
	while (pty_take_in(p, 0))
		continue;
	return true;
}

void pty_resize(struct pty *p, int rows, int cols)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols };

	vt_resize(&p->vt, rows, cols);
	ioctl(p->fd, TIOCSWINSZ, &size);
}

void pty_hang_up(struct pty *p)
{
	if (p->program_fd >= 0)
		close(p->program_fd);
	if (p->fd >= 0)
		close(p->fd);
	p->fd = p->program_fd = -1;
}

bool pty_modes(const struct pty *p, struct termios *out)
{
	return p->program_fd >= 0 && tcgetattr(p->program_fd, out) == 0;
}

bool pty_wait_raw(struct pty *p, bool raw)
{
	int64_t until = now_ms() + PTY_PATIENCE_MS;
	struct termios modes;

	while (now_ms() < until) {
		if (pty_modes(p, &modes) && !(modes.c_lflag & ICANON) == raw)
			return true;
		pty_take_in(p, 5);
	}
	return false;
}

int64_t pty_cpu_ms(const struct pty *p)
{
	char path[64], line[1024] = "";
	long long user = 0, system = 0;
	const char *at;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)p->pid);
	file = fopen(path, "re");
	if (!file)
		return -1;
	at = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
	fclose(file);
	/* Fields 14 and 15, counted from the third, which follows the name. */
	if (!at || sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld", &user, &system) != 2)
		return -1;
	return (user + system) * 1000 / sysconf(_SC_CLK_TCK);
}

void pty_done(struct pty *p)
{
	pty_hang_up(p);
	if (p->pid > 0 && !has_ended(p)) {
		kill(p->pid, SIGCONT);
		kill(p->pid, SIGKILL);
		waitpid(p->pid, &p->status, 0);
	}
	vt_done(&p->vt);
}
