// SPDX-License-Identifier: GPL-3.0-or-later
/* A desk on a Tuesday morning, with something of each kind on it: what the tests of screens look at. */
#ifndef GUICHET_TESTS_DESK_SCENE_H
#define GUICHET_TESTS_DESK_SCENE_H

#include "store_fixture.h"

/* References of what was logged. */
struct desk_scene {
	int64_t late;                  /* nid de poule of 9 November, in hand at Voirie, overdue; its caller is Mme Lefèvre */
	int64_t at_risk;               /* dépôt of 16 November, transmitted to Nettoyage, due tonight */
	int64_t leak;                  /* fuite of this morning: a danger that nobody was told of */
	int64_t unsorted;              /* of this morning, by email, to be sorted */
	int64_t callback;              /* plainte of yesterday: a call-back was due at 9:30 */
	int64_t promised;              /* nid de poule of 12 November, promised for the 20th */
	int64_t incident;              /* dépôt of yesterday with three requests linked to it, one of them anonymous */
	int64_t children[3];
	int64_t closed;                /* horaires of 16 November, answered and closed */
};

void desk_scene_make(struct store_fixture *f, struct desk_scene *out);
int64_t scene_row(struct store_fixture *f, int64_t reference);
/* The request as it stands, to look at; the caller ends it with loaded_done. */
struct loaded scene_load(struct store_fixture *f, int64_t reference);
enum status scene_status(struct store_fixture *f, int64_t reference);

#endif
