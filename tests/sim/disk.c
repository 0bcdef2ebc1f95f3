// SPDX-License-Identifier: GPL-3.0-or-later
/* The files of the simulated machines (disk.h), as a file system of SQLite's. */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guichet/base/text.h"
#include "sim.h"

enum { FILES = 256, SECTOR = 512, HEADER = 100, GROWTH = 1 << 16 };

/* Something written and not synced: what was there, what is now, in `undo`. A truncation has no new bytes. */
struct change {
	int64_t at, bytes, was_bytes, was_size;
	size_t was, now;
	bool shortens;
};
struct handle;
struct file {
	char path[DISK_PATH];
	bool used, temporary;
	int opened, shared;
	struct handle *writer;
	unsigned char *data;
	int64_t size, capacity;
	struct change *changes;
	size_t change_count, change_capacity;
	unsigned char *undo;
	size_t undo_bytes, undo_capacity;
	void **regions;
	int region_count, region_users;
};
struct handle {
	sqlite3_file base;
	struct file *file;
	int level;
	bool regions;
};

static struct {
	struct file files[FILES];
	sqlite3_vfs vfs;
	enum disk_fault how;
	unsigned left;
	bool armed, met;
	uint64_t random, boots;
} disk;

/* --- faults --- */

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

static bool fails(void)
{
	if (!disk.armed)
		return false;
	if (disk.left > 0) {
		disk.left--;
		return false;
	}
	disk.met = true;
	return true;
}

/* Taking away works on a full disk; a dead process does not even do that. */
static bool is_dead(void)
{
	return disk.armed && disk.how == DISK_DEAD && fails();
}

/* --- files --- */

static struct file *find(const char *path)
{
	for (size_t i = 0; i < FILES; i++)
		if (disk.files[i].used && !strcmp(disk.files[i].path, path))
			return &disk.files[i];
	return NULL;
}

static struct file *file_new(const char *path)
{
	struct file *f = disk.files;
	while (f < disk.files + FILES && f->used)
		f++;
	if (f == disk.files + FILES)
		abort();
	memset(f, 0, sizeof *f);
	f->used = true;
	snprintf(f->path, sizeof f->path, "%s", path);
	return f;
}

static void drop_regions(struct file *f)
{
	for (int i = 0; i < f->region_count; i++)
		free(f->regions[i]);
	free(f->regions);
	f->regions = NULL;
	f->region_count = 0;
}

static void file_free(struct file *f)
{
	drop_regions(f);
	free(f->data);
	free(f->changes);
	free(f->undo);
	memset(f, 0, sizeof *f);
}

static void make_room(struct file *f, int64_t size)
{
	if (size <= f->capacity)
		return;
	f->capacity = 2 * size > GROWTH ? 2 * size : GROWTH;
	f->data = guichet_realloc(f->data, (size_t)f->capacity, 1);
}

static void resize(struct file *f, int64_t size)
{
	make_room(f, size);
	if (size > f->size)
		memset(f->data + f->size, 0, (size_t)(size - f->size));
	f->size = size;
}

static size_t keep(struct file *f, const void *bytes, int64_t count)
{
	size_t at = f->undo_bytes, need = at + (size_t)count;
	if (need > f->undo_capacity) {
		f->undo_capacity = 2 * need;
		f->undo = guichet_realloc(f->undo, f->undo_capacity, 1);
	}
	if (count > 0)
		memcpy(f->undo + at, bytes, (size_t)count);
	f->undo_bytes = need;
	return at;
}

static void note(struct file *f, int64_t at, const void *bytes, int64_t count, bool shortens)
{
	int64_t until = shortens ? f->size : at + count,
			was = f->size > until ? until - at
		: f->size > at            ? f->size - at
								  : 0;
	if (f->temporary)
		return;
	GUICHET_GROW(f->changes, f->change_count, f->change_capacity);
	struct change *c = &f->changes[f->change_count++];
	*c = (struct change){.at = at, .bytes = count, .was_bytes = was, .was_size = f->size, .shortens = shortens};
	c->was = keep(f, f->data ? f->data + (was ? at : 0) : NULL, was);
	c->now = keep(f, bytes, count);
}

static void put(struct file *f, int64_t at, const void *bytes, int64_t count)
{
	make_room(f, at + count);
	if (at > f->size)
		memset(f->data + f->size, 0, (size_t)(at - f->size));
	if (at + count > f->size)
		f->size = at + count;
	if (count > 0)
		memcpy(f->data + at, bytes, (size_t)count);
}

