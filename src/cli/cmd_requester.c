// SPDX-License-Identifier: GPL-3.0-or-later
/* Requesters: one person, one file. A person is named by a phone number in any writing, an email, a name, or the id that guichet prints; whoever
 * cannot be told from another is listed with ids, and nothing is done.
 */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/core/phone.h"
#include "guichet/wire/request_json.h"

enum { CANDIDATES_MAX = 20, GROUP_MAX = 64, LIMIT_MAX = 1000, EDITS_MAX = 32 };

struct found { int64_t ids[GROUP_MAX]; size_t count; };

static bool keep(void *context, const struct requester *r)
{
	struct found *f = context;
	if (f->count < GROUP_MAX)
		f->ids[f->count++] = r->id;
	return f->count < GROUP_MAX;
}

/* --- how a person is shown --- */

/* "Mme Lefèvre, Bailleur du Lac · 06 12 34 56 78 · m@exemple.fr" */
static void describe(struct text *out, const struct requester *r)
{
	char phone[PHONE_MAX + 16] = "";
	size_t start = out->len;
	if (r->phone)
		phone_show(r->phone, phone);
	const char *parts[] = { requester_get(r, "title"), requester_get(r, "name"), requester_get(r, "organisation"), phone, requester_get(r, "email") };
	static const char *const before[] = { "", " ", ", ", " · ", " · " };
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (!*parts[i])
			continue;
		text_add(out, out->len > start ? before[i] : "");
		utf8_show(out, parts[i], false);
	}
	if (out->len == start)
		text_add(out, _("(sans nom)"));
}

static void describe_with_id(struct text *out, const struct requester *r)
{
	char id[OP_ID_TEXT];
	op_id_format(r->op, id);
	utf8_fit(out, id, 22, true);
	text_add(out, "  ");
	describe(out, r);
}

static enum guichet_rc ambiguous(struct cli *cli, const char *word, const struct found *f, struct guichet_err *err)
{
	for (size_t i = 0; i < f->count; i++) {
		struct requester r;
		struct text line = TEXT_INIT;
		if (store_requester(cli->store, f->ids[i], &r, NULL) == GUICHET_OK) {
			describe_with_id(&line, &r);
			fprintf(stderr, "  %s\n", text_str(&line));
		}
		requester_done(&r);
		text_done(&line);
	}
	return guichet_err_set(err, GUICHET_REFUSED, _("« %s » désigne %zu usagers%s : indiquez le numéro de la fiche (première colonne)"), word, f->count,
		f->count == CANDIDATES_MAX ? _(" ou plus") : "");
}

/* --- finding --- */

static enum guichet_rc find(struct cli *cli, const char *word, struct found *out, struct guichet_err *err)
{
	struct op_id id;
	out->count = 0;
	enum guichet_rc rc;
	if (!op_id_parse(word, &id)) {
		rc = store_find_requesters(cli->store, word, CANDIDATES_MAX, keep, out, err);
		return rc == GUICHET_OK && out->count == 0 ? guichet_err_set(err, GUICHET_NOT_FOUND, _("aucun usager pour « %s »"), word) : rc;
	}
	struct requester r;
	rc = store_requester_of_op(cli->store, id, &r, err);
	if (rc == GUICHET_OK)
		keep(out, &r);
	requester_done(&r);
	return rc == GUICHET_NOT_FOUND ? guichet_err_set(err, rc, _("aucun usager ne porte le numéro de fiche %s"), word) : rc;
}

static enum guichet_rc find_one(struct cli *cli, const char *word, struct requester *out, struct guichet_err *err)
{
	struct found f = { .count = 0 };
	memset(out, 0, sizeof *out);
	enum guichet_rc rc = find(cli, word, &f, err);
	if (rc == GUICHET_OK && f.count > 1)
		rc = ambiguous(cli, word, &f, err);
	return rc == GUICHET_OK ? store_requester(cli->store, f.ids[0], out, err) : rc;
}

