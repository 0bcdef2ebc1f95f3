// SPDX-License-Identifier: GPL-3.0-or-later
/* The fold: what PROTOCOL's table of conflicts promises, in any order of arrival, with undos and blanked payloads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "life.h"

/* --- Operations written by hand: only this way can two desks act without seeing each other --- */

struct journal {
	struct op ops[LIFE_OPS];
	size_t count;
	struct request r;
};

static struct op *add(struct journal *j, const char *id, enum op_kind kind, int64_t seq, const char *facts,
	const char *personal, const char *base)
{
	struct op *op = &j->ops[j->count++];

	op_init(op, kind, (struct op_id){1, 1}, kind == OP_CREATE ? "marie" : "paul", 1000 * (int64_t)j->count);
	assert_true(op_id_parse(id, &op->id));
	op->seq = seq;
	assert_int_equal(op_load_payload(op, facts, personal, base, NULL), GUICHET_OK);
	return op;
}

static void create(struct journal *j)
{
	memset(j, 0, sizeof *j);
	add(j, "1.1", OP_CREATE, 1,
		"{\"reference\":3140032106,\"status\":\"review\",\"service_code\":\"voirie\",\"received\":500,\"priority\":3}",
		"{\"subject\":\"Trou\",\"address_string\":\"rue A\"}", NULL);
}

static const struct request *fold(struct journal *j)
{
	request_done(&j->r);
	request_fold(&j->r, j->ops, j->count);
	return &j->r;
}

static void done(struct journal *j)
{
	request_done(&j->r);
	for (size_t i = 0; i < j->count; i++)
		op_done(&j->ops[i]);
}

#define SHOWN(j, field) request_text(fold(j), FIELD_##field)

/* --- Registers --- */

/* Protects the first row of PROTOCOL's table: the later seq shows, the earlier is kept, until a write that has seen
 * both. */
static void test_conflict(void **state)
{
	struct journal j;

	(void)state;
	create(&j);
	add(&j, "3.1", OP_EDIT, 3, "{}", "{\"address_string\":\"rue C\"}", "{\"address_string\":[\"1.1\"]}");
	add(&j, "2.1", OP_EDIT, 2, "{}", "{\"address_string\":\"rue B\"}", "{\"address_string\":[\"1.1\"]}");
	assert_string_equal(SHOWN(&j, ADDRESS), "rue C");
	assert_true(request_in_conflict(&j.r, FIELD_ADDRESS));
	assert_int_equal(j.r.fields[FIELD_ADDRESS].count, 2);
	assert_string_equal(json_string_value(j.r.fields[FIELD_ADDRESS].heads[1].value), "rue B");
	assert_false(request_in_conflict(&j.r, FIELD_SUBJECT));
	add(&j, "2.2", OP_RESOLVE, 4, "{}", "{\"address_string\":\"rue B\"}", "{\"address_string\":[\"2.1\",\"3.1\"]}");
	assert_string_equal(SHOWN(&j, ADDRESS), "rue B");
	assert_false(request_in_conflict(&j.r, FIELD_ADDRESS));
	done(&j);
}

/* Protects from false alarms: two desks that wrote the same value do not conflict. */
static void test_same_value_is_no_conflict(void **state)
{
	struct journal j;

	(void)state;
	create(&j);
	add(&j, "2.1", OP_EDIT, 2, "{\"priority\":1}", NULL, "{\"priority\":[\"1.1\"]}");
	add(&j, "3.1", OP_EDIT, 3, "{\"priority\":1}", NULL, "{\"priority\":[\"1.1\"]}");
	assert_int_equal(request_int(fold(&j), FIELD_PRIORITY, 0), 1);
	assert_false(request_in_conflict(&j.r, FIELD_PRIORITY));
	done(&j);
}

/* Protects against a restored server: operations come back out of causal order, and what named another still
 * replaces it. */
static void test_out_of_causal_order(void **state)
{
	struct journal j;

	(void)state;
	create(&j);
	add(&j, "2.2", OP_EDIT, 2, "{}", "{\"address_string\":\"new\"}", "{\"address_string\":[\"2.1\"]}");
	add(&j, "2.1", OP_EDIT, 3, "{}", "{\"address_string\":\"old\"}", "{\"address_string\":[\"1.1\"]}");
	assert_string_equal(SHOWN(&j, ADDRESS), "new");
	assert_int_equal(j.r.fields[FIELD_ADDRESS].count, 1);
	done(&j);
}

