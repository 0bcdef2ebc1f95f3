// SPDX-License-Identifier: GPL-3.0-or-later
/* Reading certificates and keys, for libmicrohttpd. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "http_inside.h"

enum { PEM_MAX = 1024 * 1024 };

enum guichet_rc http_read_pem(const char *path, struct text *out, struct guichet_err *err)
{
	char bytes[4096];
	size_t got;
	FILE *file = fopen(path, "re");
	if (!file)
		return guichet_err_set(err, GUICHET_CONFIG, "%s : %s", path, strerror(errno));
	while ((got = fread(bytes, 1, sizeof bytes, file)) > 0 && out->len < PEM_MAX)
		text_addn(out, bytes, got);
	fclose(file);
	return strstr(text_str(out), "-----BEGIN ") ? GUICHET_OK : guichet_err_set(err, GUICHET_CONFIG, _("%s : ce n'est pas un fichier PEM"), path);
}
