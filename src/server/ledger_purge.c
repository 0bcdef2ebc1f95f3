// SPDX-License-Identifier: GPL-3.0-or-later
/* Requests whose retention is over, on the server: which ones, and erasing them page by page (core/retention.h has the rule, ledger_erase the way to the desks). What is due
 * is found by what the tables say now, so that a purge which was interrupted goes on by being asked again. Must not know who asks, nor the archives' slip. */
#include "ledger_purge.h"

#include <stdlib.h>
#include <string.h>

#include "erased.h"
#include "ledger_inside.h"

enum { SAME_MAX = 100 /* of whom it was said that they are one */ };

/* --- contacts --- */

enum guichet_rc ledger_lone_contacts(struct db *db, struct op_id request, struct op_id **out, size_t *count, struct guichet_err *err)
{
	size_t capacity = 0;
	*out = NULL;
	*count = 0;
	struct db_rows *rows = db_query(db, err, "SELECT u.device, u.dseq FROM contact_use u JOIN item c ON c.device = u.device AND c.dseq = u.dseq WHERE u.request_device = ?1 "
		"AND u.request_dseq = ?2 AND c.erased = 0 AND NOT EXISTS(SELECT 1 FROM contact_use o JOIN item r ON r.device = o.request_device AND r.dseq = o.request_dseq "
		"WHERE o.device = u.device AND o.dseq = u.dseq AND r.erased = 0 AND (r.device <> ?1 OR r.dseq <> ?2))", "ii", (int64_t)request.device,
		(int64_t)request.dseq);
	if (!rows)
		return err ? err->code : GUICHET_IO;
	while (db_next(rows)) {
		GUICHET_GROW(*out, *count, capacity);
		(*out)[(*count)++] = (struct op_id){ (uint32_t)db_int(rows, 0), (uint64_t)db_int(rows, 1) };
	}
	return db_rows_done(&rows, err);
}

/* --- a page of what ended --- */

/* In the order of their ids; `closed_ms`: when it ended. */
struct ended { struct op_id id, requester; int64_t closed_ms; };

static enum guichet_rc read_page(struct db *db, struct purge_page *p, enum op_subject subject, struct ended *out, size_t max, size_t *count, struct guichet_err *err)
{
	*count = 0;
	struct db_rows *rows = db_query(db, err, "SELECT device, dseq, closed_ms, requester_device, requester_dseq FROM item WHERE subject = ?1 AND erased = 0 AND "
		"(device, dseq) > (?2, ?3) AND (subject <> 0 OR (open = 0 AND closed_ms < ?4)) ORDER BY device, dseq LIMIT ?5", "iiiii", (int64_t)subject,
		(int64_t)p->after.device, (int64_t)p->after.dseq, p->plan.at_ms, (int64_t)max);
	if (!rows)
		return err->code;
	while (db_next(rows))
		out[(*count)++] = (struct ended){ { (uint32_t)db_int(rows, 0), (uint64_t)db_int(rows, 1) }, { (uint32_t)db_int(rows, 3), (uint64_t)db_int(rows, 4) },
			db_int(rows, 2) };
	p->more = *count == max;
	if (*count > 0)
		p->after = out[*count - 1].id;
	return db_rows_done(&rows, err);
}

static void count_files(const struct op *ops, size_t count, int64_t *files, int64_t *bytes)
{
	*files = *bytes = 0;
	for (size_t i = 0; i < count; i++)
		if (ops[i].kind == OP_ATTACH && !ops[i].blanked) {
			++*files;
			*bytes += op_int(&ops[i], "bytes", 0);
		}
}

