// SPDX-License-Identifier: GPL-3.0-or-later
/* Requesters: people and organisations, their fields, finding them by phone, email or name, merging two records of one person and splitting them
 * again. A requester's state is, field by field, the last write of its operations. */
#include "internal.h"

#include "guichet/base/sim_bug.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/core/phone.h"

enum { VALUE_MAX = 400, GROUP_MAX = 64, WORDS_MAX = 6, SENT_MAX = 200 };

const char *const requester_keys[] = { "kind", "title", "name", "organisation", "phone", "email", "postal_address", "language", "relay",
	"needs", "reply_by", "behalf_of", "confidential", NULL };

static const struct { const char *code, *label; } kinds[] = {
	{ "person", N_("particulier") }, { "association", N_("association") }, { "company", N_("entreprise") }, { "landlord", N_("bailleur") },
	{ "commune", N_("commune") }, { "elected", N_("élu") },
};

static char **field_of(struct requester *r, const char *key)
{
	char **const places[] = { &r->kind, &r->title, &r->name, &r->organisation, &r->phone, &r->email, &r->postal_address, &r->language,
		&r->relay, &r->needs, &r->reply_by, &r->behalf_of };
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (!strcmp(requester_keys[i], key))
			return places[i];
	return NULL;
}

const char *requester_get(const struct requester *r, const char *key)
{
	if (!strcmp(key, "confidential"))
		return r->confidential ? "1" : "";
	char **place = field_of((struct requester *)(uintptr_t)r, key);
	return place && *place ? *place : "";
}

void requester_done(struct requester *r)
{
	for (size_t i = 0; requester_keys[i]; i++) {
		char **place = field_of(r, requester_keys[i]);
		if (place)
			free(*place);
	}
	memset(r, 0, sizeof *r);
}

/* Copies a value already checked. */
static void put(struct requester *r, const char *key, const char *value)
{
	if (!strcmp(key, "confidential")) {
		r->confidential = *value && strcmp(value, "0");
		return;
	}
	char **place = field_of(r, key);
	if (place) {
		free(*place);
		*place = *value ? guichet_strdup(value) : NULL;
	}
}

static enum guichet_rc check_email(const char *value, struct guichet_err *err)
{
	const char *at = strchr(value, '@');
	if (at && at != value && !strchr(at + 1, '@') && strchr(at + 1, '.') && !strpbrk(value, " ,;<>\n\t"))
		return GUICHET_OK;
	return guichet_err_set(err, GUICHET_DATA, _("courriel « %s » : attendu nom@domaine.fr"), value);
}

static enum guichet_rc check_kind(const char *value, const char **code, struct guichet_err *err)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!utf8_compare_folded(value, kinds[i].code) || !utf8_compare_folded(value, kinds[i].label)) {
			*code = kinds[i].code;
			return GUICHET_OK;
		}
	return guichet_err_set(err, GUICHET_DATA,
		_("type d'usager « %s » : attendu particulier, association, entreprise, bailleur, commune ou élu"), value);
}

enum guichet_rc requester_set(struct requester *r, const char *key, const char *value, struct guichet_err *err)
{
	char *clean = NULL;
	if (strcmp(key, "confidential") && !field_of(r, key))
		return guichet_err_set(err, GUICHET_DATA, _("champ d'usager « %s » inconnu"), key);
	enum guichet_rc rc = utf8_accept(key, value, strlen(value), VALUE_MAX, &clean, err);
	if (rc)
		return rc;
	const char *kept = clean;
	struct phone phone;
	if (*clean && !strcmp(key, "phone")) {
		rc = phone_parse(clean, &phone, err);
		kept = phone.e164;
	} else if (*clean && !strcmp(key, "email")) {
		rc = check_email(clean, err);
	} else if (*clean && !strcmp(key, "kind")) {
		rc = check_kind(clean, &kept, err);
	} else if (*clean && !strcmp(key, "reply_by")) {
		enum channel channel;
		if (channel_parse(clean, &channel))
			kept = channel_code(channel);
		else
			rc = guichet_err_set(err, GUICHET_DATA, _("réponse par « %s » : attendu téléphone, courriel, courrier ou accueil"), clean);
	}
	if (rc == GUICHET_OK)
		put(r, key, kept);
	free(clean);
	return rc;
}

