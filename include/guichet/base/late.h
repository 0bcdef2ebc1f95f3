// SPDX-License-Identifier: GPL-3.0-or-later
/* Libraries loaded at their first use, for what few starts of the program need and all would pay for. */
#ifndef GUICHET_BASE_LATE_H
#define GUICHET_BASE_LATE_H

#include <stdbool.h>
#include <stddef.h>

struct late_call { const char *name; size_t at; };      /* where its address goes */

/* Fills `calls`. False: the library is not installed, or lacks one of them; `calls` may then be half filled. It stays loaded. */
bool late_load(const char *library, const struct late_call *names, size_t count, void *calls);

#endif
