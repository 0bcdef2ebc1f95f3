// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files of steps share: the table of what each action asks, and a step whose questions are being asked. */
#ifndef GUICHET_UI_STEPS_INSIDE_H
#define GUICHET_UI_STEPS_INSIDE_H

#include "ui_inside.h"

enum question { ASK_NOTHING, ASK_SERVICE, ASK_BODY, ASK_CHANNEL, ASK_WAIT, ASK_LINE, ASK_TEXT, ASK_DAY, ASK_MOMENT, ASK_REFERENCE, ASK_CLOSE, ASK_AGENT, ASK_RESULT,
	ASK_CHILDREN };
enum slot { SLOT_TEXT, SLOT_REASON, SLOT_CHANNEL, SLOT_SERVICE, SLOT_AGENT, SLOT_BODY, SLOT_WHO, SLOT_RESULT, SLOT_NUMBER, SLOT_CONTRACTOR, SLOT_DATE, SLOT_AT,
	SLOT_NEXT, SLOT_TARGET, SLOT_CHILDREN, SLOT_COUNT };
enum { QUESTIONS_MAX = 4 };

struct asked { enum question question; enum slot slot; const char *label; bool optional; };
struct step_row {
	enum action action;
	enum step step;
	const char *done;                              /* said afterwards */
	struct asked asked[QUESTIONS_MAX];
};

struct stepping_screen {
	const struct step_row *row;
	int64_t ids[STEP_ROWS_MAX]; size_t count;
	int64_t accepted[STEP_ROWS_MAX]; size_t accepted_count;
	char *values[SLOT_COUNT];
	size_t next;                                   /* question to ask */
	char *given;                                   /* the answer to it, given beforehand; NULL none */
	size_t seen;                                   /* operations that the request had when this began; 0 not known */
	int64_t draft, dirty_since_ms; char *kept;     /* of what is being written: step_draft.c */
	bool leaving;                                  /* asked to, though it can't be kept */
	bool has_words;                                /* the catalogue has texts to begin with for what is written */
	bool to_children;                              /* an answer that goes to the requests linked to this one too */
};

/* steps_table.c: the row for this action on such a request: a call-back that is due is answered by its result, a waiting request is resumed. */
const struct step_row *step_row_of(enum action a, const struct request *r);

/* steps_ask.c: asks the next question, or calls steps_finish after the last. */
void steps_ask(struct ui *ui);
/* It could not be done: what was written is shown again, to be sent once more or changed. False: nothing was written. */
bool steps_ask_again(struct ui *ui);
/* What was answered as the step takes it. `args` borrows from the values. */
enum guichet_rc steps_args(struct ui *ui, const struct stepping_screen *x, struct step_args *args, struct guichet_err *err);

/* steps_write.c: whether there are any, once the text is being written. */
void steps_find_words(struct ui *ui);

/* The channel of an answer that is written, and that somebody else tells. */
#define ANSWER_DRAFTED "draft"

/* steps.c */
void steps_finish(struct ui *ui);

#endif