/* --- when the power goes --- */

static void take_back(struct file *f, const struct change *c)
{
	if (c->was_size > f->size)
		resize(f, c->was_size);
	if (c->was_bytes > 0)
		memcpy(f->data + c->at, f->undo + c->was, (size_t)c->was_bytes);
	f->size = c->was_size;
}

static unsigned lose(struct file *f, uint64_t *state)
{
	unsigned lost = 0;
	/* One write, or all of them, or any: a disk keeps what it had come to. */
	uint64_t kept = chance_next(state) % 3 == 0 ? 0 : chance_next(state) % 101;
	for (size_t i = f->change_count; i-- > 0;)
		take_back(f, &f->changes[i]);
	for (size_t i = 0; i < f->change_count; i++) {
		const struct change *c = &f->changes[i];
		uint64_t luck = chance_next(state) % 100;
		if (luck >= kept) {
			lost++;
		} else if (c->shortens) {
			if (c->at < f->size)
				f->size = c->at;
		} else {
			int64_t whole = c->bytes,
					part = chance_next(state) % 10
				? whole
				: whole * (int64_t)(chance_next(state) % 100) / 100 / SECTOR * SECTOR;
			lost += part < whole;
			put(f, c->at, f->undo + c->now, part);
		}
	}
	f->change_count = 0;
	f->undo_bytes = 0;
	return lost;
}

static const char *const beside[] = {"", "-journal", "-wal"};
enum { BESIDE = 3 };

static struct file *find_beside(const char *path, int which)
{
	char name[DISK_PATH];
	snprintf(name, sizeof name, "%s%s", path, beside[which]);
	return find(name);
}

unsigned disk_lose_unsynced(const char *path, uint64_t *state)
{
	unsigned lost = 0;
	for (int i = 0; i < BESIDE; i++) {
		struct file *f = find_beside(path, i);
		if (f && f->opened)
			abort();
		if (f)
			lost += lose(f, state);
	}
	return lost;
}

void disk_copy(const char *from, const char *to)
{
	char name[DISK_PATH];
	disk_remove(to);
	for (int i = 0; i < BESIDE; i++) {
		const struct file *f = find_beside(from, i);
		if (!f)
			continue;
		snprintf(name, sizeof name, "%s%s", to, beside[i]);
		struct file *copy = file_new(name);
		put(copy, 0, f->data, f->size);
	}
}

void disk_remove(const char *path)
{
	for (int i = 0; i < BESIDE; i++) {
		struct file *f = find_beside(path, i);
		if (f && f->opened)
			abort();
		if (f)
			file_free(f);
	}
}

bool disk_holds(const char *path, const char *bytes)
{
	for (int i = 0; i < BESIDE; i++) {
		const struct file *f = find_beside(path, i);
		if (f && f->size > 0 && memmem(f->data, (size_t)f->size, bytes, strlen(bytes)))
			return true;
	}
	return false;
}

int __real_open(const char *path, int flags, ...);
int __real_unlink(const char *path);
int __real_rename(const char *from, const char *to);
int __wrap_open(const char *path, int flags, ...);
int __wrap_unlink(const char *path);
int __wrap_rename(const char *from, const char *to);

static void show(const char *path, const struct file *f)
{
	int fd = __real_open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int64_t size = f ? f->size : 0, head = size < HEADER ? size : HEADER;
	if (fd < 0 || (head > 0 && pwrite(fd, f->data, (size_t)head, 0) != head) || ftruncate(fd, size) != 0)
		abort();
	close(fd);
}

void disk_boot(void)
{
	disk.boots++;
}

void disk_show(const char *path)
{
	char name[DISK_PATH];
	show(path, find(path));
	snprintf(name, sizeof name, "%s-journal", path);
	const struct file *journal = find(name);
	if (journal && journal->size > 0)
		show(name, journal);
	else
		__real_unlink(name);
}

/* --- what our code asks of the system itself: the linker sends it here --- */

