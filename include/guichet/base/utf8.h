// SPDX-License-Identifier: GPL-3.0-or-later
/* UTF-8: checking at the door, normal form, width, folding for search, and showing hostile text safely.
 * Inside guichet every text is valid UTF-8 in NFC. Unicode data comes from utf8proc.
 */
#ifndef GUICHET_BASE_UTF8_H
#define GUICHET_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guichet/base/err.h"
#include "guichet/base/text.h"

/* Decodes one code point at `s` (`left` bytes). Returns its length in bytes, or 0 when the bytes are not valid UTF-8
 * (RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF). */
size_t utf8_decode(const char *s, size_t left, uint32_t *code_point);

/* True when `bytes` bytes are valid UTF-8. `bad_at`, if not NULL, gets the offset of the first wrong byte. */
bool utf8_valid(const char *s, size_t bytes, size_t *bad_at);

/* Input at the door: refuses invalid UTF-8, a NUL, and more than `max` bytes (GUICHET_DATA, the message names `what`,
 * in French, and the offset); else *out gets the text in NFC with CRLF and CR turned into LF and outer white space
 * trimmed. The caller frees *out. */
enum guichet_rc utf8_accept(const char *what, const char *s, size_t bytes, size_t max, char **out,
	struct guichet_err *err);

/* Columns that a terminal gives to the text: wide characters 2, combining ones 0, and marks as utf8_show draws them. */
int utf8_width(const char *s);

/* Adds `s` to `out` so that it can't act on a terminal: C0, C1, DEL, bidi controls and invisible format characters become
 * visible marks (␛, ␊, ‹U+202E›); a tab or newline becomes one space unless `multiline` keeps newlines. */
void utf8_show(struct text *out, const char *s, bool multiline);

/* Adds to `out` the first characters of `s` that fit in `columns`, ending with … when something was cut, then pads with
 * spaces up to `columns` when `pad`. Never cuts inside a grapheme. `s` goes through utf8_show. */
void utf8_fit(struct text *out, const char *s, int columns, bool pad);

/* Folds for comparison and search: lower case, accents dropped, œ->oe æ->ae ß->ss ł->l ø->o đ->d ð->d þ->th ı->i and
 * compatibility forms (ﬁ -> fi); typographic apostrophes -> '. All else is kept. */
void utf8_fold(struct text *out, const char *s);

/* As utf8_fold, then splits into words: a word is a run of letters and digits; elided French articles (l' d' j' m' t' s' n'
 * c' qu' jusqu' lorsqu' puisqu' quoiqu') are dropped; words are separated by single spaces. */
void utf8_fold_words(struct text *out, const char *s);

/* Folded, every run of other characters turned into one '-', none at the ends: "Propreté" -> "proprete". This is the code
 * that an import gives to a service or category that its source brings. */
void utf8_slug(struct text *out, const char *s);

/* Compares folded forms; as strcmp. */
int utf8_compare_folded(const char *a, const char *b);

#endif
