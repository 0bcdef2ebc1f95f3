// SPDX-License-Identifier: GPL-3.0-or-later
/* The catalogue that a store lives by: what a new one would move, putting it in force, the codes that imports bring, and what routing has taught.
 * What a catalogue says is core's to know.
 *
 * Putting a new catalogue in force is one transaction; what it moves is written behind it in batches, and meta's "catalogue-moving" says how far
 * that is ("<last row id> <communes whose name changed>"), so that an interrupted move goes on where it stood.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define MOVING "catalogue-moving"

/* --- codes that imports created --- */

/* What went wrong in between is undone with the transaction, the catalogue in memory with it (store_rollback). */
static enum guichet_rc keep_code(struct store *s, const char *kind, const char *code, const char *name, const char *path, const char *service,
	struct guichet_err *err)
{
	enum guichet_rc rc = sql_run(s, err, "INSERT OR IGNORE INTO local_code(kind, code, name, path, service) VALUES(?1, ?2, ?3, ?4, ?5)", "tttee",
		kind, code, name, path, service);
	s->catalogue_touched = true;
	s->local_codes = sql_value(s, 0, "SELECT count(*) FROM local_code", "");
	return rc;
}

enum guichet_rc store_add_service(struct store *s, const char *code, const char *name, const struct service **out, struct guichet_err *err)
{
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	const struct service *known = catalogue_service(s->catalogue, code);
	if (!known || strcmp(known->code, code)) {
		rc = keep_code(s, "s", code, name ? name : code, NULL, NULL, err);
		known = catalogue_add_service(s->catalogue, code, name);
	}
	if (out)
		*out = known;
	return store_finish(s, rc, err);
}

enum guichet_rc store_add_category(struct store *s, const char *code, const char *name, const char *path, const struct service *service,
	const struct category **out, struct guichet_err *err)
{
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	const struct category *known = catalogue_category(s->catalogue, code);
	if (!known || strcmp(known->code, code)) {
		/* By code: store_begin may have built the catalogue anew since the caller got its pointer. */
		const struct service *own = service ? catalogue_service(s->catalogue, service->code) : NULL;
		rc = keep_code(s, "c", code, name ? name : code, path, own ? own->code : NULL, err);
		known = catalogue_add_category(s->catalogue, code, name, path, own);
	}
	if (out)
		*out = known;
	return store_finish(s, rc, err);
}

void store_add_local_codes(struct store *s, struct catalogue *to)
{
	/* Services ('s') come before the categories ('c') that belong to them. */
	sqlite3_stmt *st = sql_prepare(s, "SELECT kind, code, name, path, service FROM local_code ORDER BY kind DESC, code", NULL);
	if (!st)
		return;
	while (sql_step(s, st, NULL) == GUICHET_OK) {
		const char *path = column_str(st, 3);
		if (column_str(st, 0)[0] == 's')
			catalogue_add_service(to, column_str(st, 1), column_str(st, 2));
		else
			catalogue_add_category(to, column_str(st, 1), column_str(st, 2), *path ? path : NULL,
				catalogue_service(to, column_str(st, 4)));
	}
}

/* --- what would move --- */

static bool overtakes(const struct request *r, int64_t due_ms)
{
	const struct promise *p = request_promise(r);
	return p && r->answered_ms == NO_INSTANT && due_ms != NO_INSTANT && due_day(due_ms) > due_day(p->date_ms);
}

/* Visits what differs for one request. False: stop. */
static bool visit_moves(struct store *s, const struct request *r, const struct catalogue *next, const struct request_row *row,
	bool (*visit)(void *context, const struct catalogue_move *m), void *context)
{
	struct deadlines before, after;
	project_deadlines(r, s->catalogue, store_now(s), &before);
	project_deadlines(r, next, store_now(s), &after);
	for (int k = 0; k < TARGET_KIND_COUNT; k++) {
		if (before.due[k] == after.due[k])
			continue;
		struct catalogue_move m = { .row = row, .kind = (enum target_kind)k, .before_ms = before.due[k], .after_ms = after.due[k] };
		m.promise_overtaken = k == TARGET_ANSWER && overtakes(r, after.due[k]) && !overtakes(r, before.due[k]);
		if (!visit(context, &m))
			return false;
	}
	return true;
}

enum guichet_rc store_catalogue_moves(struct store *s, struct catalogue *next,
	bool (*visit)(void *context, const struct catalogue_move *m), void *context, struct guichet_err *err)
{
	store_add_local_codes(s, next);
	sqlite3_stmt *st = sql_prepare(s,
		"SELECT " REQUEST_COLUMNS " FROM request r INDEXED BY request_open_due LEFT JOIN requester q ON q.id = r.requester "
		"WHERE r.open = 1 ORDER BY r.due_answer, r.id", err);
	if (!st)
		return GUICHET_INTERNAL;
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		struct request_row row;
		struct loaded l;
		row_of_statement(s, st, &row);
		if ((rc = store_load_id(s, row.id, &l, err)))
			break;
		bool go_on = visit_moves(s, &l.request, next, &row, visit, context);
		loaded_done(&l);
		if (!go_on)
			break;
	}
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* --- putting it in force --- */

