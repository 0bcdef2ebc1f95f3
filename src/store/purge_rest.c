// SPDX-License-Identifier: GPL-3.0-or-later
/* What hangs on requests whose retention is over: their attachments, the contacts about them, the people who have no other request, forgotten drafts. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#include "purge_inside.h"

enum { AT_ONCE = 100 };

bool purge_goes_on(const struct purging *p)
{
	return progress_tick(p->progress, p->begun_with + p->done->requests, p->total);
}

/* --- attachments --- */

void purge_add_file(void *context, const char *sha256)
{
	struct purging *p = context;
	if (strlen(sha256) >= sizeof *p->files)
		return;
	GUICHET_GROW(p->files, p->file_count, p->file_capacity);
	snprintf(p->files[p->file_count++], sizeof *p->files, "%s", sha256);
}

void purge_forget_files(struct purging *p)
{
	free(p->files);
	p->files = NULL;
	p->file_count = p->file_capacity = 0;
}

/* Takes those off the list that an operation which stands still names: the same letter may be kept with several requests. */
static enum guichet_rc keep_needed(struct purging *p, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(p->s, "SELECT facts FROM op INDEXED BY op_files WHERE kind IN ('attach', 'mail', 'delivery') AND salt IS NOT NULL", err);
	enum guichet_rc rc;
	if (!st)
		return GUICHET_INTERNAL;
	while ((rc = sql_step(p->s, st, err)) == GUICHET_OK)
		for (size_t i = 0; i < p->file_count; i++)
			if (*p->files[i] && strstr(column_str(st, 0), p->files[i]))
				*p->files[i] = '\0';
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

enum guichet_rc purge_drop_files(struct purging *p, struct guichet_err *err)
{
	enum guichet_rc rc = p->file_count ? keep_needed(p, err) : GUICHET_OK;
	for (size_t i = 0; i < p->file_count && !rc; i++) {
		if (!*p->files[i])
			continue;
		rc = sql_run(p->s, err, "DELETE FROM blob WHERE sha256 = ?1", "t", p->files[i]);
		p->done->files += sqlite3_changes(p->s->db);
	}
	return rc;
}

/* --- contacts --- */

/* Its few operations, one by one. *blanked: there was something left. */
static enum guichet_rc blank_subject(struct store *s, int64_t subject, bool *blanked, struct guichet_err *err)
{
	struct op *ops;
	size_t count;
	enum guichet_rc rc = journal_read(s, subject, &ops, &count, err);
	*blanked = false;
	for (size_t i = 0; i < count && !rc; i++) {
		if (ops[i].blanked || ops[i].kind == OP_ERASE)
			continue;
		*blanked = true;
		rc = store_blank(s, ops[i].id, err);
	}
	ops_free(ops, count);
	return rc;
}

static enum guichet_rc blank_contact(struct purging *p, int64_t contact, struct guichet_err *err)
{
	bool blanked;
	enum guichet_rc rc = blank_subject(p->s, contact, &blanked, err);
	p->done->contacts += !rc && blanked;
	return rc;
}

static size_t read_ids(struct store *s, sqlite3_stmt *st, int64_t *out, size_t max, enum guichet_rc *rc, struct guichet_err *err)
{
	size_t n = 0;
	while (n < max && (*rc = sql_step(s, st, err)) == GUICHET_OK)
		out[n++] = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	*rc = *rc == GUICHET_NOT_FOUND ? GUICHET_OK : *rc;
	return n;
}

enum guichet_rc purge_contacts_of(struct purging *p, int64_t row, struct guichet_err *err)
{
	int64_t ids[AT_ONCE];
	enum guichet_rc rc = GUICHET_OK;
	sqlite3_stmt *st = sql_prepare(p->s, "SELECT x.contact FROM contact_request x WHERE x.request = ?1 AND x.contact > ?2 AND NOT EXISTS(SELECT 1 FROM contact_request y "
		"JOIN request r ON r.id = y.request JOIN op m ON m.id = r.op WHERE y.contact = x.contact AND m.salt IS NOT NULL) ORDER BY x.contact LIMIT ?3", err);
	if (!st)
		return GUICHET_INTERNAL;
	int64_t after = 0;
	for (size_t n = AT_ONCE; n == AT_ONCE && !rc;) {
		sql_bind(st, "iii", row, after, (int64_t)AT_ONCE);
		n = read_ids(p->s, st, ids, AT_ONCE, &rc, err);
		for (size_t i = 0; i < n && !rc; i++)
			rc = blank_contact(p, ids[i], err);
		after = n ? ids[n - 1] : after;
	}
	return rc;
}

static enum guichet_rc contacts_batch(struct purging *p, int64_t limit, int64_t *after, bool *more, struct guichet_err *err)
{
	int64_t ids[AT_ONCE];
	size_t n = 0;
	enum guichet_rc rc = store_begin(p->s, err);
	if (rc)
		return rc;
	sqlite3_stmt *st = sql_prepare(p->s, "SELECT c.id FROM contact c WHERE " LONE_CONTACT " ORDER BY c.id LIMIT ?3", err);
	if (st) {
		sql_bind(st, "iii", limit, *after, (int64_t)AT_ONCE);
		n = read_ids(p->s, st, ids, AT_ONCE, &rc, err);
	} else {
		rc = GUICHET_INTERNAL;
	}
	for (size_t i = 0; i < n && !rc; i++)
		rc = blank_contact(p, ids[i], err);
	*after = n ? ids[n - 1] : *after;
	*more = n == AT_ONCE;
	return store_finish(p->s, rc, err);
}

enum guichet_rc purge_lone_contacts(struct purging *p, struct guichet_err *err)
{
	int months;
	enum guichet_rc rc = GUICHET_OK;
	int64_t limit = purge_limit(p->s, NULL, p->order->at_ms, &months), after = INT64_MIN;
	for (bool more = true; more && !rc;) {
		rc = contacts_batch(p, limit, &after, &more, err);
		if (!rc && !purge_goes_on(p))
			rc = store_interrupted(err);
	}
	return rc;
}

/* --- people --- */

/* Sorted: who is named by a contact that is kept. A contact has no index by person, since calls would pay for it. */
struct named { int64_t *ids; size_t count, capacity; int64_t last; };

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static enum guichet_rc read_named(struct store *s, struct named *out, struct guichet_err *err)
{
	*out = (struct named){ .last = sql_value(s, 0, "SELECT max(id) FROM contact", "") };
	sqlite3_stmt *st = sql_prepare(s, "SELECT DISTINCT requester FROM contact WHERE requester IS NOT NULL", err);
	enum guichet_rc rc;
	if (!st)
		return GUICHET_INTERNAL;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		GUICHET_GROW(out->ids, out->count, out->capacity);
		out->ids[out->count++] = sqlite3_column_int64(st, 0);
	}
	if (out->count > 1)
		qsort(out->ids, out->count, sizeof *out->ids, by_value);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* Somebody is still to be reached by this record: a request, a contact, also one that came since the list was read. */
static bool is_kept(struct store *s, const struct named *named, int64_t id)
{
	return sql_value(s, 0, "SELECT 1 FROM request WHERE requester = ?1 LIMIT 1", "i", id) ||
		(named->count && bsearch(&id, named->ids, named->count, sizeof id, by_value)) ||
		sql_value(s, 0, "SELECT 1 FROM contact WHERE id > ?2 AND requester = ?1 LIMIT 1", "ii", id, named->last);
}

/* All records that were merged with this one: they go together, or stay. */
#define GROUP "WITH RECURSIVE up(id) AS (VALUES(?1) UNION SELECT q.merged_into FROM requester q JOIN up ON q.id = up.id WHERE q.merged_into IS NOT NULL), " \
	"one(id) AS (SELECT id FROM up UNION SELECT q.id FROM one JOIN requester q ON q.merged_into = one.id) SELECT id FROM one LIMIT ?2"

static enum guichet_rc blank_person(struct purging *p, int64_t id, struct guichet_err *err)
{
	bool blanked;
	enum guichet_rc rc = blank_subject(p->s, id, &blanked, err);
	p->done->requesters += !rc && blanked;
	return rc ? rc : sql_run(p->s, err, "DELETE FROM purge_person WHERE id = ?1", "i", id);
}

static enum guichet_rc purge_person(struct purging *p, const struct named *named, int64_t id, struct guichet_err *err)
{
	int64_t group[AT_ONCE];
	enum guichet_rc rc = GUICHET_OK;
	sqlite3_stmt *st = sql_prepare(p->s, GROUP, err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "ii", id, (int64_t)AT_ONCE);
	size_t n = read_ids(p->s, st, group, AT_ONCE, &rc, err);
	for (size_t i = 0; i < n && !rc; i++)
		if (is_kept(p->s, named, group[i]))
			return GUICHET_OK;
	for (size_t i = 0; i < n && n < AT_ONCE && !rc; i++)
		rc = blank_person(p, group[i], err);
	return rc;
}

/* Whose last request is gone; and who never had one and was last written of before the limit. */
static enum guichet_rc people_batch(struct purging *p, const struct named *named, int64_t limit, int64_t *after, bool *more, struct guichet_err *err)
{
	int64_t ids[AT_ONCE];
	size_t n = 0;
	enum guichet_rc rc = store_begin(p->s, err);
	if (rc)
		return rc;
	sqlite3_stmt *st = sql_prepare(p->s, "SELECT q.id FROM requester q JOIN op o ON o.id = q.id WHERE q.id > ?2 AND o.salt IS NOT NULL AND NOT EXISTS(SELECT 1 FROM "
		"request r WHERE r.requester = q.id) AND (EXISTS(SELECT 1 FROM purge_person g WHERE g.id = q.id) OR (o.wall_ms < ?1 AND NOT EXISTS(SELECT 1 FROM op e "
		"INDEXED BY op_subject WHERE e.subject = q.id AND e.subject <> e.id AND e.wall_ms >= ?1))) ORDER BY q.id LIMIT ?3", err);
	if (st) {
		sql_bind(st, "iii", limit, *after, (int64_t)AT_ONCE);
		n = read_ids(p->s, st, ids, AT_ONCE, &rc, err);
	} else {
		rc = GUICHET_INTERNAL;
	}
	if (!rc && n > 0)
		rc = settle_all(p->s, err);
	for (size_t i = 0; i < n && !rc; i++)
		rc = purge_person(p, named, ids[i], err);
	*after = n ? ids[n - 1] : *after;
	*more = n == AT_ONCE;
	return store_finish(p->s, rc, err);
}

enum guichet_rc purge_people(struct purging *p, struct guichet_err *err)
{
	struct named named;
	int months;
	int64_t limit = purge_limit(p->s, NULL, p->order->at_ms, &months), after = INT64_MIN;
	enum guichet_rc rc = read_named(p->s, &named, err);
	for (bool more = true; more && !rc;) {
		rc = people_batch(p, &named, limit, &after, &more, err);
		if (!rc && !purge_goes_on(p))
			rc = store_interrupted(err);
	}
	free(named.ids);
	return rc;
}

/* --- drafts --- */

enum guichet_rc purge_drafts(struct purging *p, struct guichet_err *err)
{
	int months;
	int64_t limit = purge_limit(p->s, NULL, p->order->at_ms, &months);
	enum guichet_rc rc = store_begin(p->s, err);
	if (rc)
		return rc;
	rc = sql_run(p->s, err, "DELETE FROM draft WHERE updated_ms < ?1", "i", limit);
	int64_t gone = rc ? 0 : sqlite3_changes(p->s->db);
	if (!rc && gone > 0)
		rc = store_set_setting(p->s, "erasing", "start", err);
	rc = store_finish(p->s, rc, err);
	p->done->drafts += rc ? 0 : gone;
	return rc;
}
