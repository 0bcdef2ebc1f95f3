// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files of guichetd's command line share. */
#ifndef GUICHET_SERVER_DAEMON_INSIDE_H
#define GUICHET_SERVER_DAEMON_INSIDE_H

#include <sys/stat.h>

#include "guichet/server/http.h"

struct daemon_options {
	const char *config;
	struct http_options http;
	bool check_only;
	char **words; int word_count;    /* "admin", then its own */
};

enum guichet_rc admin_run(const struct daemon_options *o, struct guichet_err *err);

#endif
