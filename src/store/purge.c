// SPDX-License-Identifier: GPL-3.0-or-later
/* Requests whose retention is over: which ones, and blanking them in batches (purge.h).
 *
 * What is due is found by what the tables say now, so that nothing has to be remembered of a purge that was interrupted but its order (setting "purge") and the
 * people whose last request is gone (table purge_person): these are looked at when all requests are done. Must not erase what a server numbers.
 */
#include "internal.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/store/purge.h"
#include "guichet/store/replica.h"
#include "purge_inside.h"

#define PURGE_MARK "purge"
enum { REQUESTS_AT_ONCE = STORE_BATCH, IDLE_MS = 200, COMPACT_MS = 24 * 3600 * 1000 };

/* --- the order --- */

bool store_purge_begun(struct store *s, struct purge_order *out)
{
	char *text = store_setting(s, PURGE_MARK);
	json_t *o = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
	*out = (struct purge_order){ .at_ms = json_integer_value(json_object_get(o, "at")), .total = json_integer_value(json_object_get(o, "total")) };
	const char *visa = json_string_value(json_object_get(o, "visa"));
	bool begun = out->at_ms > 0 && visa;
	out->visa = begun ? guichet_strdup(visa) : NULL;
	json_decref(o);
	free(text);
	return begun;
}

static enum guichet_rc remember(struct store *s, const struct purge_order *order, struct guichet_err *err)
{
	json_t *o = json_pack("{s:I, s:s, s:I}", "at", (json_int_t)order->at_ms, "visa", order->visa, "total", (json_int_t)order->total);
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	enum guichet_rc rc = text ? store_set_setting(s, PURGE_MARK, text, err) : guichet_err_set(err, GUICHET_DATA, _("visa illisible"));
	free(text);
	json_decref(o);
	return rc;
}

/* --- what is due --- */

/* Something is left of it that is neither blanked nor says only that it was. */
#define UNBLANKED "(EXISTS(SELECT 1 FROM op c WHERE c.id = r.op AND c.salt IS NOT NULL) OR EXISTS(SELECT 1 FROM op n INDEXED BY op_subject WHERE n.subject = r.op " \
	"AND n.subject <> n.id AND n.salt IS NOT NULL AND n.kind NOT IN ('erase', 'purge')))"
#define ENDED "coalesce(r.closed_ms, r.answered_ms, r.updated_ms)"
#define DUE "r.category = ?1 AND r.id > ?3 AND r.open = 0 AND " ENDED " < ?2 AND " UNBLANKED
#define OWED "EXISTS(SELECT 1 FROM todo t WHERE t.request = r.id)"

int64_t purge_limit(struct store *s, const char *category, int64_t at_ms, int *months)
{
	*months = retention_months(s->catalogue, category);
	return instant_add_months(at_ms, -*months);
}

/* Few have ever been held: only those are folded. */
static bool is_held(struct store *s, int64_t subject)
{
	struct op *ops;
	size_t count;
	struct request r;
	if (!sql_value(s, 0, "SELECT 1 FROM op INDEXED BY op_subject WHERE subject = ?1 AND subject <> id AND kind = 'hold' LIMIT 1", "i", subject))
		return false;
	if (journal_read(s, subject, &ops, &count, NULL))
		return true;
	request_fold(&r, ops, count);
	bool held = request_is_held(&r);
	request_done(&r);
	ops_free(ops, count);
	return held;
}

static enum guichet_rc plan_category(struct store *s, struct purge_plan *plan, struct purge_line *line, struct guichet_err *err)
{
	int64_t limit = purge_limit(s, line->category, plan->at_ms, &line->months);
	sqlite3_stmt *st = sql_prepare(s, "SELECT r.op, " ENDED ", " OWED ", (SELECT count(*) FROM op a INDEXED BY op_subject WHERE a.subject = r.op AND a.subject <> a.id AND "
		"a.kind = 'attach' AND a.salt IS NOT NULL), (SELECT sum(json_extract(a.facts, '$.bytes')) FROM op a INDEXED BY op_subject WHERE a.subject = r.op AND "
		"a.subject <> a.id AND a.kind = 'attach' AND a.salt IS NOT NULL) FROM request r WHERE " DUE, err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "tii", line->category, limit, INT64_MIN);
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		int64_t ended_ms = sqlite3_column_int64(st, 1), files = sqlite3_column_int64(st, 3), bytes = sqlite3_column_int64(st, 4);
		if (is_held(s, sqlite3_column_int64(st, 0))) {
			plan->held++;
		} else if (sqlite3_column_int(st, 2)) {
			plan->owed++;
		} else {
			purge_line_add(line, 1, ended_ms, ended_ms, files, bytes);
			purge_line_add(&plan->all, 1, ended_ms, ended_ms, files, bytes);
		}
	}
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* Every category that requests have, those of former catalogues too. */
static enum guichet_rc read_categories(struct store *s, struct purge_plan *plan, struct guichet_err *err)
{
	size_t capacity = 0;
	sqlite3_stmt *st = sql_prepare(s, "SELECT DISTINCT category FROM request ORDER BY category", err);
	if (!st)
		return GUICHET_INTERNAL;
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		GUICHET_GROW(plan->lines, plan->line_count, capacity);
		plan->lines[plan->line_count++] = (struct purge_line){ .category = guichet_strdup(column_str(st, 0)), .oldest_ms = NO_INSTANT, .newest_ms = NO_INSTANT };
	}
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

