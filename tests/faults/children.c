// SPDX-License-Identifier: GPL-3.0-or-later
/* Processes of a run of faults (children.h). */
#include "children.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guichet/base/clock.h"

enum { PATIENCE_MS = 60000 };

static void live_in(const char *home)
{
	static const char *const names[] = { "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME" }, *const folders[] = { "data", "config", "state" };
	char path[256];
	setenv("HOME", home, 1);
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", home, folders[i]);
		setenv(names[i], path, 1);
	}
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TERM", "dumb", 1);
}

static _Noreturn void become(const char *home, const int in[2], const int out[2], int pipes, char *const *argv)
{
	char path[256];
	/* None outlives the test, however that ends. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof path, "%s/log", home);
	int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(pipes & CHILD_IN ? in[0] : null, 0);
	dup2(pipes & CHILD_OUT ? out[1] : log, 1);
	dup2(pipes & CHILD_MIXED ? out[1] : log, 2);
	signal(SIGPIPE, SIG_DFL);
	live_in(home);
	execv(argv[0], argv);
	_exit(127);
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

bool child_start(struct child *c, const char *home, int pipes, char *const *argv)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 };
	*c = (struct child){ .in = -1, .out = -1 };
	if ((pipes & CHILD_IN && pipe2(in, O_CLOEXEC)) || (pipes & CHILD_OUT && pipe2(out, O_CLOEXEC)))
		return false;
	c->pid = fork();
	if (c->pid == 0)
		become(home, in, out, pipes, argv);
	close_end(&in[0]);
	close_end(&out[1]);
	c->in = in[1];
	c->out = out[0];
	if (c->out >= 0)
		fcntl(c->out, F_SETFL, O_NONBLOCK);
	return c->pid > 0;
}

static char *take_line(struct child *c)
{
	const char *text = text_str(&c->partial), *end = strchr(text, '\n');
	if (!end)
		return NULL;
	char *line = guichet_strndup(text, (size_t)(end - text)), *rest = guichet_strdup(end + 1);
	text_clear(&c->partial);
	text_add(&c->partial, rest);
	free(rest);
	return line;
}

char *child_line(struct child *c)
{
	char bytes[8192];
	ssize_t got;
	char *line = take_line(c);
	while (!line && c->out >= 0 && (got = read(c->out, bytes, sizeof bytes)) > 0) {
		text_addn(&c->partial, bytes, (size_t)got);
		line = take_line(c);
	}
	return line;
}

char *child_wait_line(struct child *c, const char *text)
{
	int64_t until = clock_monotonic_ns() / 1000000 + PATIENCE_MS;
	while (clock_monotonic_ns() / 1000000 < until) {
		char *line = child_line(c);
		if (line && strstr(line, text))
			return line;
		free(line);
		if (line)
			continue;
		struct pollfd p = { .fd = c->out, .events = POLLIN };
		poll(&p, 1, 1000);
		if (p.revents & POLLHUP && !(p.revents & POLLIN))
			return NULL;
	}
	return NULL;
}

static void forget(struct child *c)
{
	close_end(&c->in);
	close_end(&c->out);
	text_done(&c->partial);
	c->pid = 0;
}

static int status_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool child_ended(struct child *c, int *status)
{
	int raw = 0;
	if (c->pid <= 0)
		return true;
	if (waitpid(c->pid, &raw, WNOHANG) != c->pid)
		return false;
	*status = status_of(raw);
	forget(c);
	return true;
}

int child_wait(struct child *c)
{
	int raw = 0;
	if (c->pid <= 0)
		return -1;
	close_end(&c->in);
	while (waitpid(c->pid, &raw, 0) < 0 && errno == EINTR)
		continue;
	forget(c);
	return status_of(raw);
}

void child_kill(struct child *c)
{
	if (c->pid <= 0)
		return;
	kill(c->pid, SIGKILL);
	child_wait(c);
}

int child_run(const char *home, char *const *argv, char *line, size_t room)
{
	struct child c;
	if (!child_start(&c, home, line ? CHILD_OUT : 0, argv))
		return -1;
	if (line) {
		*line = '\0';
		char *first = child_wait_line(&c, "");
		if (first)
			snprintf(line, room, "%s", first);
		free(first);
	}
	return child_wait(&c);
}
