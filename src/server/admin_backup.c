// SPDX-License-Identifier: GPL-3.0-or-later
/* Copies of a SQLite database, and taking one again. A copy is read beside the server, by a connection that neither writes nor checkpoints; a restore needs the
 * database for itself. */
#include "admin_inside.h"
#include "audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "erased.h"

enum { COPY_BYTES = 64 * 1024 };

static enum guichet_rc only_sqlite(const struct daemon_options *o, struct guichet_err *err)
{
	return o->http.db.postgres ? guichet_err_set(err, GUICHET_REFUSED, _("PostgreSQL se sauvegarde avec ses outils (pg_basebackup, archivage des WAL) ; ensuite : "
		"guichetd admin backed-up SÉQUENCE, ou guichetd admin restored")) : GUICHET_OK;
}

/* --- backup --- */

static enum guichet_rc sync_file(const char *path, struct guichet_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool fine = fd >= 0 && fsync(fd) == 0;
	int why = errno;
	if (fd >= 0)
		close(fd);
	return fine ? GUICHET_OK : guichet_err_set(err, GUICHET_IO, "%s : %s", path, strerror(why));
}

/* How far the copy goes; opened as it will be after a disaster. */
static enum guichet_rc look_into(const char *path, struct ledger_head *head, struct guichet_err *err)
{
	struct db *db = NULL;
	enum guichet_rc rc = db_open(&(struct db_options){ .sqlite = path }, &db, err);
	if (!rc && db_value(db, 0, "SELECT count(*) FROM sqlite_master WHERE name = 'head'", "") == 0)
		rc = guichet_err_set(err, GUICHET_DATA, _("%s : ce n'est pas une base de guichetd"), path);
	if (!rc)
		rc = ledger_head(db, head, err);
	struct db_rows *rows = rc ? NULL : db_query(db, err, "PRAGMA quick_check(1)", "");
	if (!rc && (!rows || !db_next(rows) || strcmp(db_str(rows, 0), "ok") != 0))
		rc = guichet_err_set(err, GUICHET_DATA, _("%s : la base est abîmée"), path);
	db_rows_done(&rows, NULL);
	db_close(&db);
	return rc;
}

enum guichet_rc admin_backup(const struct daemon_options *o, struct admin *a, struct guichet_err *err)
{
	struct db *db = NULL;
	struct ledger_head head;
	char number[24], name[] = "backed-up";
	char *words[] = { name, number };
	const char *path = a->words[0];
	enum guichet_rc rc = only_sqlite(o, err);
	if (!rc)
		rc = db_open(&(struct db_options){ .sqlite = o->http.db.sqlite, .read_only = true }, &db, err);
	/* One moment of the database, whatever is written meanwhile. */
	if (!rc)
		rc = db_run(db, err, "BEGIN", "");
	if (!rc)
		rc = ledger_head(db, &head, err);
	if (!rc)
		rc = db_backup(db, path, err);
	db_close(&db);
	if (!rc)
		rc = look_into(path, &head, err);
	if (!rc)
		rc = sync_file(path, err);
	if (rc)
		return rc;
	text_addf(&a->out, _("Copie faite : %s, journal jusqu'à %lld (époque %lld).\n"), path, (long long)head.seq, (long long)head.epoch);
	if (head.seq == 0)
		return GUICHET_OK;
	snprintf(number, sizeof number, "%lld", (long long)head.seq);
	return admin_run_words(o, a, words, 2, err);
}

/* --- restore --- */

static void beside(const char *path, const char *suffix, struct text *out)
{
	text_clear(out);
	text_addf(out, "%s%s", path, suffix);
}

static enum guichet_rc copy_file(const char *from, const char *to, struct guichet_err *err)
{
	char *bytes = guichet_alloc(COPY_BYTES);
	int in = open(from, O_RDONLY | O_CLOEXEC), out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t got = 0;
	enum guichet_rc rc = GUICHET_OK;
	if (in < 0)
		rc = guichet_err_set(err, GUICHET_NO_INPUT, "%s : %s", from, strerror(errno));
	else if (out < 0)
		rc = guichet_err_set(err, GUICHET_CANT_CREATE, "%s : %s", to, strerror(errno));
	while (!rc && (got = read(in, bytes, COPY_BYTES)) > 0)
		if (write(out, bytes, (size_t)got) != got)
			rc = guichet_err_set(err, GUICHET_IO, "%s : %s", to, strerror(errno));
	if (!rc && (got < 0 || fsync(out) != 0))
		rc = guichet_err_set(err, GUICHET_IO, "%s : %s", to, strerror(errno));
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	free(bytes);
	return rc;
}

static enum guichet_rc replay(const struct admin *a, const char *path, const char *postgres, size_t *replayed, struct ledger_head *head, struct guichet_err *err)
{
	struct db *db = NULL;
	struct db_options options = { .sqlite = path, .postgres = postgres };
	enum guichet_rc rc = db_open(&options, &db, err);
	if (!rc)
		rc = ledger_prepare(db, a->random, err);
	if (!rc)
		rc = erased_replay(a->erased, db, admin_now(a), a->random, replayed, err);
	if (!rc)
		rc = audit_note_alone(db, admin_now(a), a->random, "restored", NULL, err);
	if (!rc)
		rc = ledger_head(db, head, err);
	if (!rc && !db_is_postgres(db) && db_value(db, 1, "PRAGMA wal_checkpoint(TRUNCATE)", "") != 0)
		rc = guichet_err_set(err, GUICHET_LOCKED, _("un autre programme tient la base : réessayez"));
	db_close(&db);
	return rc;
}

