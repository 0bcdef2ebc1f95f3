// SPDX-License-Identifier: GPL-3.0-or-later
/* The scope hash (core/digest.h) of a window of the server's journal, for one desk's scope. Nothing of it is kept: a
 * window is at most a thousand rows, each with one look at its subject, and desks ask seldom. */
#include "ledger_inside.h"

#define RECENT "(i.open = 1 OR i.closed_ms >= ?3)"
/* Of a person: whether an open request names them, whoever sees it. */
#define NAMED \
	"EXISTS(SELECT 1 FROM item r WHERE r.requester_device = o.subject_device AND r.requester_dseq = o.subject_dseq " \
	"AND r.subject = 0 AND r.open = 1)"
enum {
	DIGEST_SEQ,
	DIGEST_DEVICE,
	DIGEST_DSEQ,
	DIGEST_SUBJECT_DEVICE,
	DIGEST_SUBJECT_DSEQ,
	DIGEST_HASH,
	DIGEST_SUBJECT,
	DIGEST_SERVICE
};

static bool names_for(struct db *db, const struct scope *scope, struct op_id person)
{
	bool sees = scope->all;
	struct db_rows *rows = sees ? NULL
		: db_query(db, NULL, "SELECT DISTINCT service FROM item WHERE requester_device = ?1 AND requester_dseq = ?2 "
			"AND subject = 0 AND open = 1", "ii", (int64_t)person.device, (int64_t)person.dseq);
	while (rows && !sees && db_next(rows))
		sees = scope_has(scope, db_str(rows, 0));
	db_rows_done(&rows, NULL);
	return sees;
}

enum guichet_rc ledger_digest(struct db *db, const struct scope *scope, const struct digest_window *w,
	struct digest *out, struct guichet_err *err)
{
	*out = (struct digest){ .operations = 0 };
	struct db_rows *rows = db_query(db, err, "SELECT o.seq, o.device, o.dseq, o.subject_device, o.subject_dseq, "
		"o.hash, i.subject, i.service FROM op o JOIN item i ON i.device = o.subject_device AND i.dseq = o.subject_dseq "
		"WHERE o.seq > ?1 AND o.seq <= ?2 AND o.parked IS NULL AND (i.subject = 3 OR (i.subject = 0 AND " RECENT
		") OR (i.subject = 1 AND " NAMED ")) ORDER BY o.seq", "iii", w->from, w->to, w->since_ms);
	if (!rows)
		return err ? err->code : GUICHET_IO;
	while (db_next(rows)) {
		struct op_id id = { (uint32_t)db_int(rows, DIGEST_DEVICE), (uint64_t)db_int(rows, DIGEST_DSEQ) };
		struct op_id subject = { (uint32_t)db_int(rows, DIGEST_SUBJECT_DEVICE),
			(uint64_t)db_int(rows, DIGEST_SUBJECT_DSEQ) };
		enum op_subject what = (enum op_subject)db_int(rows, DIGEST_SUBJECT);
		size_t bytes;
		const void *hash = db_bytes(rows, DIGEST_HASH, &bytes);
		if ((what == SUBJECT_REQUEST && !scope_has(scope, db_str(rows, DIGEST_SERVICE))) ||
			(what == SUBJECT_REQUESTER && !names_for(db, scope, subject)))
			continue;
		digest_add(out, db_int(rows, DIGEST_SEQ), id, subject, bytes == OP_HASH ? hash : NULL);
	}
	return db_rows_done(&rows, err);
}
