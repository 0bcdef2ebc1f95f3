// SPDX-License-Identifier: GPL-3.0-or-later
/* Growable text with a cap, and memory that is never NULL.
 *
 * Out of memory ends the process (abort, with core dumps off): the store is safe at every instant, and one exit is
 * better than a thousand untested ones.
 */
#ifndef GUICHET_BASE_TEXT_H
#define GUICHET_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

_Noreturn void guichet_out_of_memory(void);                     /* for libraries that report it; ends the process */
void *guichet_alloc(size_t size);                               /* zeroed; free() it */
void *guichet_realloc(void *block, size_t count, size_t size);  /* new bytes not zeroed; overflow-checked */
char *guichet_strdup(const char *text);
char *guichet_strndup(const char *text, size_t bytes);

/* Grows *array (of `size`-byte items) so that index `count` may be written; *capacity is kept by this function. */
#define GUICHET_GROW(array, count, capacity) \
	((array) = guichet_grow((array), (count), &(capacity), sizeof *(array)))
void *guichet_grow(void *array, size_t count, size_t *capacity, size_t size);

enum { TEXT_DEFAULT_CAP = 16 * 1024 * 1024 };

struct text {
	char *data;     /* always NUL-terminated once anything was added; NULL before */
	size_t len;     /* bytes, without the NUL */
	size_t capacity;
	size_t cap;     /* most bytes it may hold; 0 means TEXT_DEFAULT_CAP */
	bool overflow;  /* something did not fit and was dropped whole */
};

#define TEXT_INIT { 0 }

void text_done(struct text *t);
void text_clear(struct text *t); /* keeps the memory */
void text_add(struct text *t, const char *s);
void text_addn(struct text *t, const char *s, size_t bytes);
void text_addc(struct text *t, char c);
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_addv(struct text *t, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
const char *text_str(const struct text *t); /* never NULL; borrowed until the next change */
char *text_take(struct text *t);            /* the caller frees it; `t` is empty again */

#endif
