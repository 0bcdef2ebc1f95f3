// SPDX-License-Identifier: GPL-3.0-or-later
/* Text cut into cells: which bytes share one, how wide it is, what stands for a character that must not reach a terminal, and what stands for
 * one that an ASCII terminal lacks. Must not know the grid's places. */
#include "shown.h"

#include <string.h>
#include <utf8proc.h>

#include "guichet/base/ascii.h"
#include "guichet/base/utf8.h"

enum { MARKS_MAX = 4 };              /* combining marks a cell: curses takes five characters */

void shown_start(struct shown_reader *r, const char *text, size_t bytes, bool ascii)
{
	*r = (struct shown_reader){ .at = text, .end = text + bytes, .ascii = ascii };
}

/* Letters and signs of everyday French, which need no look into the tables of Unicode. */
static bool is_plain(uint32_t cp)
{
	return (cp >= 0xA0 && cp < 0x300 && cp != 0xAD) || (cp >= 0x2010 && cp <= 0x2027) || (cp >= 0x2030 && cp <= 0x205E)
		|| (cp >= 0x20A0 && cp <= 0x20BF) || (cp >= 0x2190 && cp <= 0x2319) || (cp >= 0x2500 && cp <= 0x25FC);
}

/* What wcwidth says in UTF-8 locales, from utf8proc: vowel signs that stand beside their letter take a column, Hangul vowels and finals none. */
static int width_of(uint32_t cp)
{
	if (is_plain(cp))
		return 1;
	if ((cp >= 0x1160 && cp <= 0x11FF) || (cp >= 0xD7B0 && cp <= 0xD7FF))
		return 0;
	if (utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_MC)
		return 1;
	return utf8proc_charwidth((utf8proc_int32_t)cp);
}

static bool is_selector(uint32_t cp)
{
	return (cp >= 0xFE00 && cp <= 0xFE0F) || (cp >= 0xE0100 && cp <= 0xE01EF);
}

/* Terminals disagree on whether these add columns to the emoji before them. */
static bool is_skin_tone(uint32_t cp)
{
	return cp >= 0x1F3FB && cp <= 0x1F3FF;
}

/* Reads one character; U+FFFD for a byte that begins none. */
static size_t read_character(const char *at, const char *end, uint32_t *cp)
{
	size_t taken = utf8_decode(at, (size_t)(end - at), cp);

	if (taken > 0)
		return taken;
	*cp = 0xFFFD;
	return 1;
}

/* The visible form of one character that may be hostile, as cells to come; an ordinary character stays itself. */
static void show_character(struct shown_reader *r, uint32_t cp)
{
	char one[8];
	struct text shown = TEXT_INIT;

	r->mark_at = 0;
	one[utf8proc_encode_char((utf8proc_int32_t)cp, (utf8proc_uint8_t *)one)] = '\0';
	/* NUL has no place in a string. */
	if (cp == 0)
		text_add(&shown, "␀");
	else
		utf8_show(&shown, one, false);
	r->mark_bytes = (uint8_t)(shown.len < sizeof r->mark ? shown.len : sizeof r->mark);
	if (shown.data)
		memcpy(r->mark, shown.data, r->mark_bytes);
	text_done(&shown);
}

/* Its ASCII form, as cells to come: perhaps none. */
static void show_ascii(struct shown_reader *r, uint32_t cp)
{
	_Static_assert(sizeof r->mark >= ASCII_MAX, "a character's ASCII form fits");
	r->mark_at = r->mark_bytes = 0;
	/* Drawn only to show a mark that stands alone. */
	if (cp == 0x25CC || width_of(cp) == 0)
		return;
	r->mark_bytes = (uint8_t)ascii_of(cp, r->mark);
	if (r->mark_bytes == 0)
		for (int i = 0; i < width_of(cp); i++)
			r->mark[r->mark_bytes++] = '?';
}

/* The marks that combine with the character just read join its cell, or are dropped when it is full. */
static void join_marks(struct shown_reader *r, struct shown_cell *out)
{
	int marks = 0;

	while (r->at < r->end && (unsigned char)*r->at >= 0xC0) {
		uint32_t cp;
		size_t taken = read_character(r->at, r->end, &cp);
		utf8proc_category_t category;

		if (is_plain(cp) || cp == 0xFFFD)
			return;
		if (is_selector(cp) || is_skin_tone(cp)) {
			r->at += taken;
			continue;
		}
		category = utf8proc_category((utf8proc_int32_t)cp);
		if (width_of(cp) != 0 || cp == 0x34F
			|| (category != UTF8PROC_CATEGORY_MN && category != UTF8PROC_CATEGORY_ME && category != UTF8PROC_CATEGORY_LO))
			return;
		if (!r->ascii && marks++ < MARKS_MAX && out->length + taken <= CELL_BYTES) {
			memcpy(out->bytes + out->length, r->at, taken);
			out->length = (uint8_t)(out->length + taken);
		}
		r->at += taken;
	}
}

