// SPDX-License-Identifier: GPL-3.0-or-later
/* The values of an INI text, read by iniparser from lines that the scanner has found sound.
 *
 * iniparser 4.1 reads files only, and its dictionary is a list searched from end to end: so it is given a file in memory,
 * some entries at a time. Sections go by their number there, because it also keeps "[a:b]" and the key b of "[a]"
 * under one name.
 */
#include "ini_inside.h"

#include <errno.h>
#include <iniparser/iniparser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/base/utf8.h"

enum { ENTRIES_AT_ONCE = 256, VALUE_MAX = 4096 };

/* iniparser would write to standard error, under the application's screen. */
static int silent(const char *format, ...)
{
	(void)format;
	return 0;
}

/* Puts `text` alone into the file. */
static bool rewrite(int fd, const struct text *text)
{
	size_t done = 0;

	if (ftruncate(fd, 0) < 0)
		return false;
	while (done < text->len) {
		ssize_t n = pwrite(fd, text->data + done, text->len - done, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

/* Whether the entry is the first of those that follow each other in one section. */
static bool opens(const struct ini *ini, size_t from, size_t entry)
{
	return entry == from || ini->entries[entry - 1].section != ini->entries[entry].section;
}

static dictionary *load(int fd, const struct ini *ini, size_t from, size_t to)
{
	struct text text = TEXT_INIT;
	dictionary *read = NULL;
	char path[32];

	for (size_t i = from; i < to; i++) {
		const struct ini_entry *e = &ini->entries[i];

		if (opens(ini, from, i))
			text_addf(&text, "[%zu]\n", i);
		text_add(&text, e->key);
		text_add(&text, " = ");
		text_add(&text, e->value);
		text_addc(&text, '\n');
	}
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (rewrite(fd, &text))
		read = iniparser_load(path);
	text_done(&text);
	return read;
}

/* The value of an entry, which the dictionary holds at `place` (it keeps the order of the file), in NFC; NULL when iniparser
 * read something else there. Owned by the caller. */
static char *value_at(const dictionary *read, size_t place, const struct ini_entry *e)
{
	const char *name = place < (size_t)read->n ? strchr(read->key[place], ':') : NULL;
	char *value = NULL;

	if (name && strcmp(name + 1, e->key) == 0 && read->val[place])
		utf8_accept(e->key, read->val[place], strlen(read->val[place]), VALUE_MAX, &value, NULL);
	return value;
}

/* What iniparser 4.1 makes of a value that begins with no quote and holds no comment's sign, or that is all in one pair of double quotes. NULL: something else. */
static char *plain_value(const struct ini_entry *e)
{
	size_t n = strlen(e->value);
	const char *from = e->value;
	char *value = NULL;

	if (n > 2 && *from == '"' && strchr(from + 1, '"') == from + n - 1) {
		from++;
		n -= 2;
	} else if (n == 0 || *from == '"' || *from == '\'' || strpbrk(from, ";#")) {
		return NULL;
	}
	utf8_accept(e->key, from, n, VALUE_MAX, &value, NULL);
	return value;
}

/* The entries from `from` up to `to`, through the file `fd`. */
static size_t read_some(struct ini *ini, int fd, size_t from, size_t to, struct problems *problems)
{
	dictionary *read = load(fd, ini, from, to);
	size_t place = 0, bad = 0;

	for (size_t i = from; i < to; i++) {
		struct ini_entry *e = &ini->entries[i];
		char *value;

		place += opens(ini, from, i); /* the section's own name comes first */
		value = read ? value_at(read, place++, e) : NULL;
		if (!value) {
			problems_add(problems, ini->file, e->line, _("« %s » : valeur illisible pour iniparser"), e->key);
			bad++;
			value = guichet_strdup("");
		}
		free((char *)e->value);
		e->value = value;
	}
	if (read)
		iniparser_freedict(read);
	return bad;
}

/* Takes those that are plain, from `from` on; gives back where the first one stands that is not. */
static size_t take_plain(struct ini *ini, size_t from)
{
	char *value;

	for (; from < ini->count && (value = plain_value(&ini->entries[from])) != NULL; from++) {
		free((char *)ini->entries[from].value);
		ini->entries[from].value = value;
	}
	return from;
}

size_t ini_read_values(struct ini *ini, bool again, struct problems *problems)
{
	size_t bad = 0, from = again ? take_plain(ini, 0) : 0;
	int fd;

	if (from == ini->count)
		return 0;
	iniparser_set_error_callback(silent);
	fd = memfd_create("ini", MFD_CLOEXEC);
	if (fd < 0) {
		problems_add(problems, ini->file, 0, _("lecture impossible (%s)"), strerror(errno));
		return 1;
	}
	while (from < ini->count) {
		size_t to = again ? from + 1 : from + ENTRIES_AT_ONCE < ini->count ? from + ENTRIES_AT_ONCE : ini->count;

		bad += read_some(ini, fd, from, to, problems);
		from = again ? take_plain(ini, to) : to;
	}
	close(fd);
	return bad;
}
