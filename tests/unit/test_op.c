// SPDX-License-Identifier: GPL-3.0-or-later
/* Operations: ids have one writing, a payload comes back from its texts byte for byte, and nothing in a sealed one
 * changes unseen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "life.h"

static const uint8_t salt[OP_SALT] = "0123456789abcde";

/* Protects look-ups by id in payloads of other desks: one id, one writing, nothing else is taken for one. */
static void test_ids(void **state)
{
	static const char *const bad[] = {"", ".", "7", "7.", ".7", "7.0", "07.1", "7.01", "-7.1", "7.1 ", " 7.1", "7.1.1",
		"4294967296.1", "7.18446744073709551616", "a.b", NULL};
	char text[OP_ID_TEXT];
	struct op_id id, largest = {UINT32_MAX, UINT64_MAX};

	(void)state;
	for (size_t i = 0; bad[i]; i++)
		assert_false(op_id_parse(bad[i], &id));
	assert_false(op_id_parse(NULL, &id));
	op_id_format(largest, text);
	assert_string_equal(text, "4294967295.18446744073709551615");
	assert_true(op_id_parse(text, &id) && op_id_equal(id, largest));
	assert_true(op_id_compare((struct op_id){1, 9}, (struct op_id){2, 1}) < 0);
	assert_true(op_id_compare((struct op_id){1, 9}, (struct op_id){1, 8}) > 0);
	assert_int_equal(op_id_compare(largest, largest), 0);
	assert_true(op_id_is_none((struct op_id){0, 0}));
	assert_false(op_id_is_none((struct op_id){0, 1}));
}

/* Protects the journal: a kind's code reads back as that kind, and no two kinds share one. */
static void test_kinds(void **state)
{
	enum op_kind k;

	(void)state;
	for (int i = 0; i < OP_KIND_COUNT; i++) {
		assert_true(op_kind_parse(op_kind_code((enum op_kind)i), &k));
		assert_int_equal(k, i);
		assert_true(*op_kind_label((enum op_kind)i));
	}
	assert_false(op_kind_parse("explode", &k));
	assert_int_equal(op_kind_subject(OP_REQUESTER_MERGE), SUBJECT_REQUESTER);
	assert_int_equal(op_kind_subject(OP_UNDO), SUBJECT_REQUEST);
}

static void make(struct op *op)
{
	op_init(op, OP_NOTE, (struct op_id){7, 1}, "marie", 1000);
	op_fact_text(op, "zone", "b");
	op_fact_int(op, "at_ms", INT64_MAX);
	op_fact_bool(op, "covered", true);
	op_fact_if(op, "absent", "");
	op_personal_text(op, "text", "L'été, « ça » 🙂 \"\\");
	op_personal_if(op, "who", NULL);
}

/* Protects "checked as it was made, byte for byte": the stored texts alone give the same operation. */
static void test_round_trip(void **state)
{
	struct op op, copy;

	(void)state;
	make(&op);
	op_write_real(&op, NULL, FIELD_LATITUDE, 48.8539999999991);
	assert_int_equal(op_seal(&op, salt, NULL), GUICHET_OK);
	assert_string_equal(op.facts_text, "{\"at_ms\":9223372036854775807,\"covered\":true,\"zone\":\"b\"}");
	assert_null(op.base_text);
	op_copy(&copy, &op);
	assert_true(op_is_intact(&copy));
	assert_int_equal(op_int(&copy, "at_ms", 0), INT64_MAX);
	assert_true(op_bool(&copy, "covered"));
	assert_string_equal(op_text(&copy, "text", ""), "L'été, « ça » 🙂 \"\\");
	assert_string_equal(op_text(&copy, "who", "nobody"), "nobody");
	assert_int_equal(op_int(&copy, "zone", -1), -1);
	/* A coordinate folded from memory and from its text must be the same number, or verify would see a difference. */
	assert_true(
		json_real_value(json_object_get(copy.personal, "lat")) == json_real_value(json_object_get(op.personal, "lat")));
	op_done(&copy);
	op_done(&op);
}

