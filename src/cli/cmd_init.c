// SPDX-License-Identifier: GPL-3.0-or-later
/* A store made by hand: empty, or an exercise with an invented history. */
#include "making.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/exchange/demo.h"
#include "progress.h"

enum { REQUESTS_MAX = 10000000 };

static enum guichet_rc read_init(struct cli *cli, const struct args *a, struct making *m, size_t *requests, struct guichet_err *err)
{
	enum guichet_rc rc = cli->read_only ? guichet_err_set(err, GUICHET_NO_PERM, _("lecture seule (--read-only) : « %s » écrit un fichier"), "init") : GUICHET_OK;
	if (!rc && args_has(a, OPT_REQUESTS) && !args_has(a, OPT_DEMO))
		rc = guichet_err_set(err, GUICHET_USAGE, _("--requests invente un historique : il va avec --demo"));
	if (!rc && strcmp(args_text(a, OPT_REQUESTS), "0"))
		rc = args_count(a, OPT_REQUESTS, 0, REQUESTS_MAX, requests, err);
	if (!rc)
		rc = making_plan(cli, m, err);
	if (!rc && making_is_there(m->store))
		rc = guichet_err_set(err, GUICHET_CANT_CREATE, _("%s existe déjà : rien n'a été touché (--store en choisit un autre)"), m->store);
	return rc;
}

static enum guichet_rc fill(struct cli *cli, size_t requests, struct guichet_err *err)
{
	struct cli_progress bar;
	enum guichet_rc rc = cli_open_store(cli, err);
	if (rc)
		return rc;
	progress_start(&bar, cli, _("historique d'exercice"));
	struct progress p = progress_of(&bar);
	rc = demo_fill(cli->store, requests, &p, err);
	progress_end(&bar);
	if (rc && progress_interrupted())
		guichet_err_set(err, rc, _("interrompu : le dépôt commencé a été retiré, rien n'est resté"));
	return rc;
}

/* "guichet --config X --store Y": what must be typed for the store to be found. */
static void add_invocation(struct text *out, struct cli *cli, const struct making *m)
{
	struct config now = { 0 };
	char *usual = config_default_path();
	bool usual_config = !strcmp(usual, m->config);
	text_add(out, "guichet");
	if (!usual_config)
		text_addf(out, " --config %s", cli->globals.values[OPT_CONFIG]);
	if (config_load(usual_config ? NULL : m->config, &now, NULL) || !now.store || strcmp(now.store, m->store))
		text_addf(out, " --store %s", m->store);
	config_done(&now);
	free(usual);
}

static void warn_of_roles(struct cli *cli, const struct making *m)
{
	struct config now;
	struct actor actor;
	if (!m->config_made && config_load(cli->globals.values[OPT_CONFIG], &now, NULL) == GUICHET_OK) {
		if (config_actor(&now, NULL, &actor, NULL) == GUICHET_OK && actor.roles == 0)
			print_line(cli, _("Attention : votre compte n'a aucun rôle dans cette configuration ([account:...])"));
		config_done(&now);
	}
}

static enum guichet_rc tell_made(struct cli *cli, const struct making *m, size_t requests, struct guichet_err *err)
{
	enum guichet_rc rc = cli_open_store(cli, err);
	if (rc)
		return rc;
	const struct catalogue *c = store_catalogue(cli->store);
	if (cli->json) {
		print_json(cli, json_pack("{s:s, s:s, s:b, s:I}", "store", m->store, "config", m->config, "exercise", store_is_exercise(cli->store),
			"requests", (json_int_t)requests));
		return GUICHET_OK;
	}
	cli_banner(cli);
	struct text command = TEXT_INIT;
	add_invocation(&command, cli, m);
	print_line(cli, store_is_exercise(cli->store) ? _("Dépôt d'exercice créé : %s") : _("Dépôt créé : %s"), m->store);
	print_line(cli, m->config_made ? _("Configuration créée : %s") : _("Configuration déjà là, laissée telle quelle : %s"), m->config);
	print_line(cli, _("Catalogue : %s, %zu services, %zu motifs, %zu communes"), c->name, c->service_count, c->category_count, c->commune_count);
	if (requests)
		print_line(cli, _("Historique d'exercice : %zu demandes"), requests);
	warn_of_roles(cli, m);
	print_line(cli, _("À taper ensuite : %s %s"), text_str(&command),
		requests ? "todo" : "log --channel phone --category nid-de-poule --subject \"Trou devant le 12\" --address \"rue des Lilas\"");
	text_done(&command);
	return GUICHET_OK;
}

/* Without GUICHET_NOW for a store of real work, the clock is the machine's: see cli_open_store. */
enum guichet_rc cmd_init(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct making m = { 0 };
	size_t requests = 0;
	bool exercise = args_has(a, OPT_DEMO);
	enum guichet_rc rc = read_init(cli, a, &m, &requests, err);
	/* The same exercise at the same moment, references included: what is written about one is true of the next. */
	if (exercise)
		cli->random = random_seeded(&cli->demo_seed);
	if (rc == GUICHET_OK)
		rc = making_make(cli, &m, exercise, err);
	if (rc == GUICHET_OK && requests)
		rc = fill(cli, requests, err);
	if (rc == GUICHET_OK)
		rc = tell_made(cli, &m, requests, err);
	if (rc && m.store_made)
		making_undo(cli, &m);
	making_done(&m);
	return rc;
}
