// SPDX-License-Identifier: GPL-3.0-or-later
/* `guichetd admin migrate`: all that a database holds into an empty one of the other kind, and then a look at every row of both.
 *
 * One walk does both: the two sides are read in the order of their keys, side by side; what differs is written (copying) or counted (verifying). So a move that was
 * interrupted goes on by being asked for again, whatever happened in between. The head comes last: until then guichetd takes the new database for none of its own.
 * Identity, epoch, numbers and chain are those of the old one: no desk notices. The words that requests are found by (ledger_words.c) are read out of the journal anew.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin_inside.h"
#include "db_inside.h"
#include "ledger_inside.h"

enum { COLUMNS_MAX = 24, CHUNK_MAX = 2000, FILE_PARTS = 200 /* 50 MiB at once */ };

/* The key's columns come first in `types`. */
struct table { const char *name, *types; int keys; int64_t chunk; const char *read[2] /* SQLite, PostgreSQL: their own order of texts */, *insert, *drop; };

#define READ(columns, table, key, after) "SELECT " columns " FROM " table " WHERE (" key ") > (" after ") ORDER BY " key " LIMIT ?"
#define ALIKE(columns, table, key, after, limit) { READ(columns, table, key, after) limit, READ(columns, table, key, after) limit }
#define TEXT_KEY(columns, table, key, rest, after, limit) { READ(columns, table, key rest, after) limit, READ(columns, table, key " COLLATE \"C\"" rest, after) limit }

#define OP "seq, device, dseq, subject_device, subject_dseq, kind, v, actor, wall_ms, recv_ms, pushed_by, account, facts, personal, base, salt, hash, chain, " \
	"parked, was, now, settles, late"
#define ITEM "device, dseq, subject, service, reference, requester_device, requester_dseq, open, closed_ms, seq, erased"
#define DEVICE "id, token, name, role, services, enrolled_ms, seen_ms, revoked_ms, version, encrypted, cursor_seq, scope_version, retired, " \
	"differs, differs_ms"
#define CODE "code, name, role, services, until_ms, uses"
#define ACCOUNT "login, name, password, roles, services, disabled, failed, failed_ms"
#define SESSION "family, login, device, access, access_until_ms, refresh, refresh_before, refreshed_ms, started_ms, revoked"
#define CONTACT_PERSON "device, dseq, contact_device, contact_dseq"
#define PERSON_SAME "device, dseq, other_device, other_dseq"
#define AUDIT "id, at_ms, who, device, what, subject, seq, chain"
#define AUDIT_HEAD "one, seq, chain, first_seq, first_chain"
#define HEAD "one, schema_version, identity, epoch, seq, chain, epoch_seq, epoch_chain, backup_seq, next_serial"

