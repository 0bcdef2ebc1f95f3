// SPDX-License-Identifier: GPL-3.0-or-later
/* Long work as seen from a terminal: a bar with rate and time left, and Ctrl-C that asks the work to stop where it can be taken up again. */
#ifndef GUICHET_CLI_PROGRESS_H
#define GUICHET_CLI_PROGRESS_H

#include "cli.h"

struct cli_progress {
	const char *what;              /* "import", in the language of messages; constant */
	bool draws, plain;             /* standard error is a terminal; plain: lines, for screen readers */
	int64_t start_ns, drawn_ns;
	int64_t first;                 /* `done` at the first tick: resumed work does not spoil the rate */
	int tenths;                    /* plain: tenths already told */
};

/* From here to progress_end SIGINT and SIGTERM only make the next tick return false. */
void progress_start(struct cli_progress *p, struct cli *cli, const char *what);
struct progress progress_of(struct cli_progress *p);      /* to hand to the store; borrows `p` */
/* What comes now is counted anew: another kind of work, another total. */
void progress_rebase(struct cli_progress *p);
void progress_end(struct cli_progress *p);                /* wipes the bar, gives the signals back */
bool progress_interrupted(void);                          /* since progress_start */

#endif
