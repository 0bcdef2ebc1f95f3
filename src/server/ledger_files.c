// SPDX-License-Identifier: GPL-3.0-or-later
/* Files of the journal, in pieces (ledger_files.h): bringing one in, and letting go what only erased requests had. A file goes in two steps: at once nobody finds it any
 * more (its row goes with the erasure), then its pieces, a few at a time, so that nobody's push waits for twenty megabytes of zeroes. Must not know HTTP. */
#include "ledger_files.h"

#include "ledger_inside.h"

/* --- bringing --- */

/* Whoever began and never ended has left pieces: they go after a day. */
enum guichet_rc ledger_file_piece(struct db *db, const char *sha256, int64_t n, const void *data, size_t bytes, int64_t now_ms, struct guichet_err *err)
{
	enum guichet_rc rc = n > 0 ? GUICHET_OK : db_run(db, err, "INSERT INTO blob_loose(sha256, since_ms) VALUES(?1, ?2) ON CONFLICT(sha256) DO UPDATE SET "
		"since_ms = excluded.since_ms", "ti", sha256, now_ms);
	if (!rc && bytes > 0)
		rc = db_run(db, err, "INSERT INTO blob_part(sha256, n, data) VALUES(?1, ?2, ?3) ON CONFLICT(sha256, n) DO UPDATE SET data = excluded.data", "tib", sha256, n,
			data, bytes);
	return rc;
}

#define ERASED(use) "EXISTS(SELECT 1 FROM item i WHERE i.device = " use ".subject_device AND i.dseq = " use ".subject_dseq AND i.erased = 1)"

/* It came late: whatever it was attached to has been erased. */
static bool only_erased_use(struct db *db, const char *sha256)
{
	return db_value(db, 0, "SELECT count(*) FROM blob_use u WHERE u.sha256 = ?1", "t", sha256) > 0
		&& db_value(db, 1, "SELECT count(*) FROM blob_use u WHERE u.sha256 = ?1 AND NOT " ERASED("u"), "t", sha256) == 0;
}

enum guichet_rc ledger_file_end(struct db *db, const char *sha256, int64_t bytes, uint32_t device, struct guichet_err *err)
{
	/* Pieces may have been taken away between two of them: counted, and held until the commit, they are all there. */
	const char *sql = db_is_postgres(db) ? "SELECT coalesce(sum(l), 0) FROM (SELECT length(data) AS l FROM blob_part WHERE sha256 = ?1 FOR SHARE) p"
		: "SELECT coalesce(sum(length(data)), 0) FROM blob_part WHERE sha256 = ?1";
	if (only_erased_use(db, sha256))
		return db_run(db, err, "UPDATE blob_loose SET since_ms = 0 WHERE sha256 = ?1", "t", sha256);
	if (db_value(db, -1, sql, "t", sha256) != bytes)
		return guichet_err_set(err, GUICHET_LOCKED, "%s", _("un autre programme tient la base : réessayez"));
	enum guichet_rc rc = db_run(db, err, "INSERT INTO blob_store(sha256, bytes, device) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING", "tii", sha256, bytes,
		(int64_t)device);
	return rc ? rc : db_run(db, err, "DELETE FROM blob_loose WHERE sha256 = ?1", "t", sha256);
}

/* --- letting go --- */

/* Those of the subject that nothing else has which stands. */
#define OF_IT "FROM blob_store WHERE sha256 IN (SELECT u.sha256 FROM blob_use u WHERE u.subject_device = ?1 AND u.subject_dseq = ?2) AND NOT EXISTS(SELECT 1 FROM " \
	"blob_use o WHERE o.sha256 = blob_store.sha256 AND (o.subject_device <> ?1 OR o.subject_dseq <> ?2) AND NOT " ERASED("o") ")"

enum guichet_rc ledger_loosen_files(struct db *db, struct op_id subject, struct guichet_err *err)
{
	int64_t device = subject.device, dseq = (int64_t)subject.dseq;
	enum guichet_rc rc = db_run(db, err, "INSERT INTO blob_loose(sha256, since_ms) SELECT sha256, 0 " OF_IT " ON CONFLICT(sha256) DO UPDATE SET since_ms = 0", "ii",
		device, dseq);
	return rc ? rc : db_run(db, err, "DELETE " OF_IT, "ii", device, dseq);
}

static enum guichet_rc drop(struct db *db, int64_t before_ms, bool *more, struct guichet_err *err)
{
	enum guichet_rc rc = db_run(db, err, "DELETE FROM blob_part WHERE (sha256, n) IN (SELECT p.sha256, p.n FROM blob_loose l JOIN blob_part p ON p.sha256 = l.sha256 "
		"WHERE l.since_ms < ?1 LIMIT ?2)", "ii", before_ms, (int64_t)FILE_PIECES_AT_ONCE);
	*more = !rc && db_changed(db) == FILE_PIECES_AT_ONCE;
	if (rc || *more)
		return rc;
	return db_run(db, err, "DELETE FROM blob_loose WHERE since_ms < ?1 AND NOT EXISTS(SELECT 1 FROM blob_part p WHERE p.sha256 = blob_loose.sha256)", "i", before_ms);
}

bool ledger_has_loose(struct db *db, int64_t before_ms)
{
	return db_value(db, 0, "SELECT count(*) FROM blob_loose WHERE since_ms < ?1", "i", before_ms) > 0;
}

enum guichet_rc ledger_drop_loose(struct db *db, int64_t before_ms, bool *more, struct guichet_err *err)
{
	enum guichet_rc rc = db_begin(db, err);
	*more = false;
	if (rc)
		return rc;
	rc = drop(db, before_ms, more, err);
	rc = rc ? rc : db_commit(db, err);
	if (rc)
		db_rollback(db);
	return rc;
}