/* A record and all those merged into it, however deep. */
static enum guichet_rc find_group(struct cli *cli, int64_t id, struct found *out, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	out->count = 1;
	out->ids[0] = id;
	for (size_t i = 0; i < out->count && rc == GUICHET_OK; i++)
		rc = store_merged_requesters(cli->store, out->ids[i], keep, out, err);
	return rc;
}

/* --- show --- */

struct rows { int64_t *ids; size_t count, capacity; struct cli *cli; json_t *list; };

static bool keep_row(void *context, const struct request_row *row)
{
	struct rows *r = context;
	GUICHET_GROW(r->ids, r->count, r->capacity);
	r->ids[r->count++] = row->id;
	return true;
}

static bool show_row(void *context, const struct request_row *row)
{
	struct rows *r = context;
	if (r->list)
		json_array_append_new(r->list, row_json(row, store_catalogue(r->cli->store)));
	else
		print_row(r->cli, row);
	return true;
}

static int newest_first(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x < y) - (x > y);
}

/* The requests of a whole group: each member's first page, then the newest of all. */
static enum guichet_rc collect_rows(struct cli *cli, const struct found *group, size_t limit, struct rows *out, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	for (size_t i = 0; i < group->count && rc == GUICHET_OK; i++) {
		struct list_filter f = LIST_FILTER_INIT;
		f.all = true;
		f.requester = group->ids[i];
		f.sort = LIST_BY_RECEIVED;
		f.limit = limit + 1;
		rc = store_list(cli->store, &f, keep_row, out, err);
	}
	if (out->count)
		qsort(out->ids, out->count, sizeof *out->ids, newest_first);
	return rc;
}

static void print_person_field(struct cli *cli, const char *label, const char *value)
{
	struct text line = TEXT_INIT, shown = TEXT_INIT;
	if (!value || !*value)
		return;
	utf8_fit(&line, label, 14, true);
	utf8_show(&shown, value, false);
	print_line(cli, "%s%s", text_str(&line), text_str(&shown));
	text_done(&line);
	text_done(&shown);
}

static void print_person(struct cli *cli, const struct requester *r, const struct found *group)
{
	struct text line = TEXT_INIT;
	char id[OP_ID_TEXT];
	describe(&line, r);
	print_line(cli, "%s", text_str(&line));
	op_id_format(r->op, id);
	print_person_field(cli, _("Fiche"), id);
	print_person_field(cli, _("Adresse"), r->postal_address);
	print_person_field(cli, _("Type"), r->kind);
	print_person_field(cli, _("Langue"), r->language);
	print_person_field(cli, _("Relais"), r->relay);
	print_person_field(cli, _("Besoins"), r->needs);
	print_person_field(cli, _("Réponse par"), r->reply_by);
	print_person_field(cli, _("Pour"), r->behalf_of);
	if (r->confidential)
		print_person_field(cli, _("Confidentiel"), _("oui"));
	for (size_t i = 1; i < group->count; i++) {
		struct requester merged;
		text_clear(&line);
		if (store_requester(cli->store, group->ids[i], &merged, NULL) == GUICHET_OK) {
			describe_with_id(&line, &merged);
			print_person_field(cli, _("Avec la fiche"), text_str(&line));
		}
		requester_done(&merged);
	}
	text_done(&line);
}

static json_t *person_json(struct cli *cli, const struct requester *r, const struct found *group)
{
	json_t *o = requester_json(r), *merged = json_array();
	for (size_t i = 1; i < group->count; i++) {
		struct requester m;
		if (store_requester(cli->store, group->ids[i], &m, NULL) == GUICHET_OK)
			json_array_append_new(merged, requester_json(&m));
		requester_done(&m);
	}
	json_object_set_new(o, "merged", merged);
	return o;
}

