// SPDX-License-Identifier: GPL-3.0-or-later
/* The catalogue from the command line: every mistake with its file and line, what a change would say and move, and putting it in force. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/core/catalogue_diff.h"
#include "guichet/core/reference.h"
#include "guichet/wire/request_json.h"

enum { MOVES_SHOWN = 20 };

/* --- check --- */

static void print_problem(struct cli *cli, const struct problem *p)
{
	if (cli->json) {
		json_t *o = json_object();
		json_object_set_new(o, "file", json_string(p->file));
		json_object_set_new(o, "line", p->line ? json_integer(p->line) : json_null());
		json_object_set_new(o, "message", json_string(p->message));
		print_json(cli, o);
	} else if (p->line) {
		print_line(cli, "%s:%d: %s", p->file, p->line, p->message);
	} else {
		print_line(cli, "%s: %s", p->file, p->message);
	}
}

/* Reads and builds a folder; its mistakes are printed, each on its line. The caller frees *source and *built. */
static enum guichet_rc read_catalogue(struct cli *cli, const char *folder, struct catalogue_source *source, struct catalogue **built,
	struct guichet_err *err)
{
	struct problems problems = { 0 };
	*built = NULL;
	memset(source, 0, sizeof *source);
	/* Who sits at a kiosk's line mode is not on this machine, and its folders are none of his business. */
	if (cli->read_only && cli->in_shell)
		return guichet_err_set(err, GUICHET_NO_PERM, "%s", _("lecture seule (--read-only) : aucun dossier de ce poste ne se lit d'ici"));
	enum guichet_rc rc = catalogue_read_folder(folder, source, err);
	if (rc == GUICHET_OK && source->count == 0)
		rc = guichet_err_set(err, GUICHET_NO_INPUT, _("%s ne contient aucun fichier de catalogue (*.ini)"), folder);
	if (rc)
		return rc;
	rc = catalogue_build(source, built, &problems);
	for (size_t i = 0; i < problems.count; i++)
		print_problem(cli, &problems.items[i]);
	if (rc)
		rc = guichet_err_set(err, rc, problems.count == 1 ? _("%zu erreur dans le catalogue %s : rien n'a été changé")
								  : _("%zu erreurs dans le catalogue %s : rien n'a été changé"), problems.count, folder);
	problems_done(&problems);
	return rc;
}

enum guichet_rc cmd_catalogue_check(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct catalogue_source source;
	struct catalogue *c;
	char *folder = a->word_count ? guichet_strdup(a->words[0]) : data_path("catalogue");
	enum guichet_rc rc = read_catalogue(cli, folder, &source, &c, err);
	if (rc == GUICHET_OK && !cli->json)
		print_line(cli, _("catalogue sans erreur : %s, %zu services, %zu motifs, %zu communes, %zu organismes, %zu fiches-réponses"), c->name,
			c->service_count, c->category_count, c->commune_count, c->body_count, c->script_count);
	catalogue_free(&c);
	catalogue_source_done(&source);
	free(folder);
	return rc;
}

/* --- diff --- */

static void print_change(void *context, const struct catalogue_change *change)
{
	static const char *const kinds[] = { [CHANGE_ADDED] = "added", [CHANGE_REMOVED] = "removed", [CHANGE_CHANGED] = "changed" };
	struct cli *cli = context;
	if (!cli->json) {
		print_line(cli, "%s %s", change->kind == CHANGE_ADDED ? "+" : change->kind == CHANGE_REMOVED ? "-" : "~", change->sentence);
		return;
	}
	json_t *o = json_object();
	json_object_set_new(o, "change", json_string(kinds[change->kind]));
	json_object_set_new(o, "subject", json_string(change->subject));
	json_object_set_new(o, "code", json_string(change->code));
	json_object_set_new(o, "sentence", json_string(change->sentence));
	json_object_set_new(o, "moves_dates", json_boolean(change->moves_dates));
	print_json(cli, o);
}

struct moving { struct cli *cli; int64_t dates, requests, overtaken, shown, last; };

static json_t *move_json(const struct catalogue_move *m)
{
	json_t *o = json_object();
	json_object_set_new(o, "service_request_id", json_sprintf("%lld", (long long)m->row->reference));
	json_object_set_new(o, "target", json_string(target_kind_code(m->kind)));
	json_object_set_new(o, "before", instant_json(m->before_ms));
	json_object_set_new(o, "after", instant_json(m->after_ms));
	json_object_set_new(o, "promised", instant_json(m->row->promised_ms));
	json_object_set_new(o, "promise_overtaken", json_boolean(m->promise_overtaken));
	return o;
}

