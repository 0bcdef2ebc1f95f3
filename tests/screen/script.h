// SPDX-License-Identifier: GPL-3.0-or-later
/* Keys as somebody types them at a desk, written down and counted: "F2 '0639981234' Tab 'Sac éventré' F8". A word is a key by its name (xterm.h), a text in quotes,
 * single or double, is typed character by character. After each of them the program comes to rest, as it does for a person.
 */
#ifndef TESTS_SCREEN_SCRIPT_H
#define TESTS_SCREEN_SCRIPT_H

#include "desk.h"

/* Structural keys are those that are not text. */
struct script_keys { int structural, text; };

/* False, with a word on standard error, when a key is unknown or the program does not come to rest. `keys` is added to; NULL: not counted. */
bool script_type(struct desk *d, struct pty *p, const char *script, struct script_keys *keys);
/* The same keys in one write, as a terminal sends what was typed ahead. */
bool script_burst(struct desk *d, struct pty *p, const char *script);
/* What `name` ("subject", "requester.phone") holds in the N-th (from 0) JSON object of the desk's last command, without its quotes; "" when it is not there. Reused by the next call. */
const char *script_field(const struct desk *d, size_t n, const char *name);

#endif
