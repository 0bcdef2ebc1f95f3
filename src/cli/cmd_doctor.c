// SPDX-License-Identifier: GPL-3.0-or-later
/* doctor: is this desk fit for work? One line a check: [ok], [attention] (works, but) or [erreur] (does not work, or is not safe). No personal data:
 * what it prints may be sent to whoever helps. Exit status: 0 when nothing is an error, 74 when something is.
 */
#include "cli.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <readline/readline.h>

#include "guichet/base/utf8.h"
#include "guichet/store/health.h"
#include "machine.h"

#ifndef GUICHET_VERSION
#define GUICHET_VERSION "0.1.0"
#endif

enum { STATE_COLUMNS = 12, LABEL_COLUMNS = 22, COLUMNS_MIN = 60, LINES_MIN = 18 };
#define MIB ((int64_t)1024 * 1024)
#define SPACE_WARN (1024 * MIB)
#define SPACE_ERROR (16 * MIB)
#define LOOK_MAX (256 * MIB)                  /* a second or so */
#define FIRST_SANE_MS INT64_C(1767225600000)  /* 2026-01-01: no guichet is older */
#define AHEAD_MS INT64_C(300000)              /* what two clocks may differ by */

enum state { FINE, WARNING, FAULT };
struct doctor { struct cli *cli; size_t warnings, faults; const char *store; bool store_there; };

static void report(struct doctor *d, enum state state, const char *label, const char *format, ...) __attribute__((format(printf, 4, 5)));
static void report(struct doctor *d, enum state state, const char *label, const char *format, ...)
{
	static const char *const shown[] = { N_("[ok]"), N_("[attention]"), N_("[erreur]") };
	static const char *const codes[] = { "ok", "warning", "error" };
	struct text detail = TEXT_INIT, line = TEXT_INIT;
	va_list args;
	d->warnings += state == WARNING;
	d->faults += state == FAULT;
	va_start(args, format);
	text_addv(&detail, format, args);
	va_end(args);
	if (d->cli->json) {
		print_json(d->cli, json_pack("{s:s, s:s, s:s}", "check", label, "state", codes[state], "detail", text_str(&detail)));
	} else {
		utf8_fit(&line, _(shown[state]), STATE_COLUMNS, true);
		utf8_fit(&line, label, LABEL_COLUMNS, true);
		utf8_show(&line, text_str(&detail), false);
		print_line(d->cli, "%s", text_str(&line));
	}
	text_done(&detail);
	text_done(&line);
}

/* A path without the user's name in it. */
static char *anonymous_path(const char *path)
{
	const char *home = getenv("HOME");
	size_t n = home ? strlen(home) : 0;
	struct text t = TEXT_INIT;
	if (n > 1 && !strncmp(path, home, n) && path[n] == '/')
		text_addf(&t, "~%s", path + n);
	else
		text_add(&t, path);
	return text_take(&t);
}

static const char *environment(const char *name)
{
	const char *value = getenv(name);
	return value ? value : "";
}

/* --- around guichet --- */

static void check_versions(struct doctor *d)
{
	report(d, FINE, _("Versions"), "guichet %s, SQLite %s, readline %s, libsodium %s, jansson %s", GUICHET_VERSION, store_engine_version(),
		rl_library_version, sodium_version_string(), jansson_version_str());
}

