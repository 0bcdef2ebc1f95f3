// SPDX-License-Identifier: GPL-3.0-or-later
/* The command line: what its files share. One table of commands (commands.def) and one of options (options.def) give parsing, help, completion, the
 * shell and the manual. A handler prints results on cli->out; errors go up as a guichet_err, which main (or the shell) prints on one line.
 */
#ifndef GUICHET_CLI_CLI_H
#define GUICHET_CLI_CLI_H

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "guichet/base/i18n.h"
#include "guichet/base/ini.h"
#include "guichet/base/text.h"
#include "guichet/core/privacy.h"
#include "guichet/mail/server.h"
#include "guichet/store/agents.h"
#include "guichet/store/desk.h"
#include "guichet/store/store.h"
#include "guichet/ui/keymap.h"

enum option_id {
#define OPTION(id, name, french, argument, completion, help) OPT_##id,
#include "options.def"
#undef OPTION
	OPTION_COUNT,
	NO_OPTION = OPTION_COUNT
};
enum completion { COMPLETE_NONE, COMPLETE_FILE, COMPLETE_CHANNEL, COMPLETE_CATEGORY, COMPLETE_COMMUNE, COMPLETE_SERVICE, COMPLETE_NATURE,
	COMPLETE_STATUS, COMPLETE_BODY, COMPLETE_REFERENCE, COMPLETE_OUTCOME, COMPLETE_DUE, COMPLETE_SORT, COMPLETE_BY, COMPLETE_MAP, COMPLETE_FORMAT,
	COMPLETE_SCRIPT };
struct option_info { const char *name, *french, *argument, *help; enum completion completion; };
extern const struct option_info option_table[OPTION_COUNT];

enum { OPTIONS_MAX = 48, WORDS_MAX = 4096, COMMAND_STORE = 1, COMMAND_WRITE = 2, COMMAND_PEOPLE = 4 /* shows personal data */,
	COMMAND_NOBODY = 8 /* in nobody's name: works with nobody signed in */, COMMAND_POST = 16 /* what a machine that carries the mail does */ };

struct cli;
struct args {
	const char *values[OPTION_COUNT];     /* NULL: not given; "" for a switch that was */
	const char **words;                /* what is no option, after the command's name */
	size_t word_count;
	bool in_shell;                     /* standard input holds the commands: "-" can't read it */
	char *owned[OPTION_COUNT];         /* private: what `values` points into where it is not the command line */
};
typedef enum guichet_rc command_handler(struct cli *cli, const struct args *args, struct guichet_err *err);
struct command {
	const char *name, *french, *arguments, *summary;
	unsigned flags;
	command_handler *handler;
	enum option_id options[OPTIONS_MAX];  /* NO_OPTION ends */
};
extern const struct command command_table[];
extern const size_t command_count;
void option_term(struct text *out, const struct option_info *info);   /* "--category, --motif MOTIF" */
const char *command_arguments(const struct command *c);   /* as usage shows them, in the language of messages; "" none */
#define COMMAND(id, name, french, arguments, flags, options, summary) command_handler cmd_##id;
#include "commands.def"
#undef COMMAND

command_handler cmd_screens;             /* bare guichet */

/* --- config.c --- */
struct account { char *login, *name; unsigned roles; char **services; char **may_act; };
struct config_binding { char *action, *keys, *file; int line; };
struct screen_config {
	bool no_colour;
	int escape_ms;                     /* 0: not said */
	char **call_order;                 /* names of fields, NULL at the end; NULL: not said */
	struct config_binding *bindings; size_t binding_count, binding_capacity;
};
/* [mail]: the two servers are nobody's where `host` is NULL. */
enum { MAIL_PER_DAY_MOST = 1000 };
struct mail_config {
	struct mail_server imap, smtp;
	char *password_file, *imap_password_file, *smtp_password_file;   /* the first where one server has none of its own; NULL: not said */
	char *ca, *done_folder, *from;     /* NULL: not said */
	int per_day;                       /* automatic messages to one address; 0: not said */
};
struct config {
	char *store;                       /* path, or NULL: the default */
	struct account *accounts; size_t account_count;
	char *path;                        /* the last file read, or NULL */
	char *rejects_dir;
	char *server_ca;                   /* PEM of the server's authority, or NULL: the system's */
	struct screen_config screen;
	struct mail_config mail;
};
enum guichet_rc config_load(const char *given, struct config *out, struct guichet_err *err);
void config_done(struct config *c);
/* A configuration for a new store: the present user with every role; a demo adds accounts to try the roles with (--as). */
enum guichet_rc config_write_default(const char *path, const char *store, bool demo, struct guichet_err *err);
enum guichet_rc config_make_folders(const char *path, struct guichet_err *err); /* those above `path` */
char *config_default_path(void);       /* $XDG_CONFIG_HOME/guichet/guichet.ini; the caller frees it */
char *config_default_store(void);      /* $XDG_DATA_HOME/guichet/desk.db */
char *data_path(const char *relative); /* a file of data/: $GUICHET_DATADIR, beside the program, or installed; the caller frees it */
/* The account of this system user, or of `as` when the user may act for it. `out` borrows from `c`. */
enum guichet_rc config_actor(const struct config *c, const char *as, struct actor *out, struct guichet_err *err);

