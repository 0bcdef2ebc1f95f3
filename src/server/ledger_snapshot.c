// SPDX-License-Identifier: GPL-3.0-or-later
/* What a new desk begins with: bulletins, open requests, those that ended lately, recent contacts, as they stood at one seq; and what was erased, for a desk that
 * keeps what it wrote of requests that it does not see any more. Given by pages that remember nothing
 * on the server: subjects go in the order of their ids, and operations beyond the seq are left out, so that whatever moves meanwhile comes by the changes after
 * it. Rows are written as JSON as they are: nobody here looks into a payload. */
#include "ledger_inside.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 3000 /* of operations a statement */, STATEMENTS = 20 /* a page, however few of their rows are visible */, PEOPLE_MAX = 2048 };

/* An operation that was settled stands where it was settled. */
#define COUNTS "(o.parked IS NULL OR NOT EXISTS(SELECT 1 FROM op s WHERE s.settles = o.seq AND s.seq <= ?3))"
enum { COLUMN_SERVICE = COLUMN_NOW + 1, COLUMN_WHO_DEVICE, COLUMN_WHO_DSEQ };

/* --- an operation as JSON (wire/op_json.h) --- */

static void add_string(struct text *out, const char *s)
{
	static const char hex[] = "0123456789abcdef";
	text_addc(out, '"');
	for (size_t run; *s; s += run) {
		run = 0;
		while ((unsigned char)s[run] >= 0x20 && s[run] != '"' && s[run] != '\\')
			run++;
		text_addn(out, s, run);
		if (!s[run])
			break;
		unsigned char c = (unsigned char)s[run++];
		if (c >= 0x20) {
			const char escaped[2] = { '\\', (char)c };
			text_addn(out, escaped, 2);
		} else {
			const char escaped[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
			text_addn(out, escaped, 6);
		}
	}
	text_addc(out, '"');
}

static void add_member(struct text *out, const char *key, const char *value)
{
	if (!value)
		return;
	text_addf(out, ",\"%s\":", key);
	add_string(out, value);
}

static void add_hex(struct text *out, const char *key, const void *bytes, size_t count)
{
	char hex[2 * OP_HASH + 1];
	if (!bytes || count > OP_HASH)
		return;
	sodium_bin2hex(hex, sizeof hex, bytes, count);
	text_addf(out, ",\"%s\":\"%s\"", key, hex);
}

static void add_op(struct text *out, struct db_rows *rows)
{
	char id[OP_ID_TEXT], subject[OP_ID_TEXT];
	size_t bytes;
	bool blanked = db_is_null(rows, COLUMN_SALT);
	op_id_format((struct op_id){ (uint32_t)db_int(rows, COLUMN_DEVICE), (uint64_t)db_int(rows, COLUMN_DSEQ) }, id);
	op_id_format((struct op_id){ (uint32_t)db_int(rows, COLUMN_SUBJECT_DEVICE), (uint64_t)db_int(rows, COLUMN_SUBJECT_DSEQ) }, subject);
	text_addf(out, "{\"id\":\"%s\",\"subject\":\"%s\",\"v\":%lld,\"wall_ms\":%lld,\"seq\":%lld", id, subject, (long long)db_int(rows, COLUMN_V),
		(long long)db_int(rows, COLUMN_WALL), (long long)db_int(rows, COLUMN_SEQ));
	add_member(out, "kind", db_str(rows, COLUMN_KIND));
	add_member(out, "actor", db_str(rows, COLUMN_ACTOR));
	add_member(out, "facts", db_str(rows, COLUMN_FACTS));
	if (!blanked)
		add_member(out, "personal", db_str(rows, COLUMN_PERSONAL));
	add_member(out, "base", db_str(rows, COLUMN_BASE));
	const void *hash = db_bytes(rows, COLUMN_HASH, &bytes);
	add_hex(out, "hash", hash, bytes);
	const void *salt = blanked ? NULL : db_bytes(rows, COLUMN_SALT, &bytes);
	add_hex(out, "salt", salt, bytes);
	add_member(out, "parked", db_str(rows, COLUMN_PARKED));
	text_addc(out, '}');
}

/* --- a page --- */

struct page { struct db *db; struct snapshot *s; struct text group; struct op_id subject; size_t rows; bool visible, open_group; struct op_id who;
	struct op_id *people; size_t people_count; };

static void put_group(struct page *page, const struct text *group)
{
	if (page->s->subjects.len)
		text_addc(&page->s->subjects, ',');
	text_addc(&page->s->subjects, '[');
	text_addn(&page->s->subjects, text_str(group), group->len);
	text_addc(&page->s->subjects, ']');
}

/* Whoever a request names goes before it, once a page. */
static enum guichet_rc put_person(struct page *page, struct op_id who, struct guichet_err *err)
{
	struct text ops = { .cap = 64 * 1024 * 1024 };
	for (size_t i = 0; i < page->people_count; i++)
		if (op_id_equal(page->people[i], who))
			return GUICHET_OK;
	if (page->people_count < PEOPLE_MAX)
		page->people[page->people_count++] = who;
	struct db_rows *rows = db_query(page->db, err, "SELECT " OP_COLUMNS " FROM op o WHERE o.subject_device = ?1 AND o.subject_dseq = ?2 AND o.seq <= ?3 AND " COUNTS
		" ORDER BY o.seq", "iii", (int64_t)who.device, (int64_t)who.dseq, page->s->at.seq);
	if (!rows)
		return err ? err->code : GUICHET_IO;
	while (db_next(rows)) {
		if (ops.len)
			text_addc(&ops, ',');
		add_op(&ops, rows);
	}
	enum guichet_rc rc = db_rows_done(&rows, err);
	if (!rc && ops.len)
		put_group(page, &ops);
	text_done(&ops);
	return rc;
}

static enum guichet_rc end_group(struct page *page, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	if (page->open_group && page->visible) {
		if (!op_id_is_none(page->who))
			rc = put_person(page, page->who, err);
		put_group(page, &page->group);
		page->s->count++;
	}
	if (page->open_group)
		page->s->after = page->subject;
	page->open_group = false;
	page->rows = 0;
	text_clear(&page->group);
	return rc;
}

static bool is_full(const struct page *page)
{
	return page->s->count >= page->s->max_subjects || page->s->subjects.len >= page->s->max_bytes;
}

/* Takes the rows of one statement; *taken gets how many there were. The subject of the last ones may go on in the next statement. */
static enum guichet_rc take_rows(struct page *page, struct db_rows *rows, bool scoped, size_t *taken, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	*taken = 0;
	while (!rc && !is_full(page) && db_next(rows)) {
		struct op_id subject = { (uint32_t)db_int(rows, COLUMN_SUBJECT_DEVICE), (uint64_t)db_int(rows, COLUMN_SUBJECT_DSEQ) };
		if (page->open_group && !op_id_equal(subject, page->subject))
			rc = end_group(page, err);
		if (rc || is_full(page))
			break;
		if (!page->open_group) {
			page->open_group = true;
			page->subject = subject;
			page->visible = !scoped || scope_has(&page->s->scope, db_str(rows, COLUMN_SERVICE));
			page->who = scoped ? (struct op_id){ (uint32_t)db_int(rows, COLUMN_WHO_DEVICE), (uint64_t)db_int(rows, COLUMN_WHO_DSEQ) } : (struct op_id){ 0, 0 };
		}
		if (page->visible) {
			if (page->group.len)
				text_addc(&page->group, ',');
			add_op(&page->group, rows);
		}
		page->rows++;
		++*taken;
	}
	enum guichet_rc end = db_rows_done(&rows, rc ? NULL : err);
	return rc ? rc : end;
}

#define OF_ITEMS(condition) "SELECT " OP_COLUMNS ", i.service, i.requester_device, i.requester_dseq FROM item i JOIN op o ON o.subject_device = i.device " \
	"AND o.subject_dseq = i.dseq WHERE " condition " AND (i.device, i.dseq) > (?1, ?2) AND o.seq <= ?3 AND " COUNTS " ORDER BY i.device, i.dseq, o.seq LIMIT ?4"

static struct db_rows *ask_part(struct page *page, struct guichet_err *err)
{
	const struct snapshot *s = page->s;
	int64_t device = s->after.device, dseq = (int64_t)s->after.dseq;
	switch (s->part) {
	case SNAPSHOT_BULLETINS:
		return db_query(page->db, err, OF_ITEMS("i.subject = 3"), "iiii", device, dseq, s->at.seq, (int64_t)ROWS);
	case SNAPSHOT_OPEN:
		return db_query(page->db, err, OF_ITEMS("i.subject = 0 AND i.open = 1"), "iiii", device, dseq, s->at.seq, (int64_t)ROWS);
	case SNAPSHOT_ENDED:
		return db_query(page->db, err, OF_ITEMS("i.subject = 0 AND i.open = 0 AND i.closed_ms >= ?5"), "iiiii", device, dseq, s->at.seq, (int64_t)ROWS,
			s->ended_after_ms);
	case SNAPSHOT_ERASED:
		return db_query(page->db, err, "SELECT device, dseq, seq FROM erased WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3", "iii", dseq, s->at.seq, (int64_t)ROWS);
	case SNAPSHOT_CONTACTS:
		break;
	}
	return db_query(page->db, err, "SELECT " OP_COLUMNS " FROM op o WHERE o.seq > ?1 AND o.seq <= ?3 AND o.recv_ms >= ?2 AND o.kind IN ('contact', 'mail', 'mail-sorted') AND " COUNTS
		" ORDER BY o.seq LIMIT ?4", "iiii", dseq, s->ended_after_ms, s->at.seq, (int64_t)ROWS);
}

/* A subject of more operations than a statement gives. */
static enum guichet_rc take_long(struct page *page, struct guichet_err *err)
{
	struct op *ops;
	size_t count;
	text_clear(&page->group);
	enum guichet_rc rc = ledger_subject(page->db, page->subject, page->s->at.seq, &ops, &count, err);
	for (size_t i = 0; !rc && i < count && page->visible; i++) {
		char *json = NULL;
		json_t *one = op_json(&ops[i]);
		if (!one || !(json = json_dumps(one, JSON_COMPACT)))
			guichet_out_of_memory();
		text_addf(&page->group, "%s%s", page->group.len ? "," : "", json);
		free(json);
		json_decref(one);
	}
	if (!rc)
		ops_done(ops, count);
	return rc ? rc : end_group(page, err);
}

/* The last seq that came before that instant, about: what came is numbered as it comes. */
static uint64_t seq_before(struct db *db, int64_t at_ms, int64_t last)
{
	int64_t low = 0, high = last;
	while (low < high) {
		int64_t middle = low + (high - low) / 2;
		if (db_value(db, INT64_MAX, "SELECT recv_ms FROM op WHERE seq = ?1", "i", middle + 1) < at_ms)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint64_t)low;
}

static void next_part(struct db *db, struct snapshot *s)
{
	s->after = (struct op_id){ 0, 0 };
	/* Contacts go to whoever sees everything. */
	s->part += s->part == SNAPSHOT_ENDED && !s->scope.all ? 2 : 1;
	s->done = s->part > SNAPSHOT_ERASED || (s->part == SNAPSHOT_ERASED && !s->keeps);
	if (s->part == SNAPSHOT_CONTACTS)
		s->after.dseq = seq_before(db, s->ended_after_ms, s->at.seq);
	if (s->part == SNAPSHOT_ERASED && s->told > 0)
		s->after.dseq = (uint64_t)s->told;
}

/* Contacts go by their seq, which `after.dseq` remembers. */
static enum guichet_rc take_contacts(struct page *page, struct db_rows *rows, size_t *taken, struct guichet_err *err)
{
	*taken = 0;
	while (!is_full(page) && db_next(rows)) {
		text_clear(&page->group);
		add_op(&page->group, rows);
		put_group(page, &page->group);
		page->s->count++;
		page->s->after = (struct op_id){ 0, (uint64_t)db_int(rows, COLUMN_SEQ) };
		++*taken;
	}
	text_clear(&page->group);
	return db_rows_done(&rows, err);
}

/* By their seq too: what is erased again later is told by the changes. */
static enum guichet_rc take_erased(struct page *page, struct db_rows *rows, size_t *taken, struct guichet_err *err)
{
	struct snapshot *s = page->s;
	char id[OP_ID_TEXT];
	*taken = 0;
	while (!is_full(page) && db_next(rows)) {
		op_id_format((struct op_id){ (uint32_t)db_int(rows, 0), (uint64_t)db_int(rows, 1) }, id);
		text_addf(&s->erased, "%s\"%s\"", s->erased.len ? "," : "", id);
		s->after = (struct op_id){ 0, (uint64_t)db_int(rows, 2) };
		s->count++;
		++*taken;
	}
	return db_rows_done(&rows, err);
}

static enum guichet_rc take_statement(struct page *page, struct guichet_err *err)
{
	size_t taken;
	struct snapshot *s = page->s;
	bool contacts = s->part == SNAPSHOT_CONTACTS, erased = s->part == SNAPSHOT_ERASED;
	struct db_rows *rows = ask_part(page, err);
	if (!rows)
		return err ? err->code : GUICHET_IO;
	enum guichet_rc rc = erased ? take_erased(page, rows, &taken, err)
		: contacts              ? take_contacts(page, rows, &taken, err)
								: take_rows(page, rows, s->part != SNAPSHOT_BULLETINS, &taken, err);
	if (rc || is_full(page))
		return rc;
	bool more = taken == ROWS;
	if (!more)
		rc = end_group(page, err);
	else if (!contacts && !erased && page->rows == ROWS)
		rc = take_long(page, err);
	/* Its last subject is asked for again, whole. */
	text_clear(&page->group);
	page->open_group = false;
	page->rows = 0;
	if (!rc && !more)
		next_part(page->db, s);
	return rc;
}

enum guichet_rc ledger_snapshot(struct db *db, struct snapshot *s, struct guichet_err *err)
{
	struct page page = { .db = db, .s = s, .group = { .cap = 64 * 1024 * 1024 } };
	struct pull where = { .from = s->at };
	struct ledger_head head;
	enum guichet_rc rc = ledger_head(db, &head, err);
	s->verdict = PULL_FINE;
	if (!rc && s->at.epoch == 0) {
		s->at = (struct wire_cursor){ .epoch = head.epoch, .seq = head.seq };
		memcpy(s->at.chain, head.chain, sizeof s->at.chain);
	} else if (!rc) {
		rc = ledger_check_cursor(db, &where, &head, err);
		s->verdict = where.verdict;
	}
	if (rc || s->verdict != PULL_FINE)
		return rc;
	page.people = guichet_alloc(PEOPLE_MAX * sizeof *page.people);
	for (int n = 0; n < STATEMENTS && !rc && !s->done && !is_full(&page); n++)
		rc = take_statement(&page, err);
	free(page.people);
	text_done(&page.group);
	return rc;
}

int64_t ledger_snapshot_size(struct db *db, const struct scope *scope, int64_t ended_after_ms)
{
	int64_t total = 0;
	struct db_rows *rows = db_query(db, NULL, "SELECT service, count(*) FROM item WHERE subject = 0 AND (open = 1 OR closed_ms >= ?1) GROUP BY service", "i",
		ended_after_ms);
	while (rows && db_next(rows))
		if (scope_has(scope, db_str(rows, 0)))
			total += db_int(rows, 1);
	db_rows_done(&rows, NULL);
	return total;
}

/* --- its position: "1:7.13" after operation 7.12, "1:0.1" at the beginning of a part --- */

void snapshot_position_format(const struct snapshot *s, char out[SNAPSHOT_POSITION])
{
	snprintf(out, SNAPSHOT_POSITION, "%d:%u.%llu", (int)s->part, (unsigned)s->after.device, (unsigned long long)s->after.dseq + 1);
}

bool snapshot_position_parse(const char *text, struct snapshot *out)
{
	if (text[0] < '0' || text[0] > '0' + SNAPSHOT_ERASED || text[1] != ':' || !op_id_parse(text + 2, &out->after) || out->after.dseq > INT64_MAX)
		return false;
	out->after.dseq--;
	out->part = (enum snapshot_part)(text[0] - '0');
	return true;
}
