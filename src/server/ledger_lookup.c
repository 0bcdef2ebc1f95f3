// SPDX-License-Identifier: GPL-3.0-or-later
/* Requests out of the server's journal for desks that hold them no more: a whole one, with the person it names; a few that hold certain words (ledger_words.c). */
#include "ledger_inside.h"

#include <stdlib.h>

#include "guichet/core/reference.h"
#include "guichet/core/request.h"

static enum guichet_rc add_subject(struct db *db, struct op_id subject, json_t *list, int64_t *last, struct guichet_err *err)
{
	struct op *ops;
	size_t count;
	enum guichet_rc rc = ledger_subject(db, subject, INT64_MAX, &ops, &count, err);
	for (size_t i = 0; !rc && i < count; i++) {
		json_t *one = op_json(&ops[i]);
		if (!one || json_array_append_new(list, one) != 0)
			guichet_out_of_memory();
		*last = ops[i].seq > *last ? ops[i].seq : *last;
	}
	if (!rc)
		ops_done(ops, count);
	return rc;
}

enum guichet_rc ledger_whole(struct db *db, const struct scope *scope, struct op_id subject, json_t **ops, int64_t *last, struct guichet_err *err)
{
	struct item item;
	enum guichet_rc rc = ledger_item(db, subject, &item, err);
	*ops = NULL;
	*last = 0;
	if (!rc && (!item.known || item.subject != SUBJECT_REQUEST || !scope_has(scope, item.service)))
		rc = guichet_err_set(err, GUICHET_NOT_FOUND, _("aucune demande de ce numéro"));
	if (rc)
		return rc;
	json_t *list = json_array();
	if (!op_id_is_none(item.requester))
		rc = add_subject(db, item.requester, list, last, err);
	if (!rc)
		rc = add_subject(db, subject, list, last, err);
	if (rc)
		json_decref(list);
	else
		*ops = list;
	return rc;
}

/* --- what desks hold no more --- */

enum { WORDS_MAX = 8, RARE_ENOUGH = 2000, HITS = 300, ROUNDS = 2, LOOKED_MAX = 2 * HITS + SEEK_OF_ONE };

struct seeking {
	struct db *db;
	struct seek *s;
	const int64_t *hashes; size_t count, rarest;
	struct op_id looked[LOOKED_MAX]; size_t looked_count;
};

/* Of each word at most so many are counted: that is enough to tell which one to begin with. */
static int64_t count_word(struct db *db, int64_t hash)
{
	return db_value(db, 0, "SELECT count(*) FROM (SELECT 1 FROM word WHERE hash = ?1 LIMIT ?2) w", "ii", hash, (int64_t)RARE_ENOUGH);
}

static bool is_said_in(struct db *db, int64_t hash, struct op_id subject)
{
	return !op_id_is_none(subject) && db_value(db, 0, "SELECT 1 FROM op o WHERE o.subject_device = ?1 AND o.subject_dseq = ?2 AND EXISTS(SELECT 1 FROM word w "
		"WHERE w.hash = ?3 AND w.seq = o.seq) LIMIT 1", "iii", (int64_t)subject.device, (int64_t)subject.dseq, hash) == 1;
}

static bool was_looked_at(struct seeking *k, struct op_id id)
{
	for (size_t i = 0; i < k->looked_count; i++)
		if (op_id_equal(k->looked[i], id))
			return true;
	if (k->looked_count < LOOKED_MAX)
		k->looked[k->looked_count++] = id;
	return false;
}

static enum guichet_rc weigh(struct seeking *k, struct op_id id, struct guichet_err *err)
{
	struct item item;
	struct seek *s = k->s;
	if (s->count == SEEK_MAX + SEEK_OF_ONE || was_looked_at(k, id))
		return GUICHET_OK;
	enum guichet_rc rc = ledger_item(k->db, id, &item, err);
	if (rc || !item.known || item.subject != SUBJECT_REQUEST || item.open || item.erased || item.closed_ms >= s->ended_before_ms || !scope_has(&s->scope, item.service))
		return rc;
	for (size_t i = 0; i < k->count; i++)
		if (!is_said_in(k->db, k->hashes[i], id) && !is_said_in(k->db, k->hashes[i], item.requester))
			return GUICHET_OK;
	s->ids[s->count++] = id;
	return GUICHET_OK;
}

/* A request, or all that one person asked for. */
static enum guichet_rc weigh_subject(struct seeking *k, struct op_id subject, struct guichet_err *err)
{
	struct op_id ids[SEEK_OF_ONE];
	size_t n = 0;
	enum guichet_rc rc = weigh(k, subject, err);
	struct db_rows *rows = rc ? NULL : db_query(k->db, err, "SELECT device, dseq FROM item WHERE requester_device = ?1 AND requester_dseq = ?2 ORDER BY seq DESC "
		"LIMIT ?3", "iii", (int64_t)subject.device, (int64_t)subject.dseq, (int64_t)SEEK_OF_ONE);
	if (!rows)
		return rc ? rc : err->code;
	while (n < SEEK_OF_ONE && db_next(rows))
		ids[n++] = (struct op_id){ (uint32_t)db_int(rows, 0), (uint64_t)db_int(rows, 1) };
	rc = db_rows_done(&rows, err);
	for (size_t i = 0; i < n && !rc; i++)
		rc = weigh(k, ids[i], err);
	return rc;
}

