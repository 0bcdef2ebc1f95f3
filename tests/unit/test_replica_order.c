// SPDX-License-Identifier: GPL-3.0-or-later
/* What comes from the server otherwise than it was written: parked and settled, brought by somebody else, a request
 * before its person. What is shown follows, and the tables say what the journal says. */
#include "store_fixture.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "guichet/store/replica.h"

enum { MAX = 20 };
struct scene {
	struct store_fixture *here;
	struct op *ops; /* what it has not sent */
	size_t count;
	struct replica_cursor at;
};

static int setup(void **state)
{
	struct scene *s = guichet_alloc(sizeof *s);
	s->here = fixture_new(false);
	s->at.epoch = 1;
	*state = s;
	return 0;
}

static void forget_ops(struct scene *s)
{
	for (size_t i = 0; i < s->count; i++)
		op_done(&s->ops[i]);
	free(s->ops);
	s->ops = NULL;
	s->count = 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;
	forget_ops(s);
	fixture_free(&s->here);
	free(s);
	return 0;
}

static void enrol(struct store_fixture *f, const char *services)
{
	const struct enrolment e = {.url = (char *)(uintptr_t) "https://serveur",
		.token = (char *)(uintptr_t) "jeton",
		.role = (char *)(uintptr_t) "service",
		.services = (char *)(uintptr_t)services,
		.device = 7};
	const int64_t serials[] = {20000000};
	assert_int_equal(replica_enrol(f->store, &e, serials, 1, 1000, &f->err), GUICHET_OK);
}

/* What waits: a person, a contact and a request, as a call makes them. */
static void log_a_call(struct scene *s, const char *category)
{
	FIXTURE_LOG(s->here, .category = category, .subject = "Demande", .commune = "aigues",
		.requester = WHO({"name", "Lefèvre"}, {"phone", "0612345678"}));
	assert_int_equal(replica_pending(s->here->store, NULL, 0, MAX, 1 << 20, &s->ops, &s->count, &s->here->err),
		GUICHET_OK);
	assert_true(s->count >= 2);
}

static struct op *find(struct scene *s, enum op_kind kind)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->ops[i].kind == kind)
			return &s->ops[i];
	fail();
	return NULL;
}

static void apply(struct scene *s, struct store_fixture *to, struct replica_item *items, size_t count, int64_t seq)
{
	struct replica_page page = {.from = s->at, .items = items, .count = count, .end = true, .backup_seq = 1};
	s->at.seq = seq;
	page.to = s->at;
	assert_int_equal(replica_apply(to->store, &page, &to->err), GUICHET_OK);
}

/* One operation, as the server gives it. */
static void receive(struct scene *s, struct store_fixture *to, struct op *op, int64_t seq, bool parked)
{
	struct replica_item item = {.kind = REPLICA_OP, .seq = seq, .ops = op, .count = 1};
	op->seq = seq;
	op->parked = parked;
	apply(s, to, &item, 1, seq);
}

/* All that was logged is sent; then its request is no longer this desk's. */
static void send_and_leave(struct scene *s)
{
	struct replica_ack acks[MAX] = {0};
	struct replica_item leave = {.kind = REPLICA_LEAVE, .seq = 20, .subject = find(s, OP_CREATE)->id};
	for (size_t i = 0; i < s->count; i++)
		acks[i] = (struct replica_ack){.id = s->ops[i].id, .seq = 10 + (int64_t)i};
	assert_int_equal(replica_acknowledge(s->here->store, acks, s->count, &s->here->err), GUICHET_OK);
	apply(s, s->here, &leave, 1, 20);
}

static bool shows(struct store_fixture *f, struct op_id create)
{
	struct loaded l;
	bool there = store_load_op(f->store, create, &l, NULL) == GUICHET_OK;
	if (there)
		loaded_done(&l);
	return there;
}

static void tell(void *context, const char *what)
{
	(void)context;
	print_error("%s\n", what);
}

