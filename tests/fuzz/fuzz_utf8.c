// SPDX-License-Identifier: GPL-3.0-or-later
/* Any bytes as a text: what is accepted is valid and stays so; what is shown fits and can't act; folding is done once. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_accepted(const char *s, size_t bytes)
{
	char *once = NULL, *twice = NULL;

	if (utf8_accept("texte", s, bytes, 4 * bytes + 16, &once, NULL) != GUICHET_OK)
		return;
	check(utf8_valid(once, strlen(once), NULL) && !strchr(once, '\r'));
	check(utf8_accept("texte", once, strlen(once), strlen(once), &twice, NULL) == GUICHET_OK);
	check(strcmp(once, twice) == 0);
	free(once);
	free(twice);
}

static void check_shown(const char *s)
{
	struct text shown = TEXT_INIT, again = TEXT_INIT;

	utf8_show(&shown, s, false);
	check(utf8_valid(text_str(&shown), shown.len, NULL));
	for (size_t i = 0; i < shown.len; i++)
		check((unsigned char)shown.data[i] >= ' ' && shown.data[i] != 0x7F);
	check(utf8_width(s) == utf8_width(text_str(&shown)));
	utf8_show(&again, text_str(&shown), false);
	check(strcmp(text_str(&shown), text_str(&again)) == 0);
	for (int columns = 1; columns < 12; columns++) {
		text_clear(&again);
		utf8_fit(&again, s, columns, true);
		check(utf8_valid(text_str(&again), again.len, NULL));
		check(utf8_width(text_str(&again)) == columns);
	}
	text_done(&shown);
	text_done(&again);
}

static void check_folded(const char *s, void (*fold)(struct text *, const char *))
{
	struct text once = TEXT_INIT, twice = TEXT_INIT;

	fold(&once, s);
	check(utf8_valid(text_str(&once), once.len, NULL));
	fold(&twice, text_str(&once));
	check(strcmp(text_str(&once), text_str(&twice)) == 0);
	if (fold == utf8_fold)
		check(utf8_compare_folded(s, text_str(&once)) == 0);
	text_done(&once);
	text_done(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = guichet_strndup((const char *)data, size);

	check_accepted((const char *)data, size);
	check_shown(s);
	check_folded(s, utf8_fold);
	check_folded(s, utf8_fold_words);
	check_folded(s, utf8_slug);
	free(s);
	return 0;
}
