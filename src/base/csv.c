// SPDX-License-Identifier: GPL-3.0-or-later
/* Reading CSV as it comes: a record at a time, bounded memory, and no record lost to its neighbour's fault. Must not
 * know what the columns mean.
 *
 * A record is scanned in what has been read ahead, and consumed only once it is known whole: a torn quote, seen at last
 * when the quotes no longer fit, is thus given back up to the end of the line where its record began.
 */
#include "guichet/base/csv.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"

enum {
	CHUNK = 64 * 1024,
	DETECT_RECORDS = 50,
	TORN_LINES = 100,        /* so many plausible records in a row inside one quoted field: its quote was torn */
	PASSED_LINES_MAX = 1000, /* how far to look for a plausible record after a torn quote */
};

/* How a record turned out. */
enum outcome { WHOLE, TORN, TEXT_AFTER_QUOTE, TOO_LONG };

struct scan {
	size_t end;           /* after its line end */
	size_t length;        /* without it */
	int64_t lines;        /* physical lines it spans */
	bool too_wide;        /* a field or the number of columns passes its limit */
};

/* A record seen loosely, to compare it with others. */
struct shape {
	size_t fields;
	size_t next;          /* where the next one starts */
	bool open;            /* ends inside quotes */
};

void csv_reader_init(struct csv_reader *r, FILE *file, char separator)
{
	*r = (struct csv_reader){ .file = file, .separator = separator, .next_line = 1 };
}

void csv_reader_done(struct csv_reader *r)
{
	text_done(&r->record);
	text_done(&r->fields);
	text_done(&r->ahead);
	free(r->starts);
	*r = (struct csv_reader){ 0 };
}

/* Reads more. False at the end of the file, and when a whole record's worth is held already. */
static bool fill(struct csv_reader *r)
{
	char chunk[CHUNK];
	size_t n;

	r->full = r->ahead.len - r->at > CSV_RECORD_MAX;
	if (r->full || r->at_end)
		return false;
	n = fread(chunk, 1, sizeof chunk, r->file);
	r->at_end = n < sizeof chunk;
	text_addn(&r->ahead, chunk, n);
	return n > 0;
}

/* The byte at `i`, or -1 where nothing more can be read. */
static inline int peek(struct csv_reader *r, size_t i)
{
	return i < r->ahead.len || fill(r) ? (unsigned char)r->ahead.data[i] : -1;
}

/* Forgets what was consumed, when that costs less than it frees. */
static void compact(struct csv_reader *r)
{
	size_t left = r->ahead.len - r->at;

	if (r->at == 0 || r->at < left)
		return;
	memmove(r->ahead.data, r->ahead.data + r->at, left + 1);
	r->ahead.len = left;
	r->at = 0;
}

/* The line end at `i`: how many bytes (0: none there). The end of the file is one, of no byte. */
static bool is_line_end(struct csv_reader *r, size_t i, size_t *bytes)
{
	int c = peek(r, i);

	*bytes = 0;
	if (c == '\r') {
		c = peek(r, i + 1);
		if (c != '\n' && c != -1)
			return false;
		*bytes = 1;
	}
	if (c == '\n')
		++*bytes;
	return c == '\n' || c == -1;
}

/* Looks at the record from `from`; a newline inside quotes ends it too unless `multiline`. No misplaced quote stops it. */
static struct shape shape_of(struct csv_reader *r, size_t from, char separator, bool multiline)
{
	struct shape s = { .fields = 1 };
	bool quoted = false, fresh = true;
	size_t i;
	int c;

	for (i = from; (c = peek(r, i)) != -1; i++) {
		if (c == '\n' && !(quoted && multiline)) {
			i++;
			break;
		}
		if (quoted) {
			if (c == '"' && peek(r, i + 1) == '"')
				i++;
			else if (c == '"')
				quoted = false;
			continue;
		}
		quoted = fresh && c == '"';
		fresh = c == (unsigned char)separator;
		s.fields += fresh;
	}
	s.next = i;
	s.open = quoted;
	return s;
}

