// SPDX-License-Identifier: GPL-3.0-or-later
/* Requests and their rows as JSON, with Open311 GeoReport v2's names where the meaning is the same. Dates are RFC 3339 with an offset; a missing value is null.
 * The field names are a contract. Each function returns a new reference.
 */
#ifndef GUICHET_WIRE_REQUEST_JSON_H
#define GUICHET_WIRE_REQUEST_JSON_H

#include <jansson.h>

#include "guichet/store/store.h"

json_t *instant_json(int64_t ms);                    /* null for NO_INSTANT */
json_t *row_json(const struct request_row *row, const struct catalogue *c);
/* The whole request: `history` adds its operations; `contacts` comes from the store. */
json_t *request_json(struct store *s, const struct loaded *l, bool history);
json_t *requester_json(const struct requester *r);
json_t *due_dates_json(const struct deadlines *d);

#endif
