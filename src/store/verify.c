// SPDX-License-Identifier: GPL-3.0-or-later
/* Verifying a store: every operation against its hash, every projection against the fold of the journal, every sum against one made anew. What it
 * says names references and columns, never what stands in them.
 *
 * Subjects are read in short transactions, so that others can write meanwhile; when they did, all is read once more in one transaction, for which
 * they wait: only then do the sums have to add up.
 */
#include "verify_inside.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/core/reference.h"

/* --- telling --- */

void verify_tell(struct verifying *v, const char *format, ...)
{
	struct text line = TEXT_INIT;
	va_list args;
	v->report->differences++;
	va_start(args, format);
	text_addv(&line, format, args);
	va_end(args);
	if (v->difference)
		v->difference(v->context, text_str(&line));
	text_done(&line);
}

static const char *const absent = N_("absente");

static void tell_part(void *context, const char *what)
{
	struct verifying *v = context;
	if (!strcmp(what, absent))
		verify_tell(v, _("%s : absente des tables"), v->subject);
	else
		verify_tell(v, _("%s : « %s » ne dit pas ce que dit le journal"), v->subject, _(what));
}

static void name_subject(struct verifying *v, const char *what, struct op_id id)
{
	char number[OP_ID_TEXT];
	op_id_format(id, number);
	snprintf(v->subject, sizeof v->subject, "%s %s", what, number);
}

/* --- one subject --- */

static void check_op(struct verifying *v, const struct op *op)
{
	char id[OP_ID_TEXT];
	op_id_format(op->id, id);
	v->report->operations++;
	v->report->blanked += op->blanked;
	if (op->blanked && op->personal_text)
		verify_tell(v, _("opération %s : effacée à moitié"), id);
	/* The hash of a kind that this guichet does not know is not its to judge. */
	else if (op->kind < OP_KIND_COUNT && !op_is_intact(op))
		verify_tell(v, _("opération %s : son empreinte ne correspond plus, elle a été modifiée"), id);
}

/* What the server parked makes no request. */
static bool make_none(const struct op *ops, size_t count)
{
	bool all = true;
	for (size_t i = 0; i < count; i++) {
		if (ops[i].kind == OP_CREATE)
			return ops[i].parked;
		all = all && ops[i].parked;
	}
	return all;
}

static enum guichet_rc check_request(struct verifying *v, int64_t subject, struct op *ops, size_t count)
{
	struct store *s = v->store;
	struct loaded l = { .ops = ops, .op_count = count };
	struct deadlines due;
	char shown[REFERENCE_SHOWN];
	enum guichet_rc rc = GUICHET_OK;
	request_fold(&l.request, l.ops, l.op_count);
	if (op_id_is_none(l.request.id)) {
		name_subject(v, _("demande"), op_unpack(s, subject));
		if (!make_none(ops, count))
			verify_tell(v, _("%s : des opérations, mais pas d'enregistrement"), v->subject);
	} else {
		v->report->requests++;
		reference_show(l.request.reference, shown);
		snprintf(v->subject, sizeof v->subject, "%s %s", _("demande"), shown);
		l.row_id = sql_value(s, 0, "SELECT id FROM request WHERE op = ?1", "i", subject);
		rc = project_compare(s, &l, tell_part, v, v->err);
		project_deadlines(&l.request, s->catalogue, store_now(s), &due);
		tallies_count(&v->fresh, &l.request, due.due[TARGET_ANSWER], 1);
		if (is_settled(s, subject))
			tallies_learn(&v->fresh, &l.request, s->catalogue, 1);
	}
	request_done(&l.request);
	return rc;
}

static void note_merges(struct verifying *v, const struct op *ops, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct op_id merged;
		bool merge = ops[i].kind == OP_REQUESTER_MERGE;
		if (ops[i].parked || (!merge && ops[i].kind != OP_REQUESTER_SPLIT) || !op_id_parse(op_text(&ops[i], "merged", ""), &merged))
			continue;
		GUICHET_GROW(v->merges, v->merge_count, v->merge_capacity);
		v->merges[v->merge_count++] = (struct merge){ op_pack(v->store, ops[i].id), op_pack(v->store, merged),
			merge ? op_pack(v->store, ops[i].subject) : 0, ops[i].seq > 0 ? ops[i].seq : INT64_MAX };
	}
}

static enum guichet_rc check_requester(struct verifying *v, int64_t subject, const struct op *ops, size_t count)
{
	struct requester who;
	v->report->requesters++;
	name_subject(v, _("usager"), op_unpack(v->store, subject));
	enum guichet_rc rc = compare_requester(v->store, subject, ops, count, &v->requester_words, tell_part, v, v->err);
	fold_requester(&who, ops, count);
	if (is_settled(v->store, subject))
		tallies_contribute_requester(&v->fresh, &who, 1);
	requester_done(&who);
	note_merges(v, ops, count);
	return rc;
}

static enum guichet_rc check_subject(struct verifying *v, int64_t subject, struct op *ops, size_t count)
{
	bool ended = false;
	for (size_t i = 0; i < count; i++) {
		check_op(v, &ops[i]);
		ended = ended || (ops[i].kind == OP_BULLETIN_END && !ops[i].parked);
	}
	op_sort(ops, count);
	const struct op *made = op_of_subject(ops, count);
	switch (op_subject_of(ops, count)) {
	case SUBJECT_REQUEST:
		return check_request(v, subject, ops, count);
	case SUBJECT_REQUESTER:
		return check_requester(v, subject, ops, count);
	case SUBJECT_CONTACT:
		v->report->contacts += made != NULL;
		name_subject(v, _("contact"), op_unpack(v->store, subject));
		if (made && made->kind == OP_MAIL) {
			enum guichet_rc rc = compare_mail(v->store, ops, count, tell_part, v, v->err);
			if (rc)
				return rc;
		}
		return made ? compare_contact(v->store, made, tell_part, v, v->err) : GUICHET_OK;
	case SUBJECT_BULLETIN:
		v->bulletins += made != NULL;
		name_subject(v, _("consigne"), op_unpack(v->store, subject));
		return made ? compare_bulletin(v->store, made, ended, tell_part, v, v->err) : GUICHET_OK;
	}
	return GUICHET_OK;
}

