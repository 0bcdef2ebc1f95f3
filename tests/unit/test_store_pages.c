// SPDX-License-Identifier: GPL-3.0-or-later
/* Pages of requests and of what is to be done: both ways over the same rows in the same order, whatever they are narrowed to; what a transaction touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "desk_scene.h"

enum { ROWS = 90, PAGE = 7 };

struct page { int64_t ids[PAGE], at_ms[PAGE]; size_t count; };

static bool take(void *context, const struct request_row *row)
{
	struct page *p = context;
	p->ids[p->count++] = row->id;
	return p->count < PAGE;
}

static bool take_todo(void *context, const struct todo *t)
{
	struct page *p = context;
	p->ids[p->count] = t->row.id;
	p->at_ms[p->count++] = t->at_ms;
	return p->count < PAGE;
}

static size_t walk(struct store *s, struct list_filter f, bool backward, int64_t *out, size_t max)
{
	size_t n = 0;
	struct page p = { .count = PAGE };
	f.backward = backward;
	f.limit = PAGE;
	for (f.after = 0; p.count == PAGE && n + PAGE <= max; f.after = p.count ? p.ids[p.count - 1] : 0) {
		p.count = 0;
		assert_int_equal(store_list(s, &f, take, &p, NULL), GUICHET_OK);
		for (size_t i = 0; i < p.count; i++)
			out[n++] = p.ids[i];
	}
	return n;
}

static void fill(struct store_fixture *f)
{
	static const char *const categories[] = { "nid-de-poule", "depot", "plainte" };
	for (int i = 0; i < ROWS; i++) {
		/* Several share a due date: their order is by row then. */
		f->now_ms += i % 4 ? 0 : 3600000;
		FIXTURE_LOG(f, .category = categories[i % 3], .subject = "Objet", .commune = i % 2 ? "aigues" : "bois",
			.requester = i % 5 ? NULL : WHO({ "name", "Lefèvre" }, { "phone", "0612345678" }));
	}
}

/* Protects: a list read from its end shows the same rows in the same order as from its start, for each way that an index is walked. */
static void test_both_ways(void **state)
{
	struct store_fixture *f = *state;
	fill(f);
	/* They are due this week then. */
	f->now_ms += 6 * MS_PER_DAY;
	const struct list_filter base = LIST_FILTER_INIT;
	struct list_filter filters[9];
	for (size_t i = 0; i < 9; i++)
		filters[i] = base;
	filters[1].service = "voirie";
	filters[2].commune = "bois";
	filters[3].due = LIST_DUE_WEEK;
	for (size_t i = 4; i < 9; i++)
		filters[i].sort = LIST_BY_RECEIVED;
	filters[5].service = "nettoyage";
	filters[6].category = "depot";
	filters[7].commune = "aigues";
	filters[8].requester = 1;
	struct requester who = { 0 };
	struct loaded l = { 0 };
	int64_t first[2 * ROWS], back[2 * ROWS];
	assert_int_equal(walk(f->store, base, false, first, ROWS + PAGE), ROWS);
	assert_int_equal(store_load_id(f->store, first[0], &l, NULL), GUICHET_OK);
	struct op_id person;
	assert_true(op_id_parse(request_text(&l.request, FIELD_REQUESTER), &person));
	assert_int_equal(store_requester_of_op(f->store, person, &who, NULL), GUICHET_OK);
	filters[8].requester = who.id;
	requester_done(&who);
	loaded_done(&l);
	for (size_t k = 0; k < 9; k++) {
		size_t n = walk(f->store, filters[k], false, first, 2 * ROWS);
		assert_true(n > PAGE);
		assert_int_equal(walk(f->store, filters[k], true, back, 2 * ROWS), n);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(first[i], back[n - 1 - i]);
	}
}

