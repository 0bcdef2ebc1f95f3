// SPDX-License-Identifier: GPL-3.0-or-later
/* Does this desk hold what the server says it should (core/digest.h)? The scope hash of a window of its own rows; which
 * window is compared next, and when; what is done about one that differs. Settings: "server-digest" (what was compared
 * last), "server-differs" (what was found wrong), "server-since" (see replica_digest_since).
 * A server may say anything: the worst that follows is that this desk is built anew from a snapshot, again an hour
 * later at the soonest, then after two, four, up to a week.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/log.h"
#include "guichet/store/shadow.h"
#include "replica_inside.h"

enum { HOUR_MS = 3600 * 1000, WEEK_H = 7 * 24, FORGOTTEN_DAYS = 30, COLUMN_SALT = 10, COLUMN_HASH = 11 };

/* --- what this desk holds --- */

/* Of a person whom a restored server lost, and this desk as well, something may be said all the same: the server does not count it. */
#define RECENT "(r.open = 1 OR coalesce(r.closed_ms, r.answered_ms, r.updated_ms) >= ?3)"
static const char window_sql[] = "SELECT " OP_COLUMNS " FROM op o WHERE o.seq > ?1 AND o.seq <= ?2 AND "
	"coalesce(o.parked, 0) = 0 AND (EXISTS(SELECT 1 FROM request r WHERE r.op = o.subject AND " RECENT ") OR "
	"(EXISTS(SELECT 1 FROM request r WHERE r.requester = o.subject AND r.open = 1) AND "
	"EXISTS(SELECT 1 FROM op c WHERE c.id = o.subject AND coalesce(c.parked, 0) = 0)) OR "
	"EXISTS(SELECT 1 FROM bulletin b WHERE b.id = o.subject)) ORDER BY o.seq";

/* Its payload is what it was when it was made. The texts as they stand, since nobody reads them here: nothing is
 * parsed. */
static const uint8_t *sound_hash(sqlite3_stmt *st)
{
	struct op op = { .v = sqlite3_column_int(st, 4), .wall_ms = sqlite3_column_int64(st, 6),
		.blanked = sqlite3_column_type(st, COLUMN_SALT) == SQLITE_NULL };
	if (sqlite3_column_bytes(st, COLUMN_HASH) != OP_HASH ||
		(!op.blanked && sqlite3_column_bytes(st, COLUMN_SALT) != OP_SALT))
		return NULL;
	op_set_kind(&op, column_str(st, 3));
	snprintf(op.actor, sizeof op.actor, "%s", column_str(st, 5));
	op.facts_text = (char *)(uintptr_t)column_str(st, 7);
	op.personal_text = (char *)(uintptr_t)sqlite3_column_text(st, 8);
	op.base_text = (char *)(uintptr_t)sqlite3_column_text(st, 9);
	memcpy(op.hash, sqlite3_column_blob(st, COLUMN_HASH), OP_HASH);
	if (!op.blanked)
		memcpy(op.salt, sqlite3_column_blob(st, COLUMN_SALT), OP_SALT);
	return op_is_intact(&op) ? sqlite3_column_blob(st, COLUMN_HASH) : NULL;
}