/* --- session.c: who signed in on this desk --- */
/* Makes them who acts, where this desk follows a server; or says why nobody may act (GUICHET_NO_PERM). The store is open. */
enum guichet_rc session_actor(struct cli *cli, const struct command *c, const char *as, struct guichet_err *err);
void session_done(struct cli *cli);
/* This store is the one that carries the mail for a server. */
bool session_is_mailer(struct cli *cli);
/* GUICHET_NO_PERM: the mailbox is not this desk's, or not for who acts. */
enum guichet_rc session_may_post(struct cli *cli, struct guichet_err *err);
/* What this desk tells its server of itself: "0.1.0 encrypted". */
enum { DESK_WORDS = 64 };
void session_desk_words(struct cli *cli, char *out, size_t room);

/* --- cmd_sync.c --- */
/* What waits is sent and what is new is here; nothing to do on a desk that stands alone. */
enum guichet_rc sync_first(struct cli *cli, struct guichet_err *err);

/* --- config_screen.c: what it says of the screens --- */
bool config_screen_read(const char *file, const struct ini_entry *e, struct screen_config *c, struct problems *problems);   /* false: another's section */
void config_screen_done(struct screen_config *c);
void config_keymap(const struct screen_config *c, struct keymap *out, struct problems *refused);

/* --- config_mail.c: what it says of mail --- */
bool config_mail_read(const char *file, const struct ini_entry *e, struct mail_config *c, struct problems *problems);   /* false: another's section */
void config_mail_done(struct mail_config *c);
/* The server that a command needs, its password read; GUICHET_CONFIG says what is missing. Borrowed. */
enum guichet_rc config_mail_server(struct mail_config *c, enum mail_protocol protocol, struct mail_server **out, struct guichet_err *err);

/* --- cmd_keys.c --- */
enum { KEYS_EVERYWHERE = -1 };
struct keys_row { enum action action; /* ACTION_NONE: keys that are none */ const char *keys, *command, *help; };
/* The keys of one screen (enum view_kind), but for those of all screens, which KEYS_EVERYWHERE gives. */
void keys_visit(const struct keymap *m, int view, void (*visit)(void *context, const struct keys_row *row), void *context);

/* --- the program's state --- */
struct cli {
	const char *program;
	struct args globals;               /* options given before the command; in the shell, those it was started with */
	struct config config; bool config_loaded;
	struct store *store;               /* opened by the first command that needs it; kept by the shell */
	struct actor actor;
	struct agent agent; struct agent_place place;  /* who signed in, where that is who acts */
	struct privacy_words *privacy;     /* loaded when first needed */
	int64_t fixed_now_ms; bool now_is_fixed;   /* GUICHET_NOW: exercise stores only */
	struct guichet_random random; uint64_t demo_seed;  /* of the store opened next: an exercise that is being made; else the system's */
	bool json, read_only, in_shell;
	FILE *out;
	bool banner_shown;
	const volatile sig_atomic_t *interrupted;  /* Ctrl-C in the shell, or NULL: long outputs stop */
	bool pipe_closed;                  /* nobody reads cli->out any more: long outputs stop */
};
/* Runs one command from its words (argv without the program's name). */
enum guichet_rc cli_run(struct cli *cli, int argc, char **argv, struct guichet_err *err);
enum guichet_rc cli_main(int argc, char **argv);  /* the whole program; prints the error, returns the exit code */
enum guichet_rc cli_open_store(struct cli *cli, struct guichet_err *err);
void cli_banner(struct cli *cli);         /* says EXERCICE where it must be said, once; for a command that opens the store itself */
const struct privacy_words *cli_privacy(struct cli *cli); /* NULL when the list is not there */
const char *cli_store_path(struct cli *cli);

