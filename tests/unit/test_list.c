// SPDX-License-Identifier: GPL-3.0-or-later
/* Lists: the selection stays on its record whatever happens to the others, and what is held stays near the screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "grid_checks.h"
#include "guichet/ui/list.h"

enum { ROWS_MAX = 20000 };

/* Records kept in the order of `due`, as a store would; each row handed out owns memory, so that a lost or doubled release shows. */
struct row { int64_t id; int due; char *name; };
struct record { int64_t id; int due; };
struct world { struct record records[ROWS_MAX]; size_t count; size_t fetched; int64_t out; };

static struct world *new_world(size_t count)
{
	struct world *w = guichet_alloc(sizeof *w);

	for (size_t i = 0; i < count; i++)
		w->records[w->count++] = (struct record){ (int64_t)i + 1, (int)i * 10 };
	return w;
}

static int compare(int due, int64_t id, const struct record *r)
{
	return due != r->due ? (due < r->due ? -1 : 1) : id < r->id ? -1 : id > r->id;
}

static void fill(struct world *w, struct row *row, const struct record *r)
{
	*row = (struct row){ r->id, r->due, guichet_strdup("nom") };
	w->out++;
}

static size_t fetch(void *context, const void *from, bool backward, size_t count, void *rows)
{
	struct world *w = context;
	const struct row *f = from;
	size_t n = 0;

	w->fetched++;
	for (size_t i = 0; i < w->count && n < count; i++) {
		const struct record *r = &w->records[backward ? w->count - 1 - i : i];

		if (!f || (backward ? compare(f->due, f->id, r) > 0 : compare(f->due, f->id, r) < 0))
			fill(w, (struct row *)rows + n++, r);
	}
	return n;
}

static int64_t id_of(void *context, const void *row)
{
	(void)context;
	assert_string_equal(((const struct row *)row)->name, "nom");
	return ((const struct row *)row)->id;
}

static bool read_row(void *context, int64_t id, void *row)
{
	struct world *w = context;

	for (size_t i = 0; i < w->count; i++) {
		if (w->records[i].id == id) {
			fill(w, row, &w->records[i]);
			return true;
		}
	}
	return false;
}

static void release(void *context, void *row)
{
	((struct world *)context)->out--;
	free(((struct row *)row)->name);
}

static int64_t total(void *context)
{
	return (int64_t)((struct world *)context)->count;
}

static void draw(void *context, const void *row, const struct list_cell *c)
{
	(void)context;
	grid_textf(c->grid, c->row, c->col, c->width, STYLE_NORMAL, "n%lld", (long long)((const struct row *)row)->id);
}

static struct list_source source_of(struct world *w, bool forward_only)
{
	return (struct list_source){ .context = w, .row_bytes = sizeof(struct row), .fetch = fetch, .forward_only = forward_only, .id = id_of,
		.read = read_row, .release = release, .total = forward_only ? NULL : total, .draw = draw };
}

/* Takes the record away, or puts it elsewhere, as a step of somebody else's does. */
static void take_away(struct world *w, int64_t id)
{
	for (size_t i = 0; i < w->count; i++) {
		if (w->records[i].id == id) {
			memmove(&w->records[i], &w->records[i + 1], (w->count - i - 1) * sizeof *w->records);
			w->count--;
			return;
		}
	}
}

static void put(struct world *w, int64_t id, int due)
{
	size_t i = 0;

	while (i < w->count && compare(due, id, &w->records[i]) > 0)
		i++;
	memmove(&w->records[i + 1], &w->records[i], (w->count - i) * sizeof *w->records);
	w->records[i] = (struct record){ id, due };
	w->count++;
}

static void press(struct list *l, const char *name, int times)
{
	struct key k = key_of(name);

	for (int i = 0; i < times; i++)
		assert_true(list_key(l, &k));
}

static void shows(struct list *l, struct grid *g, const char *expected)
{
	grid_clear(g, (struct rect){ 0, 0, g->rows, g->cols }, STYLE_NORMAL);
	list_draw(l, g, (struct rect){ 0, 0, g->rows, g->cols }, true);
	grid_shows(g, expected);
	/* The cursor is on the selected row, wherever that is. */
	if (l->count > 0)
		assert_int_equal(g->cursor_row, (int)(l->selected - l->top));
}

