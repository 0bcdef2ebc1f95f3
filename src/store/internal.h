// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files of the store share: the connection, prepared statements, what a transaction gathers before it commits. */
#ifndef GUICHET_STORE_INTERNAL_H
#define GUICHET_STORE_INTERNAL_H

#include <sqlite3.h>
#include <sys/types.h>

#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/core/suggest.h"
#include "guichet/store/store.h"

/* How far a rebuilding has come (rebuild.c); INT64_MAX when none is under way. What lies beyond adds nothing to sums and index: that is done when
 * its turn comes. */
struct rebuilt { int64_t requesters, requests, texts; };

/* A local id: the device's number, then the operation's on it. */
enum { DSEQ_BITS = 40 };
#define DSEQ_MASK (((int64_t)1 << DSEQ_BITS) - 1)
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
/* One read transaction for many statements: each alone would lock, look at and unlock the file anew, which costs more than a small question. False when the
 * caller has one, or none can be had: then each statement goes alone and tells what is wrong. */
bool sql_begin_reading(struct store *s);
void sql_end_reading(struct store *s, bool reading);
/* One integer, or `fallback` when no row or NULL (errors too). */
int64_t sql_value(struct store *s, int64_t fallback, const char *sql, const char *format, ...);
enum guichet_rc sql_exec(struct store *s, const char *script, struct guichet_err *err);
/* SQLite's error in our words (locked, full, damaged, read-only). */
enum guichet_rc sql_error(sqlite3 *db, const char *path, struct guichet_err *err);
const char *column_str(sqlite3_stmt *st, int i);       /* "" for NULL */
int64_t column_instant(sqlite3_stmt *st, int i);       /* NO_INSTANT for NULL */
double column_real(sqlite3_stmt *st, int i);           /* NAN for NULL */

/* --- tally.c: sums gathered in a transaction, written when it commits --- */
/* `summing`: only a sum over what is added is kept, in `sum`, by which a table is compared with what it should hold. */
struct tally { struct tally_entry *slots; size_t count, capacity; bool summing; uint64_t sum; };
struct tally_entry { char *key; int64_t delta; };
void tally_add(struct tally *t, const char *key, int64_t delta);
void tally_done(struct tally *t);
struct tallies { struct tally figures, learned, words; };
void tallies_done(struct tallies *t);
/* Adds (sign +1) or takes away (-1) what this request contributes to figures; to learned routing and the words of streets; and a requester to the
 * words of names. */
void tallies_count(struct tallies *t, const struct request *r, int64_t answer_due_ms, int sign);
void tallies_learn(struct tallies *t, const struct request *r, const struct catalogue *c, int sign);
void tallies_contribute_requester(struct tallies *t, const struct requester *who, int sign);
/* What has been learned of this feature. */
void tallies_each_learned(const struct tallies *t, uint64_t feature,
	void (*each)(void *context, const char *category, const char *service, int64_t count), void *context);
enum guichet_rc tallies_flush(struct store *s, struct tallies *t, struct guichet_err *err);
/* Adds up the tables that tallies_flush writes, as tallies with `summing` do. */
enum guichet_rc tallies_sum_tables(struct store *s, struct tallies *out, struct guichet_err *err);
uint64_t tally_hash(const char *key);
/* Figures: measure numbers in `figure`, and the delay bins (5 % apart). */
enum figure_measure { FIGURE_RECEIVED, FIGURE_ANSWERED, FIGURE_IN_TIME, FIGURE_REOPENED, FIGURE_REFUSED, FIGURE_CHASED, FIGURE_BROKEN,
	FIGURE_ENDED /* bin = enum status */ };
