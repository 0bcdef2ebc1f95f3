// SPDX-License-Identifier: GPL-3.0-or-later
/* Phone numbers: any French writing to E.164 and back (ARCEP's numbering plan, décision 2018-0881 and after; ITU-T
 * E.164). Must not know whose number it is, nor how the store searches: it only promises the reversed digits. */
#include "guichet/core/phone.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/base/utf8.h"

#include "digits.h"

enum {
	DIGITS_MAX = 20, /* 00 + 15 of E.164, and room to see that there are too many */
	NATIONAL = 10,
	E164_MIN = 7,
	E164_MAX = 15,
	QUOTED_COLUMNS = 40,
};

/* What was typed, without its decoration. */
struct dialled {
	char digits[DIGITS_MAX + 1];
	size_t count;
	bool plus;
	size_t parenthesised; /* index of the digit of "(0)", or SIZE_MAX */
	const char *problem;
};

static bool take_digit(struct dialled *d, char c)
{
	if (d->count == DIGITS_MAX) {
		d->problem = _("trop de chiffres");
		return false;
	}
	d->digits[d->count++] = c;
	d->digits[d->count] = '\0';
	return true;
}

/* "(0)" is how French people say "not from abroad": remembered, since it goes when a country code stands before it. */
static void note_parenthesis(struct dialled *d, const char *s)
{
	if (strncmp(s, "(0)", 3) == 0)
		d->parenthesised = d->count;
}

static bool read_dialled(const char *s, struct dialled *d)
{
	size_t left = strlen(s);

	*d = (struct dialled){.parenthesised = SIZE_MAX};
	while (left > 0) {
		uint32_t c;
		size_t bytes = utf8_decode(s, left, &c);

		if (bytes == 0) {
			d->problem = _("ce n'est pas du texte UTF-8");
			return false;
		}
		if (c >= '0' && c <= '9') {
			if (!take_digit(d, (char)c))
				return false;
		} else if (c == '+' && d->count == 0 && !d->plus) {
			d->plus = true;
		} else if (c == '(') {
			note_parenthesis(d, s);
		} else if (c != ')' && c != '/' && c != '_' && !digits_is_space(c) && !digits_is_dash(c) && !digits_is_dot(c)) {
			d->problem = _(
				"seuls des chiffres, un + au début, des espaces, points, tirets, barres et parenthèses sont attendus");
			return false;
		}
		s += bytes;
		left -= bytes;
	}
	return true;
}

static void drop_digits(struct dialled *d, size_t at, size_t count)
{
	memmove(d->digits + at, d->digits + at + count, d->count - at - count + 1);
	d->count -= count;
}

/* Turns 00 and a forgotten + into one form; says whether a country code stands first. */
static bool is_international(struct dialled *d)
{
	if (!d->plus && d->count > 2 && strncmp(d->digits, "00", 2) == 0) {
		drop_digits(d, 0, 2);
		if (d->parenthesised != SIZE_MAX)
			d->parenthesised -= d->parenthesised >= 2 ? 2 : d->parenthesised;
		d->plus = true;
	}
	/* Eleven digits can't be a national number: directories export "33612345678". */
	if (!d->plus && d->count == 11 && strncmp(d->digits, "33", 2) == 0)
		d->plus = true;
	if (d->plus && d->parenthesised != SIZE_MAX && d->parenthesised < d->count && d->digits[d->parenthesised] == '0')
		drop_digits(d, d->parenthesised, 1);
	return d->plus;
}

/* The overseas departments: their nine national digits begin as below, and the country code is their own. */
static const struct {
	const char *begins, *country;
} overseas[] = {
	{"262", "262"},
	{"263", "262"},
	{"269", "262"},
	{"639", "262"},
	{"692", "262"},
	{"693", "262"},
	{"590", "590"},
	{"690", "590"},
	{"691", "590"},
	{"594", "594"},
	{"694", "594"},
	{"596", "596"},
	{"696", "596"},
	{"697", "596"},
};