/* Protects what the screen shows: own pending operations come over what the server has, in the order they were made. */
static void test_pending_last(void **state)
{
	struct journal j;

	(void)state;
	create(&j);
	add(&j, "9.10", OP_ASSIGN, 0, "{\"assigned_to\":\"ten\"}", NULL, "{\"assigned_to\":[]}");
	add(&j, "9.9", OP_ASSIGN, 0, "{\"assigned_to\":\"nine\"}", NULL, "{\"assigned_to\":[]}");
	add(&j, "2.1", OP_ASSIGN, 99, "{\"assigned_to\":\"server\"}", NULL, "{\"assigned_to\":[]}");
	assert_string_equal(SHOWN(&j, ASSIGNED), "ten");
	assert_string_equal(json_string_value(j.r.fields[FIELD_ASSIGNED].heads[2].value), "server");
	done(&j);
}

/* Protects registers from events: the channel of an answer is not the channel of the request. */
static void test_only_base_writes(void **state)
{
	struct journal j;

	(void)state;
	create(&j);
	add(&j, "2.1", OP_INFORM, 2, "{\"channel\":\"email\",\"priority\":1}", NULL, NULL);
	assert_string_equal(SHOWN(&j, CHANNEL), "");
	assert_int_equal(request_int(&j.r, FIELD_PRIORITY, 0), 3);
	done(&j);
}

/* Protects busy requests: more writes than the fold keeps at hand without asking for memory. */
static void test_many_writes(void **state)
{
	static const char four[] = "{\"nature\":[],\"commune\":[],\"priority\":[],\"assigned_to\":[]}";
	struct journal j;
	char id[OP_ID_TEXT];

	(void)state;
	create(&j);
	for (unsigned i = 1; i <= 60; i++) {
		op_id_format((struct op_id){2, i}, id);
		add(&j, id, OP_EDIT, 1 + i,
			"{\"nature\":\"report\",\"commune\":\"bois\",\"priority\":2,\"assigned_to\":\"luc\"}", NULL, four);
	}
	assert_string_equal(SHOWN(&j, ASSIGNED), "luc");
	assert_int_equal(j.r.fields[FIELD_ASSIGNED].count, 60);
	assert_int_equal(j.r.fields[FIELD_PRIORITY].count, 61);
	assert_int_equal(j.r.fields[FIELD_PRIORITY].heads[0].by.dseq, 60);
	assert_string_equal(SHOWN(&j, ADDRESS), "rue A");
	assert_int_equal(j.r.updated_ms, 61000);
	done(&j);
}

/* --- Erasure --- */

static void blank(struct op *op)
{
	json_decref(op->personal);
	op->personal = NULL;
	op->blanked = true;
}

/* Protects erasure: a blanked edit does not let the older, unblanked text show again; facts and events stay. */
static void test_blanked(void **state)
{
	struct journal j;
	struct op *edit, *note, *told;

	(void)state;
	create(&j);
	edit = add(&j, "2.1", OP_EDIT, 2, "{\"priority\":1}", "{\"address_string\":\"rue B\"}",
		"{\"address_string\":[\"1.1\"],\"priority\":[\"1.1\"]}");
	note = add(&j, "2.2", OP_NOTE, 3, "{}", "{\"text\":\"vu\"}", NULL);
	told = add(&j, "2.3", OP_DANGER_TOLD, 4, "{\"at_ms\":7}", "{\"who\":\"astreinte\"}", NULL);
	add(&j, "2.4", OP_ANSWER, 5, "{\"channel\":\"phone\"}", NULL, NULL)->blanked = true;
	blank(edit);
	blank(note);
	blank(told);
	assert_string_equal(SHOWN(&j, ADDRESS), "");
	assert_int_equal(request_int(&j.r, FIELD_PRIORITY, 0), 1);
	assert_int_equal(j.r.notes, 1);
	assert_int_equal(j.r.danger_told_count, 1);
	assert_int_equal(j.r.dangers_told[0].at_ms, 7);
	assert_non_null(request_answer(&j.r));
	blank(&j.ops[0]);
	assert_string_equal(SHOWN(&j, SUBJECT), "");
	assert_string_equal(SHOWN(&j, SERVICE), "voirie");
	assert_int_equal(j.r.reference, 3140032106);
	done(&j);
}

/* --- Undo --- */

/* Protects undo: the operation counts for nothing, what it replaced shows again, events go too; an undone undo
 * brings all back. */
