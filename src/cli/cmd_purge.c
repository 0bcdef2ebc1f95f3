// SPDX-License-Identifier: GPL-3.0-or-later
/* What data protection does to requests from the command line: blanking those whose retention is over, after the archives' visa; ordering that one be kept. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guichet/base/file_new.h"
#include "guichet/base/utf8.h"
#include "guichet/core/reference.h"
#include "guichet/core/slip.h"
#include "guichet/store/purge.h"
#include "guichet/store/replica.h"
#include "progress.h"

enum { ANSWER_LINE = 64, VISA_BYTES = 200 };

/* --- who may, and where --- */

static enum guichet_rc check_dpo(const struct cli *cli, const char *command, struct guichet_err *err)
{
	return cli->actor.roles & ROLE_DPO ? GUICHET_OK
		: guichet_err_set(err, GUICHET_NO_PERM, _("« %s » n'est pas permis à %s (rôle requis : %s)"), command, cli->actor.login ? cli->actor.login : "?",
			role_label(ROLE_DPO));
}

static enum guichet_rc check_place(const struct cli *cli, struct guichet_err *err)
{
	return !replica_is_enrolled(cli->store) ? GUICHET_OK : guichet_err_set(err, GUICHET_REFUSED, "%s",
		_("ce poste suit un serveur, qui seul décide d'effacer : guichetd admin purge, ou erase pour une demande"));
}

/* --- what would be done --- */

static void print_plan_line(struct cli *cli, const char *name, const struct purge_line *line)
{
	struct text t = TEXT_INIT;
	slip_add_row(&t, name, line);
	print_line(cli, "%s", text_str(&t));
	text_done(&t);
}

static json_t *instant_or_null(int64_t ms)
{
	struct text t = TEXT_INIT;
	instant_rfc3339(&t, ms);
	json_t *o = t.len ? json_string(text_str(&t)) : json_null();
	text_done(&t);
	return o;
}

static void print_plan_json(struct cli *cli, const struct purge_plan *plan)
{
	for (size_t i = 0; i < plan->line_count; i++)
		print_json(cli, json_pack("{s:s, s:i, s:I, s:I, s:o, s:o}", "category", plan->lines[i].category, "retention_months", plan->lines[i].months, "requests",
			(json_int_t)plan->lines[i].count, "files", (json_int_t)plan->lines[i].files, "oldest", instant_or_null(plan->lines[i].oldest_ms), "newest",
			instant_or_null(plan->lines[i].newest_ms)));
	print_json(cli, json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "requests", (json_int_t)plan->all.count, "files", (json_int_t)plan->all.files, "contacts",
		(json_int_t)plan->contacts, "drafts", (json_int_t)plan->drafts, "held", (json_int_t)plan->held, "owed", (json_int_t)plan->owed, "at",
		instant_or_null(plan->at_ms)));
}

static void print_plan(struct cli *cli, const struct purge_plan *plan)
{
	const struct catalogue *c = store_catalogue(cli->store);
	if (cli->json) {
		print_plan_json(cli, plan);
		return;
	}
	for (size_t i = 0; i < plan->line_count; i++)
		print_plan_line(cli, slip_category(c, plan->lines[i].category), &plan->lines[i]);
	print_plan_line(cli, _("En tout"), &plan->all);
	print_line(cli, _("Fichiers joints : %lld. Contacts sans demande conservée : %lld. Brouillons oubliés : %lld."), (long long)plan->all.files,
		(long long)plan->contacts, (long long)plan->drafts);
	if (plan->held || plan->owed)
		print_line(cli, _("Conservées au-delà : %lld sur ordre (litige), %lld où il reste à faire."), (long long)plan->held, (long long)plan->owed);
}

/* --- the slip --- */

static enum guichet_rc write_slip(struct cli *cli, const struct args *a, const struct purge_plan *plan, const char *visa, struct guichet_err *err)
{
	struct text t = TEXT_INIT;
	const char *path = args_text(a, OPT_OUTPUT);
	slip_write(&t, store_catalogue(cli->store), &(struct slip){ plan, cli->actor.name && *cli->actor.name ? cli->actor.name : cli->actor.login, visa,
		store_now(cli->store) });
	enum guichet_rc rc = file_write_new(path, &t, err);
	if (!rc && !cli->json)
		print_line(cli, _("Bordereau d'élimination : %s"), path);
	text_done(&t);
	return rc;
}

/* --- asking --- */

static enum guichet_rc ask(const struct args *a, struct guichet_err *err)
{
	char line[ANSWER_LINE];
	const char *word = _("purger");
	if (args_has(a, OPT_YES))
		return GUICHET_OK;
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return guichet_err_set(err, GUICHET_USAGE, "%s", _("une purge se confirme : dans un terminal, ou par --yes"));
	fprintf(stderr, _("C'est définitif. Tapez « %s » pour effacer, autre chose pour renoncer : "), word);
	fflush(stderr);
	bool agreed = fgets(line, sizeof line, stdin) && strlen(line) == strlen(word) + 1 && !strncmp(line, word, strlen(word));
	return agreed ? GUICHET_OK : guichet_err_set(err, GUICHET_REFUSED, "%s", _("purge abandonnée : rien n'a été effacé"));
}

/* --- doing it --- */

static enum guichet_rc clean(struct cli *cli, struct guichet_err *err)
{
	struct cli_progress bar;
	progress_start(&bar, cli, _("réécriture du fichier"));
	struct progress p = progress_of(&bar);
	enum guichet_rc rc = store_purge_clean(cli->store, &p, err);
	progress_end(&bar);
	return rc;
}

