// SPDX-License-Identifier: GPL-3.0-or-later
/* The manual page in roff, from the tables of commands and options: it cannot say less, or other, than the program does. In the language of messages. */
#include "cli.h"

#include <string.h>

#include "guichet/base/output.h"

/* Text as roff prints it: no word of ours may begin a request, end an escape, or lose its dashes. */
static void add_roff(struct text *out, const char *s)
{
	if (*s == '.' || *s == '\'')
		text_add(out, "\\&");
	for (; *s; s++) {
		if (*s == '\\')
			text_add(out, "\\e");
		else if (*s == '-')
			text_add(out, "\\-");
		else
			text_addf(out, "%c", *s);
	}
}

static void line(struct cli *cli, const char *request, const char *s)
{
	struct text t = TEXT_INIT;
	add_roff(&t, s);
	fprintf(cli->out, "%s%s\n", request, text_str(&t));
	text_done(&t);
}

static void section(struct cli *cli, const char *title)
{
	line(cli, ".SH ", title);
}

static void entry(struct cli *cli, const char *term, const char *what)
{
	fputs(".TP\n", cli->out);
	line(cli, "\\fB", term);
	line(cli, "\\fR", what);
}

static void option(struct cli *cli, enum option_id o)
{
	const struct option_info *info = &option_table[o];
	struct text term = TEXT_INIT;
	option_term(&term, info);
	entry(cli, text_str(&term), _(info->help));
	text_done(&term);
}

static void command(struct cli *cli, const struct command *c)
{
	struct text term = TEXT_INIT;
	text_addf(&term, "%s%s%s", c->name, *c->arguments ? " " : "", command_arguments(c));
	if (strcmp(c->name, c->french))
		text_addf(&term, " (%s)", c->french);
	line(cli, ".SS ", text_str(&term));
	line(cli, "", _(c->summary));
	for (size_t i = 0; c->options[i] != NO_OPTION; i++)
		option(cli, c->options[i]);
	text_done(&term);
}

/* --- the screens' keys, as they ship --- */

static void key_entry(void *context, const struct keys_row *r)
{
	struct text term = TEXT_INIT;
	text_addf(&term, "%s%s%s", r->keys, *r->command ? "  :" : "", r->command);
	entry(context, text_str(&term), r->help);
	text_done(&term);
}

static void keys(struct cli *cli)
{
	struct keymap shipped;
	keymap_init(&shipped);
	section(cli, _("TOUCHES DES ÉCRANS"));
	line(cli, "", _("Une lettre a un seul sens, partout où elle en a un. Dans un texte, les lettres s'écrivent : Ctrl-C puis la lettre agit. "
		"Ce qui suit « : » est le nom de la commande, que « : » prend, avec ce qui peut la suivre ; Tab complète."));
	for (int view = KEYS_EVERYWHERE; view < VIEW_KIND_COUNT; view++) {
		line(cli, ".SS ", view == KEYS_EVERYWHERE ? _("Sur tous les écrans") : view_kind_label((enum view_kind)view));
		keys_visit(&shipped, view, key_entry, cli);
	}
}

struct row { const char *term, *what; };

static void rows(struct cli *cli, const char *title, const struct row *table, size_t count)
{
	section(cli, title);
	for (size_t i = 0; i < count; i++)
		entry(cli, table[i].term, _(table[i].what));
}

