// SPDX-License-Identifier: GPL-3.0-or-later
/* Writing a file that must not replace another. Must not know what is in it. */
#include "guichet/base/file_new.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "guichet/base/i18n.h"

bool file_write_all(int fd, const void *data, size_t bytes)
{
	const char *at = data;
	while (bytes > 0) {
		ssize_t n = write(fd, at, bytes);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		bytes -= (size_t)n;
	}
	return true;
}

enum guichet_rc file_write_new(const char *path, const struct text *t, struct guichet_err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return guichet_err_set(err, GUICHET_CANT_CREATE, errno == EEXIST ? _("%s existe déjà : un bordereau ne se remplace pas, donnez un autre nom") :
			_("impossible de créer %s : %s"), path, strerror(errno));
	/* On the disk before anything goes. */
	bool fine = file_write_all(fd, t->data, t->len) && fsync(fd) == 0;
	int why = errno;
	fine = close(fd) == 0 && fine;
	if (fine)
		return GUICHET_OK;
	unlink(path);
	return guichet_err_set(err, GUICHET_IO, _("impossible d'écrire %s : %s"), path, strerror(why));
}
