// SPDX-License-Identifier: GPL-3.0-or-later
/* Reference numbers and their check digits (ISO 7064 MOD 97-10). Must not know what a reference refers to, nor who
 * gives serials out: that is the store's and the server's. */
#include "guichet/core/reference.h"

#include <stdio.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"

#include "digits.h"

enum { DIGITS = 10, QUOTED_COLUMNS = 40 };

static int check_digits(int64_t serial)
{
	return (int)(98 - serial * 100 % 97);
}

int64_t reference_make(uint32_t serial)
{
	return (int64_t)serial * 100 + check_digits(serial);
}

/* Compared with the computed pair, never by "mod 97 is 1": 00, 01 and 99 would pass too and make two writings of one
 * number. */
static bool is_right(int64_t reference)
{
	return reference / 1000000000 != 0 && reference % 100 == check_digits(reference / 100);
}

static int64_t value_of(const char digits[DIGITS])
{
	int64_t value = 0;

	for (int i = 0; i < DIGITS; i++)
		value = value * 10 + (digits[i] - '0');
	return value;
}

/* Adds every reference that two swapped digits of `digits` would give; returns how many. */
static int add_swaps(const char digits[DIGITS], struct text *out)
{
	int found = 0;

	for (int i = 0; i < DIGITS; i++) {
		for (int j = i + 1; j < DIGITS; j++) {
			char swapped[DIGITS], shown[REFERENCE_SHOWN];

			if (digits[i] == digits[j])
				continue;
			memcpy(swapped, digits, DIGITS);
			swapped[i] = digits[j];
			swapped[j] = digits[i];
			if (!is_right(value_of(swapped)))
				continue;
			reference_show(value_of(swapped), shown);
			text_addf(out, "%s%s", found > 0 ? ", " : "", shown);
			found++;
		}
	}
	return found;
}

static enum guichet_rc wrong_check(const char digits[DIGITS], struct guichet_err *err)
{
	struct text swaps = TEXT_INIT;
	char shown[REFERENCE_SHOWN];
	enum guichet_rc rc;
	int found = add_swaps(digits, &swaps);

	reference_show(value_of(digits), shown);
	if (found == 0)
		rc = guichet_err_set(err, GUICHET_DATA,
			_("référence %s : les deux derniers chiffres ne correspondent pas, et aucune inversion de deux chiffres ne convient ; "
			  "redemander le numéro"),
			shown);
	else if (found == 1)
		rc = guichet_err_set(err, GUICHET_DATA,
			_("référence %s : les deux derniers chiffres ne correspondent pas ; avec deux chiffres inversés, ce serait %s"),
			shown, text_str(&swaps));
	else
		rc = guichet_err_set(err, GUICHET_DATA,
			_("référence %s : les deux derniers chiffres ne correspondent pas ; avec deux chiffres inversés, ce serait "
			  "l'une de celles-ci : %s"),
			shown, text_str(&swaps));
	text_done(&swaps);
	return rc;
}

static enum guichet_rc refuse(const char *s, const char *why, struct guichet_err *err)
{
	struct text shown = TEXT_INIT;
	enum guichet_rc rc;

	utf8_fit(&shown, s, QUOTED_COLUMNS, false);
	rc = guichet_err_set(err, GUICHET_DATA, _("référence « %s » : %s"), text_str(&shown), why);
	text_done(&shown);
	return rc;
}

enum guichet_rc reference_parse(const char *s, int64_t *out, struct guichet_err *err)
{
	size_t left = strlen(s), count = 0;
	char digits[DIGITS];

	for (const char *p = s; left > 0;) {
		uint32_t c;
		size_t bytes = utf8_decode(p, left, &c);

		if (bytes == 0)
			return refuse(s, _("ce n'est pas du texte UTF-8"), err);
		if (c >= '0' && c <= '9') {
			if (count < DIGITS)
				digits[count] = (char)c;
			count++;
		} else if (!digits_is_space(c) && !digits_is_dash(c) && !digits_is_dot(c)) {
			return refuse(s, _("seuls des chiffres, des espaces, des points et des tirets sont attendus"), err);
		}
		p += bytes;
		left -= bytes;
	}
	if (count != DIGITS)
		return refuse(s, _("10 chiffres attendus, par exemple 31 40 03 21 06"), err);
	if (digits[0] == '0')
		return refuse(s, _("une référence ne commence jamais par 0 ; est-ce un numéro de téléphone ?"), err);
	if (!is_right(value_of(digits)))
		return wrong_check(digits, err);
	*out = value_of(digits);
	return GUICHET_OK;
}

void reference_show(int64_t reference, char out[REFERENCE_SHOWN])
{
	char digits[24];

	snprintf(digits, sizeof digits, "%010lld", (long long)reference);
	snprintf(out, REFERENCE_SHOWN, "%.2s %.2s %.2s %.2s %.2s", digits, digits + 2, digits + 4, digits + 6, digits + 8);
}