/* *due: its retention is over, and nothing keeps it; it is counted in the plan. */
static enum guichet_rc judge_one(struct db *db, struct purge_page *p, const struct ended *e, int *months, bool *due, struct guichet_err *err)
{
	struct op *ops;
	size_t count;
	struct request r;
	int64_t files, bytes;
	enum guichet_rc rc = ledger_subject(db, e->id, INT64_MAX, &ops, &count, err);
	*due = false;
	if (rc)
		return rc;
	request_fold(&r, ops, count);
	const char *category = request_text(&r, FIELD_CATEGORY);
	*months = retention_months(p->catalogue, category);
	if (e->closed_ms >= instant_add_months(p->plan.at_ms, -*months)) {
		/* not yet */
	} else if (request_is_held(&r)) {
		p->plan.held++;
	} else if (request_owes(&r)) {
		p->plan.owed++;
	} else {
		*due = true;
		count_files(ops, count, &files, &bytes);
		purge_line_add(purge_plan_line(&p->plan, category, *months), 1, e->closed_ms, e->closed_ms, files, bytes);
		purge_line_add(&p->plan.all, 1, e->closed_ms, e->closed_ms, files, bytes);
	}
	request_done(&r);
	ops_done(ops, count);
	return GUICHET_OK;
}

/* --- erasing --- */

struct purging { struct db *db; struct purge_page *p; const struct purge_means *m; struct op_id *gone; size_t count, capacity; };

static enum guichet_rc purge_one(struct purging *g, struct op_id id, int months, struct guichet_err *err)
{
	GUICHET_GROW(g->gone, g->count, g->capacity);
	g->gone[g->count++] = id;
	return ledger_purge(g->db, id, g->m->now_ms, g->m->random, months, g->m->visa, err);
}

/* --- people --- */

/* Somebody is still to be reached by this record: a request that is kept, or a call or a mail. */
static bool person_is_used(struct db *db, struct op_id id)
{
	int64_t device = id.device, dseq = (int64_t)id.dseq;
	return db_value(db, 1, "SELECT count(*) FROM item WHERE requester_device = ?1 AND requester_dseq = ?2 AND erased = 0", "ii", device, dseq) != 0
		|| db_value(db, 1, "SELECT count(*) FROM contact_person p JOIN item c ON c.device = p.contact_device AND c.dseq = p.contact_dseq WHERE p.device = ?1 "
			"AND p.dseq = ?2 AND c.erased = 0", "ii", device, dseq) != 0;
}

/* Everybody of whom it was said that he is this one, himself first: they go together, or stay. */
static enum guichet_rc read_group(struct db *db, struct op_id id, struct op_id *out, size_t *count, struct guichet_err *err)
{
	out[0] = id;
	*count = 1;
	for (size_t at = 0; at < *count; at++) {
		struct db_rows *rows = db_query(db, err, "SELECT other_device, other_dseq FROM person_same WHERE device = ?1 AND dseq = ?2", "ii", (int64_t)out[at].device,
			(int64_t)out[at].dseq);
		if (!rows)
			return err->code;
		while (db_next(rows) && *count < SAME_MAX) {
			struct op_id other = { (uint32_t)db_int(rows, 0), (uint64_t)db_int(rows, 1) };
			bool known = false;
			for (size_t i = 0; i < *count && !known; i++)
				known = op_id_equal(out[i], other);
			if (!known)
				out[(*count)++] = other;
		}
		enum guichet_rc rc = db_rows_done(&rows, err);
		if (rc)
			return rc;
	}
	return GUICHET_OK;
}

/* `before_ms`: unless something was written of one of them since. Where `m` is NULL they are only counted. */
static enum guichet_rc purge_people(struct purging *g, struct op_id id, int months, int64_t before_ms, struct guichet_err *err)
{
	struct op_id group[SAME_MAX];
	size_t count = 0;
	enum guichet_rc rc = read_group(g->db, id, group, &count, err);
	for (size_t i = 0; i < count && !rc; i++)
		if (count == SAME_MAX || person_is_used(g->db, group[i]) || db_value(g->db, INT64_MAX, "SELECT coalesce(max(wall_ms), 0) FROM op WHERE subject_device = ?1 AND "
			"subject_dseq = ?2 AND kind <> 'erase'", "ii", (int64_t)group[i].device, (int64_t)group[i].dseq) >= before_ms)
			return GUICHET_OK;
	for (size_t i = 0; i < count && !rc; i++) {
		struct item who;
		rc = ledger_item(g->db, group[i], &who, err);
		if (rc || !who.known || who.erased)
			continue;
		g->p->requesters++;
		rc = g->m ? purge_one(g, group[i], months, err) : GUICHET_OK;
	}
	return rc;
}