enum { FIGURE_BINS = 401 };
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
/* After the catalogue or the requester changed. `moved` (may be NULL): a due date is another one than it was. */
enum guichet_rc project_reload(struct store *s, int64_t row_id, bool *moved, struct guichet_err *err);
/* The dates of a request's row: a function of its fold and the catalogue alone. Those of one that waits are as they stood when it began to. */
void project_deadlines(const struct request *r, const struct catalogue *c, int64_t now_ms, struct deadlines *out);
/* A request whose turn has come (settle.c): adds what waited of it. */
enum guichet_rc settle_request(struct store *s, int64_t subject, struct guichet_err *err);
/* Calls `differs` for each part of the projections that is not what `l` gives: a column's name, "mots", "à faire", "contacts", or "absente". */
typedef void project_differs(void *context, const char *what);
enum guichet_rc project_compare(struct store *s, const struct loaded *l, project_differs *differs, void *context, struct guichet_err *err);
/* The row that a fold gives; texts borrowed from `r` and `c`. */
void row_of_request(struct store *s, const struct request *r, const struct deadlines *due, struct request_row *out);
/* Reads a row's columns that are booleans, named, for "differs". */
enum guichet_rc columns_compare(struct store *s, sqlite3_stmt *st, project_differs *differs, void *context, struct guichet_err *err);
/* For SELECT ... FROM request r LEFT JOIN requester q ON q.id = r.requester; read in this order by row_of_statement: REQUEST_COLUMN_COUNT columns. */
enum { REQUEST_COLUMN_COUNT = 36 };
#define REQUEST_COLUMNS \
	"r.id, r.op, r.reference, r.status, r.open, r.nature, r.channel, r.service, r.category, r.commune, r.assigned, r.priority, " \
	"r.danger, r.untold, r.paused, r.received_ms, r.logged_ms, r.updated_ms, r.closed_ms, r.answered_ms, r.due_acknowledge, " \
	"r.due_take, r.due_complete, r.due_answer, r.due_legal, r.risk_ms, r.promised_ms, r.requester, " \
	"(SELECT p.id FROM request p WHERE p.op = r.parent), r.source_id, r.latitude, r.longitude, r.subject, r.address, " \
	"coalesce(nullif(q.name, ''), q.organisation), r.conflict"
void row_of_statement(struct store *s, sqlite3_stmt *st, struct request_row *out);

/* Takes a request's rows, words and sums away, as if it had never been here; its operations stay. */
enum guichet_rc unproject_request(struct store *s, const struct loaded *l, struct guichet_err *err);
enum guichet_rc unproject_requester(struct store *s, int64_t id, struct guichet_err *err);
/* Whom this record was merged into. */
enum guichet_rc project_merge(struct store *s, int64_t merged, struct guichet_err *err);
enum guichet_rc project_requester(struct store *s, const struct op *op, struct guichet_err *err);
/* A requester's record and words as its operations say, whatever stood there; its requests are left alone (rebuilding). */
enum guichet_rc restore_requester(struct store *s, int64_t id, struct guichet_err *err);
enum guichet_rc settle_requester(struct store *s, int64_t id, struct guichet_err *err);
/* Compares as project_compare; *words gets how many rows of requester_word it has. */
enum guichet_rc compare_requester(struct store *s, int64_t id, const struct op *ops, size_t count, int64_t *words, project_differs *differs,
	void *context, struct guichet_err *err);
void fold_requester(struct requester *out, const struct op *ops, size_t count);
enum guichet_rc project_contact(struct store *s, const struct op *op, struct guichet_err *err);
/* A mail is a contact too: any operation on one. */
enum guichet_rc project_mail(struct store *s, int64_t subject, struct guichet_err *err);
enum guichet_rc compare_mail(struct store *s, const struct op *ops, size_t count, project_differs *differs, void *context, struct guichet_err *err);
enum guichet_rc project_outgoing(struct store *s, int64_t id, bool is_new, const struct request *r, struct guichet_err *err);
void compare_outgoing(struct store *s, int64_t id, const struct request *r, project_differs *differs, void *context);
enum guichet_rc project_bulletin(struct store *s, const struct op *op, struct guichet_err *err);
/* A contact's or bulletin's row as all its operations say, whatever stood there. */
enum guichet_rc restore_notice(struct store *s, int64_t subject, const struct op *ops, size_t count, struct guichet_err *err);
/* The operation that made this subject; NULL when it is not among them, or parked. */
const struct op *op_of_subject(const struct op *ops, size_t count);
enum guichet_rc compare_contact(struct store *s, const struct op *op, project_differs *differs, void *context, struct guichet_err *err);
enum guichet_rc compare_bulletin(struct store *s, const struct op *op, bool ended, project_differs *differs, void *context,
	struct guichet_err *err);

