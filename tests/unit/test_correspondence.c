// SPDX-License-Identifier: GPL-3.0-or-later
/* What goes out about a request, and what comes in by mail: what is owed and when it no longer is, tokens, and the rows that every store keeps of it. */
#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/core/reference.h"
#include "guichet/core/suggest.h"
#include "guichet/store/correspondence.h"
#include "guichet/store/replica.h"

#define ARGS(...) (&(struct step_args){__VA_ARGS__})
#define assert_ok(f, call) \
	do { \
		if ((call) != GUICHET_OK) \
			fail_msg("%s: %s", #call, (f)->err.message); \
	} while (0)

static struct store_fixture *sending(void **state)
{
	struct store_fixture *f = *state;
	store_catalogue(f->store)->sends_email = store_catalogue(f->store)->sends_letters = true;
	return f;
}

static int64_t by_mail(struct store_fixture *f)
{
	return FIXTURE_LOG(f, .channel = "email", .category = "horaires", .subject = "Horaires de la piscine",
		.requester = WHO({"name", "Odette Lefèvre"}, {"email", "odette@exemple.example"}));
}

static void load(struct store_fixture *f, int64_t reference, struct loaded *l)
{
	assert_ok(f, store_load(f->store, reference, l, &f->err));
}

static void assert_verified(struct store_fixture *f)
{
	struct verify_report report;
	assert_ok(f, store_verify(f->store, NULL, NULL, NULL, &report, &f->err));
	assert_int_equal(report.differences, 0);
}

static enum guichet_rc deliver(struct store_fixture *f, int64_t reference, struct op_id target, enum purpose p, enum delivery_state state, const char *token)
{
	const struct delivery_args d = {.target = target, .purpose = p, .state = state, .channel = CHANNEL_EMAIL, .token = token, .to = "odette@exemple.example"};
	return desk_step(f->store, &fixture_chief, reference, STEP_DELIVERY, ARGS(.delivery = &d), NULL, &f->err);
}

static bool count_outgoing(void *context, const struct outgoing *o)
{
	(void)o;
	++*(int *)context;
	return true;
}

static int owed(struct store_fixture *f, enum channel by, int64_t until_ms)
{
	int n = 0;
	assert_ok(f, store_list_owed(f->store, &(struct owed_filter){.channel = by, .until_ms = until_ms}, count_outgoing, &n, &f->err));
	return n;
}

/* Protects: a stranger's digits are no token; ours is found in a Message-ID and in a subject, however mail programs wrote it again. */
static void tokens(void **state)
{
	uint8_t random[REPLY_TOKEN_LETTERS];
	char made[REPLY_TOKEN_TEXT], found[REPLY_TOKEN_TEXT], text[200];
	int64_t reference = reference_make(31400321), read;
	(void)state;
	for (int i = 0; i < 256; i++) {
		memset(random, i, sizeof random);
		reply_token_make(random, made);
		assert_true(reply_token_is(made));
	}
	snprintf(text, sizeof text, "<%lld.%s@metropole.example>", (long long)reference, made);
	assert_int_not_equal(reply_token_find(text, &read, found), 0);
	assert_int_equal(read, reference);
	assert_string_equal(found, made);
	snprintf(text, sizeof text, "RE: Fwd: [%lld-%s] poubelle 0612345678", (long long)reference, made);
	for (char *p = strchr(text, '-'); *p != ']'; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
	assert_int_not_equal(reply_token_find(text, &read, found), 0);
	assert_string_equal(found, made);
	static const char *const none[] = {"", "3140032106", "3140032199-K7Q2M9XADE", "3140032106-K7Q2M9XAD", "3140032106-K7Q2M9XADEF", "13140032106-K7Q2M9XADE",
		"3140032106-K7Q2M9XAU!", "99999999999999999999.AAAAAAAAAA"};
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		assert_int_equal(reply_token_find(none[i], &read, found), 0);
		assert_int_equal(read, 0);
	}
}

/* Protects: what comes by mail is owed an acknowledgement until one went out; an answer by mail is owed for a minute in which it can be taken back. */
static void owed_until_sent(void **state)
{
	struct store_fixture *f = sending(state);
	int64_t reference = by_mail(f);
	struct loaded l = {0};
	const char *label;
	assert_int_equal(owed(f, CHANNEL_EMAIL, f->now_ms + 1), 1);
	assert_int_equal(owed(f, CHANNEL_EMAIL, f->now_ms), 0);
	load(f, reference, &l);
	assert_int_equal(l.request.owed_count, 1);
	assert_int_equal(l.request.owed[0].purpose, PURPOSE_ACKNOWLEDGE);
	struct op_id create = l.request.id;
	loaded_done(&l);
	assert_ok(f, deliver(f, reference, create, PURPOSE_ACKNOWLEDGE, DELIVERY_SENT, "K7Q2M9XADE"));
	assert_int_equal(store_count_owed(f->store, CHANNEL_EMAIL), 0);
	load(f, reference, &l);
	assert_int_equal(l.request.acknowledged_ms, f->now_ms);
	loaded_done(&l);
	fixture_step(f, reference, STEP_ANSWER, ARGS(.channel = "email", .text = "De 9 h à 13 h."));
	assert_int_equal(store_count_owed(f->store, CHANNEL_EMAIL), 1);
	f->now_ms += HOLD_MS - 1;
	assert_ok(f, desk_undo(f->store, &fixture_chief, reference, &label, &f->err));
	assert_int_equal(store_count_owed(f->store, CHANNEL_EMAIL), 0);
	fixture_step(f, reference, STEP_ANSWER, ARGS(.channel = "email", .text = "De 9 h à 13 h, le dimanche."));
	f->now_ms += HOLD_MS;
	assert_int_equal(desk_undo(f->store, &fixture_chief, reference, &label, &f->err), GUICHET_REFUSED);
	assert_verified(f);
}

/* Protects: an answer that came back is no answer: the request is open again, and À faire says why; telling it otherwise ends that. */
static void a_bounce_undoes_the_answer(void **state)
{
	struct store_fixture *f = sending(state);
	int64_t reference = by_mail(f), row, counts[TODO_KIND_COUNT];
	struct loaded l = {0};
	struct outgoing out;
	fixture_step(f, reference, STEP_ANSWER, ARGS(.channel = "email", .text = "De 9 h à 13 h."));
	load(f, reference, &l);
	row = l.row_id;
	struct op_id answer = l.request.answers[0].by;
	loaded_done(&l);
	assert_ok(f, deliver(f, reference, answer, PURPOSE_ANSWER, DELIVERY_SENT, "K7Q2M9XADE"));
	f->now_ms += 60000;
	assert_ok(f, deliver(f, reference, answer, PURPOSE_ANSWER, DELIVERY_BOUNCED, NULL));
	load(f, reference, &l);
	assert_true(request_is_open(&l.request));
	assert_null(request_answer(&l.request));
	assert_true(l.request.answers[0].bounced);
	loaded_done(&l);
	store_count_todo(f->store, counts);
	assert_int_equal(counts[TODO_UNDELIVERED], 1);
	/* The token of what was sent stays known: a second bounce, or a late reply, finds it. */
	assert_true(store_find_token(f->store, "K7Q2M9XADE", &out));
	assert_int_equal(out.reference, reference);
	assert_int_equal(out.request, row);
	assert_true(op_id_equal(out.target, answer));
	assert_false(store_find_token(f->store, "AAAAAAAAAA", &out));
	assert_verified(f);
	fixture_step(f, reference, STEP_ANSWER, ARGS(.channel = "phone", .text = "De 9 h à 13 h."));
	store_count_todo(f->store, counts);
	assert_int_equal(counts[TODO_UNDELIVERED], 0);
}

/* Protects: nothing goes out where guichet sends nothing, to whom there is no address of, or twice for a request that was split; and a delivery names an
 * operation of its request. */
static void owed_by_nobody(void **state)
{
	struct store_fixture *f = *state;
	int64_t reference = by_mail(f);
	fixture_step(f, reference, STEP_ANSWER, ARGS(.channel = "email", .text = "Oui."));
	assert_int_equal(store_count_owed(f->store, CHANNEL_EMAIL), 0);
	sending(state);
	reference = FIXTURE_LOG(f, .category = "horaires", .subject = "Horaires", .requester = WHO({"phone", "0612345678"}, {"name", "Odette Lefèvre"}));
	assert_int_equal(store_count_owed(f->store, CHANNEL_EMAIL) + store_count_owed(f->store, CHANNEL_POST), 0);
	assert_int_equal(desk_step(f->store, &fixture_chief, reference, STEP_ANSWER, ARGS(.channel = "email", .text = "Oui."), NULL, &f->err), GUICHET_REFUSED);
	fixture_step(f, reference, STEP_ANSWER, ARGS(.channel = "post", .text = "Oui."));
	assert_int_equal(store_count_owed(f->store, CHANNEL_POST), 0);
	assert_int_equal(deliver(f, reference, (struct op_id){77, 77}, PURPOSE_ANSWER, DELIVERY_SENT, NULL), GUICHET_DATA);
	assert_int_equal(deliver(f, reference, (struct op_id){77, 77}, PURPOSE_ANSWER, DELIVERY_SENT, "jeton"), GUICHET_DATA);
	reference = FIXTURE_LOG(f, .channel = "post", .category = "depot", .subject = "Dépôt",
		.requester = WHO({"name", "Odette Lefèvre"}, {"postal_address", "1 place de la Prairie, 99000 Verdane"}));
	assert_int_equal(store_count_owed(f->store, CHANNEL_POST), 1);
	fixture_step(f, reference, STEP_SPLIT, ARGS(.service = "voirie"));
	assert_int_equal(store_count_owed(f->store, CHANNEL_POST), 1);
	assert_verified(f);
}

static void append(struct store_fixture *f, struct op *op)
{
	assert_ok(f, store_begin(f->store, &f->err));
	assert_ok(f, store_append(f->store, op, &f->err));
	assert_ok(f, store_commit(f->store, &f->err));
}

/* Protects: what a citizen wrote about a request, an ended one too, is read by somebody: it stands in À faire until a person did something there. */
static void what_was_written_is_read(void **state)
{
	struct store_fixture *f = sending(state);
	int64_t reference = by_mail(f), counts[TODO_KIND_COUNT];
	fixture_step(f, reference, STEP_ANSWER, ARGS(.channel = "phone", .text = "De 9 h à 13 h."));
	fixture_step(f, reference, STEP_CLOSE, ARGS(.text = NULL));
	fixture_step(f, reference, STEP_TOUCH, ARGS(.outcome = "added", .channel = "email", .text = "Et le dimanche ?", .unread = true));
	store_count_todo(f->store, counts);
	assert_int_equal(counts[TODO_UNREAD], 1);
	fixture_step(f, reference, STEP_TOUCH, ARGS(.outcome = "chased", .channel = "phone"));
	store_count_todo(f->store, counts);
	assert_int_equal(counts[TODO_UNREAD], 1);
	assert_verified(f);
	fixture_step(f, reference, STEP_NOTE, ARGS(.text = "Lu : rappelé."));
	store_count_todo(f->store, counts);
	assert_int_equal(counts[TODO_UNREAD], 0);
	assert_verified(f);
}

static struct op_id append_mail(struct store_fixture *f, const char *message, const char *sort, const char *sha256)
{
	struct op op;
	op_init(&op, OP_MAIL, (struct op_id){0, 0}, "messagerie", f->now_ms);
	op_fact_text(&op, "channel", "email");
	op_fact_text(&op, "outcome", outcome_code(OUTCOME_CREATED));
	op_fact_text(&op, "message", message);
	op_fact_text(&op, "sort", sort);
	json_object_set_new(op.facts, "parts", json_pack("[{s:s, s:s, s:i}]", "sha256", sha256, "type", "image/png", "bytes", 3));
	op_personal_text(&op, "subject", "Bonjour");
	op_personal_text(&op, "text", "Il fait nuit rue des Lilas.");
	op_personal_text(&op, "from", "luc@exemple.example");
	op_personal_text(&op, "from_name", "Luc Perrin");
	json_object_set_new(op.personal, "names", json_pack("[s]", "photo.png"));
	append(f, &op);
	struct op_id id = op.id;
	op_done(&op);
	return id;
}

static bool keep_mail(void *context, const struct mail_row *m)
{
	*(struct mail_row *)context = *m;
	return true;
}

/* Protects: a mail is found again by its message, shows as it was sorted last, and its files go when it is erased, unless another mail has them too. */
static void mails(void **state)
{
	struct store_fixture *f = sending(state);
	char png[65];
	struct mail_row row = {0};
	struct op sorted;
	assert_ok(f, store_put_blob(f->store, "PNG", 3, png, &f->err));
	struct op_id first = append_mail(f, "aa", "quarantined", png), second = append_mail(f, "bb", "machine", png);
	assert_int_equal(store_count_mail(f->store, MAIL_QUARANTINED), 1);
	assert_int_not_equal(store_mail_of_message(f->store, "aa"), 0);
	assert_int_equal(store_mail_of_message(f->store, "cc"), 0);
	op_init(&sorted, OP_MAIL_SORTED, first, "marie", f->now_ms);
	op_fact_text(&sorted, "sort", "dropped");
	append(f, &sorted);
	op_done(&sorted);
	assert_int_equal(store_count_mail(f->store, MAIL_QUARANTINED), 0);
	assert_ok(f, store_list_mail(f->store, &(struct mail_filter){.sorts = 1U << MAIL_DROPPED}, keep_mail, &row, &f->err));
	assert_true(op_id_equal(row.op, first));
	assert_ok(f, store_list_mail(f->store, &(struct mail_filter){.sorts = 1U << MAIL_MACHINE}, keep_mail, &row, &f->err));
	assert_true(op_id_equal(row.op, second));
	assert_verified(f);
	assert_ok(f, store_blank(f->store, first, &f->err));
	assert_true(store_has_blob(f->store, png));
	assert_ok(f, store_blank(f->store, second, &f->err));
	assert_false(store_has_blob(f->store, png));
	assert_verified(f);
}

/* Protects: what agents take out of the quarantine is a request of its sender with all that came, once; what they put aside says why. */
static void out_of_quarantine(void **state)
{
	struct store_fixture *f = sending(state);
	char png[65];
	struct logged logged, again;
	struct loaded l = {0};
	struct mail_row row;
	assert_ok(f, store_put_blob(f->store, "PNG", 3, png, &f->err));
	append_mail(f, "aa", "quarantined", png);
	append_mail(f, "bb", "quarantined", png);
	int64_t first = store_mail_of_message(f->store, "aa"), second = store_mail_of_message(f->store, "bb");
	assert_ok(f, desk_accept_mail(f->store, &fixture_chief, first, NULL, &logged, &f->err));
	load(f, logged.reference, &l);
	assert_string_equal(request_text(&l.request, FIELD_SUBJECT), "Bonjour");
	assert_string_equal(request_text(&l.request, FIELD_DESCRIPTION), "Il fait nuit rue des Lilas.");
	assert_int_equal(l.request.attachment_count, 1);
	assert_string_equal(l.request.attachments[0].name, "photo.png");
	assert_int_equal(l.request.owed_count, 1);
	assert_ok(f, store_mail(f->store, first, &row, &f->err));
	assert_int_equal(row.sort, MAIL_ACCEPTED);
	assert_int_equal(row.reference, logged.reference);
	loaded_done(&l);
	logged_done(&logged);
	assert_int_equal(desk_accept_mail(f->store, &fixture_chief, first, NULL, &again, &f->err), GUICHET_REFUSED);
	logged_done(&again);
	assert_int_equal(desk_drop_mail(f->store, &fixture_chief, second, " ", &f->err), GUICHET_DATA);
	assert_ok(f, desk_drop_mail(f->store, &fixture_chief, second, "publicité", &f->err));
	assert_ok(f, store_mail(f->store, second, &row, &f->err));
	assert_int_equal(row.sort, MAIL_DROPPED);
	assert_verified(f);
}

/* Protects: a commune is suggested when the text speaks of one, and of one alone; a part of a word is no name. */
static void commune_of_a_text(void **state)
{
	struct store_fixture *f = *state;
	const struct catalogue *c = store_catalogue(f->store);
	assert_string_equal(suggest_commune(c, "Un trou à AIGUES SUR VERTE, devant la mairie")->code, "aigues");
	assert_string_equal(suggest_commune(c, "12 rue des Lilas, 73020 quelque part")->code, "bois");
	assert_null(suggest_commune(c, "entre Bois-Joli et Aigues-sur-Verte"));
	assert_null(suggest_commune(c, "un sous-bois joliment planté"));
	assert_null(suggest_commune(c, ""));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens),
		cmocka_unit_test_setup_teardown(owed_until_sent, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(a_bounce_undoes_the_answer, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(owed_by_nobody, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(what_was_written_is_read, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(mails, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(out_of_quarantine, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(commune_of_a_text, fixture_setup, fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
