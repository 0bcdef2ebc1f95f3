// SPDX-License-Identifier: GPL-3.0-or-later
/* The desk's store as a replica: enrolment, what waits to be sent, what the server acknowledged, where the desk stands.
 *
 * A device's operations are acknowledged in order, so one number a device (device.acked) says which of them wait: no index is needed, and a desk that stands alone
 * pays nothing. The server's own words are settings ("server-...").
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/sim_bug.h"
#include "guichet/store/shadow.h"
#include "replica_inside.h"

enum { CURSOR_TEXT = 80, BLOCKS_SPARE = 2 };

static char *dup_or_empty(char *s)
{
	return s ? s : guichet_strdup("");
}

/* --- enrolment --- */

void enrolment_done(struct enrolment *e)
{
	free(e->url);
	free(e->token);
	free(e->name);
	free(e->role);
	free(e->services);
	memset(e, 0, sizeof *e);
}

enum guichet_rc replica_enrolment(struct store *s, struct enrolment *out, struct guichet_err *err)
{
	memset(out, 0, sizeof *out);
	out->url = store_setting(s, "server-url");
	if (!out->url)
		return guichet_err_set(err, GUICHET_NOT_FOUND, _("ce poste n'est pas enrôlé : guichet enrol URL CODE"));
	out->token = dup_or_empty(store_setting(s, "server-token"));
	out->name = dup_or_empty(store_setting(s, "server-name"));
	out->role = dup_or_empty(store_setting(s, "server-role"));
	out->services = dup_or_empty(store_setting(s, "server-services"));
	out->device = s->device;
	return GUICHET_OK;
}

/* Operations made alone keep the number under which they were made. */
static enum guichet_rc take_device(struct store *s, uint32_t device, struct guichet_err *err)
{
	char text[32];
	if (device == s->device)
		return GUICHET_OK;
	snprintf(text, sizeof text, "%u", device);
	enum guichet_rc rc = settle_all(s, err);
	if (!rc)
		rc = sql_run(s, err, "INSERT INTO device(no, id, own) SELECT coalesce(max(no), 0) + 1, ?1, 1 FROM device", "i", (int64_t)device);
	if (!rc)
		rc = store_set_setting(s, "device", text, err);
	s->renamed = true;
	return rc ? rc : store_load_devices(s, err);
}

static enum guichet_rc keep_enrolment(struct store *s, const struct enrolment *e, struct guichet_err *err)
{
	const struct { const char *key, *value; } settings[] = { { "server-url", e->url }, { "server-token", e->token }, { "server-name", e->name },
		{ "server-role", e->role }, { "server-services", e->services } };
	enum guichet_rc rc = GUICHET_OK;
	for (size_t i = 0; i < sizeof settings / sizeof *settings && !rc; i++)
		rc = store_set_setting(s, settings[i].key, settings[i].value ? settings[i].value : "", err);
	return rc;
}

enum guichet_rc replica_enrol(struct store *s, const struct enrolment *e, const int64_t *serials, size_t serial_count, int block, struct guichet_err *err)
{
	if (s->exercise)
		return guichet_err_set(err, GUICHET_REFUSED, _("un dépôt d'exercice ne s'enrôle pas : ses demandes ne sont pas vraies"));
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	rc = keep_enrolment(s, e, err);
	/* Who signed in with another server, and what that one had been sent. */
	if (!rc)
		rc = sql_run(s, err, "DELETE FROM agent", "");
	if (!rc)
		rc = sql_run(s, err, "UPDATE blob SET sent = 0 WHERE sent <> 0", "");
	if (!rc)
		rc = store_set_setting(s, "server-catalogue", "", err);
	if (!rc)
		rc = take_device(s, e->device, err);
	if (!rc)
		rc = store_set_setting(s, "serial-blocks", "", err);
	if (!rc)
		rc = replica_add_serials(s, serials, serial_count, block, err);
	return store_finish(s, rc, err);
}

/* --- where the desk stands --- */