static const struct table tables[] = {
	{ "op", "iiiiititiii" "tttt" "bbb" "tttii", 1, CHUNK_MAX, ALIKE(OP, "op", "seq", "?1", "2"), "INSERT INTO op(" OP ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
		"?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)", "DELETE FROM op WHERE seq = ?1" },
	{ "item", "iiitiiiiiii", 2, CHUNK_MAX, ALIKE(ITEM, "item", "device, dseq", "?1, ?2", "3"), "INSERT INTO item(" ITEM ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
		"?9, ?10, ?11)", "DELETE FROM item WHERE device = ?1 AND dseq = ?2" },
	{ "erased", "iiii", 2, CHUNK_MAX, ALIKE("device, dseq, seq, at_ms", "erased", "device, dseq", "?1, ?2", "3"), "INSERT INTO erased(device, dseq, seq, at_ms) "
		"VALUES(?1, ?2, ?3, ?4)", "DELETE FROM erased WHERE device = ?1 AND dseq = ?2" },
	{ "device", "ibtttiiitiiiiii", 1, CHUNK_MAX, ALIKE(DEVICE, "device", "id", "?1", "2"), "INSERT INTO device(" DEVICE ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
		"?10, ?11, ?12, ?13, ?14, ?15)", "DELETE FROM device WHERE id = ?1" },
	{ "enrol_code", "btttii", 1, CHUNK_MAX, ALIKE(CODE, "enrol_code", "code", "?1", "2"), "INSERT INTO enrol_code(" CODE ") VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
		"DELETE FROM enrol_code WHERE code = ?1" },
	{ "device_account", "ittti", 2, CHUNK_MAX, TEXT_KEY("device, login, roles, services, signed_ms", "device_account", "device, login", "", "?1, ?2", "3"),
		"INSERT INTO device_account(device, login, roles, services, signed_ms) VALUES(?1, ?2, ?3, ?4, ?5)",
		"DELETE FROM device_account WHERE device = ?1 AND login = ?2" },
	{ "attempt", "iii", 1, CHUNK_MAX, ALIKE("bucket, failed, failed_ms", "attempt", "bucket", "?1", "2"), "INSERT INTO attempt(bucket, failed, failed_ms) "
		"VALUES(?1, ?2, ?3)", "DELETE FROM attempt WHERE bucket = ?1" },
	{ "serial_block", "iii", 1, CHUNK_MAX, ALIKE("first, device, lent_ms", "serial_block", "first", "?1", "2"), "INSERT INTO serial_block(first, device, lent_ms) "
		"VALUES(?1, ?2, ?3)", "DELETE FROM serial_block WHERE first = ?1" },
	{ "account", "tttttiii", 1, CHUNK_MAX, TEXT_KEY(ACCOUNT, "account", "login", "", "?1", "2"), "INSERT INTO account(" ACCOUNT ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, "
		"?7, ?8)", "DELETE FROM account WHERE login = ?1" },
	{ "session", "btibibbiii", 1, CHUNK_MAX, ALIKE(SESSION, "session", "family", "?1", "2"), "INSERT INTO session(" SESSION ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, "
		"?8, ?9, ?10)", "DELETE FROM session WHERE family = ?1" },
	{ "blob_part", "tib", 2, FILE_PARTS, TEXT_KEY("sha256, n, data", "blob_part", "sha256", ", n", "?1, ?2", "3"), "INSERT INTO blob_part(sha256, n, data) "
		"VALUES(?1, ?2, ?3)", "DELETE FROM blob_part WHERE sha256 = ?1 AND n = ?2" },
	{ "blob_store", "tii", 1, CHUNK_MAX, TEXT_KEY("sha256, bytes, device", "blob_store", "sha256", "", "?1", "2"), "INSERT INTO blob_store(sha256, bytes, device) "
		"VALUES(?1, ?2, ?3)", "DELETE FROM blob_store WHERE sha256 = ?1" },
	{ "blob_loose", "ti", 1, CHUNK_MAX, TEXT_KEY("sha256, since_ms", "blob_loose", "sha256", "", "?1", "2"), "INSERT INTO blob_loose(sha256, since_ms) VALUES(?1, ?2)",
		"DELETE FROM blob_loose WHERE sha256 = ?1" },
	{ "blob_use", "tii", 3, CHUNK_MAX, TEXT_KEY("sha256, subject_device, subject_dseq", "blob_use", "sha256", ", subject_device, subject_dseq", "?1, ?2, ?3", "4"),
		"INSERT INTO blob_use(sha256, subject_device, subject_dseq) VALUES(?1, ?2, ?3)",
		"DELETE FROM blob_use WHERE sha256 = ?1 AND subject_device = ?2 AND subject_dseq = ?3" },
	{ "catalogue", "tib", 1, 4, TEXT_KEY("hash, applied_ms, packed", "catalogue", "hash", "", "?1", "2"), "INSERT INTO catalogue(hash, applied_ms, packed) "
		"VALUES(?1, ?2, ?3)", "DELETE FROM catalogue WHERE hash = ?1" },
	{ "contact_use", "iiii", 4, CHUNK_MAX, ALIKE("device, dseq, request_device, request_dseq", "contact_use", "device, dseq, request_device, request_dseq",
		"?1, ?2, ?3, ?4", "5"), "INSERT INTO contact_use(device, dseq, request_device, request_dseq) VALUES(?1, ?2, ?3, ?4)",
		"DELETE FROM contact_use WHERE device = ?1 AND dseq = ?2 AND request_device = ?3 AND request_dseq = ?4" },
	{ "contact_person", "iiii", 4, CHUNK_MAX, ALIKE(CONTACT_PERSON, "contact_person", CONTACT_PERSON, "?1, ?2, ?3, ?4", "5"), "INSERT INTO contact_person("
		CONTACT_PERSON ") VALUES(?1, ?2, ?3, ?4)", "DELETE FROM contact_person WHERE device = ?1 AND dseq = ?2 AND contact_device = ?3 AND contact_dseq = ?4" },
	{ "person_same", "iiii", 4, CHUNK_MAX, ALIKE(PERSON_SAME, "person_same", PERSON_SAME, "?1, ?2, ?3, ?4", "5"), "INSERT INTO person_same(" PERSON_SAME
		") VALUES(?1, ?2, ?3, ?4)", "DELETE FROM person_same WHERE device = ?1 AND dseq = ?2 AND other_device = ?3 AND other_dseq = ?4" },
	{ "purge_order", "iiti", 1, 1, ALIKE("one, at_ms, visa, total", "purge_order", "one", "?1", "2"), "INSERT INTO purge_order(one, at_ms, visa, total) "
		"VALUES(?1, ?2, ?3, ?4)", "DELETE FROM purge_order WHERE one = ?1" },
	{ "audit", "iitittib", 1, CHUNK_MAX, ALIKE(AUDIT, "audit", "id", "?1", "2"), "INSERT INTO audit(" AUDIT ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
		"DELETE FROM audit WHERE id = ?1" },
	{ "audit_head", "iibib", 1, 1, ALIKE(AUDIT_HEAD, "audit_head", "one", "?1", "2"), "INSERT INTO audit_head(" AUDIT_HEAD ") VALUES(?1, ?2, ?3, ?4, ?5)",
		"DELETE FROM audit_head WHERE one = ?1" },
	{ "head", "iitiibibii", 1, 1, ALIKE(HEAD, "head", "one", "?1", "2"), "INSERT INTO head(" HEAD ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
		"DELETE FROM head WHERE one = ?1" },
};
enum { TABLES = sizeof tables / sizeof *tables, HEAD_TABLE = TABLES - 1 };

