// SPDX-License-Identifier: GPL-3.0-or-later
/* What the steps share. A step's function checks what the table can't say and writes its operation. */
#ifndef GUICHET_CORE_LIFECYCLE_INSIDE_H
#define GUICHET_CORE_LIFECYCLE_INSIDE_H

#include "guichet/base/i18n.h"
#include "guichet/core/lifecycle.h"
#include "request_inside.h"

struct stepping {
	const struct request *r;
	const struct actor *a;
	const struct step_args *args;
	const struct catalogue *c;
	int64_t now_ms, at_ms;             /* at_ms: when it happened */
	const struct service *service;     /* NULL: no longer in the catalogue */
	const char *service_code, *service_name;
	bool at_desk;                      /* the Service de Proximité has it */
	struct op *op;
	struct guichet_err *err;
};

/* --- lifecycle.c --- */
bool stepping_is(const struct stepping *x, enum role role);
/* GUICHET_DATA unless `value` has something in it; `what` says what is missing and the option that gives it. */
enum guichet_rc stepping_need(const struct stepping *x, const char *value, const char *what);
enum guichet_rc stepping_channel(const struct stepping *x, const char **code);
enum guichet_rc stepping_service(const struct stepping *x, const struct service **out);
void stepping_status(const struct stepping *x, enum status s);
void stepping_end_pause(const struct stepping *x);
/* An ending: no pause goes on, and due dates stay as they stand. */
void stepping_end(const struct stepping *x, enum status s);
/* Hands the request to a service: register, status, nobody assigned; one that does not use guichet gets it by mail. */
void stepping_hand_to(const struct stepping *x, const struct service *s);
const struct category *stepping_category(const struct stepping *x);
/* What guichet sends by `channel` is owed; by another, or where it sends nothing, whoever says it has said it. GUICHET_REFUSED: it can't reach the requester. */
enum guichet_rc stepping_owe(const struct stepping *x, enum purpose p, const char *channel);
bool text_is_blank(const char *s);

/* --- one function a step --- */
#define STEP(id, code, from, to, roles, rule) enum guichet_rc step_##id(struct stepping *x);
#include "guichet/core/lifecycle.def"
#undef STEP

#endif