enum guichet_rc replica_digest(struct store *s, const struct digest_window *w, struct digest *out,
	struct guichet_err *err)
{
	*out = (struct digest){ .operations = 0 };
	sqlite3_stmt *st = sql_prepare(s, window_sql, err);
	enum guichet_rc rc = st ? GUICHET_OK : GUICHET_INTERNAL;
	if (st)
		sql_bind(st, "iii", w->from, w->to, w->since_ms);
	while (!rc && (rc = sql_step(s, st, err)) == GUICHET_OK)
		digest_add(out, sqlite3_column_int64(st, 2), op_unpack(s, sqlite3_column_int64(st, 0)),
			op_unpack(s, sqlite3_column_int64(st, 1)), sound_hash(st));
	if (st)
		sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* --- since when ended requests are all here --- */

int64_t replica_digest_since(struct store *s)
{
	/* A snapshot that did not say is taken at its least: open requests. Who read the whole journal holds all. */
	return replica_number(s, "server-since", replica_number(s, "server-days", 0) > 0 ? INT64_MAX : 1);
}

enum guichet_rc replica_lets_go(struct store *s, int64_t since_ms, struct guichet_err *err)
{
	return replica_digest_since(s) >= since_ms ? GUICHET_OK : replica_set_number(s, "server-since", since_ms, err);
}

/* --- which window, and when --- */

struct compared {
	int64_t newest; /* whole windows that there were when one was compared last */
	int64_t next;   /* of all of them, by turns */
	int64_t at_ms;
};

static struct compared read_compared(struct store *s)
{
	struct compared c = { 0 };
	char *text = store_setting(s, "server-digest");
	if (text && sscanf(text, "%" SCNd64 " %" SCNd64 " %" SCNd64, &c.newest, &c.next, &c.at_ms) != 3)
		c = (struct compared){ 0 };
	free(text);
	return c;
}

/* from -1: nothing was found wrong. mended: it was, and is right since. */
struct differing { int64_t from, times, at_ms; bool mended; };

static struct differing read_differing(struct store *s)
{
	struct differing d = { .from = -1 };
	int mended = 0;
	char *text = store_setting(s, "server-differs");
	if (text && sscanf(text, "%" SCNd64 " %" SCNd64 " %" SCNd64 " %d", &d.from, &d.times, &d.at_ms, &mended) != 4)
		d = (struct differing){ .from = -1 };
	d.mended = mended != 0;
	free(text);
	return d;
}

static enum guichet_rc write_differing(struct store *s, const struct differing *d, struct guichet_err *err)
{
	char text[100];
	snprintf(text, sizeof text, "%lld %lld %lld %d", (long long)d->from, (long long)d->times, (long long)d->at_ms,
		(int)d->mended);
	return store_set_setting(s, "server-differs", text, err);
}

bool replica_digest_due(struct store *s, const struct replica_state *state, int64_t seqs, int64_t every_ms,
	int64_t now_ms, struct digest_window *out)
{
	if (state->pending > 0 || state->unseen > 0 || state->resync || state->cursor.epoch == 0 ||
		state->cursor.seq == 0 || replica_is_rewinding(s))
		return false;
	struct compared c = read_compared(s);
	const struct differing d = read_differing(s);
	int64_t whole = state->cursor.seq / seqs;
	/* A clock that was set back silences nobody. Each desk at its own time: a window becomes whole for all of them at
	 * once. */
	if (now_ms >= c.at_ms && now_ms - c.at_ms < every_ms)
		return false;
	int64_t which = whole != c.newest && whole > 0 ? whole - 1 : c.next;
	out->from = d.from >= 0 && !d.mended ? d.from : which * seqs;
	if (out->from >= state->cursor.seq)
		out->from = 0;
	out->to = out->from + seqs < state->cursor.seq ? out->from + seqs : state->cursor.seq;
	out->since_ms = replica_digest_since(s);
	return true;
}

static enum guichet_rc note_compared(struct store *s, const struct digest_window *w, int64_t seqs, int64_t now_ms,
	struct guichet_err *err)
{
	struct compared c = read_compared(s);
	struct replica_cursor cursor;
	char text[100];
	replica_read_cursor(s, &cursor);
	/* The last one, which is not whole yet, has its turn too. */
	if (w->from / seqs == c.next)
		c.next = w->to >= cursor.seq ? 0 : c.next + 1;
	snprintf(text, sizeof text, "%lld %lld %lld", (long long)(cursor.seq / seqs), (long long)c.next, (long long)now_ms);
	return store_set_setting(s, "server-digest", text, err);
}

/* --- comparing --- */

/* It stands where the server stood, and shows nothing that the server has not got. */
static bool is_comparable(struct store *s, const struct replica_cursor *at)
{
	struct replica_state now;
	char *leaving = store_setting(s, "server-leaving");
	bool none_leaves = !leaving || !*leaving;
	free(leaving);
	return none_leaves && replica_state(s, &now, NULL) == GUICHET_OK && now.pending == 0 && now.unseen == 0 &&
		!now.resync && !replica_is_rewinding(s) && now.cursor.epoch == at->epoch && now.cursor.seq == at->seq &&
		memcmp(now.cursor.chain, at->chain, sizeof at->chain) == 0;
}

static enum guichet_rc note_sound(struct store *s, const struct digest_window *w, struct guichet_err *err)
{
	struct differing d = read_differing(s);
	if (d.from != w->from || d.mended)
		return GUICHET_OK;
	d.mended = true;
	return write_differing(s, &d, err);
}

enum guichet_rc replica_digest_compare(struct store *s, const struct replica_cursor *at, const struct digest_window *w,
	const struct digest *said, int64_t seqs, int64_t now_ms, enum replica_compared *what, struct guichet_err *err)
{
	struct digest here;
	*what = REPLICA_NOT_NOW;
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	if (is_comparable(s, at) && w->since_ms == replica_digest_since(s)) {
		rc = said ? replica_digest(s, w, &here, err) : GUICHET_OK;
		*what = rc ? REPLICA_NOT_NOW : !said || digest_equal(&here, said) ? REPLICA_EQUAL : REPLICA_DIFFERS;
		if (*what == REPLICA_DIFFERS)
			log_event("sync: window %lld-%lld differs, operations here %lld, on the server %lld", (long long)w->from,
				(long long)w->to, (long long)here.operations, (long long)said->operations);
		if (*what == REPLICA_EQUAL)
			rc = note_compared(s, w, seqs, now_ms, err);
		if (!rc && *what == REPLICA_EQUAL && said)
			rc = note_sound(s, w, err);
	}
	return store_finish(s, rc, err);
}

enum guichet_rc replica_digest_differs(struct store *s, const struct digest_window *w, int64_t seqs, int64_t now_ms,
	struct guichet_err *err)
{
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	struct differing d = read_differing(s);
	int64_t since = now_ms - d.at_ms, wait_h = d.times > 7 ? WEEK_H : d.times > 0 ? 1 << (d.times - 1) : 0;
	bool again = d.from < 0 || since < 0 || since >= wait_h * HOUR_MS;
	d.times = since > (int64_t)FORGOTTEN_DAYS * 24 * HOUR_MS ? 0 : d.times;
	d.from = w->from;
	d.mended = false;
	if (again) {
		d.times++;
		d.at_ms = now_ms;
		rc = replica_want_resync(s, "digest", err);
	}
	if (!rc)
		rc = write_differing(s, &d, err);
	if (!rc)
		rc = note_compared(s, w, seqs, now_ms, err);
	return store_finish(s, rc, err);
}

bool replica_digest_wrong(struct store *s, int64_t *since_ms)
{
	const struct differing d = read_differing(s);
	*since_ms = d.at_ms;
	return d.from >= 0 && !d.mended;
}
