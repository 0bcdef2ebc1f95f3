// SPDX-License-Identifier: GPL-3.0-or-later
/* What the application's files share: its state, and what may lie over a view. */
#ifndef GUICHET_UI_UI_INSIDE_H
#define GUICHET_UI_UI_INSIDE_H

#include <sys/types.h>

#include "guichet/store/replica.h"
#include "guichet/ui/choice.h"
#include "guichet/ui/field.h"
#include "guichet/ui/keymap.h"
#include "guichet/ui/lines.h"
#include "guichet/ui/view.h"

enum { VIEWS_MAX = 16, STEP_ROWS_MAX = 500 };
/* How long a key may wait for a store that another process holds. */
enum { PATIENCE_MS = 2000, TICK_PATIENCE_MS = 100, UNREAD_MS = 2000 };

enum overlay_kind { OVERLAY_NONE, OVERLAY_CONFIRM, OVERLAY_ASK, OVERLAY_WRITE, OVERLAY_CHOOSE, OVERLAY_TEXT, OVERLAY_COMMAND };

struct overlay {
	enum overlay_kind kind;
	char *title;
	struct field field;                            /* ask, write, command */
	struct choice choice;                          /* choose */
	struct confirm confirm;                        /* confirm */
	struct text text; int scroll, page;            /* text; confirm: what the question is about; scrolled by rows of the screen */
	int *rows_of, rows, rows_cols;                 /* how many each of its lines takes, and all of them, at so many columns; 0: not known */
	void (*yes)(void *context);
	void (*answer)(void *context, const char *text);
	void (*find)(void *context, const char *filter); /* choose: there are more values than those held; NULL: these are all */
	void (*left)(void *context);                   /* given up; NULL: so is the step that asked */
	void *context;
};

enum { HISTORY_MAX = 50 };

/* What the `:` line remembers and offers. */
struct command_line {
	char *history[HISTORY_MAX]; size_t history_count;
	size_t at;                                     /* in the history; history_count: the line being typed */
	char *typed;                                   /* that line, while another is shown */
	char **offers; size_t offer_count, offer_capacity;
	size_t offer;                                  /* the one in the line; offer_count: none yet */
	size_t word;                                   /* where the word begins that they would complete */
	uint32_t version;                              /* of the text that they are for */
};

enum { LATER_PARTS = 4 };

/* What a picture was of. */
struct later_part { struct rect at; int64_t top; };     /* `top`: its first row in the whole list beside which it stands; NO_TOP: it stands beside none */
enum { NO_TOP = -1 };
struct scene { const struct view *view; bool covered; int rows, cols, message_from, message_to; size_t part_count; struct later_part parts[LATER_PARTS]; };

/* What a picture may lack while keys come: later.c. */
struct later {
	bool (*waiting)(void *context); void *context; /* whether a key waits; NULL: each picture is whole */
	bool postponed, settling;                      /* a view left something out; it is to be left out no more */
	bool moving;                                   /* the last key moved the selection: what tells more of it stays as it was */
	struct later_part parts[LATER_PARTS]; size_t part_count;   /* where that stands, of the picture being drawn */
	struct cell *cells; struct scene shown;        /* the last picture */
};

/* Where one signs in: it lies over everything, and nothing of what is under it shows. */
enum { GATE_LOGIN, GATE_SECRET };
struct gate {
	bool closed, busy, leaving;
	int focus;
	struct field login;
	char *secret; size_t length;                   /* what is typed; wiped as soon as it was asked about */
	struct agent agent; struct agent_place place;  /* who signed in; login NULL: nobody */
	struct actor system;                           /* whom the system knows */
	struct text why;                               /* what was wrong with the last try */
	int64_t used_ms;
	bool used, fetching;
};

