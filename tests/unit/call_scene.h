// SPDX-License-Identifier: GPL-3.0-or-later
/* The Appel screen in tests: calls played as scripts of keys, and what the store made of them. */
#ifndef GUICHET_TESTS_CALL_SCENE_H
#define GUICHET_TESTS_CALL_SCENE_H

#include "ui_fixture.h"

void call_open(struct ui_fixture *f);
/* Plays a script of keys ("'text' Tab F8"), drawing after each, or all in one burst. Returns how many were no text. */
int call_play(struct ui_fixture *f, const char *script, bool burst);

struct call_newest { int64_t id, reference; };
struct call_newest call_newest(struct ui_fixture *f);  /* the request received last */
int call_requests(struct ui_fixture *f);               /* how many there are */
char *call_record_text(struct ui_fixture *f);          /* the facts of the newest one, one a line; the caller frees it */
char *call_last_contact(struct ui_fixture *f);         /* "phone created 1": channel, outcome, requests; the caller frees it */

struct call_draft_rows { int count; char *fields; int64_t id; };
struct call_draft_rows call_drafts(struct ui_fixture *f);   /* how many, and the newest one's fields, which the caller frees */
int call_draft_count(struct ui_fixture *f);

/* Mme Lefèvre, 06 12 34 56 78, reported a sunken pavement at 3 rue des Lilas an hour ago. */
void call_lefevre(struct ui_fixture *f);

#endif
