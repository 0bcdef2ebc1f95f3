// SPDX-License-Identifier: GPL-3.0-or-later
/* What a configuration says of mail: [mail], on the one machine that reads the mailbox and sends. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

static void read_server(const char *file, const struct ini_entry *e, enum mail_protocol protocol,
	struct mail_server *out, struct problems *problems)
{
	struct guichet_err err;
	mail_server_done(out);
	if (mail_server_parse(e->value, protocol, out, &err) == GUICHET_OK)
		return;
	problems_add(problems, file, e->line, "%s : %s", e->key, err.message);
	mail_server_done(out);
}

static void read_path(const char *file, const struct ini_entry *e, char **out, struct problems *problems)
{
	free(*out);
	*out = guichet_strdup(e->value);
	if (*e->value != '/')
		problems_add(problems, file, e->line, _("%s « %s » : attendu un chemin entier, depuis /"), e->key, e->value);
}

static void read_per_day(const char *file, const struct ini_entry *e, struct mail_config *c, struct problems *problems)
{
	char *end;
	long n = strtol(e->value, &end, 10);
	if (*e->value < '1' || *e->value > '9' || *end || n > MAIL_PER_DAY_MOST)
		problems_add(problems, file, e->line,
			_("per_day « %s » : attendu un nombre de messages automatiques par adresse et par jour, de 1 à %d"),
			e->value, MAIL_PER_DAY_MOST);
	else
		c->per_day = (int)n;
}

static void read_text(char **out, const char *value)
{
	free(*out);
	*out = *value ? guichet_strdup(value) : NULL;
}

bool config_mail_read(const char *file, const struct ini_entry *e, struct mail_config *c, struct problems *problems)
{
	if (strcmp(e->section, "mail") != 0)
		return false;
	if (!strcmp(e->key, "imap"))
		read_server(file, e, MAIL_IMAP, &c->imap, problems);
	else if (!strcmp(e->key, "smtp"))
		read_server(file, e, MAIL_SMTP, &c->smtp, problems);
	else if (!strcmp(e->key, "password_file"))
		read_path(file, e, &c->password_file, problems);
	else if (!strcmp(e->key, "imap_password_file"))
		read_path(file, e, &c->imap_password_file, problems);
	else if (!strcmp(e->key, "smtp_password_file"))
		read_path(file, e, &c->smtp_password_file, problems);
	else if (!strcmp(e->key, "ca"))
		read_path(file, e, &c->ca, problems);
	else if (!strcmp(e->key, "done_folder"))
		read_text(&c->done_folder, e->value);
	else if (!strcmp(e->key, "from"))
		read_text(&c->from, e->value);
	else if (!strcmp(e->key, "per_day"))
		read_per_day(file, e, c, problems);
	else
		problems_add(problems, file, e->line,
			_("clé « %s » inconnue dans [mail] : attendu imap, smtp, password_file, imap_password_file, smtp_password_file, ca, done_folder, from ou per_day"),
			e->key);
	return true;
}

void config_mail_done(struct mail_config *c)
{
	mail_server_done(&c->imap);
	mail_server_done(&c->smtp);
	free(c->password_file);
	free(c->imap_password_file);
	free(c->smtp_password_file);
	free(c->ca);
	free(c->done_folder);
	free(c->from);
	*c = (struct mail_config){0};
}

enum guichet_rc config_mail_server(
	struct mail_config *c, enum mail_protocol protocol, struct mail_server **out, struct guichet_err *err)
{
	struct mail_server *server = protocol == MAIL_IMAP ? &c->imap : &c->smtp;
	const char *own = protocol == MAIL_IMAP ? c->imap_password_file : c->smtp_password_file;
	*out = NULL;
	if (!server->host)
		return guichet_err_set(err, GUICHET_CONFIG,
			_("%s manque dans [mail] de la configuration : cette machine ne tient pas la boîte (guichet help mail)"),
			protocol == MAIL_IMAP ? "imap" : "smtp");
	if (c->ca && !server->ca)
		server->ca = guichet_strdup(c->ca);
	enum guichet_rc rc =
		server->password ? GUICHET_OK : mail_server_password(server, own ? own : c->password_file, err);
	if (!rc)
		*out = server;
	return rc;
}