/* Picks the separator that cuts the first records into the most regular rows. */
static char detect_separator(struct csv_reader *r)
{
	static const char candidates[] = { ',', ';', '\t', '|' };
	double best_score = 0;
	size_t best_fields = 1;
	char best = ',';

	fill(r);
	for (size_t c = 0; c < sizeof candidates; c++) {
		size_t at = r->at, records = 0, regular = 0, fields = 0;
		bool multiline = true;
		double score;

		while (records < DETECT_RECORDS && peek(r, at) != -1) {
			struct shape s = shape_of(r, at, candidates[c], multiline);

			/* A quote that never closes must not decide. */
			if (s.open && multiline) {
				multiline = false;
				s = shape_of(r, at, candidates[c], false);
			}
			if (records++ == 0)
				fields = s.fields;
			regular += s.fields == fields;
			at = s.next;
		}
		score = records ? (double)regular / (double)records : 0;
		if (fields > 1 && (score > best_score || (score == best_score && fields > best_fields))) {
			best = candidates[c];
			best_score = score;
			best_fields = fields;
		}
	}
	return best;
}

static void start(struct csv_reader *r)
{
	r->started = true;
	if (peek(r, 0) == 0xEF && peek(r, 1) == 0xBB && peek(r, 2) == 0xBF) {
		r->at = 3;
		r->offset += 3;
	}
	if (!r->separator)
		r->separator = detect_separator(r);
}

/* Whether the line at `i` looks like the start of a record of this file. */
static bool is_plausible(struct csv_reader *r, const struct shape *s)
{
	if (r->columns == 0)
		return true;
	if (s->open)
		return s->fields <= r->columns || s->fields <= r->last_columns;
	return s->fields == r->columns || s->fields == r->last_columns;
}

static void open_field(struct csv_reader *r, struct scan *s)
{
	if (r->count >= CSV_COLUMNS_MAX) {
		s->too_wide = true;
		return;
	}
	if (r->count)
		text_addc(&r->fields, '\0');
	GUICHET_GROW(r->starts, r->count, r->capacity);
	r->starts[r->count++] = r->fields.len;
}

static void add_bytes(struct csv_reader *r, const struct scan *s, size_t from, size_t to)
{
	if (!s->too_wide)
		text_addn(&r->fields, r->ahead.data + from, to - from);
}

/* Scans a field without quotes from *i to its separator or line end. */
static void scan_plain(struct csv_reader *r, struct scan *s, size_t *i)
{
	size_t from = *i, bytes;
	int c;

	while ((c = peek(r, *i)) != -1 && c != (unsigned char)r->separator && c != '\n') {
		if (c == '\r' && is_line_end(r, *i, &bytes))
			break;
		++*i;
	}
	if (*i - from > CSV_FIELD_MAX)
		s->too_wide = true;
	add_bytes(r, s, from, *i);
}

/* Scans a quoted field from its opening quote at *i to after its closing one. */
static enum outcome scan_quoted(struct csv_reader *r, struct scan *s, size_t *i)
{
	size_t opened = *i, from = ++*i, plausible = 0, bytes;
	int64_t first_line = s->lines;
	int c;

	while ((c = peek(r, *i)) != -1) {
		if (c == '\n') {
			struct shape next;

			s->lines++;
			if (*i - opened > CSV_FIELD_MAX)
				return TORN;
			next = shape_of(r, *i + 1, r->separator, false);
			plausible = r->columns > 1 && !next.open && is_plausible(r, &next) ? plausible + 1 : 0;
			if (plausible >= TORN_LINES)
				return TORN;
		} else if (c == '"' && peek(r, *i + 1) == '"') {
			add_bytes(r, s, from, ++*i);
			from = *i + 1;
		} else if (c == '"') {
			add_bytes(r, s, from, *i);
			s->too_wide |= *i - opened > CSV_FIELD_MAX;
			++*i;
			if (peek(r, *i) == (unsigned char)r->separator || is_line_end(r, *i, &bytes))
				return WHOLE;
			return s->lines > first_line ? TORN : TEXT_AFTER_QUOTE;
		}
		++*i;
	}
	return r->full && s->lines == first_line ? TOO_LONG : TORN;
}

/* Scans the record at r->at and decodes its fields. */
static enum outcome scan_record(struct csv_reader *r, struct scan *s)
{
	enum outcome outcome = WHOLE;
	size_t i = r->at, bytes;

	*s = (struct scan){ .lines = 1 };
	text_clear(&r->fields);
	r->count = 0;
	r->full = false;
	for (;; i++) {
		open_field(r, s);
		if (peek(r, i) == '"')
			outcome = scan_quoted(r, s, &i);
		else
			scan_plain(r, s, &i);
		if (outcome != WHOLE || peek(r, i) != (unsigned char)r->separator)
			break;
	}
	if (outcome == WHOLE && is_line_end(r, i, &bytes)) {
		s->length = i - r->at;
		s->end = i + bytes;
	}
	text_addc(&r->fields, '\0');
	return outcome == WHOLE && (r->full || s->length > CSV_RECORD_MAX) ? TOO_LONG : outcome;
}

