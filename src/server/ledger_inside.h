// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files of the server's journal share. */
#ifndef GUICHET_SERVER_LEDGER_INSIDE_H
#define GUICHET_SERVER_LEDGER_INSIDE_H

#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/server/ledger.h"

/* Columns that row_op reads, of a row of op joined to itself for settled ones. */
#define OP_COLUMNS "o.seq, o.device, o.dseq, o.subject_device, o.subject_dseq, o.kind, o.v, o.actor, o.wall_ms, o.facts, o.personal, o.base, o.salt, o.hash, " \
	"o.parked, o.was, o.now"
enum { COLUMN_SEQ, COLUMN_DEVICE, COLUMN_DSEQ, COLUMN_SUBJECT_DEVICE, COLUMN_SUBJECT_DSEQ, COLUMN_KIND, COLUMN_V, COLUMN_ACTOR, COLUMN_WALL, COLUMN_FACTS,
	COLUMN_PERSONAL, COLUMN_BASE, COLUMN_SALT, COLUMN_HASH, COLUMN_PARKED, COLUMN_WAS, COLUMN_NOW };
enum guichet_rc row_op(struct db_rows *rows, struct op *out, struct guichet_err *err);
/* Every operation of a subject up to a seq, settled ones where they were settled. */
enum guichet_rc ledger_subject(struct db *db, struct op_id subject, int64_t up_to, struct op **ops, size_t *count, struct guichet_err *err);

enum { ITEM_SERVICES = 400 };
struct item { bool known; enum op_subject subject; char service[ITEM_SERVICES]; /* more than one while two routes are in conflict */ struct op_id requester; int64_t reference; bool open, erased; int64_t closed_ms; };
enum guichet_rc ledger_item(struct db *db, struct op_id id, struct item *out, struct guichet_err *err);

/* The tables of a new database, without a head: nobody takes it for a journal yet. Inside a transaction. */
enum guichet_rc ledger_make_tables(struct db *db, struct guichet_err *err);
/* Sets p->verdict: whether p->from is of this journal. */
enum guichet_rc ledger_check_cursor(struct db *db, struct pull *p, const struct ledger_head *head, struct guichet_err *err);

enum { RESTORED_BERTH = 100 /* blocks that may have been lent after the backup */ };
bool ledger_is_erased(struct db *db, struct op_id id);
/* What was said of it goes, be it known yet or not; in the caller's transaction. */
enum guichet_rc ledger_blank_subject(struct db *db, struct op_id subject, struct guichet_err *err);

/* The same as ledger_erase for one whose retention of so many months is over, with the archives' visa. */
enum guichet_rc ledger_purge(struct db *db, struct op_id subject, int64_t now_ms, struct guichet_random random, int months, const char *visa, struct guichet_err *err);
/* Calls and mails about this request alone: those that no other request which stands names. The caller frees *out. */
enum guichet_rc ledger_lone_contacts(struct db *db, struct op_id request, struct op_id **out, size_t *count, struct guichet_err *err);

/* After a restore desks bring back whom the backup lacks and the register names: every desk is told again. */
enum guichet_rc ledger_erase_brought_back(struct db *db, int64_t now_ms, struct guichet_err *err);

/* What goes with an operation into its row. */
struct inserted { int64_t recv_ms; uint32_t pushed_by; const char *account, *parked, *was, *now; int64_t settles; bool late; uint8_t chain[WIRE_CHAIN];
	bool none_erased; /* nobody was erased whom this database never held */ };
enum guichet_rc ledger_insert(struct db *db, const struct op *op, const struct inserted *i, struct guichet_err *err);
/* Under whose roles an operation is judged: those of its author as of the last time that he signed in on the desk that made it, else those of that desk; the sender's
 * for one that was made before its desk enrolled. Looked up once for a run of one author on one desk. */
enum { JUDGE_SERVICES = 64 };
struct judge { uint32_t device; char actor[OP_ACTOR_MAX]; struct pusher who; char *text; const char *services[JUDGE_SERVICES]; bool offered; };
enum guichet_rc judge_find(struct judge *j, struct db *db, const struct pusher *sender, const struct op *op, struct guichet_err *err);
void judge_done(struct judge *j);
bool judge_creates(const struct op *op);
/* Why nobody is to fold it, or NULL. Never a reason to refuse it. */
const char *judge_why_parked(const struct judge *j, const struct pusher *sender, const struct op *op, const struct item *item);

enum guichet_rc ledger_take(struct db *db, const struct pusher *sender, const struct judge *j, struct op *op, struct inserted *i, struct guichet_err *err);
enum guichet_rc ledger_advance(struct db *db, int64_t count, int64_t *first, uint8_t chain[WIRE_CHAIN], struct guichet_err *err);
enum guichet_rc ledger_set_chain(struct db *db, const uint8_t chain[WIRE_CHAIN], struct guichet_err *err);

/* ledger_words.c: hashes of words, as many as `max`; the caller's array. */
struct found_words { int64_t *hashes; size_t count, max; };
/* What somebody typed, in the same words: each of them is wanted. */
void ledger_words_typed(const char *text, struct found_words *w);
/* Before what was said of it is blanked; in the caller's transaction. */
enum guichet_rc ledger_forget_words(struct db *db, struct op_id subject, struct guichet_err *err);

#endif
