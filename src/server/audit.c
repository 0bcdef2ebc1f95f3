// SPDX-License-Identifier: GPL-3.0-or-later
/* The server's audit trail: a line for what somebody did, chained to the one before, kept a limited time. A line names who did what to which number and when, and holds
 * nothing else of people: what was typed to find somebody is never in it. Each hash takes in the hash before: a line that is changed, taken out or put in between breaks the
 * chain at its place. Whoever can write the database could write the whole chain anew: a seal (the last line's hash) that was noted elsewhere tells that too. */
#include "audit.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "api_inside.h"

/* A line's number is its moment and some chance: so it is in the order of time, and a page goes on where the one before ended. */
enum { TRIES = 8, AGED_AT_ONCE = 1000 };

struct line { int64_t seq, id, at_ms, device; const char *who, *what, *subject; };

/* Texts with their NUL, numbers as text with theirs: no two lines give the same bytes. */
static void link_line(const struct line *l, const uint8_t before[AUDIT_HASH], uint8_t out[AUDIT_HASH])
{
	char numbers[100];
	crypto_generichash_state st;
	int n = snprintf(numbers, sizeof numbers, "%lld %lld %lld %lld", (long long)l->seq, (long long)l->id, (long long)l->at_ms, (long long)l->device);
	crypto_generichash_init(&st, NULL, 0, AUDIT_HASH);
	crypto_generichash_update(&st, before, AUDIT_HASH);
	crypto_generichash_update(&st, (const unsigned char *)numbers, (unsigned long long)n + 1);
	crypto_generichash_update(&st, (const unsigned char *)l->who, strlen(l->who) + 1);
	crypto_generichash_update(&st, (const unsigned char *)l->what, strlen(l->what) + 1);
	crypto_generichash_update(&st, (const unsigned char *)(l->subject ? l->subject : "-"), l->subject ? strlen(l->subject) + 1 : 1);
	crypto_generichash_final(&st, out, AUDIT_HASH);
}

/* NULL: there was no line before. */
static void read_hash(struct db_rows *rows, int column, uint8_t out[AUDIT_HASH])
{
	size_t bytes;
	const void *hash = db_bytes(rows, column, &bytes);
	memset(out, 0, AUDIT_HASH);
	if (hash && bytes == AUDIT_HASH)
		memcpy(out, hash, bytes);
}

/* Locks the trail's end until the commit: several guichetd write one chain. */
static enum guichet_rc take_number(struct db *db, struct line *l, uint8_t before[AUDIT_HASH], struct guichet_err *err)
{
	struct db_rows *rows = db_query(db, err, "UPDATE audit_head SET seq = seq + 1 WHERE one = 1 RETURNING seq, chain", "");
	if (!rows)
		return err ? err->code : GUICHET_IO;
	if (db_next(rows)) {
		l->seq = db_int(rows, 0);
		read_hash(rows, 1, before);
	}
	while (db_next(rows))
		continue;
	enum guichet_rc rc = db_rows_done(&rows, err);
	return rc || l->seq ? rc : guichet_err_set(err, GUICHET_DATA, _("ce n'est pas une base de guichetd"));
}

enum guichet_rc audit_note(struct db *db, int64_t now_ms, struct guichet_random random, const char *who, uint32_t device, const char *what, const char *subject,
	struct guichet_err *err)
{
	uint32_t part = 0;
	uint8_t before[AUDIT_HASH], chain[AUDIT_HASH];
	struct line l = { .at_ms = now_ms, .device = device, .who = who, .what = what, .subject = subject };
	enum guichet_rc rc = take_number(db, &l, before, err);
	/* No two alike, where several guichetd write and several lines are of one moment. */
	for (int tries = 0; tries < TRIES && !rc; tries++) {
		random.fill(random.context, &part, sizeof part);
		l.id = (int64_t)((uint64_t)now_ms << AUDIT_CHANCE_BITS | (part & ((1u << AUDIT_CHANCE_BITS) - 1)));
		link_line(&l, before, chain);
		rc = db_run(db, err, "INSERT INTO audit(id, at_ms, who, device, what, subject, seq, chain) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
			"iititt" "ib", l.id, now_ms, who, (int64_t)device, what, subject, l.seq, (const void *)chain, sizeof chain);
		if (!rc && db_changed(db) == 1)
			return db_run(db, err, "UPDATE audit_head SET chain = ?1", "b", (const void *)chain, sizeof chain);
	}
	return rc ? rc : guichet_err_set(err, GUICHET_INTERNAL, "%s", _("le serveur ne peut noter qui a regardé quoi"));
}

enum guichet_rc audit_note_alone(struct db *db, int64_t now_ms, struct guichet_random random, const char *what, const char *subject, struct guichet_err *err)
{
	enum guichet_rc rc = db_begin(db, err);
	if (rc)
		return rc;
	rc = audit_note(db, now_ms, random, "guichetd", 0, what, subject, err);
	rc = rc ? rc : db_commit(db, err);
	if (rc)
		db_rollback(db);
	return rc;
}