static void test_undo(void **state)
{
	struct journal j;

	(void)state;
	create(&j);
	add(&j, "2.1", OP_REFUSE, 2, "{\"service_code\":\"proximite\"}", NULL, "{\"service_code\":[\"1.1\"]}");
	assert_int_equal(fold(&j)->hops, 1);
	add(&j, "2.2", OP_UNDO, 3, "{\"target\":\"2.1\"}", NULL, NULL);
	assert_string_equal(SHOWN(&j, SERVICE), "voirie");
	assert_int_equal(j.r.hops, 0);
	assert_int_equal(j.r.fields[FIELD_SERVICE].count, 1);
	add(&j, "2.3", OP_UNDO, 4, "{\"target\":\"2.2\"}", NULL, NULL);
	assert_string_equal(SHOWN(&j, SERVICE), "proximite");
	assert_int_equal(j.r.hops, 1);
	add(&j, "2.4", OP_UNDO, 5, "{\"target\":\"2.3\"}", NULL, NULL);
	assert_string_equal(SHOWN(&j, SERVICE), "voirie");
	assert_true(request_op_undone(&j.r, 1));
	assert_false(request_op_undone(&j.r, 2));
	done(&j);
}

/* Protects a concurrent write: it does not vanish with the operation that it had seen and that is undone. */
static void test_undo_under_a_later_write(void **state)
{
	struct journal j;

	(void)state;
	create(&j);
	add(&j, "2.1", OP_EDIT, 2, "{\"priority\":1}", NULL, "{\"priority\":[\"1.1\"]}");
	add(&j, "3.1", OP_EDIT, 3, "{\"priority\":2}", NULL, "{\"priority\":[\"2.1\"]}");
	add(&j, "2.2", OP_UNDO, 4, "{\"target\":\"2.1\"}", NULL, NULL);
	assert_int_equal(request_int(fold(&j), FIELD_PRIORITY, 0), 2);
	assert_int_equal(j.r.fields[FIELD_PRIORITY].count, 2);
	done(&j);
}

/* Protects the fold from nonsense: no undo of the create, of itself, of nothing, nor in a ring. */
static void test_odd_undos(void **state)
{
	struct journal j;

	(void)state;
	create(&j);
	add(&j, "2.1", OP_UNDO, 2, "{\"target\":\"1.1\"}", NULL, NULL);
	add(&j, "2.2", OP_UNDO, 3, "{\"target\":\"2.2\"}", NULL, NULL);
	add(&j, "2.3", OP_UNDO, 4, "{\"target\":\"2.4\"}", NULL, NULL);
	add(&j, "2.4", OP_UNDO, 5, "{\"target\":\"2.3\"}", NULL, NULL);
	add(&j, "2.5", OP_UNDO, 6, "{\"target\":\"8.8\"}", NULL, NULL);
	add(&j, "2.6", OP_UNDO, 7, "{\"target\":12}", NULL, NULL);
	add(&j, "2.7", OP_NOTE, 8, "{}", "{\"text\":\"vu\"}", NULL);
	assert_string_equal(SHOWN(&j, SUBJECT), "Trou");
	assert_int_equal(j.r.notes, 1);
	done(&j);
}

/* --- Concurrent ends --- */

/* Protects an answer that the closer had not seen: it is kept, the request is answered, for a second look, whatever
 * the order. */
static void test_answer_not_seen_by_close(void **state)
{
	(void)state;
	for (int order = 0; order < 2; order++) {
		struct journal j;

		create(&j);
		add(&j, "2.1", OP_ANSWER, 2 + order, "{\"status\":\"answered\",\"channel\":\"email\",\"at_ms\":42}",
			"{\"text\":\"Fait.\"}", "{\"status\":[\"1.1\"]}");
		add(&j, "3.1", OP_CLOSE, 3 - order, "{\"status\":\"closed\",\"reason\":\"unwanted\"}", NULL,
			"{\"status\":[\"1.1\"]}");
		assert_int_equal(fold(&j)->status, STATUS_ANSWERED);
		assert_string_equal(request_text(&j.r, FIELD_STATUS), "answered");
		assert_true(j.r.review_mark);
		assert_non_null(request_answer(&j.r));
		assert_int_equal(j.r.answered_ms, 42);
		assert_true(j.r.closed_ms == NO_INSTANT);
		assert_null(j.r.close_reason);
		done(&j);
	}
}

/* Protects "two closes: one close": no conflict and no mark, when both say closed. */
static void test_two_closes(void **state)
{
	struct journal j;

	(void)state;
	create(&j);
	add(&j, "2.1", OP_CLOSE, 2, "{\"status\":\"closed\",\"reason\":\"abusive\"}", "{\"text\":\"a\"}",
		"{\"status\":[\"1.1\"]}");
	add(&j, "3.1", OP_CLOSE, 3, "{\"status\":\"closed\",\"reason\":\"unwanted\"}", "{\"text\":\"b\"}",
		"{\"status\":[\"1.1\"]}");
	assert_int_equal(fold(&j)->status, STATUS_CLOSED);
	assert_false(j.r.review_mark);
	assert_false(request_in_conflict(&j.r, FIELD_STATUS));
	assert_string_equal(j.r.close_reason, "unwanted");
	done(&j);
}

