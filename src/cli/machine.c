// SPDX-License-Identifier: GPL-3.0-or-later
/* The machine under a store, as /sys and /proc show it. Never guesses: what they don't say is uncertain. */
#include "machine.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "guichet/base/text.h"

enum { DEPTH_MAX = 8, LINE_BYTES = 4096 };

/* --- file system: magic numbers of linux/magic.h and of the kernel's sources --- */

static const struct { uint32_t magic; const char *name; bool lasts; } doubtful[] = {
	{ 0x6969, "NFS", true }, { 0x517B, "SMB", true }, { 0xFF534D42, "CIFS", true }, { 0xFE534D42, "SMB2", true }, { 0x65735546, "FUSE", true },
	{ 0x00C36400, "Ceph", true }, { 0x5346414F, "AFS", true }, { 0x01021997, "9P", true }, { 0x564C, "NCP", true }, { 0x73757245, "Coda", true },
	{ 0x786F4256, "vboxsf", true }, { 0x01021994, "tmpfs", false }, { 0x858458F6, "ramfs", false },
};

const char *machine_doubtful_file_system(const char *path, bool *lasts)
{
	struct statfs fs;
	*lasts = true;
	if (statfs(path, &fs))
		return NULL;
	for (size_t i = 0; i < sizeof doubtful / sizeof *doubtful; i++)
		if ((uint32_t)fs.f_type == doubtful[i].magic) {
			*lasts = doubtful[i].lasts;
			return doubtful[i].name;
		}
	return NULL;
}

/* --- encryption --- */

static bool read_first_line(const char *path, char *line, size_t size)
{
	FILE *f = fopen(path, "re");
	bool got = f && fgets(line, (int)size, f);
	if (f)
		fclose(f);
	return got;
}

static enum certainty encrypted_below(const char *folder, int depth);

/* All the devices that this one is made of must be encrypted. */
static enum certainty slaves_encrypted(const char *folder, int depth)
{
	struct text path = TEXT_INIT;
	enum certainty all = CERTAIN_YES;
	size_t count = 0;
	text_addf(&path, "%s/slaves", folder);
	DIR *d = opendir(text_str(&path));
	/* One thread, and a stream of its own. */
	// cppcheck-suppress readdirCalled
	for (struct dirent *e; d && (e = readdir(d));) {
		struct text below = TEXT_INIT;
		if (e->d_name[0] == '.')
			continue;
		count++;
		text_addf(&below, "%s/slaves/%s", folder, e->d_name);
		enum certainty one = encrypted_below(text_str(&below), depth + 1);
		if (one != CERTAIN_YES && all != CERTAIN_NO)
			all = one;
		text_done(&below);
	}
	if (d)
		closedir(d);
	/* A partition is made of its disk. */
	text_clear(&path);
	text_addf(&path, "%s/partition", folder);
	if (!count && !access(text_str(&path), F_OK)) {
		text_clear(&path);
		text_addf(&path, "%s/..", folder);
		all = encrypted_below(text_str(&path), depth + 1);
	} else if (!count) {
		all = CERTAIN_NO;
	}
	text_done(&path);
	return all;
}

static enum certainty encrypted_below(const char *folder, int depth)
{
	char uuid[160];
	struct text path = TEXT_INIT;
	text_addf(&path, "%s/dm/uuid", folder);
	bool crypt = read_first_line(text_str(&path), uuid, sizeof uuid) && !strncmp(uuid, "CRYPT-", 6);
	text_done(&path);
	if (crypt)
		return CERTAIN_YES;
	return depth < DEPTH_MAX ? slaves_encrypted(folder, depth) : UNCERTAIN;
}

static enum certainty device_encrypted(dev_t device)
{
	char folder[64];
	snprintf(folder, sizeof folder, "/sys/dev/block/%u:%u", major(device), minor(device));
	if (access(folder, F_OK))
		return UNCERTAIN;
	return encrypted_below(folder, 0);
}

/* The device that a file system without one of its own (btrfs) says it is mounted from; 0 when there is none. */
static dev_t mounted_from(dev_t device)
{
	char line[LINE_BYTES], wanted[48];
	dev_t found = 0;
	snprintf(wanted, sizeof wanted, " %u:%u ", major(device), minor(device));
	FILE *f = fopen("/proc/self/mountinfo", "re");
	while (f && !found && fgets(line, sizeof line, f)) {
		struct stat st;
		char source[LINE_BYTES];
		const char *after = strstr(line, " - ");
		if (!after || !strstr(line, wanted) || strstr(line, wanted) > after)
			continue;
		if (sscanf(after, " - %*s %4095s", source) == 1 && source[0] == '/' && !stat(source, &st) && S_ISBLK(st.st_mode))
			found = st.st_rdev;
	}
	if (f)
		fclose(f);
	return found;
}

static enum certainty device_of_file_encrypted(const struct stat *st)
{
	dev_t device = major(st->st_dev) ? st->st_dev : mounted_from(st->st_dev);
	return device ? device_encrypted(device) : UNCERTAIN;
}

enum certainty machine_is_encrypted(const char *path)
{
	struct stat st;
	return stat(path, &st) ? UNCERTAIN : device_of_file_encrypted(&st);
}

enum certainty machine_swap_is_encrypted(bool *any)
{
	char line[LINE_BYTES], name[LINE_BYTES];
	enum certainty all = CERTAIN_YES;
	FILE *f = fopen("/proc/swaps", "re");
	*any = false;
	if (!f)
		return UNCERTAIN;
	while (fgets(line, sizeof line, f)) {
		struct stat st;
		if (sscanf(line, "%4095s", name) != 1 || name[0] != '/')
			continue;
		*any = true;
		enum certainty one = UNCERTAIN;
		if (!strncmp(name, "/dev/zram", 9))
			one = CERTAIN_YES;
		else if (!stat(name, &st))
			one = S_ISBLK(st.st_mode) ? device_encrypted(st.st_rdev) : device_of_file_encrypted(&st);
		if (one != CERTAIN_YES && all != CERTAIN_NO)
			all = one;
	}
	fclose(f);
	return all;
}

/* --- terminal --- */

static bool terminfo_has(const char *folder, const char *term)
{
	struct text path = TEXT_INIT;
	bool found = false;
	text_addf(&path, "%s/%c/%s", folder, term[0], term);
	found = !access(text_str(&path), R_OK);
	text_clear(&path);
	text_addf(&path, "%s/%02x/%s", folder, (unsigned char)term[0], term);
	found = found || !access(text_str(&path), R_OK);
	text_done(&path);
	return found;
}

bool machine_knows_terminal(const char *term)
{
	static const char *const folders[] = { "/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo", "/usr/lib/terminfo" };
	const char *own = getenv("TERMINFO"), *home = getenv("HOME");
	if (!*term || strchr(term, '/'))
		return false;
	if (own && *own && terminfo_has(own, term))
		return true;
	struct text mine = TEXT_INIT;
	text_addf(&mine, "%s/.terminfo", home ? home : "");
	bool found = terminfo_has(text_str(&mine), term);
	for (size_t i = 0; !found && i < sizeof folders / sizeof *folders; i++)
		found = terminfo_has(folders[i], term);
	text_done(&mine);
	return found;
}