static void is_consistent(struct store_fixture *f)
{
	struct verify_report report;
	assert_int_equal(store_verify(f->store, NULL, tell, NULL, &report, &f->err), GUICHET_OK);
	assert_int_equal(report.differences, 0);
}

/* Protects: a request whose create the server parked is shown nowhere until somebody settles it; what was typed stays,
 * on the desk that wrote it and on the others. */
static void a_parked_create_makes_no_request(void **state)
{
	struct scene *s = *state;
	struct store_fixture *there = fixture_new(false);
	log_a_call(s, "nid-de-poule");
	struct op *create = find(s, OP_CREATE);
	enrol(there, "*");
	for (size_t i = 0; i < s->count; i++)
		receive(s, there, &s->ops[i], 1 + (int64_t)i, s->ops[i].kind == OP_CREATE);
	assert_false(shows(there, create->id));
	is_consistent(there);
	receive(s, there, create, 9, false);
	assert_true(shows(there, create->id));
	is_consistent(there);
	const struct replica_ack ack = {.id = create->id, .seq = 3, .parked = true, .why = "scope"};
	assert_int_equal(replica_acknowledge(s->here->store, &ack, 1, &s->here->err), GUICHET_OK);
	assert_false(shows(s->here, create->id));
	assert_true(replica_holds(s->here->store, create->id));
	is_consistent(s->here);
	s->at.seq = 0;
	receive(s, s->here, create, 9, false);
	assert_true(shows(s->here, create->id));
	is_consistent(s->here);
	fixture_free(&there);
}

/* Protects: what somebody else had brought to the server before this desk sent it, and what the desk's services do not
 * see, leaves it, although no page says so. */
static void what_others_brought_leaves(void **state)
{
	struct scene *s = *state;
	struct replica_ack acks[MAX] = {0};
	enrol(s->here, "voirie");
	log_a_call(s, "horaires");
	struct op_id create = find(s, OP_CREATE)->id;
	apply(s, s->here, NULL, 0, 50);
	for (size_t i = 0; i < s->count; i++)
		acks[i] = (struct replica_ack){.id = s->ops[i].id, .seq = 10 + (int64_t)i};
	assert_true(shows(s->here, create));
	assert_int_equal(replica_acknowledge(s->here->store, acks, s->count, &s->here->err), GUICHET_OK);
	assert_false(shows(s->here, create));
	is_consistent(s->here);
}

/* Sends a call out of the desk's services, reads its answer, then the journal up to there and on. */
static bool stays_when_told(struct scene *s, bool told)
{
	struct replica_ack acks[MAX] = {0};
	struct replica_item item = {.kind = REPLICA_OP, .count = 1};
	enrol(s->here, "voirie");
	log_a_call(s, "horaires");
	for (size_t i = 0; i < s->count; i++) {
		acks[i] = (struct replica_ack){.id = s->ops[i].id, .seq = 10 + (int64_t)i};
		if (s->ops[i].kind == OP_CREATE) {
			item.ops = &s->ops[i];
			item.seq = item.ops->seq = acks[i].seq;
		}
	}
	assert_int_equal(replica_acknowledge(s->here->store, acks, s->count, &s->here->err), GUICHET_OK);
	apply(s, s->here, NULL, 0, 9);
	assert_true(shows(s->here, item.ops->id));
	apply(s, s->here, &item, told ? 1 : 0, 50);
	is_consistent(s->here);
	return shows(s->here, item.ops->id);
}

/* Protects: the same when the answer to its push comes before the page that does not tell it. */
static void what_others_brought_leaves_with_the_page(void **state)
{
	assert_false(stays_when_told(*state, false));
}

/* Protects: what the page tells stays. */
static void what_is_told_stays(void **state)
{
	assert_true(stays_when_told(*state, true));
}

/* Protects: what a desk wrote of a request that is not on it, and that somebody settled, is kept for the server and
 * shown nowhere; when the request comes, it is there. */
