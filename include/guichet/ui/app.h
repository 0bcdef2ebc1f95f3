// SPDX-License-Identifier: GPL-3.0-or-later
/* The application on a terminal: the screen, the loop and the views together. */
#ifndef GUICHET_UI_APP_H
#define GUICHET_UI_APP_H

#include <poll.h>

#include "guichet/ui/view.h"

/* Work that goes on beside the screens, told of by the loop and never waited for: synchronising. */
struct app_background {
	void *context;
	int64_t (*turn)(void *context);                                        /* moves it on; ms until it wants another turn, -1: when a descriptor is ready */
	size_t (*watch)(void *context, struct pollfd *fds, size_t max);        /* the descriptors to watch until then */
	/* Told once: a turn that finds `asked` true leaves the rest of its work to the next one. */
	void (*give_way)(void *context, bool (*asked)(void *of), void *of);
	enum connection (*connection)(void *context, int64_t *received);       /* how it stands; what it brought so far */
	struct ui_link link;                                                   /* for the Synchro screen */
};

struct app_options {
	const struct app_background *background; /* NULL: none */
	struct ui_options ui;
	bool no_colour;
	int escape_ms;                   /* 0: as the environment says */
	const char *notice;              /* said at the start; NULL nothing */
};

/* Takes the terminal (standard input and output), shows what is to be done, returns when the user leaves. Drafts are kept whatever ends it. GUICHET_USAGE:
 * not a terminal; GUICHET_IO: the terminal went away; GUICHET_OK otherwise, SIGTERM and SIGHUP included. */
enum guichet_rc app_run(struct store *s, const struct app_options *o, struct guichet_err *err);

struct picture { const char *screen; const char *argument; /* NULL: none */ int rows, cols; };
/* One screen as text, as it opens for this account now, with no terminal: for support and documentation. `screen` is the name of the action that opens it, in
 * either language, or "request": then `argument` is its reference (a search takes its text so). Nothing is written to the store. GUICHET_USAGE: no such screen
 * (the message lists them); GUICHET_NOT_FOUND: no such request; GUICHET_NO_PERM: not for this account. */
enum guichet_rc app_picture(struct store *s, const struct ui_options *o, const struct picture *p, struct text *out, struct guichet_err *err);

#endif
