// SPDX-License-Identifier: GPL-3.0-or-later
/* Numbers of operations: the server and other desks know them, so none is ever given twice, whatever leaves the
 * store. */
#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "guichet/store/replica.h"

#define assert_ok(f, call) \
	do { \
		if ((call) != GUICHET_OK) \
			fail_msg("%s: %s", #call, (f)->err.message); \
	} while (0)

static uint64_t number_of(struct store_fixture *f, int64_t reference)
{
	struct op_id id;
	assert_ok(f, desk_op_of_reference(f->store, reference, &id, &f->err));
	return id.dseq;
}

/* Protects: requests that were sent and then left the desk take their numbers with them: the next one is not taken by
 * the server for one of these. */
static void test_not_given_twice(void **state)
{
	struct store_fixture *f = *state;
	struct replica_ack acks[8] = {0};
	uint64_t last = number_of(
		f, FIXTURE_LOG(f, .category = "depot", .subject = "Gravats", .requester = WHO({"name", "Ali Benna"})));
	assert_in_range(last, 2, 8);
	for (uint64_t i = 0; i < last; i++)
		acks[i] = (struct replica_ack){.id = {store_device(f->store), i + 1}, .seq = (int64_t)i + 1};
	assert_ok(f, replica_acknowledge(f->store, acks, last, &f->err));
	assert_ok(f, replica_wipe(f->store, &f->err));
	assert_false(replica_holds(f->store, (struct op_id){store_device(f->store), last}));
	fixture_reopen(f);
	assert_true(number_of(f, FIXTURE_LOG(f, .category = "depot", .subject = "Gravats encore")) > last + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_not_given_twice, fixture_setup, fixture_teardown)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
