// SPDX-License-Identifier: GPL-3.0-or-later
/* The store: SQLite holding the journal of operations and the tables projected from it.
 *
 * One transaction writes an operation and its projections. The journal is the truth: store_verify folds it anew and compares. Rows that a
 * screen lists are in `request`; the whole state of one request is folded from its operations on demand.
 *
 * Ids: an operation's local id packs a local device number and dseq (op_pack); requesters, contacts and bulletins use their create
 * operation's local id. A request's row id grows with its time of receipt (newest-first means something after an import).
 * Nothing here prints. All texts returned are owned by what returned them, until the documented moment.
 */
#ifndef GUICHET_STORE_STORE_H
#define GUICHET_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guichet/base/clock.h"
#include "guichet/core/lifecycle.h"
#include "guichet/core/suggest.h"

struct store;

enum { STORE_SCHEMA = 3, STORE_APPLICATION_ID = 0x47554943 /* "GUIC" */, STORE_BATCH = 200 /* most rows a transaction */ };

struct store_options {
	bool read_only;                  /* the user's writes are refused (GUICHET_NO_PERM); recovery of a hot journal is not */
	struct guichet_clock clock;
	struct guichet_random random;
	int busy_ms;                     /* how long to wait for another guichet; 0: 5000 */
	bool unsynced;                   /* it will be told not to wait for the disk: its journal is then written as it comes, before the pages */
};

/* Creates a store that did not exist (GUICHET_CANT_CREATE if it does) with this catalogue. `exercise` marks a demo. */
enum guichet_rc store_create(const char *path, const struct catalogue_source *catalogue, bool exercise,
	const struct store_options *options, struct guichet_err *err);

/* Opens a store. GUICHET_NO_INPUT: no such file; GUICHET_DATA: not a store, truncated, or from a newer guichet (says which); GUICHET_LOCKED;
 * GUICHET_IO. An older one is migrated after a backup beside it (PATH.avant-vN), which is deleted when 7 days old at a later opening.
 * The time this takes does not depend on the store's size. */
enum guichet_rc store_open(const char *path, const struct store_options *options, struct store **out, struct guichet_err *err);
void store_close(struct store **s);

const char *store_path(const struct store *s);
bool store_is_exercise(const struct store *s);
uint32_t store_device(const struct store *s);
struct catalogue *store_catalogue(struct store *s);          /* the one in force, with what imports added; borrowed */
/* Takes the one that another guichet has put in force since, whole, as each transaction does; parts of the former stay readable until the store is closed.
 * The former stays in use where the new one can't be read. */
enum guichet_rc store_follow_catalogue(struct store *s, struct guichet_err *err);
int64_t store_now(const struct store *s);
/* A setting kept in the store. NULL when absent; the caller frees it. */
char *store_setting(struct store *s, const char *key);
enum guichet_rc store_set_setting(struct store *s, const char *key, const char *value, struct guichet_err *err);

/* --- Transactions. They nest: only the outermost commits; a rollback inside makes the outermost roll back. --- */
enum guichet_rc store_begin(struct store *s, struct guichet_err *err);
enum guichet_rc store_commit(struct store *s, struct guichet_err *err);
void store_rollback(struct store *s);

/* --- Journal --- */
/* Gives the operation its id (this device, next dseq; its subject too when none: a create), seals it, writes it and its projections. Must be inside
 * a transaction. `op` keeps its payload; its id and subject are filled in. */
enum guichet_rc store_append(struct store *s, struct op *op, struct guichet_err *err);
/* A request's whole history at once, the create first: inserted together and projected once (imports, exercise histories). Each operation's id must
 * have been taken by store_take_id, in order, in this transaction. *row_id (may be NULL) gets the request's row. */
enum guichet_rc store_append_history(struct store *s, struct op *ops, size_t count, int64_t *row_id, struct guichet_err *err);
struct op_id store_take_id(struct store *s);
/* A free serial's reference (standalone: counts up from a random thousand below 20000000). Inside a transaction. */
enum guichet_rc store_next_reference(struct store *s, int64_t *reference, struct guichet_err *err);

/* What this desk wrote since: take store_last_op first, then rows of the requests touched, the last one first. */
int64_t store_last_op(struct store *s);
size_t store_touched(struct store *s, int64_t after_op, int64_t *ids, size_t max);

