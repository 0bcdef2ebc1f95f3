// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files of the store share: the connection, prepared statements, what a transaction gathers before it commits. */
#ifndef GUICHET_STORE_INTERNAL_H
#define GUICHET_STORE_INTERNAL_H

#include <sqlite3.h>

#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/core/suggest.h"
#include "guichet/store/store.h"

#define DUE_NONE ((int64_t)9000000000000000)  /* request.due_answer when there is none: sorts last */

/* --- sql.c: statements --- */
/* A statement of this store, prepared once; `sql` must be a literal (its address is the key). NULL with `err` set when it can't be. */
sqlite3_stmt *sql_prepare(struct store *s, const char *sql, struct guichet_err *err);
/* Binds from parameter 1: i int64, I instant (NO_INSTANT -> NULL), t text (NULL -> NULL), e text ("" and NULL -> NULL), d double (NAN -> NULL),
 * b blob (const void *, size_t), z int64 (0 -> NULL). Texts and blobs must stay until the statement is reset. */
void sql_bind(sqlite3_stmt *st, const char *format, ...);
/* Steps: GUICHET_OK a row, GUICHET_NOT_FOUND no more (the statement is reset), else the error (reset). */
enum guichet_rc sql_step(struct store *s, sqlite3_stmt *st, struct guichet_err *err);
/* Prepares, binds, runs to the end, resets. */
enum guichet_rc sql_run(struct store *s, struct guichet_err *err, const char *sql, const char *format, ...);
/* One integer, or `fallback` when no row or NULL (errors too). */
int64_t sql_value(struct store *s, int64_t fallback, const char *sql, const char *format, ...);
enum guichet_rc sql_exec(struct store *s, const char *script, struct guichet_err *err);
/* SQLite's error in our words (locked, full, damaged, read-only). */
enum guichet_rc sql_error(sqlite3 *db, const char *path, struct guichet_err *err);
const char *column_str(sqlite3_stmt *st, int i);       /* "" for NULL */
int64_t column_instant(sqlite3_stmt *st, int i);       /* NO_INSTANT for NULL */
double column_real(sqlite3_stmt *st, int i);           /* NAN for NULL */

/* --- tally.c: sums gathered in a transaction, written when it commits --- */
struct tally { struct tally_entry *slots; size_t count, capacity; };
struct tally_entry { char *key; int64_t delta; };
void tally_add(struct tally *t, const char *key, int64_t delta);
void tally_done(struct tally *t);
struct tallies { struct tally figures, learned, words; };
void tallies_done(struct tallies *t);
/* Adds (sign +1) or takes away (-1) what this request contributes to figures, learned routing and the words of streets; and a requester to the
 * words of names. */
void tallies_contribute(struct tallies *t, const struct request *r, const struct deadlines *due, int sign);
void tallies_contribute_requester(struct tallies *t, const struct requester *who, int sign);
enum guichet_rc tallies_flush(struct store *s, struct tallies *t, struct guichet_err *err);
/* Figures: measure numbers in `figure`, and the delay bins (5 % apart). */
enum figure_measure { FIGURE_RECEIVED, FIGURE_ANSWERED, FIGURE_IN_TIME, FIGURE_REOPENED, FIGURE_REFUSED, FIGURE_CHASED, FIGURE_BROKEN,
	FIGURE_ENDED /* bin = enum status */ };
int figure_bin(int64_t delay_ms);           /* 0: at once; each bin is 5 % wider than the one before */
double figure_bin_hours(int bin);           /* its middle */

/* --- words.c: what is searched --- */
/* Folded words of a request: reference and phone tails, names, address with abbreviations spelled out, subject, description. */
void request_words(struct text *out, const struct request *r, const struct requester *who, const struct catalogue *c);
/* The words by which a person or a street is looked up (4 letters and more, no digits), one callback each. */
void name_words_each(const struct requester *who, void (*each)(void *context, const char *word), void *context);
void street_words_each(const struct request *r, void (*each)(void *context, const char *word), void *context);
void name_variants_each(const char *word, void (*each)(void *context, const char *variant), void *context);

/* --- near.c: words of names and streets that are one letter off (a letter wrong, missing, too many, or two swapped) --- */
enum { NEAR_WORDS_MAX = 16, NEAR_WORD_BYTES = 48 };
struct near_words { char words[NEAR_WORDS_MAX][NEAR_WORD_BYTES]; size_t count; };
void near_words_find(struct store *s, const char *word, struct near_words *out);