static void at(const struct list *l, const char *expected)
{
	struct text t = TEXT_INIT;

	list_position(l, &t);
	assert_string_equal(text_str(&t), expected);
	text_done(&t);
}

static void end(struct list *l, struct grid *g, struct world *w)
{
	list_done(l);
	assert_int_equal(w->out, 0);
	grid_done(g);
	free(w);
}

/* Protects: moving by rows, pages and to both ends, with sources that page both ways and with those that only go on. */
static void moves(void **state)
{
	(void)state;
	for (int forward_only = 0; forward_only < 2; forward_only++) {
		struct world *w = new_world(1000);
		struct list_source source = source_of(w, forward_only);
		struct list l;
		struct grid g;

		grid_init(&g, 4, 8);
		list_init(&l, &source);
		shows(&l, &g, "▸n1\n n2\n n3\n↓n4");
		press(&l, "Up", 2);
		press(&l, "Down", 5);
		shows(&l, &g, "↑n3\n n4\n n5\n↓n6");
		at(&l, forward_only ? "6/54+" : "6/1000");
		press(&l, "PageDown", 2);
		shows(&l, &g, "↑n9\n n10\n n11\n↓n12");
		press(&l, "PageUp", 1);
		shows(&l, &g, "↑n6\n n7\n n8\n↓n9");
		press(&l, "End", 1);
		shows(&l, &g, "↑n997\n n998\n n999\n▸n1000");
		at(&l, "1000/1000");
		press(&l, "Up", 700);
		assert_int_equal(list_selected_id(&l), 300);
		at(&l, "300/1000");
		press(&l, "Home", 1);
		press(&l, "Home", 1);
		shows(&l, &g, "▸n1\n n2\n n3\n↓n4");
		press(&l, "PageDown", 900);
		assert_int_equal(list_selected_id(&l), 1000);
		end(&l, &g, w);
	}
}

/* Protects: what is held does not grow with the list. */
static void holds_little(void **state)
{
	struct world *w = new_world(ROWS_MAX - 1);
	struct list_source source = source_of(w, false);
	struct list l;
	struct grid g;

	(void)state;
	grid_init(&g, 20, 8);
	list_init(&l, &source);
	list_draw(&l, &g, (struct rect){ 0, 0, 20, 8 }, true);
	press(&l, "PageDown", 800);
	assert_true(w->out < 2000);
	assert_int_equal(list_selected_id(&l), 800 * 19 + 1);
	press(&l, "End", 1);
	press(&l, "PageUp", 800);
	assert_true(w->out < 2000);
	assert_int_equal(list_selected_id(&l), ROWS_MAX - 1 - 800 * 19);
	end(&l, &g, w);
}

/* Protects: while others add, move and end records, the selection stays on its own, on the same line; when that one leaves, on the one that took its place. */
static void keeps_the_selection(void **state)
{
	(void)state;
	for (int forward_only = 0; forward_only < 2; forward_only++) {
		struct world *w = new_world(500);
		struct list_source source = source_of(w, forward_only);
		struct list l;
		struct grid g;

		grid_init(&g, 4, 8);
		list_init(&l, &source);
		list_draw(&l, &g, (struct rect){ 0, 0, 4, 8 }, true);
		press(&l, "Down", 101);
		press(&l, "Up", 1);
		shows(&l, &g, "↑n99\n n100\n▸n101\n↓n102");
		for (int i = 0; i < 60; i++)
			put(w, 1000 + i, 5);
		list_refresh(&l);
		shows(&l, &g, "↑n99\n n100\n▸n101\n↓n102");
		/* Its due date moves. */
		take_away(w, 101);
		put(w, 101, 3995);
		list_refresh(&l);
		shows(&l, &g, "↑n399\n n400\n▸n101\n↓n401");
		take_away(w, 101);
		list_refresh(&l);
		shows(&l, &g, "↑n399\n n400\n▸n401\n↓n402");
		/* All after it leave too. */
		for (int id = 401; id <= 500; id++)
			take_away(w, id);
		list_refresh(&l);
		shows(&l, &g, "↑n397\n n398\n n399\n▸n400");
		w->count = 2;
		list_refresh(&l);
		assert_int_equal(l.count, 2);
		w->count = 0;
		list_refresh(&l);
		assert_null(list_selected(&l));
		assert_int_equal(list_selected_id(&l), 0);
		put(w, 7, 7);
		list_refresh(&l);
		assert_int_equal(list_selected_id(&l), 7);
		end(&l, &g, w);
	}
}

