// SPDX-License-Identifier: GPL-3.0-or-later
/* A store and its configuration made where there were none, and taken back when what they were made for fails. For init, enrol and restore. */
#ifndef GUICHET_CLI_MAKING_H
#define GUICHET_CLI_MAKING_H

#include "cli.h"

struct making {
	char *store, *config;              /* absolute; owned */
	bool store_made, config_made;
};

/* Something has this name, be it a link to nothing. */
bool making_is_there(const char *path);
/* Says where both are to be. GUICHET_DATA: a path that the configuration has no way to hold. */
enum guichet_rc making_plan(struct cli *cli, struct making *m, struct guichet_err *err);
/* Makes the store with the default catalogue, an exercise or not, and a configuration where there is none. */
enum guichet_rc making_make(struct cli *cli, struct making *m, bool exercise, struct guichet_err *err);
/* Takes back what was made, the store closed: half filled it would stand in the way of the next try. */
void making_undo(struct cli *cli, struct making *m);
void making_done(struct making *m);

#endif
