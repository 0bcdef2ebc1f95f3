// SPDX-License-Identifier: GPL-3.0-or-later
/* Who acts on a desk that follows a server: who signed in, else whom the system knows where the server's policy lets him. The commands that sign in and out. */
#include "cli.h"

#include <stdlib.h>
#include <sodium.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "guichet/store/replica.h"
#include "guichet/sync/transport.h"
#include "machine.h"
#include "progress.h"

#ifndef GUICHET_VERSION
#define GUICHET_VERSION "0.1.0"
#endif

enum { WAIT_MS = 200 };

void session_desk_words(struct cli *cli, char *out, size_t room)
{
	static const char *const disks[] = { [CERTAIN_NO] = "clear", [CERTAIN_YES] = "encrypted", [UNCERTAIN] = "unknown" };
	snprintf(out, room, "%s %s", GUICHET_VERSION, disks[machine_is_encrypted(cli_store_path(cli))]);
}

void session_done(struct cli *cli)
{
	agent_done(&cli->agent);
	agent_place_done(&cli->place);
}

static bool is_enrolled(struct cli *cli)
{
	char *url = store_setting(cli->store, "server-url");
	bool enrolled = url != NULL;
	free(url);
	return enrolled;
}

bool session_is_mailer(struct cli *cli)
{
	struct enrolment e;
	bool is = replica_enrolment(cli->store, &e, NULL) == GUICHET_OK && !strcmp(e.role, "mailer");
	enrolment_done(&e);
	return is;
}

enum guichet_rc session_may_post(struct cli *cli, struct guichet_err *err)
{
	if (is_enrolled(cli) && !session_is_mailer(cli))
		return guichet_err_set(err, GUICHET_NO_PERM, "%s",
			_("ce poste suit un serveur : le courrier est tenu par une machine à part (guichetd admin enrol-code --role mailer)"));
	if (cli->actor.roles & (ROLE_AGENT | ROLE_SUPERVISOR | ROLE_MAILER))
		return GUICHET_OK;
	return guichet_err_set(err, GUICHET_NO_PERM, _("rôle requis pour relever et envoyer le courrier : mailer, agent ou supervisor (section [account:%s] de la configuration)"),
		cli->actor.login);
}

enum guichet_rc session_actor(struct cli *cli, const struct command *c, const char *as, struct guichet_err *err)
{
	struct desk_policy policy;
	if (!is_enrolled(cli))
		return GUICHET_OK;
	/* Nobody works at the machine that carries the mail: it does that by itself, and shows nothing. */
	if (session_is_mailer(cli)) {
		cli->actor.roles = c->flags & COMMAND_POST ? ROLE_MAILER : 0;
		if (c->handler == cmd_screens || c->handler == cmd_screen)
			return guichet_err_set(err, GUICHET_NO_PERM, "%s", _("cette machine tient le courrier : personne n'y travaille"));
		return GUICHET_OK;
	}
	agent_done(&cli->agent);
	agents_policy(cli->store, &policy);
	enum desk_session now = agents_session(cli->store, &cli->agent);
	if (now == DESK_OPEN && (!as || !strcmp(as, cli->agent.login))) {
		agent_actor(&cli->agent, &cli->place, &cli->actor);
		if (!cli->read_only)
			agents_used(cli->store);
		return GUICHET_OK;
	}
	if (now == DESK_OPEN)
		return guichet_err_set(err, GUICHET_NO_PERM, _("%s s'est identifié ici : --as n'y change rien (guichet sign-in %s)"), cli->agent.login, as);
	if (policy.system_users || c->flags & COMMAND_NOBODY) {
		/* Nobody at all: what the screens open with. */
		if (!policy.system_users)
			cli->actor = (struct actor){ .login = "", .name = "" };
		return GUICHET_OK;
	}
	if (now == DESK_LOCKED)
		return guichet_err_set(err, GUICHET_NO_PERM, _("la session de %s est verrouillée : guichet sign-in"), cli->agent.login);
	return guichet_err_set(err, GUICHET_NO_PERM, "%s", _("identifiez-vous d'abord : guichet sign-in"));
}

/* --- signing in --- */

/* One line, and nothing of it left in a buffer of the library's. */
static enum guichet_rc read_secret(char out[AGENT_PASSWORD_MAX + 2], struct guichet_err *err)
{
	struct termios before, silent;
	size_t n = 0;
	bool terminal = isatty(0) && tcgetattr(0, &before) == 0;
	ssize_t got;
	if (terminal) {
		silent = before;
		silent.c_lflag &= ~(tcflag_t)ECHO;
		silent.c_lflag |= ICANON;
		tcsetattr(0, TCSAFLUSH, &silent);
		fputs(_("Mot de passe : "), stderr);
	}
	while (n <= AGENT_PASSWORD_MAX && (got = read(0, out + n, 1)) == 1 && out[n] != '\n')
		n++;
	if (terminal) {
		tcsetattr(0, TCSAFLUSH, &before);
		fputc('\n', stderr);
	}
	out[n] = '\0';
	while (n > 0 && (out[n - 1] == '\r' || out[n - 1] == '\n'))
		out[--n] = '\0';
	return n > 0 ? GUICHET_OK : guichet_err_set(err, GUICHET_NO_INPUT, "%s", _("un mot de passe est attendu sur l'entrée"));
}

