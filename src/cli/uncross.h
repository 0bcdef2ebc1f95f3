// SPDX-License-Identifier: GPL-3.0-or-later
/* Crossed links settled by themselves after an exchange (PROTOCOL.md: the smaller op_id survives). */
#ifndef GUICHET_CLI_UNCROSS_H
#define GUICHET_CLI_UNCROSS_H

#include "cli.h"

/* How many links were taken back: these operations wait to be sent. */
size_t uncross(struct store *s);

#endif
