// SPDX-License-Identifier: GPL-3.0-or-later
/* guichetd: options, serving until a signal says stop, and `guichetd admin`. */
#include "guichet/server/daemon.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "guichet/base/i18n.h"
#include "daemon_inside.h"

static enum guichet_rc usage(struct guichet_err *err, const char *what)
{
	return guichet_err_set(err, GUICHET_USAGE, _("%s : guichetd [--config FICHIER] [--store FICHIER | --postgres CONNEXION] [--listen HÔTE:PORT] "
		"[--tls-cert F --tls-key F] [--check-config] ; guichetd [...] admin COMMANDE"), what);
}

static enum guichet_rc read_options(struct daemon_options *o, int argc, char **argv, struct guichet_err *err)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' }, { "store", required_argument, NULL, 's' }, { "postgres", required_argument, NULL, 'p' },
		{ "listen", required_argument, NULL, 'l' }, { "tls-cert", required_argument, NULL, 'e' }, { "tls-key", required_argument, NULL, 'k' },
		{ "check-config", no_argument, NULL, 'n' }, { NULL, 0, NULL, 0 },
	};
	int option;
	opterr = 0;
	/* Stops at the first word: what follows belongs to `admin`. */
	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			o->config = optarg;
			break;
		case 's':
			o->http.db.sqlite = optarg;
			break;
		case 'p':
			o->http.db.postgres = optarg;
			break;
		case 'l':
			o->http.listen = optarg;
			break;
		case 'e':
			o->http.tls_cert = optarg;
			break;
		case 'k':
			o->http.tls_key = optarg;
			break;
		case 'n':
			o->check_only = true;
			break;
		default:
			return usage(err, argv[optind - 1]);
		}
	}
	if (o->http.db.sqlite && o->http.db.postgres)
		return usage(err, _("--store ou --postgres, pas les deux"));
	if (!o->http.db.sqlite && !o->http.db.postgres)
		o->http.db.sqlite = "/var/lib/guichetd/central.db";
	if (!o->http.listen)
		o->http.listen = "127.0.0.1:8480";
	o->words = argv + optind;
	o->word_count = argc - optind;
	return GUICHET_OK;
}

static enum guichet_rc serve(const struct daemon_options *o, struct guichet_err *err)
{
	struct http *h = NULL;
	sigset_t wanted;
	int number = 0;
	/* Before there are threads: only this one takes them. */
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &wanted, NULL);
	signal(SIGPIPE, SIG_IGN);
	enum guichet_rc rc = http_start(&o->http, &h, err);
	if (rc)
		return rc;
	printf(_("guichetd écoute sur %s (port %d)\n"), o->http.listen, http_port(h));
	fflush(stdout);
	sigwait(&wanted, &number);
	http_stop(&h);
	return GUICHET_OK;
}

int guichetd_main(int argc, char **argv)
{
	struct daemon_options o = { .http = { .api = { .policy = API_POLICY_INIT, .clock = clock_system(), .random = random_system() } } };
	struct guichet_err err = { 0 };
	const struct rlimit no_core = { 0, 0 };
	i18n_start(NULL);
	/* Citizens' data must not reach a core file. */
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_DUMPABLE, 0);
	umask(077);
	enum guichet_rc rc = read_options(&o, argc, argv, &err);
	if (!rc && o.word_count > 0 && strcmp(o.words[0], "admin") != 0)
		rc = usage(&err, o.words[0]);
	if (!rc)
		rc = o.word_count > 0 ? admin_run(&o, &err) : o.check_only ? GUICHET_OK : serve(&o, &err);
	if (rc)
		fprintf(stderr, "guichetd: %s\n", err.message);
	return (int)rc;
}