/* A loaded request: its operations and their fold. */
struct loaded {
	int64_t row_id;                  /* request.id */
	struct op *ops; size_t op_count;
	struct request request;
};
void loaded_done(struct loaded *l);
/* By reference. GUICHET_NOT_FOUND names it; GUICHET_REFUSED when two desks gave the same one (names both). */
enum guichet_rc store_load(struct store *s, int64_t reference, struct loaded *out, struct guichet_err *err);
enum guichet_rc store_load_id(struct store *s, int64_t row_id, struct loaded *out, struct guichet_err *err);
enum guichet_rc store_load_op(struct store *s, struct op_id create, struct loaded *out, struct guichet_err *err);

/* --- Rows and pages --- */
struct request_row {
	int64_t id, reference;
	struct op_id op;
	const char *status, *nature, *channel, *service, *category, *commune, *assigned, *subject, *address, *source_id;
	const char *requester_name;      /* "" when anonymous */
	int64_t requester;               /* local id; 0 none */
	int64_t parent;                  /* request.id of the parent; 0 none */
	int64_t received_ms, logged_ms, updated_ms, closed_ms;   /* closed: NO_INSTANT while open */
	int64_t due[TARGET_KIND_COUNT];  /* NO_INSTANT none */
	int64_t risk_ms, answered_ms, promised_ms;
	int priority;
	bool open, danger, untold;       /* untold: NON TRANSMIS */
	bool paused;
	bool conflict;                   /* two wrote one of its fields, neither knowing of the other: to be settled */
	double latitude, longitude;      /* NAN unknown */
};

/* A row handed to a visitor: texts live until it returns. Return false to stop. */
typedef bool request_visitor(void *context, const struct request_row *row);

enum list_due { LIST_DUE_ANY, LIST_DUE_OVERDUE, LIST_DUE_TODAY, LIST_DUE_WEEK, LIST_DUE_RISK /* at risk, as figures count it */ };
enum list_sort { LIST_BY_DUE, LIST_BY_RECEIVED };
struct list_filter {
	int status;                      /* enum status, or -1: open ones (any when sort is BY_RECEIVED and all is set) */
	bool all;                        /* ended ones too */
	const char *service, *commune, *category, *assigned;   /* codes; NULL: any; commune "-": those that have none */
	int channel, nature;             /* enum, or -1 */
	enum list_due due;               /* by the answer's due date, as of now */
	enum list_sort sort;             /* BY_DUE lists open requests only */
	bool late_complete;              /* overdue by completion rather than answer */
	int64_t requester, parent;       /* 0: any */
	int64_t from_ms, to_ms;          /* received in [from, to); 0: any (export) */
	int64_t after;                   /* key-set paging: row id of the last row of the page before; 0: the first page */
	bool backward;                   /* from the other end of the same order: rows before `after`, nearest first; 0: the last ones */
	int64_t only;                    /* this row alone, if the filter lets it through; 0: all */
	size_t limit;
};
#define LIST_FILTER_INIT { .status = -1, .channel = -1, .nature = -1, .limit = 50 }
enum guichet_rc store_list(struct store *s, const struct list_filter *f, request_visitor *visit, void *context,
	struct guichet_err *err);
/* One row by reference or id. */
enum guichet_rc store_row(struct store *s, int64_t row_id, request_visitor *visit, void *context, struct guichet_err *err);
/* reference -> row ids (normally one). Returns how many, at most `max`. */
size_t store_find_reference(struct store *s, int64_t reference, int64_t *ids, size_t max);
/* row ids <-> create operation */
int64_t store_row_of_op(struct store *s, struct op_id create);   /* 0 when unknown */

/* --- Search (src/store/search.c): references whole or part, phones in any writing, names, addresses, words; newest first among a bounded
 * set of candidates, then ranked. From two characters on. --- */
struct search_options { size_t limit; const char *service; bool open_only;
	bool (*give_up)(void *context); void *context;   /* asked now and then; true ends the search with GUICHET_LOCKED, whatever was visited; NULL: never */ };
enum guichet_rc store_search(struct store *s, const char *text, const struct search_options *o, request_visitor *visit,
	void *context, struct guichet_err *err);
