// SPDX-License-Identifier: GPL-3.0-or-later
/* What went out of a request, what waits to, and what came by mail, in words for the Fiche. Draws nothing. */
#ifndef GUICHET_UI_REQUEST_POST_H
#define GUICHET_UI_REQUEST_POST_H

#include "facts.h"
#include "guichet/core/request.h"

/* How the message stands that an operation owes: "envoyée 24/11 10:12, adresse"; nothing when it owes none. */
enum style post_standing(struct text *out, const struct request *r, struct op_id target, enum purpose p, int64_t now_ms);
/* All of it but answers, which are told with their text. */
void post_facts(struct facts *f, const struct request *r, int64_t now_ms);

#endif