/* Mayotte's mobiles, but for the block that ARCEP keeps for films and exercises, which bears no country. */
static bool is_fiction(const char *nine)
{
	return strncmp(nine, "63998", 5) == 0;
}

static const char *overseas_country(const char *nine)
{
	if (is_fiction(nine))
		return NULL;
	for (size_t i = 0; i < sizeof overseas / sizeof *overseas; i++)
		if (strncmp(nine, overseas[i].begins, 3) == 0)
			return overseas[i].country;
	return NULL;
}

/* Numbers of 3BPQ, 10YT, 118XYZ and 116XYZ form, and the emergency and public-interest ones of two or three digits. */
static bool is_short(const char *digits, size_t count)
{
	static const char *const known[] = {
		"15",
		"17",
		"18",
		"110",
		"112",
		"114",
		"115",
		"119",
		"191",
		"196",
		"197",
	};

	if (count == 4)
		return digits[0] == '3' || strncmp(digits, "10", 2) == 0;
	if (count == 6)
		return strncmp(digits, "118", 3) == 0 || strncmp(digits, "116", 3) == 0;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(digits, known[i]) == 0)
			return true;
	return false;
}

static void reverse(const char *digits, char out[PHONE_MAX])
{
	size_t count = strlen(digits);

	for (size_t i = 0; i < count; i++)
		out[i] = digits[count - 1 - i];
	out[count] = '\0';
}

static const char *parse_national(const char *ten, struct phone *out)
{
	const char *nine = ten + 1, *country = overseas_country(nine);

	switch (ten[1]) {
	case '0':
		return _("aucun numéro français ne commence par 00 suivi de si peu de chiffres");
	case '6':
		out->kind = PHONE_MOBILE;
		break;
	case '7':
		if (ten[2] < '3')
			return _("les numéros commençant par 070, 071 et 072 ne sont pas attribués aux abonnés");
		out->kind = PHONE_MOBILE;
		break;
	case '8':
		out->kind = PHONE_SPECIAL;
		break;
	case '9':
		out->kind = PHONE_VOIP;
		break;
	default:
		out->kind = PHONE_GEOGRAPHIC;
	}
	if (country != NULL)
		out->kind = PHONE_OVERSEAS;
	snprintf(out->e164, sizeof out->e164, "+%s%s", country != NULL ? country : "33", nine);
	reverse(ten, out->reversed);
	return NULL;
}

/* Country codes: one digit for 1 and 7, two for these, three for the rest (ITU-T E.164, list of assigned codes). */
static size_t country_length(const char *digits)
{
	static const char two[] =
		"20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 "
		"81 82 84 86 90 91 92 93 94 95 98 ";
	static const char none[] = "28 83 89 ";
	char start[4] = {digits[0], digits[0] != '\0' ? digits[1] : '\0', ' ', '\0'};

	if (digits[0] == '1' || digits[0] == '7')
		return 1;
	if (digits[0] == '0' || digits[0] == '\0' || digits[1] == '\0' || strstr(none, start) != NULL)
		return 0;
	return strstr(two, start) != NULL ? 2 : 3;
}

static bool is_french_territory(const char *digits)
{
	return strncmp(digits, "508", 3) == 0 || strncmp(digits, "681", 3) == 0 || strncmp(digits, "687", 3) == 0 ||
		strncmp(digits, "689", 3) == 0;
}

static bool is_overseas_code(const char *digits)
{
	return strncmp(digits, "262", 3) == 0 || strncmp(digits, "590", 3) == 0 || strncmp(digits, "594", 3) == 0 ||
		strncmp(digits, "596", 3) == 0;
}

