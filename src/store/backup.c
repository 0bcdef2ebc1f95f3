// SPDX-License-Identifier: GPL-3.0-or-later
/* Copies of a store: backup while it is in use, and restoring one in its place. A copy is made under another name beside its destination, is whole
 * and on the disk before it takes its name, and never overwrites anything.
 *
 * A copy is marked (BACKUP_MARK): whoever first writes to it, restored or merely opened, gets a new identity and serials elsewhere, since the original
 * may have gone on counting.
 */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP_PAGES = 256, RESTARTS_MAX = 3, BUSY_MS = 5000, KEPT_MAX = 1000 };

/* --- a file beside another --- */

static void remove_beside(const char *path, const char *suffix)
{
	struct text name = TEXT_INIT;
	text_addf(&name, "%s%s", path, suffix);
	unlink(text_str(&name));
	text_done(&name);
}

void store_sync_folder_of(const char *path)
{
	char *folder = guichet_strdup(path);
	char *slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(folder);
}

/* A copy in the making: PATH.partiel, held by a lock, so that one which a killed guichet left behind is taken over, and one that another is writing
 * is not. */
struct partial { char *path; int fd; };

static void partial_forget(struct partial *p)
{
	if (p->fd >= 0)
		close(p->fd);
	free(p->path);
	*p = (struct partial){ .fd = -1 };
}

static void partial_done(struct partial *p, bool drop)
{
	if (p->path && drop)
		unlink(p->path);
	if (p->path)
		remove_beside(p->path, "-journal");
	partial_forget(p);
}

static enum guichet_rc partial_open(const char *path, struct partial *out, struct guichet_err *err)
{
	struct text name = TEXT_INIT;
	text_addf(&name, "%s.partiel", path);
	out->path = text_take(&name);
	out->fd = open(out->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (out->fd < 0) {
		enum guichet_rc rc = errno == ENOSPC ? GUICHET_IO : GUICHET_CANT_CREATE;
		guichet_err_set(err, rc, _("impossible de créer %s : %s"), path, strerror(errno));
		partial_forget(out);
		return rc;
	}
	if (flock(out->fd, LOCK_EX | LOCK_NB)) {
		partial_forget(out);
		guichet_err_set(err, GUICHET_LOCKED, _("une autre copie vers %s est en cours : réessayez dans un instant"), path);
		return GUICHET_LOCKED;
	}
	remove_beside(out->path, "-journal");
	if (fchmod(out->fd, 0600) || ftruncate(out->fd, 0))
		return guichet_err_set(err, GUICHET_IO, _("impossible d'écrire %s : %s"), out->path, strerror(errno));
	return GUICHET_OK;
}

static enum guichet_rc already_there(const char *path, struct guichet_err *err)
{
	return guichet_err_set(err, GUICHET_CANT_CREATE, _("%s existe déjà : rien n'a été touché, donnez un autre nom"), path);
}

/* Gives `from` the name `to`, which nobody may have: errno EEXIST. */
static int rename_new(const char *from, const char *to)
{
	if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* File systems without that: a second name, then the first one goes. */
	return link(from, to) ? -1 : unlink(from);
}

/* On the disk, then under its own name. */
static enum guichet_rc publish(struct partial *p, const char *path, struct guichet_err *err)
{
	if (fsync(p->fd))
		return guichet_err_set(err, GUICHET_IO, _("impossible d'écrire %s : %s"), path, strerror(errno));
	if (rename_new(p->path, path))
		return errno == EEXIST ? already_there(path, err)
				       : guichet_err_set(err, GUICHET_CANT_CREATE, _("impossible de créer %s : %s"), path, strerror(errno));
	store_sync_folder_of(path);
	return GUICHET_OK;
}

/* --- copying pages --- */

/* A batch at a time, so that others can write in between. Each of their commits makes SQLite begin again: after some of those the rest is copied in
 * one go while they wait. */
static enum guichet_rc copy_pages(sqlite3 *from, const char *from_path, sqlite3 *to, const char *to_path, const struct progress *progress,
	struct guichet_err *err)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	if (!b)
		return sql_error(to, to_path, err);
	int restarts = 0, last = 0, code;
	enum guichet_rc rc = GUICHET_OK;
	while ((code = sqlite3_backup_step(b, restarts > RESTARTS_MAX ? -1 : STEP_PAGES)) == SQLITE_OK) {
		int total = sqlite3_backup_pagecount(b), done = total - sqlite3_backup_remaining(b);
		restarts += done <= last;
		last = done;
		if (!progress_tick(progress, done, total)) {
			rc = store_interrupted(err);
			break;
		}
	}
	if (rc == GUICHET_OK && ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED))
		rc = guichet_err_set(err, GUICHET_LOCKED, _("le dépôt %s est occupé par un autre guichet : réessayez dans un instant"), from_path);
	int finished = sqlite3_backup_finish(b);
	if (rc == GUICHET_OK && finished != SQLITE_OK)
		rc = sql_error(to, to_path, err);
	return rc;
}