/* The request; the calls and mails that were about it alone; and who asked, when that was his last one. */
static enum guichet_rc purge_request(struct purging *g, const struct ended *e, int months, struct guichet_err *err)
{
	struct op_id *contacts = NULL;
	size_t count = 0;
	enum guichet_rc rc = purge_one(g, e->id, months, err);
	rc = rc ? rc : ledger_lone_contacts(g->db, e->id, &contacts, &count, err);
	for (size_t i = 0; i < count && !rc; i++)
		rc = purge_one(g, contacts[i], months, err);
	g->p->contacts += (int64_t)count;
	free(contacts);
	return rc || op_id_is_none(e->requester) ? rc : purge_people(g, e->requester, months, INT64_MAX, err);
}

/* A call or a mail about nothing that is kept goes when it is as old as requests may get that nobody qualified. */
static enum guichet_rc lone_contact(struct purging *g, struct op_id id, bool erase, struct guichet_err *err)
{
	int months = retention_months(g->p->catalogue, NULL);
	int64_t begun = db_value(g->db, INT64_MAX, "SELECT wall_ms FROM op WHERE device = ?1 AND dseq = ?2 AND settles IS NULL", "ii", (int64_t)id.device, (int64_t)id.dseq);
	if (begun >= instant_add_months(g->p->plan.at_ms, -months))
		return GUICHET_OK;
	if (db_value(g->db, 1, "SELECT count(*) FROM contact_use u JOIN item r ON r.device = u.request_device AND r.dseq = u.request_dseq WHERE u.device = ?1 AND u.dseq = ?2 "
		"AND r.erased = 0", "ii", (int64_t)id.device, (int64_t)id.dseq) != 0)
		return GUICHET_OK;
	g->p->contacts++;
	return erase ? purge_one(g, id, months, err) : GUICHET_OK;
}

/* Who never had a request, or none that is left, goes when he is as old as that. */
static enum guichet_rc lone_person(struct purging *g, struct op_id id, struct guichet_err *err)
{
	int months = retention_months(g->p->catalogue, NULL);
	return purge_people(g, id, months, instant_add_months(g->p->plan.at_ms, -months), err);
}

static enum guichet_rc walk(struct purging *g, enum op_subject subject, struct guichet_err *err)
{
	struct ended page[PURGE_PAGE];
	size_t count;
	enum guichet_rc rc = read_page(g->db, g->p, subject, page, PURGE_PAGE, &count, err);
	for (size_t i = 0; i < count && !rc; i++) {
		int months = 0;
		bool due = false;
		if (subject == SUBJECT_CONTACT)
			rc = lone_contact(g, page[i].id, g->m != NULL, err);
		else if (subject == SUBJECT_REQUESTER)
			rc = lone_person(g, page[i].id, err);
		else
			rc = judge_one(g->db, g->p, &page[i], &months, &due, err);
		if (!rc && due && g->m)
			rc = purge_request(g, &page[i], months, err);
	}
	return rc;
}

enum guichet_rc ledger_purge_look(struct db *db, struct purge_page *p, enum op_subject subject, struct guichet_err *err)
{
	struct purging g = { .db = db, .p = p };
	return walk(&g, subject, err);
}

enum guichet_rc ledger_purge_page(struct db *db, struct purge_page *p, enum op_subject subject, const struct purge_means *m, struct guichet_err *err)
{
	struct purging g = { .db = db, .p = p, .m = m };
	enum guichet_rc rc = db_begin(db, err);
	if (rc)
		return rc;
	rc = walk(&g, subject, err);
	/* The file first: a restore of an older copy must not bring back what this transaction takes. */
	rc = rc ? rc : erased_add(m->erased, g.gone, g.count, m->now_ms, err);
	rc = rc ? rc : db_commit(db, err);
	if (rc)
		db_rollback(db);
	free(g.gone);
	return rc;
}