static enum guichet_rc read_plan(struct store *s, struct purge_plan *plan, struct guichet_err *err)
{
	int months;
	enum guichet_rc rc = read_categories(s, plan, err);
	for (size_t i = 0; i < plan->line_count && !rc; i++)
		rc = plan_category(s, plan, &plan->lines[i], err);
	int64_t limit = purge_limit(s, NULL, plan->at_ms, &months);
	plan->contacts = sql_value(s, 0, "SELECT count(*) FROM contact c WHERE " LONE_CONTACT, "ii", limit, INT64_MIN);
	plan->drafts = sql_value(s, 0, "SELECT count(*) FROM draft WHERE updated_ms < ?1", "i", limit);
	size_t kept = 0;
	for (size_t i = 0; i < plan->line_count; i++) {
		struct purge_line line = plan->lines[i];
		if (line.count > 0)
			plan->lines[kept++] = line;
		else
			free(line.category);
	}
	plan->line_count = kept;
	return rc;
}

enum guichet_rc store_purge_plan(struct store *s, int64_t at_ms, struct purge_plan *out, struct guichet_err *err)
{
	purge_plan_init(out, at_ms);
	bool reading = sql_begin_reading(s);
	enum guichet_rc rc = read_plan(s, out, err);
	sql_end_reading(s, reading);
	if (rc)
		purge_plan_done(out);
	return rc;
}

/* --- a request --- */

struct due_request { int64_t row, subject, requester, reference; };

/* What its history says from now on. */
static enum guichet_rc add_line(struct purging *p, int64_t subject, int months, struct guichet_err *err)
{
	struct op op;
	uint8_t salt[OP_SALT];
	struct store *s = p->s;
	op_init(&op, OP_PURGE, op_unpack(s, subject), p->actor->login, store_now(s));
	op_fact_int(&op, "retention", months);
	op_fact_if(&op, "visa", p->order->visa);
	op.id = store_take_id(s);
	s->random.fill(s->random.context, salt, sizeof salt);
	enum guichet_rc rc = op_seal(&op, salt, err);
	if (!rc)
		rc = journal_insert(s, &op, err);
	op_done(&op);
	return rc;
}

static enum guichet_rc project_blanked(struct store *s, const struct due_request *due, const struct request *was, struct guichet_err *err)
{
	struct loaded now = { .row_id = due->row };
	enum guichet_rc rc = journal_read(s, due->subject, &now.ops, &now.op_count, err);
	if (rc)
		return rc;
	request_fold(&now.request, now.ops, now.op_count);
	rc = project_request(s, &now, was, err);
	loaded_done(&now);
	return rc;
}

static enum guichet_rc blank_request(struct purging *p, const struct due_request *due, int months, struct guichet_err *err)
{
	struct op *ops;
	size_t count;
	struct request was;
	struct store *s = p->s;
	enum guichet_rc rc = journal_read(s, due->subject, &ops, &count, err);
	if (rc)
		return rc;
	request_fold(&was, ops, count);
	for (size_t i = 0; i < count; i++)
		if (!ops[i].blanked)
			op_files_each(&ops[i], purge_add_file, p);
	rc = sql_run(s, err, "UPDATE op SET personal = NULL, salt = NULL WHERE (id = ?1 OR (subject = ?1 AND subject <> id)) AND salt IS NOT NULL AND "
		"kind NOT IN ('erase', 'purge')", "i", due->subject);
	if (!rc)
		rc = add_line(p, due->subject, months, err);
	if (!rc)
		rc = project_blanked(s, due, &was, err);
	/* What somebody was writing of it. */
	if (!rc && p->drafts)
		rc = sql_run(s, err, "DELETE FROM draft WHERE json_valid(fields) AND json_extract(fields, '$.reference') = CAST(?1 AS TEXT)", "i", due->reference);
	if (!rc)
		rc = purge_contacts_of(p, due->row, err);
	if (!rc && due->requester)
		rc = sql_run(s, err, "INSERT OR IGNORE INTO purge_person(id) SELECT ?1 WHERE NOT EXISTS(SELECT 1 FROM request WHERE requester = ?1)", "i", due->requester);
	p->done->requests += !rc;
	request_done(&was);
	ops_free(ops, count);
	return rc;
}

