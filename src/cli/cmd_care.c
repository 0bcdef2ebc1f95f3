// SPDX-License-Identifier: GPL-3.0-or-later
/* Care of a store: saving it, putting a copy back, comparing its tables with its journal. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "guichet/store/replica.h"
#include "making.h"
#include "progress.h"

/* Writes that no store sees, so that the command table cannot refuse them: a kiosk must not make files either. */
static enum guichet_rc refuse_read_only(const struct cli *cli, const char *command, struct guichet_err *err)
{
	return cli->read_only ? guichet_err_set(err, GUICHET_NO_PERM, _("lecture seule (--read-only) : « %s » écrit un fichier"), command) : GUICHET_OK;
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
	struct making m = { 0 };
	if (cli->config.path)
		return GUICHET_OK;
	enum guichet_rc rc = making_plan(cli, &m, err);
	if (rc == GUICHET_OK)
		rc = config_write_default(m.config, m.store, store_is_exercise(cli->store), err);
	if (rc == GUICHET_OK && !cli->json)
		print_line(cli, _("Configuration créée : %s"), m.config);
	making_done(&m);
	return rc;
}

enum guichet_rc cmd_restore(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	const char *path = cli_store_path(cli);
	bool replaces = making_is_there(path);
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