struct ids { int64_t *items; size_t count, capacity; };

static enum guichet_rc gather(struct store *s, sqlite3_stmt *st, struct ids *out, struct guichet_err *err)
{
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		GUICHET_GROW(out->items, out->count, out->capacity);
		out->items[out->count++] = sqlite3_column_int64(st, 0);
	}
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* The rows that a new catalogue may change: open ones (dates), and all of a commune whose name is among their search words. */
static enum guichet_rc gather_rows(struct store *s, const char *moving, struct ids *out, struct guichet_err *err)
{
	char *end;
	int64_t after = strtoll(moving, &end, 10);
	sqlite3_stmt *st = sql_prepare(s, "SELECT id FROM request INDEXED BY request_open_due WHERE open = 1 AND id > ?1", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "i", after);
	enum guichet_rc rc = gather(s, st, out, err);
	while (rc == GUICHET_OK && *end == ' ') {
		char code[128];
		size_t n = strcspn(++end, " ");
		snprintf(code, sizeof code, "%.*s", (int)n, end);
		end += n;
		st = sql_prepare(s, "SELECT id FROM request INDEXED BY request_commune WHERE commune = ?1 AND id > ?2", err);
		if (!st)
			return GUICHET_INTERNAL;
		sql_bind(st, "ti", code, after);
		rc = gather(s, st, out, err);
	}
	if (out->count > 1)
		qsort(out->items, out->count, sizeof *out->items, by_number);
	size_t kept = 0;
	for (size_t i = 0; i < out->count; i++)
		if (kept == 0 || out->items[kept - 1] != out->items[i])
			out->items[kept++] = out->items[i];
	out->count = kept;
	return rc;
}

static const char *commune_name(const struct catalogue *c, const char *code)
{
	const struct commune *m = c ? catalogue_commune(c, code) : NULL;
	return m ? m->name : "";
}

static void add_renamed(struct text *out, const struct catalogue *old, const struct catalogue *next)
{
	for (size_t i = 0; i < old->commune_count; i++)
		if (strcmp(old->communes[i].name, commune_name(next, old->communes[i].code)))
			text_addf(out, " %s", old->communes[i].code);
	for (size_t i = 0; i < next->commune_count; i++)
		if (!*commune_name(old, next->communes[i].code))
			text_addf(out, " %s", next->communes[i].code);
}

/* What waits is settled first, by the former name: then all that the tables hold is known. */
static enum guichet_rc settle_before(struct store *s, struct guichet_err *err)
{
	enum guichet_rc rc = settle_all(s, err);
	return rc == GUICHET_OK ? tallies_flush(s, &s->tallies, err) : rc;
}

/* The catalogue in force calls another category unsorted than `was`: requests of the one have taught something that is not to count, those of the other
 * begin to teach. */
static enum guichet_rc relearn(struct store *s, const char *was, struct guichet_err *err)
{
	struct ids rows = { 0 };
	struct tallies sums = { 0 };
	enum guichet_rc rc = sql_run(s, err, "DELETE FROM learn WHERE category = ?1", "t", s->catalogue->unsorted->code);
	sqlite3_stmt *st = rc ? NULL : sql_prepare(s, "SELECT id FROM request WHERE category = ?1 AND op <= ?2", err);
	if (!st)
		return rc ? rc : GUICHET_INTERNAL;
	sql_bind(st, "ti", was, s->rebuilt.requests);
	rc = gather(s, st, &rows, err);
	for (size_t i = 0; i < rows.count && rc == GUICHET_OK; i++) {
		struct loaded l;
		if ((rc = store_load_id(s, rows.items[i], &l, err)))
			break;
		tallies_learn(&sums, &l.request, s->catalogue, 1);
		loaded_done(&l);
	}
	tally_done(&sums.words);
	if (rc == GUICHET_OK)
		rc = tallies_flush(s, &sums, err);
	tallies_done(&sums);
	free(rows.items);
	return rc;
}

