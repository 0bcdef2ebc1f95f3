// SPDX-License-Identifier: GPL-3.0-or-later
/* What is done to the server's journal beside pushes: settling what was parked, erasing, lending serials, a new epoch after a restore. */
#include "guichet/base/sim_bug.h"
#include "ledger_files.h"
#include "ledger_inside.h"

#include <stdlib.h>
#include <string.h>

enum { SERVER_DEVICE = 1 /* no desk gets this number */ };
_Static_assert((int)WIRE_CHAIN == (int)OP_SALT, "a chain serves as salt");

/* `parked`: NULL, it counts; else why it still does not. */
static enum guichet_rc settle(struct db *db, int64_t seq, const char *parked, int64_t recv_ms, int64_t *settled, struct guichet_err *err)
{
	struct op op = { 0 };
	struct inserted in = { .recv_ms = recv_ms, .settles = seq, .parked = parked };
	const struct pusher nobody = { .roles = 0 };
	const struct judge none = { .device = 0 };
	struct db_rows *rows = db_query(db, err, "SELECT " OP_COLUMNS ", o.pushed_by FROM op o WHERE o.seq = ?1", "i", seq);
	if (!rows)
		return err ? err->code : GUICHET_IO;
	bool found = db_next(rows);
	enum guichet_rc rc = found ? row_op(rows, &op, err) : guichet_err_set(err, GUICHET_NOT_FOUND, _("aucune opération n° %lld"), (long long)seq);
	in.pushed_by = found ? (uint32_t)db_int(rows, COLUMN_NOW + 1) : 0;
	db_rows_done(&rows, NULL);
	if (rc)
		return rc;
	if (!op.parked || db_value(db, 0, "SELECT count(*) FROM op WHERE settles = ?1", "i", seq) > 0)
		rc = guichet_err_set(err, GUICHET_REFUSED, _("l'opération n° %lld n'est pas en souffrance"), (long long)seq);
	if (!rc)
		rc = ledger_advance(db, 1, &op.seq, in.chain, err);
	wire_chain(in.chain, op.id, op.hash);
	if (!rc)
		rc = ledger_take(db, &nobody, &none, &op, &in, err);
	if (!rc)
		rc = ledger_set_chain(db, in.chain, err);
	*settled = op.seq;
	op_done(&op);
	return rc ? rc : db_notify(db, err);
}

enum guichet_rc ledger_settle(struct db *db, int64_t seq, int64_t recv_ms, int64_t *settled, struct guichet_err *err)
{
	return settle(db, seq, NULL, recv_ms, settled, err);
}

enum guichet_rc ledger_settle_as_asked(struct db *db, const struct op *asked, int64_t recv_ms, struct guichet_err *err)
{
	struct op_id target;
	int64_t settled;
	if (!op_id_parse(op_text(asked, "target", ""), &target))
		return GUICHET_OK;
	/* Of the same request: who may settle there is judged by it. */
	int64_t seq = db_value(db, 0, "SELECT o.seq FROM op o WHERE o.device = ?1 AND o.dseq = ?2 AND o.subject_device = ?3 AND o.subject_dseq = ?4 "
		"AND o.parked IS NOT NULL AND NOT EXISTS(SELECT 1 FROM op s WHERE s.settles = o.seq)", "iiii", (int64_t)target.device, (int64_t)target.dseq,
		(int64_t)asked->subject.device, (int64_t)asked->subject.dseq);
	return seq > 0 ? settle(db, seq, op_bool(asked, "aside") ? "aside" : NULL, recv_ms, &settled, err) : GUICHET_OK;
}

/* --- erasing --- */

bool ledger_is_erased(struct db *db, struct op_id id)
{
	return db_value(db, 0, "SELECT count(*) FROM erased WHERE device = ?1 AND dseq = ?2", "ii", (int64_t)id.device, (int64_t)id.dseq) > 0;
}