/* --- one side of the walk --- */

struct row { struct db_param values[COLUMNS_MAX]; };
struct side { struct db *db; struct row *rows; size_t count, at; bool end; struct row last; };
struct move {
	struct admin *a;
	struct db *from, *to;
	int64_t pending;                 /* rows written since the last commit */
	int64_t rows, written, different;/* of the table under way */
};

static int columns_of(const struct table *t)
{
	return (int)strlen(t->types);
}

static void row_done(struct row *r, int columns)
{
	for (int i = 0; i < columns; i++)
		free((void *)(uintptr_t)r->values[i].data);
	memset(r, 0, sizeof *r);
}

static void side_done(struct side *s, const struct table *t)
{
	for (size_t i = s->at; i < s->count; i++)
		row_done(&s->rows[i], columns_of(t));
	row_done(&s->last, columns_of(t));
	free(s->rows);
	s->rows = NULL;
}

/* Before the first of all keys. */
static void side_start(struct side *s, struct db *db, const struct table *t)
{
	*s = (struct side){ .db = db };
	for (int i = 0; i < t->keys; i++)
		s->last.values[i] = t->types[i] == 'i' ? (struct db_param){ .type = DB_INT, .number = INT64_MIN }
			: (struct db_param){ .type = t->types[i] == 't' ? DB_TEXT : DB_BLOB, .data = guichet_strdup("") };
}

static void take_row(struct db_rows *rows, const struct table *t, struct row *out)
{
	memset(out, 0, sizeof *out);
	for (int i = 0; t->types[i]; i++) {
		struct db_param *p = &out->values[i];
		if (db_is_null(rows, i))
			continue;
		p->type = t->types[i] == 'i' ? DB_INT : t->types[i] == 't' ? DB_TEXT : DB_BLOB;
		if (p->type == DB_INT) {
			p->number = db_int(rows, i);
			continue;
		}
		const void *data = db_bytes(rows, i, &p->bytes);
		char *copy = guichet_alloc(p->bytes + 1);
		if (p->bytes)
			memcpy(copy, data, p->bytes);
		p->data = copy;
	}
}

