// SPDX-License-Identifier: GPL-3.0-or-later
/* What the two halves of the state machine share: pushing and reading changes (sync.c), and building a snapshot (sync_snapshot.c). */
#ifndef GUICHET_SYNC_SYNC_INSIDE_H
#define GUICHET_SYNC_SYNC_INSIDE_H

#include "guichet/sync/sync.h"
#include "guichet/wire/sync_json.h"

enum { SYNC_STUCK_MAX = 64, SYNC_TIMEOUT_S = 30 };

/* Each lane has its own trouble: what one of them may do says nothing of the other. */
struct lane { bool under_way; unsigned failures; int64_t retry_ms; enum sync_trouble trouble; char detail[GUICHET_ERR_MAX]; int64_t since_ms; };

/* A step of a snapshot's building, in another thread where there is one: nothing of this nor the shadow is touched until it has ended. */
struct building {
	enum { BUILD_OPEN, BUILD_ADD, BUILD_FINISH } what;
	struct store *store;               /* that it is built beside */
	struct shadow *shadow;
	const char *body; size_t body_bytes;
	bool lends;                        /* what is there so far may be of use */
	bool unreadable; struct shadow_page page;   /* was read from it, and is added */
	enum guichet_rc rc; struct guichet_err why;
};

/* The scope hash that was asked for. */
struct digest_asked {
	bool asked; struct digest_window window;
	unsigned doubts;                   /* how often in a row that window differed */
	bool tell, telling;                /* the server is to learn of it; by the request under way */
	int64_t not_before_ms;
};

struct sync {
	struct store *store;
	struct sync_options options;
	struct lane lanes[SYNC_LANES];
	struct sync_status status;
	struct op *ops; size_t op_count;   /* of the push under way */
	uint32_t stuck[SYNC_STUCK_MAX]; size_t stuck_count; int64_t stuck_until_ms;  /* others' operations that the server can't take yet: it lacks some that this desk never saw */
	bool nothing_to_push, rewinding;
	bool barred;                       /* it may not read: the server said so when it was last asked */
	bool outdated;                     /* the push under way is to a journal that this desk reads no longer */
	bool restored;                     /* a snapshot was of another journal than the store's: the server says by the changes where they part */
	enum { ASKED_CHANGES, ASKED_SNAPSHOT, ASKED_CATCH_UP } asked;   /* by the pull under way */
	struct shadow *shadow;             /* NULL: none is being built */
	bool finished;                     /* it is whole, and catches up */
	struct sync_beside beside;
	struct store *own;                 /* a connection for that thread; NULL: there is none */
	struct building step; struct text body;
	bool working, drops;               /* a step is under way; what it makes is not wanted any more */
	struct digest_asked digest;
};

int64_t sync_time(const struct sync *y);
void sync_trouble(struct sync *y, struct lane *l, enum sync_trouble what, const char *detail, int at_least_s);
void sync_back_off(struct sync *y, struct lane *l, int at_least_s);
void sync_fine(struct sync *y, struct lane *l);

/* A new desk, or one that has to begin anew, takes a snapshot: in the pull's lane. */
bool snapshot_wanted(const struct sync *y, const struct replica_state *state);
bool snapshot_next(struct sync *y, const struct replica_state *state, struct sync_request *out, int64_t *wake_ms);
enum guichet_rc snapshot_answer(struct sync *y, const struct sync_response *r, struct guichet_err *err);
/* The step has ended. */
enum guichet_rc snapshot_built(struct sync *y, struct guichet_err *err);
/* It is not wanted any more. */
void snapshot_drop(struct sync *y);
void snapshot_close(struct sync *y);
/* The server says that what was asked is of another journal. True when that was the snapshot's affair alone. */
bool snapshot_outdated(struct sync *y);
/* A page of changes may tell that the desk has to begin anew. */
enum guichet_rc snapshot_look(struct sync *y, const struct replica_page *page, struct guichet_err *err);

/* Whether this look compares a window; then it does not wait. */
bool digest_ask(struct sync *y, const struct replica_state *state);
/* What a request of the pull's lane says of it; and once one of them was answered. */
void digest_add_path(struct sync *y, struct text *path);
void digest_told(struct sync *y);
/* After a page of changes was applied. */
enum guichet_rc digest_look(struct sync *y, const struct replica_page *page, struct guichet_err *err);

#endif