static void check_locale(struct doctor *d)
{
	static const char *const variables[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *name = "";
	for (size_t i = 0; i < sizeof variables / sizeof *variables && !*name; i++)
		name = environment(variables[i]);
	locale_t l = newlocale(LC_CTYPE_MASK, *name ? name : "C", (locale_t)0);
	if (!l)
		report(d, WARNING, _("Langue et caractères"), _("locale %s non installée : dpkg-reconfigure locales, ou LANG=C.UTF-8"), name);
	else if (strcmp(nl_langinfo_l(CODESET, l), "UTF-8"))
		report(d, WARNING, _("Langue et caractères"), _("locale %s sans UTF-8 : les accents seront mal montrés (LANG=fr_FR.UTF-8)"), *name ? name : "C");
	else
		report(d, FINE, _("Langue et caractères"), "%s", name);
	if (l)
		freelocale(l);
}

static void check_terminal(struct doctor *d)
{
	const char *term = environment("TERM");
	struct winsize w = { 0 };
	if (!isatty(STDOUT_FILENO)) {
		report(d, FINE, _("Terminal"), "%s", _("sortie redirigée : non vérifié"));
		return;
	}
	ioctl(STDOUT_FILENO, TIOCGWINSZ, &w);
	if (!*term || !machine_knows_terminal(term))
		report(d, WARNING, _("Terminal"), _("TERM « %s » inconnu de terminfo : essayez TERM=xterm-256color"), term);
	else if (w.ws_col && w.ws_row && (w.ws_col < COLUMNS_MIN || w.ws_row < LINES_MIN))
		report(d, WARNING, _("Terminal"), _("%s, %u x %u : trop petit, agrandissez à %d x %d au moins"), term, w.ws_col, w.ws_row, COLUMNS_MIN, LINES_MIN);
	else if (w.ws_col && w.ws_row)
		report(d, FINE, _("Terminal"), "%s, %u x %u", term, w.ws_col, w.ws_row);
	else
		report(d, WARNING, _("Terminal"), _("%s, de taille inconnue (stty cols 80 rows 24)"), term);
}

static void check_data(struct doctor *d)
{
	char *catalogue = data_path("catalogue"), *shown = anonymous_path(catalogue);
	bool there = !access(catalogue, R_OK | X_OK), words = cli_privacy(d->cli) != NULL;
	if (there && words)
		report(d, FINE, _("Fichiers livrés"), "%s", shown);
	else
		report(d, WARNING, _("Fichiers livrés"), there ? _("liste de mots à surveiller illisible (privacy/mots.txt), à côté de %s")
							       : _("catalogue livré introuvable : %s (GUICHET_DATADIR)"), shown);
	free(catalogue);
	free(shown);
}

static void check_config(struct doctor *d)
{
	static const enum role roles[] = { ROLE_AGENT, ROLE_SERVICE, ROLE_SUPERVISOR, ROLE_ADMIN, ROLE_DPO, ROLE_KIOSK, ROLE_MAILER };
	const char *path = d->cli->config.path;
	struct stat st;
	struct text held = TEXT_INIT;
	char *shown = path ? anonymous_path(path) : NULL;
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		if (d->cli->actor.roles & roles[i])
			text_addf(&held, "%s%s", held.len ? ", " : "", role_label(roles[i]));
	if (!path)
		report(d, WARNING, _("Configuration"), "%s", _("aucune : « guichet init » en crée une"));
	else if (!stat(path, &st) && (st.st_mode & 022))
		report(d, FAULT, _("Configuration"), _("%s est modifiable par d'autres : chmod go-w"), shown);
	else if (!held.len)
		report(d, WARNING, _("Configuration"), _("%s ne donne aucun rôle à votre compte"), shown);
	else
		report(d, FINE, _("Configuration"), _("%s, rôles : %s"), shown, text_str(&held));
	text_done(&held);
	free(shown);
}

/* Keys of the configuration that the screens do not take. */
static void check_keys(struct doctor *d)
{
	struct keymap map;
	struct problems refused = { 0 };
	config_keymap(&d->cli->config.screen, &map, &refused);
	for (size_t i = 0; i < refused.count; i++)
		report(d, WARNING, _("Touches"), _("ligne %d : %s"), refused.items[i].line, refused.items[i].message);
	problems_done(&refused);
}

static void check_cores(struct doctor *d)
{
	struct rlimit limit = { 1, 1 };
	getrlimit(RLIMIT_CORE, &limit);
	if (limit.rlim_cur == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0)
		report(d, FINE, _("Images mémoire"), "%s", _("interdites (core dumps)"));
	else
		report(d, FAULT, _("Images mémoire"), "%s", _("permises : une panne écrirait des données personnelles sur le disque (ulimit -c 0)"));
}

static void check_clock(struct doctor *d)
{
	struct timex t = { .modes = 0 };
	struct guichet_clock clock = clock_system();
	int64_t now = clock.now_ms(clock.context);
	struct text shown = TEXT_INIT;
	instant_show(&shown, now);
	if (now < FIRST_SANE_MS)
		report(d, FAULT, _("Horloge"), _("%s : cette date est passée depuis longtemps, réglez l'heure"), text_str(&shown));
	else if (adjtimex(&t) == TIME_ERROR || (t.status & STA_UNSYNC))
		report(d, WARNING, _("Horloge"), _("%s, mais rien ne la règle (systemd-timesyncd, chrony)"), text_str(&shown));
	else
		report(d, FINE, _("Horloge"), _("%s, réglée par le réseau"), text_str(&shown));
	text_done(&shown);
}

/* --- under the store --- */

/* The folder of a store that does not exist yet, or the nearest one above it. */
static char *nearest(const char *path)
{
	char *p = guichet_strdup(path);
	while (access(p, F_OK)) {
		char *slash = strrchr(p, '/');
		if (!slash || slash == p) {
			free(p);
			return guichet_strdup(slash ? "/" : ".");
		}
		*slash = '\0';
	}
	return p;
}

static void check_file_system(struct doctor *d, const char *place)
{
	bool lasts;
	const char *name = machine_doubtful_file_system(place, &lasts);
	if (!name)
		report(d, FINE, _("Système de fichiers"), "%s", _("local"));
	else if (lasts)
		report(d, WARNING, _("Système de fichiers"), _("%s : un dépôt veut un disque local (verrous et écritures n'y sont pas sûrs)"), name);
	else
		report(d, WARNING, _("Système de fichiers"), _("%s, en mémoire : tout disparaît au redémarrage"), name);
}

static void check_encryption(struct doctor *d, const char *place)
{
	enum certainty disk = machine_is_encrypted(place);
	if (disk == CERTAIN_YES)
		report(d, FINE, _("Chiffrement du disque"), "dm-crypt");
	else
		report(d, WARNING, _("Chiffrement du disque"), "%s", disk == CERTAIN_NO ? _("aucun : chiffrez le disque (LUKS), le dépôt tient des données personnelles")
										    : _("inconnu : le noyau ne montre pas ce disque ici"));
	bool any;
	enum certainty swap = machine_swap_is_encrypted(&any);
	if (!any && swap != UNCERTAIN)
		report(d, FINE, _("Mémoire d'échange"), "%s", _("aucune"));
	else if (swap == CERTAIN_YES)
		report(d, FINE, _("Mémoire d'échange"), "%s", _("chiffrée, ou en mémoire"));
	else
		report(d, WARNING, _("Mémoire d'échange"), "%s", swap == CERTAIN_NO ? _("en clair sur le disque : chiffrez-la, ou swapoff") : _("inconnue"));
}

static void check_space(struct doctor *d, const char *place)
{
	struct statvfs fs;
	if (statvfs(place, &fs)) {
		report(d, WARNING, _("Place libre"), _("inconnue : %s"), strerror(errno));
		return;
	}
	int64_t free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	enum state state = free_bytes < SPACE_ERROR ? FAULT : free_bytes < SPACE_WARN ? WARNING : FINE;
	if (free_bytes < SPACE_WARN)
		report(d, state, _("Place libre"), _("%lld Mio : faites de la place, il en faut 1 Gio"), (long long)(free_bytes / MIB));
	else
		report(d, state, _("Place libre"), _("%lld Gio"), (long long)(free_bytes / SPACE_WARN));
}

static void check_modes(struct doctor *d)
{
	struct stat st;
	char *folder = guichet_strdup(d->store), *slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	const char *above = slash ? folder : ".";
	if (stat(d->store, &st))
		report(d, WARNING, _("Droits du dépôt"), "%s", strerror(errno));
	else if (st.st_mode & 077)
		report(d, WARNING, _("Droits du dépôt"), _("%04o : d'autres que vous y accèdent, attendu 0600 (chmod 600)"), st.st_mode & 07777);
	else if (st.st_uid != geteuid())
		report(d, WARNING, _("Droits du dépôt"), "%s", _("le fichier est à un autre utilisateur"));
	else if (!stat(above, &st) && (st.st_mode & 022) && !(st.st_mode & S_ISVTX))
		report(d, WARNING, _("Droits du dépôt"), "%s", _("0600, mais d'autres peuvent le remplacer : chmod go-w sur son dossier"));
	else
		report(d, FINE, _("Droits du dépôt"), "0600");
	free(folder);
}

/* --- the store --- */

static void check_health(struct doctor *d)
{
	struct store_health h;
	struct guichet_err err = { 0 };
	if (store_look(d->cli->store, LOOK_MAX, &h, &err)) {
		report(d, FAULT, _("Intégrité"), "%s", err.message);
		return;
	}
	report(d, FINE, _("Schéma"), _("%d (celui de ce guichet : %d), %lld Mio%s"), h.schema, STORE_SCHEMA, (long long)((h.bytes + MIB - 1) / MIB),
		store_is_exercise(d->cli->store) ? _(", EXERCICE") : "");
	if (*h.problem)
		report(d, FAULT, _("Intégrité"), _("dépôt abîmé (%s) : restaurez une sauvegarde"), h.problem);
	else
		report(d, FINE, _("Intégrité"), "%s", h.looked ? _("pages saines ; « guichet verify » compare aussi les tables au journal")
							     : _("dépôt trop gros pour un coup d'œil : « guichet verify »"));
	if (h.newest_ms != NO_INSTANT && h.newest_ms > store_now(d->cli->store) + AHEAD_MS) {
		struct text shown = TEXT_INIT;
		instant_show(&shown, h.newest_ms);
		report(d, WARNING, _("Horloge et journal"), _("la dernière opération est du %s : l'horloge retarde, ou avançait alors"), text_str(&shown));
		text_done(&shown);
	}
}

static void check_store(struct doctor *d)
{
	struct guichet_err err = { 0 };
	char *shown = anonymous_path(d->store);
	if (!d->store_there) {
		report(d, d->cli->globals.values[OPT_STORE] ? FAULT : WARNING, _("Dépôt"), _("aucun à %s : « guichet init » en crée un"), shown);
	} else if (cli_open_store(d->cli, &err)) {
		/* The message names the path as it was given; who reads it here need not know whose home that is. */
		char *at = strstr(err.message, d->store);
		size_t n = strlen(d->store);
		report(d, FAULT, _("Dépôt"), "%.*s%s%s", at ? (int)(at - err.message) : 0, err.message, at ? shown : "", at ? at + n : err.message);
	} else {
		report(d, FINE, _("Dépôt"), "%s", shown);
		check_health(d);
	}
	free(shown);
}

enum guichet_rc cmd_doctor(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct doctor d = { .cli = cli, .store = cli_store_path(cli) };
	(void)a;
	d.store_there = !access(d.store, F_OK);
	char *place = nearest(d.store);
	check_versions(&d);
	check_locale(&d);
	check_terminal(&d);
	check_data(&d);
	check_config(&d);
	check_keys(&d);
	check_cores(&d);
	check_clock(&d);
	check_file_system(&d, place);
	check_encryption(&d, place);
	check_space(&d, place);
	if (d.store_there)
		check_modes(&d);
	check_store(&d);
	free(place);
	if (d.faults)
		return guichet_err_set(err, GUICHET_IO, d.faults == 1 ? _("%zu erreur, à corriger avant de travailler")
								  : _("%zu erreurs, à corriger avant de travailler"), d.faults);
	if (!cli->json && d.warnings)
		print_line(cli, d.warnings == 1 ? _("%zu point d'attention, aucune erreur") : _("%zu points d'attention, aucune erreur"), d.warnings);
	else if (!cli->json)
		print_line(cli, "%s", _("Tout va bien."));
	return GUICHET_OK;
}
