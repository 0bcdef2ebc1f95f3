// SPDX-License-Identifier: GPL-3.0-or-later
/* Commands that read: list, todo, show, explain, search, suggest, sla, due, calendar. */
#include "cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/core/reference.h"
#include "guichet/core/suggest.h"
#include "guichet/report/conflicts.h"
#include "guichet/wire/request_json.h"
#include "look_up.h"

enum { LIST_MAX = 1000000, SUGGESTIONS = 5, SUGGESTIONS_MAX = 20, YEAR_MIN = 1950, YEAR_MAX = 2200, LINE_MAX_BYTES = 1024 * 1024 };

/* --- codes that an option may hold --- */

static enum guichet_rc read_codes(struct cli *cli, const struct args *a, const char **service, const char **commune, const char **category,
	struct guichet_err *err)
{
	const struct catalogue *c = store_catalogue(cli->store);
	if (args_has(a, OPT_SERVICE) && service) {
		const struct service *s = catalogue_service(c, args_text(a, OPT_SERVICE));
		if (!s)
			return args_unknown_code(store_catalogue(cli->store), _("service"), 's', args_text(a, OPT_SERVICE), err);
		*service = s->code;
	}
	if (args_has(a, OPT_COMMUNE) && commune) {
		const struct commune *m = catalogue_commune(c, args_text(a, OPT_COMMUNE));
		if (!m)
			return args_unknown_code(store_catalogue(cli->store), _("commune"), 'c', args_text(a, OPT_COMMUNE), err);
		*commune = m->code;
	}
	if (args_has(a, OPT_CATEGORY) && category) {
		const struct category *m = catalogue_category(c, args_text(a, OPT_CATEGORY));
		if (!m)
			return args_unknown_code(store_catalogue(cli->store), _("motif"), 'm', args_text(a, OPT_CATEGORY), err);
		*category = m->code;
	}
	return GUICHET_OK;
}

static enum guichet_rc bad_value(const char *option, const char *value, const char *expected, struct guichet_err *err)
{
	return guichet_err_set(err, GUICHET_DATA, _("--%s « %s » : attendu %s"), option, value, expected);
}

/* --- list, todo, search --- */

struct printing { struct cli *cli; size_t count; int64_t last; bool elsewhere; /* rows of the server's */ };

static bool print_visit(void *context, const struct request_row *row)
{
	struct printing *p = context;
	if (p->elsewhere && p->cli->json) {
		json_t *json = row_json(row, store_catalogue(p->cli->store));
		json_object_set_new(json, "server", json_true());
		print_json(p->cli, json);
	} else {
		print_row(p->cli, row);
	}
	p->count++;
	p->last = row->reference;
	return print_goes_on(p->cli);
}

static enum guichet_rc read_list_filter(struct cli *cli, const struct args *a, struct list_filter *f, struct guichet_err *err)
{
	enum status status;
	enum channel channel;
	enum nature nature;
	enum guichet_rc rc = read_codes(cli, a, &f->service, &f->commune, &f->category, err);
	if (rc)
		return rc;
	f->assigned = a->values[OPT_ASSIGNED];
	f->all = args_has(a, OPT_ALL);
	if (args_has(a, OPT_STATUS)) {
		if (!status_parse(args_text(a, OPT_STATUS), &status))
			return bad_value("status", args_text(a, OPT_STATUS),
				"new, routed, review, ordered, done, answered, closed, waiting, redirected, duplicate, cancelled", err);
		f->status = (int)status;
	}
	if (args_has(a, OPT_CHANNEL)) {
		if (!channel_parse(args_text(a, OPT_CHANNEL), &channel))
			return bad_value("channel", args_text(a, OPT_CHANNEL), _("téléphone, courriel, courrier, accueil ou site"), err);
		f->channel = (int)channel;
	}
	if (args_has(a, OPT_NATURE)) {
		if (!nature_parse(args_text(a, OPT_NATURE), &nature))
			return bad_value("nature", args_text(a, OPT_NATURE), "report, information, complaint, suggestion, opinion", err);
		f->nature = (int)nature;
	}
	if (args_has(a, OPT_DUE)) {
		const char *due = args_text(a, OPT_DUE);
		static const struct { const char *code, *french; enum list_due due; } dues[] = {
			{ "overdue", "retard", LIST_DUE_OVERDUE }, { "today", "jour", LIST_DUE_TODAY }, { "week", "semaine", LIST_DUE_WEEK },
		};
		for (size_t i = 0; i < sizeof dues / sizeof *dues; i++)
			if (!strcmp(due, dues[i].code) || !utf8_compare_folded(due, dues[i].french))
				f->due = dues[i].due;
		if (f->due == LIST_DUE_ANY)
			return bad_value("due", due, _("overdue, today ou week (retard, jour, semaine)"), err);
	}
	if (args_has(a, OPT_SORT)) {
		const char *sort = args_text(a, OPT_SORT);
		bool received = !strcmp(sort, "received") || !utf8_compare_folded(sort, "reception");
		if (!received && strcmp(sort, "due") && utf8_compare_folded(sort, "echeance"))
			return bad_value("sort", sort, _("due ou received (échéance, réception)"), err);
		f->sort = received ? LIST_BY_RECEIVED : LIST_BY_DUE;
	}
	if (args_has(a, OPT_AFTER)) {
		int64_t reference, ids[1];
		if ((rc = reference_parse(args_text(a, OPT_AFTER), &reference, err)))
			return rc;
		if (!store_find_reference(cli->store, reference, ids, 1))
			return guichet_err_set(err, GUICHET_NOT_FOUND, _("--after %s : aucune demande ne porte ce numéro"), args_text(a, OPT_AFTER));
		f->after = ids[0];
	}
	return args_count(a, OPT_LIMIT, 20, LIST_MAX, &f->limit, err);
}

