// SPDX-License-Identifier: GPL-3.0-or-later
/* A real sshd on loopback, with keys and users of its own in a folder of its own: the snippet of contrib/ssh, tried
 * by a real client. The sshd and all that it starts run without privileges, as somebody else than who owns the store
 * where that is possible.
 */
#ifndef TESTS_SCREEN_SSH_H
#define TESTS_SCREEN_SSH_H

#include "guichet/base/text.h"
#include "pty.h"

struct ssh_host {
	char folder[64], guichet[128], target[64];
	int port;
	pid_t listener;
	struct text said;                    /* by the last ssh_run, on both of its outputs */
};

/* Why there can be none here, or NULL. */
const char *ssh_missing(void);
/* Both are copied into the folder: the program, and the store as one that the kiosk may read and not write. `roles` as the
 * configuration writes them. */
bool ssh_start(struct ssh_host *h, const char *guichet, const char *store, const char *roles);
void ssh_stop(struct ssh_host *h);
/* A client on a terminal: ssh -tt, then these options, the host, and what is asked of it (either may be NULL). */
bool ssh_open(
	struct ssh_host *h, struct pty *p, const char *term, const char *const *options, const char *const *asked);
/* Any client program without a terminal: ssh, sftp or scp with the options that lead to this host, then these words.
 * Its exit status; -1 when it did not end. */
int ssh_run(struct ssh_host *h, const char *program, const char *const *words);
/* How many of the copied guichet run; waits until there are none. */
int ssh_guichets(const struct ssh_host *h);
bool ssh_wait_gone(const struct ssh_host *h);

#endif
