// SPDX-License-Identifier: GPL-3.0-or-later
/* The store as a replica of the central server's journal: what waits to be sent, what came, where the desk stands. PROTOCOL.md "Push", "Pull".
 *
 * What the desk shows is the fold of what the server numbered, then its own pending operations. An own operation is acknowledged when the server gave it a seq,
 * and leaves pending when the cursor has passed that seq; both survive a crash at any instant. Must not know HTTP nor JSON.
 */
#ifndef GUICHET_STORE_REPLICA_H
#define GUICHET_STORE_REPLICA_H

#include "guichet/core/digest.h"
#include "guichet/store/store.h"

enum { REPLICA_CHAIN = 16 };
struct replica_cursor { int64_t epoch, seq; uint8_t chain[REPLICA_CHAIN]; };

/* --- Enrolment --- */
struct enrolment {
	char *url, *token;               /* https://..., the desk's bearer token */
	char *name, *role, *services;    /* as the server calls it; services "*" or "voirie dechets" */
	uint32_t device;
};
void enrolment_done(struct enrolment *e);
/* GUICHET_NOT_FOUND: a desk that stands alone. */
enum guichet_rc replica_enrolment(struct store *s, struct enrolment *out, struct guichet_err *err);
/* In one transaction: keeps the enrolment, takes `device` as identity for what comes next (operations made alone keep theirs, and are sent first), takes the blocks of
 * serials. GUICHET_REFUSED on an exercise store. */
enum guichet_rc replica_enrol(struct store *s, const struct enrolment *e, const int64_t *serials, size_t serial_count, int block, struct guichet_err *err);
/* The server revoked the desk: what it received goes, what it has not sent stays (PROTOCOL.md "Identity"). */
enum guichet_rc replica_wipe(struct store *s, struct guichet_err *err);

/* --- What waits --- */
struct replica_state {
	bool enrolled;
	struct replica_cursor cursor;
	int64_t pending;                 /* operations without a seq */
	int64_t unseen;                  /* acknowledged, not passed by the cursor yet */
	int64_t parked;                  /* operations that the server parked, and that nobody settled */
	int64_t last_sync_ms;            /* when push and pull last had nothing left; NO_INSTANT never */
	int64_t offset_ms;               /* server's clock minus ours; NO_INSTANT unknown */
	int64_t serials_left;            /* numbers in hand */
	size_t blocks_wanted;            /* blocks to ask for, so that two are spare */
	bool partial;                    /* the server holds older requests than this desk */
	bool resync;                     /* a snapshot is wanted, or being filled in */
};
enum guichet_rc replica_state(struct store *s, struct replica_state *out, struct guichet_err *err);
/* Pending operations of one identity in order, own ones first; devices in `skip` are left out: at most `max`, about `bytes` of payload. The caller frees each and the
 * array. */
enum guichet_rc replica_pending(struct store *s, const uint32_t *skip, size_t skip_count, size_t max, size_t bytes, struct op **ops, size_t *count, struct guichet_err *err);
/* The server's answer to these operations. In one transaction; again: no change. */
struct replica_ack { struct op_id id; int64_t seq; bool parked; char why[OP_WHY_TEXT]; };
enum guichet_rc replica_acknowledge(struct store *s, const struct replica_ack *acks, size_t count, struct guichet_err *err);
enum guichet_rc replica_add_serials(struct store *s, const int64_t *firsts, size_t count, int block, struct guichet_err *err);

/* The server lacks this identity's operations from `dseq` on (it lost its end): they wait again. */
bool replica_holds(struct store *s, struct op_id id);
bool replica_is_own(struct store *s, uint32_t device); /* under any number that this desk had */
enum guichet_rc replica_unacknowledge(struct store *s, uint32_t device, uint64_t dseq, struct guichet_err *err);

/* What waits to be sent, oldest first, or was parked and not settled, for people: at most `max`. The caller frees with waiting_ops_free. */
struct waiting_op {
	struct op op;
	int64_t row_id, reference;       /* of the request that it is about; 0: of none, or not here */
	char *subject;                   /* of that request; "" */
	bool settling;                   /* parked: somebody settled it here, which was not sent yet */
};
enum guichet_rc replica_list_pending(struct store *s, size_t max, struct waiting_op **out, size_t *count, struct guichet_err *err);
enum guichet_rc replica_list_parked(struct store *s, size_t max, struct waiting_op **out, size_t *count, struct guichet_err *err);
/* Attachments that the server has not got yet. */
int64_t replica_blobs_waiting(struct store *s);
/* Requests that are linked to one that is linked to them: row ids, at most `max`. */
size_t replica_crossed_links(struct store *s, int64_t *rows, size_t max);
void waiting_ops_free(struct waiting_op *list, size_t count);
/* This desk follows a server: what has no number waits to be sent. */
bool replica_is_enrolled(struct store *s);
/* Two hashes of what the server numbered, the same on every desk that sees the same: of the journal (ids, hashes, numbers), and of what its fold shows of each
 * request. Reads the whole store. */
