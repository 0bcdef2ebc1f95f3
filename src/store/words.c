// SPDX-License-Identifier: GPL-3.0-or-later
/* What a request is found by: its folded words, and the words of names and streets for which one wrong letter is forgiven. Pure: no SQL here, so
 * that writing, searching and verifying agree. */
#include "internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/core/phone.h"
#include "guichet/core/reference.h"
#include "guichet/core/similar.h"

enum { NAME_WORD_MIN = 4, NAME_WORD_MAX = 40, PHONE_TAIL_MIN = 4 };

static void add_words(struct text *out, const char *s)
{
	if (!s || !*s)
		return;
	if (out->len)
		text_addc(out, ' ');
	utf8_fold_words(out, s);
}

/* A number is found by its beginning and by its end: as it is, and reversed behind a letter ("t" phones, "r" references). */
static void add_number(struct text *out, char letter, const char *digits)
{
	size_t n = strlen(digits);
	if (n == 0)
		return;
	text_addf(out, "%s%s %c", out->len ? " " : "", digits, letter);
	for (size_t i = n; i-- > 0;)
		text_addc(out, digits[i]);
}

static void add_phone(struct text *out, const char *e164)
{
	struct phone p;
	if (!e164 || !*e164 || phone_parse(e164, &p, NULL))
		return;
	char digits[PHONE_MAX];
	size_t n = strlen(p.reversed);
	for (size_t i = 0; i < n; i++)
		digits[i] = p.reversed[n - 1 - i];
	digits[n] = '\0';
	add_number(out, 't', digits);
	/* And by a piece out of the middle, as French people dictate it: at any pair. */
	for (size_t i = 2; i + PHONE_TAIL_MIN <= n; i += 2)
		text_addf(out, " %s", digits + i);
}

void request_words(struct text *out, const struct request *r, const struct requester *who, const struct catalogue *c)
{
	char digits[24];
	snprintf(digits, sizeof digits, "%lld", (long long)r->reference);
	add_number(out, 'r', digits);
	if (who && who->id) {
		add_phone(out, who->phone);
		add_words(out, who->title);
		add_words(out, who->name);
		add_words(out, who->organisation);
		add_words(out, who->email);
	}
	add_words(out, request_text(r, FIELD_SUBJECT));
	if (*request_text(r, FIELD_ADDRESS)) {
		text_addc(out, ' ');
		address_fold(out, request_text(r, FIELD_ADDRESS));
	}
	add_words(out, request_text(r, FIELD_PLACE_DETAIL));
	add_words(out, request_text(r, FIELD_ASSET));
	add_words(out, request_text(r, FIELD_AREA));
	add_words(out, request_text(r, FIELD_SENDER_REF));
	add_words(out, request_text(r, FIELD_SOURCE_ID));
	const struct commune *commune = catalogue_commune(c, request_text(r, FIELD_COMMUNE));
	if (commune)
		add_words(out, commune->name);
	/* A stroke is no word: it tells a request's head from its description when matches are ranked. */
	text_add(out, " |");
	add_words(out, request_text(r, FIELD_DESCRIPTION));
}

/* --- names --- */

static void each_name_word(const char *folded, void (*each)(void *context, const char *word), void *context)
{
	char word[NAME_WORD_MAX + 1];
	for (const char *p = folded; *p;) {
		size_t n = strcspn(p, " ");
		bool letters = n >= NAME_WORD_MIN && n <= NAME_WORD_MAX;
		for (size_t i = 0; i < n && letters; i++)
			letters = !isdigit((unsigned char)p[i]);
		if (letters) {
			memcpy(word, p, n);
			word[n] = '\0';
			each(context, word);
		}
		p += n + (p[n] == ' ');
	}
}

void name_words_each(const struct requester *who, void (*each)(void *context, const char *word), void *context)
{
	struct text folded = TEXT_INIT;
	add_words(&folded, who->name);
	add_words(&folded, who->organisation);
	each_name_word(text_str(&folded), each, context);
	text_done(&folded);
}

void street_words_each(const struct request *r, void (*each)(void *context, const char *word), void *context)
{
	struct text folded = TEXT_INIT;
	if (!*request_text(r, FIELD_ADDRESS))
		return;
	address_street(&folded, request_text(r, FIELD_ADDRESS));
	each_name_word(text_str(&folded), each, context);
	text_done(&folded);
}

/* The word itself and the word with each of its letters left out (bytes: folded words are ASCII but for other scripts). */
void name_variants_each(const char *word, void (*each)(void *context, const char *variant), void *context)
{
	char variant[NAME_WORD_MAX + 1];
	size_t n = strlen(word);
	if (n > NAME_WORD_MAX)
		return;
	each(context, word);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && word[i] == word[i - 1])
			continue; /* the same variant as before */
		memcpy(variant, word, i);
		memcpy(variant + i, word + i + 1, n - i);
		each(context, variant);
	}
}
