// SPDX-License-Identifier: GPL-3.0-or-later
/* The journal's care: what was parked, backups that others make, erasures and who has not passed them, the catalogue in force. */
#include "admin_inside.h"

#include <stdlib.h>

#include "erased.h"
#include "guichet/core/reference.h"
#include "guichet/store/store.h"
#include "ledger_files.h"
#include "ledger_inside.h"

enum { PARKED_MAX = 1000, SAME_REFERENCE = 20, BUSY_TRIES = 20 };

static enum guichet_rc end_transaction(struct admin *a, enum guichet_rc rc, struct guichet_err *err)
{
	rc = rc ? rc : db_commit(a->db, err);
	if (rc)
		db_rollback(a->db);
	return rc;
}

/* --- what was parked --- */

static const char *why(const char *code)
{
	return !strcmp(code, "role") ? _("le rôle de l'auteur ne le permet pas") : !strcmp(code, "scope") ? _("hors des services de l'auteur")
		: !strcmp(code, "subject") ? _("ce dont elle parle n'existe pas") : code;
}

static const struct admin_column parked_columns[] = {
	{ N_("Séquence"), "seq", COLUMN_NUMBER, NULL, NULL }, { N_("Opération"), "operation", COLUMN_TEXT, NULL, NULL }, { N_("Genre"), "kind", COLUMN_TEXT, NULL, NULL },
	{ N_("Demande"), "reference", COLUMN_TEXT, NULL, NULL }, { N_("Code"), "why", COLUMN_TEXT, NULL, NULL }, { N_("Pourquoi"), "text", COLUMN_TEXT, NULL, NULL },
	{ N_("Reçue le"), "received", COLUMN_INSTANT, NULL, NULL },
};

enum guichet_rc admin_parked(struct admin *a, struct guichet_err *err)
{
	json_t *list = json_array();
	struct db_rows *rows = db_query(a->db, err, "SELECT o.seq, o.device, o.dseq, o.kind, o.parked, o.recv_ms, i.reference FROM op o LEFT JOIN item i "
		"ON i.device = o.subject_device AND i.dseq = o.subject_dseq WHERE o.parked IS NOT NULL AND o.parked <> 'aside' AND NOT EXISTS(SELECT 1 FROM op s WHERE s.settles = o.seq) "
		"ORDER BY o.seq LIMIT ?1", "i", (int64_t)PARKED_MAX);
	while (rows && db_next(rows)) {
		char shown[REFERENCE_SHOWN] = "", id[OP_ID_TEXT];
		op_id_format((struct op_id){ (uint32_t)db_int(rows, 1), (uint64_t)db_int(rows, 2) }, id);
		if (!db_is_null(rows, 6))
			reference_show(db_int(rows, 6), shown);
		json_array_append_new(list, json_pack("[I, s, s, s, s, s, I]", (json_int_t)db_int(rows, 0), id, db_str(rows, 3), shown, db_str(rows, 4), why(db_str(rows, 4)),
			(json_int_t)db_int(rows, 5)));
	}
	size_t count = json_array_size(list);
	enum guichet_rc rc = rows ? db_rows_done(&rows, err) : err->code;
	ADMIN_PRINT(a, parked_columns, list);
	if (count == PARKED_MAX && !a->json)
		text_addf(&a->out, _("(les %d premières)\n"), PARKED_MAX);
	return rc;
}

static enum guichet_rc read_number(const char *word, int64_t *out, struct guichet_err *err)
{
	char *end;
	*out = strtoll(word, &end, 10);
	return *end || *out <= 0 ? guichet_err_set(err, GUICHET_DATA, _("« %s » n'est pas un numéro de séquence"), word) : GUICHET_OK;
}

enum guichet_rc admin_settle(struct admin *a, struct guichet_err *err)
{
	enum guichet_rc rc = db_begin(a->db, err);
	if (rc)
		return rc;
	for (int i = 0; i < a->count && !rc; i++) {
		int64_t seq, settled = 0;
		rc = read_number(a->words[i], &seq, err);
		if (!rc)
			rc = ledger_settle(a->db, seq, admin_now(a), &settled, err);
		if (!rc)
			text_addf(&a->out, _("L'opération %lld compte désormais, sous le numéro %lld.\n"), (long long)seq, (long long)settled);
	}
	rc = end_transaction(a, rc, err);
	if (rc)
		text_clear(&a->out);
	return rc;
}

