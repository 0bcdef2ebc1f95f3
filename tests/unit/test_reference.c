// SPDX-License-Identifier: GPL-3.0-or-later
/* References: what is dictated on the phone must come back as the same request, or be refused with a way out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/core/reference.h"

/* Protects the check digits: the example of the design, and both ends of the range. */
static void check_digits_are_those_of_the_standard(void **state)
{
	(void)state;
	assert_int_equal(reference_make(31400321), 3140032106);
	assert_int_equal(reference_make(10000000) % 97, 1);
	assert_int_equal(reference_make(99999999) % 97, 1);
}

/* Protects references heard, typed or pasted in any of the usual writings. */
static void any_writing_is_read(void **state)
{
	static const char *const writings[] = {
		"3140032106",
		"31 40 03 21 06",
		"31.40-03 21 06",
		"  31 40 03 21 06\n",
		"31\xC2\xA0"
		"40\xE2\x80\xAF"
		"03 21\xE2\x80\x91"
		"06",
		"314 003 21 06",
	};

	(void)state;
	for (size_t i = 0; i < sizeof writings / sizeof *writings; i++) {
		int64_t reference = 0;

		assert_int_equal(reference_parse(writings[i], &reference, NULL), GUICHET_OK);
		assert_int_equal(reference, 3140032106);
	}
}

/* Protects from a number that is not a reference: each refusal names it. */
static void what_is_no_reference_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"31",
		"314003210",
		"31400321066",
		"0612345678",
		"31 40 03 21 O6",
		"31/40/03/21/06",
		"+3140032106",
		"31 40 03 21 06 \xFF",
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct guichet_err err = {0};
		int64_t reference = -1;

		assert_int_equal(reference_parse(wrong[i], &reference, &err), GUICHET_DATA);
		assert_int_equal(reference, -1);
		assert_non_null(strstr(err.message, "référence"));
		assert_null(strchr(err.message, '\n'));
	}
}

/* Protects the agent who heard two digits the wrong way round: every swap that would fit is named, near or far. */
static void every_fitting_swap_is_named(void **state)
{
	struct guichet_err err = {0};
	int64_t reference;

	(void)state;
	assert_int_equal(reference_parse("3140032016", &reference, &err), GUICHET_DATA);
	assert_non_null(strstr(err.message, "31 40 03 21 06"));
	assert_int_equal(reference_parse("6140032103", &reference, &err), GUICHET_DATA);
	assert_non_null(strstr(err.message, "31 40 03 21 06"));
	assert_non_null(strstr(err.message, "61 04 03 21 03"));
}

/* Protects from sending the agent on a wrong track: when no swap fits, the message says so. */
static void no_fitting_swap_is_said(void **state)
{
	struct guichet_err err = {0};
	int64_t reference;

	(void)state;
	assert_int_equal(reference_parse("3140032107", &reference, &err), GUICHET_DATA);
	assert_non_null(strstr(err.message, "aucune inversion"));
}

/* Protects uniqueness: check digits that are right modulo 97 but were never given out (00, 01, 99) are wrong. */
static void only_one_check_fits_a_serial(void **state)
{
	(void)state;
	for (uint32_t serial = 20000000; serial < 20000300; serial++) {
		int fits = 0;

		for (int check = 0; check < 100; check++) {
			char writing[24];
			int64_t reference;

			snprintf(writing, sizeof writing, "%u%02d", serial, check);
			if (reference_parse(writing, &reference, NULL) == GUICHET_OK) {
				assert_int_equal(reference, reference_make(serial));
				fits++;
			}
		}
		assert_int_equal(fits, 1);
	}
}

/* Protects what is shown and dictated: pairs. */
static void shown_in_pairs(void **state)
{
	char shown[REFERENCE_SHOWN];

	(void)state;
	reference_show(3140032106, shown);
	assert_string_equal(shown, "31 40 03 21 06");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_digits_are_those_of_the_standard),
		cmocka_unit_test(any_writing_is_read),
		cmocka_unit_test(what_is_no_reference_is_refused),
		cmocka_unit_test(every_fitting_swap_is_named),
		cmocka_unit_test(no_fitting_swap_is_said),
		cmocka_unit_test(only_one_check_fits_a_serial),
		cmocka_unit_test(shown_in_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