static enum guichet_rc read_chunk(struct side *s, const struct table *t, struct guichet_err *err)
{
	struct db_param params[COLUMNS_MAX];
	size_t capacity = 0;
	for (int i = 0; i < t->keys; i++)
		params[i] = s->last.values[i];
	params[t->keys] = (struct db_param){ .type = DB_INT, .number = t->chunk };
	struct db_rows *rows = s->db->ops->query(s->db, t->read[db_is_postgres(s->db)], params, t->keys + 1, err);
	if (!rows)
		return err ? err->code : GUICHET_IO;
	free(s->rows);
	s->rows = NULL;
	s->count = s->at = 0;
	while (db_next(rows)) {
		GUICHET_GROW(s->rows, s->count, capacity);
		take_row(rows, t, &s->rows[s->count++]);
	}
	s->end = (int64_t)s->count < t->chunk;
	return db_rows_done(&rows, err);
}

/* The row on which it stands; NULL after the last. */
static enum guichet_rc side_row(struct side *s, const struct table *t, struct row **out, struct guichet_err *err)
{
	enum guichet_rc rc = s->at == s->count && !s->end ? read_chunk(s, t, err) : GUICHET_OK;
	*out = !rc && s->at < s->count ? &s->rows[s->at] : NULL;
	return rc;
}

static void side_next(struct side *s, const struct table *t)
{
	row_done(&s->last, columns_of(t));
	s->last = s->rows[s->at++];
}

/* --- rows --- */

static int compare(const struct db_param *a, const struct db_param *b)
{
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->type == DB_NULL)
		return 0;
	if (a->type == DB_INT)
		return a->number < b->number ? -1 : a->number > b->number;
	size_t both = a->bytes < b->bytes ? a->bytes : b->bytes;
	int order = both ? memcmp(a->data, b->data, both) : 0;
	return order ? order : a->bytes < b->bytes ? -1 : a->bytes > b->bytes;
}

static int compare_rows(const struct row *a, const struct row *b, int columns)
{
	int order = 0;
	for (int i = 0; i < columns && order == 0; i++)
		order = compare(&a->values[i], &b->values[i]);
	return order;
}

/* A commit now and then: what is interrupted goes on from there. */
static enum guichet_rc write_row(struct move *m, const char *sql, const struct row *r, int count, struct guichet_err *err)
{
	enum guichet_rc rc = m->to->ops->run(m->to, sql, r->values, count, err);
	m->written++;
	if (!rc && ++m->pending >= CHUNK_MAX) {
		m->pending = 0;
		rc = db_commit(m->to, err);
		rc = rc ? rc : db_begin(m->to, err);
	}
	return rc;
}

/* --- the walk --- */

static enum guichet_rc make_alike(struct move *m, const struct table *t, const struct row *from, const struct row *to, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	if (to)
		rc = write_row(m, t->drop, to, t->keys, err);
	return !rc && from ? write_row(m, t->insert, from, columns_of(t), err) : rc;
}

static enum guichet_rc walk(struct move *m, const struct table *t, bool write, struct guichet_err *err)
{
	struct side from, to;
	struct row *a = NULL, *b = NULL;
	m->rows = m->written = m->different = 0;
	side_start(&from, m->from, t);
	side_start(&to, m->to, t);
	enum guichet_rc rc = side_row(&from, t, &a, err);
	rc = rc ? rc : side_row(&to, t, &b, err);
	while (!rc && (a || b)) {
		int order = !a ? 1 : !b ? -1 : compare_rows(a, b, t->keys);
		bool same = order == 0 && compare_rows(a, b, columns_of(t)) == 0;
		m->rows += order <= 0;
		m->different += !same;
		if (!same && write)
			rc = make_alike(m, t, order <= 0 ? a : NULL, order >= 0 ? b : NULL, err);
		if (order <= 0)
			side_next(&from, t);
		if (order >= 0)
			side_next(&to, t);
		rc = rc ? rc : side_row(&from, t, &a, err);
		rc = rc ? rc : side_row(&to, t, &b, err);
	}
	side_done(&from, t);
	side_done(&to, t);
	return rc;
}

/* --- the new database --- */

static bool has_table(struct db *db, const char *name)
{
	if (db_is_postgres(db))
		return db_value(db, 0, "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = ?1", "t", name) > 0;
	return db_value(db, 0, "SELECT count(*) FROM sqlite_master WHERE name = ?1", "t", name) > 0;
}

