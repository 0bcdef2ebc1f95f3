// SPDX-License-Identifier: GPL-3.0-or-later
/* The program's side of moment.h: clock_gettime, poll and sleeps that live in the time of a test, and writing that a test refuses. Built into moment.so. Must not know
 * which program it is loaded into.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "moment.h"

enum { SLICE_MS = 1, MONOTONIC_BEGAN_S = 1000 };

static struct moment_page *page;

__attribute__((constructor)) static void find_page(void)
{
	const char *path = getenv("MOMENT");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *at = fd >= 0 ? mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;

	if (fd >= 0)
		close(fd);
	if (at != MAP_FAILED)
		page = at;
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
	int64_t ms;

	if (!page || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
		return (int)syscall(SYS_clock_gettime, clock, out);
	ms = page->passed_ms + (clock == CLOCK_REALTIME ? page->began_ms : MONOTONIC_BEGAN_S * 1000);
	out->tv_sec = ms / 1000;
	out->tv_nsec = ms % 1000 * 1000000;
	return 0;
}

static int real_poll(struct pollfd *fds, nfds_t count, int ms)
{
	struct timespec wait = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	return (int)syscall(SYS_ppoll, fds, count, ms < 0 ? NULL : &wait, NULL, 0);
}

int poll(struct pollfd *fds, nfds_t count, int ms)
{
	int64_t until = page && ms > 0 ? page->passed_ms + ms : -1;
	bool sends = false;
	int found = page && ms != 0 ? real_poll(fds, count, 0) : real_poll(fds, count, ms);

	if (found != 0 || !page || ms == 0)
		return found;
	for (nfds_t i = 0; i < count; i++)
		sends = sends || (fds[i].fd >= 0 && (fds[i].events & POLLOUT));
	page->until_ms = until;
	page->turns++;
	page->waits = sends ? 2 : 1;
	while ((found = real_poll(fds, count, until < 0 ? -1 : SLICE_MS)) == 0 && page->passed_ms < until)
		continue;
	page->waits = 0;
	return found;
}

/* What a fortified program calls instead. */
int __poll_chk(struct pollfd *fds, nfds_t count, int ms, size_t bytes);
int __poll_chk(struct pollfd *fds, nfds_t count, int ms, size_t bytes)
{
	if (bytes / sizeof *fds < count)
		abort();
	return poll(fds, count, ms);
}

/* Asleep, it does nothing: time passes at once. */
int usleep(useconds_t us)
{
	if (!page)
		return (int)syscall(SYS_nanosleep, &(struct timespec){ us / 1000000, us % 1000000 * 1000L }, NULL);
	page->passed_ms += (us + 999) / 1000;
	return 0;
}

int nanosleep(const struct timespec *wait, struct timespec *left)
{
	if (!page)
		return (int)syscall(SYS_nanosleep, wait, left);
	page->passed_ms += wait->tv_sec * 1000 + (wait->tv_nsec + 999999) / 1000000;
	return 0;
}

/* Files alone: a terminal has no disk. */
static bool refuses(int fd)
{
	struct stat st;

	if (!page || !page->refusal || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink == 0)
		return false;
	errno = page->refusal;
	page->refused++;
	return true;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at)
{
	return refuses(fd) ? -1 : (ssize_t)syscall(SYS_pwrite64, fd, bytes, count, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at)
{
	return pwrite64(fd, bytes, count, at);
}

ssize_t write(int fd, const void *bytes, size_t count)
{
	return refuses(fd) ? -1 : (ssize_t)syscall(SYS_write, fd, bytes, count);
}

/* A full disk still lets files be opened; one that became read-only does not. */
int open64(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list more;

	if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE) {
		va_start(more, flags);
		mode = va_arg(more, mode_t);
		va_end(more);
	}
	if (page && (page->refusal == EROFS || page->refusal == EACCES) && (flags & O_ACCMODE) != O_RDONLY && strncmp(path, "/dev/", 5) != 0
		&& strncmp(path, "/proc/", 6) != 0) {
		errno = page->refusal;
		page->refused++;
		return -1;
	}
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int statvfs(const char *path, struct statvfs *out)
{
	int (*real)(const char *, struct statvfs *);

	*(void **)&real = dlsym(RTLD_NEXT, "statvfs");
	if (!real || real(path, out) != 0)
		return -1;
	if (page && page->refusal == EROFS)
		out->f_flag |= ST_RDONLY;
	return 0;
}
