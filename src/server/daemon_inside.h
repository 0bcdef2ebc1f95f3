// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files of guichetd's command line share. */
#ifndef GUICHET_SERVER_DAEMON_INSIDE_H
#define GUICHET_SERVER_DAEMON_INSIDE_H

#include <sys/stat.h>

#include "guichet/base/ini.h"
#include "guichet/server/http.h"

struct daemon_options {
	const char *config;
	struct http_options http;
	const char *erased;              /* path of the file that outlives a restore */
	struct ini ini;                  /* what texts from the configuration point into */
	char *erased_default;
	char **words; int word_count;    /* "admin", then its own */
};

/* config.c: fills `o` from a file; GUICHET_CONFIG with everything wrong in `problems`. */
enum guichet_rc config_read(const char *path, struct daemon_options *o, struct problems *problems, struct guichet_err *err);

/* admin.c */
enum guichet_rc admin_run(const struct daemon_options *o, struct guichet_err *err);
void admin_usage(struct text *out);

/* admin_socket.c: one guichetd a SQLite database. GUICHET_LOCKED after five seconds. */
enum guichet_rc daemon_lock(const char *store, int *lock, struct guichet_err *err);
void daemon_unlock(int *lock);
struct admin_socket;
enum guichet_rc admin_socket_start(const struct daemon_options *o, struct http *h, struct admin_socket **out, struct guichet_err *err);
void admin_socket_stop(struct admin_socket **s);

/* pam.c: `guichetd pam-check`; its exit status. */
int pam_helper(const char *service, const char *folder);

/* notify.c */
void notify_manager(const char *state);
int64_t notify_interval_ms(void);

#endif