/* --- project.c --- */
/* Rewrites the projections of the request whose operations are `ops` (all of them, the newest last). `before` folds what was there (NULL when new).
 * *row_id: the request's row, 0 when new (then it is set). */
enum guichet_rc project_request(struct store *s, struct loaded *l, const struct request *before, struct guichet_err *err);
enum guichet_rc texts_flush(struct store *s, struct guichet_err *err);      /* search words gathered in this transaction */
enum guichet_rc project_reload(struct store *s, int64_t row_id, struct guichet_err *err);  /* after a calendar or requester changed */
/* The row that a fold gives; texts borrowed from `r` and `c`. */
void row_of_request(struct store *s, const struct request *r, const struct deadlines *due, struct request_row *out);
/* For SELECT ... FROM request r LEFT JOIN requester q ON q.id = r.requester; read in this order by row_of_statement: 35 columns. */
#define REQUEST_COLUMNS \
	"r.id, r.op, r.reference, r.status, r.open, r.nature, r.channel, r.service, r.category, r.commune, r.assigned, r.priority, " \
	"r.danger, r.untold, r.paused, r.received_ms, r.logged_ms, r.updated_ms, r.closed_ms, r.answered_ms, r.due_acknowledge, " \
	"r.due_take, r.due_complete, r.due_answer, r.due_legal, r.risk_ms, r.promised_ms, r.requester, " \
	"(SELECT p.id FROM request p WHERE p.op = r.parent), r.source_id, r.latitude, r.longitude, r.subject, r.address, " \
	"coalesce(nullif(q.name, ''), q.organisation)"
void row_of_statement(struct store *s, sqlite3_stmt *st, struct request_row *out);

enum guichet_rc project_requester(struct store *s, const struct op *op, struct guichet_err *err);
enum guichet_rc project_contact(struct store *s, const struct op *op, struct guichet_err *err);
enum guichet_rc project_bulletin(struct store *s, const struct op *op, struct guichet_err *err);

/* --- journal.c --- */
int64_t op_pack(struct store *s, struct op_id id);       /* 0 for none or an unknown device */
struct op_id op_unpack(struct store *s, int64_t packed);
/* Reads the operations of a subject, in id order. The caller frees each with op_done and the array. */
enum guichet_rc journal_read(struct store *s, int64_t subject, struct op **ops, size_t *count, struct guichet_err *err);
enum guichet_rc op_of_statement(struct store *s, sqlite3_stmt *st, struct op *out, struct guichet_err *err);
#define OP_COLUMNS "id, subject, seq, kind, v, actor, wall_ms, facts, personal, base, salt, hash" /* read by op_of_statement */
void ops_free(struct op *ops, size_t count);

/* --- open.c --- */
enum guichet_rc store_load_catalogue(struct store *s, struct guichet_err *err);   /* the one in force, built anew */
enum guichet_rc store_save_catalogue(struct store *s, const struct catalogue_source *source, struct guichet_err *err); /* checked, put in force */
enum guichet_rc store_new_identity(struct store *s, struct guichet_err *err);     /* new device, serials elsewhere; inside a transaction */

/* --- serials.c --- */
enum guichet_rc store_new_serials(struct store *s, struct guichet_err *err);

/* --- migrations.c --- */
enum guichet_rc migrations_run(struct store *s, int from, struct guichet_err *err);

/* --- the store --- */
struct pending_text { int64_t id; char *words; char *old_words; };
struct store {
	sqlite3 *db;
	char *path;
	bool read_only, exercise;
	struct guichet_clock clock;
	struct guichet_random random;
	struct catalogue *catalogue;
	struct catalogue **retired;  /* replaced while open: callers may still hold parts of them */
	size_t retired_count, retired_capacity;
	int64_t local_codes;         /* how many codes made by imports the catalogue holds */
	struct statement { const char *sql; sqlite3_stmt *st; } *statements;
	size_t statement_slots, statement_count;
	struct { int64_t no; uint32_t id; } *devices;
	size_t device_count, device_capacity;
	uint32_t device;             /* this store's */
	int64_t device_no;
	uint64_t next_dseq;
	int depth;                   /* of nested transactions */
	bool doomed;                 /* something inside failed: the outermost must roll back */
	struct tallies tallies;      /* of the transaction under way */
	struct pending_text *texts;  /* search words to be written at commit, in id order (FTS5 wants rising rowids) */
	size_t text_count, text_capacity;
};

#endif
