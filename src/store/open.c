// SPDX-License-Identifier: GPL-3.0-or-later
/* Creating, opening and closing a store; its settings and its catalogue. What a file must be to be ours, and what to do with an older one. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER_BYTES = 100, BUSY_MS = 5000, BACKUP_DAYS = 7 };

static uint32_t number_at(const unsigned char *head, size_t at)
{
	return (uint32_t)head[at] << 24 | (uint32_t)head[at + 1] << 16 | (uint32_t)head[at + 2] << 8 | head[at + 3];
}

/* While a transaction is written, or after it was cut short there, the file may be shorter than its first page says: what is in the journal
 * beside it tells SQLite what to do. It looks at the length itself once that is done. */
static bool is_being_written(const char *path)
{
	struct stat st;
	struct text journal = TEXT_INIT;
	text_addf(&journal, "%s-journal", path);
	bool busy = stat(text_str(&journal), &st) == 0 && st.st_size > 0;
	text_done(&journal);
	return busy;
}

/* Reads the header; *cut gets whether the file holds less than it says. False when it is no SQLite file. */
static bool read_header(int fd, unsigned char head[HEADER_BYTES], bool *cut)
{
	struct stat st;
	ssize_t got = pread(fd, head, HEADER_BYTES, 0);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || got < 16 || memcmp(head, "SQLite format 3", 16))
		return false;
	uint32_t page = (uint32_t)head[16] << 8 | head[17];
	*cut = got < HEADER_BYTES || (int64_t)number_at(head, 28) * (page == 1 ? 65536 : page) > st.st_size;
	return true;
}

/* SQLite 3.40's header: magic, at 28 the number of pages, at 60 user_version and at 68 application_id, big endian. Read before SQLite may touch
 * the file. */
enum guichet_rc store_check_header(const char *path, int *version, struct guichet_err *err)
{
	unsigned char head[HEADER_BYTES] = { 0 };
	bool cut = false;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* never waits on what is no file */
	if (fd < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return guichet_err_set(err, GUICHET_NO_INPUT,
				_("aucun dépôt à %s : créez-le avec « guichet init », ou indiquez-le avec --store"), path);
		return guichet_err_set(err, errno == EACCES ? GUICHET_NO_PERM : GUICHET_IO, _("impossible de lire %s : %s"), path,
			strerror(errno));
	}
	bool ours = read_header(fd, head, &cut);
	/* Looked at twice: a writer may have ended between the file and its journal. */
	if (ours && cut && !is_being_written(path))
		ours = read_header(fd, head, &cut);
	close(fd);
	if (!ours)
		return guichet_err_set(err, GUICHET_DATA, _("%s n'est pas un dépôt guichet"), path);
	if (cut && !is_being_written(path))
		return guichet_err_set(err, GUICHET_DATA, _("le dépôt %s est tronqué : restaurez une sauvegarde (guichet restore)"), path);
	uint32_t application = number_at(head, 68);
	*version = (int)number_at(head, 60);
	if (application == STORE_APPLICATION_ID && *version == 0)
		return guichet_err_set(err, GUICHET_DATA,
			_("la création du dépôt %s a été interrompue : supprimez ce fichier et refaites « guichet init »"), path);
	if (application != STORE_APPLICATION_ID || *version < 1)
		return guichet_err_set(err, GUICHET_DATA, _("%s n'est pas un dépôt guichet"), path);
	if (*version > STORE_SCHEMA)
		return guichet_err_set(err, GUICHET_DATA,
			_("le dépôt %s vient d'un guichet plus récent (schéma %d, celui-ci lit jusqu'au %d) : mettez guichet à jour"), path,
			*version, STORE_SCHEMA);
	return GUICHET_OK;
}

static void note_file(struct store *s)
{
	struct stat st = { 0 };
	stat(s->path, &st);
	s->file_device = st.st_dev;
	s->file = st.st_ino;
}