static int open_boot_id(void)
{
	int fd = memfd_create("boot_id", MFD_CLOEXEC);
	if (fd < 0 || dprintf(fd, "%llu\n", (unsigned long long)disk.boots) < 0 || lseek(fd, 0, SEEK_SET) != 0)
		abort();
	return fd;
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	va_start(args, flags);
	unsigned mode = flags & O_CREAT ? va_arg(args, unsigned) : 0;
	va_end(args);
	if (!strcmp(path, "/proc/sys/kernel/random/boot_id"))
		return open_boot_id();
	if ((flags & O_CREAT) && is_dead()) {
		errno = EIO;
		return -1;
	}
	if (!(flags & O_CREAT) && find(path))
		disk_show(path);
	return __real_open(path, flags, mode);
}

/* What somebody has open goes on without a name. */
static void drop(const char *path)
{
	struct file *f = find(path);
	if (f && f->opened)
		f->path[0] = '\0';
	if (f)
		f->temporary = true;
	if (f && !f->opened)
		file_free(f);
}

int __wrap_unlink(const char *path)
{
	if (find(path) && is_dead()) {
		errno = EIO;
		return -1;
	}
	drop(path);
	return __real_unlink(path);
}

int __wrap_rename(const char *from, const char *to)
{
	struct file *f = find(from);
	if (f && is_dead()) {
		errno = EIO;
		return -1;
	}
	if (f) {
		drop(to);
		snprintf(f->path, sizeof f->path, "%s", to);
	}
	return __real_rename(from, to);
}

/* --- what SQLite calls --- */

static struct file *of(sqlite3_file *file)
{
	return ((struct handle *)file)->file;
}

static int disk_read(sqlite3_file *file, void *data, int bytes, sqlite3_int64 at)
{
	struct file *f = of(file);
	int64_t there = f->size - at < bytes ? f->size - at : bytes;
	if (there > 0)
		memcpy(data, f->data + at, (size_t)there);
	if (there == bytes)
		return SQLITE_OK;
	there = there < 0 ? 0 : there;
	memset((char *)data + there, 0, (size_t)(bytes - there));
	return SQLITE_IOERR_SHORT_READ;
}

static int disk_write(sqlite3_file *file, const void *data, int bytes, sqlite3_int64 at)
{
	if (fails())
		return disk.how == DISK_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
	note(of(file), at, data, bytes, false);
	put(of(file), at, data, bytes);
	return SQLITE_OK;
}

static int disk_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct file *f = of(file);
	if (is_dead())
		return SQLITE_IOERR_TRUNCATE;
	if (size < f->size)
		note(f, size, NULL, 0, true);
	if (size < f->size)
		f->size = size;
	return SQLITE_OK;
}

static int disk_sync(sqlite3_file *file, int flags)
{
	struct file *f = of(file);
	(void)flags;
	if (disk.armed && disk.how == DISK_DEAD && disk.met)
		return SQLITE_IOERR_FSYNC;
	f->change_count = 0;
	f->undo_bytes = 0;
	return SQLITE_OK;
}

static int disk_size(sqlite3_file *file, sqlite3_int64 *size)
{
	*size = of(file)->size;
	return SQLITE_OK;
}

static int disk_lock(sqlite3_file *file, int level)
{
	struct handle *h = (struct handle *)file;
	struct file *f = h->file;
	if (level <= h->level)
		return SQLITE_OK;
	bool other = f->writer && f->writer != h;
	if (level == SQLITE_LOCK_SHARED) {
		if (other && f->writer->level > SQLITE_LOCK_RESERVED)
			return SQLITE_BUSY;
		f->shared++;
	} else if (other || (level == SQLITE_LOCK_EXCLUSIVE && f->shared > 1)) {
		return SQLITE_BUSY;
	} else {
		f->writer = h;
	}
	h->level = level;
	return SQLITE_OK;
}

static int disk_unlock(sqlite3_file *file, int level)
{
	struct handle *h = (struct handle *)file;
	struct file *f = h->file;
	if (level >= h->level)
		return SQLITE_OK;
	if (f->writer == h)
		f->writer = NULL;
	if (level == SQLITE_LOCK_NONE)
		f->shared--;
	h->level = level;
	return SQLITE_OK;
}

static int disk_is_reserved(sqlite3_file *file, int *out)
{
	*out = of(file)->writer != NULL;
	return SQLITE_OK;
}

