// SPDX-License-Identifier: GPL-3.0-or-later
/* Ended requests asked of the server: what finds them, who sees them, what is noted of it, what erasing leaves. On each database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "guichet/core/reference.h"
#include "guichet/core/request.h"

#define PASSWORD "un long mot de passe"
enum { DAY = 86400000, BATCH = 7 };

static char kept[API_PASSWORD_KEPT];
struct past { const char *service, *subject, *description, *address, *name, *phone; int days; /* since it ended; 0: it is open */ };

static void push(struct api_fixture *f, struct op *op)
{
	assert_int_equal(api_push(f, "desk-agent", op), 200);
	assert_null(json_object_get(json_array_get(json_object_get(f->json, "results"), 0), "parked"));
}

static void text_if(struct op *op, enum request_field field, const char *value)
{
	if (value)
		op_write_text(op, NULL, field, value);
}

/* A request with its own requester: operations 2n + 1 and 2n + 2 of the desk. Its reference. */
static int64_t add(struct api_fixture *f, uint32_t n, const struct past *p)
{
	struct op op;
	char who[OP_ID_TEXT];
	struct op_id person = { 10, 2 * n + 1 }, id = { 10, 2 * n + 2 };
	int64_t reference = reference_make(20000000 + n), at = f->now_ms - (int64_t)p->days * DAY;
	op_init(&op, OP_REQUESTER_CREATE, person, "s.martin", at);
	op.id = person;
	op_personal_if(&op, "name", p->name);
	op_personal_if(&op, "phone", p->phone);
	push(f, &op);
	op_init(&op, OP_CREATE, id, "s.martin", at);
	op.id = id;
	op_id_format(person, who);
	op_write_text(&op, NULL, FIELD_STATUS, p->days ? "closed" : "new");
	op_write_text(&op, NULL, FIELD_SERVICE, p->service);
	op_write_int(&op, NULL, FIELD_RECEIVED, at);
	op_write_text(&op, NULL, FIELD_REQUESTER, who);
	text_if(&op, FIELD_SUBJECT, p->subject);
	text_if(&op, FIELD_DESCRIPTION, p->description);
	text_if(&op, FIELD_ADDRESS, p->address);
	op_fact_int(&op, "reference", reference);
	if (p->days)
		op_fact_int(&op, "closed_ms", at);
	push(f, &op);
	return reference;
}

static void index_all(struct api_fixture *f)
{
	bool more = true;
	while (more) {
		assert_int_equal(db_begin(f->server->db, NULL), GUICHET_OK);
		assert_int_equal(ledger_index_words(f->server->db, BATCH, &more, &f->server->err), GUICHET_OK);
		assert_int_equal(db_commit(f->server->db, NULL), GUICHET_OK);
	}
	assert_false(ledger_words_behind(f->server->db));
}

static const struct past years[] = {
	{ "voirie", "Trous dans la chaussée", "Un cycliste est tombé hier", "12 av. des Lilas", "Mme Lefèvre", "+33612345678", 200 },
	{ "voirie", "Trou devant l'école", NULL, "3 rue Hoche", "M. Berthier", "+33478123456", 150 },
	{ "dechets", "Dépôt sauvage", "Des gravats et des pneus", "1 rue des Lilas", "Mme Lefèvre", "+33698765432", 120 },
	{ "voirie", "Trou récent", NULL, "4 rue Hoche", "Mme Lefèvre", "+33612345678", 10 },
	{ "voirie", "Trou en cours", NULL, "5 rue Hoche", "Mme Lefèvre", "+33612345678", 0 },
};
enum { YEARS = sizeof years / sizeof *years };

static void begin(struct api_fixture *f, void **state, const struct api_policy *policy)
{
	server_fixture_needs(*state);
	api_fixture_start(f, *state, policy);
	api_add_desk(f, 10, "desk-agent", "agent", "*");
	api_add_desk(f, 11, "desk-dechets", "service", "dechets");
	for (uint32_t i = 0; i < YEARS; i++)
		add(f, i, &years[i]);
	index_all(f);
}

/* Bits of the requests that were found: 1 << n. */
static unsigned found_as(struct api_fixture *f, const char *token, const char *typed)
{
	char path[300];
	unsigned found = 0;
	snprintf(path, sizeof path, "/v1/requests?q=%s", typed);
	assert_int_equal(api_get(f, token, path), 200);
	const json_t *rows = json_object_get(f->json, "found");
	for (size_t i = 0; i < json_array_size(rows); i++)
		found |= 1u << (json_integer_value(json_object_get(json_array_get(rows, i), "reference")) / 100 - 20000000);
	return found;
}