static enum guichet_rc run(struct cli *cli, const struct purge_order *order, struct purge_done *done, struct guichet_err *err)
{
	struct cli_progress bar;
	progress_start(&bar, cli, _("purge"));
	struct progress p = progress_of(&bar);
	enum guichet_rc rc = store_purge(cli->store, &cli->actor, order, &p, done, err);
	progress_end(&bar);
	return rc ? rc : clean(cli, err);
}

static void print_done(struct cli *cli, const struct purge_done *d)
{
	if (cli->json) {
		print_json(cli, json_pack("{s:I, s:I, s:I, s:I, s:I}", "purged", (json_int_t)d->requests, "files", (json_int_t)d->files, "contacts",
			(json_int_t)d->contacts, "requesters", (json_int_t)d->requesters, "drafts", (json_int_t)d->drafts));
		return;
	}
	print_line(cli, _("%lld demandes anonymisées, %lld fichiers, %lld contacts, %lld usagers et %lld brouillons effacés."), (long long)d->requests,
		(long long)d->files, (long long)d->contacts, (long long)d->requesters, (long long)d->drafts);
	print_line(cli, "%s", _("Les copies faites avant (sauvegardes, .avant-restauration) gardent ce qui vient d'être effacé : détruisez-les à leur terme."));
}

static enum guichet_rc read_order(struct cli *cli, const struct args *a, bool resumed, struct purge_order *order, struct guichet_err *err)
{
	char *visa = NULL;
	int64_t now = store_now(cli->store);
	if (resumed)
		return args_has(a, OPT_OUTPUT) || args_has(a, OPT_VISA) || args_has(a, OPT_AT) ? guichet_err_set(err, GUICHET_USAGE, "%s",
			_("une purge commencée reprend telle quelle : sans -o, --visa ni --at (son bordereau est écrit)")) : GUICHET_OK;
	enum guichet_rc rc = args_instant(a, OPT_AT, now, &order->at_ms, err);
	if (!rc && order->at_ms > now)
		rc = guichet_err_set(err, GUICHET_DATA, _("--at « %s » est dans le futur"), args_text(a, OPT_AT));
	if (rc || args_has(a, OPT_DRY_RUN))
		return rc;
	rc = args_need(a, OPT_OUTPUT, err);
	if (!rc)
		rc = args_need(a, OPT_VISA, err);
	if (!rc)
		rc = utf8_accept("--visa", args_text(a, OPT_VISA), strlen(args_text(a, OPT_VISA)), VISA_BYTES, &visa, err);
	if (!rc && !visa[strspn(visa, " \t")])
		rc = guichet_err_set(err, GUICHET_DATA, "%s", _("--visa : le numéro ou la date du visa des archives"));
	order->visa = visa;
	return rc;
}

static enum guichet_rc purge(struct cli *cli, const struct args *a, bool resumed, struct purge_order *order, struct guichet_err *err)
{
	struct purge_plan plan = { 0 };
	struct purge_done done = { 0 };
	enum guichet_rc rc = store_purge_plan(cli->store, order->at_ms, &plan, err);
	if (rc)
		return rc;
	bool dry = args_has(a, OPT_DRY_RUN), nothing = !resumed && plan.all.count == 0 && plan.contacts == 0 && plan.drafts == 0;
	if (dry || !cli->json)
		print_plan(cli, &plan);
	if (resumed && !cli->json)
		print_line(cli, _("Une purge de %lld demandes avait commencé : il en reste %lld."), (long long)order->total, (long long)plan.all.count);
	if (nothing && !cli->json)
		print_line(cli, "%s", _("Rien n'a dépassé sa durée de conservation."));
	if (!nothing && dry && args_has(a, OPT_OUTPUT))
		rc = write_slip(cli, a, &plan, NULL, err);
	if (!nothing && !dry)
		rc = ask(a, err);
	if (!rc && !nothing && !dry && !resumed) {
		order->total = plan.all.count;
		rc = write_slip(cli, a, &plan, order->visa, err);
	}
	purge_plan_done(&plan);
	if (rc || dry || nothing)
		return rc;
	rc = run(cli, order, &done, err);
	if (!rc)
		print_done(cli, &done);
	return rc;
}

enum guichet_rc cmd_privacy_purge(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct purge_order order = { 0 };
	enum guichet_rc rc = check_dpo(cli, "privacy purge", err);
	if (!rc)
		rc = check_place(cli, err);
	if (rc)
		return rc;
	bool resumed = store_purge_begun(cli->store, &order);
	rc = read_order(cli, a, resumed, &order, err);
	if (!rc)
		rc = purge(cli, a, resumed, &order, err);
	free(order.visa);
	return rc;
}

/* --- kept beyond --- */

static enum guichet_rc hold(struct cli *cli, const struct args *a, bool ends, struct guichet_err *err)
{
	struct step_args args = { .reason = a->values[OPT_REASON], .ends = ends };
	int64_t reference;
	char shown[REFERENCE_SHOWN];
	enum guichet_rc rc = args_reference(a, 0, &reference, err);
	if (!rc)
		rc = args_need(a, OPT_REASON, err);
	if (!rc)
		rc = desk_step(cli->store, &cli->actor, reference, STEP_HOLD, &args, NULL, err);
	if (rc)
		return rc;
	reference_show(reference, shown);
	if (cli->json)
		print_json(cli, json_pack("{s:o, s:b}", "service_request_id", json_sprintf("%lld", (long long)reference), "hold", !ends));
	else
		print_line(cli, ends ? _("%s : sa durée de conservation compte de nouveau") : _("%s : conservée jusqu'à nouvel ordre (privacy release)"), shown);
	return GUICHET_OK;
}

enum guichet_rc cmd_privacy_hold(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	return hold(cli, a, false, err);
}

enum guichet_rc cmd_privacy_release(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	return hold(cli, a, true, err);
}