static enum guichet_rc show_person(struct cli *cli, int64_t id, size_t limit, struct guichet_err *err)
{
	struct requester r;
	struct found group;
	struct rows rows = { .cli = cli };
	enum guichet_rc rc = store_requester(cli->store, id, &r, err);
	if (rc == GUICHET_OK)
		rc = find_group(cli, id, &group, err);
	if (rc == GUICHET_OK)
		rc = collect_rows(cli, &group, limit, &rows, err);
	if (rc)
		goto out;
	json_t *o = NULL;
	if (cli->json) {
		o = person_json(cli, &r, &group);
		rows.list = json_array();
	} else {
		print_person(cli, &r, &group);
		print_line(cli, "%s", rows.count ? _("Demandes") : _("(aucune demande)"));
	}
	for (size_t i = 0; i < rows.count && i < limit && rc == GUICHET_OK; i++)
		rc = store_row(cli->store, rows.ids[i], show_row, &rows, err);
	if (cli->json) {
		json_object_set_new(o, "requests", rows.list);
		print_json(cli, o);
	} else if (rows.count > limit) {
		print_line(cli, "%s", _("... et d'autres, plus anciennes : voir --limit"));
	}
out:
	free(rows.ids);
	requester_done(&r);
	return rc;
}

/* A number may be a whole family's: all of them are shown, since it is who calls that is asked. A name must be one person's. */
enum guichet_rc cmd_requester_show(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct found f = { .count = 0 };
	struct phone phone;
	const char *word = a->words[0];
	size_t limit;
	enum guichet_rc rc = args_count(a, OPT_LIMIT, 20, LIMIT_MAX, &limit, err);
	if (rc)
		return rc;
	bool exact = strchr(word, '@') || phone_parse(word, &phone, NULL) == GUICHET_OK;
	if (exact)
		store_find_requesters_exactly(cli->store, word, keep, &f);
	if (f.count == 0)
		rc = find(cli, word, &f, err);
	if (rc == GUICHET_OK && f.count > 1 && !exact)
		return ambiguous(cli, word, &f, err);
	for (size_t i = 0; i < f.count && rc == GUICHET_OK; i++) {
		if (i && !cli->json)
			print_line(cli, "%s", "");
		rc = show_person(cli, f.ids[i], limit, err);
	}
	return rc;
}

/* --- edit, merge, split --- */

static const char *key_of(const char *name, size_t n)
{
	static const struct { enum option_id option; const char *key; } map[] = {
		{ OPT_PHONE, "phone" }, { OPT_NAME, "name" }, { OPT_TITLE, "title" }, { OPT_ORGANISATION, "organisation" }, { OPT_KIND, "kind" },
		{ OPT_EMAIL, "email" }, { OPT_POSTAL_ADDRESS, "postal_address" }, { OPT_LANGUAGE, "language" }, { OPT_RELAY, "relay" },
		{ OPT_NEEDS, "needs" }, { OPT_REPLY_BY, "reply_by" }, { OPT_BEHALF_OF, "behalf_of" }, { OPT_CONFIDENTIAL, "confidential" },
	};
	for (size_t i = 0; i < sizeof map / sizeof *map; i++) {
		const char *names[] = { map[i].key, option_table[map[i].option].name, option_table[map[i].option].french };
		for (size_t k = 0; k < 3; k++)
			if (strlen(names[k]) == n && !strncmp(names[k], name, n))
				return map[i].key;
	}
	return NULL;
}

static enum guichet_rc set_field(struct requester *r, const char *word, struct guichet_err *err)
{
	size_t n = strcspn(word, "=");
	if (!word[n])
		return guichet_err_set(err, GUICHET_USAGE, _("« %s » : attendu CHAMP=VALEUR"), word);
	const char *key = key_of(word, n);
	if (!key)
		return guichet_err_set(err, GUICHET_DATA, _("champ d'usager « %.*s » inconnu : attendu nom, civilite, organisme, type, telephone, courriel, "
			"adresse-postale, langue-usager, relais, besoins, reponse-par, pour ou confidentiel"), (int)n, word);
	return requester_set(r, key, word + n + 1, err);
}

static enum guichet_rc tell(struct cli *cli, int64_t id, struct guichet_err *err)
{
	struct requester r;
	struct found group;
	enum guichet_rc rc = store_requester(cli->store, id, &r, err);
	if (rc == GUICHET_OK)
		rc = find_group(cli, id, &group, err);
	if (rc == GUICHET_OK && cli->json)
		print_json(cli, person_json(cli, &r, &group));
	else if (rc == GUICHET_OK)
		print_person(cli, &r, &group);
	requester_done(&r);
	return rc;
}

