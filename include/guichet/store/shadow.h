// SPDX-License-Identifier: GPL-3.0-or-later
/* A snapshot of the server's, beside the store until it takes its place. PROTOCOL.md "Pull". The store goes on being used meanwhile; killed at any instant, there is
 * the old store or the new one, and what was received of the snapshot is gone on with.
 */
#ifndef GUICHET_STORE_SHADOW_H
#define GUICHET_STORE_SHADOW_H

#include "guichet/store/replica.h"

enum { SHADOW_NEXT = 48, SHADOW_SCOPE = 20 };
struct shadow;

struct shadow_subject { struct op *ops; size_t count; };   /* all of its operations up to `at` */
struct shadow_page {
	struct replica_cursor at;
	char scope[SHADOW_SCOPE], next[SHADOW_NEXT];   /* next "": none */
	char *services; int days;
	int64_t since_ms;                /* requests that ended since are in it; INT64_MAX: not said */
	bool works;                      /* all open requests are in this page or before it */
	int64_t total;                   /* requests, about; 0: not said */
	struct op_id made;               /* as in a page of changes */
	struct shadow_subject *subjects; size_t count;
	struct op_id *erased; size_t erased_count;   /* by the server since this desk was told last, whether it sees them or not */
};

/* Takes up the one that was begun, or begins one. GUICHET_LOCKED: another process builds it. `s` is what it is built beside, and is read while it is built: by a thread of
 * its own with a connection of its own (store_open, which is for the thread that has others to this store: SQLite's locks are the process's, and looking at a file's
 * beginning drops them). */
enum guichet_rc shadow_open(struct store *s, struct shadow **out, struct guichet_err *err);
/* What it has got so far stays for the next shadow_open; shadow_drop removes it. */
void shadow_close(struct shadow **h);
void shadow_drop(struct shadow **h);

/* One that nobody has open. */
void shadow_discard(const struct store *s);

struct shadow_state {
	bool begun;                      /* `at` is known */
	bool works, complete;
	struct replica_cursor at;
	char next[SHADOW_NEXT];
	int64_t done, total;             /* requests */
};
const struct shadow_state *shadow_state(const struct shadow *h);
/* Up to where the store was told of erasures, which concern what it keeps of requests that it does not see; -1: it keeps nothing. As it is when the first page is asked for. */
int64_t shadow_told(struct shadow *h);
/* GUICHET_REFUSED: of another snapshot, nothing was changed. After any other error the caller closes it, and opens it anew. */
enum guichet_rc shadow_add(struct shadow *h, const struct shadow_page *p, struct guichet_err *err);
/* Once complete: makes it a store, to which pages of changes are applied until it has caught up. What takes long in shadow_swap is done: it is on the disk, and attachments
 * are in it. */
enum guichet_rc shadow_finish(struct shadow *h, struct guichet_err *err);
/* From any thread: what is being done fails soon. */
void shadow_interrupt(struct shadow *h);
struct store *shadow_store(struct shadow *h);

/* Puts it in the store's place, with all that the store alone has: what was not sent, drafts, settings. The store's pointer stays good, and row ids stay as they
 * are. GUICHET_LOCKED: somebody writes or reads just now, try again. *h is gone when GUICHET_OK. */
enum guichet_rc shadow_swap(struct shadow **h, struct store *live, struct guichet_err *err);
/* The same with a copy of what there is so far: the desk works, and the rest follows. Making the copy takes long: it stays in `h` until it is put in place. */
enum guichet_rc shadow_make_loan(struct shadow *h, struct guichet_err *err);
enum guichet_rc shadow_lend(struct shadow *h, struct store *live, struct guichet_err *err);

/* The store is to be built anew from a snapshot: why, for the log ("scope", "digest"). */
enum guichet_rc replica_want_resync(struct store *s, const char *why, struct guichet_err *err);

#endif