enum guichet_rc admin_backed_up(struct admin *a, struct guichet_err *err)
{
	struct ledger_head head = { 0 };
	int64_t seq;
	enum guichet_rc rc = read_number(a->words[0], &seq, err);
	if (!rc)
		rc = ledger_head(a->db, &head, err);
	if (!rc && seq > head.seq)
		rc = guichet_err_set(err, GUICHET_REFUSED, _("le journal n'en est qu'à %lld : aucune sauvegarde ne tient %lld"), (long long)head.seq, (long long)seq);
	if (!rc)
		rc = db_run(a->db, err, "UPDATE head SET backup_seq = ?1 WHERE backup_seq < ?1", "i", seq);
	if (!rc)
		text_addf(&a->out, _("Sauvegardé jusqu'à %lld.\n"), (long long)(seq > head.backup_seq ? seq : head.backup_seq));
	return rc;
}

/* --- erasing --- */

/* The file first: what it names and the database refused then is named for nothing; the other way round an erasure could be forgotten by a restore. */
static enum guichet_rc erase_one(struct admin *a, struct op_id id, struct guichet_err *err)
{
	enum guichet_rc rc = ledger_erase(a->db, id, "guichetd", admin_now(a), a->random, err);
	return rc ? rc : erased_add(a->erased, &id, 1, admin_now(a), err);
}

/* The calls and mails that were about this request alone: who rang, from which number, what a mail said. */
static enum guichet_rc erase_contacts(struct admin *a, struct op_id request, struct guichet_err *err)
{
	struct op_id *contacts = NULL;
	size_t count = 0;
	enum guichet_rc rc = ledger_lone_contacts(a->db, request, &contacts, &count, err);
	for (size_t i = 0; i < count && !rc; i++)
		rc = erase_one(a, contacts[i], err);
	free(contacts);
	return rc;
}

static enum guichet_rc erase_with_requester(struct admin *a, struct op_id id, struct guichet_err *err)
{
	struct item item;
	char text[OP_ID_TEXT];
	enum guichet_rc rc = ledger_item(a->db, id, &item, err);
	if (!rc)
		rc = erase_one(a, id, err);
	if (!rc && item.subject == SUBJECT_REQUEST)
		rc = erase_contacts(a, id, err);
	op_id_format(id, text);
	if (!rc)
		text_addf(&a->out, _("%s effacé.\n"), text);
	if (rc || op_id_is_none(item.requester))
		return rc;
	int64_t others = db_value(a->db, 1, "SELECT count(*) FROM item WHERE requester_device = ?1 AND requester_dseq = ?2 AND erased = 0", "ii",
		(int64_t)item.requester.device, (int64_t)item.requester.dseq);
	op_id_format(item.requester, text);
	if (others > 0) {
		text_addf(&a->out, _("L'usager %s a d'autres demandes : il reste (pour l'effacer aussi : guichetd admin erase %s).\n"), text, text);
		return GUICHET_OK;
	}
	rc = erase_one(a, item.requester, err);
	if (!rc)
		text_addf(&a->out, _("%s effacé (son usager).\n"), text);
	return rc;
}

static enum guichet_rc erase_word(struct admin *a, const char *word, struct guichet_err *err)
{
	static const struct scope all = { .all = true };
	struct op_id ids[SAME_REFERENCE];
	struct guichet_err ignored;
	int64_t reference;
	size_t count = 0;
	enum guichet_rc rc = GUICHET_OK;
	if (op_id_parse(word, &ids[0]))
		count = 1;
	else if (reference_parse(word, &reference, &ignored) == GUICHET_OK)
		count = ledger_find_reference(a->db, &all, reference, ids, SAME_REFERENCE);
	else
		return guichet_err_set(err, GUICHET_DATA, _("« %s » n'est ni une référence ni un numéro d'opération : %s"), word, ignored.message);
	if (count == 0)
		return guichet_err_set(err, GUICHET_NOT_FOUND, _("aucune demande %s"), word);
	for (size_t i = 0; i < count && !rc; i++)
		rc = erase_with_requester(a, ids[i], err);
	return rc;
}