/* Protects the seal: any change of what was done, by whom, when, or to what breaks it; erasing the personal half is
 * no break. */
static void test_seal(void **state)
{
	struct request none = {0};
	struct op op;

	(void)state;
	make(&op);
	assert_true(op.v == OP_SCHEMA && op.wall_ms == 1000 && op_id_equal(op.subject, (struct op_id){7, 1}));
	op_write_text(&op, &none, FIELD_ADDRESS, "rue X");
	assert_int_equal(op_seal(&op, salt, NULL), GUICHET_OK);
	assert_string_equal(op.base_text, "{\"address_string\":[]}");
	assert_true(op_is_intact(&op));
	op.base_text[3] ^= 1;
	assert_false(op_is_intact(&op));
	op.base_text[3] ^= 1;
	assert_true(op_is_intact(&op));
	op.facts_text[2] ^= 1;
	assert_false(op_is_intact(&op));
	op.facts_text[2] ^= 1;
	op.kind = OP_CANCEL;
	assert_false(op_is_intact(&op));
	op.kind = OP_NOTE;
	op.wall_ms++;
	assert_false(op_is_intact(&op));
	op.wall_ms--;
	op.actor[0] = 'p';
	assert_false(op_is_intact(&op));
	op.actor[0] = 'm';
	op.salt[3] ^= 1;
	assert_false(op_is_intact(&op));
	op.blanked = true;
	free(op.personal_text);
	op.personal_text = NULL;
	assert_true(op_is_intact(&op));
	op_done(&op);
}

/* Protects against silent loss: what can't be stored is refused in so many words, never cut or dropped. */
static void test_refused_payloads(void **state)
{
	struct guichet_err err;
	struct op op;
	char *big = guichet_alloc(OP_PAYLOAD_MAX + 1);

	(void)state;
	make(&op);
	op_personal_text(&op, "text", "\xff\xfe");
	assert_int_equal(op_seal(&op, salt, &err), GUICHET_DATA);
	assert_non_null(strstr(err.message, "UTF-8"));
	op_done(&op);
	make(&op);
	memset(big, 'x', OP_PAYLOAD_MAX);
	op_personal_text(&op, "text", big);
	assert_int_equal(op_seal(&op, salt, &err), GUICHET_DATA);
	assert_non_null(strstr(err.message, "65536"));
	assert_int_equal(op_load_payload(&op, "[]", NULL, NULL, &err), GUICHET_DATA);
	assert_int_equal(op_load_payload(&op, "{\"a\":1,\"a\":2}", NULL, NULL, &err), GUICHET_DATA);
	assert_int_equal(op_load_payload(&op, "{}", "{", NULL, &err), GUICHET_DATA);
	assert_int_equal(op_load_payload(&op, "{}", NULL, "3", &err), GUICHET_DATA);
	op_done(&op);
	free(big);
}

/* Protects names in the journal: a login that is too long is cut on a whole character. */
static void test_long_actor(void **state)
{
	char login[2 * OP_ACTOR_MAX + 1] = "";
	struct op op;

	(void)state;
	for (size_t i = 0; i < OP_ACTOR_MAX; i++)
		memcpy(login + 2 * i, "é", 3);
	op_init(&op, OP_NOTE, (struct op_id){0, 0}, login, 0);
	assert_int_equal(strlen(op.actor), OP_ACTOR_MAX - 2);
	op_done(&op);
}

/* Protects registers: taking a write back leaves no trace of it, not even that the field was seen. */
static void test_unwrite(void **state)
{
	struct request none = {0};
	struct op op;

	(void)state;
	op_init(&op, OP_EDIT, (struct op_id){7, 1}, "marie", 0);
	op_write_text(&op, &none, FIELD_ADDRESS, "rue X");
	assert_non_null(json_object_get(op.base, "address_string"));
	op_unwrite(&op, FIELD_ADDRESS);
	assert_null(op.base);
	assert_null(op.personal);
	op_done(&op);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_seal),
		cmocka_unit_test(test_refused_payloads),
		cmocka_unit_test(test_long_actor),
		cmocka_unit_test(test_unwrite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
