// SPDX-License-Identifier: GPL-3.0-or-later
/* Growable text and error messages: nothing is cut in two, nothing grows without end, nothing acts on a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/clock.h"
#include "guichet/base/err.h"
#include "guichet/base/text.h"
#include "guichet/base/utf8.h"

/* Protects: additions of every kind join in order, across many growths, and stay NUL-terminated. */
static void grows_in_order(void **state)
{
	struct text t = TEXT_INIT, expected = TEXT_INIT;
	char *taken;

	(void)state;
	assert_string_equal(text_str(&t), "");
	for (int i = 0; i < 5000; i++) {
		char number[16];

		snprintf(number, sizeof number, "%d", i);
		text_add(&t, "a");
		text_addc(&t, 'b');
		text_addn(&t, "cde", 2);
		text_addf(&t, "<%d>", i);
		text_add(&expected, "abcd<");
		text_add(&expected, number);
		text_add(&expected, ">");
	}
	assert_string_equal(t.data, expected.data);
	assert_int_equal(t.len, strlen(t.data));
	assert_false(t.overflow);
	taken = text_take(&t);
	assert_string_equal(taken, expected.data);
	assert_null(t.data);
	free(taken);
	taken = text_take(&t);
	assert_string_equal(taken, "");
	free(taken);
	text_done(&expected);
}

/* Protects: what passes the cap is dropped whole and told; what fits exactly is taken; clearing forgets the overflow. */
static void keeps_its_cap(void **state)
{
	struct text t = { .cap = 10 };

	(void)state;
	text_add(&t, "12345");
	text_addf(&t, "%s", "678901");
	assert_string_equal(t.data, "12345");
	assert_true(t.overflow);
	text_clear(&t);
	assert_false(t.overflow);
	assert_string_equal(t.data, "");
	text_addf(&t, "%s", "1234567890");
	assert_string_equal(t.data, "1234567890");
	assert_false(t.overflow);
	text_addn(&t, "", 0);
	assert_false(t.overflow);
	text_addc(&t, 'x');
	assert_true(t.overflow);
	assert_string_equal(t.data, "1234567890");
	text_done(&t);
	assert_int_equal(t.cap, 10);
}

/* Protects: a formatted piece much longer than the room at hand is written whole. */
static void formats_long_pieces(void **state)
{
	struct text t = TEXT_INIT;
	char *long_one = guichet_alloc(100001);

	(void)state;
	memset(long_one, 'x', 100000);
	text_addf(&t, "[%s|%d]", long_one, 42);
	assert_int_equal(t.len, 100005);
	assert_string_equal(t.data + 100000, "x|42]");
	text_done(&t);
	free(long_one);
}

