// SPDX-License-Identifier: GPL-3.0-or-later
/* A quick look at a store, for `doctor`: what a person who keeps the machine wants to know, and nothing that a citizen said.
 */
#ifndef GUICHET_STORE_HEALTH_H
#define GUICHET_STORE_HEALTH_H

#include "guichet/store/store.h"

const char *store_engine_version(void);   /* of the SQLite that runs, "3.40.1" */

struct store_health {
	int schema;
	int64_t bytes, free_bytes;            /* of the file; inside it, for what comes next */
	int64_t newest_ms;                    /* the author's clock at this desk's last operation; NO_INSTANT none */
	bool looked;                          /* the pages were looked through; a large store takes too long here: verify does it */
	char problem[200];                    /* the first thing found wrong with them, in SQLite's words; "" none */
};
/* Looks through the pages of a store of at most `max_bytes`. */
enum guichet_rc store_look(struct store *s, int64_t max_bytes, struct store_health *out, struct guichet_err *err);

#endif