/* --- journal.c --- */
/* What long work returns when its progress says stop. */
enum guichet_rc store_interrupted(struct guichet_err *err);
bool progress_tick(const struct progress *p, int64_t done, int64_t total);   /* false: stop */
/* Ends what store_begin began: commits when `rc` is GUICHET_OK, else rolls back and returns `rc`. */
enum guichet_rc store_finish(struct store *s, enum guichet_rc rc, struct guichet_err *err);
int64_t op_pack(struct store *s, struct op_id id);       /* 0 for none or an unknown device */
struct op_id op_unpack(struct store *s, int64_t packed);
/* The next subject after this one, in id order; 0: none. */
int64_t journal_next_subject(struct store *s, int64_t after);
/* Reads the operations of a subject, in id order; not those that are kept for the server alone (parked 2, replica_purge.c). The caller frees each with
 * op_done and the array. */
enum guichet_rc journal_read(struct store *s, int64_t subject, struct op **ops, size_t *count, struct guichet_err *err);
enum guichet_rc op_of_statement(struct store *s, sqlite3_stmt *st, struct op *out, struct guichet_err *err);
#define OP_COLUMNS "id, subject, seq, kind, v, actor, wall_ms, facts, personal, base, salt, hash, parked, why" /* read by op_of_statement */
void ops_free(struct op *ops, size_t count);
enum guichet_rc journal_insert(struct store *s, const struct op *op, struct guichet_err *err); /* its row alone; its device is known */

/* --- gather.c --- */
/* The file system to open a store on: SQLite's own, with fewer and larger writes to the rollback journal. NULL: SQLite's own. */
const char *gather_vfs(void);

/* --- open.c --- */
enum guichet_rc store_load_devices(struct store *s, struct guichet_err *err);
void store_drop_old_backups(struct store *s);
enum guichet_rc store_check_header(const char *path, int *version, struct guichet_err *err);  /* as store_open would refuse it */
enum guichet_rc store_load_catalogue(struct store *s, struct guichet_err *err);   /* the one in force, built anew */
enum guichet_rc store_save_catalogue(struct store *s, const struct catalogue_source *source, struct guichet_err *err); /* checked, put in force */
enum guichet_rc store_new_identity(struct store *s, struct guichet_err *err);     /* new device, serials elsewhere; inside a transaction */

/* Another file stands at the store's path (a snapshot took its place): from here on that one is used. GUICHET_LOCKED while somebody still reads. Does nothing when
 * it is the same file, nor inside a transaction. */
bool store_was_replaced(const struct store *s);
enum guichet_rc store_follow_file(struct store *s, struct guichet_err *err);

/* --- catalogue_store.c --- */
void store_add_local_codes(struct store *s, struct catalogue *to);

/* --- blobs.c --- */
enum { BLOB_NAME = 65 };
void blob_name(const void *data, size_t bytes, char sha256[BLOB_NAME]);

/* --- backup.c --- */
#define BACKUP_MARK "backup-of"  /* setting of a copy: before it is first written to it takes an identity of its own */

/* --- rebuild.c --- */
#define REBUILD_MARK "rebuild"    /* setting: how far a rebuilding has come */
void rebuild_read_mark(const char *value, struct rebuilt *out);

/* --- search_counts.c: in how many requests a word stands, of the words being typed: all but the last are the same at each key --- */
enum { COUNTS_KEPT = 16 };
struct search_counts { struct { char *match; double n; } kept[COUNTS_KEPT]; size_t next; int64_t changes, version; };
/* Forgets what was counted before this store or another connection wrote. Before the first of a search. */
void search_counts_follow(struct store *s);
bool search_counts_get(const struct store *s, const char *match, double *n);
void search_counts_keep(struct store *s, const char *match, double n);
void search_counts_done(struct search_counts *c);