static size_t find_due(struct store *s, const char *category, int64_t limit, int64_t after, struct due_request *out, enum guichet_rc *rc, struct guichet_err *err)
{
	size_t n = 0;
	sqlite3_stmt *st = sql_prepare(s, "SELECT r.id, r.op, coalesce(r.requester, 0), r.reference FROM request r WHERE " DUE " AND NOT " OWED " ORDER BY r.id LIMIT ?4", err);
	if (!st) {
		*rc = GUICHET_INTERNAL;
		return 0;
	}
	sql_bind(st, "tiii", category, limit, after, (int64_t)REQUESTS_AT_ONCE);
	while (n < REQUESTS_AT_ONCE && (*rc = sql_step(s, st, err)) == GUICHET_OK)
		out[n++] = (struct due_request){ sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1), sqlite3_column_int64(st, 2), sqlite3_column_int64(st, 3) };
	sqlite3_reset(st);
	*rc = *rc == GUICHET_NOT_FOUND ? GUICHET_OK : *rc;
	return n;
}

/* One transaction; *after moves on, and *more says whether there may be some left. */
static enum guichet_rc purge_batch(struct purging *p, const char *category, int64_t *after, bool *more, struct guichet_err *err)
{
	struct due_request due[REQUESTS_AT_ONCE];
	struct store *s = p->s;
	int months;
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	struct purge_done before = *p->done;
	int64_t limit = purge_limit(s, category, p->order->at_ms, &months), last = *after;
	p->drafts = sql_value(s, 0, "SELECT 1 FROM draft LIMIT 1", "") != 0;
	size_t n = find_due(s, category, limit, last, due, &rc, err);
	if (!rc && n > 0)
		rc = settle_all(s, err);
	for (size_t i = 0; i < n && !rc; i++) {
		last = due[i].row;
		if (!is_held(s, due[i].subject))
			rc = blank_request(p, &due[i], months, err);
	}
	if (!rc)
		rc = purge_drop_files(p, err);
	if (!rc && n > 0)
		rc = store_set_setting(s, "erasing", "start", err);
	rc = store_finish(s, rc, err);
	if (rc)
		*p->done = before;
	*after = last;
	*more = n == REQUESTS_AT_ONCE;
	purge_forget_files(p);
	return rc;
}

static enum guichet_rc purge_category(struct purging *p, const char *category, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	int64_t after = INT64_MIN;
	for (bool more = true; more && !rc;) {
		rc = purge_batch(p, category, &after, &more, err);
		if (!rc && !purge_goes_on(p))
			rc = store_interrupted(err);
	}
	return rc;
}

/* --- all of it --- */

static enum guichet_rc purge_all(struct purging *p, const struct purge_plan *plan, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	for (size_t i = 0; i < plan->line_count && !rc; i++)
		rc = purge_category(p, plan->lines[i].category, err);
	if (!rc)
		rc = purge_lone_contacts(p, err);
	if (!rc)
		rc = purge_people(p, err);
	return rc ? rc : purge_drafts(p, err);
}

enum guichet_rc store_purge(struct store *s, const struct actor *a, const struct purge_order *order, const struct progress *progress, struct purge_done *out,
	struct guichet_err *err)
{
	struct purge_plan plan = { 0 };
	struct purging p = { .s = s, .actor = a, .order = order, .progress = progress, .done = out, .total = order->total };
	*out = (struct purge_done){ 0 };
	if (!(a->roles & ROLE_DPO))
		return guichet_err_set(err, GUICHET_NO_PERM, _("« %s » n'est pas permis à %s (rôle requis : %s)"), "privacy purge", a->login ? a->login : "?",
			role_label(ROLE_DPO));
	if (replica_is_enrolled(s))
		return guichet_err_set(err, GUICHET_REFUSED, "%s", _("ce poste suit un serveur, qui seul décide d'effacer"));
	enum guichet_rc rc = remember(s, order, err);
	if (!rc)
		rc = store_purge_plan(s, order->at_ms, &plan, err);
	if (rc)
		return rc;
	/* Taken up again: what was done before counts. */
	p.begun_with = plan.all.count < order->total ? order->total - plan.all.count : 0;
	rc = purge_all(&p, &plan, err);
	purge_plan_done(&plan);
	return rc;
}

enum guichet_rc store_purge_clean(struct store *s, const struct progress *p, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	for (bool compacted = false; !rc;) {
		char *erasing = store_setting(s, "erasing");
		bool clean = !erasing, due = erasing && !strcmp(erasing, "compact");
		free(erasing);
		if (clean)
			break;
		if (due && compacted)
			return guichet_err_set(err, GUICHET_IO, "%s", _("tout est effacé, mais le fichier n'a pas pu être réécrit (un autre guichet le lit, ou le disque est plein) : "
				"relancez la commande"));
		if (!progress_tick(p, 0, 0))
			return store_interrupted(err);
		compacted = due;
		rc = store_idle(s, due ? COMPACT_MS : IDLE_MS, err);
	}
	return rc ? rc : sql_run(s, err, "DELETE FROM meta WHERE key = '" PURGE_MARK "'", "");
}