/* --- reading --- */

#define COLUMNS "id, kind, title, name, organisation, phone, email, postal_address, language, relay, needs, reply_by, behalf_of, " \
	"confidential, merged_into"

static void requester_of_statement(struct store *s, sqlite3_stmt *st, struct requester *out)
{
	memset(out, 0, sizeof *out);
	out->id = sqlite3_column_int64(st, 0);
	out->op = op_unpack(s, out->id);
	for (int i = 0; i < 12; i++)
		put(out, requester_keys[i], column_str(st, i + 1));
	out->confidential = sqlite3_column_int(st, 13) != 0;
	out->merged_into = sqlite3_column_int64(st, 14);
}

enum guichet_rc store_requester(struct store *s, int64_t id, struct requester *out, struct guichet_err *err)
{
	memset(out, 0, sizeof *out);
	sqlite3_stmt *st = sql_prepare(s, "SELECT " COLUMNS " FROM requester WHERE id = ?1", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "i", id);
	enum guichet_rc rc = sql_step(s, st, err);
	if (rc == GUICHET_OK)
		requester_of_statement(s, st, out);
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? guichet_err_set(err, rc, _("cet usager n'est pas dans ce dépôt")) : rc;
}

enum guichet_rc store_requester_of_op(struct store *s, struct op_id op, struct requester *out, struct guichet_err *err)
{
	return store_requester(s, op_pack(s, op), out, err);
}

/* --- finding --- */

struct sent { int64_t ids[SENT_MAX]; size_t count, limit; };

static bool was_sent(struct sent *sent, int64_t id)
{
	for (size_t i = 0; i < sent->count; i++)
		if (sent->ids[i] == id)
			return true;
	sent->ids[sent->count++] = id;
	return false;
}

/* Sends the record that stands for `id` (the kept one of a merge), once. False: stop. */
static bool send(struct store *s, int64_t id, struct sent *sent, requester_visitor *visit, void *context)
{
	struct requester r;
	for (int depth = 0; depth < GROUP_MAX; depth++) {
		int64_t into = sql_value(s, 0, "SELECT merged_into FROM requester WHERE id = ?1", "i", id);
		if (!into)
			break;
		id = into;
	}
	if (was_sent(sent, id))
		return true;
	bool go_on = true;
	if (store_requester(s, id, &r, NULL) == GUICHET_OK)
		go_on = visit(context, &r);
	requester_done(&r);
	return go_on && sent->count < sent->limit;
}

static size_t collect(struct store *s, sqlite3_stmt *st, int64_t *ids, size_t max)
{
	size_t n = 0;
	while (n < max && sql_step(s, st, NULL) == GUICHET_OK)
		ids[n++] = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return n;
}

static size_t find_by_phone(struct store *s, const char *text, int64_t *ids, size_t max)
{
	struct phone p;
	if (phone_parse(text, &p, NULL))
		return 0;
	sqlite3_stmt *st = sql_prepare(s, "SELECT id FROM requester WHERE phone_reversed = ?1 AND phone = ?2 ORDER BY id DESC", NULL);
	if (!st)
		return 0;
	sql_bind(st, "tt", p.reversed, p.e164);
	return collect(s, st, ids, max);
}

/* The last digits of a number (four or more), as people leave them. */
static size_t find_by_phone_end(struct store *s, const char *text, int64_t *ids, size_t max)
{
	char digits[PHONE_MAX], from[PHONE_MAX] = "", to[PHONE_MAX];
	if (!phone_fragment(text, digits))
		return 0;
	size_t n = strlen(digits);
	for (size_t i = 0; i < n; i++)
		from[i] = digits[n - 1 - i];
	from[n] = '\0';
	memcpy(to, from, n + 1);
	to[n - 1]++;
	sqlite3_stmt *st = sql_prepare(s, "SELECT id FROM requester WHERE phone_reversed >= ?1 AND phone_reversed < ?2 LIMIT 50", NULL);
	if (!st)
		return 0;
	sql_bind(st, "tt", from, to);
	return collect(s, st, ids, max);
}