/* Pieces of erased files go, and old pages must not stay in the write-ahead log, nor dead rows in PostgreSQL's files. */
bool admin_sweep(struct db *db)
{
	struct guichet_err ignored;
	for (bool more = true; more;)
		if (ledger_drop_loose(db, 1, &more, &ignored))
			return false;
	if (db_is_postgres(db))
		return db_script(db, "VACUUM op", &ignored) == GUICHET_OK && db_script(db, "VACUUM blob_part", &ignored) == GUICHET_OK;
	return db_value(db, 1, "PRAGMA wal_checkpoint(TRUNCATE)", "") == 0;
}

enum guichet_rc admin_erase(struct admin *a, struct guichet_err *err)
{
	enum guichet_rc rc = db_begin(a->db, err);
	if (rc)
		return rc;
	for (int i = 0; i < a->count && !rc; i++)
		rc = erase_word(a, a->words[i], err);
	rc = end_transaction(a, rc, err);
	if (rc)
		text_clear(&a->out);
	else if (!admin_sweep(a->db))
		text_add(&a->out, _("Le journal de la base n'a pas pu être vidé maintenant (il sert) : refaites guichetd admin erasure.\n"));
	return rc;
}

static enum guichet_rc list_behind(struct admin *a, int64_t last, struct guichet_err *err)
{
	size_t behind = 0;
	struct db_rows *rows = db_query(a->db, err, "SELECT d.id, d.name, d.seen_ms, (SELECT count(*) FROM erased e WHERE e.seq > d.cursor_seq) FROM device d "
		"WHERE d.revoked_ms IS NULL AND d.cursor_seq < ?1 ORDER BY d.seen_ms", "i", last);
	if (!rows)
		return err->code;
	while (db_next(rows)) {
		text_addf(&a->out, _("poste %lld\t%s\t%lld à passer\tvu le "), (long long)db_int(rows, 0), db_str(rows, 1), (long long)db_int(rows, 3));
		admin_add_instant(&a->out, db_int(rows, 2));
		text_addc(&a->out, '\n');
		behind++;
	}
	if (behind == 0)
		text_add(&a->out, _("Tous les postes ont passé tous les effacements.\n"));
	return db_rows_done(&rows, err);
}

enum guichet_rc admin_erasure(struct admin *a, struct guichet_err *err)
{
	int64_t count = db_value(a->db, -1, "SELECT count(*) FROM erased", ""), last = db_value(a->db, 0, "SELECT max(seq) FROM erased", "");
	if (count < 0)
		return guichet_err_set(err, GUICHET_IO, _("la base ne répond pas"));
	text_addf(&a->out, _("%lld effacements, le dernier sous le numéro %lld.\n"), (long long)count, (long long)last);
	text_add(&a->out, admin_sweep(a->db) ? _("Serveur : passés.\n") : _("Serveur : le journal de la base n'a pas encore pu être vidé.\n"));
	return list_behind(a, last, err);
}

/* --- the catalogue --- */

enum guichet_rc admin_catalogue(struct admin *a, struct guichet_err *err)
{
	struct catalogue_source source = { 0 };
	struct catalogue *built = NULL;
	struct problems problems = { 0 };
	struct text packed = TEXT_INIT;
	uint8_t hash[32];
	char hex[65];
	enum guichet_rc rc = catalogue_read_folder(a->words[0], &source, err);
	if (!rc && catalogue_build(&source, &built, &problems)) {
		const struct problem *p = problems.count ? &problems.items[0] : NULL;
		rc = guichet_err_set(err, GUICHET_CONFIG, _("%s:%d : %s (%zu en tout : guichet catalogue check)"), p && p->file ? p->file : "", p ? p->line : 0,
			p ? p->message : "", problems.count);
	}
	if (!rc) {
		catalogue_source_pack(&source, &packed);
		catalogue_source_hash(&source, hash);
		wire_hex(hash, sizeof hash, hex);
		rc = db_run(a->db, err, "INSERT INTO catalogue(hash, applied_ms, packed) VALUES(?1, ?2, ?3) ON CONFLICT(hash) DO UPDATE SET applied_ms = excluded.applied_ms",
			"tib", hex, admin_now(a), (const void *)text_str(&packed), packed.len);
	}
	if (!rc)
		text_addf(&a->out, _("Catalogue en vigueur : %zu motifs, %zu services (%.12s).\n"), built->category_count, built->service_count, hex);
	text_done(&packed);
	catalogue_free(&built);
	problems_done(&problems);
	catalogue_source_done(&source);
	return rc;
}
