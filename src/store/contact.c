// SPDX-License-Identifier: GPL-3.0-or-later
/* Contacts (calls, mails, letters, visits) and bulletins: their rows, and reading them. A contact's link to a request is an operation on the
 * request (create or touch), so that the request's history tells it. */
#include "internal.h"

#include <string.h>

enum { REFERENCES_MAX = 64 };

static void bind_contact(struct store *s, sqlite3_stmt *st, const struct op *op)
{
	struct op_id who;
	int64_t requester = 0;
	/* Whom a blanked one was with, is no longer said. */
	if (!op->blanked && op_id_parse(op_text(op, "requester", ""), &who))
		requester = op_pack(s, who);
	sql_bind(st, "ittteeiIiz", op_pack(s, op->subject), op_text(op, "channel", "phone"), op_text(op, "outcome", "informed"), op->actor,
		op_text(op, "number", ""), op_text(op, "note", ""), op_int(op, "start_ms", op->wall_ms), op_int(op, "end_ms", NO_INSTANT),
		(int64_t)op_bool(op, "outward"), requester);
}

enum guichet_rc project_contact(struct store *s, const struct op *op, struct guichet_err *err)
{
	if (op->kind == OP_MAIL_SORTED)
		return project_mail(s, op_pack(s, op->subject), err);
	sqlite3_stmt *st = sql_prepare(s,
		"INSERT OR REPLACE INTO contact(id, channel, outcome, actor, number, note, start_ms, end_ms, outward, requester) "
		"VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)", err);
	if (!st)
		return GUICHET_INTERNAL;
	bind_contact(s, st, op);
	enum guichet_rc rc = sql_step(s, st, err);
	if (rc != GUICHET_NOT_FOUND)
		return rc;
	return op->kind == OP_MAIL ? project_mail(s, op_pack(s, op->subject), err) : GUICHET_OK;
}

enum guichet_rc compare_contact(struct store *s, const struct op *op, project_differs *differs, void *context, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s,
		"SELECT channel IS ?2 AS channel, outcome IS ?3 AS outcome, actor IS ?4 AS actor, number IS ?5 AS number, note IS ?6 AS note, "
		"start_ms IS ?7 AS start_ms, end_ms IS ?8 AS end_ms, outward IS ?9 AS outward, requester IS ?10 AS requester FROM contact WHERE id = ?1",
		err);
	if (!st)
		return GUICHET_INTERNAL;
	bind_contact(s, st, op);
	return columns_compare(s, st, differs, context, err);
}

enum guichet_rc store_list_contacts(struct store *s, const struct contact_filter *f, contact_visitor *visit, void *context,
	struct guichet_err *err)
{
	static const char sql[] =
		"SELECT id, channel, outcome, actor, number, note, start_ms, end_ms, outward, requester FROM contact c WHERE "
		"start_ms >= ?1 AND start_ms < ?2 AND (?3 IS NULL OR channel = ?3) AND (?4 IS NULL OR outcome = ?4) "
		"AND (?5 = 0 OR id IN (SELECT contact FROM contact_request WHERE request = ?5)) "
		"AND (?6 = 0 OR (start_ms, id) < (SELECT start_ms, id FROM contact WHERE id = ?6)) ORDER BY start_ms DESC, id DESC LIMIT ?7";
	sqlite3_stmt *st = sql_prepare(s, sql, err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "iittiii", f->from_ms ? f->from_ms : INT64_MIN, f->to_ms ? f->to_ms : INT64_MAX, f->channel >= 0 ? channel_code((enum channel)f->channel) : NULL,
		f->outcome >= 0 ? outcome_code((enum outcome)f->outcome) : NULL, f->request, f->after, (int64_t)(f->limit ? f->limit : 50));
	enum guichet_rc rc;
	bool go_on = true;
	while (go_on && (rc = sql_step(s, st, err)) == GUICHET_OK) {
		int64_t references[REFERENCES_MAX];
		struct contact c = { .id = sqlite3_column_int64(st, 0), .channel = column_str(st, 1), .outcome = column_str(st, 2),
			.actor = column_str(st, 3), .number = column_str(st, 4), .note = column_str(st, 5),
			.start_ms = sqlite3_column_int64(st, 6), .end_ms = column_instant(st, 7), .outward = sqlite3_column_int(st, 8) != 0,
			.requester = sqlite3_column_int64(st, 9), .references = references };
		c.op = op_unpack(s, c.id);
		sqlite3_stmt *refs = sql_prepare(s,
			"SELECT r.reference FROM contact_request x JOIN request r ON r.id = x.request WHERE x.contact = ?1 ORDER BY r.id", NULL);
		if (refs) {
			sql_bind(refs, "i", c.id);
			while (c.reference_count < REFERENCES_MAX && sql_step(s, refs, NULL) == GUICHET_OK)
				references[c.reference_count++] = sqlite3_column_int64(refs, 0);
			sqlite3_reset(refs);
		}
		go_on = visit(context, &c);
	}
	sqlite3_reset(st);
	return go_on && rc != GUICHET_NOT_FOUND ? rc : GUICHET_OK;
}

enum guichet_rc store_count_contacts(struct store *s, int64_t from_ms, int64_t to_ms,
	bool (*visit)(void *context, const struct contact_count *c), void *context, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s,
		"SELECT channel, outcome, count(*) FROM contact WHERE start_ms >= ?1 AND start_ms < ?2 GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "ii", from_ms, to_ms);
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		struct contact_count c = { column_str(st, 0), column_str(st, 1), sqlite3_column_int64(st, 2) };
		if (!visit(context, &c))
			break;
	}
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