static enum guichet_rc connect(struct store *s, int flags, const struct store_options *options, struct guichet_err *err)
{
	if (sqlite3_open_v2(s->path, &s->db, flags | SQLITE_OPEN_NOMUTEX, options && options->unsynced ? NULL : gather_vfs()) != SQLITE_OK)
		return sql_error(s->db, s->path, err);
	sqlite3_extended_result_codes(s->db, 1);
	/* Before anything is read: another guichet may be writing at this very moment. */
	sqlite3_busy_timeout(s->db, options && options->busy_ms ? options->busy_ms : BUSY_MS);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
	note_file(s);
	/* A rollback journal, since 3.40.1's WAL has a bug; truncated, so that it keeps no erased data. */
	return sql_exec(s,
		"PRAGMA journal_mode = TRUNCATE;"
		"PRAGMA synchronous = EXTRA;"
		"PRAGMA secure_delete = ON;"
		"PRAGMA cache_spill = OFF;"
		"PRAGMA cache_size = -8192;"
		"PRAGMA temp_store = MEMORY;", err);
}

static struct store *store_new(const char *path, const struct store_options *options)
{
	struct store *s = guichet_alloc(sizeof *s);
	s->idle_changes = -1;
	s->path = guichet_strdup(path);
	s->clock = options && options->clock.now_ms ? options->clock : clock_system();
	s->random = options && options->random.fill ? options->random : random_system();
	s->read_only = options && options->read_only;
	s->rebuilt = (struct rebuilt){ INT64_MAX, INT64_MAX, INT64_MAX };
	return s;
}

char *store_setting(struct store *s, const char *key)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT value FROM meta WHERE key = ?1", NULL);
	if (!st)
		return NULL;
	sql_bind(st, "t", key);
	char *value = NULL;
	if (sql_step(s, st, NULL) == GUICHET_OK)
		value = guichet_strdup(column_str(st, 0));
	sqlite3_reset(st);
	return value;
}

static int64_t setting_int(struct store *s, const char *key, int64_t fallback)
{
	return sql_value(s, fallback, "SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?1", "t", key);
}

enum guichet_rc store_set_setting(struct store *s, const char *key, const char *value, struct guichet_err *err)
{
	return sql_run(s, err, "INSERT INTO meta(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value", "tt",
		key, value);
}

enum guichet_rc store_load_devices(struct store *s, struct guichet_err *err)
{
	s->device_count = 0;
	s->device_no = 0;
	sqlite3_stmt *st = sql_prepare(s, "SELECT no, id FROM device ORDER BY no", err);
	if (!st)
		return GUICHET_INTERNAL;
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		GUICHET_GROW(s->devices, s->device_count, s->device_capacity);
		s->devices[s->device_count].no = sqlite3_column_int64(st, 0);
		s->devices[s->device_count++].id = (uint32_t)sqlite3_column_int64(st, 1);
	}
	s->device = (uint32_t)setting_int(s, "device", 0);
	for (size_t i = 0; i < s->device_count; i++)
		if (s->devices[i].id == s->device)
			s->device_no = s->devices[i].no;
	if (rc == GUICHET_NOT_FOUND && !s->device_no)
		return guichet_err_set(err, GUICHET_DATA, _("le dépôt %s a perdu son identité : restaurez une sauvegarde (guichet restore)"), s->path);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