struct ui {
	struct store *store;
	struct gate gate;
	struct ui_options options;
	struct keymap keymap;
	bool letter;                                   /* the next letter acts, although one types */
	struct command_line command;
	struct view *views[VIEWS_MAX]; size_t view_count;
	struct overlay overlay;
	struct message message;
	bool quitting;
	bool stale;                                    /* the view on top could not be read when it should have been */
	int64_t unread_until_ms;
	int patience_ms;                               /* with a store that another process holds */
	int64_t ticked_ms;
	int64_t key_ms; bool idle_due;                 /* the last key; work that nobody waits for is to be done once keys rest */
	int64_t data_version;                          /* of the store, when views were last read */
	uint8_t catalogue[32];                         /* hash of the one that is known to be in force */
	int64_t undo_rows[STEP_ROWS_MAX]; size_t undo_count;
	int64_t joined;                                /* row of the request that F6 gave to the call being typed */
	struct call_session *calls;
	int64_t quit_draft, quit_past;                 /* signing out: the draft that is asked about; the last one that was answered for */
	bool drafts_settled;
	/* A request's paper that something is asked about; `shown`: the one that another program has open, in `fd`. */
	struct { int64_t row_id; char *sha256, *name, *type; bool shown; int fd; pid_t viewer; } file;
	struct { int64_t row_id; size_t which; } paper;   /* the letter that something is asked about */
	enum connection connection;
	const struct ui_link *link;
	const struct ui_lender *lender;
	struct { int64_t row_id; char *choice; } settle;                     /* what is being settled: settle.c */
	struct replica_state replica; int64_t replica_ms, replica_changes;   /* how the store stands with its server; when that was asked, after which writes of ours */
	struct stepping_screen *stepping;              /* a step whose questions are being asked */
	struct later later;
	/* Asked of the server: one request, from which screen; a search. */
	struct { uint32_t ticket, find; int64_t reference; const struct view *from; } look;
};

/* later.c: after a key was handled; around a drawing. */
void later_key(struct ui *ui, const struct key *k);
void later_begin(struct ui *ui);
void later_end(struct ui *ui, struct grid *g);
void later_done(struct ui *ui);

/* keys_help.c */
void keys_help(struct ui *ui);                         /* the keys of the screen on top, in a box */

/* command.c: the `:` line */
void command_open(struct ui *ui);
void command_key(struct ui *ui, const struct key *k);  /* not Enter nor Escape */
void command_draw(struct ui *ui, struct grid *g);
void command_forget(struct ui *ui);                    /* what it holds is freed */
void command_enter(struct ui *ui, const char *line);   /* remembers it, and does it */

/* ui.c */
bool ui_may(struct ui *ui, enum action a);             /* says why not, when who works here may not do it */
const struct view_ops *action_opens(enum action a);    /* the screen that it opens, or NULL */

/* ui.c */
void ui_quit(struct ui *ui);                           /* signing out begins or goes on */
void ui_show(struct ui *ui, struct view *v);           /* one of those open, over the others */

/* request_files.c */
void files_choose(struct ui *ui, int64_t row_id, const struct request *r);
void files_done(struct ui *ui);

/* paper.c: the letters of one request. */
void paper_choose(struct ui *ui, int64_t row_id);
char *paper_path(const char *typed);                   /* the file that was typed; to free */
const char *paper_printer(const char *typed);          /* "lp", "lp NAME": the printer's name, "-" the default one; NULL: a file is meant */

/* call_quit.c */
bool call_may_quit(struct ui *ui);                     /* false: a draft is asked about; ui_quit follows when it is answered for */

/* ui.c: the view on top reads the store anew, now or as soon as that can be read. */
void ui_refresh(struct ui *ui);
/* ui.c: something could not be read: said, and read again as soon as it can be. */
void ui_unread(struct ui *ui, const struct guichet_err *err);
/* ui.c: from here on, to wait at most so long; gives what it was, to be put back. */
int ui_set_patience(struct ui *ui, int ms);

