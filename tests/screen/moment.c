// SPDX-License-Identifier: GPL-3.0-or-later
/* Our side of moment.h. Must not know which program. */
#include "moment.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guichet/base/clock.h"

bool moment_start(struct moment *m, const char *library, int64_t began_ms)
{
	int fd;

	*m = (struct moment){ .path = "/tmp/guichet-moment-XXXXXX" };
	fd = mkstemp(m->path);
	if (fd < 0 || ftruncate(fd, sizeof *m->page) != 0)
		return false;
	m->page = mmap(NULL, sizeof *m->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (m->page == MAP_FAILED)
		return false;
	m->page->began_ms = began_ms;
	snprintf(m->words[0], sizeof m->words[0], "LD_PRELOAD=%s", library);
	snprintf(m->words[1], sizeof m->words[1], "MOMENT=%s", m->path);
	return true;
}

void moment_done(struct moment *m)
{
	if (m->page)
		munmap(m->page, sizeof *m->page);
	unlink(m->path);
}

/* What the terminal driver still holds for the program to read. Polling its side hands over what is on the way. */
static bool has_unread(const struct pty *p)
{
	struct pollfd poller = { .fd = p->program_fd, .events = POLLIN };

	return p->program_fd >= 0 && poll(&poller, 1, 0) > 0 && (poller.revents & POLLIN);
}

static bool waits(const struct moment *m)
{
	int64_t until = m->page->until_ms;

	return m->page->waits == 1 && (until < 0 || until > m->page->passed_ms);
}

/* The same wait before and after a look that found nothing unread: whatever was typed before this call was read, and the wait began after it. */
static bool is_settled(const struct moment *m, const struct pty *p)
{
	uint64_t turn = m->page->turns;

	return waits(m) && !has_unread(p) && waits(m) && m->page->turns == turn;
}

static bool has_ended(struct pty *p)
{
	if (!p->ended && waitpid(p->pid, &p->status, WNOHANG) == p->pid)
		p->ended = true;
	return p->ended;
}

static bool settle_after(struct moment *m, struct pty *p, uint64_t turn)
{
	int64_t until = clock_monotonic_ns() / 1000000 + PTY_PATIENCE_MS;

	for (;;) {
		int64_t before;

		if (m->page->turns > turn && is_settled(m, p)) {
			before = p->vt.bytes;
			pty_settle(p, 0);
			if (p->vt.bytes == before)
				return true;
			continue;
		}
		pty_settle(p, 1);
		if (has_ended(p)) {
			pty_settle(p, 0);
			return false;
		}
		if (clock_monotonic_ns() / 1000000 > until)
			return false;
	}
}

bool moment_settle(struct moment *m, struct pty *p)
{
	return settle_after(m, p, 0);
}

bool moment_pass(struct moment *m, struct pty *p, int64_t ms)
{
	m->page->passed_ms += ms;
	return moment_settle(m, p);
}

bool moment_signal(struct moment *m, struct pty *p, int number)
{
	uint64_t turn = m->page->turns;

	kill(p->pid, number);
	return settle_after(m, p, turn);
}

bool moment_resize(struct moment *m, struct pty *p, int rows, int cols)
{
	uint64_t turn = m->page->turns;
	bool same = p->vt.rows == rows && p->vt.cols == cols;

	pty_resize(p, rows, cols);
	return settle_after(m, p, same ? 0 : turn);
}
