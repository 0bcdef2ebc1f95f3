// SPDX-License-Identifier: GPL-3.0-or-later
/* Requests from a CSV file, by a map that says what its columns mean (data/maps/ ships some, and their comments
 * say what a map may hold).
 *
 * A row is taken once: by its source's own number, or else by the file's hash and the row's number. Work is cut
 * into transactions of at most STORE_BATCH requests, each of which also says how far it came, so that an import
 * that was interrupted anyhow goes on where it stood. Nothing here prints. */
#ifndef GUICHET_EXCHANGE_IMPORT_H
#define GUICHET_EXCHANGE_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "guichet/base/ini.h"
#include "guichet/store/store.h"

struct import_map;
/* Reads a map from INI text called `file`. Every mistake goes to `problems`; GUICHET_CONFIG and *out NULL if any. */
enum guichet_rc import_map_parse(const char *file, const char *data, size_t bytes, struct import_map **out,
	struct problems *problems);
void import_map_free(struct import_map **m);
const char *import_map_name(const struct import_map *m);

struct import_counts { int64_t read, taken, known, rejected; };   /* read = taken + known + rejected */

struct import_options {
	const struct actor *actor;         /* a supervisor or an administrator */
	bool dry_run;                      /* reads and checks everything, writes nothing to the store */
	const char *rejects;               /* where rejected rows go; NULL: a file of `rejects_folder` named after map and content, none when dry */
	const char *rejects_folder;        /* made when needed, for its owner alone */
	const struct progress *progress;   /* in lines; false stops after the transaction: GUICHET_LOCKED, to be taken up again; may be NULL */
	void (*resumed)(void *context, int64_t line); /* an interrupted import goes on at this line; may be NULL */
	void (*rejected)(void *context, int64_t line, const char *reason); /* each row that can't be taken; may be NULL */
	void *context;
};

struct import_result {
	struct import_counts counts;       /* with those of the part done before an interruption; only what is safe in the store */
	char *rejects;                     /* the file of rejected rows; NULL when there is none; owned */
};
void import_result_done(struct import_result *r);

/* Imports `path`, a regular file. `out` is filled also when it fails on the way. GUICHET_NO_INPUT; GUICHET_DATA
 * when the file as a whole is not what the map describes (empty, no CSV in UTF-8, columns missing: all named);
 * GUICHET_CONFIG when the map names codes that the catalogue lacks; GUICHET_CANT_CREATE when the rejects would
 * overwrite something else; GUICHET_LOCKED when interrupted; GUICHET_IO. */
enum guichet_rc import_file(struct store *s, const struct import_map *map, const char *path,
	const struct import_options *options,
	struct import_result *out, struct guichet_err *err);

#endif
