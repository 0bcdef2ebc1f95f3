// SPDX-License-Identifier: GPL-3.0-or-later
/* See stores.h. Must not know what is measured. */
#include "stores.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "guichet/base/text.h"
#include "guichet/exchange/demo.h"

static void die(const char *what, const struct guichet_err *err)
{
	fprintf(stderr, "bench: %s: %s\n", what, err->message);
	exit(70);
}

void stores_make_empty(const char *path)
{
	struct guichet_err err = {0};
	struct catalogue_source source = {0};
	const char *data = getenv("GUICHET_DATADIR");
	struct text folder = TEXT_INIT;
	text_addf(&folder, "%s/catalogue", data && *data ? data : "data");
	if (catalogue_read_folder(text_str(&folder), &source, &err) || store_create(path, &source, true, NULL, &err))
		die("store", &err);
	catalogue_source_done(&source);
	text_done(&folder);
}

static bool say_progress(void *context, int64_t done, int64_t total)
{
	(void)context;
	if (isatty(2))
		fprintf(stderr, "\r%lld/%lld", (long long)done, (long long)total);
	return true;
}

double stores_make(const char *path, size_t requests)
{
	struct guichet_err err = {0};
	struct progress p = {say_progress, NULL};
	struct store *s = NULL;
	stores_make_empty(path);
	if (store_open(path, NULL, &s, &err))
		die(path, &err);
	int64_t from = clock_monotonic_ns();
	if (demo_fill(s, requests, &p, &err))
		die("demo", &err);
	double seconds = (double)(clock_monotonic_ns() - from) / 1e9;
	if (isatty(2))
		fprintf(stderr, "\r%40s\r", "");
	store_close(&s);
	return seconds;
}

void stores_drop(const char *path)
{
	struct text journal = TEXT_INIT;
	text_addf(&journal, "%s-journal", path);
	unlink(path);
	unlink(text_str(&journal));
	text_done(&journal);
}

void stores_forget_cached(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	fdatasync(fd);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
}

void stores_read_once(const char *path)
{
	static char block[1 << 18];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && read(fd, block, sizeof block) > 0)
		;
	if (fd >= 0)
		close(fd);
}

char *stores_folder(void)
{
	const char *dir = getenv("BENCH_DIR");
	struct text folder = TEXT_INIT;
	text_addf(&folder, "%s/guichet-bench-XXXXXX", dir && *dir ? dir : "/var/tmp");
	char *made = text_take(&folder);
	if (!mkdtemp(made)) {
		perror(made);
		exit(73);
	}
	return made;
}

char *stores_kept(size_t requests)
{
	const char *folder = getenv("BENCH_KEEP");
	struct text path = TEXT_INIT;
	if (!folder || !*folder)
		return NULL;
	text_addf(&path, "%s/bench-%zu.db", folder, requests);
	return text_take(&path);
}
