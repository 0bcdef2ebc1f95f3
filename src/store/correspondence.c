// SPDX-License-Identifier: GPL-3.0-or-later
/* What goes out of each request and what mail came: their rows, and reading them. Must not know how anything is sent. */
#include "guichet/store/correspondence.h"

#include <string.h>

#include "internal.h"

/* --- what goes out: its rows --- */

/* One row a message: what became of it last, under the token that it went out with. */
struct outgoing_row { struct op_id target; int purpose, level; const char *channel, *state, *token; int64_t at_ms; };

static struct outgoing_row row_of_delivery(const struct request *r, size_t index)
{
	const struct delivery *d = &r->deliveries[index];
	struct outgoing_row row = { .target = d->target, .purpose = (int)d->purpose, .level = d->level, .channel = d->channel < 0 ? NULL : channel_code((enum channel)d->channel),
		.state = delivery_state_code(d->state), .token = d->token, .at_ms = d->at_ms };
	for (size_t i = index; i-- > 0 && !*row.token;)
		if (op_id_equal(r->deliveries[i].target, d->target) && r->deliveries[i].purpose == d->purpose && r->deliveries[i].level == d->level)
			row.token = r->deliveries[i].token;
	return row;
}

static bool is_last(const struct request *r, size_t index)
{
	const struct delivery *d = &r->deliveries[index];
	for (size_t i = index + 1; i < r->delivery_count; i++)
		if (op_id_equal(r->deliveries[i].target, d->target) && r->deliveries[i].purpose == d->purpose && r->deliveries[i].level == d->level)
			return false;
	return true;
}

/* The rows of a request, one after the other; false: no more. */
static bool next_row(const struct request *r, size_t *at, struct outgoing_row *out)
{
	while (*at < r->delivery_count && !is_last(r, *at))
		++*at;
	size_t i = (*at)++;
	if (i < r->delivery_count) {
		*out = row_of_delivery(r, i);
		return true;
	}
	i -= r->delivery_count;
	if (i >= r->owed_count)
		return false;
	*out = (struct outgoing_row){ .target = r->owed[i].target, .purpose = (int)r->owed[i].purpose, .channel = channel_code(r->owed[i].channel), .token = "",
		.at_ms = r->owed[i].from_ms };
	return true;
}

enum guichet_rc project_outgoing(struct store *s, int64_t id, bool is_new, const struct request *r, struct guichet_err *err)
{
	enum guichet_rc rc = is_new ? GUICHET_OK : sql_run(s, err, "DELETE FROM outgoing WHERE request = ?1", "i", id);
	struct outgoing_row row;
	for (size_t at = 0; rc == GUICHET_OK && next_row(r, &at, &row);)
		rc = sql_run(s, err, "INSERT INTO outgoing(request, target, purpose, level, channel, state, at_ms, token) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
			"iiiiteie", id, op_pack(s, row.target), (int64_t)row.purpose, (int64_t)row.level, row.channel, row.state ? row.state : "", row.at_ms, row.token);
	return rc;
}

void compare_outgoing(struct store *s, int64_t id, const struct request *r, project_differs *differs, void *context)
{
	struct outgoing_row row;
	int64_t expected = 0, found = 0;
	for (size_t at = 0; next_row(r, &at, &row); expected++)
		found += sql_value(s, 0, "SELECT channel IS ?5 AND state IS ?6 AND at_ms = ?7 AND token IS ?8 FROM outgoing WHERE request = ?1 AND target = ?2 "
			"AND purpose = ?3 AND level = ?4", "iiiiteie", id, op_pack(s, row.target), (int64_t)row.purpose, (int64_t)row.level, row.channel,
			row.state ? row.state : "", row.at_ms, row.token) != 0;
	if (found != expected || sql_value(s, -1, "SELECT count(*) FROM outgoing WHERE request = ?1", "i", id) != expected)
		differs(context, N_("envois"));
}

/* --- what goes out: reading --- */

#define OUTGOING_COLUMNS "o.request, (SELECT reference FROM request WHERE id = o.request), o.target, o.purpose, o.level, o.channel, o.state, o.at_ms, o.token"

static void read_outgoing(struct store *s, sqlite3_stmt *st, struct outgoing *out)
{
	enum channel channel;
	int purpose = sqlite3_column_int(st, 3);
	*out = (struct outgoing){ .request = sqlite3_column_int64(st, 0), .reference = sqlite3_column_int64(st, 1), .target = op_unpack(s, sqlite3_column_int64(st, 2)),
		.purpose = purpose >= 0 && purpose < PURPOSE_COUNT ? (enum purpose)purpose : PURPOSE_INFORM, .level = sqlite3_column_int(st, 4),
		.channel = channel_parse(column_str(st, 5), &channel) ? (int)channel : -1, .at_ms = sqlite3_column_int64(st, 7), .token = column_str(st, 8) };
	out->owed = !delivery_state_parse(column_str(st, 6), &out->state);
}

