// SPDX-License-Identifier: GPL-3.0-or-later
/* What guichet reads in mails, one JSON object a line for each file named on standard input: tests/mails/table compares it with what others read in the same
 * files. Each has ten seconds; one that takes longer, or that the reader dies of, ends the run, named. */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guichet/base/clock.h"
#include "guichet/base/utf8.h"
#include "guichet/mail/sort.h"

enum { SECONDS = 10 };

static void check(bool holds, const char *path, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "mails: %s: %s\n", path, what);
	abort();
}

/* Every text that goes out is clean. */
static json_t *text_of(const char *s, const char *path)
{
	check(utf8_valid(s, strlen(s), NULL), path, "a text that is no UTF-8");
	for (const unsigned char *p = (const unsigned char *)s; *p; p++)
		check(*p >= ' ' || *p == '\n', path, "a control character");
	return json_string(s);
}

static json_t *parts_of(struct mail *m, const char *path)
{
	json_t *parts = json_array();
	for (size_t i = 0; i < m->part_count; i++) {
		const char *data;
		size_t bytes;
		check(!mail_part_data(m, i, &data, &bytes, NULL), path, "a part without data");
		check(!strpbrk(m->parts[i].name, "/\\\n") && *m->parts[i].name && *m->parts[i].name != '.', path, "a name that is not safe");
		json_array_append_new(parts, json_pack("{s:o, s:s, s:I, s:b}", "name", text_of(m->parts[i].name, path), "type", m->parts[i].type, "bytes",
			(json_int_t)bytes, "inside", m->parts[i].inside));
	}
	return parts;
}

static json_t *sorting_of(const struct mail_sorting *s, const char *path)
{
	static const char *const voices[] = { "person", "machine", "bounce" };
	json_t *failed = json_array();
	for (size_t i = 0; i < s->failed_count; i++)
		json_array_append_new(failed, json_pack("{s:o, s:s, s:b, s:b, s:o}", "address", text_of(s->failed[i].address, path), "status", s->failed[i].status,
			"permanent", s->failed[i].permanent, "delayed", s->failed[i].delayed, "said", text_of(s->failed[i].said, path)));
	return json_pack("{s:s, s:s, s:o}", "kind", voices[s->voice], "why", mail_why_code(s->why), "failed", failed);
}

static void read_one(const char *path)
{
	static const char *const troubles[] = { "", "unreadable", "too-many", "too-large" };
	struct stat info = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	check(fd >= 0 && !fstat(fd, &info), path, "cannot be opened");
	char *data = malloc((size_t)info.st_size + 1);
	check(data && read(fd, data, (size_t)info.st_size) == info.st_size, path, "cannot be read");
	close(fd);
	struct mail m;
	struct mail_sorting s;
	struct guichet_err err = { 0 };
	int64_t before = clock_monotonic_ns();
	alarm(SECONDS);
	check(!mail_read(&m, data, (size_t)info.st_size, &err), path, err.message);
	mail_judge(&m, NULL, &s);
	int64_t us = (clock_monotonic_ns() - before) / 1000;
	check(strlen(m.text) + strlen(m.folded) <= MAIL_TEXT_MAX, path, "too much text");
	json_t *o = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:I, s:s}", "file", path, "from", text_of(m.from.address, path), "name",
		text_of(m.from.name, path), "subject", text_of(m.subject, path), "message_id", text_of(m.message_id, path), "text", text_of(m.text, path), "folded",
		text_of(m.folded, path), "trouble", troubles[m.trouble], "attachments", parts_of(&m, path), "sorting", sorting_of(&s, path), "us", (json_int_t)us,
		"type", m.type);
	check(o != NULL, path, "no JSON");
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
	mail_sorting_done(&s);
	mail_done(&m);
	free(data);
	alarm(0);
}

int main(void)
{
	char path[4096];
	while (fgets(path, sizeof path, stdin)) {
		path[strcspn(path, "\n")] = '\0';
		read_one(path);
		fflush(stdout);
	}
	return 0;
}