static enum guichet_rc sign_in(struct cli *cli, const char *login, const char *password, struct guichet_err *err)
{
	struct sync_options o = { .clock = clock_system(), .random = random_system(), .page_items = 1 };
	struct transport *t = NULL;
	char desk[DESK_WORDS];
	enum sign_in state;
	session_desk_words(cli, desk, sizeof desk);
	o.desk = desk;
	enum guichet_rc rc = transport_new(cli->store, &o, cli->config.server_ca, &t, err);
	if (rc)
		return rc;
	session_done(cli);
	transport_sign_in(t, login, password);
	while ((state = transport_signed_in(t, &cli->agent, err)) == SIGN_IN_BUSY) {
		transport_wait(t, WAIT_MS);
		transport_turn_aside(t);
	}
	transport_free(&t);
	return state == SIGN_IN_DONE ? GUICHET_OK : err && err->code ? err->code : GUICHET_NO_PERM;
}

static void greet(struct cli *cli)
{
	struct desk_policy policy;
	agents_policy(cli->store, &policy);
	if (cli->json) {
		print_json(cli, json_pack("{s:s, s:s, s:s, s:s}", "login", cli->agent.login, "name", cli->agent.name, "roles", cli->agent.roles, "services",
			cli->agent.services));
		return;
	}
	print_line(cli, _("Bonjour %s (%s)."), cli->actor.name, cli->agent.roles);
	if (policy.lock_minutes > 0)
		print_line(cli, _("Sans rien faire pendant %d minutes, il faudra le redire ; pour laisser la place : guichet sign-out"), policy.lock_minutes);
}

enum guichet_rc cmd_sign_in(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	char password[AGENT_PASSWORD_MAX + 2];
	struct agent last;
	char *login = NULL;
	if (session_is_mailer(cli))
		return guichet_err_set(err, GUICHET_REFUSED, "%s", _("cette machine tient le courrier : personne n'y travaille"));
	if (!is_enrolled(cli))
		return guichet_err_set(err, GUICHET_REFUSED, "%s", _("poste seul : qui y travaille est dit par le système et la configuration"));
	if (a->in_shell && !isatty(0))
		return guichet_err_set(err, GUICHET_USAGE, "%s", _("sign-in ne se lance pas d'une suite de commandes : avant elle"));
	agents_session(cli->store, &last);
	if (a->word_count > 0)
		login = guichet_strdup(a->words[0]);
	else
		login = guichet_strdup(last.login ? last.login : cli->actor.login);
	agent_done(&last);
	if (!*login) {
		free(login);
		return guichet_err_set(err, GUICHET_USAGE, "%s", _("qui ? guichet sign-in IDENTIFIANT"));
	}
	enum guichet_rc rc = read_secret(password, err);
	if (!rc)
		rc = sign_in(cli, login, password, err);
	sodium_memzero(password, sizeof password);
	if (!rc) {
		agent_actor(&cli->agent, &cli->place, &cli->actor);
		greet(cli);
	}
	free(login);
	return rc;
}

/* --- and out --- */

struct mine { const char *login; size_t count; };

static bool count_mine(void *context, const struct draft *d)
{
	struct mine *m = context;
	m->count += !strcmp(d->actor, m->login);
	return true;
}

enum guichet_rc cmd_sign_out(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct agent who;
	struct mine mine = { 0 };
	(void)a;
	if (agents_session(cli->store, &who) == DESK_NOBODY)
		return guichet_err_set(err, GUICHET_NOT_FOUND, "%s", _("personne ne s'est identifié ici"));
	mine.login = who.login;
	enum guichet_rc rc = store_list_drafts(cli->store, count_mine, &mine, err);
	if (!rc)
		rc = agents_leave(cli->store, err);
	if (!rc && cli->json)
		print_json(cli, json_pack("{s:s, s:I}", "login", who.login, "drafts", (json_int_t)mine.count));
	else if (!rc && mine.count)
		print_line(cli, mine.count > 1 ? _("Session de %s fermée. %zu brouillons restent à reprendre : ce sont des demandes qui ne sont pas enregistrées.")
			: _("Session de %s fermée. %zu brouillon reste à reprendre : c'est une demande qui n'est pas enregistrée."), who.login, mine.count);
	else if (!rc)
		print_line(cli, _("Session de %s fermée."), who.login);
	agent_done(&who);
	/* Whoever this was acts no more. */
	cli->actor = (struct actor){ .login = "", .name = "" };
	session_done(cli);
	return rc;
}