/* Requests like one being logged: same category (or its group) near by in metres or in the same street, within the category's window, any status; and
 * open incidents whose area names the street. Best first. */
struct similar_query { const struct category *category; const struct commune *commune; const char *address; double latitude, longitude;
	int64_t received_ms; int64_t except_row; size_t limit; };
enum guichet_rc store_similar(struct store *s, const struct similar_query *q, request_visitor *visit, void *context,
	struct guichet_err *err);

/* Streets that requests of this commune (NULL: any) were about, each once, by name, as it is written best: of the newest ones, and older ones that what
 * is typed finds. Every word typed must begin one of the street's; "" all. At most 400. */
enum guichet_rc store_streets(struct store *s, const char *commune, const char *typed, bool (*visit)(void *context, const char *street, int64_t seen),
	void *context, struct guichet_err *err);

/* --- Requesters (src/store/requester.c) --- */
struct requester {
	int64_t id;                      /* local; 0: none yet */
	struct op_id op;
	char *kind, *title, *name, *organisation, *phone, *email, *postal_address, *language, *relay, *needs, *reply_by, *behalf_of;
	bool confidential;
	int64_t merged_into;             /* 0: itself */
};
/* Fields by key (kind title name organisation phone email postal_address language relay needs reply_by behalf_of confidential). */
void requester_done(struct requester *r);
enum guichet_rc requester_set(struct requester *r, const char *key, const char *value, struct guichet_err *err); /* checks, copies */
const char *requester_get(const struct requester *r, const char *key);  /* "" when unset */
extern const char *const requester_keys[];                              /* NULL-terminated */
enum guichet_rc store_requester(struct store *s, int64_t id, struct requester *out, struct guichet_err *err);
enum guichet_rc store_requester_of_op(struct store *s, struct op_id op, struct requester *out, struct guichet_err *err);
/* Everybody with this phone (any writing) or email, then by name (folded, one letter forgiven); merged records resolve to the one kept. */
typedef bool requester_visitor(void *context, const struct requester *r);
enum guichet_rc store_find_requesters(struct store *s, const char *phone_email_or_name, size_t limit, requester_visitor *visit, void *context,
	struct guichet_err *err);
/* As above by a whole phone number or email only. */
void store_find_requesters_exactly(struct store *s, const char *phone_or_email, requester_visitor *visit, void *context);
/* The operation that records a new person or what differs from the stored record. Appends nothing when nothing differs. */
enum guichet_rc store_put_requester(struct store *s, const char *actor, struct requester *r, struct guichet_err *err);
/* The records merged into this one, as they were. */
enum guichet_rc store_merged_requesters(struct store *s, int64_t kept, requester_visitor *visit, void *context, struct guichet_err *err);
enum guichet_rc store_merge_requesters(struct store *s, const struct actor *a, int64_t kept, int64_t merged, struct guichet_err *err);
enum guichet_rc store_split_requester(struct store *s, const struct actor *a, int64_t kept, int64_t merged, struct guichet_err *err);

/* --- Contacts and bulletins (src/store/contact.c) --- */
struct contact { int64_t id; struct op_id op; const char *channel, *outcome, *actor, *number, *note; int64_t start_ms, end_ms;
	bool outward; int64_t requester; const int64_t *references; size_t reference_count; };
typedef bool contact_visitor(void *context, const struct contact *c);
struct contact_filter { int64_t from_ms, to_ms; int channel, outcome; int64_t request; int64_t after; size_t limit; };
enum guichet_rc store_list_contacts(struct store *s, const struct contact_filter *f, contact_visitor *visit, void *context,
	struct guichet_err *err);
struct contact_count { const char *channel, *outcome; int64_t count; };
enum guichet_rc store_count_contacts(struct store *s, int64_t from_ms, int64_t to_ms,
	bool (*visit)(void *context, const struct contact_count *c), void *context, struct guichet_err *err);
/* Contacts by day and hour (Paris) of their start, days inclusive; only days that had some, in order. Costs the contacts of the period. */
struct heat_day { int32_t day; int64_t hours[24]; };
enum guichet_rc store_heat(struct store *s, int32_t from_day, int32_t to_day, bool (*visit)(void *context, const struct heat_day *d), void *context,
	struct guichet_err *err);
