// SPDX-License-Identifier: GPL-3.0-or-later
/* Phone numbers: one caller has one history, however the number was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/core/phone.h"

struct reading {
	const char *typed, *e164, *reversed;
	enum phone_kind kind;
	const char *shown;
};

static void check_readings(const struct reading *readings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct reading *r = &readings[i];
		char shown[PHONE_MAX + 16];
		struct guichet_err err = {0};
		struct phone phone;

		if (phone_parse(r->typed, &phone, &err) != GUICHET_OK)
			fail_msg("%s: %s", r->typed, err.message);
		assert_string_equal(phone.e164, r->e164);
		assert_string_equal(phone.reversed, r->reversed);
		assert_int_equal(phone.kind, r->kind);
		phone_show(phone.e164, shown);
		assert_string_equal(shown, r->shown);
	}
}

/* Protects the caller's history: all writings of one number are one number. */
static void writings_of_one_number_agree(void **state)
{
	static const char *const writings[] = {
		"0612345678",
		"06 12 34 56 78",
		"06.12.34.56.78",
		"06-12-34-56-78",
		"06/12/34/56/78",
		"06.12/34-56 78",
		"+33612345678",
		"+33 6 12 34 56 78",
		"+33 (0)6 12 34 56 78",
		"+33 (0) 6 12 34 56 78",
		"+33 06 12 34 56 78",
		"0033 6 12 34 56 78",
		"0033 (0)6 12 34 56 78",
		"00 33 6 12 34 56 78",
		"33612345678",
		"(06) 12 34 56 78",
		"06\xC2\xA0"
		"12\xE2\x80\xAF"
		"34 56 78",
		"  06 12 34 56 78  ",
	};

	(void)state;
	for (size_t i = 0; i < sizeof writings / sizeof *writings; i++) {
		struct guichet_err err = {0};
		struct phone phone;

		if (phone_parse(writings[i], &phone, &err) != GUICHET_OK)
			fail_msg("%s: %s", writings[i], err.message);
		assert_string_equal(phone.e164, "+33612345678");
		assert_string_equal(phone.reversed, "8765432160");
	}
}

/* Protects the kinds of ARCEP's plan and the way they are shown. */
static void french_kinds(void **state)
{
	static const struct reading readings[] = {
		{"01 23 45 67 89", "+33123456789", "9876543210", PHONE_GEOGRAPHIC, "01 23 45 67 89"},
		{"0549000000", "+33549000000", "0000009450", PHONE_GEOGRAPHIC, "05 49 00 00 00"},
		{"06 12 34 56 78", "+33612345678", "8765432160", PHONE_MOBILE, "06 12 34 56 78"},
		{"07 30 00 00 01", "+33730000001", "1000000370", PHONE_MOBILE, "07 30 00 00 01"},
		{"07 99 00 00 01", "+33799000001", "1000009970", PHONE_MOBILE, "07 99 00 00 01"},
		{"0 800 123 456", "+33800123456", "6543210080", PHONE_SPECIAL, "08 00 12 34 56"},
		{"09 70 00 00 01", "+33970000001", "1000000790", PHONE_VOIP, "09 70 00 00 01"},
		{"39 45", "3945", "5493", PHONE_SHORT, "3945"},
		{"1023", "1023", "3201", PHONE_SHORT, "1023"},
		{"118 712", "118712", "217811", PHONE_SHORT, "118712"},
		{"116 117", "116117", "711611", PHONE_SHORT, "116117"},
		{"18", "18", "81", PHONE_SHORT, "18"},
		{"112", "112", "211", PHONE_SHORT, "112"},
	};

	(void)state;
	check_readings(readings, sizeof readings / sizeof *readings);
}

/* Protects overseas callers: written nationally or not, they get their own country code and one history. */
static void overseas_numbers(void **state)
{
	static const struct reading readings[] = {
		{"0590 12 34 56", "+590590123456", "6543210950", PHONE_OVERSEAS, "+590 590 12 34 56"},
		{"+590 590 12 34 56", "+590590123456", "6543210950", PHONE_OVERSEAS, "+590 590 12 34 56"},
		{"+590 (0)590 12 34 56", "+590590123456", "6543210950", PHONE_OVERSEAS, "+590 590 12 34 56"},
		{"+33 690 12 34 56", "+590690123456", "6543210960", PHONE_OVERSEAS, "+590 690 12 34 56"},
		{"0262 12 34 56", "+262262123456", "6543212620", PHONE_OVERSEAS, "+262 262 12 34 56"},
		{"0639 12 34 56", "+262639123456", "6543219360", PHONE_OVERSEAS, "+262 639 12 34 56"},
		{"06 39 98 12 34", "+33639981234", "4321899360", PHONE_MOBILE, "06 39 98 12 34"},
		{"0692 12 34 56", "+262692123456", "6543212960", PHONE_OVERSEAS, "+262 692 12 34 56"},
		{"0594 12 34 56", "+594594123456", "6543214950", PHONE_OVERSEAS, "+594 594 12 34 56"},
		{"0696 12 34 56", "+596696123456", "6543216960", PHONE_OVERSEAS, "+596 696 12 34 56"},
		{"+687 12 34 56", "+687123456", "654321786", PHONE_OVERSEAS, "+687 12 34 56"},
		{"+689 40 12 34 56", "+68940123456", "65432104986", PHONE_OVERSEAS, "+689 40 12 34 56"},
	};

	(void)state;
	check_readings(readings, sizeof readings / sizeof *readings);
}