static size_t find_by_email(struct store *s, const char *text, int64_t *ids, size_t max)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT id FROM requester WHERE email = ?1 ORDER BY id DESC LIMIT 50", NULL);
	if (!st)
		return 0;
	sql_bind(st, "t", text);
	return collect(s, st, ids, max);
}

/* The same among those whose words do not stand in requester_word yet. */
static size_t find_waiting(struct store *s, const char *word, bool whole, int64_t *ids, size_t max)
{
	struct waiting_range waiting = settle_range(s);
	sqlite3_stmt *st = sql_prepare(s, "SELECT id, name, organisation FROM requester WHERE id > ?1 AND id <= ?2 ORDER BY id DESC", NULL);
	size_t count = 0, n = strlen(word);
	if (!st)
		return 0;
	sql_bind(st, "ii", waiting.after, waiting.last);
	while (count < max && sql_step(s, st, NULL) == GUICHET_OK) {
		struct text folded = TEXT_INIT;
		utf8_fold_words(&folded, column_str(st, 1));
		text_addc(&folded, ' ');
		utf8_fold_words(&folded, column_str(st, 2));
		bool found = false;
		for (const char *p = text_str(&folded); *p && !found; p += strcspn(p, " "), p += *p == ' ')
			found = !strncmp(p, word, n) && (!whole || p[n] == ' ' || !p[n]);
		if (found)
			ids[count++] = sqlite3_column_int64(st, 0);
		text_done(&folded);
	}
	sqlite3_reset(st);
	return count;
}

/* Everybody who bears a word that begins with `word`, or one letter off it. */
static size_t find_by_word(struct store *s, const char *word, int64_t *ids, size_t max)
{
	char to[64];
	size_t n = strlen(word);
	if (n == 0 || n > sizeof to - 2)
		return 0;
	memcpy(to, word, n);
	to[n] = (char)0x7f;
	to[n + 1] = '\0';
	sqlite3_stmt *st = sql_prepare(s, "SELECT requester FROM requester_word WHERE word >= ?1 AND word < ?2 LIMIT 1000", NULL);
	if (!st)
		return 0;
	size_t count = find_waiting(s, word, false, ids, max);
	sql_bind(st, "tt", word, to);
	count += collect(s, st, ids + count, max - count);
	if (count)
		return count;
	struct near_words near;
	near_words_find(s, word, &near);
	for (size_t i = 0; i < near.count; i++) {
		count += find_waiting(s, near.words[i], true, ids + count, max - count);
		st = sql_prepare(s, "SELECT requester FROM requester_word WHERE word = ?1 LIMIT 1000", NULL);
		if (!st)
			return count;
		sql_bind(st, "t", near.words[i]);
		count += collect(s, st, ids + count, max - count);
	}
	return count;
}

/* All the words must fit: the first one gives the candidates, the others are looked for in each. */
static size_t find_by_name(struct store *s, const char *text, int64_t *ids, size_t max)
{
	struct text folded = TEXT_INIT;
	utf8_fold_words(&folded, text);
	size_t kept = 0;
	bool first = true;
	char *save = text_take(&folded);
	for (char *word = save; word && *word;) {
		char *end = word + strcspn(word, " ");
		bool last = *end == '\0';
		*end = '\0';
		int64_t found[1000];
		size_t n = find_by_word(s, word, found, 1000);
		if (first) {
			kept = n < max ? n : max;
			memcpy(ids, found, kept * sizeof *ids);
		} else {
			size_t left = 0;
			for (size_t i = 0; i < kept; i++)
				for (size_t j = 0; j < n; j++)
					if (ids[i] == found[j]) {
						ids[left++] = ids[i];
						break;
					}
			kept = left;
		}
		first = false;
		word = last ? NULL : end + 1;
	}
	free(save);
	return kept;
}

