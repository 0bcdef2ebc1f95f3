// SPDX-License-Identifier: GPL-3.0-or-later
/* Libraries loaded at their first use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "guichet/base/late.h"

struct calls {
	int (*abs)(int);
	long (*labs)(long);
};

/* Protects: each call finds its place; a library that is not there, or lacks a call, is said to be missing, and nothing is called that is not there. */
static void test_load(void **state)
{
	static const struct late_call names[] = {{"abs", offsetof(struct calls, abs)}, {"labs", offsetof(struct calls, labs)}, {"guichet_none", 0}};
	struct calls calls = {0};
	(void)state;
	assert_false(late_load("libguichet-none.so.9", names, 2, &calls));
	assert_null(calls.abs);
	assert_false(late_load("libc.so.6", names, 3, &calls));
	assert_true(late_load("libc.so.6", names, 2, &calls));
	assert_int_equal(calls.abs(-3), 3);
	assert_int_equal(calls.labs(-4), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_load)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
