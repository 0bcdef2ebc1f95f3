// SPDX-License-Identifier: GPL-3.0-or-later
/* Mail servers for tests: the programs of tests/mail, each in a folder of its own, children of the test that are
 * stopped at the end. */
#ifndef GUICHET_TESTS_MAIL_FIXTURE_H
#define GUICHET_TESTS_MAIL_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guichet/mail/server.h"

struct mail_fixture { char folder[64]; int pid; };

/* Starts tests/mail/PROGRAM with the folder and these words (NULL ends), and waits for `port` (the name of a file in
 * the folder). False where it can't be had: the reason was said. */
bool mail_start(struct mail_fixture *f, const char *program, const char *port, const char *const *words);
/* The folder alone, for what has to be there before; mail_start makes it otherwise. */
void mail_folder(struct mail_fixture *f);
void mail_stop(struct mail_fixture *f);
/* A certificate made for `from`. */
void mail_share_certificate(const struct mail_fixture *from, const struct mail_fixture *to);
/* "imaps://agent@127.0.0.1:PORT/INBOX", with its password and, with `trusted`, its certificate; fails the test when
 * it is wrong. */
void mail_server_at(const struct mail_fixture *f, const char *scheme, const char *rest, bool trusted, struct mail_server *out);
/* A path in the folder; borrowed until the next call but three. */
const char *mail_path(const struct mail_fixture *f, const char *name);
/* A message comes to the user "agent". */
void mail_deliver(const struct mail_fixture *f, const char *name, const char *message);
/* One that begins so, and goes on with lines of x up to `bytes`. */
void mail_deliver_long(const struct mail_fixture *f, const char *name, const char *beginning, size_t bytes);
/* How many files a folder has (0 when it is not there); the bytes of one, freed by the caller. */
size_t mail_count(const struct mail_fixture *f, const char *folder);
char *mail_file(const struct mail_fixture *f, const char *name, size_t *bytes);

#endif