static const char *parse_overseas(struct dialled *d, struct phone *out)
{
	char ten[NATIONAL + 1];
	const char *owner;

	if (d->count == 13 && d->digits[3] == '0')
		drop_digits(d, 3, 1);
	if (d->count != 12)
		return d->count < 12 ? _("trop court : 9 chiffres attendus après l'indicatif")
							 : _("trop long : 9 chiffres attendus après l'indicatif");
	/* Internet numbers (0976 2x..) have no prefix of their own: the dialled country code stands. */
	owner = overseas_country(d->digits + 3);
	if (owner == NULL && d->digits[3] != '9')
		return _("ce début de numéro n'est pas attribué outre-mer");
	snprintf(out->e164, sizeof out->e164, "+%.3s%.9s", owner != NULL ? owner : d->digits, d->digits + 3);
	snprintf(ten, sizeof ten, "0%.9s", d->digits + 3);
	reverse(ten, out->reversed);
	out->kind = PHONE_OVERSEAS;
	return NULL;
}

static const char *parse_international(struct dialled *d, struct phone *out)
{
	size_t country = country_length(d->digits);
	char ten[NATIONAL + 1];

	if (country == 0)
		return _("cet indicatif de pays n'existe pas");
	/* A trunk 0 left after the country code ("+33 06..."): only France's own numbers are known well enough to drop it. */
	if (strncmp(d->digits, "33", 2) == 0 && d->count == 12 && d->digits[2] == '0')
		drop_digits(d, 2, 1);
	if (strncmp(d->digits, "33", 2) == 0) {
		if (d->count != 11)
			return d->count < 11 ? _("trop court : 9 chiffres attendus après +33")
								 : _("trop long : 9 chiffres attendus après +33");
		snprintf(ten, sizeof ten, "0%.9s", d->digits + 2);
		return parse_national(ten, out);
	}
	if (is_overseas_code(d->digits))
		return parse_overseas(d, out);
	if (d->count < E164_MIN)
		return _("trop court pour un numéro étranger");
	if (d->count > E164_MAX)
		return _("trop long : 15 chiffres au plus, indicatif compris");
	snprintf(out->e164, sizeof out->e164, "+%.15s", d->digits);
	reverse(d->digits, out->reversed);
	out->kind = is_french_territory(d->digits) ? PHONE_OVERSEAS : PHONE_FOREIGN;
	return NULL;
}

static const char *parse_dialled(struct dialled *d, struct phone *out)
{
	if (d->count == 0)
		return _("aucun chiffre");
	if (is_international(d))
		return parse_international(d, out);
	if (is_short(d->digits, d->count)) {
		snprintf(out->e164, sizeof out->e164, "%s", d->digits);
		reverse(d->digits, out->reversed);
		out->kind = PHONE_SHORT;
		return NULL;
	}
	if (d->digits[0] != '0') {
		return d->count == NATIONAL - 1
			? _("9 chiffres : le 0 du début manque-t-il ?")
			: _("un numéro français commence par 0 ; un numéro étranger par + ou 00 et l'indicatif du pays");
	}
	if (d->count != NATIONAL)
		return d->count < NATIONAL ? _("trop court : 10 chiffres attendus") : _("trop long : 10 chiffres attendus");
	return parse_national(d->digits, out);
}

enum guichet_rc phone_parse(const char *s, struct phone *out, struct guichet_err *err)
{
	struct text shown = TEXT_INIT;
	struct dialled d;
	const char *problem;

	*out = (struct phone){0};
	problem = read_dialled(s, &d) ? parse_dialled(&d, out) : d.problem;
	if (problem == NULL)
		return GUICHET_OK;
	*out = (struct phone){0};
	utf8_fit(&shown, s, QUOTED_COLUMNS, false);
	guichet_err_set(err, GUICHET_DATA, _("numéro de téléphone « %s » : %s"), text_str(&shown), problem);
	text_done(&shown);
	return GUICHET_DATA;
}