struct bulletin { int64_t id; struct op_id op; const char *text, *say, *area, *actor; int64_t from_ms, until_ms; bool ended;
	int64_t request; };              /* row id of the parent incident that calls are attached to; 0 none */
typedef bool bulletin_visitor(void *context, const struct bulletin *b);
enum guichet_rc store_list_bulletins(struct store *s, bool ended_too, bulletin_visitor *visit, void *context, struct guichet_err *err);

/* --- What is to be done: call-backs, promises missed, for today or overtaken by their target (one of the three), dangers untold, notices of redirection, to
 * qualify --- */
enum todo_kind { TODO_CALLBACK, TODO_PROMISE_MISSED, TODO_PROMISE_OVERTAKEN, TODO_DANGER_UNTOLD, TODO_NOTICE, TODO_QUALIFY, TODO_REFUSED,
	TODO_CONFLICT, TODO_PROMISE_TODAY, TODO_UNDELIVERED, TODO_UNREAD, TODO_KIND_COUNT };
const char *todo_kind_code(enum todo_kind k);
const char *todo_kind_label(enum todo_kind k);
struct todo { enum todo_kind kind; int64_t at_ms; struct request_row row; };
enum guichet_rc store_list_todo(struct store *s, size_t limit, bool (*visit)(void *context, const struct todo *t), void *context,
	struct guichet_err *err);
/* One kind by date, by pages: after_at_ms and after (row id; 0: from the end that the direction starts at) name the last row of the page before. */
struct todo_filter { enum todo_kind kind; int64_t after_at_ms, after; bool backward; size_t limit; };
enum guichet_rc store_page_todo(struct store *s, const struct todo_filter *f, bool (*visit)(void *context, const struct todo *t), void *context,
	struct guichet_err *err);
void store_count_todo(struct store *s, int64_t counts[TODO_KIND_COUNT]);
bool store_todo_at(struct store *s, int64_t row_id, enum todo_kind kind, int64_t *at_ms);   /* false when it is not to be done, or no more */
/* Logins that open requests are assigned to, in order. */
void store_list_assigned(struct store *s, size_t limit, void (*visit)(void *context, const char *login), void *context);

/* --- Figures (src/store/figures.c): cost follows the open requests and the length of the period, not what was closed in it, once store_idle has summed
 * its days and months; filtered by service and commune at once, what these two received in it. A request that waits is neither late nor at risk while
 * it does, unless it was late before. */
enum sla_by { SLA_BY_SERVICE, SLA_BY_COMMUNE, SLA_BY_NATURE, SLA_BY_CATEGORY, SLA_BY_CHANNEL };
struct sla_row {
	enum sla_by by;
	const char *key;                 /* code of the service, commune...; "-": has none; "" for all */
	int64_t by_status[STATUS_COUNT]; /* open ones now; ended ones in the period */
	int64_t open, at_risk, overdue;  /* now */
	int64_t received, answered, in_time, reopened, refused, chased, promises_broken;   /* in the period */
	int64_t promises_missed;         /* of the broken ones: past, and still without an answer */
	int64_t promises_overtaken;      /* now: their due date has moved beyond what was promised */
	double met_share;                /* in_time / (answered + overdue and open); NAN when none */
	double median_hours, p90_hours;  /* reception to answer, within 5 %; NAN when none */
	int64_t oldest_ms;               /* reception of the oldest open one; NO_INSTANT none */
};
struct sla_query {
	enum sla_by by;
	const char *service, *commune;
	int32_t from_day, to_day;        /* inclusive; both 0: the last 30 days */
	const char *apart;               /* this category has a row of its own too, when the others are not by category; NULL none */
};
/* Rows in the order of their keys, all of them together then, the category apart last, which costs no second reading. */
enum guichet_rc store_sla(struct store *s, const struct sla_query *q, bool (*visit)(void *context, const struct sla_row *r),
	void *context, struct guichet_err *err);
/* The same by day, for trends: only days and keys that have something, in the order of their keys and days, all keys together ("") then, the category apart last. */
struct sla_day { enum sla_by by; const char *key; int32_t day; int64_t received, answered, in_time; };
enum guichet_rc store_sla_days(struct store *s, const struct sla_query *q, bool (*visit)(void *context, const struct sla_day *d),
	void *context, struct guichet_err *err);