enum guichet_rc store_find_requesters(struct store *s, const char *text, size_t limit, requester_visitor *visit, void *context,
	struct guichet_err *err)
{
	int64_t ids[1000];
	struct sent sent = { .limit = limit && limit < SENT_MAX ? limit : SENT_MAX };
	bool reading = sql_begin_reading(s);
	size_t n = find_by_phone(s, text, ids, 1000);
	if (!n)
		n = find_by_phone_end(s, text, ids, 1000);
	if (!n && strchr(text, '@'))
		n = find_by_email(s, text, ids, 1000);
	else if (!n)
		n = find_by_name(s, text, ids, 1000);
	sql_end_reading(s, reading);
	for (size_t i = 0; i < n; i++)
		if (!send(s, ids[i], &sent, visit, context))
			break;
	return n ? GUICHET_OK : guichet_err_set(err, GUICHET_NOT_FOUND, _("aucun usager pour « %s »"), text);
}

void store_find_requesters_exactly(struct store *s, const char *text, requester_visitor *visit, void *context)
{
	int64_t ids[SENT_MAX];
	struct sent sent = { .limit = SENT_MAX };
	size_t n = strchr(text, '@') ? find_by_email(s, text, ids, SENT_MAX) : find_by_phone(s, text, ids, SENT_MAX);
	for (size_t i = 0; i < n; i++)
		if (!send(s, ids[i], &sent, visit, context))
			break;
}

enum guichet_rc store_merged_requesters(struct store *s, int64_t kept, requester_visitor *visit, void *context, struct guichet_err *err)
{
	int64_t ids[SENT_MAX];
	sqlite3_stmt *st = sql_prepare(s, "SELECT id FROM requester WHERE merged_into = ?1 ORDER BY id", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "i", kept);
	size_t n = collect(s, st, ids, SENT_MAX);
	for (size_t i = 0; i < n; i++) {
		struct requester r;
		enum guichet_rc rc = store_requester(s, ids[i], &r, err);
		bool go_on = rc == GUICHET_OK && visit(context, &r);
		requester_done(&r);
		if (!go_on)
			return rc;
	}
	return GUICHET_OK;
}

/* --- writing --- */

enum guichet_rc store_put_requester(struct store *s, const char *actor, struct requester *r, struct guichet_err *err)
{
	struct requester was = { 0 };
	struct op op;
	enum guichet_rc rc = GUICHET_OK;
	if (r->id && (rc = store_requester(s, r->id, &was, err)))
		return rc;
	op_init(&op, r->id ? OP_REQUESTER_EDIT : OP_REQUESTER_CREATE, r->op, actor, store_now(s));
	bool differs = false;
	for (size_t i = 0; requester_keys[i]; i++) {
		const char *key = requester_keys[i], *value = requester_get(r, key);
		if (!strcmp(value, requester_get(&was, key)))
			continue;
		differs = true;
		/* What is counted stays; what names a person can be blanked. */
		if (!strcmp(key, "kind") || !strcmp(key, "language") || !strcmp(key, "reply_by") || !strcmp(key, "confidential"))
			op_fact_text(&op, key, value);
		else
			op_personal_text(&op, key, value);
	}
	if (differs || !r->id)
		rc = store_append(s, &op, err);
	if (rc == GUICHET_OK && !r->id) {
		r->op = op.id;
		r->id = op_pack(s, op.id);
	}
	op_done(&op);
	requester_done(&was);
	return rc;
}

static enum guichet_rc append_merge(struct store *s, enum op_kind kind, const struct actor *a, int64_t kept, int64_t merged,
	struct guichet_err *err)
{
	struct op op;
	char id[OP_ID_TEXT];
	if (!(a->roles & (ROLE_AGENT | ROLE_SUPERVISOR | ROLE_SERVICE)))
		return guichet_err_set(err, GUICHET_NO_PERM, _("rôle requis : agent d'accueil, agent de service ou superviseur"));
	op_init(&op, kind, op_unpack(s, kept), a->login, store_now(s));
	op_id_format(op_unpack(s, merged), id);
	op_fact_text(&op, "merged", id);
	enum guichet_rc rc = store_begin(s, err);
	if (rc == GUICHET_OK)
		rc = store_finish(s, store_append(s, &op, err), err);
	op_done(&op);
	return rc;
}

