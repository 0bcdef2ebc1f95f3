// SPDX-License-Identifier: GPL-3.0-or-later
/* A letter's PDF as a file that somebody asked for: whole, on the disk and readable by them alone, or not there. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guichet/base/i18n.h"
#include "guichet/report/letter.h"

enum guichet_rc letter_pdf_write(const struct letter_pdf *pdf, int fd)
{
	size_t done = 0;

	while (done < pdf->bytes) {
		ssize_t n = write(fd, pdf->data + done, pdf->bytes - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return GUICHET_IO;
		done += (size_t)n;
	}
	return GUICHET_OK;
}

static enum guichet_rc cant_create(const char *path, int why, struct guichet_err *err)
{
	return guichet_err_set(err, GUICHET_CANT_CREATE, why == EEXIST ? _("%s existe déjà : donnez un autre nom (-o FICHIER)") : _("impossible de créer %s : %s"), path,
		strerror(why));
}

/* A file without a name, in the folder where it will have one; -1: this file system has none. */
static int open_nameless(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".") >= (int)sizeof folder)
		return -1;
	return open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
}

/* Zero, or the error. */
static int give_name(int fd, const char *path)
{
	char own[64];

	snprintf(own, sizeof own, "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW) ? errno : 0;
}

enum guichet_rc letter_pdf_save(const struct letter_pdf *pdf, const char *path, struct guichet_err *err)
{
	int fd = open_nameless(path);
	bool named = fd < 0;

	if (named)
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return cant_create(path, errno, err);
	enum guichet_rc rc = letter_pdf_write(pdf, fd);
	if (!rc && fsync(fd))
		rc = GUICHET_IO;
	int why = errno;
	if (!rc && !named && (why = give_name(fd, path))) {
		close(fd);
		return cant_create(path, why, err);
	}
	named = named || !rc;
	if (close(fd) && !rc) {
		why = errno;
		rc = GUICHET_IO;
	}
	if (!rc)
		return GUICHET_OK;
	if (named)
		unlink(path);
	return guichet_err_set(err, rc, _("impossible d'écrire %s : %s"), path, strerror(why));
}