/* A record over several lines that closed by chance: its width is no other's, and the line below its first looks like a
 * record by itself. */
static bool swallowed_others(struct csv_reader *r, const struct scan *s)
{
	struct shape first, second;

	if (s->lines < 2 || r->columns < 2 || r->count == r->columns || r->count == r->last_columns)
		return false;
	first = shape_of(r, r->at, r->separator, false);
	second = shape_of(r, first.next, r->separator, false);
	return first.open && !second.open && is_plausible(r, &second);
}

static void consume(struct csv_reader *r, size_t bytes)
{
	r->at += bytes;
	r->offset += (int64_t)bytes;
}

/* Moves one physical line into `record`, however long; what passes the limit is dropped. */
static void take_line(struct csv_reader *r)
{
	size_t room = r->record.len < CSV_RECORD_MAX ? CSV_RECORD_MAX - r->record.len : 0;
	const char *newline = NULL;
	size_t start = r->record.len;

	r->next_line++;
	while (!newline && (r->at < r->ahead.len || (compact(r), fill(r)))) {
		size_t left = r->ahead.len - r->at, bytes = left, kept;

		newline = memchr(r->ahead.data + r->at, '\n', left);
		if (newline)
			bytes = (size_t)(newline - (r->ahead.data + r->at)) + 1;
		kept = newline ? bytes - 1 : bytes;
		if (kept > room)
			kept = room;
		text_addn(&r->record, r->ahead.data + r->at, kept);
		room -= kept;
		consume(r, bytes);
	}
	if (r->record.len > start && r->record.data[r->record.len - 1] == '\r')
		r->record.data[--r->record.len] = '\0';
}

/* Takes the bad record's first line, then those that can only be the rest of it. */
static void pass_over(struct csv_reader *r)
{
	struct shape s = shape_of(r, r->at, r->separator, false);
	size_t passed = 0, at = s.next;
	bool open = s.open, found = false;

	while (open && passed < PASSED_LINES_MAX && peek(r, at) != -1) {
		s = shape_of(r, at, r->separator, false);
		found = is_plausible(r, &s);
		if (found)
			break;
		passed++;
		at = s.next;
	}
	take_line(r);
	while (found && passed-- > 0) {
		text_addc(&r->record, '\n');
		take_line(r);
	}
}

static enum guichet_rc refuse(struct csv_reader *r, enum outcome outcome)
{
	r->problem = outcome == TORN ? _("guillemet ouvert et jamais fermé")
		: outcome == TEXT_AFTER_QUOTE ? _("texte après un guillemet fermant")
		: _("ligne trop longue");
	r->count = 0;
	pass_over(r);
	return GUICHET_DATA;
}

/* What is wrong with a record that is whole, or NULL. */
static const char *find_problem(const struct csv_reader *r, const struct scan *s)
{
	if (s->too_wide)
		return r->count >= CSV_COLUMNS_MAX ? _("trop de colonnes") : _("champ trop long");
	if (memchr(r->record.data, '\0', r->record.len))
		return _("caractère nul");
	if (!utf8_valid(r->record.data, r->record.len, NULL))
		return _("texte qui n'est pas en UTF-8");
	return NULL;
}

enum guichet_rc csv_next(struct csv_reader *r)
{
	enum outcome outcome;
	struct scan s;
	size_t bytes;

	if (!r->started)
		start(r);
	compact(r);
	text_clear(&r->record);
	r->problem = NULL;
	r->count = 0;
	while (peek(r, r->at) != -1 && is_line_end(r, r->at, &bytes)) {
		consume(r, bytes);
		r->next_line++;
	}
	if (ferror(r->file))
		return GUICHET_IO;
	r->line = r->next_line;
	if (peek(r, r->at) == -1)
		return GUICHET_NOT_FOUND;
	outcome = scan_record(r, &s);
	if (ferror(r->file))
		return GUICHET_IO;
	if (outcome == WHOLE && swallowed_others(r, &s))
		outcome = TORN;
	if (outcome != WHOLE)
		return refuse(r, outcome);
	text_addn(&r->record, r->ahead.data + r->at, s.length);
	consume(r, s.end - r->at);
	r->next_line += s.lines;
	r->problem = find_problem(r, &s);
	if (r->problem) {
		r->count = 0;
		return GUICHET_DATA;
	}
	r->last_columns = r->count;
	if (!r->columns)
		r->columns = r->count;
	return GUICHET_OK;
}

const char *csv_field(const struct csv_reader *r, size_t index)
{
	return index < r->count ? r->fields.data + r->starts[index] : "";
}
