// SPDX-License-Identifier: GPL-3.0-or-later
/* A store and its configuration made where there were none. Knows nothing of what they are made for. */
#include "making.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STORE_PATH_MAX = 900 };

bool making_is_there(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

/* The configuration holds an absolute path: guichet may be started from anywhere. */
static char *absolute(const char *path)
{
	struct text t = TEXT_INIT;
	char *here = *path == '/' ? NULL : getcwd(NULL, 0);
	text_addf(&t, "%s%s%s", here ? here : "", here ? "/" : "", path);
	free(here);
	return text_take(&t);
}

enum guichet_rc making_plan(struct cli *cli, struct making *m, struct guichet_err *err)
{
	const char *given = cli->globals.values[OPT_CONFIG];
	char *usual = config_default_path();
	m->store = absolute(cli_store_path(cli));
	m->config = absolute(given ? given : usual);
	free(usual);
	/* The INI file has no way to write these. */
	if (!*m->store || strlen(m->store) > STORE_PATH_MAX || strpbrk(m->store, "\"\n\r\\"))
		return guichet_err_set(err, GUICHET_DATA, _("chemin de dépôt « %s » : attendu au plus %d octets, sans guillemet, barre inverse ni saut de ligne"),
			m->store, STORE_PATH_MAX);
	return GUICHET_OK;
}

enum guichet_rc making_make(struct cli *cli, struct making *m, bool exercise, struct guichet_err *err)
{
	struct catalogue_source source = { 0 };
	struct store_options options = { .random = cli->random };
	char *folder = data_path("catalogue");
	enum guichet_rc rc = catalogue_read_folder(folder, &source, err);
	if (rc == GUICHET_OK)
		rc = config_make_folders(m->store, err);
	if (rc == GUICHET_OK)
		rc = store_create(m->store, &source, exercise, &options, err);
	m->store_made = rc == GUICHET_OK;
	if (rc == GUICHET_OK && !making_is_there(m->config)) {
		rc = config_write_default(m->config, m->store, exercise, err);
		m->config_made = making_is_there(m->config);
	}
	catalogue_source_done(&source);
	free(folder);
	return rc;
}

void making_undo(struct cli *cli, struct making *m)
{
	struct text journal = TEXT_INIT;
	store_close(&cli->store);
	text_addf(&journal, "%s-journal", m->store);
	if (m->store_made) {
		unlink(m->store);
		unlink(text_str(&journal));
	}
	if (m->config_made)
		unlink(m->config);
	text_done(&journal);
}

void making_done(struct making *m)
{
	free(m->store);
	free(m->config);
}