/* --- args.c --- */
/* Finds the command and sorts the words. GUICHET_USAGE names the word and what was expected (near names). `out->words` is freed by args_done. */
enum guichet_rc args_parse(int argc, char **argv, const struct command **command, struct args *out, struct guichet_err *err);
void args_done(struct args *a);
const struct command *command_find(int argc, char **argv, int *words_used);
bool args_has(const struct args *a, enum option_id o);
const char *args_text(const struct args *a, enum option_id o);     /* "" when not given */
/* Values checked; GUICHET_DATA or GUICHET_USAGE. */
enum guichet_rc args_count(const struct args *a, enum option_id o, size_t fallback, size_t max, size_t *out, struct guichet_err *err);
enum guichet_rc args_instant(const struct args *a, enum option_id o, int64_t fallback, int64_t *out, struct guichet_err *err);
enum guichet_rc args_need(const struct args *a, enum option_id o, struct guichet_err *err);  /* GUICHET_USAGE when it was not given */
/* GUICHET_DATA: no code of this kind (as catalogue_near_codes takes it), which ones are near. */
enum guichet_rc args_unknown_code(const struct catalogue *c, const char *what, char kind, const char *code, struct guichet_err *err);
enum guichet_rc args_entity(const char *what, const char *value, struct op_id *out, struct guichet_err *err); /* a contact's or bulletin's number */
enum guichet_rc args_reference(const struct args *a, size_t word, int64_t *out, struct guichet_err *err);
/* The rest of the words from `word` on, joined by spaces; "-" reads standard input (at most 10 MiB). The caller frees *out. */
enum guichet_rc args_joined(const struct args *a, size_t word, char **out, struct guichet_err *err);
enum guichet_rc args_long_text(const struct args *a, enum option_id o, char **out, struct guichet_err *err);  /* NULL when not given */

/* --- cmd_log.c --- */
enum { PAIRS_MAX = 14 };
void requester_pairs(const struct args *a, const char *pairs[PAIRS_MAX][2]);   /* who calls, from the options that were given */

/* --- manual.c --- */
void manual_print(struct cli *cli);       /* the manual page in roff, in the language of messages */

/* --- print.c: what people read. Hostile text goes through utf8_show. --- */
void print_line(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
void print_json(struct cli *cli, json_t *object);                 /* one line; takes the reference */
bool print_goes_on(struct cli *cli);                              /* false when nobody reads what is printed any more */
void print_row(struct cli *cli, const struct request_row *row);   /* two lines at most 80 columns wide, or JSON */
void print_warnings(struct cli *cli, const char *text);           /* what should not stand in a text that was just recorded; one line each */
void print_untold(struct cli *cli, const char *on_call, const char *reference);   /* a danger: whom to call, and what to record then */
void print_request(struct cli *cli, const struct loaded *l, bool history);   /* print_request.c */
void print_history(struct cli *cli, const struct request *r);     /* print_history.c */
/* `left` in a column of `indent`, then `text` broken between words to the terminal's width, later lines under the first. */
void print_wrapped(struct cli *cli, const char *left, int indent, const char *text);
/* "mar. 26/05 17:30", in another year than now's "26/05/2025 17:30"; a due date's midnight is the 24:00 of the day before. */
void show_when(struct text *out, int64_t ms, int64_t now);
void show_due(struct text *out, int64_t ms, int64_t now);
int terminal_width(void);                                         /* 80 when unknown */

/* --- write_text.c --- */
/* What --text, --script, --template and --edit give for this step (NULL: none of them); the caller's. */
enum guichet_rc write_text(struct cli *cli, const struct args *a, int64_t reference, enum step step, char **text, struct guichet_err *err);
/* What was written for long and could not be recorded becomes a draft, and the message says so. */
void write_text_keep(struct cli *cli, int64_t reference, enum step step, const char *text, struct guichet_err *err);

#endif
