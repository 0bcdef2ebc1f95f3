// SPDX-License-Identifier: GPL-3.0-or-later
/* The server's journal: every operation of every desk, numbered without a gap in commit order, and who may see what. PROTOCOL.md "Push", "Pull".
 *
 * `seq` is given under the row lock of `head`, which lasts until the commit: so it is gapless and in commit order on both databases. The chain over ids and hashes
 * tells a desk that this is no longer the journal it was reading (a restored server, a standby that lacked the end).
 *
 * An operation is never refused for a business rule: it is stored and parked, and folds skip it until it is settled. Must not know HTTP.
 */
#ifndef GUICHET_SERVER_LEDGER_H
#define GUICHET_SERVER_LEDGER_H

#include "guichet/base/clock.h"
#include "guichet/base/text.h"
#include "guichet/core/digest.h"
#include "guichet/core/lifecycle.h"
#include "guichet/server/db.h"
#include "guichet/wire/op_json.h"

enum { LEDGER_SCHEMA = 1, SERIALS_FIRST = 20000000, SERIALS_BLOCK = 1000, SERIALS_END = 100000000 };

/* Creates the tables of an empty database, migrates older ones. GUICHET_DATA: from a newer guichetd, or not ours. */
enum guichet_rc ledger_prepare(struct db *db, struct guichet_random random, struct guichet_err *err);

/* epoch_seq, epoch_chain: where the epoch began; up to there it is the journal of the epoch before. */
struct ledger_head { int64_t epoch, seq, backup_seq, epoch_seq; uint8_t chain[WIRE_CHAIN], epoch_chain[WIRE_CHAIN];
	bool none_erased; /* by ledger_lock: nobody was erased whom this database never held */ };
enum guichet_rc ledger_head(struct db *db, struct ledger_head *out, struct guichet_err *err);

/* What somebody may see: every service, or these. Bulletins are everybody's; a contact is seen by those who see everything. */
struct scope { bool all; const char *const *services; size_t count; };
/* One of these at least: a request that two people handed to two services is with both of them until somebody settles it. "voirie", "voirie dechets". */
bool scope_has(const struct scope *s, const char *services);

/* --- Push --- */
/* Who sends: the desk, and the roles under which its operations are judged. */
struct pusher { uint32_t device; const char *account; /* login of the session, or NULL */ unsigned roles; struct scope scope; bool may_offer;
	bool accounts; /* people sign in on this desk */ };

enum push_verdict { PUSH_TAKEN, PUSH_GAP /* expected is set */, PUSH_FORKED /* same id, other content */, PUSH_FOREIGN /* not this desk's */ };
struct push_result { int64_t seq; const char *parked; /* why, a code; NULL: it counts */ };
struct push {
	struct pusher who;
	struct op *ops; size_t count;
	struct push_result *results;      /* as many as ops; the caller's */
	enum push_verdict verdict;
	size_t wrong;                     /* index of the operation that the verdict is about */
	uint64_t expected;                /* dseq that the server waits for */
	size_t fresh;                     /* how many it did not know */
	uint64_t last;                    /* by ledger_lock: the greatest dseq known of the first one's device */
};
/* A batch begins: `head` is locked until the commit, and where each sender stands is read, in one question. Inside a transaction. */
enum guichet_rc ledger_lock(struct db *db, struct push **pushes, size_t count, struct ledger_head *head, struct guichet_err *err);
/* Looks each operation up: known ones get their seq; sets the verdict. Under the lock. */
enum guichet_rc ledger_check(struct db *db, struct push *p, struct guichet_err *err);
/* Numbers and writes what is fresh, in the order given; pushes whose verdict is not PUSH_TAKEN are left out. `head` as ledger_lock gave it.
 * Inside the same transaction. */
enum guichet_rc ledger_write(struct db *db, const struct ledger_head *head, struct push **pushes, size_t count, int64_t recv_ms, struct guichet_err *err);

/* --- Pull --- */
enum pull_verdict { PULL_FINE, PULL_EPOCH /* another epoch */, PULL_CHAIN /* that seq is not what the desk read */ };
struct pull {
	struct scope scope;
	uint32_t device;                  /* who pulls: told, too, that a request is not visible to which it added something */
	struct wire_cursor from;
	size_t max_items, max_bytes;
	enum pull_verdict verdict;
	struct wire_cursor to;
	json_t *items;                    /* new array: {"seq", "op"} | {"seq", "enter": subject, "ops": [...]} | {"seq", "leave": subject}; the caller's */
	bool end;                         /* nothing after `to` for now */
};
enum guichet_rc ledger_pull(struct db *db, struct pull *p, struct guichet_err *err);
/* The last operation that there is under this number, as text; "" none. Whoever has the number and never made it is a copy. */
void ledger_made(struct db *db, uint32_t device, char out[OP_ID_TEXT]);

/* What a desk of that scope should hold of a window (core/digest.h), as things stand now. */
enum guichet_rc ledger_digest(struct db *db, const struct scope *scope, const struct digest_window *w,
	struct digest *out, struct guichet_err *err);

