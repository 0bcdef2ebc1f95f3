// SPDX-License-Identifier: GPL-3.0-or-later
/* Verifying tables as a whole: rows that nothing in the journal stands for, sums, merged requesters, attachments, the numbering of operations, the
 * full-text index, and the file itself. */
#include "verify_inside.h"

#include <stdlib.h>
#include <string.h>

/* --- rows too many --- */

static void check_count(struct verifying *v, const char *what, int64_t found, int64_t expected)
{
	if (found > expected)
		verify_tell(v, _("%s : %lld de trop, que le journal ne connaît pas"), what, (long long)(found - expected));
}

static void check_counts(struct verifying *v)
{
	struct store *s = v->store;
	check_count(v, _("demandes"), sql_value(s, 0, "SELECT count(*) FROM request", ""), v->report->requests);
	check_count(v, _("mots de recherche"), sql_value(s, 0, "SELECT count(*) FROM request_text", ""), v->report->requests);
	check_count(v, _("usagers"), sql_value(s, 0, "SELECT count(*) FROM requester", ""), v->report->requesters);
	check_count(v, _("mots d'usagers"), sql_value(s, 0, "SELECT count(*) FROM requester_word", ""), v->requester_words);
	check_count(v, _("contacts"), sql_value(s, 0, "SELECT count(*) FROM contact", ""), v->report->contacts);
	check_count(v, _("consignes"), sql_value(s, 0, "SELECT count(*) FROM bulletin", ""), v->bulletins);
	/* Those of each request were compared with it. */
	check_count(v, _("à faire"), sql_value(s, 0, "SELECT count(*) FROM todo WHERE request NOT IN (SELECT id FROM request)", ""), 0);
	check_count(v, _("envois"), sql_value(s, 0, "SELECT count(*) FROM outgoing WHERE request NOT IN (SELECT id FROM request)", ""), 0);
	check_count(v, _("courriels"), sql_value(s, 0, "SELECT count(*) FROM mail WHERE id NOT IN (SELECT id FROM contact)", ""), 0);
	check_count(v, _("contacts de demandes"),
		sql_value(s, 0, "SELECT count(*) FROM contact_request WHERE request NOT IN (SELECT id FROM request)", ""), 0);
}

/* --- sums --- */

/* What name_near holds for the words there are. */
struct variants { struct tally *t; const char *word; };

static void add_variant(void *context, const char *variant)
{
	struct variants *v = context;
	char key[256];
	snprintf(key, sizeof key, "%s\t%s", variant, v->word);
	tally_add(v->t, key, 1);
}

