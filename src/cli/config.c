// SPDX-License-Identifier: GPL-3.0-or-later
/* The configuration: where the store is, and which account and roles a system user has. INI: /etc/guichet/guichet.ini, then the user's, then --config
 * instead of both. An unknown section or key is an error with its file and line.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef GUICHET_DATADIR
#define GUICHET_DATADIR "/usr/local/share/guichet"
#endif

enum { CONFIG_MAX = 256 * 1024 };

static const char *system_user(void)
{
	const struct passwd *p = getpwuid(geteuid());
	return p ? p->pw_name : "inconnu";
}

static char *home_file(const char *variable, const char *fallback, const char *name)
{
	struct text t = TEXT_INIT;
	const char *dir = getenv(variable);
	if (dir && *dir == '/') {
		text_addf(&t, "%s/guichet/%s", dir, name);
	} else {
		const char *home = getenv("HOME");
		const struct passwd *p = home && *home ? NULL : getpwuid(geteuid());
		text_addf(&t, "%s/%s/guichet/%s", p ? p->pw_dir : home && *home ? home : "/", fallback, name);
	}
	return text_take(&t);
}

char *config_default_path(void)
{
	return home_file("XDG_CONFIG_HOME", ".config", "guichet.ini");
}

char *config_default_store(void)
{
	return home_file("XDG_DATA_HOME", ".local/share", "desk.db");
}

char *data_path(const char *relative)
{
	struct text t = TEXT_INIT;
	const char *dir = getenv("GUICHET_DATADIR");
	if (dir && *dir) {
		text_addf(&t, "%s/%s", dir, relative);
		return text_take(&t);
	}
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n > 0) {
		self[n] = '\0';
		char *slash = strrchr(self, '/');
		if (slash) {
			*slash = '\0';
			text_addf(&t, "%s/../data/%s", self, relative);
			if (!access(text_str(&t), R_OK))
				return text_take(&t);
			text_clear(&t);
		}
	}
	text_addf(&t, "%s/%s", GUICHET_DATADIR, relative);
	return text_take(&t);
}

/* "a, b c" -> NULL-terminated list. */
static char **split_list(const char *value)
{
	char **list = NULL;
	size_t count = 0, capacity = 0;
	for (const char *p = value; *p;) {
		p += strspn(p, " ,\t");
		size_t n = strcspn(p, " ,\t");
		if (!n)
			break;
		GUICHET_GROW(list, count, capacity);
		list[count++] = guichet_strndup(p, n);
		p += n;
	}
	GUICHET_GROW(list, count, capacity);
	list[count] = NULL;
	return list;
}