enum guichet_rc store_load_catalogue(struct store *s, struct guichet_err *err)
{
	struct catalogue_source source = { 0 };
	struct problems problems = { 0 };
	sqlite3_stmt *st = sql_prepare(s,
		"SELECT packed FROM catalogue WHERE lower(hex(hash)) = (SELECT value FROM meta WHERE key = 'catalogue')", err);
	if (!st)
		return GUICHET_INTERNAL;
	enum guichet_rc rc = sql_step(s, st, err);
	if (rc == GUICHET_NOT_FOUND)
		return guichet_err_set(err, GUICHET_DATA, _("le dépôt %s n'a pas de catalogue : restaurez une sauvegarde (guichet restore)"),
			s->path);
	if (rc)
		return rc;
	rc = catalogue_source_unpack(sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0), &source, err);
	sqlite3_reset(st);
	struct catalogue *c = NULL;
	if (rc == GUICHET_OK) {
		/* Nothing else is saved than what was built without a mistake. */
		source.known = true;
		rc = catalogue_build(&source, &c, &problems);
		if (rc)
			guichet_err_set(err, rc, _("le catalogue du dépôt %s ne se lit plus (%s:%d: %s)"), s->path,
				problems.count ? problems.items[0].file : "", problems.count ? problems.items[0].line : 0,
				problems.count ? problems.items[0].message : "");
	}
	if (rc == GUICHET_OK) {
		if (s->catalogue) {
			GUICHET_GROW(s->retired, s->retired_count, s->retired_capacity);
			s->retired[s->retired_count++] = s->catalogue;
		}
		s->catalogue = c;
		store_add_local_codes(s, c);
		s->local_codes = sql_value(s, 0, "SELECT count(*) FROM local_code", "");
	}
	problems_done(&problems);
	catalogue_source_done(&source);
	return rc;
}

