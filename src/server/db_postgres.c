// SPDX-License-Identifier: GPL-3.0-or-later
/* PostgreSQL under the server, through libpq: statements prepared once a connection, parameters and results in binary (int8 in network order, text, bytea).
 * A connection that was lost is opened anew at the next transaction, or at the next question outside of one.
 *
 * Inside a transaction statements are gathered (libpq's pipeline) and travel together: BEGIN with the first question, what is written with the COMMIT. */
#include "db_inside.h"

#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 256, NAME = 24, QUEUED_MAX = 256, TAG = 32 };

/* `waits`: it was sent, and nobody looked yet what came. `failed`: what it met with, or what was sent beside it. */
struct pg_rows { struct db_rows rows; PGresult *result; int row, count; bool waits; struct guichet_err failed; };
struct db_postgres {
	struct db db;
	PGconn *conn;
	bool listening, read_only, in_transaction;
	bool told;                 /* the commit is to wake those who listen */
	int queued;                /* what was sent and not waited for yet */
	struct pg_rows *waiting[QUEUED_MAX];  /* who asked; NULL: nobody wants to know more than that it went well */
	int64_t changed;           /* by the last one that was waited for */
	char tag[TAG];             /* what it was, as the server says it */
	const char *slots[SLOTS];  /* prepared as "s<index>" */
};

static struct db_postgres *of(struct db *db)
{
	return (struct db_postgres *)db;
}

/* libpq's messages end with a newline, and may hold several lines. */
static enum guichet_rc failed_with(struct db_postgres *d, const char *state, const char *message, struct guichet_err *err)
{
	char line[256];
	snprintf(line, sizeof line, "%s", message ? message : "");
	line[strcspn(line, "\n")] = '\0';
	if (PQstatus(d->conn) != CONNECTION_OK || (state && (!strncmp(state, "08", 2) || !strncmp(state, "57P", 3) || !strcmp(state, "25006"))))
		return guichet_err_set(err, GUICHET_UNAVAILABLE, _("PostgreSQL ne répond pas : %s"), line);
	if (state && !strcmp(state, "23505"))
		return guichet_err_set(err, GUICHET_REFUSED, _("déjà enregistré"));
	if (state && (!strcmp(state, "40001") || !strcmp(state, "40P01") || !strcmp(state, "55P03")))
		return guichet_err_set(err, GUICHET_LOCKED, _("un autre programme tient la base : réessayez"));
	if (state && !strncmp(state, "53", 2))
		return guichet_err_set(err, GUICHET_IO, _("PostgreSQL est à court de place : rien n'a été enregistré"));
	return guichet_err_set(err, GUICHET_INTERNAL, _("base de données : %s"), line);
}

static enum guichet_rc result_failed(struct db_postgres *d, const PGresult *r, struct guichet_err *err)
{
	return failed_with(d, r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL, r ? PQresultErrorMessage(r) : PQerrorMessage(d->conn), err);
}