void replica_read_cursor(struct store *s, struct replica_cursor *out)
{
	char *text = store_setting(s, "server-cursor"), *at = text;
	memset(out, 0, sizeof *out);
	if (!text)
		return;
	out->epoch = strtoll(at, &at, 10);
	out->seq = strtoll(at + (*at == ':'), &at, 10);
	at += *at == ':';
	for (size_t i = 0; i < REPLICA_CHAIN && strlen(at) >= 2 * (i + 1); i++) {
		const char byte[3] = { at[2 * i], at[2 * i + 1], '\0' };
		out->chain[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
	free(text);
}

enum guichet_rc replica_write_cursor(struct store *s, const struct replica_cursor *c, struct guichet_err *err)
{
	char text[CURSOR_TEXT];
	int n = snprintf(text, sizeof text, "%lld:%lld:", (long long)c->epoch, (long long)c->seq);
	for (int i = 0; i < REPLICA_CHAIN; i++)
		n += snprintf(text + n, sizeof text - (size_t)n, "%02x", c->chain[i]);
	return store_set_setting(s, "server-cursor", text, err);
}

int64_t replica_number(struct store *s, const char *key, int64_t fallback)
{
	char *text = store_setting(s, key);
	int64_t value = text ? strtoll(text, NULL, 10) : fallback;
	free(text);
	return value;
}

enum guichet_rc replica_set_number(struct store *s, const char *key, int64_t value, struct guichet_err *err)
{
	char text[32];
	snprintf(text, sizeof text, "%lld", (long long)value);
	return store_set_setting(s, key, text, err);
}

/* Parked ones of which this desk asks what became of them: see replica_swap. */
#define ASKED_AGAIN "FROM op INDEXED BY op_parked WHERE parked = 1 AND why IS NOT 'aside' AND seq IS NULL"

enum guichet_rc replica_state(struct store *s, struct replica_state *out, struct guichet_err *err)
{
	memset(out, 0, sizeof *out);
	bool reading = sql_begin_reading(s);
	char *url = store_setting(s, "server-url");
	out->enrolled = url != NULL;
	free(url);
	replica_read_cursor(s, &out->cursor);
	if (!out->enrolled) {
		sql_end_reading(s, reading);
		return GUICHET_OK;
	}
	out->pending = sql_value(s, 0, "SELECT sum((SELECT count(*) FROM op o WHERE o.id > (d.no << 40 | d.acked) AND o.id < ((d.no + 1) << 40))) FROM device d", "") +
		sql_value(s, 0, "SELECT count(*) " ASKED_AGAIN, "");
	out->unseen = sql_value(s, 0, "SELECT count(*) FROM op WHERE seq > ?1", "i", out->cursor.seq);
	out->parked = sql_value(s, 0, "SELECT count(*) FROM op INDEXED BY op_parked WHERE parked = 1 AND why IS NOT 'aside'", "");
	out->last_sync_ms = replica_number(s, "server-synced", NO_INSTANT);
	out->offset_ms = replica_number(s, "server-offset", NO_INSTANT);
	out->serials_left = serials_left(s);
	out->blocks_wanted = serials_wanted(s, BLOCKS_SPARE);
	out->partial = replica_number(s, "server-days", 0) > 0;
	out->resync = sql_value(s, 0, "SELECT 1 FROM meta WHERE key = 'server-resync'", "") != 0;
	sql_end_reading(s, reading);
	(void)err;
	return GUICHET_OK;
}

enum guichet_rc replica_set_offset(struct store *s, int64_t offset_ms, struct guichet_err *err)
{
	int64_t known = replica_number(s, "server-offset", NO_INSTANT);
	/* A clock that drifts by less than a second is not worth a write. */
	if (known != NO_INSTANT && known - offset_ms < 1000 && offset_ms - known < 1000)
		return GUICHET_OK;
	return replica_set_number(s, "server-offset", offset_ms, err);
}

enum guichet_rc replica_set_synced(struct store *s, int64_t at_ms, struct guichet_err *err)
{
	enum { WORTH_A_WRITE_MS = 20000 };
	int64_t known = replica_number(s, "server-synced", NO_INSTANT);
	if (known != NO_INSTANT && at_ms >= known && at_ms - known < WORTH_A_WRITE_MS)
		return GUICHET_OK;
	return replica_set_number(s, "server-synced", at_ms, err);
}

/* --- what waits --- */

/* The oldest of this device's that wait. */
static enum guichet_rc read_waiting(struct store *s, int64_t no, int64_t acked, size_t max, size_t bytes, struct op **ops, size_t *count, struct guichet_err *err)
{
	size_t capacity = 0, total = 0;
	bool again = sql_value(s, 0, "SELECT 1 " ASKED_AGAIN " AND id >> 40 = ?1 LIMIT 1", "i", no) != 0;
	sqlite3_stmt *st = sql_prepare(s, again ? "SELECT " OP_COLUMNS " " ASKED_AGAIN " AND id > ?1 AND id < ?2 ORDER BY id LIMIT ?3"
		: "SELECT " OP_COLUMNS " FROM op WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "iii", again ? no << 40 : no << 40 | acked, (no + 1) << 40, (int64_t)max);
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		GUICHET_GROW(*ops, *count, capacity);
		if ((rc = op_of_statement(s, st, &(*ops)[*count], err)))
			break;
		const struct op *op = &(*ops)[(*count)++];
		total += strlen(op->facts_text) + (op->personal_text ? strlen(op->personal_text) : 0) + (op->base_text ? strlen(op->base_text) : 0);
		if (total >= bytes)
			break;
	}
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

static bool is_skipped(const uint32_t *skip, size_t count, uint32_t device)
{
	for (size_t i = 0; i < count; i++)
		if (skip[i] == device)
			return true;
	return false;
}

enum guichet_rc replica_pending(struct store *s, const uint32_t *skip, size_t skip_count, size_t max, size_t bytes, struct op **ops, size_t *count,
	struct guichet_err *err)
{
	*ops = NULL;
	*count = 0;
	bool reading = sql_begin_reading(s);
	int64_t no = 0, acked = 0;
	sqlite3_stmt *st = sql_prepare(s, SIM_BUG(offers_own_alone) ? "SELECT d.no, d.acked, d.id FROM device d WHERE d.own = 1 AND EXISTS(SELECT 1 FROM op o WHERE "
		"o.id > (d.no << 40 | d.acked) AND o.id < ((d.no + 1) << 40)) ORDER BY d.no" : "SELECT d.no, d.acked, d.id FROM device d WHERE EXISTS(SELECT 1 FROM op o WHERE o.id > (d.no << 40 | d.acked) AND "
		"o.id < ((d.no + 1) << 40)) OR d.no IN (SELECT id >> 40 " ASKED_AGAIN ") ORDER BY d.own DESC, d.no", err);
	enum guichet_rc rc = st ? GUICHET_OK : GUICHET_INTERNAL;
	while (!rc && !no && (rc = sql_step(s, st, err)) == GUICHET_OK) {
		if (is_skipped(skip, skip_count, (uint32_t)sqlite3_column_int64(st, 2)))
			continue;
		no = sqlite3_column_int64(st, 0);
		acked = sqlite3_column_int64(st, 1);
	}
	if (st)
		sqlite3_reset(st);
	if (rc == GUICHET_NOT_FOUND)
		rc = GUICHET_OK;
	if (!rc && no)
		rc = read_waiting(s, no, acked, max, bytes, ops, count, err);
	sql_end_reading(s, reading);
	if (rc) {
		ops_free(*ops, *count);
		*ops = NULL;
		*count = 0;
	}
	return rc;
}

/* --- what was acknowledged --- */

enum guichet_rc replica_mark(struct store *s, int64_t id, int64_t seq, bool parked, const char *why, struct guichet_err *err)
{
	return sql_run(s, err, "UPDATE op SET seq = ?2, parked = ?3, why = ?4 WHERE id = ?1", "iize", id, seq, (int64_t)parked, why);
}

/* An own one only by the answer to its push: a page may leave out what came before it. */
static enum guichet_rc replica_acked(struct store *s, int64_t id, struct guichet_err *err)
{
	return sql_run(s, err, "UPDATE device SET acked = max(acked, ?2) WHERE no = ?1", "ii", id >> 40,
		(id & (((int64_t)1 << 40) - 1)) + (SIM_BUG(ack_one_more) ? 1 : 0));
}

/* Another desk's operation on the same subject comes after this one now, and perhaps did not: it waits as well, since the server lost it, or has a higher number. */
static bool overtakes(struct store *s, int64_t id, int64_t seq)
{
	/* Who is merged with whom is the last word said on any record. */
	if (sql_value(s, 0, "SELECT 1 FROM op WHERE id = ?1 AND kind IN ('requester-merge', 'requester-split')", "i", id))
		return true;
	return sql_value(s, 0, "SELECT 1 FROM op o JOIN op p ON p.subject = o.subject AND p.subject <> p.id AND (p.seq IS NULL OR p.seq > ?2) "
		"AND p.id >> 40 <> o.id >> 40 WHERE o.id = ?1 LIMIT 1", "ii", id, seq) != 0;
}

bool replica_is_of_request(const char *kind)
{
	enum op_kind k;
	return op_kind_parse(kind, &k) && k != OP_ERASE && op_kind_subject(k) == SUBJECT_REQUEST;
}

bool replica_sees_all(struct store *s)
{
	char *services = store_setting(s, "server-services");
	bool all = !services || !strcmp(services, "*");
	free(services);
	return all;
}

/* How far this desk has read, if it sees a part only. */
static int64_t passed_narrowly(struct store *s)
{
	struct replica_cursor cursor;
	replica_read_cursor(s, &cursor);
	return replica_sees_all(s) ? 0 : cursor.seq;
}

/* The desk has read beyond this number and was not told of the operation: somebody else had brought it, and this desk does not see the request. */
static enum guichet_rc purge_untold(struct store *s, int64_t id, const struct replica_ack *ack, int64_t passed, struct guichet_err *err)
{
	if (ack->parked || ack->seq > passed || SIM_BUG(own_unseen_untold) || sql_value(s, 0, "SELECT seq FROM op WHERE id = ?1", "i", id))
		return GUICHET_OK;
	struct op_id subject = { 0, 0 };
	sqlite3_stmt *st = sql_prepare(s, "SELECT subject, kind FROM op WHERE id = ?1", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "i", id);
	if (sql_step(s, st, NULL) == GUICHET_OK && replica_is_of_request(column_str(st, 1)))
		subject = op_unpack(s, sqlite3_column_int64(st, 0));
	sqlite3_reset(st);
	return op_id_is_none(subject) ? GUICHET_OK : replica_leaves(s, subject, err);
}

enum guichet_rc replica_acknowledge(struct store *s, const struct replica_ack *acks, size_t count, struct guichet_err *err)
{
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	int64_t passed = passed_narrowly(s);
	for (size_t i = 0; i < count && !rc; i++) {
		int64_t id = op_pack(s, acks[i].id);
		if (!id)
			continue;
		/* A late answer: a page has told more since, that it was settled. */
		if (sql_value(s, 0, "SELECT seq FROM op WHERE id = ?1", "i", id) > acks[i].seq) {
			rc = replica_acked(s, id, err);
			continue;
		}
		/* Among a desk's pending ones the order does not change; parked, it no longer counts. */
		if ((rc = purge_untold(s, id, &acks[i], passed, err)))
			break;
		int64_t was = sql_value(s, 0, "SELECT parked FROM op WHERE id = ?1", "i", id);
		bool parks = (was == 1) != acks[i].parked;
		bool moves = (parks && !SIM_BUG(parked_not_folded_away)) || overtakes(s, id, acks[i].seq);
		/* What nobody reads here any more only gets its number: a page that tells of it brings it back whole. */
		if (was == 2 && !acks[i].parked)
			rc = sql_run(s, err, "UPDATE op SET seq = ?2 WHERE id = ?1", "ii", id, acks[i].seq);
		else
			rc = moves ? replica_renumber(s, id, acks[i].seq, acks[i].parked, acks[i].why, err) : replica_mark(s, id, acks[i].seq, acks[i].parked, acks[i].why, err);
		if (!rc)
			rc = replica_acked(s, id, err);
	}
	if (!rc)
		rc = replica_purge_left(s, err);
	return store_finish(s, rc, err);
}

bool replica_holds(struct store *s, struct op_id id)
{
	int64_t packed = op_pack(s, id);
	return packed && sql_value(s, 0, "SELECT 1 FROM op WHERE id = ?1", "i", packed);
}

/* The subjects of operations that lose their seq: their order may change. */
static struct reprojection *lost_begin(struct store *s, const char *sql, int64_t from, int64_t to, size_t *count, enum guichet_rc *rc, struct guichet_err *err)
{
	struct reprojection *list = NULL;
	size_t capacity = 0;
	sqlite3_stmt *st = sql_prepare(s, sql, err);
	*rc = st ? GUICHET_OK : GUICHET_INTERNAL;
	if (st)
		sql_bind(st, "ii", from, to);
	while (!*rc && (*rc = sql_step(s, st, err)) == GUICHET_OK) {
		GUICHET_GROW(list, *count, capacity);
		*rc = reproject_begin(s, sqlite3_column_int64(st, 0), &list[*count], err);
		*count += *rc == GUICHET_OK;
	}
	if (st)
		sqlite3_reset(st);
	*rc = *rc == GUICHET_NOT_FOUND ? GUICHET_OK : *rc;
	return list;
}

static enum guichet_rc lost_end(struct store *s, struct reprojection *changed, size_t count, enum guichet_rc rc, struct guichet_err *err)
{
	/* People after the requests that name them: who changes has those written again, which must be as their operations are by then. */
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < count; i++)
			if (reproject_is_request(s, &changed[i]) == (pass == 0)) {
				enum guichet_rc end = reproject_end(s, &changed[i], rc ? NULL : err);
				rc = rc ? rc : end;
			}
	for (size_t i = 0; i < count && !rc; i++)
		rc = replica_purge_unseen(s, changed[i].subject, err);
	free(changed);
	return rc;
}

enum guichet_rc replica_unacknowledge(struct store *s, uint32_t device, uint64_t dseq, struct guichet_err *err)
{
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	int64_t first = op_pack(s, (struct op_id){ device, 0 }), no = first >> 40;
	if (dseq > 0 && first) {
		size_t count = 0;
		struct reprojection *changed = lost_begin(s, "SELECT DISTINCT subject FROM op WHERE id >= ?1 AND id < ?2", no << 40 | (int64_t)dseq, (no + 1) << 40,
			&count, &rc, err);
		if (!rc)
			rc = sql_run(s, err, "UPDATE op SET seq = NULL, parked = NULL WHERE id >= ?1 AND id < ?2", "ii", no << 40 | (int64_t)dseq, (no + 1) << 40);
		rc = lost_end(s, changed, count, rc, err);
		if (!rc)
			rc = sql_run(s, err, "UPDATE device SET acked = min(acked, ?2) WHERE no = ?1", "ii", no, (int64_t)dseq - 1);
	}
	return store_finish(s, rc, err);
}

/* --- a server that was restored --- */

bool replica_is_rewinding(struct store *s)
{
	return replica_number(s, "server-rewinding", 0) != 0;
}

enum guichet_rc replica_begin(struct store *s, int64_t epoch, struct guichet_err *err)
{
	struct replica_cursor cursor;
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	replica_read_cursor(s, &cursor);
	if (cursor.epoch == 0 && cursor.seq == 0) {
		cursor.epoch = epoch;
		rc = replica_write_cursor(s, &cursor, err);
		rc = rc ? rc : replica_want_resync(s, "begin", err);
	}
	return store_finish(s, rc, err);
}

enum guichet_rc replica_rewind(struct store *s, int64_t epoch, const struct replica_cursor *common, struct guichet_err *err)
{
	struct replica_cursor cursor;
	int64_t from = common ? common->seq : 0;
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	/* What left this desk since then would not come back by itself: everything is read anew. */
	if (common && replica_number(s, "server-left", 0) > from) {
		common = NULL;
		from = 0;
	}
	if (!common)
		rc = sql_run(s, err, "DELETE FROM meta WHERE key IN ('server-leaving', 'server-left')", "");
	replica_read_cursor(s, &cursor);
	size_t count = 0;
	struct reprojection *changed = lost_begin(s, "SELECT DISTINCT subject FROM op WHERE seq > ?1 AND seq < ?2", from, INT64_MAX, &count, &rc, err);
	if (!rc)
		rc = sql_run(s, err, "UPDATE device SET acked = min(acked, (SELECT min(o.id) FROM op o WHERE o.id > (no << 40) AND o.id < ((no + 1) << 40) "
		"AND (o.seq IS NULL OR o.seq > ?1)) - (no << 40) - 1) WHERE EXISTS(SELECT 1 FROM op o WHERE o.id > (no << 40) AND o.id < ((no + 1) << 40) "
		"AND (o.seq IS NULL OR o.seq > ?1))", "i", from);
	if (!rc)
		rc = sql_run(s, err, "UPDATE op SET seq = NULL, parked = NULL WHERE seq > ?1", "i", SIM_BUG(rewind_keeps_numbers) ? INT64_MAX : from);
	rc = lost_end(s, changed, count, rc, err);
	if (cursor.seq > from) {
		memset(cursor.chain, 0, sizeof cursor.chain);
		if (common)
			memcpy(cursor.chain, common->chain, sizeof cursor.chain);
		cursor.seq = from;
	}
	cursor.epoch = epoch;
	if (!rc)
		rc = replica_write_cursor(s, &cursor, err);
	/* Its attachments may be lost as well; one that it has is taken again without harm. */
	if (!rc)
		rc = sql_run(s, err, "UPDATE blob SET sent = 0 WHERE sent = 1", "");
	if (!rc)
		rc = replica_set_number(s, "server-rewinding", 1, err);
	return store_finish(s, rc, err);
}

enum guichet_rc replica_caught_up(struct store *s, struct guichet_err *err)
{
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	if (!rc && SIM_BUG(offers_nothing))
		rc = sql_run(s, err, "UPDATE device SET acked = max(acked, coalesce((SELECT max(o.id) FROM op o WHERE o.id > (no << 40) AND o.id < ((no + 1) << 40)), 0) "
			"- (no << 40))", "");
	/* Erasures are the server's to say again, and it does: brought back by desks they would count as said by desks. */
	size_t count = 0;
	struct reprojection *changed = lost_begin(s, "SELECT DISTINCT subject FROM op WHERE seq IS NULL AND kind = 'erase' AND id > ?1 AND id < ?2", 0, INT64_MAX,
		&count, &rc, err);
	if (!rc)
		rc = sql_run(s, err, "DELETE FROM op WHERE seq IS NULL AND kind = 'erase'", "");
	rc = lost_end(s, changed, count, rc, err);
	if (rc)
		return store_finish(s, rc, err);
	/* What came back has its number: it need not be sent again. */
	rc = sql_run(s, err, "UPDATE device SET acked = max(acked, coalesce((SELECT min(o.id) - 1 FROM op o WHERE o.id > (no << 40 | acked) AND o.id < ((no + 1) << 40) "
		"AND o.seq IS NULL), (SELECT max(o.id) FROM op o WHERE o.id > (no << 40) AND o.id < ((no + 1) << 40)), 0) - (no << 40))", "");
	if (!rc)
		rc = replica_purge_left(s, err);
	if (!rc)
		rc = replica_set_number(s, "server-rewinding", 0, err);
	return store_finish(s, rc, err);
}