/* Who was being moved in, in a table of its own that goes at the end. */
static enum guichet_rc prepare_target(struct move *m, const char *identity, struct guichet_err *err)
{
	if (has_table(m->to, "moving")) {
		if (db_value(m->to, 0, "SELECT count(*) FROM moving WHERE identity = ?1", "t", identity) == 1)
			return GUICHET_OK;
		return guichet_err_set(err, GUICHET_REFUSED, _("la base d'arrivée a reçu une partie d'une autre : prenez-en une vide"));
	}
	if (has_table(m->to, "head"))
		return guichet_err_set(err, GUICHET_REFUSED, _("la base d'arrivée n'est pas vide : un guichetd s'en sert ou s'en est servi"));
	enum guichet_rc rc = db_begin(m->to, err);
	if (rc)
		return rc;
	rc = ledger_make_tables(m->to, err);
	if (!rc)
		rc = db_script(m->to, "CREATE TABLE moving(identity TEXT PRIMARY KEY)", err);
	if (!rc)
		rc = db_run(m->to, err, "INSERT INTO moving(identity) VALUES(?1)", "t", identity);
	rc = rc ? rc : db_commit(m->to, err);
	if (rc)
		db_rollback(m->to);
	return rc;
}

static enum guichet_rc copy_all(struct move *m, struct guichet_err *err)
{
	enum guichet_rc rc = db_begin(m->to, err);
	for (int i = 0; i < HEAD_TABLE && !rc; i++) {
		rc = walk(m, &tables[i], true, err);
		if (!rc && m->rows > 0)
			text_addf(&m->a->out, _("%s : %lld lignes, dont %lld écrites\n"), tables[i].name, (long long)m->rows, (long long)m->written);
	}
	rc = rc ? rc : db_commit(m->to, err);
	if (rc)
		db_rollback(m->to);
	m->pending = 0;
	return rc;
}

/* The chain over every operation, reckoned anew from what the new database holds. */
static enum guichet_rc check_chain(struct move *m, const struct ledger_head *head, struct guichet_err *err)
{
	const struct table *t = &tables[0];
	uint8_t chain[WIRE_CHAIN] = { 0 };
	struct side s;
	struct row *r;
	int64_t seq = 0;
	side_start(&s, m->to, t);
	enum guichet_rc rc = side_row(&s, t, &r, err);
	while (!rc && r) {
		const struct db_param *hash = &r->values[16], *kept = &r->values[17];
		struct op_id id = { (uint32_t)r->values[1].number, (uint64_t)r->values[2].number };
		bool fine = r->values[0].number == seq + 1 && hash->bytes == OP_HASH && kept->bytes == WIRE_CHAIN;
		if (fine)
			wire_chain(chain, id, hash->data);
		if (!fine || memcmp(chain, kept->data, WIRE_CHAIN) != 0)
			rc = guichet_err_set(err, GUICHET_DATA, _("le journal ne se suit pas à l'opération n° %lld : rien n'a été mis en service"), (long long)seq + 1);
		seq++;
		side_next(&s, t);
		rc = rc ? rc : side_row(&s, t, &r, err);
	}
	side_done(&s, t);
	if (!rc && (seq != head->seq || memcmp(chain, head->chain, WIRE_CHAIN) != 0))
		rc = guichet_err_set(err, GUICHET_DATA, _("le journal finit à %lld, l'ancienne base disait %lld : rien n'a été mis en service"), (long long)seq,
			(long long)head->seq);
	return rc;
}

static enum guichet_rc verify_all(struct move *m, const struct ledger_head *head, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	for (int i = 0; i < HEAD_TABLE && !rc; i++) {
		rc = walk(m, &tables[i], false, err);
		if (!rc && m->different > 0)
			rc = guichet_err_set(err, GUICHET_DATA, _("%s : %lld lignes diffèrent d'une base à l'autre : rien n'a été mis en service"), tables[i].name,
				(long long)m->different);
	}
	return rc ? rc : check_chain(m, head, err);
}

/* From here on it is guichetd's. */
static enum guichet_rc finish(struct move *m, struct guichet_err *err)
{
	enum guichet_rc rc = db_begin(m->to, err);
	if (!rc)
		rc = walk(m, &tables[HEAD_TABLE], true, err);
	if (!rc)
		rc = db_script(m->to, "DROP TABLE moving", err);
	rc = rc ? rc : db_commit(m->to, err);
	if (rc)
		db_rollback(m->to);
	return rc;
}