static void add_due(struct text *out, int64_t due_ms)
{
	if (due_ms == NO_INSTANT)
		text_add(out, _("aucune échéance"));
	else
		instant_show_short(out, due_ms);
}

/* Promises that can no longer be kept are all shown: each is a person to call back. Of the rest, the first ones. */
static bool print_move(void *context, const struct catalogue_move *m)
{
	struct moving *t = context;
	t->dates++;
	t->requests += m->row->id != t->last;
	t->last = m->row->id;
	t->overtaken += m->promise_overtaken;
	if (t->cli->json) {
		print_json(t->cli, move_json(m));
		return true;
	}
	if (!m->promise_overtaken && t->shown >= MOVES_SHOWN)
		return true;
	t->shown++;
	char reference[REFERENCE_SHOWN];
	struct text line = TEXT_INIT;
	reference_show(m->row->reference, reference);
	text_addf(&line, _("  %s  %s : "), reference, target_kind_label(m->kind));
	add_due(&line, m->before_ms);
	text_add(&line, " -> ");
	add_due(&line, m->after_ms);
	print_line(t->cli, "%s", text_str(&line));
	if (m->promise_overtaken) {
		text_clear(&line);
		day_show(&line, due_day(m->row->promised_ms));
		print_line(t->cli, _("      ! engagement intenable (au plus tard le %s) : à rappeler"), text_str(&line));
	}
	text_done(&line);
	return true;
}

/* Says what differs and what would move. */
static enum guichet_rc tell_difference(struct cli *cli, struct catalogue *next, size_t *changes, struct guichet_err *err)
{
	struct moving t = { .cli = cli };
	*changes = catalogue_diff(store_catalogue(cli->store), next, print_change, cli);
	enum guichet_rc rc = GUICHET_OK;
	if (*changes)
		rc = store_catalogue_moves(cli->store, next, print_move, &t, err);
	if (rc || cli->json)
		return rc;
	if (*changes == 0) {
		print_line(cli, "%s", _("aucune différence avec le catalogue en vigueur"));
		return GUICHET_OK;
	}
	if (t.dates > t.shown)
		print_line(cli, _("  ... et %lld autres échéances"), (long long)(t.dates - t.shown));
	print_line(cli, _("%lld échéances déplacées sur %lld demandes ouvertes, %lld engagements intenables (à rappeler)"), (long long)t.dates,
		(long long)t.requests, (long long)t.overtaken);
	return GUICHET_OK;
}

enum guichet_rc cmd_catalogue_diff(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct catalogue_source source;
	struct catalogue *next;
	size_t changes;
	enum guichet_rc rc = read_catalogue(cli, a->words[0], &source, &next, err);
	if (rc == GUICHET_OK)
		rc = tell_difference(cli, next, &changes, err);
	catalogue_free(&next);
	catalogue_source_done(&source);
	return rc;
}

/* --- apply --- */

enum guichet_rc cmd_catalogue_apply(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct catalogue_source source;
	struct catalogue *next;
	size_t changes = 0;
	int64_t moved = 0;
	if (!(cli->actor.roles & ROLE_ADMIN))
		return guichet_err_set(err, GUICHET_NO_PERM, _("rôle requis pour mettre un catalogue en vigueur : %s"), role_label(ROLE_ADMIN));
	enum guichet_rc rc = read_catalogue(cli, a->words[0], &source, &next, err);
	if (rc == GUICHET_OK)
		rc = tell_difference(cli, next, &changes, err);
	if (rc == GUICHET_OK && !args_has(a, OPT_DRY_RUN)) {
		/* Even with no difference to tell: an application that was cut short is taken up again. */
		rc = store_catalogue_apply(cli->store, &source, &moved, err);
		if (rc == GUICHET_OK && cli->json)
			print_json(cli, json_pack("{s:b, s:I}", "applied", 1, "moved", (json_int_t)moved));
		else if (rc == GUICHET_OK)
			print_line(cli, _("catalogue en vigueur ; %lld demandes ont de nouvelles échéances"), (long long)moved);
	} else if (rc == GUICHET_OK && !cli->json) {
		print_line(cli, "%s", _("essai : rien n'a été changé"));
	}
	catalogue_free(&next);
	catalogue_source_done(&source);
	return rc;
}