/* The server's own operations begin anew after a restore, under a number that nobody has: desks may hold some that the backup lacks. */
static uint32_t own_device(int64_t epoch)
{
	return epoch <= 1 ? SERVER_DEVICE : (uint32_t)(UINT32_MAX - epoch);
}

enum guichet_rc ledger_blank_subject(struct db *db, struct op_id subject, struct guichet_err *err)
{
	enum guichet_rc rc = ledger_forget_words(db, subject, err);
	if (!rc)
		rc = db_run(db, err, "UPDATE op SET personal = NULL, salt = NULL WHERE subject_device = ?1 AND subject_dseq = ?2 AND salt IS NOT NULL",
		"ii", (int64_t)subject.device, (int64_t)subject.dseq);
	if (!rc)
		rc = db_run(db, err, "UPDATE item SET erased = 1 WHERE device = ?1 AND dseq = ?2", "ii", (int64_t)subject.device, (int64_t)subject.dseq);
	if (!rc)
		rc = ledger_loosen_files(db, subject, err);
	return rc;
}

/* `months`, `visa`: its retention was over, and the archives agreed; 0, NULL: somebody asked. */
static enum guichet_rc erase(struct db *db, struct op_id subject, const char *actor, int64_t now_ms, const uint8_t salt[OP_SALT], int months, const char *visa,
	struct guichet_err *err)
{
	struct item item;
	struct op op;
	struct inserted in = { .recv_ms = now_ms };
	struct ledger_head head;
	enum guichet_rc rc = ledger_item(db, subject, &item, err);
	if (!rc && !item.known)
		rc = guichet_err_set(err, GUICHET_NOT_FOUND, _("rien de tel à effacer"));
	if (!rc)
		rc = ledger_blank_subject(db, subject, err);
	if (!rc)
		rc = ledger_head(db, &head, err);
	if (rc)
		return rc;
	in.pushed_by = own_device(head.epoch);
	op_init(&op, OP_ERASE, subject, actor, now_ms);
	if (months > 0)
		op_fact_int(&op, "retention", months);
	op_fact_if(&op, "visa", visa);
	rc = op_seal(&op, salt, err);
	if (!rc)
		rc = ledger_advance(db, 1, &op.seq, in.chain, err);
	op.id = (struct op_id){ in.pushed_by, (uint64_t)db_value(db, 0, "SELECT coalesce(max(dseq), 0) FROM op WHERE device = ?1 AND settles IS NULL", "i",
		(int64_t)in.pushed_by) + 1 };
	wire_chain(in.chain, op.id, op.hash);
	in.was = in.now = item.subject == SUBJECT_REQUEST ? item.service : NULL;
	if (!rc)
		rc = ledger_insert(db, &op, &in, err);
	if (!rc)
		rc = ledger_set_chain(db, in.chain, err);
	if (!rc)
		rc = db_run(db, err, "INSERT INTO erased(device, dseq, seq, at_ms) VALUES(?1, ?2, ?3, ?4) ON CONFLICT(device, dseq) DO UPDATE SET seq = excluded.seq",
			"iiii", (int64_t)subject.device, (int64_t)subject.dseq, op.seq, now_ms);
	op_done(&op);
	return rc ? rc : db_notify(db, err);
}

enum guichet_rc ledger_erase(struct db *db, struct op_id subject, const char *actor, int64_t now_ms, struct guichet_random random, struct guichet_err *err)
{
	uint8_t salt[OP_SALT];
	random.fill(random.context, salt, sizeof salt);
	return erase(db, subject, actor, now_ms, salt, 0, NULL, err);
}

enum guichet_rc ledger_purge(struct db *db, struct op_id subject, int64_t now_ms, struct guichet_random random, int months, const char *visa, struct guichet_err *err)
{
	uint8_t salt[OP_SALT];
	random.fill(random.context, salt, sizeof salt);
	return erase(db, subject, "guichetd", now_ms, salt, months, visa, err);
}

