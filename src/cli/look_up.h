// SPDX-License-Identifier: GPL-3.0-or-later
/* Asking the server for what this desk does not hold (any more). */
#ifndef GUICHET_CLI_LOOK_UP_H
#define GUICHET_CLI_LOOK_UP_H

#include "cli.h"

/* The server holds more than this desk, which may ask. */
bool look_up_may(struct cli *cli);
/* Into the store, for a while. GUICHET_NOT_FOUND: nor does the server; GUICHET_UNAVAILABLE, GUICHET_NO_PERM. */
enum guichet_rc look_up_request(struct cli *cli, int64_t reference, struct guichet_err *err);
/* Rows of at most `limit` requests that are not here. */
enum guichet_rc look_up_text(struct cli *cli, const char *typed, size_t limit, bool (*visit)(void *context, const struct request_row *row), void *context, bool *more,
	struct guichet_err *err);
/* An attachment by the hash of its bytes, into the store. GUICHET_NOT_FOUND: nobody has it. */
enum guichet_rc look_up_file(struct cli *cli, const char *sha256, struct guichet_err *err);

#endif