static void take_mark(struct shown_reader *r, struct shown_cell *out)
{
	uint32_t cp;
	size_t taken = read_character(r->mark + r->mark_at, r->mark + r->mark_bytes, &cp);

	memcpy(out->bytes, r->mark + r->mark_at, taken);
	out->length = (uint8_t)taken;
	out->width = 1;
	r->mark_at = (uint8_t)(r->mark_at + taken);
}

/* What stands in ASCII for the visible form that is in `mark`. */
static void mark_to_ascii(struct shown_reader *r)
{
	static const size_t hook = sizeof "‹" - 1;
	uint32_t cp = 0;

	if (r->mark_bytes > 2 * hook) {
		size_t inside = r->mark_bytes - 2 * hook;

		memmove(r->mark + 1, r->mark + hook, inside);
		r->mark[0] = '<';
		r->mark[inside + 1] = '>';
		r->mark_bytes = (uint8_t)(inside + 2);
	} else if (r->mark_bytes && (unsigned char)r->mark[0] >= 0x80) {
		utf8_decode(r->mark, r->mark_bytes, &cp);
		show_ascii(r, cp);
	}
}

/* A character that is not plain: true when it filled `out`; else its cells, if any, wait in `mark`. */
static bool take_special(struct shown_reader *r, const char *from, size_t taken, uint32_t cp, struct shown_cell *out)
{
	size_t before = 0;
	int width = width_of(cp);

	show_character(r, cp);
	if (r->mark_bytes != taken || memcmp(r->mark, from, taken) != 0) {
		if (r->ascii)
			mark_to_ascii(r);
		return false;
	}
	if (r->ascii) {
		show_ascii(r, cp);
		return false;
	}
	r->mark_bytes = r->mark_at = 0;
	/* A mark with nothing before it. */
	if (width == 0)
		memcpy(out->bytes, "◌", before = sizeof "◌" - 1);
	memcpy(out->bytes + before, from, taken);
	out->length = (uint8_t)(before + taken);
	out->width = (uint8_t)(width > 1 ? 2 : 1);
	return true;
}

bool shown_next(struct shown_reader *r, struct shown_cell *out)
{
	while (r->mark_at < r->mark_bytes || r->at < r->end) {
		const char *from = r->at;
		uint32_t cp;

		if (r->mark_at < r->mark_bytes) {
			take_mark(r, out);
			return true;
		}
		r->at += read_character(from, r->end, &cp);
		if (cp >= ' ' && cp < 0x7F) {
			out->bytes[0] = (char)cp;
			out->length = out->width = 1;
		} else if (is_selector(cp)) {
			continue;
		} else if (!r->ascii && (cp == 0xFFFD || is_plain(cp))) {
			out->length = (uint8_t)utf8proc_encode_char((utf8proc_int32_t)cp, (utf8proc_uint8_t *)out->bytes);
			out->width = 1;
		} else if (cp == 0xFFFD) {
			out->bytes[0] = '?';
			out->length = out->width = 1;
		} else if (!take_special(r, from, (size_t)(r->at - from), cp, out)) {
			continue;
		}
		if (r->at < r->end && (unsigned char)*r->at >= 0xC0)
			join_marks(r, out);
		return true;
	}
	return false;
}

int shown_width(const char *text, size_t bytes, bool ascii)
{
	struct shown_reader r;
	struct shown_cell cell;
	int64_t width = 0;

	shown_start(&r, text, bytes, ascii);
	while (shown_next(&r, &cell))
		width += cell.width;
	return width > INT32_MAX ? INT32_MAX : (int)width;
}

/* French puts a space before » ! ? and after «, and no line begins or ends there. (Nor at : and ;, but a few columns are worth more.) */
static bool may_break(const char *text, const char *blank, const char *next, const char *end)
{
	bool opens = blank - text >= 2 && !memcmp(blank - 2, "«", 2), closes = end - next >= 2 && !memcmp(next, "»", 2);
	bool marks = next < end && *next && strchr("!?", *next) && (next + 1 == end || next[1] == ' ' || next[1] == '\n');
	return !opens && !closes && !marks;
}

size_t shown_wrap(const char *text, size_t bytes, int columns, bool ascii)
{
	struct shown_reader r;
	struct shown_cell cell;
	const char *word = NULL, *character = text;
	int width = 0;

	shown_start(&r, text, bytes, ascii);
	while (r.at < r.end || r.mark_at < r.mark_bytes) {
		const char *before = r.at;
		bool fresh = r.mark_at == r.mark_bytes;

		if (fresh && *r.at == '\n')
			return (size_t)(r.at - text) + 1;
		if (!shown_next(&r, &cell))
			break;
		if (fresh)
			character = before;
		/* Blanks hang at the end of a line rather than begin the next. */
		if (fresh && *before == ' ') {
			width += cell.width;
			if (may_break(text, before, r.at, r.end))
				word = r.at;
			continue;
		}
		if (width + cell.width > columns && character > text)
			return (size_t)((word ? word : character) - text);
		width += cell.width;
		if (fresh && *before == '-')
			word = r.at;
	}
	return bytes;
}