static void settled_without_its_request(void **state)
{
	struct scene *s = *state;
	struct store_fixture *there = fixture_new(false);
	int64_t reference = FIXTURE_LOG(s->here, .category = "nid-de-poule", .subject = "Trou");
	fixture_step(s->here, reference, STEP_NOTE, &(struct step_args){.text = "Vu"});
	assert_int_equal(replica_pending(s->here->store, NULL, 0, MAX, 1 << 20, &s->ops, &s->count, &s->here->err),
		GUICHET_OK);
	struct op *note = find(s, OP_NOTE), *create = find(s, OP_CREATE), both[2];
	enrol(there, "voirie");
	receive(s, there, note, 5, false);
	assert_true(replica_holds(there->store, note->id));
	is_consistent(there);
	create->seq = 7;
	both[0] = *create;
	both[1] = *note;
	struct replica_item enter = {.kind = REPLICA_ENTER, .seq = 7, .subject = create->id, .ops = both, .count = 2};
	apply(s, there, &enter, 1, 7);
	assert_true(shows(there, create->id));
	is_consistent(there);
	fixture_free(&there);
}

/* Protects: on a desk that holds what is recent, what was parked because its request was unknown is told to be settled
 * before that request comes: it no longer waits. */
static void settled_before_its_request(void **state)
{
	struct scene *s = *state;
	struct store_fixture *there = fixture_new(false);
	struct replica_state waits;
	int64_t reference = FIXTURE_LOG(s->here, .category = "nid-de-poule", .subject = "Trou");
	fixture_step(s->here, reference, STEP_NOTE, &(struct step_args){.text = "Vu"});
	assert_int_equal(replica_pending(s->here->store, NULL, 0, MAX, 1 << 20, &s->ops, &s->count, &s->here->err),
		GUICHET_OK);
	struct op *note = find(s, OP_NOTE);
	enrol(there, "voirie");
	assert_int_equal(store_set_setting(there->store, "server-days", "90", NULL), GUICHET_OK);
	receive(s, there, note, 5, true);
	assert_int_equal(replica_state(there->store, &waits, NULL), GUICHET_OK);
	assert_int_equal(waits.parked, 1);
	receive(s, there, note, 9, false);
	assert_int_equal(replica_state(there->store, &waits, NULL), GUICHET_OK);
	assert_int_equal(waits.parked, 0);
	is_consistent(there);
	fixture_free(&there);
}

/* A desk that began with a snapshot: it holds what is open or recent. */
static struct store_fixture *a_partial_desk(const char *services)
{
	struct store_fixture *f = fixture_new(false);
	enrol(f, services);
	assert_int_equal(store_set_setting(f->store, "server-days", "90", &f->err), GUICHET_OK);
	return f;
}

/* Protects: a desk that began with a snapshot holds all that is said of a bulletin, also what comes before it: after a
 * restore operations come back in any order. */
static void a_bulletin_after_its_end(void **state)
{
	struct scene *s = *state;
	struct store_fixture *there = a_partial_desk("*");
	struct op_id bulletin = {0, 0};
	assert_int_equal(desk_bulletin(s->here->store, &fixture_agent, "Fuite", "On répare", "rue de la Paix",
		s->here->now_ms + 3600000, 0, &bulletin, &s->here->err), GUICHET_OK);
	assert_int_equal(desk_bulletin_end(s->here->store, &fixture_agent, bulletin, &s->here->err), GUICHET_OK);
	assert_int_equal(replica_pending(s->here->store, NULL, 0, MAX, 1 << 20, &s->ops, &s->count, &s->here->err),
		GUICHET_OK);
	receive(s, there, find(s, OP_BULLETIN_END), 5, false);
	receive(s, there, find(s, OP_BULLETIN), 6, false);
	assert_true(replica_holds(there->store, find(s, OP_BULLETIN_END)->id));
	is_consistent(there);
	fixture_free(&there);
}

