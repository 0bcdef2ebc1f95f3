// SPDX-License-Identifier: GPL-3.0-or-later
/* See sgr.h. Must not know curses, nor what is shown. */
#include "sgr.h"

#include <string.h>

/* Attributes that wait for something to be written with them. */
struct wanted { bool any, from_none; char numbers[96]; size_t length; };

enum { SHIFT_OUT = 016, SHIFT_IN = 017 };

static void send(struct sgr *s, struct wanted *w, struct text *out)
{
	if (w->any && !(w->from_none && s->plain && w->length == 0)) {
		text_add(out, "\033[");
		if (w->from_none && !s->plain && w->length)
			text_add(out, "0;");
		text_addn(out, w->numbers, w->length);
		text_addc(out, 'm');
		s->plain = w->from_none && w->length == 0;
	}
	*w = (struct wanted){ .any = false };
}

/* The length of `ESC [ numbers m` at the start of `bytes`; 0: something else stands there. */
static size_t attributes_at(const char *bytes, size_t count)
{
	size_t n = 2;

	if (count < 3 || bytes[0] != '\033' || bytes[1] != '[')
		return 0;
	while (n < count && ((bytes[n] >= '0' && bytes[n] <= '9') || bytes[n] == ';'))
		n++;
	return n < count && bytes[n] == 'm' ? n + 1 : 0;
}

static void want(struct sgr *s, struct wanted *w, const char *numbers, size_t length, struct text *out)
{
	bool empty = length == 0 || numbers[0] == ';', zero = length && numbers[0] == '0' && (length == 1 || numbers[1] == ';');

	if (empty || zero) {
		size_t skipped = (size_t)zero + (length > (size_t)zero);

		*w = (struct wanted){ .any = true, .from_none = true };
		numbers += skipped;
		length -= skipped;
	}
	if (w->length + length + 1 > sizeof w->numbers)
		send(s, w, out);
	if (length >= sizeof w->numbers) {
		/* Nobody's attributes; passed on as they are. */
		text_addf(out, "\033[%.*sm", (int)length, numbers);
		s->plain = false;
		return;
	}
	w->any = true;
	if (length && w->length)
		w->numbers[w->length++] = ';';
	memcpy(w->numbers + w->length, numbers, length);
	w->length += length;
}

/* The length of what only moves the cursor, which attributes that are to come let pass; 0: something else. */
static size_t move_at(const char *bytes, size_t count)
{
	size_t n = 2;

	if (bytes[0] == '\r')
		return 1;
	if (count < 3 || bytes[0] != '\033' || bytes[1] != '[')
		return 0;
	while (n < count && ((bytes[n] >= '0' && bytes[n] <= '9') || bytes[n] == ';'))
		n++;
	return n < count && bytes[n] && strchr("HdGABCD", bytes[n]) ? n + 1 : 0;
}

/* Up to the next byte that may begin something. */
static size_t run_at(const char *bytes, size_t count)
{
	size_t n = 1;

	while (n < count && bytes[n] != '\033' && bytes[n] != '\r' && bytes[n] != SHIFT_IN && bytes[n] != SHIFT_OUT)
		n++;
	return n;
}

void sgr_shorten(struct sgr *s, const char *bytes, size_t count, struct text *out)
{
	struct wanted w = { .any = false };
	size_t n;

	for (size_t at = 0; at < count; at += n) {
		const char *p = bytes + at;
		size_t left = count - at;
		bool set = left >= 3 && p[0] == '\033' && p[1] == '(', letters = *p == SHIFT_IN || (set && p[2] == 'B');

		if ((n = attributes_at(p, left)) > 0) {
			want(s, &w, p + 2, n - 3, out);
			continue;
		}
		n = move_at(p, left);
		if (!n) {
			n = set ? 3 : *p == SHIFT_IN || *p == SHIFT_OUT ? 1 : run_at(p, left);
			if (letters && s->letters)
				continue;
			send(s, &w, out);
			if (set || *p == SHIFT_IN || *p == SHIFT_OUT)
				s->letters = letters;
		}
		text_addn(out, p, n);
	}
	send(s, &w, out);
}