/* --- reading the chain --- */

struct ends { int64_t first, last; uint8_t before[AUDIT_HASH], end[AUDIT_HASH]; };

static enum guichet_rc read_ends(struct db *db, struct ends *e, struct guichet_err *err)
{
	memset(e, 0, sizeof *e);
	struct db_rows *rows = db_query(db, err, "SELECT first_seq, seq, first_chain, chain FROM audit_head", "");
	if (!rows)
		return err ? err->code : GUICHET_IO;
	if (db_next(rows)) {
		e->first = db_int(rows, 0);
		e->last = db_int(rows, 1);
		read_hash(rows, 2, e->before);
		read_hash(rows, 3, e->end);
	}
	return db_rows_done(&rows, err);
}

enum guichet_rc audit_check(struct db *db, const struct audit_seal *seal, struct audit_report *out, struct guichet_err *err)
{
	struct ends e;
	uint8_t chain[AUDIT_HASH], said[AUDIT_HASH];
	*out = (struct audit_report){ .broken = 0 };
	enum guichet_rc rc = read_ends(db, &e, err);
	struct db_rows *rows = rc ? NULL : db_query(db, err, "SELECT seq, id, at_ms, device, who, what, subject, chain FROM audit ORDER BY seq", "");
	if (!rows)
		return rc ? rc : err ? err->code : GUICHET_IO;
	memcpy(chain, e.before, sizeof chain);
	out->first = e.first + 1;
	out->last.seq = e.first;
	while (!out->broken && db_next(rows)) {
		const struct line l = { db_int(rows, 0), db_int(rows, 1), db_int(rows, 2), db_int(rows, 3), db_str(rows, 4), db_str(rows, 5), db_str(rows, 6) };
		read_hash(rows, 7, said);
		link_line(&l, chain, chain);
		out->broken = l.seq != out->last.seq + 1 || memcmp(said, chain, sizeof chain) != 0 ? out->last.seq + 1 : 0;
		out->last.seq += !out->broken;
		if (seal && !out->broken && l.seq == seal->seq)
			out->sealed = memcmp(chain, seal->hash, sizeof chain) == 0 ? AUDIT_SEALED : AUDIT_OTHER;
	}
	rc = db_rows_done(&rows, err);
	if (!rc && !out->broken && (out->last.seq != e.last || (e.last > 0 && memcmp(chain, e.end, sizeof chain) != 0)))
		out->broken = out->last.seq + 1;
	memcpy(out->last.hash, chain, sizeof chain);
	if (seal && seal->seq > e.last)
		out->sealed = AUDIT_OTHER;
	return rc;
}

/* --- its age --- */

enum guichet_rc audit_age(struct db *db, int64_t now_ms, int64_t before_ms, struct guichet_random random, bool *more, struct guichet_err *err)
{
	struct ends e = { 0 };
	char which[48];
	uint8_t chain[AUDIT_HASH] = { 0 };
	int64_t last = 0, seen = 0;
	*more = false;
	enum guichet_rc rc = db_begin(db, err);
	if (rc)
		return rc;
	/* Another guichetd may do the same. */
	rc = db_run(db, err, "UPDATE audit_head SET seq = seq WHERE one = ?1", "i", (int64_t)1);
	rc = rc ? rc : read_ends(db, &e, err);
	struct db_rows *rows = rc ? NULL : db_query(db, err, "SELECT seq, at_ms, chain FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2", "ii", e.first, (int64_t)AGED_AT_ONCE);
	rc = rc || rows ? rc : err ? err->code : GUICHET_IO;
	/* From the beginning, without a gap: what is left is a chain. */
	while (rows && db_next(rows) && db_int(rows, 1) < before_ms) {
		last = db_int(rows, 0);
		read_hash(rows, 2, chain);
		seen++;
	}
	enum guichet_rc end = db_rows_done(&rows, rc ? NULL : err);
	rc = rc ? rc : end;
	if (!rc && last > 0) {
		snprintf(which, sizeof which, "%lld-%lld", (long long)e.first + 1, (long long)last);
		rc = db_run(db, err, "UPDATE audit_head SET first_seq = ?1, first_chain = ?2", "ib", last, (const void *)chain, sizeof chain);
		rc = rc ? rc : db_run(db, err, "DELETE FROM audit WHERE seq <= ?1", "i", last);
		rc = rc ? rc : audit_note(db, now_ms, random, "guichetd", 0, "audit-aged", which, err);
	}
	rc = rc ? rc : db_commit(db, err);
	if (rc)
		db_rollback(db);
	*more = !rc && seen == AGED_AT_ONCE;
	return rc;
}

bool audit_has_aged(struct db *db, int64_t before_ms)
{
	return db_value(db, INT64_MAX, "SELECT at_ms FROM audit ORDER BY seq LIMIT 1", "") < before_ms;
}