enum guichet_rc cmd_list(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct list_filter f = LIST_FILTER_INIT;
	struct printing p = { .cli = cli };
	enum guichet_rc rc = read_list_filter(cli, a, &f, err);
	if (rc == GUICHET_OK)
		rc = store_list(cli->store, &f, print_visit, &p, err);
	if (rc)
		return rc;
	if (p.count == 0)
		return guichet_err_set(err, GUICHET_NOT_FOUND, _("aucune demande ne répond à ces critères"));
	if (p.count == f.limit && !cli->json) {
		char shown[REFERENCE_SHOWN];
		reference_show(p.last, shown);
		print_line(cli, _("... la suite : --after \"%s\""), shown);
	}
	return GUICHET_OK;
}

static bool print_todo(void *context, const struct todo *t)
{
	struct printing *p = context;
	p->count++;
	if (p->cli->json) {
		json_t *o = row_json(&t->row, store_catalogue(p->cli->store));
		json_object_set_new(o, "todo", json_string(todo_kind_code(t->kind)));
		json_object_set_new(o, "at", instant_json(t->at_ms));
		print_json(p->cli, o);
		return print_goes_on(p->cli);
	}
	struct text when = TEXT_INIT;
	show_due(&when, t->at_ms, store_now(p->cli->store));
	print_line(p->cli, "%s, %s", todo_kind_label(t->kind), text_str(&when));
	text_done(&when);
	print_row(p->cli, &t->row);
	return print_goes_on(p->cli);
}

/* What somebody else wrote over one's own stands first. */
static void print_told(struct cli *cli)
{
	struct conflict_told *list;
	size_t count = cli->json ? 0 : conflicts_told(cli->store, &cli->actor, &list);
	char shown[REFERENCE_SHOWN];
	for (size_t i = 0; i < count; i++) {
		struct text line = TEXT_INIT;
		reference_show(list[i].reference, shown);
		text_addf(&line, _("À vous : %s, %s (guichet conflicts)"), shown, list[i].words);
		print_wrapped(cli, "", 2, text_str(&line));
		text_done(&line);
	}
	if (!cli->json)
		conflicts_told_free(list, count);
}

enum guichet_rc cmd_todo(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct printing p = { .cli = cli };
	size_t limit;
	enum guichet_rc rc = args_count(a, OPT_LIMIT, 20, LIST_MAX, &limit, err);
	if (rc == GUICHET_OK)
		print_told(cli);
	if (rc == GUICHET_OK)
		rc = store_list_todo(cli->store, limit, print_todo, &p, err);
	if (rc == GUICHET_OK && p.count == 0)
		return guichet_err_set(err, GUICHET_NOT_FOUND, _("rien n'est à faire"));
	return rc;
}

