// SPDX-License-Identifier: GPL-3.0-or-later
/* NIR, bank card and IBAN in a free text. All three carry check digits; on top of them each must look like one (first
 * digits, lengths, the usual grouping), so that phone numbers, references, SIRET and dates stay silent.
 * Must not know of words. */
#include "privacy_numbers.h"

#include <stdint.h>
#include <string.h>

enum {
	SHORTEST = 13,
	NIR_DIGITS = 15,
	DIGITS_MAX = 20, /* one more than the longest card, to see whether a number goes on */
	IBAN_SHORTEST = 15,
	IBAN_LONGEST = 34,
	RUN_MAX = IBAN_LONGEST + 1,
};

/* Letters and digits in groups, one separator between two groups. */
struct run {
	char c[RUN_MAX];      /* upper case */
	uint8_t end[RUN_MAX]; /* bytes from the run's start to behind each */
	bool last[RUN_MAX];   /* ends a group */
	size_t count;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Bytes of a separator that may stand inside such a number: space, dot, dash, no-break spaces; 0 if none stands here. */
static size_t separator_at(const char *text, size_t bytes, size_t at)
{
	size_t left = bytes - at;

	if (left > 0 && (text[at] == ' ' || text[at] == '.' || text[at] == '-'))
		return 1;
	if (left > 1 && memcmp(text + at, "\xC2\xA0", 2) == 0)
		return 2;
	if (left > 2 && (memcmp(text + at, "\xE2\x80\xAF", 3) == 0 || memcmp(text + at, "\xE2\x80\x91", 3) == 0))
		return 3;
	return 0;
}

static void read_run(const char *text, size_t bytes, size_t from, size_t longest, struct run *run)
{
	size_t at = from;

	*run = (struct run){.count = 0};
	while (run->count < longest && at < bytes && (is_digit(text[at]) || is_letter(text[at]))) {
		char c = text[at++];
		size_t skip = separator_at(text, bytes, at);
		bool inside = at < bytes && (is_digit(text[at]) || is_letter(text[at]) || (unsigned char)text[at] >= 0x80);

		run->c[run->count] = is_letter(c) && c >= 'a' ? (char)(c - 32) : c;
		run->end[run->count] = (uint8_t)(at - from);
		run->last[run->count++] = skip > 0 || !inside;
		at += skip;
	}
}

/* The sizes of the groups that make up the first `count` characters, as a text: "4444". False if `count` falls inside a
 * group. */
static bool grouping(const struct run *run, size_t count, char out[RUN_MAX + 1])
{
	size_t groups = 0, size = 0;

	if (count > run->count || !run->last[count - 1])
		return false;
	for (size_t i = 0; i < count; i++) {
		size++;
		if (!run->last[i])
			continue;
		out[groups++] = (char)(size < 10 ? '0' + (int)size : 'A' + (int)size - 10);
		size = 0;
	}
	out[groups] = '\0';
	return true;
}

static bool is_pairs(const char *groups)
{
	size_t pairs = strspn(groups, "2");

	return pairs > 1 && (groups[pairs] == '\0' || strcmp(groups + pairs, "1") == 0);
}

/* A number that follows another with only a separator between: a list of phone numbers cut into pairs, most often. */
static bool follows_digits(const char *text, size_t from)
{
	size_t at = from;

	if (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '.' || text[at - 1] == '-'))
		at--;
	else if (at > 1 && memcmp(text + at - 2, "\xC2\xA0", 2) == 0)
		at -= 2;
	else if (at > 2 && memcmp(text + at - 3, "\xE2\x80\xAF", 3) == 0)
		at -= 3;
	return at > 0 && is_digit(text[at - 1]);
}

static int two_digits(const char *c)
{
	return (c[0] - '0') * 10 + c[1] - '0';
}

/* In one piece, with the key apart, or in the many pieces that a card shows: two other pieces are a decimal number. */
static bool is_nir_grouping(const char *groups)
{
	return strlen(groups) != 2 || strcmp(groups, "D2") == 0;
}

