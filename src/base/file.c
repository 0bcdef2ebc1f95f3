// SPDX-License-Identifier: GPL-3.0-or-later
/* Whole small files: configuration, catalogue, word lists. Must not know what is in them. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guichet/base/i18n.h"
#include "guichet/base/ini.h"
#include "guichet/base/text.h"

/* Opens a regular file; never waits on a FIFO. */
static enum guichet_rc open_regular(const char *path, int *fd, struct stat *info, struct guichet_err *err)
{
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0)
		return guichet_err_set(err, GUICHET_NO_INPUT, _("%s : ouverture impossible (%s)"), path, strerror(errno));
	if (fstat(*fd, info) < 0)
		return guichet_err_set(err, GUICHET_IO, _("%s : lecture impossible (%s)"), path, strerror(errno));
	if (!S_ISREG(info->st_mode))
		return guichet_err_set(err, GUICHET_DATA, _("%s : ce n'est pas un fichier ordinaire"), path);
	return GUICHET_OK;
}

enum guichet_rc file_read(const char *path, size_t max, char **data, size_t *bytes, struct guichet_err *err)
{
	size_t capacity = 0, len = 0;
	char *buffer = NULL;
	enum guichet_rc rc;
	struct stat info = { 0 };
	int fd;

	*data = NULL;
	*bytes = 0;
	rc = open_regular(path, &fd, &info, err);
	if (rc)
		goto out;
	/* The size is a hint only: the file may change while it is read. */
	capacity = info.st_size > 0 && (uintmax_t)info.st_size < max ? (size_t)info.st_size + 1 : 4096;
	buffer = guichet_realloc(NULL, capacity + 1, 1);
	for (;;) {
		ssize_t n = read(fd, buffer + len, capacity - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			rc = guichet_err_set(err, GUICHET_IO, _("%s : lecture impossible (%s)"), path, strerror(errno));
			goto out;
		}
		if (n == 0)
			break;
		len += (size_t)n;
		if (len > max) {
			rc = guichet_err_set(err, GUICHET_DATA, _("%s : trop gros (au plus %zu octets)"), path, max);
			goto out;
		}
		if (len == capacity) {
			capacity *= 2;
			buffer = guichet_realloc(buffer, capacity + 1, 1);
		}
	}
	buffer[len] = '\0';
	*data = buffer;
	*bytes = len;
	buffer = NULL;
out:
	free(buffer);
	if (fd >= 0)
		close(fd);
	return rc;
}