/* Protects due dates: a close that lost against a later step ended nothing, so dates move and the request is open,
 * with a mark. */
static void test_close_against_a_later_step(void **state)
{
	struct journal j;

	(void)state;
	create(&j);
	add(&j, "2.1", OP_CLOSE, 2, "{\"status\":\"closed\",\"reason\":\"abusive\",\"due\":{\"answer\":9}}", NULL,
		"{\"status\":[\"1.1\"]}");
	add(&j, "3.1", OP_ORDER, 3, "{\"status\":\"ordered\",\"number\":\"BC 12\"}", NULL, "{\"status\":[\"1.1\"]}");
	assert_int_equal(fold(&j)->status, STATUS_ORDERED);
	assert_true(j.r.review_mark);
	assert_true(request_is_open(&j.r));
	assert_null(j.r.frozen_due);
	assert_true(j.r.closed_ms == NO_INSTANT);
	done(&j);
}

/* Protects "two routes": the later seq shows, the first is kept for its service to object. */
static void test_two_routes(void **state)
{
	struct journal j;

	(void)state;
	create(&j);
	add(&j, "2.1", OP_ROUTE, 2, "{\"status\":\"routed\",\"service_code\":\"eau\"}", NULL,
		"{\"service_code\":[\"1.1\"],\"status\":[\"1.1\"]}");
	add(&j, "3.1", OP_ROUTE, 3, "{\"status\":\"routed\",\"service_code\":\"nettoyage\"}", NULL,
		"{\"service_code\":[\"1.1\"],\"status\":[\"1.1\"]}");
	assert_string_equal(SHOWN(&j, SERVICE), "nettoyage");
	assert_true(request_in_conflict(&j.r, FIELD_SERVICE));
	assert_false(request_in_conflict(&j.r, FIELD_STATUS));
	done(&j);
}

/* --- Events --- */

/* Protects clocks: waiting shows over the state beneath; an ending closes the pause at its own time; nothing pauses
 * afterwards. */
static void test_pauses(void **state)
{
	struct journal j;

	(void)state;
	create(&j);
	add(&j, "2.1", OP_WAIT, 2, "{\"wait\":\"requester\",\"at_ms\":100}", NULL, "{\"wait\":[]}");
	assert_int_equal(fold(&j)->status, STATUS_WAITING);
	assert_int_equal(j.r.beneath, STATUS_REVIEW);
	assert_true(j.r.pauses[0].to_ms == NO_INSTANT);
	add(&j, "2.2", OP_RESUME, 3, "{\"wait\":\"\",\"at_ms\":50}", NULL, "{\"wait\":[\"2.1\"]}");
	assert_int_equal(fold(&j)->status, STATUS_REVIEW);
	assert_int_equal(j.r.pauses[0].to_ms, 100);
	add(&j, "2.3", OP_WAIT, 4, "{\"wait\":\"third-party\",\"at_ms\":200}", NULL, "{\"wait\":[\"2.2\"]}");
	add(&j, "2.4", OP_WAIT, 5, "{\"wait\":\"requester\",\"at_ms\":250}", NULL, "{\"wait\":[\"2.3\"]}");
	add(&j, "3.1", OP_CLOSE, 6, "{\"status\":\"closed\",\"at_ms\":300}", NULL, "{\"status\":[\"1.1\"]}");
	add(&j, "4.1", OP_WAIT, 7, "{\"wait\":\"requester\",\"at_ms\":400}", NULL, "{\"wait\":[\"2.4\"]}");
	assert_int_equal(fold(&j)->status, STATUS_CLOSED);
	assert_int_equal(j.r.pause_count, 2);
	assert_int_equal(j.r.pauses[1].from_ms, 200);
	assert_int_equal(j.r.pauses[1].to_ms, 300);
	done(&j);
}

/* Protects clocks from two desks: a pause never begins before the last one ended, one seen by a re-opened request
 * counts again, and a bounced answer ended the waiting all the same. */