/* What the desk does not hold any more, when it found nothing or is asked to look further. */
static enum guichet_rc search_server(struct cli *cli, const char *text, size_t limit, struct printing *p, struct guichet_err *err)
{
	size_t before = p->count;
	bool more = false;
	if (!cli->json)
		print_line(cli, "%s", _("au serveur (demandes plus anciennes) :"));
	p->elsewhere = true;
	enum guichet_rc rc = look_up_text(cli, text, limit, print_visit, p, &more, err);
	p->elsewhere = false;
	if (!rc && !cli->json && p->count > before)
		print_line(cli, "%s", more ? _("il y en a d'autres : précisez. Pour en voir une : guichet show RÉF") : _("pour en voir une : guichet show RÉF"));
	else if (!rc && !cli->json && before > 0)
		print_line(cli, "%s", _("rien de plus"));
	return rc;
}

enum guichet_rc cmd_search(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct search_options o = { 0 };
	struct printing p = { .cli = cli };
	char *text = NULL;
	enum guichet_rc rc = read_codes(cli, a, &o.service, NULL, NULL, err);
	if (rc == GUICHET_OK)
		rc = args_count(a, OPT_LIMIT, 20, 1000, &o.limit, err);
	if (rc == GUICHET_OK)
		rc = args_joined(a, 0, &text, err);
	if (rc == GUICHET_OK)
		rc = store_search(cli->store, text, &o, print_visit, &p, err);
	bool partial = (rc == GUICHET_OK || rc == GUICHET_NOT_FOUND) && look_up_may(cli);
	if (partial)
		rc = GUICHET_OK;
	if (partial && (p.count == 0 || args_has(a, OPT_SERVER)))
		rc = search_server(cli, text, o.limit, &p, err);
	else if (partial && !cli->json)
		print_line(cli, "%s", _("(historique partiel : --server cherche aussi parmi les demandes plus anciennes)"));
	if (rc == GUICHET_OK && p.count == 0)
		rc = guichet_err_set(err, GUICHET_NOT_FOUND, _("rien trouvé pour « %s », ni ici ni sur le serveur"), text);
	free(text);
	return rc;
}

/* --- show, explain --- */

/* A desk that holds what is open or recent asks the server for the rest. */
static enum guichet_rc look_up(struct cli *cli, int64_t reference, struct guichet_err *err)
{
	if (!look_up_may(cli))
		return GUICHET_OK;
	enum guichet_rc rc = look_up_request(cli, reference, err);
	if (!rc && !cli->json)
		print_line(cli, "%s", _("(du serveur : cette demande ancienne n'est sur ce poste que pour un moment)"));
	return rc;
}

enum guichet_rc cmd_show(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	int64_t reference, ids[8];
	enum guichet_rc rc = args_reference(a, 0, &reference, err);
	if (rc)
		return rc;
	size_t n = store_find_reference(cli->store, reference, ids, 8);
	if (n == 0) {
		struct loaded none;
		if ((rc = look_up(cli, reference, err)))
			return rc;
		n = store_find_reference(cli->store, reference, ids, 8);
		if (n == 0)
			return store_load(cli->store, reference, &none, err);
	}
	for (size_t i = 0; i < n && rc == GUICHET_OK; i++) {
		struct loaded l;
		rc = store_load_id(cli->store, ids[i], &l, err);
		if (rc == GUICHET_OK)
			print_request(cli, &l, args_has(a, OPT_HISTORY));
		loaded_done(&l);
	}
	return rc;
}

static void print_explanation(struct cli *cli, const struct text *lines)
{
	bool after_step = false;
	for (const char *p = text_str(lines); *p;) {
		size_t n = strcspn(p, "\n");
		char *line = guichet_strndup(p, n);
		bool heading = deadlines_is_heading(line);
		if (heading && after_step)
			print_line(cli, "%s", "");
		print_wrapped(cli, heading ? "" : "  ", heading ? 0 : 2, line);
		after_step = !heading;
		free(line);
		p += n + (p[n] == '\n');
	}
}

