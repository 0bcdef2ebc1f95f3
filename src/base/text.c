// SPDX-License-Identifier: GPL-3.0-or-later
/* Memory that is never NULL, and growable text with a cap. Knows nothing of UTF-8: it counts bytes. */
#include "guichet/base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FIRST_ITEMS = 8, FIRST_BYTES = 64 };

void guichet_out_of_memory(void)
{
	static const char message[] =
		"guichet : mémoire insuffisante, arrêt immédiat ; rien de ce qui est enregistré n'est perdu\n";
	const struct rlimit none = { 0, 0 };

	/* A core file would hold citizens' data. */
	setrlimit(RLIMIT_CORE, &none);
	if (write(STDERR_FILENO, message, sizeof message - 1) < 0)
		abort();
	abort();
}

void *guichet_alloc(size_t size)
{
	void *block = calloc(1, size ? size : 1);

	if (!block)
		guichet_out_of_memory();
	return block;
}

void *guichet_realloc(void *block, size_t count, size_t size)
{
	size_t bytes;
	void *grown;

	if (__builtin_mul_overflow(count, size, &bytes))
		guichet_out_of_memory();
	grown = realloc(block, bytes ? bytes : 1);
	if (!grown)
		guichet_out_of_memory();
	return grown;
}

char *guichet_strndup(const char *text, size_t bytes)
{
	char *copy;

	if (bytes == SIZE_MAX)
		guichet_out_of_memory();
	copy = guichet_realloc(NULL, bytes + 1, 1);
	if (bytes)
		memcpy(copy, text, bytes);
	copy[bytes] = '\0';
	return copy;
}

char *guichet_strdup(const char *text)
{
	return guichet_strndup(text, strlen(text));
}

void *guichet_grow(void *array, size_t count, size_t *capacity, size_t size)
{
	size_t wanted = *capacity ? *capacity : FIRST_ITEMS;

	if (count < *capacity)
		return array;
	while (wanted <= count) {
		if (wanted > SIZE_MAX / 2)
			guichet_out_of_memory();
		wanted *= 2;
	}
	array = guichet_realloc(array, wanted, size);
	*capacity = wanted;
	return array;
}

void text_done(struct text *t)
{
	free(t->data);
	*t = (struct text){ .cap = t->cap };
}

void text_clear(struct text *t)
{
	t->len = 0;
	t->overflow = false;
	if (t->data)
		t->data[0] = '\0';
}

/* Makes room for `bytes` more; false, with `overflow` set, when the cap forbids it. */
static bool reserve(struct text *t, size_t bytes)
{
	size_t cap = t->cap ? t->cap : TEXT_DEFAULT_CAP;
	size_t needed, wanted;

	if (t->len > cap || bytes > cap - t->len) {
		t->overflow = true;
		return false;
	}
	needed = t->len + bytes + 1;
	if (needed <= t->capacity)
		return true;
	wanted = t->capacity ? t->capacity : FIRST_BYTES;
	while (wanted < needed)
		wanted = wanted > SIZE_MAX / 2 ? needed : wanted * 2;
	t->data = guichet_realloc(t->data, wanted, 1);
	t->capacity = wanted;
	return true;
}

void text_addn(struct text *t, const char *s, size_t bytes)
{
	if (!reserve(t, bytes))
		return;
	if (bytes)
		memcpy(t->data + t->len, s, bytes);
	t->len += bytes;
	t->data[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_addn(t, s, strlen(s));
}

void text_addc(struct text *t, char c)
{
	text_addn(t, &c, 1);
}

void text_addv(struct text *t, const char *format, va_list args)
{
	va_list again;
	int n;

	/* Most pieces are short: one pass into what is probably free already. */
	if (!reserve(t, 0))
		return;
	va_copy(again, args);
	n = vsnprintf(t->data + t->len, t->capacity - t->len, format, args);
	if (n < 0) {
		t->overflow = true;
		t->data[t->len] = '\0';
	} else if ((size_t)n < t->capacity - t->len && reserve(t, (size_t)n)) {
		t->len += (size_t)n;
	} else if (!t->overflow && reserve(t, (size_t)n)) {
		vsnprintf(t->data + t->len, t->capacity - t->len, format, again);
		t->len += (size_t)n;
	} else {
		t->data[t->len] = '\0';
	}
	va_end(again);
}

void text_addf(struct text *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_addv(t, format, args);
	va_end(args);
}

const char *text_str(const struct text *t)
{
	return t->data ? t->data : "";
}

char *text_take(struct text *t)
{
	char *data = t->data ? t->data : guichet_strdup("");

	*t = (struct text){ .cap = t->cap };
	return data;
}