static void test_pauses_of_two_desks(void **state)
{
	struct journal j;

	(void)state;
	create(&j);
	add(&j, "2.1", OP_WAIT, 2, "{\"wait\":\"requester\",\"at_ms\":100}", NULL, "{\"wait\":[]}");
	add(&j, "2.2", OP_RESUME, 3, "{\"wait\":\"\",\"at_ms\":200}", NULL, "{\"wait\":[\"2.1\"]}");
	add(&j, "3.1", OP_WAIT, 4, "{\"wait\":\"requester\",\"at_ms\":150}", NULL, "{\"wait\":[\"2.2\"]}");
	assert_int_equal(fold(&j)->pauses[1].from_ms, 200);
	add(&j, "3.2", OP_ANSWER, 5, "{\"status\":\"answered\",\"wait\":\"\",\"at_ms\":300}", NULL,
		"{\"status\":[\"1.1\"],\"wait\":[\"3.1\"]}");
	add(&j, "3.3", OP_NOTE, 6, "{\"bounced\":\"3.2\"}", NULL, NULL);
	assert_int_equal(fold(&j)->pauses[1].to_ms, 300);
	add(&j, "3.4", OP_CLOSE, 7, "{\"status\":\"closed\",\"at_ms\":310}", NULL, "{\"status\":[\"3.2\"]}");
	add(&j, "3.5", OP_REOPEN, 8, "{\"status\":\"new\",\"at_ms\":320}", NULL, "{\"status\":[\"3.4\"]}");
	add(&j, "3.6", OP_WAIT, 9, "{\"wait\":\"requester\",\"at_ms\":400}", NULL, "{\"wait\":[\"3.2\"]}");
	assert_int_equal(fold(&j)->status, STATUS_WAITING);
	assert_int_equal(j.r.pause_count, 3);
	assert_int_equal(j.r.pauses[2].from_ms, 400);
	done(&j);
}

/* Protects figures: the first ending since the last re-opening freezes the dates and says when it was answered;
 * re-opening lets them go. */
static void test_freeze_and_reopen(void **state)
{
	struct journal j;

	(void)state;
	create(&j);
	add(&j, "2.1", OP_ANSWER, 2, "{\"status\":\"answered\",\"at_ms\":100,\"due\":{\"answer\":7}}", "{\"text\":\"a\"}",
		"{\"status\":[\"1.1\"]}");
	add(&j, "2.2", OP_ANSWER, 3, "{\"status\":\"answered\",\"at_ms\":200,\"due\":{\"answer\":8}}", "{\"text\":\"b\"}",
		"{\"status\":[\"2.1\"]}");
	add(&j, "2.3", OP_CLOSE, 4, "{\"status\":\"closed\",\"reason\":\"answered\",\"at_ms\":300,\"due\":{\"answer\":9}}",
		NULL, "{\"status\":[\"2.2\"]}");
	assert_int_equal(fold(&j)->answered_ms, 100);
	assert_int_equal(json_integer_value(json_object_get(j.r.frozen_due, "answer")), 7);
	assert_int_equal(j.r.closed_ms, 300);
	assert_string_equal(j.r.close_reason, "answered");
	assert_string_equal(request_answer(&j.r)->text, "b");
	assert_int_equal(j.r.clock_start_ms, 500);
	add(&j, "2.4", OP_REOPEN, 5, "{\"status\":\"routed\",\"at_ms\":400}", NULL, "{\"status\":[\"2.3\"]}");
	assert_int_equal(fold(&j)->status, STATUS_ROUTED);
	assert_true(j.r.answered_ms == NO_INSTANT && j.r.closed_ms == NO_INSTANT);
	assert_null(j.r.frozen_due);
	assert_null(j.r.close_reason);
	assert_null(request_answer(&j.r));
	assert_int_equal(j.r.clock_start_ms, 400);
	assert_int_equal(j.r.reopened, 1);
	add(&j, "2.5", OP_CLOSE, 6, "{\"status\":\"closed\",\"reason\":\"unwanted\",\"at_ms\":500,\"due\":{\"answer\":10}}",
		NULL, "{\"status\":[\"2.4\"]}");
	assert_int_equal(json_integer_value(json_object_get(fold(&j)->frozen_due, "answer")), 10);
	assert_int_equal(j.r.closed_ms, 500);
	assert_true(j.r.answered_ms == NO_INSTANT);
	done(&j);
}

/* Protects dates and reasons when a conflict is settled: the close says them, not the one who chose it. */
static void test_settled_close(void **state)
{
	struct journal j;

	(void)state;
	create(&j);
	add(&j, "2.1", OP_CLOSE, 2, "{\"status\":\"closed\",\"reason\":\"abusive\",\"at_ms\":100}", NULL,
		"{\"status\":[\"1.1\"]}");
	add(&j, "3.1", OP_ORDER, 3, "{\"status\":\"ordered\"}", NULL, "{\"status\":[\"1.1\"]}");
	add(&j, "3.2", OP_RESOLVE, 4, "{\"status\":\"closed\"}", NULL, "{\"status\":[\"2.1\",\"3.1\"]}");
	assert_int_equal(fold(&j)->status, STATUS_CLOSED);
	assert_int_equal(j.r.closed_ms, 100);
	assert_string_equal(j.r.close_reason, "abusive");
	assert_false(j.r.review_mark);
	done(&j);
}