/* Protects: arrays keep what they hold while they grow, and copies stop at the bytes asked for. */
static void arrays_grow(void **state)
{
	size_t count = 0, capacity = 0;
	int *items = NULL;
	char *copy;

	(void)state;
	while (count < 1000) {
		GUICHET_GROW(items, count, capacity);
		items[count] = (int)count;
		count++;
		assert_true(capacity >= count);
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(items[i], i);
	free(items);
	copy = guichet_strndup("abc\0d", 5);
	assert_memory_equal(copy, "abc\0d", 6);
	free(copy);
	copy = guichet_alloc(0);
	assert_non_null(copy);
	free(copy);
}

/* Protects: a message holds code, text and whether trying again helps, and is one line that can't move the cursor. */
static void errors_are_one_harmless_line(void **state)
{
	struct guichet_err err = { 0 };

	(void)state;
	assert_int_equal(guichet_err_set(NULL, GUICHET_DATA, "x"), GUICHET_DATA);
	assert_int_equal(guichet_err_set(&err, GUICHET_LOCKED, "pris par %s", "a\x1B[2J\nb"), GUICHET_LOCKED);
	assert_int_equal(err.code, GUICHET_LOCKED);
	assert_true(err.retryable);
	assert_string_equal(err.message, "pris par a␛[2J b");
	guichet_err_set(&err, GUICHET_DATA, "commune « %s »", "Poitiers\xFF");
	assert_false(err.retryable);
	assert_string_equal(err.message, "commune « Poitiers\xEF\xBF\xBD »");
	guichet_err_prefix(&err, "ligne %d : ", 12);
	assert_string_equal(err.message, "ligne 12 : commune « Poitiers\xEF\xBF\xBD »");
	assert_int_equal(err.code, GUICHET_DATA);
	/* Its own message may be part of the new one. */
	guichet_err_set(&err, GUICHET_IO, "encore : %.10s", err.message);
	assert_string_equal(err.message, "encore : ligne 12 :");
}

/* Protects: a long message is cut on a whole character at every alignment, says so, and prefixes do not break that. */
static void errors_are_cut_on_characters(void **state)
{
	char value[3000];

	(void)state;
	for (size_t shift = 0; shift < 6; shift++) {
		struct guichet_err err = { 0 };
		size_t i;

		memset(value, 'x', shift);
		for (i = shift; i + 3 < sizeof value - 1; i += 3)
			memcpy(value + i, "漢", 3);
		value[i] = '\0';
		guichet_err_set(&err, GUICHET_DATA, "%s", value);
		assert_true(utf8_valid(err.message, strlen(err.message), NULL));
		assert_true(strlen(err.message) > GUICHET_ERR_MAX - 8);
		assert_string_equal(err.message + strlen(err.message) - 3, "…");
		guichet_err_prefix(&err, "%s", value);
		assert_true(utf8_valid(err.message, strlen(err.message), NULL));
		assert_memory_equal(err.message, value, 300);
	}
}

/* Protects: a steered clock and seeded randomness give the same each time. */
static void fakes_are_reproducible(void **state)
{
	int64_t now = 1234567890123;
	struct guichet_clock clock = clock_fixed(&now);
	uint64_t seed_a = 7, seed_b = 7, seed_c = 8;
	struct guichet_random a = random_seeded(&seed_a), b = random_seeded(&seed_b), c = random_seeded(&seed_c);
	unsigned char of_a[20], of_b[20], of_c[20];

	(void)state;
	assert_int_equal(clock.now_ms(clock.context), now);
	now += 60000;
	assert_int_equal(clock.now_ms(clock.context), 1234567950123);
	a.fill(a.context, of_a, sizeof of_a);
	b.fill(b.context, of_b, 8);
	b.fill(b.context, of_b + 8, 12);
	c.fill(c.context, of_c, sizeof of_c);
	assert_memory_equal(of_a, of_b, sizeof of_a);
	assert_memory_not_equal(of_a, of_c, sizeof of_a);
	/* The published first output of SplitMix64 for the state 0. */
	seed_a = 0;
	a.fill(a.context, of_a, 8);
	assert_memory_equal(of_a, "\xAF\xCD\x1D\x7B\x39\xA8\x20\xE2", 8);
}

/* Protects: the system's randomness is there and never the same twice; its clock runs. */
static void the_real_ones_work(void **state)
{
	struct guichet_random random = random_system();
	struct guichet_clock clock = clock_system();
	unsigned char once[16] = { 0 }, twice[16] = { 0 };
	int64_t before = clock_monotonic_ns();

	(void)state;
	random.fill(random.context, once, sizeof once);
	random.fill(random.context, twice, sizeof twice);
	assert_memory_not_equal(once, twice, sizeof once);
	assert_true(clock.now_ms(clock.context) > INT64_C(1600000000000));
	assert_true(clock_monotonic_ns() >= before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_in_order),
		cmocka_unit_test(keeps_its_cap),
		cmocka_unit_test(formats_long_pieces),
		cmocka_unit_test(arrays_grow),
		cmocka_unit_test(errors_are_one_harmless_line),
		cmocka_unit_test(errors_are_cut_on_characters),
		cmocka_unit_test(fakes_are_reproducible),
		cmocka_unit_test(the_real_ones_work),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
