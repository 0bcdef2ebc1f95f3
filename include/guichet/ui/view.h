// SPDX-License-Identifier: GPL-3.0-or-later
/* Views and the application around them.
 *
 * A view is a model with operations: it draws into the grid, takes keys, performs actions, and says which request is selected. It never touches curses, SQL or the
 * network: it asks store/desk. The application (struct ui) owns the stack of views, the frame (title, message line, function keys, status bar) and what lies over a
 * view for a moment (a value list, a question, one line to type, help). A view is tested without a terminal: ui_open, ui_key, ui_draw, grid_dump.
 */
#ifndef GUICHET_UI_VIEW_H
#define GUICHET_UI_VIEW_H

#include "guichet/store/agents.h"
#include "guichet/store/desk.h"
#include "guichet/ui/choice.h"
#include "guichet/ui/grid.h"
#include "guichet/ui/key.h"

struct ui;
struct view;

enum action {
#define ACTION(id, name, french, argument, keys, where, needs, rank, label, help) ACTION_##id,
#include "guichet/ui/actions.def"
#undef ACTION
	ACTION_COUNT,
	ACTION_NONE = ACTION_COUNT
};

/* Where an action works: a set of views (VIEW_*), in actions.def. */
enum view_kind { VIEW_TODO, VIEW_CALL, VIEW_SEARCH, VIEW_DRAFTS, VIEW_QUEUE, VIEW_REQUEST, VIEW_SLA, VIEW_DEADLINES, VIEW_HEAT, VIEW_BULLETINS, VIEW_PROMISES, VIEW_SYNC, VIEW_MAILS, VIEW_LETTERS, VIEW_KIND_COUNT };

enum action_need { NEED_NONE = 0, NEED_SELECTION = 1, NEED_WRITE = 2, NEED_CONFIRM = 4 };

/* What may follow its name after `:`. STEP: a reference, then the answer to its first question, each left out at will. */
enum action_argument { ARGUMENT_NONE, ARGUMENT_REFERENCE, ARGUMENT_TEXT, ARGUMENT_SERVICE, ARGUMENT_STEP };

struct action_info { const char *name, *french, *keys, *label, *help; unsigned where, needs; enum action_argument argument; int rank; };
const struct action_info *action_info(enum action a);
const char *action_command(enum action a);            /* its name after `:` in the language of messages */
const char *action_argument(enum action a);           /* "RÉF", "[RÉF] [TEXTE]", "" */
enum action action_of_name(const char *name);         /* French or English; ACTION_NONE */

/* Keys that are no action: how one moves and edits. */
struct fixed_keys { const char *keys, *help; unsigned where; };
extern const struct fixed_keys fixed_keys[];
extern const size_t fixed_keys_count;

const char *view_kind_name(enum view_kind kind);      /* "todo": in JSON */
const char *view_kind_label(enum view_kind kind);     /* "À faire" */

enum view_result { VIEW_IGNORED, VIEW_DONE /* redraw */, VIEW_RELOAD /* read the store again, redraw */, VIEW_LEAVE /* close this view */ };

/* A figure of store_sla, whose requests are to be shown; texts are borrowed. */
enum sla_cell { CELL_OPEN, CELL_RISK, CELL_OVERDUE, CELL_LATE, CELL_RECEIVED, CELL_BROKEN, CELL_BROKEN_AFTER, CELL_BROKEN_MISSED, CELL_OVERTAKEN };
struct sla_behind { struct sla_query query; const char *key; enum sla_cell cell; };

/* Days whose hours of contacts are to be shown one by one; weekday: these days of the week only, 0 Monday, -1 all. */
struct heat_dates { int32_t from, to; int weekday, hour; };

struct view_target { int64_t row_id; int64_t reference; const char *text; const char *service; const char *commune; const char *category; int channel;
	int64_t draft; int64_t requester; struct op_id contact; struct list_filter filter; bool has_filter; const struct sla_behind *behind; const struct heat_dates *heat; };

struct view_ops {
	enum view_kind kind;
	struct view *(*open)(struct ui *ui, const struct view_target *target, struct guichet_err *err);
	void (*close)(struct view *v);
	void (*title)(struct view *v, struct text *out);             /* left part of the first row */
	void (*refresh)(struct view *v);                              /* another guichet or a step changed the store: read again, keep the selection */
	void (*draw)(struct view *v, struct grid *g, struct rect r); /* sets the grid's cursor on what has the focus */
	enum view_result (*key)(struct view *v, const struct key *k);/* before actions: text being typed belongs to the view */
	enum view_result (*act)(struct view *v, enum action a);
	bool (*can)(struct view *v, enum action a);                   /* NULL: whatever actions.def says; else also this */
	int64_t (*selected)(struct view *v);                          /* row id of the request under the cursor, 0 none */
	size_t (*marked)(struct view *v, int64_t *row_ids, size_t max);
	bool (*typing)(struct view *v);                               /* letters are text here, not actions */
	bool (*may_leave)(struct view *v);                            /* NULL: always; a form with unsaved text keeps it as a draft and says so */
	int (*wait_ms)(struct view *v);                               /* NULL, -1: never; else until it wants its tick, on top or not */
	void (*tick)(struct view *v);
	int (*watched)(struct view *v);                               /* NULL, -1: none; else a descriptor: its tick is called as soon as that can be read */
	bool (*answered)(struct view *v);                             /* the server may have answered what this view asked; true: it shows something else now */
};