/* Protects: marks belong to records, go with those that leave, and an action without marks is on the selection. */
static void marks(void **state)
{
	struct world *w = new_world(300);
	struct list_source source = source_of(w, false);
	struct list l;
	struct grid g;
	int64_t ids[10];

	(void)state;
	grid_init(&g, 4, 8);
	list_init(&l, &source);
	assert_int_equal(list_chosen(&l, ids, 10), 0);
	list_toggle_mark(&l);
	list_reload(&l);
	assert_int_equal(list_chosen(&l, ids, 10), 1);
	assert_int_equal(ids[0], 1);
	press(&l, "Down", 2);
	list_toggle_mark(&l);
	list_toggle_mark(&l);
	press(&l, "Home", 1);
	list_toggle_mark(&l);
	shows(&l, &g, "*n1\n▸n2\n*n3\n*n4");
	assert_int_equal(list_chosen(&l, ids, 10), 3);
	assert_int_equal(list_chosen(&l, ids, 2), 2);
	assert_true(ids[0] == 1 && ids[1] == 3);
	press(&l, "End", 1);
	take_away(w, 3);
	list_refresh(&l);
	assert_false(list_is_marked(&l, 3));
	assert_int_equal(list_chosen(&l, ids, 10), 2);
	press(&l, "Home", 1);
	list_toggle_mark(&l);
	assert_int_equal(list_chosen(&l, ids, 10), 1);
	list_clear_marks(&l);
	assert_int_equal(list_chosen(&l, ids, 10), 1);
	end(&l, &g, w);
}

/* Protects: going to a record by its id, near or far; one that is not there changes nothing. */
static void selects_by_id(void **state)
{
	(void)state;
	for (int forward_only = 0; forward_only < 2; forward_only++) {
		struct world *w = new_world(3000);
		struct list_source source = source_of(w, forward_only);
		struct list l;
		struct grid g;

		grid_init(&g, 4, 8);
		list_init(&l, &source);
		list_draw(&l, &g, (struct rect){ 0, 0, 4, 8 }, true);
		assert_true(list_select(&l, 3));
		assert_true(list_select(&l, 2500));
		assert_int_equal(list_selected_id(&l), 2500);
		assert_true(g.cursor_row >= 0);
		assert_false(list_select(&l, 9999));
		assert_int_equal(list_selected_id(&l), 2500);
		press(&l, "Up", 1);
		assert_int_equal(list_selected_id(&l), 2499);
		end(&l, &g, w);
	}
}

/* Protects: an empty list says so, takes its keys, and has the cursor; windows of any size. */
static void is_drawn_anywhere(void **state)
{
	struct world *w = new_world(0);
	struct list_source source = source_of(w, false);
	struct list l;
	struct grid g;
	struct key other = key_of("x"), shifted = key_of("Maj-Down");

	(void)state;
	grid_init(&g, 3, 20);
	list_init(&l, &source);
	l.empty = "Aucune demande";
	shows(&l, &g, "Aucune demande");
	assert_int_equal(g.cursor_row, 0);
	at(&l, "");
	press(&l, "Down", 1);
	press(&l, "PageUp", 1);
	press(&l, "End", 1);
	list_toggle_mark(&l);
	list_refresh(&l);
	assert_false(list_key(&l, &other));
	assert_false(list_key(&l, &shifted));
	for (int i = 1; i <= 9; i++)
		put(w, i, i);
	list_refresh(&l);
	press(&l, "End", 1);
	for (int rows = 12; rows >= 0; rows--) {
		grid_clear(&g, (struct rect){ 0, 0, 3, 20 }, STYLE_NORMAL);
		list_draw(&l, &g, (struct rect){ 0, 0, rows, rows * 2 }, true);
		grid_is_sound(&g);
		assert_int_equal(list_selected_id(&l), 9);
	}
	end(&l, &g, w);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(moves), cmocka_unit_test(holds_little), cmocka_unit_test(keeps_the_selection),
		cmocka_unit_test(marks), cmocka_unit_test(selects_by_id), cmocka_unit_test(is_drawn_anywhere) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
