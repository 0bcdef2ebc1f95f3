// SPDX-License-Identifier: GPL-3.0-or-later
/* The program: global options, the store opened when a command needs it, one command run, its error told on one line. */
#include "cli.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "guichet/base/ini.h"
#include "guichet/base/output.h"
#include "guichet/base/utf8.h"

#ifndef GUICHET_VERSION
#define GUICHET_VERSION "0.1.0"
#endif

enum { WORD_LIST_MAX = 1024 * 1024, IDLE_MS = 15, IDLE_AFTER_IMPORT_MS = 5000 };

/* Personal data stays in the store: no core dump may hold it. */
static void forbid_core_dumps(void)
{
	struct rlimit none = { 0, 0 };
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

const char *cli_store_path(struct cli *cli)
{
	if (cli->globals.values[OPT_STORE])
		return cli->globals.values[OPT_STORE];
	if (!cli->config.store)
		cli->config.store = config_default_store();
	return cli->config.store;
}

static enum guichet_rc read_fixed_clock(struct cli *cli, struct guichet_err *err)
{
	const char *now = getenv("GUICHET_NOW");
	if (!now || !*now || cli->now_is_fixed)
		return GUICHET_OK;
	cli->now_is_fixed = true;
	return instant_parse("GUICHET_NOW", now, &cli->fixed_now_ms, err);
}

enum guichet_rc cli_open_store(struct cli *cli, struct guichet_err *err)
{
	if (cli->store)
		return GUICHET_OK;
	struct store_options options = { .read_only = cli->read_only, .random = cli->random };
	enum guichet_rc rc = read_fixed_clock(cli, err);
	if (rc)
		return rc;
	if (cli->now_is_fixed)
		options.clock = clock_fixed(&cli->fixed_now_ms);
	rc = store_open(cli_store_path(cli), &options, &cli->store, err);
	if (rc == GUICHET_OK && cli->now_is_fixed && !store_is_exercise(cli->store)) {
		store_close(&cli->store);
		return guichet_err_set(err, GUICHET_USAGE, _("GUICHET_NOW fixe l'heure d'un dépôt d'exercice seulement : retirez cette variable"));
	}
	return rc;
}

const struct privacy_words *cli_privacy(struct cli *cli)
{
	if (cli->privacy)
		return cli->privacy;
	char *path = data_path("privacy/mots.txt"), *data = NULL;
	size_t bytes = 0;
	struct problems problems = { 0 };
	if (file_read(path, WORD_LIST_MAX, &data, &bytes, NULL) == GUICHET_OK)
		privacy_words_load(path, data, bytes, &cli->privacy, &problems);
	problems_done(&problems);
	free(data);
	free(path);
	return cli->privacy;
}

/* Demo stores say so, once a command (once a session in the shell), where it can't be taken for data. */
void cli_banner(struct cli *cli)
{
	if (!cli->store || !store_is_exercise(cli->store) || cli->json || cli->banner_shown)
		return;
	cli->banner_shown = true;
	fprintf(cli->out, "%s\n", _("=== EXERCICE : dépôt d'exercice, rien ici n'est réel ==="));
}

/* The global options of the command line stay for the whole session; in the shell a command may add some for itself alone. */
static enum guichet_rc keep_globals(struct cli *cli, const struct args *args, struct guichet_err *err)
{
	static const enum option_id fixed[] = { OPT_CONFIG, OPT_STORE, OPT_LANG };
	for (size_t i = 0; cli->in_shell && i < sizeof fixed / sizeof *fixed; i++)
		if (args->values[fixed[i]])
			return guichet_err_set(err, GUICHET_USAGE, _("--%s se donne au lancement de guichet, pas dans le mode ligne"),
				option_table[fixed[i]].name);
	for (int o = 0; o <= OPT_VERSION && !cli->in_shell; o++)
		if (args->values[o] && !cli->globals.values[o])
			cli->globals.values[o] = cli->globals.owned[o] = guichet_strdup(args->values[o]);
	cli->json = cli->globals.values[OPT_JSON] || args->values[OPT_JSON];
	cli->read_only = cli->globals.values[OPT_READ_ONLY] || args->values[OPT_READ_ONLY];
	return GUICHET_OK;
}

/* An account that only feeds a wall display, or none at all, sees figures and nobody's name. */
static enum guichet_rc check_people(const struct cli *cli, const struct command *c, struct guichet_err *err)
{
	if (!(c->flags & COMMAND_PEOPLE) || (cli->actor.roles & (ROLE_AGENT | ROLE_SERVICE | ROLE_SUPERVISOR | ROLE_ADMIN | ROLE_DPO)))
		return GUICHET_OK;
	return guichet_err_set(err, GUICHET_NO_PERM,
		cli->actor.roles ? _("« %s » montre des données personnelles, que le rôle de %s ne permet pas de voir")
				 : _("« %s » montre des données personnelles : %s n'a aucun rôle (section [account:...] de la configuration)"), c->name,
		cli->actor.login);
}

/* Whom the system knows may be refused before the store is touched; who signed in is in it. */
static enum guichet_rc open_for(struct cli *cli, const struct command *c, const char *as, struct guichet_err *err)
{
	struct guichet_err refused = { 0 };
	enum guichet_rc people = check_people(cli, c, &refused);
	enum guichet_rc rc = cli_open_store(cli, people ? NULL : err);
	if (!rc)
		rc = session_actor(cli, c, as, err);
	if (!rc)
		return check_people(cli, c, err);
	if (people && !cli->store && err)
		*err = refused;
	return people && !cli->store ? people : rc;
}

static enum guichet_rc prepare(struct cli *cli, const struct command *c, const struct args *args, struct guichet_err *err)
{
	enum guichet_rc rc = keep_globals(cli, args, err);
	if (rc)
		return rc;
	if (cli->read_only && c && (c->flags & COMMAND_WRITE))
		return guichet_err_set(err, GUICHET_NO_PERM, _("lecture seule (--read-only) : « %s » écrit dans le dépôt"), c->name);
	if (!cli->config_loaded) {
		rc = config_load(cli->globals.values[OPT_CONFIG], &cli->config, err);
		/* It is these that write the file. */
		if (rc == GUICHET_NO_INPUT && c && (c->handler == cmd_init || c->handler == cmd_enrol))
			rc = GUICHET_OK;
		cli->config_loaded = rc == GUICHET_OK;
	}
	const char *as = args->values[OPT_AS] ? args->values[OPT_AS] : cli->globals.values[OPT_AS];
	if (rc == GUICHET_OK)
		rc = config_actor(&cli->config, as, &cli->actor, err);
	if (rc == GUICHET_OK && c && (c->flags & COMMAND_STORE))
		rc = open_for(cli, c, as, err);
	else if (rc == GUICHET_OK && c)
		rc = check_people(cli, c, err);
	return rc;
}

enum guichet_rc cli_run(struct cli *cli, int argc, char **argv, struct guichet_err *err)
{
	struct args args;
	const struct command *command;
	bool as_is = output_as_is(false);
	enum guichet_rc rc = args_parse(argc, argv, &command, &args, err);
	if (rc)
		goto out;
	args.in_shell = cli->in_shell;
	if (args.values[OPT_VERSION]) {
		print_line(cli, "guichet %s", GUICHET_VERSION);
		goto out;
	}
	if (args.values[OPT_HELP]) {
		const char *words[] = { command ? command->name : NULL };
		struct args about = { .words = words, .word_count = command ? 1 : 0 };
		rc = cmd_help(cli, &about, err);
		goto out;
	}
	if (!command && !cli->in_shell) {
		static const struct command screens = { "", "", "", "", COMMAND_STORE | COMMAND_NOBODY, cmd_screens, { NO_OPTION } };
		command = &screens;
	}
	rc = prepare(cli, command, &args, err);
	if (rc == GUICHET_OK && command) {
		output_as_is(cli->json);
		/* A screen says it itself. */
		if (command->handler != cmd_screens && command->handler != cmd_screen)
			cli_banner(cli);
		rc = command->handler(cli, &args, err);
		/* What was put off so that nobody waits for it is caught up with a little after each write. */
		if (rc == GUICHET_OK && (command->flags & COMMAND_WRITE) && cli->store)
			store_idle(cli->store, command->handler == cmd_import ? IDLE_AFTER_IMPORT_MS : IDLE_MS, NULL);
	}
out:
	output_as_is(as_is);
	args_done(&args);
	return rc;
}

/* The language must be known before the first message: a look ahead for --lang. */
static const char *language_of(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strncmp(argv[i], "--lang=", 7))
			return argv[i] + 7;
		if (!strncmp(argv[i], "--langue=", 9))
			return argv[i] + 9;
		if ((!strcmp(argv[i], "--lang") || !strcmp(argv[i], "--langue")) && i + 1 < argc)
			return argv[i + 1];
	}
	return NULL;
}

