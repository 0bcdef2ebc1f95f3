// SPDX-License-Identifier: GPL-3.0-or-later
/* guichetd: options, serving until a signal says stop, and `guichetd admin`. */
#include "guichet/server/daemon.h"

#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "guichet/base/i18n.h"
#include "guichet/base/log.h"
#include "guichet/base/output.h"
#include "daemon_inside.h"

#ifndef GUICHET_VERSION
#define GUICHET_VERSION "0.1.0"
#endif

static const char *const usage_lines = N_(
	"guichetd [--config FICHIER] [--store FICHIER | --postgres CONNEXION] [--listen HÔTE:PORT] [--tls-cert F --tls-key F] [--check-config]\n"
	"guichetd [...] admin COMMANDE :\n");

enum { FAILURES_A_MINUTE = 120, SIGN_S = 3600, KEPT_BYTES = 4 * 1024 * 1024 };

static enum guichet_rc usage(struct guichet_err *err, const char *what)
{
	return guichet_err_set(err, GUICHET_USAGE, _("%s : guichetd [--config FICHIER] [--store FICHIER | --postgres CONNEXION] [--listen HÔTE:PORT] "
		"[--tls-cert F --tls-key F] [--check-config] ; guichetd [...] admin COMMANDE ; guichetd --help"), what);
}

/* --- options --- */

struct given { const char *config, *sqlite, *postgres, *listen, *cert, *key; bool check, help; };

static enum guichet_rc read_options(struct given *g, int argc, char **argv, struct guichet_err *err)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' }, { "store", required_argument, NULL, 's' }, { "postgres", required_argument, NULL, 'p' },
		{ "listen", required_argument, NULL, 'l' }, { "tls-cert", required_argument, NULL, 'e' }, { "tls-key", required_argument, NULL, 'k' },
		{ "check-config", no_argument, NULL, 'n' }, { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
	};
	int option;
	opterr = 0;
	/* Stops at the first word: what follows belongs to `admin`. */
	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		const char **place = option == 'c' ? &g->config : option == 's' ? &g->sqlite : option == 'p' ? &g->postgres : option == 'l' ? &g->listen
			: option == 'e' ? &g->cert : option == 'k' ? &g->key : NULL;
		if (place)
			*place = optarg;
		else if (option == 'n')
			g->check = true;
		else if (option == 'h')
			g->help = true;
		else
			return usage(err, argv[optind - 1]);
	}
	return g->sqlite && g->postgres ? usage(err, _("--store ou --postgres, pas les deux")) : GUICHET_OK;
}

/* The command line says more than the file, the file more than what is built in. */
static void lay_over(struct daemon_options *o, const struct given *g)
{
	struct text erased = TEXT_INIT;
	if (g->sqlite || g->postgres) {
		o->http.db.sqlite = g->sqlite;
		o->http.db.postgres = g->postgres;
	}
	if (g->listen)
		o->http.listen = g->listen;
	if (g->cert || g->key) {
		o->http.tls_cert = g->cert;
		o->http.tls_key = g->key;
	}
	if (!o->http.db.sqlite && !o->http.db.postgres)
		o->http.db.sqlite = "/var/lib/guichetd/central.db";
	if (!o->http.listen)
		o->http.listen = "127.0.0.1:8480";
	if (!o->erased) {
		text_addf(&erased, "%s.erased", o->http.db.sqlite ? o->http.db.sqlite : "/var/lib/guichetd/central");
		o->erased = o->erased_default = text_take(&erased);
	}
}

static enum guichet_rc configure(struct daemon_options *o, const struct given *g, struct guichet_err *err)
{
	static const char usual[] = "/etc/guichet/guichetd.ini";
	struct problems problems = { 0 };
	enum guichet_rc rc = GUICHET_OK;
	o->config = g->config ? g->config : access(usual, F_OK) == 0 ? usual : NULL;
	if (o->config)
		rc = config_read(o->config, o, &problems, err);
	/* All of them, each on its line; the last one is said as the error. */
	for (size_t i = 0; i < problems.count; i++) {
		const struct problem *p = &problems.items[i];
		if (i + 1 < problems.count)
			fprintf(stderr, "%s:%d : %s\n", p->file, p->line, p->message);
		else
			rc = guichet_err_set(err, GUICHET_CONFIG, "%s:%d : %s", p->file, p->line, p->message);
	}
	problems_done(&problems);
	if (!rc)
		lay_over(o, g);
	if (!rc && o->http.db.sqlite && o->http.db.postgres)
		rc = guichet_err_set(err, GUICHET_CONFIG, _("%s : [store] sqlite ou postgres, pas les deux"), o->config);
	return rc;
}

