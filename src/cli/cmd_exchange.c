// SPDX-License-Identifier: GPL-3.0-or-later
/* Bulk in and out: import, export. */
#include "cli.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guichet/base/ini.h"
#include "guichet/base/output.h"
#include "guichet/exchange/export.h"
#include "guichet/exchange/import.h"
#include "progress.h"

enum { MAP_BYTES_MAX = 256 * 1024, REJECTS_SHOWN = 5 };

/* --- import --- */

/* A path, or the name of a map that ships. The caller frees it. */
static char *map_path(const char *given)
{
	struct text relative = TEXT_INIT;
	if (strchr(given, '/') || access(given, F_OK) == 0)
		return guichet_strdup(given);
	text_addf(&relative, "maps/%s.ini", given);
	char *path = data_path(text_str(&relative));
	text_done(&relative);
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return guichet_strdup(given);
}

static enum guichet_rc load_map(const char *given, struct import_map **map, struct guichet_err *err)
{
	char *path = map_path(given), *data = NULL;
	size_t bytes = 0;
	struct problems problems = {0};
	enum guichet_rc rc = file_read(path, MAP_BYTES_MAX, &data, &bytes, err);
	if (rc == GUICHET_NO_INPUT)
		guichet_err_set(
			err, rc, _("plan « %s » introuvable : attendu un fichier, ou paris-dmr, montreal, nyc, guichet"), given);
	if (rc == GUICHET_OK)
		rc = import_map_parse(path, data, bytes, map, &problems);
	for (size_t i = 0; i < problems.count; i++) {
		const struct problem *p = &problems.items[i];
		char at[16] = "";
		if (p->line)
			snprintf(at, sizeof at, ":%d", p->line);
		/* The last one is the error that the command ends with. */
		guichet_err_set(err, rc, "%s%s: %s", p->file, at, p->message);
		if (i + 1 < problems.count)
			fprintf(stderr, "guichet: %s\n", err->message);
	}
	problems_done(&problems);
	free(data);
	free(path);
	return rc;
}

/* $XDG_STATE_HOME/guichet/rejets: rows hold personal data, their owner's home is where they may lie. */
static char *rejects_folder(const struct cli *cli)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	struct text path = TEXT_INIT;
	if (cli->config.rejects_dir)
		return guichet_strdup(cli->config.rejects_dir);
	if (state && *state == '/')
		text_addf(&path, "%s/guichet/rejets", state);
	else
		text_addf(&path, "%s/.local/state/guichet/rejets", home && *home ? home : ".");
	return text_take(&path);
}

struct import_view {
	struct cli *cli;
	int64_t rejected;
};

static void tell_resumed(void *context, int64_t line)
{
	const struct import_view *v = context;
	if (!v->cli->json)
		print_line(v->cli, _("import interrompu : reprise à la ligne %lld"), (long long)line);
}

/* The first ones, to see at once what is wrong; the file has them all. */
static void tell_rejected(void *context, int64_t line, const char *reason)
{
	struct import_view *v = context;
	if (v->rejected++ < REJECTS_SHOWN && !v->cli->json)
		print_line(v->cli, _("ligne %lld rejetée : %s"), (long long)line, reason);
	else if (v->rejected == REJECTS_SHOWN + 1 && !v->cli->json)
		print_line(v->cli, "%s", _("..."));
}

static void print_result(struct cli *cli, const struct import_result *r, bool dry_run)
{
	const struct import_counts *n = &r->counts;
	if (cli->json) {
		print_json(cli,
			json_pack("{s:I, s:I, s:I, s:I, s:s?}", "read", (json_int_t)n->read, "taken", (json_int_t)n->taken, "known",
				(json_int_t)n->known, "rejected", (json_int_t)n->rejected, "rejects_file", r->rejects));
		return;
	}
	print_line(cli,
		dry_run ? _("essai : %lld lignes lues, %lld à prendre, %lld déjà là, %lld rejetées")
				: _("%lld lignes lues : %lld prises, %lld déjà là, %lld rejetées"),
		(long long)n->read, (long long)n->taken, (long long)n->known, (long long)n->rejected);
	if (r->rejects)
		print_line(cli, _("rejets : %s"), r->rejects);
}

