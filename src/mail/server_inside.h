// SPDX-License-Identifier: GPL-3.0-or-later
/* What reading and sending mail have in common on libcurl: how a server is reached, and what its failures mean. */
#ifndef GUICHET_MAIL_SERVER_INSIDE_H
#define GUICHET_MAIL_SERVER_INSIDE_H

#include "guichet/base/curl_calls.h"
#include "guichet/base/text.h"
#include "guichet/mail/server.h"

enum { SAID_MAX = 512 };

/* "imaps://host:993/" with `path`, whose bytes are encoded. */
void server_url(const struct mail_server *s, const char *path, struct text *out);
/* Everything that a transfer needs beside its address and its data. `why` (CURL_ERROR_SIZE bytes) gets libcurl's
 * words. */
void server_prepare(const struct mail_server *s, CURL *easy, char *why);
/* What the end of a transfer means for those who run this machine; `said`: the server's own words, "" none. */
enum guichet_rc server_error(const struct mail_server *s, CURLcode code, const char *why, const char *said, struct guichet_err *err);

#endif