/* The requests behind a figure of the row `key` ("" all), as many as it says: what was answered too late in the period or is overdue now; what was received
 * in it; its broken promises, those of them that an answer came after or that none came to; and the promises that are overtaken now. Newest first, at most
 * `limit`. Costs what was received since the oldest of them. */
enum sla_figure { SLA_FIGURE_LATE, SLA_FIGURE_RECEIVED, SLA_FIGURE_BROKEN, SLA_FIGURE_BROKEN_AFTER, SLA_FIGURE_BROKEN_MISSED, SLA_FIGURE_OVERTAKEN };
enum guichet_rc store_sla_requests(struct store *s, const struct sla_query *q, const char *key, enum sla_figure figure, size_t limit,
	request_visitor *visit, void *context, struct guichet_err *err);
/* A page of them: the rows after `place` (zeroes: the first ones), which moves on. `seen` of `total` were visited, at the `row` of the last. */
struct sla_place { int64_t row, seen, total; };
enum guichet_rc store_sla_requests_from(struct store *s, const struct sla_query *q, const char *key, enum sla_figure figure, struct sla_place *place, size_t limit,
	request_visitor *visit, void *context, struct guichet_err *err);

/* --- Learned routing: for core/suggest --- */
struct suggest_counts store_suggest_counts(struct store *s);

/* --- Catalogue in the store --- */
/* Reads a folder (*.ini and scripts, below 4 levels and 8 MiB). */
enum guichet_rc catalogue_read_folder(const char *path, struct catalogue_source *out, struct guichet_err *err);
/* What would move if `next` came into force: every open request whose due dates change, and promises that would be overtaken. */
struct catalogue_move { const struct request_row *row; enum target_kind kind; int64_t before_ms, after_ms; bool promise_overtaken; };
enum guichet_rc store_catalogue_moves(struct store *s, struct catalogue *next,
	bool (*visit)(void *context, const struct catalogue_move *m), void *context, struct guichet_err *err);
/* Puts it in force and recomputes open requests' due dates. One transaction a batch of rows, restartable. `moved` may be NULL. */
enum guichet_rc store_catalogue_apply(struct store *s, const struct catalogue_source *next, int64_t *moved, struct guichet_err *err);
/* The same in steps that nobody has to wait for: puts it in force; then moves a batch a call, until *done. */
enum guichet_rc store_catalogue_put(struct store *s, const struct catalogue_source *next, struct guichet_err *err);
enum guichet_rc store_catalogue_move(struct store *s, bool *done, struct guichet_err *err);
/* Import codes: created in the store, see catalogue_add_service. *out is good until the store is closed. */
enum guichet_rc store_add_service(struct store *s, const char *code, const char *name, const struct service **out, struct guichet_err *err);
enum guichet_rc store_add_category(struct store *s, const char *code, const char *name, const char *path, const struct service *service,
	const struct category **out, struct guichet_err *err);

/* --- Imports (src/store/import_run.c): how far each one came, written in the transaction of the rows that it speaks of --- */
struct import_run { int64_t offset, line; int64_t read, taken, known, rejected; bool finished; };  /* byte and line to go on at */
/* `key` names the file's content and the map. GUICHET_NOT_FOUND: never begun. */
enum guichet_rc store_import_run(struct store *s, const char *key, struct import_run *out, struct guichet_err *err);
enum guichet_rc store_save_import_run(struct store *s, const char *key, const char *map, const struct import_run *run, struct guichet_err *err);
int64_t store_row_of_source(struct store *s, const char *source_id);   /* 0 when unknown */

/* --- Drafts (src/store/draft.c): what is being typed, kept as it is typed; no journal, no projection. `fields` is a JSON object of texts. --- */
struct draft { int64_t id; const char *actor, *fields; int64_t started_ms, updated_ms; };
/* *id 0: a new one, whose id is given back. `was`: the fields as the caller read or kept them last; where another has changed or dropped them since, nothing is
 * written over, and a new one is kept too. NULL: whatever they are now. Has a transaction of its own. */
