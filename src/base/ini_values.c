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

size_t ini_read_values(struct ini *ini, struct problems *problems)
{
	size_t bad = 0;
	int fd;

	if (ini->count == 0)
		return 0;
	iniparser_set_error_callback(silent);
	fd = memfd_create("ini", MFD_CLOEXEC);
	if (fd < 0) {
		problems_add(problems, ini->file, 0, _("lecture impossible (%s)"), strerror(errno));
		return 1;
	}
	for (size_t from = 0; from < ini->count; from += ENTRIES_AT_ONCE) {
		size_t to = from + ENTRIES_AT_ONCE < ini->count ? from + ENTRIES_AT_ONCE : ini->count;
		dictionary *read = load(fd, ini, from, to);
		size_t place = 0;

		for (size_t i = from; i < to; i++) {
			struct ini_entry *e = &ini->entries[i];
			char *value;

			place += opens(ini, from, i); /* the section's own name comes first */
			value = read ? value_at(read, place++, e) : NULL;
			if (!value) {
				problems_add(problems, ini->file, e->line, _("« %s » : valeur illisible pour iniparser"),
					e->key);
				bad++;
				value = guichet_strdup("");
			}
			free((char *)e->value);
			e->value = value;
		}
		if (read)
			iniparser_freedict(read);
	}
	close(fd);
	return bad;
}
