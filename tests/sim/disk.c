// SPDX-License-Identifier: GPL-3.0-or-later
/* A disk that fills up, and processes that die between two writes: SQLite's own calls to the system go through here. */
#include <errno.h>
#include <sqlite3.h>
#include <unistd.h>

#include "sim.h"

static struct { enum disk_fault how; unsigned left; bool armed, met; } disk;

static bool fails(void)
{
	if (!disk.armed)
		return false;
	if (disk.left > 0) {
		disk.left--;
		return false;
	}
	disk.met = true;
	errno = disk.how == DISK_FULL ? ENOSPC : EIO;
	return true;
}

static ssize_t sim_write(int fd, const void *bytes, size_t count)
{
	return fails() ? -1 : write(fd, bytes, count);
}

static ssize_t sim_pwrite(int fd, const void *bytes, size_t count, off_t at)
{
	return fails() ? -1 : pwrite(fd, bytes, count, at);
}

/* Taking away works on a full disk; a dead process does not even do that. */
static int sim_ftruncate(int fd, off_t bytes)
{
	return disk.armed && disk.how == DISK_DEAD && fails() ? -1 : ftruncate(fd, bytes);
}

static int sim_unlink(const char *path)
{
	return disk.armed && disk.how == DISK_DEAD && fails() ? -1 : unlink(path);
}

static int sim_fsync(int fd)
{
	(void)fd;
	return disk.armed && disk.how == DISK_DEAD && disk.met ? -1 : 0;
}

void disk_init(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find("unix");
	vfs->xSetSystemCall(vfs, "write", (sqlite3_syscall_ptr)sim_write);
	vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)sim_pwrite);
	vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)sim_pwrite);
	vfs->xSetSystemCall(vfs, "ftruncate", (sqlite3_syscall_ptr)sim_ftruncate);
	vfs->xSetSystemCall(vfs, "unlink", (sqlite3_syscall_ptr)sim_unlink);
	vfs->xSetSystemCall(vfs, "fsync", (sqlite3_syscall_ptr)sim_fsync);
}

void disk_break(enum disk_fault how, unsigned writes)
{
	disk.how = how;
	disk.left = writes;
	disk.armed = true;
	disk.met = false;
}

bool disk_heal(void)
{
	bool met = disk.armed && disk.met;
	disk.armed = false;
	return met;
}
