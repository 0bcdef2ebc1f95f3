// SPDX-License-Identifier: GPL-3.0-or-later
/* What is printed on a letter: the block of an address after NF Z10-011 (lines: title, name, organisation, then the address), and any text on its way to groff, where
 * nothing may be obeyed. The first byte says which. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "../../src/report/letter_inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* --- addresses --- */

static void read_address(char *s)
{
	enum { FIELDS = 3 };
	const char *fields[FIELDS];
	struct letter_address to;
	for (int i = 0; i < FIELDS; i++) {
		char *end = s + strcspn(s, "\n");
		fields[i] = s;
		s = end + (*end != '\0');
		*end = '\0';
	}
	if (letter_address_make(fields[0], fields[1], fields[2], s, &to, NULL))
		return;
	check(to.count >= 2 && to.count <= LETTER_LINES);
	for (size_t i = 0; i < to.count; i++) {
		const char *line = to.lines[i];
		size_t columns = 0, bytes = strlen(line);
		check(bytes > 0 && *line != ' ' && line[bytes - 1] != ' ' && utf8_valid(line, bytes, NULL) && strcspn(line, "\n\r\t") == bytes);
		for (const char *c = line; *c; c++)
			columns += ((unsigned char)*c & 0xC0) != 0x80;
		check(columns <= LETTER_COLUMNS);
	}
	const char *town = to.lines[to.count - 1];
	check(strspn(town, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ") == strlen(town));
}

/* --- groff --- */

/* What is named or escaped is one of ours; returns what stands behind it. */
static const char *check_escape(const char *s)
{
	check(*s && strchr("[%:|~&", *s));
	if (*s != '[')
		return s + 1;
	size_t n = strspn(s + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
	check(n >= 2 && s[1 + n] == ']');
	return s + n + 2;
}

static void check_words(const char *s, size_t bytes)
{
	for (const char *end = s + bytes; s < end;) {
		check(*s >= ' ' && *s < 0x7F);
		s = *s == '\\' ? check_escape(s + 1) : s + 1;
	}
}

static void print(const char *s)
{
	struct text body = TEXT_INIT, word = TEXT_INIT;
	groff_add_body(&body, s, strlen(s));
	for (const char *line = text_str(&body); *line;) {
		size_t n = strcspn(line, "\n");
		check(line[n] == '\n');
		check(!strncmp(line, ".GAP\n", 5) || !strncmp(line, ".br\n", 4) || !strncmp(line, "\\&", 2));
		if (*line != '.')
			check_words(line, n);
		line += n + 1;
	}
	groff_define(&word, "x", s);
	check(!strncmp(text_str(&word), ".ds x \"", 7) && strcspn(text_str(&word), "\n") == word.len - 1);
	check_words(text_str(&word) + 7, word.len - 8);
	text_done(&body);
	text_done(&word);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = NULL;
	/* The store holds no other text. */
	if (size < 1 || utf8_accept("", (const char *)data + 1, size - 1, LETTER_TEXT_MAX, &text, NULL))
		return 0;
	if (data[0] == 'a')
		read_address(text);
	else
		print(text);
	free(text);
	return 0;
}