/* Protects "a bounce undoes it": an answer that came back was not told, so the request is owed one again. */
static void test_bounce(void **state)
{
	struct journal j;

	(void)state;
	create(&j);
	add(&j, "2.1", OP_ANSWER, 2, "{\"status\":\"answered\",\"at_ms\":100,\"due\":{\"answer\":7}}", "{\"text\":\"a\"}",
		"{\"status\":[\"1.1\"]}");
	assert_false(request_is_open(fold(&j)));
	add(&j, "2.2", OP_NOTE, 3, "{\"bounced\":\"2.1\"}", NULL, NULL);
	assert_true(request_is_open(fold(&j)));
	assert_null(request_answer(&j.r));
	assert_true(j.r.answers[0].bounced);
	assert_true(j.r.answered_ms == NO_INSTANT);
	assert_null(j.r.frozen_due);
	done(&j);
}

/* Protects CRPA L114-2: a redirected request is owed a notice, unless nobody is known to whom it could be given. */
static void test_redirection_is_open_until_noticed(void **state)
{
	struct journal j;

	(void)state;
	create(&j);
	add(&j, "2.1", OP_EDIT, 2, "{\"requester\":\"1.9\"}", NULL, "{\"requester\":[]}");
	add(&j, "2.2", OP_REDIRECT, 3, "{\"status\":\"redirected\",\"at_ms\":100}", NULL, "{\"status\":[\"1.1\"]}");
	assert_true(request_is_open(fold(&j)));
	assert_true(j.r.closed_ms == NO_INSTANT);
	add(&j, "2.3", OP_INFORM, 4, "{\"notice\":true,\"at_ms\":200}", NULL, NULL);
	assert_false(request_is_open(fold(&j)));
	assert_int_equal(j.r.answered_ms, 200);
	assert_int_equal(j.r.closed_ms, 200);
	j.count -= 1;
	op_done(&j.ops[3]);
	/* An answer that another desk told at the same time is a notice too. */
	add(&j, "3.1", OP_ANSWER, 2, "{\"status\":\"answered\",\"at_ms\":90}", "{\"text\":\"Voyez la mairie.\"}",
		"{\"status\":[\"1.1\"]}");
	assert_int_equal(fold(&j)->status, STATUS_REDIRECTED);
	assert_false(request_is_open(&j.r));
	for (size_t i = 0; i < j.count; i++) {
		if (j.ops[i].kind != OP_ANSWER)
			continue;
		op_done(&j.ops[i]);
		j.ops[i] = j.ops[--j.count];
	}
	assert_true(request_is_open(fold(&j)));
	add(&j, "2.4", OP_EDIT, 5, "{\"requester\":\"\"}", NULL, "{\"requester\":[\"2.1\"]}");
	assert_false(request_is_open(fold(&j)));
	done(&j);
}

/* Protects call-backs: failed attempts are counted and dated, a reached person ends it, the next time moves it. */
static void test_callbacks(void **state)
{
	struct journal j;

	(void)state;
	create(&j);
	add(&j, "2.1", OP_CALLBACK, 2, "{\"at_ms\":100}", NULL, NULL);
	add(&j, "2.2", OP_CALLBACK_TRIED, 3, "{\"target\":\"2.1\",\"reached\":false,\"at_ms\":110,\"next_ms\":300}",
		"{\"result\":\"absent\"}", NULL);
	add(&j, "2.3", OP_CALLBACK_TRIED, 4, "{\"target\":\"2.1\",\"reached\":false,\"at_ms\":310}",
		"{\"result\":\"occupé\"}", NULL);
	add(&j, "2.4", OP_CALLBACK_TRIED, 5, "{\"target\":\"8.8\",\"reached\":true}", NULL, NULL);
	assert_int_equal(fold(&j)->callbacks[0].attempts, 2);
	assert_int_equal(j.r.callbacks[0].at_ms, 300);
	assert_int_equal(j.r.callbacks[0].first_try_ms, 110);
	assert_int_equal(j.r.callbacks[0].last_try_ms, 310);
	assert_string_equal(j.r.callbacks[0].last_result, "occupé");
	assert_false(j.r.callbacks[0].done);
	add(&j, "2.5", OP_CALLBACK_TRIED, 6, "{\"target\":\"2.1\",\"reached\":true}", "{\"result\":\"prévenu\"}", NULL);
	assert_true(fold(&j)->callbacks[0].done);
	assert_int_equal(j.r.callbacks[0].attempts, 2);
	done(&j);
}