static int disk_control(sqlite3_file *file, int op, void *arg)
{
	(void)file;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int disk_sector(sqlite3_file *file)
{
	(void)file;
	return SECTOR;
}

static int disk_traits(sqlite3_file *file)
{
	(void)file;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

/* The index of a write-ahead log is memory that processes share: it goes with the last of them. */
static int disk_region(sqlite3_file *file, int at, int bytes, int extend, void volatile **out)
{
	struct handle *h = (struct handle *)file;
	struct file *f = h->file;
	*out = NULL;
	if (!h->regions)
		f->region_users++;
	h->regions = true;
	if (at >= f->region_count && !extend)
		return SQLITE_OK;
	if (at >= f->region_count) {
		f->regions = guichet_realloc(f->regions, (size_t)at + 1, sizeof *f->regions);
		while (f->region_count <= at)
			f->regions[f->region_count++] = guichet_alloc((size_t)bytes);
	}
	*out = f->regions[at];
	return SQLITE_OK;
}

static int disk_region_lock(sqlite3_file *file, int offset, int n, int flags)
{
	(void)file;
	(void)offset;
	(void)n;
	(void)flags;
	return SQLITE_OK;
}

static void disk_barrier(sqlite3_file *file)
{
	(void)file;
}

static int disk_unmap(sqlite3_file *file, int remove)
{
	struct handle *h = (struct handle *)file;
	(void)remove;
	if (h->regions && --h->file->region_users == 0)
		drop_regions(h->file);
	h->regions = false;
	return SQLITE_OK;
}

static int disk_close(sqlite3_file *file)
{
	struct file *f = of(file);
	disk_unmap(file, 0);
	disk_unlock(file, SQLITE_LOCK_NONE);
	if (--f->opened == 0 && f->temporary)
		file_free(f);
	return SQLITE_OK;
}

static const sqlite3_io_methods methods = {2, disk_close, disk_read, disk_write, disk_truncate, disk_sync, disk_size,
	disk_lock, disk_unlock, disk_is_reserved, disk_control, disk_sector, disk_traits, disk_region, disk_region_lock,
	disk_barrier, disk_unmap, NULL, NULL};

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *flags_out)
{
	struct handle *h = (struct handle *)file;
	(void)vfs;
	memset(h, 0, sizeof *h);
	h->file = name ? find(name) : NULL;
	if (!h->file && name && !(flags & SQLITE_OPEN_CREATE) && access(name, F_OK) != 0)
		return SQLITE_CANTOPEN;
	if (!h->file)
		h->file = file_new(name ? name : "");
	h->file->temporary = !name || (flags & SQLITE_OPEN_DELETEONCLOSE);
	h->file->opened++;
	h->base.pMethods = &methods;
	if (flags_out)
		*flags_out = flags;
	return SQLITE_OK;
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	struct file *f = find(name);
	(void)vfs;
	(void)sync;
	if (!f)
		return SQLITE_IOERR_DELETE_NOENT;
	if (is_dead())
		return SQLITE_IOERR_DELETE;
	if (f->opened)
		abort();
	file_free(f);
	return SQLITE_OK;
}

static int disk_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
	struct file *f = find(name);
	(void)vfs;
	*out = f && (flags != SQLITE_ACCESS_EXISTS || f->size > 0);
	return SQLITE_OK;
}

static int disk_full_path(sqlite3_vfs *vfs, const char *name, int room, char *out)
{
	(void)vfs;
	snprintf(out, (size_t)room, "%s", name);
	return SQLITE_OK;
}

/* Journals begin with a random number: the same in every run. */
static int disk_random(sqlite3_vfs *vfs, int bytes, char *out)
{
	(void)vfs;
	for (int i = 0; i < bytes; i++)
		out[i] = (char)chance_next(&disk.random);
	return bytes;
}

void disk_seed(uint64_t seed)
{
	disk.random = seed;
	sqlite3_randomness(0, NULL);
}

static int disk_sleep(sqlite3_vfs *vfs, int us)
{
	(void)vfs;
	return us;
}

void disk_init(void)
{
	/* Nothing here has a second thread. */
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	const sqlite3_vfs *real = sqlite3_vfs_find(NULL);
	disk.vfs = *real;
	disk.vfs.zName = "sim";
	disk.vfs.szOsFile = sizeof(struct handle);
	disk.vfs.xOpen = disk_open;
	disk.vfs.xDelete = disk_delete;
	disk.vfs.xAccess = disk_access;
	disk.vfs.xFullPathname = disk_full_path;
	disk.vfs.xRandomness = disk_random;
	disk.vfs.xSleep = disk_sleep;
	disk.vfs.pNext = NULL;
	sqlite3_vfs_register(&disk.vfs, 1);
}