/* Protects: found by name, phone in any writing, the ends of numbers, words with their plural and abbreviation, all of them together; what desks still hold is not. */
static void what_finds_them(void **state)
{
	static const struct { const char *typed; unsigned found; } cases[] = {
		{ "lefevre", 5 }, { "Mme LEFÈVRE lilas", 5 }, { "lefevre gravats", 4 }, { "berthier", 2 }, { "trou", 3 }, { "trous", 3 }, { "avenue lilas", 1 }, { "cycliste", 1 },
		{ "06 12 34 56 78", 1 }, { "+33 6 12 34 56 78", 1 }, { "345678", 1 }, { "34 56 78", 1 }, { "5678", 1 }, { "lefevre 06.98.76.54.32", 4 }, { "berthier lilas", 0 },
		{ "inconnu", 0 }, { "l'école", 2 }, { "Hoche 3", 2 },
	};
	struct api_fixture f;
	char tail[16], whole[16];
	struct api_policy policy = API_POLICY_INIT;
	policy.lookup_rate = 0;
	begin(&f, state, &policy);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned found = found_as(&f, "desk-agent", cases[i].typed);
		if (found != cases[i].found)
			fail_msg("%s: %x, not %x", cases[i].typed, found, cases[i].found);
	}
	snprintf(whole, sizeof whole, "%lld", (long long)reference_make(20000001));
	snprintf(tail, sizeof tail, "%s", whole + 4);
	assert_int_equal(found_as(&f, "desk-agent", whole), 2);
	assert_int_equal(found_as(&f, "desk-agent", tail), 2);
	/* By its whole number a request is found wherever it stands. */
	snprintf(whole, sizeof whole, "%lld", (long long)reference_make(20000004));
	assert_int_equal(found_as(&f, "desk-agent", whole), 16);
	/* A row says what a list shows. */
	assert_int_equal(found_as(&f, "desk-agent", "berthier"), 2);
	const json_t *row = json_array_get(json_object_get(f.json, "found"), 0);
	assert_string_equal(json_string_value(json_object_get(row, "subject")), "Trou devant l'école");
	assert_string_equal(json_string_value(json_object_get(row, "name")), "M. Berthier");
	assert_string_equal(json_string_value(json_object_get(row, "status")), "closed");
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(api_get(&f, "desk-agent", (const char *const[]){ "/v1/requests", "/v1/requests?q=", "/v1/requests?q=de la" }[i]), 422);
	api_fixture_done(&f);
}

/* Protects: another service's is absent, to the letter as if it were not there; an account sees less than its desk; who looked at whose data is noted, and what was
 * typed is not. */
static void scoped_and_noted(void **state)
{
	struct api_fixture f;
	struct api_policy policy = API_POLICY_INIT;
	char body[200];
	begin(&f, state, &policy);
	assert_int_equal(found_as(&f, "desk-dechets", "lefevre"), 4);
	assert_int_equal(found_as(&f, "desk-dechets", "berthier"), 0);
	json_t *foreign = json_incref(f.json);
	assert_int_equal(found_as(&f, "desk-dechets", "nobody of that name"), 0);
	assert_true(json_equal(foreign, f.json));
	json_decref(foreign);
	api_add_account(&f, "p.durand", kept, "service", "dechets");
	snprintf(body, sizeof body, "{\"login\": \"p.durand\", \"password\": \"" PASSWORD "\"}");
	assert_int_equal(api_post(&f, "desk-agent", "/v1/sessions", body), 200);
	char *token = guichet_strdup(api_said(&f, "access"));
	assert_int_equal(found_as(&f, token, "lefevre"), 4);
	free(token);
	int64_t reference = reference_make(20000002);
	snprintf(body, sizeof body, "%lld", (long long)reference);
	struct db *db = f.server->db;
	assert_int_equal(db_value(db, -1, "SELECT count(*) FROM audit WHERE what = 'find' AND who = 'p.durand' AND device = 10 AND subject = ?1", "t", body), 1);
	assert_int_equal(db_value(db, -1, "SELECT count(*) FROM audit WHERE what = 'find' AND who = '' AND device = 11 AND subject = ?1", "t", body), 1);
	assert_int_equal(db_value(db, -1, "SELECT count(*) FROM audit WHERE what = 'find' AND subject IS NULL", ""), 2);
	assert_int_equal(db_value(db, -1, "SELECT count(*) FROM audit WHERE lower(coalesce(subject, '')) LIKE '%lefevre%' OR lower(what) LIKE '%lefevre%'", ""), 0);
	/* Where nobody signed in the desk says who works there: its word, told apart from an account. */
	snprintf(body, sizeof body, "/v1/requests/%lld", (long long)reference);
	assert_int_equal(api_send(&f, &(struct api_sent){ .token = "desk-dechets", .method = "GET", .path = body, .agent = "p.durand" }), 200);
	assert_int_equal(db_value(db, -1, "SELECT count(*) FROM audit WHERE what = 'look' AND who = 'poste:p.durand'", ""), 1);
	api_fixture_done(&f);
}

