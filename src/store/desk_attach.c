// SPDX-License-Identifier: GPL-3.0-or-later
/* A file becomes a request's attachment: found by what was typed, looked at, copied into the store. Must not trust its name nor what it says of itself. */
#include "internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guichet/base/ini.h"
#include "guichet/base/utf8.h"
#include "guichet/core/attachment.h"
#include "guichet/store/desk.h"

enum { FOLDER_LOOKED = 20000 };

void desk_file_done(struct desk_file *f)
{
	free(f->path);
	*f = (struct desk_file){ 0 };
}

/* The same name written otherwise: what is typed here is NFC, what another system wrote on the disk may not be. */
static bool written_otherwise(const char *path, char **found)
{
	const char *name = attachment_name(path);
	char *folder = name == path ? guichet_strdup(".") : guichet_strndup(path, (size_t)(name - path));
	DIR *d = opendir(folder);
	struct dirent *e;
	*found = NULL;
	for (int n = 0; d && !*found && n < FOLDER_LOOKED && (e = readdir(d)) != NULL; n++) {
		char *nfc = NULL;
		if (utf8_accept("", e->d_name, strlen(e->d_name), sizeof e->d_name, &nfc, NULL) == GUICHET_OK && !strcmp(nfc, name)) {
			struct text whole = TEXT_INIT;
			text_addn(&whole, path, (size_t)(name - path));
			text_add(&whole, e->d_name);
			*found = text_take(&whole);
		}
		free(nfc);
	}
	if (d)
		closedir(d);
	free(folder);
	return *found != NULL;
}

static enum guichet_rc open_file(struct desk_file *f, int *fd, struct guichet_err *err)
{
	char *other;
	*fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0 && errno == ENOENT && written_otherwise(f->path, &other)) {
		free(f->path);
		f->path = other;
		*fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	}
	if (*fd >= 0)
		return GUICHET_OK;
	if (errno == ENOENT || errno == ENOTDIR)
		return guichet_err_set(err, GUICHET_NO_INPUT, "%s", _("aucun fichier de ce nom : chemin complet, tapé ou collé"));
	return guichet_err_set(err, GUICHET_NO_INPUT, _("fichier illisible : %s"), strerror(errno));
}

enum guichet_rc desk_file_look(const char *typed, struct desk_file *out, struct guichet_err *err)
{
	struct text path = TEXT_INIT;
	struct stat info = { 0 };
	unsigned char head[ATTACHMENT_HEAD];
	size_t n = 0;
	int fd = -1;
	*out = (struct desk_file){ 0 };
	attachment_path(&path, typed, getenv("HOME"));
	out->path = text_take(&path);
	if (!*out->path)
		return guichet_err_set(err, GUICHET_NO_INPUT, "%s", _("aucun fichier de ce nom : chemin complet, tapé ou collé"));
	enum guichet_rc rc = open_file(out, &fd, err);
	if (rc)
		return rc;
	if (fstat(fd, &info) || !S_ISREG(info.st_mode)) {
		rc = guichet_err_set(err, GUICHET_DATA, "%s", S_ISDIR(info.st_mode) ? _("c'est un dossier : donnez le fichier") : _("ce n'est pas un fichier ordinaire"));
	} else if (info.st_size > STORE_BLOB_MAX) {
		rc = guichet_err_set(err, GUICHET_DATA, _("trop gros : %lld Mio, au plus %d Mio"), (long long)(info.st_size >> 20) + 1, STORE_BLOB_MAX >> 20);
	} else if (info.st_size == 0) {
		rc = guichet_err_set(err, GUICHET_DATA, "%s", _("fichier vide : la numérisation est-elle finie ?"));
	} else {
		ssize_t got;
		while (n < sizeof head && ((got = read(fd, head + n, sizeof head - n)) > 0 || (got < 0 && errno == EINTR)))
			n += got > 0 ? (size_t)got : 0;
		out->bytes = (int64_t)info.st_size;
		out->type = attachment_type(head, n);
	}
	close(fd);
	return rc;
}

enum guichet_rc desk_file_is_paper(const struct desk_file *f, struct guichet_err *err)
{
	return f->type ? GUICHET_OK : guichet_err_set(err, GUICHET_DATA, "%s", _("ni PDF, ni JPEG, PNG ou TIFF (vu à son contenu)"));
}

enum guichet_rc desk_attach(struct store *s, const struct actor *a, int64_t reference, const struct desk_file *f, struct guichet_err *err)
{
	char *data = NULL, sha256[BLOB_NAME];
	size_t bytes = 0;
	enum guichet_rc rc = file_read(f->path, STORE_BLOB_MAX, &data, &bytes, err);
	if (rc)
		return rc;
	/* What it is now: it may have changed since it was looked at. */
	const char *type = attachment_type(data, bytes);
	struct step_args args = { .name = attachment_name(f->path), .sha256 = sha256, .bytes = (int64_t)bytes, .type = type ? type : "application/octet-stream" };
	rc = store_begin(s, err);
	if (rc == GUICHET_OK) {
		rc = store_put_blob(s, data, bytes, sha256, err);
		if (rc == GUICHET_OK)
			rc = desk_step(s, a, reference, STEP_ATTACH, &args, NULL, err);
		rc = store_finish(s, rc, err);
	}
	free(data);
	return rc;
}
