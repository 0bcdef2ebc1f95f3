// SPDX-License-Identifier: GPL-3.0-or-later
/* What a page of a list costs does not depend on how many requests there are: whatever the filter and the direction,
 * SQLite walks an index and sorts nothing. A measure would need a large store and an idle machine; SQLite counts what
 * it does. */
#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

static sqlite3 *opened; /* the last connection that was opened */

static int note_opened(sqlite3 *db, char **message, const struct sqlite3_api_routines *api)
{
	(void)message;
	(void)api;
	opened = db;
	return SQLITE_OK;
}

/* Statements over requests since the last call: how many ran, and that none of them sorted. */
static int assert_nothing_sorted(void)
{
	int ran = 0;
	for (sqlite3_stmt *st = sqlite3_next_stmt(opened, NULL); st; st = sqlite3_next_stmt(opened, st)) {
		int runs = sqlite3_stmt_status(st, SQLITE_STMTSTATUS_RUN, 1),
			sorts = sqlite3_stmt_status(st, SQLITE_STMTSTATUS_SORT, 1);
		if (!strstr(sqlite3_sql(st), "FROM request r") || !runs)
			continue;
		if (sorts)
			fail_msg("sorts: %s", sqlite3_sql(st));
		ran++;
	}
	return ran;
}

static bool take(void *context, const struct request_row *row)
{
	*(int64_t *)context = row->id;
	return true;
}

static void list(struct store_fixture *f, struct list_filter filter)
{
	for (int backward = 0; backward < 2; backward++)
		for (int page = 0; page < 2; page++) {
			int64_t last = 0;
			filter.backward = backward;
			if (store_list(f->store, &filter, take, &last, &f->err))
				fail_msg("%s", f->err.message);
			assert_true(assert_nothing_sorted() > 0);
			filter.after = page ? 0 : last;
		}
}

/* Protects: a page of any list within a millisecond at every size. */
static void test_lists_walk_an_index(void **state)
{
	struct store_fixture *f = *state;
	sqlite3_auto_extension((void (*)(void))note_opened);
	fixture_reopen(f);
	sqlite3_cancel_auto_extension((void (*)(void))note_opened);
	int64_t row, parent = FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Trou", .commune = "aigues");
	FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Trou", .commune = "aigues", .link = parent,
		.requester = WHO({"name", "Ali Benna"}));
	FIXTURE_LOG(
		f, .category = "depot", .subject = "Gravats", .commune = "bois", .requester = WHO({"name", "Ali Benna"}));
	store_find_reference(f->store, parent, &row, 1);
	assert_nothing_sorted();
	struct list_filter open = LIST_FILTER_INIT;
	for (int sort = LIST_BY_DUE; sort <= LIST_BY_RECEIVED; sort++)
		for (int all = 0; all < 2; all++)
			for (int due = LIST_DUE_ANY; due <= LIST_DUE_RISK; due++) {
				struct list_filter l = open;
				l.sort = (enum list_sort)sort;
				l.all = all;
				l.due = (enum list_due)due;
				list(f, l);
				l.service = "voirie";
				list(f, l);
				l.assigned = "marie";
				list(f, l);
				l.service = l.assigned = NULL;
				l.category = "nid-de-poule";
				list(f, l);
				l.category = NULL;
				l.commune = "aigues";
				list(f, l);
				l.commune = NULL;
				l.requester = 1;
				list(f, l);
				l.requester = 0;
				l.parent = row;
				list(f, l);
			}
}

static bool take_todo(void *context, const struct todo *t)
{
	(void)context;
	(void)t;
	return true;
}

/* Protects: the same of what is to be done. */
static void test_todo_walks_an_index(void **state)
{
	struct store_fixture *f = *state;
	sqlite3_auto_extension((void (*)(void))note_opened);
	fixture_reopen(f);
	sqlite3_cancel_auto_extension((void (*)(void))note_opened);
	FIXTURE_LOG(f, .category = "depot", .subject = "Gravats", .callback_ms = f->now_ms + 1000);
	assert_nothing_sorted();
	for (int backward = 0; backward < 2; backward++) {
		struct todo_filter t = {.kind = TODO_CALLBACK, .backward = backward, .limit = 10};
		if (store_page_todo(f->store, &t, take_todo, NULL, &f->err))
			fail_msg("%s", f->err.message);
	}
	for (sqlite3_stmt *st = sqlite3_next_stmt(opened, NULL); st; st = sqlite3_next_stmt(opened, st))
		if (strstr(sqlite3_sql(st), "FROM todo t INDEXED BY") && sqlite3_stmt_status(st, SQLITE_STMTSTATUS_SORT, 0))
			fail_msg("sorts: %s", sqlite3_sql(st));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lists_walk_an_index),
		TEST(test_todo_walks_an_index),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
