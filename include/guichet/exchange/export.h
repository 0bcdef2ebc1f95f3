// SPDX-License-Identifier: GPL-3.0-or-later
/* Requests out of the store, the newest first: CSV for spreadsheets (formulas neutralised, data/maps/guichet.ini
 * reads it back), or one JSON object a line as wire/request_json.h gives it. */
#ifndef GUICHET_EXCHANGE_EXPORT_H
#define GUICHET_EXCHANGE_EXPORT_H

#include <stdio.h>

#include "guichet/store/store.h"

enum export_format { EXPORT_CSV, EXPORT_JSON_LINES };
bool export_format_parse(const char *s, enum export_format *out);   /* csv, jsonl */

struct export_options {
	enum export_format format;
	int64_t from_ms, to_ms;            /* received in [from, to); 0: any */
	const struct progress *progress;   /* in requests, of an unknown number; may be NULL */
};

/* Writes to `out`. *count (may be NULL) gets how many. GUICHET_IO; GUICHET_LOCKED when interrupted. */
enum guichet_rc export_requests(struct store *s, const struct export_options *options, FILE *out, int64_t *count,
	struct guichet_err *err);
/* Writes to a new file, which appears whole or not at all, for its owner alone: it holds personal data.
 * GUICHET_CANT_CREATE when `path` exists. */
enum guichet_rc export_file(struct store *s, const struct export_options *options, const char *path, int64_t *count,
	struct guichet_err *err);

#endif
