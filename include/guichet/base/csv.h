// SPDX-License-Identifier: GPL-3.0-or-later
/* CSV (RFC 4180 with what real files do): reading as a stream with bounded memory, writing with formulas neutralised.
 * Separator , ; tab or |, quote ", BOM, CRLF or LF: detected from the first bytes or given. */
#ifndef GUICHET_BASE_CSV_H
#define GUICHET_BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "guichet/base/err.h"
#include "guichet/base/text.h"

enum { CSV_FIELD_MAX = 1024 * 1024, CSV_RECORD_MAX = 4 * 1024 * 1024, CSV_COLUMNS_MAX = 1000 };

struct csv_reader {
	FILE *file;          /* borrowed */
	char separator;      /* 0: to be detected */
	bool started;
	int64_t line;        /* first physical line of the current record, 1-based */
	int64_t next_line;
	int64_t offset;      /* bytes consumed so far, for progress and resuming */
	struct text record;  /* the record as it stood in the file, without its line end */
	struct text fields;  /* decoded fields, each NUL-terminated */
	size_t *starts;
	size_t count, capacity;
	const char *problem; /* when csv_next said GUICHET_DATA: why, in the language of messages, static */
	/* private: */
	struct text ahead;   /* bytes read from the file... */
	size_t at;           /* ...and consumed up to here */
	size_t columns, last_columns; /* of the first good record and of the last */
	bool at_end, full;   /* nothing more in the file; nothing more may be held */
};

/* To resume: seek the file to an `offset` where csv_next stopped, init with the separator found then, and set `next_line` and
 * `offset` before the first csv_next. */
void csv_reader_init(struct csv_reader *r, FILE *file, char separator);
void csv_reader_done(struct csv_reader *r);

/* Reads the next record; empty lines are skipped. GUICHET_OK; GUICHET_NOT_FOUND at the end; GUICHET_DATA for a record that can't
 * be taken (torn quote, text after a closing quote, NUL, invalid UTF-8, too long): `problem` says why, `record` holds it, and
 * reading can go on with the next one; GUICHET_IO.
 * After a torn quote reading goes on at the next line that starts a plausible record: one with as many fields as the first
 * record or the last good one. The lines passed over are in `record` too; when no such line comes soon, none is passed over. */
enum guichet_rc csv_next(struct csv_reader *r);
const char *csv_field(const struct csv_reader *r, size_t index); /* "" beyond the end; borrowed until csv_next */

/* Adds one field to a line being written: quoted when needed; a text that a spreadsheet would run (= + - @ tab CR first) is
 * prefixed with an apostrophe unless it is a plain number. `first` says whether a separator goes before it. */
void csv_write_field(struct text *line, const char *value, char separator, bool first);

#endif