/* Protects imports: a request that ended elsewhere is one create, with its own dates. */
static void test_imported_ended(void **state)
{
	struct journal j;

	(void)state;
	memset(&j, 0, sizeof j);
	add(&j, "1.1", OP_CREATE, 0,
		"{\"reference\":1,\"status\":\"closed\",\"answered_ms\":50,\"closed_ms\":60,\"due\":{\"answer\":70}}", NULL,
		NULL);
	assert_false(request_is_open(fold(&j)));
	assert_int_equal(j.r.answered_ms, 50);
	assert_int_equal(j.r.closed_ms, 60);
	assert_string_equal(j.r.close_reason, "answered");
	assert_non_null(j.r.frozen_due);
	add(&j, "2.1", OP_WAIT, 0, "{\"wait\":\"requester\"}", NULL, "{\"wait\":[]}");
	assert_int_equal(fold(&j)->pause_count, 0);
	add(&j, "2.2", OP_REOPEN, 0, "{\"status\":\"new\"}", NULL, "{\"status\":[\"1.1\"]}");
	assert_true(request_is_open(fold(&j)));
	assert_null(j.r.frozen_due);
	done(&j);
	memset(&j, 0, sizeof j);
	add(&j, "1.1", OP_CREATE, 0, "{\"reference\":1,\"status\":\"answered\"}", NULL, NULL);
	assert_false(request_is_open(fold(&j)));
	assert_int_equal(j.r.answered_ms, 1000);
	assert_true(j.r.closed_ms == NO_INSTANT);
	done(&j);
	memset(&j, 0, sizeof j);
	add(&j, "1.1", OP_CREATE, 0, "{\"reference\":1,\"status\":\"done\",\"due\":{\"answer\":70}}", NULL, NULL);
	assert_true(request_is_open(fold(&j)) && j.r.answered_ms == NO_INSTANT && !j.r.frozen_due);
	done(&j);
}

/* Protects from half a journal: without its create nothing is made up. */
static void test_no_create(void **state)
{
	struct journal j;

	(void)state;
	create(&j);
	op_done(&j.ops[0]);
	j.count = 0;
	assert_true(op_id_is_none(fold(&j)->id));
	add(&j, "2.1", OP_NOTE, 2, "{}", "{\"text\":\"vu\"}", NULL);
	assert_true(op_id_is_none(fold(&j)->id));
	assert_int_equal(j.r.notes, 0);
	done(&j);
}

/* --- Order of arrival --- */

static size_t draw(uint64_t *state, size_t below)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(*state >> 33) % below;
}

static void busy(struct journal *j)
{
	create(j);
	add(j, "2.1", OP_EDIT, 2, "{}", "{\"address_string\":\"rue B\"}", "{\"address_string\":[\"1.1\"]}");
	add(j, "3.1", OP_EDIT, 3, "{}", "{\"address_string\":\"rue C\"}", "{\"address_string\":[\"1.1\"]}");
	add(j, "2.2", OP_WAIT, 4, "{\"wait\":\"requester\",\"at_ms\":100}", NULL, "{\"wait\":[]}");
	add(j, "3.2", OP_NOTE, 5, "{}", "{\"text\":\"vu\"}", NULL);
	add(j, "2.3", OP_RESUME, 6, "{\"wait\":\"\",\"at_ms\":200}", NULL, "{\"wait\":[\"2.2\"]}");
	add(j, "3.3", OP_UNDO, 7, "{\"target\":\"3.1\"}", NULL, NULL);
	add(j, "4.1", OP_PROMISE, 8, "{\"date_ms\":900}", "{\"reason\":\"a\"}", NULL);
	add(j, "2.4", OP_PROMISE, 9, "{\"date_ms\":950}", "{\"reason\":\"b\"}", NULL);
	add(j, "3.4", OP_ANSWER, 10, "{\"status\":\"answered\",\"due\":{\"answer\":1},\"at_ms\":300}", "{\"text\":\"x\"}",
		"{\"status\":[\"1.1\"]}");
	add(j, "4.2", OP_CLOSE, 11, "{\"status\":\"closed\",\"reason\":\"unwanted\",\"at_ms\":310}", NULL,
		"{\"status\":[\"1.1\"]}");
	add(j, "2.5", OP_REOPEN, 12, "{\"status\":\"new\",\"at_ms\":320}", NULL, "{\"status\":[\"3.4\",\"4.2\"]}");
	add(j, "4.3", OP_UNDO, 13, "{\"target\":\"3.3\"}", NULL, NULL);
	add(j, "9.1", OP_NOTE, 0, "{}", "{\"text\":\"à moi\"}", NULL);
	add(j, "9.2", OP_EDIT, 0, "{\"priority\":1}", NULL, "{\"priority\":[\"1.1\"]}");
}

