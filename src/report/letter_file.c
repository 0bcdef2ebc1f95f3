// SPDX-License-Identifier: GPL-3.0-or-later
/* A letter's PDF as a file that somebody asked for: whole, on the disk and readable by them alone, or not there. */
#include <errno.h>
#include <fcntl.h>
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

enum guichet_rc letter_pdf_save(const struct letter_pdf *pdf, const char *path, struct guichet_err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return guichet_err_set(err, GUICHET_CANT_CREATE, errno == EEXIST ? _("%s existe déjà : donnez un autre nom (-o FICHIER)") : _("impossible de créer %s : %s"), path,
			strerror(errno));
	enum guichet_rc rc = letter_pdf_write(pdf, fd);
	if (!rc && fsync(fd))
		rc = GUICHET_IO;
	int why = errno;
	if (close(fd) && !rc)
		rc = GUICHET_IO;
	if (rc) {
		unlink(path);
		return guichet_err_set(err, rc, _("impossible d'écrire %s : %s"), path, strerror(why));
	}
	return GUICHET_OK;
}
