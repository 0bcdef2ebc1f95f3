// SPDX-License-Identifier: GPL-3.0-or-later
/* Synchronising a desk with its server: a state machine that is told the time and what was answered, and says what to ask next. It never waits, and knows no
 * socket: sync/transport.h drives it over curl, the simulator over a false network. PROTOCOL.md "Push", "Pull", "Identity".
 *
 * Two lanes, each with at most one request under way: one pushes, one pulls (a long poll when there is nothing to do). Nothing that was typed is ever thrown away by
 * an answer, whatever it is.
 */
#ifndef GUICHET_SYNC_SYNC_H
#define GUICHET_SYNC_SYNC_H

#include "guichet/base/text.h"
#include "guichet/store/replica.h"

enum sync_lane { SYNC_PUSH, SYNC_PULL, SYNC_LANES };

struct sync;
struct sync_options {
	struct guichet_clock clock;
	struct guichet_random random;    /* back-off */
	int page_items;                  /* items a page: few while somebody types (50 ms a key), many for a first sync */
	int wait_s;                      /* long poll; 0: one look */
	int64_t compare_ms;              /* how often what the desk holds is compared with the server; 0: ten minutes */
	int compare_seqs;                /* and how many numbers at once; 0: 1,000 */
	const char *desk;                /* what the desk says of itself with each call ("0.1.0 encrypted"); NULL: nothing */
};
struct sync *sync_new(struct store *s, const struct sync_options *o);
void sync_free(struct sync **sync);
struct guichet_clock sync_clock(const struct sync *y);

/* Work that takes long, away from whoever waits for keys: `start` begins job(of) in another thread, one at a time; so many items of a snapshot at once. */
struct sync_beside { void *context; void (*start)(void *context, void (*job)(void *of), void *of); int page_items; };
/* A snapshot is built there from now on. Without it all is done at once. */
void sync_work_beside(struct sync *y, const struct sync_beside *beside);
bool sync_is_working(const struct sync *y);
/* The job has ended; told in the thread of all other calls. An error is the store's. */
enum guichet_rc sync_worked(struct sync *y, struct guichet_err *err);
/* What is under way there fails soon. It has to have ended before sync_free. */
void sync_interrupt(struct sync *y);

struct sync_request {
	const char *method;
	struct text path;                /* "/v1/changes?after=..." below the server's URL */
	struct text body;                /* JSON; empty: none */
	int timeout_s;
};
void sync_request_done(struct sync_request *r);
struct sync_response { int status; /* HTTP; 0: nobody answered */ const char *body; size_t body_bytes; int64_t date_ms; /* the server's Date, NO_INSTANT */ int retry_after_s; };

/* What this lane wants: a request to make now (true), or nothing before *wake_ms (INT64_MAX: until something is recorded or answered). */
bool sync_next(struct sync *y, enum sync_lane lane, struct sync_request *out, int64_t *wake_ms);
/* What was answered to the lane's request. GUICHET_OK whatever the server said; an error is the store's (full, locked): the lane asks again later. */
enum guichet_rc sync_answer(struct sync *y, enum sync_lane lane, const struct sync_response *r, struct guichet_err *err);
/* Something was recorded: the push lane need not wait. */
void sync_poke(struct sync *y);

/* Somebody asks for an exchange now: nothing waits for its time any longer. */
void sync_now(struct sync *y);

/* For the status bar, and for people. */
enum sync_trouble { SYNC_FINE, SYNC_OFFLINE, SYNC_REVOKED, SYNC_FORKED /* two desks with one identity */, SYNC_TOO_OLD, SYNC_SIGN_IN, SYNC_REFUSED };
struct sync_status { bool online, busy, caught_up; enum sync_trouble trouble; char detail[GUICHET_ERR_MAX]; int64_t retry_ms; int64_t pages, sent, received;
	int64_t since_ms;                /* when the trouble began; NO_INSTANT none */
	int64_t compared, differing;     /* windows of the scope hash, and those that differed twice in a row */
	int64_t answered_ms;             /* when the server last answered; NO_INSTANT never */
	bool filling; int64_t filled, to_fill; /* a snapshot is being received: requests, of about how many */ };
void sync_status(const struct sync *y, struct sync_status *out);
/* Pushed and pulled all there was when asked last. */
bool sync_is_done(const struct sync *y);

/* Pushed all there was. */
bool sync_has_pushed(const struct sync *y);
/* It may not read, and what it has is being sent all the same. */
bool sync_sends_on(const struct sync *y);

#endif
