// SPDX-License-Identifier: GPL-3.0-or-later
/* Fills an exercise store with a realistic history of N requests. Refuses any other store.
 */
#ifndef GUICHET_EXCHANGE_DEMO_H
#define GUICHET_EXCHANGE_DEMO_H

#include "guichet/store/store.h"

/* Adds `requests` requests with their contacts, requesters and steps, whose rates by hour, weekday, channel and category are those of a real call
 * centre; the last ones end at the store's present time. Progress in requests (`p` may be NULL). GUICHET_REFUSED when the store is no exercise. */
enum guichet_rc demo_fill(struct store *s, size_t requests, const struct progress *p, struct guichet_err *err);

#endif
