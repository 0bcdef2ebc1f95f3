// SPDX-License-Identifier: GPL-3.0-or-later
/* Synchronising beside the screens. */
#ifndef GUICHET_CLI_SYNC_BACKGROUND_H
#define GUICHET_CLI_SYNC_BACKGROUND_H

#include "cli.h"
#include "guichet/sync/transport.h"
#include "guichet/ui/app.h"

/* False for a desk that stands alone. *transport is the caller's, and outlives `out`. */
bool sync_background(struct cli *cli, struct transport **transport, struct app_background *out, struct ui_server *server);

#endif