static enum guichet_rc visit_outgoing(struct store *s, sqlite3_stmt *st, outgoing_visitor *visit, void *context, struct guichet_err *err)
{
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		struct outgoing o;
		read_outgoing(s, st, &o);
		if (!visit(context, &o))
			break;
	}
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

enum guichet_rc store_list_owed(struct store *s, const struct owed_filter *f, outgoing_visitor *visit, void *context, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT " OUTGOING_COLUMNS " FROM outgoing o INDEXED BY outgoing_owed WHERE o.state IS NULL AND o.channel = ?1 AND o.at_ms < ?2 "
		"AND (o.at_ms, o.request) > (?3, ?4) ORDER BY o.at_ms, o.request LIMIT ?5", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "tiiii", channel_code(f->channel), f->until_ms, f->after_ms, f->after, (int64_t)(f->limit ? f->limit : 50));
	return visit_outgoing(s, st, visit, context, err);
}

int64_t store_count_owed(struct store *s, enum channel channel)
{
	return sql_value(s, 0, "SELECT count(*) FROM outgoing INDEXED BY outgoing_owed WHERE state IS NULL AND channel = ?1", "t", channel_code(channel));
}

enum guichet_rc store_list_outgoing(struct store *s, int64_t request, outgoing_visitor *visit, void *context, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT " OUTGOING_COLUMNS " FROM outgoing o WHERE o.request = ?1 ORDER BY o.at_ms, o.target, o.purpose", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "i", request);
	return visit_outgoing(s, st, visit, context, err);
}

enum guichet_rc store_list_delivered(struct store *s, enum channel channel, enum delivery_state state, int64_t from_ms, int64_t to_ms, size_t limit,
	outgoing_visitor *visit, void *context, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT " OUTGOING_COLUMNS " FROM outgoing o INDEXED BY outgoing_gone WHERE o.state IS NOT NULL AND o.at_ms >= ?1 "
		"AND o.at_ms < ?2 AND o.channel = ?3 AND o.state = ?4 ORDER BY o.at_ms DESC, o.request DESC LIMIT ?5", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "iitti", from_ms, to_ms, channel_code(channel), delivery_state_code(state), (int64_t)(limit ? limit : 50));
	return visit_outgoing(s, st, visit, context, err);
}

bool store_find_token(struct store *s, const char *token, struct outgoing *out)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT " OUTGOING_COLUMNS " FROM outgoing o WHERE o.token = ?1 LIMIT 1", NULL);
	if (!st)
		return false;
	sql_bind(st, "t", token);
	bool found = sql_step(s, st, NULL) == GUICHET_OK;
	if (found)
		read_outgoing(s, st, out);
	out->token = NULL; /* it is the caller's already */
	sqlite3_reset(st);
	return found;
}

/* --- mails that came --- */

static const struct { const char *code, *label; } sorts[MAIL_SORT_COUNT] = {
	[MAIL_CREATED] = { "created", N_("nouvelle demande") },
	[MAIL_THREADED] = { "threaded", N_("suite d'une demande") },
	[MAIL_MACHINE] = { "machine", N_("message automatique") },
	[MAIL_BOUNCE] = { "bounce", N_("retour de non-distribution") },
	[MAIL_QUARANTINED] = { "quarantined", N_("en quarantaine") },
	[MAIL_ACCEPTED] = { "accepted", N_("sorti de quarantaine") },
	[MAIL_DROPPED] = { "dropped", N_("écarté") },
};

const char *mail_sort_code(enum mail_sort s) { return sorts[s].code; }
const char *mail_sort_label(enum mail_sort s) { return _(sorts[s].label); }

bool mail_sort_parse(const char *code, enum mail_sort *out)
{
	for (int i = 0; code && i < MAIL_SORT_COUNT; i++)
		if (strcmp(code, sorts[i].code) == 0) {
			*out = (enum mail_sort)i;
			return true;
		}
	return false;
}

/* What it was sorted as, and the request that it went to: the last word said of it. */
static void bind_mail(struct store *s, sqlite3_stmt *st, const struct op *ops, size_t count)
{
	const struct op *made = op_of_subject(ops, count);
	const char *request = op_text(made, "request", "");
	enum mail_sort sort = MAIL_QUARANTINED;
	struct op_id to;
	mail_sort_parse(op_text(made, "sort", ""), &sort);
	for (size_t i = 0; i < count; i++) {
		if (ops[i].kind != OP_MAIL_SORTED || ops[i].parked)
			continue;
		mail_sort_parse(op_text(&ops[i], "sort", ""), &sort);
		request = op_text(&ops[i], "request", request);
	}
	sql_bind(st, "itiiz", op_pack(s, made->id), op_text(made, "message", ""), (int64_t)sort, op_int(made, "start_ms", made->wall_ms),
		op_id_parse(request, &to) ? op_pack(s, to) : (int64_t)0);
}