/* Protects "all replicas equal": any order of arrival folds to the same state. */
static void test_any_order(void **state)
{
	struct text first = TEXT_INIT, next = TEXT_INIT;
	uint64_t seed = 2;
	struct journal j;

	(void)state;
	busy(&j);
	life_dump(&first, fold(&j));
	assert_non_null(strstr(text_str(&first), "rue C"));
	for (int round = 0; round < 3000; round++) {
		for (size_t i = j.count - 1; i > 0; i--) {
			size_t other = draw(&seed, i + 1);
			struct op swap = j.ops[i];
			j.ops[i] = j.ops[other];
			j.ops[other] = swap;
		}
		text_clear(&next);
		life_dump(&next, fold(&j));
		assert_string_equal(text_str(&next), text_str(&first));
	}
	text_done(&first);
	text_done(&next);
	done(&j);
}

/* Protects the store: a folded request can be moved in memory, as structures of loaded requests are. */
static void test_movable(void **state)
{
	struct text first = TEXT_INIT, moved = TEXT_INIT;
	struct request *elsewhere = guichet_alloc(sizeof *elsewhere);
	struct journal j;

	(void)state;
	busy(&j);
	life_dump(&first, fold(&j));
	*elsewhere = j.r;
	memset(&j.r, 0xA5, sizeof j.r);
	life_dump(&moved, elsewhere);
	assert_string_equal(text_str(&first), text_str(&moved));
	j.r = *elsewhere;
	free(elsewhere);
	text_done(&first);
	text_done(&moved);
	done(&j);
}

/* --- Codes and labels --- */

/* Protects input: each code reads back, labels are taken without accents or case, anything else is refused. */
static void test_enums(void **state)
{
	enum close_reason reason;
	enum request_field f;
	enum wait_reason wait;
	enum outcome outcome;
	enum channel channel;
	enum status s;

	(void)state;
	for (int i = 0; i < STATUS_COUNT; i++)
		assert_true(status_parse(status_code((enum status)i), &s) && (int)s == i);
	for (int i = 0; i < FIELD_COUNT; i++)
		assert_true(request_field_parse(request_field_info((enum request_field)i)->key, &f) && (int)f == i);
	assert_true(status_parse("Clôturée", &s) && s == STATUS_CLOSED);
	assert_true(channel_parse("TELEPHONE", &channel) && channel == CHANNEL_PHONE);
	assert_true(outcome_parse("raccroche", &outcome) && outcome == OUTCOME_HUNG_UP);
	assert_true(close_reason_parse("usager injoignable", &reason) && reason == CLOSE_UNREACHABLE);
	assert_true(wait_reason_parse("tiers", &wait) && wait == WAIT_THIRD_PARTY);
	assert_true(request_field_parse("lieu", &f) && f == FIELD_ADDRESS);
	assert_false(status_parse("", &s) || status_parse(NULL, &s) || status_parse("finie", &s));
	assert_false(request_field_parse("adresse du maire", &f));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conflict),
		cmocka_unit_test(test_same_value_is_no_conflict),
		cmocka_unit_test(test_out_of_causal_order),
		cmocka_unit_test(test_pending_last),
		cmocka_unit_test(test_only_base_writes),
		cmocka_unit_test(test_blanked),
		cmocka_unit_test(test_undo),
		cmocka_unit_test(test_undo_under_a_later_write),
		cmocka_unit_test(test_odd_undos),
		cmocka_unit_test(test_answer_not_seen_by_close),
		cmocka_unit_test(test_two_closes),
		cmocka_unit_test(test_close_against_a_later_step),
		cmocka_unit_test(test_two_routes),
		cmocka_unit_test(test_pauses),
		cmocka_unit_test(test_freeze_and_reopen),
		cmocka_unit_test(test_bounce),
		cmocka_unit_test(test_redirection_is_open_until_noticed),
		cmocka_unit_test(test_callbacks),
		cmocka_unit_test(test_imported_ended),
		cmocka_unit_test(test_no_create),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_movable),
		cmocka_unit_test(test_many_writes),
		cmocka_unit_test(test_pauses_of_two_desks),
		cmocka_unit_test(test_settled_close),
		cmocka_unit_test(test_enums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