enum guichet_rc store_merge_requesters(struct store *s, const struct actor *a, int64_t kept, int64_t merged, struct guichet_err *err)
{
	static const char into[] = "SELECT coalesce(merged_into, 0) FROM requester WHERE id = ?1";
	int64_t of_kept = sql_value(s, -1, into, "i", kept), of_merged = sql_value(s, -1, into, "i", merged);
	if (of_kept < 0 || of_merged < 0)
		return guichet_err_set(err, GUICHET_NOT_FOUND, _("cet usager n'est pas dans ce dépôt"));
	if (kept == merged)
		return guichet_err_set(err, GUICHET_REFUSED, _("c'est déjà une seule et même fiche"));
	if (of_kept || of_merged)
		return guichet_err_set(err, GUICHET_REFUSED, _("une de ces fiches est déjà fusionnée avec une autre : séparez-la d'abord (requester split)"));
	return append_merge(s, OP_REQUESTER_MERGE, a, kept, merged, err);
}

enum guichet_rc store_split_requester(struct store *s, const struct actor *a, int64_t kept, int64_t merged, struct guichet_err *err)
{
	if (sql_value(s, 0, "SELECT merged_into FROM requester WHERE id = ?1", "i", merged) != kept)
		return guichet_err_set(err, GUICHET_REFUSED, _("ces deux fiches ne sont pas fusionnées"));
	return append_merge(s, OP_REQUESTER_SPLIT, a, kept, merged, err);
}

/* --- projecting --- */

typedef enum guichet_rc word_writer(struct store *s, const char *word, int64_t requester, struct guichet_err *err);

static enum guichet_rc add_word(struct store *s, const char *word, int64_t requester, struct guichet_err *err)
{
	return sql_run(s, err, "INSERT OR IGNORE INTO requester_word(word, requester) VALUES(?1, ?2)", "ti", word, requester);
}

static enum guichet_rc drop_word(struct store *s, const char *word, int64_t requester, struct guichet_err *err)
{
	return sql_run(s, err, "DELETE FROM requester_word WHERE word = ?1 AND requester = ?2", "ti", word, requester);
}

static enum guichet_rc check_word(struct store *s, const char *word, int64_t requester, struct guichet_err *err)
{
	if (sql_value(s, 0, "SELECT 1 FROM requester_word WHERE word = ?1 AND requester = ?2", "ti", word, requester))
		return GUICHET_OK;
	return guichet_err_set(err, GUICHET_NOT_FOUND, _("mot absent"));
}

/* The folded words by which a requester is found, each once; *count (may be NULL) gets how many. */
static enum guichet_rc each_word(struct store *s, const struct requester *r, word_writer *write, int64_t *count, struct guichet_err *err)
{
	struct text names = TEXT_INIT, words = TEXT_INIT;
	enum guichet_rc rc = GUICHET_OK;
	text_addf(&names, "%s %s", requester_get(r, "name"), requester_get(r, "organisation"));
	utf8_fold_words(&words, text_str(&names));
	text_addc(&words, ' ');
	for (char *word = words.data, *end; rc == GUICHET_OK && (end = strchr(word, ' ')); word = end + 1) {
		*end = '\0';
		bool again = end == word;
		for (const char *p = words.data; p < word && !again; p += strlen(p) + 1)
			again = !strcmp(p, word);
		if (again)
			continue;
		if (count)
			++*count;
		rc = write(s, word, r->id, err);
	}
	text_done(&names);
	text_done(&words);
	return rc;
}

static void bind_requester(sqlite3_stmt *st, const struct requester *r)
{
	struct phone p = { .reversed = "" };
	if (r->phone)
		phone_parse(r->phone, &p, NULL);
	sql_bind(st, "ieeeeeeeeeeeeei", r->id, r->kind, r->title, r->name, r->organisation, r->phone, p.reversed, r->email, r->postal_address,
		r->language, r->relay, r->needs, r->reply_by, r->behalf_of, (int64_t)r->confidential);
	/* The number's digits must outlive the binding. */
	sqlite3_bind_text(st, 7, *p.reversed ? p.reversed : NULL, -1, SQLITE_TRANSIENT);
}