/* --- Snapshot: what a new desk begins with --- */
/* In this order: whoever is told of the open ones can work. */
enum snapshot_part { SNAPSHOT_BULLETINS, SNAPSHOT_OPEN, SNAPSHOT_ENDED, SNAPSHOT_CONTACTS, SNAPSHOT_ERASED };
enum { SNAPSHOT_POSITION = 48 };
struct snapshot {
	struct scope scope;
	struct wire_cursor at;            /* where the journal stood when it began: {0} at first, then given back; changes after it make it whole */
	enum snapshot_part part; struct op_id after; /* where the page begins, and then where the next one does */
	int64_t ended_after_ms;           /* requests that ended since, contacts that came since */
	bool keeps; int64_t told;         /* the desk keeps what it wrote, and was told of erasures up to this seq: it is told the later ones */
	size_t max_subjects, max_bytes;
	enum pull_verdict verdict;
	struct text subjects;             /* JSON: arrays of operations (wire/op_json.h), one a subject, a comma between two; the caller's */
	struct text erased;               /* JSON: ids of what was erased, a comma between two; the caller's */
	size_t count;
	bool done;                        /* no page after this one */
};
enum guichet_rc ledger_snapshot(struct db *db, struct snapshot *s, struct guichet_err *err);
/* How many requests it has, about. */
int64_t ledger_snapshot_size(struct db *db, const struct scope *scope, int64_t ended_after_ms);
void snapshot_position_format(const struct snapshot *s, char out[SNAPSHOT_POSITION]);
bool snapshot_position_parse(const char *text, struct snapshot *out);

/* --- One request --- */
/* Its operations up to now, in order, when `scope` sees it; GUICHET_NOT_FOUND otherwise, whether it exists or not. The caller frees with ops_done. */
enum guichet_rc ledger_request(struct db *db, const struct scope *scope, struct op_id subject, struct op **ops, size_t *count, struct guichet_err *err);
/* Ids of visible requests with this reference; how many, at most `max`. */
size_t ledger_find_reference(struct db *db, const struct scope *scope, int64_t reference, struct op_id *ids, size_t max);
/* The same as JSON, with the operations of the person it names; the greatest seq among them. The caller's reference. */
enum guichet_rc ledger_whole(struct db *db, const struct scope *scope, struct op_id subject, json_t **ops, int64_t *last, struct guichet_err *err);
void ops_done(struct op *ops, size_t count);

/* --- What desks hold no more --- */
/* Requests that ended before `ended_before_ms` and hold each word of `text` (a name, words of what was written, a phone, a number's end), newest first. A whole
 * reference gives its request, ended or not. Looks at a few hundred at most: `next` says where to go on. GUICHET_USAGE: nothing to look for. */
enum { SEEK_MAX = 20 /* then it stops */, SEEK_OF_ONE = 50 /* of a person */, SEEK_TEXT_MAX = 400 };
struct seek { struct scope scope; const char *text; int64_t ended_before_ms, before_seq /* 0: from the newest */;
	struct op_id ids[SEEK_MAX + SEEK_OF_ONE]; size_t count; int64_t next; /* 0: that is all */ };
enum guichet_rc ledger_seek(struct db *db, struct seek *s, struct guichet_err *err);
/* What a list shows of it: {"reference", "status", "service", "subject", "name", ...}, a new object. */
enum guichet_rc ledger_row(struct db *db, struct op_id id, json_t **out, struct guichet_err *err);
/* Behind the journal, when nobody waits: the words of at most `max` operations. In a transaction of its own; GUICHET_REFUSED: another guichetd did the same. */
enum guichet_rc ledger_index_words(struct db *db, int max, bool *more, struct guichet_err *err);
bool ledger_words_behind(struct db *db);

/* --- Settling, erasing, serials, epochs: inside a transaction --- */
/* A parked operation counts from now on, with a seq of its own. GUICHET_NOT_FOUND; GUICHET_REFUSED when it is not parked, or settled. */
enum guichet_rc ledger_settle(struct db *db, int64_t seq, int64_t recv_ms, int64_t *settled, struct guichet_err *err);
/* What a supervisor's `settle` operation asks for: the one that it names counts from now on, or is set aside for good: then nobody is reminded of it. What is not
 * parked (any more) is left as it is. */
enum guichet_rc ledger_settle_as_asked(struct db *db, const struct op *settle, int64_t recv_ms, struct guichet_err *err);
/* Blanks every operation of a subject, keeps their slots, and tells every desk by an `erase` operation of the server's own device (0 is nobody's: it is device 1). */
enum guichet_rc ledger_erase(struct db *db, struct op_id subject, const char *actor, int64_t now_ms, struct guichet_random random, struct guichet_err *err);
/* Lends blocks of serials until the desk has `wanted` of them: first serials, how many. Never one twice. */
enum guichet_rc ledger_lend(struct db *db, uint32_t device, size_t wanted, int64_t now_ms, int64_t *firsts, size_t *count, struct guichet_err *err);
/* After a restore: epoch + 1, the erased again, serials beyond what may have been lent since. */
enum guichet_rc ledger_restored(struct db *db, struct guichet_err *err);

#endif