/* `ops` sorted; they hold the mail itself. */
static enum guichet_rc write_mail(struct store *s, const struct op *ops, size_t count, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s, "INSERT OR REPLACE INTO mail(id, message, sort, at_ms, request) VALUES(?1, ?2, ?3, ?4, ?5)", err);
	if (!st)
		return GUICHET_INTERNAL;
	bind_mail(s, st, ops, count);
	enum guichet_rc rc = sql_step(s, st, err);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

enum guichet_rc project_mail(struct store *s, int64_t subject, struct guichet_err *err)
{
	struct op *ops;
	size_t count;
	enum guichet_rc rc = journal_read(s, subject, &ops, &count, err);
	if (rc)
		return rc;
	op_sort(ops, count);
	const struct op *made = op_of_subject(ops, count);
	rc = made && made->kind == OP_MAIL ? write_mail(s, ops, count, err) : sql_run(s, err, "DELETE FROM mail WHERE id = ?1", "i", subject);
	ops_free(ops, count);
	return rc;
}

enum guichet_rc compare_mail(struct store *s, const struct op *ops, size_t count, project_differs *differs, void *context, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT message IS ?2 AS message, sort IS ?3 AS sort, at_ms IS ?4 AS at_ms, request IS ?5 AS request FROM mail WHERE id = ?1",
		err);
	if (!st)
		return GUICHET_INTERNAL;
	bind_mail(s, st, ops, count);
	return columns_compare(s, st, differs, context, err);
}

#define MAIL_COLUMNS "m.id, m.sort, m.at_ms, (SELECT id FROM request WHERE op = m.request), (SELECT reference FROM request WHERE op = m.request)"

static void read_mail(struct store *s, sqlite3_stmt *st, struct mail_row *out)
{
	int sort = sqlite3_column_int(st, 1);
	*out = (struct mail_row){ .id = sqlite3_column_int64(st, 0), .sort = sort >= 0 && sort < MAIL_SORT_COUNT ? (enum mail_sort)sort : MAIL_QUARANTINED, .at_ms = sqlite3_column_int64(st, 2),
		.request = sqlite3_column_int64(st, 3), .reference = sqlite3_column_int64(st, 4) };
	out->op = op_unpack(s, out->id);
}

enum guichet_rc store_list_mail(struct store *s, const struct mail_filter *f, mail_visitor *visit, void *context, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT " MAIL_COLUMNS " FROM mail m WHERE (?1 >> m.sort) & 1 AND (m.at_ms, m.id) < (?2, ?3) "
		"ORDER BY m.at_ms DESC, m.id DESC LIMIT ?4", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "iiii", (int64_t)f->sorts, f->after_ms ? f->after_ms : INT64_MAX, f->after, (int64_t)(f->limit ? f->limit : 50));
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		struct mail_row m;
		read_mail(s, st, &m);
		if (!visit(context, &m))
			break;
	}
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

int64_t store_count_mail(struct store *s, enum mail_sort sort)
{
	return sql_value(s, 0, "SELECT count(*) FROM mail WHERE sort = ?1", "i", (int64_t)sort);
}

enum guichet_rc store_mail(struct store *s, int64_t id, struct mail_row *out, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT " MAIL_COLUMNS " FROM mail m WHERE m.id = ?1", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "i", id);
	enum guichet_rc rc = sql_step(s, st, err);
	if (rc == GUICHET_OK)
		read_mail(s, st, out);
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? guichet_err_set(err, rc, _("aucun courriel de ce numéro")) : rc;
}

int64_t store_mail_of_message(struct store *s, const char *message)
{
	return sql_value(s, 0, "SELECT id FROM mail WHERE message = ?1 LIMIT 1", "t", message);
}

enum guichet_rc store_mail_op(struct store *s, int64_t id, struct op *out, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT " OP_COLUMNS " FROM op WHERE id = ?1 AND kind = 'mail'", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "i", id);
	enum guichet_rc rc = sql_step(s, st, err);
	if (rc == GUICHET_OK)
		rc = op_of_statement(s, st, out, err);
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? guichet_err_set(err, rc, _("aucun courriel de ce numéro")) : rc;
}

int64_t store_count_mail_of(struct store *s, int64_t requester, int64_t from_ms, int64_t to_ms)
{
	return sql_value(s, 0, "SELECT count(*) FROM contact INDEXED BY contact_email WHERE channel = 'email' AND requester = ?1 AND start_ms >= ?2 AND start_ms < ?3 AND outward = 0",
		"iii", requester, from_ms, to_ms);
}