/* Protects: one row is found in a list only if the filter lets it through. */
static void test_only(void **state)
{
	struct store_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f, &s);
	struct list_filter filter = LIST_FILTER_INIT;
	struct page p = { .count = 0 };
	filter.only = scene_row(f, s.late);
	filter.service = "voirie";
	filter.due = LIST_DUE_OVERDUE;
	assert_int_equal(store_list(f->store, &filter, take, &p, NULL), GUICHET_OK);
	assert_int_equal(p.count, 1);
	assert_int_equal(p.ids[0], filter.only);
	filter.service = "nettoyage";
	p.count = 0;
	store_list(f->store, &filter, take, &p, NULL);
	assert_int_equal(p.count, 0);
	filter.service = NULL;
	filter.only = scene_row(f, s.closed);
	store_list(f->store, &filter, take, &p, NULL);
	assert_int_equal(p.count, 0);
}

/* Protects: what is to be done, by kind: counted, paged both ways, and gone when it is done. */
static void test_todo(void **state)
{
	struct store_fixture *f = *state;
	int64_t counts[TODO_KIND_COUNT], at, first[40], back[40];
	size_t n[2] = { 0, 0 };
	for (int i = 0; i < 20; i++) {
		f->now_ms += i % 3 ? 0 : 60000;
		FIXTURE_LOG(f, .subject = "À trier");
	}
	int64_t leak = FIXTURE_LOG(f, .category = "fuite", .subject = "Eau", .danger = true);
	store_count_todo(f->store, counts);
	assert_int_equal(counts[TODO_QUALIFY], 20);
	assert_int_equal(counts[TODO_DANGER_UNTOLD], 1);
	for (int way = 0; way < 2; way++) {
		struct todo_filter filter = { .kind = TODO_QUALIFY, .backward = way == 1, .limit = PAGE };
		struct page p = { .count = PAGE };
		while (p.count == PAGE) {
			p.count = 0;
			assert_int_equal(store_page_todo(f->store, &filter, take_todo, &p, NULL), GUICHET_OK);
			for (size_t i = 0; i < p.count && n[way] < 40; i++)
				(way ? back : first)[n[way]++] = p.ids[i];
			if (p.count) {
				filter.after = p.ids[p.count - 1];
				filter.after_at_ms = p.at_ms[p.count - 1];
			}
		}
	}
	assert_int_equal(n[0], 20);
	assert_int_equal(n[1], 20);
	for (size_t i = 0; i < 20; i++)
		assert_int_equal(first[i], back[19 - i]);
	assert_true(store_todo_at(f->store, scene_row(f, leak), TODO_DANGER_UNTOLD, &at));
	assert_false(store_todo_at(f->store, scene_row(f, leak), TODO_QUALIFY, &at));
	fixture_step(f, leak, STEP_DANGER_TOLD, &(struct step_args){ .who = "astreinte" });
	assert_false(store_todo_at(f->store, scene_row(f, leak), TODO_DANGER_UNTOLD, &at));
}

/* The kinds of promise that a request stands under, as one string; and the counts agree. */
static void promise_kinds(struct store_fixture *f, int64_t row, char out[8])
{
	static const struct { enum todo_kind kind; char letter; } kinds[] = { { TODO_PROMISE_MISSED, 'm' }, { TODO_PROMISE_TODAY, 't' },
		{ TODO_PROMISE_OVERTAKEN, 'o' } };
	int64_t counts[TODO_KIND_COUNT], at;
	size_t n = 0;
	store_count_todo(f->store, counts);
	for (size_t i = 0; i < 3; i++) {
		struct todo_filter filter = { .kind = kinds[i].kind, .limit = PAGE };
		struct page p = { .count = 0 };
		bool there = store_todo_at(f->store, row, kinds[i].kind, &at);
		assert_int_equal(store_page_todo(f->store, &filter, take_todo, &p, NULL), GUICHET_OK);
		assert_int_equal(p.count, there);
		assert_int_equal(counts[kinds[i].kind], there);
		if (there)
			out[n++] = kinds[i].letter;
	}
	out[n] = '\0';
}