static enum guichet_rc check_words(int argc, char **argv, struct guichet_err *err)
{
	for (int i = 1; i < argc && argv[i]; i++)
		if (!utf8_valid(argv[i], strlen(argv[i]), NULL))
			return guichet_err_set(err, GUICHET_DATA, _("l'argument %d n'est pas de l'UTF-8 valide : « %s »"), i, argv[i]);
	return GUICHET_OK;
}

enum guichet_rc cli_main(int argc, char **argv)
{
	struct cli cli = { .program = "guichet" };
	struct guichet_err err = { 0 };
	const char *lang = language_of(argc, argv);
	forbid_core_dumps();
	/* A reader that goes away must not kill a command half-way. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);       /* a limit on file sizes is met as a full disk is */
	i18n_start(lang);
	output_start();
	cli.out = stdout;
	enum guichet_rc rc = GUICHET_OK;
	if (lang && strcmp(lang, "fr") && strcmp(lang, "en"))
		rc = guichet_err_set(&err, GUICHET_USAGE, _("--lang « %s » : attendu fr ou en"), lang);
	if (rc == GUICHET_OK)
		rc = check_words(argc, argv, &err);
	if (rc == GUICHET_OK)
		rc = cli_run(&cli, argc - 1, argv + 1, &err);
	errno = 0;
	if (fflush(stdout) || ferror(stdout)) {
		/* Whoever closed the pipe has read enough: that is no failure. */
		if (rc == GUICHET_OK && errno != EPIPE && !cli.pipe_closed)
			rc = guichet_err_set(&err, GUICHET_IO, _("la sortie n'a pas pu être écrite ; la commande, elle, a été exécutée"));
	}
	if (rc && err.message[0])
		fprintf(stderr, "guichet: %s\n", err.message);
	session_done(&cli);
	store_close(&cli.store);
	privacy_words_free(&cli.privacy);
	config_done(&cli.config);
	args_done(&cli.globals);
	return rc;
}
