// SPDX-License-Identifier: GPL-3.0-or-later
/* A catalogue's folder as a catalogue_source: its *.ini files and its texts (*.txt), a few levels down. Does not know what the files say: what is
 * wrong in them is catalogue_build's to tell. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "guichet/base/i18n.h"
#include "guichet/store/store.h"

enum { LEVELS_MAX = 4, FILES_MAX = 5000, BYTES_MAX = 8 * 1024 * 1024 };

struct walk { struct catalogue_source *out; size_t bytes, prefix; struct guichet_err *err; };

static bool is_wanted(const char *name)
{
	const char *dot = strrchr(name, '.');
	return dot && (!strcmp(dot, ".ini") || !strcmp(dot, ".txt"));
}

static enum guichet_rc add_file(struct walk *w, const char *path)
{
	char *data;
	size_t bytes;
	enum guichet_rc rc = file_read(path, BYTES_MAX - w->bytes, &data, &bytes, w->err);
	if (rc == GUICHET_DATA)
		return guichet_err_set(w->err, GUICHET_DATA, _("%s : ce n'est pas un fichier ordinaire, ou le catalogue dépasse %d Mio en tout"), path,
			BYTES_MAX / (1024 * 1024));
	if (rc)
		return rc;
	if (w->out->count == FILES_MAX)
		rc = guichet_err_set(w->err, GUICHET_DATA, _("%s : un catalogue a au plus %d fichiers"), path, FILES_MAX);
	else
		catalogue_source_add(w->out, path + w->prefix, data, bytes);
	w->bytes += bytes;
	free(data);
	return rc;
}

static enum guichet_rc walk_folder(struct walk *w, const char *folder, int level)
{
	enum guichet_rc rc = GUICHET_OK;
	struct text path = TEXT_INIT;
	DIR *d = opendir(folder);
	if (!d)
		return guichet_err_set(w->err, errno == ENOENT || errno == ENOTDIR ? GUICHET_NO_INPUT : GUICHET_IO,
			_("dossier de catalogue %s : %s"), folder, strerror(errno));
	// cppcheck-suppress readdirCalled ; the program has one thread
	for (struct dirent *e; rc == GUICHET_OK && (e = readdir(d));) {
		struct stat st;
		if (e->d_name[0] == '.')
			continue;
		text_clear(&path);
		text_addf(&path, "%s/%s", folder, e->d_name);
		if (stat(text_str(&path), &st))
			rc = guichet_err_set(w->err, GUICHET_IO, _("%s : lecture impossible (%s)"), text_str(&path), strerror(errno));
		else if (S_ISDIR(st.st_mode) && level == LEVELS_MAX)
			rc = guichet_err_set(w->err, GUICHET_DATA, _("%s : un catalogue a au plus %d niveaux de dossiers"), text_str(&path), LEVELS_MAX);
		else if (S_ISDIR(st.st_mode))
			rc = walk_folder(w, text_str(&path), level + 1);
		else if (is_wanted(e->d_name))
			rc = add_file(w, text_str(&path));
	}
	closedir(d);
	text_done(&path);
	return rc;
}

enum guichet_rc catalogue_read_folder(const char *path, struct catalogue_source *out, struct guichet_err *err)
{
	struct text folder = TEXT_INIT;
	*out = (struct catalogue_source){ 0 };
	text_add(&folder, path);
	while (folder.len > 1 && folder.data[folder.len - 1] == '/')
		folder.data[--folder.len] = '\0';
	struct walk w = { .out = out, .prefix = folder.len + 1, .err = err };
	enum guichet_rc rc = walk_folder(&w, text_str(&folder), 1);
	if (rc == GUICHET_OK && out->count == 0)
		rc = guichet_err_set(err, GUICHET_NO_INPUT, _("%s : aucun fichier de catalogue (*.ini)"), path);
	if (rc)
		catalogue_source_done(out);
	text_done(&folder);
	return rc;
}