static void free_list(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

static void set_text(char **place, const char *value)
{
	free(*place);
	*place = *value ? guichet_strdup(value) : NULL;
}

static struct account *account_of(struct config *c, const char *login)
{
	for (size_t i = 0; i < c->account_count; i++)
		if (!strcmp(c->accounts[i].login, login))
			return &c->accounts[i];
	c->accounts = guichet_realloc(c->accounts, c->account_count + 1, sizeof *c->accounts);
	struct account *a = &c->accounts[c->account_count++];
	memset(a, 0, sizeof *a);
	a->login = guichet_strdup(login);
	return a;
}

static unsigned read_roles(const char *file, const struct ini_entry *e, struct problems *problems)
{
	unsigned roles = 0;
	char **list = split_list(e->value);
	for (size_t i = 0; list[i]; i++) {
		enum role role;
		if (role_parse(list[i], &role))
			roles |= role;
		else
			problems_add(problems, file, e->line, _("rôle « %s » inconnu : attendu agent, service, supervisor, admin, dpo, kiosk ou mailer"), list[i]);
	}
	free_list(list);
	return roles;
}

static void read_entry(const char *file, const struct ini_entry *e, struct config *c, struct problems *problems)
{
	if (!strcmp(e->section, "guichet")) {
		if (!strcmp(e->key, "store"))
			set_text(&c->store, e->value);
		else if (!strcmp(e->key, "rejects"))
			set_text(&c->rejects_dir, e->value);
		else
			problems_add(problems, file, e->line, _("clé « %s » inconnue dans [guichet] : attendu store ou rejects"), e->key);
		return;
	}
	if (!strcmp(e->section, "server")) {
		if (!strcmp(e->key, "ca"))
			set_text(&c->server_ca, e->value);
		else
			problems_add(problems, file, e->line, _("clé « %s » inconnue dans [server] : attendu ca"), e->key);
		return;
	}
	if (config_screen_read(file, e, &c->screen, problems) || config_mail_read(file, e, &c->mail, problems))
		return;
	if (strncmp(e->section, "account:", 8) || !e->section[8]) {
		problems_add(problems, file, e->line, _("section [%s] inconnue : attendu [guichet], [server], [mail], [screen], [call], [keys] ou [account:NOM]"), e->section);
		return;
	}
	struct account *a = account_of(c, e->section + 8);
	if (!strcmp(e->key, "name")) {
		set_text(&a->name, e->value);
	} else if (!strcmp(e->key, "roles")) {
		a->roles = read_roles(file, e, problems);
	} else if (!strcmp(e->key, "services")) {
		free_list(a->services);
		a->services = split_list(e->value);
	} else if (!strcmp(e->key, "may_act")) {
		free_list(a->may_act);
		a->may_act = split_list(e->value);
	} else {
		problems_add(problems, file, e->line, _("clé « %s » inconnue dans [%s] : attendu name, roles, services ou may_act"), e->key,
			e->section);
	}
}

static enum guichet_rc read_file(const char *path, bool required, struct config *c, struct guichet_err *err)
{
	char *data = NULL;
	size_t bytes = 0;
	struct ini ini = { 0 };
	struct problems problems = { 0 };
	if (!required && access(path, F_OK))
		return GUICHET_OK;
	enum guichet_rc rc = file_read(path, CONFIG_MAX, &data, &bytes, err);
	if (rc)
		return rc;
	ini_parse(path, data, bytes, &ini, &problems);
	for (size_t i = 0; i < ini.count; i++)
		read_entry(path, &ini.entries[i], c, &problems);
	if (problems.count) {
		rc = guichet_err_set(err, GUICHET_CONFIG, "%s:%d: %s", problems.items[0].file, problems.items[0].line, problems.items[0].message);
		if (problems.count > 1)
			rc = guichet_err_set(err, GUICHET_CONFIG, _("%s:%d: %s (et %zu autres erreurs)"), problems.items[0].file,
				problems.items[0].line, problems.items[0].message, problems.count - 1);
	}
	set_text(&c->path, path);
	problems_done(&problems);
	ini_done(&ini);
	free(data);
	return rc;
}

enum guichet_rc config_load(const char *given, struct config *out, struct guichet_err *err)
{
	memset(out, 0, sizeof *out);
	if (given)
		return read_file(given, true, out, err);
	enum guichet_rc rc = read_file("/etc/guichet/guichet.ini", false, out, err);
	if (rc == GUICHET_OK) {
		char *mine = config_default_path();
		rc = read_file(mine, false, out, err);
		free(mine);
	}
	return rc;
}

void config_done(struct config *c)
{
	for (size_t i = 0; i < c->account_count; i++) {
		free(c->accounts[i].login);
		free(c->accounts[i].name);
		free_list(c->accounts[i].services);
		free_list(c->accounts[i].may_act);
	}
	free(c->accounts);
	free(c->store);
	free(c->path);
	free(c->rejects_dir);
	free(c->server_ca);
	config_screen_done(&c->screen);
	config_mail_done(&c->mail);
	memset(c, 0, sizeof *c);
}

static const struct account *find_account(const struct config *c, const char *login)
{
	for (size_t i = 0; i < c->account_count; i++)
		/* Names of sections are folded to lower case; a directory's logins may have capitals. */
		if (!strcasecmp(c->accounts[i].login, login))
			return &c->accounts[i];
	return NULL;
}

static bool may_act_for(const struct account *a, const char *login)
{
	for (size_t i = 0; a && a->may_act && a->may_act[i]; i++)
		if (!strcmp(a->may_act[i], login) || !strcmp(a->may_act[i], "*"))
			return true;
	return false;
}

enum guichet_rc config_actor(const struct config *c, const char *as, struct actor *out, struct guichet_err *err)
{
	const char *login = system_user();
	const struct account *a = find_account(c, login);
	memset(out, 0, sizeof *out);
	if (as && strcmp(as, login)) {
		if (!may_act_for(a, as))
			return guichet_err_set(err, GUICHET_NO_PERM, _("%s ne peut pas agir au nom de %s (may_act de [account:%s])"), login, as, login);
		a = find_account(c, as);
		if (!a)
			return guichet_err_set(err, GUICHET_NO_PERM, _("aucun compte [account:%s] dans la configuration"), as);
		login = a->login;
	}
	out->login = login;
	out->name = a && a->name ? a->name : login;
	out->roles = a ? a->roles : 0;
	out->services = a ? (const char *const *)a->services : NULL;
	return GUICHET_OK;
}

/* --- a first configuration --- */

enum guichet_rc config_make_folders(const char *path, struct guichet_err *err)
{
	char *copy = guichet_strdup(path);
	enum guichet_rc rc = GUICHET_OK;
	for (char *p = copy + 1; (p = strchr(p, '/')) && rc == GUICHET_OK; p++) {
		*p = '\0';
		if (mkdir(copy, 0700) && errno != EEXIST)
			rc = guichet_err_set(err, GUICHET_CANT_CREATE, _("impossible de créer le dossier %s : %s"), copy, strerror(errno));
		*p = '/';
	}
	free(copy);
	return rc;
}

static const char demo_accounts[] =
	"\n; Comptes d'exercice : essayez un rôle avec --as.\n"
	"[account:s.martin]\nname = \"Sophie Martin\"\nroles = agent\n"
	"[account:a.benali]\nname = \"Amine Benali\"\nroles = agent\n"
	"[account:voirie]\nname = \"Paul Roche\"\nroles = service\nservices = voirie\n"
	"[account:nettoyage]\nname = \"Lina Costa\"\nroles = service\nservices = nettoyage\n"
	"[account:dechets]\nname = \"Yves Morel\"\nroles = service\nservices = dechets\n"
	"[account:transport]\nname = \"Inès Fabre\"\nroles = service\nservices = transport\n"
	"[account:eau]\nname = \"Hugo Perrin\"\nroles = service\nservices = eau-assainissement\n"
	"[account:c.lefevre]\nname = \"Claire Lefèvre\"\nroles = supervisor\n"
	"[account:dpo]\nname = \"Nadia Girard\"\nroles = dpo\n"
	"[account:ecran]\nname = \"Écran mural\"\nroles = kiosk\n";

enum guichet_rc config_write_default(const char *path, const char *store, bool demo, struct guichet_err *err)
{
	struct text t = TEXT_INIT;
	enum guichet_rc rc = config_make_folders(path, err);
	if (rc)
		return rc;
	text_addf(&t, "; Configuration de guichet. Une clé ou une section inconnue est une erreur.\n[guichet]\nstore = \"%s\"\n\n", store);
	text_addf(&t, "; Qui vous êtes pour guichet. Rôles : agent, service, supervisor, admin, dpo, kiosk.\n[account:%s]\nname = \"%s\"\n"
		"roles = \"agent, service, supervisor, admin\"\nservices = \"*\"\n%s", system_user(), system_user(),
		demo ? "may_act = \"*\"\n" : "");
	if (demo)
		text_add(&t, demo_accounts);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		rc = errno == EEXIST ? GUICHET_OK : guichet_err_set(err, GUICHET_CANT_CREATE, _("impossible de créer %s : %s"), path, strerror(errno));
	} else {
		if (write(fd, t.data, t.len) != (ssize_t)t.len || fsync(fd))
			rc = guichet_err_set(err, GUICHET_IO, _("impossible d'écrire %s : %s"), path, strerror(errno));
		close(fd);
	}
	text_done(&t);
	return rc;
}
