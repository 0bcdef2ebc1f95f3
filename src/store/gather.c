// SPDX-License-Identifier: GPL-3.0-or-later
/* SQLite writes its rollback journal in three pieces a page, each a call to the system. Here they are gathered and
 * written at once when it asks for them to be on the disk, which is the first moment that it relies on: until then the
 * file itself is not touched. Everything else goes straight to SQLite's own file system. Knows nothing of what is
 * written. Not for a store with synchronous = OFF: it never asks, and killed in a transaction that has spilled it would
 * be left without what takes its pages back.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* SQLite writes less than 128 KiB at once; and no more than what malloc has at hand, each transaction anew. */
enum { GATHERED_MAX = 1 << 16 };

/* The journal is what its file holds up to `start`, then what is gathered: also after a write that failed, so that a
 * transaction can still be taken back. SQLite's own file lies behind. */
struct gather {
	sqlite3_file base;
	sqlite3_file *real;
	unsigned char *gathered;
	sqlite3_int64 start;
	size_t bytes;
};

static struct gather *of(sqlite3_file *file)
{
	return (struct gather *)file;
}

static int flush(struct gather *g)
{
	if (!g->bytes)
		return SQLITE_OK;
	int code = g->real->pMethods->xWrite(g->real, g->gathered, (int)g->bytes, g->start);
	if (code == SQLITE_OK)
		g->bytes = 0;
	return code;
}

static int gather_write(sqlite3_file *file, const void *data, int bytes, sqlite3_int64 offset)
{
	struct gather *g = of(file);
	if (g->bytes && (offset != g->start + (sqlite3_int64)g->bytes || g->bytes + (size_t)bytes > GATHERED_MAX)) {
		int code = flush(g);
		if (code != SQLITE_OK)
			return code;
	}
	if (!g->gathered)
		g->gathered = malloc(GATHERED_MAX);
	if (!g->gathered || bytes > GATHERED_MAX)
		return g->real->pMethods->xWrite(g->real, data, bytes, offset);
	if (!g->bytes)
		g->start = offset;
	memcpy(g->gathered + g->bytes, data, (size_t)bytes);
	g->bytes += (size_t)bytes;
	return SQLITE_OK;
}

static int gather_size(sqlite3_file *file, sqlite3_int64 *size)
{
	struct gather *g = of(file);
	int code = g->real->pMethods->xFileSize(g->real, size);
	if (code == SQLITE_OK && g->bytes && g->start + (sqlite3_int64)g->bytes > *size)
		*size = g->start + (sqlite3_int64)g->bytes;
	return code;
}

static int gather_read(sqlite3_file *file, void *data, int bytes, sqlite3_int64 offset)
{
	struct gather *g = of(file);
	sqlite3_int64 end = g->start + (sqlite3_int64)g->bytes;
	if (!g->bytes || offset + bytes <= g->start || offset >= end)
		return g->real->pMethods->xRead(g->real, data, bytes, offset);
	/* Rolling back reads what was just gathered; else what is gathered goes first. */
	if (offset >= g->start && offset + bytes <= end) {
		memcpy(data, g->gathered + (offset - g->start), (size_t)bytes);
		return SQLITE_OK;
	}
	int code = flush(g);
	return code == SQLITE_OK ? g->real->pMethods->xRead(g->real, data, bytes, offset) : code;
}

static int gather_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct gather *g = of(file);
	if (size <= g->start)
		g->bytes = 0;
	int code = flush(g);
	return code == SQLITE_OK ? g->real->pMethods->xTruncate(g->real, size) : code;
}

static int gather_sync(sqlite3_file *file, int flags)
{
	struct gather *g = of(file);
	int code = flush(g);
	return code == SQLITE_OK ? g->real->pMethods->xSync(g->real, flags) : code;
}

static int gather_close(sqlite3_file *file)
{
	struct gather *g = of(file);
	int code = flush(g), closed = g->real->pMethods->xClose(g->real);
	free(g->gathered);
	g->gathered = NULL;
	return code == SQLITE_OK ? closed : code;
}

static int gather_lock(sqlite3_file *file, int level)
{
	return of(file)->real->pMethods->xLock(of(file)->real, level);
}
static int gather_unlock(sqlite3_file *file, int level)
{
	return of(file)->real->pMethods->xUnlock(of(file)->real, level);
}
static int gather_is_locked(sqlite3_file *file, int *out)
{
	return of(file)->real->pMethods->xCheckReservedLock(of(file)->real, out);
}
static int gather_control(sqlite3_file *file, int op, void *arg)
{
	return of(file)->real->pMethods->xFileControl(of(file)->real, op, arg);
}
static int gather_sector(sqlite3_file *file)
{
	return of(file)->real->pMethods->xSectorSize(of(file)->real);
}
static int gather_traits(sqlite3_file *file)
{
	return of(file)->real->pMethods->xDeviceCharacteristics(of(file)->real);
}

static const sqlite3_io_methods gather_methods = {
	.iVersion = 1,
	.xClose = gather_close,
	.xRead = gather_read,
	.xWrite = gather_write,
	.xTruncate = gather_truncate,
	.xSync = gather_sync,
	.xFileSize = gather_size,
	.xLock = gather_lock,
	.xUnlock = gather_unlock,
	.xCheckReservedLock = gather_is_locked,
	.xFileControl = gather_control,
	.xSectorSize = gather_sector,
	.xDeviceCharacteristics = gather_traits,
};

/* SQLite's own, but for how a journal is opened. */
static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
} gathering;

static int gather_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *flags_out)
{
	(void)vfs;
	if (!(flags & SQLITE_OPEN_MAIN_JOURNAL))
		return gathering.real->xOpen(gathering.real, name, file, flags, flags_out);
	struct gather *g = of(file);
	*g = (struct gather){.real = (sqlite3_file *)(g + 1)};
	int code = gathering.real->xOpen(gathering.real, name, g->real, flags, flags_out);
	/* SQLite closes what has methods, even when it did not open. */
	if (g->real->pMethods)
		g->base.pMethods = &gather_methods;
	return code;
}

const char *gather_vfs(void)
{
	if (gathering.real)
		return gathering.vfs.zName;
	gathering.real = sqlite3_vfs_find(NULL);
	if (!gathering.real)
		return NULL;
	gathering.vfs = *gathering.real;
	gathering.vfs.zName = "guichet";
	gathering.vfs.szOsFile += (int)sizeof(struct gather);
	gathering.vfs.xOpen = gather_open;
	gathering.vfs.pNext = NULL;
	sqlite3_vfs_register(&gathering.vfs, 0);
	return gathering.vfs.zName;
}