/* Protects: page after page gives each once; and nobody asks on and on. */
static void pages_and_rate(void **state)
{
	enum { MANY = 60 };
	struct api_fixture f;
	struct api_policy policy = API_POLICY_INIT;
	struct past p = { "voirie", "Panne d'éclairage", NULL, "rue Zola", "Mme Faure", NULL, 0 };
	unsigned seen[MANY] = { 0 }, pages = 0;
	char path[100];
	begin(&f, state, &policy);
	for (uint32_t i = 0; i < MANY; i++) {
		p.days = 400 - (int)i;
		add(&f, YEARS + i, &p);
	}
	index_all(&f);
	int64_t next = 0;
	do {
		snprintf(path, sizeof path, "/v1/requests?q=zola faure&before=%lld", (long long)next);
		assert_int_equal(api_get(&f, "desk-agent", path), 200);
		const json_t *rows = json_object_get(f.json, "found");
		assert_in_range(json_array_size(rows), 0, SEEK_MAX + SEEK_OF_ONE);
		for (size_t i = 0; i < json_array_size(rows); i++)
			seen[json_integer_value(json_object_get(json_array_get(rows, i), "reference")) / 100 - 20000000 - YEARS]++;
		next = json_integer_value(json_object_get(f.json, "next"));
		pages++;
	} while (next > 0 && pages < MANY);
	assert_in_range(pages, 3, 5);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(seen[i], 1);
	int status = 200;
	for (int i = 0; i < policy.lookup_rate + 1 && status == 200; i++)
		status = api_get(&f, "desk-agent", "/v1/requests?q=zola");
	assert_int_equal(status, 429);
	assert_true(atoi(f.retry_after) > 0);
	/* Of this desk alone, and for a while. */
	assert_int_equal(api_get(&f, "desk-dechets", "/v1/requests?q=zola"), 200);
	f.now_ms += 60000;
	assert_int_equal(api_get(&f, "desk-agent", "/v1/requests?q=zola"), 200);
	api_fixture_done(&f);
}

/* Protects: of whoever was erased nothing is found any more, and none of their words stays; a name that was corrected before it was read in either. */
static void erased_are_not_found(void **state)
{
	struct api_fixture f;
	struct api_policy policy = API_POLICY_INIT;
	begin(&f, state, &policy);
	struct db *db = f.server->db;
	assert_int_equal(found_as(&f, "desk-agent", "berthier"), 2);
	int64_t before = db_value(db, -1, "SELECT count(*) FROM word", "");
	int64_t own = db_value(db, -1, "SELECT count(*) FROM word w JOIN op o ON o.seq = w.seq WHERE o.device = 10 AND o.dseq IN (3, 4)", "");
	assert_true(own > 5);
	for (uint64_t dseq = 3; dseq <= 4; dseq++) {
		assert_int_equal(db_begin(db, NULL), GUICHET_OK);
		assert_int_equal(ledger_erase(db, (struct op_id){ 10, dseq }, "dpo", f.now_ms, f.server->random, &f.server->err), GUICHET_OK);
		assert_int_equal(db_commit(db, NULL), GUICHET_OK);
	}
	assert_int_equal(db_value(db, -1, "SELECT count(*) FROM word", ""), before - own);
	assert_int_equal(found_as(&f, "desk-agent", "berthier"), 0);
	assert_int_equal(found_as(&f, "desk-agent", "trou"), 1);
	/* Whoever is erased before the words are read leaves none. */
	add(&f, YEARS, &(struct past){ "voirie", "Banc cassé", NULL, "rue Hoche", "Mme Quenneville", NULL, 300 });
	assert_int_equal(db_begin(db, NULL), GUICHET_OK);
	assert_int_equal(ledger_erase(db, (struct op_id){ 10, 2 * YEARS + 1 }, "dpo", f.now_ms, f.server->random, &f.server->err), GUICHET_OK);
	assert_int_equal(db_commit(db, NULL), GUICHET_OK);
	index_all(&f);
	assert_int_equal(found_as(&f, "desk-agent", "quenneville"), 0);
	assert_true(found_as(&f, "desk-agent", "banc hoche") != 0);
	api_fixture_done(&f);
}

static int start(void **state)
{
	return api_password_keep(PASSWORD, kept, NULL) == GUICHET_OK ? server_fixture_group(state) : -1;
}

int main(void)
{
#define ON(test, database) { #test " on " #database, test, server_fixture_##database, server_fixture_done, NULL }
	const struct CMUnitTest tests[] = {
		ON(what_finds_them, sqlite), ON(what_finds_them, postgres),
		ON(scoped_and_noted, sqlite), ON(scoped_and_noted, postgres),
		ON(pages_and_rate, sqlite), ON(pages_and_rate, postgres),
		ON(erased_are_not_found, sqlite), ON(erased_are_not_found, postgres),
	};
	return cmocka_run_group_tests(tests, start, server_fixture_group_done);
}