struct view { const struct view_ops *ops; struct ui *ui; };

/* Every view; src/ui/views.c. */
extern const struct view_ops view_todo, view_call, view_search, view_drafts, view_queue, view_request, view_sla, view_deadlines, view_heat, view_bulletins, view_promises, view_sync, view_mails, view_letters;

/* Whether a field of the call form is called so ("phone"); and all their names, for a message. */
bool call_has_field(const char *name);
void call_field_names(struct text *out);
/* Keeps at once what is being typed in a call form (the terminal goes, the process ends); does nothing to another view. */
void call_save(struct view *v);
/* What calls leave behind while the application runs: values typed before, the catalogue's words made ready to be ranked. */
struct call_session;
void call_session_free(struct call_session **c);
/* Idle: makes ready what the first key in a call form would wait for otherwise. */
void call_prepare(struct ui *ui);

/* --- the application --- */
/* How the desk stands with its server, for the status bar. */
enum connection { CONNECTION_UNKNOWN, CONNECTION_OFFLINE, CONNECTION_ONLINE, CONNECTION_TROUBLE /* the server refuses: guichet sync says why */ };
void ui_set_connection(struct ui *ui, enum connection c);
/* What goes on between the desk and its server, and asking for an exchange now; borrowed. NULL: none goes on here. */
struct sync_status;
struct ui_link { void *context; void (*status)(void *context, struct sync_status *out); void (*now)(void *context); };
void ui_set_link(struct ui *ui, const struct ui_link *link);
const struct ui_link *ui_link(const struct ui *ui);
/* Whoever has the terminal lends it to the editor of whoever works here: `back` gets what was written, or NULL and why there is nothing. Borrowed; NULL: there is no
 * terminal to lend. */
struct ui_lender {
	void *context;
	enum guichet_rc (*lend)(void *context, const char *text, void (*back)(void *of, const char *text, const struct guichet_err *why), void *of, struct guichet_err *err);
};
void ui_set_lender(struct ui *ui, const struct ui_lender *lender);
struct keymap;
/* What a desk that follows a server asks of it, without ever waiting: whose password this is, attachments and requests that are not here. */
enum gate_end { GATE_BUSY, GATE_OPEN, GATE_REFUSED };
enum ui_look { UI_LOOK_GONE /* something else was asked since */, UI_LOOK_BUSY, UI_LOOK_HERE, UI_LOOK_FAILED };
struct ui_rows { bool more, behind; };   /* there are others; what was written lately was not looked at */
struct ui_server {
	void *context;
	void (*start)(void *context, const char *login, const char *password);               /* copied */
	enum gate_end (*end)(void *context, struct agent *out, struct guichet_err *err);    /* *out is the caller's */
	void (*fetch)(void *context, const char *sha256);
	bool (*fetched)(void *context, struct guichet_err *err);                             /* true once: it is here, or `err` says why it does not come */
	/* Requests that are not here, one question at a time, in whose name; a ticket tells its answer from another's. NULL: nobody looks there. */
	uint32_t (*look)(void *context, int64_t reference, const char *actor);               /* HERE: in the store, for a while */
	uint32_t (*find)(void *context, const char *typed, const char *actor);               /* HERE: `rows` */
	enum ui_look (*looked)(void *context, uint32_t ticket, struct guichet_err *err);
	bool (*rows)(void *context, uint32_t ticket, request_visitor *visit, void *visited, struct ui_rows *told);
};
struct ui_options { const struct ui_server *server /* NULL: a desk that stands alone */; const struct agent *agent /* who signed in; NULL: nobody did */;
	bool read_only; struct actor actor; const struct privacy_words *privacy; const struct keymap *keymap /* NULL: as it ships */;
	const char *const *call_order /* fields of the call form that come first, NULL at the end; NULL: as it ships */; };
struct ui *ui_new(struct store *s, const struct ui_options *o);
void ui_free(struct ui **ui);
struct store *ui_store(struct ui *ui);
const struct actor *ui_actor(struct ui *ui);
const struct privacy_words *ui_privacy(struct ui *ui);
bool ui_read_only(struct ui *ui);
const char *const *ui_call_order(struct ui *ui);      /* of the options */
int64_t ui_now(struct ui *ui);

