// SPDX-License-Identifier: GPL-3.0-or-later
/* Writing CSV that a spreadsheet opens without running anything. Must not know the columns. */
#include <string.h>

#include "guichet/base/csv.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A sign, digits, at most one decimal point or comma: what a spreadsheet reads as a number and nothing else. */
static bool is_plain_number(const char *s)
{
	bool decimals = false;

	if (*s == '+' || *s == '-')
		s++;
	if (!is_digit(*s))
		return false;
	for (; *s; s++) {
		if (is_digit(*s))
			continue;
		if (decimals || (*s != '.' && *s != ',') || !is_digit(s[1]))
			return false;
		decimals = true;
	}
	return true;
}

void csv_write_field(struct text *line, const char *value, char separator, bool first)
{
	const char special[] = { '"', '\r', '\n', separator, '\0' };
	bool formula = *value && strchr("=+-@\t\r", *value) && !is_plain_number(value);
	size_t bytes = strlen(value);

	if (!first)
		text_addc(line, separator);
	if (!formula && !strpbrk(value, special) && *value != ' ' && (bytes == 0 || value[bytes - 1] != ' ')) {
		text_addn(line, value, bytes);
		return;
	}
	text_addc(line, '"');
	if (formula)
		text_addc(line, '\'');
	for (;;) {
		size_t run = strcspn(value, "\"");

		text_addn(line, value, run);
		if (!value[run])
			break;
		text_add(line, "\"\"");
		value += run + 1;
	}
	text_addc(line, '"');
}
