// SPDX-License-Identifier: GPL-3.0-or-later
/* guichetd's command line: serving, and `guichetd admin`. DESIGN.md section 5. */
#ifndef GUICHET_SERVER_DAEMON_H
#define GUICHET_SERVER_DAEMON_H

/* Returns an exit code (base/err.h). */
int guichetd_main(int argc, char **argv);

#endif