/* INSEE: sex, year, month, département (2A and 2B in Corsica), commune, order, key = 97 - (number mod 97). The months
 * over 12 stand for birth dates that are not known well. */
static bool is_nir(const char *text, size_t from, const struct run *run)
{
	char groups[RUN_MAX + 1];
	int64_t number = 0;
	int month;

	if (run->count < NIR_DIGITS || !run->last[NIR_DIGITS - 1] || strchr("123478", run->c[0]) == NULL)
		return false;
	for (size_t i = 0; i < 13; i++) {
		bool corsica = i == 6 && run->c[5] == '2' && (run->c[6] == 'A' || run->c[6] == 'B');

		if (!is_digit(run->c[i]) && !corsica)
			return false;
		number = number * 10 + (corsica ? 0 : run->c[i] - '0');
	}
	if (!is_digit(run->c[13]) || !is_digit(run->c[14]))
		return false;
	/* Official rule for the key: 2A counts as 19, 2B as 18. */
	if (run->c[6] == 'A')
		number -= 1000000;
	else if (run->c[6] == 'B')
		number -= 2000000;
	month = two_digits(run->c + 3);
	if (!((month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50))
		return false;
	if (number % 97 + two_digits(run->c + 13) != 97)
		return false;
	return grouping(run, NIR_DIGITS, groups) && is_nir_grouping(groups) && !(is_pairs(groups) && follows_digits(text, from));
}

static bool passes_luhn(const char *digits, size_t count)
{
	int sum = 0;

	for (size_t i = 0; i < count; i++) {
		int digit = digits[count - 1 - i] - '0';

		if (i % 2 == 1)
			digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
		sum += digit;
	}
	return sum % 10 == 0;
}

static bool begins_between(const char *digits, size_t count, int low, int high)
{
	int value = 0;

	for (size_t i = 0; i < count; i++)
		value = value * 10 + digits[i] - '0';
	return value >= low && value <= high;
}

/* First digits and lengths of the cards in use (ISO/IEC 7812 ranges as the schemes publish them). */
static bool is_card_range(const char *d, size_t count)
{
	static const struct {
		size_t digits;
		int low, high;
		const char *lengths;
	} ranges[] = {
		{1, 4, 4, "DGJ"},                                       /* Visa: 13, 16, 19 */
		{2, 51, 55, "G"}, {4, 2221, 2720, "G"},                 /* Mastercard */
		{2, 34, 34, "F"}, {2, 37, 37, "F"},                     /* American Express */
		{3, 300, 305, "E"}, {2, 36, 36, "E"}, {2, 38, 39, "E"}, /* Diners Club */
		{4, 3528, 3589, "GJ"},                                  /* JCB */
		{4, 6011, 6011, "GJ"}, {3, 644, 659, "GJ"},             /* Discover */
		{2, 62, 62, "GHIJ"},                                    /* UnionPay */
		{2, 50, 50, "GJ"}, {2, 56, 58, "GJ"}, {2, 60, 60, "G"}, {2, 63, 63, "GJ"}, {2, 67, 69, "GJ"}, /* Maestro */
	};

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (begins_between(d, ranges[i].digits, ranges[i].low, ranges[i].high) &&
			strchr(ranges[i].lengths, 'A' + (int)count - 10) != NULL)
			return true;
	return false;
}

/* Grouped as cards are, in pairs as numbers are dictated, or in one piece: fourteen digits in one piece are a SIRET,
 * which passes Luhn too. */
static bool is_card_grouping(const char *groups, size_t count)
{
	static const char *const known[] = {"4444", "44443", "4333", "465", "464"};

	if (groups[1] == '\0')
		return count != 14;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(groups, known[i]) == 0)
			return true;
	return false;
}

