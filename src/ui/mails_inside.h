// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files of the Courriels screen share: its list, what is told of the selected mail, and what people make
 * of one. */
#ifndef GUICHET_UI_MAILS_INSIDE_H
#define GUICHET_UI_MAILS_INSIDE_H

#include "guichet/store/correspondence.h"
#include "guichet/ui/list.h"
#include "ui_inside.h"

enum { MAILS_KNOWN = 256, MAILS_SUGGESTED = 5 };

struct mail_line { int64_t id, at_ms, request, reference; enum mail_sort sort; };

/* What a row shows beside: read when it is drawn, as a list of thousands is gone through faster than its texts. */
struct mail_known { int64_t id; bool unsorted, open, unread; int status; char *from, *subject; };

/* What is told of the selected one. */
struct mail_told {
	int64_t id;
	char *from, *subject, *files, *text, *address;
	const char *why;                               /* constant, or in `code` */
	char code[40];
	bool folded;                                   /* there is more than `text` */
	const struct category *category;               /* that its words speak for; NULL none */
	const struct category *likely[MAILS_SUGGESTED]; /* that one, then others, best first */
	size_t likely_count;
	const struct commune *commune;
};

struct mails_view {
	struct view view;
	struct list list;
	struct mail_known known[MAILS_KNOWN];
	struct mail_told told;
	int64_t quarantined;
	bool machines;                                 /* those too */
	int64_t asked;                                 /* the mail that a question is about */
	char *category;                                /* chosen for it, while its commune is asked for */
};

/* view_mails.c */
bool mail_told_has(const struct mail_told *t, const struct category *c); /* among those that its words speak for */
const struct mail_line *mails_chosen(struct mails_view *v); /* NULL: there is none; else it is told */
const struct mail_known *mails_known(struct mails_view *v, const struct mail_line *m);
void mails_refresh(struct mails_view *v);
void mails_go_on(struct mails_view *v); /* to the next one: mails are sorted one after the other */

/* For other screens: a line that says how many wait in the quarantine and where, taken off the top of `r`; none
 * when none do. */
void mails_draw_waiting(struct grid *g, struct rect *r, int64_t quarantined);

/* mails_sort.c: each asks what it needs, writes, and says what became of it */
void mails_validate(struct mails_view *v);
void mails_ask_category(struct mails_view *v);
void mails_ask_request(struct mails_view *v);
void mails_ask_reason(struct mails_view *v);

#endif