/* Some of those that hold the rarest word; *seq: the last one looked at, 0 when there were no more. */
static enum guichet_rc seek_round(struct seeking *k, int64_t *seq, struct guichet_err *err)
{
	struct op_id *subjects = guichet_alloc(HITS * sizeof *subjects);
	int64_t *seqs = guichet_alloc(HITS * sizeof *seqs);
	size_t n = 0;
	enum guichet_rc rc = GUICHET_OK;
	struct db_rows *rows = db_query(k->db, err, "SELECT o.seq, o.subject_device, o.subject_dseq FROM word w JOIN op o ON o.seq = w.seq WHERE w.hash = ?1 "
		"AND w.seq < ?2 ORDER BY w.seq DESC LIMIT ?3", "iii", k->hashes[k->rarest], *seq, (int64_t)HITS);
	if (!rows)
		rc = err->code;
	while (!rc && n < HITS && db_next(rows)) {
		seqs[n] = db_int(rows, 0);
		subjects[n++] = (struct op_id){ (uint32_t)db_int(rows, 1), (uint64_t)db_int(rows, 2) };
	}
	if (!rc)
		rc = db_rows_done(&rows, err);
	*seq = 0;
	for (size_t i = 0; i < n && !rc && k->s->count < SEEK_MAX; i++) {
		rc = weigh_subject(k, subjects[i], err);
		*seq = i + 1 < n || n == HITS ? seqs[i] : 0;
	}
	free(subjects);
	free(seqs);
	return rc;
}

/* A reference is nobody's but one's: ended or not. */
static bool seek_reference(struct db *db, struct seek *s)
{
	int64_t reference;
	if (reference_parse(s->text, &reference, NULL))
		return false;
	s->count = ledger_find_reference(db, &s->scope, reference, s->ids, SEEK_MAX);
	return true;
}

enum guichet_rc ledger_seek(struct db *db, struct seek *s, struct guichet_err *err)
{
	int64_t hashes[WORDS_MAX], fewest = INT64_MAX, seq = s->before_seq > 0 ? s->before_seq : INT64_MAX;
	struct found_words words = { .hashes = hashes, .max = WORDS_MAX };
	s->count = 0;
	s->next = 0;
	if (seek_reference(db, s))
		return GUICHET_OK;
	ledger_words_typed(s->text, &words);
	if (words.count == 0)
		return guichet_err_set(err, GUICHET_USAGE, _("que chercher ? un nom, un téléphone, un numéro de demande ou des mots"));
	struct seeking *k = guichet_alloc(sizeof *k);
	*k = (struct seeking){ .db = db, .s = s, .hashes = hashes, .count = words.count };
	for (size_t i = 0; i < words.count; i++) {
		int64_t n = count_word(db, hashes[i]);
		if (n < fewest) {
			fewest = n;
			k->rarest = i;
		}
	}
	enum guichet_rc rc = GUICHET_OK;
	for (int round = 0; round < ROUNDS && fewest > 0 && !rc && s->count < SEEK_MAX && seq > 0; round++)
		rc = seek_round(k, &seq, err);
	s->next = fewest > 0 ? seq : 0;
	free(k);
	return rc;
}

/* --- a row of a list --- */

static void set_text(json_t *row, const char *key, const char *value)
{
	if (value && *value && json_object_set_new(row, key, json_string(value)) != 0)
		guichet_out_of_memory();
}

/* The last that was said. */
static char *name_of(struct db *db, struct op_id requester)
{
	struct op *ops;
	size_t count;
	char *name = NULL;
	if (op_id_is_none(requester) || ledger_subject(db, requester, INT64_MAX, &ops, &count, NULL))
		return NULL;
	for (size_t i = count; i-- > 0 && !name;) {
		const char *said = op_text(&ops[i], "name", op_text(&ops[i], "organisation", ""));
		if (*said && !ops[i].parked)
			name = guichet_strdup(said);
	}
	ops_done(ops, count);
	return name;
}

enum guichet_rc ledger_row(struct db *db, struct op_id id, json_t **out, struct guichet_err *err)
{
	static const struct { const char *key; enum request_field field; } texts[] = { { "nature", FIELD_NATURE }, { "channel", FIELD_CHANNEL },
		{ "category", FIELD_CATEGORY }, { "service", FIELD_SERVICE }, { "commune", FIELD_COMMUNE }, { "subject", FIELD_SUBJECT }, { "address", FIELD_ADDRESS } };
	struct request r;
	struct op *ops;
	size_t count;
	struct op_id requester = { 0, 0 };
	*out = NULL;
	enum guichet_rc rc = ledger_subject(db, id, INT64_MAX, &ops, &count, err);
	if (rc)
		return rc;
	request_fold(&r, ops, count);
	json_t *row = json_pack("{s:I, s:s, s:b, s:I, s:I}", "reference", (json_int_t)r.reference, "status", status_code(r.status), "open", (int)request_is_open(&r),
		"received_ms", (json_int_t)request_int(&r, FIELD_RECEIVED, 0), "updated_ms", (json_int_t)r.updated_ms);
	if (!row)
		guichet_out_of_memory();
	if (r.answered_ms != NO_INSTANT)
		json_object_set_new(row, "answered_ms", json_integer(r.answered_ms));
	if (r.closed_ms != NO_INSTANT)
		json_object_set_new(row, "closed_ms", json_integer(r.closed_ms));
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		set_text(row, texts[i].key, request_text(&r, texts[i].field));
	op_id_parse(request_text(&r, FIELD_REQUESTER), &requester);
	char *name = name_of(db, requester);
	set_text(row, "name", name);
	free(name);
	request_done(&r);
	ops_done(ops, count);
	*out = row;
	return GUICHET_OK;
}
