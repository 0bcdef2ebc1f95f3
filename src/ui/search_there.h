// SPDX-License-Identifier: GPL-3.0-or-later
/* What a search finds on the server, under what it finds here: asked for by itself when there is nothing here, else by a key; never waited for. */
#ifndef GUICHET_UI_SEARCH_THERE_H
#define GUICHET_UI_SEARCH_THERE_H

#include "request_list.h"

struct search_there {
	struct ui *ui;
	struct request_list list;
	enum { THERE_NOTHING, THERE_ASKED, THERE_FOUND, THERE_FAILED } state;
	uint32_t ticket;
	bool partial;                    /* there is more than what this desk holds */
	bool more, behind;               /* others were found that are not shown; what was written lately was not looked at */
	int64_t ask_at_ms;               /* when it is asked by itself; NO_INSTANT */
	char why[GUICHET_ERR_MAX];
};

void there_init(struct search_there *t, struct ui *ui);
void there_done(struct search_there *t);
/* Something else was typed and looked for here: `count` requests were found. */
void there_forget(struct search_there *t, const char *typed, size_t count);
/* False: there is nobody to ask, which was said. */
bool there_ask(struct search_there *t, const char *typed);
int there_wait_ms(const struct search_there *t);
void there_tick(struct search_there *t, const char *typed);
bool there_answered(struct search_there *t);           /* true: there is something new to show */
void there_refresh(struct search_there *t);            /* what is here by now is not told twice */
int there_height(const struct search_there *t, int rows, bool alone);   /* rows that it wants of `rows`; 0: nothing to say */
void there_draw(struct search_there *t, struct grid *g, struct rect r, bool focus);
bool there_has_rows(const struct search_there *t);
void there_open(struct search_there *t);               /* the selected one is asked for whole */

#endif