/* Opens a view over the present one (or finds it open already when `target` is NULL). Errors go to the message line. */
void ui_open(struct ui *ui, const struct view_ops *ops, const struct view_target *target);
struct view *ui_top(struct ui *ui);
/* One key through: what lies over the view, then the view, then actions (with their confirmations). */
void ui_key(struct ui *ui, const struct key *k);
void ui_act(struct ui *ui, enum action a);
/* `:` command line: any action by name with its arguments, and any command of the program's that makes sense on a screen. */
void ui_command(struct ui *ui, const char *line);
void ui_draw(struct ui *ui, struct grid *g);
bool ui_quitting(const struct ui *ui);
/* Time has come for something (clock in the status bar, live views): milliseconds until the next, or -1. */
int ui_next_tick_ms(struct ui *ui);
/* What a view waits for beside keys: a descriptor to be watched for reading, or -1; ui_watched_ready when it can be read. */
int ui_watched(struct ui *ui);
void ui_watched_ready(struct ui *ui);
void ui_tick(struct ui *ui);

/* Who draws after each key says so, and how to know that another one waits (`waiting`, at any time): then a key is answered at once, and pictures may lack for a
 * moment what takes time to find or to send. Else each picture is whole. */
void ui_hurry(struct ui *ui, bool (*waiting)(void *context), void *context);
/* After a key: milliseconds without another one until ui_rest, and a picture; -1: nothing is due. */
int ui_rest_ms(const struct ui *ui);
void ui_rest(struct ui *ui);
/* The last picture lacks something that is to be found: ui_finish, and another picture, as soon as no key waits. */
bool ui_is_unfinished(const struct ui *ui);
void ui_finish(struct ui *ui);
/* For views, while they draw. True: what takes time is not to be looked for now, the view is drawn again at once. What is looked for then is given up as soon as
 * ui_gives_up says so (its context is the application). */
bool ui_postpone(struct ui *ui);
bool ui_gives_up(void *ui);
/* For views, while they draw: what stands there only tells more of what is selected. */
void ui_draw_later(struct ui *ui, struct rect part);
/* The same beside a list whose row `top` is drawn in the part's first row: it moves with the list, as terminals move whole rows. */
void ui_draw_later_beside(struct ui *ui, struct rect part, int64_t top);

/* Who works here may change: signing in, the lock, the change of agent (store/agents.h; nothing of it on a desk that stands alone). */
void ui_open_first(struct ui *ui);                    /* the screen that this role begins with, or the one where one signs in */
bool ui_asks_server(const struct ui *ui);             /* something was asked of the server that is not answered yet */
bool ui_server_turn(struct ui *ui);                   /* takes answers; true: something changed on the screen */

/* The message line. Errors stay until the next key; information 8 s. */
void ui_say(struct ui *ui, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ui_complain(struct ui *ui, const struct guichet_err *err);

/* Questions over the view, one at a time; the answer comes to the callback, on the same call as the key. `text` is borrowed until the callback returns. */
void ui_confirm(struct ui *ui, void (*yes)(void *context), void *context, const char *question, ...) __attribute__((format(printf, 4, 5)));
void ui_ask(struct ui *ui, const char *label, const char *initial, void (*answer)(void *context, const char *text), void *context);
void ui_choose(struct ui *ui, const char *title, const struct choice_value *items, size_t count, const char *initial_filter,
	void (*chosen)(void *context, const char *value), void *context);   /* items are copied */
/* Of the list just opened: there are more, and `find` is asked for them whenever the filter changes; it gives them to ui_choose_add. */
void ui_choose_from_more(struct ui *ui, void (*find)(void *context, const char *filter));
void ui_choose_add(struct ui *ui, const struct choice_value *items, size_t count);
/* Several lines to write; F8 or Ctrl-V ends, Escape gives up (then the callback is not called). */
void ui_write(struct ui *ui, const char *title, const char *initial, void (*answer)(void *context, const char *text), void *context);
/* A text to read in a box (help, explain, preview), scrollable; any closing key closes. */
void ui_show_text(struct ui *ui, const char *title, const char *text);

/* Steps on requests, shared by lists and the request's own view: asks what is missing, previews bulk ones, performs, says what happened, remembers for `u`. */
void ui_step(struct ui *ui, enum action a, const int64_t *row_ids, size_t count);
void ui_undo(struct ui *ui);
/* F6 on a request while a call is being typed: shows the call again and gives it ACTION_JOIN; ui_joined then says which request (row id, once; 0: none, the
 * call's own choice is meant). False when no call is being typed. */
bool ui_join_call(struct ui *ui, int64_t row_id);
int64_t ui_joined(struct ui *ui);
struct call_session **ui_calls(struct ui *ui);   /* for the call screen's own use */

#endif
