// SPDX-License-Identifier: GPL-3.0-or-later
/* `guichetd admin`: its table of commands, and where they run. A SQLite database has one connection that writes: with a server running, a command goes through the
 * socket beside the database; without one it takes the database's lock and opens it itself. PostgreSQL takes several. */
#include "admin_inside.h"
#include "audit.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static const struct admin_command commands[] = {
	{ "enrol-code", N_("--role R [--service S]… --name NOM [--count N]"), N_("un code pour enrôler un poste, bon une fois, 72 heures ; ou N"), ADMIN_NOTED, 2, -1,
		admin_enrol_code, NULL },
	{ "enrol-codes", N_("FICHIER.csv"), N_("des codes pour une liste de postes : nom;rôle;services, un par ligne"), ADMIN_PATH | ADMIN_NOTED, 1, 1, admin_enrol_codes, NULL },
	{ "devices", "[--json]", N_("les postes, et où chacun en est"), ADMIN_LIST, 0, 0, admin_devices, NULL },
	{ "revoke", N_("POSTE"), N_("révoque un poste : il efface ce qu'il a reçu"), ADMIN_NOTED, 1, 1, admin_revoke, NULL },
	{ "account", N_("add LOGIN --name NOM --role R… [--service S]… | add-pam LOGIN … | password LOGIN | disable LOGIN | enable LOGIN | list [--json]"),
		N_("les comptes ; le mot de passe est lu sur l'entrée, celui d'un compte PAM est au système"), ADMIN_PASSWORD | ADMIN_NOTED | ADMIN_LIST, 1, -1, admin_account, NULL },
	{ "parked", "[--json]", N_("les opérations en souffrance, et pourquoi"), ADMIN_LIST, 0, 0, admin_parked, NULL },
	{ "settle", N_("SÉQUENCE…"), N_("applique des opérations en souffrance"), ADMIN_NOTED, 1, -1, admin_settle, NULL },
	{ "erase", N_("RÉFÉRENCE|OPÉRATION…"), N_("efface les données personnelles d'une demande, et de son usager s'il n'en a pas d'autre"), ADMIN_NOTED, 1, -1, admin_erase, NULL },
	{ "purge", N_("[--dry-run] [-o BORDEREAU] [--visa VISA] [--at DATE] [--yes]"),
		N_("efface ce qui a dépassé sa durée de conservation, après le visa des archives ; interrompue, elle reprend"), ADMIN_HERE, 0, -1, NULL, admin_purge },
	{ "purge-step", "", NULL, 0, 1, 4, admin_purge_step, NULL },
	{ "erasure", "", N_("quels postes n'ont pas encore passé les effacements"), 0, 0, 0, admin_erasure, NULL },
	{ "audit", N_("[--who LOGIN] [--device POSTE] [--what GENRE] [--from DATE] [--to DATE] [--limit N] [--before N] [--format text|json | --json]"),
		N_("qui a consulté, s'est identifié, a effacé ou changé quoi, du plus récent au plus ancien"), ADMIN_LIST, 0, -1, admin_audit, NULL },
	{ "audit-check", N_("[--seal SCEAU]"), N_("dit si la piste d'audit est ce qu'elle était, et donne son sceau, à noter ailleurs"), 0, 0, 2, admin_audit_check, NULL },
	{ "catalogue", N_("DOSSIER"), N_("met un catalogue en vigueur"), ADMIN_PATH | ADMIN_NOTED, 1, 1, admin_catalogue, NULL },
	{ "backup", N_("FICHIER"), N_("copie la base pendant que le serveur travaille (SQLite)"), ADMIN_HERE, 1, 1, NULL, admin_backup },
	{ "backed-up", N_("SÉQUENCE"), N_("dit qu'une sauvegarde extérieure tient le journal jusque-là"), ADMIN_NOTED, 1, 1, admin_backed_up, NULL },
	{ "restore", N_("FICHIER [--replace]"), N_("reprend une sauvegarde, serveur arrêté : époque suivante, effacements rejoués"), ADMIN_HERE, 1, 2, NULL, admin_restore },
	{ "migrate", N_("--to-postgres CONNEXION | --to-sqlite FICHIER"), N_("porte tout ce que tient la base dans une autre, vide, serveur arrêté ; interrompu, il reprend"),
		ADMIN_HERE, 2, 2, NULL, admin_migrate },
	{ "restored", "", N_("après une restauration faite par d'autres moyens : de même"), ADMIN_HERE, 0, 0, NULL, admin_restored },
};
enum { COMMANDS = sizeof commands / sizeof *commands, PASSWORD_LINE = API_PASSWORD_MAX + 2 };