/* Protects: so does it of the person whom a request names, when that comes with the request and before the person. */
static void a_person_after_what_was_said_of_them(void **state)
{
	struct scene *s = *state;
	struct store_fixture *there = a_partial_desk("*");
	struct requester r;
	log_a_call(s, "nid-de-poule");
	assert_int_equal(store_requester_of_op(s->here->store, find(s, OP_REQUESTER_CREATE)->id, &r, NULL), GUICHET_OK);
	assert_int_equal(requester_set(&r, "name", "Marchand", &s->here->err), GUICHET_OK);
	assert_int_equal(store_begin(s->here->store, &s->here->err), GUICHET_OK);
	assert_int_equal(store_put_requester(s->here->store, "marie", &r, &s->here->err), GUICHET_OK);
	assert_int_equal(store_commit(s->here->store, &s->here->err), GUICHET_OK);
	requester_done(&r);
	forget_ops(s);
	assert_int_equal(replica_pending(s->here->store, NULL, 0, MAX, 1 << 20, &s->ops, &s->count, &s->here->err),
		GUICHET_OK);
	struct op *edit = find(s, OP_REQUESTER_EDIT), *create = find(s, OP_CREATE);
	edit->seq = 4;
	create->seq = 5;
	struct replica_item item = {.kind = REPLICA_OP, .seq = 5, .ops = create, .count = 1, .with = edit, .with_count = 1};
	apply(s, there, &item, 1, 5);
	receive(s, there, find(s, OP_REQUESTER_CREATE), 6, false);
	assert_true(replica_holds(there->store, edit->id));
	is_consistent(there);
	fixture_free(&there);
}

/* Protects: the last operation of a desk, whose words go when its request has left and a backup holds it, has them again
 * when the request comes back. */
static void last_one_comes_back_whole(void **state)
{
	struct scene *s = *state;
	struct loaded l;
	enrol(s->here, "voirie");
	log_a_call(s, "nid-de-poule");
	struct op *create = find(s, OP_CREATE);
	assert_ptr_equal(create, &s->ops[s->count - 1]);
	send_and_leave(s);
	struct replica_page backup = {.from = s->at, .to = s->at, .end = true, .backup_seq = 20};
	assert_int_equal(replica_apply(s->here->store, &backup, &s->here->err), GUICHET_OK);
	assert_true(replica_holds(s->here->store, create->id));
	create->seq = 10 + (int64_t)s->count - 1;
	struct replica_item enter = {.kind = REPLICA_ENTER, .seq = 30, .subject = create->id, .ops = create, .count = 1};
	apply(s, s->here, &enter, 1, 30);
	assert_int_equal(store_load_op(s->here->store, create->id, &l, NULL), GUICHET_OK);
	assert_string_equal(request_text(&l.request, FIELD_SUBJECT), "Demande");
	loaded_done(&l);
	is_consistent(s->here);
}

/* Protects: a request that the desk reads before its person, its own that had left among them, is found by the person's
 * name once that has come. */
static void a_person_after_the_request(void **state)
{
	struct scene *s = *state;
	enrol(s->here, "voirie");
	log_a_call(s, "nid-de-poule");
	struct op *create = find(s, OP_CREATE), *who = find(s, OP_REQUESTER_CREATE);
	send_and_leave(s);
	assert_false(shows(s->here, create->id));
	receive(s, s->here, create, 21, false);
	receive(s, s->here, who, 22, false);
	assert_true(shows(s->here, create->id));
	is_consistent(s->here);
}

static void receive_erasure(struct scene *s, struct op_id contact, uint64_t dseq, int64_t seq)
{
	const uint8_t salt[OP_SALT] = {(uint8_t)dseq};
	struct op erase;
	op_init(&erase, OP_ERASE, contact, "guichetd", s->here->now_ms);
	erase.id = (struct op_id){4294967292U, dseq};
	assert_int_equal(op_seal(&erase, salt, NULL), GUICHET_OK);
	receive(s, s->here, &erase, seq, false);
	op_done(&erase);
}

/* Protects: a call of this desk's own stays after a server that was restored erased it under another number: it is no
 * request that left the desk's services. */
