// SPDX-License-Identifier: GPL-3.0-or-later
/* Where a mailbox is read and where mail is handed over: the two servers of the configuration. Knows nothing of
 * messages. imaps://USER@HOST[:PORT]/FOLDER TLS from the first byte imap://USER@HOST[:PORT]/FOLDER STARTTLS; only a
 * server on this machine may do without smtps://, smtp:// the same; without USER nobody signs in What stands before
 * the last @ of the authority is the user, a whole address too; other odd characters as %XX. A password is never
 * part of it: it has a file of its own.
 */
#ifndef GUICHET_MAIL_SERVER_H
#define GUICHET_MAIL_SERVER_H

#include <stdbool.h>

#include "guichet/base/err.h"

enum mail_protocol { MAIL_IMAP, MAIL_SMTP };
struct mail_server {
	enum mail_protocol protocol;
	bool tls;                          /* from the first byte; else STARTTLS */
	bool local;                        /* this machine: plain text is allowed where STARTTLS is not offered */
	char *host;
	int port;
	char *user;                        /* NULL: nobody signs in */
	char *folder;                      /* UTF-8; "INBOX" when not said */
	char *password;                    /* NULL until mail_server_password */
	char *ca;                          /* PEM of authorities, NULL: the system's */
	int patience_s;                    /* without a word from the other side; 0: 60 */
};

/* GUICHET_CONFIG says what is wrong with the address; mail_server_done in any case. */
enum guichet_rc mail_server_parse(const char *url, enum mail_protocol protocol, struct mail_server *out, struct guichet_err *err);
void mail_server_done(struct mail_server *s);       /* the password's bytes are wiped */
/* The first line of a file that its owner (this user or root) alone may read; else GUICHET_CONFIG. Not read where no
 * user signs in. */
enum guichet_rc mail_server_password(struct mail_server *s, const char *path, struct guichet_err *err);
/* "imaps://user@host:993/INBOX": names the mailbox in the store and in messages. The caller frees it. */
char *mail_server_name(const struct mail_server *s);

#endif