/* --- the old database --- */

/* One moment of it. Whoever pushes to PostgreSQL waits for the head's row meanwhile; SQLite's lock is held by the caller. */
static enum guichet_rc hold_source(struct db *db, struct guichet_err *err)
{
	enum guichet_rc rc = db_begin(db, err);
	if (rc || !db_is_postgres(db))
		return rc;
	rc = db_run(db, err, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "");
	struct db_rows *rows = rc ? NULL : db_query(db, err, "SELECT seq FROM head FOR UPDATE", "");
	if (!rc && !rows)
		rc = err ? err->code : GUICHET_IO;
	db_rows_done(&rows, NULL);
	return rc;
}

static enum guichet_rc read_identity(struct db *db, char *out, size_t room, struct guichet_err *err)
{
	struct db_rows *rows = db_query(db, err, "SELECT identity FROM head", "");
	if (!rows)
		return err ? err->code : GUICHET_IO;
	snprintf(out, room, "%s", db_next(rows) ? db_str(rows, 0) : "");
	return db_rows_done(&rows, err);
}

static enum guichet_rc move_over(struct admin *a, struct move *m, struct guichet_err *err)
{
	struct ledger_head head;
	char identity[64];
	enum guichet_rc rc = ledger_prepare(m->from, a->random, err);
	if (!rc)
		rc = hold_source(m->from, err);
	if (!rc)
		rc = ledger_head(m->from, &head, err);
	if (!rc)
		rc = read_identity(m->from, identity, sizeof identity, err);
	if (!rc)
		rc = prepare_target(m, identity, err);
	if (!rc)
		rc = copy_all(m, err);
	if (!rc)
		rc = verify_all(m, &head, err);
	if (!rc)
		rc = finish(m, err);
	if (!rc)
		text_addf(&a->out, _("Vérifié ligne à ligne : journal jusqu'à %lld, époque %lld. L'ancienne base n'a pas changé : ne la servez plus.\n"
			"Le registre des effacements reste %s : dites-le à la nouvelle configuration ([store] erased).\n"), (long long)head.seq, (long long)head.epoch, a->erased);
	db_rollback(m->from);
	return rc;
}

static enum guichet_rc lock_file(const char *path, int *lock, struct guichet_err *err)
{
	enum guichet_rc rc = path ? daemon_lock(path, lock, err) : GUICHET_OK;
	return rc != GUICHET_LOCKED ? rc : guichet_err_set(err, rc, _("%s : un guichetd tient cette base : arrêtez-le d'abord"), path);
}

enum guichet_rc admin_migrate(const struct daemon_options *o, struct admin *a, struct guichet_err *err)
{
	struct move m = { .a = a };
	int locks[2] = { -1, -1 };
	const bool to_postgres = !strcmp(a->words[0], "--to-postgres");
	if (!to_postgres && strcmp(a->words[0], "--to-sqlite") != 0)
		return guichet_err_set(err, GUICHET_USAGE, _("« %s » : --to-sqlite ou --to-postgres est attendu"), a->words[0]);
	const struct db_options to = { .sqlite = to_postgres ? NULL : a->words[1], .postgres = to_postgres ? a->words[1] : NULL };
	enum guichet_rc rc = GUICHET_OK;
	if (o->http.db.sqlite && access(o->http.db.sqlite, F_OK))
		rc = guichet_err_set(err, GUICHET_NO_INPUT, _("%s : aucune base à cet endroit"), o->http.db.sqlite);
	if (!rc && to.sqlite)
		rc = admin_become_owner(to.sqlite, err);
	if (!rc)
		rc = lock_file(o->http.db.sqlite, &locks[0], err);
	if (!rc)
		rc = lock_file(to.sqlite, &locks[1], err);
	if (!rc)
		rc = db_open(&o->http.db, &m.from, err);
	if (!rc)
		rc = db_open(&to, &m.to, err);
	if (!rc)
		rc = move_over(a, &m, err);
	db_close(&m.from);
	db_close(&m.to);
	daemon_unlock(&locks[1]);
	daemon_unlock(&locks[0]);
	return rc;
}