/* --- settle.c: what is put off when a call is logged --- */
#define SETTLED_MARK "settled"
/* Subjects that wait: local ids above `after`, up to `last`. Read first of all, in the transaction that reads the tables. */
struct waiting_range { int64_t after, last; };
struct waiting_range settle_range(struct store *s);
/* Inside a transaction: settles what waits, and what this transaction goes on to write as it is written. */
enum guichet_rc settle_all(struct store *s, struct guichet_err *err);
enum guichet_rc settle_commit(struct store *s, struct guichet_err *err);   /* before what was gathered is written */
enum guichet_rc settle_idle(struct store *s, int64_t until_ns, struct guichet_err *err);
/* What the subjects that wait will add to learned routing and to the words of names and streets; borrowed until the next call. */
const struct tallies *settle_waiting(struct store *s);

/* --- erase.c --- */
/* The files that an operation names: an attachment, a letter, the parts of a mail. */
void op_files_each(const struct op *op, void (*each)(void *context, const char *sha256), void *context);
/* GUICHET_DATA: the full-text index is not what request_text says. Settles first. Outside a transaction, on a store that can be written. */
enum guichet_rc store_index_check(struct store *s, struct guichet_err *err);

/* --- figures_roll.c: sums of whole days and months, made when idle --- */
/* Writes those that are due, month by month, until `until_ns` (clock_monotonic_ns). */
enum guichet_rc figures_roll(struct store *s, int64_t until_ns, struct guichet_err *err);
/* Inside a transaction: what was summed of this day no longer holds. */
enum guichet_rc figures_unroll(struct store *s, int32_t day, struct guichet_err *err);
/* Compares every one with the days; *differences counts those that do not fit. */
enum guichet_rc figures_roll_check(struct store *s, int64_t *differences, struct guichet_err *err);

/* --- serials.c --- */
enum guichet_rc store_new_serials(struct store *s, struct guichet_err *err);
int64_t serials_left(struct store *s);                    /* in blocks that a server lent */
size_t serials_wanted(struct store *s, size_t spare);     /* blocks to ask for, so that this many are whole */

/* --- migrations.c --- */
enum guichet_rc migrations_run(struct store *s, int from, struct guichet_err *err);

/* --- the store --- */
struct pending_text {
	int64_t id;
	char *words, *old_words;     /* old: what request_text says; NULL nothing */
	bool was_indexed, indexed;   /* the full-text index has the old ones; is to have the new ones */
};
/* settle.c keeps what waits until something is written. */
struct waiting { int64_t mark, last, changes, version; struct tallies sums; };
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
	bool catalogue_touched;      /* in this transaction: read anew when it is rolled back */
	struct statement { const char *sql; sqlite3_stmt *st; } *statements;
	size_t statement_slots, statement_count;
	struct { int64_t no; uint32_t id; } *devices;
	size_t device_count, device_capacity;
	uint32_t device;             /* this store's */
	int64_t device_no;
	uint64_t next_dseq, first_dseq; /* first: when this transaction began */
	int64_t settled, settled_before; /* SETTLED_MARK in this transaction: all when INT64_MAX; when it began */
	struct waiting waiting;
	struct search_counts counts;
	int64_t idle_changes;        /* sqlite3_total_changes64 when idle work was last finished */
	int depth;                   /* of nested transactions */
	bool doomed;                 /* something inside failed: the outermost must roll back */
	struct guichet_err why;      /* ... when what failed had nobody to tell; code 0: somebody was told */
	bool renamed;                /* this transaction gave the store a new identity */
	struct store *kept;          /* the store that this one is to take the place of: rows have the ids that they have there; NULL: none */
	bool is_shadow;                  /* built beside another store: that one knows what this desk made */
	dev_t file_device; ino_t file; /* which file is open: another one may have taken its place */
	int64_t file_changes;        /* makes store_data_version another number then */
	struct rebuilt rebuilt;
	struct tallies tallies;      /* of the transaction under way */
	struct pending_text *texts;  /* search words to be written at commit, in id order (FTS5 wants rising rowids) */
	size_t text_count, text_capacity;
};

/* Inside a transaction: this subject's words and learned routing are to stand in their tables. */
static inline bool is_settled(const struct store *s, int64_t subject)
{
	return subject <= s->settled || subject >> DSEQ_BITS != s->settled >> DSEQ_BITS;
}

/* backup.c: a rename in the folder of `path` is durable. */
void store_sync_folder_of(const char *path);

#endif
