// SPDX-License-Identifier: GPL-3.0-or-later
/* The application on a terminal: the screen, the loop and the views together. */
#ifndef GUICHET_UI_APP_H
#define GUICHET_UI_APP_H

#include "guichet/ui/view.h"

struct app_options { struct ui_options ui; bool no_colour; };

/* Takes the terminal (standard input and output), shows what is to be done, returns when the user leaves. Drafts are kept whatever ends it. GUICHET_USAGE:
 * not a terminal; GUICHET_IO: the terminal went away; GUICHET_OK otherwise, SIGTERM and SIGHUP included. */
enum guichet_rc app_run(struct store *s, const struct app_options *o, struct guichet_err *err);

#endif