static const struct row exits[] = {
	{ "0", N_("fait") },
	{ "1", N_("référence bien formée mais inconnue, ou rien trouvé") },
	{ "2", N_("refusé par une règle du métier, que le message nomme") },
	{ "64", N_("ligne de commande fausse") },
	{ "65", N_("valeur fausse, clé de référence fausse, ou fichier qui n'est pas un dépôt") },
	{ "66", N_("fichier absent") },
	{ "69", N_("serveur injoignable") },
	{ "70", N_("erreur interne") },
	{ "73", N_("création impossible") },
	{ "74", N_("erreur d'entrée-sortie, disque plein") },
	{ "75", N_("dépôt occupé pendant 5 secondes : réessayer plus tard") },
	{ "77", N_("rôle insuffisant, ou lecture seule") },
	{ "78", N_("configuration ou catalogue faux") },
};
static const struct row files[] = {
	{ "/etc/guichet/guichet.ini", N_("configuration du poste") },
	{ "$XDG_CONFIG_HOME/guichet/guichet.ini", N_("configuration de l'utilisateur (~/.config par défaut)") },
	{ "$XDG_DATA_HOME/guichet/desk.db", N_("dépôt (~/.local/share par défaut)") },
	{ "$XDG_STATE_HOME/guichet/", N_("rejets des imports (~/.local/state par défaut)") },
};
static const struct row settings[] = {
	{ "[guichet] store", N_("chemin du dépôt") },
	{ "[guichet] rejects", N_("dossier des rejets d'import") },
	{ "[screen] color", N_("no : aucune couleur, comme NO_COLOR") },
	{ "[screen] escape_ms", N_("attente après Échap, de 1 à 1000 ms (25) ; ESCDELAY l'emporte") },
	{ "[call] order", N_("les champs d'un appel qui viennent les premiers : subject phone name") },
	{ "[keys] COMMANDE", N_("les touches d'une commande des écrans, séparées par des espaces : take = p F6. Ce qui est refusé est dit avec le fichier et la ligne, "
		"et les touches d'origine restent") },
	{ "[account:NOM] name", N_("nom affiché d'un compte") },
	{ "[account:NOM] roles", N_("agent, service, supervisor, admin, dpo, kiosk, mailer") },
	{ "[account:NOM] services", N_("services d'un agent de service ; * : tous") },
	{ "[mail] imap, smtp", N_("la boîte et le relais, sur la seule machine qui tient le courrier : imaps://UTILISATEUR@HÔTE/DOSSIER, smtps://UTILISATEUR@HÔTE") },
	{ "[mail] password_file", N_("fichier du mot de passe, lisible de son seul propriétaire ; imap_password_file et smtp_password_file s'ils diffèrent") },
	{ "[mail] done_folder, from, ca, per_day", N_("dossier où va ce qui est lu ; expéditeur ; autorités (PEM) ; accusés par adresse et par jour") },
	{ "[account:NOM] may_act", N_("comptes que celui-ci peut tenir avec --as ; * : tous") },
};
static const struct row variables[] = {
	{ "ACCESSIBLE", N_("non vide : mode ligne et progression sans effets, pour lecteurs d'écran") },
	{ "ESCDELAY", N_("attente après Échap, en millisecondes") },
	{ "GUICHET_DATADIR", N_("dossier du catalogue, des plans et des listes livrés") },
	{ "GUICHET_LOCALEDIR", N_("dossier des traductions") },
	{ "GUICHET_NOW", N_("heure présente, pour un dépôt d'exercice seulement") },
	{ "LANGUAGE, LC_ALL, LC_MESSAGES, LANG", N_("langue des messages : français, ou anglais si elles le demandent") },
	{ "LC_ALL, LC_CTYPE, LANG", N_("caractères du terminal : s'ils ne sont pas en UTF-8, tout s'affiche en ASCII (--json et les exports restent en UTF-8)") },
	{ "NO_COLOR", N_("non vide : aucune couleur") },
	{ "XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME", N_("dossiers de l'utilisateur, voir FICHIERS") },
};

void manual_print(struct cli *cli)
{
	bool as_is = output_as_is(true);
	fputs(".\\\" SPDX-License-Identifier: GPL-3.0-or-later\n", cli->out);
	fprintf(cli->out, ".TH GUICHET 1 \"\" \"guichet %s\"\n.nh\n.ad l\n", GUICHET_VERSION);
	section(cli, _("NOM"));
	line(cli, "guichet \\- ", _("les demandes des usagers, de l'appel à la réponse"));
	section(cli, _("SYNOPSIS"));
	line(cli, "\\fBguichet\\fR ", _("[OPTIONS] [COMMANDE [ARGUMENT...]]"));
	section(cli, _("DESCRIPTION"));
	line(cli, "", _("Enregistre les demandes qui arrivent par téléphone, courriel ou courrier, les transmet au service compétent, "
		"suit leurs échéances en temps ouvré et la réponse donnée à l'usager. Sans commande, ouvre les écrans. "
		"Le dépôt est local : tout marche sans réseau."));
	fputs(".PP\n", cli->out);
	line(cli, "", _("Commandes et options ont un nom anglais et un nom français équivalents. Une date sans décalage est à l'heure de Paris."));
	section(cli, _("OPTIONS DE TOUTES LES COMMANDES"));
	for (int o = 0; o <= OPT_VERSION; o++)
		option(cli, (enum option_id)o);
	section(cli, _("COMMANDES"));
	for (size_t i = 0; i < command_count; i++)
		command(cli, &command_table[i]);
	keys(cli);
	rows(cli, _("ÉTAT DE SORTIE"), exits, sizeof exits / sizeof *exits);
	fputs(".PP\n", cli->out);
	line(cli, "", _("doctor sort avec 0 quand le poste peut travailler, même s'il y a des points d'attention, et avec 74 s'il y a une erreur à corriger avant."));
	rows(cli, _("CONFIGURATION"), settings, sizeof settings / sizeof *settings);
	rows(cli, _("FICHIERS"), files, sizeof files / sizeof *files);
	rows(cli, _("ENVIRONNEMENT"), variables, sizeof variables / sizeof *variables);
	section(cli, _("VOIR AUSSI"));
	line(cli, "", "sqlite3(1), locale(7), systemd-timesyncd(8), cryptsetup(8)");
	output_as_is(as_is);
}