/* Protects: a promise is watched from the morning of its day, stands under one kind at a time, and midnight belongs to the day before. */
static void test_promise_kinds(void **state)
{
	struct store_fixture *f = *state;
	char kinds[8];
	int64_t row;
	int64_t reference = fixture_log(f, &(struct call){ .category = "nid-de-poule", .subject = "Trou", .commune = "aigues",
		.requester = WHO({ "name", "Garnier" }, { "phone", "0499887766" }) }, &row);
	int32_t day = paris_day(f->now_ms);
	/* Its target is Thursday week: told an earlier day, the promise can't be kept as things stand. */
	fixture_step(f, reference, STEP_PROMISE, &(struct step_args){ .date_ms = paris_instant(day + 4, 0), .channel = "phone", .reason = "demandé" });
	promise_kinds(f, row, kinds);
	assert_string_equal(kinds, "o");
	f->now_ms = paris_instant(day + 3, 0) - 1;
	promise_kinds(f, row, kinds);
	assert_string_equal(kinds, "o");
	f->now_ms = paris_instant(day + 3, 0);
	promise_kinds(f, row, kinds);
	assert_string_equal(kinds, "t");
	f->now_ms = paris_instant(day + 4, 0) - 1;
	promise_kinds(f, row, kinds);
	assert_string_equal(kinds, "t");
	f->now_ms = paris_instant(day + 4, 0);
	promise_kinds(f, row, kinds);
	assert_string_equal(kinds, "m");
	fixture_step(f, reference, STEP_TAKE, &(struct step_args){ 0 });
	fixture_step(f, reference, STEP_ANSWER, &(struct step_args){ .channel = "phone", .text = "Rebouché." });
	promise_kinds(f, row, kinds);
	assert_string_equal(kinds, "");
}

/* Protects: what undo has to take back is what was written, the last first, each request once. */
static void test_touched(void **state)
{
	struct store_fixture *f = *state;
	struct desk_scene s;
	int64_t rows[4];
	desk_scene_make(f, &s);
	int64_t before = store_last_op(f->store);
	assert_int_equal(store_touched(f->store, before, rows, 4), 0);
	fixture_step(f, s.promised, STEP_TAKE, &(struct step_args){ 0 });
	fixture_step(f, s.late, STEP_NOTE, &(struct step_args){ .text = "vu" });
	fixture_step(f, s.late, STEP_NOTE, &(struct step_args){ .text = "revu" });
	assert_int_equal(store_touched(f->store, before, rows, 4), 2);
	assert_int_equal(rows[0], scene_row(f, s.late));
	assert_int_equal(rows[1], scene_row(f, s.promised));
}

struct names { char text[64]; };

static void add_name(void *context, const char *login)
{
	struct names *n = context;
	size_t used = 0;
	while (n->text[used])
		used++;
	for (size_t i = 0; login[i] && used + 2 < sizeof n->text; i++)
		n->text[used++] = login[i];
	n->text[used++] = ' ';
	n->text[used] = '\0';
}

/* Protects: each agent who has open requests once, in order, and no longer when they have none. */
static void test_assigned(void **state)
{
	struct store_fixture *f = *state;
	struct desk_scene s;
	struct names n = { "" };
	desk_scene_make(f, &s);
	fixture_step(f, s.promised, STEP_ASSIGN, &(struct step_args){ .agent = "zoe" });
	fixture_step(f, s.at_risk, STEP_ASSIGN, &(struct step_args){ .agent = "anne" });
	fixture_step(f, s.incident, STEP_ASSIGN, &(struct step_args){ .agent = "zoe" });
	store_list_assigned(f->store, 10, add_name, &n);
	assert_string_equal(n.text, "anne chef zoe ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_both_ways, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_only, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_todo, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_promise_kinds, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_touched, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_assigned, fixture_setup, fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