/* Commits what `rc` says went well. */
static enum guichet_rc finish(struct cli *cli, enum guichet_rc rc, struct guichet_err *err)
{
	if (rc == GUICHET_OK)
		return store_commit(cli->store, err);
	store_rollback(cli->store);
	return rc;
}

enum guichet_rc cmd_requester_edit(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct requester r;
	if (!(cli->actor.roles & (ROLE_AGENT | ROLE_SERVICE | ROLE_SUPERVISOR)))
		return guichet_err_set(err, GUICHET_NO_PERM, _("rôle requis : agent d'accueil, agent de service ou superviseur"));
	enum guichet_rc rc = find_one(cli, a->words[0], &r, err);
	for (size_t i = 1; i < a->word_count && rc == GUICHET_OK; i++)
		rc = set_field(&r, a->words[i], err);
	if (rc == GUICHET_OK && (rc = store_begin(cli->store, err)) == GUICHET_OK)
		rc = finish(cli, store_put_requester(cli->store, cli->actor.login, &r, err), err);
	if (rc == GUICHET_OK)
		rc = tell(cli, r.id, err);
	requester_done(&r);
	return rc;
}

enum guichet_rc cmd_requester_merge(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct requester kept, merged = { 0 };
	enum guichet_rc rc = find_one(cli, a->words[0], &kept, err);
	if (rc == GUICHET_OK)
		rc = find_one(cli, a->words[1], &merged, err);
	if (rc == GUICHET_OK && (rc = store_begin(cli->store, err)) == GUICHET_OK)
		rc = finish(cli, store_merge_requesters(cli->store, &cli->actor, kept.id, merged.id, err), err);
	if (rc == GUICHET_OK)
		rc = tell(cli, kept.id, err);
	requester_done(&kept);
	requester_done(&merged);
	return rc;
}

/* Among the records merged into `kept`, those that `word` names: by id, phone, email or name. A look-up gives the kept one for all of them. */
struct matching { const char *word; struct op_id id; struct phone phone; bool by_id, by_phone; struct found found; };

static bool match_merged(void *context, const struct requester *r)
{
	struct matching *m = context;
	bool fits = m->by_id ? op_id_equal(m->id, r->op)
		: m->by_phone ? r->phone && !strcmp(r->phone, m->phone.e164)
		: !utf8_compare_folded(m->word, requester_get(r, "name")) || !utf8_compare_folded(m->word, requester_get(r, "organisation")) ||
			!utf8_compare_folded(m->word, requester_get(r, "email"));
	return fits ? keep(&m->found, r) : true;
}

enum guichet_rc cmd_requester_split(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct requester kept;
	struct matching m = { .word = a->words[1] };
	m.by_id = op_id_parse(m.word, &m.id);
	m.by_phone = phone_parse(m.word, &m.phone, NULL) == GUICHET_OK;
	enum guichet_rc rc = find_one(cli, a->words[0], &kept, err);
	if (rc == GUICHET_OK)
		rc = store_merged_requesters(cli->store, kept.id, match_merged, &m, err);
	if (rc == GUICHET_OK && m.found.count > 1)
		rc = ambiguous(cli, m.word, &m.found, err);
	if (rc == GUICHET_OK && m.found.count == 0)
		rc = guichet_err_set(err, GUICHET_REFUSED, _("aucune fiche fusionnée avec « %s » ne répond à « %s » (voir requester show)"), a->words[0], m.word);
	if (rc == GUICHET_OK && (rc = store_begin(cli->store, err)) == GUICHET_OK)
		rc = finish(cli, store_split_requester(cli->store, &cli->actor, kept.id, m.found.ids[0], err), err);
	if (rc == GUICHET_OK)
		rc = tell(cli, kept.id, err);
	if (rc == GUICHET_OK)
		rc = tell(cli, m.found.ids[0], err);
	requester_done(&kept);
	return rc;
}