struct replica_hash { int64_t operations, requests; uint8_t journal[32], state[32]; };
enum guichet_rc replica_hash(struct store *s, struct replica_hash *out, struct guichet_err *err);

/* --- What came --- */
struct replica_item {
	enum { REPLICA_OP, REPLICA_ENTER, REPLICA_LEAVE } kind;
	int64_t seq;
	struct op_id subject;            /* ENTER, LEAVE */
	bool erased;                     /* LEAVE: nothing may be kept of what was said of it */
	struct op *ops; size_t count;    /* OP: one; ENTER: the whole request and its requester */
	struct op *with; size_t with_count; /* OP: operations that come along (a requester), known or not */
};
struct replica_page { struct replica_cursor from, to; struct replica_item *items; size_t count; bool end; int64_t backup_seq; char scope[20]; /* changes with what the desk may see; "" not said */
	struct op_id made; /* the last operation that the server has under this desk's number; none: not said */
	/* What the desk should hold of that window, being at `to`. */
	bool compares; struct digest_window window; struct digest digest; };
/* Applies a page and moves the cursor, in one transaction. GUICHET_REFUSED, with nothing changed, when `from` is not the local cursor; GUICHET_DATA when an operation
 * contradicts the one that is here under its id. Known operations only get their seq. */
enum guichet_rc replica_apply(struct store *s, const struct replica_page *page, struct guichet_err *err);

/* What a server says while a snapshot is being built beside this store: *changed when it tells of operations that this
 * desk never made under its number, and that it goes on under another one; GUICHET_DATA when one that it made is another
 * there. replica_apply looks at that by itself. `made` as in a page. */
struct replica_told { const struct op *ops; size_t count; };
enum guichet_rc replica_compare_identity(struct store *s, struct op_id made, const struct replica_told *told, size_t count,
	bool *changed, struct guichet_err *err);

/* --- Does the desk hold what it should (core/digest.h) --- */
/* The window of `seqs` numbers to compare next; false: none is due, or the desk is not at rest. Every `every_ms` one:
 * that which became whole last, else all of them by turns; one that differed until it does no more. */
bool replica_digest_due(struct store *s, const struct replica_state *state, int64_t seqs, int64_t every_ms,
	int64_t now_ms, struct digest_window *out);
enum guichet_rc replica_digest(struct store *s, const struct digest_window *w, struct digest *out,
	struct guichet_err *err);
/* What the server said (NULL: it does not say, an older one), standing at `at`, against what is here. REPLICA_NOT_NOW:
 * the desk moved meanwhile. */
enum replica_compared { REPLICA_NOT_NOW, REPLICA_EQUAL, REPLICA_DIFFERS };
enum guichet_rc replica_digest_compare(struct store *s, const struct replica_cursor *at, const struct digest_window *w,
	const struct digest *said, int64_t seqs, int64_t now_ms, enum replica_compared *what, struct guichet_err *err);
/* It differs, certainly: the store is to be built anew from a snapshot, if that was not done for the same reason a
 * little while ago. */
enum guichet_rc replica_digest_differs(struct store *s, const struct digest_window *w, int64_t seqs, int64_t now_ms,
	struct guichet_err *err);
/* Something differs, and is not mended: since when it was tried last. */
bool replica_digest_wrong(struct store *s, int64_t *since_ms);
/* Requests that ended since are all here. */
int64_t replica_digest_since(struct store *s);

/* --- A server that was restored --- */
/* Another epoch or chain. Up to `common` the journal is the one that this desk has read (NULL: nothing is known to be); later seqs are taken away, and the cursor goes
 * back there, in `epoch`. What a whole pull then gives no seq is what the server lacks: replica_pending gives it, others' operations too. */
enum guichet_rc replica_rewind(struct store *s, int64_t epoch, const struct replica_cursor *common, struct guichet_err *err);
/* True from replica_rewind until replica_caught_up. */
bool replica_is_rewinding(struct store *s);
enum guichet_rc replica_caught_up(struct store *s, struct guichet_err *err);

/* A desk that has read nothing may send: from here on its numbers are of this epoch, and it takes a snapshot when it may read. No change for one that has read. */
enum guichet_rc replica_begin(struct store *s, int64_t epoch, struct guichet_err *err);

/* Requests that ended longer ago than the server's window leave this desk, at most `max` at once, once a day (`now_ms`: the server's clock); what waits to be sent
 * keeps its request here. */
enum guichet_rc replica_age(struct store *s, int64_t now_ms, int max, struct guichet_err *err);
/* A request that was looked up on the server, as its items give it: on this desk for a while. */
enum guichet_rc replica_take_in(struct store *s, const struct replica_item *items, size_t count, struct guichet_err *err);

enum guichet_rc replica_set_offset(struct store *s, int64_t offset_ms, struct guichet_err *err);
enum guichet_rc replica_set_synced(struct store *s, int64_t at_ms, struct guichet_err *err);

#endif