/* step_draft.c: what is written for a step, kept as a draft. */
void step_draft_typed(struct ui *ui);                  /* a key went into it */
int step_draft_wait_ms(const struct ui *ui);           /* until it is to be kept; -1: nothing new */
void step_draft_tick(struct ui *ui);
bool step_draft_keep(struct ui *ui);                   /* at once; false: the store refused */
bool step_draft_put_aside(struct ui *ui);              /* likewise, before it is left: false: it stays */
bool step_draft_of(struct ui *ui, int64_t draft);      /* rather than of a call */
/* A draft, whatever it is of, by its number: on its screen again. */
void draft_open(struct ui *ui, int64_t draft);
/* What is being typed, wherever, is kept at once. */
void ui_keep(struct ui *ui);

/* gate.c */
void gate_init(struct ui *ui);
void gate_done(struct ui *ui);
bool gate_key(struct ui *ui, const struct key *k);     /* true: the key was its own */
bool gate_draw(struct ui *ui, struct grid *g);         /* true: nothing else is to be drawn */
void gate_tick(struct ui *ui);
void gate_lock(struct ui *ui);
void gate_sign_out(struct ui *ui);                     /* drafts are asked about first */
void gate_leave(struct ui *ui);                        /* they were answered for */
bool gate_fetch(struct ui *ui, const char *sha256);    /* false: nobody to ask */

/* look.c: what this desk does not hold */
bool look_is_partial(struct ui *ui);                   /* the server has more, and may be asked when it is there */
bool look_may(struct ui *ui);                          /* now */
bool look_up(struct ui *ui, int64_t reference);        /* shown when it comes; false: there is nobody to ask */
uint32_t look_find(struct ui *ui, const char *typed);
enum ui_look look_found(struct ui *ui, uint32_t ticket, request_visitor *visit, void *context, struct ui_rows *told, struct guichet_err *err);
bool look_turn(struct ui *ui);
bool look_is_busy(const struct ui *ui);

/* overlay.c */
void overlay_command(struct ui *ui);                   /* an empty line for command.c */
void overlay_close(struct ui *ui);
bool overlay_key(struct ui *ui, const struct key *k);  /* false: no overlay is open */
void overlay_draw(struct ui *ui, struct grid *g);

/* A question with a text above it, which scrolls. */
void ui_confirm_text(struct ui *ui, void (*yes)(void *context), void *context, const char *title, const char *text, const char *question, ...)
	__attribute__((format(printf, 6, 7)));

/* settle.c: what desks and the server left to people, on one request: each conflict by one of its values, each parked operation by who supervises. */
void settle_ask(struct ui *ui, int64_t row_id);
void settle_done(struct ui *ui);

/* steps_write.c: while a text is written. */
bool steps_have_words(const struct ui *ui);                  /* the catalogue has texts to begin with, for this request */
void steps_choose_words(struct ui *ui);
void steps_edit(struct ui *ui);                        /* in the editor of whoever works here */

/* changes.c: what others did to a request since it was last looked at. */
struct seen { struct op_id *ids; size_t count; };
void seen_take(struct seen *seen, const struct request *r);
void seen_done(struct seen *seen);
/* Names what is new and not ours: "s.martin : prise en charge"; false when nothing is. */
bool seen_changes(struct ui *ui, const struct seen *seen, const struct request *r, struct text *out);

/* frame.c */
struct rect frame_body(const struct grid *g);
void frame_draw(struct ui *ui, struct grid *g);
void frame_status(struct ui *ui, struct grid *g);      /* the last row alone */

/* steps.c */
/* ui_step, its first question answered already; `given` may be NULL. */
void ui_may_undo(struct ui *ui, int64_t row_id);        /* a step was taken on this request in another way: `u` takes it back */
void ui_step_given(struct ui *ui, enum action a, const int64_t *row_ids, size_t count, const char *given);
void stepping_free(struct ui *ui);
/* Whether an action may serve on a request in this state, of this service, for who works here: for the bottom line. */
bool steps_can(struct ui *ui, enum action a, const char *status, const char *service);   /* steps_table.c */

#endif
