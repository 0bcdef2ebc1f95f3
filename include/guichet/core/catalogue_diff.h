// SPDX-License-Identifier: GPL-3.0-or-later
/* What changed between two catalogues, a sentence each, for `catalogue diff` before a change is applied. Which
 * requests and promises it moves is for the store to say: the catalogue knows no requests. */
#ifndef GUICHET_CORE_CATALOGUE_DIFF_H
#define GUICHET_CORE_CATALOGUE_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "guichet/core/catalogue.h"

enum change_kind { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_CHANGED };

struct catalogue_change {
	enum change_kind kind;
	const char *subject;  /* metropole calendar service body commune category script; constant */
	const char *code;     /* of the subject, "" for the metropole; a closure is told under its calendar */
	const char *sentence; /* "Motif nid-de-poule : réponse : 5 jours ouvrés -> 3 jours ouvrés." (language of messages) */
	bool moves_dates;     /* open due dates may move: targets, opening hours, closures, competence */
};

/* Calls `each` for every difference, calendars first, in the order of the new catalogue, what is gone after what is
 * there. What is borrowed in a change lasts as long as the call. What an import added to either is left out. Returns
 * how many there were. */
size_t catalogue_diff(const struct catalogue *old, const struct catalogue *new_,
	void (*each)(void *context, const struct catalogue_change *change), void *context);

#endif
