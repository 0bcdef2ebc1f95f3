// SPDX-License-Identifier: GPL-3.0-or-later
/* Desks and a real server on loopback, for tests: what is typed at one's screens in a pseudo-terminal, and commands at any of them. Time is the machine's: each wait is for
 * something to be seen. What goes wrong fails the test.
 */
#ifndef TESTS_SCREEN_OFFICE_H
#define TESTS_SCREEN_OFFICE_H

#include "guichet/base/text.h"
#include "pty.h"

enum { PLACE_WORDS = 10 };

struct place { char home[160], words[PLACE_WORDS][256]; const char *environment[PLACE_WORDS + 1]; };
struct office {
	char folder[64], guichet[4096], guichetd[4096], moment[4096];   /* the last: moment.so, see moment.h */
	pid_t server;
	int port, enrol_port;                /* the second: where desks are told that the server is, when a bad line lies between; else 0 */
	struct text said;                    /* by the last command, on both of its outputs */
};

/* The server starts, with these lines in its [policy]. */
void office_open(struct office *o, const char *policy);
void office_close(struct office *o);
void office_start_server(struct office *o);              /* on the port that it had */
void office_stop_server(struct office *o);               /* killed */
/* A folder for a desk, which is not made. */
void office_place(const struct office *o, struct place *p, const char *name);
/* A new desk; `ini` is added to its configuration. */
void office_enrol(struct office *o, struct place *p, const char *name, const char *role, const char *ini);
/* A few commands at a desk (NULL: at none), for sh: $G and $D are the programs, $W is the folder. The last one has to end well. */
void office_at(struct office *o, const struct place *p, const char *format, ...) __attribute__((format(printf, 3, 4)));
void office_sees(struct pty *p, const char *text);
void office_types(struct pty *p, const char *keys, const char *then);

#endif