enum guichet_rc store_save_catalogue(struct store *s, const struct catalogue_source *source, struct guichet_err *err)
{
	struct problems problems = { 0 };
	struct catalogue *c = NULL;
	enum guichet_rc rc = catalogue_build(source, &c, &problems);
	if (rc) {
		guichet_err_set(err, rc, _("catalogue refusé : %s:%d: %s (%zu erreurs, voir « guichet catalogue check »)"),
			problems.count ? problems.items[0].file : "", problems.count ? problems.items[0].line : 0,
			problems.count ? problems.items[0].message : "", problems.count);
		problems_done(&problems);
		return rc;
	}
	struct text packed = { .cap = 64 * 1024 * 1024 };
	catalogue_source_pack(source, &packed);
	char hex[65];
	for (int i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", c->hash[i]);
	rc = sql_run(s, err, "INSERT OR REPLACE INTO catalogue(hash, applied_ms, packed) VALUES(?1, ?2, ?3)", "bib", (const void *)c->hash,
		sizeof c->hash, store_now(s), (const void *)text_str(&packed), packed.len);
	if (rc == GUICHET_OK)
		rc = store_set_setting(s, "catalogue", hex, err);
	text_done(&packed);
	catalogue_free(&c);
	return rc;
}

/* Beyond are the server's own (ledger_care.c). What a server gave, and what others have, may be anywhere below. */
#define DEVICE_LAST (UINT32_MAX - 65536)

static bool is_known(struct store *s, uint32_t id)
{
	return sql_value(s, 0, "SELECT 1 FROM device WHERE id = ?1", "i", (int64_t)id) != 0;
}

/* A device identity above every one that this desk had: operations not yet acknowledged fold by (device, dseq), so what is written after a restore must come
 * after what was restored. And a random thousand for serials, away from every one used here before. */
enum guichet_rc store_new_identity(struct store *s, struct guichet_err *err)
{
	enum { TRIES = 20 };
	uint32_t random = 0, id = 0;
	uint32_t last = (uint32_t)sql_value(s, 0, "SELECT max(id) FROM device WHERE own = 1", "");
	uint32_t limit = last < INT32_MAX / 2 ? INT32_MAX : DEVICE_LAST;
	/* A sixteenth of what is left each time: room for hundreds of restores, and two desks that start alike still differ. */
	for (int i = 0; i < TRIES && last < limit && (id == 0 || is_known(s, id)); i++) {
		s->random.fill(s->random.context, &random, sizeof random);
		id = last + 1 + random % ((limit - last) / 16 + 1);
	}
	if (id == 0 || id > limit || is_known(s, id))
		return guichet_err_set(err, GUICHET_REFUSED, _("ce dépôt a changé d'identité trop de fois : rattachez-le à un serveur"));
	char text[32];
	snprintf(text, sizeof text, "%u", id);
	enum guichet_rc rc = sql_run(s, err, "INSERT INTO device(no, id) SELECT coalesce(max(no), 0) + 1, ?1 FROM device", "i", (int64_t)id);
	if (rc == GUICHET_OK)
		rc = store_set_setting(s, "device", text, err);
	if (rc == GUICHET_OK)
		rc = store_new_serials(s, err);
	return rc;
}

static enum guichet_rc create_inside(struct store *s, const struct catalogue_source *catalogue, bool exercise, struct guichet_err *err)
{
	char pragma[64];
	snprintf(pragma, sizeof pragma, "PRAGMA application_id = %d", STORE_APPLICATION_ID);
	enum guichet_rc rc = sql_exec(s, pragma, err);
	if (rc == GUICHET_OK)
		rc = migrations_run(s, 0, err);
	if (rc == GUICHET_OK)
		rc = sql_exec(s, "BEGIN IMMEDIATE", err);
	if (rc)
		return rc;
	if (exercise)
		rc = store_set_setting(s, "exercise", "1", err);
	if (rc == GUICHET_OK)
		rc = store_new_identity(s, err);
	if (rc == GUICHET_OK)
		rc = store_save_catalogue(s, catalogue, err);
	if (rc == GUICHET_OK)
		return sql_exec(s, "COMMIT", err);
	sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

enum guichet_rc store_create(const char *path, const struct catalogue_source *catalogue, bool exercise,
	const struct store_options *options, struct guichet_err *err)
{
	/* O_EXCL: two creations at once make one store. Personal data: nobody but its owner reads it. */
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		if (errno == EEXIST)
			return guichet_err_set(err, GUICHET_CANT_CREATE, _("%s existe déjà : rien n'a été touché"), path);
		return guichet_err_set(err, errno == ENOSPC ? GUICHET_IO : GUICHET_CANT_CREATE, _("impossible de créer %s : %s"), path,
			strerror(errno));
	}
	close(fd);
	struct store *s = store_new(path, options);
	enum guichet_rc rc = connect(s, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, options, err);
	if (rc == GUICHET_OK)
		rc = create_inside(s, catalogue, exercise, err);
	store_close(&s);
	if (rc) {
		unlink(path);
		struct text side = TEXT_INIT;
		text_addf(&side, "%s-journal", path);
		unlink(text_str(&side));
		text_done(&side);
	}
	return rc;
}

/* PATH.avant-vN, made before a migration, goes after seven days: it holds personal data that may have been erased since. */
void store_drop_old_backups(struct store *s)
{
	for (int v = 2; v <= STORE_SCHEMA; v++) {
		struct text name = TEXT_INIT;
		struct stat st;
		text_addf(&name, "%s.avant-v%d", s->path, v);
		if (!stat(text_str(&name), &st) && store_now(s) / 1000 - st.st_mtime > BACKUP_DAYS * 86400)
			unlink(text_str(&name));
		text_done(&name);
	}
}

static enum guichet_rc migrate(struct store *s, int version, struct guichet_err *err)
{
	if (version == STORE_SCHEMA)
		return GUICHET_OK;
	if (s->read_only)
		return guichet_err_set(err, GUICHET_NO_PERM,
			_("le dépôt %s vient d'un guichet plus ancien : ouvrez-le une fois sans --read-only pour le mettre à jour"), s->path);
	struct text name = TEXT_INIT;
	text_addf(&name, "%s.avant-v%d", s->path, version + 1);
	unlink(text_str(&name));
	enum guichet_rc rc = store_backup(s, text_str(&name), NULL, err);
	if (rc == GUICHET_OK)
		rc = migrations_run(s, version, err);
	text_done(&name);
	return rc;
}

/* In one reading transaction: once it has begun nobody can come in between. */
static enum guichet_rc load(struct store *s, struct guichet_err *err)
{
	enum guichet_rc rc = sql_exec(s, "BEGIN", err);
	if (rc == GUICHET_OK)
		rc = store_load_devices(s, err);
	if (rc == GUICHET_OK) {
		s->exercise = setting_int(s, "exercise", 0) != 0;
		rc = store_load_catalogue(s, err);
	}
	sqlite3_exec(s->db, rc ? "ROLLBACK" : "COMMIT", NULL, NULL, NULL);
	return rc;
}

enum guichet_rc store_open(const char *path, const struct store_options *options, struct store **out, struct guichet_err *err)
{
	int version = 0;
	*out = NULL;
	enum guichet_rc rc = store_check_header(path, &version, err);
	if (rc)
		return rc;
	struct store *s = store_new(path, options);
	rc = connect(s, access(path, W_OK) == 0 ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY, options, err);
	if (rc == GUICHET_OK)
		rc = migrate(s, version, err);
	if (rc == GUICHET_OK)
		rc = load(s, err);
	if (rc == GUICHET_OK && s->read_only)
		rc = sql_exec(s, "PRAGMA query_only = ON", err);
	if (rc) {
		store_close(&s);
		return rc;
	}
	if (!s->read_only)
		store_drop_old_backups(s);
	*out = s;
	return GUICHET_OK;
}

static void forget_statements(struct store *s)
{
	for (size_t i = 0; i < s->statement_slots; i++)
		sqlite3_finalize(s->statements[i].st);
	free(s->statements);
	s->statements = NULL;
	s->statement_slots = s->statement_count = 0;
}

static bool is_read(const struct store *s)
{
	for (sqlite3_stmt *st = sqlite3_next_stmt(s->db, NULL); st; st = sqlite3_next_stmt(s->db, st))
		if (sqlite3_stmt_busy(st))
			return true;
	return false;
}

bool store_was_replaced(const struct store *s)
{
	struct stat st;
	return s->file && stat(s->path, &st) == 0 && (st.st_ino != s->file || st.st_dev != s->file_device);
}

/* The old connection stays until the new one is there: a store that is open can always be asked. */
enum guichet_rc store_follow_file(struct store *s, struct guichet_err *err)
{
	struct store_options options = { .clock = s->clock, .random = s->random, .read_only = s->read_only };
	if (s->depth > 0 || !store_was_replaced(s))
		return GUICHET_OK;
	if (is_read(s))
		return guichet_err_set(err, GUICHET_LOCKED, _("le dépôt %s vient d'être remplacé : réessayez dans un instant"), s->path);
	struct store *fresh = NULL;
	enum guichet_rc rc = store_open(s->path, &options, &fresh, err);
	/* A backup that was put back is another store, and somebody has to look. */
	if (!rc && fresh->device != s->device)
		rc = guichet_err_set(err, GUICHET_LOCKED, _("le dépôt %s vient d'être remplacé (restauration) : rouvrez-le"), s->path);
	if (rc) {
		store_close(&fresh);
		return rc;
	}
	forget_statements(s);
	sqlite3_close(s->db);
	s->db = fresh->db;
	fresh->db = NULL;
	s->file = fresh->file;
	s->file_device = fresh->file_device;
	store_close(&fresh);
	search_counts_done(&s->counts);
	s->counts.version = -1;
	s->idle_changes = -1;
	s->waiting.mark = -1;
	s->local_codes = -1;
	s->file_changes += 1LL << 32;
	return load(s, err);
}

void store_close(struct store **store)
{
	struct store *s = *store;
	if (!s)
		return;
	*store = NULL;
	forget_statements(s);
	sqlite3_close(s->db);
	catalogue_free(&s->catalogue);
	for (size_t i = 0; i < s->retired_count; i++)
		catalogue_free(&s->retired[i]);
	free(s->retired);
	tallies_done(&s->tallies);
	tallies_done(&s->waiting.sums);
	search_counts_done(&s->counts);
	for (size_t i = 0; i < s->text_count; i++) {
		free(s->texts[i].words);
		free(s->texts[i].old_words);
	}
	free(s->texts);
	free(s->devices);
	free(s->path);
	free(s);
}

const char *store_path(const struct store *s) { return s->path; }
bool store_is_exercise(const struct store *s) { return s->exercise; }
uint32_t store_device(const struct store *s) { return s->device; }
struct catalogue *store_catalogue(struct store *s) { return s->catalogue; }
int64_t store_now(const struct store *s) { return s->clock.now_ms(s->clock.context); }