/* Puts what is there aside, log and all, and the restored one in its place. */
static enum guichet_rc swap_in(const char *from, const char *store, bool replace, struct guichet_err *err)
{
	static const char *const parts[] = { "-wal", "" };
	struct text old = TEXT_INIT, aside = TEXT_INIT;
	bool fine = true;
	for (size_t i = 0; i < 2 && replace && fine; i++) {
		char suffix[24];
		beside(store, parts[i], &old);
		snprintf(suffix, sizeof suffix, ".replaced%s", parts[i]);
		beside(store, suffix, &aside);
		fine = rename(text_str(&old), text_str(&aside)) == 0 || errno == ENOENT;
	}
	beside(store, "-shm", &old);
	unlink(text_str(&old));
	fine = fine && rename(from, store) == 0;
	enum guichet_rc rc = fine ? GUICHET_OK : guichet_err_set(err, GUICHET_IO, "%s : %s", store, strerror(errno));
	text_done(&old);
	text_done(&aside);
	return rc;
}

static void say_restored(struct admin *a, const struct ledger_head *head, size_t replayed)
{
	text_addf(&a->out, _("Base reprise : journal jusqu'à %lld, époque %lld, %zu effacements rejoués. Les postes rapporteront ce qui manque.\n"),
		(long long)head->seq, (long long)head->epoch, replayed);
}

static enum guichet_rc restore_locked(struct admin *a, const char *store, const char *from, bool replace, struct guichet_err *err)
{
	struct text part = TEXT_INIT, other = TEXT_INIT;
	struct ledger_head head;
	size_t replayed = 0;
	enum guichet_rc rc = GUICHET_OK;
	beside(store, ".replaced", &other);
	if (!access(store, F_OK) && !replace)
		rc = guichet_err_set(err, GUICHET_REFUSED, _("%s existe : --replace la met de côté (%s)"), store, text_str(&other));
	else if (replace && !access(text_str(&other), F_OK))
		rc = guichet_err_set(err, GUICHET_REFUSED, _("%s existe déjà : rangez-la d'abord ailleurs"), text_str(&other));
	beside(from, "-wal", &other);
	struct stat about;
	if (!rc && stat(text_str(&other), &about) == 0 && about.st_size > 0)
		rc = guichet_err_set(err, GUICHET_REFUSED, _("%s existe : ce n'est pas une copie fermée (guichetd admin backup en fait)"), text_str(&other));
	beside(store, ".restoring", &part);
	beside(store, ".restoring-wal", &other);
	unlink(text_str(&other));
	if (!rc)
		rc = copy_file(from, text_str(&part), err);
	if (!rc)
		rc = look_into(text_str(&part), &head, err);
	if (!rc)
		rc = replay(a, text_str(&part), NULL, &replayed, &head, err);
	if (!rc)
		rc = swap_in(text_str(&part), store, replace, err);
	if (!rc)
		say_restored(a, &head, replayed);
	else
		unlink(text_str(&part));
	text_done(&part);
	text_done(&other);
	return rc;
}

enum guichet_rc admin_restore(const struct daemon_options *o, struct admin *a, struct guichet_err *err)
{
	int lock = -1;
	bool replace = a->count == 2;
	if (replace && strcmp(a->words[1], "--replace") != 0)
		return guichet_err_set(err, GUICHET_USAGE, _("« %s » : --replace est attendu"), a->words[1]);
	enum guichet_rc rc = only_sqlite(o, err);
	if (!rc)
		rc = daemon_lock(o->http.db.sqlite, &lock, err);
	if (rc == GUICHET_LOCKED)
		return guichet_err_set(err, GUICHET_LOCKED, _("%s : un guichetd tient cette base : arrêtez-le d'abord"), o->http.db.sqlite);
	if (!rc)
		rc = restore_locked(a, o->http.db.sqlite, a->words[0], replace, err);
	daemon_unlock(&lock);
	return rc;
}

enum guichet_rc admin_restored(const struct daemon_options *o, struct admin *a, struct guichet_err *err)
{
	struct ledger_head head;
	size_t replayed = 0;
	int lock = -1;
	enum guichet_rc rc = o->http.db.postgres ? GUICHET_OK : daemon_lock(o->http.db.sqlite, &lock, err);
	if (rc == GUICHET_LOCKED)
		return guichet_err_set(err, GUICHET_LOCKED, _("%s : un guichetd tient cette base : arrêtez-le d'abord"), o->http.db.sqlite);
	if (!rc && o->http.db.sqlite && access(o->http.db.sqlite, F_OK))
		rc = guichet_err_set(err, GUICHET_NO_INPUT, "%s : %s", o->http.db.sqlite, strerror(errno));
	if (!rc)
		rc = replay(a, o->http.db.sqlite, o->http.db.postgres, &replayed, &head, err);
	if (!rc)
		say_restored(a, &head, replayed);
	daemon_unlock(&lock);
	return rc;
}