/* Protects foreign callers: kept as E.164, grouped where the country's way is known. */
static void foreign_numbers(void **state)
{
	static const struct reading readings[] = {
		{"00 32 2 123 45 67", "+3221234567", "7654321223", PHONE_FOREIGN, "+32 2 123 45 67"},
		{"+32 470 12 34 56", "+32470123456", "65432107423", PHONE_FOREIGN, "+32 470 12 34 56"},
		{"+41 44 668 18 00", "+41446681800", "00818664414", PHONE_FOREIGN, "+41 44 668 18 00"},
		{"+49 30 123456", "+4930123456", "6543210394", PHONE_FOREIGN, "+49 30123456"},
		{"+1 212 555 0100", "+12125550100", "00105552121", PHONE_FOREIGN, "+1 212 555 0100"},
		{"+212 6 12 34 56 78", "+212612345678", "876543216212", PHONE_FOREIGN, "+212 6 12 34 56 78"},
		{"+352 27 12 34", "+352271234", "432172253", PHONE_FOREIGN, "+352 271234"},
	};

	(void)state;
	check_readings(readings, sizeof readings / sizeof *readings);
}

/* Protects from a mistyped number stored as if it were one: the message names it. */
static void mistakes_are_refused(void **state)
{
	static const struct {
		const char *typed, *said;
	} wrong[] = {
		{"", "aucun chiffre"},
		{"06 12 34 56 7", "trop court"},
		{"06 12 34 56 78 9", "trop long"},
		{"612345678", "le 0 du début"},
		{"06 12 34 56 7A", "chiffres"},
		{"07 00 00 00 00", "pas attribués"},
		{"00 12 34 56 78 90 12 34 56 78", "trop long"},
		{"+33 6 12 34 56 7", "trop court"},
		{"+33 6 12 34 56 78 9", "trop long"},
		{"+0 12 34 56", "n'existe pas"},
		{"+28 123 45 67", "n'existe pas"},
		{"+590 590 12 34", "trop court"},
		{"+262 512 34 56 78", "outre-mer"},
		{"+49 123", "trop court"},
		{"+49 12345678901234567", "trop"},
		{"06+12345678", "chiffres"},
		{"2000", "commence par 0"},
		{"06 12 34 56 78 \xFF", "UTF-8"},
		{"123456789012345678901234567890", "trop de chiffres"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct guichet_err err = {0};
		struct phone phone;

		assert_int_equal(phone_parse(wrong[i].typed, &phone, &err), GUICHET_DATA);
		if (strstr(err.message, wrong[i].said) == NULL)
			fail_msg("%s: %s", wrong[i].typed, err.message);
		assert_string_equal(phone.e164, "");
	}
}

/* Protects the search by a few digits, in the middle of a call. */
static void fragments(void **state)
{
	static const struct {
		const char *typed, *digits;
	} readings[] = {
		{"06 12 3", "06123"},
		{"+33 6 1", "061"},
		{"0033 6 12", "0612"},
		{"+33 (0)6 12", "0612"},
		{"56 78", "5678"},
		{"+590 690 1", "06901"},
		{"+32 2 12", "32212"},
		{"0612345678", "0612345678"},
		{"3945", "3945"},
	};
	static const char *const wrong[] = {"", "061", "06 1", "dupont", "06 12 a", "12 rue", "12345678901234567890123"};
	char digits[PHONE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
		assert_true(phone_fragment(readings[i].typed, digits));
		assert_string_equal(digits, readings[i].digits);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(phone_fragment(wrong[i], digits));
}

/* Protects the promise that the last digits find the number: a fragment reversed begins the stored reversed digits. */
static void last_digits_are_a_prefix(void **state)
{
	struct phone phone;
	char digits[PHONE_MAX];

	(void)state;
	assert_int_equal(phone_parse("+33 6 12 34 56 78", &phone, NULL), GUICHET_OK);
	assert_true(phone_fragment("34 56 78", digits));
	for (size_t i = 0, n = strlen(digits); i < n; i++)
		assert_int_equal(phone.reversed[i], digits[n - 1 - i]);
}

/* Protects a screen from a value that is not ours: it is shown as it is. */
static void what_is_no_number_is_shown_as_it_is(void **state)
{
	char shown[PHONE_MAX + 16];

	(void)state;
	phone_show("inconnu", shown);
	assert_string_equal(shown, "inconnu");
	phone_show("", shown);
	assert_string_equal(shown, "");
	phone_show("+", shown);
	assert_string_equal(shown, "+");
	phone_show("+50", shown);
	assert_string_equal(shown, "+50");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writings_of_one_number_agree),
		cmocka_unit_test(french_kinds),
		cmocka_unit_test(overseas_numbers),
		cmocka_unit_test(foreign_numbers),
		cmocka_unit_test(mistakes_are_refused),
		cmocka_unit_test(fragments),
		cmocka_unit_test(last_digits_are_a_prefix),
		cmocka_unit_test(what_is_no_number_is_shown_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
