// SPDX-License-Identifier: GPL-3.0-or-later
/* INI text: our scanner records lines and refuses what iniparser 4.1 would silently misread, then iniparser gives the values.
 *
 * What the scanner refuses, each with file and line, all of them and not just the first: a line over 1,000 bytes
 * (continuations included), a key outside a section, a line without '=', a duplicate section or key, a value with an
 * unquoted ';' or '#', an unclosed quote or bracket, invalid UTF-8, a NUL, a control character.
 * Also refused: text after a closing quote or bracket, a comment that ends with '\' (it would swallow the next line), '\' at the
 * end of the file. Where a line goes on after a final '\', blanks around the break become one space (none: glued).
 * Section and key names are ASCII [a-z0-9._-] (and ':' in section names: "[motif:nid-de-poule]"); capitals are
 * lower-cased. A name given twice keeps its first value.
 */
#ifndef GUICHET_BASE_INI_H
#define GUICHET_BASE_INI_H

#include <stddef.h>

#include "guichet/base/err.h"

/* A list of everything wrong with some files; shared by the scanner, the catalogue and the configuration. */
struct problem {
	char *file;     /* name as given to ini_parse */
	int line;       /* 1-based; 0 when it concerns the whole file */
	char *message;  /* French: what is wrong, with which value, and what was expected */
};

struct problems {
	struct problem *items;
	size_t count, capacity;
};

void problems_add(struct problems *list, const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void problems_done(struct problems *list);

struct ini_entry {
	const char *section; /* lower case */
	const char *key;     /* lower case */
	const char *value;   /* unquoted, trimmed */
	int line;
};

struct ini {
	char *file;
	struct ini_entry *entries; /* in file order; strings owned by the ini */
	size_t count;
	const char **sections;     /* in file order */
	int *section_lines;
	size_t section_count;
	void *dictionary;          /* the index of names; private */
};

/* Parses `bytes` bytes of INI text called `file`. Every mistake goes to `problems`; returns GUICHET_CONFIG when there was
 * one (then *out is still filled with what could be read). The caller calls ini_done in both cases. */
enum guichet_rc ini_parse(const char *file, const char *data, size_t bytes, struct ini *out, struct problems *problems);
/* The same for a text that ini_parse has found sound before, as what a store holds: values that iniparser hands back as they stand are not handed to it again. */
enum guichet_rc ini_parse_again(const char *file, const char *data, size_t bytes, struct ini *out, struct problems *problems);
void ini_done(struct ini *ini);

/* The entry, or NULL. */
const struct ini_entry *ini_find(const struct ini *ini, const char *section, const char *key);

/* Reads a whole regular file, at most `max` bytes (GUICHET_NO_INPUT, GUICHET_IO, GUICHET_DATA). The caller frees *data, which
 * is NUL-terminated beyond its `*bytes`. */
enum guichet_rc file_read(const char *path, size_t max, char **data, size_t *bytes, struct guichet_err *err);

#endif
