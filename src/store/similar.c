// SPDX-License-Identifier: GPL-3.0-or-later
/* Requests like one being logged: of its category, or of its group, received within the category's window, near by in metres or in the same street of the same
 * commune; and incidents whose area names the street, wherever they lie. Whatever their state: a closed one may be the same pothole come back.
 *
 * Bounded: each category's rows are read newest first by its index, from the window's start, at most SCAN_MAX in all.
 */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/core/similar.h"

enum { SCAN_MAX = 2000, FOUND_MAX = 64, HOURS_DEFAULT = 168, LIMIT_DEFAULT = 5 };
#define MS_PER_HOUR ((int64_t)3600000)

struct near_row { int64_t id; double score; };
struct looking {
	struct store *s;
	const struct similar_query *q;
	struct text street;              /* of the place asked for; "" unknown */
	int64_t from_id;                 /* row id where the window starts: ids follow the time of receipt */
	int scanned;
	struct near_row found[FOUND_MAX];
	size_t count;
};

/* 0: not near; else higher is nearer. */
static double nearness(struct looking *x, sqlite3_stmt *st)
{
	const struct similar_query *q = x->q;
	double lat = column_real(st, 4), lon = column_real(st, 5);
	int metres = q->category->near_metres;
	if (metres > 0 && !isnan(lat) && !isnan(lon) && !isnan(q->latitude) && !isnan(q->longitude)) {
		double d = distance_metres(q->latitude, q->longitude, lat, lon);
		return d <= metres ? 2.0 - d / metres : 0;
	}
	if (!x->street.len)
		return 0;
	if (q->commune && *column_str(st, 3) && strcmp(q->commune->code, column_str(st, 3)))
		return 0;
	struct text street = TEXT_INIT;
	address_street(&street, column_str(st, 2));
	bool same = street.len && !strcmp(text_str(&street), text_str(&x->street));
	text_done(&street);
	return same ? 1.0 : 0;
}

/* A child stands for its parent: the call joins the incident. */
static void keep(struct looking *x, int64_t id, int64_t parent, double score)
{
	if (parent)
		id = sql_value(x->s, 0, "SELECT id FROM request WHERE op = ?1", "i", parent);
	if (!id || id == x->q->except_row)
		return;
	for (size_t i = 0; i < x->count; i++)
		if (x->found[i].id == id) {
			x->found[i].score = score > x->found[i].score ? score : x->found[i].score;
			return;
		}
	if (x->count < FOUND_MAX)
		x->found[x->count++] = (struct near_row){ id, score };
}

static enum guichet_rc scan_category(struct looking *x, const struct category *m, double weight, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(x->s,
		"SELECT id, coalesce(parent, 0), address, commune, latitude, longitude, open FROM request INDEXED BY request_category "
		"WHERE category = ?1 AND id >= ?2 ORDER BY id DESC LIMIT ?3", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "tii", m->code, x->from_id, (int64_t)(SCAN_MAX - x->scanned));
	enum guichet_rc rc;
	while ((rc = sql_step(x->s, st, err)) == GUICHET_OK) {
		double near = nearness(x, st);
		x->scanned++;
		if (near > 0)
			keep(x, sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1),
				weight * near + (sqlite3_column_int(st, 6) ? 1 : 0));
	}
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* An open incident says which streets it touches: "rue des Lilas, place du Marché". */
static enum guichet_rc scan_areas(struct looking *x, struct guichet_err *err)
{
	if (!x->street.len)
		return GUICHET_OK;
	sqlite3_stmt *st = sql_prepare(x->s,
		"SELECT id, area, commune FROM request INDEXED BY request_open_area WHERE open = 1 AND area IS NOT NULL ORDER BY id DESC LIMIT 200", err);
	if (!st)
		return GUICHET_INTERNAL;
	enum guichet_rc rc;
	while ((rc = sql_step(x->s, st, err)) == GUICHET_OK) {
		char *area = guichet_strdup(column_str(st, 1));
		bool named = false;
		for (char *part = area; part && !named;) {
			char *comma = strchr(part, ',');
			struct text street = TEXT_INIT;
			if (comma)
				*comma = '\0';
			address_street(&street, part);
			named = street.len && !strcmp(text_str(&street), text_str(&x->street));
			text_done(&street);
			part = comma ? comma + 1 : NULL;
		}
		if (named && (!x->q->commune || !*column_str(st, 2) || !strcmp(x->q->commune->code, column_str(st, 2))))
			keep(x, sqlite3_column_int64(st, 0), 0, 4.0);
		free(area);
	}
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

static int best_first(const void *a, const void *b)
{
	const struct near_row *x = a, *y = b;
	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return (x->id < y->id) - (x->id > y->id);
}

static enum guichet_rc scan_all(struct looking *x, struct guichet_err *err)
{
	const struct category *wanted = x->q->category;
	const struct catalogue *c = x->s->catalogue;
	enum guichet_rc rc = scan_areas(x, err);
	if (rc == GUICHET_OK && wanted)
		rc = scan_category(x, wanted, 2, err);
	/* Its neighbours in the tree: callers and agents do not always call it the same. */
	for (size_t i = 0; wanted && wanted->group && i < c->category_count && rc == GUICHET_OK && x->scanned < SCAN_MAX; i++)
		if (c->categories[i] != wanted && c->categories[i]->group == wanted->group)
			rc = scan_category(x, c->categories[i], 1, err);
	return rc;
}

/* store_row shows one row and does not say whether the visitor wants another. */
struct showing { request_visitor *visit; void *context; bool stopped; };

static bool show(void *context, const struct request_row *row)
{
	struct showing *w = context;
	w->stopped = !w->visit(w->context, row);
	return !w->stopped;
}

enum guichet_rc store_similar(struct store *s, const struct similar_query *q, request_visitor *visit, void *context, struct guichet_err *err)
{
	struct looking *x = guichet_alloc(sizeof *x);
	int hours = q->category && q->category->near_hours > 0 ? q->category->near_hours : HOURS_DEFAULT;
	int64_t from_ms = q->received_ms - hours * MS_PER_HOUR;
	x->s = s;
	x->q = q;
	x->from_id = (from_ms > 0 ? from_ms / 1000 : 0) << 16;
	if (q->address)
		address_street(&x->street, q->address);
	/* Dozens of categories and their rows under one lock, and as they stand at one moment. */
	bool reading = sql_begin_reading(s);
	enum guichet_rc rc = scan_all(x, err);
	sql_end_reading(s, reading);
	qsort(x->found, x->count, sizeof *x->found, best_first);
	struct showing showing = { visit, context, false };
	for (size_t i = 0; i < x->count && i < (q->limit ? q->limit : LIMIT_DEFAULT) && rc == GUICHET_OK && !showing.stopped; i++)
		rc = store_row(s, x->found[i].id, show, &showing, err);
	text_done(&x->street);
	free(x);
	return rc;
}