static size_t card_digits(const char *text, size_t from, const struct run *run)
{
	static const size_t lengths[] = {19, 18, 17, 16, 15, 14, 13};
	size_t digits = 0;

	if (strchr("23456", run->c[0]) == NULL)
		return 0;
	while (digits < run->count && is_digit(run->c[digits]))
		digits++;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		size_t count = lengths[i];
		char groups[RUN_MAX + 1];
		bool alone;

		if (count > digits || !run->last[count - 1] || !is_card_range(run->c, count) ||
			!passes_luhn(run->c, count) || !grouping(run, count, groups))
			continue;
		alone = count == digits && !follows_digits(text, from);
		if (is_card_grouping(groups, count) || (count == 16 && is_pairs(groups) && alone))
			return count;
	}
	return 0;
}

/* Lengths by country (SWIFT, IBAN Registry); the countries of the single euro payments area and a few that people have
 * ties with. */
static size_t iban_length(const char *country)
{
	static const char table[] =
		"AD24AE23AL28AT20BE16BG22CH21CY28CZ24DE22DK18DZ26EE20ES24FI18FO18FR27GB22GE22GI23GL18GR27HR21HU28IE22IL23IS26IT27LB28LI21LT20"
		"LU20LV21MA28MC27MD24ME22MK19MR27MT31MU30NL18NO15PL28PT25QA29RO24RS22SA24SE24SI19SK24SM27TN24TR26UA29VA22XK20";

	for (const char *p = table; *p != '\0'; p += 4)
		if (p[0] == country[0] && p[1] == country[1])
			return (size_t)two_digits(p + 2);
	return 0;
}

/* ISO 13616. Half of it must be digits: words after "de 12" are no account. */
static size_t iban_characters(const struct run *run)
{
	size_t length, digits = 0;
	int remainder = 0;

	if (run->count < IBAN_SHORTEST || !is_letter(run->c[0]) || !is_letter(run->c[1]) || !is_digit(run->c[2]) ||
		!is_digit(run->c[3]))
		return 0;
	length = iban_length(run->c);
	if (length < IBAN_SHORTEST || length > IBAN_LONGEST || length > run->count || !run->last[length - 1])
		return 0;
	for (size_t i = 0; i < length; i++) {
		char c = run->c[(i + 4) % length];

		digits += is_digit(c);
		remainder = is_digit(c) ? (remainder * 10 + c - '0') % 97 : (remainder * 100 + c - 'A' + 10) % 97;
	}
	return remainder == 1 && digits * 2 >= length ? length : 0;
}

/* The digits after a decimal sign: coordinates have as many as a card, and as few rules. */
static bool is_decimal_part(const char *text, size_t from)
{
	return from > 1 && (text[from - 1] == '.' || text[from - 1] == ',') && is_digit(text[from - 2]);
}

/* A look at a few bytes, since most words are no number. */
static bool may_begin(const char *text, size_t bytes, size_t from)
{
	if (bytes - from < SHORTEST)
		return false;
	if (is_digit(text[from]))
		return !is_decimal_part(text, from);
	if (!is_letter(text[from]) || !is_letter(text[from + 1]))
		return false;
	return is_digit(text[from + 2 + separator_at(text, bytes, from + 2)]);
}

bool privacy_number_at(const char *text, size_t bytes, size_t from, enum privacy_kind *kind, size_t *to)
{
	struct run run;
	size_t count;

	if (!may_begin(text, bytes, from))
		return false;
	read_run(text, bytes, from, is_digit(text[from]) ? DIGITS_MAX : RUN_MAX, &run);
	if (is_nir(text, from, &run)) {
		*kind = PRIVACY_NIR;
		count = NIR_DIGITS;
	} else if ((count = card_digits(text, from, &run)) > 0) {
		*kind = PRIVACY_CARD;
	} else if ((count = iban_characters(&run)) > 0) {
		*kind = PRIVACY_IBAN;
	} else {
		return false;
	}
	*to = from + run.end[count - 1];
	return true;
}
