// SPDX-License-Identifier: GPL-3.0-or-later
/* What the administrator's commands share. */
#ifndef GUICHET_SERVER_ADMIN_INSIDE_H
#define GUICHET_SERVER_ADMIN_INSIDE_H

#include "api_inside.h"
#include "daemon_inside.h"

/* One command under way, in the server or, where none runs, in the program itself. */
struct admin {
	struct db *db;                   /* the connection that writes */
	struct guichet_clock clock;
	struct guichet_random random;
	const char *erased;              /* path of the file that outlives a restore */
	char *const *words; int count;   /* the command's own words, after its name */
	const char *input;               /* what it asked for on the terminal, or NULL */
	bool json;                       /* --json: an object a line */
	struct text out;                 /* what it prints */
};

struct admin_command {
	const char *name, *args, *what;  /* `what` NULL: a part of another command, told to nobody */
	enum { ADMIN_PASSWORD = 1 /* asks for one, and hands it on hashed */, ADMIN_HERE = 2 /* never in the server */, ADMIN_PATH = 4 /* its word is one */,
		ADMIN_NOTED = 8 /* a line of the audit trail says that it was done */, ADMIN_LIST = 16 /* a last word --json makes it an object a line */ } flags;
	int words_min, words_max;        /* -1: any */
	enum guichet_rc (*run)(struct admin *a, struct guichet_err *err);
	enum guichet_rc (*run_here)(const struct daemon_options *o, struct admin *a, struct guichet_err *err);
};

/* In the server (or alone): finds the command and runs it; words[0] is its name. */
enum guichet_rc admin_do(struct admin *a, char *const *words, int count, struct guichet_err *err);
/* Where the database is: in the server that holds it, or here. */
enum guichet_rc admin_run_words(const struct daemon_options *o, struct admin *a, char *const *words, int count, struct guichet_err *err);
/* The value of --name among the words, NULL when absent. n: the n-th of several. */
const char *admin_option(const struct admin *a, const char *name, int n);
enum guichet_rc admin_known_options(const struct admin *a, int from, const char *names, struct guichet_err *err);
int64_t admin_now(const struct admin *a);
void admin_add_instant(struct text *out, int64_t ms); /* UTC, to the minute */

/* Runs the command through the server that holds this database: true when one answered, with its result in *rc. */
bool admin_ask_server(const char *store, const struct admin *a, char *const *words, int count, struct text *out, enum guichet_rc *rc, struct guichet_err *err);

/* --- admin_table.c --- */
enum admin_column_kind { COLUMN_TEXT, COLUMN_NUMBER, COLUMN_INSTANT /* ms; 0 none */ };
/* `yes`, `no`: what a true and a false are for people; NULL: nothing. */
struct admin_column { const char *title, *key; enum admin_column_kind kind; const char *yes, *no; };
enum { ADMIN_COLUMNS_MAX = 16 };
/* `rows`: an array of arrays with a value a column; taken over. */
void admin_print(struct admin *a, const struct admin_column *columns, size_t count, json_t *rows);
#define ADMIN_PRINT(a, columns, rows) admin_print(a, columns, sizeof(columns) / sizeof *(columns), rows)

/* admin_people.c */
enum guichet_rc admin_enrol_code(struct admin *a, struct guichet_err *err);
enum guichet_rc admin_enrol_codes(struct admin *a, struct guichet_err *err);
enum guichet_rc admin_devices(struct admin *a, struct guichet_err *err);
enum guichet_rc admin_revoke(struct admin *a, struct guichet_err *err);
enum guichet_rc admin_account(struct admin *a, struct guichet_err *err);
/* admin_care.c */
enum guichet_rc admin_parked(struct admin *a, struct guichet_err *err);
enum guichet_rc admin_settle(struct admin *a, struct guichet_err *err);
enum guichet_rc admin_backed_up(struct admin *a, struct guichet_err *err);
enum guichet_rc admin_erase(struct admin *a, struct guichet_err *err);
enum guichet_rc admin_erasure(struct admin *a, struct guichet_err *err);
enum guichet_rc admin_catalogue(struct admin *a, struct guichet_err *err);
/* Old pages must not stay in the write-ahead log, nor dead rows in PostgreSQL's files. False: not now, it is in use. */
bool admin_sweep(struct db *db);
/* admin_purge.c */
enum guichet_rc admin_purge(const struct daemon_options *o, struct admin *a, struct guichet_err *err);
enum guichet_rc admin_purge_step(struct admin *a, struct guichet_err *err);
/* admin_audit.c */
enum guichet_rc admin_audit(struct admin *a, struct guichet_err *err);
enum guichet_rc admin_audit_check(struct admin *a, struct guichet_err *err);
/* admin_backup.c */
enum guichet_rc admin_backup(const struct daemon_options *o, struct admin *a, struct guichet_err *err);
enum guichet_rc admin_restore(const struct daemon_options *o, struct admin *a, struct guichet_err *err);
enum guichet_rc admin_restored(const struct daemon_options *o, struct admin *a, struct guichet_err *err);
/* admin_migrate.c */
enum guichet_rc admin_migrate(const struct daemon_options *o, struct admin *a, struct guichet_err *err);

/* What is made beside a database must belong to whoever serves it. Root becomes that user. */
enum guichet_rc admin_become_owner(const char *store, struct guichet_err *err);

#endif