static enum guichet_rc check(const struct daemon_options *o, struct guichet_err *err)
{
	enum guichet_rc rc = http_check(&o->http, err);
	if (!rc)
		printf(_("%s : rien à redire\n"), o->config ? o->config : _("configuration"));
	return rc;
}

/* --- serving --- */

/* Until a signal says stop. The manager is told that all is well as long as the committer answers. */
static void watch(struct http *h, const sigset_t *wanted)
{
	int64_t interval = notify_interval_ms();
	const struct timespec wait = { .tv_sec = interval ? interval / 1000 : SIGN_S, .tv_nsec = interval % 1000 * 1000000 };
	for (;;) {
		int number = sigtimedwait(wanted, NULL, &wait);
		if (number > 0) {
			log_event("stop signal=%d", number);
			return;
		}
		if (errno == EAGAIN && interval && http_is_alive(h))
			notify_manager("WATCHDOG=1");
	}
}

static enum guichet_rc serve(const struct daemon_options *o, struct guichet_err *err)
{
	struct http *h = NULL;
	struct admin_socket *admin = NULL;
	sigset_t wanted;
	int lock = -1;
	/* Before there are threads: only this one takes them. */
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &wanted, NULL);
	signal(SIGPIPE, SIG_IGN);
	enum guichet_rc rc = o->http.db.sqlite ? daemon_lock(o->http.db.sqlite, &lock, err) : GUICHET_OK;
	if (!rc)
		rc = http_start(&o->http, &h, err);
	if (!rc && o->http.db.sqlite)
		rc = admin_socket_start(o, h, &admin, err);
	if (!rc) {
		printf(_("guichetd écoute sur %s (port %d)\n"), o->http.listen, http_port(h));
		fflush(stdout);
		log_event("start version=%s port=%d backend=%s tls=%d", GUICHET_VERSION, http_port(h), o->http.db.sqlite ? "sqlite" : "postgres",
			o->http.tls_cert != NULL);
		notify_manager("READY=1");
		watch(h, &wanted);
		notify_manager("STOPPING=1");
	}
	admin_socket_stop(&admin);
	http_stop(&h);
	daemon_unlock(&lock);
	return rc;
}

static enum guichet_rc run(struct daemon_options *o, const struct given *g, struct guichet_err *err)
{
	if (g->help) {
		struct text help = TEXT_INIT;
		text_add(&help, _(usage_lines));
		admin_usage(&help);
		fputs(text_str(&help), stdout);
		text_done(&help);
		return GUICHET_OK;
	}
	if (o->word_count > 0 && strcmp(o->words[0], "admin") != 0)
		return usage(err, o->words[0]);
	enum guichet_rc rc = configure(o, g, err);
	if (rc)
		return rc;
	if (o->word_count > 0)
		return admin_run(o, err);
	if (g->check)
		return check(o, err);
	log_start(STDERR_FILENO);
	return serve(o, err);
}

int guichetd_main(int argc, char **argv)
{
	struct daemon_options o = { .http = { .api = { .policy = API_POLICY_INIT, .clock = clock_system(), .random = random_system() } } };
	struct given given = { 0 };
	struct guichet_err err = { 0 };
	const struct rlimit no_core = { 0, 0 };
	o.http.api.policy.failure_rate = FAILURES_A_MINUTE;
	/* Citizens' data must not reach a core file. */
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_DUMPABLE, 0);
	if ((argc == 3 || argc == 4) && !strcmp(argv[1], "pam-check"))
		return pam_helper(argv[2], argv[3]);
	/* What a call frees the next one asks for: it need not go back to the system in between. */
	mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
	db_start();
	i18n_start(NULL);
	output_start();
	umask(077);
	enum guichet_rc rc = read_options(&given, argc, argv, &err);
	o.words = argv + optind;
	o.word_count = argc - optind;
	if (!rc)
		rc = run(&o, &given, &err);
	if (rc)
		fprintf(stderr, "guichetd: %s\n", err.message);
	ini_done(&o.ini);
	free(o.erased_default);
	return (int)rc;
}