enum guichet_rc cmd_explain(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	int64_t reference;
	struct loaded l;
	struct deadlines due;
	struct text lines = TEXT_INIT;
	struct explanation e = { &lines };
	enum guichet_rc rc = args_reference(a, 0, &reference, err);
	if (rc == GUICHET_OK)
		rc = store_load(cli->store, reference, &l, err);
	if (rc)
		return rc;
	deadlines_compute(&l.request, store_catalogue(cli->store), store_now(cli->store), &due, &e);
	if (cli->json) {
		json_t *o = json_object();
		json_object_set_new(o, "service_request_id", json_sprintf("%lld", (long long)reference));
		json_object_set_new(o, "due", due_dates_json(&due));
		json_object_set_new(o, "explanation", json_string(text_str(&lines)));
		print_json(cli, o);
	} else {
		print_explanation(cli, &lines);
	}
	text_done(&lines);
	loaded_done(&l);
	return GUICHET_OK;
}

/* --- suggest --- */

static void print_suggestions(struct cli *cli, const char *text, const struct suggestion *s, size_t n)
{
	if (cli->json) {
		json_t *o = json_object(), *list = json_array();
		json_object_set_new(o, "text", json_string(text));
		for (size_t i = 0; i < n; i++) {
			json_t *one = json_object();
			json_object_set_new(one, "category", json_string(s[i].category->code));
			json_object_set_new(one, "service_code", s[i].service ? json_string(s[i].service->code) : json_null());
			json_object_set_new(one, "body", s[i].body ? json_string(s[i].body->code) : json_null());
			json_object_set_new(one, "score", json_real(round(s[i].score * 1e4) / 1e4));
			json_array_append_new(list, one);
		}
		json_object_set_new(o, "suggestions", list);
		print_json(cli, o);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct text line = TEXT_INIT, target = TEXT_INIT;
		utf8_fit(&line, s[i].category->name, 36, true);
		text_add(&line, " ");
		utf8_fit(&line, s[i].service ? s[i].service->name : s[i].body ? s[i].body->name : "", 22, true);
		target_show(&target, s[i].category->targets[TARGET_ANSWER]);
		text_addf(&line, " %s  [%s]", text_str(&target), s[i].category->code);
		print_line(cli, "%s", text_str(&line));
		text_done(&line);
		text_done(&target);
	}
}

static size_t suggest_one(struct cli *cli, struct suggester *sg, const char *text, const struct commune *commune, size_t limit)
{
	struct suggestion found[SUGGESTIONS_MAX];
	struct suggest_counts counts = store_suggest_counts(cli->store);
	size_t n = suggest(sg, &counts, text, commune, found, limit);
	print_suggestions(cli, text, found, n);
	return n;
}

static enum guichet_rc suggest_lines(struct cli *cli, struct suggester *sg, const struct commune *commune, size_t limit, struct guichet_err *err)
{
	char *line = NULL;
	size_t capacity = 0;
	ssize_t n;
	enum guichet_rc rc = GUICHET_OK;
	while (rc == GUICHET_OK && (n = getline(&line, &capacity, stdin)) >= 0) {
		char *clean = NULL;
		if (n > 0 && line[n - 1] == '\n')
			n--;
		rc = utf8_accept(_("texte"), line, (size_t)n, LINE_MAX_BYTES, &clean, err);
		if (rc == GUICHET_OK && !suggest_one(cli, sg, clean, commune, limit) && !cli->json)
			print_line(cli, "%s", _("(aucune piste)"));
		free(clean);
	}
	free(line);
	return rc;
}

enum guichet_rc cmd_suggest(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	const struct commune *commune = NULL;
	const char *code = NULL;
	size_t limit;
	char *text = NULL;
	enum guichet_rc rc = read_codes(cli, a, NULL, &code, NULL, err);
	if (rc == GUICHET_OK)
		rc = args_count(a, OPT_LIMIT, SUGGESTIONS, SUGGESTIONS_MAX, &limit, err);
	if (rc)
		return rc;
	if (code)
		commune = catalogue_commune(store_catalogue(cli->store), code);
	struct suggester *sg = suggester_new(store_catalogue(cli->store));
	if (a->word_count == 1 && !strcmp(a->words[0], "-")) {
		rc = suggest_lines(cli, sg, commune, limit, err);
	} else {
		rc = args_joined(a, 0, &text, err);
		if (rc == GUICHET_OK && !suggest_one(cli, sg, text, commune, limit))
			rc = guichet_err_set(err, GUICHET_NOT_FOUND, _("aucun motif ne ressort de ce texte : motif « a-qualifier »"));
	}
	free(text);
	suggester_free(&sg);
	return rc;
}
