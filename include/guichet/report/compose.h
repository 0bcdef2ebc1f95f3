// SPDX-License-Identifier: GPL-3.0-or-later
/* The subject and the text of what goes out about a request: the catalogue's template, filled with what the store knows. In French whatever language the agent
 * works in. Sends, prints and records nothing. */
#ifndef GUICHET_REPORT_COMPOSE_H
#define GUICHET_REPORT_COMPOSE_H

#include "guichet/core/template.h"
#include "guichet/store/store.h"

struct compose_args {
	enum template_use use;             /* an enum purpose as it stands; TEMPLATE_ACKNOWLEDGE becomes TEMPLATE_RECEIPT while the category is a-qualifier */
	enum channel channel;              /* by which it goes: CHANNEL_POST, else as an e-mail */
	const char *template_code;         /* this template, whatever its purpose; NULL: the catalogue's choice */
	struct op_id target;               /* the operation that owes it: its text is the agent's words; none: `text`, `actor` */
	const char *text;                  /* the agent's words; NULL: the target's */
	const struct actor *actor;         /* who is at work, named when he is the one who wrote it; may be NULL */
	const int64_t *others;             /* references of other requests of the same letter: all of them in one acknowledgement */
	size_t other_count;
	const char *missing;               /* acknowledge, inform: what is missing of the request (CRPA L114-5), one thing a line; NULL */
	int32_t missing_by_day;            /* until when it is asked for; 0: not said */
	int level;                         /* escalate: per cent of the time used up */
};

struct composed {
	char *subject, *text;              /* UTF-8, French typography; owned */
	const struct message_template *template_used; /* the catalogue's */
};
void composed_done(struct composed *m);

/* The other requests that came with this one (the same contact, the same requester) and owe an acknowledgement by `channel` too: for `others`. Whoever sends records
 * a delivery on each. Returns how many references were written. */
enum { COMPOSE_OTHERS_MAX = 50 };
size_t compose_others(struct store *s, const struct loaded *l, enum channel channel, int64_t references[COMPOSE_OTHERS_MAX]);

/* Who asked, as known now: under the record that theirs was merged into. requester_done. */
void compose_requester(struct store *s, const struct request *r, struct requester *out);

/* The name of whoever wrote what `target` says, as its operation keeps it; of one from before that was kept, or of none (NULL): of who is at work, where it is he. NULL:
 * not known, or kept from citizens (CRPA L111-2). Borrowed; `service` (may be NULL) gets his. */
const char *compose_agent(const struct catalogue *c, const struct actor *a, const struct op *target, const struct service **service);

/* GUICHET_CONFIG: the catalogue has no such template, or a wrong one; GUICHET_DATA: a field that it counts upon is empty. */
enum guichet_rc compose_message(struct store *s, const struct loaded *l, const struct compose_args *a, struct composed *out, struct guichet_err *err);

#endif
