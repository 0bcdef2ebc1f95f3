// SPDX-License-Identifier: GPL-3.0-or-later
/* Writing a file that must not replace another. Must not know what is in it. */
#include "guichet/base/file_new.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "guichet/base/i18n.h"

enum guichet_rc file_write_new(const char *path, const struct text *t, struct guichet_err *err)
{
	size_t done = 0;
	bool fine = true;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return guichet_err_set(err, GUICHET_CANT_CREATE, errno == EEXIST ? _("%s existe déjà : un bordereau ne se remplace pas, donnez un autre nom") :
			_("impossible de créer %s : %s"), path, strerror(errno));
	while (fine && done < t->len) {
		ssize_t n = write(fd, t->data + done, t->len - done);
		fine = n > 0 || (n < 0 && errno == EINTR);
		done += n > 0 ? (size_t)n : 0;
	}
	/* On the disk before anything goes. */
	fine = fine && fsync(fd) == 0;
	int why = errno;
	fine = close(fd) == 0 && fine;
	if (fine)
		return GUICHET_OK;
	unlink(path);
	return guichet_err_set(err, GUICHET_IO, _("impossible d'écrire %s : %s"), path, strerror(why));
}
