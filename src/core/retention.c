// SPDX-License-Identifier: GPL-3.0-or-later
/* Retention of requests (retention.h). Must not know where requests are kept. */
#include "guichet/core/retention.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/text.h"

void purge_plan_init(struct purge_plan *plan, int64_t at_ms)
{
	*plan = (struct purge_plan){ .at_ms = at_ms, .all = { .oldest_ms = NO_INSTANT, .newest_ms = NO_INSTANT } };
}

void purge_plan_done(struct purge_plan *plan)
{
	for (size_t i = 0; i < plan->line_count; i++)
		free(plan->lines[i].category);
	free(plan->lines);
	memset(plan, 0, sizeof *plan);
}

void purge_line_add(struct purge_line *line, int64_t count, int64_t oldest_ms, int64_t newest_ms, int64_t files, int64_t bytes)
{
	line->count += count;
	line->files += files;
	line->bytes += bytes;
	if (line->oldest_ms == NO_INSTANT || oldest_ms < line->oldest_ms)
		line->oldest_ms = oldest_ms;
	if (line->newest_ms == NO_INSTANT || newest_ms > line->newest_ms)
		line->newest_ms = newest_ms;
}

struct purge_line *purge_plan_line(struct purge_plan *plan, const char *category, int months)
{
	size_t at = 0;
	while (at < plan->line_count && strcmp(plan->lines[at].category, category) < 0)
		at++;
	if (at < plan->line_count && !strcmp(plan->lines[at].category, category))
		return &plan->lines[at];
	plan->lines = guichet_realloc(plan->lines, plan->line_count + 1, sizeof *plan->lines);
	memmove(plan->lines + at + 1, plan->lines + at, (plan->line_count - at) * sizeof *plan->lines);
	plan->line_count++;
	plan->lines[at] = (struct purge_line){ .category = guichet_strdup(category), .months = months, .oldest_ms = NO_INSTANT, .newest_ms = NO_INSTANT };
	return &plan->lines[at];
}

int retention_months(const struct catalogue *c, const char *category)
{
	const struct category *found = category ? catalogue_category(c, category) : NULL;
	return (found ? found : c->unsorted)->retention_months;
}

bool request_owes(const struct request *r)
{
	for (size_t i = 0; i < r->callback_count; i++)
		if (!r->callbacks[i].done && r->status == STATUS_ANSWERED)
			return true;
	return r->unread_ms != NO_INSTANT || r->undelivered || request_danger_untold(r) || request_has_conflict(r);
}