/* Nobody reads the copy before it is whole and synced: no journal of its own. */
static enum guichet_rc open_target(const char *path, sqlite3 **db, struct guichet_err *err)
{
	if (sqlite3_open_v2(path, db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
		sqlite3_exec(*db, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF", NULL, NULL, NULL) != SQLITE_OK)
		return sql_error(*db, path, err);
	return GUICHET_OK;
}

static enum guichet_rc copy_to(sqlite3 *from, const char *from_path, const struct partial *p, const struct progress *progress,
	struct guichet_err *err)
{
	sqlite3 *to = NULL;
	enum guichet_rc rc = open_target(p->path, &to, err);
	if (rc == GUICHET_OK)
		rc = copy_pages(from, from_path, to, p->path, progress, err);
	if (rc == GUICHET_OK && sqlite3_exec(to,
			"INSERT OR REPLACE INTO meta(key, value) SELECT '" BACKUP_MARK "', value FROM meta WHERE key = 'device'", NULL, NULL, NULL))
		rc = sql_error(to, p->path, err);
	sqlite3_close(to);
	return rc;
}

enum guichet_rc store_backup(struct store *s, const char *path, const struct progress *p, struct guichet_err *err)
{
	struct partial copy = { .fd = -1 };
	struct stat st;
	if (!lstat(path, &st))
		return already_there(path, err);
	enum guichet_rc rc = partial_open(path, &copy, err);
	if (rc == GUICHET_OK)
		rc = copy_to(s->db, s->path, &copy, p, err);
	if (rc == GUICHET_OK)
		rc = publish(&copy, path, err);
	partial_done(&copy, rc != GUICHET_OK);
	return rc;
}

/* --- restoring --- */

static enum guichet_rc check_source(const char *from, const char *path, struct guichet_err *err)
{
	struct stat a, b;
	int version;
	if (stat(from, &a))
		return guichet_err_set(err, GUICHET_NO_INPUT, _("aucune sauvegarde à %s : %s"), from, strerror(errno));
	if (!stat(path, &b)) {
		if (a.st_dev == b.st_dev && a.st_ino == b.st_ino)
			return guichet_err_set(err, GUICHET_REFUSED, _("%s est le dépôt lui-même : donnez une sauvegarde"), from);
		if (!S_ISREG(b.st_mode))
			return guichet_err_set(err, GUICHET_CANT_CREATE, _("%s n'est pas un fichier ordinaire : rien n'a été touché"), path);
	}
	return store_check_header(from, &version, err);
}

static enum guichet_rc copy_source(const char *from, const struct partial *p, int busy_ms, struct guichet_err *err)
{
	sqlite3 *db = NULL;
	enum guichet_rc rc = GUICHET_OK;
	if (sqlite3_open_v2(from, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		rc = sql_error(db, from, err);
	if (rc == GUICHET_OK) {
		sqlite3_busy_timeout(db, busy_ms);
		rc = copy_to(db, from, p, NULL, err);
	}
	sqlite3_close(db);
	return rc;
}

static enum guichet_rc quick_check(struct store *s, const char *from, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s, "PRAGMA quick_check(1)", err);
	if (!st)
		return GUICHET_DATA;
	enum guichet_rc rc = sql_step(s, st, err);
	if (rc == GUICHET_OK && strcmp(column_str(st, 0), "ok"))
		rc = guichet_err_set(err, GUICHET_DATA, _("la sauvegarde %s est abîmée (%s) : essayez-en une autre"), from, column_str(st, 0));
	sqlite3_reset(st);
	return rc;
}

/* Opens the copy as a store (which migrates an older one), checks it, and gives it its identity. */
static enum guichet_rc prepare(const char *from, const struct partial *p, const struct store_options *options, struct guichet_err *err)
{
	struct store_options mine = options ? *options : (struct store_options){ 0 };
	struct store *s = NULL;
	mine.read_only = false;
	enum guichet_rc rc = store_open(p->path, &mine, &s, err);
	if (rc == GUICHET_OK)
		rc = quick_check(s, from, err);
	/* The mark is there: store_begin does the rest. */
	if (rc == GUICHET_OK && (rc = store_begin(s, err)) == GUICHET_OK)
		rc = store_commit(s, err);
	store_close(&s);
	for (int v = 2; v <= STORE_SCHEMA; v++) {
		char suffix[32];
		snprintf(suffix, sizeof suffix, ".avant-v%d", v);
		remove_beside(p->path, suffix);
	}
	return rc;
}

/* Nobody writes to the store that is replaced while it is; one that is damaged beyond opening is replaced all the same. */
static enum guichet_rc hold(const char *path, int busy_ms, sqlite3 **db, struct guichet_err *err)
{
	*db = NULL;
	if (access(path, F_OK))
		return GUICHET_OK;
	if (sqlite3_open_v2(path, db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK) {
		sqlite3_busy_timeout(*db, busy_ms);
		int code = sqlite3_exec(*db, "BEGIN EXCLUSIVE", NULL, NULL, NULL) & 0xff;
		if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
			return sql_error(*db, path, err);
	}
	return GUICHET_OK;
}

/* Keeps the replaced store under the first free name, with the journal of one that could not be opened: it is its, not the new one's. */
static enum guichet_rc keep_replaced(const char *path, struct guichet_err *err)
{
	struct text kept = TEXT_INIT, journal = TEXT_INIT;
	enum guichet_rc rc = GUICHET_OK;
	struct stat st;
	int linked = -1;
	text_addf(&journal, "%s-journal", path);
	if (lstat(path, &st)) {
		unlink(text_str(&journal));
		goto out;
	}
	for (int i = 1; linked && i < KEPT_MAX; i++) {
		text_clear(&kept);
		text_addf(&kept, i == 1 ? "%s.avant-restauration" : "%s.avant-restauration-%d", path, i);
		/* A second name, so that there is a store at `path` at every instant. */
		linked = link(path, text_str(&kept));
		if (linked && errno != EEXIST)
			linked = rename_new(path, text_str(&kept));
		if (linked && errno != EEXIST)
			break;
	}
	if (linked) {
		rc = guichet_err_set(err, GUICHET_CANT_CREATE, _("impossible de garder l'ancien dépôt sous %s : %s"), text_str(&kept), strerror(errno));
		goto out;
	}
	if (!stat(text_str(&journal), &st) && st.st_size > 0) {
		text_add(&kept, "-journal");
		if (rename(text_str(&journal), text_str(&kept)))
			rc = guichet_err_set(err, GUICHET_IO, _("impossible d'écarter %s : %s"), text_str(&journal), strerror(errno));
	}
out:
	text_done(&kept);
	text_done(&journal);
	return rc;
}

enum guichet_rc store_restore(const char *from, const char *path, const struct store_options *options, struct guichet_err *err)
{
	struct partial copy = { .fd = -1 };
	sqlite3 *old = NULL;
	int busy_ms = options && options->busy_ms ? options->busy_ms : BUSY_MS;
	enum guichet_rc rc = check_source(from, path, err);
	if (rc)
		return rc;
	rc = partial_open(path, &copy, err);
	if (rc == GUICHET_OK)
		rc = copy_source(from, &copy, busy_ms, err);
	if (rc == GUICHET_OK)
		rc = prepare(from, &copy, options, err);
	if (rc == GUICHET_OK && fsync(copy.fd))
		rc = guichet_err_set(err, GUICHET_IO, _("impossible d'écrire %s : %s"), path, strerror(errno));
	if (rc == GUICHET_OK)
		rc = hold(path, busy_ms, &old, err);
	if (rc == GUICHET_OK)
		rc = keep_replaced(path, err);
	if (rc == GUICHET_OK && rename(copy.path, path))
		rc = guichet_err_set(err, GUICHET_CANT_CREATE, _("impossible de créer %s : %s"), path, strerror(errno));
	if (rc == GUICHET_OK)
		store_sync_folder_of(path);
	sqlite3_close(old);
	partial_done(&copy, rc != GUICHET_OK);
	return rc;
}