enum guichet_rc cmd_import(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct import_map *map = NULL;
	struct import_result result = {0};
	struct cli_progress bar;
	struct import_view view = {cli, 0};
	if (!args_has(a, OPT_MAP))
		return guichet_err_set(
			err, GUICHET_USAGE, _("il manque le plan : --map FICHIER, ou --map paris-dmr, montreal, nyc ou guichet"));
	enum guichet_rc rc = load_map(args_text(a, OPT_MAP), &map, err);
	if (rc)
		return rc;
	char *folder = rejects_folder(cli);
	progress_start(&bar, cli, _("import"));
	struct progress progress = progress_of(&bar);
	struct import_options options = {.actor = &cli->actor,
		.dry_run = args_has(a, OPT_DRY_RUN),
		.rejects = a->values[OPT_REJECTS],
		.rejects_folder = folder,
		.progress = &progress,
		.resumed = tell_resumed,
		.rejected = tell_rejected,
		.context = &view};
	rc = import_file(cli->store, map, a->words[0], &options, &result, err);
	progress_end(&bar);
	if (rc == GUICHET_OK || result.counts.read)
		print_result(cli, &result, options.dry_run);
	import_result_done(&result);
	import_map_free(&map);
	free(folder);
	return rc;
}

/* --- export --- */

/* Whoever read the output has seen enough ("| head"): that is no failure. */
static bool reader_is_gone(struct cli *cli)
{
	struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
	cli->pipe_closed = ferror(cli->out) && poll(&out, 1, 0) > 0 && (out.revents & POLLERR);
	return cli->pipe_closed;
}

enum guichet_rc cmd_export(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct export_options options = {.format = cli->json ? EXPORT_JSON_LINES : EXPORT_CSV};
	struct cli_progress bar;
	int64_t count = 0;
	if (cli->read_only && args_has(a, OPT_OUTPUT))
		return guichet_err_set(err, GUICHET_NO_PERM, _("lecture seule (--read-only) : « %s » écrit un fichier"), "export -o");
	if (args_has(a, OPT_FORMAT) && !export_format_parse(args_text(a, OPT_FORMAT), &options.format))
		return guichet_err_set(
			err, GUICHET_DATA, _("--format « %s » : attendu csv ou jsonl"), args_text(a, OPT_FORMAT));
	enum guichet_rc rc = args_instant(a, OPT_FROM, 0, &options.from_ms, err);
	if (rc == GUICHET_OK)
		rc = args_instant(a, OPT_TO, 0, &options.to_ms, err);
	if (rc)
		return rc;
	if (options.from_ms && options.to_ms && options.to_ms <= options.from_ms)
		return guichet_err_set(err, GUICHET_DATA,
			_("--to « %s » : la fin n'est pas après le début (elle n'est pas comprise)"), args_text(a, OPT_TO));
	if (!args_has(a, OPT_OUTPUT))
		output_as_is(true);
	/* Lines that scroll by on a terminal are progress enough. */
	if (!args_has(a, OPT_OUTPUT) && isatty(STDOUT_FILENO))
		return export_requests(cli->store, &options, cli->out, &count, err);
	progress_start(&bar, cli, _("export"));
	struct progress progress = progress_of(&bar);
	options.progress = &progress;
	if (args_has(a, OPT_OUTPUT))
		rc = export_file(cli->store, &options, args_text(a, OPT_OUTPUT), &count, err);
	else
		rc = export_requests(cli->store, &options, cli->out, &count, err);
	progress_end(&bar);
	if (rc == GUICHET_IO && reader_is_gone(cli))
		rc = GUICHET_OK;
	if (rc == GUICHET_OK && args_has(a, OPT_OUTPUT)) {
		if (cli->json)
			print_json(cli, json_pack("{s:I, s:s}", "exported", (json_int_t)count, "file", args_text(a, OPT_OUTPUT)));
		else
			print_line(cli, _("%lld demandes exportées dans %s"), (long long)count, args_text(a, OPT_OUTPUT));
	}
	return rc;
}