static enum guichet_rc put_in_force(struct store *s, const struct catalogue_source *next, struct guichet_err *err)
{
	struct text moving = TEXT_INIT;
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	s->catalogue_touched = true;
	char *before = store_setting(s, "catalogue"), *unfinished = store_setting(s, MOVING);
	const struct catalogue *old = s->catalogue;
	rc = store_save_catalogue(s, next, err);
	char *after = store_setting(s, "catalogue");
	bool same = rc == GUICHET_OK && before && after && !strcmp(before, after);
	/* The same one again: nothing to do, or to go on with. */
	if (rc == GUICHET_OK && !same) {
		rc = settle_before(s, err);
		if (rc == GUICHET_OK)
			rc = store_load_catalogue(s, err);
		if (rc == GUICHET_OK && strcmp(old->unsorted->code, s->catalogue->unsorted->code) != 0)
			rc = relearn(s, old->unsorted->code, err);
		text_add(&moving, "0");
		/* What another catalogue had not finished moving stays to be moved. */
		if (unfinished && strchr(unfinished, ' '))
			text_add(&moving, strchr(unfinished, ' '));
		if (rc == GUICHET_OK)
			add_renamed(&moving, old, s->catalogue);
		if (rc == GUICHET_OK)
			rc = store_set_setting(s, MOVING, text_str(&moving), err);
	}
	free(before);
	free(after);
	free(unfinished);
	text_done(&moving);
	return store_finish(s, rc, err);
}

/* One batch, with where it got to. */
static enum guichet_rc move_batch(struct store *s, const struct ids *rows, size_t *at, const char *communes, int64_t *moved,
	struct guichet_err *err)
{
	struct text moving = TEXT_INIT;
	int64_t before = *moved;
	size_t i = *at;
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	for (; rc == GUICHET_OK && i < rows->count && i < *at + STORE_BATCH; i++) {
		bool differs = false;
		rc = project_reload(s, rows->items[i], &differs, err);
		*moved += differs;
	}
	if (rc == GUICHET_OK && i < rows->count) {
		text_addf(&moving, "%lld%s", (long long)rows->items[i - 1], communes);
		rc = store_set_setting(s, MOVING, text_str(&moving), err);
	} else if (rc == GUICHET_OK) {
		rc = sql_run(s, err, "DELETE FROM meta WHERE key = '" MOVING "'", "");
	}
	text_done(&moving);
	rc = store_finish(s, rc, err);
	if (rc)
		*moved = before;
	else
		*at = i;
	return rc;
}

enum guichet_rc store_catalogue_put(struct store *s, const struct catalogue_source *next, struct guichet_err *err)
{
	return put_in_force(s, next, err);
}

/* One batch, or all of them; what was moved is not gathered again. */
static enum guichet_rc move_rows(struct store *s, bool all, int64_t *count, bool *done, struct guichet_err *err)
{
	struct ids rows = { 0 };
	char *moving = store_setting(s, MOVING);
	enum guichet_rc rc = GUICHET_OK;
	*done = moving == NULL;
	if (moving) {
		size_t at = 0;
		const char *communes = strchr(moving, ' ');
		rc = gather_rows(s, moving, &rows, err);
		do {
			if (rc == GUICHET_OK)
				rc = move_batch(s, &rows, &at, communes ? communes : "", count, err);
		} while (all && rc == GUICHET_OK && at < rows.count);
		*done = rc == GUICHET_OK && at >= rows.count;
	}
	free(moving);
	free(rows.items);
	return rc;
}

enum guichet_rc store_catalogue_move(struct store *s, bool *done, struct guichet_err *err)
{
	int64_t count = 0;
	return move_rows(s, false, &count, done, err);
}

enum guichet_rc store_catalogue_apply(struct store *s, const struct catalogue_source *next, int64_t *moved, struct guichet_err *err)
{
	int64_t count = 0;
	bool done;
	enum guichet_rc rc = put_in_force(s, next, err);
	if (rc)
		return rc;
	rc = move_rows(s, true, &count, &done, err);
	if (moved)
		*moved = count;
	return rc;
}

/* --- learned routing --- */

typedef void each_count(void *each_context, const char *category, const char *service, int64_t count);

static void visit_counts(void *context, uint64_t feature, each_count *each, void *each_context)
{
	struct store *s = context;
	sqlite3_stmt *st = sql_prepare(s, "SELECT category, service, n FROM learn WHERE feature = ?1", NULL);
	if (!st)
		return;
	sql_bind(st, "i", (int64_t)feature);
	while (sql_step(s, st, NULL) == GUICHET_OK)
		each(each_context, column_str(st, 0), column_str(st, 1), sqlite3_column_int64(st, 2));
	tallies_each_learned(&s->waiting.sums, feature, each, each_context);
}

/* The totals stand under feature 0 (tally.c). */
static void visit_totals(void *context, each_count *each, void *each_context)
{
	visit_counts(context, 0, each, each_context);
}

struct suggest_counts store_suggest_counts(struct store *s)
{
	settle_waiting(s);
	return (struct suggest_counts){ .feature = visit_counts, .totals = visit_totals, .context = s };
}