/* How a country writes its numbers: `count` digits after the country code, first ones `begins`, cut into `groups`. */
static const struct {
	const char *country, *begins;
	size_t count;
	const char *groups;
} writings[] = {
	{"1", "", 10, "334"},
	{"32", "4", 9, "3222"},
	{"32", "2", 8, "1322"},
	{"32", "3", 8, "1322"},
	{"32", "4", 8, "1322"},
	{"32", "9", 8, "1322"},
	{"32", "", 8, "2222"},
	{"34", "", 9, "333"},
	{"351", "", 9, "333"},
	{"41", "", 9, "2322"},
	{"45", "", 8, "2222"},
	{"47", "", 8, "2222"},
	{"48", "", 9, "333"},
	{"212", "", 9, "12222"},
	{"213", "", 9, "3222"},
	{"216", "", 8, "233"},
	{"221", "", 9, "2322"},
	{"223", "", 8, "2222"},
	{"225", "", 10, "22222"},
	{"262", "", 9, "3222"},
	{"590", "", 9, "3222"},
	{"594", "", 9, "3222"},
	{"596", "", 9, "3222"},
	{"376", "", 6, "33"},
	{"377", "", 8, "2222"},
	{"508", "", 6, "222"},
	{"681", "", 6, "222"},
	{"687", "", 6, "222"},
	{"689", "", 8, "2222"},
};

static const char *find_writing(const char *digits, size_t country)
{
	const char *rest = digits + country;

	for (size_t i = 0; i < sizeof writings / sizeof *writings; i++) {
		if (strlen(writings[i].country) == country && strncmp(digits, writings[i].country, country) == 0 &&
			strlen(rest) == writings[i].count && strncmp(rest, writings[i].begins, strlen(writings[i].begins)) == 0)
			return writings[i].groups;
	}
	return NULL;
}

static void add_groups(struct text *out, const char *digits, const char *groups)
{
	for (; *groups != '\0' && *digits != '\0'; groups++) {
		size_t width = (size_t)(*groups - '0');

		if (out->len > 0)
			text_addc(out, ' ');
		text_addn(out, digits, width);
		digits += width;
	}
}

void phone_show(const char *e164, char out[PHONE_MAX + 16])
{
	struct text shown = TEXT_INIT;
	const char *digits = e164 + 1, *groups;
	size_t count = strlen(e164), country;

	if (e164[0] != '+' || count > PHONE_MAX - 1 || strspn(digits, "0123456789") != count - 1) {
		snprintf(out, PHONE_MAX + 16, "%s", e164);
		return;
	}
	if (strncmp(digits, "33", 2) == 0 && count == 12) {
		text_addf(&shown, "0%c", digits[2]);
		add_groups(&shown, digits + 3, "2222");
	} else {
		country = country_length(digits);
		if (country >= count - 1)
			country = 0; /* cut short: not ours, so no grouping, and no reading past its end */
		groups = country > 0 ? find_writing(digits, country) : NULL;
		text_addf(&shown, "+%.*s", (int)country, digits);
		if (groups != NULL)
			add_groups(&shown, digits + country, groups);
		else
			text_addf(&shown, "%s%s", country > 0 ? " " : "", digits + country);
	}
	snprintf(out, PHONE_MAX + 16, "%s", text_str(&shown));
	text_done(&shown);
}

bool phone_fragment(const char *s, char out[PHONE_MAX])
{
	struct dialled d;

	out[0] = '\0';
	if (!read_dialled(s, &d) || d.count < 4)
		return false;
	if (is_international(&d)) {
		static const char *const french[] = {"33", "262", "590", "594", "596"};

		for (size_t i = 0; i < sizeof french / sizeof *french; i++) {
			size_t country = strlen(french[i]);

			if (strncmp(d.digits, french[i], country) != 0)
				continue;
			snprintf(out, PHONE_MAX, "%s%s", d.digits[country] == '0' ? "" : "0", d.digits + country);
			return true;
		}
	}
	snprintf(out, PHONE_MAX, "%s", d.digits);
	return true;
}