static enum guichet_rc write_requester(struct store *s, const struct requester *r, bool is_new, struct guichet_err *err)
{
	static const char insert[] =
		"INSERT INTO requester(id, kind, title, name, organisation, phone, phone_reversed, email, postal_address, language, relay, needs, "
		"reply_by, behalf_of, confidential) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)";
	static const char update[] =
		"UPDATE requester SET kind=?2, title=?3, name=?4, organisation=?5, phone=?6, phone_reversed=?7, email=?8, postal_address=?9, "
		"language=?10, relay=?11, needs=?12, reply_by=?13, behalf_of=?14, confidential=?15 WHERE id=?1";
	sqlite3_stmt *st = sql_prepare(s, is_new ? insert : update, err);
	if (!st)
		return GUICHET_INTERNAL;
	bind_requester(st, r);
	enum guichet_rc rc = sql_step(s, st, err);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

void fold_requester(struct requester *out, const struct op *ops, size_t count)
{
	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; requester_keys[k] && !ops[i].parked; k++) {
			const char *value = op_text(&ops[i], requester_keys[k], NULL);
			if (value)
				put(out, requester_keys[k], value);
		}
}

/* The requester as its operations say, in order. */
static enum guichet_rc read_requester(struct store *s, int64_t id, struct requester *out, struct guichet_err *err)
{
	struct op *ops;
	size_t count;
	memset(out, 0, sizeof *out);
	enum guichet_rc rc = journal_read(s, id, &ops, &count, err);
	if (rc)
		return rc;
	op_sort(ops, count);
	fold_requester(out, ops, count);
	out->id = id;
	out->op = op_unpack(s, id);
	ops_free(ops, count);
	return GUICHET_OK;
}

/* The search words of their requests hold their name: they follow. */
static enum guichet_rc reload_requests(struct store *s, int64_t id, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	int64_t row = 0;
	while (rc == GUICHET_OK && (row = sql_value(s, 0, "SELECT id FROM request WHERE requester = ?1 AND id > ?2 ORDER BY id LIMIT 1", "ii", id, row)))
		rc = project_reload(s, row, NULL, err);
	return rc;
}

/* The last word on this record, on whichever record it was said: the last that the server numbered, or of what waits. */
static enum guichet_rc last_merge(struct store *s, const char *merged, int64_t *into, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT CASE kind WHEN 'requester-merge' THEN subject ELSE 0 END FROM op "
		"WHERE kind IN ('requester-merge', 'requester-split') AND coalesce(parked, 0) = 0 AND json_extract(facts, '$.merged') = ?1 "
		"ORDER BY CASE WHEN ?2 THEN id ELSE 0 END DESC, seq IS NULL DESC, seq DESC, id DESC LIMIT 1", err);
	*into = 0;
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "ti", merged, (int64_t)SIM_BUG(merge_by_id));
	enum guichet_rc rc = sql_step(s, st, err);
	if (rc == GUICHET_OK)
		*into = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

enum guichet_rc project_merge(struct store *s, int64_t merged, struct guichet_err *err)
{
	char text[OP_ID_TEXT];
	int64_t into;
	if (!merged)
		return GUICHET_OK;
	op_id_format(op_unpack(s, merged), text);
	enum guichet_rc rc = last_merge(s, text, &into, err);
	return rc ? rc : sql_run(s, err, "UPDATE requester SET merged_into = ?2 WHERE id = ?1 AND merged_into IS NOT ?2", "iz", merged, into);
}

