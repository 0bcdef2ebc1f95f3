// SPDX-License-Identifier: GPL-3.0-or-later
/* Folding: what makes "L'Hôpital", "l’hopital" and "HOPITAL" the same for comparison, search and codes. Must stay
 * deterministic: stores keep indexes and counts made of its output. */
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "guichet/base/utf8.h"

/* The longest compatibility decomposition of Unicode has 18 code points (U+FDFA); a letter may become two. */
enum { PARTS_MAX = 24, FOLDED_MAX = 2 * PARTS_MAX };

/* Reads a text one folded code point at a time. */
struct folder {
	const char *at;
	utf8proc_int32_t points[FOLDED_MAX];
	size_t next, count;
};

/* Letters that Unicode does not decompose but that people who search type without. Two letters: the second in the high
 * half. */
static uint32_t plain_letter(uint32_t cp)
{
	switch (cp) {
	case 0x153: return 'o' | (uint32_t)'e' << 16;
	case 0xE6: return 'a' | (uint32_t)'e' << 16;
	case 0xDF: return 's' | (uint32_t)'s' << 16;
	case 0xFE: return 't' | (uint32_t)'h' << 16;
	case 0x142: return 'l';
	case 0xF8: return 'o';
	case 0x111: case 0xF0: return 'd';
	case 0x131: return 'i';
	case 0x2018: case 0x2019: case 0x201B: case 0x2BC: case 0x2032: case 0xB4: return '\'';
	default: return cp;
	}
}

static bool is_hangul(uint32_t cp)
{
	return cp >= 0xAC00 && cp <= 0xD7A3;
}

/* Folds one code point other than ASCII into f->points. */
static void fold_point(struct folder *f, uint32_t cp)
{
	utf8proc_int32_t parts[PARTS_MAX];
	utf8proc_ssize_t n = 1, i;
	int boundary = 0;

	f->next = f->count = 0;
	parts[0] = (utf8proc_int32_t)cp;
	/* The acute accent alone would decompose to a space; syllables of Hangul would fall apart. */
	if (cp != 0xB4 && !is_hangul(cp))
		n = utf8proc_decompose_char((utf8proc_int32_t)cp, parts, PARTS_MAX,
			UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK, &boundary);
	if (n > PARTS_MAX) {
		parts[0] = (utf8proc_int32_t)cp;
		n = 1;
	}
	for (i = 0; i < n; i++) {
		uint32_t letter = plain_letter((uint32_t)parts[i]);

		if (letter >> 16 >= 'a') { /* beyond any code point: two letters */
			f->points[f->count++] = (utf8proc_int32_t)(letter & 0xFFFF);
			letter >>= 16;
		}
		f->points[f->count++] = (utf8proc_int32_t)letter;
	}
}

/* The next folded code point, or 0 at the end. Bytes that are not UTF-8 become U+FFFD. */
static uint32_t fold_next(struct folder *f)
{
	while (f->next >= f->count) {
		unsigned char c = (unsigned char)*f->at;
		uint32_t cp;
		size_t len;

		if (c < 0x80) {
			if (c)
				f->at++;
			return c >= 'A' && c <= 'Z' ? c + 32u : c;
		}
		len = utf8_decode(f->at, strnlen(f->at, 4), &cp);
		if (len == 0) {
			f->at++;
			return 0xFFFD;
		}
		f->at += len;
		fold_point(f, cp);
	}
	return (uint32_t)f->points[f->next++];
}

static void add_point(struct text *out, uint32_t cp)
{
	char bytes[4];

	if (cp < 0x80)
		text_addc(out, (char)cp);
	else
		text_addn(out, bytes, (size_t)utf8proc_encode_char((utf8proc_int32_t)cp, (utf8proc_uint8_t *)bytes));
}

static bool is_word(uint32_t cp)
{
	if (cp < 0x80)
		return (cp >= 'a' && cp <= 'z') || (cp >= '0' && cp <= '9');
	switch (utf8proc_category((utf8proc_int32_t)cp)) {
	case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LL: case UTF8PROC_CATEGORY_LT: case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO: case UTF8PROC_CATEGORY_ND: case UTF8PROC_CATEGORY_NL: case UTF8PROC_CATEGORY_NO:
		return true;
	default:
		return false;
	}
}

void utf8_fold(struct text *out, const char *s)
{
	struct folder f = { .at = s };
	uint32_t cp;

	while ((cp = fold_next(&f)) != 0)
		add_point(out, cp);
}

/* Whether the word is an article or conjunction that elides. */
static bool elides(const char *word, size_t bytes)
{
	static const char *const longer[] = { "qu", "jusqu", "lorsqu", "puisqu", "quoiqu" };

	if (bytes == 1)
		return strchr("ldjmtsnc", word[0]) != NULL;
	for (size_t i = 0; i < sizeof longer / sizeof *longer; i++)
		if (strlen(longer[i]) == bytes && memcmp(longer[i], word, bytes) == 0)
			return true;
	return false;
}

void utf8_fold_words(struct text *out, const char *s)
{
	struct folder f = { .at = s };
	size_t start = out->len, word = start; /* where our words start, and the one being read */
	bool inside = false, joined = false;   /* in a word; right after a word and its apostrophe */
	uint32_t cp;

	while ((cp = fold_next(&f)) != 0) {
		if (!is_word(cp)) {
			joined = inside && cp == '\'';
			inside = false;
			continue;
		}
		if (joined && elides(out->data + word, out->len - word)) {
			out->len = word;
			out->data[word] = '\0';
		} else if (!inside && out->len > start) {
			text_addc(out, ' ');
			word = out->len;
		}
		inside = true;
		joined = false;
		add_point(out, cp);
	}
}

void utf8_slug(struct text *out, const char *s)
{
	struct folder f = { .at = s };
	size_t start = out->len;
	bool gap = false;
	uint32_t cp;

	while ((cp = fold_next(&f)) != 0) {
		if (!is_word(cp)) {
			gap = true;
			continue;
		}
		if (gap && out->len > start)
			text_addc(out, '-');
		gap = false;
		add_point(out, cp);
	}
}

int utf8_compare_folded(const char *a, const char *b)
{
	struct folder fa = { .at = a }, fb = { .at = b };
	uint32_t ca, cb;

	/* The order of code points is the order of UTF-8's bytes. */
	do {
		ca = fold_next(&fa);
		cb = fold_next(&fb);
	} while (ca == cb && ca != 0);
	return (ca > cb) - (ca < cb);
}