static enum guichet_rc sum_variants(struct verifying *v, struct tally *expected, struct tally *found)
{
	char key[256];
	sqlite3_stmt *st = sql_prepare(v->store, "SELECT word FROM name_word", v->err);
	if (!st)
		return GUICHET_INTERNAL;
	enum guichet_rc rc;
	while ((rc = sql_step(v->store, st, v->err)) == GUICHET_OK) {
		struct variants each = { expected, column_str(st, 0) };
		name_variants_each(each.word, add_variant, &each);
	}
	if (rc != GUICHET_NOT_FOUND)
		return rc;
	st = sql_prepare(v->store, "SELECT variant, word FROM name_near", v->err);
	if (!st)
		return GUICHET_INTERNAL;
	while ((rc = sql_step(v->store, st, v->err)) == GUICHET_OK) {
		snprintf(key, sizeof key, "%s\t%s", column_str(st, 0), column_str(st, 1));
		tally_add(found, key, 1);
	}
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

static enum guichet_rc check_sums(struct verifying *v)
{
	struct tallies found = { .figures = { .summing = true }, .learned = { .summing = true }, .words = { .summing = true } };
	struct tally near_expected = { .summing = true }, near_found = { .summing = true };
	int64_t rolled = 0;
	/* A rebuilding that was interrupted has not counted everything yet. */
	char *rebuilding = store_setting(v->store, REBUILD_MARK);
	if (rebuilding) {
		free(rebuilding);
		verify_tell(v, _("une reconstruction a été interrompue : relancez-la"));
		return GUICHET_OK;
	}
	enum guichet_rc rc = tallies_sum_tables(v->store, &found, v->err);
	if (rc == GUICHET_OK)
		rc = sum_variants(v, &near_expected, &near_found);
	if (rc == GUICHET_OK)
		rc = figures_roll_check(v->store, &rolled, v->err);
	if (rc)
		return rc;
	const struct { const char *what; uint64_t expected, found; } sums[] = {
		{ N_("statistiques par jour"), v->fresh.figures.sum, found.figures.sum },
		{ N_("orientation apprise"), v->fresh.learned.sum, found.learned.sum },
		{ N_("mots des noms et des rues"), v->fresh.words.sum, found.words.sum },
		{ N_("variantes des noms et des rues"), near_expected.sum, near_found.sum },
	};
	for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
		if (sums[i].expected != sums[i].found)
			verify_tell(v, _("%s : les sommes ne sont pas celles du journal"), _(sums[i].what));
	if (rolled)
		verify_tell(v, _("statistiques : %lld sommes de jours ou de mois sont fausses"), (long long)rolled);
	return GUICHET_OK;
}

/* --- merged requesters: the last word, whoever's record it was said on --- */

static int by_merged(const void *a, const void *b)
{
	const struct merge *x = a, *y = b;
	if (x->merged != y->merged)
		return x->merged < y->merged ? -1 : 1;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return (x->op > y->op) - (x->op < y->op);
}

static void check_merges(struct verifying *v)
{
	int64_t merged = 0;
	char id[OP_ID_TEXT];
	if (v->merge_count > 1)
		qsort(v->merges, v->merge_count, sizeof *v->merges, by_merged);
	for (size_t i = 0; i < v->merge_count; i++) {
		const struct merge *m = &v->merges[i];
		if (i + 1 < v->merge_count && v->merges[i + 1].merged == m->merged)
			continue;
		/* Some see but one of the two. */
		if (!sql_value(v->store, 0, "SELECT 1 FROM requester WHERE id = ?1", "i", m->merged))
			continue;
		merged += m->into != 0;
		if (sql_value(v->store, 0, "SELECT merged_into FROM requester WHERE id = ?1", "i", m->merged) == m->into)
			continue;
		op_id_format(op_unpack(v->store, m->merged), id);
		verify_tell(v, _("usager %s : la fusion ne dit pas ce que dit le journal"), id);
	}
	check_count(v, _("fusions d'usagers"), sql_value(v->store, 0, "SELECT count(*) FROM requester WHERE merged_into IS NOT NULL", ""), merged);
}

/* --- attachments --- */

static enum guichet_rc check_blobs(struct verifying *v)
{
	char name[BLOB_NAME];
	sqlite3_stmt *st = sql_prepare(v->store, "SELECT sha256, data FROM blob", v->err);
	if (!st)
		return GUICHET_INTERNAL;
	enum guichet_rc rc;
	while ((rc = sql_step(v->store, st, v->err)) == GUICHET_OK) {
		size_t bytes = (size_t)sqlite3_column_bytes(st, 1);
		blob_name(bytes ? sqlite3_column_blob(st, 1) : "", bytes, name);
		if (strcmp(name, column_str(st, 0)))
			verify_tell(v, _("pièce jointe %.12s… : abîmée"), column_str(st, 0));
	}
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* Attachments that are named and not there; those of blanked operations went with them. */
static enum guichet_rc check_attached(struct verifying *v)
{
	sqlite3_stmt *st = sql_prepare(v->store, "SELECT " OP_COLUMNS " FROM op INDEXED BY op_files WHERE kind IN ('attach', 'mail', 'delivery') AND kind = 'attach'", v->err);
	if (!st)
		return GUICHET_INTERNAL;
	enum guichet_rc rc;
	while ((rc = sql_step(v->store, st, v->err)) == GUICHET_OK) {
		struct op op;
		char id[OP_ID_TEXT];
		if (op_of_statement(v->store, st, &op, NULL))
			continue;
		const char *sha256 = op_text(&op, "sha256", "");
		op_id_format(op.id, id);
		if (!op.blanked && *sha256 && !sql_value(v->store, 0, "SELECT 1 FROM blob WHERE sha256 = ?1", "t", sha256))
			verify_tell(v, _("opération %s : sa pièce jointe n'est pas dans le dépôt"), id);
		op_done(&op);
	}
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* --- numbering: each device's operations count from 1 without a gap --- */

static bool may_lack(struct store *s, int64_t no)
{
	char *services = store_setting(s, "server-services"), *backup = store_setting(s, "server-backup");
	bool own = sql_value(s, 1, "SELECT own FROM device WHERE no = ?1", "i", no) != 0;
	bool partial = sql_value(s, 0, "SELECT 1 FROM meta WHERE key = 'server-days'", "") != 0;
	/* Under a number that this desk gave up, another copy of its disk may have gone on. */
	bool of_others = no != s->device_no && services && strcmp(services, "*") != 0;
	bool lacks = services && (partial || of_others || (own && backup));
	free(services);
	free(backup);
	return lacks;
}

static void check_gaps(struct verifying *v)
{
	struct store *s = v->store;
	int64_t all = sql_value(s, 0, "SELECT count(*) FROM op", "");
	for (size_t i = 0; i < s->device_count; i++) {
		int64_t first = s->devices[i].no << 40, last = first | (((int64_t)1 << 40) - 1);
		int64_t count = sql_value(s, 0, "SELECT count(*) FROM op WHERE id BETWEEN ?1 AND ?2", "ii", first, last);
		int64_t highest = sql_value(s, first, "SELECT max(id) FROM op WHERE id BETWEEN ?1 AND ?2", "ii", first, last) - first;
		all -= count;
		/* A desk that sees some services has of others what it saw, and of its own what it did not send off for good. */
		if (count != highest && !may_lack(s, s->devices[i].no))
			verify_tell(v, _("poste %lu : il manque %lld opérations dans la suite de leurs numéros"), (unsigned long)s->devices[i].id,
				(long long)(highest - count));
	}
	if (all)
		verify_tell(v, _("%lld opérations d'un poste que le dépôt ne connaît pas"), (long long)all);
}

/* --- the file --- */

static enum guichet_rc check_file(struct verifying *v)
{
	sqlite3_stmt *st = sql_prepare(v->store, "PRAGMA integrity_check(20)", v->err);
	if (!st)
		return GUICHET_INTERNAL;
	enum guichet_rc rc;
	while ((rc = sql_step(v->store, st, v->err)) == GUICHET_OK)
		if (strcmp(column_str(st, 0), "ok"))
			verify_tell(v, _("fichier : %s"), column_str(st, 0));
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

enum guichet_rc verify_tables(struct verifying *v)
{
	check_counts(v);
	check_merges(v);
	check_gaps(v);
	enum guichet_rc rc = check_sums(v);
	if (rc == GUICHET_OK)
		rc = check_blobs(v);
	if (rc == GUICHET_OK)
		rc = check_attached(v);
	return rc == GUICHET_OK ? check_file(v) : rc;
}

/* SQLite asks for the right to write, though it only reads: a store that can't be written is not compared with its index. */
enum guichet_rc verify_index(struct verifying *v)
{
	struct store *s = v->store;
	if (s->read_only || sqlite3_db_readonly(s->db, "main") == 1)
		return GUICHET_OK;
	enum guichet_rc rc = store_index_check(s, v->err);
	if (rc != GUICHET_DATA)
		return rc;
	verify_tell(v, _("index de recherche : il ne dit pas ce que disent les mots de recherche"));
	return GUICHET_OK;
}
