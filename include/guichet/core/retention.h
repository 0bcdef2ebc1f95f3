// SPDX-License-Identifier: GPL-3.0-or-later
/* How long what requests say of people is kept (RGPD art. 5-1 e): the rule, and what a purge counts. The same for a desk that stands alone and for a server. */
#ifndef GUICHET_CORE_RETENTION_H
#define GUICHET_CORE_RETENTION_H

#include "guichet/core/catalogue.h"
#include "guichet/core/request.h"

struct purge_line {
	char *category;                    /* its code */
	int months;                        /* its retention */
	int64_t count;                     /* requests to be blanked */
	int64_t oldest_ms, newest_ms;      /* when the first and the last of them ended; NO_INSTANT none */
	int64_t files, bytes;              /* their attachments */
};
struct purge_plan {
	int64_t at_ms;                     /* the moment that retentions were counted to */
	struct purge_line *lines; size_t line_count;   /* categories that have some, in the order of their codes */
	struct purge_line all;             /* of all categories; `category` NULL, `months` 0 */
	int64_t held, owed;                /* over their retention, but kept: a legal hold; something is still to be done for them */
	int64_t contacts;                  /* about no request that is kept */
	int64_t drafts;
};
void purge_plan_init(struct purge_plan *plan, int64_t at_ms);
void purge_plan_done(struct purge_plan *plan);
/* `count` more of them. */
void purge_line_add(struct purge_line *line, int64_t count, int64_t oldest_ms, int64_t newest_ms, int64_t files, int64_t bytes);
/* The line of a category, made where it has none yet, in its place; until the next one is made. */
struct purge_line *purge_plan_line(struct purge_plan *plan, const char *category, int months);

/* `category` NULL, or one that the catalogue has no more: as a request that nobody qualified. */
int retention_months(const struct catalogue *c, const char *category);
/* An ended request for which somebody still has something to do: it is kept until that is done. */
bool request_owes(const struct request *r);

#endif