static void an_erased_call_is_no_request(void **state)
{
	struct scene *s = *state;
	struct replica_ack acks[MAX] = {0};
	enrol(s->here, "voirie");
	log_a_call(s, "nid-de-poule");
	struct op_id call = find(s, OP_CONTACT)->id;
	for (size_t i = 0; i < s->count; i++)
		acks[i] = (struct replica_ack){.id = s->ops[i].id, .seq = 10 + (int64_t)i};
	assert_int_equal(replica_acknowledge(s->here->store, acks, s->count, &s->here->err), GUICHET_OK);
	receive_erasure(s, call, 1, 20);
	assert_int_equal(replica_rewind(s->here->store, 2, NULL, &s->here->err), GUICHET_OK);
	s->at = (struct replica_cursor){.epoch = 2};
	receive_erasure(s, call, 2, 5);
	assert_int_equal(replica_caught_up(s->here->store, &s->here->err), GUICHET_OK);
	assert_int_equal(replica_acknowledge(s->here->store, acks, s->count, &s->here->err), GUICHET_OK);
	is_consistent(s->here);
}

/* Protects: what a desk keeps for a restored server of a request that left is blanked with it, also where somebody said
 * more of it since. */
static void what_is_kept_is_erased_too(void **state)
{
	struct scene *s = *state;
	struct op note;
	const uint8_t salt[OP_SALT] = {7};
	enrol(s->here, "voirie");
	log_a_call(s, "nid-de-poule");
	struct op_id create = find(s, OP_CREATE)->id;
	send_and_leave(s);
	op_init(&note, OP_NOTE, create, "paul", s->here->now_ms);
	note.id = (struct op_id){77, 1};
	assert_int_equal(op_seal(&note, salt, NULL), GUICHET_OK);
	receive(s, s->here, &note, 25, false);
	receive_erasure(s, create, 1, 30);
	/* All of it is offered again to a server that was restored. */
	assert_int_equal(replica_rewind(s->here->store, 2, NULL, &s->here->err), GUICHET_OK);
	forget_ops(s);
	assert_int_equal(replica_pending(s->here->store, NULL, 0, MAX, 1 << 20, &s->ops, &s->count, &s->here->err),
		GUICHET_OK);
	assert_true(find(s, OP_CREATE)->blanked);
	assert_null(find(s, OP_CREATE)->personal_text);
	op_done(&note);
}

/* Protects: days' sums are right when a restored server makes a request and its person follow other operations at once:
 * an answer that counts again, in time because the request waited. */
static void sums_after_a_restore(void **state)
{
	struct scene *s = *state;
	struct replica_ack acks[MAX] = {0};
	enrol(s->here, "*");
	int64_t reference = FIXTURE_LOG(s->here, .category = "nid-de-poule", .subject = "Trou", .commune = "aigues",
		.requester = WHO({"name", "Lefèvre"}, {"phone", "0612345678"}));
	fixture_step(s->here, reference, STEP_WAIT, &(struct step_args){.reason = "tiers", .text = "attente"});
	s->here->now_ms += 60LL * 86400000;
	fixture_step(s->here, reference, STEP_REDIRECT,
		&(struct step_args){.text = "C'est à la ville.", .channel = "phone", .body = "ville", .reason = "compétence"});
	assert_int_equal(replica_pending(s->here->store, NULL, 0, MAX, 1 << 20, &s->ops, &s->count, &s->here->err),
		GUICHET_OK);
	for (size_t i = 0; i < s->count; i++)
		acks[i] = (struct replica_ack){.id = s->ops[i].id,
			.seq = 10 + (int64_t)i,
			.parked = s->ops[i].kind == OP_WAIT || s->ops[i].kind == OP_REDIRECT,
			.why = "role"};
	assert_int_equal(replica_acknowledge(s->here->store, acks, s->count, &s->here->err), GUICHET_OK);
	is_consistent(s->here);
	assert_int_equal(replica_rewind(s->here->store, 2, NULL, &s->here->err), GUICHET_OK);
	is_consistent(s->here);
}