static bool is_fine(const PGresult *r)
{
	ExecStatusType status = PQresultStatus(r);
	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/* ?1 becomes $1, BLOB becomes BYTEA; a table WITHOUT ROWID is SQLite's own affair. */
static char *translated(const char *sql)
{
	struct text t = TEXT_INIT;
	for (; *sql; sql++) {
		if (*sql == '?' && sql[1] >= '0' && sql[1] <= '9')
			text_addc(&t, '$');
		else if (!strncmp(sql, "BLOB", 4)) {
			text_add(&t, "BYTEA");
			sql += 3;
		} else if (!strncmp(sql, "WITHOUT ROWID", 13))
			sql += 12;
		else
			text_addc(&t, *sql);
	}
	return text_take(&t);
}

static enum guichet_rc simple(struct db_postgres *d, const char *sql, struct guichet_err *err)
{
	PGresult *r = PQexec(d->conn, sql);
	d->db.trips++;
	enum guichet_rc rc = is_fine(r) ? GUICHET_OK : result_failed(d, r, err);
	PQclear(r);
	return rc;
}

/* What was acknowledged is on disk, whatever the cluster's default says. */
static enum guichet_rc set_session(struct db_postgres *d, struct guichet_err *err)
{
	enum guichet_rc rc = simple(d, d->read_only ? "SET default_transaction_read_only = on" : "DO $$ BEGIN IF current_setting('synchronous_commit') IN "
		"('off', 'local') THEN SET synchronous_commit = 'on'; END IF; END $$", err);
	return !rc && d->listening ? simple(d, "LISTEN guichet", err) : rc;
}

static enum guichet_rc reconnect(struct db_postgres *d, struct guichet_err *err)
{
	memset(d->slots, 0, sizeof d->slots);
	d->in_transaction = false;
	d->queued = 0;
	PQreset(d->conn);
	if (PQstatus(d->conn) != CONNECTION_OK)
		return failed_with(d, NULL, PQerrorMessage(d->conn), err);
	return set_session(d, err);
}

/* Outside of a transaction nothing is lost with a connection: whoever reads asks again on a new one. */
static bool came_back(struct db_postgres *d)
{
	return PQstatus(d->conn) != CONNECTION_OK && !d->in_transaction && reconnect(d, NULL) == GUICHET_OK;
}

/* --- what travels together --- */

static void rows_came(struct pg_rows *rows, PGresult *r)
{
	rows->result = r;
	rows->row = -1;
	rows->count = PQntuples(r);
}

/* One answer. True: it was the last. */
static bool take_result(struct db_postgres *d, PGresult *r, int at, struct guichet_err *failed)
{
	struct pg_rows *rows = at < d->queued ? d->waiting[at] : NULL;
	ExecStatusType status = PQresultStatus(r);
	if (!is_fine(r) && status != PGRES_PIPELINE_SYNC && status != PGRES_PIPELINE_ABORTED && !failed->code)
		result_failed(d, r, failed);
	if (is_fine(r)) {
		d->changed = strtoll(PQcmdTuples(r), NULL, 10);
		snprintf(d->tag, sizeof d->tag, "%s", PQcmdStatus(r));
	}
	if (is_fine(r) && rows && !rows->result)
		rows_came(rows, r);
	else
		PQclear(r);
	return status == PGRES_PIPELINE_SYNC;
}

/* What was sent is waited for. Its first error is everybody's: what came after it was not looked at. */
static enum guichet_rc drain(struct db_postgres *d, struct guichet_err *err)
{
	struct guichet_err failed = { 0 };
	if (d->queued == 0)
		return GUICHET_OK;
	d->db.trips++;
	d->tag[0] = '\0';
	d->changed = 0;
	bool over = PQpipelineSync(d->conn) == 0;
	for (int at = 0; !over && at <= d->queued && PQstatus(d->conn) == CONNECTION_OK;) {
		PGresult *r = PQgetResult(d->conn);
		if (r)
			over = take_result(d, r, at, &failed);
		else
			at++;
	}
	if (PQstatus(d->conn) == CONNECTION_OK)
		PQexitPipelineMode(d->conn);
	else if (!failed.code)
		failed_with(d, NULL, PQerrorMessage(d->conn), &failed);
	for (int i = 0; i < d->queued; i++)
		if (d->waiting[i]) {
			d->waiting[i]->waits = false;
			d->waiting[i]->failed = failed;
		}
	d->queued = 0;
	if (failed.code && err)
		*err = failed;
	return failed.code;
}

static enum guichet_rc enter(struct db_postgres *d, struct guichet_err *err)
{
	enum guichet_rc rc = d->queued < QUEUED_MAX ? GUICHET_OK : drain(d, err);
	if (!rc && d->queued == 0 && !PQenterPipelineMode(d->conn))
		rc = failed_with(d, NULL, PQerrorMessage(d->conn), err);
	return rc;
}

/* It was sent, or it was not. */
static enum guichet_rc note_sent(struct db_postgres *d, int sent, struct pg_rows *rows, struct guichet_err *err)
{
	if (sent) {
		d->waiting[d->queued++] = rows;
		return GUICHET_OK;
	}
	enum guichet_rc rc = failed_with(d, NULL, PQerrorMessage(d->conn), err);
	if (d->queued == 0)
		PQexitPipelineMode(d->conn);
	else
		drain(d, NULL);
	return rc;
}

/* Words without parameters. */
static enum guichet_rc send_words(struct db_postgres *d, const char *sql, struct guichet_err *err)
{
	enum guichet_rc rc = enter(d, err);
	return rc ? rc : note_sent(d, PQsendQueryParams(d->conn, sql, 0, NULL, NULL, NULL, NULL, 1), NULL, err);
}

/* The place of a statement; *known: it was prepared already. */
static size_t slot_of(struct db_postgres *d, const char *sql, bool *known)
{
	size_t at = ((uintptr_t)sql >> 3) % SLOTS, i;
	for (i = 0; i < SLOTS && d->slots[at] && d->slots[at] != sql; i++)
		at = (at + 1) % SLOTS;
	if (i == SLOTS)
		abort();
	*known = d->slots[at] != NULL;
	return at;
}

struct bound { const char *values[DB_PARAMS_MAX]; int lengths[DB_PARAMS_MAX], formats[DB_PARAMS_MAX]; uint64_t numbers[DB_PARAMS_MAX]; };

static void bind(struct bound *b, const struct db_param *params, int count)
{
	for (int p = 0; p < count; p++) {
		b->formats[p] = 1;
		b->values[p] = NULL;
		b->lengths[p] = 0;
		if (params[p].type == DB_INT) {
			b->numbers[p] = htobe64((uint64_t)params[p].number);
			b->values[p] = (const char *)&b->numbers[p];
			b->lengths[p] = 8;
		} else if (params[p].type != DB_NULL) {
			b->values[p] = params[p].bytes ? params[p].data : "";
			b->lengths[p] = (int)params[p].bytes;
		}
	}
}

/* NULL when it is prepared as `name`, else what went wrong. Types are left to the server: the same statement may be given NULL the first time. */
static PGresult *prepare(struct db_postgres *d, const char *sql, char name[NAME])
{
	bool known;
	size_t at = slot_of(d, sql, &known);
	snprintf(name, NAME, "s%zu", at);
	if (known)
		return NULL;
	char *text = translated(sql);
	PGresult *r = PQprepare(d->conn, name, text, 0, NULL);
	d->db.trips++;
	free(text);
	if (!is_fine(r))
		return r;
	PQclear(r);
	d->slots[at] = sql;
	return NULL;
}

static PGresult *execute(struct db_postgres *d, const char *sql, const struct db_param *params, int count)
{
	struct bound b;
	char name[NAME];
	PGresult *failed = prepare(d, sql, name);
	if (failed)
		return failed;
	bind(&b, params, count);
	d->db.trips++;
	return PQexecPrepared(d->conn, name, count, b.values, b.lengths, b.formats, 1);
}

/* Inside a transaction: sent, and waited for with what follows. */
static enum guichet_rc send(struct db_postgres *d, const char *sql, const struct db_param *params, int count, struct pg_rows *rows, struct guichet_err *err)
{
	struct bound b;
	char name[NAME];
	bool known;
	slot_of(d, sql, &known);
	enum guichet_rc rc = known ? GUICHET_OK : drain(d, err);
	PGresult *failed = rc ? NULL : prepare(d, sql, name);
	if (failed) {
		rc = result_failed(d, failed, err);
		PQclear(failed);
	}
	rc = rc ? rc : enter(d, err);
	if (rc)
		return rc;
	bind(&b, params, count);
	return note_sent(d, PQsendQueryPrepared(d->conn, name, count, b.values, b.lengths, b.formats, 1), rows, err);
}

static enum guichet_rc run(struct db *db, const char *sql, const struct db_param *params, int count, struct guichet_err *err)
{
	struct db_postgres *d = of(db);
	if (count > 0 && d->in_transaction) {
		enum guichet_rc rc = send(d, sql, params, count, NULL, err);
		rc = rc ? rc : drain(d, err);
		db->changed = rc ? 0 : d->changed;
		return rc;
	}
	bool back = count == 0 && !strncmp(sql, "ROLLBACK", 8);
	enum guichet_rc rc = drain(d, back ? NULL : err);
	/* To take back what failed is always right. */
	if (rc && !back)
		return rc;
	if (count == 0 && !strcmp(sql, "ROLLBACK"))
		d->in_transaction = false;
	if (count == 0)
		return simple(d, sql, err);
	PGresult *r = execute(d, sql, params, count);
	rc = is_fine(r) ? GUICHET_OK : result_failed(d, r, err);
	db->changed = rc == GUICHET_OK ? strtoll(PQcmdTuples(r), NULL, 10) : 0;
	PQclear(r);
	return rc;
}

static enum guichet_rc run_later(struct db *db, const char *sql, const struct db_param *params, int count, struct guichet_err *err)
{
	struct db_postgres *d = of(db);
	return d->in_transaction ? send(d, sql, params, count, NULL, err) : run(db, sql, params, count, err);
}

static struct pg_rows *new_rows(struct db *db)
{
	struct pg_rows *rows = guichet_alloc(sizeof *rows);
	rows->rows.db = db;
	return rows;
}

static struct db_rows *query_later(struct db *db, const char *sql, const struct db_param *params, int count, struct guichet_err *err)
{
	struct db_postgres *d = of(db);
	struct pg_rows *rows = new_rows(db);
	rows->waits = true;
	if (send(d, sql, params, count, rows, err) == GUICHET_OK)
		return &rows->rows;
	free(rows);
	return NULL;
}

static enum guichet_rc rows_done(struct db_rows *r, struct guichet_err *err);

static struct db_rows *query(struct db *db, const char *sql, const struct db_param *params, int count, struct guichet_err *err)
{
	struct db_postgres *d = of(db);
	if (d->in_transaction) {
		struct db_rows *rows = query_later(db, sql, params, count, err);
		if (!rows || drain(d, err) == GUICHET_OK)
			return rows;
		rows_done(rows, NULL);
		return NULL;
	}
	PGresult *r = execute(d, sql, params, count);
	if (!is_fine(r) && came_back(d)) {
		PQclear(r);
		r = execute(d, sql, params, count);
	}
	if (!is_fine(r)) {
		result_failed(d, r, err);
		PQclear(r);
		return NULL;
	}
	struct pg_rows *rows = new_rows(db);
	rows_came(rows, r);
	return &rows->rows;
}

static bool next(struct db_rows *r)
{
	struct pg_rows *rows = (struct pg_rows *)r;
	if (rows->waits)
		drain(of(r->db), NULL);
	return !rows->failed.code && ++rows->row < rows->count;
}

static enum guichet_rc rows_done(struct db_rows *r, struct guichet_err *err)
{
	struct pg_rows *rows = (struct pg_rows *)r;
	if (rows->waits)
		drain(of(r->db), NULL);
	enum guichet_rc rc = rows->failed.code;
	if (rc && err)
		*err = rows->failed;
	PQclear(rows->result);
	free(rows);
	return rc;
}

static bool is_null(struct db_rows *r, int column)
{
	struct pg_rows *rows = (struct pg_rows *)r;
	return PQgetisnull(rows->result, rows->row, column) != 0;
}

static int64_t number(struct db_rows *r, int column)
{
	struct pg_rows *rows = (struct pg_rows *)r;
	const char *value = PQgetvalue(rows->result, rows->row, column);
	uint64_t wide = 0;
	int length = PQgetisnull(rows->result, rows->row, column) ? 0 : PQgetlength(rows->result, rows->row, column);
	for (int i = 0; i < length && i < 8; i++)
		wide = wide << 8 | (unsigned char)value[i];
	return length == 4 ? (int32_t)(uint32_t)wide : length == 2 ? (int16_t)(uint16_t)wide : (int64_t)wide;
}

static const void *bytes_of(struct db_rows *r, int column, size_t *bytes)
{
	struct pg_rows *rows = (struct pg_rows *)r;
	*bytes = 0;
	if (PQgetisnull(rows->result, rows->row, column))
		return NULL;
	*bytes = (size_t)PQgetlength(rows->result, rows->row, column);
	return PQgetvalue(rows->result, rows->row, column);
}

static enum guichet_rc script(struct db *db, const char *sql, struct guichet_err *err)
{
	char *text = translated(sql);
	enum guichet_rc rc = drain(of(db), err);
	rc = rc ? rc : simple(of(db), text, err);
	free(text);
	return rc;
}

/* A server that went away while nobody asked has closed the line; what it said before is taken in first. */
static bool is_lost(struct db_postgres *d)
{
	PQconsumeInput(d->conn);
	PQisBusy(d->conn);
	PQconsumeInput(d->conn);
	return PQstatus(d->conn) != CONNECTION_OK;
}

static enum guichet_rc begin(struct db *db, struct guichet_err *err)
{
	struct db_postgres *d = of(db);
	enum guichet_rc rc = is_lost(d) ? reconnect(d, err) : GUICHET_OK;
	rc = rc ? rc : send_words(d, "BEGIN", err);
	d->in_transaction = rc == GUICHET_OK;
	d->told = false;
	return rc;
}

static enum guichet_rc commit(struct db *db, struct guichet_err *err)
{
	struct db_postgres *d = of(db);
	enum guichet_rc rc = d->told ? send_words(d, "NOTIFY guichet", err) : GUICHET_OK;
	rc = rc ? rc : send_words(d, "COMMIT", err);
	rc = rc ? rc : drain(d, err);
	if (rc)
		return rc;
	d->in_transaction = false;
	/* A transaction that failed before answers ROLLBACK to COMMIT, without an error. */
	return !strcmp(d->tag, "COMMIT") ? GUICHET_OK : guichet_err_set(err, GUICHET_INTERNAL, _("base de données : transaction refusée"));
}

static enum guichet_rc notify(struct db *db, struct guichet_err *err)
{
	struct db_postgres *d = of(db);
	d->told = d->in_transaction;
	return d->told ? GUICHET_OK : simple(d, "NOTIFY guichet", err);
}

static enum guichet_rc listen_for(struct db *db, struct guichet_err *err)
{
	of(db)->listening = true;
	return simple(of(db), "LISTEN guichet", err);
}

static int notice_fd(const struct db *db)
{
	return PQsocket(((const struct db_postgres *)db)->conn);
}

static bool notices(struct db *db, bool *lost)
{
	struct db_postgres *d = of(db);
	bool any = false;
	PGnotify *notice;
	*lost = PQconsumeInput(d->conn) == 0 || PQstatus(d->conn) != CONNECTION_OK;
	while ((notice = PQnotifies(d->conn)) != NULL) {
		any = true;
		PQfreemem(notice);
	}
	return any;
}

static enum guichet_rc backup(struct db *db, const char *path, struct guichet_err *err)
{
	(void)db;
	(void)path;
	return guichet_err_set(err, GUICHET_REFUSED, _("PostgreSQL se sauvegarde par ses propres moyens : pg_basebackup ou pg_dump"));
}

static void close_postgres(struct db *db)
{
	PQfinish(of(db)->conn);
	free(db);
}

static const struct db_ops ops = { true, close_postgres, begin, commit, script, run, run_later, query, query_later, next, rows_done, is_null, number, bytes_of, notify, listen_for,
	notice_fd, notices, backup };

static void silent(void *context, const PGresult *result)
{
	(void)context;
	(void)result;
}

/* A password may stand in it: no more of it is said than libpq does. */
enum guichet_rc db_postgres_check(const struct db_options *o, struct guichet_err *err)
{
	char *why = NULL;
	PQconninfoOption *options = PQconninfoParse(o->postgres, &why);
	enum guichet_rc rc = options ? GUICHET_OK : guichet_err_set(err, GUICHET_CONFIG, _("[store] postgres : %.*s"), why ? (int)strcspn(why, "\n") : 0, why ? why : "");
	PQconninfoFree(options);
	PQfreemem(why);
	return rc;
}

enum guichet_rc db_postgres_open(const struct db_options *o, struct db **out, struct guichet_err *err)
{
	/* Before the caller's words, which may say otherwise: a machine that fell silent is given up after some seconds. After them: who may be written to. Readers
	 * go there too: what was just written is not on a standby yet. */
	static const char *const keys[] = { "connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", "dbname",
		"target_session_attrs", "client_encoding", "application_name", NULL };
	const char *const values[] = { "5", "10", "5", "3", "20000", o->postgres, "read-write", "UTF8", "guichetd", NULL };
	struct db_postgres *d = guichet_alloc(sizeof *d);
	d->db.ops = &ops;
	d->conn = PQconnectdbParams(keys, values, 1);
	if (!d->conn)
		guichet_out_of_memory();
	PQsetNoticeReceiver(d->conn, silent, NULL);
	enum guichet_rc rc = PQstatus(d->conn) == CONNECTION_OK ? GUICHET_OK : failed_with(d, NULL, PQerrorMessage(d->conn), err);
	d->read_only = o->read_only;
	if (!rc)
		rc = set_session(d, err);
	if (rc)
		close_postgres(&d->db);
	else
		*out = &d->db;
	return rc;
}