enum guichet_rc project_requester(struct store *s, const struct op *op, struct guichet_err *err)
{
	int64_t id = op_pack(s, op->subject);
	struct op_id other;
	if (op->kind == OP_REQUESTER_MERGE || op->kind == OP_REQUESTER_SPLIT)
		return op_id_parse(op_text(op, "merged", ""), &other) ? project_merge(s, op_pack(s, other), err) : GUICHET_OK;
	struct requester was = { 0 }, now = { 0 };
	bool is_new = store_requester(s, id, &was, NULL) != GUICHET_OK, counted = id <= s->rebuilt.requesters && is_settled(s, id);
	enum guichet_rc rc = read_requester(s, id, &now, err);
	if (rc == GUICHET_OK)
		rc = write_requester(s, &now, is_new, err);
	if (rc == GUICHET_OK && !is_new)
		rc = each_word(s, &was, drop_word, NULL, err);
	if (rc == GUICHET_OK && is_settled(s, id))
		rc = each_word(s, &now, add_word, NULL, err);
	if (!is_new && counted)
		tallies_contribute_requester(&s->tallies, &was, -1);
	if (counted)
		tallies_contribute_requester(&s->tallies, &now, 1);
	/* One that comes from the server may come after what speaks of it, the desk's own too, if it had left. */
	if (rc == GUICHET_OK && (!is_new || op->kind != OP_REQUESTER_CREATE))
		rc = reload_requests(s, id, err);
	if (rc == GUICHET_OK && is_new && id >> DSEQ_BITS != s->device_no)
		rc = project_merge(s, id, err);
	requester_done(&was);
	requester_done(&now);
	return rc;
}

enum guichet_rc unproject_requester(struct store *s, int64_t id, struct guichet_err *err)
{
	struct requester was = { 0 };
	if (store_requester(s, id, &was, NULL) != GUICHET_OK)
		return GUICHET_OK;
	enum guichet_rc rc = is_settled(s, id) ? each_word(s, &was, drop_word, NULL, err) : GUICHET_OK;
	if (id <= s->rebuilt.requesters && is_settled(s, id))
		tallies_contribute_requester(&s->tallies, &was, -1);
	requester_done(&was);
	return rc ? rc : sql_run(s, err, "DELETE FROM requester WHERE id = ?1", "i", id);
}

enum guichet_rc restore_requester(struct store *s, int64_t id, struct guichet_err *err)
{
	struct requester now = { 0 };
	bool is_new = !sql_value(s, 0, "SELECT 1 FROM requester WHERE id = ?1", "i", id);
	enum guichet_rc rc = read_requester(s, id, &now, err);
	if (rc == GUICHET_OK)
		rc = write_requester(s, &now, is_new, err);
	if (rc == GUICHET_OK && is_settled(s, id)) {
		rc = each_word(s, &now, add_word, NULL, err);
		tallies_contribute_requester(&s->tallies, &now, 1);
	}
	requester_done(&now);
	return rc;
}

enum guichet_rc settle_requester(struct store *s, int64_t id, struct guichet_err *err)
{
	struct requester who;
	enum guichet_rc rc = read_requester(s, id, &who, err);
	if (rc)
		return rc;
	rc = each_word(s, &who, add_word, NULL, err);
	if (id <= s->rebuilt.requesters)
		tallies_contribute_requester(&s->tallies, &who, 1);
	requester_done(&who);
	return rc;
}

enum guichet_rc compare_requester(struct store *s, int64_t id, const struct op *ops, size_t count, int64_t *words, project_differs *differs,
	void *context, struct guichet_err *err)
{
	struct requester r;
	sqlite3_stmt *st = sql_prepare(s,
		"SELECT kind IS ?2 AS kind, title IS ?3 AS title, name IS ?4 AS name, organisation IS ?5 AS organisation, phone IS ?6 AS phone, "
		"phone_reversed IS ?7 AS phone_reversed, email IS ?8 AS email, postal_address IS ?9 AS postal_address, language IS ?10 AS language, "
		"relay IS ?11 AS relay, needs IS ?12 AS needs, reply_by IS ?13 AS reply_by, behalf_of IS ?14 AS behalf_of, "
		"confidential IS ?15 AS confidential FROM requester WHERE id = ?1", err);
	if (!st)
		return GUICHET_INTERNAL;
	fold_requester(&r, ops, count);
	r.id = id;
	bind_requester(st, &r);
	enum guichet_rc rc = columns_compare(s, st, differs, context, err);
	if (rc == GUICHET_OK && is_settled(s, id) && each_word(s, &r, check_word, words, NULL))
		differs(context, N_("mots de recherche"));
	requester_done(&r);
	return rc;
}