static const struct admin_command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static void add_usage(struct text *out, const struct admin_command *c)
{
	text_addf(out, "  guichetd admin %s%s%s\n      %s\n", c->name, *c->args ? " " : "", *c->args ? _(c->args) : "", _(c->what));
}

void admin_usage(struct text *out)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (commands[i].what)
			add_usage(out, &commands[i]);
}

static bool asks_for_help(char *const *words, int count)
{
	const char *last = count > 0 ? words[count - 1] : "";
	return !strcmp(last, "--help") || !strcmp(last, "-h") || (count == 1 && !strcmp(last, "help"));
}

static enum guichet_rc usage_of(const struct admin_command *c, struct guichet_err *err)
{
	return guichet_err_set(err, GUICHET_USAGE, "guichetd admin %s %s", c->name, *c->args ? _(c->args) : "");
}

/* --- words --- */

const char *admin_option(const struct admin *a, const char *name, int n)
{
	for (int i = 0; i + 1 < a->count; i++)
		if (!strcmp(a->words[i], name) && n-- == 0)
			return a->words[i + 1];
	return NULL;
}

/* `names`: " --role --name ": from there on, words are pairs of these and a value. */
enum guichet_rc admin_known_options(const struct admin *a, int from, const char *names, struct guichet_err *err)
{
	char wanted[64];
	for (int i = from; i < a->count; i += 2) {
		snprintf(wanted, sizeof wanted, " %s ", a->words[i]);
		if (!strstr(names, wanted))
			return guichet_err_set(err, GUICHET_USAGE, _("« %s » n'est pas une option de cette commande (attendu :%s)"), a->words[i], names);
		if (i + 1 == a->count)
			return guichet_err_set(err, GUICHET_USAGE, _("%s attend une valeur"), a->words[i]);
	}
	return GUICHET_OK;
}

int64_t admin_now(const struct admin *a)
{
	return a->clock.now_ms(a->clock.context);
}

void admin_add_instant(struct text *out, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm utc;
	gmtime_r(&seconds, &utc);
	text_addf(out, "%04d-%02d-%02dT%02d:%02dZ", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min);
}

static enum guichet_rc note(struct admin *a, const char *what, const char *subject, struct guichet_err *err)
{
	return audit_note_alone(a->db, admin_now(a), a->random, what, subject, err);
}

/* Which desk, whose account, which request; a new desk's name and a folder's are nobody's concern later. */
static enum guichet_rc note_done(struct admin *a, const struct admin_command *c, struct guichet_err *err)
{
	char what[40];
	enum guichet_rc rc = GUICHET_OK;
	snprintf(what, sizeof what, "%s-%s", c->name, a->count > 0 ? a->words[0] : "");
	if (c->run == admin_account)
		return strcmp(a->words[0], "list") != 0 ? note(a, what, a->count > 1 ? a->words[1] : NULL, err) : GUICHET_OK;
	if (c->flags & ADMIN_PATH || c->run == admin_enrol_code)
		return note(a, c->name, NULL, err);
	for (int i = 0; i < a->count && !rc; i++)
		rc = note(a, c->name, a->words[i], err);
	return rc;
}

/* A list's last word may be --json. */
static int own_words(const struct admin_command *c, char *const *words, int count, bool *json)
{
	*json = c->flags & ADMIN_LIST && count > 0 && !strcmp(words[count - 1], "--json");
	return count - *json;
}

enum guichet_rc admin_do(struct admin *a, char *const *words, int count, struct guichet_err *err)
{
	const struct admin_command *c = count > 0 ? find_command(words[0]) : NULL;
	if (!c || !c->run)
		return guichet_err_set(err, GUICHET_USAGE, _("guichetd admin %s : commande inconnue"), count > 0 ? words[0] : "");
	a->words = words + 1;
	a->count = own_words(c, words + 1, count - 1, &a->json);
	if (a->count < c->words_min || (c->words_max >= 0 && a->count > c->words_max))
		return usage_of(c, err);
	enum guichet_rc rc = c->run(a, err);
	return rc || !(c->flags & ADMIN_NOTED) ? rc : note_done(a, c, err);
}

/* --- a password --- */

static enum guichet_rc read_password(char out[API_PASSWORD_KEPT], struct guichet_err *err)
{
	char line[PASSWORD_LINE];
	struct termios before, silent;
	bool terminal = isatty(0) && tcgetattr(0, &before) == 0;
	if (terminal) {
		silent = before;
		silent.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(0, TCSAFLUSH, &silent);
		fputs(_("Mot de passe : "), stderr);
	}
	bool any = fgets(line, sizeof line, stdin) != NULL;
	if (terminal) {
		tcsetattr(0, TCSAFLUSH, &before);
		fputc('\n', stderr);
	}
	if (!any)
		return guichet_err_set(err, GUICHET_NO_INPUT, _("un mot de passe est attendu sur l'entrée"));
	line[strcspn(line, "\r\n")] = '\0';
	enum guichet_rc rc = api_password_keep(line, out, err);
	sodium_memzero(line, sizeof line);
	return rc;
}

