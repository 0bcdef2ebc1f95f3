// SPDX-License-Identifier: GPL-3.0-or-later
/* Care of a store: making one, saving it, putting a copy back, comparing its tables with its journal. */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guichet/exchange/demo.h"
#include "guichet/store/replica.h"
#include "progress.h"

enum { REQUESTS_MAX = 10000000, STORE_PATH_MAX = 900 };

/* Writes that no store sees, so that the command table cannot refuse them: a kiosk must not make files either. */
static enum guichet_rc refuse_read_only(const struct cli *cli, const char *command, struct guichet_err *err)
{
	return cli->read_only ? guichet_err_set(err, GUICHET_NO_PERM, _("lecture seule (--read-only) : « %s » écrit un fichier"), command) : GUICHET_OK;
}

static bool exists(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

/* The configuration holds an absolute path: guichet may be started from anywhere. */
static char *absolute(const char *path)
{
	struct text t = TEXT_INIT;
	char *here = *path == '/' ? NULL : getcwd(NULL, 0);
	text_addf(&t, "%s%s%s", here ? here : "", here ? "/" : "", path);
	free(here);
	return text_take(&t);
}

/* The INI file has no way to write these. */
static enum guichet_rc check_store_path(const char *path, struct guichet_err *err)
{
	if (!*path || strlen(path) > STORE_PATH_MAX || strpbrk(path, "\"\n\r\\"))
		return guichet_err_set(err, GUICHET_DATA, _("chemin de dépôt « %s » : attendu au plus %d octets, sans guillemet, barre inverse ni saut de ligne"),
			path, STORE_PATH_MAX);
	return GUICHET_OK;
}

/* --- init --- */

struct making {
	char *store, *config;              /* absolute */
	bool demo, store_made, config_made;
	size_t requests;
};

static enum guichet_rc read_making(struct cli *cli, const struct args *a, struct making *m, struct guichet_err *err)
{
	const char *given = cli->globals.values[OPT_CONFIG];
	char *usual = config_default_path();
	m->demo = args_has(a, OPT_DEMO);
	m->store = absolute(cli_store_path(cli));
	m->config = absolute(given ? given : usual);
	free(usual);
	if (args_has(a, OPT_REQUESTS) && !m->demo)
		return guichet_err_set(err, GUICHET_USAGE, _("--requests invente un historique : il va avec --demo"));
	enum guichet_rc rc = GUICHET_OK;
	if (strcmp(args_text(a, OPT_REQUESTS), "0"))
		rc = args_count(a, OPT_REQUESTS, 0, REQUESTS_MAX, &m->requests, err);
	if (rc == GUICHET_OK)
		rc = check_store_path(m->store, err);
	if (rc == GUICHET_OK && exists(m->store))
		rc = guichet_err_set(err, GUICHET_CANT_CREATE, _("%s existe déjà : rien n'a été touché (--store en choisit un autre)"), m->store);
	return rc;
}

static enum guichet_rc make_store(struct cli *cli, struct making *m, struct guichet_err *err)
{
	struct catalogue_source source = { 0 };
	struct store_options options = { 0 };
	/* The same exercise at the same moment, references included: what is written about one is true of the next. */
	if (m->demo)
		options.random = cli->random = random_seeded(&cli->demo_seed);
	char *folder = data_path("catalogue");
	enum guichet_rc rc = catalogue_read_folder(folder, &source, err);
	if (rc == GUICHET_OK)
		rc = config_make_folders(m->store, err);
	if (rc == GUICHET_OK)
		rc = store_create(m->store, &source, m->demo, &options, err);
	m->store_made = rc == GUICHET_OK;
	if (rc == GUICHET_OK && !exists(m->config)) {
		rc = config_write_default(m->config, m->store, m->demo, err);
		m->config_made = exists(m->config);
	}
	catalogue_source_done(&source);
	free(folder);
	return rc;
}

/* Takes back what was made: a store half filled would stand in the way of the next try. */
static void unmake(struct making *m)
{
	struct text journal = TEXT_INIT;
	text_addf(&journal, "%s-journal", m->store);
	if (m->store_made) {
		unlink(m->store);
		unlink(text_str(&journal));
	}
	if (m->config_made)
		unlink(m->config);
	text_done(&journal);
}

static enum guichet_rc fill(struct cli *cli, const struct making *m, struct guichet_err *err)
{
	struct cli_progress bar;
	enum guichet_rc rc = cli_open_store(cli, err);
	if (rc)
		return rc;
	progress_start(&bar, cli, _("historique d'exercice"));
	struct progress p = progress_of(&bar);
	rc = demo_fill(cli->store, m->requests, &p, err);
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

static enum guichet_rc tell_made(struct cli *cli, const struct making *m, struct guichet_err *err)
{
	enum guichet_rc rc = cli_open_store(cli, err);
	if (rc)
		return rc;
	const struct catalogue *c = store_catalogue(cli->store);
	if (cli->json) {
		print_json(cli, json_pack("{s:s, s:s, s:b, s:I}", "store", m->store, "config", m->config, "exercise", m->demo, "requests",
			(json_int_t)m->requests));
		return GUICHET_OK;
	}
	cli_banner(cli);
	struct text command = TEXT_INIT;
	add_invocation(&command, cli, m);
	print_line(cli, m->demo ? _("Dépôt d'exercice créé : %s") : _("Dépôt créé : %s"), m->store);
	print_line(cli, m->config_made ? _("Configuration créée : %s") : _("Configuration déjà là, laissée telle quelle : %s"), m->config);
	print_line(cli, _("Catalogue : %s, %zu services, %zu motifs, %zu communes"), c->name, c->service_count, c->category_count, c->commune_count);
	if (m->requests)
		print_line(cli, _("Historique d'exercice : %zu demandes"), m->requests);
	warn_of_roles(cli, m);
	print_line(cli, _("À taper ensuite : %s %s"), text_str(&command),
		m->requests ? "todo" : "log --channel phone --category nid-de-poule --subject \"Trou devant le 12\" --address \"rue des Lilas\"");
	text_done(&command);
	return GUICHET_OK;
}

/* Without GUICHET_NOW for a store of real work, the clock is the machine's: see cli_open_store. */
enum guichet_rc cmd_init(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct making m = { 0 };
	enum guichet_rc rc = refuse_read_only(cli, "init", err);
	if (rc == GUICHET_OK)
		rc = read_making(cli, a, &m, err);
	if (rc == GUICHET_OK)
		rc = make_store(cli, &m, err);
	if (rc == GUICHET_OK && m.requests)
		rc = fill(cli, &m, err);
	if (rc == GUICHET_OK)
		rc = tell_made(cli, &m, err);
	if (rc && m.store_made) {
		store_close(&cli->store);
		unmake(&m);
	}
	free(m.store);
	free(m.config);
	return rc;
}

/* --- backup, restore --- */

/* "12,3 Mio" */
static void add_size(struct text *out, int64_t bytes)
{
	if (bytes < 1024 * 1024)
		text_addf(out, _("%lld Kio"), (long long)(bytes + 1023) / 1024);
	else
		text_addf(out, _("%lld,%lld Mio"), (long long)bytes / (1024 * 1024), (long long)(bytes % (1024 * 1024) * 10 / (1024 * 1024)));
}

static int64_t file_size(const char *path)
{
	struct stat st;
	return stat(path, &st) ? 0 : (int64_t)st.st_size;
}

enum guichet_rc cmd_backup(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct cli_progress bar;
	enum guichet_rc rc = refuse_read_only(cli, "backup", err);
	if (rc)
		return rc;
	progress_start(&bar, cli, _("sauvegarde"));
	struct progress p = progress_of(&bar);
	rc = store_backup(cli->store, a->words[0], &p, err);
	progress_end(&bar);
	if (rc && progress_interrupted())
		return guichet_err_set(err, rc, _("sauvegarde interrompue : %s n'a pas été écrite"), a->words[0]);
	if (rc)
		return rc;
	struct text size = TEXT_INIT;
	add_size(&size, file_size(a->words[0]));
	if (cli->json)
		print_json(cli, json_pack("{s:s, s:I}", "file", a->words[0], "bytes", (json_int_t)file_size(a->words[0])));
	else
		print_line(cli, _("Sauvegarde faite : %s (%s). Elle contient des données personnelles : gardez-la en lieu sûr."), a->words[0], text_str(&size));
	text_done(&size);
	return GUICHET_OK;
}

/* On a machine that never had guichet nobody has a role yet: it gets the configuration that init would have written. */
static enum guichet_rc configure_restored(struct cli *cli, struct guichet_err *err)
{
	if (cli->config.path)
		return GUICHET_OK;
	char *path = config_default_path(), *store = absolute(cli_store_path(cli));
	enum guichet_rc rc = check_store_path(store, err);
	if (rc == GUICHET_OK)
		rc = config_write_default(path, store, store_is_exercise(cli->store), err);
	if (rc == GUICHET_OK && !cli->json)
		print_line(cli, _("Configuration créée : %s"), path);
	free(path);
	free(store);
	return rc;
}

enum guichet_rc cmd_restore(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	const char *path = cli_store_path(cli);
	bool replaces = exists(path);
	enum guichet_rc rc = refuse_read_only(cli, "restore", err);
	if (rc == GUICHET_OK)
		rc = config_make_folders(path, err);
	if (rc)
		return rc;
	/* The shell holds the store that is to be replaced. */
	store_close(&cli->store);
	rc = store_restore(a->words[0], path, NULL, err);
	if (cli->in_shell || rc == GUICHET_OK) {
		enum guichet_rc opened = cli_open_store(cli, rc ? NULL : err);
		rc = rc ? rc : opened;
	}
	if (rc == GUICHET_OK)
		cli_banner(cli);
	if (rc == GUICHET_OK)
		rc = configure_restored(cli, err);
	if (rc)
		return rc;
	if (cli->json) {
		print_json(cli, json_pack("{s:s, s:I}", "store", path, "device", (json_int_t)store_device(cli->store)));
		return GUICHET_OK;
	}
	print_line(cli, _("Dépôt restauré : %s"), path);
	if (replaces)
		print_line(cli, _("L'ancien dépôt est gardé à côté : %s.avant-restauration"), path);
	print_line(cli, _("Nouvelle identité de poste : %u. Les prochaines références partent d'un autre millier : aucune ne sera donnée deux fois."),
		(unsigned)store_device(cli->store));
	print_line(cli, "%s", _("À taper ensuite : guichet verify"));
	return GUICHET_OK;
}

/* --- verify --- */

static void print_difference(void *context, const char *what)
{
	struct cli *cli = context;
	if (cli->json)
		print_json(cli, json_pack("{s:s}", "difference", what));
	else
		print_line(cli, _("différence : %s"), what);
}

/* Interrupted, it goes on where it stood the next time; others go on working meanwhile. */
static enum guichet_rc rebuild(struct cli *cli, struct guichet_err *err)
{
	struct cli_progress bar;
	progress_start(&bar, cli, _("reconstruction"));
	struct progress p = progress_of(&bar);
	enum guichet_rc rc = store_rebuild(cli->store, &p, err);
	progress_end(&bar);
	if (rc == GUICHET_OK && !cli->json)
		print_line(cli, "%s", _("Les tables ont été refaites depuis le journal."));
	return rc;
}

static void to_hex(const uint8_t hash[32], char out[65])
{
	for (int i = 0; i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

static enum guichet_rc print_hash(struct cli *cli, struct guichet_err *err)
{
	struct replica_hash h;
	char journal[65], state[65];
	enum guichet_rc rc = replica_hash(cli->store, &h, err);
	if (rc)
		return rc;
	to_hex(h.journal, journal);
	to_hex(h.state, state);
	if (cli->json) {
		print_json(cli, json_pack("{s:I, s:I, s:s, s:s}", "operations", (json_int_t)h.operations, "requests", (json_int_t)h.requests, "journal", journal,
			"state", state));
	} else {
		print_line(cli, _("journal   %s  (%lld opérations)"), journal, (long long)h.operations);
		print_line(cli, _("demandes  %s  (%lld demandes)"), state, (long long)h.requests);
	}
	return GUICHET_OK;
}

enum guichet_rc cmd_verify(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct cli_progress bar;
	struct verify_report report = { 0 };
	if (a->values[OPT_HASH])
		return print_hash(cli, err);
	if (a->values[OPT_REBUILD]) {
		enum guichet_rc rebuilt = rebuild(cli, err);
		if (rebuilt)
			return rebuilt;
	}
	progress_start(&bar, cli, _("vérification"));
	struct progress p = progress_of(&bar);
	enum guichet_rc rc = store_verify(cli->store, &p, print_difference, cli, &report, err);
	progress_end(&bar);
	if (rc && progress_interrupted())
		return guichet_err_set(err, rc, _("vérification interrompue : rien n'est encore dit du reste du dépôt"));
	if (rc && !report.differences)
		return rc;
	if (cli->json)
		print_json(cli, json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "operations", (json_int_t)report.operations, "requests",
			(json_int_t)report.requests, "requesters", (json_int_t)report.requesters, "contacts", (json_int_t)report.contacts, "blanked",
			(json_int_t)report.blanked, "differences", (json_int_t)report.differences));
	else
		print_line(cli, _("%lld opérations relues (%lld effacées) : %lld demandes, %lld usagers, %lld contacts"), (long long)report.operations,
			(long long)report.blanked, (long long)report.requests, (long long)report.requesters, (long long)report.contacts);
	if (report.differences)
		return guichet_err_set(err, GUICHET_DATA, a->values[OPT_REBUILD]
			? _("%lld différences entre le journal et les tables, que refaire les tables n'ôte pas : restaurez une sauvegarde et signalez-le")
			: _("%lld différences entre le journal et les tables : sauvegardez ce dépôt, refaites-les (guichet verify --rebuild) et signalez-le"),
			(long long)report.differences);
	if (!cli->json)
		print_line(cli, "%s", _("Les tables disent exactement ce que dit le journal."));
	return GUICHET_OK;
}
