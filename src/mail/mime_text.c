// SPDX-License-Identifier: GPL-3.0-or-later
/* Plain text as mails carry it: lines broken to fit are joined (RFC 3676), blanks that nobody sees go. Knows no charset. */
#include "mime_inside.h"

#include <string.h>

enum { DEPTH_SHOWN = 40 };

/* One line of a flowed text: how deep it is quoted, and what it says. */
struct flowed { size_t depth; const char *words; size_t length; bool flows, signature; };

static struct flowed flowed_line(const char *line, size_t n, bool delete_space)
{
	struct flowed f = { 0 };
	while (f.depth < n && line[f.depth] == '>')
		f.depth++;
	f.words = line + f.depth;
	f.length = n - f.depth;
	/* Stuffed, so that it is not taken for a quotation. */
	if (f.length && *f.words == ' ') {
		f.words++;
		f.length--;
	}
	f.signature = f.length == 3 && !memcmp(f.words, "-- ", 3);
	f.flows = !f.signature && f.length && f.words[f.length - 1] == ' ';
	if (f.flows && delete_space)
		f.length--;
	return f;
}

void mime_unflow(struct text *out, const char *s, bool delete_space)
{
	struct flowed before = { 0 };
	for (const char *next; *s; s = next) {
		const char *end = strchr(s, '\n');
		size_t n = end ? (size_t)(end - s) : strlen(s);
		next = end ? end + 1 : s + n;
		if (n && s[n - 1] == '\r')
			n--;
		struct flowed f = flowed_line(s, n, delete_space);
		if (before.flows && (f.depth != before.depth || f.signature))
			text_addc(out, '\n');
		if (!before.flows || f.depth != before.depth || f.signature) {
			for (size_t i = 0; i < f.depth && i < DEPTH_SHOWN; i++)
				text_addc(out, '>');
			if (f.depth)
				text_addc(out, ' ');
		}
		text_addn(out, f.words, f.length);
		if (!f.flows)
			text_addc(out, '\n');
		before = f;
	}
}

void mime_tidy(struct text *t)
{
	size_t to = 0;
	for (size_t i = 0; i < t->len; i++) {
		char c = t->data[i];
		if (c == '\r')
			continue;
		if (c == '\n') {
			/* "-- " keeps its blank: a signature begins there. */
			bool signature = to >= 3 && !memcmp(t->data + to - 3, "-- ", 3) && (to == 3 || t->data[to - 4] == '\n');
			while (!signature && to && (t->data[to - 1] == ' ' || t->data[to - 1] == '\t'))
				to--;
			if (!to || (to >= 2 && t->data[to - 1] == '\n' && t->data[to - 2] == '\n'))
				continue;
		}
		t->data[to++] = c;
	}
	if (t->data)
		t->data[t->len = to] = '\0';
}
