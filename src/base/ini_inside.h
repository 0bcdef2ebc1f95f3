// SPDX-License-Identifier: GPL-3.0-or-later
/* What the two halves of the INI reader share: the scanner (ini.c) and iniparser behind it (ini_values.c). */
#ifndef GUICHET_BASE_INI_INSIDE_H
#define GUICHET_BASE_INI_INSIDE_H

#include "guichet/base/ini.h"

/* Replaces the value of each entry, which is what stands right of its '=' on one line, by what iniparser reads there.
 * `again`: it has read them before, and what it leaves as it stands is taken as it stands. Returns how many problems it added. */
size_t ini_read_values(struct ini *ini, bool again, struct problems *problems);

#endif
