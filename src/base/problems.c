// SPDX-License-Identifier: GPL-3.0-or-later
/* A list of everything wrong with some files, so that they are put right in one go. */
#include <stdarg.h>
#include <stdlib.h>

#include "guichet/base/ini.h"
#include "guichet/base/text.h"
#include "guichet/base/utf8.h"

void problems_add(struct problems *list, const char *file, int line, const char *format, ...)
{
	struct text raw = TEXT_INIT, shown = TEXT_INIT;
	va_list args;

	if (!list)
		return;
	va_start(args, format);
	text_addv(&raw, format, args);
	va_end(args);
	utf8_show(&shown, text_str(&raw), false);
	text_done(&raw);
	GUICHET_GROW(list->items, list->count, list->capacity);
	list->items[list->count++] = (struct problem){ guichet_strdup(file), line, text_take(&shown) };
}

void problems_done(struct problems *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].file);
		free(list->items[i].message);
	}
	free(list->items);
	*list = (struct problems){ 0 };
}