static void bind_bulletin(struct store *s, sqlite3_stmt *st, const struct op *op, bool ended)
{
	struct op_id parent;
	int64_t request = 0;
	if (op_id_parse(op_text(op, "request", ""), &parent))
		request = op_pack(s, parent);
	sql_bind(st, "iteetiIiz", op_pack(s, op->subject), op_text(op, "text", ""), op_text(op, "say", ""), op_text(op, "area", ""), op->actor,
		op->wall_ms, op_int(op, "until_ms", NO_INSTANT), (int64_t)ended, request);
}

/* Contacts come in order: what a day is, is asked once a day, and its hours only where one of them is missing or comes twice. */
enum guichet_rc store_heat(struct store *s, int32_t from_day, int32_t to_day, bool (*visit)(void *context, const struct heat_day *d), void *context,
	struct guichet_err *err)
{
	enum { HOUR_MS = 3600000 };
	struct heat_day day = { 0 };
	int64_t begins = 0, ends = INT64_MIN;
	sqlite3_stmt *st = sql_prepare(s,
		"SELECT start_ms FROM contact INDEXED BY contact_start WHERE start_ms >= ?1 AND start_ms < ?2 ORDER BY start_ms", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "ii", paris_instant(from_day, 0), paris_instant(to_day + 1, 0));
	enum guichet_rc rc = GUICHET_NOT_FOUND;
	bool go_on = true;
	while (go_on && (rc = sql_step(s, st, err)) == GUICHET_OK) {
		int64_t at = sqlite3_column_int64(st, 0);
		if (at >= ends) {
			go_on = ends == INT64_MIN || visit(context, &day);
			day = (struct heat_day){ .day = paris_day(at) };
			begins = paris_instant(day.day, 0);
			ends = paris_instant(day.day + 1, 0);
		}
		day.hours[ends - begins == 24 * HOUR_MS ? (at - begins) / HOUR_MS : paris_minute(at) / 60]++;
	}
	sqlite3_reset(st);
	if (go_on && ends != INT64_MIN && rc == GUICHET_NOT_FOUND)
		visit(context, &day);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

enum guichet_rc project_bulletin(struct store *s, const struct op *op, struct guichet_err *err)
{
	if (op->kind == OP_BULLETIN_END)
		return sql_run(s, err, "UPDATE bulletin SET ended = 1 WHERE id = ?1", "i", op_pack(s, op->subject));
	sqlite3_stmt *st = sql_prepare(s,
		"INSERT OR REPLACE INTO bulletin(id, text, say, area, actor, from_ms, until_ms, ended, request) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)",
		err);
	if (!st)
		return GUICHET_INTERNAL;
	bind_bulletin(s, st, op, false);
	enum guichet_rc rc = sql_step(s, st, err);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

const struct op *op_of_subject(const struct op *ops, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (op_id_equal(ops[i].id, ops[i].subject))
			return ops[i].parked ? NULL : &ops[i];
	return NULL;
}

enum guichet_rc restore_notice(struct store *s, int64_t subject, const struct op *ops, size_t count, struct guichet_err *err)
{
	const struct op *made = op_of_subject(ops, count);
	if (!made) {
		enum guichet_rc rc = sql_run(s, err, "DELETE FROM contact WHERE id = ?1", "i", subject);
		rc = rc ? rc : sql_run(s, err, "DELETE FROM mail WHERE id = ?1", "i", subject);
		return rc ? rc : sql_run(s, err, "DELETE FROM bulletin WHERE id = ?1", "i", subject);
	}
	enum guichet_rc rc = op_kind_subject(made->kind) == SUBJECT_CONTACT ? project_contact(s, made, err) : project_bulletin(s, made, err);
	for (size_t i = 0; i < count && !rc; i++)
		if (ops[i].kind == OP_BULLETIN_END && !ops[i].parked)
			rc = project_bulletin(s, &ops[i], err);
	return rc;
}

enum guichet_rc compare_bulletin(struct store *s, const struct op *op, bool ended, project_differs *differs, void *context,
	struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s,
		"SELECT text IS ?2 AS text, say IS ?3 AS say, area IS ?4 AS area, actor IS ?5 AS actor, from_ms IS ?6 AS from_ms, "
		"until_ms IS ?7 AS until_ms, ended IS ?8 AS ended, request IS ?9 AS request FROM bulletin WHERE id = ?1", err);
	if (!st)
		return GUICHET_INTERNAL;
	bind_bulletin(s, st, op, ended);
	return columns_compare(s, st, differs, context, err);
}

enum guichet_rc store_list_bulletins(struct store *s, bool ended_too, bulletin_visitor *visit, void *context, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s,
		"SELECT b.id, b.text, b.say, b.area, b.actor, b.from_ms, b.until_ms, b.ended, r.id FROM bulletin b "
		"LEFT JOIN request r ON r.op = b.request WHERE ?1 OR (b.ended = 0 AND (b.until_ms IS NULL OR b.until_ms > ?2)) "
		"ORDER BY b.from_ms DESC, b.id DESC LIMIT 200", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "ii", (int64_t)ended_too, store_now(s));
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		struct bulletin b = { .id = sqlite3_column_int64(st, 0), .text = column_str(st, 1), .say = column_str(st, 2),
			.area = column_str(st, 3), .actor = column_str(st, 4), .from_ms = sqlite3_column_int64(st, 5),
			.until_ms = column_instant(st, 6), .ended = sqlite3_column_int(st, 7) != 0, .request = sqlite3_column_int64(st, 8) };
		b.op = op_unpack(s, b.id);
		if (!visit(context, &b))
			break;
	}
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}