/* The first one whom this database knows and no desk was told of; none: nobody. */
static struct op_id untold(struct db *db)
{
	struct op_id id = { 0, 0 };
	struct db_rows *rows = db_query(db, NULL, "SELECT e.device, e.dseq FROM erased e JOIN item i ON i.device = e.device AND i.dseq = e.dseq WHERE e.seq = 0 "
		"ORDER BY e.device, e.dseq LIMIT 1", "");
	if (rows && db_next(rows))
		id = (struct op_id){ (uint32_t)db_int(rows, 0), (uint64_t)db_int(rows, 1) };
	while (rows && db_next(rows))
		continue;
	db_rows_done(&rows, NULL);
	return id;
}

enum guichet_rc ledger_erase_brought_back(struct db *db, int64_t now_ms, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	struct op_id id;
	struct ledger_head head;
	while (!rc && !op_id_is_none(id = untold(db)))
		/* An erasure says nothing that its salt would have to hide. */
		if (!(rc = ledger_head(db, &head, err)))
			rc = erase(db, id, "guichetd", now_ms, head.chain, 0, NULL, err);
	return rc;
}

/* --- serials --- */

enum guichet_rc ledger_lend(struct db *db, uint32_t device, size_t wanted, int64_t now_ms, int64_t *firsts, size_t *count, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	for (*count = 0; *count < wanted && !rc; ++*count) {
		struct db_rows *rows = db_query(db, err, "UPDATE head SET next_serial = next_serial + ?1 WHERE one = 1 RETURNING next_serial", "i",
			(int64_t)(SIM_BUG(serial_lent_twice) ? 0 : SERIALS_BLOCK));
		if (!rows)
			return err ? err->code : GUICHET_IO;
		int64_t first = db_next(rows) ? db_int(rows, 0) - SERIALS_BLOCK : SERIALS_END;
		while (db_next(rows))
			continue;
		rc = db_rows_done(&rows, err);
		if (!rc && first + SERIALS_BLOCK > SERIALS_END)
			rc = guichet_err_set(err, GUICHET_REFUSED, _("il n'y a plus de numéros de demande à prêter"));
		if (!rc && !SIM_BUG(serial_lent_twice))
			rc = db_run(db, err, "INSERT INTO serial_block(first, device, lent_ms) VALUES(?1, ?2, ?3)", "iii", first, (int64_t)device, now_ms);
		if (rc)
			return rc;
		firsts[*count] = first;
	}
	return rc;
}

/* --- after a restore --- */

enum guichet_rc ledger_restored(struct db *db, struct guichet_err *err)
{
	enum guichet_rc rc = db_begin(db, err);
	if (rc)
		return rc;
	rc = db_run(db, err, "UPDATE head SET epoch = epoch + ?2, epoch_seq = seq, epoch_chain = chain, next_serial = next_serial + ?1", "ii",
		SIM_BUG(lent_again_restored) ? 0 : (int64_t)RESTORED_BERTH * SERIALS_BLOCK, (int64_t)!SIM_BUG(restore_same_epoch));
	struct db_rows *rows = rc ? NULL : db_query(db, err, "SELECT device, dseq FROM erased", "");
	struct op_id *ids = NULL;
	size_t count = 0, capacity = 0;
	while (rows && db_next(rows)) {
		GUICHET_GROW(ids, count, capacity);
		ids[count++] = (struct op_id){ (uint32_t)db_int(rows, 0), (uint64_t)db_int(rows, 1) };
	}
	if (!rc)
		rc = rows ? db_rows_done(&rows, err) : err ? err->code : GUICHET_IO;
	for (size_t i = 0; i < count && !rc; i++)
		rc = ledger_blank_subject(db, ids[i], err);
	free(ids);
	if (!rc)
		rc = db_commit(db, err);
	if (rc)
		db_rollback(db);
	return rc;
}