/* --- all of them --- */

static enum guichet_rc check_batch(struct verifying *v, int64_t *subject)
{
	for (int i = 0; i < STORE_BATCH; i++) {
		struct op *ops;
		size_t count;
		*subject = journal_next_subject(v->store, *subject);
		if (!*subject)
			return GUICHET_OK;
		enum guichet_rc rc = journal_read(v->store, *subject, &ops, &count, v->err);
		if (rc == GUICHET_DATA) {
			name_subject(v, _("sujet"), op_unpack(v->store, *subject));
			verify_tell(v, _("%s : une de ses opérations ne se lit plus"), v->subject);
			continue;
		}
		if (rc == GUICHET_OK && count > 0)
			rc = check_subject(v, *subject, ops, count);
		ops_free(ops, count);
		if (rc)
			return rc;
	}
	return GUICHET_OK;
}

static enum guichet_rc begin(struct verifying *v)
{
	enum guichet_rc rc = sql_exec(v->store, "BEGIN", v->err);
	/* The first read takes the lock that makes what follows one moment. */
	if (rc == GUICHET_OK)
		v->store->settled = settle_range(v->store).after;
	return rc;
}

static void end(struct verifying *v)
{
	sqlite3_exec(v->store->db, "COMMIT", NULL, NULL, NULL);
}

/* `alone`: in one transaction. */
static enum guichet_rc check_subjects(struct verifying *v, bool alone, const struct progress *p)
{
	int64_t subject = 0, total = sql_value(v->store, 0, "SELECT count(*) FROM op", "");
	enum guichet_rc rc = GUICHET_OK;
	do {
		if (!alone && (rc = begin(v)))
			return rc;
		rc = check_batch(v, &subject);
		if (!alone)
			end(v);
		if (rc == GUICHET_OK && !progress_tick(p, v->report->operations, total))
			rc = store_interrupted(v->err);
	} while (subject && rc == GUICHET_OK);
	return rc;
}

static void forget(struct verifying *v)
{
	*v->report = (struct verify_report){ 0 };
	free(v->merges);
	v->merges = NULL;
	v->merge_count = v->merge_capacity = 0;
	v->requester_words = v->bulletins = 0;
	v->fresh = (struct tallies){ .figures = { .summing = true }, .learned = { .summing = true }, .words = { .summing = true } };
}

struct kept_lines { char **items; size_t count, capacity; };
enum { LINES_MAX = 10000 };

static void keep_line(void *context, const char *what)
{
	struct kept_lines *k = context;
	if (k->count == LINES_MAX)
		return;
	GUICHET_GROW(k->items, k->count, k->capacity);
	k->items[k->count++] = guichet_strdup(what);
}

static void drop_lines(struct kept_lines *k)
{
	for (size_t i = 0; i < k->count; i++)
		free(k->items[i]);
	free(k->items);
	*k = (struct kept_lines){ 0 };
}

/* One reading of everything; *disturbed: another guichet wrote meanwhile, so sums and counts were not compared. */
static enum guichet_rc check_all(struct verifying *v, bool alone, const struct progress *p, bool *disturbed)
{
	static const char version[] = "PRAGMA data_version";
	enum guichet_rc rc = alone ? begin(v) : GUICHET_OK;
	forget(v);
	int64_t before = sql_value(v->store, 0, version, "");
	if (rc == GUICHET_OK)
		rc = check_subjects(v, alone, p);
	if (rc == GUICHET_OK && !alone)
		rc = begin(v);
	*disturbed = sql_value(v->store, 0, version, "") != before;
	if (rc == GUICHET_OK && !*disturbed)
		rc = verify_tables(v);
	end(v);
	return rc;
}

enum guichet_rc store_verify(struct store *s, const struct progress *p, void (*difference)(void *context, const char *what), void *context,
	struct verify_report *out, struct guichet_err *err)
{
	struct kept_lines lines = { 0 };
	struct verifying v = { .store = s, .report = out, .difference = keep_line, .context = &lines, .err = err };
	bool disturbed = false;
	if (s->depth > 0)
		return guichet_err_set(err, GUICHET_INTERNAL, _("on ne vérifie pas un dépôt au milieu d'une opération"));
	/* Beginning to write reads anew what another guichet may have changed. */
	enum guichet_rc rc = s->read_only || sqlite3_db_readonly(s->db, "main") == 1 ? GUICHET_OK : store_begin(s, err);
	if (rc == GUICHET_OK && s->depth > 0)
		rc = store_commit(s, err);
	if (rc == GUICHET_OK)
		rc = check_all(&v, false, p, &disturbed);
	if (rc == GUICHET_OK && disturbed) {
		drop_lines(&lines);
		rc = check_all(&v, true, p, &disturbed);
	}
	if (rc == GUICHET_OK)
		rc = verify_index(&v);
	for (size_t i = 0; i < lines.count && difference; i++)
		difference(context, lines.items[i]);
	drop_lines(&lines);
	free(v.merges);
	return rc;
}
