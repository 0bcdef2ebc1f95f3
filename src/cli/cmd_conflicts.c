// SPDX-License-Identifier: GPL-3.0-or-later
/* What desks and the server left to people: conflicts, operations that the server parked, and those that wait to be sent. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/core/reference.h"
#include "guichet/report/conflicts.h"
#include "guichet/report/history.h"
#include "guichet/store/replica.h"
#include "guichet/wire/request_json.h"

enum { LIST_MAX = 100000, LISTED = 100, CROSSED_MAX = 100 };

/* --- conflicts --- */

struct listing { struct cli *cli; int64_t *rows; size_t count, capacity; };

static bool take_row(void *context, const struct todo *t)
{
	struct listing *l = context;
	GUICHET_GROW(l->rows, l->count, l->capacity);
	l->rows[l->count++] = t->row.id;
	return true;
}

static json_t *value_json(const struct conflict_value *v)
{
	char id[OP_ID_TEXT];
	op_id_format(v->by, id);
	return json_pack("{s:s, s:O?, s:s, s:s, s:o, s:b}", "operation", id, "value", v->value, "words", v->words, "by", v->actor, "at", instant_json(v->at_ms),
		"unsent", (int)v->unsent);
}

static void conflict_json(struct cli *cli, const struct request *r, const struct conflict *c)
{
	json_t *values = json_array();
	for (size_t i = 0; i < c->count; i++)
		json_array_append_new(values, value_json(&c->values[i]));
	json_t *o = json_pack("{s:s, s:s, s:o, s:s, s:s}", "field", request_field_info(c->field)->key, "label", c->label, "values", values, "before", c->before,
		"note", c->note);
	json_object_set_new(o, "service_request_id", json_sprintf("%lld", (long long)r->reference));
	print_json(cli, o);
}

static void conflict_lines(struct cli *cli, const struct conflict *c)
{
	print_line(cli, "  %s%s%s%s", c->label, *c->note ? " (" : "", c->note, *c->note ? ")" : "");
	for (size_t i = 0; i < c->count; i++) {
		const struct conflict_value *v = &c->values[i];
		struct text when = TEXT_INIT;
		history_when(&when, v->at_ms, store_now(cli->store));
		print_line(cli, i ? _("    ou       %s : %s, %s (%s)%s") : _("    affichée %s : %s, %s (%s)%s"), v->words, v->actor, text_str(&when), v->step,
			v->unsent ? _(", à envoyer") : "");
		text_done(&when);
	}
	if (*c->before)
		print_line(cli, _("    avant    %s"), c->before);
}

static enum guichet_rc print_conflicts(struct cli *cli, int64_t row, struct guichet_err *err)
{
	struct loaded l = { 0 };
	struct conflict *list;
	char shown[REFERENCE_SHOWN];
	int64_t other_row, other;
	bool ours;
	enum guichet_rc rc = store_load_id(cli->store, row, &l, err);
	if (rc)
		return rc;
	size_t count = conflicts_of(cli->store, &l.request, &list);
	reference_show(l.request.reference, shown);
	if (!cli->json)
		print_line(cli, "%s  %s", shown, request_text(&l.request, FIELD_SUBJECT));
	for (size_t i = 0; i < count; i++) {
		if (cli->json)
			conflict_json(cli, &l.request, &list[i]);
		else
			conflict_lines(cli, &list[i]);
	}
	if (links_crossed(cli->store, &l.request, &other_row, &other, &ours) && !cli->json) {
		reference_show(other, shown);
		print_line(cli, _("  rattachements croisés avec %s : guichet reopen %lld --reason ... en libère une"), shown,
			(long long)(ours ? l.request.reference : other));
	}
	conflicts_free(list, count);
	loaded_done(&l);
	return GUICHET_OK;
}

enum guichet_rc cmd_conflicts(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct listing l = { .cli = cli };
	struct todo_filter f = { .kind = TODO_CONFLICT };
	int64_t crossed[CROSSED_MAX];
	enum guichet_rc rc = args_count(a, OPT_LIMIT, LISTED, LIST_MAX, &f.limit, err);
	if (rc == GUICHET_OK)
		rc = store_page_todo(cli->store, &f, take_row, &l, err);
	size_t crossings = rc ? 0 : replica_crossed_links(cli->store, crossed, CROSSED_MAX);
	for (size_t i = 0; i < l.count && rc == GUICHET_OK && print_goes_on(cli); i++)
		rc = print_conflicts(cli, l.rows[i], err);
	for (size_t i = 0; i < crossings && rc == GUICHET_OK && print_goes_on(cli); i++)
		rc = print_conflicts(cli, crossed[i], err);
	if (rc == GUICHET_OK && l.count + crossings == 0 && !cli->json)
		print_line(cli, "%s", _("Aucun conflit : personne n'a écrit la même chose en même temps."));
	else if (rc == GUICHET_OK && l.count > 0 && !cli->json)
		print_line(cli, "%s", _("Pour régler : guichet resolve RÉF CHAMP --keep AGENT (ou une valeur)"));
	free(l.rows);
	return rc;
}

