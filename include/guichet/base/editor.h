// SPDX-License-Identifier: GPL-3.0-or-later
/* A text in the editor of whoever works here: VISUAL, EDITOR, else `editor`. What it says is somebody's affair: the file stands in a folder of its own, in memory
 * (XDG_RUNTIME_DIR or /dev/shm), for its owner alone; a process that waits for the editor removes it, also when ours died meanwhile; what a machine that stopped or a kill
 * of both left is removed by the next one. The terminal is the editor's until it ends: who has a screen leaves it first. */
#ifndef GUICHET_BASE_EDITOR_H
#define GUICHET_BASE_EDITOR_H

#include <stddef.h>

#include "guichet/base/err.h"

enum { EDITOR_TEXT_MAX = 40000 };

struct editor;
/* GUICHET_CANT_CREATE: nowhere in memory to put it; GUICHET_DATA: EDITOR is no command. */
enum guichet_rc editor_start(const char *text, struct editor **out, struct guichet_err *err);
int editor_fd(const struct editor *e);           /* can be read as soon as it ended */
/* Waits for its end; frees. *text: what was written, in normal form, without blank lines at its end; the caller's. GUICHET_REFUSED: nothing was written, or the
 * editor ended with an error: it counts as given up; GUICHET_UNAVAILABLE: there is no such editor; GUICHET_DATA: not UTF-8, or too long. */
enum guichet_rc editor_end(struct editor **e, char **text, struct guichet_err *err);
/* Both, for who may wait. */
enum guichet_rc editor_edit(const char *initial, char **text, struct guichet_err *err);

#endif
