// SPDX-License-Identifier: GPL-3.0-or-later
/* See outbox.h. */
#include "guichet/store/outbox.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum { ADDRESS_HASH = 16 };

bool outbox_get(struct store *s, const struct outbox_message *m, struct outbox_try *out)
{
	char target[OP_ID_TEXT];
	*out = (struct outbox_try){0};
	sqlite3_stmt *st = sql_prepare(s,
		"SELECT token, begun, again, tries, code, first_ms, next_ms FROM outbox WHERE target = ?1 AND purpose = ?2 AND level = ?3",
		NULL);
	if (!st)
		return false;
	op_id_format(m->target, target);
	sql_bind(st, "tti", target, purpose_code(m->purpose), (int64_t)m->level);
	bool found = sql_step(s, st, NULL) == GUICHET_OK;
	if (found) {
		snprintf(out->token, sizeof out->token, "%s", column_str(st, 0));
		out->begun = sqlite3_column_int(st, 1) != 0;
		out->again = sqlite3_column_int(st, 2) != 0;
		out->tries = sqlite3_column_int(st, 3);
		out->code = sqlite3_column_int(st, 4);
		out->first_ms = sqlite3_column_int64(st, 5);
		out->next_ms = sqlite3_column_int64(st, 6);
	}
	sqlite3_reset(st);
	return found;
}

enum guichet_rc outbox_put(
	struct store *s, const struct outbox_message *m, const struct outbox_try *t, struct guichet_err *err)
{
	char target[OP_ID_TEXT];
	op_id_format(m->target, target);
	return sql_run(s, err,
		"INSERT OR REPLACE INTO outbox(target, purpose, level, token, begun, again, tries, code, first_ms, next_ms) "
		"VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
		"ttitiiiiii", target, purpose_code(m->purpose), (int64_t)m->level, t->token, (int64_t)t->begun,
		(int64_t)t->again, (int64_t)t->tries, (int64_t)t->code, t->first_ms, t->next_ms);
}

enum guichet_rc outbox_drop(struct store *s, const struct outbox_message *m, struct guichet_err *err)
{
	char target[OP_ID_TEXT];
	op_id_format(m->target, target);
	return sql_run(s, err, "DELETE FROM outbox WHERE target = ?1 AND purpose = ?2 AND level = ?3", "tti", target,
		purpose_code(m->purpose), (int64_t)m->level);
}

int64_t outbox_count(struct store *s, int64_t *oldest_ms)
{
	*oldest_ms = sql_value(s, NO_INSTANT, "SELECT min(first_ms) FROM outbox", "");
	return sql_value(s, 0, "SELECT count(*) FROM outbox", "");
}

/* --- the last guard against loops --- */

static void hash_address(const char *address, char out[2 * ADDRESS_HASH + 1])
{
	struct text folded = TEXT_INIT;
	unsigned char hash[ADDRESS_HASH];
	for (const char *p = address; *p; p++)
		text_addc(&folded, *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p);
	crypto_generichash(hash, sizeof hash, (const unsigned char *)text_str(&folded), folded.len, NULL, 0);
	sodium_bin2hex(out, 2 * ADDRESS_HASH + 1, hash, sizeof hash);
	text_done(&folded);
}

int64_t outbox_automatic_count(struct store *s, const char *address)
{
	char hash[2 * ADDRESS_HASH + 1];
	hash_address(address, hash);
	return sql_value(s, 0, "SELECT count(*) FROM outbox_automatic WHERE address = ?1 AND at_ms > ?2", "ti", hash,
		store_now(s) - MS_PER_DAY);
}

enum guichet_rc outbox_automatic_add(struct store *s, const char *address, struct guichet_err *err)
{
	char hash[2 * ADDRESS_HASH + 1];
	hash_address(address, hash);
	enum guichet_rc rc =
		sql_run(s, err, "DELETE FROM outbox_automatic WHERE at_ms <= ?1", "i", store_now(s) - MS_PER_DAY);
	return rc
		? rc
		: sql_run(s, err, "INSERT INTO outbox_automatic(address, at_ms) VALUES(?1, ?2)", "ti", hash, store_now(s));
}

/* --- what is answered --- */

char *outbox_mail_answered(struct store *s, int64_t request)
{
	struct op *ops;
	size_t count;
	char *id = NULL;
	int64_t mail = sql_value(s, 0,
		"SELECT m.id FROM mail m WHERE m.request = (SELECT op FROM request WHERE id = ?1) AND m.sort IN (?2, ?3, ?4) "
		"ORDER BY m.at_ms DESC, m.id DESC LIMIT 1",
		"iiii", request, (int64_t)MAIL_CREATED, (int64_t)MAIL_THREADED, (int64_t)MAIL_ACCEPTED);
	if (!mail || journal_read(s, mail, &ops, &count, NULL))
		return NULL;
	for (size_t i = 0; i < count && !id; i++)
		if (ops[i].kind == OP_MAIL && *op_text(&ops[i], "message_id", ""))
			id = guichet_strdup(op_text(&ops[i], "message_id", ""));
	ops_free(ops, count);
	return id;
}

/* --- who is to be warned --- */

enum guichet_rc outbox_list_overrun(struct store *s, int level, int64_t from_ms, size_t limit, request_visitor *visit,
	void *context, struct guichet_err *err)
{
	/* An alert that is older than the date it would be about was about another one: of before a pause, or a
	 * re-opening. */
	sqlite3_stmt *st = level >= 100
		? sql_prepare(s,
			  "SELECT " REQUEST_COLUMNS
			  " FROM request r LEFT JOIN requester q ON q.id = r.requester WHERE r.open AND r.paused <> 1 "
			  "AND r.due_answer <= ?1 AND r.due_answer >= ?2 AND NOT EXISTS(SELECT 1 FROM outgoing o WHERE o.request = r.id AND o.purpose = ?3 AND o.level >= ?4 "
			  "AND o.at_ms >= r.due_answer) ORDER BY r.service, r.due_answer LIMIT ?5",
			  err)
		: sql_prepare(s,
			  "SELECT " REQUEST_COLUMNS
			  " FROM request r LEFT JOIN requester q ON q.id = r.requester WHERE r.open AND r.paused <> 1 "
			  "AND r.risk_ms <= ?1 AND r.risk_ms >= ?2 AND r.due_answer > ?1 AND NOT EXISTS(SELECT 1 FROM outgoing o WHERE o.request = r.id AND o.purpose = ?3 "
			  "AND o.level >= ?4 AND o.at_ms >= r.risk_ms) ORDER BY r.service, r.due_answer LIMIT ?5",
			  err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "iiiii", store_now(s), from_ms, (int64_t)PURPOSE_ESCALATE, (int64_t)level, (int64_t)limit);
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		struct request_row row;
		row_of_statement(s, st, &row);
		if (!visit(context, &row))
			break;
	}
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}