/* --- operations that wait --- */

static void waiting_json(struct cli *cli, const struct waiting_op *w)
{
	char id[OP_ID_TEXT];
	op_id_format(w->op.id, id);
	json_t *o = json_pack("{s:s, s:s, s:s, s:o, s:s}", "operation", id, "kind", op_kind_text(&w->op), "by", w->op.actor, "at", instant_json(w->op.wall_ms),
		"subject", w->subject);
	json_object_set_new(o, "service_request_id", w->reference ? json_sprintf("%lld", (long long)w->reference) : json_null());
	if (w->op.parked) {
		json_object_set_new(o, "why", json_string(w->op.why));
		json_object_set_new(o, "settling", json_boolean(w->settling));
	}
	print_json(cli, o);
}

static void waiting_line(struct cli *cli, const struct waiting_op *w)
{
	char id[OP_ID_TEXT], shown[REFERENCE_SHOWN] = "-";
	struct text when = TEXT_INIT;
	op_id_format(w->op.id, id);
	if (w->reference)
		reference_show(w->reference, shown);
	history_when(&when, w->op.wall_ms, store_now(cli->store));
	const char *label = w->op.kind < OP_KIND_COUNT ? op_kind_label(w->op.kind) : op_kind_text(&w->op);
	print_line(cli, "%s%s%s  %s  %s : %s%s%s", w->op.parked ? id : "", w->op.parked ? "  " : "", text_str(&when), shown, w->op.actor, label,
		*w->subject ? " · " : "", w->subject);
	if (w->op.parked)
		print_line(cli, "    %s%s", op_parked_label(&w->op), w->settling ? _(" ; réglée, à envoyer") : "");
	text_done(&when);
}

typedef enum guichet_rc lister(struct store *s, size_t max, struct waiting_op **out, size_t *count, struct guichet_err *err);

static enum guichet_rc print_waiting(struct cli *cli, const struct args *a, lister *read, const char *none, struct guichet_err *err)
{
	struct waiting_op *list = NULL;
	size_t count = 0, limit;
	enum guichet_rc rc = args_count(a, OPT_LIMIT, LISTED, LIST_MAX, &limit, err);
	if (rc == GUICHET_OK)
		rc = read(cli->store, limit, &list, &count, err);
	for (size_t i = 0; i < count && print_goes_on(cli); i++) {
		if (cli->json)
			waiting_json(cli, &list[i]);
		else
			waiting_line(cli, &list[i]);
	}
	if (rc == GUICHET_OK && count == 0 && !cli->json)
		print_line(cli, "%s", none);
	waiting_ops_free(list, count);
	return rc;
}

enum guichet_rc cmd_pending(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	return print_waiting(cli, a, replica_list_pending, _("Rien n'attend d'être envoyé."), err);
}

enum guichet_rc cmd_parked(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	return print_waiting(cli, a, replica_list_parked, _("Rien n'est en souffrance."), err);
}

/* --- settling what was parked --- */

static enum guichet_rc settle(struct cli *cli, const struct args *a, bool aside, struct guichet_err *err)
{
	struct step_args args = { .reason = a->values[OPT_REASON], .aside = aside };
	struct waiting_op *list = NULL;
	size_t count = 0;
	int64_t reference = 0;
	bool found = false;
	if (!op_id_parse(a->words[0], &args.target))
		return guichet_err_set(err, GUICHET_DATA, _("« %s » n'est pas un numéro d'opération (guichet parked les montre)"), a->words[0]);
	enum guichet_rc rc = replica_list_parked(cli->store, LIST_MAX, &list, &count, err);
	for (size_t i = 0; i < count && !found; i++) {
		found = op_id_equal(list[i].op.id, args.target);
		reference = found ? list[i].reference : 0;
	}
	waiting_ops_free(list, count);
	if (rc)
		return rc;
	if (!found)
		return guichet_err_set(err, GUICHET_NOT_FOUND, _("l'opération %s n'est pas en souffrance ici (guichet parked)"), a->words[0]);
	if (!reference)
		return guichet_err_set(err, GUICHET_REFUSED, _("l'opération %s n'est d'aucune demande de ce poste : elle se règle sur le serveur (guichetd admin settle)"),
			a->words[0]);
	rc = desk_step(cli->store, &cli->actor, reference, STEP_SETTLE, &args, NULL, err);
	if (rc == GUICHET_OK && !cli->json)
		print_line(cli, aside ? _("Opération %s mise de côté : le serveur l'apprend au prochain échange.")
			: _("Opération %s appliquée : le serveur le fait au prochain échange."), a->words[0]);
	return rc;
}

enum guichet_rc cmd_parked_apply(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	return settle(cli, a, false, err);
}

enum guichet_rc cmd_parked_drop(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	enum guichet_rc rc = args_need(a, OPT_REASON, err);
	return rc ? rc : settle(cli, a, true, err);
}
