// SPDX-License-Identifier: GPL-3.0-or-later
/* A snapshot of the server's, built into a database of its own beside the store (PATH.neuf), page by page; what is there when the process is killed is gone on with.
 * Nobody else reads it before it takes the store's place (replica_swap.c): it is written without waiting for the disk, and most of its indexes come last.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shadow_inside.h"

enum { BOOT_ID = 64, COMMIT_SUBJECTS = 4000, CACHE_KIB = 65536 };

void shadow_remove(const char *path)
{
	struct text side = TEXT_INIT;
	text_addf(&side, "%s-journal", path);
	unlink(text_str(&side));
	unlink(path);
	text_done(&side);
}

static void path_of(const struct store *s, struct text *out)
{
	text_addf(out, "%s.neuf", s->path);
}

/* What was not waited for is lost when the machine stops: then one begins anew. */
static void read_boot(char out[BOOT_ID])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd >= 0 ? read(fd, out, BOOT_ID - 1) : 0;
	out[got > 0 ? got : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

/* --- copying rows between two files --- */

enum guichet_rc shadow_copy(struct store *from, struct store *to, const char *select, const char *insert, struct guichet_err *err)
{
	sqlite3_stmt *in = sql_prepare(from, select, err), *out = in ? sql_prepare(to, insert, err) : NULL;
	if (!out)
		return GUICHET_INTERNAL;
	enum guichet_rc rc;
	while ((rc = sql_step(from, in, err)) == GUICHET_OK) {
		for (int i = 0; i < sqlite3_column_count(in); i++)
			sqlite3_bind_value(out, i + 1, sqlite3_column_value(in, i));
		rc = sql_step(to, out, err);
		if (rc != GUICHET_NOT_FOUND)
			break;
	}
	sqlite3_reset(in);
	sqlite3_clear_bindings(out);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* --- making it --- */

static enum guichet_rc read_catalogue(struct store *s, struct catalogue_source *out, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT packed FROM catalogue WHERE lower(hex(hash)) = (SELECT value FROM meta WHERE key = 'catalogue')", err);
	enum guichet_rc rc = st ? sql_step(s, st, err) : GUICHET_INTERNAL;
	if (!rc)
		rc = catalogue_source_unpack(sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0), out, err);
	if (st)
		sqlite3_reset(st);
	return rc;
}

/* Indexes that a building does not read: made at the end, each in order. */
#define LATE_INDEXES "type = 'index' AND sql IS NOT NULL AND tbl_name IN ('request', 'requester', 'contact', 'todo', 'op') AND name NOT IN ('request_op', 'op_subject', " \
	"'op_merge', 'op_parked', 'op_files', 'requester_merged')"

static enum guichet_rc drop_indexes(struct store *s, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	for (bool more = true; more && !rc;) {
		sqlite3_stmt *st = sql_prepare(s, "SELECT name FROM sqlite_master WHERE " LATE_INDEXES " LIMIT 1", err);
		struct text drop = TEXT_INIT;
		rc = st ? sql_step(s, st, err) : GUICHET_INTERNAL;
		more = rc == GUICHET_OK;
		if (more)
			text_addf(&drop, "DROP INDEX \"%s\"", column_str(st, 0));
		if (st)
			sqlite3_reset(st);
		rc = more ? sql_exec(s, text_str(&drop), err) : rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
		text_done(&drop);
	}
	return rc;
}

/* The same desk, with nothing in it. */
static enum guichet_rc fill_identity(struct store *live, struct store *s, struct guichet_err *err)
{
	char boot[BOOT_ID];
	read_boot(boot);
	enum guichet_rc rc = sql_exec(s, "BEGIN IMMEDIATE; DELETE FROM meta; DELETE FROM device", err);
	if (!rc)
		rc = shadow_copy(live, s, "SELECT key, value FROM meta WHERE key IN ('device', 'catalogue', 'exercise') OR key LIKE 'server-%' AND key NOT IN ('server-cursor', "
			"'server-leaving', 'server-resync', 'server-rewinding', 'server-scope', 'server-since')", "INSERT INTO meta(key, value) VALUES(?1, ?2)", err);
	if (!rc)
		rc = shadow_copy(live, s, "SELECT no, id, own FROM device", "INSERT INTO device(no, id, own) VALUES(?1, ?2, ?3)", err);
	if (!rc)
		rc = shadow_copy(live, s, "SELECT hash, applied_ms, packed FROM catalogue", "INSERT OR REPLACE INTO catalogue(hash, applied_ms, packed) VALUES(?1, ?2, ?3)", err);
	if (!rc)
		rc = shadow_copy(live, s, "SELECT kind, code, name, path, service FROM local_code", "INSERT OR REPLACE INTO local_code(kind, code, name, path, service) "
			"VALUES(?1, ?2, ?3, ?4, ?5)", err);
	if (!rc)
		rc = store_set_setting(s, "shadow-boot", boot, err);
	if (!rc)
		rc = drop_indexes(s, err);
	return rc ? rc : sql_exec(s, "COMMIT", err);
}

static enum guichet_rc make(struct store *live, const char *path, const struct store_options *o, struct guichet_err *err)
{
	struct catalogue_source source = { 0 };
	struct store *s = NULL;
	enum guichet_rc rc = read_catalogue(live, &source, err);
	if (!rc)
		rc = store_create(path, &source, false, o, err);
	catalogue_source_done(&source);
	if (!rc)
		rc = store_open(path, o, &s, err);
	if (!rc)
		rc = fill_identity(live, s, err);
	store_close(&s);
	if (rc)
		shadow_remove(path);
	return rc;
}

/* For this process alone until it is closed; another that builds one is not disturbed. */
static enum guichet_rc take(struct store *s, struct guichet_err *err)
{
	enum guichet_rc rc = sql_exec(s, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF; PRAGMA cache_spill = ON; PRAGMA cache_size = -65536", err);
	return rc ? rc : sql_exec(s, "BEGIN IMMEDIATE; COMMIT", err);
}

static bool may_go_on(struct store *s, struct store *live)
{
	char boot[BOOT_ID], *known = store_setting(s, "shadow-boot");
	read_boot(boot);
	bool same = known && boot[0] && !strcmp(known, boot) && s->device == live->device;
	free(known);
	return same;
}

/* What it keeps is the server's if it was restored, and nobody's once it was erased. */
static int64_t told_of(struct store *live)
{
	struct replica_cursor at;
	replica_read_cursor(live, &at);
	bool keeps = at.epoch != 0 || sql_value(live, 0, "SELECT 1 FROM device WHERE own = 1 AND acked > 0 LIMIT 1", "");
	return keeps ? at.seq : -1;
}

static enum guichet_rc read_position(struct shadow *h)
{
	char *next = store_setting(h->store, "shadow-next"), *scope = store_setting(h->store, "server-scope");
	replica_read_cursor(h->store, &h->state.at);
	h->state.begun = h->state.at.epoch != 0;
	h->state.complete = h->state.begun && (!next || !*next);
	snprintf(h->state.next, sizeof h->state.next, "%s", next ? next : "");
	snprintf(h->scope, sizeof h->scope, "%s", scope ? scope : "");
	h->state.done = replica_number(h->store, "shadow-done", 0);
	h->state.total = replica_number(h->store, "shadow-total", 0);
	h->state.works = replica_number(h->store, "shadow-works", 0) != 0;
	h->told = replica_number(h->store, "shadow-told", 0);
	free(next);
	free(scope);
	return GUICHET_OK;
}

enum guichet_rc shadow_open(struct store *live, struct shadow **out, struct guichet_err *err)
{
	struct text path = TEXT_INIT;
	struct store_options o = { .clock = live->clock, .random = live->random, .busy_ms = 1, .unsynced = true };
	struct store *s = NULL;
	path_of(live, &path);
	*out = NULL;
	enum guichet_rc rc = access(text_str(&path), F_OK) ? GUICHET_NOT_FOUND : store_open(text_str(&path), &o, &s, err);
	if (!rc)
		rc = take(s, err);
	if (!rc && !may_go_on(s, live))
		rc = GUICHET_NOT_FOUND;
	if (rc && rc != GUICHET_LOCKED) {
		store_close(&s);
		shadow_remove(text_str(&path));
		rc = make(live, text_str(&path), &o, err);
		if (!rc)
			rc = store_open(text_str(&path), &o, &s, err);
		if (!rc)
			rc = take(s, err);
	}
	if (!rc) {
		struct shadow *h = *out = guichet_alloc(sizeof *h);
		h->live = live;
		h->store = s;
		h->path = text_take(&path);
		s->file = 0;
		s->is_shadow = true;
		/* A new desk shows nothing yet that would have to stay where it is. */
		s->kept = sql_value(live, 0, "SELECT 1 FROM request LIMIT 1", "") ? live : NULL;
		rc = read_position(h);
	} else {
		store_close(&s);
	}
	text_done(&path);
	return rc;
}

void shadow_close(struct shadow **shadow)
{
	struct shadow *h = *shadow;
	if (!h)
		return;
	/* What came whole is gone on with the next time. */
	if (h->store && h->store->depth > 0 && !h->torn)
		store_commit(h->store, NULL);
	if (h->store && h->store->depth > 0)
		store_rollback(h->store);
	shadow_drop_loan(h);
	store_close(&h->store);
	free(h->path);
	free(h);
	*shadow = NULL;
}

void shadow_drop(struct shadow **shadow)
{
	char *path = *shadow ? guichet_strdup((*shadow)->path) : NULL;
	if (*shadow)
		(*shadow)->torn = true;
	shadow_close(shadow);
	if (path)
		shadow_remove(path);
	free(path);
}

void shadow_discard(const struct store *s)
{
	struct text path = TEXT_INIT;
	path_of(s, &path);
	shadow_remove(text_str(&path));
	text_add(&path, "-ouvert");
	shadow_remove(text_str(&path));
	text_done(&path);
}

const struct shadow_state *shadow_state(const struct shadow *h)
{
	return &h->state;
}

int64_t shadow_told(struct shadow *h)
{
	if (!h->state.begun)
		h->told = told_of(h->live);
	return h->told;
}

struct store *shadow_store(struct shadow *h)
{
	return h->store;
}

/* --- its pages --- */

/* A subject that is not there yet: nothing to compare it with, nothing to take away. */
static enum guichet_rc add_subject(struct store *s, struct op *ops, size_t count, struct guichet_err *err)
{
	enum guichet_rc rc = replica_know_device(s, ops[0].subject.device, err);
	for (size_t i = 0; i < count && !rc; i++)
		rc = replica_know_named(s, &ops[i], err);
	int64_t subject = rc ? 0 : op_pack(s, ops[0].subject);
	if (rc || sql_value(s, 0, "SELECT 1 FROM op WHERE id = ?1", "i", subject))
		return rc;
	for (size_t i = 0; i < count && !rc; i++)
		rc = journal_insert(s, &ops[i], err);
	/* The tables are of our making: what breaks their rules is what came, an operation twice. */
	if (rc == GUICHET_INTERNAL)
		return guichet_err_set(err, GUICHET_DATA, _("le serveur a répondu autre chose que ce qui est convenu (%s)"), "snapshot");
	if (rc)
		return rc;
	struct loaded l = { .ops = ops, .op_count = count };
	op_sort(ops, count);
	switch (op_kind_subject(ops[0].kind)) {
	case SUBJECT_REQUEST:
		request_fold(&l.request, ops, count);
		if (!op_id_is_none(l.request.id))
			rc = project_request(s, &l, NULL, err);
		request_done(&l.request);
		return rc;
	case SUBJECT_REQUESTER:
		return restore_requester(s, subject, err);
	case SUBJECT_CONTACT:
	case SUBJECT_BULLETIN:
		return restore_notice(s, subject, ops, count, err);
	}
	return rc;
}

static enum guichet_rc write_position(struct shadow *h, struct guichet_err *err)
{
	struct store *s = h->store;
	enum guichet_rc rc = store_set_setting(s, "shadow-next", h->state.next, err);
	if (!rc)
		rc = replica_set_number(s, "shadow-done", h->state.done, err);
	if (!rc)
		rc = replica_set_number(s, "shadow-total", h->state.total, err);
	return rc ? rc : replica_set_number(s, "shadow-works", h->state.works, err);
}

static enum guichet_rc begin(struct shadow *h, const struct shadow_page *p, struct guichet_err *err)
{
	enum guichet_rc rc = replica_write_cursor(h->store, &p->at, err);
	if (!rc)
		rc = store_set_setting(h->store, "server-scope", p->scope, err);
	if (!rc)
		rc = store_set_setting(h->store, "server-services", p->services, err);
	if (!rc)
		rc = replica_set_number(h->store, "server-since", p->since_ms, err);
	if (!rc)
		rc = replica_set_number(h->store, "server-days", p->days, err);
	if (!rc)
		rc = replica_set_number(h->store, "shadow-told", h->told, err);
	h->state.at = p->at;
	h->state.begun = true;
	h->state.total = p->total;
	snprintf(h->scope, sizeof h->scope, "%s", p->scope);
	return rc;
}

static bool is_expected(const struct shadow *h, const struct shadow_page *p)
{
	return !h->state.begun || (p->at.epoch == h->state.at.epoch && p->at.seq == h->state.at.seq && !memcmp(p->at.chain, h->state.at.chain, sizeof p->at.chain) &&
		!strcmp(p->scope, h->scope));
}

static enum guichet_rc commit(struct shadow *h, struct guichet_err *err)
{
	h->uncommitted = 0;
	return h->store->depth > 0 ? store_commit(h->store, err) : GUICHET_OK;
}

enum guichet_rc shadow_add(struct shadow *h, const struct shadow_page *p, struct guichet_err *err)
{
	struct store *s = h->store;
	enum guichet_rc rc = is_expected(h, p) && !h->state.complete ? GUICHET_OK
		: guichet_err_set(err, GUICHET_REFUSED, _("cette page est d'un autre instantané"));
	/* Several pages a transaction: what one changes is written once. */
	if (!rc && s->depth == 0 && !(rc = store_begin(s, err)))
		rc = settle_all(s, err);
	if (!rc && !h->state.begun)
		rc = begin(h, p, err);
	/* A day may begin while it is read. */
	if (!rc)
		rc = replica_lets_go(s, p->since_ms, err);
	for (size_t i = 0; i < p->count && !rc; i++) {
		rc = add_subject(s, p->subjects[i].ops, p->subjects[i].count, err);
		h->state.done += p->subjects[i].count > 0 && p->subjects[i].ops[0].kind == OP_CREATE;
	}
	for (size_t i = 0; i < p->erased_count && !rc; i++)
		rc = replica_note_erased(s, p->erased[i], err);
	snprintf(h->state.next, sizeof h->state.next, "%s", p->next);
	bool now_works = p->works && !h->state.works;
	h->state.works = h->state.works || p->works;
	h->state.complete = !p->next[0];
	if (!rc)
		rc = write_position(h, err);
	h->uncommitted += p->count;
	if (!rc && (h->uncommitted >= COMMIT_SUBJECTS || h->state.complete || now_works))
		rc = commit(h, err);
	h->torn = h->torn || rc;
	return rc;
}

/* --- its end --- */

/* As the store itself has them. They are read first and made then: while a row of the store is looked at, nobody can
 * write to it. */
enum guichet_rc shadow_index(struct store *live, struct store *s, struct guichet_err *err)
{
	char **made = NULL;
	size_t count = 0, capacity = 0;
	sqlite3_stmt *st = sql_prepare(live, "SELECT sql, name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL", err);
	enum guichet_rc rc = st ? GUICHET_OK : GUICHET_INTERNAL;
	while (!rc && (rc = sql_step(live, st, err)) == GUICHET_OK)
		if (!sql_value(s, 0, "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?1", "t", column_str(st, 1))) {
			GUICHET_GROW(made, count, capacity);
			made[count++] = guichet_strdup(column_str(st, 0));
		}
	if (st)
		sqlite3_reset(st);
	rc = rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
	for (size_t i = 0; i < count && !rc; i++)
		rc = sql_exec(s, made[i], err);
	for (size_t i = 0; i < count; i++)
		free(made[i]);
	free(made);
	return rc;
}

/* Merges are said on one of two records, and what a device sent goes without a hole. */
enum guichet_rc shadow_round_off(struct store *s, struct guichet_err *err)
{
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	for (int64_t id = 0; !rc && (id = sql_value(s, 0, "SELECT id FROM op INDEXED BY op_merge WHERE id > ?1 AND kind IN ('requester-merge', 'requester-split') "
		"ORDER BY id LIMIT 1", "i", id));) {
		struct op *ops;
		size_t count;
		rc = journal_read(s, sql_value(s, 0, "SELECT subject FROM op WHERE id = ?1", "i", id), &ops, &count, err);
		for (size_t i = 0; i < count && !rc; i++)
			if (op_pack(s, ops[i].id) == id)
				rc = project_requester(s, &ops[i], err);
		ops_free(ops, count);
	}
	if (!rc)
		rc = sql_run(s, err, "UPDATE device SET acked = max(acked, coalesce((SELECT max(o.id) FROM op o WHERE o.id > (no << 40) AND o.id < ((no + 1) << 40)), no << 40) "
			"- (no << 40))", "");
	return store_finish(s, rc, err);
}

/* A commit that waits for it: all that was written before goes along. */
enum guichet_rc shadow_put_on_disk(struct store *s, struct guichet_err *err)
{
	enum guichet_rc rc = sql_exec(s, "PRAGMA synchronous = EXTRA", err);
	if (!rc)
		rc = store_set_setting(s, "shadow-whole", "1", err);
	return rc ? rc : sql_exec(s, "PRAGMA synchronous = OFF", err);
}

enum guichet_rc shadow_finish(struct shadow *h, struct guichet_err *err)
{
	enum guichet_rc rc = commit(h, err);
	if (!rc)
		rc = shadow_index(h->live, h->store, err);
	if (!rc)
		rc = shadow_round_off(h->store, err);
	if (!rc)
		rc = shadow_copy_blobs(h->live, h->store, err);
	return rc ? rc : shadow_put_on_disk(h->store, err);
}

void shadow_interrupt(struct shadow *h)
{
	sqlite3_interrupt(h->store->db);
}
