// SPDX-License-Identifier: GPL-3.0-or-later
/* What the application's files share: its state, and what may lie over a view. */
#ifndef GUICHET_UI_UI_INSIDE_H
#define GUICHET_UI_UI_INSIDE_H

#include "guichet/ui/choice.h"
#include "guichet/ui/field.h"
#include "guichet/ui/lines.h"
#include "guichet/ui/view.h"

enum { VIEWS_MAX = 16, STEP_ROWS_MAX = 500 };

enum overlay_kind { OVERLAY_NONE, OVERLAY_CONFIRM, OVERLAY_ASK, OVERLAY_WRITE, OVERLAY_CHOOSE, OVERLAY_TEXT };

struct overlay {
	enum overlay_kind kind;
	char *title;
	struct field field;                            /* ask, write */
	struct choice choice;                          /* choose */
	struct confirm confirm;                        /* confirm */
	struct text text; int scroll, page;            /* text; confirm: what the question is about */
	void (*yes)(void *context);
	void (*answer)(void *context, const char *text);
	void *context;
};

struct ui {
	struct store *store;
	struct ui_options options;
	struct view *views[VIEWS_MAX]; size_t view_count;
	struct overlay overlay;
	struct message message;
	bool quitting;
	int64_t ticked_ms;
	int64_t data_version;                          /* of the store, when views were last read */
	int64_t undo_rows[STEP_ROWS_MAX]; size_t undo_count;
	int64_t joined;                                /* row of the request that F6 gave to the call being typed */
	struct stepping_screen *stepping;              /* a step whose questions are being asked */
};

/* actions.c */
const char *action_keys(const struct ui *ui, enum action a);
bool action_key(const struct ui *ui, enum action a, size_t n, struct key *out);
enum action action_of_key(const struct ui *ui, enum view_kind where, const struct key *k);
enum action action_of_name(const char *name);

/* overlay.c */
void overlay_close(struct ui *ui);
bool overlay_key(struct ui *ui, const struct key *k);  /* false: no overlay is open */
void overlay_draw(struct ui *ui, struct grid *g);

/* A question with a text above it, which scrolls. */
void ui_confirm_text(struct ui *ui, void (*yes)(void *context), void *context, const char *title, const char *text, const char *question, ...)
	__attribute__((format(printf, 6, 7)));

/* ui.c: the screen that an action opens, or NULL. */
const struct view_ops *action_opens(enum action a);

/* frame.c */
struct rect frame_body(const struct grid *g);
void frame_draw(struct ui *ui, struct grid *g);

/* steps.c */
void stepping_free(struct ui *ui);
/* Whether an action may serve on a request in this state, of this service, for who works here: for the bottom line. */
bool steps_can(struct ui *ui, enum action a, const char *status, const char *service);   /* steps_table.c */

#endif