/* --- where it runs --- */

/* The server's folder is not the one in which the command was typed. */
static enum guichet_rc make_absolute(const char *path, char out[PATH_MAX], struct guichet_err *err)
{
	return realpath(path, out) ? GUICHET_OK : guichet_err_set(err, GUICHET_NO_INPUT, "%s : %s", path, strerror(errno));
}

static enum guichet_rc run_alone(const struct daemon_options *o, struct admin *a, char *const *words, int count, struct guichet_err *err)
{
	enum guichet_rc rc = db_open(&o->http.db, &a->db, err);
	if (!rc)
		rc = ledger_prepare(a->db, a->random, err);
	if (!rc)
		rc = admin_do(a, words, count, err);
	db_close(&a->db);
	return rc;
}

enum guichet_rc admin_become_owner(const char *store, struct guichet_err *err)
{
	struct stat about;
	char *copy = guichet_strdup(store);
	bool found = stat(store, &about) == 0 || stat(dirname(copy), &about) == 0;
	free(copy);
	if (!found || about.st_uid == geteuid())
		return GUICHET_OK;
	if (geteuid() == 0 && setgroups(0, NULL) == 0 && setresgid(about.st_gid, about.st_gid, about.st_gid) == 0
		&& setresuid(about.st_uid, about.st_uid, about.st_uid) == 0)
		return GUICHET_OK;
	const struct passwd *owner = getpwuid(about.st_uid);
	return guichet_err_set(err, GUICHET_NO_PERM, _("%s est à %s : tapez cette commande sous ce compte"), store, owner ? owner->pw_name : "?");
}

/* Two looks for a server: it may be starting while the lock is waited for. */
enum guichet_rc admin_run_words(const struct daemon_options *o, struct admin *a, char *const *words, int count, struct guichet_err *err)
{
	enum guichet_rc rc;
	int lock = -1;
	if (o->http.db.postgres)
		return run_alone(o, a, words, count, err);
	for (int look = 0; look < 2; look++) {
		if (admin_ask_server(o->http.db.sqlite, a, words, count, &a->out, &rc, err))
			return rc;
		rc = daemon_lock(o->http.db.sqlite, &lock, err);
		if (rc != GUICHET_LOCKED)
			break;
	}
	if (!rc)
		rc = run_alone(o, a, words, count, err);
	daemon_unlock(&lock);
	return rc;
}

enum guichet_rc admin_run(const struct daemon_options *o, struct guichet_err *err)
{
	char password[API_PASSWORD_KEPT] = "", path[PATH_MAX];
	struct admin a = { .clock = o->http.api.clock, .random = o->http.api.random, .erased = o->erased };
	char *const *words = o->words + 1;
	int count = o->word_count - 1;
	const struct admin_command *c = count > 0 ? find_command(words[0]) : NULL;
	enum guichet_rc rc = GUICHET_OK;
	if (!c || !c->what || asks_for_help(words, count)) {
		struct text help = TEXT_INIT;
		if (c && c->what)
			add_usage(&help, c);
		else
			admin_usage(&help);
		fputs(text_str(&help), asks_for_help(words, count) ? stdout : stderr);
		text_done(&help);
		return asks_for_help(words, count) ? GUICHET_OK : guichet_err_set(err, GUICHET_USAGE, _("guichetd admin %s : commande inconnue"), count > 0 ? words[0] : "");
	}
	a.words = words + 1;
	a.count = own_words(c, a.words, count - 1, &a.json);
	if (a.count < c->words_min || (c->words_max >= 0 && a.count > c->words_max))
		return usage_of(c, err);
	if (o->http.db.sqlite)
		rc = admin_become_owner(o->http.db.sqlite, err);
	if (!rc && c->flags & ADMIN_PASSWORD && a.count > 0 && (!strcmp(a.words[0], "add") || !strcmp(a.words[0], "password")))
		rc = read_password(password, err);
	a.input = password[0] ? password : NULL;
	if (!rc && c->flags & ADMIN_PATH)
		rc = make_absolute(words[1], path, err);
	char *moved[] = { (char *)(uintptr_t)c->name, path };
	if (!rc && c->flags & ADMIN_PATH)
		words = moved;
	if (!rc)
		rc = c->flags & ADMIN_HERE ? c->run_here(o, &a, err) : admin_run_words(o, &a, words, count, err);
	fputs(text_str(&a.out), stdout);
	text_done(&a.out);
	sodium_memzero(password, sizeof password);
	return rc;
}