/* Protects: a request that one desk linked to another while a second desk made it wait has no date that wanders. */
static void linked_while_it_waits(void **state)
{
	struct scene *s = *state;
	struct store_fixture *there = fixture_new(false);
	struct scene other = {.here = there};
	struct step_args link = {.text = NULL};
	int64_t parent = FIXTURE_LOG(s->here, .category = "nid-de-poule", .subject = "Trou");
	int64_t child = FIXTURE_LOG(s->here, .category = "nid-de-poule", .subject = "Le trou");
	assert_int_equal(replica_pending(s->here->store, NULL, 0, MAX, 1 << 20, &s->ops, &s->count, &s->here->err),
		GUICHET_OK);
	enrol(there, "*");
	for (size_t i = 0; i < s->count; i++)
		receive(s, there, &s->ops[i], 1 + (int64_t)i, false);
	fixture_step(there, child, STEP_WAIT, &(struct step_args){.reason = "tiers", .text = "attente"});
	assert_int_equal(desk_op_of_reference(s->here->store, parent, &link.target, &s->here->err), GUICHET_OK);
	fixture_step(s->here, child, STEP_LINK, &link);
	assert_int_equal(replica_pending(there->store, NULL, 0, MAX, 1 << 20, &other.ops, &other.count, &there->err),
		GUICHET_OK);
	forget_ops(s);
	assert_int_equal(replica_pending(s->here->store, NULL, 0, MAX, 1 << 20, &s->ops, &s->count, &s->here->err),
		GUICHET_OK);
	s->at.seq = 0;
	for (size_t i = 0; i < s->count; i++)
		receive(s, s->here, &s->ops[i], 1 + (int64_t)i, false);
	receive(s, s->here, find(&other, OP_WAIT), 40, false);
	s->here->now_ms += 30LL * 86400000;
	is_consistent(s->here);
	forget_ops(&other);
	fixture_free(&there);
}

/* Protects: a store is in order when another copy of its disk goes on under the number that it gave up, and gives some
 * requests to services that it does not see. */
static void a_number_goes_on_elsewhere(void **state)
{
	struct scene *s = *state;
	struct store_fixture *other = fixture_new(false);
	enrol(s->here, "voirie");
	enrol(other, "voirie");
	FIXTURE_LOG(other, .category = "depot", .subject = "Pour d'autres", .commune = "aigues");
	FIXTURE_LOG(other, .category = "nid-de-poule", .subject = "Pour tous les deux", .commune = "aigues");
	assert_int_equal(replica_pending(other->store, NULL, 0, MAX, 1 << 20, &s->ops, &s->count, &other->err), GUICHET_OK);
	size_t from = s->count;
	while (from > 0 && s->ops[from - 1].kind != OP_CREATE)
		from--;
	assert_true(from > 1);
	from--;
	for (size_t i = from; i < s->count; i++)
		s->ops[i].seq = 1 + (int64_t)i;
	struct replica_item item = {.kind = REPLICA_ENTER, .seq = (int64_t)s->count, .ops = s->ops + from,
		.count = s->count - from, .subject = s->ops[from].id};
	struct replica_page page = {.from = s->at, .to = s->at, .items = &item, .count = 1, .end = true};
	page.to.seq = (int64_t)s->count;
	assert_int_equal(replica_apply(s->here->store, &page, &s->here->err), GUICHET_OK);
	assert_int_not_equal(store_device(s->here->store), store_device(other->store));
	assert_true(shows(s->here, s->ops[from].id));
	is_consistent(s->here);
	fixture_free(&other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_parked_create_makes_no_request),
		TEST(what_others_brought_leaves),
		TEST(what_others_brought_leaves_with_the_page),
		TEST(what_is_told_stays),
		TEST(settled_without_its_request),
		TEST(settled_before_its_request),
		TEST(last_one_comes_back_whole),
		TEST(sums_after_a_restore),
		TEST(what_is_kept_is_erased_too),
		TEST(a_bulletin_after_its_end),
		TEST(a_person_after_what_was_said_of_them),
		TEST(linked_while_it_waits),
		TEST(a_person_after_the_request),
		TEST(an_erased_call_is_no_request),
		TEST(a_number_goes_on_elsewhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
