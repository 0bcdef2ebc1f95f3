// SPDX-License-Identifier: GPL-3.0-or-later
/* Lists of operations read as guichetd writes them, member by member, without a tree of JSON in between: a new desk takes in some hundred thousand. It accepts less than
 * JSON allows, and nothing that JSON forbids: whatever it does not know is left to the other reader (op_json.c). Must not know what a member means. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/wire/op_json.h"

enum { DIGITS_MAX = 18 };

struct scan { const char *at, *end; };
/* Texts of an operation stand in the scratch one after the other: where each begins, until none is added. */
struct places { size_t from[OP_MEMBER_TEXTS]; };

static bool take(struct scan *s, char c)
{
	bool there = s->at < s->end && *s->at == c;
	s->at += there;
	return there;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind the backslash: a quote, a backslash, or \u00XX of a control character. */
static bool take_escape(struct scan *s, struct text *scratch)
{
	if (s->at < s->end && (*s->at == '"' || *s->at == '\\')) {
		text_addc(scratch, *s->at++);
		return true;
	}
	if (s->end - s->at < 5 || memcmp(s->at, "u00", 3) != 0)
		return false;
	int high = hex_digit(s->at[3]), low = hex_digit(s->at[4]);
	if (high < 0 || high > 1 || low < 0 || (high == 0 && low == 0))
		return false;
	text_addc(scratch, (char)(high * 16 + low));
	s->at += 5;
	return true;
}

static bool take_text(struct scan *s, struct text *scratch, size_t *from, size_t *bytes)
{
	bool ascii = true;
	*from = scratch->len;
	while (s->at < s->end) {
		const char *run = s->at;
		while (s->at < s->end && (unsigned char)*s->at >= 0x20 && *s->at != '"' && *s->at != '\\')
			ascii = (unsigned char)*s->at++ < 0x80 && ascii;
		text_addn(scratch, run, (size_t)(s->at - run));
		if (take(s, '"')) {
			*bytes = scratch->len - *from;
			text_addc(scratch, '\0');
			return !scratch->overflow && (ascii || utf8_valid(scratch->data + *from, *bytes, NULL));
		}
		if (!take(s, '\\') || !take_escape(s, scratch))
			return false;
	}
	return false;
}

static bool take_number(struct scan *s, int64_t *out)
{
	bool minus = take(s, '-');
	int digits = 0;
	int64_t n = 0;
	const char *first = s->at;
	for (; s->at < s->end && *s->at >= '0' && *s->at <= '9' && digits < DIGITS_MAX; s->at++, digits++)
		n = n * 10 + (*s->at - '0');
	*out = minus ? -n : n;
	return digits > 0 && (*first != '0' || (digits == 1 && !minus)) && s->at < s->end && (*s->at == ',' || *s->at == '}');
}

static int take_name(struct scan *s)
{
	const char *from = s->at;
	while (s->at < s->end && *s->at != '"')
		s->at++;
	size_t length = (size_t)(s->at - from);
	for (int m = 0; take(s, '"') && m < OP_MEMBERS; m++, s->at--)
		if (strlen(op_member_names[m]) == length && !memcmp(op_member_names[m], from, length))
			return m;
	return -1;
}

static bool take_member(struct scan *s, struct text *scratch, struct op_words *w, struct places *p)
{
	int m = take(s, '"') ? take_name(s) : -1;
	if (m < 0 || !take(s, ':'))
		return false;
	if (m >= OP_MEMBER_TEXTS) {
		bool again = w->numbers[m - OP_MEMBER_TEXTS].there;
		w->numbers[m - OP_MEMBER_TEXTS].there = w->numbers[m - OP_MEMBER_TEXTS].whole = true;
		return !again && take_number(s, &w->numbers[m - OP_MEMBER_TEXTS].value);
	}
	bool again = w->texts[m].there;
	w->texts[m].there = true;
	return !again && take(s, '"') && take_text(s, scratch, &p->from[m], &w->texts[m].bytes);
}

static bool take_op(struct scan *s, struct text *scratch, struct op *out)
{
	struct op_words w = { 0 };
	struct places p;
	text_clear(scratch);
	if (!take(s, '{'))
		return false;
	do {
		if (!take_member(s, scratch, &w, &p))
			return false;
	} while (take(s, ','));
	if (!take(s, '}'))
		return false;
	for (int m = 0; m < OP_MEMBER_TEXTS; m++)
		w.texts[m].text = w.texts[m].there ? scratch->data + p.from[m] : NULL;
	return op_of_words(&w, out, NULL) == GUICHET_OK;
}

bool ops_scan(const char **at, const char *end, struct text *scratch, struct op **ops, size_t *count)
{
	struct scan s = { *at, end };
	size_t capacity = 0;
	*ops = NULL;
	*count = 0;
	bool fine = take(&s, '[');
	while (fine) {
		GUICHET_GROW(*ops, *count, capacity);
		fine = take_op(&s, scratch, &(*ops)[*count]);
		*count += fine;
		if (fine && !take(&s, ',')) {
			fine = take(&s, ']');
			break;
		}
	}
	if (fine) {
		*at = s.at;
		return true;
	}
	for (size_t i = 0; i < *count; i++)
		op_done(&(*ops)[i]);
	free(*ops);
	*ops = NULL;
	*count = 0;
	return false;
}
