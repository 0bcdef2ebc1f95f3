// SPDX-License-Identifier: GPL-3.0-or-later
/* Where graphemes (what a person takes for one character) and words begin and end in valid UTF-8. */
#ifndef GUICHET_UI_GRAPHEMES_H
#define GUICHET_UI_GRAPHEMES_H

#include <stdbool.h>
#include <stddef.h>

/* The boundary after `at`, which is one; `bytes` at the end. */
size_t grapheme_after(const char *s, size_t bytes, size_t at);
/* The boundary before `at`; 0 at the start. */
size_t grapheme_before(const char *s, size_t bytes, size_t at);
/* The boundary at `at` or the next one. */
size_t grapheme_boundary(const char *s, size_t bytes, size_t at);
/* Past the end of the word at or after `at`; the start of the word before `at`. Boundaries of graphemes. */
size_t word_after(const char *s, size_t bytes, size_t at);
size_t word_before(const char *s, size_t bytes, size_t at);

#endif