enum guichet_rc store_put_draft(struct store *s, int64_t *id, const char *was, const char *actor, const char *fields, struct guichet_err *err);
/* Whether nobody changed or dropped it; `was` as above. */
bool store_draft_is(struct store *s, int64_t id, const char *was);
enum guichet_rc store_drop_draft(struct store *s, int64_t id, struct guichet_err *err);
/* How many were begun before this instant, and when the oldest was (NO_INSTANT: none). */
int64_t store_count_drafts(struct store *s, int64_t before_ms, int64_t *oldest_ms);
/* Everybody's, oldest first. */
enum guichet_rc store_list_drafts(struct store *s, bool (*visit)(void *context, const struct draft *d), void *context, struct guichet_err *err);
/* Changes when another connection wrote; 0: the store can't be read now. */
int64_t store_data_version(struct store *s);
/* Another number whenever this process has written to it. */
int64_t store_changes(struct store *s);
/* Whether anything can be read just now: to be asked where an empty answer would say that there is nothing. */
enum guichet_rc store_readable(struct store *s, struct guichet_err *err);
/* How long to wait for a store that another holds before GUICHET_LOCKED, from here on; 5 s at first. */
void store_set_patience(struct store *s, int ms);

/* --- Blobs: attachments by SHA-256 --- */
enum { STORE_BLOB_MAX = 20 * 1024 * 1024 };
enum guichet_rc store_put_blob(struct store *s, const void *data, size_t bytes, char sha256[65], struct guichet_err *err);
enum guichet_rc store_get_blob(struct store *s, const char *sha256, char **data, size_t *bytes, struct guichet_err *err);
bool store_has_blob(struct store *s, const char *sha256);
/* Those that the central server has not got yet; one of them, false when there is none. */
enum blob_sent { BLOB_WAITS = 0, BLOB_SENT = 1, BLOB_REFUSED = 2 };
int64_t store_count_blobs(struct store *s, enum blob_sent how);
bool store_unsent_blob(struct store *s, char sha256[65]);
enum guichet_rc store_blob_sent(struct store *s, const char *sha256, enum blob_sent how, struct guichet_err *err);
/* One that came from the server. GUICHET_DATA when it is not the one of that name. */
enum guichet_rc store_take_blob(struct store *s, const char *sha256, const void *data, size_t bytes, struct guichet_err *err);

/* --- Care --- */
/* Progress of long work: called now and then; return false to interrupt (GUICHET_OK is not returned then, but the work is resumable). */
struct progress { bool (*tick)(void *context, int64_t done, int64_t total); void *context; };
/* While others write. GUICHET_CANT_CREATE if `path` exists. Whoever first writes to the copy, restored or just opened, gives it a device identity and
 * serials of its own. */
enum guichet_rc store_backup(struct store *s, const char *path, const struct progress *p, struct guichet_err *err);
/* Puts the backup `from` in the place of the store `path` (which may not exist, or be damaged; it is kept beside as PATH.avant-restauration, -2, -3...):
 * new device identity, serials anew elsewhere. GUICHET_LOCKED while another writes; one that has it open is told at its next write. */
enum guichet_rc store_restore(const char *from, const char *path, const struct store_options *options, struct guichet_err *err);
/* `difference` gets a line in the language of messages, without personal data, for each; GUICHET_OK whatever there is of them. Others wait for the end
 * only when they wrote meanwhile. */
struct verify_report { int64_t operations, requests, requesters, contacts, blanked; int64_t differences; };
enum guichet_rc store_verify(struct store *s, const struct progress *p,
	void (*difference)(void *context, const char *what), void *context, struct verify_report *out, struct guichet_err *err);
/* Rebuilds every projection from the journal, in batches, while others go on working; interrupted or killed, it goes on when called again. Requests
 * keep their row ids. */
enum guichet_rc store_rebuild(struct store *s, const struct progress *p, struct guichet_err *err);
/* Blanks an operation's personal half for good and re-projects its subject, in a transaction of its own or the caller's (erasure; the command comes with
 * the rights of persons). The file is free of it once store_idle had a budget long enough to write it anew (a second for each 40 MB). */
enum guichet_rc store_blank(struct store *s, struct op_id id, struct guichet_err *err);
/* Idle work: sums of figures, merges of the index, old migration backups, what erasing left. Returns when `budget_ms` is spent or nothing is left. */
enum guichet_rc store_idle(struct store *s, int budget_ms, struct guichet_err *err);

#endif
